"""Two texts laid side by side once: which sentences stand, which became which, which moved.

Rule: pure; cost is bounded for any length. What is compared with what is decided here alone.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

from newswatch import text
from newswatch.model import Version
from newswatch.versions import ideographs
from newswatch.versions.parts import Part, figures, parts

SENTENCES = 2000  # compared one by one; beyond, only whole texts are
BLOCK = 400  # pairs of sentences in one changed stretch that are looked at for likeness
LIKE = 0.4  # of two sentences' words in common: then the one became the other
MOVED_WORDS = 5  # of a paragraph that is said to have moved
OPENING_ALIKE = 0.7  # of two words' letters: Berg and Bergh, not Rescuers and Officials

_MINUS = re.compile(r"(?<![^\s(])[-−–](?=\d)")


@dataclass(frozen=True)
class Sentence:
    """A sentence, the paragraph it stands in, counted from 1, and its article's language."""

    said: str
    paragraph: int
    lang: str = ""

    @cached_property
    def bare(self) -> Bare:
        """What two equal sentences have in common."""
        return bare(self.said)

    @cached_property
    def words(self) -> Counter[str]:
        """Its folded words, counted."""
        return Counter(text.folded(self.said))


Bare = tuple[str, tuple[str, ...]]


def bare(said: str) -> Bare:
    """*said* without case, punctuation and white space, and its figures, whose points and signs
    are no punctuation.
    """
    return "".join(text.folded(said)), (*figures(said), *minuses(said))


def minuses(said: str) -> list[str]:
    """The minus signs of *said*: they are words of no text."""
    return _MINUS.findall(said)


@dataclass(frozen=True)
class Pair:
    """A sentence as it was and as it is; either may be missing. *moved*: it stands elsewhere now."""

    old: Sentence | None
    new: Sentence | None
    moved: bool = False


@dataclass(frozen=True)
class Alignment:
    """What became of each sentence that does not stand, in the order of the new text; None of it
    (*whole*) where a text is too long to be read by sentences.
    """

    pairs: tuple[Pair, ...]
    moved: tuple[tuple[int, int, str], ...]  # a paragraph's place before, its place now, its text
    whole: bool = False


@lru_cache(maxsize=4)  # what changed, and what was put right, are asked one after the other
def align(old: Version, new: Version) -> Alignment:
    """The texts of two versions laid side by side, their headlines left out."""
    was, now = sentences(old.text, old.lang), sentences(new.text, new.lang)
    if len(was) > SENTENCES or len(now) > SENTENCES:
        return Alignment((), (), whole=True)
    found: list[tuple[int, Pair]] = []
    for tag, a, b, c, d in SequenceMatcher(
        None, [s.bare for s in was], [s.bare for s in now]
    ).get_opcodes():
        if tag != "equal":
            found += [(c, pair) for pair in _stretch(was[a:b], now[c:d])]
    return _moves([pair for _, pair in found])


def sentences(said: str, lang: str = "") -> list[Sentence]:
    """The sentences of a kept text with the numbers of their paragraphs."""
    return [
        Sentence(s, n, lang)
        for n, p in enumerate(text.paragraphs(said), start=1)
        for s in text.sentences(p)
        if s
    ]


def _stretch(was: Sequence[Sentence], now: Sequence[Sentence]) -> list[Pair]:
    """Which sentence of a changed stretch became which: in order, each the likest that is left."""
    if not was or not now:
        return [*(Pair(s, None) for s in was), *(Pair(None, s) for s in now)]
    partner: dict[int, int] = {}
    if len(was) * len(now) <= BLOCK:
        ranked = sorted(
            (-likeness(one, other), abs(i - j), i, j)
            for i, one in enumerate(was)
            for j, other in enumerate(now)
        )
        for like, _, i, j in ranked:
            if -like < LIKE:
                break
            if i in partner.values() or j in partner:
                continue
            if all((i < k) == (j < m) for m, k in partner.items()):
                partner[j] = i
    elif len(was) == len(now):
        partner = {n: n for n in range(len(was))}
    if not partner and len(was) == len(now) == 1:
        partner = {0: 0}
    pairs: list[Pair] = []
    at = 0
    for j, sentence in enumerate(now):
        if j in partner:
            pairs += [Pair(s, None) for s in was[at : partner[j]]]
            pairs.append(Pair(was[partner[j]], sentence))
            at = partner[j] + 1
        else:
            pairs.append(Pair(None, sentence))
    return [*pairs, *(Pair(s, None) for s in was[at:])]


