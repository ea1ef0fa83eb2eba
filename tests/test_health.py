"""Each thing that can be wrong with a feed is found within two polls, and none on one that is well."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive_of import Desk, content_id_of, entry
from newswatch import frontier, health, ingest
from newswatch.health import Seen
from newswatch.model import Article, Failure, Feed, Gap, Health, Judgement, Outcome, Request, Shown
from newswatch.store import open_ledger

NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEED = Feed("wire", "http://wire.example/rss", max_interval=3600)


class Wire:
    """A feed as polls see it, one after the other."""

    def __init__(self) -> None:
        self.request = Request("aa", "feed", FEED.url, "wire", NOW, NOW, backlog=True)
        self.size = 0

    def settle(self, outcome: Outcome, seen: Seen, now: datetime, fresh: int) -> Health:
        missed = seen.gap is not None
        row = frontier.again(outcome, FEED, now, fresh, missed=missed)
        self.request = replace(row, health=health.judged(outcome, row.rhythm, seen, now))
        return self.request.health

    def shows(self, *dates: datetime | None, now: datetime, size: int = 20, **seen: Any) -> Health:
        """A poll with so many new entries in a window of *size*."""
        first = self.request.rhythm.until is None
        shown = tuple(
            Shown(f"{n}{now}", "", "http://wire.example/", Article("", "", published=date))
            for n, date in enumerate(dates)
        )
        old = tuple(Shown(f"{n}", "", "http://wire.example/") for n in range(size - len(dates)))
        outcome = Outcome(self.request, 200, window=(*shown, *old), moved=seen.pop("moved", ""))
        return self.settle(outcome, Seen(dates, first=first, **seen), now, len(dates))

    def same(self, now: datetime) -> Health:
        """A poll that was answered "not modified"."""
        return self.settle(Outcome(self.request, 304, unchanged=True), Seen(), now, 0)

    def fails(self, failure: Failure, now: datetime) -> Health:
        return self.settle(Outcome(self.request, failure.status, failure=failure), Seen(), now, 0)


def kinds(found: Health) -> list[str]:
    return [one.kind for one in found.judgements]


def followed(
    wire: Wire, until: datetime, brought: Callable[[datetime], int], since: datetime = NOW
) -> datetime:
    """A well feed polled hourly until then; nothing may be said of it on the way."""
    now = since
    while now < until:
        new = brought(now)
        found = wire.shows(*[now - timedelta(minutes=1)] * new, now=now) if new else wire.same(now)
        assert kinds(found) == [], (now, found.judgements)
        now += HOUR
    return now


def by_day(now: datetime) -> int:
    return 6 if 7 <= now.hour < 20 else 0


def in_the_week(now: datetime) -> int:
    return by_day(now) if now.weekday() < 5 else 0


# ── what a poll shows by itself ─────────────────────────────────────────────────────────────


def test_gone_is_what_answers_404_or_410_twice() -> None:
    wire = Wire()
    wire.shows(NOW, now=NOW)
    assert kinds(wire.fails(Failure("status", "HTTP 404", 404), NOW + HOUR)) == []
    found = wire.fails(Failure("status", "HTTP 410", 410), NOW + 2 * HOUR)
    assert kinds(found) == ["gone"]
    assert found.judgements[0].since == NOW + HOUR
    assert "2026-03-02 01:00Z" in found.judgements[0].evidence
    assert kinds(wire.fails(Failure("timeout"), NOW + 3 * HOUR)) == ["gone"]
    assert kinds(wire.same(NOW + 4 * HOUR)) == []
    assert kinds(wire.fails(Failure("status", "HTTP 404", 404), NOW + 5 * HOUR)) == []


@pytest.mark.parametrize(
    "said", ["an HTML page, no feed: Access denied", 'no feed: it begins "Error"']
)
def test_a_page_or_a_sentence_with_200_is_said_at_once(said: str) -> None:
    wire = Wire()
    wire.shows(NOW, now=NOW)
    found = wire.fails(Failure("not-a-feed", said, 200), NOW + HOUR)
    assert kinds(found) == ["error-page"]
    assert said in found.judgements[0].evidence
    assert kinds(wire.fails(Failure("timeout"), NOW + 2 * HOUR)) == ["error-page"]
    again = wire.fails(Failure("not-a-feed", said, 200), NOW + 3 * HOUR)
    assert (again.judgements[0].since, again.judgements[0].seen) == (NOW + HOUR, NOW + 3 * HOUR)
    assert kinds(wire.same(NOW + 4 * HOUR)) == []


def test_empty_is_an_answer_without_a_body_or_an_entry() -> None:
    wire = Wire()
    assert kinds(wire.fails(Failure("empty", "an answer without a body", 200), NOW)) == ["empty"]
    assert kinds(wire.shows(now=NOW + HOUR, size=0)) == ["empty"]
    assert kinds(wire.same(NOW + 2 * HOUR)) == ["empty"]
    assert kinds(wire.fails(Failure("not-a-feed", "a page", 200), NOW + 3 * HOUR)) == ["error-page"]
    assert kinds(wire.shows(NOW, now=NOW + 4 * HOUR)) == []
    index = Outcome(wire.request, 200, parts=("http://wire.example/1.xml",))
    assert kinds(Wire().settle(index, Seen(first=True), NOW, 1)) == []


def test_undated_is_a_feed_without_one_date() -> None:
    wire = Wire()
    assert kinds(wire.shows(*[None] * 20, now=NOW)) == ["undated"]
    assert kinds(wire.same(NOW + HOUR)) == ["undated"]
    assert kinds(wire.shows(None, now=NOW + HOUR)) == ["undated"]
    assert kinds(wire.shows(None, NOW, None, now=NOW + 2 * HOUR)) == []
    assert kinds(wire.shows(None, None, now=NOW + 3 * HOUR)) == []  # two of twenty: an accident


def test_dates_ahead_are_said_until_they_are_right_again() -> None:
    wire = Wire()
    assert kinds(wire.shows(NOW + timedelta(minutes=9), NOW, now=NOW)) == []
    found = wire.shows(NOW + 4 * HOUR, NOW, now=NOW + HOUR)
    assert kinds(found) == ["future"]
    assert "1 of 2 new entries" in found.judgements[0].evidence
    assert kinds(wire.same(NOW + 2 * HOUR)) == ["future"]
    assert kinds(wire.shows(NOW + 2 * HOUR, now=NOW + 3 * HOUR)) == []


def test_new_guids_of_the_same_links_are_said_for_a_day() -> None:
    wire = Wire()
    wire.shows(NOW, now=NOW)
    assert kinds(wire.shows(NOW, now=NOW + HOUR, shared=20, rewritten=2)) == []
    assert kinds(wire.shows(NOW, now=NOW + 2 * HOUR, shared=20, rewritten=19)) == ["guid-churn"]
    assert kinds(wire.same(NOW + 20 * HOUR)) == ["guid-churn"]
    assert "guid-churn" not in kinds(wire.same(NOW + 28 * HOUR))


def test_a_window_that_moved_on_whole_is_said_with_both_times_and_polled_faster() -> None:
    wire = Wire()
    wire.shows(NOW, now=NOW)
    gap = Gap("wire", "aa", NOW, NOW + HOUR, 20)
    found = wire.shows(*[NOW + HOUR] * 20, now=NOW + HOUR, gap=gap)
    assert kinds(found) == ["overflow"]
    assert "2026-03-02 00:00Z" in found.judgements[0].evidence
    assert "2026-03-02 01:00Z" in found.judgements[0].evidence
    assert health.hurried(found, NOW + 2 * HOUR)
    assert not health.hurried(found, NOW + 26 * HOUR)
    assert wire.request.due < NOW + HOUR + timedelta(minutes=20)
    assert "overflow" not in kinds(wire.same(NOW + 26 * HOUR))


def test_moved_is_said_as_long_as_the_server_says_it() -> None:
    wire = Wire()
    found = wire.shows(NOW, now=NOW, moved="http://new.example/rss")
    assert kinds(found) == ["moved"]
    assert "http://new.example/rss" in found.judgements[0].evidence
    assert kinds(wire.same(NOW + HOUR)) == []


# ── what its rhythm says ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("moving", "kind"), [(False, "frozen"), (True, "nothing-new")])
def test_a_wire_that_stands_still_is_found_where_its_rhythm_leaves_no_doubt(
    moving: bool, kind: str
) -> None:
    wire = Wire()
    now = followed(wire, NOW + 3 * DAY + 12 * HOUR, lambda _: 6)
    stopped = now - HOUR
    found = wire.request.health
    while kind not in kinds(found):
        assert now < stopped + 6 * HOUR
        found = wire.shows(now=now) if moving else wire.same(now)
        now += HOUR
    assert kinds(found) == [kind]
    assert found.judgements[0].since == stopped
    # It stands until something comes, however long that takes and however little is promised by then.
    for _ in range(24 * 40):
        found = wire.shows(now=now) if moving else wire.same(now)
        assert kinds(found)[:1] == [kind]
        now += HOUR
    assert kind not in kinds(wire.shows(now, now=now))


def test_a_feed_that_stopped_long_ago_is_known_by_its_first_window() -> None:
    years = [NOW - 900 * DAY - n * 3 * HOUR for n in range(50)]
    found = Wire().shows(*years, now=NOW)
    assert kinds(found) == ["frozen"]
    assert "2023-09-14" in found.judgements[0].evidence
    blog = [NOW - 200 * DAY - n * 60 * DAY for n in range(10)]
    assert kinds(Wire().shows(*blog, now=NOW)) == []
    few = Wire().shows(*[NOW - 3650 * DAY] * 4, now=NOW)
    assert kinds(few) == ["frozen"]
    assert few.judgements[0].evidence == "its newest entry is of 2016-03-04 00:00Z"
    assert kinds(Wire().shows(*[NOW - 900 * DAY] * 30, now=NOW)) == ["frozen"]
    assert kinds(Wire().shows(NOW - 360 * DAY, NOW - 800 * DAY, now=NOW)) == []
    weekend = [NOW - 2 * DAY - n * HOUR for n in range(20)]
    assert kinds(Wire().shows(*weekend, now=NOW + HOUR)) == []


@pytest.mark.parametrize(
    "brought", [by_day, in_the_week, lambda _: 3, lambda now: int(now.hour == 6) * 30]
)
def test_nothing_is_said_of_a_feed_that_keeps_its_hours(brought: Callable[[datetime], int]) -> None:
    for weekday in range(0, 7, 2):
        wire = Wire()
        begin = NOW + weekday * DAY
        followed(wire, begin + 28 * DAY, brought, begin)


@pytest.mark.parametrize("seed", range(0, 20, 4))
def test_nothing_is_said_of_a_feed_of_chance(seed: int) -> None:
    chance = random.Random(seed)
    followed(Wire(), NOW + 14 * DAY, lambda _: int(chance.expovariate(1.5) + chance.random() * 0.5))


def test_much_less_than_by_its_own_rhythm_is_quiet() -> None:
    wire = Wire()
    now = followed(wire, NOW + 3 * DAY, lambda _: 4)
    found = wire.request.health
    for hour in range(30):
        found = wire.shows(now, now=now) if hour % 6 == 0 else wire.same(now)
        now += HOUR
    assert kinds(found) == ["quiet"]
    assert "promised" in found.judgements[0].evidence


# ── through the store ───────────────────────────────────────────────────────────────────────


def test_a_feed_whose_guids_are_rewritten_is_judged_and_kept(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        at = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
        for hour, prefix in enumerate(("a", "a", "b")):
            shown = tuple(
                entry(
                    f"http://wire.example/{n}", f"Item {n}", "", guid=f"{prefix}{n}", published=at
                )
                for n in range(5)
            )
            changes = desk.poll("wire", shown, at + hour * HOUR)
            assert changes.request is not None
            said = kinds(changes.request.health)
            assert said == (["guid-churn"] if prefix == "b" else [])
        assert [(feed, one.kind) for feed, one in desk.ledger.judged()] == [("wire", "guid-churn")]
        request = desk.claim(content_id_of(desk, "wire"), at + 3 * HOUR)
        failed = Outcome(request, 200, failure=Failure("not-a-feed", "an HTML page", 200))
        assert ingest.settle(failed, desk.ledger, desk.standing, at + 3 * HOUR) is not None
        found = desk.ledger.known.request(request.id)
        assert found is not None
        assert kinds(found.health) == ["error-page", "guid-churn"]
    ledger = open_ledger(desk.address)
    try:
        assert [one.kind for _, one in ledger.judged()] == ["error-page", "guid-churn"]
    finally:
        ledger.close()


def test_an_empty_answer_hides_no_gap_behind_it(tmp_path: Path) -> None:
    at = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)

    def shown(first: int) -> tuple[Shown, ...]:
        numbers = range(first, first + 10)
        return tuple(entry(f"http://wire.example/{n}", f"Item {n}", "") for n in numbers)

    with Desk(tmp_path) as desk:
        desk.poll("wire", shown(0), at)
        for hour, came in enumerate((shown(0)[:9], (), shown(0), (), shown(50)), start=1):
            changes = desk.poll("wire", came, at + hour * HOUR)
            assert (changes.gap is not None) == (hour == 5)
            assert changes.request is not None
            assert changes.request.rhythm.lately[-1] == (1, 10 if hour == 5 else 0)
        assert "overflow" in [one.kind for _, one in desk.ledger.judged()]


def test_a_gap_behind_empty_answers_is_told_from_the_last_window_that_showed_entries(
    tmp_path: Path,
) -> None:
    at = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)

    def shown(first: int) -> tuple[Shown, ...]:
        numbers = range(first, first + 10)
        return tuple(entry(f"http://wire.example/{n}", f"Item {n}", "") for n in numbers)

    with Desk(tmp_path) as desk:
        for hour, came in enumerate((shown(0), shown(0), (), (), shown(50))):
            gap = desk.poll("wire", came, at + hour * HOUR).gap
            assert (gap is not None) == (hour == 4)
        assert gap is not None
        assert (gap.since, gap.until) == (at + HOUR, at + 4 * HOUR)
        changes = [desk.poll("wire", came, at + 5 * HOUR) for came in (shown(100),)]
        assert changes[0].gap is not None
        assert changes[0].gap.since == at + 4 * HOUR


def test_links_that_hold_a_session_are_told_as_such_and_no_gap(tmp_path: Path) -> None:
    at = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)

    def shown(visit: str, first: int = 0) -> tuple[Shown, ...]:
        return tuple(
            entry(f"http://wire.example/{visit}/{n}", f"Item {n}", "", published=at - n * HOUR)
            for n in range(first, first + 8)
        )

    with Desk(tmp_path) as desk:
        for hour, came in enumerate((shown("b6d1"), shown("9fe0"), shown("77aa", 4))):
            changes = desk.poll("wire", came, at + hour * HOUR)
            assert changes.gap is None
        judged = [one for _, one in desk.ledger.judged()]
        assert [one.kind for one in judged] == ["guid-churn"]
        assert "4 of 8 entries came under new links" in judged[0].evidence
        assert desk.poll("wire", shown("0c0c", 40), at + 3 * HOUR).gap is not None


def test_entries_that_leave_and_come_back_are_nothing_new(tmp_path: Path) -> None:
    """Two caches by turns, one of them behind the other."""
    at = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    old, new = (
        tuple(entry(f"http://wire.example/{n}", f"Item {n}", "") for n in numbers)
        for numbers in (range(6), range(3, 9))
    )
    with Desk(tmp_path) as desk:
        fresh = []
        for hour, came in enumerate((old, new, old, new, old, new)):
            changes = desk.poll("wire", came, at + hour * HOUR)
            assert changes.request is not None
            fresh.append(changes.request.rhythm.lately[-1][1])
            if hour == 1:
                stirred = changes.request.health.stirred
        assert fresh[1:] == [3, 0, 0, 0, 0]
        assert changes.request.health.stirred == stirred


POLLS = st.lists(
    st.tuples(
        st.integers(-1000, 40 * 86400),
        st.one_of(
            st.sampled_from(["same", "timeout", "404", "page", "empty"]),
            st.lists(st.one_of(st.none(), st.integers(-10 * 86400, 9000 * 86400)), max_size=4),
        ),
    ),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(POLLS)
def test_any_polls_are_judged_alike_twice_and_in_bounds(polls: list[tuple[int, Any]]) -> None:
    failures = {
        "timeout": Failure("timeout"), "404": Failure("status", "", 404),
        "page": Failure("not-a-feed", "a page", 200), "empty": Failure("empty", "", 200),
    }  # fmt: skip

    def run() -> list[Judgement]:
        wire, now = Wire(), NOW
        for seconds, what in polls:
            now += timedelta(seconds=seconds)
            if what == "same":
                wire.same(now)
            elif isinstance(what, str):
                wire.fails(failures[what], now)
            else:
                wire.shows(*[d if d is None else now - timedelta(seconds=d) for d in what], now=now)
        return list(wire.request.health.judgements)

    found = run()
    assert found == run()
    assert len({one.kind for one in found}) == len(found) <= 11
    assert all(len(one.evidence) < 300 for one in found)
