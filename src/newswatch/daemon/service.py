"""What the service manager hears (systemd's sd_notify): ready, going on, stopping.

Rule: that we go on is said only when every loop has turned since it was said last, or what the store refuses is asked
for again; whatever stands still then makes the watchdog bite. Where nobody listens nothing is said.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping

from newswatch import liveness

Say = Callable[[str], None]
LONGEST = 1.0  # seconds that a service manager which takes nothing may hold up who speaks to it


def to_service_manager(environ: Mapping[str, str]) -> Say:
    """Says a state ("READY=1") to the socket that `NOTIFY_SOCKET` names, if it does."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return lambda _state: None
    where = f"\0{address[1:]}" if address.startswith("@") else address

    def say(state: str) -> None:
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to,
        ):
            to.settimeout(LONGEST)
            to.sendto(state.encode(), where)

    return say


class Progress:
    """Which loops have turned, and when; says that we go on once each of them has. *passed* are seconds that nobody
    sets. Any thread may tell it, and ask.
    """

    def __init__(self, say: Say, passed: Callable[[], float]) -> None:
        self._say = say
        self._passed = passed
        self._lock = threading.Lock()
        self._since: set[str] = set()
        self._held_up = ""
        self._began = passed()
        self.moved_at = dict.fromkeys(liveness.LOOPS, self._began)
        self.rounds = 0  # how often all of them have turned

    def moved(self, loop: str) -> None:
        """A loop has turned."""
        with self._lock:
            self.moved_at[loop] = self._passed()
            self._since.add(loop)
            if not (round_ := self._since >= set(liveness.LOOPS)):
                return
            self._since.clear()
            self.rounds += round_
        self._say("WATCHDOG=1")

    def tries_again(self, after: str) -> None:
        """The writer waits for what no new start would mend, *after* a refusal in these words, '' while that is no
        matter yet: that it tries again is its turn.
        """
        with self._lock:
            self._held_up = after
        self.all_moved()
        self._say("WATCHDOG=1")

    def taken(self) -> None:
        """The store takes again what it refused."""
        with self._lock:
            self._held_up = ""

    def all_moved(self) -> None:
        """What all loops wait for goes on."""
        with self._lock:
            self.moved_at = dict.fromkeys(liveness.LOOPS, self._passed())

    def ages(self) -> dict[str, float]:
        """How many seconds ago each loop turned."""
        now = self._passed()
        return {loop: now - moved for loop, moved in self.moved_at.items()}

    def up(self) -> float:
        """Seconds since it began."""
        return self._passed() - self._began

    def wrong(self) -> tuple[str, ...]:
        """What keeps us from going on, in words."""
        held_up = (f"the store refuses: {self._held_up}",) if self._held_up else ()
        return (*held_up, *liveness.standing_still(self.moved_at, self._passed()))
