"""Quarantine: what ends its readers twice is read no more until its bytes are others, or a day later; it is listed,
told and let out, and its neighbours never notice.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive_of import HOUR, MINUTE, NOW, Desk, content_id_of, entry
from asking import POLICY
from newswatch import ingest, reporting
from newswatch.cli import code_of
from newswatch.frontier import UNREAD, again
from newswatch.model import Failure, Feed, Outcome, Request, Version
from newswatch.store import open_archive, open_keeper
from newswatch.workers import LocalWorkers
from scripted_server import reply, serving

DAY = timedelta(days=1)
KILLED = Failure("killed", "not read within 15 s")
HELD = Failure("quarantined", "not read again")
STORY = (
    "The strait was closed on Sunday after two tankers collided in thick fog near the port. " * 9
)
PAGE = f"<html><title>Closed</title><body><article><p>{STORY}</p></article></body></html>".encode()
# Hours of work for an extractor, and for a reader of feeds.
LINKS = b"<html><title>x</title><body><article><p>" + b"<a href='/x'>word</a>, " * 40_000
ATTRIBUTES = b" ".join(b"a%d='x'" % n for n in range(60_000))


def feed(*links: str, hostile: bool = False) -> bytes:
    items = "".join(
        f"<item><guid>{link}</guid><link>{link}</link><title>Story {n}</title>"
        f"<description>The lead of story {n}.</description></item>"
        for n, link in enumerate(links)
    )
    said = f"<rss version='2.0'><channel><title>W</title>{items}</channel></rss>".encode()
    return said.replace(b"<item>", b"<item " + ATTRIBUTES + b">", 1) if hostile else said


# ── with real children and a real server ────────────────────────────────────────────────────


def hold(desk: Desk, workers: LocalWorkers, now: datetime) -> dict[str, Failure | None]:
    """Ask what is due at *now* and settle it; what came of each address."""
    done: dict[str, Failure | None] = {}
    while due := desk.ledger.due(now):
        for outcome in [workers.submit(request) for request in due]:
            came = outcome.result(60)
            assert ingest.settle(came, desk.ledger, desk.standing, now) is not None
            done[came.request.url.rpartition("/")[2]] = came.failure
    return done


@contextlib.contextmanager
def working() -> Iterator[LocalWorkers]:
    workers = LocalWorkers(replace(POLICY, child_seconds=2.0, per_host=8))
    try:
        yield workers
    finally:
        workers.stop(20)


def test_what_hangs_twice_is_not_read_until_its_bytes_are_others_and_neighbours_are(
    tmp_path: Path,
) -> None:
    said: dict[str, bytes] = {}
    with (
        serving(lambda asked: reply(said.get(asked.path, b""))) as server,
        working() as workers,
    ):
        links = (server.url("/good"), server.url("/links"))
        said |= {
            "/evil": feed(server.url("/good"), hostile=True), "/well": feed(*links),
            "/good": PAGE, "/links": LINKS,
        }  # fmt: skip
        feeds = tuple(Feed(name, server.url(f"/{name}"), lang="en") for name in ("evil", "well"))
        with Desk(tmp_path, feeds=feeds) as desk:
            first = hold(desk, workers, NOW)
            assert {url: f and f.kind for url, f in first.items()} == {
                "evil": "killed", "well": None, "good": None, "links": "killed",
            }  # fmt: skip
            second = hold(desk, workers, NOW + 5 * MINUTE)
            assert {url for url, f in second.items() if f and f.kind == "killed"} == {
                "evil",
                "links",
            }
            listed = {(one["kind"], one["feed"], one["tries"]) for one in held(desk)}
            assert listed == {("feed", "evil", 2), ("page", "well", 2)}
            third = hold(desk, workers, NOW + HOUR)
            assert third["evil"] is not None
            assert third["evil"].kind == "quarantined"
            assert "links" not in third
            assert third["well"] is None
            # The page's entry keeps the feed's own words.
            assert texts(desk, links[1]) == [("Story 1", "The lead of story 1.", "lead")]
            said["/evil"] = feed(server.url("/good"))
            assert hold(desk, workers, NOW + 2 * HOUR)["evil"] is None
            assert [one["kind"] for one in held(desk)] == ["page"]
            assert "quarantined" not in judged(desk)


def held(desk: Desk) -> list[dict[str, Any]]:
    archive = open_archive(desk.address)
    try:
        return list(archive.quarantine())
    finally:
        archive.close()


def texts(desk: Desk, url: str) -> list[tuple[str, str, str]]:
    found = desk.ledger._connection.execute(
        "SELECT title, text, quality FROM version WHERE url = ?", (url,)
    )
    return [tuple(row) for row in found.fetchall()]


def judged(desk: Desk) -> list[str]:
    return [one.kind for _, one in desk.ledger.judged()]


# ── by values ───────────────────────────────────────────────────────────────────────────────

FEED = Feed("wire", "http://wire.example/rss", lang="en", min_interval=60, max_interval=86400)
POLL = Request("aa", "feed", FEED.url, "wire", NOW, NOW, etag='"good"', body_hash="g", interval=600)
LOOK = Request("bb", "page", "http://wire.example/1", "wire", NOW, NOW, successes=1, look=1)


def ended(request: Request, body: str, now: datetime = NOW) -> Request:
    """The row after these bytes ended their reader."""
    return again(
        Outcome(request, 200, etag=f'"{body}"', body_hash=body, failure=KILLED), FEED, now, 0
    )


def test_one_kill_is_forgiven_and_the_second_is_known_by_its_bytes() -> None:
    once = ended(POLL, "a")
    assert (once.quarantined, once.etag, once.body_hash) == (False, '"good"', "g")
    twice = ended(once, "b", NOW + MINUTE)
    assert (twice.quarantined, twice.etag, twice.body_hash) == (True, '"b"', "b")
    good = again(Outcome(twice, 200, body_hash="c"), FEED, NOW + HOUR, 0)
    assert (good.quarantined, good.kills, good.killed) == (False, 0, None)


@pytest.mark.parametrize("later", [timedelta(hours=23), UNREAD, -2 * UNREAD])
def test_the_same_bytes_are_read_once_more_after_a_day(later: timedelta) -> None:
    """And where the clock was set back by more than that."""
    row = ended(ended(POLL, "a"), "a")
    after = again(Outcome(row, 304, etag=row.etag, failure=HELD), FEED, NOW + later, 0)
    assert after.quarantined
    assert bool(after.body_hash) == (abs(later) < UNREAD)
    assert bool(after.etag) == bool(after.body_hash)
    assert after.failures == row.failures, "what was not read has not failed"
    # Asked as often as when it was well: that costs no child.
    assert NOW + later + timedelta(seconds=540) <= after.due <= NOW + later + timedelta(seconds=600)


def test_bytes_that_change_and_kill_each_time_are_asked_ever_more_seldom() -> None:
    row, now, kills = POLL, NOW, 0
    while now < NOW + 10 * DAY:
        row, kills = ended(row, f"{kills}", now), kills + 1
        now = row.due
    assert kills < 24


def test_another_failure_lets_nothing_out() -> None:
    row = ended(ended(POLL, "a"), "a")
    for failure in (
        Failure("timeout"),
        Failure("not-a-feed", "a page"),
        Failure("status", "HTTP 503", 503),
    ):
        row = again(
            Outcome(row, etag=row.etag, body_hash=row.body_hash, failure=failure), FEED, NOW, 0
        )
        assert (row.kills, row.body_hash) == (2, "a")


def test_a_page_that_was_read_is_looked_at_no_more(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.poll("paper", (), NOW)
        shown = entry("http://paper.example/1", "Leak", "Gas.", quality="lead")
        desk.poll("paper", (shown,), NOW)
        (page,) = [r for r in desk.ledger.due(NOW) if r.kind == "page"]
        assert shown.article is not None
        desk.page(page, replace(shown.article, text=STORY, quality="full"), NOW)
        for hours in (2, 4):
            asked = desk.claim(page.id, NOW + hours * HOUR)
            assert asked.look
            assert asked.pending
            desk.page(asked, KILLED, NOW + hours * HOUR)
        assert not desk.claim(page.id, NOW + 9 * HOUR).pending
        assert [t for _, t, _ in texts(desk, shown.url)] == [STORY.strip()]
        # Worded anew it is asked again, and costs no child where its bytes are the same.
        anew = entry("http://paper.example/1", "Leak stopped", "Gas.", quality="lead")
        desk.poll("paper", (anew,), NOW + 10 * HOUR)
        asked = desk.claim(page.id, NOW + 10 * HOUR)
        assert (asked.pending, asked.quarantined) == (True, True)
        desk.page(asked, HELD, NOW + 10 * HOUR)
        assert [title for title, _, _ in texts(desk, shown.url)] == ["Leak", "Leak stopped"]
        assert not desk.claim(page.id, NOW + 11 * HOUR).pending


class Crashing:
    """Rules with a mistake that a word brings out."""

    def __init__(self, rules: Any, word: str) -> None:
        self._rules, self._word = rules, word

    def matches(self, version: Version) -> Any:
        if self._word in version.text:
            raise LookupError(f"\ud800 {version.text}")
        return self._rules.matches(version)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rules, name)


def test_what_crashes_us_twice_is_in_quarantine_and_nobody_else_is_harmed(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.standing = replace(desk.standing, rules=Crashing(desk.standing.rules, "evil"))
        evil = entry("http://wire.example/1", "Leak", "An evil text.")
        led = entry("http://paper.example/1", "Leak", "Gas.", quality="lead")
        for minute in range(2):
            now = NOW + minute * MINUTE
            changes = desk.poll("wire", (evil,), now, etag='"evil"', body_hash="evil")
            assert changes.failure is not None
            assert changes.failure.kind == "crashed"
            assert changes.flaws[-1].startswith(
                "http://wire.example/rss: LookupError: \\ud800 An evil"
            )
            if not minute:
                desk.poll("paper", (led,), now)
            (page,) = [r for r in desk.ledger.due(now + MINUTE) if r.kind == "page"]
            assert led.article is not None
            read = replace(led.article, text="An evil page.", quality="full")
            outcome = Outcome(desk.claim(page.id, now), 200, body_hash="evil", article=read)
            told = ingest.settle(outcome, desk.ledger, desk.standing, now)
            assert told is not None
            assert told.flaws
        assert {one["kind"] for one in held(desk)} == {"feed", "page"}
        assert texts(desk, led.url) == [("Leak", "Gas.", "lead")]
        wire = desk.claim(content_id_of(desk, "wire"), NOW + HOUR)
        assert (wire.quarantined, wire.etag, wire.body_hash) == (True, '"evil"', "evil")
        other = entry("http://wire.example/2", "Calm", "A good text.")
        assert len(desk.poll("wire", (other,), NOW + HOUR).articles) == 1
        assert [one["kind"] for one in held(desk)] == ["page"]


def test_what_crashes_on_the_feeds_own_words_ends_nothing_either(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        led = entry("http://paper.example/1", "Leak", "An evil lead.", quality="lead")
        desk.poll("paper", (led,), NOW)
        desk.standing = replace(desk.standing, rules=Crashing(desk.standing.rules, "evil"))
        for minute in range(2):
            (page,) = [r for r in desk.ledger.due(NOW + minute * HOUR) if r.kind == "page"]
            assert led.article is not None
            assert desk.page(page, led.article, NOW + minute * HOUR) is not None
        (one,) = held(desk)
        assert one["reason"].startswith("it cannot be settled (LookupError: \\ud800")
        assert not [r for r in desk.ledger.due(NOW + 9 * HOUR) if r.kind == "page"]


# ── told, listed, let out ───────────────────────────────────────────────────────────────────


@pytest.fixture
def evil(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose feed `wire` is in quarantine, beside one of its rival's pages."""
    (tmp_path / "newswatch.yaml").touch()
    with Desk(tmp_path) as desk:
        shown = entry(
            "http://paper.example/\x1b[31m1", "Leak", "Gas.", quality="lead", published=NOW
        )
        desk.poll("paper", (shown,), NOW)
        (page,) = [r for r in desk.ledger.due(NOW) if r.kind == "page"]
        for minute in range(2):
            for request in (page.id, content_id_of(desk, "wire")):
                asked = desk.claim(request, NOW + minute * MINUTE)
                outcome = Outcome(asked, 200, body_hash="evil", etag='"evil"', failure=KILLED)
                ingest.settle(outcome, desk.ledger, desk.standing, NOW + minute * MINUTE)
        yield desk


