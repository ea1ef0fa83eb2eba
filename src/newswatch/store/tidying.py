"""What can wait for a quiet moment of the writer: words filed by their spellings, an old archive pruned, the index
merged, space given back.

Rule: one short transaction at a time, some 50 ms each; ended at any of them, nothing is lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from newswatch.model import EPOCH, Retention
from newswatch.store import index, months
from newswatch.store.contract import Pruned
from newswatch.store.pruning import Pruning, in_use
from newswatch.store.sqlite import moment, pack, stamp
from newswatch.store.vocabulary import Vocabulary

EACH = timedelta(days=7)  # an archive is gone through for what may go; ages are a month at least
GIVEN_BACK = 256  # pages of 4 KB in one go


class Tidying:
    """The writer's quiet moments; *deed* opens one of its transactions."""

    def __init__(
        self,
        connection: Any,
        vocabulary: Vocabulary,
        deed: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        self._connection = connection
        self._vocabulary = vocabulary
        self._deed = deed
        self._unmerged = True
        self._pruning: Pruning | None = None
        self._plan: tuple[Retention, datetime] | None = None
        self._gone = Pruned()
        self._spare = False

    def kept(self) -> None:
        """Something came into the index, which leaves a segment there."""
        self._unmerged = True

    def some(self) -> bool:
        """Do some of it; False when nothing is left."""
        if waiting := self._vocabulary.unspelt():
            with self._deed("spell"):
                self._vocabulary.spell(waiting)
        elif self._pruning is not None:
            self._prune(self._pruning)
        elif self._unmerged:
            with self._deed("merge"):
                self._unmerged = index.merge_some(self._connection)
        elif self._spare:
            with self._deed("give back"):
                self._spare = give_back(self._connection)
        return bool(waiting or self._pruning or self._unmerged or self._spare)

    def begin(self, plan: Retention, now: datetime) -> None:
        """Let go what *plan* says from now on, unless it was done within a week."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = 'pruned'").fetchone()
        done = json.loads(row[0]) if row else {"plan": "", "at": stamp(EPOCH)}
        again = not timedelta() <= now - moment(done["at"]) < EACH or done["plan"] != _fingerprint(
            plan
        )
        self._pruning, self._gone, self._plan = None, Pruned(), (plan, now)
        if plan.removes() and again:
            size = in_use(self._connection) + months.bytes_of(self._connection)
            self._pruning = Pruning(plan, now, size)

    def _prune(self, pruning: Pruning) -> None:
        with self._deed("prune"):
            gone = pruning.step(self._connection)
            if gone is None and self._plan is not None:
                note(self._connection, *self._plan, self._gone)
        if gone is None:
            self._pruning, self._spare = None, self._gone != Pruned()
        elif gone != Pruned():
            self._gone += gone
            self._unmerged = True


def note(connection: Any, plan: Retention, now: datetime, gone: Pruned) -> None:
    """Note in the caller's deed what went by *plan* in a whole pass."""
    told = {
        "plan": _fingerprint(plan), "at": stamp(now),
        "texts": gone.texts, "articles": gone.articles, "bytes": gone.bytes,
    }  # fmt: skip
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('pruned', ?)", (pack(told),))


def give_back(connection: Any) -> bool:
    """Give some of the file's free pages back to the disk; whether more are left that can be."""
    before = connection.execute("PRAGMA freelist_count").fetchone()[0]
    connection.execute(f"PRAGMA incremental_vacuum({GIVEN_BACK})").fetchall()
    left = connection.execute("PRAGMA freelist_count").fetchone()[0]
    return bool(
        0 < left < before
    )  # a file that was made without it keeps its pages, and uses them again


def _fingerprint(plan: Retention) -> str:
    return sha256(repr(plan).encode()).hexdigest()[:16]
