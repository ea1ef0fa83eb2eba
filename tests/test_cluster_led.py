"""Trips that are led to another site: whoever asks that one goes on with them, and what comes is what comes of one machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from asking import Names, fetching
from newswatch.crawl import crawl
from newswatch.model import UNREGISTERED, CrawlPolicy, Failure, Led, Outcome, Page, Request
from newswatch.workers import LocalWorkers
from scripted_server import Answer, Asked, Server, reply, serving

from engine import NOW, POLICY, engine, there, working  # isort: skip

SOURCES = [f"127.0.0.{number}" for number in range(11, 19)]
TARGET = "127.0.0.50"
PAGE = reply(b"<html><title>T</title><p>Of a leak at the station.</p></html>", Content_Type="text/html", ETag='"page"')  # fmt: skip
ENTRIES = "".join(f"<item><title>Leak {n}</title><link>http://{TARGET}/{n}</link></item>" for n in range(3))  # fmt: skip
FEED = reply(f"<rss version='2.0'><channel><title>F</title>{ENTRIES}</channel></rss>".encode(), ETag='"feed"')  # fmt: skip
ROBOTS = reply(b"User-agent: *\nDisallow: /closed\nDisallow: /1\n")
# What each source is asked for, as kind, path, the status by which it leads on, and to what path of the target.
WAYS: tuple[tuple[Any, str, int, str], ...] = (
    ("page", "/for-good", 301, "/page"),
    ("page", "/for-now", 302, "/page?again"),
    ("page", "/gone", 301, "/gone"),
    ("page", "/closed", 308, "/closed"),
    ("page", "/round", 301, "/round"),
    ("page", "/twice", 301, "/door"),
    ("page", "/out", 301, "/out"),
    ("feed", "/feed-for-good", 308, "/feed"),
    ("feed", "/feed-for-now", 307, "/feed?again"),
    ("feed", "/feed-known", 301, "/feed?known"),
)


class Newsrooms:
    """Sources that lead to one target, which answers nothing but its robots.txt until each way has been asked for."""

    def __init__(self) -> None:
        self.server: Server
        self.ways = {(source, path) for source in SOURCES for _, path, *_ in WAYS}
        self.led = asyncio.Event()

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/robots.txt":
            return ROBOTS if asked.host == TARGET else reply(status=404)
        if asked.host == TARGET:
            return self._held(self._answer(asked))
        self.ways.discard((asked.host, asked.path))
        if not self.ways:
            self.led.set()
        found = {path: (status, to) for _, path, status, to in WAYS}.get(asked.path)
        if found is None:
            return reply(status=404)
        return reply(status=found[0], Location=self.server.url(found[1], TARGET))

    def _answer(self, asked: Asked) -> bytes:
        path = asked.path.partition("?")[0]
        if path in {"/round", "/door"}:
            to = self.server.url("/for-good" if path == "/door" else path, SOURCES[0])
            return reply(status=301, Location=to)
        if path == "/out":
            return reply(status=301, Location="ftp://files.example/")
        if path == "/feed" and asked.headers.get("if-none-match") == b'"feed"':
            return reply(status=304)
        return {"/page": PAGE, "/feed": FEED}.get(path, reply(status=410))

    async def _held(self, answer: bytes) -> AsyncIterator[bytes]:
        await self.led.wait()
        yield answer


@pytest.fixture
def newsrooms() -> Iterator[Server]:
    script = Newsrooms()
    with serving(script, *SOURCES, TARGET) as server:
        script.server = server
        yield server


def questions(server: Server) -> list[Request]:
    made = []
    for kind, path, *_ in WAYS:
        for source in SOURCES:
            url = server.url(path, source)
            known = '"feed"' if path == "/feed-known" else ""
            registered = replace(UNREGISTERED, url=url if kind == "feed" else "")
            made.append(Request(url, kind, url, "f", NOW, NOW, etag=known, source=registered))
    return made


@pytest.mark.acceptance
@pytest.mark.timeout(120)
def test_who_is_led_to_a_site_asks_it_by_its_one_workers_manners(
    tmp_path: Path, newsrooms: Server
) -> None:
    asked = questions(newsrooms)
    with engine(tmp_path, 2) as made, working(made.cluster, crawl, per_host=1) as (workers, heard):
        there(heard, 2)
        came = [one.result(60) for one in [workers.submit(request) for request in asked]]
        standing = workers.standing()
    assert (standing.out, standing.waiting) == (0, 0)
    assert newsrooms.most[TARGET] == 1
    assert newsrooms.paths(TARGET).count("/robots.txt") == 1
    assert came == alone(asked)
    said = {(outcome.failure.detail if outcome.failure else "") for outcome in came}
    assert len(said) == 5, said
    assert sum(bool(outcome.moved) for outcome in came) == 4 * len(SOURCES)
    assert sum(outcome.unchanged for outcome in came) == len(SOURCES)


def alone(asked: list[Request]) -> list[Outcome]:
    """What comes of it on one machine."""
    workers = LocalWorkers(replace(POLICY, per_host=1), crawl)
    try:
        return [one.result(60) for one in [workers.submit(request) for request in asked]]
    finally:
        workers.stop(5.0)


# ── one who keeps to one site ───────────────────────────────────────────────────────────────


def legs(url: str, policy: CrawlPolicy = POLICY, **others: Any) -> list[Page | Failure]:
    """What each of a row of fetchers says of a page, until one has its answer; each keeps to one site."""

    async def ask() -> list[Page | Failure]:
        came: list[Page | Failure] = []
        request, led = Request("1", "page", url, "f", NOW, NOW), None
        while not came or led is not None:
            async with (
                fetching(policy, one_site=True, **others) as fetcher,
                fetcher.turn(request.url, led) as get,
            ):
                came.append(await get(request))
            led = came[-1] if isinstance(came[-1], Led) else None
        return came

    return asyncio.run(ask())


def test_an_answer_that_leads_to_another_site_says_where_and_how_often_may_be_asked_there() -> None:
    def script(asked: Asked) -> bytes:
        if asked.path == "/end":
            return PAGE
        other = hosts[1 - hosts.index(asked.host)]
        steps = {"/": ("/next", 301, asked.host), "/next": ("/then", 301, other), "/then": ("/end", 302, other)}  # fmt: skip
        to, status, there = steps.get(asked.path, (asked.path, 301, other))
        return reply(status=status, Location=server.url(to, there))

    hosts = ("127.0.0.2", "127.0.0.3")
    with serving(script, *hosts) as server:
        first, second, last = legs(server.url("/", hosts[0]))
        assert isinstance(first, Led)
        assert isinstance(second, Led)
        assert (first.url, first.asks, first.permanent) == (server.url("/then", hosts[1]), 4, True)
        assert (second.url, second.asks, second.permanent) == (server.url("/end", hosts[0]), 3, False)  # fmt: skip
        assert POLICY.total_seconds > first.seconds > second.seconds > 0
        assert isinstance(last, Page)
        assert (last.url, last.moved) == (server.url("/end", hosts[0]), "")
        *led, ended = legs(server.url("/round", hosts[0]))
        assert [one.asks for one in led if isinstance(one, Led)] == [5, 4, 3, 2, 1]
        assert ended == Failure("redirect", "more than 5 redirects in a row")


def test_another_door_of_the_same_site_is_asked_by_the_same() -> None:
    def script(asked: Asked) -> bytes:
        at_door = asked.headers["host"].startswith(b"www.")
        to = f"http://www.wire.example:{port}/"
        return PAGE if at_door else reply(status=301, Location=to)

    with serving(script) as server:
        port = server.ports["127.0.0.1"]
        names = Names(wire_example="127.0.0.1", www_wire_example="127.0.0.1")
        (came,) = legs(f"http://wire.example:{port}/", replace(POLICY, robots=False), resolver=names)  # fmt: skip
    assert isinstance(came, Page)
    assert came.moved == f"http://www.wire.example:{port}/"
