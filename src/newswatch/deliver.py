"""Second walk: what is owed is sealed into letters, letters are sent, and what became is marked.

Rule: sealed before sent, marked after; the mail server is a parameter. A crash between the
server's 250 and our mark sends the same bytes again, Message-ID included; nothing else twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol, runtime_checkable

from newswatch import at_once, digest, slots
from newswatch.model import (
    Digest,
    DigestPlan,
    Footer,
    Letter,
    Notification,
    Person,
    Rule,
    Sent,
    StoreError,
    Waiting,
    content_id,
)
from newswatch.readers import AT_ONCE, Readers, audience
from newswatch.store import Outbox

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
GIVE_UP = timedelta(days=5)
HELD = timedelta(minutes=10)  # a letter sent by hand is the daemon's after that; `mail` takes one

Send = Callable[[Letter], Sent]


@runtime_checkable
class Post(Protocol):
    """A way out that several letters take on one connection."""

    def each(self, letters: Iterable[Letter]) -> Iterator[tuple[Letter, Sent]]:
        """Each letter with what became of it, before the next is taken."""


def each(send: Send, letters: Iterable[Letter]) -> Iterator[tuple[Letter, Sent]]:
    """Send *letters* one after the other, on one connection where *send* has that."""
    if isinstance(send, Post):
        yield from send.each(letters)
    else:
        for letter in letters:
            yield letter, send(letter)


def readdress(outbox: Outbox, readers: Readers, rules: Iterable[Rule], now: datetime) -> None:
    """What was told, or is owed, through what a rule tells its reader through no more (a digest that
    was renamed, a letter at once in place of a digest) goes through what it tells them through
    now. Where it tells them nothing any more, it stays as it is, unless the digest is no more: then
    another digest of theirs has it, else a letter at once. A correction must reach who was told,
    and nobody is told of a story again as of a new one.
    """
    whom = audience(readers)
    pairs = dict.fromkeys(pair for found in whom.values() for pair in found)
    tell = {rule.name: rule.tell for rule in rules}
    plans = {plan.name for plan in readers.plans}
    for recipient, through, rule in outbox.told_through():
        told = (pair for name in tell.get(rule, ()) for pair in whom.get(name, ()))
        by_rule = [name for person, name in told if person == recipient]
        still = through in by_rule or (not by_rule and (recipient, through) in pairs)
        left = not by_rule and through in plans  # a digest that goes on without them
        if still or left or recipient not in readers.people:
            continue
        others = (n for person, n in pairs if person == recipient and n != AT_ONCE)
        to = by_rule[0] if by_rule else next(others, AT_ONCE)
        outbox.readdress(recipient, through, rule, to, now)


def begin_slots(outbox: Outbox, readers: Readers, now: datetime) -> None:
    """Let the slots of a digest that is new, or new to a reader, count from *now* on: no slot before
    newswatch was there is due.
    """
    for plan in readers.plans:
        for name in plan.to:
            if name in readers.people and outbox.last_slot(plan.name, name) is None:
                outbox.pass_slot(plan.name, name, now)


def seal_due(
    outbox: Outbox, readers: Readers, now: datetime, routing: at_once.Routing = at_once.ROUTING
) -> int:
    """Seal every letter that is due at *now*; returns how many. What is owed to somebody who is
    no reader any more stays owed.
    """
    slots_due = seal_slots(outbox, readers, now, routing.failed)
    return seal_at_once(outbox, readers, now, routing) + sum(slots_due)


def seal_at_once(
    outbox: Outbox, readers: Readers, now: datetime, routing: at_once.Routing = at_once.ROUTING
) -> int:
    """Seal the letters at once that are due at *now*; returns how many."""
    sealed = 0
    for person in readers.people.values():
        try:
            sealed += at_once.seal(outbox, readers, person, now, routing)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - one reader's letters wait, and nobody else's
            routing.failed(f"letters to {person.name}", error)
    return sealed


def seal_slots(
    outbox: Outbox,
    readers: Readers,
    now: datetime,
    failed: Callable[[str, Exception], None] = lambda _what, _error: None,
) -> Iterator[bool]:
    """Seal the digests that are due at *now*, one at a time as they are asked for: whether one was sealed,
    for each digest and reader. A thousand readers' take half a minute, in which other work has its turn. One that
    cannot be made stays owed, *failed* is told why, and nobody else's waits for it.
    """
    footer = cache(outbox.footer)  # a digest's readers have one period
    for plan in readers.plans:
        for name in plan.to:
            if name not in readers.people:
                continue
            try:
                yield _seal_slot(outbox, readers, plan, readers.people[name], now, footer)
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the others' go
                failed(f"digest {plan.name} to {name}", error)
                yield False


def _seal_slot(
    outbox: Outbox,
    readers: Readers,
    plan: DigestPlan,
    person: Person,
    now: datetime,
    footer: Callable[[datetime, datetime], Footer],
) -> bool:
    """One letter for the newest slot that has come; slots missed while down are covered by it."""
    last = outbox.last_slot(plan.name, person.name)
    if last is None:
        outbox.pass_slot(plan.name, person.name, now)  # no slot before newswatch was there is due
        return False
    reader = replace(person, zone=plan.zone or person.zone)
    due = slots.slots(plan, reader, last, now)
    if not due:
        return False
    slot = due[-1]
    of = ("digest", plan.name, person.name, slot.local_date.isoformat(), slot.at)
    letter = content_id(*of)
    if outbox.undone(letter):
        letter = content_id(*of, "again")
    # What came after *now* is the next one's, but for what a clock had dated that was set back since.
    carried = tuple(
        n for n in outbox.owed(person.name, plan.name) if not now < n.at <= now + slots.LATE
    )
    # A reader who moved to another zone meets the same local slot again: it is over.
    if outbox.sealed(letter) or len({n.story for n in carried}) < plan.min_items:
        outbox.pass_slot(plan.name, person.name, slot.when)
        return False
    since = outbox.told_until(plan.name, person.name) or last
    value = Digest(
        id=letter,
        name=plan.name,
        person=reader,
        sender=readers.sender,
        at=slot.when,
        since=since,
        until=now,
        late=now - slot.when > slots.LATE,
        missed=len({one.when for one in due if one.when < slot.when}),
        items=at_once.items(outbox, carried),
        surges=at_once.surges(outbox, carried),
        footer=footer(since, now),
        head=plan.head,
    )
    return outbox.seal(value, digest.seal(value), carried)


def waiting(outbox: Outbox, readers: Readers, now: datetime) -> tuple[Waiting, ...]:
    """What no letter carries yet at *now*, by reader."""
    found = []
    for person in readers.people.values():
        if owed := outbox.owed(person.name, AT_ONCE):
            goes = at_once.goes(outbox, readers, person, owed, now)
            found.append(Waiting(person.name, AT_ONCE, len(owed), goes))
        for plan in readers.plans:
            if person.name in plan.to and (owed := outbox.owed(person.name, plan.name)):
                last = outbox.last_slot(plan.name, person.name)
                missed = last is not None and slots.slots(plan, person, last, now)
                slot = slots.next_slot(plan, person, now)
                when = now if missed else slot.when if slot else None
                found.append(Waiting(person.name, plan.name, len(owed), when))
    return tuple(found)


def preview(
    outbox: Outbox,
    readers: Readers,
    plan: DigestPlan,
    person: Person,
    now: datetime,
    since: datetime | None = None,
) -> Digest:
    """The digest as it would be sealed at *now*, whatever its slots say; with *since*, as if it had to tell
    all that was found after that. Nothing is kept.
    """
    if since is None:
        return _by_hand(outbox, readers, plan, person, outbox.owed(person.name, plan.name), now)
    found = outbox.found_since(person.name, plan.name, since)
    return replace(
        _by_hand(outbox, readers, plan, person, found, now),
        since=since,
        footer=outbox.footer(since, now),
    )


def _by_hand(
    outbox: Outbox,
    readers: Readers,
    plan: DigestPlan,
    person: Person,
    carried: Sequence[Notification],
    now: datetime,
) -> Digest:
    since = outbox.told_until(plan.name, person.name) or now - timedelta(days=1)
    keys = [f"{n.rule}\x1f{n.story}\x1f{n.occasion}" for n in carried]
    return Digest(
        id=content_id("by hand", plan.name, person.name, now.isoformat(), *keys),
        name=plan.name,
        person=replace(person, zone=plan.zone or person.zone),
        sender=readers.sender,
        at=now,
        since=since,
        until=now,
        items=at_once.items(outbox, carried),
        surges=at_once.surges(outbox, carried),
        footer=outbox.footer(since, now),
        head=plan.head,
    )


def send_now(
    outbox: Outbox,
    readers: Readers,
    plan: DigestPlan,
    person: Person,
    send: Send,
    now: datetime,
) -> Sent | None:
    """Seal what a digest owes a person at *now*, without waiting for its slot, send it and mark
    it; None when nothing is owed. A daemon beside us leaves the letter alone for the time it takes.
    """
    while carried := outbox.owed(person.name, plan.name):
        value = _by_hand(outbox, readers, plan, person, carried, now)
        content = digest.seal(value)
        if outbox.seal(value, content, carried, held=now + HELD):
            letter = Letter(value.id, person.name, person.address, readers.sender, content)
            told = send(letter)
            mark(outbox, letter, told, now)
            return told
    return None


def mark(outbox: Outbox, letter: Letter, told: Sent, now: datetime) -> None:
    """Note what the mail server said: a 4xx or silence is tried again for five days, a 5xx is
    dead at once; dead letters stay in the outbox to be shown.
    """
    refused = 500 <= told.code < 600
    too_long = letter.first_try is not None and now - letter.first_try >= GIVE_UP
    again = None if refused or too_long else now + backoff(letter.attempts) * spread(letter)
    outbox.sent(told, now, again=again)


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many tries before this one: a minute, doubling, at most 4 hours."""
    return min(FIRST_WAIT * (1 << min(attempts, 16)), LONGEST_WAIT)


def spread(letter: Letter) -> float:
    """By how much more a letter waits than its tries alone would have it, 1 to 1.2: letters that were refused
    together do not come back together. The same letter and try has the same.
    """
    return 1 + int(content_id("spread", letter.id, str(letter.attempts))[:4], 16) / 0xFFFF / 5


def deliver_once(
    outbox: Outbox,
    readers: Readers,
    send: Send,
    now: datetime,
    routing: at_once.Routing = at_once.ROUTING,
) -> tuple[int, int]:
    """Seal what is due and send what waits; returns (letters taken, letters not taken)."""
    seal_due(outbox, readers, now, routing)
    return send_waiting(outbox, send, now)


def send_waiting(outbox: Outbox, send: Send, now: datetime) -> tuple[int, int]:
    """Send every letter whose try has come; returns (letters taken, letters not taken)."""
    taken = refused = 0
    for letter, told in each(send, _waiting(outbox, now)):
        mark(outbox, letter, told, now)
        taken += told.code == 250
        refused += told.code != 250
    return taken, refused


def _waiting(outbox: Outbox, now: datetime) -> Iterator[Letter]:
    """Every letter whose try has come; each is marked before the next is asked for."""
    while letters := outbox.unsent(now):
        yield from letters
