"""Is this the next issue of a series? One newsroom's texts in one frame, on another subject, at another
hour, of another day: rates, fixings, livestock at one market and the next.

Rule: pure; asked only of two texts of one newsroom that no prefix calls an update. Copies differ in
words, issues of a series in what their headlines name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz import fuzz

from newswatch import marks, text
from newswatch.dedup.traits import WORD, named
from newswatch.model import Version

BRIEF, LENGTHY = 80, 200  # words; a series tells little
DAYS = 3.0  # a brief that comes again after these is of its own day
DAILY = "series guard: same newsroom, a brief of another day"
ALIKE = 0.6  # of the longer text's length: issues of a series are of one shape
OPENING_WORDS, OPENING_LONGEST = 40, 600  # words, and characters, in which a text says its day
OPENING = 25  # words in which a text names its subject
FRAME = 2  # words after the one that differs, but where headlines begin with it
FIGURES = 4  # on both sides: a report on a market
NEXT_DAY = 0.9  # days
SPELT = 60  # of 100: two spellings of one name
BEGINNING = 5  # letters by which "Victoria" and "Victorian" are one subject

_CLOCK = re.compile(r"\b(?:\d{1,2}:\d{2}|\d{4}(?=\s*(?:GMT|EDT|EST|МСК)\b))", re.IGNORECASE)
_SESSIONS = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        r"open(?:s|ed|ing)?|early|открыт\w+|открыл\w+",
        r"mid-?morning",
        r"mid-?(?:session|day)|noon",
        r"fix(?:ed|es|ing)?|фиксинг\w*",
        r"clos(?:es?|ed|ing)|late|закрыт\w+|закрыл\w+",
    )
)
_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|января|февраля|марта|апреля|мая|июня|июля|августа"
    r"|сентября|октября|ноября|декабря"
)
_DATE = re.compile(rf"\b(?:({_MONTH})\.?\s+(\d{{1,2}})|(\d{{1,2}})\s+({_MONTH}))\b", re.IGNORECASE)
_HAN_DATE = re.compile(r"(\d{1,2})日")
_WEEKDAY = re.compile(
    r"\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|понедельник|вторник|сред[ауы]|четверг|пятниц[ауы]"
    r"|суббот[ауы]|воскресень[ея])\w{0,2}\b|周[一二三四五六日]|星期[一二三四五六日天]|[月火水木金土日]曜"
)
_NTH = (
    r"first|перв\w+", r"second|втор\w+", r"third|треть\w+", r"fourth|четв[её]рт\w+",
    r"fifth|пят(?:ый|ого|ому|ом|ая|ой|ую)", r"sixth|шест(?:ой|ого|ому|ом|ая|ую)", r"seventh|седьм\w+",
    r"eighth|восьмо\w+|восьмая", r"ninth|девят(?:ый|ого|ому|ом|ая|ой|ую)", r"tenth|десят(?:ый|ого|ому|ом|ая|ой|ую)",
    r"eleventh|одиннадцатый?\w*", r"twelfth|двенадцаты\w*|двенадцато\w*", r"thirteenth|тринадцаты\w*|тринадцато\w*",
    r"fourteenth|четырнадцаты\w*|четырнадцато\w*", r"fifteenth|пятнадцаты\w*|пятнадцато\w*",
)  # fmt: skip
_ORDINAL = re.compile(
    r"\b(?:(\d{1,4})(?:st|nd|rd|th|-(?:й|го|му|м|я|ю|е|ой|ом))|"
    + "|".join(f"({words})" for words in _NTH)
    + r")\b",
    re.IGNORECASE,
)
# What a text says of its own day, and no reprint of it on another does.
_TODAY = re.compile(
    r"\b(?:today|this (?:morning|afternoon|evening)|(?:past|last) 24 hours|сегодня|(?:минувшие|последние"
    r"|прошедшие) сутки|за сутки)\b",
    re.IGNORECASE,
)
_TICKER = re.compile(r"<([A-Z]{1,5})(?:\.[A-Z]{1,3})?>")


def tickers(version: Version) -> frozenset[str]:
    """The tickers in a headline, without the exchange, which one text says and another leaves out."""
    return _tickers(version.title)


def other_tickers(new: Version, old: Version, *, cut: bool) -> bool:
    """Whether each headline has a ticker that the other text does not have: who sells and who buys have one
    deal and two tickers, and of a copy that was *cut* the headline may be gone. A slip of the keys is none.
    """
    one, other = tickers(new), tickers(old)
    if not one or not other or one & other:
        return False
    named = [bool(one & _tickers(old.text)), bool(other & _tickers(new.text))]
    if all(named) or (cut and any(named)):
        return False
    return not any(sorted(a) == sorted(b) and len(a) >= WORD for a in one for b in other)


def _tickers(said: str) -> frozenset[str]:
    return frozenset(_TICKER.findall(said))


def other_dates(new: Version, old: Version) -> bool:
    """Whether both headlines say a date, and none that the other says."""
    one, other = _dates(new.title), _dates(old.title)
    return bool(one and other and not one & other)


def _dates(title: str) -> set[tuple[str, int]]:
    found = {
        ((date[1] or date[4])[:3].lower(), int(date[2] or date[3]))
        for date in _DATE.finditer(title)
    }
    return found | {("日", int(date[1])) for date in _HAN_DATE.finditer(title)}


def other_days(new: Version, old: Version) -> bool:
    """Whether both texts open with a day, and none that the other opens with: the weather of two days. Of
    5,074 labelled copies none is parted by it where figures differ and nearly a day lies between.
    """
    one, other = _days(new), _days(old)
    return bool(one and other and not one & other)


def _days(version: Version) -> set[tuple[str, int]]:
    head = f"{version.title}. {' '.join(version.text[:OPENING_LONGEST].split()[:OPENING_WORDS])}"
    weekdays = (found[0].lower()[:3] for found in _WEEKDAY.finditer(head))
    return _dates(head) | {(day, 0) for day in weekdays}


def other_ordinals(new: Version, old: Version) -> bool:
    """Whether both headlines count something, and none as the other does: the 12th package, the 13th."""
    one, other = _ordinals(new.title), _ordinals(old.title)
    return bool(one and other and not one & other)


def _ordinals(title: str) -> set[int]:
    return {
        int(found[1]) if found[1] else found.lastindex - 1
        for found in _ORDINAL.finditer(title)
        if found.lastindex
    }


def other_subjects(new: Version, old: Version) -> bool:
    """Whether each headline names somebody of whom its own text tells, and the other text knows nothing,
    whatever the frame they share: two firms' quarters, two men in court, two provinces. A name spelt in
    another way is none. Of 5,054 labelled copies two are parted by it, made-up ones of odd headlines.
    """
    one, other = _subjects(new, old), _subjects(old, new)
    alike = (fuzz.ratio(a, b) >= SPELT for a in one for b in other)
    return bool(one and other) and not any(alike)


def _subjects(one: Version, other: Version) -> set[str]:
    """The stems that the headline of *one* names, stand in its text and nowhere in *other*."""
    head = marks.unmarked(one.title)
    cased = any(c.isupper() or c.islower() for c in head)
    words = named(one.title, FRAME) if cased else text.folded(head)
    names = text.paired(text.stems(" ".join(words), one.lang))
    mine, theirs = (
        frozenset(text.paired(text.stems(said, one.lang)))
        for said in (one.text, f"{other.title}\n{other.text}")
    )
    return {
        name
        for name in names
        if (len(name) >= WORD or text.stands_alone(name)) and not name[0].isdigit()
        if name in mine and name not in theirs
    }


def repeated(new: Version, old: Version, days: float, shortest: int) -> str:
    """Why a newsroom's brief of *shortest* words tells of its own day though an older one, *days*
    before, has its words, '' when nothing says so: three days lie between, or both say "today".
    """
    if shortest >= BRIEF or days <= NEXT_DAY or new.newsroom != old.newsroom:
        return ""
    of_its_day = all(_TODAY.search(version.text) for version in (new, old))
    return DAILY if days > DAYS or of_its_day else ""


def _another_day(new: Version, old: Version, shortest: int) -> bool:
    """Whether one of two texts of different days is a brief under another headline, or both have one
    headline and figures of their own: a reprint that was cut has no others.
    """
    if text.folded(new.title) != text.folded(old.title):
        return shortest < BRIEF
    one, other = (Counter(text.numbers(version.text)) for version in (new, old))
    return shortest < LENGTHY and bool(one - other and other - one)


def another_issue(
    new: Version, old: Version, days: float, shortest: int, ratio: float, figures: float
) -> str:
    """Why two texts of one newsroom, *days* apart, are issues of a series, '' when nothing says so;
    *shortest* are the shorter one's words, *ratio* is its share of the longer one's, *figures* are
    on both sides.
    """
    clocks = [set(_CLOCK.findall(version.title)) for version in (new, old)]
    if all(clocks) and clocks[0] != clocks[1]:
        return "series guard: same newsroom, another hour"
    sessions = [{one for one in _SESSIONS if one.search(version.title)} for version in (new, old)]
    market = figures >= FIGURES and shortest < LENGTHY
    if market and all(sessions) and not sessions[0] & sessions[1]:
        return "series guard: same newsroom, another session of the day"
    if repeated(new, old, days, shortest):
        return DAILY
    if days > NEXT_DAY and _another_day(new, old, shortest):
        return "series guard: same newsroom, another day's figures or headline"
    alike = ratio >= ALIKE and shortest < LENGTHY
    if shortest >= BRIEF and not alike:
        return ""
    one, other = _told(new), _told(old)
    if shortest < BRIEF and not tickers(new) & tickers(old) and _one_frame(one, other):
        return "series guard: same newsroom, another subject in the same headline"
    if alike and _own(one, other) and _own(other, one):
        return "series guard: same newsroom, each headline's subject is not in the other"
    return ""


class _Told(NamedTuple):
    """The stems of a headline, without tickers and prefix, and of a text."""

    head: tuple[str, ...]
    body: tuple[str, ...]


def _told(version: Version) -> _Told:
    head = _TICKER.sub("", marks.unmarked(version.title))
    said = (text.stems(one, version.lang) for one in (head, version.text))
    return _Told(*map(text.paired, said))


def _one_frame(one: _Told, other: _Told) -> bool:
    """Whether each headline begins with a word of its own, or says one in the same place, and both
    go on alike.
    """
    places = SequenceMatcher(None, one.head, other.head, autojunk=False).get_opcodes()
    return any(
        tag == "replace"
        and (end - start >= FRAME or not a)
        and _unknown(one.head[a:b], other)
        and _unknown(other.head[c:d], one)
        for (tag, a, b, c, d), (_, start, end, _, _) in pairwise(places)
    )


def _own(one: _Told, other: _Told) -> bool:
    """Whether a headline names what its own opening names too, and the other text nowhere."""
    begun: dict[str, list[str]] = {}
    for word in one.body[:OPENING]:
        begun.setdefault(word[:BEGINNING], []).append(word)
    return any(
        _unknown((word,), other)
        and any(_unknown((name,), other) for name in begun[word[:BEGINNING]])
        for word in one.head
        if word[:BEGINNING] in begun
    )


def _unknown(words: Iterable[str], other: _Told) -> bool:
    """Whether one of *words*, no figure and no particle, stands nowhere in *other*."""
    there = {*other.head, *other.body}
    return any(
        (len(word) > 2 or text.stands_alone(word)) and not word[0].isdigit() and word not in there
        for word in words
    )
