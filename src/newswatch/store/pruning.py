"""What goes of an old archive, and how: an article's texts first, whole stories later.

Rule: what somebody was told of or is owed, a story that may still grow and what a feed still shows stay. Each
article's texts, and each story, go whole inside the caller's transaction, and the history tells of it: a text
that is gone leaves its headline, its address and its hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from newswatch.address import request_id
from newswatch.model import Ages, Retention
from newswatch.store import chain, index, months, places, rows
from newswatch.store.contract import Pruned
from newswatch.store.sqlite import Row, pack, stamp

LEAST = timedelta(days=30)  # twice as long as a story may grow; and no page is looked at again then
OPEN = timedelta(
    days=14
)  # a story's window: the last article that joined it may be told of, and joined
AT_ONCE = 20  # articles looked at in one go, some 50 ms where all of their texts go
SWEPT = 5_000  # keys in one go
COSTS = 1.5  # bytes of the file that go with a byte of text: its terms stand in the index

# A story and all that go by its name.
_STORIES = (
    "WITH RECURSIVE named(id) AS (VALUES (:story) UNION"
    " SELECT story.id FROM story JOIN named ON story.merged_into = named.id AND merged_into <> '')"
)
_NAMED = f"{_STORIES} SELECT id FROM named"  # noqa: S608 - our own names
_TOLD = (
    f"{_STORIES} SELECT 1 FROM notification WHERE story IN (SELECT id FROM named)"  # noqa: S608 - ours
    " AND (letter = '' OR at >= :told) LIMIT 1"
)
_OLD = (
    "SELECT article.id, article.first_seen, article.url, article.story, article.source, version.tags,"
    " version.first_seen AS latest, story.last_seen FROM article"
    " JOIN version ON version.id = article.current JOIN story ON story.id = article.story"
)


@dataclass(slots=True)
class _Round:
    """One way through the archive, from the oldest on; *bounded* ends when the file is small enough."""

    plan: Retention
    bounded: bool
    after: tuple[str, str] = ("", "")


class Pruning:
    """One pass at *now* over an archive, in steps; *size* is that of the file, in bytes. With *dry* nothing is
    written, and what would go is counted.
    """

    def __init__(self, plan: Retention, now: datetime, size: int, *, dry: bool = False) -> None:
        self._now = now
        self._told = stamp(now - timedelta(seconds=plan.told))
        self._over = size - plan.size if plan.size else 0
        self._dry = dry
        self._gone: set[tuple[str, str]] = set()
        self._swept: dict[str, Any] = {}  # tables to be gone through, and how far each was
        self._rounds = [_Round(replace(plan, size=0), bounded=False)] if _by_age(plan) else []
        if plan.size:
            least = int(LEAST.total_seconds())
            self._rounds += [
                _Round(Retention(Ages(texts=least)), bounded=True),
                _Round(Retention(Ages(articles=least)), bounded=True),
            ]

    def step(self, connection: Any) -> Pruned | None:
        """Prune some, inside the caller's transaction; None when the pass is over."""
        while self._rounds:
            here = self._rounds[0]
            found = [] if here.bounded and self._over <= 0 else self._oldest(connection, here)
            if not found:
                self._rounds.pop(0)
                continue
            here.after = found[-1]["first_seen"], found[-1]["id"]
            gone = Pruned()
            for article in found:
                gone += self._prune(connection, here.plan, article)
            self._over -= int(gone.bytes * COSTS)
            self._swept = self._swept if gone == Pruned() or self._dry else dict(_BEGIN)
            return gone
        if not self._swept:
            return None
        table, after = next(iter(self._swept.items()))
        self._swept[table] = _sweep(connection, table, after)
        if self._swept[table] is None:
            del self._swept[table]
        return Pruned()

    def _oldest(self, connection: Any, here: _Round) -> list[Row]:
        until = stamp(self._now - LEAST)
        asked = f"{_OLD} WHERE (article.first_seen, article.id) > (?, ?) AND article.first_seen < ?"
        found = connection.execute(
            f"{asked} ORDER BY article.first_seen, article.id LIMIT ?",
            (*here.after, until, AT_ONCE),
        )
        return list(found.fetchall())

    def _prune(self, connection: Any, plan: Retention, article: Row) -> Pruned:
        """What goes with *article*: its story, if it is the story's first and all of it may go; else its texts."""
        ages = plan.ages_of(article["source"], json.loads(article["tags"]))
        whole = self._is_past(article, ages.articles)
        if not (whole or self._is_past(article, ages.texts)) or self._stays(connection, article):
            return Pruned()
        if whole and (members := self._all_of_it(connection, plan, article["story"])):
            if members[0]["id"] != article["id"]:
                return Pruned()  # went with the first
            return self._story(connection, article["story"], members)
        return self._texts(connection, article) if ages.texts or whole else Pruned()

    def _is_past(self, article: Row, seconds: int) -> bool:
        before = stamp(self._now - max(LEAST, timedelta(seconds=seconds)))
        return bool(seconds and article["latest"] < before)

    def _stays(self, connection: Any, article: Row) -> bool:
        """Whether the article's story may grow or was told of, or a feed shows the article."""
        if article["last_seen"] >= stamp(self._now - OPEN):
            return True
        told = connection.execute(
            _TOLD,
            {"story": article["story"], "told": self._told},
        ).fetchone()
        return bool(told) or _is_shown(connection, article["id"])

    def _all_of_it(self, connection: Any, plan: Retention, story: str) -> list[Row]:
        """The articles of a story, the first of them first, if all may go; none otherwise."""
        members = connection.execute(
            f"{_OLD} WHERE article.story = ? ORDER BY article.first_seen, article.id", (story,)
        ).fetchall()
        may_go = all(
            self._is_past(one, plan.ages_of(one["source"], json.loads(one["tags"])).articles)
            and not _is_shown(connection, one["id"])
            for one in members
        )
        return list(members) if may_go else []

    # ── texts ───────────────────────────────────────────────────────────────────────────────

    def _texts(self, connection: Any, article: Row) -> Pruned:
        kept = connection.execute(
            "SELECT * FROM version WHERE article = ? AND text IS NOT '' ORDER BY n",
            (article["id"],),
        ).fetchall()
        if not kept or not _can_go(kept) or not self._is_new("texts", article["id"]):
            return Pruned()
        gone = Pruned(texts=len(kept), bytes=_bytes(kept))
        if self._dry:
            return gone
        ids = [row["id"] for row in kept]
        remove_texts(connection, article["id"], kept)
        note_pruned(connection, ids, stamp(self._now))
        for request in _requests(connection, article):
            connection.execute("UPDATE request SET shown = '' WHERE id = ?", (request,))
        _recognised_no_more(connection, article["story"])
        self._tell(connection, article["id"], "texts", ids)
        return gone

    # ── stories ─────────────────────────────────────────────────────────────────────────────

    def _story(self, connection: Any, story: str, members: list[Row]) -> Pruned:
        versions = [
            connection.execute(
                "SELECT * FROM version WHERE article = ? ORDER BY n", (article["id"],)
            ).fetchall()
            for article in members
        ]
        if not all(map(_can_go, versions)) or not self._is_new("story", story):
            return Pruned()
        gone = Pruned(stories=1, articles=len(members))
        for article, kept in zip(members, versions, strict=True):
            with_text = [row for row in kept if row["text"]]
            if self._is_new("texts", article["id"]):
                gone += Pruned(texts=len(with_text), bytes=_bytes(with_text))
            if not self._dry:
                self._article(connection, article, kept)
        if not self._dry:
            named = connection.execute(_NAMED, {"story": story})
            names = [name for (name,) in named.fetchall()]
            forget_stories(connection, names)
            chain.record(connection, self._now, "pruned", story, {"what": "story", "names": names})
        return gone

    def _article(self, connection: Any, article: Row, kept: list[Row]) -> None:
        for request in _requests(connection, article):
            connection.execute("DELETE FROM request WHERE id = ?", (request,))
        remove_article(connection, article["id"], kept)
        self._tell(connection, article["id"], "article", [row["id"] for row in kept])

    def _tell(self, connection: Any, article: str, what: str, versions: list[str]) -> None:
        told = {"what": what, "versions": versions}
        chain.record(connection, self._now, "pruned", article, told)

    def _is_new(self, what: str, id_: str) -> bool:
        """Whether this goes for the first time in this pass, as a dry one would count it in each round."""
        new = (what, id_) not in self._gone
        if self._dry:
            self._gone.add((what, id_))
        return new


