"""Days and times in the reader's language and zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from newswatch.dates import Local, known, languages

AT = datetime(2026, 3, 3, 7, 5, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("", "Tue 3 Mar 2026, 08:05"),
        ("en", "Tue 3 Mar 2026, 08:05"),
        ("en-us", "Tue 3 Mar 2026, 08:05"),
        ("de", "Di., 3. März 2026, 08:05"),
        ("fr", "mar. 3 mars 2026, 08:05"),
        ("es", "mar, 3 mar 2026, 08:05"),
        ("it", "mar 3 mar 2026, 08:05"),
        ("pl", "wt., 3 mar 2026, 08:05"),
        ("ru", "вт, 3 мар. 2026 г., 08:05"),
        ("uk", "вт, 3 бер. 2026 р., 08:05"),
        ("pt-br", "ter., 3 de mar. de 2026, 08:05"),
        ("xx", "Tue 3 Mar 2026, 08:05"),
    ],
)
def test_a_moment_in_its_language(lang: str, said: str) -> None:
    assert Local(BERLIN, lang).moment(AT, year=True) == said


@pytest.mark.parametrize("lang", languages())
def test_every_language_says_each_month_and_day_apart(lang: str) -> None:
    local = Local(BERLIN, lang)
    assert known(lang)
    assert (
        len({local.day(datetime(2026, month, 1, 12, tzinfo=UTC)) for month in range(1, 13)}) == 12
    )
    assert len({local.day(datetime(2026, 3, day, 12, tzinfo=UTC)) for day in range(1, 8)}) == 7
    assert all(c.isprintable() for c in local.moment(AT, year=True))


def test_what_is_no_language_is_none() -> None:
    assert not known("xx")
    assert not known("")
    assert not known("de-de-de-de")
