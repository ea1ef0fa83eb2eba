"""A feed's bytes as entries: RSS, Atom, RDF, news sitemaps and their indexes, JSON Feed.

Rule: pure; any bytes give a Window or ParseError, never anything else.
"""

from __future__ import annotations

from collections.abc import Iterable

from newswatch import charset, references, sitemap
from newswatch.decode import STEP, Undecodable, decoder
from newswatch.model import Shown
from newswatch.parse import json_feed, mapped, syndicated
from newswatch.parse.window import AT_ONCE, Listed, Listing, ParseError, Window

__all__ = ["AT_ONCE", "Listed", "Listing", "ParseError", "Window", "listing", "window"]

LARGEST = 64 * 1024 * 1024  # bytes of an unpacked sitemap


def window(
    body: bytes, content_type: str, url: str, read: Iterable[Shown], most: int = AT_ONCE
) -> Window:
    """The entries of a feed's *body*. Those that stand in it as they did when *read* are not read again, where its
    shape is plain: to read is the largest cost there is. Of others the first *most* are; the window is not whole
    then, and the next trip reads on. Raises ParseError.
    """
    came = _text(body, content_type)
    known = {shown.mark[:-2]: shown for shown in read if shown.mark}
    if came[:1] == "{":
        return json_feed.read(came, url, known, most)
    if (sitemap.root(came)) is not None:
        return mapped.read(_from_root(came), url, known, most)
    return syndicated.read(came, url, known, most)


def listing(body: bytes, content_type: str, url: str) -> Listing | None:
    """All that a sitemap's *body* lists, pages without a headline too; None where it is none. Raises ParseError."""
    came = _text(body, content_type)
    if sitemap.root(came) is None:
        return None
    return mapped.listing(_from_root(came), url)


def _text(body: bytes, content_type: str) -> str:
    if body[:2] == b"\x1f\x8b":
        body = _unpacked(body)
    return charset.text_of(body, content_type).lstrip("\ufeff \t\r\n")


def _from_root(came: str) -> str:
    """A sitemap's text from its root on."""
    said = references.named(references.mended(came))
    return said[sitemap.root(said) :]


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
