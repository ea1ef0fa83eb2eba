"""Faults at each step of a run, by SQLite's own method: fail at step N, for every N.

    python tests/faulting.py [EVERY [FAULT]]     all steps of all faults (make faults); prints the tables

Rule: what is refused is refused where the kernel would, by a library preloaded into the process under test
(`faults.c`): below SQLite and Python alike, and newswatch has no seam for it. An audit hook sees no
write and no sync, and SQLite's own layer for files none of what Python does.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

HERE = Path(__file__).parent
WRITE, SYNC, NAME, READ, LOCK, SEND, CHILD, MEMORY, COMMIT = (1 << n for n in range(9))
CONTROL_BYTES = 8_000_048
STILLBORN = -4  # whoever is started is killed as it starts
EVERY_MEMORY = 100  # SQLite asks for memory some 150,000 times in a run


@dataclass(frozen=True)
class Fault:
    """What happens at a step, and at which kinds of steps it may."""

    name: str
    number: int  # an errno, or what faults.c calls KILL, DELAY, CUT and STILLBORN
    kinds: int
    every: int = 1


FAULTS = (
    Fault("kill -9", -1, WRITE | SYNC | NAME | SEND | CHILD | COMMIT),
    Fault("power cut", -3, WRITE | SYNC | NAME | SEND | COMMIT),
    Fault("ENOSPC", errno.ENOSPC, WRITE | NAME),
    Fault("EIO", errno.EIO, WRITE | SYNC | NAME | READ | SEND),
    Fault("SQLITE_BUSY", errno.EAGAIN, LOCK),
    Fault("ENOMEM", errno.ENOMEM, MEMORY, EVERY_MEMORY),
    Fault("delay", -2, COMMIT | SEND),
)
STARTS = (
    Fault("start: EAGAIN", errno.EAGAIN, CHILD),
    Fault("start: ENOMEM", errno.ENOMEM, CHILD),
    Fault("start: child killed", STILLBORN, CHILD),
    Fault("start: starter killed", -1, CHILD),
    Fault("start: delay", -2, CHILD),
)
# A day, months of texts that are moved, and a day whose pages are read by real workers.
PLAYS = {"fault_child.py": FAULTS, "months_child.py": FAULTS, "starts_child.py": STARTS}


def compiled(folder: Path, source: str = "faults") -> Path | None:
    """The library to preload, made of *source*.c, None where there is no compiler or another libc than glibc."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    made = folder / f"{source}.so"
    command = [
        compiler,
        "-O2",
        "-shared",
        "-fPIC",
        "-o",
        str(made),
        str(HERE / f"{source}.c"),
        "-ldl",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return made if done.returncode == 0 else None


@contextmanager
def playing(folder: Path, plays: str = "fault_child.py") -> Iterator[Subject]:
    """A process that *plays* so, for a test; skips it where the library cannot be made, or fails it where that is
    required.
    """
    library = compiled(folder)
    if library is None:
        if os.environ.get("NEWSWATCH_REQUIRE_COMPILER"):
            pytest.fail("faults need a C compiler and glibc, and this run requires them")
        pytest.skip("faults need a C compiler and glibc")
    with Subject(folder / "subject", library, plays) as found:
        yield found


class Subject:
    """A process that plays the same day again and again, and meets a fault in each."""

    def __init__(self, folder: Path, library: Path, plays: str = "fault_child.py") -> None:
        folder.mkdir(parents=True)
        told = folder / "control"
        with told.open("wb") as file:
            file.truncate(CONTROL_BYTES)
        under = {"LD_PRELOAD": str(library), "FAULTS": str(told), "PYTHONDONTWRITEBYTECODE": "1"}
        self._child = subprocess.Popen(
            [sys.executable, str(HERE / plays), str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | under,
        )  # fmt: skip
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._tell, self._heard = self._child.stdin, self._child.stdout

    def __enter__(self) -> Self:
        assert self._heard.readline() == "ready\n"
        return self

    def __exit__(self, *_error: object) -> None:
        self._tell.close()
        self._child.wait(60)
        self._heard.close()

    def _ask(self, **fault: int) -> Any:
        self._tell.write(json.dumps(fault) + "\n")
        self._tell.flush()
        return json.loads(self._heard.readline())

    def steps(self) -> list[int]:
        """The kind of each step of a run."""
        kinds = WRITE | SYNC | NAME | READ | LOCK | SEND | CHILD | MEMORY | COMMIT
        found = self._ask(at=0, fault=0, lasting=0, gives_up=0, kinds=kinds)
        return list(found["steps"])

    def meet(self, fault: Fault, at: int) -> Any:
        """How a run went whose step *at* of those that the fault may happen at met it. By turns it is over
        at once or lasts, and the run goes on with the same store or ends and is begun anew.
        """
        can_last = fault.number > 0 or fault.number == STILLBORN
        lasting, gives_up = at % 2 * can_last, at // 2 % 2
        return self._ask(
            at=at, fault=fault.number, lasting=lasting, gives_up=gives_up, kinds=fault.kinds
        )


def points(fault: Fault, steps: Iterable[int], sample: int | None, chance: random.Random) -> Any:
    """The steps a fault is played at: all (every so many), or a *sample*, one in each part of the run."""
    count = sum(1 for kind in steps if kind & fault.kinds)
    if sample is None or sample * fault.every >= count:
        return range(1, count + 1, fault.every)
    size = count / sample
    return [1 + int(size * n + chance.uniform(0, size)) for n in range(sample)]


def _table(plays: str, every: int, only: str, folder: Path, library: Path) -> int:
    """Play all faults, or the one *only*, in what *plays*, and print the table; how many runs broke something."""
    both = 2
    broken: list[tuple[str, int, list[str]]] = []
    with Subject(folder / "steps", library, plays) as subject:
        steps = subject.steps()
    print("| fault | steps | played | met | something broken |\n| --- | --- | --- | --- | --- |")  # noqa: T201 - the table
    for fault in [one for one in PLAYS[plays] if only in ("", one.name)]:
        wanted = list(points(fault, steps, None, random.Random(0)))[::every]
        met: list[int] = []
        before = len(broken)

        def half(
            n: int, fault: Fault = fault, wanted: list[int] = wanted, met: list[int] = met
        ) -> None:
            with Subject(folder / f"{fault.number}-{n}", library, plays) as subject:
                for at in wanted[n::both]:
                    answer = subject.meet(fault, at)
                    met.append(bool(answer["hit"]))
                    if answer["broken"]:
                        broken.append((fault.name, at, answer["broken"]))

        threads = [threading.Thread(target=half, args=(n,)) for n in range(both)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        count = sum(1 for kind in steps if kind & fault.kinds)
        row = f"| {fault.name} | {count:,} | {len(wanted):,} | {sum(met):,} | {len(broken) - before} |"
        print(row, flush=True)  # noqa: T201 - as above
    for name, at, words in broken:
        print(f"{name} at {at}: {words[:4]}", file=sys.stderr)  # noqa: T201 - as above
    return len(broken)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        found = compiled(Path(made))
        if found is None:
            sys.exit("faults need a C compiler (cc) and glibc")
        times = int(sys.argv[1]) if len(sys.argv) > 1 else 1
        only = sys.argv[2] if len(sys.argv) > 2 else ""
        broke = 0
        for plays in PLAYS:
            print(f"\n{plays}\n")  # noqa: T201 - the table's heading
            broke += _table(plays, times, only, Path(made) / plays, found)
        sys.exit(bool(broke))
