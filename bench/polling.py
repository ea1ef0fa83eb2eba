"""What polling costs and brings on the recorded wires: the rule in force against the one before it.

    python bench/polling.py [--shared DIR] [--max SECONDS] [--fed]

Nothing is asked and nothing waits: each feed's recorded windows are looked at when `frontier` says so. An
entry's delay is from the moment that the recording first shows it. What a feed shows at the first poll
is no news. *--fed* gives each dated feed's entries at their own dates instead, so that they do not come in
the recording's steps.
"""

from __future__ import annotations

import argparse
import gzip
import json
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newswatch import frontier, parse
from newswatch.model import UNASKED, Article, Entry, Feed, Hints, Outcome, Request, Shown

SITES = ("site-reuters", "site-newspapers")
Again = Callable[[Outcome, Feed, datetime, int, bool], Request]


@dataclass
class Recorded:
    """A feed as it was recorded: at each of *times* (ascending) the window beside it began to be shown."""

    name: str
    times: list[datetime]
    windows: list[tuple[Entry, ...]]
    hints: Hints = UNASKED

    def at(self, now: datetime) -> int:
        """Which window is shown then."""
        return max(0, bisect_right(self.times, now) - 1)


# ── the rules ───────────────────────────────────────────────────────────────────────────────


def by_rhythm(outcome: Outcome, feed: Feed, now: datetime, fresh: int, missed: bool) -> Request:
    return frontier.again(outcome, feed, now, fresh, missed=missed)


def by_halves(outcome: Outcome, feed: Feed, now: datetime, fresh: int, missed: bool) -> Request:
    """The rule before: half the wait when a third of the window is new, half as long again when nothing."""
    request = outcome.request
    before = request.interval or 300.0
    if not request.polls or (fresh and 3 * fresh < len(outcome.window)):
        wanted = before
    else:
        wanted = before / 2 if fresh else before * 1.5
    wanted = min(max(wanted, feed.min_interval), feed.max_interval)
    asked = 0 if missed else min(outcome.wait or 0, feed.max_interval)
    return replace(
        request,
        polls=request.polls + 1,
        interval=wanted,
        due=now + timedelta(seconds=max(0.95 * wanted, feed.min_interval, asked)),
    )


# ── what was recorded ───────────────────────────────────────────────────────────────────────


def recorded(shared: Path, *, fed: bool) -> Iterator[tuple[Recorded, datetime, datetime]]:
    """Each feed, with when its recording begins and ends."""
    for site in SITES:
        folder = shared / "data" / site
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        begin, end = (datetime.fromisoformat(manifest[key]) for key in ("t0", "t1"))
        for route in manifest["routes"]:
            if route["kind"] == "versions" and "/moved/" not in route["path"]:
                feed = _versions(folder, route)
            elif route["kind"] == "items":
                feed = _items(route)
            else:
                continue
            first = max(begin, feed.times[0]) if route["kind"] == "versions" else begin
            yield (_by_dates(feed) if fed else feed), first, end


def _versions(folder: Path, route: Any) -> Recorded:
    feed = Recorded(f"{route['host']}{route['path']}", [], [])
    for version in route["versions"]:
        body = gzip.decompress((folder / "files" / version["file"]).read_bytes())
        try:
            read = parse.window(body, route["ctype"], f"https://{feed.name}", frozenset())
        except parse.ParseError:
            continue
        feed.hints = read.hints
        feed.times.append(datetime.fromisoformat(version["from"]))
        feed.windows.append(read.entries)
    return feed


def _items(route: Any) -> Recorded:
    entries = []
    for item in route["items"]:
        at = datetime.fromisoformat(item["at"]).astimezone(UTC)
        date = None if route["host"].endswith(".feeds.replay") else at
        entries.append(
            (at, Entry(item["url"], item["url"], item["url"], item["title"], published=date))
        )
    return _stream(f"{route['host']}{route['path']}", entries, route.get("limit", 100), UNASKED)


def _stream(name: str, entries: list[tuple[datetime, Entry]], limit: int, hints: Hints) -> Recorded:
    entries.sort(key=lambda found: (found[0], found[1].url))
    feed = Recorded(name, [datetime.min.replace(tzinfo=UTC)], [()], hints)
    for n, (at, _) in enumerate(entries, 1):
        feed.times.append(at)
        feed.windows.append(tuple(entry for _, entry in entries[max(0, n - limit) : n][::-1]))
    return feed


