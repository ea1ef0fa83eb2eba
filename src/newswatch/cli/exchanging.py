"""import and export: articles in as JSON lines, everything out as JSON lines.

Rule: a line that cannot be read is named with its number and the rest goes on; exit code 1 then. An
import that is ended from outside says how far it came: what it kept is whole batches.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from newswatch.cli.output import complain, emit, note, progress, upgrade, when
from newswatch.cli.settings import Mistake, Options, utc_now
from newswatch.model import Imported, StoreMissing, StoreOutdated
from newswatch.store import ExportKind, open_archive, open_ledger
from newswatch.wording import counted

if TYPE_CHECKING:
    from newswatch.exchange import Mistake as WrongLine
    from newswatch.model import Waiting

BATCH = 200
COMPLAINTS = 20


@click.command()
@click.option(
    "--what",
    type=click.Choice(["articles", "versions", "stories", "matches", "changes"]),
    default="articles",
    show_default=True,
)
@click.option("--json", "_as_json", is_flag=True, hidden=True, help="It is always JSON.")
@click.pass_obj
def export(options: Options, what: ExportKind, _as_json: bool) -> None:
    """Everything of a kind, one JSON object a line."""
    archive = open_archive(options.store())
    try:
        # Where the objects themselves run over the terminal they say enough.
        with progress("exporting", quiet=options.quiet or sys.stdout.isatty()) as tell:
            for n, value in enumerate(archive.export(what), 1):
                emit(value)
                if n % BATCH == 0:
                    tell(f"{n:,}")
    finally:
        archive.close()


@click.command("import")
@click.argument("files", nargs=-1, required=True)
@click.option("--alert", is_flag=True, help="Tell people of matches, as if the articles arrived.")
@click.option("--dry-run", is_flag=True, help="Read and check, keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="The result as an object.")
@click.pass_obj
def import_(
    options: Options, files: tuple[str, ...], alert: bool, dry_run: bool, as_json: bool
) -> int:
    """Articles from FILES (JSON lines; - is standard input) into the archive."""
    from newswatch import desk
    from newswatch.exchange import Mistake as WrongLine

    now = utc_now()
    wrong = articles = new = kept = 0
    owed: tuple[Waiting, ...] = ()
    ending = Ending()
    ledger = None
    try:
        with ending:
            with ending.at_once():
                with contextlib.suppress(StoreMissing, StoreOutdated):
                    # A damaged store is said before a bad configuration.
                    open_archive(options.store()).close()
                configuration = options.configuration_if_any()
                for name in files:
                    if name != "-" and (not Path(name).exists() or Path(name).is_dir()):
                        raise Mistake(f"{name}: there is no such file")
                force = desk.in_force(configuration) if configuration is not None else None
            say_upgrade = upgrade(quiet=options.quiet)

            def upgrading(done: int, of: int) -> None:
                say_upgrade(done, of)
                with ending.at_once():  # what was filed anew so far is kept
                    pass

            ledger = (
                None
                if dry_run
                else open_ledger(options.store(), work="import", upgrading=upgrading)
            )
            with ending.at_once():  # rules that are new are run over the archive, in steps
                intake = desk.Import(ledger, force, now, alert=alert) if ledger else None
            batch: list[Imported] = []
            values = _read(files, now)
            with progress("importing", quiet=options.quiet) as tell:
                while True:
                    with ending.at_once():
                        name, value = next(values, ("", None))
                    if isinstance(value, WrongLine):
                        wrong += 1
                        if wrong <= COMPLAINTS:
                            complain(f"{name}:{value.line}: {value.reason}")
                        continue
                    if value is not None:
                        articles += 1
                        batch.append(value)
                    if batch and (value is None or len(batch) == BATCH):
                        new += intake.keep(batch) if intake is not None else 0
                        kept += len(batch)
                        batch.clear()
                        tell(counted(articles, "article"))
                    if value is None:
                        break
            if intake is not None:
                with ending.at_once():
                    owed = intake.finish()
    except Ended as ended:
        done = f"{counted(kept, 'article')} of those read so far were kept, {counted(new, 'new version')}"
        complain(f"{ended}: {done}; run it again for the rest, nothing is kept twice")
        if as_json:
            emit({"read": articles, "new_versions": new, "wrong": wrong, "kept": kept})
        return 1
    finally:
        if ledger is not None:
            ledger.close()
    if as_json:
        waits = [
            {"to": w.recipient, "digest": w.digest, "notifications": w.notifications, "at": w.goes}
            for w in owed
        ]
        told = {"waiting": waits} if alert else {}
        emit({"read": articles, "new_versions": new, "wrong": wrong} | told)
    else:
        note(
            f"{counted(articles, 'article')} read, {counted(new, 'new version')}"
            + (f"; {counted(wrong, 'line was', 'lines were')} wrong and left out" if wrong else "")
            + (" (dry run: nothing kept)" if dry_run else "")
        )
        for line in _who_waits(owed) if alert and not dry_run else ():
            note(line)
    return 1 if wrong or not articles else 0


def _who_waits(owed: tuple[Waiting, ...]) -> Iterator[str]:
    """Whom letters wait for, and when they leave: an import sends none."""
    for w in owed:
        whose = w.recipient if w.digest == "now" else f"{w.recipient}, digest {w.digest}"
        goes = f"at {when(w.goes)} UTC" if w.goes else "with the next `once` or `run`"
        yield f"  {whose}: {counted(w.notifications, 'notification')} to go out {goes}"
    if not owed:
        yield "  nobody is to be told of anything"


class Ended(Exception):
    """SIGTERM or SIGINT came; the message says which."""


class Ending:
    """While it is entered, SIGTERM and SIGINT raise Ended: inside `at_once` at any time, else when the
    next `at_once` begins, so that what is being kept is kept first.
    """

    def __init__(self) -> None:
        self._came = ""
        self._at_once = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._asked)

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _asked(self, number: int, _frame: object) -> None:
        self._came = f"ended by {signal.Signals(number).name}"
        if self._at_once:
            self._at_once = False  # another one must not come between while this one is told
            raise Ended(self._came)

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """What may be ended at any time."""
        self._at_once = True
        try:
            if self._came:
                raise Ended(self._came)
            yield
        finally:
            self._at_once = False


def _read(files: tuple[str, ...], now: datetime) -> Iterator[tuple[str, Imported | WrongLine]]:
    from newswatch.exchange import lines, read_articles

    for name in files:
        with _opened(name) as stream:
            for value in read_articles(lines(stream), now):
                yield name, value


@contextlib.contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
    else:
        with Path(name).open("rb") as stream:
            yield stream
