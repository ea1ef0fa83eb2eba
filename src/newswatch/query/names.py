"""`name:`: the ways a name may be written, and which words of a text may be it.

Rule: a word is a name asked for when it is that word, or shares one of its keys (`query.spelling`);
what no reading of letters finds (习近平, Трамп, Στάλιν) stands in `names.txt`, a line a name. A writing
from there counts in its own script only: Трамп is Trump, a tramp is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

from newswatch.query import spelling
from newswatch.query.spelling import asked_keys, keys, script
from newswatch.text import folded, placed

JOINED = 3  # words of a name that may also be written as one: Ben-Gvir, Bengvir, but not Xi Jinping


@dataclass(frozen=True)
class Spelling:
    """One word of a name: the folded words and the keys that are it; a key with scripts counts
    for words of those only.
    """

    words: frozenset[str]
    keys: frozenset[str] = frozenset()
    foreign: frozenset[tuple[str, str]] = frozenset()  # (script, key)

    def fits(self, word: str) -> bool:
        """Whether a folded word may be this one."""
        if word in self.words:
            return True
        heard = keys(word)
        if not heard.isdisjoint(self.keys):
            return True
        return any(key in heard for writing, key in self.foreign if writing == script(word))

    @cached_property
    def sounds(self) -> frozenset[str]:
        """Every key of a word that fits has one of these, unless it is one of *words*."""
        return self.keys | {key for _, key in self.foreign}


Way = tuple[Spelling, ...]


@lru_cache(maxsize=1 << 14)
def ways(tokens: tuple[str, ...]) -> tuple[Way, ...]:
    """The ways the name of these folded words may be written: a row of words each. A version holds
    the name when it holds one of the rows side by side.
    """
    found = [tuple(_spelling(token) for token in tokens)]
    if 1 < len(tokens) <= JOINED and len(tokens[0]) != 2:
        found.append((_spelling("".join(tokens)),))
    for writing in _known(tokens):
        if len(writing) > 1:
            found.append(tuple(Spelling(frozenset({token})) for token in writing))
        elif len(tokens) > 1:
            found.append((_spelling(writing[0]),))
    return tuple(dict.fromkeys(found))


def _spelling(token: str) -> Spelling:
    known = [one[0] for one in _known((token,)) if len(one) == 1]
    own = asked_keys(token)
    foreign = set()
    for other in known:
        if (writing := script(other)) == script(token):
            own |= asked_keys(other)
        else:
            foreign |= {(writing, key) for key in asked_keys(other)}
    return Spelling(frozenset({token, *known}), own, frozenset(foreign))


def _known(tokens: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The writings of the line of `names.txt` that has this one; or one that, to who writes so, is the
    same word. What is written in Latin letters is not read as what they make of a Cyrillic word: a mask
    is not Маск.
    """
    lines, exactly = _table()
    places: Iterable[int] | None = exactly.get(tokens)
    if places is None and len(tokens) == 1:
        (token,) = tokens
        latin = script(token) == "latin"
        heard = _heard(liquids(token))
        places = sorted(
            {
                place
                for key in asked_keys(token)
                for writing, place in heard.get(key, ())
                if not latin or writing == "latin"
            }
        )
    return tuple(dict.fromkeys(w for place in places or () for w in lines[place] if w != tokens))


def one_name(one: str, other: str) -> bool:
    """Whether two folded words are one name in two writings: by their letters (`spelling.one_name`), or by
    a line of `names.txt` that has both: Kiev and Kyiv.
    """
    if spelling.one_name(one, other):
        return True
    return (other,) in _known((one,))


def listed_name(writing: str) -> bool:
    """Whether `names.txt` has this writing."""
    return folded(writing) in _table()[1]


_NO_LIQUID = re.compile(r"[^lrmnлрмнλρμν]")
_LIQUIDS = str.maketrans("лрмнλρμν", "lrmnlrmn")


def liquids(word: str) -> str:
    """The l, r, m and n of a word: what spellings of one name nearly always share."""
    return re.sub(r"(.)\1+", r"\1", _NO_LIQUID.sub("", word).translate(_LIQUIDS))


@cache
def _alike() -> dict[str, list[tuple[str, int]]]:
    """The single words of the lists, each with its line, by their liquids, so that a name is compared
    with a few only.
    """
    found: dict[str, list[tuple[str, int]]] = {}
    for place, line in enumerate(_table()[0]):
        for writing in line:
            if len(writing) == 1:
                found.setdefault(liquids(writing[0]), []).append((writing[0], place))
    return found


@cache
def _heard(sounding: str) -> dict[str, list[tuple[str, int]]]:
    """The words of the lists that have these liquids, by their keys: each one's script and line."""
    found: dict[str, list[tuple[str, int]]] = {}
    for word, place in _alike().get(sounding, ()):
        for key in asked_keys(word):
            found.setdefault(key, []).append((script(word), place))
    return found


Lines = tuple[tuple[tuple[str, ...], ...], ...]


@cache
def _table() -> tuple[Lines, dict[tuple[str, ...], list[int]]]:
    """The lines of `names.txt` and `places.txt`, and which of them have a writing."""
    files = (Path(__file__).with_name(name) for name in ("names.txt", "places.txt"))
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    lines = tuple(_lines(re.sub("(?m)^#.*", "", text)))
    exactly: dict[tuple[str, ...], list[int]] = {}
    for place, line in enumerate(lines):
        for writing in line:
            exactly.setdefault(writing, []).append(place)
    return lines, exactly


def _lines(text: str) -> Iterator[tuple[tuple[str, ...], ...]]:
    """The folded writings of each line that has any: all words are read at once, which takes a third of
    reading each writing for itself.
    """
    words, starts = placed(text)
    at = 0
    line: list[tuple[str, ...]] = []
    for end in re.finditer(r"[,\n]|\Z", text):
        first = at
        while at < len(words) and starts[at] < end.start():
            at += 1
        if at > first:
            line.append(words[first:at])
        if end[0] != "," and line:
            yield tuple(line)
            line = []
