"""What the options, the environment and the configuration say together.

Rule: the store can be found without reading the whole configuration; only `configuration` loads
it, and its mistakes end the command with exit code 2.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newswatch.model import EPOCH
from newswatch.store import DEFAULT_STORE

if TYPE_CHECKING:
    from newswatch.config import Configuration
    from newswatch.model import Letter, Sent
    from newswatch.query import Query

CONFIG_FOLDER = "config"
FEEDS_FILE = "feeds.yaml"
CONFIG_FILES = ("newswatch.yaml", "rules.yaml", "digests.yaml")  # in the folder
# A store's rows count milliseconds from the epoch and end in 2248; what is kept is asked for later.
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
SHOWN = 10  # names of what there is, where none is like the one asked for
# What is asked of paths as typed: pathlib raises at a name too long.
is_there, is_file, is_folder, is_link = (
    os.path.exists,
    os.path.isfile,
    os.path.isdir,
    os.path.islink,
)


class Mistake(click.ClickException):
    """A mistake in the command, the query or the configuration."""

    exit_code = 2


class NotThere(click.ClickException):
    """A name that nothing is called by: the command was right, and found nothing."""

    exit_code = 1


def not_there(kind: str, name: str, known: Iterable[str]) -> NotThere:
    """That no *kind* is called *name*, with the nearest of the *known* names, or all of a few."""
    from newswatch.wording import few, nearest

    names = list(known)
    near = nearest(name, names)
    hint = f'did you mean "{near}"?' if near else "there is none"
    if not near and names:
        hint = f"there {'is' if len(names) == 1 else 'are'} {few(names, SHOWN)}"
    return NotThere(f'there is no {kind} "{name}" ({hint})')


class Refused(click.ClickException):
    """The other side refused, where reaching it was the command's one purpose."""

    exit_code = 3


@dataclass(frozen=True)
class Options:
    """The options every command shares. *config_given* and *feeds_given* tell a default from what
    was named: a default may be absent, what was named and is not there was mistyped.
    """

    config: Path
    feeds: Path
    store_given: str
    config_given: bool
    feeds_given: bool
    environ: Mapping[str, str]
    verbose: bool = False
    quiet: bool = False

    @classmethod
    def given(
        cls,
        config: str | None,
        feeds: str | None,
        store: str | None,
        *,
        verbose: bool,
        quiet: bool,
        environ: Mapping[str, str],
    ) -> Options:
        """The options as typed, else as the environment says, else the defaults."""
        folder = config or environ.get("NEWSWATCH_CONFIG") or ""
        return cls(
            config=Path(folder or CONFIG_FOLDER),
            feeds=Path(feeds or FEEDS_FILE),
            store_given=store or environ.get("NEWSWATCH_STORE") or "",
            config_given=bool(folder),
            feeds_given=bool(feeds),
            environ=environ,
            verbose=verbose,
            quiet=quiet,
        )

    def store(self) -> str:
        """The store's address: option, environment, configuration, default."""
        if self.store_given:
            if not re.match(r"sqlite:.", self.store_given):
                raise Mistake(
                    f"{self.store_given!r} is no store address: write sqlite:PATH,"
                    f" e.g. {DEFAULT_STORE}"
                )
            return self.store_given
        from newswatch.config import ConfigError, store_address

        try:
            return store_address(self.config) or DEFAULT_STORE
        except ConfigError as wrong:
            raise Mistake(str(wrong)) from wrong

    def spare(self, file: Path) -> None:
        """Raises Mistake for a *file* that must not be written over: what newswatch lives by, and what a link leads to."""
        if is_link(file) and (is_file(file) or not is_there(file)):  # not /dev/stdout
            raise Mistake(f"{file}: is a link: name the file that it leads to")
        store = self.store()
        ours = (*files_of(store), self.feeds, *(self.config / name for name in CONFIG_FILES))
        kept = any(is_same(one, folder) for one in file.parents for folder in folders_of(store))
        if any(is_same(file, one) for one in ours) or (kept and is_there(file)):
            raise Mistake(f"{file}: newswatch itself lives by this file: name another")

    def configuration(self) -> Configuration:
        """The whole configuration, checked. Raises Mistake with every mistake in it."""
        from newswatch.config import ConfigError, load

        if self.feeds_given and not is_there(self.feeds):
            raise Mistake(f"{self.feeds}: there is no such file (named by --feeds)")
        try:
            return load(self.config, self.feeds)
        except ConfigError as wrong:
            raise Mistake(str(wrong)) from wrong

    def sender(self, configuration: Configuration) -> Callable[[Letter], Sent]:
        """The ways letters leave by the configuration, with the secrets that they need. Raises Mistake."""
        from newswatch import desk
        from newswatch.channels import ChannelError
        from newswatch.config import ConfigError, read_secrets
        from newswatch.mail import MailError

        try:
            return desk.sender(configuration, read_secrets(configuration, self.environ))
        except (ChannelError, ConfigError, MailError) as wrong:
            raise Mistake(str(wrong)) from wrong

    def configuration_if_any(self) -> Configuration | None:
        """The configuration where there is one: what needs only a store works without, also beside
        another program's folder of that name.
        """
        from newswatch.config import MAIN

        if not self.config_given and is_absent(self.config / MAIN):
            return None
        return self.configuration()


