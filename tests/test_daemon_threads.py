"""The daemon's threads beside scripted workers and a scripted mail server: what one message does."""

from __future__ import annotations

import io
import itertools
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TextIO

import pytest

from archive_of import ANNA, NOW, PIPELINE, entry
from newswatch import deliver, ingest
from newswatch.cli import code_of
from newswatch.config import Configuration, MailSettings
from newswatch.daemon import (
    STOP_SECONDS,
    Bell,
    Daemon,
    DriftWatch,
    DrivenClock,
    Reload,
    Tick,
    log_to,
)
from newswatch.daemon.messages import Inbox, Told
from newswatch.desk import Import, in_force, put_in_force
from newswatch.model import (
    Article,
    CrawlPolicy,
    DigestPlan,
    Failure,
    Feed,
    Imported,
    Letter,
    Outcome,
    Request,
    Rule,
    Sent,
    StoreDamaged,
    StoreError,
    Trouble,
    Version,
)
from newswatch.rules import RuleIndex
from newswatch.store import Ballast, Ledger, ballast_of, open_archive, open_keeper, open_ledger

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

    def turned(self, tell: Callable[[], None]) -> None:
        tell()

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


class Lines(io.StringIO):
    """A log that says when something stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self._awaited: list[tuple[str, threading.Event]] = []

    def said(self, words: str) -> threading.Event:
        found = threading.Event()
        self._awaited.append((words, found))
        self.write("")
        return found

    def write(self, text: str) -> int:
        done = super().write(text)
        for words, found in self._awaited:
            if words in self.getvalue():
                found.set()
        return done


def taken(letter: Letter) -> Sent:
    return Sent(letter.id, 250, "taken")


def configuration(folder: Path, **parts: Any) -> Configuration:
    return Configuration(
        store=f"sqlite:{folder / 'd.db'}",
        policy=CrawlPolicy(),
        mail=MailSettings("file:letters", "newswatch@example.org"),
        **parts,
    )


def telling_anna_of_leaks(folder: Path) -> Configuration:
    """One feed whose first poll owes letters already, and a rule that tells anna at once."""
    return configuration(
        folder,
        feeds=(replace(PAPER, alert_backlog=True),),
        rules=(Rule("leak", "leak", ("anna",)),),
        people=(ANNA,),
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
    passed: Callable[[], float] = lambda: 0.0,
    stop_within: float = STOP_SECONDS,
    say: Callable[[str], None] = lambda _state: None,
    ballast: Ballast | None = None,
    patience: float = 30.0,
) -> Iterator[Daemon]:
    """A daemon running in a thread of its own; it has ended when the block is left."""
    force = in_force(made)
    daemon = Daemon(
        force,
        lambda upgrading: open_ledger(made.store, boundary, upgrading=upgrading, patience=patience),
        workers,
        send,
        clock=DrivenClock(at),
        log=log_to(log or io.StringIO()),
        keeper=open_keeper(made.store),
        ballast=ballast or ballast_of(made.store),
        load=lambda: (force, send),
        passed=passed,
        stop_within=stop_within,
        say=say,
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
    made = telling_anna_of_leaks(tmp_path)
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


def test_a_letter_in_hand_is_not_handed_over_again(tmp_path: Path) -> None:
    """Its server dallies while the clock's hand moves twice more."""
    made = telling_anna_of_leaks(tmp_path)
    in_hand, release, looked = threading.Event(), threading.Event(), threading.Event()
    sent: list[str] = []

    def slow(letter: Letter) -> Sent:
        sent.append(letter.id)
        in_hand.set()
        assert release.wait(PATIENCE)
        return taken(letter)

    def boundary(name: str) -> None:
        if name == "after configure" and in_hand.is_set():
            looked.set()

    shown = (entry("http://paper.example/1", "Leak", PIPELINE),)
    workers = Script(lambda r: Outcome(r, 200, r.url, window=shown))
    with watching(made, workers, send=slow, boundary=boundary) as daemon:
        assert in_hand.wait(PATIENCE)
        for message in (Tick("deliver"), Tick("deliver"), Reload(in_force(made), slow)):
            daemon.inbox.put(message)
        assert looked.wait(PATIENCE)
        assert not [left for left in daemon.post.waiting.queue if isinstance(left, Letter)]
        release.set()
    assert len(sent) == 1


