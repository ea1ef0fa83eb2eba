"""A plain feed's text in pieces: its items one by one, and the frame that stands around them.

Rule: pure; None where the shape is not plain, for then no item can be read without the others. Plain is
RSS, RDF or Atom that goes as far as its root's end, its items side by side, with no DOCTYPE, whose names
might stand in any of them. Each item has a mark, a hash of its text and of all around it that has a say
in how it is read: where the feed came from and the tags in which it stands, with their namespaces,
languages and bases. Items of one mark are read alike.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from newswatch.model import content_id

DEEPEST = 16  # elements around an item
_ROOT = re.compile(r"\s*(?:<\?[^?]*\?>\s*|<!--(?:[^-]|-(?!-))*-->\s*)*<(rss|rdf:RDF|feed)(?=[\s>])")
_ITEMS = {"rss": "item", "rdf:RDF": "item", "feed": "entry"}
_STEPS = {
    name: re.compile(rf"<(?:!\[CDATA\[|!--|!|\?|(/?){name}(?=[\s/>]))")
    for name in ("item", "entry")
}
_ENDS = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
_ASIDE = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_TAG = re.compile(r"<(/?)([^\s<>/\"']++)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+)>")


@dataclass(frozen=True, slots=True)
class Pieces:
    """A feed's *items* in their order with the *marks* of each, and the *gaps* of the frame: one before
    each item and one behind the last.
    """

    gaps: tuple[str, ...]
    items: tuple[str, ...]
    marks: tuple[str, ...]

    @property
    def frame(self) -> str:
        """What stands before the first item and behind the last."""
        return self.gaps[0] + self.gaps[-1]

    @property
    def text(self) -> str:
        """The feed's text."""
        return self.without(frozenset())

    def first(self, most: int, known: AbstractSet[str], of_all: int) -> tuple[Pieces, bool]:
        """The pieces without those behind the first *most* whose marks are not *known*, *of_all* at the most; and
        whether another trip would read more.
        """
        gaps = [self.gaps[0]]
        items: list[str] = []
        marks: list[str] = []
        fresh = 0
        for item, mark, gap in zip(self.items, self.marks, self.gaps[1:], strict=True):
            fresh += mark not in known
            if (mark in known or fresh <= most) and len(items) < of_all:
                items.append(item)
                marks.append(mark)
                gaps.append(gap)
            else:
                gaps[-1] += gap
        if len(items) == len(self.items):
            return self, False
        return Pieces(tuple(gaps), tuple(items), tuple(marks)), len(items) < of_all

    def without(self, left_out: frozenset[str]) -> str:
        """The feed's text without the items of these marks."""
        said = [self.gaps[0]]
        for item, mark, gap in zip(self.items, self.marks, self.gaps[1:], strict=True):
            said += ("" if mark in left_out else item), gap
        return "".join(said)


def of(said: str, url: str) -> Pieces | None:
    """The pieces of the text *said* of a feed that came from *url*; None if it is not plain."""
    root = _ROOT.match(said)
    if root is None or "<!ENTITY" in said:
        return None
    found = _items(said, root.start(1) - 1, _ITEMS[root[1]])
    if found is None:
        return None
    gaps, items = found
    marks = []
    open_: list[tuple[str, str]] = []
    around: Any = None
    for gap, item in zip(gaps, items, strict=False):
        if around is None or "<" in gap:
            if not _follow(gap, open_) or len(open_) > DEEPEST:
                return None
            around = blake2b(content_id(url, *(tag for _, tag in open_)).encode(), digest_size=10)
        mark = around.copy()
        mark.update(item.encode("utf-8", "surrogatepass"))
        marks.append(mark.hexdigest())
    last, end, behind = gaps[-1].rpartition(f"</{root[1]}")
    if not end or any(mark in behind for mark in _ENDS.values()):
        return None  # an end inside a comment is none, and to look for that of many takes for ever
    if not _follow(last, open_) or len(open_) != 1:
        return None
    return Pieces(tuple(gaps), tuple(items), tuple(marks))


def _items(said: str, at: int, name: str) -> tuple[list[str], list[str]] | None:
    """The frame's gaps and the items between them, None if one stands in another or has no end."""
    gaps: list[str] = []
    items: list[str] = []
    step = _STEPS[name]
    done = 0
    begin = -1
    while (found := step.search(said, at)) is not None:
        at = found.end()
        if found[1] is None:
            end = _ENDS.get(found[0])
            if end is None or (at := said.find(end, at)) < 0:
                return None
            at += len(end)
        elif not found[1]:
            if begin >= 0:
                return None
            begin = found.start()
        else:
            at = said.find(">", at) + 1
            if begin < 0 or not at:
                return None
            gaps.append(said[done:begin])
            items.append(said[begin:at])
            done, begin = at, -1
    gaps.append(said[done:])
    return (gaps, items) if begin < 0 and items else None


def _follow(gap: str, open_: list[tuple[str, str]]) -> bool:
    """Open and close in *open_* what *gap* does; False if it closes what is not open."""
    for end, name, rest in _TAG.findall(_ASIDE.sub("", gap) if "<" in gap else ""):
        if end:
            if not open_ or open_.pop()[0] != name:
                return False
        elif not rest.endswith("/"):
            open_.append((name, f"<{name}{rest}>"))
    return True
