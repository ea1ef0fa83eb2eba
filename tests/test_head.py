"""What pages say of themselves, and which of several words is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from newswatch.extract import authors, dateline, page_article, titles
from newswatch.extract.body import load
from newswatch.extract.head import Head

URL = "https://wire.example/2026/03/05/story"


def head(said: str, body: str = "") -> Head:
    markup = f"<!DOCTYPE html><html><head>{said}</head><body><article>{body}<p>Text.</p></article></body></html>"
    return Head(load(markup.encode()), URL)


def ld(value: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def meta(name: str, value: str) -> str:
    return f'<meta property="{name}" content="{value}">'


# ── authors ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("Anna Example", ("Anna Example",)),
        ("By Anna Example and Ben Sample", ("Anna Example", "Ben Sample")),
        ("Anna Example und Ben Sample, dpa", ("Anna Example", "Ben Sample", "dpa")),
        ("Anna Example, Ben Sample, Cleo Trial and Dan Test", ("Anna Example", "Ben Sample", "Cleo Trial", "Dan Test")),
        ("Anna van der Example & Ben Sample", ("Anna van der Example", "Ben Sample")),
        ("José Ortega y Gasset", ("José Ortega y Gasset",)),
        ("José Ortega y Marta Prueba", ("José Ortega", "Marta Prueba")),
        ("Анна Примерова и Борис Образцов", ("Анна Примерова", "Борис Образцов")),
        ("Anna Example, professor of water law at the University of Karsov", ("Anna Example",)),
        ("Anna Example (aex)", ("Anna Example",)),
        ("News, Sport and Weather", ("News, Sport and Weather",)),
        ("105092", ()),
        ("anna@wire.example", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_a_line_of_names_is_its_names(said: str, names: tuple[str, ...]) -> None:
    assert authors.names([said]) == names


def test_a_name_stands_once_whatever_its_case() -> None:
    assert authors.names(["Anna Example", "ANNA EXAMPLE", "Ben Sample"]) == (
        "Anna Example",
        "Ben Sample",
    )


ORGANISED = {"@type": "NewsMediaOrganization", "name": "The Karsov Post"}


def by(author: Any) -> str:
    return ld({"@type": "NewsArticle", "author": author})


@pytest.mark.parametrize(
    ("said", "body", "names"),
    [
        (by({"@id": "#anna"}) + ld({"@graph": [{"@id": "#anna", "@type": "Person", "name": "Anna Example"}]}), "", "Anna Example"),
        (by([{"@id": "#anna"}, {"@id": "#nobody"}]) + ld([{"@id": "#anna", "name": "Anna Example"}]), "", "Anna Example"),
        (by(ORGANISED) + meta("author", "Anna Example"), "", "Anna Example"),
        (by(ORGANISED), "<span class='byline'>By Anna Example</span>", "Anna Example"),
        (by(ORGANISED), "<span class='byline'>Our water desk</span>", "The Karsov Post"),
        (by(ORGANISED), "<aside><p class='author'>Anna Example</p></aside>", "The Karsov Post"),
        (by(ORGANISED), "", "The Karsov Post"),
        (by("The Karsov Post") + meta("og:site_name", "The Karsov Post") + meta("sailthru.author", "Anna Example"), "", "Anna Example"),
        (by("anna-example") + meta("author", "Anna Example"), "", "Anna Example"),
        (by("anna-example"), "", "anna-example"),
        ("", "<a rel='author' href='/a'>Anna Example</a>", "Anna Example"),
        ("", "<div itemscope itemtype='https://schema.org/NewsArticle'><b itemprop='author' itemscope><i itemprop='name'>Anna Example</i></b></div>", "Anna Example"),
        (meta("article:author", "https://social.example/post"), "", ""),
    ],
)  # fmt: skip
def test_persons_are_believed_before_houses_and_accounts(said: str, body: str, names: str) -> None:
    assert ", ".join(head(said, body).authors()) == names


# ── titles ──────────────────────────────────────────────────────────────────────────────────

LONG = "Keepers of the northern canal open all gates"


@pytest.mark.parametrize(
    ("said", "others", "site", "title"),
    [
        (f"{LONG} | The Karsov Post", (), "The Karsov Post", LONG),
        (f"{LONG} - Karsov Post", (), "KARSOV POST", LONG),
        (f"{LONG}｜カルソフ新聞", (), "カルソフ新聞", LONG),
        (f"{LONG} | Water | The Karsov Post", (LONG,), "", LONG),
        (f"{LONG} – KP – 05.03.2026", (LONG.replace("'", "’"),), "KP", LONG),
        (f"{LONG} - and close them again", (), "The Karsov Post", f"{LONG} - and close them again"),
        (f"{LONG} again", (LONG,), "", f"{LONG} again"),
        ("Gates | Karsov", ("Gates",), "", "Gates | Karsov"),
        ("The Karsov Post | The Karsov Post", (), "The Karsov Post", "The Karsov Post"),
        ("| The Karsov Post", (), "The Karsov Post", "| The Karsov Post"),
    ],
)  # fmt: skip
def test_what_stands_behind_a_headline_is_left_off(
    said: str, others: tuple[str, ...], site: str, title: str
) -> None:
    assert titles.headline(said, others, site) == title


def test_a_pages_headline() -> None:
    site = meta("og:site_name", "The Karsov Post")
    assert head(site + meta("og:title", f"{LONG} | The Karsov Post")).title() == LONG
    assert head(meta("og:title", f"{LONG} * Water * KP"), f"<h1>{LONG}</h1>").title() == LONG
    marked = f"<div itemscope itemtype='http://schema.org/Article'><b itemprop='headline'>{LONG}</b></div>"
    assert head("<title>KP</title>", marked).title() == LONG
    assert head(f"<title>{LONG} - The Karsov Post</title>{site}").title() == LONG


# ── times ───────────────────────────────────────────────────────────────────────────────────


def published(at: str) -> str:
    return ld({"@type": "NewsArticle", "datePublished": at})


@pytest.mark.parametrize(
    ("said", "body", "at", "place"),
    [
        # without a zone, beside the same hands with one
        (published("2026-03-05 18:11:01.0") + meta("date", "2026-03-05T18:11:01+02:00"), "", "2026-03-05T18:11:01+02:00", "meta"),
        (published("2026-03-05 18:11:01") + meta("date", "2026-03-05T19:30:00+02:00"), "", "2026-03-05T18:11:01+00:00", "json-ld"),
        (published("2026-03-05T18:11:01Z") + meta("date", "2026-03-05T18:11:01+02:00"), "", "2026-03-05T18:11:01+00:00", "json-ld"),
        # a day alone, beside the same day with a clock
        (published("2026-03-05") + meta("article:published_time", "2026-03-05T18:11:01+02:00"), "", "2026-03-05T18:11:01+02:00", "meta"),
        (published("2026-03-05") + meta("article:published_time", "2026-03-06T18:11:01+02:00"), "", "2026-03-05T00:00:00+00:00", "json-ld"),
        (published("2026-03-05"), "<time datetime='2026-03-05T09:00:00Z'>another article's</time>", "2026-03-05T00:00:00+00:00", "json-ld"),
        # microdata, but not of a comment
        ("", "<div itemscope itemtype='http://schema.org/NewsArticle'><b itemprop='datePublished' content='2026-03-05T18:11:01+02:00'>then</b></div>", "2026-03-05T18:11:01+02:00", "microdata"),
        ("", "<time itemprop='datePublished' datetime='2026-03-05T18:11:01Z'>5 March</time>", "2026-03-05T18:11:01+00:00", "time"),
        ("", "<div itemscope itemtype='http://schema.org/NewsArticle'><div itemprop='comment' itemscope itemtype='http://schema.org/Comment'><b itemprop='datePublished' content='2020-01-01'></b></div></div>", "", ""),
    ],
)  # fmt: skip
def test_the_most_exact_time_is_believed(said: str, body: str, at: str, place: str) -> None:
    found, where = head(said, body).published()
    assert (found.isoformat() if found else "", where) == (at, place)


# ── the time for readers ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "at"),
    [
        (f"<b>Tue, 14 Jan 2026</b><h2>{LONG}</h2><p>Wire<br>13 Jan 2026, 22:11 GMT+10</p>", "2026-01-13T22:11:00+10:00"),
        (f"<h1>{LONG}</h1><span>06.01.2026</span>, <span>five minutes</span>", "2026-01-06T00:00:00+00:00"),
        (f"<h1>{LONG.upper()}</h1><div>Von Anna Example</div><div>6. Januar 2026, 14:05 Uhr</div>", "2026-01-06T14:05:00+00:00"),
        (f"<h1>{LONG}</h1><script>var d = '2020-01-01';</script><i>2026-01-06</i>", "2026-01-06T00:00:00+00:00"),
        (f"<h1>{LONG}</h1><i>Updated 7 January 2026, 10:00</i><i>Published 6 January 2026, 14:05</i>", "2026-01-06T14:05:00+00:00"),
        (f"<h1>{LONG}</h1><b>Aktualisiert:</b> <i>7. Januar 2026</i><i>6. Januar 2026, 14:05</i>", "2026-01-06T14:05:00+00:00"),
        (f"<h1>{LONG}</h1><i>Stand: 6. Januar 2026</i>", "2026-01-06T00:00:00+00:00"),
        (f"<h1>{LONG}</h1><p>01/06/2026</p>", ""),
        (f"<h1>{LONG}</h1>{'<p>Words.</p>' * 12}<p>6 January 2026</p>", ""),
        (f"<h1>{LONG}</h1><p>A long sentence that says that on 6 January 2026 the keepers had closed the gates for the winter.</p>", ""),
        ("<h1>Another headline</h1><p>6 January 2026</p>", ""),
    ],
)  # fmt: skip
def test_the_time_under_a_headline(body: str, at: str) -> None:
    tree = load(f"<html><head><title>{LONG}</title></head><body>{body}</body></html>".encode())
    found = dateline.under_headline(tree, LONG)
    assert (found.isoformat() if found else "") == at


def test_the_time_for_readers_is_asked_before_a_guess() -> None:
    text = "<p>The keepers of the canal opened all gates before dawn, the council said.</p>" * 3
    markup = f"<html><head><title>{LONG}</title></head><body><b>Tue, 14 Jan 2025</b><article><h1>{LONG}</h1><i>13 Jan 2025, 22:11 GMT+10</i>{text}</article></body></html>"
    found = page_article(markup.encode(), "text/html", "https://wire.example/story", "")
    assert found.published is not None
    assert (found.published.isoformat(), found.published_from) == (
        "2025-01-13T22:11:00+10:00",
        "dateline",
    )


@pytest.mark.parametrize(
    "said",
    [
        meta("og:site_name", "x") + meta("og:title", "a | " * 200_000),
        meta("author", "Anna Example, " * 100_000),
        "".join(f"<h1>{LONG} {n}</h1>" for n in range(20_000)) + meta("og:title", f"{LONG} | x"),
        by([{"name": "A B and " * 10_000}] * 200),
        '<script type="application/ld+json">[' + '"\\"' * 150_000 + ",]</script>",
        '<script type="application/ld+json">[' + " " * 500_000 + ",x]</script>",
    ],
)
def test_a_hostile_head_is_read_at_once(said: str) -> None:
    """Its cost grows with its length alone; a child's deadline is not what ends it."""
    found = head(said)
    assert len(found.title()) <= 2_000
    assert len(found.authors()) <= 20
    assert found.published() == (None, "")