def test_no_letter_is_sent_before_the_one_before_it_is_marked(tmp_path: Path) -> None:
    """Or a kill would send as many twice as wait to be marked. Its mark does not stand behind other messages."""
    people = (ANNA, *(replace(ANNA, name=f"r{n}", address=f"r{n}@example.org") for n in range(8)))
    rule = Rule("leak", "leak", tuple(person.name for person in people))
    made = replace(telling_anna_of_leaks(tmp_path), people=people, rules=(rule,))
    order: list[str] = []
    every = threading.Event()

    def boundary(name: str) -> None:
        if name in ("before mark", "after mark", "before keep"):
            order.append(name)
        if name == "before mark":
            for _ in range(3):
                daemon.inbox.put(Reload(in_force(made), send))
            time.sleep(0.02)  # in which the post would send the others
        every.set() if order.count("after mark") == len(people) else None

    def send(letter: Letter) -> Sent:
        order.append("sent")
        return taken(letter)

    shown = (entry("http://paper.example/1", "Leak", PIPELINE),)
    workers = Script(lambda r: Outcome(r, 200, r.url, window=shown))
    with watching(made, workers, send=send, boundary=boundary) as daemon:
        assert every.wait(PATIENCE)
    assert order[order.index("sent") :] == ["sent", "before mark", "after mark"] * len(people)


def test_what_the_mail_server_said_comes_before_what_came_in_before_it() -> None:
    inbox = Inbox()
    told = Told(Letter("l", "anna", "anna@example.org", "n@example.org", b""), Sent("l", 250, ""))
    for message in (Tick("ingest"), told, Tick("deliver")):
        inbox.put(message)
    assert inbox.qsize() == 3
    assert [inbox.get_nowait() for _ in range(3)] == [told, Tick("ingest"), Tick("deliver")]
    assert inbox.empty()


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


def test_the_operator_hears_that_the_store_refused_once_it_is_well_again(tmp_path: Path) -> None:
    made = configuration(tmp_path, feeds=(PAPER,), operator=ANNA)
    refused, told = threading.Event(), threading.Event()
    letters: list[Letter] = []

    def boundary(name: str) -> None:
        if name == "before keep" and not refused.is_set():
            refused.set()
            raise StoreError("no room")

    def send(letter: Letter) -> Sent:
        letters.append(letter)
        told.set()
        return taken(letter)

    workers = Script(lambda r: Outcome(r, 304, r.url, unchanged=True))
    passed = map(float, count(0, 11)).__next__
    with watching(made, workers, send=send, boundary=boundary, passed=passed) as daemon:
        assert refused.wait(PATIENCE)
        daemon.inbox.put(Tick("deliver"))
        assert told.wait(PATIENCE)
    said = letters[0].content.decode()
    assert "OVER ALREADY" in said
    assert "no room" in said


def unchanged(request: Request) -> Outcome:
    """Scripted workers answer while the writer claims, so that all answers wait for it together."""
    return Outcome(request, 304, request.url, unchanged=True)


def five(tmp_path: Path) -> Configuration:
    feeds = tuple(Feed(f"f{n}", f"http://f{n}.example/rss") for n in range(5))
    return configuration(tmp_path, feeds=feeds)


def polls_kept(made: Configuration, asked: Iterable[Request]) -> list[int]:
    ledger = open_ledger(made.store)
    found = [ledger.known.request(request.id) for request in asked]
    ledger.close()
    return [request.polls for request in found if request]


