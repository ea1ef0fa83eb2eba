"""Where crawls run: one asyncio loop in a thread of its own, and child processes to read with.

Rule: a trip never raises and never hangs: a reader past its deadline or memory is killed alone,
and whatever else goes wrong is an Outcome whose failure says so. Nothing durable lives here.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import multiprocessing
import os
import pickle
import resource
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from pebble import ProcessExpired, ProcessPool

from newswatch import machine
from newswatch.address import host
from newswatch.crawl import Get, InChild, crawl, warm
from newswatch.fetch import Fetcher
from newswatch.fetch.holding import SMALL
from newswatch.model import CrawlPolicy, Failure, Led, Outcome, Request

# Bytes of address space beyond what a child has when it is warm: its caches take 130 MB over hundreds of pages.
CHILD_ROOM = 240 * 1024**2
# Of those for one reading, and beside them for each byte that is read: what libraries load at their first use takes 60 MB,
# a page of 5 MB of text or a feed of 16 less than 88; 5 MB of links took 720. What is large is read one at a time.
READING_ROOM, A_BYTE, MOST_ROOM = 64 * 1024**2, 16, 112 * 1024**2
CHILD_TASKS = 2000  # then a fresh child: leaks of C libraries stay small
NICE = 5  # readers stand back for the loop and the one writer, which all of them wait for
ALONE = 2.0  # seconds past its deadline after which a child ends itself
WATCHED = 3600.0  # seconds in which a feed and a host whose bytes ended a reader have one at a time
GRACE = 60.0  # seconds past its deadline after which a reading's whole pool is taken for dead


class Trip(Protocol):
    """What is done for one request: `crawl`."""

    def __call__(
        self, request: Request, get: Get, in_child: InChild, *, best: bool
    ) -> Awaitable[Outcome]:
        """The outcome of *request*."""


def _begin_child(room: int) -> None:
    """In a fresh child: deaf to the terminal's interrupt, warm if its server was not, bounded to *room* bytes more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # pebble's own answer to SIGTERM waits until Python runs again: seconds, in a C library's loop.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(NICE)
    # What libraries say of a page is for nobody.
    logging.getLogger().addHandler(logging.NullHandler())
    warm()
    with contextlib.suppress(ValueError, OSError):
        most = _taken() + room
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _taken() -> int:
    """Bytes of this process's address space. Raises OSError where the system does not say."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


@contextlib.contextmanager
def _room_for(size: int) -> Iterator[None]:
    """In a child: room to read *size* bytes, inside of the child's own. Raises MemoryError."""
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    with contextlib.suppress(ValueError, OSError):
        room = min(READING_ROOM + A_BYTE * size, MOST_ROOM)
        # What was freed before is part of it, though not more than half: it is in pieces.
        until = _taken() + room - min(machine.reusable(), room // 2)
        until = until if most == resource.RLIM_INFINITY else min(until, most)
        resource.setrlimit(resource.RLIMIT_AS, (until, most))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _size(arguments: tuple[Any, ...]) -> int:
    """How many bytes are to be read."""
    return sum(len(one) for one in arguments if isinstance(one, bytes))


def _read(function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> bytes:
    """In a child: the function's value, or the Failure that its exception means, pickled. pebble
    unpickles what a child sends in a thread of all, and what cannot be unpickled ends its pool.
    A child that nobody ends any more, our process being dead, ends by itself soon after *seconds*.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds + ALONE)
    size = _size(arguments)
    try:
        with _room_for(size):
            value = pickle.dumps(function(*arguments))
    except MemoryError:
        value = pickle.dumps(Failure("killed", "reading it took too much memory"))
    except BaseException as error:  # noqa: BLE001 - a bug behind the wall must not stop a feed
        value = pickle.dumps(_unread(error))
    if size > SMALL:  # now that no error holds any more what was read: what one takes is no other's
        gc.collect()
        machine.give_back()
    signal.setitimer(signal.ITIMER_REAL, 0)
    return value


def _unread(error: BaseException) -> Failure:
    """A bug's class and words as a failure, whatever its class does with them."""
    words = traceback.format_exception_only(error)[-1].strip()
    named = words[:200].encode("utf-8", "backslashreplace").decode()
    return Failure("unreadable", f"it cannot be read ({named})")


def _lost(request: Request, why: str) -> Outcome:
    return Outcome(request, failure=Failure("lost", why))


# What multiprocessing writes, past any log, of its tracker when we are killed: a word in its
# own affairs, for what is left is taken away all the same. The children it starts have the options.
_TRACKER = "resource_tracker:"
_HUSHED = "ignore:resource_tracker:UserWarning"


def _hush_tracker() -> None:
    warnings.filterwarnings("ignore", _TRACKER, UserWarning)
    if _HUSHED not in sys.warnoptions:
        sys.warnoptions.append(_HUSHED)


def end_pool(pool: Any) -> None:
    """End a pool and its children. pebble takes away its locks before it ends the children; one
    that is only starting would miss them aloud, so they are held until all have ended.
    """
    channel = pool._pool_manager.worker_manager.workers_channel  # noqa: SLF001 - no public way
    held = channel and (channel.mutex.reader_mutex, channel.mutex.writer_mutex)
    pool.stop()
    pool.join()
    del held


class LocalWorkers:
    """Crawls on this machine under *policy*; *trip* is what is done for one request, *asks* makes who asks servers."""

    def __init__(
        self,
        policy: CrawlPolicy,
        trip: Trip = crawl,
        *,
        grace: float = GRACE,
        asks: Callable[[CrawlPolicy], Fetcher] = Fetcher,
    ) -> None:
        self._policy = policy
        self._crawl = trip
        self._asks = asks
        self._patience = policy.child_seconds + grace
        self._loop = asyncio.new_event_loop()
        # A name's look-up may hold a thread for seconds: with one a trip, none waits for another's.
        self._loop.set_default_executor(ThreadPoolExecutor(policy.concurrency + 1, "crawl-names"))
        _hush_tracker()
        self._pool = self._new_pool()
        self._retired: list[asyncio.Future[None]] = []
        self._lock = threading.Lock()
        self._stopping = False
        self._trips: set[asyncio.Task[Outcome]] = set()
        self._owed: dict[Future[Outcome], Request] = {}
        self._fetcher: Fetcher | None = None
        self._reading: asyncio.Semaphore | None = None
        self._large = asyncio.Lock()
        self._deadly: dict[str, tuple[float, asyncio.Lock]] = {}
        self._thread = threading.Thread(target=self._run, name="crawl", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        """The loop, until it is stopped, and then to the end of every trip."""
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._end_trips())
        finally:
            self._loop.close()

    def _new_pool(self) -> Any:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["newswatch.preload"])
        return ProcessPool(
            max_workers=self._policy.children,
            max_tasks=CHILD_TASKS,
            context=context,
            initializer=_begin_child,
            initargs=(CHILD_ROOM,),
        )

    def submit(
        self, request: Request, led: Led | None = None, wanted: Callable[[], bool] = lambda: True
    ) -> Future[Outcome]:
        """The outcome to come of *request*, which goes on where it was *led*; the future never raises. One that is not
        *wanted* any more when its turn comes is asked for no more.
        """
        done: Future[Outcome] = Future()
        done.set_running_or_notify_cancel()
        self._owed[done] = request

        def finish(task: asyncio.Task[Outcome]) -> None:
            self._trips.discard(task)
            if task.cancelled():
                self._give(done, _lost(request, "stopped on the way"))
            elif (error := task.exception()) is not None:
                self._give(done, Outcome(request, failure=_unread(error)))
            else:
                self._give(done, task.result())

        def begin() -> None:
            task = self._loop.create_task(self._trip(request, led, wanted))
            self._trips.add(task)
            task.add_done_callback(finish)

        with self._lock:  # so that whatever is begun is begun before `stop` ends it
            stopped = self._stopping
            if not stopped:
                self._loop.call_soon_threadsafe(begin)
        if stopped:
            self._give(done, _lost(request, "the workers have stopped"))
        return done

    def turned(self, tell: Callable[[], None]) -> None:
        """Have *tell* called by the loop, once it has its turn; never where that hangs, or was stopped."""
        with self._lock:
            if not self._stopping:
                self._loop.call_soon_threadsafe(tell)

    def _give(self, done: Future[Outcome], outcome: Outcome) -> None:
        """Give what is owed, once: the loop and `stop` may both be about to."""
        if self._owed.pop(done, None) is not None:
            done.set_result(outcome)

    async def _trip(self, request: Request, led: Led | None, wanted: Callable[[], bool]) -> Outcome:
        if self._fetcher is None:
            self._fetcher = self._asks(self._policy)
            self._reading = asyncio.Semaphore(self._policy.children)
        # The turn lasts until the body is read, so that no more bodies than turns are held.
        async with self._fetcher.turn(request.url, led) as get:
            if not wanted():
                return _lost(request, "nobody waits for it any more")
            best = self._policy.extraction == "best"
            # The feed's name as no host is called.
            in_child = partial(self._in_child, (f"feed {request.feed}", host(request.url)))
            return await self._crawl(request, get, in_child, best=best)

    async def _in_child(
        self, asked: tuple[str, str], function: Callable[..., Any], *arguments: Any
    ) -> Any:
        """The function's result from a child, or the Failure that ended it; *asked* is the feed and the host it came from."""
        assert self._reading is not None
        # Waiting here and not in the pool's queue: a task's deadline begins when a child is free.
        large = self._large if _size(arguments) > SMALL else contextlib.nullcontext()
        while True:
            alone = self._alone(asked)
            async with contextlib.AsyncExitStack() as turns:
                for turn in (*alone, large, self._reading):
                    await turns.enter_async_context(turn)
                # A page of theirs may have ended a reader since: who queued before gives way, too.
                if self._alone(asked) == alone:
                    answer = await self._read_in_child(function, arguments)
                    break
        if isinstance(answer, Failure) and answer.kind == "killed":
            now = self._loop.time()
            self._deadly = {name: it for name, it in self._deadly.items() if it[0] > now}
            for name in asked:
                _, lock = self._deadly.get(name, (0.0, asyncio.Lock()))
                self._deadly[name] = (now + WATCHED, lock)
        return answer

    def _alone(self, asked: tuple[str, str]) -> tuple[asyncio.Lock, ...]:
        """A feed and a host whose bytes ended a reader of late have one at a time: others have the rest. A feed has as many
        hosts as it names. Always in this order, so that nobody waits in a ring.
        """
        now = self._loop.time()
        return tuple(
            self._deadly[name][1]
            for name in asked
            if name in self._deadly and self._deadly[name][0] > now
        )

    async def _read_in_child(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        for _ in range(2):
            pool = self._pool
            try:
                return await self._answer(pool, function, arguments)
            except (RuntimeError, OSError):
                # It died idle, before it had begun with this, hangs, or could not start.
                self._retire(pool)
        return Failure("lost", "the readers die before they read")

    async def _answer(self, pool: Any, function: Callable[..., Any], arguments: Any) -> Any:
        """The function's result from a child of *pool*. Raises RuntimeError for a pool that is dead or hangs, which
        no page does, OSError where the machine starts no process.
        """
        seconds = self._policy.child_seconds
        # In a thread: the first waits until the fork server has loaded.
        task = await asyncio.to_thread(
            pool.schedule, _read, args=(function, arguments, seconds), timeout=seconds
        )
        try:
            async with asyncio.timeout(self._patience):
                answer = await asyncio.wrap_future(task)
        except TimeoutError:
            if (
                task.cancelled()
            ):  # the pool itself hangs: a child died as it started, or with its lock in hand
                raise RuntimeError("the pool hangs") from None
            return Failure("killed", f"not read within {seconds:g} s")
        except ProcessExpired as error:
            return Failure("killed", f"its reader died ({error.exitcode})")
        return pickle.loads(answer)  # noqa: S301 - from our own child

    def _retire(self, pool: Any) -> None:
        """Put a dead pool aside and a fresh one in its place."""
        if pool is self._pool and not self._stopping:
            self._pool = self._new_pool()
            self._retired.append(self._loop.run_in_executor(None, end_pool, pool))

    def stop(self, deadline: float) -> None:
        """End every trip and child within about *deadline* seconds; twice does nothing more."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(deadline)
        end_pool(self._pool)
        for done, request in tuple(self._owed.items()):
            self._give(done, _lost(request, "stopped on the way"))

    async def _end_trips(self) -> None:
        trips = tuple(self._trips)
        for trip in trips:
            trip.cancel()
        await asyncio.gather(*trips, return_exceptions=True)
        if self._fetcher is not None:
            await self._fetcher.close()
        await asyncio.gather(*self._retired, return_exceptions=True)


def one_of_several(policy: CrawlPolicy, trip: Trip) -> LocalWorkers:
    """A crawl beside those of other processes: it has the manners of its sites alone, and leaves others' to them."""
    return LocalWorkers(policy, trip, asks=partial(Fetcher, one_site=True))
