"""Where the time comes from, and whether somebody set it.

Rule: the only place of a running newswatch that reads the machine's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

# Between looks at the clock, and how much it may differ from the time that passed.
DRIFT_SECONDS = 30.0


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The time, aware and in UTC."""


class RealClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The time on this machine."""
        return datetime.now(UTC)


@dataclass
class DrivenClock:
    """A clock that stands still until it is set."""

    at: datetime

    def now(self) -> datetime:
        """The time it was set to."""
        return self.at


class DriftWatch:
    """Compares the clock with the time that passed, and calls *set_* when it was set meanwhile."""

    def __init__(
        self,
        now: Callable[[], datetime],
        passed: Callable[[], float],
        set_: Callable[[], None],
        allowed: float,
    ) -> None:
        """*passed* are seconds that nobody sets; *allowed* is how many the two may differ."""
        self._now, self._passed, self._set, self._allowed = now, passed, set_, allowed
        self._before = now(), passed()

    def look(self) -> None:
        """Look at both."""
        at, passed = self._before
        self._before = self._now(), self._passed()
        wall = (self._before[0] - at).total_seconds()
        if abs(wall - (self._before[1] - passed)) > self._allowed:
            self._set()
