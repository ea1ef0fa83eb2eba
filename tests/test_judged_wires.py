"""Every judgement of the feeds of both recorded sites, polled as they fall due: those that are true, each within two
polls, and no other.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest

from newswatch import desk
from newswatch.config import Configuration
from newswatch.model import CrawlPolicy, Feed
from newswatch.store import open_ledger
from replayed import replay

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]

STEP = timedelta(minutes=15)
AHEAD = timedelta(minutes=15)  # a date may be so far ahead: clocks differ
POLICY = CrawlPolicy(
    user_agent="Mozilla/5.0 (compatible; newswatch test; +ops@example.org)",
    allow_networks=("127.0.0.0/8",),
    spacing=0.0,
    total_seconds=3.0,
)
UNANSWERED = frozenset({"status", "slow", "reset"})  # faults that say nothing of the feed itself
# Whose pages are asked for: of those that robots.txt closes, and of some that it does not. All together are 5,000.
ASKED = frozenset(
    {"www.reuters.com", "news.replay", "www.channelnewsasia.com", "tass.com", "tass.ru", "www.interfax.ru",
     "de.feeds.replay"}
)  # fmt: skip
CLOSED = "www.reuters.com"  # its recorded robots.txt forbids all but the feeds
# Its entries carry their whole texts: none of their pages would be asked for.
WHOLE = "www.reuters.com/arc/outboundfeeds/partner/?outputType=xml"


By = tuple[str, str]  # a feed, by its recorded address, and a kind of judgement


@dataclass
class Judged:
    """What was judged of a site's feeds at each step, and what the server says it was asked and has."""

    site: Path
    found: dict[By, list[Any]] = field(default_factory=dict)
    log: list[Any] = field(default_factory=list)
    manifest: Any = None


def judged(site: str, folder: Path, begin: str) -> Judged:
    """Poll the feeds of *site* at each step of its time."""
    with replay(site) as server:
        said = Judged(server.site, manifest=server.manifest())
        offered = {
            f"f{number}": feed["recorded"] for number, feed in enumerate(server.ask("feeds"))
        }
        feeds = tuple(
            Feed(
                f"f{number}",
                feed["url"],
                max_interval=3600,
                looks=False,
                pages="fetch" if feed["recorded"].partition("/")[0] in ASKED else "feed-only",
            )
            for number, feed in enumerate(server.ask("feeds"))
        )
        address = f"sqlite:{folder / 'w.db'}"
        force = desk.in_force(Configuration(address, POLICY, feeds=feeds))
        workers = desk.local_workers(POLICY)
        ledger = open_ledger(address)
        now = datetime.fromisoformat(begin)
        end = datetime.fromisoformat(said.manifest["t1"])
        try:
            while now <= end:
                server.set(now)
                desk.once(force, ledger, workers, lambda _letter: None, now)
                for row in ledger.judged():
                    said.found.setdefault((offered[row[0]], row[1].kind), []).append((now, row[1]))
                now += STEP
        finally:
            ledger.close()
            workers.stop(5.0)
        said.log = server.ask("log")
    return said


# ── what is true of a recorded feed, by the recording alone ─────────────────────────────────


@dataclass(frozen=True)
class Window:
    """What a feed shows: its links, and the dates of those that have one."""

    links: frozenset[str] = frozenset()
    dates: tuple[tuple[str, datetime], ...] = ()
    fault: str = ""


