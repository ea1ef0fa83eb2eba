"""What the store refuses is asked for again until it takes it: what came in is not given up.

Rule: why is said once, and a trouble once it is over; room is made where the disk has none. Another program's lock is
no error before it is long.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from newswatch.daemon.clock import Clock
from newswatch.daemon.room import Room
from newswatch.daemon.service import Progress
from newswatch.model import StoreBusy, StoreDamaged, StoreError, StoreFull, Trouble
from newswatch.store import Ledger

Done = TypeVar("Done")
RETRY_SECONDS = 1.0
LOCKED_SECONDS = 60.0  # that another program may write to the store before that is a trouble


@dataclass
class _Refused:
    """What is refused *since* then, at so many seconds *passed*; what was *said* of it, '' for nothing yet."""

    since: datetime
    passed: float
    said: str = ""


class Patience:
    """Tries again what the store *of* a name refuses, as long as nobody *ends* it."""

    def __init__(
        self,
        of: str,
        room: Room,
        log: Any,
        *,
        clock: Clock,
        passed: Callable[[], float],
        ends: Callable[[], bool],
        going_on: Progress,
        happened: Callable[[Trouble], None],
    ) -> None:
        """*passed* are seconds that nobody sets; *going_on* hears of each try, *happened* of what is over."""
        self._of, self._room, self._log = of, room, log
        self._clock, self._passed, self._ends = clock, passed, ends
        self._going_on, self._happened = going_on, happened

    def __call__(self, ledger: Ledger, work: Callable[[], Done]) -> Done:
        """What comes of *work*, tried until *ledger* takes it. Raises StoreDamaged, and once it is ended whatever
        the store refuses.
        """
        refused: _Refused | None = None
        while True:
            try:
                done = work()
            except StoreDamaged:
                raise
            except StoreError as error:
                if self._ends():
                    raise
                refused = refused or _Refused(self._clock.now(), self._passed())
                self._refused(ledger, refused, error)
                self._going_on.tries_again(refused.said)
                threading.Event().wait(RETRY_SECONDS)
            else:
                if refused is not None and refused.said:
                    self._going_on.taken()
                    self._taken(refused)
                return done

    def _refused(self, ledger: Ledger, refused: _Refused, error: StoreError) -> None:
        if isinstance(error, StoreBusy) and self._passed() - refused.passed < LOCKED_SECONDS:
            return
        if not refused.said:
            refused.said = str(error)
            self._log.error("the store refuses, trying again", reason=refused.said)
        if isinstance(error, StoreFull) and self._room.refused(refused.since, refused.said):
            self._log.warning("the ballast is given back, to keep what is at hand")
            with contextlib.suppress(StoreError):
                ledger.shorten()

    def _taken(self, refused: _Refused) -> None:
        self._log.info("the store takes again what it refused")
        if self._room.trouble is None:  # else that is what is told
            until = max(self._clock.now(), refused.since)
            self._happened(Trouble("store", self._of, refused.since, refused.said, until))
