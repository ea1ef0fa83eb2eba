"""What troubles newswatch itself, and when its operator hears of that: pure rules.

Rule: values in, values out. A trouble is noted once, told once, and told once more when it is over; a
letter an hour at most carries whatever is untold; none is written while mail itself is in trouble.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from newswatch.model import Noted, Trouble

MAIL = "mail"  # the kind that is told by log and `status` alone, until it is over


@dataclass(frozen=True, slots=True)
class Telling:
    """What one letter tells: what is *new*, over already or not, and what it told before and is *over*."""

    new: tuple[Trouble, ...]
    over: tuple[Trouble, ...]


def following(
    noted: Iterable[Noted], seen: Iterable[Trouble], now: datetime
) -> tuple[Trouble, ...]:
    """What is to be noted at *now*, when *seen* is what troubles us: what is new, and with its end what is
    seen no more. What is seen with an end has happened, and is noted as such.
    """
    known = tuple(noted)
    lasting = {(n.trouble.kind, n.trouble.subject) for n in known if n.trouble.until is None}
    happened = {_key(n.trouble) for n in known}
    found: dict[tuple[str, str, datetime], Trouble] = {}
    still: set[tuple[str, str]] = set()
    for trouble in seen:
        what = trouble.kind, trouble.subject
        if trouble.until is not None:
            if _key(trouble) not in happened:
                found[_key(trouble)] = trouble
            continue
        if what not in lasting | still:
            found[_key(trouble)] = trouble
        still.add(what)
    for n in known:
        if n.trouble.until is None and (n.trouble.kind, n.trouble.subject) not in still:
            found[_key(n.trouble)] = replace(n.trouble, until=max(now, n.trouble.since))
    return tuple(found.values())


def telling(noted: Iterable[Noted]) -> Telling | None:
    """What a letter would tell of what is *noted*; None for nothing, or while mail is in trouble."""
    known = tuple(noted)
    if any(n.trouble.kind == MAIL and n.trouble.until is None for n in known):
        return None
    new = tuple(n.trouble for n in known if not n.told)
    over = tuple(n.trouble for n in known if n.told and n.trouble.until is not None and not n.well)
    return Telling(new, over) if new or over else None


def _key(trouble: Trouble) -> tuple[str, str, datetime]:
    return trouble.kind, trouble.subject, trouble.since
