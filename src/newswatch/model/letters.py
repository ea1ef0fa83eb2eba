"""What the reader gets: items, digests, sealed letters and what became of them.

Rule: frozen values; a letter's content never changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from newswatch.model.archived import Copy, Revision
from newswatch.model.basics import Priority
from newswatch.model.configured import Person
from newswatch.model.surges import SurgeItem
from newswatch.model.version import Span, Version


@dataclass(frozen=True, slots=True)
class Item:
    """One story in a letter, with the rule that asked for it and the words that matched.

    *version* is the article as it stands; *told* is what the reader was told earlier, *told_at* when
    that letter went; *first_title* is of the version that matched and has changed since; *revision*
    says what changed, *at* when that was seen. *first_found* numbers the first version of the article
    that the rule found; *gone* are the words found that the article has no more.
    """

    rule: str
    priority: Priority
    story: str
    occasion: str
    version: Version
    spans: tuple[Span, ...] = ()
    copies: tuple[Copy, ...] = ()
    revision: Revision | None = None
    told: Version | None = None
    first_title: str = ""
    told_at: datetime | None = None
    at: datetime | None = None
    first_found: int = 1
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceTrouble:
    """A feed that fails, may have lost entries or is odd, in a reader's words; or that is not asked before a time,
    as its host wants it, and has no *since*.
    """

    feed: str
    reason: str
    since: datetime | None = None
    resting_until: datetime | None = None


OPERATOR = "operator"  # what stands for a digest's name in letters to the operator


@dataclass(frozen=True, slots=True)
class Trouble:
    """What troubles newswatch itself: *kind* is feed, quarantine, overflow, silent, letter, mail, store, backup, disk,
    full, clock, cluster or crash,
    *subject* whose it is (a feed, a reader, a folder), *says* what it is in words. *until* is when it was
    over, None while it lasts.
    """

    kind: str
    subject: str
    since: datetime
    says: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """A trouble as the store has it: the letters that *told* of it, and that it was *well* again; '' for
    none yet.
    """

    trouble: Trouble
    told: str = ""
    well: str = ""


@dataclass(frozen=True, slots=True)
class Footer:
    """What the letter's foot says of newswatch itself in its period. *answered* are the feeds whose last good
    poll was in it, *polls* the good ones of its hours, None where they are not kept so long. *seen_within*
    and *sent_within* are seconds, the median and the 95th of a hundred: from publication to first sight,
    and from a match kept to the server's yes to a letter at once; None when nothing had a time. *odd* is what is judged
    of feeds that costs a reader nothing, with its evidence, the gravest first. *head* is the archive's, by which it
    can be verified later.
    """

    feeds: int = 0
    articles: int = 0
    troubles: tuple[SourceTrouble, ...] = ()
    answered: int | None = None
    polls: int | None = None
    seen_within: tuple[float, float] | None = None
    sent_within: tuple[float, float] | None = None
    odd: tuple[SourceTrouble, ...] = ()
    head: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """One letter to one person. *id* makes the Message-ID and the MIME boundary; *thread* are the
    Message-IDs of the letters that first told its stories, '' for none. *at* is the slot's instant
    (or the notification's), *since* and *until* the period covered; *missed* counts the digests of
    that period that could not be sent in their time. *together* marks what would have been so many
    letters at once, and more. With *head* the archive's stands in the foot. *surges* are what rules with a threshold tell. *troubles*, and those told before that are *over*, are for the operator.
    """

    id: str
    name: str
    person: Person
    sender: str
    at: datetime
    since: datetime
    until: datetime
    late: bool = False
    missed: int = 0
    together: int = 0
    items: tuple[Item, ...] = ()
    footer: Footer = field(default_factory=Footer)
    thread: str = ""
    surges: tuple[SurgeItem, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    over: tuple[Trouble, ...] = ()
    head: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A sealed letter in the outbox: *content* goes out byte for byte, however often."""

    id: str
    recipient: str
    address: str
    sender: str
    content: bytes
    attempts: int = 0
    first_try: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What the mail server said: *code* is SMTP's (250 taken; 4xx again; 5xx dead; 0 no answer)."""

    letter: str
    code: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many notifications are owed to somebody, at once ("now") or in a digest, and when they go: at a
    slot, or when quiet hours end; None for as soon as letters are sent.
    """

    recipient: str
    digest: str
    notifications: int
    goes: datetime | None
