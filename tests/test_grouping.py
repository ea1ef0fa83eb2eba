"""Letters at once in groups: when each is due, what inhibits what, and what is lost by none of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from archive_of import ANNA, BORIS, HOUR, MARKET, MINUTE, NOW, PIPELINE, Desk, entry, report
from newswatch import at_once, deliver, grouping
from newswatch.grouping import due, groups, inhibitor, settled
from newswatch.model import Grouping, Letter, Notification, Rule, Sent
from newswatch.store import open_archive
from test_deliver import Post, arrives, delivered, started, text_of

SECOND = timedelta(seconds=1)
GAS = Rule("gas", "gas", ("anna",))
BY_RULE = Grouping("rule", 30, 300)


def owes(rule: str, story: str, seconds: int = 0, **rest: Any) -> Notification:
    return Notification(
        "anna", "now", rule, story, rest.pop("occasion", "first"), f"v{story}", story,
        NOW + seconds * SECOND, **rest,
    )  # fmt: skip


# ── by themselves ───────────────────────────────────────────────────────────────────────────


def test_a_rules_word_comes_before_the_persons_and_that_before_ours() -> None:
    assert settled(Grouping(), Grouping()) == Grouping("story", 0, 0, 0)
    assert settled(Grouping(), Grouping("rule")) == Grouping("rule", 30, 300, 0)
    assert settled(Grouping("rule", wait=5), Grouping("story", 60, 60, 60)) == Grouping(
        "rule", 5, 60, 60
    )
    assert settled(Grouping(wait=0, repeat=0), Grouping("rule", 9, 9, 9)) == Grouping(
        "rule", 0, 9, 0
    )


def test_groups_are_by_story_or_by_rule_as_each_rule_has_it() -> None:
    how = {"gas": Grouping("story", 0, 0), "leak": Grouping("rule", 30, 300)}
    owed = (owes("gas", "1"), owes("leak", "1"), owes("gas", "2"), owes("leak", "2", 9))
    found = groups(owed, how.__getitem__)
    assert [(g.by, g.of, [n.story for n in g.owed]) for g in found] == [
        ("story", "1", ["1"]), ("rule", "leak", ["1", "2"]), ("story", "2", ["2"]),
    ]  # fmt: skip
    assert [due(g, None) - NOW for g in found] == [0 * SECOND, 30 * SECOND, 0 * SECOND]


def test_what_is_urgent_is_told_first() -> None:
    owed = (owes("gas", "1"), owes("leak", "2", priority="urgent"))
    assert [g.of for g in groups(owed, lambda _rule: Grouping("story", 0, 0))] == ["2", "1"]


@given(
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 600), st.integers(0, 600)), min_size=1),
    st.none() | st.integers(-600, 600),
)
def test_a_group_is_due_when_the_first_of_it_may_go(
    members: list[tuple[int, int, int]], told: int | None
) -> None:
    how = {f"r{n}": Grouping("story", wait, gap) for n, (_, wait, gap) in enumerate(members)}
    owed = [owes(f"r{n}", "1", at) for n, (at, _, _) in enumerate(members)]
    (group,) = groups(owed, how.__getitem__)
    last = None if told is None else NOW + told * SECOND
    may = [max(at + wait, at + wait if told is None else told + gap) for at, wait, gap in members]
    assert due(group, last) == NOW + min(may) * SECOND
    assert grouping.longest(group) == max(gap for _, _, gap in members) * SECOND


def test_an_urgent_rule_inhibits_a_lower_one_on_the_same_occasion() -> None:
    urgent = owes("leak", "1", priority="urgent")
    assert inhibitor(owes("gas", "1"), [(urgent, "L")]) == ("leak", "L")
    assert inhibitor(owes("gas", "1", priority="low"), [(urgent, "")]) == ("leak", "")
    assert inhibitor(owes("gas", "1", priority="urgent"), [(urgent, "L")]) is None
    assert inhibitor(owes("gas", "1", occasion="correction:v"), [(urgent, "L")]) is None
    assert inhibitor(owes("gas", "1"), [(replace(urgent, priority="normal"), "L")]) is None
    both = [(urgent, ""), (replace(urgent, rule="zinc"), "L")]
    assert inhibitor(owes("gas", "1"), both) == ("zinc", "L")  # one that is told already


# ── in letters ──────────────────────────────────────────────────────────────────────────────


def test_a_rules_letter_waits_for_what_comes_with_it(tmp_path: Path) -> None:
    with started(tmp_path, replace(GAS, grouping=BY_RULE)) as found:
        post = Post()
        arrives(found, 1)
        arrives(found, 2, now=NOW + 20 * SECOND)
        assert delivered(found, NOW + 29 * SECOND, post.send) == (0, 0)
        (waits,) = deliver.waiting(found.ledger.outbox, found.readers, NOW + 29 * SECOND)
        assert waits.goes == NOW + 30 * SECOND
        assert delivered(found, NOW + 30 * SECOND, post.send) == (1, 0)
        (both,) = post.taken()
        assert both["Subject"].startswith("gas, Tue 3 Mar: 2 stories · Gas")
        assert "Gas 1" in text_of(both)
        assert "Gas 2" in text_of(both)
        assert "More than" not in text_of(both)
        arrives(found, 3, now=NOW + MINUTE)
        assert delivered(found, NOW + 329 * SECOND, post.send) == (0, 0)
        assert delivered(found, NOW + 330 * SECOND, post.send) == (1, 0)
        assert str(post.taken()[-1]["Subject"]) == "gas: Gas 3"
        arrives(found, 4, now=NOW + HOUR)
        assert delivered(found, NOW + HOUR + 29 * SECOND, post.send) == (0, 0)
        assert delivered(found, NOW + HOUR + 30 * SECOND, post.send) == (1, 0)


def test_without_a_word_on_it_each_story_is_told_at_once(tmp_path: Path) -> None:
    with started(tmp_path, GAS) as found:
        post = Post()
        arrives(found, 1)
        arrives(found, 2)
        assert delivered(found, NOW, post.send) == (2, 0)


def test_quiet_hours_hold_a_group_that_is_due(tmp_path: Path) -> None:
    night = replace(BORIS, quiet=(("08:00", "09:00"),), grouping=BY_RULE)
    gas = Rule("gas", "gas", ("boris",))
    with started(tmp_path, gas, people=(night,), plans=()) as found:
        arrives(found, 1)
        (waits,) = deliver.waiting(found.ledger.outbox, found.readers, NOW)
        assert waits.goes == NOW + HOUR
        assert delivered(found, NOW + HOUR - SECOND, Post().send) == (0, 0)
        assert delivered(found, NOW + HOUR, Post().send) == (1, 0)


def test_a_clock_that_was_set_back_holds_no_group(tmp_path: Path) -> None:
    with started(tmp_path, replace(GAS, grouping=BY_RULE)) as found:
        later = NOW + 48 * HOUR
        post = Post()
        arrives(found, 1, now=later)
        assert delivered(found, later + MINUTE, post.send) == (1, 0)
        arrives(found, 2, now=later + 2 * MINUTE)
        found.ledger.set_back(NOW + HOUR)
        assert delivered(found, NOW + HOUR, post.send) == (1, 0)
        arrives(found, 3, now=NOW + 2 * HOUR)
        assert delivered(found, NOW + 2 * HOUR + 30 * SECOND, post.send) == (1, 0)


def rows(found: Desk) -> list[tuple[str, str, str]]:
    """Of every notification (rule, occasion without its id, the rule that inhibits it)."""
    archive = open_archive(found.address)
    try:
        return [
            (row["rule"], row["occasion"].partition(":")[0], row["inhibited"])
            for row in archive.notifications()
        ]
    finally:
        archive.close()


LEAK = Rule("leak", '"gas pipeline"', ("anna",), "urgent")


def test_an_urgent_rules_letter_stands_for_a_lower_ones(tmp_path: Path) -> None:
    with started(tmp_path, GAS, LEAK) as found:
        post = Post()
        found.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
        assert delivered(found, NOW, post.send) == (1, 0)
        assert str(post.taken()[0]["Subject"]) == "leak: Leak"
        assert rows(found) == [("gas", "first", "leak"), ("leak", "first", "")]
        archive = open_archive(found.address)
        assert [rule["matches"] for rule in archive.rules()] == [1, 1]  # what it found is kept
        (sent,) = archive.letters()
        assert archive.letter(sent["id"])[0]["inhibited"] == [
            {
                "rule": "gas",
                "by": "leak",
                "story": archive.show("http://wire.example/1").state.story,
            }
        ]
        view = archive.show("http://wire.example/1")
        assert [(i["rule"], i["recipient"], i["by"]) for i in view.inhibited] == [
            ("gas", "anna", "leak")
        ]
        archive.close()
        note = "(Corrects the company's name in the first paragraph.)\n"
        put_right = entry(
            "http://wire.example/1", "Leak", note + PIPELINE.replace("Velm", "Velmar")
        )
        found.poll("wire", (put_right,), NOW + HOUR)
        assert delivered(found, NOW + HOUR, post.send) == (1, 0)
        assert rows(found)[2:] == [("gas", "correction", "leak"), ("leak", "correction", "")]
        assert post.taken()[1]["In-Reply-To"] == post.taken()[0]["Message-ID"]


def test_a_lower_rule_waits_for_an_urgent_ones_letter(tmp_path: Path) -> None:
    patient = replace(LEAK, grouping=Grouping(wait=60))
    with started(tmp_path, GAS, patient) as found:
        found.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
        assert delivered(found, NOW + 59 * SECOND, Post().send) == (0, 0)
        assert delivered(found, NOW + 60 * SECOND, Post().send) == (1, 0)
        assert rows(found) == [("gas", "first", "leak"), ("leak", "first", "")]


def test_who_is_told_by_another_person_is_told_all_the_same(tmp_path: Path) -> None:
    """An urgent rule's word to one reader is none to another, and none in a digest."""
    gas = Rule("gas", "gas", ("boris", "desk"))
    with started(tmp_path, gas, LEAK) as found:
        found.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
        assert delivered(found, NOW, Post().send) == (2, 0)
        assert {by for _, _, by in rows(found)} == {""}


