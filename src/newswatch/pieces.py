"""A plain feed's text in pieces: its items one by one, and the frame that stands around them.

Rule: pure; None where the shape is not plain, for then no item can be read without the others. Plain is
RSS, RDF or Atom, its items side by side, with no DOCTYPE that declares names, which might stand in any of them.
One that was cut is its whole items, and its frame closed behind the last. Each item has a mark, a hash of its text and of all around it that has a say
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
_ROOT = re.compile(
    r"\s*(?:<\?[^?]*\?>\s*|<!--(?:[^-]|-(?!-))*-->\s*|<!DOCTYPE\s[^<>\[\]]*>\s*)*<(rss|rdf:RDF|feed)(?=[\s>])"
)
_ITEMS = {"rss": "item", "rdf:RDF": "item", "feed": "entry"}
_STEPS = {
    name: re.compile(rf"<(?:!\[CDATA\[|!--|!|\?|(/?){name}(?=[\s/>]))")
    for name in ("item", "entry")
}
_ENDS = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
_ASIDE = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_BASED = re.compile(r"<[^<>]*\sxml:base\s*=[^<>]*>")
_TAG = re.compile(r"<(/?)([^\s<>/\"']++)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+)>")


@dataclass(frozen=True, slots=True)
class Pieces:
    """A feed's *items* in their order with the *marks* of each, and the *gaps* of the frame: one before
    each item and one behind the last. *whole* is False where the text was cut.
    """

    gaps: tuple[str, ...]
    items: tuple[str, ...]
    marks: tuple[str, ...]
    whole: bool = True

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
        return Pieces(tuple(gaps), tuple(items), tuple(marks), self.whole), len(items) < of_all

    def only(self, marks: AbstractSet[str]) -> Pieces:
        """The pieces without all items but those of these *marks*, each once, and without what stands idle between them."""
        gaps = [self.gaps[0]]
        items: dict[str, str] = {}
        for item, mark, gap in zip(self.items, self.marks, self.gaps[1:], strict=True):
            said = gap if "<" in gap else ""
            if mark in marks and mark not in items:
                items[mark] = item
                gaps.append(said)
            else:
                gaps[-1] += said
        return Pieces(tuple(gaps), tuple(items.values()), tuple(items), self.whole)

    def without(self, left_out: frozenset[str]) -> str:
        """The feed's text without the items of these marks."""
        said = [self.gaps[0]]
        for item, mark, gap in zip(self.items, self.marks, self.gaps[1:], strict=True):
            said += ("" if mark in left_out else item), gap
        return "".join(said)


def of(said: str, url: str) -> Pieces | None:
    """The pieces of the text *said* of a feed that came from *url*; None if it is not plain."""
    found = _found(said)
    if found is None:
        return None
    root, gaps, items = found
    marks = []
    open_: list[tuple[str, str]] = []
    around: Any = None
    based: list[str] = []
    for gap, item in zip(gaps, items, strict=False):
        if around is None or "<" in gap:
            if not _follow(gap, open_) or len(open_) > DEEPEST:
                return None
            # A base that has ended still has a say: feedparser reads the guids behind an RDF's channel by it.
            based += _BASED.findall(_ASIDE.sub("", gap))
            tags = (*(tag for _, tag in open_), *based)
            around = blake2b(content_id(url, *tags).encode(), digest_size=10)
        marks.append(_mark(around, item))
    if (whole := f"</{root}" in gaps[-1]) is False:
        gaps[-1] = "".join(f"</{name}>" for name, _ in reversed(open_))
    last, end, behind = gaps[-1].rpartition(f"</{root}")
    if not end or any(mark in behind for mark in _ENDS.values()):
        return None  # an end inside a comment is none, and to look for that of many takes for ever
    if not _follow(last, open_) or len(open_) != 1:
        return None
    return Pieces(tuple(gaps), tuple(items), tuple(marks), whole)


def bare(said: str, url: str) -> Pieces | None:
    """The pieces of a feed's text whose items stand side by side in whatever frame: all that is left of that
    is its root's tag, and the channel's. None where that is not so.
    """
    found = _found(said)
    if found is None:
        return None
    root, gaps, items = found
    tags = [
        (name, f"<{name}{rest}>")
        for end, name, rest in _TAG.findall(_ASIDE.sub("", gaps[0]))
        if not end and not rest.endswith("/") and name in {root, "channel"}
    ][: 2 if root == "rss" else 1]
    if not tags or tags[0][0] != root:
        return None
    around = blake2b(content_id(url, *(tag for _, tag in tags)).encode(), digest_size=10)
    marks = tuple(_mark(around, item) for item in items)
    close = "".join(f"</{name}>" for name, _ in reversed(tags))
    empty = ("",) * (len(items) - 1)
    whole = f"</{root}" in gaps[-1]
    return Pieces(("".join(tag for _, tag in tags), *empty, close), tuple(items), marks, whole)


def _found(said: str) -> tuple[str, list[str], list[str]] | None:
    """The root's name, the gaps of the frame and the items between them."""
    root = _ROOT.match(said)
    if root is None or "<!ENTITY" in said:
        return None
    found = _items(said, root.start(1) - 1, _ITEMS[root[1]], root[1])
    return found and (root[1], *found)


def _mark(around: Any, item: str) -> str:
    mark = around.copy()
    mark.update(item.encode("utf-8", "surrogatepass"))
    return str(mark.hexdigest())


def _items(said: str, at: int, name: str, root: str) -> tuple[list[str], list[str]] | None:
    """The frame's gaps and the items between them, as many as are whole in a text that was cut; None if one
    stands in another, or has no end though the *root* has.
    """
    gaps: list[str] = []
    items: list[str] = []
    step = _STEPS[name]
    done = 0
    begin = -1
    cut = False
    while not cut and (found := step.search(said, at)) is not None:
        at = found.end()
        if found[1] is None:
            end = _ENDS.get(found[0])
            if end is None:
                return None
            cut = (at := said.find(end, at)) < 0
            at += len(end)
        elif not found[1]:
            if begin >= 0:
                return None
            begin = found.start()
        else:
            if begin < 0:
                return None
            cut = (at := said.find(">", at)) < 0
            if not cut:
                at += 1
                gaps.append(said[done:begin])
                items.append(said[begin:at])
                done, begin = at, -1
    cut = cut or begin >= 0
    if not items or (cut and f"</{root}" in said[done:]):
        return None
    gaps.append("" if cut else said[done:])
    return gaps, items


def _follow(gap: str, open_: list[tuple[str, str]]) -> bool:
    """Open and close in *open_* what *gap* does; False if it closes what is not open."""
    for end, name, rest in _TAG.findall(_ASIDE.sub("", gap) if "<" in gap else ""):
        if end:
            if not open_ or open_.pop()[0] != name:
                return False
        elif not rest.endswith("/"):
            open_.append((name, f"<{name}{rest}>"))
    return True
