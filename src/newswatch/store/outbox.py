"""What the second walk does with the store: what is owed, letters sealed, what became of them.

Rule: a letter's bytes are stored before they are sent and never change; sealing and marking are
lasting deeds (they survive a power cut). A letter is `waiting`, `sent`, `dead` or `dropped`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from newswatch import marks
from newswatch.model import (
    Copy,
    Digest,
    Footer,
    Item,
    Letter,
    Notification,
    Revision,
    Sent,
    Span,
    SurgeItem,
    Version,
)
from newswatch.store import chain, period, rows, surging
from newswatch.store.contract import NotPossible
from newswatch.store.owing import TOLD, TOLD_AS
from newswatch.store.sqlite import Boundary, deed, in_own_words, maybe_moment, moment, stamp
from newswatch.text import folded

OWED_AT_ONCE = 5000
SAYS_NEWS = frozenset(
    {"first", "correction", "retraction", "update", "repeat"}
)  # the occasions on which a text is told
# "letter <> ''" is what the index says of itself: without it all that was ever owed is gone through.
BEFORE_IT = (  # letters that wait and tell the reader of *letter* of one of its stories, sealed before it
    "SELECT before.id FROM notification AS own JOIN notification AS other"
    " ON other.story = own.story AND other.recipient = own.recipient AND other.letter <> own.letter"
    " JOIN letter AS before ON before.id = other.letter AND before.state = 'waiting'"
    " WHERE own.letter = letter.id AND own.letter <> '' AND (before.sealed, before.id) < (letter.sealed, letter.id)"
)
TAKES_BACK = ("return:", "reinstated:")


@in_own_words
class SqliteOutbox:
    """Notifications, slots and letters of one SQLite store."""

    def __init__(self, connection: Any, path: Path, boundary: Boundary) -> None:
        self._connection = connection
        self._path = path
        self._boundary = boundary
        self._counted: period.Counted = {}

    # ── what is owed ────────────────────────────────────────────────────────────────────────

    def owed(self, recipient: str = "", digest: str = "") -> tuple[Notification, ...]:
        """Notifications no letter carries yet, the oldest 5,000 first; those of one recipient and
        digest where both are named, so that nobody's crowd hides another's.
        """
        whose = " AND recipient = ? AND digest = ?" if recipient else ""
        found = self._connection.execute(
            f"SELECT * FROM notification WHERE letter = ''{whose}"  # noqa: S608 - our own text
            " ORDER BY at, recipient, digest, rule, story, occasion LIMIT ?",
            (*((recipient, digest) if recipient else ()), OWED_AT_ONCE),
        )
        return tuple(rows.notification_of(row) for row in found)

    def found_since(self, recipient: str, digest: str, since: datetime) -> tuple[Notification, ...]:
        """Notifications of one recipient and digest after *since*, told or not, the newest 5,000, in order."""
        found = self._connection.execute(
            "SELECT * FROM notification WHERE recipient = ? AND digest = ? AND at > ?"
            " ORDER BY at DESC, rule, story, occasion LIMIT ?",
            (recipient, digest, stamp(since), OWED_AT_ONCE),
        ).fetchall()
        return tuple(rows.notification_of(row) for row in reversed(found))

    def item(self, owed: Notification) -> Item:
        """What a letter says of *owed*: the article as it stands now, its copies, what changed since the
        version that matched, or since the reader was told.
        """
        row = self._row(
            "SELECT version.* FROM article JOIN version ON version.id = article.current"
            " WHERE article.id = ?",
            owed.article,
        )
        matched = rows.version_of(self._row("SELECT * FROM version WHERE id = ?", owed.version))
        version = rows.version_of(row) if row else matched
        about = owed.occasion.partition(":")[0]
        spans = self._spans(owed.rule, version.id)
        lost = self._spans(owed.rule, matched.id) if about == "first" and not spans else ()
        told, told_at = self._told(owed, matched) if about != "first" else (None, None)
        found_first = self._row(
            "SELECT min(version.n) FROM match JOIN version ON version.id = match.version"
            " WHERE match.rule = ? AND match.article = ?",
            owed.rule, owed.article,
        )[0]  # fmt: skip
        return Item(
            rule=owed.rule,
            priority=owed.priority,
            story=owed.story,
            occasion=owed.occasion,
            version=version,
            spans=spans,
            copies=self.copies(owed.story, owed.article),
            revision=self._revision(about, matched, version),
            told=told,
            first_title=matched.title if about in SAYS_NEWS and matched.n < version.n else "",
            told_at=told_at,
            at=owed.at,
            first_found=found_first or 1,
            gone=tuple(dict.fromkeys(span.word for span in lost)),
        )

    def surge(self, owed: Notification) -> SurgeItem:
        """What a letter says of *owed*, where that is a surge."""
        return surging.item(self._connection, owed)

    def _spans(self, rule: str, version: str) -> tuple[Span, ...]:
        row = self._row("SELECT spans FROM match WHERE rule = ? AND version = ?", rule, version)
        return rows.spans_of(row["spans"]) if row else ()

    def _revision(self, about: str, matched: Version, version: Version) -> Revision | None:
        """What *version*, the one that stands, or the *matched* one before it changed. A text that the
        wire gave up again changed nothing.
        """
        if (
            about not in SAYS_NEWS
            or version.n < matched.n
            or (about, version) == ("first", matched)
        ):
            return None
        for one in (version,) if about == "first" else (matched, version):
            found = self._row("SELECT * FROM revision WHERE new = ?", one.id)
            if found:
                return rows.revision_of(found)
        return None

    def _told(self, owed: Notification, matched: Version) -> tuple[Version | None, datetime | None]:
        """What the reader of *owed* was told before, and when that letter went."""
        # What was said of this very article comes before what was said under its headline, and that before
        # what was first said of its story; a word that takes another back answers the last one.
        told = self._connection.execute(
            "SELECT version.*, coalesce(nullif(letter.sent, ''), letter.sealed) AS told"  # noqa: S608
            " FROM notification JOIN version ON version.id = notification.version"
            " JOIN letter ON letter.id = notification.letter AND letter.state NOT IN ('dead', 'dropped')"
            " WHERE notification.recipient = :recipient AND notification.digest = :digest"
            f" AND rule = :rule AND {TOLD_AS} AND (occasion = 'first' OR occasion LIKE 'update:%'"
            " OR notification.article = :article)"
            " ORDER BY notification.article = :article DESC, CASE WHEN :answers THEN told END DESC,"
            " occasion = 'first' DESC, notification.at",
            {
                "recipient": owed.recipient, "digest": owed.digest, "rule": owed.rule,
                "story": owed.story, "article": owed.article,
                "answers": owed.occasion.startswith(TAKES_BACK),
            },
        ).fetchall()  # fmt: skip
        if not told:
            return None, None
        chosen = told[0]
        if chosen["article"] != owed.article:
            under = folded(marks.unmarked(matched.title))
            chosen = next(
                (row for row in told if folded(marks.unmarked(row["title"])) == under), chosen
            )
        return rows.version_of(chosen), moment(chosen["told"])

    def copies(self, story: str, article: str) -> tuple[Copy, ...]:
        """The other articles of *story*, then those linked as related, by first sight."""
        sql = (
            "SELECT article.newsroom, version.title, version.credit, article.url, article.first_seen"
            " FROM article JOIN version ON version.id = article.current"
        )
        same = self._connection.execute(
            f"{sql} WHERE article.story = ? AND article.id <> ?"
            " ORDER BY article.first_seen, article.id LIMIT 50",
            (story, article),
        ).fetchall()
        related = self._connection.execute(
            f"{sql} WHERE article.story <> ? AND article.id IN ("  # noqa: S608 - our own text
            " SELECT other FROM link WHERE article = ? AND relation = 'related'"
            " UNION SELECT article FROM link WHERE other = ? AND relation = 'related')"
            " ORDER BY article.first_seen, article.id LIMIT 20",
            (story, article, article),
        ).fetchall()
        return (
            *(rows.copy_of(row, "same") for row in same),
            *(rows.copy_of(row, "related") for row in related),
        )

    def footer(self, since: datetime, until: datetime) -> Footer:
        """How newswatch itself did in a period."""
        return period.footer(self._connection, since, until, self._counted)

    def first_letter(self, recipient: str, story: str, article: str) -> str:
        """The id of the letter that first told *recipient* of *story*, '' for none. Where stories became
        one after the reader was told of each, the one that *article* was told as has a thread of its
        own.
        """
        row = self._connection.execute(
            f"SELECT notification.letter FROM {TOLD} JOIN letter"  # noqa: S608
            " ON letter.id = letter AND letter.state NOT IN ('dead', 'dropped')"
            f" WHERE notification.recipient = :recipient AND {TOLD_AS} AND notification.letter <> ''"
            " ORDER BY EXISTS (SELECT 1 FROM notification AS own WHERE own.story = notification.story"
            "  AND own.recipient = :recipient AND own.article = :article AND own.letter <> '') DESC,"
            " sealed, letter.id LIMIT 1",
            {"recipient": recipient, "story": story, "article": article},
        ).fetchone()
        return str(row["letter"]) if row else ""

    def letters_since(self, recipient: str, digest: str, since: datetime, now: datetime) -> int:
        """How many letters of a digest were sealed for *recipient* after *since*. What a clock that was
        set back since has sealed after *now* is not counted: it would hold others up.
        """
        row = self._row(
            "SELECT count(*) FROM letter WHERE recipient = ? AND digest = ?"
            " AND sealed > ? AND sealed <= ?",
            recipient, digest, stamp(since), stamp(now),
        )  # fmt: skip
        return int(row[0])

    def told_of(
        self, recipient: str, story: str, since: datetime, now: datetime
    ) -> datetime | None:
        """When *recipient* last had a letter at once on *story* sealed, where that was after *since*."""
        row = self._connection.execute(
            f"SELECT max(sealed) FROM {TOLD} JOIN letter ON letter.id = notification.letter"  # noqa: S608
            f" WHERE {TOLD_AS} AND notification.recipient = :recipient"
            " AND notification.digest = 'now' AND inhibited = '' AND sealed > :since AND sealed <= :now",
            {"recipient": recipient, "story": story, "since": stamp(since), "now": stamp(now)},
        ).fetchone()
        return maybe_moment(row[0])

    def told_by(self, recipient: str, rule: str, since: datetime, now: datetime) -> datetime | None:
        """When *recipient* last had a letter at once from *rule* sealed, where that was after *since*."""
        row = self._row(
            "SELECT max(sealed) FROM letter WHERE recipient = ? AND digest = 'now' AND sealed > ?"
            " AND sealed <= ? AND EXISTS (SELECT 1 FROM notification WHERE rule = ? AND letter = letter.id"
            "  AND inhibited = '')",
            recipient, stamp(since), stamp(now), rule,
        )  # fmt: skip
        return maybe_moment(row[0])

    def urgent(
        self, recipient: str, digest: str, story: str
    ) -> tuple[tuple[Notification, str], ...]:
        """What urgent rules tell *recipient* of *story*, each with the letter that carries it, '' for none."""
        found = self._connection.execute(
            f"SELECT * FROM {TOLD} WHERE {TOLD_AS} AND recipient = :recipient"  # noqa: S608
            " AND digest = :digest AND priority = 'urgent' AND inhibited = ''",
            {"recipient": recipient, "digest": digest, "story": story},
        )
        return tuple((rows.notification_of(row), row["letter"]) for row in found.fetchall())

    def inhibit(self, n: Notification, by: str, letter: str, now: datetime) -> None:
        """Note that what is owed is told by *letter*, which carries the rule *by*'s word in its place."""
        with self._deed("inhibit"):
            done = self._connection.execute(
                "UPDATE notification SET letter = ?, inhibited = ? WHERE recipient = ? AND digest = ?"
                " AND rule = ? AND story = ? AND occasion = ? AND letter = ''",
                (letter, by, n.recipient, n.digest, n.rule, n.story, n.occasion),
            )
            if done.rowcount:
                said = {
                    "recipient": n.recipient, "digest": n.digest, "rule": n.rule, "occasion": n.occasion,
                    "by": by, "letter": letter,
                }  # fmt: skip
                chain.record(self._connection, now, "inhibited", n.story, said)

    # ── slots ───────────────────────────────────────────────────────────────────────────────

    def last_slot(self, digest: str, person: str) -> datetime | None:
        """The last slot of this digest for this person that is over; None for the first time."""
        row = self._row("SELECT max(due) FROM slot WHERE digest = ? AND person = ?", digest, person)
        return maybe_moment(row[0])

    def told_until(self, digest: str, person: str) -> datetime | None:
        """The last slot that brought a letter, the first of all where none did; None for the first time."""
        row = self._row(
            "SELECT coalesce(max(CASE WHEN letter <> '' THEN due END), min(due)) FROM slot"
            " WHERE digest = ? AND person = ?",
            digest, person,
        )  # fmt: skip
        return maybe_moment(row[0])

    def pass_slot(self, digest: str, person: str, due: datetime) -> None:
        """Note that a slot is over and brought no letter."""
        with self._deed("slot"):
            self._put_slot(digest, person, due, "")

    # ── letters ─────────────────────────────────────────────────────────────────────────────

    def sealed(self, letter: str) -> bool:
        """Whether there is a letter with this id."""
        return self._row("SELECT 1 FROM letter WHERE id = ?", letter) is not None

    def undone(self, letter: str) -> bool:
        """Whether the slot of the digest's letter with this id is to come again, as the clock was set back."""
        if not self.sealed(letter):
            return False
        return self._row("SELECT 1 FROM slot WHERE letter = ?", letter) is None

    def seal(
        self,
        digest: Digest,
        content: bytes,
        carried: Iterable[Notification],
        held: datetime | None = None,
    ) -> bool:
        """Store a letter's bytes with what it carries, and its slot as over. False, and nothing is
        stored, when there is such a letter or another one carries some of it: `digest send` works
        beside a daemon. *held* is when others may send it; its own time without.
        """
        with self._deed("seal", lasting=True):
            keys = [(n.recipient, n.digest, n.rule, n.story, n.occasion) for n in carried]
            if self.sealed(digest.id) or not all(self._is_owed(key) for key in keys):
                return False
            put_letter(self._connection, digest, content, held, keys)
            self._connection.executemany(
                "UPDATE notification SET letter = ? WHERE recipient = ? AND digest = ?"
                " AND rule = ? AND story = ? AND occasion = ?",
                [(digest.id, *key) for key in keys],
            )
            if digest.name != "now":
                self._put_slot(digest.name, digest.person.name, digest.at, digest.id)
            return True

    def _is_owed(self, key: tuple[str, ...]) -> bool:
        found = self._row(
            "SELECT letter FROM notification WHERE recipient = ? AND digest = ? AND rule = ?"
            " AND story = ? AND occasion = ?",
            *key,
        )
        return found is not None and found["letter"] == ""

    def unsent(self, now: datetime, limit: int = 100) -> tuple[Letter, ...]:
        """Letters whose next try has come, those at once and the oldest first. One waits behind what tells the
        same reader of the same story and was sealed before it: no correction comes before what it corrects.
        """
        found = self._connection.execute(
            f"SELECT * FROM letter WHERE state = 'waiting' AND next_try <= ? AND NOT EXISTS ({BEFORE_IT})"  # noqa: S608 - our own text
            " ORDER BY digest <> 'now', next_try, sealed, id LIMIT ?",
            (stamp(now), limit),
        )
        return tuple(
            Letter(
                id=row["id"],
                recipient=row["recipient"],
                address=row["address"],
                sender=row["sender"],
                content=row["content"],
                attempts=row["attempts"],
                first_try=maybe_moment(row["first_try"]),
            )
            for row in found
        )

    def next_try(self) -> datetime | None:
        """When the next waiting letter may be tried; None when none waits."""
        row = self._row("SELECT min(next_try) FROM letter WHERE state = 'waiting'")
        return maybe_moment(row[0])

    def sent(self, told: Sent, now: datetime, *, again: datetime | None) -> None:
        """Mark what became of a letter: 250 sent; else tried again at *again*, dead for None.

        What the server took is sent, whatever was decided of it meanwhile; a refusal changes only
        what waits.
        """
        state = "sent" if told.code == 250 else "waiting" if again else "dead"
        before = ("waiting", "dead", "dropped") if state == "sent" else ("waiting",) * 3
        with self._deed("mark", lasting=True):
            marked = self._connection.execute(
                "UPDATE letter SET state = ?, attempts = attempts + 1, next_try = ?, code = ?,"
                " detail = ?, first_try = CASE first_try WHEN '' THEN ? ELSE first_try END,"
                " sent = ? WHERE id = ? AND state IN (?, ?, ?)",
                (
                    state,
                    stamp(again),
                    told.code,
                    told.detail,
                    stamp(now),
                    stamp(now) if state == "sent" else "",
                    told.letter,
                    *before,
                ),
            )
            if marked.rowcount:
                chain.record(self._connection, now, state, told.letter, {"code": told.code})

    def told_through(self) -> tuple[tuple[str, str, str], ...]:
        """Every (recipient, digest, rule) that something was or is to be told through, in order."""
        found: list[tuple[str, str, str]] = []
        step = (
            "SELECT recipient, digest, rule FROM notification"
            " WHERE (recipient, digest, rule) > (?, ?, ?) ORDER BY recipient, digest, rule LIMIT 1"
        )
        while row := self._row(step, *(found[-1] if found else ("", "", ""))):
            found.append((row["recipient"], row["digest"], row["rule"]))
        return tuple(found)

    def readdress(self, recipient: str, digest: str, rule: str, to: str, now: datetime) -> None:
        """Let what *rule* told *recipient* through *digest* be told through the digest *to* from now on:
        what is owed, and what follows from what was told. What that one tells already is owed once.
        """
        whose = (recipient, digest, rule)
        with self._deed("readdress"):
            self._connection.execute(
                "UPDATE OR IGNORE notification SET digest = ?"
                " WHERE recipient = ? AND digest = ? AND rule = ?",
                (to, *whose),
            )
            self._connection.execute(
                "DELETE FROM notification"
                " WHERE recipient = ? AND digest = ? AND rule = ? AND letter = ''",
                whose,
            )
            said = {"recipient": recipient, "digest": digest, "to": to}
            chain.record(self._connection, now, "readdress", rule, said)

    def silence(self, rule: str, until: datetime, why: str, now: datetime) -> None:
        """Let a rule tell nobody from *now* to *until*, in place of what was said before."""
        with self._deed("silence", lasting=True):
            self._connection.execute(
                "INSERT OR REPLACE INTO silence VALUES (?, ?, ?, ?)",
                (rule, stamp(now), stamp(until), why),
            )
            said = {"until": stamp(until), "why": why}
            chain.record(self._connection, now, "silence", rule, said)

    def retry(self, letter: str, now: datetime, address: str = "") -> None:
        """Let a waiting or dead letter be tried at once, with five days before it again; at *address*
        where the one it was sealed for was wrong. Its bytes stay as they are.
        """
        self._decide(letter, now, ("waiting", "dead"), "waiting", address)

    def drop(self, letter: str, now: datetime) -> None:
        """Give up a letter that was not sent; it stays on record."""
        self._decide(letter, now, ("waiting", "dead"), "dropped")

    def _decide(
        self, letter: str, now: datetime, states: tuple[str, ...], state: str, address: str = ""
    ) -> None:
        with self._deed(state, lasting=True):
            row = self._row("SELECT state FROM letter WHERE id = ?", letter)
            if row is None or row["state"] not in states:
                was = f"is {row['state']}" if row else "is not in the outbox"
                raise NotPossible(f"letter {letter} {was}")
            self._connection.execute(
                "UPDATE letter SET state = ?, next_try = ?, first_try = '',"
                " address = coalesce(nullif(?, ''), address) WHERE id = ?",
                (state, stamp(now), address, letter),
            )
            said = {"address": address} if address else {}
            chain.record(self._connection, now, state, letter, said)

    def _put_slot(self, digest: str, person: str, due: datetime, letter: str) -> None:
        self._connection.execute(
            "INSERT OR IGNORE INTO slot VALUES (?, ?, ?, ?)", (digest, person, stamp(due), letter)
        )

    def _row(self, sql: str, *values: object) -> Any:
        return self._connection.execute(sql, values).fetchone()

    def _deed(self, name: str, *, lasting: bool = False) -> Any:
        return deed(self._connection, self._path, self._boundary, name, lasting=lasting)


def put_letter(
    connection: Any,
    digest: Digest,
    content: bytes,
    held: datetime | None = None,
    carried: Iterable[tuple[str, ...]] = (),
) -> None:
    """Keep a sealed letter and tell which notifications it has *carried* (their keys); inside the caller's
    deed.
    """
    now = stamp(digest.until)
    connection.execute(
        "INSERT INTO letter VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?, '', 0, '', '')",
        (
            digest.id,
            digest.person.name,
            digest.person.address,
            digest.sender,
            digest.name,
            stamp(digest.at),
            content,
            now,
            stamp(held) or now,
        ),
    )
    said = {
        "recipient": digest.person.name,
        "address": digest.person.address,
        "digest": digest.name,
        "slot": stamp(digest.at),
        "sha256": chain.of_letter(content),
        "carries": [list(key) for key in carried],
    }
    chain.record(connection, digest.until, "letter", digest.id, said)
