"""What is wrong with a feed, with the evidence: judged at each poll by that poll and the feed's own rhythm.

Rule: pure; the same polls give the same judgements. Nothing is judged by a rhythm that is not known:
an hour or a weekday that was never watched promises nothing. What a poll shows by itself (gone, an
error page, empty, moved, dates, guids, what robots.txt closes, a window that moved on whole) is judged at that poll or the
next one; a silence is judged at the first poll after it has lasted long enough to be no chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import get_args

from newswatch import rhythm
from newswatch.address import host, redact
from newswatch.model import DEADLY, KILLS, Gap, Health, Judgement, JudgementKind, Outcome, Rhythm

GRAVITY: tuple[JudgementKind, ...] = get_args(JudgementKind)
ABSENT = frozenset({404, 410})
STANDS = timedelta(days=1)  # how long what happened in one poll is told of
PASSING = frozenset({"overflow", "guid-churn", "future"})
AHEAD = timedelta(minutes=15)  # that a date may be ahead: clocks differ, hours by a zone do not
FEW = 3  # entries or guids that are no accident
MISSING = (
    12.0  # entries that a rhythm promised and that did not come: by chance, one silence in 160,000
)
SLOWER = 3.0  # times the longest silence so far
SHORTEST = 3600.0  # seconds of silence that are told of at all
OLD = timedelta(days=7)  # of a first window's newest entry: longer than holidays
RHYTHMIC = 5  # dates that tell how often entries came
DEAD = timedelta(days=365)  # of a first window whose dates tell no rhythm: twelve a year are few
QUIET, PROMISED = (
    0.2,
    25.0,
)  # share of what a day promised that is quiet; entries it must have promised
QUIET_HOURS, POLLED_HOURS = 24, 8  # the hours looked at, and those of them with a poll
FORGET = timedelta(days=30)  # after which the longest silence counts half


@dataclass(frozen=True, slots=True)
class Seen:
    """What a good poll with a body showed: *dates* of the entries that were new or changed, in the
    window's order; of *shared* links that the last window had too, those *rewritten* under another
    guid; those *readdressed*, which came under another link with all else as it was; the *gap*, where
    the window moved on whole. *first* marks a feed's first window; *before* is the last good poll.
    """

    dates: tuple[datetime | None, ...] = ()
    shared: int = 0
    rewritten: int = 0
    readdressed: int = 0
    gap: Gap | None = None
    first: bool = False
    before: datetime | None = None


def judged(outcome: Outcome, after: Rhythm, seen: Seen, now: datetime) -> Health:
    """A feed's health after *outcome*; *after* is its rhythm with this poll, *seen* what it showed."""
    before = outcome.request.health
    if outcome.failure is not None:
        return _failed(outcome, before, now)
    health = _stirred(outcome, before, seen, now)
    found: dict[JudgementKind, tuple[str, datetime]] = {}
    kept: set[JudgementKind] = {"overflow", "guid-churn"}
    if outcome.closed is None or outcome.closed.feed is None:
        kept.add("feed-closed")
    elif outcome.closed.feed:
        found["feed-closed"] = (
            "robots.txt forbids the feed's own address to robots; it is polled as long as feeds.yaml says so",
            now,
        )
    if outcome.closed is None or not outcome.closed.asked:
        if outcome.request.source.pages == "fetch":
            kept.add("pages-closed")
    elif len(outcome.closed.pages) == outcome.closed.asked:
        said = f"robots.txt forbids its pages, all {outcome.closed.asked} that were looked up"
        found["pages-closed"] = (f"{said}: the feed's own words are kept", now)
    if outcome.broken is not None:
        said = (
            f"{outcome.broken.says}; {_read(len(outcome.window))} before that, and none behind it"
        )
        found["broken-off"] = (said, now)
    if outcome.strange:
        found["parts-elsewhere"] = (_elsewhere(outcome), now)
    elif outcome.unchanged:
        kept.add("parts-elsewhere")
    if outcome.moved:
        found["moved"] = (f"its server says that it is for good at {redact(outcome.moved)}", now)
    if after.size == 0 and not outcome.parts and not outcome.strange:
        if outcome.unchanged:
            kept.add("empty")
        else:
            found["empty"] = ("it answers with a feed that has no entry", now)
    if seen.gap is not None:
        found["overflow"] = (_overflow(seen.gap), seen.gap.since)
    if seen.rewritten >= FEW and 2 * seen.rewritten >= seen.shared:
        said = (
            f"{seen.rewritten} of {seen.shared} links that it went on showing came under new guids"
        )
        found["guid-churn"] = (said, now)
    if seen.readdressed >= FEW:
        said = f"{seen.readdressed} of {after.size} entries came under new links, with headline and date as before"
        found["guid-churn"] = (said, now)
    new_dates = [date for date in seen.dates if date is not None]
    ahead = [date for date in new_dates if date > now + AHEAD]
    if ahead:
        said = f"{len(ahead)} of {len(seen.dates)} new entries are dated ahead, up to {_time(max(ahead))}"
        found["future"] = (said, now)
    elif not new_dates:
        kept.add("future")
    if health.undated and health.undated >= min(FEW, max(after.size, 1)):
        said = "its one entry has no date that can be read"
        if health.undated > 1:
            said = f"not one of the last {health.undated} entries has a date that can be read"
        found["undated"] = (said, now)
    silence = _silent(health, after, seen, now)
    if silence is not None:
        found[silence[0]] = (silence[1], health.stirred or now)
    elif not seen.dates:  # the longer it lasts, the less does a rhythm promise
        kept |= {"frozen", "nothing-new"}
    silent = {"frozen", "nothing-new"}
    if (said := _quiet(after, now)) and not found.keys() & silent:
        found["quiet"] = (said, now - timedelta(hours=QUIET_HOURS))
    return _with(
        health,
        found,
        now,
        lambda one: one.kind in kept and (one.kind not in PASSING or one.seen + STANDS > now),
    )


