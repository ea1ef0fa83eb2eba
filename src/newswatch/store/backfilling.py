"""Backfills as they are kept: planned, counted, stopped, and how far each is.

Rule: one row a feed, its newest backfill; what it waits for are requests of the frontier whose `look` is -1. They are
written with the plan, in one transaction, and a backfill has ended when none is left.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from newswatch.address import canonical, host
from newswatch.model import PAST, Backfill, Request, Walked, content_id
from newswatch.store import rows
from newswatch.store.sqlite import maybe_moment, moment, pack, stamp

# What is never to be had by asking again.
FOR_GOOD = "(401, 402, 403, 404, 410, 451)"
_LEFT = f"FROM request WHERE feed = ? AND pending = 1 AND look < 0 AND look = {PAST}"


def site(connection: Any, feed: str, url: str) -> tuple[str, ...]:
    """The hosts of a feed's site: its own, and that of most of the entries that it shows."""
    found = connection.execute(
        "SELECT window.url FROM window JOIN request ON request.id = window.request"
        " WHERE request.feed = ? AND window.article <> ''",
        (feed,),
    ).fetchall()
    shown = [name for (entry,) in found if (name := host(entry))]
    most = max(set(shown), key=lambda name: (shown.count(name), name), default="")
    return tuple(dict.fromkeys(filter(None, (host(url), most))))


def plan(connection: Any, wanted: Iterable[tuple[Backfill, Iterable[str]]], now: datetime) -> None:
    """Write down backfills, each with the archives at which it begins. One of the same period that is under way goes
    on; another gives way to the new one. Where a period was walked to its end, only archives that have changed are
    read again. Pages that only failed are tried again.
    """
    for one, begin in wanted:
        before = connection.execute("SELECT * FROM backfill WHERE feed = ?", (one.feed,)).fetchone()
        if before is not None and _goes_on(before, one):
            continue
        again = before is not None and _was_walked(before, one)
        if not again:
            drop(connection, one.feed)
        connection.execute(
            "INSERT OR REPLACE INTO backfill VALUES (?, ?, ?, ?, ?, ?, '', 0, ?)",
            (
                one.feed, stamp(one.since), stamp(one.until), int(one.undated), pack(list(one.hosts)),
                stamp(now), pack(asdict(Walked())),
            ),
        )  # fmt: skip
        connection.execute(
            "UPDATE request SET pending = 1, failures = 0, due = ?"  # noqa: S608 - our own words
            f" WHERE feed = ? AND look = {PAST} AND (kind = 'archive' OR (successes = 0 AND kills = 0"
            f" AND status NOT IN {FOR_GOOD} AND failure NOT LIKE 'robots.txt forbids%'))",
            (stamp(now), one.feed),
        )
        for url in begin:
            _ask(connection, Request(
                content_id("archive", one.feed, url), "archive", url, one.feed, now, now, backlog=True, look=PAST,
            ))  # fmt: skip


def _ask(connection: Any, request: Request) -> None:
    row = rows.request_row(request) | rows.NEVER_ASKED | {"host": host(request.url)}
    connection.execute(
        f"INSERT OR IGNORE INTO request ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608 - our own names
        tuple(row.values()),
    )


def _goes_on(before: Any, one: Backfill) -> bool:
    """Whether a backfill that is under way is the one that is wanted, give or take a day: "until now" moves on."""
    standing = _of(before)
    return (
        not before["ended"]
        and (standing.since, standing.undated) == (one.since, one.undated)
        and abs(standing.until - one.until) < timedelta(days=1)
    )


def _was_walked(before: Any, one: Backfill) -> bool:
    """Whether all of a period was walked before, and nothing of it was left out but what was asked to be."""
    standing, counts = _of(before), json.loads(before["counts"])
    return bool(
        before["ended"]
        and not before["stopped"]
        and not (counts["polling"] or counts["beyond"])
        and standing.since <= one.since
        and one.until <= standing.until
        and standing.undated >= one.undated
        and standing.hosts == one.hosts
    )


