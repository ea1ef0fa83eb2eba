"""Every row of the SQLite file as an object ready for JSON.

Rule: read in pages, in the order it was stored; the fields of articles and versions are the contract.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from newswatch import text
from newswatch.model import CHANGES_SCHEMA
from newswatch.newsrooms import independent, reprints
from newswatch.store import chain, rows
from newswatch.store.asking import Asking, spoken
from newswatch.store.contract import ExportKind, NotPossible
from newswatch.store.sqlite import Row

LISTS = ("tags", "relations")  # columns of a version that are JSON


class Exporting(Asking):
    """What `export` gives."""

    def export(self, what: ExportKind) -> Iterator[dict[str, Any]]:
        """Every row of a kind as an object ready for JSON, in the order it was stored."""
        objects: dict[ExportKind, Callable[[], Iterator[dict[str, Any]]]] = {
            "articles": self._export_articles,
            "versions": self._export_versions,
            "stories": self._export_stories,
            "matches": self._export_matches,
            "changes": lambda: self.changes(0),
        }
        for value in objects[what]():
            self._must_be_whole()
            yield value

    def _must_be_whole(self) -> None:
        """Raises StoreError where a text that was asked for is not there: what lacks it is told as if it had none."""
        if self.absent():
            raise self._connection.months.error()

    def _export_articles(self) -> Iterator[dict[str, Any]]:
        for row in self._pages(
            "SELECT first_seen, id FROM article WHERE (first_seen, id) > (?, ?)"
            " ORDER BY first_seen, id LIMIT ?",
            ("", ""),
        ):
            yield self._article(row["id"])

    def _article(self, article: str) -> dict[str, Any]:
        state = self._state(article)
        version = state.current
        return {
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
            "text_from": version.text_from,
            "tags": list(version.tags),
            "story": self._merged(state.story),
            "version": version.id,
            "versions": state.versions,
        }

    def described(self, article: str) -> dict[str, Any] | None:
        """An article as `export` gives it, with the `rules` that it satisfies; None for one that is gone."""
        self._all("BEGIN")  # of one moment: a writer goes on beside it
        try:
            if self._one("SELECT 1 FROM article WHERE id = ?", article) is None:
                return None
            found = self._all(
                "SELECT DISTINCT rule FROM match WHERE article = ? ORDER BY rule", article
            )
            described = self._article(article) | {"rules": [row["rule"] for row in found]}
            self._must_be_whole()
            return described
        finally:
            self._connection.rollback()

    def matched_before(self, rule: str, change: int) -> tuple[str, ...]:
        """The articles (ids) of which the history before a *change* (id) tells that they satisfied a *rule*."""
        found = self._all(
            "SELECT DISTINCT json_extract(data, '$.article') AS article FROM change"
            " WHERE kind = 'match' AND id < ? AND json_extract(data, '$.rule') = ?"
            " AND article IS NOT NULL ORDER BY article",
            change,
            rule,
        )
        return tuple(row["article"] for row in found)

    def _export_versions(self) -> Iterator[dict[str, Any]]:
        for row in self._pages(
            "SELECT article, n, id, url, title, text, lang, source, quality, text_from, kind, first_seen, relations"
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
                "text_from": row["text_from"],
                "first_seen": spoken(datetime.fromisoformat(row["first_seen"])),
                "last_seen": spoken(last_seen),
                "sightings": sightings,
                "kind": row["kind"],
                "relations": json.loads(row["relations"]),
            }

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

    # ── the history, as others follow it ────────────────────────────────────────────────────

    def changes(self, since: int, sealed: str = "") -> Iterator[dict[str, Any]]:
        """Every change behind the one with the id *since*, as docs/changes.schema.json has it: what its seal holds
        as it was kept, and under `held` what the archive still holds of it. Raises NotPossible.
        """
        self._must_have_come_to(since, sealed)
        for row in self._pages(
            "SELECT id, at, kind, subject, data, chain FROM change WHERE id > ? ORDER BY id LIMIT ?",
            (since,),
        ):
            data = json.loads(row["data"])
            held = self._held(row["kind"], row["subject"], data)
            self._must_be_whole()
            yield {
                "schema": CHANGES_SCHEMA,
                "id": row["id"],
                "at": row["at"],
                "kind": row["kind"],
                "subject": row["subject"],
                "data": data,
                "chain": row["chain"].hex(),
                "held": held,
            }

    def _must_have_come_to(self, since: int, sealed: str) -> None:
        if not since:
            return
        row = self._one("SELECT chain FROM change WHERE id = ?", since)
        if row is None:
            last = self._one("SELECT ifnull(max(id), 0) FROM change")[0]
            raise NotPossible(
                f"change {since:,} is not of this history, which ends at {last:,}: it is another store's,"
                " or this one was restored from an older copy"
            )
        if sealed and row["chain"].hex() != sealed:
            raise NotPossible(
                f"change {since:,} of this history is not the one that was followed: it is another store's"
            )

    def _held(self, kind: str, subject: str, data: dict[str, Any]) -> dict[str, Any] | None:
        """What the archive holds of what a change tells, None for nothing, or for what is another by now."""
        if kind == "version":
            return self._held_version(subject, data)
        if kind == "article":
            return {} if self._one("SELECT 1 FROM article WHERE id = ?", subject) else None
        if kind == "link":
            row = self._one(
                "SELECT features AS long FROM link WHERE article = ? AND other = ?",
                subject,
                data["other"],
            )
            return _long("features", row, data)
        if kind == "match":
            row = self._one(
                "SELECT spans AS long FROM match WHERE rule = ? AND version = ?",
                data["rule"],
                subject,
            )
            found = _long("spans", row, data)
            if row is not None and found is None and self._is_pruned(subject):
                return {"spans": json.loads(row["long"]), "pruned": True}
            return found
        return None

    def _held_version(self, version: str, told: dict[str, Any]) -> dict[str, Any] | None:
        """A version with what changed in it; None for one that is gone, or that was let go and came again as another."""
        row = self._one("SELECT * FROM version WHERE id = ?", version)
        if row is None:
            return None
        pruned = self._is_pruned(version)
        is_it = (pruned and not row["text"]) or chain.of_version(row) == told.get(
            "sha256", chain.of_version(row)
        )
        if not is_it or chain.of_bare_version(row) != told.get("bare", chain.of_bare_version(row)):
            return None
        return {"version": _version(row), "revision": self._revised(version), "pruned": pruned}

    def _is_pruned(self, version: str) -> bool:
        return self._one("SELECT 1 FROM pruned WHERE version = ?", version) is not None

    def _revised(self, version: str) -> dict[str, Any] | None:
        """What changed in a version; None for an article's first."""
        row = self._one("SELECT * FROM revision WHERE new = ?", version)
        if row is None:
            return None
        revision = rows.revision_of(row)
        return {
            "old": revision.old,
            "kind": revision.kind,
            "note": revision.note,
            "kept": revision.kept,
            "changes": [{"what": c.what, "old": c.old, "new": c.new} for c in revision.changes],
        }


def _version(row: Row) -> dict[str, Any]:
    """A version's columns; its place in time, `row`, makes a copy search in the same order."""
    kept = dict(row)
    return kept | {name: json.loads(kept[name]) for name in LISTS}


def _long(name: str, row: Row | None, data: dict[str, Any]) -> dict[str, Any] | None:
    """A long column whose hash the history holds, as far as it is still the one."""
    if row is None or chain.of_words(row["long"]) != data.get(name):
        return None
    return {name: json.loads(row["long"])}
