"""What a search finds: a version of an article, and where in it.

Rule: frozen values, ids from content; aware UTC datetimes. Whoever starts a search reads no more nouns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from newswatch.model.basics import EPOCH, FUTURE_ALLOWED, Quality, TextFrom, VersionKind


def version_time(n: int, published: datetime | None, first_seen: datetime) -> datetime:
    """The time a version stands at: published when believable, a later version's first sight."""
    if n == 1 and published is not None and EPOCH <= published <= first_seen + FUTURE_ALLOWED:
        return published
    return first_seen


@dataclass(frozen=True, slots=True)
class Version:
    """One text of one article; id = content_id(article, title, text with white space collapsed).

    *credit* is the wire that the text names as its own source, '' for none; *relations* are what its
    wire's markup pointed at (USN:…, RIC:…); *text_from* says whether the text is the feed's, the page's or a
    file's, '' where nobody noted it.
    """

    id: str
    article: str
    n: int
    url: str
    title: str
    text: str
    lang: str
    source: str
    newsroom: str
    first_seen: datetime
    tags: tuple[str, ...] = ()
    author: str = ""
    published: datetime | None = None
    published_from: str = ""
    quality: Quality = "headline"
    kind: VersionKind = "new"
    credit: str = ""
    relations: tuple[str, ...] = ()
    text_from: TextFrom = ""

    @property
    def time(self) -> datetime:
        """What `since:` and `until:` ask, and what "newest first" sorts by."""
        return version_time(self.n, self.published, self.first_seen)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a query found its word: *start* and *end* count characters in the named field."""

    field: Literal["title", "text"]
    start: int
    end: int
    word: str
