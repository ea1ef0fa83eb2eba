"""What wires say of their own stories in so many words: that they correct one, or take it back.

Rule: pure; said of the story itself, in a bracket of its own or as a sentence that begins with it, in
fourteen languages. What is said of markets, bridges and ministers is news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from newswatch import text
from newswatch.versions.wordings import (
    NOTE,
    OF_MARKETS_AND_LAWS,
    ON_ITSELF,
    ONE_WORD,
    QUOTATION,
    RETRACTION,
    SAID_BY,
    STEMS,
    TAKEN_BACK,
    TITLE,
    TITLE_BACK,
    TITLE_BACK_SMALL,
)  # fmt: skip

LONGEST = 400  # characters of one quoted passage
FEW = 60  # words of a kill's text


def retraction_note(said: str, title: str = "") -> str:
    """The sentence in which the wire says that it takes the story back; '' for none."""
    return next(iter(_noted(said, title, TAKEN_BACK, RETRACTION, TITLE_BACK)), "")


def correction_note(said: str, title: str = "") -> str:
    """The sentence in which the wire says that it corrected the story; '' for none."""
    return next(iter(_noted(said, title, STEMS, NOTE, TITLE)), "")


def notes(said: str, title: str = "") -> tuple[str, ...]:
    """All that the wire says of its own story, each note once: its corrections, then what takes it
    back.
    """
    found = [*_noted(said, title, STEMS, NOTE, TITLE)]
    found += _noted(said, title, TAKEN_BACK, RETRACTION, TITLE_BACK)
    return tuple(dict.fromkeys(found))


def _noted(
    said: str, title: str, stems: tuple[str, ...], words: re.Pattern[str], head: re.Pattern[str]
) -> Iterator[str]:
    none = True
    # Every note holds one of the stems, and few texts and paragraphs do: the rest need not be searched.
    for paragraph in text.paragraphs(said) if _holds(said, stems) else ():
        if not _holds(paragraph, stems):
            continue
        inside = [s for s in text.sentences(paragraph) if words.search(s)]
        if not inside and words.search(paragraph):
            inside = [paragraph]
        for sentence in inside:
            if _is_news(sentence) or _is_said_by_others(sentence):
                continue
            none = False
            yield sentence.strip()[:LONGEST]
    small = head is TITLE_BACK and len(said.split()) <= FEW and TITLE_BACK_SMALL.match(title)
    if none and (small or head.match(title)) and not _is_news(title):
        yield title[:LONGEST]


def _holds(said: str, stems: tuple[str, ...]) -> bool:
    lower = said.lower()
    return any(stem in lower for stem in stems)


def _is_said_by_others(sentence: str) -> bool:
    """Whether a sentence is a quotation, or closes with who said it: a wire speaks for itself."""
    return QUOTATION.match(sentence) is not None or SAID_BY.search(sentence) is not None


def _is_news(sentence: str) -> bool:
    """Whether "Correction:" heads a piece on a market or a law: "Korrektur: Der DAX fällt"."""
    return (
        ONE_WORD.match(sentence) is not None
        and OF_MARKETS_AND_LAWS.search(sentence) is not None
        and ON_ITSELF.search(sentence) is None
    )
