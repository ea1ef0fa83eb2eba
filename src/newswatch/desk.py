"""The desk: a configuration in force, and one pass through the rooms with it.

Rule: synchronous, the time is an argument, the ledger is the caller's. `once`, an import, a digest
sent by hand; the daemon does the same work as messages come.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from newswatch import at_once, channels, deliver, ingest, lookout, mail, reporting, rules
from newswatch.config import Configuration, Secrets
from newswatch.deliver import Send
from newswatch.ingest import Standing
from newswatch.model import (
    Changeset,
    CrawlPolicy,
    Digest,
    DigestPlan,
    Feed,
    Imported,
    Outcome,
    Person,
    Request,
    Rule,
    Sent,
    StoreError,
    Surge,
    Waiting,
)
from newswatch.readers import Readers, audience
from newswatch.store import Ledger, Outbox
from newswatch.workers import LocalWorkers

if TYPE_CHECKING:
    from newswatch.cluster.workers import DaskWorkers, Say


class Workers(Protocol):
    """Where crawls run."""

    def submit(self, request: Request) -> Future[Outcome]:
        """The outcome to come; the future never raises."""

    def turned(self, tell: Callable[[], None]) -> None:
        """Have *tell* called by what crawls, once it has its turn; never where that hangs."""

    def stop(self, deadline: float) -> None:
        """End everything within *deadline* seconds."""


# ── what is in force ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class InForce:
    """A configuration as the walks want it."""

    feeds: tuple[Feed, ...]
    fingerprinted: tuple[tuple[Rule, str], ...]
    index: rules.RuleIndex
    readers: Readers
    configuration: Configuration
    thresholds: tuple[Rule, ...] = ()  # the rules that have one

    def standing(self, ledger: Ledger) -> Standing:
        """What `ingest` must know: the rules, filed by what words the store holds, and all the feeds
        it ever had.
        """
        return Standing(
            feeds=ledger.feeds(),
            rules=self.index.weighed(ledger.frequencies()),
            audience=audience(self.readers),
            alert_max_age=self.configuration.alert_max_age,
            repeats=self.readers.repeats(),
        )


def in_force(configuration: Configuration) -> InForce:
    """What follows from a configuration; raises QueryError for a rule that cannot be read."""
    index = rules.index(configuration.rules, {})
    return InForce(
        feeds=configuration.feeds,
        fingerprinted=index.fingerprinted(),
        index=index,
        readers=Readers(
            people={person.name: person for person in configuration.people},
            plans=configuration.digests,
            sender=configuration.mail.sender,
            operator=configuration.operator,
            groupings={rule.name: rule.grouping for rule in configuration.rules},
        ),
        configuration=configuration,
        thresholds=tuple(rule for rule in configuration.rules if rule.threshold is not None),
    )


def configure(ledger: Ledger, force: InForce, now: datetime) -> Standing:
    """Put a configuration in force in the store, and run new rules over what it holds."""
    standing = put_in_force(ledger, force, now)
    ingest.catch_up(ledger, standing, now)
    return standing


def put_in_force(ledger: Ledger, force: InForce, now: datetime) -> Standing:
    """Put a configuration in force in the store; new rules are still to be run over what it holds."""
    ledger.configure(force.feeds, force.fingerprinted, now)
    rules_now = (rule for rule, _ in force.fingerprinted)
    deliver.readdress(ledger.outbox, force.readers, rules_now, now)
    return force.standing(ledger)


def surges(
    ledger: Ledger,
    force: InForce,
    now: datetime,
    failed: Callable[[str, Exception], None] = lambda _what, _error: None,
) -> Iterator[Surge | None]:
    """Judge each rule that has a threshold, as the next is asked for; what stands out is kept and owed."""
    behind = frozenset(rule.name for rule in ledger.behind()) if force.thresholds else ()
    return lookout.look(
        ledger.surges,
        force.thresholds,
        audience(force.readers),
        ZoneInfo(force.configuration.zone),
        now,
        lambda rule: rule in behind or ledger.known.silent(rule, now),
        failed,
    )


# ── once ────────────────────────────────────────────────────────────────────────────────────


class TimeRunsBackwards(StoreError):
    """The store has seen later times than the one given."""


@dataclass
class Tally:
    """What a run of `once` did."""

    feeds: set[str] = field(
        default_factory=set
    )  # whatever of them was asked, an index or its parts
    pages: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    resting: set[str] = field(default_factory=set)  # feeds not asked, as their host asked for rest
    new: int = 0
    changed: int = 0
    matches: int = 0
    sent: int = 0
    refused: int = 0

    @property
    def polled(self) -> int:
        """How many feeds were asked."""
        return len(self.feeds)

    def count(self, outcome: Outcome, changes: Changeset) -> None:
        """Count one settled outcome."""
        if outcome.request.kind == "feed":
            if outcome.failure is None or outcome.failure.kind != "resting":
                self.feeds.add(outcome.request.feed)
        else:
            self.pages += 1
        if outcome.failure is not None and outcome.failure.kind == "resting":
            if outcome.request.kind == "feed":
                self.resting.add(outcome.request.feed)
        elif outcome.failure is not None:
            name = outcome.request.feed if outcome.request.kind == "feed" else outcome.request.url
            self.failed[name] = outcome.failure.says
        self.new += len(changes.articles)
        self.changed += len(changes.revisions)
        self.matches += len(changes.matches)


def once(
    force: InForce,
    ledger: Ledger,
    workers: Workers,
    send: Send,
    now: datetime,
    progress: Callable[[Outcome, Changeset], None] = lambda _o, _c: None,
) -> Tally:
    """Poll what is due at *now*, pages found on the way included, settle it, send what is due.

    Outcomes of a round are settled feeds first, then in the order of their request ids, so that the
    same bytes give the same archive, also when a run was killed on the way. Raises TimeRunsBackwards for a *now* before the store's last.
    """
    last = ledger.last()
    if last is not None and now < last:
        raise TimeRunsBackwards(
            f"the store has seen {last:%Y-%m-%dT%H:%M:%SZ}, which is after {now:%Y-%m-%dT%H:%M:%SZ}:"
            " give a later --now"
        )
    tally = Tally()
    ledger.begin(secrets.token_hex(4), now)
    standing = configure(ledger, force, now)
    # Nothing is sealed yet: after a kill the letters would say less than without it.
    deliver.begin_slots(ledger.outbox, force.readers, now)
    looks = force.configuration.policy.looks
    while requests := ledger.due(now, looks=looks):
        for outcome in _in_order(workers, requests):
            changes = ingest.settle(outcome, ledger, standing, now)
            if changes is not None:
                tally.count(outcome, changes)
                progress(outcome, changes)
    for _ in surges(ledger, force, now):
        pass
    tally.sent, tally.refused = deliver.deliver_once(ledger.outbox, force.readers, send, now)
    # Readers' letters first: what raised here must not keep one.
    reporting.look(ledger.troubles, force.readers.operator, force.readers.sender, now)
    sent, refused = deliver.send_waiting(ledger.outbox, send, now)
    tally.sent, tally.refused = tally.sent + sent, tally.refused + refused
    while ledger.tidy():
        pass
    return tally


# ── backfills ───────────────────────────────────────────────────────────────────────────────


@dataclass
class PastTally:
    """What a run through the backfills came by; *left* is when what is still to be asked is due, None for nothing."""

    archives: int = 0
    pages: int = 0
    stored: int = 0
    matches: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # for good, by address
    left: datetime | None = None

    def count(self, outcome: Outcome, changes: Changeset) -> None:
        """Count one settled outcome."""
        self.archives += outcome.request.kind == "archive"
        self.pages += outcome.request.kind == "page"
        self.stored += len(changes.articles)
        self.matches += len(changes.matches)
        if outcome.failure is not None and changes.walked and changes.walked.failed:
            self.failed[outcome.request.url] = outcome.failure.says


PATIENT = timedelta(
    minutes=3
)  # for so long a run waits for what was put off; then it is left to whoever crawls next
MOMENT = 0.25  # seconds after which a host's budget is looked at again


def work_off(
    force: InForce,
    ledger: Ledger,
    workers: Workers,
    clock: Callable[[], datetime],
    tally: PastTally,
    progress: Callable[[Outcome, Changeset], None] = lambda _o, _c: None,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Ask for what backfills wait for, one at a time a host, and settle it as it comes; nothing is polled meanwhile and
    no letter goes. Ends when nothing is left, or nothing that is due soon, or once *stopping* says so: what is on its
    way then is asked for again.
    """
    ledger.begin(secrets.token_hex(4), _not_before_last(ledger, clock))
    standing = configure(ledger, force, _not_before_last(ledger, clock))
    coming: set[Future[Outcome]] = set()
    while not stopping():
        now = _not_before_last(ledger, clock)
        coming |= {
            workers.submit(request)
            for request in ledger.past(now, force.configuration.policy.backfill, alone=True)
        }
        tally.left = ledger.past_due()
        if not coming and (tally.left is None or tally.left > now + PATIENT):
            break
        # A future that never comes only waits: for a budget, or for what was put off.
        came, _ = wait(coming or {Future()}, MOMENT, FIRST_COMPLETED)
        coming -= came
        for one in came:
            outcome = one.result()
            at = _not_before_last(ledger, clock)
            changes = ingest.settle(outcome, ledger, standing, at)
            if changes is not None:
                tally.count(outcome, changes)
                progress(outcome, changes)
    while not stopping() and ledger.tidy():
        pass


