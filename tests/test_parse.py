"""Feeds as wires send them: whatever the bytes, a window or the one named error."""

from __future__ import annotations

import gzip
import html
import json
import os
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswatch import extract, markup, parse, references
from newswatch.address import canonical, has_page
from newswatch.model import Entry
from newswatch.parse import ParseError, Window

WIRE = "https://wire.example/rss/all.xml"
LONG = " ".join(f"word{n}" for n in range(80))


def read(body: str | bytes, content_type: str = "application/xml", url: str = WIRE) -> Window:
    data = body.encode() if isinstance(body, str) else body
    return parse.window(data, content_type, url, frozenset())


def only(body: str | bytes, content_type: str = "application/xml", url: str = WIRE) -> Entry:
    (entry,) = read(body, content_type, url).entries
    return entry


def rss(*items: str, head: str = "", declared: str = "utf-8") -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0" encoding="{declared}"?>\n<rss version="2.0"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:yandex="http://news.yandex.ru"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>A wire</title>{head}{inside}</channel></rss>"
    )


STORY = (
    "<title>Ministers agree</title><link>https://wire.example/1</link><guid>g-1</guid>"
    "<description>They met.</description><pubDate>Thu, 05 Mar 2026 14:05:06 +0300</pubDate>"
)
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>A wire</title><updated>2026-03-05T00:00:00Z</updated>
<entry><id>tag:wire.example,2026:1</id><title type="html">Ministers &lt;b&gt;agree&lt;/b&gt;</title>
<link rel="enclosure" href="https://wire.example/1.jpg"/>
<link rel="alternate" href="/1"/><author><name>Anna Example</name></author>
<published>2026-03-05T14:05:06+03:00</published><updated>2026-03-06T00:00:00Z</updated>
<summary>They met.</summary></entry></feed>"""
RDF = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://wire.example/"><title>A</title>
<items><rdf:Seq><rdf:li rdf:resource="https://wire.example/1"/></rdf:Seq></items></channel>
<item rdf:about="https://wire.example/1"><title>Ministers agree</title>
<link>https://wire.example/1</link><dc:date>2026-03-05T14:05:06+03:00</dc:date>
<dc:creator>Anna Example</dc:creator></item></rdf:RDF>"""
RSS_091 = """<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
 "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>A</title>
<item><title>Ministers agree</title><link>https://wire.example/1</link></item></channel></rss>"""
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "A wire",
        "items": [
            {
                "id": 7,
                "url": "/1",
                "title": "Ministers &amp; mayors agree",
                "content_html": f"<p>{LONG}</p>",
                "date_published": "2026-03-05T14:05:06+03:00",
                "authors": [{"name": "Anna Example"}, {"name": "Ben Example"}],
                "language": "en-GB",
            },
            {"id": "8", "content_text": "A < B\nSecond paragraph"},
            {"id": "9"},
            "no item",
        ],
    }
)
SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><image:image><image:loc>https://wire.example/p.jpg</image:loc><image:title>A photo</image:title>
</image:image><loc>https://wire.example/1</loc><news:news><news:publication><news:name>A wire</news:name>
<news:language>en</news:language></news:publication>
<news:publication_date>2026-03-05T14:05:06+03:00</news:publication_date>
<news:title>Ministers &amp;amp; mayors agree</news:title></news:news></url>
<url><loc>https://wire.example/about</loc></url></urlset>"""
INDEX = """<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://wire.example/s1.xml</loc><lastmod>2026-03-05</lastmod></sitemap>
<sitemap><loc>https://wire.example/s1.xml</loc></sitemap><sitemap><loc>/s2.xml</loc></sitemap>
<sitemap><loc>javascript:alert(1)</loc></sitemap></sitemapindex>"""


# ── the formats ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("body", [rss(STORY), ATOM, RDF, RSS_091, SITEMAP], ids=["rss", "atom", "rdf", "0.91", "map"])  # fmt: skip
def test_every_format_gives_the_same_story(body: str) -> None:
    entry = only(body)
    assert entry.url == "https://wire.example/1"
    assert "agree" in entry.title
    assert "<" not in entry.title
    if body is not RSS_091:
        assert entry.published is not None
        assert entry.published.isoformat() == "2026-03-05T14:05:06+03:00"


@pytest.mark.parametrize(
    ("body", "format_"),
    [(rss(STORY), "rss"), (RSS_091, "rss"), (ATOM, "atom"), (RDF, "rdf"), (SITEMAP, "sitemap"),
     (INDEX, "sitemap"), (JSON_FEED, "json"), ("<rss><channel><item><title>bare", "rss")],
)  # fmt: skip
def test_what_was_read_says_in_which_format_it_came(body: str, format_: str) -> None:
    assert read(body).format == format_


def test_rss_gives_all_it_says() -> None:
    window = read(rss(STORY, head="<ttl>15</ttl>"))
    assert (window.whole, window.hints.ttl, window.format) == (True, 900, "rss")
    (entry,) = window.entries
    assert (entry.guid, entry.html, entry.full) == ("g-1", "They met.", False)


@pytest.mark.parametrize("ttl", ["", "0", "-5", "soon", "99999999", "1" * 5000])
def test_an_absurd_ttl_is_none(ttl: str) -> None:
    assert read(rss(STORY, head=f"<ttl>{ttl}</ttl>")).hints.ttl is None


def test_atom_and_rdf_name_their_authors() -> None:
    assert only(ATOM).author == "Anna Example"
    assert only(RDF).author == "Anna Example"


