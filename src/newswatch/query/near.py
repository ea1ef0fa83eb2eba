"""NEAR: what may stand in it, and which places of its parts stand near each other.

Rule: `gas NEAR/8 transit` asks that the second word is at most the eighth from the first, either
way; NEAR/1 is side by side, and no word is near itself. Brackets in it are spread out, `(a b) NEAR/3 c`
is `a NEAR/3 c b NEAR/3 c`, so that a Near holds only words, phrases, beginnings, names and their Or.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from newswatch.query.tree import (
    And,
    Leaf,
    Name,
    Near,
    Or,
    Phrase,
    Prefix,
    Query,
    Word,
    all_of,
    any_of,
)

WIDEST = 1000  # words; beyond, "in one article" is what is meant
SPREAD = 200  # chains one NEAR with brackets may stand for

Run = tuple[int, int]  # places of the first and the last word of something found


class Unfit(ValueError):
    """This cannot stand in NEAR; *nearest* is a right form."""

    def __init__(self, message: str, nearest: str = "") -> None:
        super().__init__(message)
        self.nearest = nearest


def near(parts: Sequence[Query], within: Sequence[int]) -> Query:
    """The query for *parts* in a chain, each *within* so many words of the one before it.

    Raises Unfit.
    """
    size = 1
    for part in parts:
        size *= _size(part)
    if size > SPREAD:
        raise Unfit("too many words stand in the brackets of this NEAR")
    return _spread(tuple(parts), tuple(within))


def _size(part: Query) -> int:
    match part:
        case And(inner):
            return sum(map(_size, inner))
        case Or(inner):
            return 1 if all(map(_simple, inner)) else sum(map(_size, inner))
        case Near():
            raise Unfit("NEAR cannot stand inside another's brackets", "a NEAR/5 b NEAR/5 c")
        case Word() | Phrase() | Prefix() | Name():
            return 1
    raise Unfit("only words, phrases, beginnings, names and brackets of them stand in NEAR")


def _simple(part: Query) -> bool:
    return isinstance(part, Word | Phrase | Prefix | Name)


def _spread(parts: tuple[Query, ...], within: tuple[int, ...]) -> Query:
    for n, part in enumerate(parts):
        if isinstance(part, And) or (isinstance(part, Or) and not all(map(_simple, part.parts))):
            each = (_spread((*parts[:n], one, *parts[n + 1 :]), within) for one in part.parts)
            return all_of(each) if isinstance(part, And) else any_of(each)
    texts = [{text for leaf in leaves(part) for text in _texts(leaf)} for part in parts]
    if not set.intersection(*texts):
        raise Unfit("words of the headline are never near words of the text")
    return Near(parts, within)


def leaves(part: Query) -> tuple[Leaf, ...]:
    """The leaves of one part of a Near."""
    found = part.parts if isinstance(part, Or) else (part,)
    return tuple(leaf for leaf in found if isinstance(leaf, Word | Phrase | Prefix | Name))


def _texts(leaf: Leaf) -> tuple[str, ...]:
    """The texts a leaf may stand in."""
    if isinstance(leaf, Name) or not leaf.field:
        return ("title", "text")
    return ("title",) if leaf.field == "title" else ("text",)


def chained(runs: Iterable[Iterable[Run]], within: Sequence[int]) -> list[list[Run]]:
    """Those of each part's *runs* that belong to a whole chain; all empty where there is none."""
    kept = [sorted(set(part)) for part in runs]
    for n, distance in enumerate(within, 1):
        kept[n] = _close(kept[n], kept[n - 1], distance)
    for n in range(len(within), 0, -1):
        kept[n - 1] = _close(kept[n - 1], kept[n], within[n - 1])
    return kept


def _close(runs: Sequence[Run], others: Sequence[Run], distance: int) -> list[Run]:
    """Those of *runs* that have one of *others* at most so many words before or after them."""
    firsts = [first for first, _ in others]
    lasts = sorted(last for _, last in others)
    kept = []
    for first, last in runs:
        before = bisect_left(lasts, first)
        after = bisect_right(firsts, last)
        if (before and first - lasts[before - 1] <= distance) or (
            after < len(firsts) and firsts[after] - last <= distance
        ):
            kept.append((first, last))
    return kept
