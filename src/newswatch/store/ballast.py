"""The ballast: a file beside the store that takes up room, to be given back when the disk is full.

Rule: room is all it holds, and no other file is taken for it: a link in its place is removed, never written through. On a full disk SQLite can neither move its log into the file nor delete a row; with the
ballast gone it can note what came before, mark what was sent, and tell the operator.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

BYTES = 16 << 20  # as much as the log holds before it is moved into the file (`wal_autocheckpoint`)


class FileBallast:
    """The ballast of the store at *path*."""

    def __init__(self, path: Path, size: int = BYTES) -> None:
        self._file = Path(f"{os.path.realpath(path)}.ballast")
        self.size = size

    def free(self) -> int:
        """The bytes left on the store's disk, 0 where there is no such folder any more."""
        try:
            return shutil.disk_usage(self._file.parent).free
        except OSError:
            return 0

    def make(self) -> bool:
        """Take up the room, unless it is taken up; False where the disk has none for it."""
        try:
            if self._is_there():
                return True
            self._file.unlink(missing_ok=True)
            descriptor = os.open(
                self._file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
            )
            try:
                _take_up(descriptor, self.size)
            finally:
                os.close(descriptor)
        except OSError:
            self.release()
            return False
        return True

    def _is_there(self) -> bool:
        try:
            found = self._file.lstat()
        except FileNotFoundError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size == self.size

    def release(self) -> bool:
        """Give the room back; whether there was any."""
        try:
            self._file.unlink()
        except OSError:
            return False
        return True


def _take_up(descriptor: int, size: int) -> None:
    if sys.platform == "linux":
        os.posix_fallocate(descriptor, 0, size)
    else:
        os.write(descriptor, os.urandom(size))
