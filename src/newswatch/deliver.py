"""Second walk: what is owed is sealed into letters, letters are sent, and what became is marked.

Rule: sealed before sent, marked after; the mail server is a parameter. A crash between the
server's 250 and our mark sends the same bytes again, Message-ID included; nothing else twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from newswatch import digest, grouping, slots, versions
from newswatch.grouping import Group
from newswatch.model import (
    Digest,
    DigestPlan,
    Footer,
    Grouping,
    Item,
    Letter,
    Notification,
    Person,
    Revision,
    Rule,
    Sent,
    StoreError,
    Waiting,
    content_id,
)
from newswatch.store import Outbox

AT_ONCE = "now"
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
GIVE_UP = timedelta(days=5)
HOUR = timedelta(hours=1)
LAST_DAY = timedelta(days=1)  # what the foot of a letter at once speaks of
HELD = timedelta(minutes=10)  # a letter sent by hand is the daemon's after that; `mail` takes one

Send = Callable[[Letter], Sent]


@dataclass(frozen=True, slots=True)
class Readers:
    """Who reads: people by name, the digests' plans, and the address letters come from; and how rules,
    by name, want their letters at once put together, where they say anything of it.
    """

    people: Mapping[str, Person]
    plans: tuple[DigestPlan, ...] = ()
    sender: str = "newswatch@localhost"
    groupings: Mapping[str, Grouping] = field(default_factory=dict)

    def grouping(self, rule: str, person: Person) -> Grouping:
        """What holds for a rule's letters at once to a person."""
        return grouping.settled(self.groupings.get(rule, Grouping()), person.grouping)

    def repeats(self) -> dict[str, int]:
        """After how many seconds each person who wants it hears of a story again."""
        return {p.name: p.grouping.repeat for p in self.people.values() if p.grouping.repeat}


@dataclass(frozen=True, slots=True)
class Routing:
    """What decides on letters at once. Where one of these raises, *failed* is told what and why, and the
    letters go without it: each story by itself, at once, whatever else was told.
    """

    groups: Callable[..., tuple[Group, ...]] = grouping.groups
    due: Callable[[Group, datetime | None], datetime] = grouping.due
    inhibitor: Callable[..., tuple[str, str] | None] = grouping.inhibitor
    failed: Callable[[str, Exception], None] = lambda _what, _error: None


ROUTING = Routing()


def audience(readers: Readers) -> dict[str, tuple[tuple[str, str], ...]]:
    """Whom each name in a rule's `tell` means, as (recipient, digest or "now") pairs."""
    pairs: dict[str, tuple[tuple[str, str], ...]]
    pairs = {name: ((name, AT_ONCE),) for name in readers.people}
    for plan in readers.plans:
        pairs[plan.name] = tuple((person, plan.name) for person in plan.to)
    return pairs


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
    for recipient, through, rule in outbox.told_through():
        told = (pair for name in tell.get(rule, ()) for pair in whom.get(name, ()))
        by_rule = [name for person, name in told if person == recipient]
        still = through in by_rule or (not by_rule and (recipient, through) in pairs)
        if still or recipient not in readers.people:
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


def seal_due(outbox: Outbox, readers: Readers, now: datetime, routing: Routing = ROUTING) -> int:
    """Seal every letter that is due at *now*; returns how many. What is owed to somebody who is
    no reader any more stays owed.
    """
    at_once = sum(
        _seal_at_once(outbox, readers, person, now, routing) for person in readers.people.values()
    )
    return at_once + sum(
        _seal_slot(outbox, readers, plan, readers.people[name], now)
        for plan in readers.plans
        for name in plan.to
        if name in readers.people
    )


