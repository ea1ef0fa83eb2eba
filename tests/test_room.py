"""A full disk and a locked store: what is at hand is kept, polling pauses, and all goes on by itself."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain, count, repeat
from pathlib import Path

import pytest

from archive_of import NOW, PIPELINE, entry
from newswatch import query
from newswatch.daemon import Tick
from newswatch.daemon.room import ENOUGH, LEAST, Room
from newswatch.model import Letter, Outcome, Person, Request, Sent, StoreBusy, StoreFull
from newswatch.store import NotPossible, open_archive, open_keeper, open_ledger, open_outbox
from newswatch.store.ballast import FileBallast
from small_disk import fill, small_disk
from test_daemon_threads import PATIENCE, Lines, Script, taken, telling_anna_of_leaks, watching

MINUTE = timedelta(minutes=1)
OPS = Person("ops", "ops@example.org")
HOLDS = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def awaited(condition: Callable[[], object], log: Lines) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, log.getvalue()
        time.sleep(0.01)


# ── what pauses it, and what lets it go on ──────────────────────────────────────────────────


@dataclass
class Scripted:
    """A ballast of one byte on a disk of which *left* bytes are free without it."""

    left: int
    size: int = 1
    there: bool = False
    took: list[str] = field(default_factory=list)

    def free(self) -> int:
        return self.left - self.there

    def make(self) -> bool:
        self.there = self.there or self.left > 0
        return self.there

    def release(self) -> bool:
        was, self.there = self.there, False
        return was


def test_it_pauses_below_the_least_and_goes_on_where_there_is_enough_for_it_not_to_sway() -> None:
    disk = Scripted(left=ENOUGH + 1)
    room = Room(disk, "store")
    assert not room.look(NOW)
    assert disk.there
    disk.left = LEAST + 1
    assert not room.look(NOW)
    assert room.trouble is None
    disk.left = LEAST
    assert not room.look(NOW + MINUTE)
    assert room.trouble is not None
    assert (room.trouble.kind, room.trouble.since) == ("full", NOW + MINUTE)
    assert not disk.there
    for left in (LEAST + 1, 0, ENOUGH - 1, LEAST):  # what its own release gives is not enough
        disk.left = left
        assert not room.look(NOW + 2 * MINUTE)
        assert room.trouble.since == NOW + MINUTE
    disk.left = ENOUGH
    assert room.look(NOW + 3 * MINUTE)
    assert room.trouble is None
    assert disk.there
    assert not room.look(NOW + 4 * MINUTE)


def test_a_disk_that_refuses_in_spite_of_what_is_free_pauses_it_until_a_ballast_can_be_made() -> (
    None
):
    disk = Scripted(left=ENOUGH + 1)
    room = Room(disk, "store")
    room.look(NOW)
    assert room.refused(NOW, "disk I/O error")
    assert not room.refused(NOW + MINUTE, "disk I/O error")
    assert room.trouble is not None
    assert "disk I/O error" in room.trouble.says
    assert room.look(NOW + MINUTE)


@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_what_a_link_in_the_ballasts_place_leads_to_is_let_be(
    tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("somebody's")
    link(tmp_path / "s.db.ballast", precious)
    ballast = FileBallast(tmp_path / "s.db", 4096)
    assert ballast.make()
    assert precious.read_text() == "somebody's"
    assert (tmp_path / "s.db.ballast").lstat().st_size == 4096
    assert ballast.release()
    assert precious.exists()


def test_a_ballast_takes_up_its_room_or_none(tmp_path: Path) -> None:
    with small_disk(tmp_path, 8) as disk:
        ballast = FileBallast(disk / "s.db", 4 << 20)
        before = ballast.free()
        assert ballast.make()
        assert before - ballast.free() >= ballast.size
        (disk / "s.db.ballast").write_bytes(b"half")  # as of a start that was killed
        assert ballast.make()
        assert before - ballast.free() >= ballast.size
        assert not FileBallast(disk / "other.db", 6 << 20).make()
        assert not (disk / "other.db.ballast").exists()
        assert ballast.release()
        assert not ballast.release()
        assert ballast.free() == before
        assert FileBallast(disk / "gone" / "s.db").free() == 0


# ── a disk that is full ─────────────────────────────────────────────────────────────────────


def shows(number: int) -> Callable[[Request], Outcome]:
    """A feed's poll that shows so many entries."""
    window = tuple(
        entry(f"http://paper.example/{n}", f"Leak {n}", f"{PIPELINE} Its number is {n * n}.")
        for n in range(number)
    )
    return lambda request: Outcome(request, 200, request.url, window=window)