# By what stories are found: where each begins, and the stories that are.
_BEGIN: dict[str, Any] = {"gram": -(1 << 63), "exact": "", "headline": -(1 << 63)}
_FOUND = {"gram": " WHERE grams > 0", "exact": "", "headline": ""}
OF_A_STORY = (
    ("notification", "story"), ("parted", "story"), ("story", "id"),
)  # fmt: skip
OF_AN_ARTICLE = (
    ("alias", "article"), ("address", "article"), ("sighting", "article"), ("match", "article"), ("link", "article"),
    ("link", "other"), ("parted", "article"), ("main.version", "article"), ("article", "id"),
)  # fmt: skip


def forget_stories(connection: Any, names: Iterable[str]) -> None:
    """Remove all that goes by the *names* of a story."""
    for name in names:
        for table, column in OF_A_STORY:
            connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (name,))  # noqa: S608


def remove_texts(connection: Any, article: str, kept: Iterable[Row]) -> None:
    """Remove the texts of an article's versions, those *kept*, and what rules found in them."""
    for row in kept:
        version = rows.version_of(row)
        place = index.unfile(connection, version, row["row"])
        index.file_headline(connection, version, place)
        months.must_go(connection, row["row"])
        months.put_text(connection, [row], "")
    _only_headlines(connection, article)


