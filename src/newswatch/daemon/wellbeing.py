"""What troubles newswatch itself, looked at a few times a minute and told to its operator; the log is told at once.

Rule: no mistake in this ends what is watched. What no store knows is kept here until one does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from newswatch import reporting, rotation
from newswatch.daemon.messages import LookedThrough
from newswatch.model import BackupPlan, StoreError, Trouble
from newswatch.readers import Readers
from newswatch.store import Ledger

LOOK_SECONDS = 10.0  # between two looks


class Wellbeing:
    """What troubles the newswatch whose store is *of* a name; *lasting* are troubles that others know of, *passed* seconds
    that nobody sets.
    """

    def __init__(
        self,
        of: str,
        log: Any,
        *,
        lasting: Callable[[], tuple[Trouble, ...]],
        passed: Callable[[], float],
    ) -> None:
        self._of, self._log, self._lasting, self._passed = of, log, lasting, passed
        self._uncopied: Trouble | None = None
        self._happened: list[Trouble] = []  # what the operator is to hear, and no store knows yet
        self._looked: float | None = None

    def happened(self, trouble: Trouble) -> None:
        """The operator is to hear of it."""
        self._happened.append(trouble)

    def is_due(self) -> bool:
        """Whether it is time for a look."""
        return self._looked is None or self._passed() - self._looked >= LOOK_SECONDS

    def look(self, ledger: Ledger, readers: Readers, now: datetime) -> None:
        """See what troubles us, and tell the operator. Raises StoreError."""
        looked = self._passed()
        also = tuple(t for t in (*self._happened, self._uncopied, *self._lasting()) if t)
        try:
            found = reporting.look(ledger.troubles, readers.operator, readers.sender, now, also)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - no mistake in this ends what is watched
            self.plainer("reporting", error)
        else:
            for t in found:
                lasts = t.until is None or t in self._happened
                tell = self._log.error if lasts else self._log.info
                event = "in trouble" if lasts else "well again"
                tell(event, kind=t.kind, subject=t.subject, says=t.says)
            self._happened.clear()
        self._looked = looked

    def looked_through(self, told: LookedThrough) -> None:
        """Note what came of a check or a copy. Raises what is wrong with the store: nothing more is written."""
        if told.damage is not None:
            raise told.damage
        if told.wrong is not None:
            said = str(told.wrong) or type(told.wrong).__name__
            since = self._uncopied.since if self._uncopied else told.at
            how = "the copy lacks texts" if told.copy else "no copy could be made"
            self._uncopied = Trouble("backup", self._of, since, f"{how}: {said}")
            self._log.error("no whole copy of the store", reason=said)
        elif told.copy is not None:
            self._uncopied = None
            self._log.info("the store is copied", to=str(told.copy), removed=told.removed)

    def planned(self, copies: BackupPlan) -> None:
        """Forget a copy that could not be made where none is wanted any more."""
        if not rotation.keeps(copies):
            self._uncopied = None

    def plainer(self, what: str, error: Exception) -> None:
        """Log that letters went without what raised."""
        reason = f"{type(error).__name__}: {error}"
        self._log.error("a mistake of ours, letters go without", what=what, reason=reason)
