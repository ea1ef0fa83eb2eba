"""The nouns that travel: frozen, slotted values, and the errors a store may raise.

Rule: no library, no clock, no settings. Tuples not lists, aware UTC datetimes, ids from content.
Seconds are seconds, bytes are bytes; an empty string means "not known" wherever None is not offered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Literal

ID_BYTES = 10  # 80 bits: a collision among ten million ids has a chance of about 4e-11
FUTURE_ALLOWED = timedelta(hours=1)  # clocks of newsrooms run ahead by minutes, not by hours
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PagesMode = Literal["fetch", "link-only", "feed-only"]
RequestKind = Literal["feed", "page"]
Quality = Literal["full", "lead", "headline"]
VersionKind = Literal["new", "update", "correction", "cosmetic"]
Relation = Literal["same", "related", "other"]
Priority = Literal["urgent", "normal", "low"]


def content_id(*parts: str) -> str:
    """An id of 20 hex digits made from *parts* alone; ("a", "bc") and ("ab", "c") differ."""
    digest = blake2b(digest_size=ID_BYTES)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.hexdigest()


# ── what the configuration says ─────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Feed:
    """One subscription. Intervals are seconds between two polls."""

    name: str
    url: str
    newsroom: str = ""
    lang: str = ""
    tags: tuple[str, ...] = ()
    pages: PagesMode = "fetch"
    min_interval: int = 60
    max_interval: int = 86400
    alert_backlog: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class CrawlPolicy:
    """How newswatch behaves towards servers, and what one answer may cost.

    The sizes are of decoded bytes. 3 MB a page: 5 MB of links took trafilatura 40 s and 720 MB.
    """

    user_agent: str = "Mozilla/5.0 (compatible; newswatch; no contact configured)"
    allow_networks: tuple[str, ...] = ()
    spacing: float = 1.0
    per_host: int = 2
    concurrency: int = 64
    connect_seconds: float = 10.0
    total_seconds: float = 30.0
    redirects: int = 5
    feed_bytes: int = 16 * 1024 * 1024
    page_bytes: int = 3 * 1024 * 1024
    child_seconds: float = 15.0
    children: int = 2
    robots: bool = True
    extraction: Literal["default", "best"] = "default"


@dataclass(frozen=True, slots=True)
class Rule:
    """An alert rule: *tell* names digests, or people who get a letter at once."""

    name: str
    query: str
    tell: tuple[str, ...] = ()
    priority: Priority = "normal"
    feeds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A recipient. *zone* is an IANA name; *quiet* are local ("22:00", "07:00") spans."""

    name: str
    address: str
    zone: str = "UTC"
    quiet: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """When a digest goes out: local times "HH:MM" on weekdays (0 = Monday), in each reader's zone.

    *zone* overrides the readers' own zones when it is not empty.
    """

    name: str
    to: tuple[str, ...]
    at: tuple[str, ...] = ("07:30",)
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    zone: str = ""
    min_items: int = 1


# ── what crosses the wall between network and store ─────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Article:
    """One reading of an article, from its page or from a feed's entry.

    *text* holds paragraphs separated by one newline; *published_from* names the source of the
    time (feed, json-ld, meta, time, htmldate); *relations* are wire markup's targets (URNs).
    """

    url: str
    title: str
    text: str = ""
    lang: str = ""
    author: str = ""
    published: datetime | None = None
    published_from: str = ""
    quality: Quality = "headline"
    canonical: str = ""
    relations: tuple[str, ...] = ()


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
    content). *hash* covers guid, url, title and html, never a date: re-stamping is no change.
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


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as a feed's window shows it; *article* is None when its hash was known before."""

    hash: str
    guid: str
    url: str
    article: Article | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to fetch. *due*, *lease* and the counters are the frontier's; *known* are the
    entry hashes of the feed's last good window; *shown* is the feed's newest showing of a page's
    entry, whose title travels with it; *backlog* marks what a feed's first good poll brought.
    *interval* is seconds; *lang* is the feed's own word for its language, a hint.
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
    known: frozenset[str] = frozenset()
    shown: Shown | None = None
    backlog: bool = False
    polls: int = 0
    successes: int = 0
    failures: int = 0
    interval: float = 0.0
    pending: bool = True


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
    "killed",  # the child had to be ended: deadline or memory
    "lost",  # the worker went away; ask again
]