def note_pruned(connection: Any, versions: Iterable[str], at: str) -> None:
    """Note the versions (ids) whose texts went at a time (a stamp)."""
    connection.executemany(
        "INSERT OR REPLACE INTO pruned VALUES (?, ?)", [(version, at) for version in versions]
    )


def remove_article(connection: Any, article: str, kept: Iterable[Row]) -> None:
    """Remove an *article* with all that the archive holds of it; *kept* are its versions."""
    for row in kept:
        places.take(connection, index.unfile(connection, rows.version_of(row), row["row"]))
        months.must_go(connection, row["row"])
        connection.execute("DELETE FROM pruned WHERE version = ?", (row["id"],))
        connection.execute("DELETE FROM revision WHERE new = ?", (row["id"],))
    for table, column in OF_AN_ARTICLE:
        connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (article,))  # noqa: S608


def in_use(connection: Any) -> int:
    """The bytes of the file that hold something."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _by_age(plan: Retention) -> bool:
    return replace(plan, size=0).removes()


def _can_go(versions: Iterable[Row]) -> bool:
    """Whether all texts are there: the index must be told the words that it is to let go of."""
    return all(row["text"] is not None for row in versions)


def _bytes(versions: Iterable[Row]) -> int:
    return sum(len(row["text"].encode("utf-8", "surrogatepass")) for row in versions)


def _is_shown(connection: Any, article: str) -> bool:
    """Whether some feed still shows an article: it would come back as new."""
    found = connection.execute("SELECT 1 FROM window WHERE article = ? LIMIT 1", (article,))
    return found.fetchone() is not None


def _requests(connection: Any, article: Row) -> Iterator[str]:
    """The requests for an article's pages that nobody asks any more."""
    found = connection.execute("SELECT url FROM address WHERE article = ?", (article["id"],))
    for url in {article["url"], *(row[0] for row in found.fetchall())}:
        asked = request_id("page", url)
        if connection.execute(
            "SELECT 1 FROM request WHERE id = ? AND pending = 0", (asked,)
        ).fetchone():
            yield asked


def _only_headlines(connection: Any, article: str) -> None:
    """Of what rules found in an article leave what they found in headlines."""
    found = connection.execute(
        "SELECT rule, version, spans FROM match WHERE article = ?", (article,)
    ).fetchall()
    for rule, version, spans in found:
        left = [span for span in json.loads(spans) if span[0] == "title"]
        connection.execute(
            "UPDATE match SET spans = ? WHERE rule = ? AND version = ?", (pack(left), rule, version)
        )


def _recognised_no_more(connection: Any, story: str) -> None:
    """By what a story was found, which is of no use without any text of it."""
    left = connection.execute(
        "SELECT 1 FROM article JOIN main.version ON version.article = article.id AND text IS NOT ''"
        " WHERE story = ? LIMIT 1",
        (story,),
    ).fetchone()
    if left is None:
        connection.execute("UPDATE story SET grams = 0 WHERE id = ?", (story,))


def _sweep(connection: Any, table: str, after: Any) -> Any:
    """Take out some of the keys by which no story is found any more, behind *after*; returns the last one looked
    at, None when there are no more. By stories they stand in no order, so that all are gone through once a pass.
    """
    last = connection.execute(
        f"SELECT hash FROM {table} WHERE hash > ? ORDER BY hash LIMIT 1 OFFSET {SWEPT}",  # noqa: S608
        (after,),
    ).fetchone()
    connection.execute(
        f"DELETE FROM {table} WHERE hash > ? AND hash <= ifnull(?, hash)"  # noqa: S608 - our own names
        f" AND story NOT IN (SELECT id FROM story{_FOUND[table]})",
        (after, last and last[0]),
    )
    return last and last[0]
