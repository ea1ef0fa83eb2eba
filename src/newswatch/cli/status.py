"""status: how it goes, on one screen.

Rule: what is said is asked of the store alone, and quick; a monitor reads the exit code of `--check`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from newswatch import liveness
from newswatch.cli.output import emit, looked, note, say, when
from newswatch.cli.reading import JSON
from newswatch.cli.settings import Options, utc_now
from newswatch.model import StoreError
from newswatch.store import holder_of, open_archive, open_keeper
from newswatch.wording import counted, few

JUDGED = 20  # of what is judged of feeds, shown in one go
SILENT = 10.0  # seconds after which a worker's silence is worth a word: it speaks each second
CUT_OFF = timedelta(minutes=10)  # for which every feed fails, until that is wrong
FAILING = frozenset(
    {"gone", "quarantined", "error-page", "empty"}
)  # judgements that say why a feed fails


@click.command()
@click.option("--check", is_flag=True, help="Exit with 1 where something is wrong: for monitors.")
@JSON
@click.pass_obj
def status(options: Options, check: bool, as_json: bool) -> int:
    """How it goes: what is stored, what fails, what waits, what is late."""
    address = options.store()
    now = utc_now()
    archive = open_archive(address)
    try:
        figures = archive.status()
        silences = archive.silences(now)
        feeds = [feed for feed in archive.feeds() if feed["enabled"]]
        troubles = archive.troubles()
        pulse = archive.pulse(now)
    finally:
        archive.close()
    running = holder_of(address)
    copy = _copy(address, now)
    free = shutil.disk_usage(Path(address.partition(":")[2]).absolute().parent).free
    wrong = _wrong(running, pulse, troubles) + _cut_off(feeds, now) + figures["months"]["wrong"]
    seen, afar = _cluster(options)
    if as_json:
        emit(
            figures
            | {key: spoken(value) for key, value in pulse.items()}
            | {
                "store": address,
                "running": running,
                "silent": list(silences),
                "troubles": list(troubles),
                "backup": copy and {"made": spoken(copy[0]), "file": str(copy[1])},
                "free": free,
                "cluster": seen,
                "wrong": wrong,
            }
        )
        return int(bool(check and wrong))
    say(
        f"{'running as process ' + str(running) if running else 'not running'} · {address}",
        bold=True,
    )
    say(
        f"{counted(figures['articles'], 'article')}, {counted(figures['versions'], 'version')},"
        f" {counted(figures['stories'], 'story', 'stories')},"
        f" {counted(figures['matches'], 'match', 'matches')};"
        f" last kept {when(figures['last_kept'])} UTC"
    )
    if pruned := figures["pruned"]:
        say(
            f"last pruned {when(pruned['at'])} UTC: {counted(pruned['texts'], 'text')},"
            f" {counted(pruned['articles'], 'article')}"
        )
    if (months := figures["months"])["moved"]:
        gone = f"; {counted(months['gone'], 'text')} of them pruned, which the next `archive` takes out"
        say(
            f"{counted(months['moved'], 'month')} of texts in files, {months['bytes'] / 1e6:,.1f} MB"
            + (gone if months["gone"] else "")
        )
    resting = f" {figures['resting']:,} resting," if figures["resting"] else ""
    closed = f" ({figures['gaps_closed']:,} closed)" if figures["gaps_closed"] else ""
    say(
        f"{counted(figures['feeds'], 'feed')}, {figures['failing']:,} failing,"
        f"{resting} {counted(figures['gaps'], 'gap')}{closed}; {counted(figures['pages_waiting'], 'page')} waiting"
    )
    say(f"last poll {_at(pulse['polled'])}, last letter {_at(pulse['told'])}{_late(pulse)}")
    if said := _travel(pulse):
        say(f"in the last day {said}")
    if any((held := figures["quarantined"]).values()):
        what = f"{counted(held['feeds'], 'feed')}, {counted(held['pages'], 'page')}"
        say(f"in quarantine: {what} (`newswatch quarantine`)")
    say(_room(pulse, free, copy, now))
    for line in afar:
        say(line)
    looked("second looks:", figures["looks"])
    if waiting := figures["backfill_waiting"]:
        say(f"backfills: {counted(waiting, 'request')} waiting (`newswatch backfill`)")
    letters = ", ".join(f"{count} {state}" for state, count in figures["letters"].items())
    owed = [owed_to(one) for one in figures["owed_to"]]
    whom = f": {few(owed, 5)}" if owed else ""
    say(f"letters: {letters or 'none'}; {counted(figures['owed'], 'notification')} owed{whom}")
    if figures["not_taken"]:
        say(f"  not taken yet, the mail server last said: {figures['not_taken']}")
    if behind := figures["catching_up"]:
        names = behind["rules"]
        say(
            f"  {counted(len(names), 'rule')} on the way through the archive:"
            f" {behind['done']:,} of {counted(behind['of'], 'version')} ({few(names, 3)})"
        )
    for one in figures["months"]["wrong"]:
        say(f"  {one}")
    for trouble in troubles:
        says = f"{trouble['kind']} {trouble['subject']}: {trouble['says']}"
        say(f"  in trouble since {when(trouble['since'])}, {says}")
    for silent in silences:
        why = f" ({silent['why']})" if silent["why"] else ""
        say(f"  {silent['rule']} tells nobody until {when(silent['until'])}{why}")
    for one in figures["judged"][:JUDGED]:
        say(f"  {one['feed']}: {one['kind']}, {one['evidence']} (since {when(one['since'])})")
    if len(figures["judged"]) > JUDGED:
        note(f"… and {len(figures['judged']) - JUDGED} more: `newswatch feeds`")
    told_of = {one["feed"] for one in figures["judged"] if one["kind"] in FAILING}
    for feed in [feed for feed in feeds if feed["failing_since"] and feed["name"] not in told_of][
        :20
    ]:
        say(f"  {feed['name']}: {feed['failure']}, since {when(feed['failing_since'])}")
    for feed in [feed for feed in feeds if feed["resting_until"]][:20]:
        say(f"  {feed['name']}: resting until {when(feed['resting_until'])}, its host asked for it")
    for one in wrong if check else ():
        note(f"wrong: {one}")
    return int(bool(check and wrong))


def _cluster(options: Options) -> tuple[dict[str, Any] | None, list[str]]:
    """How it stands with the cluster, as its scheduler has it, where one is configured; and in words."""
    from newswatch import cluster
    from newswatch.config import ConfigError, cluster_of

    try:
        said = cluster_of(options.config)
    except ConfigError:
        return None, []  # `check` says what is wrong with it
    if said is None:
        return None, []
    if not cluster.installed():
        return {"at": said.address}, [f"cluster {said.address}: the extra dask is not installed"]
    from newswatch.cluster.checking import ClusterError, Unfit, glance

    try:
        found = glance(said)
    except (ClusterError, Unfit) as wrong:
        return {"at": said.address, "wrong": str(wrong)}, [f"cluster {said.address}: {wrong}"]
    workers = [
        {"at": one.address, "tasks": one.tasks, "silent": one.silent, "refused": one.refused}
        for one in found
    ]
    tasks = sum(one.tasks for one in found)
    lines = [f"cluster {said.address}: {counted(len(found), 'worker')}, {counted(tasks, 'task')}"]
    lines += [
        f"  {one.address} was last heard {one.silent:.0f} s ago"
        for one in found
        if one.silent > SILENT
    ]
    lines += [f"  {one.address} is refused: {one.refused}" for one in found if one.refused]
    return {"at": said.address, "workers": workers}, lines


def _wrong(
    running: int | None, pulse: Mapping[str, Any], troubles: Iterable[Mapping[str, Any]]
) -> list[str]:
    """What a monitor should call somebody for."""
    found = [] if running else ["newswatch is not running"]
    found += liveness.late(pulse)
    return found + [f"{one['kind']} {one['subject']}: {one['says']}" for one in troubles]


def _cut_off(feeds: Iterable[Mapping[str, Any]], now: datetime) -> list[str]:
    """That no feed at all can be read, as where the network is gone: of one a day is waited for, of all ten minutes."""
    since = [feed["failing_since"] for feed in feeds]
    if not since or not all(since):
        return []
    last = max(map(datetime.fromisoformat, since))
    return [f"no feed can be read since {when(last)} UTC"] if now - last >= CUT_OFF else []


def _at(moment: datetime | None) -> str:
    return f"{when(moment)} UTC" if moment else "never"


def _late(pulse: Mapping[str, Any]) -> str:
    late = [
        counted(pulse[key], what)
        for key, what in (("polls_late", "poll"), ("letters_late", "letter"))
        if pulse[key]
    ]
    return f"; {' and '.join(late)} late" if late else ""


def _travel(pulse: Mapping[str, Any]) -> str:
    """How fast news travelled: half of them, and 95 of a hundred."""
    return ", ".join(
        f"{what} within {_lasting(took[0])} (95%: {_lasting(took[1])})"
        for key, what in (
            ("seen_within", "published to seen"),
            ("told_within", "seen to told at once"),
        )
        if (took := pulse[key])
    )


def _lasting(seconds: float) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _room(
    pulse: Mapping[str, Any], free: int, copy: tuple[datetime, Path] | None, now: datetime
) -> str:
    """The store's size, how it grows, how long the disk holds it, and its newest copy."""
    grows = pulse["bytes_a_day"]
    lasts = ""
    if grows:
        years = free / grows / 365
        lasts = f", enough for {'a century' if years > 100 else f'{years:.1f} years'}"
    grown = f", {grows / 1e6:,.1f} MB more a day" if grows is not None else ""
    copied = f"copied {_lasting((now - copy[0]).total_seconds())} ago" if copy else "never copied"
    return (
        f"store {pulse['bytes'] / 1e6:,.1f} MB{grown}; {free / 1e9:,.1f} GB free{lasts}; {copied}"
    )


def _copy(address: str, now: datetime) -> tuple[datetime, Path] | None:
    """When the newest copy of the store was made, and where it is; None for none."""
    keeper = open_keeper(address)
    try:
        copies, made = keeper.backups(), keeper.copied(now)
    except StoreError:
        return None
    return (made, copies[0]) if copies and made else None


def spoken(value: object) -> object:
    """A figure as JSON has it: times as text."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def owed_to(one: dict[str, Any]) -> str:
    """What one reader is owed, and how it goes to them."""
    way = "at once" if one["digest"] == "now" else one["digest"]
    return f"{one['notifications']:,} to {one['recipient']} ({way})"
