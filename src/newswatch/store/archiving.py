"""Months of old texts moved out of the store into files of their own.

Rule: a text leaves the store when the file that holds it is whole, synced, read back and noted, and not before; each
step may be the last one, and the next run goes on. A file that a store refers to is never changed nor removed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from newswatch.model import StoreDamaged, StoreError
from newswatch.store import ballast
from newswatch.store.carrying import sweep, sync
from newswatch.store.contract import Moved, NotPossible
from newswatch.store.months import (
    MONTH_ID,
    PARTIAL,
    Month,
    archive_of,
    folder_of,
    month_of,
    noted,
    open_month,
    put_text,
    rows_of,
    sha256_of,
)
from newswatch.store.sqlite import (
    DRIVER,
    Boundary,
    Lock,
    Row,
    damaged,
    deed,
    open_unchanging,
    row_floor,
    sqlite3,
)

PAGE = 200  # texts read, written or taken out in one go, some 20 ms
COLUMNS = (
    "row", "id", "article", "n", "url", "title", "text", "lang", "source", "newsroom", "published", "first_seen",
)  # fmt: skip

Telling = Callable[[str, int, int], None]


def mine(path: Path, work: str) -> Lock:
    """The lock of whoever changes what lies in the months' folder of the store at *path*. Raises StoreBusy, StoreError."""
    folder = folder_of(path)
    if not folder.is_dir() and (folder.exists() or folder.is_symlink()):
        raise StoreError(f"{folder}: is no folder, or a link to none: make way for one")
    return Lock(folder, work=work)


# ── what is moved ───────────────────────────────────────────────────────────────────────────


def movable(connection: Any, before: datetime) -> Iterator[Moved]:
    """The whole months before a time whose texts lie in the store, with how many there are and their bytes; the oldest first."""
    row, end = -1, row_floor(before)
    while True:
        found = connection.execute(
            "SELECT min(row) FROM main.version WHERE row > ? AND row < ?", (row, end)
        ).fetchone()[0]
        if found is None:
            return
        month = month_of(found)
        lowest, above = rows_of(month)
        texts, size = connection.execute(
            "SELECT count(*), ifnull(sum(length(CAST(text AS BLOB))), 0) FROM main.version"
            " WHERE row >= ? AND row < ? AND text <> ''",
            (lowest, above),
        ).fetchone()
        if texts:
            yield Moved(month, texts, size)
        row = above - 1


def archive(
    connection: Any, path: Path, before: datetime, tell: Telling, boundary: Boundary
) -> tuple[Moved, ...]:
    """Move the texts of whole months before a time out of the store at *path*, and what was pruned since out of their files;
    what was moved. *tell* hears of each month how many of how many texts are through. Under the lock. Raises
    NotPossible where there is no room, StoreError where a text that was moved before is not there.
    """
    sweep(path)
    for partial in folder_of(path).glob(f"*{PARTIAL}*"):  # of one that was cut short
        partial.unlink(missing_ok=True)
    for month in noted(connection):
        _empty(connection, path, month, tell, boundary)
    moved = tuple(movable(connection, before))
    for one in moved:
        _move(connection, path, one.month, tell, boundary)
    renew(connection, path, tell, boundary)
    return moved


def renew(connection: Any, path: Path, tell: Telling, boundary: Boundary) -> int:
    """Write the months anew of which texts were pruned; how many there were. Under the lock. Raises as `archive`."""
    stale = [month.month for month in noted(connection) if month.gone]
    for month in stale:
        _move(connection, path, month, tell, boundary)
    sweep(path)
    return len(stale)


def _move(connection: Any, path: Path, month: str, tell: Telling, boundary: Boundary) -> None:
    """Put all texts of a *month*, wherever they lie, into one new file that stands for it, and take them out of the store."""
    written = _write(connection, path, month, tell, boundary)
    with deed(connection, path, boundary, "note a month", lasting=True):
        if written is None:
            connection.execute("DELETE FROM main.month WHERE month = ?", (month,))
        else:
            marks = ", ".join("?" * len(written))
            connection.execute(f"INSERT OR REPLACE INTO main.month VALUES ({marks})", written)  # noqa: S608 - our own marks
    if written is not None:
        _empty(connection, path, written, tell, boundary)


