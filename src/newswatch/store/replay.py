"""The history replayed: what the changes, one after another, say that an archive holds.

Rule: on whichever connection it is given, by the statements of the deeds that were told of: an archive's own
tables where it is built from another's stream (`replica`), temporary ones of the same names where an archive is
held to its history (`proof`). Versions with their texts, and the search index, are the caller's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from newswatch.store import pruning, stories
from newswatch.store.sqlite import REFUSED, pack

# The tables that a history tells of; those of versions and of what changed in them are told by their hashes.
TABLES = (
    "article",
    "address",
    "story",
    "parted",
    "link",
    "match",
    "notification",
    "letter",
    "surge",
)
# What comes of a change that no newswatch told.
UNREADABLE = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    *REFUSED,
)
STATES = ("sent", "waiting", "dead", "dropped")  # of a letter, each a kind of change


@dataclass(frozen=True, slots=True)
class Told:
    """One change as it was told: *data* read, and *holds*, the long column that its hash there stands for (a
    match's spans, a link's features), or the hash itself.
    """

    id: int
    at: str
    kind: str
    subject: str
    data: Mapping[str, Any]
    holds: str = ""


def replay(connection: Any, told: Told) -> None:
    """Let *connection*'s tables hold what a change tells of; nothing for kinds that tell of other things."""
    step = _STEPS.get(told.kind)
    if step is not None:
        step(connection, told)


def _whole(connection: Any, _told: Told) -> None:
    """What was told before, an older newswatch did not tell whole: what stood then is told again."""
    for table in TABLES:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names


def _story(connection: Any, told: Told) -> None:
    said = told.data
    connection.execute(
        "INSERT OR REPLACE INTO story(id, first_seen, last_seen, merged_into) VALUES (?, ?, ?, ?)",
        (told.subject, said["first_seen"], said["last_seen"], said["merged_into"]),
    )


def _article(connection: Any, told: Told) -> None:
    said = told.data
    connection.execute(
        "INSERT OR REPLACE INTO article(id, url, story, source, newsroom, first_seen, current, versions, quiet)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            told.subject, said["url"], said["story"], said["source"], said["newsroom"], said["first_seen"],
            said.get("current", ""), said.get("versions", 0), said["quiet"],
        ),
    )  # fmt: skip
    connection.execute(
        "INSERT INTO story(id, first_seen, last_seen) VALUES (?1, ?2, ?2)"
        " ON CONFLICT(id) DO UPDATE SET last_seen = max(last_seen, ?2)",
        (said["story"], said["first_seen"]),
    )


def _address(connection: Any, told: Told) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO address VALUES (?, ?)", (told.subject, told.data["url"])
    )


def _parted(connection: Any, told: Told) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO parted VALUES (?, ?)", (told.subject, told.data["story"])
    )


def _version(connection: Any, told: Told) -> None:
    connection.execute(
        "UPDATE article SET current = ?, versions = versions + 1 WHERE id = ?",
        (told.subject, told.data["article"]),
    )


def _current(connection: Any, told: Told) -> None:
    connection.execute(
        "UPDATE article SET current = ? WHERE id = ?", (told.data["version"], told.subject)
    )


def _link(connection: Any, told: Told) -> None:
    said = told.data
    connection.execute(
        "INSERT OR REPLACE INTO link VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            told.subject, said["other"], said["relation"], said["score"], said["threshold"], said["decided_by"],
            told.holds, said.get("at", told.at),
        ),
    )  # fmt: skip


def _merge(connection: Any, told: Told) -> None:
    into = told.data["into"]
    if told.data.get("by") == "hand":
        stories.reconcile(connection, told.subject, into)
    stories.bring_together(connection, told.subject, into)


def _split(connection: Any, told: Told) -> None:
    said = told.data
    founded = bool(said.get("founded"))
    stories.take_apart(connection, told.subject, said["from"], said["articles"], founded=founded)


def _rule(connection: Any, told: Told) -> None:
    if told.data.get("anew"):
        connection.execute("DELETE FROM match WHERE rule = ?", (told.subject,))


