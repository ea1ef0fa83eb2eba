"""doctor: what is wrong with this machine, the store and the way to the mail server, each with what to do.

Rule: every check is made and said, also behind one that found something; nothing is changed and no letter is sent.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newswatch import machine
from newswatch.address import redact
from newswatch.cli.output import emit, progress, say
from newswatch.cli.reading import JSON
from newswatch.cli.settings import Mistake, Options, utc_now
from newswatch.cli.status import owed_to
from newswatch.machine import Finding
from newswatch.model import StoreError, StoreMissing
from newswatch.store import LEAST_FREE, machine_facts, open_archive, open_keeper
from newswatch.wording import counted, few

if TYPE_CHECKING:
    from newswatch.config import Configuration

FEW = 3  # feeds that are no accident


@click.command()
@JSON
@click.pass_obj
def doctor(options: Options, as_json: bool) -> int:
    """What is wrong with this machine, the store and the mail server, and what to do."""
    address = options.store()
    damaged, good = False, True
    for found in _findings(options, address, quiet=options.quiet or as_json):
        good = good and found.good
        damaged = damaged or (found.of == "store" and not found.good)
        if as_json:
            emit({"check": found.of, "good": found.good, "said": found.said})
        else:
            say(f"{'ok   ' if found.good else 'WRONG'} {found.of}: {found.said}")
    return 4 if damaged else 0 if good else 1


def _findings(options: Options, address: str, *, quiet: bool) -> Iterator[Finding]:
    yield Finding("python", sys.version_info >= (3, 11), sys.version.split()[0])
    for name, sound, said in machine_facts(address):
        yield Finding(name, sound, said)
    yield from machine.libraries()
    yield from machine.surroundings()
    with progress("reading the whole store", quiet=quiet):
        found = _store(address)
    yield found
    figures = _figures(address) if found.good else None
    if isinstance(figures, Finding):
        yield figures
        figures = None
    if figures is not None:
        yield from _clock_of(figures)
        yield from _months(figures)
    folder = _existing(address)
    free = shutil.disk_usage(folder).free
    yield _disk(free, folder)
    try:
        yield machine.disk(folder)
    except OSError as wrong:
        yield Finding("sync", False, f"{folder}: {wrong.strerror}: see its rights")
    try:
        configuration = options.configuration_if_any()
    except Mistake:
        yield Finding("configuration", False, "it cannot be read: `newswatch check` says why")
        return
    if configuration is None:
        yield Finding("configuration", True, "there is none: `newswatch init` writes one")
        return
    yield _secrets(options, configuration, address)
    if figures is not None:
        yield from _unreachable(configuration, figures)
    with progress(f"asking {configuration.mail.server}", quiet=quiet):
        yield _mail(options, configuration)
    if configuration.channels:
        yield _channels(options, configuration)


def _store(address: str) -> Finding:
    try:
        wrong = open_keeper(address).check()
    except StoreMissing as missing:
        return Finding("store", True, str(missing))
    except StoreError as refused:
        return Finding("store", False, str(refused))
    if not wrong:
        return Finding("store", True, "sound")
    what = wrong[0].replace("\n", "; ")[:300]
    if not what.startswith(
        f"{address.partition(':')[2]}: "
    ):  # else it could not be read, and says what to do
        what += ": `newswatch restore` names the newest good copy"
    return Finding("store", False, what)


def _disk(free: int, folder: Path) -> Finding:
    """Whether the disk of *folder*, on which so many bytes are *free*, has room."""
    said = f"{free / 1e9:.1f} GB free in {folder}"
    if free > LEAST_FREE:
        return Finding("disk", True, said)
    return Finding("disk", False, f"{said}: make room, or polling pauses (`newswatch prune`)")


def _figures(address: str) -> dict[str, Any] | Finding | None:
    """What the store says of itself, None where there is none; why it cannot be asked, as where an older newswatch
    kept it.
    """
    try:
        archive = open_archive(address)
    except StoreMissing:
        return None
    except StoreError as refused:
        return Finding("version", False, str(refused))
    try:
        return archive.status()
    finally:
        archive.close()


def _clock_of(figures: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether the clock is behind what the store was last kept at, or behind most feeds."""
    last = figures["last_kept"]
    now = f"{utc_now():%Y-%m-%dT%H:%M:%S}"
    if last and last > now:
        said = f"it shows {now[:16]}, and something was kept at {last[:16]} UTC: set it right"
        yield Finding("clock", False, said)
    ahead = {one["feed"] for one in figures["judged"] if one["kind"] == "future"}
    if len(ahead) >= FEW and 2 * len(ahead) > figures["feeds"]:
        said = f"{len(ahead)} of {counted(figures['feeds'], 'feed')} are dated ahead of it"
        yield Finding("clock", False, f"{said}: it may be behind, see `timedatectl`")