# ── one file ────────────────────────────────────────────────────────────────────────────────


def _write(
    connection: Any, path: Path, month: str, tell: Telling, boundary: Boundary
) -> Month | None:
    """A new file with all texts of a *month*, synced and read back, beside the one that stands; None where there are none."""
    folder = folder_of(path)
    _must_fit(connection, path, month)
    with _on_disk(folder):
        if not folder.is_dir():
            folder.mkdir()
            _as_stores(folder, path)
            sync(folder.parent)
        partial = folder / f"{month}{PARTIAL}"
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.close(descriptor)
        try:
            hashes = _fill(connection, path, month, partial, tell)
            if not hashes:
                return None
            sync(partial)
            boundary("before a month is read back")
            _must_hold(partial, hashes)
            told = sha256_of(partial)
            _as_stores(partial, path)
            file = folder / f"{month}.{told[:12]}.db"
            size = partial.stat().st_size
            partial.replace(file)
            sync(folder)
            boundary("after a month is written")
            return Month(month, file.name, len(hashes), size, told, -1, 0)
        finally:
            partial.unlink(missing_ok=True)


def _as_stores(made: Path, path: Path) -> None:
    """Give what was *made* to whose the store is, to be read by whoever may read that, a file never to be written to: the
    daemon may be another user than whoever moves its texts.
    """
    store = path.stat()
    with contextlib.suppress(PermissionError):  # some disks know no rights, and only root gives
        if made.is_file():
            made.chmod(stat.S_IMODE(store.st_mode) & 0o444)
        if os.geteuid() == 0:
            os.chown(made, store.st_uid, store.st_gid)


def _fill(connection: Any, path: Path, month: str, partial: Path, tell: Telling) -> list[bytes]:
    """Write all texts of a *month* into *partial*; the hash of each, in order."""
    row, above = rows_of(month)
    row -= 1
    hashes: list[bytes] = []
    try:
        file = sqlite3.connect(partial)
        try:
            _prepare(file, archive_of(connection), month)
            while batch := connection.execute(
                f"SELECT {', '.join(COLUMNS)} FROM version WHERE row > ? AND row < ? ORDER BY row LIMIT ?",  # noqa: S608 - ours
                (row, above, PAGE),
            ).fetchall():
                if any(one["text"] is None for one in batch):
                    raise connection.months.error()
                if not all(isinstance(one["text"], str) for one in batch):
                    raise StoreDamaged(f"{path}: a text of {month} is none: see `newswatch verify`")
                texts = [(tuple(one), _hash(one["text"])) for one in batch if one["text"]]
                marks = ", ".join("?" * (len(COLUMNS) + 1))
                file.executemany(
                    f"INSERT INTO version VALUES ({marks})",  # noqa: S608 - our own marks
                    [(*values, told.hex()) for values, told in texts],
                )
                hashes += [told for _, told in texts]
                row = batch[-1]["row"]
                tell(month, len(hashes), 0)
            file.execute("INSERT INTO about VALUES ('versions', ?)", (str(len(hashes)),))
            file.commit()
        finally:
            file.close()
    except DRIVER as error:
        raise damaged(partial, error) from error
    return hashes


