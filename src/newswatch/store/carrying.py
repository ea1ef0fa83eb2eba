"""The months' files of a store carried along with its copies, and removed when no store refers to them.

Rule: a file is never changed, and equal names are equal files: a second name is as good as a copy. Where it cannot be told
who refers to what, nothing is removed.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from newswatch.model import StoreError
from newswatch.store.months import PARTIAL, Month, folder_of, is_name, is_right, noted
from newswatch.store.sqlite import DRIVER, is_store, open_reader


def sweep(path: Path) -> int:
    """Remove the months' files that no store beside them refers to, whatever its name: *path* and its copies there; how
    many. None where one of them cannot be asked.
    """
    folder = folder_of(path)
    try:
        kept = {
            month.file
            for store in folder.parent.iterdir()
            if is_store(store)
            for month in _noted_by(store)
        }
        gone = [file for file in folder.iterdir() if is_name(file.name) and file.name not in kept]
        for file in gone:
            file.unlink()
    except (StoreError, OSError, *DRIVER):
        return 0
    return len(gone)


def carry(database: Path, sources: Iterable[Path], target: Path, *, whole: bool) -> tuple[str, ...]:
    """Put the months' files that a *database* refers to into the folder *target*, from the first of the folders *sources* that
    has each: a second name for it, or a copy on another disk. One that is there already is read to its end when *whole* is
    asked for. Returns those that nobody has, in words. Raises OSError, StoreError.
    """
    absent = []
    for month in _noted_by(database):
        there = target / month.file
        if not is_name(month.file):
            absent.append(f"{database}: {month.file!a:.80} is no name of a month's file")
            continue
        if there.is_file() and (
            is_right(there, month) if whole else there.stat().st_size == month.bytes
        ):
            continue
        found = [one for folder in sources if _is_right(one := folder / month.file, month)]
        if not found:
            absent.append(f"{there}: the texts of {month.month} are not there")
            continue
        target.mkdir(exist_ok=True)
        partial = target / f"{month.file}{PARTIAL}"
        partial.unlink(missing_ok=True)
        try:
            os.link(os.path.realpath(found[0]), partial)  # a link may lead nowhere from there
        except OSError:
            shutil.copyfile(found[0], partial)
            partial.chmod(stat.S_IMODE(found[0].stat().st_mode))
            sync(partial)
        partial.replace(there)
        sync(target)
    return tuple(absent)


def _is_right(file: Path, month: Month) -> bool:
    try:
        return is_right(file, month)
    except OSError:
        return False


def _noted_by(store: Path) -> tuple[Month, ...]:
    connection = open_reader(store)
    try:
        return noted(connection)
    finally:
        connection.close()


def sync(path: Path) -> None:
    """Have a file or a folder on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