def test_json_feed() -> None:
    window = read("\ufeff" + JSON_FEED, "application/feed+json")
    first, second = window.entries
    assert window.format == "json"
    assert (first.guid, first.url) == ("7", "https://wire.example/1")
    assert first.title == "Ministers & mayors agree"
    assert first.full
    assert (first.author, first.lang) == ("Anna Example, Ben Example", "en-gb")
    assert first.published is not None
    assert second.html == "<p>A &lt; B</p><p>Second paragraph</p>"
    assert not second.full


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-16", ""),
        ("utf-16-le", ""),
        ("utf-16-be", "application/feed+json"),
        ("utf-32", ""),
        ("windows-1251", "application/json; charset=windows-1251"),
        ("windows-1251", "application/json"),
        ("koi8-r", "application/json; charset=koi8-r"),
        ("utf-8", "application/json; charset=windows-1251"),
        ("utf-8-sig", "application/json"),
    ],
)
def test_json_feed_is_read_in_the_encoding_that_it_is_in(encoding: str, content_type: str) -> None:
    said = {"id": "1", "url": "/1", "title": "Министры договорились о новых правилах"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [said]}
    body = json.dumps(feed, ensure_ascii=False).encode(encoding)
    assert only(body, content_type).title == said["title"]


def json_feed(*items: dict[str, Any], **said: Any) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": list(items), **said})


@pytest.mark.parametrize(
    "item",
    [
        {"id": "1", "summary": "Fell < 3"},
        {"id": "1", "title": "Fell < 3"},
        {"id": "1", "content_text": "Fell < 3"},
        {"id": "1", "content_html": "<p>Fell &lt; 3</p>"},
        {"id": "1", "content_text": "", "content_html": None, "summary": "Fell < 3"},
        {"id": "1", "content_html": "<b>F</b>", "summary": "Fell < 3, as long as a summary is"},
    ],
)
def test_a_json_item_is_an_entry_where_anything_can_be_read_of_it(item: dict[str, Any]) -> None:
    entry = only(json_feed(item))
    article = extract.entry_article(entry, "en")
    assert f"{article.title}{article.text}".startswith("Fell < 3")
    assert entry.guid == "1"
    assert entry.url == only(json_feed({"id": "1", "summary": "Rose"})).url


def test_a_json_item_of_which_nothing_can_be_read_is_none() -> None:
    for item in (
        {},
        {"id": "9"},
        {"id": "9", "tags": ["a"]},
        {"id": True, "title": 0.5, "url": []},
    ):
        window = read(json_feed(item))
        assert [entry.title for entry in window.entries] == ["0.5"] * ("title" in item)
    assert only(json_feed({"id": "https://wire.example/9"})).url == "https://wire.example/9"


@pytest.mark.parametrize(
    ("written", "guid"), [("7", "7"), (7, "7"), (7.5, "7.5"), (10**30, "1" + "0" * 30)]
)
def test_a_json_item_s_id_may_be_a_number(written: object, guid: str) -> None:
    assert only(json_feed({"id": written, "title": "A"})).guid == guid


def test_a_json_item_s_other_address_and_later_date_stand_where_the_first_lack() -> None:
    item = {"id": "1", "title": "A", "external_url": "https://other.example/a"}
    entry = only(json_feed(item | {"date_modified": "2026-03-05T14:05:06Z"}))
    assert entry.url == "https://other.example/a"
    assert entry.published == datetime(2026, 3, 5, 14, 5, 6, tzinfo=UTC)
    assert only(json_feed(item | {"url": "/1"})).url == "https://wire.example/1"


def test_what_a_json_item_leaves_out_its_feed_says_for_all() -> None:
    anna, ben = {"name": "Anna <b>Example</b>"}, {"name": "Ben Example"}
    item = {"id": "1", "title": "A"}
    feed = {"language": "ru", "authors": [anna, {"url": "/x"}, ben]}
    entry = only(json_feed(item, **feed))
    assert (entry.lang, entry.author) == ("ru", "Anna Example, Ben Example")
    entry = only(json_feed(item | {"language": "en-GB", "author": ben}, **feed))
    assert (entry.lang, entry.author) == ("en-gb", "Ben Example")
    for odd in ("Ben Example", ["Ben Example"], ben):
        assert only(json_feed(item | {"authors": odd}, author=anna)).author == "Ben Example"
    assert only(json_feed(item | {"authors": []}, author=anna)).author == "Anna Example"


def test_a_cut_json_feed_keeps_whole_entries_only() -> None:
    at = JSON_FEED.index('{"id": "8"')
    end = JSON_FEED.index('{"id": "9"')
    for keep in (0, 1, 9, 40, end - at - 4):
        window = read(JSON_FEED[: at + keep])
        assert (window.whole, window.format) == (False, "json")
        assert window.entries == read(JSON_FEED).entries[:1]
    assert read(JSON_FEED[:end]).entries == read(JSON_FEED).entries
    with pytest.raises(ParseError, match="broken JSON"):
        read(JSON_FEED[: JSON_FEED.index("content_html")])
    with pytest.raises(ParseError, match="no JSON Feed"):
        read('{"items": [{"id": "1"}, {"id"')


def test_a_json_feed_may_hold_bare_control_characters_and_end_in_junk() -> None:
    body = JSON_FEED.replace("A < B", "A\x01\t< B") + "\n<!-- cached -->"
    assert len(read(body).entries) == 2
    assert read(body).whole


def test_news_sitemap_takes_the_article_and_not_its_picture() -> None:
    entry = only(SITEMAP)
    assert (entry.title, entry.lang) == ("Ministers & mayors agree", "en")


def test_sitemap_index_lists_its_parts_once() -> None:
    window = read(INDEX)
    assert window.parts == ("https://wire.example/s1.xml", "https://wire.example/s2.xml")
    assert window.format == "sitemap"
    assert not window.entries


@pytest.mark.parametrize("body", [SITEMAP, INDEX, rss(STORY), JSON_FEED])
def test_gzip_without_saying_so_is_unpacked(body: str) -> None:
    assert read(gzip.compress(body.encode()), "application/x-gzip") == read(body)


def test_a_bomb_is_refused() -> None:
    bomb = gzip.compress(b"<urlset>" + bytes(70 * 1024 * 1024), 1)
    with pytest.raises(ParseError, match="64 MB"):
        read(bomb)
    with pytest.raises(ParseError, match="64 MB"):
        read(gzip.compress(bytes(10 * 1024 * 1024), 1) * 7)
    with pytest.raises(ParseError, match="gzip"):
        read(b"\x1f\x8bnothing of the kind")


