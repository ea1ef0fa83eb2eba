"""Why two texts are, or are not, one story, as a reader understands it: the passages they share
word for word, and how much each feature spoke for or against.

Rule: pure; nothing here decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from newswatch import text
from newswatch.dedup.model import TOGETHER, terms, weights

RUN = 6  # words in a row that two people seldom write alike
LONGEST = 20_000  # words looked through of each text
PASSAGES = 50


@dataclass(frozen=True, slots=True)
class Passage:
    """Words that both texts have in a row: *start* and *end* count characters of the first."""

    start: int
    end: int
    words: int


def passages(one: str, other: str) -> tuple[Passage, ...]:
    """The runs of six words and more of *one* that stand in *other*, the longest first, at most 50.

    Words are compared folded, not stemmed: a passage is what both wrote. Linear in both texts, but
    for runs that *other* repeats, of which the first place is taken.
    """
    mine, places = text.placed(one)
    theirs, _ = text.placed(other)
    mine, theirs = mine[:LONGEST], theirs[:LONGEST]
    first: dict[tuple[str, ...], int] = {}
    for there in range(len(theirs) - RUN, -1, -1):
        first[theirs[there : there + RUN]] = there
    found = []
    here = 0
    while here + RUN <= len(mine):
        start = first.get(mine[here : here + RUN])
        if start is None:
            here += 1
            continue
        there, begin = start, here
        while here < len(mine) and there < len(theirs) and mine[here] == theirs[there]:
            here, there = here + 1, there + 1
        end = places[here] if here < len(places) else len(one)
        found.append(Passage(places[begin], _end_of_words(one, places[begin], end), here - begin))
    found.sort(key=lambda passage: (-passage.words, passage.start))
    return tuple(found[:PASSAGES])


def _end_of_words(said: str, start: int, end: int) -> int:
    """*end* moved back over what stands between two words, for a passage that begins at *start*."""
    kept = said[start:end].rstrip()
    while kept and not (kept[-1].isalnum() or kept[-1] in ".!?…»”\"'"):
        kept = kept[:-1]
    return start + len(kept)


def pulls(features: Mapping[str, float], question: str = "same") -> dict[str, float]:
    """How much each feature spoke for "same text", or for "related" (above 0), or against it, in the
    model's own units, curved and joint terms counted with their first feature; {} for features that it
    does not know.
    """
    own = weights()[question]
    try:
        weighed = terms(features)
    except KeyError:
        return {}
    found = dict.fromkeys(features, 0.0)
    joint = {f"{one} × {other}": one for one, other in TOGETHER}
    for name, value in weighed.items():
        base = joint.get(name) or name.removesuffix(", squared").removesuffix(", root")
        found[base] += own.get(name, 0.0) * value
    return found
