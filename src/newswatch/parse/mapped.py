"""A news sitemap as a window, an index of some as its parts.

Rule: pure; a page that no headline is given for is no entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from heapq import nsmallest

from newswatch import sitemap
from newswatch.address import is_web, join
from newswatch.markup import text
from newswatch.model import UNASKED, Entry, Shown, content_id
from newswatch.parse.window import (
    ENTRIES,
    Listed,
    Listing,
    ParseError,
    Window,
    headline,
    instalment,
    made,
    when,
)

PARTS = 1_000  # of an index that are asked for: each is polled as a feed is, and most of a long one's are archives


def read(said: str, url: str, known: Mapping[str, Shown], most: int) -> Window:
    """The window of a sitemap whose text *said* begins with its root. Raises ParseError."""
    pages: list[str] = []
    parts: dict[str, str] = {}
    for name, item in sitemap.items(said):
        if name == "url":
            if sitemap.is_titled(item):
                pages.append(item)
        elif is_web(location := join(url, text((part := sitemap.texts(item)).get("loc")))):
            parts[location] = part.get("lastmod", "")
        if len(pages) + len(parts) >= ENTRIES:
            break
    whole = sitemap.whole(said)
    if not (whole or pages or parts):
        raise ParseError("a broken sitemap: it ends before its first entry does")
    entries, more = instalment(
        ((content_id(url, item), partial(_entry, item, url)) for item in pages), known, most
    )
    return Window(entries, whole and not more, _latest(parts), UNASKED, "sitemap", more=more)


def listing(said: str, url: str) -> Listing:
    """All that a sitemap lists whose text *said* begins with its root, the first 50,000. Raises ParseError."""
    pages: list[Listed] = []
    parts: dict[str, datetime | None] = {}
    for name, item in sitemap.items(said):
        found = sitemap.texts(item)
        location = text(found.get("loc"))
        if not location.startswith(("https://", "http://")):
            location = join(url, location)
        modified = when(said_at) if (said_at := found.get("lastmod")) else None
        if not is_web(location):
            continue
        if name == "url":
            dated = found.get("publication_date")
            pages.append(
                Listed(
                    location,
                    headline(found.get("title")) if "title" in found else "",
                    text(found.get("language")).lower(),
                    when(dated) if dated else None,
                    modified,
                )
            )
        else:
            parts[location] = modified
        if len(pages) + len(parts) >= ENTRIES:
            break
    if not (sitemap.whole(said) or pages or parts):
        raise ParseError("a broken sitemap: it ends before its first entry does")
    return Listing(tuple(pages), tuple(parts.items()))


def _latest(parts: Mapping[str, str]) -> tuple[str, ...]:
    """Of an index's *parts*, each with when it last changed, those that may hold news, in their order: the latest,
    and of equal ones those nearest to an end, as new ones are added there.
    """
    if len(parts) <= PARTS:
        return tuple(parts)
    ages = [at.timestamp() if (at := when(said)) else 0.0 for said in parts.values()]
    last = len(ages) - 1
    kept = nsmallest(PARTS, range(len(ages)), lambda n: (-ages[n], min(n, last - n)))
    chosen = frozenset(kept)
    return tuple(part for n, part in enumerate(parts) if n in chosen)


def _entry(item: str, url: str) -> Entry | None:
    said = sitemap.texts(item)
    title, link = headline(said.get("title")), text(said.get("loc"))
    if not title or not link:
        return None  # a plain sitemap names pages, not news
    return made(
        url,
        guid="",
        link=link,
        title=title,
        html="",
        full=False,
        lang=text(said.get("language")).lower(),
        author="",
        published=when(said.get("publication_date", "")),
    )