def _match(connection: Any, told: Told) -> None:
    said = told.data
    if "spans" in said:  # else of an older newswatch
        connection.execute(
            "INSERT OR IGNORE INTO match VALUES (?, ?, ?, ?, ?, ?)",
            (said["rule"], told.subject, said["article"], said["story"], said["at"], told.holds),
        )


def _key(told: Told) -> tuple[str, ...]:
    said = told.data
    return said["recipient"], said["digest"], said["rule"], told.subject, said["occasion"]


_OF_KEY = "recipient = ? AND digest = ? AND rule = ? AND story = ? AND occasion = ?"


def _notification(connection: Any, told: Told) -> None:
    said = told.data
    if "version" in said:
        connection.execute(
            "INSERT OR IGNORE INTO notification VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *_key(told), said["version"], said["article"], said["at"], said["priority"],
                said.get("letter", ""), said.get("inhibited", ""),
            ),
        )  # fmt: skip


def _unsaid(connection: Any, told: Told) -> None:
    if "digest" in told.data:
        connection.execute(f"DELETE FROM notification WHERE {_OF_KEY}", _key(told))  # noqa: S608 - ours


def _inhibited(connection: Any, told: Told) -> None:
    if "digest" in told.data:
        connection.execute(
            f"UPDATE notification SET letter = ?, inhibited = ? WHERE {_OF_KEY}",  # noqa: S608 - our own names
            (told.data["letter"], told.data["by"], *_key(told)),
        )


def _readdress(connection: Any, told: Told) -> None:
    said = told.data
    whose = said["recipient"], said["digest"], told.subject
    connection.execute(
        "UPDATE OR IGNORE notification SET digest = ? WHERE recipient = ? AND digest = ? AND rule = ?",
        (said["to"], *whose),
    )
    connection.execute(
        "DELETE FROM notification WHERE recipient = ? AND digest = ? AND rule = ? AND letter = ''",
        whose,
    )


def _letter(connection: Any, told: Told) -> None:
    said = told.data
    if "carries" not in said:
        return
    connection.execute(
        "INSERT OR REPLACE INTO letter(id, recipient, address, digest, slot, state) VALUES (?, ?, ?, ?, ?, ?)",
        (
            told.subject, said["recipient"], said["address"], said["digest"], said["slot"],
            said.get("state", "waiting"),
        ),
    )  # fmt: skip
    connection.executemany(
        f"UPDATE notification SET letter = ? WHERE {_OF_KEY}",  # noqa: S608 - our own names
        [(told.subject, *key) for key in said["carries"]],
    )


def _surge(connection: Any, told: Told) -> None:
    said = told.data
    connection.execute(
        "INSERT OR IGNORE INTO surge VALUES (?, ?, ?, ?, ?, ?)",
        (told.subject, said["rule"], said["fingerprint"], said["kind"], said["at"], pack(said["said"])),
    )  # fmt: skip


def _state(connection: Any, told: Told) -> None:
    connection.execute(
        "UPDATE letter SET state = ?, address = coalesce(nullif(?, ''), address) WHERE id = ?",
        (told.kind, told.data.get("address", ""), told.subject),
    )


def _pruned(connection: Any, told: Told) -> None:
    if told.data["what"] == "article":
        for table, column in pruning.OF_AN_ARTICLE:
            if table in TABLES:
                connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (told.subject,))  # noqa: S608
    elif told.data["what"] == "story":
        pruning.forget_stories(connection, told.data["names"])


_STEPS: dict[str, Callable[[Any, Told], None]] = {
    "whole": _whole, "story": _story, "parted": _parted, "article": _article, "address": _address, "version": _version,
    "current": _current, "link": _link, "merge": _merge, "split": _split, "rule": _rule, "match": _match,
    "notification": _notification, "unsaid": _unsaid, "inhibited": _inhibited, "readdress": _readdress,
    "letter": _letter, "surge": _surge, "pruned": _pruned, **dict.fromkeys(STATES, _state),
}  # fmt: skip


def read(row: Any, holds: str = "") -> Told:
    """A row of `change` as it tells; *holds* as in `Told`, by default the hash."""
    data = json.loads(row["data"])
    return Told(
        row["id"], row["at"], row["kind"], row["subject"], data,
        holds or data.get("spans") or data.get("features") or "",
    )  # fmt: skip
