"""RSS, Atom and RDF as a window: feedparser reads what no poll read before, and nothing else where it can.

Rule: pure; what is read of a plain feed is what the whole of it would give. A feed of more items than a trip reads
is read by its items, whatever stands around them, and what is broken is read alone.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from newswatch import alternates, hints, pieces, references, syndication, wholeness
from newswatch.address import OPAQUE, host
from newswatch.markup import line, text
from newswatch.model import Entry, FeedFormat, Shown
from newswatch.parse.window import (
    ENTRIES,
    ParseError,
    Window,
    address,
    as_it_stood,
    headline,
    made,
    when,
)

LONGEST_NAME = 100  # characters of a newsroom's


def read(
    came: str, url: str, known: Mapping[str, Shown], most: int, *, broken: bool = False
) -> Window:
    """The window of the text that *came*, its entries that are *known* by their marks not read again; of more
    than *most* items an instalment, and so of one that *broke* off: no item of it is read but what is whole. Raises
    ParseError.
    """
    plain = pieces.of(came, url)
    laid = plain or pieces.bare(came, url)
    if broken:
        if laid is None:
            raise ParseError("it breaks off, and no entry of it can be read alone")
        return _instalment(laid, came, known, url, most)
    if laid is not None and len(laid.items) > most:
        return _instalment(laid, came, known, url, most)
    if plain is not None and (found := _unseen(plain, came, known, url)) is not None:
        return found
    return _all(came, plain, url)


def _all(came: str, plain: pieces.Pieces | None, url: str) -> Window:
    body = _bytes(came if plain is None or plain.whole else plain.text)
    try:
        parsed, whole, sound = syndication.read(body)
    except MemoryError:  # which is said of the reader, not of the page
        raise
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
    asked = hints.of(body if plain is None else plain.frame.encode("utf-8", "replace"))
    whole = whole and (plain is None or plain.whole)
    return Window(tuple(found), whole, (), asked, _format(version), _older(parsed, url))


def _bytes(said: str) -> bytes:
    """A text as feedparser gets it."""
    return references.named(references.mended(said)).encode("utf-8", "replace")


def _unseen(plain: pieces.Pieces, came: str, known: Mapping[str, Shown], url: str) -> Window | None:
    """A plain feed's window when feedparser gets no item that is *known* by its mark; None where that may be
    another window than it makes of the whole.
    """
    seen = frozenset(plain.marks) & known.keys()
    if not seen:
        return None
    try:
        parsed, _, sound = syndication.read(_bytes(plain.without(seen)))
    except Exception:  # noqa: BLE001 - of any kind, and the whole may fare better
        return None
    if not sound or len(parsed.entries) != sum(mark not in seen for mark in plain.marks):
        return None
    version = str(parsed.get("version", ""))
    unseen = iter(parsed.entries)
    items = [(mark, None if mark in seen else next(unseen)) for mark in plain.marks]
    entries, said = _entries(items, known, wholeness.offers(version, came), url)
    if any(known[mark].mark[-2] != said for mark in seen):
        return None
    asked = hints.of(plain.frame.encode("utf-8", "replace"))
    return Window(entries, plain.whole, (), asked, _format(version), _older(parsed, url))


def _entries(
    items: Iterable[tuple[str, Any]], known: Mapping[str, Shown], offers: bool, url: str
) -> tuple[tuple[Entry, ...], str]:
    """The entries of *items*, each given by its mark and what feedparser read of it, None where it is *known*; and
    how the feed is judged by all.
    """
    measured = [
        (mark, raw, known[mark].mark[-1] if raw is None else wholeness.extent(raw) if offers else wholeness.NOTHING)
        for mark, raw in items
    ]  # fmt: skip
    whole_texts = wholeness.are_whole([extent for *_, extent in measured]) if offers else None
    said = _JUDGED[whole_texts]
    entries = []
    for mark, raw, extent in measured:
        if raw is None:
            entries.append(as_it_stood(known[mark]))
        elif (entry := _entry(raw, url, whole_texts)) is not None:
            entries.append(replace(entry, mark=f"{mark}{said}{extent}"))
    return tuple(entries), said


def _instalment(
    laid: pieces.Pieces, came: str, known: Mapping[str, Shown], url: str, most: int
) -> Window:
    """A long feed's window: what is known, and the first *most* of all else. Its entries stay as they were read
    when the feed is judged otherwise: to read them all anew takes longer than a trip.
    """
    some, more = laid.first(most, known.keys(), ENTRIES)
    fresh = some.only(frozenset(some.marks) - known.keys())
    frame = fresh.only(frozenset())
    if (
        not syndication.is_sound(_bytes(frame.text))
        and (bare := pieces.bare(came, url)) is not None
    ):
        fresh = bare.only(frozenset(fresh.marks))
    parsed, raws = _one_by_one(fresh)
    version = str(parsed.get("version", ""))
    items = [
        (mark, None if mark in known else raws[mark])
        for mark in some.marks
        if mark in known or mark in raws
    ]
    entries, _ = _entries(items, known, wholeness.offers(version, came), url)
    return Window(
        entries,
        laid.whole and len(some.items) == len(laid.items),
        (),
        hints.of(came.encode("utf-8", "replace")),
        _format(version),
        _older(parsed, url),
        more,
    )


def _one_by_one(fresh: pieces.Pieces) -> tuple[Any, dict[str, Any]]:
    """What feedparser makes of the frame, and of each item by its mark: of all that is well-formed together, of what
    is not alone. Raises ParseError.
    """
    marks = tuple(dict.fromkeys(fresh.marks))
    sound = marks
    if not syndication.is_sound(_bytes(fresh.text)):
        sound = tuple(m for m in marks if syndication.is_sound(_bytes(fresh.only({m}).text)))
    together = fresh.only(frozenset(sound))
    raws: dict[str, Any] = {}
    parsed = None
    with contextlib.suppress(Exception):  # of any kind: one item's, and each alone may fare better
        parsed = syndication.read(_bytes(together.text)).parsed
        if len(parsed.entries) == len(together.marks):
            raws = dict(zip(together.marks, parsed.entries, strict=True))
    for mark in marks:
        if mark not in raws:
            with contextlib.suppress(Exception):
                alone = syndication.read(_bytes(fresh.only({mark}).text)).parsed
                parsed = parsed or alone
                raws[mark] = alone.entries[0]
    if parsed is None:
        raise ParseError("cannot be read, neither together nor item by item")
    return parsed, raws


def _older(parsed: Any, url: str) -> str:
    """The address of a feed's older entries: its archive's newest document (RFC 5005), else its next page."""
    links = {
        text(link.get("rel")).rpartition("/")[2].lower(): text(link.get("href"))
        for link in parsed.feed.get("links", ())
    }
    return address(links.get("prev-archive") or links.get("next") or "", url)


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
    title = headline(raw.get("title"))
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
    return made(
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
    title = headline(raw.get("title"))
    bare = title.removesuffix(f" - {whose}") if whose else title.rpartition(" - ")[0]
    guid, link = text(raw.get("id")), text(raw.get("link")) or _first_link(raw)
    if not (title or link or guid):
        return None
    return made(
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


def _published(raw: Any) -> datetime | None:
    for key in ("published", "date", "created", "issued", "updated", "pubdate"):
        value = text(raw.get(key)) if key in raw else ""
        if value and (found := when(value)) is not None:
            return found
    return None