def test_a_story_told_is_told_again_only_where_that_is_wanted(tmp_path: Path) -> None:
    again = replace(ANNA, grouping=Grouping(repeat=3600))
    gas = Rule("gas", "gas", ("anna", "boris"))
    with started(tmp_path, gas, people=(again, replace(BORIS, quiet=())), plans=()) as found:
        post = Post()
        found.poll("paper", (entry("http://paper.example/0", "Weather"),), NOW)
        for hours, name in ((0, "wire"), (0.9, "paper"), (1, "wire"), (1.5, "paper")):
            now = NOW + hours * HOUR
            shown = entry(f"http://{name}.example/at{hours}", "Leak", PIPELINE)
            found.poll(name, (shown,), now)
            delivered(found, now, post.send)
        assert [letter.recipient for letter in post.letters].count("boris") == 1
        assert [letter.recipient for letter in post.letters].count("anna") == 2
        second = [one for one in post.taken() if "anna" in one["To"]][1]
        assert "we told you" in text_of(second)
        assert second["In-Reply-To"]


# ── a mistake of ours ───────────────────────────────────────────────────────────────────────


def fails(*_arguments: Any) -> Any:
    raise ZeroDivisionError("made up")


def test_where_grouping_fails_each_story_is_told_at_once(tmp_path: Path) -> None:
    said: list[tuple[str, str]] = []
    for name in ("groups", "due"):
        folder = tmp_path / name
        folder.mkdir()
        with started(folder, replace(GAS, grouping=BY_RULE)) as found:
            arrives(found, 1)
            arrives(found, 2)
            routing = replace(
                at_once.ROUTING,
                failed=lambda what, error: said.append((what, str(error))),
                **{name: fails},
            )
            post = Post()
            outbox = found.ledger.outbox
            assert deliver.deliver_once(outbox, found.readers, post.send, NOW, routing) == (2, 0)
    assert said == [("grouping", "made up")] * 2


