"""An index speaks for its own newsroom's hosts, and for another host where that one's robots.txt says so."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from archive_of import NOW, Desk
from newswatch import cross_submits
from newswatch.model import Failure, Feed, Page, Request
from polled import judged, poll
from scripted_server import Asked, Server, reply, serving
from test_manners import MANNERLY

NEAR, FRIEND, STRANGER = "127.0.0.1", "127.0.0.2", "127.0.0.3"


@pytest.mark.parametrize(
    ("index", "part", "strange"),
    [
        ("https://www.wire.example/index.xml", "https://www.wire.example/1.xml", False),
        ("https://www.wire.example/index.xml", "http://WIRE.example:8080/1.xml", False),
        ("https://www.wire.com/index.xml", "https://sitemaps.wire.com/1.xml", False),
        ("https://news.wire.co.uk/index.xml", "https://maps.wire.co.uk/1.xml", False),
        ("https://www.bbc.com/index.xml", "https://www.bbc.co.uk/1.xml", False),
        ("https://wire.co.uk/index.xml", "https://other.co.uk/1.xml", True),
        ("https://anna.blogspot.com/index.xml", "https://bob.blogspot.com/1.xml", True),
        ("https://wire.example/index.xml", "https://notwire.example/1.xml", True),
        ("https://127.0.0.1/index.xml", "https://127.0.0.2/1.xml", True),
        ("https://www.bbc.com/index.xml", "https://www.cnn.com/1.xml", True),
        ("https://wire.example/index.xml", "http://[::1]/1.xml", True),
    ],
)
def test_whose_a_part_is(index: str, part: str, *, strange: bool) -> None:
    assert cross_submits.strange((part,), (index,)) == ((part,) if strange else ())


def test_what_the_register_names_is_the_feeds_own() -> None:
    part = "https://wire.example/1.xml"
    assert cross_submits.strange((part,), ("https://cdn.example/i.xml", "", part)) == ()


class Sites:
    """An index at one host with parts on three, and what the others' robots.txt say."""

    def __init__(self) -> None:
        self.robots: dict[str, bytes] = {}
        self.parts: list[str] = []
        self.server: Server

    def __call__(self, asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            said = self.robots.get(asked.host, b"")
            return reply(b"", 503) if said == b"down" else reply(said)
        items = "".join(f"<sitemap><loc>{part}</loc></sitemap>" for part in self.parts)
        return reply(f"<sitemapindex>{items}</sitemapindex>".encode(), ETag='"1"')


@pytest.mark.parametrize("names", ["the index", "the part"])
def test_parts_on_a_strangers_host_are_left_out_and_said_so(tmp_path: Path, names: str) -> None:
    sites = Sites()
    with serving(sites, NEAR, FRIEND, STRANGER) as server:
        index = server.url("/index.xml", NEAR)
        own, friends, strangers = (server.url("/1.xml", at) for at in (NEAR, FRIEND, STRANGER))
        sites.parts = [own, friends, strangers]
        named = index if names == "the index" else friends
        sites.robots = {
            FRIEND: f"Sitemap: {named}\n".encode(),
            STRANGER: f"Sitemap: {server.url('/own.xml', STRANGER)}\n".encode(),
        }
        with Desk(tmp_path, feeds=(Feed("wire", index, "Wire", "en"),)) as desk:
            outcome, changes = poll(desk, 1, MANNERLY)
            assert (outcome.parts, outcome.strange) == ((own, friends), (strangers,))
            assert [asked.url for asked in changes.asked] == [own, friends]
            assert judged(desk, "parts-elsewhere").startswith(f"1 of its 3 parts are left out: they are on hosts of others ({STRANGER})")  # fmt: skip
            assert server.paths(STRANGER) == ["/robots.txt"]
            assert outcome.etag == '"1"'
            sites.parts = [own]
            poll(desk, 2, MANNERLY)
            assert not judged(desk, "parts-elsewhere")


def test_an_index_of_strangers_alone_is_not_called_empty_but_told_of(tmp_path: Path) -> None:
    sites = Sites()
    with serving(sites, NEAR, STRANGER) as server:
        index = server.url("/index.xml", NEAR)
        sites.parts = [server.url(f"/{n}.xml", STRANGER) for n in range(1000)]
        with Desk(tmp_path, feeds=(Feed("wire", index, "Wire", "en"),)) as desk:
            outcome, changes = poll(desk, 1, MANNERLY)
            assert changes.request is not None
            assert [one.kind for one in changes.request.health.judgements] == ["parts-elsewhere"]
            assert (outcome.parts, len(outcome.strange), changes.asked) == ((), 1000, ())
            assert server.paths(STRANGER) == ["/robots.txt"]


def test_a_robots_txt_that_cannot_be_had_takes_nothing_away_and_adds_nothing(
    tmp_path: Path,
) -> None:
    sites = Sites()
    with serving(sites, NEAR, FRIEND) as server:
        index = server.url("/index.xml", NEAR)
        first, second = (server.url(f"/{n}.xml", FRIEND) for n in (1, 2))
        sites.parts = [first]
        sites.robots = {FRIEND: f"Sitemap: {index}\n".encode()}
        with Desk(tmp_path, feeds=(Feed("wire", index, "Wire", "en"),)) as desk:
            assert poll(desk, 1, MANNERLY)[0].parts == (first,)
            sites.robots, sites.parts = {FRIEND: b"down"}, [first, second]
            outcome, _ = poll(desk, 2, MANNERLY)
            assert (outcome.parts, outcome.strange) == ((first,), (second,))
            assert (outcome.etag, outcome.body_hash) == ("", "")  # it is looked at again
            sites.robots = {FRIEND: f"Sitemap: {index}\n".encode()}
            assert poll(desk, 3, MANNERLY)[0].parts == (first, second)


def test_of_many_hosts_few_are_asked_and_at_once() -> None:
    request = Request("1", "feed", "https://wire.example/i.xml", "wire", NOW, NOW)
    parts = tuple(f"https://host{n}.example/1.xml" for n in range(1000))
    asked: list[str] = []
    together = asyncio.Event()

    async def get(wanted: Request) -> Page | Failure:
        asked.append(wanted.url)
        if len(asked) == cross_submits.HOSTS_ASKED:
            together.set()
        await together.wait()
        return Page(200, wanted.url, sitemaps=("https://wire.example/i.xml",))

    found, known = asyncio.run(cross_submits.vouched(request, (request.url,), parts, get))
    assert asked == [f"https://host{n}.example/robots.txt" for n in range(5)]
    assert (found, known) == (frozenset(parts[:5]), True)