def test_polls_that_bring_nothing_and_wait_together_share_a_transaction(tmp_path: Path) -> None:
    """One whose lease is over is left out, and takes none along."""
    made, log = five(tmp_path), Lines()
    deeds: list[str] = []
    dropped = log.said("late outcome dropped")
    workers = Script(
        lambda r: unchanged(replace(r, lease="of another run") if r.feed == "f2" else r)
    )
    with watching(made, workers, boundary=deeds.append, log=log):
        assert dropped.wait(PATIENCE)
    assert deeds.count("after keep") == 1
    kept = dict(zip([r.feed for r in workers.asked], polls_kept(made, workers.asked), strict=True))
    assert kept == {"f0": 1, "f1": 1, "f2": 0, "f3": 1, "f4": 1}


def test_polls_that_are_refused_together_are_kept_one_by_one(tmp_path: Path) -> None:
    """The disk refuses the five, and then the third by itself."""
    made, log, workers = five(tmp_path), Lines(), Script(unchanged)
    deeds: list[str] = []
    all_kept = threading.Event()

    def boundary(name: str) -> None:
        deeds.append(name)
        if name == "before keep" and deeds.count(name) in {1, 4}:
            raise StoreError("no room")
        if deeds.count("after keep") == 5:
            all_kept.set()

    with watching(made, workers, boundary=boundary, log=log):
        assert all_kept.wait(PATIENCE)
    assert polls_kept(made, workers.asked) == [1] * 5
    assert deeds.count("before keep") == 7
    assert log.getvalue().count("the store refuses") == 1, (
        "of the third; the five are tried alone at once"
    )
    assert "late outcome dropped" not in log.getvalue(), "none was kept twice"


def test_a_mistake_of_ours_in_one_of_several_polls_takes_no_other_along(tmp_path: Path) -> None:
    """It is kept as one, as it is alone."""
    made, log = five(tmp_path), Lines()
    settled = log.said("a mistake of ours, settled in spite of it")
    asked: list[Request] = []
    deeds: list[str] = []
    all_kept = threading.Event()

    def answer(request: Request) -> Outcome:
        asked.append(request)
        answered = unchanged(request)
        return replace(answered, wait="soon") if len(asked) == 3 else answered  # type: ignore[arg-type]

    def boundary(name: str) -> None:
        deeds.append(name)
        if deeds.count("after keep") == 5:
            all_kept.set()

    with watching(made, Script(answer), boundary=boundary, log=log):
        assert all_kept.wait(PATIENCE)
        assert settled.wait(PATIENCE)
    assert polls_kept(made, asked) == [1] * 5


def test_news_and_letters_at_once_do_not_wait_for_a_crowds_digests(tmp_path: Path) -> None:
    """Forty readers' digests are due at the start; the first poll, its page and the letter at once on it come
    before the last of them is sealed.
    """
    people = (ANNA, *(replace(ANNA, name=f"r{n}", address=f"r{n}@example.org") for n in range(40)))
    plan = DigestPlan("all", tuple(p.name for p in people[1:]), ("18:00",), min_items=0)
    made = replace(telling_anna_of_leaks(tmp_path), people=people, digests=(plan,))
    ledger = open_ledger(made.store)
    deliver.begin_slots(ledger.outbox, in_force(made).readers, NOW - timedelta(days=2))
    ledger.close()
    deeds: list[str] = []
    sent: list[str] = []
    every = threading.Event()

    def send(letter: Letter) -> Sent:
        sent.append(letter.recipient)
        if len(sent) == len(people):
            every.set()
        return taken(letter)

    leak = (entry("http://paper.example/1", "Leak"),)
    workers = Script(lambda r: Outcome(r, 200, r.url, window=leak))
    passed = map(float, count(0, 11)).__next__  # no time for two at once
    with watching(made, workers, send=send, boundary=deeds.append, passed=passed):
        assert every.wait(PATIENCE)
    assert sorted(sent) == sorted(p.name for p in people)
    assert sent.index("anna") < 20
    seals = [n for n, name in enumerate(deeds) if name == "after seal"]
    assert deeds.index("after keep") < seals[5]


