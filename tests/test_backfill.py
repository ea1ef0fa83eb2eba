"""Backfill: what a source published before, asked for behind all else, at its own time, telling nobody."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive_of import NOW, entry
from newswatch import frontier, ingest
from newswatch.address import host, request_id
from newswatch.cli import code_of
from newswatch.ingest import past
from newswatch.ingest.draft import Draft
from newswatch.model import PAST, Article, Backfill, Changeset, Outcome, Request, Shown, Walked
from newswatch.store import open_archive, open_keeper, open_ledger
from newswatch.store.sqlite import stamp
from orphans import orphans
from scripted_server import serving
from small_archive import Site, configure, grown, settled_archives
from test_clock import DAY, FEEDS, World, told
from test_daemon import running, until

STORE = "sqlite:var/newswatch.db"
MARCH = ("--from", "2024-03-01", "--to", "2024-03-31")
ALL = ("--from", "2024-01-01", "--to", "2024-12-31")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A newsroom with a past, watched by a configuration in the working folder."""
    made = Site()
    with serving(made) as server:
        made.server = server
        grown(made)
        configure(tmp_path, made)
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("NEWSWATCH_STORE", raising=False)
        monkeypatch.delenv("NEWSWATCH_CONFIG", raising=False)
        yield made


Capsys = pytest.CaptureFixture[str]


def said(capsys: Capsys, *words: str, code: int = 0) -> list[dict[str, Any]]:
    """What a command says as JSON, which must end with *code*."""
    capsys.readouterr()
    ended = code_of([*words, "--json"])
    out, err = capsys.readouterr()
    assert ended == code, err or out
    return [json.loads(line) for line in out.splitlines()]


def backfill(capsys: Capsys, *words: str, code: int = 0) -> dict[str, Any]:
    return said(capsys, "backfill", *words, code=code)[-1]


def stored(capsys: Capsys) -> dict[str, dict[str, Any]]:
    """Every article by its path."""
    found = said(capsys, "export", "--what", "articles")
    return {"/" + one["url"].split("/", 3)[3]: one for one in found}


def owed() -> list[dict[str, Any]]:
    archive = open_archive(STORE)
    try:
        return list(archive.notifications())
    finally:
        archive.close()


# ── what comes ──────────────────────────────────────────────────────────────────────────────


def test_a_month_is_read_from_the_sitemaps_and_stands_at_its_own_time(
    site: Site, capsys: Capsys
) -> None:
    done = backfill(capsys, "wire", *MARCH)
    assert (done["articles"], done["matches"], done["left"]) == (12, 12, 0)
    assert len(site.pages()) == 12
    assert all("/2024/03/" in path for path in site.pages())
    assert "/sitemap-2024-01.xml.gz" not in site.server.paths()  # type: ignore[union-attr]
    search = ("search", "pipeline", "--since", "2024-03-12", "--until", "2024-03-12")
    (hit,) = said(capsys, *search)
    assert hit["published"].startswith("2024-03-12T10:30")
    newest = said(capsys, "search", "pipeline", "--limit", "3")
    assert [one["published"][:10] for one in newest] == ["2024-03-12", "2024-03-11", "2024-03-10"]
    assert owed() == []
    assert code_of(["once"]) == 0
    assert owed() == []
    assert list(Path("letters").glob("*.eml")) == []
    assert orphans(Path("var/newswatch.db")) == []
    assert code_of(["verify"]) == 0


def test_a_second_run_asks_for_no_page_and_only_whether_archives_have_changed(
    site: Site, capsys: Capsys
) -> None:
    site.etags = True
    assert backfill(capsys, "wire", *MARCH)["articles"] == 12
    site.server.asked.clear()  # type: ignore[union-attr]
    again = backfill(capsys, "wire", *MARCH)
    assert (again["articles"], again["matches"], again["backfills"][0]["failed"]) == (0, 0, 0)
    assert site.pages() == []
    asked = [a for a in site.server.asked if a.path.startswith(("/sitemap", "/rss"))]  # type: ignore[union-attr]
    assert asked
    assert all("if-none-match" in a.headers for a in asked)
    assert (
        backfill(capsys, "The wire", *ALL)["articles"] == 24
    )  # by the newsroom's name, the rest of the year
    assert Counter(site.pages()).most_common(1)[0][1] == 1


