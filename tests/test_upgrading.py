"""A store of an older newswatch: readers are told, what writes brings it up to date and says how far."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive_of import MARKET, NOW, PIPELINE, Desk, entry
from newswatch import ingest, query
from newswatch.cli import code_of
from newswatch.config import Configuration, MailSettings
from newswatch.daemon import Daemon, DrivenClock, log_to
from newswatch.desk import in_force
from newswatch.model import (
    UNASKED,
    UNHEARD,
    UNJUDGED,
    Article,
    CrawlPolicy,
    Failure,
    Imported,
    Letter,
    Outcome,
    Request,
    Sent,
    StoreError,
    StoreOutdated,
)
from newswatch.store import ballast_of, open_archive, open_keeper, open_ledger, open_outbox
from newswatch.store.schema import migrations
from newswatch.store.sqlite import sqlite3
from older_store import make_older
from orphans import orphans

BEFORE = "0014_places"
MANY = 500  # versions besides: more than are filed anew in two steps
ASKED = (
    "gas",
    "gas OR freight",
    "name:Zelensky",
    "corrected:yes",
    "changed:yes",
    "title:item NEAR/3 3",
)


def answers(address: str) -> list[list[tuple[str, str]]]:
    archive = open_archive(address)
    try:
        return [
            [
                (hit.version.id, hit.story)
                for hit in archive.search(query.read(q), limit=MANY, every_version=True)
            ]
            for q in ASKED
        ]
    finally:
        archive.close()


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store that was always up to date."""
    folder = tmp_path_factory.mktemp("new")
    with Desk(folder) as desk:
        for n in range(7):
            text = (PIPELINE, MARKET, "Selenskyj spoke of gas.", PIPELINE, MARKET)[n % 5]
            note = "\nCorrects spelling in paragraph 2." if n > 4 else ""
            shown = entry(f"http://wire.example/{n % 5}", f"Item {n % 5}", f"{text}{note}")
            desk.poll("wire", (shown,), NOW + timedelta(minutes=n))
        items = [
            Imported(Article(f"http://a.example/{n}", f"Freight {n}", "", "en"), NOW, "a")
            for n in range(MANY)
        ]
        ingest.take_in(items, desk.ledger, desk.standing, NOW + timedelta(days=1), alert=False)
        while desk.ledger.tidy():
            pass
    return folder / "test.db"


@pytest.fixture
def older(newer: Path, tmp_path: Path) -> tuple[str, list[list[tuple[str, str]]]]:
    """The address of an older store, and what it must answer once it is brought up to date."""
    expected = answers(f"sqlite:{newer}")
    assert all(expected), "each query finds something"
    old = tmp_path / "old.db"
    assert make_older(newer, old, BEFORE) == 13
    return f"sqlite:{old}", expected


def test_readers_are_told_that_a_store_is_an_older_one_s(older: Any) -> None:
    address, _ = older
    for opened in (open_archive, open_outbox):
        with pytest.raises(StoreOutdated, match="once"):
            opened(address)


def test_it_answers_as_before_once_it_is_brought_up_to_date(older: Any) -> None:
    address, expected = older
    told: list[tuple[int, int]] = []
    open_ledger(address, upgrading=lambda *far: told.append(far)).close()
    assert told[-1] == (MANY + 7, MANY + 7)
    assert answers(address) == expected
    told.clear()
    open_ledger(address, upgrading=lambda *far: told.append(far)).close()
    assert told == [], "done once"


@pytest.mark.acceptance
@pytest.mark.parametrize("before", [one.name for one in migrations._migrations[1:]])
def test_from_every_schema_that_there_was_it_answers_as_before(
    newer: Path, tmp_path: Path, before: str
) -> None:
    """With rows in all tables that it had."""
    old = tmp_path / "old.db"
    make_older(newer, old, before)
    with closing(sqlite3.connect(old)) as connection, connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'place'").fetchone():
            connection.execute("DELETE FROM place")  # the index was not taken along
    open_ledger(f"sqlite:{old}").close()
    assert answers(f"sqlite:{old}") == answers(f"sqlite:{newer}")
    assert orphans(old) == []
    assert len(open_keeper(f"sqlite:{old}").backups()) == 1


