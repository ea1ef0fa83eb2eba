"""One trip, branch by branch: asking and reading are plain functions here, what they bring is real."""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import pytest

from newswatch import crawl
from newswatch.model import Failure, Outcome, Page, Request, RequestKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WIRE, ADDRESS = "https://wire.example/rss", "https://wire.example/2026/gas"
STORY = (
    "Gas transit through the strait stopped on Sunday after the operator declared force majeure. "
    * 4
)
ITEMS = "".join(
    f"<item><guid>{n}</guid><link>/2026/{n}</link><title>Story {n}</title><description>Lead {n}.</description></item>"
    for n in range(3)
)
RSS = f"<?xml version='1.0'?><rss version='2.0'><channel><title>Wire</title><ttl>5</ttl>{ITEMS}</channel></rss>".encode()
HTML = f"<html><head><title>Gas stops</title></head><body><article><p>{STORY}</p><p>{STORY}</p></article></body></html>".encode()
ERROR_PAGE = b"<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body>Back soon.</body></html>"
JSON = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "Wire", "items": [
    {"id": "1", "url": "https://wire.example/1", "title": "One", "content_text": "Gas."}]}"""
SITEMAP = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
    <url><loc>https://wire.example/1</loc><news:news><news:title>One</news:title></news:news></url></urlset>"""
INDEX = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
    <sitemap><loc>https://wire.example/a.xml</loc></sitemap><sitemap><loc>/b.xml</loc></sitemap></sitemapindex>"""


def hashed(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()


def asked(kind: RequestKind = "feed", **known: Any) -> Request:
    url = WIRE if kind == "feed" else ADDRESS
    before = {
        "etag": '"old"',
        "last_modified": "then",
        "body_hash": "0" * 32,
        "lang": "en",
        **known,
    }
    return Request("1", kind, url, "wire", NOW, NOW, **before)


@dataclass
class Trip:
    """A trip whose answer is given, and what a child was asked to do on it."""

    answer: Page | Failure
    fails: Failure | None = None
    children: list[tuple[Callable[..., Any], tuple[Any, ...]]] = field(default_factory=list)

    def __call__(self, request: Request, *, best: bool = False) -> Outcome:
        async def get(wanted: Request) -> Page | Failure:
            assert wanted is request
            return self.answer

        async def in_child(function: Callable[..., Any], *arguments: Any) -> Any:
            self.children.append((function, arguments))
            # All that crosses to a child and back is pickled there.
            function, arguments = pickle.loads(pickle.dumps((function, arguments)))
            return self.fails or pickle.loads(pickle.dumps(function(*arguments)))

        outcome = asyncio.run(crawl.crawl(request, get, in_child, best=best))
        assert outcome.request is request
        return outcome


def page(body: bytes = RSS, status: int = 200, **said: Any) -> Page:
    return Page(status, said.pop("url", WIRE), body, **said)


def keeps_its_validators(outcome: Outcome) -> bool:
    known = outcome.request
    before = (known.url, known.etag, known.last_modified, known.body_hash)
    return (outcome.url, outcome.etag, outcome.last_modified, outcome.body_hash) == before


# ── nothing to read ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["feed", "page"])
@pytest.mark.parametrize(
    "failure",
    [Failure("dns", "no such name"), Failure("status", "HTTP 503", 503, 120), Failure("robots", "forbids it")],
    ids=lambda failure: failure.kind,
)  # fmt: skip
def test_a_failed_request_keeps_its_validators(kind: RequestKind, failure: Failure) -> None:
    trip = Trip(failure)
    outcome = trip(asked(kind))
    assert outcome.failure is failure
    assert outcome.status == failure.status
    assert keeps_its_validators(outcome)
    assert (outcome.window, outcome.article, outcome.unchanged, trip.children) == (
        (),
        None,
        False,
        [],
    )


@pytest.mark.parametrize("kind", ["feed", "page"])
def test_not_modified_keeps_its_validators_and_costs_no_child(kind: RequestKind) -> None:
    request = asked(kind)
    trip = Trip(page(b"", 304, url=request.url, max_age=60))
    outcome = trip(request)
    assert (outcome.status, outcome.unchanged, outcome.failure, outcome.wait) == (
        304,
        True,
        None,
        60,
    )
    assert keeps_its_validators(outcome)
    assert trip.children == []


def test_not_modified_may_bring_new_validators() -> None:
    outcome = Trip(page(b"", 304, etag='"new"', last_modified="now"))(asked())
    assert (outcome.etag, outcome.last_modified, outcome.body_hash) == ('"new"', "now", "0" * 32)


@pytest.mark.parametrize(
    ("kind", "body"), [("feed", RSS), ("page", HTML), ("feed", b"\x00 any bytes")]
)
def test_a_body_we_know_costs_no_child_and_brings_its_new_validators(
    kind: RequestKind, body: bytes
) -> None:
    trip = Trip(page(body, etag='"new"', moved="https://wire.example/rss2"))
    outcome = trip(asked(kind, body_hash=hashed(body)))
    assert (outcome.unchanged, outcome.failure, outcome.status) == (True, None, 200)
    assert (outcome.etag, outcome.last_modified, outcome.body_hash) == ('"new"', "", hashed(body))
    assert outcome.moved == "https://wire.example/rss2"
    assert trip.children == []


@pytest.mark.parametrize("kind", ["feed", "page"])
@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\n" * 5000])
def test_an_empty_answer_is_a_failure_and_costs_no_child(kind: RequestKind, body: bytes) -> None:
    trip = Trip(page(body, etag='"new"'))
    outcome = trip(asked(kind, body_hash=hashed(b"")))
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.status) == ("empty", 200)
    assert keeps_its_validators(outcome)
    assert trip.children == []


