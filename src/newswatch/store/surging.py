"""What rules with a threshold are judged by, and what they told: stories by rule and time, when the machine watched, surges.

Rule: only rules with a threshold have rows here, and what others cost is nothing. A story is counted once a rule, at
the time that its wire first told it, whole seconds since 1970; one that a first poll, an import or a backfill brought is
known (`NOT_COUNTED`) and not counted. A surge and what it owes are one deed, told to the history.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newswatch import model
from newswatch.model import Match, Notification, Surge, SurgeItem, Watch, Window
from newswatch.store import chain, rows
from newswatch.store.owing import owe
from newswatch.store.pulse import late
from newswatch.store.sqlite import (
    TIME_BITS,
    Boundary,
    Row,
    deed,
    in_own_words,
    moment,
    nothing,
    pack,
    stamp,
)

NOT_COUNTED = -1
BRIDGED = timedelta(
    minutes=75
)  # between two looks: a `once` each hour watches, and windows reach as far back
WELL = 0.8  # the share of the feeds that must answer
GIVEN_UP = timedelta(days=7)  # a feed that has failed for longer is missed by no rule's rhythm
KEPT = timedelta(days=120)  # of watching: a threshold looks back 91 days
NAMED = 200  # stories of a surge that are named
_UNWELL = "kind = 'feed' AND pending = 1 AND (failing_since <> '' OR failure = 'resting')"  # as the index has it

# A match's story, when its text was first told (its row has that time), and whether it is news: what a first poll brought
# is none within a day, in which its page is read.
_STORY = (
    "SELECT m.rule, a.story, CASE WHEN a.quiet = 1 AND"  # noqa: S608 - our own text
    " (v.n = 1 OR strftime('%s', v.first_seen) - strftime('%s', a.first_seen) < 86400)"
    f" THEN {NOT_COUNTED} ELSE (v.row >> {TIME_BITS}) / 1000 END"
    " FROM match AS m JOIN version AS v ON v.id = m.version JOIN article AS a ON a.id = m.article"
)
# The earliest time counts; what is known not to be news stays so.
_KEEP = " ON CONFLICT(rule, story) DO UPDATE SET at = min(at, excluded.at) WHERE excluded.at >= 0 AND at >= 0"


def counted(connection: Any) -> frozenset[str]:
    """The rules in force whose stories are counted."""
    found = connection.execute("SELECT name FROM rule WHERE active = 1 AND threshold <> ''")
    return frozenset(row[0] for row in found)


def report(connection: Any, match: Match) -> None:
    """Count the story of a match that was just kept."""
    connection.execute(
        f"INSERT INTO reported {_STORY} WHERE m.rule = ? AND m.version = ?{_KEEP}",
        (match.rule, match.version),
    )


def begin(connection: Any, rule: str) -> None:
    """Count what a rule has found, as it had no threshold before; in the order of time, so that what came first says
    whether a story is news.
    """
    connection.execute("DELETE FROM reported WHERE rule = ?", (rule,))
    connection.execute(
        f"INSERT INTO reported {_STORY} WHERE m.rule = ? ORDER BY v.row{_KEEP}",
        (rule,),
    )


def end(connection: Any, rule: str) -> None:
    """Count nothing of a rule any more: it has no threshold, or another query."""
    connection.execute("DELETE FROM reported WHERE rule = ?", (rule,))


def trim(connection: Any, rule: str, now: datetime) -> None:
    """Forget the stories of a rule that are too old to be compared."""
    connection.execute(
        "DELETE FROM reported WHERE rule = ? AND at >= 0 AND at < ?", (rule, _seconds(now - KEPT))
    )


def join(connection: Any, story: str, into: str) -> None:
    """Two stories are one: it was first told when the first of them was."""
    connection.execute(
        "INSERT INTO reported SELECT rule, ?2, at FROM reported WHERE story = ?1"
        " ON CONFLICT(rule, story) DO UPDATE SET at = min(at, excluded.at)",
        (story, into),
    )
    connection.execute("DELETE FROM reported WHERE story = ?", (story,))


@in_own_words
class SqliteSurges:
    """What one SQLite store knows of thresholds; read only where its connection is."""

    def __init__(self, connection: Any, path: Path, boundary: Boundary = nothing) -> None:
        self._connection = connection
        self._path = path
        self._boundary = boundary

    # ── what is judged by ───────────────────────────────────────────────────────────────────

    def counts(self, rule: str, windows: Sequence[Window]) -> tuple[tuple[Window, int], ...]:
        """How many stories a rule found that were first told in each of the *windows*."""
        sql = "SELECT count(*) FROM reported WHERE rule = ? AND at >= ? AND at < ?"
        return tuple(
            (w, self._one(sql, rule, _seconds(w.since), _seconds(w.until))) for w in windows
        )

    def last_story(self, rule: str, now: datetime) -> datetime | None:
        """When the last story that a rule found by *now* was first told; None for never."""
        found = self._one(
            "SELECT max(at) FROM reported WHERE rule = ? AND at >= 0 AND at <= ?", rule, _seconds(now)
        )  # fmt: skip
        return None if found is None else datetime.fromtimestamp(found, UTC)

    def stories(self, rule: str, since: datetime, until: datetime) -> tuple[str, ...]:
        """The newest stories of a window, 200 at most."""
        found = self._connection.execute(
            "SELECT story FROM reported WHERE rule = ? AND at >= ? AND at < ? ORDER BY at DESC, story LIMIT ?",
            (rule, _seconds(since), _seconds(until), NAMED),
        )
        return tuple(row[0] for row in found)

    def watch(self, since: datetime) -> Watch:
        """When the machine watched and its feeds answered, as far as that ends after *since*."""
        found = self._connection.execute(
            "SELECT since, until FROM watch WHERE until > ? ORDER BY since", (stamp(since),)
        )
        return tuple((moment(row[0]), moment(row[1])) for row in found)

    def unwell(self, feeds: Sequence[str], tags: Sequence[str]) -> tuple[str, ...]:
        """Of the feeds that a rule names, those that do not answer, where those are too many; () where it names none."""
        if not feeds and not tags:
            return ()
        found = self._connection.execute(
            "SELECT name, EXISTS (SELECT 1 FROM request WHERE request.feed = feed.name"  # noqa: S608 - our own text
            f" AND {_UNWELL}) FROM feed WHERE enabled = 1"
            " AND (?1 = '[]' OR name IN (SELECT value FROM json_each(?1)))"
            " AND (?2 = '[]' OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value IN (SELECT value FROM json_each(?2))))"
            " ORDER BY name",
            (pack(list(feeds)), pack(list(tags))),
        ).fetchall()
        bad = tuple(row[0] for row in found if row[1])
        return bad if len(bad) > (1 - WELL) * len(found) else ()

    def told(self, rule: str) -> Surge | None:
        """What a rule told last by the wording that is in force; None for nothing."""
        row = self._connection.execute(
            "SELECT surge.* FROM surge JOIN rule ON rule.name = surge.rule AND rule.fingerprint = surge.fingerprint"
            " WHERE surge.rule = ? ORDER BY surge.at DESC, surge.id LIMIT 1",
            (rule,),
        ).fetchone()
        return surge_of(row) if row else None

    def fingerprint(self, rule: str) -> str:
        """The wording of a rule that is in force, '' for none."""
        row = self._connection.execute(
            "SELECT fingerprint FROM rule WHERE name = ? AND active = 1", (rule,)
        ).fetchone()
        return str(row[0]) if row else ""

    # ── what is noted ───────────────────────────────────────────────────────────────────────

    def look(self, now: datetime) -> bool:
        """Note that the machine watches at *now*, where enough of its feeds answer; whether they do."""
        feeds = self._one("SELECT count(*) FROM feed WHERE enabled = 1")
        failing = self._one(
            f"SELECT count(DISTINCT feed) FROM request WHERE {_UNWELL}"  # noqa: S608 - our own text
            " AND (failing_since = '' OR failing_since > ?)",
            stamp(now - GIVEN_UP),
        )
        missing = failing + late(self._connection, now)["polls_late"]
        if not feeds or missing > (1 - WELL) * feeds:
            return False
        with deed(self._connection, self._path, self._boundary, "watch"):
            going_on = self._connection.execute(
                "UPDATE watch SET until = max(until, ?1) WHERE since = (SELECT max(since) FROM watch"
                " WHERE since <= ?1) AND until >= ?2",
                (stamp(now), stamp(now - BRIDGED)),
            )
            if not going_on.rowcount:
                self._connection.execute(
                    "INSERT OR IGNORE INTO watch VALUES (?1, ?1)", (stamp(now),)
                )
                self._connection.execute("DELETE FROM watch WHERE until < ?", (stamp(now - KEPT),))
        return True

    def keep(self, surge: Surge, owed: Iterable[Notification]) -> None:
        """Keep what a rule tells, and whom it owes that, at once and for good."""
        said = surge_row(surge)
        with deed(self._connection, self._path, self._boundary, "surge", lasting=True):
            added = self._connection.execute(
                "INSERT OR IGNORE INTO surge VALUES (:id, :rule, :fingerprint, :kind, :at, :said)",
                said,
            )
            if added.rowcount:
                told = {name: said[name] for name in ("rule", "fingerprint", "kind", "at")}
                told |= {"said": json.loads(said["said"])}
                chain.record(self._connection, surge.at, "surge", surge.id, told)
                owe(self._connection, owed, surge.at)

    def _one(self, sql: str, *values: object) -> Any:
        return self._connection.execute(sql, values).fetchone()[0]


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def surge_row(surge: Surge) -> dict[str, str]:
    """A surge as its row."""
    return {
        "id": surge.id,
        "rule": surge.rule,
        "fingerprint": surge.fingerprint,
        "kind": surge.kind,
        "at": stamp(surge.at),
        "said": pack(
            {
                "since": stamp(surge.since), "until": stamp(surge.until), "count": surge.count,
                "against": surge.against, "days": surge.days, "stories": surge.stories,
                "figures": surge.figures, "step": surge.step,
            }
        ),
    }  # fmt: skip


def surge_of(row: Row) -> Surge:
    """The surge of a row."""
    said = json.loads(row["said"])
    return model.Surge(
        id=row["id"],
        rule=row["rule"],
        fingerprint=row["fingerprint"],
        kind=row["kind"],
        at=moment(row["at"]),
        since=moment(said["since"]),
        until=moment(said["until"]),
        count=said["count"],
        against=tuple((group, tuple(counts)) for group, counts in said["against"]),
        days=said["days"],
        stories=tuple(said["stories"]),
        figures=tuple(said["figures"]),
        step=said["step"],
    )


def item(connection: Any, owed: Notification) -> SurgeItem:
    """What a letter says of a surge that is owed: its stories as they stand, and whose they are."""
    surge = surge_of(
        connection.execute("SELECT * FROM surge WHERE id = ?", (owed.story,)).fetchone()
    )
    # A story goes by the name of its first article, also once it is part of another.
    stands = dict.fromkeys(
        row[0]
        for row in connection.execute(
            "SELECT article.story FROM json_each(?) AS told JOIN article ON article.id = told.value ORDER BY told.key",
            (pack(list(surge.stories)),),
        )
    )
    stories = pack(list(stands))
    found = {
        row["story"]: rows.version_of(row)
        for row in connection.execute(
            "SELECT article.story, version.* FROM article JOIN version ON version.id = article.current"
            " WHERE article.story IN (SELECT value FROM json_each(?)) ORDER BY article.first_seen DESC, article.id",
            (stories,),
        )
    }  # the last of each is the article that came first
    newsrooms = connection.execute(
        "SELECT newsroom, count(DISTINCT story) AS n FROM article"
        " WHERE story IN (SELECT value FROM json_each(?)) AND newsroom <> ''"
        " GROUP BY newsroom ORDER BY n DESC, newsroom",
        (stories,),
    )
    shown = tuple(found[story] for story in stands if story in found)
    return SurgeItem(surge, owed.priority, shown, tuple((row[0], row[1]) for row in newsrooms))
