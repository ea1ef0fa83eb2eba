"""What a site's page leads to is found, shown, and added only where somebody says which.

Rule: a real site on loopback, the real command line; the judgements of what was found need no server.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newswatch import alternates, discovery
from newswatch.cli import code_of
from newswatch.cli.discovering import MOST
from newswatch.discovery import Candidate
from scripted_server import Asked, Server, reply, serving

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
WHOLE = "".join(f"<p>Sentence {n} of it says what happened in the harbour.</p>" for n in range(30))
HTML = "text/html"


def rss(
    count: int, hours: float, *, text: str = "Said.", dated: bool = True, about: str = "Story"
) -> bytes:
    """A feed of so many entries, evenly over so many hours back from now."""
    items = "".join(
        f"<item><title>{about} {n}</title><link>/{about}/{n}</link><description><![CDATA[{text}]]></description>"
        + (f"<pubDate>{_at(n, count, hours):%a, %d %b %Y %H:%M:%S} +0000</pubDate>" * dated)
        + "</item>"
        for n in range(count)
    )
    return f"<rss version='2.0'><channel><title>W</title>{items}</channel></rss>".encode()


def whole_rss(count: int) -> bytes:
    return rss(count, 4, text=WHOLE).replace(b"description>", b"content:encoded>").replace(
        b"<rss ", b"<rss xmlns:content='http://purl.org/rss/1.0/modules/content/' "
    )  # fmt: skip


def _at(n: int, count: int, hours: float) -> datetime:
    return NOW - timedelta(hours=hours * n / max(1, count - 1))


def news(count: int, hours: float) -> bytes:
    urls = "".join(
        f"<url><loc>/{n}</loc><news:news><news:title>Story {n}</news:title><news:publication_date>"
        f"{_at(n, count, hours).isoformat()}</news:publication_date></news:news></url>"
        for n in range(count)
    )
    return _urlset(urls)


def plain(count: int) -> bytes:
    """A sitemap of pages, none of which is news."""
    return _urlset("".join(f"<url><loc>/page/{n}</loc></url>" for n in range(count)))


def _urlset(urls: str) -> bytes:
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    news_space = "http://www.google.com/schemas/sitemap-news/0.9"
    return f'<urlset xmlns="{space}" xmlns:news="{news_space}">{urls}</urlset>'.encode()


def index(*parts: str) -> bytes:
    listed = "".join(f"<sitemap><loc>{part}</loc></sitemap>" for part in parts)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</sitemapindex>'.encode()


def front(*hrefs: str, base: str = "") -> bytes:
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{href}">' for href in hrefs
    )
    head = f'<base href="{base}">' if base else ""
    return f"<!doctype html><html><head><title>The Site</title>{head}{links}</head><body>Hello</body></html>".encode()


Pages = dict[str, bytes]


def site(pages: Pages, otherwise: bytes | None = None) -> Callable[[Asked], bytes]:
    """A site of these bodies, by path; elsewhere 404, or one page for whatever is asked."""

    def answer(asked: Asked) -> bytes:
        if asked.path in pages:
            said = pages[asked.path]
            return said if said.startswith(b"HTTP/") else reply(said, Content_Type=HTML)
        return reply(status=404) if otherwise is None else reply(otherwise, Content_Type=HTML)

    return answer


class Command:
    """`newswatch feeds add` in a folder of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def add(self, url: str, *more: str) -> tuple[int, str, str]:
        code = code_of(["feeds", "add", url, *more])
        out, err = self._capsys.readouterr()
        return code, out, err

    def found(self, url: str) -> list[dict[str, Any]]:
        """The candidates, as programs have them."""
        code, out, err = self.add(url, "--json", "--dry-run")
        assert code == 0, err
        return [json.loads(line) for line in out.splitlines()]

    @property
    def written(self) -> str:
        file = self.folder / "feeds.yaml"
        return file.read_text() if file.exists() else ""


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "newswatch.yaml").write_text(
        "crawl: {allow_networks: [127.0.0.0/8], spacing: 0}"
    )
    monkeypatch.chdir(tmp_path)
    return Command(tmp_path, capsys)


def paths(candidates: Iterable[dict[str, Any]], server: Server) -> list[str]:
    return [one["url"].removeprefix(server.url("").rstrip("/")) for one in candidates]


