"""What a monitor asks a running newswatch: `/healthz`, and `/metrics` for Prometheus.

Rule: looks on. What the daemon counts is read as it is, the store by a read-only connection; nothing here holds up
what is watched, however many ask.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Collection
from datetime import datetime
from socket import socket

from newswatch import liveness
from newswatch.kept import Kept
from newswatch.monitoring.server import Answer, MonitorError, Server, listening
from newswatch.monitoring.state import Looking
from newswatch.monitoring.watched import Counts, Watched

__all__ = ["Counts", "Monitor", "MonitorError", "Watched", "installed", "listening"]


def installed() -> bool:
    """Whether the extra `metrics` is there."""
    return importlib.util.find_spec("prometheus_client") is not None


class Monitor:
    """Answers on a socket that listens; *address* is the store's, *now* the clock's, *names* may stand in Host."""

    def __init__(
        self,
        listening: socket,
        watched: Watched,
        address: str,
        now: Callable[[], datetime],
        names: Collection[str] = (),
    ) -> None:
        from newswatch.monitoring.exposition import Exposition

        self._watched = watched
        looking = Looking(address, now)
        self._late = Kept(looking.late)
        self._exposition = Exposition(watched, Kept(looking.state).get, self._wrong, now)
        self._server = Server(listening, self._answer, names)
        self.port = self._server.port

    def begin(self) -> None:
        """Answer from now on."""
        self._server.begin()

    def end(self) -> None:
        """Answer no more."""
        self._server.end()

    def _answer(self, path: str) -> Answer:
        if path == "/healthz":
            return self._health()
        if path == "/metrics":
            return Answer(200, *self._exposition.text())
        return Answer(404, b"/healthz or /metrics\n")

    def _wrong(self) -> tuple[str, ...]:
        wrong = self._watched.going_on.wrong()
        if self._watched.going_on.up() < liveness.SETTLING:
            return wrong
        late, unread = self._late.get()
        return (*wrong, unread) if unread else (*wrong, *liveness.late(late))

    def _health(self) -> Answer:
        wrong = self._wrong()
        going_on = self._watched.going_on
        said = {
            "healthy": not wrong,
            "wrong": wrong,
            "turned": {loop: round(age, 1) for loop, age in going_on.ages().items()},
            "up": round(going_on.up(), 1),
        }
        body = json.dumps(said).encode() + b"\n"
        return Answer(503 if wrong else 200, body, "application/json")
