"""What may go wrong on a way out, and how often what was not taken is tried again.

Rule: it knows no clock: how it waits is given.
"""

from __future__ import annotations

from collections.abc import Callable

LONGEST = 60.0  # seconds between two tries, but where the other side asks for more
MOST_ASKED = 600.0  # seconds that the other side may ask for
TRIES = 9  # which take three minutes; whoever follows tries for ever


class SinkError(Exception):
    """A way out cannot be used; the message says what to do."""


class NotTaken(SinkError):
    """The other side refuses, or gives no answer; the message says which, and what to do."""


class Patience:
    """Tries again, and says so once. *wait* waits so many seconds, *tell* takes a line for people, *tries* is how often
    one thing is tried, None for ever.
    """

    def __init__(
        self,
        wait: Callable[[float], object],
        tell: Callable[[str], object],
        tries: int | None = TRIES,
    ) -> None:
        self._wait, self._tell, self._tries = wait, tell, tries
        self._failed = 0

    def again(self, named: str, why: str, after: float = 0.0) -> None:
        """Wait before the next try, as *named* failed: *why*; at least the seconds *after* that it asks for. Raises
        NotTaken where it was tried often enough.
        """
        self._failed += 1
        if self._tries is not None and self._failed >= self._tries:
            raise NotTaken(
                f"{named}: {why}; tried {self._failed} times. Run it again: it goes on where it was"
            )
        if self._failed == 1:
            self._tell(f"{named}: {why}; it is tried again")
        delay: float = min(LONGEST, 2.0 ** min(self._failed - 1, 9))
        self._wait(max(delay, min(after, MOST_ASKED)))

    def some(self) -> None:
        """Note that a part was taken: the rest has all its tries yet."""
        self._failed = min(self._failed, 1)

    def taken(self, named: str) -> None:
        """Note that *named* took something."""
        if self._failed:
            self._tell(f"{named}: it answers again")
        self._failed = 0