@pytest.mark.parametrize("body", [SITEMAP, rss(STORY), JSON_FEED])
def test_all_members_of_a_gzip_body_are_read(body: str) -> None:
    said = body.encode()
    for size in (1, 40, len(said) // 2):
        members = [gzip.compress(said[at : at + size]) for at in range(0, len(said), size)]
        for behind in (b"", bytes(512), b"junk, and more"):
            assert read(b"".join(members) + behind) == read(body)


def test_a_gzip_body_that_ends_early_is_read_as_far_as_it_goes() -> None:
    half = rss(STORY, RUSSIAN).encode()
    at = half.index(b"</item>") + 12
    cut = gzip.compress(half[:at]) + gzip.compress(half[at:])[:-9]
    window = read(cut)
    assert [e.title for e in window.entries][:1] == ["Ministers agree"]
    broken = bytearray(gzip.compress(half[:at]) + gzip.compress(half[at:]))
    broken[-6] ^= 255
    with pytest.raises(ParseError, match="broken gzip"):
        read(bytes(broken))


def test_a_cut_sitemap_keeps_what_it_named() -> None:
    for body in (SITEMAP[: SITEMAP.index("/about")], SITEMAP[:-5]):
        window = read(body)
        assert not window.whole
        assert [e.url for e in window.entries] == ["https://wire.example/1"]


PREFIXED = """<?xml version="1.0"?><sm:urlset xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><sm:url><sm:loc>https://wire.example/1</sm:loc>
<n:news><n:title>Ministers agree</n:title></n:news></sm:url></sm:urlset>"""


@pytest.mark.parametrize(
    "body",
    [
        PREFIXED,
        PREFIXED.replace('xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9"', ""),
        SITEMAP.replace("<urlset", f"<!-- {'made by a program ' * 400} --><urlset"),
        SITEMAP.replace("<urlset", '<?xml-stylesheet href="x.xsl"?><!DOCTYPE urlset []><urlset'),
        "\n" + SITEMAP,
        SITEMAP.replace("Ministers", "Ministers & <b>others</b> &eacute; \x0b&#0;"),
    ],
)
def test_a_sitemap_in_any_valid_form_or_nearly(body: str) -> None:
    entry = only(body)
    assert (entry.url, entry.title[-5:]) == ("https://wire.example/1", "agree")
    assert read(body).whole


def test_what_is_broken_in_a_sitemap_costs_nothing_behind_it() -> None:
    def item(location: str, title: str = "Ministers agree") -> str:
        return f"<url><loc>{location}</loc><news><title>{title}</title></news></url>"

    locations = [
        "https://wire.example/1?a=1&b=2",
        "<![CDATA[https://wire.example/2?a=1&b=2]]>",
        "https://wire.example/3?a=1&amp;b=2",
    ]
    broken = item("https://wire.example/4", "A <i>title</b> < all & others")
    window = read(f"<urlset>{broken}{''.join(map(item, locations))}</urlset>")
    assert window.whole
    assert [e.url.partition("example/")[2] for e in window.entries] == [
        "4",
        "1?a=1&b=2",
        "2?a=1&b=2",
        "3?a=1&b=2",
    ]
    assert read("<sitemapindex><sitemap><loc>/1?a&b</loc></sitemap></sitemapindex>").parts == (
        "https://wire.example/1?a&b",
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "<urlset>" + "<url>" * 200_000,
        "<urlset>" + "<!--" * 200_000,
        "<urlset>" + "<![CDATA[" * 200_000,
        "<!---->" * 200_000 + "<urlset",
        "<!--" * 200_000,
        "<urlset " + "x='1' " * 200_000 + ">",
        "<urlset><url>" + "<a>" * 200_000 + "</url></urlset>",
        "<urlset><url " + "<" * 200_000 + "</url></urlset>",
        "<urlset><url><loc>/1</loc><title>" + "A &amp; " * 200_000 + "</title></url></urlset>",
    ],
)
def test_a_hostile_sitemap_is_read_in_one_pass(hostile: str) -> None:
    check_any(hostile.encode(), "")  # what is not linear here outlasts the suite's own limit


