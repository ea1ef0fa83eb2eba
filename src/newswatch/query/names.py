"""`name:`: the ways a name may be written, and which words of a text may be it.

Rule: a word is a name asked for when it is that word, or shares one of its keys (`query.spelling`);
what no reading of letters finds (习近平, Трамп, Στάλιν) stands in `names.txt`, a line a name. A writing
from there counts in its own script only: Трамп is Trump, a tramp is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files

from newswatch.query.spelling import asked_keys, keys, script
from newswatch.text import folded

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
    lines, exactly, heard = _table()
    places = exactly.get(tokens)
    if places is None and len(tokens) == 1:
        latin = script(tokens[0]) == "latin"
        sounds = (heard.get((key, latin), ()) for key in asked_keys(tokens[0]))
        places = tuple({place for found in sounds for place in found})
    return tuple(dict.fromkeys(w for place in places or () for w in lines[place] if w != tokens))


Lines = tuple[tuple[tuple[str, ...], ...], ...]


@cache
def _table() -> tuple[
    Lines, dict[tuple[str, ...], tuple[int, ...]], dict[tuple[str, bool], set[int]]
]:
    """The lines of `names.txt`; which of them have a writing; which have a word with a key, by whether
    a Latin word, or one of another script, may be heard so.
    """
    text = files("newswatch.query").joinpath("names.txt").read_text(encoding="utf-8")
    lines = tuple(
        tuple(folded(writing) for writing in line.split(","))
        for line in text.splitlines()
        if line.strip() and not line.startswith("#")
    )
    exactly: dict[tuple[str, ...], tuple[int, ...]] = {}
    heard: dict[tuple[str, bool], set[int]] = {}
    for place, line in enumerate(lines):
        for writing in line:
            exactly[writing] = (*exactly.get(writing, ()), place)
            if len(writing) == 1:
                latin = script(writing[0]) == "latin"
                for key in asked_keys(writing[0]):
                    heard.setdefault((key, False), set()).add(place)
                    if latin:
                        heard.setdefault((key, True), set()).add(place)
    return lines, exactly, heard
