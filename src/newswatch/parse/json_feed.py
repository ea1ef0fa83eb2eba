"""A JSON Feed as a window; of one that is cut or broken the whole items before that.

Rule: pure; versions 1.0 and 1.1.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from newswatch import wholeness
from newswatch.address import is_web
from newswatch.markup import line, text
from newswatch.model import UNASKED, Entry, Shown, content_id
from newswatch.parse.window import ParseError, Window, address, instalment, made, when

_VERSION = re.compile(r'"version"\s*:\s*"([^"]{0,60}jsonfeed\.org[^"]{0,40})"')
_ITEMS = re.compile(r'"items"\s*:\s*\[\s*')
_NEXT = re.compile(r"\s*,\s*")
_BODY = frozenset({"content_html", "content_text"})


def read(said: str, url: str, known: Mapping[str, Shown], most: int) -> Window:
    """The window of the JSON text *said*. Raises ParseError."""
    reading, whole = json.JSONDecoder(parse_int=str, parse_float=str, strict=False), True
    try:
        value = reading.raw_decode(said)[0]
    except (ValueError, RecursionError) as error:
        value, whole = _cut(said, reading), False
        if not value["items"]:
            raise ParseError(f"broken JSON: {error}") from error
    if not isinstance(value, dict) or not _is_feed(value, whole=whole):
        raise ParseError("JSON, but no JSON Feed")
    listed = value.get("items")
    # What it leaves out of language and authors, its feed says for all.
    feed = {name: value.get(name) for name in ("language", "authors", "author")}
    around = _written(feed)
    entries, more = instalment(
        (
            (content_id(url, around, _written(item)), partial(_entry, item, feed, url))
            for item in (listed if isinstance(listed, list) else ())
            if isinstance(item, dict)
        ),
        known,
        most,
    )
    older = address(text(value.get("next_url")), url)
    return Window(entries, whole and not more, (), UNASKED, "json", older, more)


def _written(value: Any) -> str:
    """A part of the document as text again. Raises ParseError."""
    try:
        return json.dumps(value)
    except RecursionError as error:
        raise ParseError("JSON that is nested too deep") from error


def _is_feed(value: dict[str, Any], *, whole: bool) -> bool:
    """Whether an object says that it is a JSON Feed. One whose end is lost may have said so there: its items show
    it, as each needs an id and a content.
    """
    if said := value.get("version"):
        return "jsonfeed.org" in str(said)
    return not whole and all(
        isinstance(item, dict) and "id" in item and not _BODY.isdisjoint(item)
        for item in value["items"]
    )


def _cut(said: str, reading: json.JSONDecoder) -> dict[str, Any]:
    """The version and the whole items that stand in a JSON Feed before it is cut or broken."""
    items: list[Any] = []
    version = _VERSION.search(said)
    begin = _ITEMS.search(said)
    while begin is not None:
        try:
            item, at = reading.raw_decode(said, begin.end())
        except (ValueError, RecursionError):
            break
        items.append(item)
        begin = _NEXT.match(said, at)
    return {"version": version[1] if version else "", "items": items}


def _entry(item: dict[str, Any], feed: dict[str, Any], url: str) -> Entry | None:
    """An *item* as an entry, if there is anything to read of it."""
    content, summary = text(item.get("content_html")), text(item.get("summary"))
    if not content:
        content = _paragraphs(text(item.get("content_text")))
    guid = text(item.get("id"))
    title = line(text(item.get("title")))
    link = text(item.get("url")) or text(item.get("external_url"))
    if not (title or content or summary or link or is_web(guid)):
        return None
    return made(
        url,
        guid=guid,
        link=link,
        title=title,
        html=content if len(content) >= len(summary) else _paragraphs(summary),
        full=len(content) >= len(summary) and len(line(content, 10**6).split()) >= wholeness.ENOUGH,
        lang=(text(item.get("language")) or text(feed.get("language"))).lower(),
        author=_authors(item) or _authors(feed),
        published=when(text(item.get("date_published"))) or when(text(item.get("date_modified"))),
    )


def _paragraphs(said: str) -> str:
    """Plain text as HTML."""
    return "".join(f"<p>{html.escape(line)}</p>" for line in said.split("\n")) if said else ""


def _authors(said: dict[str, Any]) -> str:
    """The names that an item or a feed gives; version 1.0 has one author and no list."""
    authors = said.get("authors") or [said.get("author")]
    names = [
        line(text(one.get("name") if isinstance(one, dict) else one))
        for one in (authors if isinstance(authors, list) else [authors])
    ]
    return ", ".join(name for name in names if name)