# ── by night ────────────────────────────────────────────────────────────────────────────────


def days_ago(made: Configuration) -> None:
    """A store whose history begins two days before now."""
    ledger = open_ledger(made.store)
    ledger.configure(made.feeds, (), NOW - timedelta(days=2))
    ledger.troubles.note(
        (Trouble("feed", "x", NOW - timedelta(days=2), "y", NOW),),
        NOW - timedelta(days=2),
        heard=False,
    )
    ledger.close()


IDLE = Script(lambda r: Outcome(r, 304, r.url, unchanged=True))


def test_a_night_that_was_missed_is_copied_at_the_next_start(tmp_path: Path) -> None:
    made = configuration(tmp_path, feeds=(PAPER,))
    days_ago(made)
    log = Lines()
    copied = log.said("the store is copied")
    with watching(made, IDLE, log=log):
        assert copied.wait(PATIENCE)
    (copy,) = open_keeper(made.store).backups()
    assert open_keeper(f"sqlite:{copy}").check() == ()
    with watching(made, IDLE, log=Lines()):
        pass
    assert open_keeper(made.store).backups() == (copy,)


def test_a_copy_that_cannot_be_made_is_told_the_operator_until_one_can(tmp_path: Path) -> None:
    made = configuration(tmp_path, feeds=(PAPER,), operator=ANNA)
    days_ago(made)
    (tmp_path / "backups").write_text("no folder")
    log = Lines()
    well = log.said("well again")
    letters: list[Letter] = []

    def send(letter: Letter) -> Sent:
        letters.append(letter)
        return taken(letter)

    passed = map(float, count(0, 11)).__next__
    with watching(made, IDLE, log=log, send=send, passed=passed) as daemon:
        while not letters:  # bounded by the test's time
            daemon.inbox.put(Tick("deliver"))
            time.sleep(0.01)
        (tmp_path / "backups").unlink()
        daemon._clock.at = NOW + timedelta(hours=2)  # type: ignore[attr-defined]
        while not well.is_set():
            daemon.inbox.put(Tick("deliver"))
            time.sleep(0.01)
    assert "no copy could be made" in letters[0].content.decode()
    assert len(open_keeper(made.store).backups()) == 1


def test_damage_found_while_it_runs_stops_all_writing(tmp_path: Path) -> None:
    made = configuration(tmp_path, feeds=(PAPER,))
    days_ago(made)
    damaged = StoreDamaged("not sound")

    class Found:
        def must_be_sound(self) -> None:
            raise damaged

        def copied(self, now: datetime) -> datetime | None:
            return NOW

    force = in_force(made)
    daemon = Daemon(
        force, lambda upgrading: open_ledger(made.store, upgrading=upgrading), IDLE, taken,
        clock=DrivenClock(NOW), log=log_to(io.StringIO()), keeper=Found(), ballast=ballast_of(made.store), load=lambda: (force, taken),  # type: ignore[arg-type]
    )  # fmt: skip
    with pytest.raises(StoreDamaged, match="not sound"):
        daemon.run()


# ── a rule over the archive ─────────────────────────────────────────────────────────────────


def filled(made: Configuration, count: int) -> None:
    """An archive of *count* imported articles that all match `leak`."""
    ledger = open_ledger(made.store)
    articles = (
        Imported(Article(f"http://paper.example/{n}", f"Leak {n}", "", "en"), NOW, "paper")
        for n in range(count)
    )
    Import(ledger, None, NOW, alert=False).keep(articles)
    ledger.close()


def found_by(made: Configuration, rule: str) -> int:
    archive = open_archive(made.store)
    try:
        return next(r["matches"] for r in archive.rules() if r["name"] == rule)
    finally:
        archive.close()


