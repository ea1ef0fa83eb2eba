"""What the search index holds of a version: the terms of its words, and where it came from as terms
of their own.

Rule: `body` is the first column, whose hits FTS5 keeps without saying where they stand; the lead is a
part of it, and stands once more for itself. A value is hashed, so that any name fits the index and
nothing in it is engine syntax.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from newswatch import text
from newswatch.model import Version, content_id
from newswatch.query import edited
from newswatch.query.tree import Edition
from newswatch.store import places

MERGED = 500  # pages of 4 KB merged at once, some 20 to 60 ms
EDITIONS: tuple[Edition, ...] = ("changed", "corrected")


def meta_term(field: str, value: str) -> str:
    """The term under which a version with *field* (source, newsroom, lang, tag) *value* is filed."""
    return f"{field}_{content_id(value.casefold())}"


def edition_term(how: Edition) -> str:
    """The term under which a version that changed or corrected another is filed."""
    return f"edited_{how}"


def meta_terms(version: Version) -> tuple[str, ...]:
    """All such terms of a version; `ru-ru` is also `ru`."""
    languages = {version.lang, version.lang.partition("-")[0]} - {""}
    return (
        meta_term("source", version.source),
        meta_term("newsroom", version.newsroom),
        *(meta_term("lang", lang) for lang in sorted(languages)),
        *(meta_term("tag", tag) for tag in version.tags),
        *(edition_term(how) for how in EDITIONS if edited(how, version)),
    )


def file(connection: Any, version: Version, row: int) -> set[tuple[str, str]]:
    """File the version of *row* in the index; returns its folded words, each with its term."""
    title, (body, starts) = text.folded(version.title), text.placed(version.text)
    title_terms = text.word_terms(title, version.lang)
    body_terms = text.word_terms(body, version.lang)
    lead = bisect_left(starts, len(text.lead(version.text)))  # a lead ends between words
    put(connection, version, row, body_terms, title_terms, lead)
    return set(zip((*title, *body), (*title_terms, *body_terms), strict=True))


def put(
    connection: Any,
    version: Version,
    row: int,
    body: Sequence[str],
    title: Sequence[str],
    lead: int,
) -> None:
    """Put the version of *row* into the index, its terms being known; the first *lead* of *body* are
    the lead's.
    """
    _insert(connection, places.give(connection, row), version, body, title, lead)
    connection.execute("INSERT OR IGNORE INTO language VALUES (?)", (text.filed_as(version.lang),))


def _insert(
    connection: Any,
    place: int,
    version: Version,
    body: Sequence[str],
    title: Sequence[str],
    lead: int,
) -> None:
    connection.execute(
        "INSERT INTO version_index(rowid, body, title, lead, meta) VALUES (?, ?, ?, ?, ?)",
        (place, *_columns(version, body, title, lead)),
    )


def _columns(
    version: Version, body: Sequence[str], title: Sequence[str], lead: int
) -> tuple[str, ...]:
    fields = (body, title, body[:lead], meta_terms(version))
    return tuple(" ".join(field) for field in fields)


def unfile(connection: Any, version: Version, row: int) -> int:
    """Take the version of *row* out of the index; returns its place. The index keeps no text, so that it must be
    told every term that stands there: those of the version as it was filed.
    """
    place = places.of(connection, row)
    title, (body, starts) = text.folded(version.title), text.placed(version.text)
    lead = bisect_left(starts, len(text.lead(version.text)))
    terms = text.word_terms(body, version.lang), text.word_terms(title, version.lang)
    connection.execute(
        "INSERT INTO version_index(version_index, rowid, body, title, lead, meta)"
        " VALUES ('delete', ?, ?, ?, ?, ?)",
        (place, *_columns(version, *terms, lead)),
    )
    return place


def file_headline(connection: Any, version: Version, place: int) -> None:
    """File at its *place* what is left of a version whose text is gone."""
    title = text.word_terms(text.folded(version.title), version.lang)
    _insert(connection, place, version, (), title, 0)


def merge_some(connection: Any) -> bool:
    """Make few large segments of some of the many small ones that single versions leave behind: a
    search asks each of them for each of its words. False when no four of a size are left.
    """
    before = connection.total_changes
    connection.execute(
        "INSERT INTO version_index(version_index, rank) VALUES ('merge', ?)", (MERGED,)
    )
    return bool(connection.total_changes - before > 1)  # the statement itself counts for one
