"""Wires the rooms and owns clock, signals and threads; everything else is told the time.

Rule: APScheduler is a clock whose few fixed hands only put ticks on one queue; one writer thread
takes ticks, outcomes and the mail server's words from it, and is the only one to touch the store.
"""

from __future__ import annotations

import contextlib
import queue
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from newswatch import at_once, deliver, desk, ingest, liveness, reporting, rotation
from newswatch.address import redact
from newswatch.daemon.clock import DRIFT_SECONDS, Clock, DriftWatch, DrivenClock, RealClock
from newswatch.daemon.heartbeat import Heartbeat
from newswatch.daemon.log import LogFile, LogFormat, hear_libraries, log_to, say_settled
from newswatch.daemon.messages import (
    CatchUp,
    Heard,
    Inbox,
    Judging,
    LookedThrough,
    Reload,
    Sealing,
    Stop,
    Stopped,
    Tick,
    Told,
    Unchanged,
)
from newswatch.daemon.nightly import Nightly
from newswatch.daemon.patience import RETRY_SECONDS, Patience
from newswatch.daemon.post import Post
from newswatch.daemon.room import Room
from newswatch.daemon.service import Progress, Say, to_service_manager
from newswatch.daemon.waking import Bell, on_signals
from newswatch.deliver import Send
from newswatch.desk import InForce, Workers, put_in_force
from newswatch.ingest import Standing
from newswatch.model import (
    Changeset,
    Failure,
    Outcome,
    StoreDamaged,
    StoreError,
    StoreFull,
    Surge,
    Trouble,
)
from newswatch.monitoring.watched import Counts
from newswatch.readers import AT_ONCE
from newswatch.store import Ballast, Keeper, Ledger
from newswatch.store import CatchUp as Reached
from newswatch.wording import few

__all__ = [
    "Bell",
    "Clock",
    "Daemon",
    "DriftWatch",
    "DrivenClock",
    "LogFile",
    "LogFormat",
    "RealClock",
    "hear_libraries",
    "log_to",
    "on_signals",
    "to_service_manager",
]

HANDS = {"ingest": 5, "deliver": 15}  # seconds between two moves
LOOK_SECONDS = 10.0  # between two looks at what troubles us
JUDGE_SECONDS = 300.0  # between two judgements of how much rules find
NO_MORE = object()
STEP_SECONDS = 0.25  # of what takes long, before another message's turn
STOP_SECONDS = 8.0
ANSWERED = 900.0  # seconds in which one of those on their way comes back: no trip takes so long
UPGRADE_USEC = (
    60_000_000  # that the service manager waits for the next sign of an upgrade that goes on
)
NAMED = 5  # rules in a line of the log
TOGETHER = 100  # polls that bring nothing are kept in one transaction, some 50 ms, where they wait together
SHARE = 20  # requests of one feed in flight: most wait for its host, which takes one a second


