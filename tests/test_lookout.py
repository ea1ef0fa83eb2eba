"""Rules with a threshold on a real store under a driven clock: told once, whatever ends in between."""

from __future__ import annotations

import email
import email.policy
import io
import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from archive_of import ANNA, DESK, FOOT, HOUR, MINUTE, NOW, Desk, entry, report
from newswatch import deliver, ingest, lookout
from newswatch.cli import code_of
from newswatch.config import load
from newswatch.daemon import Daemon, DrivenClock, log_to
from newswatch.desk import in_force
from newswatch.model import (
    Article,
    Feed,
    Imported,
    Letter,
    Rule,
    Sent,
    StoreError,
    Surge,
    Threshold,
)
from newswatch.readers import audience
from newswatch.store import ballast_of, open_keeper, open_ledger
from newswatch.store.sqlite import sqlite3
from older_store import make_older
from test_replica import SCHEMA

DAY = timedelta(days=1)
WIRES = (
    Feed("wire", "http://wire.example/rss", "Wire", "en", pages="feed-only"),
    Feed("paper", "http://paper.example/rss", "Paper", "en", pages="feed-only"),
)
SPIKE = Rule("gas", "gas", ("anna",), threshold=Threshold("spike", 3600, 5, 3.0, 14))
VOLUME = Rule("crowd", "gas", ("anna",), threshold=Threshold("volume", 3600, 4))
SILENCE = Rule("gone", "gas", ("anna",), threshold=Threshold("silence", 0 + 12 * 3600))
PLAIN = Rule("plain", "gas", ("anna",))


def body(n: int) -> str:
    """A report of its own from the headline on: no other shares its words."""
    return f"Gas. {report(n).removesuffix(FOOT)}"


def story(n: int, at: datetime, of: str = "wire") -> Any:
    title = f"Gas {' '.join(report(n).split()[3:9])}"
    return entry(f"http://{of}.example/{n}", title, body(n), published=at)


def begun(folder: Path, *in_force: Rule, **rest: Any) -> Desk:
    """A desk whose feeds had their first polls, which bring what is old."""
    desk = Desk(folder, feeds=WIRES, in_force=in_force, **rest)
    for n, feed in enumerate(("wire", "paper")):
        desk.poll(feed, (story(9000 + n, NOW - HOUR, feed),), NOW)
    return desk


def watched(desk: Desk, since: datetime, until: datetime) -> None:
    """The machine watched from *since* to *until* without a break: its looks, an hour apart."""
    at = since
    while at <= until:
        with_feeds(desk, at)
        assert desk.ledger.surges.look(at)
        at += HOUR


def with_feeds(desk: Desk, at: datetime) -> None:
    """Nothing is late at *at*, as if each feed had just been polled."""
    desk.ledger._connection.execute(
        "UPDATE request SET due = ? WHERE kind = 'feed'", (f"{at + HOUR:%Y-%m-%dT%H:%M:%S.%fZ}",)
    )
    desk.ledger._connection.commit()


def looked(desk: Desk, rules: tuple[Rule, ...], now: datetime) -> list[Surge]:
    with_feeds(desk, now)
    pairs = audience(desk.readers)
    found = lookout.look(desk.ledger.surges, rules, pairs, UTC, now, lambda _rule: False)
    return [surge for surge in found if surge is not None]


def letters(desk: Desk, now: datetime) -> list[Any]:
    """The letters sealed at *now*, read."""
    deliver.seal_due(desk.ledger.outbox, desk.readers, now)
    return [
        email.message_from_bytes(letter.content, policy=email.policy.default)
        for letter in desk.ledger.outbox.unsent(now + DAY)
    ]


def text(letter: Any) -> str:
    return str(letter.get_body(("plain",)).get_content())


def fortnight(desk: Desk) -> datetime:
    """Two weeks in which each day brought a story at this hour."""
    watched(desk, NOW, NOW + 15 * DAY)
    for n in range(15):
        at = NOW + n * DAY + 30 * MINUTE
        desk.poll("wire", (story(n, at),), at)
    return NOW + 15 * DAY + 50 * MINUTE


