"""Other programs' files: each line read or named, the same file twice changes nothing."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive_of import ANNA, DESK, HOUR, MARKET, NOW, PIPELINE, Desk, entry
from newswatch import desk
from newswatch.cli import code_of
from newswatch.cli.intake import Ended, Ending
from newswatch.config import ConfigError, Configuration, add_feed, load
from newswatch.exchange import (
    LONGEST_LINE,
    ExchangeError,
    Mistake,
    Subscriptions,
    lines,
    read_articles,
    read_opml,
    write_opml,
)
from newswatch.model import Article, Feed, Imported, Rule, StoreError
from newswatch.store import open_archive, open_ledger

URL = "http://wire.example/1"


def said(**fields: Any) -> bytes:
    return json.dumps({"url": URL, "title": "Leak"} | fields).encode()


def read(line: bytes) -> Imported | Mistake:
    (found,) = read_articles([line], NOW)
    return found


def article(line: bytes) -> Article:
    found = read(line)
    assert isinstance(found, Imported), found
    return found.article


def reason(line: bytes) -> str:
    found = read(line)
    assert isinstance(found, Mistake), found
    return found.reason


# ── one line ────────────────────────────────────────────────────────────────────────────────


def test_an_address_and_one_of_title_and_text_are_enough() -> None:
    title = read(said())
    assert title == Imported(Article(URL, "Leak", quality="headline"), NOW, "import", "import")
    text = article(json.dumps({"url": URL, "text": "One.\nTwo."}).encode())
    assert (text.title, text.text, text.quality) == ("", "One.\nTwo.", "full")
    for empty in ({}, {"title": " ", "text": "\n\u0000"}, {"title": None, "text": None}):
        assert reason(json.dumps({"url": URL} | empty).encode()) == "neither title nor text"


def test_everything_a_line_may_say_is_read() -> None:
    found = read(
        said(
            text="One.\n\n Two. ", lang="pt_BR", author="A.\tB.", published="2026-03-01T10:00:00+03:00",
            seen="2026-03-02T00:00:00Z", source="tass", newsroom="TASS", tags=["a", " b ", "a", ""],
            id="ignored", versions=3, story=None,
        )
    )  # fmt: skip
    assert found == Imported(
        Article(
            URL, "Leak", "One.\nTwo.", "pt-br", "A. B.",
            datetime(2026, 3, 1, 7, tzinfo=UTC), "feed", "full", "import",
        ),
        datetime(2026, 3, 2, tzinfo=UTC), "tass", "TASS", ("a", "b"),
    )  # fmt: skip
    assert found.article.published.utcoffset() == timedelta(hours=3)


@pytest.mark.parametrize("published", [None, "", " "])
def test_a_missing_or_null_time_is_fine_and_now_stands_for_it(published: str | None) -> None:
    found = read(said(published=published))
    assert (found.article.published, found.seen) == (None, NOW)


def test_first_seen_is_seen_else_published_else_now() -> None:
    published, seen = "1999-05-06T07:08:09Z", "2001-02-03T04:05:06Z"
    assert read(said(published=published, seen=seen)).seen == datetime(
        2001, 2, 3, 4, 5, 6, tzinfo=UTC
    )
    assert read(said(published=published)).seen == datetime(1999, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert read(said(first_seen=seen)).seen == datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert read(said()).seen == NOW


@pytest.mark.parametrize("year", [1970, 1971, 1999, 2026, 2199])
def test_any_year_since_1970_is_kept(tmp_path: Path, year: int) -> None:
    found = take_in(tmp_path, said(text=PIPELINE, published=f"{year}-01-01"))
    assert found["published"] == found["first_seen"] == f"{year}-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-03-03T08:00:00", "2026-03-03T08:00:00"),  # without zone: UTC
        ("2026-03-03 08:00", "2026-03-03T08:00:00"),
        ("2026-03-03", "2026-03-03T00:00:00"),
        ("2026-03-03T08:00:00Z", "2026-03-03T08:00:00"),
        ("2026-03-03T08:00:00.123456789Z", "2026-03-03T08:00:00.123456"),
        ("2026-03-03T11:00:00+0300", "2026-03-03T08:00:00"),
        ("Tue, 3 Mar 2026 08:00:00 GMT", "2026-03-03T08:00:00"),
        ("3 марта 2026, 11:00 МСК", "2026-03-03T08:00:00"),
    ],
)
def test_a_time_is_read_as_feeds_write_it(written: str, utc: str) -> None:
    assert read(said(published=written)).seen == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30)),  # noqa: DTZ001 - the zone is drawn beside it
    st.integers(-14 * 60, 14 * 60),
)
def test_any_time_that_python_writes_is_read_back(moment: datetime, minutes: int) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    found = read(said(published=zoned.isoformat()))
    assert found.article.published == found.seen == zoned


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"nonsense", "not JSON"),
        (b'{"url": ', "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b'{"a":' * 200_000, "not JSON"),
        (b'{"url": "\xff"}', "not UTF-8 (byte 9)"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b"[]", "an object is needed, this is list"),
        (b"5", "an object is needed, this is int"),
        (b"null", "an object is needed, this is NoneType"),
        (b'{"url": "http://a/", "title": "x", "n": NaN}', "not JSON (NaN is no JSON)"),
        (b'{"url": "http://a/", "title": "x", "n": -Infinity}', "not JSON (-Infinity is no JSON)"),
        (b'{"url": "http://a/", "title": "x", "n": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"title": "x"}', "url '' is no web address"),
        (said(url="ftp://a/"), "url 'ftp://a/' is no web address"),
        (said(url="http://"), "url 'http://' is no web address"),
        (said(url="http://a/\ud800"), "url 'http://a/\\ud800' is no web address"),
        (said(url="http://a/\x00"), "url 'http://a/\\x00' is no web address"),
        (said(url="http://a/\nb"), "url 'http://a/\\nb' is no web address"),
        (said(url=5), "url must be a text, this is int"),
        (said(title=["x"]), "title must be a text, this is list"),
        (said(text=2**63), "text must be a text, this is int"),
        (said(lang={}), "lang must be a text, this is dict"),
        (said(published=1772524800), "published must be a text, this is int"),
        (said(published="soon"), "published 'soon' is no time since 1970"),
        (said(published="1969-12-31T23:59:59Z"), "published '1969-12-31T23:59:59Z' is no time since"),
        (said(published="1970-01-01T00:00:00+03:00"), "published '1970-01-01T00:00:00+03:00' is not"),
        (said(seen="2200-01-01"), "seen '2200-01-01' is not between 1970 and 2200"),
        (said(seen="2026-02-30"), "seen '2026-02-30' is no time"),
        (said(tags="world"), "tags must be a list of texts"),
        (said(tags=[1]), "tags must be a list of texts"),
        (said(title="x" * (LONGEST_LINE + 1)), "longer than 20,000,000 bytes"),
    ],
    ids=range(31),
)  # fmt: skip
def test_a_line_that_cannot_be_read_says_why(line: bytes, why: str) -> None:
    assert reason(line).startswith(why)
    assert reason(line).isprintable()


def test_wrong_lines_are_numbered_and_the_rest_goes_on() -> None:
    file = [
        b"\xef\xbb\xbf" + said() + b"\r\n",
        b"\n",
        b"wrong\n",
        b"\r\n",
        said() + b"\n",
        b"{}",
        b"\xef\xbb\xbf",
    ]
    found = list(read_articles(file, NOW))
    assert [type(value).__name__ for value in found] == [
        "Imported",
        "Mistake",
        "Imported",
        "Mistake",
    ]
    assert [value.line for value in found if isinstance(value, Mistake)] == [3, 6]
    assert list(read_articles([b"\xef\xbb\xbf", b"  \t"], NOW)) == []


def test_what_no_database_takes_is_made_whole() -> None:
    found = read(
        said(title="a\ud800b\x00c", text="\udfff one", lang="\ud800", author="x\ud800\x07y",
             source="\ud800", tags=["\ud800", "t\x00"], newsroom="N\n\u202e", other=2**70)
    )  # fmt: skip
    assert found.article.title == "a\ufffdbc"
    assert found.article.text == "\ufffd one"
    assert (found.article.lang, found.article.author) == ("", "xy")
    assert (found.source, found.newsroom, found.tags) == ("import", "N", ("t",))


class Long(io.RawIOBase):
    """A stream of *size* bytes without a line's end, then one good line."""

    def __init__(self, size: int) -> None:
        self._left, self._tail = size, b"\n" + said() + b"\n"

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left:
            count = min(len(buffer), self._left)
            self._left -= count
            buffer[:count] = b"x" * count
            return count
        count = min(len(buffer), len(self._tail))
        buffer[:count], self._tail = self._tail[:count], self._tail[count:]
        return count


