"""An address elsewhere hears that newswatch goes on, so that its silence is heard when nothing here can speak.

Rule: asked like any other address, one at a time, a minute apart; that it fails is said once, and holds up nothing.
Only its host is named in the log: whoever has the address can speak for us.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from newswatch.address import host
from newswatch.daemon.messages import Heard
from newswatch.desk import Workers
from newswatch.model import Request, content_id

EACH = 60.0  # seconds


class Heartbeat:
    """Says by *workers* that newswatch goes on; *tell* takes what came of it, *passed* are seconds that nobody sets."""

    def __init__(
        self, workers: Workers, tell: Callable[[Heard], None], log: Any, passed: Callable[[], float]
    ) -> None:
        self._workers, self._tell, self._log, self._passed = workers, tell, log, passed
        self._said: float | None = None
        self._under_way = False
        self._unheard = ""

    def is_due(self, url: str) -> bool:
        """Whether *url*, '' for none, is to hear that all goes on."""
        return bool(
            url
            and not self._under_way
            and (self._said is None or self._passed() - self._said >= EACH)
        )

    def beat(self, url: str, now: datetime) -> None:
        """Let *url* hear it."""
        self._said, self._under_way = self._passed(), True
        request = Request(content_id("heartbeat", url), "heartbeat", url, "", now, now)
        future = self._workers.submit(request)
        future.add_done_callback(lambda done: self._tell(Heard(done.result())))

    def heard(self, came: Heard) -> None:
        """Note what came of it, and say what has changed."""
        self._under_way = False
        failure = came.outcome.failure
        unheard = failure.says if failure else ""
        if unheard and not self._unheard:
            self._log.warning(
                "heartbeat not heard", host=host(came.outcome.request.url), reason=unheard
            )
        elif self._unheard and not unheard:
            self._log.info("heartbeat heard again", host=host(came.outcome.request.url))
        self._unheard = unheard
