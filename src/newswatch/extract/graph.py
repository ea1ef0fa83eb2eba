"""A page's JSON-LD: the nodes that tell of its article, whatever shape they come in.

Rule: pure; any JSON gives nodes and strings, or none. Bounded in depth and number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from newswatch import text as words
from newswatch.markup import plain

SCRIPT = 600_000  # characters of one script
DEPTH, MEMBERS = 6, 200
NAME = 200  # characters

Node = dict[str, Any]

_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage")
_ARTICLE = re.compile(r"Article|BlogPosting|Report")


class Graph:
    """What a page's scripts say in JSON-LD; *tree* is the page as lxml has it."""

    def __init__(self, tree: Any) -> None:
        self._roots = [
            _json(element.text)
            for element in tree.iter("script")
            if "ld+json" in str(element.get("type") or "")
            and element.text
            and len(element.text) < SCRIPT
        ]
        self._nodes = [node for root in self._roots for node in _nodes(root)]
        self.articles = [node for node in self._nodes if is_a(node, _ARTICLE)]
        self._named: dict[str, Node] | None = None

    def of_kind(self, kind: str) -> Iterator[Node]:
        """The nodes whose type is *kind*, and what articles hold of that kind under `video`."""
        wanted = re.compile(rf"^{kind}$")
        for node in self._nodes:
            if is_a(node, wanted):
                yield node
        for node in self.articles:
            for held in _list(node.get("video")):
                if isinstance(held, dict) and is_a(held, wanted):
                    yield held

    def people(self, value: Any, depth: int = 0) -> Iterator[tuple[str, bool]]:
        """The names that an author's *value* gives, each with whether it is an organisation's; a bare
        reference (`@id`) is looked up among the page's nodes.
        """
        if depth > 3:
            return
        if isinstance(value, list):
            for item in value[:MEMBERS]:
                yield from self.people(item, depth + 1)
        elif isinstance(value, dict):
            named = value if value.get("name") else self._by_id(value.get("@id"))
            organised = is_a(named, re.compile("organi[sz]ation", re.IGNORECASE))
            for name, _ in self.people(named.get("name"), depth + 1):
                yield name, organised
        elif isinstance(value, str) and value.strip() and not value.startswith("http"):
            yield line(value)[:NAME], False

    def _by_id(self, reference: Any) -> Node:
        if not isinstance(reference, str):
            return {}
        if self._named is None:
            self._named = {}
            for node in self._nodes:
                if isinstance(node.get("@id"), str) and node.get("name"):
                    self._named.setdefault(node["@id"], node)
        return self._named.get(reference, {})


def is_a(node: Node, kinds: re.Pattern[str]) -> bool:
    """Whether a node's type, or one of its types, is of *kinds*."""
    return any(isinstance(kind, str) and kinds.search(kind) for kind in _list(node.get("@type")))


def string(value: Any) -> str:
    """A value's first string, '' for none."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return value.strip() if isinstance(value, str) else ""


def line(value: str) -> str:
    """A string as one line of plain words."""
    return words.collapse(words.clean(plain(value)))


def _list(value: Any) -> list[Any]:
    return value[:MEMBERS] if isinstance(value, list) else [] if value is None else [value]


def _nodes(value: Any, depth: int = 0) -> Iterator[Node]:
    if depth > DEPTH:
        return
    if isinstance(value, list):
        for item in value[:MEMBERS]:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in _WITHIN:
            if isinstance(value.get(key), (list, dict)):
                yield from _nodes(value[key], depth + 1)


def _json(said: str) -> Any:
    said = said.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    for attempt in (said, re.sub(r"[\x00-\x1f]+", " ", said)):
        try:
            return json.loads(attempt)
        except (ValueError, RecursionError):
            continue
    return None