def test_a_line_without_end_is_never_read_whole() -> None:
    found = list(lines(io.BufferedReader(Long(3 * LONGEST_LINE))))
    assert [len(line) for line in found] == [LONGEST_LINE + 2, len(said()) + 1]
    wrong, good = read_articles(found, NOW)
    assert wrong == Mistake(1, "longer than 20,000,000 bytes")
    assert isinstance(good, Imported)


def test_lines_are_those_of_the_file() -> None:
    assert list(lines(io.BytesIO(b"a\r\n\nb"))) == [b"a\r\n", b"\n", b"b"]
    longest = b"y" * LONGEST_LINE
    assert list(lines(io.BytesIO(longest + b"\n" + longest))) == [longest + b"\n", longest]


JSONISH = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10),
        st.sampled_from(["http://a/", "2026-03-03", "0000-00-00", "\ud800", "99999-01-01", "24:00", "x" * 300])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=5,
)  # fmt: skip
KEYS = ("url", "title", "text", "lead", "published", "seen", "first_seen", "source", "newsroom", "lang",
        "author", "tags", "quality")  # fmt: skip


def test_any_line_is_an_article_or_a_mistake_and_any_article_is_kept(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:{tmp_path / 'a.db'}")
    intake = desk.Import(ledger, None, NOW, alert=False)
    kept: list[int] = []

    @settings(max_examples=300, deadline=None)
    @example(
        [(b"{}", {"url": "http://a/\u00a0 \ue000", "title": "\ud800", "published": "2199-12-31"})]
    )
    @given(
        st.lists(
            st.tuples(st.binary(max_size=20), st.dictionaries(st.sampled_from(KEYS), JSONISH)), max_size=3
        )
    )  # fmt: skip
    def check(drawn: list[tuple[bytes, dict[str, Any]]]) -> None:
        good = [json.dumps({"url": "http://a/", "title": "x"} | fields) for _, fields in drawn]
        file = [
            part
            for (raw, _), line in zip(drawn, good, strict=True)
            for part in (raw, line.encode())
        ]
        found = list(read_articles(file, NOW))
        for value in found:
            if isinstance(value, Mistake):
                assert 1 <= value.line <= len(file)
                assert value.reason.isprintable()
        intake.keep([value for value in found if isinstance(value, Imported)])
        kept.append(sum(isinstance(value, Imported) for value in found))

    try:
        check()
    finally:
        ledger.close()
    assert sum(kept) > 10


# ── through a store ─────────────────────────────────────────────────────────────────────────


def imported(
    address: str, *file: bytes, now: datetime = NOW, force: desk.InForce | None = None, alert: bool = False
) -> int:  # fmt: skip
    """Import these lines; returns how many versions were new."""
    ledger = open_ledger(address)
    try:
        intake = desk.Import(ledger, force, now, alert=alert)
        values = list(read_articles(file, now))
        assert all(isinstance(value, Imported) for value in values), values
        new = intake.keep(values)  # type: ignore[arg-type]
        intake.finish()
        return new
    finally:
        ledger.close()


def exported(address: str, what: Any = "articles") -> list[dict[str, Any]]:
    archive = open_archive(address)
    try:
        return list(archive.export(what))
    finally:
        archive.close()


def take_in(folder: Path, line: bytes) -> dict[str, Any]:
    address = f"sqlite:{folder / 'one.db'}"
    imported(address, line)
    (found,) = exported(address)
    return found


def jsonl(objects: list[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(value, ensure_ascii=False).encode() for value in objects]


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    address = f"sqlite:{tmp_path / 'a.db'}"
    first = said(text=PIPELINE, seen="2026-03-01T10:00:00Z")
    changed = said(text=PIPELINE.replace("48", "38"), seen="2026-03-01T12:00:00Z")
    other = said(url="http://wire.example/2", title="Market", text=MARKET, published="2026-03-01")
    undated = said(url="http://wire.example/3", title="Fair")
    later = said(url="http://wire.example/3", title="Fair closes")
    file = (first, changed, other, undated, later)
    assert imported(address, *file) == 5
    before = [exported(address, what) for what in ("articles", "versions", "stories", "changes")]
    for hours in (1, 2):
        assert imported(address, *file, now=NOW + hours * HOUR) == 0
        after = [exported(address, what) for what in ("articles", "versions", "stories", "changes")]
        assert after == before
    assert sorted((a["title"], a["versions"]) for a in before[0]) == [
        ("Fair closes", 2),
        ("Leak", 2),
        ("Market", 1),
    ]


def test_an_older_text_does_not_take_the_place_of_what_stands(tmp_path: Path) -> None:
    address = f"sqlite:{tmp_path / 'a.db'}"
    imported(address, said(text=PIPELINE, seen="2026-03-02T10:00:00Z"))
    imported(address, said(text=PIPELINE.replace("48", "38"), seen="2026-03-01T10:00:00Z"))
    (article,) = exported(address)
    assert (article["text"], article["versions"]) == (PIPELINE, 2)
    texts = {v["first_seen"][:10]: "38" in v["text"] for v in exported(address, "versions")}
    assert texts == {"2026-03-02": False, "2026-03-01": True}


FIELDS = ("title", "text", "url", "published", "lang", "author", "source", "newsroom", "first_seen",
          "tags", "lead", "quality", "id")  # fmt: skip


def test_export_and_import_give_the_same_articles(tmp_path: Path) -> None:
    feeds = (
        Feed(
            "wire", "http://wire.example/rss", "Wire", "en", ("world", "oil"), "feed-only", "atom"
        ),
        Feed("paper", "http://paper.example/rss", "", "ru", pages="link-only"),
    )
    with Desk(tmp_path, feeds=feeds) as first:
        leak = entry(URL, "Leak «at» Karvia", PIPELINE, published=NOW - HOUR)
        first.poll("wire", (leak, entry("http://wire.example/2?b=2&a=1", "Only a headline")), NOW)
        tail = entry("http://paper.example/3", "Рынок", "Первый абзац.", quality="lead", lang="ru")
        first.poll("paper", (tail,), NOW + HOUR)
        changed = entry(URL, "Leak shuts line", PIPELINE.replace("48", "38"), published=NOW - HOUR)
        first.poll("wire", (changed,), NOW + 2 * HOUR)
        here = first.address
    there = f"sqlite:{tmp_path / 'there.db'}"
    out = exported(here)
    assert imported(there, *jsonl(out), now=NOW + 9 * HOUR) == 3
    back = exported(there)
    assert len(back) == 3
    by_id = {value["id"]: value for value in back}
    for value in out:
        assert {k: by_id[value["id"]][k] for k in FIELDS} == {k: value[k] for k in FIELDS}
    assert imported(there, *jsonl(back), now=NOW + 10 * HOUR) == 0


def test_an_import_finds_matches_and_tells_nobody_unless_asked(tmp_path: Path) -> None:
    configuration = Configuration(
        rules=(Rule("gas", '"gas pipeline"', ("anna",)),), people=(ANNA,), digests=(DESK,)
    )
    force = desk.in_force(configuration)
    for alert, name in ((False, "silent"), (True, "told")):
        address = f"sqlite:{tmp_path / name}.db"
        line = said(text=PIPELINE, seen=NOW.isoformat())
        imported(address, line, force=force, alert=alert)
        assert [m["rule"] for m in exported(address, "matches")] == ["gas"]
        archive = open_archive(address)
        letters = archive.letters()
        archive.close()
        assert [letter["to"] for letter in letters] == (["anna"] if alert else [])
    # Without a configuration the rules in force in the store decide.
    again = said(url="http://wire.example/9", text=PIPELINE + "\nMore.", seen=NOW.isoformat())
    imported(f"sqlite:{tmp_path / 'told'}.db", again)
    assert len(exported(f"sqlite:{tmp_path / 'told'}.db", "matches")) == 2


# ── OPML ────────────────────────────────────────────────────────────────────────────────────

OPML = """<?xml version="1.0"?>
<opml version="1.0"><head><title>x</title></head><body>
  <outline text="World, wires">
    <outline text="Asia" title="ignored">
      <outline type="rss" text="One" title="Title, one" xmlUrl="http://one.example/rss" language="ru_RU"/>
    </outline>
    <outline xmlUrl="http://two.example/rss"/>
    <outline text="" XMLURL=" http://three.example/rss " language="english"/>
  </outline>
  <outline text="One" xmlUrl="http://four.example/rss"/>
  <outline text="Title  one" xmlUrl="http://five.example/rss"/>
  <outline text="again" xmlUrl="http://one.example/rss"/>
  <outline text="no address"/>
  <outline text="odd" xmlUrl="feed://six.example/"/>
  <outline text="odd" xmlUrl="http://"/>
</body></opml>
"""


def test_a_reference_to_no_character_costs_no_opml() -> None:
    """Two halves of a pair are one character, what is none is U+FFFD, in any encoding."""
    outline = '<outline text="{} &#xD83D;&#56832; &#0;&#x110000;" xmlUrl="https://wire.example/1"/>'
    for encoding, said in (("utf-8", "Вести"), ("windows-1251", "Вести"), ("iso-8859-1", "Fürth")):
        body = f'<?xml version="1.0" encoding="{encoding}"?><opml><body>{outline.format(said)}</body></opml>'
        (feed,) = read_opml(body.encode(encoding)).feeds
        assert feed.name == f"{said} \U0001f600 \ufffd\ufffd"


def test_opml_is_read_with_its_folders() -> None:
    assert read_opml(OPML.encode()).feeds == (
        Feed("Title one", "http://one.example/rss", lang="ru-ru", tags=("World wires", "Asia")),
        Feed("two.example", "http://two.example/rss", tags=("World wires",)),
        Feed("three.example", "http://three.example/rss", tags=("World wires",)),
        Feed("One", "http://four.example/rss"),
        Feed("Title one 2", "http://five.example/rss"),
    )


def test_an_outline_that_leads_nowhere_is_named() -> None:
    odd = OPML.replace('<outline text="no address"/>', '<outline type="RSS" text="None"/>')
    assert read_opml(odd.encode()).nowhere == (
        ("None", ""),
        ("odd", "feed://six.example/"),
        ("odd", "http://"),
    )


NAMES = (
    st.text(
        st.one_of(
            st.sampled_from("ab <>&\"'яé-#:"), st.characters(categories=["L", "N", "P", "S"])
        ),
        min_size=1,
        max_size=12,
    )
    .map(lambda s: " ".join(s.replace(",", "").split()))
    .filter(bool)
)
FEEDS = st.lists(
    st.builds(
        Feed,
        NAMES,
        st.from_regex(r"https?://[a-z]{1,5}\.example/[a-z?=&]{0,5}", fullmatch=True),
        lang=st.sampled_from(["", "en", "pt-br"]),
        tags=st.lists(NAMES, max_size=3, unique=True).map(tuple),
    ),
    max_size=5,
    unique_by=(lambda feed: feed.name, lambda feed: feed.url),
)


@settings(max_examples=150, deadline=None)
@given(FEEDS)
def test_opml_goes_out_and_comes_back(feeds: list[Feed]) -> None:
    back = read_opml(write_opml(feeds).encode()).feeds
    assert sorted(back, key=lambda f: f.url) == sorted(feeds, key=lambda f: f.url)


ATTRIBUTES = st.dictionaries(
    st.sampled_from(["text", "title", "xmlUrl", "language"]),
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=120),
        st.sampled_from(["http://a.example/", "https://b.example/\u202e", "\u200f,", ",,", "a" * 101, " ", "no"]),
    ),
)  # fmt: skip


