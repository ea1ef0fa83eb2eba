"""Runs of a letter's text, some marked; and how what a wire wrote comes onto one bounded, safe line.

Rule: pure; whatever wires write, what comes out is safe to show.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from newswatch.text import collapse, safe_text

HEADLINE = 240  # characters; longer ones are cut, as no wire's headline is
PASSAGE = 600  # characters of one passage
BEHIND = 150  # characters shown behind a found word


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, marked where a query's word stands."""

    text: str
    marked: bool = False


_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILE = re.compile(f"({_MARK}{{4}}){_MARK}+")


def shown(said: str) -> str:
    """*said* made safe, with no more than four marks on a letter: a pile of them covers other stories."""
    safe = safe_text(said)
    return safe if safe.isascii() else _PILE.sub(r"\1", safe)


def cut(said: str, longest: int) -> str:
    """*said* on one safe line of at most *longest* characters, its end marked where it is cut."""
    line = collapse(shown(said[: longest * 4]))
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def href(url: str) -> str:
    """*url* when it is a plain web address that a letter may link to, else ''."""
    if len(url) > 2000 or url != "".join(safe_text(url).split()) or '"' in url:
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and host and "@" not in parts.netloc else ""
