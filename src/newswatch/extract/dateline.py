"""The time that a page sets under its headline, for readers.

Rule: pure; asked where no machine-readable time is given. A header's day above the headline is today's, a day
far below is another article's.
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import islice
from typing import Any

from newswatch import moment
from newswatch import text as words
from newswatch.model import EARLIEST

PIECES = 12  # of text behind the headline in which its time stands
PIECE = 80  # characters of one
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SLASHED = re.compile(r"\d/\d")  # day first or month first: the page's own country knows


def under_headline(tree: Any, title: str) -> datetime | None:
    """The first time behind the heading that says *title*; None for none."""
    for heading in tree.xpath("//h1 | //h2")[:20]:
        if words.collapse("".join(heading.itertext())).casefold() == title.casefold() != "":
            for piece in islice(_behind(heading), PIECES):
                found = _time(piece)
                if found is not None:
                    return found
            return None
    return None


def _time(piece: str) -> datetime | None:
    if len(piece) > PIECE or not _YEAR.search(piece) or _SLASHED.search(piece):
        return None
    found = moment.read(piece)
    return found if found is not None and found >= EARLIEST else None


def _behind(heading: Any) -> Any:
    """The pieces of text that follow a heading, in the order of the page."""
    ahead = f"(following::text()[normalize-space()])[position() <= {3 * PIECES}]"
    for node in heading.xpath(ahead):
        parent = node.getparent()
        if parent is not None and parent.tag not in {"script", "style", "noscript"}:
            yield words.collapse(str(node))
