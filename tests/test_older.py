"""What came and went between two polls is taken from the feed's older pages, and said.

Rule: a real server on loopback, the real fetcher, a real store; readings run here and not in a child.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive_of import HOUR, NOW, Desk, content_id_of
from asking import POLICY
from newswatch import turnover
from newswatch.crawl import OLDER_PAGES
from newswatch.model import Changeset, CrawlPolicy, Feed, Outcome
from newswatch.store import open_archive
from polled import settled, trip
from scripted_server import Asked, Server, reply, serving

SIZE = 5  # entries of a page
Form = Callable[[Iterable[int], str], str]


def rss(numbers: Iterable[int], older: str, rel: str = "next", dated: bool = True) -> str:
    items = "".join(
        f"<item><title>Story {n}</title><link>/{n}</link><guid>g{n}</guid>"
        f"<description>Said {n}.</description>"
        + (
            f"<pubDate>{NOW + n * timedelta(minutes=6):%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
            * dated
        )
        + "</item>"
        for n in numbers
    )
    link = f'<atom:link rel="{rel}" href="{older}"/>' if older else ""
    return (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>W</title>'
        f"{link}{items}</channel></rss>"
    )


def atom(numbers: Iterable[int], older: str) -> str:
    entries = "".join(
        f'<entry><id>g{n}</id><title>Story {n}</title><link href="/{n}"/></entry>' for n in numbers
    )
    link = f'<link rel="next" href="{older}"/><link rel="prev-archive" href="{older}"/>'
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>W</title>{link}{entries}</feed>'


def json_feed(numbers: Iterable[int], older: str) -> str:
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "next_url": older,
            "items": [{"id": f"g{n}", "url": f"/{n}", "title": f"Story {n}"} for n in numbers],
        }
    )


@dataclass
class Wire:
    """A feed that has brought entries 1 to *newest*, five a page, the newest first."""

    form: Form = rss
    newest: int = SIZE
    pinned: tuple[int, ...] = ()
    pages: Callable[[int], str] = "/rss?page={}".format
    robots: bytes = b""
    maps: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return reply(self.robots, Content_Type="text/plain")
        self.asked.append(asked.path)
        if asked.path in self.maps:
            return reply(self.maps[asked.path].encode(), Content_Type="text/xml")
        said = asked.path.partition("page=")[2] or "1"
        if not said.isdigit():
            return reply(status=404)
        page = int(said)
        first = self.newest - SIZE * (page - 1)
        numbers = range(first, max(0, first - SIZE), -1)
        shown = (*(self.pinned if page == 1 else ()), *numbers)
        return reply(self.form(shown, self.pages(page + 1)).encode(), Content_Type="text/xml")


@dataclass
class Watch:
    """A desk that polls one wire."""

    desk: Desk
    wire: Wire
    server: Server
    policy: CrawlPolicy = POLICY
    hours: int = 0

    def poll(self, newest: int) -> tuple[Outcome, Changeset]:
        self.wire.newest = newest
        self.wire.asked.clear()
        self.hours += 1
        now = NOW + self.hours * HOUR
        request = self.desk.claim(content_id_of(self.desk, "wire"), now)

        outcome = trip(request, self.policy)
        return outcome, settled(self.desk, outcome, now)

    def shown(self) -> Any:
        """The feed as the command line's JSON has it."""
        with contextlib.closing(open_archive(self.desk.address)) as archive:
            (feed,) = archive.feeds()
            return feed

    def titles(self, changes: Changeset) -> set[int]:
        return {int(version.title.split()[1]) for version in changes.versions}


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    wire = Wire()
    with serving(wire) as server:
        feed = Feed("wire", server.url("/rss"), "Wire", "en", pages="feed-only")
        with Desk(tmp_path, feeds=(feed,)) as desk:
            watch = Watch(desk, wire, server)
            _, changes = watch.poll(SIZE)
            assert watch.titles(changes) == {1, 2, 3, 4, 5}
            yield watch


@pytest.mark.parametrize("form", [rss, atom, json_feed], ids=["rss", "atom", "json"])
def test_what_came_and_went_between_two_polls_is_taken_from_older_pages(
    watch: Watch, form: Form
) -> None:
    watch.wire.form = form
    _, changes = watch.poll(18)
    assert watch.wire.asked == ["/rss", "/rss?page=2", "/rss?page=3"]
    assert watch.titles(changes) == set(range(6, 19))
    assert changes.gap is not None
    assert (changes.gap.recovered, changes.gap.closed) == (8, True)
    assert len(changes.window or ()) == SIZE
    _, after = watch.poll(20)
    assert watch.wire.asked == ["/rss"]
    assert after.gap is None
    assert watch.titles(after) == {19, 20}


