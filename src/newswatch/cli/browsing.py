"""web: the archive in a browser.

Rule: what serves is imported inside the command; on loopback unless more is said.
"""

from __future__ import annotations

import ipaddress
from contextlib import closing
from pathlib import Path

import click

from newswatch import web as rooms
from newswatch.cli.output import note, say
from newswatch.cli.settings import Mistake, Options
from newswatch.store import holder_of, open_archive

PORT = 8421


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")  # fmt: skip
@click.option("--beyond-loopback", is_flag=True, help="Let others than this machine read the archive.")  # fmt: skip
@click.option("--name", "names", multiple=True, metavar="HOST", help="A name that browsers may ask by, as behind a proxy.")  # fmt: skip
@click.option("--copy", type=click.Path(path_type=Path, dir_okay=False), help="A copy whose tables are shown too, for SQL.")  # fmt: skip
@click.pass_obj
def web(
    options: Options,
    port: int,
    host: str,
    beyond_loopback: bool,
    names: tuple[str, ...],
    copy: Path | None,
) -> None:
    """The archive in a browser, on this machine, until Ctrl-C (extra web)."""
    if not rooms.installed():
        raise Mistake("web needs the extra of that name: pip install 'newswatch[web]'")
    try:
        where = ipaddress.ip_address(host)
    except ValueError as error:
        raise Mistake(f"--host: {host!r} is no address: write 127.0.0.1 or ::1") from error
    if not (where.is_loopback or beyond_loopback):
        raise Mistake(
            f"--host: {host} is no loopback address: whoever reaches it could read the archive, as nobody is asked"
            " for a password. Leave it out, or put a proxy that asks for one before it; --beyond-loopback says that"
            " you mean it"
        )
    store = options.store()
    open_archive(store).close()
    if copy is not None:
        _must_be_a_copy(copy, store)
    from newswatch.web.serving import WebError, listening, serve

    try:
        socket = listening(host, port)
    except WebError as wrong:
        raise Mistake(str(wrong)) from wrong

    def begun(address: str) -> None:
        say(address)
        if not options.quiet:
            note("Ctrl-C ends it")

    serve(store, socket, names, copy, begun)


def _must_be_a_copy(copy: Path, store: str) -> None:
    """Refuse a *copy* that may change while it is read, or is no store. Raises Mistake, StoreError."""
    said = f"sqlite:{copy}"
    with closing(open_archive(said)):
        pass
    live = Path(store.partition(":")[2])
    if copy.samefile(live) or holder_of(said) is not None:
        raise Mistake(
            f"--copy: {copy} is written to: `newswatch backup` makes a copy, in backups/ beside the store"
        )
    log = copy.with_name(f"{copy.name}-wal")
    if log.exists() and log.stat().st_size:
        raise Mistake(
            f"--copy: {copy} has a log beside it that would not be read: `newswatch --store {said} backup`"
            " makes a copy of both"
        )
