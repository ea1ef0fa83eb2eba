"""The archive in a browser: pages of our own, with Datasette as what serves them (extra `web`).

Rule: looks on. Each page is one short reading through `store.open_archive`; Datasette itself never opens the live
store, only a copy that somebody names. What serves is imported by whoever calls `serving`, so that asking whether it
is installed costs nothing.
"""

from __future__ import annotations

import importlib.util


def installed() -> bool:
    """Whether the extra `web` is there."""
    return importlib.util.find_spec("datasette") is not None
