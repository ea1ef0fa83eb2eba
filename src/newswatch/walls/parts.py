"""Is a text the part of an article that those see who do not pay, however long it is?

Rule: pure. By the last lines, which say so in the page's own voice, or by the page's own label where the text breaks
off. In doubt it is all there is.
"""

from __future__ import annotations

import re

from newswatch.walls import asking, words

LAST, LONGEST = 8, 200  # lines at the end among which one asks, and characters of each
OFFER = 80  # characters of a line that is an offer and no more
A_SENTENCE = 8  # words of a last line that is one, and no name, caption or button
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
_QUOTED = re.compile(
    r'"[^"\n]+"|“[^”\n]+”|„[^“”\n]+[“”]|«[^»\n]+»|»[^«\n]+«|「[^」\n]+」'
    r"|(?<!\w)['‘](?!\s)[^'‘’\n]+(?:['’](?=\w)[^'‘’\n]+)*['’](?!\w)"
)
_NEXT = re.compile(r"(?<=[.!?:])\s+|(?<=[。！？])|\s[|–—-]\s")
_TRAILS_OFF = re.compile(r"(?:\.\.\.|…)[\])]?\s*$")
_SHORTENED = re.compile(r"://\S*$")  # an address, which trails off for want of room
_ENDS = re.compile(r"[.!?。！？…](?=\W|$)")
_NO_SENTENCE = re.compile(r"[:@]|\bwww\.")  # credits and contacts
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")  # signs of scripts that part no words


def length(said: str) -> int:
    """Words of a text; two signs of a script that parts none count as one."""
    return len(said.split()) + len(_WIDE.findall(said)) // 2


def sentences(said: str) -> list[str]:
    """The sentences of a text, each with its end."""
    return _SENTENCE.findall(said)


def own(said: str) -> str:
    """What a page says in its own voice: neither quoted nor reported."""
    return "".join(one for one in sentences(_QUOTED.sub("", said)) if not words.REPORTS.search(one))


def held_back(line: str, since: int = 0) -> int | None:
    """Where in a line the sentence begins that says that the rest is for those who pay, None for nowhere from
    *since* on.
    """
    plain = _QUOTED.sub(lambda found: " " * len(found[0]), line)
    begin = 0
    for end, following in [*(found.span() for found in _NEXT.finditer(plain)), (len(plain), 0)]:
        sentence = plain[begin:end].rstrip(" .!?:。！？…)）")
        if (
            begin >= since
            and asking.HOLDS_BACK.match(sentence)
            and not asking.BESIDE.search(sentence)
            and not words.REPORTS.search(sentence)
        ):
            return begin
        begin = following
    return None


def part(said: str, *, free: bool = True, withheld: bool = False) -> str | None:
    """The article's own text where *said* is only a part of it, without the lines that ask for money; None where
    nothing tells that it is. *free* is False where the page says of itself that it is not for everybody; *withheld* says
    that it names the place of what is paid for and shows nothing there.
    """
    lines = said.rstrip().split("\n")
    begin = len(lines) - 1
    while begin > max(0, len(lines) - LAST) and len(lines[begin - 1]) <= LONGEST:
        begin -= 1
    for place in range(begin, len(lines)):
        line = lines[place]
        cut = 0 if not free and _offers(line) else held_back(line, max(0, len(line) - LONGEST))
        if cut is not None and not words.REPORTS.search("\n".join(lines[place + 1 :])):
            return "\n".join([*lines[:place], line[:cut]]).rstrip()
    if free:
        return None
    if trails_off(said):
        return said
    return said if withheld and _breaks_off(said, lines[-1]) else None


def trails_off(said: str) -> bool:
    """Whether a text ends in an ellipsis of its own, as what is shown for nothing often does."""
    return _TRAILS_OFF.search(said) is not None and _SHORTENED.search(said.rstrip()) is None


def _offers(line: str) -> bool:
    """Whether a line is a subscription offered and no more, or asks for one."""
    return (len(line) <= OFFER and asking.OFFERS_ALONE.match(line) is not None) or (
        len(line) <= LONGEST and words.PAYWALL.search(own(line)) is not None
    )


def _breaks_off(said: str, last: str) -> bool:
    """Whether a text ends within a sentence, by its *last* line: a name, a caption or a button is none."""
    begun = [one for one in _ENDS.split(last) if one][-1:]
    return (
        last[-1:].isalnum()
        and _NO_SENTENCE.search(last) is None
        and length("".join(begun)) >= A_SENTENCE
        and _ENDS.search(said) is not None
    )
