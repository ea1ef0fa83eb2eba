"""How a feed stands, in the words that all who show it use.

Rule: pure; a feed is an object as `store.Archive.feeds` gives it, with its *standing* in the files.
"""

from __future__ import annotations

from typing import Any

from newswatch.address import redact
from newswatch.wording import counted, when

CLOSED = "link-only"  # what becomes of a feed whose pages robots.txt forbids


def state(feed: dict[str, Any]) -> str:
    """How a feed does: the gravest of what is wrong with it, or "ok" and what is odd."""
    if feed["standing"] == "gone":
        return "no longer in feeds.yaml"
    if not feed["enabled"]:
        return "off"
    judged = {one["kind"]: one for one in feed["judgements"]}
    for kind in ("gone", "quarantined", "error-page", "empty"):
        if kind in judged:
            return f"{kind} since {when(judged[kind]['since'])}: {judged[kind]['evidence']}"
    if feed["failing_since"]:
        return f"failing since {when(feed['failing_since'])}: {feed['failure']}"
    if feed["resting_until"]:
        return f"resting until {when(feed['resting_until'])}, its host asked for it"
    for kind in ("overflow", "frozen", "nothing-new", "quiet"):
        if kind in judged:
            return f"{kind}: {judged[kind]['evidence']}"
    if feed["moved"]:
        return f"ok; moved to {redact(feed['moved'])}: write that in feeds.yaml"
    if feed["last_gap"]:
        return f"ok; may have missed entries before {when(feed['last_gap'])}"
    if feed["format"] and feed["read_as"] and feed["format"] != feed["read_as"]:
        return f"ok; came as {feed['read_as']}, feeds.yaml says {feed['format']}"
    for kind, one in judged.items():
        return f"ok; {kind}: {one['evidence']}"
    return "ok" if feed["last_good"] else "not polled yet"


def pages(feed: dict[str, Any]) -> str:
    """What is read of a feed's pages, and what in effect, where robots.txt forbids that."""
    closed = any(one["kind"] == "pages-closed" for one in feed["judgements"])
    return f"{feed['pages']}, now {CLOSED}" if closed and feed["pages"] != CLOSED else feed["pages"]


def window(size: int, lasts: int | None) -> str:
    """How wide a feed's window is, and how soon it is to move on whole."""
    said = counted(size, "entry", "entries")
    if not lasts:
        return said
    hours = round(lasts / 3600)
    span = counted(hours, "hour") if hours > 1 else counted(round(lasts / 60), "minute")
    return f"{said}, other ones in about {span}"
