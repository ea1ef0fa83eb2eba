"""Which worker asks which host: one at a time, so that politeness and robots.txt hold across the cluster.

Rule: values and the time come in, names go out; knows no Dask. What is asked for is given under the name of its site, as
a host often leads on to another door of the same. A host stays with its worker while anything of it is on
its way, and for SETTLED after that, as the worker keeps when it may be asked again; then it goes where rendezvous
hashing over the workers that are there puts it, so that one that joins or leaves moves its own share and no more.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

SETTLED = 60.0  # seconds: longer than any spacing in use, and than most rests that a 429 asks for
SHARE = (
    16  # requests of one host on their way: the rest wait here, where they take up no worker's room
)
LOOKED_AT = 1000  # hosts in a row whose worker has no room, then the others wait as well
KEPT = 10_000  # hosts of which is known whose they were


def whose(host: str, workers: Iterable[str]) -> str:
    """The worker of a host, the same whatever the order and wherever it is asked. Raises ValueError for none."""
    return max(workers, key=lambda worker: blake2b(f"{host}\n{worker}".encode()).digest())


@dataclass
class _Host:
    waiting: deque[int] = field(default_factory=deque)
    on_way: int = 0
    worker: str = ""
    last: float = float("-inf")


class Hosts:
    """What waits, by host, and whose each host is."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = self._most = kept
        self._hosts: dict[str, _Host] = {}
        self._turns: OrderedDict[str, None] = OrderedDict()  # hosts with something that may go

    def put(self, host: str, ticket: int) -> None:
        """Have a *ticket* wait for its host's turn."""
        at = self._hosts.setdefault(host, _Host())
        at.waiting.append(ticket)
        if at.on_way < SHARE:
            self._turns.setdefault(host)

    def take(
        self, room: Mapping[str, int], now: float, closing: Collection[str] = ()
    ) -> list[tuple[str, str, int]]:
        """What goes now, as worker, host and ticket, where each worker has *room* for so many; those *closing* keep
        the hosts of which something is on its way, and get no others.
        """
        left = dict(room)
        if not left.keys() - set(closing):
            return []
        going: list[tuple[str, str, int]] = []
        free, passed_by = sum(left.values()), 0
        for _ in range(len(self._turns)):
            if free <= 0 or passed_by >= LOOKED_AT:
                break
            name, _nothing = self._turns.popitem(last=False)
            host = self._hosts[name]
            worker = self._worker(name, host, left, now, closing)
            count = min(left[worker], SHARE - host.on_way, len(host.waiting))
            going += [(worker, name, host.waiting.popleft()) for _ in range(count)]
            host.on_way += count
            left[worker] -= count
            free -= count
            passed_by = 0 if count else passed_by + 1
            if host.waiting and host.on_way < SHARE:
                self._turns[name] = None
        return going

    def _worker(
        self,
        name: str,
        host: _Host,
        workers: Mapping[str, int],
        now: float,
        closing: Collection[str],
    ) -> str:
        quiet = now - host.last >= SETTLED or host.worker in closing
        if host.worker not in workers or (quiet and not host.on_way):
            host.worker = whose(name, workers.keys() - set(closing))
        return host.worker

    def back(self, name: str, now: float) -> None:
        """Note that one on its way has come back, or never will."""
        host = self._hosts[name]
        host.on_way -= 1
        host.last = now
        if host.waiting:
            self._turns.setdefault(name)
        if len(self._hosts) > self._most:
            self._hosts = {
                one: at
                for one, at in self._hosts.items()
                if at.waiting or at.on_way or now - at.last < SETTLED
            }
            self._most = max(self._kept, 2 * len(self._hosts))

    def drain(self) -> list[int]:
        """Give up all that waits; its tickets."""
        found = [ticket for host in self._hosts.values() for ticket in host.waiting]
        for host in self._hosts.values():
            host.waiting.clear()
        self._turns.clear()
        return found
