"""What came and went between two windows of a feed, of which the second had moved on whole.

Rule: pure; what is taken must lie between the two, by its place or by its date.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from newswatch.address import canonical, host
from newswatch.model import Outcome, Shown, WindowEntry

LATE = timedelta(hours=6)  # by which an entry's date may be older than its first showing
AHEAD = timedelta(minutes=15)  # that a date may be ahead: clocks differ


def places(shown: Shown | WindowEntry) -> frozenset[str]:
    """By what an entry is found in another window whatever it says: its link and its guid."""
    return frozenset({f"u:{canonical(shown.url)}", f"g:{shown.guid}"} - {"g:"})


def older(outcome: Outcome, before: frozenset[str], since: datetime) -> list[Shown]:
    """The entries of a feed's older pages that came and went since its last window, whose places are *before*:
    what stands before the first that this had, and by its date what is no older.
    """
    here = _all(outcome.window)
    found: list[Shown] = []
    reached = False
    for came in outcome.older:
        reached = reached or not before.isdisjoint(places(came))
        date = came.article.published if came.article else None
        between = date >= since - LATE if date else not reached
        if came.article and between and here.isdisjoint(places(came)):
            found.append(came)
    return found


def mapped(
    outcome: Outcome,
    old: tuple[WindowEntry, ...],
    dates: Iterable[datetime],
    since: datetime,
    now: datetime,
) -> tuple[list[Shown], bool]:
    """The entries of the site's news sitemap that are dated between the newest of a feed's last window, which was
    seen at *since*, had the entries *old* and their *dates*, and the oldest of this one that is newer; and
    whether those are all that came and went. A site has more than one feed shows: only what stands in the
    sections that the feed shows is taken, and all is known only where the sitemap goes back far enough, has
    the whole of this window and nothing had to be left out.
    """
    last = max((date for date in dates if date <= since + AHEAD), default=since)
    here, before, there = _all(outcome.window), _all(old), _all(outcome.mapped)
    shown = [(came.article.published if came.article else None, came) for came in outcome.window]
    end = min((date for date, _ in shown if date and date > last), default=now)
    listed = {
        canonical(came.url): (came.article.published, came)
        for came in outcome.mapped
        if came.article and came.article.published
    }
    between = [
        came
        for date, came in listed.values()
        if last <= date <= end and (here | before).isdisjoint(places(came))
    ]
    sections = {_section(one.url) for one in outcome.window} | {_section(one.url) for one in old}
    taken = [
        came
        for came in between
        if (section := _section(came.url)) in sections and _is_named(section)
    ]
    newest = max((date for date, _ in listed.values()), default=last)
    reached = any(
        date <= last or not before.isdisjoint(places(came)) for date, came in listed.values()
    )
    covers = all(
        not there.isdisjoint(places(came)) for date, came in shown if not date or date <= newest
    )
    return taken, reached and covers and len(taken) == len(between)


def _is_named(section: tuple[str, str]) -> bool:
    """Whether a section says what stands in it: a year does not."""
    return not section[1].isdigit()


def _all(window: Iterable[Shown | WindowEntry]) -> frozenset[str]:
    return frozenset(place for shown in window for place in places(shown))


def _section(url: str) -> tuple[str, str]:
    """The part of a site in which a page stands: the first folder of its path, '' for none."""
    path = canonical(url).partition("://")[2].partition("?")[0]
    _, *folders, _page = path.split("/")
    return host(url), folders[0] if folders else ""
