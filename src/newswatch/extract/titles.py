"""An article's headline, out of what a page gives as one for links, for searches and for readers.

Rule: pure; what stands behind a separator and is no part of the headline (the newsroom, a section, a day)
is left off where another place shows where it ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LEAST = 12  # letters of a headline that tells where another one ends

_SEPARATOR = re.compile(r"\s*(?:[|｜*•·»–—]|\s-|--|::)\s*")
_NOT_LETTERS = re.compile(r"[\W_]+")


def headline(said: str, others: Iterable[str], site: str) -> str:
    """*said* without what stands behind it: one of the *others* is where it ends, or the *site*'s own name is all
    that follows.
    """
    for other in others:
        if len(_letters(other)) < LEAST:
            continue
        cut = said[: len(other)]
        if (
            len(cut) < len(said)
            and _letters(cut) == _letters(other)
            and _SEPARATOR.match(said, len(cut))
        ):
            return cut
    letters = _letters(site)
    for found in _SEPARATOR.finditer(said):
        if letters and found.start() and _letters(said[found.end() :]) == letters:
            return said[: found.start()]
    return said


def is_same(one: str, other: str) -> bool:
    """Whether two say the same in letters and figures, and anything at all."""
    return _letters(one) == _letters(other) != ""


def _letters(said: str) -> str:
    return _NOT_LETTERS.sub("", said.casefold())
