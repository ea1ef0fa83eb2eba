"""What monitors ask over HTTP: whether all goes on, and the metrics, whoever asks and however."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from archive_of import ANNA, DESK, HOUR, MINUTE, NOW, PIPELINE, Desk, content_id_of, entry
from newswatch import deliver, ingest
from newswatch.cli import code_of
from newswatch.kept import Kept
from newswatch.liveness import LOOPS, SETTLING
from newswatch.model import Failure, Feed, Outcome, Rule, Sent
from newswatch.monitoring import Counts, Monitor, MonitorError, listening
from newswatch.monitoring.server import AT_ONCE, Answer, Server
from newswatch.monitoring.state import SECONDS, Looking

PATIENCE = 30.0
HOSTILE = 'x" 1\n# HELP newswatch_feeds \x1b[31m\u202e\\{}'


@dataclass
class Going:
    """Loops that turn, or do not, by word."""

    said: tuple[str, ...] = ()
    seconds: float = 0.0

    def wrong(self) -> tuple[str, ...]:
        return self.said

    def ages(self) -> dict[str, float]:
        return dict.fromkeys(LOOPS, 2.5)

    def up(self) -> float:
        return self.seconds


@dataclass
class Running:
    counts: Counts = field(default_factory=Counts)
    going_on: Going = field(default_factory=Going)


@contextlib.contextmanager
def monitored(address: str, running: Running, now: datetime) -> Iterator[int]:
    """The port of a monitor of a store."""
    monitor = Monitor(listening("127.0.0.1", 0), running, address, lambda: now, ("Watch.example",))
    monitor.begin()
    try:
        yield monitor.port
    finally:
        monitor.end()


def asked(
    port: int, path: str, method: str = "GET", **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.headers)


def health(port: int) -> tuple[int, list[str]]:
    status, body, headers = asked(port, "/healthz")
    said = json.loads(body)
    assert headers["Content-Type"] == "application/json"
    assert said["healthy"] == (status == 200)
    assert set(said["turned"]) == set(LOOPS)
    return status, said["wrong"]


@pytest.fixture
def store(tmp_path: Path) -> str:
    """One article told of at once, seen 90 s after it was published; a feed of an evil name that fails for good."""
    feeds = (
        Feed("wire", "http://wire.example/rss", "Wire", "en", pages="feed-only"),
        Feed(HOSTILE, "http://evil.example/rss", "Evil", "en"),
    )
    rule = Rule("gas", "pipeline", ("anna",))
    with Desk(tmp_path, feeds=feeds, in_force=(rule,), people=(ANNA,), plans=(DESK,)) as desk:
        desk.poll("wire", (entry("http://wire.example/0", "Weather", "Rain."),), NOW - HOUR)
        published = NOW - timedelta(seconds=90)
        desk.poll(
            "wire", (entry("http://wire.example/1", "Leak", PIPELINE, published=published),), NOW
        )
        for _ in range(2):
            gone = desk.claim(content_id_of(desk, HOSTILE), NOW)
            failure = Failure("status", "HTTP 410", 410)
            ingest.settle(Outcome(gone, 410, failure=failure), desk.ledger, desk.standing, NOW)
        deliver.seal_due(desk.ledger.outbox, desk.readers, NOW + timedelta(seconds=2))
        for letter in desk.ledger.outbox.unsent(NOW + MINUTE, 10):
            at = NOW + timedelta(seconds=4)
            deliver.mark(desk.ledger.outbox, letter, Sent(letter.id, 250, "taken"), at)
        return desk.address


# ── metrics ─────────────────────────────────────────────────────────────────────────────────


def metrics(port: int) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by name and labels, by Prometheus' own parser."""
    status, body, headers = asked(port, "/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for family in text_string_to_metric_families(body.decode()):
        assert family.documentation
        assert re.fullmatch(r"(newswatch|process)_[a-z_]+", family.name), family.name
        assert not re.search(r"_(ms|milliseconds|minutes|kb|mb|count|sum|bucket)$", family.name)
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, key
            found[key] = sample.value
            if family.type == "counter":
                assert sample.name.endswith("_total")
    return found


def test_the_metrics_say_what_the_store_holds_and_what_was_counted(store: str) -> None:
    running = Running()
    running.counts.answers["feed", "ok"] = 3
    running.counts.answers["page", "timeout"] = 2
    running.counts.letters["taken"] = 1
    with monitored(store, running, NOW + MINUTE) as port:
        found = metrics(port)
    assert {
        name: found[f"newswatch_{name}", ()]
        for name in (
            "healthy", "store_readable", "feeds", "feeds_failing", "articles", "versions", "stories",
            "letters_late", "polls_late", "notifications_owed",
        )
    } == {
        "healthy": 1, "store_readable": 1, "feeds": 2, "feeds_failing": 1, "articles": 2, "versions": 2,
        "stories": 2, "letters_late": 0, "polls_late": 0, "notifications_owed": 0,
    }  # fmt: skip
    assert found["newswatch_answers_total", (("kind", "feed"), ("outcome", "ok"))] == 3
    assert found["newswatch_answers_total", (("kind", "page"), ("outcome", "timeout"))] == 2
    assert found["newswatch_letters_tried_total", (("outcome", "taken"),)] == 1
    assert found["newswatch_letters_tried_total", (("outcome", "refused"),)] == 0
    assert found["newswatch_letters", (("state", "sent"),)] == 1
    assert found["newswatch_feeds_judged", (("judgement", "gone"),)] == 1
    assert found["newswatch_feeds_judged", (("judgement", "frozen"),)] == 0
    assert found["newswatch_last_poll_timestamp_seconds", ()] == NOW.timestamp()
    turned = found["newswatch_last_progress_timestamp_seconds", (("loop", "crawl"),)]
    assert turned == (NOW + MINUTE).timestamp() - 2.5
    assert found["newswatch_store_size_bytes", ()] > 100_000
    assert found["newswatch_store_free_bytes", ()] > 0
    assert found["process_resident_memory_bytes", ()] > 10_000_000
    ((_, build),) = [key for key in found if key[0] == "newswatch_build_info"]
    assert {name for name, _ in build} == {"version", "python", "sqlite"}


def test_a_hostile_name_stays_in_its_label(store: str) -> None:
    with monitored(store, Running(), NOW + MINUTE) as port:
        body = asked(port, "/metrics")[1].decode()
        found = metrics(port)
    ((_, labels),) = [key for key in found if key[0] == "newswatch_feed_judged"]
    assert dict(labels) == {"feed": 'x" 1 # HELP newswatch_feeds [31m\\{}', "judgement": "gone"}
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", body)


def test_each_duration_is_counted_once_in_its_bucket(store: str) -> None:
    now = NOW - HOUR
    looking = Looking(store, lambda: now)
    for minutes in (60, 60.05, 60.3, 61, 200, 150, 201):
        now = NOW - HOUR + minutes * MINUTE
        state = looking.state()
    assert (sum(state.seen.counts), state.seen.sum) == (1, 90.0)
    assert (sum(state.told.counts), state.told.sum) == (1, 4.0)
    assert state.seen.counts[SECONDS.index(120.0)] == 1
    assert state.told.counts[0] == 1
    with monitored(store, Running(), NOW + MINUTE) as port:
        found = metrics(port)
    # Of what came before the process did, nothing.
    assert found["newswatch_published_to_seen_seconds_count", ()] == 0
    assert found["newswatch_seen_to_told_seconds_bucket", (("le", "+Inf"),)] == 0


def test_a_store_that_cannot_be_read_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    running = Running(going_on=Going(seconds=SETTLING))
    running.counts.answers["feed", "ok"] = 3
    with monitored(f"sqlite:{tmp_path / 'none.db'}", running, NOW) as port:
        found = metrics(port)
        status, wrong = health(port)
    assert found["newswatch_store_readable", ()] == 0
    assert found["newswatch_healthy", ()] == 0
    assert found["newswatch_answers_total", (("kind", "feed"), ("outcome", "ok"))] == 3
    assert status == 503
    assert "there is no store yet" in wrong[0]


def test_however_many_ask_the_store_is_looked_at_now_and_then() -> None:
    looks, passed = 0, 0.0

    def look() -> int:
        nonlocal looks, passed
        looks, passed = looks + 1, passed + 3.0  # a large store
        return looks

    kept = Kept(look, lambda: passed)
    assert [kept.get() for _ in range(100)] == [1] * 100
    passed += 59.0
    assert kept.get() == 1
    passed += 1.0
    assert kept.get() == 2


# ── health ──────────────────────────────────────────────────────────────────────────────────


def test_what_is_wrong_is_said_with_503(store: str) -> None:
    running = Running()
    with monitored(store, running, NOW + 12 * HOUR) as port:
        # What a standstill left is caught up with first.
        assert health(port) == (200, [])
        running.going_on.said = ("crawl stands still",)
        assert health(port) == (503, ["crawl stands still"])
        running.going_on = Going(seconds=SETTLING)
        assert health(port) == (503, ["2 polls late by more than ten minutes"])


# ── who asks ────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def serving(seconds: float = 10.0) -> Iterator[Server]:
    made = Server(
        listening("127.0.0.1", 0),
        lambda path: Answer(200, path.encode()),
        ("Watch.example",),
        seconds,
    )
    made.begin()
    try:
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "EVIL<b>"])
def test_nothing_but_get_and_head_is_answered(method: str, server: Server) -> None:
    status, body, headers = asked(server.port, "/x", method)
    assert (status, body, headers["Allow"]) == (405, b"GET or HEAD\n", "GET, HEAD")
    assert asked(server.port, "/x?y=1")[:2] == (200, b"/x")
    status, body, headers = asked(server.port, "/xyz", "HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", "4")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200), ("localhost:9108", 200), ("127.0.0.1:9108", 200), ("[::1]:9108", 200), ("[::1]", 200),
        ("192.168.1.7:80", 200), ("WATCH.example:9108", 200), ("evil.example", 421), ("evil.example:9108", 421),
        ("127.0.0.1.evil.example", 421), ("localhost.evil.example:80", 421), ("", 421), ("localhost@evil", 421),
        ("127.0.0.1, evil.example", 421),
    ],
)  # fmt: skip
def test_a_name_that_is_not_ours_is_refused(host: str, status: int, server: Server) -> None:
    """A page in somebody's browser may have its own name lead here."""
    assert asked(server.port, "/x", Host=host)[0] == status


