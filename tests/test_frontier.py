"""What is asked when: a request's own outcome decides, the same outcomes give the same times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newswatch import rhythm
from newswatch.address import request_id
from newswatch.frontier import again, page_request, parts
from newswatch.model import Article, Failure, Feed, Hints, Outcome, Request, Rhythm, Shown

NOW = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
DAY = 86400
FEED = Feed("wire", "http://wire.example/rss", lang="en", min_interval=60, max_interval=6 * 3600)
POLL = Request("aa", "feed", FEED.url, "wire", NOW, NOW, interval=600.0, polls=3, lease="run:1")
PAGE = Request("bb", "page", "http://wire.example/1", "wire", NOW, NOW, lease="run:2")
KINDS = (  # but "resting", which is no failure
    "address", "dns", "connect", "tls", "timeout", "reset", "status", "redirect", "too-large", "encoding",
    "robots", "empty", "not-a-feed", "unreadable", "wall", "killed", "crashed", "lost",
)  # fmt: skip


def shown(number: int = 1, title: str = "Leak", text: str = "") -> Shown:
    url = f"http://wire.example/{number}"
    return Shown(f"{number}{title}{text}", url, url, Article(url, title, text))


def window(count: int) -> tuple[Shown, ...]:
    return tuple(shown(number) for number in range(count))


def wait_of(before: Request, after: Request) -> float:
    """Seconds until the request is asked again."""
    return (after.due - NOW).total_seconds()


def polled(
    request: Request = POLL, fresh: int = 0, feed: Feed = FEED, **outcome: object
) -> Request:
    return again(Outcome(request, 200, window=window(10), **outcome), feed, NOW, fresh)  # type: ignore[arg-type]


def failed(
    request: Request, kind: str = "timeout", status: int = 0, retry: int | None = None
) -> Request:
    outcome = Outcome(request, failure=Failure(kind, "", status, retry))  # type: ignore[arg-type]
    return again(outcome, FEED, NOW, 0)


# ── feeds ───────────────────────────────────────────────────────────────────────────────────


HOUR = timedelta(hours=1)


def watched(entries_an_hour: float, size: int = 10, days: float = 7) -> Rhythm:
    """The rhythm of a feed that brought so many entries an hour, day and night, until now."""
    since = NOW - timedelta(days=days)
    found = rhythm.polled(Rhythm(), 0, size, since)
    for hour in range(round(24 * days)):
        found = rhythm.polled(found, round(entries_an_hour), size, since + (hour + 1) * HOUR)
    return found


def played(
    feed: Feed,
    brought: Callable[[datetime], int],
    size: int,
    until: timedelta,
    *,
    dated: bool = False,
) -> list[tuple[datetime, Request, int]]:
    """Each poll of a feed that had brought so many entries by a time and shows the newest *size*: when,
    the row after it, and how many were new.
    """
    request = replace(POLL, due=NOW, interval=0.0, polls=0, backlog=True)
    found: list[tuple[datetime, Request, int]] = []
    last = brought(NOW)
    while request.due <= NOW + until:
        now = request.due
        there = brought(now)
        fresh = min(there - last, size) if found else min(there, size)
        count = min(there, size)
        entries = tuple(
            replace(one, article=replace(one.article, published=now - n * timedelta(minutes=1)))
            if dated and one.article else one
            for n, one in enumerate(window(count))
        )  # fmt: skip
        outcome = Outcome(request, 200, window=entries)
        missed = bool(found) and there - last >= size > 0
        request = again(outcome, feed, now, fresh, missed=missed)
        found.append((now, request, there - last))
        last = there
    return found


@pytest.mark.parametrize("minutes", [90, 45])
def test_a_window_of_a_hundred_that_lasts_ninety_minutes_is_polled_at_a_third_of_that(
    minutes: int,
) -> None:
    """Of one that lasts half as long, too: what does not depend on the window is no shorter than half an hour."""
    lasts = minutes * 60
    polls = played(
        replace(FEED, max_interval=DAY),
        lambda at: 1000 + int((at - NOW).total_seconds() * 100 / lasts),
        100,
        timedelta(days=2),
    )
    assert all(new < 100 for _, _, new in polls)
    settled = [row for at, row, _ in polls if at > NOW + timedelta(hours=6)]
    assert all(abs(row.interval - lasts / 3) < lasts / 60 for row in settled)
    assert all(abs(row.life - lasts) < lasts / 18 for row in settled)


def test_a_dead_blog_is_polled_once_a_day() -> None:
    polls = played(replace(FEED, max_interval=DAY), lambda _: 10, 10, timedelta(days=30))
    waits = [row.interval for _, row, _ in polls]
    assert waits == sorted(waits)
    assert waits[-1] == DAY
    assert len([at for at, _, _ in polls if at < NOW + timedelta(days=1)]) <= 10
    assert len([at for at, _, _ in polls if at > NOW + timedelta(days=20)]) <= 11
    old = tuple(
        Shown(
            f"{n}",
            "",
            "http://wire.example",
            Article("", "", published=NOW - n * timedelta(days=90)),
        )
        for n in range(1, 11)
    )
    first = Outcome(replace(POLL, interval=0.0, backlog=True), 200, window=old)
    assert again(first, replace(FEED, max_interval=DAY), NOW, 10).interval == DAY


def test_a_feed_of_office_hours_is_left_alone_at_night_and_asked_as_its_day_begins() -> None:
    def by_day(at: datetime) -> int:
        days, rest = divmod((at - NOW.replace(hour=0)).total_seconds(), DAY)
        return int((6 * days + 6 * min(max(rest / 3600 - 8, 0), 10) / 10) * 10)

    polls = played(replace(FEED, max_interval=DAY), by_day, 50, timedelta(days=14))
    late = [(at, row) for at, row, _ in polls if at > NOW + timedelta(days=10)]
    night = [at for at, _ in late if at.hour < 7 or at.hour >= 20]
    noon = [at for at, _ in late if 9 <= at.hour < 17]
    assert len(noon) > 5 * len(night)
    assert all(row.interval < 5 * 3600 for at, row in late if 9 <= at.hour < 16)
    mornings = {at.date() for at, _ in late if 7 <= at.hour < 11}
    assert len(mornings) >= 4


def test_a_feed_that_rests_at_the_weekend_is_asked_less_then() -> None:
    def on_weekdays(at: datetime) -> int:
        since = NOW - timedelta(days=NOW.weekday())
        weeks, rest = divmod((at - since).total_seconds(), 7 * DAY)
        return int(20 * (5 * weeks + min(rest / DAY, 5)))

    polls = played(replace(FEED, max_interval=DAY), on_weekdays, 30, timedelta(days=42))
    late = [at for at, _, _ in polls if at > NOW + timedelta(days=28)]
    weekend = [at for at in late if at.weekday() >= 5]
    assert len(weekend) * 5 < (len(late) - len(weekend)) * 2 / 2


def test_a_first_window_tells_the_rhythm_by_its_dates() -> None:
    def first(*ages: float) -> float:
        entries = tuple(
            Shown(f"{n}", "", "http://wire.example", Article("", "", published=NOW - age * HOUR))
            for n, age in enumerate(ages)
        )
        begun = replace(POLL, interval=0.0, backlog=True, polls=0)
        return again(
            Outcome(begun, 200, window=entries), replace(FEED, max_interval=DAY), NOW, 0
        ).interval

    wire = [n * 0.015 for n in range(100)]
    assert 1500 <= first(*wire) <= 1800
    assert 1500 <= first(*wire[:-1], 24 * 200) <= 1800  # an old entry that is carried along
    assert first(*range(1, 11)) == pytest.approx(3600, rel=0.3)
    assert first() == 300


def test_a_burst_is_seen_at_the_next_poll_and_forgotten_in_hours() -> None:
    calm = replace(POLL, rhythm=watched(2, size=100), interval=1800.0)
    before = polled(calm).interval
    burst = again(Outcome(calm, 200, window=window(30)), FEED, NOW + HOUR, 30)
    assert burst.interval < before
    after = burst
    for hour in range(2, 14):
        after = again(Outcome(after, 200, window=window(30)), FEED, NOW + hour * HOUR, 2)
    assert after.interval > 0.8 * before


def test_days_that_are_summed_at_once_promise_what_their_hours_do() -> None:
    seen = rhythm.begun((NOW - timedelta(hours=n * 1.7) for n in range(60)), 60, NOW)
    begin = NOW - timedelta(days=9, minutes=17)
    hours = [begin + timedelta(hours=n) for n in range(9 * 24 + 1)]
    one_by_one = sum(rhythm.promised(seen, a, b) for a, b in pairwise((*hours, NOW)))
    assert rhythm.promised(seen, begin, NOW) == pytest.approx(one_by_one)
    # So many entries are not there an hour before they are to be expected, and are an hour behind it.
    waits = [rhythm.wait(seen, float(n), NOW) for n in range(1, 400)]
    assert waits == sorted(waits)
    steps = [b - a for a, b in pairwise(waits) if b < rhythm.REACH * 3600]
    assert max(steps) < 24 * 3600


def test_the_interval_stays_between_the_feeds_bounds() -> None:
    quick = replace(FEED, min_interval=900, max_interval=1000)
    assert polled(replace(POLL, rhythm=watched(200)), fresh=10, feed=quick).interval == 900
    assert polled(replace(POLL, rhythm=watched(0)), feed=quick).interval == 1000
    assert polled(replace(POLL, interval=0.0, rhythm=Rhythm()), fresh=1).interval == 300


def test_a_first_poll_says_nothing_of_an_undated_feeds_rhythm() -> None:
    first = replace(POLL, interval=0.0, polls=0, backlog=True)
    after = polled(first, fresh=10)
    assert (after.interval, after.backlog, after.polls, after.successes) == (300, False, 1, 1)
    nothing = again(Outcome(first, 200), FEED, NOW, 0)
    assert (nothing.interval, nothing.backlog, nothing.successes) == (300, True, 0)
    unchanged = again(Outcome(first, 304, unchanged=True), FEED, NOW, 0)
    assert (unchanged.interval, unchanged.backlog) == (300, True)


def test_a_body_that_was_cut_does_not_narrow_the_window() -> None:
    known = replace(POLL, rhythm=watched(1, size=40))
    cut = again(Outcome(known, 200, window=window(3), whole=False), FEED, NOW, 1)
    assert cut.rhythm.size == 40
    assert again(Outcome(known, 304, unchanged=True), FEED, NOW, 0).rhythm.size == 40


SATURDAY = NOW + timedelta(days=4)


@pytest.mark.parametrize(
    ("hints", "now", "due"),
    [
        (Hints(skip_hours=frozenset({8, 9, 10})), NOW, NOW + 3 * HOUR),
        (Hints(skip_hours=frozenset({8}), skip_days=frozenset({1})), NOW, NOW + 16 * HOUR),
        (Hints(skip_hours=frozenset({3})), NOW, None),
        (Hints(skip_days=frozenset({5, 6})), SATURDAY, SATURDAY + timedelta(days=1)),  # the maximum
        (Hints(skip_hours=frozenset(range(24))), NOW, None),  # never open: that says nothing
        (Hints(ttl=7200), NOW, NOW + 2 * HOUR),
    ],
)
def test_what_a_channel_asks_for_is_kept(hints: Hints, now: datetime, due: datetime | None) -> None:
    feed = replace(FEED, max_interval=DAY)
    own = again(Outcome(POLL, 200, window=window(10)), feed, now, 1).due
    first = again(Outcome(POLL, 200, window=window(10), hints=hints), feed, now, 1)
    assert first.due == (due or own)
    # An answer without a body says nothing of it: what was said last stands.
    assert first.hints == hints
    later = again(Outcome(first, 304, unchanged=True), feed, now, 0)
    assert later.due >= min(first.due, later.due)
    assert later.hints == hints


def test_a_good_poll_forgets_failures_and_keeps_what_the_server_said() -> None:
    after = polled(replace(POLL, failures=5), etag='"e"', last_modified="then", body_hash="h")
    assert (after.failures, after.etag, after.last_modified, after.body_hash) == (
        0,
        '"e"',
        "then",
        "h",
    )
    assert (after.polls, after.successes, after.lease) == (4, 1, "")
    assert failed(POLL).etag == POLL.etag


def test_a_failing_feed_is_never_given_up() -> None:
    request = POLL
    for _ in range(200):
        request = failed(request, "status", 410)
        assert request.pending
    assert wait_of(POLL, request) <= 6 * 3600
    assert wait_of(POLL, polled(request)) <= 900


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [(None, 270, 300), (0, 270, 300), (-50, 270, 300), (299, 299, 300), (3000, 3000, 3000),
     (DAY, 6 * 3600, 6 * 3600), (10**400, 6 * 3600, 6 * 3600)],
)  # fmt: skip
def test_what_a_server_asks_for_is_granted_up_to_the_feeds_maximum(
    asked: int | None, least: float, most: float
) -> None:
    assert least <= wait_of(POLL, polled(fresh=1, wait=asked)) <= most


def test_a_window_that_moved_on_whole_is_not_waited_for_as_its_server_asks() -> None:
    after = again(Outcome(POLL, 200, window=window(10), wait=3000), FEED, NOW, 10, missed=True)
    assert after.interval <= 300
    assert 60 <= wait_of(POLL, after) <= 300
    hurried = again(Outcome(POLL, 200, window=window(10), wait=3000), FEED, NOW, 1, hurried=True)
    assert wait_of(POLL, hurried) <= 300
    slow = replace(FEED, min_interval=900)
    late = again(Outcome(POLL, 200, window=window(10), wait=3000), slow, NOW, 10, missed=True)
    assert wait_of(POLL, late) == 900


@pytest.mark.parametrize(
    ("asked", "granted"), [(3600, 3600), (DAY, DAY), (5 * DAY, DAY), (10**400, DAY)]
)
def test_retry_after_is_granted_up_to_a_day(asked: int, granted: float) -> None:
    for request in (POLL, PAGE):
        for status in (429, 503):
            assert wait_of(request, failed(request, "status", status, asked)) == granted


FEEDS = st.builds(
    lambda least, more: replace(FEED, min_interval=least, max_interval=least + more),
    st.integers(0, DAY),
    st.integers(0, 10 * DAY),
)


def followed(polls: list[tuple[int, int, int]]) -> Rhythm:
    """The rhythm after polls so many seconds apart, with so many new in windows of a size; some of
    them later than the clock now shows.
    """
    found, at = Rhythm(), NOW - timedelta(days=40)
    for seconds, fresh, size in polls:
        at += timedelta(seconds=seconds)
        found = rhythm.polled(found, fresh, size, at)
    return found


RHYTHMS = st.lists(
    st.tuples(st.integers(-100, 60 * DAY), st.integers(0, 60_000), st.integers(0, 60_000)),
    max_size=6,
).map(followed)
REQUESTS = st.builds(
    lambda id_, kind, polls, failures, interval, backlog, brought: replace(
        POLL if kind == "feed" else PAGE,
        id=id_, polls=polls, failures=failures, interval=interval, backlog=backlog, rhythm=brought,
    ),
    st.text("0123456789abcdef", min_size=1, max_size=20),
    st.sampled_from(["feed", "page"]),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.floats(0, 1e7),
    st.booleans(),
    RHYTHMS,
)  # fmt: skip
SECONDS = st.one_of(st.none(), st.integers(-10, 10**6), st.just(10**400))
FAILURES = st.builds(
    Failure, st.sampled_from(KINDS), st.just(""), st.sampled_from([0, 401, 403, 404, 410, 429, 500, 503]), SECONDS
)  # fmt: skip
SKIPPED = st.builds(
    lambda ttl, hours, days: Hints(ttl, frozenset(hours), frozenset(days)),
    st.one_of(st.none(), st.integers(1, 7 * DAY)),
    st.sets(st.integers(0, 23)),
    st.sets(st.integers(0, 6)),
)
GOOD = st.fixed_dictionaries(
    {
        "wait": SECONDS,
        "unchanged": st.booleans(),
        "window": st.integers(0, 30).map(window),
        "hints": st.one_of(st.none(), SKIPPED),
    }
)


@settings(max_examples=500, deadline=None)
@given(FEEDS, REQUESTS, st.one_of(FAILURES, GOOD), st.integers(0, 30))
@example(replace(FEED, min_interval=0, max_interval=0), POLL, Failure("timeout"), 0)
@example(replace(FEED, min_interval=0, max_interval=0), POLL, {"window": window(9)}, 9)
def test_nothing_is_due_before_now_and_every_wait_has_its_bounds(
    feed: Feed, request: Request, what: Failure | dict, fresh: int
) -> None:
    if isinstance(what, Failure):
        outcome = Outcome(request, failure=what)
    else:
        outcome = Outcome(request, 200, **what)
    after = again(outcome, feed, NOW, fresh)
    assert (after.id, after.url, after.polls, after.lease) == (
        request.id,
        request.url,
        request.polls + 1,
        "",
    )
    if request.kind == "page" and outcome.failure is None:
        assert (after.pending, after.failures) == (False, 0)
        return
    least = max(1, feed.min_interval) if request.kind == "feed" else 1
    most = max(least, feed.max_interval) if request.kind == "feed" else 6 * 3600
    if outcome.failure is not None:
        granted = min(outcome.failure.retry_after or 0, DAY)
    else:
        hints = outcome.hints or Hints()
        granted = min(max(outcome.wait or 0, hints.ttl or 0), most)
        shut = after.due.hour in hints.skip_hours or after.due.weekday() in hints.skip_days
        never = len(hints.skip_hours) == 24 or len(hints.skip_days) == 7
        assert not shut or never or wait_of(request, after) == pytest.approx(most)
        assert len(after.rhythm.lately) <= rhythm.LATELY
    assert max(least, granted) <= wait_of(request, after) <= max(most, granted)
    assert after.failures == (request.failures + 1 if outcome.failure else 0)
    assert again(outcome, feed, NOW, fresh) == after  # chance is a function of the request


@settings(max_examples=200, deadline=None)
@given(FEEDS, REQUESTS, st.sampled_from(KINDS))
def test_each_failure_in_a_row_waits_longer_until_the_longest(
    feed: Feed, request: Request, kind: str
) -> None:
    request = replace(request, failures=0)
    most = max(1, feed.min_interval, feed.max_interval) if request.kind == "feed" else 6 * 3600
    before = 0.0
    for _ in range(40):
        outcome = Outcome(request, failure=Failure(kind))  # type: ignore[arg-type]
        request = again(outcome, feed, NOW, 0)
        wait = wait_of(request, request)
        assert wait >= before or wait >= most * 0.9
        before = wait
    assert before >= most * 0.9


@settings(max_examples=200, deadline=None)
@given(REQUESTS, st.integers(0, 9))
def test_chance_shortens_a_wait_by_at_most_a_tenth(request: Request, fresh: int) -> None:
    request = replace(request, kind="feed")
    after = polled(request, fresh)
    assert max(60, after.interval * 0.9) <= wait_of(request, after) <= after.interval + 1e-6


def test_chance_spreads_requests_over_the_tenth() -> None:
    waits = [wait_of(POLL, polled(replace(POLL, id=f"{n:x}"), fresh=1)) for n in range(200)]
    assert min(waits) < 273
    assert max(waits) > 297
    assert len(set(waits)) > 190
    later = [wait_of(POLL, polled(replace(POLL, polls=n), fresh=1)) for n in range(50)]
    assert len(set(later)) > 45


# ── pages ───────────────────────────────────────────────────────────────────────────────────


def tries(kind: str, status: int = 0, retry: int | None = None) -> int:
    """How often a page that always answers so is asked."""
    request, count = PAGE, 0
    while request.pending:
        request, count = failed(request, kind, status, retry), count + 1
        assert count < 100
    return count


@pytest.mark.parametrize(
    ("kind", "status", "retry", "count"),
    [
        ("status", 401, None, 1),
        ("status", 402, None, 1),
        ("status", 403, None, 1),
        ("status", 451, None, 1),
        ("status", 404, None, 2),
        ("status", 410, None, 2),
        ("status", 429, None, 6),
        ("status", 429, 60, 6),
        ("status", 500, None, 6),
        ("status", 503, 60, 6),
        ("robots", 0, None, 1),
        ("robots", 0, 60, 6),  # robots.txt could not be had: nothing is forbidden yet
        ("killed", 0, None, 2),
        ("crashed", 0, None, 2),
        ("timeout", 0, None, 6),
        ("dns", 0, None, 6),
        ("connect", 0, None, 6),
        ("reset", 0, None, 6),
        ("tls", 0, None, 6),
        ("lost", 0, None, 6),
        ("address", 0, None, 1),
        ("unreadable", 0, None, 1),
        ("wall", 200, None, 2),
        ("too-large", 0, None, 1),
    ],
)
def test_how_often_a_page_is_tried(kind: str, status: int, retry: int | None, count: int) -> None:
    assert tries(kind, status, retry) == count


def test_a_page_gone_after_other_failures_is_not_tried_on() -> None:
    request = failed(failed(PAGE, "timeout"), "timeout")
    assert request.pending
    assert not failed(request, "status", 404).pending


def test_a_read_page_is_over_until_its_feed_says_something_new() -> None:
    outcome = Outcome(replace(PAGE, failures=3), 200, etag='"e"', body_hash="h")
    read = again(outcome, FEED, NOW, 0)
    assert (read.pending, read.failures, read.successes, read.etag) == (False, 0, 1, '"e"')


# ── what a feed shows ───────────────────────────────────────────────────────────────────────


def asked(
    one: Shown, standing: Request | None, feed: Feed = FEED, *, passed_on: bool = False
) -> Request | None:
    return page_request(one, feed, standing, backlog=True, now=NOW, passed_on=passed_on)


def test_a_new_entrys_page_is_asked_at_once() -> None:
    found = asked(shown(), None)
    assert found is not None
    assert (found.kind, found.url, found.feed, found.due) == (
        "page",
        "http://wire.example/1",
        "wire",
        NOW,
    )
    assert (found.pending, found.backlog, found.lang, found.shown) == (True, True, "en", shown())
    tracked = Shown("h", "g", "https://wire.example/1?utm_source=x", shown().article)
    again_found = asked(tracked, None)
    assert again_found is not None
    assert again_found.id == found.id  # one page, however it is spelt


def test_a_page_wakes_only_for_its_own_feeds_change() -> None:
    standing = replace(PAGE, shown=shown(), pending=False, failures=6, due=NOW - timedelta(days=1))
    assert asked(shown(), standing) is None
    assert asked(replace(shown(), hash="other", guid="other"), standing) is None
    for changed in (shown(title="Leak grows"), shown(text="More.")):
        woken = asked(changed, standing)
        assert woken is not None
        assert (woken.pending, woken.failures, woken.due, woken.shown) == (True, 0, NOW, changed)
        assert woken.id == standing.id
        front = replace(FEED, name="front")
        assert asked(changed, standing, front) is None  # another feed's wording
        passed_on = asked(changed, standing, front, passed_on=True)
        assert passed_on is not None
        assert (passed_on.feed, passed_on.pending, passed_on.shown) == ("front", True, changed)
        assert asked(shown(), standing, front, passed_on=True) is None


def test_the_parts_of_an_index_inherit_its_mark_of_a_first_poll() -> None:
    for backlog in (True, False):
        outcome = Outcome(replace(POLL, backlog=backlog), 200, parts=("http://wire.example/part",))
        _, (part,) = parts(outcome, (), {}.get, lambda _: (), NOW)
        assert part.backlog is backlog
        assert (part.kind, part.feed, part.due, part.pending) == ("feed", "wire", NOW, True)
    first = replace(POLL, backlog=True)
    index = again(Outcome(first, 200, parts=("http://wire.example/part",)), FEED, NOW, 0)
    assert not index.backlog  # later parts of an old index are news


def test_what_an_index_drops_is_asked_no_more_nor_what_it_lists_in_its_turn() -> None:
    one, two, inner, others = (f"http://wire.example/{n}.xml" for n in ("1", "2", "in", "others"))
    rows = {
        (row := replace(POLL, id=request_id("feed", url), url=url, feed=feed)).id: row
        for url, feed in ((one, "wire"), (two, "wire"), (inner, "wire"), (others, "front"))
    }
    within = {request_id("feed", two): (inner, two)}  # it lists itself, too

    def listing(*listed: str, before: tuple[str, ...], whole: bool = True) -> dict[str, bool]:
        outcome = Outcome(POLL, 200, parts=listed, whole=whole)
        said, asked = parts(outcome, before, rows.get, lambda p: within.get(p, ()), NOW)
        assert set(listed) <= set(said)
        for row in asked:
            rows[row.id] = row
        return {row.url: row.pending for row in asked}

    everything = (one, two, others)
    assert listing(*everything, before=()) == {}
    assert listing(one, others, before=everything) == {two: False, inner: False}
    assert listing(one, others, before=(one, others)) == {}
    assert listing(*everything, before=(one, others)) == {two: True, inner: True}
    assert listing(one, before=everything, whole=False) == {}  # the body was cut
    # Another feed's request, and the index itself, are not the index's to end.
    assert listing(before=(others, POLL.url)) == {}


@pytest.mark.parametrize(("asked", "granted"), [(None, 60), (7200, 7200), (9 * DAY, DAY)])
def test_a_feed_that_was_not_asked_has_not_failed(asked: int | None, granted: int) -> None:
    rest = Failure("resting", "its host asked for it", 429, asked)
    row = again(Outcome(POLL, failure=rest), FEED, NOW, 0)
    assert row == replace(POLL, due=NOW + timedelta(seconds=granted), lease="")


def test_a_page_whose_host_rests_is_asked_when_it_has_rested_and_not_given_up() -> None:
    rest = Failure("resting", "its host asked for it", 429, 3600)
    row = PAGE
    for hour in range(1, 40):
        row = again(Outcome(row, failure=rest), FEED, row.due, 0)
        assert row == replace(PAGE, due=PAGE.due + timedelta(hours=hour), lease="")
    # Not for ever: a host that never wakes keeps no page waiting beyond a week.
    late = replace(row, due=PAGE.first_seen + timedelta(days=8))
    assert again(Outcome(late, failure=rest), FEED, late.due, 0).failures == 1
