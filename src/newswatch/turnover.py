"""What two windows of a feed have in common that says nothing of what came between them.

Rule: pure; entries are whatever tells them apart, in their feed's order.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

PINNED = 3  # entries that a newsroom keeps on top, at the most
BEHIND = 5  # entries that stand behind them, at the least: a list of three tops may keep its first by chance


def pinned(before: Sequence[str], after: Sequence[str]) -> frozenset[str]:
    """Those that stand on top of both windows, where all that stands behind them is other: a newsroom keeps them
    there, so they do not show that the window hangs together. None where anything else is in both: in a
    feed that has the newest first, what was on top is then below what came, and in one that has it last what
    was at the end is on top.
    """
    kept: Collection[str] = frozenset(before) & frozenset(after)
    count = len(kept)
    if not 0 < count <= PINNED or min(len(before), len(after)) < count + BEHIND:
        return frozenset()
    on_top = kept == frozenset(before[:count]) == frozenset(after[:count])
    return frozenset(kept) if on_top else frozenset()
