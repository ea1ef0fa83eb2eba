"""Charts: what is counted where, at any width, and as pictures."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive_of import HOUR, MARKET, MINUTE, NOW, PIPELINE, Desk, entry, report
from newswatch import charts
from newswatch.cli import code_of
from newswatch.model import Rule
from newswatch.store import open_archive

DAY = timedelta(days=1)
UNIT = ("article", "articles")
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the bounds


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from("ab" * 9 + "cdefghijklmno"), TIMES), max_size=60),
    st.integers(0, 200),
)
def test_nothing_is_lost_and_every_line_fits(came: list[tuple[str, datetime]], width: int) -> None:
    until = max((at for _, at in came), default=datetime(2026, 1, 1, tzinfo=UTC))
    most = charts.room(width, {name for name, _ in came})
    shown = charts.chart("all", UNIT, came, None, until, most)
    assert sum(n or 0 for _, figures in shown.rows for n in figures) == len(came)
    assert len(shown.rows) <= charts.ROWS
    assert all(len(figures) <= most for _, figures in shown.rows)
    assert shown.since <= min((at for _, at in came), default=until)
    assert until < shown.until or not came
    _, *drawn = charts.lines(shown)
    fits = max(width, charts.NARROWEST + 30)
    assert all(len(line) <= fits for line in drawn)


def test_what_a_chart_says() -> None:
    since = datetime(2026, 3, 3, tzinfo=UTC)
    came = [("Wire", since + HOUR * n) for n in (0, 1, 1, 30)] + [("Paper", since + HOUR * 2)]
    shown = charts.chart("gas", UNIT, came, since, since + 40 * HOUR, 41)
    assert [(name, sum(n or 0 for n in figures)) for name, figures in shown.rows] == [
        ("Wire", 4),
        ("Paper", 1),
    ]
    head, wire, paper, axis = charts.lines(shown)
    assert head == (
        "gas: articles by the hour, 3 Mar 2026 00:00 to 4 Mar 2026 17:00 UTC; the tallest is 2 articles"
    )
    assert wire == f"Wire  ▄█{'·' * 28}▄{'·' * 10} 4"
    assert paper == f"Paper ··▄{'·' * 38} 1"
    assert axis.split("  ")[-1].strip() != ""
    assert axis.index("3 Mar 00h") == 6
    assert axis.index("4 Mar") - 6 == 24
    plain = [*charts.lines(shown, bars=False)]
    assert all(line.isascii() for line in plain)
    assert "Wire  *@" in plain[1] or "#@" in plain[1] or "=@" in plain[1]


def test_hostile_names_move_no_cursor_and_draw_no_formula(tmp_path: Path) -> None:
    came = [("\x1b[2J$\\frac{1}{0}$\u202eevil", NOW), ("x" * 300, NOW)]
    shown = charts.chart("\x1b]0;t\x07$x$\n", UNIT, came, None, NOW + HOUR, 40)
    assert all(line.isprintable() for line in charts.lines(shown))
    charts.picture(shown, tmp_path / "a.svg")
    ET.parse(tmp_path / "a.svg")


def test_pictures_are_the_same_for_the_same_chart_and_what_cannot_be_drawn_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = charts.chart("gas", UNIT, [("Wire", NOW), ("Paper", NOW + HOUR)], None, NOW + DAY, 40)
    for name in ("a.svg", "b.svg", "a.png"):
        charts.picture(shown, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(charts.NoPicture, match=r"a picture ends in \.png or \.svg"):
        charts.picture(shown, tmp_path / "a.gif")
    with pytest.raises(charts.NoPicture, match="cannot be written"):
        charts.picture(shown, tmp_path / "none" / "a.png")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(charts.NoPicture, match=re.escape("newswatch[plot]")):
        charts.picture(shown, tmp_path / "c.png")


# ── on the command line ─────────────────────────────────────────────────────────────────────

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    with Desk(tmp_path, in_force=(Rule("gas", "pipeline", ("desk",)),)) as desk:
        desk.poll("wire", (entry("http://wire.example/0", "Weather", report(0)),), NOW)
        desk.poll("paper", (entry("http://paper.example/0", "Sport", report(1)),), NOW)
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + MINUTE)
        desk.poll("paper", (entry("http://paper.example/1", "Leak", PIPELINE),), NOW + 3 * HOUR)
        desk.poll("wire", (entry("http://wire.example/2", "Freight", MARKET),), NOW + 5 * HOUR)
        address = desk.address
    monkeypatch.chdir(tmp_path)

    def told(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", "100")
        code = code_of(("--store", address, *arguments))
        out, err = capsys.readouterr()
        return code, out, err

    return told


def test_a_search_is_drawn_by_newsroom_whatever_its_limit(run: Run, tmp_path: Path) -> None:
    until = f"{NOW + 6 * HOUR:%Y-%m-%dT%H:%M}"
    code, out, _ = run("search", "pipeline", "--chart", "--limit", "1", "--until", until)
    assert code == 0
    head, *rows, _axis = out.splitlines()
    assert head.startswith("pipeline: articles by ")
    assert sorted(row.split()[0] for row in rows) == ["Paper", "Wire"]
    assert all(row.endswith(" 1") for row in rows)
    code, out, _ = run("search", "pipeline", "--chart", "--json", "--until", until)
    told = json.loads(out)
    assert (code, told["counted"]) == (0, "articles")
    assert {row["name"]: sum(row["figures"]) for row in told["rows"]} == {"Wire": 1, "Paper": 1}
    asked = f"pipeline since:{NOW:%Y-%m-%d} until:{NOW:%Y-%m-%d}"
    by_words = json.loads(run("search", asked, "--chart", "--json")[1])
    day = ("--since", f"{NOW:%Y-%m-%d}", "--until", f"{NOW:%Y-%m-%d}")
    by_options = json.loads(run("search", "pipeline", "--chart", "--json", *day)[1])
    assert {**by_words, "title": "pipeline"} == by_options
    assert run("search", "nowhere", "--chart")[0] == 1
    code, out, err = run("search", "pipeline", "--chart-to", "gas.png", "--until", until)
    assert (code, out) == (0, "")
    assert "drawn into gas.png" in err
    assert (tmp_path / "gas.png").read_bytes()[:4] == b"\x89PNG"
    assert run("search", "pipeline", "--chart-to", "gas.txt")[0] == 2


def test_a_story_is_drawn_from_its_first_report_to_its_last(run: Run, tmp_path: Path) -> None:
    archive = open_archive(f"sqlite:{tmp_path / 'test.db'}")
    story = next(one["id"] for one in archive.export("stories") if len(one["articles"]) == 2)
    archive.close()
    code, out, _ = run("story", story, "--chart")
    head, *rows, _axis = out.splitlines()
    assert (code, head.startswith("Leak: reports by ")) == (0, True)
    assert sorted(row.split()[0] for row in rows) == ["Paper", "Wire"]
    assert run("story", story, "--chart-to", "leak.svg")[0] == 0
    assert (
        b"Leak" in (tmp_path / "leak.svg").read_bytes()
        or (tmp_path / "leak.svg").stat().st_size > 5_000
    )


def test_rules_and_feeds_are_drawn(run: Run) -> None:
    code, out, _ = run("rules", "--chart", "--since", f"{NOW - DAY:%Y-%m-%d}")
    head, gas, stories, *_ = out.splitlines()
    assert code == 0
    assert head.startswith("rules: matches and stories by ")
    assert gas.startswith("gas ")
    assert gas.endswith(" 2  matches")
    assert stories.strip().startswith("of gas")
    assert stories.endswith(" 1  stories")
    code, out, _ = run("feeds", "--chart")
    head, *rows, _axis = out.splitlines()
    assert code == 0
    assert head.startswith("feeds: entries by the hour")
    assert sorted(row.split()[0] for row in rows) == ["paper", "wire"]
    assert all("poll" in row for row in rows)
    code, out, _ = run("feeds", "--chart", "--json")
    assert {row["name"] for row in json.loads(out)["rows"]} == {"wire", "paper"}


def test_a_picture_names_every_row_and_says_nothing_of_its_font(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    shown = charts.chart("gas", UNIT, [("_quiet", NOW), ("工人新闻", NOW)], NOW, NOW + HOUR, 20)
    charts.picture(shown, tmp_path / "a.svg")
    said = (tmp_path / "a.svg").read_text()
    assert " _quiet" in said
    assert "工人新闻" in said
    assert not recwarn.list