@dataclass(frozen=True, slots=True)
class Failure:
    """A misfortune of the outside world. *retry_after* is seconds, when the server named them."""

    kind: FailureKind
    detail: str = ""
    status: int = 0
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A server's answer: 200 with a decoded body, or 304 with none.

    *url* is where it came from in the end, *moved* the target of permanent redirects only;
    *max_age* is Cache-Control's seconds. *content_type* is the header verbatim.
    """

    status: int
    url: str
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    moved: str = ""
    max_age: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one trip brought. *window* are a feed's entries in its own order, those whose hash the
    request knew without article; *whole* is False when the body was cut, so that an absent entry
    has not left; *parts* are the addresses a sitemap index lists; *wait* is the seconds until
    the server wants to be asked again (ttl, max-age), None when it says nothing.
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
    window: tuple[Shown, ...] = ()
    parts: tuple[str, ...] = ()
    article: Article | None = None
    failure: Failure | None = None


# ── what the archive keeps ──────────────────────────────────────────────────────────────────


def version_time(n: int, published: datetime | None, first_seen: datetime) -> datetime:
    """The time a version stands at: published when believable, a later version's first sight."""
    if n == 1 and published is not None and EPOCH <= published <= first_seen + FUTURE_ALLOWED:
        return published
    return first_seen


@dataclass(frozen=True, slots=True)
class Version:
    """One text of one article; id = content_id(article, title, text with white space collapsed)."""

    id: str
    article: str
    n: int
    url: str
    title: str
    text: str
    lang: str
    source: str
    newsroom: str
    first_seen: datetime
    tags: tuple[str, ...] = ()
    author: str = ""
    published: datetime | None = None
    published_from: str = ""
    quality: Quality = "headline"
    kind: VersionKind = "new"

    @property
    def time(self) -> datetime:
        """What `since:` and `until:` ask, and what "newest first" sorts by."""
        return version_time(self.n, self.published, self.first_seen)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: *what* is headline, text, number or name; either side may be ''."""

    what: Literal["headline", "text", "number", "name"]
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Revision:
    """What changed from version *old* to *new* (ids). *note* is the wire's own word on a
    correction; *kept* is the share of the old words that still stand, 0 to 1.
    """

    old: str
    new: str
    kind: VersionKind
    changes: tuple[Change, ...] = ()
    note: str = ""
    kept: float = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """Where a query found its word: *start* and *end* count characters in the named field."""

    field: Literal["title", "text"]
    start: int
    end: int
    word: str


@dataclass(frozen=True, slots=True)
class Match:
    """A version satisfies a rule, there."""

    rule: str
    version: str
    article: str
    story: str
    at: datetime
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why two articles are, or are not, one story: each feature 0 to 1, what decided, and how."""

    article: str
    other: str
    relation: Relation
    score: float
    threshold: float
    decided_by: str
    features: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Notification:
    """What one person is owed once: unique by recipient, digest, rule, story and occasion.

    *digest* is a digest's name or "now"; *occasion* is `first` or `correction:<version id>`.
    """

    recipient: str
    digest: str
    rule: str
    story: str
    occasion: str
    version: str
    article: str
    at: datetime
    priority: Priority = "normal"


# ── what one outcome changes ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class WindowEntry:
    """One entry of a feed's last good window, and the article it stands for."""

    hash: str
    guid: str
    url: str
    article: str


