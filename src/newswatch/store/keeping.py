"""What an outcome changed, put into rows: requests, articles, versions, stories, matches, and what the history tells.

Rule: inside the caller's deed, whole or not at all; what is there already stays, so that the same twice is once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from newswatch.address import host
from newswatch.model import ArticleState, Changeset, Gap, Match, Request, StoreError, Version
from newswatch.store import backfilling, chain, index, rows, stories, surging
from newswatch.store.frequencies import Frequencies
from newswatch.store.owing import owe
from newswatch.store.sqlite import TIME_BITS, note, pack, row_floor, stamp
from newswatch.store.vocabulary import Vocabulary


class Keeping:
    """Keeps on one connection; *filed* is told of each version that the index has taken."""

    def __init__(
        self, connection: Any, vocabulary: Vocabulary, filed: Callable[[], object]
    ) -> None:
        self._connection, self._vocabulary, self._filed = connection, vocabulary, filed
        self._frequencies = Frequencies()
        self.count_surges()

    def count_surges(self) -> None:
        """Count what those rules find that have a threshold now."""
        self._counted = surging.counted(self._connection)

    def keep(self, changes: Changeset) -> bool:
        """Put all that *changes* says into rows, in the caller's deed; False when its lease is over. Raises StoreError."""
        if changes.request is not None and not self._replace(changes.request, changes):
            return False
        self._ask(changes.asked)
        if changes.window is not None and changes.request is not None:
            self._put_window(changes)
        self._put_articles(changes)
        self._put_versions(changes)
        self._put_story_keys(changes)
        each(
            self._connection,
            "INSERT OR REPLACE INTO boilerplate (newsroom, lines) VALUES (?, ?)",
            [(newsroom, rows.counted_row(lines)) for newsroom, lines in changes.boilerplate],
        )
        self.put_matches(changes.matches, changes.at)
        owe(self._connection, changes.notifications, changes.at)
        for story, into, why in changes.merged:
            stories.merge(self._connection, story, into, changes.at, why, "text")
        if changes.gap is not None:
            self._put_gap(changes.gap, changes.at)
        if changes.walked is not None and changes.request is not None:
            backfilling.count(self._connection, changes.request.feed, changes.walked, changes.at)
        return True

    def _replace(self, request: Request, changes: Changeset) -> bool:
        held = self._connection.execute(
            "DELETE FROM lease WHERE request = ? AND token = ?", (request.id, changes.lease)
        )
        if not held.rowcount:
            return False
        standing = self._connection.execute(
            "SELECT * FROM request WHERE id = ?", (request.id,)
        ).fetchone()
        row = rows.request_row(request)
        if standing["shown"] != row["shown"]:
            # A feed showed the entry anew while its page was on the way: it is asked again at once.
            row |= {name: standing[name] for name in ("feed", "shown", "changed", "backlog")}
            row |= {"due": stamp(changes.at), "pending": 1, "look": 0}
        if not standing["pending"]:
            row |= {"pending": 0, "look": min(0, standing["look"])}
        if standing["look"] > 0:
            self._count_look(standing["feed"], changes)
        at = stamp(changes.at)
        failed = changes.failure
        if failed is None:
            row |= {
                "tried": at, "status": 200, "succeeded": at, "failing_since": "", "failure": ""
            }  # fmt: skip
        elif failed.kind == "resting":  # a feed that failed before is still known by that
            row["failure"] = standing["failure"] if standing["failing_since"] else rows.RESTING
        elif failed.kind == "quarantined":  # why it is in there stays what is wrong with it
            row["tried"] = at
        elif failed.kind != "lost":  # a worker that went away says nothing of the server
            row |= {
                "tried": at,
                "status": failed.status,
                "failing_since": standing["failing_since"] or at,
                "failure": failed.says,
            }
        # Only what is another value: an index whose columns stay is not written to.
        new = {name: value for name, value in row.items() if value != standing[name]}
        columns = ", ".join(f'"{name}" = ?' for name in new)
        self._connection.execute(
            f"UPDATE request SET {columns} WHERE id = ?",  # noqa: S608 - our own column names
            (*new.values(), request.id),
        )
        return True

    def _count_look(self, feed: str, changes: Changeset) -> None:
        """Count a look at one of a feed's pages, and what it found."""
        found = any(revision.kind != "cosmetic" for revision in changes.revisions)
        self._connection.execute(
            "INSERT INTO look_count VALUES (?1, 1, ?2) ON CONFLICT(feed) DO UPDATE"
            " SET looks = looks + 1, found = found + ?2",
            (feed, int(found)),
        )

    def _ask(self, asked: Iterable[Request]) -> None:
        for request in asked:
            standing = self._connection.execute(
                "SELECT 1 FROM request WHERE id = ?", (request.id,)
            ).fetchone()
            if standing is None:
                insert(self._connection, "request", [fresh(request)])
            else:
                self._connection.execute(
                    "UPDATE request SET feed = ?, shown = ?, due = ?, pending = ?, failures = ?,"
                    " look = ?, changed = ?, backlog = ?, etag = ?, last_modified = ?, body_hash = ? WHERE id = ?",
                    (
                        request.feed,
                        rows.shown_json(request.shown),
                        stamp(request.due),
                        int(request.pending),
                        request.failures,
                        request.look,
                        stamp(request.changed),
                        int(request.backlog),
                        request.etag,
                        request.last_modified,
                        request.body_hash,
                        request.id,
                    ),
                )

    def _put_gap(self, gap: Gap, at: datetime) -> None:
        row: dict[str, object] = {
            "request": gap.request,
            "feed": gap.feed,
            "since": stamp(gap.since),
            "until": stamp(gap.until),
            "entries": gap.entries,
            "recovered": gap.recovered,
            "closed": int(gap.closed),
        }
        said = {"since": stamp(gap.since), "recovered": gap.recovered, "closed": gap.closed}
        if insert(self._connection, "gap", [row]):
            chain.record(self._connection, at, "gap", gap.feed, said)

    def _put_window(self, changes: Changeset) -> None:
        assert changes.request is not None
        assert changes.window is not None
        request = changes.request.id
        self._connection.execute("DELETE FROM window WHERE request = ?", (request,))
        insert(
            self._connection,
            "window",
            [
                {
                    "request": request,
                    "hash": entry.hash,
                    "position": position,
                    "guid": entry.guid,
                    "url": entry.url,
                    "article": entry.article,
                    "mark": entry.mark,
                }
                for position, entry in enumerate(changes.window)
            ],
        )

    def _put_articles(self, changes: Changeset) -> None:
        for state in changes.articles:
            row = self._article_row(state)
            if insert(self._connection, "article", [row]):
                told = ("url", "story", "source", "newsroom", "first_seen", "quiet")
                chain.record(
                    self._connection,
                    changes.at,
                    "article",
                    state.id,
                    {name: row[name] for name in told},
                )
        insert(
            self._connection,
            "story",
            [
                {
                    "id": state.story,
                    "first_seen": stamp(state.first_seen),
                    "last_seen": stamp(state.first_seen),  # an import tells of the past
                    "merged_into": "",
                }
                for state in changes.articles
            ],
        )
        for state in changes.articles:
            self._connection.execute(
                "UPDATE story SET last_seen = max(last_seen, ?) WHERE id = ?",
                (stamp(state.first_seen), state.story),
            )
        each(self._connection, "INSERT OR REPLACE INTO alias VALUES (?, ?)", changes.aliases)
        each(self._connection, "UPDATE window SET article = ?2 WHERE article = ?1", changes.joined)
        for article, url in changes.addresses:
            if insert(self._connection, "address", [{"article": article, "url": url}]):
                chain.record(self._connection, changes.at, "address", article, {"url": url})

    @staticmethod
    def _article_row(state: ArticleState) -> dict[str, object]:
        return {
            "id": state.id,
            "url": state.url,
            "story": state.story,
            "source": state.source,
            "newsroom": state.newsroom,
            "first_seen": stamp(state.first_seen),
            "current": state.current.id,
            "versions": 0,
            "quiet": int(state.quiet),
        }

    def _put_versions(self, changes: Changeset) -> None:
        arrived: Counter[str] = Counter()
        filed: list[tuple[Version, int]] = []
        shown: dict[str, str] = {}  # by what the history tells
        revisions = {r.new: rows.revision_row(r) for r in changes.revisions}
        for version in changes.versions:
            row = self._free_row(version)
            kept = rows.version_row(version, row)
            if not insert(self._connection, "main.version", [kept]):
                continue
            arrived[version.article] += 1
            shown[version.article] = version.id
            filed.append((version, row))
            told: dict[str, object] = {
                "article": version.article,
                "n": version.n,
                "kind": version.kind,
                "sha256": chain.of_version(kept),
                "bare": chain.of_bare_version(kept),
            }
            if version.id in revisions:
                told["revision"] = chain.of_revision(revisions[version.id])
            chain.record(self._connection, changes.at, "version", version.id, told)
        self.file(filed)
        insert(self._connection, "revision", list(revisions.values()))
        for article, count in arrived.items():
            self._connection.execute(
                "UPDATE article SET versions = versions + ? WHERE id = ?", (count, article)
            )
        stands = dict(changes.current)
        for article in {
            **stands,
            **shown,
        }:  # an older version may arrive behind what an article shows
            self._show(article, stands.get(article), shown.get(article), changes.at)
        insert(
            self._connection,
            "sighting",
            [
                {
                    "article": s.article,
                    "at": stamp(s.at),
                    "feed": s.feed,
                    "version": s.version,
                    "what": s.what,
                }
                for s in changes.sightings
            ],
        )

    def file(self, versions: Iterable[tuple[Version, int]]) -> None:
        """File versions, each with its row, in the index and among the words."""
        words: set[tuple[str, str]] = set()
        for version, row in versions:
            filed = index.file(self._connection, version, row)
            self._frequencies.count({term for _, term in filed})
            words |= filed
            self._filed()
        if words:
            self._vocabulary.add(words)
        if self._frequencies.enough:
            record = self._frequencies.added_to(recorded(self._connection))
            note(self._connection, "frequencies", record)

    def _show(self, article: str, version: str | None, told: str | None, at: datetime) -> None:
        """Let *article* show *version*, None for the one it shows, and the history tell of it where it is not the one
        *told* of.
        """
        shows = self._connection.execute(
            "SELECT current FROM article WHERE id = ?", (article,)
        ).fetchone()[0]
        version = version or shows
        if version != shows:
            self._connection.execute(
                "UPDATE article SET current = ? WHERE id = ?", (version, article)
            )
        if version != (told or shows):
            chain.record(self._connection, at, "current", article, {"version": version})

    def _free_row(self, version: Version) -> int:
        floor = row_floor(version.time)
        ceiling = floor + (1 << TIME_BITS)
        highest = self._connection.execute(
            "SELECT max(row) FROM version WHERE row >= ? AND row < ?", (floor, ceiling)
        ).fetchone()[0]
        row: int = max(floor, highest or 0) + 1
        if row >= ceiling:
            raise StoreError(f"more than {1 << TIME_BITS} versions claim {stamp(version.time)}")
        return row

    def _put_story_keys(self, changes: Changeset) -> None:
        stories.file_grams(self._connection, changes.grams)
        stories.file_headlines(self._connection, changes.headlines)
        each(
            self._connection,
            "UPDATE story SET grams = ? WHERE id = ?",
            [(n, story) for story, n in Counter(story for _, story in changes.grams).items()],
        )
        insert(
            self._connection,
            "exact",
            [{"hash": key, "story": story} for key, story in changes.exact],
        )
        for link in changes.evidence:
            told: dict[str, object] = {
                "other": link.other,
                "relation": link.relation,
                "score": link.score,
                "threshold": link.threshold,
                "decided_by": link.decided_by,
            }
            features = pack([[name, value] for name, value in link.features])
            self._connection.execute(
                "DELETE FROM link WHERE article = ? AND other = ?", (link.article, link.other)
            )
            row = {"article": link.article} | told | {"features": features, "at": stamp(changes.at)}
            insert(self._connection, "link", [row])
            said = told | {"features": chain.of_words(features)}
            chain.record(self._connection, changes.at, "link", link.article, said)

    def put_matches(self, matches: Iterable[Match], now: datetime) -> None:
        """Put what rules found, and tell the history of what is new."""
        for m in matches:
            row: dict[str, object] = {
                "rule": m.rule,
                "version": m.version,
                "article": m.article,
                "story": m.story,
                "at": stamp(m.at),
                "spans": rows.spans_json(m.spans),
            }
            if insert(self._connection, "match", [row]):
                told = {name: row[name] for name in ("rule", "article", "story", "at")}
                told["spans"] = chain.of_words(str(row["spans"]))
                chain.record(self._connection, now, "match", m.version, told)
                if m.rule in self._counted:
                    surging.report(self._connection, m)


# ── the smallest steps ──────────────────────────────────────────────────────────────────────


def insert(connection: Any, table: str, batch: list[dict[str, object]]) -> int:
    """Insert what is not there yet; how many rows were new."""
    # sqlite-utils asks for rowids after an insert, and most of our tables have none.
    if not batch:
        return 0
    columns = ", ".join(f'"{name}"' for name in batch[0])
    done = connection.executemany(
        f"INSERT OR IGNORE INTO {table} ({columns})"  # noqa: S608 - our own names
        f" VALUES ({', '.join('?' * len(batch[0]))})",
        [tuple(row.values()) for row in batch],
    )
    return int(done.rowcount)


def each(connection: Any, sql: str, batch: Sequence[tuple[object, ...]]) -> None:
    """The statement for each of a batch: none for an empty one, which would be made ready all the same."""
    if batch:
        connection.executemany(sql, batch)


def fresh(request: Request) -> dict[str, object]:
    """The row of a request that nobody has asked yet."""
    return rows.request_row(request) | {"host": host(request.url), **rows.NEVER_ASKED}


def recorded(connection: Any) -> str:
    """How often words stand in the archive's versions, as it is kept; '' for nothing yet."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'frequencies'").fetchone()
    return str(found[0]) if found else ""
