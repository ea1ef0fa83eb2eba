"""How newswatch itself did in a period: what a letter's foot says of sources and of letters.

Rule: read only; what is not known is None and not said. A source is named once for each thing wrong with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from newswatch.model import Footer, SourceTrouble
from newswatch.store import chain, rows
from newswatch.store.sqlite import moment, stamp

UNHELD = timedelta(
    minutes=1
)  # between match and letter, where no quiet hours, group or crowd held it
LATELY = 48  # hours of which `rhythm` keeps the polls one by one
SHOWN = 20  # of a kind
PERIODS = 20  # of which polls are kept counted: each digest has one of its own
SILENT = frozenset(
    {"broken-off", "empty", "frozen", "nothing-new", "quiet"}
)  # a reader may miss something by it
ODD = frozenset(
    {"moved", "guid-churn", "future", "undated", "pages-closed", "feed-closed", "parts-elsewhere"}
)  # nobody does


Counted = dict[
    tuple[int, int], int
]  # polls answered from one whole hour to another, as they were counted


def footer(connection: Any, since: datetime, until: datetime, counted: Counted) -> Footer:
    """How newswatch itself did between *since* and *until*. *counted* is what earlier letters counted, and is added
    to: an hour that is over stays as it is, and to count it every feed's rhythm is read.
    """
    first, last = stamp(since), stamp(until)
    judged = rows.judged(connection.execute(rows.JUDGED).fetchall())
    silent = [
        SourceTrouble(feed, one.evidence, one.since) for feed, one in judged if one.kind in SILENT
    ]
    odd = Counter(one.kind for _, one in judged if one.kind in ODD)
    seen_within, sent_within = latency(connection, since, until)
    return Footer(
        feeds=_one(connection, "SELECT count(*) FROM feed WHERE enabled = 1"),
        articles=_one(
            connection,
            "SELECT count(*) FROM article WHERE first_seen > ? AND first_seen <= ?",
            first, last,
        ),
        troubles=(*_failing(connection), *_gaps(connection, first, last), *silent),
        odd=tuple((kind, odd[kind]) for kind in rows.GRAVITY if odd[kind]),
        answered=_one(
            connection,
            "SELECT count(DISTINCT feed.name) FROM feed JOIN request ON request.feed = feed.name"
            " AND kind = 'feed' WHERE feed.enabled = 1 AND succeeded > ? AND succeeded <= ?",
            first, last,
        ),
        polls=_polls(connection, since, until, counted),
        seen_within=seen_within,
        sent_within=sent_within,
        head=chain.spoken(*chain.head(connection)),
    )  # fmt: skip


Quantiles = tuple[float, float] | None  # the median and the 95th of a hundred, in seconds


def latency(connection: Any, since: datetime, until: datetime) -> tuple[Quantiles, Quantiles]:
    """How long entries of a period took from being published to being seen, and matches of it from being seen to a
    letter at once that nothing held back.
    """
    seen, told = durations(connection, since, until, 2000)
    return _quantiles(seen), _quantiles(told)


def durations(
    connection: Any, since: datetime, until: datetime, most: int = -1
) -> tuple[Iterator[float], Iterator[float]]:
    """The seconds of each of those, the newest first, *most* of each."""
    first, last = stamp(since), stamp(until)
    seen = connection.execute(
        "SELECT version.published, article.first_seen FROM article JOIN version"
        " ON version.article = article.id AND version.n = 1"
        " WHERE article.first_seen > ? AND article.first_seen <= ?"
        " AND version.published_from = 'feed' ORDER BY article.first_seen DESC LIMIT ?",
        (first, last, most),
    )
    at_once = connection.execute(
        "SELECT notification.at, letter.sent FROM letter JOIN notification"
        " ON notification.letter = letter.id WHERE letter.state = 'sent' AND letter.sent > ?"
        " AND letter.sent <= ? AND letter.digest = 'now' AND inhibited = ''"
        " AND julianday(letter.sealed) - julianday(notification.at) < ?"
        " ORDER BY letter.sent DESC LIMIT ?",
        (first, last, UNHELD.total_seconds() / 86400, most),
    )
    return _took(seen), _took(at_once)


def _failing(connection: Any) -> Iterator[SourceTrouble]:
    for row in connection.execute(
        "SELECT feed, failure, failing_since FROM request WHERE kind = 'feed'"
        " AND pending = 1 AND failing_since <> '' ORDER BY failing_since, feed LIMIT ?",
        (SHOWN,),
    ):
        yield SourceTrouble(row["feed"], row["failure"], moment(row["failing_since"]))
    for row in connection.execute(
        "SELECT feed, due FROM request WHERE kind = 'feed' AND pending = 1 AND failure = ?"
        " ORDER BY due, feed LIMIT ?",
        (rows.RESTING, SHOWN),
    ):
        until = moment(row["due"])
        yield SourceTrouble(row["feed"], "its host asked for it", resting_until=until)


def _gaps(connection: Any, since: str, until: str) -> Iterator[SourceTrouble]:
    for row in connection.execute(
        "SELECT * FROM gap WHERE until > ? AND until <= ? AND closed = 0 ORDER BY until, feed LIMIT ?",
        (since, until, SHOWN),
    ):
        yield SourceTrouble(
            row["feed"],
            f"its window moved on whole before {row['until'][11:16]} UTC:"
            " entries may have been missed",
            moment(row["since"]),
        )


def _polls(connection: Any, since: datetime, until: datetime, counted: Counted) -> int | None:
    """How many polls were answered in the whole hours of a period; None where there is none or they are not kept
    so long.
    """
    first, last = -int(-since.timestamp() // 3600), int(until.timestamp() // 3600) - 1
    if last - first >= LATELY or last < first:
        return None
    if (first, last) in counted:
        return counted[first, last]
    if len(counted) >= PERIODS:
        counted.clear()
    found = connection.execute(
        "SELECT request.rhythm FROM feed JOIN request ON request.feed = feed.name"
        " AND request.kind = 'feed' WHERE feed.enabled = 1"
    )
    counted[first, last] = sum(
        polls
        for rhythm in (rows.rhythm_of(row["rhythm"]) for row in found)
        for back, (polls, _) in enumerate(reversed(rhythm.lately))
        if first <= rhythm.hour - back <= last
    )
    return counted[first, last]


def _took(begun_and_ended: Iterable[Any]) -> Iterator[float]:
    for begun, ended in begun_and_ended:
        yield max(0.0, (moment(ended) - moment(begun)).total_seconds())


def _quantiles(found: Iterable[float]) -> Quantiles:
    """The median and the 95th of a hundred of so many seconds; None where there are none."""
    took = sorted(found)
    return (took[len(took) // 2], took[min(len(took) - 1, len(took) * 95 // 100)]) if took else None


def _one(connection: Any, sql: str, *values: object) -> int:
    return int(connection.execute(sql, values).fetchone()[0])
