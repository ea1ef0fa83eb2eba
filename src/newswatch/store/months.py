"""Old texts in files of their own, a month each, and every text of an archive wherever it lies.

Rule: a text that lies in a month's file is NULL in the store, where '' is one that is no more. `read_whole` lets the
name `version` read both; whoever writes to the table says `main.version`. A file is never written to again, and is
named by its bytes, so that what has one name is one file. A text that is not there is None, and never another's.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from newswatch.model import StoreError
from newswatch.store.sqlite import (
    DRIVER,
    TIME_BITS,
    Row,
    damaged,
    open_beside,
    open_reader,
    open_unchanging,
    row_floor,
)

MONTH_ID = 0x6E776D31  # "nwm1" in a file's header
MOST_OPEN = 16  # months' files that one connection holds open, a descriptor each
COPIES = "backups"  # the folder of a store's copies, beside it
PARTIAL = ".partial"  # what a file is called until it is whole
_NAME = r"\d{4}-\d{2}\.[0-9a-f]{12}\.db"
_TEXT = "SELECT text FROM version WHERE row = ? AND id = ? AND typeof(text) = 'text'"
_COPY = r"(-replaced)?-\d{8}T\d{6}Z(_\d+)?$"


class Month(NamedTuple):  # not a dataclass: a search makes the class, and seldom any of it
    """A month's file as the store notes it: its name, how many texts and bytes, its hash (64 hex digits), the last row
    whose text was taken out of the store for it, and how many of its texts were pruned since.
    """

    month: str
    file: str
    versions: int
    bytes: int
    sha256: str
    emptied: int
    gone: int


# ── what is where ───────────────────────────────────────────────────────────────────────────


def month_of(row: int) -> str:
    """The month (UTC) of a row of `version`: "2025-12"."""
    return f"{datetime.fromtimestamp((row >> TIME_BITS) / 1000, UTC):%Y-%m}"


def rows_of(month: str) -> tuple[int, int]:
    """The rows that a month's versions have, the last one not included. Raises ValueError for what is no month."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    after = (first + timedelta(days=31)).replace(day=1)
    return row_floor(first), row_floor(after)


def folder_of(path: Path) -> Path:
    """Where the months of the store at *path* lie: beside it, and for all of its copies in one place beside those."""
    real = Path(os.path.realpath(path))
    return real.with_name(f"{re.sub(_COPY, '', real.stem)}.db.months")


def is_name(file: str) -> bool:
    """Whether a file may be a month's by its name."""
    return re.fullmatch(_NAME, file) is not None


def noted(connection: Any, schema: str = "main") -> tuple[Month, ...]:
    """The months that were moved, in order; none in a store of before."""
    made = f"SELECT 1 FROM {schema}.sqlite_master WHERE type = 'table' AND name = 'month'"  # noqa: S608 - ours
    if connection.execute(made).fetchone() is None:
        return ()
    found = connection.execute(f"SELECT * FROM {schema}.month ORDER BY month")  # noqa: S608 - our own name
    return tuple(_month(row) for row in found.fetchall())


def bytes_of(connection: Any) -> int:
    """The bytes of all months' files."""
    return sum(month.bytes for month in noted(connection))


def archive_of(connection: Any, schema: str = "main") -> str:
    """By what an archive is told from others: how its history began, 64 hex digits; '' for an empty one."""
    found = connection.execute(f"SELECT chain FROM {schema}.change WHERE id = 1").fetchone()  # noqa: S608 - our own name
    return found[0].hex() if found else ""


def must_go(connection: Any, row: int) -> None:
    """Note in the caller's deed, before the text of *row* goes, that it has to leave its month's file, too."""
    connection.execute(
        "UPDATE main.month SET gone = gone + 1 WHERE month = ?1 AND emptied >= ?2"
        " AND EXISTS (SELECT 1 FROM main.version WHERE row = ?2 AND text IS NULL)",
        (month_of(row), row),
    )


