"""Pages and entries as articles: the text, and what the page says of itself."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswatch import extract
from newswatch.extract import ExtractError
from newswatch.model import Article, Entry

URL = "https://wire.example/2026/03/05/story"
PARAGRAPHS = [
    f"The ministers of the {n} river provinces met on Thursday in the old harbour town and agreed"
    f" to share the water of the northern canal for another {n} years, officials said."
    for n in ("eleven", "twelve", "thirteen", "fourteen")
]
RUSSIAN = [
    "Министры одиннадцати речных областей встретились в четверг в старом портовом городе и"
    f" договорились делить воду северного канала ещё {n} лет, сообщили чиновники."
    for n in ("десять", "двадцать", "тридцать")
]


def page(*paragraphs: str, head: str = "", lang: str = "en", title: str = "Ministers agree") -> str:
    body = "".join(f"<p>{p}</p>" for p in paragraphs or PARAGRAPHS)
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><title>{title}</title>{head}</head><body>'
        f"<nav><a href='/'>Home</a> <a href='/w'>World</a></nav><article><h1>{title}</h1>{body}"
        "</article><footer>Contact us about this site</footer></body></html>"
    )


def read(markup: str | bytes, content_type: str = "text/html", lang: str = "") -> Article:
    body = markup.encode() if isinstance(markup, str) else markup
    return extract.page_article(body, content_type, URL, lang)


def ld(value: Any) -> str:
    said = value if isinstance(value, str) else json.dumps(value)
    return f'<script type="application/ld+json">{said}</script>'


# ── text ────────────────────────────────────────────────────────────────────────────────────


def test_the_text_is_its_paragraphs_and_nothing_of_the_page() -> None:
    article = read(page())
    assert article.text == "\n".join(PARAGRAPHS)
    assert article.title == "Ministers agree"
    assert (article.url, article.quality, article.lang) == (URL, "full", "en")


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "koi8-r", "utf-16"])
@pytest.mark.parametrize("header", ["text/html", "text/html; charset=iso-8859-1"])
def test_reads_the_bytes_whatever_the_header_says(encoding: str, header: str) -> None:
    markup = page(*RUSSIAN, head=f'<meta charset="{encoding}">', lang="ru", title="Министры")
    article = read(markup.encode(encoding), header)
    assert article.text.startswith(RUSSIAN[0])
    assert (article.title, article.lang) == ("Министры", "ru")


def test_a_longer_body_in_the_head_stands_in_for_a_short_page() -> None:
    body = "\n\n".join(PARAGRAPHS).replace("water", "water &amp; <b>fish</b>")
    article = read(page("Subscribe to read on.", head=ld({"@type": "NewsArticle", "articleBody": body})))  # fmt: skip
    assert article.text == "\n".join(PARAGRAPHS).replace("water", "water & fish")


def test_a_body_in_the_head_that_says_no_more_is_not_used() -> None:
    article = read(page(head=ld({"@type": "NewsArticle", "articleBody": PARAGRAPHS[0]})))
    assert article.text == "\n".join(PARAGRAPHS)


def test_a_headline_above_the_text_is_not_its_first_line() -> None:
    assert not read(page()).text.startswith("Ministers agree")


def test_without_text_the_headline_is_kept() -> None:
    article = read("<html><head><meta property='og:title' content='Only &amp; this'></head></html>")
    assert (article.title, article.text, article.quality) == ("Only & this", "", "headline")


@pytest.mark.parametrize(
    "body",
    [b"", b" \n", b"\x00\x01\x02", b"%PDF-1.7\n\xff\xfe", b"<html></html>", b"\xff" * 5000, b"<", b"<!---->"],
)  # fmt: skip
def test_no_article_is_the_named_error(body: bytes) -> None:
    with pytest.raises(ExtractError):
        extract.page_article(body, "text/html", URL, "")


def test_a_body_that_names_a_file_opens_none(tmp_path: Any) -> None:
    named = tmp_path / "page.html"
    named.write_text(page())
    extract.warm()
    opened: list[str] = []
    mine = threading.get_ident()
    listening = True

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        # lxml would open it in C, unheard: that is why the answer is looked at as well.
        if listening and event == "open" and threading.get_ident() == mine:
            opened.append(str(arguments[0]))

    sys.addaudithook(listen)
    try:
        for body in ("/etc/hostname", str(named), named.as_uri()):
            try:
                said = repr(extract.page_article(body.encode(), "text/html", URL, ""))
            except ExtractError:
                said = ""
            assert "provinces" not in said
            entry = Entry("h", "", URL, "", body)
            assert extract.entry_article(entry, "").text == body
    finally:
        listening = False
    assert not [name for name in opened if "hostname" in name or str(named) in name]


# ── what the head says ──────────────────────────────────────────────────────────────────────

AT = "2026-03-05T14:05:06+03:00"
WHEN = {"@type": "NewsArticle", "datePublished": AT, "author": {"name": "Anna Example"}}


@pytest.mark.parametrize(
    "value",
    [
        WHEN,
        [WHEN],
        {"@graph": [{"@type": "WebSite", "name": "A wire"}, WHEN]},
        {"@context": "https://schema.org", "@graph": {"@graph": [[WHEN]]}},
        {"@type": "WebPage", "datePublished": "2001-01-01", "mainEntity": WHEN},
        {**WHEN, "@type": ["Thing", "ReportageNewsArticle"]},
        {**WHEN, "author": ["Anna Example"]},
        {**WHEN, "author": [{"@type": "Person", "name": ["Anna Example"]}, {"name": None}]},
        f"<!-- {json.dumps(WHEN)} -->",
        json.dumps(WHEN) + ";",
        json.dumps({**WHEN, "description": "two\nlines"}).replace("\\n", "\n\t"),
    ],
)
def test_json_ld_in_all_its_shapes(value: Any) -> None:
    article = read(page(head=ld(value)))
    assert article.published is not None
    assert (article.published.isoformat(), article.published_from) == (AT, "json-ld")
    assert article.author == "Anna Example"


@pytest.mark.parametrize(
    "broken",
    ["", "{", "null", "5", '"x"', "[" * 100_000, '{"@type": {"a": 1}}', '{"@type": "NewsArticle", "datePublished": {}, "author": 5, "headline": [], "articleBody": [[]]}', '{"@type": "NewsArticle", "datePublished": 1' + "0" * 5000 + "}"],
)  # fmt: skip
def test_broken_json_ld_leaves_it_to_the_meta_tags(broken: str) -> None:
    meta = (
        f'<meta property="article:published_time" content="{AT}"><meta name="author" content="Ben">'
    )
    article = read(page(head=ld(broken) + meta))
    assert article.published is not None
    assert (article.published.isoformat(), article.published_from) == (AT, "meta")
    assert (article.author, article.title) == ("Ben", "Ministers agree")


def test_times_are_asked_in_order_of_exactness() -> None:
    meta = '<meta name="date" content="2026-03-04T01:02:03Z">'
    time = '<time datetime="2026-03-03T01:02:03Z">3 March</time>'
    assert read(page(PARAGRAPHS[0], time, head=ld(WHEN) + meta)).published_from == "json-ld"
    assert read(page(PARAGRAPHS[0], time, head=meta)).published_from == "meta"
    assert read(page(PARAGRAPHS[0], time)).published_from == "time"
    absurd = ld({**WHEN, "datePublished": "1970-01-01T00:00:00Z"})
    assert read(page(PARAGRAPHS[0], time, head=absurd + meta)).published_from == "meta"
    guessed = read(page())
    assert guessed.published_from == "htmldate"
    assert guessed.published is not None
    assert guessed.published.date().isoformat() == "2026-03-05"


@pytest.mark.parametrize(
    ("written", "author"),
    [
        ("Anna Example", "Anna Example"),
        ("https://www.facebook.com/anna", ""),
        ("  Anna \n <b>Example</b> &amp; Ben", "Anna Example, Ben"),
        ("x" * 500, "x" * 100),
    ],
)
def test_author_of_the_meta_tags(written: str, author: str) -> None:
    assert read(page(head=f"<meta name='author' content='{written}'>")).author == author


def test_authors_once_each() -> None:
    names = [{"name": "Anna"}, {"name": "Ben"}, {"name": "Anna"}, {"name": "https://x.example/"}]
    assert read(page(head=ld({"@type": "Article", "author": names}))).author == "Anna, Ben"


@pytest.mark.parametrize(
    ("href", "canonical"),
    [
        ("https://wire.example/story/1", "https://wire.example/story/1"),
        ("/story/1", "https://wire.example/story/1"),
        ("//wire.example/story/1", "https://wire.example/story/1"),
        ("https://WIRE.example/story?id=3", "https://WIRE.example/story?id=3"),
        ("https://other.example/story/1", ""),
        ("https://wire.example/", ""),
        ("https://wire.example", ""),
        ("/?utm=1/2", ""),
        ("/#/story/1", ""),
        ("ftp://wire.example/story", ""),
        ("javascript:alert(1)", ""),
        ("http://[", ""),
    ],
)
def test_canonical_on_the_same_host_and_not_of_a_front_page(href: str, canonical: str) -> None:
    assert read(page(head=f'<link rel="Canonical nofollow" href="{href}">')).canonical == canonical


def test_no_canonical_is_none() -> None:
    assert read(page(head='<link rel="stylesheet" href="/x.css">')).canonical == ""


def test_titles_in_their_order() -> None:
    og = "<meta property='og:title' content='By &amp;quot;og&amp;quot;'>"
    graph = ld({"@type": "NewsArticle", "headline": "By <i>graph</i>"})
    assert read(page(head=og + graph)).title == 'By "og"'
    assert read(page(head=graph)).title == "By graph"


# ── language ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "hint", "language"),
    [
        ("Short", "de", "de"),
        ("Short", "", ""),
        (PARAGRAPHS[0], "", "en"),
        (PARAGRAPHS[0], "en-GB", "en-gb"),
        (PARAGRAPHS[0], "en_GB", "en-gb"),
        (PARAGRAPHS[0], "ru", "en"),
        (RUSSIAN[0], "en", "ru"),
        ("", "ru", "ru"),
    ],
)
def test_language(said: str, hint: str, language: str) -> None:
    assert extract.language(said, hint) == language


# ── entries ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        (" \n ", ""),
        ("Plain words", "Plain words"),
        ("Plain words\n\nand more", "Plain words\nand more"),
        ("<p>One <b>two</b></p><p>Three</p>", "One two\nThree"),
        ("One<br>two<br/>three", "One\ntwo\nthree"),
        ("<div>One<p>Two</p>three</div>four", "One\nTwo\nthree\nfour"),
        ("A &amp; B &nbsp; C &hellip;", "A & B C …"),
        ("A & B", "A & B"),
        ("3 < 5 and 7 > 2", "3 < 5 and 7 > 2"),
        ("<p>a<script>var x = 1;</script>b</p>", "ab"),
        ("<svg><title>A picture</title></svg>rest", "rest"),
        ("<form><b>Your mail</b> here</form>rest", "rest"),
        ("<style>p {}</style><p>x</p><!-- no --><p>y</p>", "x\ny"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1\n2"),
        ("<p>line\none</p>", "line\none"),
        ("<p>cut in the mid", "cut in the mid"),
        ("<img src='x' onerror='alert(1)'>words", "words"),
        ('<?xml version="1.0" encoding="utf-8"?><p>x</p><p>y</p>', "x\ny"),
        ("<p>a\x00b\ud800</p>", "ab"),
        ("<i>" * 400 + "deep" + "</i>" * 400 + " down", "deep down"),
        ("<p>News.</p><p>The post News appeared first on A wire.</p>", "News."),
    ],
)
def test_an_entry_is_its_paragraphs(markup: str, text: str) -> None:
    assert extract.plain_text(markup) == (text, (), "")


@pytest.mark.parametrize(
    ("markup", "text", "relations"),
    [
        ('Shares of [USN:L1N2AB TEXT:"Acme"] fell', "Shares of Acme fell", ("USN:L1N2AB",)),
        ('<p>See [USN:L1 TEXT:"a &amp; b"], [RIC:ABC.N TEXT:"c"].</p>', "See a & b, c.", ("USN:L1", "RIC:ABC.N")),
        ('[USN:L1 TEXT:"a"] [USN:L1 TEXT:"b"]', "a b", ("USN:L1",)),
        ('See [USN:L1 TEXT:"two\nlines"]', "See two\nlines", ("USN:L1",)),
        ("An aside [sic] stays", "An aside [sic] stays", ()),
        ('Cut [USN:L1 TEXT:"here', 'Cut [USN:L1 TEXT:"here', ()),
        ('See [USN:L1 TEXT: "blank"], [USN:L2 TEXT :"b"]', "See blank, b", ("USN:L1", "USN:L2")),
        ("See [USN:L1 TEXT:“curly”] [USN:L2 TEXT: „low“]", "See curly low", ("USN:L1", "USN:L2")),
        ("[USN:L1 TEXT:«a»] [USN:L2 TEXT:'b's'] [USN:L3 TEXT:\"“a” b\"]", "a b's “a” b", ("USN:L1", "USN:L2", "USN:L3")),
        ("<p>To follow: [USN:L2]</p><p>[USN:L3] Shares</p><p>[USN:L4]</p>", "To follow:\nShares", ("USN:L2", "USN:L3", "USN:L4")),
        ("MetLife and Acme [RIC:RIC:ACME.UL].", "MetLife and Acme.", ("RIC:ACME.UL",)),
        ("Acme [RIC:ACME] (see [ID:nL1N2AB])", "Acme (see)", ("RIC:ACME", "ID:nL1N2AB")),
        ("Acme [NYSE:ACME], [TYO:7203] [PHOTO:AP] [USN:] [O/R]", "Acme [NYSE:ACME], [TYO:7203] [PHOTO:AP] [USN:] [O/R]", ()),
        ("[WARNING: 2 images] [USN:two words]", "[WARNING: 2 images] [USN:two words]", ()),
        ('[USN:A TEXT:"cut [USN:B TEXT:"b"]', '[USN:A TEXT:"cut b', ("USN:B",)),
    ],
)  # fmt: skip
def test_wire_markup_becomes_its_words(markup: str, text: str, relations: tuple[str, ...]) -> None:
    assert extract.plain_text(markup) == (text, relations, "")


def test_wire_markup_in_a_title_becomes_its_words_too() -> None:
    entry = Entry(
        "h", "g", "https://wire.example/1", 'Shares of [RIC:ACME.N TEXT:"Acme"] fall',
        'See [USN:L1 TEXT:"this"] of [RIC:ACME.N TEXT:"Acme"].',
    )  # fmt: skip
    article = extract.entry_article(entry, "en")
    assert (article.title, article.text) == ("Shares of Acme fall", "See this of Acme.")
    assert article.relations == ("RIC:ACME.N", "USN:L1")


def test_wire_markup_opened_a_hundred_thousand_times_is_read_at_once() -> None:
    """Squared, this would run for hours: the timeout of the suite is the judge."""
    for hostile in ('[USN:X TEXT:"' * 100_000, "[USN:" * 200_000, "[USN:X TEXT:”" * 100_000):
        assert extract.plain_text(hostile) == (hostile, (), "")
    for hostile in ("[USN:" + " " * 300_000, '[USN:X TEXT:"' + '" ' * 300_000):
        assert extract.without_markup(hostile) == (hostile, ())
    assert extract.plain_text("a[USN:X1] " * 100_000)[1] == ("USN:X1",)


@pytest.mark.parametrize("said", ["&amp;#" + "1" * 5_000, "&amp;#xD83D;&amp;#xDE00; &amp;#0;"])
def test_a_reference_to_no_character_costs_no_page(said: str) -> None:
    """More than 4,300 digits are an exception of the standard library's."""
    page = f"<html><head><meta property='og:title' content='Ministers {said}'></head><body><p>{'They met. ' * 40}"
    article = extract.page_article(page.encode(), "text/html", "https://wire.example/1", "en")
    assert article.title in ("Ministers \ufffd", "Ministers \U0001f600 \ufffd")


