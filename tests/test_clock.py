"""A clock that is set while newswatch runs, and a machine that sleeps: polls go on, nothing is told twice or lost."""

from __future__ import annotations

import io
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from archive_of import ANNA, BORIS, NOW, entry, report
from newswatch.config import Configuration, MailSettings
from newswatch.daemon import Daemon, DrivenClock, Tick, log_to
from newswatch.daemon.messages import Beat, Told
from newswatch.desk import in_force
from newswatch.frontier import TOLD_LOOKS
from newswatch.model import (
    Article,
    BackupPlan,
    CrawlPolicy,
    DigestPlan,
    Feed,
    Letter,
    Outcome,
    Request,
    Rule,
    Sent,
)
from newswatch.store import ballast_of, open_archive, open_keeper, open_ledger
from patient import LONG
from test_daemon_threads import Script

MEMORY = Path("/dev/shm")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STEP = timedelta(minutes=30)
INTERVAL = timedelta(minutes=30)
NEWS = timedelta(hours=3)  # between two entries of a feed
WINDOW = 6
END = timedelta(hours=46)
FEEDS = tuple(
    Feed(
        name, f"http://{name}.example/rss", name, "en",
        pages=pages, min_interval=60, max_interval=int(INTERVAL.total_seconds()),
    )
    for name, pages in (("wire", "feed-only"), ("paper", "fetch"))
)  # fmt: skip


told = cache(report)


@dataclass
class World:
    """Two wires by the true time, and a daemon that goes by a clock which may be wrong; driven by hand, in one
    thread.
    """

    folder: Path
    true: datetime = NOW
    wrong: timedelta = timedelta()
    polls: list[datetime] = field(default_factory=list)
    looked: list[tuple[str, datetime]] = field(default_factory=list)
    letters: list[tuple[datetime, Letter]] = field(default_factory=list)
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        made = Configuration(
            store=f"sqlite:{self.folder / 'c.db'}",
            policy=CrawlPolicy(),
            feeds=FEEDS,
            rules=(Rule("urgent", "leak", ("anna",)), Rule("all", "consent", ("desk",))),
            people=(ANNA, BORIS),
            digests=(DigestPlan("desk", ("boris",), ("07:30", "18:00")),),
            mail=MailSettings("file:letters", "newswatch@example.org"),
            backups=BackupPlan(),
        )
        force = in_force(made)
        self.store = made.store
        self.clock = DrivenClock(self.true)
        passed = self._passed
        self.daemon = Daemon(
            force, lambda _tell: open_ledger(made.store), Script(self._answer), self._send,
            clock=self.clock, log=log_to(self.log), keeper=open_keeper(made.store),
            ballast=ballast_of(made.store), load=lambda: (force, self._send), passed=passed,
        )  # fmt: skip
        self.ledger = self.daemon.writer.opened()
        self.standing = self.daemon.writer.begin(self.ledger)

    def _passed(self) -> float:
        return (self.true - NOW).total_seconds()

    def _answer(self, request: Request) -> Outcome:
        if request.kind == "page":
            number = int(request.url.rpartition("/")[2])
            self.looked.append((request.url, self.true))
            text = told(10_000 + number)
            article = Article(request.url, f"Paper {number}", text, "en")
            return Outcome(request, 200, request.url, article=article)
        if request.feed == "wire":
            self.polls.append(self.true)
        newest = int((self.true - NOW) / NEWS)
        return Outcome(
            request, 200, request.url,
            window=tuple(self._shown(request, n) for n in range(newest, max(-1, newest - WINDOW), -1)),
        )  # fmt: skip

    def _shown(self, request: Request, number: int) -> Any:
        feed = request.feed
        text = f"Of a leak. {told(number)}" if feed == "wire" else "A lead."
        shown = entry(
            f"http://{feed}.example/{number}", f"{feed.title()} {number}", text,
            published=NOW + number * NEWS, quality="full" if feed == "wire" else "lead",
        )  # fmt: skip
        return replace(shown, article=None) if shown.hash in request.known else shown

    def _send(self, letter: Letter) -> Sent:
        self.letters.append((self.true, letter))
        return Sent(letter.id, 250, "taken")

    def step(self) -> None:
        """Let both hands move, and all that follows from it."""
        self.clock.at = self.true + self.wrong
        for hand in ("ingest", "deliver"):
            self.daemon.inbox.put(Tick(hand))
        while self._some():
            if (thread := self.daemon.writer.nightly._thread) is not None:
                thread.join()

    def _some(self) -> bool:
        done = False
        for messages in (self.daemon.inbox, self.daemon.post.waiting):
            while not messages.empty():
                done = True
                message = messages.get_nowait()
                if isinstance(message, Beat):
                    self.daemon.post._beaten()
                    continue
                if isinstance(message, Letter):
                    message = Told(message, self._send(message))
                self.standing = self.daemon.writer.take(self.ledger, self.standing, message)
        return done

    def run(self, until: datetime) -> None:
        """Go on step by step."""
        while self.true < until:
            self.true += STEP
            self.step()

    def close(self) -> None:
        self.ledger.close()
        self.daemon.bell.close()

    def told(self, digest: str) -> Counter[str]:
        """How often each story was told through a digest, by the stored letters' notifications."""
        archive = open_archive(self.store)
        try:
            kept = {letter["id"]: letter for letter in archive.letters()}
            return Counter(
                n["story"]
                for n in archive.notifications()
                if n["digest"] == digest and n["letter"] in kept
            )
        finally:
            archive.close()


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A folder whose syncs take no time, where there is one."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as made:
        yield Path(made)


