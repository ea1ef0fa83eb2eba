"""What servers do that would make others wait, lead inside, or lose entries: real ones on loopback, by script."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.abc import ResolveResult

from archive_of import NOW, Desk, content_id_of
from asking import BODY, POLICY, Names, answer, ask, fetching, request
from newswatch import crawl, ingest, parse
from newswatch.model import Failure, Outcome, Page, Rule, Shown
from scripted_server import Asked, reply, serving

# ── names ───────────────────────────────────────────────────────────────────────────────────


class Rebound(Names):
    """A name that leads to a public address when it is first asked for, and inside from then on."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        self.addresses[host] = ["127.0.0.9"]
        return found


def test_a_name_that_answers_public_and_then_private_is_asked_where_it_was_judged() -> None:
    public, inside = "127.0.0.2", "127.0.0.9"
    policy = replace(POLICY, allow_networks=(f"{public}/32",))

    def script(asked: Asked) -> bytes:
        if asked.path == "/on":
            return reply(b"", 302, Location=f"http://wire.example:{server.ports[inside]}/secret")
        return reply(BODY)

    async def twice(*paths: str) -> list[Page | Failure]:
        async with fetching(policy, resolver=Rebound(wire_example=public)) as fetcher:
            at = f"http://wire.example:{server.ports[public]}"
            return [await ask(fetcher, request(f"{at}{path}")) for path in paths]

    with serving(script, public, inside) as server:
        led_on, again = asyncio.run(twice("/on", "/"))
        assert isinstance(led_on, Failure)
        assert led_on.kind == "address"
        assert isinstance(again, Page)
    assert {asked.host for asked in server.asked} == {public}


# ── many hosts ──────────────────────────────────────────────────────────────────────────────


def test_ten_hosts_that_hang_among_a_thousand_hold_up_nobody_else() -> None:
    """The ten hold their answers back until all others were read."""
    hosts = [f"127.0.{n // 250 + 1}.{n % 250 + 1}" for n in range(1000)]
    hanging = set(hosts[::100])
    over = asyncio.Event()

    async def held() -> AsyncIterator[bytes]:
        await asyncio.sleep(600)
        yield b""

    async def scenario() -> None:
        async with fetching(replace(POLICY, total_seconds=600)) as fetcher:
            asks = {
                host: asyncio.ensure_future(ask(fetcher, request(server.url("/", host))))
                for host in hosts
            }
            others = [asks[host] for host in hosts if host not in hanging]
            pages = await asyncio.gather(*others)
            assert all(isinstance(page, Page) for page in pages)
            assert not any(asks[host].done() for host in hanging)
            for host in hanging:
                asks[host].cancel()
            await asyncio.wait([asks[host] for host in hanging])
        over.set()

    with serving(lambda a: held() if a.host in hanging else reply(BODY), *hosts) as server:
        asyncio.run(scenario())
    assert over.is_set()


# ── what they say of their bodies ───────────────────────────────────────────────────────────


def feed(*numbers: int) -> bytes:
    items = "".join(
        f"<item><guid>{n}</guid><title>Item {n}</title><link>http://wire.example/{n}</link></item>"
        for n in numbers
    )
    return f'<rss version="2.0"><channel><title>W</title>{items}</channel></rss>'.encode()


