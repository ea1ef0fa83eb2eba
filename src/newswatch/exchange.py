"""What comes from and goes to other programs: articles as JSON lines, feeds as OPML.

Rule: values only; a line that cannot be read is a Mistake with its number and never an exception,
and lines are read one at a time, however long the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from newswatch import text as words
from newswatch.address import host, is_web
from newswatch.model import EPOCH, Article, Feed, Imported

LONGEST_LINE = 20_000_000  # bytes; the longest live blog measured had 2 MB
SOURCE = "import"
DEEPEST = 50


class ExchangeError(Exception):
    """A file that is not what it should be."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line that could not be read, and why."""

    line: int
    reason: str


# ── articles ────────────────────────────────────────────────────────────────────────────────


def read_articles(lines: Iterable[bytes], now: datetime) -> Iterator[Imported | Mistake]:
    """The articles of JSON *lines*; an article without `seen` was first seen when it was
    published, else *now*. Empty lines are passed over.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _imported(line, now)
        except ExchangeError as wrong:
            yield Mistake(number, str(wrong))


def _imported(line: bytes, now: datetime) -> Imported:
    if len(line) > LONGEST_LINE:
        raise ExchangeError(f"longer than {LONGEST_LINE:,} bytes")
    try:
        value = json.loads(line.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise ExchangeError(f"not UTF-8 (byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        raise ExchangeError(f"not JSON ({error})") from error
    if not isinstance(value, dict):
        raise ExchangeError(f"an object is needed, this is {type(value).__name__}")
    url = _string(value, "url")
    if not is_web(url):
        raise ExchangeError(f"url {url[:80]!r} is no web address")
    title, body = (
        words.collapse(words.clean(_string(value, "title"))),
        words.clean(_string(value, "text")),
    )
    if not title and not body:
        raise ExchangeError("neither title nor text")
    published = _time(value, "published")
    seen = _time(value, "seen") or _time(value, "first_seen") or published or now
    lead = words.clean(_string(value, "lead"))
    source = words.safe_line(_string(value, "source")) or SOURCE
    return Imported(
        Article(
            url=url,
            title=title,
            text=body or lead,
            lang=_string(value, "lang").strip().lower().replace("_", "-")[:20],
            author=words.safe_line(_string(value, "author")),
            published=published,
            published_from="feed" if published else "",
            quality="full" if body else "lead" if lead else "headline",
        ),
        seen.astimezone(UTC),
        source,
        words.safe_line(_string(value, "newsroom")) or source,
        _tags(value),
    )


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _string(value: dict[str, Any], key: str) -> str:
    found = value.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise ExchangeError(f"{key} must be a text, this is {type(found).__name__}")
    return found


def _tags(value: dict[str, Any]) -> tuple[str, ...]:
    found = value.get("tags") or ()
    if not isinstance(found, (list, tuple)) or not all(isinstance(tag, str) for tag in found):
        raise ExchangeError("tags must be a list of texts")
    return tuple(dict.fromkeys(words.safe_line(tag) for tag in found if tag.strip()))


def _time(value: dict[str, Any], key: str) -> datetime | None:
    said = _string(value, key).strip()
    if not said:
        return None
    try:
        found = datetime.fromisoformat(said)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        if not found >= EPOCH or found.astimezone(UTC).year > 9000:
            raise ExchangeError(f"{key} {said[:40]!r} is not between 1970 and 9000")
    except (ValueError, OverflowError) as error:
        raise ExchangeError(f"{key} {said[:40]!r} is no time") from error
    return found


# ── OPML ────────────────────────────────────────────────────────────────────────────────────


def read_opml(body: bytes) -> tuple[Feed, ...]:
    """The feeds of an OPML document, each tagged by the folders it stands in; a name that comes
    twice gets a number. Raises ExchangeError.
    """
    if b"<!ENTITY" in body:
        raise ExchangeError("entities of its own are not read")
    try:
        tree = ET.fromstring(body)  # noqa: S314 - expat ≥ 2.4, and entities are refused above
    except (ET.ParseError, ValueError, LookupError) as error:
        raise ExchangeError(f"not OPML ({error})") from error
    if tree.tag.lower() != "opml":
        raise ExchangeError(f"not OPML: it begins <{tree.tag[:40]}>")
    found: dict[str, Feed] = {}
    addresses: set[str] = set()
    for outline, folders in _outlines(tree, (), 0):
        url = (outline.get("xmlUrl") or outline.get("xmlurl") or "").strip()
        if not is_web(url) or url in addresses:
            continue
        addresses.add(url)
        said = words.safe_line(outline.get("title") or outline.get("text") or host(url))
        name = base = said.replace(",", " ")[:80] or host(url)
        number = 2
        while name in found:
            name, number = f"{base} {number}", number + 1
        lang = (outline.get("language") or "").lower()
        found[name] = Feed(
            name, url, lang=lang if lang.replace("-", "").isalnum() else "", tags=folders
        )
    return tuple(found.values())


def _outlines(
    element: Any, folders: tuple[str, ...], depth: int
) -> Iterator[tuple[Any, tuple[str, ...]]]:
    if depth > DEEPEST:
        raise ExchangeError(f"folders nested deeper than {DEEPEST}")
    for child in element:
        if str(child.tag).lower() != "outline":
            yield from _outlines(child, folders, depth + 1)
            continue
        yield child, folders
        inner = words.safe_line(child.get("text") or child.get("title") or "").replace(",", " ")[
            :80
        ]
        below = (*folders, inner) if inner and not child.get("xmlUrl") else folders
        yield from _outlines(child, below, depth + 1)


def write_opml(feeds: Iterable[Feed]) -> str:
    """*feeds* as an OPML document, one folder a first tag."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "newswatch"
    body = ET.SubElement(root, "body")
    folders: dict[str, ET.Element] = {}
    for feed in feeds:
        place = body
        if feed.tags:
            if feed.tags[0] not in folders:
                folders[feed.tags[0]] = ET.SubElement(body, "outline", text=feed.tags[0])
            place = folders[feed.tags[0]]
        attributes = {"type": "rss", "text": feed.name, "title": feed.name, "xmlUrl": feed.url}
        if feed.lang:
            attributes["language"] = feed.lang
        ET.SubElement(place, "outline", attributes)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
