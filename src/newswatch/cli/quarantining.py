"""quarantine: feeds and pages whose readers had to be ended, and letting them be read again.

Rule: works beside a running daemon; `retry` only says that they are due, whoever polls next asks them.
"""

from __future__ import annotations

import click

from newswatch.cli.groups import Group
from newswatch.cli.output import answer, emit, note, public, table, when
from newswatch.cli.reading import JSON
from newswatch.cli.settings import Mistake, NotThere, Options, utc_now
from newswatch.store import open_archive, open_keeper
from newswatch.wording import counted


@click.group(cls=Group, invoke_without_command=True)
@JSON
@click.pass_context
def quarantine(ctx: click.Context, as_json: bool) -> int:
    """Feeds and pages that are not read, as their readers had to be ended."""
    return ctx.invoke(list_, as_json=as_json) if ctx.invoked_subcommand is None else 0


@quarantine.command("list")
@JSON
@click.pass_obj
def list_(options: Options, as_json: bool) -> int:
    """What is in quarantine, the newest first; 1 when nothing is."""
    archive = open_archive(options.store())
    try:
        held = archive.quarantine()
    finally:
        archive.close()
    if as_json:
        for one in held:
            emit(one)
    elif held:
        table(
            [
                one
                | {"id": one["id"][:8], "since": when(one["since"]), "last": when(one["last"])}
                | {"url": public(one["url"])}
                for one in held
            ],
            [
                ("id", "id"), ("kind", "what"), ("feed", "feed"), ("tries", "tries"), ("since", "since"),
                ("last", "last"), ("reason", "why"), ("url", "address"),
            ],
        )  # fmt: skip
    else:
        note("nothing is in quarantine")
    return 0 if held else 1


@quarantine.command()
@click.argument("id_", metavar="ID", required=False)
@click.option("--all", "every", is_flag=True, help="All that is in quarantine.")
@click.option("--dry-run", is_flag=True, help="Say what would be read again, change nothing.")
@JSON
@click.pass_obj
def retry(options: Options, id_: str | None, every: bool, dry_run: bool, as_json: bool) -> int:
    """Ask for a feed or page again at once and read what comes, by the beginning of its ID or --all."""
    if bool(id_) == every:
        raise Mistake("say which: an ID of `newswatch quarantine list`, or --all")
    address = options.store()
    archive = open_archive(address)
    try:
        held = archive.quarantine()
    finally:
        archive.close()
    chosen = [one for one in held if every or one["id"].startswith(id_ or "")]
    if id_ and not chosen:
        raise NotThere(f"{id_}: nothing in quarantine begins so")
    if id_ and len(chosen) > 1:
        raise NotThere(f"{id_}: several begin so, give more of the id")
    if not dry_run:
        open_keeper(address).let_out([one["id"] for one in chosen], utc_now())
    for one in chosen:
        answer(
            {"id": one["id"], "kind": one["kind"], "feed": one["feed"], "url": one["url"], "dry_run": dry_run},
            f"{one['id'][:8]} {one['kind']} of {one['feed']}: {public(one['url'])}"
            f" {'would be' if dry_run else 'is'} asked again at once",
            as_json=as_json,
        )  # fmt: skip
    if every and not as_json:
        note(f"{counted(len(chosen), 'request')}{' (dry run)' if dry_run else ''}")
    return 0 if chosen else 1