class Daemon:
    """One store, watched until told to stop. `run` blocks; `stop` and `reload` may be called from
    signal handlers and other threads.
    """

    def __init__(
        self,
        force: InForce,
        ledger: Callable[[Callable[[int, int], None]], Ledger],
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
        self._force = force
        self._open = ledger
        self._workers = workers
        self._clock = clock
        self._log = log
        self._load = load
        self._patience = patience
        self._cut_off = cut_off
        self._passed = passed
        self._say = say
        self.going_on = Progress(say, passed)
        self.counts = Counts()
        self._on_their_way = 0
        self._answered = passed()  # or when the first of those on their way set out
        self._stop_within = stop_within
        self._inbox = Inbox()
        self._ahead: list[object] = []  # one at most, that was taken from it before its turn
        self._nightly = Nightly(keeper, self._inbox.put)
        self._heartbeat = Heartbeat(workers, self._inbox.put, log, passed)
        self._rounds = 0  # that its address has heard of
        self._uncopied: Trouble | None = None
        store = redact(force.configuration.store)
        self._room = Room(ballast, store)
        self._behind: CatchUp | None = None  # what waits for room
        self.bell = Bell()
        self._stopping = False
        self._late = False  # the time to stop in is over
        self._reloading = False
        self._digests: Iterator[bool] | None = None  # that are being sealed
        self._happened: list[Trouble] = []  # what the operator is to hear, and no store knows yet
        self._looked: float | None = None
        self._judged: float | None = None
        self._judging: Iterator[Surge | None] | None = None  # that are being judged
        self._ticking: set[str] = set()
        self._post = Post(
            send, told=self._inbox.put, moved=lambda: self.going_on.moved("mail"), ends=lambda: self._stopping,
        )  # fmt: skip
        self._patiently = Patience(
            store, self._room, log, clock=clock, passed=passed, ends=lambda: self._late,
            going_on=self.going_on, happened=self._happened.append,
        )  # fmt: skip
        self._failure: BaseException | None = None
        self.started = threading.Event()

    # ── what others may call ────────────────────────────────────────────────────────────────

    def stop(self, *_signal: object) -> None:
        """Ask the daemon to end; safe in a signal handler."""
        self._stopping = True
        self.bell.ring()

    def reload(self, *_signal: object) -> None:
        """Ask the daemon to read its configuration anew; safe in a signal handler."""
        self._reloading = True
        self.bell.ring()

    def run(self) -> None:
        """Watch until stopped. Raises what ended the writer: StoreBusy, StoreDamaged, StoreError."""
        writer = threading.Thread(target=self._write, name="writer")
        scheduler = self._clockwork()
        watch = DriftWatch(
            RealClock().now, time.monotonic, lambda: self._rearm(scheduler), self._patience
        )
        reader: threading.Thread | None = None
        writer.start()
        self._post.start()
        scheduler.start()
        try:
            while not self._stopping and writer.is_alive():
                self.bell.wait(self._patience)
                watch.look()
                reads = reader is not None and reader.is_alive()
                if self._reloading and not self._stopping and not reads:
                    self._reloading = False
                    # A thread of its own: ten thousand rules are read for seconds, in which to stop.
                    reader = threading.Thread(target=self._reload, name="reader", daemon=True)
                    reader.start()
        finally:
            self._log.info("stopping")
            self._say("STOPPING=1")
            end = time.monotonic() + self._stop_within
            scheduler.shutdown(wait=False)
            self._post.end()
            self._workers.stop(self._stop_within / 2)
            # A letter whose server is about to say 250 is marked, or it would be sent again.
            if not self._post.ended(max(0.0, end - time.monotonic())):
                self._log.warning("a letter's answer is not waited for, it will be sent again")
            self._inbox.put(Stop())
            writer.join(max(self._stop_within / 8, end - time.monotonic()))
            if writer.is_alive():
                self._log.warning("the writer is still at work")
                self._late = True
                writer.join()
            if threading.current_thread() is threading.main_thread():
                signal.set_wakeup_fd(-1)
            self.bell.close()
        if self._failure is not None:
            raise self._failure
        self._log.info("stopped")

    def _clockwork(self) -> BackgroundScheduler:
        """Fixed hands only: UTC, nothing skipped for being late, nothing twice at once."""
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for hand, seconds in HANDS.items():
            scheduler.add_job(self._tick, "interval", seconds=seconds, args=[hand], id=hand)
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
            if force.configuration.policy != self._force.configuration.policy:
                self._log.warning("changes under crawl: take effect at the next start")
            if force.configuration.cluster != self._force.configuration.cluster:
                self._log.warning("changes under workers: take effect at the next start")
            if force.configuration.metrics != self._force.configuration.metrics:
                self._log.warning("changes under metrics: take effect at the next start")
            if force.configuration.store != self._force.configuration.store:
                self._log.warning(
                    "another store: takes effect at the next start",
                    store=redact(force.configuration.store),
                )
            self._inbox.put(Reload(force, send))
        self.bell.ring()  # one that was asked for meanwhile has its turn

    def _gone(self, force: InForce) -> str:
        """Which files said something, and now are not there or say nothing; '' for none. Whoever
        replaces them may be at it: nothing that is watched ends for that.
        """
        now = force.configuration.files
        gone = [file for file in self._force.configuration.files if file not in now]
        what = "is gone or empty; write it, with an empty list where nothing is meant, and reload"
        return "; ".join(f"{file}: {what}" for file in gone)

    # ── the writer ──────────────────────────────────────────────────────────────────────────

    def _write(self) -> None:
        try:
            ledger = self._opened()
        except Stopped:
            self.started.set()
            return
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            self._fail(error)
            return
        try:
            standing = self._begin(ledger)
            self._log.info("watching", **_figures(self._force))
            self._say(f"READY=1\nSTATUS=watching {_figures(self._force)['feeds']:,} feeds")
            self.started.set()
            self._tick("deliver")
            self._tick("ingest")
            self._inbox.put(CatchUp(standing))
            while not isinstance(message := self._next(ledger), Stop):
                self._count(message)
                standing = self._take(ledger, standing, message)
            with contextlib.suppress(StoreError):  # then the next start says that it ended badly
                ledger.troubles.end()
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            self._fail(error)
        finally:
            ledger.close()

    def _begin(self, ledger: Ledger) -> Standing:
        """Begin a run: what was under way in the last one is due again, the configuration is in force."""
        now = self._patiently(ledger, lambda: self._now(ledger))
        if crash := self._patiently(ledger, lambda: ledger.troubles.begin(now)):
            self._happened.append(crash)
        self._patiently(ledger, lambda: ledger.begin(secrets.token_hex(4), now))
        return self._patiently(ledger, lambda: put_in_force(ledger, self._force, now))

    def _opened(self) -> Ledger:
        """The store, once its disk takes what an opening writes. Raises Stopped, StoreError."""
        while True:
            try:
                return self._open(self._upgrading())
            except StoreFull as error:
                if self._room.trouble is None:
                    self._log.error("the store refuses, trying again", reason=str(error))
                self._room.refused(self._clock.now(), str(error))
                self._say(f"EXTEND_TIMEOUT_USEC={UPGRADE_USEC}")
            threading.Event().wait(RETRY_SECONDS)
            if self._stopping:
                raise Stopped

    def _count(self, message: object) -> None:
        """Note what has come, once: a message that the disk refuses is taken again."""
        match message:
            case Outcome(request, failure=failed):
                self._on_their_way -= 1
                self._answered = self._passed()
                came = failed.kind if failed else "unchanged" if message.unchanged else "ok"
                asked = "look" if request.look > 0 else "backfill" if request.look else request.kind
                self.counts.answers[asked, came] += 1
            case Unchanged(outcomes):
                for outcome in outcomes:
                    self._count(outcome)
            case Told(_, sent):
                said = (
                    "taken" if sent.code == 250 else "refused" if sent.code >= 500 else "deferred"
                )
                self.counts.letters[said] += 1

    def _upgrading(self) -> Callable[[int, int], None]:
        """Says how far the store is brought up to date, a tenth at a time, and ends it for a stop."""
        said = -1

        def tell(done: int, of: int) -> None:
            nonlocal said
            self._say(f"EXTEND_TIMEOUT_USEC={UPGRADE_USEC}")
            self.going_on.all_moved()
            if (tenths := 10 * done // of) > said:
                said = tenths
                self._log.info("an older newswatch kept this store", filed_anew=done, of=of)
            if self._stopping and done < of:
                raise Stopped

        return tell

    def _next(self, ledger: Ledger) -> object:
        """The next message; while there is none, what can be done at any time."""
        while True:
            try:
                return self._waiting()
            except queue.Empty:
                if self._stopping or not self._tidy(ledger):
                    return self._inbox.get()

    def _waiting(self) -> object:
        """The message that waits the longest, with those right behind it that bring as little. Raises
        queue.Empty.
        """
        alike: list[Outcome] = []
        while len(alike) < TOGETHER:
            try:
                message = self._ahead.pop() if self._ahead else self._inbox.get_nowait()
            except queue.Empty:
                break
            if isinstance(message, Outcome) and _brings_nothing(message):
                alike.append(message)
            elif alike:
                self._ahead.append(message)
                break
            else:
                return message
        if not alike:
            raise queue.Empty
        return Unchanged(tuple(alike)) if len(alike) > 1 else alike[0]

    def _tidy(self, ledger: Ledger) -> bool:
        if self._room.trouble is not None:
            return False
        try:
            return ledger.tidy()
        except StoreDamaged:
            raise
        except StoreError:
            return False  # the disk refuses: whatever comes next says so

    def _fail(self, error: BaseException) -> None:
        self._failure = error
        self._log.error("the writer ended", reason=str(error) or type(error).__name__)
        self.started.set()
        self.stop()

    def _now(self, ledger: Ledger) -> datetime:
        """The time, never before the store's last by a little: that would reorder history. A clock that
        was set back by more is gone by, and what was armed by the old one comes as much earlier.
        """
        now, last = self._clock.now(), ledger.last()
        if last is None or now >= last:
            return now
        if (last - now).total_seconds() <= DRIFT_SECONDS:
            return last
        by = str(ledger.set_back(now))
        self._log.warning("the clock is behind the store's last time", by=by)
        says = (
            f"it was set back by {by} (hours, minutes, seconds); what waits is due as much earlier"
        )
        self._happened.append(Trouble("clock", "the clock", now, says, now))
        return now

    def _take(self, ledger: Ledger, standing: Standing, message: object) -> Standing:
        """One message's work: what came in is not given up. Of outcomes that were to be kept together nothing is where
        that fails: each is then taken alone, so that what is wrong with one takes no other along.
        """
        if isinstance(message, Unchanged):
            try:
                return self._work(ledger, standing, message)
            except StoreDamaged:
                raise
            except Exception:  # noqa: BLE001 - of any kind: it is met again, alone
                for outcome in message.outcomes:
                    standing = self._take(ledger, standing, outcome)
                return standing
        return self._patiently(ledger, lambda: self._work(ledger, standing, message))

    def _work(self, ledger: Ledger, standing: Standing, message: object) -> Standing:
        now = self._now(ledger)
        match message:
            case Tick(hand):
                self._ticking.discard(hand)
                if hand == "ingest":
                    self._claim(ledger, now)
                    self._ask_whether_it_crawls()
                else:
                    self._deliver(ledger, now)
                self.going_on.moved(hand)
            case Outcome(failure=failed) if self._late or (self._stopping and _is_lost(failed)):
                pass  # its lease ends with this run, and the next asks again at once
            case Outcome():
                self._tell(message, ingest.settle(message, ledger, standing, now))
            case Unchanged(outcomes) if not self._late:
                kept = ingest.settle_all(outcomes, ledger, standing, now)
                for outcome, changes in zip(outcomes, kept, strict=True):
                    self._tell(outcome, changes)
            case Told(letter, sent):
                deliver.mark(ledger.outbox, letter, sent, now)
                self._post.marked(letter.id)
                tell = self._log.info if sent.code == 250 else self._log.warning
                tell("letter", to=letter.recipient, code=sent.code, said=sent.detail)
                if not self._stopping:
                    self._hand_over(ledger, now)
            case Sealing(digests):
                if digests is self._digests and not self._stopping and not self._seal(digests):
                    self._tick("deliver")
            case Judging(surges):
                if surges is self._judging and not self._stopping:
                    self._judge(surges)
            case Heard():
                self._heartbeat.heard(message)
            case LookedThrough():
                self._looked_through(message)
                if message.wrong is None:  # what goes stands in last night's copy
                    ledger.prune(self._force.configuration.retention, now)
            case CatchUp(under, _, _):
                if self._room.trouble is not None:
                    self._behind = message
                elif under is standing and not self._stopping:
                    self._catch_up(ledger, message, now)
            case Reload(force, send):
                standing = put_in_force(ledger, force, now)
                self._inbox.put(CatchUp(standing))
                self._force, self._post.send, self._digests = force, send, None
                self._judging = self._judged = None
                if not rotation.keeps(force.configuration.backups):
                    self._uncopied = None
                self._log.info("configuration in force", **_figures(force))
        return standing

    def _catch_up(self, ledger: Ledger, message: CatchUp, now: datetime) -> None:
        """Run new rules over some more of the archive, and say how far that is, a tenth at a time."""
        row, said = message.row, message.said
        if row is None:
            row = ledger.left_at()
            begun = ledger.reached(row)
            if begun is None:
                return
            said = _tenths(begun)
            done = {"done": begun.done} if begun.done else {}
            self._log.info(
                "rules to run over the archive", rules=few(begun.rules, NAMED), **done, of=begun.of
            )
        end = self._passed() + STEP_SECONDS
        following = ingest.catch_up_after(
            ledger,
            message.standing,
            row,
            now,
            enough=lambda: self._passed() >= end,
            stopping=lambda: self._stopping,
        )
        so_far = ledger.reached(following)
        if so_far is None:
            self._log.info("rules run over the archive")
        elif _tenths(so_far) > said:
            said = _tenths(so_far)
            self._log.info(
                "on the way through the archive",
                rules=few(so_far.rules, NAMED),
                done=so_far.done,
                of=so_far.of,
            )
        if following is not None:
            self._inbox.put(CatchUp(message.standing, following, said))

    def _claim(self, ledger: Ledger, now: datetime) -> None:
        if self._stopping or self._room.trouble is not None:
            return
        policy = self._force.configuration.policy
        polls = ledger.due(now, share=SHARE, looks=policy.looks)
        for request in (*polls, *ledger.past(now, policy.backfill)):  # in this order
            if not self._on_their_way:
                self._answered = self._passed()
            self._on_their_way += 1
            self._workers.submit(request).add_done_callback(self._arrived)

    def _ask_whether_it_crawls(self) -> None:
        """Have the crawl's loop say that it turns, as long as what is on its way comes back."""
        if not self._on_their_way or self._passed() - self._answered < ANSWERED:
            self._workers.turned(lambda: self.going_on.moved("crawl"))

    def _arrived(self, future: Future[Outcome]) -> None:
        if not future.cancelled():
            self._inbox.put(future.result())

    def _tell(self, outcome: Outcome, changes: Changeset | None) -> None:
        """Log what became of an outcome, and move the hands that it moves; *changes* is None where its lease was
        over.
        """
        say_settled(self._log, outcome, changes)
        if changes is None:
            return
        # Messages of their own: what was kept must not be done again when the disk refuses those.
        if changes.asked or outcome.request.kind in {"page", "archive"}:
            self._tick("ingest")
        if any(n.digest == AT_ONCE for n in changes.notifications):
            self._tick("deliver")

    def _tick(self, hand: str) -> None:
        """Let a hand move at once; one waiting tick of it is enough."""
        if hand not in self._ticking:
            self._ticking.add(hand)
            self._inbox.put(Tick(hand))

    def _deliver(self, ledger: Ledger, now: datetime) -> None:
        passed = self._passed()
        due = self._judged is None or passed - self._judged >= JUDGE_SECONDS
        if due and self._room.trouble is None and not self._stopping:
            self._judged = passed
            self._judge(desk.surges(ledger, self._force, now, self._plainer))
        routing = replace(at_once.ROUTING, failed=self._plainer)
        deliver.seal_at_once(ledger.outbox, self._force.readers, now, routing)
        if self._digests is None:
            digests = deliver.seal_slots(ledger.outbox, self._force.readers, now, self._plainer)
            self._seal(digests)
        self._look(ledger, now)
        if self._room.trouble is None:
            self._nightly.look(self._force.configuration.backups, now)
        self._hand_over(ledger, now)
        self._post.ask()
        self._say_that_it_goes_on(ledger, now)

    def _say_that_it_goes_on(self, ledger: Ledger, now: datetime) -> None:
        """Let whoever is to hear it know that all loops have turned since, and that nothing is late."""
        url = self._force.configuration.heartbeat
        if self._stopping or not self._heartbeat.is_due(url):
            return
        if self._rounds == self.going_on.rounds or self.going_on.wrong():
            return
        if not liveness.late(ledger.late(now)):
            self._rounds = self.going_on.rounds
            self._heartbeat.beat(url, now)

    def _hand_over(self, ledger: Ledger, now: datetime) -> None:
        self._post.take(lambda most: ledger.outbox.unsent(now, most))

    def _seal(self, digests: Iterator[bool]) -> bool:
        """Seal digests for a while; what is left comes after the messages that wait. Returns whether something
        is. Where the store refuses one, the next move of the hand begins anew.
        """
        self._digests = None
        end = self._passed() + STEP_SECONDS
        while next(digests, None) is not None:
            if self._passed() >= end:
                self._digests = digests
                self._inbox.put(Sealing(digests))
                return True
        return False

    def _judge(self, surges: Iterator[Surge | None]) -> None:
        """Judge how much rules find for a while; what is left comes after the messages that wait. What is told wakes
        the letters.
        """
        self._judging = None
        end = self._passed() + STEP_SECONDS
        told = False
        while (surge := next(surges, NO_MORE)) is not NO_MORE:
            if isinstance(surge, Surge):
                told = True
                self._log.info("stands out", rule=surge.rule, kind=surge.kind, stories=surge.count)
            if self._passed() >= end:
                self._judging = surges
                self._inbox.put(Judging(surges))
                break
        if told:
            self._tick("deliver")

    def _look(self, ledger: Ledger, now: datetime) -> None:
        """See what troubles us, a few times a minute, and tell the operator; the log is told at once."""
        passed = self._passed()
        if self._looked is not None and passed - self._looked < LOOK_SECONDS:
            return
        paused = self._room.trouble is not None
        if not paused:
            self._room.look(
                now
            )  # before what notes that it pauses; that it goes on is seen behind it
        readers = self._force.readers
        try:
            found = reporting.look(
                ledger.troubles, readers.operator, readers.sender, now, self._also()
            )
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - no mistake in this ends what is watched
            self._plainer("reporting", error)
        else:
            for t in found:
                lasts = t.until is None or t in self._happened
                tell = self._log.error if lasts else self._log.info
                event = "in trouble" if lasts else "well again"
                tell(event, kind=t.kind, subject=t.subject, says=t.says)
            self._happened.clear()
        self._looked = passed
        if paused and self._room.look(now):
            self._log.info("there is room again, polling goes on")
            if self._behind is not None:
                self._inbox.put(self._behind)
                self._behind = None
            self._tick("ingest")

    def _also(self) -> tuple[Trouble, ...]:
        """What the store does not know of."""
        lasting = (self._uncopied, self._room.trouble)
        found = [trouble for trouble in lasting if trouble is not None]
        if lost := self._cut_off():
            found.append(Trouble("cluster", lost[0], self._clock.now(), lost[1]))
        return (*self._happened, *found)

    def _looked_through(self, told: LookedThrough) -> None:
        """Note what came of a check or a copy. Raises what is wrong with the store: nothing more is written."""
        if told.damage is not None:
            raise told.damage
        if told.wrong is not None:
            said = str(told.wrong) or type(told.wrong).__name__
            since = self._uncopied.since if self._uncopied else told.at
            name = redact(self._force.configuration.store)
            how = "the copy lacks texts" if told.copy else "no copy could be made"
            self._uncopied = Trouble("backup", name, since, f"{how}: {said}")
            self._log.error("no whole copy of the store", reason=said)
        elif told.copy is not None:
            self._uncopied = None
            self._log.info("the store is copied", to=str(told.copy), removed=told.removed)

    def _plainer(self, what: str, error: Exception) -> None:
        """Log that letters went without what raised."""
        reason = f"{type(error).__name__}: {error}"
        self._log.error("a mistake of ours, letters go without", what=what, reason=reason)


def _figures(force: InForce) -> dict[str, int]:
    feeds = sum(feed.enabled for feed in force.feeds)
    return {"feeds": feeds, "rules": len(force.fingerprinted)}


def _brings_nothing(outcome: Outcome) -> bool:
    return outcome.request.kind == "feed" and outcome.unchanged and outcome.failure is None


def _is_lost(failed: Failure | None) -> bool:
    return failed is not None and failed.kind == "lost"


def _tenths(so_far: Reached) -> int:
    return 10 * so_far.done // (so_far.of or 1)
