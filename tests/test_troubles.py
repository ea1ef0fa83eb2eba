"""What troubles newswatch itself: noted once, told once, and once when it is over; never in a loop."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from archive_of import ANNA, HOUR, MINUTE, NOW, Desk, content_id_of, entry
from newswatch import deliver, desk, digest, ingest, reporting
from newswatch.config import Configuration
from newswatch.model import (
    OPERATOR,
    Digest,
    Failure,
    Feed,
    Noted,
    Outcome,
    Person,
    Request,
    Rule,
    Sent,
    Shown,
    SourceTrouble,
    Trouble,
)
from newswatch.store import open_archive, open_ledger, period, rows
from newswatch.store.troubles import NOBODY, SqliteTroubles
from newswatch.troubles import Telling, following, telling
from test_deliver import Post, arrives, delivered, read, started, text_of

DAY = timedelta(days=1)
OPS = Person("ops", "ops@example.org")
FEED = Trouble("feed", "wire", NOW, "answered 503")
CRASH = Trouble("crash", "newswatch", NOW, "it ended without being told to", NOW)
PLENTY = 10**12


def look(found: Desk, now: datetime, *also: Trouble, free: int = PLENTY) -> tuple[Trouble, ...]:
    kept = SqliteTroubles(
        found.ledger._connection, Path("here"), lambda _name: None, lambda _: free
    )
    return reporting.look(kept, OPS, "newswatch@example.org", now, also)


def test_a_daemon_that_was_told_to_end_is_no_trouble_and_one_that_was_not_is(
    tmp_path: Path,
) -> None:
    with closing(open_ledger(f"sqlite:{tmp_path / 'n.db'}")) as ledger:
        assert ledger.troubles.begin(NOW) is None
        ledger.troubles.end()
        assert ledger.troubles.begin(NOW + HOUR) is None
        crash = ledger.troubles.begin(NOW + 2 * HOUR)
    assert crash is not None
    assert (crash.kind, crash.since, crash.until) == ("crash", NOW + HOUR, NOW + 2 * HOUR)


# ── by themselves ───────────────────────────────────────────────────────────────────────────


def test_a_trouble_is_new_once_and_over_once() -> None:
    assert following((), (FEED, FEED), NOW) == (FEED,)
    assert following((Noted(FEED),), (replace(FEED, since=NOW + HOUR, says="504"),), NOW) == ()
    over = replace(FEED, until=NOW + HOUR)
    assert following((Noted(FEED, "L"),), (), NOW + HOUR) == (over,)
    assert following((Noted(over, "L"),), (), NOW + HOUR) == ()
    again = replace(FEED, since=NOW + 2 * HOUR)
    assert following((Noted(over, "L"),), (again,), NOW + 2 * HOUR) == (again,)


def test_what_has_happened_is_noted_with_its_end() -> None:
    assert following((), (CRASH,), NOW + HOUR) == (CRASH,)
    assert following((Noted(CRASH),), (CRASH,), NOW + HOUR) == ()


def test_a_letter_tells_what_is_untold() -> None:
    over = replace(FEED, until=NOW + HOUR)
    assert telling(()) is None
    assert telling((Noted(FEED, "L"), Noted(over, "L", "M"))) is None
    assert telling((Noted(FEED), Noted(CRASH))) == Telling((FEED, CRASH), ())
    assert telling((Noted(over, "L"),)) == Telling((), (over,))
    assert telling((Noted(over),)) == Telling((over,), ())


def test_nothing_is_written_while_mail_is_in_trouble() -> None:
    mail = Trouble("mail", "mail server", NOW, "no answer")
    assert telling((Noted(FEED), Noted(mail))) is None
    back = replace(mail, until=NOW + HOUR)
    assert telling((Noted(FEED), Noted(back))) == Telling((FEED, back), ())


# ── what the store sees ─────────────────────────────────────────────────────────────────────


def kinds(found: Desk) -> list[tuple[str, str]]:
    archive = open_archive(found.address)
    try:
        return [(trouble["kind"], trouble["subject"]) for trouble in archive.troubles()]
    finally:
        archive.close()


def test_a_feed_refused_for_a_day_is_told_and_told_well(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        gone = Failure("refused", "answered 403", 403)
        for hours in (0, 24):
            request = found.claim(content_id_of(found, "wire"), NOW + hours * HOUR)
            outcome = Outcome(request, failure=gone)
            ingest.settle(outcome, found.ledger, found.standing, NOW + hours * HOUR)
        post = Post()
        assert look(found, NOW + DAY - MINUTE) == ()
        (trouble,) = look(found, NOW + DAY)
        assert (trouble.kind, trouble.subject, trouble.since) == ("feed", "wire", NOW)
        assert kinds(found) == [("feed", "wire")]
        assert look(found, NOW + DAY + MINUTE) == ()
        assert delivered(found, NOW + DAY, post.send) == (1, 0)
        assert "Feed wire, since Tue 3 Mar, 08:00: answered 403" in text_of(post.taken()[0])
        found.poll("wire", (entry("http://wire.example/9", "Weather"),), NOW + DAY + MINUTE)
        look(found, NOW + DAY + MINUTE)
        assert kinds(found) == []
        assert delivered(found, NOW + DAY + 59 * MINUTE, post.send) == (0, 0)
        look(found, NOW + DAY + HOUR)
        assert delivered(found, NOW + DAY + HOUR, post.send) == (1, 0)
        said = text_of(post.taken()[1])
        assert "WELL AGAIN" in said
        assert "IN TROUBLE" not in said
        assert str(post.taken()[1]["Subject"]) == "newswatch itself, Wed 4 Mar: 1 well again"


def test_a_feed_that_overflows_is_one_trouble_until_a_day_is_quiet(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        for n in range(1, 4):
            shown = tuple(
                entry(f"http://wire.example/{n}/{k}", f"Weather {n} {k}") for k in range(3)
            )
            found.poll("wire", shown, NOW + n * HOUR)
            look(found, NOW + n * HOUR)
        assert kinds(found) == [("overflow", "wire")]
        look(found, NOW + 27 * HOUR)
        assert kinds(found) == []


def test_a_feed_that_stands_still_is_told_and_told_well(tmp_path: Path) -> None:
    years = NOW - 900 * DAY
    old = tuple(
        entry(f"http://wire.example/{n}", f"Item {n}", published=years - n * HOUR)
        for n in range(50)
    )
    with Desk(tmp_path) as found:
        found.poll("wire", old, NOW)
        (trouble,) = look(found, NOW)
        assert (trouble.kind, trouble.subject) == ("silent", "wire")
        assert "2023-09-" in trouble.says
        assert look(found, NOW + MINUTE) == ()
        (shown,) = found.ledger.outbox.footer(NOW - HOUR, NOW).troubles
        assert (shown.feed, shown.reason) == ("wire", trouble.says)
        fresh = entry("http://wire.example/now", "News", published=NOW + HOUR)
        found.poll("wire", (fresh, *old), NOW + HOUR)
        (over,) = look(found, NOW + HOUR)
        assert (over.kind, over.until) == ("silent", NOW + HOUR)
        assert found.ledger.outbox.footer(NOW, NOW + HOUR).troubles == ()


def test_a_feed_without_an_entry_is_told_after_a_day(tmp_path: Path) -> None:
    with Desk(tmp_path) as found:
        for hours in (0, 1, 24):
            found.poll("wire", (), NOW + hours * HOUR)
            told = look(found, NOW + hours * HOUR)
            assert [one.kind for one in told] == (["silent"] if hours == 24 else [])


def test_what_is_odd_of_a_feed_stands_in_the_foot_with_its_evidence(tmp_path: Path) -> None:
    with Desk(tmp_path) as found:
        ahead = tuple(
            entry(f"http://wire.example/{n}", f"Item {n}", published=NOW + DAY) for n in range(3)
        )
        found.poll("wire", ahead, NOW)
        foot = found.ledger.outbox.footer(NOW - HOUR, NOW)
        said = "3 of 3 new entries are dated ahead, up to 2026-03-04 08:00Z"
        assert (foot.odd, foot.troubles) == ((SourceTrouble("wire", said, NOW),), ())
        plan = found.ledger._connection.execute("EXPLAIN QUERY PLAN " + rows.JUDGED).fetchall()
        assert any("request_judged" in row["detail"] for row in plan)


def news(n: int, of: int = 4) -> tuple[Shown, ...]:
    """Window *n* of a feed that shows *of* entries, none of them in another window."""
    return tuple(
        entry(f"http://wire.example/{n}/{k}", f"Weather {n} {k}", published=NOW) for k in range(of)
    )


def test_a_foot_says_of_a_gap_what_was_seen_and_what_of_it_was_recovered(tmp_path: Path) -> None:
    with Desk(tmp_path) as found:
        foot = found.ledger.outbox.footer
        found.poll("wire", news(1), NOW)
        found.poll("wire", news(3), NOW + HOUR)
        moved = "all 4 entries at 2026-03-03 09:00Z were other ones than at 2026-03-03 08:00Z"
        lost = SourceTrouble("wire", f"{moved}: some between may have been lost")
        assert (foot(NOW, NOW + HOUR).troubles, foot(NOW, NOW + HOUR).odd) == ((lost,), ())
        assert foot(NOW + HOUR, NOW + 2 * HOUR).troubles == ()

        found.poll("wire", news(6), NOW + 2 * HOUR, older=news(5, 3))
        moved = "all 4 entries at 2026-03-03 10:00Z were other ones than at 2026-03-03 09:00Z"
        said = f"{moved}: 3 were recovered, others between may have been lost"
        (told,) = foot(NOW + HOUR, NOW + 2 * HOUR).troubles
        assert told == SourceTrouble("wire", said)
        (told,) = foot(NOW, NOW + 2 * HOUR).troubles
        moved = "its window moved on whole 2 times from 2026-03-03 08:00Z to 2026-03-03 10:00Z"
        said = f"{moved}: 3 were recovered, others between may have been lost"
        assert told == SourceTrouble("wire", said)

        found.poll("wire", news(8), NOW + 3 * HOUR, older=(*news(7, 2), *news(6)))
        closed = foot(NOW + 2 * HOUR, NOW + 3 * HOUR)
        moved = "all 4 entries at 2026-03-03 11:00Z were other ones than at 2026-03-03 10:00Z"
        said = f"{moved}; all between were found, 2 of them new: none is lost"
        assert closed.troubles == ()
        assert closed.odd == (SourceTrouble("wire", said),)


def test_a_feed_that_is_gone_stands_once_in_the_foot_and_by_what_is_judged(tmp_path: Path) -> None:
    with Desk(tmp_path) as found:
        for hour, failure in enumerate((Failure("refused", "answered 404", 404),) * 2):
            asked = found.claim(content_id_of(found, "wire"), NOW + hour * HOUR)
            told = Outcome(asked, failure=failure)
            ingest.settle(told, found.ledger, found.standing, NOW + hour * HOUR)
        asked = found.claim(content_id_of(found, "paper"), NOW)
        bare = Failure("empty", "an answer without a body", 200)
        ingest.settle(Outcome(asked, failure=bare), found.ledger, found.standing, NOW + HOUR)
        assert found.ledger.outbox.footer(NOW, NOW + HOUR).troubles == (
            SourceTrouble(
                "wire", "HTTP 404 at 2 polls in a row, the first at 2026-03-03 08:00Z", NOW
            ),
            SourceTrouble("paper", "it answers 200 without a body", NOW + HOUR),
        )


def test_whatever_is_judged_of_a_feed_has_its_place_in_the_foot() -> None:
    """What a gap lost is told by the gap, what of a failed poll says more in the failure's place."""
    told = (period.FAILED - {"empty"}, period.SILENT, period.ODD, {"overflow"})
    assert sorted(kind for kinds in told for kind in kinds) == sorted(rows.GRAVITY)


