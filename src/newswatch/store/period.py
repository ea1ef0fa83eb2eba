"""How newswatch itself did in a period: what a letter's foot says of sources and of letters.

Rule: read only; what is not known is None and not said. A source is named once for each thing wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from newswatch.model import Footer, Judgement, SourceTrouble
from newswatch.store import chain, rows
from newswatch.store.sqlite import moment, stamp

UNHELD = timedelta(
    minutes=1
)  # between match and letter, where no quiet hours, group or crowd held it
LATELY = 48  # hours of which `rhythm` keeps the polls one by one
PERIODS = 20  # of which polls are kept counted: each digest has one of its own
FAILED = frozenset(
    {"gone", "error-page", "quarantined", "empty"}
)  # what a poll that failed is judged by: it says more than the failure does
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
    failing = tuple(_failing(connection, judged))
    said = {(trouble.feed, trouble.reason) for trouble in failing}
    missed, closed = _gaps(connection, first, last)
    silent = (told for told in _of(judged, SILENT) if (told.feed, told.reason) not in said)
    seen_within, sent_within = latency(connection, since, until)
    return Footer(
        feeds=_one(connection, "SELECT count(*) FROM feed WHERE enabled = 1"),
        articles=_one(
            connection,
            "SELECT count(*) FROM article WHERE first_seen > ? AND first_seen <= ?",
            first, last,
        ),
        troubles=(*failing, *missed, *silent),
        odd=(*closed, *_of(judged, ODD)),
        answered=_one(
            connection,
            "SELECT count(DISTINCT feed) FROM request INDEXED BY request_answered CROSS JOIN feed"
            " ON feed.name = request.feed AND feed.enabled = 1"
            " WHERE kind = 'feed' AND succeeded <> '' AND succeeded > ? AND succeeded <= ?",
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
        " ON notification.letter = letter.id AND notification.letter <> '' WHERE letter.state = 'sent' AND letter.sent > ?"
        " AND letter.sent <= ? AND letter.digest = 'now' AND inhibited = ''"
        " AND julianday(letter.sealed) - julianday(notification.at) < ?"
        " ORDER BY letter.sent DESC LIMIT ?",
        (first, last, UNHELD.total_seconds() / 86400, most),
    )
    return _took(seen), _took(at_once)


Judged = Iterable[tuple[str, Judgement]]


def _of(judged: Judged, kinds: frozenset[str]) -> Iterator[SourceTrouble]:
    """What of it is of those kinds, the gravest first."""
    for feed, one in sorted(judged, key=lambda found: rows.GRAVITY.index(found[1].kind)):
        if one.kind in kinds:
            yield SourceTrouble(feed, one.evidence, one.since)


def _failing(connection: Any, judged: Judged) -> Iterator[SourceTrouble]:
    evidence = {feed: one.evidence for feed, one in reversed(tuple(judged)) if one.kind in FAILED}
    for row in connection.execute(
        "SELECT feed, failure, failing_since FROM request WHERE kind = 'feed'"
        " AND pending = 1 AND failing_since <> '' ORDER BY failing_since, feed"
    ):
        reason = evidence.get(row["feed"], row["failure"])
        yield SourceTrouble(row["feed"], reason, moment(row["failing_since"]))
    for row in connection.execute(
        "SELECT feed, due FROM request WHERE kind = 'feed' AND pending = 1 AND failure = ?"
        " ORDER BY due, feed",
        (rows.RESTING,),
    ):
        until = moment(row["due"])
        yield SourceTrouble(row["feed"], "its host asked for it", resting_until=until)


def _gaps(
    connection: Any, since: str, until: str
) -> tuple[tuple[SourceTrouble, ...], tuple[SourceTrouble, ...]]:
    """The feeds whose windows moved on whole in a period, each once: those that may have missed entries by it, and
    those of which none is lost, as all between were found again.
    """
    found: tuple[list[SourceTrouble], list[SourceTrouble]] = ([], [])
    for row in connection.execute(
        "SELECT feed, min(closed) AS closed, count(*) AS times, min(since) AS since, max(until) AS until,"
        " sum(entries) AS entries, sum(recovered) AS recovered FROM gap WHERE until > ? AND until <= ?"
        " GROUP BY feed ORDER BY max(until), feed",
        (since, until),
    ):
        found[row["closed"]].append(SourceTrouble(row["feed"], _moved_on(row)))
    return tuple(found[0]), tuple(found[1])


def _moved_on(row: Any) -> str:
    begun, ended = (f"{moment(row[name]):%Y-%m-%d %H:%M}Z" for name in ("since", "until"))
    said = f"all {row['entries']} entries at {ended} were other ones than at {begun}"
    if row["times"] > 1:
        said = f"its window moved on whole {row['times']} times from {begun} to {ended}"
    if row["closed"]:
        return f"{said}; all between were found, {row['recovered']} of them new: none is lost"
    some = f"{row['recovered']} were recovered, others" if row["recovered"] else "some"
    return f"{said}: {some} between may have been lost"


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
        "SELECT rhythm FROM feed CROSS JOIN request ON request.feed = feed.name AND request.kind = 'feed'"
        " WHERE feed.enabled = 1"
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