def _not_before_last(ledger: Ledger, clock: Callable[[], datetime]) -> datetime:
    now, last = clock(), ledger.last()
    return max(now, last) if last is not None else now


def _in_order(workers: Workers, requests: Iterable[Request]) -> Iterator[Outcome]:
    """The outcomes of *requests*, each as soon as its turn has come. Feeds come first: after a kill
    the pages they led to are due beside the feeds that were not reached.
    """
    # Asked in the order of their turns, so that the writer seldom waits for one while others lie.
    turns = sorted(requests, key=lambda request: (request.kind == "page", request.id))
    for outcome in [workers.submit(request) for request in turns]:
        yield outcome.result()


def sender(configuration: Configuration, known: Secrets | None = None) -> Send:
    """The ways letters leave this machine by the configuration. Raises MailError, ChannelError."""
    known = known or Secrets()
    return channels.ways(_by_mail(configuration, known.password), known.channels)


def mail_greeting(configuration: Configuration, password: str) -> Sent:
    """Whether the mail server would take letters, without sending one. Raises MailError."""
    return mail.greet(_by_mail(configuration, password), configuration.mail.sender)


def _by_mail(configuration: Configuration, password: str) -> Send:
    settings = configuration.mail
    return mail.transport(settings.server, user=settings.user, password=password)


