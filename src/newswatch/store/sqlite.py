"""The connection room: how the SQLite file is opened, locked and written to.

Rule: every write is one `deed` (BEGIN IMMEDIATE … COMMIT), every reader opens read-only, and a
store's connection belongs to the thread that opened it. Readers never import sqlite_utils.
SQLite comes from the pysqlite3 wheel where there is one: distributions ship releases with the
WAL-reset race (3.7.0 to 3.51.2).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import json
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from newswatch.model import (
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreMissing,
    StoreOutdated,
)

try:
    from pysqlite3 import dbapi2 as sqlite3
except ImportError:  # no wheel for this platform
    import sqlite3

__all__ = ["sqlite3"]  # the one place that chooses it; other names are imported as they are

SCHEME = "sqlite:"
SCHEMA = 39  # how many migrations there are; in the file's header, as readers do not know them
APPLICATION_ID = 0x6E777331  # "nws1" in the file's header says whose file this is
BUSY_MILLISECONDS = 30_000
LOCK_TRIES = 9
LOCK_WAIT = 0.02  # seconds between two tries
LEAST_PAGE = 512  # bytes of a page, by SQLite's file format
TIME_BITS = 20  # rows: milliseconds << 20, so a million versions may share a millisecond
HIGHEST = (1 << 63) - 1  # row there can be

# What the driver raises: SQLite without memory is a MemoryError, and none of its own.
DRIVER = (sqlite3.Error, MemoryError)
# What it raises for values that a table does not take, not for the file.
REFUSED = (
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    sqlite3.DataError,
)
NO_ROOM = (
    "full",
    "I/O",
    "No space",
    "Input/output",
    "quota",
)  # how SQLite and the kernel say that the disk refuses

# Kept ready: a writer has some 380, and with the driver's 128 a claim took twice as long.
STATEMENTS = 512

Row = Mapping[str, Any]
Boundary = Callable[[str], None]
Room = TypeVar("Room")


def nothing(_name: str) -> None:
    """The boundary of ordinary life: nobody watches where a transaction ends."""


# ── values in and out of columns ────────────────────────────────────────────────────────────


def stamp(moment: datetime | None) -> str:
    """UTC text of one width, '' for None: it sorts as it reads."""
    if moment is None:
        return ""
    utc = moment.astimezone(UTC)
    # Half of what an f-string of the same takes, and each row that is written has some five.
    return "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ" % (  # noqa: UP031
        utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond,
    )  # fmt: skip


def zoned(moment: datetime | None) -> str:
    """A time in its own zone, '' for None: a publisher's day is told in the publisher's zone."""
    return "" if moment is None else moment.isoformat().replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """The datetime of a *stamp*; raises ValueError for ''."""
    return datetime.fromisoformat(text)


def maybe_moment(text: str | None) -> datetime | None:
    """The datetime of a *stamp*, None for ''."""
    return datetime.fromisoformat(text) if text else None


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def pack(value: object) -> str:
    """JSON as the store keeps it: compact, readable, the same for the same value."""
    return _JSON.encode(value)


def row_floor(when: datetime) -> int:
    """The smallest row of `version` in the millisecond *when*; times before 1970 count as 1970."""
    return max(0, int(when.timestamp() * 1000)) << TIME_BITS


# ── opening ─────────────────────────────────────────────────────────────────────────────────


def path_of(address: str) -> Path:
    """The file of `sqlite:PATH`; raises StoreError for another scheme."""
    if not address.startswith(SCHEME) or address == SCHEME:
        raise StoreError(
            f"{address!r} is no store address: write sqlite:PATH, e.g. sqlite:var/newswatch.db"
        )
    return Path(address.removeprefix(SCHEME))


class Connection(sqlite3.Connection):  # type: ignore[misc]  # the wheel is shipped without types
    """A connection that reads nothing of a transaction which could not be rolled back, as may be without
    memory: its rows would be taken for kept.
    """

    half_done = False
    months: Any = (
        None  # the files that texts of the store lie in, where they are read (`store.months`)
    )

    def close(self) -> None:
        """Give the file back, and the months' files with it."""
        if self.months is not None:
            self.months.close()
        super().close()

    def execute(self, sql: str, *values: Any) -> Any:
        """A cursor, as the driver's; first what is half done is rolled back, or that is raised."""
        if self.half_done:
            self.undo()
        return super().execute(sql, *values)

    def undo(self) -> None:
        """Roll back what was begun, now or before anything else is asked."""
        self.half_done = False
        if self.in_transaction:
            try:
                self.execute("ROLLBACK")
            except DRIVER:
                self.half_done = self.in_transaction
                raise


