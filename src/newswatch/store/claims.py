"""What is claimed next: the most pressing polls and new pages, second looks where nothing else waits, and behind all
what backfills ask for.

Rule: reads inside the ledger's own deed, and writes what a look spends. What has a row in `lease` is on its way, and is
not claimed again. A look never stands before a poll or
a new page: it is handed out where nothing else of its host is due or on its way, one at a time, inside the
host's budget. What a backfill asks for is handed out where its host has not even a look on its way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from newswatch.store.sqlite import Row, maybe_moment, pack, stamp

# How much of its life a window has lived since it was last seen: at 1 it has moved on whole. What has
# no window, or was never seen, counts as new-born.
LIVED = (
    "(CASE WHEN life > 0 AND succeeded <> ''"
    " THEN (julianday(:now) - julianday(succeeded)) * 86400 / life ELSE 0 END)"
)
LOOKING = 16  # looks on their way at once, of all hosts; the fetcher has places for 64 requests
SAVED = timedelta(minutes=30)  # for so long a host's unspent budget is saved up
LATE = timedelta(days=1)  # a look overdue by more is let go, unless somebody was told of the story
PASSING = 8  # requests of backfills on their way at once, of all hosts
PAST_SAVED = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
CROWD = 2000  # polls that are gone through for the most pressing: those of feeds that move fast fall due first
_FREE = "NOT EXISTS (SELECT 1 FROM lease WHERE lease.request = request.id)"
# What of the feeds is due, by due time.
_POLLS = (
    f"SELECT feed, {LIVED}, due, id, rowid FROM request WHERE kind = 'feed' AND due <= :now"  # noqa: S608 - our own words
    f" AND pending = 1 AND look = 0 AND {_FREE} ORDER BY due, id LIMIT :most"
)
_PAGES = (
    "SELECT due, id, rowid FROM request WHERE kind = 'page' AND feed = ? AND due <= ?"  # noqa: S608 - our own words
    f" AND pending = 1 AND look = 0 AND {_FREE} ORDER BY due, id LIMIT ?"
)
# The feeds with pages that wait, by a step of the index each: not by reading every feed, nor every page.
_CROWDS = (
    "WITH RECURSIVE found(feed) AS ("  # noqa: S608 - our own words
    f" SELECT min(feed) FROM request WHERE kind = 'page' AND pending = 1 AND look = 0 AND {_FREE}"
    " UNION ALL SELECT (SELECT min(feed) FROM request WHERE kind = 'page' AND pending = 1"
    f"  AND look = 0 AND {_FREE} AND feed > found.feed) FROM found WHERE found.feed IS NOT NULL)"
    " SELECT feed FROM found WHERE feed IS NOT NULL"
)
MANY = 1000  # due looks that are gone through, the newest first; behind them hosts take turns
TURN = 250  # hosts that are asked for a look in one turn
# "look > 0" is what the index says of itself: SQLite does not follow it from a number.
_NEWEST = (
    "SELECT host, rowid FROM request WHERE pending = 1 AND look > 0 AND look = ? AND due <= ?"  # noqa: S608 - our own words
    f" AND {_FREE} ORDER BY due DESC, host DESC LIMIT ?"
)
# A feed's last good window as its next poll takes it along: JSON, [hash, guid, address, mark] an entry.
_WINDOW = (
    "SELECT json_group_array(json_array(hash, guid, url, mark)) FROM"
    " (SELECT hash, guid, url, mark FROM window WHERE window.request = request.id ORDER BY position)"
)
# Each host with pending looks behind one, by a step of the index each and not by reading all of them.
_HOSTS = (
    "WITH RECURSIVE found(host) AS ("
    " SELECT min(host) FROM request WHERE pending = 1 AND look > 0 AND host > :after"
    " UNION ALL SELECT (SELECT min(host) FROM request WHERE pending = 1 AND look > 0"
    "  AND host > found.host) FROM found WHERE found.host IS NOT NULL)"
    " SELECT host FROM found WHERE host IS NOT NULL LIMIT :most"
)

_PAST_HOSTS = _HOSTS.replace("look > 0", "look < 0")


def pressing(connection: Any, now: datetime, limit: int, share: int | None) -> list[Row]:
    """The rows of polls and new pages that are due, the most pressing first; with a *share* no more of one
    feed than make so many claimed at once, feeds before pages. Of polls in a crowd, as a standstill leaves one, the most
    pressing of those that fell due first: a claim does not read them all to choose some.
    """
    at = stamp(now)
    if share is None:
        chosen = connection.execute(
            "SELECT rowid FROM request WHERE pending = 1 AND look = 0 AND due <= :now"  # noqa: S608 - our own words
            f" AND {_FREE} ORDER BY {LIVED} DESC, due, id LIMIT :limit",
            {"now": at, "limit": limit},
        )
        return rows_of(connection, [row for (row,) in chosen])
    held = Counter(feed for (feed,) in connection.execute("SELECT feed FROM lease WHERE look = 0"))
    found: list[tuple[str, float, str, str, int]] = []
    for feed, lived, *rest in connection.execute(_POLLS, {"now": at, "most": CROWD}):
        if held[feed] < share:
            held[feed] += 1
            found.append(("feed", -lived, *rest))
    for (feed,) in connection.execute(_CROWDS).fetchall():
        pages = connection.execute(_PAGES, (feed, at, max(0, share - held[feed])))
        found += [("page", 0.0, *rest) for rest in pages]
    return rows_of(connection, [row for *_, row in sorted(found)[:limit]])


def looks(
    connection: Any, now: datetime, limit: int, hourly: int, after: str = ""
) -> tuple[list[Row], str]:
    """The rows of second looks to be made now, at most *limit* and one a host: first those at stories that
    somebody was told of, then the newest due, as old ones find the least. Each is paid for out of its
    host's budget of *hourly* looks.

    Where the newest are of hosts that have spent theirs, the other hosts take turns, by name, behind *after*;
    returned is with the rows after which host the next turn begins.
    """
    asked = {host for (host,) in connection.execute("SELECT host FROM lease WHERE look > 0")}
    room = min(limit, LOOKING - len(asked))
    if room <= 0 or not hourly:
        return [], after
    _let_go(connection, now)
    chosen: list[int] = []

    def ask(host: str, request: int) -> None:
        asked.add(host)
        if not _waits(connection, host, now) and _spend(
            connection, "look_budget", host, now, hourly, SAVED
        ):
            chosen.append(request)

    passed = 0
    for host, request in _newest(connection, now):
        if len(chosen) == room:
            return rows_of(connection, chosen), after
        passed += 1
        if host not in asked:
            ask(host, request)
    if passed < MANY:
        return rows_of(connection, chosen), after
    turn = connection.execute(_HOSTS, {"after": after, "most": TURN}).fetchall()
    for (host,) in turn:
        if len(chosen) == room:
            break
        after = host
        if host not in asked and (look := _next_look(connection, host, now)):
            ask(host, look)
    else:
        after = after if len(turn) == TURN else ""
    return rows_of(connection, chosen), after


def past(connection: Any, now: datetime, hourly: int, *, alone: bool) -> list[Row]:
    """The rows of what backfills ask for, one a host: archives first, then pages in the order in which they were
    listed. None of a host that has a poll or a new page due, or any request on its way, unless nobody polls now
    (*alone*); and each paid for out of its host's budget of *hourly*.
    """
    busy = {host for (host,) in connection.execute("SELECT host FROM lease WHERE look < 0")}
    chosen: list[int] = []
    for (host,) in connection.execute(_PAST_HOSTS, {"after": "", "most": -1}).fetchall():
        if len(chosen) >= PASSING - len(busy):
            break
        if host in busy or (not alone and _has_better(connection, host, now)):
            continue
        found = connection.execute(
            "SELECT rowid FROM request WHERE host = ? AND pending = 1 AND look < 0 AND due <= ?"  # noqa: S608 - our own words
            f" AND {_FREE} ORDER BY kind, due, rowid LIMIT 1",
            (host, stamp(now)),
        ).fetchone()
        if found is not None and _spend(connection, "past_budget", host, now, hourly, PAST_SAVED):
            chosen.append(found[0])
    return rows_of(connection, chosen)


def _has_better(connection: Any, host: str, now: datetime) -> bool:
    """Whether a host is to be asked for anything that is no backfill's: looks that may be made were claimed before."""
    looking = "SELECT 1 FROM lease WHERE host = ? AND look > 0 LIMIT 1"
    return _waits(connection, host, now) or bool(connection.execute(looking, (host,)).fetchone())


