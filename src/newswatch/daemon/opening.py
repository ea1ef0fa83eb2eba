"""The store is opened: for as long as it takes to bring it up to date, and once its disk takes what that writes.

Rule: whoever waits hears that it goes on, and a stop ends it; the next start goes on with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from newswatch.daemon.clock import Clock
from newswatch.daemon.messages import Stopped
from newswatch.daemon.patience import RETRY_SECONDS
from newswatch.daemon.room import Room
from newswatch.daemon.service import Progress, Say
from newswatch.model import StoreFull
from newswatch.store import Ledger

# Opens the store, and tells how many versions of how many it filed anew where an older newswatch kept it.
Opens = Callable[[Callable[[int, int], None]], Ledger]
UPGRADE_USEC = (
    60_000_000  # that the service manager waits for the next sign of an upgrade that goes on
)


def opened(
    open_: Opens,
    room: Room,
    log: Any,
    *,
    clock: Clock,
    say: Say,
    going_on: Progress,
    stopping: Callable[[], bool],
) -> Ledger:
    """The store that *open_* opens, tried again for as long as its disk refuses. Raises Stopped, StoreError."""
    while True:
        try:
            return open_(_upgrading(log, say, going_on, stopping))
        except StoreFull as error:
            if room.trouble is None:
                log.error("the store refuses, trying again", reason=str(error))  # noqa: TRY400 - no mistake of ours
            room.refused(clock.now(), str(error))
            say(f"EXTEND_TIMEOUT_USEC={UPGRADE_USEC}")
        threading.Event().wait(RETRY_SECONDS)
        if stopping():
            raise Stopped


def _upgrading(
    log: Any, say: Say, going_on: Progress, stopping: Callable[[], bool]
) -> Callable[[int, int], None]:
    """Says how far the store is brought up to date, a tenth at a time, and ends it for a stop."""
    said = -1

    def tell(done: int, of: int) -> None:
        nonlocal said
        say(f"EXTEND_TIMEOUT_USEC={UPGRADE_USEC}")
        going_on.all_moved()
        if (tenths := 10 * done // of) > said:
            said = tenths
            log.info("an older newswatch kept this store", filed_anew=done, of=of)
        if stopping() and done < of:
            raise Stopped

    return tell