# ── what is found ───────────────────────────────────────────────────────────────────────────


def test_a_page_leads_to_what_it_names_to_usual_places_and_to_its_news_sitemap(
    command: Command,
) -> None:
    pages = {
        "/news/": front("/rss/world", "sport.rss?a=1&amp;b=2", "/dead.rss"),
        "/rss/world": rss(20, 5),
        "/news/sport.rss?a=1&b=2": rss(10, 4, about="Match"),
        "/atom.xml": rss(12, 3, dated=False, about="Note"),
        "/robots.txt": b"User-agent: *\nDisallow: /private\nSitemap: /maps/index.xml\nSITEMAP: /maps/pages.xml",
        "/maps/index.xml": index("/maps/index.xml", "/maps/old.xml", "/maps/news.xml"),
        "/maps/old.xml": plain(50),
        "/maps/pages.xml": plain(9),
        "/maps/news.xml": news(300, 48),
    }
    with serving(site(pages)) as server:
        found = command.found(server.url("/news/"))
        asked = server.paths()
        assert len(asked) == len(set(asked)) <= MOST
        assert paths(found, server) == [
            "/rss/world", "/news/sport.rss?a=1&b=2", "/atom.xml", "/maps/news.xml",
        ]  # fmt: skip
        world, sport, atom, sitemap = found
        assert [one["kind"] for one in found] == ["RSS", "RSS", "RSS", "news sitemap"]
        assert [one["named"] for one in found] == ["page", "page", "usual place", "robots.txt"]
        assert (world["entries"], world["dated"], world["leads"], world["full_text"]) == (
            20,
            1,
            1,
            0,
        )
        assert (sport["entries"], atom["dated"], atom["newest"]) == (10, 0, None)
        assert datetime.fromisoformat(world["newest"]) == NOW
        assert datetime.fromisoformat(sitemap["oldest"]) == NOW - 48 * HOUR
        assert [one["recommended"] for one in found] == [False, False, False, True]
        assert sitemap["why"] == "it shows 300 entries, the feed 20"
        code, out, err = command.add(server.url("/news/"), "--dry-run")
        assert code == 0
        assert f"{server.url('/dead.rss')}: HTTP 404" in err
        assert "recommended: 4, it shows 300 entries, the feed 20" in out
        assert re.search(r"  20 +\d+ min   5 h     0%    100%  100%\n", out)
        assert command.written == ""
        # Of a feed that is chosen all the same, the sitemap is kept for what its window may lose.
        assert command.add(server.url("/news/"), "--pick", "1")[0] == 0
        assert f"sitemap: {server.url('/maps/news.xml')}" in command.written


def test_a_front_page_that_is_shut_to_robots_may_lead_to_open_feeds(command: Command) -> None:
    shut = {"/": reply(status=403)}
    with serving(site(shut | {"/feed": rss(5, 4)})) as server:
        assert paths(command.found(server.url("/")), server) == ["/feed"]
    with serving(site(shut)) as server:
        code, _, err = command.add(server.url("/"))
        assert code == 3
        assert "403" in err
        code, _, err = command.add(server.url("/section/"))
        assert code == 3
        assert "404" in err


def test_a_page_that_lists_feeds_leads_to_them(command: Command) -> None:
    listed = b"""<!doctype html><html><body><a href="/">Home</a> <a href="/feedback">Write to us</a>
        <a href='/rss/world.xml'>World</a> <a href=/sport/rss>Sport</a> <a href="/rss/world.xml">again</a>
        <a href="/comments/feed/">Comments</a></body></html>"""
    pages = {
        "/our-feeds": listed,
        "/rss/world.xml": rss(5, 4),
        "/sport/rss": rss(5, 4, about="Match"),
    }
    with serving(site(pages)) as server:
        assert paths(command.found(server.url("/our-feeds")), server) == [
            "/rss/world.xml",
            "/sport/rss",
        ]


