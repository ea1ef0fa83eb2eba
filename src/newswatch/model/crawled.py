"""What crosses the wall between network and store, and what it carries.

Rule: frozen values that survive pickling; a misfortune of the outside world is a Failure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from newswatch.model.basics import FeedFormat, PagesMode, Quality, RequestKind, TextFrom
from newswatch.model.watched import UNASKED, UNHEARD, UNJUDGED, Health, Hints, Rhythm


@dataclass(frozen=True, slots=True)
class Article:
    """One reading of an article, from its page or from a feed's entry.

    *text* holds paragraphs separated by one newline; *published_from* names the source of the
    time (feed, json-ld, meta, microdata, time, dateline, htmldate); *relations* are wire markup's targets (URNs);
    *canonical* and *amp* are the addresses that its page names for itself and for its AMP view, '' for none of its newsroom;
    *credit* is the wire it names as its own source, '' for none; *text_from* says whether its text is the feed's, the
    page's or a file's; *next* is where that goes on, '' once it is read; *newsroom* whose it is where a feed of many
    newsrooms says so.
    """

    url: str
    title: str
    text: str = ""
    lang: str = ""
    author: str = ""
    published: datetime | None = None
    published_from: str = ""
    quality: Quality = "headline"
    text_from: TextFrom = ""
    canonical: str = ""
    amp: str = ""
    relations: tuple[str, ...] = ()
    credit: str = ""
    next: str = ""
    newsroom: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """One article from another program's file, and when, from whom, under which tags it was seen."""

    article: Article
    seen: datetime
    source: str
    newsroom: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed as it came. *html* is its longest text; *full* says that the feed
    offers it as the whole article (content:encoded, Atom content, yandex:full-text, JSON Feed
    content). *hash* covers guid, url, title and html, never a date: re-stamping is no change. *mark* is
    by what a later poll knows the bytes that it was read from, '' where none may. *newsroom* is whose it is, where
    the feed shows many newsrooms'.
    """

    hash: str
    guid: str
    url: str
    title: str
    html: str = ""
    full: bool = False
    lang: str = ""
    author: str = ""
    published: datetime | None = None
    mark: str = field(default="", compare=False)
    newsroom: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as a feed's window shows it; *article* is None when its hash was known before. *mark* is
    its entry's.
    """

    hash: str
    guid: str
    url: str
    article: Article | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What the register of feeds says of a request's source, as far as asking needs it: the feed's own *url*,
    '' for a request that no feed has; what may be read of its *pages*; *user_agent*, '' for the policy's;
    *headers* for the feed's own server; its site's news *sitemap*.
    """

    url: str = ""
    pages: PagesMode = "fetch"
    user_agent: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    sitemap: str = ""


UNREGISTERED = Source()


@dataclass(frozen=True, slots=True)
class Backfill:
    """What is asked for of a *feed*'s past: what its site published from *since* on and before *until*; where
    *undated*, also what has no date before its page is read. *hosts* are those of its site.
    """

    feed: str
    since: datetime
    until: datetime
    undated: bool = False
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Walked:
    """What a trip of a backfill came by, in numbers: *archives* asked (sitemaps, feeds' pages), those *unchanged*
    since an earlier one walked them, and of the entries that the others list those *outside* the period, *undated* ones left out, those of another site or that are no article's
    (*other*), *untitled* ones whose pages are not to be read, those that *polling* is to bring, and those *known*
    already; pages that are *asked* for, articles *stored*, pages and archives that *failed* for good, and
    addresses *beyond* what one backfill takes.
    """

    archives: int = 0
    unchanged: int = 0
    outside: int = 0
    undated: int = 0
    other: int = 0
    untitled: int = 0
    polling: int = 0
    known: int = 0
    asked: int = 0
    stored: int = 0
    failed: int = 0
    beyond: int = 0


PAST: Literal[-1] = -1  # the `look` of what a backfill asks for, behind all else

KILLS = 2  # readings in a row that may end their child: one may be the machine's fault


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to fetch. *due*, *lease* and the counters are the frontier's; *last* is
    the feed's last good window as JSON, a list [hash, guid, address, mark] an entry; *shown* is the feed's newest showing of a page's
    entry, whose title travels with it; *backlog* marks what a feed's first good poll brought.
    *interval* is seconds; *lang* is the feed's own word for its language, a hint; *format* is what a
    feed was last read as, *moved* where its last good answer said that it is for good, '' for nowhere.
    *rhythm* is when a feed brought what, *hints* what its channel last asked for; *life* is the seconds
    in which its window is to move on whole, 0 where nobody can tell; *health* is what is wrong with it.
    *look* says that a page that was read is only looked at again: 2 where somebody was told of its story, 1
    where nobody was, 0 for all that is asked for its own sake; -1 (`PAST`) is what a backfill asks for, behind all else;
    *changed* is when its entry or its text last did.
    *kills* counts the tries in a row that ended their reader, or crashed, *killed* is when the last did; once it is in
    quarantine, its validators are those of the bytes that could not be read.
    *source* is the register's when it was claimed, *backfill* what it is part of then, None for none; neither is kept.
    """

    id: str
    kind: RequestKind
    url: str
    feed: str
    due: datetime
    first_seen: datetime
    lang: str = ""
    lease: str = ""
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    last: str = ""
    shown: Shown | None = None
    backlog: bool = False
    polls: int = 0
    successes: int = 0
    failures: int = 0
    interval: float = 0.0
    pending: bool = True
    format: FeedFormat | Literal[""] = ""
    moved: str = ""
    rhythm: Rhythm = UNHEARD
    hints: Hints = UNASKED
    life: float = 0.0
    health: Health = UNJUDGED
    look: Literal[-1, 0, 1, 2] = 0
    changed: datetime | None = None
    kills: int = 0
    killed: datetime | None = None
    source: Source = field(default=UNREGISTERED, compare=False)
    backfill: Backfill | None = field(default=None, compare=False)

    @property
    def quarantined(self) -> bool:
        """Whether the bytes it brought last are read no more for now."""
        return self.kills >= KILLS

    # Made where a body has changed: most polls bring none, and need nothing of the window that they carry.
    @property
    def known(self) -> frozenset[str]:
        """The entry hashes of the feed's last good window."""
        return frozenset(hash_ for hash_, *_ in self._last())

    @property
    def stood(self) -> tuple[Shown, ...]:
        """The entries of the feed's last good window, in its order."""
        return tuple(Shown(hash_, guid, url, None, mark) for hash_, guid, url, mark in self._last())

    @property
    def read(self) -> tuple[Shown, ...]:
        """Those of its entries that need not be read again where they stand unchanged."""
        return tuple(shown for shown in self.stood if shown.mark)

    def _last(self) -> list[list[str]]:
        found: list[list[str]] = json.loads(self.last) if self.last else []
        return found


FailureKind = Literal[
    "address",  # refused by the address policy: private network, scheme, port
    "dns",
    "connect",
    "tls",
    "timeout",
    "reset",
    "status",  # an HTTP status that is no answer; Failure.status says which
    "redirect",
    "too-large",
    "encoding",  # unknown, broken or doubled Content-Encoding
    "robots",
    "empty",
    "not-a-feed",
    "unreadable",  # parser or extractor found nothing it could read
    "wall",  # a consent page, a challenge, a paywall's stub or an error that says 200
    "killed",  # the child had to be ended: deadline or memory
    "crashed",  # a mistake of ours: what came could not be settled
    "quarantined",  # not read: these are the bytes that ended their readers
    "resting",  # not asked: its host answered another request 429 and asked for rest
    "lost",  # the worker went away; ask again
]


DEADLY = frozenset({"killed", "crashed"})  # kinds of failures that lead to quarantine


@dataclass(frozen=True, slots=True)
class Failure:
    """A misfortune of the outside world. *detail* says by itself what went wrong, in plain words;
    *retry_after* is seconds, when the server named them; *feeds* are those named by a page that came in a
    feed's place.
    """

    kind: FailureKind
    detail: str = ""
    status: int = 0
    retry_after: int | None = None
    feeds: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """What went wrong, as it is kept and shown."""
        return self.detail or self.kind


@dataclass(frozen=True, slots=True)
class Led(Failure):
    """No answer yet: where who asks keeps to one site, a question is led to another's *url*. Whoever asks there has so
    many *asks* left, redirects and all, and so many *seconds*; *permanent* says whether each redirect so far was.
    """

    kind: FailureKind = "redirect"
    detail: str = "it leads to another site"
    url: str = ""
    asks: int = 0
    permanent: bool = True
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Page:
    """A server's answer: 200 with a decoded body, or 304 with none.

    *url* is where it came from in the end, *moved* the target of permanent redirects only;
    *max_age* is Cache-Control's seconds. *content_type* is the header verbatim. *broken* is what broke a feed's body off,
    None where it is whole. *sitemaps* are those that a
    robots.txt names, where it was asked for.
    """

    status: int
    url: str
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    moved: str = ""
    max_age: int | None = None
    sitemaps: tuple[str, ...] = ()
    broken: Failure | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """What robots.txt closes to us: the *feed* itself, None where its robots.txt could not be had; of so many
    *asked* pages of its entries these *pages*. *asked* is 0 where nothing new would be asked for, or robots.txt
    could not be had.
    """

    feed: bool | None = None
    asked: int = 0
    pages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one trip brought. *window* are a feed's entries in its own order, those whose hash the
    request knew without article; *whole* is False when the body was cut, so that an absent entry
    has not left, *broken* what broke it off, *more* that another trip would read more of it; *parts* are the addresses a sitemap index lists, *strange* those left out, as they are on hosts that do not own it; *wait* is the seconds until
    the server wants to be asked again (ttl, max-age), None when it says nothing; *format* is what a feed's
    body was read as and *hints* what it asks for, '' and None where none was read. *older* are the entries of
    a feed's older pages, asked for where its window holds none that was known, *mapped* those of its site's news sitemap,
    where its older pages did not reach back. *closed* is what robots.txt says
    of a registered feed whose body was read, None where nothing was asked. *walked* counts what a backfill's archive
    lists and its window leaves out.
    """

    request: Request
    status: int = 0
    url: str = ""
    moved: str = ""
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    wait: int | None = None
    unchanged: bool = False
    whole: bool = True
    broken: Failure | None = None
    more: bool = False
    window: tuple[Shown, ...] = ()
    older: tuple[Shown, ...] = ()
    mapped: tuple[Shown, ...] = ()
    parts: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()
    format: FeedFormat | Literal[""] = ""
    hints: Hints | None = None
    article: Article | None = None
    closed: Closed | None = None
    walked: Walked | None = None
    failure: Failure | None = None
