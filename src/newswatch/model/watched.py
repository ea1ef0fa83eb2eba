"""What is remembered of a feed from poll to poll: its rhythm, and what its channel asks for.

Rule: frozen values of bounded size, whatever a feed does; numbers are rounded, so that they come back
from a store as they went in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

HOURS, DAYS = 24, 7


@dataclass(frozen=True, slots=True)
class Hints:
    """How often a channel wants to be asked: *ttl* seconds, None where it says nothing; *skip_hours*
    of the day and *skip_days* of the week (0 = Monday), both UTC, in which it does not.
    """

    ttl: int | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How many new entries a feed brought when. *hours* and *days* hold, by UTC hour of the day and by
    weekday (0 = Monday), entries and the hours of time that they came in, both halved every fortnight.
    *came* and *promised* are entries of the last hours and how many the rest promised, halved every two
    hours. All is told up to *until*, the last good poll, None before the first; *size* is the window's.
    *lately* are (polls, entries) of the last hours, the newest last, of which *hour* (since 1970) is the
    newest.
    """

    until: datetime | None = None
    hours: tuple[tuple[float, float], ...] = ((0.0, 0.0),) * HOURS
    days: tuple[tuple[float, float], ...] = ((0.0, 0.0),) * DAYS
    came: float = 0.0
    promised: float = 0.0
    size: int = 0
    hour: int = 0
    lately: tuple[tuple[int, int], ...] = ()


UNASKED, UNHEARD = Hints(), Rhythm()  # of a feed that was not polled yet