def _connect(target: str, path: Path, *, uri: bool) -> Any:
    try:
        connection = sqlite3.connect(
            target,
            uri=uri,
            timeout=BUSY_MILLISECONDS / 1000,
            factory=Connection,
            cached_statements=STATEMENTS,
        )
        connection.row_factory = sqlite3.Row
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except DRIVER as error:
        raise damaged(path, error) from error
    return connection


RIGHTS = "see whose it and its folder are, and run newswatch as that user"


def damaged(path: Path, error: Exception) -> StoreError:
    """The store's own error for what the driver said, with what to do about it."""
    text = str(error) or "out of memory"  # a MemoryError says nothing
    if "unable to open" in text or "readonly" in text:
        for beside in (f"{os.path.realpath(path)}{end}" for end in ("-wal", "-shm", "-journal")):
            if os.path.islink(beside):  # noqa: PTH114 - a name is asked
                link = f"{beside} is a link, which SQLite does not follow: remove it"
                return StoreError(f"{path}: {link}")
        return StoreError(f"{path}: cannot be opened ({text}): {RIGHTS}")
    if any(word in text for word in ("locked", "locking", "busy")):
        return StoreBusy(
            f"{path}: another program writes to it ({text}): try again when it is through"
            f" (`fuser {path}` names it)"
        )
    if any(word in text for word in NO_ROOM):
        return StoreFull(f"{path}: the disk refuses to write ({text}): make room and try again")
    if "out of memory" in text:
        return StoreError(f"{path}: {text}: close other programs and try again")
    if any(word in text for word in ("malformed", "not a database", "corrupt", "encrypted")):
        return StoreDamaged(
            f"{path}: not a sound newswatch store ({text}): see `newswatch restore`"
        )
    return StoreError(f"{path}: {text}")


def _unusable(path: Path, error: OSError) -> StoreError:
    what = RIGHTS if error.errno in (errno.EACCES, errno.EPERM) else "name another file"
    return StoreError(f"{path}: cannot be used as a store ({error.strerror}): {what}")


def open_reader(path: Path) -> Any:
    """A read-only connection; raises StoreMissing, StoreDamaged, StoreError."""
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise StoreMissing(
            f"{path}: there is no store yet. `newswatch once` or `newswatch import` makes one."
        ) from error
    except OSError as error:  # a name too long, a folder that is a file
        raise _unusable(path, error) from error
    if stat.S_ISDIR(found.st_mode):
        raise StoreError(f"{path}: is a folder: name a file in it")
    empty = StoreMissing(f"{path}: the store is empty. `newswatch once` fills it.")
    if not found.st_size:  # whoever made it ended before its first page
        raise empty
    try:
        connection = _connect(_to_read(path), path, uri=True)
    except StoreFull:
        # No room for the memory that readers share with a writer: where nobody writes, none is needed.
        if _size(f"{path}-wal") or holder(path) is not None:
            raise
        connection = _connect(_to_read(path, "&immutable=1"), path, uri=True)
    except StoreError as error:
        journal = Path(f"{path}-journal")
        if journal.is_file() and not journal.is_symlink() and not isinstance(error, StoreBusy):
            # Of a store only its first page has one: whoever made it ended there.
            raise StoreMissing(
                f"{path}: it was not made to its end. `newswatch once` does."
            ) from error
        raise
    try:
        filled = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        # Without a table whoever made it ended with its first page; less than that is what is left of a file.
        if filled or found.st_size < LEAST_PAGE:
            _check_owner(connection, path)
            filled = connection.execute(
                "SELECT 1 FROM sqlite_master WHERE name='version_index'"
            ).fetchone()
        connection.execute("PRAGMA query_only = 1")
    except BaseException as error:
        connection.close()
        if isinstance(error, DRIVER):
            raise damaged(path, error) from error
        raise
    if not filled:
        connection.close()
        raise empty
    return connection


