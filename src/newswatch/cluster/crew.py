"""What runs inside a Dask worker: this machine's crawl, and the exchange of requests for outcomes.

Rule: one crew a policy and process, kept between tasks: one loop, one pool of killable readers, one TLS context, one
set of manners. A task hands over new requests and takes along what is ready; it waits for nothing that is slow. Only
bytes of bounded size travel. Nothing durable lives here: what nobody comes for is forgotten.
"""

from __future__ import annotations

import asyncio
import importlib.util
import multiprocessing
import os
import pickle
import platform
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

from newswatch.crawl import crawl
from newswatch.model import CrawlPolicy, Failure, Led, Outcome, Request
from newswatch.workers import Trip, one_of_several

PROTOCOL = 2  # of what travels; raised with every change in `Batch`, `Answer`, Request or Outcome that is not read back
BATCH = 10  # requests a task: one costs 5 ms of CPU (measured), a local child 0.2
LINGER = 0.5  # seconds that what is ready waits for company: ten pages of 20 ms take .2
PATIENT = 5.0  # seconds that a task waits for anything at all
OUTCOME_BYTES = (
    32 * 1024**2
)  # of one outcome, pickled: a feed of 16 MB, the most there is, makes half of it
# Times its patience without a word from a client after which what it asked for and has not begun is not asked for any
# more: before the client gives this worker up (`Patience.silent`, three times and more) and hands its hosts to another.
UNHEARD = 2.5
FORGOTTEN = 120.0  # seconds after which nobody comes any more for what a session brought
UNUSED = 600.0  # seconds after which a crew that has nothing to do is ended
READ_WITH = (
    "feedparser",
    "trafilatura",
    "resiliparse",
    "lxml",
    "py3langid",
)  # imported by readers alone
BOOT = secrets.token_hex(8)  # names this process: another on the same port is another worker
STAND_IN = Request("", "page", "", "", datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Batch:
    """Requests for the process *boot*, each under its ticket, of one *session* of a client, which waits so many
    *patient* seconds for anything at all. *led* says where those go on that were led to another site.
    """

    boot: str
    session: str
    policy: CrawlPolicy
    requests: tuple[tuple[int, Request], ...] = ()
    patient: float = PATIENT
    led: Mapping[int, Led] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was ready, pickled one by one and under its ticket; *boot* is who answers."""

    boot: str
    ready: tuple[tuple[int, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a worker is. *clock* are its seconds since 1970; *source* is the address that it asks from, '' where it has
    no way out; *childless* says that its process may have no children; *lacking* what cannot be imported there.
    """

    version: str
    protocol: int
    boot: str
    python: str
    distributed: str
    clock: float
    source: str
    cores: int
    childless: bool = False
    lacking: str = ""


def identity() -> Identity:
    """Who this process is, as a worker."""
    lacking = [name for name in READ_WITH if importlib.util.find_spec(name) is None]
    return Identity(
        version("newswatch"), PROTOCOL, BOOT, platform.python_version(), version("distributed"), time.time(), source(),
        os.cpu_count() or 1, multiprocessing.current_process().daemon, ", ".join(lacking),
    )  # fmt: skip


def source() -> str:
    """The address that this machine asks the world from, by its own routes; '' for none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: nobody's
        except OSError:
            return ""
        found: str = probe.getsockname()[0]
        return found


def sealed(outcome: Outcome, most: int = OUTCOME_BYTES) -> bytes:
    """An outcome as it travels, without its request, which its client has; one of more than *most* bytes does not."""
    made = pickle.dumps(replace(outcome, request=STAND_IN), protocol=5)
    if len(made) > most:
        says = f"what was read of it takes {len(made) / 1e6:,.0f} MB, and {most / 1e6:,.0f} travel"
        return pickle.dumps(Outcome(STAND_IN, failure=Failure("too-large", says)), protocol=5)
    return made


@dataclass
class Session:
    """What one client has given this crew and not taken yet; used on the Dask worker's loop."""

    heard: float
    on_way: set[int] = field(default_factory=set)
    ready: list[tuple[int, bytes]] = field(default_factory=list)
    since: float = 0.0  # that the first of *ready* waits
    turn: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def came(self, ticket: int, made: bytes, now: float) -> None:
        """Put in what was brought under a *ticket*."""
        self.on_way.discard(ticket)
        self.since = self.since if self.ready else now
        self.ready.append((ticket, made))
        self.news.set()

    async def bring(
        self, now: Callable[[], float], patient: float = PATIENT
    ) -> tuple[tuple[int, bytes], ...]:
        """At most BATCH of what is ready, as soon as it is worth a task, or another task waits."""
        self.turn += 1
        self.news.set()  # one that waits already need not wait longer: another begins
        mine, until = self.turn, now() + patient
        while mine == self.turn and self.on_way and len(self.ready) < BATCH:
            end = min(until, self.since + LINGER) if self.ready else until
            if now() >= end:
                break
            self.news.clear()
            try:
                async with asyncio.timeout(end - now()):
                    await self.news.wait()
            except TimeoutError:
                break
        brought, size = 0, 0
        for _, made in self.ready[:BATCH]:
            size += len(made)
            if brought and size > OUTCOME_BYTES:
                break
            brought += 1
        taken, self.ready = self.ready[:brought], self.ready[brought:]
        self.since = now()
        return tuple(taken)


class Crew:
    """This process's crawl under one policy."""

    def __init__(self, policy: CrawlPolicy, trip: Trip) -> None:
        self._workers = one_of_several(policy, trip)
        self._sessions: dict[str, Session] = {}
        self._loop = asyncio.get_running_loop()
        self.used = self._loop.time()

    async def exchange(self, batch: Batch) -> Answer:
        """Begin with the new requests, and bring what is ready. Raises TimeoutError where the client was not heard from for
        so long that it has given this worker up, or is to: what it sent before must not be begun now.
        """
        now = self._loop.time()
        self.used = now
        session = self._sessions.setdefault(batch.session, Session(now))
        if session.on_way and not self._waits(session, UNHEARD * batch.patient):
            raise TimeoutError(f"nothing was heard of its client for {now - session.heard:.0f} s")
        session.heard = now
        for ticket, request in batch.requests:
            if ticket not in session.on_way:
                session.on_way.add(ticket)
                wanted = partial(self._waits, session, UNHEARD * batch.patient)
                done = self._workers.submit(request, batch.led.get(ticket), wanted)
                done.add_done_callback(partial(self._came, session, ticket))
        brought = await session.bring(self._loop.time, batch.patient)
        return Answer(BOOT, brought)

    def _waits(self, session: Session, seconds: float) -> bool:
        """Whether who asked was heard from in so many seconds: asked in the crawl's own thread."""
        return self._loop.time() - session.heard < seconds

    def _came(self, session: Session, ticket: int, done: Future[Outcome]) -> None:
        """In the crawl's own thread."""
        made = sealed(done.result())
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(session.came, ticket, made, self._loop.time())

    def forget(self, now: float) -> bool:
        """Let go what nobody comes for; returns whether the crew itself is not needed any more."""
        self._sessions = {
            name: one for name, one in self._sessions.items() if now - one.heard < FORGOTTEN
        }
        return not self._sessions and now - self.used >= UNUSED

    def stop(self) -> None:
        """End it in a thread, as that may take seconds."""
        threading.Thread(target=self._workers.stop, args=(5.0,), daemon=True).start()


class Crews:
    """The crews of this process, by their policy. One for the whole process: tasks are functions."""

    def __init__(self) -> None:
        self._by_policy: dict[tuple[CrawlPolicy, Trip], Crew] = {}
        self._sweeping = False

    def of(self, policy: CrawlPolicy, trip: Trip) -> Crew:
        """The crew of a policy, made when there is none."""
        crew = self._by_policy.get((policy, trip))
        if crew is None:
            crew = self._by_policy[policy, trip] = Crew(policy, trip)
        if not self._sweeping:
            self._sweeping = True
            self._sweep()
        return crew

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for key, crew in tuple(self._by_policy.items()):
            if crew.forget(now):
                del self._by_policy[key]
                crew.stop()
        self._sweeping = bool(self._by_policy)
        if self._sweeping:
            loop.call_later(FORGOTTEN / 4, self._sweep)


CREWS = Crews()


async def exchange(batch: bytes, trip: Trip = crawl) -> bytes:
    """The Dask task: a pickled Batch for a pickled Answer. One that is meant for an earlier process is not begun."""
    said: Batch = pickle.loads(batch)  # noqa: S301 - a worker runs what its scheduler sends anyway: hence TLS
    if said.boot != BOOT:
        return pickle.dumps(Answer(BOOT), protocol=5)
    return pickle.dumps(await CREWS.of(said.policy, trip).exchange(said), protocol=5)
