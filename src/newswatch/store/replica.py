"""An archive made from another's stream of changes: the same articles, versions, stories and matches, and the same
history, change by change.

Rule: what is taken follows on what was taken before and is as it was sealed, or nothing of it is kept. Letters and
what readers are owed stay the first archive's: their changes stand in the history alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from newswatch.model import Recorded, Version
from newswatch.store import chain, pruning, rows
from newswatch.store.contract import NotPossible
from newswatch.store.replay import STATES, Told, replay
from newswatch.store.sqlite import pack

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
                before = self._sealed(change, last, before)
                self._apply(change)
                last, new = change.id, new + 1
            if new:
                self._note("replica", str(last))
                at = max(change.at for change in changes)
                self._connection.execute(
                    "INSERT INTO meta VALUES ('last', ?) ON CONFLICT(key) DO UPDATE SET value = max(value, excluded.value)",
                    (at,),
                )
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

    def _sealed(self, change: Recorded, last: int, before: bytes) -> bytes:
        """Keep a change's row; its chain. Raises NotPossible for one that does not follow."""
        if change.id != last + 1:
            raise NotPossible(
                f"change {last + 1:,} is missing before {change.id:,}: this copy goes on with"
                f" `export --what changes --since {last}`"
            )
        row = change.id, change.at, change.kind, change.subject, pack(change.data)
        sealed = chain.link(before, row)
        if sealed.hex() != change.chain:
            raise NotPossible(
                f"change {change.id:,} ({change.kind} {change.subject}) is not as it was sealed, or follows on another"
                " history"
            )
        self._connection.execute(
            "INSERT INTO change(id, at, kind, subject, data, chain) VALUES (?, ?, ?, ?, ?, ?)",
            (*row, sealed),
        )
        return sealed

    def _apply(self, change: Recorded) -> None:
        if change.kind in LETTERS or (
            change.kind in {"article", "version"} and change.held is None
        ):
            return  # of what is gone there only stays that it was
        try:
            holds = _long(change)
            if change.kind == "version":
                self._put_version(change)
            elif change.kind == "pruned":
                self._prune(change)
            replay(
                self._connection,
                Told(change.id, change.at, change.kind, change.subject, change.data, holds),
            )
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise NotPossible(
                f"change {change.id:,} ({change.kind} {change.subject}) cannot be read ({type(error).__name__}: {error})"
            ) from error

    def _put_version(self, change: Recorded) -> None:
        assert change.held is not None
        said = change.held["version"]
        row = {
            name: pack(value) if isinstance(value, list) else value for name, value in said.items()
        }
        bare = change.data.get("bare", "")
        pruned = bool(change.held["pruned"])
        as_sealed = (
            row["id"] == change.subject
            and (not bare or chain.of_bare_version(row) == bare)
            and ((pruned and not row["text"]) or chain.of_version(row) == change.data["sha256"])
        )
        version, at = rows.version_of(row), int(row["row"])
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
        self._insert("version", kept)
        if revision is not None:
            self._insert("revision", {name: revision[name] for name in chain.REVISION})
        self._file([(version, at)])
        if pruned:
            pruning.note_pruned(self._connection, [version.id], change.at)

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
            pruning.remove_texts(self._connection, change.subject, [r for r in kept if r["text"]])
            pruning.note_pruned(self._connection, (row["id"] for row in kept), change.at)
        else:
            pruning.remove_article(self._connection, change.subject, kept)

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        self._connection.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608 - our own names
            tuple(row.values()),
        )


def _long(change: Recorded) -> str:
    """The long column that a change's hash stands for, '' where it is gone."""
    name = LONG.get(change.kind)
    if name is None or change.held is None:
        return "[]"
    text = pack(change.held[name])
    if chain.of_words(text) != change.data[name]:
        raise NotPossible(f"change {change.id:,}: its {name} are not those that were sealed")
    return text