def test_what_is_read_of_any_opml_can_be_added_to_the_configuration(tmp_path: Path) -> None:
    from xml.etree import ElementTree as ET

    added = 0
    refused: set[str] = set()

    @settings(max_examples=100, deadline=None)
    @given(st.lists(ATTRIBUTES, max_size=4), ATTRIBUTES)
    def check(outlines: list[dict[str, str]], folder: dict[str, str]) -> None:
        nonlocal added
        root = ET.Element("opml")
        holder = ET.SubElement(ET.SubElement(root, "body"), "outline", folder)
        for number, attributes in enumerate(outlines):
            ET.SubElement(holder, "outline", {"xmlUrl": f"http://{number}.example/"} | attributes)
        feeds = tmp_path / "feeds.yaml"
        feeds.unlink(missing_ok=True)
        (tmp_path / "newswatch.yaml").write_text("")
        count = 0
        for feed in read_opml(ET.tostring(root)).feeds:
            try:
                add_feed(feeds, feed)
                count += 1
            except ConfigError as wrong:
                refused.add(str(wrong).partition(":")[0])
        assert len(load(tmp_path, feeds).feeds) == count
        added += count

    check()
    assert added > 20
    assert refused <= {"url"}  # an address is taken as it is or not at all


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not OPML"),
        (b"junk", "not OPML"),
        (b"\x00\xff" * 100, "not OPML"),
        (b"<rss/>", "not OPML: it begins <rss>"),
        (b"<opml><body>", "not OPML"),
        (b"<opml>&x;</opml>", "not OPML"),
        (b'<?xml version="1.0" encoding="klingon"?><opml/>', "not OPML"),
        (b'<!DOCTYPE opml [<!ENTITY a "b">]><opml>&a;</opml>', "a document type (opml)"),
        ('<!DOCTYPE opml [<!ENTITY a "b">]><opml>&a;</opml>'.encode("utf-16"), "a document type"),
        (b'<!DOCTYPE opml SYSTEM "file:///etc/hostname"><opml/>', "a document type"),
        (b"<opml>" + b"<outline>" * 100_000, "folders nested deeper than 50"),
    ],
    ids=range(11),
)
def test_what_is_no_opml_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(ExchangeError) as wrong:
        read_opml(body)
    assert str(wrong.value).startswith(why)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.binary(max_size=60), st.binary(max_size=20).map(lambda b: OPML.encode()[:300] + b))
)
def test_any_bytes_are_feeds_or_one_error(body: bytes) -> None:
    try:
        found = read_opml(body)
    except ExchangeError as wrong:
        said = str(wrong)
    else:
        said = " ".join(feed.url for feed in found.feeds)
    assert isinstance(said, str)


