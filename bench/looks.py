"""What second looks find and cost on recorded changes: schedules against each other.

    python bench/looks.py [--shared DIR]

Nothing is asked and nothing waits: each article of the recorded Reuters feed, which prints whole texts, stands
for a page. It is read a quarter of an hour after it was published, and looked at when `frontier` says so.
When a text changed is known up to the 51 minutes between two recorded windows: the feed's window holds what
was updated last, so that a text that is new in one was not there at the one before, also where its
article had left the window meanwhile. The moment is drawn from between the two (as a function of the article, the
same in each run); *early* and *late* put all at the beginning or the end of theirs. Changes before an article was
first recorded are not known, so the first look mostly finds nothing here.

"on its own" is a page whose feed says nothing of any change. "beside its feed" is one of a feed of headlines and
descriptions, polled every half hour, that wakes the page where they changed; what is counted there are the
changes in which neither did.
"""

from __future__ import annotations

import argparse
import gzip
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import NamedTuple

from newswatch import frontier
from newswatch.model import Feed, Outcome, Request, Shown, content_id

HOUR, DAY = 3600.0, 86400.0
READ = timedelta(minutes=15)  # after its publication
POLL = timedelta(minutes=30)
FEED = Feed("reuters", "https://wire.example/rss")
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


def hours(*ages: float) -> tuple[float, ...]:
    return tuple(age * HOUR for age in ages)


SCHEDULES: dict[str, tuple[float, ...]] = {
    "none": (),
    "1 h, 6 h, 1 d": hours(1, 6, 24),
    "20 min, 1, 3, 8 h, 1, 2 d": hours(1 / 3, 1, 3, 8, 24, 48),
    "30 min, 1, 2, 4, 8, 16 h, 1, 2 d": hours(0.5, 1, 2, 4, 8, 16, 24, 48),
    "1, 2, 3, 4, 8 h, 1, 2 d": hours(1, 2, 3, 4, 8, 24, 48),
    "in force": frontier.LOOKS,
    "1, 2, 3, 4, 5, 6, 8, 10, 14 h, 1, 2 d": hours(1, 2, 3, 4, 5, 6, 8, 10, 14, 24, 48),
    "in force where told": frontier.TOLD_LOOKS,
    "each hour to 2 d": hours(*range(1, 49)),
}


class Text(NamedTuple):
    """What an entry says, and what of it a feed of headlines and descriptions would show."""

    shown: tuple[str, str]
    body: str


class Change(NamedTuple):
    """A recorded change of a text: it happened after *since* and not after *until*."""

    since: datetime
    until: datetime
    silent: bool


@dataclass
class Page:
    """An article as it was recorded."""

    url: str
    published: datetime
    first: datetime
    changes: list[Change] = field(default_factory=list)


# ── what was recorded ───────────────────────────────────────────────────────────────────────


