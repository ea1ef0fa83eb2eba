"""A feed's bytes as entries: RSS, Atom, RDF, news sitemaps and their indexes, JSON Feed.

Rule: pure; any bytes give a Window or ParseError, never anything else.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from newswatch import (
    alternates,
    charset,
    hints,
    moment,
    pieces,
    references,
    sitemap,
    syndication,
    wholeness,
)
from newswatch.address import OPAQUE, host, is_web, join, linkless
from newswatch.decode import STEP, Undecodable, decoder
from newswatch.markup import line, text
from newswatch.model import EARLIEST, UNASKED, Entry, FeedFormat, Hints, Shown, content_id

LARGEST = 64 * 1024 * 1024  # bytes of an unpacked sitemap
ENTRIES = 50_000  # as many as a sitemap may hold
AT_ONCE = 1_000  # items that feedparser reads in one trip: 0.6 to 5 ms each, and a child has 15 s
LONGEST_NAME = 100  # characters of a newsroom's


class ParseError(Exception):
    """These bytes are no feed; *feeds* are those that they name, if they are a page."""

    def __init__(self, said: str, feeds: tuple[str, ...] = ()) -> None:
        super().__init__(said)
        self.feeds = feeds


@dataclass(frozen=True, slots=True)
class Window:
    """A feed as it is now: entries in its order, of one that was read before only what it is known by;
    *whole* is False when the body was cut; *parts* are the addresses of a sitemap index; *hints* say how
    often it wants to be asked; *format* is what it was read as; *older* where its older entries stand; *more*
    that another trip would read more of it.
    """

    entries: tuple[Entry, ...] = ()
    whole: bool = True
    parts: tuple[str, ...] = ()
    hints: Hints = UNASKED
    format: FeedFormat = "rss"
    older: str = ""
    more: bool = False


def window(body: bytes, content_type: str, url: str, read: Iterable[Shown]) -> Window:
    """The entries of a feed's *body*. Where its shape is plain, those that stand in it as they did when
    *read* are not read again: feedparser's cost is the largest there is. Of those that it has to read
    the first 1,000 are; the window is not whole then, and the next trip reads on. Raises ParseError.
    """
    if body[:2] == b"\x1f\x8b":
        body = _unpacked(body)
    came = charset.text_of(body, content_type).lstrip("\ufeff \t\r\n")
    if came[:1] == "{":
        return _json_feed(came, url)
    plain, known = pieces.of(came, url), {shown.mark[:-2]: shown for shown in read if shown.mark}
    if plain is None:
        return _read(None, came, known, url)
    some, more = plain.first(AT_ONCE, known.keys(), ENTRIES)
    if some is plain:
        return _read(plain, came, known, url)
    return replace(_read(some, some.text, known, url), whole=False, more=more)


def _read(plain: pieces.Pieces | None, came: str, known: Mapping[str, Shown], url: str) -> Window:
    if plain is not None and (found := _unseen(plain, came, known, url)) is not None:
        return found
    said = _mended(came)
    root = sitemap.root(said)
    if root is not None:
        return _sitemap(said[root:], url)
    return _syndication(_bytes(said), came, plain, url)


def _mended(said: str) -> str:
    return references.named(references.mended(said))


def _bytes(said: str) -> bytes:
    return said.encode("utf-8", "replace")


def _unpacked(body: bytes) -> bytes:
    """All members of a gzip body, as many as are whole or cut; junk behind them is left out."""
    inflate = decoder("gzip")
    pieces: list[bytes] = []
    size = 0
    try:
        for at in range(0, len(body), STEP):
            for piece in inflate.feed(body[at : at + STEP]):
                pieces.append(piece)
                size += len(piece)
                if size >= LARGEST:
                    raise ParseError("unpacks to more than 64 MB")
    except Undecodable as error:
        if not pieces or "incorrect header" not in str(error.__cause__):
            raise ParseError("broken gzip") from error
    return b"".join(pieces)


# ── RSS, Atom, RDF ──────────────────────────────────────────────────────────────────────────


def _syndication(body: bytes, came: str, plain: pieces.Pieces | None, url: str) -> Window:
    try:
        parsed, whole, sound = syndication.read(body)
    except Exception as error:
        raise ParseError(f"cannot be read ({type(error).__name__})") from error
    entries = parsed.entries[:ENTRIES]
    version = str(parsed.get("version", ""))
    if not version and not entries:
        raise _what_else(body, url)
    offers = wholeness.offers(version, came)
    extents = [wholeness.extent(raw) if offers else wholeness.NOTHING for raw in entries]
    whole_texts = wholeness.are_whole(extents) if offers else None
    marks: Iterable[str] = [""] * len(entries)
    if plain is not None and sound and len(plain.marks) == len(entries):
        said = _JUDGED[whole_texts]
        marks = [f"{mark}{said}{extent}" for mark, extent in zip(plain.marks, extents, strict=True)]
    found = [
        replace(entry, mark=mark)
        for raw, mark in zip(entries, marks, strict=True)
        if (entry := _entry(raw, url, whole_texts)) is not None
    ]
    asked = hints.of(body if plain is None else _bytes(plain.frame))
    return Window(tuple(found), whole, (), asked, _format(version), _older(parsed, url))


def _unseen(plain: pieces.Pieces, came: str, known: Mapping[str, Shown], url: str) -> Window | None:
    """A plain feed's window when feedparser gets no item that is *known* by its mark; None where that may be
    another window than it makes of the whole.
    """
    seen = frozenset(plain.marks) & known.keys()
    if not seen or len(plain.marks) > ENTRIES:
        return None
    try:
        parsed, _, sound = syndication.read(_mended(plain.without(seen)).encode("utf-8", "replace"))
    except Exception:  # noqa: BLE001 - of any kind, and the whole may fare better
        return None
    version = str(parsed.get("version", ""))
    if not sound or len(parsed.entries) != sum(mark not in seen for mark in plain.marks):
        return None
    offers = wholeness.offers(version, came)
    unseen = iter(
        [(raw, wholeness.extent(raw) if offers else wholeness.NOTHING) for raw in parsed.entries]
    )
    items = [(known[m], known[m].mark[-1]) if m in seen else next(unseen) for m in plain.marks]
    whole_texts = wholeness.are_whole([extent for _, extent in items]) if offers else None
    said = _JUDGED[whole_texts]
    if any(known[mark].mark[-2] != said for mark in seen):
        return None
    found = []
    for (item, extent), mark in zip(items, plain.marks, strict=True):
        if isinstance(item, Shown):
            found.append(Entry(item.hash, item.guid, item.url, "", mark=item.mark))
        elif (entry := _entry(item, url, whole_texts)) is not None:
            found.append(replace(entry, mark=f"{mark}{said}{extent}"))
    asked = hints.of(_bytes(plain.frame))
    return Window(tuple(found), True, (), asked, _format(version), _older(parsed, url))


def _older(parsed: Any, url: str) -> str:
    """The address of a feed's older entries: its archive's newest document (RFC 5005), else its next page."""
    links = {
        text(link.get("rel")).rpartition("/")[2].lower(): text(link.get("href"))
        for link in parsed.feed.get("links", ())
    }
    return _address(links.get("prev-archive") or links.get("next") or "", url)


def _address(said: str, url: str) -> str:
    address = join(url, said) if said else ""
    return address if is_web(address) else ""


def _format(version: str) -> FeedFormat:
    """What feedparser's word for a version stands for; RSS 0.90 and 1.0 are RDF, all else is some RSS."""
    if version in ("rss090", "rss10"):
        return "rdf"
    return "atom" if version.startswith("atom") else "rss"