def test_a_sitemap_follows_no_entity_and_no_address(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Ministers agree on a secret")
    for declared in (f'SYSTEM "file://{secret}"', '"&b;&b;&b;&b;"'):
        entities = f'<!DOCTYPE urlset [<!ENTITY b "{"x" * 5000}"><!ENTITY a {declared}>]>'
        (entry,) = read(SITEMAP.replace("<urlset", f"{entities}<urlset").replace("Ministers", "A &a;")).entries  # fmt: skip
        assert entry.title == "A &a; & mayors agree"


@pytest.mark.parametrize(
    ("said", "encoding", "declared", "content_type"),
    [
        ("Министры договорились", "utf-16", "utf-16", "application/xml"),
        ("Министры договорились", "utf-16-le", "", "application/xml"),
        ("Министры договорились", "utf-16-be", "utf-16", ""),
        ("部长们同意了", "gb2312", "GB2312", "text/xml"),
        ("장관들이 합의했다", "euc-kr", "EUC-KR", "text/xml"),
        ("大臣たちが合意した", "shift_jis", "Shift_JIS", "text/xml"),
        ("大臣たちが合意した", "iso-2022-jp", "ISO-2022-JP", "text/xml"),
        ("Министры договорились", "windows-1251", "", "text/xml; charset=windows-1251"),
        ("Министры договорились", "windows-1251", "utf-8", "text/xml; charset=windows-1251"),
        ("Министры договорились", "windows-1251", "utf-8", "text/xml"),
        ("Министры договорились", "windows-1251", "", "text/xml; charset=iso-8859-1"),
        ("Министры договорились", "utf-8", "utf-8", "text/xml; charset=windows-1251"),
        ("Министры договорились", "utf-8", "windows-1251", "text/xml; charset=utf-16"),
        ("Les ministres réunis à l’Élysée", "windows-1252", "iso-8859-1", "text/xml"),
        ("Les ministres réunis à l’Élysée", "windows-1252", "", "text/xml; charset=ISO-8859-1"),
    ],
)
def test_sitemaps_and_feeds_are_read_in_the_encoding_that_they_are_in(
    said: str, encoding: str, declared: str, content_type: str
) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else "<?xml version='1.0'?>"
    sitemap = PREFIXED.partition("?>")[2].replace("Ministers agree", said)
    feed = rss(STORY.replace("Ministers agree", said)).partition("?>")[2]
    for body in (sitemap, feed):
        assert only((head + body).encode(encoding), content_type).title == said


GML = "<gml:pos xmlns:gml='http://www.opengis.net/gml'>north</gml:pos>"
NO_INPUT = "<textInput><link>/1</link></textInput>"  # no item has one


def numbered(number: int, more: str = "") -> str:
    return STORY.replace("/1<", f"/{number}<").replace("agree", f"agree {number}") + more


def test_what_feedparser_raises_at_costs_no_entry_where_it_is_not_read() -> None:
    good = read(rss(*map(numbered, range(9))))
    assert read(rss(*(numbered(n, GML) for n in range(9)))) == good
    assert read(rss(*map(numbered, range(9)), head=GML)) == good


def test_an_entry_that_feedparser_raises_at_costs_itself_alone() -> None:
    items = [numbered(n, NO_INPUT if n in {3, 8} else "") for n in range(9)]
    assert read(rss(*items)) == read(rss(*(numbered(n) for n in range(8) if n != 3)))
    with pytest.raises(ParseError, match="cannot be read"):
        read(rss(items[3]))
    entry = ATOM[ATOM.index("<entry>") : ATOM.index("</feed>")]
    atom = ATOM.replace(entry, f"{entry}<entry>{NO_INPUT}</entry>{entry}")
    assert read(atom).entries == read(ATOM).entries * 2
    rdf = RDF.replace("</rdf:RDF>", f"<item>{NO_INPUT}</item></rdf:RDF>")
    assert (read(rdf).entries, read(rdf).format) == (read(RDF).entries, "rdf")


# ── references to no character ──────────────────────────────────────────────────────────────

REFERENCES = [
    ("&#xD83D;&#xDE00;", "\U0001f600"),
    ("&#Xd83d;&#Xde00;", "\U0001f600"),
    ("&#55357;&#56832;", "\U0001f600"),
    ("&#x0000D83D;&#000000056832;", "\U0001f600"),
    ("&#xD83D;&#xDE00;&#xD83D;&#xDE01;", "\U0001f600\U0001f601"),
    ("&#x41;&#xD83D;&#xDE00;", "A\U0001f600"),
    ("&#xD83D;", "\ufffd"),
    ("&#xD83D&#xDE00 x", "\U0001f600 x"),
    ("&#" + "9" * 5_000 + " x", "\ufffd x"),
    ("&#xDE00;&#xD83D;", "\ufffd\ufffd"),
    ("&#xD83D;&#65;", "\ufffdA"),
    ("&#x110000;", "\ufffd"),
    ("&#1114112;", "\ufffd"),
    ("&#" + "9" * 5_000 + ";", "\ufffd"),
    ("&#0;", "\ufffd"),
    ("&#000;", "\ufffd"),
    ("&#xB;", "\ufffd"),
    ("&#31;", "\ufffd"),
    ("&#xFFFE;", "\ufffd"),
    ("&#x10FFFD;&#x1F600;", "\U0010fffd\U0001f600"),
]


@pytest.mark.parametrize(("written", "meant"), REFERENCES)
def test_a_reference_to_no_character_costs_no_feed(written: str, meant: str) -> None:
    twice = written.replace("&", "&amp;")
    for said in (written, twice, f"<![CDATA[{written}]]>"):
        first = f"<title>Rise {said}</title><link>/1</link><guid>g {written}</guid><description>Fall {said}</description>"
        one, two = read(rss(first, STORY)).entries
        assert (one.title, one.guid, two.title) == (
            f"Rise {meant}",
            f"g {meant}",
            "Ministers agree",
        )
        assert html.unescape(one.html) == f"Fall {meant}"
    (atom,) = read(
        ATOM.replace("Ministers", written).replace('href="/1"', f'href="/{written}"')
    ).entries
    assert (atom.title, atom.url) == (f"{meant} agree", f"https://wire.example/{meant}")
    assert only(SITEMAP.replace("Ministers", written)).title == f"{meant} & mayors agree"
    item = {"id": "7", "title": f"Rise {written}", "content_html": f"<p>Fall {written}</p>"}
    feed = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})
    for said in (feed, feed.replace("&", "\\u0026")):
        assert (only(said).title, html.unescape(only(said).html)) == (
            f"Rise {meant}",
            f"<p>Fall {meant}</p>",
        )


def test_all_other_references_stay_as_they_are() -> None:
    for said in (
        "a & b # c",
        "&#;",
        "&#x;",
        "&#8217;&#x41;&amp;#39;&#9;",
    ):
        assert references.mended(said) == said


@pytest.mark.parametrize("hostile", ["&#", "&#x", "&#xD83D;", "&amp;", "&#0", "0", "&#8217;"])
def test_references_are_mended_in_one_pass(hostile: str) -> None:
    assert len(references.mended("&#" + hostile * 500_000)) > 0


# ── references by HTML's names ──────────────────────────────────────────────────────────────

NETSCAPE = (
    '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
    ' "http://my.netscape.com/publish/formats/rss-0.91.dtd">\n'
)
LATIN_1 = (
    '<!DOCTYPE rss SYSTEM "rss-0.91.dtd" [\n<!ENTITY % latin PUBLIC "latin" "latin1.ent"> %latin;\n'
    '<!ENTITY eacute "&#233;">\n<!ENTITY copy "Daybreak">\n]>\n'
)
NAMED = [
    ("Caf&eacute; d&rsquo;or", "Caf\xe9 d\u2019or"),
    ("5&nbsp;&euro; &hellip; &mdash;", "5 \u20ac \u2026 \u2014"),
    ("&Eacute;t&eacute; &there4; &CapitalDifferentialD;", "\xc9t\xe9 \u2234 \u2145"),
    ("a &lt; b &amp; c &gt; d &quot;e&quot; &apos;f&apos;", "a < b & c > d \"e\" 'f'"),
    ("a &LT; b &AMP; c &GT; d", "a < b & c > d"),
    ("a &zzz; b &o.k; c", "a &zzz; b &o.k; c"),
    ("caf&amp;eacute; <![CDATA[caf&eacute; ]]>", "caf\xe9 caf\xe9"),
]


