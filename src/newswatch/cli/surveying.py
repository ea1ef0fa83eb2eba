"""What a backfill would ask for: archives asked one after the other, what they list counted by month.

Rule: nothing is kept, and no page is asked.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from newswatch import discovery
from newswatch.cli.asking import asking
from newswatch.cli.output import emit, note, progress, public, say
from newswatch.cli.settings import Options
from newswatch.model import PAST, Backfill, Feed, Outcome, Request, Source, StoreMissing
from newswatch.store import open_archive
from newswatch.wording import counted

if TYPE_CHECKING:
    from newswatch.config import Configuration

SURVEYED = 300  # archives that a dry run asks
NAMED = 5  # failures that are named
LEFT_OUT = {
    "undated": "without a date (--undated takes them)",
    "outside": "of another time",
    "polling": "so new that polls bring them",
    "other": "of another site, or no article's",
    "untitled": "without a headline, whose pages are not to be read",
    "beyond": "beyond what one backfill walks: ask for a shorter time",
}

Plan = tuple[Backfill, tuple[str, ...]]  # and the archives at which it begins


def pace_of(spacing: float, hourly: int) -> float:
    """Seconds between two requests of a backfill to one host."""
    return max(spacing, 3600 / hourly)


def lasting(seconds: float) -> str:
    """A span in its largest unit of which there are two: "40 s", "50 min", "36 h", "9 d"."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{round(seconds / size):,} {unit}"
    return f"{round(seconds)} s"


@dataclass
class _Seen:
    """What the archives of one feed list of a period: pages by address with when they seem to be from."""

    plan: Backfill
    asked: int = 0
    unasked: int = 0
    pages: dict[str, datetime | None] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)


def survey(
    options: Options,
    configuration: Configuration,
    feeds: Sequence[Feed],
    plans: Sequence[Plan],
    now: datetime,
    *,
    as_json: bool,
) -> int:
    """Ask the archives, and say what would be asked of their pages; nothing is kept. What is as new as an alert may be
    is counted by itself: a backfill leaves to polls what of it the feed may yet show.
    """
    policy = configuration.policy
    polled = now - configuration.alert_max_age
    pace = pace_of(policy.spacing, policy.backfill)
    rows = []
    with asking(options) as workers:
        for feed, (plan, begin) in zip(feeds, plans, strict=True):
            with progress(f"surveying {feed.name}", quiet=options.quiet or as_json) as tell:
                seen = _listed(workers.submit, feed, plan, begin, tell)
            known = _known(options, seen.pages)
            new = {url: at for url, at in seen.pages.items() if url not in known}
            months = Counter(f"{at:%Y-%m}" if at else "undated" for at in new.values())
            recent = sum(at is not None and at >= polled for at in new.values())
            read = feed.pages == "fetch"
            rows.append(
                {
                    "feed": feed.name, "from": plan.since, "to": plan.until, "dry_run": True,
                    "archives": seen.asked, "archives_unasked": seen.unasked, "pages": len(new) if read else 0,
                    "entries": len(new), "known": len(known), "recent": recent, "months": dict(sorted(months.items())),
                    **{key: seen.counts[key] for key in ("undated", "outside", "other")},
                    "seconds": round(((len(new) if read else 0) + seen.asked + seen.unasked) * pace),
                    "failed": {public(url): why for url, why in seen.failed.items()},
                }
            )  # fmt: skip
    for row in rows:
        if as_json:
            emit(row)
        else:
            _say(row)
    return 0 if any(row["entries"] or row["known"] for row in rows) else 1


def _listed(
    submit: Callable[[Request], Any],
    feed: Feed,
    plan: Backfill,
    begin: Sequence[str],
    tell: Callable[[str], None],
) -> _Seen:
    """Walk archives from where a backfill begins, one after the other."""
    seen = _Seen(plan)
    source = Source(feed.url, feed.pages, feed.user_agent, feed.headers, feed.sitemap)
    ahead, met = deque(begin), set(begin)
    while ahead and seen.asked < SURVEYED:
        url = ahead.popleft()
        request = Request(
            url, "archive", url, feed.name, plan.since, plan.since, lang=feed.lang, look=PAST,
            source=source, backfill=plan,
        )  # fmt: skip
        outcome: Outcome = submit(request).result()
        seen.asked += 1
        if outcome.failure is not None:
            if url not in discovery.usual_sitemaps(url):
                seen.failed[url] = outcome.failure.says
            continue
        for shown in outcome.window:
            seen.pages.setdefault(shown.url, shown.article.published if shown.article else None)
        for key in ("undated", "outside", "other"):
            seen.counts[key] += getattr(outcome.walked, key)
        fresh = [part for part in outcome.parts if part not in met]
        ahead.extend(fresh)
        met.update(fresh)
        tell(
            f"{counted(seen.asked, 'archive')} of {len(met):,}, {counted(len(seen.pages), 'entry', 'entries')}"
        )
    seen.unasked = len(ahead)
    return seen


def _known(options: Options, pages: Iterable[str]) -> frozenset[str]:
    try:
        archive = open_archive(options.store())
    except StoreMissing:
        return frozenset()
    try:
        return archive.known(pages)
    finally:
        archive.close()


def _say(row: dict[str, Any]) -> None:
    say(
        f"{row['feed']}: {counted(row['entries'], 'entry', 'entries')} in {counted(row['archives'], 'archive')},"
        f" {row['known']:,} known already; {counted(row['pages'], 'page')} to ask, about {lasting(row['seconds'])}"
    )
    for month, number in row["months"].items():
        say(f"  {month:8} {number:,}")
    if row["recent"]:
        note(f"  {row['recent']:,} of them so new that polls may bring them: those are left out")
    for key in ("undated", "outside", "other"):
        if row[key]:
            note(f"  {row[key]:,} left out: {LEFT_OUT[key]}")
    for url, why in list(row["failed"].items())[:NAMED]:
        note(f"  {url}: {why}")
    if row["archives_unasked"]:
        note(f"  {row['archives_unasked']:,} archives were not looked at")