def test_a_stop_does_not_wait_for_a_rule_to_be_run_over_the_archive(tmp_path: Path) -> None:
    made = configuration(tmp_path, feeds=(PAPER,), rules=(Rule("leak", "leak"),))
    filled(made, 1200)  # three batches
    first = threading.Event()
    idle = Script(lambda r: Outcome(r, 304, r.url, unchanged=True))

    def boundary(name: str) -> None:
        if name == "after catch-up":
            daemon.stop()
            first.set()

    with watching(made, idle, boundary=boundary) as daemon:
        assert first.wait(PATIENCE)
    assert 0 < found_by(made, "leak") < 1200
    through = threading.Event()
    seen = []

    def count(name: str) -> None:
        if name == "after catch-up":
            seen.append(name)
            if len(seen) == 3:  # two batches and the end
                through.set()

    log = io.StringIO()
    with watching(made, idle, boundary=count, log=log):
        assert through.wait(PATIENCE), "the next run goes on with it"
    assert "run over the archive' rules='leak' done=500 of=1200" in log.getvalue()
    assert found_by(made, "leak") == 1200


def test_it_says_how_far_a_changed_rule_has_been_run_over_the_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = configuration(tmp_path, feeds=(PAPER,), rules=(Rule("leak", "nothing"),))
    new = configuration(tmp_path, feeds=(PAPER,), rules=(Rule("leak", "leak"),))
    filled(old, 1200)
    idle = Script(lambda r: Outcome(r, 304, r.url, unchanged=True))
    log = io.StringIO()
    caught_up, changed = threading.Event(), threading.Event()
    half: list[dict[str, Any]] = []
    batches = []

    def boundary(name: str) -> None:
        if name != "after catch-up":
            return
        batches.append(name)
        if len(batches) == 4:
            caught_up.set()
        if len(batches) == 6:  # the second of the changed rule's: the first is noted
            half.append(status())
            assert code_of(["--store", old.store, "status"]) == 0
        if len(batches) == 8:
            changed.set()

    def status() -> dict[str, Any]:
        archive = open_archive(old.store)
        try:
            return archive.status()
        finally:
            archive.close()

    with watching(old, idle, boundary=boundary, log=log) as daemon:
        assert caught_up.wait(PATIENCE)
        daemon._load = lambda: (in_force(new), taken)
        daemon.reload()
        assert changed.wait(PATIENCE)
    assert half[0]["catching_up"] == {"rules": ["leak"], "done": 500, "of": 1200}
    shown = capsys.readouterr().out
    assert "1 rule on the way through the archive: 500 of 1,200 versions (leak)" in shown
    assert status()["catching_up"] is None
    lines = log.getvalue().splitlines()
    told = [line.partition("event=")[2] for line in lines if "the archive" in line]
    assert told == 2 * [
        "'rules to run over the archive' rules='leak' of=1200",
        "'on the way through the archive' rules='leak' done=500 of=1200",
        "'on the way through the archive' rules='leak' done=1000 of=1200",
        "'on the way through the archive' rules='leak' done=1200 of=1200",
        "'rules run over the archive'",
    ]
    assert found_by(new, "leak") == 1200
    archive = open_archive(old.store)
    assert archive.notifications() == ()
    archive.close()


def test_nothing_is_said_of_the_archive_where_no_rule_is_behind(tmp_path: Path) -> None:
    made = configuration(tmp_path, feeds=(PAPER,), rules=(Rule("leak", "leak"),))
    log = io.StringIO()
    with watching(made, Script(lambda r: Outcome(r, 304, r.url, unchanged=True)), log=log):
        pass
    assert "watching" in log.getvalue()
    assert "the archive" not in log.getvalue()


