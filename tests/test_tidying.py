"""A process that dies while it tidies a store in a quiet moment: nothing is lost, and the next goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import newswatch
from archive_of import NOW, PIPELINE, Desk, entry
from newswatch import query
from newswatch.store import open_archive, open_ledger

POLLS = 40  # each leaves one segment of the index, and words without their spellings
ASKED = ("gas", "title:item", "name:Zelensky", "item NEAR/3 zelenskiy", "gas -item7")
# Dies by its own hand (-9) at a boundary, or within a statement after so many steps of SQLite's.
CHILD = """
import os, signal, sys
from newswatch.store import open_ledger
address, where, steps = sys.argv[1], sys.argv[2], int(sys.argv[3])
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
ledger = open_ledger(address, lambda name: die() if name == where else None)
left = steps
def step():
    global left
    left -= 1
    if left < 0:
        die()
    return 0
if steps:
    while ledger._vocabulary.unspelt() and where == "merging":
        ledger.tidy()
    ledger._connection.set_progress_handler(step, 1)
while ledger.tidy():
    pass
"""


@pytest.fixture
def untidy(tmp_path: Path) -> str:
    with Desk(tmp_path) as desk:
        for n in range(POLLS):
            shown = entry(
                f"http://wire.example/{n}", f"Item{n} Zelenskiy, item", f"{PIPELINE} word{n}"
            )
            desk.poll("wire", (shown,), NOW + timedelta(minutes=n))
        return desk.address


def answers(address: str) -> list[list[str]]:
    archive = open_archive(address)
    try:
        return [[hit.version.id for hit in archive.search(query.read(q), limit=99)] for q in ASKED]
    finally:
        archive.close()


@pytest.mark.parametrize(
    ("where", "steps"),
    [("spelling", 40), ("spelling", 900), ("merging", 1), ("merging", 12), ("merging", 60),
     ("before spell", 0), ("after spell", 0), ("before merge", 0), ("after merge", 0)],
)  # fmt: skip
def test_killed_while_it_tidies_nothing_is_lost(untidy: str, where: str, steps: int) -> None:
    expected = answers(untidy)
    assert all(expected)
    child = subprocess.run(
        [sys.executable, "-c", CHILD, untidy, where, str(steps)],
        env=os.environ | {"PYTHONPATH": str(Path(newswatch.__file__).parents[1])},
        check=False,
    )
    assert child.returncode == -signal.SIGKILL
    assert answers(untidy) == expected
    ledger = open_ledger(untidy)
    while ledger.tidy():
        pass
    ledger._connection.execute(
        "INSERT INTO version_index(version_index, rank) VALUES ('integrity-check', 0)"
    )
    assert ledger._connection.execute("PRAGMA integrity_check").fetchall()[0][0] == "ok"
    ledger.close()
    assert answers(untidy) == expected


def test_there_is_something_to_tidy(untidy: str) -> None:
    """A test of a kill amid nothing would prove nothing."""
    ledger = open_ledger(untidy)
    assert ledger._vocabulary.unspelt()
    while ledger._vocabulary.unspelt():
        ledger.tidy()
    before = ledger._connection.execute(
        "SELECT count(DISTINCT segid) FROM version_index_idx"
    ).fetchone()[0]
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    ledger._connection.set_progress_handler(step, 1)
    merged = ledger.tidy()
    ledger._connection.set_progress_handler(None, 1)
    assert merged
    assert steps > 60, steps
    after = ledger._connection.execute(
        "SELECT count(DISTINCT segid) FROM version_index_idx"
    ).fetchone()[0]
    assert after < before
    ledger.close()
