"""Whoever is about to write to a damaged store is refused with 4 and the name of the newest good copy.

Rule: the damage is real bytes; what large stores are spared is told by a limit, not by a large file.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from archive_of import HOUR, NOW, PIPELINE, Desk, entry
from newswatch.cli import code_of
from newswatch.cli.settings import utc_now
from newswatch.cli.soundness import LOOKED_THROUGH, looked_through
from newswatch.model import StoreDamaged
from newswatch.store import open_keeper
from small_disk import fill, small_disk

PAGE = 4096


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A store with a good copy, and that."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "newswatch.yaml").write_text("store: sqlite:test.db\n")
    (tmp_path / "feeds.yaml").write_text("feeds: [{name: wire, url: 'http://127.0.0.1:9/'}]\n")
    (tmp_path / "a.jsonl").write_text('{"url": "http://a.example/1", "title": "x"}\n')
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
    return tmp_path / "test.db", open_keeper("sqlite:test.db").backup(NOW)


def written(store: Path, at: int, what: bytes) -> None:
    with store.open("r+b") as file:
        file.seek(at)
        file.write(what)


HARM = {
    "its header": lambda store: written(store, 0, b"no store" * 20),
    "its first page": lambda store: written(store, 100, b"\xff" * 3000),
    "pages of rows": lambda store: written(store, 20 * PAGE, b"\x13" * PAGE * 5),
    "its end": lambda store: store.write_bytes(store.read_bytes()[: 9 * PAGE]),
}  # fmt: skip
WRITES = ("run", "once", "import a.jsonl", "backfill wire --from 2026-01-01")


@pytest.mark.parametrize("command", WRITES)
@pytest.mark.parametrize("harm", HARM)
def test_nobody_writes_to_it_and_the_newest_good_copy_is_named(
    copied: tuple[Path, Path], capsys: pytest.CaptureFixture[str], harm: str, command: str
) -> None:
    store, copy = copied
    HARM[harm](store)
    before = store.read_bytes()
    assert code_of(command.split()) == 4
    assert f"the newest good copy is backups/{copy.name}: " in capsys.readouterr().err
    assert store.read_bytes() == before


def harmed(store: Path) -> int:
    """A store with pages of rows that are none; its size."""
    HARM["pages of rows"](store)
    return store.stat().st_size


def test_a_large_store_whose_daemon_was_stopped_is_looked_through_behind_its_first_poll(
    copied: tuple[Path, Path],
) -> None:
    store, copy = copied
    size = harmed(store)
    looked_through("sqlite:test.db", NOW, watches=True, without=size - 1)
    with pytest.raises(StoreDamaged, match=re.escape(copy.name)):
        looked_through("sqlite:test.db", NOW, watches=True, without=size)


def test_a_large_store_behind_which_nobody_looks_is_looked_through_once_a_day(
    copied: tuple[Path, Path],
) -> None:
    store, copy = copied
    looked_through("sqlite:test.db", NOW, without=0)
    harmed(store)
    looked_through("sqlite:test.db", NOW + 23 * HOUR, without=0)
    for now in (NOW + 24 * HOUR, NOW - HOUR):  # a clock that was set back
        with pytest.raises(StoreDamaged, match=re.escape(copy.name)):
            looked_through("sqlite:test.db", now, without=0)


def test_a_large_store_whose_daemon_was_killed_is_looked_through_at_once_and_not_again(
    copied: tuple[Path, Path],
) -> None:
    store, copy = copied
    looked_through("sqlite:test.db", NOW, without=0)
    with Desk(store.parent) as desk:
        desk.ledger.troubles.begin(NOW + HOUR)  # and no end
    sound = store.read_bytes()
    harmed(store)
    for watches in (True, False):
        with pytest.raises(StoreDamaged, match=re.escape(copy.name)):
            looked_through("sqlite:test.db", NOW + 2 * HOUR, watches=watches, without=0)
    store.write_bytes(sound)
    looked_through("sqlite:test.db", NOW + 2 * HOUR, without=0)
    harmed(store)
    for watches in (True, False):
        looked_through("sqlite:test.db", NOW + 3 * HOUR, watches=watches, without=0)


def test_a_large_store_on_a_full_disk_is_looked_through_though_nothing_can_be_noted(
    copied: tuple[Path, Path], tmp_path: Path
) -> None:
    """Who starts then waits for room, or for the ballast's."""
    store, _ = copied
    with Desk(tmp_path) as desk:
        desk.ledger.troubles.begin(NOW)  # and no end
    with small_disk(tmp_path, 8) as disk:
        shutil.copy(store, disk / "test.db")
        address = f"sqlite:{disk}/test.db"
        fill(disk)
        looked_through(address, NOW + HOUR, watches=True, without=0)
        harmed(disk / "test.db")
        with pytest.raises(StoreDamaged):
            looked_through(address, NOW + HOUR, watches=True, without=0)


def test_once_looks_a_large_store_through(
    copied: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its end is a hole, which no page of it is in."""
    store, copy = copied
    os.truncate(store, LOOKED_THROUGH + PAGE)
    sound = store.read_bytes()[: 40 * PAGE]
    HARM["pages of rows"](store)
    assert code_of(["once"]) == 4
    assert f"the newest good copy is backups/{copy.name}: " in capsys.readouterr().err
    written(store, 0, sound)
    assert code_of(["once"]) == 1, "nobody answers"
    now = utc_now()
    assert open_keeper("sqlite:test.db").was_looked_through(now - HOUR, now)