# Each a list of (hours of true time, by how much the clock is wrong from then on).
SET = {
    "an hour ahead": ((10.0, HOUR),),
    "an hour back": ((10.6, -HOUR),),
    "a day ahead": ((10.0, DAY),),
    "a day back": ((26.0, -DAY),),
    "a day ahead and right again": ((5.0, DAY), (12.0, timedelta())),
    "a year ahead and right again": ((5.0, 365 * DAY), (6.0, timedelta())),
    "a day back and right again": ((5.0, -DAY), (12.0, timedelta())),
}


SAMPLE = ("an hour back", "a day ahead and right again", "asleep")


@pytest.mark.parametrize(
    "how", [*SAMPLE, *(pytest.param(how, marks=LONG) for how in SET if how not in SAMPLE)]
)
def test_a_clock_that_is_set_loses_nothing_and_tells_nothing_twice(
    in_memory: Path, how: str
) -> None:
    world = World(in_memory)
    world.step()
    for hours, wrong in SET.get(how, ()):
        world.run(NOW + hours * HOUR)
        world.wrong = wrong
    if how == "asleep":
        world.run(NOW + 10 * HOUR)
        world.true += 8 * HOUR
    world.run(NOW + END)
    world.close()
    assert "mistake of ours" not in world.log.getvalue()
    gaps = sorted(b - a for a, b in pairwise(world.polls))
    asleep = how == "asleep"
    assert gaps[-1 - asleep] <= 2 * INTERVAL, "the next poll is within two intervals"
    if asleep:
        assert gaps[-1] <= 8 * HOUR + INTERVAL + STEP
    shown = int((world.polls[-1] - NOW) / NEWS) + 1
    archive = open_archive(world.store)
    stored = Counter(article["source"] for article in archive.export("articles"))
    owed = [n for n in archive.notifications() if not n["letter"]]
    archive.close()
    assert stored["wire"] == shown
    assert stored["paper"] >= shown - 2
    # At once: each story of the wire that is no backlog, once.
    at_once = world.told("now")
    too_old = how == "a year ahead and right again"  # by that clock, what came while it was ahead
    assert len(at_once) == shown - 1 - too_old
    assert set(at_once.values()) == {1}
    sent = Counter(letter.id for _, letter in world.letters)
    assert set(sent.values()) == {1}, "nothing is sent twice"
    digests = [at for at, letter in world.letters if letter.recipient == "boris"]
    in_digests = world.told("desk")
    assert set(in_digests.values()) == {1}
    most = (16 + 8 * asleep) * HOUR  # two slots are 13.5 hours apart
    assert max(b - a for a, b in pairwise([NOW, *digests, NOW + END])) <= most, digests
    assert {n["digest"] for n in owed} <= {"desk"}
    assert len(in_digests) + len(owed) >= 2 * shown - 4
    # Second looks and copies do not run wild.
    looks = Counter(url for url, _ in world.looked)
    assert max(looks.values()) <= 2 + len(TOLD_LOOKS)
    assert max(looks.values()) > 5
    copies = open_keeper(world.store).backups()
    nights = 1 if how == "a day back" else 2  # it meets a night again that is over
    assert nights <= len(copies) <= 4
