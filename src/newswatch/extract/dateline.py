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
# What a page writes before the time of its last change, which is not when it came out.
_CHANGED = re.compile(
    r"\W*(?:(?:last )?(?:updated|modified|edited)|aktualisiert|zuletzt|stand:|mis à jour|mise à jour|modifié|actualizado|atualizado|aggiornato"
    r"|обновлен|изменено|оновлено|zaktualizowano|aktualizacja|bijgewerkt|güncelle|oppdatert|uppdaterad|opdateret|päivitetty)",
    re.IGNORECASE,
)
_SLASHED = re.compile(r"\d/\d")  # day first or month first: the page's own country knows


def under_headline(tree: Any, title: str) -> datetime | None:
    """The first time behind the heading that says *title*, of its last change only where no other stands there; None
    for none.
    """
    for heading in tree.xpath("//h1 | //h2")[:20]:
        if words.collapse("".join(heading.itertext())).casefold() == title.casefold() != "":
            changed, later = None, False  # whether the next time is that of a change
            for piece in islice(_behind(heading), PIECES):
                later = later or _CHANGED.match(piece) is not None
                if (found := _time(piece)) is None:
                    continue
                if not later:
                    return found
                changed, later = changed or found, False
            return changed
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