def _newest(connection: Any, now: datetime) -> Iterator[tuple[str, int]]:
    """The newest looks that are due, at most MANY, as (host, request): those at stories that were told of first."""
    left = MANY
    for look in (2, 1):
        for host, request in connection.execute(_NEWEST, (look, stamp(now), left)):
            left -= 1
            yield host, request


def _waits(connection: Any, host: str, now: datetime) -> bool:
    """Whether a poll or a new page of a host is due, or on its way."""
    return bool(
        connection.execute(
            "SELECT 1 FROM request WHERE host = ? AND pending = 1 AND look = 0 AND due <= ? LIMIT 1",
            (host, stamp(now)),
        ).fetchone()
    )


def _let_go(connection: Any, now: datetime) -> None:
    """Give up some of what is overdue by too much: after a standstill, or where a host has more than it may be
    asked, the newest are worth more.
    """
    # Asked first, as an update gathers in a table of its own what it is to change, and mostly there is nothing.
    overdue = (
        "SELECT 1 FROM request WHERE pending = 1 AND look > 0 AND look = 1 AND due < ? LIMIT 1"
    )
    if connection.execute(overdue, (stamp(now - LATE),)).fetchone() is None:
        return
    connection.execute(
        "UPDATE request SET pending = 0, look = 0 WHERE rowid IN (SELECT rowid FROM request"  # noqa: S608 - our own words
        f" WHERE pending = 1 AND look > 0 AND look = 1 AND due < ? AND {_FREE} ORDER BY due LIMIT ?)",
        (stamp(now - LATE), MANY),
    )


