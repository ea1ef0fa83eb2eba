"""A Dask cluster for tests: a real scheduler and workers, each a process on loopback."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newswatch.model import Cluster, CrawlPolicy, Outcome, Request

if not os.environ.get("NEWSWATCH_REQUIRE_SHARED"):  # CI installs it: there its absence is a failure
    pytest.importorskip("distributed", reason="the extra dask is not installed")

from newswatch.cluster.workers import DaskWorkers, Patience

POLICY = CrawlPolicy(
    allow_networks=("127.0.0.0/8",), spacing=0.0, child_seconds=5.0, concurrency=16
)
CALM = Patience(
    lost=60.0, look=0.2, again=0.5
)  # as it comes: a loaded machine's worker is not given up
HASTY = replace(CALM, silent=8.0, lost=4.0, fallback=0.5)  # where somebody is to be given up
IMPORTED = os.pathsep.join(  # whoever started us: workers import our trips, and this newswatch
    [
        str(Path(__file__).parent),
        str(Path(__file__).parents[1] / "src"),
        os.environ.get("PYTHONPATH", ""),
    ]
).strip(os.pathsep)
NOW = datetime(2026, 8, 1, tzinfo=UTC)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Engine:
    """A scheduler on *port* and what was started of it; *tls* is what says to Dask which certificates are its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    tls: Mapping[str, str] = field(default_factory=dict)
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def cluster(self) -> Cluster:
        return Cluster(f"dask://127.0.0.1:{self.port}")

    def start(
        self,
        *words: str,
        env: Mapping[str, str] | None = None,
        begin: tuple[str, ...] = ("-m", "dask"),
    ) -> subprocess.Popen[bytes]:
        with (self.folder / f"{len(self.children)}.log").open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, *begin, *words, "--no-dashboard", "--dashboard-address", "127.0.0.1:0"],
                stdout=log, stderr=log, cwd=self.folder, env={**os.environ, "PYTHONPATH": IMPORTED, **self.tls, **(env or {})},
            )  # fmt: skip
        self.children.append(child)
        return child

    def scheduler(self, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        return self.start("scheduler", "--host", f"{'tls' if self.tls else 'tcp'}://127.0.0.1", "--port", str(self.port), "--no-show", env=env)  # fmt: skip

    def worker(
        self, name: str, *more: str, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        scheme = "tls" if self.tls else "tcp"
        return self.start(
            "worker", f"{scheme}://127.0.0.1:{self.port}", "--host", "127.0.0.1", "--nthreads", "2", "--name", name,
            "--death-timeout", "20", "--local-directory", str(self.folder), *(more or ("--no-nanny",)), env=env,
        )  # fmt: skip

    def end(self) -> None:
        for child in self.children:
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signal.SIGCONT)
            child.kill()
        for child in self.children:
            child.wait()


def another_dask(folder: Path) -> dict[str, str]:
    """The environment of one who says that his Dask is of 2026.1.0."""
    said = folder / "dask" / "distributed-2026.1.0.dist-info"
    said.mkdir(parents=True)
    (said / "METADATA").write_text("Metadata-Version: 2.1\nName: distributed\nVersion: 2026.1.0\n")
    commands = importlib.metadata.distribution("distributed").read_text("entry_points.txt")
    (said / "entry_points.txt").write_text(commands or "")
    return {"PYTHONPATH": f"{said.parent}:{IMPORTED}"}


@contextlib.contextmanager
def engine(
    folder: Path, workers: int = 0, tls: Mapping[str, str] | None = None
) -> Iterator[Engine]:
    """A scheduler with so many workers on their way, until the block ends."""
    made = Engine(folder, tls=tls or {})
    try:
        made.scheduler()
        for number in range(workers):
            made.worker(f"w{number}")
        yield made
    finally:
        made.end()


class Heard:
    """What was said of the cluster; *until* waits for it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._news = threading.Condition()

    def __call__(self, level: str, event: str, told: Mapping[str, object]) -> None:
        with self._news:
            self.lines.append(f"{level} {event} {' '.join(str(one) for one in told.values())}")
            self._news.notify_all()

    def until(self, said: Callable[[list[str]], bool], seconds: float = 40.0) -> list[str]:
        with self._news:
            assert self._news.wait_for(lambda: said(self.lines), seconds), self.lines
            return list(self.lines)

    def count(self, word: str) -> int:
        return sum(word in line for line in self.lines)


@contextlib.contextmanager
def working(
    cluster: Cluster, trip: Callable[..., object], patience: Patience = CALM, **policy: object
) -> Iterator[tuple[DaskWorkers, Heard]]:
    heard = Heard()
    workers = DaskWorkers(
        replace(POLICY, **policy), cluster, heard, patience=patience, trip=trip,  # type: ignore[arg-type]
    )  # fmt: skip
    try:
        yield workers, heard
    finally:
        workers.stop(5.0)


def there(heard: Heard, count: int) -> None:
    """Wait until so many workers have been met."""
    heard.until(lambda lines: sum("a worker is there" in line for line in lines) >= count)


def ask(
    workers: DaskWorkers, name: str, host: str = "h.example", **known: object
) -> Future[Outcome]:
    url = f"http://{host}/{name}"
    return workers.submit(Request(url, "page", url, "feed", NOW, NOW, **known))  # type: ignore[arg-type]


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
