"""`status`: what was done last, what is late, how fast news travel, how the store grows; and a monitor's exit code."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive_of import ANNA, DESK, HOUR, MINUTE, NOW, PIPELINE, Desk, entry, report
from newswatch import deliver
from newswatch.cli import code_of
from newswatch.cli.status import _room
from newswatch.model import Failure, Rule, Sent
from newswatch.store import open_archive, open_keeper

DAY = timedelta(days=1)
GAS = Rule("gas", "pipeline", ("anna",))


def pulse(store: str, now: datetime) -> dict[str, Any]:
    archive = open_archive(store)
    try:
        return archive.pulse(now)
    finally:
        archive.close()


def watched(folder: Path) -> str:
    """A store that was polled for an hour, and told anna of one article."""
    with Desk(folder, in_force=(GAS,), people=(ANNA,), plans=(DESK,)) as desk:
        shown = entry(
            "http://wire.example/1", "Leak", PIPELINE, published=NOW - timedelta(seconds=90)
        )
        first = entry(
            "http://wire.example/0", "Weather", "Rain."
        )  # what a new feed shows is no news
        desk.poll("wire", (first,), NOW - HOUR)
        desk.poll("wire", (shown, first), NOW)
        desk.poll("paper", (), NOW)
        deliver.seal_due(desk.ledger.outbox, desk.readers, NOW + timedelta(seconds=2))
        for letter in desk.ledger.outbox.unsent(NOW + MINUTE, 10):
            at = NOW + timedelta(seconds=4)
            deliver.mark(desk.ledger.outbox, letter, Sent(letter.id, 250, "taken"), at)
        return desk.address


def test_it_says_what_was_done_last_and_how_fast(tmp_path: Path) -> None:
    now = pulse(watched(tmp_path), NOW + MINUTE)
    assert now["polled"] == NOW
    assert now["told"] == NOW + timedelta(seconds=4)
    assert now["seen_within"] == (90.0, 90.0)
    assert now["told_within"] == (4.0, 4.0)
    assert (now["polls_late"], now["letters_late"]) == (0, 0)
    assert now["bytes"] > 100_000
    assert now["bytes_a_day"] is None  # of one minute nobody knows a day


def test_what_nobody_sees_to_is_late(tmp_path: Path) -> None:
    store = watched(tmp_path)
    assert pulse(store, NOW + 12 * HOUR)["polls_late"] == 2
    with Desk(tmp_path, in_force=(GAS,), people=(ANNA,)) as desk:  # on its way, and never back
        first = min(request.due for request in desk.ledger.due(NOW + 12 * HOUR))
        assert pulse(store, first + 29 * MINUTE)["polls_late"] == 0
        assert pulse(store, first + 31 * MINUTE)["polls_late"] >= 1
    with Desk(tmp_path, in_force=(GAS,), people=(ANNA,)) as desk:
        desk.poll(
            "wire",
            (entry("http://wire.example/2", "Other leak", report(1) + " pipeline"),),
            NOW + HOUR,
        )
        deliver.seal_due(desk.ledger.outbox, desk.readers, NOW + HOUR + MINUTE)
    assert pulse(store, NOW + HOUR + 5 * MINUTE)["letters_late"] == 0
    assert pulse(store, NOW + HOUR + 15 * MINUTE)["letters_late"] == 1


def test_the_store_grows_by_what_came_of_late(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        for day in range(20):
            shown = tuple(
                entry(f"http://wire.example/{day}-{n}", f"Report {day} {n}", report(100 * day + n))
                for n in range(3 if day < 13 else 6)
            )
            desk.poll("wire", shown, NOW + day * DAY)
        store = desk.address
    now = pulse(store, NOW + 19 * DAY + HOUR)
    # 42 of the last seven days, of 81 versions in all.
    assert now["bytes_a_day"] == pytest.approx(now["bytes"] * 42 / 81 / 7, rel=0.01)


def test_a_monitor_reads_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = watched(tmp_path)
    here = ["--config", str(tmp_path), "--store", store, "status"]
    (tmp_path / "newswatch.yaml").touch()
    assert code_of(here) == 0
    shown = capsys.readouterr()
    assert (
        "last poll 2026-03-03 08:00 UTC, last letter 2026-03-03 08:00 UTC; 2 polls late"
        in shown.out
    )
    assert "never copied" in shown.out
    assert shown.err == ""
    assert code_of([*here, "--check"]) == 1
    assert "wrong: newswatch is not running" in capsys.readouterr().err
    open_keeper(store).backup(NOW)
    assert code_of([*here, "--check", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["wrong"] == [
        "newswatch is not running",
        "2 polls late by more than ten minutes",
    ]
    assert said["backup"]["made"] == "2026-03-03T08:00:00Z"
    assert said["polled"] == "2026-03-03T08:00:00Z"
    assert said["free"] > 0


@pytest.mark.parametrize(("ago", "wrong"), [(MINUTE, False), (11 * MINUTE, True)])
def test_where_no_feed_can_be_read_a_monitor_hears_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ago: timedelta, wrong: bool
) -> None:
    (tmp_path / "newswatch.yaml").touch()
    now = datetime.now(UTC)
    gone = Failure("dns", "there is no host by the name of wire.example")
    with Desk(tmp_path) as desk:
        asked = ["--config", str(tmp_path), "--store", desk.address, "status", "--check"]
        desk.poll("wire", (), now - HOUR)
        desk.poll("wire", (), now - ago, failure=gone)
        desk.poll("paper", (), now - HOUR)
        assert "no feed" not in capsys.readouterr().err
        desk.poll("paper", (), now - ago, failure=gone)
        assert code_of(asked) == int(wrong)
    assert ("wrong: no feed can be read since " in capsys.readouterr().err) == wrong


def test_a_running_one_that_keeps_up_is_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "newswatch.yaml").touch()
    with Desk(tmp_path, feeds=()) as desk:
        desk.ledger.configure((), [], NOW)
        assert (
            code_of(["--config", str(tmp_path), "--store", desk.address, "status", "--check"]) == 0
        )
    assert "wrong" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("a_day", "said"),
    [(0, "MB more a day; 80.0 GB free; "), (1_000, "enough for a century; "), (73_000_000, "enough for 3.0 years; ")],
)  # fmt: skip
def test_how_long_the_disk_holds_it_is_said_as_far_as_anybody_cares(a_day: int, said: str) -> None:
    pulse = {"bytes": 1_000_000, "bytes_a_day": a_day}
    assert said in _room(pulse, 80_000_000_000, None, NOW)
