"""A news sitemap as a window, an index of some as its parts.

Rule: pure; a page that no headline is given for is no entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from newswatch import sitemap
from newswatch.address import is_web, join
from newswatch.markup import text
from newswatch.model import UNASKED, Entry, Shown, content_id
from newswatch.parse.window import ENTRIES, ParseError, Window, headline, instalment, made, when


def read(said: str, url: str, known: Mapping[str, Shown], most: int) -> Window:
    """The window of a sitemap whose text *said* begins with its root. Raises ParseError."""
    pages: list[str] = []
    parts: dict[str, None] = {}
    for name, item in sitemap.items(said):
        if name == "url":
            if sitemap.is_titled(item):
                pages.append(item)
        elif is_web(location := join(url, text(sitemap.texts(item).get("loc")))):
            parts[location] = None
        if len(pages) + len(parts) >= ENTRIES:
            break
    whole = sitemap.whole(said)
    if not (whole or pages or parts):
        raise ParseError("a broken sitemap: it ends before its first entry does")
    entries, more = instalment(
        ((content_id(url, item), partial(_entry, item, url)) for item in pages), known, most
    )
    return Window(entries, whole and not more, tuple(parts), UNASKED, "sitemap", more=more)


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