def _seal_at_once(
    outbox: Outbox, readers: Readers, person: Person, now: datetime, routing: Routing
) -> int:
    """One letter a group that is due, unless it is the reader's quiet time; past so many within an hour
    the rest comes in one letter, and what is owed after that waits until the hour is over.
    """
    if slots.quiet_until(person, now) is not None:
        return 0
    sealed = 0
    while owed := _heard(outbox, outbox.owed(person.name, AT_ONCE), now, routing):
        room = person.hourly - outbox.letters_since(person.name, AT_ONCE, now - HOUR)
        if room < 0:
            break
        told = [
            list(group.owed)
            for group, when in _grouped(outbox, readers, person, owed, now, routing)
            if when <= now
        ]
        together = len(told) > room + 1  # one that is left needs no other form
        if together:
            told[room:] = [[n for carried in told[room:] for n in carried]]
        footer = outbox.footer(now - LAST_DAY, now) if told else Footer()
        letters = [
            (
                _at_once(outbox, readers, person, carried, together and n == room, footer, now),
                carried,
            )
            for n, carried in enumerate(told)
        ]
        done = sum(outbox.seal(letter, digest.seal(letter), carried) for letter, carried in letters)
        sealed += done
        if not done:
            break
    return sealed


def _heard(
    outbox: Outbox, owed: Sequence[Notification], now: datetime, routing: Routing
) -> tuple[Notification, ...]:
    """What of *owed* no urgent rule's word stands for. What an urgent rule has told already is noted as
    inhibited; what it is still to tell waits for that.
    """
    found = []
    for n in owed:
        try:
            urgent = () if n.priority == "urgent" else outbox.urgent(n.recipient, n.digest, n.story)
            by = routing.inhibitor(n, urgent)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the letter goes
            routing.failed("inhibition", error)
            return tuple(owed)
        if by is None:
            found.append(n)
        elif by[1]:
            outbox.inhibit(n, *by, now)
    return tuple(found)


def _grouped(
    outbox: Outbox,
    readers: Readers,
    person: Person,
    owed: Sequence[Notification],
    now: datetime,
    routing: Routing,
) -> list[tuple[Group, datetime]]:
    """What is *owed* in groups, each with when it is due."""
    try:
        groups = routing.groups(owed, lambda rule: readers.grouping(rule, person))
        return [
            (group, routing.due(group, _last_of(outbox, person, group, now))) for group in groups
        ]
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the letter goes
        routing.failed("grouping", error)
    plain: dict[str, list[Notification]] = {}
    for n in owed:
        plain.setdefault(n.story, []).append(n)
    return [(Group("story", story, tuple(told), ()), now) for story, told in plain.items()]


def _last_of(outbox: Outbox, person: Person, group: Group, now: datetime) -> datetime | None:
    """When the group's last letter was sealed, where that still holds its next one back."""
    if not (back := grouping.longest(group)):
        return None
    told = outbox.told_of if group.by == "story" else outbox.told_by
    return told(person.name, group.of, now - back)


def _at_once(
    outbox: Outbox,
    readers: Readers,
    person: Person,
    carried: Sequence[Notification],
    together: bool,
    footer: Footer,
    now: datetime,
) -> Digest:
    """A letter on all that is *carried*: in its story's thread where that is one; what would have been
    too many letters comes *together*.
    """
    stories = {n.story for n in carried}
    story = carried[0].story if len(stories) == 1 and not together else ""
    keys = [f"{n.rule}\x1f{n.occasion}" + (f"\x1f{n.story}" if not story else "") for n in carried]
    first = outbox.first_letter(person.name, story, carried[0].article) if story else ""
    return Digest(
        id=content_id("letter", person.name, story, *keys),
        name=AT_ONCE,
        person=person,
        sender=readers.sender,
        at=max(n.at for n in carried),
        since=min(n.at for n in carried),
        until=now,
        together=person.hourly if together else 0,
        items=tuple(_item(outbox, n) for n in carried),
        footer=footer,
        thread=digest.message_id(first, readers.sender) if first else "",
    )


def _item(outbox: Outbox, owed: Notification) -> Item:
    """What a letter says of *owed*, with what changed where no version of its article came with that: a
    wire went back to an old text, or put right in one article what it had said in another.
    """
    item = outbox.item(owed)
    about, version = owed.occasion.partition(":")[0], item.version
    if about == "return" and item.told is not None:
        return replace(item, revision=versions.compare(item.told, version))
    if about in ("correction", "retraction") and item.revision is None:
        note = versions.own_word(version)
        return replace(item, revision=Revision("", version.id, "correction", note=note))
    return item