def burst(desk: Desk, at: datetime, first: int, many: int) -> None:
    desk.poll(
        "wire", tuple(story(first + n, at - (many - n) * MINUTE) for n in range(many)), at
    )  # fmt: skip


def test_a_spike_is_told_once_by_its_own_letter_that_says_what_it_compared(tmp_path: Path) -> None:
    with begun(tmp_path, SPIKE) as desk:
        now = fortnight(desk)
        assert looked(desk, (SPIKE,), now) == []
        assert letters(desk, now) == [], "and none of the stories is told by itself"
        burst(desk, now, 100, 9)
        (surge,) = looked(desk, (SPIKE,), now + MINUTE)
        assert (surge.count, surge.kind) == (9, "spike")
        (letter,) = letters(desk, now + MINUTE)
        assert letter["Subject"] == "Spike, gas: 9 stories in the hour to 09:51"
        said = text(letter)
        assert "9 stories in the hour to 09:51; the same hour in the last 14 days:" in " ".join(said.split())  # fmt: skip
        assert "at most 1 (10 weekdays); 1 on average, at most 1 (2 Wednesdays)" in " ".join(
            said.split()
        )
        assert "From Wire (9)" in said
        assert said.count("http://wire.example/") == 9
        assert "█" in said
        assert looked(desk, (SPIKE,), now + 10 * MINUTE) == [], "it rests"


def test_after_its_rest_it_tells_again(tmp_path: Path) -> None:
    with begun(tmp_path, VOLUME) as desk:
        burst(desk, NOW + HOUR, 1, 4)
        assert len(looked(desk, (VOLUME,), NOW + HOUR)) == 1
        burst(desk, NOW + 12 * HOUR, 20, 4)
        assert looked(desk, (VOLUME,), NOW + 12 * HOUR) == []
        burst(desk, NOW + 13 * HOUR, 40, 4)
        assert len(looked(desk, (VOLUME,), NOW + 13 * HOUR)) == 1
        assert len(letters(desk, NOW + 13 * HOUR)) == 2


def test_copies_are_one_story(tmp_path: Path) -> None:
    with begun(tmp_path, VOLUME) as desk:
        at = NOW + HOUR
        for n in range(4):
            for feed in ("wire", "paper"):
                desk.poll(feed, (story(n % 3, at, feed),), at + n * MINUTE)
        assert looked(desk, (VOLUME,), at + 10 * MINUTE) == []
        rows = desk.ledger._connection.execute("SELECT count(*) FROM reported WHERE at >= 0")
        assert rows.fetchone()[0] == 3


def test_a_first_poll_an_import_and_a_backfill_are_not_counted(tmp_path: Path) -> None:
    with Desk(tmp_path, feeds=WIRES, in_force=(VOLUME,)) as desk:
        desk.poll("wire", tuple(story(n, NOW - n * MINUTE) for n in range(9)), NOW)
        old = [
            Imported(
                Article(
                    f"http://a.example/{n}",
                    f"Gas {n}",
                    f"Gas. {report(50 + n)}",
                    "en",
                    published=NOW,
                ),
                NOW,
                "a",
            )
            for n in range(9)
        ]
        ingest.take_in(old, desk.ledger, desk.standing, NOW, alert=False)
        assert looked(desk, (VOLUME,), NOW + MINUTE) == []
        # Another newsroom's copy of what was old when it came is no news either.
        desk.poll("paper", (story(9009, NOW, "paper"),), NOW)
        copies = tuple(story(n, NOW, "paper") for n in range(9))
        desk.poll("paper", copies, NOW + 2 * MINUTE)
        assert looked(desk, (VOLUME,), NOW + 3 * MINUTE) == []


def test_what_a_feed_brings_late_is_counted_when_its_wire_told_it(tmp_path: Path) -> None:
    """A night down, and the window brings the night's stories at once: no surge this morning."""
    with begun(tmp_path, VOLUME) as desk:
        at = NOW + 12 * HOUR
        late = tuple(story(n, NOW + n * HOUR) for n in range(1, 11))
        desk.poll("wire", late, at)
        assert looked(desk, (VOLUME,), at + MINUTE) == []


