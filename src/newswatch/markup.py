"""HTML's tags taken out of what should be plain words: a headline, a name.

Rule: pure; only what looks like a tag of HTML is one. "x<y and y>z" is said of figures.
"""

from __future__ import annotations

import re

from newswatch import references

TITLE = 2_000  # characters of a headline

# Of the HTML standard, with what it calls obsolete; and of the drawings and formulas inside pages.
_NAMES = (
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink"
    " blockquote body br button canvas caption center cite code col colgroup data datalist dd del"
    " details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form frame"
    " frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins isindex kbd label"
    " legend li link listing main map mark marquee math menu meta meter nav nobr noembed noframes"
    " noscript object ol optgroup option output p param picture plaintext pre progress q rp rt ruby s"
    " samp script search section select slot small source span strike strong style sub summary sup svg"
    " table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp"
    " path g circle mrow mi mo mn o:p"
)
# Behind its name a tag holds what it is told by `=`, or nothing: "<b and c>" holds words.
_TAG = re.compile(
    rf"<!--[^<>]*-->|</?(?:{'|'.join(sorted(_NAMES.split(), key=len, reverse=True))})(?:[\s/][^<>=]*=[^<>]*|[\s/]*)>",
    re.IGNORECASE,
)


def plain(value: str) -> str:
    """*value* without tags and references, also where it was escaped twice."""
    for _ in range(2):
        value = references.unescaped(_TAG.sub("", value))
    return value


def text(value: object) -> str:
    """A string that SQLite and a terminal can hold: no lone surrogate, no NUL."""
    if not isinstance(value, str):
        return ""
    value = references.mended(value)  # JSON may write a reference's `&` as \\u0026
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "").strip()


def line(value: str, longest: int = TITLE) -> str:
    """Markup and entities out, also twice escaped; white space collapsed."""
    return " ".join(text(plain(value)).split())[:longest]