def test_the_command_line_takes_opml_in_and_gives_it_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "newswatch.yaml").write_text("")
    (tmp_path / "in.opml").write_text(OPML)
    options = ("--config", str(tmp_path), "--feeds", str(tmp_path / "feeds.yaml"))
    assert code_of((*options, "feeds", "import", str(tmp_path / "in.opml"), "--dry-run")) == 1
    assert not (tmp_path / "feeds.yaml").exists()
    assert code_of((*options, "feeds", "import", str(tmp_path / "in.opml"))) == 1
    said = capsys.readouterr()
    assert "Title one: http://one.example/rss" in said.out
    assert 'odd: "feed://six.example/" is no web address' in said.err
    assert 'odd: "http://" is no web address' in said.err
    assert code_of((*options, "feeds", "import", str(tmp_path / "in.opml"))) == 1
    assert "Title one: " in capsys.readouterr().err
    assert code_of((*options, "feeds", "export", str(tmp_path / "out.opml"))) == 0
    assert read_opml((tmp_path / "out.opml").read_bytes()).feeds == read_opml(OPML.encode()).feeds
    capsys.readouterr()
    assert code_of((*options, "feeds", "export", "-")) == 0
    assert read_opml(capsys.readouterr().out.encode()).feeds == read_opml(OPML.encode()).feeds
    (tmp_path / "in.opml").write_text("junk")
    assert code_of((*options, "feeds", "import", str(tmp_path / "in.opml"))) == 2


