"""Whether newswatch goes on: the one judgement behind the watchdog, `/healthz`, the heartbeat and `status --check`.

Rule: pure; times are arguments. A loop that has nothing to do goes on, too, and says so; what is late says by itself
that somebody should have seen to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newswatch.wording import counted

# The rooms whose loops must turn: what is due is claimed and settled, letters are sealed (both by the writer),
# trips come back, letters leave.
LOOPS = ("ingest", "deliver", "crawl", "mail")
STILL = 120.0  # seconds without a turn: twice what a letter may take; the unit's WatchdogSec
SETTLING = 600.0  # seconds after a start in which what is late is what a standstill left


def standing_still(moved: Mapping[str, float], passed: float) -> tuple[str, ...]:
    """The loops that have not turned for too long, in words; *moved* says when each did last, in seconds like
    *passed*.
    """
    return tuple(
        f"{loop} stands still: its loop has not turned for {passed - moved[loop]:.0f} s"
        for loop in LOOPS
        if passed - moved[loop] > STILL
    )


def late(figures: Mapping[str, Any]) -> tuple[str, ...]:
    """What nobody has seen to in time, in words, by the store's *figures* `polls_late` and `letters_late`."""
    return tuple(
        f"{counted(figures[key], what)} late by more than ten minutes"
        for key, what in (("polls_late", "poll"), ("letters_late", "letter"))
        if figures[key]
    )
