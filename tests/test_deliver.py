"""Second walk: what is owed reaches its reader, once, whatever the clock and the server do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import given
from hypothesis import strategies as st

from archive_of import (
    ANNA,
    BORIS,
    DESK,
    HOUR,
    MINUTE,
    NOW,
    PIPELINE,
    Desk,
    content_id_of,
    entry,
)
from newswatch import deliver, digest, ingest
from newswatch import desk as room
from newswatch.config import Configuration, MailSettings
from newswatch.deliver import GIVE_UP, backoff
from newswatch.mail import transport
from newswatch.model import (
    Changeset,
    DigestPlan,
    Failure,
    Letter,
    Notification,
    Outcome,
    Rule,
    Sent,
    SourceTrouble,
    StoreError,
    Waiting,
)
from newswatch.readers import Readers, audience
from newswatch.store import open_archive, open_outbox
from newswatch.store.outbox import OWED_AT_ONCE

DAY = timedelta(days=1)
# NOW is Tuesday 08:00 UTC: 09:00 in anna's Berlin, so the next slots are 18:00 in each zone.
EVENING = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)  # anna's 18:00
MORNING = datetime(2026, 3, 4, 6, 30, tzinfo=UTC)  # anna's 07:30
GAS = Rule("gas", "gas", ("anna",))


class Post:
    """A mail server's answers, the next for each letter; 250 when there are no more."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> Sent:
        self.letters.append(letter)
        code = self.codes.pop(0) if self.codes else 250
        return Sent(letter.id, code, f"said {code}")

    def taken(self) -> list[EmailMessage]:
        return [read(letter.content) for letter in self.letters]


def read(content: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(content)  # type: ignore[return-value]


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).replace("*", "").split())


def started(folder: Path, *rules: Rule, **kind: Any) -> Desk:
    """A desk whose feed has had its first poll and whose digests' slots count from NOW."""
    found = Desk(folder, in_force=rules or (GAS,), **kind)
    found.poll("wire", (entry("http://wire.example/0", "Weather"),), NOW)
    deliver.seal_due(found.ledger.outbox, found.readers, NOW)
    return found


def arrives(found: Desk, number: int, title: str = "Gas price", now: datetime = NOW) -> None:
    """A new article, of a story of its own unless its words say otherwise."""
    shown = entry(
        f"http://wire.example/{number}", title if title != "Gas price" else f"Gas {number}"
    )
    found.poll("wire", (shown,), now)


def delivered(found: Desk, now: datetime, send: Callable[[Letter], Sent]) -> tuple[int, int]:
    return deliver.deliver_once(found.ledger.outbox, found.readers, send, now)


def letters(found: Desk) -> list[dict[str, Any]]:
    archive = open_archive(found.address)
    try:
        return sorted(archive.letters(), key=lambda letter: (letter["slot"], letter["id"]))
    finally:
        archive.close()


def status(found: Desk) -> dict[str, Any]:
    archive = open_archive(found.address)
    try:
        return archive.status()
    finally:
        archive.close()


# ── at once ─────────────────────────────────────────────────────────────────────────────────


def test_one_letter_a_reader_and_story(tmp_path: Path) -> None:
    rules = (Rule("gas", "gas", ("anna", "boris")), Rule("leaks", "leak", ("anna",)))
    with started(tmp_path, *rules) as found:
        shown = (
            entry("http://wire.example/1", "Gas leak", PIPELINE),
            entry("http://wire.example/2", "Gas price"),
        )
        found.poll("wire", shown, NOW)
        post = Post()
        assert delivered(found, NOW, post.send) == (4, 0)
        assert sorted(
            (m["To"].addresses[0].username, m["Subject"].rpartition(": ")[2]) for m in post.taken()
        ) == [
            ("anna", "Gas leak"), ("anna", "Gas price"), ("boris", "Gas leak"), ("boris", "Gas price"),
        ]  # fmt: skip
        both = next(m for m in post.taken() if "anna" in m["To"] and "leak" in m["Subject"])
        assert both["Subject"] == "gas + leaks: Gas leak"
        assert delivered(found, NOW, post.send) == (0, 0)
        assert len({m["Message-ID"] for m in post.taken()}) == 4


def test_a_correction_is_a_letter_in_the_first_ones_thread(tmp_path: Path) -> None:
    with started(tmp_path, Rule("gas", '"gas pipeline"', ("anna",))) as found:
        found.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
        post = Post()
        delivered(found, NOW, post.send)
        note = "(Corrects the company's name in the first paragraph.)\n"
        corrected = entry(
            "http://wire.example/1", "Leak", note + PIPELINE.replace("Velm", "Velmar")
        )
        found.poll("wire", (corrected,), NOW + HOUR)
        delivered(found, NOW + HOUR, post.send)
        first, second = post.taken()
        assert second["In-Reply-To"] == first["Message-ID"] != second["Message-ID"]


