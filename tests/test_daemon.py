"""The daemon as a real process: it starts, works, reloads, ends, and only one watches a store."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from newswatch.demo.wires import DAY_ONE, Wires, open_wires
from newswatch.store import holder_of, open_archive, writer_of
from replayed import own_host

LATE = DAY_ONE + timedelta(hours=14, minutes=30)  # between the feed's breakdown and midnight


@pytest.fixture
def wires() -> Iterator[Wires]:
    with open_wires(lambda: LATE, own_host()) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, wires: Wires) -> Path:
    """A folder with a configuration that watches the made-up wires in real time."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "newswatch.yaml").write_text(
        "store: sqlite:var/w.db\n"
        "crawl: {allow_networks: [127.0.0.0/8], spacing: 0, min_interval: 1, max_interval: 2}\n"
        "mail: {server: 'file:var/letters', sender: newswatch@example.org}\n"
        "alert_max_age: 366d\n"
    )
    (tmp_path / "config" / "rules.yaml").write_text(
        "rules: [{name: gas, query: '\"gas pipeline\"', tell: [anna]}]\n"
    )
    (tmp_path / "config" / "digests.yaml").write_text(
        "people: {anna: {address: anna@example.org, zone: Europe/Berlin}}\n"
    )
    feeds = [
        {"name": f.name, "url": f.url, "pages": f.pages, "alert_backlog": True} for f in wires.feeds
    ]
    (tmp_path / "feeds.yaml").write_text(json.dumps({"feeds": feeds}))
    return tmp_path


def newswatch(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "newswatch", *arguments],
        cwd=home, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@contextlib.contextmanager
def running(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with (home / "log").open("w") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "newswatch", *arguments, "run"],
            cwd=home, stdout=log, stderr=log, text=True,
        )  # fmt: skip
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()