def _to_read(path: Path, how: str = "") -> str:
    quoted = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"file:{quoted}?mode=ro{how}"


def open_scratch(scratch: str, path: Path) -> Any:
    """A connection to a database of its own, *scratch* (a file's name, or ":memory:"), in which the one at *path* can
    be read as `kept`. Raises StoreError.
    """
    connection = _connect(scratch, path, uri=True)
    try:
        # It is made anew each time: nothing of it is worth a sync.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -64000")
        connection.execute("ATTACH ? AS kept", (_to_read(path),))
        connection.execute("BEGIN")
    except BaseException as error:
        connection.close()
        if isinstance(error, DRIVER):
            raise damaged(path, error) from error
        raise
    return connection


def open_unchanging(path: Path) -> Any:
    """A connection to a database that nobody ever writes to again. Raises StoreError."""
    return _connect(_to_read(path, "&immutable=1"), path, uri=True)


def is_store(path: Path) -> bool:
    """Whether a file is a store, as its header says. SQLite is asked: whoever opens a file himself that his process has open
    in SQLite, or the memory beside it, lets go of all locks on it when he closes his (https://sqlite.org/howtocorrupt.html,
    2.2), and the next process takes the log away under a writer. Raises the driver's errors.
    """
    if path.name.endswith(("-wal", "-shm", "-journal")) or not path.is_file():
        return False
    connection = sqlite3.connect(_to_read(path, "&immutable=1"), uri=True)
    try:
        return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            return False
        raise
    finally:
        connection.close()


def _size(path: str) -> int:
    return os.stat(path).st_size if os.path.exists(path) else 0  # noqa: PTH110, PTH116 - pathlib is no shorter


def up_to_date(connection: Any, path: Path) -> None:
    """Raises StoreOutdated for the tables of an older newswatch, which only a writer brings up to
    date, and StoreError for those of a newer one.
    """
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found < SCHEMA:
        migrated = connection.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0]
        writes = holder(path)
        if migrated == SCHEMA and writes is not None:
            raise StoreOutdated(
                f"{path}: process {writes[0]} is bringing it up to date: ask again when it is through"
            )
        raise StoreOutdated(
            f"{path}: kept by an older newswatch: `newswatch once`, `import` or a restart of the"
            " daemon brings it up to date"
        )
    if found > SCHEMA:
        raise StoreError(f"{path}: written by a newer newswatch: upgrade this one")