@pytest.mark.parametrize("doctype", ["", NETSCAPE, LATIN_1])
@pytest.mark.parametrize(("written", "meant"), NAMED)
def test_html_s_names_are_characters_whatever_is_declared(
    doctype: str, written: str, meant: str
) -> None:
    body = rss(
        f"<title>{written}</title><link>/1</link><description>{written} <!-- &eacute; --></description>"
    )
    for feed in (body, body.replace('version="2.0"', 'version="0.91"')):
        entry = only(feed.replace("?>\n", "?>" + doctype))
        assert entry.title == meant
        assert extract.plain_text(entry.html)[0] == meant


def test_a_name_that_a_document_declares_itself_is_its_own() -> None:
    assert only(rss("<title>&copy; says</title>").replace("?>\n", "?>\n" + LATIN_1)).title == (
        "Daybreak says"
    )


def test_names_in_other_formats_and_in_old_encodings() -> None:
    atom = only(ATOM.replace("Ministers", "&Eacute;lys&eacute;e"))
    assert atom.title == "\xc9lys\xe9e agree"
    assert only(SITEMAP.replace("Ministers", "&Eacute;lys&eacute;e")).title == (
        "\xc9lys\xe9e & mayors agree"
    )
    old = rss("<title>Caf\xe9 &mdash; caf&eacute;</title>", declared="iso-8859-1")
    assert only(old.encode("iso-8859-1"), "text/xml").title == "Caf\xe9 \u2014 caf\xe9"


@pytest.mark.parametrize(
    "said",
    ["<![CDATA[&eacute;]]>", "<!-- &eacute; -->", "<![CDATA[ <!-- ]]><!-- <![CDATA[ &eacute; -->", "&amp;&lt;&gt;&quot;&apos;",
     "&#233; &#xE9; &amp;eacute;", "<![CDATA[ &eacute; & ", "<![CDATA[ a & b ]]><!-- & -->", "<!-- &eacute;"],
)  # fmt: skip
def test_what_is_no_name_of_html_stays(said: str) -> None:
    assert references.named(said) == said
    assert references.named(f"&eacute;{said}") == f"\xe9{said}"


@pytest.mark.parametrize(
    "name", ["lang", "copy", "reg", "section", "amp", "image", "x", "1", "", "not", "ÿ"]
)
def test_an_ampersand_that_is_left_bare_is_one(name: str) -> None:
    address = f"https://wire.example/1?id=1&{name}=2&page=3"
    bare = rss(f"<title>A & {name}</title><link>{address}</link><guid>{address}</guid>")
    escaped = bare.replace("&", "&amp;")
    assert (only(bare).title, only(bare).guid) == (f"A & {name}".strip(), address)
    assert only(bare) == only(escaped)
    assert read(bare).whole
    where = SITEMAP.replace("https://wire.example/1", address)
    assert only(where).url == only(where.replace(address, html.escape(address))).url != ""


@pytest.mark.timeout(15)
@pytest.mark.parametrize(
    "hostile",
    [
        "&#",
        "&#9",
        "&eacute;",
        "&",
        "&a",
        "<!--",
        "<!---->",
        "<![CDATA[",
        "<![CDATA[]]>",
        "<!ENTITY a ",
    ],
)
def test_names_are_read_in_one_pass(hostile: str) -> None:
    assert references.named("&" + hostile * (2_000_000 // len(hostile)))


# ── encodings ───────────────────────────────────────────────────────────────────────────────

RUSSIAN = "<title>Министры договорились</title><link>https://wire.example/1</link>"


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("utf-8", "utf-8", "text/xml"),
        ("utf-8", "utf-8", "text/xml; charset=iso-8859-1"),
        ("utf-8", "utf-8", "text/xml; charset=us-ascii"),
        ("utf-8", "utf-8", "application/rss+xml; charset=no-such-77"),
        ("utf-8", "utf-8", "text/html; charset=utf-8"),
        ("utf-8", "utf-8", "application/octet-stream"),
        ("utf-8", "utf-8", ""),
        ("windows-1251", "windows-1251", "text/xml"),
        ("windows-1251", "windows-1251", "application/xml; charset=utf-8"),
        ("windows-1251", "windows-1251", "application/rss+xml"),
        ("koi8-r", "koi8-r", "text/xml"),
        ("utf-16", "utf-16", "application/xml"),
        ("utf-8", "utf-8", "application/xml; charset=windows-1251"),
        ("utf-8", "windows-1251", "text/xml"),
        ("windows-1251", "utf-8", "text/xml; charset=utf-8"),
        ("windows-1251", "iso-8859-1", "text/xml"),
        ("windows-1251", "unicode_escape", "text/xml; charset=punycode"),
        ("koi8-r", "", "text/xml; charset=koi8-r"),
    ],
)
def test_reads_russian_whatever_the_header_says(
    encoding: str, declared: str, content_type: str
) -> None:
    window = read(rss(RUSSIAN, declared=declared).encode(encoding), content_type)
    assert [e.title for e in window.entries] == ["Министры договорились"]
    assert window.whole


def test_some_wrong_bytes_spoil_no_more_than_themselves() -> None:
    body = rss(RUSSIAN, STORY).encode().replace(b"met.", b"m\xff\xfet.\x0b")
    window = read(body)
    assert len(window.entries) == 2
    assert [e.title for e in window.entries] == ["Министры договорились", "Ministers agree"]