TEASER = {
    "@type": "NewsArticle",
    "headline": "Another story",
    "url": "http://karsov.example/news/other",
    "datePublished": "2020-01-01T00:00:00Z",
    "author": {"name": "Bo Other"},
}
OWN = {
    "@type": "NewsArticle",
    "headline": "Dam to close",
    "datePublished": "2026-11-03T10:11:12Z",
    "author": {"name": "Anna Example"},
}
HERE = "https://www.karsov.example/news/dam-1"


def at_page(said: str) -> tuple[str, tuple[str, ...], str]:
    """Headline, authors and day of a page read at HERE."""
    page = Head(load(f"<html><head>{said}</head><body></body></html>".encode()), HERE)
    at, _ = page.published()
    return page.title(), page.authors(), f"{at:%Y-%m-%d}" if at else ""


@pytest.mark.parametrize(
    "named",
    [
        {"url": HERE},
        {"url": "/news/dam-1"},
        {"url": "http://karsov.example/news/dam-1?utm_source=x"},
        {"@id": f"{HERE}#article"},
        {"mainEntityOfPage": {"@type": "WebPage", "@id": f"{HERE}/"}},
        {"mainEntityOfPage": HERE, "url": "http://karsov.example/news/an-older-address"},
    ],
)
def test_of_several_articles_the_pages_own_is_believed(named: dict[str, Any]) -> None:
    said = ld({"@graph": [TEASER, {**OWN, **named}]})
    assert at_page(said) == ("Dam to close", ("Anna Example",), "2026-11-03")


