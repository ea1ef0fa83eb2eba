"""What the service manager hears, and the unit it reads."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from newswatch.daemon import Tick, to_service_manager
from newswatch.daemon.service import Progress
from newswatch.model import Outcome
from test_daemon_threads import PAPER, PATIENCE, Script, configuration, watching

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


def test_progress_is_said_when_every_hand_has_moved() -> None:
    said: list[str] = []
    progress = Progress(("feeds", "letters"), said.append)
    for hand in ("feeds", "feeds", "feeds"):
        progress.moved(hand)
    assert said == []
    progress.moved("letters")
    assert said == ["WATCHDOG=1"]
    progress.moved("letters")
    progress.moved("letters")
    assert said == ["WATCHDOG=1"]


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
            daemon._inbox.put(Tick(hand))
        assert stuck.wait(PATIENCE)
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.recv(200)
        listening.settimeout(PATIENCE)
        go_on.set()
        assert listening.recv(200) == b"WATCHDOG=1"
    assert listening.recv(200) == b"STOPPING=1"


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
