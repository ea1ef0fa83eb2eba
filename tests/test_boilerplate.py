"""Lines that a newsroom's pages carry again and again: kept as they came, and not compared."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_of import FOOT, HOUR, NOW, Desk, entry
from newswatch import boilerplate
from newswatch.model import Changeset, Feed, content_id
from newswatch.text import collapse

WIRE = Feed("wire", "http://wire.example/rss", "Wire", "en", pages="feed-only")
PAPER = Feed("paper", "http://paper.example/rss", "Paper", "en", pages="feed-only")


def words(n: int, count: int) -> str:
    chance = random.Random(n)
    made = (
        "".join(chance.choice("bdfgklmnprst") + chance.choice("aeiou") for _ in range(3))
        for _ in range(count)
    )
    return " ".join(made).capitalize()


def own(n: int) -> str:
    return f"{words(n, 25)}."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, feeds=(WIRE, PAPER)) as desk:
        for feed in (WIRE, PAPER):
            desk.poll(feed.name, (entry(f"{feed.url}/x", "Hail", "It hailed."),), NOW)
        yield desk


def publish(desk: Desk, n: int, foot: str = FOOT) -> Changeset:
    """The wire's text number *n* above its foot."""
    told = entry(f"http://wire.example/{n}", words(n, 4), f"{own(n)}\n{foot}")
    return desk.poll("wire", (told,), NOW + (n + 1) * HOUR)


def test_texts_of_one_foot_stay_apart_and_are_kept_with_it(desk: Desk) -> None:
    for n in range(20):
        changes = publish(desk, n)
        (version,) = changes.versions
        (article,) = changes.articles
        assert version.text == f"{own(n)}\n{FOOT}"
        assert version.id == content_id(article.id, version.title, collapse(version.text))
        assert article.story == article.id


def test_a_copy_without_the_foot_has_the_same_words(desk: Desk) -> None:
    for n in range(20):
        publish(desk, n)
    copied = entry("http://paper.example/copy", words(19, 4), own(19))
    (evidence,) = desk.poll("paper", (copied,), NOW + 30 * HOUR).evidence
    assert (evidence.relation, evidence.decided_by) == ("same", "same words")


def test_what_another_newsroom_says_again_and_again_is_its_own(desk: Desk) -> None:
    for n in range(20):
        publish(desk, n)
    assert desk.ledger.known.boilerplate("Paper") != desk.ledger.known.boilerplate("Wire")
    often = [
        one for one in desk.ledger.known.boilerplate("Wire") if one.times >= boilerplate.ENOUGH
    ]
    assert len(often) == len(FOOT.split("\n"))


def test_one_outcome_learns_as_many_do(tmp_path: Path) -> None:
    found = []
    for size in (1, 7, 20):
        folder = tmp_path / str(size)
        folder.mkdir()
        with Desk(folder, feeds=(WIRE, PAPER)) as desk:
            told = [
                entry(f"http://wire.example/{n}", words(n, 4), f"{own(n)}\n{FOOT}")
                for n in range(20)
            ]
            shown: list[object] = []
            for at in range(0, 20, size):
                shown += told[at : at + size]
                desk.poll("wire", tuple(shown), NOW + (at + 1) * HOUR)  # type: ignore[arg-type]
            found.append(sorted(desk.ledger.known.boilerplate("Wire"), key=lambda one: one.line))
    assert found[0] == found[1] == found[2]


# ── the decision ────────────────────────────────────────────────────────────────────────────


def counted(texts: list[str], stories: list[str] | None = None) -> boilerplate.Lines:
    lines: boilerplate.Lines = {}
    for n, text in enumerate(texts):
        lines = boilerplate.learnt(lines, text, stories[n] if stories else str(n))
    return lines


def test_a_line_is_boilerplate_from_the_fifth_story_on() -> None:
    texts = [f"{own(n)}\n{FOOT}" for n in range(6)]
    assert boilerplate.without(texts[5], counted(texts[:4])) == texts[5]
    assert boilerplate.without(texts[5], counted(texts[:5])) == own(5)


def test_what_one_storys_updates_repeat_is_none() -> None:
    texts = [f"{own(n)}\n{FOOT}" for n in range(20)]
    assert boilerplate.without(texts[0], counted(texts, ["one"] * 20)) == texts[0]


def test_lines_that_differ_in_figures_are_told_apart() -> None:
    texts = [f"{own(n)}\nNet profit {n} million crowns against {n + 1} million" for n in range(9)]
    assert boilerplate.without(texts[8], counted(texts[:8])) == texts[8]


def test_a_line_in_the_middle_is_told_and_boilerplate_alone_is_nothing() -> None:
    lines = counted([f"{own(n)}\n{FOOT}" for n in range(9)])
    said = FOOT.split("\n")[0]
    text = "\n".join([own(n) for n in range(5)] + [said] + [own(n) for n in range(5, 15)])
    assert boilerplate.without(text, lines) == text
    assert boilerplate.without(FOOT, lines) == ""


def test_articles_of_boilerplate_alone_are_told_apart_by_their_headlines(desk: Desk) -> None:
    shown = [
        entry(f"{WIRE.url}/{n}", f"Report {words(n, 4)}", f"{own(n)}\n{FOOT}") for n in range(9)
    ]
    desk.poll("wire", tuple(shown), NOW + HOUR)
    shown += [
        entry(f"{WIRE.url}/p", "Prices rise in Karsov", FOOT),
        entry(f"{WIRE.url}/m", "Minister quits in Lodva", FOOT),
    ]
    changes = desk.poll("wire", tuple(shown), NOW + 2 * HOUR)
    assert len({article.story for article in changes.articles}) == 2
    assert {version.text for version in changes.versions} == {FOOT}


def test_memory_is_bounded_and_what_is_given_up_fades() -> None:
    lines = counted([f"{own(n)}\n{FOOT}" for n in range(60)])
    assert max(one.times for one in lines.values()) == boilerplate.MOST
    for n in range(3_000):
        lines = boilerplate.learnt(lines, "\n".join(f"{own(5 * n + k)}" for k in range(5)), str(n))
        assert len(lines) <= boilerplate.KEPT
    assert boilerplate.without(f"{own(1)}\n{FOOT}", lines) == f"{own(1)}\n{FOOT}"


def test_a_foot_among_much_else_is_found() -> None:
    texts = [
        "\n".join([own(7 * n + k) for k in range(7)] + ([FOOT] if n % 5 == 0 else []))
        for n in range(300)
    ]
    assert FOOT not in boilerplate.without(texts[0], counted(texts))


@given(st.lists(st.text(alphabet="ab1 \n\ud800é", max_size=200), max_size=12))
def test_any_texts_are_counted_and_none_is_emptied(texts: list[str]) -> None:
    lines = counted(texts)
    assert all(0 <= key < 2**63 for key in lines)
    for text in texts:
        left = boilerplate.without(text, lines)
        assert bool(left) == bool(text)
        assert set(left.split("\n")) <= set(text.split("\n"))
