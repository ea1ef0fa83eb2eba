"""What the writer asks of its store again and again is found by an index: nothing is asked of all that ever came.

Rule: SQLite itself says how it goes about each statement; no time is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive_of import MARKET, MINUTE, NOW, PIPELINE, Desk, entry
from newswatch import deliver
from newswatch.model import Article, Failure, Letter, Rule, Sent
from newswatch.store.ledger import SqliteLedger

DAY = timedelta(days=1)
# What grows with all that comes: the rest is as large as the configuration, or what is on its way.
GROWS = {
    "address", "alias", "article", "change", "exact", "gap", "gram", "headline", "letter", "link", "match", "notification",
    "request", "revision", "sighting", "story", "version", "window",
}  # fmt: skip
# The parts of them that are gone through as a whole: the feeds, those that are unwell, and what backfills have left.
SMALL = ("request_poll", "request_judged", "request_unwell", "request_past_feed")


@contextmanager
def asked(ledger: SqliteLedger) -> Iterator[dict[str, None]]:
    """The statements that a ledger gives its store meanwhile, each once for its words."""
    found: dict[str, None] = {}
    ledger._connection.set_trace_callback(found.setdefault)
    try:
        yield found
    finally:
        ledger._connection.set_trace_callback(None)


def read_whole(connection: Any, statements: dict[str, None]) -> set[str]:
    """The statements that read one of the tables that grow from end to end, each behind what SQLite says of it."""
    found = set()
    for sql in statements:
        if not re.match(r"\s*(SELECT|WITH|UPDATE|DELETE|INSERT)\b", sql):
            continue
        for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall():
            scanned = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
            if scanned is None or scanned[2] in SMALL:
                continue
            table = re.search(rf"\b(\w+) AS {scanned[1]}\b", sql)
            newest = re.search(r"ORDER BY id DESC LIMIT 1$", sql)  # the last row, by its key
            if (table[1] if table else scanned[1]) in GROWS and not newest:
                found.add(f"{step}: {sql}")
    return found


def lived_through(found: Desk) -> None:
    """What a writer does: claims, polls, pages, revisions, corrections, letters, quiet moments, a new configuration."""
    codes = [450, 250]

    def send(letter: Letter) -> Sent:
        code = codes.pop(0) if codes else 250
        return Sent(letter.id, code, f"said {code}")

    def letters(now: Any) -> None:
        deliver.deliver_once(found.ledger.outbox, found.readers, send, now)

    found.poll("wire", (entry("http://wire.example/0", "Weather"),), NOW)
    letters(NOW)
    teaser = entry("http://paper.example/1", "Gas", "A lead.", quality="lead")
    page = found.poll("paper", (teaser,), NOW).asked[0]
    whole = Article("http://paper.example/1", "Gas", PIPELINE, "en", quality="full")
    found.page(found.claim(page.id, NOW), whole, NOW + MINUTE)
    found.poll("wire", (entry("http://wire.example/1", "Gas", PIPELINE),), NOW + MINUTE)
    letters(NOW + MINUTE)
    righted = replace(
        whole, text=f"{PIPELINE.replace('4:40', '5:40')}\nCorrection: the time of the leak."
    )
    found.page(found.claim(page.id, NOW + 2 * MINUTE), righted, NOW + 2 * MINUTE)
    letters(NOW + 2 * MINUTE)
    found.poll("wire", (entry("http://wire.example/2", "Grain", MARKET),), NOW + 40 * MINUTE)
    gone = found.claim(page.id, NOW + 50 * MINUTE)
    found.page(gone, Failure("status", "HTTP 410", 410), NOW + 50 * MINUTE)
    found.page(found.claim(page.id, NOW + 60 * MINUTE), righted, NOW + 60 * MINUTE)
    for hours in (1, 12, 24, 36):
        now = NOW + timedelta(hours=hours)
        letters(now)
        found.ledger.due(now, share=20)
        found.ledger.past(now)
        found.ledger.late(now)
        found.ledger.judged()
    while found.ledger.tidy():
        pass
    found.ledger.configure(found.feeds[:1], (), NOW + 2 * DAY)
    found.ledger.begin("anew", NOW + 2 * DAY)
    found.ledger.due(NOW + 2 * DAY, share=20)


def test_nothing_that_the_writer_asks_goes_through_all_that_ever_came(tmp_path: Path) -> None:
    rules = (Rule("gas", "gas OR leak OR grain", ("anna", "boris", "desk")),)
    with Desk(tmp_path, in_force=rules) as found:
        with asked(found.ledger) as statements:
            lived_through(found)
        # The desk of the test looks for a request by its feed's address.
        statements = {sql: None for sql in statements if "'feed' AND url = 'http" not in sql}
        said = "\n".join(statements)
        for kind in ("notification", "letter", "revision", "gap", "succeeded > "):
            assert kind in said, f"{kind}: nothing was asked of it, and nothing is shown"
        assert read_whole(found.ledger._connection, statements) == set()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM request WHERE succeeded > 'x'",
        "SELECT 1 FROM letter JOIN notification AS own ON own.letter = letter.id WHERE letter.id = 'x'",
        "SELECT sum(entries) FROM gap",
    ],
)
def test_what_goes_through_all_is_found_to(tmp_path: Path, sql: str) -> None:
    with Desk(tmp_path) as found:
        assert len(read_whole(found.ledger._connection, {sql: None})) == 1