def test_a_mistake_of_ours_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def mistaken(path: str) -> Answer:
        raise LookupError(path)

    server = Server(listening("127.0.0.1", 0), mistaken)
    server.begin()
    try:
        assert asked(server.port, "/x")[0] == 500
    finally:
        server.end()
    assert "LookupError: /x" in caplog.text


def talk(port: int, said: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as to:
        to.sendall(said)
        with contextlib.suppress(OSError):
            to.shutdown(socket.SHUT_WR)
        heard = b""
        with contextlib.suppress(ConnectionResetError):
            while more := to.recv(65536):
                heard += more
        return heard


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", b" 421 "),
        (b"GET / HTTP/1.1\r\n\r\n", b" 421 "),
        (b"GET / HTTP/1.0\r\n\r\n", b" 200 "),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b" 414 "),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", b" 431 "),
        (b"GET / HTTP/9.9\r\n\r\n", b"HTTP Version Not Supported"),
        (b"<script> </script> HTTP/one\r\n\r\n", b"Bad Request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b""),
        (b"", b""),
    ],
)
def test_what_is_no_question_is_no_harm(said: bytes, status: bytes, server: Server) -> None:
    heard = talk(server.port, said)
    assert status in heard.partition(b"\r\n")[0]
    assert b"script" not in heard
    assert asked(server.port, "/x")[0] == 200


