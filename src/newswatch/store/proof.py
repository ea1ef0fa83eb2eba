"""Whether anything in an archive was changed behind its history's back, and where.

Rule: read only, from the first change to the last; what is found is named by its change and its time. What
the history tells to be gone (`pruned`) may be gone; its hash stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from newswatch.store import chain
from newswatch.store.contract import Proof

BATCH = 10_000  # changes read in one go
MOST = 100  # of what is found: behind a broken link the rest is as good as unknown
SEALED = {"version": "version", "letter": "letter"}  # kinds of change, and the tables they tell of

Telling = Callable[[int, int], None]


def verify(connection: Any, against: tuple[int, str] | None, tell: Telling) -> Proof:
    """Follow the whole chain, and hold every version and letter against its hash, and the chain *against* a
    head (change id, 64 hex digits) that was kept elsewhere. *tell* hears how many changes of how many.
    """
    last, _ = chain.head(connection)
    found: list[str] = []
    pruned = {
        id_
        for (data,) in connection.execute("SELECT data FROM change WHERE kind = 'pruned'")
        for id_ in json.loads(data)["versions"]
    }
    told: dict[str, set[str]] = {table: set() for table in SEALED.values()}
    covered = dict.fromkeys(told, 0)
    before, expected, met = chain.NOTHING, 1, against is None
    for row in _changes(connection):
        id_, at, kind, subject, data, sealed = row
        if id_ != expected:
            found.append(f"changes {expected} to {id_ - 1} are gone, before {at}")
        before = chain.link(before, (id_, at, kind, subject, data))
        if before != sealed:
            found.append(f"change {id_} of {at} ({kind} {subject}) is not as it was kept")
            before = sealed  # what follows is held against itself
        if against is not None and id_ == against[0]:
            met = True
            if sealed.hex() != against[1]:
                found.append(f"the history up to change {id_} is not the one of the head given")
        if (table := SEALED.get(kind, "")) and subject not in told[table]:
            told[table].add(subject)
            gone = subject in pruned  # its hash is what is left of it
            wrong = "" if gone else _differs(connection, table, subject, data, covered)
            if wrong:
                found.append(f"{wrong}, which change {id_} of {at} tells of")
        expected = id_ + 1
        if id_ % BATCH == 0:
            tell(id_, last)
        if len(found) >= MOST:
            break
    else:
        found += _ends(connection, expected, against if not met else None)
        found += _untold(connection, told)
        found += _unshown(connection)
    tell(last, last)
    return Proof(
        chain.spoken(*chain.head(connection)),
        last,
        covered["version"],
        covered["letter"],
        tuple(found[:MOST]),
    )


def _changes(connection: Any) -> Iterator[Any]:
    after = 0
    while batch := connection.execute(
        "SELECT id, at, kind, subject, data, chain FROM change WHERE id > ? ORDER BY id LIMIT ?",
        (after, BATCH),
    ).fetchall():
        yield from batch
        after = batch[-1][0]


def _differs(connection: Any, table: str, subject: str, data: str, covered: dict[str, int]) -> str:
    """What is wrong with the row that a change tells of, '' for nothing; before there were hashes, none
    can be said to differ.
    """
    row = connection.execute(f"SELECT * FROM {table} WHERE id = ?", (subject,)).fetchone()  # noqa: S608
    if row is None:
        return f"{table} {subject} is gone"
    said = json.loads(data).get("sha256")
    if said is None:
        return ""
    covered[table] += 1
    now = chain.of_version(row) if table == "version" else chain.of_letter(row["content"])
    whose = f" of article {row['article']}" if table == "version" else f" to {row['recipient']}"
    return "" if now == said else f"{table} {subject}{whose} is not as it was kept"


def _ends(connection: Any, expected: int, against: tuple[int, str] | None) -> Iterator[str]:
    """Changes that there were, and that the history ends before."""
    counted = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'change'").fetchone()
    if counted and counted[0] >= expected:
        yield f"changes {expected} to {counted[0]} are gone, the last there were"
    if against is not None:
        yield f"the history ends before change {against[0]}, the head given"


def _untold(connection: Any, told: dict[str, set[str]]) -> Iterator[str]:
    """Rows that no change tells of."""
    for table, known in told.items():
        for (id_,) in connection.execute(f"SELECT id FROM {table}"):  # noqa: S608 - our own names
            if id_ not in known:
                yield f"{table} {id_} is there, and no change tells of it"


def _unshown(connection: Any) -> Iterator[str]:
    """Articles that are gone while their versions stand, or that show no version of theirs."""
    for id_, article in connection.execute(
        "SELECT max(version.id), article FROM version LEFT JOIN article ON article.id = version.article"
        " WHERE article.id IS NULL GROUP BY article"
    ):
        yield f"article {article} is gone, and its version {id_} is there"
    for (article,) in connection.execute(
        "SELECT article.id FROM article LEFT JOIN version"
        " ON version.id = article.current AND version.article = article.id WHERE version.id IS NULL"
    ):
        yield f"article {article} shows no version that was kept of it"