def _prepare(file: Any, archive: str, month: str) -> None:
    """The tables of a month's file: what it is, and its texts with all that tells whose each is."""
    from importlib.metadata import version  # which takes as long to load as all else here

    file.execute("PRAGMA journal_mode = OFF")  # it is whole, or thrown away
    file.execute("PRAGMA synchronous = OFF")
    file.execute(f"PRAGMA application_id = {MONTH_ID}")
    file.execute("CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
    file.execute(
        "CREATE TABLE version (row INTEGER PRIMARY KEY, id TEXT NOT NULL, article TEXT NOT NULL, n INTEGER NOT NULL,"
        " url TEXT, title TEXT, text TEXT NOT NULL, lang TEXT, source TEXT, newsroom TEXT, published TEXT,"
        " first_seen TEXT NOT NULL, sha256 TEXT NOT NULL)"
    )
    about = {
        "what": "texts of one month of a newswatch archive; times are UTC, sha256 is of the text in UTF-8",
        "archive": archive,
        "month": month,
        "newswatch": version("newswatch"),
    }
    file.executemany("INSERT INTO about VALUES (?, ?)", about.items())


def _must_hold(file: Path, hashes: Sequence[bytes]) -> None:
    """Raises StoreError where what is read back from *file* is not what was written."""
    connection = open_unchanging(file)
    try:
        read = connection.execute("SELECT text FROM version ORDER BY row")
        same = all(_hash(row[0]) == told for row, told in zip(read, hashes, strict=True))
    except (*DRIVER, ValueError, AttributeError):
        same = False
    finally:
        connection.close()
    if not same:
        raise StoreError(
            f"{file}: what is read back is not what was written: the disk fails, see `newswatch doctor`; no text was moved"
        )


def _hash(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _empty(connection: Any, path: Path, month: Month, tell: Telling, boundary: Boundary) -> None:
    """Take out of the store what its *month*'s file holds, each text where both are the same, some at a time."""
    above = rows_of(month.month)[1]
    if month.emptied >= above:
        return
    file = open_month(path, month, archive_of(connection))
    try:
        row, done = month.emptied, 0
        while row < above:
            batch = file.execute(
                "SELECT row, id, text FROM version WHERE row > ? ORDER BY row LIMIT ?", (row, PAGE)
            ).fetchall()
            row = batch[-1]["row"] if len(batch) == PAGE else above
            with deed(connection, path, boundary, "empty"):
                gone = len(batch) - _take_out(connection, path, month, batch)
                connection.execute(
                    "UPDATE main.month SET emptied = ?, gone = gone + ? WHERE month = ?",
                    (row, gone, month.month),
                )
            done += len(batch)
            tell(month.month, done, month.versions)
    except DRIVER as error:
        raise damaged(folder_of(path) / month.file, error) from error
    finally:
        file.close()


def _take_out(connection: Any, path: Path, month: Month, batch: Sequence[Row]) -> int:
    """Take the texts of a *batch* of the file's rows out of the store, inside the caller's deed; how many are the file's
    now, as some may have been pruned meanwhile. Raises StoreError.
    """
    there = (
        {
            one["row"]: one
            for one in connection.execute(
                "SELECT * FROM main.version WHERE row >= ? AND row <= ?",
                (batch[0]["row"], batch[-1]["row"]),
            )
        }
        if batch
        else {}
    )
    stands = [(one, there[one["row"]]) for one in batch if one["row"] in there]
    stands = [(one, here) for one, here in stands if here["id"] == one["id"] and here["text"] != ""]
    for one, here in stands:
        if here["text"] not in (None, one["text"]):
            raise StoreError(
                f"{folder_of(path) / month.file}: does not hold what the store holds of version {one['id']}: remove it,"
                f" and the row of {month.month} from the table month; nothing was taken out of the store for it"
            )
    full = [here for _, here in stands if here["text"] is not None]
    put_text(connection, full, None)
    return len(stands)


def _must_fit(connection: Any, path: Path, month: str) -> None:
    """Raises NotPossible where the file would leave the disk too full to write to the store."""
    lowest, above = rows_of(month)
    size = connection.execute(
        "SELECT ifnull(sum(length(CAST(text AS BLOB)) + 400), 0) FROM main.version WHERE row >= ? AND row < ?",
        (lowest, above),
    ).fetchone()[0]
    takes = size + sum(one.bytes for one in noted(connection) if one.month == month)
    free = shutil.disk_usage(folder_of(path).parent).free
    if takes + ballast.BYTES > free:
        raise NotPossible(
            f"{month} takes {takes / 1e6:,.0f} MB until its texts are taken out of the store, and {free / 1e6:,.0f} are"
            " free: make room; nothing was moved"
        )


@contextlib.contextmanager
def _on_disk(folder: Path) -> Iterator[None]:
    """What the disk refuses, as the store's own error."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{folder}: {error.strerror}: see its disk and its rights; no text was lost"
        ) from error
