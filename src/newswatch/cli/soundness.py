"""Whether a store is sound, before a command writes to it and while it does; what is damaged is told with the newest good
copy.

Rule: asks the keeper, and decides only when to ask.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from newswatch.model import (
    EPOCH,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreMissing,
    StoreOutdated,
)
from newswatch.store import holder_of, open_keeper

LOOKED_THROUGH = 256_000_000  # bytes of a store that is checked before it is opened, some 2 s
EACH = timedelta(days=1)  # a larger one


def looked_through(
    address: str, now: datetime, *, watches: bool = False, without: int = LOOKED_THROUGH
) -> None:
    """Whoever is about to write looks the store through first, unless somebody writes already. One that has more bytes than
    *without* only where it was not in the last day, as `once` comes every few minutes, and where whoever *watches* from
    now on will look behind the first poll, only after a daemon that was killed. Raises StoreDamaged.
    """
    keeper = open_keeper(address)
    if holder_of(address) is not None:
        return
    with contextlib.suppress(StoreMissing), naming_a_copy(address):
        if keeper.size() <= without:
            keeper.must_be_sound()
            return
        since = EPOCH if watches else now - EACH
        if not (watches and keeper.ended_well()) and not keeper.was_looked_through(since, now):
            keeper.must_be_sound()
            # Who opens it brings it up to date, makes room or waits; the next one notes it.
            with contextlib.suppress(StoreOutdated, StoreFull, StoreBusy):
                keeper.note_looked_through(now)


@contextlib.contextmanager
def naming_a_copy(address: str) -> Iterator[None]:
    """What turns out to be damaged meanwhile is told with the newest good copy. Raises StoreDamaged."""
    try:
        yield
    except StoreDamaged as damage:
        if damage.__cause__ is not None:  # the driver met it, and knows of no copies
            with contextlib.suppress(StoreMissing, StoreFull, StoreBusy):
                open_keeper(address).must_be_sound()
        raise