@dataclass(frozen=True, slots=True)
class ArticleState:
    """An article as the archive knows it: its story, how many versions, which one stands now.

    *quiet* articles came with a feed's first poll or an import and owe no letter when they arrive.
    """

    id: str
    url: str
    story: str
    source: str
    newsroom: str
    first_seen: datetime
    current: Version
    versions: int = 1
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """A version appears in a feed, changes, comes back to an old text, or leaves."""

    article: str
    version: str
    feed: str
    at: datetime
    what: Literal["appear", "change", "return", "leave"]


@dataclass(frozen=True, slots=True)
class Gap:
    """A feed's window moved on whole between two good polls: entries may have been missed."""

    feed: str
    request: str
    since: datetime
    until: datetime
    entries: int


@dataclass(frozen=True, slots=True)
class Changeset:
    """Everything that follows from one outcome, kept in one transaction or not at all.

    *request* replaces its row if *lease* is still its lease, else nothing at all is kept; *asked*
    are requests a sighting adds or wakes; *window* replaces the feed's window (None leaves it);
    *aliases* are (key, article), *addresses* (article, address verbatim), *current* (article,
    version), *grams* (hash, story), *exact* (hash of the normalised text, story).
    An import has no request.
    """

    at: datetime
    lease: str = ""
    request: Request | None = None
    failure: Failure | None = None
    asked: tuple[Request, ...] = ()
    window: tuple[WindowEntry, ...] | None = None
    articles: tuple[ArticleState, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    versions: tuple[Version, ...] = ()
    revisions: tuple[Revision, ...] = ()
    current: tuple[tuple[str, str], ...] = ()
    sightings: tuple[Sighting, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    grams: tuple[tuple[int, str], ...] = ()
    exact: tuple[tuple[str, str], ...] = ()
    matches: tuple[Match, ...] = ()
    notifications: tuple[Notification, ...] = ()
    gap: Gap | None = None


# ── what the reader gets ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Copy:
    """One article of a story, as "also reported by" names it."""

    newsroom: str
    title: str
    url: str
    first_seen: datetime
    relation: Relation = "same"


@dataclass(frozen=True, slots=True)
class Item:
    """One story in a letter, with the rule that asked for it and the words that matched.

    *told_title* and *revision* are set when the reader was told an earlier version.
    """

    rule: str
    priority: Priority
    story: str
    occasion: str
    version: Version
    spans: tuple[Span, ...] = ()
    copies: tuple[Copy, ...] = ()
    revision: Revision | None = None
    told_title: str = ""


@dataclass(frozen=True, slots=True)
class SourceTrouble:
    """A feed that fails or may have lost entries, in a reader's words."""

    feed: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Footer:
    """What the letter's foot says of newswatch itself. *latency* is the median of seconds from
    publication to first sight in the period, None when nothing had a time.
    """

    feeds: int = 0
    articles: int = 0
    troubles: tuple[SourceTrouble, ...] = ()
    latency: float | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """One letter to one person. *id* makes the Message-ID and the MIME boundary; *thread* is the
    Message-ID of the letter that first told the story, '' for none. *at* is the slot's instant
    (or the notification's), *since* and *until* the period covered.
    """

    id: str
    name: str
    person: Person
    sender: str
    at: datetime
    since: datetime
    until: datetime
    late: bool = False
    items: tuple[Item, ...] = ()
    footer: Footer = field(default_factory=Footer)
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A sealed letter in the outbox: *content* goes out byte for byte, however often."""

    id: str
    recipient: str
    address: str
    sender: str
    content: bytes
    attempts: int = 0
    first_try: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What the mail server said: *code* is SMTP's (250 taken; 4xx again; 5xx dead; 0 no answer)."""

    letter: str
    code: int
    detail: str = ""


# ── errors of the store ─────────────────────────────────────────────────────────────────────


class StoreError(Exception):
    """The store cannot do what was asked; the message says what to do."""


class StoreMissing(StoreError):
    """There is no store at this address yet."""


class StoreDamaged(StoreError):
    """The file is damaged, no database, or of a newer newswatch."""


class StoreBusy(StoreError):
    """Another newswatch writes to it."""
