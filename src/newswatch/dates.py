"""Days and times as a reader's language writes them, in the reader's zone.

Rule: the words are CLDR's, by Babel, which is read only for a language other than English: those are ours,
so that most letters need no locale. Hours are 00 to 23 in every language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from babel import Locale

ENGLISH = "en"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Local:
    """Where and in which language (a code like "de" or "pt-br", "" for English) somebody reads."""

    zone: ZoneInfo
    lang: str = ""

    def of(self, at: datetime) -> datetime:
        """The time on the reader's clock."""
        return at.astimezone(self.zone)

    def day(self, at: datetime, *, year: bool = False) -> str:
        """The day, like "Tue 3 Mar 2026"; without the *year* where it is not asked for."""
        local = self.of(at)
        if self.lang and self.lang.partition("-")[0] != ENGLISH and known(self.lang):
            from babel.dates import format_skeleton

            said = format_skeleton("yMMMEd" if year else "MMMEd", local, locale=_locale(self.lang))
            return " ".join(said.split())
        day = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"
        return f"{day} {local.year}" if year else day

    def moment(self, at: datetime, *, year: bool = False) -> str:
        """The day and the time, like "Tue 3 Mar, 09:00"."""
        return f"{self.day(at, year=year)}, {self.time(at)}"

    def time(self, at: datetime) -> str:
        """The time of day, like "09:00"."""
        local = self.of(at)
        return f"{local.hour:02}:{local.minute:02}"


def known(lang: str) -> bool:
    """Whether there are words for the days of this language."""
    from babel import UnknownLocaleError

    try:
        _locale(lang)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def languages() -> tuple[str, ...]:
    """The languages there are words for, without their regions."""
    from babel.localedata import locale_identifiers

    return tuple(sorted({name for name in locale_identifiers() if "_" not in name}))


def _locale(lang: str) -> Locale:
    from babel import Locale

    return Locale.parse(lang, sep="-")