def test_where_inhibition_fails_both_rules_tell(tmp_path: Path) -> None:
    said: list[str] = []
    with started(tmp_path, GAS, LEAK) as found:
        found.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
        routing = replace(
            at_once.ROUTING, inhibitor=fails, failed=lambda what, _error: said.append(what)
        )
        post = Post()
        deliver.deliver_once(found.ledger.outbox, found.readers, post.send, NOW, routing)
        assert said == ["inhibition"]
        assert [str(message["Subject"]) for message in post.taken()] == ["leak + gas: Leak"]


def test_where_identity_fails_a_copy_is_told_as_a_story_of_its_own(tmp_path: Path) -> None:
    with started(tmp_path, Rule("gas", "gas", ("anna",))) as found:
        found.poll("paper", (entry("http://paper.example/0", "Weather"),), NOW)
        post = Post()
        found.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
        found.standing = replace(found.standing, judge=fails)
        near = PIPELINE.replace("on Tuesday", "early on Tuesday")
        changes = found.poll("paper", (entry("http://paper.example/1", "Leak!", near),), NOW)
        assert ["ZeroDivisionError: made up" in flaw for flaw in changes.flaws] == [True]
        assert delivered(found, NOW, post.send) == (2, 0)


# ── whatever happens ────────────────────────────────────────────────────────────────────────

