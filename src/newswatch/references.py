"""A text's numeric references (`&#xD83D;`) that name no character, made into what they stand for.

Rule: pure; any text gives a text, in one pass. Two halves of a surrogate pair are the character that
was meant; what else XML forbids is U+FFFD. A single one costs feedparser the whole feed, and of more
than 4,300 digits the standard library makes an exception.
"""

from __future__ import annotations

import html
import re

# As XML has them, or escaped once or twice more, as HTML inside XML is.
_REFERENCE = re.compile(r"&(?:amp;){0,2}#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_RUN = re.compile(r"(?:&(?:amp;){0,2}#(?:[xX][0-9a-fA-F]+|[0-9]+);?)+")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LONGEST = 7  # digits of the last character of Unicode, in decimal


def mended(said: str) -> str:
    """*said* with each reference to no character of XML replaced; all others stay as they are."""
    return _RUN.sub(_of_run, said) if "#" in said else said


def unescaped(said: str) -> str:
    """*said* with its references, named ones too, as what they stand for."""
    return html.unescape(mended(said))


def _of_run(found: re.Match[str]) -> str:
    said = _REFERENCE.sub(_character, found[0])
    return said.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _character(found: re.Match[str]) -> str:
    digits = (found[1] or found[2]).lstrip("0") or "0"
    number = int(digits, 16 if found[1] else 10) if len(digits) <= LONGEST else -1
    if not 0 <= number <= 0x10FFFF or _NO_XML.match(chr(number)):
        return "\ufffd"
    return chr(number) if 0xD800 <= number <= 0xDFFF else found[0]