@pytest.mark.parametrize("pinned", [(1,), (3, 1, 2)])
def test_what_is_pinned_on_top_hides_no_gap(watch: Watch, pinned: tuple[int, ...]) -> None:
    watch.wire.pinned = pinned
    assert watch.poll(10)[1].gap is None
    watch.poll(12)
    outcome, changes = watch.poll(25)
    assert watch.wire.asked == ["/rss", "/rss?page=2", "/rss?page=3"]
    assert watch.titles(changes) == set(range(13, 26))
    assert changes.gap is not None
    assert (changes.gap.entries, changes.gap.recovered, changes.gap.closed) == (5, 8, True)
    assert len(changes.window or ()) == len(outcome.window) == SIZE + len(pinned)
    _, after = watch.poll(28)
    assert watch.wire.asked == ["/rss"]
    assert after.gap is None
    assert watch.titles(after) == {26, 27, 28}


def test_a_feed_that_says_its_newest_last_has_none_pinned() -> None:
    assert turnover.pinned("abcdefgh", "abcdefghijkl") == frozenset()  # grown at its end
    assert turnover.pinned("abcdefgh", "hijklmnop") == frozenset()  # and cut at its head
    assert turnover.pinned("abcdefgh", "ijklmnabc") == frozenset()  # the newest first
    assert turnover.pinned("abcdefgh", "aijklmnob") == frozenset()
    assert turnover.pinned("abcd", "aefg") == frozenset()  # too few to say
    assert turnover.pinned("abcdefgh", "bamnopqrst") == {"a", "b"}


def test_nothing_older_is_asked_for_while_a_window_hangs_together(watch: Watch) -> None:
    for newest in (5, 6, 9, 13):
        _, changes = watch.poll(newest)
        assert watch.wire.asked == ["/rss"]
        assert changes.gap is None


def test_it_is_said_what_was_recovered_and_whether_all(watch: Watch) -> None:
    _, changes = watch.poll(18)
    assert changes.request is not None
    (one,) = [j for j in changes.request.health.judgements if j.kind == "overflow"]
    assert one.evidence.endswith("its older pages show all between, 8 of them new: none is lost")
    assert (watch.shown()["gaps"], watch.shown()["last_gap"], watch.shown()["recovered"]) == (
        1,
        None,
        8,
    )
    _, changes = watch.poll(18 + SIZE * (OLDER_PAGES + 3))
    assert changes.gap is not None
    assert (changes.gap.recovered, changes.gap.closed) == (SIZE * OLDER_PAGES, False)
    assert len(watch.wire.asked) == 1 + OLDER_PAGES
    assert changes.request is not None
    (one,) = [j for j in changes.request.health.judgements if j.kind == "overflow"]
    said = f"{SIZE * OLDER_PAGES} were recovered from its older pages, others between may have been lost"
    assert one.evidence.endswith(said)
    assert watch.shown()["last_gap"] is not None


@pytest.mark.parametrize(
    "pages",
    [
        lambda _page: "",
        lambda _page: "/rss",
        lambda _page: "javascript:alert(1)",
        lambda _page: "http://127.9.9.9/rss",
        lambda _page: "/rss?page=2",
        lambda _page: "/rss?page=x",
    ],
    ids=["none", "itself", "script", "elsewhere", "loop", "broken"],
)
def test_an_older_page_that_is_none_ends_it(watch: Watch, pages: Callable[[int], str]) -> None:
    watch.wire.pages = pages
    _, changes = watch.poll(40)
    assert len(watch.wire.asked) <= 2
    assert changes.gap is not None
    assert not changes.gap.closed
    assert watch.titles(changes) >= set(range(36, 41))


def test_robots_txt_may_forbid_older_pages(watch: Watch) -> None:
    watch.policy = replace(POLICY, robots=True)
    watch.wire.robots = b"User-agent: *\nDisallow: /rss?page="
    _, changes = watch.poll(18)
    assert watch.wire.asked == ["/rss"]
    assert changes.gap is not None
    assert (changes.gap.recovered, changes.gap.closed) == (0, False)


