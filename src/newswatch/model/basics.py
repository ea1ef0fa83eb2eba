"""What every noun is made of: ids from content, the words a field may say.

Rule: no library, no clock, no settings; imports no other noun.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

ID_BYTES = 10  # 80 bits: a collision among ten million ids has a chance of about 4e-11
FUTURE_ALLOWED = timedelta(hours=1)  # clocks of newsrooms run ahead by minutes, not by hours
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # what a feed or page dates before it, it does not date

PagesMode = Literal["fetch", "link-only", "feed-only"]
FeedFormat = Literal["rss", "atom", "rdf", "sitemap", "json"]
LetterFormat = Literal["html", "text", "brief"]
# "archive" is a sitemap, a feed's page or a robots.txt that a backfill walks, "older" a feed's page of older entries, "further" one of an article's own pages, from the second on, "candidate" an
# address where a feed may be, "robots" what an address's robots.txt says, "heartbeat" an address that is to hear that
# newswatch goes on: whatever good it answers is heard.
RequestKind = Literal[
    "feed", "page", "archive", "older", "further", "candidate", "robots", "heartbeat"
]
Quality = Literal["full", "gallery", "video", "part", "lead", "headline"]
TextFrom = Literal[
    "", "feed", "page", "import"
]  # where a text came from; '' where it was not noted
VersionKind = Literal["new", "update", "correction", "cosmetic"]
Relation = Literal["same", "related", "other"]
Priority = Literal["urgent", "normal", "low"]
GroupBy = Literal["story", "rule"]
SurgeKind = Literal["spike", "volume", "silence"]


def content_id(*parts: str) -> str:
    """An id of 20 hex digits made from *parts* alone; ("a", "bc") and ("ab", "c") differ."""
    from hashlib import blake2b  # OpenSSL behind it takes as long to load as a search does

    digest = blake2b(digest_size=ID_BYTES)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.hexdigest()