def test_killed_between_judgement_and_sealing_the_letter_is_sealed_by_the_next(
    tmp_path: Path,
) -> None:
    with begun(tmp_path, VOLUME) as desk:
        burst(desk, NOW + HOUR, 1, 4)
        (surge,) = looked(desk, (VOLUME,), NOW + HOUR)
    with Desk(tmp_path, feeds=WIRES, in_force=(VOLUME,)) as desk:  # the next run
        assert looked(desk, (VOLUME,), NOW + HOUR + MINUTE) == []
        (letter,) = letters(desk, NOW + HOUR + MINUTE)
        once = letter["Message-ID"]
    with Desk(tmp_path, feeds=WIRES, in_force=(VOLUME,)) as desk:
        (letter,) = letters(desk, NOW + HOUR + 2 * MINUTE)
        assert letter["Message-ID"] == once
        assert desk.ledger.surges.told("crowd") == surge


@pytest.mark.parametrize("before", ["before surge", "after surge", "before seal", "after seal"])
def test_an_end_at_any_boundary_loses_nothing_and_tells_nothing_twice(
    tmp_path: Path, before: str
) -> None:
    class Killed(BaseException):  # what no room of ours catches
        pass

    armed = False

    def boundary(name: str) -> None:
        if armed and name == before:
            raise Killed

    with begun(tmp_path, VOLUME) as desk:
        burst(desk, NOW + HOUR, 1, 4)
    desk = Desk(tmp_path, feeds=WIRES, in_force=(VOLUME,), boundary=boundary)
    armed = True
    with pytest.raises(Killed):  # noqa: PT012 - at one of the two
        looked(desk, (VOLUME,), NOW + HOUR)
        deliver.seal_due(desk.ledger.outbox, desk.readers, NOW + HOUR)
    desk.close()
    with Desk(tmp_path, feeds=WIRES, in_force=(VOLUME,)) as desk:
        looked(desk, (VOLUME,), NOW + HOUR + MINUTE)
        assert len(letters(desk, NOW + HOUR + MINUTE)) == 1


def test_a_store_that_refuses_is_met_again(tmp_path: Path) -> None:
    refuses = True

    def boundary(name: str) -> None:
        if refuses and name == "before surge":
            raise StoreError("the disk refuses")

    with begun(tmp_path, VOLUME, boundary=boundary) as desk:
        burst(desk, NOW + HOUR, 1, 4)
        with pytest.raises(StoreError):
            looked(desk, (VOLUME,), NOW + HOUR)
        refuses = False
        assert len(looked(desk, (VOLUME,), NOW + HOUR + MINUTE)) == 1


def test_a_silence_is_told_once_with_the_story_before_it(tmp_path: Path) -> None:
    with begun(tmp_path, SILENCE) as desk:
        watched(desk, NOW, NOW + 40 * HOUR)
        desk.poll("wire", (story(1, NOW + HOUR),), NOW + HOUR)
        assert looked(desk, (SILENCE,), NOW + 12 * HOUR) == []
        (surge,) = looked(desk, (SILENCE,), NOW + 14 * HOUR)
        assert (surge.kind, surge.since) == ("silence", NOW + HOUR)
        (letter,) = letters(desk, NOW + 14 * HOUR)
        assert letter["Subject"] == "Silence, gone: nothing for 13 hours"
        assert "The last story before that:" in text(letter)
        assert "http://wire.example/1" in text(letter)
        assert looked(desk, (SILENCE,), NOW + 30 * HOUR) == [], "it lasts, and was told"
        desk.poll("wire", (story(2, NOW + 31 * HOUR),), NOW + 31 * HOUR)
        watched(desk, NOW + 40 * HOUR, NOW + 44 * HOUR)
        assert len(looked(desk, (SILENCE,), NOW + 44 * HOUR)) == 1


