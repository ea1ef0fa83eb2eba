"""Whether what a rule finds stands out: many more stories than at these hours before, so many, or none.

Rule: values in, values out. `windows` says what is to be counted, `judge` what the counts mean; where too little was
watched to say, that is the answer. Weekdays and hours are those of the zone that is given, and an hour is always an hour
long, whatever the clocks do.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from newswatch.model import Surge, Threshold, Watch, Window
from newswatch.wording import counted

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
EVERY = timedelta(minutes=5)  # between two judgements
# By how many times the root of what was to be expected, and one, a spike is above it: on six weeks of a wire (docs/
# measurements.md) four in place of three let some 40 % fewer through where an hour brings a story or two.
BEYOND_CHANCE = 4.0
LEAST_DAYS = (
    3  # watched days of a kind without which nothing is compared, and half of those there are
)
WEEKS, LEAST_WEEKS = (
    4,
    3,
)  # that a silence is held against, and how many of them must have been watched
SHORTEST = HOUR  # that a silence by its rhythm is
SATURDAY = 5
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Finding:
    """What the counts mean: something stands out, or not, or it cannot be said, and *why* in words. Where it stands out:
    *count* stories from *since* to *until*, *against* those of before, of the *days* before.
    """

    state: Literal["surge", "calm", "unknown"]
    why: str = ""
    since: datetime | None = None
    until: datetime | None = None
    count: int = 0
    against: tuple[tuple[str, tuple[int, ...]], ...] = ()
    days: int = 0


# ── what is counted ─────────────────────────────────────────────────────────────────────────


def windows(
    threshold: Threshold, last: datetime | None, now: datetime, zone: tzinfo
) -> tuple[Window, ...]:
    """The windows whose stories are counted to judge at *now*, where the *last* story came then, None for never."""
    if threshold.kind == "spike":
        return (Window(now - HOUR, now), *_days(threshold.over, now, zone))
    if threshold.kind == "volume":
        return (Window(now - timedelta(seconds=threshold.span), now),)
    if threshold.span or last is None:
        return ()
    before = (_earlier(at, WEEK * n, zone) for n in range(1, WEEKS + 1) for at in (last, now))
    return tuple(Window(since, until, "weeks") for since, until in zip(before, before, strict=True))


def _days(over: int, now: datetime, zone: tzinfo) -> Iterable[Window]:
    """The same hour of the days before: of those that are workdays or not as today is, and of its own weekday again."""
    today = (now - HOUR).astimezone(zone).weekday()
    free = today >= SATURDAY
    for n in range(1, over + 1):
        until = _earlier(now, timedelta(days=n), zone)
        if ((today - n) % 7 >= SATURDAY) == free:
            yield Window(until - HOUR, until, "days at the weekend" if free else "weekdays")
        if n % 7 == 0:
            yield Window(until - HOUR, until, f"{DAYS[today]}s")


def _earlier(at: datetime, by: timedelta, zone: tzinfo) -> datetime:
    """The moment at which clocks of the zone showed the same time whole days before."""
    local = at.astimezone(zone)
    return (local.replace(tzinfo=None) - by).replace(tzinfo=zone, fold=local.fold).astimezone(UTC)


# ── what it means ───────────────────────────────────────────────────────────────────────────


def judge(
    threshold: Threshold,
    found: Sequence[tuple[Window, int]],
    watch: Watch,
    last: datetime | None,
    told: Surge | None,
    now: datetime,
) -> Finding:
    """What the counts of `windows` mean at *now*; *told* is what the rule told last by this wording."""
    if threshold.kind == "silence":
        return _silence(threshold, found, watch, last, told, now)
    rest = timedelta(seconds=max(threshold.rest, threshold.span))
    if told is not None and told.at <= now < told.at + rest:
        return Finding("calm", "it has told, and rests")
    (window, count), *before = found
    said = Finding("surge", "", window.since, window.until, count)
    if threshold.kind == "volume":
        return said if count >= threshold.floor else Finding("calm")
    return _spike(threshold, said, before, watch)


def _spike(
    threshold: Threshold, said: Finding, before: Sequence[tuple[Window, int]], watch: Watch
) -> Finding:
    groups: dict[str, list[int]] = {}
    size: dict[str, int] = {}
    for window, count in before:
        size[window.group] = size.get(window.group, 0) + 1
        if watched(watch, window.since, window.until):
            groups.setdefault(window.group, []).append(count)
    alike = next(iter(size))  # days of its kind come first: at least one is within a week
    have, need = len(groups.get(alike, ())), max(LEAST_DAYS, -(-size[alike] // 2))
    if have < need:
        return Finding(
            "unknown",
            f"learning: this hour was watched on {have} of the {need} {alike} that it needs",
        )
    expected = max(map(_mean, groups.values()))
    chance = expected + BEYOND_CHANCE * (expected + 1) ** 0.5
    if said.count < max(threshold.floor, threshold.factor * expected, chance):
        return Finding("calm")
    against = tuple((name, tuple(counts)) for name, counts in groups.items())
    return Finding("surge", "", said.since, said.until, said.count, against, threshold.over)


def _silence(
    threshold: Threshold,
    found: Sequence[tuple[Window, int]],
    watch: Watch,
    last: datetime | None,
    told: Surge | None,
    now: datetime,
) -> Finding:
    if last is None:
        return Finding("unknown", "learning: it has found nothing yet that could have gone quiet")
    lasts = now - last
    if lasts < (timedelta(seconds=threshold.span) if threshold.span else SHORTEST):
        return Finding("calm")
    if told is not None and told.since >= last:
        return Finding("calm", "it has told of this silence")
    begun = now - timedelta(seconds=threshold.span) if threshold.span else last
    if not watched(watch, begun, now):
        return Finding(
            "unknown",
            "nothing came, but not all of that time was watched, or too many feeds did not answer",
        )
    if threshold.span:
        return Finding("surge", "", last, now)
    counts = tuple(count for window, count in found if watched(watch, window.since, window.until))
    if len(counts) < LEAST_WEEKS:
        return Finding(
            "unknown",
            f"learning: these hours were watched in {len(counts)} of the last {WEEKS} weeks, it needs {LEAST_WEEKS}",
        )
    if min(counts) == 0 or _mean(counts) < threshold.floor:
        return Finding("calm")
    return Finding("surge", "", last, now, 0, (("weeks", counts),), 7 * WEEKS)


# ── what it would have told ─────────────────────────────────────────────────────────────────


def rehearse(
    threshold: Threshold,
    times: Sequence[datetime],
    watch: Watch,
    since: datetime,
    until: datetime,
    zone: tzinfo,
    every: timedelta = EVERY,
) -> tuple[tuple[Surge, ...], int, int]:
    """What a threshold would have told from *since* to *until* of stories first told at these *times*, in order, judged
    *every* so often; and of how many such looks how many could not say.
    """

    def count(begun: datetime, ended: datetime) -> int:
        return bisect_left(times, ended) - bisect_left(times, begun)

    found: list[Surge] = []
    looks = unknown = 0
    now = since
    while now <= until:
        before = bisect_right(times, now)
        last = times[before - 1] if before else None
        asked = windows(threshold, last, now, zone)
        counts = tuple((w, count(w.since, w.until)) for w in asked)
        said = judge(threshold, counts, watch, last, found[-1] if found else None, now)
        looks += 1
        unknown += said.state == "unknown"
        if said.state == "surge" and said.since is not None and said.until is not None:
            found.append(
                Surge("", "", "", threshold.kind, now, said.since, said.until, said.count, said.against, said.days)
            )  # fmt: skip
        now += every
    return tuple(found), looks, unknown


def watched(watch: Watch, since: datetime, until: datetime) -> bool:
    """Whether all of a stretch of time was watched."""
    return any(begun <= since and until <= ended for begun, ended in watch)


def reach(threshold: Threshold) -> timedelta:
    """How far back a threshold looks, and a day."""
    weeks = WEEK * WEEKS if threshold.kind == "silence" else timedelta()
    return max(weeks, timedelta(days=threshold.over), timedelta(seconds=threshold.span)) + 2 * WEEK


def _mean(counts: Sequence[int]) -> float:
    return sum(counts) / len(counts)


# ── in words ────────────────────────────────────────────────────────────────────────────────


def headline(surge: Surge, time: Callable[[datetime], str]) -> str:
    """What stood out, short: "14 stories in the hour to 15:00"; *time* tells the time of day."""
    if surge.kind == "silence":
        return f"nothing for {_lasting(surge.until - surge.since)}"
    span = _lasting(surge.until - surge.since).removeprefix("1 ")
    return f"{counted(surge.count, 'story', 'stories')} in the {span} to {time(surge.until)}"


def sentence(
    surge: Surge, time: Callable[[datetime], str], moment: Callable[[datetime], str]
) -> str:
    """What stood out and what it was compared with; *moment* tells the day and the time."""
    said = headline(surge, time)
    if surge.kind == "silence":
        said = f"nothing since {moment(surge.since)}, for {_lasting(surge.until - surge.since)}"
    for n, (group, counts) in enumerate(surge.against):
        most = f"{_number(_mean(counts))} on average, at "
        if group == "weeks":
            least = f"{most}least {min(counts):,}"
            said += f"; the same hours of the last {WEEKS} weeks brought {least} ({len(counts)} of them watched)"
        else:
            where = "; " if n else f"; the same hour in the last {surge.days} days: "
            said += f"{where}{most}most {max(counts):,} ({len(counts)} {group if len(counts) > 1 else group.removesuffix('s')})"
    return f"{said[:1].upper()}{said[1:]}."


def _number(mean: float) -> str:
    return f"{mean:,.0f}" if mean >= 10 or mean == int(mean) else f"{mean:.1f}"


def _lasting(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    if minutes >= 2880 and minutes % 1440 == 0:
        return counted(minutes // 1440, "day")
    hours, left = divmod(minutes, 60)
    if not hours:
        return counted(left, "minute")
    return counted(hours, "hour") + (f" {left} min" if left and hours < 24 else "")