def open_beside(path: Path) -> Any:
    """A connection for short writes beside a running daemon; the store must exist."""
    reader = open_reader(path)
    try:
        up_to_date(reader, path)
    finally:
        reader.close()
    connection = _connect(str(path), path, uri=False)
    connection.isolation_level = ""
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def open_to_write(path: Path) -> Any:
    """A connection that writes, made with its folder when missing; its tables are as they are. Call it
    under the lock. Raises StoreDamaged for a broken file or another program's, StoreError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(path, error) from error
    connection = _connect(str(path), path, uri=False)
    connection.isolation_level = ""
    try:
        _prepare(connection, path)
    except BaseException as error:
        connection.close()
        if isinstance(error, DRIVER):
            raise damaged(path, error) from error
        raise
    return connection


def _prepare(connection: Any, path: Path) -> None:
    """What a connection that writes goes by, before it looks at any table of ours."""
    if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        # Space is given back in small steps later, which must be said before the first table; whose file it is, with
        # its first page.
        connection.execute("BEGIN")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    _check_owner(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -32000")
    # Pages, some 16 MB: moving the log into the file waits for the disk, and for every page kept.
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    # Bytes. What a long reading, as a copy of the store, let it grow by is given back when the log begins anew.
    connection.execute("PRAGMA journal_size_limit = 64000000")


def _check_owner(connection: Any, path: Path) -> None:
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    if owner != APPLICATION_ID:
        raise StoreDamaged(f"{path}: a database, but not newswatch's")


class Lock:
    """One writer a store: an advisory lock beside its file, held until `release` or process end.
    The file says who holds it and for which command: "PID run".
    """

    def __init__(
        self, path: Path, wait: Callable[[float], None] = time.sleep, *, work: str = "write"
    ) -> None:
        """Take the lock for *work*, a command's name; raises StoreBusy naming the holder's process
        id, StoreError.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Never through a link: what it leads to would be written over.
            how = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._file = os.open(_lock_file(path), how, 0o644)
        except OSError as error:
            if error.errno == errno.ELOOP and Path(_lock_file(path)).is_symlink():
                raise StoreError(f"{path}: {_lock_file(path)} is a link: remove it") from error
            raise _unusable(path, error) from error
        # Whoever asks who holds it (`holder`) has it for a moment: that is no other writer.
        for left in reversed(range(LOCK_TRIES)):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if left:
                    wait(LOCK_WAIT)
                    continue
                pid, _ = _written(self._file)
                os.close(self._file)
                raise StoreBusy(f"{path}: newswatch {pid or '?'} is writing to it") from error
        try:
            os.ftruncate(self._file, 0)
            os.write(self._file, f"{os.getpid()} {work}\n".encode())
        except OSError as error:
            os.close(self._file)
            raise damaged(path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would let two hold it."""
        os.close(self._file)


def _lock_file(path: Path) -> str:
    """Where the lock of a store lies: beside the file itself, by whatever link it is reached."""
    return f"{os.path.realpath(path)}.lock"


def _written(descriptor: int) -> tuple[int, str]:
    """The process id, 0 for an unreadable one, and the work that a lock's file names; older ones
    name no work.
    """
    pid, _, work = os.read(descriptor, 64).decode("ascii", "replace").strip().partition(" ")
    return int(pid) if pid.isdecimal() else 0, work


def holder(path: Path) -> tuple[int, str] | None:
    """The process id of whoever holds the lock of *path* and its work, None when nobody does."""
    try:
        descriptor = os.open(_lock_file(path), os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _written(descriptor)
    finally:
        os.close(descriptor)
    return None


@contextlib.contextmanager
def turn_wanted(path: Path) -> Iterator[None]:
    """While it lasts, a writer that gives way (`wanted`) is asked to; by an advisory lock as well, so that one who is
    killed asks no more. Raises StoreError.
    """
    how = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        descriptor = os.open(f"{os.path.realpath(path)}.turn", how, 0o644)
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def wanted(path: Path) -> bool:
    """Whether anybody waits for the writer of *path* to give way."""
    try:
        descriptor = os.open(f"{os.path.realpath(path)}.turn", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


# ── writing ─────────────────────────────────────────────────────────────────────────────────


def note(connection: Any, key: str, value: str) -> None:
    """Note a value of the store's own in the caller's deed, in the place of what was noted."""
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        (key, value),
    )


def note_last(connection: Any, at: str) -> None:
    """Note in the caller's deed the latest time (a stamp) that anything was kept at."""
    connection.execute(
        "INSERT INTO meta VALUES ('last', ?) ON CONFLICT(key) DO UPDATE SET value = max(value, excluded.value)",
        (at,),
    )


@contextlib.contextmanager
def deed(
    connection: Any, path: Path, boundary: Boundary, name: str, *, lasting: bool = False
) -> Iterator[None]:
    """One write transaction. *lasting* survives a power cut (synchronous=FULL), not only a crash.

    *boundary* is called with "before NAME" and "after NAME" around the commit.
    Raises the store's errors in place of the driver's.
    """
    try:
        connection.execute(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            boundary(f"before {name}")
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(*DRIVER):  # then it is rolled back before the next is asked
                connection.undo()
            raise
    except DRIVER as error:
        raise damaged(path, error) from error
    boundary(f"after {name}")


def in_own_words(room: type[Room]) -> type[Room]:
    """The class *room*, of whose public methods none raises a driver's error: who asks can then tell a disk that
    refuses from a mistake of ours. Its `_path` is the store's.
    """

    def told(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def asked(self: Any, *arguments: Any, **named: Any) -> Any:
            try:
                return method(self, *arguments, **named)
            except DRIVER as error:
                raise damaged(self._path, error) from error

        return asked

    for name, member in tuple(vars(room).items()):
        if callable(member) and not name.startswith("_"):
            setattr(room, name, told(member))
    return room