# What a mark ends in, as the entry's hash follows from both: how the feed was judged, and the extent of the
# entry's content.
_JUDGED = {None: "n", False: "e", True: "w"}


def _what_else(body: bytes, url: str) -> ParseError:
    head = body[:2048].lower()
    if not body.strip():
        return ParseError("an empty body")
    feeds = alternates.of(body, url)
    if b"<html" in head or b"<!doctype html" in head or feeds:
        title = re.search(rb"<title[^>]*>([^<]{1,100})", body[:20_000], re.IGNORECASE)
        said = f": {line(title[1].decode('utf-8', 'replace'))}" if title else ""
        named = f". It names {'this feed' if len(feeds) == 1 else 'these feeds'}: " if feeds else ""
        return ParseError(f"an HTML page, no feed{said}{named}{', '.join(feeds)}", feeds)
    begins = " ".join(text(body[:60].decode("utf-8", "replace")).split())
    return ParseError(f'no feed: it begins "{begins}"')


def _entry(raw: Any, url: str, whole_texts: bool | None) -> Entry | None:
    if host(url) in OPAQUE:
        return _headline(raw, url)
    guid = text(raw.get("id"))
    link = text(raw.get("link")) or _first_link(raw)
    title = _title(raw.get("title"))
    content = "" if whole_texts is None else wholeness.content_of(raw)
    summary = text(raw.get("summary"))
    plain, explicit = line(content, 10**6), wholeness.explicit(raw)
    full = bool(plain) and (
        (content == explicit and len(plain) >= len(line(summary, 10**6)))
        or (
            (bool(whole_texts) or len(plain.split()) >= wholeness.ENOUGH)
            and not wholeness.is_teaser(plain)
        )
    )
    body = content if full or len(content) > len(summary) else summary
    if not (title or body or link or guid):
        return None
    return _made(
        url,
        guid=guid,
        link=link,
        title=title,
        html=body,
        full=full,
        lang=text(raw.get("language")).lower(),
        author=line(text(raw.get("author"))),
        published=_published(raw),
    )