def said(capsys: pytest.CaptureFixture[str], desk: Desk, *words: str) -> tuple[int, str, str]:
    code = code_of(
        [
            "--config",
            desk.address.removeprefix("sqlite:").rpartition("/")[0],
            "--store",
            desk.address,
            *words,
        ]
    )
    out = capsys.readouterr()
    return code, out.out, out.err


def test_it_is_judged_told_and_counted(evil: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert [(feed, one.kind) for feed, one in evil.ledger.judged()] == [("wire", "quarantined")]
    found = reporting.follow(evil.ledger.troubles, (), NOW + HOUR, heard=False)
    assert [(t.kind, t.subject) for t in found] == [("quarantine", "wire")]
    assert reporting.follow(evil.ledger.troubles, (), NOW + 3 * DAY, heard=False)[1:] == ()
    _, out, err = said(capsys, evil, "status", "--check")
    assert "in quarantine: 1 feed, 1 page" in out
    assert "wrong: quarantine wire: in quarantine: not read within 15 s" in err
    _, out, _ = said(capsys, evil, "feeds", "show", "wire")
    assert "quarantined: 2 tries in a row had to be ended, the last: not read within 15 s" in out


def test_it_is_listed_and_let_out(evil: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, evil, "quarantine")
    assert code == 0
    assert "\x1b" not in out
    assert "wire" in out
    code, out, _ = said(capsys, evil, "quarantine", "list", "--json")
    listed = [json.loads(line) for line in out.splitlines()]
    assert {one["kind"]: (one["tries"], one["reason"]) for one in listed} == {
        "feed": (2, KILLED.says), "page": (2, KILLED.says),
    }  # fmt: skip
    assert set(listed[0]) == {"id", "kind", "feed", "url", "tries", "since", "last", "reason"}
    (wire,) = [one["id"] for one in listed if one["kind"] == "feed"]
    assert said(capsys, evil, "quarantine", "retry")[0] == 2
    assert said(capsys, evil, "quarantine", "retry", wire, "--all")[0] == 2
    assert said(capsys, evil, "quarantine", "retry", "nothing")[0] == 1
    code, out, _ = said(capsys, evil, "quarantine", "retry", wire[:8], "--dry-run", "--json")
    assert (code, json.loads(out)["dry_run"]) == (0, True)
    assert len(held(evil)) == 2
    assert said(capsys, evil, "quarantine", "retry", wire[:8])[0] == 0
    assert [one["kind"] for one in held(evil)] == ["page"]
    assert said(capsys, evil, "quarantine", "retry", wire[:8])[0] == 1
    assert said(capsys, evil, "quarantine", "retry", "--all")[0] == 0
    assert said(capsys, evil, "quarantine")[0] == 1
    assert said(capsys, evil, "quarantine", "retry", "--all")[0] == 1
    due = {r.kind: r for r in evil.ledger.due(NOW + 3650 * DAY)}
    assert {
        (r.kills, r.etag, r.body_hash, r.pending) for r in due.values() if r.kills or r.failures
    } == set()
    assert {"feed", "page"} <= set(due)


def test_an_answer_on_its_way_does_not_undo_a_retry(evil: Desk) -> None:
    wire = content_id_of(evil, "wire")
    on_its_way = evil.claim(wire, NOW + HOUR)
    assert open_keeper(evil.address).let_out([wire], NOW + HOUR) == 1
    outcome = Outcome(on_its_way, 304, failure=HELD)
    assert ingest.settle(outcome, evil.ledger, evil.standing, NOW + HOUR) is None
    (row,) = [r for r in evil.ledger.due(NOW + HOUR) if r.id == wire]
    assert (row.kills, row.body_hash) == (0, "")
    # One more kill is one, and is no longer said to be in quarantine.
    killed = Outcome(row, 200, body_hash="evil", failure=KILLED)
    ingest.settle(killed, evil.ledger, evil.standing, NOW + HOUR)
    assert judged(evil) == []
    assert [one["kind"] for one in held(evil)] == ["page"]


def test_a_feed_that_is_watched_no_more_is_in_no_quarantine(evil: Desk) -> None:
    feeds, evil.feeds = evil.feeds, evil.feeds[1:]
    evil.configure((), NOW + HOUR)
    assert [one["kind"] for one in held(evil)] == ["page"]
    evil.feeds = feeds
    evil.configure((), NOW + 2 * HOUR)
    assert evil.claim(content_id_of(evil, "wire"), NOW + 2 * HOUR).kills == 0
