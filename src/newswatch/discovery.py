"""Where a site may have feeds, and which of those found serves a watch best.

Rule: pure; the time is an argument. What an address gives is judged by what came from it, never by its name:
a name only says in which order addresses are asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from newswatch.address import canonical, host, join
from newswatch.alternates import COMMENTS
from newswatch.model import FUTURE_ALLOWED, FeedFormat, Outcome

# Where feeds stand in most sites whose pages name none: the common publishing systems' own places.
FEEDS = ("feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml")
BESIDE = ("feed", "rss.xml", "atom.xml")  # in the page's own folder
SITEMAPS = ("news-sitemap.xml", "sitemap-news.xml", "sitemap_news.xml", "sitemap.xml")
SITEMAPS_ASKED, PARTS_ASKED = 6, 3  # of a robots.txt; of one index

MOST_OF = 0.5  # the share of entries that speaks for a window
WIDER = 1.5  # times another's entries or hours, by which a window is wider
DEEPEST = 2  # folders in which a section's page may stand
OLD = timedelta(days=30)  # of a newest entry, that is told
BEHIND = timedelta(days=2)  # that one newest entry may be older than another's

Named = Literal["page", "usual place", "robots.txt"]

_NEWSY = re.compile(r"news|latest|recent|today|live", re.IGNORECASE)
_YEAR = re.compile(r"/(?:19|20)\d\d(?:/|$)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed that was found: what its window shows. *newest* and *oldest* are its entries' dates, None where
    none has one; *full*, *leads* and *dated* are shares of its entries; *parts* counts those of a sitemap
    index, of which so many were looked at; *hashes* tell what it shows from what others show.
    """

    url: str
    format: FeedFormat
    named: Named
    entries: int
    newest: datetime | None = None
    oldest: datetime | None = None
    full: float = 0.0
    leads: float = 0.0
    dated: float = 0.0
    parts: int = 0
    hashes: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """What it is, in words."""
        names = {"rss": "RSS", "atom": "Atom", "rdf": "RSS 1.0", "json": "JSON Feed"}
        index = " index" if self.parts else ""
        return names.get(self.format, f"news sitemap{index}")

    @property
    def span(self) -> timedelta:
        """How far its dates go back."""
        return self.newest - self.oldest if self.newest and self.oldest else timedelta()


def usual_places(url: str) -> tuple[str, ...]:
    """Where a site's feeds stand most often, seen from a page at *url*: beside it, and at the site's root. Beside
    an article stand its comments.
    """
    folder = join(url, ".")
    article = _YEAR.search(f"/{_path(folder)}") or _path(folder).count("/") > DEEPEST
    beside = () if article else tuple(join(folder, name) for name in BESIDE)
    return tuple(dict.fromkeys((*beside, *(join(url, f"/{name}") for name in FEEDS))))


def robots_of(url: str) -> str:
    """Where the robots.txt of *url*'s site stands."""
    return join(url, "/robots.txt")


def usual_sitemaps(url: str) -> tuple[str, ...]:
    """Where a site's sitemaps stand most often."""
    return tuple(join(url, f"/{name}") for name in SITEMAPS)


def news_first(addresses: Iterable[str]) -> tuple[str, ...]:
    """Addresses of sitemaps in the order in which news is looked for there, each once."""
    return tuple(sorted(dict.fromkeys(addresses), key=lambda url: not _NEWSY.search(_path(url))))


def _path(url: str) -> str:
    """What follows the host: a newspaper's own name says nothing of its sitemaps."""
    return url.partition("://")[2].partition("/")[2]


def of(outcome: Outcome, named: Named, now: datetime) -> Candidate | None:
    """The candidate that an answer is; None where nothing came that can be watched."""
    articles = [shown.article for shown in outcome.window if shown.article is not None]
    if outcome.failure is not None or not articles:
        return None
    dates = [a.published for a in articles if a.published and a.published <= now + FUTURE_ALLOWED]
    count = len(articles)
    return Candidate(
        url=outcome.moved or outcome.request.url,
        format=outcome.format or "rss",
        named=named,
        entries=count,
        newest=max(dates, default=None),
        oldest=min(dates, default=None),
        full=sum(a.quality == "full" for a in articles) / count,
        leads=sum(a.quality == "lead" for a in articles) / count,
        dated=len(dates) / count,
        hashes=frozenset(shown.hash for shown in outcome.window),
    )