def _months(figures: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether the files are there that texts of old months were moved to."""
    months = figures["months"]
    for wrong in months["wrong"]:
        yield Finding("months", False, wrong)
    if months["moved"] and not months["wrong"]:
        yield Finding("months", True, f"{counted(months['moved'], 'file')} of old texts are there")


def _existing(address: str) -> Path:
    path = Path(address.partition(":")[2] or ".").absolute()
    while not os.path.isdir(path):  # noqa: PTH112 - pathlib raises at a name too long
        path = path.parent
    return path


def _unreachable(configuration: Configuration, figures: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether something is owed to people whom the configuration does not name."""
    owed = figures["owed_to"]
    known = {person.name for person in configuration.people}
    lost = [owed_to(one) for one in owed if one["recipient"] not in known]
    if lost:
        said = f"owed to nobody: {few(lost, 5)}; name them in config/digests.yaml again, and it is sent"
        yield Finding("readers", False, said)
    else:
        yield Finding("readers", True, "all who are owed a letter are in config/digests.yaml")


def _secrets(options: Options, configuration: Configuration, address: str) -> Finding:
    """Whether others may read the passwords in feeds' addresses, in the file or where the store keeps them."""
    secret = any(
        redact(url) != url for feed in configuration.feeds for url in (feed.url, feed.sitemap)
    )
    store = Path(address.partition(":")[2])
    files = (options.feeds, store, Path(f"{store}-wal"), *open_keeper(address).backups())
    shown = [str(file) for file in files if secret and _others_may_read(file)]
    if shown:
        said = "others may read the passwords of feeds' addresses there: chmod 600"
        return Finding("secrets", False, f"{said} {' '.join(shown)}")
    return Finding("secrets", True, "others may read no password of a feed's address")


def _others_may_read(file: Path) -> bool:
    try:
        found = file.stat()
    except OSError:
        return False
    return bool(found.st_size and found.st_mode & (stat.S_IRGRP | stat.S_IROTH))


def _channels(options: Options, configuration: Configuration) -> Finding:
    """Whether the channels are such as Apprise knows; nothing is sent there."""
    try:
        options.sender(configuration)
    except Mistake as wrong:
        return Finding("channels", False, str(wrong))
    known = counted(len(configuration.channels), "channel")
    return Finding(
        "channels", True, f"{known}, of services that are known: `newswatch mail test READER`"
    )


def _mail(options: Options, configuration: Configuration) -> Finding:
    """Whether the mail server answers, is who it says it is, and lets us in."""
    from newswatch import desk
    from newswatch.config import ConfigError, mail_password
    from newswatch.mail import MailError

    server = configuration.mail.server
    try:
        said = desk.mail_greeting(configuration, mail_password(configuration.mail, options.environ))
    except (ConfigError, MailError) as wrong:
        return Finding("mail", False, str(wrong))
    if said.code == 250:
        return Finding("mail", True, f"{server} would take letters")
    why = said.detail or str(said.code)
    return Finding(
        "mail", False, f"{server}: {why}; letters wait until it is mended (`newswatch mail test`)"
    )
