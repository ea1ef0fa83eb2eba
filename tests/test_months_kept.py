"""Months' files beside the store: copied and put back with it, pruned, and read by whoever was there before."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from archive_of import report
from months_old import (
    LATER,
    PAPER,
    answers,
    asked,
    copied,
    files,
    folder_of,
    gone_on,
    in_files,
    made,
    moved,
    path_of,
    proof,
    run,
    search,
    texts,
    two_moved,
    written,
)
from newswatch.model import Ages, BackupPlan, Retention, StoreBusy
from newswatch.store import NotPossible, open_archive, open_keeper, open_ledger
from newswatch.store.archiving import mine
from newswatch.store.sqlite import sqlite3
from orphans import orphans
from small_disk import small_disk

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> str:
    return two_moved(tmp_path_factory.mktemp("original"))


@pytest.fixture
def store(original: str, tmp_path: Path) -> str:
    """A store of two months, both moved."""
    return copied(original, tmp_path)


# ── who reads meanwhile ─────────────────────────────────────────────────────────────────────


def test_a_reader_and_a_writer_who_were_there_before_read_every_text(tmp_path: Path) -> None:
    store = made(tmp_path, (3, 4))
    told = texts(store)
    with closing(open_archive(store)) as reader, closing(open_ledger(store)) as writer:
        moved(store)
        assert {one["id"]: one["text"] for one in reader.export("versions")} == told
        current = next(one for one in reader.export("articles") if one["text"])
        state = writer.known.article(current["id"])
        assert state is not None
        assert state.current.text == current["text"]
        assert {v.id: v.text for _, v in writer.versions_after(-1)}.items() <= told.items()
        renamed(store)
        later = {one["id"]: one["text"] for one in reader.export("versions")}
        assert later == told
        assert reader.absent() == ()


def renamed(store: str) -> None:
    """Have the months' files written anew, so that others are removed that are still held open."""
    before = files(store)
    for name in before:  # else they would be the same files
        (folder_of(store) / name).rename(folder_of(store) / f"{name[:8]}000000000000.db")
    written(store, "UPDATE month SET gone = 1, file = substr(file, 1, 8) || '000000000000.db'")
    with closing(open_archive(store)) as archive:
        assert any(one["text"] for one in archive.export("versions"))
        moved(store)
        assert files(store) == before


def test_a_reader_of_an_older_moment_reads_the_file_that_stands_now(store: str) -> None:
    told = texts(store)
    with closing(open_archive(store)) as reader:
        connection = reader._connection  # type: ignore[attr-defined]
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM month").fetchone()
        gone_on(store)
        moved(store)
        found = dict(connection.execute("SELECT id, text FROM version").fetchall())
        connection.execute("ROLLBACK")
    let_go = [one for one, text in found.items() if text is None]
    assert {one: text for one, text in found.items() if text is not None} == {
        one: text for one, text in told.items() if one not in let_go
    }
    assert all(texts(store)[one] == "" for one in let_go), "only what was pruned meanwhile"


# ── copies ──────────────────────────────────────────────────────────────────────────────────


def test_a_copy_is_whole_and_can_be_read_and_put_back(store: str) -> None:
    told = answers(store)
    keeper = open_keeper(store)
    copy = keeper.backup(LATER)
    beside = copy.parent / "test.db.months"
    assert sorted(file.name for file in beside.iterdir()) == files(store)
    first = files(store)[0]
    assert (beside / first).samefile(folder_of(store) / first)
    assert answers(f"sqlite:{copy}") == told
    assert not open_keeper(f"sqlite:{copy}").verify(None, lambda _done, _of: None).found
    shutil.rmtree(folder_of(store))
    path_of(store).unlink()
    keeper.restore(copy, LATER)
    assert keeper.absent() == ()
    assert answers(store) == told


def test_the_old_file_that_a_restore_keeps_has_its_months(store: str) -> None:
    keeper = open_keeper(store)
    copy = keeper.backup(LATER)
    gone_on(store)
    moved(store)
    told = texts(store)
    kept = keeper.restore(copy, LATER + 50 * DAY)
    assert kept is not None
    assert texts(f"sqlite:{kept}") == told
    moved(store)  # which removes files that nobody refers to
    assert texts(f"sqlite:{kept}") == told
    assert len(files(store)) == 4
    kept.unlink()
    Path(f"{kept}-wal").unlink(missing_ok=True)
    moved(store)
    assert len(files(store)) == 2


def test_the_files_of_copies_go_with_the_last_copy_that_refers_to_them(store: str) -> None:
    keeper = open_keeper(store)
    first = keeper.backup(LATER)
    old = {file.name for file in (first.parent / "test.db.months").iterdir()}
    gone_on(store)
    moved(store)
    keeper.backup(LATER + 41 * DAY)
    beside = first.parent / "test.db.months"
    assert {file.name for file in beside.iterdir()} == old | set(files(store))
    assert keeper.rotate(BackupPlan(daily=1, weekly=0, monthly=0), LATER + 42 * DAY) == 1
    assert sorted(file.name for file in beside.iterdir()) == files(store)


