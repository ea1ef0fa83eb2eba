"""What an operator does with the SQLite file: check it, copy it, put a copy back.

Rule: a copy is good only when it was opened and checked; `restore` never deletes the file it
replaces. Every damaged page is a StoreDamaged with what to do, never a driver's error.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from newswatch.model import StoreDamaged, StoreError, StoreMissing
from newswatch.store.sqlite import Lock, damaged, open_reader, sqlite3

FOLDER = "backups"


class SqliteKeeper:
    """The operator's door to one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self) -> tuple[str, ...]:
        """What is wrong, in words; empty when the file is sound. Raises StoreMissing."""
        try:
            connection = open_reader(self._path)
        except StoreMissing:
            raise
        except StoreError as error:
            return (str(error),)
        try:
            found = [row[0] for row in connection.execute("PRAGMA quick_check(20)")]
        except sqlite3.DatabaseError as error:
            return (str(damaged(self._path, error)),)
        finally:
            connection.close()
        return () if found == ["ok"] else tuple(found)

    def backup(self, now: datetime) -> Path:
        """A checked copy in `backups/` beside the store; a running daemon may write meanwhile."""
        folder = self._path.parent / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{self._path.stem}-{now.astimezone(UTC):%Y%m%dT%H%M%S}Z.db"
        partial = target.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        connection = open_reader(self._path)
        try:
            connection.execute("PRAGMA query_only = 0")
            connection.execute("VACUUM INTO ?", (str(partial),))
        except sqlite3.DatabaseError as error:
            partial.unlink(missing_ok=True)
            raise damaged(self._path, error) from error
        finally:
            connection.close()
        wrong = SqliteKeeper(partial).check()
        if wrong:
            partial.unlink(missing_ok=True)
            raise StoreDamaged(f"{self._path}: its copy is not sound: {wrong[0]}")
        _sync(partial)
        partial.replace(target)
        return target

    def backups(self) -> tuple[Path, ...]:
        """The copies there are, the newest first."""
        folder = self._path.parent / FOLDER
        return tuple(sorted(folder.glob(f"{self._path.stem}-*Z.db"), reverse=True))

    def newest_good(self) -> Path:
        """The newest copy that passes its check; raises StoreError when there is none."""
        for copy in self.backups():
            if not SqliteKeeper(copy).check():
                return copy
        raise StoreError(f"{self._path.parent / FOLDER}: no sound backup to restore from")

    def restore(self, source: Path, now: datetime) -> Path:
        """Put *source* in the store's place; returns where the old file was kept.

        Raises StoreBusy while a daemon runs, StoreDamaged when *source* is not sound.
        """
        lock = Lock(self._path)
        try:
            wrong = SqliteKeeper(source).check()
            if wrong:
                raise StoreDamaged(f"{source}: not sound: {wrong[0]}")
            fresh = self._path.with_suffix(".restoring")
            shutil.copyfile(source, fresh)
            _sync(fresh)
            kept = self._path.with_name(
                f"{self._path.stem}-replaced-{now.astimezone(UTC):%Y%m%dT%H%M%S}Z.db"
            )
            for suffix in ("", "-wal", "-shm"):
                old = Path(f"{self._path}{suffix}")
                if old.exists():
                    old.replace(f"{kept}{suffix}")
            fresh.replace(self._path)
            return kept
        finally:
            lock.release()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