BUTTONS = ["Bookmark", "Share", "WhatsApp", "Telegram", "Facebook"]


def lines(*said: str) -> str:
    return "".join(f"<p>{line}</p>" for line in said)


def test_page_furniture_of_a_feed_that_carries_whole_pages_is_left_out() -> None:
    story = PARAGRAPHS[:3]
    markup = lines(
        "World", "Ministers agree", *BUTTONS, "Set A Wire as your preferred source on Search",
        "Advertisement", story[0], "Related:", "Another thing happened far away",
        story[1], "CNA Games", "Guess a word", "Show Less", story[2],
        "Source: A Wire", "Newsletter", "Sign up for our newsletters today",
    )  # fmt: skip
    assert extract.plain_text(markup)[0] == "\n".join(story)


def test_buttons_below_the_text_or_in_it_cut_nothing_off() -> None:
    below = lines(*PARAGRAPHS, *BUTTONS, "More of us")
    assert extract.plain_text(below)[0].startswith("\n".join(PARAGRAPHS))
    few = lines("He said:", "Share", "Print", *PARAGRAPHS)
    assert extract.plain_text(few)[0].startswith("He said:\nShare\nPrint")
    words = lines(PARAGRAPHS[0], "Related", "Newsletter", "Source: A Wire", PARAGRAPHS[1])
    assert extract.plain_text(words)[0].count("\n") == 4


