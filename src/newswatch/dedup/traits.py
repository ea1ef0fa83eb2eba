"""A text as it is compared: its words, their sequences, sentences, figures and names.

Rule: pure, one tokenisation a text (the one that index and rules use too). Words and sequences of
words are hashes, the same in every process, so that they can be filed and compared at once. A thousand texts are kept
while their stories run: sets of hashes are arrays in rising order, a tenth of what Python's own sets weigh.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from newswatch import marks, text

Hashes = NDArray[np.uint64]
Sequence: TypeAlias = (
    "array[int]"  # hashes, as rapidfuzz reads them without making an object of each
)

LONGEST = 20_000  # words compared of one text: a live blog of a day has as many
FIRST_SIGN = "\u1800"  # below stand the letters of Thai, Lao, Burmese and Khmer
LETTER, SIGN = (
    0.3,
    0.6,
)  # of an English word: a letter of theirs; a Han sign, a kana, a syllable of Hangul
SAMPLE = np.uint64(
    4
)  # one three-word sequence in four is filed: recall of candidates stays 1.000 at a million

DATELINE = re.compile(
    r"^[^\n]{0,90}?(?:\((?:Reuters|AP|AFP|TASS)\)|\([^()\n]{2,30}\)(?=\s*[-–—]\s)|/[^/\n]{2,20}/\.?)"
    r"\s*[-–—]?\s*",
    re.IGNORECASE,
)
# Guillemets say which side they are on: they may hold quotes and go on over paragraphs.
_QUOTED = re.compile(r"«(?:[^«»]|«[^«»]*»){10,3000}»|[\"“”„][^\"“”„]{10,600}[\"“”„]")
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


WORD = 4  # letters; shorter words stay small in headlines in capitals, and "U.S." and "US" are two


def named(title: str, first: int) -> list[str]:
    """The words of a headline that have a capital, folded; where every word has one, those of its *first*
    words, which are the surest to say whom it is about.
    """
    head = marks.unmarked(title)
    words = [(token.text, head[token.start].isupper()) for token in text.tokens(head)]
    in_capitals = all(capital for word, capital in words if len(word) >= WORD)
    return [word for word, capital in (words[:first] if in_capitals else words) if capital]


@lru_cache(maxsize=text.STEMS_KEPT)
def _id(word: str, lang: str) -> int:
    """The id of a folded word of a language, by its stem."""
    stem = text.stem(text.one_script(word), lang)
    return int.from_bytes(blake2b(stem.encode(), digest_size=8).digest(), "big")


@lru_cache(maxsize=64)
def _numerals(lang: str) -> frozenset[int]:
    """The ids of numbers, days and months in words."""
    return frozenset(_id(word, lang) for word in _NUMERALS)


def sequences(ids: Hashes, longest: int) -> list[Hashes]:
    """The hashes of each run of 1, 2, … *longest* words, in order."""
    found = [ids]
    with np.errstate(over="ignore"):
        for length in range(2, longest + 1):
            found.append(found[-1][..., :-1] * _SPREAD + ids[..., length - 1 :])
    return found


def spread(hashes: Hashes) -> Hashes:
    """Hashes whose every bit depends on all words; below 2^63, as SQLite's integers have a sign."""
    return (hashes ^ (hashes >> _HALF)) >> _SIGN


def _set(hashes: Hashes) -> Hashes:
    """Different ones, in rising order."""
    if len(hashes) < 2:
        return hashes
    rising = np.sort(hashes)
    return rising[np.concatenate(([True], rising[1:] != rising[:-1]))]


def held(hashes: Hashes, in_: Hashes) -> NDArray[np.bool_]:
    """Which of *hashes* stand in a set."""
    if not len(in_):
        return np.zeros(len(hashes), np.bool_)
    place = np.searchsorted(in_, hashes)
    place[place == len(in_)] = 0
    found: NDArray[np.bool_] = in_[place] == hashes
    return found


def common(one: Hashes, other: Hashes) -> int:
    """How many two sets share."""
    return int(np.count_nonzero(held(one, other)))


def _sequence(hashes: Hashes) -> Sequence:
    return array("Q", hashes.tobytes())


class Runs(NamedTuple):
    """The different runs of two, three, five and eight words of a text."""

    pairs: Hashes
    threes: Hashes
    fives: Hashes
    eights: Hashes


