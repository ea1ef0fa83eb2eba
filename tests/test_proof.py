"""Whatever is changed behind the history's back is found, and where."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from archive_of import ANNA, DESK, HOUR, MARKET, MINUTE, NOW, PIPELINE, Desk, entry
from newswatch import deliver, digest, ingest
from newswatch.cli import code_of
from newswatch.model import Article, Imported, Rule, StoreDamaged
from newswatch.store import open_keeper, open_ledger
from newswatch.store.contract import Proof
from newswatch.store.sqlite import sqlite3
from older_store import make_older

RULE = Rule("gas", "pipeline", ("desk", "anna"))


def filled(folder: Path) -> str:
    """A store of three articles, one of them corrected, with letters sent."""
    with Desk(folder, in_force=(RULE,)) as desk:
        deliver.begin_slots(desk.ledger.outbox, desk.readers, NOW)
        desk.poll("wire", (entry("http://wire.example/0", "Weather", "Rain."),), NOW)
        shown = [entry("http://wire.example/1", "Leak", PIPELINE)]
        desk.poll("wire", tuple(shown), NOW + MINUTE)
        shown[0] = entry("http://wire.example/1", "Leak", PIPELINE.replace("4:40", "4:50"))
        desk.poll("wire", (*shown, entry("http://wire.example/2", "Sport")), NOW + HOUR)
        desk.poll("paper", (entry("http://paper.example/a", "Leak", PIPELINE),), NOW + HOUR)
        deliver.seal_due(desk.ledger.outbox, desk.readers, NOW + 12 * HOUR)
        return desk.address


def verified(store: str, against: tuple[int, str] | None = None) -> Proof:
    return open_keeper(store).verify(against, lambda _done, _of: None)


def behind_its_back(store: str, sql: str) -> int:
    done = 0
    with sqlite3.connect(store.removeprefix("sqlite:")) as connection:
        for one in sql.split("; "):
            done = connection.execute(one).rowcount
    connection.close()
    return done


def test_an_archive_that_nobody_changed_is_as_it_was_kept(tmp_path: Path) -> None:
    store = filled(tmp_path)
    proof = verified(store)
    assert proof.found == ()
    assert (proof.versions, proof.letters) == (5, 3)
    id_, _, sealed = proof.head.partition(":")
    assert (int(id_), len(sealed)) == (proof.changes, 64)
    assert open_keeper(store).head() == proof.head


TAMPERED = {
    "a text": ("UPDATE version SET text = text || '.' WHERE title = 'Sport'", "version", "not as it was kept"),
    "a time": ("UPDATE version SET first_seen = '2026-03-01T00:00:00.000000Z' WHERE n = 2", "version", "not as"),
    "a version": ("DELETE FROM version WHERE title = 'Sport'", "version", "is gone"),
    "a version more": (
        ("CREATE TABLE more AS SELECT * FROM version WHERE title = 'Sport'; UPDATE more SET row = row + 100, id = 'x' || id,"
        " n = 9; INSERT INTO version SELECT * FROM more"), "version x", "no change tells of it"),
    "an article": ("DELETE FROM article WHERE url LIKE '%/2'", "article", "is gone, which change"),
    "what an article shows": ("UPDATE article SET current = 'x' WHERE url LIKE '%/2'", "article", "(current), which change"),
    "an article's newsroom": ("UPDATE article SET newsroom = 'Other' WHERE url LIKE '%/2'", "article", "(newsroom), which"),
    "whose wire it is": ("UPDATE version SET credit = 'Reuters' WHERE title = 'Sport'", "version", "not as it was kept"),
    "whose story it is": (
        "UPDATE article SET story = (SELECT story FROM article WHERE url LIKE '%/1') WHERE url LIKE '%/2'",
        "article", "(story), which change"),
    "a story": ("DELETE FROM story WHERE id = (SELECT story FROM article WHERE url LIKE '%/2')", "story", "is gone"),
    "a story more": ("INSERT INTO story(id, merged_into) VALUES ('x', '')", "story x", "no change tells of it"),
    "when a story began": ("UPDATE story SET first_seen = '2026'", "story", "(first_seen), which"),
    "an address": ("UPDATE address SET url = 'http://other.example/' WHERE url LIKE '%/2'", "other.example", "no change tells"),
    "evidence": ("UPDATE link SET score = 1.5", "the evidence on article", "(score), which"),
    "why": ("UPDATE link SET features = '[]'", "the evidence on article", "(features), which"),
    "evidence gone": ("DELETE FROM link", "the evidence on article", "is gone"),
    "a match": ("DELETE FROM match", "the match of rule gas", "is gone"),
    "a match more": ("INSERT INTO match SELECT 'oil', version, article, story, at, spans FROM match", "rule oil", "no change"),
    "where a rule matched": ("UPDATE match SET spans = '[]'", "the match of rule gas", "(spans), which"),
    "a correction": ("UPDATE revision SET kind = 'cosmetic'", "what changed in version", "not as it was kept"),
    "what a correction says": ("UPDATE revision SET changes = '[]'", "what changed in version", "not as it was kept"),
    "a correction gone": ("DELETE FROM revision", "what changed in version", "not as it was kept"),
    "who was told": ("DELETE FROM notification WHERE recipient = 'anna'", "what anna is told by rule gas", "is gone"),
    "who was told more": (
        "UPDATE notification SET recipient = 'eve' WHERE recipient = 'anna'", "what eve is told by", "no change tells"),
    "by which letter": ("UPDATE notification SET letter = 'x'", "what anna is told", "(letter), which"),
    "whom a letter went to": ("UPDATE letter SET address = 'eve@example.org'", "letter", "(address), which"),
    "what became of a letter": ("UPDATE letter SET state = 'dead'", "letter", "(state), which change"),
    "a letter gone": ("DELETE FROM letter WHERE recipient = 'anna'", "letter", "is gone"),
    "a letter": ("UPDATE letter SET content = x'00' WHERE recipient = 'anna' AND digest = 'desk'", "letter", "anna"),
    "a change": ("UPDATE change SET data = '{}' WHERE id = 3", "change 3", "not as it was kept"),
    "a change's time": ("UPDATE change SET at = '2026-03-01' WHERE id = 4", "change 4", "2026-03-01"),
    "changes gone": ("DELETE FROM change WHERE id IN (3, 4)", "changes 3 to 4", "gone"),
    "the last changes": ("DELETE FROM change WHERE id > 5", "changes 6 to", "the last there were"),
    "a text of no text": ("UPDATE version SET text = x'00ff'", "version", "not as it was kept"),
    "a text of no letters": ("UPDATE version SET text = CAST(x'ff00' AS TEXT)", "version", "not as it was kept"),
    "no place where a rule matched": ("UPDATE match SET spans = NULL", "the match of rule gas", "(spans), which"),
    "why, as bytes": ("UPDATE link SET features = CAST(features AS BLOB)", "the evidence on article", "(features), which"),
    "a correction of bytes": ("UPDATE revision SET changes = x'00'", "what changed in version", "not as it was kept"),
    "a letter of words": ("UPDATE letter SET content = 'hello'", "letter", "not as it was kept"),
    "no letter in it": ("UPDATE letter SET content = NULL", "letter", "not as it was kept"),
    "a change of bytes": ("UPDATE change SET data = x'00ff' WHERE id = 3", "change 3", "not as it was kept"),
    "a change too deep": (f"UPDATE change SET data = '{'[' * 100_000}' WHERE id = 3", "change 3", "not as it was kept"),
    "a number too large": (
        f"UPDATE change SET data = replace(data, '\"quiet\":0', '\"quiet\":{10**30}') WHERE kind = 'article'",
        "change 5", "not as it was kept"),
    "an object for a word": (
        "UPDATE change SET data = json_set(data, '$.url', json('{}')) WHERE kind = 'article'", "change 2", "not as it was"),
    "nothing for a word": (
        "UPDATE change SET data = json_set(data, '$.story', NULL) WHERE kind = 'article'", "change 2", "not as it was kept"),
    "a seal of words": ("UPDATE change SET chain = 'abc' WHERE id = 3", "change 3", "not as it was kept"),
    "an address of no letters": ("UPDATE address SET url = CAST(x'ff' AS TEXT)", "address", "no change tells of it"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_changed_is_named(tmp_path: Path, what: str) -> None:
    sql, whose, why = TAMPERED[what]
    store = filled(tmp_path)
    assert behind_its_back(store, sql) > 0
    found = verified(store).found
    assert any(whose in one and why in one for one in found), found


def test_who_calls_an_archive_a_copy_is_heard_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a copy no letters are held: it must say that it is one."""
    store = filled(tmp_path)
    code, out, _ = run(capsys, "--store", store, "verify", "--json")
    assert (code, json.loads(out)["copied"]) == (0, 0)
    behind_its_back(store, "DELETE FROM letter; DELETE FROM notification")
    assert verified(store).found
    behind_its_back(store, "INSERT INTO meta SELECT 'replica', max(id) FROM change")
    proof = verified(store)
    assert (proof.found, proof.letters, proof.copied) == ((), 0, proof.changes)
    _, _, err = run(capsys, "--store", store, "verify")
    assert f"a copy of another archive up to change {proof.changes}" in err