def test_it_is_copied_first_once_and_the_older_newswatch_can_go_on_with_the_copy(
    older: Any,
) -> None:
    address, _ = older
    path = Path(address.removeprefix("sqlite:"))

    def as_kept(file: Path) -> list[Any]:
        with closing(sqlite3.connect(file)) as connection:
            return [
                connection.execute(ask).fetchall()
                for ask in ("PRAGMA user_version", "SELECT id, text FROM version ORDER BY id")
            ]

    before = as_kept(path)

    def enough(_done: int, _of: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        open_ledger(address, upgrading=enough)
    open_ledger(address).close()
    keeper = open_keeper(address)
    (copy,) = keeper.backups()
    assert as_kept(copy) == before
    assert keeper.newest_good() == copy
    assert as_kept(path)[0] != before[0]


def test_where_no_copy_can_be_made_nothing_is_migrated(older: Any) -> None:
    address, _ = older
    path = Path(address.removeprefix("sqlite:"))
    (path.parent / "backups").touch()
    with pytest.raises(StoreError, match="it is copied before it is brought up to date"):
        open_ledger(address)
    with pytest.raises(StoreOutdated, match="once"):
        open_archive(address)
    (path.parent / "backups").unlink()
    open_ledger(address).close()
    open_archive(address).close()


def large(folder: Path) -> str:
    """A store whose migration takes a second: 30,000 matches that its history did not tell."""
    with Desk(folder) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
    old = folder / "old.db"
    make_older(folder / "test.db", old, "0031_whole")
    with sqlite3.connect(old) as connection:
        connection.execute("DELETE FROM place")
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)"
            " INSERT INTO match SELECT 'rule' || i, version.id, article, article, first_seen, '[]' FROM n, version"
        )
    connection.close()
    return f"sqlite:{old}"


def test_while_tables_are_migrated_it_is_said_that_something_moves(tmp_path: Path) -> None:
    """A service manager waits two minutes for a sign of life, and a large store's tables take longer."""
    address = large(tmp_path)
    told: list[tuple[int, int]] = []
    open_ledger(address, upgrading=lambda *far: told.append(far)).close()
    assert told.count((0, 1)) > 2
    assert told[-1] == (1, 1)
    assert open_keeper(address).verify(None, lambda _done, _of: None).found == ()


def test_what_ends_a_migration_leaves_the_tables_as_they_were(tmp_path: Path) -> None:
    address = large(tmp_path)

    def ended(_done: int, _of: int) -> None:
        raise Enough

    def changes() -> int:
        with sqlite3.connect(address.removeprefix("sqlite:")) as connection:
            found = connection.execute("SELECT count(*) FROM change").fetchone()
        connection.close()
        return int(found[0])

    before = changes()
    with pytest.raises(Enough):
        open_ledger(address, upgrading=ended)
    assert changes() == before
    open_ledger(address).close()
    assert changes() > before + 30_000


def test_readers_are_told_who_is_bringing_it_up_to_date(older: Any) -> None:
    address, _ = older
    told: list[str] = []

    def ask(_done: int, _of: int) -> None:
        with pytest.raises(StoreOutdated) as outdated:
            open_archive(address)
        told.append(str(outdated.value))

    open_ledger(address, upgrading=ask).close()
    assert len(set(told)) == 1
    assert f": process {os.getpid()} is bringing it up to date" in told[0]


class Enough(Exception):
    """Whoever waited for it has gone."""


def test_what_ends_it_on_the_way_loses_nothing_and_the_next_goes_on(
    older: Any,
) -> None:
    address, expected = older
    told: list[int] = []

    def once(done: int, _of: int) -> None:
        told.append(done)
        raise Enough

    for _ in range(2):
        with pytest.raises(Enough):
            open_ledger(address, upgrading=once)
        with pytest.raises(StoreOutdated, match="import"):
            open_archive(address)
    open_ledger(address, upgrading=lambda done, _of: told.append(done)).close()
    assert told == sorted(set(told)), "nothing is filed twice"
    assert told[-1] == MANY + 7
    assert answers(address) == expected


