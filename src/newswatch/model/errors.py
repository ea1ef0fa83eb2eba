"""What a store may raise.

Rule: the message can be read by a user and says what to do.
"""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot do what was asked; the message says what to do."""


class StoreMissing(StoreError):
    """There is no store at this address yet."""


class StoreOutdated(StoreError):
    """An older newswatch kept it, and only what writes brings it up to date."""


class StoreDamaged(StoreError):
    """The file is damaged, no database, or of a newer newswatch."""


class StoreFull(StoreError):
    """The disk has no room for it, or refuses to write."""


class StoreBusy(StoreError):
    """Another newswatch writes to it."""