def test_who_crowds_and_drips_is_cut_off_and_the_next_is_answered() -> None:
    with serving(seconds=0.3) as server, contextlib.ExitStack() as crowd:
        callers = [
            crowd.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE))
            for _ in range(AT_ONCE + 30)
        ]
        for caller in callers:
            with contextlib.suppress(OSError):
                caller.sendall(b"GET / HT")
        for caller in callers:
            with contextlib.suppress(ConnectionResetError):
                assert caller.recv(100) == b""
        assert asked(server.port, "/x")[0] == 200


# ── by configuration ────────────────────────────────────────────────────────────────────────


def home(folder: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.chdir(folder)
    (folder / "config").mkdir()
    (folder / "config" / "newswatch.yaml").write_text(f"store: sqlite:d.db\n{said}\n")


def test_a_port_that_is_taken_is_said_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.closing(listening("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MonitorError, match="Address already in use"):
            listening("127.0.0.1", port)
        home(tmp_path, monkeypatch, f"metrics: 127.0.0.1:{port}")
        for words in (["run"], ["run", "--detach"]):
            assert code_of(words) == 2
            said = capsys.readouterr()
            assert f"metrics: 127.0.0.1:{port} cannot be listened on" in said.err


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home(tmp_path, monkeypatch, "metrics: 127.0.0.1:9108")
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    assert code_of(["run"]) == 2
    assert "pip install 'newswatch[metrics]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "listens"),
    [
        ("127.0.0.1:9108", ("127.0.0.1", 9108, ())),
        ("localhost:9108", ("127.0.0.1", 9108, ())),
        ("'[::1]:9108'", ("::1", 9108, ())),
        ("{listen: '0.0.0.0:9108', beyond_loopback: true, names: [watch]}", ("0.0.0.0", 9108, ("watch",))),
    ],
)  # fmt: skip
def test_where_it_listens(
    said: str, listens: tuple[Any, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from newswatch.config import MetricsSettings, load

    home(tmp_path, monkeypatch, f"metrics: {said}")
    assert load(Path("config"), Path("feeds.yaml")).metrics == MetricsSettings(*listens)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("0.0.0.0:9108", "0.0.0.0 is no loopback address"),
        ("192.168.1.7:9108", "is no loopback address"),
        ("{listen: '[::]:9108'}", ":: is no loopback address"),
        ("9108", "must be a text: put it in quotes"),
        ("'9108'", "must be an address and a port"),
        ("127.0.0.1", "must be an address and a port"),
        ("127.0.0.1:0", "must be an address and a port"),
        ("127.0.0.1:65536", "must be an address and a port"),
        ("watch.example:80", "must be an address and a port"),
        ("{beyond_loopback: true}", "metrics.listen: is missing"),
        ("[a]", "must be keys with values"),
        ("{listen: '127.0.0.1:9108', name: [x]}", 'unknown key "name" (did you mean "names"?)'),
    ],
)
def test_a_wrong_place_is_refused_in_words(
    said: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    home(tmp_path, monkeypatch, f"metrics: {said}")
    assert code_of(["check"]) == 2
    assert why in capsys.readouterr().err
