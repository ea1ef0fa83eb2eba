"""Recorded wires for tests: the shared replay server as a child process, under a clock we move."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[2] / "shared"


def own_host() -> str:
    """A loopback address on which no other test process listens: demo wires on it have ids of
    their own that stay the same, whoever else plays them at the time.
    """
    return f"127.{2 + os.getpid() // 250 % 250}.{os.getpid() % 250 + 1}.1"


def shared(name: str) -> Path:
    """A path inside the shared folder; skips, or fails where the run requires it."""
    path = SHARED / name
    if not path.exists():
        if os.environ.get("NEWSWATCH_REQUIRE_SHARED"):
            pytest.fail(f"{path} is missing, and this run requires it")
        pytest.skip(f"{path} is not here: recorded wires are needed")
    return path


@dataclass
class Replay:
    """A running replay server."""

    port: int
    site: Path

    def ask(self, path: str, body: object = None) -> Any:
        """The control address's answer; *body* makes it a POST."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/_/{path}", data)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def set(self, now: datetime) -> None:
        """Move the virtual clock."""
        self.ask("clock", {"now": now.isoformat()})

    def manifest(self) -> Any:
        return json.loads((self.site / "manifest.json").read_text("utf-8"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def replay(name: str) -> Iterator[Replay]:
    """The recorded site *name* on loopback until the block ends."""
    site = shared(f"data/{name}")
    port = _free_port()
    child = subprocess.Popen(
        [sys.executable, str(shared("replay/replay.py")), "--site", str(site), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        server = Replay(port, site)
        until = time.monotonic() + 30
        while True:
            try:
                server.ask("clock")
                break
            except OSError:
                assert child.poll() is None, "the replay server ended at once"
                assert time.monotonic() < until, "the replay server does not answer"
                time.sleep(0.05)
        yield server
    finally:
        child.kill()
        child.wait()
