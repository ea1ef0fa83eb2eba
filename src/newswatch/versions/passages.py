"""What came, went, changed and moved in a text, passage by passage; what people are quoted with apart.

Rule: pure. A passage is told once: what was put right in it, or said to have moved, is not told again.
"""

from __future__ import annotations

import re
from typing import Literal

from newswatch import text
from newswatch.model import Change, Version
from newswatch.versions.alignment import Pair, align
from newswatch.versions.notes import LONGEST
from newswatch.versions.slips import Slip

PASSAGES = 12  # passages of each kind that a revision quotes
QUOTED = 3  # words between quotation marks from which on they are somebody's words

_QUOTED = re.compile(
    r"“([^“”]*)(?:”|$)|«([^«»]*)(?:»|$)|„([^„“”]*)(?:[“”]|$)|\"([^\"]*)(?:\"|$)|「([^「」]*)(?:」|$)"
)
_CLOSED = re.compile(r"^([^“”«»„\"]+)[”»]")  # a quote that began in a sentence before


def passages(old: Version, new: Version, put_right: tuple[Slip, ...]) -> list[Change]:
    """The sentences that changed, came and went, in the order of the new text, each pair told once:
    `quote` where what is quoted changed, came or went, else `text`; then the paragraphs that `moved`,
    each side with the number of the paragraph before it. Neighbours that came or went are one passage.
    """
    laid = align(old, new)
    told = {(slip.before, slip.sentence) for slip in put_right}
    moved = {(before, now) for before, now, _ in laid.moved}
    found: list[Change] = []
    last: Pair | None = None
    for pair in laid.pairs:
        was, now = (s.said if s else "" for s in (pair.old, pair.new))
        if (was, now) in told:
            last = None
            continue
        if pair.moved:
            assert pair.old is not None
            assert pair.new is not None
            if (pair.old.paragraph, pair.new.paragraph) not in moved:
                # A short one, or one whose neighbours moved: its order is all that changed.
                found.append(Change("moved", f"¶{pair.old.paragraph} {was}"[:LONGEST], f"¶{pair.new.paragraph} {now}"[:LONGEST]))  # fmt: skip
            last = None
            continue
        what: Literal["quote", "text"] = "quote" if _quotes(was) != _quotes(now) else "text"
        alone = (not was) != (not now)
        same_side = last is not None and (last.old is None) == (pair.old is None)
        if found and alone and same_side and what == found[-1].what == "text":
            found[-1] = Change("text", _with(found[-1].old, was), _with(found[-1].new, now))
        else:
            found.append(Change(what, was[:LONGEST], now[:LONGEST]))
        last = pair if alone else None
    found = [change for change in found if change.old != change.new]
    kept = {
        c
        for what in ("text", "quote", "moved")
        for c in [c for c in found if c.what == what][:PASSAGES]
    }
    places = [
        Change("moved", f"¶{before} {said}"[:LONGEST], f"¶{now} {said}"[:LONGEST])
        for before, now, said in laid.moved
    ]
    return [*(c for c in found if c in kept), *places[:PASSAGES]]


def _with(before: str, more: str) -> str:
    return f"{before} {more}".strip()[:LONGEST]


def _quotes(sentence: str) -> tuple[tuple[str, ...], ...]:
    """The words of what is quoted in a sentence, a passage each; a quote may go on behind it, and may
    have begun before it.
    """
    found = [next(filter(None, m.groups()), "") for m in _QUOTED.finditer(sentence)]
    if begun := _CLOSED.match(sentence):
        found.insert(0, begun[1])
    words = (text.folded(said) for said in found)
    return tuple(said for said in words if len(said) >= QUOTED)
