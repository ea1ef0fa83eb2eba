"""Times as feeds and pages write them: ISO, RFC 822, words in a dozen languages, named zones.

Rule: pure; any string gives an aware datetime in its own zone, or None.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            (
                "jan january январь января янв січня ene enero gennaio gen janvier janv januar jänner"
                " janeiro ocak января ιαν"
            ),
            (
                "feb february февраль февраля фев лютого febrero febbraio février fév februar fevereiro"
                " fev şubat φεβ"
            ),
            "mar march mär mrt maart март марта березня marzo mars märz março mart μαρ μάρ",
            "apr april апрель апреля апр квітня abr abril aprile avril avr nisan απρ",
            "may mei maj maja май мая травня mayo maggio mag mai maio mayıs μαΐ μαϊ μάι",
            "jun june июнь июня червня junio giugno giu juin juni junho haziran ιουν ιουνίου",
            "jul july июль июля липня julio luglio lug juillet juil juli julho temmuz ιουλ ιουλίου",
            "aug august agustus agu август августа авг серпня ago agosto août aout ağustos αυγ",
            (
                "sep sept september сентябрь сентября сен вересня septiembre settembre set septembre"
                " setembro eylül σεπ"
            ),
            (
                "oct october октябрь октября окт жовтня octubre ottobre ott octobre oktober okt outubro"
                " out ekim οκτ"
            ),
            "nov november ноябрь ноября ноя листопада noviembre novembre novembro kasım νοε νοέ",
            (
                "dec december desember декабрь декабря дек грудня dic diciembre dicembre décembre déc dezember"
                " dez dezembro aralık δεκ"
            ),
        ),
        1,
    )
    for name in names.split()
}
ZONES = {
    "gmt": 0, "utc": 0, "ut": 0, "z": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "cest": 2,
    "eet": 2, "eest": 3, "msk": 3, "мск": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "jst": 9, "kst": 9, "sgt": 8, "hkt": 8, "ist": 5.5,
    "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip

_OF_EMAIL = "est edt cst cdt mst mdt pst pdt gmt utc ut z"  # zones that email.utils knows itself


def read(value: str) -> datetime | None:
    """The time that *value* says in one of the ways feeds and pages say it, in its own zone, which
    is UTC where it names none; None where it says none between 1970 and 9000.
    """
    value = _HALF_DAY.sub(_of_24, " ".join(value[:1000].split())[:100])
    if _EMPTY.search(value):
        return None
    value = _SHORT_ZONE.sub(_in_full, value)
    for way in (_iso, _rfc, _east_asian, _worded):
        try:
            found = way(value)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
        if found is not None and 1970 <= found.year <= 9000:
            return found
    return None


# What programs write for no date at all; read by the rules of mail, year 1 would be 2001.
_EMPTY = re.compile(r"(?<![\d.:+])-?\b000[01]\b(?=$|[ -/T])(?<!-0000)")
_SHORT_ZONE = re.compile(r"(?<=:\d\d)\s*(?:GMT|UTC)?\s*([+-])(\d{1,2})(?::?(\d{2}))?$")


def _in_full(found: re.Match[str]) -> str:
    return f" {found[1]}{found[2]:>02}{found[3] or '00'}"


_HALF_DAY = re.compile(
    r"\b(?P<hour>1[0-2]|0?[1-9])(?P<rest>:\d{2}(?::\d{2})?)?\s*(?P<half>[ap])\.?m\b\.?",
    re.IGNORECASE,
)


def _of_24(found: re.Match[str]) -> str:
    hour = int(found["hour"]) % 12 + (12 if found["half"] in "pP" else 0)
    return f"{hour:02}{found['rest'] or ':00'}"


def _iso(value: str) -> datetime | None:
    value = _YEAR_FIRST.sub(_dashed, value)
    value = re.sub(r"\s*(?:UTC|GMT|Z|z)$", "+00:00", value)
    value = re.sub(r"\s*([+-]\d{2}):?(\d{2})$", r"\1:\2", value)
    value = re.sub(r"(\.\d{6})\d+", r"\1", value)
    value = re.sub(r":(\d)(?=$|[+-])", r":0\1", value)
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _rfc(value: str) -> datetime | None:
    name = value.rpartition(" ")[2].lower()
    if name in ZONES and name not in _OF_EMAIL.split():
        found = parsedate_to_datetime(value.rpartition(" ")[0])
        return found.replace(tzinfo=timezone(timedelta(hours=ZONES[name])))
    found = parsedate_to_datetime(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# 2026/11/25, 2026. 11. 25.
_YEAR_FIRST = re.compile(r"^(\d{4})(?:/|\.\s?)(\d{1,2})(?:/|\.\s?)(\d{1,2})\b\.?")


def _dashed(found: re.Match[str]) -> str:
    return f"{found[1]}-{found[2]:>02}-{found[3]:>02}"


_EAST_ASIAN = re.compile(
    r"(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日号號일]"
    r"(?:[^\d午오+-]{0,8}(?P<half>[上下]午|午[前後]|오[전후])?\s?(?P<hour>\d{1,2})\s?[:：时時點点시]"
    r"\s?(?:(?P<minute>\d{1,2})\s?[:：分분]?\s?(?:(?P<second>\d{1,2})\s?[秒초]?)?)?)?"
    r"\s*(?P<zone>[+-]\d{2}:?\d{2}|[A-Z]{3,4})?"
)


def _east_asian(value: str) -> datetime | None:
    found = _EAST_ASIAN.search(value)
    if found is None:
        return None
    hour = int(found["hour"] or 0)
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] in {"下午", "午後", "오후"} else 0)
    return datetime(
        int(found["year"]),
        int(found["month"]),
        int(found["day"]),
        hour,
        int(found["minute"] or 0),
        int(found["second"] or 0),
        tzinfo=_zone(found["zone"] or ""),
    )


_TIME = (
    r"(?:\D{1,12}(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
    r"\s*(?P<zone>[+-]\d{2}:?\d{2}|[^\W\d]{1,5})?"
)
_WORDED = re.compile(
    r"(?P<day>\d{1,2})\.?\s+(?:de\s+)?(?P<month>[^\W\d]+)\.?,?\s+(?:de\s+)?(?P<year>\d{4})" + _TIME
)
_MONTH_FIRST = re.compile(
    r"(?P<month>[^\W\d]+)\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})" + _TIME
)
_NUMBERED = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>\d{4})"
    r"(?:\D{1,4}(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
    r"\s*(?P<zone>[+-]\d{2}:?\d{2})?"
)


def _worded(value: str) -> datetime | None:
    found = _WORDED.search(value) or _MONTH_FIRST.search(value) or _NUMBERED.search(value)
    if found is None:
        return None
    month = found["month"].casefold()
    number = int(month) if month.isdigit() else MONTHS.get(month, MONTHS.get(month[:3], 0))
    return datetime(
        int(found["year"]),
        number,
        int(found["day"]),
        int(found["hour"] or 0),
        int(found["minute"] or 0),
        int(found["second"] or 0),
        tzinfo=_zone(found["zone"] or ""),
    )


def _zone(name: str) -> timezone:
    if name[:1] in "+-" and name:
        sign = -1 if name[0] == "-" else 1
        digits = name[1:].replace(":", "")
        return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
    return timezone(timedelta(hours=ZONES.get(name.casefold(), 0)))
