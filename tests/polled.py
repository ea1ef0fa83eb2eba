"""One poll on its whole way: claimed in a store, asked of a server on loopback, read, settled.

Rule: the trip is crawl's own and the settling ingest's; nothing on the way is made up but the server.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from archive_of import HOUR, NOW, Desk, content_id_of
from asking import POLICY, fetching
from newswatch import crawl, ingest
from newswatch.model import Changeset, CrawlPolicy, Outcome, Request
from newswatch.store import open_archive
from newswatch.workers import LocalWorkers


def trip(asked: Request, policy: CrawlPolicy = POLICY) -> Outcome:
    """What *asked* brings a newswatch that was started anew, and reads in this process."""

    async def in_child(function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    async def one() -> Outcome:
        async with fetching(policy) as fetcher, fetcher.turn(asked.url) as get:
            return await crawl.crawl(asked, get, in_child)

    return asyncio.run(one())


def settled(desk: Desk, outcome: Outcome, now: datetime) -> Changeset:
    """What follows from *outcome* at *now*, kept."""
    changes = ingest.settle(outcome, desk.ledger, desk.standing, now)
    assert changes is not None
    return changes


def poll(
    desk: Desk, hour: int, policy: CrawlPolicy = POLICY, workers: LocalWorkers | None = None
) -> tuple[Outcome, Changeset]:
    """One poll of the feed "wire", so many hours after NOW: by *workers*, else by a newswatch that was started anew."""
    now = NOW + hour * HOUR
    asked = desk.claim(content_id_of(desk, "wire"), now)
    outcome = trip(asked, policy) if workers is None else workers.submit(asked).result(timeout=120)
    return outcome, settled(desk, outcome, now)


def judged(desk: Desk, kind: str) -> str:
    """What the archive shows as judged of its one feed, of that kind, '' for nothing."""
    with contextlib.closing(open_archive(desk.address)) as archive:
        (feed,) = archive.feeds()
    return next((one["evidence"] for one in feed["judgements"] if one["kind"] == kind), "")
