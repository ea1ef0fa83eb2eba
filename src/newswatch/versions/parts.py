"""A sentence as its parts: plain words, figures with scale and unit, names, days.

Rule: pure. Two parts are one when their values are, however they are written: "ten" and 10, "$5 mln" and
"5 million dollars", "Sept. 5" and "5 September". A time of day is one figure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

from newswatch import text
from newswatch.query.names import listed_name
from newswatch.versions import ideographs, lexicon, measures

NUMBER, NAME, DATE = "#number", "#name", "#date"  # no token holds a # beside letters
_TIME = re.compile(r"(?<![\d:.,])(\d{1,2}):(\d{2})(?::\d{2})?(?![\d:])")
_ATTACHED = re.compile(r"(\d+)([^\W\d_]+)$")
_APOSTROPHES = frozenset("'’ʼ`")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|e|го|er)?$")
_NUMERIC_DATE = re.compile(r"(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d)$")
# What says one before a scale, a dozen or a share; "the" before a half, as Romance languages and German do.
_ARTICLES = {
    "en": frozenset({"a", "an"}),
    "de": frozenset({"ein", "eine", "einem", "einen", "einer", "die", "der"}),
    "fr": frozenset({"un", "une", "la", "le"}),
    "es": frozenset({"un", "una", "la"}),
    "it": frozenset({"un", "una", "la"}),
    "pt": frozenset({"um", "uma", "a"}),
    "nl": frozenset({"een", "de"}),
}
CAPITALS = 3  # words all in capitals, from which on a run of them is no name
LONGEST_NAME = 6  # characters, where words stand without spaces
DIGITS = 40  # of a figure; a longer one is a code and is compared as it is written


class Part(NamedTuple):
    """One part of a sentence: *mask* its kind, or the word itself where it is plain; *value* what it
    says, written one way; *said* as it stands; *bare* a figure without its scale and unit; *unit*
    both of them.
    """

    mask: str
    value: str
    said: str
    bare: str = ""
    unit: tuple[str, ...] = ()


class _Word(NamedTuple):
    folded: str
    start: int
    end: int


def figures(said: str) -> tuple[str, ...]:
    """The figures of *said* as `text.numbers` writes them, in order, a time of day being one."""
    found: list[str] = []
    end = 0
    for time in _TIME.finditer(said):
        found += [*text.numbers(said[end : time.start()]), time[0]]
        end = time.end()
    return (*found, *text.numbers(said[end:]))


def is_day(word: str) -> bool:
    """Whether a folded word names a day of the week or a month, and may be no name."""
    if lexicon.weekday(word, capital=True) is not None:
        return True
    return lexicon.month(word, capital=True) is not None


def parts(sentence: str, lang: str = "", names: frozenset[str] = frozenset()) -> tuple[Part, ...]:
    """The parts of *sentence*, in an article of language *lang*; *names* are folded words that are
    names also where they open the sentence.
    """
    words = _words(sentence)
    found: list[Part] = []
    at = 0
    while at < len(words):
        for reading in (_ideographs, _date, _counted, _amount):
            part, after = reading(sentence, words, at, lang)
            if part is not None:
                found.append(part)
                break
        else:
            part, after = _name(sentence, words, at, names)
            if part is None:
                word = words[at]
                part = Part(word.folded, word.folded, sentence[word.start : word.end])
                after = at + 1
            found.append(part)
        at = after
    return tuple(found)


def _words(sentence: str) -> list[_Word]:
    """The tokens of *sentence*; a Cyrillic word with an apostrophe in it is one."""
    found: list[_Word] = []
    for token in text.tokens(sentence):
        last = found[-1] if found else None
        if (
            last is not None
            and token.start - last.end == 1
            and sentence[last.end] in _APOSTROPHES
            and "\u0400" <= token.text[0] <= "\u052f"
        ):
            found[-1] = _Word(last.folded + token.text, last.start, token.end)
        else:
            found.append(_Word(*token))
    return found


Reading = tuple[Part | None, int]


# ── where words stand without spaces ────────────────────────────────────────────────────────


def _ideographs(sentence: str, words: Sequence[_Word], at: int, _lang: str) -> Reading:
    """A weekday, or a figure in numerals with its unit: 周三, 水曜日, 三十八亿美元."""
    start = words[at].start
    if not ideographs.is_ideograph(sentence[start]):
        return None, at
    if day := ideographs.weekday(sentence, start):
        return _part(sentence, words, at, at + day[1], f"d{day[0]}")
    after = at
    while after < len(words) and words[after].start == start + after - at and ideographs.numeral(words[after].folded):  # fmt: skip
        after += 1
    if after == at:
        return None, at
    bare = sentence[start : start + after - at]
    unit, length = ideographs.unit(sentence, start + after - at)
    said = sentence[start : start + len(bare) + length]
    value = f"{ideographs.number(bare)} {unit}"
    return Part(NUMBER, value, said, bare, ("0", unit)), after + length


# ── days ────────────────────────────────────────────────────────────────────────────────────


def _date(sentence: str, words: Sequence[_Word], at: int, _lang: str) -> Reading:
    """A weekday, "5 March", "March 5", "5 de marzo", or a date in figures."""
    day = _day(words, at)
    if day is not None:
        step = at + 2 if _folded(words, at + 1) in {"de", "di"} else at + 1
        named = _month(sentence, words, step)
        if named is not None and _near(sentence, words, at, step):
            return _part(sentence, words, at, step + 1, f"{named}-{day}")
        if _NUMERIC_DATE.match(written := _run(sentence, words, at)):
            after = at + sum(words[at].start <= w.start < words[at].start + len(written) for w in words[at:at + 6])  # fmt: skip
            return _part(sentence, words, at, after, written)
        return None, at
    if len(_folded(words, at)) == 4 and _NUMERIC_DATE.match(written := _run(sentence, words, at)):
        return _part(sentence, words, at, at + 3, written)
    named = _month(sentence, words, at)
    if named is not None:
        day = _day(words, at + 1)
        if day is not None and _near(sentence, words, at, at + 1):
            return _part(sentence, words, at, at + 2, f"{named}-{day}")
        return _part(sentence, words, at, at + 1, f"{named}-")
    capital = sentence[words[at].start].isupper()
    weekday = lexicon.weekday(words[at].folded, capital=capital)
    return (None, at) if weekday is None else _part(sentence, words, at, at + 1, f"d{weekday}")


def _part(sentence: str, words: Sequence[_Word], at: int, after: int, value: str) -> Reading:
    return Part(DATE, value, sentence[words[at].start : words[after - 1].end]), after


def _day(words: Sequence[_Word], at: int) -> int | None:
    found = _DAY.match(_folded(words, at))
    return int(found[1]) if found and 0 < int(found[1]) < 32 else None


def _month(sentence: str, words: Sequence[_Word], at: int) -> int | None:
    if at >= len(words):
        return None
    return lexicon.month(words[at].folded, capital=sentence[words[at].start].isupper())


def _run(sentence: str, words: Sequence[_Word], at: int) -> str:
    """What stands at a word up to the next white space or comma."""
    found = re.match(r"[\d./-]*\d", sentence[words[at].start :][:12])
    return found[0] if found else ""


def _folded(words: Sequence[_Word], at: int) -> str:
    return words[at].folded if at < len(words) else ""


def _near(sentence: str, words: Sequence[_Word], one: int, other: int) -> bool:
    """Whether two words stand in one row: white space or a point between them and what is between."""
    return not re.search(r"[^\w\s.]", sentence[words[one].end : words[other].start])


# ── figures ─────────────────────────────────────────────────────────────────────────────────


def _amount(sentence: str, words: Sequence[_Word], at: int, lang: str) -> Reading:
    """A figure, in digits or in words, with the currency before it, the scale and unit behind it."""
    first, sign = at, ""
    at = _behind_article(sentence, words, at, lang)
    if _folded(words, at) in measures.SIGNS and _tight(sentence, words, at):
        sign, at = words[at].folded, at + 1
    if any(c.isdigit() for c in words[at].folded):
        after = at + 1
        while (
            after < len(words)
            and words[after].folded[0].isdigit()
            and _joined(sentence, words, after)
        ):
            after += 1
        value, power = _digits(sentence[words[at].start : words[after - 1].end], words[after - 1])
    else:
        values: list[int] = []
        after = at
        while after < len(words):
            value_ = lexicon.number_word(words[after].folded, lang)
            between = sentence[words[after - 1].end : words[after].start] if values else ""
            if value_ is None or between.strip(" -"):
                break
            values.append(value_)
            after += 1
        value, power = (str(lexicon.said_number(values)) if values else ""), 0
    begin = at if sign else first
    bare = sentence[words[begin].start : words[after - 1].end] if after > at else ""
    scaled = _scale(sentence, words, after, lang)
    # "million", whether "a" or nothing stands before it, is a figure; a lone "thousand" of people too.
    while scaled and (not bare or _near(sentence, words, after - 1, after)):
        value, power, after = value or "1", power + scaled, after + 1
        scaled = _scale(sentence, words, after, lang)
    if after == at:
        return None, first
    attached = _ATTACHED.search(words[after - 1].folded)
    unit = measures.unit(attached[2]) if attached else ""
    if not unit:
        unit, after = _unit(sentence, words, after)
    said = sentence[words[first].start : words[after - 1].end]
    unit = sign or unit
    return Part(
        NUMBER, f"{_scaled(value, power)} {unit}", said, bare or said, (str(power), unit)
    ), after


def _behind_article(sentence: str, words: Sequence[_Word], at: int, lang: str) -> int:
    """The place behind an article that says one: "a dozen", "a million"; else *at*."""
    if _folded(words, at) not in _ARTICLES.get(lang[:2], ()):
        return at
    counts = _scale(sentence, words, at + 1, lang) or (lexicon.number_word(_folded(words, at + 1), lang) or 0) > 11  # fmt: skip
    return at + 1 if counts else at


def _scale(sentence: str, words: Sequence[_Word], at: int, lang: str) -> int:
    """The power of ten that the word at *at* names; Mila and Bin are people, but nouns are capital in German."""
    if at >= len(words) or (at and lang[:2] != "de" and sentence[words[at].start :][:2].istitle()):
        return 0
    return lexicon.scale(words[at].folded)


def _counted(sentence: str, words: Sequence[_Word], at: int, lang: str) -> Reading:
    """A share of a whole ("a third of", "two thirds", "half"), a place in a row or a number of times."""
    share, after = _share(words, at, lang)
    if share:
        said = sentence[words[at].start : words[after - 1].end]
        return Part(NUMBER, f"{share:.4f} /", said, said, ("0", "/")), after
    word = words[at]
    said = sentence[word.start : word.end]
    if (times := lexicon.times(word.folded, lang)) is not None:
        return Part(NUMBER, f"{times}× ", said, said, ("0", "")), at + 1
    if at and said[0].isupper():  # First Lady
        return None, at
    if (place := lexicon.place(word.folded, lang)) is not None:
        return Part(NUMBER, f"{place}th ", said, said, ("0", "")), at + 1
    return None, at


def _share(words: Sequence[_Word], at: int, lang: str) -> tuple[float, int]:
    """The share of a whole that is told at *at*, 0 for none, and the place behind it."""
    number = 1 if _folded(words, at) in _ARTICLES.get(lang[:2], ()) else lexicon.number_word(_folded(words, at), lang)  # fmt: skip
    step = at + (number is not None and number < 10)
    word = _folded(words, step)
    part = measures.share(word, lang)
    if part is None and step > at and lang[:2] == "en" and _folded(words, step + 1) == "of":
        part = 4 if word == "quarter" else lexicon.place(word, lang)
    if part is None or part < 2:
        return 0.0, at
    return (number or 1 if step > at else 1) / part, step + 1


def _unit(sentence: str, words: Sequence[_Word], at: int) -> tuple[str, int]:
    if at >= len(words) or not _near(sentence, words, at - 1, at):
        return "", at
    if ideographs.is_ideograph(sentence[words[at].start]):
        unit, length = ideographs.unit(sentence, words[at].start)
        return unit, at + length
    if (words[at].folded, _folded(words, at + 1)) in measures.PER:
        return "%", at + 2
    if words[at].folded in {"a", "p"} and _folded(words, at + 1) == "m":
        return f"{words[at].folded}m", at + 2
    follows = at + 1 < len(words) and words[at + 1].folded[0].isdigit()
    if words[at].folded in measures.SIGNS and follows and _tight(sentence, words, at):
        return "", at  # of the figure behind it
    unit = measures.unit(words[at].folded)
    return (unit, at + 1) if unit else ("", at)


def _tight(sentence: str, words: Sequence[_Word], at: int) -> bool:
    """Whether a figure follows the sign at *at*."""
    if at + 1 >= len(words) or not words[at + 1].folded[0].isdigit():
        return False
    return not sentence[words[at].end : words[at + 1].start].strip(" \u00a0")


def _joined(sentence: str, words: Sequence[_Word], at: int) -> bool:
    """Whether the figures at *at* go on with those before: 1,234.5, 5-6, "10, 20", 4:40."""
    between = sentence[words[at - 1].end : words[at].start]
    return between == ":" or not between.strip(" .,'-–’\u00a0\u202f")


def _digits(said: str, last: _Word) -> tuple[str, int]:
    """A figure in digits written one way, and the power of ten attached to it: 38m."""
    attached = _ATTACHED.search(last.folded)
    power = lexicon.scale(attached[2], attached=True) if attached else 0
    rest = attached[2] if attached and not power and not measures.unit(attached[2]) else ""
    if rest in {"st", "nd", "rd"}:
        rest = "th"
    return f"{' '.join(figures(said)) or last.folded}{rest}", power


def _scaled(value: str, power: int) -> str:
    if not re.fullmatch(rf"\d{{1,{DIGITS}}}(?:\.\d{{1,{DIGITS}}})?", value):
        return f"{value}e{power}" if power else value
    with localcontext() as exact:
        exact.prec = 2 * DIGITS + 12
        return f"{(Decimal(value) * 10**power).normalize():f}"


# ── names ───────────────────────────────────────────────────────────────────────────────────


def _name(sentence: str, words: Sequence[_Word], at: int, names: frozenset[str]) -> Reading:
    """A run of capitalised words; the word that opens the sentence counts where it is known. Where words
    stand without spaces, what `names.txt` has, or a person among *names*.
    """
    if ideographs.is_ideograph(sentence[words[at].start]):
        length = _length_of_name(sentence, words, at, names)
        said = sentence[words[at].start : words[at].start + length]
        return (Part(NAME, said, said), at + length) if length else (None, at)
    if not sentence[words[at].start].isupper() or (not at and words[0].folded not in names):
        return None, at
    after = at + 1
    while after < len(words):
        between = sentence[words[after - 1].end : words[after].start]
        if (
            between.strip(" .,'-")
            or not sentence[words[after].start].isupper()
            or lexicon.weekday(words[after].folded, capital=True) is not None
            or (_month(sentence, words, after) is not None and _day(words, after + 1) is not None)
        ):
            break
        after += 1
    run = words[at:after]
    if _heading(sentence, words, at, after):
        return None, at
    said = sentence[run[0].start : run[-1].end]
    return Part(NAME, " ".join(w.folded for w in run), said), after


def _length_of_name(sentence: str, words: Sequence[_Word], at: int, names: frozenset[str]) -> int:
    """How many characters from *at* on are a name; 0 for none."""
    start = words[at].start
    for length in range(LONGEST_NAME, 1, -1):
        said = sentence[start : start + length]
        if said in names or (len(said) == length and listed_name(said)):
            return length
    return 0


def _heading(sentence: str, words: Sequence[_Word], at: int, after: int) -> bool:
    """Whether the words from *at* on belong to a row of words in capitals."""

    def capitals(n: int) -> bool:
        word = words[n]
        return word.end - word.start > 1 and sentence[word.start : word.end].isupper()

    if not capitals(at):
        return False
    first = at
    while first and capitals(first - 1):
        first -= 1
    last = at
    while last + 1 < min(len(words), after + CAPITALS) and capitals(last + 1):
        last += 1
    return last + 1 - first >= CAPITALS