def in_turn(*answers: Callable[[Request], Outcome | None]) -> Callable[[Request], Outcome | None]:
    """Each of *answers* once, and the last from then on."""
    turns = chain(answers, repeat(answers[-1]))

    def answer(request: Request) -> Outcome | None:
        return next(turns)(request)

    return answer


def found(store: str) -> int:
    archive = open_archive(store)
    try:
        return sum(1 for _ in archive.search(query.read("leak"), limit=100))
    finally:
        archive.close()


def test_a_full_disk_pauses_polling_and_all_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path, 96) as disk:
        made = replace(telling_anna_of_leaks(disk), operator=OPS)
        workers = Script(in_turn(shows(1), lambda _r: None, shows(20)))
        log, letters = Lines(), list[Letter]()

        def send(letter: Letter) -> Sent:
            letters.append(letter)
            return taken(letter)

        def told(words: str) -> bool:
            return any(words in letter.content.decode() for letter in letters)

        passed = map(float, count(0, 11)).__next__
        with watching(made, workers, send=send, log=log, passed=passed) as daemon:
            awaited(lambda: (disk / "d.db.ballast").exists() and told("To: anna"), log)

            def later(hours: float) -> None:
                daemon._clock.at += timedelta(hours=hours)  # type: ignore[attr-defined]
                for hand in ("ingest", "deliver"):
                    daemon.inbox.put(Tick(hand))

            later(2)
            awaited(lambda: workers.owed, log)
            filler = fill(disk)
            ((request, on_its_way),) = workers.owed
            workers.owed.clear()
            on_its_way.set_result(shows(12)(request))
            awaited(lambda: found(made.store) == 12, log)  # what was asked for is kept
            daemon.inbox.put(Tick("deliver"))
            awaited(lambda: told("polling pauses"), log)
            assert not (disk / "d.db.ballast").exists()
            assert len(workers.asked) == 2
            for _ in range(3):
                later(2)
            daemon.inbox.put(Tick("deliver"))
            awaited(daemon.inbox.empty, log)  # so the last of the others is worked off
            assert len(workers.asked) == 2, "nothing is asked for while there is no room"
            assert found(made.store) == 12
            filler.unlink()
            later(2)
            awaited(lambda: len(workers.asked) > 2 and found(made.store) == 20, log)
            assert (disk / "d.db.ballast").exists()
            awaited(lambda: (later(1), told("Well again"))[1], log)
        said = log.getvalue()
        assert said.count("the store refuses, trying again") == 1
        assert said.count("there is room again") == 1
        assert "not read" not in said
        with closing(open_archive(made.store)) as archive:
            states = {(one["to"], one["state"]) for one in archive.letters()}
            told_of = archive.notifications()
        assert len(told_of) > 1
        assert all(n["letter"] for n in told_of)
        assert states == {("anna", "sent"), ("ops", "sent")}
        assert len({letter.id for letter in letters}) == len(letters)
        assert open_keeper(made.store).check() == ()


def test_what_the_disk_refuses_is_kept_out_of_the_ballasts_room(tmp_path: Path) -> None:
    """Wherever nothing may be mounted, too: the disk is scripted."""
    made = telling_anna_of_leaks(tmp_path)
    disk = Scripted(left=ENOUGH + 1)
    log = Lines()
    refusals = iter(("no room",))

    def boundary(name: str) -> None:
        if name == "before keep" and disk.there and (said := next(refusals, "")):
            disk.left = ENOUGH - 1
            raise StoreFull(said)

    workers = Script(shows(3))
    passed = map(float, count(0, 11)).__next__
    with watching(made, workers, log=log, boundary=boundary, ballast=disk, passed=passed) as daemon:

        def later() -> None:
            daemon._clock.at += timedelta(hours=2)  # type: ignore[attr-defined]
            for hand in ("deliver", "ingest", "deliver"):
                daemon.inbox.put(Tick(hand))

        awaited(lambda: found(made.store) == 3, log)
        later()
        awaited(daemon.inbox.empty, log)
        assert len(workers.asked) == 1
        assert not disk.there
        disk.left = ENOUGH + 1
        later()
        awaited(lambda: "there is room again" in log.getvalue(), log)
        assert disk.there


