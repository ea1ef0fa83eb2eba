"""What pages say of themselves as it is written out there: JSON-LD that is nearly sound, marks of other items, many names.

Rule: each form is one that several publishers or their programs write.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from newswatch.extract import page_article
from newswatch.extract.body import load
from newswatch.extract.head import Head

URL = "https://wire.example/2026/03/05/story"
AT = "2026-03-05T14:05:06+03:00"
TITLE = "Keepers of the northern canal open all gates"
ARTICLE = {"@type": "NewsArticle", "datePublished": AT, "author": {"name": "Anna Example"}}


def head(said: str, body: str = "") -> Head:
    return Head(load(f"<html><head>{said}</head><body>{body}</body></html>".encode()), URL)


def time_of(found: Head) -> str:
    at, _ = found.published()
    return at.isoformat() if at else ""


def ld(value: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def meta(name: str, value: str) -> str:
    return f'<meta property="{name}" content="{value}">'


@pytest.mark.parametrize(
    "script",
    [
        json.dumps({"@type": "WebSite"}) + json.dumps(ARTICLE),
        json.dumps({"@type": "WebSite"}) + ",\n" + json.dumps(ARTICLE),
        json.dumps(ARTICLE) + "{broken",
        "\ufeff" + json.dumps(ARTICLE),
        json.dumps({**ARTICLE, "description": "the canal#s gates"}).replace("#", "\\'"),
        json.dumps({**ARTICLE, "description": "Karsov#Water"}).replace("#", "\\W"),
        json.dumps(ARTICLE).replace('"', "&quot;"),
        json.dumps({**ARTICLE, "datePublished": {"@type": "DateTime", "@value": AT}}),
        json.dumps({**ARTICLE, "author": None, "creator": ["Anna Example"]}),
        json.dumps({**ARTICLE, "author": {"givenName": "Anna", "familyName": "Example"}}),
    ],
)
def test_json_ld_that_is_nearly_sound_is_read(script: str) -> None:
    found = head(f'<script type="application/ld+json">{script}</script>')
    assert (time_of(found), found.authors()) == (AT, ("Anna Example",))


OTHER = (
    "<meta itemprop='datePublished' content='2020-01-01T10:00:00Z'>"
    "<meta itemprop='author' content='Ben Sample'><b itemprop='headline'>Another story of the coast</b>"
)
OWN = (
    f"<h1 itemprop='headline'>{TITLE}</h1><meta itemprop='datePublished' content='{AT}'>"
    "<meta itemprop='author' content='Anna Example'>"
)


@pytest.mark.parametrize("kind", ["NewsArticle", "Comment", "VideoObject", "ImageObject"])
@pytest.mark.parametrize("inside", [False, True])
def test_microdata_of_another_item_is_not_the_articles(kind: str, inside: bool) -> None:
    other = f"<div itemscope itemtype='https://schema.org/{kind}'>{OTHER}</div>"
    item = "<div itemscope itemtype='https://schema.org/CreativeWork'>"
    found = head("", f"{item}{other}{OWN}</div>" if inside else f"{other}{item}{OWN}</div>")
    assert (found.title(), time_of(found), found.authors()) == (TITLE, AT, ("Anna Example",))


THEN = f"<time datetime='{AT}'>5 March</time>"
LATER = "<time datetime='2026-11-30T00:00:00Z'>then</time>"


@pytest.mark.parametrize(
    "body",
    [
        f"<header>{LATER}</header><article><h1>{TITLE}</h1>{THEN}</article>",
        f"<nav>{LATER}</nav><h1>{TITLE}</h1>{THEN}",
        f"<aside>{LATER}</aside><main><h1>{TITLE}</h1>{THEN}</main>",
        f"<div>{LATER}</div><main><h1>{TITLE}</h1>{THEN}</main>",
        f"<h1>{TITLE}</h1>{LATER.replace('<time', '<time class=updated')}{THEN}",
        f"<h1>{TITLE}</h1>{LATER.replace('<time', '<time itemprop=dateModified')}{THEN}",
        f"<h1>{TITLE}</h1>{LATER}{THEN.replace('<time', '<time pubdate')}",
        f"<header><h1>{TITLE}</h1>{THEN}</header>{LATER}",
    ],
)
def test_of_several_clocks_the_articles_own_is_believed(body: str) -> None:
    assert time_of(head("", body)) == AT


def test_a_clock_in_a_pages_frame_tells_nothing() -> None:
    assert time_of(head("", f"<header>{LATER}</header><h1>{TITLE}</h1>")) == ""


@pytest.mark.parametrize(
    "name", ["publish_date", "PublishDate", "og:published_time", "http://ogp.me/ns/article#published_time", "bt:pubDate"]
)  # fmt: skip
def test_meta_tags_are_known_by_the_letters_of_their_names(name: str) -> None:
    assert time_of(head(meta(name, AT))) == AT


def test_authors_may_have_a_meta_tag_each() -> None:
    said = meta("article:author", "Anna Example") + meta("article:author", "Ben Sample")
    assert head(said).authors() == ("Anna Example", "Ben Sample")


@pytest.mark.parametrize(
    ("kind", "name"), [("VideoObject", "uploadDate"), ("WebPage", "datePublished")]
)
def test_a_page_that_is_no_article_has_a_time_too(kind: str, name: str) -> None:
    said = ld({"@type": kind, name: "2026-03-07T10:00:00Z"})
    assert time_of(head(said)) == "2026-03-07T10:00:00+00:00"
    assert time_of(head(said + ld(ARTICLE))) == AT


def test_a_title_that_is_only_the_newsrooms_name_is_no_headline() -> None:
    site = meta("og:site_name", "The Karsov Post") + meta("og:title", "The Karsov Post")
    assert head(site, f"<h1>{TITLE}</h1>").title() == TITLE
    assert head(site).title() == "The Karsov Post"
    assert head(meta("twitter:title", TITLE) + "<title>KP</title>").title() == TITLE


def test_a_year_alone_is_no_day() -> None:
    text = "<p>The keepers of the canal opened all gates before dawn, the council said.</p>" * 3
    page = f"<article><h1>{TITLE}</h1>{text}</article><footer>© 2019 The Karsov Post</footer>"
    found = page_article(page.encode(), "text/html", "https://wire.example/story", "")
    assert (found.published, found.published_from) == (None, "")
