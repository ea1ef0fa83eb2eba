"""The `/…/` form: what RE2 accepts, what a pattern needs, where it matches.

Rule: only RE2 compiles a pattern, so that none can run away; RE2 is imported when a query has one.
A pattern is judged on the text as it is kept: case counts, `(?i)` in front makes it not count.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

PATTERNS_KEPT = 1 << 14  # a rule set's patterns, compiled once each
MEMORY = 1 << 20  # bytes RE2 may use for one pattern; ten thousand rules must fit beside each other


class Refused(ValueError):
    """RE2 refuses a pattern: its reason, and where in the pattern it lies."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


@lru_cache(maxsize=PATTERNS_KEPT)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    return re2.compile(pattern, options)


def check(pattern: str) -> None:
    """Raises Refused, with RE2's own reason, where RE2 does not accept *pattern*, and where the
    pattern matches nothing at all: such a one is found in every text.
    """
    import re2

    try:
        empty = _compiled(pattern).search("") is not None
    except UnicodeEncodeError as wrong:
        raise Refused("this character stands in no text", wrong.start) from None
    except re2.error as wrong:
        said = wrong.args[0] if wrong.args else b""
        reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise Refused(reason, _place(pattern, reason)) from None
    if empty:
        raise Refused("it matches even where there is nothing, so it would find everything", 0)


def _place(pattern: str, reason: str) -> int:
    """Where the piece stands that the reason quotes last."""
    _, _, piece = reason.partition(": ")
    return max(0, pattern.rfind(piece)) if piece else 0


def spans(pattern: str, text: str, most: int) -> list[tuple[int, int]]:
    """The first *most* places of *pattern* in *text*; a place may be empty (a word's edge)."""
    literal = needed(pattern)
    if literal and literal not in text:
        return []
    found: list[tuple[int, int]] = []
    for one in _compiled(pattern).finditer(text):
        found.append(one.span())
        if len(found) == most:
            break
    return found


_REPEAT = re.compile(r"\{\d+(?:,\d*)?\}")
_GROUPING = re.compile(r"[|(\[{*+?^$.\\]")
_PUNCTUATION = re.compile(r"\\([^\w\s])")


@lru_cache(maxsize=PATTERNS_KEPT)
def needed(pattern: str) -> str:
    """The longest literal that every match of *pattern* plainly holds; '' for none that is plain.

    Only what stands outside all brackets and is not repeated counts; that is enough to spare RE2
    nearly every text.
    """
    if any(turn in pattern for turn in ("|", "(?", "\\Q")):
        return ""
    runs, run, at, depth = [], "", 0, 0
    while at < len(pattern):
        literal = ""
        escaped = _PUNCTUATION.match(pattern, at)
        c = pattern[at]
        if escaped:
            literal, step = escaped[1], 2
        elif c == "\\":
            step = _escape(pattern, at)
        elif c == "[":
            step = _class(pattern, at)
        else:
            depth += (c == "(") - (c == ")")
            literal, step = ("" if _GROUPING.match(c) or c in ")}" else c), 1
            if c == "{":
                repeat = _REPEAT.match(pattern, at)
                step = len(repeat[0]) if repeat else 1
        at += step
        optional = pattern[at : at + 1] in ("*", "?", "{") and literal != ""
        if literal and not optional and depth == 0:
            run += literal
            if pattern[at : at + 1] != "+":
                continue
        runs.append(run)
        run = ""
    return max((*runs, run), key=len)


def _escape(pattern: str, at: int) -> int:
    """How long the escape at *at* is: a class, a property, a character by its number."""
    found = re.match(
        r"\\(?:[pP]\{[^}]*\}|[pP].|x\{[^}]*\}|x..|[0-7]{1,3}|.)", pattern[at:], re.DOTALL
    )
    return len(found[0]) if found else 1


def _class(pattern: str, at: int) -> int:
    """How long the class at *at* is."""
    end = at + 1
    end += pattern.startswith("^", end)
    end += pattern.startswith("]", end)
    while end < len(pattern) and pattern[end] != "]":
        if pattern.startswith("[:", end) and ":]" in pattern[end:]:
            end = pattern.index(":]", end) + 2
        else:
            end += 2 if pattern[end] == "\\" else 1
    return end + 1 - at
