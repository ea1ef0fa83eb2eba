"""What a rule with a threshold is asked by and tells: windows of time, how many stories were in each, what stood out.

Rule: frozen values; a story is counted once a rule, at the time that its wire first told it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newswatch.model.basics import Priority, SurgeKind
from newswatch.model.version import Version

Watch = tuple[
    tuple[datetime, datetime], ...
]  # when the machine watched and its feeds answered, in order


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time whose stories are counted, *since* included. *group* names those it is compared in the midst of:
    "weekdays", "Tuesdays", "weeks"; "" is what is judged itself.
    """

    since: datetime
    until: datetime
    group: str = ""


@dataclass(frozen=True, slots=True)
class Surge:
    """What stood out at a time: *count* stories from *since* to *until*, *against* the counts of windows before, by group,
    of the *days* before. *stories* are the newest of them, of a silence the one before it; *figures* count stories in
    steps of *step* seconds, the last up to *until*. *fingerprint* is the rule's wording.
    """

    id: str
    rule: str
    fingerprint: str
    kind: SurgeKind
    at: datetime
    since: datetime
    until: datetime
    count: int
    against: tuple[tuple[str, tuple[int, ...]], ...] = ()
    days: int = 0
    stories: tuple[str, ...] = ()
    figures: tuple[int, ...] = ()
    step: int = 3600


@dataclass(frozen=True, slots=True)
class SurgeItem:
    """A surge in a letter: its *stories* as they stand, and how many of them each newsroom has."""

    surge: Surge
    priority: Priority
    stories: tuple[Version, ...] = ()
    newsrooms: tuple[tuple[str, int], ...] = ()
