"""What takes long, a while at a time: what is left of it comes after the messages that wait.

Rule: a step is short beside the time to stop in, and a stop finds what is left where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from newswatch import ingest
from newswatch.daemon.messages import CatchUp
from newswatch.store import CatchUp as Reached
from newswatch.store import Ledger
from newswatch.wording import few

STEP_SECONDS = 0.25  # before another message's turn
NAMED = 5  # rules in a line of the log

T = TypeVar("T")


def for_a_while(
    steps: Iterator[T], passed: Callable[[], float], each: Callable[[T], object] = lambda _: None
) -> bool:
    """Go through *steps* until a while has *passed*, *each* taking what one brings; whether there may be more."""
    end = passed() + STEP_SECONDS
    for found in steps:
        each(found)
        if passed() >= end:
            return True
    return False


def catch_up(
    ledger: Ledger,
    message: CatchUp,
    now: datetime,
    log: Any,
    *,
    passed: Callable[[], float],
    stopping: Callable[[], bool],
) -> CatchUp | None:
    """Run new rules over some more of the archive, and say how far that is, a tenth at a time; what is left of it, None
    for nothing. Raises StoreError.
    """
    row, said = message.row, message.said
    if row is None:
        row = ledger.left_at()
        begun = ledger.reached(row)
        if begun is None:
            return None
        said = _tenths(begun)
        done = {"done": begun.done} if begun.done else {}
        log.info(
            "rules to run over the archive", rules=few(begun.rules, NAMED), **done, of=begun.of
        )
    end = passed() + STEP_SECONDS
    following = ingest.catch_up_after(
        ledger, message.standing, row, now, enough=lambda: passed() >= end, stopping=stopping
    )
    so_far = ledger.reached(following)
    if so_far is None:
        log.info("rules run over the archive")
    elif _tenths(so_far) > said:
        said = _tenths(so_far)
        log.info(
            "on the way through the archive",
            rules=few(so_far.rules, NAMED),
            done=so_far.done,
            of=so_far.of,
        )
    return None if following is None else replace(message, row=following, said=said)


def _tenths(so_far: Reached) -> int:
    return 10 * so_far.done // (so_far.of or 1)
