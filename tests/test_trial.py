"""Trying rules: what one would have sent, and rules held against each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive_of import HOUR, MARKET, NOW, PIPELINE, Desk, entry
from newswatch import deliver
from newswatch.cli import code_of
from newswatch.cli.trial import Trial, doubts, implies, trial
from newswatch.model import Rule
from newswatch.query import read
from newswatch.store import open_archive


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = code_of(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def desk(tmp_path: Path):
    with Desk(tmp_path, in_force=(Rule("gas", "gas"),)) as made:
        made.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
        made.poll("wire", (entry("http://wire.example/2", "Freight", MARKET),), NOW + 24 * HOUR)
        changed = f"{MARKET}\nGas was dear."
        made.poll("wire", (entry("http://wire.example/2", "Freight", changed),), NOW + 26 * HOUR)
        yield made


def test_a_trial_counts_versions_stories_days_and_parts(desk: Desk) -> None:
    archive = open_archive(desk.address)
    found = trial(archive, read("gas OR freight OR zebra"), NOW - 24 * HOUR, NOW + 48 * HOUR)
    archive.close()
    assert (len(found.hits), len(found.stories)) == (3, 2)
    assert found.letters == (0, 1, 1, 0)
    assert found.by_day == "by day ▁██▁ (most 1)"
    half_a_year = Trial(found.hits, found.stories, (0,) * 100 + (1, 2) + (0,) * 78, (), ())
    assert half_a_year.by_day == f"by 4 days {'▁' * 25}█{'▁' * 19} (most 3)"
    assert len(half_a_year.by_day) < 70
    assert {word: (n, alone) for word, n, alone in found.terms} == {
        "gas": (2, 1),
        "freight": (2, 1),
    }
    assert found.sources == (("wire", 3),)
    assert found.complete


def test_a_changed_rule_is_held_against_the_wording_in_force(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "newswatch.yaml").write_text("{}\n")
    (tmp_path / "rules.yaml").write_text("rules:\n  - name: gas\n    query: gas -compressor\n")
    options = ("--config", str(tmp_path), "--store", desk.address, "rules")
    code, out, err = run(capsys, *options, "test", "gas", "--since", "2026-01-01")
    assert code == 0
    assert "Freight" in out
    assert "Leak" not in out
    assert "0 more, 1 fewer" in err
    assert "- 2026-03-03 08:00  Wire  Leak" in err
    code, out, err = run(capsys, *options, "test", "gas -nothing", "--since", "2026-01-01")
    assert "wording in force" not in err
    code, _, err = run(capsys, *options, "test", "zebra")
    assert code == 1
    assert "is no rule" not in err
    code, _, err = run(capsys, *options, "test", "gsa")
    assert code == 1
    assert '"gsa" is no rule (did you mean "gas"?) and was read as a query' in err


def test_a_rule_s_wordings_are_kept(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.configure((Rule("gas", "gas OR oil"),), NOW + HOUR)
    code, out, _ = run(capsys, "--store", desk.address, "rules", "history", "--json", "gas")
    assert code == 0
    assert [json.loads(line)["query"] for line in out.splitlines()] == ["gas", "gas OR oil"]
    assert run(capsys, "--store", desk.address, "rules", "history", "zebra")[0] == 1


def test_a_letter_names_the_wording_it_was_sent_under(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = Rule("gas", "gas leak", ("anna",), feeds=("wire",))
    with Desk(tmp_path, in_force=(old,)) as desk:
        desk.poll("wire", (entry("http://wire.example/0", "Weather"),), NOW)
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        deliver.seal_due(desk.ledger.outbox, desk.readers, NOW + HOUR)
        desk.configure((Rule("gas", "oil OR gas", ("anna",)),), NOW + 2 * HOUR)
        desk.configure((), NOW + 3 * HOUR)
        desk.configure((Rule("gas", "oil OR gas", ("anna",)),), NOW + 4 * HOUR)
        asked = ("--store", desk.address)
        (letter,) = map(json.loads, run(capsys, *asked, "outbox", "--json")[1].splitlines())
        shown = ("outbox", "show", letter["id"])
        _, out, _ = run(capsys, *asked, *shown)
        assert "Rule gas, in force since 2026-03-03 08:00: gas leak · feeds: wire\n" in out
        (wording,) = json.loads(run(capsys, *asked, *shown, "--json")[1])["rules"]
        assert (wording["name"], wording["query"]) == ("gas", "gas leak")

        def history(*more: str) -> list[str]:
            return run(capsys, *asked, "rules", "history", "gas", *more)[1].splitlines()

        assert [line.partition("  ")[2] for line in history()] == [
            "gas leak · feeds: wire", "oil OR gas", "no longer in force", "oil OR gas",
        ]  # fmt: skip
        for at, said in (("09:59", "gas leak"), ("10:00", "oil OR gas"), ("11:30", "no longer")):
            (line,) = history("--at", f"2026-03-03T{at}")
            assert said in line
        assert history("--at", "2026-03-03T07:59") == []


def test_rules_that_seem_wrong_are_named_with_the_reason(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "newswatch.yaml").write_text("{}\n")
    rules = {
        "gas": "gas",
        "twin": "(GAS)",
        "narrow": "gas karvia",
        "never": "zebra",
        "all": "the OR of OR a",
    }
    lines = "".join(f"  - name: {name}\n    query: {query}\n" for name, query in rules.items())
    (tmp_path / "rules.yaml").write_text(f"rules:\n{lines}")
    options = ("--config", str(tmp_path), "--store", desk.address, "rules", "check")
    _, out, _ = run(capsys, *options, "--json")
    found = {o["name"]: [d["kind"] for d in o["doubts"]] for o in map(json.loads, out.splitlines())}
    assert found["twin"][0] == "duplicate"
    assert found["narrow"] == ["shadowed"]
    assert found["never"] == ["never"]
    assert found["all"] == ["nearly-all"]
    assert "finds nothing that gas does not find and tell" in run(capsys, *options)[1]
    assert [d.kind for d in doubts((Rule("a", "x y", ("anna",)), Rule("b", "x")), ())] == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("gas OR oil", "oil OR gas", [("b", "duplicate")]),
        ("gas oil", "oil gas", [("b", "duplicate")]),
        ("title:gas", "gas", [("a", "shadowed")]),
        ('"gas oil"', "gas", [("a", "shadowed")]),
        ("lead:gas", "body:gas", [("a", "shadowed")]),
        ("title:gas", "body:gas", []),
        ("sancti*", "sanct*", [("a", "shadowed")]),
        ("gas NEAR/3 oil", "oil NEAR/8 gas", [("a", "shadowed")]),
        ("gas NEAR/3 oil", "oil NEAR/3 gas", [("b", "duplicate")]),
        ("gas since:2026-05-01", "gas since:2026-01-01", [("a", "shadowed")]),
        ("gas until:2026-05-01", "gas until:2026-01-01", [("b", "shadowed")]),
        ("sanc*", "sax*", []),
        ("gas", "oil", []),
    ],
)
def test_rules_in_other_words_are_told_once(
    one: str, other: str, expected: list[tuple[str, str]]
) -> None:
    found = doubts((Rule("a", one), Rule("b", other)), ())
    assert [(doubt.rule, doubt.kind) for doubt in found] == expected


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"),
    [
        ("a", "a", True), ("a b", "a", True), ("a", "a OR b", True), ("a OR b", "a OR b OR c", True),
        ("a b", "b a", True), ("a NEAR/3 b", "a b", True), ("-(a OR b) c", "-a c", True),
        ("a", "b", False), ("a OR b", "a", False), ("-a c", "-(a OR b) c", False), ("a", "a b", False),
    ],
)  # fmt: skip
def test_one_query_plainly_implies_another(narrow: str, wide: str, expected: bool) -> None:
    assert implies(read(narrow), read(wide)) is expected
