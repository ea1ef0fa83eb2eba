"""How much of a page is kept, and what is raised where there is nothing to keep.

Rule: pure; a text that is cut shows it.
"""

from __future__ import annotations

LONGEST = 200_000  # characters of a text: 3 MB of words would hold the writer for half a minute
TITLE = 2_000  # characters
CUT = "[…]"


class ExtractError(Exception):
    """There is no article in these bytes."""


class Walled(ExtractError):
    """What these bytes show stands in an article's place: a consent page, a challenge, a paywall's stub."""


def bounded(said: str) -> str:
    """*said* as it is, or cut after the last whole paragraph (else word) within 200,000 characters,
    with a line that shows the cut.
    """
    if len(said) <= LONGEST:
        return said
    cut = said.rfind("\n", 0, LONGEST)
    if cut < LONGEST // 2:
        cut = max(said.rfind(" ", 0, LONGEST), LONGEST // 2)
    return f"{said[:cut]}\n{CUT}"