def test_a_start_on_a_full_disk_waits_for_room_and_its_reader_does_not(tmp_path: Path) -> None:
    with small_disk(tmp_path, 96) as disk:
        made = telling_anna_of_leaks(disk)
        open_ledger(made.store).close()
        filler = fill(disk)
        assert found(made.store) == 0
        log = Lines()
        refused = log.said("the store refuses")

        def room() -> None:
            assert refused.wait(PATIENCE)
            filler.unlink()

        helped = threading.Thread(target=room)
        helped.start()
        with watching(made, Script(shows(3)), log=log):
            awaited(lambda: found(made.store) == 3, log)
        helped.join()


def test_a_copy_that_would_fill_the_disk_is_not_begun(tmp_path: Path) -> None:
    with small_disk(tmp_path, 12) as disk:
        store = f"sqlite:{disk / 's.db'}"
        open_ledger(store).close()
        with pytest.raises(NotPossible, match=r"it takes 17 MB, and 1[012] are free"):
            open_keeper(store).backup(NOW)
        assert open_keeper(store).backups() == ()


# ── a store that another program writes to ──────────────────────────────────────────────────


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Begins a process that has begun to write to the store, and goes on until its input ends."""
    begun: list[subprocess.Popen[str]] = []

    def begin() -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-c", HOLDS, str(tmp_path / "d.db")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        begun.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        return child

    yield begin
    for child in begun:
        child.communicate(timeout=PATIENCE)


@pytest.mark.parametrize("seconds", [30, 3600])
def test_another_programs_lock_is_waited_for_and_only_a_long_one_is_a_trouble(
    tmp_path: Path, holder: Callable[[], subprocess.Popen[str]], seconds: int
) -> None:
    made = replace(telling_anna_of_leaks(tmp_path), operator=OPS)
    workers = Script(in_turn(*map(shows, range(1, 9))))
    log, letters, clock = Lines(), list[Letter](), [0.0]
    waits: list[str] = []

    def send(letter: Letter) -> Sent:
        letters.append(letter)
        return taken(letter)

    def passed() -> float:
        clock[0] += seconds / 6 if holding.is_set() else 11
        return clock[0]

    holding = threading.Event()
    with watching(
        made, workers, send=send, log=log, passed=passed, say=waits.append, patience=0.1
    ) as daemon:
        awaited(lambda: letters, log)
        child = holder()
        holding.set()
        said = len(waits)
        daemon._clock.at += timedelta(hours=2)  # type: ignore[attr-defined]
        daemon.inbox.put(Tick("ingest"))
        awaited(lambda: waits[said:].count("WATCHDOG=1"), log)
        assert found(made.store) == 1, "readers do not wait"
        beside = open_outbox(made.store)
        with closing(beside._connection) as connection:  # type: ignore[attr-defined]
            connection.execute("PRAGMA busy_timeout = 0")
            with pytest.raises(StoreBusy, match="try again when it is through"):
                beside.silence("leak", NOW, "", NOW)
        holding.clear()
        child.communicate(timeout=PATIENCE)
        awaited(lambda: found(made.store) >= 2, log)
        daemon._clock.at += timedelta(hours=2)  # type: ignore[attr-defined]
        daemon.inbox.put(Tick("deliver"))
        told = lambda: any("another program" in one.content.decode() for one in letters)  # noqa: E731
        if seconds > 60:
            awaited(told, log)
    assert ("level='error'" in log.getvalue()) == (seconds > 60), log.getvalue()
    assert told() == (seconds > 60)
    assert "not read" not in log.getvalue()
