"""What troubles newswatch itself, as its store knows it: feeds, letters, mail, room, how a run ended.

Rule: read only by indexes, as it is asked every few seconds; all of it, as what is left out would be over.
What a letter told is marked in the transaction that keeps the letter.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from newswatch.model import CHANNEL, OPERATOR, Digest, Noted, Trouble
from newswatch.store import chain, quarantine, rows
from newswatch.store.contract import LEAST_FREE
from newswatch.store.outbox import put_letter
from newswatch.store.sqlite import (
    Boundary,
    deed,
    in_own_words,
    maybe_moment,
    moment,
    stamp,
)

REFUSED = timedelta(days=1)  # a feed that fails for less may come back by itself
OVERFLOWING = timedelta(days=1)  # without another gap, after which a feed overflows no more
SILENT = frozenset({"frozen", "nothing-new", "empty"})  # the first two after a silence long enough
UNANSWERED = timedelta(minutes=10)  # a mail server may be starting anew
ENOUGH_FREE = (
    LEAST_FREE * 6 // 5
)  # where it is well again: what sways around the least is one trouble
NOBODY = "-"  # in place of a letter, where there was none to tell it to


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


@in_own_words
class SqliteTroubles:
    """The troubles of one SQLite store; *free* are the bytes left on a folder's disk."""

    def __init__(
        self, connection: Any, path: Path, boundary: Boundary, free: Callable[[Path], int] = _free
    ) -> None:
        self._connection = connection
        self._path = path
        self._boundary = boundary
        self._room = free

    def seen(self, now: datetime) -> tuple[Trouble, ...]:
        """What the store knows of that lasts at *now*."""
        return (
            *self._feeds(now), *self._letters(), *self._channels(now), *self._mail(now), *self._disk(now),
        )  # fmt: skip

    def _feeds(self, now: datetime) -> Iterator[Trouble]:
        for row in self._all(
            "SELECT request.feed, min(failing_since) AS since, failure FROM feed"
            " JOIN request ON request.feed = feed.name AND request.kind = 'feed' AND pending = 1"
            " WHERE feed.enabled = 1 AND failing_since <> '' AND failing_since <= ? AND kills < 2"
            " GROUP BY request.feed ORDER BY request.feed",
            stamp(now - REFUSED),
        ):  # fmt: skip
            yield Trouble("feed", row["feed"], moment(row["since"]), row["failure"])
        held = [one for one in reversed(quarantine.held(self._connection)) if one["kind"] == "feed"]
        for one in {one["feed"]: one for one in held}.values():
            says = f"in quarantine: {one['reason']}; `newswatch quarantine` has it to be read again"
            yield Trouble("quarantine", one["feed"], moment(one["since"]), says)
        for row in self._all(
            "SELECT gap.feed, min(gap.since) AS since FROM feed"
            " JOIN gap ON gap.feed = feed.name AND gap.until > ? AND gap.closed = 0"
            " WHERE feed.enabled = 1 GROUP BY gap.feed ORDER BY gap.feed",
            stamp(now - OVERFLOWING),
        ):  # fmt: skip
            says = "its window moves on whole between two polls: entries may have been missed"
            yield Trouble("overflow", row["feed"], moment(row["since"]), says)
        judged = rows.judged(self._all(rows.JUDGED))
        silent = {feed: one for feed, one in reversed(judged) if one.kind in SILENT}
        for feed, one in sorted(silent.items()):
            if one.kind != "empty" or one.since <= now - REFUSED:
                yield Trouble("silent", feed, one.since, one.evidence)

    def _letters(self) -> Iterator[Trouble]:
        for row in self._all(
            "SELECT recipient, min(sealed) AS since, detail FROM letter"
            " WHERE state = 'dead' AND digest <> ? GROUP BY recipient ORDER BY recipient",
            OPERATOR,
        ):  # fmt: skip
            says = f"refused for good ({row['detail']}): `newswatch outbox` has it to retry or drop"
            yield Trouble("letter", row["recipient"], moment(row["since"]), says)

    def _channels(self, now: datetime) -> Iterator[Trouble]:
        """Of a channel that takes nothing nobody hears otherwise before its letters are given up, days later."""
        for row in self._all(
            "SELECT recipient, min(first_try) AS since, detail FROM letter WHERE state = 'waiting' AND attempts > 0"
            " AND substr(address, 1, ?) = ? AND first_try <= ? AND digest <> ? GROUP BY recipient ORDER BY recipient",
            len(CHANNEL), CHANNEL, stamp(now - UNANSWERED), OPERATOR,
        ):  # fmt: skip
            yield Trouble("channel", row["recipient"], moment(row["since"]), row["detail"])

    def _mail(self, now: datetime) -> Iterator[Trouble]:
        """Mail is in trouble where nothing answers, or we ourselves are refused, and no letter was taken
        since. The operator's own do not count: word that mail is well again must not be what troubles it.
        """
        last = self._all("SELECT max(sent) FROM letter WHERE state = 'sent'")[0][0] or ""
        (row,) = self._all(
            "SELECT min(first_try) AS since, detail FROM letter WHERE state = 'waiting'"
            " AND attempts > 0 AND code = 0 AND first_try > ? AND digest <> ?"
            " AND (first_try <= ? OR detail GLOB '5[0-9][0-9] *')",
            last, OPERATOR, stamp(now - UNANSWERED),
        )  # fmt: skip
        if row["since"]:
            yield Trouble("mail", "mail server", moment(row["since"]), row["detail"])

    def _disk(self, now: datetime) -> Iterator[Trouble]:
        folder = self._path.absolute().parent
        free = self._room(folder)
        lasts = self._all("SELECT 1 FROM trouble WHERE kind = 'disk' AND until = ''")
        if free < (ENOUGH_FREE if lasts else LEAST_FREE):
            says = f"{free / 1e9:.1f} GB free: newswatch stops keeping anything when it is full"
            yield Trouble("disk", str(folder), now, says)

    def noted(self) -> tuple[Noted, ...]:
        """What lasts, or is not told to its end, the oldest first."""
        return tuple(
            Noted(
                Trouble(
                    row["kind"],
                    row["subject"],
                    moment(row["since"]),
                    row["says"],
                    maybe_moment(row["until"]),
                ),
                row["told"],
                row["well"],
            )
            for row in self._all(
                "SELECT * FROM trouble WHERE until = '' OR well = '' ORDER BY since, kind, subject"
            )
        )

    def note(self, troubles: Iterable[Trouble], now: datetime, *, heard: bool) -> None:
        """Keep troubles that are new or over; those over are done with where nobody hears of them. One
        that is back under the same time lasts again.
        """
        with self._deed("trouble"):
            for t in troubles:
                until = stamp(t.until)
                done = "" if heard or not until else NOBODY
                self._connection.execute(
                    "INSERT INTO trouble VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)"
                    " ON CONFLICT(kind, subject, since) DO UPDATE SET until = ?5,"
                    "  told = CASE ?6 WHEN '' THEN told ELSE ?6 END, well = ?6",
                    (t.kind, t.subject, stamp(t.since), t.says, until, done),
                )
                what = "well" if until else "trouble"
                said = {"kind": t.kind, "says": t.says}
                chain.record(self._connection, now, what, t.subject, said)

    def reported(self, operator: str, since: datetime, now: datetime) -> bool:
        """Whether a letter to the operator was sealed between *since* and *now*, or one still waits to be taken."""
        found = self._all(
            "SELECT 1 FROM letter WHERE recipient = ? AND digest = ?"
            " AND (sealed > ? AND sealed <= ? OR state = 'waiting') LIMIT 1",
            operator, OPERATOR, stamp(since), stamp(now),
        )  # fmt: skip
        return bool(found)

    def seal(self, digest: Digest, content: bytes) -> None:
        """Store a letter's bytes, and which troubles it tells of."""
        with self._deed("report", lasting=True):
            put_letter(self._connection, digest, content)
            for t in (*digest.troubles, *digest.over):
                told = "told = ?1, " if t in digest.troubles else ""
                self._connection.execute(
                    f"UPDATE trouble SET {told}well = CASE WHEN ?2 THEN ?1 ELSE well END"  # noqa: S608
                    " WHERE kind = ?3 AND subject = ?4 AND since = ?5",
                    (digest.id, t.until is not None, t.kind, t.subject, stamp(t.since)),
                )

    # ── how a run ended ─────────────────────────────────────────────────────────────────────

    def begin(self, now: datetime) -> Trouble | None:
        """A daemon begins: the trouble that the one before ended without `end`, if it did."""
        values = {
            row["key"]: row["value"]
            for row in self._all("SELECT * FROM meta WHERE key IN ('last', 'running')")
        }
        with self._deed("running"):
            self._connection.execute(
                "INSERT OR REPLACE INTO meta VALUES ('running', ?)", (stamp(now),)
            )
        if not values.get("running"):
            return None
        since = moment(max(values["running"], values.get("last", "")))
        says = "it ended without being told to, and was started again"
        return Trouble("crash", "newswatch", since, says, max(now, since))

    def end(self) -> None:
        """The daemon ends as it was told to."""
        with self._deed("running"):
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('running', '')")

    def _all(self, sql: str, *values: object) -> list[Any]:
        return list(self._connection.execute(sql, values).fetchall())

    def _deed(self, name: str, *, lasting: bool = False) -> Any:
        return deed(self._connection, self._path, self._boundary, name, lasting=lasting)