def test_import_and_once_bring_it_up_to_date_and_say_so(
    older: Any,
    newer: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, expected = older
    monkeypatch.chdir(tmp_path)
    assert code_of(["--store", address, "search", "gas"]) == 4
    assert "older newswatch" in capsys.readouterr().err
    lines = tmp_path / "none.jsonl"
    lines.write_text("", "utf-8")
    assert code_of(["--store", address, "import", str(lines)]) == 1, "nothing in it"
    assert "filed anew: 507 of 507 versions" in capsys.readouterr().err
    assert answers(address) == expected
    config = tmp_path / "config"
    config.mkdir()
    (config / "newswatch.yaml").write_text("contact: ops@example.org\n", "utf-8")
    again = tmp_path / "again.db"
    make_older(newer, again, BEFORE)
    assert code_of(["--store", f"sqlite:{again}", "once", "--now", "2026-04-01"]) == 0
    assert "filed anew: 507 of 507 versions" in capsys.readouterr().err
    assert answers(f"sqlite:{again}") == expected


class Idle:
    """Workers that are asked for nothing."""

    def turned(self, tell: Callable[[], None]) -> None:
        tell()

    def submit(self, request: Request) -> Future[Outcome]:
        raise AssertionError(request)

    def stop(self, deadline: float) -> None:
        """Nothing runs."""


def sent(letter: Letter) -> Sent:
    raise AssertionError(letter)


def test_a_daemon_says_how_far_it_is_and_a_stop_does_not_wait_for_it(
    older: Any, tmp_path: Path
) -> None:
    address, expected = older
    made = Configuration(
        store=address, policy=CrawlPolicy(), mail=MailSettings("file:x", "newswatch@example.org")
    )
    force = in_force(made)
    log = io.StringIO()

    def watched(*, stop: Callable[[int, int], bool]) -> None:
        def opened(tell: Callable[[int, int], None]) -> Any:
            def also(done: int, of: int) -> None:
                if stop(done, of):
                    daemon.stop()
                tell(done, of)

            return open_ledger(address, upgrading=also)

        daemon = Daemon(
            force, opened, Idle(), sent,
            clock=DrivenClock(NOW), log=log_to(log), keeper=open_keeper(address), ballast=ballast_of(address), load=lambda: (force, sent),
        )  # fmt: skip
        daemon.run()

    watched(stop=lambda _done, _of: True)
    assert "an older newswatch kept this store" in log.getvalue()
    with pytest.raises(StoreOutdated):
        open_archive(address)
    watched(stop=lambda done, of: done == of)
    assert "filed_anew=507" in log.getvalue()
    assert answers(address) == expected


def test_a_store_from_before_rhythms_goes_on_with_its_feeds(tmp_path: Path) -> None:
    new, old = tmp_path / "test.db", tmp_path / "older.db"
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Item", PIPELINE),), NOW)
        kept = desk.claimed("paper", NOW)
    assert make_older(new, old, "0015_rhythms") == 14
    ledger = open_ledger(f"sqlite:{old}")
    try:
        assert ledger.known.request(kept.id) == replace(kept, last="", lease="")
        ledger.begin("anew", NOW)
        (request,) = [r for r in ledger.due(NOW + timedelta(days=9)) if r.feed == "wire"]
        assert (request.rhythm, request.hints, request.life) == (UNHEARD, UNASKED, 0.0)
        assert request.health == UNJUDGED
        assert len(request.known) == 1
    finally:
        ledger.close()


def test_a_store_with_requests_on_their_way_and_feeds_that_never_answered_goes_on(
    tmp_path: Path,
) -> None:
    """As an older newswatch wrote them: the lease in the request's own row, and no time as an empty one."""
    new, old = tmp_path / "test.db", tmp_path / "older.db"
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Item", PIPELINE),), NOW)
        for n in range(3):
            silent = desk.claimed("paper", NOW + n * timedelta(days=1))
            failure = Failure("timeout", "no answer within 20 s")
            ingest.settle(Outcome(silent, failure=failure), desk.ledger, desk.standing, silent.due)
        kept = desk.ledger.known.request(silent.id)
        assert kept is not None
        assert kept.rhythm != UNHEARD
        assert kept.rhythm.until is None
        foot = desk.ledger.outbox.footer(NOW, NOW + timedelta(hours=2))
        assert foot.polls
    make_older(new, old, "0037_leases")
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("UPDATE request SET lease = 'run:1'")
        told = connection.execute(
            """UPDATE request SET rhythm = replace(rhythm, '"until":null', '"until":""') WHERE id = ?""",
            (kept.id,),
        )
        assert told.rowcount == 1
        connection.commit()
    with closing(open_ledger(f"sqlite:{old}")) as ledger:
        ledger.begin("anew", NOW)
        asked = {request.id: request for request in ledger.due(NOW + timedelta(days=9))}
        assert len(asked) == 2
        assert replace(asked[kept.id], lease="", last="") == kept
        assert ledger.outbox.footer(NOW, NOW + timedelta(hours=2)) == foot
