"""What a feed is as it is read: a window of entries, how each is made, and how many a trip reads of a long one.

Rule: pure; an entry that a poll read before is known by its mark, a hash of all that has a say in how it is read,
and is not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from newswatch import moment
from newswatch.address import is_web, join, linkless
from newswatch.markup import line, text
from newswatch.model import EARLIEST, UNASKED, Entry, FeedFormat, Hints, Shown, content_id

ENTRIES = 50_000  # as many as a sitemap may hold
AT_ONCE = 1_000  # items that are read in one trip: 0.2 to 5 ms each, and a child has 15 s


class ParseError(Exception):
    """These bytes are no feed; *feeds* are those that they name, if they are a page."""

    def __init__(self, said: str, feeds: tuple[str, ...] = ()) -> None:
        super().__init__(said)
        self.feeds = feeds


@dataclass(frozen=True, slots=True)
class Window:
    """A feed as it is now: entries in its order, of one that was read before only what it is known by;
    *whole* is False when the body was cut; *parts* are the addresses of a sitemap index; *hints* say how
    often it wants to be asked; *format* is what it was read as; *older* where its older entries stand; *more*
    that another trip would read more of it.
    """

    entries: tuple[Entry, ...] = ()
    whole: bool = True
    parts: tuple[str, ...] = ()
    hints: Hints = UNASKED
    format: FeedFormat = "rss"
    older: str = ""
    more: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """What a sitemap lists, news or not: an address, what is said of it, when it was *published* and *modified*."""

    url: str
    title: str = ""
    lang: str = ""
    published: datetime | None = None
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A sitemap as an archive: its pages and, of an index, its parts, each with when it last changed."""

    pages: tuple[Listed, ...] = ()
    parts: tuple[tuple[str, datetime | None], ...] = ()


# What ends a mark: how the feed was judged by which its entry was read, and the extent of the entry's content.
# Of a feed that is not judged neither has a say.
UNJUDGED = "nn"


def instalment(
    items: Iterable[tuple[str, Callable[[], Entry | None]]], known: Mapping[str, Shown], most: int
) -> tuple[tuple[Entry, ...], bool]:
    """The entries of *items*, each given by its mark and how it is read: of those that are not *known* by their
    marks the first *most* are read; and whether another trip would read more.
    """
    entries: list[Entry] = []
    fresh, more = 0, False
    for mark, read in items:
        if len(entries) == ENTRIES:
            break
        if (shown := known.get(mark)) is not None:
            entries.append(as_it_stood(shown))
        elif fresh == most:
            more = True
        elif (entry := read()) is not None:
            entries.append(replace(entry, mark=mark + UNJUDGED))
            fresh += 1
    return tuple(entries), more


def as_it_stood(shown: Shown) -> Entry:
    """An entry that was read before: what it is known by."""
    return Entry(shown.hash, shown.guid, shown.url, "", mark=shown.mark)


def made(url: str, *, guid: str, link: str, **rest: Any) -> Entry:
    """The entry of a feed at *url*, under an address of its own where it leads nowhere."""
    address = join(url, link) if link else guid if is_web(guid) else ""
    hash_ = content_id(guid, address, rest["title"], rest["html"])
    if not is_web(address):
        # An entry that leads nowhere still needs an address of its own; a guid outlives its text.
        address = linkless(url, content_id(guid) if guid else hash_)
    return Entry(hash=hash_, guid=guid, url=address, **rest)


def address(said: str, url: str) -> str:
    """The web address that a feed at *url* names, '' for none."""
    named = join(url, said) if said else ""
    return named if is_web(named) else ""


def headline(value: object) -> str:
    """A headline."""
    return line(text(value))


def when(value: str) -> datetime | None:
    """The time that a feed says, if it can be one. What moment cannot read stays unread:
    feedparser's own readers make a month's first day of dates they half know.
    """
    found = moment.read(value)
    return found if found is not None and found >= EARLIEST else None
