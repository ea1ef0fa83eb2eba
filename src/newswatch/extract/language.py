"""The language of a text.

Rule: pure; a text too short to tell is in the language that somebody says it is in.
"""

from __future__ import annotations

from functools import cache
from typing import Any

LANGUAGE_FROM, LANGUAGE_IN = 40, 1_000  # characters: a language is told from as many, in the first


@cache
def _classify() -> Any:
    import py3langid

    return py3langid.classify


def language(said: str, hint: str) -> str:
    """The language of a text; the *hint* where the text is too short, or says the same with more."""
    hint = hint.replace("_", "-").lower()
    if len(said) < LANGUAGE_FROM:
        return hint
    found = str(_classify()(said[:LANGUAGE_IN])[0])
    return hint if hint.partition("-")[0] == found else found
