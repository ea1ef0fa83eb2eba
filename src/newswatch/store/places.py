"""Where a version stands in the search index: a number that follows its time, so that newest first
needs no sort and a span of time is a range of numbers.

Rule: near numbers make a small index. A minute has 1,024 places, most of them of its first second, as
many wires tell no seconds; a version whose second is full stands in the crowd, behind every second
there can be. Places never leave the store: the table `place` says which row of `version` stands there.
"""

from __future__ import annotations

from typing import Any

from newswatch.store.sqlite import HIGHEST, TIME_BITS

MINUTE = 1024
SECOND = 12
FIRST = MINUTE - 59 * SECOND  # of a minute's first second
CROWD = 1 << 43  # the year 9999 ends at 2^42


def second_of(row: int) -> tuple[int, int]:
    """The places of the second in which a row stands, the last one not included."""
    minute, second = divmod((row >> TIME_BITS) // 1000, 60)
    first = minute * MINUTE + (FIRST + (second - 1) * SECOND if second else 0)
    return first, first + (SECOND if second else FIRST)


def crowded(row: int) -> int:
    """The place of a row whose second is full."""
    return min(CROWD + row, HIGHEST)


def of(connection: Any, row: int) -> int:
    """The place that the version of *row* has. Raises LookupError where it has none."""
    first, end = second_of(row)
    found = connection.execute(
        "SELECT place FROM place WHERE row = ?1 AND (place >= ?2 AND place < ?3 OR place = ?4)",
        (row, first, end, crowded(row)),
    ).fetchone()
    if found is None:
        raise LookupError(f"row {row} has no place in the index")
    return int(found[0])


def take(connection: Any, place: int) -> None:
    """Take a *place* back."""
    connection.execute("DELETE FROM place WHERE place = ?", (place,))


def give(connection: Any, row: int) -> int:
    """Give the version of *row* its place, behind those that have one in its second."""
    first, end = second_of(row)
    highest = connection.execute(
        "SELECT max(place) FROM place WHERE place >= ? AND place < ?", (first, end)
    ).fetchone()[0]
    place: int = first if highest is None else highest + 1
    if place == end:
        place = crowded(row)
    connection.execute("INSERT INTO place VALUES (?, ?)", (place, row))
    return place
