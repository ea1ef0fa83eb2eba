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
    """A robots.txt with every other robot's name made one: protego files each rule of a group under
    each of its names, and half a megabyte of both would take it hours.
    """
    return "\n".join(map(_for_us, robots.splitlines()))


def _for_us(line: str) -> str:
    named = re.match(r"(\s*user[-\s]*agent[\s:]+)([^#]+)", line, re.IGNORECASE)
    name = named[2].strip().lower() if named else ""
    if named is None or not name:
        return line
    bare = name.replace("*", "")
    ours = name == "*" or (bare and PRODUCT.startswith(bare))
    return named[1] + ((bare or "*") if ours else "other")