@pytest.mark.parametrize("kind", ["feed", "page"])
def test_what_ends_a_child_is_the_outcomes_failure(kind: RequestKind) -> None:
    killed = Failure("killed", "not read within 15 s")
    outcome = Trip(page(etag='"new"'), fails=killed)(asked(kind))
    assert outcome.failure is killed
    assert outcome.status == 200
    assert (outcome.etag, outcome.last_modified, outcome.body_hash) == ('"new"', "", hashed(RSS))
    assert (outcome.window, outcome.article) == ((), None)


@pytest.mark.parametrize("kind", ["feed", "page"])
@pytest.mark.parametrize("answer", [page(), page(b"", 304)], ids=["the same", "not modified"])
def test_bytes_in_quarantine_are_not_read_again_and_cost_no_child(
    kind: RequestKind, answer: Page
) -> None:
    trip = Trip(answer)
    outcome = trip(asked(kind, body_hash=hashed(RSS), kills=2))
    assert outcome.failure is not None
    assert outcome.failure.kind == "quarantined"
    assert keeps_its_validators(outcome)
    assert trip.children == []


def test_other_bytes_of_what_is_in_quarantine_are_read() -> None:
    outcome = Trip(page())(asked(body_hash=hashed(JSON), kills=2))
    assert outcome.failure is None
    assert len(outcome.window) == 3


# ── feeds ───────────────────────────────────────────────────────────────────────────────────


def test_a_feed_is_its_window_with_the_validators_it_came_with() -> None:
    outcome = Trip(page(etag='W/"1"', last_modified="today", content_type="text/xml"))(asked())
    assert outcome.failure is None
    assert [shown.url for shown in outcome.window] == [
        f"https://wire.example/2026/{n}" for n in range(3)
    ]
    articles = [shown.article for shown in outcome.window if shown.article]
    assert [(a.title, a.text, a.quality) for a in articles] == [
        (f"Story {n}", f"Lead {n}.", "lead") for n in range(3)
    ]
    assert (outcome.etag, outcome.last_modified, outcome.body_hash) == (
        'W/"1"',
        "today",
        hashed(RSS),
    )
    assert (outcome.whole, outcome.unchanged, outcome.status) == (True, False, 200)


