"""Every row of the SQLite file as an object ready for JSON.

Rule: read in pages, in the order it was stored; the fields of articles and versions are the contract.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from newswatch import text
from newswatch.newsrooms import independent, reprints
from newswatch.store import rows
from newswatch.store.asking import Asking, spoken
from newswatch.store.contract import ExportKind


class Exporting(Asking):
    """What `export` gives."""

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
                "text_from": version.text_from,
                "tags": list(version.tags),
                "story": self._merged(state.story),
                "version": version.id,
                "versions": state.versions,
            }

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
