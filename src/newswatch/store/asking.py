"""One SQLite file open for reading: questions in SQL, and the few that every reader asks.

Rule: read-only, no sqlite_utils, nothing held open between pages of rows, so that a reader never
makes the writer's log grow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from newswatch.model import ArticleState, Version
from newswatch.store import months, rows, stories
from newswatch.store.sqlite import DRIVER, Row, damaged, open_reader, up_to_date

PAGE = 500


class Asking:
    """A reader's connection to one file."""

    def __init__(self, path: Path) -> None:
        """Open *path* for reading. Raises StoreMissing, StoreDamaged, StoreError."""
        self._path = path
        self._connection = open_reader(path)
        try:
            up_to_date(self._connection, path)
            months.read_whole(self._connection, path)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def absent(self) -> tuple[str, ...]:
        """Of what months texts were asked for and are not there, and what to do."""
        return tuple(self._connection.months.absent.values())

    def _pages(self, sql: str, first: tuple[Any, ...]) -> Iterator[Row]:
        """Rows in pages: *sql* ends in a condition on the key in its first columns, and a LIMIT."""
        key = first
        while batch := self._all(sql, *key, PAGE):
            yield from batch
            key = tuple(batch[-1])[: len(first)]

    def _state(self, article: str) -> ArticleState:
        row = self._one("SELECT * FROM article WHERE id = ?", article)
        return rows.state_of(row, self._version(row["current"]))

    def _version(self, version: str) -> Version:
        return rows.version_of(self._one("SELECT * FROM version WHERE id = ?", version))

    def _merged(self, story: str) -> str:
        return stories.goes_by(self._connection, story)

    def reports(self, story: str) -> tuple[tuple[str, str, datetime], ...]:
        """Who reported a story; see `store.Archive.reports`."""
        found = self._all(
            "SELECT newsroom, ifnull((SELECT credit FROM main.version AS version INDEXED BY version_credit"
            " WHERE version.id = article.current AND credit <> ''), ''), first_seen"
            " FROM article WHERE story = ? ORDER BY first_seen, id",
            story,
        )
        return tuple((row[0], row[1], datetime.fromisoformat(row[2])) for row in found)

    def _reporting(self, story: str) -> list[tuple[str, str]]:
        """The (newsroom, credit) of each article of a story, by first sight."""
        return [(newsroom, credit) for newsroom, credit, _ in self.reports(story)]

    def _addresses(self, article: str) -> tuple[str, ...]:
        found = self._all("SELECT url FROM address WHERE article = ? ORDER BY url", article)
        return tuple(row[0] for row in found)

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

    def _all(self, sql: str, *values: object) -> list[Any]:
        try:
            return list(self._connection.execute(sql, values).fetchall())
        except DRIVER as error:
            raise damaged(self._path, error) from error

    def _one(self, sql: str, *values: object) -> Any:
        found = self._all(sql, *values)
        return found[0] if found else None


def spoken(moment: datetime | None) -> str | None:
    """A time as the command line's JSON gives it: UTC, seconds unless there is more, `Z`."""
    if moment is None:
        return None
    return moment.isoformat().replace("+00:00", "Z")