@pytest.mark.parametrize(
    ("href", "feed"),
    [
        ("/world.rss", True), ("/feed/", True), ("/rss", True), ("/services/xml/rss/nyt/World.xml", True),
        ("/rss_world.xml", True), ("/feeds/posts/default.atom", True), ("/rss/latest.php", False),
        ("/rss.php?section=2", True), ("/newsfeed", False), ("/about-rss.html", False), ("/sitemap.xml", False),
        ("/feeder.html", False),
    ],
)  # fmt: skip
def test_a_link_is_taken_for_a_feed_by_its_address(href: str, feed: bool) -> None:
    page = f"<p>See <a class='x' href='{href}'>this</a></p>".encode()
    assert (alternates.of(page, "http://s.example/") != ()) == feed


def test_nothing_is_added_that_nobody_chose(command: Command) -> None:
    pages = {
        "/": front("/a.rss", "/b.rss"),
        "/a.rss": rss(5, 4),
        "/b.rss": rss(6, 4, about="Other"),
    }
    with serving(site(pages)) as server:
        for more in ((), ("--json",)):
            code, out, err = command.add(server.url(), *more)
            assert code == 2
            assert command.written == ""
            assert f"(1 {server.url('/a.rss')}, 2 {server.url('/b.rss')})" in err
            assert "--pick N, --yes for 1, or give its own address" in err
            assert len([line for line in out.splitlines() if line.startswith("{")]) == 2 * bool(
                more
            )
        assert command.add(server.url(), "--pick", "3")[0] == 2
        assert command.add(server.url(), "--pick", "1", "--yes")[0] == 2
        assert command.add(server.url("/a.rss"), "--pick", "2")[0] == 2
        assert command.written == ""
        code, out, err = command.add(server.url(), "--pick", "2", "--dry-run", "--json")
        assert (code, command.written) == (0, "")
        said = json.loads(out)
        assert (said["url"], said["dry_run"], len(said["candidates"])) == (
            server.url("/b.rss"),
            True,
            2,
        )
        assert command.add(server.url(), "--pick", "2", "--name", "b")[0] == 0
        assert f"url: {server.url('/b.rss')}" in command.written
        assert (
            command.add(server.url(), "--pick", "2", "--name", "c")[0] == 2
        )  # it is there already


