"""How long a search may look through texts for a page, and how far back it came.

Rule: the clock is a parameter. A search that is ended keeps what it found.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from threading import Event

SECONDS = 3.0  # that a reader waits for a page, and a search looks on


class Patience:
    """Ends a search after so many *seconds*, or when *ending* is set."""

    def __init__(
        self,
        ending: Event,
        seconds: float = SECONDS,
        passed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ending, self._passed = ending, passed
        self._until = passed() + seconds
        self.reached: datetime | None = None

    def look(self, at: datetime) -> None:
        """A version of that time is looked at. Raises TimeoutError where the time is over."""
        self.reached = at if self.reached is None else min(at, self.reached)
        if self._ending.is_set() or self._passed() >= self._until:
            raise TimeoutError
