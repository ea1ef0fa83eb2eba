"""A page's microdata: what `itemprop` marks inside its article.

Rule: pure; a mark inside another item (a comment, an advertised story) tells nothing of the article.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MARKS = 2_000  # of a page that are looked at
VALUE = 5_000  # characters of one


class Microdata:
    """What is marked in *tree*, by property, in order."""

    def __init__(self, tree: Any) -> None:
        self._found: dict[str, list[Any]] = {}
        for element in tree.xpath("//*[@itemprop]")[:MARKS]:
            for name in str(element.get("itemprop")).split():
                if name in _ASKED and _of_the_article(element):
                    self._found.setdefault(name, []).append(element)

    def values(self, name: str) -> Iterator[str]:
        """The values of a property: `content`, `datetime`, else the words."""
        for element in self._found.get(name, ()):
            if value := _value(element):
                yield value

    def people(self) -> Iterator[str]:
        """The names of the authors."""
        for element in self._found.get("author", ()):
            names = element.xpath(".//*[@itemprop='name']")
            if said := _value(names[0] if names else element):
                yield said


_ASKED = frozenset({"datePublished", "headline", "author", "isAccessibleForFree"})


def _value(element: Any) -> str:
    said = element.get("content") or element.get("datetime") or "".join(element.itertext())
    return " ".join(str(said)[:VALUE].split())


def _of_the_article(element: Any) -> bool:
    """Whether the item that *element* is a property of is an article."""
    for above in element.iterancestors():
        if above.get("itemscope") is not None:
            kind = str(above.get("itemtype") or "")
            return "Article" in kind or "BlogPosting" in kind
    return False
