"""What the first walk does with the store: claim what is due, keep what an outcome changed.

Rule: one Changeset is one transaction, and an outcome whose lease is no longer the request's is
dropped whole. The second walk's half, letters, is `store.outbox`; look-ups are `store.known`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils.db import Database

from newswatch.model import (
    PAST,
    Backfill,
    Changeset,
    Feed,
    Judgement,
    Match,
    Request,
    Retention,
    Rule,
    Source,
    Version,
    content_id,
)
from newswatch.store import backfilling, chain, claims, rows, surging
from newswatch.store.contract import LOOKS, PASTS, CatchUp
from newswatch.store.frequencies import terms_of
from newswatch.store.keeping import Keeping, fresh, insert, recorded
from newswatch.store.known import SqliteKnown
from newswatch.store.outbox import SqliteOutbox
from newswatch.store.pulse import late
from newswatch.store.replica import SqliteReplica
from newswatch.store.sqlite import (
    BUSY_MILLISECONDS,
    Boundary,
    Lock,
    Row,
    deed,
    in_own_words,
    maybe_moment,
    moment,
    note,
    note_last,
    nothing,
    pack,
    stamp,
)
from newswatch.store.tidying import Tidying
from newswatch.store.troubles import SqliteTroubles
from newswatch.store.upgrading import Upgrading, open_writer, silent
from newswatch.store.vocabulary import Vocabulary

SLOTS_AGAIN = timedelta(hours=6)  # a clock set back by less meets slots that are over
VERSIONS = 50  # read at once when a new rule goes over the archive


@in_own_words
class SqliteLedger:
    """The writer's door to one SQLite file; holds its lock from opening to `close`."""

    def __init__(
        self,
        path: Path,
        boundary: Boundary = nothing,
        work: str = "write",
        upgrading: Upgrading = silent,
        patience: float = BUSY_MILLISECONDS / 1000,
    ) -> None:
        """Open *path* for *work*, making it when missing; *upgrading* is told how an older one is brought
        up to date; *patience* are the seconds for which another program's lock is waited for. Raises StoreBusy, StoreDamaged, StoreError.
        """
        self._path = path
        self._boundary = boundary
        self._lock = Lock(path, work=work)
        try:
            self._connection: Any = open_writer(path, upgrading, patience)
        except BaseException:
            self._lock.release()
            raise
        self._database = Database(self._connection)
        self._run = ""
        self._claims = 0
        self._turn = ""  # the host behind which others have their turn of second looks
        self._sources: dict[str, Source] = {}
        self._vocabulary = Vocabulary(self._connection)
        self._tidying = Tidying(self._connection, self._vocabulary, self._deed)
        self._keeping = Keeping(self._connection, self._vocabulary, self._tidying.kept)
        self.known = SqliteKnown(self._connection, path)
        self.outbox = SqliteOutbox(self._connection, path, boundary)
        self.troubles = SqliteTroubles(self._connection, path, boundary)
        self.surges = surging.SqliteSurges(self._connection, path, boundary)
        self.replica = SqliteReplica(self._connection, self._deed, self._keeping.file)

    def shorten(self) -> None:
        """Move the log into the file and cut it off, as far as no reader holds it."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close the file and give the lock back."""
        self._connection.close()
        self._lock.release()

    # ── runs and configuration ──────────────────────────────────────────────────────────────

    def last(self) -> datetime | None:
        """The latest time anything was kept at; None in a new store."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = 'last'").fetchone()
        return maybe_moment(row[0]) if row else None

    def begin(self, run: str, now: datetime) -> None:
        """Start a run named *run*: leases of earlier runs are void, their requests due again."""
        with self._deed("begin"):
            self._connection.execute("DELETE FROM lease")
            self._at_last(now)
        self._run = run

    def set_back(self, now: datetime) -> timedelta:
        """Go by a clock that shows less than the store's last time: requests and letters that were
        armed by the later one are due as much earlier, and after hours the slots of digests that are ahead
        come again. Returns by how much.
        """
        last = self.last()
        by = last - now if last is not None and last > now else timedelta()
        if by:
            with self._deed("set back"):
                for table, column, arg in (
                    ("request", "due", "pending = 1"),
                    ("letter", "next_try", "state = 'waiting'"),
                ):
                    self._set_back(table, column, arg, now, by)
                if by >= SLOTS_AGAIN:
                    self._connection.execute("DELETE FROM slot WHERE due > ?", (stamp(now),))
                note(self._connection, "last", stamp(now))
                self._change(now, "clock", "store", {"back": by.total_seconds()})
        return by

    def _set_back(self, table: str, column: str, where: str, now: datetime, by: timedelta) -> None:
        found = self._connection.execute(
            f"SELECT id, {column} FROM {table} WHERE {where} AND {column} > ?",  # noqa: S608
            (stamp(now),),
        ).fetchall()
        self._connection.executemany(
            f"UPDATE {table} SET {column} = ? WHERE id = ?",  # noqa: S608 - our own names
            [(stamp(max(now, moment(at) - by)), row) for row, at in found],
        )

    def configure(
        self, feeds: Iterable[Feed], rules: Iterable[tuple[Rule, str]], now: datetime
    ) -> None:
        """Put *feeds* and *rules* (each with its fingerprint) in force.

        A new feed is due at once; a feed that is gone or disabled is asked no more, and what it
        brought stays. A new or changed rule waits to be run over the archive (`behind`).
        """
        feeds = tuple(feeds)
        with self._deed("configure"):
            self._database.table("feed").upsert_all(
                [rows.feed_row(feed) for feed in feeds], pk="name"
            )
            names = pack([feed.name for feed in feeds])
            self._connection.execute(
                "UPDATE feed SET enabled = 0 WHERE name NOT IN (SELECT value FROM json_each(?))",
                (names,),
            )
            enabled = [feed for feed in feeds if feed.enabled]
            self._connection.execute(
                "UPDATE request INDEXED BY request_poll SET pending = 0 WHERE kind = 'feed'"
                " AND pending = 1 AND look = 0 AND feed NOT IN (SELECT value FROM json_each(?))",
                (pack([feed.name for feed in enabled]),),
            )
            for feed in enabled:
                self._ask_feed(feed, now)
            gone = set(backfilling.under_way(self._connection)) - {feed.name for feed in enabled}
            backfilling.stop(self._connection, gone, now)
            self._end_looks(feed.name for feed in enabled if feed.looks and feed.pages == "fetch")
            self._put_rules(rules, now)
            self._at_last(now)
        self._sources = {feed.name: rows.source_of(feed) for feed in feeds}

    def _ask_feed(self, feed: Feed, now: datetime) -> None:
        wanted = content_id("feed", feed.url)
        standing = self._connection.execute(
            "SELECT pending, feed FROM request WHERE id = ?", (wanted,)
        ).fetchone()
        if standing is None:
            request = Request(
                id=wanted,
                kind="feed",
                url=feed.url,
                feed=feed.name,
                due=now,
                first_seen=now,
                lang=feed.lang,
                backlog=not feed.alert_backlog,
            )
            insert(self._connection, "request", [fresh(request)])
            self._connection.execute(
                "UPDATE request SET pending = 0 WHERE kind = 'feed' AND feed = ? AND url <> ?",
                (feed.name, feed.url),
            )
        elif not standing["pending"] or standing["feed"] != feed.name:
            # Asked anew as a whole: "not modified" would not list the parts of an index again.
            self._connection.execute(
                "UPDATE request SET pending = 1, due = ?, feed = ?, lang = ?, etag = '',"
                " last_modified = '', body_hash = '', kills = 0, killed = '' WHERE id = ?",
                (stamp(now), feed.name, feed.lang, wanted),
            )

    def _end_looks(self, allowed: Iterable[str]) -> None:
        """Look at no page again but those of the feeds that are named."""
        self._connection.execute(
            "UPDATE request SET pending = 0, look = 0 WHERE pending = 1 AND look > 0"
            " AND feed NOT IN (SELECT value FROM json_each(?))",
            (pack(list(allowed)),),
        )

    def _put_rules(self, rules: Iterable[tuple[Rule, str]], now: datetime) -> None:
        newest = self._connection.execute("SELECT max(row) FROM version").fetchone()[0]
        before = {
            row["name"]: row for row in self._connection.execute("SELECT * FROM rule").fetchall()
        }
        self._connection.execute("UPDATE rule SET active = 0")
        newly_behind = False
        rows_put: list[dict[str, object]] = []
        for position, (rule, fingerprint) in enumerate(rules):
            standing = before.get(rule.name)
            same = standing is not None and standing["fingerprint"] == fingerprint
            # What came while a rule was not in force was not matched against it.
            caught_up = int(newest is None)
            if standing is not None and same and standing["active"]:
                caught_up = standing["caught_up"]
            else:
                newly_behind = True
            threshold = rule.threshold.spoken if rule.threshold else ""
            before_threshold = standing["threshold"] if standing is not None else ""
            if not same:
                self._connection.execute("DELETE FROM match WHERE rule = ?", (rule.name,))
            if before_threshold and not (same and threshold):
                surging.end(self._connection, rule.name)
            elif threshold and not before_threshold and same:
                surging.begin(self._connection, rule.name)
            if threshold:
                surging.trim(self._connection, rule.name, now)
            changed = not same or threshold != before_threshold
            if standing is None or changed or not standing["active"]:
                wording = {"query": rule.query, "tell": list(rule.tell)}
                wording |= {"threshold": threshold} if threshold else {}
                limits = {"feeds": list(rule.feeds), "tags": list(rule.tags)}
                said = wording | {k: v for k, v in limits.items() if v}
                self._change(now, "rule", rule.name, said | {"anew": not same})
            rows_put.append(
                {
                    "name": rule.name,
                    "query": rule.query,
                    "tell": pack(list(rule.tell)),
                    "priority": rule.priority,
                    "feeds": pack(list(rule.feeds)),
                    "tags": pack(list(rule.tags)),
                    "fingerprint": fingerprint,
                    "active": 1,
                    "position": position,
                    "caught_up": caught_up,
                    "threshold": threshold,
                }
            )
        if rows_put:
            # Not sqlite-utils' upsert: ten thousand rules would take it six seconds at every start.
            columns = tuple(rows_put[0])
            self._connection.executemany(
                f"INSERT INTO rule ({', '.join(columns)})"  # noqa: S608 - our own names
                f" VALUES ({', '.join(f':{name}' for name in columns)})"
                " ON CONFLICT(name) DO UPDATE SET "
                + ", ".join(f"{name} = excluded.{name}" for name in columns[1:]),
                rows_put,
            )
        if newly_behind:  # then all that are behind are run over the archive from its beginning
            self._connection.execute("DELETE FROM meta WHERE key = 'catch-up'")
        for name in self._connection.execute("SELECT name FROM rule WHERE active = 0").fetchall():
            if before[name[0]]["active"]:
                self._change(now, "rule", name[0], {})
        self._keeping.count_surges()

    def rules(self) -> tuple[Rule, ...]:
        """The rules in force, in the order of their file."""
        found = self._connection.execute("SELECT * FROM rule WHERE active = 1 ORDER BY position")
        return tuple(rows.rule_of(row) for row in found)

    def frequencies(self) -> dict[str, int]:
        """In how many of the newest versions a term stands, of the commonest terms."""
        return terms_of(recorded(self._connection))

    def behind(self) -> tuple[Rule, ...]:
        """Rules in force that have not yet been run over what was stored before them."""
        found = self._connection.execute(
            "SELECT * FROM rule WHERE active = 1 AND caught_up = 0 ORDER BY position"
        )
        return tuple(rows.rule_of(row) for row in found)

    def versions_after(self, row: int) -> tuple[tuple[int, Version], ...]:
        """The next versions in the order of their rows, at most 50, each with its row."""
        found = self._connection.execute(
            "SELECT * FROM version WHERE row > ? ORDER BY row LIMIT ?", (row, VERSIONS)
        )
        return tuple((record["row"], rows.version_of(record)) for record in found)

    def keep_matches(
        self, matches: Iterable[Match], caught_up: Iterable[str], now: datetime
    ) -> None:
        """Record what rules found in the archive, owing nobody; *caught_up* rules are through."""
        with self._deed("catch-up"):
            self._keeping.put_matches(matches, now)
            for rule in caught_up:
                self._connection.execute("UPDATE rule SET caught_up = 1 WHERE name = ?", (rule,))

    def left_at(self) -> int:
        """The row up to which the rules that are `behind` have been run over the archive, in whatever
        run; negative for the beginning. What came since they are in force was matched as it came.
        """
        kept = self._connection.execute("SELECT value FROM meta WHERE key = 'catch-up'").fetchone()
        return int(json.loads(kept[0])["row"]) if kept else -1

    def reached(self, row: int | None) -> CatchUp | None:
        """Note that the rules that are `behind` have been run over all versions up to *row* (a negative
        one is the beginning), for whoever goes on with it or asks how it goes. Returns how far that
        is, None when all are through.
        """
        count = self._connection.execute
        behind = count(
            "SELECT name FROM rule WHERE active = 1 AND caught_up = 0 ORDER BY position"
        ).fetchall()
        if not behind or row is None:
            return None
        kept = count("SELECT value FROM meta WHERE key = 'catch-up'").fetchone()
        before = json.loads(kept[0]) if kept and row >= 0 else {"row": -1, "done": 0}
        there = before.get("of") or count("SELECT count(*) FROM version").fetchone()[0]
        # Only what is new since the last note is counted: all of it each time would be all again.
        done = (
            before["done"]
            + (
                count(
                    "SELECT count(*) FROM version WHERE row > ? AND row <= ?", (before["row"], row)
                ).fetchone()[0]
            )
        )
        there = max(there, done)  # what came meanwhile is run over, too
        with self._deed("reached"):
            note(self._connection, "catch-up", pack({"row": row, "done": done, "of": there}))
        return CatchUp(tuple(name for (name,) in behind), done, there)

    def tidy(self) -> bool:
        """Do some of what can wait for a quiet moment (`store.tidying`), some 50 ms; False when nothing is left."""
        return self._tidying.some()

    def prune(self, plan: Retention, now: datetime) -> None:
        """Let go what *plan* says, in quiet moments, unless that was done within a week."""
        self._tidying.begin(plan, now)

    # ── the frontier ────────────────────────────────────────────────────────────────────────

    def due(
        self, now: datetime, limit: int = 1000, share: int | None = None, looks: int = LOOKS
    ) -> tuple[Request, ...]:
        """What is due, each claimed for this run under a new lease; first the feeds whose windows have
        lived the longest of their lives, so that after a standstill those are asked first that are soon
        to lose entries; then what is most overdue; then second looks, one a host that has nothing else
        due or on its way, *looks* an hour.

        With a *share* no feed has more than so many requests claimed at once, pages and all, and
        feeds come before pages: one feed's crowd must not keep the others from being asked.
        """
        with self._deed("claim"):
            polls = self._claim(claims.pressing(self._connection, now, limit, share))
            left = limit - len(polls)
            # After those were claimed: what they are on their way to has no look.
            found, self._turn = claims.looks(self._connection, now, left, looks, self._turn)
            second = self._claim(found)
        return (*polls, *second)

    def past(
        self, now: datetime, hourly: int = PASTS, *, alone: bool = False
    ) -> tuple[Request, ...]:
        """What backfills ask for, each claimed for this run under a new lease: one a host, within a budget of *hourly*
        requests, and where nothing that `due` has is due or on its way; *alone* where nobody polls.
        """
        some = "SELECT 1 FROM request WHERE pending = 1 AND look < 0 LIMIT 1"
        if self._connection.execute(some).fetchone() is None:  # most of the time
            return ()
        with self._deed("claim"):
            return tuple(self._claim(claims.past(self._connection, now, hourly, alone=alone)))

    def past_due(self) -> datetime | None:
        """When the next of what backfills ask for is due; None where nothing is left of them."""
        found = "SELECT min(due) FROM request WHERE pending = 1 AND look < 0"
        return maybe_moment(self._connection.execute(found).fetchone()[0])

    def _claim(self, found: Iterable[Row]) -> list[Request]:
        claimed, leases = [], []
        plans: dict[str, Backfill] | None = None
        for row in found:
            self._claims += 1
            lease = f"{self._run}:{self._claims}"
            plan = None
            if row["look"] == PAST:
                if plans is None:
                    plans = backfilling.under_way(self._connection)
                plan = plans.get(row["feed"])
            claimed.append(
                rows.request_of(row, row["last"], lease, self._source(row["feed"]), plan)
            )
            leases.append((row["id"], lease, row["feed"], row["host"], row["look"]))
        self._connection.executemany("INSERT INTO lease VALUES (?, ?, ?, ?, ?)", leases)
        return claimed

    def _source(self, feed: str) -> Source:
        """A feed's line in the register, which `configure` alone writes."""
        if feed not in self._sources:
            self._sources[feed] = self.known.source(feed)
        return self._sources[feed]

    def feeds(self) -> dict[str, Feed]:
        """Every feed ever configured, by name."""
        found = self._connection.execute("SELECT * FROM feed")
        return {row["name"]: rows.feed_of(row) for row in found}

    def late(self, now: datetime) -> dict[str, int]:
        """What nobody has seen to in time by *now*: `polls_late`, `letters_late`."""
        return late(self._connection, now)

    def judged(self) -> tuple[tuple[str, Judgement], ...]:
        """What is wrong with which feed, as far as it is asked: by feed, the gravest first."""
        return rows.judged(self._connection.execute(rows.JUDGED).fetchall())

    # ── keeping ─────────────────────────────────────────────────────────────────────────────

    def keep(self, changes: Changeset) -> bool:
        """Keep everything *changes* says in one transaction; False when its lease is over."""
        return self.keep_all((changes,))[0]

    def keep_all(self, found: Iterable[Changeset]) -> tuple[bool, ...]:
        """Keep several in one transaction, or none of them; for each whether its lease was not over. One
        whose lease was is left out as if it had come alone.
        """
        try:
            with self._deed("keep"):
                kept = [(self._keeping.keep(changes), changes.at) for changes in found]
                if times := [at for is_kept, at in kept if is_kept]:
                    self._at_last(max(times))
                return tuple(is_kept for is_kept, _ in kept)
        except BaseException:
            self._vocabulary.rolled_back()
            raise

    # ── the smallest steps ──────────────────────────────────────────────────────────────────

    def _deed(self, name: str) -> Any:
        return deed(self._connection, self._path, self._boundary, name)

    def _change(self, at: datetime, kind: str, subject: str, data: Mapping[str, object]) -> None:
        chain.record(self._connection, at, kind, subject, data)

    def _at_last(self, at: datetime) -> None:
        """Note the latest time that anything was kept at."""
        note_last(self._connection, stamp(at))