class Terminal(io.StringIO):
    """A person's terminal: what they type, or what they read."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "added"), [("\n", "/b.rss"), ("9\n1\n", "/a.rss")])
def test_on_a_terminal_a_person_is_asked(
    command: Command, monkeypatch: pytest.MonkeyPatch, typed: str, added: str
) -> None:
    pages = {
        "/": front("/a.rss", "/b.rss"),
        "/a.rss": rss(5, 4, dated=False),
        "/b.rss": rss(6, 4, about="Other"),
    }
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    with serving(site(pages)) as server:
        assert command.add(server.url())[0] == 0
        assert "Which is to be added? [2]" in terminal.getvalue()
        assert f"url: {server.url(added)}" in command.written


def test_a_site_that_answers_every_address_with_a_page_leads_to_nothing(command: Command) -> None:
    with serving(site({}, otherwise=front())) as server:
        code, out, err = command.add(server.url(), "--yes")
        assert (code, out, command.written) == (1, "", "")
        assert "is a page, and leads to no feed" in err
        assert len(server.asked) <= MOST
        # Nor does one that answers every address with one feed lead to more than that.
    with serving(site({"/": front()}, otherwise=rss(5, 4))) as server:
        (only,) = command.found(server.url())
        assert only["named"] == "usual place"
        assert only["why"] == "the only one"


def test_robots_txt_and_the_address_policy_hold_for_whatever_a_page_names(command: Command) -> None:
    inside = "http://10.0.0.1/rss"
    pages = {
        "/": front("/private/a.rss", "/away.rss", inside, "/good.rss"),
        "/robots.txt": b"User-agent: *\nDisallow: /private\nDisallow: /feed",
        "/private/a.rss": rss(5, 4),
        "/feed": rss(7, 4),
        "/away.rss": reply(b"", 302, Location=inside),
        "/good.rss": rss(6, 4),
    }
    with serving(site(pages)) as server:
        assert paths(command.found(server.url()), server) == ["/good.rss"]
        assert not {"/private/a.rss", "/feed"} & set(server.paths())
        _, _, err = command.add(server.url(), "--dry-run")
        assert f"{server.url('/private/a.rss')}: robots.txt forbids it" in err
        assert err.count("10.0.0.1 is not a public address") == 2


def test_where_a_page_redirects_the_site_is_where_it_led_to(command: Command) -> None:
    def answer(asked: Asked) -> bytes:
        if asked.host == "127.0.0.1":
            return reply(b"", 302, Location=server.url("/", "127.0.0.2"))
        return site(
            {"/": front("a.rss"), "/a.rss": rss(5, 4), "/rss.xml": rss(9, 8, about="Other")}
        )(asked)

    with serving(answer, "127.0.0.1", "127.0.0.2") as server:
        found = command.found(server.url())
        there = [server.url(path, "127.0.0.2") for path in ("/a.rss", "/rss.xml")]
        assert [one["url"] for one in found] == there
        assert server.paths("127.0.0.1") == ["/"]


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([f"/news-{n}.xml" for n in range(9)], ["/index.xml"]),
        (["/news-1.xml", "/pages-1.xml"], ["/news-1.xml"]),
        ([*(f"/news-{n}.xml" for n in range(3)), "/pages-1.xml"], [f"/news-{n}.xml" for n in range(3)]),
        (["/maps.xml", "/index.xml"], []),
    ],
    ids=["all of news", "one of news", "some of news", "a loop"],
)  # fmt: skip
def test_an_index_is_followed_one_step_and_stands_for_parts_that_all_hold_news(
    command: Command, parts: list[str], found: list[str]
) -> None:
    def answer(asked: Asked) -> bytes:
        if asked.path[6:7].isdigit():
            at = int(asked.path[6])
            return reply(
                news(20, 10)
                .replace(b"Story", b"Story %d" % at)
                .replace(b"<loc>/", b"<loc>/%d" % at)
            )
        return site(
            {
                "/": front(), "/robots.txt": b"Sitemap: /index.xml", "/index.xml": index(*parts),
                "/maps.xml": index("/index.xml", "/maps.xml"), "/pages-1.xml": plain(5),
            }
        )(asked)  # fmt: skip

    with serving(answer) as server:
        if not found:
            assert command.add(server.url(), "--dry-run")[0] == 1
        else:
            came = command.found(server.url())
            assert paths(came, server) == found
            assert came[0]["entries"] == (60 if found == ["/index.xml"] else 20)
        assert len(server.asked) == len(set(server.paths())) <= MOST


def test_however_many_a_site_names_so_many_are_asked(command: Command) -> None:
    names = [f"/{n}.rss" for n in range(200)]
    maps = "".join(f"Sitemap: /map-{n}.xml\n" for n in range(500)).encode()
    pages = {"/": front(*names), "/robots.txt": maps} | {
        f"/map-{n}.xml": index(*(f"/part-{n}-{m}.xml" for m in range(90))) for n in range(500)
    }
    with serving(site(pages)) as server:
        assert command.add(server.url(), "--yes")[0] == 1
        assert len(server.asked) <= MOST


# ── which of them serves best ───────────────────────────────────────────────────────────────

FEED = Candidate("http://s.example/rss", "rss", "page", 30, NOW, NOW - 20 * HOUR, 0, 1, 1)
MAP = Candidate(
    "http://s.example/news.xml", "sitemap", "robots.txt", 30, NOW, NOW - 20 * HOUR, 0, 0, 1
)


@pytest.mark.parametrize(
    ("feed", "sitemap", "best"),
    [
        ({}, {}, "rss"),
        ({}, {"entries": 40}, "rss"),
        ({}, {"entries": 500, "oldest": NOW - 48 * HOUR}, "sitemap"),
        ({}, {"oldest": NOW - 48 * HOUR}, "sitemap"),
        ({"entries": 10, "oldest": NOW - 900 * HOUR}, {"entries": 40}, "rss"),
        ({"dated": 0, "newest": None, "oldest": None}, {}, "sitemap"),
        ({"newest": NOW - 90 * HOUR, "oldest": NOW - 900 * HOUR}, {}, "sitemap"),
        ({"entries": 10}, {"entries": 400, "newest": NOW - 700 * 24 * HOUR, "oldest": NOW - 800 * 24 * HOUR}, "rss"),
        ({"full": 1, "leads": 0}, {"entries": 500, "oldest": NOW - 48 * HOUR}, "rss"),
        ({"dated": 0, "newest": None, "oldest": None, "full": 1}, {"dated": 0, "newest": None}, "rss"),
    ],
    ids=[
        "as much", "a little more", "much more", "longer", "shorter", "no dates", "stale", "dead sitemap", "whole texts",
        "neither dated",
    ],
)  # fmt: skip
def test_a_news_sitemap_is_preferred_where_the_feed_is_poorer(
    feed: dict[str, Any], sitemap: dict[str, Any], best: str
) -> None:
    found = (replace(FEED, **feed), replace(MAP, **sitemap))
    chosen, why = discovery.recommended(found, NOW)
    assert (chosen.format, bool(why)) == (best, True)
    assert discovery.recommended(found[::-1], NOW)[0] == chosen


def test_of_feeds_the_first_that_a_page_names_but_no_comments_and_none_that_stands_still() -> None:
    main = replace(FEED, url="http://s.example/feed/")
    comments = replace(FEED, url="http://s.example/comments/feed/", entries=90)
    old = replace(FEED, url="http://s.example/old", newest=NOW - 90 * HOUR)
    guessed = replace(FEED, url="http://s.example/index.xml", named="usual place")
    assert discovery.recommended((comments, old, guessed, main), NOW)[0] == main
    whole = replace(guessed, full=1.0)
    assert discovery.recommended((main, whole), NOW) == (whole, "it carries the articles' text")
    assert discovery.recommended((comments,), NOW) == (
        comments,
        "the only one, though by its address it holds comments",
    )


def test_a_feed_found_twice_is_one() -> None:
    one = replace(FEED, hashes=frozenset("abc"))
    less = replace(one, url="http://s.example/other", hashes=frozenset("ab"))
    atom = replace(less, format="atom")
    same = replace(atom, url="https://s.example/other")
    assert discovery.distinct((one, less, atom, same)) == (one, atom)


# ── what a page names ───────────────────────────────────────────────────────────────────────


def test_a_pages_base_is_where_its_feeds_are_named_from_and_comments_name_none() -> None:
    page = front("a.rss", "/b.rss", base="/news/world/")
    assert alternates.of(page, "http://s.example/x") == (
        "http://s.example/news/world/a.rss",
        "http://s.example/b.rss",
    )
    spaced = alternates.of(front("world news.xml", base="/the news/"), "http://s.example/x")
    assert spaced == ("http://s.example/the%20news/world%20news.xml",)
    hidden = front("/a.rss").replace(b"<link", b"<!-- <link").replace(b'rss">', b'rss"> -->')
    assert alternates.of(hidden, "http://s.example/") == ()


@pytest.mark.parametrize(
    "title",
    [
        "Site » Comments Feed",
        "Kommentare zu Gas",
        "Комментарии",
        "Story > Comments",
        "Commentaires",
    ],
)
def test_a_feed_of_comments_is_known_by_its_title(title: str) -> None:
    def link(name: str, href: str, kind: str) -> str:
        return f'<link rel="alternate" type="{kind}" title="{name}" href="{href}">'

    own = link("A > B", "/feed/", "text/xml")
    page = (own + link(title, "/2026/11/gas/feed/", "application/rss+xml")).encode()
    assert alternates.of(page, "http://s.example/2026/11/gas/") == ("http://s.example/feed/",)
    alone = link(title, "/c", "application/rss+xml").encode()
    assert alternates.of(alone, "http://s.example/") == ("http://s.example/c",)


def test_beside_an_article_no_feed_is_looked_for() -> None:
    def beside(url: str) -> bool:
        return any(one.startswith(url) for one in discovery.usual_places(url))

    assert beside("http://s.example/news/")
    assert not beside("http://s.example/2026/11/story/")
    assert not beside("http://s.example/world/europe/gas/")


def test_what_has_nothing_new_is_recommended_with_a_word() -> None:
    old = replace(FEED, newest=NOW - 900 * 24 * HOUR, oldest=NOW - 901 * 24 * HOUR)
    assert discovery.recommended((old,), NOW)[1].endswith("its newest entry is 900 days old")


def test_a_dead_sitemap_is_not_written_beside_a_feed() -> None:
    dead = replace(MAP, entries=900, newest=NOW - 700 * 24 * HOUR)
    assert discovery.beside(FEED, (FEED, dead)) == ""
    assert discovery.beside(FEED, (FEED, dead, MAP)) == MAP.url
