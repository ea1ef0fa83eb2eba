"""How a running daemon is woken, and told to end: by its own threads, and by signals.

Rule: a signal's handler sets a flag and rings; it takes no lock.
"""

from __future__ import annotations

import contextlib
import select
import signal
import socket
from dataclasses import dataclass
from typing import Protocol


@dataclass
class Ending:
    """Whether the daemon is to end: *asked*, and *late* once the time to stop in is over. The main thread says it, all
    others look.
    """

    asked: bool = False
    late: bool = False


class Bell:
    """Wakes who waits for it: from another thread, from a signal's handler, and by `fileno` as the
    wakeup descriptor of signals. An Event is none of that: its lock may be held where a handler runs,
    and of two signals at once the system gives one to a thread that wakes nobody.
    """

    def __init__(self) -> None:
        self._heard, self._rung = socket.socketpair()
        self._heard.setblocking(False)
        self._rung.setblocking(False)

    def ring(self) -> None:
        """Wake who waits, or who waits next; nothing once it is closed."""
        with contextlib.suppress(OSError):  # full is rung already
            self._rung.send(b"!")

    def wait(self, seconds: float) -> None:
        """Wait until it rings, at most *seconds*."""
        select.select([self._heard], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            while self._heard.recv(4096):
                pass

    def fileno(self) -> int:
        """What is written to in order to ring it; -1 once it is closed."""
        return self._rung.fileno()

    def close(self) -> None:
        """Ring no more."""
        self._heard.close()
        self._rung.close()


class Stoppable(Protocol):
    """What signals end and reload."""

    bell: Bell

    def stop(self, *_signal: object) -> None:
        """End soon; safe in a signal handler."""

    def reload(self, *_signal: object) -> None:
        """Read the configuration anew; safe in a signal handler."""


def on_signals(daemon: Stoppable) -> None:
    """SIGTERM and SIGINT end *daemon*, SIGHUP reloads it; call in the main thread."""
    signal.set_wakeup_fd(daemon.bell.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, daemon.stop)
    signal.signal(signal.SIGINT, daemon.stop)
    with contextlib.suppress(AttributeError):
        signal.signal(signal.SIGHUP, daemon.reload)
