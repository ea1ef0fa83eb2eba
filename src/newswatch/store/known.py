"""What the first walk asks the store before it decides: aliases, articles, windows, candidates.

Rule: reads only, on the writer's own connection, so that it sees what was just kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from newswatch.model import (
    UNREGISTERED,
    ArticleState,
    Counted,
    Notification,
    Request,
    Revision,
    Source,
    Version,
    WindowEntry,
)
from newswatch.store import backfilling, stories
from newswatch.store.contract import (
    CANDIDATES,
    HEADLINE_SHARED,
    POSTINGS,
    enough_shared,
)
from newswatch.store.owing import TOLD_AS
from newswatch.store.rows import (
    counted_of,
    feed_of,
    notification_of,
    request_of,
    revision_of,
    source_of,
    state_of,
    version_of,
)
from newswatch.store.sqlite import in_own_words, stamp

HEADLINES = 10  # stories compared by their headlines alone
OWN_TEXTS = 7  # texts that a story speaks with, as they stand; the newest of a long chain
_OWN_TEXTS = (
    "SELECT version.* FROM article CROSS JOIN version ON version.id = article.current"
    " WHERE article.story = :story AND version.text <> '' AND ("
    " article.id = :story"
    " OR EXISTS (SELECT 1 FROM link WHERE link.article = article.id AND relation = 'same'"
    "  AND decided_by LIKE 'chain:%')"
    " OR EXISTS (SELECT 1 FROM story WHERE story.id = article.id)"
    "  AND NOT EXISTS (SELECT 1 FROM link WHERE link.article = article.id AND relation = 'same'))"
    " ORDER BY article.id <> :story, article.first_seen DESC, article.id LIMIT :most"
)


@in_own_words
class SqliteKnown:
    """Look-ups in one SQLite store; the answers are values, never cursors."""

    def __init__(self, connection: Any, path: Path) -> None:
        self._connection = connection
        self._path = path

    def aliases(self, keys: Sequence[str]) -> dict[str, str]:
        """The articles that *keys* stand for; unknown keys are absent."""
        found = {}
        for key in keys:
            row = self._one("SELECT article FROM alias WHERE key = ?", key)
            if row:
                found[key] = str(row["article"])
        return found

    def shown_by(self, article: str, feed: str) -> bool:
        """Whether a feed, by its name, ever showed an article."""
        found = "SELECT 1 FROM sighting WHERE article = ? AND feed = ? LIMIT 1"
        return self._one(found, article, feed) is not None

    def article(self, article: str) -> ArticleState | None:
        """An article with its current version, its story resolved through merges."""
        row = self._one("SELECT * FROM article WHERE id = ?", article)
        if row is None:
            return None
        current = self.version(row["current"])
        assert current is not None, "an article's current version is stored with it"
        return state_of(row, current)

    def version(self, version: str) -> Version | None:
        """A version by its id."""
        row = self._one("SELECT * FROM version WHERE id = ?", version)
        return version_of(row) if row else None

    def revision(self, version: str) -> Revision | None:
        """What changed when a version came; None for an article's first."""
        row = self._one("SELECT * FROM revision WHERE new = ?", version)
        return revision_of(row) if row else None

    def fullest(self, article: str) -> Version | None:
        """The newest version that held more than a lead."""
        row = self._one(
            "SELECT * FROM version WHERE article = ? AND quality NOT IN ('lead', 'headline')"
            " ORDER BY n DESC LIMIT 1",
            article,
        )
        return version_of(row) if row else None

    def window(self, request: str) -> tuple[WindowEntry, ...]:
        """A feed's last good window, in its own order."""
        rows = self._connection.execute(
            "SELECT hash, guid, url, article, mark FROM window WHERE request = ? ORDER BY position",
            (request,),
        )
        return tuple(WindowEntry(*row) for row in rows)

    def showing(self, article: str) -> frozenset[str]:
        """The names of the feeds whose last good windows show an article."""
        found = self._connection.execute(
            "SELECT DISTINCT feed FROM window JOIN request ON request.id = window.request"
            " WHERE window.article = ?",
            (article,),
        )
        return frozenset(row["feed"] for row in found.fetchall())

    def request(self, request: str) -> Request | None:
        """A request's row as it stands, without its feed's known hashes."""
        row = self._one("SELECT * FROM request WHERE id = ?", request)
        return request_of(row) if row else None

    def stands(self, request: str) -> tuple[bool, datetime | None] | None:
        """Of a request of a backfill's kind: whether it is pending, and the time its text named where it was not kept."""
        return backfilling.stands(self._connection, request)

    def archives(self, feed: str) -> int:
        """How many archives a feed's backfills have to walk, or have walked."""
        found = self._one("SELECT count(*) FROM request WHERE feed = ? AND kind = 'archive'", feed)
        return int(found[0])

    def source(self, feed: str) -> Source:
        """What a feed's line in the register says of asking it; nothing of one that was never there."""
        row = self._one("SELECT * FROM feed WHERE name = ?", feed)
        return source_of(feed_of(row)) if row else UNREGISTERED

    def succeeded(self, request: str) -> datetime | None:
        """When a request last had a good answer."""
        row = self._one("SELECT succeeded FROM request WHERE id = ?", request)
        return datetime.fromisoformat(row["succeeded"]) if row and row["succeeded"] else None

    def exact(self, text_hash: str, since: datetime, until: datetime) -> str | None:
        """The story, seen between the two, one of whose articles has exactly this normalised text."""
        row = self._one(
            "SELECT exact.story FROM exact JOIN story ON story.id = exact.story"
            " WHERE hash = ? AND last_seen >= ? AND first_seen <= ?"
            " ORDER BY first_seen, story.id LIMIT 1",
            text_hash,
            stamp(since),
            stamp(until),
        )
        return self.story(row["story"]) if row else None

    def candidates(
        self, grams: Iterable[int], since: datetime, until: datetime
    ) -> tuple[tuple[tuple[str, int], ...], dict[int, int]]:
        """Stories seen between the two that share enough sampled word sequences, the most shared first,
        as (story, shared); and in how many stories each sequence stands, counted up to 65.
        """
        grams = list(grams)
        # No sequence has more than 65 postings (the ledger files no more), so this is bounded.
        postings: dict[int, list[str]] = {}
        for gram, story in self._connection.execute(
            "SELECT hash, story FROM gram WHERE hash IN (SELECT value FROM json_each(?))",
            (json.dumps(grams),),
        ):
            postings.setdefault(gram, []).append(story)
        frequency = {gram: len(filed) for gram, filed in postings.items()}
        shared: dict[str, int] = {}
        for filed in postings.values():
            if len(filed) <= POSTINGS:
                for story in filed:
                    shared[story] = shared.get(story, 0) + 1
        ranked = sorted(
            ((count, story) for story, count in shared.items() if count > 1),
            key=lambda pair: (-pair[0], pair[1]),
        )
        found: dict[str, int] = {}
        for count, story in ranked:
            if len(found) == CANDIDATES:
                break
            row = self._one("SELECT first_seen, last_seen, grams FROM story WHERE id = ?", story)
            if not row or not enough_shared(count, len(grams), row["grams"]):
                continue
            if row["last_seen"] >= stamp(since) and row["first_seen"] <= stamp(until):
                found.setdefault(self.story(story), count)
        return tuple(found.items()), frequency

    def boilerplate(self, newsroom: str) -> tuple[Counted, ...]:
        """What is counted of the lines of a newsroom's texts."""
        row = self._one("SELECT lines FROM boilerplate WHERE newsroom = ?", newsroom)
        return counted_of(row["lines"]) if row else ()

    def headlines(
        self, keys: Iterable[int], since: datetime, until: datetime
    ) -> tuple[Version, ...]:
        """The first articles of stories seen between the two whose headlines share two pairs of words
        and more, as they stand, the most alike first; at most ten.
        """
        postings: dict[int, list[str]] = {}
        for key, story in self._connection.execute(
            "SELECT hash, story FROM headline WHERE hash IN (SELECT value FROM json_each(?))",
            (json.dumps(list(keys)),),
        ):
            postings.setdefault(key, []).append(story)
        filed = (found for found in postings.values() if len(found) <= POSTINGS)
        shared: Counter[str] = Counter()
        for story, count in Counter(chain.from_iterable(filed)).items():
            shared[self.story(story)] += count
        found: list[Version] = []
        for story, count in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0])):
            if count < HEADLINE_SHARED or len(found) == HEADLINES:
                break
            row = self._one(
                "SELECT version.* FROM story JOIN article ON article.id = story.id"
                " JOIN version ON version.id = article.current"
                " WHERE story.id = ? AND last_seen >= ? AND story.first_seen <= ?",
                story, stamp(since), stamp(until),
            )  # fmt: skip
            if row:
                found.append(version_of(row))
        return tuple(found)

    def story(self, story: str) -> str:
        """The id a story goes by now: itself, or what it was merged into."""
        return stories.goes_by(self._connection, story)

    def texts(self, story: str) -> tuple[Version, ...]:
        """The texts that a story speaks with, at most eight: what the article that founded it says, and
        said at first; what those say that took its place in a chain, and those whose own stories
        the operator joined to it. Copies do not speak.
        """
        rows = self._connection.execute(_OWN_TEXTS, {"story": story, "most": OWN_TEXTS}).fetchall()
        found = [version_of(row) for row in rows]
        if found and found[0].article == story and found[0].n > 1:
            first = self._one(
                "SELECT * FROM version WHERE article = ? AND text <> '' AND id <> ?"
                " ORDER BY quality = 'full' DESC, n LIMIT 1",
                story, found[0].id,
            )  # fmt: skip
            found += [version_of(first)] if first else []
        return tuple(found)

    def newest(self, story: str, newsroom: str) -> Version | None:
        """The current version of a newsroom's newest article in a story, None where it has none."""
        row = self._one(
            "SELECT version.* FROM article JOIN version ON version.id = article.current"
            " WHERE article.story = ? AND article.newsroom = ?"
            " ORDER BY article.first_seen DESC, article.id LIMIT 1",
            story, newsroom,
        )  # fmt: skip
        return version_of(row) if row else None

    def parted(self, article: str) -> frozenset[str]:
        """The stories out of which the operator took an article, by the names they go by now."""
        found = self._connection.execute("SELECT story FROM parted WHERE article = ?", (article,))
        return frozenset(self.story(row[0]) for row in found.fetchall())

    def alone(self, story: str) -> bool:
        """Whether a story has no more than one article."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM article WHERE story = ? LIMIT 2)"
        return bool(self._one(sql, story)[0] < 2)

    def told(self, story: str) -> tuple[Notification, ...]:
        """Every notification of a story and of those that became part of it, whatever became of it."""
        rows = self._connection.execute(
            f"SELECT * FROM notification WHERE {TOLD_AS}"  # noqa: S608 - our own text
            " ORDER BY at, recipient, digest, rule, occasion",
            {"story": story},
        )
        return tuple(notification_of(row) for row in rows)

    def silent(self, rule: str, now: datetime) -> bool:
        """Whether a rule was told to tell nobody at *now*."""
        return bool(
            self._one(
                "SELECT 1 FROM silence WHERE rule = ? AND since <= ? AND ? < until",
                rule, stamp(now), stamp(now),
            )
        )  # fmt: skip

    def _one(self, sql: str, *values: object) -> Any:
        return self._connection.execute(sql, values).fetchone()