def put_text(connection: Any, rows: Sequence[Row], text: str | None) -> None:
    """Let whole *rows* of `version` have this *text*, none or less, inside the caller's deed. They go and come again: SQLite
    joins pages that lose a row, and not those whose rows shrink, which would free nothing.
    """
    if not rows:
        return
    columns = rows[0].keys()
    connection.executemany(
        "DELETE FROM main.version WHERE row = ?", [(one["row"],) for one in rows]
    )
    connection.executemany(
        f"INSERT INTO main.version ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 - ours
        [tuple(text if name == "text" else one[name] for name in columns) for one in rows],
    )


def _month(row: Row) -> Month:
    return Month(*(row[name] for name in Month._fields))


# ── reading ─────────────────────────────────────────────────────────────────────────────────


def read_whole(connection: Any, path: Path, schema: str = "main") -> None:
    """Let `version`, on a connection to the store at *path*, read each text wherever it lies, by the same indexes and
    opening a month's file when a text of it is asked for; `connection.months` then says which are not there. From its first moment on, as a writer may
    move texts beside any reader. Raises StoreError.
    """
    try:
        connection.months = Months(path)
        connection.create_function("text_of_month", 2, connection.months.text)
        columns = [row[1] for row in connection.execute(f"PRAGMA {schema}.table_info(version)")]
        read = ", ".join(
            "ifnull(text, text_of_month(row, id)) AS text" if name == "text" else name
            for name in columns
        )
        only = connection.execute("PRAGMA query_only").fetchone()[0]
        connection.execute("PRAGMA query_only = 0")
        connection.execute(f"CREATE TEMP VIEW version AS SELECT {read} FROM {schema}.version")  # noqa: S608 - our own names
        connection.execute(f"PRAGMA query_only = {only}")
    except DRIVER as error:
        raise damaged(path, error) from error


