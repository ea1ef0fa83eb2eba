"""What comes from and goes to other programs: articles and an archive's changes as JSON lines, feeds as OPML.

Rule: values only; a line that cannot be read is a Mistake with its number and never an exception,
and lines are read one at a time, however long the file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, get_args
from xml.etree import ElementTree as ET

from newswatch import moment, newsrooms, references
from newswatch import text as words
from newswatch.address import host, is_web
from newswatch.model import (
    CHANGES_SCHEMA,
    EPOCH,
    Article,
    Feed,
    FeedFormat,
    Imported,
    PagesMode,
    Quality,
    Recorded,
)

LARGEST_OPML = 10_000_000  # bytes; feeds.yaml holds 2 MB
LONGEST_LINE = 20_000_000  # bytes; the longest live blog measured had 2 MB
# An article's line takes more as a change: it has others beside it, and characters that are not shown are escapes there.
LONGEST_CHANGE = 6 * LONGEST_LINE
LATEST = datetime(2200, 1, 1, tzinfo=UTC)  # the archive's order by time ends in 2248
BOM = b"\xef\xbb\xbf"
SOURCE = "import"
DEEPEST = 50
FEED_TYPES = frozenset({"rss", "atom"})
LONGEST_NAME, LONGEST_TERMS, LONGEST_URL = 80, 500, 2000
A_CHANGE = re.compile(rb"\s*\{\s*\"schema\"\s*:")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
LAST_ID = 1 << 62
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


class ExchangeError(Exception):
    """A file that is not what it should be."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line that could not be read, and why."""

    line: int
    reason: str


# ── articles ────────────────────────────────────────────────────────────────────────────────


def lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of *stream*, one at a time; of one longer than LONGEST_LINE only its beginning,
    which is long enough to be seen to be too long.
    """
    while line := stream.readline(LONGEST_LINE + 2):
        yield line
        while line and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE)


def read_articles(lines: Iterable[bytes], now: datetime) -> Iterator[Imported | Mistake]:
    """The articles of JSON *lines*; an article without `seen` was first seen when it was
    published, else *now*. Empty lines are passed over.
    """
    for number, line in enumerate(lines, 1):
        line = line.removeprefix(BOM)
        if not line.strip():
            continue
        try:
            yield _imported(line, now)
        except ExchangeError as wrong:
            yield Mistake(number, str(wrong))


def _object(line: bytes, longest: int = LONGEST_LINE) -> dict[str, Any]:
    said = line.strip()
    if len(said) > longest:
        raise ExchangeError(f"longer than {longest:,} bytes")
    cut = "" if line.endswith(b"\n") else ", and the line has no end: it was cut off"
    try:
        value = json.loads(said.decode(), parse_constant=_no_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise ExchangeError(f"not UTF-8 (byte {error.start}){cut}") from error
    except (ValueError, RecursionError) as error:
        raise ExchangeError(f"not JSON ({error}){cut}") from error
    if not isinstance(value, dict):
        raise ExchangeError(f"an object is needed, this is {type(value).__name__}")
    return value


def _imported(line: bytes, now: datetime) -> Imported:
    value = _object(line)
    url = _string(value, "url").strip()
    if not is_web(url) or not url.isprintable():
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
    author = words.safe_line(_string(value, "author"))
    wire = words.safe_line(_string(value, "credit"))[:LONGEST_NAME]
    return Imported(
        Article(
            url=url,
            title=title,
            text=body or lead,
            lang=_language(_string(value, "lang")),
            author=author,
            published=published,
            published_from="feed" if published else "",
            quality=_quality(value, body, lead),
            text_from="import" if body or lead else "",
            credit=wire or newsrooms.credit(body or lead, author),
        ),
        seen.astimezone(UTC),
        source,
        words.safe_line(_string(value, "newsroom")) or source,
        _tags(value),
    )


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:20]} is no number that JSON can say again")
    return number


def _string(value: dict[str, Any], key: str) -> str:
    found = value.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise ExchangeError(f"{key} must be a text, this is {type(found).__name__}")
    return found


def _language(said: str) -> str:
    """A language as the archive writes it; '' for what names none."""
    tag = said.strip().lower().replace("_", "-")
    return tag if LANGUAGE.fullmatch(tag) and len(tag) <= 20 else ""


def _quality(value: dict[str, Any], body: str, lead: str) -> Quality:
    """How much of the article its text is: what an export says of it, else the whole."""
    if body:
        less: tuple[Quality, ...] = ("lead", "part", "video", "gallery")
        return next((one for one in less if value.get("quality") == one), "full")
    return "lead" if lead else "headline"


def _tags(value: dict[str, Any]) -> tuple[str, ...]:
    found = value.get("tags") or ()
    if not isinstance(found, (list, tuple)) or not all(isinstance(tag, str) for tag in found):
        raise ExchangeError("tags must be a list of texts")
    return tuple(dict.fromkeys(tag for tag in map(words.safe_line, found) if tag))


def _time(value: dict[str, Any], key: str) -> datetime | None:
    said = _string(value, key).strip()
    if not said:
        return None
    found = moment.read(said)
    if found is None:
        raise ExchangeError(f"{key} {said[:40]!r} is no time since 1970")
    if not EPOCH <= found < LATEST:
        raise ExchangeError(f"{key} {said[:40]!r} is not between 1970 and {LATEST.year}")
    return found


# ── changes ─────────────────────────────────────────────────────────────────────────────────


def are_changes(beginning: bytes) -> bool:
    """Whether a file that begins so holds an archive's changes, as `export --what changes` writes them."""
    return A_CHANGE.match(beginning.removeprefix(BOM)) is not None


