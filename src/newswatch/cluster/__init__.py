"""Crawls on a Dask cluster: the extra `dask`.

Rule: nothing here is imported unless the configuration names a cluster; only this room knows Dask.
"""

from __future__ import annotations

import importlib.util


def installed() -> bool:
    """Whether the extra `dask` is there."""
    return importlib.util.find_spec("distributed") is not None