def hurried(health: Health, now: datetime) -> bool:
    """Whether a window moved on whole of late, so that a server's wish to be left alone waits."""
    return any(one.kind == "overflow" and one.seen + STANDS > now for one in health.judgements)


def _failed(outcome: Outcome, before: Health, now: datetime) -> Health:
    failure = outcome.failure
    assert failure is not None
    found: dict[JudgementKind, tuple[str, datetime]] = {}
    health = before
    if failure.status in ABSENT:
        since = before.since or now
        health = replace(before, gone=before.gone + 1, since=since)
        if health.gone > 1:
            said = f"HTTP {failure.status} at {health.gone} polls in a row, the first at {_time(since)}"
            found["gone"] = (said, since)
    elif failure.kind == "not-a-feed":
        found["error-page"] = (f"it answers 200 with {failure.says}", now)
    elif failure.kind in DEADLY and outcome.request.kills + 1 >= KILLS:
        said = (
            f"{outcome.request.kills + 1} tries in a row had to be ended, the last: {failure.says}"
        )
        found["quarantined"] = (
            f"{said}; it is read again when its bytes are others, or in a day",
            now,
        )
    elif failure.kind == "empty":
        found["empty"] = ("it answers 200 without a body", now)
    # A server that answers nothing says nothing: what stood stands.
    ended: set[JudgementKind] = (
        {"error-page", "empty"} if found or health.gone > before.gone else set()
    )
    if not outcome.request.quarantined:  # the operator may have let it out
        ended.add("quarantined")
    return _with(health, found, now, lambda one: one.kind not in ended)


def _stirred(outcome: Outcome, before: Health, seen: Seen, now: datetime) -> Health:
    """What is remembered, with this good poll."""
    health = replace(before, gone=0, since=None)
    if not outcome.unchanged:
        shows = bool(outcome.window or outcome.parts)
        health = replace(health, changed=now, shown=None if shows else health.shown or seen.before)
    if not seen.dates:
        return health if health.stirred else replace(health, stirred=now)
    dates = sorted(date for date in seen.dates if date is not None and date <= now)
    undated = 0 if any(seen.dates) else health.undated + len(seen.dates)
    if seen.first or health.stirred is None:
        gaps = [(b - a).total_seconds() for a, b in pairwise(dates)]
        latest = dates[-1] if dates else now
        return replace(health, stirred=latest, slowest=max(gaps, default=0.0), undated=undated)
    silence = (now - health.stirred).total_seconds()
    slowest = max(silence, health.slowest * 0.5 ** (silence / FORGET.total_seconds()), 0.0)
    return replace(health, stirred=now, slowest=round(slowest, 1), undated=undated)


