"""init: a commented configuration to begin with, and the next step.

Rule: what is there is never written over; the samples are the files that newswatch is shipped with.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from newswatch.cli.output import emit, note, say
from newswatch.cli.reading import JSON
from newswatch.cli.settings import CONFIG_FILES, FEEDS_FILE, Mistake, Options
from newswatch.wording import counted


@click.command("init")
@click.option("--dry-run", is_flag=True, help="Say what would be written.")
@JSON
@click.pass_obj
def init(options: Options, dry_run: bool, as_json: bool) -> None:
    """Write a commented configuration where there is none, and say the next step."""
    targets = {name: options.config / name for name in CONFIG_FILES} | {FEEDS_FILE: options.feeds}
    wanted = {name: path for name, path in targets.items() if not _is_there(path)}
    for name, path in wanted.items():
        if not dry_run:
            _write(path, _sample(name))
    left = [str(path) for name, path in targets.items() if name not in wanted]
    written = [str(path) for path in wanted.values()]
    if as_json:
        emit({"would_write" if dry_run else "written": written, "left": left})
        return
    for one in written:
        say(f"would write {one}" if dry_run else f"wrote {one}")
    for one in left:
        say(f"left {one}, which was there")
    if dry_run:
        return
    people, feeds = targets["digests.yaml"], targets[FEEDS_FILE]
    note(
        f"next: put your address into {people}, look through {feeds}"
        f" ({counted(_feeds(), 'feed')} to begin with), then `newswatch check` and `newswatch once`;"
        " letters go to var/outbox as files until newswatch.yaml names a mail server"
    )


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)


def _write(path: Path, body: bytes) -> None:
    """Write a file that is not there yet, whole or not at all. Raises Mistake."""
    from newswatch.config import ConfigError
    from newswatch.config.files import alone, replace

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with alone(path):
            if not _is_there(path):  # another one may have been quicker
                replace(path, body)
    except (ConfigError, OSError) as wrong:
        said = str(wrong) if isinstance(wrong, ConfigError) else f"{path}: {wrong.strerror}"
        raise Mistake(said) from wrong


def _sample(name: str) -> bytes:
    """A file that newswatch is shipped with: beside the code where it is installed, in the tree elsewhere."""
    here = Path(__file__).parents[1]
    installed = here / "samples" / name
    tree = here.parents[1]
    return (
        installed if installed.exists() else tree / ("" if name == FEEDS_FILE else "config") / name
    ).read_bytes()


def _feeds() -> int:
    """How many feeds are watched at first."""
    sample = _sample(FEEDS_FILE)
    return sample.count(b"- name:") - sample.count(b"enabled: false")
