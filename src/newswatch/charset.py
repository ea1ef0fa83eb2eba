"""The text of a feed's bytes, whatever its declaration and its header say of them.

Rule: pure; any bytes are a text. Bytes that are UTF-8 are UTF-8: no other encoding's text looks so
by chance. Else what is declared holds where it fits, and where nothing does the bytes are asked.
"""

from __future__ import annotations

import codecs
import re
from functools import cache
from itertools import islice
from typing import Any

from w3lib import encoding as declared_as

# One wrong byte among as many characters outside ASCII is damage and no other encoding; a character
# of UTF-8 is there by no chance, so that two outweigh a wrong byte.
WRONG, WRONG_OF_UTF8 = 50, 2
SAMPLE = 8_192  # bytes of text by which an encoding is told
TOGETHER = 3  # bytes above ASCII in a row: words of Latin letters have fewer
# What servers and editors say of everything: believed only of text that looks like it.
WESTERN = frozenset({"cp1252", "iso8859-1", "iso8859-15", "ascii", "mac-roman"})
# No encodings of a page, though Python reads them, some of them slowly.
NONE = frozenset({"utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape"})
# The likelier first: of few words several are equally well-formed.
LATIN = ("cp1252", "cp1250", "cp1254")
OTHER = (
    "cp1251", "gb18030", "cp949", "cp932", "cp1253", "big5", "euc_jp", "koi8_r", "cp1256", "cp1255",
    "cp874",
)  # fmt: skip

_WIDE = re.compile(rb"(?:[ \t\r\n]\0)*([<{]\0[^\0]\0)|(?:\0[ \t\r\n])*(\0[<{]\0[^\0])")
_DECLARED = re.compile(rb"\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]{1,40})")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_HIGH = re.compile(rb"[\x80-\xff]+")
_SPOKEN = re.compile(rb"[\x80-\xff][^\x00-\x1f<>]{0,500}")


def text_of(body: bytes, content_type: str) -> str:
    """*body* as text: by its byte order mark, as UTF-8, as it declares itself, as *content_type*
    has it, by its letters; bytes that fit nowhere are U+FFFD. A character cut off at the end is
    left out.
    """
    marked, mark = declared_as.read_bom(body)
    if marked is not None:
        return _read(body[len(mark or b"") :], marked)
    wide = _WIDE.match(body)
    if wide is not None:
        return _read(body, "utf-16-le" if wide[1] else "utf-16-be")
    found = _DECLARED.match(body)
    names = [name for said in (found[1].decode() if found else "",) if (name := _known(said))]
    header = declared_as.http_content_type_encoding(content_type)
    if header is not None and (name := _known(header)):
        names.append(name)
    if body.isascii():
        seven = next((name for name in names if name.startswith(("iso2022", "hz"))), "utf-8")
        return _read(body, seven)
    for name in ("utf-8", *names):
        if name in WESTERN and not _looks_western(body):
            continue
        said = _read(body, name)
        if _fits(said, WRONG_OF_UTF8 if name == "utf-8" else WRONG):
            return said
    return _read(body, _told_by_letters(body) or "cp1252")


def _known(said: str) -> str:
    """The encoding that *said* names, as browsers take it; '' for what a body cannot be in."""
    try:
        name = declared_as.resolve_encoding(said) if said else None
        if name is None or name in NONE or name == "utf-8" or b"<?>".decode(name) != "<?>":
            return ""
    except (LookupError, ValueError):
        return ""
    return name


def _read(body: bytes, name: str) -> str:
    return codecs.getincrementaldecoder(name)("replace").decode(body)


def _fits(said: str, times: int) -> bool:
    wrong = said.count("\ufffd")
    good = sum(map(len, _NOT_ASCII.findall(said))) - wrong if wrong else 0
    return wrong * times <= good


def _looks_western(body: bytes) -> bool:
    """Whether few of the bytes above ASCII stand together, as accented letters do."""
    runs = [len(run) for run in _HIGH.findall(body[: 64 * SAMPLE])]
    return 2 * sum(run for run in runs if run >= TOGETHER) < sum(runs)


def _told_by_letters(body: bytes) -> str:
    words = b"\n".join(islice(_SPOKEN.findall(body[: 64 * SAMPLE]), 200))[:SAMPLE]
    likely = LATIN if _looks_western(body) else OTHER
    found = _detect()(words, cp_isolation=list(likely))
    ways = {match.encoding: (round(match.chaos, 2), -match.coherence) for match in found}
    return min((name for name in likely if name in ways), key=ways.__getitem__, default="")


@cache
def _detect() -> Any:
    from charset_normalizer import from_bytes

    return from_bytes
