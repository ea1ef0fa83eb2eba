"""How values come onto a page: whole, bounded and safe, whatever a wire wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_of import HOUR, MINUTE, NOW
from newswatch import charts
from newswatch.model import Span, Version
from newswatch.text import collapse, safe_line
from newswatch.web import shown

OLD = Version("a", "a", 1, "http://wire.example/1", "Leak", "one two", "en", "wire", "Wire", NOW)
texts: Any = st.text(max_size=300)


@given(texts, texts)
def test_two_versions_side_by_side_say_all_that_they_say(one: str, other: str) -> None:
    old, new = replace(OLD, text=one), replace(OLD, id="b", text=other)
    rows, _ = shown.differences(old, new)
    for row in rows:
        assert {run.kind for run in row.was} <= {"same", "gone"}
        assert {run.kind for run in row.now} <= {"same", "come"}
        for side in (row.was, row.now):
            assert all(a.kind != b.kind for a, b in pairwise(side))
            assert not any(run.text != run.text.strip() for run in side if run.kind != "same")
    whole = {safe_line(p) for v in (old, new) for p in (v.title, *v.text.split("\n"))}
    assert {
        collapse("".join(r.text for r in side)) for row in rows for side in (row.was, row.now)
    } <= whole | {""}
    assert any(row.changed for row in rows) == (
        [safe_line(p).split() for p in one.split("\n")]
        != [safe_line(p).split() for p in other.split("\n")]
        and any(
            word.kind != "same"
            for pair in shown.compared(old, new)
            for side in pair
            for word in side
        )
    )


@given(texts, texts, st.lists(st.tuples(st.sampled_from(["title", "text"]), st.integers(0, 320), st.integers(0, 320)), max_size=6))  # fmt: skip
def test_headlines_and_passages_are_bounded_and_safe(title: str, text: str, places: list[tuple[Any, int, int]]) -> None:  # fmt: skip
    version = replace(OLD, title=title, text=text)
    ends = {"title": len(title), "text": len(text)}  # what a query finds lies within
    places = [(field, min(a, ends[field]), min(b, ends[field])) for field, a, b in places]
    spans = [Span(field, min(a, b), max(a, b), "w") for field, a, b in places]
    headline = "".join(piece.text for piece in shown.headline(version, spans))
    passage = "".join(piece.text for piece in shown.passage(version, spans))
    assert headline.strip()
    assert len(headline) <= 240
    assert len(passage) <= 700
    page = ["".join(piece.text for piece in line) for line in shown.text(version, spans).paragraphs]
    for said in (headline, passage, *page):
        assert all(c.isprintable() or c in "\u200c\u200d" for c in said)
    assert sum(map(len, page)) <= len(text)


def test_a_passage_is_about_the_word_that_was_found() -> None:
    text = f"Nothing yet. {'Filler words. ' * 60}The freight index rose. {'More. ' * 60}"
    at = text.index("freight")
    found = shown.passage(replace(OLD, text=text), [Span("text", at, at + 7, "freight")])
    assert [piece.text for piece in found if piece.marked] == ["freight"]
    said = "".join(piece.text for piece in found)
    assert said.startswith("… ")
    assert said.endswith(" …")
    begun = shown.passage(replace(OLD, text=text))
    assert "".join(piece.text for piece in begun).startswith("Nothing yet. Filler words.")


def test_a_text_too_long_for_a_page_is_cut_and_says_by_how_much() -> None:
    cut = shown.text(replace(OLD, text="word\n" * 100_000))
    assert (len(cut.paragraphs), cut.more) == (shown.TEXT // 5, 5 * 100_000 - shown.TEXT)


def test_times_among_words_stand_apart() -> None:
    said = list(shown.timed("failing since 2026-03-03 08:00: HTTP 500, at 2026-03-04 09:30Z; 2026-99-99 99:99 and 12026-03-03 08:00"))  # fmt: skip
    assert [run.at for run in said if run.at] == [
        datetime(2026, 3, 3, 8, tzinfo=UTC), datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
    ]  # fmt: skip
    words = "".join("T" if run.at else run.text for run in said)
    assert words == "failing since T: HTTP 500, at T; 2026-99-99 99:99 and 12026-03-03 08:00"


@given(st.text(alphabet="0123456789-: ZUTCab", max_size=80))
def test_no_figures_are_too_odd_to_be_read_as_times(words: str) -> None:
    assert all(run.text or run.at is None for run in shown.timed(words))


def test_points_stand_where_the_reports_came() -> None:
    course = shown.reported(
        [("B", NOW + HOUR), ("A", NOW), ("B", NOW + 2 * HOUR), ("A", NOW + 30 * MINUTE)]
    )
    assert course is not None
    assert [(row.name, row.total, [mark.at for mark in row.marks]) for row in course.rows] == [
        ("A", 2, [0.0, 25.0]), ("B", 2, [50.0, 100.0])
    ]  # fmt: skip
    assert shown.reported([]) is None
    assert shown.reported([("A", NOW)]) is None
    crowd = shown.reported([(f"room {n}", NOW + n * MINUTE) for n in range(20)])
    assert crowd is not None
    assert len(crowd.rows) == shown.ROWS
    assert crowd.heading == "Each report is a point; 8 reports of 8 other newsrooms are not drawn."


def test_bars_fill_their_row_and_hours_without_a_figure_stand_empty() -> None:
    chart = charts.Chart("New", ("entry", "entries"), NOW, HOUR, (("wire", (0, None, 4, 1)),))
    course = shown.bars(chart)
    assert course is not None
    assert course.heading == "Entries by the hour; the tallest bar is 4 entries."
    assert [(mark.at, mark.high) for mark in course.rows[0].marks] == [(52.5, 100), (77.5, 25)]
    assert (course.wide, course.until) == (20.0, NOW + 4 * HOUR)
    assert shown.bars(replace(chart, rows=(("wire", (0, None)),))) is None


def test_who_else_reported_is_said_once_a_newsroom() -> None:
    reports = [(f"Room {n % 7}", "", NOW + timedelta(hours=n)) for n in range(9)]
    first, third = (replace(OLD, newsroom=room) for room in ("Room 0", "Room 2"))
    assert shown.also(reports, first) == "6 newsrooms: Room 1, Room 2, Room 3, Room 4 and 2 more"
    assert shown.also(reports, third) == "6 newsrooms: Room 0, Room 1, Room 3, Room 4 and 2 more"
    assert shown.also(reports[:1], first) == ""
    assert shown.also([("Room 0", "Wire", NOW)], replace(first, credit="Wire")) == ""
    assert shown.course(reports) == "█·█·█·█·█·█·█·█·█"
    assert shown.course(reports[:4]) == ""
    assert shown.course([(room, wire, NOW) for room, wire, _ in reports]) == ""


@pytest.mark.parametrize(("seconds", "said"), [(0, "0 seconds"), (1, "1 second"), (119, "119 seconds"), (900, "15 minutes"), (53_058, "15 hours"), (86_400 * 3, "3 days")])  # fmt: skip
def test_how_long_is_said_in_a_unit_that_reads(seconds: int, said: str) -> None:
    assert shown.span(seconds) == said


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x.example/", "http://a b/", 'http://x.example/"', "http://\u202ex.example"])  # fmt: skip
def test_only_addresses_of_the_web_are_links(url: str) -> None:
    assert shown.link(url) == ""
    assert shown.link("https://user:secret@x.example/a") == "https://x.example/a"
