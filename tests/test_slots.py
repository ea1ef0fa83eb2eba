"""Slots: once a local day, whatever the clocks do."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newswatch.model import DigestPlan, Person
from newswatch.slots import Slot, next_slot, quiet_until, slots
from patient import LONG

ZONES = [
    "UTC", "Europe/Berlin", "Europe/Moscow", "America/New_York", "America/St_Johns", "Asia/Kolkata",
    "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "America/Santiago",
    "America/Havana", "Asia/Beirut", "Africa/Cairo", "Africa/Casablanca", "Asia/Tehran", "America/Nuuk",
    "Europe/Dublin", "America/Asuncion", "Atlantic/Azores", "Antarctica/Troll",
]  # fmt: skip


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def reader(zone="Europe/Berlin", *quiet):
    return Person("anna", "anna@example.org", zone, tuple(quiet))


def plan(*at, **kept):
    return DigestPlan("desk", ("anna",), at or ("07:30",), **kept)


def test_slots_lie_after_and_up_to():
    due = slots(plan("07:30", "18:00"), reader(), utc(2026, 8, 20, 5, 30), utc(2026, 8, 21, 5, 30))
    assert due == (
        Slot(date(2026, 8, 20), "18:00", utc(2026, 8, 20, 16)),
        Slot(date(2026, 8, 21), "07:30", utc(2026, 8, 21, 5, 30)),
    )
    assert slots(plan(), reader(), utc(2026, 8, 21), utc(2026, 8, 20)) == ()
    assert slots(plan(), reader(), utc(2026, 8, 21), utc(2026, 8, 21)) == ()


def test_a_time_in_the_gap_moves_to_its_end():
    (slot,) = slots(plan("02:30"), reader(), utc(2026, 3, 28, 12), utc(2026, 3, 29, 12))
    assert slot == Slot(date(2026, 3, 29), "02:30", utc(2026, 3, 29, 1))
    (slot,) = slots(
        plan("00:30"), reader("Africa/Cairo"), utc(2026, 4, 23, 12), utc(2026, 4, 24, 12)
    )
    assert slot == Slot(date(2026, 4, 24), "00:30", utc(2026, 4, 23, 22))


def test_a_time_in_the_fold_is_its_first():
    (slot,) = slots(plan("02:30"), reader(), utc(2026, 10, 24, 12), utc(2026, 10, 25, 12))
    assert slot.when == utc(2026, 10, 25, 0, 30)
    assert slots(plan("02:30"), reader(), slot.when, slot.when + timedelta(hours=20)) == ()


def test_a_day_that_never_was_still_has_its_slot():
    """Samoa skipped 30 December 2011."""
    due = slots(plan("07:30"), reader("Pacific/Apia"), utc(2011, 12, 29, 0), utc(2011, 12, 31, 0))
    assert [(s.local_date.day, s.when) for s in due] == [
        (29, utc(2011, 12, 29, 17, 30)),
        (30, utc(2011, 12, 30, 10)),
        (31, utc(2011, 12, 30, 17, 30)),
    ]


def test_weekdays_are_the_reader_s_own():
    due = slots(
        plan("00:30", days=(0,)), reader("Pacific/Auckland"), utc(2026, 8, 1), utc(2026, 8, 12)
    )
    assert [s.local_date for s in due] == [date(2026, 8, 3), date(2026, 8, 10)]
    assert due[0].when == utc(2026, 8, 2, 12, 30)
    assert slots(plan(days=()), reader(), utc(2026, 8, 1), utc(2026, 8, 12)) == ()


def test_a_plan_s_zone_stands_for_the_reader_s():
    (slot,) = slots(plan(zone="Asia/Tokyo"), reader(), utc(2026, 8, 19, 12), utc(2026, 8, 20, 12))
    assert slot.when == utc(2026, 8, 19, 22, 30)


def test_next_slot():
    assert next_slot(plan(), reader(), utc(2026, 8, 20, 5, 30)) == Slot(
        date(2026, 8, 21), "07:30", utc(2026, 8, 21, 5, 30)
    )
    assert next_slot(plan(days=(3,)), reader(), utc(2026, 8, 20, 6)).local_date == date(2026, 8, 27)
    assert next_slot(plan(days=()), reader(), utc(2026, 8, 20)) is None


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.sets(
        st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59])),
        min_size=1,
        max_size=3,
    ),
    st.integers(0, 5 * 365),
    st.lists(st.integers(1, 40 * 24 * 3600), min_size=1, max_size=40),
)
def test_each_local_day_and_slot_comes_exactly_once(zone, at, start, steps):
    """Walking two years in arbitrary steps meets each slot once, where its local time says."""
    wanted = plan(*sorted(at))
    person = reader(zone)
    begin = now = utc(2023, 1, 1) + timedelta(days=start)
    end = begin + timedelta(days=730)
    due = []
    n = 0
    while now < end:
        then = min(end, now + timedelta(seconds=steps[n % len(steps)]) + timedelta(days=3))
        due += slots(wanted, person, now, then)
        now, n = then, n + 1
    assert due == sorted(due, key=lambda s: s.when)
    assert set(Counter((s.local_date, s.at) for s in due).values()) == {1}
    days = {s.local_date for s in due}
    first, last = min(days), max(days)
    inner = [first + timedelta(days=k) for k in range(1, (last - first).days)]
    found = {(s.local_date, s.at) for s in due}
    assert {(day, time) for day in inner for time in at} <= found
    for slot in due:
        local = slot.when.astimezone(ZoneInfo(zone))
        shown = local.strftime("%Y-%m-%d %H:%M")
        asked = f"{slot.local_date} {slot.at}"
        if shown != asked:  # a gap: nothing earlier on that clock comes after the asked time
            earlier = (slot.when - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
            assert earlier.strftime("%Y-%m-%d %H:%M") < asked < shown
        else:
            assert local.fold == 0


def met_once(zone, wanted, begin, days):
    """Walk so many days from *begin*; each local day and time is met once, where the clock shows it."""
    person, now = reader(zone), begin
    due = []
    for _ in range(days):
        due += slots(wanted, person, now, now + timedelta(days=1))
        now += timedelta(days=1)
    assert due == sorted(due, key=lambda slot: slot.when)
    counts = Counter((slot.local_date, slot.at) for slot in due)
    assert set(counts.values()) == {1}
    first = min(slot.local_date for slot in due)
    for day in (first + timedelta(days=n) for n in range(1, days - 2)):
        apart = wanted.weekend is not None and day.weekday() >= 5
        times = wanted.weekend if apart else wanted.at
        assert {(day, at) for at in times} == {key for key in counts if key[0] == day}
    local = ZoneInfo(zone)
    for slot in due:
        shown = slot.when.astimezone(local)
        asked = f"{slot.local_date} {slot.at}"
        if shown.strftime("%Y-%m-%d %H:%M") == asked:
            assert shown.fold == 0
        else:
            before = (slot.when - timedelta(seconds=1)).astimezone(local)
            assert before.strftime("%Y-%m-%d %H:%M") < asked < shown.strftime("%Y-%m-%d %H:%M")


TIMES = st.sets(
    st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59)), min_size=1, max_size=3
)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(available_timezones())), TIMES, st.none() | TIMES, st.integers(0, 3650)
)
def test_any_zone_any_times_and_weekends_apart(zone, at, weekend, start):
    wanted = plan(*sorted(at), weekend=None if weekend is None else tuple(sorted(weekend)))
    met_once(zone, wanted, utc(2020, 1, 1) + timedelta(days=start), 120)


@pytest.mark.acceptance
@pytest.mark.parametrize("every", [3, pytest.param(1, marks=LONG)])
@pytest.mark.parametrize("letter", sorted({zone[0] for zone in available_timezones()}))
def test_every_zone_for_two_years(letter, every):
    """One digest a local day and slot, none skipped at a gap, none twice at a fold."""
    wanted = plan("00:00", "00:30", "02:30", "23:59", weekend=("01:15", "12:00"))
    for zone in sorted(zone for zone in available_timezones() if zone[0] == letter)[::every]:
        met_once(zone, wanted, utc(2025, 12, 31), 731)


def test_weekends_have_times_of_their_own_or_none():
    """21 August 2026 is a Friday."""
    friday, monday = utc(2026, 8, 21), utc(2026, 8, 24, 12)
    due = slots(plan(weekend=("10:00",)), reader("UTC"), friday, monday)
    assert [(s.local_date.day, s.at) for s in due] == [
        (21, "07:30"), (22, "10:00"), (23, "10:00"), (24, "07:30"),
    ]  # fmt: skip
    due = slots(plan(weekend=()), reader("UTC"), friday, monday)
    assert [s.local_date.day for s in due] == [21, 24]
    due = slots(plan(weekend=("10:00",), days=(4, 5)), reader("UTC"), friday, monday)
    assert [s.local_date.day for s in due] == [21, 22]


# Changes that take a slot over midnight, or leave a day out; and ordinary nights far from UTC.
CHANGES = [
    ("America/Nuuk", utc(2024, 3, 31, 1)),  # 23:00 becomes 00:00 of the next day
    ("Pacific/Apia", utc(2011, 12, 30, 10)),
    ("Asia/Beirut", utc(2026, 3, 28, 22)),
    ("America/Havana", utc(2026, 3, 8, 5)),
    ("America/Santiago", utc(2026, 4, 5, 3)),
    ("Pacific/Kiritimati", utc(2026, 8, 19, 10)),
    ("Pacific/Midway", utc(2026, 8, 20, 11)),
]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(CHANGES),
    st.builds("{:02}:{:02}".format, st.sampled_from([22, 23, 0, 1]), st.integers(0, 59)),
    st.integers(-26 * 60, 26 * 60),
    st.integers(1, 26 * 60),
)
@example(CHANGES[0], "23:30", -1, 2)
@example(CHANGES[1], "12:00", -1, 2)
@example(CHANGES[5], "00:05", 0, 10)
def test_a_short_look_finds_what_a_long_one_finds(change, at, minutes, length):
    """Around midnight too, where a slot's local day is neither its day in UTC nor the day before."""
    zone, moment = change
    after = moment + timedelta(minutes=minutes)
    until = after + timedelta(minutes=length)
    long = slots(plan(at), reader(zone), after - timedelta(days=4), until + timedelta(days=4))
    due = slots(plan(at), reader(zone), after, until)
    assert due == tuple(slot for slot in long if after < slot.when <= until)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (utc(2026, 8, 20, 19, 59), None),
        (utc(2026, 8, 20, 20), utc(2026, 8, 21, 5)),
        (utc(2026, 8, 21, 4, 59), utc(2026, 8, 21, 5)),
        (utc(2026, 8, 21, 5), None),
        (utc(2026, 10, 24, 22), utc(2026, 10, 25, 6)),  # the night is an hour longer
        (utc(2026, 3, 28, 22), utc(2026, 3, 29, 5)),  # and shorter
    ],
)
def test_quiet_hours_go_over_midnight_and_clock_changes(now, end):
    assert quiet_until(reader("Europe/Berlin", ("22:00", "07:00")), now) == end


