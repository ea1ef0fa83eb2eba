"""RSS, Atom and RDF as feedparser reads them: cut ones as far as they go, odd ones around what is odd.

Rule: pure; any bytes are read or raise what feedparser raises. It gets BytesIO only (it opens the
file that a string names), and its sanitiser is off: an entry's HTML is read as text.
"""

from __future__ import annotations

import re
from io import BytesIO
from itertools import pairwise
from typing import Any, NamedTuple
from xml.parsers import expat

import feedparser

_ROOT = re.compile(rb"<((?:\w+:)?(?:rss|feed|rdf))[\s>]", re.IGNORECASE)
_ROOT_END = re.compile(rb"</\s*(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_LITERAL = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_CHANNEL = re.compile(rb"<channel(?:\s[^<>]*)?>", re.IGNORECASE)
_ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ENTRY_END = re.compile(rb"</\s*(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
# Where feedparser stumbles most, and nothing that an entry is made of.
_FOREIGN = re.compile(rb"</?(?:gml|georss|geo|media|psc|itunes):[^<>]*>", re.IGNORECASE)
_BASE = re.compile(rb"\sxml:base\s*=\s*[\"']\s*([^\"']*)")
NOWHERE = "x:"  # a base from which every address stays as it is


class Read(NamedTuple):
    """What feedparser made of a body; whether that was *whole*; whether it was *sound*: well-formed
    from end to end, so that no entry was read by guess.
    """

    parsed: Any
    whole: bool
    sound: bool


def is_sound(body: bytes) -> bool:
    """Whether *body*, which is UTF-8, is well-formed XML whose prefixes are declared; a hundred times as quick as
    reading it.
    """
    parser = expat.ParserCreate("utf-8", " ")
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        return False
    return True


def read(body: bytes) -> Read:
    """What feedparser makes of *body*, which is UTF-8. What it raises at is left out; raises the same
    where nothing else is left.
    """
    mended, closed = _mended(body)
    sound = closed
    try:
        parsed = _parsed(mended)
    except Exception:
        said = _without_what_fails(_FOREIGN.sub(b"", mended))
        if said is None:
            raise
        parsed, sound = _parsed(said), False
    return Read(
        parsed, closed or not (parsed.bozo or mended is not body), sound and not parsed.bozo
    )


def _parsed(body: bytes) -> Any:
    parsed = feedparser.parse(
        BytesIO(_with_base(body)),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    for entry in parsed.entries:
        for link in (entry, *entry.get("links", ())):  # an empty one is seen as the base itself
            for name in ("link", "href"):
                if link.get(name) == NOWHERE:
                    link[name] = ""
    return parsed


def _with_base(body: bytes) -> bytes:
    """*body* with a base on its root, where only what stands within has one: feedparser goes back to the one around an
    element that has ended, and where there is none keeps that element's for all behind it.
    """
    root = _ROOT.search(body, 0, 65_536) if b"xml:base" in body else None
    bases = _BASE.findall(body) if root else []
    if root is None or not bases or _BASE.search(body, root.start(), body.find(b">", root.end(1))):
        return body
    if not all(base.lower().startswith((b"http://", b"https://")) for base in bases):
        return body
    return body[: root.end(1)] + f' xml:base="{NOWHERE}"'.encode() + body[root.end(1) :]


def _mended(body: bytes) -> tuple[bytes, bool]:
    """*body* without what stands behind its end; where it was cut, closed after its last whole
    entry, and False: half an entry would be stored as a version of its own.
    """
    root = _ROOT.search(body, 0, 65_536)
    if root is None:
        return body, False
    ends = [found.end() for found in _ROOT_END.finditer(body, max(0, len(body) - 65_536))]
    if ends:
        return body[: ends[-1]], True
    tags = _LITERAL.sub(
        lambda found: b" " * len(found[0]), body
    )  # in which words of an end are none
    entries = [found.end() for found in _ENTRY_END.finditer(tags)]
    first = _ENTRY.search(body)
    end = entries[-1] if entries else first.start() if first else len(body)
    kept = body[:end]
    channel = b"</channel>" if b"<channel" in kept and b"</channel" not in kept else b""
    return kept + channel + b"</" + root[1] + b">", False


def _without_what_fails(body: bytes) -> bytes | None:
    """*body* without what stands outside its entries, and without those at which feedparser raises,
    which are found by halving. None if none is left.
    """
    root = _ROOT.search(body, 0, 65_536)
    begins = [found.start() for found in _ENTRY.finditer(body)]
    ends = [found.end() for found in _ENTRY_END.finditer(body)]
    if root is None or not begins or not ends or ends[-1] < begins[-1]:
        return None
    opened = body.find(b">", root.end() - 1) + 1
    frame, close = body[:opened], b"</" + root[1] + b">"
    channel = _CHANNEL.search(body, opened, begins[0])
    if channel and b"</channel" not in body[opened : begins[0]]:
        frame, close = frame + channel[0], b"</channel>" + close

    def kept(entries: list[bytes]) -> list[bytes]:
        try:
            _parsed(frame + b"".join(entries) + close)
        except Exception:  # noqa: BLE001 - a mistake of feedparser's, of any kind
            half = len(entries) // 2
            return [*kept(entries[:half]), *kept(entries[half:])] if half else []
        return entries

    left = kept([body[a:b] for a, b in pairwise([*begins, ends[-1]])])
    return frame + b"".join(left) + close if left else None