def test_entries_that_are_known_travel_without_their_text() -> None:
    first = Trip(page())(asked()).window
    again = Trip(page())(
        asked(last=json.dumps([(s.hash, "", "", "") for s in (first[0], first[2])]))
    ).window
    assert [shown.article is None for shown in again] == [True, False, True]
    assert [replace(shown, article=None) for shown in again] == [
        replace(s, article=None) for s in first
    ]


def test_links_are_seen_from_where_the_feed_came_in_the_end() -> None:
    moved = "https://new.example/feeds/rss"
    outcome = Trip(page(url=moved, moved=moved))(asked())
    assert (outcome.url, outcome.moved) == (moved, moved)
    assert outcome.window[0].url == "https://new.example/2026/0"


@pytest.mark.parametrize(
    ("ttl", "max_age", "wait"), [(True, None, 300), (True, 60, 300), (True, 900, 900), (False, 60, 60), (False, None, None)]
)  # fmt: skip
def test_a_feed_waits_for_the_longer_of_its_own_word_and_the_servers(
    ttl: bool, max_age: int | None, wait: int | None
) -> None:
    body = RSS if ttl else RSS.replace(b"<ttl>5</ttl>", b"")
    assert Trip(page(body, max_age=max_age))(asked()).wait == wait


def test_a_cut_feed_is_not_whole_and_is_asked_for_again_without_condition() -> None:
    cut = RSS[: RSS.index(b"Story 2")]
    outcome = Trip(page(cut, etag='"cut"', last_modified="now", max_age=60))(asked())
    assert outcome.failure is None
    assert not outcome.whole
    assert len(outcome.window) == 2
    assert (outcome.etag, outcome.last_modified, outcome.body_hash, outcome.wait) == (
        "",
        "",
        "",
        300,
    )


def test_an_error_page_is_no_feed_even_with_200() -> None:
    outcome = Trip(page(ERROR_PAGE, etag='"error"', content_type="application/rss+xml"))(asked())
    assert outcome.failure == Failure("not-a-feed", "an HTML page, no feed: Down for maintenance")
    assert outcome.status == 200
    assert keeps_its_validators(outcome)
    assert outcome.window == ()


def test_a_feed_without_entries_is_a_feed() -> None:
    outcome = Trip(page(RSS.replace(ITEMS.encode(), b""), etag='"1"'))(asked())
    assert (outcome.failure, outcome.window, outcome.whole, outcome.etag) == (None, (), True, '"1"')


@pytest.mark.parametrize(
    ("body", "text"), [(JSON, "Gas."), (SITEMAP, "")], ids=["JSON Feed", "news sitemap"]
)
def test_other_kinds_of_feeds_are_windows_too(body: bytes, text: str) -> None:
    [shown] = Trip(page(body))(asked()).window
    assert shown.url == "https://wire.example/1"
    assert shown.article is not None
    assert (shown.article.title, shown.article.text) == ("One", text)


def test_a_sitemap_index_names_its_parts() -> None:
    outcome = Trip(page(INDEX, etag='"1"'))(asked())
    assert outcome.parts == ("https://wire.example/a.xml", "https://wire.example/b.xml")
    assert (outcome.window, outcome.failure, outcome.etag) == ((), None, '"1"')


# ── pages ───────────────────────────────────────────────────────────────────────────────────


def test_a_page_is_its_article() -> None:
    final = "https://www.wire.example/2026/gas"
    outcome = Trip(page(HTML, url=final, etag='"1"', max_age=60))(asked("page"))
    article = outcome.article
    assert article is not None
    assert (article.title, article.quality, article.url, article.lang) == (
        "Gas stops",
        "full",
        final,
        "en",
    )
    assert article.text.startswith("Gas transit through the strait stopped")
    assert (outcome.etag, outcome.body_hash, outcome.wait, outcome.url) == (
        '"1"',
        hashed(HTML),
        60,
        final,
    )
    assert outcome.window == ()


