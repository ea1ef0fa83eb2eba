"""Months' files that are not there, or are not the ones: named, with what to do, and nothing else is lost."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from months_old import (
    LATER,
    asked,
    copied,
    exported,
    files,
    folder_of,
    gone_on,
    made,
    moved,
    path_of,
    run,
    search,
    texts,
    two_moved,
    written,
)
from newswatch.daemon.messages import LookedThrough
from newswatch.daemon.nightly import Nightly
from newswatch.model import Ages, BackupPlan, Retention, StoreError
from newswatch.store import open_keeper
from newswatch.store.sqlite import sqlite3
from orphans import orphans

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> str:
    return two_moved(tmp_path_factory.mktemp("original"))


@pytest.fixture
def store(original: str, tmp_path: Path) -> str:
    """A store of two months, both moved."""
    return copied(original, tmp_path)


def cut(file: Path) -> None:
    file.chmod(0o644)
    os.truncate(file, 4096)


def torn(file: Path) -> None:
    """Of the right size, and no sound database."""
    size = file.stat().st_size
    file.chmod(0o644)
    with file.open("r+b") as written:
        written.write(b"SQLite format 3\0" + b"\xff" * (size - 16))


def another(file: Path) -> None:
    """The other month's file, made as large."""
    size = file.stat().st_size
    other = next(one for one in file.parent.iterdir() if one != file)
    file.unlink()
    shutil.copy(other, file)
    file.chmod(0o644)
    os.truncate(file, size)


def nothing(file: Path) -> None:
    file.unlink()


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    "harm", [nothing, cut, torn, another, folder], ids=lambda harm: harm.__name__
)
def test_a_file_that_is_not_the_one_is_named_and_headlines_are_found(
    store: str, harm: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder_of(store) / files(store)[0]
    there = len(list(search(store, "gas")))
    one = next(o for o in exported(store) if o["first_seen"] < "2026-04" and o["text"])
    harm(file)
    assert len(list(search(store, "gas"))) == there
    at = ["--store", store]
    code, out, err = run(capsys, *at, "search", "gas", "--limit", "99")
    assert code == 0
    assert out.count("Leak halts gas") == 4
    assert f"a text is not there: {file}" in err
    code, out, err = run(capsys, *at, "show", one["id"])
    assert code == 0
    assert f"a text is not there: {file}" in err
    for what in ("versions", "articles", "changes"):
        code, out, err = run(capsys, *at, "export", "--what", what)
        assert code == 4
        assert str(file) in err
        assert "put it back" in err
    code, out, err = run(capsys, *at, "verify")
    assert code == 4
    assert out.count(str(file)) == 1
    assert "not as it was kept" not in out
    code, out, _ = run(capsys, *at, "status", "--json")
    assert len(json.loads(out)["months"]["wrong"]) == 1
    code, out, _ = run(capsys, *at, "doctor")
    assert f"WRONG months: {file}" in out


def test_a_text_that_was_changed_in_its_file_is_named(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder_of(store) / files(store)[0]
    file.chmod(0o644)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE version SET text = replace(text, 'terminal', 'harbours')")
        connection.commit()
    code, out, _ = run(capsys, "--store", store, "verify")
    assert code == 4
    assert f"{file}: is not as it was written" in out
    assert out.count("is not as it was kept, which change") >= 4


def test_another_archives_file_is_refused(store: str, tmp_path: Path) -> None:
    """Also where the store is made to take it for its own."""
    other = made(tmp_path / "other", (4,))
    written(other, "UPDATE change SET chain = CAST(x'00' || chain AS BLOB)")
    moved(other)
    (name,) = files(other)
    shutil.copy(folder_of(other) / name, folder_of(store) / name)
    (values,) = asked(other, "SELECT file, bytes, sha256 FROM month")
    written(
        store, "UPDATE month SET file = ?, bytes = ?, sha256 = ? WHERE month = '2026-04'", *values
    )
    (wrong,) = open_keeper(store).absent()
    assert "another archive's" in wrong
    with pytest.raises(StoreError, match="another archive's"):
        exported(store)


def test_no_name_leads_out_of_the_folder(store: str) -> None:
    written(store, "UPDATE month SET file = '../test.db' WHERE month = '2026-04'")
    keeper = open_keeper(store)
    assert "is no name of a month's file" in keeper.absent()[0]
    with pytest.raises(StoreError, match="no name"):
        exported(store)
    copy = keeper.backup(LATER)
    assert sorted(file.name for file in copy.parent.iterdir() if file.suffix == ".db") == [
        copy.name
    ]


def test_texts_that_are_not_there_are_neither_pruned_nor_written_anew(store: str) -> None:
    gone_on(store)
    (folder_of(store) / files(store)[0]).unlink()
    everything = Retention(Ages(articles=30 * 86400), told=0)
    keeper = open_keeper(store)
    gone = keeper.prune(everything, LATER + 90 * DAY, lambda _gone: None, dry=False)
    assert gone.articles
    broken = [one for one in orphans(path_of(store)) if "No such file" not in one]
    assert broken == []
    with pytest.raises(StoreError, match="No such file"):
        moved(store)


def test_nothing_is_taken_out_that_its_file_does_not_hold(store: str) -> None:
    written(store, "UPDATE month SET emptied = -1")
    written(store, "UPDATE version SET text = 'Other.' WHERE text IS NULL")
    with pytest.raises(StoreError, match="does not hold what the store holds"):
        moved(store)
    assert set(texts(store).values()) == {"", "Other."}


def test_a_nightly_copy_that_lacks_texts_is_made_and_told_of(store: str) -> None:
    (folder_of(store) / files(store)[0]).unlink()
    told: list[LookedThrough] = []
    nightly = Nightly(open_keeper(store), told.append)
    nightly.look(BackupPlan(), LATER)
    assert nightly._thread is not None
    nightly._thread.join()
    (one,) = told
    assert one.copy is not None
    assert "No such file" in str(one.wrong)
