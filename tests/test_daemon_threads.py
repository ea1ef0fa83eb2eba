"""The daemon's threads beside scripted workers and a scripted mail server: what one message does."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from archive_of import ANNA, NOW, PIPELINE, entry
from newswatch.config import Configuration, MailSettings
from newswatch.daemon import Daemon, DrivenClock, log_to
from newswatch.desk import in_force
from newswatch.model import (
    CrawlPolicy,
    Failure,
    Feed,
    Letter,
    Outcome,
    Request,
    Rule,
    Sent,
    StoreError,
)
from newswatch.store import open_archive, open_ledger

PATIENCE = 30.0
PAPER = Feed("paper", "http://paper.example/rss", "Paper", "en")


@dataclass
class Script:
    """Workers that answer as *answer* says; what it answers with None is owed until the stop."""

    answer: Callable[[Request], Outcome | None]
    asked: list[Request] = field(default_factory=list)
    owed: list[tuple[Request, Future[Outcome]]] = field(default_factory=list)
    all_owed: threading.Event = field(default_factory=threading.Event)
    expected: int = 0

    def submit(self, request: Request) -> Future[Outcome]:
        self.asked.append(request)
        done: Future[Outcome] = Future()
        outcome = self.answer(request)
        if outcome is not None:
            done.set_result(outcome)
        else:
            self.owed.append((request, done))
            if len(self.owed) == self.expected:
                self.all_owed.set()
        return done

    def stop(self, deadline: float) -> None:
        for request, done in self.owed:
            done.set_result(Outcome(request, failure=Failure("lost", "stopped on the way")))
        self.owed.clear()


def taken(letter: Letter) -> Sent:
    return Sent(letter.id, 250, "taken")


def configuration(folder: Path, **parts: Any) -> Configuration:
    return Configuration(
        store=f"sqlite:{folder / 'd.db'}",
        policy=CrawlPolicy(),
        mail=MailSettings("file:letters", "newswatch@example.org"),
        **parts,
    )


@contextmanager
def watching(
    made: Configuration,
    workers: Script,
    *,
    send: Callable[[Letter], Sent] = taken,
    boundary: Callable[[str], None] = lambda _name: None,
    log: TextIO | None = None,
    at: datetime = NOW,
) -> Iterator[Daemon]:
    """A daemon running in a thread of its own; it has ended when the block is left."""
    force = in_force(made)
    daemon = Daemon(
        force,
        lambda: open_ledger(made.store, boundary),
        workers,
        send,
        clock=DrivenClock(at),
        log=log_to(log or io.StringIO()),
        load=lambda: (force, send),
    )
    thread = threading.Thread(target=daemon.run)
    thread.start()
    try:
        assert daemon.started.wait(PATIENCE)
        yield daemon
    finally:
        daemon.stop()
        thread.join(PATIENCE)
    assert not thread.is_alive()


def leads(request: Request, count: int) -> Outcome:
    """A poll that shows *count* entries whose pages must be asked."""
    window = tuple(
        entry(f"http://{request.feed}.example/{n}", f"Item {n}", "A lead.", quality="lead")
        for n in range(count)
    )
    return Outcome(request, 200, request.url, window=window)


def test_a_stop_makes_no_versions_of_the_pages_on_their_way(tmp_path: Path) -> None:
    made = configuration(tmp_path, feeds=(PAPER,))
    workers = Script(lambda r: leads(r, 20) if r.kind == "feed" else None, expected=20)
    with watching(made, workers):
        assert workers.all_owed.wait(PATIENCE)
    archive = open_archive(made.store)
    assert list(archive.export("versions")) == []
    assert archive.status()["pages_waiting"] == 20
    archive.close()
    full = Script(lambda r: None, expected=20)
    with watching(made, full):
        assert full.all_owed.wait(PATIENCE), "all are due at once in the next run"
    assert {r.failures for r in full.asked} == {0}


def test_a_letter_in_hand_at_the_stop_is_marked(tmp_path: Path) -> None:
    made = configuration(
        tmp_path,
        feeds=(replace(PAPER, alert_backlog=True),),
        rules=(Rule("leak", "leak", ("anna",)),),
        people=(ANNA,),
    )
    in_hand = threading.Event()
    stopped = threading.Event()

    def slow(letter: Letter) -> Sent:
        """The server's word comes when the daemon has been stopped, 3 s later."""
        in_hand.set()
        assert stopped.wait(PATIENCE)
        time.sleep(3)
        return taken(letter)

    shown = (entry("http://paper.example/1", "Leak", PIPELINE),)
    workers = Script(lambda r: Outcome(r, 200, r.url, window=shown))
    with watching(made, workers, send=slow) as daemon:
        assert in_hand.wait(PATIENCE)
        daemon.stop()
        stopped.set()
    archive = open_archive(made.store)
    assert [letter["state"] for letter in archive.letters()] == ["sent"]
    archive.close()


def test_a_disk_that_refuses_after_a_keep_does_not_bring_its_message_again(tmp_path: Path) -> None:
    made = configuration(tmp_path, feeds=(PAPER,))
    refused = threading.Event()
    kept = threading.Event()

    def boundary(name: str) -> None:
        if name == "after keep":
            kept.set()
        if name == "before claim" and kept.is_set() and not refused.is_set():
            refused.set()
            raise StoreError("no room")

    workers = Script(lambda r: leads(r, 3) if r.kind == "feed" else None, expected=3)
    log = io.StringIO()
    with watching(made, workers, boundary=boundary, log=log):
        assert workers.all_owed.wait(PATIENCE)
    assert refused.is_set()
    assert "the store refuses" in log.getvalue()
    assert "late outcome dropped" not in log.getvalue()
    assert sorted(r.kind for r in workers.asked) == ["feed", "page", "page", "page"]
