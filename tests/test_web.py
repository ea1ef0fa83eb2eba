"""The archive in a browser, without one: what the server answers, to whom, and what it never does."""

from __future__ import annotations

import contextlib
import html
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive_of import HOUR, MARKET, NOW, Desk, entry, report
from browsed import EVIL, FEEDS, HOSTILE, Served, grown, serving
from newswatch.cli import code_of
from newswatch.model import EPOCH
from newswatch.query import QueryError, Since, read
from newswatch.store import open_archive, open_keeper

PAGES = ("/", "/?page=2", "/search", "/search?q=gas", "/rules", "/rule/gas", "/feeds", "/feed/wire")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    with grown(tmp_path_factory.mktemp("web")) as desk:
        return desk.address


@pytest.fixture(scope="module")
def served(store: str) -> Iterator[Served]:
    with serving(store) as found:
        yield found
        code, err = found.end()
        assert (code, err) == (0, "Ctrl-C ends it\n"), (
            err
        )  # and nothing was complained of all along


def ids(store: str, words: str) -> tuple[str, str]:
    """The article and story of the newest hit."""
    with contextlib.closing(open_archive(store)) as archive:
        hit = next(archive.search(read(words), limit=1))
    return hit.version.article, hit.story


def text(body: str) -> str:
    """What a page says, without its tags."""
    return html.unescape(re.sub(r"<[^>]*>", " ", body.partition("<main")[2]))


def test_each_page_says_what_the_archive_holds(served: Served, store: str) -> None:
    article, story = ids(store, "terminal")
    for path in (*PAGES, f"/story/{story}", f"/article/{article}"):
        status, body, headers = served.asked(path)
        assert status == 200, (path, body[-2000:])
        assert body.count("<h1") == 1, path
        assert headers["Content-Type"].startswith("text/html"), path
    said = text(served.asked("/?page=1")[1])
    assert "Also reported by 2 newsrooms: Daybreak Portal, Harbour Press" in said
    said = text(served.asked(f"/story/{story}")[1])
    assert "3 articles in 3 newsrooms: Northgate Wire, Daybreak Portal, Harbour Press" in " ".join(
        said.split()
    )
    assert "same text 1.00 (same words)" in said
    compared = served.asked(f"/article/{article}?old=1&new=2")[1]
    assert "<del>48</del>" in compared
    assert "<ins>38</ins>" in compared
    assert "<del>third</del>" in compared
    assert "<mark>gas pipeline</mark>" in compared  # what the rule found
    assert "48 million" in text(served.asked(f"/article/{article}?n=1")[1])
    said = " ".join(text(served.asked("/rule/gas")[1]).split())
    assert "Matched 5 versions, 1 story" in said
    assert "failing since 2026-03-03 08:00 : HTTP 500 <i>broken</i>" in " ".join(text(served.asked("/feed/silent")[1]).split())  # fmt: skip
    assert "energy" in text(served.asked("/feed/wire")[1])


