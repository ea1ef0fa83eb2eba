"""The writer: one thread takes what comes, in its turn, and is the only one to touch the store.

Rule: what came in is not given up: what the store refuses is tried again, and what takes long is done a while at a time.
"""

from __future__ import annotations

import contextlib
import queue
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from newswatch import at_once, deliver, desk, ingest, liveness
from newswatch.address import redact
from newswatch.daemon import opening, turns
from newswatch.daemon.clock import DRIFT_SECONDS, Clock
from newswatch.daemon.heartbeat import Heartbeat
from newswatch.daemon.log import say_settled
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
from newswatch.daemon.opening import Opens
from newswatch.daemon.patience import Patience
from newswatch.daemon.post import Post
from newswatch.daemon.room import Room
from newswatch.daemon.service import Progress, Say
from newswatch.daemon.trips import Trips
from newswatch.daemon.waking import Ending
from newswatch.daemon.wellbeing import Wellbeing
from newswatch.desk import InForce, Workers, put_in_force
from newswatch.ingest import Standing
from newswatch.model import (
    Changeset,
    Failure,
    Outcome,
    StoreDamaged,
    StoreError,
    Surge,
    Trouble,
)
from newswatch.monitoring.watched import Counts
from newswatch.readers import AT_ONCE
from newswatch.store import Ballast, Keeper, Ledger

JUDGE_SECONDS = 300.0  # between two judgements of how much rules find


