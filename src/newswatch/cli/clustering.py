"""cluster check: whether a Dask cluster would serve, before anything rests on it.

Rule: nothing is kept and no server outside the cluster is asked; exit 3 where it cannot be used.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newswatch.cli.groups import Group
from newswatch.cli.output import emit, note, progress, say
from newswatch.cli.reading import JSON
from newswatch.cli.settings import Mistake, Options, Refused
from newswatch.wording import counted

if TYPE_CHECKING:
    from newswatch.cluster.checking import Found
    from newswatch.model import Cluster, Feed

WAITS = 20.0  # seconds for the first worker, its imports included


@click.group(cls=Group)
def cluster() -> None:
    """Crawls on a Dask cluster: try it out."""


@cluster.command()
@click.argument("address", required=False)
@click.option("--local", "count", type=click.IntRange(1, 64), metavar="N", help="Start N worker processes here, and try those.")  # fmt: skip
@JSON
@click.pass_obj
def check(options: Options, address: str | None, count: int | None, as_json: bool) -> None:
    """Who is there, of which version, by what clock and from which address; whether a hung reading is ended; how much goes through, and what your feeds would cost."""
    from newswatch import cluster as room
    from newswatch.cli.asking import policy

    if not room.installed():
        raise Mistake("a cluster needs the extra dask: pip install 'newswatch[dask]'")
    from newswatch.cluster import checking

    with progress("trying the cluster", quiet=options.quiet), _tried(options, address, count) as at:
        found = checking.check(at, policy(options), WAITS, count or 1)
    configuration = options.configuration_if_any() if found.workers else None
    cost = _cost(found, configuration.feeds) if configuration is not None else None
    if as_json:
        emit(asdict(found) | {"at": at.address, "cost": cost})
    elif found.workers:
        _tell(found)
        if cost is not None:
            _tell_cost(cost)
    for name, why in sorted(found.refused.items()) if not as_json else ():
        note(f"  refused: {name}: {why}")
    if not found.workers:
        raise Refused(found.trouble)
    if found.refused or None in found.ended.values():
        raise Refused("not every worker can be used")


@contextlib.contextmanager
def _tried(options: Options, address: str | None, count: int | None) -> Iterator[Cluster]:
    """The cluster in question. Raises Mistake."""
    from newswatch.cluster import checking
    from newswatch.config import ConfigError, cluster_of
    from newswatch.model import Cluster

    if count is not None:
        if address is not None:
            raise Mistake("either an address or --local, not both")
        with checking.of_our_own(count) as made:
            yield made
        return
    try:
        said = cluster_of(options.config)
    except ConfigError as wrong:
        raise Mistake(str(wrong)) from wrong
    if address is not None and (said is None or said.address != address):
        if not address.startswith("dask://"):
            raise Mistake(f"{address!r} is no address like dask://HOST:8786; for tls:// name its certificates under `workers:`")  # fmt: skip
        said = Cluster(address)
    if said is None:
        raise Mistake("no cluster is configured: name it under `workers:`, or try --local 2")
    yield said


def _tell(found: Found) -> None:
    for name, who in sorted(found.workers.items()):
        ended = found.ended.get(name)
        hung = "a hung reading was not ended" if ended is None else f"a hung reading ended in {ended:.1f} s"  # fmt: skip
        say(
            f"{name}: newswatch {who.version}, Dask {who.distributed}, Python {who.python};"
            f" clock {'right' if not who.clock else f'{who.clock:+.1f} s'}; asks from {who.source or 'nowhere'};"
            f" {counted(who.cores, 'core')}; {hung}"
        )
    for one in found.differ:
        note(f"{one}: what one sends, another may not read")
    say(
        f"{counted(len(found.workers), 'worker')}: {found.rate:,.0f} requests a second that ask nobody,"
        f" {found.cpu * 1000:.2f} ms of CPU each here"
    )


def _cost(found: Found, feeds: tuple[Feed, ...]) -> dict[str, float] | None:
    """What polling the *feeds* takes by their intervals: polls a second at the *least* and at the *most*, and then of a
    *core* here and of what goes *through*; None without feeds.
    """
    asked = [feed for feed in feeds if feed.enabled]
    if not asked:
        return None
    most = sum(1 / feed.min_interval for feed in asked)
    least = sum(1 / feed.max_interval for feed in asked)
    return {
        "feeds": len(asked), "least": least, "most": most, "core": most * found.cpu, "through": most / found.rate,
    }  # fmt: skip


def _tell_cost(cost: dict[str, float]) -> None:
    say(
        f"your {counted(int(cost['feeds']), 'feed')}: {cost['least']:,.2f} to {cost['most']:,.2f} polls a second by their"
        f" intervals, pages beside; the way to the cluster takes {100 * cost['core']:.1f}% of a core here at the most,"
        f" and {100 * cost['through']:.1f}% of what goes through"
    )
