"""The door to what is stored: the address's scheme chooses the implementation, imported only then.

Rule: no SQL here and none comes out; what a store must do stands in `contract`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from newswatch.store.contract import (
    CANDIDATES,
    DEFAULT_STORE,
    HEADLINE_SHARED,
    LEAST_FREE,
    NO_LOOKS,
    POSTINGS,
    Archive,
    ArticleView,
    Ballast,
    CatchUp,
    ExportKind,
    Hit,
    Keeper,
    Known,
    Ledger,
    Moved,
    NotFound,
    NotPossible,
    Outbox,
    Pruned,
    Replica,
    StoryView,
    Surges,
    Troubles,
    Verdict,
    enough_shared,
)

__all__ = [
    "CANDIDATES", "DEFAULT_STORE", "HEADLINE_SHARED", "LEAST_FREE", "NO_LOOKS", "POSTINGS", "Archive", "ArticleView", "Ballast", "CatchUp", "ExportKind", "Hit", "Keeper", "Known", "Ledger", "Moved",
    "NotFound", "NotPossible", "Outbox", "Pruned", "Replica", "StoryView", "Surges", "Troubles", "Verdict", "ballast_of", "beside", "enough_shared", "holder_of", "log_path", "machine_facts", "open_archive",
    "open_keeper", "open_ledger", "open_outbox", "writer_of",
]  # fmt: skip


def open_ledger(
    address: str,
    boundary: Callable[[str], None] = lambda _: None,
    *,
    work: str = "write",
    upgrading: Callable[[int, int], None] = lambda _done, _of: None,
    patience: float = 30.0,
) -> Ledger:
    """The writer's door, which says for which *work*, a command's name, it is open; makes the store
    when missing. *upgrading* is told how many versions of how many were filed anew where an older
    newswatch kept it; ended there, it goes on at the next opening. *patience* are the seconds for which another
    program's lock is waited for. Raises StoreBusy, StoreDamaged, StoreError.
    """
    from newswatch.store.ledger import SqliteLedger
    from newswatch.store.sqlite import path_of

    return SqliteLedger(path_of(address), boundary, work, upgrading, patience)


def ballast_of(address: str) -> Ballast:
    """What takes up room on this store's disk until it is needed. Raises StoreError."""
    from newswatch.store.ballast import FileBallast
    from newswatch.store.sqlite import path_of

    return FileBallast(path_of(address))


def open_outbox(address: str) -> Outbox:
    """The outbox beside a running daemon, in short transactions. Raises StoreMissing, StoreError."""
    from newswatch.store.months import open_whole_beside
    from newswatch.store.outbox import SqliteOutbox
    from newswatch.store.sqlite import nothing, path_of

    path = path_of(address)
    return SqliteOutbox(open_whole_beside(path), path, nothing)


def open_archive(address: str) -> Archive:
    """The readers' door. Raises StoreMissing, StoreDamaged, StoreError."""
    from newswatch.store.archive import SqliteArchive
    from newswatch.store.sqlite import path_of

    return SqliteArchive(path_of(address))


def open_keeper(address: str) -> Keeper:
    """The operator's door; opens nothing by itself."""
    from newswatch.store.keeper import SqliteKeeper
    from newswatch.store.sqlite import path_of

    return SqliteKeeper(path_of(address))


def holder_of(address: str) -> int | None:
    """The process id of the newswatch that writes to this store, None for none."""
    found = writer_of(address)
    return found and found[0]


def writer_of(address: str) -> tuple[int, str] | None:
    """The process id of the newswatch that writes to this store and the command it runs, '' where
    an older version does; None for none. Raises StoreError for a path that cannot be.
    """
    from newswatch.store.sqlite import holder, path_of

    return holder(path_of(address))


def turn_wanted(address: str) -> AbstractContextManager[None]:
    """While it lasts, a writer that gives way is asked to. Raises StoreError."""
    from newswatch.store.sqlite import path_of, turn_wanted

    return turn_wanted(path_of(address))


def turn_is_wanted(address: str) -> bool:
    """Whether anybody waits for the writer of this store to give way."""
    from newswatch.store.sqlite import path_of, wanted

    return wanted(path_of(address))


def log_path(address: str) -> Path:
    """Where a detached daemon of this store writes its log."""
    from newswatch.store.sqlite import path_of

    return path_of(address).with_suffix(".log")


def beside(address: str, name: str) -> Path:
    """A file of this *name* beside the store, for what is noted of it. Raises StoreError for a path that cannot be."""
    from newswatch.store.sqlite import path_of

    path = path_of(address)
    return path.with_name(f"{path.name}.{name}")


def machine_facts(address: str) -> tuple[tuple[str, bool, str], ...]:
    """What of this machine matters to the store, as (name, whether it is good, in words)."""
    from newswatch.store.sqlite import path_of, sqlite3

    path_of(address)
    version = sqlite3.sqlite_version_info
    said = f"{sqlite3.sqlite_version} from {sqlite3.__name__.partition('.')[0]}"
    if version < (3, 51, 3):
        said += ": has the WAL-reset race (up to 3.51.2); install pysqlite3"
    return (("sqlite", version >= (3, 51, 3), said),)
