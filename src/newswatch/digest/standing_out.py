"""What a letter says of surges: what stood out and what it was compared with, a sparkline, whose the stories are.

Rule: like all of a letter plain, safe and bounded; figures are the surge's own, so that the same letter says the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from newswatch import newsrooms, surges
from newswatch.dates import Local
from newswatch.digest.pieces import HEADLINE, cut, href
from newswatch.model import SurgeItem, Version
from newswatch.text import lead
from newswatch.wording import counted, few, sparkline

SURGES = 30  # that a letter tells of
STORIES, LEAST = 40, 3  # listed in all, and of each surge at least
NEWSROOMS = 8
_RANK = {"urgent": 0, "normal": 1, "low": 2}


@dataclass(frozen=True, slots=True)
class Told:
    """One story of a surge."""

    headline: str
    newsroom: str
    time: str
    href: str


@dataclass(frozen=True, slots=True)
class SurgeView:
    """One surge as a letter shows it; *bars* are a sparkline, *scale* says of what. *more* stories are not listed."""

    kind: str
    rule: str
    headline: str
    said: str
    bars: str
    scale: str
    newsrooms: str
    stories: tuple[Told, ...]
    more: int
    urgent: bool


def views(items: Iterable[SurgeItem], local: Local) -> tuple[SurgeView, ...]:
    """The surges of a letter, urgent ones first, then the newest."""
    ordered = sorted(items, key=lambda item: item.surge.at, reverse=True)
    ordered.sort(key=lambda item: _RANK[item.priority])
    each = max(LEAST, STORIES // max(1, len(ordered)))
    return tuple(_view(item, local, each) for item in ordered[:SURGES])


def summary(found: Iterable[SurgeView]) -> str:
    """How many there are of which kind: "2 spikes, 1 silence"."""
    kinds = [view.kind for view in found]
    said = (counted(kinds.count(kind), kind.lower()) for kind in dict.fromkeys(kinds))
    return ", ".join(said)


def _view(item: SurgeItem, local: Local, each: int) -> SurgeView:
    surge = item.surge
    begins = surge.until - timedelta(seconds=surge.step * len(surge.figures))
    by = "hour" if surge.step == surges.HOUR.total_seconds() else "day"
    stories = tuple(_story(version, local) for version in item.stories[:each])
    own = tuple(f"{cut(name, 60)} ({n:,})" for name, n in item.newsrooms)
    most = f", at most {max(surge.figures):,}" if surge.figures else ""
    return SurgeView(
        kind=surge.kind.capitalize(),
        rule=cut(surge.rule, 80),
        headline=surges.headline(surge, local.time),
        said=surges.sentence(surge, local.time, local.moment),
        bars=sparkline(surge.figures),
        scale=f"stories by the {by} since {local.moment(begins)}{most}" if surge.figures else "",
        newsrooms=few(own, NEWSROOMS) if surge.kind != "silence" else "",
        stories=stories,
        more=max(0, surge.count - len(stories)),
        urgent=item.priority == "urgent",
    )


def _story(version: Version, local: Local) -> Told:
    title = cut(version.title, HEADLINE) or cut(lead(version.text), 120) or "(no headline)"
    newsroom = cut(newsrooms.named(version.newsroom or version.source, version.credit), 80)
    return Told(title, newsroom, local.moment(version.time), href(version.url))
