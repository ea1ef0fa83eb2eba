"""The store as a monitor wants it: figures of one moment, and how long news travelled since the last look.

Rule: a read-only connection for one look at a time, closed at its end; what cannot be read is said, not raised.
"""

from __future__ import annotations

import shutil
from bisect import bisect_left
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from newswatch.model import StoreError
from newswatch.store import open_archive, open_keeper

SETTLED = timedelta(seconds=10)  # what bears a time so long ago is kept by now
SECONDS = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 6 * 3600.0, 24 * 3600.0)


@dataclass
class Durations:
    """How many took how long, counted into `SECONDS`; the last of *counts* are those that took longer."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(SECONDS) + 1))
    sum: float = 0.0

    def add(self, found: Iterable[float]) -> None:
        """Count some more."""
        for seconds in found:
            self.counts[bisect_left(SECONDS, seconds)] += 1
            self.sum += seconds

    def copy(self) -> Durations:
        """As they are now."""
        return Durations([*self.counts], self.sum)

    def buckets(self) -> list[tuple[str, int]]:
        """Prometheus' buckets: each bound, with how many took no longer."""
        at, bounds = 0, []
        for bound, count in zip((*map(str, SECONDS), "+Inf"), self.counts, strict=True):
            at += count
            bounds.append((bound, at))
        return bounds


@dataclass(frozen=True, slots=True)
class State:
    """The store at one moment; what is wrong with it stands in *unread*, '' for nothing."""

    at: datetime
    figures: dict[str, Any] = field(default_factory=dict)
    troubles: tuple[dict[str, Any], ...] = ()
    copied: datetime | None = None
    free: int = 0
    seen: Durations = field(default_factory=Durations)
    told: Durations = field(default_factory=Durations)
    unread: str = ""


class Looking:
    """Looks at the store at *address*; *now* is the clock's."""

    def __init__(self, address: str, now: Callable[[], datetime]) -> None:
        self._address, self._now = address, now
        self._through = now() - SETTLED
        self._seen, self._told = Durations(), Durations()

    def state(self) -> State:
        """All of it, with the durations since the first look was to be."""
        now = self._now()
        try:
            with closing(open_archive(self._address)) as archive:
                figures = archive.status() | archive.pulse(now)
                troubles = archive.troubles()
                until = now - SETTLED
                if until < self._through - SETTLED:  # the clock was set back
                    self._through = until
                if until > self._through:
                    seen, told = archive.durations(self._through, until)
                    self._seen.add(seen)
                    self._told.add(told)
                    self._through = until
            keeper = open_keeper(self._address)
            copied = keeper.copied(now) if keeper.backups() else None
        except StoreError as error:
            return State(now, seen=self._seen.copy(), told=self._told.copy(), unread=str(error))
        folder = Path(self._address.partition(":")[2]).absolute().parent
        free = shutil.disk_usage(folder).free
        return State(now, figures, troubles, copied, free, self._seen.copy(), self._told.copy())

    def late(self) -> tuple[dict[str, int], str]:
        """What is late, and what keeps the store from being read."""
        try:
            with closing(open_archive(self._address)) as archive:
                return archive.late(self._now()), ""
        except StoreError as error:
            return {}, str(error)
