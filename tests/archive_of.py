"""A small store for tests: made-up feeds and articles, settled without any network."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Self

from newswatch import ingest, rules
from newswatch.model import (
    Article,
    Changeset,
    DigestPlan,
    Failure,
    Feed,
    Outcome,
    Person,
    Request,
    Rule,
    Shown,
    content_id,
)
from newswatch.readers import Readers, audience
from newswatch.store import open_keeper, open_ledger
from newswatch.store.claims import rows_of
from newswatch.store.rows import request_of
from newswatch.store.sqlite import stamp

NOW = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ANNA = Person("anna", "anna@example.org", "Europe/Berlin")
BORIS = Person("boris", "boris@example.org", "UTC", (("22:00", "07:00"),))
DESK = DigestPlan("desk", ("anna", "boris"), ("07:30", "18:00"))

PIPELINE = """A leak at a compressor station forced operators to close the Karvia terminal on Tuesday, \
halting the gas pipeline that supplies three countries around the inner sea, the company Velm said.
Engineers found the leak at 4:40 a.m. during a routine round and shut two of the five compressors, \
the operations chief Marit Sandel told reporters at the gate of the station.
The line carried 48 million cubic metres a day last week, about a third of what the region burns.
Energy ministers of the three countries will speak by telephone in the afternoon about stored gas."""

MARKET = """The grain freight index of the northern ports rose 2.6 percent to 1,884 points on Tuesday, \
its ninth gain in a row, as buyers brought their spring purchases forward, brokers in Aker said.
They named a shortage of mid-sized vessels and ice in the upper channel as reasons for the climb.
Rates for coal and ore were little changed, and charterers expect a calmer week before the fair."""


FOOT = """All rights in this text are kept by the wire and no part of it may be used without its consent.
Our standards and how we correct what we got wrong can be read at the foot of the front page.
Write to the desk by letter or wire and name the place and the day of what you would tell us."""


def report(n: int) -> str:
    """A made-up report of its own, 60 words long, above a foot that all of them have."""
    chance = random.Random(n)
    words = [
        "".join(chance.choice("bdfgklmnprst") + chance.choice("aeiou") for _ in range(3))
        for _ in range(60)
    ]
    return f"{' '.join(words[:30]).capitalize()}.\n{' '.join(words[30:]).capitalize()}.\n{FOOT}"


class Desk:
    """A ledger with a configuration in force, and the moves a test makes on it."""

    def __init__(
        self,
        folder: Path,
        *,
        feeds: tuple[Feed, ...] = (),
        in_force: tuple[Rule, ...] = (),
        people: tuple[Person, ...] = (ANNA, BORIS),
        plans: tuple[DigestPlan, ...] = (DESK,),
        boundary: Any = lambda _name: None,
    ) -> None:
        self._leases = count()
        self.tampered = False  # a test that changes rows behind the history's back says so
        self.address = f"sqlite:{folder / 'test.db'}"
        self.ledger = open_ledger(self.address, boundary)
        self.readers = Readers(
            {p.name: p for p in people},
            plans,
            "newswatch@example.org",
            {rule.name: rule.grouping for rule in in_force},
        )
        self.feeds = feeds or (
            Feed("wire", "http://wire.example/rss", "Wire", "en", pages="feed-only"),
            Feed("paper", "http://paper.example/rss", "Paper", "en"),
        )
        self.ledger.begin("test", NOW)
        self.configure(in_force)

    def configure(self, in_force: tuple[Rule, ...], now: datetime = NOW) -> None:
        """Put rules in force as the daemon does."""
        index = rules.index(in_force, {})
        self.ledger.configure(self.feeds, [(r, rules.fingerprint(r)) for r in in_force], now)
        self.standing = ingest.Standing(
            self.ledger.feeds(),
            index,
            audience(self.readers),
            repeats=self.readers.repeats(),
        )
        ingest.catch_up(self.ledger, self.standing, now)

    def close(self) -> None:
        self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
        if error[0] is None and not self.tampered:  # whatever a test did, the history tells of it
            found = open_keeper(self.address).verify(None, lambda _done, _of: None).found
            assert found == (), found

    def claimed(self, feed: str, now: datetime) -> Request:
        """The feed's request, claimed at *now*."""
        return next(r for r in self.ledger.due(now) if r.feed == feed and r.kind == "feed")

    def poll(self, feed: str, shown: tuple[Shown, ...], now: datetime, **rest: Any) -> Changeset:
        """Settle a poll of *feed* that showed these entries; its request is claimed for it."""
        request = self.claim(content_id_of(self, feed), now)
        window = tuple(replace(s, article=None) if s.hash in request.known else s for s in shown)
        outcome = Outcome(request, 200, request.url, window=window, **rest)
        changes = ingest.settle(outcome, self.ledger, self.standing, now)
        assert changes is not None
        return changes

    def claim(self, request: str, now: datetime) -> Request:
        """One request under a lease, whatever its due time and whatever else waits."""
        lease = f"test:{next(self._leases)}"
        connection = self.ledger._connection
        connection.execute("UPDATE request SET due = ? WHERE id = ?", (stamp(now), request))
        connection.execute(
            "INSERT OR REPLACE INTO lease SELECT id, ?, feed, host, look FROM request WHERE id = ?",
            (lease, request),
        )
        found = connection.execute("SELECT rowid FROM request WHERE id = ?", (request,)).fetchone()
        (row,) = rows_of(connection, [found[0]])
        connection.commit()
        return request_of(row, row["last"], lease, self.ledger.known.source(row["feed"]))

    def page(self, request: Request, article: Article | Failure, now: datetime) -> Changeset | None:
        """Settle a page's outcome."""
        outcome = (
            Outcome(request, failure=article)
            if isinstance(article, Failure)
            else Outcome(request, 200, request.url, article=article)
        )
        return ingest.settle(outcome, self.ledger, self.standing, now)


def content_id_of(desk: Desk, feed: str) -> str:
    url = next(f.url for f in desk.feeds if f.name == feed)
    row = desk.ledger._connection.execute(
        "SELECT id FROM request WHERE kind = 'feed' AND url = ?", (url,)
    ).fetchone()
    return str(row[0])


def entry(
    url: str,
    title: str,
    text: str = "",
    *,
    guid: str = "",
    quality: Any = "full",
    published: datetime | None = None,
    lang: str = "en",
) -> Shown:
    """One entry as a feed shows it."""
    article = Article(
        url=url,
        title=title,
        text=text,
        lang=lang,
        published=published,
        published_from="feed" if published else "",
        quality=quality,
    )
    return Shown(content_id(guid, url, title, text), guid or url, url, article)