def _headline(raw: Any, url: str) -> Entry | None:
    """An entry of a feed of headlines of many newsrooms: whose it is, its `source` says, and so does the
    headline's end. What it has for a text is a list of links.
    """
    whose = line(text((raw.get("source") or {}).get("title")))
    title = _title(raw.get("title"))
    bare = title.removesuffix(f" - {whose}") if whose else title.rpartition(" - ")[0]
    guid, link = text(raw.get("id")), text(raw.get("link")) or _first_link(raw)
    if not (title or link or guid):
        return None
    return _made(
        url,
        guid=guid,
        link=link,
        title=bare or title,
        html="",
        full=False,
        lang=text(raw.get("language")).lower(),
        author=line(text(raw.get("author"))),
        published=_published(raw),
        newsroom=whose[:LONGEST_NAME],
    )


def _first_link(raw: Any) -> str:
    for link in raw.get("links", ()):
        if link.get("rel", "alternate") == "alternate" and text(link.get("href")):
            return text(link.get("href"))
    return ""


def _made(url: str, *, guid: str, link: str, **rest: Any) -> Entry:
    address = join(url, link) if link else guid if is_web(guid) else ""
    hash_ = content_id(guid, address, rest["title"], rest["html"])
    if not is_web(address):
        # An entry that leads nowhere still needs an address of its own; a guid outlives its text.
        address = linkless(url, content_id(guid) if guid else hash_)
    return Entry(hash=hash_, guid=guid, url=address, **rest)


def _title(value: object) -> str:
    return line(text(value))


def _published(raw: Any) -> datetime | None:
    for key in ("published", "date", "created", "issued", "updated", "pubdate"):
        value = text(raw.get(key)) if key in raw else ""
        if value and (found := _time(value)) is not None:
            return found
    return None


def _time(value: str) -> datetime | None:
    """The time that a feed says, if it can be one. What moment cannot read stays unread:
    feedparser's own readers make a month's first day of dates they half know.
    """
    found = moment.read(value)
    return found if found is not None and found >= EARLIEST else None


# ── sitemaps ────────────────────────────────────────────────────────────────────────────────