class Recording:
    """What the server answered when, by its manifest and its files."""

    def __init__(self, said: Judged) -> None:
        self.said = said
        self.routes = {r["host"] + r["path"]: r for r in said.manifest["routes"]}

    def polls(self, feed: str) -> list[datetime]:
        """When the feed was asked for, and its server spoke of it."""
        host, _, path = feed.partition("/")
        times = (
            datetime.fromtimestamp(entry[0], UTC)
            for entry in self.said.log
            if entry[2] == host and entry[3] == f"/{path}" and entry[4] in (200, 301, 304)
        )
        return [at for at in dict.fromkeys(times) if self.fault(feed, at) not in UNANSWERED]

    def fault(self, feed: str, at: datetime) -> str:
        host, _, path = feed.partition("/")
        return next(
            (
                str(f["kind"])
                for f in self.said.manifest["faults"]
                if f["host"] == host and f"/{path}".startswith(f.get("path", "/"))
                and datetime.fromisoformat(f["from"]) <= at < datetime.fromisoformat(f["to"])
            ), "",
        )  # fmt: skip

    def window(self, feed: str, at: datetime) -> Window:
        """What the feed showed at a time."""
        fault = self.fault(feed, at)
        if fault in ("htmlerror", "empty"):
            return Window(fault=fault)
        if fault == "redirect":
            moved = next(f for f in self.said.manifest["faults"] if f["kind"] == "redirect")
            shown = self.window(moved["to_url"].removeprefix("/h/"), at)
            return Window(shown.links, shown.dates, fault)
        route = self.routes[feed]
        if route["kind"] == "items":
            found = [i for i in route["items"] if datetime.fromisoformat(i["at"]) <= at]
            found.sort(key=lambda i: (datetime.fromisoformat(i["at"]), i["url"]), reverse=True)
            found = found[: route.get("limit", 100)]
            dated = () if route["host"].endswith(".feeds.replay") else found
            dates = tuple((i["url"], datetime.fromisoformat(i["date"])) for i in dated)
            return Window(frozenset(i["url"] for i in found), dates)
        versions = [v for v in route["versions"] if datetime.fromisoformat(v["from"]) <= at]
        return read(
            self.said.site
            / "files"
            / (versions or route["versions"])[-1 if versions else 0]["file"]
        )

    def true(self, feed: str) -> Iterator[tuple[str, datetime, datetime]]:
        """What is true of a feed by what two polls in a row showed, or by what one did that is told of for a day:
        its kind, the first of the two polls and the last by which it must be told.
        """
        polls = self.polls(feed)
        shown = [(at, self.window(feed, at)) for at in polls]
        for (first, before), (second, after) in pairwise(shown):
            for kind in lasting(before) & lasting(after):
                if kind != "pages-closed" or feed != WHOLE:
                    yield kind, first, second
        full = [(at, window) for at, window in shown if window.links]
        told = {at: polls[min(n + 1, len(polls) - 1)] for n, at in enumerate(polls)}
        known: frozenset[str] = frozenset()
        for n, (at, window) in enumerate(full):
            before = full[n - 1][1].links if n else frozenset[str]()
            if len(window.links) > 1 and before and not before & window.links:
                yield "overflow", at, told[at]
            if any(date > at + AHEAD for link, date in window.dates if link not in known):
                yield "future", at, told[at]
            known |= window.links


def lasting(window: Window) -> set[str]:
    """What is true of a feed that shows *window* poll after poll."""
    found = set()
    if window.fault == "htmlerror":
        found.add("error-page")
    elif not window.links:
        found.add("empty")
    elif not window.dates:
        found.add("undated")
    if window.fault == "redirect":
        found.add("moved")
    if window.links and all(urlsplit(link).hostname == CLOSED for link in window.links):
        found.add("pages-closed")
    return found


@cache
def read(file: Path) -> Window:
    """A recorded body as feedparser reads it."""
    body = gzip.decompress(file.read_bytes())
    parsed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    links, dates = set(), []
    for entry in parsed.entries:
        link = entry.get("link") or entry.get("id") or ""
        links.add(link)
        if (when := entry.get("published_parsed") or entry.get("updated_parsed")) is not None:
            dates.append((link, datetime(*when[:6], tzinfo=UTC)))
    return Window(frozenset(links), tuple(dates))