def _next_look(connection: Any, host: str, now: datetime) -> int | None:
    """The look that a host is asked for next, None where none is due."""
    for look in (2, 1):
        found = connection.execute(
            "SELECT rowid FROM request WHERE host = ? AND pending = 1 AND look > 0"  # noqa: S608 - our own words
            f" AND look = ? AND due <= ? AND {_FREE} ORDER BY due DESC LIMIT 1",
            (host, look, stamp(now)),
        ).fetchone()
        if found is not None:
            return int(found[0])
    return None


def _spend(
    connection: Any, budget: str, host: str, now: datetime, hourly: int, saved: timedelta
) -> bool:
    """Pay for one more request; whether there was enough left."""
    until = _spent(connection, budget, host, now, hourly, saved)
    if until is not None:
        connection.execute(
            f"INSERT INTO {budget} VALUES (?1, ?2) ON CONFLICT(host) DO UPDATE SET spent_until = ?2",  # noqa: S608 - our own name
            (host, stamp(until)),
        )
    return until is not None


def _spent(
    connection: Any, budget: str, host: str, now: datetime, hourly: int, saved: timedelta
) -> datetime | None:
    """Until when a host's *budget*, a table, is spent once one more request is made; None where it has none left. A
    token bucket that holds what is *saved*, kept as the one moment at which it is full again.
    """
    if not hourly:
        return None
    row = connection.execute(
        f"SELECT spent_until FROM {budget} WHERE host = ?",  # noqa: S608 - our own name
        (host,),
    ).fetchone()
    before = maybe_moment(row[0]) if row else None
    # What is ahead by more than the bucket holds was written by a clock that was set back since.
    spent = now if before is None or before > now + saved else max(before, now)
    until = spent + _HOUR / hourly
    return until if until <= now + saved else None


def rows_of(connection: Any, chosen: list[int]) -> list[Row]:
    """The rows of requests, by their rowids and in that order, each with its feed's window as `last`."""
    found = connection.execute(
        f"SELECT request.*, CASE WHEN kind = 'feed' THEN ({_WINDOW}) ELSE '' END AS last"  # noqa: S608 - our own words
        " FROM json_each(?) AS chosen CROSS JOIN request ON request.rowid = chosen.value ORDER BY chosen.key",
        (pack(chosen),),
    )
    # The driver's rows look for a column from the first one on, and there are forty.
    names = [column for column, *_ in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]