def test_quiet_hours_hold_letters_and_release_them(tmp_path: Path) -> None:
    night = datetime(2026, 3, 3, 23, 0, tzinfo=UTC)
    with started(tmp_path, Rule("gas", "gas", ("anna", "boris"))) as found:
        arrives(found, 1, now=night)
        arrives(found, 2, now=night + HOUR)
        post = Post()
        assert delivered(found, night + HOUR, post.send) == (2, 0)
        assert {letter.recipient for letter in post.letters} == {"anna"}
        assert delivered(found, datetime(2026, 3, 4, 6, 59, tzinfo=UTC), post.send) == (0, 0)
        assert status(found)["owed"] == 2
        assert delivered(found, datetime(2026, 3, 4, 7, 0, tzinfo=UTC), post.send) == (2, 0)
        assert [letter.recipient for letter in post.letters[2:]] == ["boris", "boris"]
        assert status(found)["owed"] == 0


def test_what_waits_is_told_with_when_it_goes(tmp_path: Path) -> None:
    night = replace(BORIS, quiet=(("07:00", "12:00"),))
    rule = Rule("gas", "gas", ("anna", "boris", "desk"))
    with started(tmp_path, rule, people=(ANNA, night)) as found:
        assert deliver.waiting(found.ledger.outbox, found.readers, NOW) == ()
        arrives(found, 1)
        arrives(found, 2)
        assert deliver.waiting(found.ledger.outbox, found.readers, NOW) == (
            Waiting("anna", "now", 2, None),
            Waiting("anna", "desk", 2, EVENING),
            Waiting("boris", "now", 2, NOW + 4 * HOUR),
            Waiting("boris", "desk", 2, EVENING + HOUR),
        )
        # A slot that passed while nothing ran is made up for at once.
        late = deliver.waiting(found.ledger.outbox, found.readers, EVENING + 2 * HOUR)
        assert {w.goes for w in late if w.digest == "desk"} == {EVENING + 2 * HOUR}
        deliver.seal_due(found.ledger.outbox, found.readers, NOW)
        left = deliver.waiting(found.ledger.outbox, found.readers, NOW)
        assert [(w.recipient, w.digest) for w in left] == [
            ("anna", "desk"), ("boris", "now"), ("boris", "desk")
        ]  # fmt: skip