@pytest.mark.parametrize(
    ("asked_for", "came_from", "front"),
    [
        ("https://wire.example/2026/gas", "https://wire.example/", True),
        ("https://wire.example/2026/gas", "https://wire.example/en/", True),
        ("https://wire.example/2026/gas", "https://wire.example/index.html", True),
        ("https://wire.example/2026/gas", "https://wire.example/?id=4", False),
        ("https://wire.example/", "https://www.wire.example/", False),
        ("https://wire.example/2026/gas", "https://wire.example/gas", False),
        # the section in which it stood
        ("https://wire.example/world/2026/gas-leak", "https://wire.example/world/", True),
        ("https://wire.example/en/world/8123456", "https://www.wire.example/en/world", True),
        ("https://wire.example/новости/8123456", "https://wire.example/новости", True),
        ("https://wire.example/world/gas-leak", "https://wire.example/world?id=4", False),
        ("https://wire.example/gas-leak/amp", "https://wire.example/gas-leak", False),
        ("https://wire.example/gas/amp", "https://wire.example/gas", False),
        ("https://wire.example/world/81/gas-leak", "https://wire.example/world/81", False),
        ("https://wire.example/world/gas-leak", "https://other.example/world", False),
        ("https://wire.example/world/gas-leak", "https://wire.example/world/gas-leak/", False),
    ],
)
def test_a_page_that_leads_to_the_front_page_or_its_section_is_no_article(
    asked_for: str, came_from: str, front: bool
) -> None:
    outcome = Trip(page(HTML, url=came_from))(replace(asked("page"), url=asked_for))
    assert (outcome.failure is not None and outcome.failure.kind == "wall") == front
    assert (outcome.article is None) == front


@pytest.mark.parametrize("best", [False, True])
def test_a_child_is_told_what_it_needs_and_nothing_else(best: bool) -> None:
    trip = Trip(page(HTML, content_type="text/html; charset=utf-8"))
    trip(asked("page", lang="ru"), best=best)
    assert trip.children == [
        (crawl.read_page, (HTML, "text/html; charset=utf-8", WIRE, "ru", best))
    ]
    trip = Trip(page(content_type="text/xml"))
    trip(asked(last='[["x", "", "", ""]]'), best=best)
    told = (RSS, "text/xml", WIRE, frozenset({"x"}), (), "en", None, (WIRE, ""), False)
    assert trip.children == [(crawl.read_feed, told)]


def test_a_page_without_text_is_its_headline() -> None:
    body = b"<html><head><title>Gas stops</title></head><body><script>load()</script></body></html>"
    article = Trip(page(body))(asked("page")).article
    assert article is not None
    assert (article.title, article.text, article.quality) == ("Gas stops", "", "headline")


@pytest.mark.parametrize("body", [b"<html></html>", b"\x00\x01\x02", b"%PDF-1.7 \xff\xfe"])
def test_a_page_without_anything_is_unreadable(body: bytes) -> None:
    outcome = Trip(page(body, etag='"new"'))(asked("page"))
    assert outcome.failure is not None
    assert outcome.failure.kind == "unreadable"
    assert outcome.failure.detail
    assert outcome.status == 200
    assert keeps_its_validators(outcome)


WARM = """
import sys
from newswatch import crawl
crawl.warm()
loaded = set(sys.modules)
crawl.read_page(sys.stdin.buffer.read(), "text/html", "https://wire.example/2026/gas", "ru", False)
print(sorted(set(sys.modules) - loaded))
"""


def test_a_warm_child_loads_nothing_more_for_its_first_page() -> None:
    said = subprocess.run(
        [sys.executable, "-c", WARM], input=HTML, capture_output=True, timeout=60, check=True
    )
    assert said.stdout == b"[]\n"
