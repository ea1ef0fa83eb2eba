"""Whether anything in an archive was changed behind its history's back, and where.

Rule: read only, from the first change to the last; what is found is named by its change and its time. The
history is replayed into a scratch database, in which the archive can be read as `kept`, and held against that. What the history
tells to be gone (`pruned`) may be gone; its hash stays. Whatever stands in a column, it is named and stops nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from newswatch.model import StoreDamaged
from newswatch.store import chain
from newswatch.store.contract import Proof
from newswatch.store.replay import TABLES, UNREADABLE, read, replay

BATCH = 10_000  # changes read in one go
MOST = 100  # of what is found: behind a broken link the rest is as good as unknown

Telling = Callable[[int, int], None]

# What is compared of each table: its key, its other columns, which one is the subject of its changes, and how a row
# of it is called.
COMPARED = {
    "article": (
        ("id",),
        ("url", "story", "source", "newsroom", "first_seen", "current", "versions", "quiet"),
        "id",
        "article {id}",
    ),
    "address": (("article", "url"), (), "article", "address {url} of article {article}"),
    "story": (("id",), ("first_seen", "last_seen", "merged_into"), "id", "story {id}"),
    "parted": (
        ("article", "story"),
        (),
        "article",
        "the parting of article {article} from story {story}",
    ),
    "link": (
        ("article", "other"),
        ("relation", "score", "threshold", "decided_by", "features", "at"),
        "article",
        "the evidence on article {article} and {other}",
    ),
    "match": (
        ("rule", "version"),
        ("article", "story", "at", "spans"),
        "version",
        "the match of rule {rule} in version {version}",
    ),
    "notification": (
        ("recipient", "digest", "rule", "story", "occasion"),
        ("version", "article", "at", "priority", "letter", "inhibited"),
        "story",
        "what {recipient} is told by rule {rule} of story {story} ({occasion})",
    ),
    "letter": (("id",), ("recipient", "address", "digest", "slot", "state"), "id", "letter {id}"),
    "surge": (
        ("id",),
        ("rule", "fingerprint", "kind", "at", "said"),
        "id",
        "what rule {rule} told of at {at}",
    ),
}
UNTOLD = "is there, and no change tells of it"
HASHED = ("features", "spans")  # columns whose hash the history holds


def verify(connection: Any, against: tuple[int, str] | None, tell: Telling) -> Proof:
    """Follow the whole chain, and hold what the archive holds against what it tells, and the chain *against* a
    head (change id, 64 hex digits) that was kept elsewhere. *tell* hears how many changes of how many.
    """
    last, head = chain.head(connection)
    found: list[str] = []
    _prepare(connection)
    taken = _replica_until(connection)
    before, expected, met = chain.NOTHING, 1, against is None
    for row in _changes(connection):
        id_, at, kind, subject, data, sealed = tuple(row)
        if id_ != expected:
            found.append(f"changes {expected} to {id_ - 1} are gone, before {at}")
        before = _hash(chain.link, before, (id_, at, kind, subject, data))
        if before != sealed:
            found.append(f"change {id_} of {at} ({kind} {subject}) is not as it was kept")
            before = (
                sealed if isinstance(sealed, bytes) else chain.NOTHING
            )  # what follows is held against itself
        if against is not None and id_ == against[0]:
            met = True
            if before.hex() != against[1]:
                found.append(f"the history up to change {id_} is not the one of the head given")
        _follow(connection, row)
        if id_ == taken:  # letters are the first archive's
            connection.execute("DELETE FROM main.letter")
            connection.execute("DELETE FROM main.notification")
            connection.execute("DELETE FROM main.told WHERE what = 'letter'")
        expected = id_ + 1
        if id_ % BATCH == 0:
            tell(id_, last)
        if len(found) >= MOST:
            break
    else:
        found += _ends(connection, expected, against if not met else None)
        for differing in (_versions(connection), _letters(connection), _compared(connection)):
            for one in differing:
                found.append(one)
                if len(found) >= MOST:
                    break
    tell(last, last)
    held = dict(
        connection.execute(
            "SELECT what, count(*) FROM main.told WHERE sha256 <> '' GROUP BY what"
        ).fetchall()
    )
    return Proof(
        chain.spoken(last, head if isinstance(head, bytes) else chain.NOTHING),
        last,
        held.get("version", 0),
        held.get("letter", 0),
        tuple(found[:MOST]),
        taken,
    )


def _hash(of: Callable[..., Any], *values: Any) -> Any:
    """A hash of what may be of any type by now; None, which no hash is, of what none was ever made of."""
    try:
        return of(*values)
    except (TypeError, ValueError):
        return None


def _prepare(connection: Any) -> None:
    """Empty tables of the archive's own shapes in the scratch database, which stand before the archive's own for
    whoever names no schema.
    """
    connection.text_factory = lambda text: text.decode(
        "utf-8", "replace"
    )  # else such a row cannot be named
    connection.create_function("of_bytes", 1, chain.of_bytes, deterministic=True)
    for table in TABLES:
        row = connection.execute(
            "SELECT sql FROM kept.sqlite_master WHERE type = 'table' AND name = ?", (table,)
        ).fetchone()
        if row is None:
            raise StoreDamaged(f"the table {table} is gone: see `newswatch restore`")
        (made,) = row
        connection.execute(made)
    for index in ("article(story, first_seen)", "notification(story)", "match(article)"):
        name = index.partition("(")[0]
        connection.execute(f"CREATE INDEX main.told_{name} ON {index}")
    connection.execute(
        "CREATE TABLE told (what TEXT, id TEXT, article TEXT, sha256 TEXT, bare TEXT, revision TEXT,"
        " pruned INTEGER, PRIMARY KEY (what, id)) WITHOUT ROWID"
    )


def _replica_until(connection: Any) -> int:
    """The last change that came from another archive's stream, whose letters are that one's; 0 for none."""
    row = connection.execute("SELECT value FROM kept.meta WHERE key = 'replica'").fetchone()
    return int(row[0]) if row and str(row[0]).isdecimal() else 0


def _follow(connection: Any, row: Any) -> None:
    """Let the scratch database hold what a change tells of. One that cannot be read is found by its chain."""
    try:
        told = read(row)
        if told.kind in ("version", "letter"):
            said = told.data
            revision = said.get("revision", "" if "bare" in said else None)
            connection.execute(
                "INSERT OR REPLACE INTO main.told VALUES (?, ?, ?, ?, ?, ?, 0)",
                (told.kind, told.subject, said.get("article", ""), said.get("sha256", ""), said.get("bare", ""), revision),
            )  # fmt: skip
        elif told.kind == "pruned":
            _pruned(connection, told.data, told.subject)
        replay(connection, told)
    except UNREADABLE:
        return


def _pruned(connection: Any, said: Any, subject: str) -> None:
    how = {"texts": 1, "article": 2}.get(said["what"], 0)
    connection.executemany(
        "UPDATE main.told SET pruned = max(pruned, ?) WHERE what = 'version' AND id = ?",
        [(how, version) for version in said.get("versions", ())],
    )
    if how == 1:  # of what rules found there is left what they found in headlines
        connection.execute("UPDATE main.match SET spans = NULL WHERE article = ?", (subject,))


def _changes(connection: Any) -> Iterator[Any]:
    after = 0
    while batch := connection.execute(
        "SELECT id, at, kind, subject, data, chain FROM kept.change WHERE id > ? ORDER BY id LIMIT ?",
        (after, BATCH),
    ).fetchall():
        yield from batch
        after = batch[-1][0]


def _ends(connection: Any, expected: int, against: tuple[int, str] | None) -> Iterator[str]:
    """Changes that there were, and that the history ends before."""
    counted = connection.execute(
        "SELECT seq FROM kept.sqlite_sequence WHERE name = 'change'"
    ).fetchone()
    if counted and counted[0] >= expected:
        yield f"changes {expected} to {counted[0]} are gone, the last there were"
    if against is not None:
        yield f"the history ends before change {against[0]}, the head given"


def _where(connection: Any, subject: str) -> str:
    """The last change that tells of a row, in words."""
    row = connection.execute(
        "SELECT id, at FROM kept.change WHERE subject = ? ORDER BY id DESC LIMIT 1", (subject,)
    ).fetchone()
    return f", which change {row[0]} of {row[1]} tells of" if row else ""


def _versions(connection: Any) -> Iterator[str]:
    """Versions that are not as they were kept, and what changed in them."""
    for id_, article in connection.execute(
        "SELECT id, article FROM main.told WHERE what = 'version' AND pruned < 2"
        " AND id NOT IN (SELECT id FROM kept.version)"
    ):
        yield f"version {id_} of article {article} is gone{_where(connection, id_)}"
    for row in connection.execute(
        "SELECT told.id AS told_id, told.sha256, told.bare, told.revision AS told_revision, told.pruned,"
        " version.*, revision.new, revision.old, revision.changes, revision.note, revision.kept,"
        " revision.kind AS revised FROM temp.version LEFT JOIN main.told"
        " ON told.what = 'version' AND told.id = version.id"
        " LEFT JOIN kept.revision ON revision.new = version.id ORDER BY version.row"
    ):
        id_, whose = row["id"], f"version {row['id']} of article {row['article']}"
        if row["told_id"] is None or row["pruned"] == 2:
            yield f"version {id_} {UNTOLD}"
            continue
        as_kept = (
            # Where a text is not there, its month's file is named for all of them.
            (not row["sha256"] or row["text"] is None or (row["pruned"] and row["text"] == "") or _hash(chain.of_version, row) == row["sha256"])
            and (not row["bare"] or _hash(chain.of_bare_version, row) == row["bare"])
        )  # fmt: skip
        if not as_kept:
            yield f"{whose} is not as it was kept{_where(connection, id_)}"
        if row["told_revision"] is None:
            continue
        revision = {name: row[name] for name in chain.REVISION} | {"kind": row["revised"]}
        now = "" if row["new"] is None else _hash(chain.of_revision, revision)
        if now != row["told_revision"]:
            yield f"what changed in {whose} is not as it was kept{_where(connection, id_)}"


def _letters(connection: Any) -> Iterator[str]:
    """Letters whose content is not what was sealed."""
    for id_, recipient, content, sealed in connection.execute(
        "SELECT letter.id, letter.recipient, content, sha256 FROM kept.letter JOIN main.told"
        " ON told.what = 'letter' AND told.id = letter.id WHERE sha256 <> '' ORDER BY letter.id"
    ):
        if _hash(chain.of_letter, content) != sealed:
            yield f"letter {id_} to {recipient} is not as it was kept{_where(connection, id_)}"


def _compared(connection: Any) -> Iterator[str]:
    """Rows that are gone, that no change tells of, and that are not as they were kept."""
    for table, (key, columns, subject, called) in COMPARED.items():
        same = " AND ".join(f"kept.{name} = told.{name}" for name in key)
        kept, told = f"kept.{table} AS kept", f"main.{table} AS told"
        for here, there, of in (("told", kept, told), ("kept", told, kept)):
            gone = here == "told"
            for row in connection.execute(
                f"SELECT {here}.* FROM {of} LEFT JOIN {there} ON {same}"  # noqa: S608 - our own names
                f" WHERE {'kept' if gone else 'told'}.{key[0]} IS NULL"
            ):
                why = f"is gone{_where(connection, row[subject])}"
                yield f"{called.format(**row)} {why if gone else UNTOLD}"
        unlike = {
            name: f"(typeof(kept.{name}) <> 'text' OR of_bytes(CAST(kept.{name} AS BLOB)) <> told.{name})"
            if name in HASHED
            else f"kept.{name} IS NOT told.{name}"
            for name in columns
        }  # fmt: skip
        if not unlike:
            continue
        which = ", ".join(f"ifnull({how}, 0) AS unlike_{name}" for name, how in unlike.items())
        for row in connection.execute(
            f"SELECT kept.*, {which} FROM {kept} JOIN {told} ON {same} WHERE {' OR '.join(unlike.values())}"  # noqa: S608 - ours
        ):
            named = ", ".join(name for name in unlike if row[f"unlike_{name}"])
            where = _where(connection, row[subject])
            yield f"{called.format(**row)} is not as it was kept ({named}){where}"
