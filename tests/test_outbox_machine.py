"""The outbox under everything at once: news, clock, mail server, crashes, edits, an operator's hands.

What is owed is never lost and never in two letters; a letter's bytes never change; the server never
takes one rule's word on one story and occasion in two different letters.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from email import policy
from email.parser import BytesParser
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from archive_of import ANNA, BORIS, NOW, Desk, entry
from newswatch import deliver, slots
from newswatch.model import DigestPlan, Letter, Notification, Rule, Sent, StoreBusy
from newswatch.readers import Readers
from newswatch.store import open_archive, open_ledger, open_outbox

PEOPLE = (ANNA, BORIS, replace(ANNA, zone="Asia/Tokyo"), replace(ANNA, zone="America/New_York"))
PLANS = (
    DigestPlan("desk", ("anna", "boris"), ("07:30", "18:00")),
    DigestPlan("desk", ("anna", "boris"), ("07:30", "12:00"), min_items=2),
    DigestPlan("desk", ("boris",), ("18:00",), zone="America/New_York"),
)
STATES = {"waiting", "sent", "dead", "dropped"}
CODES = st.sampled_from([250, 250, 250, 451, 550, 0])
BOUNDARIES = st.sampled_from(
    [f"{when} {deed}" for deed in ("mark", "seal", "slot", "keep") for when in ("before", "after")]
)
Key = tuple[str, str, str, str, str]


class Crash(BaseException):
    """The process ends here: nothing after this line of it happens."""


class OutboxMachine(RuleBasedStateMachine):
    """One store, its writer that dies now and then, and what the mail server was handed."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.now = NOW
        self.names = {"gas": "gas", "leak": "leak"}
        self.people = {"anna": ANNA, "boris": BORIS}
        self.plan = PLANS[0]
        self.articles = 0
        self.corrections = 0
        self.armed = ""
        self.owed: dict[
            Key, str
        ] = {}  # every notification ever kept, and the letter that carries it
        self.bytes: dict[str, bytes] = {}
        self.answers: dict[str, Counter[int]] = {}
        self.last: dict[str, int] = {}
        self.tried: dict[str, datetime] = {}
        self.codes: list[int] = []
        self.crashes = 0
        self.open()

    # ── the process ─────────────────────────────────────────────────────────────────────────

    def open(self) -> None:
        """Start the writer on whatever the store holds."""
        self.desk = Desk(
            Path(self._folder.name),
            in_force=self.in_force(),
            people=tuple(self.people.values()),
            plans=(self.plan,),
            boundary=self.boundary,
        )

    def in_force(self) -> tuple[Rule, ...]:
        return (
            Rule(self.names["gas"], "gas", ("anna", "boris", "desk")),
            Rule(self.names["leak"], "leak", ("desk",)),
        )

    def boundary(self, name: str) -> None:
        if name == self.armed:
            self.armed = ""
            raise Crash

    def alive(self, deed: Any, *arguments: Any) -> Any:
        """Do something; when the process dies of it, start it again."""
        try:
            return deed(*arguments)
        except Crash:
            self.crashes += 1
            self.desk.close()
            self.open()
            return None

    def send(self, letter: Letter) -> Sent:
        """The mail server: it answers as the script says, then takes everything."""
        code = self.codes.pop(0) if self.codes else 250
        assert self.bytes.setdefault(letter.id, letter.content) == letter.content
        self.answers.setdefault(letter.id, Counter())[code] += 1
        self.last[letter.id] = code
        self.tried.setdefault(letter.id, self.now)
        return Sent(letter.id, code, f"said {code}")

    # ── what happens ────────────────────────────────────────────────────────────────────────

    @initialize()
    def first_poll(self) -> None:
        self.desk.poll("wire", (entry("http://wire.example/0", "Weather"),), NOW)

    @rule(words=st.sampled_from(["Gas", "Leak", "Gas leak", "Oil"]))
    def news_arrives(self, words: str) -> None:
        self.articles += 1
        shown = entry(f"http://wire.example/{self.articles}", f"{words} Q{self.articles}Q")
        self.take(self.alive(self.desk.poll, "wire", (shown,), self.now))

    @precondition(lambda self: self.articles)
    @rule(data=st.data(), words=st.sampled_from(["Gas", "Gas leak"]))
    def the_wire_corrects_itself(self, data: st.DataObject, words: str) -> None:
        number = data.draw(st.integers(1, self.articles))
        self.corrections += 1
        title = f"CORRECTED-{words} Q{number}x{self.corrections}Q"
        text = f"(Corrects figure to {self.corrections} in the first paragraph.)\nText {number}."
        shown = entry(f"http://wire.example/{number}", title, text)
        self.take(self.alive(self.desk.poll, "wire", (shown,), self.now))

    def take(self, changes: Any) -> None:
        for n in changes.notifications if changes is not None else ():
            self.owed.setdefault(key_of(n), "")

    @rule(minutes=st.sampled_from([1, 14, 60, 240, 12 * 60, 24 * 60, 4 * 24 * 60]))
    def the_clock_moves(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def the_clock_moves_to_the_next_slot(self) -> None:
        due = [slots.next_slot(self.plan, person, self.now) for person in self.people.values()]
        self.now = min((slot.when for slot in due if slot is not None), default=self.now)

    @rule(codes=st.lists(CODES, max_size=3))
    def news_of_a_slot_leaves_with_it(self, codes: list[int]) -> None:
        self.news_arrives("Gas leak")
        self.the_clock_moves_to_the_next_slot()
        self.letters_leave(codes)

    @rule(codes=st.lists(CODES, max_size=5))
    def letters_leave(self, codes: list[int]) -> None:
        self.codes = codes
        self.alive(self.walk)

    def walk(self) -> None:
        deliver.deliver_once(self.desk.ledger.outbox, self.desk.readers, self.send, self.now)

    @rule(boundary=BOUNDARIES, codes=st.lists(CODES, max_size=2))
    def the_process_dies_on_its_way(self, boundary: str, codes: list[int]) -> None:
        self.armed, self.codes = boundary, codes
        self.news_arrives("Gas")
        self.alive(self.walk)
        self.armed = ""

    @rule()
    def the_machine_starts_anew(self) -> None:
        self.desk.close()
        self.open()

    @rule()
    def a_second_daemon_is_started(self) -> None:
        with pytest.raises(StoreBusy):
            open_ledger(self.desk.address)

    @rule(data=st.data(), code=CODES)
    def a_digest_is_sent_by_hand(self, data: st.DataObject, code: int) -> None:
        person = self.people.get(data.draw(st.sampled_from(self.plan.to)))
        if person is not None:
            self.codes = [code]
            box = open_outbox(self.desk.address)
            deliver.send_now(box, self.desk.readers, self.plan, person, self.send, self.now)

    @rule(which=st.sampled_from(["gas", "leak"]))
    def a_rule_is_renamed(self, which: str) -> None:
        self.names[which] = f"{which}{len(self.names[which])}"[:8]
        self.the_machine_starts_anew()

    @rule(plan=st.sampled_from(PLANS))
    def a_digests_times_change(self, plan: DigestPlan) -> None:
        self.plan = plan
        self.readers_change()

    @rule(person=st.sampled_from(PEOPLE))
    def a_reader_moves_or_comes_back(self, person: Any) -> None:
        self.people[person.name] = person
        self.readers_change()

    @rule(name=st.sampled_from(["anna", "boris"]))
    def a_reader_is_removed(self, name: str) -> None:
        self.people.pop(name, None)
        self.readers_change()

    def readers_change(self) -> None:
        self.desk.readers = Readers(dict(self.people), (self.plan,), self.desk.readers.sender)
        self.desk.configure(self.in_force(), self.now)

    @rule(data=st.data(), drop=st.booleans())
    def an_operator_decides(self, data: st.DataObject, drop: bool) -> None:
        letters = [id_ for id_, state in self.states().items() if state in ("waiting", "dead")]
        if letters:
            box = open_outbox(self.desk.address)
            letter = data.draw(st.sampled_from(sorted(letters)))
            (box.drop if drop else box.retry)(letter, self.now)
            self.tried.pop(letter, None)

    # ── what must always be so ──────────────────────────────────────────────────────────────

    def states(self) -> dict[str, str]:
        archive = open_archive(self.desk.address)
        try:
            return {letter["id"]: letter["state"] for letter in archive.letters()}
        finally:
            archive.close()

    @invariant()
    def everything_owed_is_where_it_was_and_told_once(self) -> None:
        archive = open_archive(self.desk.address)
        try:
            rows = archive.notifications()
            letters = {letter["id"]: letter for letter in archive.letters()}
            contents = {id_: archive.letter(id_)[1] for id_ in letters}
            titles = {v["id"]: v["title"] for v in archive.export("versions")}
        finally:
            archive.close()
        carried: dict[str, set[str]] = {}
        owed_words: Counter[tuple[str, str, str]] = Counter()
        kept = set()
        for row in rows:
            key = (row["recipient"], row["digest"], row["rule"], row["story"], row["occasion"])
            words = token(titles[row["version"]])
            kept.add(key)
            owed_words[row["recipient"], row["digest"], words] += 1
            assert self.owed.get(key, "") in ("", row["letter"]), "moved to another letter"
            self.owed[key] = row["letter"]
            if row["letter"]:
                carried.setdefault(row["letter"], set()).add(words)
        assert kept == set(self.owed), "a notification vanished"
        assert set(carried) == set(letters), "a letter without reason, or a reason without letter"
        taken_words: Counter[tuple[str, str, str]] = Counter()
        for id_, letter in letters.items():
            assert self.bytes.setdefault(id_, contents[id_]) == contents[id_], "its bytes changed"
            words = said(contents[id_])
            # A story stands in a letter once, by its newest headline; one told before may be named.
            newest = {article(w): w for w in sorted(carried[id_], key=correction)}
            assert set(newest.values()) <= words, "it does not say what it carries"
            assert set(map(article, words)) == set(newest), "it says more than it carries"
            answers = self.answers.get(id_, Counter())
            assert letter["state"] in STATES
            assert letter["state"] != "sent" or answers[250], "sent, and no server took it"
            if letter["state"] == "dead":
                long = self.now - self.tried[id_] >= deliver.GIVE_UP
                assert self.last[id_] == 550 or long, "given up too early"
            assert answers[250] <= 1 + self.crashes, "taken again without a crash between"
            if answers[250]:
                taken_words.update((letter["to"], letter["digest"], w) for w in carried[id_])
        # What is told again under another Message-ID must have been owed for another reason.
        assert taken_words <= owed_words

    def teardown(self) -> None:
        """In the end everybody is back and the server takes everything: nothing waits, nothing is
        owed, and what was not dropped or refused for good was taken.
        """
        try:
            self.people = {"anna": ANNA, "boris": BORIS}
            self.plan = PLANS[0]
            self.codes = []
            self.readers_change()
            for hours in (6, 12, 24, 24):
                self.now += timedelta(hours=hours)
                self.walk()
            self.everything_owed_is_where_it_was_and_told_once()
            assert all(self.owed.values()), "still owed in the end"
            assert "waiting" not in self.states().values()
            for id_, state in self.states().items():
                answers = self.answers.get(id_, Counter())
                assert state == "sent" or state == "dropped" or answers[550] or answers.total()
        finally:
            self.desk.close()
            self._folder.cleanup()


def key_of(n: Notification) -> Key:
    return n.recipient, n.digest, n.rule, n.story, n.occasion


def token(title: str) -> str:
    found = re.search(r"Q\d+(?:x\d+)?Q", title)
    assert found is not None
    return found[0]


def article(token: str) -> str:
    return token.strip("Q").partition("x")[0]


def correction(token: str) -> int:
    """Which of all corrections a token stands for, 0 for a first version."""
    return int(token.strip("Q").partition("x")[2] or 0)


@cache
def said(content: bytes) -> set[str]:
    """The tokens of the headlines that stand in a letter."""
    message = BytesParser(policy=policy.default).parsebytes(content)
    body = message.get_body(("plain",))  # type: ignore[attr-defined]
    return set(re.findall(r"Q\d+(?:x\d+)?Q", body.get_content()))


EXAMPLES = pytest.mark.parametrize("examples", [15, pytest.param(40, marks=pytest.mark.acceptance)])


@EXAMPLES
def test_nothing_owed_is_lost_or_told_twice(examples: int) -> None:
    run_state_machine_as_test(
        OutboxMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
