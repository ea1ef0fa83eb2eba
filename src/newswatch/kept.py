"""What a costly look brought, good for a while, so that many who ask cost little.

Rule: how long a look is good hangs on what it took; the clock is a parameter.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

FRESH = 10.0  # seconds for which one look is good, however many ask
SHARE = (
    20  # and for so many times as long as it took: on a large store a twentieth of one core at most
)

Seen = TypeVar("Seen")


class Kept(Generic[Seen]):
    """What a look brought, for a while: who asks meanwhile gets the same. One looks at a time."""

    def __init__(
        self, look: Callable[[], Seen], passed: Callable[[], float] = time.monotonic
    ) -> None:
        self._look, self._passed = look, passed
        self._lock = threading.Lock()
        self._until = 0.0
        self._seen: Seen | None = None

    def get(self) -> Seen:
        """What is seen."""
        with self._lock:
            begun = self._passed()
            if self._seen is None or begun >= self._until:
                self._seen = self._look()
                took = self._passed() - begun
                self._until = self._passed() + max(FRESH, SHARE * took)
            return self._seen