def _silent(
    health: Health, after: Rhythm, seen: Seen, now: datetime
) -> tuple[JudgementKind, str] | None:
    """Whether a feed is silent that should not be, by its rhythm or by its first window's dates."""
    if health.stirred is None:
        return None
    silence = (now - health.stirred).total_seconds()
    if silence < max(SHORTEST, SLOWER * health.slowest):
        return None
    if seen.first:
        said = _stopped(seen.dates, now)
        return ("frozen", said) if said else None
    missing = rhythm.promised(after, health.stirred, now, sure=True)
    if missing < MISSING:
        return None
    moving = health.changed is not None and health.changed > health.stirred
    said = (
        f"nothing new since {_time(health.stirred)}, where its own rhythm promised {missing:.0f} entries"
        f"; its bytes {'have changed' if moving else 'are the same'}"
    )
    return ("nothing-new" if moving else "frozen", said)


def _stopped(found: Sequence[datetime | None], now: datetime) -> str:
    """Whether a first window's dates come to an end long ago, though they came thick until then."""
    dates = sorted(date for date in found if date is not None and date <= now)
    if not dates:
        return ""
    silence = now - dates[-1]
    newest = f"its newest entry is of {_time(dates[-1])}"
    if len(dates) < RHYTHMIC or dates[-1] == dates[0]:  # which tell no rhythm
        return newest if silence >= DEAD else ""
    missing = len(dates) / ((dates[-1] - dates[0]) / silence)
    if silence < OLD or missing < MISSING:
        return ""
    return f"{newest}, though {len(dates)} came from {_time(dates[0])} until then"


def _quiet(after: Rhythm, now: datetime) -> str:
    hours = after.lately[-QUIET_HOURS:]
    came = sum(entries for _, entries in hours)
    if sum(polls > 0 for polls, _ in hours) < POLLED_HOURS or len(after.lately) < QUIET_HOURS:
        return ""
    wanted = rhythm.promised(after, now - timedelta(hours=QUIET_HOURS), now, sure=True)
    if wanted < PROMISED or came > QUIET * wanted:
        return ""
    return f"{came} new entries within a day, where its own rhythm promised {wanted:.0f}"


def _overflow(gap: Gap) -> str:
    said = f"all {gap.entries} entries at {_time(gap.until)} were other ones than at {_time(gap.since)}"
    if gap.closed:
        show = "show" if "pages" in gap.where else "shows"
        return f"{said}; {gap.where} {show} all between, {gap.recovered} of them new: none is lost"
    some = f"{gap.recovered} were recovered from {gap.where}, others" if gap.recovered else "some"
    return f"{said}: {some} between may have been lost"


def _read(entries: int) -> str:
    return "one whole entry is read" if entries == 1 else f"{entries} whole entries are read"


def _elsewhere(outcome: Outcome) -> str:
    hosts = list(dict.fromkeys(map(host, outcome.strange)))
    some = ", ".join(hosts[:FEW]) + (f" and {len(hosts) - FEW} more" if len(hosts) > FEW else "")
    of = len(outcome.strange) + len(outcome.parts)
    return (
        f"{len(outcome.strange)} of its {of} parts are left out: they are on hosts of others ({some}),"
        " whose robots.txt names neither it nor them"
    )


def _with(
    health: Health,
    found: dict[JudgementKind, tuple[str, datetime]],
    now: datetime,
    stands: Callable[[Judgement], bool],
) -> Health:
    """*health* with what was *found*, and of what stood before that which still *stands*."""
    before = {one.kind: one for one in health.judgements}
    judgements = [one for one in health.judgements if one.kind not in found and stands(one)]
    for kind, (said, since) in found.items():
        began = before[kind].since if kind in before else since
        judgements.append(Judgement(kind, said, began, now))
    return replace(
        health, judgements=tuple(sorted(judgements, key=lambda one: GRAVITY.index(one.kind)))
    )


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z"