def until(condition: Callable[[], Any], home: Path, seconds: float = 60.0) -> None:
    """Wait until *condition* holds; the log is in the message when it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, (home / "log").read_text()[-3000:]
        time.sleep(0.05)


def articles(home: Path) -> int:
    with contextlib.suppress(Exception):
        archive = open_archive(f"sqlite:{home / 'var' / 'w.db'}")
        try:
            return int(archive.status()["articles"])
        finally:
            archive.close()
    return 0


def log(home: Path) -> str:
    return (home / "log").read_text()


def test_it_watches_tells_and_ends_at_sigterm(home: Path, wires: Wires) -> None:
    shown = len(wires.shown())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (home / "config" / "newswatch.yaml").open("a") as main:
        main.write(f"metrics: 127.0.0.1:{port}\n")

    def answered(path: str) -> bytes:
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return bytes(answer.read())
        return b""

    with running(home) as child:
        until(lambda: articles(home) and list((home / "var" / "letters").glob("*.eml")), home)
        page, untold = (
            b'newswatch_answers_total{kind="page",outcome="ok"}',
            b'newswatch_letters_tried_total{outcome="taken"} 0',
        )
        until(lambda: page in (said := answered("/metrics")) and untold not in said, home)
        assert json.loads(answered("/healthz"))["healthy"] is True
        second = newswatch(home, "run")
        assert second.returncode == 5, second.stderr
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0, log(home)
    assert answered("/healthz") == b""
    for line in log(home).splitlines():  # no terminal
        assert list(json.loads(line))[:3] == ["timestamp", "level", "event"]
    letters = {p.read_bytes() for p in (home / "var" / "letters").glob("*.eml")}
    assert letters
    # What was cut short is due again: a second run completes the archive and tells nobody twice.
    with running(home) as child:
        until(lambda: "watching" in log(home) and articles(home) == shown, home)
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
    archive = open_archive(f"sqlite:{home / 'var' / 'w.db'}")
    told = [c for c in archive.export("changes") if c["kind"] == "notification"]
    archive.close()
    assert len(told) == len(
        {(c["subject"], c["data"]["rule"], c["data"]["occasion"]) for c in told}
    )


def test_on_a_terminal_the_log_is_for_people(home: Path) -> None:
    ours, theirs = os.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "newswatch", "run"], cwd=home, stdin=theirs, stderr=theirs
    )
    os.close(theirs)
    said = b""
    try:
        with contextlib.suppress(OSError):  # its end
            while more := os.read(ours, 65536):
                said += more
                if b"watching" in said and child.returncode is None:
                    child.terminate()
                    break
            while os.read(ours, 65536):
                pass
        assert child.wait(20) == 0
    finally:
        child.kill()
        os.close(ours)
    assert b"level='info' event='watching' feeds=" in said


def test_sighup_reloads_and_a_bad_configuration_keeps_the_old_one(home: Path) -> None:
    with running(home) as child:
        until(lambda: "watching" in log(home), home)
        rules = home / "config" / "rules.yaml"
        good = rules.read_text()
        rules.write_text("rules: [{name: gas, query: '(gas'}]")
        child.send_signal(signal.SIGHUP)
        until(lambda: "configuration refused" in log(home), home)
        assert child.poll() is None
        rules.write_text(good.replace("gas pipeline", "grain freight"))
        main = home / "config" / "newswatch.yaml"
        said = main.read_text().replace("w.db", "other.db") + "workers: dask://127.0.0.1:1\n"
        main.write_text(said.replace("spacing: 0", "spacing: 1"))
        child.send_signal(signal.SIGHUP)
        until(lambda: "configuration in force" in log(home), home)
        assert "another store: takes effect at the next start" in log(home)
        for of in ("workers", "crawl"):
            assert f"changes under {of}: take effect at the next start" in log(home)
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
    archive = open_archive(f"sqlite:{home / 'var' / 'w.db'}")
    assert "grain freight" in archive.rules()[0]["query"]
    archive.close()


@pytest.mark.parametrize("how", ["gone", "empty"])
@pytest.mark.parametrize("name", ["feeds.yaml", "config/rules.yaml"])
def test_a_file_that_is_gone_at_a_reload_puts_nothing_out_of_force(
    home: Path, name: str, how: str
) -> None:
    file = home / name
    good = file.read_text()
    with running(home) as child:
        until(lambda: "watching" in log(home), home)
        file.unlink() if how == "gone" else file.write_text("")
        child.send_signal(signal.SIGHUP)
        until(lambda: "configuration refused" in log(home), home)
        assert f"{name}: is gone or empty" in log(home)
        archive = open_archive(f"sqlite:{home / 'var' / 'w.db'}")
        assert all(feed["enabled"] for feed in archive.feeds())
        assert len(archive.rules()) == 1
        archive.close()
        file.write_text(good)
        child.send_signal(signal.SIGHUP)
        until(lambda: "configuration in force" in log(home), home)
        feeds = len(json.loads((home / "feeds.yaml").read_text())["feeds"])
        assert f'"event": "configuration in force", "feeds": {feeds}, "rules": 1' in log(home)
        section = Path(name).stem
        file.write_text(f"{section}: []")
        child.send_signal(signal.SIGHUP)
        until(lambda: f'"{section}": 0' in log(home), home)  # an empty list is meant
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0


def test_a_signal_while_it_starts_is_not_lost(home: Path) -> None:
    """The rules come through a pipe, so that the configuration is being read for as long as it takes."""
    rules = home / "config" / "rules.yaml"
    good = rules.read_text()
    rules.unlink()
    os.mkfifo(rules)
    for number in (signal.SIGINT, signal.SIGTERM):
        with running(home) as child, rules.open("w"):
            child.send_signal(number)
            assert child.wait(10) == -number
    with running(home) as child:
        with rules.open("w") as pipe:
            child.send_signal(signal.SIGHUP)
            pipe.write(good)
            rules.unlink()  # it is read again, as it was asked to
            rules.write_text(good.replace("gas pipeline", "grain freight"))
        until(lambda: "configuration in force" in log(home), home)
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
    archive = open_archive(f"sqlite:{home / 'var' / 'w.db'}")
    assert "grain freight" in archive.rules()[0]["query"]
    archive.close()


def test_a_stop_that_the_system_hands_to_another_thread_is_heard_at_once(home: Path) -> None:
    """As it does with one of two that come at once; the main thread would sleep on for half a minute."""
    (home / "feeds.yaml").write_text("feeds: []")
    with running(home) as child:
        until(lambda: "watching" in log(home), home)
        threads = (int(name) for name in os.listdir(f"/proc/{child.pid}/task"))  # noqa: PTH208
        other = max(thread for thread in threads if thread != child.pid)
        assert ctypes.CDLL(None).tgkill(child.pid, other, signal.SIGTERM) == 0
        assert child.wait(20) == 0


def test_detach_and_stop(home: Path) -> None:
    address = f"sqlite:{home / 'var' / 'w.db'}"
    begun = newswatch(home, "run", "--detach", "--log-format", "console")
    try:
        assert begun.returncode == 0, begun.stderr
        assert holder_of(address)
        assert newswatch(home, "run", "--detach").returncode == 5
        assert newswatch(home, "once").returncode == 5
        assert json.loads(newswatch(home, "status", "--json").stdout)["running"] == holder_of(
            address
        )
        ended = newswatch(home, "stop")
        assert ended.returncode == 0, ended.stderr
    finally:
        pid = holder_of(address)
        if pid:
            os.kill(pid, signal.SIGKILL)
    assert holder_of(address) is None
    assert newswatch(home, "stop").returncode == 1
    assert "level='info' event='watching'" in (home / "var" / "w.log").read_text()


def test_detach_needs_no_more_files_than_run(home: Path) -> None:
    for needless in (home / "feeds.yaml", *home.glob("config/[rd]*.yaml")):
        needless.unlink()
    begun = newswatch(home, "run", "--detach")
    try:
        assert begun.returncode == 0, (home / "var" / "w.log").read_text()
    finally:
        newswatch(home, "stop")
    assert holder_of(f"sqlite:{home / 'var' / 'w.db'}") is None


def test_the_log_tells_no_password(home: Path) -> None:
    feed = "{name: gone, url: 'http://bob:hunter2@127.0.0.1:9/rss'}"
    (home / "feeds.yaml").write_text(f"feeds: [{feed}]")
    with running(home):
        until(lambda: "not read" in (home / "log").read_text(), home)
    assert "hunter2" not in (home / "log").read_text()


def test_stop_ends_no_import(home: Path) -> None:
    address = f"sqlite:{home / 'var' / 'w.db'}"
    assert newswatch(home, "stop").returncode == 1
    command = [sys.executable, "-m", "newswatch", "import", "-"]
    with subprocess.Popen(
        command, cwd=home, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        until(lambda: writer_of(address) == (child.pid, "import"), home)
        stopped = newswatch(home, "stop")
        assert stopped.returncode == 5
        assert "newswatch import" in stopped.stderr
        restored = newswatch(home, "restore", "--yes")
        assert restored.returncode == 5, restored.stderr
        line = json.dumps({"url": "http://wire.example/1", "title": "Rain", "text": "It rained."})
        _, said = child.communicate(line.encode(), 30)
    assert child.returncode == 0, said
    assert b"1 new version" in said


def test_a_bad_configuration_starts_nothing(home: Path) -> None:
    (home / "config" / "newswatch.yaml").write_text("crawl: {spacing: often}")
    for command in (["run"], ["run", "--detach"], ["once"], ["check"]):
        done = newswatch(home, *command)
        assert done.returncode == 2, done.stderr
        assert "newswatch.yaml:1" in done.stderr
    assert not (home / "var" / "w.db").exists()


def test_once_moves_a_virtual_clock_and_refuses_to_go_back(home: Path) -> None:
    first = newswatch(home, "once", "--now", "2026-03-03T21:00Z", "--json")
    assert first.returncode == 0, first.stderr
    said = json.loads(first.stdout)
    assert said["articles"] > 15
    assert said["sent"] >= 1
    back = newswatch(home, "once", "--now", "2026-03-03T20:00Z")
    assert back.returncode == 2
    assert "later --now" in back.stderr
    again = newswatch(home, "once", "--now", "2026-03-03T21:00Z", "--json")
    assert json.loads(again.stdout)["articles"] == 0


def test_once_names_a_feed_that_fails(home: Path) -> None:
    (home / "feeds.yaml").write_text(
        "feeds: [{name: gone, url: 'http://127.0.0.1:9/rss'}, {name: inside, url: 'http://10.0.0.1/'}]"
    )
    done = newswatch(home, "once", "--now", datetime.now(UTC).isoformat())
    assert done.returncode == 1
    refused = "127.0.0.1 refuses connections at port 9"
    inside = "10.0.0.1 is not a public address (allow_networks allows it)"
    assert f"gone: {refused}\n" in done.stderr
    assert f"inside: {inside}\n" in done.stderr
    shown = newswatch(home, "status").stdout
    assert f"gone: {refused}, since" in shown
    assert f"inside: {inside}, since" in shown
    assert f": {refused}\n" in newswatch(home, "feeds", "show", "gone").stdout


def test_its_operator_hears_that_it_was_killed_and_not_that_it_was_stopped(home: Path) -> None:
    main = home / "config" / "newswatch.yaml"

    def told() -> list[str]:
        letters = (home / "var" / "letters").glob("*.eml")
        return [text for letter in letters if "To: operator" in (text := letter.read_text())]

    with running(home) as child:
        until(lambda: articles(home), home)
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
    with running(home) as child:
        until(lambda: "watching" in log(home), home)
        child.kill()
        child.wait()
    assert "ended without being told to" not in log(home)
    # Only now, as one letter an hour is written, and the quiet feeds' could be sealed before the kill.
    main.write_text(main.read_text() + "operator: ops@example.org\n")
    with running(home) as child:
        until(told, home)
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
    assert "ended without being told to" in log(home)
    assert "ended without being told to" in " ".join(told()[0].replace("=\n", "").split())
    check = newswatch(home, "check")
    assert check.stdout.strip().endswith("; operator operator")