def recorded(folder: Path) -> tuple[list[Page], datetime]:
    """The articles published while the recording ran, and when it ends."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    route = next(r for r in manifest["routes"] if r["host"] == "www.reuters.com")
    pages: dict[str, Page] = {}
    last: dict[str, Text] = {}
    times: list[datetime] = []
    for version in route["versions"]:
        now = datetime.fromisoformat(version["from"])
        for url, published, text in _entries(folder / "files" / version["file"]):
            if url not in pages:
                pages[url] = Page(url, published, now)
            elif text != last[url]:
                silent = text.shown == last[url].shown
                pages[url].changes.append(Change(times[-1], now, silent))
            last[url] = text
        times.append(now)
    # An older one is seen only because it changed: it says nothing of what looks cost.
    return [p for p in pages.values() if times[0] <= p.published <= p.first], times[-1]


def _entries(file: Path) -> Iterator[tuple[str, datetime, Text]]:
    for item in ET.fromstring(gzip.decompress(file.read_bytes())).iter("item"):
        said = {name: item.findtext(name) or "" for name in ("title", "description", CONTENT)}
        text = Text((said["title"], said["description"]), said[CONTENT])
        date = parsedate_to_datetime(item.findtext("pubDate") or "")
        yield item.findtext("link") or "", date.astimezone(UTC), text


# ── a run ───────────────────────────────────────────────────────────────────────────────────

When = Callable[[Page, Change], datetime]


def early(_page: Page, change: Change) -> datetime:
    return change.since


def late(_page: Page, change: Change) -> datetime:
    return change.until


def drawn(page: Page, change: Change) -> datetime:
    chance = int(content_id(page.url, change.until.isoformat())[:8], 16) / 0xFFFFFFFF
    return change.since + chance * (change.until - change.since)


@dataclass
class Tally:
    """What a run came to; *delays* are seconds, None for a change that no look saw."""

    looks: int = 0
    delays: list[float | None] = field(default_factory=list)

    def within(self, seconds: float) -> float:
        """The share of changes seen so soon."""
        return sum(d is not None and d <= seconds for d in self.delays) / len(self.delays)

    def median(self) -> str:
        """The median delay in hours, of all changes."""
        found = sorted(d if d is not None else float("inf") for d in self.delays)
        middle = found[len(found) // 2]
        return "–" if middle == float("inf") else f"{middle / HOUR:.1f} h"


def play(page: Page, end: datetime, when: When, tally: Tally, *, fed: bool, restarts: bool) -> None:
    """Follow a page from its first reading to the recording's *end*; *fed* by its feed besides."""
    begun = page.published + READ
    changes = sorted((max(when(page, c), begun), c.silent) for c in page.changes)
    request = Request(page.url, "page", page.url, FEED.name, begun, begun)
    polls = iter([at - begun for at, silent in changes if fed and not silent])
    woken = sorted({begun + (wait // POLL + 1) * POLL for wait in polls})
    while request.pending or woken:
        now = min([request.due] * request.pending + woken[:1])
        if now > end:
            break
        if woken and now == woken[0]:
            woken.pop(0)
            shown = Shown(now.isoformat(), page.url, page.url)
            request = replace(request, shown=shown, pending=True, due=now, look=0, changed=now)
        tally.looks += bool(request.look)
        happened = [change for change in changes if change[0] <= now]
        del changes[: len(happened)]
        tally.delays += [(now - at).total_seconds() for at, silent in happened if silent or not fed]
        row = frontier.again(Outcome(request, 200), FEED, now, 0)
        rewritten = restarts and bool(happened)
        request = frontier.look_again(row, None, now, published=page.published, rewritten=rewritten)
    unseen = [change for change in changes if change[0] <= end - timedelta(hours=1)]
    tally.delays += [None for _, silent in unseen if silent or not fed]


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    asked = given.parse_args()
    pages, end = recorded(asked.shared / "data" / "site-reuters")
    count = sum(len(page.changes) for page in pages)
    silent = sum(change.silent for page in pages for change in page.changes)
    print(f"{len(pages):,} pages, {count} changes, {silent} of them silent")
    for fed in (False, True):
        print(f"\n{'beside its feed' if fed else 'on its own'}")
        print("| looked at | looks a page | within 1 h (early, late) | within 1 d | median |")
        for name, ages in SCHEDULES.items():
            for restarts in (False, True):
                frontier.LOOKS = ages
                tallies = []
                for when in (drawn, early, late):
                    tally = Tally()
                    for page in pages:
                        play(page, end, when, tally, fed=fed, restarts=restarts)
                    tallies.append(tally)
                one, *others = tallies
                within = ", ".join(f"{other.within(HOUR):.2f}" for other in others)
                print(
                    f"| {name}{', from each change anew' * restarts} | {one.looks / len(pages):.2f} |"
                    f" {one.within(HOUR):.3f} ({within}) | {one.within(DAY):.3f} | {one.median()} |"
                )


if __name__ == "__main__":
    main()
