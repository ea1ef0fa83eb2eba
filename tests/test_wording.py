"""Words for people: one is not many, and a wrong word has a right one beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswatch.wording import counted, did_you_mean, few, nearest, sparkline


@pytest.mark.parametrize(
    ("n", "words", "said"),
    [
        (0, ("feed",), "0 feeds"),
        (1, ("feed",), "1 feed"),
        (2, ("feed",), "2 feeds"),
        (12_345, ("article",), "12,345 articles"),
        (1, ("story", "stories"), "1 story"),
        (3, ("person", "people"), "3 people"),
    ],
)
def test_one_is_not_many(n: int, words: tuple[str, ...], said: str) -> None:
    assert counted(n, *words) == said


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "b"), "a, b"),
        (("a", "b", "c"), "a, b and 1 more"),
        (("a",) * 1_234, "a, a and 1,232 more"),
    ],
)
def test_of_many_the_first_are_named_and_the_rest_counted(
    names: tuple[str, ...], said: str
) -> None:
    assert few(names, 2) == said


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("wier", ("wire", "tass-en"), "wire"),
        ("smpt", ("smtp", "smtps", "file"), "smtp"),
        ("DESK", ("night", "desk"), "desk"),
        ("санкци", ("санкции", "газ"), "санкции"),
        ("zebra", ("wire", "desk"), ""),
        ("", ("wire",), ""),
        ("wire", (), ""),
        ("x" * 10**6, ("x" * 60, "y"), "x" * 60),
    ],
)
def test_the_nearest_right_word_is_found(word: str, known: tuple[str, ...], found: str) -> None:
    assert nearest(word, known) == found
    assert (f'"{found}"' in did_you_mean(word, known)) is bool(found)


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=8))
def test_what_is_suggested_is_one_of_the_known(word: str, known: list[str]) -> None:
    assert nearest(word, known) in {"", *known}


@pytest.mark.parametrize(
    ("figures", "bars"),
    [((), ""), ((0, 0), "··"), ((1, 8, 0, 4), "▁█·▄"), ((1, 10_000), "▁█"), ((-1, 1), "·█")],
)
def test_figures_as_bars(figures: tuple[int, ...], bars: str) -> None:
    assert sparkline(figures) == bars
