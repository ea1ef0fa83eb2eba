"""A text's references that XML does not know, made into what they stand for: numbers of no character
(`&#xD83D;`), and HTML's names (`&eacute;`).

Rule: pure; any text gives a text, in one pass. Two halves of a surrogate pair are the character that
was meant; what else XML forbids is U+FFFD. A single one costs feedparser the whole feed, and of more
than 4,300 digits the standard library makes an exception. A name it drops where a DOCTYPE may have
declared it, as RSS 0.91's does elsewhere.
"""

from __future__ import annotations

import html
import re
from html.entities import html5

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


# ── named ones ──────────────────────────────────────────────────────────────────────────────

_MEANT = re.compile(
    r"<!(?:\[CDATA\[|--)|&(?!#[0-9]+;|#x[0-9a-fA-F]+;)(?:([a-zA-Z_][\w.-]{0,40});)?"
)
_DECLARED = re.compile(r"""<!ENTITY\s+([\w.-]{1,40})\s+(?:["']([^"'<>]{0,200})["'])?""")
_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_SYNTAX = re.compile("[<>&\"'\t\n]")
PROLOGUE = 65_536  # characters in which a document may declare names of its own


def named(said: str) -> str:
    """*said*, which is XML, with HTML's named references (`&eacute;`) as their characters. XML knows
    five names: those stay, what the document declares itself, and CDATA and comments, where none is.
    An ampersand that begins none is one: in "?id=1&lang=en" a forgiving reader finds a bracket, and of
    a name that nobody knows a strict one leaves nothing.
    """
    if "&" not in said:
        return said
    left = _XML | {
        name
        for name, meant in _DECLARED.findall(said[:PROLOGUE])
        if unescaped(meant) != html5.get(f"{name};")
    }
    pieces: list[str] = []
    done = at = 0
    while (found := _MEANT.search(said, at)) is not None:
        at = found.end()
        if found[0][0] == "<":
            at = said.find("-->" if found[0] == "<!--" else "]]>", at)
            if at < 0:
                break
        elif found[1] not in left:
            meant = html5.get(f"{found[1]};")
            stands = _SYNTAX.sub(_as_number, meant) if meant else f"&amp;{found[0][1:]}"
            pieces += said[done : found.start()], stands
            done = at
    return "".join((*pieces, said[done:]))


def _as_number(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"
