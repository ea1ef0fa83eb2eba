"""When the store is copied by itself, and which copies stay.

Rule: pure; days, weeks and months are UTC's, so that no change of clocks makes two nights of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta

from newswatch.model import BackupPlan


def due(plan: BackupPlan, last: datetime | None, now: datetime) -> bool:
    """Whether a copy is due at *now*, when the *last* one (or the store itself) is of that time: one that
    could not be made in its night is made as soon as it can.
    """
    if not keeps(plan) or last is None:
        return False
    hour, minute = map(int, plan.at.split(":"))
    night = datetime.combine(now.date(), time(hour, minute), now.tzinfo)
    if night > now:
        night -= timedelta(days=1)
    return last < night or last > now  # the clock was set back since


def keeps(plan: BackupPlan) -> bool:
    """Whether any copy is made at all."""
    return bool(plan.daily or plan.weekly or plan.monthly)


def stay(copies: Iterable[datetime], plan: BackupPlan) -> frozenset[datetime]:
    """Of *copies* those that stay: the newest of each of the last days, weeks (from Monday) and months that
    have one, so many of each as *plan* says; and always the newest.
    """
    newest = sorted(copies, reverse=True)
    kept = set(newest[:1])
    spans: tuple[tuple[int, Callable[[datetime], object]], ...] = (
        (plan.daily, lambda at: at.date()),
        (plan.weekly, lambda at: at.isocalendar()[:2]),
        (plan.monthly, lambda at: (at.year, at.month)),
    )
    for many, span in spans:
        of_each: dict[object, datetime] = {}
        for at in newest:
            of_each.setdefault(span(at), at)
        kept |= set(list(of_each.values())[:many])
    return frozenset(kept)
