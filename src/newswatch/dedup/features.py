"""How two texts are compared: figures between 0 and 1, each of which can be said in words.

Rule: pure and symmetrical; the smaller text is looked for in the larger one, so that a cut copy
scores like a whole one. `model` weighs what is measured here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from newswatch.dedup.traits import Hashes, Sequence, Traits, common, held

RARE = 3  # a sequence found in more stories than this is a phrase, not a trace of copying
ALIGNED = 1200  # words looked through for a common order
OPENING = 40  # words of an opening
NEVER = 0.5  # where neither text has a name or a figure, agreement says nothing
LENGTHY = 200  # words from which a text is long enough
FAR = 14.0  # days: more apart is as far as can be


def features(
    one: Traits, other: Traits, frequency: Mapping[int, int], days: float
) -> dict[str, float]:
    """What *one* and *other* share; *frequency* counts the stories that hold a sampled sequence,
    *days* lie between their first sights.
    """
    small, large = (one, other) if one.words <= other.words else (other, one)
    kept, recognisable, own, first = _coverage(small, large)
    _, _, large_own, large_first = _coverage(large, small)
    order = _in_order(small.sequence, large.sequence)
    quoted = len(small.outside) < small.words or len(large.outside) < large.words
    order_outside = _in_order(small.outside, large.outside) if quoted else order
    found = {
        "rare sequences shared": _rare(small, large, frequency),
        "word pairs shared": _part(small.runs.pairs, large.runs.pairs),
        "sequences of three shared": _part(small.runs.threes, large.runs.threes),
        "sequences of five shared": _part(small.runs.fives, large.runs.fives),
        "sequences of eight shared": _part(small.runs.eights, large.runs.eights),
        "sequences shared outside quotes": _contained(small.outside_threes, large.outside_threes),
        "longer text covered": _part(large.runs.threes, small.runs.threes),
        "words in the same order": order,
        "words in the same order outside quotes": order_outside,
        "sentences kept": kept,
        "sentences recognisable": recognisable,
        "sentences of its own": own,
        "first sentence recognisable": first,
        "longer text's own sentences": large_own,
        "longer text's first sentence recognisable": large_first,
        "one of the first sentences recognisable": max(first, large_first),
        "openings alike": fuzz.token_set_ratio(small.opening, large.opening) / 100,
        "openings in the same order": _in_order(small.sequence[:OPENING], large.sequence[:OPENING]),
        "headlines alike": fuzz.token_set_ratio(small.title, large.title) / 100,
        "headlines name the same": _shared(small.title_names, large.title_names),
        "names shared": _contained(small.names, large.names)
        if len(small.names) and len(large.names)
        else NEVER,
        "figures shared": _shared(small.numbers, large.numbers)
        if small.numbers and large.numbers
        else NEVER,
        "figures on both sides": min(len(small.numbers), len(large.numbers), 10) / 10,
        "differs in figures and names only": _template(small, large),
        "in quotes": 1 - len(small.outside) / small.words if small.words else 0.0,
        "length ratio": small.words / max(large.words, 1),
        "length": min(small.words, LENGTHY) / LENGTHY,
        "days apart": min(days, FAR) / FAR,
        "Cyrillic": float(small.lang in {"ru", "uk", "be", "bg", "sr", "mk"}),
    }
    return {name: round(value, 4) for name, value in found.items()}


def _part(small: Hashes, large: Hashes) -> float:
    """How much of *small* stands in *large*."""
    return common(small, large) / len(small) if len(small) else 0.0


def _contained(one: Hashes, other: Hashes) -> float:
    """How much of the smaller set the two share."""
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    return _part(small, large)


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    """The same of two sets of words."""
    least = min(len(one), len(other))
    return len(one & other) / least if least else 0.0


def _rare(small: Traits, large: Traits, frequency: Mapping[int, int]) -> float:
    rare = [key for key in small.sampled.tolist() if frequency.get(key, 1) <= RARE]
    if len(rare) < 3:
        return _part(small.runs.threes, large.runs.threes)
    return _part(np.array(rare, np.uint64), large.sampled)


def _in_order(one: Sequence, other: Sequence) -> float:
    """The longest common subsequence, against the shorter one's length."""
    if len(one) > ALIGNED or len(other) > ALIGNED:
        one, other = one[:ALIGNED], other[:ALIGNED]
    least = min(len(one), len(other))
    return LCSseq.similarity(one, other) / least if least else 0.0


def _coverage(one: Traits, other: Traits) -> tuple[float, float, float, float]:
    """How *other* covers *one* sentence by sentence, weighted by length: the share of sentences
    kept (four fifths of their word pairs), recognisable (half), and of *one* alone (under a
    fifth); last how much of the first sentence it holds.
    """
    pairs = one.pairs_in_order
    if not len(pairs):
        return 0.0, 0.0, 1.0, 0.0
    begins, lengths = one.sentences
    covered = np.add.reduceat(held(pairs, other.runs.pairs), begins, dtype=np.int64) / lengths
    long_enough = lengths >= 4
    if long_enough.any():
        lengths, covered = lengths[long_enough], covered[long_enough]
    whole = lengths.sum()
    return (
        float(lengths[covered >= 0.8].sum() / whole),
        float(lengths[covered >= 0.5].sum() / whole),
        float(lengths[covered < 0.2].sum() / whole),
        float(covered[0]),
    )


def _template(small: Traits, large: Traits) -> float:
    """How much of what one text has and the other has not is figures, days and names, where each
    has such: two issues of one series differ in them, two copies in other words.
    """
    marked = len(small.figured) - common(small.figured, large.vocabulary)
    marked_there = len(large.figured) - common(large.figured, small.vocabulary)
    if not marked or not marked_there:
        return 0.0
    both = common(small.vocabulary, large.vocabulary)
    return (marked + marked_there) / (len(small.vocabulary) + len(large.vocabulary) - 2 * both)
