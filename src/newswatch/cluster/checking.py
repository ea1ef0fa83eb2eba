"""Trying a cluster out: who is there, whether a hung reading is ended, how much goes through; and a glance at it.

Rule: by the same way that crawls go, so that what is found holds for them. Asks nobody outside the cluster.
"""

from __future__ import annotations

import asyncio
import contextlib
import platform
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import dask
from distributed import LocalCluster

from newswatch.cluster.connection import (
    ClusterError,
    Unfit,
    connected,
    scheduler_of,
    who_is,
)
from newswatch.cluster.crew import BATCH, Identity
from newswatch.cluster.hosts import whose
from newswatch.cluster.workers import DaskWorkers, Patience, Standing
from newswatch.crawl import Get, InChild
from newswatch.model import Cluster, CrawlPolicy, Outcome, Request

REQUESTS = 500  # each worker's, to see how much goes through
ASKED = 2.0  # seconds that a worker is given at a glance to say who it is
HANGS = 1.0  # seconds that a reading which never ends is given
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _spin() -> None:
    while True:
        pass


async def tried(request: Request, get: Get, in_child: InChild, *, best: bool) -> Outcome:  # noqa: ARG001 - as `crawl`
    """A trip that asks nobody; one for /hang is read for ever."""
    if request.url.endswith("/hang"):
        found = await in_child(_spin)
        return Outcome(request, failure=found)
    return Outcome(request, status=200, url=request.url)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. *workers* can be used, their *clock* is the seconds it is off; *ended* says of each in how many
    seconds its hung reading was ended, None where it was not. *rate* is requests a second through all of them, *cpu*
    our own seconds of CPU for one. *differ* names by role and address whose Python's minor version is not ours.
    """

    workers: Mapping[str, Identity] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    ended: Mapping[str, float | None] = field(default_factory=dict)
    rate: float = 0.0
    cpu: float = 0.0
    trouble: str = ""
    differ: tuple[str, ...] = ()


@contextlib.contextmanager
def of_our_own(count: int) -> Iterator[Cluster]:
    """A cluster of *count* processes on this machine, until the block ends."""
    with (
        dask.config.set({"distributed.worker.daemon": False}),  # or they could have no readers
        LocalCluster(
            n_workers=count, threads_per_worker=2, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0",
            memory_limit=0, silence_logs=50,
        ) as made,
    ):  # fmt: skip
        yield Cluster(made.scheduler_address.replace("tcp://", "dask://", 1))


def check(cluster: Cluster, policy: CrawlPolicy, patience: float, least: int = 1) -> Found:
    """Try it, waiting for *least* workers for so many seconds, and for each that is there to say who it is. Where no
    scheduler answers at once, that is what is found.
    """
    try:
        asyncio.run(_reach(cluster))
    except ClusterError as wrong:
        return Found(trouble=f"{cluster.address}: {wrong}")
    silent = patience / 2
    workers = DaskWorkers(
        _quick(policy),
        cluster,
        patience=Patience(silent=silent, lost=600.0, look=0.2, again=600.0),
        trip=tried,
    )
    try:
        end = time.monotonic() + patience
        while True:
            standing = workers.standing()
            met = len(standing.workers) + len(standing.refused) >= least and not standing.asked
            # Each that is asked answers or is refused by then.
            late = time.monotonic() - end
            if met or late >= silent + 1 or (late >= 0 and not standing.asked):
                break
            time.sleep(0.05)
        if not standing.workers:
            return Found(refused=standing.refused, trouble=standing.trouble)
        ended = _hung(workers, tuple(standing.workers))
        rate, cpu = _through(workers, len(standing.workers))
        differ = tuple(_differing(standing))
        return Found(standing.workers, standing.refused, ended, rate, cpu, differ=differ)
    finally:
        workers.stop(5.0)


async def _reach(cluster: Cluster) -> None:
    async with connected(cluster):
        pass


def _differing(standing: Standing) -> Iterator[str]:
    """Whose Python's minor version is not ours: what one sends, another may not read."""
    ours = platform.python_version()
    said = {f"the worker {name}": who for name, who in sorted(standing.workers.items())}
    if standing.scheduler is not None:
        said = {"the scheduler": standing.scheduler} | said
    for name, who in said.items():
        if _minor(who.python) != _minor(ours):
            yield f"{name} has Python {who.python}, and here is {ours}"


