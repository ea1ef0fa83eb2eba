"""The configuration's files as bytes: read whole up to a cap, replaced whole or not at all.

Rule: standard library only, as every command reads one of them before anything else.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from newswatch.config.settings import ConfigError

LARGEST = 2_000_000  # bytes; ten thousand rules of 200 characters


def contents(path: Path) -> bytes:
    """The bytes of *path*. Raises ConfigError for a file that cannot be read or is larger than
    2 MB, FileNotFoundError where there is none.
    """
    try:
        with path.open("rb") as stream:
            body = stream.read(LARGEST + 1)
    except FileNotFoundError:
        if path.is_symlink():
            raise ConfigError(f"{path}: cannot be read (it is a link to nothing)") from None
        raise
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    if len(body) > LARGEST:
        raise ConfigError(f"{path}: larger than {LARGEST:,} bytes")
    return body


def decoded(path: Path, body: bytes) -> str:
    """*body* as text, without its byte order mark. Raises ConfigError with the line."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: not UTF-8") from error


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """While this lasts, nobody else who asks so changes a file in the folder of *path*: of two who read,
    add and write at once, one would lose what it added. Raises ConfigError.
    """
    try:
        folder = os.open(os.path.dirname(os.path.realpath(path)), os.O_RDONLY)  # noqa: PTH120
    except FileNotFoundError:  # it will be made
        yield
        return
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        with contextlib.suppress(OSError):  # some network disks know no locks
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def replace(path: Path, body: bytes) -> None:
    """Put *body* in the place of *path*, whole or not at all, also when the machine stops in the
    middle; rights and owner stay, a link stays a link. Raises ConfigError.
    """
    target = Path(os.path.realpath(path))
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            fresh.unlink(
                missing_ok=True
            )  # of one that was cut short, or a link to what is not ours
            with open(fresh, "xb", opener=_as_open_as(target)) as stream:
                stream.write(body)
                stream.flush()
                os.fsync(stream.fileno())
            if target.exists():
                _give_rights(target, fresh)
            fresh.replace(target)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror})") from error


def _as_open_as(target: Path) -> Callable[[str, int], int]:
    """How what takes the place of *target* is made: for its owner alone until it has the rights of what was there."""
    rights = 0o600 if target.exists() else 0o666
    return lambda name, flags: os.open(name, flags, rights)


def _give_rights(old: Path, fresh: Path) -> None:
    was = old.stat()
    fresh.chmod(stat.S_IMODE(was.st_mode))
    with contextlib.suppress(PermissionError):  # only root may give a file away
        os.chown(fresh, was.st_uid, was.st_gid)
