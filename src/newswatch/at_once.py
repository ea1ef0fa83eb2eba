"""Letters at once: what is owed to a reader in groups, each a letter when it is due.

Rule: what waits for a group, for quiet hours, for an urgent rule's word or for the hour to be over stays
owed, and no state but the outbox says so. What raises in deciding costs no letter (`Routing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newswatch import digest, grouping, slots, versions
from newswatch.grouping import Group
from newswatch.model import (
    Digest,
    Footer,
    Item,
    Notification,
    Person,
    Revision,
    StoreError,
    SurgeItem,
    content_id,
)
from newswatch.readers import AT_ONCE, Readers
from newswatch.store import Outbox

THREADS = 10  # that a letter on several stories names
HOUR = timedelta(hours=1)
LAST_DAY = timedelta(days=1)  # what the foot of a letter speaks of


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


def seal(outbox: Outbox, readers: Readers, person: Person, now: datetime, routing: Routing) -> int:
    """One letter a group that is due, unless it is the reader's quiet time; past so many within an hour
    the rest comes in one letter, and what is owed after that waits until the hour is over. What is
    urgent does not.
    """
    if slots.quiet_until(person, now) is not None:
        return 0
    sealed = 0
    while owed := outbox.owed(person.name, AT_ONCE):
        room = person.hourly - outbox.letters_since(person.name, AT_ONCE, now - HOUR, now)
        if room < 0 and all(n.priority != "urgent" for n in owed):
            break  # whatever else was told: that is asked once the hour is over
        owed = _heard(outbox, owed, now, routing)
        due = [
            (list(group.owed), slots.quiet_until(person, when) or when)
            for group, when in _grouped(outbox, readers, person, owed, now, routing)
            if when <= now and (room >= 0 or any(n.priority == "urgent" for n in group.owed))
        ]
        told = [carried for carried, _ in due]
        late = [room >= 0 and now - when > slots.LATE for _, when in due]
        together = len(told) > room + 1 > 0  # one that is left needs no other form
        if together:
            told[room:] = [[n for carried in told[room:] for n in carried]]
        footer = outbox.footer(now - LAST_DAY, now) if told else Footer()
        letters = [
            (
                _letter(
                    outbox, readers, person, carried, together and n == room, footer, now, late[n]
                ),
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
            by = _inhibitor(outbox, n, routing)
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


def _inhibitor(outbox: Outbox, n: Notification, routing: Routing) -> tuple[str, str] | None:
    """The rule whose word stands for *n*, with the letter that carries it."""
    urgent = () if n.priority == "urgent" else outbox.urgent(n.recipient, n.digest, n.story)
    return routing.inhibitor(n, urgent)


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
            (
                group,
                now
                if any(n.at > now for n in group.owed)  # came under a clock set back since
                else routing.due(group, _last_of(outbox, person, group, now)),
            )
            for group in groups
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
    return told(person.name, group.of, now - back, now)


def _letter(
    outbox: Outbox,
    readers: Readers,
    person: Person,
    carried: Sequence[Notification],
    together: bool,
    footer: Footer,
    now: datetime,
    late: bool = False,
) -> Digest:
    """A letter on all that is *carried*: in its story's thread where that is one; what would have been
    too many letters comes *together*.
    """
    stories = {n.story for n in carried}
    story = carried[0].story if len(stories) == 1 and not together else ""
    keys = [f"{n.rule}\x1f{n.occasion}" + (f"\x1f{n.story}" if not story else "") for n in carried]
    told_of = dict.fromkeys((n.story, n.article) for n in carried)
    roots = dict.fromkeys(outbox.first_letter(person.name, *one) for one in told_of)
    threads = [digest.message_id(root, readers.sender) for root in roots if root]
    return Digest(
        id=content_id("letter", person.name, story, *keys),
        name=AT_ONCE,
        person=person,
        sender=readers.sender,
        at=max(n.at for n in carried),
        since=min(n.at for n in carried),
        until=now,
        late=late and not together,
        together=person.hourly if together else 0,
        items=items(outbox, carried),
        surges=surges(outbox, carried),
        footer=footer,
        thread=" ".join(threads[:THREADS]),
    )


def items(outbox: Outbox, carried: Iterable[Notification]) -> tuple[Item, ...]:
    """What a letter says of the stories among what is *carried*."""
    return tuple(item(outbox, n) for n in carried if not _of_surge(n))


def surges(outbox: Outbox, carried: Iterable[Notification]) -> tuple[SurgeItem, ...]:
    """What a letter says of the surges among what is *carried*."""
    return tuple(outbox.surge(n) for n in carried if _of_surge(n))


def _of_surge(n: Notification) -> bool:
    return n.occasion.startswith("surge:")


def item(outbox: Outbox, owed: Notification) -> Item:
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


def goes(
    outbox: Outbox, readers: Readers, person: Person, owed: Sequence[Notification], now: datetime
) -> datetime | None:
    """When the first letter at once on what is *owed* goes; None for as soon as letters are sent."""
    first = min(when for _, when in _grouped(outbox, readers, person, owed, now, ROUTING))
    when = max(first, now)
    return slots.quiet_until(person, when) or (when if when > now else None)


def preview(
    outbox: Outbox, readers: Readers, person: Person, now: datetime
) -> tuple[tuple[Digest, datetime], ...]:
    """The letters at once that a person is owed, as they would be sealed at *now*, each with when it goes
    but for the limit of an hour; nothing is kept.
    """
    waits = outbox.owed(person.name, AT_ONCE)
    owed = [n for n in waits if _inhibitor(outbox, n, ROUTING) is None]
    footer = outbox.footer(now - LAST_DAY, now) if owed else Footer()
    found = []
    for group, when in _grouped(outbox, readers, person, owed, now, ROUTING):
        letter = _letter(outbox, readers, person, group.owed, False, footer, now)
        goes = max(when, now)
        found.append((letter, slots.quiet_until(person, goes) or goes))
    return tuple(found)
