"""What the archive keeps beside versions: articles, what changed, why they are one story.

Rule: frozen values, ids from content; aware UTC datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from newswatch.model.basics import Relation, VersionKind
from newswatch.model.version import Span, Version

CHANGES_SCHEMA = 1  # of a change as it travels: docs/changes.schema.json


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs; either side may be ''. *what* is headline; number, name or date; text or
    quote, a sentence, in a quote's case one whose quoted words changed, or neighbours that came or
    went; moved, a paragraph of the same words, each side with its place in front: "¶2 …", "¶5 …".
    """

    what: Literal["headline", "text", "number", "name", "date", "quote", "moved"]
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Revision:
    """What changed from version *old* to *new* (ids). *note* is the wire's own word on a
    correction; *kept* is the share of the old words that still stand, 0 to 1.
    """

    old: str
    new: str
    kind: VersionKind
    changes: tuple[Change, ...] = ()
    note: str = ""
    kept: float = 1.0


@dataclass(frozen=True, slots=True)
class Match:
    """A version satisfies a rule, there."""

    rule: str
    version: str
    article: str
    story: str
    at: datetime
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """A line of a newsroom's texts by its hash, how often it came in different stories, and the hash of the
    story that it came in last.
    """

    line: int
    times: int
    story: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why two articles are, or are not, one story: each feature 0 to 1, what decided, and how."""

    article: str
    other: str
    relation: Relation
    score: float
    threshold: float
    decided_by: str
    features: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleState:
    """An article as the archive knows it: its story, how many versions, which one stands now.

    *quiet* articles came with a feed's first poll or an import and owe no letter when they arrive.
    """

    id: str
    url: str
    story: str
    source: str
    newsroom: str
    first_seen: datetime
    current: Version
    versions: int = 1
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """A version appears in a feed, changes, comes back to an old text, or leaves."""

    article: str
    version: str
    feed: str
    at: datetime
    what: Literal["appear", "change", "return", "leave"]


@dataclass(frozen=True, slots=True)
class Copy:
    """One article of a story, as "also reported by" names it; *credit* is the wire it is from."""

    newsroom: str
    title: str
    url: str
    first_seen: datetime
    relation: Relation = "same"
    credit: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One change of an archive's history as it travels to another archive: *at* is a stamp, *data* what its seal
    (*chain*, 64 hex digits) holds, *held* what the archive then held of it, None for nothing any more.
    """

    id: int
    at: str
    kind: str
    subject: str
    data: Mapping[str, Any]
    chain: str
    held: Mapping[str, Any] | None = None
