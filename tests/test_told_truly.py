"""A letter says what its reader was told, when, and of which time; and no letter stands in another's way."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from archive_of import ANNA, BORIS, HOUR, MINUTE, NOW, PIPELINE, Desk, entry
from newswatch import deliver, ingest
from newswatch.desk import in_force
from newswatch.mail import transport
from newswatch.model import (
    DigestPlan,
    Failure,
    Feed,
    Grouping,
    Letter,
    Outcome,
    Person,
    Rule,
    Sent,
)
from newswatch.readers import Readers
from newswatch.store import open_archive, open_ledger
from test_daemon_threads import PATIENCE, Script, configuration, taken, watching
from test_deliver import (
    EVENING,
    GAS,
    MORNING,
    ONLY_ANNA,
    TELL_DESK,
    Post,
    arrives,
    delivered,
    letters,
    started,
    status,
    text_of,
)
from test_mail import LETTER, playing
from test_troubles import look

DAY = timedelta(days=1)
LEAK = Rule("gas", '"gas pipeline"', ("anna",))


def leaks(found: Desk, now: datetime) -> None:
    found.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), now)


def is_corrected(found: Desk, now: datetime) -> None:
    text = "(Corrects the company's name in the first paragraph.)\n" + PIPELINE.replace(
        "Velm", "Velmar"
    )
    found.poll("wire", (entry("http://wire.example/1", "Leak", text),), now)


# ── what was told ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lost", ["refused", "dropped"])
def test_what_never_reached_a_reader_was_not_told(tmp_path: Path, lost: str) -> None:
    with started(tmp_path, LEAK) as found:
        leaks(found, NOW)
        post = Post(550 if lost == "refused" else 451)
        delivered(found, NOW, post.send)
        if lost == "dropped":
            (letter,) = letters(found)
            found.ledger.outbox.drop(letter["id"], NOW)
        is_corrected(found, NOW + HOUR)
        assert delivered(found, NOW + HOUR, post.send) == (1, 0)
        correction = post.taken()[-1]
        assert "told you" not in text_of(correction)
        assert "Velmar" in text_of(correction)
        assert correction["References"] is None


def test_no_correction_comes_before_what_it_corrects(tmp_path: Path) -> None:
    with started(tmp_path, LEAK) as found:
        leaks(found, NOW)
        post = Post(451, 451)
        delivered(found, NOW, post.send)
        is_corrected(found, NOW + MINUTE)
        assert delivered(found, NOW + 2 * MINUTE, post.send) == (0, 1)
        for minutes in range(3, 10):
            delivered(found, NOW + minutes * MINUTE, post.send)
        first, second = post.taken()[-2:]
        assert second["References"] == first["Message-ID"]
        assert len(post.letters) == 4
        assert status(found)["letters"] == {"sent": 2}


def test_a_letter_on_several_stories_is_in_the_thread_of_each(tmp_path: Path) -> None:
    grouped = replace(ANNA, grouping=Grouping("rule", 0, 0))
    with started(tmp_path, GAS, people=(grouped, BORIS)) as found:
        for number in (1, 2):
            arrives(found, number, now=NOW)
            delivered(found, NOW, Post().send)
        shown = tuple(
            entry(
                f"http://wire.example/{n}",
                f"CORRECTED-Gas {n}",
                f"(Corrects figure to {n}.)\nText.",
            )
            for n in (1, 2)
        )
        found.poll("wire", shown, NOW + HOUR)
        post = Post()
        assert delivered(found, NOW + HOUR, post.send) == (1, 0)
        (both,) = post.taken()
        assert len(both["References"].split()) == 2
        assert both["In-Reply-To"] is None


def test_a_letter_at_once_that_comes_late_says_so(tmp_path: Path) -> None:
    with started(tmp_path, GAS) as found:
        arrives(found, 1, now=NOW)
        post = Post()
        assert delivered(found, NOW + 5 * HOUR, post.send) == (1, 0)
        assert "This letter is late." in text_of(post.taken()[0])
        arrives(found, 2, now=NOW + 6 * HOUR)
        delivered(found, NOW + 6 * HOUR + MINUTE, post.send)
        assert "late" not in text_of(post.taken()[1])


# ── whom, and of which time ─────────────────────────────────────────────────────────────────


def test_who_leaves_a_digest_is_told_nothing_at_once_in_its_place(tmp_path: Path) -> None:
    both = DigestPlan("desk", ("anna", "boris"), ("07:30", "18:00"))
    with started(tmp_path, TELL_DESK, plans=(both,)) as found:
        arrives(found, 1, now=NOW)
        left = replace(both, to=("boris",))
        found.readers = Readers(found.readers.people, (left,), found.readers.sender)
        deliver.readdress(found.ledger.outbox, found.readers, (TELL_DESK,), NOW)
        post = Post()
        delivered(found, MORNING, post.send)
        assert {letter.recipient for letter in post.letters} == {"boris"}
        found.readers = Readers(found.readers.people, (both,), found.readers.sender)
        delivered(found, MORNING + 12 * HOUR, post.send)
        assert [letter.recipient for letter in post.letters] == ["boris", "anna"]


def test_a_digest_that_waited_for_more_says_the_whole_time_it_covers(tmp_path: Path) -> None:
    few = replace(ONLY_ANNA, min_items=2)
    with started(tmp_path, TELL_DESK, plans=(few,)) as found:
        post = Post()
        arrives(found, 1, now=NOW + HOUR)
        assert delivered(found, EVENING, post.send) == (0, 0)
        assert delivered(found, MORNING, post.send) == (0, 0)
        arrives(found, 2, now=MORNING + HOUR)
        assert delivered(found, EVENING + DAY, post.send) == (1, 0)
        assert "Covers Tue 3 Mar, 09:00 to Wed 4 Mar, 18:00." in text_of(post.taken()[0])


def test_two_slots_that_a_gap_makes_one_are_no_missed_digest(tmp_path: Path) -> None:
    night = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 02:00 in Berlin, which is 03:00 that night
    plan = replace(ONLY_ANNA, at=("02:10", "02:40"))
    with started(tmp_path, TELL_DESK, plans=(plan,)) as found:
        deliver.seal_due(found.ledger.outbox, found.readers, night - HOUR)
        arrives(found, 1, now=night - MINUTE)
        post = Post()
        assert delivered(found, night, post.send) == (1, 0)
        assert "missed" not in text_of(post.taken()[0])


def test_a_digest_holds_nothing_that_came_after_its_end(tmp_path: Path) -> None:
    with started(tmp_path, TELL_DESK, plans=(ONLY_ANNA,)) as found:
        arrives(found, 1, now=NOW)
        sealing = deliver.seal_slots(found.ledger.outbox, found.readers, EVENING)
        arrives(found, 2, now=EVENING + 5 * MINUTE)
        assert list(sealing) == [True]
        (letter,) = found.ledger.outbox.unsent(EVENING)
        assert b"Gas 1" in letter.content
        assert b"Gas 2" not in letter.content
        assert status(found)["owed"] == 1


# ── in nobody's way ─────────────────────────────────────────────────────────────────────────


def test_what_is_urgent_does_not_wait_for_the_hour_to_be_over(tmp_path: Path) -> None:
    rules = (GAS, Rule("blast", "blast", ("anna",), "urgent"))
    with started(tmp_path, *rules, people=(replace(ANNA, hourly=2), BORIS)) as found:
        for number in range(1, 6):
            arrives(found, number, now=NOW)
        post = Post()
        delivered(found, NOW, post.send)
        assert "waits for the hour to be over, unless it is urgent" in text_of(post.taken()[-1])
        arrives(found, 6, now=NOW + MINUTE)
        arrives(found, 7, "Blast at the mill", now=NOW + MINUTE)
        sent = len(post.letters)
        assert delivered(found, NOW + MINUTE, post.send) == (1, 0)
        assert "Blast" in str(post.taken()[sent]["Subject"])
        assert delivered(found, NOW + HOUR + MINUTE, post.send) == (1, 0)


def test_a_reader_whose_letter_cannot_be_made_holds_up_nobody_else(tmp_path: Path) -> None:
    broken = Person("aaa", "aaa@example.org", "No/Where")
    rule = Rule("gas", "gas", ("aaa", "anna", "desk"))
    plan = DigestPlan("desk", ("aaa", "boris"), ("07:30", "18:00"))
    failed: list[str] = []
    with started(tmp_path, rule, people=(ANNA, BORIS), plans=(plan,)) as found:
        people = {"aaa": broken, **found.readers.people}
        found.readers = Readers(people, (plan,), found.readers.sender)
        arrives(found, 1, now=NOW)
        routing = replace(deliver.at_once.ROUTING, failed=lambda what, _error: failed.append(what))
        outbox = found.ledger.outbox
        deliver.seal_due(outbox, found.readers, NOW, routing)
        deliver.seal_due(outbox, found.readers, EVENING + HOUR, routing)
        assert sorted({letter.recipient for letter in outbox.unsent(EVENING + DAY)}) == [
            "anna", "boris",
        ]  # fmt: skip
    assert any("aaa" in what for what in failed)


def test_a_crowds_letters_leave_without_waiting_for_the_hand_of_the_clock(tmp_path: Path) -> None:
    crowd = tuple(replace(ANNA, name=f"r{n}", address=f"r{n}@example.org") for n in range(250))
    made = replace(
        configuration(tmp_path, feeds=(Feed("paper", "http://paper.example/rss", "Paper", "en"),)),
        people=crowd,
        digests=(DigestPlan("all", tuple(p.name for p in crowd), ("18:00",), min_items=0),),
    )
    ledger = open_ledger(made.store)
    deliver.begin_slots(ledger.outbox, in_force(made).readers, NOW - DAY)
    ledger.close()
    every = threading.Event()
    numbers = count(1)

    def send(letter: Letter) -> Sent:
        if next(numbers) == len(crowd):
            every.set()
        return taken(letter)

    idle = Script(lambda r: Outcome(r, 304, r.url, unchanged=True))
    with watching(made, idle, send=send, log=io.StringIO()):
        assert every.wait(PATIENCE / 3), "the next move of the hand is not waited for"


def test_a_crowd_of_feeds_in_trouble_is_not_over_for_being_many(tmp_path: Path) -> None:
    feeds = tuple(Feed(f"f{n:03}", f"http://h{n}.example/rss", f"F{n}", "en") for n in range(70))
    with Desk(tmp_path, feeds=feeds) as found:
        for n, request in enumerate(sorted(found.ledger.due(NOW), key=lambda r: -int(r.feed[1:]))):
            failed = Outcome(request, failure=Failure("refused", "no route to host"))
            ingest.settle(failed, found.ledger, found.standing, NOW + n * MINUTE)
        for minutes in range(0, 70, 10):
            told = look(found, NOW + DAY + minutes * MINUTE)
            assert [trouble for trouble in told if trouble.until is not None] == []
        archive = open_archive(found.address)
        assert len(archive.troubles()) == 61
        archive.close()


# ── what a mail server refuses ──────────────────────────────────────────────────────────────


def says(*answers: bytes) -> Callable[..., None]:
    def play(connection, _over):  # type: ignore[no-untyped-def]
        connection.sendall(b"220 mail.example.org\r\n")
        for answer in answers:
            connection.recv(1000)
            connection.sendall(answer)

    return play


def test_a_server_that_refuses_our_name_refuses_no_letter() -> None:
    with playing(says(b"550 blocked\r\n", b"550 blocked\r\n")) as port:
        assert transport(f"smtp://127.0.0.1:{port}")(LETTER).code == 0


def test_a_login_that_is_refused_is_told_at_once(tmp_path: Path) -> None:
    with started(tmp_path, GAS) as found:
        arrives(found, 1, now=NOW)
        delivered(found, NOW, lambda letter: Sent(letter.id, 0, "535 authentication failed"))
        (trouble,) = look(found, NOW + MINUTE)
        assert (trouble.kind, trouble.says) == ("mail", "535 authentication failed")
        assert status(found)["not_taken"] == "535 authentication failed"
        assert delivered(found, NOW + HOUR, Post().send) == (1, 0)
        assert status(found)["not_taken"] is None
