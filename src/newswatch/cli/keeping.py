"""check, verify, backup, restore: the operator's hands.

Rule: the store is looked at before the configuration; `restore` alone works on a damaged one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from newswatch.cli.output import emit, note, progress, say
from newswatch.cli.reading import JSON
from newswatch.cli.settings import Mistake, Options, is_there, utc_now
from newswatch.model import StoreBusy, StoreError
from newswatch.store import Keeper, holder_of, open_keeper
from newswatch.wording import counted


@click.command()
@JSON
@click.pass_obj
def check(options: Options, as_json: bool) -> None:
    """What is wrong with the configuration: everything at once, with file, line and path."""
    from newswatch.cli.watching import ready

    try:
        configuration = ready(options)[2]
    except Mistake as mistaken:
        if as_json:
            emit({"mistakes": _mistakes(mistaken)})
        raise
    figures: dict[str, Any] = {
        "feeds": sum(feed.enabled for feed in configuration.feeds),
        "rules": len(configuration.rules),
        "people": len(configuration.people),
        "digests": len(configuration.digests),
        "store": configuration.store,
        "mail": configuration.mail.server,
        "operator": configuration.operator and configuration.operator.name,
    }
    if as_json:
        emit(figures)
        return
    say(
        f"sound: {counted(figures['feeds'], 'feed')}, {counted(figures['rules'], 'rule')},"
        f" {counted(figures['people'], 'person', 'people')},"
        f" {counted(figures['digests'], 'digest')};"
        f" store {figures['store']}; mail {figures['mail']}"
        + (f"; operator {figures['operator']}" if figures["operator"] else "")
    )


def _mistakes(mistaken: Mistake) -> list[dict[str, Any]]:
    """Each mistake of the configuration with its place, null where it has none."""
    from newswatch.config import ConfigError

    wrong = mistaken.__cause__
    if not isinstance(wrong, ConfigError):
        return [{"file": None, "line": None, "path": None, "message": mistaken.message}]
    return [
        {
            "file": one.file or None,
            "line": one.line or None,
            "path": one.path or None,
            "message": one.message,
        }
        for one in wrong.mistakes
    ]


@click.command()
@click.option("--head", is_flag=True, help="Say the history's head alone, to be kept elsewhere.")
@click.option("--against", metavar="HEAD", help="A head that was kept: 1204:9f86d0…")
@JSON
@click.pass_obj
def verify(options: Options, head: bool, against: str | None, as_json: bool) -> int:
    """That nothing in the archive was changed since it was kept, or where; exit code 4 where something was.

    The history is a hash chain, which whoever can write to the file could make anew from some place on:
    keep its head elsewhere (a digest with `head: yes` mails it), and give it --against.
    """
    keeper = open_keeper(options.store())
    if head:
        emit({"head": keeper.head()}) if as_json else say(keeper.head())
        return 0
    with progress("following the history", quiet=options.quiet or as_json) as line:
        proof = keeper.verify(
            head_of(against), lambda done, of: line(f"{done:,} of {of:,} changes")
        )
    if as_json:
        emit(
            {
                "head": proof.head, "changes": proof.changes, "versions": proof.versions,
                "letters": proof.letters, "found": list(proof.found), "copied": proof.copied,
            }
        )  # fmt: skip
    else:
        for wrong in proof.found:
            say(wrong)
        note(
            f"{counted(proof.changes, 'change')} followed, {counted(proof.versions, 'version')} and"
            f" {counted(proof.letters, 'letter')} held against their hashes:"
            f" {'not all is as it was kept' if proof.found else 'all is as it was kept'}"
        )
        if proof.copied:
            note(
                f"this is a copy of another archive up to change {proof.copied:,}: what its readers were told is not held."
                " If you made no copy here, it was changed"
            )
        note(f"head {proof.head}")
    return 4 if proof.found else 0


def head_of(given: str | None) -> tuple[int, str] | None:
    """A head as it was *given*: a change's id and 64 hex digits. Raises Mistake."""
    if given is None:
        return None
    told = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", given.strip().lower())
    if told is None:
        raise Mistake(
            f"{given}: not a head, which is a number, a colon and 64 hex digits; `newswatch verify --head`"
            " says the one that stands"
        )
    return int(told[1]), told[2]


@click.command()
@JSON
@click.pass_obj
def backup(options: Options, as_json: bool) -> int:
    """A checked copy in backups/ beside the store, while newswatch runs."""
    with progress("copying the store and checking the copy", quiet=options.quiet or as_json):
        keeper = open_keeper(options.store())
        made = keeper.backup(utc_now())
    emit({"backup": str(made)}) if as_json else say(str(made))
    return say_absent(open_keeper(f"sqlite:{made}"))


def say_absent(keeper: Keeper) -> int:
    """The months' files that a store lacks, on standard error; 1 where there are any."""
    absent = keeper.absent()
    for one in absent:
        note(one)
    return int(bool(absent))


@click.command()
@click.option("--yes", is_flag=True, help="Do it; without this, say what would be done.")
@click.option(
    "--from", "source", type=click.Path(path_type=Path, dir_okay=False), help="This copy."
)
@JSON
@click.pass_obj
def restore(options: Options, yes: bool, source: Path | None, as_json: bool) -> int:
    """Put the newest good copy in the store's place; the old file is kept beside it."""
    address = options.store()
    running = holder_of(address)
    if yes and running is not None:
        raise StoreBusy(f"{address}: newswatch {running} is writing to it")
    keeper = open_keeper(address)
    if source is not None and not is_there(source):
        raise Mistake(f"{source}: there is no such file")
    try:
        with progress("looking for a sound copy", quiet=options.quiet or as_json):
            chosen = source or keeper.newest_good(utc_now())
    except StoreError as wrong:
        note(str(wrong))
        return 1
    if not yes:
        if as_json:
            emit({"would_restore": str(chosen)})
        else:
            say(f"would put {chosen} in the store's place; say --yes to do it")
        return 0
    with progress("putting the copy in place", quiet=options.quiet or as_json):
        kept = keeper.restore(chosen, utc_now())
    if as_json:
        emit({"restored": str(chosen), "kept": str(kept) if kept else None})
    else:
        say(f"restored from {chosen}; " + (f"the old file is {kept}" if kept else "there was none"))
    return say_absent(keeper)