@pytest.mark.parametrize(
    "said", ["Fri, 01 Jan 2100 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "today"]
)
def test_a_last_modified_that_lies_hides_no_body(said: str) -> None:
    """It stands still, or stands in the future, while the body goes on: what is sent is what is read."""
    bodies = [feed(1), feed(2, 1)]

    def script(asked: Asked) -> bytes:
        return reply(bodies[min(len(server.asked), 2) - 1], Last_Modified=said, ETag='"same"')

    with serving(script) as server:
        first = answer(request(server.url()))
        assert isinstance(first, Page)
        known = {"etag": first.etag, "last_modified": first.last_modified}
        second = answer(request(server.url(), **known))
    assert isinstance(second, Page)
    assert (first.body, second.body) == (bodies[0], bodies[1])


# ── bodies cut and doubled ──────────────────────────────────────────────────────────────────


IN_CDATA = b"<description><![CDATA[An <item> ends in </item>, they say.]]></description></item>"


@pytest.mark.parametrize("step", [17, pytest.param(1, marks=pytest.mark.acceptance)])
def test_a_feed_cut_behind_the_words_of_an_items_end_keeps_no_half_entry(step: int) -> None:
    body = feed(*range(3)).replace(b"</item>", IN_CDATA)
    for at in range(body.index(b"</item>"), len(body), step):
        whole = body[:at].count(b"]]></description></item>")
        try:
            window = parse.window(body[:at], "application/xml", "http://wire.example/rss", ())
        except parse.ParseError:
            assert whole == 0, at
            continue
        assert [e.guid for e in window.entries] == [str(n) for n in range(whole)], at


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.acceptance)])
def test_a_json_feed_that_says_its_version_last_is_read_when_it_is_cut(step: int) -> None:
    items = [{"id": str(n), "content_text": "Gas."} for n in range(5)]
    body = json.dumps({"items": items, "version": "https://jsonfeed.org/version/1"}).encode()
    for at in range(body.index(b"}") + 1, len(body), step):
        window = parse.window(body[:at], "application/json", "http://wire.example/feed", ())
        assert [e.guid for e in window.entries] == [str(n) for n in range(body[:at].count(b"}"))]
    with pytest.raises(parse.ParseError, match="no JSON Feed"):
        parse.window(b'{"items": [{"id": "1", "name": "A"}, {"id', "", "http://wire.example/", ())


def test_of_a_hundred_thousand_entries_a_trip_reads_a_thousand() -> None:
    body = feed(*range(100_000))
    window = parse.window(body, "application/xml", "http://wire.example/rss", ())
    assert [e.guid for e in window.entries] == [str(n) for n in range(1000)]
    assert (window.whole, window.more) == (False, True)


def long(form: str, *numbers: int) -> bytes:
    """A feed of many entries in one of the forms that feeds come in."""
    rss = feed(*numbers)
    if form == "json":
        items = [
            {"id": str(n), "title": f"Item {n}", "url": f"http://wire.example/{n}"} for n in numbers
        ]
        said = {"version": "https://jsonfeed.org/version/1.1", "items": items}
        return json.dumps(said).encode()
    if form == "sitemap":
        told = "".join(
            f"<url><loc>http://wire.example/{n}</loc><n:news><n:title>Item {n}</n:title></n:news></url>"
            for n in numbers
        )
        return f'<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">{told}</urlset>'.encode()
    return {
        "plain": rss,
        "with a DOCTYPE": b"<!DOCTYPE rss>" + rss,
        "cut": rss[:-16] + b"<item><title>Ha",
        "with markup in its frame": rss.replace(b"</title>", b"</title><x>A<br>b</x>", 1),
        "with a prefix that nobody declared": rss.replace(b"<title>I", b"<x:y/><title>I"),
        "with a broken entry": rss.replace(b"Item 7<", b"Item <b>7<", 1),
    }[form]


