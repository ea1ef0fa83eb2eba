"""What the register says of a source holds: how it is asked, what is read of its pages, and by whose leave.

Rule: real servers on loopback, each address a host of its own, the real fetcher, a real store; readings run here
and not in a child.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from archive_of import HOUR, NOW, Desk, content_id_of
from asking import POLICY, answer, fetching, request
from newswatch import crawl, ingest
from newswatch.address import beside, has_page
from newswatch.cli import code_of
from newswatch.config import ConfigError, load
from newswatch.daemon.log import say_closed
from newswatch.fetch.robots import product
from newswatch.model import Changeset, CrawlPolicy, Failure, Feed, Outcome, Page, Request, Source
from newswatch.store import open_archive
from polled import judged, settled, trip
from scripted_server import Asked, Server, reply, serving

MANNERLY = replace(POLICY, robots=True)
SHUT = b"User-agent: *\nDisallow: /story"
STORY = "What happened in the harbour on that day was told by those who had seen it. " * 8


@dataclass
class Wire:
    """A site with a feed of entries 1 to *newest*, a page each, and a robots.txt."""

    newest: int = 3
    robots: bytes = b""
    down: bool = False
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> bytes:
        self.asked.append(asked)
        if asked.path == "/robots.txt":
            return reply(b"", 503) if self.down else reply(self.robots)
        if asked.path.startswith("/story"):
            body = f"<html><head><title>Story</title></head><body><article><p>{STORY}</p></article></body></html>"
            return reply(body.encode(), Content_Type="text/html")
        items = "".join(
            f"<item><title>Story {n}</title><link>/story/{n}</link><guid>g{n}</guid>"
            f"<description>Said {n}.</description></item>"
            for n in range(self.newest, 0, -1)
        )
        return reply(f"<rss version='2.0'><channel>{items}</channel></rss>".encode())

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.asked]


@dataclass
class Watch:
    """A desk that polls one wire, and then asks what is due of its pages."""

    desk: Desk
    wire: Wire
    server: Server
    policy: CrawlPolicy = MANNERLY
    hours: int = 0

    def poll(self, newest: int, robots: bytes = b"") -> tuple[Outcome, Changeset]:
        """One poll, an hour after the last, by a newswatch that was started anew."""
        self.wire.newest, self.wire.robots = newest, robots
        self.wire.asked.clear()
        self.hours += 1
        now = NOW + self.hours * HOUR
        return self._settle(self.desk.claim(content_id_of(self.desk, "wire"), now))

    def read_pages(self) -> list[str]:
        """Ask what is due of pages; the paths that were asked."""
        self.wire.asked.clear()
        for due in self.desk.ledger.due(NOW + self.hours * HOUR):
            if due.kind == "page":
                self._settle(due)
        return [path for path in self.wire.paths if path != "/robots.txt"]

    def _settle(self, asked: Request) -> tuple[Outcome, Changeset]:
        outcome = trip(asked, self.policy)
        return outcome, settled(self.desk, outcome, NOW + self.hours * HOUR)

    def judged(self, kind: str) -> str:
        """What the archive shows as judged of that kind, '' for nothing."""
        return judged(self.desk, kind)


@contextlib.contextmanager
def watching(folder: Path, wire: Wire | None = None, **line: Any) -> Iterator[Watch]:
    wire = wire or Wire()
    with serving(wire) as server:
        feed = Feed("wire", server.url("/rss"), "Wire", "en", **line)
        with Desk(folder, feeds=(feed,)) as desk:
            yield Watch(desk, wire, server)


# ── robots.txt that comes to forbid ─────────────────────────────────────────────────────────


def test_a_source_whose_robots_txt_comes_to_forbid_its_pages_is_switched_and_back(
    tmp_path: Path,
) -> None:
    with watching(tmp_path) as watch:
        _, changes = watch.poll(3)
        assert watch.wire.paths == ["/rss", "/robots.txt"]
        assert not changes.versions
        assert len(watch.read_pages()) == 3
        assert not watch.judged("pages-closed")

        outcome, changes = watch.poll(5, SHUT)
        assert watch.wire.paths == ["/rss", "/robots.txt"]
        assert outcome.closed is not None
        assert (outcome.closed.feed, outcome.closed.asked, len(outcome.closed.pages)) == (
            False,
            5,
            5,
        )
        assert {version.title for version in changes.versions} == {"Story 4", "Story 5"}
        assert {version.text for version in changes.versions} == {"Said 4.", "Said 5."}
        assert {version.quality for version in changes.versions} == {"lead"}
        assert watch.read_pages() == []
        said = (
            "robots.txt forbids its pages, all 5 that were looked up: the feed's own words are kept"
        )
        assert watch.judged("pages-closed") == said

        _, changes = watch.poll(6, SHUT)  # it stays so, and began when it did
        assert changes.request is not None
        (one,) = [j for j in changes.request.health.judgements if j.kind == "pages-closed"]
        assert (one.since, one.seen) == (NOW + 2 * HOUR, NOW + 3 * HOUR)
        watch.poll(6, b"")  # nothing new: nobody asks
        assert watch.wire.paths == ["/rss"]
        assert watch.judged("pages-closed")

        _, changes = watch.poll(7, b"")
        assert not changes.versions
        assert not watch.judged("pages-closed")
        assert watch.read_pages() == ["/story/7"]


def test_pages_that_robots_txt_closes_beside_open_ones_are_not_asked_and_nothing_is_judged(
    tmp_path: Path,
) -> None:
    with watching(tmp_path) as watch:
        _, changes = watch.poll(3, b"User-agent: *\nDisallow: /story/2")
        assert {version.title for version in changes.versions} == {"Story 2"}
        assert sorted(watch.read_pages()) == ["/story/1", "/story/3"]
        assert not watch.judged("pages-closed")


def test_a_robots_txt_that_cannot_be_had_says_nothing_new(tmp_path: Path) -> None:
    with watching(tmp_path) as watch:
        watch.poll(3, SHUT + b"\nDisallow: /rss")
        watch.wire.down = True
        outcome, changes = watch.poll(4)
        assert outcome.closed is None
        assert not changes.versions  # its page is asked for later, when robots.txt can be had
        assert watch.read_pages() == []
        for kind in ("pages-closed", "feed-closed"):
            assert watch.judged(kind)
        watch.wire.down = False
        watch.poll(5)
        for kind in ("pages-closed", "feed-closed"):
            assert not watch.judged(kind)


def test_a_feed_that_robots_txt_forbids_is_shown_and_polled(tmp_path: Path) -> None:
    with watching(tmp_path, pages="link-only") as watch:
        _, changes = watch.poll(3, b"User-agent: *\nDisallow: /")
        assert watch.wire.paths == ["/rss", "/robots.txt"]
        assert len(changes.versions) == 3
        assert "robots.txt forbids the feed's own address" in watch.judged("feed-closed")
        assert not watch.judged("pages-closed")  # none of its pages would be asked for
        watch.poll(4)
        assert not watch.judged("feed-closed")


def test_whoever_asks_for_no_pages_is_not_told_that_they_are_closed(tmp_path: Path) -> None:
    with watching(tmp_path) as watch:
        watch.poll(3, SHUT)
        assert watch.judged("pages-closed")
        watch.desk.feeds = (replace(watch.desk.feeds[0], pages="link-only"),)
        watch.desk.configure(())
        watch.poll(3, SHUT)
        assert not watch.judged("pages-closed")


class Log:
    """What a daemon logs."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, dict[str, Any]]] = []

    def __getattr__(self, level: str) -> Callable[..., None]:
        return lambda event, **rest: self.said.append((level, event, rest))


