"""What troubles newswatch itself is noted, and sealed into letters to its operator.

Rule: noted before told; sealed like any letter, in the transaction that marks what it tells. A letter to
the operator is no trouble, whatever becomes of it: one would follow from the other for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from newswatch import digest, troubles
from newswatch.model import OPERATOR, Digest, Person, Trouble, content_id
from newswatch.store import Troubles

BETWEEN = timedelta(hours=1)


def follow(
    kept: Troubles, also: Iterable[Trouble], now: datetime, *, heard: bool
) -> tuple[Trouble, ...]:
    """Note what troubles us at *now*, by the store and *also* by others; returns what is new or over.
    What is over is not kept to be told where nobody *heard* of it.
    """
    seen = (*kept.seen(now), *also)
    found = troubles.following(kept.noted(), seen, now)
    if found:
        kept.note(found, now, heard=heard)
    return found


def look(
    kept: Troubles,
    operator: Person | None,
    sender: str,
    now: datetime,
    also: Iterable[Trouble] = (),
) -> tuple[Trouble, ...]:
    """Note what troubles us at *now*, and seal a letter on it where there is an *operator*; returns what is
    new or over.
    """
    found = follow(kept, also, now, heard=operator is not None)
    if operator is not None:
        seal(kept, operator, sender, now)
    return found


def seal(kept: Troubles, operator: Person, sender: str, now: datetime) -> bool:
    """Seal a letter on what the *operator* has not heard of, unless one was within the hour."""
    told = troubles.telling(kept.noted())
    if told is None or kept.reported(operator.name, now - BETWEEN, now):
        return False
    keys = [f"{t.kind}\x1f{t.subject}\x1f{t.since}\x1f{t.until}" for t in (*told.new, *told.over)]
    value = Digest(
        id=content_id("operator", operator.name, now.isoformat(), *keys),
        name=OPERATOR,
        person=operator,
        sender=sender,
        at=now,
        since=min(trouble.since for trouble in (*told.new, *told.over)),
        until=now,
        troubles=told.new,
        over=told.over,
    )
    kept.seal(value, digest.seal(value))
    return True