def test_a_copy_beside_a_lost_month_is_made_and_says_so(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder_of(store) / files(store)[0]).unlink()
    code, out, err = run(capsys, "--store", store, "backup")
    assert code == 1
    assert Path(out.strip()).exists()
    assert "No such file" in err
    assert f"put it back from a copy, as {folder_of(store)} may hold it" in err
    code, _, err = run(capsys, "--store", store, "restore", "--yes")
    assert code == 1
    assert "No such file" in err


def test_moving_beside_a_lost_month_says_so(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = files(store)[0]
    (folder_of(store) / name).unlink()
    for how in ((), ("--json",), ("--dry-run",)):
        code, _, err = run(capsys, "--store", store, "archive", "--before", "2024-01", *how)
        assert code == 1
        assert f"{name}: No such file" in err


def test_a_file_that_was_lost_comes_back_from_the_copies(store: str) -> None:
    told = answers(store)
    keeper = open_keeper(store)
    copy = keeper.backup(LATER)
    shutil.rmtree(folder_of(store))
    assert len(keeper.absent()) == 2
    assert str(copy.parent / "test.db.months") in keeper.absent()[0]
    keeper.backup(LATER + DAY)  # is whole all the same
    assert open_keeper(f"sqlite:{copy}").absent() == ()
    shutil.copytree(copy.parent / "test.db.months", folder_of(store))
    assert answers(store) == told


def test_copies_on_another_disk_are_whole_by_themselves(store: str, tmp_path: Path) -> None:
    told = texts(store)
    with small_disk(tmp_path, 40) as disk:
        path_of(store).with_name("backups").symlink_to(disk)
        keeper = open_keeper(store)
        copy = keeper.backup(LATER)
        shutil.rmtree(folder_of(store))
        assert texts(f"sqlite:{copy}") == told
        keeper.restore(copy, LATER)
    assert texts(store) == told


def test_nobody_moves_texts_while_a_copy_is_made(store: str) -> None:
    lock = mine(path_of(store), "backup")
    try:
        with pytest.raises(StoreBusy):
            moved(store)
        with pytest.raises(StoreBusy):
            open_keeper(store).backup(LATER)
    finally:
        lock.release()


# ── what goes, and what is moved ────────────────────────────────────────────────────────────


def test_what_is_pruned_leaves_its_file(store: str) -> None:
    held = in_files(store)
    gone_on(store)
    keeper = open_keeper(store)
    assert len(held) > 40
    mine_ = replace(PAPER, sources=(("wire", Ages(texts=30 * 86400)),))
    keeper.prune(mine_, LATER + 60 * DAY, lambda _gone: None, dry=False)
    (left,) = in_files(store).values()
    assert left.startswith(report(77)[:20]), "which a feed still shows"
    assert [name[:7] for name in files(store)] == ["2026-04"]
    assert not proof(store).found


@pytest.mark.parametrize("at", ["before a month is read back", "after note a month", "after empty"])
def test_what_a_daemon_keeps_and_prunes_between_two_steps_is_right(tmp_path: Path, at: str) -> None:
    store = made(tmp_path, (3, 4))
    left = [gone_on]

    def step(name: str) -> None:
        if name == at and left:
            left.pop()(store)

    moved(store, boundary=step)
    assert left == []
    told = texts(store)
    let_go = {row[0] for row in asked(store, "SELECT version FROM pruned")}
    assert len(let_go) == 8
    assert all(told[version] == "" for version in let_go)
    assert not let_go & in_files(store).keys()
    assert in_files(store).items() <= told.items()
    assert report(77) in told.values()
    assert orphans(path_of(store)) == []
    assert asked(store, "SELECT sum(gone) FROM month") == [(0,)]


def test_who_comes_and_goes_between_two_steps_takes_no_log_away(tmp_path: Path) -> None:
    store, marks = made(tmp_path, (3, 4)), count()
    other = (
        "import sys; from pathlib import Path; from newswatch.store.sqlite import open_beside;"
        " connection = open_beside(Path(sys.argv[1])); connection.execute(sys.argv[2]);"
        " connection.commit(); connection.close()"
    )

    def step(name: str) -> None:
        if not name.startswith("after"):
            return
        mark = f"INSERT INTO meta (key, value) VALUES ('mark {next(marks)}', '1')"
        subprocess.run([sys.executable, "-c", other, str(path_of(store)), mark], check=True)
        assert path_of(store).with_name("test.db-wal").exists()

    before = texts(store)
    moved(store, boundary=step)
    assert asked(store, "PRAGMA integrity_check") == [("ok",)]
    assert asked(store, "SELECT count(*) FROM meta WHERE key LIKE 'mark %'") == [(next(marks),)]
    assert texts(store) == before
    assert not proof(store).found


def test_what_prune_could_not_take_out_of_its_file_is_said(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    gone_on(store)
    said = "8 texts of months in files left the store"
    asked_for = ("--store", store, "prune", "--yes", "--texts", "9000d")
    lock = mine(path_of(store), "backup")
    try:
        assert said in run(capsys, *asked_for)[2]
    finally:
        lock.release()
    assert "8 texts of them pruned" in run(capsys, "--store", store, "status")[1]
    assert said not in run(capsys, *asked_for)[2]
    assert "pruned, which" not in run(capsys, "--store", store, "status")[1]


def test_retention_by_size_counts_the_months_files(store: str) -> None:
    keeper = open_keeper(store)
    both = path_of(store).stat().st_size + sum(f.stat().st_size for f in folder_of(store).iterdir())
    room = Retention(size=both + 1, told=0)
    assert keeper.prune(room, LATER + 90 * DAY, lambda _gone: None, dry=True).texts == 0
    less = Retention(size=path_of(store).stat().st_size // 2, told=0)
    assert keeper.prune(less, LATER + 90 * DAY, lambda _gone: None, dry=True).texts > 0


def test_a_copy_of_the_stream_of_a_moved_archive_is_the_same(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = tmp_path / "stream.jsonl"
    gone_on(store)
    code, out, _ = run(capsys, "--store", store, "export", "--what", "changes")
    assert code == 0
    stream.write_text(out)
    copy = f"sqlite:{tmp_path / 'copy' / 'test.db'}"
    assert run(capsys, "--store", copy, "import", str(stream))[0] == 0
    assert texts(copy) == texts(store)
    moved(copy)
    assert texts(copy) == texts(store)
    assert search(copy, "gas OR freight") == search(store, "gas OR freight")


def test_a_file_says_what_it_is_to_whoever_opens_it(store: str) -> None:
    file = folder_of(store) / files(store)[1]
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE(path_of(store).stat().st_mode) & 0o444
    with closing(sqlite3.connect(file)) as connection:
        about = dict(connection.execute("SELECT key, value FROM about").fetchall())
        assert (about["month"], about["versions"]) == ("2026-04", "28")
        row = connection.execute(
            "SELECT url, title, text, newsroom, first_seen FROM version"
        ).fetchone()
        assert all(row)
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)


def test_who_may_not_read_the_store_may_not_read_its_months(tmp_path: Path) -> None:
    store = made(tmp_path, (3,))
    path_of(store).chmod(0o600)
    moved(store)
    assert stat.S_IMODE((folder_of(store) / files(store)[0]).stat().st_mode) == 0o400


def test_without_room_nothing_is_moved(tmp_path: Path) -> None:
    with small_disk(tmp_path, 14) as disk:  # less than what is always left free
        store = made(disk, (3,))
        with pytest.raises(NotPossible, match="make room"):
            moved(store)
        assert files(store) == []


# ── the command ─────────────────────────────────────────────────────────────────────────────


def test_the_command_moves_whole_months_and_says_which(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = f"sqlite:{tmp_path / 'test.db'}"
    lines = [
        {"url": f"https://a.example/{n}", "title": f"Item {n}", "text": f"Of a kind, {n} times over.", "published": at}
        for n, at in enumerate(("2024-01-31T23:59:59Z", "2024-02-01T00:00:00Z", "2024-02-29T12:00:00+09:00", "2024-03-01T00:00:00Z"))
    ]  # fmt: skip
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert run(capsys, "--store", store, "import", str(tmp_path / "in.jsonl"))[0] == 0
    at = ["--store", store, "archive"]
    code, out, err = run(capsys, *at, "--before", "2024-03", "--dry-run")
    assert (code, out) == (0, "2024-01: 1 text, 0.0 MB\n2024-02: 2 texts, 0.0 MB\n")
    assert "would be moved: 3 texts" in err
    assert files(store) == []
    code, out, _ = run(capsys, *at, "--before", "2024-03", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert [(one["month"], one["texts"], one["moved"]) for one in told] == [("2024-01", 1, True), ("2024-02", 2, True)]  # fmt: skip
    assert run(capsys, *at, "--before", "2024-03", "--json")[:2] == (0, "")
    assert [name[:7] for name in files(store)] == ["2024-01", "2024-02"]
    code, out, _ = run(capsys, "--store", store, "status")
    assert "2 months of texts in files" in out
    assert "ok    months: 2 files of old texts are there" in run(capsys, "--store", store, "doctor")[1]  # fmt: skip


@pytest.mark.parametrize(
    "month", ["2026", "2026-13", "2026-00", "0000-01", "last", "2026-1", "9999-01", "٢٠٢٤-٠١", ""]
)
def test_what_is_no_month_that_is_over_is_refused(
    store: str, month: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "--store", store, "archive", "--before", month)
    assert code == 2
    assert f"--before {month}: " in err
    assert ("as 2026-01" if month != "9999-01" else "months that are over") in err


def test_where_there_is_no_store_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "--store", f"sqlite:{tmp_path / 'none.db'}", "archive", "--before", "2024-01")  # fmt: skip
    assert code == 1
    assert "there is no store yet" in err
    assert list(tmp_path.iterdir()) == []
