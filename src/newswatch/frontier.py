"""What to fetch next, and when: a request's own outcomes say when it is asked again.

Rule: pure; *now* is an argument, chance is a function of the request's id, so that the same
outcomes give the same frontier. Seconds throughout. A feed is asked as its `rhythm` has it: before a
third of its window is new, and when it is likely to say something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from newswatch import rhythm
from newswatch.address import request_id
from newswatch.model import (
    DEADLY,
    KILLS,
    PAST,
    Failure,
    Feed,
    Outcome,
    Request,
    Rhythm,
    Shown,
    content_id,
)

FIRST_INTERVAL = 300.0
LEAST = 1.0  # what is due again at once would be asked for ever at one moment
JITTER = 0.1
FULLER = 1 / 3  # of a window may be new at a poll: a burst thrice as quick still loses nothing
NEWS = 1.0  # entries that a poll should bring where the window is wide
EAGER = 1800.0  # a wait that is not shortened for the sake of news alone, only of the window
PAGE_TRIES = 6
GONE_TRIES = 2
PAGE_WAIT = 60.0
PAGE_WAIT_MOST = 6 * 3600.0
RETRY_AFTER_MOST = 86400.0
CLOSED = frozenset({401, 402, 403, 451})
# How old a page is at each second look, in hours; chosen by `bench/looks.py`, see docs/measurements.md. Where
# somebody was told, minutes count and a wire has put things right after two days.
LOOKS = tuple(age * 3600.0 for age in (1, 2, 3, 4, 6, 9, 14, 24, 48))
TOLD_LOOKS = tuple(
    age * 3600.0 for age in (1 / 3, 2 / 3, *range(1, 13), *range(14, 25, 2), 36, 48, 72)
)
LOOKS_END = timedelta(days=7)  # after a page's first sight, however often it changes
ANEW = 24  # good answers after which a page's own changes begin no schedule anew
GONE = frozenset({404, 410})
# After which bytes in quarantine are read once more: a child's full time a day is little, and a machine that was
# too busy, or an older library, may have been the reason.
UNREAD = timedelta(days=1)


def again(
    outcome: Outcome,
    feed: Feed,
    now: datetime,
    fresh: int,
    *,
    missed: bool = False,
    hurried: bool = False,
) -> Request:
    """The request's row after *outcome*; *fresh* counts the entries that were new to us. Where the
    window moved on whole, so that some may be *missed*, it is asked twice as soon, and the wait that a
    good answer names is not granted; nor is it while such a miss is recent (*hurried*).
    """
    if outcome.request.kind in {"page", "archive"}:
        return _page_again(outcome, now)
    failure = outcome.failure
    if failure is None:
        return _good_again(outcome, feed, now, fresh, missed=missed, hurried=hurried or missed)
    request = outcome.request
    least, most = _bounds(feed)
    if failure.kind == "resting":  # nothing was asked, nothing failed
        rest = _after(0.0, least, failure.retry_after, RETRY_AFTER_MOST, request)
        return replace(request, due=now + rest, lease="")
    row = replace(_ended(outcome, now), rhythm=rhythm.lately(request.rhythm, 0, now))
    if (
        failure.kind == "quarantined"
    ):  # it answers well, and costs nothing until its bytes are others
        wanted = min(max(request.interval or FIRST_INTERVAL, least), most)
        due = now + _after(wanted, least, None, most, request)
        return replace(_forgotten(row, now), due=due, polls=row.polls + 1, lease="")
    return _after_failure(row, failure, now, least, least, most)


def _ended(outcome: Outcome, now: datetime) -> Request:
    """The row with what a reading that ended its child says: in quarantine it keeps by what those bytes are known."""
    request = outcome.request
    if outcome.failure is None or outcome.failure.kind not in DEADLY:
        return request
    row = replace(request, kills=request.kills + 1, killed=now)
    if not row.quarantined:
        return row
    return replace(
        row,
        etag=outcome.etag,
        last_modified=outcome.last_modified,
        body_hash=outcome.body_hash,
    )


def _forgotten(row: Request, now: datetime) -> Request:
    """The row of bytes in quarantine, which are read once more when that has lasted."""
    if row.killed is not None and abs(now - row.killed) < UNREAD:
        return row
    return replace(row, etag="", last_modified="", body_hash="")


def _good_again(
    outcome: Outcome, feed: Feed, now: datetime, fresh: int, *, missed: bool, hurried: bool
) -> Request:
    request = outcome.request
    least, most = _bounds(feed)
    yielded = bool(outcome.window or outcome.parts)
    hints = outcome.hints or request.hints
    if outcome.more or (request.backlog and request.successes):
        fresh = 0  # it stood there at the first poll, which read some of it
    seen = _seen(outcome, now, fresh, missed=missed)
    wanted = least if outcome.more else _wanted(seen, now, most)
    if missed:
        wanted = min(wanted, (request.interval or FIRST_INTERVAL) / 2)
    interval = min(max(wanted, least), most)
    asked = 0 if hurried else max(outcome.wait or 0, hints.ttl or 0)
    due = now + _after(interval, least, asked, most, request)
    open_at = rhythm.open_again(hints, due)
    return replace(
        request,
        due=min(open_at, now + timedelta(seconds=most)) if open_at > due else due,
        etag=outcome.etag,
        last_modified=outcome.last_modified,
        body_hash=outcome.body_hash,
        backlog=request.backlog and (not yielded or outcome.more),
        polls=request.polls + 1,
        successes=request.successes + int(yielded),
        failures=0,
        interval=interval,
        format=outcome.format or request.format,
        moved=outcome.moved,
        rhythm=seen,
        hints=hints,
        life=rhythm.wait(seen, float(seen.size), now) if seen.size else 0.0,
        kills=0,
        killed=None,
        lease="",
    )


def _seen(outcome: Outcome, now: datetime, fresh: int, *, missed: bool) -> Rhythm:
    """The feed's rhythm with what this poll adds: what a first one shows came at the dates it bears,
    and of a window that moved on whole as much again may have been missed.
    """
    request = outcome.request
    size = len(outcome.window)
    if outcome.unchanged:
        return rhythm.polled(request.rhythm, fresh, None, now)
    if not outcome.whole:  # what was cut off is neither new nor gone
        return rhythm.polled(request.rhythm, fresh, max(size, request.rhythm.size), now)
    if request.rhythm.until is None:
        read = (shown.article.published for shown in outcome.window if shown.article)
        begun = rhythm.begun((date for date in read if date is not None), size, now)
        begun = replace(begun, hour=request.rhythm.hour, lately=request.rhythm.lately)
        return rhythm.lately(begun, 0, now)
    return rhythm.polled(request.rhythm, fresh, size, now, lost=fresh if missed else 0)


def _wanted(seen: Rhythm, now: datetime, most: float) -> float:
    """Seconds that a feed of this rhythm is left alone: until it is likely to say something, and until
    a third of its window is likely to be new at the most. None is left alone for longer than it is known.
    """
    known = FIRST_INTERVAL + rhythm.known(seen)
    news = max(rhythm.wait(seen, NEWS, now, most), min(EAGER, known))
    turned = rhythm.wait(seen, FULLER * seen.size, now, most) if seen.size else news
    return min(news, turned)


def _bounds(feed: Feed) -> tuple[float, float]:
    """Between how many seconds a feed is polled at the soonest and at the latest."""
    least = max(LEAST, float(feed.min_interval))
    return least, max(least, float(feed.max_interval))


def _page_again(outcome: Outcome, now: datetime) -> Request:
    request = outcome.request
    failure = outcome.failure
    if failure is None:
        return replace(
            request,
            etag=outcome.etag,
            last_modified=outcome.last_modified,
            body_hash=outcome.body_hash,
            polls=request.polls + 1,
            successes=request.successes + 1,
            failures=0,
            pending=False,
            look=0,
            kills=0,
            killed=None,
            lease="",
        )
    row = _ended(outcome, now)
    waited = now - request.first_seen
    resting = failure.kind == "resting"  # nothing was asked, nothing failed
    if resting and (request.look == PAST or (request.look == 0 and waited < LOOKS_END)):
        rest = _after(0.0, PAGE_WAIT, failure.retry_after, RETRY_AFTER_MOST, request)
        return replace(request, due=now + rest, lease="")
    if request.look > 0:  # the next look is its next try
        failures = request.failures + 1
        return replace(
            row, polls=request.polls + 1, failures=failures, pending=False, look=0, lease=""
        )
    tried = row.kills if failure.kind in DEADLY else request.failures + 1
    # What an archive still lists and is gone was gone before.
    tries = 1 if request.look == PAST and failure.status in GONE else _tries(failure)
    row = replace(row, pending=tried < tries and request.failures + 1 < PAGE_TRIES)
    return _after_failure(row, failure, now, PAGE_WAIT, LEAST, PAGE_WAIT_MOST)


def _after_failure(
    row: Request, failure: Failure, now: datetime, first: float, least: float, most: float
) -> Request:
    """The row asked again later: *first* seconds after one failure, twice as long after each more, up to
    *most*; never sooner than *least* or than the server asked for.
    """
    failures = row.failures + 1
    wait = _backed_off(first, failures, most)
    due = now + _after(wait, least, failure.retry_after, RETRY_AFTER_MOST, row)
    return replace(row, due=due, polls=row.polls + 1, failures=failures, lease="")


def look_again(
    row: Request,
    failure: Failure | None,
    now: datetime,
    *,
    published: datetime | None = None,
    told: bool = False,
    rewritten: bool = False,
) -> Request:
    """The row of a page that was read, to be looked at again at the next age of its schedule; as it is when
    that is over, when the page is asked anyhow, and when its server closed it. Its age counts from when
    its entry last changed or its text was *rewritten* (a page that reads otherwise at each look, by a clock or a
    counter of its own, has no schedule without an end), else from when it was *published*, or first seen
    where somebody was *told* of its story. In quarantine it is over.
    """
    if row.pending or row.quarantined or not row.successes:
        return row
    if failure is not None and _closed(failure):
        return row
    if rewritten and row.successes <= ANEW:
        row = replace(row, changed=now)
    born = row.first_seen if told or published is None else min(published, row.first_seen)
    age = (now - (row.changed or born)).total_seconds()
    ages = TOLD_LOOKS if told else LOOKS
    # One that is nearly reached is: a look comes up to a tenth of its wait too soon.
    ahead = (a for before, a in pairwise((0.0, *ages)) if age < a - JITTER * (a - before))
    if (following := next(ahead, None)) is None:
        return row
    asked = failure.retry_after if failure is not None else None
    due = now + _after(following - age, LEAST, asked, RETRY_AFTER_MOST, row)
    if due > row.first_seen + LOOKS_END:
        return row
    return replace(row, due=due, pending=True, look=2 if told else 1)


def _closed(failure: Failure) -> bool:
    """Whether a server has said that a page is not to be asked for."""
    return _tries(failure) == 1


def _tries(failure: Failure) -> int:
    """How often a page is asked before headline and lead must do."""
    if (
        failure.kind in {"address", "unreadable", "not-a-feed", "too-large", "quarantined"}
        or failure.status in CLOSED
    ):
        return 1
    if failure.kind == "robots":
        # A retryable refusal (robots.txt not reachable) names its wait.
        return PAGE_TRIES if failure.retry_after else 1
    if failure.kind in DEADLY:
        return KILLS
    if failure.status in GONE or failure.kind == "wall":
        return GONE_TRIES
    return PAGE_TRIES


def _backed_off(first: float, failures: int, most: float) -> float:
    return float(min(first * 2.0 ** min(failures - 1, 20), max(most, first)))


def _after(own: float, least: float, asked: int | None, most: float, request: Request) -> timedelta:
    """Our own wait, shortened by up to a tenth so that feeds spread, but never below *least* nor
    below what the server *asked* for, of which *most* is granted.
    """
    chance = int(content_id(request.id, str(request.polls))[:8], 16) / 0xFFFFFFFF
    granted = float(min(asked or 0, most))
    return timedelta(seconds=max(own * (1 - JITTER * chance), least, granted))


def page_request(
    shown: Shown,
    feed: Feed,
    standing: Request | None,
    *,
    backlog: bool,
    now: datetime,
    passed_on: bool = False,
) -> Request | None:
    """The request for the page of a *shown* entry: new, woken by a new title or text, or None
    when the page is known and the feed says nothing new of it. Only the feed that first showed a
    page wakes it: another one words the entry in its own way, and that is no change, until the page
    is *passed_on* to it. What a backfill alone asks for, or
    asked for and did not keep, is asked for as if it were new.
    """
    if standing is None or standing.look == PAST:
        return Request(
            id=standing.id if standing else request_id("page", shown.url),
            kind="page",
            url=shown.url,
            feed=feed.name,
            due=now,
            first_seen=now,
            lang=feed.lang,
            shown=shown,
            backlog=backlog,
        )
    if (standing.feed != feed.name and not passed_on) or _says(standing.shown) == _says(shown):
        return None
    return replace(
        standing,
        feed=feed.name,
        shown=shown,
        due=now,
        pending=True,
        failures=0,
        look=0,
        changed=now,
    )


def past_request(
    kind: Literal["archive", "page"],
    url: str,
    feed: Feed,
    now: datetime,
    shown: Shown | None = None,
) -> Request:
    """The request for an archive to walk, or for a page that one lists (*shown*, whose hash is the request's id where it
    has one), behind all that is news.
    """
    own = shown.hash if shown else content_id(kind, feed.name, url)
    return Request(
        id=own or request_id(kind, url),
        kind=kind,
        url=url,
        feed=feed.name,
        due=now,
        first_seen=now,
        lang=feed.lang,
        shown=shown,
        backlog=True,
        look=PAST,
    )


def _says(shown: Shown | None) -> tuple[str, str]:
    if shown is None or shown.article is None:
        return ("", "")
    return (shown.article.title, shown.article.text)


def parts(
    outcome: Outcome,
    before: Iterable[str],
    standing: Callable[[str], Request | None],
    within: Callable[[str], Iterable[str]],
    now: datetime,
) -> tuple[tuple[str, ...], tuple[Request, ...]]:
    """What a sitemap index lists now, and the requests that follow: new parts and those listed
    again are asked, parts it lists no more are not, *before* being what its last good answer listed.

    *standing* gives a request by its id, *within* the parts that a part lists in its turn: they
    share its fate. A body that was cut drops nothing.
    """
    index = outcome.request
    listed = dict.fromkeys(outcome.parts if outcome.whole else (*outcome.parts, *before))
    asked: dict[str, Request] = {}
    ahead = [(url, True) for url in listed]
    ahead += [(url, False) for url in before if url not in listed]
    seen = {index.url}
    for url, wanted in ahead:  # grows on the way
        if url in seen:
            continue
        seen.add(url)
        part = standing(request_id("feed", url))
        if part is None:
            if wanted:
                asked[url] = _part_request(url, index, now)
        elif part.feed == index.feed and part.pending != wanted:
            due = now if wanted else part.due
            asked[url] = replace(part, pending=wanted, due=due, failures=0)
            ahead += [(inner, wanted) for inner in within(part.id)]
    return tuple(listed), tuple(asked.values())


def _part_request(url: str, index: Request, now: datetime) -> Request:
    """The request for one part of a sitemap index; it inherits the index's mark of a first poll."""
    return Request(
        id=request_id("feed", url),
        kind="feed",
        url=url,
        feed=index.feed,
        due=now,
        first_seen=now,
        lang=index.lang,
        backlog=index.backlog,
    )
