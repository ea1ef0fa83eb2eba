"""What changed between two versions of an article, and whether it puts something right.

Rule: pure; cost is bounded for any length. Passages are compared sentence by sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from newswatch import moment, text
from newswatch.model import Change, Revision, Version, VersionKind
from newswatch.versions.notes import LONGEST, correction_note, retraction_note

__all__ = ["Slip", "compare", "correction_note", "own_word", "retraction_note", "slips"]

PASSAGES = 12  # passages of each kind that a revision quotes
SLIPS = 3  # figures or names put right in one version; a text that changes more is written anew
FIGURES_GONE = 4  # figures of the old text that the new one has not; more are a market on the move
PLAIN_WORDS = 4  # words that stand around what was put right
SENTENCES = 2000  # compared one by one; beyond, only whole texts are

_PRICE = re.compile(r"\d[.,]\d{2,}\s.*\d[.,]\d{2,}$")  # two decimals and more on both sides
_MINUS = re.compile(r"(?<![^\s(])[-−–](?=\d)")
# Written with a capital, and no name: "Tuesday" for "Monday" is when, not who.
_CALENDAR = re.compile(
    "|".join(
        (
            *map(re.escape, moment.MONTHS),
            r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?",
            r"(?:январ|феврал|март|апрел|июн|июл|август|сентябр|октябр|ноябр|декабр)\w{0,2}",
            r"ма(?:ю|е|ем)|(?:понедельник|вторник|четверг)\w{0,2}|сред(?:а|ы|е|у|ой|ам|ах)",
            r"(?:пятниц|суббот|воскресень|воскресен)\w{1,2}",
        )
    ),
    re.IGNORECASE,
)


def own_word(version: Version) -> str:
    """The sentence in which the wire says that it takes its story back, or corrected it; '' for none."""
    said = version.text, version.title
    return retraction_note(*said) or correction_note(*said)


def compare(old: Version, new: Version) -> Revision:
    """What *new* says that *old* did not, and the other way round."""
    if _bare(old.title) == _bare(new.title) and _bare(old.text) == _bare(new.text):
        changes: tuple[Change, ...] = ()
        if old.title != new.title:
            changes = (Change("headline", old.title, new.title),)
        return Revision(old.id, new.id, "cosmetic", changes, "", 1.0)
    note_before, note = (own_word(v) for v in (old, new))
    # What a note says is about the story: its figures and names are not the story's.
    before = _without(note_before, old)
    after = _without(note, new)
    put_right = tuple(slip.change for slip in slips(old, new))
    changes = (
        *_headline(old, new),
        *_but(put_right, _swapped("number", text.numbers(before), text.numbers(after))),
        *_but(put_right, _swapped("name", _missing(before, after), _missing(after, before))),
        *_passages(old.text, new.text),
    )
    note = "" if note == note_before else note
    kind: VersionKind = "correction" if note or put_right else "update"
    changes = (*put_right, *changes)
    return Revision(old.id, new.id, kind, changes, note, round(_kept(old, new), 4))


@dataclass(frozen=True, slots=True)
class Slip:
    """A figure or a name put right in a *sentence* (of the new text) that is otherwise the same."""

    change: Change
    sentence: str


def slips(old: Version, new: Version) -> tuple[Slip, ...]:
    """What *new* puts right without a word on it: figures and names that changed in sentences which
    otherwise stand. None where more than three changed, all are prices, or the text's figures moved
    at large: those are markets. A name that only became longer, shorter or an abbreviation is style.

    Of 638 revisions of a real wire's day 60 had such sentences, two thirds of them markets; 19
    are left, three with a note, ten without that put a fact right, six doubtful.
    """
    was = _sentences(f"{old.title}\n{old.text}")
    now = _sentences(f"{new.title}\n{new.text}")
    if len(was) > SENTENCES or len(now) > SENTENCES:
        return ()
    found: dict[Change, Slip] = {}
    matcher = SequenceMatcher(None, [_bare(s) for s in was], [_bare(s) for s in now])
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "replace" and b - a == d - c:
            for one, other in zip(was[a:b], now[c:d], strict=True):
                for change in _slipped(one, other):
                    found.setdefault(change, Slip(change, other))
    gone = set(text.numbers(old.text)) - set(text.numbers(new.text))
    if len(gone) > FIGURES_GONE:
        found = {change: slip for change, slip in found.items() if change.what == "name"}
    kept = tuple(found.values())
    if len(kept) > SLIPS or all(_PRICE.search(f"{s.change.old} {s.change.new}") for s in kept):
        return ()
    return kept


def _slipped(one: str, other: str) -> list[Change]:
    """The figures and names in which two sentences differ, where they differ in nothing else."""
    was, now = _masked(one), _masked(other)
    if [part.mask for part in was] != [part.mask for part in now]:
        return []
    if sum(part.mask not in ("number", "name") for part in was) < PLAIN_WORDS:
        return []
    differing = [(a, b) for a, b in zip(was, now, strict=True) if a.folded != b.folded]
    if not 0 < len(differing) <= SLIPS:
        return []
    found = []
    for a, b in differing:
        if a.mask == "number":
            if text.numbers(a.said) != text.numbers(b.said):
                found.append(Change("number", a.said, b.said))
        elif not _same_name(a.folded, b.folded):
            found.append(Change("name", a.said, b.said))
    return found


class _Part(NamedTuple):
    """A word, or a run of figures or capitalised words; *mask* is its kind, else the word."""

    mask: str
    folded: str
    said: str


def _masked(sentence: str) -> list[_Part]:
    found: list[_Part] = []
    end = 0
    for place, token in enumerate(text.tokens(sentence)):
        said = sentence[token.start : token.end]
        mask = token.text
        if any(c.isdigit() for c in said):
            mask = "number"
        elif place and said[0].isupper() and not _CALENDAR.fullmatch(token.text):
            mask = "name"
        between = sentence[end : token.start]
        if (
            found
            and mask in ("number", "name")
            and found[-1].mask == mask
            and not between.strip(" .,'-")
        ):
            last = found[-1]
            found[-1] = _Part(mask, f"{last.folded} {token.text}", f"{last.said}{between}{said}")
        else:
            found.append(_Part(mask, token.text, said))
        end = token.end
    return found


def _same_name(one: str, other: str) -> bool:
    """Whether two names differ in fullness only: one holds the other's words, their beginnings, or
    their initials.
    """
    a, b = one.split(), other.split()
    alone, there = [w for w in a if w not in b], [w for w in b if w not in a]
    short, long = (alone, there) if len("".join(alone)) < len("".join(there)) else (there, alone)
    if "".join(short) == "".join(word[0] for word in long):
        return True
    shortened = (any(w[: len(v)] == v and len(w) >= 2 * len(v) for w in long) for v in short)
    return all(shortened)


def _but(put_right: tuple[Change, ...], others: list[Change]) -> list[Change]:
    """*others* without what is said already."""
    gone = {side for change in put_right for side in (change.old, change.new)}
    return [c for c in others if c not in put_right and not {c.old, c.new} & gone]


def _without(note: str, version: Version) -> str:
    body = version.text.replace(note, "", 1) if note else version.text
    return f"{version.title}\n{body}"


def _names(said: str) -> tuple[str, ...]:
    """The names in *said*; a day or a month alone is none, "Theresa May" and "May Day" are."""
    return tuple(
        name
        for name in text.names(said)
        if not all(_CALENDAR.fullmatch(token.text) for token in text.tokens(name))
    )


def _missing(said: str, other: str) -> tuple[str, ...]:
    """The names in *said* whose words do not stand in *other*, capitals or not."""
    there = f" {' '.join(text.folded(other))} "
    return tuple(n for n in _names(said) if f" {' '.join(text.folded(n))} " not in there)


def _headline(old: Version, new: Version) -> tuple[Change, ...]:
    if _bare(old.title) == _bare(new.title):
        return ()
    return (Change("headline", old.title, new.title),)


def _bare(said: str) -> tuple[str, tuple[str, ...]]:
    """*said* without case, punctuation and white space, and its figures, whose points and signs
    are no punctuation.
    """
    return "".join(text.folded(said)), (*text.numbers(said), *_MINUS.findall(said))


def _swapped(
    what: Literal["number", "name"], was: tuple[str, ...], now: tuple[str, ...]
) -> list[Change]:
    """What went and what came; one for one, it is taken for a change of the one into the other."""
    before, after = set(was), set(now)
    gone = [value for value in dict.fromkeys(was) if value not in after]
    come = [value for value in dict.fromkeys(now) if value not in before]
    if len(gone) == len(come) == 1:
        return [Change(what, gone[0], come[0])]
    return [
        *(Change(what, value, "") for value in gone[:PASSAGES]),
        *(Change(what, "", value) for value in come[:PASSAGES]),
    ]


def _passages(old: str, new: str) -> list[Change]:
    was, now = _sentences(old), _sentences(new)
    if len(was) > SENTENCES or len(now) > SENTENCES:
        return []
    found = []
    matcher = SequenceMatcher(None, [_bare(s) for s in was], [_bare(s) for s in now])
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            gone, come = " ".join(was[a:b]), " ".join(now[c:d])
            found.append(Change("text", gone[:LONGEST], come[:LONGEST]))
    return found[:PASSAGES]


def _sentences(said: str) -> list[str]:
    return [s for p in text.paragraphs(said) for s in text.sentences(p) if s]


def _kept(old: Version, new: Version) -> float:
    """The share of the old words that still stand, counted."""
    was = Counter(token.text for token in text.tokens(old.text))
    now = Counter(token.text for token in text.tokens(new.text))
    total = sum(was.values())
    return sum((was & now).values()) / total if total else 1.0
