"""How far a way out has come, on the disk beside what it is of.

Rule: written after the other side acknowledged, whole or not at all; one process at a time.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from newswatch.sinks.misfortune import SinkError

HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


class Position:
    """The last change that was acknowledged, in the file *path*; *of* says in it whose it is."""

    def __init__(self, path: Path, of: str) -> None:
        self.path = path
        self._of = of
        self._lock: int | None = None

    def hold(self) -> bool:
        """Take it for this process until `close`; whether nobody else has it. Raises SinkError."""
        lock = self.path.with_name(f"{self.path.name}.lock")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(
                lock,
                os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW,
                0o600,
            )
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except FileExistsError as error:
            raise SinkError(
                f"{self.path.parent}: cannot be written (it is no folder: name another)"
            ) from error
        except OSError as error:
            if error.errno == errno.ELOOP and lock.is_symlink():
                raise SinkError(f"{lock}: is a link: remove it") from error
            raise SinkError(f"{self.path}: cannot be written ({error.strerror})") from error
        return True

    def close(self) -> None:
        """Let others have it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def read(self) -> tuple[int, str]:
        """The change (id and chain) behind which to go on; 0 and '' where nothing was acknowledged. Raises SinkError."""
        try:
            body = self.path.read_bytes()
        except FileNotFoundError:
            return 0, ""
        except OSError as error:
            raise SinkError(f"{self.path}: cannot be read ({error.strerror})") from error
        try:
            head = HEAD.fullmatch(json.loads(body)["head"])
        except (ValueError, LookupError, TypeError, RecursionError):
            head = None
        if head is None:
            raise SinkError(
                f"{self.path}: is no note of how far the changes went: remove it, and they are told from the first on"
            )
        return int(head[1]), head[2]

    def note(self, id_: int, chain: str) -> None:
        """Note that all up to this change is acknowledged. Raises SinkError."""
        body = json.dumps({"to": self._of, "head": f"{id_}:{chain}"}).encode() + b"\n"
        put(self.path, lambda stream: stream.write(body))


def put(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let *path* hold what *write* writes, whole or not at all, also where the machine stops. Raises SinkError."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)  # of one that was cut short
        with fresh.open("xb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise SinkError(f"{path}: cannot be written ({error.strerror or error})") from error
