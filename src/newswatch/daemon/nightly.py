"""The store is looked through once a day and copied each night, in a thread of its own.

Rule: it reads the file beside the writer and tells the writer what came of it; it never writes to the store.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from newswatch import machine, rotation
from newswatch.daemon.messages import LookedThrough
from newswatch.model import BackupPlan, StoreBusy, StoreDamaged, StoreError
from newswatch.store import Keeper, NotPossible

EACH = timedelta(days=1)
AGAIN = timedelta(hours=1)  # after a copy that could not be made


class Nightly:
    """What is due of checks and copies, one at a time; *tell* takes what came of each."""

    def __init__(self, keeper: Keeper, tell: Callable[[LookedThrough], None]) -> None:
        self._keeper = keeper
        self._tell = tell
        self._thread: threading.Thread | None = None
        self._checked: datetime | None = None
        self._tried: datetime | None = None

    def look(self, plan: BackupPlan, now: datetime) -> None:
        """Begin what is due at *now*, unless something is under way."""
        if self._thread is not None and self._thread.is_alive():
            return
        if self._tried is not None and self._tried <= now < self._tried + AGAIN:
            return
        copy = rotation.due(plan, self._keeper.copied(now), now)
        if copy or self._checked is None or abs(now - self._checked) >= EACH:
            self._checked, self._tried = now, now if copy else None
            asked = plan if copy else None
            self._thread = threading.Thread(target=self._run, args=(asked, now), name="nightly", daemon=True)  # fmt: skip
            self._thread.start()

    def _run(self, plan: BackupPlan | None, now: datetime) -> None:
        told = self._looked_through(plan, now)
        machine.give_back()  # some 10 MB a day of a busy wire, which would stay
        self._tell(told)

    def _looked_through(self, plan: BackupPlan | None, now: datetime) -> LookedThrough:
        try:
            self._keeper.must_be_sound()
        except StoreDamaged as damage:
            return LookedThrough(now, damage=damage)
        except StoreError as error:
            return LookedThrough(now, wrong=error if plan else None)
        if plan is None:
            return LookedThrough(now)
        try:
            made = self._keeper.backup(now)
            if absent := self._keeper.absent():  # older copies may be what still has it
                return LookedThrough(now, made, wrong=StoreError("; ".join(absent)))
            return LookedThrough(now, made, self._keeper.rotate(plan, now))
        except StoreBusy:
            return LookedThrough(now)  # somebody makes one by hand
        except (StoreError, NotPossible, OSError) as error:
            return LookedThrough(now, wrong=error)