def test_a_night_down_and_feeds_that_do_not_answer_are_no_silence(tmp_path: Path) -> None:
    with begun(tmp_path, SILENCE) as desk:
        watched(desk, NOW, NOW + 2 * HOUR)
        desk.poll("wire", (story(1, NOW + HOUR),), NOW + HOUR)
        watched(desk, NOW + 12 * HOUR, NOW + 20 * HOUR)  # it was down from the third hour on
        assert looked(desk, (SILENCE,), NOW + 20 * HOUR) == []
        said = lookout.finding(desk.ledger.surges, SILENCE, UTC, NOW + 20 * HOUR)
        assert said.state == "unknown"
        # Both feeds fail: the machine runs, and sees nothing.
        desk.ledger._connection.execute(
            "UPDATE request SET failing_since = '2026-03-04T04:00:00.000000Z' WHERE kind = 'feed'"
        )
        desk.ledger._connection.commit()
        assert not desk.ledger.surges.look(NOW + 21 * HOUR)
        assert looked(desk, (SILENCE,), NOW + 40 * HOUR) == []


def test_a_rule_s_own_feeds_that_fail_leave_its_silence_unknown(tmp_path: Path) -> None:
    named = replace(SILENCE, feeds=("wire",))
    many = (*WIRES, *(Feed(f"f{n}", f"http://f{n}.example/rss") for n in range(10)))
    with Desk(tmp_path, feeds=many, in_force=(named,)) as desk:
        desk.poll("wire", (story(0, NOW),), NOW)
        desk.poll("wire", (story(1, NOW + MINUTE),), NOW + MINUTE)
        desk.ledger._connection.execute(
            "UPDATE request SET failing_since = '2026-03-03T12:00:00.000000Z' WHERE feed = 'wire'"
        )
        watched(desk, NOW, NOW + 14 * HOUR)
        said = lookout.finding(desk.ledger.surges, named, UTC, NOW + 14 * HOUR)
        assert (said.state, "wire" in said.why) == ("unknown", True)
        assert looked(desk, (named,), NOW + 14 * HOUR) == []


def test_an_empty_history_is_said_and_nothing_is_told(tmp_path: Path) -> None:
    with begun(tmp_path, SPIKE, SILENCE) as desk:
        burst(desk, NOW + HOUR, 1, 30)
        assert looked(desk, (SPIKE, SILENCE), NOW + HOUR) == []
        said = lookout.finding(desk.ledger.surges, SPIKE, UTC, NOW + HOUR)
        assert said.why.startswith("learning: ")


def test_a_changed_rule_counts_what_it_finds_now_and_has_told_nothing(tmp_path: Path) -> None:
    with begun(tmp_path, VOLUME) as desk:
        burst(desk, NOW + HOUR, 1, 4)
        assert len(looked(desk, (VOLUME,), NOW + HOUR)) == 1
        other = replace(VOLUME, query="sport")
        desk.configure((other,), NOW + HOUR + MINUTE)
        assert looked(desk, (other,), NOW + HOUR + MINUTE) == []
        wider = replace(VOLUME, query="gas OR sport")
        desk.configure((wider,), NOW + HOUR + 2 * MINUTE)
        assert len(looked(desk, (wider,), NOW + HOUR + 2 * MINUTE)) == 1
        # The same again, put in force anew: it has told, and rests.
        desk.configure((wider,), NOW + HOUR + 3 * MINUTE)
        assert looked(desk, (wider,), NOW + HOUR + 3 * MINUTE) == []


def test_a_rule_that_gets_a_threshold_counts_what_it_found_before(tmp_path: Path) -> None:
    plain = replace(VOLUME, threshold=None)
    with begun(tmp_path, plain) as desk:
        burst(desk, NOW + HOUR, 1, 4)
        desk.configure((VOLUME,), NOW + HOUR)
        assert len(looked(desk, (VOLUME,), NOW + HOUR)) == 1
        desk.configure((plain,), NOW + HOUR)
        assert desk.ledger._connection.execute("SELECT count(*) FROM reported").fetchone()[0] == 0