def test_quiet_spans_that_touch_are_one():
    person = reader("UTC", ("12:00", "13:00"), ("22:00", "02:00"), ("02:00", "07:00"))
    assert quiet_until(person, utc(2026, 8, 20, 23)) == utc(2026, 8, 21, 7)
    assert quiet_until(person, utc(2026, 8, 20, 12, 30)) == utc(2026, 8, 20, 13)
    assert quiet_until(person, utc(2026, 8, 20, 8)) is None
    assert quiet_until(reader("UTC", ("08:00", "08:00")), utc(2026, 8, 20, 8)) is None
    assert quiet_until(reader("UTC"), utc(2026, 8, 20, 8)) is None
    whole_day = reader("UTC", ("00:00", "12:00"), ("12:00", "00:00"))
    assert quiet_until(whole_day, utc(2026, 8, 20, 8)) > utc(2026, 8, 20, 8)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(0, 2 * 365 * 24 * 60),
    st.integers(0, 23),
    st.integers(0, 23),
)
def test_the_end_of_quiet_hours_is_not_quiet(zone, minutes, start, stop):
    person = reader(zone, (f"{start:02}:00", f"{stop:02}:30"))
    now = utc(2025, 1, 1) + timedelta(minutes=minutes)
    end = quiet_until(person, now)
    if end is not None:
        assert now < end <= now + timedelta(hours=26)
        assert quiet_until(person, end) is None
