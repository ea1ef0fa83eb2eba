"""A page's microdata: what `itemprop` marks inside its article.

Rule: pure; a mark inside another item (a comment, an advertised story) tells nothing of the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

MARKS = 2_000  # of a page that are looked at
ITEMS = 20  # articles of a page, one of which is its own, that are compared
VALUE = 5_000  # characters of one

_ASKED = frozenset({"datePublished", "headline", "author", "isAccessibleForFree"})
_ARTICLE = re.compile(r"Article|BlogPosting|/(?:Report|CreativeWork)\s*$")
_OF_A_PAGE = re.compile(r"WebPage\s*$|^\s*$")

Marks = dict[str, list[Any]]


class Microdata:
    """What is marked in *tree*, by property, in order."""

    def __init__(self, tree: Any) -> None:
        items: dict[Any, Marks] = {}
        for element in tree.xpath("//*[@itemprop]")[:MARKS]:
            for name in str(element.get("itemprop")).split():
                if name in _ASKED and (item := _article(element)) is not None:
                    items.setdefault(item, {}).setdefault(name, []).append(element)
        self._found = _of_the_page(items)

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


def is_of_the_page(element: Any) -> bool:
    """Whether what *element* marks is said of the page as such, and not of an item on it."""
    item = _item(element)
    return item is None or _OF_A_PAGE.search(str(item.get("itemtype") or "")) is not None


def _value(element: Any) -> str:
    said = element.get("content") or element.get("datetime") or "".join(element.itertext())
    return " ".join(str(said)[:VALUE].split())


def _item(element: Any) -> Any:
    """The item that *element* is a property of; None for none."""
    return next((e for e in element.iterancestors() if e.get("itemscope") is not None), None)


def _article(element: Any) -> Any:
    """The item that *element* is a property of, where that is an article; else None."""
    item = _item(element)
    is_one = item is not None and _ARTICLE.search(str(item.get("itemtype") or ""))
    return item if is_one else None


def _of_the_page(items: dict[Any, Marks]) -> Marks:
    """The marks of the page's own article: of several the one with the heading, else the longest."""
    if len(items) < 2:
        return next(iter(items.values()), {})
    return items[max(list(items)[:ITEMS], key=_weight)]


def _weight(item: Any) -> tuple[bool, int]:
    return item.find(".//h1") is not None, sum(map(len, item.itertext()))
