"""An archive made from another's stream of changes: the same articles, versions, stories and matches, and the same
history, change by change.

Rule: what is taken follows on what was taken before and is as it was sealed, or nothing of it is kept. Letters and
what readers are owed stay the first archive's: their changes stand in the history alone. A version that the first
archive let go of stands here empty until the change comes that tells so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from newswatch.model import Recorded, Version
from newswatch.store import chain, pruning, rows
from newswatch.store.contract import NotPossible
from newswatch.store.replay import STATES, UNREADABLE, Told, replay
from newswatch.store.sqlite import HIGHEST, TIME_BITS, Row, moment, note_last, pack, row_floor

LETTERS = frozenset(
    {"notification", "unsaid", "inhibited", "readdress", "letter", *STATES}
)  # kinds
LONG = {"link": "features", "match": "spans"}

Deed = Callable[[str], Any]
File = Callable[[Iterable[tuple[Version, int]]], None]


class SqliteReplica:
    """The replica in one SQLite store; *file* puts versions into its index."""

    def __init__(self, connection: Any, deed: Deed, file: File) -> None:
        self._connection = connection
        self._deed = deed
        self._file = file

    def head(self) -> str:
        """The last change taken, as people write a head down."""
        return chain.spoken(*chain.head(self._connection))

    def take(self, changes: Sequence[Recorded]) -> int:
        """Keep *changes* that are new, in one transaction; how many they were. Raises NotPossible."""
        with self._deed("replica"):
            last, before = chain.head(self._connection)
            if last and not self._is_one():
                raise NotPossible(
                    "this store is an archive of its own: a copy of another begins with a new store (--store)"
                )
            new = 0
            for change in changes:
                if change.id <= last:
                    self._must_be_the_same(change)
                    continue
                before = self._keep(change, last, before)
                last, new = change.id, new + 1
            if new:
                self._note("replica", str(last))
                at = max(change.at for change in changes)
                note_last(self._connection, at)
            return new

    def _is_one(self) -> bool:
        found = self._connection.execute("SELECT 1 FROM meta WHERE key = 'replica'")
        return found.fetchone() is not None

    def _note(self, key: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def _must_be_the_same(self, change: Recorded) -> None:
        row = self._connection.execute(
            "SELECT chain FROM change WHERE id = ?", (change.id,)
        ).fetchone()
        if row is None or row[0].hex() != change.chain:
            raise NotPossible(
                f"change {change.id:,} is another one here: this copy is of another archive, or was written to itself;"
                " make it anew in a new store"
            )

    def _keep(self, change: Recorded, last: int, before: bytes) -> bytes:
        """Keep a change's row and what it tells of; its chain. Raises NotPossible for one that does not follow."""
        if change.id != last + 1:
            raise NotPossible(
                f"change {last + 1:,} is missing before {change.id:,}: this copy goes on with"
                f" `export --what changes --since {last}`"
            )
        try:
            sealed = self._sealed(change, before)
            if change.kind not in LETTERS:
                self._apply(change)
        except UNREADABLE as error:
            raise NotPossible(
                f"change {change.id:,} ({change.kind} {change.subject!a:.80}) cannot be read"
                f" ({type(error).__name__}: {error})"
            ) from error
        return sealed

    def _sealed(self, change: Recorded, before: bytes) -> bytes:
        row = change.id, change.at, change.kind, change.subject, pack(change.data)
        sealed = chain.link(before, row)
        if sealed.hex() != change.chain:
            raise NotPossible(
                f"change {change.id:,} ({change.kind} {change.subject!a:.80}) is not as it was sealed, or follows on"
                " another history"
            )
        self._connection.execute(
            "INSERT INTO change(id, at, kind, subject, data, chain) VALUES (?, ?, ?, ?, ?, ?)",
            (*row, sealed),
        )
        return sealed

    def _apply(self, change: Recorded) -> None:
        moment(change.at)  # of a day that there is
        holds = _long(change)
        if change.kind == "article" and self._has_article(change.subject):
            raise ValueError("this article is here already")
        if change.kind == "version":
            self._put_version(change)
        elif change.kind == "pruned":
            self._prune(change)
        replay(
            self._connection,
            Told(change.id, change.at, change.kind, change.subject, change.data, holds),
        )

    def _has_article(self, article: str) -> bool:
        found = self._connection.execute("SELECT 1 FROM article WHERE id = ?", (article,))
        return found.fetchone() is not None

    def _put_version(self, change: Recorded) -> None:
        if change.held is None:
            self._put_empty(change)
            return
        said = change.held["version"]
        row = {
            name: pack(value) if isinstance(value, list) else value for name, value in said.items()
        }
        bare = change.data.get("bare", "")
        pruned = bool(change.held["pruned"])
        as_sealed = (
            row["id"] == change.subject
            and (not bare or chain.of_bare_version(row) == bare)
            and (
                (pruned and row["text"] == "")
                or "sha256" not in change.data
                or chain.of_version(row) == change.data["sha256"]
            )
        )
        version, at = rows.version_of(row), row["row"]
        if type(at) is not int or not 0 < at < HIGHEST:
            raise ValueError(f"{at!a:.40} is no place in time")
        revision = change.held["revision"]
        if revision is not None:
            revision = revision | {
                "new": change.subject,
                "changes": pack([[c["what"], c["old"], c["new"]] for c in revision["changes"]]),
            }
            as_sealed = as_sealed and (
                "revision" not in change.data
                or chain.of_revision(revision) == change.data["revision"]
            )
        if not as_sealed:
            raise NotPossible(
                f"change {change.id:,}: its version {change.subject} is not the one that was sealed"
            )
        kept = rows.version_row(version, at)
        self._insert("main.version", kept)
        if revision is not None:
            self._insert("revision", {name: revision[name] for name in chain.REVISION})
        self._file([(version, at)])
        if pruned:
            pruning.note_pruned(self._connection, [version.id], change.at)

    def _put_empty(self, change: Recorded) -> None:
        """Keep that there was a version, of an article that is gone there."""
        article = self._connection.execute(
            "SELECT url, source, newsroom FROM article WHERE id = ?", (change.data["article"],)
        ).fetchone()
        if article is None:  # of an older newswatch, which told of no article
            return
        # From behind in its millisecond, where the first archive has no other.
        ceiling = row_floor(moment(change.at)) + (1 << TIME_BITS)
        lowest = self._connection.execute(
            "SELECT min(row) FROM version WHERE row >= ? AND row < ?",
            (ceiling - (1 << TIME_BITS - 1), ceiling),
        ).fetchone()[0]
        row = (lowest or ceiling) - 1
        version = Version(
            id=change.subject,
            article=change.data["article"],
            n=change.data["n"],
            url=article["url"],
            title="",
            text="",
            lang="",
            source=article["source"],
            newsroom=article["newsroom"],
            first_seen=moment(change.at),
            kind=change.data["kind"],
        )
        self._insert("main.version", rows.version_row(version, row))
        self._file([(version, row)])

    def _prune(self, change: Recorded) -> None:
        what = change.data["what"]
        if what == "story":
            return
        kept = self._connection.execute(
            "SELECT * FROM version WHERE article = ? ORDER BY n", (change.subject,)
        ).fetchall()
        if what == "texts":
            gone = set(change.data["versions"])
            kept = [row for row in kept if row["id"] in gone]
            self._must_have(kept)
            pruning.remove_texts(self._connection, change.subject, [r for r in kept if r["text"]])
            pruning.note_pruned(self._connection, (row["id"] for row in kept), change.at)
        else:
            self._must_have(kept)
            pruning.remove_article(self._connection, change.subject, kept)

    def _must_have(self, kept: Iterable[Row]) -> None:
        """Raises StoreError where a text that is to go is not where it was moved to: the index must be told its words."""
        if any(row["text"] is None for row in kept):
            raise self._connection.months.error()

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        self._connection.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608 - our own names
            tuple(row.values()),
        )


def _long(change: Recorded) -> str:
    """The long column that a change's hash stands for, '[]' where it is gone."""
    name = LONG.get(change.kind)
    if name is None or change.held is None:
        return "[]"
    found = change.held[name]
    text = pack(found)
    if change.held.get("pruned"):  # what is left of it: none of it is in a text
        as_sealed = all(field == "title" for field, *_ in found)
    else:
        as_sealed = chain.of_words(text) == change.data[name]
    if not as_sealed:
        raise NotPossible(f"change {change.id:,}: its {name} are not those that were sealed")
    if name == "spans":
        rows.spans_of(text)  # else it could not be shown
    else:
        [float(value) for _, value in found]
    return text
