"""What readers ask of the SQLite file: search, one article, one story, how it goes.

Rule: read-only, as `store.asking` opens it. Search itself is `store.search`, rows as objects are
`store.exporting`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

from newswatch.model import (
    Copy,
    Evidence,
    Feed,
)
from newswatch.newsrooms import independent
from newswatch.query import Query
from newswatch.store import backfilling, months, quarantine, rows
from newswatch.store.asking import spoken
from newswatch.store.contract import (
    NO_LOOKS,
    ArticleView,
    Hit,
    NotFound,
    StoryView,
    Surges,
    Verdict,
)
from newswatch.store.exporting import Exporting
from newswatch.store.period import durations
from newswatch.store.pulse import late, pulse
from newswatch.store.search import OneEach, count, find, resembling
from newswatch.store.sqlite import DRIVER, Row, damaged, sqlite3, stamp

Said = TypeVar("Said")


class SqliteArchive(Exporting):
    """The readers' door to one SQLite file."""

    # ── search ──────────────────────────────────────────────────────────────────────────────

    def search(
        self,
        query: Query,
        *,
        limit: int = 20,
        since: datetime | None = None,
        until: datetime | None = None,
        sort: Literal["newest", "relevance"] = "newest",
        every_version: bool = False,
        current: bool = False,
        stories: bool = False,
        looked: Callable[[datetime], None] = lambda _at: None,
    ) -> Iterator[Hit]:
        """Versions that satisfy *query*; see `store.Archive.search`."""
        one_each: OneEach = "version" if every_version else "story" if stories else "article"
        found = find(
            self._connection,
            query,
            limit=limit,
            since=since,
            until=until,
            relevance=sort == "relevance",
            one_each=one_each,
            current=current,
            looked=looked,
        )
        try:
            for version, story in found:
                newsrooms = len(independent(self._reporting(story))) if stories else 1
                yield Hit(version, story, newsrooms)
        except DRIVER as error:
            raise damaged(self._path, error) from error

    def count(
        self,
        query: Query,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        every_version: bool = False,
        current: bool = False,
        stories: bool = False,
    ) -> tuple[int, bool] | None:
        """How many hits `search` would bring without a limit; see `store.Archive.count`."""
        one_each: OneEach = "version" if every_version else "story" if stories else "article"
        try:
            return count(
                self._connection,
                query,
                since=since,
                until=until,
                one_each=one_each,
                current=current,
            )
        except DRIVER as error:
            raise damaged(self._path, error) from error

    def resembling(self, word: str) -> tuple[str, ...]:
        """The archive's words that *word* may be a slip of, when no text holds it."""
        return resembling(self._connection, word)

    # ── one article, one story ──────────────────────────────────────────────────────────────

    def show(self, prefix: str) -> ArticleView:
        """The article (or that of the version) whose id begins with *prefix*, or whose address it
        is. Raises NotFound; so too when several do.
        """
        article = self._resolve(prefix)
        state = self._state(article)
        kept = self._all("SELECT * FROM version WHERE article = ? ORDER BY n", article)
        versions = tuple(rows.version_of(row) for row in kept)
        revisions = tuple(
            rows.revision_of(row)
            for row in self._all(
                "SELECT revision.* FROM revision JOIN version ON version.id = revision.new"
                " WHERE version.article = ? ORDER BY version.n",
                article,
            )
        )
        return ArticleView(
            state=state,
            versions=versions,
            revisions=revisions,
            copies=self._copies(state.story, article),
            addresses=self._addresses(article),
            feeds=tuple(
                row[0]
                for row in self._all(
                    "SELECT DISTINCT feed FROM sighting WHERE article = ? ORDER BY feed", article
                )
            ),
            matches=tuple(
                rows.match_of(row)
                for row in self._all(
                    "SELECT match.* FROM match JOIN version ON version.id = match.version"
                    " WHERE match.article = ? ORDER BY version.n, match.rule",
                    article,
                )
            ),
            last_seen=tuple(self._seen(row)[0] for row in kept),
            inhibited=tuple(
                dict(row)
                for row in self._all(
                    "SELECT rule, recipient, inhibited AS by, occasion FROM notification"
                    " WHERE story = ? AND article = ? AND inhibited <> '' ORDER BY rule, recipient",
                    state.story, article,
                )
            ),
            pruned={
                row["version"]: datetime.fromisoformat(row["at"])
                for row in self._all(
                    "SELECT pruned.version, at FROM pruned JOIN version ON version.id = pruned.version"
                    " WHERE article = ?", article,
                )
            },
        )  # fmt: skip

    def story(self, prefix: str) -> StoryView:
        """The story whose id, or the story of the article whose id, begins with *prefix*."""
        found = self._all(
            "SELECT id FROM story WHERE id >= ? AND id < ? LIMIT 2", prefix, f"{prefix}g"
        )
        if len(found) > 1:
            raise NotFound(f"{prefix}: several stories begin so, give more of the id")
        story = found[0][0] if found else self._state(self._resolve(prefix)).story
        story = self._merged(story)
        members = tuple(
            self._state(row[0])
            for row in self._all(
                "SELECT id FROM article WHERE story = ? ORDER BY first_seen, id", story
            )
        )
        ids = json.dumps([state.id for state in members])
        links = self._all(
            "SELECT * FROM link WHERE article IN (SELECT value FROM json_each(?))"
            " OR other IN (SELECT value FROM json_each(?)) ORDER BY article, other",
            ids,
            ids,
        )
        evidence = tuple(rows.evidence_of(row) for row in links)
        inside = {state.id for state in members}
        outside = {
            name
            for e in evidence
            if e.relation == "related"
            for name in (e.article, e.other)
            if name not in inside
        }
        related = tuple(
            Copy(s.newsroom, s.current.title, s.url, s.first_seen, "related", s.current.credit)
            for s in sorted((self._state(a) for a in outside), key=lambda s: (s.first_seen, s.id))
        )
        return StoryView(story, members, related, evidence, self._history(story))

    def _history(self, story: str) -> tuple[Verdict, ...]:
        found = self._all(
            "SELECT at, kind, subject, data FROM change WHERE kind IN ('merge', 'split')"
            " AND (subject = ?1 OR json_extract(data, '$.into') = ?1"
            " OR json_extract(data, '$.from') = ?1"
            " OR subject IN (SELECT id FROM story WHERE merged_into = ?1)) ORDER BY id",
            story,
        )
        return tuple(rows.verdict_of(row) for row in found)

    def evidence(self, one: str, other: str) -> tuple[Evidence, ...]:
        """What is on record between two articles, or between the articles of two stories."""
        a, b = self._resolve(one), self._resolve(other)
        found = self._all(
            "SELECT * FROM link WHERE (article = ? AND other = ?) OR (article = ? AND other = ?)",
            a, b, b, a,
        )  # fmt: skip
        return tuple(rows.evidence_of(row) for row in found)

    def _resolve(self, prefix: str) -> str:
        if "://" in prefix:
            found = self._all("SELECT article FROM address WHERE url = ? LIMIT 1", prefix)
        else:
            found = self._all(
                "SELECT id FROM article WHERE id >= ? AND id < ? LIMIT 2", prefix, f"{prefix}g"
            )
            if not found:
                found = self._all(
                    "SELECT article FROM version WHERE id >= ? AND id < ? LIMIT 2",
                    prefix,
                    f"{prefix}g",
                )
        if not found or not prefix:
            raise NotFound(f"{prefix or 'nothing'}: no article or version begins so")
        if len(found) > 1 and found[0][0] != found[1][0]:
            raise NotFound(f"{prefix}: several begin so, give more of the id")
        return str(found[0][0])

    def _copies(self, story: str, article: str) -> tuple[Copy, ...]:
        found = self._all(
            "SELECT article.newsroom, version.title, version.credit, article.url,"
            " article.first_seen FROM article JOIN version ON version.id = article.current"
            " WHERE story = ? AND article.id <> ?"
            " ORDER BY article.first_seen, article.id",
            story,
            article,
        )
        return tuple(rows.copy_of(row, "same") for row in found)

    # ── how it goes ─────────────────────────────────────────────────────────────────────────

    def feeds(self) -> tuple[dict[str, Any], ...]:
        """Every feed with its state, by name; times are ISO text or null."""
        found = self._all(
            "SELECT feed.*, request.tried, request.succeeded, request.failing_since,"
            " request.failure, request.due, request.interval, request.polls,"
            " request.format AS read_as, request.moved, request.rhythm, request.health, request.life,"
            " (SELECT count(*) FROM article WHERE article.source = feed.name) AS articles,"
            " (SELECT count(*) FROM gap WHERE gap.feed = feed.name) AS gaps,"
            " (SELECT max(until) FROM gap WHERE gap.feed = feed.name AND closed = 0) AS last_gap,"
            " (SELECT sum(recovered) FROM gap WHERE gap.feed = feed.name) AS recovered"
            " FROM feed LEFT JOIN request ON request.feed = feed.name AND request.kind = 'feed'"
            " AND request.url = feed.url ORDER BY feed.name"
        )
        looks = self._looks()
        return tuple(
            {
                "name": row["name"],
                "url": row["url"],
                "newsroom": row["newsroom"] or row["name"],
                "lang": row["lang"],
                "tags": json.loads(row["tags"]),
                "pages": row["pages"],
                "format": row["format"] or None,
                "read_as": row["read_as"] or None,
                "moved": row["moved"] or None,
                "enabled": bool(row["enabled"]),
                "terms": row["terms"] or None,
                "user_agent": row["user_agent"] or None,
                "headers": json.loads(row["headers"]),
                "sitemap": row["sitemap"] or None,
                "polls": row["polls"] or 0,
                "interval": round(row["interval"] or 0),
                "last_poll": row["tried"] or None,
                "last_good": row["succeeded"] or None,
                "next_poll": row["due"],
                "failing_since": row["failing_since"] or None,
                "failure": (row["failing_since"] and row["failure"]) or None,
                "resting_until": row["due"] if row["failure"] == rows.RESTING else None,
                "articles": row["articles"],
                "gaps": row["gaps"],
                "last_gap": row["last_gap"],
                "recovered": row["recovered"] or 0,
                "looks": looks.get(row["name"], NO_LOOKS),
                "judgements": rows.spoken_judgements(row["health"] or ""),
                **rows.spoken_rhythm(row["rhythm"] or "", row["life"] or 0.0),
            }
            for row in found
        )

    def _looks(self) -> dict[str, dict[str, int]]:
        """By feed, how many second looks wait and how many of them are due, how many were made and how
        many found another text.
        """
        waiting = self._all(
            "SELECT feed, count(*) AS waiting, sum(due <= (SELECT value FROM meta WHERE key = 'last'))"
            " AS due FROM request WHERE pending = 1 AND look > 0 GROUP BY feed"
        )
        found = {r["feed"]: {**NO_LOOKS, "waiting": r["waiting"], "due": r["due"]} for r in waiting}
        for row in self._all("SELECT * FROM look_count"):
            made = {"made": row["looks"], "found": row["found"]}
            found[row["feed"]] = {**found.get(row["feed"], NO_LOOKS), **made}
        return found

    def configured(self) -> tuple[Feed, ...]:
        """Every feed ever configured, by name."""
        return tuple(rows.feed_of(row) for row in self._all("SELECT * FROM feed ORDER BY name"))

    def rules(self) -> tuple[dict[str, Any], ...]:
        """Every rule in force with its matches and letters, in the order of its file."""
        found = self._all(
            "SELECT rule.*, (SELECT count(*) FROM match WHERE match.rule = rule.name) AS matches,"
            " (SELECT count(DISTINCT story) FROM match WHERE match.rule = rule.name) AS stories,"
            " (SELECT max(at) FROM match WHERE match.rule = rule.name) AS last_match,"
            " (SELECT count(*) FROM notification WHERE notification.rule = rule.name"
            "  AND letter <> '') AS told,"
            " (SELECT max(at) FROM surge WHERE surge.rule = rule.name) AS last_surge FROM rule WHERE active = 1 ORDER BY position"
        )
        return tuple(
            {
                "name": row["name"],
                "query": row["query"],
                "tell": json.loads(row["tell"]),
                "priority": row["priority"],
                "feeds": json.loads(row["feeds"]),
                "tags": json.loads(row["tags"]),
                "matches": row["matches"],
                "stories": row["stories"],
                "told": row["told"],
                "last_match": row["last_match"],
                "threshold": row["threshold"] or None,
                "last_surge": row["last_surge"],
            }
            for row in found
        )

    def found_by(self, since: datetime, step: timedelta) -> tuple[tuple[str, int, int, int], ...]:
        """What each rule found in every *step* from *since* on: rule, which step, matches, stories."""
        found = self._all(
            "SELECT rule, CAST(((julianday(at) - julianday(?1)) * 86400 + .0005) / ?2 AS INTEGER), count(*),"
            " count(DISTINCT story) FROM match WHERE at >= ?1 GROUP BY 1, 2 ORDER BY 1, 2",
            stamp(since), step.total_seconds(),
        )  # fmt: skip
        return tuple((row[0], row[1], row[2], row[3]) for row in found)

    @property
    def surges(self) -> Surges:
        """What rules with a threshold are judged by, and what they told; only to be read."""
        from newswatch.store.surging import SqliteSurges

        return SqliteSurges(self._connection, self._path)

    def silences(self, now: datetime) -> tuple[dict[str, str], ...]:
        """The rules that tell nobody at *now*, by name: rule, since, until, why."""
        found = self._all(
            "SELECT * FROM silence WHERE since <= ? AND ? < until ORDER BY rule",
            stamp(now), stamp(now),
        )  # fmt: skip
        return tuple(dict(row) for row in found)

    def notifications(self) -> tuple[dict[str, Any], ...]:
        """Who was told, or is to be told, of what, by which letter; the oldest first."""
        found = self._all(
            "SELECT * FROM notification ORDER BY at, recipient, digest, rule, story, occasion"
        )
        return tuple(dict(row) for row in found)

    def letters(self) -> tuple[dict[str, Any], ...]:
        """The outbox, the newest first, at most 1,000."""
        found = self._all(
            "SELECT id, recipient, address, digest, slot, sealed, state, attempts, next_try, code,"
            " detail, sent FROM letter ORDER BY sealed DESC, id LIMIT 1000"
        )
        return tuple(self._letter(row) for row in found)

    def letter(self, prefix: str) -> tuple[dict[str, Any], bytes]:
        """The letter whose id begins with *prefix*, and its bytes; "rules" has the wordings
        it was sent under. Raises NotFound, StoreError.
        """
        found = self._all(
            "SELECT * FROM letter WHERE id >= ? AND id < ? LIMIT 2", prefix, f"{prefix}g"
        )
        if not found or not prefix:
            raise NotFound(f"{prefix or 'nothing'}: no letter begins so")
        if len(found) > 1:
            raise NotFound(f"{prefix}: several letters begin so, give more of the id")
        letter = self._letter(found[0])
        said = {"rules": self._told_by(letter["id"]), "inhibited": self._inhibited(letter["id"])}
        return letter | said, bytes(found[0]["content"])

    def _inhibited(self, letter: str) -> list[dict[str, str]]:
        """The rules in whose place a letter carries an urgent one's word."""
        found = self._all(
            "SELECT DISTINCT rule, inhibited, story FROM notification"
            " WHERE letter = ? AND letter <> '' AND inhibited <> '' ORDER BY rule, inhibited, story",
            letter,
        )
        return [{"rule": r["rule"], "by": r["inhibited"], "story": r["story"]} for r in found]

    def _told_by(self, letter: str) -> list[dict[str, Any]]:
        """The rules that owed what a letter carries, in the wording of that time."""
        owed = self._all(
            "SELECT DISTINCT rule, at FROM notification WHERE letter = ? AND letter <> '' AND inhibited = ''"
            " ORDER BY rule, at",
            letter,
        )
        kept = {rule: self.wordings(rule) for rule, _ in owed}
        found: list[dict[str, Any]] = []
        for rule, at in owed:
            stood = [
                w
                for w in kept[rule]
                if datetime.fromisoformat(w["at"]) <= datetime.fromisoformat(at)
            ]
            if stood and stood[-1] not in found:
                found.append(stood[-1])
        return found

    def wordings(self, rule: str) -> tuple[dict[str, Any], ...]:
        """The wordings a rule has had, the oldest first: at, name, and query, tell, feeds, tags where it
        was put in force.
        """
        found = self._all(
            "SELECT at, data FROM change WHERE kind = 'rule' AND subject = ? ORDER BY id", rule
        )
        return tuple(
            {
                "at": spoken(datetime.fromisoformat(row["at"])),
                "name": rule,
                **json.loads(row["data"]),
            }
            for row in found
        )

    @staticmethod
    def _letter(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "to": row["recipient"],
            "address": row["address"],
            "digest": row["digest"],
            "slot": row["slot"],
            "state": row["state"],
            "attempts": row["attempts"],
            "next_try": row["next_try"] if row["state"] == "waiting" else None,
            "sent": row["sent"] or None,
            "code": row["code"],
            "detail": row["detail"],
        }

    def troubles(self) -> tuple[dict[str, Any], ...]:
        """What troubles newswatch itself as far as a running one has seen: kind, subject, since, says."""
        found = self._all(
            "SELECT kind, subject, since, says FROM trouble WHERE until = '' ORDER BY since, kind, subject"
        )
        return tuple(dict(row) for row in found)

    def pulse(self, now: datetime) -> dict[str, Any]:
        """How it goes at *now*: what was last done, what is late, how fast news travel, how the store grows."""
        try:
            size = sum(
                f.stat().st_size for f in (self._path, Path(f"{self._path}-wal")) if f.exists()
            )
            return pulse(self._connection, now, size + months.bytes_of(self._connection))
        except DRIVER as error:
            raise damaged(self._path, error) from error

    def late(self, now: datetime) -> dict[str, int]:
        """What nobody has seen to in time by *now*: `polls_late`, `letters_late`."""
        try:
            return late(self._connection, now)
        except DRIVER as error:
            raise damaged(self._path, error) from error

    def durations(
        self, since: datetime, until: datetime
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The seconds that each entry seen in a period took from being published, and each match told of at once
        from being seen.
        """
        try:
            seen, told = durations(self._connection, since, until)
            return tuple(seen), tuple(told)
        except DRIVER as error:
            raise damaged(self._path, error) from error

    def quarantine(self) -> tuple[dict[str, Any], ...]:
        """What is in quarantine: id, kind, feed, url, tries, since, last, reason; the last killed first."""
        try:
            return quarantine.held(self._connection)
        except DRIVER as error:
            raise damaged(self._path, error) from error

    def backfills(self) -> tuple[dict[str, Any], ...]:
        """Every feed's newest backfill, those under way first."""
        return self._of_past(lambda: backfilling.found(self._connection))

    def site(self, feed: str, url: str) -> tuple[str, ...]:
        """The hosts of the site of a feed at *url*."""
        return self._of_past(lambda: backfilling.site(self._connection, feed, url))

    def known(self, addresses: Iterable[str]) -> frozenset[str]:
        """Those of *addresses* under which an article is known."""
        return self._of_past(lambda: backfilling.known(self._connection, addresses))

    def _of_past(self, ask: Callable[[], Said]) -> Said:
        try:
            return ask()
        except DRIVER as error:
            raise damaged(self._path, error) from error

    def status(self) -> dict[str, Any]:
        """How it goes, in figures: what is stored, owed, failing, and when last."""
        count = self._one
        moved = months.noted(self._connection)
        last = count("SELECT value FROM meta WHERE key = 'last'")
        pruned = count("SELECT value FROM meta WHERE key = 'pruned'")
        return {
            "last_kept": last[0] if last else None,
            "pruned": json.loads(pruned[0]) if pruned else None,
            "months": {
                "moved": len(moved),
                "bytes": sum(month.bytes for month in moved),
                "gone": sum(month.gone for month in moved),
                "wrong": list(months.faults(self._path, self._connection, whole=False)),
            },
            "feeds": count("SELECT count(*) FROM feed WHERE enabled = 1")[0],
            "failing": count(
                "SELECT count(*) FROM request WHERE kind = 'feed' AND pending = 1"
                " AND failing_since <> ''"
            )[0],
            "resting": count(
                "SELECT count(*) FROM request WHERE kind = 'feed' AND pending = 1 AND failure = ?",
                rows.RESTING,
            )[0],
            "gaps": count("SELECT count(*) FROM gap")[0],
            "gaps_closed": count("SELECT count(*) FROM gap WHERE closed = 1")[0],
            "judged": sorted(
                (
                    {"feed": row["name"], **said}
                    for row in self._all(rows.JUDGED)
                    for said in rows.spoken_judgements(row["health"])
                ),
                key=lambda said: rows.GRAVITY.index(said["kind"]),
            ),
            "articles": count("SELECT count(*) FROM article")[0],
            "versions": count("SELECT count(*) FROM version")[0],
            "stories": count("SELECT count(*) FROM story WHERE merged_into = ''")[0],
            "matches": count("SELECT count(*) FROM match")[0],
            "pages_waiting": count(
                "SELECT count(*) FROM request WHERE kind = 'page' AND pending = 1 AND look = 0"
            )[0],
            "backfill_waiting": count(
                "SELECT count(*) FROM request WHERE pending = 1 AND look < 0"
            )[0],
            "looks": {key: sum(looks[key] for looks in self._looks().values()) for key in NO_LOOKS},
            "owed": count("SELECT count(*) FROM notification WHERE letter = ''")[0],
            "owed_to": [
                {"recipient": row["recipient"], "digest": row["digest"], "notifications": row["n"]}
                for row in self._all(
                    "SELECT recipient, digest, count(*) AS n FROM notification WHERE letter = ''"
                    " GROUP BY recipient, digest ORDER BY recipient, digest"
                )
            ],
            "quarantined": quarantine.counted(self._connection),
            "letters": {
                row["state"]: row["n"]
                for row in self._all(
                    "SELECT state, count(*) AS n FROM letter GROUP BY state ORDER BY state"
                )
            },
            "not_taken": self._not_taken(),
            "catching_up": self._catching_up(),
            "sqlite": sqlite3.sqlite_version,
        }

    def _not_taken(self) -> str | None:
        """What the mail server last said to a letter that still waits, None where none was tried in vain."""
        row = self._one(
            "SELECT detail FROM letter WHERE state = 'waiting' AND attempts > 0"
            " ORDER BY next_try DESC LIMIT 1"
        )
        return str(row["detail"]) if row else None

    def _catching_up(self) -> dict[str, Any] | None:
        """The rules still to be run over the archive, and over how many of how many versions they were."""
        behind = self._all(
            "SELECT name FROM rule WHERE active = 1 AND caught_up = 0 ORDER BY position"
        )
        if not behind:
            return None
        kept = self._one("SELECT value FROM meta WHERE key = 'catch-up'")
        noted = json.loads(kept[0]) if kept else {"done": 0, "of": None}
        there = noted["of"] or self._one("SELECT count(*) FROM version")[0]
        return {"rules": [row[0] for row in behind], "done": noted["done"], "of": there}

    # ── the smallest steps ──────────────────────────────────────────────────────────────────
