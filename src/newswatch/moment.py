"""Times as feeds and pages write them: ISO, RFC 822, words in a dozen languages, named zones.

Rule: pure; any string gives an aware datetime in its own zone, or None.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

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
# What CLDR 47 has besides, formatted and standing alone, whole and abbreviated, folded: English,
# Russian, Ukrainian, Belarusian, German, French, Spanish, Portuguese, Italian, Polish, Czech, Slovak,
# Turkish, Dutch, Indonesian, Malay, Greek, Swedish, Danish, Norwegian, Finnish, Hungarian, Romanian
# and Bulgarian. Croatian is left out: its listopad is October, and November to its neighbours.
_MORE = {
    name: number
    for number, names in enumerate(
        (
            (
                "січ січень сту студзеня студзень sty stycznia styczen led ledna leden"
                " januara oca januari ιανουαριου ιανουαριοσ tammi tammikuuta tammikuu ian"
                " ianuarie яну януари"
            ),
            (
                "февр лют лютии лютага люты fevr lut lutego luty uno unora unor februara sub"
                " februari φεβρουαριου φεβρουαριοσ helmi helmikuuta helmikuu febr februarie"
                " февруари"
            ),
            (
                "мар бер березень сак сакавіка сакавік marca marzec bre brezna brezen marec"
                " maret mac μαρτιου μαρτιοσ marts maalis maaliskuuta maaliskuu marc marcius"
                " martie"
            ),
            (
                "квіт квітень кра красавіка красавік kwi kwietnia kwiecien dub dubna duben"
                " aprila nis απριλιου απριλιοσ huhti huhtikuuta huhtikuu aprilis aprilie"
                " април"
            ),
            ("трав травень kve kvetna kveten μαιου μαιοσ touko toukokuuta toukokuu majus"),
            (
                "июн черв червень чэр чэрвеня чэрвень cze czerwca czerwiec cvn cervna cerven"
                " juna haz ιουνιοσ kesa kesakuuta kesakuu junius iun iunie юни"
            ),
            (
                "июл лип липень ліп ліпеня ліпень lip lipca lipiec cvc cervence cervenec jula"
                " tem julai ιουλιοσ heina heinakuuta heinakuu julius iul iulie юли"
            ),
            (
                "серп серпень жні жніуня жнівень sie sierpnia sierpien srp srpna srpen"
                " augusta augustus ogo ogos αυγουστου αυγουστοσ augusti elo elokuuta elokuu"
                " augusztus"
            ),
            (
                "сент вер вересень верасня верасень wrz wrzesnia wrzesien zar zari septembra"
                " eyl σεπτεμβριου σεπτεμβριοσ syys syyskuuta syyskuu szept szeptember"
                " septembrie сеп септември"
            ),
            (
                "жовт жовтень кас кастрычніка кастрычнік paz pazdziernika pazdziernik rij"
                " rijna rijen oktobra eki οκτωβριου οκτωβριοσ loka lokakuuta lokakuu"
                " octombrie октомври"
            ),
            (
                "нояб лист листопад ліс лістапада лістапад lis listopada listopad listopadu"
                " novembra kas νοεμβριου νοεμβριοσ marras marraskuuta marraskuu noiembrie ное"
                " ноември"
            ),
            (
                "груд грудень сне снежня снежань gru grudnia grudzien pro prosince prosinec"
                " decembra ara des dis disember δεκεμβριου δεκεμβριοσ joulu joulukuuta"
                " joulukuu decembrie декември"
            ),
        ),
        1,
    )
    for name in names.split()
}


def _folded(word: str) -> str:
    """*word* without case and accents: capitals are often written without."""
    apart = unicodedata.normalize("NFKD", word.casefold().replace("ı", "i"))
    return "".join(c for c in apart if not unicodedata.combining(c))


_NUMBER = _MORE | {_folded(name): number for name, number in MONTHS.items()}
ZONES = {
    "gmt": 0, "utc": 0, "ut": 0, "z": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "cest": 2,
    "eet": 2, "eest": 3, "msk": 3, "мск": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "jst": 9, "kst": 9, "sgt": 8, "hkt": 8, "ist": 5.5,
    "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "mez": 1, "mesz": 2, "trt": 3, "brt": -3,
    "wib": 7, "wita": 8, "wit": 9, "sast": 2, "pkt": 5,
}  # fmt: skip
# By the clock of the place, in summer as in winter.
_CLOCKS = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver",
    "pt": "America/Los_Angeles",
}  # fmt: skip

_OF_EMAIL = "est edt cst cdt mst mdt pst pdt gmt utc ut z"  # zones that email.utils knows itself


def read(value: str) -> datetime | None:
    """The time that *value* says in one of the ways feeds and pages say it, in its own zone, which
    is UTC where it names none; None where it says none between 1970 and 9000.
    """
    if _USUAL.fullmatch(value):
        return datetime.fromisoformat(value)
    value = unicodedata.normalize("NFKC", value[:1000].translate(_UNSEEN))
    value = _HALF_DAY.sub(_of_24, " ".join(value.split())[:100])
    value = _EASTERN_HALF.sub(_of_24_too, value)
    if _EMPTY.search(value):
        return None
    value = _SHORT_ZONE.sub(_in_full, _NAMED_TOO.sub(r"\1", value))
    value, midnights = _MIDNIGHT.subn(r"00\g<between>00", value)
    value, leaps = _LEAP.subn(r"\g<before>59", value)
    later = timedelta(days=bool(midnights), seconds=bool(leaps))
    for way in (_iso, _rfc, _east_asian, _worded):
        try:
            found = way(value)
            found = found and found + later
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
        if found is not None and 1970 <= found.year <= 9000:
            return found
    return None


# As most machines write it, of a day that each month has: a fortieth of what going through the other ways takes (measured).
_USUAL = re.compile(
    r"(?:19[7-9]|[2-8]\d\d)\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])"
    r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3}|\.\d{6})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)",
    re.ASCII,
)
_UNSEEN = dict.fromkeys(
    map(ord, "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff")
)
# The day's last moment, which is the next day's first; a second that clocks do not have.
_MIDNIGHT = re.compile(r"(?<![\d:.+-])24(?P<between>[:h])00(?::00(?:[.,]0+)?)?(?![\d:])")
_LEAP = re.compile(r"(?P<before>(?<!\d)\d{1,2}:\d{2}:)60(?:[.,]\d+)?(?!\d)")
# What programs write for no date at all; read by the rules of mail, year 1 would be 2001.
_EMPTY = re.compile(r"(?<![\d.:+])-?\b000[01]\b(?=$|[ -/T])(?<!-0000)")
# What programs put behind a zone's figures: its name, in brackets.
_NAMED_TOO = re.compile(r"([+-]\d\d:?\d\d|\dZ)\s?(?:\[[\w/+-]+\]|\([^()]*\))$")
_SHORT_ZONE = re.compile(r"(?<=:\d\d)\s*(?:GMT|UTC)?\s*([+-])(\d{1,2})(?::?(\d{2}))?$")


def _in_full(found: re.Match[str]) -> str:
    return f" {found[1]}{found[2]:>02}{found[3] or '00'}"


_HALF_DAY = re.compile(
    r"\b(?P<hour>1[0-2]|0?[1-9])(?P<rest>[:.]\d{2}(?::\d{2})?)?\s*(?P<half>[ap])\.?m\b\.?",
    re.IGNORECASE,
)


def _of_24(found: re.Match[str]) -> str:
    hour = int(found["hour"]) % 12 + (12 if found["half"] in "pP" else 0)
    return f"{hour:02}{(found['rest'] or ':00').replace('.', ':')}"


# 下午2:05, 오후 2시 5분
_EASTERN_HALF = re.compile(
    r"(?P<half>[上下]午|午[前後]|오[전후])\s?(?P<hour>\d{1,2})(?=\s?[:时時點点시])"
)


def _of_24_too(found: re.Match[str]) -> str:
    late = found["half"] in {"下午", "午後", "오후"}
    return f"{int(found['hour']) % 12 + 12 * late:02}"


def _iso(value: str) -> datetime | None:
    begin, _, name = value.rpartition(" ")
    if name.casefold() in ZONES or name.casefold() in _CLOCKS:
        return _in_zone(datetime.fromisoformat(_YEAR_FIRST.sub(_dashed, begin)), name)
    value = _FIGURES.sub(r"\1T\2", _YEAR_FIRST.sub(_dashed, value))
    value = re.sub(r"(?:UTC|GMT|Z|z)$", "+00:00", value)
    value = re.sub(r"\s*([+-]\d{2}):?(\d{2})$", r"\1:\2", value)
    value = re.sub(r"(\.\d{6})\d+", r"\1", value)
    value = re.sub(r":(\d)(?=$|[+-])", r":0\1", value)
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _rfc(value: str) -> datetime | None:
    name = value.rpartition(" ")[2].lower()
    if (name in ZONES or name in _CLOCKS) and name not in _OF_EMAIL.split():
        found = parsedate_to_datetime(value.rpartition(" ")[0]).replace(tzinfo=None)
        return _in_zone(found, name)
    found = parsedate_to_datetime(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# 2026/11/25, 2026. 11. 25., 2026-3-5
_YEAR_FIRST = re.compile(r"^(\d{4})(?:[/-]|\.\s?)(\d{1,2})(?:[/-]|\.\s?)(\d{1,2})(?!\d)\.?")
_FIGURES = re.compile(r"^(\d{8})(\d{4}|\d{6})$")


def _dashed(found: re.Match[str]) -> str:
    return f"{found[1]}-{found[2]:>02}-{found[3]:>02}"


_EAST_ASIAN = re.compile(
    r"(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日号號일]"
    r"(?:[^\d+-]{0,8}(?P<hour>\d{1,2})\s?[:时時點点시]"
    r"\s?(?:(?P<minute>\d{1,2})\s?[:分분]?\s?(?:(?P<second>\d{1,2})\s?[秒초]?)?)?)?"
    r"\s*(?P<zone>[+-]\d{2}:?\d{2}|[A-Z]{3,4})?"
)


def _east_asian(value: str) -> datetime | None:
    found = _EAST_ASIAN.search(value)
    if found is None:
        return None
    at = datetime(  # noqa: DTZ001 - its zone is read next
        int(found["year"]),
        int(found["month"]),
        int(found["day"]),
        int(found["hour"] or 0),
        int(found["minute"] or 0),
        int(found["second"] or 0),
    )
    return _in_zone(at, found["zone"] or "")


_CLOCK = r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_ZONE = r"\s*\(?(?P<zone>[+-]\d{2}:?\d{2}|[^\W\d]{1,5})?"
_TIME = rf"(?:\D{{1,12}}{_CLOCK})?{_ZONE}"
_BEFORE = re.compile(rf"(?<![\d.:]){_CLOCK}(?![\d.:]){_ZONE}")
_WORDED = re.compile(
    r"(?P<day>\d{1,2})(?:(?:st|nd|rd|th|\.)?\s+(?:de\s+|of\s+)?|[-/])(?P<month>[^\W\d]+)(?:\.?,?\s+(?:de\s+)?|[-/])(?P<year>\d{4})"
    + _TIME
)
_MONTH_FIRST = re.compile(
    r"(?P<month>[^\W\d]+)\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})" + _TIME
)
_NUMBERED = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})[./-]\s?(?P<month>\d{1,2})[./-]\s?(?P<year>\d{4})(?!\d)" + _TIME
)


def _worded(value: str) -> datetime | None:
    found = _WORDED.search(value) or _MONTH_FIRST.search(value) or _NUMBERED.search(value)
    if found is None:
        return None
    month = _folded(found["month"])
    number = int(month) if month.isdigit() else _NUMBER.get(month, _NUMBER.get(month[:3], 0))
    day = int(found["day"])
    if number > 12 and "/" in found[0]:  # America's way, where no other is possible
        day, number = number, day
    clock = found if found["hour"] else _BEFORE.search(value, 0, found.start()) or found
    at = datetime(  # noqa: DTZ001 - its zone is read next
        int(found["year"]),
        number,
        day,
        int(clock["hour"] or 0),
        int(clock["minute"] or 0),
        int(clock["second"] or 0),
    )
    return _in_zone(at, clock["zone"] or "")


def _in_zone(at: datetime, name: str) -> datetime:
    """The wall clock's *at* in the zone *name*, UTC where nothing is known by that name."""
    if name[:1] in "+-" and name:
        sign = -1 if name[0] == "-" else 1
        digits = name[1:].replace(":", "")
        zone = timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
    elif (place := _CLOCKS.get(name.casefold())) is not None:
        zone = timezone(at.replace(tzinfo=ZoneInfo(place)).utcoffset() or timedelta())
    else:
        zone = timezone(timedelta(hours=ZONES.get(name.casefold(), 0)))
    return at.replace(tzinfo=zone)