def test_the_log_says_once_that_pages_are_closed_and_once_that_they_are_open(
    tmp_path: Path,
) -> None:
    log = Log()
    with watching(tmp_path) as watch:
        for newest, robots in ((3, b""), (4, SHUT), (5, SHUT), (5, SHUT), (6, b""), (7, b"")):
            say_closed(log, *watch.poll(newest, robots))
    said = "robots.txt forbids its pages, all 4 that were looked up: the feed's own words are kept"
    assert log.said == [
        ("warning", "closed to robots", {"feed": "wire", "reason": said}),
        ("info", "open to robots again", {"feed": "wire", "what": "its pages"}),
    ]


# ── how a source is asked ───────────────────────────────────────────────────────────────────

OWN = Source(
    user_agent="ourdesk/2.0 (+https://desk.example)",
    headers=(("Accept-Language", "ru"), ("accept", "text/xml"), ("X-Client", "desk")),
)


def test_a_feeds_own_user_agent_and_headers_are_sent_with_its_polls_and_pages(
    tmp_path: Path,
) -> None:
    line = {"user_agent": OWN.user_agent, "headers": OWN.headers}
    with watching(tmp_path, **line) as watch:
        watch.poll(1)
        polled = list(watch.wire.asked)
        watch.read_pages()
        everything = polled + watch.wire.asked
        assert {asked.headers["user-agent"] for asked in everything} == {OWN.user_agent.encode()}
        asked = {one.path: one.headers for one in everything}
        for path in ("/rss", "/story/1"):
            assert asked[path]["accept-language"] == b"ru"
            assert asked[path]["accept"] == b"text/xml"
            assert asked[path]["x-client"] == b"desk"
        assert "x-client" not in asked["/robots.txt"]