def _seal_slot(
    outbox: Outbox, readers: Readers, plan: DigestPlan, person: Person, now: datetime
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
    letter = content_id("digest", plan.name, person.name, slot.local_date.isoformat(), slot.at)
    carried = outbox.owed(person.name, plan.name)
    # A reader who moved to another zone meets the same local slot again: it is over.
    if outbox.sealed(letter) or len({n.story for n in carried}) < plan.min_items:
        outbox.pass_slot(plan.name, person.name, slot.when)
        return False
    value = Digest(
        id=letter,
        name=plan.name,
        person=reader,
        sender=readers.sender,
        at=slot.when,
        since=last,
        until=now,
        late=now - slot.when > slots.LATE,
        missed=len(due) - 1,
        items=tuple(_item(outbox, n) for n in carried),
        footer=outbox.footer(last, now),
    )
    return outbox.seal(value, digest.seal(value), carried)


def waiting(outbox: Outbox, readers: Readers, now: datetime) -> tuple[Waiting, ...]:
    """What no letter carries yet at *now*, by reader."""
    found = []
    for person in readers.people.values():
        if owed := outbox.owed(person.name, AT_ONCE):
            goes = _goes(outbox, readers, person, owed, now)
            found.append(Waiting(person.name, AT_ONCE, len(owed), goes))
        for plan in readers.plans:
            if person.name in plan.to and (owed := outbox.owed(person.name, plan.name)):
                last = outbox.last_slot(plan.name, person.name)
                missed = last is not None and slots.slots(plan, person, last, now)
                slot = slots.next_slot(plan, person, now)
                when = now if missed else slot.when if slot else None
                found.append(Waiting(person.name, plan.name, len(owed), when))
    return tuple(found)


def _goes(
    outbox: Outbox, readers: Readers, person: Person, owed: Sequence[Notification], now: datetime
) -> datetime | None:
    """When the first letter at once on what is *owed* goes; None for as soon as letters are sent."""
    first = min(when for _, when in _grouped(outbox, readers, person, owed, now, ROUTING))
    when = max(first, now)
    return slots.quiet_until(person, when) or (when if when > now else None)


def preview(
    outbox: Outbox, readers: Readers, plan: DigestPlan, person: Person, now: datetime
) -> Digest:
    """The digest as it would be sealed at *now*, whatever its slots say; nothing is kept."""
    return _by_hand(outbox, readers, plan, person, outbox.owed(person.name, plan.name), now)


def _by_hand(
    outbox: Outbox,
    readers: Readers,
    plan: DigestPlan,
    person: Person,
    carried: Sequence[Notification],
    now: datetime,
) -> Digest:
    since = outbox.last_slot(plan.name, person.name) or now - timedelta(days=1)
    keys = [f"{n.rule}\x1f{n.story}\x1f{n.occasion}" for n in carried]
    return Digest(
        id=content_id("by hand", plan.name, person.name, now.isoformat(), *keys),
        name=plan.name,
        person=replace(person, zone=plan.zone or person.zone),
        sender=readers.sender,
        at=now,
        since=since,
        until=now,
        items=tuple(_item(outbox, n) for n in carried),
        footer=outbox.footer(since, now),
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
    again = None if refused or too_long else now + backoff(letter.attempts)
    outbox.sent(told, now, again=again)


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many tries before this one: a minute, doubling, at most 4 hours."""
    return min(FIRST_WAIT * (1 << min(attempts, 16)), LONGEST_WAIT)


def deliver_once(
    outbox: Outbox, readers: Readers, send: Send, now: datetime, routing: Routing = ROUTING
) -> tuple[int, int]:
    """Seal what is due and send what waits; returns (letters taken, letters not taken)."""
    seal_due(outbox, readers, now, routing)
    return send_waiting(outbox, send, now)


def send_waiting(outbox: Outbox, send: Send, now: datetime) -> tuple[int, int]:
    """Send every letter whose try has come; returns (letters taken, letters not taken)."""
    taken = refused = 0
    while letters := outbox.unsent(now):
        for letter in letters:
            told = send(letter)
            mark(outbox, letter, told, now)
            taken += told.code == 250
            refused += told.code != 250
    return taken, refused
