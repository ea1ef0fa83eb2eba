"""HTML as lines of text, a paragraph each.

Rule: pure; loses no words but those of scripts, forms and frames.
"""

from __future__ import annotations

import re

from lxml import etree
from lxml import html as lxml_html

from newswatch import text as words
from newswatch.markup import plain

_BLOCKS = (
    "p div br li ul ol dl dt dd h1 h2 h3 h4 h5 h6 table tr td th blockquote pre section article"
    " header footer figure figcaption hr aside main address"
)
_SILENT = "script style noscript template iframe object svg form button select"
BLOCKS = frozenset(_BLOCKS.split())
SILENT = frozenset(_SILENT.split())


def lines_of(markup: str) -> list[str]:
    """The paragraphs of a fragment of HTML, empty ones too."""
    if "<" not in markup and "&" not in markup:
        return [markup]
    try:
        parser = lxml_html.HTMLParser(huge_tree=True)  # else 256 levels deep all text is lost
        tree = lxml_html.fragment_fromstring(_encodable(markup), create_parent="div", parser=parser)
    except (etree.LxmlError, ValueError, AssertionError, TypeError):
        return [words.collapse(words.clean(plain(markup)))]
    lines: list[list[str]] = [[]]
    silent = 0
    for event, element in etree.iterwalk(tree, ("start", "end", "comment", "pi")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            silent += tag in SILENT
            said = element.text
        else:
            silent -= tag in SILENT
            said = element.tail
        if tag in BLOCKS:
            lines.append([])
        if said and not silent:
            lines[-1].append(said)
    # A newline inside a block ends a paragraph in wires that send none of the tags that do.
    return ["".join(parts) for parts in lines]


def _encodable(markup: str) -> str:
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", "", markup)
