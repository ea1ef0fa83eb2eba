"""A page's `<time>` elements: which of them tell when its article came out.

Rule: pure; what stands in a page's frame is today's or another article's, and what is marked as another time is that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from newswatch.extract.microdata import is_of_the_page

MOST = 200  # of a page that are looked at
_OTHER = re.compile(r"updat|modif|edit", re.IGNORECASE)
_BODY = frozenset({"article", "main"})
_FRAME = frozenset({"header", "footer", "nav", "aside"})


def own(tree: Any) -> Iterator[Any]:
    """The elements that may tell it, the likeliest first: marked as that; in the heading's article; any. None of a
    page's frame.
    """
    found = [e for e in tree.iter("time") if e.get("datetime")][:MOST]
    if len(found) < 2:
        yield from (e for e in found if not _is_framed(e))
        return
    article = _of_the_heading(tree)
    ranked = [(_rank(e, article), place, e) for place, e in enumerate(found) if not _is_framed(e)]
    for *_, element in sorted(ranked, key=lambda one: one[:2]):
        yield element


def _rank(element: Any, article: Any) -> tuple[bool, bool, bool]:
    marked = element.get("pubdate") is not None or (
        "datePublished" in str(element.get("itemprop") or "").split() and is_of_the_page(element)
    )
    other = _OTHER.search(f"{element.get('itemprop') or ''} {element.get('class') or ''}")
    beside = article is not None and not any(e is article for e in element.iterancestors())
    return not marked, other is not None, beside


def _of_the_heading(tree: Any) -> Any:
    """The article, else the main part, in which a heading stands; None for none."""
    for heading in tree.xpath("//h1")[:20]:
        for tag in ("article", "main"):
            if (found := next(heading.iterancestors(tag), None)) is not None:
                return found
    return None


def _is_framed(element: Any) -> bool:
    """Whether an element stands in a page's frame: aside, in a menu, above or below all that is the article's."""
    frame = None
    for above in element.iterancestors():
        if above.tag in {"nav", "aside"}:
            return True
        if above.tag in _BODY:
            return False
        if above.tag in _FRAME and frame is None:
            frame = above
    return frame is not None and frame.find(".//h1") is None