def local_workers(policy: CrawlPolicy) -> LocalWorkers:
    """Workers on this machine: one loop, killable children."""
    return LocalWorkers(policy)


def cluster_workers(configuration: Configuration, say: Say, patience: float) -> DaskWorkers:
    """Workers on the cluster that is configured; *say* hears what becomes of it, what waits for it longer than
    *patience* seconds is given back.
    """
    from newswatch.cluster.workers import DaskWorkers, Patience

    assert configuration.cluster is not None
    return DaskWorkers(
        configuration.policy, configuration.cluster, say, patience=Patience(lost=patience)
    )


# ── imports ─────────────────────────────────────────────────────────────────────────────────


class Import:
    """An import into *ledger*: articles are kept in batches, matched against *force*'s rules, or
    those in force in the store where there is no configuration. Owes nobody unless *alert*.
    """

    def __init__(
        self, ledger: Ledger, force: InForce | None, now: datetime, *, alert: bool
    ) -> None:
        self._ledger = ledger
        self._force = force
        self._now = now
        self._alert = alert
        ledger.begin("import", now)
        if force is None:
            self._standing = Standing(
                ledger.feeds(), rules.index(ledger.rules(), ledger.frequencies())
            )
        else:
            self._standing = configure(ledger, force, now)

    def keep(self, batch: Iterable[Imported]) -> int:
        """Keep one batch in one transaction; returns how many versions were new."""
        return ingest.take_in(batch, self._ledger, self._standing, self._now, alert=self._alert)

    def finish(self) -> tuple[Waiting, ...]:
        """Tidy up and, where people are to be told, seal the letters that are due at once; returns
        who is owed how much, in those letters and later.
        """
        while self._ledger.tidy():
            pass
        if not self._alert or self._force is None:
            return ()
        outbox, readers = self._ledger.outbox, self._force.readers
        owed = deliver.waiting(outbox, readers, self._now)
        deliver.seal_due(outbox, readers, self._now)
        return owed


# ── digests by hand ─────────────────────────────────────────────────────────────────────────


def preview(
    outbox: Outbox,
    force: InForce,
    plan: DigestPlan,
    person: Person,
    now: datetime,
    since: datetime | None = None,
) -> Digest:
    """A digest as it would be sealed at *now*, or with all that was found *since*; nothing is kept."""
    return deliver.preview(outbox, force.readers, plan, person, now, since)


def preview_at_once(
    outbox: Outbox, force: InForce, person: Person, now: datetime
) -> tuple[tuple[Digest, datetime], ...]:
    """The letters at once that a person is owed, each with when it goes; nothing is kept."""
    return at_once.preview(outbox, force.readers, person, now)


def send_digest(
    outbox: Outbox, force: InForce, plan: DigestPlan, person: Person, send: Send, now: datetime
) -> int:
    """Seal and send what a digest owes a person; returns how many letters were refused, 0 or 1."""
    told = deliver.send_now(outbox, force.readers, plan, person, send, now)
    return int(told is not None and told.code != 250)
