"""Lines of the text part: 72 columns, as a terminal and a mail program count them.

Rule: a Chinese or Japanese letter is two columns wide and a line may end behind it, a Korean one only at
its spaces; an address is never cut.
"""

from __future__ import annotations

import re
import unicodedata

WIDTH = 72
_WIDE = "⺀-〾ぁ-㄰㆐-㿿㐀-䶿一-鿿豈-﫿！-｠𠀀-𯿿"
_NOT_FIRST = "、。，．：；！？）」』】〉》”’・ー々"  # a line does not begin with these
_UNIT = re.compile(rf"[{_WIDE}][{_NOT_FIRST}]*|[^\s{_WIDE}]+[{_NOT_FIRST}]*")


def width(said: str) -> int:
    """How many columns *said* takes on a line of its own."""
    if said.isascii():
        return len(said)
    return sum(
        0 if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me", "Cf")
        else 2 if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in said
    )  # fmt: skip


def wrapped(said: str, indent: int = 0, first: str = "") -> str:
    """*said* in lines of at most 72 columns, each *indent* deep; a longer word has a line of its own. The
    *first* line begins with what stands in place of its indent.
    """
    margin = " " * indent
    lines: list[str] = []
    line, used = first or margin, indent
    for word in said.split():
        for n, unit in enumerate(_UNIT.findall(word) if not word.isascii() else [word]):
            gap = " " if n == 0 and used > indent else ""
            wide = width(unit)
            if used > indent and used + len(gap) + wide > WIDTH:
                lines.append(line)
                line, used, gap = margin, indent, ""
            line += gap + unit
            used += len(gap) + wide
    return "\n".join([*lines, line])
