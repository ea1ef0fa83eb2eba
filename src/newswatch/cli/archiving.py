"""archive: months of old texts moved out of the store into read-only files beside it.

Rule: what is found and shown is the same before and after; nothing is moved that is not in a file that was read back.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import click

from newswatch.cli.keeping import say_absent
from newswatch.cli.output import emit, note, progress, say
from newswatch.cli.reading import JSON
from newswatch.cli.settings import Mistake, Options, utc_now
from newswatch.store import open_keeper
from newswatch.wording import counted


@click.command()
@click.option(
    "--before", required=True, metavar="YYYY-MM", help="Whole months (UTC) before this one."
)
@click.option("--dry-run", is_flag=True, help="Say what would be moved, move nothing.")
@JSON
@click.pass_obj
def archive(options: Options, before: str, dry_run: bool, as_json: bool) -> int:
    """Move the texts of old months out of the store into a read-only file each, beside it, while newswatch runs.

    Nothing else changes: they are searched, shown, exported and verified as before, `backup` copies them once. The files
    (STORE.months/) are plain SQLite and belong to the store: keep them together.
    """
    try:
        month = _first_of(before, utc_now())
    except ValueError as wrong:
        raise Mistake(f"--before {before}: {wrong}") from wrong
    keeper = open_keeper(options.store())
    if dry_run:
        with progress("looking", quiet=options.quiet or as_json):
            found = keeper.movable(month)
    else:
        with progress("moving", quiet=options.quiet or as_json) as line:
            found = keeper.archive(month, lambda which, done, of: line(_under_way(which, done, of)))
    if as_json:
        for one in found:
            emit({"month": one.month, "texts": one.texts, "bytes": one.bytes, "moved": not dry_run})
        return say_absent(keeper)
    for one in found:
        say(f"{one.month}: {_said(one.texts, one.bytes)}")
    both = _said(sum(one.texts for one in found), sum(one.bytes for one in found))
    note(f"{'would be moved' if dry_run else 'moved'}: {both}")
    return say_absent(keeper)


def _first_of(month: str, now: datetime) -> datetime:
    """When a month as people write it began. Raises ValueError for one that has not, or is none."""
    if not re.fullmatch(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])", month):
        raise ValueError("write a month, as 2026-01")
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    if first > now:
        raise ValueError(f"only months that are over are moved: {now:%Y-%m} at most")
    return first


def _said(texts: int, size: int) -> str:
    return f"{counted(texts, 'text')}, {size / 1e6:,.1f} MB"


def _under_way(month: str, done: int, of: int) -> str:
    return f"{month}: {done:,} of {of:,} taken out" if of else f"{month}: {done:,} written"