def read_changes(lines: Iterable[bytes], first: int = 1) -> Iterator[Recorded | Mistake]:
    """The changes of JSON *lines*, the number of the *first* given. Empty lines are passed over; what follows on a
    Mistake does not follow on what was before it.
    """
    for number, line in enumerate(lines, first):
        line = line.removeprefix(BOM)
        if not line.strip():
            continue
        try:
            yield _recorded(_object(line, LONGEST_CHANGE))
        except ExchangeError as wrong:
            yield Mistake(number, str(wrong))


def _recorded(value: dict[str, Any]) -> Recorded:
    schema = value.get("schema")
    if schema != CHANGES_SCHEMA:
        raise ExchangeError(
            f"schema {schema!r}: this newswatch reads changes of schema {CHANGES_SCHEMA}"
            + (": upgrade it" if isinstance(schema, int) and schema > CHANGES_SCHEMA else "")
        )
    for key, kind in (("id", int), ("data", dict)):
        if not isinstance(value.get(key), kind) or isinstance(value.get(key), bool):
            raise ExchangeError(f"{key} must be {'a number' if kind is int else 'an object'}")
    if not 0 < value["id"] < LAST_ID:
        raise ExchangeError(f"id {value['id']} is no change's number")
    said = {key: _string(value, key) for key in ("at", "kind", "subject", "chain")}
    if not STAMP.fullmatch(said["at"]):
        raise ExchangeError(f"at {said['at'][:40]!r} is no time as a history writes it")
    held = value.get("held")
    if held is not None and not isinstance(held, dict):
        raise ExchangeError("held must be an object or null")
    return Recorded(id=value["id"], data=value["data"], held=held, **said)


# ── OPML ────────────────────────────────────────────────────────────────────────────────────


class _Tree(ET.TreeBuilder):
    """A tree without a document type, which alone may declare entities, and not too deep."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def doctype(self, name: str, _public: str | None, _system: str | None) -> None:
        """Refuse it, before anything it declares is used."""
        raise ExchangeError(f"a document type ({name[:40]}) and its entities are not read")

    def start(self, tag: Any, attributes: Any, /) -> Any:
        """Open an element."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExchangeError(f"folders nested deeper than {DEEPEST}")
        return super().start(tag, attributes)

    def end(self, tag: str, /) -> Any:
        """Close it."""
        self._depth -= 1
        return super().end(tag)


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """What an OPML document says: *feeds*, and of each outline that wants to be one and whose
    address is no web address its (title, address).
    """

    feeds: tuple[Feed, ...] = ()
    nowhere: tuple[tuple[str, str], ...] = ()


