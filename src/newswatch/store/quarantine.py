"""What is in quarantine: feeds and pages whose readers had to be ended, listed and let out.

Rule: what is no longer watched is not in it. Whoever is let out is asked anew as a whole, and an answer on its way
is not waited for: it was asked for under what is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from newswatch.model import KILLS
from newswatch.store.sqlite import stamp

# "kills >= 2" is what the index says of itself: SQLite does not follow it from a parameter.
HELD = (
    "FROM request JOIN feed ON feed.name = request.feed AND feed.enabled = 1"
    f" WHERE request.kills >= {KILLS} AND (request.kind = 'page' OR request.pending = 1)"
)


def held(connection: Any) -> tuple[dict[str, Any], ...]:
    """What is in quarantine, the last killed first: id, kind, feed, url, tries, since, last, reason."""
    found = connection.execute(
        "SELECT request.id, request.kind, request.feed, request.url, request.kills AS tries,"
        " failing_since AS since, killed AS last, failure AS reason"
        f" {HELD} ORDER BY killed DESC, request.id"
    )
    return tuple(dict(row) for row in found)


def counted(connection: Any) -> dict[str, int]:
    """How many feeds, parts of indexes among them, and how many pages are in quarantine."""
    found = dict(
        connection.execute(f"SELECT request.kind, count(*) {HELD} GROUP BY request.kind").fetchall()
    )
    return {"feeds": found.get("feed", 0), "pages": found.get("page", 0)}


def let_out(connection: Any, requests: Iterable[str], now: datetime) -> int:
    """Let *requests* (ids) be asked and read at once, whatever their bytes; returns how many were in quarantine."""
    in_it = f"SELECT id FROM request WHERE id = ? AND kills >= {KILLS}"  # noqa: S608 - our own number
    found = [row for one in requests for row in connection.execute(in_it, (one,)).fetchall()]
    connection.executemany("DELETE FROM lease WHERE request = ?", [(one,) for (one,) in found])
    connection.executemany(
        "UPDATE request SET kills = 0, killed = '', failures = 0, pending = 1, look = min(look, 0), due = ?,"
        " etag = '', last_modified = '', body_hash = '' WHERE id = ?",
        [(stamp(now), one) for (one,) in found],
    )
    return len(found)