def test_feeds_are_polled_while_a_rule_is_run_over_the_archive(tmp_path: Path) -> None:
    made = configuration(tmp_path, feeds=(PAPER,), rules=(Rule("leak", "leak"),))
    filled(made, 1200)
    order: list[str] = []
    through = threading.Event()

    def boundary(name: str) -> None:
        if name in ("after catch-up", "after keep"):
            order.append(name)
        if {"after keep", "after catch-up"} <= set(order) and order.count("after catch-up") == 4:
            through.set()

    with watching(made, Script(lambda r: leads(r, 1) if r.kind == "feed" else None), boundary=boundary):  # fmt: skip
        assert through.wait(PATIENCE)
    assert order.index("after keep") < len(order) - 1 - order[::-1].index("after catch-up")


def test_quiet_moments_of_the_writer_tidy_the_store(tmp_path: Path) -> None:
    seen: list[str] = []
    tidied = threading.Event()

    def boundary(name: str) -> None:
        seen.append(name)
        if "after keep" in seen and {"after spell", "after merge"} <= set(seen):
            tidied.set()

    def answer(request: Request) -> Outcome:
        shown = entry("http://paper.example/1", "Leak", PIPELINE)
        return Outcome(request, 200, request.url, window=(shown,))

    with watching(telling_anna_of_leaks(tmp_path), Script(answer), boundary=boundary):
        assert tidied.wait(PATIENCE)
    ledger = open_ledger(f"sqlite:{tmp_path / 'd.db'}")
    assert not ledger.tidy(), "nothing was left"
    ledger.close()


def test_a_step_over_the_archive_ends_by_what_it_takes_and_not_only_by_its_count(
    tmp_path: Path,
) -> None:
    made = configuration(tmp_path, feeds=(PAPER,), rules=(Rule("leak", "leak"),))
    filled(made, 20)
    seconds = itertools.count()
    steps = []
    through = threading.Event()

    def boundary(name: str) -> None:
        if name == "after catch-up":
            steps.append(name)
            if len(steps) == 21:  # one for each version, and the end
                through.set()

    idle = Script(lambda r: Outcome(r, 304, r.url, unchanged=True))
    with watching(made, idle, boundary=boundary, passed=lambda: float(next(seconds))):
        assert through.wait(PATIENCE)
    assert found_by(made, "leak") == 20


def test_a_stop_does_not_wait_for_one_version_s_costly_rules(tmp_path: Path) -> None:
    """The stop comes while the second of three versions is judged: of it nothing is kept, and the
    next run goes on from there.
    """
    words = {f"word{n}": Rule(f"r{n}", f"leak OR word{n}") for n in range(40)}
    made = configuration(tmp_path, feeds=(PAPER,), rules=tuple(words.values()))
    filled(made, 3)
    with opened(made) as ledger:
        standing = put_in_force(ledger, in_force(made), NOW)
        asked = itertools.count()
        stopping = lambda: next(asked) > 100  # noqa: E731 - 40 rules are filed, 40 and 20 tried
        row = ingest.catch_up_after(ledger, standing, ledger.left_at(), NOW, stopping=stopping)
        assert row is not None
        ledger.reached(row)
        assert matches(ledger) == 40
    with opened(made) as ledger:
        standing = put_in_force(ledger, in_force(made), NOW)
        assert ledger.left_at() == row
        judged: list[str] = []
        index = Watched(standing.rules, judged)
        ingest.catch_up(ledger, replace(standing, rules=index), NOW)  # type: ignore[arg-type]
        assert len(judged) == 2, "the first version is not judged again"
        assert matches(ledger) == 120
        assert ledger.behind() == ()
        # A rule that is new now is run over all of it.
        more = replace(made, rules=(*made.rules, Rule("new", "leak")))
        put_in_force(ledger, in_force(more), NOW)
        assert ledger.left_at() < 0


