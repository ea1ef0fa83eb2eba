"""What a robots.txt says of us.

Rule: any bytes are one; the only place that knows protego.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from protego import Protego

from newswatch.model import Failure

PRODUCT = "newswatch"


@dataclass
class Robots:
    """An origin's robots.txt, good *until* then: None in *rules* means all is allowed, a *failure*
    that it cannot be had.
    """

    until: float = 0.0
    rules: Protego | None = None
    failure: Failure | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def forbids(self, url: str) -> bool:
        """Whether what was read of it closes *url* to us."""
        return self.rules is not None and not self.rules.can_fetch(url, PRODUCT)


def rules_of(body: bytes) -> Protego:
    """A robots.txt as far as it concerns us; any bytes are one."""
    return Protego.parse(for_us(body.decode("utf-8-sig", "replace")))


def for_us(robots: str) -> str:
    """A robots.txt in which a group's names are ours, all robots' or "other", as RFC 9309 (2.2.1) has
    it: a name is its product token, in any case and without version. protego takes a beginning of a
    name for the name, and none with a version; and it files each rule of a group under each of its
    names, which would take it hours for half a megabyte of both.
    """
    return "\n".join(map(_for_us, robots.splitlines()))


def _for_us(line: str) -> str:
    named = re.match(r"(\s*user[-\s]*agent[\s:]+)([^#]+)", line, re.IGNORECASE)
    name = named[2].strip().lower() if named else ""
    if named is None or not name:
        return line
    if name.split()[0] == "*":
        return f"{named[1]}*"
    token = re.match(r"[\w-]*", name)
    return named[1] + (PRODUCT if token and token[0] == PRODUCT else "other")
