"""What a server's headers say, as values: any bytes may stand in them.

Rule: pure; a header that says nothing usable is None or '', and every wait is bounded.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from multidict import CIMultiDictProxy

LONGEST_WAIT = 7 * 86400
LONGEST_VALIDATOR = 1000  # characters

# What servers write of a body as it is.
NO_CODING = frozenset({"", "chunked", "identity", "none", "utf-8", "utf8", "binary"})

Headers = CIMultiDictProxy[str]


def encodings(headers: Headers) -> str:
    """How a body is encoded: Content-Encoding in all its lines, and a Transfer-Encoding other than
    chunks, which aiohttp undoes. Names of no coding, or of a charset, say nothing.
    """
    lines = (*headers.getall("Transfer-Encoding", ()), *headers.getall("Content-Encoding", ()))
    names = [name.strip().lower() for line in lines for name in line.split(",")]
    return ", ".join(name for name in names if name not in NO_CODING)


def said(headers: Headers, name: str) -> str:
    """A header's value; aiohttp leaves bytes that are no UTF-8 as surrogates, no store takes those."""
    return headers.get(name, "").encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def location(headers: Headers) -> str | None:
    """Where a redirect leads, None for nowhere; bytes that are no UTF-8 stay the bytes they are."""
    value = headers.get("Location")
    if value is None:
        return None
    return re.sub("[\udc80-\udcff]", lambda found: f"%{ord(found[0]) - 0xDC00:02X}", value)


def retry_after(headers: Headers) -> int | None:
    """Retry-After in seconds; a date counts from the server's own Date. None when it says none."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:12]), LONGEST_WAIT)
    try:
        until, since = _date(value), _date(headers.get("Date", ""))
        return min(max(0, round((until - since).total_seconds())), LONGEST_WAIT)
    except (ValueError, TypeError, OverflowError):
        return None


def _date(value: str) -> datetime:
    """A date in any of HTTP's three forms; the oldest, of C's asctime, names no zone and means UTC."""
    found = parsedate_to_datetime(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def max_age(headers: Headers) -> int | None:
    """Cache-Control's max-age in seconds, None when it says none."""
    rules = ",".join(headers.getall("Cache-Control", ()))
    found = re.search(r"(?:^|[,\s])max-age\s*=\s*\"?([0-9]{1,12})", rules, re.IGNORECASE)
    return min(int(found[1]), LONGEST_WAIT) if found else None


def validator(value: str | None) -> str:
    """An ETag or Last-Modified as it came; '' where it could not be sent back byte for byte."""
    return value if value and value.isprintable() and len(value) <= LONGEST_VALIDATOR else ""