def test_an_opml_without_end_is_not_read_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "in.opml").open("wb") as endless:
        endless.truncate(1 << 40)
    assert code_of(("--config", str(tmp_path), "feeds", "import", str(tmp_path / "in.opml"))) == 2
    assert "larger than 10,000,000 bytes" in capsys.readouterr().err


def test_an_opml_without_feeds_is_empty() -> None:
    assert read_opml(b"<opml/>") == Subscriptions()
    assert read_opml(write_opml(()).encode()) == Subscriptions()


def test_opml_keeps_what_may_be_read_and_enables_nothing_that_is_off() -> None:
    feeds = (
        Feed(
            "wire",
            "https://wire.example/rss",
            "The Wire",
            "en",
            ("world",),
            "link-only",
            "sitemap",
            terms="headlines only, credit <the Wire>",
            sitemap="https://wire.example/news.xml?a=1&b=2",
        ),
        Feed("partner", "https://wire.example/partner", pages="feed-only", enabled=False),
        Feed("paper", "https://paper.example/rss"),
    )
    assert read_opml(write_opml(feeds).encode()).feeds == (feeds[0], feeds[2])
    strange = write_opml(feeds[:1]).replace("link-only", "steal")
    strange = strange.replace("https://wire.example/news.xml", "javascript:x")
    (read,) = read_opml(strange.encode()).feeds
    assert (read.pages, read.sitemap) == ("fetch", "")


