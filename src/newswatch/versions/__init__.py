"""What changed between two versions of an article, and whether it puts something right.

Rule: pure; cost is bounded for any length. Passages are compared sentence by sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal

from newswatch import text
from newswatch.model import Change, Revision, Version, VersionKind
from newswatch.query.names import one_name
from newswatch.versions.alignment import bare
from newswatch.versions.notes import LONGEST, correction_note, notes, retraction_note
from newswatch.versions.parts import figures, is_day
from newswatch.versions.passages import PASSAGES, passages
from newswatch.versions.slips import Slip, slips, written_otherwise

__all__ = [
    "LONGEST", "PASSAGES", "Slip", "compare", "correction_note", "own_word", "own_words", "retraction_note", "slips",
]  # fmt: skip


_ENTRY = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d\b")  # how an entry of a live blog begins


def own_words(version: Version) -> tuple[str, ...]:
    """The sentences in which the wire says that it corrected its story, then those that take it back."""
    return notes(version.text, version.title)


def own_word(version: Version) -> str:
    """The last of these, '' for none: what takes a story back outweighs what corrects it, and a wire
    adds its newest word behind those before.
    """
    return next(iter(reversed(own_words(version))), "")


def compare(old: Version, new: Version) -> Revision:
    """What *new* says that *old* did not, and the other way round."""
    if bare(old.title) == bare(new.title) and bare(old.text) == bare(new.text):
        changes: tuple[Change, ...] = ()
        if old.title != new.title:
            changes = (Change("headline", old.title, new.title),)
        return Revision(old.id, new.id, "cosmetic", changes, "", 1.0)
    said_before, said = (own_words(v) for v in (old, new))
    # What a note says is about the story: its figures and names are not the story's.
    before, after = _without(said_before, old), _without(said, new)
    found = () if _goes_on(old, new) else slips(old, new)
    put_right = tuple(slip.change for slip in found)
    changes = (
        *put_right,
        *_headline(old, new),
        *_swapped("number", put_right, figures(before), figures(after)),
        *_swapped("name", put_right, _missing(before, after), _missing(after, before)),
        *passages(old, new, found),
    )
    note = next((n for n in said if n not in said_before), "")
    kind: VersionKind = "correction" if note or put_right else "update"
    if kind == "update" and written_otherwise(old, new):
        kind = "cosmetic"
    return Revision(old.id, new.id, kind, changes, note, round(_kept(old, new), 4))


def _goes_on(old: Version, new: Version) -> bool:
    """Whether a live blog has another entry, and all else stands: a figure in its headline moved on with it."""
    more = new.text.removeprefix(f"{old.text}\n")
    return len(more) < len(new.text) and _ENTRY.match(more) is not None


def _without(said: tuple[str, ...], version: Version) -> str:
    body = version.text
    for note in said:
        body = body.replace(note, "", 1)
    return f"{version.title}\n{body}"


def _names(said: str) -> tuple[str, ...]:
    """The names in *said*; a day or a month alone is none, "Theresa May" and "May Day" are."""
    return tuple(
        name
        for name in text.names(said)
        if not all(is_day(token.text) for token in text.tokens(name))
    )


def _missing(said: str, other: str) -> tuple[str, ...]:
    """The names in *said* whose words do not stand in *other*, capitals or not."""
    there = f" {' '.join(text.folded(other))} "
    return tuple(n for n in _names(said) if f" {' '.join(text.folded(n))} " not in there)


def _headline(old: Version, new: Version) -> tuple[Change, ...]:
    if bare(old.title) == bare(new.title):
        return ()
    return (Change("headline", old.title, new.title),)


def _swapped(
    what: Literal["number", "name"],
    put_right: tuple[Change, ...],
    was: tuple[str, ...],
    now: tuple[str, ...],
) -> list[Change]:
    """What went and what came beside what was *put_right*; one for one, it is taken for a change of the
    one into the other. A name in another spelling neither came nor went.
    """
    told = {side for c in put_right for side in (c.old, c.new, *figures(f"{c.old}; {c.new}"))}
    before, after = set(was) | told, set(now) | told
    gone = [value for value in dict.fromkeys(was) if value not in after]
    come = [value for value in dict.fromkeys(now) if value not in before]
    if what == "name":
        gone, come = _but_spellings(gone, come)
    if len(gone) == len(come) == 1:
        return [Change(what, gone[0], come[0])]
    return [
        *(Change(what, value, "") for value in gone[:PASSAGES]),
        *(Change(what, "", value) for value in come[:PASSAGES]),
    ]


def _but_spellings(gone: list[str], come: list[str]) -> tuple[list[str], list[str]]:
    """*gone* and *come* without what is one name in two spellings."""
    for name in gone[:PASSAGES]:
        words = text.folded(name)
        for other in come[:PASSAGES]:
            theirs = text.folded(other)
            if len(words) == len(theirs) and all(
                v == w or one_name(v, w) for v, w in zip(words, theirs, strict=True)
            ):
                gone = [n for n in gone if n != name]
                come = [n for n in come if n != other]
                break
    return gone, come


def _kept(old: Version, new: Version) -> float:
    """The share of the old words that still stand, counted."""
    was, now = (Counter(text.folded(version.text)) for version in (old, new))
    total = sum(was.values())
    return sum((was & now).values()) / total if total else 1.0