def test_a_table_that_is_gone_is_damage(tmp_path: Path) -> None:
    store = filled(tmp_path)
    behind_its_back(store, "DROP TABLE parted")
    with pytest.raises(StoreDamaged, match="the table parted is gone"):
        verified(store)


def test_a_history_made_anew_is_held_against_a_head_that_was_kept(tmp_path: Path) -> None:
    """Who can write to the file can make the whole chain anew; a head kept elsewhere says so."""
    store = filled(tmp_path)
    kept = verified(store).head
    id_, _, sealed = kept.partition(":")
    assert verified(store, (int(id_), sealed)).found == ()
    made_anew(store, "UPDATE change SET at = '2026-03-01T00:00:00.000000Z' WHERE id = 4")
    assert verified(store).found == ()
    (wrong,) = verified(store, (int(id_), sealed)).found
    assert "is not the one of the head given" in wrong
    (wrong,) = verified(store, (int(id_) + 1, sealed)).found
    assert "ends before" in wrong


def test_an_older_text_that_is_imported_stands_behind_what_the_article_shows(
    tmp_path: Path,
) -> None:
    with Desk(tmp_path, in_force=(RULE,)) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
        before = Article(
            url="http://wire.example/1", title="Market", text=MARKET, lang="en", quality="full"
        )
        old = Imported(before, NOW - 24 * HOUR, "wire", "Wire", ())
        assert ingest.take_in([old], desk.ledger, desk.standing, NOW + HOUR, alert=False) == 1
        shown = desk.ledger._connection.execute(
            "SELECT title FROM article JOIN version ON version.id = current"
        )
        assert [row[0] for row in shown] == ["Leak"]
    assert verified(desk.address).found == ()


