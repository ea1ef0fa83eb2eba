"""What wires write before a headline: that it is an update, put right, withdrawn, urgent.

Rule: pure; the marks are listed here alone. What a text says of itself is read by `versions`.
"""

from __future__ import annotations

import re
from functools import cache

_NEXT = r"(?:UPDATE|WRAPUP)\s*\d*"
_TAKEN_BACK = (
    r"(?:(?:STORY|BULLETIN|MANDATORY) )?(?:WITHDRAWN|RETRACTED|KILL)|АННУЛИРОВАНО|ОТОЗВАНО"
)
_PUT_RIGHT = r"CORRECT(?:ED|ION)|REFILED?|ИСПРАВЛЕНО"
_KIND = r"EXCLUSIVE|BREAKING|RPT|FACTBOX|WRAP"


@cache  # a search reads no headline's mark: nothing is compiled at import
def _before(marks: str) -> re.Pattern[str]:
    return re.compile(
        rf"^(?:(?:{marks})\s*[-:–—]+|[(\[](?:{marks})[)\]]\s*[-:–—]*)\s*", re.IGNORECASE
    )


def unmarked(title: str) -> str:
    """*title* without its marks: "REFILE-UPDATE 2-Oil rises" is "Oil rises"."""
    pattern = _before(f"{_NEXT}|{_TAKEN_BACK}|{_PUT_RIGHT}|{_KIND}")
    rest = pattern.sub("", title)
    while rest != title:
        title, rest = rest, pattern.sub("", rest)
    return rest


def taken_back_or_put_right(title: str) -> str:
    """The mark with which *title* says that it was withdrawn or corrected, as it stands; '' for none, or
    where nothing follows it.
    """
    found = _before(f"{_TAKEN_BACK}|{_PUT_RIGHT}").match(title)
    return found[0] if found and title[found.end() :].strip() else ""


def next_mark(title: str) -> str:
    """The mark with which *title* says that it takes an older headline's place, without its dash, in
    capitals: "UPDATE 2"; '' for none. A withdrawal takes it too.
    """
    found = _before(f"{_NEXT}|{_TAKEN_BACK}").match(title)
    return " ".join(found[0].strip(" -:–—()[]").upper().split()) if found else ""
