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

from newswatch import at_once, deliver, ingest, reporting, rotation
from newswatch.address import redact
from newswatch.daemon.clock import DRIFT_SECONDS, Clock, DriftWatch, DrivenClock, RealClock
from newswatch.daemon.log import log_to, say_closed
from newswatch.daemon.messages import (
    CatchUp,
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
from newswatch.daemon.service import Progress, Say, to_service_manager
from newswatch.daemon.waking import Bell, on_signals
from newswatch.deliver import Send
from newswatch.desk import InForce, Workers, put_in_force
from newswatch.ingest import Standing
from newswatch.model import (
    Changeset,
    Failure,
    Letter,
    Outcome,
    Sent,
    StoreDamaged,
    StoreError,
    Trouble,
)
from newswatch.readers import AT_ONCE
from newswatch.store import CatchUp as Reached
from newswatch.store import Keeper, Ledger
from newswatch.wording import few

__all__ = [
    "Bell",
    "Clock",
    "Daemon",
    "DriftWatch",
    "DrivenClock",
    "RealClock",
    "log_to",
    "on_signals",
    "to_service_manager",
]

HANDS = {"ingest": 5, "deliver": 15}  # seconds between two moves
LOOK_SECONDS = 10.0  # between two looks at what troubles us
STEP_SECONDS = 0.25  # of what takes long, before another message's turn
STOP_SECONDS = 8.0
UPGRADE_USEC = 60_000_000  # that the service manager waits for the next 200 versions filed anew
RETRY_SECONDS = 1.0
NAMED = 5  # rules in a line of the log
POSTED = 100  # letters that the post has at once
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
        load: Callable[[], tuple[InForce, Send]],
        say: Say = lambda _state: None,
        patience: float = DRIFT_SECONDS,
        passed: Callable[[], float] = time.monotonic,
        stop_within: float = STOP_SECONDS,
    ) -> None:
        """*ledger* opens the store (in the writer's thread), telling how many versions of how many it
        filed anew where an older newswatch kept it; *load* reads the configuration anew;
        *keeper* checks and copies the store; *say* tells the service
        manager; *passed* are seconds that nobody sets; *stop_within* are those in which a stop ends what can
        be ended.
        """
        self._force = force
        self._open = ledger
        self._workers = workers
        self._send = send
        self._clock = clock
        self._log = log
        self._load = load
        self._patience = patience
        self._passed = passed
        self._say = say
        self._going_on = Progress(HANDS, say)
        self._stop_within = stop_within
        self._inbox: queue.Queue[object] = queue.Queue()
        self._ahead: list[object] = []  # one at most, that was taken from it before its turn
        self._nightly = Nightly(keeper, self._inbox.put)
        self._uncopied: Trouble | None = None
        self._letters: queue.Queue[Letter | None] = queue.Queue()
        self.bell = Bell()
        self._stopping = False
        self._late = False  # the time to stop in is over
        self._reloading = False
        self._sending: set[str] = set()
        self._digests: Iterator[bool] | None = None  # that are being sealed
        self._happened: list[Trouble] = []  # what the operator is to hear, and no store knows yet
        self._looked: float | None = None
        self._ticking: set[str] = set()
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
        post = threading.Thread(target=self._post, name="post", daemon=True)
        scheduler = self._clockwork()
        watch = DriftWatch(
            RealClock().now, time.monotonic, lambda: self._rearm(scheduler), self._patience
        )
        reader: threading.Thread | None = None
        writer.start()
        post.start()
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
            self._letters.put(None)
            self._workers.stop(self._stop_within / 2)
            # A letter whose server is about to say 250 is marked, or it would be sent again.
            post.join(max(0.0, end - time.monotonic()))
            if post.is_alive():
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
            scheduler.add_job(
                self._inbox.put, "interval", seconds=seconds, args=[Tick(hand)], id=hand
            )
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
            ledger = self._open(self._upgrading())
        except Stopped:
            self.started.set()
            return
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            self._fail(error)
            return
        try:
            now = self._now(ledger)
            if crash := ledger.troubles.begin(now):
                self._happened.append(crash)
            ledger.begin(secrets.token_hex(4), now)
            standing = put_in_force(ledger, self._force, now)
            self._log.info("watching", **_figures(self._force))
            self._say(f"READY=1\nSTATUS=watching {_figures(self._force)['feeds']:,} feeds")
            self.started.set()
            self._inbox.put(Tick("deliver"))
            self._inbox.put(Tick("ingest"))
            self._inbox.put(CatchUp(standing))
            while not isinstance(message := self._next(ledger), Stop):
                standing = self._take(ledger, standing, message)
            with contextlib.suppress(StoreError):  # then the next start says that it ended badly
                ledger.troubles.end()
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            self._fail(error)
        finally:
            ledger.close()

    def _upgrading(self) -> Callable[[int, int], None]:
        """Says how far the store is brought up to date, a tenth at a time, and ends it for a stop."""
        said = -1

        def tell(done: int, of: int) -> None:
            nonlocal said
            self._say(f"EXTEND_TIMEOUT_USEC={UPGRADE_USEC}")
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
        """One message's work, tried until the disk takes it: what came in is not given up."""
        refused: tuple[datetime, str] | None = None
        left = [message]
        while left:
            try:
                standing = self._work(ledger, standing, left[0])
                del left[0]
                continue
            except StoreDamaged:
                raise
            except StoreError as error:
                refused = refused or (self._clock.now(), str(error))
                self._log.error("the store refuses, trying again", reason=str(error))
                if self._stopping:
                    raise
                threading.Event().wait(RETRY_SECONDS)
            except Exception:
                if not isinstance(left[0], Unchanged):
                    raise
            if isinstance(left[0], Unchanged):
                # Nothing of it was kept. Each is taken alone, so that what is wrong with one takes no other along.
                left[:1] = left[0].outcomes
        if refused:
            since, said = refused
            name, now = redact(self._force.configuration.store), self._clock.now()
            self._happened.append(Trouble("store", name, since, said, max(now, since)))
        return standing

    def _work(self, ledger: Ledger, standing: Standing, message: object) -> Standing:
        now = self._now(ledger)
        match message:
            case Tick(hand):
                self._ticking.discard(hand)
                if hand == "ingest":
                    self._claim(ledger, now)
                else:
                    self._deliver(ledger, now)
                self._going_on.moved(hand)
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
                self._sending.discard(letter.id)
                tell = self._log.info if sent.code == 250 else self._log.warning
                tell("letter", to=letter.recipient, code=sent.code, said=sent.detail)
                if not self._stopping:
                    self._hand_over(ledger, now)
            case Sealing(digests):
                if digests is self._digests and not self._stopping and not self._seal(digests):
                    self._tick("deliver")
            case LookedThrough():
                self._looked_through(message)
                if message.wrong is None:  # what goes stands in last night's copy
                    ledger.prune(self._force.configuration.retention, now)
            case CatchUp(under, _, _):
                if under is standing and not self._stopping:
                    self._catch_up(ledger, message, now)
            case Reload(force, send):
                standing = put_in_force(ledger, force, now)
                self._inbox.put(CatchUp(standing))
                self._force, self._send, self._digests = force, send, None
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
        if self._stopping:
            return
        looks = self._force.configuration.policy.looks
        for request in ledger.due(now, share=SHARE, looks=looks):
            self._workers.submit(request).add_done_callback(self._arrived)

    def _arrived(self, future: Future[Outcome]) -> None:
        if not future.cancelled():
            self._inbox.put(future.result())

    def _tell(self, outcome: Outcome, changes: Changeset | None) -> None:
        """Log what became of an outcome, and move the hands that it moves; *changes* is None where its lease was
        over.
        """
        if outcome.failure is not None:
            self._log.warning(
                "not read",
                feed=outcome.request.feed,
                url=redact(outcome.request.url),
                kind=outcome.failure.kind,
                reason=outcome.failure.says,
            )
        if changes is not None:
            say_closed(self._log, outcome, changes)
        for flaw in changes.flaws if changes else ():
            self._log.error("a mistake of ours, settled in spite of it", reason=flaw)
        if changes is None:
            self._log.warning("late outcome dropped", url=redact(outcome.request.url))
            return
        if changes.articles or changes.revisions:
            self._log.info(
                "read",
                feed=outcome.request.feed,
                new=len(changes.articles),
                changed=len(changes.revisions),
                matches=len(changes.matches),
            )
        if (gap := changes.gap) is not None:
            self._log.warning(
                "its window moved on whole between two polls",
                feed=gap.feed,
                since=f"{gap.since:%Y-%m-%dT%H:%MZ}",
                recovered=gap.recovered,
                lost="none" if gap.closed else "maybe",
            )
        # Messages of their own: what was kept must not be done again when the disk refuses those.
        if changes.asked or outcome.request.kind == "page":
            self._tick("ingest")
        if any(n.digest == AT_ONCE for n in changes.notifications):
            self._tick("deliver")

    def _tick(self, hand: str) -> None:
        """Let a hand move at once; one waiting tick of it is enough."""
        if hand not in self._ticking:
            self._ticking.add(hand)
            self._inbox.put(Tick(hand))

    def _deliver(self, ledger: Ledger, now: datetime) -> None:
        routing = replace(at_once.ROUTING, failed=self._plainer)
        deliver.seal_at_once(ledger.outbox, self._force.readers, now, routing)
        if self._digests is None:
            digests = deliver.seal_slots(ledger.outbox, self._force.readers, now, self._plainer)
            self._seal(digests)
        self._look(ledger, now)
        self._nightly.look(self._force.configuration.backups, now)
        self._hand_over(ledger, now)

    def _hand_over(self, ledger: Ledger, now: datetime) -> None:
        """Give the post what waits, so many at a time that one sealed later need not stand behind a crowd."""
        if 2 * len(self._sending) > POSTED:
            return
        for letter in ledger.outbox.unsent(now, POSTED + len(self._sending)):
            if letter.id not in self._sending:
                self._sending.add(letter.id)
                self._letters.put(letter)

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

    def _look(self, ledger: Ledger, now: datetime) -> None:
        """See what troubles us, a few times a minute, and tell the operator; the log is told at once."""
        passed = self._passed()
        if self._looked is not None and passed - self._looked < LOOK_SECONDS:
            return
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

    def _also(self) -> tuple[Trouble, ...]:
        """What the store does not know of."""
        return (*self._happened, *((self._uncopied,) if self._uncopied else ()))

    def _looked_through(self, told: LookedThrough) -> None:
        """Note what came of a check or a copy. Raises what is wrong with the store: nothing more is written."""
        if told.damage is not None:
            raise told.damage
        if told.wrong is not None:
            said = str(told.wrong) or type(told.wrong).__name__
            since = self._uncopied.since if self._uncopied else told.at
            name = redact(self._force.configuration.store)
            self._uncopied = Trouble("backup", name, since, f"no copy could be made: {said}")
            self._log.error("no copy of the store", reason=said)
        elif told.copy is not None:
            self._uncopied = None
            self._log.info("the store is copied", to=str(told.copy), removed=told.removed)

    def _plainer(self, what: str, error: Exception) -> None:
        """Log that letters went without what raised."""
        reason = f"{type(error).__name__}: {error}"
        self._log.error("a mistake of ours, letters go without", what=what, reason=reason)

    def _post(self) -> None:
        """The mail thread: a slow server delays letters, not the writer."""
        while (letter := self._letters.get()) is not None and not self._stopping:
            asked = [letter]
            try:
                for taken, sent in deliver.each(self._send, self._those_behind(asked)):
                    self._inbox.put(Told(taken, sent))
                    asked.remove(taken)
            except Exception as error:  # noqa: BLE001 - a letter that cannot be sent is tried again
                for unsent in asked:
                    self._inbox.put(Told(unsent, Sent(unsent.id, 0, str(error))))

    def _those_behind(self, asked: list[Letter]) -> Iterator[Letter]:
        """The first of *asked*, and what else waits to be sent; *asked* holds what has no answer yet."""
        yield asked[0]
        while not self._stopping:
            try:
                letter = self._letters.get_nowait()
            except queue.Empty:
                return
            if letter is None:
                self._letters.put(None)  # the end, for whoever waits for the next letter
                return
            asked.append(letter)
            yield letter


def _figures(force: InForce) -> dict[str, int]:
    feeds = sum(feed.enabled for feed in force.feeds)
    return {"feeds": feeds, "rules": len(force.fingerprinted)}


def _brings_nothing(outcome: Outcome) -> bool:
    return outcome.request.kind == "feed" and outcome.unchanged and outcome.failure is None


def _is_lost(failed: Failure | None) -> bool:
    return failed is not None and failed.kind == "lost"


def _tenths(so_far: Reached) -> int:
    return 10 * so_far.done // (so_far.of or 1)
