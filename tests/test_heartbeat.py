"""The heartbeat: an address elsewhere hears that newswatch goes on, and only then; that it fails holds up nothing."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive_of import NOW
from asking import POLICY, fetching, request
from newswatch.cli import code_of
from newswatch.config import load
from newswatch.crawl import crawl
from newswatch.daemon import DrivenClock, Tick
from newswatch.model import Failure, Outcome, Request
from scripted_server import Asked, reply, serving
from test_daemon_threads import PAPER, PATIENCE, Lines, Script, configuration, watching
from test_room import awaited

URL = "https://beats.example/secret-id"


class Beaten(Script):
    """Workers whose heartbeats are answered as it is said, and whose feeds are unchanged, or never answer."""

    failure: Failure | None = None
    frozen = False

    def turned(self, said: Callable[[], None]) -> None:
        """Says that the crawl's loop turns, unless it is frozen."""
        if not self.frozen:
            super().turned(said)

    @property
    def beats(self) -> list[Request]:
        return [asked for asked in self.asked if asked.kind == "heartbeat"]


def test_it_is_said_once_a_minute_and_only_while_all_goes_on(tmp_path: Path) -> None:
    seconds, said, log = 0.0, queue.Queue[str](), Lines()
    made = replace(configuration(tmp_path, feeds=(PAPER,)), heartbeat=URL)
    dead = False

    def answer(asked: Request) -> Outcome | None:
        if asked.kind == "heartbeat":
            return Outcome(asked, failure=workers.failure)
        return None if dead else Outcome(asked, 304, asked.url, unchanged=True)

    workers = Beaten(answer)
    watch = watching(made, workers, say=said.put, log=log, passed=lambda: seconds)
    with watch as daemon:
        assert said.get(timeout=PATIENCE).startswith("READY=1")
        clock = daemon._clock
        assert isinstance(clock, DrivenClock)

        def turn(times: int = 3) -> int:
            """All loops turn so often; how many heartbeats there were until then."""
            for _ in range(times):
                for hand in ("ingest", "deliver"):
                    daemon.inbox.put(Tick(hand))
                assert said.get(timeout=PATIENCE) == "WATCHDOG=1"
            return len(workers.beats)

        assert turn() == 1
        assert turn() == 1
        seconds += 60
        assert turn() == 2
        daemon.going_on.tries_again("disk full")  # says that it tries again
        seconds += 60
        assert turn() == 2
        daemon.going_on.taken()
        assert turn() == 3
        # The crawl's loop turns no more: the round that it still belongs to is told, and none after that.
        workers.frozen = True
        for wait, there in ((0, 3), (60, 4), (60, 4)):
            seconds += wait
            for hand in ("ingest", "deliver") * 4:
                daemon.inbox.put(Tick(hand))
            awaited(daemon.inbox.empty, log)  # but for the last, all are then worked off
            assert len(workers.beats) == there
        workers.frozen = False
        while not said.empty():
            said.get()
        assert turn() == 5
        # A poll that does not come back is late, though all loops turn.
        dead = True
        clock.at = NOW + timedelta(days=1)
        seconds += 60
        turn()
        there = len(workers.beats)
        clock.at += timedelta(hours=1)
        seconds += 60
        assert turn() == there
        # What fails is said once, and once that it is heard again.
        workers.stop(0)
        dead = False
        for failure in (
            Failure("timeout", "no answer"),
            Failure("dns", "no such name"),
            None,
            None,
        ):
            workers.failure = failure
            seconds += 60
            turn()
    assert len(workers.beats) >= there + 3
    lines = [line for line in log.getvalue().splitlines() if "heartbeat" in line]
    assert ["not heard" in line for line in lines] == [True, False]
    assert "no answer" in lines[0]
    assert "beats.example" in lines[0]
    assert "secret-id" not in log.getvalue()


@pytest.mark.parametrize(
    ("status", "heard"), [(200, True), (202, True), (204, True), (404, False), (500, False)]
)
def test_any_good_answer_hears_it_whatever_robots_txt_says(status: int, heard: bool) -> None:
    def script(asked: Asked) -> bytes:
        return (
            reply(b"User-agent: *\nDisallow: /")
            if asked.path == "/robots.txt"
            else reply(b"", status)
        )

    async def beat(url: str, **policy: Any) -> Outcome:
        async def no_child(*_arguments: Any) -> None:
            raise AssertionError

        async with fetching(replace(POLICY, robots=True, **policy)) as fetcher:
            asked = request(url, "heartbeat")
            async with fetcher.turn(url) as get:
                return await crawl(asked, get, no_child)

    with serving(script) as server:
        came = asyncio.run(beat(server.url("/id")))
        assert (came.failure is None) == heard
        refused = asyncio.run(beat(server.url("/id"), allow_networks=()))
    assert refused.failure is not None
    assert refused.failure.kind == "address"
    assert [asked.path for asked in server.asked] == ["/id"]


@pytest.mark.parametrize("said", ["file:///etc/passwd", "beats.example/id", "[a]", "7"])
def test_only_a_web_address_is_told(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    main = tmp_path / "config" / "newswatch.yaml"
    main.write_text(f"heartbeat: {said}\n")
    assert code_of(["check"]) == 2
    assert "newswatch.yaml:1: heartbeat: must be" in capsys.readouterr().err
    main.write_text(f"heartbeat: {URL}\n")
    assert load(Path("config"), Path("feeds.yaml")).heartbeat == URL