def test_a_feeds_headers_go_to_no_other_server() -> None:
    here, there = "127.0.0.1", "127.0.0.2"

    def script(asked: Asked) -> bytes:
        if asked.path == "/rss" and asked.host == here:
            return reply(b"", 302, Location=server.url("/rss", there))
        return reply(b"<rss/>") if asked.path != "/robots.txt" else reply(b"")

    with serving(script, here, there) as server:
        own = replace(OWN, url=server.url("/rss"))
        assert isinstance(answer(request(server.url("/rss"), source=own), MANNERLY), Page)
        assert isinstance(
            answer(request(server.url("/1", there), "page", source=own), MANNERLY), Page
        )
        assert isinstance(answer(request(server.url("/1"), "page", source=own), MANNERLY), Page)
        sent = [(a.host, a.path, a.headers.get("x-client", b"")) for a in server.asked]
    assert sent == [
        (here, "/rss", b"desk"), (there, "/rss", b""), (there, "/robots.txt", b""), (there, "/1", b""),
        (here, "/robots.txt", b""), (here, "/1", b"desk"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "other", "same"),
    [
        ("https://a.example/1", "https://a.example/rss", True),
        ("https://a.example:443/1", "https://a.example/rss", True),
        ("https://a.example/1", "http://a.example/rss", True),
        ("http://a.example/1", "https://a.example/rss", False),
        ("https://a.example:8443/1", "https://a.example/rss", False),
        ("https://b.example/1", "https://a.example/rss", False),
        ("https://a.example.b.example/1", "https://a.example/rss", False),
        ("https://a.example@b.example/1", "https://a.example/rss", False),
        ("ftp://a.example/1", "https://a.example/rss", False),
        ("https://a.example/1", "", False),
    ],
)
def test_which_addresses_are_of_one_server(url: str, other: str, same: bool) -> None:
    assert beside(url, other) is same


