"""Where crawls run: one asyncio loop in a thread of its own, and child processes to read with.

Rule: a trip never raises and never hangs: a reader past its deadline or memory is killed alone,
and whatever else goes wrong is an Outcome whose failure says so. Nothing durable lives here.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import resource
import signal
import threading
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as Late
from typing import Any

from pebble import ProcessExpired, ProcessPool

from newswatch.crawl import crawl, warm
from newswatch.fetch import Fetcher
from newswatch.model import CrawlPolicy, Failure, Outcome, Request

CHILD_MEMORY = 2 * 1024**3  # bytes of address space; 5 MB of links took 720 MB
CHILD_TASKS = 2000  # then a fresh child: leaks of C libraries stay small


def _begin_child(memory: int) -> None:
    """In a fresh child: bounded, deaf to the terminal's interrupt, its date tables loaded."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warm()


class LocalWorkers:
    """Crawls on this machine under *policy*."""

    def __init__(self, policy: CrawlPolicy) -> None:
        self._policy = policy
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="crawl", daemon=True)
        self._thread.start()
        self._lock = threading.Lock()
        self._pool = self._new_pool()
        self._trips: set[asyncio.Task[Outcome]] = set()
        self._stopping = False
        self._fetcher: Fetcher | None = None
        self._reading: asyncio.Semaphore | None = None

    def _new_pool(self) -> Any:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["newswatch.crawl"])
        return ProcessPool(
            max_workers=self._policy.children,
            max_tasks=CHILD_TASKS,
            context=context,
            initializer=_begin_child,
            initargs=(CHILD_MEMORY,),
        )

    def submit(self, request: Request) -> Future[Outcome]:
        """The outcome to come of *request*; the future never raises."""
        done: Future[Outcome] = Future()
        done.set_running_or_notify_cancel()

        def finish(task: asyncio.Task[Outcome]) -> None:
            self._trips.discard(task)
            if task.cancelled():
                done.set_result(Outcome(request, failure=Failure("lost", "stopped on the way")))
            elif (error := task.exception()) is not None:
                said = f"{type(error).__name__}: {error}"
                done.set_result(Outcome(request, failure=Failure("lost", said)))
            else:
                done.set_result(task.result())

        def begin() -> None:
            task = self._loop.create_task(self._trip(request))
            self._trips.add(task)
            task.add_done_callback(finish)

        try:
            self._loop.call_soon_threadsafe(begin)
        except RuntimeError:
            done.set_result(Outcome(request, failure=Failure("lost", "the workers have stopped")))
        return done

    async def _trip(self, request: Request) -> Outcome:
        if self._fetcher is None:
            self._fetcher = Fetcher(self._policy)
            self._reading = asyncio.Semaphore(self._policy.children)
        # The turn lasts until the body is read, so that no more bodies than turns are held.
        async with self._fetcher.turn(request.url):
            best = self._policy.extraction == "best"
            return await crawl(request, self._fetcher.get, self._in_child, best=best)

    async def _in_child(self, function: Any, *arguments: Any) -> Any:
        """The function's result from a child, or the Failure that ended it."""
        assert self._reading is not None
        # Waiting here and not in the pool's queue: a task's deadline begins when a child is free.
        async with self._reading:
            future = self._schedule(function, arguments)
            try:
                return await asyncio.wrap_future(future)
            except (TimeoutError, Late):
                return Failure("killed", f"not read within {self._policy.child_seconds:g} s")
            except MemoryError:
                return Failure("killed", "reading it took too much memory")
            except ProcessExpired as error:
                return Failure("killed", f"its reader died ({error.exitcode})")
            except (CancelledError, asyncio.CancelledError):
                if self._stopping:
                    raise
                return Failure("lost", "its reader was stopped")
            except Exception as error:  # noqa: BLE001 - a bug behind the wall must not stop a feed
                return Failure("unreadable", f"{type(error).__name__}: {str(error)[:200]}")

    def _schedule(self, function: Any, arguments: Any) -> Any:
        with self._lock:
            try:
                return self._pool.schedule(
                    function, args=arguments, timeout=self._policy.child_seconds
                )
            except RuntimeError:
                if self._stopping:
                    raise
                self._pool = self._new_pool()  # the pool broke; its tasks have been told
                return self._pool.schedule(
                    function, args=arguments, timeout=self._policy.child_seconds
                )

    def stop(self, deadline: float) -> None:
        """End every trip and child within about *deadline* seconds; twice does nothing more."""
        if self._stopping:
            return
        self._stopping = True
        ended = asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        with contextlib.suppress(Late):
            ended.result(deadline)
        self._pool.stop()
        self._pool.join(deadline)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(deadline)
        if not self._loop.is_running():
            self._loop.close()

    async def _end(self) -> None:
        trips = tuple(self._trips)
        for trip in trips:
            trip.cancel()
        await asyncio.gather(*trips, return_exceptions=True)
        if self._fetcher is not None:
            await self._fetcher.close()