# ── cut, padded, broken ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("format_", ["rss", "atom", "rdf"])
def test_a_cut_feed_keeps_whole_entries_only(format_: str) -> None:
    one, end = {
        "rss": (rss(STORY), "</item>"),
        "atom": (ATOM, "</entry>"),
        "rdf": (RDF, "</item>"),
    }[format_]
    at = one.index(end) + len(end)
    begin = one.rindex("<item" if "item" in end else "<entry", 0, at)
    second = one[begin:at].replace("/1", "/2").replace("agree", "disagree about everything")
    for keep in (0, 1, 30, 90, len(second) - 3):
        window = read(one[:at] + second[:keep])
        assert not window.whole
        assert [e.url for e in window.entries] == ["https://wire.example/1"]
        assert window.entries[0] == only(one)
    assert len(read(one[:at] + second + one[at:]).entries) == 2


def test_a_feed_cut_in_its_first_entry_has_none() -> None:
    whole = rss(STORY)
    window = read(whole[: whole.index("agree")])
    assert (window.entries, window.whole) == ((), False)


def test_what_stands_behind_the_end_is_no_damage() -> None:
    for after in ("<!-- cached -->", "\n<script>x</script>", "junk & <more", "<!---->" * 400 + "x"):
        window = read(rss(STORY) + after)
        assert window.whole
        assert len(window.entries) == 1


def test_an_undeclared_entity_costs_nothing() -> None:
    window = read(rss(STORY.replace("They met.", "They&nbsp;met &eacute; & left")))
    assert window.whole
    assert "left" in window.entries[0].html


def test_a_feed_without_entries_is_a_feed() -> None:
    assert read(rss()) == Window(format="rss")
    assert read("<urlset></urlset>").entries == ()
    assert read('{"version": "https://jsonfeed.org/version/1", "items": null}').entries == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"/etc/hostname", "no feed"),
        (b"Too many requests, come back later.", "no feed"),
        (b"<!DOCTYPE html><html><head><title>502 &amp; out</title></head><body>x</body></html>", "HTML page.*502 & out"),
        (b"<HTML><BODY>error</BODY></HTML>", "HTML page"),
        (b"[1, 2]", "no feed"),
        (b"{}", "no JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', "broken JSON"),
        (b'{"a":' * 100_000, "broken JSON"),
        (b"{\xff", "broken JSON"),
        (b"<urlset><url>", "sitemap"),
        (b"\x00" * 1000, "no feed"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no feed"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse.window(body, "text/xml", WIRE, frozenset())


def opened_while(act: Callable[[], object]) -> list[str]:
    """The files that this thread opened while *act* ran."""
    opened: list[str] = []
    mine = threading.get_ident()
    listening = True

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        if listening and event == "open" and threading.get_ident() == mine:
            opened.append(str(arguments[0]))

    sys.addaudithook(listen)  # an audit hook cannot be taken off again, only told to be still
    try:
        act()
    finally:
        listening = False
    return opened


def test_a_body_that_names_a_file_opens_none(tmp_path: Path) -> None:
    named = tmp_path / "feed.xml"
    named.write_text(rss(STORY))
    read(rss(STORY))  # whatever feedparser imports, it has imported now

    def ask() -> None:
        for body in (b"/etc/hostname", os.fsencode(named), named.as_uri().encode()):
            with pytest.raises(ParseError):
                parse.window(body, "text/xml", WIRE, frozenset())

    assert opened_while(ask) == []
    assert opened_while(named.read_bytes) == [str(named)], "the hook must be able to see one"


def test_an_entity_names_no_file_either(tmp_path: Path) -> None:
    named = tmp_path / "secret"
    named.write_text("secret words")
    declared = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{named.as_uri()}">]><rss version="2.0">'
    body = rss(STORY.replace("They met.", "&x;")).replace('<rss version="2.0"', declared[:-1], 1)
    try:
        entries = read(body).entries
    except ParseError:
        entries = ()
    assert "secret words" not in repr(entries)


def test_a_billion_laughs_stays_small() -> None:
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12)
    )
    for root in ("rss", "urlset"):
        body = f"<!DOCTYPE {root} [{entities}]><{root}><url><loc>&m;</loc></url></{root}>"
        try:
            assert not read(body).entries
        except ParseError as error:
            assert len(str(error)) < 500  # noqa: PT017 - either answer will do


# ── entries ─────────────────────────────────────────────────────────────────────────────────


def test_an_entry_without_link_has_an_address_of_its_own() -> None:
    one = only(rss("<title>A</title><guid isPermaLink='false'>g-1</guid>"))
    changed = only(rss("<title>B</title><guid isPermaLink='false'>g-1</guid>"))
    other = only(rss("<title>A</title><guid isPermaLink='false'>g-2</guid>"))
    bare = only(rss("<title>A</title><description>x</description>"))
    assert one.url == changed.url
    assert one.url.startswith(WIRE + "#")
    assert len({canonical(entry.url) for entry in (one, other, bare)}) == 3
    assert not any(has_page(entry.url) for entry in (one, other, bare))
    assert one.hash != changed.hash


def test_a_guid_may_be_the_link() -> None:
    assert only(rss("<title>A</title><guid>https://wire.example/9</guid>")).url.endswith("/9")
    says_no = "<title>A</title><guid isPermaLink='false'>https://wire.example/9</guid>"
    assert only(rss(says_no)).url.endswith("/9")


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://[", "mailto:a@b.example"])
def test_a_link_that_is_none_is_not_used(link: str) -> None:
    entry = only(rss(f"<title>A</title><link>{link}</link>"))
    assert entry.url.startswith(WIRE + "#")


def test_no_guid_and_duplicate_guids_lose_nothing() -> None:
    window = read(
        rss(
            "<title>A</title><link>https://wire.example/1</link>",
            "<title>A</title><link>https://wire.example/1</link>",
            "<title>B</title><link>https://wire.example/2</link><guid>same</guid>",
            "<title>C</title><link>https://wire.example/3</link><guid>same</guid>",
        )
    )
    assert [e.url[-1] for e in window.entries] == list("1123")
    assert len({e.hash for e in window.entries}) == 3


def test_an_empty_item_is_no_entry() -> None:
    assert len(read(rss("", "<pubDate>x</pubDate>", STORY)).entries) == 1


