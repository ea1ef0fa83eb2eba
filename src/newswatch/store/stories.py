"""Stories made one and taken apart: by a fuller text, or by the operator's own word.

Rule: inside the caller's transaction; each deed is a row of `change` that says what moved and why.
What the operator took apart is remembered, and no later text brings it together again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from newswatch.store import chain, surging
from newswatch.store.contract import POSTINGS, Filed, NotPossible

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
    if found := [(gram, story, POSTINGS) for gram, story in grams]:
        connection.executemany(_FILE_GRAM, found)


def file_headlines(connection: Any, keys: Iterable[tuple[int, str]]) -> None:
    """File stories under the pairs of their headlines' words, as (pair, story)."""
    if found := [(key, story, POSTINGS) for key, story in keys]:
        connection.executemany(
            "INSERT OR IGNORE INTO headline SELECT ?1, ?2"
            " WHERE (SELECT count(*) FROM headline WHERE hash = ?1) <= ?3",
            found,
        )


def goes_by(connection: Any, story: str) -> str:
    """The id a story goes by now: itself, or what it was merged into. Round a ring, as no merge of ours leaves one, at
    most 64 times.
    """
    for _ in range(64):
        row = connection.execute("SELECT merged_into FROM story WHERE id = ?", (story,)).fetchone()
        if row is None or not row[0]:
            break
        story = row[0]
    return story


def merge(connection: Any, story: str, into: str, at: datetime, why: str, by: str) -> None:
    """Let *story* go by the name of *into*; what that one has told already is owed no more."""
    moved = _articles(connection, story)
    if by == "hand":
        reconcile(connection, story, into)
    bring_together(connection, story, into)
    surging.join(connection, story, into)
    chain.record(
        connection, at, "merge", story, {"into": into, "articles": moved, "why": why, "by": by}
    )


def reconcile(connection: Any, one: str, other: str) -> None:
    """Forget that the articles of two stories were taken apart."""
    for member, against in ((one, other), (other, one)):
        connection.execute(
            "DELETE FROM parted WHERE story = ? AND article IN (SELECT id FROM article WHERE story = ?)",
            (against, member),
        )


def bring_together(connection: Any, story: str, into: str) -> None:
    """Move what goes by the name of *story* to that of *into*."""
    for sql in (
        "UPDATE article SET story = :into WHERE story = :story",
        "UPDATE OR IGNORE notification SET story = :into WHERE story = :story",
        "DELETE FROM notification WHERE story = :story AND letter = ''",
        "UPDATE story SET merged_into = :into WHERE id = :story",
        _LAST_SEEN_OF_BOTH,
    ):
        connection.execute(sql, {"story": story, "into": into})


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
    merge(connection, story, into, at, why, "hand")
    return into, story


def part(
    connection: Any, article: str, at: datetime, why: str, filed: Mapping[str, Filed]
) -> tuple[str, ...]:
    """Take *article* out of its story by the operator's word, with the articles that came into it
    as one story with it; returns what moved, the new story's own article first. A story goes by the
    name of the article that founded it: when that one is taken out, the others are what moves, and
    go by the name of the oldest of them. *filed* says what each article of the story is filed under.

    Raises NotPossible for an article that stands alone.
    """
    story = connection.execute("SELECT story FROM article WHERE id = ?", (article,)).fetchone()[0]
    inside = _articles(connection, story)
    came = connection.execute(
        "SELECT data FROM change WHERE kind = 'merge' AND subject = ? ORDER BY id DESC LIMIT 1",
        (article,),
    ).fetchone()
    with_it = {article, *(json.loads(came[0]).get("articles", ()) if came else ())}
    if article == story:
        moved = [one for one in inside if one != article]
    else:
        moved = [article, *(one for one in inside if one in with_it - {article, story})]
    if not moved or len(inside) == 1:
        raise NotPossible(f"{article[:8]}: it stands alone in its story")
    new, founded = moved[0], article == story
    take_apart(connection, new, story, moved, founded=founded)
    _file_anew(connection, new, story, moved, filed)
    said = {"from": story, "articles": moved, "founded": founded, "why": why, "by": "hand"}
    chain.record(connection, at, "split", new, said)
    return tuple(moved)


def take_apart(
    connection: Any, new: str, story: str, moved: Sequence[str], *, founded: bool
) -> None:
    """Let the articles *moved* go from *story* to the name *new*; *founded* says that what stays is the article
    which founded it, alone or with what came with it.
    """
    inside = _articles(connection, story)
    connection.execute(
        "INSERT INTO story(id, first_seen, last_seen, merged_into)"
        " SELECT ?1, min(first_seen), max(first_seen), '' FROM article"
        " WHERE id IN (SELECT value FROM json_each(?2))"
        " ON CONFLICT(id) DO UPDATE SET merged_into = ''",
        (new, json.dumps(moved)),
    )
    for one in moved:
        connection.execute("UPDATE article SET story = ? WHERE id = ?", (new, one))
        connection.execute("INSERT OR IGNORE INTO parted VALUES (?, ?)", (one, story))
        connection.execute(
            "UPDATE story SET merged_into = ? WHERE id = ? AND merged_into = ?", (new, one, story)
        )
    for one in (one for one in inside if one not in moved):
        connection.execute("INSERT OR IGNORE INTO parted VALUES (?, ?)", (one, new))
    if founded:
        # Whoever was told of what now is another story hears of its corrections, and not twice of it.
        connection.executemany(
            "UPDATE OR IGNORE notification SET story = ? WHERE story = ? AND article = ?",
            [(new, story, one) for one in moved],
        )


def _file_anew(
    connection: Any, new: str, story: str, moved: Sequence[str], filed: Mapping[str, Filed]
) -> None:
    """File a story that came out of another under its own text, and its copies' whole texts too."""
    own = filed.get(new)
    if own is not None:
        file_grams(connection, ((gram, new) for gram in own.grams))
        file_headlines(connection, ((key, new) for key in own.headline))
    stay = {text.exact for one, text in filed.items() if one not in moved}
    for exact in {filed[one].exact for one in moved if one in filed} - {""}:
        connection.execute("INSERT OR IGNORE INTO exact VALUES (?, ?)", (exact, new))
        if exact not in stay:
            connection.execute("DELETE FROM exact WHERE hash = ? AND story = ?", (exact, story))
    connection.execute(
        "UPDATE story SET grams = (SELECT count(*) FROM gram WHERE story = ?1) WHERE id = ?1",
        (new,),
    )


def _articles(connection: Any, story: str) -> list[str]:
    found = connection.execute(
        "SELECT id FROM article WHERE story = ? ORDER BY first_seen, id", (story,)
    )
    return [row[0] for row in found]