@pytest.mark.parametrize(
    ("robots", "may"),
    [
        (b"User-agent: ourdesk\nDisallow: /", False),
        (b"User-agent: OurDesk/2\nDisallow: /", False),
        (b"User-agent: newswatch\nDisallow: /", False),  # under another name it is still newswatch
        (b"User-agent: ourdesk\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        (b"User-agent: our\nDisallow: /", True),
        (b"User-agent: *\nDisallow: /", False),
    ],
)
def test_robots_txt_is_judged_for_the_name_a_feed_is_asked_under(robots: bytes, may: bool) -> None:
    def script(asked: Asked) -> bytes:
        return reply(robots if asked.path == "/robots.txt" else b"hello")

    with serving(script) as server:
        own = replace(OWN, url=server.url("/rss"))
        found = answer(request(server.url("/1"), "page", source=own), MANNERLY)
        assert isinstance(found, Page) is may, found
        other = answer(request(server.url("/1"), "page"), MANNERLY)
        assert isinstance(other, Failure) or b"newswatch" not in robots


def test_two_names_have_each_their_own_robots_txt() -> None:
    """A site may answer them with different ones."""

    def script(asked: Asked) -> bytes:
        if asked.path != "/robots.txt":
            return reply(b"hello")
        ours = b"ourdesk" in asked.headers["user-agent"]
        return reply(b"User-agent: *\nDisallow:" + b" /" * ours)

    async def both(server: Server) -> list[Page | Failure]:
        found = []
        async with fetching(MANNERLY) as fetcher:
            for source in (OWN, Source(), OWN, Source()):
                async with fetcher.turn(server.url()) as get:
                    found.append(await get(request(server.url("/1"), "page", source=source)))
        return found

    with serving(script) as server:
        found = asyncio.run(both(server))
    assert [isinstance(one, Page) for one in found] == [False, True, False, True]
    assert server.paths().count("/robots.txt") == 2


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (compatible; newswatch/1; +ops@example.org)", "newswatch"),
        ("Mozilla/5.0 (compatible; OurDesk/1.0)", "ourdesk"),
        ("ourdesk/2.0 (+https://desk.example)", "ourdesk"),
        ("our-desk", "our-desk"),
        ("Mozilla/5.0 (X11; Linux)", "newswatch"),
        ("", "newswatch"),
        ("(nobody)", "newswatch"),
    ],
)
def test_by_what_name_a_robots_txt_may_call_who_asks(agent: str, name: str) -> None:
    assert product(agent) == name


# ── the file ────────────────────────────────────────────────────────────────────────────────


def configured(folder: Path, line: str) -> Feed:
    (folder / "newswatch.yaml").write_text("")
    (folder / "feeds.yaml").write_text(
        f"feeds:\n  - name: a\n    url: http://a.example/rss\n    {line}"
    )
    return load(folder, folder / "feeds.yaml").feeds[0]


