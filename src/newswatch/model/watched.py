"""What is remembered of a feed from poll to poll: its rhythm, what its channel asks for, and what is wrong.

Rule: frozen values of bounded size, whatever a feed does; numbers are rounded, so that they come back
from a store as they went in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

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


JudgementKind = Literal[
    "gone",  # 404 or 410, and it stays so
    "error-page",  # 200 with a page or a sentence instead of a feed
    "quarantined",  # its readers had to be ended: it is not read until its bytes are others, or a day later
    "broken-off",  # its body breaks off: the whole entries before that are read
    "empty",  # 200 with no bytes, or a feed without an entry
    "overflow",  # a window moved on whole between two polls: entries may have been lost
    "frozen",  # a feed that should move by its own rhythm does not, nor do its bytes
    "nothing-new",  # the same, though its bytes change
    "quiet",  # much less comes than by its own rhythm
    "pages-closed",  # robots.txt forbids its entries' pages: the feed's own words are kept
    "feed-closed",  # robots.txt forbids the feed itself
    "parts-elsewhere",  # an index names parts on hosts that do not own it: they are left out
    "moved",  # its server says that it is elsewhere for good
    "guid-churn",  # the same links come under new guids
    "future",  # entries are dated ahead
    "undated",  # not one entry has a date
]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Something true of a feed that its reader should know, with the *evidence* in plain words: it
    stands by itself. *since* is when it began as far as polls can tell, *seen* the poll that said it last.
    """

    kind: JudgementKind
    evidence: str
    since: datetime
    seen: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """The *judgements* that stand of a feed, the gravest first, and what is remembered to judge it by.
    *stirred* is when an entry was last new or changed, *changed* when its bytes last were others;
    *slowest* is the longest time, in seconds, between two such stirrings; *undated* counts the entries
    without a date since the last one that had one; *gone* are the polls in a row that were answered 404
    or 410, the first of them *since*. *shown* is the last poll that showed entries, where those after it
    showed none.
    """

    judgements: tuple[Judgement, ...] = ()
    stirred: datetime | None = None
    changed: datetime | None = None
    slowest: float = 0.0
    undated: int = 0
    gone: int = 0
    since: datetime | None = None
    shown: datetime | None = None


UNJUDGED = Health()
