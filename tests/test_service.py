"""What the service manager hears, and the unit it reads."""

from __future__ import annotations

import queue
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive_of import PIPELINE, entry
from newswatch.daemon import Tick, to_service_manager
from newswatch.daemon.service import Progress
from newswatch.liveness import LOOPS, STILL
from newswatch.model import Letter, Outcome, Sent
from test_daemon_threads import (
    PAPER,
    PATIENCE,
    Script,
    configuration,
    taken,
    telling_anna_of_leaks,
    watching,
)

UNIT = Path(__file__).parents[1] / "deploy" / "newswatch.service"
EXPOSURE = 1.5


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """A service manager's socket, and what NOTIFY_SOCKET calls it."""
    name = f"@newswatch-{tmp_path}" if request.param == "abstract" else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name.replace("@", "\0", 1) if request.param == "abstract" else name)
        listening.settimeout(PATIENCE)
        yield name, listening


def test_progress_is_said_when_every_loop_has_turned() -> None:
    said: list[str] = []
    progress = Progress(said.append, lambda: 0.0)
    for loop in ("ingest", "ingest", "deliver", "crawl"):
        progress.moved(loop)
    assert said == []
    progress.moved("mail")
    assert said == ["WATCHDOG=1"]
    for loop in ("mail", "mail", "crawl", "deliver"):
        progress.moved(loop)
    assert said == ["WATCHDOG=1"]


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_that_stands_still_is_named(loop: str) -> None:
    now = 1000.0
    progress = Progress(lambda _state: None, lambda: now)
    now += STILL
    assert progress.wrong() == ()
    for other in set(LOOPS) - {loop}:
        progress.moved(other)
    now += 1
    assert progress.wrong() == (f"{loop} stands still: its loop has not turned for 121 s",)
    progress.moved(loop)
    assert progress.wrong() == ()


def test_a_store_that_refuses_is_no_reason_to_be_started_anew() -> None:
    now, said = 0.0, list[str]()
    progress = Progress(said.append, lambda: now)
    for _ in range(1000):
        progress.tries_again("disk full")
        now += 1
    assert len(said) == 1000
    assert progress.wrong() == ("the store refuses: disk full",)
    progress.taken()
    assert progress.wrong() == ()


@pytest.mark.parametrize("address", ["", "relative", "/nowhere/there", "@nobody-listens"])
def test_nobody_listens(address: str) -> None:
    to_service_manager({"NOTIFY_SOCKET": address})("READY=1")


def test_a_daemon_says_that_it_is_ready_goes_on_and_stops_and_a_stuck_one_says_nothing(
    tmp_path: Path, manager: tuple[str, socket.socket]
) -> None:
    name, listening = manager
    made = configuration(tmp_path, feeds=(PAPER,))
    idle = Script(lambda r: Outcome(r, 304, r.url, unchanged=True))
    stick, stuck, go_on = threading.Event(), threading.Event(), threading.Event()

    def boundary(deed: str) -> None:
        if stick.is_set() and deed == "before claim":
            stuck.set()
            assert go_on.wait(PATIENCE)

    say = to_service_manager({"NOTIFY_SOCKET": name})
    with watching(made, idle, boundary=boundary, say=say) as daemon:
        assert listening.recv(200) == b"READY=1\nSTATUS=watching 1 feeds"
        assert listening.recv(200) == b"WATCHDOG=1"
        stick.set()
        for hand in ("ingest", "deliver"):
            daemon.inbox.put(Tick(hand))
        assert stuck.wait(PATIENCE)
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.recv(200)
        listening.settimeout(PATIENCE)
        go_on.set()
        assert listening.recv(200) == b"WATCHDOG=1"
    assert listening.recv(200) == b"STOPPING=1"


class Stuck:
    """One of the loops, that can be stopped where it is and let go on."""

    def __init__(self, loop: str) -> None:
        self.loop, self.on = loop, threading.Event()
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.claimed = threading.Semaphore(0)

    def hold(self, loop: str) -> None:
        if self.loop == loop and self.on.is_set():
            self.reached.set()
            assert self.go_on.wait(PATIENCE)

    def boundary(self, deed: str) -> None:
        if deed == "before claim":
            self.claimed.release()

    def send(self, letter: Letter) -> Sent:
        self.hold("mail")
        return taken(letter)


class Deaf(Script):
    """Workers whose loop hangs once it is told to."""

    stuck: Stuck

    def turned(self, tell: Callable[[], None]) -> None:
        if self.stuck.loop == "crawl" and self.stuck.on.is_set():
            self.stuck.reached.set()
        else:
            tell()


@pytest.mark.parametrize("loop", ["crawl", "answers", "mail"])
def test_each_loop_that_hangs_alone_makes_the_watchdog_bite(tmp_path: Path, loop: str) -> None:
    """The writer goes on in each: its own hands are in the test before."""
    stuck, said, hours = Stuck(loop), queue.Queue[str](), 0.0
    made = telling_anna_of_leaks(tmp_path)
    shown = (entry("http://paper.example/1", "Leak", PIPELINE),)
    workers = Deaf(lambda r: None if loop == "answers" else Outcome(r, 200, r.url, window=shown))
    workers.stuck = stuck
    if loop != "answers":  # else the first poll is on its way for ever
        stuck.on.set()
    watch = watching(
        made, workers, send=stuck.send, boundary=stuck.boundary, say=said.put,
        passed=lambda: hours,
    )  # fmt: skip
    with watch as daemon:
        assert said.get(timeout=PATIENCE).startswith("READY=1")
        if loop == "answers":
            assert said.get(timeout=PATIENCE) == "WATCHDOG=1"
            hours = 3600.0
        else:
            assert stuck.reached.wait(PATIENCE)
        while stuck.claimed.acquire(blocking=False):
            pass
        while not said.empty():  # it had turned before
            said.get()
        for _ in range(3):
            for hand in ("deliver", "ingest"):
                daemon.inbox.put(Tick(hand))
            assert stuck.claimed.acquire(timeout=PATIENCE)
        assert said.empty()
        stuck.on.clear()
        stuck.go_on.set()
        workers.stop(0)  # what is on its way comes back
        for _ in range(2):
            for hand in ("deliver", "ingest"):
                daemon.inbox.put(Tick(hand))
        assert said.get(timeout=PATIENCE) == "WATCHDOG=1"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_the_unit_is_sound_and_shut_in(tmp_path: Path) -> None:
    unit = tmp_path / "newswatch.service"
    said = UNIT.read_text()
    said = said.replace("/opt/newswatch/bin/newswatch", sys.executable)
    unit.write_text(re.sub("^Documentation=.*\n", "", said, flags=re.MULTILINE))
    verified = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    looked_at = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", unit],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    exposure = re.search(r"exposure level for newswatch.service: ([\d.]+)", looked_at.stdout)
    assert exposure is not None
    assert float(exposure[1]) <= EXPOSURE