def found_in_time(said: Judged) -> dict[str, set[str]]:
    """Hold what was judged to the recording: what two polls in a row showed stands by the second, and nothing stands
    that no poll showed. The feeds of each kind, those that were polled twice while it was true.
    """
    recording = Recording(said)
    late, true, shown = [], defaultdict(set), set()
    for feed, route in recording.routes.items():
        if route["kind"] not in ("versions", "items"):
            continue
        for kind, first, second in recording.true(feed):
            true[kind].add(feed)
            told = {at.replace(microsecond=0) for at, _ in said.found.get((feed, kind), ())}
            if not {first, second} & told:
                late.append((feed, kind, first, second))
        shown |= {
            (feed, kind)
            for at in recording.polls(feed)
            for kind in lasting(recording.window(feed, at))
        }
    assert late == []
    assert (
        said.found.keys() - shown - {(feed, kind) for kind in true for feed in true[kind]} == set()
    )
    return true


def test_reuters_and_cna_are_well(tmp_path: Path) -> None:
    said = judged("site-reuters", tmp_path, "2026-08-18T08:14:10+00:00")
    assert said.found == {}
    assert found_in_time(said) == {}


def test_of_sixty_newspapers_what_is_true_is_said_and_no_more(tmp_path: Path) -> None:
    site = judged("site-newspapers", tmp_path, "2026-08-20T00:43:01+00:00")
    found, true = site.found, found_in_time(site)
    assert {kind: len(feeds) for kind, feeds in true.items()} == {
        "undated": 35, "empty": 36, "error-page": 1, "moved": 1, "overflow": 2, "future": 2, "pages-closed": 2,
    }  # fmt: skip

    def said(kind: str) -> dict[str, tuple[str, str]]:
        """Each feed of which *kind* is said, from when until when."""
        return {
            feed.partition("/")[0]: (f"{times[0][0]:%d %H:%M}", f"{times[-1][0]:%d %H:%M}")
            for (feed, told), times in found.items()
            if told == kind
        }

    # Made-up feeds announce recorded pages: they begin empty, and none of their entries has a date.
    assert all(feed.endswith(".feeds.replay") for feed in said("undated"))
    assert len(said("undated")) == 35
    empty = {feed: times for feed, times in said("empty").items() if "feeds.replay" not in feed}
    assert empty.keys() == {
        "rss.cnn.com",  # recorded without a body from 05:29 on
        "www.rnz.co.nz",  # a fault, 16:00 to 18:00
        "www.straitstimes.com",  # recorded so, in the evening of the 21st
        "tass.com",
        "tass.ru",
        "www.interfax.ru",  # these three begin before their first recorded entry
    }
    assert (
        "20 16:00" < empty["www.rnz.co.nz"][0] < "20 17:00" < empty["www.rnz.co.nz"][1] < "20 19:00"
    )
    began, ended = said("error-page")["www.latimes.com"]
    assert "20 14:00" <= began < "20 15:00" < "20 19:00" < ended < "20 21:00"
    # Both show pages of Reuters', whose robots.txt forbids them from the first hour to the last.
    assert said("pages-closed") == dict.fromkeys(
        ("www.reuters.com", "news.replay"), ("20 00:43", "21 23:58")
    )
    assert said("moved").keys() == {"rss.nytimes.com"}
    # Its six entries were others ninety minutes later: the recording leaves out a day there.
    # The other shows 35 entries after two hours without any, and none of the 46 before them.
    overflow = said("overflow")
    assert overflow.keys() == {"feeds.a.dj.com", "www.straitstimes.com"}
    assert empty["www.straitstimes.com"][1] < overflow["www.straitstimes.com"][0]
    # Their recordings begin a day late, so that at first they show entries of the day to come.
    assert said("future").keys() == {"www.dailymail.co.uk", "www.straitstimes.com"}
    assert {kind for _, kind in found} == {
        "undated", "empty", "error-page", "moved", "overflow", "future", "pages-closed",
    }  # fmt: skip