def _sitemap(said: str, url: str) -> Window:
    entries: list[Entry] = []
    parts: dict[str, None] = {}
    for name, item in sitemap.items(said):
        if name == "sitemap":
            location = join(url, text(item.get("loc")))
            if is_web(location):
                parts[location] = None
        elif (entry := _sitemap_entry(item, url)) is not None:
            entries.append(entry)
        if len(entries) + len(parts) >= ENTRIES:
            break
    whole = sitemap.whole(said)
    if not (whole or entries or parts):
        raise ParseError("a broken sitemap: it ends before its first entry does")
    return Window(tuple(entries), whole, tuple(parts), UNASKED, "sitemap")


def _sitemap_entry(said: dict[str, str], url: str) -> Entry | None:
    title = _title(said.get("title"))
    link = text(said.get("loc"))
    if not title or not link:
        return None  # a plain sitemap names pages, not news
    return _made(
        url,
        guid="",
        link=link,
        title=title,
        html="",
        full=False,
        lang=text(said.get("language")).lower(),
        author="",
        published=_time(said.get("publication_date", "")),
    )


# ── JSON Feed ───────────────────────────────────────────────────────────────────────────────


_VERSION = re.compile(r'"version"\s*:\s*"([^"]{1,100})"')
_ITEMS = re.compile(r'"items"\s*:\s*\[\s*')
_NEXT = re.compile(r"\s*,\s*")


def _json_feed(said: str, url: str) -> Window:
    reading, whole = json.JSONDecoder(parse_int=str, parse_float=str, strict=False), True
    try:
        value = reading.raw_decode(said)[0]
    except (ValueError, RecursionError) as error:
        value, whole = _cut_json(said, reading), False
        if not value["items"]:
            raise ParseError(f"broken JSON: {error}") from error
    if not isinstance(value, dict) or "jsonfeed.org" not in str(value.get("version", "")):
        raise ParseError("JSON, but no JSON Feed")
    items = value.get("items")
    entries = [
        entry
        for item in (items if isinstance(items, list) else ())[:ENTRIES]
        if isinstance(item, dict) and (entry := _json_entry(item, value, url)) is not None
    ]
    older = _address(text(value.get("next_url")), url)
    return Window(tuple(entries), whole, (), UNASKED, "json", older)


def _cut_json(said: str, reading: json.JSONDecoder) -> dict[str, Any]:
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


def _json_entry(item: dict[str, Any], feed: dict[str, Any], url: str) -> Entry | None:
    """An *item* as an entry, if there is anything to read of it; what it leaves out of language and
    authors its *feed* says for all.
    """
    content, summary = text(item.get("content_html")), text(item.get("summary"))
    if not content:
        content = _paragraphs(text(item.get("content_text")))
    guid = text(item.get("id"))
    title = line(text(item.get("title")))
    link = text(item.get("url")) or text(item.get("external_url"))
    if not (title or content or summary or link or is_web(guid)):
        return None
    return _made(
        url,
        guid=guid,
        link=link,
        title=title,
        html=content if len(content) >= len(summary) else _paragraphs(summary),
        full=len(content) >= len(summary) and len(line(content, 10**6).split()) >= wholeness.ENOUGH,
        lang=(text(item.get("language")) or text(feed.get("language"))).lower(),
        author=_json_authors(item) or _json_authors(feed),
        published=_time(text(item.get("date_published"))) or _time(text(item.get("date_modified"))),
    )


def _paragraphs(said: str) -> str:
    """Plain text as HTML."""
    return "".join(f"<p>{html.escape(line)}</p>" for line in said.split("\n")) if said else ""


def _json_authors(said: dict[str, Any]) -> str:
    """The names that an item or a feed gives; version 1.0 has one author and no list."""
    authors = said.get("authors") or [said.get("author")]
    names = [
        line(text(one.get("name") if isinstance(one, dict) else one))
        for one in (authors if isinstance(authors, list) else [authors])
    ]
    return ", ".join(name for name in names if name)