def test_what_names_another_page_fills_no_gap_of_the_pages_own() -> None:
    said = ld([TEASER, {"@type": "NewsArticle", "headline": "Dam to close", "url": HERE}])
    assert at_page(said) == ("Dam to close", (), "")


def test_what_names_no_page_is_believed_before_what_names_another() -> None:
    assert at_page(ld([TEASER, OWN]))[0] == "Dam to close"
    front = {**OWN, "mainEntityOfPage": "https://www.karsov.example/"}
    assert at_page(ld([TEASER, front]))[0] == "Dam to close"


def test_a_page_is_known_by_its_canonical_address_too() -> None:
    link = '<link rel="canonical" href="https://www.karsov.example/news/the-dam">'
    said = ld([TEASER, {**OWN, "url": "https://www.karsov.example/news/the-dam"}])
    assert at_page(link + said)[0] == "Dam to close"


def test_an_only_article_under_an_older_address_is_believed() -> None:
    assert at_page(ld({**OWN, "url": "https://old.karsov.example/?p=1"}))[0] == "Dam to close"


@pytest.mark.parametrize(
    "script",
    [
        '<script type="Application/LD+JSON">{}</script>',
        '<script type="application/ld+json">//<![CDATA[\n{}\n//]]></script>',
        '<script type="application/ld+json">/*<![CDATA[*/{}/*]]>*/</script>',
        '<script type="application/ld+json"><!--\n{};\n--></script>',
    ],
)
def test_json_is_read_whatever_stands_around_it(script: str) -> None:
    assert at_page(script.replace("{}", json.dumps(OWN)))[0] == "Dam to close"


def test_a_comma_too_many_loses_nothing() -> None:
    script = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Dams, [a,] b", "keywords": ["a",\n],}</script>'
    assert at_page(script)[0] == "Dams, [a,] b"


def test_a_canonical_address_is_seen_from_the_pages_base() -> None:
    found = head('<base href="/wire/"><link rel="canonical" href="story-1">')
    assert found.canonical() == "https://wire.example/wire/story-1"
