"""Pages that are no running text: live blogs, galleries, videos.

Rule: pure; what a page says of them in JSON-LD and in its figures, as lines of text.
"""

from __future__ import annotations

import re
from typing import Any

from newswatch import moment
from newswatch import text as words
from newswatch.extract.bounds import CUT, LONGEST
from newswatch.extract.graph import Graph, Node, line, several, string
from newswatch.extract.markup import lines_of

ENTRIES = 2_000  # of a live blog
PICTURES = 3  # with words of their own make a gallery
CAPTION = 20  # characters that a caption has at least
CAPTIONS = 200
ASIDE = frozenset({"aside", "nav", "footer", "header"})
_PICTURE = re.compile(r"\.(?:jpe?g|png|webp|avif|gif)(?:[?#]|$)|^#|^$", re.IGNORECASE)
_SPOKEN = re.compile(r"\w\s\w|[\u3040-\u30ff\u3400-\u9fff]{4}")  # more than one word


def live_blog(graph: Graph) -> str:
    """A live blog's entries, the oldest first, so that a new one adds at the end: a line with day, time and
    headline, then its text. '' for none. Too long a one leaves out its oldest.
    """
    for blog in graph.of_kind("LiveBlogPosting"):
        told = map(graph.whole, several(blog.get("liveBlogUpdate"))[:ENTRIES])
        entries = [entry for entry in told if isinstance(entry, dict)]
        blocks = [block for entry in _in_order(entries) if (block := _entry(entry))]
        if blocks:
            return "\n".join([*_said(blog.get("description")), *_fitting(blocks)])
    return ""


def _in_order(entries: list[Node]) -> list[Node]:
    """By their times; where one has none, as they stand, or backwards where the newest stands first."""
    timed = [
        (at, place)
        for place, entry in enumerate(entries)
        if (at := moment.read(string(entry.get("datePublished"))))
    ]
    if len(timed) == len(entries):
        return [entries[place] for _, place in sorted(timed)]
    return entries[::-1] if len(timed) > 1 and timed[0] > timed[-1] else entries


def _entry(entry: Node) -> str:
    at = moment.read(string(entry.get("datePublished")))
    heading = line(string(entry.get("headline")) or string(entry.get("name")))
    body = [said for said in _said(entry.get("articleBody")) if said != heading]
    if not heading and not body:
        return ""
    when = f"{at:%Y-%m-%d %H:%M}" if at else ""
    return "\n".join([one for one in (" ".join(filter(None, (when, heading))), *body) if one])


def _fitting(blocks: list[str]) -> list[str]:
    """The newest that fit, and a line that shows that older ones were left out."""
    room = LONGEST // 2
    first = len(blocks)
    while first and room >= len(blocks[first - 1]):
        first -= 1
        room -= len(blocks[first]) + 1
    return blocks if first == 0 else [CUT, *blocks[first:]]


def gallery(tree: Any, graph: Graph) -> str:
    """The words of a gallery's pictures, one a line, as it says them in JSON-LD, under the pictures, or in their
    place (`alt`); '' where fewer than three have words.
    """
    told = (
        string(picture.get("caption")) or string(picture.get("description"))
        for kind in ("ImageGallery", "MediaGallery")
        for node in graph.of_kind(kind)
        for part in ("associatedMedia", "image", "hasPart")
        for picture in map(graph.whole, _listed(node.get(part)))
        if isinstance(picture, dict)
    )
    shown = ("".join(e.itertext()) for e in tree.iter("figcaption"))
    for words_of in (told, shown, map(_in_place, tree.iter("figure"))):
        lines = (line(caption) for caption in words_of)
        found = dict.fromkeys(caption for caption in lines if len(caption) >= CAPTION)
        if len(found) >= PICTURES:
            return "\n".join(list(found)[:CAPTIONS])
    return ""


def _in_place(figure: Any) -> str:
    """What is said of a figure's picture: under it, else in its place. Not what only leads to another page, nor what
    stands aside, nor a file's name.
    """
    if said := " ".join("".join(one.itertext()) for one in figure.iter("figcaption")).strip():
        return said
    for element in figure.iterancestors():
        leads = element.tag == "a" and not _PICTURE.search(str(element.get("href") or ""))
        if leads or element.tag in ASIDE:
            return ""
    for picture in figure.iter("img"):
        link = next(picture.iterancestors("a"), None)
        said = str(picture.get("alt") or "")
        if (link is None or _PICTURE.search(str(link.get("href") or ""))) and _SPOKEN.search(said):
            return said
    return ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def video(graph: Graph) -> str:
    """What a page says of its video: transcript, else description; '' where it has none."""
    for node in graph.of_kind("VideoObject"):
        said = _said(node.get("transcript")) or _said(node.get("description"))
        if said:
            return "\n".join(said)
    return ""


def _said(value: Any) -> list[str]:
    """A text of JSON-LD, which may be HTML, as lines."""
    lines = words.clean("\n".join(lines_of(string(value)))).split("\n")
    return [one for one in lines if re.search(r"\w", one)]