def drop(connection: Any, feed: str) -> None:
    """Let go what a feed's backfill waits for, what is on its way and which archives it walked. Pages that were read
    or have failed stay known.
    """
    connection.execute(
        f"DELETE FROM request WHERE feed = ? AND look = {PAST} AND (kind = 'archive' OR pending = 1)",  # noqa: S608 - our own words
        (feed,),
    )


def stop(connection: Any, feeds: Iterable[str], now: datetime) -> int:
    """End the backfills of *feeds*, and ask for nothing more of them; how many were under way."""
    ended = 0
    for feed in feeds:
        drop(connection, feed)
        ended += connection.execute(
            "UPDATE backfill SET ended = ?, stopped = 1 WHERE feed = ? AND ended = ''",
            (stamp(now), feed),
        ).rowcount
    return ended


def under_way(connection: Any) -> dict[str, Backfill]:
    """The backfills that have not ended, by feed."""
    found = connection.execute("SELECT * FROM backfill WHERE ended = ''").fetchall()
    return {row["feed"]: _of(row) for row in found}


def _of(row: Any) -> Backfill:
    return Backfill(
        row["feed"],
        moment(row["since"]),
        moment(row["until"]),
        bool(row["undated"]),
        tuple(json.loads(row["hosts"])),
    )


def count(connection: Any, feed: str, walked: Walked, at: datetime) -> None:
    """Add what a trip came by; one that left nothing to ask for was the last."""
    row = connection.execute("SELECT counts FROM backfill WHERE feed = ?", (feed,)).fetchone()
    if row is None:
        return
    said = Walked(**json.loads(row[0]))
    added = replace(
        said, **{name: getattr(said, name) + n for name, n in asdict(walked).items() if n}
    )
    over = connection.execute(f"SELECT 1 {_LEFT} LIMIT 1", (feed,)).fetchone() is None
    connection.execute(
        "UPDATE backfill SET counts = ?, ended = CASE WHEN ended = '' AND ? THEN ? ELSE ended END WHERE feed = ?",
        (pack(asdict(added)), int(over), stamp(at), feed),
    )


def found(connection: Any) -> tuple[dict[str, Any], ...]:
    """Every feed's newest backfill, those under way first: feed, since, until, begun, ended, stopped, counts,
    what is left of archives and pages, the host with most of it and how much that is, and until when nothing is due.
    """
    said = []
    for row in connection.execute("SELECT * FROM backfill ORDER BY ended <> '', feed").fetchall():
        left = connection.execute(
            f"SELECT kind, host, count(*) AS n, min(due) AS due {_LEFT} GROUP BY kind, host",
            (row["feed"],),
        ).fetchall()
        by_host: dict[str, int] = {}
        for one in left:
            by_host[one["host"]] = by_host.get(one["host"], 0) + one["n"]
        said.append(
            {
                "feed": row["feed"], "since": row["since"], "until": row["until"],
                "undated_too": bool(row["undated"]), "begun": row["begun"], "ended": row["ended"] or None,
                "stopped": bool(row["stopped"]), **json.loads(row["counts"]),
                "archives_left": sum(one["n"] for one in left if one["kind"] == "archive"),
                "pages_left": sum(one["n"] for one in left if one["kind"] == "page"),
                "longest": max(by_host.values(), default=0),
                "next": min((one["due"] for one in left), default=None),
            }
        )  # fmt: skip
    return tuple(said)


def known(connection: Any, addresses: Iterable[str]) -> frozenset[str]:
    """Those of *addresses* whose articles are in the archive, or whose pages are asked for anyhow."""
    return frozenset(
        url
        for url in addresses
        if connection.execute(
            "SELECT 1 FROM alias WHERE key = ?", (f"u:{canonical(url)}",)
        ).fetchone()
    )


def stands(connection: Any, request: str) -> tuple[bool, datetime | None] | None:
    """Of a page or archive that was asked for before: whether it is pending, and what time its text named where it
    was not kept; None for one that was not.
    """
    row = connection.execute(
        "SELECT pending, changed FROM request WHERE id = ?", (request,)
    ).fetchone()
    return (bool(row[0]), maybe_moment(row[1])) if row else None
