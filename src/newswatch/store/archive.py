"""What readers ask of the SQLite file: search, one article, one story, every row as an object.

Rule: read-only, no sqlite_utils, nothing held open between pages of rows, so that a reader never
makes the writer's log grow. Search itself is `store.search`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from newswatch import text
from newswatch.model import (
    ArticleState,
    Copy,
    Evidence,
    Feed,
    Version,
)
from newswatch.newsrooms import independent, reprints
from newswatch.query import Query
from newswatch.store import rows
from newswatch.store.contract import (
    ArticleView,
    ExportKind,
    Hit,
    NotFound,
    StoryView,
    Verdict,
)
from newswatch.store.search import OneEach, count, find, resembling
from newswatch.store.sqlite import Row, damaged, open_reader, sqlite3, stamp, up_to_date

PAGE = 500


class SqliteArchive:
    """The readers' door to one SQLite file."""

    def __init__(self, path: Path) -> None:
        """Open *path* for reading. Raises StoreMissing, StoreDamaged, StoreError."""
        self._path = path
        self._connection = open_reader(path)
        try:
            up_to_date(self._connection, path)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

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
        except sqlite3.DatabaseError as error:
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
        except sqlite3.DatabaseError as error:
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

    def _state(self, article: str) -> ArticleState:
        row = self._one("SELECT * FROM article WHERE id = ?", article)
        return rows.state_of(row, self._version(row["current"]))

    def _version(self, version: str) -> Version:
        return rows.version_of(self._one("SELECT * FROM version WHERE id = ?", version))

    def _merged(self, story: str) -> str:
        row = self._one("SELECT merged_into FROM story WHERE id = ?", story)
        return self._merged(row[0]) if row and row[0] else story

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

    def _reporting(self, story: str) -> list[tuple[str, str]]:
        """The (newsroom, credit) of each article of a story, by first sight."""
        found = self._all(
            "SELECT newsroom, ifnull((SELECT credit FROM version INDEXED BY version_credit"
            " WHERE version.id = article.current AND credit <> ''), '')"
            " FROM article WHERE story = ? ORDER BY first_seen, id",
            story,
        )
        return [(row[0], row[1]) for row in found]

    def _addresses(self, article: str) -> tuple[str, ...]:
        found = self._all("SELECT url FROM address WHERE article = ? ORDER BY url", article)
        return tuple(row[0] for row in found)

    # ── everything, as objects ──────────────────────────────────────────────────────────────

    def export(self, what: ExportKind) -> Iterator[dict[str, Any]]:
        """Every row of a kind as an object ready for JSON, in the order it was stored."""
        objects = {
            "articles": self._export_articles,
            "versions": self._export_versions,
            "stories": self._export_stories,
            "matches": self._export_matches,
            "changes": self._export_changes,
        }
        yield from objects[what]()

    def _pages(self, sql: str, first: tuple[Any, ...]) -> Iterator[Row]:
        """Rows in pages: *sql* ends in a condition on the key in its first columns, and a LIMIT."""
        key = first
        while batch := self._all(sql, *key, PAGE):
            yield from batch
            key = tuple(batch[-1])[: len(first)]

    def _export_articles(self) -> Iterator[dict[str, Any]]:
        for row in self._pages(
            "SELECT first_seen, id FROM article WHERE (first_seen, id) > (?, ?)"
            " ORDER BY first_seen, id LIMIT ?",
            ("", ""),
        ):
            state = self._state(row["id"])
            version = state.current
            yield {
                "id": state.id,
                "url": state.url,
                "addresses": list(self._addresses(state.id)),
                "source": state.source,
                "newsroom": state.newsroom,
                "credit": version.credit,
                "title": version.title,
                "lead": text.lead(version.text),
                "text": version.text,
                "lang": version.lang,
                "author": version.author,
                "published": spoken(version.published),
                "published_from": version.published_from,
                "first_seen": spoken(state.first_seen),
                "quality": version.quality,
                "tags": list(version.tags),
                "story": self._merged(state.story),
                "version": version.id,
                "versions": state.versions,
            }

    def _export_versions(self) -> Iterator[dict[str, Any]]:
        for row in self._pages(
            "SELECT article, n, id, url, title, text, lang, source, quality, kind, first_seen, relations"
            " FROM version WHERE (article, n) > (?, ?) ORDER BY article, n LIMIT ?",
            ("", 0),
        ):
            last_seen, sightings = self._seen(row)
            yield {
                "id": row["id"],
                "article": row["article"],
                "n": row["n"],
                "url": row["url"],
                "title": row["title"],
                "text": row["text"],
                "lang": row["lang"],
                "source": row["source"],
                "quality": row["quality"],
                "first_seen": spoken(datetime.fromisoformat(row["first_seen"])),
                "last_seen": spoken(last_seen),
                "sightings": sightings,
                "kind": row["kind"],
                "relations": json.loads(row["relations"]),
            }

    def _seen(self, row: Row) -> tuple[datetime, int]:
        """When a version was last seen: while it stands and a feed shows it, that feed's last good
        poll; else when it left or gave way; and how often it came.
        """
        sightings = self._all(
            "SELECT at, what FROM sighting WHERE version = ? ORDER BY at", row["id"]
        )
        last = max((s["at"] for s in sightings), default=row["first_seen"])
        gave_way = self._all(
            "SELECT min(at) FROM sighting WHERE article = ? AND at > ? AND version <> ?",
            row["article"],
            last,
            row["id"],
        )[0][0]
        if gave_way:
            last = gave_way
        else:
            polled = self._one(
                "SELECT max(request.succeeded) FROM window JOIN request"
                " ON request.id = window.request JOIN article ON article.id = window.article"
                " WHERE window.article = ? AND article.current = ?",
                row["article"],
                row["id"],
            )[0]
            last = max(last, polled or "")
        return datetime.fromisoformat(last), sum(s["what"] != "leave" for s in sightings)

    def _export_stories(self) -> Iterator[dict[str, Any]]:
        for row in self._pages(
            "SELECT first_seen, id, last_seen FROM story"
            " WHERE (first_seen, id) > (?, ?) AND merged_into = '' ORDER BY first_seen, id LIMIT ?",
            ("", ""),
        ):
            members = self._all(
                "SELECT id FROM article WHERE story = ? ORDER BY first_seen, id", row["id"]
            )
            reporting = self._reporting(row["id"])
            yield {
                "id": row["id"],
                "first_seen": spoken(datetime.fromisoformat(row["first_seen"])),
                "last_seen": spoken(datetime.fromisoformat(row["last_seen"])),
                "articles": [m["id"] for m in members],
                "newsrooms": sorted(independent(reporting)),
                "via": reprints(reporting),
            }

    def _export_matches(self) -> Iterator[dict[str, Any]]:
        for row in self._pages(
            "SELECT rule, version, article, story, at, spans FROM match"
            " WHERE (rule, version) > (?, ?) ORDER BY rule, version LIMIT ?",
            ("", ""),
        ):
            yield {
                "rule": row["rule"],
                "version": row["version"],
                "article": row["article"],
                "story": self._merged(row["story"]),
                "at": spoken(datetime.fromisoformat(row["at"])),
                "spans": [
                    {"field": s.field, "start": s.start, "end": s.end, "word": s.word}
                    for s in rows.spans_of(row["spans"])
                ],
            }

    def _export_changes(self) -> Iterator[dict[str, Any]]:
        for row in self._pages(
            "SELECT id, at, kind, subject, data FROM change WHERE id > ? ORDER BY id LIMIT ?", (0,)
        ):
            data = json.loads(row["data"])
            if row["kind"] == "version":
                data |= self._revised(row["subject"])
            yield {
                "id": row["id"],
                "at": spoken(datetime.fromisoformat(row["at"])),
                "kind": row["kind"],
                "subject": row["subject"],
                "data": data,
            }

    def _revised(self, version: str) -> dict[str, Any]:
        """What changed in a version, for an export; nothing for an article's first."""
        found = self._all("SELECT * FROM revision WHERE new = ?", version)
        if not found:
            return {}
        revision = rows.revision_of(found[0])
        return {
            "old": revision.old,
            "note": revision.note,
            "kept": revision.kept,
            "changes": [{"what": c.what, "old": c.old, "new": c.new} for c in revision.changes],
        }

    # ── how it goes ─────────────────────────────────────────────────────────────────────────

    def feeds(self) -> tuple[dict[str, Any], ...]:
        """Every feed with its state, by name; times are ISO text or null."""
        found = self._all(
            "SELECT feed.*, request.tried, request.succeeded, request.failing_since,"
            " request.failure, request.due, request.interval, request.polls,"
            " request.format AS read_as, request.moved, request.rhythm, request.health, request.life,"
            " (SELECT count(*) FROM article WHERE article.source = feed.name) AS articles,"
            " (SELECT count(*) FROM gap WHERE gap.feed = feed.name) AS gaps,"
            " (SELECT max(until) FROM gap WHERE gap.feed = feed.name) AS last_gap"
            " FROM feed LEFT JOIN request ON request.feed = feed.name AND request.kind = 'feed'"
            " AND request.url = feed.url ORDER BY feed.name"
        )
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
                "judgements": rows.spoken_judgements(row["health"] or ""),
                **rows.spoken_rhythm(row["rhythm"] or "", row["life"] or 0.0),
            }
            for row in found
        )

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
            "  AND letter <> '') AS told FROM rule WHERE active = 1 ORDER BY position"
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
            }
            for row in found
        )

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
            " WHERE letter = ? AND inhibited <> '' ORDER BY rule, inhibited, story",
            letter,
        )
        return [{"rule": r["rule"], "by": r["inhibited"], "story": r["story"]} for r in found]

    def _told_by(self, letter: str) -> list[dict[str, Any]]:
        """The rules that owed what a letter carries, in the wording of that time."""
        owed = self._all(
            "SELECT DISTINCT rule, at FROM notification WHERE letter = ? AND inhibited = ''"
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

    def status(self) -> dict[str, Any]:
        """How it goes, in figures: what is stored, owed, failing, and when last."""
        count = self._one
        last = count("SELECT value FROM meta WHERE key = 'last'")
        return {
            "last_kept": last[0] if last else None,
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
                "SELECT count(*) FROM request WHERE kind = 'page' AND pending = 1"
            )[0],
            "owed": count("SELECT count(*) FROM notification WHERE letter = ''")[0],
            "owed_to": [
                {"recipient": row["recipient"], "digest": row["digest"], "notifications": row["n"]}
                for row in self._all(
                    "SELECT recipient, digest, count(*) AS n FROM notification WHERE letter = ''"
                    " GROUP BY recipient, digest ORDER BY recipient, digest"
                )
            ],
            "letters": {
                row["state"]: row["n"]
                for row in self._all(
                    "SELECT state, count(*) AS n FROM letter GROUP BY state ORDER BY state"
                )
            },
            "catching_up": self._catching_up(),
            "sqlite": sqlite3.sqlite_version,
        }

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

    def _all(self, sql: str, *values: object) -> list[Any]:
        try:
            return list(self._connection.execute(sql, values).fetchall())
        except sqlite3.DatabaseError as error:
            raise damaged(self._path, error) from error

    def _one(self, sql: str, *values: object) -> Any:
        found = self._all(sql, *values)
        return found[0] if found else None


def spoken(moment: datetime | None) -> str | None:
    """A time as the command line's JSON gives it: UTC, seconds unless there is more, `Z`."""
    if moment is None:
        return None
    return moment.isoformat().replace("+00:00", "Z")
