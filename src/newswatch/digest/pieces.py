"""Runs of a letter's text, some marked; and how what a wire wrote comes onto one bounded, safe line.

Rule: pure; whatever wires write, what comes out is safe to show.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from newswatch.model import Span, Version
from newswatch.text import collapse, lead, safe_text

HEADLINE = 240  # characters; longer ones are cut, as no wire's headline is
PASSAGE = 600  # characters of one passage
LANGUAGE = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}"
BEFORE, BEHIND = 90, 150  # characters shown before and behind a found word


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


def plain_headline(version: Version) -> str:
    """A version's headline in a line, or how its text begins."""
    return cut(version.title, HEADLINE) or cut(lead(version.text), 120) or "(no headline)"


def language(version: Version) -> str:
    """A version's language for an attribute, '' for none that is one."""
    return version.lang if re.fullmatch(LANGUAGE, version.lang) else ""


def direction(said: str) -> Literal["ltr", "rtl"]:
    """Which way *said* is written: as its first letter is."""
    for c in said[:PASSAGE]:
        if (way := unicodedata.bidirectional(c)) in ("L", "R", "AL"):
            return "ltr" if way == "L" else "rtl"
    return "ltr"


def around(text: str, span: Span, floor: int) -> tuple[int, int]:
    """Where the passage around *span* begins and ends: its paragraph, cut between words."""
    low = max(floor, text.rfind("\n", 0, span.start) + 1, span.start - BEFORE)
    if low and not text[low - 1].isspace():
        space = text.find(" ", low, span.start)
        low = space + 1 if space >= 0 else low
    while low < span.start and text[low].isspace():
        low += 1
    line = text.find("\n", span.start)
    high = min(len(text) if line < 0 else line, span.start + PASSAGE, span.end + BEHIND)
    if high < len(text) and not text[high].isspace():
        space = text.rfind(" ", span.end, high)
        high = space if space >= 0 else high
    return low, high


def marked(text: str, start: int, stop: int, spans: Iterable[Span]) -> Iterator[Piece]:
    """text[start:stop] in runs, those of *spans* marked; neighbours with a space between are one."""
    runs: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        low, high = max(span.start, start), min(span.end, stop)
        if low >= high:
            continue
        if runs and not text[runs[-1][1] : low].strip():
            runs[-1] = (runs[-1][0], max(runs[-1][1], high))
        else:
            runs.append((low, high))
    at = start
    for low, high in runs:
        if at < low:
            yield Piece(shown(text[at:low]))
        yield Piece(shown(text[low:high]), marked=True)
        at = high
    if at < stop:
        yield Piece(shown(text[at:stop]))