def test_an_entry_as_an_article() -> None:
    entry = Entry("h", "g", URL, " Ministers\n agree ", lines(*PARAGRAPHS), True, "", "Anna")
    article = extract.entry_article(entry, "en-gb")
    assert (article.title, article.quality, article.lang) == ("Ministers agree", "full", "en-gb")
    assert (article.published, article.published_from, article.author) == (None, "", "Anna")
    assert article.text == "\n".join(PARAGRAPHS)


def test_an_entry_says_how_much_it_holds() -> None:
    assert extract.entry_article(Entry("h", "", URL, "T", "<p>Lead</p>"), "").quality == "lead"
    assert extract.entry_article(Entry("h", "", URL, "T", "<br>"), "").quality == "headline"
    assert extract.entry_article(Entry("h", "", URL, "T", "", True), "").quality == "headline"


# ── any bytes, any HTML ─────────────────────────────────────────────────────────────────────

SEED = page(head=ld(WHEN) + f'<meta name="date" content="{AT}"><link rel="canonical" href="/a/1">')
SEED_RUSSIAN = page(*RUSSIAN, head='<meta charset="windows-1251">').encode("windows-1251")
PIECES = ["<", ">", "&", "&#0;", "&#xD800;", "\x00", "\ufeff", "<p>", "</p>", "<!--", "]]>", "<svg>", "<math>",
          "<table><p>", "</body>", "</html>", "<html lang='\x01'>", "<script type='application/ld+json'>", '[USN:L TEXT:"',
          "<base href='http://['>", "<link rel='canonical' href='http://[::'>", "<time datetime='9999-99'>", "\ud800",
          "<a:b c:d='e'>", "<meta charset='rot13'>", "<?php ", "<frameset>", "<p xml:lang='x'>", "<template>"]  # fmt: skip


