"""The history's hash chain: every change seals the one before it, and what it tells of.

Rule: SHA-256 over the JSON that the store keeps, so that anybody can follow it with a few lines of any
language: chain = SHA-256(chain of the change before || JSON of [id, at, kind, subject, data]). The first
change follows 32 zero bytes. A row that never changes again (a version, a sealed letter) goes in by its own hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from newswatch.store.sqlite import pack, stamp

NOTHING = bytes(32)  # what the first change follows
# A version's columns that never change; one that is added by a later newswatch is none of them.
VERSION = (
    "id", "article", "n", "url", "title", "text", "lang", "source", "newsroom", "tags", "author",
    "published", "published_from", "quality", "kind", "first_seen",
)  # fmt: skip
# All that is left of one whose text is pruned.
BARE = (*(name for name in VERSION if name != "text"), "credit", "relations", "text_from")
REVISION = ("new", "old", "kind", "changes", "note", "kept")


def link(before: bytes, change: tuple[int, str, str, str, str]) -> bytes:
    """The chain behind a *change* (id, at, kind, subject, data as JSON) that follows *before*, 32 bytes."""
    return sha256(before + _bytes(list(change))).digest()


def of_version(row: Mapping[str, Any]) -> str:
    """The hash of a version's row, 64 hex digits."""
    return sha256(_bytes([row[name] for name in VERSION])).hexdigest()


def of_bare_version(row: Mapping[str, Any]) -> str:
    """The hash of a version's row but for its text, 64 hex digits."""
    return sha256(_bytes([row[name] for name in BARE])).hexdigest()


def of_revision(row: Mapping[str, Any]) -> str:
    """The hash of a revision's row, 64 hex digits."""
    return sha256(_bytes([row[name] for name in REVISION])).hexdigest()


def of_words(text: str) -> str:
    """The hash of a column that is too long for the history: a match's spans, a link's features."""
    return of_bytes(text.encode("utf-8", "surrogatepass"))


def of_bytes(text: bytes | None) -> str:
    """That hash of a column as its bytes are; None has that of no bytes."""
    return sha256(text or b"").hexdigest()


def of_letter(content: bytes) -> str:
    """The hash of a sealed letter, 64 hex digits."""
    return sha256(content).hexdigest()


def record(
    connection: Any, at: datetime, kind: str, subject: str, data: Mapping[str, object]
) -> None:
    """One row of `change`, the history that stories, exports and proofs read; inside the caller's deed."""
    id_, before = head(connection)
    change = id_ + 1, stamp(at), kind, subject, pack(data)
    connection.execute(
        "INSERT INTO change(id, at, kind, subject, data, chain) VALUES (?, ?, ?, ?, ?, ?)",
        (*change, link(before, change)),
    )


def head(connection: Any) -> tuple[int, bytes]:
    """The last change's id and the chain behind it; 0 and nothing where there is none."""
    row = connection.execute("SELECT id, chain FROM change ORDER BY id DESC LIMIT 1").fetchone()
    return (row[0], row[1]) if row else (0, NOTHING)


def spoken(id_: int, chain: bytes) -> str:
    """A head as people write it down: "1204:9f86d0…", the change's id and 64 hex digits."""
    return f"{id_}:{chain.hex()}"


def _bytes(value: object) -> bytes:
    return pack(value).encode("utf-8", "surrogatepass")
