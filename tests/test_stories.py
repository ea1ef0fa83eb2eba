"""Stories joined and taken apart: by a later text, by the operator's word, and what is remembered."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_of import HOUR, MARKET, NOW, PIPELINE, Desk, entry, report
from newswatch import comparison, dedup
from newswatch.cli import code_of, comparing
from newswatch.model import Rule, Version
from newswatch.store import NotPossible, StoryView, open_archive, open_keeper
from newswatch.text import safe_line

RULE = Rule("gas", '"gas pipeline"', ("anna",))
OTHER = """A second ship ran aground off the cape of Oster on Tuesday night with nine people on board, \
and the coast guard took all of them off by helicopter before the tide turned, its duty officer said.
The vessel carries timber from the northern ports and lies on sand, so that no oil is lost so far.
A tug from the harbour of Aker will try to pull it free at the next high water, before the storm."""


def polled(folder: Path) -> Desk:
    """Three stories: the leak and its copy, the market, the ship."""
    desk = Desk(folder, in_force=(RULE,))
    desk.poll("wire", (entry("http://wire.example/0", "Weather", "It rained."),), NOW)
    desk.poll("paper", (entry("http://paper.example/0", "Sport", "They won."),), NOW)
    shown = tuple(
        entry(f"http://wire.example/{n}", title, text)
        for n, (title, text) in enumerate(
            [("Leak", PIPELINE), ("Market", MARKET), ("Ship", OTHER)], start=1
        )
    )
    desk.poll("wire", shown, NOW + HOUR)
    desk.poll(
        "paper", (entry("http://paper.example/1", "Gas line shut", PIPELINE),), NOW + 2 * HOUR
    )
    return desk


def story(desk: Desk, url: str) -> StoryView:
    archive = open_archive(desk.address)
    try:
        return archive.story(archive.show(url).state.id)
    finally:
        archive.close()


def test_who_reported_a_story_is_told_without_reading_a_text(tmp_path: Path) -> None:
    with polled(tmp_path) as desk:
        seen = story(desk, "http://wire.example/1")
        archive = open_archive(desk.address)
        try:
            asked: list[str] = []
            archive._connection.set_trace_callback(asked.append)
            found = archive.reports(seen.id)
            archive._connection.set_trace_callback(None)
            assert archive.reports("none") == ()
        finally:
            archive.close()
        assert found == (("Wire", "", NOW + HOUR), ("Paper", "", NOW + 2 * HOUR))
        assert len(asked) == 1
        assert "text" not in asked[0]


def split(desk: Desk, url: str, why: str = "", after: int = 3) -> tuple[str, ...]:
    archive = open_archive(desk.address)
    try:
        state = archive.show(url).state
        inside = archive.story(state.story).articles
    finally:
        archive.close()
    filed = {s.id: dedup.signature(s.current) for s in inside}
    return open_keeper(desk.address).part(state.id, why, NOW + after * HOUR, filed)


CARGO = report(7)


def join(desk: Desk, one: str, other: str, why: str = "") -> tuple[str, str]:
    return open_keeper(desk.address).join(
        story(desk, one).id, story(desk, other).id, why, NOW + 3 * HOUR
    )


def test_two_stories_joined_by_hand_go_by_the_older_ones_name(tmp_path: Path) -> None:
    with polled(tmp_path) as desk:
        ship, market = story(desk, "http://wire.example/3"), story(desk, "http://wire.example/2")
        first = min(ship.id, market.id)  # both were first seen at once
        assert join(desk, "http://wire.example/3", "http://wire.example/2", "one fair") == (
            first, max(ship.id, market.id),
        )  # fmt: skip
        both = story(desk, "http://wire.example/2")
        assert both.id == first
        assert len(both.articles) == 2
        assert [(v.kind, v.by, v.why) for v in both.history] == [("merge", "hand", "one fair")]
        with pytest.raises(NotPossible, match="one story already"):
            join(desk, "http://wire.example/3", "http://wire.example/2")


def test_what_was_joined_by_hand_can_be_taken_apart_again_whole(tmp_path: Path) -> None:
    with polled(tmp_path) as desk:
        join(desk, "http://wire.example/1", "http://wire.example/3")
        joined = story(desk, "http://wire.example/3")
        assert len(joined.articles) == 3
        gone = joined.history[0].story
        url = next(s.url for s in joined.articles if s.id == gone)
        came = joined.history[0].articles
        assert split(desk, url, "not the same") == came
        apart = story(desk, url)
        assert (apart.id, tuple(s.id for s in apart.articles)) == (gone, came)
        assert [v.kind for v in apart.history] == ["merge", "split"]
        assert apart.history[-1].why == "not the same"


def test_a_copy_taken_out_stays_out_whatever_text_comes(tmp_path: Path) -> None:
    with polled(tmp_path) as desk:
        assert len(story(desk, "http://wire.example/1").articles) == 2
        (moved,) = split(desk, "http://paper.example/1", "another leak")
        alone = story(desk, "http://paper.example/1")
        assert alone.id == moved
        assert len(story(desk, "http://wire.example/1").articles) == 1
        fuller = f"{PIPELINE}\nThe station will stay shut until the end of the week, Velm said."
        desk.poll(
            "paper", (entry("http://paper.example/1", "Gas line shut", fuller),), NOW + 4 * HOUR
        )
        assert story(desk, "http://paper.example/1").id == moved
        assert len(story(desk, "http://wire.example/1").articles) == 1


def test_a_fuller_text_does_not_bring_together_what_was_taken_apart(tmp_path: Path) -> None:
    with polled(tmp_path) as desk:
        lead = entry("http://wire.example/4", "Leak again", "A leak.", quality="lead")
        desk.poll("wire", (lead,), NOW + 2 * HOUR)
        join(desk, "http://wire.example/1", "http://wire.example/4")
        split(desk, "http://wire.example/4")
        full = entry("http://wire.example/4", "Leak again", PIPELINE)
        desk.poll("wire", (full,), NOW + 4 * HOUR)
        assert len(story(desk, "http://wire.example/4").articles) == 1


def test_a_fuller_text_of_what_was_left_does_not_bring_back_what_was_taken_out(
    tmp_path: Path,
) -> None:
    with polled(tmp_path) as desk:
        lead = entry("http://wire.example/4", "Leak again", "A leak.", quality="lead")
        desk.poll("wire", (lead,), NOW + 2 * HOUR)
        copy = entry("http://wire.example/5", "Station shut", CARGO, quality="full")
        desk.poll("wire", (copy,), NOW + 2.5 * HOUR)
        join(desk, "http://wire.example/4", "http://wire.example/5")
        split(desk, "http://wire.example/5")
        full = entry("http://wire.example/4", "Leak again", CARGO)
        desk.poll("wire", (full,), NOW + 4 * HOUR)
        assert len(story(desk, "http://wire.example/4").articles) == 1
        assert len(story(desk, "http://wire.example/5").articles) == 1


def test_without_the_operators_word_a_fuller_text_joins_and_the_history_says_why(
    tmp_path: Path,
) -> None:
    with polled(tmp_path) as desk:
        lead = entry("http://wire.example/4", "Leak again", "A leak.", quality="lead")
        desk.poll("wire", (lead,), NOW + 2 * HOUR)
        desk.poll("wire", (entry("http://wire.example/4", "Leak again", PIPELINE),), NOW + 4 * HOUR)
        joined = story(desk, "http://wire.example/4")
        assert len(joined.articles) == 3
        (verdict,) = joined.history
        assert (verdict.kind, verdict.by) == ("merge", "text")
        assert "same words" in verdict.why


def test_who_stands_alone_cannot_be_taken_out(tmp_path: Path) -> None:
    with polled(tmp_path) as desk, pytest.raises(NotPossible, match="alone"):
        split(desk, "http://wire.example/2")


def test_the_founder_taken_out_leaves_the_others_a_story_that_later_copies_find(
    tmp_path: Path,
) -> None:
    with polled(tmp_path) as desk:
        reworded = PIPELINE.replace("forced operators to close", "made its operators close")
        for hour, name in enumerate(("first", "second"), start=3):
            text = f"{reworded}\nA {name} word."
            shown = entry(f"http://paper.example/{name}", f"Leak, {name}", text)
            desk.poll("paper", (shown,), NOW + hour * HOUR)
        founder = story(desk, "http://wire.example/1")
        assert len(founder.articles) == 4
        moved = split(desk, "http://wire.example/1", "another leak", after=5)
        assert len(moved) == 3
        alone, rest = (story(desk, f"http://{w}.example/1") for w in ("wire", "paper"))
        assert ([s.id for s in alone.articles], alone.id) == ([founder.id], founder.id)
        assert (rest.id, {s.id for s in rest.articles}) == (moved[0], set(moved))
        assert rest.articles[0].id == moved[0]  # the oldest names it
        assert [v.why for v in alone.history] == [v.why for v in rest.history] == ["another leak"]
        exact = entry("http://wire.example/8", "Leak", f"{reworded}\nA second word.")
        desk.poll("wire", (exact,), NOW + 6 * HOUR)
        assert story(desk, "http://wire.example/8").id == rest.id
        fuller = entry("http://wire.example/1", "Leak", f"{reworded}\nA third word was said.")
        desk.poll("wire", (fuller,), NOW + 7 * HOUR)
        assert len(story(desk, "http://wire.example/1").articles) == 1


def test_who_was_told_of_what_the_founder_left_hears_of_its_correction(tmp_path: Path) -> None:
    with polled(tmp_path) as desk:
        later = "A gas pipeline from the south was shut for its yearly works on Friday, Velm said."
        lead = entry("http://wire.example/4", "South", later, quality="lead")
        desk.poll("wire", (lead,), NOW + 2 * HOUR)
        join(desk, "http://wire.example/1", "http://wire.example/4")
        moved = split(desk, "http://wire.example/1")
        assert story(desk, "http://wire.example/4").id == moved[0]
        fixed = entry("http://wire.example/4", "South", later.replace("Friday", "Sunday") + " (Corrects day)")  # fmt: skip
        changes = desk.poll("wire", (fixed,), NOW + 5 * HOUR)
        assert changes.versions[0].kind == "correction"
        assert {n.story for n in changes.notifications} <= {moved[0]}


def test_a_copy_of_what_was_taken_out_finds_it(tmp_path: Path) -> None:
    """A part has postings of its own: a later copy is not left without a story."""
    with polled(tmp_path) as desk:
        split(desk, "http://paper.example/1")
        copy = f"{PIPELINE}\nGas traders in Aker shrugged."
        desk.poll("wire", (entry("http://wire.example/9", "Leak", copy),), NOW + 5 * HOUR)
        homes = {story(desk, f"http://{where}/1").id for where in ("wire.example", "paper.example")}
        assert story(desk, "http://wire.example/9").id in homes


def test_a_joined_story_tells_nobody_twice(tmp_path: Path) -> None:
    with polled(tmp_path) as desk:
        before = desk.ledger.outbox.owed()
        assert len(before) == 1
        split(desk, "http://paper.example/1")
        join(desk, "http://paper.example/1", "http://wire.example/1")
        assert len(desk.ledger.outbox.owed()) == 1
        archive = open_archive(desk.address)
        assert archive.status()["stories"] == 5
        archive.close()


# ── on the command line ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    with polled(tmp_path) as desk:
        address = desk.address
    monkeypatch.chdir(tmp_path)
    return address


def reopened(address: str) -> Desk:
    return Desk(Path(address.removeprefix("sqlite:")).parent, in_force=(RULE,))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = code_of(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_split_and_merge_say_what_they_do_and_dry_runs_do_nothing(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "http://paper.example/1"
    code, out, _ = run(capsys, "--store", store, "story", "split", url, "--dry-run", "--json")
    assert (code, json.loads(out)["dry_run"]) == (0, True)
    code, out, _ = run(capsys, "--store", store, "story", "--json", url)
    assert len(json.loads(out)["articles"]) == 2
    code, out, _ = run(capsys, "--store", store, "story", "split", url, "--why", "other leak")
    assert code == 0
    assert "a story of its own" in out
    code, out, _ = run(capsys, "--store", store, "story", url)
    assert "taken out by hand: other leak" in out
    code, out, _ = run(
        capsys, "--store", store, "story", "merge", url, "http://wire.example/1", "--json"
    )
    assert code == 0
    assert len(json.loads(out)["articles"]) == 1
    code, _, err = run(capsys, "--store", store, "story", "merge", url, "http://wire.example/1")
    assert code == 1
    assert "one story already" in err
    assert run(capsys, "--store", store, "story", "merge", url)[0] == 2
    assert run(capsys, "--store", store, "story", "split", "http://nowhere.example/")[0] != 0


def test_why_reads_two_files_and_shows_what_they_share(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text(f"Leak shuts line\n{PIPELINE}", "utf-8")
    (tmp_path / "b.txt").write_text(f"Leak\nNews. {PIPELINE[:300]}", "utf-8")
    code, out, _ = run(capsys, "why", "a.txt", "b.txt", "--json")
    found = json.loads(out)
    assert (code, found["relation"], found["same_story"]) == (0, "same", None)
    assert found["passages"][0].startswith("A leak at a compressor station")
    assert set(found["pulls"]) == set(found["features"])
    assert run(capsys, "why", "a.txt", "missing.txt")[0] == 2
    (tmp_path / "empty").write_bytes(b"")
    code, out, _ = run(capsys, "why", "empty", "a.txt")
    assert code == 0
    assert "other: 0.00" in out


def test_why_takes_stories_and_articles(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "--store", store, "why", "http://wire.example/1", "http://paper.example/1"
    )
    assert code == 0
    assert "one story; same: 1.00" in out
    assert "decided by same words (on record)" in out
    code, out, _ = run(
        capsys, "--store", store, "why", "http://wire.example/1", "http://wire.example/2"
    )
    assert "two stories; other" in out


# ── passages ────────────────────────────────────────────────────────────────────────────────


def test_passages_are_whole_words_and_stand_in_both() -> None:
    one = "He said (twice) that the old mill by the river burnt down, again."
    other = "That the old mill by the river burnt down is no news."
    (found,) = dedup.passages(one, other)
    assert one[found.start : found.end] == "that the old mill by the river burnt down"
    assert found.words == 9
    assert dedup.passages(one, "") == dedup.passages("", other) == ()


words: Any = st.lists(st.sampled_from(["ab", "cd", "ef", "gh"]), max_size=60).map(" ".join)


@given(words, words)
def test_every_passage_is_found_in_the_other_text(one: str, other: str) -> None:
    for passage in dedup.passages(one, other):
        said = one[passage.start : passage.end]
        assert len(said.split()) == passage.words >= 6
        assert said in other


def test_passages_of_a_sentence_repeated_five_thousand_times_end() -> None:
    said = "The same old sentence stands here once more. " * 5000
    assert dedup.passages(said, said)[0].words == 20_000


# ── boilerplate ─────────────────────────────────────────────────────────────────────────────


def test_copies_find_their_story_among_many_with_one_boilerplate(tmp_path: Path) -> None:
    """Far more stories than one sequence may have postings: the foot finds none, what is an article's
    own still finds its story. `bench/run.py boilerplate` asks the same of ten thousand.
    """
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/w", "Weather", "It rained."),), NOW)
        originals = [
            entry(f"http://wire.example/{n}", f"Report {n}", report(n)) for n in range(200)
        ]
        for begin in range(0, 200, 50):
            desk.poll("wire", tuple(originals[begin : begin + 50]), NOW + HOUR)
        copies = tuple(
            entry(f"http://paper.example/{n}", f"Of {n}", f"News.\n{report(n)}")
            for n in range(0, 200, 9)
        )
        desk.poll("paper", (entry("http://paper.example/w", "Sport", "They won."),), NOW)
        changes = desk.poll("paper", copies, NOW + 2 * HOUR)
        stories = {state.id: state.story for state in changes.articles}
        assert all(article != home for article, home in stories.items())
        assert len(set(stories.values())) == len(copies)


# ── two versions word by word ───────────────────────────────────────────────────────────────


def test_two_versions_are_compared_word_by_word_without_colour(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with reopened(store) as desk:
        right = PIPELINE.replace("48 million", "38 million")
        desk.poll(
            "wire", (entry("http://wire.example/1", "Leak shuts line", right),), NOW + 5 * HOUR
        )
        more = f"{right}\nThe line opens on Friday."
        desk.poll(
            "wire", (entry("http://wire.example/1", "Leak shuts line", more),), NOW + 6 * HOUR
        )
    url = "http://wire.example/1"
    code, out, _ = run(capsys, "--store", store, "show", url, "--diff", "1", "3")
    assert code == 0
    assert "- Leak\n" in out
    assert "{+shuts line+}" in out
    assert "[-48-] million" in out
    assert "{+38+} million" in out
    assert "{+The line opens on Friday.+}" in out
    code, out, _ = run(capsys, "--store", store, "show", url, "--diff", "1", "3", "--json")
    assert [json.loads(line)["n"] for line in out.splitlines()] == [1, 3]
    code, _, err = run(capsys, "--store", store, "show", url, "--diff", "1", "9")
    assert (code, "no version 9" in err) == (1, True)
    assert run(capsys, "--store", store, "show", url, "--diff", "2")[0] == 2
    assert run(capsys, "--store", store, "show", url, "1", "2")[0] == 2


def test_where_a_script_has_no_spaces_its_characters_are_compared() -> None:
    old = Version("a", "a", 1, "", "地震", "地震造成10人死亡，四十人受伤。", "zh", "w", "w", NOW)
    new = replace(old, id="b", text="地震造成16人死亡，四十人受伤。")
    shown = list(comparing.lines(old, new, 80))
    assert "  - 地震造成[-10-]人死亡，四十人受伤。" in shown
    assert "  + 地震造成{+16+}人死亡，四十人受伤。" in shown
    narrow = list(comparing.lines(old, new, 20))  # two columns a character
    assert all(len(line.replace("    ", "", 1)) <= 16 for line in narrow)


def test_versions_say_when_they_were_seen_and_changes_what_they_hold(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "http://wire.example/1"
    with reopened(store) as desk:
        right = PIPELINE.replace("48 million", "38 million")
        desk.poll("wire", (entry(url, "Leak", right),), NOW + 5 * HOUR)
    code, out, _ = run(capsys, "--store", store, "show", url, "--versions")
    assert code == 0
    heads = [line for line in out.splitlines() if line.startswith("version ")]
    assert len(heads) == 2
    assert all("first seen" in head and "last seen" in head for head in heads)
    code, out, _ = run(capsys, "--store", store, "show", url, "--versions", "--json")
    first, second = (json.loads(line) for line in out.splitlines())
    assert first["last_seen"] == second["first_seen"]
    code, out, _ = run(capsys, "--store", store, "export", "--what", "changes")
    lines = [json.loads(line) for line in out.splitlines()]
    held = [
        c["held"]["revision"]
        for c in lines
        if c["subject"] == second["version"] and c["kind"] == "version"
    ]
    assert {"what": "number", "old": "48", "new": "38"} in held[0]["changes"]
    assert held[0]["kept"] > 0.9
    of_first = [c["held"] for c in lines if c["subject"] == first["version"]]
    assert of_first[0]["revision"] is None


def test_passages_that_changed_are_shown_word_by_word(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "http://wire.example/1"
    with reopened(store) as desk:
        desk.poll("wire", (entry(url, "Leak shuts line", PIPELINE),), NOW + 5 * HOUR)
    code, out, _ = run(capsys, "--store", store, "show", url, "--diff")
    assert code == 0
    assert "  + Leak {+shuts line+}" in out


def test_why_names_the_hand_that_merged_and_split(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = "http://wire.example/1", "http://paper.example/1"
    run(capsys, "--store", store, "story", "split", other, "--why", "other leak")
    code, out, _ = run(capsys, "--store", store, "why", one, other)
    assert code == 0
    assert "taken out by hand: other leak" in out
    run(capsys, "--store", store, "story", "merge", one, other, "--why", "the same leak")
    code, out, _ = run(capsys, "--store", store, "why", one, other)
    assert "joined by hand: the same leak" in out
    code, out, _ = run(capsys, "--store", store, "why", one, other, "--json")
    assert [(v["kind"], v["by"], v["why"]) for v in json.loads(out)["history"]] == [
        ("split", "hand", "other leak"),
        ("merge", "hand", "the same leak"),
    ]
    code, out, _ = run(capsys, "--store", store, "why", one, "http://wire.example/2")
    assert "by hand" not in out


def test_a_story_names_what_moved(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    url = "http://paper.example/1"
    code, out, _ = run(capsys, "--store", store, "story", url, "--json")
    title = next(a["title"] for a in json.loads(out)["articles"] if a["url"] == url)
    run(capsys, "--store", store, "story", "split", url, "--why", "other leak")
    code, out, _ = run(capsys, "--store", store, "story", "http://wire.example/1")
    assert code == 0
    after = out[out.index("taken out by hand") :]
    assert title in after
    assert url in after


def test_why_of_files_takes_a_language_and_knows_no_newsroom(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(f"Leak shuts line\n{PIPELINE}", "utf-8")
    code, out, _ = run(capsys, "why", "x/a.txt", "y/a.txt", "--lang", "en")
    assert code == 0
    assert "A  x/a.txt" in out
    assert "no newsroom is known of files" in out
    code, out, _ = run(capsys, "why", "x/a.txt", "y/a.txt", "--lang", "en", "--json")
    assert json.loads(out)["relation"] == "same"
    assert "newsroom" in json.loads(out)["note"]
    assert run(capsys, "--store", store, "why", "--lang", "en", "http://wire.example/1", "http://wire.example/2")[0] == 2  # fmt: skip


def test_where_it_is_wide_the_two_stand_side_by_side(tmp_path: Path) -> None:
    old = Version("a", "a", 1, "", "Leak", "one two\nsame", "en", "w", "w", NOW)
    new = Version("b", "a", 2, "", "Leak", "one three\nsame", "en", "w", "w", NOW)
    wide = list(comparing.lines(old, new, 140))
    assert any("one [-two-]" in line and "│ one {+three+}" in line for line in wide)
    assert len({line.index("│") for line in wide}) == 1
    assert all(len(line) <= 140 for line in wide)
    long = Version(
        "d", "a", 2, "", "Leak", "one two\nsame\nsame again\nand again", "en", "w", "w", NOW
    )
    assert list(comparing.lines(old, long, 80))[-1].startswith("  +")
    ends = replace(long, text=f"{long.text}\nlast"), replace(long, text=f"{long.text}\nnext")
    assert next(comparing.lines(*ends, 80)) == "  … 4 paragraphs as before"
    empty = Version("c", "a", 3, "", "", "", "en", "w", "w", NOW)
    assert list(comparing.lines(empty, empty, 80)) != []


texts: Any = st.text(max_size=200)


@given(texts, texts, st.integers(20, 200))
def test_any_two_texts_are_shown_whole_and_within_bounds(one: str, other: str, width: int) -> None:
    old = Version("a", "a", 1, "", "T", one, "en", "w", "w", NOW)
    new = Version("b", "a", 2, "", "T", other, "en", "w", "w", NOW)
    pairs = comparison.compared(old, new)
    for side, said in ((0, one), (1, other)):
        words: list[str] = []
        for word in (word for pair in pairs for word in pair[side]):
            words[-1:] = [words[-1] + word.said] if word.glued else [*words[-1:], word.said]
        whole = [w for p in ("T", *said.split("\n")) for w in safe_line(p).split()]
        assert words == whole
    list(comparing.lines(old, new, width))


def test_texts_of_a_few_words_again_and_again_are_not_compared_word_by_word() -> None:
    """What a comparison costs is bounded: two such paragraphs took two seconds, and a text has hundreds."""
    chance = random.Random(1)
    one, other = (
        "\n".join(" ".join(chance.choice("ab") for _ in range(3900)) for _ in range(20))
        for _ in "12"
    )
    old = Version("a", "a", 1, "", "Leak", one, "en", "w", "w", NOW)
    pairs = comparison.compared(old, replace(old, id="b", text=other))
    assert {word.kind for pair in pairs[1:] for side in pair for word in side} == {"gone", "come"}
    lines = replace(old, text="a\n" * 6000), replace(old, text="a\n" * 5999)
    assert len(comparison.compared(*lines)) == 6002


def test_an_archive_with_a_ring_of_merges_is_read_and_written_to(tmp_path: Path) -> None:
    desk = polled(tmp_path)
    desk.tampered = True
    desk.ledger._connection.execute("UPDATE story SET merged_into = id")
    archive = open_archive(desk.address)
    try:
        assert len(list(archive.export("articles"))) == 6
    finally:
        archive.close()
    desk.poll("paper", (entry("http://paper.example/2", "Again", PIPELINE),), NOW + 3 * HOUR)
    assert story(desk, "http://paper.example/2").articles