@st.composite
def markups(draw: st.DrawFn) -> str:
    """Text of any kind, mostly a good page with a few places damaged."""
    said = draw(st.sampled_from([SEED, SEED, SEED[: len(SEED) // 2], ""]))
    said = said or draw(st.text(max_size=200))
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(said)))
        gone = draw(st.sampled_from([0, 0, 1, 5, 40, 2_000]))
        piece = draw(st.sampled_from(PIECES) | st.text(max_size=5))
        said = said[:at] + piece + said[at + gone :]
    return said


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A page's bytes; now and then any at all, or in an encoding that it does not declare."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.binary(max_size=200))
    if draw(st.integers(0, 5)) == 0:
        at = draw(st.integers(0, len(SEED_RUSSIAN)))
        return SEED_RUSSIAN[:at] + draw(st.binary(max_size=4)) + SEED_RUSSIAN[at + 2 :]
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-16", "windows-1251"]))
    return draw(markups()).encode(encoding, "ignore")


def check_article(article: Article) -> None:
    said = (article.title, article.text, article.author, article.lang, article.canonical)
    for one in (*said, *article.relations):
        one.encode()
        assert "\x00" not in one
    assert "\n" not in article.title + article.author
    assert article.published is None or article.published.utcoffset() is not None
    assert bool(article.text) == (article.quality != "headline")


def check_page(body: bytes) -> None:
    try:
        article = extract.page_article(body, "text/html", URL, "en")
    except ExtractError as error:
        assert str(error)  # noqa: PT017 - it may just as well be none
        return
    check_article(article)


def check_entry(markup: str, title: str) -> None:
    article = extract.entry_article(Entry("h", "", URL, title, markup, True), "")
    check_article(article)


@settings(max_examples=100, deadline=None)
@given(bodies())
def test_any_bytes_are_an_article_or_the_named_error(body: bytes) -> None:
    check_page(body)


@settings(max_examples=100, deadline=None)
@given(markups(), st.text(max_size=50))
def test_any_html_is_an_article(markup: str, title: str) -> None:
    check_entry(markup, title)


@pytest.mark.acceptance
@pytest.mark.timeout(300)
@settings(max_examples=1000, deadline=None)
@given(bodies())
def test_a_thousand_pages_are_an_article_or_the_named_error(body: bytes) -> None:
    check_page(body)


@pytest.mark.acceptance
@settings(max_examples=2000, deadline=None)
@given(markups(), st.text(max_size=50))
def test_two_thousand_entries_are_articles(markup: str, title: str) -> None:
    check_entry(markup, title)


# ── how much is kept ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("joint", ["\n", " ", ""])
def test_an_endless_text_is_cut_and_says_so(joint: str) -> None:
    said = joint.join(["Waves"] * 100_000)
    kept = extract.bounded(said)
    assert extract.LONGEST // 2 <= len(kept) <= extract.LONGEST + 4
    text, _, mark = kept.rpartition("\n")
    assert mark == "[…]"
    assert said.startswith(text)
    assert extract.bounded("Waves\nand more") == "Waves\nand more"


def test_an_endless_entry_and_page_keep_their_beginning() -> None:
    body = "".join(f"<p>Paragraph {n} of the long report on the harbour.</p>" for n in range(9_000))
    entry = Entry("h", "g", "http://wire.example/1", "T" * 9_000, html=body, full=True)
    found = extract.entry_article(entry, "en")
    assert found.text.startswith("Paragraph 0 of")
    assert found.text.endswith("\n[…]")
    assert len(found.title) == extract.TITLE
    page = f"<html><head><title>x</title></head><body><article>{body}</article></body></html>"
    read = extract.page_article(page.encode(), "text/html", "http://wire.example/1", "en")
    assert len(read.text) <= extract.LONGEST + 4