def likeness(one: Sentence, other: Sentence) -> float:
    """The share of words that two sentences have in common, 0 to 1."""
    most = max(sum(one.words.values()), sum(other.words.values()))
    return sum((one.words & other.words).values()) / most if most else 0.0


def _moves(pairs: list[Pair]) -> Alignment:
    """The pairs, with what went at one place and came at another brought together; and the
    paragraphs that moved whole.
    """
    gone: dict[Bare, list[int]] = defaultdict(list)
    for n, pair in enumerate(pairs):
        if pair.new is None and pair.old is not None:
            gone[pair.old.bare].append(n)
    dropped: set[int] = set()
    places: dict[tuple[int, int], list[str]] = {}
    for n, pair in enumerate(pairs):
        if pair.old is None and pair.new is not None and gone.get(pair.new.bare):
            other = gone[pair.new.bare].pop(0)
            before = pairs[other].old
            assert before is not None
            dropped.add(other)
            pairs[n] = Pair(before, pair.new, moved=True)
            places.setdefault((before.paragraph, pair.new.paragraph), []).append(pair.new.said)
    moved = tuple(
        (before, now, said)
        for (before, now), held in places.items()
        if before != now and len(text.folded(said := " ".join(held))) >= MOVED_WORDS
    )
    return Alignment(tuple(p for n, p in enumerate(pairs) if n not in dropped), moved)


# ── a pair of sentences part by part ────────────────────────────────────────────────────────


class Known:
    """Of two versions, when it is asked: folded words that stand as *names* inside sentences, and those
    that stand somewhere without a capital, which are *plain*.
    """

    def __init__(self, *versions: Version) -> None:
        self._versions = versions

    def one_day(self, one: str, other: str) -> bool:
        """Whether a weekday and a day of a month, as `parts` writes them, are one day of the year in which
        the versions were seen.
        """
        weekday, dated = (one, other) if one.startswith("d") else (other, one)
        month, _, day = dated.partition("-")
        if not weekday.startswith("d") or not (month.isdecimal() and day.isdecimal()):
            return False
        try:
            said = {v.first_seen.replace(month=int(month), day=int(day)) for v in self._versions}
        except ValueError:  # 30 February
            return False
        return all(f"d{day_.weekday()}" == weekday for day_ in said)

    @cached_property
    def _words(self) -> tuple[frozenset[str], frozenset[str]]:
        names: set[str] = set()
        plain: set[str] = set()
        for version in self._versions:
            for sentence in text.sentences(version.text):
                for place, token in enumerate(text.tokens(sentence)):
                    if not sentence[token.start].isupper():
                        plain.add(token.text)
                    elif place:
                        names.add(token.text)
        return frozenset(names), frozenset(plain)

    @cached_property
    def people(self) -> frozenset[str]:
        """Persons of texts without spaces between words."""
        return frozenset().union(
            *(ideographs.people(f"{v.title}\n{v.text}") for v in self._versions)
        )

    @property
    def names(self) -> frozenset[str]:
        """Words that stand with a capital inside a sentence."""
        return self._words[0]

    @property
    def plain(self) -> frozenset[str]:
        """Words that stand without a capital."""
        return self._words[1]


def masked(
    one: str, other: str, langs: tuple[str, str], known: Known
) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The parts of a sentence as it was and as it is. Where the words that open them differ, they are
    names if one of them is *known* for one and neither is *known* as a word, or if the two are spelt
    alike and a name goes on behind them.
    """
    if ideographs.is_ideograph(one[:1]) or ideographs.is_ideograph(other[:1]):
        return parts(one, langs[0], known.people), parts(other, langs[1], known.people)
    first = [text.tokens(said)[:2] for said in (one, other)]
    opening: frozenset[str] = frozenset()
    if all(first) and first[0][0].text != first[1][0].text:
        a, b = (tokens[0].text for tokens in first)
        capitals = [
            [said[token.start].isupper() for token in tokens]
            for tokens, said in zip(first, (one, other), strict=True)
        ]
        if all(found[0] for found in capitals) and not {a, b} & known.plain:
            goes_on = all(len(found) > 1 and all(found) for found in capitals)
            if {a, b} & known.names or (goes_on and misspelt(a, b, langs)):
                opening = frozenset({a, b})
    return parts(one, langs[0], opening), parts(other, langs[1], opening)


def misspelt(one: str, other: str, langs: tuple[str, str]) -> bool:
    """Whether two words are spelt alike, and are no forms of one word."""
    if text.stem(one, langs[0]) == text.stem(other, langs[1]) or min(len(one), len(other)) < 3:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= OPENING_ALIKE
