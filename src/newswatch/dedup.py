"""Is this article a story we have? Signature, features, verdict, and the evidence for it.

Rule: pure. Candidates come from the store by the signature's sampled word sequences; here two texts
are compared by a few features that can be said in words, and a threshold decides, unless a guard
does: series, short texts, missing bodies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b
from zlib import crc32

from rapidfuzz import fuzz

from newswatch import text
from newswatch.model import Evidence, Relation, Version

Gram = tuple[str, ...]

SAMPLE = 4  # one word sequence in four is kept; recall of candidates stays 1.000 at a million
GRAM = 3
RARE = 3  # a sequence found in more stories than this is a phrase, not a trace of copying
SHORT = 60  # words
SAME, SAME_SHORT, RELATED = 0.55, 0.75, 0.2
SERIES_GAP = timedelta(hours=12)

_DATELINE = re.compile(
    r"^[^\n]{0,90}?(?:\((?:Reuters|AP|AFP|TASS)\)|\([^()\n]{2,30}\)(?=\s*[-–—]\s)|/[^/\n]{2,20}/\.?)"
    r"\s*[-–—]?\s*",
    re.IGNORECASE,
)
_PREFIX = re.compile(
    r"^(?:UPDATE\s*\d*|CORRECTED|REFILE|WRAPUP\s*\d*|EXCLUSIVE|BREAKING|RPT|FACTBOX|WRAP)\s*[-:–]+\s*",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”«»„][^\"“”«»„]{10,600}[\"“”«»„]")


@dataclass(frozen=True, slots=True)
class Signature:
    """What the store files a text under: the hash of its normalised body ('' for a short or
    missing one) and sampled word sequences as integers below 2^63.
    """

    exact: str
    grams: tuple[int, ...]
    words: int


@dataclass(frozen=True, slots=True)
class Traits:
    """A text as it is compared."""

    title: str
    lead: str
    stems: tuple[str, ...]
    grams: frozenset[Gram]
    sampled: dict[Gram, int]
    unquoted: frozenset[Gram]
    names: frozenset[str]
    numbers: frozenset[str]


def signature(version: Version) -> Signature:
    """The signature of a version's text."""
    traits = _traits(version.title, _normal(version.text), version.lang)
    words = len(traits.stems)
    exact = ""
    if words >= 20:
        exact = blake2b(" ".join(traits.stems).encode(), digest_size=10).hexdigest()
    return Signature(exact, tuple(sorted(traits.sampled.values())), words)


def _sampled(grams: Iterable[Gram]) -> dict[Gram, int]:
    """One sequence in four with its 63-bit hash; the cheap sum that chooses them is no part of it,
    as 32 bits would collide among the hundred million sequences of a million articles.
    """
    found = {}
    for gram in grams:
        said = "\x1f".join(gram).encode()
        if crc32(said) % SAMPLE == 0:
            digest = blake2b(said, digest_size=8).digest()
            found[gram] = int.from_bytes(digest, "big") >> 1
    return found


def _normal(body: str) -> str:
    return _DATELINE.sub("", body, count=1)


@lru_cache(maxsize=512)
def _traits(title: str, body: str, lang: str) -> Traits:
    stems = text.stems(body, lang)
    outside = _QUOTED.sub(" ", body)
    grams = _grams(stems)
    return Traits(
        title=" ".join(text.stems(_PREFIX.sub("", title), lang)),
        lead=" ".join(stems[:60]),
        stems=stems,
        grams=grams,
        sampled=_sampled(grams),
        unquoted=grams if outside == body else _grams(text.stems(outside, lang)),
        names=frozenset(n.casefold() for n in text.names(body)),
        numbers=frozenset(text.numbers(body)),
    )


def _grams(stems: tuple[str, ...]) -> frozenset[Gram]:
    return frozenset(zip(*(stems[n:] for n in range(GRAM)), strict=False))


def _contained(
    one: frozenset[Gram] | frozenset[str], other: frozenset[Gram] | frozenset[str]
) -> float:
    """How much of the smaller set the two share."""
    least = min(len(one), len(other))
    return len(one & other) / least if least else 0.0


WEIGHTS = {
    "rare sequences shared": 0.45,
    "sequences shared": 0.2,
    "sequences shared outside quotes": 0.2,
    "opening alike": 0.1,
    "names shared": 0.03,
    "figures shared": 0.02,
}


def judge(new: Version, old: Version, frequency: Mapping[int, int]) -> Evidence:
    """The evidence for or against *new* telling *old*'s story; *frequency* counts the stories that
    hold a sampled sequence.
    """
    a, b = (
        _traits(new.title, _normal(new.text), new.lang),
        _traits(old.title, _normal(old.text), old.lang),
    )
    features = {
        "rare sequences shared": _rare(a, b, frequency),
        "sequences shared": _contained(a.grams, b.grams),
        "sequences shared outside quotes": _contained(a.unquoted, b.unquoted),
        "opening alike": fuzz.token_set_ratio(a.lead, b.lead) / 100,
        "headline alike": fuzz.token_set_ratio(a.title, b.title) / 100,
        "names shared": _contained(a.names, b.names),
        "figures shared": _contained(a.numbers, b.numbers),
        "length ratio": min(len(a.stems), len(b.stems)) / max(len(a.stems), len(b.stems), 1),
    }
    features = {name: round(value, 4) for name, value in features.items()}
    score = round(sum(WEIGHTS.get(name, 0.0) * value for name, value in features.items()), 4)
    threshold = SAME_SHORT if min(len(a.stems), len(b.stems)) < SHORT else SAME
    relation, decided_by = _verdict(a, b, new, old, score, threshold, features)
    return Evidence(
        new.article, old.article, relation, score, threshold, decided_by, tuple(features.items())
    )


def _verdict(
    a: Traits,
    b: Traits,
    new: Version,
    old: Version,
    score: float,
    threshold: float,
    features: Mapping[str, float],
) -> tuple[Relation, str]:
    if not a.stems or not b.stems:
        alike = features["headline alike"]
        return (
            ("related", "headline only")
            if alike >= 0.9 and a.title and b.title
            else ("other", "no text")
        )
    if score >= threshold:
        if _series(a, b, new, old, features):
            return "related", "series guard: same words, other figures"
        return "same", "threshold"
    return ("related", "threshold") if score >= RELATED else ("other", "threshold")


def _series(
    a: Traits, b: Traits, new: Version, old: Version, features: Mapping[str, float]
) -> bool:
    """Whether two like texts are issues of one series: its figures differ, and time or brevity
    says that neither is an update of the other.
    """
    fewer = min(a.numbers, b.numbers, key=len)
    missing = len(fewer - (a.numbers & b.numbers))
    far = abs(new.first_seen - old.first_seen) > SERIES_GAP
    brief = min(len(a.stems), len(b.stems)) < 80
    return (
        missing >= 2
        and features["figures shared"] < 0.6
        and new.article != old.article
        and (far or brief)
    )


def _rare(a: Traits, b: Traits, frequency: Mapping[int, int]) -> float:
    smaller, other = (a, b) if len(a.grams) <= len(b.grams) else (b, a)
    rare = [gram for gram, key in smaller.sampled.items() if frequency.get(key, 1) <= RARE]
    if len(rare) < 3:
        return _contained(a.grams, b.grams)
    return sum(gram in other.grams for gram in rare) / len(rare)


def exact(new: Version, old: Version) -> Evidence:
    """The evidence that two articles have the same words in the same order."""
    return Evidence(
        new.article, old.article, "same", 1.0, SAME, "same words", (("same words", 1.0),)
    )