RULES = (
    Rule("gas", "gas", ("anna", "boris")),
    Rule("leak", "leak", ("anna", "boris"), "urgent", grouping=Grouping(wait=20)),
    Rule("price", "price", ("anna", "boris"), "low", grouping=Grouping("rule", 45, 240)),
)
READERS = (
    replace(ANNA, hourly=10_000, grouping=Grouping("story", 10, 60, 600)),
    replace(BORIS, quiet=(), hourly=10_000, grouping=Grouping("rule")),
)
HOW = {
    (r.name, p.name): settled(r.grouping, p.grouping) for r in RULES for p in READERS
}  # fmt: skip
WORDS = st.sampled_from(["Gas", "Leak", "Price", "Gas leak", "Gas price", "Gas leak price"])
STOPS = st.sampled_from(
    [
        f"{when} {deed}"
        for deed in ("seal", "inhibit", "mark", "keep")
        for when in ("before", "after")
    ]
)


class Crash(BaseException):
    """The process ends here."""


class GroupingMachine(RuleBasedStateMachine):
    """Stories, copies and corrections arrive, the clock moves, the writer dies now and then."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.now = NOW
        self.armed = ""
        self.shown: list[str] = []
        self.numbers = 0
        self.kept: set[tuple[str, ...]] = set()
        self.where: dict[tuple[str, ...], tuple[str, str]] = {}
        self.sealed: dict[str, datetime] = {}
        self.walked = NOW - HOUR
        self.open()

    def open(self) -> None:
        self.desk = Desk(
            Path(self._folder.name),
            in_force=RULES,
            people=READERS,
            plans=(),
            boundary=self.boundary,
        )

    def boundary(self, name: str) -> None:
        if name == self.armed:
            self.armed = ""
            raise Crash

    def alive(self, deed: Any, *arguments: Any) -> Any:
        try:
            return deed(*arguments)
        except Crash:
            self.desk.close()
            self.open()
            return None

    @initialize()
    def first_polls(self) -> None:
        for feed in ("wire", "paper"):
            self.desk.poll(feed, (entry(f"http://{feed}.example/0", "Weather"),), NOW)

    @rule(words=WORDS)
    def news_arrives(self, words: str) -> None:
        self.numbers += 1
        text = f"{words} of day {self.numbers}. " + (PIPELINE if self.numbers % 2 else MARKET)
        self.shown.append(text.replace("Tuesday", f"Tuesday {self.numbers} {self.numbers * 7}"))
        self.show("wire", f"{words} {self.numbers}", self.shown[-1])

    @precondition(lambda self: self.shown)
    @rule(data=st.data())
    def a_copy_arrives(self, data: st.DataObject) -> None:
        self.numbers += 1
        self.show("paper", f"Copy {self.numbers}", data.draw(st.sampled_from(self.shown)))

    def show(self, feed: str, title: str, text: str) -> None:
        shown = entry(f"http://{feed}.example/{self.numbers}", title, text)
        changes = self.alive(self.desk.poll, feed, (shown,), self.now)
        for n in changes.notifications if changes is not None else ():
            self.kept.add((n.recipient, n.digest, n.rule, n.story, n.occasion))

    @rule(seconds=st.sampled_from([1, 9, 10, 19, 30, 45, 60, 239, 301, 700]))
    def the_clock_moves(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @rule()
    def letters_leave(self) -> None:
        self.alive(self.walk)

    @rule(stop=STOPS, words=WORDS)
    def the_process_dies_on_its_way(self, stop: str, words: str) -> None:
        self.armed = stop
        self.news_arrives(words)
        self.alive(self.walk)
        self.armed = ""

    def walk(self) -> None:
        def send(letter: Letter) -> Sent:
            return Sent(letter.id, 250, "")

        deliver.deliver_once(self.desk.ledger.outbox, self.desk.readers, send, self.now)
        self.walked = self.now

    @invariant()
    def each_is_told_once_and_in_its_time(self) -> None:
        archive = open_archive(self.desk.address)
        try:
            rows = archive.notifications()
            there = [letter["id"] for letter in archive.letters()]
        finally:
            archive.close()
        for letter in there:
            self.sealed.setdefault(letter, self.now)
        keys = {
            (r["recipient"], r["digest"], r["rule"], r["story"], r["occasion"]): r for r in rows
        }
        assert self.kept <= set(keys), "a notification vanished"
        for key, row in keys.items():
            now = row["letter"], row["inhibited"]
            assert self.where.get(key, now) == now, "it is told by another letter"
            if row["letter"]:
                self.where[key] = now
        told = [r for r in rows if r["letter"] and not r["inhibited"]]
        assert {r["letter"] for r in told} == set(there)
        for row in (r for r in rows if r["inhibited"]):
            assert row["priority"] != "urgent"
            assert [
                r for r in told
                if (r["letter"], r["rule"], r["priority"], r["story"], r["occasion"], r["recipient"])
                == (row["letter"], row["inhibited"], "urgent", row["story"], row["occasion"], row["recipient"])
            ], "nothing was told in its place"  # fmt: skip
        for letter in there:
            mine = [r for r in told if r["letter"] == letter]
            assert len({self.group(r) for r in mine}) == 1
            assert self.due(mine, told, self.sealed[letter]) <= self.sealed[letter], "too early"
        if self.walked == self.now and not self.armed:
            self.nothing_is_late(rows, told)

    def nothing_is_late(self, rows: Any, told: list[Any]) -> None:
        owed: dict[Any, list[Any]] = {}
        for row in (r for r in rows if not r["letter"] and at(r) < self.now):
            waits = [
                r for r in rows
                if r["priority"] == "urgent" and row["priority"] != "urgent"
                and (r["story"], r["occasion"], r["recipient"])
                == (row["story"], row["occasion"], row["recipient"])
            ]  # fmt: skip
            assert all(not r["letter"] for r in waits), "an urgent rule told this already"
            if not waits:
                owed.setdefault(self.group(row), []).append(row)
        for members in owed.values():
            assert self.due(members, told, self.now + HOUR) > self.now, "too late"

    def group(self, row: Any) -> tuple[str, str, str]:
        by = HOW[row["rule"], row["recipient"]].by
        return row["recipient"], by, row["story" if by == "story" else "rule"]

    def due(self, members: list[Any], told: list[Any], before: datetime) -> datetime:
        """When the first of *members* may go, after the group's last letter before that."""
        recipient, by, of = self.group(members[0])
        last = max(
            (
                self.sealed[r["letter"]]
                for r in told
                if r["recipient"] == recipient
                and r["story" if by == "story" else "rule"] == of
                and self.sealed[r["letter"]] < before
            ),
            default=NOW - 24 * HOUR,
        )
        how = [(HOW[r["rule"], recipient], at(r)) for r in members]
        return min(
            max(seen + (h.wait or 0) * SECOND, last + (h.interval or 0) * SECOND) for h, seen in how
        )

    def teardown(self) -> None:
        try:
            self.now += HOUR
            self.walk()
            self.each_is_told_once_and_in_its_time()
            assert {key for key, (letter, _) in self.where.items() if letter} >= self.kept
        finally:
            self.desk.close()
            self._folder.cleanup()


