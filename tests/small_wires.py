"""A made-up day of two small wires as an answering machine: what a crawl brings without any network.

Rule: the same answers at the same time. The real parser and extractor read each answer once, and what they
made of it is remembered, so that a run costs what the store's side costs.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from newswatch import crawl
from newswatch.model import CrawlPolicy, Failure, Feed, Outcome, Page, Request, Rule

DAY = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
MOMENTS = tuple(DAY + timedelta(hours=hours) for hours in (0.5, 2, 11.5, 12, 13))

LEAK = """\
A leak at a compressor station forced operators to close the Karvia terminal on Tuesday, halting \
the gas pipeline that supplies three countries around the inner sea, Velm said.
Engineers found the leak at 4:40 a.m. during a routine round and shut two of the five compressors, \
the operations chief Marit Sandel told reporters at the gate of the station.
The line carried 48 million cubic metres a day last week, about a third of what is burnt.""".splitlines()
FREIGHT = """\
The grain freight index of the northern ports rose 2.6 percent to 1,884 points on Tuesday, its \
ninth gain in a row, as buyers brought their spring purchases forward, brokers said.
They named a shortage of mid-sized vessels and ice in the upper channel as reasons.""".splitlines()
ICE = """\
Ice in the upper channel held eleven ships off Aker for a second day, the pilots' guild said, and \
two icebreakers of the coast guard are on their way from the southern yards.
The guild expects the fairway to be open by the weekend, if the wind turns as is forecast.""".splitlines()
# Feed, slug, and what it says from which hour on; None where the page is taken away
PIECES: tuple[tuple[str, str, tuple[tuple[float, str, list[str] | None], ...]], ...] = (
    (
        "wire",
        "leak",
        (
            (0, "Leak halts Karvia gas pipeline", LEAK),
            (12, "Leak halts Karvia gas pipeline", [*LEAK[:2], LEAK[2].replace("48", "42")]),
        ),
    ),
    ("paper", "leak", ((0, "Karvia pipeline shut after leak", LEAK),)),
    (
        "paper",
        "freight",
        (
            (0, "Grain freight index up 2.6 percent", FREIGHT),
            (
                1,
                "Grain freight index up 2.9 percent",
                [FREIGHT[0].replace("2.6", "2.9"), FREIGHT[1]],
            ),
        ),
    ),
    ("wire", "ice", ((1, "Ice holds ships off Aker", ICE),)),
    ("paper", "gone", ((1, "Terminal to open", LEAK[1:]), (11, "Terminal to open", None))),
)
FEEDS = (
    Feed(
        "wire", "http://wire.example/rss", "Wire", "en", pages="feed-only",
        min_interval=60, max_interval=1500, alert_backlog=True,
    ),
    Feed(
        "paper", "http://paper.example/rss", "Paper", "en",
        min_interval=60, max_interval=1500, alert_backlog=True,
    ),
)  # fmt: skip
RULES = (
    Rule("gas", '"gas pipeline" OR compressor', ("anna",), "urgent"),
    Rule("ports", "grain OR ice OR leak", ("desk",)),
)
POLICY = CrawlPolicy(spacing=0.0)


class Site:
    """The made-up wires as an answering machine, read by the real parser and extractor."""

    def __init__(self) -> None:
        self.now = DAY
        self._read: dict[Any, Any] = {}

    def turned(self, tell: Callable[[], None]) -> None:
        tell()

    def submit(self, request: Request) -> Future[Outcome]:
        """The outcome of a trip that is over at once."""
        done: Future[Outcome] = Future()
        done.set_result(_finished(crawl.crawl(request, self._get, self._here)))
        return done

    def stop(self, deadline: float) -> None:
        """Nothing runs beside."""

    async def _get(self, asked: Request) -> Page | Failure:
        if asked.kind == "robots":
            return Page(200, asked.url)
        if asked.url.endswith("/rss"):
            return Page(200, asked.url, self._rss(asked.feed), "application/rss+xml")
        said = self._said(*asked.url.removeprefix("http://").split(".example/"))
        if said is None:
            return Failure("status", "410 Gone", 410)
        title, paragraphs = said
        body = "".join(f"<p>{escape(p)}</p>" for p in paragraphs)
        text = (
            f"<!doctype html><html lang='en'><head><title>{title}</title></head><body><main>"
            f"<article><h1>{title}</h1>{body}</article></main></body></html>"
        )
        return Page(200, asked.url, text.encode(), "text/html")

    async def _here(self, function: Callable[..., Any], *arguments: Any) -> Any:
        key = function.__name__, arguments
        if key not in self._read:
            self._read[key] = function(*arguments)
        return self._read[key]

    def _said(self, feed: str, slug: str) -> tuple[str, list[str]] | None:
        hours = (self.now - DAY) / timedelta(hours=1)
        ((showings,),) = ([s for f, n, s in PIECES if (f, n) == (feed, slug)],)
        said = [(title, text) for at, title, text in showings if at <= hours]
        return (said[-1][0], said[-1][1]) if said and said[-1][1] is not None else None

    def _rss(self, feed: str) -> bytes:
        items = []
        for name, slug, _ in PIECES:
            if name == feed and (said := self._said(feed, slug)) is not None:
                whole = "".join(f"<p>{escape(p)}</p>" for p in said[1])
                text = (
                    f"<content:encoded><![CDATA[{whole}]]></content:encoded>"
                    if feed == "wire"
                    else f"<description>{escape(said[1][0])}</description>"
                )
                items.append(
                    f"<item><title>{said[0]}</title><link>http://{feed}.example/{slug}</link>"
                    f"<guid>http://{feed}.example/{slug}</guid>"
                    f"<pubDate>Tue, 03 Mar 2026 06:00:00 GMT</pubDate>{text}</item>"
                )
        return (
            "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'"
            " xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
            f"<title>{feed}</title><link>http://{feed}.example/</link>{''.join(items)}"
            "</channel></rss>"
        ).encode()


def _finished(trip: Coroutine[Any, Any, Outcome]) -> Outcome:
    """The result of a coroutine that waits for nothing."""
    try:
        trip.send(None)
    except StopIteration as done:
        outcome: Outcome = done.value
        return outcome
    raise AssertionError("a trip waits for something")
