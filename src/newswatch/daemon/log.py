"""The log of a running newswatch: lines of key=value.

Rule: what comes from outside is made safe for a terminal here, and nowhere else.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from newswatch.address import redact
from newswatch.model import Changeset, JudgementKind, Outcome
from newswatch.text import safe_text

# What a robots.txt closes, by what is judged of the feed.
CLOSED: dict[JudgementKind, str] = {"feed-closed": "its own address", "pages-closed": "its pages"}


def log_to(stream: TextIO, *, level: int = logging.INFO) -> Any:
    """A logger of key=value lines; what comes from outside is made safe for a terminal."""

    def safe(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
        return {k: safe_text(v) if isinstance(v, str) else v for k, v in event.items()}

    return structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            safe,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


def say_quarantined(log: Any, outcome: Outcome, changes: Changeset) -> None:
    """Say once that something went into quarantine, and that it came out."""
    if (request := changes.request) is None or request.quarantined == outcome.request.quarantined:
        return
    tell, event = (
        (log.error, "in quarantine") if request.quarantined else (log.info, "out of quarantine")
    )
    tell(event, id=request.id, kind=request.kind, feed=request.feed, url=redact(request.url))


def say_closed(log: Any, outcome: Outcome, changes: Changeset) -> None:
    """Say once what a source's robots.txt has come to forbid, and once that it allows it again."""
    if changes.request is None or outcome.request.kind != "feed":
        return
    before = {one.kind: one for one in outcome.request.health.judgements}
    now = {one.kind: one for one in changes.request.health.judgements}
    feed = outcome.request.feed
    for kind, what in CLOSED.items():
        if kind in now and kind not in before:
            log.warning("closed to robots", feed=feed, reason=now[kind].evidence)
        elif kind in before and kind not in now:
            log.info("open to robots again", feed=feed, what=what)