def at(row: Any) -> datetime:
    return datetime.fromisoformat(row["at"])


@pytest.mark.parametrize("examples", [12, pytest.param(40, marks=pytest.mark.acceptance)])
def test_nothing_is_lost_early_late_or_twice(examples: int) -> None:
    run_state_machine_as_test(
        GroupingMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


def test_a_preview_of_what_waits_keeps_nothing(tmp_path: Path) -> None:
    with started(tmp_path, replace(GAS, grouping=BY_RULE), LEAK) as found:
        arrives(found, 1)
        found.poll("wire", (entry("http://wire.example/2", "Gas leak", PIPELINE),), NOW + SECOND)
        outbox, now = found.ledger.outbox, NOW + 2 * SECOND
        shown = at_once.preview(outbox, found.readers, ANNA, now)
        assert [([i.rule for i in letter.items], goes) for letter, goes in shown] == [
            (["leak"], now), (["gas"], NOW + 30 * SECOND),
        ]  # fmt: skip
        assert len(outbox.owed("anna", "now")) == 3
        assert at_once.preview(outbox, found.readers, BORIS, now) == ()


def test_what_is_asked_of_one_story_costs_no_more_where_much_else_was_told(tmp_path: Path) -> None:
    with Desk(tmp_path, in_force=(GAS,)) as desk:
        outbox, story, taken = desk.ledger.outbox, "", []
        for spell in range(2):
            shown = [
                entry(f"http://wire.example/{n}", f"Gas {n}", report(n))
                for n in range(spell, spell + 1 + 300 * spell)
            ]
            desk.poll("wire", tuple(shown), NOW + spell * MINUTE)
            deliver.seal_due(outbox, desk.readers, NOW + spell * MINUTE)
            (first,) = desk.ledger._connection.execute("SELECT min(story) FROM article").fetchone()
            story = story or first
            taken += [
                (
                    steps_of(desk, partial(outbox.urgent, "anna", "now", story)),
                    steps_of(desk, partial(outbox.first_letter, "anna", story, story)),
                    steps_of(desk, partial(outbox.told_of, "anna", story, NOW - HOUR, NOW + HOUR)),
                )
            ]
        assert all(later < before + 50 for before, later in zip(*taken, strict=True)), taken


def test_what_waits_for_the_hour_to_be_over_is_not_gone_through_at_each_pass(
    tmp_path: Path,
) -> None:
    hasty = replace(ANNA, hourly=1)
    with Desk(tmp_path, in_force=(GAS,), people=(hasty, BORIS)) as desk:
        taken, first = [], 0
        for minute, count in enumerate((3, 5, 30, 270)):
            now = NOW + minute * MINUTE
            shown = [
                entry(f"http://wire.example/{n}", f"Gas {n}", report(n))
                for n in range(first, first + count)
            ]
            desk.poll("wire", tuple(shown), now)
            first += count
            taken += [
                steps_of(desk, partial(deliver.seal_due, desk.ledger.outbox, desk.readers, now))
            ]
        assert len(desk.ledger.outbox.owed("anna", "now")) == 300
        assert taken[3] - taken[2] < 270 * 40, taken


def steps_of(desk: Desk, ask: Callable[[], object]) -> int:
    """What a question takes, in SQLite's steps."""
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    desk.ledger._connection.set_progress_handler(count, 1)
    ask()
    desk.ledger._connection.set_progress_handler(None, 0)
    return counted[0]
