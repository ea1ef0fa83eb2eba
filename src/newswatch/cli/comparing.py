"""Two versions of an article word by word: one below the other, or side by side where it is wide.

Rule: what went is [-so-] and what came {+so+} where there is no colour, so that nothing is said by
colour alone; white space does not count.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from unicodedata import combining, east_asian_width

import click

from newswatch.cli.output import coloured
from newswatch.comparison import Word, compared, passages
from newswatch.model import Version
from newswatch.wording import counted

WIDE = 120  # columns from which two texts stand side by side
GUTTER = " │ "


def word_by_word(old: str, new: str, width: int | None = None) -> Iterator[str]:
    """Two passages, one below the other, what differs set off."""
    yield from _below(*passages(old, new), width or shutil.get_terminal_size().columns)


def lines(old: Version, new: Version, width: int | None = None) -> Iterator[str]:
    """*compared* as lines for a terminal *width* columns wide, its own by default; paragraphs that
    stand are left out but for one before and after what changed.
    """
    width = width or shutil.get_terminal_size().columns
    pairs = compared(old, new)
    changed = [any(w.kind != "same" for w in (*left, *right)) for left, right in pairs]
    near = [any(changed[max(0, n - 1) : n + 2]) for n in range(len(pairs))]
    skipped = 0
    for (left, right), shown in zip(pairs, near, strict=True):
        if not shown:
            skipped += 1
            continue
        if skipped:
            yield _omitted(skipped)
        skipped = 0
        yield from _beside(left, right, width) if width >= WIDE else _below(left, right, width)
    if skipped:
        yield _omitted(skipped)


def _omitted(count: int) -> str:
    return f"  … {counted(count, 'paragraph')} as before"


def _below(left: list[Word], right: list[Word], width: int) -> Iterator[str]:
    if all(word.kind == "same" for word in (*left, *right)):
        yield from (f"    {line}" for line, _ in _wrapped(left, width - 4))
        return
    for sign, words in (("  - ", left), ("  + ", right)):
        for n, (line, _) in enumerate(_wrapped(words, width - 4)):
            yield f"{sign if not n else '    '}{line}"


def _beside(left: list[Word], right: list[Word], width: int) -> Iterator[str]:
    half = (width - len(GUTTER)) // 2
    for one, other in zip_longest(_wrapped(left, half), _wrapped(right, half), fillvalue=("", 0)):
        yield f"{one[0]}{' ' * (half - one[1])}{GUTTER}{other[0]}"
    yield f"{' ' * half}{GUTTER}".rstrip()


def _wrapped(words: Sequence[Word], width: int) -> Iterator[tuple[str, int]]:
    """Lines of at most *width* columns, each with its length as it is seen; a longer word stands
    alone.
    """
    line, length = "", 0
    kinds = ["same", *(word.kind for word in words), "same"]
    for n, word in enumerate(words, start=1):
        said, seen = _marked(word, first=kinds[n - 1] != word.kind, last=kinds[n + 1] != word.kind)
        space = "" if word.glued or not line else " "
        if line and length + len(space) + seen > width:
            yield line, length
            line, length, space = "", 0, ""
        length += seen + len(space)
        line += space + said
    if line:
        yield line, length


def _columns(said: str) -> int:
    """How many columns of a terminal *said* takes: a Chinese character takes two."""
    if said.isascii():
        return len(said)
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in said)


def _marked(word: Word, *, first: bool, last: bool) -> tuple[str, int]:
    """A word as it is shown, and its length; *first* and *last* are the ends of a run of its kind."""
    if word.kind == "same":
        return word.said, _columns(word.said)
    if coloured():
        styled = click.style(word.said, fg="red" if word.kind == "gone" else "green", bold=True)
        return styled, _columns(word.said)
    before, after = ("[-", "-]") if word.kind == "gone" else ("{+", "+}")
    said = f"{before if first else ''}{word.said}{after if last else ''}"
    return said, _columns(said)