def index_of(
    url: str, listed: Sequence[str], parts: Sequence[Candidate], named: Named
) -> Candidate | None:
    """The sitemap index at *url*, which *listed* parts, as one candidate; *parts* are those of the parts asked
    that hold news. None where it must not stand for them: some that it lists hold no news, as far as
    addresses of one shape are of one kind.
    """
    shapes = {re.sub(r"\d+", "0", address) for address in listed}
    asked = min(len(listed), PARTS_ASKED)
    if not parts or len(parts) < asked or (len(listed) > asked and len(shapes) > 1):
        return None
    entries = sum(part.entries for part in parts)
    newest = [part.newest for part in parts if part.newest]
    oldest = [part.oldest for part in parts if part.oldest]
    return Candidate(
        url=url,
        format="sitemap",
        named=named,
        entries=entries,
        newest=max(newest, default=None),
        oldest=min(oldest, default=None),
        dated=sum(part.dated * part.entries for part in parts) / entries,
        parts=len(listed),
        hashes=frozenset().union(*(part.hashes for part in parts)),
    )


def distinct(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """*found* without those that show only what an earlier one shows, in the same form."""
    kept: list[Candidate] = []
    for one in found:
        same = (
            other
            for other in kept
            if canonical(other.url) == canonical(one.url)
            or (other.format == one.format and one.hashes <= other.hashes)
        )
        if next(same, None) is None:
            kept.append(one)
    return tuple(kept)


def recommended(found: Sequence[Candidate], now: datetime) -> tuple[Candidate, str]:
    """The one of *found*, which are some, that serves a watch best at *now*, and why: a feed, as it carries more
    than headlines, unless a news sitemap shows what the feed does not. One that has nothing new is told to.
    """
    one, why = _best(found)
    if one.newest is not None and now - one.newest > OLD:
        why += f", though its newest entry is {(now - one.newest).days:,} days old"
    elif COMMENTS.search(_path(one.url)):
        why += ", though by its address it holds comments"
    return one, why


def _best(found: Sequence[Candidate]) -> tuple[Candidate, str]:
    feeds = [one for one in found if one.format != "sitemap"]
    sitemaps = [one for one in found if one.format == "sitemap"]
    freshest = max((one.newest for one in found if one.newest), default=None)
    feed = max(feeds, key=lambda one: _worth(one, freshest), default=None)
    sitemap = max(
        sitemaps,
        key=lambda one: (not _behind(one.newest, freshest), one.entries, one.span),
        default=None,
    )
    if feed is None:
        assert sitemap is not None
        return sitemap, "no feed beside it" if len(found) == 1 else "the widest of the sitemaps"
    if sitemap is not None and (why := _poorer(feed, sitemap)):
        return sitemap, why
    if len(found) == 1:
        return feed, "the only one"
    if feed.full >= MOST_OF:
        return feed, "it carries the articles' text"
    if len(feeds) == 1:
        return feed, "the news sitemap shows no more, and no leads"
    return (
        feed,
        "the first that the page names" if feed.named == "page" else "the fullest of the feeds",
    )


def _worth(one: Candidate, freshest: datetime | None) -> tuple[bool, ...]:
    """What speaks for a feed, the weightiest first; of equal ones the first stands, as the site named it."""
    return (
        not COMMENTS.search(_path(one.url)),
        not _behind(one.newest, freshest),
        one.dated >= MOST_OF,
        one.full >= MOST_OF,
        one.named == "page",
    )


def _behind(newest: datetime | None, freshest: datetime | None) -> bool:
    return newest is not None and freshest is not None and freshest - newest > BEHIND


def _poorer(feed: Candidate, sitemap: Candidate) -> str:
    """In what a *feed* is poorer than a news *sitemap*; '' where it is not."""
    if _behind(sitemap.newest, feed.newest):
        return ""
    if _behind(feed.newest, sitemap.newest):
        return "the feed has nothing as new"
    if feed.dated < MOST_OF <= sitemap.dated:
        return "the feed's entries have no dates"
    if feed.full >= MOST_OF:
        return ""
    more = sitemap.entries > WIDER * feed.entries
    longer = sitemap.span > WIDER * feed.span
    if (more and sitemap.span >= feed.span) or (longer and sitemap.entries >= feed.entries):
        return f"it shows {sitemap.entries:,} entries, the feed {feed.entries:,}"
    return ""


def beside(feed: Candidate, found: Iterable[Candidate]) -> str:
    """The widest news sitemap of the *feed*'s own host among those *found*, '' for none."""
    own = [
        one
        for one in found
        if one.format == "sitemap"
        and host(one.url) == host(feed.url)
        and not _behind(one.newest, feed.newest)
    ]
    best = max(own, key=lambda one: one.entries, default=None)
    return best.url if best is not None and best != feed else ""


def first(addresses: Iterable[str], most: int, asked: Iterable[str] = ()) -> tuple[str, ...]:
    """The first *most* of *addresses* that were not *asked* yet."""
    known = set(asked)
    return tuple(islice((url for url in dict.fromkeys(addresses) if url not in known), most))
