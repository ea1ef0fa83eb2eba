"""The ballast: a file beside the store that takes up room, to be given back when the disk is full.

Rule: room is all it holds. On a full disk SQLite can neither move its log into the file nor delete a row; with the
ballast gone it can note what came before, mark what was sent, and tell the operator.
"""

from __future__ import annotations

import os
import shutil
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
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if os.fstat(descriptor).st_size != self.size:
                    _take_up(descriptor, self.size)
            finally:
                os.close(descriptor)
        except OSError:
            self.release()
            return False
        return True

    def release(self) -> bool:
        """Give the room back; whether there was any."""
        try:
            self._file.unlink()
        except OSError:
            return False
        return True


def _take_up(descriptor: int, size: int) -> None:
    os.ftruncate(descriptor, 0)
    if sys.platform == "linux":
        os.posix_fallocate(descriptor, 0, size)
    else:
        os.write(descriptor, os.urandom(size))
