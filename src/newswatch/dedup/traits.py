"""A text as it is compared: its words, their sequences, sentences, figures and names.

Rule: pure, one tokenisation a text (the one that index and rules use too). Words and sequences of
words are 63-bit hashes, the same in every process, so that they can be filed and compared at once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from newswatch import text

Hashes = NDArray[np.uint64]

LONGEST = 20_000  # words compared of one text: a live blog of a day has as many
SAMPLE = np.uint64(
    4
)  # one three-word sequence in four is filed: recall of candidates stays 1.000 at a million

DATELINE = re.compile(
    r"^[^\n]{0,90}?(?:\((?:Reuters|AP|AFP|TASS)\)|\([^()\n]{2,30}\)(?=\s*[-–—]\s)|/[^/\n]{2,20}/\.?)"
    r"\s*[-–—]?\s*",
    re.IGNORECASE,
)
PREFIX = re.compile(
    r"^(?:UPDATE\s*\d*|CORRECTED|REFILE|WRAPUP\s*\d*|EXCLUSIVE|BREAKING|RPT|FACTBOX|WRAP)\s*[-:–]+\s*",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”«»„][^\"“”«»„]{10,600}[\"“”«»„]")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+|\n")
_IN_WORDS = (
    "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred"
    " monday tuesday wednesday thursday friday saturday sunday january february march april june"
    " july august september october november december"
    " два две три четыре пять шесть семь восемь девять десять двадцать тридцать сорок сто"
    " понедельник вторник среду четверг пятницу субботу воскресенье января февраля марта апреля"
    " мая июня июля августа сентября октября ноября декабря"
)
_NUMERALS = frozenset(_IN_WORDS.split())
# An odd multiplier that spreads a sequence's words over 64 bits; fixed, as hashes are stored.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_HALF, _SIGN = np.uint64(33), np.uint64(1)


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """A text ready to be compared. *ids* and *sequence* are its words in order, *outside* those
    outside quotes; *sampled* are the hashes a store files; *pairs_in_order* and *sentence_of* say
    for each pair of words its hash and sentence; *figured* are the words that are figures, days,
    months or names.
    """

    lang: str
    title: str
    opening: str
    ids: Hashes
    sequence: list[int]
    outside: list[int]
    vocabulary: frozenset[int]
    pairs: frozenset[int]
    threes: frozenset[int]
    fives: frozenset[int]
    eights: frozenset[int]
    outside_threes: frozenset[int]
    sampled: frozenset[int]
    pairs_in_order: list[int]
    sentence_of: NDArray[np.int64]
    names: frozenset[int]
    numbers: frozenset[str]
    figured: frozenset[int]
    title_names: frozenset[str]

    @property
    def words(self) -> int:
        """How many words are compared."""
        return len(self.sequence)


class _Words(dict[str, int]):
    """The id of each word of one language, by its stem; made when first asked for."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self._lang = lang
        self.figures: set[int] = set()

    def __missing__(self, word: str) -> int:
        stem = text.stem(text.one_script(word), self._lang)
        found = int.from_bytes(blake2b(stem.encode(), digest_size=8).digest(), "big")
        if word[0].isdigit() or word in _NUMERALS:
            self.figures.add(found)
        if len(self) >= text.STEMS_KEPT:
            self.clear()
        self[word] = found
        return found


@lru_cache(maxsize=64)
def _words(lang: str) -> _Words:
    return _Words(lang)


def _sequences(ids: Hashes, longest: int) -> list[Hashes]:
    """The hashes of each run of 1, 2, … *longest* words, in order."""
    found = [ids]
    with np.errstate(over="ignore"):
        for length in range(2, longest + 1):
            found.append(found[-1][:-1] * _SPREAD + ids[length - 1 :])
    return found


def _spread(hashes: Hashes) -> Hashes:
    """Hashes whose every bit depends on all words; below 2^63, as SQLite's integers have a sign."""
    return (hashes ^ (hashes >> _HALF)) >> _SIGN


def _set(hashes: Hashes) -> frozenset[int]:
    return frozenset(hashes.tolist())


@lru_cache(maxsize=1024)  # a day's stories of a busy wire; some 60 KB each
def traits(title: str, body: str, lang: str) -> Traits:
    """*body* and its *title* in the language *lang*, without dateline and version prefix."""
    found = DATELINE.match(body)
    begin = found.end() if found else 0
    read, places = text.placed(body)
    first = bisect_left(places, begin)
    compared, where = read[first : first + LONGEST], places[first : first + LONGEST]
    words = _words(lang)
    ids = np.array([words[word] for word in compared], np.uint64)
    starts = np.array(where, np.int64)
    ends = [end.end() for end in _SENTENCE_END.finditer(body, begin)]
    sentence = np.searchsorted(np.array(ends, np.int64), starts, side="right")
    quotes = [edge for quote in _QUOTED.finditer(body, begin) for edge in quote.span()]
    outside = ids[np.searchsorted(np.array(quotes, np.int64), starts, side="right") % 2 == 0]
    runs = _sequences(ids, 8)
    threes = _spread(runs[2])
    capital = np.array([body[place].isupper() for place in where], bool)
    capital[:1] = False
    capital[1:] &= np.diff(sentence) == 0
    names = _set(ids[capital])
    vocabulary = _set(ids)
    headline = PREFIX.sub("", title)
    return Traits(
        lang=lang.partition("-")[0],
        title=" ".join(text.stems(headline, lang)),
        opening=" ".join(compared[:60]),
        ids=ids,
        sequence=ids.tolist(),
        outside=outside.tolist(),
        vocabulary=vocabulary,
        pairs=_set(runs[1]),
        threes=_set(threes),
        fives=_set(runs[4]),
        eights=_set(runs[7]),
        outside_threes=_set(_sequences(outside, 3)[2]),
        sampled=_set(threes[threes % SAMPLE == 0]),
        pairs_in_order=runs[1].tolist(),
        sentence_of=sentence[:-1],
        names=names,
        numbers=frozenset(text.numbers(body)),
        figured=names | (vocabulary & words.figures),
        title_names=_subjects(headline),
    )


def _subjects(headline: str) -> frozenset[str]:
    """The capitalised words and figures of a headline: whom and what it is about."""
    return frozenset(
        token.text
        for token in text.tokens(headline)
        if headline[token.start].isupper() or token.text[0].isdigit()
    )