def test_a_stop_while_rules_are_filed_keeps_nothing_and_ends_nothing(tmp_path: Path) -> None:
    made = configuration(tmp_path, feeds=(PAPER,), rules=(Rule("leak", "leak"),))
    filled(made, 3)
    with opened(made) as ledger:
        standing = put_in_force(ledger, in_force(made), NOW)
        row = ingest.catch_up_after(ledger, standing, -1, NOW, stopping=lambda: True)
        assert row == -1
        assert [rule.name for rule in ledger.behind()] == ["leak"]
        ingest.catch_up(ledger, standing, NOW)
        assert matches(ledger) == 3


@dataclass
class Watched:
    """Rules that write down which versions they judge."""

    rules: RuleIndex
    judged: list[str]

    def found(self, version: Version, *rest: Any) -> Iterator[Any]:
        self.judged.append(version.id)
        return self.rules.found(version, *rest)


@contextmanager
def opened(made: Configuration) -> Iterator[Ledger]:
    ledger = open_ledger(made.store)
    try:
        yield ledger
    finally:
        ledger.close()


def matches(ledger: Any) -> int:
    return int(ledger._connection.execute("SELECT count(*) FROM match").fetchone()[0])


def test_stopped_is_said_when_everything_has_ended(tmp_path: Path) -> None:
    """The writer has a message in hand for longer than the time to stop in."""
    made = configuration(tmp_path, feeds=(PAPER,))
    in_hand, release = threading.Event(), threading.Event()
    log = Lines()

    def boundary(name: str) -> None:
        if name == "before keep":
            in_hand.set()
            assert release.wait(PATIENCE)

    workers = Script(lambda r: Outcome(r, 304, r.url, unchanged=True))
    with watching(made, workers, boundary=boundary, log=log, stop_within=0.1) as daemon:  # fmt: skip
        assert in_hand.wait(PATIENCE)
        daemon.stop()
        assert log.said("the writer is still at work").wait(PATIENCE)
        assert "event='stopped'" not in log.getvalue()
        release.set()
    assert "event='stopped'" in log.getvalue()


def test_what_the_time_to_stop_in_does_not_reach_is_asked_again_in_the_next_run(
    tmp_path: Path,
) -> None:
    feeds = (PAPER, replace(PAPER, name="other", url="http://other.example/rss"))
    made = configuration(tmp_path, feeds=feeds)
    in_hand, release = threading.Event(), threading.Event()
    log = Lines()

    def boundary(name: str) -> None:
        if name == "before keep":
            in_hand.set()
            assert release.wait(PATIENCE)

    workers = Script(lambda r: leads(r, 1) if r.kind == "feed" else None)
    with watching(made, workers, boundary=boundary, log=log, stop_within=0.1) as daemon:  # fmt: skip
        assert in_hand.wait(PATIENCE)
        daemon.stop()
        assert log.said("the writer is still at work").wait(PATIENCE)
        release.set()
    assert [r.kind for r in workers.asked] == ["feed", "feed"]
    again = Script(lambda r: None, expected=2)
    with watching(made, again):
        assert again.all_owed.wait(PATIENCE)
    assert sorted(r.kind for r in again.asked) == ["feed", "page"]


def test_the_log_says_what_a_poll_may_have_missed_and_what_older_pages_gave_back(
    tmp_path: Path,
) -> None:
    made = configuration(tmp_path, feeds=(replace(PAPER, pages="feed-only"),))
    days = {
        NOW + timedelta(days=day): tuple(
            entry(f"http://paper.example/{day}/{n}", f"Day {day}, item {n}", f"Said {day} {n}.")
            for n in range(6)
        )
        for day in range(3)
    }
    for day, (at, shown) in enumerate(days.items()):
        log = Lines()
        older = days[at - timedelta(days=1)][:2] if day == 2 else ()
        workers = Script(
            lambda r, shown=shown, older=older: Outcome(
                r, 200, r.url, window=shown[:3], older=(*shown[3:5], *older)
            )
        )
        with watching(made, workers, log=log, at=at):
            assert log.said("event='read'").wait(PATIENCE)
            if day:
                lost = "maybe" if day == 1 else "none"
                assert log.said(f"recovered=2 lost='{lost}'").wait(PATIENCE)
        assert ("moved on whole" in log.getvalue()) == (day > 0)


