"""Where an article goes on: the address of its next page.

Rule: pure; `rel=next` is believed only where the address is this one's with the next number. Most pages that
have it name another article: of 27 recorded ones with rel=next, two go on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from newswatch.address import host, is_web, join

_NAMES = "page|p|pg|pag|pagina|página|seite|part|teil|s"
_PARAMETERS = frozenset([*_NAMES.split("|"), "paged", "pagenum", "pageno", "page_number"])
_BEHIND = re.compile(
    rf"(?P<joint>[/_,.-])(?:(?P<word>{_NAMES})[/_=-]?)?(?P<number>[1-9]\d?)", re.IGNORECASE
)
_EXTENSION = re.compile(r"\.(?:[a-z]?html?|php|aspx?|jsp)$", re.IGNORECASE)


def next_page(tree: Any, url: str, number: int = 1, first: str = "") -> str:
    """The address of page *number* + 1 of the article whose page *number* is *tree*, read at *url*; *first* is its
    first page's. '' for none.
    """
    first = first or url
    for said in _said(tree):
        target = join(url, said).partition("#")[0]
        if is_web(target) and host(target) == host(first) and _follows(target, first, number + 1):
            return target
    return ""


def _said(tree: Any) -> Iterator[str]:
    for element in tree.xpath("//link[@rel] | //a[@rel]"):
        if "next" in str(element.get("rel")).lower().split():
            yield str(element.get("href") or "")


def _follows(target: str, first: str, number: int) -> bool:
    """Whether *target* is the page *number* of the article at *first*."""
    try:
        there, here = urlsplit(target), urlsplit(first)
    except ValueError:
        return False
    mine, theirs = dict(parse_qsl(here.query)), dict(parse_qsl(there.query))
    if there.path == here.path:
        more = {name: v for name, v in theirs.items() if mine.get(name) != v}
        return len(more) == 1 and all(
            name.lower() in _PARAMETERS and value == str(number) for name, value in more.items()
        )
    stem, ending = _parted(here.path)
    longer, other_ending = _parted(there.path)
    if not longer.startswith(stem) or ending != other_ending or not stem.strip("/"):
        return False
    found = _BEHIND.fullmatch(longer[len(stem) :])
    if found is None or int(found["number"]) != number:
        return False
    # A bare "-2" behind a slug is another article of the same name.
    return bool(found["joint"] == "/" or found["word"] or ending)


def _parted(path: str) -> tuple[str, str]:
    """A path without its ending, and that."""
    found = _EXTENSION.search(path)
    ending = found[0] if found else ""
    return path.removesuffix(ending).rstrip("/"), ending