FORMS = (
    "plain", "json", "sitemap", "with a DOCTYPE", "cut", "with markup in its frame",
    "with a prefix that nobody declared", "with a broken entry",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_long_feed_is_read_in_instalments_until_it_is_whole(form: str, tmp_path: Path) -> None:
    body = long(form, *range(25))
    with Desk(tmp_path, in_force=(Rule("all", "item", ("anna",)),)) as desk:
        request_id = content_id_of(desk, "wire")
        for poll, articles in enumerate([10, 20, 25, 25]):
            now = NOW + timedelta(hours=poll)
            asked = desk.claim(request_id, now)
            found = crawl.read_feed(
                body, "application/xml", asked.url, asked.known, asked.read, "en", 10
            )
            assert isinstance(found, crawl.Reading)
            assert found.whole == (articles == 25 and form != "cut")
            assert found.more == (articles < 25)
            assert (
                sum(shown.article is not None for shown in found.window) == ([10, 10, 5, 0][poll])
            )
            outcome = Outcome(
                asked, 200, asked.url, window=found.window, whole=found.whole, more=found.more
            )
            changes = ingest.settle(outcome, desk.ledger, desk.standing, now)
            assert changes is not None
            assert changes.notifications == (), "they stood there at the first poll"
            assert changes.request is not None
            assert changes.request.rhythm.came == 0
            (kept,) = desk.ledger._connection.execute("SELECT count(*) FROM article").fetchone()
            assert kept == articles


def test_a_long_feed_that_moved_on_whole_is_a_gap_and_told_once(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        request_id = content_id_of(desk, "wire")
        gaps = []
        for poll, numbers in enumerate([*[range(25)] * 3, range(20, 45), *[range(60, 85)] * 3]):
            now = NOW + timedelta(days=poll)
            asked = desk.claim(request_id, now)
            found = crawl.read_feed(
                long(FORMS[0], *numbers),
                "application/xml",
                asked.url,
                asked.known,
                asked.read,
                "en",
                10,
            )
            assert isinstance(found, crawl.Reading)
            outcome = Outcome(
                asked, 200, asked.url, window=found.window, whole=found.whole, more=found.more
            )
            changes = ingest.settle(outcome, desk.ledger, desk.standing, now)
            assert changes is not None
            gaps.append(changes.gap)
        assert [gap is not None for gap in gaps] == [False] * 4 + [True] + [False] * 2


@pytest.mark.parametrize("form", FORMS)
def test_what_a_long_feed_adds_is_read_wherever_it_stands(form: str) -> None:
    read: tuple[Shown, ...] = ()
    for numbers in (range(5, 30), range(5, 30), range(5, 30), range(2, 32)):
        window = parse.window(
            long(form, *numbers), "application/xml", "http://wire.example/rss", read, 10
        )
        fresh = [e.url.rpartition("/")[2] for e in window.entries if e.title]
        read = tuple(Shown(e.hash, e.guid, e.url, None, e.mark) for e in window.entries)
    assert fresh == ["2", "3", "4", "30", "31"]
    assert len(read) == len(set(read)) == 30


@pytest.mark.parametrize("form", FORMS[:6])
def test_of_thousands_of_entries_that_are_known_none_is_read(form: str) -> None:
    body = long(form, *range(3_000))
    url = "http://wire.example/rss"
    read: tuple[Shown, ...] = ()
    for _ in range(3):
        window = parse.window(body, "application/xml", url, read)
        read = tuple(Shown(e.hash, e.guid, e.url, None, e.mark) for e in window.entries)
    again = parse.window(body, "application/xml", url, read)
    assert [e.title for e in again.entries if e.title] == []
    assert not again.more


def index(several: Iterable[tuple[int, str]]) -> bytes:
    parts = (
        f"<sitemap><loc>/{n}.xml</loc><lastmod>{changed}</lastmod></sitemap>"
        for n, changed in several
    )
    return f"<sitemapindex>{''.join(parts)}</sitemapindex>".encode()


@pytest.mark.parametrize("many", [5_000, pytest.param(50_000, marks=pytest.mark.acceptance)])
def test_of_an_index_of_fifty_thousand_parts_the_latest_thousand_are_asked_for(many: int) -> None:
    def parts(body: bytes) -> list[int]:
        window = parse.window(body, "text/xml", "http://wire.example/index.xml", ())
        assert window.whole
        return [int(re.findall(r"\d+", url)[0]) for url in window.parts]

    middle = range(many // 2, many // 2 + 900)
    said = parts(index((n, "2026-03-01" if n in middle else "2019-01-01") for n in range(many)))
    assert said == [*range(50), *middle, *range(many - 50, many)]
    assert parts(index((n, "?") for n in range(many))) == [
        *range(500), *range(many - 500, many)
    ]  # fmt: skip
    assert parts(index((n, "") for n in range(1000))) == [*range(1000)]
