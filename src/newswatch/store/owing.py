"""What readers are owed, as a changeset writes it.

Rule: inside the changeset's own transaction, so that no letter can carry what is being taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from newswatch.model import Notification
from newswatch.store import chain
from newswatch.store.sqlite import stamp

# A story goes by the name of an article: what was told of one that became part of another stays under
# its own name where its readers had been told of that other too.
TOLD_AS = "notification.story IN (SELECT :story UNION SELECT id FROM article WHERE story = :story)"
# By the story, told to few: SQLite would go by the reader, who may have been told of all there is.
TOLD = "notification INDEXED BY notification_story"
_KEY = "recipient = ? AND digest = ? AND rule = ? AND story = ? AND occasion = ?"


def owe(connection: Any, notifications: Iterable[Notification], now: datetime) -> None:
    """Keep what is owed from *now* on, each once, and let go of what it takes back."""
    for n in notifications:
        if n.unsays and not _unsay(connection, n, now):
            continue
        added = connection.execute(
            "INSERT OR IGNORE INTO notification VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', '')",
            (
                n.recipient,
                n.digest,
                n.rule,
                n.story,
                n.occasion,
                n.version,
                n.article,
                stamp(n.at),
                n.priority,
            ),
        )
        if added.rowcount:
            told = {
                "version": n.version,
                "article": n.article,
                "at": stamp(n.at),
                "priority": n.priority,
            }
            chain.record(connection, now, "notification", n.story, _said(n, n.occasion) | told)


def _unsay(connection: Any, n: Notification, now: datetime) -> bool:
    """Owe no more what *n* takes back; whether a letter carries some of it already. What first told
    of a story stays owed: a letter tells of the article as it stands.
    """
    told = False
    for story, occasion in n.unsays:
        key = (n.recipient, n.digest, n.rule, story, occasion)
        found = connection.execute(
            f"SELECT letter FROM notification WHERE {_KEY}",  # noqa: S608 - our own text
            key,
        ).fetchone()
        if found is None:
            continue
        if found["letter"]:
            told = True
        elif occasion != "first":
            connection.execute(f"DELETE FROM notification WHERE {_KEY}", key)  # noqa: S608
            chain.record(connection, now, "unsaid", story, _said(n, occasion))
    return told


def _said(n: Notification, occasion: str) -> dict[str, str]:
    return {"recipient": n.recipient, "digest": n.digest, "rule": n.rule, "occasion": occasion}
