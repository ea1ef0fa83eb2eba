"""Newsrooms whose pages are read in another way than all others'.

Rule: data, in `exceptions.toml`, each with the page that asked for it; a host stands for those under it.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


def asks_for_best(host: str) -> bool:
    """Whether pages of *host* are read with `extraction: best`, whatever the setting says."""
    names = host.split(".")
    return any(".".join(names[n:]) in _best() for n in range(len(names) - 1))


@cache
def _best() -> frozenset[str]:
    told = tomllib.loads((files(__package__) / "exceptions.toml").read_text("utf-8"))
    return frozenset(one["host"] for one in told["source"] if one["extraction"] == "best")
