"""Every judgement of the feeds of both recorded sites, polled as they fall due: those that are true, no other."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newswatch import desk
from newswatch.config import Configuration
from newswatch.model import CrawlPolicy, Feed
from newswatch.store import open_ledger
from replayed import replay

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]

STEP = timedelta(minutes=15)
POLICY = CrawlPolicy(
    user_agent="Mozilla/5.0 (compatible; newswatch test; +ops@example.org)",
    allow_networks=("127.0.0.0/8",),
    spacing=0.0,
    total_seconds=3.0,
)


def judged(
    site: str, folder: Path, begin: datetime | None = None
) -> dict[tuple[str, str], list[Any]]:
    """By feed (its recorded address) and kind, what was judged at each step of the site's time."""
    found: dict[tuple[str, str], list[Any]] = {}
    with replay(site) as server:
        offered = {
            f"f{number}": feed["recorded"] for number, feed in enumerate(server.ask("feeds"))
        }
        feeds = tuple(
            Feed(f"f{number}", feed["url"], pages="feed-only", max_interval=3600)
            for number, feed in enumerate(server.ask("feeds"))
        )
        force = desk.in_force(Configuration(f"sqlite:{folder / 'w.db'}", POLICY, feeds=feeds))
        workers = desk.local_workers(POLICY)
        ledger = open_ledger(
            force.settings.store if hasattr(force, "settings") else f"sqlite:{folder / 'w.db'}"
        )
        now = datetime.fromisoformat(begin)
        end = datetime.fromisoformat(server.manifest()["t1"])
        try:
            while now <= end:
                server.set(now)
                desk.once(force, ledger, workers, lambda _letter: None, now)
                for row in ledger.judged():
                    found.setdefault((offered[row[0]], row[1].kind), []).append((now, row[1]))
                now += STEP
        finally:
            ledger.close()
            workers.stop(5.0)
    return found


def test_reuters_and_cna_are_well(tmp_path: Path) -> None:
    assert judged("site-reuters", tmp_path, "2026-08-18T08:14:10+00:00") == {}


def test_of_sixty_newspapers_what_is_true_is_said_and_no_more(tmp_path: Path) -> None:
    found = judged("site-newspapers", tmp_path, "2026-08-20T00:43:01+00:00")

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
    assert said("moved").keys() == {"rss.nytimes.com"}
    # Its six entries were others ninety minutes later: the recording leaves out a day there.
    # The other shows 35 entries after two hours without any, and none of the 46 before them.
    overflow = said("overflow")
    assert overflow.keys() == {"feeds.a.dj.com", "www.straitstimes.com"}
    assert empty["www.straitstimes.com"][1] < overflow["www.straitstimes.com"][0]
    # Their recordings begin a day late, so that at first they show entries of the day to come.
    assert said("future").keys() == {"www.dailymail.co.uk", "www.straitstimes.com"}
    assert {kind for _, kind in found} == {
        "undated", "empty", "error-page", "moved", "overflow", "future",
    }  # fmt: skip
