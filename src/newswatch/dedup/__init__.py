"""Is this article a story we have? Signature, features, verdict, and the evidence for it.

Rule: pure. Candidates come from the store by the signature's sampled word sequences; here two texts
are compared by features that can be said in words (`features`), a learnt model weighs them
(`model`), and a threshold decides, unless a guard does: series, short texts, missing bodies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

from newswatch import marks
from newswatch.dedup import headline, series
from newswatch.dedup.chain import names_another, next_of, on_others, says_next, slug_stem
from newswatch.dedup.explain import Passage, passages, pulls
from newswatch.dedup.features import FAR, LENGTHY, features
from newswatch.dedup.model import probability, terms
from newswatch.dedup.series import BRIEF, repeated
from newswatch.dedup.traits import Traits, traits
from newswatch.model import Evidence, Relation, Version

__all__ = [
    "Passage", "Signature", "exact", "judge", "names_another", "next_of", "on_others", "passages", "pulls", "says_next", "signature", "slug_stem",
    "threshold", "verdict", "veto",
]  # fmt: skip

SHORT = 60  # words
SAME, SAME_SHORT, RELATED = 0.5, 0.7, 0.5
SERIES_DAYS = 0.25
EXACT_WORDS = 20  # fewer words alike to the letter may be a template
UNTOLD = 0.25  # of a headline's words in its own text; of 5,074 labelled copies none had less on both sides
NOTICE = "guard: a text that tells of neither headline"
DAY = 86400.0
# A roundup holds another text's paragraphs, whole even, and begins with and is headed by something else.
ROUNDUP = (
    ("longer text's first sentence recognisable", 0.25), ("headlines alike", 0.5),
    ("headlines name the same", 0.34),
)  # fmt: skip
# of a short text that begins and is headed otherwise; two of 5,054 copies are parted
OF_ITS_OWN = 0.25
HELD = 0.5  # of the longer text's length; of 5,074 labelled copies three are parted by it, two of a roundup


@dataclass(frozen=True, slots=True)
class Signature:
    """What the store files a text under: the hash of its normalised body ('' for a short or
    missing one), sampled word sequences and pairs of its headline's words, integers below 2^63.
    """

    exact: str
    grams: tuple[int, ...]
    words: int
    headline: tuple[int, ...]


def _of(version: Version) -> Traits:
    return traits(version.title, version.text, version.lang)


def signature(version: Version) -> Signature:
    """The signature of a version's text."""
    own = _of(version)
    exact_hash = ""
    if own.words >= EXACT_WORDS:
        exact_hash = blake2b(own.ids.astype(">u8").tobytes(), digest_size=10).hexdigest()
    heading = tuple(sorted(headline.keys(version.title, version.lang)))
    return Signature(exact_hash, tuple(own.sampled.tolist()), own.words, heading)


def judge(new: Version, old: Version, frequency: Mapping[int, int]) -> Evidence:
    """The evidence for or against *new* telling *old*'s story; *frequency* counts the stories that
    hold a sampled sequence. Score and threshold are those of the question that decided: whether the two
    are related where that is the verdict and no guard's word, else whether they are the same text.
    """
    one, other = _of(new), _of(old)
    shortest = min(one.words, other.words)
    if not one.words:
        return headline.judge(new, old)
    if not other.words:
        return replace(headline.judge(old, new), article=new.article, other=old.article)
    days = abs((new.first_seen - old.first_seen).total_seconds()) / DAY
    measured = features(one, other, frequency, days)
    weighed = terms(measured)
    same = round(probability("same", weighed), 4)
    # Guards object to "the same" only, and cost more than the weighing.
    asked = same >= threshold(shortest) and new.article != old.article
    vetoed = veto(new, old, measured) if asked else ""
    related = round(probability("related", weighed), 4)
    relation, decided_by = verdict(same, related, shortest, vetoed)
    score, limit = same, threshold(shortest)
    if (relation, decided_by) == ("related", "threshold"):
        score, limit = related, RELATED  # what decided is what is kept and shown
    if relation != "other" and new.article != old.article and _notice(new, old):
        relation, decided_by, score, limit = "other", NOTICE, same, threshold(shortest)
    return Evidence(
        new.article, old.article, relation, score, limit, decided_by,
        tuple(measured.items()),
    )  # fmt: skip


