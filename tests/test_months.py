"""Months of texts in files of their own: the same answers in the same order, whatever happens to move them."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from months_old import (
    answers,
    asked,
    exported,
    files,
    gone_on,
    in_files,
    made,
    moved,
    path_of,
    proof,
)
from newswatch.store import open_ledger
from orphans import orphans


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """A store on which nothing was moved, and what it answers."""
    store = made(tmp_path_factory.mktemp("original"))
    return store, answers(store)


@pytest.fixture
def store(original: tuple[str, Any], tmp_path: Path) -> str:
    """The same once more."""
    shutil.copy(path_of(original[0]), tmp_path / "test.db")
    return f"sqlite:{tmp_path / 'test.db'}"


def unlike(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    assert one.keys() == other.keys()
    return [name for name in one if one[name] != other[name]]


def test_two_makings_are_one_archive(original: tuple[str, Any], tmp_path: Path) -> None:
    again = made(tmp_path / "again")
    assert unlike(answers(again), original[1]) == []


def test_what_is_found_shown_and_told_is_the_same_and_in_the_same_order(
    original: tuple[str, Any], store: str
) -> None:
    """Issue 10, section 4: `search` on moved months against one file."""
    found = moved(store)
    assert [one.month for one in found] == ["2026-03", "2026-04", "2026-05"]
    texts = asked(store, "SELECT count(*) FROM version WHERE text IS NULL")[0][0]
    assert texts == sum(one.texts for one in found) > 60
    before = "strftime('%Y-%m', first_seen) < '2026-06' AND text <> ''"
    assert asked(store, f"SELECT count(*) FROM version WHERE {before}") == [(0,)]
    assert [name[:7] for name in files(store)] == ["2026-03", "2026-04", "2026-05"]
    wanted = original[1]
    assert unlike(answers(store), wanted) == []
    hits = Counter(len(value) > 1 for name, value in wanted.items() if name.endswith("}"))
    assert hits[True] > 300
    assert proof(store) == proof(original[0])
    assert not proof(store).found
    assert orphans(path_of(store)) == []


def test_what_comes_and_goes_later_makes_another_file(store: str) -> None:
    moved(store)
    first = files(store)
    gone_on(store)
    noted = asked(store, "SELECT month, gone FROM month ORDER BY month")
    assert noted == [("2026-03", 4), ("2026-04", 4), ("2026-05", 4)]
    told = exported(store)
    assert [one.month for one in moved(store)] == ["2026-04"]
    assert exported(store) == told
    assert [name[:7] for name in files(store)] == ["2026-03", "2026-04", "2026-05"]
    assert not set(files(store)) & set(first)
    texts = {one["id"]: one["text"] for one in told if one["text"]}
    held = in_files(store)
    assert held.items() < texts.items()
    assert any("drawer" in one["title"] and one["id"] in held for one in told)
    assert not proof(store).found
    assert moved(store) == ()


def test_the_room_of_what_is_moved_is_given_back(store: str) -> None:
    """Rows that shrink leave their pages as they are: half of them would stay."""
    before = path_of(store).stat().st_size
    size = sum(one.bytes for one in moved(store))
    with closing(open_ledger(store)) as ledger:
        ledger.shorten()
    assert before - path_of(store).stat().st_size > 0.9 * size > 0