def test_a_foot_counts_every_source_in_trouble(tmp_path: Path) -> None:
    feeds = tuple(Feed(f"wire-{n:02}", f"http://wire.example/{n}") for n in range(45))
    with Desk(tmp_path, feeds=feeds) as found:
        for feed in feeds:
            asked = found.claim(content_id_of(found, feed.name), NOW)
            broken = Outcome(asked, failure=Failure("refused", "answered 404", 404))
            ingest.settle(broken, found.ledger, found.standing, NOW)
        shown = found.ledger.outbox.footer(NOW - HOUR, NOW).troubles
        assert [one.feed for one in shown] == [feed.name for feed in feeds]


def test_a_letter_refused_for_good_is_told_the_operator_and_his_own_never(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        arrives(found, 1)
        assert delivered(found, NOW, Post(550).send) == (0, 1)
        (trouble,) = look(found, NOW)
        assert (trouble.kind, trouble.subject) == ("letter", "anna")
        assert "said 550" in trouble.says
        for hours in range(1, 6):  # his own is refused too: nothing follows from it
            delivered(found, NOW + hours * HOUR, Post(550).send)
            assert look(found, NOW + hours * HOUR) == ()
        archive = open_archive(found.address)
        assert [one["digest"] for one in archive.letters()].count(OPERATOR) == 1
        archive.close()


def test_mail_that_does_not_answer_is_told_when_it_is_well_again(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        arrives(found, 1)
        post = Post(0, 0)
        delivered(found, NOW, post.send)
        assert look(found, NOW + 9 * MINUTE) == ()
        (trouble,) = look(found, NOW + 10 * MINUTE)
        assert (trouble.kind, trouble.says) == ("mail", "said 0")
        assert kinds(found) == [("mail", "mail server")]
        look(found, NOW + HOUR, FEED)
        assert delivered(found, NOW + HOUR, post.send) == (0, 1)  # no letter on either
        assert delivered(found, NOW + 2 * HOUR, post.send) == (1, 0)
        look(found, NOW + 2 * HOUR, FEED)
        assert delivered(found, NOW + 2 * HOUR, post.send) == (1, 0)
        said = text_of(post.taken()[-1])
        assert "The mail server, Tue 3 Mar, 08:00 to Tue 3 Mar, 10:00: said 0" in said
        assert "Feed wire" in said


def test_a_disk_that_fills_is_a_trouble(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        look(found, NOW, free=499_999_999)
        look(found, NOW + MINUTE, free=1)
        assert [kind for kind, _ in kinds(found)] == ["disk"]
        look(found, NOW + HOUR)
        assert kinds(found) == []


def test_free_space_that_sways_around_its_least_is_one_trouble(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        told = [
            [
                (t.kind, t.until is None)
                for t in look(found, NOW + n * MINUTE, free=free * 1_000_000)
            ]
            for n, free in enumerate((499, 501, 499, 599, 300, 501, 600, 501, 501, 499))
        ]
        begins, ends = [("disk", True)], [("disk", False)]
        assert told == [begins, [], [], [], [], [], ends, [], [], begins]


def test_a_daemon_that_did_not_end_as_told_is_known_by_the_next(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        kept = found.ledger.troubles
        assert kept.begin(NOW) is None
        kept.end()
        assert kept.begin(NOW + HOUR) is None
        crash = kept.begin(NOW + 2 * HOUR)
        assert crash is not None
        assert (crash.kind, crash.since, crash.until) == ("crash", NOW + HOUR, NOW + 2 * HOUR)


def test_without_an_operator_nothing_is_kept_to_be_told(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        kept = found.ledger.troubles
        reporting.look(kept, None, "newswatch@example.org", NOW, (FEED, CRASH))
        assert [noted.trouble for noted in kept.noted()] == [FEED]
        reporting.look(kept, None, "newswatch@example.org", NOW + HOUR)
        assert kept.noted() == ()
        rows = found.ledger._connection.execute("SELECT told, well FROM trouble").fetchall()
        assert {tuple(row) for row in rows} == {(NOBODY, NOBODY)}


def test_a_digest_of_an_hour_of_everything_is_one_letter(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        look(found, NOW, FEED)
        for n in range(1, 60):
            look(found, NOW + n * MINUTE, FEED, Trouble("store", f"s{n}", NOW + n * MINUTE, "full"))
        post = Post()
        assert delivered(found, NOW + 59 * MINUTE, post.send) == (1, 0)
        look(found, NOW + HOUR, FEED)
        assert delivered(found, NOW + HOUR, post.send) == (1, 0)
        assert "59 " in str(post.taken()[1]["Subject"])


def test_hostile_words_are_made_safe_in_the_letter() -> None:
    bad = Trouble("feed", "<script>\x00\r\nBcc: x@y", NOW, "\u202e<b>" + "x" * 5000)
    value = Digest(
        "id", OPERATOR, OPS, "newswatch@example.org", NOW, NOW, NOW, troubles=(bad,) * 99
    )
    message = read(digest.seal(value))
    assert message["Bcc"] is None
    html = message.get_body(("html",))
    assert html is not None
    assert "<script>" not in str(html.get_content())
    assert "and 49 more: see `newswatch status`" in text_of(message)


# ── whatever happens ────────────────────────────────────────────────────────────────────────

LASTING = st.sets(
    st.sampled_from(
        [
            ("feed", "wire"),
            ("feed", "paper"),
            ("overflow", "wire"),
            ("disk", "/x"),
            ("mail", "mail server"),
        ]
    )
)
STOPS = st.sampled_from(
    [""] * 6 + [f"{when} {deed}" for deed in ("trouble", "report") for when in ("before", "after")]
)


class Crash(BaseException):
    """The process ends here."""


class OperatorMachine(RuleBasedStateMachine):
    """Troubles come and go, the clock moves, mail fails, the process dies at its deeds."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.now, self.armed, self.events = NOW, "", 0
        self.desk = Desk(
            Path(self._folder.name), in_force=(Rule("gas", "gas"),), plans=(), people=(ANNA,)
        )
        self.kept = SqliteTroubles(
            self.desk.ledger._connection, Path("here"), self.boundary, lambda _: PLENTY
        )
        self.seen: set[tuple[str, str]] = set()
        self.waiting: tuple[Trouble, ...] = ()
        self.letters: dict[str, datetime] = {}

    def boundary(self, name: str) -> None:
        if name == self.armed:
            self.armed = ""
            raise Crash

    @rule(lasting=LASTING, stop=STOPS, event=st.booleans())
    def somebody_looks(self, lasting: set[tuple[str, str]], stop: str, event: bool) -> None:
        if event:
            self.events += 1
            came = Trouble("store", f"event{self.events}", self.now, "refused", self.now)
            self.waiting = (*self.waiting, came)
        also = [Trouble(kind, subject, self.now, "made up") for kind, subject in sorted(lasting)]
        before = self.sealed()
        self.armed = stop
        try:
            reporting.look(self.kept, OPS, "n@example.org", self.now, (*also, *self.waiting))
            self.waiting = ()
            self.seen |= lasting  # what ends before anybody could keep it nobody knows of
        except Crash:
            pass
        self.armed = ""
        if ("mail", "mail server") in lasting:
            assert self.sealed() == before

    @rule(minutes=st.sampled_from([1, 29, 31, 60, 600]))
    def the_clock_moves(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule(code=st.sampled_from([250, 250, 0, 450, 550]))
    def letters_leave(self, code: int) -> None:
        deliver.send_waiting(
            self.desk.ledger.outbox, lambda letter: Sent(letter.id, code, ""), self.now
        )

    def sealed(self) -> dict[str, dict[str, Any]]:
        archive = open_archive(self.desk.address)
        try:
            return {letter["id"]: letter for letter in archive.letters()}
        finally:
            archive.close()

    def rows(self) -> list[Any]:
        return self.desk.ledger._connection.execute("SELECT * FROM trouble").fetchall()  # type: ignore[no-any-return]

    @invariant()
    def at_most_one_an_hour_and_each_word_in_one_letter(self) -> None:
        for id_ in self.sealed():
            self.letters.setdefault(id_, self.now)
        times = sorted(self.letters.values())
        assert all(b - a >= HOUR for a, b in pairwise(times))
        told = {row["told"] for row in self.rows()} | {row["well"] for row in self.rows()}
        assert told - {""} == set(self.letters), "a letter without a reason, or none for a mark"
        for row in self.rows():
            assert row["told"] or not row["well"]
            assert row["until"] or not row["well"]
        lasting = [(row["kind"], row["subject"]) for row in self.rows() if not row["until"]]
        assert len(lasting) == len(set(lasting))

    def teardown(self) -> None:
        try:
            for _ in range(4):
                self.now += 2 * HOUR + timedelta(days=5)
                self.somebody_looks(set(), "", False)
                self.letters_leave(250)
                self.at_most_one_an_hour_and_each_word_in_one_letter()
            assert all(row["told"] and row["well"] and row["until"] for row in self.rows())
            assert {(row["kind"], row["subject"]) for row in self.rows()} >= self.seen
            assert sum(row["kind"] == "store" for row in self.rows()) == self.events
        finally:
            self.desk.close()
            self._folder.cleanup()


@pytest.mark.parametrize("examples", [15, pytest.param(50, marks=pytest.mark.acceptance)])
def test_the_operator_hears_of_each_trouble_once(examples: int) -> None:
    run_state_machine_as_test(
        OperatorMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


def test_a_run_of_once_tells_the_operator(tmp_path: Path) -> None:
    made = Configuration(
        store=f"sqlite:{tmp_path / 'o.db'}",
        feeds=(Feed("wire", "http://wire.example/rss"),),
        operator=OPS,
    )
    post = Post()
    with closing(open_ledger(made.store)) as ledger:
        for hours in (0, 25):
            gone = Failures()
            desk.once(desk.in_force(made), ledger, gone, post.send, NOW + hours * HOUR)
    assert [letter.recipient for letter in post.letters] == ["ops"]
    assert "Feed wire" in text_of(post.taken()[0])


class Failures:
    """Workers for whom every address refuses."""

    def turned(self, tell: Callable[[], None]) -> None:
        tell()

    def submit(self, request: Request) -> Future[Outcome]:
        done: Future[Outcome] = Future()
        done.set_result(Outcome(request, failure=Failure("refused", "answered 403", 403)))
        return done

    def stop(self, deadline: float) -> None:
        """Nothing runs."""
