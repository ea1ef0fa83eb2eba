"""What commands read in from files, and how that is ended from outside.

Rule: whatever is being kept is kept first, so that an end lies between two batches.
"""

from __future__ import annotations

import contextlib
import io
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from newswatch.cli.settings import Mistake, files_of, is_folder, is_same, is_there

PAUSE = 1.0  # seconds without a line, after which what came is kept
BATCH = 200  # of what is read, kept in one transaction


def must_exist(files: tuple[str, ...]) -> None:
    """Raises Mistake for the first of *files* that is none."""
    for name in files:
        if name != "-" and (not is_there(name) or is_folder(name)):
            raise Mistake(f"{name}: there is no such file")


def must_not_be(store: str, files: tuple[str, ...]) -> None:
    """Raises Mistake for one of *files* that is the *store* at that address: who reads it beside SQLite lets go of its locks."""
    for name in files:
        if name != "-" and any(is_same(Path(name), one) for one in files_of(store)):
            raise Mistake(f"{name}: is the store itself: name files of articles, as JSON lines")


@contextlib.contextmanager
def opened(name: str) -> Iterator[io.BufferedReader]:
    """A file, or standard input for `-`, to be read."""
    if name == "-":
        yield cast("io.BufferedReader", sys.stdin.buffer)
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as wrong:
        raise Mistake(f"{name}: cannot be read ({wrong.strerror})") from wrong
    with stream:
        yield stream


def arriving(stream: io.BufferedReader, longest: int) -> Iterator[bytes | None]:
    """The lines of *stream* as they arrive, each with its end, and None whenever nothing has for PAUSE seconds; of one
    longer than *longest* bytes only its beginning, which is long enough to be seen to be too long.
    """
    parts: list[bytes] = []
    size = 0
    asked = (
        False  # what was looked at before stands in the buffer, of which the system knows nothing
    )
    while True:
        if asked and not select.select([stream], [], [], PAUSE)[0]:
            yield None
            continue
        came = stream.read1(io.DEFAULT_BUFFER_SIZE)
        asked = True
        *whole, rest = came.split(b"\n")
        for line in whole:
            parts.append(line + b"\n")
            yield b"".join(parts)[: longest + 1]
            parts, size = [], 0
        if size <= longest:
            parts.append(rest)
            size += len(rest)
        if not came:
            if size:
                yield b"".join(parts)[: longest + 1]
            return


class Ended(Exception):
    """SIGTERM or SIGINT came; the message says which."""


class Ending:
    """While it is entered, SIGTERM and SIGINT raise Ended: inside `at_once` at any time, else when the
    next `at_once` begins, so that what is being kept is kept first.
    """

    def __init__(self) -> None:
        self._came = ""
        self._at_once = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._asked)

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _asked(self, number: int, _frame: object) -> None:
        self._came = f"ended by {signal.Signals(number).name}"
        if self._at_once:
            self._at_once = False  # another one must not come between while this one is told
            raise Ended(self._came)

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """What may be ended at any time."""
        self._at_once = True
        try:
            if self._came:
                raise Ended(self._came)
            yield
        finally:
            self._at_once = False
