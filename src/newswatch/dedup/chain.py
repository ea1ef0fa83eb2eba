"""Is this article the next of a chain: the same newsroom's newer text in the place of an older one?

Rule: pure. A later write-through may share no sentence with what it replaces, so a chain is known by
what the wire says of itself: UPDATE or WRAPUP before the headline, or the same slug with most of the
text; never by text alone.
"""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from rapidfuzz import fuzz

from newswatch import marks, text
from newswatch.dedup.traits import named
from newswatch.model import Article, Relation, Version

WITHIN = timedelta(hours=24)  # a series under the same headline comes a day later
ALIKE = 0.6  # of the headlines' stems; what an update adds to a headline is new
SLUG_WORDS = 3  # fewer may name a section
_NOISE = re.compile(r"\d+|\b(?:update|wrapup|html?|amp|id|idus\w+)\b")


def next_of(new: Version, old: Version, relation: Relation) -> str:
    """Why *new* is the next in the chain of *old*, its newsroom's last text in that story; '' when it
    is not. *relation* is what their texts say.
    """
    if new.newsroom != old.newsroom or new.article == old.article:
        return ""
    if not timedelta() < new.first_seen - old.first_seen <= WITHIN:  # at once is a second address
        return ""
    said = marks.next_mark(new.title)
    if said and (relation == "same" or (_alike(new, old) >= ALIKE and not on_others(new, old))):
        return f"chain: {said} of the same newsroom"
    slug = slug_stem(new.url)
    if len(slug) >= SLUG_WORDS and slug == slug_stem(old.url) and relation == "same":
        return "chain: the same newsroom's slug again"
    return ""


def says_next(title: str) -> bool:
    """Whether a headline says that it takes an older one's place."""
    return bool(marks.next_mark(title))


def slug_stem(url: str) -> tuple[str, ...]:
    """The words of an address's last part, without figures and marks of an update: UPDATE 2 of
    /oil-rises-2-2026-05-03/ has the stem of the first.
    """
    parts = [part for part in unquote(urlsplit(url).path).lower().split("/") if part]
    words: list[str] = []
    if parts:
        words = re.split(r"[\W_]+", _NOISE.sub(" ", re.sub(r"[-_.]+", " ", parts[-1])))
    return tuple(word for word in words if word)


def on_others(new: Article | Version, old: Version) -> bool:
    """Whether each headline names somebody whom the other text knows nothing of: two firms' results
    have one headline, and an update's is on the same firm.
    """
    return names_another(new, old) and names_another(old, new)


def names_another(one: Article | Version, other: Article | Version) -> bool:
    """Whether a headline names somebody, or begins with a word, of whom the *other* text knows nothing."""
    names = named(one.title, 1)
    known = set(text.stems(f"{other.title} {other.text}", other.lang))
    return any(stem not in known for stem in text.stems(" ".join(names), one.lang))


def _alike(new: Version, old: Version) -> float:
    one, other = (
        " ".join(text.stems(marks.unmarked(version.title), version.lang)) for version in (new, old)
    )
    if len(one.split()) < SLUG_WORDS or len(other.split()) < SLUG_WORDS:
        return 0.0
    return fuzz.token_set_ratio(one, other) / 100
