"""What a running newswatch lets its monitors see.

Rule: values and questions only; the daemon has them, the monitor asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass
class Counts:
    """What a running newswatch counts and keeps nowhere: answers by what was asked (feed, page, look, backfill) and what came
    (ok, unchanged, a failure's kind), and letters by what became of them (taken, deferred, refused).
    """

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    letters: Counter[str] = field(default_factory=Counter)


class GoingOn(Protocol):
    """Whether the loops turn."""

    def wrong(self) -> tuple[str, ...]:
        """What keeps newswatch from going on, in words."""

    def ages(self) -> Mapping[str, float]:
        """How many seconds ago each loop turned."""

    def up(self) -> float:
        """Seconds since it began."""


class Watched(Protocol):
    """A running newswatch, as far as a monitor asks."""

    @property
    def counts(self) -> Counts:
        """What it counted."""

    @property
    def going_on(self) -> GoingOn:
        """Whether its loops turn."""
