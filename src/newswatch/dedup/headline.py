"""What a headline alone can say: which stories it may belong to, provisionally and "related" at most.

Rule: pure. A feed of links brings no text to compare, and two people's headlines for one event are
told from two events' by half of all readers only; so what is found here joins nothing, and is judged
again when a text comes. On labelled pairs, bodies taken away, .84 (en), .67 (ru) and .95 (Reuters
1987) of the copies are found, and a third of the texts on one event.
"""

from __future__ import annotations

from hashlib import blake2b
from itertools import combinations

from rapidfuzz import fuzz

from newswatch import marks, text
from newswatch.model import Evidence, Version

WORDS = 8  # of a headline, the longest: their pairs are what it is filed under
SHORTEST = 3  # letters; a figure counts whatever its length
ALIKE, TOLD = 0.8, 0.7
HOURS = 48.0
UNLIKE = 0.5


def keys(title: str, lang: str) -> frozenset[int]:
    """What a headline is filed under: hashes below 2^63 of each pair of its eight longest words, in
    no order, as headlines turn their words round.
    """
    stems = sorted(_words(title, lang), key=lambda stem: (-len(stem), stem))[:WORDS]
    return frozenset(
        int.from_bytes(blake2b(f"{a} {b}".encode(), digest_size=8).digest(), "big") >> 1
        for a, b in combinations(sorted(stems), 2)
    )


def judge(new: Version, old: Version) -> Evidence:
    """The evidence that *new*, a headline, tells of *old*'s event: "related" or "other"."""
    mine, theirs = _words(new.title, new.lang), _words(old.title, old.lang)
    opening = theirs | _words(text.lead(old.text), old.lang)
    figures = set(text.numbers(marks.unmarked(new.title)))
    known = set(text.numbers(f"{old.title} {text.lead(old.text)}"))
    hours = abs((new.first_seen - old.first_seen).total_seconds()) / 3600
    measured = {
        "headlines alike": fuzz.token_set_ratio(" ".join(sorted(mine)), " ".join(sorted(theirs)))
        / 100,
        "headline told in the opening": len(mine & opening) / len(mine) if mine else 0.0,
        "headline's figures known": len(figures & known) / len(figures) if figures else 1.0,
        "days apart": min(hours, 336.0) / 336.0,
    }
    guard = ""
    if len(mine) < 2:
        guard = "guard: one word is no headline"
    elif measured["headline's figures known"] < 1.0:
        guard = "guard: other figures"
    elif hours > HOURS:
        guard = "guard: more than two days apart"
    like = measured["headlines alike"] >= ALIKE and len(mine & theirs) > 1
    told = measured["headline told in the opening"] >= TOLD
    score = measured["headlines alike" if like else "headline told in the opening"]
    return Evidence(
        new.article, old.article, "related" if (like or told) and not guard else "other",
        round(score, 4), ALIKE if like else TOLD, guard or "headline only",
        tuple((name, round(value, 4)) for name, value in measured.items()),
    )  # fmt: skip


def told(version: Version) -> float:
    """How much of a headline stands in the text below it, 0 to 1: of a notice in the place of the
    text ("Before you go on, choose your cookies") nothing does. 1 for a headline without words.
    """
    mine = _words(version.title, version.lang)
    return len(mine & _words(version.text, version.lang)) / len(mine) if mine else 1.0


def unlike(one: Version, other: Version) -> bool:
    """Whether two headlines share less than half of the shorter one's words."""
    mine, theirs = _words(one.title, one.lang), _words(other.title, other.lang)
    return len(mine & theirs) < UNLIKE * min(len(mine), len(theirs))


def _words(said: str, lang: str) -> set[str]:
    return {
        stem
        for stem in text.stems(marks.unmarked(said), lang)
        if len(stem) >= SHORTEST or stem[:1].isdigit()
    }