# ── an import that is ended ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_import_that_is_ended_says_how_far_it_came_and_is_run_again(
    tmp_path: Path, number: signal.Signals
) -> None:
    lines = [
        json.dumps({"url": f"http://wire.example/{n}", "title": f"Item {n}", "text": f"Text {n}."})
        for n in range(300)
    ]
    address = f"sqlite:{tmp_path / 'i.db'}"
    command = [sys.executable, "-m", "newswatch", "--store", address, "import", "-"]
    child = subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdin is not None
    assert child.stderr is not None
    child.stdin.write("\n".join(lines) + "\n")
    child.stdin.flush()  # the pipe stays open: it waits for more, a hundred in hand
    end = time.monotonic() + 60
    while versions(address) < 200:
        assert time.monotonic() < end
        time.sleep(0.05)
    child.send_signal(number)
    said = child.communicate(timeout=30)[1]
    assert child.returncode == 1, said
    assert f"ended by {number.name}: 200 articles" in said
    assert "200 new versions" in said
    assert "run it again" in said
    assert "Traceback" not in said
    assert versions(address) == 200
    file = tmp_path / "all.jsonl"
    file.write_text("\n".join(lines))
    again = subprocess.run(
        [*command[:-1], str(file), "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(again.stdout) == {"read": 300, "new_versions": 100, "wrong": 0}
    assert versions(address) == 300


def versions(address: str) -> int:
    """How many versions a store holds; none where it is not there yet."""
    with contextlib.suppress(StoreError):
        archive = open_archive(address)
        try:
            return int(archive.status()["versions"])
        finally:
            archive.close()
    return 0


def test_an_import_is_ended_at_once_where_it_waits_and_after_what_it_keeps() -> None:
    before = signal.getsignal(signal.SIGINT)  # ignored, where a shell started us beside itself
    done: list[str] = []

    def keeping() -> None:
        with ending:
            signal.raise_signal(signal.SIGTERM)
            done.append("kept")
            with ending.at_once():
                done.append("asked for more")

    def waiting() -> None:
        with ending, ending.at_once():
            signal.raise_signal(signal.SIGINT)
            done.append("went on")

    for work, name in ((keeping, "SIGTERM"), (waiting, "SIGINT")):
        ending = Ending()
        with pytest.raises(Ended, match=name):
            work()
    assert done == ["kept"]
    assert signal.getsignal(signal.SIGINT) is before


def test_the_store_itself_is_no_file_of_articles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Desk(tmp_path) as kept:
        address = kept.address
    (tmp_path / "in.jsonl").write_bytes(said())
    store = Path(address.removeprefix("sqlite:"))
    (tmp_path / "link.jsonl").symlink_to(store)
    for name in (store, tmp_path / "link.jsonl"):
        assert code_of(("--store", address, "import", str(tmp_path / "in.jsonl"), str(name))) == 2
        assert "is the store itself" in capsys.readouterr().err
    with contextlib.closing(open_archive(address)) as archive:
        assert archive.status()["articles"] == 0
