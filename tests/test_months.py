"""Months of texts in files of their own: the same answers in the same order, whatever happens to move them."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive_of import MARKET, Desk, entry, report
from months_old import (
    LATER,
    RULES,
    answers,
    asked,
    exported,
    files,
    folder_of,
    gone_on,
    in_files,
    made,
    moved,
    path_of,
    proof,
    search,
    written,
)
from newswatch.model import Rule, StoreError
from newswatch.query import read
from newswatch.store import open_archive, open_ledger
from newswatch.store.known import _OWN_TEXTS
from newswatch.store.search import _ROW
from orphans import orphans

OLD = datetime(2026, 3, 2, 12, tzinfo=UTC)


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


def test_news_and_rules_meet_moved_texts_as_they_meet_others(store: str, tmp_path: Path) -> None:
    """A correction of an article of months ago, a copy of an old text, and a rule that is run over the archive."""
    (tmp_path / "beside").mkdir()
    shutil.copy(path_of(store), tmp_path / "beside" / "test.db")
    beside = f"sqlite:{tmp_path / 'beside' / 'test.db'}"
    moved(store, LATER)
    assert asked(store, "SELECT count(*) FROM version WHERE text <> ''") == [(0,)]
    for one in (store, beside):
        rule = Rule("later", '"five compressors" OR /[0-9]:2[0-9]/ marit', ())
        with Desk(path_of(one).parent, in_force=(*RULES, rule)) as desk:
            grain = MARKET.replace("2.6 percent", "7.28 percent").replace("1,884", "1,885")
            copied = report(3 * 900 + 2 * 9)
            desk.poll("wire", (entry("http://wire.example/grain", "Freight dearer", grain), entry("http://wire.example/old", "Once more", copied, published=OLD)), LATER)  # fmt: skip
            while desk.ledger.tidy():
                pass
    told = answers(beside)
    assert unlike(answers(store), told) == []
    assert sum(match["rule"] == "later" for match in told["matches"]) > 20
    newest = max(told["versions"], key=lambda version: version["first_seen"])
    assert newest["kind"] == "correction"


def test_an_index_that_is_filed_anew_is_filed_with_moved_texts(store: str) -> None:
    told = search(store, "gas OR consent")
    moved(store)
    for sql in (
        "DELETE FROM place",
        "INSERT INTO version_index(version_index) VALUES ('delete-all')",
        "PRAGMA user_version = 34",
    ):
        written(store, sql)
    hidden = folder_of(store).with_name("hidden")
    folder_of(store).rename(hidden)
    with pytest.raises(StoreError, match="put it back"):
        open_ledger(store)
    hidden.rename(folder_of(store))
    open_ledger(store).close()
    assert search(store, "gas OR consent") == told
    assert len(told) > 60


@pytest.mark.parametrize(
    "sql",
    [
        f"{_ROW} WHERE version.row = 5",
        _OWN_TEXTS.replace(":story", "'x'").replace(":most", "7"),
        "SELECT * FROM version WHERE id = 'x'",
        "SELECT * FROM version WHERE article = 'x' ORDER BY n",
        "SELECT article, n, text FROM version WHERE (article, n) > ('', 0) ORDER BY article, n LIMIT 500",
        "SELECT row FROM version WHERE row >= 1 AND row < 3 ORDER BY row DESC LIMIT 4",
        "SELECT version.* FROM article JOIN version ON version.id = article.current WHERE article.story = 'x'",
        "SELECT count(*) FROM version",
        "SELECT max(row) FROM version",
    ],
)
def test_what_reads_both_is_asked_by_the_same_plans(store: str, sql: str) -> None:
    with closing(open_archive(store)) as reader:
        connection = reader._connection  # type: ignore[attr-defined]
        plans = []
        for _ in range(2):
            found = connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
            plans.append([row["detail"].replace("main.version", "version") for row in found])
            connection.execute("PRAGMA query_only = 0")
            connection.execute("DROP VIEW IF EXISTS temp.version")
        assert plans[0] == plans[1]
        assert not any("MATERIALIZE" in line or line == "SCAN version" for line in plans[0])


def test_what_needs_no_text_opens_no_file(store: str) -> None:
    moved(store)
    shutil.rmtree(folder_of(store))
    with closing(open_archive(store)) as reader:
        assert reader.count(read("gas OR consent")) is not None
        assert reader.status()["versions"] > 60
        assert list(reader.export("stories"))
        assert list(reader.export("matches"))
        assert reader.resembling("gaz")
        assert len(list(reader.search(read("gas since:2026-06-01")))) > 3
        assert reader.absent() == ()
        assert len(list(reader.search(read("gas"), limit=500))) > 20
        assert len(reader.absent()) == 3
