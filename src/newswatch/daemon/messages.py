"""What the writer is told: the messages on its one queue.

Rule: frozen values; what takes long names where it was left, and is put on the queue anew.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from newswatch.deliver import Send
from newswatch.desk import InForce
from newswatch.ingest import Standing
from newswatch.model import Letter, Outcome, Sent, StoreDamaged, Surge

TOGETHER = 100  # polls that bring nothing are kept in one transaction, some 50 ms, where they wait together


@dataclass(frozen=True, slots=True)
class Tick:
    """A hand of the clock moved: ingest or deliver."""

    hand: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the mail server said of a letter."""

    letter: Letter
    sent: Sent


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of telling an address elsewhere that newswatch goes on."""

    outcome: Outcome


class Beat:
    """Asks the post whether it is still at work."""


@dataclass(frozen=True, slots=True)
class Reload:
    """A new configuration is to be put in force."""

    force: InForce
    send: Send


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Rules that are new under *standing* are to be run over the archive from *row* on, None for where
    that was left. *said* tenths of the way were told.
    """

    standing: Standing
    row: int | None = None
    said: int = 0


@dataclass(frozen=True, slots=True)
class Sealing:
    """Digests that are due are to be sealed, each as *digests* is asked for the next."""

    digests: Iterator[bool]


@dataclass(frozen=True, slots=True)
class Judging:
    """Rules with a threshold are to be judged, each as *surges* is asked for the next: what it tells, if anything."""

    surges: Iterator[Surge | None]


@dataclass(frozen=True, slots=True)
class LookedThrough:
    """The store was looked through at a time, and copied if *copy* names one, after which so many older copies
    were *removed*; *wrong* is what kept a copy from being made or whole, *damage* what is wrong with the store itself.
    """

    at: datetime
    copy: Path | None = None
    removed: int = 0
    wrong: Exception | None = None
    damage: StoreDamaged | None = None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What came of polls that bring nothing, and waited for the writer together."""

    outcomes: tuple[Outcome, ...]


class Inbox(queue.Queue[object]):
    """The one queue. What the mail server said comes first, as the next letter waits until it is marked; all else
    in its turn.
    """

    def _init(self, _maxsize: int) -> None:
        self._told: deque[object] = deque()
        self._others: deque[object] = deque()
        self._ahead: list[object] = []  # one at most, that the writer took before its turn

    def _put(self, item: object) -> None:
        (self._told if isinstance(item, Told) else self._others).append(item)

    def _get(self) -> object:
        return (self._told or self._others).popleft()

    def _qsize(self) -> int:
        return len(self._told) + len(self._others)

    def following(self) -> object:
        """The message that waits the longest, with those right behind it that bring as little; for one reader. Raises
        queue.Empty.
        """
        alike: list[Outcome] = []
        while len(alike) < TOGETHER:
            try:
                message = self._ahead.pop() if self._ahead else self.get_nowait()
            except queue.Empty:
                break
            if isinstance(message, Outcome) and _brings_nothing(message):
                alike.append(message)
            elif alike:
                self._ahead.append(message)
                break
            else:
                return message
        if not alike:
            raise queue.Empty
        return Unchanged(tuple(alike)) if len(alike) > 1 else alike[0]


def _brings_nothing(outcome: Outcome) -> bool:
    return outcome.request.kind == "feed" and outcome.unchanged and outcome.failure is None


class Stop:
    """Finish what is on the queue and end."""


class Stopped(Exception):
    """A stop came while the store was brought up to date; the next start goes on with it."""
