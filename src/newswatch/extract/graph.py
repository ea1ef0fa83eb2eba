"""A page's JSON-LD: the nodes that tell of its article, whatever shape they come in.

Rule: pure; any JSON gives nodes and strings, or none. Bounded in depth and number. A node that names this page
is believed before one that names none; one that names another page is that page's.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from newswatch import text as words
from newswatch.address import canonical, is_web, join
from newswatch.markup import plain

SCRIPT = 600_000  # characters of one script
DEPTH, MEMBERS = 6, 200
NODES = 2_000  # of one list of nodes: a live blog's entries may stand there one by one
NAME = 200  # characters

Node = dict[str, Any]

_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage")
_ARTICLE = re.compile(r"Article|BlogPosting|Report")
_OPENING = re.compile(r"(?:<!--|//|/\*|\*/|<!\[CDATA\[|\s|\ufeff)+")
_CLOSING = re.compile(r"(?:-->|//|/\*|\*/|\]\]>|\s|;)+$")
CLOSING = 40  # characters in which what closes a script stands
# Strings are stepped over, an open one to the end: a comma in a text is its own.
_LAST_COMMA = re.compile(r'("(?:[^"\\]|\\.)*(?:"|\\?\Z))|,(?=\s*[\]}])', re.DOTALL)
_BACKSLASH = re.compile(
    r"(\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4}))|\\"
)  # of those that mean nothing, the group is empty
_BETWEEN = re.compile(r"[\s,;]*")  # two values in one script


class Graph:
    """What a page's scripts say in JSON-LD; *tree* is the page as lxml has it, *urls* the addresses that it is
    known by.
    """

    def __init__(self, tree: Any, urls: tuple[str, ...] = ()) -> None:
        roots = [
            root
            for element in tree.iter("script")
            if "ld+json" in str(element.get("type") or "").lower()
            and element.text
            and len(element.text) < SCRIPT
            for root in _json(element.text)
        ]
        self._nodes = [node for root in roots for node in _nodes(root)]
        told = self._ids_of_updates()
        articles = [node for node in self._nodes if is_a(node, _ARTICLE) and _id(node) not in told]
        self.articles = _of_page(articles, urls)
        self._named: dict[str, Node] | None = None
        self._identified: dict[str, Node] | None = None

    def _ids_of_updates(self) -> frozenset[str]:
        """The names of nodes that are entries of a live blog, and no articles of the page's."""
        updates = (one for node in self._nodes for one in several(node.get("liveBlogUpdate")))
        return frozenset(filter(None, map(_id, updates)))

    def whole(self, value: Any) -> Any:
        """The node that a bare reference (`@id`) names in this page, *value* itself where it is none or nothing is
        known by that name.
        """
        if isinstance(value, dict) and not value.keys() <= {"@id", "@type"}:
            return value
        if not (name := _id(value)):
            return value
        if self._identified is None:
            self._identified = {}
            for node in self._nodes:
                if _id(node) and not node.keys() <= {"@id", "@type"}:
                    self._identified.setdefault(_id(node), node)
        return self._identified.get(name, value)

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
            named = value if _name(value) else self._by_id(value.get("@id"))
            organised = is_a(named, re.compile("organi[sz]ation", re.IGNORECASE))
            for name, _ in self.people(_name(named), depth + 1):
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


def _name(node: Node) -> Any:
    """What a person or a house is called; a person's two names where they stand apart."""
    apart = (string(node.get("givenName")), string(node.get("familyName")))
    return node.get("name") or " ".join(filter(None, apart))


def _id(value: Any) -> str:
    """By what a node, or a reference to one, is named in its page; '' for none."""
    name = value.get("@id") if isinstance(value, dict) else value
    return name if isinstance(name, str) else ""


def several(value: Any) -> list[Any]:
    """A value as a list, all of it."""
    return value if isinstance(value, list) else [] if value is None else [value]


def string(value: Any) -> str:
    """A value's first string, '' for none; it may stand in a typed value (`@value`)."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("@value")
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
        for item in value[:NODES]:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in _WITHIN:
            if isinstance(value.get(key), (list, dict)):
                yield from _nodes(value[key], depth + 1)


def _of_page(articles: list[Node], urls: tuple[str, ...]) -> list[Node]:
    """Those that name the page of *urls*, then those that name none. Where neither is there all as they stand: an
    address in JSON-LD may be an older one.
    """
    here = {_page("", url) for url in urls if url}
    named = [
        (node, {_page(urls[0], one) for one in _addresses(node)} - {""})
        for node in articles
        if urls
    ]
    own = [node for node, pages in named if pages & here]
    return [*own, *(node for node, pages in named if not pages)] or articles


def _addresses(node: Node) -> Iterator[str]:
    """The pages that a node says it is of; a bare fragment names none."""
    for key in ("url", "@id", "mainEntityOfPage"):
        value = node.get(key)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        said = string(value)
        if is_web(said) or said.startswith("/"):
            yield said


def _page(base: str, url: str) -> str:
    """An address as it is compared, '' for a front page."""
    whole = canonical(join(base, url).partition("#")[0]).partition("://")[2].rstrip("/")
    return whole.removeprefix("www.") if "/" in whole else ""


def _json(said: str) -> list[Any]:
    """The values of a script, one behind the other; of one that stays broken those before that."""
    said = said.strip()
    said = said[:-CLOSING] + _CLOSING.sub("", said[-CLOSING:])
    if opening := _OPENING.match(said):
        said = said[opening.end() :]
    if '"' not in said:
        said = html.unescape(said)
    read: list[Any] = []
    for mend in (str, _without_controls, _without_idle_backslashes, _without_last_commas):
        said = mend(said)
        found, whole = _values(said)
        if whole:
            return found
        read = max(read, found, key=len)
    return read


def _values(said: str) -> tuple[list[Any], bool]:
    """The JSON values with which a text begins, and whether that is all of it."""
    found: list[Any] = []
    at = 0
    while at < len(said) and len(found) < MEMBERS:
        try:
            value, at = _READ(said, at)
        except (ValueError, RecursionError):
            return found, False
        found.append(value)
        between = _BETWEEN.match(said, at)
        at = between.end() if between else at
    return found, True


_READ = json.JSONDecoder().raw_decode


def _without_controls(said: str) -> str:
    return re.sub(r"[\x00-\x1f]+", " ", said)


def _without_idle_backslashes(said: str) -> str:
    return _BACKSLASH.sub(lambda found: found[1] or "", said)


def _without_last_commas(said: str) -> str:
    return _LAST_COMMA.sub(lambda found: found[1] or "", said)
