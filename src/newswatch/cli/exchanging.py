"""import and export: articles in as JSON lines, everything out as JSON lines.

Rule: a line that cannot be read is named with its number and the rest goes on; exit code 1 then. An
import that is ended from outside says how far it came: what it kept is whole batches.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newswatch.cli.intake import BATCH, Ended, Ending, must_exist, must_not_be, opened
from newswatch.cli.output import complain, emit, note, progress, upgrade, when
from newswatch.cli.settings import Mistake, Options, is_file, utc_now
from newswatch.cli.soundness import looked_through, naming_a_copy
from newswatch.model import Imported, StoreMissing, StoreOutdated
from newswatch.store import ExportKind, open_archive, open_ledger
from newswatch.wording import counted

if TYPE_CHECKING:
    from newswatch.exchange import Mistake as WrongLine
    from newswatch.model import Waiting

COMPLAINTS = 20


@click.command()
@click.option(
    "--what",
    type=click.Choice(["articles", "versions", "stories", "matches", "changes"]),
    default="articles",
    show_default=True,
)
@click.option(
    "--since",
    metavar="ID[:CHAIN]",
    default=None,
    help="With --what changes: those behind the change with this id. Other stores have the same ids: with the chain"
    " that stands beside it in its line (1204:9f86d0…), another's history is refused.",
)
@click.option(
    "--follow",
    is_flag=True,
    help="With --what changes: go on with those that come, until ended.",
)
@click.option(
    "--to",
    metavar="ADDRESS",
    default=None,
    help="With --what changes: bring them there in place of standard output, from where it was left:"
    " opensearch+https://HOST:9200/INDEX, elasticsearch+https://…, parquet:FOLDER, https://HOOK,"
    " or @FILE, which holds such an address and nobody else may read.",
)
@click.option(
    "--authorization-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=None,
    help="With --to: a file that nobody else may read, with the Authorization header's value.",
)
@click.option("--json", "as_json", is_flag=True, help="With --to: what was taken, as an object.")
@click.pass_obj
def export(
    options: Options,
    what: ExportKind,
    since: str | None,
    follow: bool,
    to: str | None,
    authorization_file: Path | None,
    as_json: bool,
) -> int | None:
    """Everything of a kind, one JSON object a line."""
    if authorization_file is not None and to is None:
        raise Mistake("--authorization-file goes with --to")
    if what == "changes" and to is not None:
        from newswatch.cli.sending import send

        return send(options, to, since, authorization_file, follow=follow, as_json=as_json)
    if what == "changes":
        from newswatch.cli.replicating import stream

        return stream(options, since, follow=follow)
    if since is not None or follow or to is not None:
        raise Mistake("--since, --follow and --to go with --what changes")
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
    return None


@click.command("import")
@click.argument("files", nargs=-1, required=True)
@click.option("--alert", is_flag=True, help="Tell people of matches, as if the articles arrived.")
@click.option("--dry-run", is_flag=True, help="Read and check, keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="The result as an object.")
@click.pass_obj
def import_(
    options: Options, files: tuple[str, ...], alert: bool, dry_run: bool, as_json: bool
) -> int:
    """Articles from FILES (JSON lines; - is standard input) into the archive.

    Or another archive's changes, as `export --what changes` writes them: then the store, a new one or one made so
    before, becomes a copy of that archive.
    """
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
                address = options.store()
                with contextlib.suppress(StoreMissing, StoreOutdated), naming_a_copy(address):
                    # A damaged store is said before a bad configuration.
                    open_archive(address).close()
                if not dry_run:
                    looked_through(address, now)
                configuration = options.configuration_if_any()
                must_exist(files)
                must_not_be(options.store(), files)
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
            with ending.at_once():
                of_history = _holds_changes(files[0])
            if of_history:
                from newswatch.cli.replicating import take

                if alert:
                    raise Mistake(
                        "a copy of another archive tells nobody: --alert goes with articles"
                    )
                replica = ledger.replica if ledger is not None else None
                return take(replica, files, ending, quiet=options.quiet, as_json=as_json)
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


def _read(files: tuple[str, ...], now: datetime) -> Iterator[tuple[str, Imported | WrongLine]]:
    from newswatch.exchange import lines, read_articles

    for name in files:
        with opened(name) as stream:
            for value in read_articles(lines(stream), now):
                yield name, value


def _holds_changes(name: str) -> bool:
    """Whether a file, or standard input, begins as an archive's changes do; nothing of it is used up."""
    from newswatch.exchange import are_changes

    if name != "-":
        must_exist((name,))
        if not is_file(name):
            return False  # what a pipe holds is read once
    with opened(name) as stream:
        peek = getattr(stream, "peek", None)  # what stands in for standard input may have none
        return peek is not None and are_changes(peek(1)[:200])
