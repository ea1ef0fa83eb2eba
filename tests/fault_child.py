"""A newswatch at which faults are played, as a process of its own under `faults.c`.

    fault_child.py FOLDER      each line of standard input is a fault as JSON; a child process plays a
        made-up day into a fresh store and meets it, another plays on where that one was killed or
        gave up, and what is then not as it is without a fault is answered as a line of JSON

Rule: the same input each time, so that all tables and letters are the same in the end, whatever happened
on the way. The store, its files and the mail server are real.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import random
import shutil
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from newswatch import desk, extract, mail
from newswatch.cli.watching import _free_and_sound
from newswatch.config import Configuration, MailSettings
from newswatch.demo.wires import PostBox
from newswatch.model import (
    DigestPlan,
    Letter,
    Person,
    Sent,
    StoreDamaged,
    StoreError,
    StoreMissing,
    StoreOutdated,
)
from newswatch.store import NotPossible, open_archive, open_keeper, open_ledger
from newswatch.store.sqlite import open_reader
from orphans import orphans
from power_cut import torn
from small_wires import FEEDS, MOMENTS, POLICY, RULES, Site

SHIM = ctypes.CDLL(None)  # faults.c, which was loaded before all else
COMMIT, SEND, SYNC = 256, 32, 2  # kinds of steps
CUT = -3  # the fault after which what was not synced may be gone
GAVE_UP = 7
SECONDS = 60  # that a run may take before it counts as hung
# What tells how often a letter was tried, or what troubled newswatch: not as without a fault on the wire.
TRIES = {"attempts", "next_try", "first_try", "code", "detail", "sent"}
TOLD_OF_TRIES = {"trouble", "change", "sqlite_sequence"}
# A look that was asked for is spent, though its answer was lost; when a migration was applied is no matter.
NOT_COMPARED = {"look_budget", "_sqlite_migrations"}


class Control(ctypes.Structure):
    """What faults.c goes by; every process forked from this one shares it."""

    _fields_ = (
        *((name, ctypes.c_long) for name in ("kinds", "at", "fault", "lasting", "step", "hit")),
        ("kind", ctypes.c_ushort * 4_000_000),
    )  # fmt: skip


def control() -> Control:
    return ctypes.POINTER(Control).in_dll(SHIM, "faults_control").contents


def armed(fault: dict[str, int]) -> Any:
    """What the library is told of a *fault*: where, which, how long; no step is counted yet."""
    told = control()
    told.step = told.hit = told.kinds = 0
    told.at, told.fault, told.lasting = fault["at"], fault["fault"], fault["lasting"]
    return told


def named_step(_name: str = "") -> None:
    """A step that newswatch itself names."""
    SHIM.faults_step()


# ── the day ─────────────────────────────────────────────────────────────────────────────────


def play(folder: Path, smtp: str, site: Site, *, gives_up: bool) -> None:
    """The made-up day, from wherever the store stands. What the disk, the memory or a lock refuses is
    tried again with the same store, as the daemon does, or raised, as `once` does.
    """
    configuration = Configuration(
        store=f"sqlite:{folder / 'f.db'}",
        policy=POLICY,
        feeds=FEEDS,
        rules=RULES,
        people=(Person("anna", "anna@example.org", "Europe/Berlin"),),
        digests=(DigestPlan("desk", ("anna",), ("07:30", "18:00")),),
        mail=MailSettings(smtp, "newswatch@example.org"),
    )
    force = desk.in_force(configuration)
    transport = mail.transport(smtp)

    def send(letter: Letter) -> Sent:
        named_step()
        told = transport(letter)
        named_step()
        return told

    def stubborn(work: Callable[[], Any]) -> Any:
        while True:
            try:
                return work()
            except StoreDamaged:
                raise
            except (StoreError, NotPossible):
                if gives_up or control().at == 0:
                    raise
                control().at = 0  # there is room again

    ledger = stubborn(lambda: open_ledger(configuration.store, named_step))
    try:
        for now in MOMENTS:
            last = stubborn(ledger.last)
            if last is None or now >= last:
                site.now = now
                stubborn(lambda now=now: desk.once(force, ledger, site, send, now))
    finally:
        ledger.close()
    keeper = open_keeper(configuration.store)
    if not keeper.backups():
        stubborn(lambda: keeper.backup(MOMENTS[-1]))


def as_left(path: Path) -> list[str]:
    """What is broken in a store that nobody has opened since its writer was killed; one that was not made to its
    end is no store yet. Whoever starts on it is not held up.
    """
    address = f"sqlite:{path}"
    try:
        _free_and_sound(address)
        with contextlib.suppress(StoreMissing, StoreOutdated):
            open_archive(address).close()
            return orphans(path)
    except StoreError as error:
        return [f"{type(error).__name__}: {error}"]
    return []


def forked(work: Callable[[], None]) -> tuple[int, str]:
    """Do *work* in a child process; its exit code, negative for a signal, and what it raised."""
    heard, says = os.pipe()
    child = os.fork()
    if child == 0:
        code, words = 1, ""
        try:
            signal.alarm(SECONDS)
            work()
            code = 0
        except (StoreError, NotPossible) as error:
            code, words = GAVE_UP, f"{type(error).__name__}: {error}"
        except BaseException:  # noqa: BLE001 - the process ends here, and says why
            words = traceback.format_exc()
        finally:
            control().kinds = 0
            os.write(says, words.encode()[-8000:])
            os._exit(code)
    os.close(says)
    with os.fdopen(heard) as pipe:
        words = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), words


# ── what is there in the end ────────────────────────────────────────────────────────────────


def tables(path: Path) -> dict[str, list[str]]:
    """Every row of every table, and where the index has each term."""
    with closing(open_reader(path)) as connection:
        ask = connection.execute
        names = ask(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'version_index*'"
        ).fetchall()
        found = {
            name: sorted(str(dict(row)) for row in ask(f'SELECT * FROM "{name}"'))
            for (name,) in names
            if name not in NOT_COMPARED
        }
        found["index"] = [
            f"{term} {[row[0] for row in ask('SELECT rowid FROM version_index(?)', (quoted,))]}"
            for (term,) in ask("SELECT DISTINCT term FROM word ORDER BY 1").fetchall()
            if (quoted := '"' + term.replace('"', '""') + '"')
        ]
    return found


def without_tries(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """All that a letter which had to be tried again leaves as it is."""
    kept = {name: rows for name, rows in found.items() if name not in TOLD_OF_TRIES}
    letters = [eval(row) for row in found["letter"]]  # what `tables` wrote
    kept["letter"] = [
        str(
            {k: v for k, v in row.items() if k not in TRIES}
            | {"sent": bool(row["sent"]), "content": without_times(row["content"])}
        )
        for row in letters
    ]
    return kept


def without_times(letter: bytes) -> str:
    """Which letter it is and what of: a later one says truly when an earlier one was told."""
    read = BytesParser(policy=policy.default).parsebytes(letter)
    return f"{read['Message-ID']} {read['Subject']}"


class Play:
    """Runs of the day in *folder*, each held to the one without a fault."""

    def __init__(self, folder: Path, smtp: str, letters: Path) -> None:
        self._folder, self._smtp, self._letters = folder, smtp, letters
        self._undo = Path(os.environ["FAULTS"] + ".undo")
        self._site = Site()
        self._runs = 0
        for _ in range(2):  # the first loads what the others then have
            place = self._place()
            play(place, smtp, self._site, gives_up=True)
        assert not (broken := orphans(place / "f.db")), broken
        self._wanted = tables(place / "f.db")
        self._told = Counter(file.read_bytes() for file in letters.glob("*.eml"))
        assert set(self._told.values()) == {1}
        assert len(self._told) > 2

    def _place(self) -> Path:
        for old in self._letters.glob("*.eml"):
            old.unlink()
        shutil.rmtree(self._folder / f"run-{self._runs}", ignore_errors=True)
        self._runs += 1
        place = self._folder / f"run-{self._runs}"
        place.mkdir()
        return place

    def meet(self, fault: dict[str, int]) -> dict[str, Any]:
        """How a run with a *fault* ended, and what is then broken: [] for nothing. Without a step to fail at,
        the kinds of all its steps are told.
        """
        place = self._place()
        self._undo.write_bytes(b"")
        told = armed(fault)

        def first() -> None:
            told.kinds = fault["kinds"]
            play(place, self._smtp, self._site, gives_up=bool(fault["gives_up"]))

        ended, words = forked(first)
        told.kinds = 0
        kind = told.kind[fault["at"] - 1] if 0 < fault["at"] <= told.step else 0
        answer = {"kind": kind, "hit": told.hit, "ended": ended, "said": words}
        if told.fault == CUT:
            answer["torn"] = torn(place, self._undo, random.Random(fault["at"]))
        if not fault["at"]:
            return answer | {"steps": [told.kind[n] for n in range(told.step)], "broken": []}
        broken = [] if ended in {0, GAVE_UP, -signal.SIGKILL} else [f"ended by {ended}: {words}"]
        broken += [f"as it was left: {wrong}" for wrong in as_left(place / "f.db")]
        if ended != 0:
            code, words = forked(lambda: play(place, self._smtp, self._site, gives_up=True))
            broken += [] if code == 0 else [f"the next run ended by {code}: {words}"]
        return answer | {"broken": broken or self._compared(place, kind)}

    def _compared(self, place: Path, kind: int) -> list[str]:
        """What is broken in the store at *place* and in what the mail server took, behind a step of a *kind*."""
        wire = kind == SEND
        broken = orphans(place / "f.db")
        found, wanted = tables(place / "f.db"), self._wanted
        if wire:
            found, wanted = without_tries(found), without_tries(wanted)
        for name, rows in wanted.items():
            lacks, more = Counter(rows) - Counter(found[name]), Counter(found[name]) - Counter(rows)
            broken += [f"{name}: lacks {row}" for row in [*lacks][:3]]
            broken += [f"{name}: has {row}" for row in [*more][:3]]
        taken = Counter(file.read_bytes() for file in self._letters.glob("*.eml"))
        ids = Counter(_message_id(letter) for letter in taken)
        told = self._told
        broken += ["a letter's bytes changed"] if set(ids.values()) != {1} else []
        if wire:
            taken, told = (_by_times(letters) for letters in (taken, told))
        broken += ["a letter is lost"] if told - taken else []
        broken += ["a letter too many"] if set(taken) - set(told) else []
        broken += ["told twice"] if (taken - told).total() > 1 else []
        copies = open_keeper(f"sqlite:{place / 'f.db'}").backups()
        # One whose name could not be made to last was no copy for whoever asked for it, and is there all the same.
        most = 2 if kind == SYNC else 1
        broken += [f"copies: {copies}"] if not 1 <= len(copies) <= most else []
        broken += [f"the copy: {wrong}" for copy in copies for wrong in orphans(copy)]
        left = {file.name for file in place.rglob("*") if file.is_file()}
        left -= {"f.db", "f.db-wal", "f.db-shm", "f.db.lock", "f.lock", *(c.name for c in copies)}
        return broken + ([f"left behind: {sorted(left)}"] if left else [])


def _by_times(letters: Counter[bytes]) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for letter, times in letters.items():
        found[without_times(letter)] += times
    return found


def _message_id(letter: bytes) -> str:
    return str(BytesParser(policy=policy.default).parsebytes(letter)["Message-ID"])


@contextmanager
def beside(serve: Callable[[Callable[[str], object]], object]) -> Iterator[str]:
    """What *serve* says first, out of a process of its own: whoever forks must have no threads."""
    told, tell = os.pipe()
    server = os.fork()
    if server == 0:
        # Its steps are not newswatch's: one of them would be the one that kills.
        ctypes.c_void_p.in_dll(SHIM, "faults_control").value = None
        try:
            serve(lambda word: os.write(tell, word.encode() + b"\n"))
        finally:
            os._exit(0)
    os.close(tell)
    try:
        with os.fdopen(told) as pipe:
            yield pipe.readline().strip()
    finally:
        os.kill(server, signal.SIGTERM)
        os.waitpid(server, 0)


@contextmanager
def post_office(folder: Path) -> Iterator[str]:
    """The mail server's address."""

    def serve(tell: Callable[[str], object]) -> None:
        with PostBox(folder) as box:
            tell(box.address)
            signal.pause()

    with beside(serve) as address:
        yield address


def main(folder: Path) -> None:
    assert SHIM.faults_of_memory(b"_sqlite3"), "SQLite is not where its memory is refused"
    with post_office(folder / "letters") as smtp:
        extract.warm()
        runs = Play(folder, smtp, folder / "letters")
        print("ready", flush=True)  # noqa: T201 - whoever started us waits for it
        for line in sys.stdin:
            print(json.dumps(runs.meet(json.loads(line))), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(Path(sys.argv[1]))
