"""The contract of a store: what is kept whole, what is refused, what survives."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sqlite3 as standard
import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive_of import ANNA, HOUR, MARKET, MINUTE, NOW, PIPELINE, Desk, content_id_of, entry
from newswatch import deliver, ingest, query, rhythm
from newswatch.model import (
    Article,
    Changeset,
    Failure,
    Feed,
    Gap,
    Hints,
    Imported,
    Outcome,
    Rhythm,
    Rule,
    Sent,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreMissing,
    WindowEntry,
)
from newswatch.store import (
    NotFound,
    holder_of,
    open_archive,
    open_keeper,
    open_ledger,
    open_outbox,
    writer_of,
)
from newswatch.store.schema import migrations
from newswatch.store.sqlite import SCHEMA, Lock, deed, nothing, open_beside, open_reader, sqlite3
from newswatch.store.upgrading import open_writer

DAY = timedelta(days=1)


def exported(desk: Desk, what: str) -> list[dict]:
    archive = open_archive(desk.address)
    try:
        return list(archive.export(what))
    finally:
        archive.close()


def test_a_changeset_is_kept_once(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
        before = exported(desk, "versions"), exported(desk, "changes")
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        after = exported(desk, "versions"), exported(desk, "changes")
        assert len(before[0]) == 1
        assert [v["id"] for v in before[0]] == [v["id"] for v in after[0]]
        assert before[1] == after[1]


def test_an_outcome_whose_lease_is_over_is_dropped_whole(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        request = desk.claim(content_id_of(desk, "wire"), NOW)
        desk.ledger.begin("another run", NOW)
        late = Outcome(
            request, 200, request.url, window=(entry("http://wire.example/1", "Late", PIPELINE),)
        )
        assert ingest.settle(late, desk.ledger, desk.standing, NOW) is None
        assert exported(desk, "versions") == []
        again = desk.claim(request.id, NOW)
        assert again.lease != request.lease
        outcome = Outcome(again, 200, again.url, window=late.window)
        assert ingest.settle(outcome, desk.ledger, desk.standing, NOW) is not None
        assert ingest.settle(outcome, desk.ledger, desk.standing, NOW) is None
        assert len(exported(desk, "versions")) == 1


def test_a_claimed_request_is_not_claimed_again_until_the_run_ends(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        first = desk.ledger.due(NOW)
        assert {r.feed for r in first} == {"wire", "paper"}
        assert desk.ledger.due(NOW) == ()
        desk.ledger.begin("next run", NOW)
        assert {r.id for r in desk.ledger.due(NOW)} == {r.id for r in first}


def crowd(desk: Desk, feed: str, count: int) -> None:
    """As many due pages of *feed*, overdue since long before anything else."""
    desk.ledger._connection.executemany(
        "INSERT INTO request (id, kind, url, feed, due, first_seen, lang, etag,"
        " last_modified, body_hash, shown, backlog, polls, successes, failures, interval, pending)"
        " VALUES (?, 'page', ?, ?, ?, ?, '', '', '', '', '', 0, 0, 0, 0, 0, 1)",
        [
            (f"{n:020x}", f"http://crowd.example/{n}", feed, "2026-01-01", NOW.isoformat())
            for n in range(count)
        ],
    )
    desk.ledger._connection.commit()


def test_no_feed_takes_more_than_its_share_and_feeds_come_before_pages(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        crowd(desk, "wire", 500)
        first = desk.ledger.due(NOW, share=20)
        assert [r.kind for r in first] == ["feed", "feed"] + ["page"] * 19
        assert Counter(r.feed for r in first) == {"wire": 20, "paper": 1}
        assert desk.ledger.due(NOW, share=20) == ()
        page = next(r for r in first if r.kind == "page")
        lost = Outcome(page, failure=Failure("lost"))
        assert ingest.settle(lost, desk.ledger, desk.standing, NOW) is not None
        assert len(desk.ledger.due(NOW, share=20)) == 1
        assert len(desk.ledger.due(NOW, 5, share=100)) == 5


def steps_of_a_claim(desk: Desk, now: datetime) -> int:
    """What a claim takes, in hundreds of SQLite's steps."""
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    desk.ledger._connection.set_progress_handler(count, 100)
    assert desk.ledger.due(now, share=20)
    desk.ledger._connection.set_progress_handler(None, 0)
    return counted[0]