def open_whole_beside(path: Path) -> Any:
    """A connection for short writes beside a running daemon, which reads every text. Raises StoreMissing, StoreError."""
    connection = open_beside(path)
    try:
        read_whole(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


class _Opened:
    """A month's file that is open, and the rows that lie in it."""

    def __init__(self, file: str, connection: Any, month: str) -> None:
        self.file, self.connection = file, connection
        self.lowest, self.above = rows_of(month)
        asked = connection.cursor()
        asked.row_factory = None
        self._ask = asked.execute

    def text(self, row: int, version: str) -> str | None:
        """The text of a version in its row, None where the file has none."""
        found = self._ask(_TEXT, (row, version)).fetchone()
        return str(found[0]) if found else None


class Months:
    """The months' files of the store at *path*, each opened when it is asked, as the store notes them at that moment:
    whoever asks may look at an older one. *absent* says of each month of which a text was asked in vain why, and what to do.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store: Any = None
        self._open: dict[str, _Opened] = {}
        self._last: _Opened | None = None
        self.absent: dict[str, str] = {}

    def text(self, row: int, version: str) -> str | None:
        """The text of a version (id) in its row, None where it is not there. Raises nothing: SQLite asks."""
        found = None
        last = self._last  # a search asks for many of one month, and each is a few microseconds
        if last is not None and last.lowest <= row < last.above:
            with contextlib.suppress(*DRIVER):  # it is asked again below, and told
                found = last.text(row, version)
        return found if found is not None else self._looked_up(month_of(row), row, version)

    def _looked_up(self, month: str, row: int, version: str) -> str | None:
        try:
            found = self._open[month].text(row, version) if month in self._open else None
            if found is None:  # another file may stand for the month by now
                found = self._asked(month).text(row, version)
            if found is None:
                self.absent.setdefault(month, self._says(month, "does not hold all of its texts"))
            self._last = self._open[month]
        except (*DRIVER, OSError, StoreError) as error:
            said = str(error) if isinstance(error, StoreError) else self._says(month, str(error))
            self.absent.setdefault(month, said)
            self._let_go(month)
            return None
        return found

    def error(self) -> StoreError:
        """For whoever cannot go on without what is absent."""
        return StoreError("; ".join(self.absent.values()))

    def close(self) -> None:
        """Give the files back."""
        for month in tuple(self._open):
            self._let_go(month)
        if self._store is not None:
            with contextlib.suppress(*DRIVER):
                self._store.close()
            self._store = None

    def _asked(self, month: str) -> _Opened:
        """The file that stands for a month now. Raises StoreError."""
        if self._store is None:
            self._store = open_reader(self._path)
        one = self._store.execute("SELECT * FROM month WHERE month = ?", (month,)).fetchone()
        if one is None:
            raise StoreError(
                f"{self._path}: of the texts of {month} it is not noted where they are"
            )
        if month not in self._open or self._open[month].file != one["file"]:
            self._let_go(month)
            if len(self._open) >= MOST_OPEN:
                self._let_go(next(iter(self._open)))
            connection = open_month(self._path, _month(one), archive_of(self._store))
            self._open[month] = _Opened(one["file"], connection, month)
        return self._open[month]

    def _let_go(self, month: str) -> None:
        if month in self._open:
            gone = self._open.pop(month)
            self._last = None if self._last is gone else self._last
            with contextlib.suppress(*DRIVER):  # of another thread, which ends
                gone.connection.close()

    def _says(self, month: str, what: str) -> str:
        file = self._open[month].file if month in self._open else month
        return _wrong(self._path, file, what)


def open_month(path: Path, month: Month, archive: str) -> Any:
    """A connection that reads a month's file of the store at *path*, whose *archive* it must be of. Raises StoreError for
    one that is missing or is not the one that was written, as far as its size and what it says of itself tell.
    """
    file = _file(path, month)
    try:
        size = file.stat().st_size
    except OSError as error:
        raise StoreError(_wrong(path, month.file, error.strerror or "cannot be read")) from error
    if size != month.bytes:
        raise StoreError(
            _wrong(path, month.file, f"has {size:,} bytes and was written with {month.bytes:,}")
        )
    try:
        connection = open_unchanging(file)
    except StoreError as error:
        raise StoreError(_wrong(path, month.file, "is no sound file")) from error
    try:
        of = connection.execute("PRAGMA application_id").fetchone()[0]
        said = dict(connection.execute("SELECT key, value FROM about").fetchall())
    except DRIVER as error:
        connection.close()
        raise StoreError(_wrong(path, month.file, f"is no sound file ({error})")) from error
    if of != MONTH_ID or (said.get("archive"), said.get("month")) != (archive, month.month):
        connection.close()
        raise StoreError(_wrong(path, month.file, "is another archive's, or another month's"))
    return connection


def _file(path: Path, month: Month) -> Path:
    if not is_name(month.file):  # whoever wrote that would have us read elsewhere
        raise StoreError(f"{path}: {month.file!a:.80} is no name of a month's file")
    return folder_of(path) / month.file


def _wrong(path: Path, file: str, what: str) -> str:
    is_copy = path.parent.name == COPIES
    kept = (path.parent.parent if is_copy else path.parent / COPIES) / folder_of(path).name
    return f"{folder_of(path) / file}: {what}: put it back from a copy, as {kept} may hold it"


# ── whether all is there ────────────────────────────────────────────────────────────────────


def faults(path: Path, connection: Any, schema: str = "main", *, whole: bool) -> tuple[str, ...]:
    """What is wrong with the months' files of the store at *path*, in words; with *whole* each is read to its end."""
    archive = archive_of(connection, schema)
    found = []
    for month in noted(connection, schema):
        try:
            open_month(path, month, archive).close()
            if whole and not is_right(_file(path, month), month):
                found.append(_wrong(path, month.file, "is not as it was written"))
        except StoreError as error:
            found.append(str(error))
        except OSError as error:
            found.append(_wrong(path, month.file, error.strerror or "cannot be read"))
    return tuple(found)


def is_right(file: Path, month: Month) -> bool:
    """Whether *file* is the one that was written. Raises OSError."""
    return file.stat().st_size == month.bytes and sha256_of(file) == month.sha256


def sha256_of(file: Path) -> str:
    """The hash of a file's bytes, 64 hex digits. Raises OSError."""
    with file.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()
