"""How it goes just now: when it last polled and told, how late it is, how fast news travel through it, how the
store grows.

Rule: read only, quick on a large store; what is not known is None.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from newswatch.store import period
from newswatch.store.rows import RESTING
from newswatch.store.sqlite import maybe_moment, row_floor, stamp

LATELY = timedelta(days=1)  # for how fast news travel
GROWING = timedelta(days=7)  # for how the store grows: weekends bring less
LATE = timedelta(minutes=10)  # after which a poll or a letter that nobody sees to is late
UNANSWERED = timedelta(
    minutes=30
)  # after which a poll is that somebody set out for: no trip takes so long


def pulse(connection: Any, now: datetime, size: int) -> dict[str, Any]:
    """How it goes at *now*; *size* is the store's, in bytes."""
    seen, told = period.latency(connection, now - LATELY, now)
    return {
        "polled": _last(connection, "SELECT max(tried) FROM request WHERE kind = 'feed'"),
        "told": _last(connection, "SELECT max(sent) FROM letter WHERE state = 'sent'"),
        **late(connection, now),
        "seen_within": seen,
        "told_within": told,
        "bytes": size,
        "bytes_a_day": _growth(connection, now, size),
    }  # fmt: skip


def late(connection: Any, now: datetime) -> dict[str, int]:
    """What should have been seen to by *now*."""
    return {
        "polls_late": _count(
            connection,
            "SELECT count(*) FROM request WHERE kind = 'feed' AND pending = 1 AND look = 0 AND due <= ?1"
            " AND (due <= ?2 OR id NOT IN (SELECT request FROM lease)) AND failure <> ?3",
            stamp(now - LATE), stamp(now - UNANSWERED), RESTING,
        ),
        "letters_late": _count(
            connection,
            "SELECT count(*) FROM letter WHERE state = 'waiting' AND next_try <= ?",
            stamp(now - LATE),
        ),
    }  # fmt: skip


def _growth(connection: Any, now: datetime, size: int) -> int | None:
    """Bytes that the store grows by a day, by the versions of late; None before a day is full."""
    first = _last(connection, "SELECT min(first_seen) FROM article")
    if first is None or now - first < LATELY:
        return None
    since = max(first, now - GROWING)
    of_late = _count(connection, "SELECT count(*) FROM version WHERE row >= ?", row_floor(since))
    all_of_them = _count(connection, "SELECT count(*) FROM version")
    return int(size * of_late / max(1, all_of_them) / ((now - since) / LATELY))


def _last(connection: Any, sql: str) -> datetime | None:
    return maybe_moment(connection.execute(sql).fetchone()[0])


def _count(connection: Any, sql: str, *values: object) -> int:
    return int(connection.execute(sql, values).fetchone()[0])
