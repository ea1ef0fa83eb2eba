"""`doctor`: what newswatch rests on, each with what to do; and no start on a library with a known hole."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from archive_of import HOUR, NOW, Desk, entry
from newswatch import machine
from newswatch.cli import code_of
from newswatch.model import Feed
from newswatch.store import open_keeper
from small_disk import small_disk
from test_rights import AS_OTHERS


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "newswatch.yaml").write_text("store: sqlite:test.db\n")
    Desk(tmp_path).close()
    return tmp_path


def findings(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, tuple[bool, str]]:
    capsys.readouterr()
    code = code_of([*arguments, "doctor", "--json"])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == (0 if all(one["good"] for one in found) else 1)
    return {one["check"]: (one["good"], one["said"]) for one in found}


def test_it_looks_at_all_that_newswatch_rests_on(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = findings(capsys)
    assert set(found) >= {
        "python", "sqlite", "brotli", "lxml", "expat", "time zones", "clock", "files", "store", "disk", "sync",
        "readers", "mail",
    }  # fmt: skip
    assert found["store"] == (True, "sound")
    assert found["mail"] == (True, "file:var/outbox would take letters")
    assert found["sync"][1].startswith("64 KB written for good in ")
    assert list((home / "var" / "outbox").iterdir()) == []  # no letter, and nothing left behind


def test_a_configuration_that_is_mistaken_is_wrong_and_one_that_is_not_there_is_not(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = home / "config" / "newswatch.yaml"
    main.unlink()
    good, _ = findings(capsys)["configuration"]
    assert good
    main.write_text("crawl: {allow_networks: nowhere}\n")
    good, says = findings(capsys)["configuration"]
    assert not good
    assert "`newswatch check` says why" in says


def test_a_mail_server_that_is_not_there_is_said_with_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    main = home / "config" / "newswatch.yaml"
    main.write_text(main.read_text() + f"mail:\n  server: smtp://127.0.0.1:{port}\n")
    good, said = findings(capsys)["mail"]
    assert not good
    assert said.endswith("letters wait until it is mended (`newswatch mail test`)")


def test_a_password_that_others_can_read_is_said(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = home / "secret"
    secret.write_text("correct horse")
    secret.chmod(0o644)
    main = home / "config" / "newswatch.yaml"
    main.write_text(
        main.read_text()
        + f"mail:\n  server: smtps://127.0.0.1\n  user: me\n  password_file: {secret}\n"
    )
    good, said = findings(capsys)["mail"]
    assert not good
    assert said.endswith(f"others may read it: chmod 600 {secret}")


def test_a_feeds_password_that_others_can_read_is_said(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feeds, copy = home / "feeds.yaml", open_keeper("sqlite:test.db").backup(NOW)
    for file in (feeds, home / "test.db", copy):
        file.touch()
        file.chmod(0o644)
    feeds.write_text("feeds: [{name: a, url: 'https://a.example/'}]\n")
    assert findings(capsys)["secrets"][0]
    feeds.write_text("feeds: [{name: a, url: 'https://me:horse@a.example/'}]\n")
    good, said = findings(capsys)["secrets"]
    assert not good
    assert said.endswith(f"chmod 600 feeds.yaml test.db {copy}")
    for file in (feeds, home / "test.db", copy):
        file.chmod(0o600)
    assert findings(capsys)["secrets"][0]


def test_a_damaged_store_and_a_full_disk_are_said_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path, 16) as disk:
        with Desk(disk) as desk:
            address = desk.address
        with (disk / "test.db").open("r+b") as file:
            file.seek(-4096 * 5, os.SEEK_END)
            file.write(b"\x13" * 4096 * 5)
        assert code_of(["--config", str(disk), "--store", address, "doctor", "--json"]) == 4
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    wrong = {one["check"]: one["said"] for one in found if not one["good"]}
    assert ": make room, or polling pauses" in wrong["disk"]
    assert wrong["store"].count("`newswatch restore`") == 1


def test_a_clock_behind_the_store_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Desk(home) as desk:
        desk.ledger._connection.execute(
            "UPDATE meta SET value = '2199-01-01T00:00:00.000000Z' WHERE key = 'last'"
        )
        desk.ledger._connection.commit()
    assert findings(capsys)["clock"][1].endswith("kept at 2199-01-01T00:00 UTC: set it right")


@pytest.mark.parametrize(
    ("version", "said"), [(3, "kept by an older newswatch"), (9999, "written by a newer newswatch")]
)
def test_behind_a_store_of_another_newswatch_the_rest_is_looked_at(
    home: Path, capsys: pytest.CaptureFixture[str], version: int, said: str
) -> None:
    with contextlib.closing(sqlite3.connect(home / "test.db")) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    found = findings(capsys)
    assert said in found["version"][1]
    assert set(found) >= {"store", "disk", "sync", "mail"}


def test_without_a_configuration_the_rest_is_looked_at(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "config" / "newswatch.yaml").write_text("crawl: [\n")
    found = findings(capsys, "--store", "sqlite:test.db")
    assert "mail" not in found
    assert "newswatch check" in found["configuration"][1]


def test_a_folder_that_cannot_be_written_to_is_said(home: Path) -> None:
    less = AS_OTHERS if os.geteuid() == 0 else ()
    if less and not shutil.which("setpriv"):
        pytest.skip("root may write anywhere, and needs setpriv to be less")
    home.chmod(0o500)
    try:
        done = subprocess.run(
            [*less, sys.executable, "-m", "newswatch", "doctor", "--json"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    finally:
        home.chmod(0o700)
    found = {one["check"]: one["said"] for one in map(json.loads, done.stdout.splitlines())}
    assert "see its rights" in found["sync"]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("version", "read"),
    [("1.2.1", (1, 2, 1)), ("6.1", (6, 1)), ("3.14.rc1", (3, 14)), ("2.0b3", (2, 0)), ("", ()), ("x", ())],
)  # fmt: skip
def test_a_version_is_its_leading_numbers(version: str, read: tuple[int, ...]) -> None:
    assert machine.numbers(version) == read


def test_a_library_with_a_known_hole_is_named_and_nothing_starts(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed brotli of before, as its metadata says it."""
    old = home / "old" / "brotli-1.1.0.dist-info"
    old.mkdir(parents=True)
    (old / "METADATA").write_text("Metadata-Version: 2.1\nName: brotli\nVersion: 1.1.0\n")
    monkeypatch.syspath_prepend(home / "old")
    assert not findings(capsys)["brotli"][0]
    for command in ("run", "once", "check"):
        assert code_of([command]) == 2
        said = capsys.readouterr().err
        assert "brotli 1.1.0: a body of 2 KB could fill the memory" in said
        assert "pip install 'brotli>=1.2'" in said


@pytest.mark.parametrize(("ahead", "good"), [(2, True), (3, False)])
def test_a_clock_that_is_behind_most_feeds_is_said(
    home: Path, capsys: pytest.CaptureFixture[str], ahead: int, good: bool
) -> None:
    """One wire that is ahead is wrong about its zone; where most are, it is we who are."""
    feeds = tuple(Feed(f"wire{n}", f"http://wire{n}.example/rss") for n in range(5))
    with Desk(home, feeds=feeds) as desk:
        for n, feed in enumerate(feeds):
            dated = NOW + HOUR if n < ahead else NOW
            desk.poll(
                feed.name, (entry(f"http://wire{n}.example/1", f"Gas {n}", published=dated),), NOW
            )
    found = findings(capsys)["clock"]
    assert found[0] == good
    assert ("3 of 5 feeds are dated ahead of it: it may be behind" in found[1]) != good
    with Desk(home, feeds=feeds) as desk:  # it was set right
        desk.poll(
            "wire0", (entry("http://wire0.example/2", "Oil", published=NOW + HOUR),), NOW + HOUR
        )
    assert findings(capsys)["clock"][0]
