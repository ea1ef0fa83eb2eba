"""The query language on SQLite: which versions satisfy a query, newest or most relevant first.

Rule: the index names candidates (`store.expression`) by their places (`store.places`), newest first
and in pages, so that the cost does not grow with the archive; where it may find too much (phrases,
beginnings, names, NEAR, patterns, authors) each version found is judged by `query.match` itself, so
that search and rules cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from heapq import merge
from itertools import chain, islice
from typing import Any, Literal

from newswatch.model import Version
from newswatch.query import And, Query, Since, Until, Word, period
from newswatch.store import places
from newswatch.store.expression import Expressions
from newswatch.store.judging import Judge, decided
from newswatch.store.rows import version_of
from newswatch.store.sqlite import HIGHEST, TIME_BITS, row_floor

COUNTED = 1000  # hits are counted up to here
COUNTING = 10_000  # versions looked at for it, of articles that have many
RANKED = 1000  # newest matches that "relevance" puts in order
FIRST_PAGE = 32
PAGE = 256
WEIGHTS = (1.0, 5.0, 3.0, 0.0)  # body, title, lead, where it came from

OneEach = Literal["version", "article", "story"]
A_SECOND = 1000 << TIME_BITS  # in rows
Rows = tuple[int, int]  # of `version`, the last one not included


def find(
    connection: Any,
    query: Query,
    *,
    limit: int,
    since: datetime | None,
    until: datetime | None,
    relevance: bool,
    one_each: OneEach,
    current: bool,
    looked: Callable[[datetime], None],
) -> Iterator[tuple[Version, str]]:
    """Versions that satisfy *query* with their story, newest or most relevant first; at most
    *limit*, one a version, article or story. *looked* is told the time of each version that is
    looked at.
    """
    rows = _rows(query, since, until)
    expressions = Expressions(connection)
    expression = expressions.of(query)
    judge = Judge(query, indexed=expression is not None, surfaces=expressions.surfaces)
    seen: set[str] = set()
    if expression is None:
        found = _newest_of_all(connection, rows)
    elif relevance:
        found = _by_relevance(connection, expression, rows)
    else:
        found = (row for row, _ in _placed(connection, expression, rows, "0"))
    for number in found:
        row = connection.execute(f"{_ROW} WHERE version.row = ?", (number,)).fetchone()
        if current and row["current"] != row["id"]:
            continue
        version = version_of(row)
        looked(version.time)
        key = row["id"] if one_each == "version" else row[one_each]
        if key in seen:
            continue
        if since is not None and version.time < since:
            continue
        if until is not None and version.time >= until:
            continue
        if not judge.satisfied(version):
            continue
        seen.add(key)
        yield version, row["story"]
        if len(seen) == limit:
            return


def count(
    connection: Any,
    query: Query,
    *,
    since: datetime | None,
    until: datetime | None,
    one_each: OneEach,
    current: bool,
) -> tuple[int, bool] | None:
    """How many `find` would bring, at most COUNTED and one more, by the index alone; and whether that
    is exact, or only no fewer than there are. None where the index cannot say, or not soon.
    """
    parts = query.parts if isinstance(query, And) else (query,)
    times = [part.at for part in parts if isinstance(part, Since | Until)]
    times += [at for at in (since, until) if at is not None]
    expression = Expressions(connection).of(query)
    told = all(
        isinstance(part, Since | Until) or (expression is not None and decided(part))
        for part in parts
    )
    if expression is None and not told:
        return None
    lowest, highest = _rows(query, since, until)
    whole = not any(at.microsecond % 1000 for at in times)
    if whole and highest < HIGHEST:
        highest -= 1 << TIME_BITS  # a bound at a whole millisecond has nothing to be judged
    looked, asked = _looked_at(connection, expression, (lowest, highest))
    key = {"version": "version.row", "article": "version.article", "story": "article.story"}[
        one_each
    ]
    beside = (
        " JOIN article ON article.id = version.article" if current or one_each == "story" else ""
    )
    limit = " WHERE article.current = version.id" if current else ""
    found = connection.execute(
        f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM ({looked}) AS looked"  # noqa: S608 - our own words
        f" JOIN version ON version.row = looked.row{beside}{limit} LIMIT ?)",
        (*asked, COUNTED + 1),
    ).fetchone()[0]
    if found <= COUNTED:
        number = connection.execute(f"SELECT count(*) FROM ({looked})", asked).fetchone()[0]  # noqa: S608 - our own words
        if number >= COUNTING:
            return None
    return found, told and whole


def _looked_at(
    connection: Any, expression: str | None, rows: Rows
) -> tuple[str, tuple[object, ...]]:
    """A query for the newest rows that `count` looks at, and its values."""
    if expression is None:
        return "SELECT row FROM version WHERE row >= ? AND row < ? ORDER BY row DESC LIMIT ?", (
            *rows,
            COUNTING,
        )
    each = (
        "SELECT * FROM (SELECT rowid AS place FROM version_index WHERE version_index MATCH ?"
        " AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?)"
    )
    asked: tuple[object, ...] = (expression, *_in_seconds(rows), COUNTING)
    if _crowd(connection, rows) is not None:
        each += f" UNION ALL {each}"
        asked += (expression, *_in_crowd(rows), COUNTING)
    found = f"SELECT row FROM ({each}) JOIN place USING (place) WHERE row >= ? AND row < ?"  # noqa: S608 - our own words
    return found, (*asked, *rows)


# ── which rows ──────────────────────────────────────────────────────────────────────────────


def _rows(query: Query, since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """The range of rows, the last one not included, outside which nothing can satisfy *query*."""
    begins, ends = period(query)
    lows = [row_floor(at) for at in (begins, since) if at is not None]
    highs = [row_floor(at) for at in (ends, until) if at is not None]
    # A bound inside a millisecond: its whole millisecond is looked at, and judged. A bound beyond
    # the last row there can be is that row.
    highs = [high + (1 << TIME_BITS) for high in highs]
    return min(max(lows, default=0), HIGHEST), min([*highs, HIGHEST])


_ROW = (
    "SELECT version.*, article.story AS story, article.current AS current"
    " FROM version JOIN article ON article.id = version.article"
)


def _in_seconds(rows: Rows) -> Rows:
    """The places of the seconds in which *rows* begin and end, and of those between."""
    return places.second_of(rows[0])[0], places.second_of(rows[1])[1]


def _in_crowd(rows: Rows) -> Rows:
    return places.crowded(rows[0]), places.crowded(rows[1])


def _crowd(connection: Any, rows: Rows) -> int | None:
    """The newest of *rows* that stands in the crowd, where any does."""
    found = connection.execute(
        "SELECT row FROM place WHERE place >= ? AND place < ? ORDER BY place DESC LIMIT 1",
        _in_crowd(rows),
    ).fetchone()
    return None if found is None else int(found[0])


def _newest_of_all(connection: Any, rows: Rows) -> Iterator[int]:
    """All of *rows*, newest first."""
    lowest, highest = rows
    page = FIRST_PAGE
    while True:
        found = connection.execute(
            "SELECT row FROM version WHERE row >= ? AND row < ? ORDER BY row DESC LIMIT ?",
            (lowest, highest, page),
        ).fetchall()
        yield from (row[0] for row in found)
        if len(found) < page:
            return
        highest, page = found[-1][0], PAGE


def _by_relevance(connection: Any, expression: str, rows: Rows) -> Iterator[int]:
    """The newest thousand matches, the best first: ranking all of them would read the archive."""
    score = f"bm25(version_index, {', '.join(map(str, WEIGHTS))})"
    page = RANKED + FIRST_PAGE  # the last second is held back until it is whole
    ranked = list(islice(_placed(connection, expression, rows, score, page), RANKED))
    return (row for row, _score in sorted(ranked, key=lambda one: (one[1], -one[0])))


Scored = tuple[int, float]


def _placed(
    connection: Any, expression: str, rows: Rows, score: str, page: int = FIRST_PAGE
) -> Iterator[Scored]:
    """Those of *rows* that *expression* finds, newest first, each with its *score* in SQL."""
    pages = _pages(connection, expression, _in_seconds(rows), score, page)
    seconds = _by_time(pages, rows)
    newest = _crowd(connection, rows)
    if newest is None:
        yield from seconds
        return
    for one in seconds:
        if one[0] < newest:
            seconds = chain((one,), seconds)
            break
        yield one
    crowd = _pages(connection, expression, _in_crowd(rows), score, page)
    yield from merge(seconds, chain.from_iterable(crowd), reverse=True)


def _by_time(pages: Iterator[list[Scored]], rows: Rows) -> Iterator[Scored]:
    """Those of *rows*, as their times follow: within one second, places are given as versions come."""
    lowest, highest = rows
    held: list[Scored] = []
    for page in pages:
        found = held + page
        last = found[-1][0] // A_SECOND
        whole = len(found)  # of this page's last second, more may stand on the next
        while whole and found[whole - 1][0] // A_SECOND == last:
            whole -= 1
        held = found[whole:]
        yield from sorted(
            [one for one in found[:whole] if lowest <= one[0] < highest], reverse=True
        )
    yield from sorted([one for one in held if lowest <= one[0] < highest], reverse=True)


def _pages(
    connection: Any, expression: str, span: Rows, score: str, page: int
) -> Iterator[list[Scored]]:
    """The rows that *expression* finds in a *span* of places, the highest place first: nothing stays
    open between pages.
    """
    lowest, highest = span
    while True:
        found = connection.execute(
            "SELECT rowid, (SELECT row FROM place WHERE place.place = version_index.rowid),"  # noqa: S608 - our own words
            f" {score} FROM version_index WHERE version_index MATCH ?"
            " AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
            (expression, lowest, highest, page),
        ).fetchall()
        if found:
            yield [(row, score) for _place, row, score in found]
        if len(found) < page:
            return
        highest, page = found[-1][0], max(page, PAGE)


# ── what to try instead ─────────────────────────────────────────────────────────────────────


def resembling(connection: Any, word: str) -> tuple[str, ...]:
    """The archive's words of about the length and with the first letter of a folded *word* that none
    of its texts holds; () when one does.
    """
    held = connection.execute(
        "SELECT 1 FROM version_index WHERE version_index MATCH ? LIMIT 1",
        (Expressions(connection).of(Word((word,))),),
    ).fetchone()
    if held or len(word) < 3:
        return ()
    known = connection.execute(
        "SELECT DISTINCT surface FROM word WHERE surface >= ? AND surface < ?"
        " AND length(surface) BETWEEN ? AND ?",
        (word[0], f"{word[0]}\U0010ffff", len(word) - 2, len(word) + 2),
    )
    return tuple(row[0] for row in known)