def read_opml(body: bytes) -> Subscriptions:
    """The feeds of an OPML document, each tagged by the folders it stands in; a name that comes
    twice gets a number, an address that comes twice is one feed. Raises ExchangeError.
    """
    if len(body) > LARGEST_OPML:
        raise ExchangeError(f"larger than {LARGEST_OPML:,} bytes")
    try:
        # Latin-1 holds any bytes: what encoding they are in is the document's to declare.
        body = references.mended(body.decode("latin-1")).encode("latin-1", "xmlcharrefreplace")
        tree = ET.fromstring(body, ET.XMLParser(target=_Tree()))  # noqa: S314 - no entities, no doctype
    except (ET.ParseError, ValueError, LookupError) as error:
        raise ExchangeError(f"not OPML ({error})") from error
    if tree.tag.lower() != "opml":
        raise ExchangeError(f"not OPML: it begins <{tree.tag[:40]}>")
    found: dict[str, Feed] = {}
    nowhere: list[tuple[str, str]] = []
    addresses: set[str] = set()
    for outline, folders in _outlines(tree, ()):
        if "xmlurl" not in outline and outline.get("type", "").lower() not in FEED_TYPES:
            continue
        url = outline.get("xmlurl", "").strip()
        titles = outline.get("title"), outline.get("text")
        if not is_web(url) or re.search(r"\s", url):
            nowhere.append((_name(*titles), words.safe_line(url)[:200]))
            continue
        if url in addresses:
            continue
        addresses.add(url)
        name = base = _name(*titles, host(url), "feed")
        number = 2
        while name in found:
            name, number = f"{base} {number}", number + 1
        found[name] = Feed(
            name,
            url,
            newsroom=_name(outline.get(f"{OWN}newsroom")),
            lang=_language(outline.get("language", "")),
            tags=folders,
            pages=_one_of(get_args(PagesMode), outline.get(f"{OWN}pages"), "fetch"),
            format=_one_of(get_args(FeedFormat), outline.get(f"{OWN}format"), ""),
            terms=words.safe_line(outline.get(f"{OWN}terms", ""))[:LONGEST_TERMS].strip(),
            sitemap=_sitemap(outline.get(f"{OWN}sitemap", "").strip()),
        )
    return Subscriptions(tuple(found.values()), tuple(nowhere))


def _one_of(known: tuple[Any, ...], said: str | None, otherwise: str) -> Any:
    return said if said in known else otherwise


def _sitemap(said: str) -> str:
    sound = is_web(said) and said.isprintable() and not re.search(r"\s", said)
    return said if sound and len(said) <= LONGEST_URL else ""


def _name(*said: str | None) -> str:
    """The first of *said* that has words, as a name may be written in feeds.yaml."""
    for one in said:
        name = words.safe_line((one or "").replace(",", " "))[:LONGEST_NAME].strip()
        if name:
            return name
    return ""


def _outlines(
    element: Any, folders: tuple[str, ...]
) -> Iterator[tuple[dict[str, str], tuple[str, ...]]]:
    for child in element:
        attributes = {name.lower(): value for name, value in child.attrib.items()}
        below = folders
        if child.tag.lower() == "outline":
            yield attributes, folders
            folder = _name(attributes.get("text"), attributes.get("title"))
            if folder and not attributes.get("xmlurl"):
                below = tuple(dict.fromkeys((*folders, folder)))
        yield from _outlines(child, below)


OWN = "{urn:newswatch}"  # the namespace of attributes that only newswatch reads


def write_opml(feeds: Iterable[Feed]) -> str:
    """*feeds* as an OPML document, in folders by their tags; those that are off are left out, as
    OPML cannot say so. What may be read of a feed's pages, its newsroom, terms and sitemap go along; how it
    is asked (user agent, headers) does not.
    """
    ET.register_namespace("newswatch", OWN.strip("{}"))
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "newswatch"
    body = ET.SubElement(root, "body")
    folders: dict[tuple[str, ...], ET.Element] = {(): body}
    for feed in feeds:
        if not feed.enabled:
            continue
        for depth in range(1, len(feed.tags) + 1):
            path = feed.tags[:depth]
            if path not in folders:
                folders[path] = ET.SubElement(folders[path[:-1]], "outline", text=path[-1])
        attributes = {"type": "rss", "text": feed.name, "title": feed.name, "xmlUrl": feed.url}
        if feed.lang:
            attributes["language"] = feed.lang
        if feed.newsroom:
            attributes[f"{OWN}newsroom"] = feed.newsroom
        if feed.pages != "fetch":
            attributes[f"{OWN}pages"] = feed.pages
        for key in ("format", "terms", "sitemap"):
            if said := getattr(feed, key):
                attributes[f"{OWN}{key}"] = said
        ET.SubElement(folders[feed.tags], "outline", attributes)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
