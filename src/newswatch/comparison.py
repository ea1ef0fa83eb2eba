"""Two versions of an article word by word: which words stand, went and came, paragraph by paragraph.

Rule: pure; white space does not count, and what is shown of words is safe to show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal, NamedTuple

from newswatch.model import Version
from newswatch.text import safe_line, stands_alone

WORDS = 4_000  # of one paragraph that are compared word by word
LOOKS = 1_000_000  # pairs of equal words that are looked at: 4,000 words of prose have some 200,000, a few repeated ones 8 million

Kind = Literal["same", "gone", "come"]


class Word(NamedTuple):
    """A word of a paragraph, and what became of it; *glued* where no space stands before it."""

    said: str
    kind: Kind
    glued: bool = False


Pair = tuple[list[Word], list[Word]]
Aligned = tuple[str, int, int, int, int]


def compared(old: Version, new: Version) -> list[Pair]:
    """Paragraph by paragraph, headlines first, what stood beside what stands; either may be empty."""
    was, now = ([v.title, *v.text.split("\n")] for v in (old, new))
    found: list[Pair] = []
    room = LOOKS
    for tag, a, b, c, d in _aligned(was, now):
        if tag == "equal":
            found += [(_all(p, "same"), _all(p, "same")) for p in was[a:b]]
            continue
        for p, q in zip_longest(was[a:b], now[c:d], fillvalue=""):
            room -= _looks(_split(p), _split(q))
            found.append(passages(p, q) if room >= 0 else (_all(p, "gone"), _all(q, "come")))
    return found


def passages(old: str, new: str) -> Pair:
    """The words of two passages, each with what became of it."""
    was, now = _split(old), _split(new)
    if len(was) > WORDS or len(now) > WORDS:
        return _all(old, "gone"), _all(new, "come")
    left: list[Word] = []
    right: list[Word] = []
    for tag, a, b, c, d in _aligned(was, now):
        left += [Word(w, "same" if tag == "equal" else "gone", g) for w, g in was[a:b]]
        right += [Word(w, "same" if tag == "equal" else "come", g) for w, g in now[c:d]]
    return left, right


def _aligned(was: Sequence[Hashable], now: Sequence[Hashable]) -> Sequence[Aligned]:
    """What of two rows stands; where too much of them is alike to be looked at, nothing does."""
    if _looks(was, now) > LOOKS:
        return [("replace", 0, len(was), 0, len(now))]
    return SequenceMatcher(None, was, now, autojunk=False).get_opcodes()


def _looks(was: Sequence[Hashable], now: Sequence[Hashable]) -> int:
    """The pairs of equal things, each of which is looked at more than once."""
    there = Counter(now)
    return sum(n * there[one] for one, n in Counter(was).items())


def _split(paragraph: str) -> list[tuple[str, bool]]:
    """The words of a paragraph, and whether each follows the one before without a space: where a
    script has none, a word is a character.
    """
    found: list[tuple[str, bool]] = []
    for word in safe_line(paragraph).split():
        start = 0
        for n, character in enumerate(word):
            if n > start and (stands_alone(character) or stands_alone(word[n - 1])):
                found.append((word[start:n], start > 0))
                start = n
        found.append((word[start:], start > 0))
    return found


def _all(paragraph: str, kind: Kind) -> list[Word]:
    return [Word(word, kind, glued) for word, glued in _split(paragraph)]