def _by_dates(feed: Recorded) -> Recorded:
    """A feed whose entries come at their own dates, as wide as its windows mostly were."""
    found = {entry.url: entry for window in feed.windows for entry in window}
    dated = [
        (e.published, e) for e in found.values() if e.published and e.published <= feed.times[-1]
    ]
    if 2 * len(dated) < len(found) or not dated:
        return feed
    sizes = sorted(len(window) for window in feed.windows if window)
    return _stream(feed.name, dated, sizes[len(sizes) // 2], feed.hints)


# ── a run ───────────────────────────────────────────────────────────────────────────────────


@dataclass
class Tally:
    """What a run came to; *delays* are seconds."""

    polls: int = 0
    entries: int = 0
    lost: int = 0
    overflowed: int = 0
    delays: list[float] | None = None

    def add(self, other: Tally) -> None:
        """Count another feed's run in."""
        self.polls += other.polls
        self.entries += other.entries
        self.lost += other.lost
        self.overflowed += other.overflowed
        self.delays = [*(self.delays or ()), *(other.delays or ())]

    def row(self, name: str) -> str:
        """A row of the table."""
        delays = sorted(self.delays or [0.0])
        p50, p95 = (delays[min(len(delays) - 1, int(q * len(delays)))] / 60 for q in (0.5, 0.95))
        mean = sum(delays) / len(delays) / 60
        return (
            f"| {name} | {self.polls:,} | {self.entries:,} | {p50:.0f} | {p95:.0f} | {mean:.0f} |"
            f" {self.overflowed} | {self.lost} |"
        )


def play(feed: Recorded, begin: datetime, end: datetime, again: Again, bounds: Feed) -> Tally:
    request = Request(feed.name, "feed", f"https://{feed.name}", bounds.name, begin, begin)
    shown_at: dict[str, datetime] = {}
    for time, window in zip(feed.times, feed.windows, strict=True):
        for entry in window:
            shown_at.setdefault(entry.url, time)
    tally = Tally(delays=[])
    seen: set[str] = set()
    before: set[str] = set()
    last = -1
    while request.due <= end:
        now, place = request.due, feed.at(request.due)
        window = feed.windows[place]
        here = {entry.url for entry in window}
        fresh = here - before if request.polls else set()
        missed = bool(before and here and not before & here)
        tally.polls += 1
        tally.overflowed += missed
        assert tally.delays is not None
        if request.polls:
            tally.delays += [(now - shown_at[url]).total_seconds() for url in here - seen]
        seen |= here
        shown = tuple(
            Shown(e.hash, e.guid, e.url, Article(e.url, e.title, published=e.published))
            for e in window
        )
        unchanged = place == last
        outcome = Outcome(
            request, 304 if unchanged else 200, unchanged=unchanged, window=() if unchanged else shown,
            hints=feed.hints, wait=feed.hints.ttl,
        )  # fmt: skip
        request = again(outcome, bounds, now, len(fresh), missed)
        before, last = here, place
    tally.entries = len(tally.delays or ())
    ever = {url for url, time in shown_at.items() if begin < time <= end - timedelta(hours=1)}
    tally.lost = len(ever - seen) if request.polls > 1 else 0
    return tally


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    given.add_argument("--max", type=int, default=86400)
    given.add_argument("--fed", action="store_true")
    given.add_argument("--news", type=float, default=frontier.NEWS)
    given.add_argument("--eager", type=float, default=frontier.EAGER)
    given.add_argument("--each", action="store_true", help="each feed by itself, too")
    asked = given.parse_args()
    frontier.NEWS, frontier.EAGER = asked.news, asked.eager
    bounds = Feed("f", "", max_interval=asked.max)
    rules: dict[str, Again] = {"by halves": by_halves, "by rhythm": by_rhythm}
    totals = {name: Tally() for name in rules}
    print("| rule | polls | entries | p50 min | p95 min | mean min | overflowed | lost |")
    for feed, begin, end in recorded(asked.shared, fed=asked.fed):
        for name, again in rules.items():
            tally = play(feed, begin, end, again, bounds)
            if asked.each:
                print(tally.row(f"{feed.name[:40]} {name}"))
            totals[name].add(tally)
    for name, total in totals.items():
        print(total.row(name))


if __name__ == "__main__":
    main()
