"""Killed, refused and delayed at steps all over a run: nothing lost, nothing twice, nothing that leads nowhere.

A sample of the steps, the same each time; `make faults` plays all.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from faulting import COMMIT, FAULTS, MEMORY, SEND, WRITE, Fault, Subject, playing, points
from newswatch.model import StoreError
from newswatch.store import open_ledger
from newswatch.store.sqlite import open_beside
from small_wires import DAY

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

SAMPLE = {
    "kill -9": 10,
    "power cut": 8,
    "ENOSPC": 8,
    "EIO": 5,
    "SQLITE_BUSY": 4,
    "ENOMEM": 5,
    "delay": 2,
}


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    with playing(tmp_path_factory.mktemp("faults")) as found:
        yield found


@pytest.fixture(scope="module")
def steps(subject: Subject) -> list[int]:
    found = subject.steps()
    for kind in (WRITE, SEND, MEMORY, COMMIT):
        assert found.count(kind) > 20
    return found


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_breaks_nothing(subject: Subject, steps: list[int], fault: Fault) -> None:
    lost = 0
    for at in points(fault, steps, SAMPLE[fault.name], random.Random(20260818)):
        answer = subject.meet(fault, at)
        assert answer["hit"], at
        assert answer["broken"] == [], (at, answer)
        if fault.name in {"kill -9", "power cut"}:
            assert answer["ended"] == -9
        lost += answer.get("torn", 0)
    assert lost or fault.name != "power cut"


def test_what_the_driver_raises_while_reading_is_the_stores_own_error(tmp_path: Path) -> None:
    """Else a digest's or a story's look-up that the disk refused would be taken for a mistake of ours, and
    the letter or the article go its way without it.
    """
    path = tmp_path / "f.db"
    with closing(open_ledger(f"sqlite:{path}")) as ledger:
        ledger.begin("test", DAY)
        with closing(open_beside(path)) as other:
            for table in ("meta", "notification", "alias"):
                other.execute(f"DROP TABLE {table}")
            other.commit()
        for ask in (ledger.last, ledger.outbox.owed, lambda: ledger.known.aliases(("a",))):
            with pytest.raises(StoreError, match="no such table"):
                ask()
