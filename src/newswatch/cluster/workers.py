"""Crawls on a Dask cluster, behind the seam of `LocalWorkers`.

Rule: a future never raises and never hangs. Nothing durable lives here or in the engine: what a worker, the scheduler
or the network takes along comes back as `lost`, once, and the store has it asked again; what such a worker answers
after all is dropped. A worker of another version, or one that cannot crawl, gets nothing and is named.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from newswatch.address import host, site
from newswatch.cluster.connection import (
    ClusterError,
    Unfit,
    connected,
    scheduler_of,
    who_is,
    workers_of,
)
from newswatch.cluster.crew import BATCH, PATIENT, Answer, Batch, Identity, exchange
from newswatch.cluster.hosts import Hosts
from newswatch.crawl import crawl
from newswatch.model import Cluster, CrawlPolicy, Failure, Led, Outcome, Request
from newswatch.workers import LocalWorkers, Trip, one_of_several

HERE = "local"  # the name of the worker that stands in, where `fallback: local` is configured
ROOM = 4  # requests given to a worker for each that it may ask at once: slow hosts hold some
GATHER = 0.05  # seconds that a batch which is not full waits for more
MOST = 20_000  # requests that wait here; further ones are given back, and are due again
SAID = 60.0  # seconds between two words on what is wrong, while it lasts: each try may fail in words of its own
PAYLOAD = 4 * 1024**2  # bytes of requests a task; one that alone takes more goes alone


@dataclass(frozen=True, slots=True)
class Patience:
    """How long what is waited for, in seconds. *silent*: for a task that answers within 5, and for a worker that is
    asked who it is; *lost*: for any worker at all, until what waits is given back; *fallback*: until it is asked
    here; *look*: between two looks at the cluster; *again*: until a worker that is unfit or was silent is tried anew; *trouble*:
    without a worker, until the operator is to hear of it.
    """

    silent: float = 30.0
    lost: float = 300.0
    fallback: float = 15.0
    look: float = 1.0
    again: float = 30.0
    trouble: float = 30.0


Say = Callable[[str, str, Mapping[str, object]], None]


@dataclass
class _Line:
    """What one worker has of us. *out* are the tickets it was given, *basket* those of the next batch."""

    name: str
    who: Identity
    session: str = field(default_factory=lambda: secrets.token_hex(8))
    out: set[int] = field(default_factory=set)
    basket: deque[int] = field(default_factory=deque)
    since: float = 0.0  # that the first in the basket waits
    running: int = 0


@dataclass
class _Owed:
    """What is asked of *worker*, '' for nobody yet, in the name of a site, *host*: the request's own, or the one it was *led* to."""

    request: Request
    host: str
    done: Future[Outcome]
    worker: str = ""
    led: Led | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with the cluster: the *workers* that can be used, why others are *refused*, those *asked* just now
    who they are, requests *out* and *waiting*, *trouble* in words, '' for none; the *scheduler* that was last met.
    """

    workers: Mapping[str, Identity]
    refused: Mapping[str, str]
    out: int
    waiting: int
    trouble: str = ""
    asked: frozenset[str] = frozenset()
    scheduler: Identity | None = None


class DaskWorkers:
    """Crawls under *policy* on the cluster of *settings*; *say* hears level, event and fields for a log; *trip* is what
    is done for one request.
    """

    def __init__(
        self,
        policy: CrawlPolicy,
        settings: Cluster,
        say: Say = lambda _level, _event, _fields: None,
        *,
        patience: Patience = Patience(),
        trip: Trip = crawl,
        most: int = MOST,
    ) -> None:
        self._policy = policy
        self._settings = settings
        self._say = say
        self._patience = patience
        self._trip = trip
        self._most = most
        self._room = ROOM * policy.concurrency
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._stopping = False
        self._tickets = 0
        self._owed: dict[int, _Owed] = {}
        self._hosts = Hosts()
        self._lines: dict[str, _Line] = {}
        self._unfit: dict[str, tuple[str, float]] = {}  # why, and when it is tried again
        self._meeting: set[str] = set()
        self._client: Any = None
        self._scheduler: Identity | None = None
        self._trouble = f"{settings.address}: not connected yet"
        self._bad_since: float | None = time.monotonic()
        self._said = float("-inf")
        self._drained = 0.0
        self._local: LocalWorkers | None = None
        self._asked_here = 0
        self._pumping: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="cluster", daemon=True)
        self._thread.start()

    # ── the seam ────────────────────────────────────────────────────────────────────────────

    def submit(self, request: Request) -> Future[Outcome]:
        """The outcome to come of *request*; the future never raises."""
        done: Future[Outcome] = Future()
        done.set_running_or_notify_cancel()
        with self._lock:
            stopped = self._stopping
            full = len(self._owed) >= self._most
            if not stopped and not full:
                self._tickets += 1
                self._owed[self._tickets] = _Owed(request, site(host(request.url)), done)
                self._loop.call_soon_threadsafe(self._begin, self._tickets)
        if stopped or full:
            why = "the workers have stopped" if stopped else "more wait than the cluster asks"
            done.set_result(Outcome(request, failure=Failure("lost", why)))
        return done

    def turned(self, tell: Callable[[], None]) -> None:
        """Have *tell* called by the loop that talks with the cluster, once it has its turn."""
        with self._lock:
            if not self._stopping:
                self._loop.call_soon_threadsafe(tell)

    def stop(self, deadline: float) -> None:
        """Give all back and let the cluster go within about *deadline* seconds; twice does nothing more."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
            self._loop.call_soon_threadsafe(self._loop.stop)
        end = time.monotonic() + deadline
        self._thread.join(deadline)
        if self._local is not None:
            self._local.stop(max(0.5, end - time.monotonic()))
        for ticket in tuple(self._owed):
            self._give(ticket, Failure("lost", "stopped on the way"))

    def standing(self) -> Standing:
        """How it stands with the cluster just now; of any thread."""
        waiting = sum(not owed.worker for owed in tuple(self._owed.values()))
        return Standing(
            {name: line.who for name, line in tuple(self._lines.items())},
            {name: why for name, (why, _) in tuple(self._unfit.items())},
            len(self._owed) - waiting,
            waiting,
            self._trouble,
            frozenset(tuple(self._meeting)),
            self._scheduler,
        )

    def cut_off(self) -> tuple[str, str] | None:
        """The cluster's address and what is wrong, once it has lasted; None while there is a worker."""
        since = self._bad_since
        if since is None or time.monotonic() - since < self._patience.trouble:
            return None
        where = self._settings.address
        return where, self._trouble.removeprefix(f"{where}: ")

    # ── the loop ────────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            keeping = self._loop.create_task(self._keep())
            self._loop.run_forever()
            keeping.cancel()
            self._loop.run_until_complete(self._end(keeping))
        finally:
            self._loop.close()

    async def _end(self, keeping: asyncio.Task[None]) -> None:
        """Let go of the cluster, which may not answer any more."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(keeping, *self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _begin(self, ticket: int) -> None:
        owed = self._owed.get(ticket)
        if owed is not None:
            self._hosts.put(owed.host, ticket)
            self._pump_soon(0.0)

    def _came(self, ticket: int, outcome: Outcome) -> None:
        """Give an outcome; of a request that was led to another site, go on with whoever asks that one."""
        led, owed = outcome.failure, self._owed.get(ticket)
        if owed is None or not isinstance(led, Led):
            self._give(ticket, outcome)
            return
        self._hosts.back(owed.host, self._loop.time())
        owed.host, owed.worker, owed.led = site(host(led.url)), "", led
        self._begin(ticket)

    def _give(self, ticket: int, came: Outcome | Failure) -> None:
        """Give what is owed, once: what comes again, or late, is nobody's."""
        owed = self._owed.pop(ticket, None)
        if owed is None:
            return
        if owed.worker:
            self._hosts.back(owed.host, self._loop.time())
        if isinstance(came, Failure):
            owed.done.set_result(Outcome(owed.request, failure=came))
        else:
            owed.done.set_result(replace(came, request=owed.request))

    # ── handing out ─────────────────────────────────────────────────────────────────────────

    def _pump_soon(self, seconds: float) -> None:
        when = self._loop.time() + seconds
        if self._pumping is not None:
            if self._pumping.when() <= when:
                return
            self._pumping.cancel()
        self._pumping = self._loop.call_at(when, self._pump)

    def _pump(self) -> None:
        """Give to each worker what is its own, in batches."""
        self._pumping = None
        now = self._loop.time()
        room = {
            line.name: self._room - len(line.out) - len(line.basket)
            for line in self._lines.values()
        }
        closing: tuple[str, ...] = ()
        if self._local is not None:
            room[HERE] = self._room - self._asked_here
            closing = (HERE,) if self._lines else ()
        for name, _host, ticket in self._hosts.take(room, now, closing):
            self._owed[ticket].worker = name
            if name == HERE:
                self._ask_here(ticket)
                continue
            line = self._lines[name]
            line.since = line.since if line.basket else now
            line.basket.append(ticket)
        for line in tuple(self._lines.values()):
            self._pump_line(line, now)

    def _pump_line(self, line: _Line, now: float) -> None:
        while line.running < 2 and (
            len(line.basket) >= BATCH or (line.basket and now - line.since >= GATHER)
        ):
            self._send(line)
        if line.basket and line.running < 2:
            self._pump_soon(max(0.0, line.since + GATHER - now))
        if line.out and not line.running:
            self._send(line)

    def _ask_here(self, ticket: int) -> None:
        assert self._local is not None
        self._asked_here += 1

        def came(done: Future[Outcome]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: `stop` gives what is owed
                self._loop.call_soon_threadsafe(finish, done.result())

        def finish(outcome: Outcome) -> None:
            self._asked_here -= 1
            self._came(ticket, outcome)
            self._pump_soon(0.0)

        owed = self._owed[ticket]
        self._local.submit(owed.request, owed.led).add_done_callback(came)

    def _send(self, line: _Line) -> None:
        """Give a worker its next batch, and have what is ready brought back."""
        going: list[tuple[int, Request]] = []
        size = 0
        while line.basket and len(going) < BATCH:
            request = self._owed[line.basket[0]].request
            size += len(request.last) + 1000
            if going and size > PAYLOAD:
                break
            going.append((line.basket.popleft(), request))
        line.out.update(ticket for ticket, _ in going)
        line.running += 1
        self._start(self._exchange(line, tuple(going)))

    async def _exchange(self, line: _Line, going: tuple[tuple[int, Request], ...]) -> None:
        patient = min(PATIENT, self._patience.silent / 3)
        led = {
            ticket: owed.led
            for ticket, _ in going
            if (owed := self._owed.get(ticket)) is not None and owed.led is not None
        }
        said = Batch(line.who.boot, line.session, self._policy, going, patient, led)
        batch = pickle.dumps(said, protocol=5)
        future = self._client.submit(
            exchange, batch, self._trip, workers=[line.name], allow_other_workers=False, pure=False, retries=0,
            key=f"newswatch-{secrets.token_hex(8)}",
        )  # fmt: skip
        try:
            async with asyncio.timeout(self._patience.silent):
                answer: Answer = pickle.loads(await future)  # noqa: S301 - from workers that hold our certificate
        except TimeoutError:
            self._lose(line, f"it has not answered for {self._patience.silent:g} s")
            return
        except Exception as error:  # noqa: BLE001 - whatever the engine says, the worker has not answered
            self._lose(line, f"its task failed ({type(error).__name__}: {str(error)[:200]})")
            return
        finally:
            line.running -= 1
            with contextlib.suppress(Exception):
                future.release()
        if answer.boot != line.who.boot:
            self._lose(line, "it began anew")
            return
        for ticket, made in answer.ready:
            line.out.discard(ticket)
            self._came(ticket, pickle.loads(made))  # noqa: S301 - as above
        self._pump_soon(0.0)

    def _lose(self, line: _Line, why: str) -> None:
        """Give up what a worker has: the store has it asked again, and a late answer has no ticket."""
        if self._lines.get(line.name) is not line:
            return
        del self._lines[line.name]
        self._unfit[line.name] = (why, self._loop.time() + self._patience.look)
        taken = (*line.out, *line.basket)
        if not self._stopping:
            self._say("warning", "a worker is lost", {"worker": line.name, "why": why, "requests": len(taken)})  # fmt: skip
        for ticket in taken:
            self._give(ticket, Failure("lost", f"the worker {line.name} is lost: {why}"))
        self._judge()
        self._pump_soon(0.0)

    # ── the cluster ─────────────────────────────────────────────────────────────────────────

    async def _keep(self) -> None:
        """Be connected, for ever anew."""
        while True:
            try:
                async with connected(self._settings, self._patience.silent) as client:
                    self._scheduler = await scheduler_of(client, self._patience.silent)
                    self._client = client
                    await self._follow(client)
            except (ClusterError, Unfit) as wrong:
                self._away(str(wrong))
            except Exception as error:  # noqa: BLE001 - whatever the engine says, it is not there
                self._away(f"{type(error).__name__}: {str(error)[:200]}")
            finally:
                self._client = None
            await asyncio.sleep(self._patience.look)

    async def _follow(self, client: Any) -> None:
        """See who is there, until the scheduler is not."""
        while True:
            there = await workers_of(client, self._patience.silent)
            now = self._loop.time()
            for line in [line for name, line in self._lines.items() if name not in there]:
                self._lose(line, "it left")
            self._unfit = {name: said for name, said in self._unfit.items() if name in there}
            for name in there - self._lines.keys() - self._meeting:
                if self._unfit.get(name, ("", 0.0))[1] <= now:
                    self._meeting.add(name)
                    self._start(self._meet(client, name))
            self._judge(there=len(there))
            await asyncio.sleep(self._patience.look)

    async def _meet(self, client: Any, name: str) -> None:
        """Ask a worker who it is, and give it work if it can do it."""
        try:
            who: Identity = await who_is(client, name, self._patience.silent)
        except Unfit as wrong:
            why = str(wrong)
            if self._unfit.get(name, ("", 0.0))[0] != why:
                self._say("error", "a worker is refused", {"worker": name, "why": why})
            self._unfit[name] = (why, self._loop.time() + self._patience.again)
        else:
            self._unfit.pop(name, None)
            if self._client is client:
                self._lines[name] = _Line(name, who)
                self._say("info", "a worker is there", {"worker": name, "asks_from": who.source})
        finally:
            self._meeting.discard(name)
        self._judge()
        self._pump_soon(0.0)

    def _away(self, why: str) -> None:
        """The scheduler is not there."""
        for line in tuple(self._lines.values()):
            self._lose(line, "the scheduler is lost")
        self._unfit.clear()
        self._judge(away=why)

    def _judge(self, *, there: int | None = None, away: str = "") -> None:
        """Say when the cluster is lost and when it is back; see to what waits meanwhile."""
        now = time.monotonic()
        where = self._settings.address
        if self._lines:
            if self._trouble:
                self._say(
                    "info", "the cluster is there", {"at": where, "workers": len(self._lines)}
                )
            self._trouble, self._bad_since, self._said = "", None, float("-inf")
            return
        if away:
            said = f"{where}: {away}"
        elif self._unfit:
            refused = "; ".join(
                f"{name}: {why}" for name, (why, _) in sorted(self._unfit.items())[:5]
            )
            said = f"{where} has no worker that can be used ({refused})"
        elif self._meeting or there is None:
            said = self._trouble or f"{where}: its workers are being asked who they are"
        else:
            said = f"{where} has no workers"
        if self._bad_since is None:
            self._bad_since = now
        if said != self._trouble and now - self._said >= SAID and not self._stopping:
            self._said = now
            self._say("error", "the cluster is lost, trying on", {"why": said})
        self._trouble = said
        lasted = now - self._bad_since
        if self._settings.fallback and lasted >= self._patience.fallback:
            if self._local is None:
                self._say("warning", "this machine crawls until the cluster is back", {})
                self._local = one_of_several(self._policy, self._trip)
            self._pump_soon(0.0)
        elif lasted >= self._patience.lost <= now - self._drained:
            self._drained = now
            for ticket in self._hosts.drain():
                self._give(ticket, Failure("lost", f"the cluster is lost: {said}"))