def made_anew(store: str, sql: str) -> None:
    """Change the history and seal it again, as anybody can with what `store.chain` says."""
    with sqlite3.connect(store.removeprefix("sqlite:")) as connection:
        connection.execute(sql)
        before = bytes(32)
        for row in connection.execute("SELECT id, at, kind, subject, data FROM change").fetchall():
            said = json.dumps(list(row), ensure_ascii=False, separators=(",", ":"))
            before = sha256(before + said.encode()).digest()
            connection.execute("UPDATE change SET chain = ? WHERE id = ?", (before, row[0]))
    connection.close()


def test_a_writer_goes_on_behind_the_last_change(tmp_path: Path) -> None:
    store = filled(tmp_path)
    before = verified(store)
    with Desk(tmp_path, in_force=(RULE,)) as desk:
        desk.poll("wire", (entry("http://wire.example/9", "News"),), NOW + 24 * HOUR)
    after = verified(store, (before.changes, before.head.partition(":")[2]))
    assert after.found == ()
    assert after.changes > before.changes


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = code_of(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def test_verify_says_what_it_found_and_exits_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = filled(tmp_path)
    code, out, err = run(capsys, "--store", store, "verify")
    assert (code, out) == (0, "")
    assert "5 versions and 3 letters held against their hashes: all is as it was kept" in err
    _, head, _ = run(capsys, "--store", store, "verify", "--head")
    assert re.fullmatch(r"\d+:[0-9a-f]{64}\n", head)
    assert run(capsys, "--store", store, "verify", "--against", head)[0] == 0
    assert run(capsys, "--store", store, "verify", "--against", "12")[0] == 2
    behind_its_back(store, TAMPERED["a text"][0])
    code, out, err = run(capsys, "--store", store, "verify", "--json")
    assert code == 4
    (wrong,) = json.loads(out)["found"]
    assert "is not as it was kept" in wrong
    assert run(capsys, "--store", f"sqlite:{tmp_path / 'none.db'}", "verify")[0] == 1


@pytest.mark.parametrize("head", [False, True])
def test_a_digest_may_carry_the_head(tmp_path: Path, head: bool) -> None:
    with Desk(tmp_path, in_force=(RULE,), plans=(replace(DESK, head=head),)) as desk:
        letter = deliver.preview(desk.ledger.outbox, desk.readers, desk.readers.plans[0], ANNA, NOW)
        shown = " ".join(digest.plain(letter).split())
        assert ("The archive's head is " in shown) == head
        assert (open_keeper(desk.address).head() in shown) == head


def test_an_older_newswatchs_history_is_sealed_as_it_stands(tmp_path: Path) -> None:
    filled(tmp_path)
    old = tmp_path / "old.db"
    make_older(tmp_path / "test.db", old, "0023_chain")
    behind_its_back(f"sqlite:{old}", "UPDATE change SET data = json_remove(data, '$.sha256')")
    open_ledger(f"sqlite:{old}").close()
    proof = verified(f"sqlite:{old}")
    assert (proof.found, proof.versions, proof.letters) == ((), 0, 3), "letters are told once more"
    assert proof.changes > 0