def _minor(python: str) -> str:
    return python.rpartition(".")[0]


def _quick(policy: CrawlPolicy) -> CrawlPolicy:
    return replace(policy, spacing=0.0, allow_networks=("127.0.0.0/8",), child_seconds=HANGS)


def _host(number: int) -> str:
    """One of many hosts whose manners need no spacing; nothing connects to them."""
    return f"127.77.{number // 250}.{number % 250 + 1}"


def _request(url: str) -> Request:
    return Request(url, "page", url, "check", EPOCH, EPOCH)


def _hung(workers: DaskWorkers, names: tuple[str, ...]) -> dict[str, float | None]:
    """Have each worker read what never ends, by a host that is its own."""
    hosts: dict[str, str] = {}
    number = 0
    while len(hosts) < len(names):
        hosts.setdefault(whose(_host(number), names), _host(number))
        number += 1
    began = time.monotonic()
    asked = {name: workers.submit(_request(f"http://{host}/hang")) for name, host in hosts.items()}
    found: dict[str, float | None] = {}
    for name, done in asked.items():
        failure = done.result().failure
        killed = failure is not None and failure.kind == "killed"
        found[name] = time.monotonic() - began if killed else None
    return found


def _through(workers: DaskWorkers, count: int) -> tuple[float, float]:
    """Requests a second, and our seconds of CPU for each."""
    many = REQUESTS * count
    began, cpu = time.monotonic(), time.process_time()
    asked = [
        workers.submit(_request(f"http://{_host(number % (40 * count))}/{number}"))
        for number in range(many)
    ]
    for done in asked:
        done.result()
    return many / (time.monotonic() - began), (time.process_time() - cpu) / many


# ── a glance ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Seen:
    """A worker as the scheduler has it: its *tasks*, each of BATCH requests at most, and the seconds since it said
    anything; and why it would be *refused* work, '' where it would not.
    """

    address: str
    tasks: int
    silent: float
    refused: str = ""


async def _unfit(client: Any, name: str) -> str:
    try:
        await who_is(client, name, ASKED)
    except Unfit as wrong:
        return str(wrong)
    return ""


def glance(cluster: Cluster, patience: float = 3.0) -> tuple[Seen, ...]:
    """Who is there, as the scheduler has it. Raises ClusterError, and Unfit for a scheduler that gets no work."""

    async def look() -> tuple[Seen, ...]:
        async with connected(cluster, patience) as client:
            await scheduler_of(client, patience)
            said: dict[str, Any] = await client.scheduler.identity(n_workers=-1)
            tasks: dict[str, Any] = await client.processing()
            now = time.time()
            unfit = await asyncio.gather(*(_unfit(client, name) for name in said["workers"]))
            refused = dict(zip(said["workers"], unfit, strict=True))
            return tuple(
                Seen(
                    name,
                    len(tasks.get(name, ())),
                    max(0.0, now - one["last_seen"]),
                    refused[name],
                )
                for name, one in sorted(said["workers"].items())
            )

    async def in_time() -> tuple[Seen, ...]:
        try:
            async with asyncio.timeout(2 * patience):
                return await look()
        except (ClusterError, Unfit):
            raise
        except (
            Exception,
            asyncio.CancelledError,
        ) as wrong:  # whatever the engine says: a glance ends no `status`
            raise ClusterError(f"the scheduler does not answer ({type(wrong).__name__})") from wrong

    return asyncio.run(in_time())


__all__ = ["BATCH", "ClusterError", "Found", "Seen", "Unfit", "check", "glance", "of_our_own"]