def files_of(store: str) -> tuple[Path, ...]:
    """The files of the *store* at that address: its own, and those that SQLite and newswatch keep beside it."""
    path = os.path.realpath(store.partition(":")[2])
    ends = ("", "-wal", "-shm", "-journal", ".lock", ".turn", ".ballast")
    return tuple(Path(f"{path}{end}") for end in ends)


def folders_of(store: str) -> tuple[Path, ...]:
    """Where the copies and the old months of the *store* at that address lie, beside it."""
    from newswatch.store.months import COPIES, folder_of

    path = Path(os.path.realpath(store.partition(":")[2]))
    return path.with_name(COPIES), folder_of(path)


def is_absent(path: Path) -> bool:
    """Whether nothing has that name; what may not be looked at may be there."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass
    return False


def is_same(one: Path, other: Path) -> bool:
    """Whether both lead to one file that is there."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def read_query(words: str, *, alone: bool = True) -> Query:
    """The query in *words*, which stands *alone* or beside another. Raises Mistake with a caret under
    the place.
    """
    from newswatch.query import QueryError, read

    try:
        return read(words, alone=alone)
    except QueryError as wrong:
        raise Mistake(str(wrong)) from wrong


def utc_now() -> datetime:
    """The machine's time: commands that keep something pass it on."""
    return datetime.now(UTC)


UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}  # seconds


def _seconds(span: str) -> int | None:
    """The seconds of a span as typed, 30m or 3d; None for what is none."""
    said = re.fullmatch(r"([0-9]{1,9})([mhdw])", span)
    return int(said[1]) * UNITS[said[2]] if said else None


class Lasting(click.ParamType[timedelta]):
    """A span of time as typed, 30m to 520w: what lasts longer is no span but a decision."""

    name = "span"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """How long *value* is."""
        if isinstance(value, timedelta):
            return value
        seconds = _seconds(value) or 0
        if not 0 < seconds <= 520 * UNITS["w"]:
            self.fail(f"{value!r} is no span of time: write 30m, 8h, 3d or 2w", param, ctx)
        return timedelta(seconds=seconds)


LASTING = Lasting()


class Moment(click.ParamType[datetime]):
    """A time as typed: 2026-08-20, 2026-08, 2026-08-20T10:00Z, or a span back from now: 30m, 12h, 3d, 2w;
    where it *ends*, a day and a month are taken to their ends, as `until:` takes them. Only what a store
    can hold is a time.
    """

    name = "time"

    def __init__(self, *, ends: bool = False) -> None:
        self._ends = ends

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The time *value* names; UTC where it names no zone."""
        if isinstance(value, datetime):
            return value
        try:
            back = _seconds(value)
            found = self._named(value) if back is None else utc_now() - timedelta(seconds=back)
        except ValueError:
            self.fail(
                f"{value!r} is no time: write 2026-08-20, 2026-08-20T10:00Z, or 12h, 3d", param, ctx
            )
        except OverflowError:
            found = datetime.min.replace(tzinfo=UTC)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        if not EPOCH <= found < LATEST or (self._ends and found == EPOCH):
            self.fail(
                f"{value!r} is outside the years {EPOCH.year} to {LATEST.year - 1}", param, ctx
            )
        return found

    def _named(self, value: str) -> datetime:
        """The time that *value* names. Raises ValueError."""
        month = len(value) == len("2026-08") and value[4:5] == "-"
        found = datetime.fromisoformat(f"{value}-01" if month else value)
        if self._ends and month:
            return (found + timedelta(days=31)).replace(day=1)
        return (
            found + timedelta(days=1) if self._ends and len(value) == len("2026-08-20") else found
        )


MOMENT, END = Moment(), Moment(ends=True)


class Written(click.Path):
    """A file to write into, as typed; `-` stands for standard output."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """The path. Raises Mistake for one that must not be written over."""
        file: Any = super().convert(value, param, ctx)
        options = ctx.find_object(Options) if ctx else None
        if options is not None and str(file) != "-":
            options.spare(file)
        return file


WRITTEN = Written()
