"""All that stands in an archive told anew, as changes behind the last one: for one whose history did not tell it all.

Rule: inside a migration, which is never edited after release; so it names columns as they were then, and asks no
room but `chain`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from newswatch.store.chain import head, link
from newswatch.store.sqlite import pack

BATCH = 5_000

# Each kind of change with the rows it tells of: the subject first, the rest is what is told.
_ROWS = {
    "story": "SELECT id, first_seen, last_seen, merged_into FROM story ORDER BY first_seen, id",
    "article": "SELECT id, url, story, source, newsroom, first_seen, quiet, current, versions FROM article"
    " ORDER BY first_seen, id",
    "address": "SELECT article, url FROM address ORDER BY article, url",
    "parted": "SELECT article, story FROM parted ORDER BY article, story",
    "link": "SELECT article, other, relation, score, threshold, decided_by, features, at FROM link"
    " ORDER BY article, other",
    "match": "SELECT version, rule, article, story, at, spans FROM match ORDER BY at, version, rule",
    "notification": "SELECT story, recipient, digest, rule, occasion, version, article, at, priority, letter,"
    " inhibited FROM notification ORDER BY at, recipient, rule, story, occasion",
    "letter": "SELECT id, recipient, address, digest, slot, state, content FROM letter ORDER BY sealed, id",
}


def tell_all(connection: Any, at: str) -> None:
    """Tell of every row as it stands, at the time *at* (a stamp), sealed behind the last change."""
    id_, before = head(connection)
    batch: list[tuple[object, ...]] = []
    for kind, subject, data in _told(connection):
        id_ += 1
        change = id_, at, kind, subject, pack(data)
        before = link(before, change)
        batch.append((*change, before))
        if len(batch) == BATCH:
            _put(connection, batch)
    _put(connection, batch)


def _put(connection: Any, batch: list[tuple[object, ...]]) -> None:
    connection.executemany(
        "INSERT INTO change(id, at, kind, subject, data, chain) VALUES (?, ?, ?, ?, ?, ?)", batch
    )
    batch.clear()


def _told(connection: Any) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    yield "whole", "archive", {}
    for kind, asked in _ROWS.items():
        found = connection.execute(asked)
        names = [column[0] for column in found.description][1:]
        for row in found:
            said: dict[str, Any] = dict(zip(names, tuple(row)[1:], strict=True))
            for long in ("features", "spans"):
                if long in said:
                    said[long] = sha256(said[long].encode("utf-8", "surrogatepass")).hexdigest()
            if kind == "letter":
                said |= {"sha256": sha256(said.pop("content")).hexdigest(), "carries": []}
            yield kind, row[0], said