def test_a_new_date_is_no_change_and_each_word_is() -> None:
    first = only(rss(STORY))
    assert only(rss(STORY.replace("14:05", "19:09"))).hash == first.hash
    for old, new in (("agree", "argue"), ("met", "left"), ("/1", "/2"), ("g-1", "g-2")):
        assert only(rss(STORY.replace(old, new))).hash != first.hash


@pytest.mark.parametrize(
    "title",
    [
        "Profit &amp; loss",
        "Profit &amp;amp; loss",
        "<![CDATA[Profit & loss]]>",
        "<![CDATA[<b>Profit</b> &amp; loss]]>",
        "\n  Profit\t &amp;\n loss ",
        "Profit &lt;i&gt;&amp;amp;&lt;/i&gt; loss",
        "Profit &#38; loss",
    ],
)
def test_a_title_is_plain_however_often_it_was_escaped(title: str) -> None:
    assert only(rss(f"<title>{title}</title><link>/1</link>")).title == "Profit & loss"


@pytest.mark.parametrize(
    "title",
    ["3 < 5 & 7 > 2", "x<y and y>z", "5 < 6 and 7 > 3", "a<b and c>d", "Oil<br and gas>oil", "I <3 wires>", "<Agency> says", "P<0.05>"],
)  # fmt: skip
def test_a_title_keeps_what_only_looks_like_a_tag(title: str) -> None:
    once = html.escape(title, quote=False)
    for said in (f"<![CDATA[{title}]]>", once, html.escape(once, quote=False)):
        assert only(rss(f"<title>{said}</title>")).title == title
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1, "title": title}]}
    assert only(json.dumps(feed)).title == title


@pytest.mark.parametrize(
    "title",
    ["<b>Oil</b> rises", "<B>Oil</B> rises", "Oil<br/> rises", "Oil<br /> rises", '<p class="lead">Oil rises</p>',
     "<p class=lead>Oil rises", "<a\nhref='/a?b=1'>Oil</a> rises", "<strong >Oil</strong > rises", "<H1>Oil rises</H1>",
     '<img src="/a.jpg"/>Oil rises', "<font color=red>Oil</font> rises", "Oil<o:p></o:p> rises", "<!-- a --><!---->Oil rises", '<br clear="all"/>Oil rises'],
)  # fmt: skip
def test_a_title_s_real_markup_is_taken_out(title: str) -> None:
    for said in (f"<![CDATA[{title}]]>", html.escape(title)):
        assert only(rss(f"<title>{said}</title>")).title == "Oil rises"


@pytest.mark.timeout(15)
@pytest.mark.parametrize("hostile", ["<a ", "<a =", "<a", "</", "<a / ", "<a x=", "=", " "])
def test_a_title_is_made_plain_in_one_pass(hostile: str) -> None:
    assert markup.plain("<a " + hostile * 500_000)


def test_cdata_links_and_white_space() -> None:
    entry = only(
        rss("<title>A</title><link><![CDATA[\n https://wire.example/1?a=1&b=2 \n]]></link>")
    )
    assert entry.url == "https://wire.example/1?a=1&b=2"


def test_relative_links_are_seen_from_the_feed() -> None:
    assert only(rss("<title>A</title><link>../a/1</link>")).url == "https://wire.example/a/1"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Чт, 05 марта 2026 14:05:06 +0300", datetime(2026, 3, 5, 11, 5, 6, tzinfo=UTC)),
        ("jue, 05 marzo 2026 14:05:06 GMT", datetime(2026, 3, 5, 14, 5, 6, tzinfo=UTC)),
        ("2026-03-05 14:05:06", datetime(2026, 3, 5, 14, 5, 6, tzinfo=UTC)),
        ("2026年11月25日 11:30", datetime(2026, 11, 25, 11, 30, tzinfo=UTC)),
        ("2026年11月", None),  # feedparser reads the month's first day
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 GMT", None),
        ("Mon, 01 Jan 1980 00:00:00 GMT", None),
        ("someday", None),
        ("", None),
    ],
)
def test_local_dates_and_none(written: str, expected: datetime | None) -> None:
    assert only(rss(f"<title>A</title><pubDate>{written}</pubDate>")).published == expected


def test_an_absurd_date_hides_no_other() -> None:
    both = "<title>A</title><pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>"
    both += "<dc:date>2026-03-05T14:05:06Z</dc:date>"
    assert only(rss(both)).published == datetime(2026, 3, 5, 14, 5, 6, tzinfo=UTC)


def test_google_news_names_the_publisher_only_there() -> None:
    item = "<title>Ministers agree - A Paper</title><link>https://wire.example/1</link>"
    assert only(rss(item)).title == "Ministers agree - A Paper"
    google = only(rss(item), url="https://news.google.com/rss")
    assert google.title == "Ministers agree"


# ── which of an entry's texts ───────────────────────────────────────────────────────────────


def test_content_stands_for_the_article_when_it_is_long_enough() -> None:
    entry = only(rss(STORY + f"<content:encoded><![CDATA[<p>{LONG}</p>]]></content:encoded>"))
    assert entry.full
    assert LONG in entry.html
    short = only(rss(STORY + "<content:encoded>They met at last.</content:encoded>"))
    assert (short.full, short.html) == (False, "They met at last.")
    shorter = only(rss(STORY + "<content:encoded>x</content:encoded>"))
    assert shorter.html == "They met."


def test_in_a_feed_of_whole_texts_a_short_one_is_short_news() -> None:
    long = STORY + f"<content:encoded>{LONG}</content:encoded>"
    short = "<title>B</title><link>/2</link><content:encoded>Shares fell.</content:encoded>"
    assert [e.full for e in read(rss(long, short)).entries] == [True, True]
    assert [e.full for e in read(rss(long, short, short, short)).entries] == [True, False, False, False]  # fmt: skip

    assert [e.full for e in read(rss(long, long, *[short] * 4)).entries] == [True] * 6


