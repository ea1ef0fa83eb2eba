"""A store as this newswatch keeps it: its tables migrated, its versions filed as the index now holds them.

Rule: tables that hold something are copied before they are migrated. An upgrade that is ended on the way goes on from
there, and nothing else is written until it is through. Readers are told meanwhile that the store is an older newswatch's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlite_utils.db import Database

from newswatch.model import EPOCH, StoreDamaged, StoreError
from newswatch.store import months
from newswatch.store.contract import NotPossible
from newswatch.store.index import file
from newswatch.store.keeper import STEPS, SqliteKeeper
from newswatch.store.rows import version_of
from newswatch.store.schema import migrations
from newswatch.store.sqlite import (
    BUSY_MILLISECONDS,
    DRIVER,
    SCHEMA,
    damaged,
    deed,
    moment,
    nothing,
    open_to_write,
)

ANEW = 200  # versions filed anew in one transaction, some 0.2 s

Upgrading = Callable[[int, int], None]


def silent(_done: int, _of: int) -> None:
    """Nobody waits for it."""


def open_writer(
    path: Path, upgrading: Upgrading = silent, patience: float = BUSY_MILLISECONDS / 1000
) -> Any:
    """A connection that writes, its tables brought up to date; *upgrading* is told how many versions
    of how many were filed anew for it, *patience* are the seconds for which another program's lock is waited
    for from then on. Call it under the lock.

    Raises StoreDamaged for a broken file, another program's, or one of a newer newswatch.
    """
    connection = open_to_write(path)
    try:
        _bring_up_to_date(connection, path, upgrading)
        connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
    except BaseException as error:
        connection.close()
        if isinstance(error, DRIVER):
            raise damaged(path, error) from error
        raise
    return connection


def _bring_up_to_date(connection: Any, path: Path, upgrading: Upgrading) -> None:
    database = Database(connection)
    known = {migration.name for migration in migrations._migrations}  # noqa: SLF001 - no public list
    newer = {m.name for m in migrations.applied(database)} - known
    if newer:
        raise StoreDamaged(
            f"{path}: written by a newer newswatch ({', '.join(sorted(newer))}): upgrade this one"
        )
    if migrations.pending(database):
        _migrate(database, connection, path, upgrading)
    months.read_whole(connection, path)
    if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA:
        _file_anew(connection, path, upgrading)
        connection.execute(f"PRAGMA user_version = {SCHEMA}")


def _migrate(database: Database, connection: Any, path: Path, upgrading: Upgrading) -> None:
    """Copy the store, and bring its tables up to date, each migration whole or not at all; *upgrading* is told that none is filed anew yet,
    again and again, as a large store's take minutes. What it raises ends them.
    """
    of = _versions(connection)
    raised: list[BaseException] = []

    def alive() -> int:
        try:
            upgrading(0, of)
        except BaseException as error:  # noqa: BLE001 - SQLite hears only that there was one
            raised.append(error)
        return len(raised)

    try:
        if of:
            _copy_first(connection, path, alive)
            connection.set_progress_handler(alive, STEPS)
        migrations.apply(database)
    except (StoreError, *DRIVER):
        if raised:
            raise raised[0] from None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def _copy_first(connection: Any, path: Path, ends: Callable[[], int]) -> None:
    """Copy the store as an older newswatch kept it, under the time at which it was kept last: that one can still read the
    copy. Raises StoreError where it cannot be made.
    """
    row = connection.execute("SELECT value FROM meta WHERE key = 'last'").fetchone()
    last = moment(row[0]) if row else EPOCH
    keeper = SqliteKeeper(path)
    try:
        if not keeper.is_copied(last):
            keeper.backup(last, ends)
    except NotPossible as why:
        raise StoreError(
            f"{path}: an older newswatch kept it, and it is copied before it is brought up to date: {why}"
        ) from why


def _versions(connection: Any) -> int:
    """How many versions there are; none in a store that is only made now."""
    made = "SELECT 1 FROM sqlite_master WHERE name = 'version'"
    if connection.execute(made).fetchone() is None:
        return 0
    found = connection.execute("SELECT count(*) FROM version").fetchone()
    return int(found[0])


def _file_anew(connection: Any, path: Path, upgrading: Upgrading) -> None:
    """File the versions that the index lacks, the oldest first: after a migration all there are."""
    count = connection.execute
    done, row = count("SELECT count(*), ifnull(max(row), -1) FROM place").fetchone()
    of = _versions(connection)
    while batch := count(
        "SELECT * FROM version WHERE row > ? ORDER BY row LIMIT ?", (row, ANEW)
    ).fetchall():
        with deed(connection, path, nothing, "file anew"):
            for record in batch:
                if (
                    record["text"] is None
                ):  # filed without it, it could never be taken out of the index
                    raise connection.months.error()
                file(connection, version_of(record), record["row"])
        done, row = done + len(batch), batch[-1]["row"]
        upgrading(done, of)
