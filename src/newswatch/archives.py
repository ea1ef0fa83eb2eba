"""What of a site's archive belongs to a backfill: by what its sitemaps say and by what its addresses are called.

Rule: pure. An archive's word is believed where it leaves something out; what it lets in is judged again by the
page itself. A sitemap's `lastmod` is when a page last changed, never when it was published: it can only say that
nothing in it is as new as the period, or that an article may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from newswatch.address import has_page, host, is_front, is_web, of_one_site
from newswatch.model import Backfill

Verdict = Literal["in", "outside", "undated", "other"]
# How a time is known: by the archive itself, by a day in the address, by a month in it or in its sitemap's, by lastmod.
From = Literal["feed", "address", "month", "modified", ""]

SLACK = timedelta(days=1)  # an address names a day in its newsroom's own zone
MONTH = timedelta(days=31)  # a longer span, a year's, only leaves out
LONGEST = 2000  # characters of an address

# Folders that hold lists and people, not articles; beginnings of names of sitemaps that list those.
_LISTS = (
    "about|account|author|authors|categories|category|contact|gallery-index|help|login|page|people|privacy|"
    "profile|search|section|sections|subscribe|tag|tags|terms|topic|topics|user|users"
)
_LIST = re.compile(rf"/(?:[a-z]{{2}}/)?(?:{_LISTS})(?:/|$)", re.IGNORECASE)
_NO_PAGE = re.compile(
    r"\.(?:avif|css|gif|gz|ico|jpe?g|js|json|mp3|mp4|pdf|png|rss|svg|txt|webp|xml|zip)$",
    re.IGNORECASE,
)
_NO_NEWS = re.compile(
    r"(?:^|[-_/.])(?:authors?|categor(?:y|ies)|images?|pictures?|tags?|post_tag|topics?|users?|videos?)(?:[-_.]|sitemap)",
    re.IGNORECASE,
)
_DAY = r"(?P<m>0?[1-9]|1[0-2]){0}(?P<d>0?[1-9]|[12]\d|3[01])"
_OF_ARTICLE = (  # a year alone is a word of a headline as well
    re.compile(rf"/(?P<y>(?:19|20)\d\d)/{_DAY.format('/')}(?=/|-|_|\.|$)"),
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<s>[-_.]?)(?P<m>0[1-9]|1[0-2])(?P=s)(?P<d>0[1-9]|[12]\d|3[01])(?!\d)"),
    re.compile(r"/(?P<y>(?:19|20)\d\d)[-/](?P<m>0[1-9]|1[0-2])(?=/)"),
    re.compile(r"/(?P<y>(?:19|20)\d\d)(?=/)"),
)  # fmt: skip
_OF_ARCHIVE = (
    *_OF_ARTICLE[:2],
    re.compile(r"y{1,4}(?:ear)?=(?P<y>(?:19|20)\d\d)&(?:amp;)?m{1,2}(?:onth)?=(?P<m>0?[1-9]|1[0-2])(?:&(?:amp;)?d{1,2}(?:ay)?=(?P<d>0?[1-9]|[12]\d|3[01]))?(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)[-_/.]?(?P<m>0[1-9]|1[0-2])(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)(?!\d)"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """A time that an address names: on or after *since*, before *until*."""

    since: datetime
    until: datetime

    def overlaps(self, plan: Backfill) -> bool:
        """Whether anything of it can be of the period, in whatever zone it is meant."""
        return self.since - SLACK < plan.until and self.until + SLACK > plan.since


def span(url: str, *, archive: bool = False) -> Span | None:
    """The day, month or year that the address of an article names, or of an *archive*; None for none."""
    path = url.partition("://")[2].partition("/")[2]
    for form in _OF_ARCHIVE if archive else _OF_ARTICLE:
        if (found := form.search(f"/{path}")) is not None:
            said = found.groupdict()
            return _span(int(said["y"]), int(said.get("m") or 0), int(said.get("d") or 0))
    return None


def _span(year: int, month: int, day: int) -> Span | None:
    try:
        since = datetime(year, month or 1, day or 1, tzinfo=UTC)
    except ValueError:
        return None
    if day:
        return Span(since, since + timedelta(days=1))
    if month:
        return Span(since, (since + MONTH).replace(day=1))
    return Span(since, since.replace(year=year + 1))


def of_site(url: str, plan: Backfill) -> bool:
    """Whether an address is of the site that is asked, through whichever door."""
    name = host(url)
    return is_web(url) and any(of_one_site(name, own) for own in plan.hosts)


def parts(listed: Iterable[tuple[str, datetime | None]], plan: Backfill) -> tuple[str, ...]:
    """The sitemaps of an index that may list what is asked for, each given with when it last changed: of the site,
    of no other time by their names, and changed since the period began.
    """
    return tuple(url for url, modified in dict(listed).items() if _may_list(url, modified, plan))


def _may_list(url: str, modified: datetime | None, plan: Backfill) -> bool:
    if not of_site(url, plan) or _NO_NEWS.search(url.partition("://")[2].partition("/")[2]):
        return False
    if modified is not None and modified + SLACK < plan.since:
        return False
    named = span(url, archive=True)
    return named is None or named.overlaps(plan)


def placed(
    url: str,
    published: datetime | None,
    modified: datetime | None,
    plan: Backfill,
    within: Span | None,
) -> tuple[Verdict, datetime | None, From]:
    """Whether an entry of an archive is asked for, when it is from as far as is known, and how that is known.
    *within* is the time that the archive's own address names.
    """
    if len(url) > LONGEST or not of_site(url, plan) or not has_page(url) or _is_list(url):
        return "other", None, ""
    if published is not None:
        return ("in" if plan.since <= published < plan.until else "outside"), published, "feed"
    if modified is not None and modified + SLACK < plan.since:
        return "outside", None, ""
    named = span(url)
    for known in (named, within):
        if known is not None and not known.overlaps(plan):
            return "outside", None, ""
        if known is not None and known.until - known.since <= MONTH:
            of_day = known is named and known.until - known.since <= SLACK
            return "in", known.since, "address" if of_day else "month"
    if modified is not None and modified < plan.until:
        return "in", modified, "modified"
    return "undated", None, ""


def _is_list(url: str) -> bool:
    path = url.partition("://")[2].partition("?")[0]
    path = path[path.find("/") :] if "/" in path else "/"
    return bool(is_front(url) or _LIST.match(path) or _NO_PAGE.search(path))