def test_both_ways_are_two_rules(tmp_path: Path) -> None:
    with begun(tmp_path, PLAIN, VOLUME) as desk:
        burst(desk, NOW + HOUR, 1, 4)
        looked(desk, (VOLUME,), NOW + HOUR)
        subjects = sorted(
            letter["Subject"].partition(":")[0] for letter in letters(desk, NOW + HOUR)
        )
        assert subjects == ["Volume, crowd", *["plain"] * 4]


def test_a_digest_carries_a_surge_at_its_time(tmp_path: Path) -> None:
    told = replace(VOLUME, tell=("desk",))
    with begun(tmp_path, PLAIN, told, people=(ANNA,), plans=(replace(DESK, to=("anna",)),)) as desk:
        deliver.begin_slots(desk.ledger.outbox, desk.readers, NOW)
        burst(desk, NOW + HOUR, 1, 4)
        looked(desk, (told,), NOW + HOUR)
        of_desk = [
            one for one in letters(desk, NOW + 10 * HOUR) if one["Subject"].startswith("desk")
        ]
        (letter,) = of_desk
        assert "1 volume" in letter["Subject"]
        assert "VOLUME: CROWD" in text(letter)
        assert "4 stories in the hour to 10:00" in text(letter)


def test_stories_that_become_one_are_counted_once(tmp_path: Path) -> None:
    with begun(tmp_path, VOLUME) as desk:
        burst(desk, NOW + HOUR, 1, 4)
        archive = desk.ledger._connection
        one, other = (
            r[0] for r in archive.execute("SELECT story FROM reported WHERE at >= 0 LIMIT 2")
        )
        open_keeper(desk.address).join(one, other, "the same", NOW + HOUR)
        assert looked(desk, (VOLUME,), NOW + HOUR) == []


def test_the_history_tells_of_what_was_told_and_a_change_behind_its_back_is_found(
    tmp_path: Path,
) -> None:
    with begun(tmp_path, VOLUME) as desk:
        burst(desk, NOW + HOUR, 1, 4)
        looked(desk, (VOLUME,), NOW + HOUR)
        letters(desk, NOW + HOUR)
    desk = Desk(tmp_path, feeds=WIRES, in_force=(VOLUME,))
    desk.ledger._connection.execute(
        "UPDATE surge SET said = replace(said, '\"count\":4', '\"count\":5')"
    )
    desk.ledger._connection.commit()
    desk.close()
    (found,) = open_keeper(desk.address).verify(None, lambda _done, _of: None).found
    assert found.startswith("what rule crowd told of at 2026-03-03T09:00")


def test_rules_without_a_threshold_cost_nothing(tmp_path: Path) -> None:
    """However many there are: not one statement more, at a look or as matches are kept."""
    plain = tuple(Rule(f"r{n}", "gas", ()) for n in range(300))

    def statements(*in_force: Rule) -> tuple[int, int]:
        with begun(tmp_path / str(len(in_force)), *in_force) as desk:
            told: list[str] = []
            desk.ledger._connection.set_trace_callback(told.append)
            looked(desk, in_force, NOW + MINUTE)
            at_a_look = len(told)
            told.clear()
            desk.poll("wire", (story(1, NOW + MINUTE),), NOW + 2 * MINUTE)
            desk.ledger._connection.set_trace_callback(None)
            return at_a_look, sum("reported" in said for said in told)

    for n in (1, len(plain)):
        (tmp_path / str(n)).mkdir()
    assert statements(plain[0]) == statements(*plain)
    assert statements(plain[0])[1] == 0


