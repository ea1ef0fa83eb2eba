"""When a digest is due, and until when a reader wants quiet, in the reader's own time zone.

Rule: own arithmetic over zoneinfo, because cron triggers lose or double slots when clocks change.
A slot is one local day and one local time, and happens once: a time that the spring change skips
is the first moment after the gap, a time that the autumn change repeats is its first occurrence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newswatch.model import DigestPlan, Person

LATE = timedelta(minutes=15)  # a letter later than this after its slot says so
WEEKEND = (5, 6)  # Saturday and Sunday
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """The slot *at* ("HH:MM") of a local day, and the instant it falls on (UTC)."""

    local_date: date
    at: str
    when: datetime


def slots(plan: DigestPlan, person: Person, after: datetime, until: datetime) -> tuple[Slot, ...]:
    """The slots of *plan* for *person* with after < when <= until (both aware), in order.

    The plan's zone, if it names one, stands for the reader's own.
    """
    if after >= until:
        return ()
    zone = ZoneInfo(plan.zone or person.zone)
    days = _days(after.astimezone(zone).date(), until.astimezone(zone).date())
    found = (slot for day in days for slot in _of_day(plan, day, zone))
    return tuple(sorted((s for s in found if after < s.when <= until), key=_order))


def next_slot(plan: DigestPlan, person: Person, after: datetime) -> Slot | None:
    """The first slot after *after*; None for a plan without days or times."""
    due = slots(plan, person, after, after + 9 * _DAY)
    return due[0] if due else None


def quiet_until(person: Person, now: datetime) -> datetime | None:
    """When the reader's quiet hours that *now* lies in are over (UTC); None outside them.

    A span may go over midnight; one that ends where it begins is empty. Spans that touch or
    overlap are one.
    """
    zone = ZoneInfo(person.zone)
    end: datetime | None = None
    for _ in person.quiet:
        later = max(
            (
                stop
                for start, stop in _spans(person, end or now, zone)
                if start <= (end or now) < stop
            ),
            default=None,
        )
        if later is None:
            break
        end = later
    return end


def _order(slot: Slot) -> tuple[datetime, date, str]:
    return slot.when, slot.local_date, slot.at


def _days(first: date, last: date) -> Iterator[date]:
    """The local days from *first* to *last*: a slot that a gap moves over midnight still lies after all
    moments of its own day.
    """
    day = first
    while day <= last:
        yield day
        day += _DAY


def _of_day(plan: DigestPlan, day: date, zone: ZoneInfo) -> Iterator[Slot]:
    if day.weekday() in plan.days:
        apart = plan.weekend is not None and day.weekday() in WEEKEND
        for at in dict.fromkeys(plan.weekend or () if apart else plan.at):
            yield Slot(day, at, _instant(day, at, zone))


def _spans(person: Person, now: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    today = now.astimezone(zone).date()
    for day in (today - _DAY, today):
        for start, stop in person.quiet:
            if start != stop:
                ends = day if start < stop else day + _DAY
                yield _instant(day, start, zone), _instant(ends, stop, zone)


def _instant(day: date, at: str, zone: ZoneInfo) -> datetime:
    """The instant of a local time: its first occurrence, or the end of the gap it falls into."""
    local = datetime.combine(day, time.fromisoformat(at))
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first
    # In a gap fold=0 reads the clock of before, and lands after the change; fold=1 lands before it.
    before, behind = local.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    new = behind.astimezone(zone).utcoffset()
    while behind - before > _SECOND:
        middle = before + ((behind - before) // 2 // _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == new:
            behind = middle
        else:
            before = middle
    return behind
