"""What the configuration says: feeds, manners, rules, readers.

Rule: frozen values; seconds are seconds, bytes are bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from newswatch.model.basics import FeedFormat, GroupBy, LetterFormat, PagesMode, Priority, SurgeKind


@dataclass(frozen=True, slots=True)
class Feed:
    """One subscription. Intervals are seconds between two polls; *format* is what the feed is known to
    come in, '' for whatever comes. What comes in another is read all the same, and shown. *looks* says
    whether pages that were read are looked at again. *terms* is a note on
    what its publisher allows; *user_agent* takes the place of the policy's, and *headers* are sent beside it, to
    the feed's own server alone; *sitemap* is the news sitemap of its site, '' for what robots.txt names.
    """

    name: str
    url: str
    newsroom: str = ""
    lang: str = ""
    tags: tuple[str, ...] = ()
    pages: PagesMode = "fetch"
    format: FeedFormat | Literal[""] = ""
    min_interval: int = 60
    max_interval: int = 86400
    alert_backlog: bool = False
    enabled: bool = True
    looks: bool = True
    terms: str = ""
    user_agent: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    sitemap: str = ""


@dataclass(frozen=True, slots=True)
class CrawlPolicy:
    """How newswatch behaves towards servers, and what one answer may cost.

    *looks* are second looks an hour and host, of which half may be saved up; *backfill* are requests of
    backfills an hour and host.
    The sizes are of decoded bytes. 3 MB a page: 5 MB of links took trafilatura 40 s and 720 MB.
    """

    user_agent: str = "Mozilla/5.0 (compatible; newswatch)"
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
    looks: int = 600
    backfill: int = 1200


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Dask cluster to crawl on: its scheduler's *address* (dask:// or tls://), for TLS the files of its authority, of
    our certificate and its key; *fallback* says whether this machine crawls while it is lost.
    """

    address: str
    ca: str = ""
    cert: str = ""
    key: str = ""
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class Grouping:
    """How letters at once are put together, in seconds, with Alertmanager's meanings: what is told *by*
    one story or one rule is a group; its letter waits so long after what opened it, and so long after the
    group's last one; a story is told again (*repeat*) where it is still reported so long after. "" and None
    are "not said here"; a *repeat* of 0 is never.
    """

    by: GroupBy | Literal[""] = ""
    wait: int | None = None
    interval: int | None = None
    repeat: int | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """From how much of what a rule finds on it tells, in a letter of its own and not of each story. A "spike" is
    *factor* times what the same hour brought in the *over* days before, and *floor* stories at least; a "volume" is
    *floor* stories within *span* seconds; a "silence" is none for *span* seconds, or with 0 for as long as in the weeks
    before brought stories at these hours, *floor* on average. A spike or a volume is told again *rest* seconds later.
    """

    kind: SurgeKind
    span: int
    floor: int = 0
    factor: float = 0.0
    over: int = 0
    rest: int = 12 * 3600

    @property
    def spoken(self) -> str:
        """As it is written in the configuration: "spike: 3x over 14d"."""
        if self.kind == "spike":
            return f"spike: {self.factor:g}x over {self.over}d"
        if self.kind == "volume":
            return f"volume: {self.floor} in {_lasting(self.span)}"
        return f"silence: {_lasting(self.span) if self.span else 'rhythm'}"


def _lasting(seconds: int) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


@dataclass(frozen=True, slots=True)
class Rule:
    """An alert rule: *tell* names digests, or people who get a letter at once. What its *grouping* leaves
    open, the reader's says. With a *threshold* it tells of how much it finds, and of no story by itself.
    """

    name: str
    query: str
    tell: tuple[str, ...] = ()
    priority: Priority = "normal"
    feeds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    grouping: Grouping = Grouping()
    threshold: Threshold | None = None


CHANNEL = "channel:"  # what an address begins with that is no mail address: the channel of the reader it names


@dataclass(frozen=True, slots=True)
class Person:
    """A recipient. *address* is a mail address, or CHANNEL and the reader's own name. *zone* is an IANA name, *lang* the language of dates, "" for English; *quiet* are local ("22:00", "07:00") spans; *format* "html"
    is HTML beside the text, "text" the text alone, "brief" its headlines and addresses. *hourly* is how many letters at once an hour brings
    before the rest comes in one.
    """

    name: str
    address: str
    zone: str = "UTC"
    quiet: tuple[tuple[str, str], ...] = ()
    format: LetterFormat = "html"
    hourly: int = 30
    grouping: Grouping = Grouping()
    lang: str = ""


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """When the store is copied each day, "HH:MM" UTC, and how many copies stay: the newest of so many days, weeks
    and months. Where none stays none is made.
    """

    at: str = "03:00"
    daily: int = 7
    weekly: int = 4
    monthly: int = 12


@dataclass(frozen=True, slots=True)
class Ages:
    """After how many seconds an article's texts go, and after how many the article; 0 for never."""

    texts: int = 0
    articles: int = 0


@dataclass(frozen=True, slots=True)
class Retention:
    """What goes of an old archive, by each article's age; *sources* (feeds' names) have their own word, else *tags*
    have, of which the shortest counts. What somebody was told of stays *told* seconds. Above *size* bytes the
    oldest goes, texts first; 0 for no bound.
    """

    ages: Ages = Ages()
    sources: tuple[tuple[str, Ages], ...] = ()
    tags: tuple[tuple[str, Ages], ...] = ()
    told: int = 5 * 365 * 86400
    size: int = 0

    def removes(self) -> bool:
        """Whether anything ever goes."""
        every = (self.ages, *dict(self.sources).values(), *dict(self.tags).values())
        return bool(self.size or any(ages.texts or ages.articles for ages in every))

    def ages_of(self, source: str, tags: Iterable[str]) -> Ages:
        """What holds for an article of *source* with *tags*."""
        if (own := dict(self.sources).get(source)) is not None:
            return own
        found = [ages for tag, ages in self.tags if tag in tags]
        return (
            Ages(
                _shortest(ages.texts for ages in found), _shortest(ages.articles for ages in found)
            )
            if found
            else self.ages
        )


def _shortest(seconds: Iterable[int]) -> int:
    return min((one for one in seconds if one), default=0)


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """When a digest goes out: local times "HH:MM" on weekdays (0 = Monday), in each reader's zone.

    *weekend* are the times on Saturdays and Sundays in place of the others, None for the same; those
    of *days* alone count.
    *zone* overrides the readers' own zones when it is not empty. *head* puts the archive's head into the
    foot, by which a reader can hold the archive to what it was. With *min_items* 0 a letter goes out
    at each of its times, also to say that nothing was found.
    """

    name: str
    to: tuple[str, ...]
    at: tuple[str, ...] = ("07:30",)
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    zone: str = ""
    min_items: int = 1
    weekend: tuple[str, ...] | None = None
    head: bool = False
