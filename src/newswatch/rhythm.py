"""How often a feed brings something new, by hour and weekday, and so how long it can be left alone.

Rule: pure and of bounded size: counts that are halved every fortnight, so that last week's habits weigh
and last year's do not. UTC throughout; seconds outside, hours within.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from newswatch.model import Hints, Rhythm

LATELY = 48  # hours of which polls and entries are kept one by one
HALVED = 14 * 24.0  # hours after which an entry weighs half: two weeks have each weekday twice
REACH = 28 * 24.0  # hours back that are counted at all, and ahead that are looked at
SOON_HALVED = 2.0  # hours: how quickly a burst is seen, and forgotten
CALM, BURST = 0.5, 8.0  # what the last hours may make of what the hour and the weekday promise
DOUBT = 3.0  # entries that the last hours must differ by to count for much
FIRST = 300 / 3600  # hours in which a feed that nothing is known of is taken to bring an entry
ALIKE_HOURS, ALIKE_DAYS = (
    1.0,
    12.0,
)  # hours of the whole rhythm that speak for a single hour, a weekday
LEAST_SPAN = 1 / 6  # hours: entries that all bear one moment say nothing finer
# Hours of an hour of the day, of a weekday, of two of them, that are a look at it.
WATCHED_HOUR, WATCHED_DAY, WATCHED_TWICE = 0.9, 18.0, 28.0
WEEKEND = 5  # the first weekday (0 = Monday) on which newsrooms rest
DAY = 86400.0  # seconds
DIGITS = 4


def begun(dates: Iterable[datetime], size: int, now: datetime) -> Rhythm:
    """What a first window of *size* entries tells by its *dates*: a rhythm of the hours before. Nothing
    but its size where under half of the entries have one that has passed.

    Some windows carry old entries along: of the newest half, three quarters, nine tenths and all, those
    count that came the thickest.
    """
    ages = sorted((now - date).total_seconds() / 3600 for date in dates if date <= now)
    new = Rhythm(until=now, size=size)
    if len(ages) < 3 or 2 * len(ages) < size:
        return new
    spans = [
        (n, max(ages[n - 1], LEAST_SPAN))
        for n in {-(-len(ages) * q // 20) for q in (10, 15, 18, 20)}
    ]
    count, span = max(spans, key=lambda found: (found[0] / found[1], found))
    span = min(span, REACH)
    weight = size / len(ages)
    hours, days = _table(new.hours), _table(new.days)
    for begin, end in _pieces(now - timedelta(hours=span), now):
        _add(hours, days, begin, 0.0, _hours(begin, end), _kept(_hours(begin, now)))
    for age in ages[:count]:
        if age <= span:
            _add(hours, days, now - timedelta(hours=age), weight, 0.0, _kept(age))
    return replace(new, hours=_rounded(hours), days=_rounded(days))


def polled(rhythm: Rhythm, fresh: int, size: int | None, now: datetime, *, lost: int = 0) -> Rhythm:
    """The rhythm after a good poll that found *fresh* new entries in a window of *size*, None for one
    that is as it was; *lost* are taken to have come besides.
    """
    size = rhythm.size if size is None else size
    if rhythm.until is None:
        return lately(Rhythm(until=now, size=size), fresh, now)
    since = max(min(rhythm.until, now), now - timedelta(hours=REACH))
    watched = _hours(since, now)
    kept, soon = _kept(watched), 0.5 ** (watched / SOON_HALVED)
    hours, days = _table(rhythm.hours, kept), _table(rhythm.days, kept)
    for begin, end in _pieces(since, now):
        part = _hours(begin, end)
        _add(hours, days, begin, (fresh + lost) * part / watched, part, 1.0)
    if not watched:
        _add(hours, days, now, fresh + lost, 0.0, 1.0)
    return lately(
        replace(
            rhythm,
            until=max(rhythm.until, now),
            hours=_rounded(hours),
            days=_rounded(days),
            came=round(rhythm.came * soon + fresh + lost, DIGITS),
            promised=round(rhythm.promised * soon + promised(rhythm, since, now), DIGITS),
            size=size,
        ),
        fresh,
        now,
    )


def lately(rhythm: Rhythm, fresh: int, now: datetime) -> Rhythm:
    """The rhythm with one more poll, good or not, among those of the last hours."""
    hour = max(int(now.timestamp() // 3600), rhythm.hour)
    ring = (
        [*rhythm.lately, *((0, 0),) * min(hour - rhythm.hour, LATELY)] if rhythm.hour else [(0, 0)]
    )
    polls, entries = ring[-1]
    return replace(rhythm, hour=hour, lately=(*ring[:-1], (polls + 1, entries + fresh))[-LATELY:])


def promised(rhythm: Rhythm, since: datetime, until: datetime, *, sure: bool = False) -> float:
    """How many entries the hours and weekdays from *since* to *until* promise, by what was seen; where
    it must be *sure*, those hours and weekdays that were watched once promise something.
    """
    hours, days = _rates(rhythm, 0.0)
    if sure:
        hours = [
            rate if time >= WATCHED_HOUR else 0.0
            for rate, (_, time) in zip(hours, rhythm.hours, strict=True)
        ]
        days = [rate if _watched(rhythm, day) else 0.0 for day, rate in enumerate(days)]
    begin, end = since.timestamp(), until.timestamp()
    at = max(begin, end - REACH * 3600)
    hour, found, whole = int(at // 3600), 0.0, sum(hours)
    while at < end:
        if at + DAY <= end and at % DAY == 0:
            found += whole * days[_weekday(hour)]
            at, hour = at + DAY, hour + 24
            continue
        next_ = min((hour + 1) * 3600.0, end)
        found += hours[hour % 24] * days[_weekday(hour)] * (next_ - at) / 3600
        at, hour = next_, hour + 1
    return found


def _weekday(hour: int) -> int:
    """The weekday (0 = Monday) of an hour since 1970, which began on a Thursday."""
    return (hour // 24 + 3) % 7


def _watched(rhythm: Rhythm, weekday: int) -> bool:
    """Whether this weekday was watched before: of those from Monday to Friday one stands for another, a
    weekend's day only for itself, from the second on.
    """
    if weekday < WEEKEND:
        return max(time for _, time in rhythm.days[:WEEKEND]) >= WATCHED_DAY
    return rhythm.days[weekday][1] >= WATCHED_TWICE


def wait(rhythm: Rhythm, entries: float, now: datetime, most: float = REACH * 3600) -> float:
    """Seconds from *now* in which that many new *entries* are to be expected, at most *most* and four
    weeks. In whole numbers, and whole days at once, as all of it is gone through at each poll of every feed.
    """
    hours, days = _rates(rhythm, 1.0)
    burst = min(max((rhythm.came + DOUBT) / (rhythm.promised + DOUBT), CALM), BURST)
    begin, most = now.timestamp(), min(most, REACH * 3600)
    at, hour, whole = begin, int(begin // 3600), sum(hours)
    while at < begin + most:
        # No day's hours bring what the whole of it does not; those of a burst are looked at one by one.
        if at % DAY == 0 and at + DAY <= begin + most and at - begin >= SOON_HALVED * 3600:
            day = whole * days[_weekday(hour)]
            if day < entries:
                entries -= day
                at, hour = at + DAY, hour + 24
                continue
        end = min((hour + 1) * 3600.0, begin + most)
        rate = hours[hour % 24] * days[_weekday(hour)]
        if at - begin < SOON_HALVED * 3600:
            rate *= burst
        part = rate * (end - at) / 3600
        if part >= entries:
            return at - begin + entries / rate * 3600
        entries -= part
        at, hour = end, hour + 1
    return most


def known(rhythm: Rhythm) -> float:
    """Seconds of time that the rhythm rests on."""
    return sum(time for _, time in rhythm.hours) * 3600


def open_again(hints: Hints, at: datetime) -> datetime:
    """The first moment from *at* on at which a channel does not ask to be left alone; *at* itself where
    it never is open.
    """
    moment = at.astimezone(UTC)
    for _ in range(8 * 24):
        if moment.weekday() not in hints.skip_days and moment.hour not in hints.skip_hours:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at


# ── the arithmetic ──────────────────────────────────────────────────────────────────────────

Table = list[tuple[float, float]]


def _rates(rhythm: Rhythm, doubt: float) -> tuple[list[float], list[float]]:
    """Entries an hour by hour of the day, and by how much weekdays multiply them; *doubt* entries are
    taken to have come in five minutes.
    """
    came = time = 0.0
    for entries, watched in rhythm.hours:
        came += entries
        time += watched
    rate = (came + doubt) / (time + FIRST)
    if not rate:
        return [0.0] * len(rhythm.hours), [1.0] * len(rhythm.days)
    hours = [(n + ALIKE_HOURS * rate) / (t + ALIKE_HOURS) for n, t in rhythm.hours]
    return hours, [(n + ALIKE_DAYS * rate) / (t + ALIKE_DAYS) / rate for n, t in rhythm.days]


def _pieces(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The time from *since* to *until*, cut at full hours."""
    begin, until = since.astimezone(UTC), until.astimezone(UTC)
    while begin < until:
        end = begin.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        yield begin, min(end, until)
        begin = end


def _hours(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds() / 3600)


def _kept(hours: float) -> float:
    return float(0.5 ** (hours / HALVED))


def _table(counts: tuple[tuple[float, float], ...], kept: float = 1.0) -> Table:
    return [(entries * kept, time * kept) for entries, time in counts]


def _add(
    hours: Table, days: Table, at: datetime, entries: float, time: float, weight: float
) -> None:
    at = at.astimezone(UTC)
    for table, place in ((hours, at.hour), (days, at.weekday())):
        before = table[place]
        table[place] = (before[0] + entries * weight, before[1] + time * weight)


def _rounded(table: Table) -> tuple[tuple[float, float], ...]:
    return tuple([(round(entries, DIGITS), round(time, DIGITS)) for entries, time in table])
