"""What is asked of the workers: claimed as hands move, and counted until it is back.

Rule: what comes back is put on the writer's queue, whichever thread it comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime

from newswatch.desk import Workers
from newswatch.model import CrawlPolicy, Outcome
from newswatch.store import Ledger

ANSWERED = 900.0  # seconds in which one of those on their way comes back: no trip takes so long
SHARE = 20  # requests of one feed in flight: most wait for its host, which takes one a second


class Trips:
    """Has *workers* ask; *came* takes each outcome, *passed* are seconds that nobody sets."""

    def __init__(
        self, workers: Workers, came: Callable[[Outcome], None], passed: Callable[[], float]
    ) -> None:
        self._workers, self._came, self._passed = workers, came, passed
        self._on_their_way = 0
        self._answered = passed()  # or when the first of those on their way set out

    def claim(self, ledger: Ledger, policy: CrawlPolicy, now: datetime) -> None:
        """Ask for what is due at *now*. Raises StoreError."""
        polls = ledger.due(now, share=SHARE, looks=policy.looks)
        for request in (*polls, *ledger.past(now, policy.backfill)):  # in this order
            if not self._on_their_way:
                self._answered = self._passed()
            self._on_their_way += 1
            self._workers.submit(request).add_done_callback(self._arrived)

    def _arrived(self, future: Future[Outcome]) -> None:
        if not future.cancelled():
            self._came(future.result())

    def back(self) -> None:
        """Count one that came."""
        self._on_their_way -= 1
        self._answered = self._passed()

    def ask_whether_it_crawls(self, turned: Callable[[], None]) -> None:
        """Have the crawl's loop say that it *turned*, as long as what is on its way comes back."""
        if not self._on_their_way or self._passed() - self._answered < ANSWERED:
            self._workers.turned(turned)