def test_a_hundred_thousand_stories_are_counted_by_the_index_alone(tmp_path: Path) -> None:
    with begun(tmp_path, SPIKE) as desk:
        connection = desk.ledger._connection
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)"
            " INSERT INTO reported SELECT 'gas', 'story' || i, ? + i * 12 FROM n",
            (int((NOW - 14 * DAY).timestamp()),),
        )
        connection.commit()
        watched(desk, NOW - 15 * DAY, NOW - HOUR)
        plans: list[str] = []
        for sql in (
            "SELECT count(*) FROM reported WHERE rule = 'gas' AND at >= 5 AND at < 9",
            "SELECT max(at) FROM reported WHERE rule = 'gas' AND at >= 0 AND at <= 9",
        ):
            plans += [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert plans == ["SEARCH reported USING COVERING INDEX reported_at (rule=? AND at>? AND at<?)"] * 2  # fmt: skip
        said = lookout.finding(desk.ledger.surges, SPIKE, UTC, NOW - HOUR)
        assert said.state == "calm", "300 an hour, as ever"


# ── the daemon, `once` and the command line ─────────────────────────────────────────────────


def configured(folder: Path, rules: str, zone: str = "UTC") -> tuple[str, ...]:
    """The command line's options for a configuration with these *rules* beside a desk's store."""
    config = folder / "config"
    config.mkdir(exist_ok=True)
    store = f"sqlite:{folder / 'test.db'}"
    mail = "{server: 'file:" + str(folder / "letters") + "', sender: newswatch@example.org}"
    (config / "newswatch.yaml").write_text(f"store: {store}\nmail: {mail}\nzone: {zone}\n")
    (config / "rules.yaml").write_text(f"rules:\n{rules}")
    (config / "digests.yaml").write_text("people: {anna: {address: anna@example.org}}\n")
    (folder / "feeds.yaml").write_text(
        "feeds: [{name: wire, url: 'http://wire.example/rss', enabled: false}]\n"
    )
    return "--config", str(config), "--feeds", str(folder / "feeds.yaml")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = code_of(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


CROWD = "  - {name: crowd, query: gas, tell: [anna], volume: 4 in 1h}\n"


class Nobody:
    """Workers that bring nothing."""

    def turned(self, tell: Callable[[], None]) -> None:
        tell()

    def submit(self, _request: Any) -> Future[Any]:
        return Future()

    def stop(self, deadline: float) -> None:
        """Nothing runs."""


def test_a_daemon_judges_and_sends_and_the_next_one_tells_nothing_again(tmp_path: Path) -> None:
    options = configured(tmp_path, CROWD)
    with begun(tmp_path, VOLUME) as desk:
        burst(desk, NOW + HOUR, 1, 4)
    force = in_force(load(Path(options[1]), Path(options[3])))
    sent: list[Letter] = []

    def watched_once(ends: Callable[[str], bool]) -> None:
        log = io.StringIO()

        def send(letter: Letter) -> Sent:
            sent.append(letter)
            return Sent(letter.id, 250, "taken")

        class Ending(io.StringIO):
            def write(self, said: str) -> int:
                if ends(said):
                    daemon.stop()
                return log.write(said)

        daemon = Daemon(
            force, lambda _tell: open_ledger(force.configuration.store), Nobody(), send,
            clock=DrivenClock(NOW + HOUR + MINUTE), log=log_to(Ending()),
            keeper=open_keeper(force.configuration.store), ballast=ballast_of(force.configuration.store),
            load=lambda: (force, send),
        )  # fmt: skip
        daemon.run()

    watched_once(lambda said: "letter" in said and "250" in said)
    (letter,) = sent
    read = email.message_from_bytes(letter.content, policy=email.policy.default)
    assert read["Subject"] == "Volume, crowd: 4 stories in the hour to 09:01"
    watched_once(lambda said: "watching" in said)
    assert len(sent) == 1


def test_once_judges_after_its_polls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = configured(tmp_path, CROWD)
    with begun(tmp_path, VOLUME) as desk:
        burst(desk, NOW + HOUR, 1, 4)
    assert run(capsys, *options, "once", "--now", "2026-03-03T09:00:00Z")[0] == 0
    (letter,) = (tmp_path / "letters").glob("*.eml")
    assert b"Subject: Volume, crowd: 4 stories in the hour to 09:00" in letter.read_bytes()
    run(capsys, *options, "once", "--now", "2026-03-03T09:10:00Z")
    assert len(list((tmp_path / "letters").glob("*.eml"))) == 1


def test_rules_list_and_check_know_thresholds_and_say_what_is_not_known_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = (
        CROWD
        + "  - {name: gas, query: gas, tell: [anna], spike: 3x over 14d}\n"
        + "  - {name: plain, query: gas, tell: [anna]}\n"
    )
    options = configured(tmp_path, rules)
    with begun(tmp_path, VOLUME, SPIKE) as desk:
        burst(desk, NOW + HOUR, 1, 4)
    _, out, _ = run(capsys, *options, "rules")
    assert "spike: 3x over 14d" in out
    assert "volume: 4 in 1h" in out
    code, out, _ = run(capsys, *options, "rules", "check")
    assert code == 0
    assert "gas: gas → anna, spike: 3x over 14d\n" in out
    assert out.count("  learning: this hour was watched on 0 of the ") == 1
    assert "asks what" not in out, "one query in three rules tells of three things"
    _, out, _ = run(capsys, *options, "rules", "check", "--json")
    said = [json.loads(line) for line in out.splitlines()]
    assert [row["threshold"] for row in said] == ["volume: 4 in 1h", "spike: 3x over 14d", None]
    assert "unknown" in [d["kind"] for d in said[1]["doubts"]]
    _, out, _ = run(capsys, *options, "rules", "history", "crowd", "--json")
    assert json.loads(out)["threshold"] == "volume: 4 in 1h"
    assert "gas · volume: 4 in 1h" in run(capsys, *options, "rules", "history", "crowd")[1]
    configured(tmp_path, "  - {name: new, query: gas, tell: [anna], silence: 12h}\n")
    assert "is counted from the next run or SIGHUP on" in run(capsys, *options, "rules", "check")[1]


def test_rules_test_says_when_it_would_have_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = configured(tmp_path, CROWD)
    with begun(tmp_path, VOLUME) as desk:
        burst(desk, NOW + HOUR, 1, 4)
        burst(desk, NOW + 30 * HOUR, 10, 5)
    _, _, err = run(capsys, *options, "rules", "test", "crowd", "--since", "2026-03-03")
    assert "volume: 4 in 1h: 2 times since 2026-03-03 00:00" in err
    assert "4 stories in the hour to 09:00" in err
    assert "would have been told, once each" not in err


def test_a_copy_of_the_stream_holds_the_same_surges(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with begun(tmp_path, VOLUME, SPIKE) as desk:
        burst(desk, NOW + HOUR, 1, 4)
        looked(desk, (VOLUME,), NOW + HOUR)
        letters(desk, NOW + HOUR)
    copy = f"sqlite:{tmp_path / 'copy.db'}"
    lines = run(capsys, "--store", desk.address, "export", "--what", "changes")[1]
    must_be = fastjsonschema.compile(json.loads(SCHEMA.read_text()))
    kinds = set()
    for line in lines.splitlines():
        must_be(json.loads(line))
        kinds.add(json.loads(line)["kind"])
    assert "surge" in kinds
    (tmp_path / "all").write_text(lines)
    code, _, err = run(capsys, "--store", copy, "import", str(tmp_path / "all"))
    assert code == 0, err
    both = []
    for store in (desk.address, copy):
        assert open_keeper(store).verify(None, lambda _done, _of: None).found == ()
        with sqlite3.connect(store.removeprefix("sqlite:")) as connection:
            both.append(connection.execute("SELECT * FROM surge").fetchall())
        connection.close()
    assert both[0] == both[1] != []


def test_an_older_store_s_rules_go_on(tmp_path: Path) -> None:
    plain = replace(VOLUME, threshold=None)
    with begun(tmp_path, plain) as desk:
        burst(desk, NOW + HOUR, 1, 4)
    make_older(tmp_path / "test.db", tmp_path / "older.db", "0034_surges")
    (tmp_path / "older.db").replace(tmp_path / "test.db")
    with Desk(tmp_path, feeds=WIRES, in_force=(VOLUME,)) as desk:
        assert len(looked(desk, (VOLUME,), NOW + HOUR)) == 1, "what it found before is counted"
