"""A feed read around what was read before gives what a whole reading gives, whatever its next body is."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import patient
from archive_of import HOUR, NOW, Desk, content_id_of
from newswatch import crawl, ingest, parse, pieces, syndication
from newswatch.model import Outcome, Shown
from newswatch.parse import ParseError, Window
from replayed import shared

WIRE = "https://wire.example/rss/all.xml"
Read = tuple[Shown, ...]


def kept(window: Window) -> Read:
    """What ingest keeps of a window: one entry a hash, and of a guid that stands twice nothing."""
    guids = [entry.guid for entry in window.entries]
    return tuple(
        Shown(e.hash, e.guid, e.url, None, e.mark)
        for e in {e.hash: e for e in window.entries}.values()
        if e.mark and (not e.guid or guids.count(e.guid) == 1)
    )


def read(body: bytes, read: Iterable[Shown] = (), content_type: str = "text/xml") -> Window | str:
    try:
        return parse.window(body, content_type, WIRE, read)
    except ParseError as error:
        return str(error)


def check(body: bytes, before: Read, content_type: str = "text/xml") -> tuple[Read, int]:
    """Hold a reading around what was read *before* against a whole one; what is kept for the next, and how
    many entries were not read again.
    """
    whole, delta = read(body, (), content_type), read(body, before, content_type)
    if isinstance(whole, str) or isinstance(delta, str):
        assert whole == delta
        return before, 0
    assert (delta.whole, delta.parts, delta.hints, delta.format) == (
        whole.whole, whole.parts, whole.hints, whole.format,
    )  # fmt: skip
    known = {shown.hash for shown in before}
    left_out = 0
    assert len(whole.entries) == len(delta.entries)
    for mine, other in zip(delta.entries, whole.entries, strict=True):
        if mine != other:
            assert mine.hash in known
            assert (mine.hash, mine.guid, mine.url) == (other.hash, other.guid, other.url)
            left_out += 1
        assert not other.mark or mine.mark == other.mark
    return kept(delta), left_out


# ── recorded wires ──────────────────────────────────────────────────────────────────────────


@pytest.mark.acceptance
@pytest.mark.parametrize(
    "site", ["site-reuters", pytest.param("site-newspapers", marks=patient.LONG)]
)
def test_every_recorded_version_is_read_around_the_one_before_it_as_it_is_whole(site: str) -> None:
    folder = shared("data") / site
    versions = entries = left_out = 0
    for route in json.loads((folder / "manifest.json").read_text("utf-8"))["routes"]:
        before: Read = ()
        for version in route["versions"] if route["kind"] == "versions" else ():
            body = gzip.decompress((folder / "files" / version["file"]).read_bytes())
            before, known = check(body, before, route["ctype"])
            versions += 1
            entries += body.count(b"</item")
            left_out += known
    assert versions >= 260, "all that either site recorded"
    assert left_out > 0.6 * entries


# ── made-up ones ────────────────────────────────────────────────────────────────────────────

LONG = " ".join(f"word{n}" for n in range(80))
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
)
FRAMES = {
    "rss": (f'<?xml version="1.0"?>\n<rss version="2.0" {SPACES}><channel><title>A</title>',
            "</channel></rss>\n"),
    "rdf": (('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
            f' xmlns="http://purl.org/rss/1.0/" {SPACES}><channel rdf:about="https://wire.example/">'
            "<title>A</title><items><rdf:Seq/></items></channel>"), "</rdf:RDF>"),
    "atom": (f'<feed xmlns="http://www.w3.org/2005/Atom" {SPACES}><title>A</title>', "</feed>"),
}  # fmt: skip
FORMATS = st.sampled_from(sorted(FRAMES))


def item(form: str, n: int, title: str, text: str) -> str:
    """One entry: *text* as its content, a summary beside it."""
    if form == "atom":
        return (
            f'<entry><id>g{n}</id><title>{title}</title><link href="/{n}"/><summary>S{n}.</summary>'
            f'<content type="html">{text}</content></entry>'
        )
    return (
        f"<item><title>{title}</title><link>https://wire.example/{n}</link><guid>g{n}</guid>"
        f"<description>S{n}.</description><content:encoded>{text}</content:encoded></item>"
    )


TEXTS = st.sampled_from(
    ["", "", "Short.", f"<![CDATA[<p>{LONG}</p>]]>", LONG, f"{LONG} &lt;b&gt;&eacute;&#233;&nbsp;",
     "<![CDATA[</item><item>]]>", "a &amp; b & c", "<!-- <item> -->Said."]
)  # fmt: skip
ITEMS = st.lists(
    st.tuples(
        st.integers(0, 8), st.sampled_from(["T", "T &amp; U", "&#xD83D;&#xDE00;", ""]), TEXTS
    ),
    max_size=8,
)
# What an edit puts at some place of the frame or of an item: most of it matters, or breaks something.
PIECES = st.sampled_from(
    ["", " ", "\n", "<ttl>5</ttl>", "<dc:language>ru</dc:language>", ' xml:base="https://other.example/"',
     ' xml:lang="de"', "<item>", "</item>", "<item/>", "<entry>", "</entry>", "<![CDATA[", "]]>", "<!--", "-->",
     "<!DOCTYPE rss>", '<!ENTITY a "b">', "&eacute;", "&a;", "<x:y>", "</channel>", "<channel>", "</rss>", "<", ">",
     '"', "<?x <item> ?>", "\x00", "<image><title>I</title></image>", "<media:title>M</media:title>",
     "<description>D</description>", "<pubDate>Thu, 05 Mar 2026 14:05:06 +0300</pubDate>"]
)  # fmt: skip


@st.composite
def polls(draw: st.DrawFn) -> list[bytes]:
    """What a feed shows at each of some polls: entries come, leave, return, change, stand twice."""
    form = draw(FORMATS)
    head, tail = FRAMES[form]
    bodies = []
    shown = draw(ITEMS)
    for _ in range(draw(st.integers(2, 4))):
        shown = draw(st.permutations(shown[: draw(st.integers(0, 8))])) + draw(ITEMS)[:3]
        said = head + "\n".join(item(form, *one) for one in shown) + tail
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
            at = draw(st.integers(0, len(said)))
            gone = draw(st.sampled_from([0, 0, 1, 7, 10_000]))
            said = said[:at] + draw(PIECES) + said[at + gone :]
        bodies.append(said.encode())
    return bodies


@settings(max_examples=150, deadline=None)
@given(polls())
def test_made_up_polls_are_read_around_each_other_as_they_are_whole(bodies: list[bytes]) -> None:
    before: Read = ()
    for body in bodies:
        before, _ = check(body, before)


@pytest.mark.acceptance
@settings(max_examples=1000, deadline=None)
@given(polls())
def test_a_thousand_polls_are_read_around_each_other(bodies: list[bytes]) -> None:
    before: Read = ()
    for body in bodies:
        before, _ = check(body, before)


def feed(form: str, *items: str, head: str = "", tag: str = "") -> bytes:
    opening, tail = FRAMES[form]
    return (opening.replace("<title>A", f"{head}<title>A").replace(SPACES, SPACES + tag)
            + "\n".join(items) + tail).encode()  # fmt: skip


def titles(form: str, *numbers: int) -> list[str]:
    return [item(form, n, f"Title {n}", "Said.") for n in numbers]


@pytest.mark.parametrize("form", sorted(FRAMES))
def test_only_what_is_new_is_read(form: str) -> None:
    before, left_out = check(feed(form, *titles(form, 1, 2, 3)), ())
    assert left_out == 0
    head = "<dc:date>2026-03-05T14:05:06+03:00</dc:date>"
    before, left_out = check(feed(form, *titles(form, 4, 1, 3), head=head), before)
    assert left_out == 2
    assert check(feed(form, *titles(form, 3, 1, 4)), before)[1] == 3


@pytest.mark.parametrize(
    "tag", [' xml:base="https://b.example/"', ' xml:lang="de"', ' xmlns:x="http://x.example/"']
)
@pytest.mark.parametrize("form", sorted(FRAMES))
def test_all_is_read_anew_when_a_tag_around_it_says_otherwise(form: str, tag: str) -> None:
    before, _ = check(feed(form, *titles(form, 1, 2)), ())
    assert check(feed(form, *titles(form, 1, 2, 3), tag=tag), before)[1] == 0


def test_all_is_read_anew_when_the_feed_begins_to_carry_whole_texts() -> None:
    short = [item("rss", n, f"T{n}", "S.") for n in range(3)]
    before, _ = check(feed("rss", *short), ())
    long = [item("rss", n, f"T{n}", LONG) for n in range(3, 9)]
    before, left_out = check(feed("rss", *short, *long), before)
    assert left_out == 0
    assert check(feed("rss", *short, *long[1:]), before)[1] == 8


@pytest.mark.parametrize(
    "broken",
    [
        "<title>T</title><link>https://wire.example/9</link><b>",
        "<title>&lt;</titel>",
        "<x:y/>",
        "\x01",
    ],
)
def test_an_entry_that_is_not_well_formed_has_the_whole_read(broken: str) -> None:
    before, _ = check(feed("rss", *titles("rss", 1, 2)), ())
    body = feed("rss", f"<item>{broken}</item>", *titles("rss", 1, 2))
    after, left_out = check(body, before)
    assert (after, left_out) == ((), 0) or broken == "\x01"


@pytest.mark.parametrize(
    "body",
    [
        feed("rss", *titles("rss", 1, 2)).replace(
            b"<rss", b"<!DOCTYPE rss [<!ELEMENT x ANY>]><rss"
        ),
        feed("rss", *titles("rss", 1, 2), head="<x>A<br>b</x>"),
        feed("rss", *titles("rss", 1), "<item><item>", *titles("rss", 2)),
        feed("rss"),
        b"<rss><channel><items><item></item></channel></items></rss>",
        b"<rss><channel><![CDATA[ <item></item></channel></rss>",
        b"<rss><item></item></rss></rss>",
        b"<opml><item></item></opml>",
        b"<rss>" + b"<a><item></item>" * 30_000 + b"</rss>",
        b"<rss><item></item>" + b"<!-- " * 300_000 + b"</rss> --></rss>"[:-6],
        b"<rss><item></item>" + b"<!-- </rss> -->" * 2,
    ],
)
def test_what_is_not_plain_has_no_pieces(body: bytes) -> None:
    assert pieces.of(body.decode(), WIRE) is None


@pytest.mark.parametrize("form", sorted(FRAMES))
def test_the_pieces_of_a_feed_that_was_cut_are_its_whole_items(form: str) -> None:
    body = feed(form, *titles(form, 1, 2, 3))
    whole = pieces.of(body.decode(), WIRE)
    assert whole is not None
    before, _ = check(feed(form, *titles(form, 1, 2)), ())
    for at in range(body.index(b"Title 3"), body.rindex(b"</")):
        cut = pieces.of(body[:at].decode(), WIRE)
        assert cut is not None
        assert (cut.whole, len(cut.items)) == (
            False,
            3 if whole.items[2].encode() in body[:at] else 2,
        )
        assert cut.marks == whole.marks[: len(cut.items)]
        if at % 20 == 0:
            assert check(body[:at], before)[1] == 2


def test_the_pieces_are_the_feed() -> None:
    said = feed("rss", *titles("rss", 1, 2, 1), head="<!-- <item> --><a><b/></a>").decode()
    plain = pieces.of(said, WIRE)
    assert plain is not None
    assert plain.without(frozenset()) == said
    assert plain.items == tuple(titles("rss", 1, 2, 1))
    assert plain.marks[0] == plain.marks[2] != plain.marks[1]
    assert plain.without({plain.marks[0]}).count("<item>") == 2


# ── on its way through the store ────────────────────────────────────────────────────────────


def test_what_a_poll_read_the_next_need_not(tmp_path: Path) -> None:
    """The same feed, polled twice through the store: of the second body the new entry alone is read, and
    the window is as if all were. An entry whose guid stands twice is read again.
    """
    twice = [item("rss", n, f"T{n}", "Said.").replace(f"g{n}", "g") for n in (7, 8)]
    with Desk(tmp_path) as desk:
        request = desk.claim(content_id_of(desk, "wire"), NOW)
        assert request.read == ()
        for hour, numbers, new in ((1, (1, 2), {0, 1, 2, 3}), (2, (3, 2, 1), {0})):
            body = feed("rss", *titles("rss", *numbers), *twice)
            reading = crawl.read_feed(body, "", request.url, request.known, request.read, "en")
            whole = crawl.read_feed(body, "", request.url, request.known, (), "en")
            assert reading == whole
            assert isinstance(reading, crawl.Reading)
            assert {n for n, s in enumerate(reading.window) if s.article is not None} == new
            outcome = Outcome(request, 200, request.url, window=reading.window)
            ingest.settle(outcome, desk.ledger, desk.standing, NOW + hour * HOUR)
            request = desk.claim(content_id_of(desk, "wire"), NOW + hour * HOUR)
            assert len(request.known) == len(numbers) + 2
            assert len(request.read) == len(numbers)


def test_feedparser_is_given_no_entry_that_stands_unchanged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[bytes] = []
    parsed = syndication._parsed
    monkeypatch.setattr(syndication, "_parsed", lambda body: given.append(body) or parsed(body))
    before, _ = check(feed("atom", *titles("atom", *range(50))), ())
    given.clear()
    read(feed("atom", *titles("atom", *range(1, 51))), before)
    (body,) = given
    assert [body.count(b"<entry>"), body.count(b"Title 50")] == [1, 1]


def test_a_base_that_has_ended_before_an_rdfs_items_has_a_say_in_how_they_are_read() -> None:
    head = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    item = "<item><title>T</title><link>https://wire.example/0</link><guid>g0</guid></item>"
    before: Read = ()
    for base in ("", ' xml:base="https://other.example/"', ""):
        body = f"{head}<channel{base}><title>A</title></channel>{item}</rdf:RDF>".encode()
        before, _ = check(body, before)


def test_the_base_of_an_entry_is_not_that_of_the_entries_behind_it() -> None:
    def entry(n: int, base: str = "", link: str = "") -> str:
        return f"<entry{base}><title>Gas {n}</title><link href='{link or f's/{n}'}'/><id>g{n}</id></entry>"

    def entries(*items: str) -> list[tuple[str, str]]:
        feed = (
            f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Wire</title>{''.join(items)}</feed>"
        )
        found = parse.window(feed.encode(), "text/xml", "https://wire.example/feed", ())
        return [(entry.url, entry.hash) for entry in found.entries]

    based = entry(3, " xml:base='https://other.example/'")
    plain = (entry(1), entry(2, link=" "))
    assert entries(based, *plain) == entries(based) + entries(*plain)
    assert entries(based)[0][0] == "https://other.example/s/3"
