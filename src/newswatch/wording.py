"""How things are worded for people: what is counted, the first of many, figures as bars, and the right word nearest to
a wrong one.

Rule: pure, English, imports nothing of ours; rapidfuzz only when there is a wrong word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

ALIKE = 60  # of 100: "smpt" and "smtp" have 75, two words picked at random some 30
BARS = "▁▂▃▄▅▆▇█"
LONGEST = 100  # characters of a wrong word that are looked at


def counted(n: int, one: str, many: str = "") -> str:
    """*n* with what is counted: "1 feed", "2,000 feeds"; *many* is for words that take no s."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def few(names: Sequence[str], most: int) -> str:
    """The first *most* of *names*, and how many more there are: "a, b and 3 more"."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left:,} more" if left > 0 else "")


def when(moment: datetime | str | None) -> str:
    """A time for people: UTC, to the minute; a dash for none."""
    if not moment:
        return "-"
    value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"


def sparkline(figures: Sequence[int]) -> str:
    """A bar for each figure, "·" for none, the tallest for the largest."""
    most = max((*figures, 1))
    return "".join(BARS[-(-len(BARS) * n // most) - 1] if n > 0 else "·" for n in figures)


def nearest(word: str, known: Iterable[str]) -> str:
    """The one of *known* that *word* is most like, whatever its case; '' where none is."""
    from rapidfuzz import fuzz, process

    found = process.extractOne(
        word[:LONGEST], list(known), scorer=fuzz.ratio, processor=str.casefold, score_cutoff=ALIKE
    )
    return found[0] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The nearest right word as a hint behind a complaint, with a space before; '' for none."""
    near = nearest(word, known)
    return f' (did you mean "{near}"?)' if near else ""
