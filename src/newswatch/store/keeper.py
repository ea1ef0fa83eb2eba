"""What an operator does with the SQLite file: check it, copy it, put a copy back, judge stories.

Rule: a copy is good only when it was opened and checked, and has its name only then; nothing that
was there is written over. Every damaged page is a StoreDamaged with what to do, never a driver's
error.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from newswatch import rotation
from newswatch.model import (
    Backfill,
    BackupPlan,
    Retention,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreMissing,
)
from newswatch.store import (
    archiving,
    backfilling,
    ballast,
    carrying,
    chain,
    months,
    proof,
    quarantine,
    stories,
    tidying,
)
from newswatch.store.contract import Filed, Moved, NotPossible, Proof, Pruned
from newswatch.store.pruning import Pruning, in_use
from newswatch.store.sqlite import (
    DRIVER,
    Boundary,
    Lock,
    damaged,
    deed,
    moment,
    note,
    nothing,
    open_reader,
    open_scratch,
    stamp,
    up_to_date,
)

FOLDER = months.COPIES
STEPS = 200_000  # of SQLite's machine between two signs of life, at each of which it may be ended; some ten a second


class SqliteKeeper:
    """The operator's door to one SQLite file."""

    def __init__(self, path: Path, boundary: Boundary = nothing) -> None:
        self._path = path
        self._boundary = boundary

    def check(self) -> tuple[str, ...]:
        """What is wrong, in words; empty when the file is sound. Raises StoreMissing, and what keeps it from being
        read just now: StoreFull, StoreBusy.
        """
        try:
            connection = open_reader(self._path)
        except StoreMissing as nothing_there:
            if self._path.exists() and self.backups():
                return (f"{nothing_there} But there are copies of it",)
            raise
        except (StoreFull, StoreBusy):
            raise
        except StoreError as error:
            return (str(error),)
        except DRIVER as error:
            return (str(damaged(self._path, error)),)
        try:
            found = [row[0] for row in connection.execute("PRAGMA quick_check(20)")]
        except DRIVER as error:
            wrong = damaged(self._path, error)
            if isinstance(wrong, StoreBusy):
                raise wrong from error
            return (str(wrong),)
        finally:
            connection.close()
        return () if found == ["ok"] else tuple(found)

    def must_be_sound(self) -> None:
        """Raises StoreDamaged for a file that is not sound, with the name of the newest good copy; StoreMissing."""
        if wrong := self.check():
            try:
                copy = f"the newest good copy is {self.newest_good()}: `newswatch restore --yes` puts it in place"
            except StoreError:
                copy = "there is no good copy of it"
            raise StoreDamaged(
                f"{self._path}: not sound, nothing is written to it ({wrong[0]}); {copy}"
            )

    def ended_well(self) -> bool:
        """Whether the last daemon ended as it was told to, or none ever ran. Raises StoreMissing, StoreDamaged."""
        with self._read() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'running'").fetchone()
        return row is None or not row[0]

    def was_looked_through(self, since: datetime, until: datetime) -> bool:
        """Whether it was noted between these times that the file is sound, and no daemon was killed after that. Raises
        StoreMissing, StoreDamaged.
        """
        with self._read() as connection:
            rows = connection.execute("SELECT * FROM meta WHERE key IN ('looked', 'running')")
            noted = {row["key"]: row["value"] for row in rows.fetchall()}
        looked = noted.get("looked", "")
        return bool(max(stamp(since), noted.get("running", "")) < looked <= stamp(until))

    def note_looked_through(self, now: datetime) -> None:
        """Note that the file was found sound. Raises StoreMissing, StoreError."""
        with self._beside("looked through") as connection:
            note(connection, "looked", stamp(now))

    def size(self) -> int:
        """Bytes of the file, 0 for none."""
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    def verify(self, against: tuple[int, str] | None, tell: Callable[[int, int], None]) -> Proof:
        """Whether anything was changed behind the history's back, or since the head *against*. Raises
        StoreMissing, StoreDamaged, StoreOutdated.
        """
        with self._read() as connection:
            up_to_date(connection, self._path)
        with _scratch() as place:
            connection = open_scratch(place, self._path)
            try:
                months.read_whole(connection, self._path, "kept")
                found = proof.verify(connection, against, tell)
                absent = months.faults(self._path, connection, "kept", whole=True)
                absent += tuple(connection.months.absent.values())
                return replace(found, found=(*dict.fromkeys(absent), *found.found))
            except DRIVER as error:
                wrong = damaged(self._path, error)
                if isinstance(wrong, StoreFull):
                    wrong = StoreFull(
                        f"{place}: no room to replay the history there: name a folder that has some in TMPDIR"
                    )
                raise wrong from error
            finally:
                connection.close()

    def head(self) -> str:
        """The history's head, to be kept elsewhere. Raises StoreMissing, StoreDamaged."""
        with self._read() as connection:
            return chain.spoken(*chain.head(connection))

    @contextlib.contextmanager
    def _read(self) -> Iterator[Any]:
        """One moment of the store, for a reader."""
        connection = open_reader(self._path)
        try:
            connection.execute("BEGIN")
            yield connection
        except DRIVER as error:
            raise damaged(self._path, error) from error
        finally:
            connection.close()

    def join(self, one: str, other: str, why: str, now: datetime) -> tuple[str, str]:
        """Make two stories (ids) one, beside a running daemon; returns the one that stays and the
        other. Raises NotPossible, StoreMissing, StoreError.
        """
        with self._beside("join") as connection:
            return stories.join(connection, one, other, now, why)

    def part(
        self, article: str, why: str, now: datetime, filed: Mapping[str, Filed]
    ) -> tuple[str, ...]:
        """Take an article (id) out of its story, beside a running daemon; returns the articles that
        moved, the new story's own first. *filed* says what each article of the story is filed under.
        Raises NotPossible, StoreMissing, StoreError.
        """
        with self._beside("part") as connection:
            return stories.part(connection, article, now, why, filed)

    def let_out(self, requests: Iterable[str], now: datetime) -> int:
        """Let what is in quarantine (ids) be asked and read at once, beside a running daemon; returns how many were in
        it. Raises StoreMissing, StoreError.
        """
        with self._beside("let out") as connection:
            return quarantine.let_out(connection, requests, now)

    def backfill(self, wanted: Sequence[tuple[Backfill, Sequence[str]]], now: datetime) -> None:
        """Write down backfills, each with the archives at which it begins, beside a running daemon. Raises
        StoreMissing, StoreError.
        """
        with self._beside("backfill") as connection:
            backfilling.plan(connection, wanted, now)

    def end_backfills(self, feeds: Iterable[str], now: datetime) -> int:
        """End the backfills of *feeds*, beside a running daemon; how many were under way. Raises StoreMissing,
        StoreError.
        """
        with self._beside("end backfills") as connection:
            return backfilling.stop(connection, feeds, now)

    def prune(
        self, plan: Retention, now: datetime, tell: Callable[[Pruned], None], *, dry: bool
    ) -> Pruned:
        """Remove what *plan* lets go, beside a running daemon; *tell* hears what went so far. With *dry* nothing
        goes, and what would is counted. Raises StoreMissing, StoreError.
        """
        if dry:
            with self._read() as connection:
                months.read_whole(connection, self._path)
                return _pruned(Pruning(plan, now, _size(connection), dry=True), connection, tell)
        connection = months.open_whole_beside(self._path)
        try:
            pruning, gone = Pruning(plan, now, _size(connection)), Pruned()
            more: Pruned | None = gone
            while more is not None:
                with deed(connection, self._path, self._boundary, "prune"):
                    more = pruning.step(connection)
                    if more is None:
                        tidying.note(connection, plan, now, gone)
                gone += more or Pruned()
                tell(gone)
            if any(month.gone for month in months.noted(connection)):
                self._renew(connection)
            if gone != Pruned():
                self._give_back(connection)
            return gone
        finally:
            connection.close()

    def _renew(self, connection: Any) -> None:
        """Take what was pruned out of the months' files, unless somebody else has them in hand: the next does it then."""
        # `status` says what is left in them.
        with contextlib.suppress(StoreError, NotPossible), archiving.mine(self._path, "prune"):
            archiving.renew(connection, self._path, _untold, self._boundary)

    def _give_back(self, connection: Any) -> None:
        more = True
        while more:
            with deed(connection, self._path, self._boundary, "give back"):
                more = tidying.give_back(connection)

    def movable(self, before: datetime) -> tuple[Moved, ...]:
        """The whole months before a time whose texts `archive` would move. Raises StoreMissing, StoreError."""
        with self._read() as connection:
            up_to_date(connection, self._path)
            return tuple(archiving.movable(connection, before))

    def archive(self, before: datetime, tell: archiving.Telling) -> tuple[Moved, ...]:
        """Move the texts of whole months before a time into a file each, beside a running daemon. Raises StoreMissing,
        StoreBusy, StoreError, and NotPossible where there is no room.
        """
        connection = months.open_whole_beside(self._path)
        try:
            with archiving.mine(self._path, "archive"):
                moved = archiving.archive(connection, self._path, before, tell, self._boundary)
            self._give_back(connection)
            return moved
        except DRIVER as error:
            raise damaged(self._path, error) from error
        finally:
            connection.close()

    def absent(self) -> tuple[str, ...]:
        """Which months' files are missing or are not those that were written, as far as their sizes and what they say of
        themselves tell. Raises StoreMissing, StoreError.
        """
        with self._read() as connection:
            return months.faults(self._path, connection, whole=False)

    def left(self) -> int:
        """How many texts that were pruned are still in months' files. Raises StoreMissing, StoreError."""
        with self._read() as connection:
            return sum(month.gone for month in months.noted(connection))

    @contextlib.contextmanager
    def _beside(self, name: str) -> Iterator[Any]:
        connection = months.open_whole_beside(self._path)
        try:
            with deed(connection, self._path, self._boundary, name):
                yield connection
        finally:
            connection.close()

    def backup(self, now: datetime, ends: Callable[[], int] | None = None) -> Path:
        """A checked copy in `backups/` beside the store; a running daemon may write meanwhile. *ends* is asked again and
        again, and what it answers but 0 ends it.

        Raises StoreMissing, StoreDamaged, StoreError, StoreBusy while another one is made, and NotPossible
        where no copy can be written.
        """
        folder = self._path.parent / FOLDER
        open_reader(self._path).close()  # what is no store gets no folder for its copies
        with _into(folder):
            folder.mkdir(exist_ok=True)
            lock = _copying(folder / self._path.stem)
            try:
                partial = folder / f"{self._path.stem}.partial"
                partial.unlink(missing_ok=True)  # of one that was cut short
                self._must_fit(folder)
                self._copied_whole(partial, ends)
                target = _free(folder, f"{self._path.stem}-{_stamp(now)}")
                partial.replace(target)
                carrying.sync(folder)
                return target
            finally:
                lock.release()

    def _copied_whole(self, partial: Path, ends: Callable[[], int] | None) -> None:
        """A copy of the store, and beside it the months' files that it refers to. One that nobody has any more keeps no
        copy from being made: `absent` names it.
        """
        with self._months_mine("backup"):
            _copy(self._path, partial, ends)
            here = months.folder_of(self._path)
            carrying.carry(partial, [here], months.folder_of(partial), whole=False)

    def _months_mine(self, work: str) -> contextlib.AbstractContextManager[object]:
        """While it lasts, nobody moves texts: what a copy refers to stays until it has been copied. Raises StoreBusy."""
        there = months.folder_of(self._path).is_dir()
        return archiving.mine(self._path, work) if there else contextlib.nullcontext()

    def _must_fit(self, folder: Path) -> None:
        """Raises NotPossible where a copy would leave the disk too full to write to the store."""
        with self._read() as connection:
            takes = in_use(connection) + ballast.BYTES
        if takes > (free := shutil.disk_usage(folder).free):
            raise _no_copy(
                folder, f"it takes {takes / 1e6:,.0f} MB, and {free / 1e6:,.0f} are free"
            )

    def copied(self, now: datetime) -> datetime | None:
        """When the newest copy was made; where there is none, when the store's history begins. One of after *now* was
        made by a clock that was set back since: it is no newer than others.
        """
        if copies := self._until(now):
            return self._made(copies[0])
        with self._read() as connection:
            row = connection.execute("SELECT at FROM change ORDER BY id LIMIT 1").fetchone()
        return moment(row[0]) if row else None

    def rotate(self, plan: BackupPlan, now: datetime) -> int:
        """Remove the copies that *plan* lets go; returns how many. The newest good one is never among them, nor is
        one of after *now*. Raises StoreError where the disk refuses.
        """
        copies = self._until(now)
        kept = rotation.stay(map(self._made, copies), plan)
        gone = [copy for copy in copies if self._made(copy) not in kept]
        if gone and SqliteKeeper(copies[0]).check():
            return 0  # the newest is no good: an older one may be all there is
        with _on_disk(self._path.parent / FOLDER):
            for copy in gone:
                copy.unlink(missing_ok=True)
            if gone:
                carrying.sweep(copies[0])
        return len(gone)

    def is_copied(self, at: datetime) -> bool:
        """Whether the newest copy is good, and of *at* or later."""
        copies = self.backups()
        made = bool(copies) and self._made(copies[0]) >= at.replace(microsecond=0)
        return made and not SqliteKeeper(copies[0]).check()

    def _until(self, now: datetime) -> list[Path]:
        return [copy for copy in self.backups() if self._made(copy) <= now]

    def _made(self, copy: Path) -> datetime:
        told = copy.stem.removeprefix(f"{self._path.stem}-").partition("_")[0]
        return datetime.strptime(told, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    def backups(self) -> tuple[Path, ...]:
        """The copies there are, the newest first."""
        ours = re.compile(rf"{re.escape(self._path.stem)}-(\d{{8}}T\d{{6}}Z)(?:_(\d+))?\.db")
        folder = self._path.parent / FOLDER
        with _on_disk(folder):
            names = os.listdir(folder) if folder.is_dir() else []  # noqa: PTH208 - names are asked
        found = [(m[1], int(m[2] or 1), name) for name in names if (m := ours.fullmatch(name))]
        return tuple(folder / name for _, _, name in sorted(found, reverse=True))

    def newest_good(self, now: datetime | None = None) -> Path:
        """The newest copy that passes its check, one of after *now* (made by a clock that was set back since) behind
        all others; raises StoreError when there is none.
        """
        copies = self.backups()
        for copy in sorted(copies, key=lambda copy: now is not None and self._made(copy) > now):
            with contextlib.suppress(
                StoreMissing, StoreFull
            ):  # an empty one, or one that cannot be read
                if not SqliteKeeper(copy).check():
                    return copy
        raise StoreError(f"{self._path.parent / FOLDER}: no sound backup to restore from")

    def restore(self, source: Path, now: datetime) -> Path | None:
        """Put *source*, with what its own log holds, in the store's place; returns where the old
        file and its log were kept, None where there was none.

        Raises StoreBusy while a daemon runs, StoreDamaged when *source* is not sound, StoreMissing
        and StoreError.
        """
        with _on_disk(self._path), self._months_mine("restore"):
            lock = Lock(self._path, work="restore")
            try:
                wrong = SqliteKeeper(source).check()
                if wrong:
                    raise StoreDamaged(f"{source}: not sound: {wrong[0]}")
                # A link stays a link: the file it leads to is replaced where it lies, beside its own log.
                is_link = self._path.is_symlink()
                store = Path(os.path.realpath(self._path)) if is_link else self._path
                fresh = store.with_name(f"{store.name}.restoring")
                _copy(source, fresh)
                # Before the copy stands in the store's place; what the old one refers to stays beside it.
                here = months.folder_of(store)
                carrying.carry(fresh, [months.folder_of(source), here], here, whole=True)
                kept = None
                log = Path(f"{store}-wal")
                if store.exists():
                    kept = _free(store.parent, f"{store.stem}-replaced-{_stamp(now)}")
                    if log.exists():
                        _keep(log, Path(f"{kept}-wal"))
                    _keep(store, kept)
                    with contextlib.suppress(PermissionError):  # some disks know no rights
                        fresh.chmod(stat.S_IMODE(store.stat().st_mode))
                    carrying.sync(store.parent)
                # The old log must be gone before the new file has the name it belongs to.
                log.unlink(missing_ok=True)
                Path(f"{store}-shm").unlink(missing_ok=True)
                fresh.replace(store)
                carrying.sync(store.parent)
                return kept
            finally:
                lock.release()


@contextlib.contextmanager
def _scratch() -> Iterator[str]:
    """A database that goes when it is done with: in memory where no folder takes a file."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="newswatch-")
    except OSError:
        yield ":memory:"
        return
    with folder as place:
        yield str(Path(place) / "history.db")


def _untold(_month: str, _done: int, _of: int) -> None:
    """Nobody waits for it."""


def _size(connection: Any) -> int:
    """The bytes of the store that hold something, those of its months' files among them."""
    return in_use(connection) + months.bytes_of(connection)


def _pruned(pruning: Pruning, connection: Any, tell: Callable[[Pruned], None]) -> Pruned:
    """What goes in one whole pass."""
    gone = Pruned()
    while (more := pruning.step(connection)) is not None:
        gone += more
        tell(gone)
    return gone


def _copy(source: Path, target: Path, ends: Callable[[], int] | None = None) -> None:
    """A checked copy of *source* as *target*, whose place is ours and which nobody may read who may not read *source*;
    removed again when it fails.
    """
    for suffix in ("", "-journal", "-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
    connection = open_reader(source)
    try:
        connection.execute("PRAGMA query_only = 0")
        _shut(target, source)
        connection.set_progress_handler(ends, STEPS)
        connection.execute("VACUUM INTO ?", (str(target),))
    except DRIVER as error:
        target.unlink(missing_ok=True)
        said = str(error)
        if "unable to open" in said:  # the source was opened before
            raise _no_copy(target.parent, "cannot be written to") from error
        if "full" in said or "I/O" in said:
            raise _no_copy(target.parent, f"{said}, so the disk is full or fails") from error
        raise damaged(source, error) from error
    finally:
        connection.close()
    try:
        wrong = SqliteKeeper(target).check()
    except StoreError:
        target.unlink(missing_ok=True)  # it holds the room that is missing
        raise
    if wrong:
        target.unlink(missing_ok=True)
        raise StoreDamaged(f"{source}: its copy is not sound: {wrong[0]}")
    carrying.sync(target)


def _shut(target: Path, source: Path) -> None:
    """Make an empty *target* with the rights of *source*, before there is anything in it to read. Raises NotPossible."""
    try:
        rights = stat.S_IMODE(source.stat().st_mode)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with contextlib.suppress(PermissionError):  # some disks know no rights
                os.fchmod(descriptor, rights | stat.S_IRUSR | stat.S_IWUSR)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _no_copy(target.parent, error.strerror or "cannot be written to") from error


def _stamp(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S}Z"


def _free(folder: Path, name: str) -> Path:
    """A path for *name* that nothing has yet: a second one of the same second gets a number."""
    target, number = folder / f"{name}.db", 2
    while target.exists():
        target, number = folder / f"{name}_{number}.db", number + 1
    return target


def _keep(old: Path, kept: Path) -> None:
    """*old* under a second name; a copy where the disk knows no second names."""
    try:
        os.link(old, kept)
    except FileExistsError:
        raise
    except OSError:
        shutil.copyfile(old, kept)
        carrying.sync(kept)


def _copying(path: Path) -> Lock:
    """The lock of whoever makes a copy. Raises StoreBusy, OSError."""
    try:
        return Lock(path, work="backup")
    except StoreError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno == errno.ELOOP:
            raise _no_copy(path.parent, f"{path}.lock is a link: remove it") from error
        if isinstance(cause, OSError) and not isinstance(error, StoreBusy):
            raise cause from None  # it is no store that cannot be used
        raise


def _no_copy(folder: Path, why: str) -> NotPossible:
    return NotPossible(f"{folder}: no copy was made ({why}); the store itself is as it was")


@contextlib.contextmanager
def _into(folder: Path) -> Iterator[None]:
    """What the disk refuses while a copy is made in *folder*: the store is sound."""
    try:
        yield
    except FileExistsError as error:
        raise _no_copy(folder, "it is no folder, or a link to none: make way for one") from error
    except OSError as error:
        raise _no_copy(folder, error.strerror or "the disk refuses") from error


@contextlib.contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    """What the disk refuses, as the store's own error."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}: see its folder and its rights") from error
