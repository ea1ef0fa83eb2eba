"""What a Dask cluster costs and gives beside one machine: a scheduler and workers as processes on loopback.

    python bench/cluster.py [--pages 400] [--seconds 6] [--most 8]

First the way: pages that take 20 ms of CPU each in a reader, on this machine and on a cluster of two workers with one
reader each, in turns; CPU is that of all processes, of /proc. Then how crawls grow with workers: trips that wait 50 ms and
bring a small outcome, four at once a worker, over *seconds* in which always more wait than are asked. The last line
reads a small page in a child besides, where the cores of one machine set the bound.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from newswatch.cluster.workers import DaskWorkers
from newswatch.model import Article, Cluster, CrawlPolicy, Outcome, Request
from newswatch.workers import LocalWorkers

DEPLOYED = Path(__file__).parents[1] / "deploy" / "dask" / "compose.yaml"
POLICY = CrawlPolicy(allow_networks=("127.0.0.0/8",), spacing=0.0)
NOW = datetime(2026, 8, 1, tzinfo=UTC)
PAGE_SECONDS, LATENCY = 0.020, 0.050
HOSTS = 400
QUIET = {  # as it is deployed
    name: str(value)
    for name, value in YAML(typ="safe").load(DEPLOYED)["x-node"]["environment"].items()
    if "TLS" not in name and "ENCRYPTION" not in name
}
TICK = os.sysconf("SC_CLK_TCK")
SMALL = (
    "<html><head><title>Of a leak</title></head><body><article><h1>Of a leak</h1>"
    + "<p>Operators closed the terminal on Tuesday, halting what three countries are supplied with.</p>"
    * 5
    + "</article></body></html>"
).encode()


def burn() -> int:
    """Takes so much CPU, however busy the machine is."""
    until = time.thread_time() + PAGE_SECONDS
    while time.thread_time() < until:
        sum(range(1000))
    return 0


def read_small() -> int:
    import trafilatura

    from newswatch.extract import page  # noqa: F401 - what readers load

    return len(trafilatura.extract(SMALL.decode()) or "")


def brought(request: Request) -> Outcome:
    return Outcome(request, 200, article=Article(request.url, "Of a leak", "A leak. " * 60))


async def costly(request: Request, get: Any, in_child: Any, *, best: bool) -> Outcome:  # noqa: ARG001 - as `crawl`
    await in_child(burn)
    return brought(request)


async def waiting(request: Request, get: Any, in_child: Any, *, best: bool) -> Outcome:  # noqa: ARG001 - as `crawl`
    await asyncio.sleep(LATENCY)
    return brought(request)


async def small(request: Request, get: Any, in_child: Any, *, best: bool) -> Outcome:  # noqa: ARG001 - as `crawl`
    await asyncio.sleep(LATENCY)
    await in_child(read_small)
    return brought(request)


# ── a cluster ───────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[Cluster]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    here = Path(__file__).parent
    env = (
        os.environ
        | QUIET
        | {"PYTHONPATH": f"{here}:{here.parent / 'src'}:{os.environ.get('PYTHONPATH', '')}"}
    )
    with tempfile.TemporaryDirectory() as folder:
        at = f"tcp://127.0.0.1:{port}"
        words = [["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-show"]]
        words += [
            ["worker", at, "--host", "127.0.0.1", "--no-nanny", "--nthreads", "2", "--local-directory", folder]
            for _ in range(workers)
        ]  # fmt: skip
        children = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "dask",
                    *one,
                    "--no-dashboard",
                    "--dashboard-address",
                    "127.0.0.1:0",
                ],
                env=env,
                stderr=subprocess.DEVNULL,
            )
            for one in words
        ]
        try:
            yield Cluster(f"dask://127.0.0.1:{port}")
        finally:
            for child in children:
                child.kill()
            for child in children:
                child.wait()


def ready(workers: DaskWorkers, count: int) -> None:
    end = time.monotonic() + 90
    while len(workers.standing().workers) < count:
        assert time.monotonic() < end, workers.standing()
        time.sleep(0.05)


def cpu() -> float:
    """Seconds of CPU of this process and all it has started, those that have ended included."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                said = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(said[1])
                used[int(entry.name)] = sum(int(one) for one in said[11:15]) / TICK
    family = {os.getpid()}
    while more := {one for one, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(used[one] for one in family)


def request(number: int) -> Request:
    host = f"127.77.{number % HOSTS // 250}.{number % HOSTS % 250 + 1}"
    return Request(
        str(number), "page", f"http://{host}/{number}", "bench", NOW, NOW, last="x" * 500
    )


# ── the figures ─────────────────────────────────────────────────────────────────────────────


def spent(workers: Any, pages: int) -> tuple[float, float]:
    """Seconds of CPU and of time for a page."""
    for done in [workers.submit(request(number)) for number in range(40)]:
        done.result()  # the readers are up
    before, began = cpu(), time.monotonic()
    for done in [workers.submit(request(number)) for number in range(pages)]:
        assert done.result().failure is None
    return (cpu() - before) / pages, (time.monotonic() - began) / pages


def overhead(pages: int, rounds: int = 3) -> None:
    policy = replace(POLICY, concurrency=16)
    local = LocalWorkers(policy, costly)
    with cluster(2) as at:
        afar = DaskWorkers(replace(policy, children=1), at, trip=costly)
        ready(afar, 2)
        found = [(spent(local, pages), spent(afar, pages)) for _ in range(rounds)]
        afar.stop(5.0)
    local.stop(5.0)
    for (mine, took), (theirs, their_time) in found:
        print(
            f"pages of 20 ms, {pages}: CPU {mine * 1000:.2f} ms here, {theirs * 1000:.2f} by Dask,"
            f" {theirs / mine - 1:+.1%}; time {took * 1000:.2f} and {their_time * 1000:.2f} ms"
        )
    middle = statistics.median(theirs / mine - 1 for (mine, _), (theirs, _) in found)
    print(
        f"Dask's overhead of CPU, two workers, batches of ten, the middle of {rounds}: {middle:+.1%} (wanted <= 10%)"
    )


def rate(trip: Any, count: int, seconds: float) -> float:
    """Trips a second on so many workers with four at once each."""
    came, full = 0, threading.Event()
    with cluster(count) as at:
        workers = DaskWorkers(replace(POLICY, concurrency=4, children=1), at, trip=trip)
        ready(workers, count)

        def again(number: int) -> None:
            def done(_outcome: Future[Outcome]) -> None:
                nonlocal came
                came += 1
                if not full.is_set():
                    again(number)

            workers.submit(request(number)).add_done_callback(done)

        for number in range(HOSTS * 2):
            again(number)
        end = time.monotonic() + 60
        while came < 100 * count and time.monotonic() < end:
            time.sleep(0.05)  # all are up, and have begun
        before, began = came, time.monotonic()
        time.sleep(seconds)
        found = (came - before) / (time.monotonic() - began)
        full.set()
        workers.stop(5.0)
    return found


def growth(most: int, seconds: float) -> None:
    base = 0.0
    for count in (1, 2, 4, 8):
        if count > most:
            break
        found = rate(waiting, count, seconds)
        base = base or found
        print(
            f"waiting 50 ms, four at once: {count} workers {found:,.0f} trips a second, {found / base:.2f}x",
            flush=True,
        )
    print(f"(8 workers: wanted >= 6.5x; {os.cpu_count()} cores here)")
    one, many = rate(small, 1, seconds), rate(small, most, seconds)
    print(
        f"the same with a small page read: 1 worker {one:,.0f}, {most} workers {many:,.0f} a second, {many / one:.2f}x"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--pages", type=int, default=400)
    asked.add_argument("--seconds", type=float, default=6.0)
    asked.add_argument("--most", type=int, default=8)
    said = asked.parse_args()
    overhead(said.pages)
    growth(said.most, said.seconds)


if __name__ == "__main__":
    # By its own name and not as __main__: workers import the trips from here.
    import cluster as bench

    bench.main()
