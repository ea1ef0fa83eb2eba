"""An archive's changes as a stream, and a second archive made of that stream alone."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from archive_of import HOUR, MARKET, MINUTE, NOW, PIPELINE, Desk, entry, report
from newswatch import deliver
from newswatch.cli import code_of
from newswatch.cli.intake import arriving
from newswatch.exchange import LONGEST_LINE
from newswatch.model import Ages, Feed, Retention, Rule, StoreError
from newswatch.store import chain, open_archive, open_keeper, open_ledger
from newswatch.store.contract import ExportKind
from newswatch.store.sqlite import pack, sqlite3
from older_store import make_older

RULES = (Rule("gas", "pipeline", ("desk", "anna")), Rule("freight", "freight", ("desk",)))
FEEDS = (
    Feed("wire", "http://wire.example/rss", "Wire", "en", pages="feed-only"),
    Feed("paper", "http://paper.example/rss", "Paper", "en", pages="feed-only"),
)
DAY = timedelta(days=1)
SCHEMA = Path(__file__).parents[1] / "docs" / "changes.schema.json"
SAME: tuple[ExportKind, ...] = ("articles", "stories", "matches", "changes")
QUERIES = (
    "compressors",
    "name:Sandel",
    "title:leak OR freight",
    "terminal NEAR/6 leak",
    "source:paper",
)


def url(n: int, of: str = "wire") -> str:
    return f"http://{of}.example/{n}"


def begun(folder: Path) -> Desk:
    """An archive with copies, corrections, a text that came back, letters and what an operator put right."""
    folder.mkdir(exist_ok=True)
    desk = Desk(folder, feeds=FEEDS, in_force=RULES)
    deliver.begin_slots(desk.ledger.outbox, desk.readers, NOW)
    desk.poll("wire", (entry(url(0), "Weather", report(0)),), NOW)
    desk.poll("paper", (entry(url(0, "paper"), "Sport", report(1)),), NOW)
    first = entry(url(1), "Leak", PIPELINE)
    desk.poll("wire", (first,), NOW + MINUTE)
    desk.poll("paper", (entry(url(1, "paper"), "Leak at Karvia", PIPELINE),), NOW + 2 * MINUTE)
    changed = entry(url(1), "Leak", PIPELINE.replace("48 million", "38 million"))
    desk.poll("wire", (changed,), NOW + HOUR)
    desk.poll("wire", (first, entry(url(2), "Freight", MARKET)), NOW + 2 * HOUR)
    desk.poll("paper", (entry(url(2, "paper"), "Freight up", MARKET),), NOW + 2 * HOUR)
    deliver.seal_due(desk.ledger.outbox, desk.readers, NOW + 12 * HOUR)
    return desk


def article(store: str, address: str) -> str:
    archive = open_archive(store)
    try:
        return archive.show(address).state.id
    finally:
        archive.close()


def exported(store: str, what: ExportKind) -> list[dict[str, Any]]:
    archive = open_archive(store)
    try:
        return list(archive.export(what))
    finally:
        archive.close()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = code_of(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def written(store: str, file: Path, capsys: pytest.CaptureFixture[str], *more: str) -> Path:
    code, out, _ = run(capsys, "--store", store, "export", "--what", "changes", *more)
    assert code == 0
    file.write_text(out)
    return file


def copied(store: str, file: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code, _, err = run(capsys, "--store", store, "import", str(file))
    return code, err


def answers(store: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What readers are told, word by word."""
    asked = [
        ("search", query, "--json", *how)
        for query in QUERIES
        for how in ((), ("--versions",), ("--sort", "relevance"), ("--stories",))
    ]
    asked += [("story", one["id"], "--json") for one in exported(store, "stories")]
    return [run(capsys, "--store", store, *one)[1] for one in asked]


def must_be_alike(one: str, other: str, capsys: pytest.CaptureFixture[str]) -> None:
    for what in SAME:
        assert exported(one, what) == exported(other, what), what
    assert answers(one, capsys) == answers(other, capsys)
    for store in (one, other):
        assert open_keeper(store).verify(None, lambda _done, _of: None).found == ()
    assert open_keeper(one).head() == open_keeper(other).head()


