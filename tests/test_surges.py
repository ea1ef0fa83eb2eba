"""What stands out: pure counts in, a finding out; what is compared, and in which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswatch import surges
from newswatch.model import Surge, Threshold, Watch, Window
from newswatch.surges import judge, windows

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)  # a Tuesday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALWAYS: Watch = ((NOW - 100 * DAY, NOW + DAY),)
SPIKE = Threshold("spike", 3600, 5, 3.0, 14)
VOLUME = Threshold("volume", 3600, 20)
SILENCE = Threshold("silence", 12 * 3600)
RHYTHM = Threshold("silence", 0, 10)
BERLIN = ZoneInfo("Europe/Berlin")


def counted(
    threshold: Threshold, now: int, before: int, last: datetime | None = None
) -> list[tuple[Window, int]]:
    return [(w, before if w.group else now) for w in windows(threshold, last, NOW, UTC)]


def told(at: datetime, since: datetime | None = None) -> Surge:
    return Surge("s", "gas", "f", "spike", at, since or at - HOUR, at, 9)


def test_a_spike_is_against_the_same_hour_of_the_days_of_its_kind_and_of_its_weekday() -> None:
    now, *before = windows(SPIKE, None, NOW, UTC)
    assert (now.since, now.until, now.group) == (NOW - HOUR, NOW, "")
    weekdays = [w for w in before if w.group == "weekdays"]
    tuesdays = [w for w in before if w.group == "Tuesdays"]
    assert len(weekdays) == 10
    assert [w.until for w in tuesdays] == [NOW - 7 * DAY, NOW - 14 * DAY]
    assert all(w.until.weekday() < 5 and w.until.hour == 15 for w in weekdays)


def test_at_the_weekend_it_is_against_weekends_in_the_zone_that_is_given() -> None:
    at = datetime(2026, 3, 6, 23, 45, tzinfo=UTC)  # a Friday, but 00:45 on Saturday in Berlin
    assert {w.group for w in windows(SPIKE, None, at, UTC)[1:]} == {"weekdays", "Fridays"}
    # The hour began on Friday there too; a quarter of an hour later it did not.
    assert {w.group for w in windows(SPIKE, None, at + HOUR / 4, BERLIN)[1:]} == {
        "days at the weekend", "Saturdays",
    }  # fmt: skip


def test_it_is_the_same_hour_on_the_wall_whatever_the_clocks_do() -> None:
    """In Berlin 15:00 is 13:00 UTC from 29 March on, and 14:00 before."""
    at = datetime(2026, 3, 31, 13, 0, tzinfo=UTC)
    days = windows(SPIKE, None, at, BERLIN)[1:]
    assert {w.until.hour for w in days if w.until < datetime(2026, 3, 29, tzinfo=UTC)} == {14}
    assert {w.until.hour for w in days if w.until > datetime(2026, 3, 29, tzinfo=UTC)} == {13}


@given(
    st.integers(0, 2 * 366 * 1440).map(
        lambda n: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
    ),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tehran"]),
)
def test_every_hour_is_an_hour_long_and_past_in_every_zone(at: datetime, zone: str) -> None:
    for window in windows(SPIKE, None, at, ZoneInfo(zone)):
        assert window.until - window.since == HOUR
        assert window.until <= at
    for window in windows(RHYTHM, at - 5 * HOUR, at, ZoneInfo(zone)):
        assert window.since <= window.until <= at


def test_three_times_as_many_as_before_stand_out_and_it_says_what_was_compared() -> None:
    found = judge(SPIKE, counted(SPIKE, 14, 2), ALWAYS, None, None, NOW)
    assert (found.state, found.count) == ("surge", 14)
    assert found.against == (("weekdays", (2,) * 10), ("Tuesdays", (2, 2)))
    surge = Surge("s", "gas", "f", "spike", NOW, NOW - HOUR, NOW, 14, (("weekdays", (2, 1, 5)), ("Tuesdays", (3,))), 14)  # fmt: skip
    said = surges.sentence(surge, lambda at: f"{at:%H:%M}", lambda at: f"{at:%d %H:%M}")
    assert said == (
        "14 stories in the hour to 15:00; the same hour in the last 14 days: 2.7 on average, at most 5"
        " (3 weekdays); 3 on average, at most 3 (1 Tuesday)."
    )


def test_small_numbers_and_chance_are_no_spike() -> None:
    assert judge(SPIKE, counted(SPIKE, 4, 0), ALWAYS, None, None, NOW).state == "calm"
    assert judge(SPIKE, counted(SPIKE, 5, 0), ALWAYS, None, None, NOW).state == "surge"
    assert judge(SPIKE, counted(SPIKE, 6, 1), ALWAYS, None, None, NOW).state == "calm"
    assert judge(SPIKE, counted(SPIKE, 29, 10), ALWAYS, None, None, NOW).state == "calm"
    assert judge(SPIKE, counted(SPIKE, 30, 10), ALWAYS, None, None, NOW).state == "surge"


def test_what_comes_each_week_is_no_spike() -> None:
    """A bank that speaks on Tuesdays: the larger of what weekdays and what Tuesdays bring is what counts."""
    found = [
        (w, 14 if not w.group or w.until.weekday() == 1 else 1)
        for w in windows(SPIKE, None, NOW, UTC)
    ]
    assert judge(SPIKE, found, ALWAYS, None, None, NOW).state == "calm"


def test_a_history_that_is_too_short_is_said_and_nothing_is_told() -> None:
    short: Watch = ((NOW - 4 * DAY, NOW),)
    found = judge(SPIKE, counted(SPIKE, 100, 0), short, None, None, NOW)
    assert found.state == "unknown"
    assert found.why == "learning: this hour was watched on 1 of the 5 weekdays that it needs"
    assert judge(SPIKE, counted(SPIKE, 100, 0), (), None, None, NOW).state == "unknown"


def test_days_that_were_not_watched_are_not_compared() -> None:
    """A week in which nobody watched brought nothing, and that says nothing."""
    halves: Watch = ((NOW - 20 * DAY, NOW - 7 * DAY - 2 * HOUR), (NOW - HOUR, NOW))
    found = [
        (w, 12 if not w.group else 4 if w.until < NOW - 7 * DAY else 0)
        for w in windows(SPIKE, None, NOW, UTC)
    ]
    assert judge(SPIKE, found, halves, None, None, NOW).state == "calm"
    assert judge(SPIKE, found, ALWAYS, None, None, NOW).state == "surge", "as if it were zero"


@pytest.mark.parametrize("threshold", [SPIKE, VOLUME])
def test_what_has_told_rests(threshold: Threshold) -> None:
    found = counted(threshold, 100, 1)
    rest = timedelta(seconds=threshold.rest)
    assert judge(threshold, found, ALWAYS, None, told(NOW - rest + HOUR), NOW).state == "calm"
    assert judge(threshold, found, ALWAYS, None, told(NOW - rest), NOW).state == "surge"


def test_so_many_in_so_long_need_no_history() -> None:
    assert judge(VOLUME, counted(VOLUME, 19, 0), (), None, None, NOW).state == "calm"
    assert judge(VOLUME, counted(VOLUME, 20, 0), (), None, None, NOW).state == "surge"
    surge = Surge("s", "gas", "f", "volume", NOW, NOW - 6 * HOUR, NOW, 23)
    assert surges.headline(surge, lambda at: f"{at:%H:%M}") == "23 stories in the 6 hours to 15:00"


def test_a_silence_is_told_once_and_again_after_another_story() -> None:
    last = NOW - 12 * HOUR
    assert judge(SILENCE, (), ALWAYS, last + HOUR, None, NOW).state == "calm"
    assert judge(SILENCE, (), ALWAYS, last, None, NOW).state == "surge"
    of_it = told(NOW - HOUR, since=last)
    assert judge(SILENCE, (), ALWAYS, last, of_it, NOW).state == "calm"
    assert judge(SILENCE, (), ALWAYS, last, told(NOW - DAY, since=last - DAY), NOW).state == "surge"


def test_a_story_counted_earlier_by_hindsight_makes_no_other_silence() -> None:
    """A copy that was told before it comes in late: what the silence began with moves back."""
    last = NOW - 13 * HOUR
    of_it = told(NOW - HOUR, since=last + HOUR)
    assert judge(SILENCE, (), ALWAYS, last, of_it, NOW).state == "calm"


def test_a_night_in_which_the_machine_was_down_is_no_silence() -> None:
    down: Watch = ((NOW - 9 * DAY, NOW - 10 * HOUR), (NOW - 2 * HOUR, NOW))
    found = judge(SILENCE, (), down, NOW - 14 * HOUR, None, NOW)
    assert (found.state, "watched" in found.why) == ("unknown", True)


def test_what_never_found_anything_has_not_gone_quiet() -> None:
    assert judge(SILENCE, (), ALWAYS, None, None, NOW).state == "unknown"
    assert windows(RHYTHM, None, NOW, UTC) == ()


def test_a_silence_by_its_rhythm_is_longer_than_these_hours_ever_were_quiet() -> None:
    last = NOW - 5 * HOUR

    def of(*weeks: int) -> str:
        found = list(zip(windows(RHYTHM, last, NOW, UTC), weeks, strict=True))
        return judge(RHYTHM, found, ALWAYS, last, None, NOW).state

    assert of(12, 9, 14, 8) == "surge"
    assert of(30, 30, 30, 0) == "calm", "one week it was as quiet"
    assert of(5, 6, 5, 7) == "calm", "too few to be missed"
    found = [(w, 20) for w in windows(RHYTHM, last, NOW, UTC)]
    two_weeks: Watch = ((NOW - 15 * DAY, NOW),)
    assert judge(RHYTHM, found, two_weeks, last, None, NOW).state == "unknown"


def test_a_silence_says_since_when_and_what_was_missed() -> None:
    surge = Surge("s", "gas", "f", "silence", NOW, NOW - 7 * HOUR, NOW, 0, (("weeks", (9, 12, 3)),), 28)  # fmt: skip
    said = surges.sentence(surge, lambda at: f"{at:%H:%M}", lambda at: f"{at:%d %b, %H:%M}")
    assert said == (
        "Nothing since 03 Mar, 08:00, for 7 hours; the same hours of the last 4 weeks brought 8 on average,"
        " at least 3 (3 of them watched)."
    )


def test_a_threshold_is_spoken_as_it_is_written() -> None:
    assert SPIKE.spoken == "spike: 3x over 14d"
    assert VOLUME.spoken == "volume: 20 in 1h"
    assert SILENCE.spoken == "silence: 12h"
    assert RHYTHM.spoken == "silence: rhythm"