def test_the_register_is_read_and_kept(tmp_path: Path) -> None:
    feed = configured(
        tmp_path,
        'terms: "credit the wire, no more than a lead"\n    user_agent: ourdesk/2.0\n'
        '    headers: {Accept-Language: "ru, en", X-Client: desk}\n    sitemap: http://a.example/news.xml',
    )
    assert feed.terms == "credit the wire, no more than a lead"
    assert feed.headers == (("Accept-Language", "ru, en"), ("X-Client", "desk"))
    with Desk(tmp_path, feeds=(feed,)) as desk:
        assert desk.ledger.feeds()["a"] == feed
        claimed = desk.claimed("a", NOW)
        expected = Source(
            feed.url, "fetch", "ourdesk/2.0", feed.headers, "http://a.example/news.xml"
        )
        assert claimed.source == expected
        with contextlib.closing(open_archive(desk.address)) as archive:
            (shown,) = archive.feeds()
        assert (shown["terms"], shown["headers"]) == (feed.terms, dict(feed.headers))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("headers: {Host: b.example}", '"Host" is not the configuration\'s to set'),
        ("headers: {connection: close}", "not the configuration's to set"),
        ("headers: {Transfer-Encoding: chunked}", "not the configuration's to set"),
        ("headers: {If-None-Match: x}", "not the configuration's to set"),
        ("headers: {Accept-Encoding: br}", "not the configuration's to set"),
        ("headers: {X-Forwarded-For: 1.2.3.4}", "not the configuration's to set"),
        ("headers: {User-Agent: x}", "write it as user_agent"),
        ("headers: {Authorization: Bearer x}", "is a secret by its name"),
        ("headers: {Cookie: a=b}", "is a secret by its name"),
        ("headers: {X-Api-Key: x}", "is a secret by its name"),
        ("headers: {X-Access-Token: x}", "is a secret by its name"),
        ('headers: {X-A: "a\\r\\nX-B: c"}', "must be one line"),
        ('headers: {X-A: "a\\nb"}', "must be one line"),
        ('headers: {"X A": b}', "is no name of a header"),
        ('headers: {"X-A\\r\\nX-B": b}', "is no name of a header"),
        ("headers: {X-A: 1}", "put it in quotes"),
        ("headers: {X-A: да}", "plain letters"),
        ("headers: {X-A: a, x-a: b}", "is there twice"),
        ("headers: [X-A]", "must be a mapping"),
        (f"headers: {{{', '.join(f'X-{n}: a' for n in range(21))}}}", "at most 20 headers"),
        ('user_agent: "a\\r\\nX-B: c"', "one line"),
        (
            "user_agent: Mozilla/5.0 (compatible; Googlebot/2.1)",
            'says "Googlebot", which is another\'s',
        ),
        ("user_agent: Mozilla/5.0 (X11) Gecko/20100101 Firefox/130.0", "another's name"),
        ("sitemap: news.xml", "must be an address"),
        ('terms: "a\\nb"', "must be on one line"),
        ("robots: ignore", 'unknown key "robots"'),
    ],
)
def test_what_may_not_be_sent_is_refused(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        configured(tmp_path, line)
    assert said in str(wrong.value)
    assert "Bearer" not in str(wrong.value)


def test_terms_and_manners_are_shown_and_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "newswatch.yaml").write_text(
        "crawl: {allow_networks: [127.0.0.0/8], spacing: 0}"
    )
    wire = Wire(robots=SHUT)
    with serving(wire) as server:
        (tmp_path / "feeds.yaml").write_text(
            f"feeds: [{{name: wire, url: '{server.url('/rss')}', terms: no more than a lead,"
            " user_agent: ourdesk/2.0, headers: {X-Client: desk}}]"
        )
        assert code_of(["once"]) == 0
        code_of(["feeds", "show", "wire"])
        shown = capsys.readouterr().out
        for said in ("terms      no more than a lead", "user_agent ourdesk/2.0", "headers    X-Client: desk",
                     "pages      fetch, now link-only", "pages-closed: robots.txt forbids its pages, all 3"):  # fmt: skip
            assert said in shown
        for command in ("feeds", "status"):
            code_of([command])
            assert "robots.txt forbids its pages, all 3" in capsys.readouterr().out
        code_of(["feeds", "export"])
        out, err = capsys.readouterr()
        assert "no more than a lead" in out
        assert "desk" not in out
        assert "its user agent and headers are left out" in err
    assert wire.paths == ["/rss", "/robots.txt"]


# ── Google News ─────────────────────────────────────────────────────────────────────────────


def test_google_news_is_headlines_of_many_newsrooms_whose_links_are_left_alone(
    tmp_path: Path,
) -> None:
    link = "https://news.google.com/rss/articles/CBMiX0FVX3lx?oc=5"
    item = (
        f"<item><title>Ministers agree - at last - The Wire</title><link>{link}</link><guid>CBMi</guid>"
        f"<description>&lt;ol&gt;&lt;li&gt;&lt;a href='{link}'&gt;Ministers agree&lt;/a&gt;&lt;/ol&gt;</description>"
        "<source url='https://wire.example'>The Wire</source></item>"
    )
    feed = Feed("google", "https://news.google.com/rss/search?q=gas")
    for newsroom, shown in (("", "The Wire"), ("Our Wire", "Our Wire")):
        folder = tmp_path / shown
        folder.mkdir()
        with Desk(folder, feeds=(replace(feed, newsroom=newsroom),)) as desk:
            asked = desk.claim(content_id_of(desk, "google"), NOW)
            body = f"<rss version='2.0'><channel>{item}</channel></rss>".encode()
            reading = crawl.read_feed(body, "", asked.url, frozenset(), (), "en")
            assert isinstance(reading, crawl.Reading)
            outcome = Outcome(asked, 200, asked.url, window=reading.window, format="rss")
            changes = ingest.settle(outcome, desk.ledger, desk.standing, NOW)
            assert changes is not None
            assert not changes.asked
            (version,) = changes.versions
            said = (version.title, version.url, version.text, version.quality, version.newsroom)
            assert said == ("Ministers agree - at last", link, "", "headline", shown)
    assert not has_page(link)
    assert not has_page(link.replace(".com/", ".com./"))
