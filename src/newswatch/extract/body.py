"""A page's running text: which extractor is asked, and which is believed.

Rule: pure; an extractor leaves the tree as it is, and what it raises is an ExtractError. Figures are of 274
recorded pages (`bench/pages.py`).
"""

from __future__ import annotations

from typing import Any

import trafilatura
from lxml import etree

from newswatch.extract.bounds import ExtractError
from newswatch.extract.markup import lines_of

DOUBTFUL = 0.3  # of the characters in a page's <p>: below it, the default run is asked too
BRIEF = 500  # characters of a text below which it is asked too
MUCH_SHORTER = 0.3
LONGER, MORE = (
    1.5,
    200,
)  # JSON-LD's body beside a text, and characters besides: the page is a part of it
GOES_ON = 1.3  # a page's own <p> beside a text, where they show that it goes on
SEVERAL_TIMES = 3  # as long: JSON-LD's body is the text, whatever the page shows
TWICE = 2  # as long: the second extractor found what the first lost
ALL_OF_IT = 1.1  # of a page's <p>, with joints and headings: more is no article alone
_STRING = etree.XPath("string()", smart_strings=False)


def load(body: bytes) -> Any:
    """The page as lxml has it. Raises ExtractError."""
    if not body.strip():
        raise ExtractError("an empty page")
    try:
        tree = trafilatura.load_html(body)
    except MemoryError:  # which is said of the reader, not of the page
        raise
    except Exception as error:
        raise ExtractError(f"cannot be read ({type(error).__name__})") from error
    if tree is None:
        raise ExtractError("no HTML")
    return tree


def running_text(tree: Any, linked: str, *, best: bool) -> str:
    """A page's main text: trafilatura's fast and precise run; the default run where the first is brief, or
    short beside the page's own paragraphs, and finds less than a third of it; *linked*, JSON-LD's body,
    where that is half as long again and the page shows that the text goes on.

    With *best* a second extractor is asked, and believed where it finds more than twice as much and no more than
    stands in the page's paragraphs. F1 of the fast and precise run alone .918, of the default run .950, so .957,
    at two thirds of the default run's cost; with *best* .961.
    """
    said = _run(tree, fast=True, favor_precision=True)
    paragraphs = _in_paragraphs(tree)
    second = _second(tree) if best else ""
    if _stands_for(linked, said, max(paragraphs, len(second))):
        return "\n".join(lines_of(linked))
    if len(said) < max(BRIEF, DOUBTFUL * paragraphs) or len(second) > TWICE * len(said):
        wider = _run(tree)
        if len(said) < MUCH_SHORTER * len(wider):
            said = wider
    if TWICE * len(said) < len(second) <= ALL_OF_IT * paragraphs:
        return second
    return said


def _stands_for(linked: str, said: str, shown: int) -> bool:
    """Whether JSON-LD's body is the text of which *said* is a part, on a page that shows *shown* characters."""
    times = SEVERAL_TIMES if shown <= GOES_ON * len(said) else LONGER
    return len(linked) > times * len(said) + MORE


def _run(tree: Any, *, fast: bool = False, favor_precision: bool = False) -> str:
    """One run of trafilatura, which leaves *tree* as it is."""
    try:
        found = trafilatura.bare_extraction(
            tree,
            with_metadata=False,
            include_comments=False,
            fast=fast,
            favor_precision=favor_precision,
        )
    except MemoryError:  # which is said of the reader, not of the page
        raise
    except Exception as error:
        raise ExtractError(f"trafilatura failed ({type(error).__name__})") from error
    return str(getattr(found, "text", "") or "")


def _second(tree: Any) -> str:
    """What the second extractor takes for the main text, '' where it fails: it only checks the first."""
    from resiliparse.extract.html2text import extract_plain_text  # only who asks for it pays for it

    try:
        return str(
            extract_plain_text(
                etree.tostring(tree, encoding="unicode", method="html"),
                main_content=True,
                alt_texts=False,
                links=False,
                form_fields=False,
                noscript=False,
                comments=False,
            )
        )
    except Exception:  # noqa: BLE001 - the first extractor's text stands
        return ""


def _in_paragraphs(tree: Any) -> int:
    return sum(len(" ".join(_STRING(p).split())) for p in tree.iter("p"))
