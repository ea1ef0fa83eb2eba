"""Whether there is room on the disk for what comes in: without it polling pauses, and goes on by itself.

Rule: what is at hand is kept and told all the same, out of the ballast's room; nothing new is asked for.
"""

from __future__ import annotations

from datetime import datetime

from newswatch.model import Trouble
from newswatch.store import Ballast

LEAST = 1  # ballasts that must be free, or polling pauses
ENOUGH = (
    4  # that must be free before it goes on: more than a release gives, so that it does not sway
)


class Room:
    """The room on the disk of the store *of* a name, and its *ballast*."""

    def __init__(self, ballast: Ballast, of: str) -> None:
        self._ballast = ballast
        self._of = of
        self.trouble: Trouble | None = None  # for as long as polling pauses

    def refused(self, now: datetime, why: str) -> bool:
        """The disk refused what was to be kept; whether that is news, and room was given back for it."""
        return self.trouble is None and self._pause(now, why)

    def look(self, now: datetime) -> bool:
        """Look at what is free, and pause or go on; whether polling goes on that paused."""
        free, size = self._ballast.free(), self._ballast.size
        if free >= ENOUGH * size and self._ballast.make():
            paused, self.trouble = self.trouble, None
            return paused is not None
        if self.trouble is None and free < LEAST * size:
            self._pause(now, f"{free / 1e6:,.0f} MB are free")
        return False

    def _pause(self, now: datetime, why: str) -> bool:
        enough = ENOUGH * self._ballast.size / 1e6
        says = f"polling pauses, and goes on by itself once {enough:,.0f} MB are free: {why}"
        self.trouble = Trouble("full", self._of, now, says)
        return self._ballast.release()
