"""Runs of a letter's text, some marked; and how what a wire wrote comes onto one bounded, safe line.

Rule: pure; whatever wires write, what comes out is safe to show.
"""

from __future__ import annotations

from dataclasses import dataclass

from newswatch.text import safe_line

HEADLINE = 240  # characters; longer ones are cut, as no wire's headline is
PASSAGE = 600  # characters of one passage
BEHIND = 150  # characters shown behind a found word


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, marked where a query's word stands."""

    text: str
    marked: bool = False


def cut(said: str, longest: int) -> str:
    """*said* on one safe line of at most *longest* characters, its end marked where it is cut."""
    line = safe_line(said[: longest * 4])
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
