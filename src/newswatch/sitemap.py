"""A sitemap's text as its items: of each, what it says under which name.

Rule: pure; any text gives items. Nothing outside the text is read and no entity is followed: what
stands before the root is left out, and what is no reference of XML's own is text. Each item is read
alone, so that what is broken in one costs itself and no item behind it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from lxml import etree

MEDIA = frozenset({"image", "video"})  # their locations and titles are not the article's
TAIL = 65_536  # characters at the end in which the root's end is looked for

_BEFORE = re.compile(
    r"[^<]+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE
)
_ROOT = re.compile(r"<(?P<prefix>(?:[\w.-]{1,40}:)?)(?:urlset|sitemapindex)[\s/>]", re.IGNORECASE)
_LITERAL = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[(?P<text>.*?)(?:\]\]>|\Z)"
    r"|&(?P<reference>(?:#0*\d{1,7}|#x0*[0-9a-f]{1,6}|amp|lt|gt|quot|apos);)?",
    re.DOTALL | re.IGNORECASE,
)
_TITLE = re.compile(r"<(?:(?!image:|video:)[\w.-]{1,40}:)?title[\s>]", re.IGNORECASE)
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def root(said: str) -> int | None:
    """Where the root of a sitemap, or of an index of some, begins in *said*; None if it is none."""
    at = 0
    while found := _BEFORE.match(said, at):
        at = found.end()
    return at if _ROOT.match(said, at) else None


def whole(said: str) -> bool:
    """Whether *said* goes as far as its root's end."""
    end = r"</(?:[\w.-]{1,40}:)?(?:urlset|sitemapindex)\s*>|\A<[^<>]{1,2000}/>\s*\Z"
    return re.search(end, said[-TAIL:], re.IGNORECASE) is not None


def items(said: str) -> Iterator[tuple[str, str]]:
    """The name of each whole item (url, sitemap) of *said*, which begins with its root, and what stands in it."""
    found = _ROOT.match(said)
    prefix = re.escape(found["prefix"]) if found else ""
    ends = re.compile(rf"<(?P<end>/?){prefix}(?P<name>url|sitemap)(?:\s[^<>]*)?>", re.IGNORECASE)
    mended = _NO_XML.sub("", _LITERAL.sub(_plain, said))
    begin = None
    for tag in ends.finditer(mended):
        if not tag["end"]:
            begin = tag.end()
        elif begin is not None:
            yield tag["name"].lower(), mended[begin : tag.start()]
            begin = None


def _plain(found: re.Match[str]) -> str:
    if found["reference"]:
        return html.escape(html.unescape(found[0]))
    if found[0] == "&":
        return "&amp;"
    return html.escape(found["text"] or "")


def is_titled(item: str) -> bool:
    """Whether an *item* may have a title of its own, which costs a hundredth of reading it."""
    return _TITLE.search(item) is not None


def texts(item: str) -> dict[str, str]:
    """The texts of an *item* by local name in lower case, the first of each name."""
    said: dict[str, str] = {}
    try:
        tree = etree.fromstring(f"<item>{item}</item>".encode(), _parser())
    except (etree.LxmlError, ValueError):
        return said
    for part in tree if tree is not None else ():
        if _local(part) not in MEDIA:
            for inner in part.iter(etree.Element):
                if (name := _local(inner)) not in said:
                    said[name] = "".join(inner.itertext()).strip()
    return said


@cache
def _parser() -> Any:
    return etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8"
    )


def _local(element: Any) -> str:
    """The name without its namespace, or without a prefix that nobody declared."""
    name = element.tag if isinstance(element.tag, str) else ""
    return name.rpartition("}")[2].rpartition(":")[2].lower()