@pytest.mark.parametrize("dated", [True, False])
def test_what_is_older_than_the_last_window_is_no_news(watch: Watch, dated: bool) -> None:
    """Pages as a blog's: the one that reaches back shows what was there before we watched, too."""
    watch.poll(100)
    watch.wire.form = lambda numbers, older: rss(
        sorted({*numbers, *(range(60, 97) if 103 in numbers else ())}, reverse=True),
        older,
        dated=dated,
    )
    _, changes = watch.poll(113)
    assert changes.gap is not None
    assert changes.gap.closed
    assert watch.titles(changes) >= set(range(101, 114))
    assert dated or watch.titles(changes) == set(range(101, 114))


# ── where the site's news sitemap shows what the feed does not ──────────────────────────────


def sitemap(numbers: Iterable[int], path: str = "/{}", *, dated: bool = True) -> str:
    """A news sitemap of stories, dated as the feed dates them."""
    urls = "".join(
        f"<url><loc>{path.format(n)}</loc><news:news><news:title>Story {n}</news:title>"
        + f"<news:publication_date>{(NOW + n * timedelta(minutes=6)).isoformat()}</news:publication_date>"
        * dated
        + "</news:news></url>"
        for n in numbers
    )
    spaces = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    )
    return f"<urlset {spaces}>{urls}</urlset>"


def index(*parts: str) -> str:
    listed = "".join(f"<sitemap><loc>{part}</loc></sitemap>" for part in parts)
    return (
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</sitemapindex>'
    )


def said_of(changes: Changeset) -> str:
    assert changes.request is not None
    (one,) = [j for j in changes.request.health.judgements if j.kind == "overflow"]
    return one.evidence


@pytest.fixture
def mapped(watch: Watch) -> Watch:
    """A watch of a feed that names no older pages, on a site whose robots.txt names a news sitemap."""
    watch.wire.pages = lambda _page: ""
    watch.wire.robots = b"User-agent: *\nDisallow:\nSitemap: /news.xml"
    return watch


def test_a_gap_is_closed_from_the_sites_news_sitemap(mapped: Watch) -> None:
    mapped.wire.maps["/news.xml"] = sitemap(range(18, -9, -1))
    _, changes = mapped.poll(18)
    assert mapped.wire.asked == ["/rss", "/news.xml"]
    assert mapped.titles(changes) == set(range(6, 19))
    assert changes.gap is not None
    assert (changes.gap.recovered, changes.gap.closed) == (8, True)
    said = "its site's news sitemap shows all between, 8 of them new: none is lost"
    assert said_of(changes).endswith(said)
    assert (mapped.shown()["last_gap"], mapped.shown()["recovered"]) == (None, 8)
    assert len(changes.window or ()) == SIZE  # they are of the archive, not of the window
    for newest in (18, 19, 20):  # a feed that is well costs no request more
        _, after = mapped.poll(newest)
        assert mapped.wire.asked == ["/rss"]
        assert after.gap is None


def test_the_registers_sitemap_goes_before_those_that_robots_txt_names(
    tmp_path: Path,
) -> None:
    wire = Wire(pages=lambda _page: "", robots=b"Sitemap: /news.xml")
    wire.maps = {"/own.xml": sitemap(range(18, 0, -1)), "/news.xml": sitemap(range(18, 0, -1))}
    with serving(wire) as server:
        feed = Feed(
            "wire", server.url("/rss"), "Wire", "en", pages="feed-only", sitemap=server.url("/own.xml")
        )  # fmt: skip
        with Desk(tmp_path, feeds=(feed,)) as desk:
            watch = Watch(desk, wire, server)
            watch.poll(SIZE)
            _, changes = watch.poll(18)
            assert wire.asked == ["/rss", "/own.xml"]
            assert changes.gap is not None
            assert (changes.gap.recovered, changes.gap.closed) == (8, True)


def test_only_what_lies_between_the_two_windows_is_taken(mapped: Watch) -> None:
    """The site has older stories that the feed never showed, newer ones, and undated ones."""
    mapped.wire.maps["/news.xml"] = sitemap([*range(30, -40, -1)]).replace(
        "</urlset>", sitemap(range(900, 903), dated=False).partition(">")[2]
    )
    _, changes = mapped.poll(18)
    assert mapped.titles(changes) == set(range(6, 19))


def test_a_sitemap_that_does_not_go_back_far_enough_leaves_the_gap_open(mapped: Watch) -> None:
    mapped.wire.maps["/news.xml"] = sitemap(range(18, 9, -1))
    _, changes = mapped.poll(18)
    assert changes.gap is not None
    assert (changes.gap.recovered, changes.gap.closed) == (4, False)
    said = "4 were recovered from its site's news sitemap, others between may have been lost"
    assert said_of(changes).endswith(said)
    assert mapped.shown()["last_gap"] is not None


