"""Whatever befalls an archive, in whatever order: its history tells of it, and a copy made of its stream is alike."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from archive_of import ANNA, BORIS, DESK, HOUR, MARKET, MINUTE, NOW, PIPELINE, Desk, entry, report
from newswatch import deliver, ingest
from newswatch.cli import code_of
from newswatch.model import (
    Ages,
    Article,
    DigestPlan,
    Feed,
    Imported,
    Letter,
    Retention,
    Rule,
    Sent,
    Shown,
)
from newswatch.readers import Readers
from newswatch.store import NotPossible, open_archive, open_keeper, open_outbox
from newswatch.store.contract import ExportKind

DAY = timedelta(days=1)
FEEDS = (
    Feed("wire", "http://wire.example/rss", "Wire", "en", pages="feed-only"),
    Feed("paper", "http://paper.example/rss", "Paper", "en", pages="feed-only"),
    Feed("daily", "http://daily.example/rss", "Daily", "en"),
)
LATE = DigestPlan("late", ("anna",), ("20:00",))
RULES = (
    (Rule("gas", "pipeline", ("desk", "anna")), Rule("freight", "freight", ("desk",))),
    (Rule("gas", "leak OR pipeline", ("late", "anna")), Rule("freight", "freight", ("boris",))),
    (Rule("gas", "pipeline", ("anna",), priority="urgent"), Rule("all", "the OR rights", ("desk", "anna"))),
    (),
)  # fmt: skip
PLANS = (
    Retention(Ages(texts=30 * 86400), told=0),
    Retention(Ages(articles=30 * 86400), told=0),
    Retention(size=100_000),
    Retention(size=100_000, told=0),
)
ALIKE: tuple[ExportKind, ...] = ("articles", "stories", "matches", "changes")
NUMBERS = st.integers(0, 9)
TEXTS = st.builds(
    lambda text, first, figure, name: first
    + text.replace("48 million", f"{figure} million").replace("Sandel", name),
    st.sampled_from([PIPELINE, MARKET, f"{PIPELINE}\n{MARKET}", report(1), report(2), PIPELINE[:200]]),
    st.sampled_from(["", "", "", "(Corrects figure in the third paragraph.)\n"]),
    st.integers(38, 48),
    st.sampled_from(["Sandel", "Sendal"]),
)  # fmt: skip
TITLES = st.sampled_from(["Leak", "Freight up", "Weather"])
ENTRIES = st.builds(
    lambda site, n, title, text, guid: entry(
        f"http://{site}.example/{n}", title, text, guid=guid and f"g{n}"
    ),
    st.sampled_from(["wire", "paper", "daily"]), NUMBERS, TITLES, TEXTS, st.sampled_from(["", "g"]),
)  # fmt: skip


class ArchiveMachine(RuleBasedStateMachine):
    """One archive through all that daemons and operators do to it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.now = NOW
        self.rules = RULES[0]
        self.backup: Path | None = None
        self.open()

    def open(self) -> None:
        self.desk = Desk(
            self.folder, feeds=FEEDS, in_force=self.rules, plans=(DESK, LATE), people=(ANNA, BORIS)
        )
        deliver.begin_slots(self.desk.ledger.outbox, self.desk.readers, self.now)

    @initialize()
    def first_polls(self) -> None:
        for feed in FEEDS:
            self.desk.poll(feed.name, (entry(f"http://{feed.name}.example/0", "Begun"),), NOW)

    # ── what comes ──────────────────────────────────────────────────────────────────────────

    @rule(
        feed=st.sampled_from(FEEDS),
        shown=st.lists(ENTRIES, min_size=1, max_size=4, unique_by=lambda e: e.hash),
    )
    def a_feed_is_polled(self, feed: Feed, shown: list[Shown]) -> None:
        self.desk.poll(feed.name, tuple(shown), self.now)

    @rule(n=NUMBERS, title=TITLES, text=TEXTS, to=st.sampled_from(["", "http://wire.example/1"]))
    def a_page_is_read(self, n: int, title: str, text: str, to: str) -> None:
        asked = self.desk.ledger._connection.execute(
            "SELECT id FROM request WHERE kind = 'page' ORDER BY id"
        ).fetchall()
        if asked:
            request = self.desk.claim(asked[n % len(asked)][0], self.now)
            page = Article(to or request.url, title, text, "en", quality="full", text_from="page")
            self.desk.page(request, page, self.now)

    @rule(
        n=NUMBERS, title=TITLES, text=TEXTS, days=st.sampled_from([0, 1, 300]), alert=st.booleans()
    )
    def an_article_is_imported(self, n: int, title: str, text: str, days: int, alert: bool) -> None:
        article = Article(
            f"http://wire.example/{n}", title, text, "en", quality="full", text_from="import"
        )
        one = Imported(article, self.now - days * DAY, "import", "Old", ())
        ingest.take_in([one], self.desk.ledger, self.desk.standing, self.now, alert=alert)

    # ── what is decided ─────────────────────────────────────────────────────────────────────

    def ids(self, what: ExportKind) -> list[str]:
        return [one["id"] for one in exported(self.desk.address, what)]

    @rule(data=st.data())
    def two_stories_are_joined(self, data: st.DataObject) -> None:
        found = self.ids("stories")
        if len(found) > 1:
            one, other = data.draw(st.permutations(found))[:2]
            open_keeper(self.desk.address).join(one, other, "one", self.now)

    @rule(data=st.data())
    def an_article_is_taken_out(self, data: st.DataObject) -> None:
        article = data.draw(st.sampled_from(self.ids("articles")))
        try:
            open_keeper(self.desk.address).part(article, "another", self.now, {})
        except NotPossible:
            return

    @rule(rules=st.sampled_from(RULES))
    def rules_change(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        grouping = {rule.name: rule.grouping for rule in rules}
        readers = self.desk.readers
        self.desk.readers = Readers(readers.people, readers.plans, readers.sender, grouping)
        self.desk.configure(rules, self.now)
        deliver.readdress(self.desk.ledger.outbox, self.desk.readers, rules, self.now)

    @rule(plan=st.sampled_from(PLANS))
    def what_is_old_goes(self, plan: Retention) -> None:
        self.now += 40 * DAY
        open_keeper(self.desk.address).prune(plan, self.now, lambda _gone: None, dry=False)

    # ── letters and the clock ───────────────────────────────────────────────────────────────

    @rule(codes=st.lists(st.sampled_from([250, 450, 550]), min_size=9, max_size=9))
    def letters_leave(self, codes: list[int]) -> None:
        def send(letter: Letter) -> Sent:
            return Sent(letter.id, codes.pop() if codes else 250, "said so")

        deliver.deliver_once(self.desk.ledger.outbox, self.desk.readers, send, self.now)

    @rule(n=NUMBERS, address=st.sampled_from(["", "new@example.org"]), drop=st.booleans())
    def an_operator_decides(self, n: int, address: str, drop: bool) -> None:
        archive = open_archive(self.desk.address)
        left = [one["id"] for one in archive.letters() if one["state"] in ("waiting", "dead")]
        archive.close()
        if left and drop:
            open_outbox(self.desk.address).drop(left[n % len(left)], self.now)
        elif left:
            open_outbox(self.desk.address).retry(left[n % len(left)], self.now, address)

    @rule(by=st.sampled_from([MINUTE, HOUR, DAY]))
    def time_passes(self, by: timedelta) -> None:
        self.now += by

    @rule(by=st.sampled_from([HOUR, 30 * HOUR]))
    def the_clock_is_set_back(self, by: timedelta) -> None:
        self.now -= by
        self.desk.ledger.set_back(self.now)

    # ── the file ────────────────────────────────────────────────────────────────────────────

    @rule()
    def the_daemon_starts_anew(self) -> None:
        self.desk.close()
        self.open()

    @rule(put_back=st.booleans())
    def a_backup_is_made_or_put_back(self, put_back: bool) -> None:
        if not put_back:
            self.backup = open_keeper(self.desk.address).backup(self.now)
        elif self.backup is not None:
            self.desk.close()
            open_keeper(self.desk.address).restore(self.backup, self.now)
            self.open()

    @rule(by=st.sampled_from([-40 * DAY, 40 * DAY]))
    def months_are_moved(self, by: timedelta) -> None:
        told = exported(self.desk.address, "versions")
        open_keeper(self.desk.address).archive(self.now + by, lambda _month, _done, _of: None)
        assert exported(self.desk.address, "versions") == told

    @rule()
    def it_is_as_it_was_kept(self) -> None:
        assert verified(self.desk.address) == ()

    def teardown(self) -> None:
        try:
            self.it_is_as_it_was_kept()
            stream, copy = self.folder / "stream", f"sqlite:{self.folder / 'copy.db'}"
            lines = exported(self.desk.address, "changes")
            stream.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
            assert code_of(("--quiet", "--store", copy, "import", str(stream))) == 0
            assert verified(copy) == ()
            for what in ALIKE:
                assert exported(copy, what) == exported(self.desk.address, what)
        finally:
            self.desk.close()
            shutil.rmtree(self.folder)


def verified(store: str) -> tuple[str, ...]:
    return open_keeper(store).verify(None, lambda _done, _of: None).found


def exported(store: str, what: ExportKind) -> list[dict[str, Any]]:
    archive = open_archive(store)
    try:
        return list(archive.export(what))
    finally:
        archive.close()


@pytest.mark.parametrize("examples", [15, pytest.param(50, marks=pytest.mark.acceptance)])
def test_whatever_befalls_an_archive_its_history_tells_of_it(examples: int) -> None:
    run_state_machine_as_test(
        ArchiveMachine,
        settings=settings(
            max_examples=examples, stateful_step_count=40, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
