"""What the first walk does with the store: claim what is due, keep what an outcome changed.

Rule: one Changeset is one transaction, and an outcome whose lease is no longer the request's is
dropped whole. The second walk's half, letters, is `store.outbox`; look-ups are `store.known`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils.db import Database

from newswatch.address import host
from newswatch.model import (
    PAST,
    ArticleState,
    Backfill,
    Changeset,
    Feed,
    Gap,
    Judgement,
    Match,
    Request,
    Retention,
    Rule,
    Source,
    StoreError,
    Version,
    content_id,
)
from newswatch.store import backfilling, chain, claims, index, rows, stories, surging
from newswatch.store.contract import LOOKS, PASTS, CatchUp
from newswatch.store.frequencies import Frequencies, terms_of
from newswatch.store.known import SqliteKnown
from newswatch.store.outbox import SqliteOutbox
from newswatch.store.owing import owe
from newswatch.store.pulse import late
from newswatch.store.replica import SqliteReplica
from newswatch.store.sqlite import (
    BUSY_MILLISECONDS,
    TIME_BITS,
    Boundary,
    Lock,
    Row,
    deed,
    in_own_words,
    maybe_moment,
    moment,
    note_last,
    nothing,
    pack,
    row_floor,
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
        self._sources: dict[str, Source] = {}
        self._vocabulary = Vocabulary(self._connection)
        self._frequencies = Frequencies()
        self._counted = surging.counted(self._connection)
        self._tidying = Tidying(self._connection, self._vocabulary, self._deed)
        self.known = SqliteKnown(self._connection, path)
        self.outbox = SqliteOutbox(self._connection, path, boundary)
        self.troubles = SqliteTroubles(self._connection, path, boundary)
        self.surges = surging.SqliteSurges(self._connection, path, boundary)
        self.replica = SqliteReplica(self._connection, self._deed, self._file)

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
            self._connection.execute("UPDATE request SET lease = '' WHERE lease <> ''")
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
                self._meta("last", stamp(now))
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
        self._sources.clear()
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
                "UPDATE request SET pending = 0 WHERE kind = 'feed'"
                " AND feed NOT IN (SELECT value FROM json_each(?))",
                (pack([feed.name for feed in enabled]),),
            )
            for feed in enabled:
                self._ask_feed(feed, now)
            gone = set(backfilling.under_way(self._connection)) - {feed.name for feed in enabled}
            backfilling.stop(self._connection, gone, now)
            self._end_looks(feed.name for feed in enabled if feed.looks and feed.pages == "fetch")
            self._put_rules(rules, now)
            self._at_last(now)

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
            self._insert("request", [self._fresh(request)])
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
        self._counted = surging.counted(self._connection)

    def rules(self) -> tuple[Rule, ...]:
        """The rules in force, in the order of their file."""
        found = self._connection.execute("SELECT * FROM rule WHERE active = 1 ORDER BY position")
        return tuple(rows.rule_of(row) for row in found)

    def frequencies(self) -> dict[str, int]:
        """In how many of the newest versions a term stands, of the commonest terms."""
        return terms_of(self._record())

    def _record(self) -> str:
        row = self._connection.execute(
            "SELECT value FROM meta WHERE key = 'frequencies'"
        ).fetchone()
        return row[0] if row else ""

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
            self._put_matches(matches, now)
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
            self._meta("catch-up", pack({"row": row, "done": done, "of": there}))
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
            second = self._claim(claims.looks(self._connection, now, left, looks))
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
        claimed = []
        plans: dict[str, Backfill] | None = None
        for row in found:
            self._claims += 1
            lease = f"{self._run}:{self._claims}"
            last = self.known.last(row["id"]) if row["kind"] == "feed" else ""
            plan = None
            if row["look"] == PAST:
                if plans is None:
                    plans = backfilling.under_way(self._connection)
                plan = plans.get(row["feed"])
            claimed.append(rows.request_of(row, last, lease, self._source(row["feed"]), plan))
        self._connection.executemany(
            "UPDATE request SET lease = ? WHERE id = ?",
            [(request.lease, request.id) for request in claimed],
        )
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
                kept = [(self._keep(changes), changes.at) for changes in found]
                if times := [at for is_kept, at in kept if is_kept]:
                    self._at_last(max(times))
                return tuple(is_kept for is_kept, _ in kept)
        except BaseException:
            self._vocabulary.rolled_back()
            raise

    def _keep(self, changes: Changeset) -> bool:
        if changes.request is not None and not self._replace(changes.request, changes):
            return False
        self._ask(changes.asked)
        if changes.window is not None and changes.request is not None:
            self._put_window(changes)
        self._put_articles(changes)
        self._put_versions(changes)
        self._put_story_keys(changes)
        self._each(
            "INSERT OR REPLACE INTO boilerplate (newsroom, lines) VALUES (?, ?)",
            [(newsroom, rows.counted_row(lines)) for newsroom, lines in changes.boilerplate],
        )
        self._put_matches(changes.matches, changes.at)
        owe(self._connection, changes.notifications, changes.at)
        for story, into, why in changes.merged:
            stories.merge(self._connection, story, into, changes.at, why, "text")
        if changes.gap is not None:
            self._put_gap(changes.gap, changes.at)
        if changes.walked is not None and changes.request is not None:
            backfilling.count(self._connection, changes.request.feed, changes.walked, changes.at)
        return True

    def _replace(self, request: Request, changes: Changeset) -> bool:
        standing = self._connection.execute(
            "SELECT * FROM request WHERE id = ?", (request.id,)
        ).fetchone()
        if standing is None or not changes.lease or standing["lease"] != changes.lease:
            return False
        row = rows.request_row(request) | {"lease": ""}
        if standing["shown"] != row["shown"]:
            # A feed showed the entry anew while its page was on the way: it is asked again at once.
            row |= {name: standing[name] for name in ("feed", "shown", "changed", "backlog")}
            row |= {"due": stamp(changes.at), "pending": 1, "look": 0}
        if not standing["pending"]:
            row |= {"pending": 0, "look": min(0, standing["look"])}
        if standing["look"] > 0:
            self._count_look(standing["feed"], changes)
        at = stamp(changes.at)
        failed = changes.failure
        if failed is None:
            row |= {
                "tried": at, "status": 200, "succeeded": at, "failing_since": "", "failure": ""
            }  # fmt: skip
        elif failed.kind == "resting":  # a feed that failed before is still known by that
            row["failure"] = standing["failure"] if standing["failing_since"] else rows.RESTING
        elif failed.kind == "quarantined":  # why it is in there stays what is wrong with it
            row["tried"] = at
        elif failed.kind != "lost":  # a worker that went away says nothing of the server
            row |= {
                "tried": at,
                "status": failed.status,
                "failing_since": standing["failing_since"] or at,
                "failure": failed.says,
            }
        # Only what is another value: an index whose columns stay is not written to.
        new = {name: value for name, value in row.items() if value != standing[name]}
        columns = ", ".join(f'"{name}" = ?' for name in new)
        self._connection.execute(
            f"UPDATE request SET {columns} WHERE id = ?",  # noqa: S608 - our own column names
            (*new.values(), request.id),
        )
        return True

    def _count_look(self, feed: str, changes: Changeset) -> None:
        """Count a look at one of a feed's pages, and what it found."""
        found = any(revision.kind != "cosmetic" for revision in changes.revisions)
        self._connection.execute(
            "INSERT INTO look_count VALUES (?1, 1, ?2) ON CONFLICT(feed) DO UPDATE"
            " SET looks = looks + 1, found = found + ?2",
            (feed, int(found)),
        )

    def _ask(self, asked: Iterable[Request]) -> None:
        for request in asked:
            standing = self._connection.execute(
                "SELECT 1 FROM request WHERE id = ?", (request.id,)
            ).fetchone()
            if standing is None:
                self._insert("request", [self._fresh(request)])
            else:
                self._connection.execute(
                    "UPDATE request SET feed = ?, shown = ?, due = ?, pending = ?, failures = ?,"
                    " look = ?, changed = ?, backlog = ?, etag = ?, last_modified = ?, body_hash = ? WHERE id = ?",
                    (
                        request.feed,
                        rows.shown_json(request.shown),
                        stamp(request.due),
                        int(request.pending),
                        request.failures,
                        request.look,
                        stamp(request.changed),
                        int(request.backlog),
                        request.etag,
                        request.last_modified,
                        request.body_hash,
                        request.id,
                    ),
                )

    def _put_gap(self, gap: Gap, at: datetime) -> None:
        row: dict[str, object] = {
            "request": gap.request,
            "feed": gap.feed,
            "since": stamp(gap.since),
            "until": stamp(gap.until),
            "entries": gap.entries,
            "recovered": gap.recovered,
            "closed": int(gap.closed),
        }
        said = {"since": stamp(gap.since), "recovered": gap.recovered, "closed": gap.closed}
        if self._insert("gap", [row]):
            self._change(at, "gap", gap.feed, said)

    def _put_window(self, changes: Changeset) -> None:
        assert changes.request is not None
        assert changes.window is not None
        request = changes.request.id
        self._connection.execute("DELETE FROM window WHERE request = ?", (request,))
        self._insert(
            "window",
            [
                {
                    "request": request,
                    "hash": entry.hash,
                    "position": position,
                    "guid": entry.guid,
                    "url": entry.url,
                    "article": entry.article,
                    "mark": entry.mark,
                }
                for position, entry in enumerate(changes.window)
            ],
        )

    def _put_articles(self, changes: Changeset) -> None:
        for state in changes.articles:
            row = self._article_row(state)
            if self._insert("article", [row]):
                told = ("url", "story", "source", "newsroom", "first_seen", "quiet")
                self._change(changes.at, "article", state.id, {name: row[name] for name in told})
        self._insert(
            "story",
            [
                {
                    "id": state.story,
                    "first_seen": stamp(state.first_seen),
                    "last_seen": stamp(state.first_seen),  # an import tells of the past
                    "merged_into": "",
                }
                for state in changes.articles
            ],
        )
        for state in changes.articles:
            self._connection.execute(
                "UPDATE story SET last_seen = max(last_seen, ?) WHERE id = ?",
                (stamp(state.first_seen), state.story),
            )
        self._each("INSERT OR REPLACE INTO alias VALUES (?, ?)", changes.aliases)
        self._each("UPDATE window SET article = ?2 WHERE article = ?1", changes.joined)
        for article, url in changes.addresses:
            if self._insert("address", [{"article": article, "url": url}]):
                self._change(changes.at, "address", article, {"url": url})

    @staticmethod
    def _article_row(state: ArticleState) -> dict[str, object]:
        return {
            "id": state.id,
            "url": state.url,
            "story": state.story,
            "source": state.source,
            "newsroom": state.newsroom,
            "first_seen": stamp(state.first_seen),
            "current": state.current.id,
            "versions": 0,
            "quiet": int(state.quiet),
        }

    def _put_versions(self, changes: Changeset) -> None:
        arrived: Counter[str] = Counter()
        filed: list[tuple[Version, int]] = []
        shown: dict[str, str] = {}  # by what the history tells
        revisions = {r.new: rows.revision_row(r) for r in changes.revisions}
        for version in changes.versions:
            row = self._free_row(version)
            kept = rows.version_row(version, row)
            if not self._insert("main.version", [kept]):
                continue
            arrived[version.article] += 1
            shown[version.article] = version.id
            filed.append((version, row))
            told: dict[str, object] = {
                "article": version.article,
                "n": version.n,
                "kind": version.kind,
                "sha256": chain.of_version(kept),
                "bare": chain.of_bare_version(kept),
            }
            if version.id in revisions:
                told["revision"] = chain.of_revision(revisions[version.id])
            self._change(changes.at, "version", version.id, told)
        self._file(filed)
        self._insert("revision", list(revisions.values()))
        for article, count in arrived.items():
            self._connection.execute(
                "UPDATE article SET versions = versions + ? WHERE id = ?", (count, article)
            )
        stands = dict(changes.current)
        for article in {
            **stands,
            **shown,
        }:  # an older version may arrive behind what an article shows
            self._show(article, stands.get(article), shown.get(article), changes.at)
        self._insert(
            "sighting",
            [
                {
                    "article": s.article,
                    "at": stamp(s.at),
                    "feed": s.feed,
                    "version": s.version,
                    "what": s.what,
                }
                for s in changes.sightings
            ],
        )

    def _file(self, versions: Iterable[tuple[Version, int]]) -> None:
        """File versions, each with its row, in the index and among the words."""
        words: set[tuple[str, str]] = set()
        for version, row in versions:
            filed = index.file(self._connection, version, row)
            self._frequencies.count({term for _, term in filed})
            words |= filed
            self._tidying.kept()
        if words:
            self._vocabulary.add(words)
        if self._frequencies.enough:
            self._meta("frequencies", self._frequencies.added_to(self._record()))

    def _show(self, article: str, version: str | None, told: str | None, at: datetime) -> None:
        """Let *article* show *version*, None for the one it shows, and the history tell of it where it is not the one
        *told* of.
        """
        shows = self._connection.execute(
            "SELECT current FROM article WHERE id = ?", (article,)
        ).fetchone()[0]
        version = version or shows
        if version != shows:
            self._connection.execute(
                "UPDATE article SET current = ? WHERE id = ?", (version, article)
            )
        if version != (told or shows):
            self._change(at, "current", article, {"version": version})

    def _free_row(self, version: Version) -> int:
        floor = row_floor(version.time)
        ceiling = floor + (1 << TIME_BITS)
        highest = self._connection.execute(
            "SELECT max(row) FROM version WHERE row >= ? AND row < ?", (floor, ceiling)
        ).fetchone()[0]
        row: int = max(floor, highest or 0) + 1
        if row >= ceiling:
            raise StoreError(f"more than {1 << TIME_BITS} versions claim {stamp(version.time)}")
        return row

    def _put_story_keys(self, changes: Changeset) -> None:
        stories.file_grams(self._connection, changes.grams)
        stories.file_headlines(self._connection, changes.headlines)
        self._each(
            "UPDATE story SET grams = ? WHERE id = ?",
            [(n, story) for story, n in Counter(story for _, story in changes.grams).items()],
        )
        self._insert("exact", [{"hash": key, "story": story} for key, story in changes.exact])
        for link in changes.evidence:
            told: dict[str, object] = {
                "other": link.other,
                "relation": link.relation,
                "score": link.score,
                "threshold": link.threshold,
                "decided_by": link.decided_by,
            }
            features = pack([[name, value] for name, value in link.features])
            self._connection.execute(
                "DELETE FROM link WHERE article = ? AND other = ?", (link.article, link.other)
            )
            row = {"article": link.article} | told | {"features": features, "at": stamp(changes.at)}
            self._insert("link", [row])
            said = told | {"features": chain.of_words(features)}
            self._change(changes.at, "link", link.article, said)

    def _put_matches(self, matches: Iterable[Match], now: datetime) -> None:
        for m in matches:
            row: dict[str, object] = {
                "rule": m.rule,
                "version": m.version,
                "article": m.article,
                "story": m.story,
                "at": stamp(m.at),
                "spans": rows.spans_json(m.spans),
            }
            if self._insert("match", [row]):
                told = {name: row[name] for name in ("rule", "article", "story", "at")}
                told["spans"] = chain.of_words(str(row["spans"]))
                self._change(now, "match", m.version, told)
                if m.rule in self._counted:
                    surging.report(self._connection, m)

    # ── the smallest steps ──────────────────────────────────────────────────────────────────

    def _deed(self, name: str) -> Any:
        return deed(self._connection, self._path, self._boundary, name)

    def _insert(self, table: str, batch: list[dict[str, object]]) -> int:
        """Insert what is not there yet; how many rows were new."""
        # sqlite-utils asks for rowids after an insert, and most of our tables have none.
        if not batch:
            return 0
        columns = ", ".join(f'"{name}"' for name in batch[0])
        done = self._connection.executemany(
            f"INSERT OR IGNORE INTO {table} ({columns})"  # noqa: S608 - our own names
            f" VALUES ({', '.join('?' * len(batch[0]))})",
            [tuple(row.values()) for row in batch],
        )
        return int(done.rowcount)

    def _each(self, sql: str, batch: Sequence[tuple[object, ...]]) -> None:
        """The statement for each of a batch: none for an empty one, which would be made ready all the same."""
        if batch:
            self._connection.executemany(sql, batch)

    def _fresh(self, request: Request) -> dict[str, object]:
        return rows.request_row(request) | {
            "host": host(request.url),
            **rows.NEVER_ASKED,
        }

    def _change(self, at: datetime, kind: str, subject: str, data: Mapping[str, object]) -> None:
        chain.record(self._connection, at, kind, subject, data)

    def _at_last(self, at: datetime) -> None:
        """Note the latest time that anything was kept at."""
        note_last(self._connection, stamp(at))

    def _meta(self, key: str, value: str) -> None:
        self._connection.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            (key, value),
        )