def test_a_sitemap_without_the_feeds_own_entries_closes_nothing(mapped: Watch) -> None:
    mapped.wire.maps["/news.xml"] = sitemap([*range(18, 0, -2)])
    _, changes = mapped.poll(18)
    assert changes.gap is not None
    assert (changes.gap.recovered, changes.gap.closed) == (4, False)


def test_of_a_site_only_the_sections_that_the_feed_shows_are_taken(mapped: Watch) -> None:
    other = sitemap(range(6, 12), "/sport/{}").partition(">")[2].removesuffix("</urlset>")
    mapped.wire.maps["/news.xml"] = sitemap(range(18, 0, -1)).replace(
        "</urlset>", f"{other}</urlset>"
    )
    _, changes = mapped.poll(18)
    assert len(changes.versions) == 13
    assert not [v for v in changes.versions if "/sport/" in v.url]
    assert changes.gap is not None
    assert (changes.gap.recovered, changes.gap.closed) == (8, False)


def test_a_year_is_no_section(mapped: Watch) -> None:
    """Nobody can tell by `/2026/11/word` whether the feed would have shown it."""
    said = sitemap(range(18, 0, -1)).replace("</urlset>", "")
    other = sitemap(range(6, 12), "/2026/11/{}").partition(">")[2]
    mapped.wire.maps["/news.xml"] = said + other
    _, changes = mapped.poll(18)
    assert not [v for v in changes.versions if "/2026/" in v.url]
    assert changes.gap is not None
    assert not changes.gap.closed


def test_an_index_of_sitemaps_is_followed_one_step_and_only_as_far_as_is_needed(
    mapped: Watch,
) -> None:
    parts = [f"/news-{n}.xml" for n in range(9)]
    mapped.wire.robots = b"Sitemap: /pages.xml\nSitemap: /news.xml"
    mapped.wire.maps = {
        "/news.xml": index("/news.xml", *parts, "http://127.9.9.9/news.xml"),
        "/news-0.xml": sitemap(range(18, 11, -1)),
        "/news-1.xml": sitemap(range(11, 0, -1)),
    }
    _, changes = mapped.poll(18)
    assert mapped.wire.asked == ["/rss", "/news.xml", "/news-0.xml", "/news-1.xml"]
    assert changes.gap is not None
    assert (changes.gap.recovered, changes.gap.closed) == (8, True)
    # Where none reaches back, so many are asked and no more.
    mapped.wire.maps = {"/news.xml": index(*(f"/news-{n}.xml" for n in range(50)))}
    mapped.wire.maps |= {f"/news-{n}.xml": index("/news.xml") for n in range(50)}
    mapped.poll(60)
    assert len(mapped.wire.asked) == 1 + OLDER_PAGES


@pytest.mark.parametrize(
    "robots",
    [b"", b"Sitemap: http://127.9.9.9/news.xml", b"Sitemap: /rss", b"Sitemap: /dead.xml"],
    ids=["none", "elsewhere", "the feed itself", "dead"],
)
def test_a_sitemap_that_is_none_of_the_feeds_host_is_not_asked(
    mapped: Watch, robots: bytes
) -> None:
    mapped.wire.robots = robots
    mapped.wire.maps["/news.xml"] = sitemap(range(18, 0, -1))
    _, changes = mapped.poll(18)
    assert set(mapped.wire.asked) <= {"/rss", "/dead.xml"}
    assert changes.gap is not None
    assert (changes.gap.recovered, changes.gap.closed) == (0, False)


def test_robots_txt_may_forbid_the_sitemap_that_it_names(mapped: Watch) -> None:
    mapped.policy = replace(POLICY, robots=True)
    mapped.wire.robots = b"User-agent: *\nDisallow: /news\nSitemap: /news.xml"
    mapped.wire.maps["/news.xml"] = sitemap(range(18, 0, -1))
    mapped.poll(18)
    assert mapped.wire.asked == ["/rss"]


def test_older_pages_come_first_and_the_sitemap_for_what_they_lack(mapped: Watch) -> None:
    mapped.wire.pages = lambda page: f"/rss?page={page}" if page < 3 else ""
    mapped.wire.maps["/news.xml"] = sitemap(range(18, 0, -1))
    _, changes = mapped.poll(18)
    assert mapped.wire.asked == ["/rss", "/rss?page=2", "/news.xml"]
    assert changes.gap is not None
    assert (changes.gap.recovered, changes.gap.closed) == (8, True)
    said = (
        "its older pages and its site's news sitemap show all between, 8 of them new: none is lost"
    )
    assert said_of(changes).endswith(said)