def test_a_second_archive_of_the_stream_alone_says_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with begun(tmp_path / "one") as desk:
        store = desk.address
    copy = f"sqlite:{tmp_path / 'copy.db'}"
    code, err = copied(copy, written(store, tmp_path / "all", capsys), capsys)
    assert code == 0, err
    assert answers(store, capsys)[0] != ""
    must_be_alike(store, copy, capsys)


def test_it_goes_on_where_it_was_through_all_that_befalls_an_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stories by hand, texts and articles let go, a rule reworded: each is in the stream."""
    copy, file = f"sqlite:{tmp_path / 'copy.db'}", tmp_path / "some"
    store = f"sqlite:{tmp_path / 'one' / 'test.db'}"
    heads = []

    def follow() -> None:
        heads.append(open_keeper(copy).head() if heads else "0")
        since = heads[-1]
        code, err = copied(copy, written(store, file, capsys, "--since", since), capsys)
        assert code == 0, err
        must_be_alike(store, copy, capsys)

    begun(tmp_path / "one").__exit__(None, None, None)
    follow()
    keeper = open_keeper(store)
    leak, freight = article(store, url(1)), article(store, url(2))
    keeper.join(leak, freight, "one and the same", NOW + DAY)
    follow()
    keeper.part(leak, "they are not", NOW + DAY, {})
    follow()
    with Desk(tmp_path / "one", feeds=FEEDS, in_force=(replace(RULES[0], query="leak"),)) as desk:
        late = NOW + 2 * DAY
        desk.poll("wire", tuple(entry(url(n), f"New {n}", report(n)) for n in range(7, 9)), late)
        desk.poll("paper", (entry(url(9, "paper"), "Newer", report(9)),), late)
    follow()
    for plan in (
        Retention(Ages(texts=30 * 86400), told=0),
        Retention(Ages(articles=30 * 86400), told=0),
    ):
        gone = keeper.prune(plan, NOW + 60 * DAY, lambda _gone: None, dry=False)
        assert gone.texts or gone.articles
        follow()
    assert len(exported(store, "articles")) < 6
    anew = f"sqlite:{tmp_path / 'anew.db'}"  # of an archive that has let much go
    code, err = copied(anew, written(store, file, capsys), capsys)
    assert code == 0, err
    must_be_alike(store, anew, capsys)


def test_the_longest_article_that_is_taken_in_can_be_copied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its change is a longer line than its own."""
    store, copy = f"sqlite:{tmp_path / 'one.db'}", f"sqlite:{tmp_path / 'copy.db'}"
    text = ("\ue000" * 40 + " ab\n") * 100_000  # of three bytes each, of six where they are escapes
    line = json.dumps({"url": url(1), "title": "Leak", "text": text}, ensure_ascii=False)
    (tmp_path / "long").write_text(line)
    assert copied(store, tmp_path / "long", capsys)[0] == 0
    file = written(store, tmp_path / "all", capsys)
    assert max(map(len, file.read_bytes().splitlines())) > LONGEST_LINE > len(line.encode())
    code, err = copied(copy, file, capsys)
    assert code == 0, err
    assert exported(store, "articles") == exported(copy, "articles")


def test_what_was_taken_before_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with begun(tmp_path / "one") as desk:
        store = desk.address
    copy, file = f"sqlite:{tmp_path / 'copy.db'}", written(store, tmp_path / "all", capsys)
    assert copied(copy, file, capsys)[0] == 0
    code, out, _ = run(capsys, "--store", copy, "import", str(file), "--json")
    told = json.loads(out)
    assert (code, told["new"], told["head"]) == (0, 0, open_keeper(store).head())
    assert told["read"] == len(file.read_text().splitlines())