def test_a_search_says_what_the_command_line_says(served: Served, store: str, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    for query in ("(gas", '"', "gas NEAR/0 oil", "-sport", "title:", "x" * 10_001, "/(/ gas"):
        with pytest.raises(QueryError) as wrong:
            read(query)
        status, body, _ = served.asked(f"/search?q={quote(query)}")
        assert status == 400, query
        assert html.unescape(body).count(str(wrong.value)), query
        assert "What may be written" in body
    status, body, _ = served.asked(f"/search?q={'gas' * 33_000}")  # 100 KB
    assert (status, "at most 10,000 characters" in body) == (400, True)
    assert served.asked(f"/search?q={'g' * 300_000}")[0] == 400  # no page is made of that
    article, _ = ids(store, "freight")
    for query, more in (
        ("freight", ""),
        ("freight", "&sort=relevance"),
        ("source:wire title:grain", ""),
    ):
        body = served.asked(f"/search?q={quote(query)}{more}")[1]
        assert re.findall(r'class="hit" href="/article/([0-9a-f]+)"', body) == [article], query
    assert "1 article" in text(served.asked("/search?q=freight")[1])
    assert 'href="/story/' in served.asked("/search?q=freight&by=stories")[1]
    assert "the word freight in any inflection" in served.asked("/search?q=freight")[1]
    for query in ("freigth", "source:wier", "gas | zeppelin"):
        said = html.unescape(served.asked(f"/search?q={quote(query)}")[1])
        assert "Nothing found." in said
        assert code_of(["--store", store, "search", query]) == 1
        first, *lines = capsys.readouterr().err.splitlines()
        assert first == "nothing found"
        assert lines
        assert all(f"<li>{line}</li>" in said for line in lines), (lines, said)


def test_a_list_goes_on_from_page_to_page_and_ends(served: Served, store: str) -> None:
    with contextlib.closing(open_archive(store)) as archive:
        stories = [hit.story for hit in archive.search(Since(EPOCH), limit=1000, stories=True)]
    found: list[str] = []
    path = "/"
    for _ in range(10):
        body = served.asked(path)[1]
        found += re.findall(r'class="hit" href="/story/([0-9a-f]+)"', body)
        following = re.search(r'rel="next" href="([^"]+)"', body)
        if not following:
            break
        path = html.unescape(following[1])
    assert found == stories
    assert len(found) > 40
    assert served.asked("/?page=25")[0] == 200
    assert ">Older<" in served.asked("/search?q=report")[1]
    assert ">Next<" in served.asked("/search?q=report&sort=relevance")[1]
    for page, status in ((26, 404), (10**9, 400), (0, 400), (-1, 400), ("x", 400), ("٣", 400)):
        assert served.asked(f"/?page={quote(str(page))}")[0] == status, page


def test_what_is_not_there_is_a_page_that_says_so(served: Served, store: str) -> None:
    article, _ = ids(store, "terminal")
    for path, said in (
        ("/story/aaaaaaaa", "no article or version begins so"),
        ("/article/0123456789abcdef", "no article or version begins so"),
        (f"/article/{article}?n=9", "there is no version 9: 3 kept"),
        ("/rule/none", 'there is no rule "none"'),
        ("/feed/none", 'there is no feed "none"'),
        ("/feed/%2e%2e%2f", 'there is no feed "../"'),
        ("/story/../rules", "there is no such page"),
        ("/feeds/", "there is no such page"),
        ("//evil.example", "there is no such page"),
        ("/%2f%2fevil.example/", "there is no such page"),
    ):
        status, body, headers = served.asked(path)
        assert (status, said in html.unescape(body)) == (404, True), (path, status, text(body))
        assert "Location" not in headers
    assert served.asked("/article/http:%2f%2fwire.example%2fleak")[0] == 404


def test_of_datasette_itself_nothing_is_shown_without_a_copy(served: Served) -> None:
    for path in (
        "/_memory", "/_memory?sql=select+1", "/_internal", "/test", "/test/version", "/test.db", "/-/versions",
        "/-/metadata", "/-/settings", "/-/databases.json", "/-/threads", "/-/actor.json", "/-/logout", "/-/patterns",
        "/-/static/app.css", "/-/messages", "/-/permissions", "/-/allow-debug", "/-/auth-token?token=x", "/.json", "/favicon.ico",
        "/-/static-plugins/newswatch.web/../templates/newswatch/frame.html", "/-/static-plugins/newswatch.web/none.css",
        "/-/static-plugins/newswatch.web/%2e%2e/site.py", "/-/static-plugins/newswatchxweb/site.css",
    ):  # fmt: skip
        status, body, _ = served.asked(path)
        assert status in (403, 404), (path, status)
        assert "import " not in body


def test_only_who_may_asks_and_only_to_read(served: Served) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
        status, _, headers = served.asked("/", method)
        assert (status, headers.get("Allow")) == (405, "GET, HEAD"), method
    assert served.asked("/", "HEAD")[:2] == (200, "")
    for host, status in (
        ("evil.example", 421), (f"evil.example:{served.port}", 421), ("localhost", 200), ("LOCALHOST:1", 200),
        ("[::1]:80", 200), ("10.0.0.1", 200), ("localhost.evil.example", 421),
    ):  # fmt: skip
        assert served.asked("/rules", Host=host)[0] == status, host
    across = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert served.asked("/", **across)[0] == 403
    assert served.asked("/", **{**across, "Sec-Fetch-Mode": "navigate"})[0] == 200
    for cookie in ("ds_actor=x; ds_messages=y", 'a="\\777; b', "=" * 4000):
        status, _, headers = served.asked("/", Cookie=cookie, Authorization="Bearer x")
        assert (status, "Set-Cookie" in headers) == (200, False)


def test_every_answer_forbids_what_no_page_needs(served: Served, store: str) -> None:
    article, _ = ids(store, "terminal")
    for path in (
        *PAGES,
        f"/article/{article}",
        "/none",
        "/-/static-plugins/newswatch.web/site.css",
        "/search?q=(",
    ):
        _, body, headers = served.asked(path)
        assert headers["Content-Security-Policy"].startswith(
            "default-src 'none'; style-src 'self'; script-src 'self';"
        )
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in headers
        for tag in re.findall(r"<[a-z][^>]*>", body):
            assert not re.search(r"<script(?! src)|<style|\sstyle=|\son\w+=", tag), (path, tag)


def test_what_wires_wrote_is_text(served: Served, store: str) -> None:
    bodies = [
        served.asked(path)[1] for path in ("/", "/?page=2", "/feed/evil", "/search?q=source:evil")
    ]
    with contextlib.closing(open_archive(store)) as archive:
        hits = list(archive.search(read("source:evil"), limit=100))
    assert len(hits) == len(HOSTILE) + 2
    for hit in hits:
        bodies += [
            served.asked(f"/article/{hit.version.article}")[1],
            served.asked(f"/story/{hit.story}")[1],
        ]
    for body in bodies:
        assert "<script>alert" not in body
        assert "<img" not in body
        assert "<b>Evil" not in body
        assert "javascript:" not in body.replace(
            "javascript:alert(1)<", ""
        )  # as an address it is words at most
        assert 'href="javascript' not in body
        assert not re.search("[\x00-\x08\u202a-\u202e\u2066-\u2069\u200f]", body)
        assert "49" not in text(body).partition("7 * 7")[2][:20]
        assert not re.search("[\u0335\u0336]{6}", body)
        for out in re.findall(r'<a[^>]* href="http[^>]*>', body):
            assert 'rel="noreferrer noopener external"' in out
    q = quote('"><script>alert(1)</script>')
    assert "<script>alert" not in served.asked(f"/search?q={q}")[1]
    assert "<script>alert" not in served.asked(f"/feed/{q}")[1]


def test_pages_show_what_is_kept_beside_and_hold_no_log(tmp_path: Path) -> None:
    with grown(tmp_path, hostile=False) as desk, serving(desk.address) as served:
        for n in range(5):
            title = f"News number {n} from the fair"
            desk.poll("portal", (entry(f"http://portal.example/n{n}", title, report(50 + n)),), NOW + (5 + n) * HOUR)  # fmt: skip
            body = served.asked("/")[1]
            assert title in body
        for path in PAGES:
            served.asked(path)
        # A reader that holds its place would leave the log as it is.
        with contextlib.closing(sqlite3.connect(desk.address.partition(":")[2])) as writer:
            busy, log, moved = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert (busy, log, moved) == (0, 0, 0)
        held = list(Path(f"/proc/{served.child.pid}/fd").iterdir())
        files = [str(file.readlink()) for file in held if file.is_symlink()]
        assert not [file for file in files if "test.db" in file]


def test_a_store_that_goes_or_breaks_is_said_by_a_page_and_comes_back(tmp_path: Path) -> None:
    with grown(tmp_path, hostile=False) as desk:
        pass
    path = Path(desk.address.partition(":")[2])
    whole = path.read_bytes()
    with serving(desk.address) as served:
        assert served.asked("/")[0] == 200
        path.write_bytes(b"no database at all, " * 1000)
        status, body, _ = served.asked("/")
        assert (status, "not a sound newswatch store" in body or "not newswatch" in body) == (
            503,
            True,
        ), text(body)
        path.unlink()
        status, body, _ = served.asked("/feeds")
        assert (status, "there is no store yet" in body) == (503, True)
        path.write_bytes(whole)
        assert served.asked("/")[0] == 200
        assert served.asked("/feeds")[0] == 200


def test_a_search_that_takes_long_is_ended_and_says_how_far_it_came(tmp_path: Path) -> None:
    from threading import Event

    from newswatch.web import pages
    from newswatch.web.patience import Patience

    with (
        grown(tmp_path, hostile=False) as desk,
        contextlib.closing(open_archive(desk.address)) as archive,
    ):
        clock = iter(range(1000))
        patience = Patience(Event(), 6.0, lambda: float(next(clock)))
        asked = pages.Asked(archive, tuple, tuple, patience, "", {"q": "lang:en"})
        found = pages.search(asked).values["found"]
        assert (len(found.lines), found.ended) == (
            4,
            patience.reached,
        )  # of five looked at, two are one article's
        ending = Event()
        ending.set()
        asked = pages.Asked(archive, tuple, tuple, Patience(ending), "", {"q": "lang:en"})
        assert pages.search(asked).values["found"].lines == ()


def test_a_copy_s_tables_are_datasette_s_own_and_the_live_file_s_never(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    with grown(tmp_path) as desk:
        copy = open_keeper(desk.address).backup(NOW + 9 * HOUR)
        before = copy.read_bytes()
        with serving(desk.address, "--copy", str(copy)) as served:
            assert 'href="/copy"' in served.asked("/")[1]
            desk.poll(
                "portal",
                (entry("http://portal.example/late", "Late news", MARKET),),
                NOW + 10 * HOUR,
            )
            for path, said in (
                ("/copy", "version"), ("/copy/version", "Karvia"), ("/copy/version.json?_shape=array&_size=1", '"article"'),
                ("/copy?sql=select+count(*)+as+n+from+article", "n"), ("/-/static/app.css", "font"),
            ):  # fmt: skip
                status, body, headers = served.asked(path)
                assert (status, said in body) == (200, True), (path, status)
                assert "script-src 'self';" in headers["Content-Security-Policy"]
                assert EVIL not in body or path.endswith("size=1")
            assert "Late news" not in served.asked("/copy/version?_size=max")[1]
            assert served.asked("/copy?sql=delete+from+article")[0] == 400
            assert served.asked("/copy.db")[0] == 403
            assert served.asked("/_internal")[0] == 404
            assert served.asked("/-/databases.json")[0] == 404
            assert served.asked("/copyx")[0] == 404
        assert copy.read_bytes() == before
        live = desk.address.partition(":")[2]
        for wrong, said in (
            (live, "is written to"),
            (str(tmp_path / "none.db"), "there is no store"),
        ):
            assert code_of(["--store", desk.address, "web", "--port", "0", "--copy", wrong]) in (
                1,
                2,
            )
            assert said in capsys.readouterr().err


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(
        [
            "/search?q=",
            "/search?by=stories&q=",
            "/search?sort=relevance&q=",
            "/feed/",
            "/rule/",
            "/story/",
            "/article/",
            "/",
            "/?page=",
            "/search?page=2&q=gas&sort=",
        ]
    ),
    st.text(max_size=40)
    | st.sampled_from(
        [
            "gas",
            "%",
            "\x00",
            "\ud800",
            "a" * 5000,
            "(" * 300,
            "../..",
            "gas OR",
            "since:9999",
            "/a/ gas",
        ]
    ),
)
def test_whatever_is_asked_is_answered(served: Served, path: str, said: str) -> None:
    for quoted in (
        quote(said.encode("utf-8", "surrogatepass")),
        quote(said.encode("utf-16", "surrogatepass")),
    ):
        status, body, _ = served.asked(f"{path}{quoted}")
        assert status in (200, 400, 404), (path, said, body[-500:])
        assert "</html>" in body


def test_names_of_feeds_and_rules_travel_in_an_address(tmp_path: Path) -> None:
    from dataclasses import replace

    from newswatch.model import Rule

    odd = "Ö/ä & <b>? 100%"
    feeds = (replace(FEEDS[0], name=odd), *FEEDS[1:])
    with Desk(tmp_path, feeds=feeds, in_force=(Rule(odd, "freight", ()),), plans=()) as desk:
        desk.poll(odd, (entry("http://wire.example/1", "Grain freight", MARKET),), NOW)
        with serving(desk.address) as served:
            for path, heading in (("/feeds", "feed"), ("/rules", "rule")):
                body = served.asked(path)[1]
                (link,) = re.findall(rf'href="(/{heading}/%C3[^"]+)"', body)
                status, body, _ = served.asked(html.unescape(link))
                assert (status, f"<h1>{html.escape(odd)}</h1>" in body) == (200, True), (
                    link,
                    status,
                )