class Writer:
    """Works off an *inbox* by a configuration in *force*. What is shared with other threads is thread-safe; all else is
    this thread's own.
    """

    def __init__(
        self,
        force: InForce,
        ledger: Opens,
        workers: Workers,
        inbox: Inbox,
        post: Post,
        *,
        ending: Ending,
        clock: Clock,
        log: Any,
        keeper: Keeper,
        ballast: Ballast,
        say: Say,
        going_on: Progress,
        passed: Callable[[], float],
        cut_off: Callable[[], tuple[str, str] | None],
    ) -> None:
        """*ledger* opens the store, in this thread, and tells how many versions of how many it filed anew; for the others
        see `Daemon`.
        """
        self.force = force
        self.counts = Counts()
        self.started = threading.Event()
        self.failure: BaseException | None = None
        self._open = ledger
        self._inbox, self._post, self._ending = inbox, post, ending
        self._clock, self._log, self._say = clock, log, say
        self._going_on, self._passed, self._cut_off = going_on, passed, cut_off
        store = redact(force.configuration.store)
        self._room = Room(ballast, store)
        self._well = Wellbeing(store, log, lasting=self._lasting, passed=passed)
        self._trips = Trips(workers, inbox.put, passed)
        self.nightly = Nightly(keeper, inbox.put)
        self._heartbeat = Heartbeat(workers, inbox.put, log, passed)
        self._rounds = 0  # that its address has heard of
        self._patiently = Patience(
            store, self._room, log, clock=clock, passed=passed, ends=lambda: ending.late,
            going_on=going_on, happened=self._well.happened,
        )  # fmt: skip
        self._behind: CatchUp | None = None  # what waits for room
        self._digests: Iterator[bool] | None = None  # that are being sealed
        self._judging: Iterator[Surge | None] | None = None  # that are being judged
        self._judged: float | None = None
        self._ticking: set[str] = set()

    # ── from the first message to the last ──────────────────────────────────────────────────

    def run(self, ended: Callable[[], None]) -> None:
        """Work until told to stop; *failure* is what ended it else, and then *ended* is told."""
        try:
            self._write()
        except Stopped:
            self.started.set()
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            self.failure = error
            self._log.error("the writer ended", reason=str(error) or type(error).__name__)
            self.started.set()
            ended()

    def _write(self) -> None:
        ledger = self.opened()
        try:
            standing = self.begin(ledger)
            self._log.info("watching", **_figures(self.force))
            self._say(f"READY=1\nSTATUS=watching {_figures(self.force)['feeds']:,} feeds")
            self.started.set()
            self.tick("deliver")
            self.tick("ingest")
            self._inbox.put(CatchUp(standing))
            while not isinstance(message := self._next(ledger), Stop):
                self._count(message)
                standing = self.take(ledger, standing, message)
            with contextlib.suppress(StoreError):  # then the next start says that it ended badly
                ledger.troubles.end()
        finally:
            ledger.close()

    def opened(self) -> Ledger:
        """The store, once its disk takes what an opening writes. Raises Stopped, StoreError."""
        return opening.opened(
            self._open, self._room, self._log, clock=self._clock, say=self._say, going_on=self._going_on,
            stopping=lambda: self._ending.asked,
        )  # fmt: skip

    def begin(self, ledger: Ledger) -> Standing:
        """Begin a run: what was under way in the last one is due again, the configuration is in force. Raises
        StoreError.
        """
        now = self._patiently(ledger, lambda: self._now(ledger))
        if crash := self._patiently(ledger, lambda: ledger.troubles.begin(now)):
            self._well.happened(crash)
        self._patiently(ledger, lambda: ledger.begin(secrets.token_hex(4), now))
        return self._patiently(ledger, lambda: put_in_force(ledger, self.force, now))

    # ── one message ─────────────────────────────────────────────────────────────────────────

    def _next(self, ledger: Ledger) -> object:
        """The next message; while there is none, what can be done at any time."""
        while True:
            try:
                return self._inbox.following()
            except queue.Empty:
                if self._ending.asked or not self._tidy(ledger):
                    return self._inbox.get()

    def _tidy(self, ledger: Ledger) -> bool:
        if self._room.trouble is not None:
            return False
        try:
            return ledger.tidy()
        except StoreDamaged:
            raise
        except StoreError:
            return False  # the disk refuses: whatever comes next says so

    def _count(self, message: object) -> None:
        """Note what has come, once: a message that the disk refuses is taken again."""
        match message:
            case Outcome(request, failure=failed):
                self._trips.back()
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
        self._well.happened(Trouble("clock", "the clock", now, says, now))
        return now

    def take(self, ledger: Ledger, standing: Standing, message: object) -> Standing:
        """One message's work: what came in is not given up. Of outcomes that were to be kept together nothing is where
        that fails: each is then taken alone, so that what is wrong with one takes no other along. Raises StoreDamaged,
        and after the time to stop in StoreError.
        """
        if isinstance(message, Unchanged):
            try:
                return self._work(ledger, standing, message)
            except StoreDamaged:
                raise
            except Exception:  # noqa: BLE001 - of any kind: it is met again, alone
                for outcome in message.outcomes:
                    standing = self.take(ledger, standing, outcome)
                return standing
        return self._patiently(ledger, lambda: self._work(ledger, standing, message))

    def _work(self, ledger: Ledger, standing: Standing, message: object) -> Standing:
        now, ending = self._now(ledger), self._ending
        match message:
            case Tick(hand):
                self._ticking.discard(hand)
                if hand == "ingest":
                    if not ending.asked and self._room.trouble is None:
                        self._trips.claim(ledger, self.force.configuration.policy, now)
                    self._trips.ask_whether_it_crawls(lambda: self._going_on.moved("crawl"))
                else:
                    self._deliver(ledger, now)
                self._going_on.moved(hand)
            case Outcome(failure=failed) if ending.late or (ending.asked and _is_lost(failed)):
                pass  # its lease ends with this run, and the next asks again at once
            case Outcome():
                self._tell(message, ingest.settle(message, ledger, standing, now))
            case Unchanged(outcomes) if not ending.late:
                kept = ingest.settle_all(outcomes, ledger, standing, now)
                for outcome, changes in zip(outcomes, kept, strict=True):
                    self._tell(outcome, changes)
            case Told(letter, sent):
                deliver.mark(ledger.outbox, letter, sent, now)
                self._post.marked(letter.id)
                tell = self._log.info if sent.code == 250 else self._log.warning
                tell("letter", to=letter.recipient, code=sent.code, said=sent.detail)
                if not ending.asked:
                    self._hand_over(ledger, now)
            case Sealing(digests):
                if digests is self._digests and not ending.asked and not self._seal(digests):
                    self.tick("deliver")
            case Judging(surges):
                if surges is self._judging and not ending.asked:
                    self._judge(surges)
            case Heard():
                self._heartbeat.heard(message)
            case LookedThrough():
                self._well.looked_through(message)
                if message.wrong is None:  # what goes stands in last night's copy
                    ledger.prune(self.force.configuration.retention, now)
            case CatchUp(under, _, _):
                if self._room.trouble is not None:
                    self._behind = message
                elif under is standing and not ending.asked:
                    self._catch_up(ledger, message, now)
            case Reload(force, send):
                standing = put_in_force(ledger, force, now)
                self._inbox.put(CatchUp(standing))
                self.force, self._post.send, self._digests = force, send, None
                self._judging = self._judged = None
                self._well.planned(force.configuration.backups)
                self._log.info("configuration in force", **_figures(force))
        return standing

    def _tell(self, outcome: Outcome, changes: Changeset | None) -> None:
        """Log what became of an outcome, and move the hands that it moves; *changes* is None where its lease was
        over.
        """
        say_settled(self._log, outcome, changes)
        if changes is None:
            return
        # Messages of their own: what was kept must not be done again when the disk refuses those.
        if changes.asked or outcome.request.kind in {"page", "archive"}:
            self.tick("ingest")
        if any(n.digest == AT_ONCE for n in changes.notifications):
            self.tick("deliver")

    def tick(self, hand: str) -> None:
        """Let a hand move at once; one waiting tick of it is enough. Any thread may ask."""
        if hand not in self._ticking:
            self._ticking.add(hand)
            self._inbox.put(Tick(hand))

    # ── the second walk ─────────────────────────────────────────────────────────────────────

    def _deliver(self, ledger: Ledger, now: datetime) -> None:
        passed = self._passed()
        due = self._judged is None or passed - self._judged >= JUDGE_SECONDS
        if due and self._room.trouble is None and not self._ending.asked:
            self._judged = passed
            self._judge(desk.surges(ledger, self.force, now, self._well.plainer))
        routing = replace(at_once.ROUTING, failed=self._well.plainer)
        deliver.seal_at_once(ledger.outbox, self.force.readers, now, routing)
        if self._digests is None:
            plainer = self._well.plainer
            self._seal(deliver.seal_slots(ledger.outbox, self.force.readers, now, plainer))
        self._look(ledger, now)
        if self._room.trouble is None:
            self.nightly.look(self.force.configuration.backups, now)
        self._hand_over(ledger, now)
        self._post.ask()
        self._say_that_it_goes_on(ledger, now)

    def _hand_over(self, ledger: Ledger, now: datetime) -> None:
        self._post.take(lambda most: ledger.outbox.unsent(now, most))

    def _seal(self, digests: Iterator[bool]) -> bool:
        """Seal digests for a while. Returns whether some are left. Where the store refuses one, the next move of the
        hand begins anew.
        """
        self._digests = None
        if left := turns.for_a_while(digests, self._passed):
            self._digests = digests
            self._inbox.put(Sealing(digests))
        return left

    def _judge(self, surges: Iterator[Surge | None]) -> None:
        """Judge how much rules find for a while. What is told wakes the letters."""
        self._judging = None
        told: list[Surge] = []

        def tell(surge: Surge | None) -> None:
            if surge is not None:
                told.append(surge)
                self._log.info("stands out", rule=surge.rule, kind=surge.kind, stories=surge.count)

        if turns.for_a_while(surges, self._passed, tell):
            self._judging = surges
            self._inbox.put(Judging(surges))
        if told:
            self.tick("deliver")

    def _look(self, ledger: Ledger, now: datetime) -> None:
        """See what troubles us, where it is time; whether there is room is seen with it."""
        if not self._well.is_due():
            return
        paused = self._room.trouble is not None
        if not paused:
            # Before what notes that it pauses; that it goes on is seen behind it.
            self._room.look(now)
        self._well.look(ledger, self.force.readers, now)
        if paused and self._room.look(now):
            self._log.info("there is room again, polling goes on")
            if self._behind is not None:
                self._inbox.put(self._behind)
                self._behind = None
            self.tick("ingest")

    def _lasting(self) -> tuple[Trouble, ...]:
        """What troubles us and the store does not know of."""
        found = () if self._room.trouble is None else (self._room.trouble,)
        if lost := self._cut_off():
            found = (*found, Trouble("cluster", lost[0], self._clock.now(), lost[1]))
        return found

    def _say_that_it_goes_on(self, ledger: Ledger, now: datetime) -> None:
        """Let whoever is to hear it know that all loops have turned since, and that nothing is late."""
        url = self.force.configuration.heartbeat
        if self._ending.asked or not self._heartbeat.is_due(url):
            return
        if self._rounds == self._going_on.rounds or self._going_on.wrong():
            return
        if not liveness.late(ledger.late(now)):
            self._rounds = self._going_on.rounds
            self._heartbeat.beat(url, now)

    def _catch_up(self, ledger: Ledger, message: CatchUp, now: datetime) -> None:
        left = turns.catch_up(
            ledger, message, now, self._log, passed=self._passed, stopping=lambda: self._ending.asked
        )  # fmt: skip
        if left is not None:
            self._inbox.put(left)


def _figures(force: InForce) -> dict[str, int]:
    feeds = sum(feed.enabled for feed in force.feeds)
    return {"feeds": feeds, "rules": len(force.fingerprinted)}


def _is_lost(failed: Failure | None) -> bool:
    return failed is not None and failed.kind == "lost"
