"""Whether a store is sound, before a command writes to it and while it does; what is damaged is told with the newest good
copy.

Rule: asks the keeper, and decides only when to ask.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from newswatch.model import StoreBusy, StoreDamaged, StoreFull, StoreMissing
from newswatch.store import holder_of, open_keeper

LOOKED_THROUGH = 256_000_000  # bytes of a store that is checked before it is opened, some 2 s


def looked_through(address: str, without: int = LOOKED_THROUGH) -> None:
    """Whoever is about to write looks the store through first, unless somebody writes already, or it has more bytes than
    *without* and its last daemon ended well: the next looks then, behind its first poll. Raises StoreDamaged.
    """
    keeper = open_keeper(address)
    if holder_of(address) is None:
        with contextlib.suppress(StoreMissing), naming_a_copy(address):
            if keeper.size() <= without or not keeper.ended_well():
                keeper.must_be_sound()


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
