"""What a robots.txt says of us.

Rule: any bytes are one; the only place that knows protego.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urlsplit

from protego import Protego

from newswatch.address import is_web, join
from newswatch.model import Failure

PRODUCT = "newswatch"
FILE = "/robots.txt"
_COMPATIBLE = re.compile(r"compatible;\s*([A-Za-z_][\w-]*)", re.IGNORECASE)
_TOKEN = re.compile(r"([A-Za-z_][\w-]*)")
SLOWEST = 10.0  # seconds between two pages that a robots.txt is granted: a feed's twenty take three minutes then
SITEMAPS, LONGEST = 50, 2000  # sitemaps kept of a robots.txt; characters of one's address


@dataclass
class Robots:
    """An origin's robots.txt, good *until* then: None in *rules* means all is allowed, a *failure*
    that it cannot be had. *sitemaps* are the first that it names, *spacing* the seconds that it wants between two pages.
    """

    until: float = 0.0
    rules: Protego | None = None
    sitemaps: tuple[str, ...] = ()
    spacing: float = 0.0
    failure: Failure | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def forbids(self, url: str) -> bool:
        """Whether what was read of it closes *url* to us; itself it cannot close (RFC 9309, 2.2.2)."""
        if self.rules is None or urlsplit(url).path == FILE:
            return False
        return not self.rules.can_fetch(url, PRODUCT)


def rules_of(body: bytes, user_agent: str) -> Protego:
    """A robots.txt as far as it concerns us, who ask as *user_agent*; any bytes are one."""
    names = frozenset({PRODUCT, product(user_agent)})
    return Protego.parse(for_us(body.decode("utf-8-sig", "replace"), names))


def product(user_agent: str) -> str:
    """By what a robots.txt may name who asks as *user_agent*: its own product, which stands first or, where
    that is a browser's, behind "compatible".
    """
    found = _COMPATIBLE.search(user_agent) or _TOKEN.match(user_agent.lstrip())
    name = found[1].lower() if found else ""
    return PRODUCT if name in ("", "mozilla") else name


def spacing_of(rules: Protego) -> float:
    """The seconds of its `Crawl-delay` for us, 10 at most; 0 for none."""
    return min(rules.crawl_delay(PRODUCT) or 0.0, SLOWEST)


def sitemaps_of(rules: Protego, url: str) -> tuple[str, ...]:
    """The addresses of the sitemaps that the robots.txt at *url* names, each once."""
    several = islice(rules.sitemaps, 10 * SITEMAPS)
    named = dict.fromkeys(join(url, said).replace(" ", "%20") for said in several)
    sound = (one for one in named if is_web(one) and one.isprintable() and len(one) <= LONGEST)
    return tuple(islice(sound, SITEMAPS))


def for_us(robots: str, names: frozenset[str] = frozenset({PRODUCT})) -> str:
    """A robots.txt in which a group's names are ours, as all of *names* are, all robots' or "other", as RFC
    9309 (2.2.1) has it: a name is its product token, in any case and without version. protego takes a beginning of a
    name for the name, and none with a version; and it files each rule of a group under each of its
    names, which would take it hours for half a megabyte of both.
    """
    return "\n".join(_for_us(line, names) for line in robots.splitlines())


def _for_us(line: str, names: frozenset[str]) -> str:
    named = re.match(r"(\s*user[-\s]*agent[\s:]+)([^#]+)", line, re.IGNORECASE)
    name = named[2].strip().lower() if named else ""
    if named is None or not name:
        return line
    if name.split()[0] == "*":
        return f"{named[1]}*"
    token = re.match(r"[\w-]*", name)
    return named[1] + (PRODUCT if token and token[0] in names else "other")