WRONG = {
    "another text": ("version", lambda c: c["held"]["version"].update(text="Other."), "is not the one that was sealed"),
    "another correction": ("version", lambda c: c["held"]["revision"].update(note="x"), "is not the one that was sealed"),
    "another article's": ("version", lambda c: c["held"]["version"].update(newsroom="x"), "is not the one that was sealed"),
    "other words found": ("match", lambda c: c["held"].update(spans=[]), "its spans are not those"),
    "another story": ("article", lambda c: c["data"].update(story="x"), "is not as it was sealed"),
    "no text": ("version", lambda c: c["held"].pop("version"), "cannot be read (KeyError"),
    "no columns": ("version", lambda c: c["held"].update(version={"id": 3}), "cannot be read"),
    "a schema to come": ("article", lambda c: c.update(schema=2), "reads changes of schema 1: upgrade it"),
    "no number": ("article", lambda c: c.update(id="x"), "id must be a number"),
    "no time": ("article", lambda c: c.update(at="today"), "is no time as a history writes it"),
    "a day that is none": ("article", lambda c: c.update(at="2026-99-99T00:00:00.000000Z"), "is not as it was sealed"),
    "a chain that is none": ("article", lambda c: c.update(chain="zz"), "is not as it was sealed"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_as_it_was_sealed_is_not_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    kind, change, why = WRONG[what]
    with begun(tmp_path / "one") as desk:
        store = desk.address
    file = written(store, tmp_path / "all", capsys)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    revised = what == "another correction"
    at = next(
        n
        for n, c in enumerate(lines)
        if c["kind"] == kind and (not revised or c["held"]["revision"])
    )
    change(lines[at])
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    copy = f"sqlite:{tmp_path / 'copy.db'}"
    code, err = copied(copy, file, capsys)
    assert code == 1
    assert why in err
    assert "What follows was left out" in err
    assert not any(c["id"] > lines[at - 1]["id"] for c in exported(copy, "changes"))


def sealed_anew(lines: list[dict[str, Any]]) -> str:
    """A stream whose seals are right, as whoever makes one up can have them."""
    before = chain.NOTHING
    for line in lines:
        told = (line["id"], line["at"], line["kind"], line["subject"], pack(line["data"]))
        before = chain.link(before, told)
        line["chain"] = before.hex()
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def of_version(line: dict[str, Any], **columns: Any) -> None:
    kept = line["held"]["version"]
    kept.update(columns)
    row = {name: pack(value) if isinstance(value, list) else value for name, value in kept.items()}
    line["data"].update(sha256=chain.of_version(row), bare=chain.of_bare_version(row))


MADE_UP = {
    "a number too large": ("article", lambda c: c["data"].update(quiet=10**30)),
    "an object for a word": ("article", lambda c: c["data"].update(url={"a": 1})),
    "nothing for a word": ("article", lambda c: c["data"].update(story=None)),
    "half a letter": ("article", lambda c: c["data"].update(url="http://x.example/\ud800")),
    "half a letter's subject": ("link", lambda c: c.update(subject="\ud800")),
    "a list for a word": ("link", lambda c: c["data"].update(decided_by=[1])),
    "a day that is none": ("article", lambda c: c.update(at="2026-99-99T00:00:00.000000Z")),
    "a place too large": ("version", lambda c: c["held"]["version"].update(row=10**30)),
    "a place before all": ("version", lambda c: c["held"]["version"].update(row=-5)),
    "half a place": ("version", lambda c: c["held"]["version"].update(row=1.5)),
    "a place of words": ("version", lambda c: c["held"]["version"].update(row="7")),
    "a version too far on": ("version", lambda c: of_version(c, n=10**30)),
    "a text of no words": ("version", lambda c: of_version(c, title=5)),
    "no origin of a text": ("version", lambda c: of_version(c, text_from=None)),
    "a merge into nothing": ("link", lambda c: c.update(kind="merge", data={"into": []})),
    "a prune of nothing": ("link", lambda c: c.update(kind="pruned", data={"what": "texts", "versions": 5})),
    "spans of nothing": (
        "match", lambda c: (c["held"].update(spans=[1]), c["data"].update(spans=chain.of_words("[1]")))),
}  # fmt: skip


@pytest.mark.parametrize("what", MADE_UP)
def test_what_is_sealed_rightly_and_makes_no_sense_is_a_mistake_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    kind, change = MADE_UP[what]
    with begun(tmp_path / "one") as desk:
        lines = exported(desk.address, "changes")
    at = next(n for n, line in enumerate(lines) if line["kind"] == kind)
    change(lines[at])
    (tmp_path / "all").write_text(sealed_anew(lines))
    code, err = copied(f"sqlite:{tmp_path / 'copy.db'}", tmp_path / "all", capsys)
    assert code == 1
    assert f"change {at + 1}" in err
    assert "cannot be read" in err


def test_a_number_that_cannot_be_said_again_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with begun(tmp_path / "one") as desk:
        lines = exported(desk.address, "changes")
    at = next(n for n, line in enumerate(lines) if line["kind"] == "link")
    lines[at]["data"]["score"] = float("inf")
    (tmp_path / "all").write_text(sealed_anew(lines).replace("Infinity", "1e999"))
    code, err = copied(f"sqlite:{tmp_path / 'copy.db'}", tmp_path / "all", capsys)
    assert (code, f"all:{at + 1}: not JSON (1e999 is no number" in err) == (1, True)


def test_two_versions_in_one_place_are_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with begun(tmp_path / "one") as desk:
        lines = exported(desk.address, "changes")
    first, second = [line for line in lines if line["kind"] == "version"][:2]
    second["held"]["version"]["row"] = first["held"]["version"]["row"]
    (tmp_path / "all").write_text(sealed_anew(lines))
    code, err = copied(f"sqlite:{tmp_path / 'copy.db'}", tmp_path / "all", capsys)
    assert (code, f"change {second['id']}" in err) == (1, True)


def pruned_and_come_again(folder: Path) -> str:
    """An archive that let go of all it had, then of texts alone, and that met some of it again."""
    begun(folder).__exit__(None, None, None)
    store = f"sqlite:{folder / 'test.db'}"
    keeper = open_keeper(store)
    keeper.join(article(store, url(1)), article(store, url(2)), "one", NOW + DAY)
    keeper.join(article(store, url(1)), article(store, url(0)), "one", NOW + DAY)
    keeper.part(article(store, url(2)), "they are not", NOW + DAY, {})
    with Desk(folder, feeds=FEEDS, in_force=RULES) as desk:
        for feed in ("wire", "paper"):
            desk.poll(feed, (entry(url(8, feed), "Now", report(8)),), NOW + 50 * DAY)
        far = Retention(Ages(articles=30 * 86400), told=0)
        assert keeper.prune(far, NOW + 60 * DAY, lambda _gone: None, dry=False).articles
        desk.poll("wire", (entry(url(1), "Leak", PIPELINE),), NOW + 61 * DAY)
        desk.poll("paper", (entry(url(2, "paper"), "Freight up", MARKET),), NOW + 62 * DAY)
        for feed in ("wire", "paper"):
            two = tuple(entry(url(n, feed), f"Then {n}", report(n)) for n in (9, 10))
            desk.poll(feed, two, NOW + 63 * DAY)
    near = Retention(Ages(texts=30 * 86400), told=0)
    assert keeper.prune(near, NOW + 110 * DAY, lambda _gone: None, dry=False).texts
    return store


def test_an_archive_that_let_go_of_what_came_again_can_be_copied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, copy = pruned_and_come_again(tmp_path / "one"), f"sqlite:{tmp_path / 'copy.db'}"
    must_be = fastjsonschema.compile(json.loads(SCHEMA.read_text()))
    for line in exported(store, "changes"):
        must_be(json.loads(json.dumps(line)))
    code, err = copied(copy, written(store, tmp_path / "all", capsys), capsys)
    assert code == 0, err
    must_be_alike(store, copy, capsys)
    assert any(match["spans"] for match in exported(copy, "matches")), "found in headlines"


def test_a_copy_that_breaks_off_anywhere_can_be_read_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, copy = pruned_and_come_again(tmp_path / "one"), f"sqlite:{tmp_path / 'copy.db'}"
    lines = written(store, tmp_path / "all", capsys).read_text().splitlines(keepends=True)
    part = tmp_path / "part"
    for end in range(1, len(lines) + 1):
        part.write_text("".join(lines[:end]))
        code, err = copied(copy, part, capsys)
        stands = int(open_keeper(copy).head().partition(":")[0]) if "stands at 0" not in err else 0
        assert (code == 0) == (stands == end), err
        for what in SAME if stands else ():
            exported(copy, what)
        orphans = exported(copy, "articles") if stands else ()
        assert all(one["versions"] for one in orphans)
    must_be_alike(store, copy, capsys)


def test_a_gap_another_archive_and_one_of_its_own_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with begun(tmp_path / "one") as desk:
        store = desk.address
    with Desk(tmp_path, feeds=FEEDS) as desk:
        desk.poll("wire", (entry(url(5), "Else", report(5)),), NOW)
        other = desk.address
    file = written(store, tmp_path / "all", capsys)
    lines = file.read_text().splitlines(keepends=True)
    copy = f"sqlite:{tmp_path / 'copy.db'}"
    file.write_text("".join(lines[:5] + lines[6:]))
    code, err = copied(copy, file, capsys)
    assert (code, "change 6 is missing before 7" in err) == (1, True)
    assert open_keeper(copy).head().startswith("5:") or not exported(copy, "changes")
    file.write_text("".join(lines))
    assert copied(copy, file, capsys)[0] == 0
    code, err = copied(copy, written(other, file, capsys), capsys)
    assert (code, "is another one here" in err) == (1, True)
    code, err = copied(other, file, capsys)
    assert (code, "is an archive of its own" in err) == (1, True)
    with Desk(tmp_path / "one", feeds=FEEDS) as desk:  # who goes on is the first
        desk.poll("wire", (entry(url(6), "More", report(6)),), NOW + DAY)
    assert run(capsys, "--store", copy, "import", str(file), "--alert")[0] == 2


def test_a_place_that_a_history_never_came_to_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with begun(tmp_path / "one") as desk:
        store = desk.address
    head = open_keeper(store).head()
    id_, _, sealed = head.partition(":")
    every = ("--store", store, "export", "--what", "changes", "--since")
    assert run(capsys, *every, head) == (0, "", "")
    assert run(capsys, *every, str(int(id_) - 1))[1].count("\n") == 1
    code, out, err = run(capsys, *every, str(int(id_) + 1))
    assert (code, out) == (2, "")
    assert f"which ends at {id_}" in err
    code, out, err = run(capsys, *every, f"{id_}:{sealed[::-1]}")
    assert (code, out) == (2, "")
    assert "is not the one that was followed" in err
    assert run(capsys, *every, "x")[0] == 2
    assert run(capsys, "--store", store, "export", "--since", "1")[0] == 2


def test_each_line_is_as_its_schema_says(tmp_path: Path) -> None:
    """docs/changes.schema.json is what others write their readers by."""
    schema = json.loads(SCHEMA.read_text())
    kinds = {rule["if"]["properties"]["kind"]["const"] for rule in schema["allOf"]}
    must_be = fastjsonschema.compile(schema)
    with begun(tmp_path / "one") as desk:
        store = desk.address
    keeper = open_keeper(store)
    leak, freight = article(store, url(1)), article(store, url(2))
    keeper.join(leak, freight, "one and the same", NOW + DAY)
    keeper.part(leak, "they are not", NOW + DAY, {})
    for plan in (
        Retention(Ages(texts=30 * 86400), told=0),
        Retention(Ages(articles=30 * 86400), told=0),
    ):
        lines = exported(store, "changes")
        for line in lines:
            must_be(json.loads(json.dumps(line)))
        keeper.prune(plan, NOW + 60 * DAY, lambda _gone: None, dry=False)
    lines = exported(store, "changes")
    for line in lines:
        must_be(json.loads(json.dumps(line)))
    met = {line["kind"] for line in lines}
    assert {
        "article", "address", "version", "current", "link", "match", "merge", "split", "notification", "letter",
        "rule", "pruned",
    } <= met & kinds  # fmt: skip
    bad = next(line for line in lines if line["kind"] == "article")
    for key in ("chain", "data", "subject"):
        with pytest.raises(fastjsonschema.JsonSchemaException):
            must_be({k: v for k, v in bad.items() if k != key})
    with pytest.raises(fastjsonschema.JsonSchemaException):
        must_be(bad | {"data": {k: v for k, v in bad["data"].items() if k != "story"}})


def test_who_follows_hears_of_each_change_and_is_ended_by_a_signal(tmp_path: Path) -> None:
    with begun(tmp_path / "one") as desk:
        child = subprocess.Popen(
            [sys.executable, "-m", "newswatch", "--store", desk.address, "export", "--what", "changes", "--follow"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy(),
        )  # fmt: skip
        assert child.stdout is not None
        assert child.stderr is not None
        with child:
            ids = [
                json.loads(child.stdout.readline())["id"] for _ in exported(desk.address, "changes")
            ]
            desk.poll("wire", (entry(url(6), "More", report(6)),), NOW + DAY)
            more = len(exported(desk.address, "changes")) - len(ids)
            assert more > 1
            ids += [json.loads(child.stdout.readline())["id"] for _ in range(more)]
            child.send_signal(signal.SIGTERM)
            assert child.wait(60) == 0
            assert child.stderr.read() == ""
        assert ids == list(range(1, len(ids) + 1))


def test_who_follows_is_ended_though_its_reader_is_far_behind(tmp_path: Path) -> None:
    with begun(tmp_path / "one") as desk:
        child = subprocess.Popen(
            [sys.executable, "-m", "newswatch", "--store", desk.address, "export", "--what", "changes", "--follow"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ.copy(), bufsize=0, pipesize=4096,
        )  # fmt: skip
        assert child.stdout is not None
        assert child.stderr is not None
        with child:
            try:
                assert child.stdout.read(1) == b"{", (
                    "it has begun, and there is more than the pipe holds"
                )
                child.send_signal(signal.SIGTERM)
                assert child.wait(60) == 0
            finally:
                child.kill()
            assert child.stderr.read() == b""


def cut_by_a_kill(store: str, since: str, n: int) -> bytes:
    """What one who follows wrote behind *since*, killed where its reader is in the midst of the line behind *n* whole
    ones, which must be longer than the pipe holds.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "newswatch", "--store", store, "export", "--what", "changes", "--follow", "--since", since],
        stdout=subprocess.PIPE, env=os.environ.copy(), bufsize=0, pipesize=4096,
    )  # fmt: skip
    assert child.stdout is not None
    with child:
        try:
            pieces, lines = [b"\n"], 0
            while lines < n or pieces[-1].endswith(b"\n"):
                pieces.append(child.stdout.read(100))
                lines += pieces[-1].count(b"\n")
        finally:
            child.kill()
        return b"".join(pieces[1:]) + child.stdout.read()


def test_what_a_kill_cut_off_is_asked_for_again_and_nothing_is_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By whoever drops what has no end and goes on behind the last whole line; and by a copy, which says where it stands."""
    with begun(tmp_path / "one") as desk:
        for n in (6, 7, 8):
            long = "\n".join(f"Part {part} of report {n}. {PIPELINE}" for part in range(60))
            desk.poll("wire", (entry(url(n), f"Long {n}", long),), NOW + n * DAY)
        store = desk.address
    told = exported(store, "changes")
    long_ones = [n for n, line in enumerate(told) if len(json.dumps(line)) > 30_000]
    assert len(long_ones) == 3
    copy, place, stood = f"sqlite:{tmp_path / 'copy.db'}", "0", 0
    for n in long_ones:
        came = cut_by_a_kill(store, place, n - stood)
        *whole, cut = came.split(b"\n")
        assert cut
        assert [json.loads(line) for line in whole] == told[stood:n]
        rest = run(capsys, "--store", store, "export", "--what", "changes", "--since", str(n))[1]
        assert [json.loads(line) for line in rest.splitlines()] == told[n:]
        done = subprocess.run(
            [sys.executable, "-m", "newswatch", "--store", copy, "import", "-"],
            input=came, capture_output=True, check=False, env=os.environ.copy(),
        )  # fmt: skip
        err = done.stderr.decode()
        assert (done.returncode, f"-:{len(whole) + 1}: not JSON" in err) == (1, True), err
        assert "the line has no end: it was cut off" in err
        goes_on = re.search(r"stands at (\S+), and goes on with `export .* --since (\d+)`", err)
        assert goes_on is not None, err
        assert goes_on[1] == open_keeper(copy).head()
        place, stood = goes_on[2], int(goes_on[2])
        assert stood < n, "an article waits for its version, which was cut off"
    code, err = copied(copy, written(store, tmp_path / "rest", capsys, "--since", place), capsys)
    assert code == 0, err
    must_be_alike(store, copy, capsys)


def older(folder: Path) -> str:
    """An archive that an older newswatch kept, brought up to date: its history did not tell all before."""
    begun(folder / "first").__exit__(None, None, None)
    old = folder / "old.db"
    make_older(folder / "first" / "test.db", old, "0023_chain")  # which told no hashes, either
    with sqlite3.connect(old) as connection:
        connection.execute("DELETE FROM place")  # `make_older` leaves the index out
        connection.execute(
            "UPDATE change SET data = json_remove(data, '$.sha256', '$.bare', '$.revision')"
        )
        connection.execute(
            "UPDATE change SET kind = 'gap' WHERE kind IN ('article', 'address', 'link', 'current')"
        )
    connection.close()
    open_ledger(f"sqlite:{old}").close()
    return f"sqlite:{old}"


def test_an_older_newswatchs_archive_can_be_copied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its history did not tell all: what stood when it was brought up to date is told once more."""
    store, copy = older(tmp_path), f"sqlite:{tmp_path / 'copy.db'}"
    must_be = fastjsonschema.compile(json.loads(SCHEMA.read_text()))
    for line in exported(store, "changes"):
        must_be(json.loads(json.dumps(line)))
    code, err = copied(copy, written(store, tmp_path / "all", capsys), capsys)
    assert code == 0, err
    must_be_alike(store, copy, capsys)


def test_a_copy_follows_its_archive_through_a_pipe(tmp_path: Path) -> None:
    """What came is kept when nothing more does, not only when there is a batch of it."""
    copy = f"sqlite:{tmp_path / 'copy.db'}"
    newswatch = [sys.executable, "-m", "newswatch", "--store"]
    with begun(tmp_path / "one") as desk:
        export = [*newswatch, desk.address, "export", "--what", "changes", "--follow"]
        with (
            subprocess.Popen(export, stdout=subprocess.PIPE, env=os.environ.copy()) as first,
            subprocess.Popen(
                [*newswatch, copy, "import", "-", "--json"],
                stdin=first.stdout, stdout=subprocess.PIPE, env=os.environ.copy(),
            ) as second,
        ):  # fmt: skip
            for n in range(6, 8):
                desk.poll("wire", (entry(url(n), "More", report(n)),), NOW + n * DAY)
                wanted = open_keeper(desk.address).head()
                end = time.monotonic() + 60
                while head_of(copy) != wanted:
                    assert time.monotonic() < end
                    time.sleep(0.05)
            first.send_signal(signal.SIGTERM)
            assert first.wait(60) == 0
            assert second.wait(60) == 0
            assert second.stdout is not None
            assert json.loads(second.stdout.read())["head"] == open_keeper(desk.address).head()


def head_of(store: str) -> str:
    try:
        return open_keeper(store).head()
    except StoreError:
        return ""


@pytest.mark.parametrize("piece", [1, 7, 100])
def test_lines_arrive_whole_however_they_are_cut(tmp_path: Path, piece: int) -> None:
    body = b"one\n\ntwo is longer\n" + b"x" * 50 + b"\nlast"
    reads, writes = os.pipe()
    with os.fdopen(reads, "rb") as stream, os.fdopen(writes, "wb", buffering=0) as sender:
        found: list[bytes | None] = []
        lines = arriving(stream, 20)
        sender.write(body[:piece])
        assert stream.peek(1)  # as whoever looks what it is
        for at in range(piece, len(body), piece):
            sender.write(body[at : at + piece])
        found.append(next(lines))
        while len(found) < 4:
            found.append(next(lines))
        assert next(lines) is None
        sender.close()
        found += lines
    assert found == [b"one\n", b"\n", b"two is longer\n", b"x" * 21, b"last"]
