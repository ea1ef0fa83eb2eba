"""What a store must hold to: no row that leads nowhere, nothing twice, a sound file and an unbroken history.

Rule: asked of the tables themselves, so that no reader's join hides what is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from newswatch.store.keeper import SqliteKeeper
from newswatch.store.sqlite import open_reader

# What a row names, and where that must be: (table, column, table, column, of which rows).
LEADS = (
    ("version", "article", "article", "id", ""),
    ("article", "current", "version", "id", ""),
    ("article", "story", "story", "id", ""),
    ("story", "id", "article", "story", "merged_into = ''"),
    ("story", "merged_into", "story", "id", "merged_into <> ''"),
    ("revision", "new", "version", "id", ""),
    ("revision", "old", "version", "id", "old <> ''"),
    ("sighting", "article", "article", "id", ""),
    ("sighting", "version", "version", "id", "version <> ''"),
    ("address", "article", "article", "id", ""),
    ("link", "article", "article", "id", ""),
    ("link", "other", "article", "id", ""),
    ("gram", "story", "story", "id", ""),
    ("exact", "story", "story", "id", ""),
    ("headline", "story", "story", "id", ""),
    ("match", "version", "version", "id", ""),
    ("match", "article", "article", "id", ""),
    ("match", "story", "story", "id", ""),
    ("match", "rule", "rule", "name", ""),
    ("notification", "version", "version", "id", ""),
    ("notification", "article", "article", "id", ""),
    ("notification", "story", "story", "id", ""),
    ("notification", "letter", "letter", "id", "letter <> ''"),
    ("slot", "letter", "letter", "id", "letter <> ''"),
    ("window", "request", "request", "id", ""),
    ("gap", "request", "request", "id", ""),
    ("request", "feed", "feed", "name", "kind = 'feed'"),
    ("place", "row", "version", "row", ""),
    ("version", "row", "place", "row", ""),
    ("unspelt", "surface", "word", "surface", ""),
    ("spelling", "surface", "word", "surface", ""),
)  # fmt: skip
# Nothing of these may be found.
NEVER = {
    "a version's number is missing": (
        "SELECT article FROM version GROUP BY article HAVING max(n) <> count(*) OR min(n) <> 1"
    ),
    "an article's versions are counted wrong": (
        "SELECT id FROM article WHERE versions <>"
        " (SELECT count(*) FROM version WHERE version.article = article.id)"
    ),
    "a notification is told by a letter to somebody else": (
        "SELECT 1 FROM notification JOIN letter ON letter.id = letter"
        " WHERE letter.recipient <> notification.recipient"
    ),
    "a version is in no index": (
        "SELECT place FROM place WHERE place NOT IN (SELECT rowid FROM version_index)"
    ),
    "a letter is neither waiting, sent nor dead": (
        "SELECT id FROM letter WHERE state NOT IN ('waiting', 'sent', 'dead', 'dropped')"
    ),
}


def orphans(path: Path) -> list[str]:
    """What is broken in the store at *path*, in words; empty where nothing is."""
    found = [f"the file: {wrong}" for wrong in SqliteKeeper(path).check()]
    connection = open_reader(path)
    try:
        ask = connection.execute
        found += [f"foreign key: {tuple(row)}" for row in ask("PRAGMA foreign_key_check")]
        for table, column, other, key, where in LEADS:
            lost = ask(
                f'SELECT count(*) FROM "{table}" WHERE "{column}" NOT IN'
                f' (SELECT "{key}" FROM "{other}")' + (f" AND {where}" if where else "")
            ).fetchone()[0]
            found += [f"{lost} of {table}.{column} lead to no {other}"] if lost else []
        for wrong, sql in NEVER.items():
            rows: list[Any] = ask(sql).fetchall()
            found += [f"{wrong}: {[tuple(row) for row in rows[:3]]}"] if rows else []
    finally:
        connection.close()
    proof = SqliteKeeper(path).verify(None, lambda _done, _of: None)
    return found + [f"history: {wrong}" for wrong in proof.found]
