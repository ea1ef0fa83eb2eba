"""Times as feeds and pages write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswatch import moment


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # ISO 8601 and what resembles it
        ("2026-03-05T14:05:06+03:00", "2026-03-05T14:05:06+03:00"),
        ("2026-03-05T14:05:06Z", "2026-03-05T14:05:06+00:00"),
        ("2026-03-05T14:05:06.123456789Z", "2026-03-05T14:05:06.123456+00:00"),
        ("2026-03-05T14:05+0300", "2026-03-05T14:05:00+03:00"),
        ("2026-03-05 14:05:06 +0300", "2026-03-05T14:05:06+03:00"),
        ("2026-03-05 14:05:06", "2026-03-05T14:05:06+00:00"),
        ("2026-03-05 14:05:06 UTC", "2026-03-05T14:05:06+00:00"),
        ("2026-03-05", "2026-03-05T00:00:00+00:00"),
        ("2026-03-05T14:05:6Z", "2026-03-05T14:05:06+00:00"),
        (" 2026-03-05T14:05:06Z\n", "2026-03-05T14:05:06+00:00"),
        ("2026-03-05T14:05:06-03", "2026-03-05T14:05:06-03:00"),
        # RFC 822 and 850, as RSS writes it
        ("Thu, 05 Mar 2026 14:05:06 +0300", "2026-03-05T14:05:06+03:00"),
        ("Thu, 05 Mar 2026 14:05:06 GMT", "2026-03-05T14:05:06+00:00"),
        ("Thu, 5 Mar 2026 14:05 EST", "2026-03-05T14:05:00-05:00"),
        ("Thu, 05 Mar 2026 14:05:06 EDT", "2026-03-05T14:05:06-04:00"),
        ("Thu, 05 Mar 2026 14:05:06 MSK", "2026-03-05T14:05:06+03:00"),
        ("Thu, 05 Mar 2026 14:05:06 CEST", "2026-03-05T14:05:06+02:00"),
        ("Thu, 05 Mar 2026 14:05:06 IST", "2026-03-05T14:05:06+05:30"),
        ("Thu, 05 Mar 2026 14:05:06 -0000", "2026-03-05T14:05:06+00:00"),
        ("Thu, 05 Mar 2026 14:05:06", "2026-03-05T14:05:06+00:00"),
        ("05 Mar 26 14:05:06 +0000", "2026-03-05T14:05:06+00:00"),
        # words of the wires' own languages
        ("Чт, 05 марта 2026 14:05:06 +0300", "2026-03-05T14:05:06+03:00"),
        ("5 марта 2026, 14:05", "2026-03-05T14:05:00+00:00"),
        ("5 марта 2026 г., 14:05", "2026-03-05T14:05:00+00:00"),
        ("5 марта 2026 года 14:05 МСК", "2026-03-05T14:05:00+03:00"),
        ("5 березня 2026, 14:05", "2026-03-05T14:05:00+00:00"),
        ("jue, 05 marzo 2026 14:05:06 -0300", "2026-03-05T14:05:06-03:00"),
        ("5 de marzo de 2026 14:05", "2026-03-05T14:05:00+00:00"),
        ("5 mars 2026 à 14h05", "2026-03-05T14:05:00+00:00"),
        ("5. März 2026 14:05 CET", "2026-03-05T14:05:00+01:00"),
        ("Do, 05 Mär 2026 14:05:06 +0100", "2026-03-05T14:05:06+01:00"),
        ("5 março 2026 14:05", "2026-03-05T14:05:00+00:00"),
        ("Per, 05 Mart 2026 14:05:06 +0300", "2026-03-05T14:05:06+03:00"),
        ("5 Şubat 2026 14:05", "2026-02-05T14:05:00+00:00"),
        ("5 March 2026 at 2pm", "2026-03-05T14:00:00+00:00"),
        ("5 maja 2026 14:05", "2026-05-05T14:05:00+00:00"),
        ("March 5th, 2026 - 2:05 p.m. EST", "2026-03-05T14:05:00-05:00"),
        ("March 5, 2026 2:05 PM", "2026-03-05T14:05:00+00:00"),
        ("Mar 5, 2026", "2026-03-05T00:00:00+00:00"),
        ("March 5, 2026 12:05 AM EST", "2026-03-05T00:05:00-05:00"),
        # figures
        ("05.03.2026 14:05", "2026-03-05T14:05:00+00:00"),
        ("05/03/2026 14:05:06 +0300", "2026-03-05T14:05:06+03:00"),
    ],
)
def test_reads_in_its_own_zone(written: str, expected: str) -> None:
    found = moment.read(written)
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "yesterday", "0", "2026", "0000-00-00 00:00:00", "31 февраля 2026",
        "Thu, 99 Mar 2026 14:05:06 GMT", "1969-12-31", "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z", "5 Quintober 2026", "2026-03-05T14:05:06+99:99", "-", "+",
        "Thu, 05 Mar 2026 14:05:06 +9999", "\ud800", "5 марта 2026 14:05 +99:00", "12.13.2026",
    ],
)  # fmt: skip
def test_says_none_where_there_is_no_time(written: str) -> None:
    assert moment.read(written) is None


DATEISH = st.text(max_size=60) | st.text("0123456789:+-/. TZдекMarGMTµ²٣", max_size=40)


@given(DATEISH)
def test_any_text_is_a_usable_time_or_none(written: str) -> None:
    found = moment.read(written)
    if found is not None:
        assert found.utcoffset() is not None
        assert 1969 < found.astimezone(UTC).year < 9001
        found.isoformat()


@given(st.datetimes(datetime(1971, 1, 1), datetime(8999, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_what_python_writes_is_read_again(naive: datetime, minutes: int) -> None:
    at = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert moment.read(at.isoformat()) == at


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    assert moment.read("9" * 10_000_000) is None
