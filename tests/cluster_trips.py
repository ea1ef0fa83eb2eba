"""Trips for tests of the cluster, by the last word of their address; importable where its workers run."""

from __future__ import annotations

import asyncio
import os
import secrets
from typing import Any

from newswatch.cluster import crew
from newswatch.model import Article, Outcome, Request


def spin() -> None:
    while True:
        pass


def reader() -> int:
    return os.getpid()


async def trip(request: Request, get: Any, in_child: Any, *, best: bool) -> Outcome:
    """Does what the address says: pid, child, hang, spin, large:MB, slow, anew, anything else at once."""
    word, _, much = request.url.rpartition("/")[2].partition(":")
    url = str(os.getpid())
    if word == "hang":
        await asyncio.sleep(3600)
    elif word == "slow":
        await asyncio.sleep(float(much))
    elif word == "anew":
        crew.BOOT = secrets.token_hex(8)  # as another process under the same address has
    elif word == "large":
        return Outcome(request, article=Article(request.url, "t", "x" * (int(much) * 1_000_000)))
    elif word in {"spin", "child"}:
        found = await in_child(spin if word == "spin" else reader)
        if not isinstance(found, int):
            return Outcome(request, failure=found)
        url = f"{url} {found}"
    return Outcome(request, status=200, url=url)
