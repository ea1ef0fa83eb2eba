"""An archive's changes in an index, in a folder of Parquet and at a webhook, whatever befalls them on the way."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive_of import NOW, PIPELINE, Desk, entry, report
from newswatch.cli import code_of
from newswatch.model import Ages, Retention, Rule
from newswatch.sinks import NotTaken, Patience, SinkError, sink_to
from newswatch.sinks.bulk import Bulk
from newswatch.sinks.parquet import Parquet
from newswatch.sinks.position import Position
from newswatch.sinks.posting import Post
from newswatch.sinks.translating import line, pieces, touched
from newswatch.sinks.webhook import Webhook
from newswatch.store import open_archive, open_keeper
from search_engine import Engine, Hook, Misfortune
from test_cluster_faults import certificates
from test_replica import (
    DAY,
    FEEDS,
    RULES,
    article,
    begun,
    exported,
    older,
    pruned_and_come_again,
    run,
    url,
)

STREAMS = (Path(__file__).parents[1] / "docs" / "streams.md").read_text()
BAD = (400, "the text cannot be read")


@pytest.fixture
def engine() -> Iterator[Engine]:
    found = Engine()
    yield found
    found.end()


@pytest.fixture
def hook() -> Iterator[Hook]:
    found = Hook()
    yield found
    found.end()


@pytest.fixture
def store(tmp_path: Path) -> str:
    with begun(tmp_path / "one") as desk:
        return desk.address


def index(engine: Engine) -> str:
    return f"opensearch+{engine.origin}/newswatch"


def sent(
    capsys: pytest.CaptureFixture[str], store: str, to: str, *more: str
) -> tuple[int, str, str]:
    return run(capsys, "--store", store, "export", "--what", "changes", "--to", to, *more)


def described(store: str) -> dict[str, dict[str, Any]]:
    with closing(open_archive(store)) as archive:
        found = {one["id"]: archive.described(one["id"]) for one in exported(store, "articles")}
        assert {key: {**value, "rules": 0} for key, value in found.items() if value} == {
            one["id"]: {**one, "rules": 0} for one in exported(store, "articles")
        }
    return {key: value for key, value in found.items() if value}


def holds(engine: Engine, store: str) -> None:
    """The index is as the archive stands."""
    kept = {
        key: {name: value for name, value in document.items() if name != "change_id"}
        for key, document in engine.documents.items()
    }
    assert kept == described(store)


def befalls(folder: Path) -> Iterator[str]:
    """An archive as it stands after each of the things that befall one."""
    begun(folder).__exit__(None, None, None)
    store = f"sqlite:{folder / 'test.db'}"
    yield store
    keeper = open_keeper(store)
    leak, freight = article(store, url(1)), article(store, url(2))
    keeper.join(leak, freight, "one and the same", NOW + DAY)
    yield store
    keeper.part(leak, "they are not", NOW + DAY, {})
    yield store
    with Desk(folder, feeds=FEEDS, in_force=(replace(RULES[0], query="compressors"),)) as desk:
        yield store
        changed = entry(url(1), "Leak", PIPELINE.replace("48 million", "58 million"))
        desk.poll("wire", (changed, entry(url(7), "New", report(7))), NOW + 2 * DAY)
    with Desk(folder, feeds=FEEDS, in_force=(replace(RULES[0], query="nothing"),)) as desk:
        yield store
        back = entry(url(1), "Leak", PIPELINE)  # a text that stood before
        desk.poll("wire", (back, entry(url(7), "New", report(7))), NOW + 3 * DAY)
        assert exported(store, "changes")[-1]["kind"] != "version"
        yield store
    late = Rule("late", "compressors", ("desk",))  # of articles that are there
    with Desk(folder, feeds=FEEDS, in_force=(replace(RULES[0], query="nothing"), late)):
        yield store
    for plan in (
        Retention(Ages(texts=30 * 86400), told=0),
        Retention(Ages(articles=30 * 86400), told=0),
    ):
        keeper.prune(plan, NOW + 60 * DAY, lambda _gone: None, dry=False)
        yield store


# ── an index ────────────────────────────────────────────────────────────────────────────────


def test_an_index_stands_as_the_archive_does_through_all_that_befalls_one(
    tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    store, rules = "", set()
    for store in befalls(tmp_path / "one"):
        code, _, err = sent(capsys, store, index(engine))
        assert code == 0, err
        holds(engine, store)
        rules.add(tuple(sorted({r for d in engine.documents.values() for r in d["rules"]})))
        count = len(engine.bodies)
        assert sent(capsys, store, index(engine))[0] == 0
        assert len(engine.bodies) == count, "what was acknowledged is not told again"
    assert len(rules) > 1
    assert engine.paths[0] == "/newswatch/_bulk"
    anew = Engine()  # of the whole history at once
    try:
        assert sent(capsys, store, index(anew))[0] == 0
        holds(anew, store)
    finally:
        anew.end()


def test_an_article_met_at_one_more_address_is_told_of(store: str) -> None:
    changes = [{"id": 7, "kind": "address", "subject": "a", "data": {"url": "http://x.example/"}}]
    with closing(open_archive(store)) as archive:
        assert touched(changes, archive) == {"a": 7}


def test_what_comes_again_however_late_changes_nothing(
    tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ""
    for store in befalls(tmp_path / "one"):
        assert sent(capsys, store, index(engine))[0] == 0
    before = json.dumps(engine.documents, sort_keys=True)
    late = [body for _, body in engine.bodies]
    random.Random(7).shuffle(late)
    for body in late:
        engine.taken(body, 200)
    assert json.dumps(engine.documents, sort_keys=True) == before
    assert sent(capsys, store, index(engine), "--since", "0")[0] == 0
    holds(engine, store)


def bulk(engine: Engine, waits: list[float], deadline: float = 60.0) -> Bulk:
    post = Post(engine.origin, "/newswatch/_bulk", deadline=deadline)
    return Bulk("the index", post, Patience(waits.append, lambda _line: None))


def one_of_them(store: str) -> str:
    return exported(store, "articles")[0]["id"]


PASSING: list[tuple[list[Misfortune], list[float]]] = [
    ([503, 502, 500], [1, 2, 4]),
    ([429], [7]),
    (["drop", "drop"], [1, 2]),
    (["stop"], [1]),
    (["garbage", "half"], [1, 2]),
    ([lambda _id: (429, "busy")], [1]),
    ([lambda id_: (503, "unwell") if id_ < "8" else None, lambda _id: (429, "busy")], [1, 2]),
]


@pytest.mark.parametrize(("misfortunes", "waited"), PASSING)
def test_what_may_pass_is_tried_again(
    store: str, engine: Engine, misfortunes: list[Misfortune], waited: list[float]
) -> None:
    engine.misfortunes = list(misfortunes)
    engine.retry_after = "7" if misfortunes == [429] else ""
    waits: list[float] = []
    with closing(open_archive(store)) as archive:
        assert bulk(engine, waits).take(list(archive.changes(0)), archive) == []
    holds(engine, store)
    assert waits == waited


def test_an_engine_that_hangs_is_left_at_the_deadline(store: str, engine: Engine) -> None:
    engine.misfortunes = ["hang"]
    waits: list[float] = []
    with closing(open_archive(store)) as archive:
        bulk(engine, waits, 0.5).take(list(archive.changes(0)), archive)
    holds(engine, store)
    assert waits == [1]


def test_who_never_takes_anything_is_given_up_and_named(store: str, engine: Engine) -> None:
    engine.misfortunes = [503] * 20
    waits: list[float] = []
    with closing(open_archive(store)) as archive, pytest.raises(NotTaken, match="503 no: 503; tried 9"):  # fmt: skip
        bulk(engine, waits).take(list(archive.changes(0)), archive)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_only_what_was_not_taken_is_sent_again(store: str, engine: Engine) -> None:
    bad = one_of_them(store)
    engine.misfortunes = [lambda id_: (429, "busy") if id_ == bad else None]
    with closing(open_archive(store)) as archive:
        bulk(engine, []).take(list(archive.changes(0)), archive)
    again = [json.loads(one) for one in engine.bodies[1][1].splitlines()]
    assert [again[0]["index"]["_id"], len(again)] == [bad, 2]


def test_a_refused_document_is_named_and_in_nobodys_way(
    store: str, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = one_of_them(store)
    engine.misfortunes = [lambda id_: BAD if id_ == bad else None]
    code, out, err = sent(capsys, store, index(engine), "--json")
    told = json.loads(out)
    assert (code, told["head"]) == (1, open_keeper(store).head())
    assert f"article {bad} (change " in err
    assert "was refused: 400 unwell_exception: the text cannot be read" in err
    assert len(told["refused"]) == 1
    assert set(engine.documents) == set(described(store)) - {bad}
    assert sent(capsys, store, index(engine))[0] == 0
    assert len(engine.bodies) == 1


@pytest.mark.parametrize(
    ("code", "advice"), [(403, "must not be closed"), (404, "make the index first"), (401, "--authorization-file")]
)  # fmt: skip
def test_an_index_that_refuses_all_loses_nothing(
    store: str, engine: Engine, capsys: pytest.CaptureFixture[str], code: int, advice: str
) -> None:
    fates: list[Misfortune] = [lambda _id: (code, "closed"), code]
    for fate in fates:
        engine.misfortunes = [fate]
        got, _, err = sent(capsys, store, index(engine))
        assert (got, advice in err) == (3, True)
    assert sent(capsys, store, index(engine))[0] == 0
    holds(engine, store)


def test_what_is_too_large_is_halved_and_one_that_still_is_is_named(
    store: str, engine: Engine
) -> None:
    with closing(open_archive(store)) as archive:
        sizes = sorted(len(line(one)) for one in described(store).values())
        engine.most = sizes[-1] + 100
        refused = bulk(engine, []).take(list(archive.changes(0)), archive)
    assert len(engine.bodies) > 2
    assert len(engine.documents) + len(refused) == len(sizes)
    assert all("413 it is too large" in one for one in refused)
    assert len(refused) < len(sizes)


def test_an_archive_that_an_older_newswatch_kept_goes_out_whole(
    tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    store = older(tmp_path)
    for to in (index(engine), f"parquet:{tmp_path / 'p'}"):
        code, _, err = sent(capsys, store, to)
        assert code == 0, err
    holds(engine, store)
    must_be_the_archive(tmp_path / "p", store)


# ── what another has told ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", ["index", "folder", "hook"])
def test_another_history_and_a_place_ahead_are_named(
    tmp_path: Path, way: str, engine: Engine, hook: Hook, capsys: pytest.CaptureFixture[str]
) -> None:
    to = {"index": index(engine), "folder": f"parquet:{tmp_path / 'p'}", "hook": hook.origin}[way]
    with begun(tmp_path / "one") as desk:
        store = desk.address
    file = tmp_path / "one" / "test.db"
    open_keeper(store).backup(NOW)
    (copy,) = (tmp_path / "one" / "backups").glob("*.db")
    with Desk(tmp_path / "one", feeds=FEEDS, in_force=RULES) as desk:
        desk.poll("wire", (entry(url(7), "New", report(7)),), NOW + DAY)
    assert sent(capsys, store, to)[0] == 0
    ended = len(exported(store, "changes"))
    shutil.copy(copy, file)
    for suffix in ("-wal", "-shm"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)
    code, _, err = sent(capsys, store, to)
    assert code == 2
    assert f"change {ended:,} is not of this history" in err
    assert "restored from an older copy" in err
    assert {"index": "name a new index", "folder": "name a new folder", "hook": "--since 0"}[way] in err  # fmt: skip
    with Desk(tmp_path / "one", feeds=FEEDS, in_force=RULES) as desk:  # as far, but another way
        desk.poll("wire", (entry(url(8), "Other", report(8)),), NOW + DAY)
        desk.poll("wire", (entry(url(9), "Another", report(9)),), NOW + 2 * DAY)
    code, _, err = sent(capsys, store, to)
    assert (code, "is not the one that was followed" in err) == (2, True)
    code, _, err = sent(capsys, store, to, "--since", "0")
    assert code == (0 if way == "hook" else 2)


def test_one_run_at_a_time_brings_changes_to_one_place(
    store: str, hook: Hook, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sent(capsys, store, hook.origin)[0] == 0
    (note,) = Path(store.removeprefix("sqlite:")).parent.glob("test.db.to-*.json")
    other = Position(note, "")
    assert other.hold()
    code, _, err = sent(capsys, store, hook.origin)
    assert (code, "another newswatch brings changes there" in err) == (5, True)
    other.close()
    assert sent(capsys, store, hook.origin)[0] == 0


def test_a_note_that_is_none_is_named(
    store: str, hook: Hook, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sent(capsys, store, hook.origin)[0] == 0
    (note,) = Path(store.removeprefix("sqlite:")).parent.glob("test.db.to-*.json")
    for body in ("", "[]", '{"head": 5}', '{"head": "5:x"}'):
        note.write_text(body)
        code, _, err = sent(capsys, store, hook.origin)
        assert (code, f"{note}: is no note" in err) == (2, True)


KILLED = (
    "import os, signal, sys\n"
    "from newswatch.sinks.position import Position\n"
    "from newswatch.cli import main\n"
    "Position.note = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
    "sys.argv = ['newswatch', *sys.argv[1:]]\n"
    "main()\n"
)


@pytest.mark.parametrize("way", ["index", "folder", "hook"])
def test_killed_between_acknowledgement_and_note_it_comes_again_and_changes_nothing(
    tmp_path: Path,
    store: str,
    way: str,
    engine: Engine,
    hook: Hook,
    capsys: pytest.CaptureFixture[str],
) -> None:
    to = {"index": index(engine), "folder": f"parquet:{tmp_path / 'p'}", "hook": hook.origin}[way]
    command = [sys.executable, "-c", KILLED, "--store", store, "export", "--what", "changes", "--to", to]  # fmt: skip
    found = subprocess.run(command, check=False, timeout=120, env=os.environ.copy())
    assert found.returncode == -signal.SIGKILL
    before = contents(tmp_path / "p")
    with Desk(tmp_path / "one", feeds=FEEDS, in_force=RULES) as desk:  # and it goes on
        assert sent(capsys, store, to)[0] == 0
        if way == "folder":
            assert before
            assert {k: v for k, v in contents(tmp_path / "p").items() if k in before} == before
        desk.poll("wire", (entry(url(7), "New", report(7)),), NOW + DAY)
    assert sent(capsys, store, to)[0] == 0
    ids = [one["id"] for one in exported(store, "changes")]
    if way == "index":
        holds(engine, store)
    elif way == "hook":
        first = len(hook.bodies[0][1].splitlines())
        assert hook.ids == ids[:first] + ids
    else:
        must_be_the_archive(tmp_path / "p", store)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.parquet")}


# ── a webhook ───────────────────────────────────────────────────────────────────────────────


def test_a_webhook_gets_the_stream_as_it_is(
    store: str, hook: Hook, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = sent(capsys, store, f"{hook.origin}/into/s3cret?token=t0ken", "--json")
    assert code == 0
    lines = [json.loads(one) for _, body in hook.bodies for one in body.splitlines()]
    assert lines == exported(store, "changes")
    headers, _ = hook.bodies[-1]
    assert headers["X-Newswatch-Change-Id"] == str(lines[-1]["id"])
    assert headers["Content-Type"] == "application/x-ndjson"
    assert hook.paths[0] == "/into/s3cret?token=t0ken"
    assert json.loads(out)["head"] == open_keeper(store).head()
    (note,) = Path(store.removeprefix("sqlite:")).parent.glob("test.db.to-*.json")
    assert not re.search("s3cret|t0ken", out + err + note.read_text())


def webhook(hook: Hook, waits: list[float], deadline: float = 60.0) -> Webhook:
    patience = Patience(waits.append, lambda _line: None)
    return Webhook(hook.origin, Post(hook.origin, "/", deadline=deadline), patience)


@pytest.mark.parametrize("fate", [503, 429, 408, "drop", "stop", "hang", "drip"])
def test_a_webhook_is_told_until_it_acknowledges(store: str, hook: Hook, fate: Misfortune) -> None:
    hook.misfortunes = [fate, fate]
    waits: list[float] = []
    with closing(open_archive(store)) as archive:
        changes = list(archive.changes(0))
        webhook(hook, waits, 0.5 if fate in {"hang", "drip"} else 60.0).take(changes, archive)
    assert waits == [1, 2]
    ids = [change["id"] for change in changes]
    assert hook.ids[-len(ids) :] == ids


@pytest.mark.parametrize("code", [400, 302, 410])
def test_a_webhook_that_refuses_misses_nothing(
    store: str, hook: Hook, capsys: pytest.CaptureFixture[str], code: int
) -> None:
    hook.misfortunes = [code]
    got, _, err = sent(capsys, store, hook.origin)
    assert (got, f"the webhook at {hook.origin}: {code} no: {code}" in err) == (3, True)
    assert len(hook.bodies) == 1, "a redirect is not followed"
    hook.bodies.clear()
    assert sent(capsys, store, hook.origin)[0] == 0
    assert hook.ids == [one["id"] for one in exported(store, "changes")]


def test_a_batch_that_is_too_large_is_halved(store: str, hook: Hook) -> None:
    hook.misfortunes = [413, 413]
    with closing(open_archive(store)) as archive:
        changes = list(archive.changes(0))
        webhook(hook, []).take(changes, archive)
    taken = hook.bodies[2:]
    ids = [json.loads(one)["id"] for _, body in taken for one in body.splitlines()]
    assert ids == [change["id"] for change in changes]
    assert len(taken) == 3
    for headers, body in taken:
        assert headers["X-Newswatch-Change-Id"] == str(json.loads(body.splitlines()[-1])["id"])


def test_pieces_hold_all_in_order_and_no_more_than_they_may() -> None:
    bodies = [b"x" * n for n in (3, 4, 5, 20, 1, 1)]
    assert list(pieces(bodies, bytes, len(bodies), 8)) == [
        bodies[:2],
        bodies[2:3],
        bodies[3:4],
        bodies[4:],
    ]


def test_who_follows_tells_of_each_change_and_is_ended_by_a_signal(
    tmp_path: Path, hook: Hook
) -> None:
    hook.misfortunes = [503]
    with begun(tmp_path / "one") as desk:
        command = [sys.executable, "-m", "newswatch", "--store", desk.address, "export", "--what", "changes", "--follow", "--to", hook.origin]  # fmt: skip
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ.copy()) as child:  # fmt: skip
            hook.came.get(timeout=60)
            hook.came.get(timeout=60)
            desk.poll("wire", (entry(url(6), "More", report(6)),), NOW + DAY)
            hook.came.get(timeout=60)
            last = exported(desk.address, "changes")[-1]["id"]
            while hook.ids[-1] < last:
                hook.came.get(timeout=60)
            child.send_signal(signal.SIGTERM)
            assert child.wait(60) == 0
            assert child.stderr is not None
            said = child.stderr.read()
        assert "503 no: 503; it is tried again" in said
        assert "it answers again" in said


def test_a_signal_ends_it_while_the_other_side_hangs(store: str, hook: Hook) -> None:
    hook.misfortunes = ["hang"]
    command = [sys.executable, "-m", "newswatch", "--store", store, "export", "--what", "changes", "--to", hook.origin]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ.copy()) as child:  # fmt: skip
        hook.came.get(timeout=60)
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 1
        assert child.stderr is not None
        assert "ended by SIGTERM; run it again for the rest" in child.stderr.read()


# ── Parquet ─────────────────────────────────────────────────────────────────────────────────


def asked(folder: Path) -> Any:
    """A DuckDB with the views of docs/streams.md."""
    import duckdb

    (views,) = re.findall(r"```sql\n(.*?)```", STREAMS, re.DOTALL)
    connection = duckdb.connect()
    connection.execute(views.replace("FOLDER", str(folder)))
    return connection


OF_ARTICLES = ("id", "version", "story", "title", "text", "lang", "source", "newsroom", "tags", "quality")  # fmt: skip


def must_be_the_archive(folder: Path, store: str) -> None:
    with closing(asked(folder)) as connection:
        found = connection.execute(
            "SELECT article, version, story, title, text, lang, source, newsroom, tags, quality FROM articles ORDER BY 1"
        ).fetchall()
        wanted = [tuple(one[name] for name in OF_ARTICLES) for one in exported(store, "articles")]
        assert found == sorted(wanted)
        matched = connection.execute("SELECT rule, version, article, story FROM matches").fetchall()
        stories = {one["id"]: one["story"] for one in exported(store, "articles")}
        assert sorted(matched) == sorted(
            (m["rule"], m["version"], m["article"], stories[m["article"]])
            for m in exported(store, "matches")
        )
        for table in ("versions", "matches", "moves"):
            twice = connection.execute(
                f"SELECT count(*) - count(DISTINCT t) FROM read_parquet('{folder}/{table}/*/*.parquet') t"
            ).fetchone()
            assert twice == (0,)


@pytest.mark.parametrize("block", [7, 10_000])
def test_duckdb_says_how_the_archive_stands_through_all_that_befalls_one(
    tmp_path: Path, block: int, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "p"
    last, store = 0, ""
    for store in befalls(tmp_path / "one"):
        if block == 10_000:
            code, _, err = sent(capsys, store, f"parquet:{folder}")
            assert code == 0, err
        else:
            last = in_blocks(Parquet(folder, block), store, last)
        must_be_the_archive(folder, store)
    assert not list(folder.rglob("*.new"))
    assert (len(contents(folder)) > 12) == (block == 7)


def in_blocks(sink: Parquet, store: str, last: int) -> int:
    batch: list[Any] = []
    with closing(open_archive(store)) as archive:
        for change in archive.changes(sink.behind(last)):
            batch.append(change)
            last = change["id"]
            if sink.is_full(batch):
                sink.take(batch, archive)
                batch = []
        if batch:
            sink.take(batch, archive)
    return last


def test_duckdb_says_how_an_archive_stands_that_let_go_of_what_came_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = pruned_and_come_again(tmp_path / "one")
    assert sent(capsys, store, f"parquet:{tmp_path / 'p'}")[0] == 0
    must_be_the_archive(tmp_path / "p", store)


def test_rows_say_what_changed_and_what_was_found(
    tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sent(capsys, store, f"parquet:{tmp_path}/p")[0] == 0
    with closing(asked(tmp_path / "p")) as connection:
        files = f"read_parquet('{tmp_path}/p/versions/*/*.parquet')"
        note, changes, month = connection.execute(
            f"SELECT replaces, changes, month FROM {files} WHERE kind = 'correction'"
        ).fetchone()
        assert {"what": "number", "old": "48", "new": "38"} in changes
        assert (bool(note), month) == (True, "2026-03")
        spans = connection.execute("SELECT spans FROM matches WHERE rule = 'gas'").fetchall()
        assert {"pipeline"} == {span["word"] for (found,) in spans for span in found}
        columns = connection.execute("SELECT first_seen, changed_at FROM articles").description
        assert {str(column[1]) for column in columns} == {"TIMESTAMP WITH TIME ZONE"}


def test_polars_says_the_same(
    tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("polars", reason="polars is not installed")
    assert sent(capsys, store, f"parquet:{tmp_path}/p")[0] == 0
    (code,) = re.findall(r"```python\n(.*?)```", STREAMS, re.DOTALL)
    said: dict[str, Any] = {}
    exec(code.replace("FOLDER", f"{tmp_path}/p"), said)
    found = said["articles"].select("article", "version", "story", "text").rows()
    assert sorted(found) == sorted(
        (a["id"], a["version"], a["story"], a["text"]) for a in exported(store, "articles")
    )


def test_a_file_stands_whole_or_not_at_all(tmp_path: Path, store: str) -> None:
    """Killed before a file is in its place, it is not there; the next run writes it."""
    command = [sys.executable, "-c", KILLED.replace("Position.note", "Path.replace").replace("import os,", "from pathlib import Path\nimport os,"),
               "--store", store, "export", "--what", "changes", "--to", f"parquet:{tmp_path}/p"]  # fmt: skip
    found = subprocess.run(command, check=False, timeout=120, env=os.environ.copy())
    assert found.returncode == -signal.SIGKILL
    assert not contents(tmp_path / "p")
    assert code_of(["--store", store, "export", "--what", "changes", "--to", f"parquet:{tmp_path}/p"]) == 0  # fmt: skip
    must_be_the_archive(tmp_path / "p", store)
    assert not list((tmp_path / "p").rglob("*.new"))


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p").write_text("a file")
    code, _, err = sent(capsys, store, f"parquet:{tmp_path}/p")
    assert (code, "cannot be written" in err) == (2, True)


# ── what is asked for ───────────────────────────────────────────────────────────────────────

WRONG = {
    "nowhere": "--to names no way out",
    "ftp://h/x": "--to names no way out",
    "https://": "--to names no way out",
    "https://h:99999/": "--to names no way out",
    "https://user:pa55@h/": "no user and password in --to",
    "opensearch+https://user:pa55@h/x": "no user and password in --to",
    "opensearch+https://h:9200": "an index is needed behind opensearch+https://h:9200/",
    "opensearch+https://h:9200/News": "an index is needed",
    "opensearch+parquet:x": "--to names no way out",
    "parquet:": "a folder is needed",
}


@pytest.mark.parametrize("to", WRONG)
def test_a_wrong_address_is_said_without_what_is_secret_in_it(
    store: str, to: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = sent(capsys, store, to)
    assert (code, WRONG[to] in err, "pa55" in err) == (2, True, False)


def test_what_does_not_go_together_is_a_mistake(
    tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "--store", store, "export", "--to", "https://h/")[0] == 2
    assert run(capsys, "--store", store, "export", "--authorization-file", "x")[0] == 2
    assert sent(capsys, store, f"parquet:{tmp_path}/p", "--since", "3")[0] == 2
    assert sent(capsys, store, "https://h/", "--since", "x")[0] == 2
    nothing = f"sqlite:{tmp_path / 'none.db'}"
    code, _, err = sent(capsys, nothing, f"parquet:{tmp_path}/q")
    assert (code, "there is no store yet" in err) == (1, True)
    assert not (tmp_path / "q").exists()


def secret(path: Path, said: str, mode: int = 0o600) -> str:
    path.write_text(said)
    path.chmod(mode)
    return str(path)


def test_an_authorization_comes_from_a_file_and_stands_in_no_message(
    tmp_path: Path, store: str, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    file = secret(tmp_path / "auth", "ApiKey c2VjcmV0\n")
    engine.says, engine.misfortunes = "ApiKey c2VjcmV0 is none of ours (c2VjcmV0)", [401]
    code, out, err = sent(capsys, store, index(engine), "--authorization-file", file)
    assert (code, "c2VjcmV0" in out + err, "401 ... is none of ours (...)" in err) == (3, False, True)  # fmt: skip
    assert engine.bodies[0][0]["Authorization"] == "ApiKey c2VjcmV0"
    for said, mode, why in (
        ("x", 0o644, "others may read it: chmod 600"),
        ("", 0o600, "holds no authorization"),
        ("Basic x\r\nHost: y", 0o600, "must be one line of ASCII"),
    ):
        file = secret(tmp_path / "auth", said, mode)
        code, _, err = sent(capsys, store, index(engine), "--authorization-file", file)
        assert (code, why in err) == (2, True)
    (tmp_path / "auth").unlink()
    code, _, err = sent(capsys, store, index(engine), "--authorization-file", file)
    assert (code, "the authorization cannot be read" in err) == (2, True)


def test_an_authorization_goes_over_no_open_line() -> None:
    patience = Patience(lambda _s: None, lambda _line: None)
    for to in ("http://h.example/x", "opensearch+http://10.0.0.1:9200/x"):
        with pytest.raises(SinkError, match="over https:// alone"):
            sink_to(to, "Basic x", patience)
    for to in ("http://127.0.0.1/x", "http://[::1]:1/x", "https://h.example/"):
        assert "Basic" not in repr(vars(sink_to(to, "Basic x", patience)))


def test_an_address_may_stand_in_a_file_that_nobody_else_may_read(
    tmp_path: Path, store: str, hook: Hook, capsys: pytest.CaptureFixture[str]
) -> None:
    file = secret(tmp_path / "to", f"{hook.origin}/s3cret\n")
    assert sent(capsys, store, f"@{file}")[0] == 0
    assert hook.paths == ["/s3cret"]
    code, _, err = sent(capsys, store, f"@{secret(tmp_path / 'to', 'x', 0o640)}")
    assert (code, "others may read it" in err) == (2, True)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_a_certificate_is_held_against_the_authorities(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate, key = certificates(tmp_path, "ours")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    engine = Engine(context)
    try:
        code, _, err = sent(capsys, store, index(engine))
        assert (code, "its certificate is not trusted" in err, engine.bodies) == (3, True, [])
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        engine.misfortunes = ["hang"]
        answer = Post(engine.origin, "/newswatch/_bulk", deadline=0.5)(b"", {})
        assert (answer.code, answer.said) == (0, "no answer within 0.5 s")
        assert sent(capsys, store, index(engine))[0] == 0
        holds(engine, store)
    finally:
        engine.end()


def test_proxies_of_the_environment_are_not_asked(
    store: str,
    hook: Hook,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, engine.origin)
    assert sent(capsys, store, hook.origin)[0] == 0
    assert (len(hook.bodies), engine.bodies) == (1, [])


def test_a_missing_extra_says_what_to_do(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("newswatch.sinks.find_spec", lambda _name: None)
    code, _, err = sent(capsys, store, f"parquet:{tmp_path}/p")
    assert (code, "pip install 'newswatch[parquet]'" in err) == (2, True)


def test_a_search_loads_nothing_of_it(store: str) -> None:
    child = (
        "import sys\nfrom newswatch.cli import code_of\n"
        f"code_of(['--store', {store!r}, 'search', 'leak'])\n"
        "print([m for m in sys.modules if m.startswith('pyarrow') or 'sinks' in m], file=sys.stderr)\n"
    )
    found = subprocess.run([sys.executable, "-c", child], check=True, timeout=60, capture_output=True, text=True)  # fmt: skip
    assert found.stderr.splitlines()[-1] == "[]"