def test_a_foot_says_which_feeds_rest_and_counts_them_as_no_failures(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        request = found.claim(content_id_of(found, "paper"), NOW)
        rest = Failure("resting", "its host asked for it", 429, 7200)
        ingest.settle(Outcome(request, failure=rest), found.ledger, found.standing, NOW)
        (trouble,) = found.ledger.outbox.footer(NOW, NOW + HOUR).troubles
        assert trouble == SourceTrouble(
            "paper", "its host asked for it", resting_until=NOW + 2 * HOUR
        )
        assert (status(found)["failing"], status(found)["resting"]) == (0, 1)


# ── digests ─────────────────────────────────────────────────────────────────────────────────

TELL_DESK = Rule("gas", "gas", ("desk",))
ONLY_ANNA = DigestPlan("desk", ("anna",), ("07:30", "18:00"))


def test_a_foot_says_how_newswatch_did_in_the_period(tmp_path: Path) -> None:
    with started(tmp_path, GAS) as found:
        shown = entry("http://wire.example/1", "Gas", published=NOW - MINUTE)
        found.poll("wire", (shown,), NOW + HOUR)
        outbox = found.ledger.outbox
        deliver.seal_due(outbox, found.readers, NOW + HOUR)
        deliver.send_waiting(outbox, Post().send, NOW + HOUR + MINUTE)
        found.poll("wire", (shown,), NOW + 2 * HOUR)
        foot = outbox.footer(NOW + MINUTE, NOW + 3 * HOUR)
        assert (foot.feeds, foot.answered, foot.articles) == (2, 1, 1)
        assert foot.polls == 2  # those of the whole hours within
        assert foot.seen_within == (61 * 60.0, 61 * 60.0)
        assert foot.sent_within == (60.0, 60.0)
        later = outbox.footer(NOW + 3 * HOUR, NOW + 4 * HOUR)
        assert (later.answered, later.polls, later.seen_within, later.sent_within) == (
            0,
            0,
            None,
            None,
        )
        assert outbox.footer(NOW - 3 * DAY, NOW).polls is None


def test_the_polls_of_an_hour_that_is_over_are_counted_once(tmp_path: Path) -> None:
    """To count them every feed's rhythm is read, and a letter at once goes each few seconds."""
    with started(tmp_path, GAS) as found:
        found.poll("wire", (entry("http://wire.example/1", "Gas"),), NOW + HOUR)
        outbox, read = found.ledger.outbox, []
        found.ledger._connection.set_trace_callback(
            lambda sql: read.append(sql) if "SELECT rhythm" in sql else None
        )
        feet = [outbox.footer(NOW, NOW + 2 * HOUR + n * MINUTE) for n in range(3)]
        assert [foot.polls for foot in feet] == [2, 2, 2]
        assert len(read) == 1
        later = outbox.footer(NOW, NOW + 3 * HOUR)
        assert (later.polls, len(read)) == (2, 2)


def test_a_foot_counts_what_answered_whatever_is_asked_since(tmp_path: Path) -> None:
    with started(tmp_path, GAS) as found:
        found.poll("wire", (entry("http://wire.example/1", "Gas"),), NOW + HOUR)
        before = found.ledger.outbox.footer(NOW - MINUTE, NOW + 2 * HOUR)
        moved = replace(found.feeds[0], url="http://wire.example/moved")
        found.ledger.configure((moved, *found.feeds[1:]), (), NOW + 2 * HOUR)
        foot = open_outbox(found.address).footer(NOW - MINUTE, NOW + 2 * HOUR)
        assert (foot.answered, foot.polls) == (before.answered, before.polls) == (1, 2)
        found.ledger.configure(found.feeds[1:], (), NOW + 2 * HOUR)
        assert open_outbox(found.address).footer(NOW - MINUTE, NOW + 2 * HOUR).answered == 0


def test_a_digest_goes_out_at_its_slots_in_each_readers_zone(tmp_path: Path) -> None:
    with started(tmp_path, TELL_DESK) as found:
        arrives(found, 1, now=NOW + HOUR)
        arrives(found, 2, now=NOW + 2 * HOUR)
        post = Post()
        assert delivered(found, EVENING - MINUTE, post.send) == (0, 0)
        assert delivered(found, EVENING, post.send) == (1, 0)
        assert delivered(found, EVENING + HOUR - MINUTE, post.send) == (0, 0)
        assert delivered(found, EVENING + HOUR, post.send) == (1, 0)  # boris reads in UTC
        assert [letter.recipient for letter in post.letters] == ["anna", "boris"]
        for message in post.taken():
            assert "Gas 1" in text_of(message)
            assert "Gas 2" in text_of(message)
            assert "late" not in text_of(message)
        assert delivered(found, MORNING + DAY, post.send) == (0, 0)
        arrives(found, 3, now=MORNING + DAY)
        assert delivered(found, EVENING + 2 * DAY, post.send) == (2, 0)
        assert "Gas 1" not in text_of(post.taken()[-1])


def test_slots_missed_while_down_give_one_late_letter_for_the_whole_time(tmp_path: Path) -> None:
    with started(tmp_path, TELL_DESK, plans=(ONLY_ANNA,)) as found:
        arrives(found, 1, now=NOW + HOUR)
        post = Post()
        assert delivered(found, MORNING + 3 * DAY + HOUR, post.send) == (1, 0)
        (message,) = post.taken()
        said = " ".join(text_of(message).split())
        assert (
            "This letter is late. You missed 7 digests: this one carries what would have stood there."
            " It covers Tue 3 Mar, 09:00 to Sat 7 Mar, 08:30."
        ) in said
        assert delivered(found, MORNING + 3 * DAY + 2 * HOUR, post.send) == (0, 0)


@pytest.mark.parametrize(("after", "late"), [(0, False), (15 * 60, False), (15 * 60 + 1, True)])
def test_a_letter_is_late_over_fifteen_minutes_after_its_slot(
    tmp_path: Path, after: int, late: bool
) -> None:
    with started(tmp_path, TELL_DESK, plans=(ONLY_ANNA,)) as found:
        arrives(found, 1)
        post = Post()
        delivered(found, EVENING + timedelta(seconds=after), post.send)
        assert ("This letter is late" in text_of(post.taken()[0])) is late


def test_a_digest_waits_until_there_are_enough_stories(tmp_path: Path) -> None:
    with started(tmp_path, TELL_DESK, plans=(replace(ONLY_ANNA, min_items=3),)) as found:
        post = Post()
        arrives(found, 1)
        arrives(found, 2)
        assert delivered(found, EVENING, post.send) == (0, 0)
        arrives(found, 3, now=EVENING + HOUR)
        assert delivered(found, EVENING + 2 * HOUR, post.send) == (0, 0)  # the slot is over
        assert delivered(found, MORNING, post.send) == (1, 0)
        assert all(f"Gas {n}" in text_of(post.taken()[0]) for n in (1, 2, 3))


def test_who_asks_for_it_hears_that_nothing_was_found(tmp_path: Path) -> None:
    with started(tmp_path, TELL_DESK, plans=(replace(ONLY_ANNA, min_items=0),)) as found:
        post = Post()
        assert delivered(found, EVENING, post.send) == (1, 0)
        assert "Nothing new was found for your rules." in text_of(post.taken()[0])
        assert delivered(found, EVENING + HOUR, post.send) == (0, 0)  # once a slot
        arrives(found, 1, now=EVENING + HOUR)
        assert delivered(found, MORNING, post.send) == (1, 0)
        assert "Gas 1" in text_of(post.taken()[-1])


def test_a_silent_rule_finds_and_tells_nobody_until_its_time_is_over(tmp_path: Path) -> None:
    other = replace(TELL_DESK, name="gas in digests")
    with started(tmp_path, GAS, other, plans=(ONLY_ANNA,)) as found:
        post = Post()
        open_outbox(found.address).silence("gas", NOW + 2 * HOUR, "known", NOW + MINUTE)
        arrives(found, 1, now=NOW + HOUR)
        assert delivered(found, NOW + HOUR, post.send) == (0, 0)
        archive = open_archive(found.address)
        assert [rule["matches"] for rule in archive.rules()] == [1, 1]
        (silent,) = archive.silences(NOW + HOUR)
        assert (silent["rule"], silent["why"]) == ("gas", "known")
        assert archive.silences(NOW + 2 * HOUR) == archive.silences(NOW) == ()
        archive.close()
        assert delivered(found, NOW + 2 * HOUR, post.send) == (0, 0)  # it was never owed
        arrives(found, 2, now=NOW + 2 * HOUR)
        assert delivered(found, NOW + 2 * HOUR, post.send) == (1, 0)
        assert delivered(found, EVENING, post.send) == (1, 0)  # the other rule's digest
        assert "Gas 1" in text_of(post.taken()[-1])


def test_a_silence_that_is_ended_or_said_anew_is_one(tmp_path: Path) -> None:
    with started(tmp_path, GAS) as found:
        outbox = open_outbox(found.address)
        outbox.silence("gas", NOW + 9 * HOUR, "", NOW)
        outbox.silence("gas", NOW + MINUTE, "shorter", NOW)
        post = Post()
        arrives(found, 1, now=NOW + MINUTE)
        assert delivered(found, NOW + MINUTE, post.send) == (1, 0)
        outbox.silence("gas", NOW + 9 * HOUR, "", NOW + 2 * MINUTE)
        outbox.silence("gas", NOW + 3 * MINUTE, "", NOW + 3 * MINUTE)
        arrives(found, 2, now=NOW + 3 * MINUTE)
        assert delivered(found, NOW + 3 * MINUTE, post.send) == (1, 0)


def test_who_was_told_before_a_silence_is_told_of_the_correction(tmp_path: Path) -> None:
    with started(tmp_path, GAS) as found:
        post = Post()
        said = f"Gas leak at Karvia. {PIPELINE}"
        found.poll("wire", (entry("http://wire.example/1", "Gas leak", said),), NOW)
        assert delivered(found, NOW, post.send) == (1, 0)
        open_outbox(found.address).silence("gas", NOW + 9 * HOUR, "", NOW + MINUTE)
        put_right = said.replace("48", "38")
        found.poll("wire", (entry("http://wire.example/1", "Gas leak", put_right),), NOW + HOUR)
        assert delivered(found, NOW + HOUR, post.send) == (1, 0)
        assert "CORRECTED" in text_of(post.taken()[-1])


def test_a_flood_comes_in_one_letter_and_then_waits_for_the_hour(tmp_path: Path) -> None:
    with started(tmp_path, GAS) as found:
        busy = replace(ANNA, hourly=3)
        found.readers = Readers({"anna": busy}, (), found.readers.sender)
        post = Post()
        for number in range(1, 8):
            arrives(found, number, now=NOW)
        assert delivered(found, NOW, post.send) == (4, 0)
        rest, *alone = sorted(post.taken(), key=lambda message: str(message["Subject"]))
        told = {str(message["Subject"]).removeprefix("gas: ") for message in alone}
        assert len(told) == 3
        said = text_of(rest)
        assert str(rest["Subject"]).startswith("alerts, Tue 3 Mar: 4 stories")
        assert "More than 3 letters within an hour: here is the rest in one." in said
        assert {f"Gas {n}" for n in range(1, 8) if f"Gas {n}" in said} == {
            f"Gas {n}" for n in range(1, 8)
        } - told
        arrives(found, 8, now=NOW + MINUTE)
        assert delivered(found, NOW + HOUR - MINUTE, post.send) == (0, 0)
        assert status(found)["owed"] == 1
        assert delivered(found, NOW + HOUR, post.send) == (1, 0)
        assert str(post.taken()[-1]["Subject"]) == "gas: Gas 8"


def test_in_a_flood_what_is_urgent_comes_alone(tmp_path: Path) -> None:
    urgent = replace(GAS, name="leak", query="leak", priority="urgent")
    with started(tmp_path, GAS, urgent) as found:
        found.readers = Readers({"anna": replace(ANNA, hourly=1)}, (), found.readers.sender)
        post = Post()
        for number in (1, 2):
            arrives(found, number, now=NOW)
        arrives(found, 3, title="Leak at the gas terminal", now=NOW)
        assert delivered(found, NOW, post.send) == (2, 0)
        rest, first = sorted(post.taken(), key=lambda message: str(message["Subject"]))
        assert "Leak at the gas terminal" in str(first["Subject"])
        assert "2 stories" in str(rest["Subject"])


def test_no_slot_before_newswatch_was_there_is_due(tmp_path: Path) -> None:
    with Desk(tmp_path, in_force=(TELL_DESK,), plans=(ONLY_ANNA,)) as found:
        found.poll("wire", (entry("http://wire.example/0", "Weather"),), NOW)
        arrives(found, 1, now=NOW)
        post = Post()
        assert delivered(found, EVENING + MINUTE, post.send) == (0, 0)
        assert delivered(found, MORNING, post.send) == (1, 0)


def test_a_reader_who_moves_to_another_zone_loses_nothing_at_the_same_slot(tmp_path: Path) -> None:
    """18:00 of that day was over in Berlin; it comes again in New York and is no second slot."""
    with started(tmp_path, TELL_DESK, plans=(ONLY_ANNA,)) as found:
        post = Post()
        arrives(found, 1)
        assert delivered(found, EVENING, post.send) == (1, 0)
        moved = replace(ANNA, zone="America/New_York")
        found.readers = Readers({"anna": moved}, found.readers.plans, found.readers.sender)
        arrives(found, 2, now=EVENING + HOUR)
        assert delivered(found, EVENING + 6 * HOUR, post.send) == (0, 0)
        assert status(found)["owed"] == 1
        assert delivered(found, MORNING + 6 * HOUR, post.send) == (1, 0)
        assert "Gas 2" in text_of(post.taken()[1])
        assert "Gas 1" not in text_of(post.taken()[1])
        assert "missed" not in text_of(post.taken()[1])  # the slot that came again was over


def test_a_slot_that_came_again_is_over_for_a_daemon_that_starts_anew(tmp_path: Path) -> None:
    """Sealed in Berlin, met again in New York by a daemon that was stopped in between: no letter, and
    the slot is passed, so that the next letter begins where it ended.
    """
    with started(tmp_path, TELL_DESK, plans=(ONLY_ANNA,)) as found:
        arrives(found, 1)
        assert delivered(found, EVENING, Post().send) == (1, 0)
        arrives(found, 2, now=EVENING + HOUR)
    moved = (replace(ANNA, zone="America/New_York"), BORIS)
    again = EVENING + 6 * HOUR  # 18:00 in New York is 23:00 UTC
    for _restart in range(2):
        with Desk(tmp_path, in_force=(TELL_DESK,), people=moved, plans=(ONLY_ANNA,)) as found:
            assert delivered(found, again, Post().send) == (0, 0)
            assert found.ledger.outbox.last_slot("desk", "anna") == again
            assert len(letters(found)) == 1


def test_the_same_happenings_give_the_same_bytes(tmp_path: Path) -> None:
    bodies = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        rules = (Rule("gas", "gas", ("anna", "boris", "desk")),)
        with started(tmp_path / name, *rules) as found:
            arrives(found, 1)
            arrives(found, 2, now=NOW + HOUR)
            post = Post()
            delivered(found, NOW + HOUR, post.send)
            delivered(found, EVENING + HOUR, post.send)
            bodies.append([(letter.id, letter.content) for letter in post.letters])
    assert len(bodies[0]) == 6
    assert bodies[0] == bodies[1]


# ── what the server says ────────────────────────────────────────────────────────────────────


def test_a_letter_not_taken_waits_longer_each_time_and_stays_the_same(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        arrives(found, 1)
        post = Post(*([451, 0, 421, 0] * 20))
        assert delivered(found, NOW, post.send) == (0, 1)
        assert letters(found)[0]["state"] == "waiting"
        assert letters(found)[0]["detail"] == "said 451"
        waits = []
        now = NOW
        for _ in range(12):
            due = found.ledger.outbox.next_try()
            assert due is not None
            assert delivered(found, due - timedelta(seconds=1), post.send) == (0, 0)
            assert delivered(found, due, post.send) == (0, 1)
            waits.append((due - now) / MINUTE)
            now = due
        least = [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240, 240]
        assert all(a <= wait <= a * 1.2 for a, wait in zip(least, waits, strict=True))
        assert len({wait / a for a, wait in zip(least, waits, strict=True)}) > 6  # spread
        post.codes.clear()
        assert delivered(found, now + 5 * HOUR, post.send) == (1, 0)
        assert len({letter.content for letter in post.letters}) == 1
        assert letters(found)[0] | {"sent": None} == letters(found)[0] | {
            "state": "sent", "attempts": 14, "code": 250, "next_try": None, "sent": None,
        }  # fmt: skip


@given(st.integers(0, 10**6))
def test_the_wait_grows_to_four_hours_and_no_further(attempts: int) -> None:
    assert MINUTE <= backoff(attempts) <= backoff(attempts + 1) <= 4 * HOUR


def test_five_days_of_refusals_make_a_letter_dead_and_it_is_shown(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        arrives(found, 1)
        tries = 0
        while (due := found.ledger.outbox.next_try()) is not None or not tries:
            moment = due or NOW
            assert delivered(found, moment, Post(450).send) == (0, 1)
            tries += 1
            assert tries < 200
        assert moment - NOW >= GIVE_UP
        assert moment - NOW <= GIVE_UP + 5 * HOUR
        (letter,) = letters(found)
        assert (letter["state"], letter["attempts"], letter["detail"]) == (
            "dead",
            tries,
            "said 450",
        )
        assert status(found)["letters"] == {"dead": 1}
        assert delivered(found, moment + DAY, Post().send) == (0, 0)


@pytest.mark.parametrize("code", [500, 550, 554, 599])
def test_a_letter_refused_for_good_is_dead_at_once(tmp_path: Path, code: int) -> None:
    with started(tmp_path) as found:
        arrives(found, 1)
        assert delivered(found, NOW, Post(code).send) == (0, 1)
        (letter,) = letters(found)
        assert (letter["state"], letter["code"]) == ("dead", code)
        assert delivered(found, NOW + DAY, Post().send) == (0, 0)


def test_one_readers_refusal_is_not_anothers(tmp_path: Path) -> None:
    with started(tmp_path, Rule("gas", "gas", ("anna", "boris"))) as found:
        arrives(found, 1)
        post = Post(550, 250)
        assert delivered(found, NOW, post.send) == (1, 1)
        states = {letter["to"]: letter["state"] for letter in letters(found)}
        assert states == {post.letters[0].recipient: "dead", post.letters[1].recipient: "sent"}


def test_a_dead_letter_is_tried_again_or_dropped_by_hand(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        arrives(found, 1)
        arrives(found, 2)
        delivered(found, NOW, Post(550, 550).send)
        first, second = letters(found)
        box = open_outbox(found.address)
        box.retry(first["id"], NOW + 9 * DAY)
        box.drop(second["id"], NOW + 9 * DAY)
        # Five days anew: a refusal now does not kill it.
        assert delivered(found, NOW + 9 * DAY, Post(451).send) == (0, 1)
        assert [letter["state"] for letter in letters(found)] == ["waiting", "dropped"]
        assert delivered(found, NOW + 10 * DAY, Post().send) == (1, 0)
        for change, id_, said in (
            (box.retry, first["id"], "is sent"), (box.drop, first["id"], "is sent"),
            (box.retry, second["id"], "is dropped"), (box.drop, "none", "is not in the outbox"),
        ):  # fmt: skip
            with pytest.raises(StoreError, match=said):
                change(id_, NOW)


def test_what_the_server_took_is_sent_whatever_was_decided_meanwhile(tmp_path: Path) -> None:
    with started(tmp_path) as found:
        arrives(found, 1)
        box = open_outbox(found.address)

        def dropped_while_sent(letter: Letter) -> Sent:
            box.drop(letter.id, NOW)
            return Sent(letter.id, 250, "taken")

        delivered(found, NOW, dropped_while_sent)
        assert letters(found)[0]["state"] == "sent"
        found.ledger.outbox.sent(Sent(letters(found)[0]["id"], 550), NOW, again=None)
        assert letters(found)[0]["state"] == "sent"


def test_a_crash_between_the_servers_yes_and_our_mark_sends_the_same_bytes_again(
    tmp_path: Path,
) -> None:
    class Crash(BaseException):
        """The process ends here."""

    armed = True

    def boundary(name: str) -> None:
        if armed and name == "before mark":
            raise Crash

    post = Post()
    with started(tmp_path, boundary=boundary) as found:
        arrives(found, 1)
        with pytest.raises(Crash):
            delivered(found, NOW, post.send)
    armed = False
    with Desk(tmp_path, in_force=(GAS,)) as found:
        assert delivered(found, NOW + MINUTE, post.send) == (1, 0)
        assert delivered(found, NOW + HOUR, post.send) == (0, 0)
    first, second = post.letters
    assert first.content == second.content
    assert first.id == second.id


def test_a_crash_before_the_seal_is_kept_owes_still(tmp_path: Path) -> None:
    class Crash(BaseException):
        """The process ends here."""

    armed = True

    def boundary(name: str) -> None:
        if armed and name == "before seal":
            raise Crash

    with started(tmp_path, boundary=boundary) as found:
        arrives(found, 1)
        with pytest.raises(Crash):
            delivered(found, NOW, Post().send)
        assert status(found)["owed"] == 1
        assert letters(found) == []
        armed = False
        assert delivered(found, NOW, Post().send) == (1, 0)


class Server:
    """Answers each letter's DATA by a script; after the script it takes everything."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.taken: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            self.taken.append(envelope.original_content)
        return answer


@contextmanager
def serving(server: Server) -> Iterator[str]:
    """The mail server's address, in a thread of its own."""
    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(loop.create_server(lambda: SMTP(server), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(listening.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_real_server_that_refuses_then_goes_away_then_takes_it(tmp_path: Path) -> None:
    with started(tmp_path, TELL_DESK, plans=(ONLY_ANNA,)) as found:
        arrives(found, 1)
        server = Server("451 later")
        with serving(server) as address:
            assert delivered(found, EVENING, transport(address)) == (0, 1)
        assert delivered(found, EVENING + 2 * MINUTE, transport(address)) == (0, 1)
        assert [letter["code"] for letter in letters(found)] == [0]
        with serving(server) as address:
            assert delivered(found, EVENING + HOUR, transport(address)) == (1, 0)
        (taken,) = server.taken
        archive = open_archive(found.address)
        assert taken == archive.letter(letters(found)[0]["id"])[1]
        archive.close()


# ── who reads ───────────────────────────────────────────────────────────────────────────────


def test_a_name_in_tell_means_a_person_at_once_or_a_digests_readers() -> None:
    readers = Readers({"anna": ANNA, "boris": BORIS}, (DESK,))
    assert audience(readers) == {
        "anna": (("anna", "now"),),
        "boris": (("boris", "now"),),
        "desk": (("anna", "desk"), ("boris", "desk")),
    }


def test_what_a_removed_reader_is_owed_stays_owed_and_is_shown(tmp_path: Path) -> None:
    with started(tmp_path, Rule("gas", "gas", ("boris", "desk"))) as found:
        arrives(found, 1)
        before = found.readers
        found.readers = Readers({"anna": ANNA}, (ONLY_ANNA,), before.sender)
        post = Post()
        assert delivered(found, EVENING + HOUR, post.send) == (1, 0)
        assert post.letters[0].recipient == "anna"
        assert status(found)["owed"] == 2  # boris at once, boris in the digest
        # A digest may still name somebody who is gone, and may be gone itself.
        found.readers = Readers({"anna": ANNA}, (DESK,), before.sender)
        assert delivered(found, MORNING + DAY, post.send) == (0, 0)
        found.readers = Readers({"boris": BORIS}, (), before.sender)
        assert delivered(found, MORNING + 2 * DAY + HOUR, post.send) == (1, 0)
        assert status(found)["owed"] == 1
        found.readers = before
        assert delivered(found, MORNING + 3 * DAY + HOUR, post.send) == (1, 0)
        assert status(found)["owed"] == 0


def crowd(found: Desk, recipient: str, digest: str, count: int) -> None:
    """Owe *recipient* so many stories, all of one stored version."""
    archive = open_archive(found.address)
    version = next(v for v in archive.export("versions") if v["title"] == "Weather")
    archive.close()
    found.ledger.keep(
        Changeset(
            NOW,
            notifications=tuple(
                Notification(
                    recipient, digest, "gas", f"story {n:05}", "first", version["id"],
                    version["article"], NOW - DAY,
                )
                for n in range(count)
            ),
        )
    )  # fmt: skip


def test_a_crowd_owed_to_somebody_who_is_gone_hides_nobody_elses_letters(tmp_path: Path) -> None:
    with started(tmp_path, Rule("gas", "gas", ("anna", "desk")), plans=(ONLY_ANNA,)) as found:
        crowd(found, "zoe", "now", OWED_AT_ONCE + 1)
        crowd(found, "zoe", "gone", OWED_AT_ONCE + 1)
        arrives(found, 1)
        assert len(found.ledger.outbox.owed()) == OWED_AT_ONCE
        post = Post()
        assert delivered(found, NOW, post.send) == (1, 0)
        assert delivered(found, EVENING, post.send) == (1, 0)
        assert status(found)["owed"] == 2 * (OWED_AT_ONCE + 1)


def test_a_digest_of_more_than_one_letter_can_carry_goes_on_at_the_next_slot(
    tmp_path: Path,
) -> None:
    with started(tmp_path, TELL_DESK, plans=(ONLY_ANNA,)) as found:
        crowd(found, "anna", "desk", OWED_AT_ONCE + 7)
        post = Post()
        assert delivered(found, EVENING, post.send) == (1, 0)
        assert status(found)["owed"] == 7
        assert delivered(found, MORNING, post.send) == (1, 0)
        assert status(found)["owed"] == 0


# ── two hands on one outbox ─────────────────────────────────────────────────────────────────


def test_what_one_hand_sealed_the_other_does_not_seal_again(tmp_path: Path) -> None:
    """`digest send` beside a daemon: what both saw owed is carried by the first letter alone."""
    with started(tmp_path, TELL_DESK, plans=(ONLY_ANNA,)) as found:
        arrives(found, 1)
        beside = open_outbox(found.address)
        seen = beside.owed("anna", "desk")
        value = deliver.preview(beside, found.readers, ONLY_ANNA, ANNA, NOW + HOUR)
        post = Post()
        assert delivered(found, EVENING, post.send) == (1, 0)
        assert beside.seal(value, b"the same again", seen) is False
        arrives(found, 2, now=EVENING + HOUR)
        assert beside.seal(value, b"both", (*seen, *beside.owed("anna", "desk"))) is False
        assert len(letters(found)) == 1
        assert status(found)["owed"] == 1
        assert delivered(found, MORNING, post.send) == (1, 0)
        assert "Gas 1" not in text_of(post.taken()[1])


def test_a_letter_sealed_twice_is_kept_once_and_carries_what_it_carried(tmp_path: Path) -> None:
    with started(tmp_path, TELL_DESK, plans=(ONLY_ANNA,)) as found:
        box = found.ledger.outbox
        arrives(found, 1)
        value = deliver.preview(box, found.readers, ONLY_ANNA, ANNA, NOW)
        assert box.seal(value, b"first", box.owed("anna", "desk"))
        arrives(found, 2, now=NOW + HOUR)
        assert not box.seal(value, b"second", box.owed("anna", "desk"))
        assert [letter.content for letter in box.unsent(NOW)] == [b"first"]
        assert [n.article for n in box.owed("anna", "desk")] != []


def configured(*rules: Rule) -> Configuration:
    return Configuration(
        rules=rules, people=(ANNA,), digests=(ONLY_ANNA,), mail=MailSettings(sender="a@example.org")
    )


def test_a_digest_sent_by_hand_is_the_daemons_only_when_the_hand_let_go(tmp_path: Path) -> None:
    force = room.in_force(configured(TELL_DESK))
    with started(tmp_path, TELL_DESK, plans=(ONLY_ANNA,)) as found:
        arrives(found, 1)
        beside = open_outbox(found.address)
        post = Post()

        def sent_slowly(letter: Letter) -> Sent:
            assert delivered(found, NOW + MINUTE, post.send) == (0, 0)  # the daemon's own walk
            raise KeyboardInterrupt

        assert len(room.preview(beside, force, ONLY_ANNA, ANNA, NOW).items) == 1
        assert status(found)["owed"] == 1  # a preview keeps nothing
        with pytest.raises(KeyboardInterrupt):
            room.send_digest(beside, force, ONLY_ANNA, ANNA, sent_slowly, NOW)
        assert delivered(found, NOW + HOUR, post.send) == (1, 0)
        assert room.send_digest(beside, force, ONLY_ANNA, ANNA, post.send, NOW + HOUR) == 0
        assert len(post.letters) == 1


def test_a_digest_sent_by_hand_is_marked_as_the_server_said(tmp_path: Path) -> None:
    force = room.in_force(configured(TELL_DESK))
    with started(tmp_path, TELL_DESK, plans=(ONLY_ANNA,)) as found:
        beside = open_outbox(found.address)
        for number, (code, refused, state) in enumerate(
            ((250, 0, "sent"), (451, 1, "waiting"), (550, 1, "dead"))
        ):
            now = NOW + number * MINUTE
            arrives(found, number + 1, now=now)
            sent = room.send_digest(beside, force, ONLY_ANNA, ANNA, Post(code).send, now)
            assert sent == refused
            assert letters(found)[-1]["state"] == state
        assert delivered(found, NOW + HOUR, Post().send) == (1, 0)
        arrives(found, 9, now=NOW + HOUR)
        assert delivered(found, EVENING, Post().send) == (1, 0)  # its slot is still to come


def test_a_digest_shows_what_stands_and_what_it_said_at_first(tmp_path: Path) -> None:
    """Between the match and the digest's time the wire took it back: the letter must not tell it."""
    with Desk(tmp_path, in_force=(Rule("gas", "gas", ("desk",)),), plans=(ONLY_ANNA,)) as found:
        found.poll("wire", (entry("http://wire.example/0", "Weather", "It rained."),), NOW)
        url = "http://wire.example/1"
        found.poll("wire", (entry(url, "Gas line shut", PIPELINE),), NOW + MINUTE)
        open_again = (
            "The line was never shut, Velm said, and the first report was an error of its desk."
        )
        found.poll("wire", (entry(url, "Line open all day", open_again),), NOW + HOUR)
        value = deliver.preview(found.ledger.outbox, found.readers, ONLY_ANNA, ANNA, EVENING)
        (item,) = value.items
        assert item.version.title == "Line open all day"
        assert item.first_title == "Gas line shut"
        assert item.told is None
        said = digest.plain(value)
        assert "UPDATED: Line open all day" in said
        assert "It said at first: Gas line shut" in said
        assert "You were told" not in said


def test_a_correction_before_the_digest_tells_nobody_that_he_was_told(tmp_path: Path) -> None:
    with Desk(tmp_path, in_force=(Rule("gas", "gas", ("desk",)),), plans=(ONLY_ANNA,)) as found:
        found.poll("wire", (entry("http://wire.example/0", "Weather", "It rained."),), NOW)
        url = "http://wire.example/1"
        found.poll("wire", (entry(url, "Gas line shut", PIPELINE),), NOW + MINUTE)
        right = PIPELINE.replace("48 million", "38 million")
        found.poll("wire", (entry(url, "Gas line is shut", right),), NOW + HOUR)
        said = digest.plain(
            deliver.preview(found.ledger.outbox, found.readers, ONLY_ANNA, ANNA, EVENING)
        )
        assert "You were told" not in said
        assert "48 → 38" in said