def test_a_claim_does_not_read_a_crowd_to_pass_it(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        steps = []
        for count in (0, 20_000):
            crowd(desk, "wire", count)
            desk.ledger.begin(f"run {count}", NOW)
            steps.append(steps_of_a_claim(desk, NOW))
        assert steps[1] < steps[0] + 200


def test_a_claim_does_not_ask_for_each_feed_that_has_nothing_due(tmp_path: Path) -> None:
    feeds = tuple(Feed(f"f{n:03}", f"http://f{n:03}.example/rss") for n in range(400))
    with Desk(tmp_path, feeds=feeds) as desk:
        for request in desk.ledger.due(NOW)[1:]:
            row = replace(request, due=NOW + HOUR, lease="")
            desk.ledger.keep(Changeset(NOW, request.lease, row))
        desk.ledger.begin("anew", NOW)
        assert steps_of_a_claim(desk, NOW) <= 4, "one feed is due, and 399 are not"


def test_a_late_answer_is_dropped_with_all_that_it_says_while_another_has_the_lease(
    tmp_path: Path,
) -> None:
    with Desk(tmp_path) as desk:
        late = desk.claimed("wire", NOW)
        lost = Outcome(late, failure=Failure("lost", "its worker went away"))
        assert ingest.settle(lost, desk.ledger, desk.standing, NOW) is not None
        now = desk.claimed("wire", NOW + HOUR)
        window = (entry("http://wire.example/1", "Leak", PIPELINE),)
        answer = Outcome(late, 200, late.url, window=window)
        assert ingest.settle(answer, desk.ledger, desk.standing, NOW + HOUR) is None
        assert exported(desk, "articles") == []
        kept = ingest.settle(replace(answer, request=now), desk.ledger, desk.standing, NOW + HOUR)
        assert kept is not None
        assert len(exported(desk, "articles")) == 1


def test_what_is_on_its_way_is_claimed_by_no_other_door(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        shown = entry("http://paper.example/1", "Leak", "A short lead.", quality="lead")
        page = desk.poll("paper", (shown,), NOW).asked[0]
        assert page.id in {request.id for request in desk.ledger.due(NOW)}
        for look in (-1, 1, 2):
            desk.ledger.keep(Changeset(NOW, asked=(replace(page, look=look),)))
            assert desk.ledger.past(NOW, alone=True) == ()
            assert desk.ledger.due(NOW) == ()


def test_the_register_is_as_it_was_where_a_configuration_could_not_be_kept(tmp_path: Path) -> None:
    def refuse(name: str) -> None:
        if name == "before configure" and refused:
            raise StoreError("no room")

    refused = False
    with Desk(tmp_path, boundary=refuse) as desk:
        refused = True
        anew = Feed("wire", "http://wire.example/rss", headers=(("X-B", "1"), ("A", "2")))
        with pytest.raises(StoreError):
            desk.ledger.configure((anew,), (), NOW)
        assert {r.source.headers for r in desk.ledger.due(NOW)} == {()}
        refused = False
        desk.ledger.configure((anew,), (), NOW)
        desk.ledger.begin("anew", NOW)
        (request,) = desk.ledger.due(NOW)
        assert request.source == desk.ledger.known.source("wire")


def test_an_outcome_whose_worker_went_away_only_gives_the_lease_back(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        shown = entry("http://paper.example/1", "Leak", "A short lead.", quality="lead")
        asked = desk.poll("paper", (shown,), NOW).asked[0]
        claimed = [desk.claim(r, NOW) for r in (content_id_of(desk, "wire"), asked.id)]
        for request in claimed:
            lost = Outcome(request, failure=Failure("lost", "stopped on the way"))
            assert ingest.settle(lost, desk.ledger, desk.standing, NOW) is not None
        assert desk.ledger.due(NOW) == (), "no run asks for ever"
        again = {r.id: (r.failures, r.polls) for r in desk.ledger.due(NOW + ingest.LOST_WAIT)}
        assert again == {r.id: (r.failures, r.polls) for r in claimed}
        assert exported(desk, "versions") == []
        archive = open_archive(desk.address)
        assert [f["failing_since"] for f in archive.feeds() if f["name"] == "wire"] == [None]
        archive.close()


def test_a_fault_inside_a_transaction_keeps_nothing_of_it(tmp_path: Path) -> None:
    class Broken(RuntimeError):
        pass

    armed = False

    def boundary(name: str) -> None:
        if armed and name == "before keep":
            raise Broken

    with Desk(tmp_path, boundary=boundary) as desk:
        request = desk.claim(content_id_of(desk, "wire"), NOW)
        window = (entry("http://wire.example/1", "Leak", PIPELINE),)
        outcome = Outcome(request, 200, request.url, window=window)
        armed = True
        with pytest.raises(Broken):
            ingest.settle(outcome, desk.ledger, desk.standing, NOW)
        armed = False
        assert exported(desk, "versions") == []
        assert ingest.settle(outcome, desk.ledger, desk.standing, NOW) is not None
        archive = open_archive(desk.address)
        from newswatch import query

        assert [h.version.title for h in archive.search(query.read("karvia*"))] == ["Leak"]
        archive.close()


def test_one_writer_a_store(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk, pytest.raises(StoreBusy, match="is writing"):
        open_ledger(desk.address)
    open_ledger(f"sqlite:{tmp_path / 'test.db'}").close()


def test_a_store_reached_by_a_link_is_the_same_store(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to("test.db")
    (tmp_path / "folder").symlink_to(tmp_path, target_is_directory=True)
    with Desk(tmp_path) as desk:
        for name in ("link.db", "folder/test.db", "folder/link.db"):
            linked = f"sqlite:{tmp_path / name}"
            assert holder_of(linked) == holder_of(desk.address) == os.getpid()
            with pytest.raises(StoreBusy, match="is writing"):
                open_ledger(linked)
    open_ledger(f"sqlite:{tmp_path / 'link.db'}").close()


def test_what_a_link_in_the_locks_place_leads_to_is_let_be(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("somebody's")
    (tmp_path / "test.db.lock").symlink_to(precious)
    with pytest.raises(StoreError, match=r"test\.db\.lock is a link: remove it"):
        open_ledger(f"sqlite:{tmp_path / 'test.db'}")
    assert precious.read_text() == "somebody's"


def test_a_writer_starts_while_somebody_asks_who_writes(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    Lock(path).release()
    asking = os.open(f"{path}.lock", os.O_RDONLY)
    fcntl.flock(asking, fcntl.LOCK_SH)
    tries = []

    def wait(seconds: float) -> None:
        tries.append(seconds)
        if len(tries) == 3:
            os.close(asking)

    lock = Lock(path, wait)
    assert holder_of(f"sqlite:{path}") == os.getpid()
    assert len(tries) == 3
    with pytest.raises(StoreBusy, match=f"newswatch {os.getpid()} is writing"):
        Lock(path, tries.append)
    assert sum(tries[3:]) <= 0.2
    lock.release()
    assert holder_of(f"sqlite:{path}") is None


def test_a_lock_says_for_which_command_it_is_held(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    address = f"sqlite:{path}"
    assert writer_of(address) is None
    ledger = open_ledger(address, work="import")
    assert writer_of(address) == (os.getpid(), "import")
    for written, read in ((b"4711\n", (4711, "")), (b"", (0, "")), (b"\xb2 x", (0, "x"))):
        Path(f"{path}.lock").write_bytes(written)
        assert writer_of(address) == read
    ledger.close()


def test_readers_see_no_store_a_damaged_one_and_another_programs(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="newswatch once"):
        open_archive(f"sqlite:{tmp_path / 'none.db'}")
    (tmp_path / "torn.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    with pytest.raises(StoreDamaged):
        open_archive(f"sqlite:{tmp_path / 'torn.db'}")
    with pytest.raises(StoreDamaged):
        open_ledger(f"sqlite:{tmp_path / 'torn.db'}")
    other = standard.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE t (x)")
    other.close()
    with pytest.raises(StoreDamaged, match="not newswatch's"):
        open_ledger(f"sqlite:{tmp_path / 'other.db'}")
    with pytest.raises(StoreError, match="sqlite:PATH"):
        open_archive("postgres://localhost/x")


def test_a_store_whose_making_ended_before_its_first_table_is_made(tmp_path: Path) -> None:
    """As by a power cut: readers say that there is nothing yet, and a writer begins."""
    path = tmp_path / "begun.db"
    path.touch()
    with pytest.raises(StoreMissing, match="is empty"):
        open_archive(f"sqlite:{path}")
    open_ledger(f"sqlite:{path}").close()
    open_archive(f"sqlite:{path}").close()


def test_a_store_whose_first_page_was_not_written_to_its_end_is_made(tmp_path: Path) -> None:
    """The journal of its first page lies beside it, which no reader may play back."""
    begun, left = tmp_path / "begun.db", tmp_path / "left.db"
    with contextlib.closing(standard.connect(begun, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("PRAGMA application_id = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE t (x)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 4000,)] * 20)
        for suffix in ("", "-journal"):
            shutil.copy(f"{begun}{suffix}", f"{left}{suffix}")
    journal = Path(f"{left}-journal")
    assert journal.stat().st_size
    with pytest.raises(StoreMissing, match="newswatch once"):
        open_archive(f"sqlite:{left}")


def test_a_newer_store_is_refused_with_a_word(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        address = desk.address
    raw = standard.connect(tmp_path / "test.db")
    raw.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)",
        ("newswatch", "9999_from_the_future", "2027-01-01"),
    )
    raw.commit()
    raw.close()
    with pytest.raises(StoreDamaged, match="newer newswatch"):
        open_ledger(address)


def test_backup_while_writing_and_restore(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
        keeper = open_keeper(desk.address)
        copy = keeper.backup(NOW)
        assert copy.parent.name == "backups"
        desk.poll("wire", (entry("http://wire.example/2", "Market", MARKET),), NOW + HOUR)
        assert keeper.check() == ()
        with pytest.raises(StoreBusy):
            keeper.restore(copy, NOW)
    body = bytearray((tmp_path / "test.db").read_bytes())
    body[4096 : 4096 * 6] = b"\x13" * (4096 * 5)
    (tmp_path / "test.db").write_bytes(bytes(body))
    assert keeper.check()
    kept = keeper.restore(keeper.newest_good(), NOW)
    assert kept.exists()
    assert keeper.check() == ()
    archive = open_archive(f"sqlite:{tmp_path / 'test.db'}")
    assert [a["title"] for a in archive.export("articles")] == ["Leak"]
    archive.close()


def test_versions_that_share_a_millisecond_get_rows_of_their_own(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        shown = tuple(
            entry(
                f"http://wire.example/{n}",
                f"Item number {n}",
                "",
                quality="headline",
                published=NOW,
            )
            for n in range(50)
        )
        desk.poll("wire", shown, NOW)
        assert len(exported(desk, "articles")) == 50


def test_quiet_moments_leave_a_search_few_segments_to_ask(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        asked = desk.ledger._connection.execute

        def segments() -> int:
            # FTS5 files a page of a segment under the segment's number, shifted (fts5_index.c).
            found = asked("SELECT count(DISTINCT id >> 37) FROM version_index_data WHERE id > 10")
            return int(found.fetchone()[0])

        for n in range(15):
            desk.poll("wire", (entry(f"http://wire.example/{n}", f"Item {n}", PIPELINE),), NOW)
        assert segments() == 15
        while desk.ledger.tidy():
            pass
        assert segments() <= 6
        found = desk.ledger._connection.total_changes
        assert not desk.ledger.tidy()
        assert desk.ledger._connection.total_changes == found, "nothing is written when all is done"
        archive = open_archive(desk.address)
        assert len(list(archive.search(query.read("karvia item")))) == 15
        archive.close()


def test_an_article_is_found_by_the_beginning_of_its_id_or_its_address(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1?utm_source=x", "Leak", PIPELINE),), NOW)
        archive = open_archive(desk.address)
        found = next(archive.export("articles"))
        assert archive.show(found["id"][:6]).state.id == found["id"]
        assert archive.show(found["version"][:8]).state.id == found["id"]
        assert archive.show("http://wire.example/1?utm_source=x").state.id == found["id"]
        for wrong in ("", "zzzz", "%", "_", "http://nowhere.example/"):
            with pytest.raises(NotFound):
                archive.show(wrong)
        archive.close()


def test_export_gives_what_the_contract_names(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE, published=NOW),), NOW)
        article, version = exported(desk, "articles")[0], exported(desk, "versions")[0]
        assert set(article) >= {
            "id", "url", "addresses", "source", "newsroom", "title", "lead", "text", "lang",
            "author", "published", "first_seen", "story", "version", "versions",
        }  # fmt: skip
        assert set(version) >= {
            "id", "article", "url", "n", "title", "text", "first_seen", "last_seen", "sightings",
            "kind",
        }  # fmt: skip
        assert article["lead"] == PIPELINE.partition("\n")[0]
        assert article["first_seen"] == "2026-03-03T08:00:00Z"
        assert version["kind"] == "new"


def test_last_seen_follows_the_polls_in_which_a_version_stood(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        one = entry("http://wire.example/1", "Leak", PIPELINE)
        two = entry("http://wire.example/2", "Market", MARKET)
        desk.poll("wire", (one, two), NOW)
        desk.poll("wire", (one, two), NOW + HOUR)
        desk.poll("wire", (two,), NOW + 2 * HOUR)
        desk.poll("wire", (two,), NOW + 3 * HOUR)
        seen = {v["title"]: v for v in exported(desk, "versions")}
        assert seen["Leak"]["last_seen"] == "2026-03-03T10:00:00Z"
        assert seen["Market"]["last_seen"] == "2026-03-03T11:00:00Z"
        assert seen["Leak"]["sightings"] == seen["Market"]["sightings"] == 1


def test_the_outbox_works_beside_a_writer(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        box = open_outbox(desk.address)
        assert box.owed() == ()
        with pytest.raises(StoreError, match="not in the outbox"):
            box.retry("nothing", NOW)
        assert box.last_slot("desk", ANNA.name) is None
        box.pass_slot("desk", ANNA.name, NOW + MINUTE)
        assert desk.ledger.outbox.last_slot("desk", ANNA.name) == NOW + MINUTE


def test_a_rule_put_back_is_run_over_what_came_while_it_was_out(tmp_path: Path) -> None:
    rule = Rule("market", "grain", ("anna",))
    with Desk(tmp_path, in_force=(rule,)) as desk:
        desk.poll("wire", (entry("http://wire.example/0", "Grain", MARKET),), NOW)
        desk.configure((), NOW)
        desk.poll("wire", (entry("http://wire.example/1", "Grain again", MARKET),), NOW + HOUR)
        desk.configure((rule,), NOW + HOUR)
        assert len(exported(desk, "matches")) == 2
        assert [c["kind"] for c in exported(desk, "changes")].count("match") == 2, "each told once"
        desk.configure((rule,), NOW + HOUR)
        assert desk.ledger.behind() == ()


def test_what_was_kept_before_is_no_change_when_it_is_kept_again(tmp_path: Path) -> None:
    with Desk(tmp_path, in_force=(Rule("market", "grain", ("anna",)),)) as desk:
        shown = (entry("http://wire.example/1", "Grain", MARKET),)
        changes = desk.poll("wire", shown, NOW)
        gap = Gap("wire", content_id_of(desk, "wire"), NOW, NOW + HOUR, 2)
        again = replace(changes, lease="", request=None, window=None, gap=gap)
        assert changes.matches
        assert desk.ledger.keep(again)
        before = exported(desk, "changes"), exported(desk, "articles")
        assert desk.ledger.keep(again)
        desk.ledger.keep_matches(changes.matches, (), NOW)
        assert (exported(desk, "changes"), exported(desk, "articles")) == before
        kinds = Counter(c["kind"] for c in before[0])
        assert (kinds["version"], kinds["match"], kinds["gap"]) == (1, 1, 1)
        assert before[1][0]["versions"] == 1


@pytest.mark.parametrize(("days", "joins"), [(-15, False), (-13, True), (13, True), (15, False)])
@pytest.mark.parametrize("text", [MARKET, MARKET + "\nA last line that only the copy has."])
def test_an_imported_copy_joins_only_within_two_weeks_before_or_after(
    tmp_path: Path, text: str, days: int, joins: bool
) -> None:
    with Desk(tmp_path) as desk:
        copies = (
            Imported(
                Article("http://a.example/1", "Grain", MARKET, "en", quality="full"), NOW, "a"
            ),
            Imported(
                Article("http://b.example/1", "Grain", text, "en", quality="full"),
                NOW + timedelta(days=days),
                "b",
            ),
        )
        for copy in copies:
            ingest.take_in((copy,), desk.ledger, desk.standing, NOW + 99 * DAY, alert=False)
        assert (len({a["story"] for a in exported(desk, "articles")}) == 1) is joins
        seen = {s["last_seen"] for s in exported(desk, "stories")}
        assert max(seen) < "2026-04"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM notification WHERE rule = 'x' AND letter <> ''",
        "SELECT count(*), max(until) FROM gap WHERE feed = 'x'",
    ],
)
def test_what_a_listing_counts_a_line_is_found_by_an_index(tmp_path: Path, sql: str) -> None:
    with Desk(tmp_path) as desk:
        plan = desk.ledger._connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
        assert all(row["detail"].startswith("SEARCH") for row in plan)


def test_a_store_remembers_the_latest_time(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        assert desk.ledger.last() == NOW
        desk.poll("wire", (), NOW + timedelta(days=1))
        assert desk.ledger.last() == NOW + timedelta(days=1)
        desk.ledger.begin("x", NOW)
        assert desk.ledger.last() == NOW + timedelta(days=1)


def test_a_store_of_an_older_newswatch_is_named_until_a_writer_brings_it_up_to_date(
    tmp_path: Path,
) -> None:
    with Desk(tmp_path) as desk:
        address = desk.address
        desk.tampered = True
        desk.ledger._connection.execute("PRAGMA user_version = 4")
    with pytest.raises(StoreError, match="older newswatch"):
        open_archive(address)
    with pytest.raises(StoreError, match="older newswatch"):
        open_outbox(address)
    open_ledger(address).close()
    open_archive(address).close()
    with Desk(tmp_path) as desk:
        desk.tampered = True
        desk.ledger._connection.execute("PRAGMA user_version = 999")
    with pytest.raises(StoreError, match="newer newswatch"):
        open_archive(address)


@pytest.mark.parametrize("pragma", ["auto_vacuum = INCREMENTAL", "user_version = 0"])
def test_a_store_whose_maker_ended_with_its_first_page_is_empty(
    tmp_path: Path, pragma: str
) -> None:
    """A newswatch before wrote whose file it is behind its first page: a kill between was taken for another's file."""
    path = tmp_path / "test.db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA {pragma}")
    connection.close()
    assert path.stat().st_size > 0
    with pytest.raises(StoreMissing, match="is empty"):
        open_archive(f"sqlite:{path}")
    open_ledger(f"sqlite:{path}").close()
    open_archive(f"sqlite:{path}").close()


def test_the_schemas_number_is_that_of_its_migrations() -> None:
    assert len(list(migrations._migrations)) == SCHEMA


# ── what a power cut and a second writer may do ─────────────────────────────────────────────


def test_sealing_and_marking_outlive_a_power_cut_and_the_rest_a_crash(tmp_path: Path) -> None:
    """synchronous: 1 is NORMAL, which in a log loses only the last commits; 2 is FULL."""
    how: dict[str, set[int]] = {}
    connections: list[Any] = []

    def boundary(name: str) -> None:
        when, _, deed = name.partition(" ")
        if when == "before" and connections:
            kept = connections[0].execute("PRAGMA synchronous").fetchone()[0]
            how.setdefault(deed, set()).add(kept)

    path = tmp_path / "s.db"
    connection = open_writer(path)
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 1
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    connection.close()
    rules = (Rule("gas", '"gas pipeline"', ("anna",)),)
    with Desk(tmp_path, in_force=rules, boundary=boundary) as desk:
        connections.append(desk.ledger._connection)
        desk.poll("wire", (entry("http://wire.example/0", "Weather", "It rained."),), NOW)
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        readers = desk.readers
        deliver.seal_due(desk.ledger.outbox, readers, NOW + HOUR)
        (letter,) = desk.ledger.outbox.unsent(NOW + HOUR)
        deliver.mark(desk.ledger.outbox, letter, Sent(letter.id, 250, "taken"), NOW + HOUR)
        connections.clear()
    assert how.pop("seal") == {2}
    assert how.pop("mark") == {2}
    assert how["keep"] == {1}
    assert set().union(*how.values()) == {1}


def test_two_writers_wait_for_each_other_and_lose_nothing(tmp_path: Path) -> None:
    """A transaction that reads before it writes: begun without the writer's place it would fail with
    "database is locked" as soon as the other one has written meanwhile.
    """
    path = tmp_path / "t.db"
    first = open_writer(path)
    first.execute("CREATE TABLE tally (n INTEGER)")
    first.execute("INSERT INTO tally VALUES (0)")
    first.commit()
    first.close()
    failed: list[BaseException] = []
    together = threading.Barrier(2)

    def write() -> None:
        connection = open_beside(path)
        try:
            together.wait(30)
            for _ in range(100):
                with deed(connection, path, nothing, "count"):
                    n = connection.execute("SELECT n FROM tally").fetchone()[0]
                    connection.execute("UPDATE tally SET n = ?", (n + 1,))
        except BaseException as error:  # noqa: BLE001 - the test's own thread raises it
            failed.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert failed == []
    connection = open_beside(path)
    assert connection.execute("SELECT n FROM tally").fetchone()[0] == 200
    connection.close()


def test_after_a_standstill_the_shortest_windows_are_asked_first(tmp_path: Path) -> None:
    """A feed overdue by an hour whose window lasts a month waits behind one whose window lasts two."""
    lives = {"slow": 30 * 24.0, "quick": 2.0, "old": 60 * 24.0, "middling": 12.0}
    feeds = tuple(Feed(name, f"http://{name}.example/rss") for name in lives)
    with Desk(tmp_path, feeds=feeds) as desk:
        for n, request in enumerate(sorted(desk.ledger.due(NOW), key=lambda r: r.feed)):
            row = replace(
                request, life=lives[request.feed] * 3600, due=NOW + timedelta(minutes=n), lease=""
            )
            desk.ledger.keep(Changeset(NOW, request.lease, row))
        later = NOW + timedelta(hours=3)
        for share in (None, 5):
            desk.ledger.begin("anew", later)
            found = [request.feed for request in desk.ledger.due(later, 1000, share)]
            assert found == ["quick", "middling", "slow", "old"]
            desk.ledger.begin("anew", later)
            assert [r.feed for r in desk.ledger.due(later, 2, share)] == ["quick", "middling"]


def test_a_rhythm_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        request = desk.claimed("wire", NOW)
        brought = rhythm.polled(
            rhythm.polled(Rhythm(), 3, 20, NOW), 7, 20, NOW + timedelta(hours=5)
        )
        row = replace(
            request,
            rhythm=brought,
            hints=Hints(900, frozenset({3, 4}), frozenset({6})),
            life=77.5,
            lease="",
        )
        assert desk.ledger.keep(Changeset(NOW, request.lease, row))
        found = desk.ledger.known.request(request.id)
        assert found is not None
        assert (found.rhythm, found.hints, found.life) == (brought, row.hints, 77.5)


def test_a_window_is_carried_along_as_it_was_kept(tmp_path: Path) -> None:
    """Whatever its guids hold; an entry without a mark is known, and not taken for read."""
    odd = ('"', "\\", "\x00", "\x1f", "Ω", "\U0001f30d", "", "]],")
    window = tuple(
        WindowEntry(f"h{n}", guid, f"http://wire.example/{n}", "a", "m" * (n % 2))
        for n, guid in enumerate(odd)
    )
    with Desk(tmp_path) as desk:
        request = desk.claimed("wire", NOW)
        assert (request.known, request.read) == (frozenset(), ())
        desk.ledger.keep(Changeset(NOW, request.lease, request, window=window))
        again = desk.claimed("wire", NOW)
        assert again.known == {entry.hash for entry in window}
        assert [(s.hash, s.guid, s.url, s.mark) for s in again.read] == [
            (e.hash, e.guid, e.url, e.mark) for e in window if e.mark
        ]


def test_a_log_that_a_long_reading_let_grow_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "n.db"
    log = Path(f"{path}-wal")
    with contextlib.closing(open_ledger(f"sqlite:{path}")) as ledger:
        writer = ledger._connection
        writer.isolation_level = None

        def write(times: int) -> None:
            for n in range(times):
                writer.execute("UPDATE long SET bytes = ?", (bytes([n % 256]) * (4 << 20),))

        writer.execute("CREATE TABLE long(bytes)")
        writer.execute("INSERT INTO long VALUES ('')")
        with contextlib.closing(open_reader(path)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM long").fetchall()
            write(20)
            assert log.stat().st_size > 64_000_000
        write(10)
        assert log.stat().st_size <= 64_000_000
