"""Copies by night: each night has one, and those that stay are the newest of days, weeks and months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newswatch.model import BackupPlan
from newswatch.rotation import due, stay

PLAN = BackupPlan()
NONE = BackupPlan(daily=0, weekly=0, monthly=0)
MONDAY = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_copy_is_due_once_a_night_and_late_rather_than_never() -> None:
    assert not due(PLAN, MONDAY, MONDAY)
    assert not due(PLAN, MONDAY, MONDAY + DAY - timedelta(seconds=1))
    assert due(PLAN, MONDAY, MONDAY + DAY)
    assert not due(PLAN, MONDAY + DAY, MONDAY + DAY)
    assert due(PLAN, MONDAY, MONDAY + 9 * DAY + timedelta(hours=7)), "the machine was off"
    assert not due(PLAN, MONDAY + timedelta(hours=5), MONDAY + timedelta(hours=20)), "by hand"
    assert due(PLAN, MONDAY + 400 * DAY, MONDAY), "made by a clock that was set back since"
    assert not due(PLAN, None, MONDAY), "there is nothing to copy yet"
    assert not due(NONE, MONDAY, MONDAY + DAY)


def test_of_two_years_of_nights_seven_days_four_weeks_and_twelve_months_stay() -> None:
    nights = [MONDAY - n * DAY for n in range(730)]
    kept = sorted(stay(nights, PLAN), reverse=True)
    assert kept[:7] == nights[:7]
    # The newest of four weeks, two of them among the days; of twelve months, two among those before.
    assert kept[7:9] == [MONDAY - 8 * DAY, MONDAY - 15 * DAY]
    assert [f"{at:%m-%d}" for at in kept[9:]] == [
        "01-31", "12-31", "11-30", "10-31", "09-30", "08-31", "07-31", "06-30", "05-31", "04-30",
    ]  # fmt: skip


times = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: MONDAY - timedelta(minutes=minutes))


@given(
    st.lists(times, max_size=60),
    st.builds(BackupPlan, st.just("03:00"), *[st.integers(0, 14)] * 3),
)
def test_what_stays_is_bounded_and_stays_again(copies: list[datetime], plan: BackupPlan) -> None:
    kept = stay(copies, plan)
    assert kept <= set(copies)
    assert len(kept) <= max(1, plan.daily + plan.weekly + plan.monthly)
    assert stay(kept, plan) == kept
    assert not copies or max(copies) in kept