def test_a_signal_that_another_thread_took_wakes_the_main_one() -> None:
    """Its handler runs when the main thread next does anything, which must not be in half a minute."""
    bell, done, came = Bell(), threading.Event(), []
    sleeper = threading.Thread(target=done.wait)
    sleeper.start()
    before = signal.signal(signal.SIGUSR1, lambda *_: came.append("signal"))
    signal.set_wakeup_fd(bell.fileno())
    assert sleeper.ident is not None
    sending = threading.Timer(0.3, signal.pthread_kill, (sleeper.ident, signal.SIGUSR1))
    giving_up = threading.Timer(PATIENCE, lambda: (came.append("gave up"), bell.ring()))
    sending.start()
    giving_up.start()
    bell.wait(2 * PATIENCE)
    giving_up.cancel()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGUSR1, before)
    done.set()
    bell.close()
    bell.ring()  # whoever rings late is not heard
    assert came == ["signal"]


# ── a clock that is set ─────────────────────────────────────────────────────────────────────


def test_a_clock_two_days_behind_the_store_polls_and_sends_as_if_it_had_never_been_ahead(
    tmp_path: Path,
) -> None:
    made = telling_anna_of_leaks(tmp_path)
    busy = Sent("", 451, "later")
    shown = (entry("http://paper.example/1", "Leak", PIPELINE),)
    workers = Script(lambda r: Outcome(r, 200, r.url, window=shown))
    refused = threading.Event()

    def refuse(letter: Letter) -> Sent:
        refused.set()
        return replace(busy, letter=letter.id)

    with watching(made, workers, send=refuse, at=NOW + timedelta(days=2)):
        assert refused.wait(PATIENCE)
    polled, sent = threading.Event(), threading.Event()

    def answer(request: Request) -> Outcome:
        polled.set()
        return Outcome(request, 304, request.url, unchanged=True)

    def take(letter: Letter) -> Sent:
        sent.set()
        return taken(letter)

    log = io.StringIO()
    with watching(made, Script(answer), send=take, at=NOW, log=log) as daemon:
        daemon._clock.at = NOW + timedelta(hours=2)  # type: ignore[attr-defined]
        for hand in ("ingest", "deliver"):
            daemon.inbox.put(Tick(hand))
        assert polled.wait(PATIENCE)
        assert sent.wait(PATIENCE)
    assert "behind the store's last time" in log.getvalue()
    archive = open_archive(made.store)
    assert any(c["kind"] == "clock" for c in archive.export("changes"))
    archive.close()


def test_a_watch_tells_a_clock_that_was_set_from_time_that_passed() -> None:
    wall = [NOW]
    passed = [0.0]
    told: list[str] = []
    watch = DriftWatch(lambda: wall[0], lambda: passed[0], lambda: told.append("set"), 30.0)
    for seconds, more in ((60, 60), (60, 85), (60, 60), (60, -3540), (60, 60), (60, 3660), (9, 9)):
        passed[0] += seconds
        wall[0] += timedelta(seconds=more)
        watch.look()
    assert told == ["set", "set"]


def test_hands_that_a_clock_set_back_would_hold_move_again(tmp_path: Path) -> None:
    made = configuration(tmp_path, feeds=(PAPER,))
    with watching(made, Script(lambda r: None)) as daemon:
        scheduler = daemon._clockwork()
        scheduler.start(paused=True)
        far = datetime.now(UTC) + timedelta(hours=1)
        for job in scheduler.get_jobs():
            job.modify(next_run_time=far)
        daemon._rearm(scheduler)
        assert all(job.next_run_time < far - timedelta(minutes=50) for job in scheduler.get_jobs())
        scheduler.shutdown(wait=False)
