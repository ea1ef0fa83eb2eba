"""When others are polled while some hosts fail: as if none did. A thousand names, real servers, the store's own clock.

Rule: the time is the test's and moves by minutes; what hangs, hangs on across them, and is settled when it comes.
Nobody looks at the machine's clock, but for a limit that is only met where somebody is held up for good.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from archive_of import NOW, Desk
from asking import POLICY, Names, system
from newswatch.fetch import Fetcher
from newswatch.model import Feed, Outcome
from newswatch.workers import LocalWorkers
from patient import LONG
from polled import settled
from scripted_server import Answer, Asked, Reset, Server, reply, serving

MINUTES = 15
PATIENCE = 120  # real seconds after which a poll that is not back is one that was held up
SHARE = 20  # requests of one feed on their way at once, as the daemon has it
WAYS = ("hangs", "resets", "says 500", "drips")


@dataclass
class Wires:
    """A feed at each of many names, all on one server: each brings an entry every so many minutes. Those that are
    *failing* do so each in its own way.
    """

    many: int
    minute: int = 0
    failing: frozenset[str] = frozenset()
    met: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def names(self) -> list[str]:
        return [f"h{n}.example" for n in range(self.many)]

    def __call__(self, asked: Asked) -> Answer:
        name = asked.headers["host"].decode().partition(":")[0]
        number = int(name.partition(".")[0][1:])
        if name in self.failing:
            way = WAYS[number // (self.many // 10) % len(WAYS)]
            self.met[way].add(name)
            return {"hangs": hanging, "resets": resetting, "says 500": broken, "drips": dripping}[
                way
            ]()
        return self.answer(asked, number)

    def answer(self, asked: Asked, number: int) -> bytes:
        newest = self.minute // (1 + number % 7)
        tag = f'"{newest}"'
        if asked.headers.get("if-none-match") == tag.encode():
            return reply(status=304, ETag=tag)
        items = "".join(
            f"<item><guid>{n}</guid><title>Item {n}</title><link>http://h{number}.example/{n}</link></item>"
            for n in range(max(0, newest - 3), newest + 1)
        )
        body = f'<rss version="2.0"><channel><title>W</title>{items}</channel></rss>'
        return reply(body.encode(), ETag=tag)


async def hanging() -> AsyncIterator[bytes]:
    await asyncio.sleep(600)
    yield b""


async def resetting() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 So\r\n"
    raise Reset


def broken() -> bytes:
    return reply(b"no", 500)


async def dripping() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 So\r\nContent-Length: 9999\r\n\r\n"
    while True:
        yield b"<"
        await asyncio.sleep(0.2)


@dataclass
class Played:
    """When each feed was polled, how each stands at the end, how the failing ones failed, and those of them that
    have not come back yet.
    """

    times: dict[str, list[datetime]]
    standing: list[tuple[str, ...]]
    failures: dict[str, set[str]]
    hanging: set[str]


def played(
    folder: Path, server: Server, wires: Wires, failing: Iterable[str] = (), seconds: float = 30
) -> Played:
    """MINUTES of polls by real workers that wait for an answer so many *seconds*, with some hosts *failing*."""
    folder.mkdir()
    wires.failing = frozenset(failing)
    names = wires.names()
    bad = set(names[:: wires.many // 10])
    policy = replace(POLICY, total_seconds=seconds)
    port = server.ports["127.0.0.1"]
    feeds = tuple(
        Feed(name, f"http://{name}:{port}/rss", "W", "en", pages="feed-only", max_interval=600)
        for name in names
    )
    resolver = Names(**{name.replace(".", "_"): "127.0.0.1" for name in names})
    workers = LocalWorkers(policy, asks=partial(Fetcher, resolver=resolver, trust=system()))
    times: dict[str, list[datetime]] = defaultdict(list)
    failures: dict[str, set[str]] = defaultdict(set)
    waiting: set[Future[Outcome]] = set()
    sent: list[tuple[str, Future[Outcome]]] = []
    with Desk(folder, feeds=feeds) as desk:

        def settle(outcome: Outcome, now: datetime) -> None:
            settled(desk, outcome, now)
            if outcome.failure is not None:
                failures[outcome.request.feed].add(outcome.failure.kind)

        try:
            for minute in range(MINUTES):
                wires.minute, now = minute, NOW + timedelta(minutes=minute)
                while due := desk.ledger.due(now, share=SHARE):
                    asked = [(request, workers.submit(request)) for request in due]
                    ours = [(r.feed, coming) for r, coming in asked if r.feed in bad]
                    waiting |= {coming for _, coming in ours}
                    sent += ours
                    for request, coming in asked:
                        if request.feed not in bad:
                            times[request.feed].append(now)
                            settle(coming.result(PATIENCE), now)
                    for coming in [one for one in waiting if one.done()]:
                        waiting.remove(coming)
                        settle(coming.result(), now)
            if seconds < PATIENCE:
                for coming in waiting:
                    settle(coming.result(PATIENCE), now)
            hanging = {feed for feed, coming in sent if not coming.done()}
        finally:
            workers.stop(5.0)
        found = desk.ledger._connection.execute(
            "SELECT feed, due, interval, tried, succeeded, polls, failure FROM request ORDER BY feed"
        ).fetchall()
    standing = [tuple(map(str, row)) for row in found if row["feed"] not in bad]
    return Played(times, standing, failures, hanging)


@pytest.mark.parametrize("many", [100, pytest.param(1000, marks=LONG)])
def test_ten_failing_hosts_among_a_thousand_change_nobody_elses_poll_times(
    tmp_path: Path, many: int
) -> None:
    wires = Wires(many)
    failing = wires.names()[:: many // 10]
    with serving(wires) as server:
        well = played(tmp_path / "well", server, wires)
        ill = played(tmp_path / "ill", server, wires, failing, 2)
        held = played(tmp_path / "held", server, wires, failing, 600)
    assert not well.failures
    assert len(well.times) == len(well.standing) == many - 10
    assert min(map(len, well.times.values())) > 2
    assert len({len(times) for times in well.times.values()}) > 1, "each at its own rhythm"
    assert ill.times == held.times == well.times
    assert ill.standing == held.standing == well.standing
    assert wires.met.keys() == set(WAYS)
    assert set(ill.failures) == set(failing)
    assert set.union(*ill.failures.values()) == {"timeout", "reset", "status"}
    # Those hung from their first minute to the end, while everybody else was polled.
    assert held.hanging == wires.met["hangs"] | wires.met["drips"]
    assert len(held.hanging) == 5