def test_what_the_archive_has_already_is_not_asked_for_and_stays_as_it_is(
    site: Site, capsys: Capsys
) -> None:
    lines = [
        {"url": site.url(f"/2024/03/report-{n}?utm_source=x"), "title": "Ours", "text": "What we had.",
         "published": "2024-03-01T00:00:00Z", "source": "wire"}
        for n in (25, 26)
    ]  # fmt: skip
    Path("had.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert code_of(["import", "had.jsonl"]) == 0
    done = backfill(capsys, "wire", *MARCH)
    assert (done["articles"], done["backfills"][0]["known"]) == (10, 2)
    assert "/2024/03/report-25" not in site.pages()
    assert stored(capsys)["/2024/03/report-26?utm_source=x"]["text"] == "What we had."


def test_an_old_address_that_leads_to_what_we_have_is_one_more_name_of_it(
    site: Site, capsys: Capsys
) -> None:
    path = "/2024/03/report-25"
    title, at, text = site.articles[path]
    had = {"url": site.url(path), "title": title, "text": re.sub("<[^>]+>", " ", text) + " Ours.", "source": "wire",
           "published": at.isoformat()}  # fmt: skip
    Path("had.jsonl").write_text(json.dumps(had))
    assert code_of(["import", "had.jsonl"]) == 0
    before = stored(capsys)[path]
    site.moved["/2024/03/old-25"] = path
    site.bodies["/sitemap.xml"] = site.sitemap(("/2024/03/old-25", ""))
    done = backfill(capsys, "wire", *MARCH)
    assert (done["articles"], done["backfills"][0]["known"]) == (0, 1)
    after = stored(capsys)
    addresses = [site.url("/2024/03/old-25"), site.url(path)]
    assert after == {path: before | {"addresses": addresses}}, "nothing else of it is touched"
    assert backfill(capsys, "wire", *MARCH)["articles"] == 0
    assert site.pages() == [path]
    assert orphans(Path("var/newswatch.db")) == []


def test_plain_sitemaps_sections_other_sites_and_hostile_dates(site: Site, capsys: Capsys) -> None:
    for n, at in enumerate(("2024-03-05", "2023-03-05", "2024-03-06"), 100):
        site.publish(f"/a/{n}", datetime.fromisoformat(at).replace(tzinfo=UTC), n)
    site.bodies["/sitemap.xml"] = (
        site.sitemap(
            ("/a/100", "<lastmod>2024-03-07</lastmod>"),
            ("/a/100", "<lastmod>2024-03-07</lastmod>"),
            ("/a/101", "<lastmod>2024-03-08</lastmod>"),  # changed then, published a year before
            ("/a/102", ""),
            ("/", "<lastmod>2024-03-07</lastmod>"),
            ("/tag/gas", "<lastmod>2024-03-07</lastmod>"),
            ("http://127.0.0.9:1/a/1", "<lastmod>2024-03-07</lastmod>"),
            ("/a/103", "<lastmod>9999-99-99</lastmod>"),
            ("/a/104", "<lastmod>0001-01-01</lastmod>"),
            ("/a/105", "<lastmod>2999-01-01</lastmod>"),
            ("/gone/1", "<lastmod>2024-03-09</lastmod>"),
            ("/" + "x" * 5000, "<lastmod>2024-03-09</lastmod>"),
        )
        + b"<url><loc>broken"
    )
    done = backfill(capsys, "wire", *MARCH, code=1)
    assert set(site.pages()) == {"/a/100", "/a/101"}
    (one,) = done["backfills"]
    assert (one["stored"], one["outside"], one["undated"], one["other"]) == (1, 2, 4, 4)
    assert [url.rpartition("/")[2] for url in done["failed"]] == ["1"]
    assert set(stored(capsys)) == {"/a/100"}
    # Asked to, it reads those too that nobody dates, and keeps what is of that time; nothing is asked for twice.
    again = backfill(capsys, "wire", *MARCH, "--undated", code=1)
    assert Counter(site.pages()) == {"/a/100": 1, "/a/101": 1, "/a/102": 1}
    assert set(stored(capsys)) == {"/a/100", "/a/102"}
    assert again["articles"] == 1
    # What was read then and was of another time is asked for again when that is wanted.
    assert (
        backfill(capsys, "wire", "--from", "2023-03-01", "--to", "2023-03-31", "--undated")[
            "articles"
        ]
        == 1
    )
    assert site.pages().count("/a/101") == 2


def test_an_index_that_names_itself_and_others_is_walked_once_each(
    site: Site, capsys: Capsys
) -> None:
    for n in range(6):
        site.bodies[f"/index-{n}.xml"] = site.index(
            (f"/index-{n}.xml", ""), ("/sitemap.xml", ""), (f"/index-{n + 1}.xml", "")
        )
    site.bodies["/sitemap.xml"] = site.index(("/index-0.xml", ""))
    done = backfill(capsys, "wire", *MARCH, code=1)
    assert [url.rpartition("/")[2] for url in done["failed"]] == ["index-6.xml"]
    asked = [path for path in site.server.paths() if path.endswith(".xml")]  # type: ignore[union-attr]
    assert len(asked) == len(set(asked)) == 8


def test_broken_archives_are_named_and_the_rest_is_read(site: Site, capsys: Capsys) -> None:
    site.bodies["/sitemap-2024-02.xml.gz"] = gzip.compress(b"no sitemap")
    site.bodies["/sitemap-2024-01.xml.gz"] = b"\x1f\x8b broken"
    done = backfill(capsys, "wire", *ALL, code=1)
    assert done["articles"] == 12
    assert sorted(url.rpartition("/")[2] for url in done["failed"]) == [
        "sitemap-2024-01.xml.gz", "sitemap-2024-02.xml.gz",
    ]  # fmt: skip


@pytest.mark.parametrize("way", ["next", "prev-archive", "json"])
def test_a_feed_is_followed_to_its_older_pages(way: str, site: Site, capsys: Capsys) -> None:
    del site.bodies["/sitemap.xml"]
    site.bodies["/robots.txt"] = b""
    pages = [sorted(p for p in site.articles if f"/2024/{m}/" in p) for m in ("03", "02", "01")]
    for n, paths in enumerate(pages):
        on, name = site.url(f"/older-{n + 1}"), f"/older-{n}" if n else "/rss"
        if way == "json":
            items = [
                {"id": p, "url": site.url(p), "title": site.articles[p][0],
                 "date_published": site.articles[p][1].isoformat()} for p in paths
            ]  # fmt: skip
            feed = {"version": "https://jsonfeed.org/version/1.1", "title": "w", "items": items}
            site.bodies[name] = json.dumps(feed | {"next_url": on}).encode()
        else:
            link = f"<a:link xmlns:a='http://www.w3.org/2005/Atom' rel='{way}' href='{on}'/>"
            site.bodies[name] = site.feed(*paths, channel=link)
    done = backfill(capsys, "wire", "--from", "2024-02-01", "--to", "2024-03-31")
    assert done["articles"] == 24
    assert "/older-2" in site.server.paths()  # type: ignore[union-attr]
    assert "/older-3" not in site.server.paths(), "what is older than asked for is not followed"  # type: ignore[union-attr]


def test_the_sitemap_that_the_register_names_is_walked(
    site: Site, tmp_path: Path, capsys: Capsys
) -> None:
    site.bodies["/hidden/index.xml"] = site.bodies.pop("/sitemap.xml")
    site.bodies["/robots.txt"] = b""
    assert backfill(capsys, "wire", *MARCH, code=1)["articles"] == 0
    configure(tmp_path, site, f", sitemap: '{site.url('/hidden/index.xml')}'")
    assert backfill(capsys, "wire", *MARCH)["articles"] == 12


# ── whose pages may be read ─────────────────────────────────────────────────────────────────

NEWS = "<news:news><news:publication_date>{at}</news:publication_date><news:title>{title}</news:title></news:news>"


def test_a_link_only_source_gives_headlines_and_no_page_is_asked(
    site: Site, tmp_path: Path, capsys: Capsys
) -> None:
    configure(tmp_path, site, ", pages: link-only")
    site.bodies["/sitemap.xml"] = site.sitemap(
        ("/x/1", NEWS.format(at="2024-03-05T08:00:00Z", title="A gas pipeline leaks")),
        ("/x/2", "<lastmod>2024-03-06</lastmod>"),
        ("/x/3", NEWS.format(at="2022-03-05T08:00:00Z", title="Too old a gas pipeline")),
    )
    done = backfill(capsys, "wire", *MARCH)
    assert (done["articles"], done["matches"], done["pages"]) == (1, 1, 0)
    assert done["backfills"][0]["untitled"] == 1
    (one,) = stored(capsys).values()
    assert (one["title"], one["published"][:13]) == ("A gas pipeline leaks", "2024-03-05T08")
    assert backfill(capsys, "wire", *MARCH)["articles"] == 0
    assert owed() == []


def test_robots_txt_is_kept_to_for_archives_and_pages(site: Site, capsys: Capsys) -> None:
    site.publish("/closed/1", datetime(2024, 3, 4, tzinfo=UTC), 70)
    site.bodies["/closed/map.xml"] = site.sitemap(("/2024/02/report-13", ""))
    site.bodies["/sitemap.xml"] = site.index(("/closed/map.xml", ""), ("/open.xml", ""))
    site.bodies["/open.xml"] = site.sitemap(
        ("/closed/1", NEWS.format(at="2024-03-04T08:00:00Z", title="Closed headline")),
        ("/2024/03/report-25", ""),
    )
    done = backfill(capsys, "wire", *ALL, code=1)
    assert site.pages() == ["/2024/03/report-25"]
    assert "/closed/map.xml" not in site.server.paths()  # type: ignore[union-attr]
    assert {"/closed/1", "/2024/03/report-25"} == set(stored(capsys)), "headline and lead stay"
    assert all(why == "robots.txt forbids it" for why in done["failed"].values())
    site.server.asked.clear()  # type: ignore[union-attr]
    backfill(capsys, "wire", *ALL, code=1)
    assert site.pages() == []


# ── what was told, and stories ──────────────────────────────────────────────────────────────


def test_an_old_copy_joins_the_story_of_its_time_and_the_same_words_of_another_year_do_not(
    site: Site, capsys: Capsys
) -> None:
    text = "\n".join(
        f"The Karvia terminal on the inner sea closed its gas pipeline after leak {n} at the station, Velm said."
        for n in range(8)
    )
    body = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    told = {"url": "http://paper.example/1", "title": "Leak at Karvia", "text": text, "source": "paper",
            "published": "2024-03-09T09:00:00Z"}  # fmt: skip
    Path("told.jsonl").write_text(json.dumps(told))
    assert code_of(["import", "--alert", "told.jsonl"]) == 0
    (before,) = owed()
    site.articles["/2024/03/copy-1"] = (
        "Leak at Karvia",
        datetime(2024, 3, 9, 11, tzinfo=UTC),
        body,
    )
    site.articles["/2023/03/copy-2"] = (
        "CORRECTED-Leak at Karvia", datetime(2023, 3, 9, 11, tzinfo=UTC), body,
    )  # fmt: skip
    site.bodies["/sitemap.xml"] = site.sitemap(("/2024/03/copy-1", ""), ("/2023/03/copy-2", ""))
    assert backfill(capsys, "wire", "--from", "2023-01-01", "--to", "2024-12-31")["articles"] == 2
    found = stored(capsys)
    assert found["/2024/03/copy-1"]["story"] == found["/1"]["story"]
    assert found["/2023/03/copy-2"]["story"] != found["/1"]["story"]
    assert [(n["story"], n["occasion"]) for n in owed()] == [(before["story"], "first")]


def test_a_later_version_of_what_came_so_is_told(
    site: Site, tmp_path: Path, capsys: Capsys
) -> None:
    assert code_of(["once"]) == 0
    assert backfill(capsys, "wire", *MARCH)["articles"] == 12
    path = "/2024/03/report-25"
    title, at, text = site.articles[path]
    site.articles[path] = (title, at, text.replace("pipeline number 25", "gas pipeline number 52"))
    site.bodies["/rss"] = site.feed("/now/a-1", path)
    soon = (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert code_of(["once", "--now", soon]) == 0
    (told,) = owed()
    assert told["occasion"] == "first"
    assert stored(capsys)[path]["versions"] == 2


# ── polls win ───────────────────────────────────────────────────────────────────────────────


def test_what_is_as_new_as_polls_bring_is_left_to_them_and_told(site: Site, capsys: Capsys) -> None:
    assert code_of(["once"]) == 0
    new = datetime.now(UTC) - timedelta(hours=1)
    site.publish("/now/a-2", new, 950, "New")
    site.bodies["/sitemap.xml"] = site.sitemap(
        ("/now/a-2", NEWS.format(at=new.isoformat(), title="New")),
        ("/now/a-3", f"<lastmod>{new.isoformat()}</lastmod>"),
    )
    done = backfill(capsys, "wire", "--from", "2d", code=1)
    assert done["backfills"][0]["polling"] == 3, "what the feed shows itself, too"
    assert site.pages() == ["/now/a-1"]
    site.bodies["/rss"] = site.feed("/now/a-1", "/now/a-2")
    soon = (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert code_of(["once", "--now", soon]) == 0
    assert [told["occasion"] for told in owed()] == ["first"]


def test_what_waits_for_a_backfill_is_a_polls_once_a_feed_shows_it(
    site: Site, capsys: Capsys
) -> None:
    assert code_of(["once"]) == 0
    at = datetime.now(UTC) - timedelta(days=10)
    for n in (1, 2):
        site.publish(f"/late/b-{n}", at, 950 + n)
    dated = f"<lastmod>{at.isoformat()}</lastmod>"
    site.bodies["/sitemap.xml"] = site.sitemap(("/late/b-1", dated), ("/late/b-2", dated))
    assert backfill(capsys, "wire", "--from", "30d", "--later")["planned"] == ["wire"]
    assert site.pages() == ["/now/a-1"]
    ledger = open_ledger(STORE)
    settled_archives(ledger, site)
    ledger.close()
    assert said(capsys, "backfill")[0]["pages_left"] == 2
    site.bodies["/rss"] = site.feed("/now/a-1", "/late/b-1")
    soon = (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with Path("config/newswatch.yaml").open("a") as main:
        main.write("alert_max_age: 30d\n")
    assert code_of(["once", "--now", soon]) == 0
    assert site.pages() == ["/now/a-1", "/late/b-1"]
    assert [told["occasion"] for told in owed()] == ["first"], "its feed shows it: it is news"
    assert said(capsys, "backfill")[0]["pages_left"] == 1


def test_what_a_backfill_read_and_did_not_keep_is_news_once_a_feed_shows_it(
    site: Site, capsys: Capsys
) -> None:
    site.etags = True
    assert code_of(["once"]) == 0
    site.publish("/late/b-1", datetime.now(UTC) - timedelta(days=10), 950)
    site.bodies["/sitemap.xml"] = site.sitemap(("/late/b-1", ""))
    done = backfill(capsys, "wire", "--from", "30d", "--to", "20d", "--undated", code=1)
    assert (done["backfills"][0]["outside"], done["articles"]) == (2, 0)
    site.bodies["/rss"] = site.feed("/now/a-1", "/late/b-1")
    with Path("config/newswatch.yaml").open("a") as main:
        main.write("alert_max_age: 30d\n")
    soon = (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert code_of(["once", "--now", soon]) == 0
    assert [told["occasion"] for told in owed()] == ["first"]


def test_a_feed_that_is_watched_no_more_has_no_past_to_ask_for(
    site: Site, tmp_path: Path, capsys: Capsys
) -> None:
    assert backfill(capsys, "wire", *ALL, "--later")["planned"] == ["wire"]
    assert said(capsys, "backfill")[0]["archives_left"] > 0
    configure(tmp_path, site, ", enabled: false")
    assert code_of(["once"]) == 0
    (one,) = said(capsys, "backfill")
    assert (one["state"], one["archives_left"]) == ("stopped", 0)
    assert code_of(["backfill", "wire", *ALL]) == 2
    assert site.pages() == []


class Past(World):
    """A daemon by a driven clock, with hundreds of pages of the past to ask for on the hosts that it polls."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.asked: list[tuple[datetime, str, int]] = []
        self.late: list[str] = []

    def wait_for(self, count: int) -> None:
        """Plan a backfill of each feed, whose archives were walked and list so many pages."""
        plan = Backfill("", NOW - 90 * DAY, NOW)
        for feed in FEEDS:
            one = replace(plan, feed=feed.name, hosts=(f"{feed.name}.example",))
            open_keeper(self.store).backfill([(one, ())], NOW)
            rows = []
            for n in range(count):
                url = f"http://{feed.name}.example/past/{n}"
                article = Article(url, f"Past {n}", published=NOW - 30 * DAY, published_from="feed")
                shown = Shown("", "", url, article)
                rows.append(frontier.past_request("page", url, feed, NOW, shown))
            self.ledger.keep(Changeset(NOW, asked=tuple(rows)))

    def _answer(self, request: Request) -> Outcome:
        self.asked.append((self.true, host(request.url), request.look))
        if request.look != PAST:
            return super()._answer(request)
        waits = "SELECT url FROM request WHERE host = ? AND pending = 1 AND look >= 0 AND (due <= ? OR id IN (SELECT request FROM lease))"
        found = self.ledger._connection.execute(waits, (host(request.url), stamp(self.clock.at)))  # type: ignore[attr-defined]
        self.late += [row[0] for row in found.fetchall()]
        article = Article(
            request.url, "", told(int(request.url.rpartition("/")[2])), "en", quality="full"
        )
        return Outcome(request, 200, request.url, article=article)

    def run_for(self, seconds: int) -> None:
        """Let the hands move every five seconds."""
        for _ in range(seconds // 5):
            self.true += timedelta(seconds=5)
            self.step()


def test_polls_are_on_time_while_hundreds_wait_and_no_host_is_asked_for_more_than_its_budget(
    tmp_path: Path,
) -> None:
    polls = []
    for count in (0, 400):
        folder = tmp_path / str(count)
        folder.mkdir()
        world = Past(folder)
        try:
            world.step()
            if count:
                world.wait_for(count)
            world.run_for(3600)
            polls.append([(at, name, look) for at, name, look in world.asked if look != PAST])
            past = Counter(name for _at, name, look in world.asked if look == PAST)
        finally:
            world.close()
        assert world.late == [], "a poll, a new page or a look waited for a backfill"
    assert polls[0] == polls[1]
    assert len(polls[0]) > 4
    assert past == dict.fromkeys((f"{feed.name}.example" for feed in FEEDS), 400)


def test_a_large_archive_is_taken_some_at_a_time_and_an_index_without_an_end_ends(
    tmp_path: Path,
) -> None:
    world = Past(tmp_path)
    ledger, known = world.ledger, world.ledger.known
    feed = FEEDS[1]
    url = "http://paper.example/sitemap.xml"
    plan = Backfill(feed.name, NOW - 90 * DAY, NOW, hosts=("paper.example",))
    window = tuple(
        Shown(request_id("page", at), "", at, Article(at, "", published=NOW - 30 * DAY, published_from="modified"))
        for at in (f"http://paper.example/past/{n}" for n in range(12))
    )  # fmt: skip
    parts = tuple(f"http://paper.example/map-{n}.xml" for n in range(9))
    asked = []
    try:
        open_keeper(world.store).backfill([(plan, (url,))], NOW)
        for minute in range(20):
            now = NOW + timedelta(minutes=minute)
            (request,) = ledger.past(now, 60, alone=True)
            if request.kind == "page":
                break
            if request.url != url:
                ingest.settle(
                    Outcome(request, 200, request.url, walked=Walked(archives=1)),
                    ledger,
                    world.standing,
                    now,
                )
                continue
            outcome = Outcome(
                request, 200, url, window=window, parts=parts, etag="x", walked=Walked(archives=1)
            )
            draft, polling = Draft(known, world.standing, now), past.Polling(feed, known, now, DAY)
            changes = past.archive_changes(
                outcome, feed, draft, known, polling, now, most=4, at_once=5
            )
            assert changes.request is not None
            assert bool(changes.request.etag) is not changes.request.pending, (
                "it must come whole again"
            )
            assert ledger.keep(changes)
            asked.append(Counter(one.kind for one in changes.asked))
        archive = open_archive(world.store)
        (found,) = archive.backfills()
        archive.close()
    finally:
        world.close()
    assert asked == [{"page": 5, "archive": 3}, {"page": 5}, {"page": 2}]
    assert (found["asked"], found["archives"], found["beyond"]) == (12, 4, 6)


def test_a_page_of_the_past_that_a_feed_shows_while_it_is_on_its_way_is_news(
    tmp_path: Path,
) -> None:
    world = Past(tmp_path)
    try:
        world.wait_for(1)
        ledger = world.ledger
        page = next(r for r in ledger.past(NOW, 60, alone=True) if r.feed == "paper")
        poll = next(r for r in ledger.due(NOW) if r.feed == "paper")
        shown = entry(page.url, "Past 0", "Of a leak.", published=NOW, quality="lead")
        outcome = Outcome(replace(poll, backlog=False), 200, poll.url, window=(shown,))
        assert ingest.settle(outcome, ledger, world.standing, NOW) is not None
        article = Article(page.url, "", f"Of a leak. {told(1)}", "en", quality="full")
        read = ingest.settle(
            Outcome(page, 200, page.url, article=article), ledger, world.standing, NOW
        )
        assert read is not None
        assert {n.occasion for n in read.notifications} == {"first"}
        assert [r.url for r in ledger.due(NOW) if r.kind == "page"] == [], (
            "and is not asked for again"
        )
    finally:
        world.close()


def test_a_host_with_anything_else_to_ask_has_nothing_of_the_past_and_then_its_budget(
    tmp_path: Path,
) -> None:
    world = Past(tmp_path)
    try:
        world.wait_for(200)
        ledger = world.ledger
        assert ledger.past(NOW, 60) == (), "polls are due"
        claimed = ledger.due(NOW, share=20)
        assert {request.look for request in claimed} == {0}
        assert ledger.past(NOW, 60) == (), "and on their way"
        assert len(ledger.past(NOW, 60, alone=True)) == 2, "one a host, where nobody polls"
        assert ledger.past(NOW, 60, alone=True) == ()
        ledger.begin("anew", NOW)
        spent = 0
        for minute in range(60):
            while found := ledger.past(NOW + timedelta(minutes=minute), 60, alone=True):
                spent += len(found)
                ledger.begin("anew", NOW)
        assert spent in range(2 * 59, 2 * 62)
    finally:
        world.close()


# ── goes on where it was left ───────────────────────────────────────────────────────────────


def test_killed_on_the_way_it_goes_on_and_asks_for_nothing_twice(
    site: Site, tmp_path: Path, capsys: Capsys
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "newswatch", "backfill", "wire", *ALL],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ,
    )  # fmt: skip
    try:
        (tmp_path / "log").write_text("")
        until(lambda: len(site.pages()) >= 10 or child.poll() is not None, tmp_path)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    kept = len(stored(capsys))
    assert 0 < kept < 36
    # The walk goes on where it was: no archive is walked again.
    before = site.server.paths().count("/sitemap.xml")  # type: ignore[union-attr]
    done = backfill(capsys, "wire", *ALL)
    assert done["articles"] == 36 - kept
    assert site.server.paths().count("/sitemap.xml") == before  # type: ignore[union-attr]
    twice = [path for path, n in Counter(site.pages()).items() if n > 1]
    assert len(twice) <= 1, "what was on its way when it was killed"
    assert len(stored(capsys)) == 36


@pytest.mark.parametrize("who", ["once", "run"])
def test_who_polls_goes_before_a_backfill_that_is_at_work_and_it_goes_on(
    who: str, site: Site, tmp_path: Path
) -> None:
    configure(tmp_path, site, crawl=", per_host: 1")
    main = tmp_path / "config" / "newswatch.yaml"
    main.write_text(main.read_text().replace("spacing: 0", "spacing: 0.25"))
    (tmp_path / "log").write_text("")
    child = subprocess.Popen(
        [sys.executable, "-m", "newswatch", "backfill", "wire", *ALL],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ,
    )  # fmt: skip
    try:
        until(lambda: len(site.pages()) >= 3 or child.poll() is not None, tmp_path)
        if who == "once":
            assert code_of(["once"]) == 0
            assert "/now/a-1" in site.pages()
            assert len(set(site.pages())) < 37, "the backfill was not over"
            out, _ = child.communicate(timeout=120)
            assert child.returncode == 0, out
        else:
            with running(tmp_path):
                out, _ = child.communicate(timeout=60)
                assert "the running daemon works it off" in out
                until(lambda: len(set(site.pages())) == 37, tmp_path, 120)
        assert "polls go first" in out
    finally:
        child.kill()
        child.wait()
    assert set(site.pages()) == set(site.articles)
    assert orphans(Path("var/newswatch.db")) == []


def test_a_daemon_works_it_off_beside_its_polls_and_it_can_be_stopped(
    site: Site, tmp_path: Path, capsys: Capsys
) -> None:
    with running(tmp_path):
        until(lambda: "/now/a-1" in site.pages(), tmp_path)
        planned = backfill(capsys, "wire", *MARCH)
        assert planned["planned"] == ["wire"]
        until(lambda: said(capsys, "backfill")[0]["state"] == "done", tmp_path)
        assert len(stored(capsys)) == 13
        assert owed() == []
        assert backfill(capsys, "wire", *ALL)["planned"] == ["wire"]
        assert backfill(capsys, "wire", "--stop", code=0)["stopped"] == 1
        assert said(capsys, "backfill")[0]["state"] == "stopped"
        left = said(capsys, "backfill")[0]
        assert (left["archives_left"], left["pages_left"]) == (0, 0)


def test_what_is_under_way_goes_on_without_saying_it_all_again(site: Site, capsys: Capsys) -> None:
    assert backfill(capsys, "wire", *MARCH, "--later")["planned"] == ["wire"]
    assert said(capsys, "status")[0]["backfill_waiting"] == 2
    assert code_of(["status"]) == 0
    assert "backfills: 2 requests waiting" in capsys.readouterr().out
    assert code_of(["once"]) == 0
    assert "backfills wait: `once` asks for nothing of them" in capsys.readouterr().err
    assert backfill(capsys, "wire")["articles"] == 12
    assert code_of(["once"]) == 0
    assert "backfills wait" not in capsys.readouterr().err
    assert code_of(["backfill", "wire"]) == 2


# ── what is said ────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_counts_by_month_and_keeps_nothing(site: Site, capsys: Capsys) -> None:
    (row,) = said(capsys, "backfill", "wire", *ALL, "--dry-run")
    assert row["months"] == {"2024-01": 12, "2024-02": 12, "2024-03": 12}
    assert (row["entries"], row["known"], row["pages"]) == (36, 0, 36)
    assert row["seconds"] >= 36
    assert site.pages() == []
    assert not Path("var/newswatch.db").exists()
    assert code_of(["backfill", "wire", *ALL, "--dry-run"]) == 0
    assert "2024-02  12" in capsys.readouterr().out


def test_on_a_terminal_it_says_how_far_it_is_and_how_long_it_takes(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    for words, shown in ((["--quiet"], False), ([], True)):
        with monkeypatch.context() as terminal:
            terminal.setattr(sys.stderr, "isatty", lambda: True)
            assert code_of([*words, "backfill", "wire", *MARCH]) == 0
        err = capsys.readouterr().err
        found = re.findall(
            r"backfilling: \d+ archives? and \d+ pages? read, \d+ new articles?; \d+ to ask, about \d+ s",
            err,
        )
        assert bool(found) is shown, err
        Path("var/newswatch.db").unlink()


def test_a_dry_run_says_what_polls_may_bring(site: Site, capsys: Capsys) -> None:
    for hours, n in ((1, 2), (200, 3)):
        at = datetime.now(UTC) - timedelta(hours=hours)
        site.publish(f"/now/a-{n}", at, 950 + n)
    dated = [
        (path, f"<lastmod>{site.articles[path][1].isoformat()}</lastmod>")
        for path in ("/now/a-2", "/now/a-3")
    ]
    site.bodies["/sitemap.xml"] = site.sitemap(*dated)
    (row,) = said(capsys, "backfill", "wire", "--from", "20d", "--dry-run")
    assert (row["entries"], row["recent"]) == (3, 2), "the feed's own, too"
    assert code_of(["backfill", "wire", "--from", "20d", "--dry-run"]) == 0
    assert "2 of them so new that polls may bring them" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("wirr", *MARCH),
        ("wire",),
        ("wire", "--from", "2024-03-31", "--to", "2024-03-01"),
        ("wire", "--from", "2124-03-01"),
        ("wire", "--from", "2024-03-01", "--to", "2124-03-01"),
        ("wire", "--from", "soon"),
        ("--from", "2024-03-01"),
        ("--stop",),
        ("wire", "--stop", "--from", "2024-03-01"),
    ],
)
def test_mistakes_are_said_and_nothing_is_asked(
    words: tuple[str, ...], site: Site, capsys: Capsys
) -> None:
    assert code_of(["backfill", *words]) == 2
    assert capsys.readouterr().err
    assert site.server.asked == []  # type: ignore[union-attr]
    assert not Path("var/newswatch.db").exists()


def test_nothing_of_that_time_is_said(site: Site, capsys: Capsys) -> None:
    backfill(capsys, "wire", "--from", "2020-03-01", "--to", "2020-04-01", code=1)
    assert site.pages() == []
    (one,) = said(capsys, "backfill")
    assert (one["state"], one["from"][:10], one["to"][:10]) == ("done", "2020-03-01", "2020-04-02")
    assert code_of(["backfill", "wire", "--status"]) == 0
    assert "done" in capsys.readouterr().out
    assert code_of(["backfill", "paper", "--status"]) == 1


def test_feeds_of_one_site_walk_its_sitemaps_once(
    site: Site, tmp_path: Path, capsys: Capsys
) -> None:
    site.bodies["/rss2"] = site.feed("/now/a-1")
    Path("feeds.yaml").write_text(
        f"feeds: [{{name: wire, newsroom: W, url: '{site.url('/rss')}'}}, {{name: more, newsroom: W, url: '{site.url('/rss2')}'}}]"
    )
    done = backfill(capsys, "W", *MARCH)
    assert done["articles"] == 12
    assert site.server.paths().count("/sitemap.xml") == 1  # type: ignore[union-attr]
    assert {one["feed"]: one["stored"] for one in done["backfills"]} == {"wire": 12, "more": 0}
