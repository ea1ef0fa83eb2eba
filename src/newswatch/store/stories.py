"""Stories made one and taken apart: by a fuller text, or by the operator's own word.

Rule: inside the caller's transaction; each deed is a row of `change` that says what moved and why.
What the operator took apart is remembered, and no later text brings it together again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from newswatch.store.contract import POSTINGS, NotPossible
from newswatch.store.sqlite import record_change

_LAST_SEEN_OF_BOTH = (
    "UPDATE story SET last_seen = max(story.last_seen, old.last_seen)"
    " FROM story AS old WHERE old.id = :story AND story.id = :into"
)
_FILE_GRAM = (
    "INSERT OR IGNORE INTO gram SELECT ?1, ?2"
    " WHERE (SELECT count(*) FROM gram WHERE hash = ?1) <= ?3"
)


def file_grams(connection: Any, grams: Iterable[tuple[int, str]]) -> None:
    """File stories under their sampled word sequences, as (sequence, story)."""
    connection.executemany(_FILE_GRAM, [(gram, story, POSTINGS) for gram, story in grams])


def file_headlines(connection: Any, keys: Iterable[tuple[int, str]]) -> None:
    """File stories under the pairs of their headlines' words, as (pair, story)."""
    connection.executemany(
        "INSERT OR IGNORE INTO headline SELECT ?1, ?2"
        " WHERE (SELECT count(*) FROM headline WHERE hash = ?1) <= ?3",
        [(key, story, POSTINGS) for key, story in keys],
    )


def merge(connection: Any, story: str, into: str, at: datetime, why: str, by: str) -> None:
    """Let *story* go by the name of *into*; what that one has told already is owed no more."""
    moved = _articles(connection, story)
    for sql in (
        "UPDATE article SET story = :into WHERE story = :story",
        "UPDATE OR IGNORE notification SET story = :into WHERE story = :story",
        "DELETE FROM notification WHERE story = :story AND letter = ''",
        "UPDATE story SET merged_into = :into WHERE id = :story",
        _LAST_SEEN_OF_BOTH,
    ):
        connection.execute(sql, {"story": story, "into": into})
    record_change(
        connection, at, "merge", story, {"into": into, "articles": moved, "why": why, "by": by}
    )


def join(connection: Any, one: str, other: str, at: datetime, why: str) -> tuple[str, str]:
    """Make two stories one by the operator's word; returns (the one that stays, the other).

    The story that was stored first stays. Raises NotPossible for one and the same.
    """
    if one == other:
        raise NotPossible(f"{one[:8]}: this is one story already")
    found = connection.execute(
        "SELECT id FROM story WHERE id IN (?, ?) ORDER BY first_seen, id", (one, other)
    ).fetchall()
    into, story = (row[0] for row in found)
    for member, against in ((into, story), (story, into)):
        connection.execute(
            "DELETE FROM parted WHERE story = ? AND article IN (SELECT id FROM article WHERE story = ?)",
            (against, member),
        )
    merge(connection, story, into, at, why, "hand")
    return into, story


def part(
    connection: Any, article: str, at: datetime, why: str, exact: str, grams: Iterable[int]
) -> tuple[str, ...]:
    """Take *article* out of its story by the operator's word, with the articles that came into it
    as one story with it; returns what moved. *exact* and *grams* are its text's signature.

    Raises NotPossible for an article that founded its story, which goes by its name.
    """
    story = connection.execute("SELECT story FROM article WHERE id = ?", (article,)).fetchone()[0]
    inside = _articles(connection, story)
    if len(inside) == 1:
        raise NotPossible(f"{article[:8]}: it stands alone in its story")
    if article == story:
        others = ", ".join(other[:8] for other in inside if other != article)
        raise NotPossible(
            f"{article[:8]}: the story goes by its name: split another off ({others})"
        )
    came = connection.execute(
        "SELECT data FROM change WHERE kind = 'merge' AND subject = ? ORDER BY id DESC LIMIT 1",
        (article,),
    ).fetchone()
    with_it = set(json.loads(came[0]).get("articles", ())) if came else set()
    moved = [a for a in inside if a == article or (a in with_it and a != story)]
    connection.execute(
        "INSERT INTO story(id, first_seen, last_seen, merged_into)"
        " SELECT ?1, min(first_seen), max(first_seen), '' FROM article"
        " WHERE id IN (SELECT value FROM json_each(?2))"
        " ON CONFLICT(id) DO UPDATE SET merged_into = ''",
        (article, json.dumps(moved)),
    )
    for one in moved:
        connection.execute("UPDATE article SET story = ? WHERE id = ?", (article, one))
        connection.execute("INSERT OR IGNORE INTO parted VALUES (?, ?)", (one, story))
    file_grams(connection, ((gram, article) for gram in grams))
    if exact:
        connection.execute("INSERT OR IGNORE INTO exact VALUES (?, ?)", (exact, article))
    connection.execute(
        "UPDATE story SET grams = (SELECT count(*) FROM gram WHERE story = ?1) WHERE id = ?1",
        (article,),
    )
    record_change(
        connection, at, "split", article,
        {"from": story, "articles": moved, "why": why, "by": "hand"},
    )  # fmt: skip
    return tuple(moved)


def _articles(connection: Any, story: str) -> list[str]:
    found = connection.execute(
        "SELECT id FROM article WHERE story = ? ORDER BY first_seen, id", (story,)
    )
    return [row[0] for row in found]
