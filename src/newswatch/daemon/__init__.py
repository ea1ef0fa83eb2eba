"""The main thread: wires the rooms and owns clock, signals and threads; everything else is told the time.

Rule: APScheduler is a clock whose few fixed hands only put ticks on one queue, which the writer's thread works off.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC
from typing import Any

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from newswatch.address import redact
from newswatch.daemon.clock import DRIFT_SECONDS, Clock, DriftWatch, DrivenClock, RealClock
from newswatch.daemon.log import LogFile, LogFormat, hear_libraries, log_to
from newswatch.daemon.messages import Inbox, Reload, Stop, Tick
from newswatch.daemon.opening import Opens
from newswatch.daemon.post import Post
from newswatch.daemon.service import Progress, Say, to_service_manager
from newswatch.daemon.waking import Bell, Ending, on_signals
from newswatch.daemon.writer import Writer
from newswatch.deliver import Send
from newswatch.desk import InForce, Workers
from newswatch.monitoring.watched import Counts
from newswatch.store import Ballast, Keeper

__all__ = [
    "Bell",
    "Clock",
    "Daemon",
    "DriftWatch",
    "DrivenClock",
    "LogFile",
    "LogFormat",
    "RealClock",
    "Tick",
    "hear_libraries",
    "log_to",
    "on_signals",
    "to_service_manager",
]

HANDS = {"ingest": 5, "deliver": 15}  # seconds between two moves
STOP_SECONDS = 8.0


class Daemon:
    """One store, watched until told to stop. `run` blocks; `stop` and `reload` may be called from
    signal handlers and other threads.
    """

    def __init__(
        self,
        force: InForce,
        ledger: Opens,
        workers: Workers,
        send: Send,
        *,
        clock: Clock,
        log: Any,
        keeper: Keeper,
        ballast: Ballast,
        load: Callable[[], tuple[InForce, Send]],
        say: Say = lambda _state: None,
        patience: float = DRIFT_SECONDS,
        passed: Callable[[], float] = time.monotonic,
        stop_within: float = STOP_SECONDS,
        cut_off: Callable[[], tuple[str, str] | None] = lambda: None,
    ) -> None:
        """*ledger* opens the store (in the writer's thread), telling how many versions of how many it
        filed anew where an older newswatch kept it; *load* reads the configuration anew;
        *keeper* checks and copies the store; *ballast* is room on its disk; *say* tells the service
        manager; *passed* are seconds that nobody sets; *stop_within* are those in which a stop ends what can
        be ended; *cut_off* names the cluster that is lost and says why, None while none is.
        """
        self._workers = workers
        self._clock = clock
        self._log = log
        self._load = load
        self._patience = patience
        self._say = say
        self._stop_within = stop_within
        self._reloading = False
        self._ending = Ending()
        self.bell = Bell()
        self.inbox = Inbox()
        self.going_on = Progress(say, passed)
        self.post = Post(
            send, told=self.inbox.put, moved=lambda: self.going_on.moved("mail"),
            ends=lambda: self._ending.asked,
        )  # fmt: skip
        self.writer = Writer(
            force, ledger, workers, self.inbox, self.post, ending=self._ending, clock=clock, log=log,
            keeper=keeper, ballast=ballast, say=say, going_on=self.going_on, passed=passed, cut_off=cut_off,
        )  # fmt: skip

    # ── what others may call ────────────────────────────────────────────────────────────────

    @property
    def counts(self) -> Counts:
        """What has come since the start."""
        return self.writer.counts

    @property
    def started(self) -> threading.Event:
        """Set once it watches, or has ended before."""
        return self.writer.started

    def stop(self, *_signal: object) -> None:
        """Ask the daemon to end; safe in a signal handler."""
        self._ending.asked = True
        self.bell.ring()

    def reload(self, *_signal: object) -> None:
        """Ask the daemon to read its configuration anew; safe in a signal handler."""
        self._reloading = True
        self.bell.ring()

    def run(self) -> None:
        """Watch until stopped. Raises what ended the writer: StoreBusy, StoreDamaged, StoreError."""
        writer = threading.Thread(target=self.writer.run, args=(self.stop,), name="writer")
        scheduler = self._clockwork()
        watch = DriftWatch(
            RealClock().now, time.monotonic, lambda: self._rearm(scheduler), self._patience
        )
        reader: threading.Thread | None = None
        writer.start()
        self.post.start()
        scheduler.start()
        try:
            while not self._ending.asked and writer.is_alive():
                self.bell.wait(self._patience)
                watch.look()
                reads = reader is not None and reader.is_alive()
                if self._reloading and not self._ending.asked and not reads:
                    self._reloading = False
                    # A thread of its own: ten thousand rules are read for seconds, in which to stop.
                    reader = threading.Thread(target=self._reload, name="reader", daemon=True)
                    reader.start()
        finally:
            self._log.info("stopping")
            self._say("STOPPING=1")
            end = time.monotonic() + self._stop_within
            scheduler.shutdown(wait=False)
            self.post.end()
            self._workers.stop(self._stop_within / 2)
            # A letter whose server is about to say 250 is marked, or it would be sent again.
            if not self.post.ended(max(0.0, end - time.monotonic())):
                self._log.warning("a letter's answer is not waited for, it will be sent again")
            self.inbox.put(Stop())
            writer.join(max(self._stop_within / 8, end - time.monotonic()))
            if writer.is_alive():
                self._log.warning("the writer is still at work")
                self._ending.late = True
                writer.join()
            if threading.current_thread() is threading.main_thread():
                signal.set_wakeup_fd(-1)
            self.bell.close()
        if self.writer.failure is not None:
            raise self.writer.failure
        self._log.info("stopped")

    def _clockwork(self) -> BackgroundScheduler:
        """Fixed hands only: UTC, nothing skipped for being late, nothing twice at once."""
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for hand, seconds in HANDS.items():
            scheduler.add_job(self.writer.tick, "interval", seconds=seconds, args=[hand], id=hand)
        scheduler.add_listener(
            lambda event: self._log.error("a hand of the clock", event=str(event)),
            EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES,
        )
        return scheduler

    def _rearm(self, scheduler: BackgroundScheduler) -> None:
        """Let every hand move now: a clock set back by an hour would hold them for an hour."""
        self._log.warning("the clock was set, the hands start anew")
        for job in scheduler.get_jobs():
            job.modify(next_run_time=RealClock().now())  # the scheduler's own clock

    def _reload(self) -> None:
        reason = ""
        try:
            force, send = self._load()
            reason = self._gone(force)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the old one stays
            reason = str(error) or type(error).__name__
        if reason:
            self._log.error("configuration refused, the old one stays", reason=reason)
        else:
            if force.configuration.policy != self.writer.force.configuration.policy:
                self._log.warning("changes under crawl: take effect at the next start")
            if force.configuration.cluster != self.writer.force.configuration.cluster:
                self._log.warning("changes under workers: take effect at the next start")
            if force.configuration.metrics != self.writer.force.configuration.metrics:
                self._log.warning("changes under metrics: take effect at the next start")
            if force.configuration.store != self.writer.force.configuration.store:
                self._log.warning(
                    "another store: takes effect at the next start",
                    store=redact(force.configuration.store),
                )
            self.inbox.put(Reload(force, send))
        self.bell.ring()  # one that was asked for meanwhile has its turn

    def _gone(self, force: InForce) -> str:
        """Which files said something, and now are not there or say nothing; '' for none. Whoever
        replaces them may be at it: nothing that is watched ends for that.
        """
        now = force.configuration.files
        gone = [file for file in self.writer.force.configuration.files if file not in now]
        what = "is gone or empty; write it, with an empty list where nothing is meant, and reload"
        return "; ".join(f"{file}: {what}" for file in gone)
