"""Where versions stand in the index: newest first without a sort, spans of time as ranges, crowds."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive_of import NOW, Desk
from newswatch import ingest, query
from newswatch.model import Article, Imported, Version
from newswatch.store import open_archive, places
from newswatch.store.archive import SqliteArchive
from newswatch.store.sqlite import row_floor, sqlite3

MILLISECOND = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)


def table() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE place (place INTEGER PRIMARY KEY, row INTEGER NOT NULL)")
    return connection


def taken_in(desk: Desk, times: list[datetime], text: str = "gas") -> None:
    """Articles of these times, in this order."""
    items = [
        Imported(
            Article(f"http://a.example/{n}", f"Item {n}", text, "en", quality="full", published=at),
            at,
            "a",
        )
        for n, at in enumerate(times)
    ]
    ingest.take_in(items, desk.ledger, desk.standing, NOW + timedelta(days=9), alert=False)


def newest_first(times: list[datetime]) -> list[str]:
    """The titles by time, what came later first where two are of one millisecond."""
    numbered = sorted(((row_floor(at), n) for n, at in enumerate(times)), reverse=True)
    return [f"Item {n}" for _, n in numbered]


def titles(desk: Desk, typed: str, **how: object) -> list[str]:
    archive = open_archive(desk.address)
    try:
        found = archive.search(query.read(typed), limit=10_000, **how)  # type: ignore[arg-type]
        return [hit.version.title for hit in found]
    finally:
        archive.close()


@pytest.mark.parametrize("at", [NOW, NOW + SECOND, NOW + 59 * SECOND, NOW.replace(year=1970)])
def test_a_second_ends_where_the_next_begins(at: datetime) -> None:
    seconds = [places.second_of(row_floor(at + n * SECOND)) for n in range(130)]
    assert all(end == following for (_, end), (following, _) in pairwise(seconds))
    assert places.second_of(row_floor(at + 999 * MILLISECOND)) == seconds[0]


def test_the_last_second_there_can_be_stands_before_the_crowd() -> None:
    last = datetime.fromisoformat("9999-12-31T23:59:59+00:00")
    assert places.second_of(int(last.timestamp() * 1000) << 20)[1] < places.CROWD


@given(st.lists(st.integers(0, 3000), max_size=200))
def test_places_follow_the_seconds_and_the_crowd_the_milliseconds(offsets: list[int]) -> None:
    connection = table()
    given_places = []
    for n, offset in enumerate(offsets):
        row = row_floor(NOW + SECOND + offset * MILLISECOND) + n
        given_places.append((places.give(connection, row), row))
    assert len({place for place, _ in given_places}) == len(offsets)
    ordinary = sorted(one for one in given_places if one[0] < places.CROWD)
    assert all(places.second_of(a[1]) <= places.second_of(b[1]) for a, b in pairwise(ordinary))
    crowd = sorted(one for one in given_places if one[0] >= places.CROWD)
    assert crowd == sorted(crowd, key=lambda one: one[1])


moments = st.lists(
    st.builds(
        lambda second, millisecond: NOW + 40 * SECOND + second * SECOND + millisecond * MILLISECOND,
        st.integers(0, 40),
        st.sampled_from([0, 0, 0, 1, 400, 999]),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(moments, st.integers(0, 30), st.integers(0, 12_000), st.sampled_from([1, 300]))
def test_newest_first_and_spans_of_time_are_those_of_the_versions(
    tmp_path_factory: pytest.TempPathFactory,
    times: list[datetime],
    crowd: int,
    bound: int,
    microseconds: int,
) -> None:
    # A second in which more stand than have room, among others.
    times = [
        *times[:9],
        *[NOW + 47 * SECOND + n % 3 * MILLISECOND for n in range(crowd)],
        *times[9:],
    ]
    with Desk(tmp_path_factory.mktemp("places")) as desk:
        taken_in(desk, times)
        ordered = newest_first(times)
        assert titles(desk, "gas") == ordered
        assert titles(desk, "gas")[:7] == ordered[:7]
        assert sorted(titles(desk, "gas", sort="relevance")) == sorted(ordered)
        at = NOW + 42 * SECOND + bound * MILLISECOND + timedelta(microseconds=microseconds - 1)
        by_title = {f"Item {n}": moment for n, moment in enumerate(times)}
        later = [title for title in ordered if by_title[title] >= at]
        earlier = [title for title in ordered if by_title[title] < at]
        assert titles(desk, f"gas since:{at.isoformat()}") == titles(desk, "gas", since=at) == later
        assert (
            titles(desk, f"gas until:{at.isoformat()}") == titles(desk, "gas", until=at) == earlier
        )
        archive = open_archive(desk.address)
        found, exact = archive.count(query.read("gas"), since=at) or (0, False)
        archive.close()
        assert found >= len(later)
        assert found == len(later) or not exact
        assert exact is (microseconds == 1)


def test_a_crowd_of_one_millisecond_is_found_whole_and_in_order(tmp_path: Path) -> None:
    """An archive that gives no times: every article is first seen when it is imported."""
    with Desk(tmp_path) as desk:
        times = [NOW - SECOND, *[NOW] * 700, NOW + SECOND]
        taken_in(desk, times)
        assert titles(desk, "gas") == newest_first(times)
        assert titles(desk, "gas", since=NOW + SECOND) == ["Item 701"]
        assert titles(desk, "gas", until=NOW) == ["Item 0"]
        assert len(titles(desk, "gas", sort="relevance")) == 702
        archive = open_archive(desk.address)
        assert archive.count(query.read("gas")) == (702, True)
        assert [hit.version.title for hit in archive.search(query.read("gas"), limit=2)] == [
            "Item 701", "Item 700",
        ]  # fmt: skip
        archive.close()


def test_relevance_ranks_the_newest_thousand_of_a_crowd_too(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        times = [NOW] * 400 + [NOW - timedelta(days=n % 90) for n in range(800)]
        taken_in(desk, times)
        ranked = titles(desk, "gas", sort="relevance")
        assert set(ranked) == set(newest_first(times)[:1000])


@pytest.mark.parametrize("sort", ["newest", "relevance"])
def test_the_index_is_asked_once_for_what_is_shown(tmp_path: Path, sort: Any) -> None:
    """Asked again, bm25 would count anew in how many versions each word stands."""
    with Desk(tmp_path) as desk:
        taken_in(desk, [NOW - n * timedelta(hours=1) for n in range(1100)])
        archive = SqliteArchive(tmp_path / "test.db")
        said: list[str] = []
        archive._connection.set_trace_callback(said.append)
        assert len(list(archive.search(query.read("gas"), limit=20, sort=sort))) == 20
        archive.close()
        assert len([sql for sql in said if " MATCH " in sql]) == 1


def test_a_version_s_edition_is_asked_of_the_index(tmp_path: Path) -> None:
    archive_times = [NOW + n * SECOND for n in range(30)]
    with Desk(tmp_path) as desk:
        taken_in(desk, archive_times)
        looked: list[datetime] = []
        archive = open_archive(desk.address)
        asked = query.read("gas corrected:yes")
        assert list(archive.search(asked, looked=looked.append)) == []
        assert archive.count(asked) == (0, True)
        archive.close()
        assert looked == [], "no version is read that is no correction"


def version_of_language(n: int, lang: str) -> Imported:
    article = Article(f"http://a.example/{n}", f"Item {n}", "Sanktionen gas", lang, quality="full")
    return Imported(article, NOW + n * SECOND, "a")


def test_a_word_is_looked_up_in_the_languages_that_the_archive_has(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        now = NOW + timedelta(days=1)
        assert titles(desk, "Sanktion") == []
        for n, lang in enumerate(["en", "de", "de-at", "", "xx", "ru"]):
            ingest.take_in(
                (version_of_language(n, lang),), desk.ledger, desk.standing, now, alert=False
            )
        held = desk.ledger._connection.execute(
            "SELECT filed_as FROM language ORDER BY 1"
        ).fetchall()
        assert [row[0] for row in held] == ["", "de", "en", "ru"]
        everything: list[Version] = []
        archive = open_archive(desk.address)
        for found in archive.export("articles"):
            everything += archive.show(found["id"]).versions
        archive.close()
        for typed in ("Sanktion", "Sanktionen", "gas", '"sanktionen gas"', "sanktion NEAR/2 gas"):
            asked = query.read(typed)
            expected = {
                v.title for v in everything if query.match(asked, query.view(v)) is not None
            }
            assert set(titles(desk, typed)) == expected
        assert set(titles(desk, "Sanktion")) == {"Item 1", "Item 2"}