class Traits:
    """A text as it is compared, without dateline and version prefix.

    What it is filed under is read at once: *ids*, its words in order, and *sampled*. The rest is read
    when a comparison first asks, as most texts are compared with few or none.
    """

    def __init__(self, title: str, body: str, lang: str) -> None:
        found = DATELINE.match(body)
        self._begin = found.end() if found else 0
        read, places = text.placed(body)
        first = bisect_left(places, self._begin)
        self._compared = read[first : first + LONGEST]
        self._starts = np.array(places[first : first + LONGEST], np.int32)
        self._body, self._headline, self._lang = body, marks.unmarked(title), lang
        self.lang = lang.partition("-")[0]
        self.ids: Hashes = np.array([_id(word, lang) for word in self._compared], np.uint64)
        threes = spread(sequences(self.ids, 3)[2])
        self.sampled: Hashes = _set(threes[threes % SAMPLE == 0])

    @property
    def words(self) -> int:
        """How many words are compared."""
        return len(self.ids)

    @cached_property
    def told(self) -> int:
        """How many English words it would take: a token may be a character."""
        alone = [word for word in self._compared if text.stands_alone(word)]
        letters = sum(word < FIRST_SIGN for word in alone)
        signs = len(alone) - letters
        return round(self.words - len(alone) + letters * LETTER + signs * SIGN)

    @cached_property
    def title(self) -> str:
        """Its headline's stems."""
        return " ".join(text.stems(self._headline, self._lang))

    @cached_property
    def title_names(self) -> frozenset[str]:
        """The stems of its headline's capitalised words, and its figures: whom and what it is about. All
        its words in a script that has no capitals.
        """
        head = self._headline
        tokens = text.tokens(head)
        if any(c.isupper() or c.islower() for c in head):
            tokens = tuple(t for t in tokens if head[t.start].isupper() or t.text[0].isdigit())
        words = (text.stem(text.one_script(token.text), self._lang) for token in tokens)
        return frozenset(text.paired(words))

    @cached_property
    def opening(self) -> str:
        """Its first words."""
        return " ".join(self._compared[:60])

    @cached_property
    def sequence(self) -> Sequence:
        """Its words in order."""
        return _sequence(self.ids)

    @cached_property
    def _outside(self) -> Hashes:
        quotes = [edge for q in _QUOTED.finditer(self._body, self._begin) for edge in q.span()]
        place = np.searchsorted(np.array(quotes, np.int64), self._starts, side="right")
        outside: Hashes = self.ids[place % 2 == 0]
        return outside

    @cached_property
    def outside(self) -> Sequence:
        """Its words outside quotes, in order."""
        return _sequence(self._outside)

    @cached_property
    def outside_threes(self) -> Hashes:
        """Its runs of three words outside quotes."""
        return _set(sequences(self._outside, 3)[2])

    @cached_property
    def vocabulary(self) -> Hashes:
        """Its different words."""
        return _set(self.ids)

    @property
    def pairs_in_order(self) -> Hashes:
        """Its runs of two words, in order."""
        return sequences(self.ids, 2)[1]

    @cached_property
    def runs(self) -> Runs:
        """Its different runs of words."""
        found = sequences(self.ids, 8)
        return Runs(*(_set(found[length - 1]) for length in (2, 3, 5, 8)))

    @cached_property
    def _sentence(self) -> NDArray[np.int64]:
        """The sentence of each word, counted."""
        ends = [end.end() for end in _SENTENCE_END.finditer(self._body, self._begin)]
        return np.searchsorted(np.array(ends, np.int32), self._starts, side="right")

    @cached_property
    def sentences(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where among its runs of two words each sentence begins, and how many it has."""
        of_pairs = self._sentence[:-1]
        begins = np.flatnonzero(np.diff(of_pairs, prepend=-1))
        return begins, np.diff(np.append(begins, len(of_pairs)))

    @cached_property
    def names(self) -> Hashes:
        """Its capitalised words, but for those that begin a sentence."""
        body = self._body
        capital = np.array([body[place].isupper() for place in self._starts.tolist()], bool)
        capital[:1] = False
        capital[1:] &= np.diff(self._sentence) == 0
        return _set(self.ids[capital])

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Its figures."""
        return frozenset(text.numbers(self._body))

    @cached_property
    def figured(self) -> Hashes:
        """Its words that are figures, days, months or names."""
        told = [word[0].isdigit() for word in self._compared]
        figures = self.ids[np.array(told, np.bool_)]
        # A stem that a numeral and another word share is a figure, too.
        known = _numerals(self._lang)
        numerals = [word for word in self.vocabulary.tolist() if word in known]
        return np.union1d(np.union1d(self.names, figures), np.array(numerals, np.uint64))


@lru_cache(maxsize=1024)  # a day's stories of a busy wire; 35 KB each where all was compared
def traits(title: str, body: str, lang: str) -> Traits:
    """*body* and its *title* in the language *lang*, as they are compared."""
    return Traits(title, body, lang)
