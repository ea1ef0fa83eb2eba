"""What one outcome changes, and who is to be told.

Rule: everything that follows from one outcome is one Changeset.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newswatch.model.archived import ArticleState, Counted, Evidence, Match, Revision, Sighting
from newswatch.model.basics import Priority
from newswatch.model.crawled import Failure, Request, Walked
from newswatch.model.version import Version


@dataclass(frozen=True, slots=True)
class Notification:
    """What one person is owed once: unique by recipient, digest, rule, story and occasion.

    *digest* is a digest's name or "now"; *occasion* is `first`, `correction:<version id>`,
    `update:<version id>` for an article that takes an older one's place, `retraction:<version id>` where
    the wire takes a story back in so many words, `withdrawn:<article id>` where its page is gone, or what takes such a word back: `return:<version id>` for a text that the wire gave up again,
    `reinstated:<article id>`; `repeat:<version id>` where a story that was told is still reported.
    *unsays* are the occasions, with their stories, that are true no more: those that no letter
    carries yet are owed no longer, and where no letter carries any, this one is not owed at all.
    """

    recipient: str
    digest: str
    rule: str
    story: str
    occasion: str
    version: str
    article: str
    at: datetime
    priority: Priority = "normal"
    unsays: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class WindowEntry:
    """One entry of a feed's last good window, the article it stands for, and its entry's *mark*."""

    hash: str
    guid: str
    url: str
    article: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A feed's window moved on whole between two good polls: entries may have been missed. *recovered* counts
    those that its older pages or its site's news sitemap showed, as *where* says in words; *closed* says that
    they reach as far back as what was known.
    """

    feed: str
    request: str
    since: datetime
    until: datetime
    entries: int
    recovered: int = 0
    closed: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class Changeset:
    """Everything that follows from one outcome, kept in one transaction or not at all.

    *request* replaces its row if *lease* is still its lease, else nothing at all is kept; *asked*
    are requests a sighting adds or wakes; *window* replaces the feed's window (None leaves it);
    *aliases* are (key, article), *joined* (an id that no article got after all, the article it was),
    *merged* (a story, the one it turned out to be, why), *addresses* (article, address verbatim), *current* (article,
    version), *grams* and *headlines* (hash, story), *exact* (hash of the normalised text, story).
    *boilerplate* is what is counted now of the lines of newsrooms, each whole.
    *walked* is what a backfill came by. *flaws* are what went wrong inside: exceptions, in words, in spite of which it was settled.
    An import has no request.
    """

    at: datetime
    lease: str = ""
    request: Request | None = None
    failure: Failure | None = None
    asked: tuple[Request, ...] = ()
    window: tuple[WindowEntry, ...] | None = None
    articles: tuple[ArticleState, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    joined: tuple[tuple[str, str], ...] = ()
    merged: tuple[tuple[str, str, str], ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    versions: tuple[Version, ...] = ()
    revisions: tuple[Revision, ...] = ()
    current: tuple[tuple[str, str], ...] = ()
    sightings: tuple[Sighting, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    grams: tuple[tuple[int, str], ...] = ()
    headlines: tuple[tuple[int, str], ...] = ()
    exact: tuple[tuple[str, str], ...] = ()
    boilerplate: tuple[tuple[str, tuple[Counted, ...]], ...] = ()
    matches: tuple[Match, ...] = ()
    notifications: tuple[Notification, ...] = ()
    gap: Gap | None = None
    walked: Walked | None = None
    flaws: tuple[str, ...] = ()
