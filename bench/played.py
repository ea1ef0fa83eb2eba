"""A newswatch without sockets, played: the writer's real store and walks, made servers and a clock that is driven.

Rule: what the daemon's writer does in its order (claims each five seconds and when pages are found, polls that bring
nothing together, letters each fifteen, what can wait in quiet moments), on one thread. An answer comes up to two
seconds after its claim, by its address. The clock goes on by the CPU that the writer takes, and jumps where it has
nothing to do: so a writer that cannot keep up is late here as it would be in life, however fast or slow the machine's
other work lets it be played.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Protocol

from newswatch import deliver, desk, ingest
from newswatch.model import Article, Failure, Letter, Outcome, Request, Sent, Shown, content_id
from newswatch.store import Ledger

CLAIMS, LETTERS = timedelta(seconds=5), timedelta(seconds=15)  # as the daemon's hands move
TOGETHER, SHARE = 100, 20  # as the daemon has them
SLOWEST = 2.0  # seconds that a server takes at most
TAG = '"1"'


class World(Protocol):
    """What the servers show."""

    def window(self, feed: str, known: frozenset[str], now: datetime) -> Sequence[Shown]:
        """A feed's window, the newest first; an entry whose hash is *known* comes without article."""

    def page(self, url: str, now: datetime) -> Article | None:
        """The article of a page; None where there is none."""


def answer(world: World, request: Request, now: datetime) -> Outcome:
    """What a trip brings at *now*."""
    if request.kind == "feed":
        window = tuple(world.window(request.feed, request.known, now))
        if request.polls and all(shown.article is None for shown in window):
            return Outcome(
                request, 304, request.url, etag=TAG, body_hash=request.body_hash, unchanged=True
            )
        body = content_id(*(shown.hash for shown in window))
        return Outcome(
            request, 200, request.url, etag=TAG, body_hash=body, window=window, format="rss"
        )
    article = world.page(request.url, now)
    if article is None:
        return Outcome(request, 404, request.url, failure=Failure("status", "HTTP 404", 404))
    tag = content_id(article.title, article.text)
    if tag == request.etag:
        return Outcome(request, 304, request.url, etag=tag, body_hash=tag, unchanged=True)
    return Outcome(request, 200, request.url, etag=tag, body_hash=tag, article=article)


@dataclass
class Figures:
    """What was seen: CPU seconds and how often by step; of each poll how many seconds late it was claimed, and
    the interval it was due after; how many were due where that was the most.
    """

    spent: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    late: list[tuple[float, float]] = field(default_factory=list)
    claims: list[tuple[int, float]] = field(default_factory=list)

    def each(self, step: str) -> float:
        """Milliseconds of CPU for one such step."""
        return self.spent[step] / max(1, self.done[step]) * 1000

    @property
    def busy(self) -> float:
        """Seconds of CPU of all steps."""
        return sum(self.spent.values())


class Played:
    """One store in force, and what is on its way to it."""

    def __init__(self, ledger: Ledger, force: desk.InForce, world: World, now: datetime) -> None:
        """*ledger* is begun and configured at *now*."""
        self.ledger, self.force, self.world, self.now = ledger, force, world, now
        self.standing = force.standing(ledger)
        self.figures = Figures()
        self.letters = 0
        self._order = count()
        self._coming: list[tuple[datetime, int, Any]] = []
        self._ticking = False
        self._push(now, "claim")
        self._push(now, "letters")

    def _push(self, at: datetime, what: Any) -> None:
        heapq.heappush(self._coming, (at, next(self._order), what))

    def until(self, end: datetime, going: Callable[[], bool] = lambda: True) -> None:
        """Play on to *end*, or for as long as it is *going*."""
        while self.now < end and going():
            at, _, what = self._coming[0]
            if at > self.now:
                with self._takes("quiet moments"):
                    more = self.ledger.tidy()
                if not more:
                    self.now = max(self.now, min(at, end))
                continue
            heapq.heappop(self._coming)
            if what == "claim":
                self._claim()
                self._push(max(at + CLAIMS, self.now), "claim")
            elif what == "found":
                self._ticking = False
                self._claim()
            elif what == "letters":
                with self._takes("letters"):
                    sent, _ = deliver.deliver_once(
                        self.ledger.outbox, self.force.readers, _taken, self.now
                    )
                self.letters += sent
                self._push(max(at + LETTERS, self.now), "letters")
            else:
                self._settle(what)

    @contextmanager
    def _takes(self, step: str, times: int = 1) -> Iterator[None]:
        begun = time.process_time()
        yield
        spent = time.process_time() - begun
        self.figures.spent[step] += spent
        self.figures.done[step] += times
        self.now += timedelta(seconds=spent)

    def _claim(self) -> None:
        begun = time.process_time()
        at = self.now
        with self._takes("claims", 0):
            found = self.ledger.due(at, share=SHARE)
        self.figures.done["claims"] += len(found)
        self.figures.claims.append((len(found), time.process_time() - begun))
        for request in found:
            if request.kind == "feed" and request.interval:
                self.figures.late.append(((at - request.due).total_seconds(), request.interval))
            came = answer(self.world, request, at)
            wait = SLOWEST * int(content_id(request.id, str(request.polls))[:6], 16) / 0xFFFFFF
            self._push(self.now + timedelta(seconds=wait), came)

    def _settle(self, outcome: Outcome) -> None:
        alike = [outcome]
        if _brings_nothing(outcome):
            while (
                len(alike) < TOGETHER
                and self._coming[0][0] <= self.now
                and _brings_nothing(self._coming[0][2])
            ):
                alike.append(heapq.heappop(self._coming)[2])
            with self._takes("polls that bring nothing", len(alike)):
                ingest.settle_all(alike, self.ledger, self.standing, self.now)
            return
        step = (
            "polls that bring something"
            if outcome.request.kind == "feed"
            else "looks"
            if outcome.request.look
            else "pages"
        )
        with self._takes(step):
            changes = ingest.settle(outcome, self.ledger, self.standing, self.now)
        assert changes is not None, outcome.request
        assert not changes.flaws, changes.flaws
        self.figures.done["articles"] += len(changes.articles)
        self.figures.done["versions"] += len(changes.versions)
        self.figures.done["matches"] += len(changes.matches)
        if (changes.asked or outcome.request.kind == "page") and not self._ticking:
            self._ticking = True
            self._push(self.now, "found")


def _brings_nothing(what: Any) -> bool:
    return isinstance(what, Outcome) and what.request.kind == "feed" and what.unchanged


def _taken(letter: Letter) -> Sent:
    return Sent(letter.id, 250, "taken")


def claimed(ledger: Ledger, now: datetime, keep: Callable[[Request], Any]) -> None:
    """Settle all that is due at *now* by what *keep* makes of each request, a changeset."""
    while found := ledger.due(now, 500):
        assert all(ledger.keep_all([keep(request) for request in found]))


def shown(url: str, said: str, article: Article | None) -> Shown:
    """An entry under its address, whose words are *said*."""
    return Shown(content_id("h", url, said), url, url, article, content_id("m", url, said))


def headline(article: Article) -> Article:
    """An article as a feed tells of it: its headline and its first sentences."""
    return replace(article, text=article.text.partition("\n")[0][:400], quality="lead", author="")