def threshold(shortest: int) -> float:
    """How sure the model must be of the same text, when the shorter one has *shortest* words."""
    return SAME_SHORT if shortest < SHORT else SAME


def verdict(same: float, related: float, shortest: int, vetoed: str) -> tuple[Relation, str]:
    """The relation of two texts by the model's two answers and a guard's word, and what decided."""
    if same >= threshold(shortest):
        return ("related", vetoed) if vetoed else ("same", "threshold")
    return ("related", "threshold") if related >= RELATED else ("other", "threshold")


def veto(new: Version, old: Version, measured: Mapping[str, float]) -> str:
    """Why like words are not one story, '' where no guard objects. A newsroom's own texts under two
    addresses are issues of a series when figures or headlines differ, unless a prefix says that
    one updates the other; other newsrooms' copies differ in words.
    """
    template = measured["differs in figures and names only"]
    if series.other_tickers(new, old, cut=measured["sentences kept"] >= 0.5 and template < 0.3):
        return "guard: other tickers"
    if all(measured[name] < most for name, most in ROUNDUP):
        if measured["first sentence recognisable"] < 0.25:
            return "guard: neither is headed like the other or begins with what it tells"
        if measured["length ratio"] < HELD:
            return "guard: a roundup or live page that holds it among other things"
    if measured["sentences kept"] < 0.5 and series.other_dates(new, old):
        return "series guard: another date in the headline"
    marked = any(marks.unmarked(version.title) != version.title for version in (new, old))
    if not marked and series.other_ordinals(new, old):
        return "series guard: another number of a series in the headline"
    days = measured["days apart"] * FAR
    if new.newsroom == old.newsroom and not marked:
        figures = measured["figures on both sides"] > 0 and measured["figures shared"] < 0.95
        if days > SERIES_DAYS and (figures or template > 0):
            return "series guard: same newsroom, other figures"
        shortest = _shortest(new, old, measured)
        if shortest < BRIEF and measured["headlines name the same"] < 0.5:
            return "series guard: same newsroom, another headline"
        another = series.another_issue(
            new,
            old,
            days,
            shortest,
            measured["length ratio"],
            measured["figures on both sides"] * 10,
        )
        if another:
            return another
    if days > 0.9 and template >= 0.6 and measured["figures shared"] < 0.5:
        return "series guard: another day, other figures"
    unlike_figures = measured["figures shared"] < 0.5 and measured["figures on both sides"] >= 0.3
    if not marked and days > 0.9 and unlike_figures and series.other_days(new, old):
        return "series guard: each opens with a day of its own, other figures"
    # Else a copy behind words of its own.
    framed = measured["first sentence recognisable"] >= 0.25 or template >= 0.3
    if framed and not marked and series.other_subjects(new, old):
        return "guard: each headline's subject is not in the other text"
    if (
        measured["sentences of its own"] >= OF_ITS_OWN
        and measured["first sentence recognisable"] < 0.25
        and measured["headlines alike"] < 0.5
    ):
        return "guard: a roundup that holds a part of it among other things"
    return ""


def _shortest(new: Version, old: Version, measured: Mapping[str, float]) -> int:
    """The words that the shorter of two texts tells, at most 200."""
    one = min(_of(new), _of(old), key=lambda text: text.words)
    counted = round(measured["length"] * LENGTHY)
    return counted if one.told == one.words else min(one.told, LENGTHY)


def _notice(new: Version, old: Version) -> bool:
    """Whether two pages of different headlines show a text that is about neither: a notice, a wall."""
    told = (headline.told(version) for version in (new, old))
    return headline.unlike(new, old) and all(share < UNTOLD for share in told)


def exact(new: Version, old: Version) -> Evidence:
    """The evidence that two articles have the same words in the same order; a brief in which its
    newsroom says them again days later is related, and a notice in the place of two texts is neither's.
    """
    if new.article != old.article and _notice(new, old):
        return Evidence(
            new.article, old.article, "other", 1.0, SAME, NOTICE, (("same words", 1.0),)
        )
    days = abs((new.first_seen - old.first_seen).total_seconds()) / DAY
    again = "" if new.article == old.article else repeated(new, old, days, _of(new).words)
    return Evidence(
        new.article, old.article, "related" if again else "same", 1.0, SAME, again or "same words",
        (("same words", 1.0),),
    )  # fmt: skip
