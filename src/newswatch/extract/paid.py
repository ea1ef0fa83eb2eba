"""What of a page is paid for, by its own label (https://schema.org/isAccessibleForFree), and whether it is shown.

Rule: pure; a selector of another shape than a tag, classes, an id and attributes names a place that is there.
"""

from __future__ import annotations

import re
from typing import Any

from newswatch.extract.graph import Graph, Node, several, string

LITTLE = 40  # characters of a place in which no text stands
_NAME = r"[A-Za-z_-][\w-]*"
_SIMPLE = re.compile(rf"({_NAME})?((?:[.#]{_NAME}|\[{_NAME}\])+)")
_PIECE = re.compile(rf"([.#\[])({_NAME})")
_TESTS = {
    ".": "contains(concat(' ', normalize-space(@class), ' '), ' {} ')",
    "#": "@id = '{}'",
    "[": "@{}",
}


def is_paid(node: Node) -> bool:
    """Whether a node says that it is not for everybody."""
    return denies(node.get("isAccessibleForFree"))


def denies(value: Any) -> bool:
    """Whether a label's value is no: false in any spelling, or schema.org's word for it."""
    said = string(several(value)[:1])
    return value is False or said.casefold().rpartition("/")[2] == "false"


def withheld(article: Node, graph: Graph, tree: Any) -> bool:
    """Whether an article's label names places of *tree* for what is paid for, and nothing stands in any of them."""
    parts = [graph.whole(one) for one in several(article.get("hasPart"))]
    selectors = [
        selector
        for one in parts
        if isinstance(one, dict) and is_paid(one)
        for selector in several(one.get("cssSelector"))
    ]
    return bool(selectors) and not any(_shown(selector, tree) for selector in selectors)


def _shown(selector: Any, tree: Any) -> bool:
    """Whether something stands where a selector points to, or may, as far as we read selectors."""
    if not isinstance(selector, str) or not (simple := _SIMPLE.fullmatch(selector.strip())):
        return True
    tests = "".join(f"[{_TESTS[kind].format(name)}]" for kind, name in _PIECE.findall(simple[2]))
    found = tree.xpath(f"//{simple[1] or '*'}{tests}")
    return sum(len(" ".join(e.xpath("string()").split())) for e in found) > LITTLE