@pytest.mark.parametrize(
    "end",
    ["…", " [&#8230;]", "...", "&lt;a href='/1'&gt;Continue reading&lt;/a&gt; Ministers agree", " Читать далее »",
     "… The post Ministers agree appeared first on A wire."],
)  # fmt: skip
def test_a_teaser_is_not_the_article_however_long_others_are(end: str) -> None:
    teaser = (
        f"<title>B</title><link>/2</link><content:encoded>{' word' * 70}{end}</content:encoded>"
    )
    long = STORY + f"<content:encoded>{LONG} {LONG}{end}</content:encoded>"
    assert [e.full for e in read(rss(long, long, teaser)).entries] == [True, True, False]


def test_an_explicit_full_text_is_the_article_however_short() -> None:
    for name in ("yandex:full-text", "full-text"):
        item = STORY + f"<{name}>They met at last.</{name}>"
        assert [(e.full, e.html) for e in read(rss(item, item)).entries] == [
            (True, "They met at last.")
        ] * 2
        less = STORY + f"<{name}>x</{name}>"
        assert (only(rss(less)).full, only(rss(less)).html) == (False, "They met.")


def test_yandex_full_text_is_the_article() -> None:
    entry = only(rss(STORY + f"<yandex:full-text>{LONG}</yandex:full-text>"))
    assert entry.full
    assert LONG in entry.html


def test_a_photo_description_is_not_the_article() -> None:
    picture = (
        f"<media:content url='p.jpg'><media:description>{LONG}</media:description></media:content>"
    )
    entry = only(rss(STORY + picture))
    assert not entry.full
    assert entry.html == "They met."


def test_nothing_comes_out_that_a_store_cannot_hold() -> None:
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [
        {"id": "a\ud800", "url": "/\x00x", "title": "T\ud800\x00", "content_text": "\udfff", "language": 5,
         "authors": {"name": "x"}, "date_published": 10**30},
    ]})  # fmt: skip
    entry = only(body)
    repr(entry).encode()
    assert "\x00" not in entry.title + entry.url + entry.html + entry.guid
    entry.title.encode()


# ── any bytes ───────────────────────────────────────────────────────────────────────────────

SEEDS = [rss(STORY, RUSSIAN).encode(), ATOM.encode(), RDF.encode(), RSS_091.encode(),
         JSON_FEED.encode(), SITEMAP.encode(), INDEX.encode(), gzip.compress(SITEMAP.encode()),
         rss(RUSSIAN, declared="windows-1251").encode("cp1251")]  # fmt: skip
PIECES = [b"<item>", b"</item>", b"<![CDATA[", b"]]>", b"<!--", b"&#x0;", b"&#xD800;", b"&a;", b"\x00",
          b"\xff\xfe", b"<link/>", b"xmlns:x=''", b"<!DOCTYPE a [", b"{", b'"', b"</rss>", b"\xef\xbb\xbf",
          GML.encode(), NO_INPUT.encode(), b"1e999", b"&#55357;&#xDE00;", b"&#x110000;", b"&#99999999999;", b"&amp;#XB;", b"<guid>", b"<pubDate>99999</pubDate>", b"<link href='http://['/>", b"encoding='rot13'"]  # fmt: skip
# Any reference, many to no character: in any base, case and length.
REFERENCE = st.builds(
    lambda number, form, zeros: form.replace("0", "0" * zeros).format(number).encode(),
    st.sampled_from([0, 0xB, 0xD83D, 0xDE00, 0xFFFF, 0x110000, 10**12]) | st.integers(0, 2**32),
    st.sampled_from(
        ["&#0{};", "&#x0{:x};", "&#X0{:X};", "&amp;#0{};", "&#0{}", "<![CDATA[&#x0{:x};]]>"]
    ),
    st.integers(0, 12),
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Bytes of any kind, mostly a good feed with a few places damaged."""
    if draw(st.integers(0, 4)) == 0:
        return draw(st.binary(max_size=200))
    body = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(body)))
        gone = draw(st.sampled_from([0, 0, 1, 5, 40, 10_000]))
        piece = draw(st.sampled_from([b"", *PIECES]) | REFERENCE | st.binary(max_size=4))
        body = body[:at] + piece + body[at + gone :]
    return body


TYPES = st.sampled_from(["", "text/xml", "text/xml; charset=utf-16", "application/json", "\x00;=", "a;charset=\ud800"])  # fmt: skip


def check_any(body: bytes, content_type: str) -> None:
    try:
        window = parse.window(body, content_type, WIRE, frozenset())
    except ParseError as error:
        assert 0 < len(str(error)) < 1000  # noqa: PT017 - it may just as well be none
        return
    for entry in window.entries:
        assert entry.url.startswith("http")
        assert entry.published is None or entry.published.utcoffset() is not None
        for said in (entry.title, entry.url, entry.guid, entry.html, entry.author, entry.lang):
            said.encode()
            assert "\x00" not in said
    assert all(part.startswith("http") for part in window.parts)


@settings(max_examples=100, deadline=None)
@given(bodies(), TYPES)
def test_any_bytes_are_a_window_or_the_named_error(body: bytes, content_type: str) -> None:
    check_any(body, content_type)


@pytest.mark.acceptance
@settings(max_examples=2000, deadline=None)
@given(bodies(), TYPES)
def test_two_thousand_bodies_are_a_window_or_the_named_error(
    body: bytes, content_type: str
) -> None:
    check_any(body, content_type)


def test_the_feeds_that_a_page_names_are_few_and_on_the_web() -> None:
    link = "<link rel=alternate type='{}' href='{}'>"
    feeds = [link.format("application/rss+xml", f"/{n}.xml") for n in range(30)]
    others = [
        link.format("application/rss+xml", "javascript:alert(1)"),
        link.format("application/rss+xml", "/" + "a" * 400),
        link.format("text/html", "/fr/"),
        "<link rel=stylesheet type='application/rss+xml' href='/style'>",
        "<link " * 1000,
    ]
    page = "<!doctype html><html><head>" + "".join([*others, *feeds]) + "</head>"
    with pytest.raises(ParseError) as wrong:
        parse.window(page.encode(), "text/html", "https://wire.example/news/", frozenset())
    named = str(wrong.value).partition("these feeds: ")[2].split(", ")
    assert named == [f"https://wire.example/{n}.xml" for n in range(10)]
