"""What the service manager hears (systemd's sd_notify): ready, going on, stopping.

Rule: that we go on is said only when every hand of the clock has moved and been worked off since it was
said last, or the store was asked again that refuses; whatever stands still then makes the watchdog bite. Where nobody listens nothing is said.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterable, Mapping

Say = Callable[[str], None]


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
            to.sendto(state.encode(), where)

    return say


class Progress:
    """Says that we go on once each of *hands* has moved."""

    def __init__(self, hands: Iterable[str], say: Say) -> None:
        self._hands = frozenset(hands)
        self._say = say
        self._moved: set[str] = set()

    def waits(self) -> None:
        """The disk or another program refuses, and is asked again: nothing that a start anew would mend."""
        self._say("WATCHDOG=1")

    def moved(self, hand: str) -> None:
        """What a hand asked for is worked off."""
        self._moved.add(hand)
        if self._moved >= self._hands:
            self._moved.clear()
            self._say("WATCHDOG=1")
