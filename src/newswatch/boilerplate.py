"""Lines that one newsroom's pages carry again and again: which they are, and a text without them.

Rule: pure; only what compares two texts looks away from them, a text is kept as it came. A newsroom's lines are
counted in a Misra–Gries summary, so that its memory is bounded whatever it publishes: a line in one of thirty
articles stays, one of a day long ago fades.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from newswatch.model import Counted

HEAD, FOOT = 3, 8  # lines at a text's beginning and end in which a newsroom speaks for itself
LEAST = 20  # characters of a line: shorter ones weigh nothing where texts are compared
KEPT = 256  # lines of a newsroom that are counted
ENOUGH = 5  # articles of different stories that carry a line of boilerplate
MOST = 40  # counted at most, so that what a newsroom gave up fades

Lines = dict[int, Counted]


def learnt(lines: Lines, text: str, story: str) -> Lines:
    """What is counted of a newsroom, with the lines of one more of its texts, of *story*; a line that
    comes again in the story that it was last counted of is no sign: wires repeat themselves in their updates.
    """
    after = dict(lines)
    told = _number(story)
    for key in dict.fromkeys(_number(line) for line in _edges(text)):
        held = after.get(key)
        if held is not None:
            if held.story != told:
                after[key] = Counted(key, min(held.times + 1, MOST), told)
        elif len(after) < KEPT:
            after[key] = Counted(key, 1, told)
        else:
            after = {k: Counted(k, c.times - 1, c.story) for k, c in after.items() if c.times > 1}
    return after


def without(text: str, lines: Lines) -> str:
    """*text* without the boilerplate at its head and foot; nothing where it is that alone,
    so that headlines decide.
    """
    known = {key for key, counted in lines.items() if counted.times >= ENOUGH}
    if not known:
        return text
    told = text.split("\n")
    own = [
        line
        for place, line in enumerate(told)
        if not (_at_an_edge(place, len(told)) and _countable(line) and _number(line) in known)
    ]
    return "\n".join(own)


def _edges(text: str) -> Iterator[str]:
    told = text.split("\n")
    return (
        line
        for place, line in enumerate(told)
        if _at_an_edge(place, len(told)) and _countable(line)
    )


def _at_an_edge(place: int, count: int) -> bool:
    return place < HEAD or place >= count - FOOT


def _countable(line: str) -> bool:
    return len(line) >= LEAST


def _number(said: str) -> int:
    """A number below 2^63, as SQLite's integers have a sign. Figures count: tables of results and dividends differ
    in nothing else.
    """
    plain = " ".join(said.casefold().split())
    digest = blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
