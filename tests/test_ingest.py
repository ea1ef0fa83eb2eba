"""First walk: whose entry it is, which versions there are, whom it concerns."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive_of import HOUR, MARKET, NOW, PIPELINE, Desk, content_id_of, entry
from newswatch import ingest
from newswatch.address import canonical, linkless, request_id
from newswatch.model import (
    Article,
    Change,
    Changeset,
    Failure,
    Feed,
    Imported,
    Outcome,
    Rule,
    Shown,
    content_id,
)
from newswatch.store import open_archive

GAS = Rule("gas", '"gas pipeline"', ("anna",))
MINISTERS = Rule("ministers", "ministers", ("desk",))
RULES = (GAS, MINISTERS)
DAY = timedelta(days=1)


def told(changes: Changeset) -> set[tuple[str, str, str, str]]:
    return {
        (n.recipient, n.digest, n.rule, n.occasion.partition(":")[0]) for n in changes.notifications
    }


def started(folder: Path, rules: tuple[Rule, ...] = RULES, **kind: object) -> Desk:
    """A desk whose feeds have had their first poll, so that what comes now owes letters."""
    desk = Desk(folder, in_force=rules, **kind)  # type: ignore[arg-type]
    for feed in desk.feeds:
        shown = entry(f"http://{feed.name}.example/0", "Weather", "It rained.")
        desk.poll(feed.name, (shown,), NOW)
    return desk


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def versions(desk: Desk) -> list[dict]:
    archive = open_archive(desk.address)
    try:
        return list(archive.export("versions"))
    finally:
        archive.close()


# ── the first poll and what it owes ─────────────────────────────────────────────────────────


def test_a_first_poll_records_matches_and_owes_nothing(tmp_path: Path) -> None:
    with Desk(tmp_path, in_force=RULES) as desk:
        changes = desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
        assert {m.rule for m in changes.matches} == {"gas", "ministers"}
        assert not changes.notifications
        # A first poll that shows nothing is none: the next one is the first that yields an entry.


def test_an_empty_first_poll_does_not_use_up_the_mark(tmp_path: Path) -> None:
    with Desk(tmp_path, in_force=RULES) as desk:
        desk.poll("wire", (), NOW)
        changes = desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        assert changes.matches
        assert not changes.notifications


def test_alert_backlog_asks_for_letters_from_the_first_poll(tmp_path: Path) -> None:
    feed = Feed("wire", "http://wire.example/rss", pages="feed-only", alert_backlog=True)
    with Desk(tmp_path, feeds=(feed,), in_force=RULES) as desk:
        changes = desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
        assert told(changes) == {
            ("anna", "now", "gas", "first"),
            ("anna", "desk", "ministers", "first"),
            ("boris", "desk", "ministers", "first"),
        }


def test_what_arrives_later_owes_a_letter(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        changes = desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        assert ("anna", "now", "gas", "first") in told(changes)


def test_an_entry_older_than_alert_max_age_owes_nothing(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        old = entry("http://wire.example/1", "Leak", PIPELINE, published=NOW - timedelta(days=4))
        changes = desk.poll("wire", (old,), NOW + HOUR)
        assert changes.matches
        assert not changes.notifications


@pytest.mark.parametrize(
    "absurd", [datetime(1970, 1, 1, tzinfo=UTC), datetime(1989, 12, 31, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)]
)  # fmt: skip
def test_an_absurd_date_is_none_and_silences_nothing(tmp_path: Path, absurd: datetime) -> None:
    with started(tmp_path) as desk:
        leak = entry("http://wire.example/1", "Leak", PIPELINE, published=absurd)
        changes = desk.poll("wire", (leak,), NOW + HOUR)
        assert ("anna", "now", "gas", "first") in told(changes)
        (version,) = changes.versions
        assert (version.published, version.published_from) == (None, "")
        assert version.time == NOW + HOUR


@pytest.mark.parametrize(("said", "kept"), [(1987, True), (1970, True), (1969, False)])
def test_an_import_may_be_older_than_the_web_but_not_than_the_epoch(
    tmp_path: Path, said: int, kept: bool
) -> None:
    with started(tmp_path) as desk:
        at = datetime(said, 1, 1, tzinfo=UTC)
        old = Article("http://wire.example/1", "Leak", PIPELINE, "en", published=at)
        ingest.take_in([Imported(old, NOW, "wire")], desk.ledger, desk.standing, NOW, alert=False)
        state = desk.ledger.known.article(content_id(canonical(old.url)))
        assert state is not None
        assert (state.current.published is not None) == kept


def test_a_later_version_of_a_backlog_article_owes(tmp_path: Path) -> None:
    with Desk(tmp_path, in_force=RULES) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Market", MARKET),), NOW)
        changed = entry("http://wire.example/1", "Market", f"{MARKET}\nA gas pipeline was shut.")
        assert ("anna", "now", "gas", "first") in told(desk.poll("wire", (changed,), NOW + HOUR))


def test_a_cosmetic_version_tells_nobody_though_it_is_the_first_to_match(tmp_path: Path) -> None:
    capital = (Rule("capital", "pipeline /Gas Pipeline/", ("anna",)),)
    with started(tmp_path, rules=capital) as desk:
        assert not desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR).matches  # fmt: skip
        restyled = entry("http://wire.example/1", "Leak", PIPELINE.replace("gas pipe", "Gas Pipe"))
        changes = desk.poll("wire", (restyled,), NOW + 2 * HOUR)
        assert [v.kind for v in changes.versions] == ["cosmetic"]
        assert changes.matches
        assert not changes.notifications


NOTED = f"{PIPELINE}\n(This story has been corrected to say 38 million, in paragraph 3)"


def imported(desk: Desk, *texts: str, alert: bool = False, hour: int = 1) -> set[tuple[str, str]]:
    """What an import owes whose file holds these texts of one address, an hour apart."""
    before = desk.ledger.outbox.owed()
    batch = [
        Imported(Article("http://wire.example/1", "Leak", said, "en", quality="full"), at, "wire")
        for said, at in ((t, NOW + (hour + n) * HOUR) for n, t in enumerate(texts))
    ]
    ingest.take_in(batch, desk.ledger, desk.standing, NOW + DAY, alert=alert)
    return {
        (n.rule, n.occasion.partition(":")[0]) for n in desk.ledger.outbox.owed() if n not in before
    }


@pytest.mark.parametrize("later", [f"{MARKET}\nA gas pipeline was shut.", NOTED])
def test_later_versions_in_an_import_owe_nothing_unless_asked(tmp_path: Path, later: str) -> None:
    for alert in (False, True):
        with started(made(tmp_path / str(alert))) as desk:
            assert bool(imported(desk, MARKET, later, alert=alert)) is alert
            assert len([v for v in versions(desk) if v["url"].endswith("/1")]) == 2


def test_an_imported_update_of_an_article_we_have_owes_nothing(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        assert not imported(desk, NOTED, hour=2)
        assert imported(desk, NOTED.replace("38", "39"), alert=True, hour=3) == {
            ("gas", "correction"),
            ("ministers", "correction"),
        }


def test_a_version_that_a_poll_brings_after_an_import_owes(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        assert not imported(desk, MARKET)
        later = entry("http://wire.example/1", "Leak", f"{MARKET}\nA gas pipeline was shut.")
        assert ("anna", "now", "gas", "first") in told(desk.poll("wire", (later,), NOW + 3 * HOUR))


# ── versions ────────────────────────────────────────────────────────────────────────────────


def test_a_changed_text_is_a_version_and_the_old_text_come_back_is_none(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        first = entry("http://wire.example/1", "Leak", PIPELINE)
        second = entry("http://wire.example/1", "Leak shuts line", f"{PIPELINE}\nTests began.")
        desk.poll("wire", (first,), NOW + HOUR)
        desk.poll("wire", (second,), NOW + 2 * HOUR)
        changes = desk.poll("wire", (first,), NOW + 3 * HOUR)
        assert [s.what for s in changes.sightings if s.what != "leave"] == ["return"]
        assert not changes.versions
        mine = [v for v in versions(desk) if v["url"].endswith("/1")]
        assert [(v["n"], v["kind"]) for v in mine] == [(1, "new"), (2, "update")]
        archive = open_archive(desk.address)
        assert archive.show("http://wire.example/1").state.current.n == 1
        archive.close()


def test_white_space_and_case_decide_as_the_design_says(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        spaced = PIPELINE.replace(" ", "  ").replace("\n", "\n\n  ")
        same = entry("http://wire.example/1", " Leak ", spaced)
        assert not desk.poll("wire", (same,), NOW + 2 * HOUR).versions
        louder = entry("http://wire.example/1", "LEAK", PIPELINE)
        assert [v.kind for v in desk.poll("wire", (louder,), NOW + 3 * HOUR).versions] == [
            "cosmetic"
        ]


def test_a_version_that_newly_matches_is_told_by_the_rule(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Market", MARKET),), NOW + HOUR)
        later = entry("http://wire.example/1", "Market", f"{MARKET}\nA gas pipeline was shut.")
        changes = desk.poll("wire", (later,), NOW + 2 * HOUR)
        assert told(changes) == {("anna", "now", "gas", "first")}
        assert changes.matches[0].spans[0].word


def test_a_correction_is_told_to_whoever_was_told(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        text = PIPELINE.replace("48", "38") + (
            "\n(This story has been corrected to say 38 million, not 48 million, in paragraph 3)"
        )
        changes = desk.poll("wire", (entry("http://wire.example/1", "Leak", text),), NOW + 2 * HOUR)
        assert [v.kind for v in changes.versions] == ["correction"]
        assert told(changes) >= {
            ("anna", "now", "gas", "correction"),
            ("anna", "desk", "ministers", "correction"),
            ("boris", "desk", "ministers", "correction"),
        }
        assert changes.revisions[0].note


def test_the_same_correction_in_a_copy_tells_nobody_again(tmp_path: Path) -> None:
    feeds = (
        Feed("wire", "http://wire.example/rss", "Wire", "en", pages="feed-only"),
        Feed("copy", "http://copy.example/rss", "Copy", "en", pages="feed-only"),
    )
    note = "\n(This story has been corrected to say 38 million, not 48 million, in paragraph 3)"
    fixed = PIPELINE.replace("48", "38") + note
    with started(tmp_path, feeds=feeds) as desk:
        for feed in ("wire", "copy"):
            url = f"http://{feed}.example/1"
            desk.poll(feed, (entry(url, "Leak", PIPELINE),), NOW + HOUR)
        one = desk.poll("wire", (entry("http://wire.example/1", "Leak", fixed),), NOW + 2 * HOUR)
        two = desk.poll("copy", (entry("http://copy.example/1", "Leak", fixed),), NOW + 3 * HOUR)
        assert {o for *_, o in told(one)} == {"correction"}
        assert [v.kind for v in two.versions] == ["correction"]
        assert not two.notifications


def test_a_figure_put_right_without_a_word_is_told_once_whichever_copy_brings_it(
    tmp_path: Path,
) -> None:
    feeds = (
        Feed("wire", "http://wire.example/rss", "Wire", "en", pages="feed-only"),
        Feed("copy", "http://copy.example/rss", "Copy", "en", pages="feed-only"),
    )
    right = PIPELINE.replace("48 million", "38 million")
    with started(tmp_path, feeds=feeds) as desk:
        for feed in ("wire", "copy"):
            url = f"http://{feed}.example/1"
            desk.poll(feed, (entry(url, "Leak", PIPELINE),), NOW + HOUR)
        one = desk.poll("wire", (entry("http://wire.example/1", "Leak", right),), NOW + 2 * HOUR)
        assert [v.kind for v in one.versions] == ["correction"]
        assert one.revisions[0].changes[0] == Change("number", "48", "38")
        assert ("anna", "now", "gas", "correction") in told(one)
        two = desk.poll("copy", (entry("http://copy.example/1", "Leak", right),), NOW + 3 * HOUR)
        assert [v.kind for v in two.versions] == ["correction"]
        assert not two.notifications
        wrong = right.replace("4:40", "4:14")
        three = desk.poll("copy", (entry("http://copy.example/1", "Leak", wrong),), NOW + 4 * HOUR)
        assert ("anna", "now", "gas", "correction") in told(three)


def test_a_withdrawn_story_is_told_to_whoever_was_told(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        gone = "STORY WITHDRAWN: the report on a leak was wrong, and its sources are being asked."
        changes = desk.poll("wire", (entry("http://wire.example/1", "Leak", gone),), NOW + 2 * HOUR)
        assert ("anna", "now", "gas", "retraction") in told(changes)
        assert changes.revisions[0].note.startswith("STORY WITHDRAWN")


def test_a_page_that_is_gone_after_it_was_told_is_told_once_to_whoever_was_told(
    tmp_path: Path,
) -> None:
    lead = entry("http://paper.example/1", "Leak", "A leak.", quality="lead")
    gone = Failure("status", "gone", 410)
    with started(tmp_path) as desk:
        (asked,) = desk.poll("paper", (lead,), NOW + HOUR).asked
        never_seen = desk.page(desk.claim(asked.id, NOW + HOUR), gone, NOW + HOUR)
        assert never_seen is not None
        assert not never_seen.notifications
        full = Article("http://paper.example/1", "Leak", PIPELINE, "en", quality="full")
        read = desk.page(desk.claim(asked.id, NOW + HOUR), full, NOW + HOUR)
        assert read is not None
        assert ("anna", "now", "gas", "first") in told(read)
        for nothing in (Failure("status", "", 404), Failure("timeout")):
            changes = desk.page(desk.claim(asked.id, NOW + 2 * HOUR), nothing, NOW + 2 * HOUR)
            assert changes is not None
            assert not changes.notifications
        first = desk.page(desk.claim(asked.id, NOW + 3 * HOUR), gone, NOW + 3 * HOUR)
        assert first is not None
        assert told(first) == {
            ("anna", "now", "gas", "withdrawn"),
            ("anna", "desk", "ministers", "withdrawn"),
            ("boris", "desk", "ministers", "withdrawn"),
        }
        anew = entry("http://paper.example/1", "Leak", "A leak, it was said.", quality="lead")
        desk.poll("paper", (anew,), NOW + 4 * HOUR)
        again = desk.page(desk.claim(asked.id, NOW + 4 * HOUR), gone, NOW + 4 * HOUR)
        assert again is not None
        assert not again.notifications


def test_a_correction_in_two_arriving_copies_is_told_once(tmp_path: Path) -> None:
    pair = tuple(entry(f"http://wire.example/{n}", f"Leak {n}", NOTED) for n in (2, 3))
    for polls in ((pair,), ((pair[0],), pair)):  # both in one outcome, or one after the other
        with started(made(tmp_path / str(len(polls)))) as desk:
            desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
            owed = [
                n
                for hour, shown in enumerate(polls, 2)
                for n in desk.poll("wire", shown, NOW + hour * HOUR).notifications
            ]
            assert [(n.recipient, n.rule) for n in owed if n.rule == "gas"] == [("anna", "gas")]
            assert {n.occasion.partition(":")[0] for n in owed} == {"correction"}


def test_whoever_was_first_told_of_the_corrected_text_has_heard_its_note(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", NOTED),), NOW + HOUR)
        copy = entry("http://wire.example/2", "Leak shuts line", NOTED)
        assert not desk.poll("wire", (copy,), NOW + 2 * HOUR).notifications


@pytest.mark.parametrize("behind", [True, False])
def test_a_second_note_is_told_to_whoever_heard_the_first_and_to_nobody_twice(
    tmp_path: Path, *, behind: bool
) -> None:
    second = "(Corrects spelling of the mayor's name)"
    both = f"{NOTED}\n{second}" if behind else f"{second}\n{NOTED}"
    with started(tmp_path) as desk:
        url = "http://wire.example/1"
        desk.poll("wire", (entry(url, "Leak", NOTED),), NOW + HOUR)
        told = desk.poll("wire", (entry(url, "Leak", both),), NOW + 2 * HOUR)
        assert [r.note for r in told.revisions] == [second]
        assert {n.occasion for n in told.notifications if n.rule == "gas"} == {
            f"correction:{told.versions[0].id}"
        }
        copy = entry("http://wire.example/2", "Leak shuts line", both)
        assert not desk.poll("wire", (copy,), NOW + 3 * HOUR).notifications


# ── stories ─────────────────────────────────────────────────────────────────────────────────


def test_copies_join_one_story_and_raise_one_alert(tmp_path: Path) -> None:
    feeds = tuple(
        Feed(name, f"http://{name}.example/rss", name, "en", pages="feed-only")
        for name in ("wire", "reprint", "cut")
    )
    with started(tmp_path, feeds=feeds) as desk:
        cut = "\n".join(PIPELINE.splitlines()[:2])
        showings = {
            "wire": ("Leak", PIPELINE),
            "reprint": ("Line shut", PIPELINE),
            "cut": ("Gas off", cut),
        }
        stories, alerts = set(), []
        for feed, (title, text) in showings.items():
            url = f"http://{feed}.example/1"
            changes = desk.poll(feed, (entry(url, title, text),), NOW + HOUR)
            stories |= {a.story for a in changes.articles}
            alerts += changes.notifications
        assert len(stories) == 1
        keys = {(n.recipient, n.digest, n.rule, n.story, n.occasion) for n in alerts}
        assert len([k for k in keys if k[2] == "gas"]) == 1


def test_two_copies_in_one_outcome_are_one_story(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        pair = (
            entry("http://wire.example/1", "Leak", PIPELINE),
            entry("http://wire.example/2", "Gas line shut", PIPELINE),
        )
        changes = desk.poll("wire", pair, NOW + HOUR)
        assert len(changes.articles) == 2
        assert len({a.story for a in changes.articles}) == 1
        assert len([n for n in changes.notifications if n.rule == "gas"]) == 1


# ── pages ───────────────────────────────────────────────────────────────────────────────────


def test_a_page_is_asked_first_and_its_text_is_version_one(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        lead = entry("http://paper.example/1", "Leak", "A leak.", quality="lead")
        changes = desk.poll("paper", (lead,), NOW + HOUR)
        assert not changes.versions
        (asked,) = changes.asked
        page = desk.claim(asked.id, NOW + HOUR)
        done = desk.page(
            page, Article("", "Other title", PIPELINE, "en", quality="full"), NOW + HOUR
        )
        assert done is not None
        (version,) = done.versions
        assert (version.n, version.title, version.quality) == (1, "Leak", "full")
        assert ("anna", "now", "gas", "first") in told(done)


@pytest.mark.parametrize(
    ("page", "kept"),
    [("", "A leak was found."), ("A leak.", "A leak was found."), ("A leak was heard", "A leak was found."),
     ("A leak was heard.", "A leak was heard."), ("A leak was found, they say.", "A leak was found, they say.")],
)  # fmt: skip
def test_of_a_page_s_text_and_its_feed_s_the_longer_is_kept(
    tmp_path: Path, page: str, kept: str
) -> None:
    with started(tmp_path) as desk:
        lead = entry("http://paper.example/1", "Leak", "A leak was found.", quality="lead")
        (asked,) = desk.poll("paper", (lead,), NOW + HOUR).asked
        read = Article("", "Leak", page, "en", quality="lead" if page else "headline")
        desk.page(desk.claim(asked.id, NOW + HOUR), read, NOW + HOUR)
        assert [v["text"] for v in versions(desk) if v["title"] == "Leak"] == [kept]


def test_a_page_s_whole_text_is_kept_however_much_its_feed_says(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        lead = entry("http://paper.example/1", "Leak", f"{PIPELINE} Read more", quality="lead")
        (asked,) = desk.poll("paper", (lead,), NOW + HOUR).asked
        whole = Article("", "Leak", PIPELINE, "en", quality="full")
        desk.page(desk.claim(asked.id, NOW + HOUR), whole, NOW + HOUR)
        assert [v["text"] for v in versions(desk) if v["title"] == "Leak"] == [PIPELINE]


def test_a_page_that_fails_once_leaves_what_the_feed_gave_and_the_page_comes_later(
    tmp_path: Path,
) -> None:
    with started(tmp_path) as desk:
        lead = entry("http://paper.example/1", "Leak", "A leak.", quality="lead")
        (asked,) = desk.poll("paper", (lead,), NOW + HOUR).asked
        page = desk.claim(asked.id, NOW + HOUR)
        failed = desk.page(page, Failure("timeout"), NOW + HOUR)
        assert failed is not None
        assert [(v.n, v.quality) for v in failed.versions] == [(1, "lead")]
        assert failed.request is not None
        assert failed.request.pending
        page = desk.claim(asked.id, NOW + 2 * HOUR)
        done = desk.page(page, Article("", "Leak", PIPELINE, "en", quality="full"), NOW + 2 * HOUR)
        assert done is not None
        assert [(v.n, v.kind, v.quality) for v in done.versions] == [(2, "update", "full")]
        assert ("anna", "now", "gas", "first") in told(done)


def failed_then_read(desk: Desk, said: str, first: str, after: timedelta = HOUR) -> Changeset:
    """A page that fails once an hour after the start, and is read the time *after* that."""
    shown = entry("http://paper.example/1", "Gas line shut", first, quality="lead")
    (asked,) = desk.poll("paper", (shown,), NOW + HOUR).asked
    desk.page(desk.claim(asked.id, NOW + HOUR), Failure("timeout"), NOW + HOUR)
    later = NOW + HOUR + after
    full = Article("", "", said, "en", quality="full")
    done = desk.page(desk.claim(asked.id, later), full, later)
    assert done is not None
    return done


def test_a_story_told_already_is_not_told_again_when_a_failed_page_is_read(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        first = desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        done = failed_then_read(desk, PIPELINE, "A short word on it.")
        assert done.versions
        assert not done.notifications
        archive = open_archive(desk.address)
        mine = archive.show("http://paper.example/1").state
        assert mine.story == first.articles[0].story
        assert [c.url for c in archive.show("http://paper.example/1").copies] == [
            "http://wire.example/1"
        ]
        assert archive.story(mine.id).id == mine.story  # the story it founded goes by that name
        archive.close()


def test_who_was_told_by_the_lead_is_not_told_again_under_the_story_found(tmp_path: Path) -> None:
    with Desk(tmp_path, in_force=RULES) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
        desk.poll("paper", (entry("http://paper.example/0", "Weather", "It rained."),), NOW)
        done = failed_then_read(desk, PIPELINE, "The gas pipeline is shut.")
        assert {n.rule for n in done.notifications} == {"ministers"}
        gas = [n for n in desk.ledger.outbox.owed() if n.rule == "gas"]
        assert [(n.recipient, n.story) for n in gas] == [("anna", done.notifications[0].story)]


def test_what_is_owed_by_a_lead_is_dropped_when_its_story_was_told(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        failed_then_read(desk, PIPELINE, "The gas pipeline is shut.")
        gas = [n for n in desk.ledger.outbox.owed() if n.rule == "gas"]
        assert [n.article for n in gas] == [gas[0].story]


@pytest.mark.parametrize(("hours", "owes"), [(5, False), (7, True)])
def test_a_first_polls_page_that_comes_late_owes_as_a_later_version(
    tmp_path: Path, hours: int, owes: bool
) -> None:
    with Desk(tmp_path, in_force=RULES) as desk:
        done = failed_then_read(desk, PIPELINE, "A short word on it.", hours * HOUR)
        assert done.matches
        assert bool(done.notifications) is owes


def test_a_closed_page_is_left_alone(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        lead = entry("http://paper.example/1", "Leak", "A leak.", quality="lead")
        (asked,) = desk.poll("paper", (lead,), NOW + HOUR).asked
        page = desk.claim(asked.id, NOW + HOUR)
        changes = desk.page(page, Failure("status", "", 401), NOW + HOUR)
        assert changes is not None
        assert changes.request is not None
        assert not changes.request.pending
        assert len(changes.versions) == 1


def test_a_new_title_wakes_the_page_and_survives_its_failure(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        lead = entry("http://paper.example/1", "Leak", "A leak.", quality="lead", guid="g")
        (asked,) = desk.poll("paper", (lead,), NOW + HOUR).asked
        page = desk.claim(asked.id, NOW + HOUR)
        desk.page(page, Article("", "Leak", PIPELINE, "en", quality="full"), NOW + HOUR)
        retitled = entry(
            "http://paper.example/1", "Leak shuts", "A leak.", quality="lead", guid="g"
        )
        changes = desk.poll("paper", (retitled,), NOW + 2 * HOUR)
        assert [r.id for r in changes.asked] == [asked.id]
        page = desk.claim(asked.id, NOW + 2 * HOUR)
        failed = desk.page(page, Failure("status", "", 503), NOW + 2 * HOUR)
        assert failed is not None
        (version,) = failed.versions
        assert (version.title, version.quality) == ("Leak shuts", "full")
        assert version.text.startswith("A leak at a compressor")


def test_a_feed_that_shows_an_entry_anew_while_its_page_is_on_the_way_is_not_lost(
    tmp_path: Path,
) -> None:
    with started(tmp_path) as desk:
        first = entry("http://paper.example/1", "Leak", "A leak.", quality="lead", guid="g")
        (asked,) = desk.poll("paper", (first,), NOW + HOUR).asked
        page = desk.claim(asked.id, NOW + HOUR)
        second = entry("http://paper.example/1", "Leak shuts", "A leak.", quality="lead", guid="g")
        desk.poll("paper", (second,), NOW + HOUR)
        desk.page(page, Article("", "x", PIPELINE, "en", quality="full"), NOW + HOUR)
        due = [r for r in desk.ledger.due(NOW + HOUR) if r.id == asked.id]
        assert due
        assert due[0].shown is not None
        assert due[0].shown.article is not None
        assert due[0].shown.article.title == "Leak shuts"


def test_an_entry_with_its_whole_text_is_never_asked_for_its_page(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        changes = desk.poll(
            "paper", (entry("http://paper.example/1", "Leak", PIPELINE),), NOW + HOUR
        )
        assert not changes.asked
        assert changes.versions


def test_entries_without_a_link_are_articles_of_their_own_and_have_no_page(tmp_path: Path) -> None:
    pair = (
        entry(linkless("http://paper.example/rss", "a" * 20), "Leak", PIPELINE, quality="lead"),
        entry(linkless("http://paper.example/rss", "b" * 20), "Market", MARKET, quality="lead"),
    )
    with started(tmp_path) as desk:
        changes = desk.poll("paper", pair, NOW + HOUR)
        assert not changes.asked
        assert sorted((v.title, v.n) for v in changes.versions) == [("Leak", 1), ("Market", 1)]


@pytest.mark.parametrize("feed", ["wire", "paper"])
def test_what_a_wires_markup_points_at_is_kept_with_the_version(tmp_path: Path, feed: str) -> None:
    with started(tmp_path) as desk:
        shown = entry(f"http://{feed}.example/1", "Leak", PIPELINE, quality="lead")
        assert shown.article is not None
        marked = replace(shown.article, relations=("RIC:VELM.N", "USN:L1"))
        changes = desk.poll(feed, (replace(shown, article=marked),), NOW + HOUR)
        if feed == "paper":  # its page knows nothing of the markup
            (asked,) = changes.asked
            page = Article(shown.url, "Leak", f"{PIPELINE}\n{MARKET}", "en", quality="full")
            desk.page(desk.claim(asked.id, NOW + HOUR), page, NOW + HOUR)
        (kept,) = (v for v in versions(desk) if v["url"] == shown.url)
        assert kept["relations"] == ["RIC:VELM.N", "USN:L1"]
        archive = open_archive(desk.address)
        assert archive.show(shown.url).state.current.relations == ("RIC:VELM.N", "USN:L1")
        archive.close()


def test_a_store_from_before_relations_has_none(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        desk.tampered = True
        with closing(sqlite3.connect(desk.address.removeprefix("sqlite:"))) as old:
            old.execute("ALTER TABLE version DROP COLUMN relations")
            old.execute("DELETE FROM _sqlite_migrations WHERE name = '0009_relations'")
            old.commit()
    with Desk(tmp_path) as desk:
        desk.tampered = True  # by the test: its history knew the relations
        assert {tuple(v["relations"]) for v in versions(desk)} == {()}


def test_link_only_never_asks_a_page(tmp_path: Path) -> None:
    feed = Feed("sitemap", "http://s.example/x", pages="link-only")
    with Desk(tmp_path, feeds=(feed,)) as desk:
        shown = entry("http://s.example/1", "Only a headline", "", quality="headline")
        changes = desk.poll("sitemap", (shown,), NOW)
        assert not changes.asked
        assert changes.versions[0].quality == "headline"


def test_another_feeds_wording_of_a_page_is_no_change(tmp_path: Path) -> None:
    feeds = (
        Feed("paper", "http://paper.example/rss", "Paper", "en"),
        Feed("front", "http://paper.example/front", "Paper", "en"),
    )
    with started(tmp_path, feeds=feeds) as desk:
        (asked,) = desk.poll(
            "paper",
            (entry("http://paper.example/1", "Leak", "A leak.", quality="lead"),),
            NOW + HOUR,
        ).asked
        page = desk.claim(asked.id, NOW + HOUR)
        desk.page(page, Article("", "Leak", PIPELINE, "en", quality="full"), NOW + HOUR)
        other = entry("http://paper.example/1", "LIVE: leak", "Leak!", quality="lead")
        first = desk.poll("front", (other,), NOW + 2 * HOUR)
        assert not first.asked
        assert ("front", "appear") in {(s.feed, s.what) for s in first.sightings}
        reworded = entry("http://paper.example/1", "LIVE: leak, day two", "Leak!", quality="lead")
        second = desk.poll("front", (reworded,), NOW + 3 * HOUR)
        assert not second.asked
        assert not second.sightings


def test_a_poorer_or_another_feeds_reading_does_not_replace_a_page(tmp_path: Path) -> None:
    feeds = (
        Feed("paper", "http://paper.example/rss", "Paper", "en"),
        Feed("wire", "http://wire.example/rss", "Wire", "en", pages="feed-only"),
        Feed("links", "http://links.example/rss", "Links", "en", pages="link-only"),
    )
    url = "http://paper.example/1"
    with started(tmp_path, feeds=feeds) as desk:
        (asked,) = desk.poll("paper", (lead(url, "Leak", "A leak."),), NOW + HOUR).asked
        read = Article("", "Leak", PIPELINE, "en", quality="full")
        desk.page(desk.claim(asked.id, NOW + HOUR), read, NOW + HOUR)
        for hour, (feed, quality, said) in enumerate(
            (("links", "headline", ""), ("wire", "lead", "Leak in the east.")), 2
        ):  # fmt: skip
            poorer = entry(url, "LIVE: leak", said, quality=quality)
            changes = desk.poll(feed, (poorer,), NOW + hour * HOUR)
            assert not changes.versions
            assert not changes.current
            assert (feed, "appear") in {(s.feed, s.what) for s in changes.sightings}
        whole = entry(url, "Leak stopped", f"{PIPELINE}\nIt was stopped.", quality="full")
        (version,) = desk.poll("wire", (whole,), NOW + 4 * HOUR).versions
        assert (version.source, version.n) == ("wire", 2)


def read_page(desk: Desk, shown: Shown, article: Article, url: str, hour: int = 1) -> Changeset:
    """Show one entry, and answer for its page from *url*."""
    (asked,) = desk.poll("paper", (shown,), NOW + hour * HOUR).asked
    request = desk.claim(asked.id, NOW + hour * HOUR)
    outcome = Outcome(request, 200, url, article=article)
    changes = ingest.settle(outcome, desk.ledger, desk.standing, NOW + hour * HOUR)
    assert changes is not None
    return changes


def lead(url: str, title: str, said: str) -> Shown:
    return entry(url, title, said.partition("\n")[0], quality="lead")


def page(said: str, canonical: str = "") -> Article:
    return Article("", "", said, "en", quality="full", canonical=canonical)


def test_pages_that_redirect_to_one_common_address_stay_apart(tmp_path: Path) -> None:
    wall = "Subscribe now to read on. Three months for one coin, cancelled at any time."
    with started(tmp_path) as desk:
        for n, (title, said) in enumerate((("Leak", PIPELINE), ("Grain rates", MARKET)), 1):
            shown = lead(f"http://paper.example/news/{n}", title, said)
            done = read_page(desk, shown, page(wall), "http://paper.example/subscribe/", n)
            assert len(done.articles) == 1
            assert "http://paper.example/subscribe/" not in {url for _, url in done.addresses}


def test_posts_whose_canonical_address_is_their_live_blogs_stay_apart(tmp_path: Path) -> None:
    blog = "http://paper.example/live/blog"
    with started(tmp_path) as desk:
        for n, (title, said) in enumerate((("Leak", PIPELINE), ("Grain rates", MARKET)), 1):
            shown = lead(f"http://paper.example/live/post-{n}", title, said)
            assert len(read_page(desk, shown, page(said, blog), shown.url, n).articles) == 1
        shown = lead(blog, "Live: the election night", "Polls closed in all nine districts at ten.")
        assert (
            len(
                read_page(
                    desk, shown, page("Polls closed in all nine districts."), blog, 3
                ).articles
            )
            == 1
        )


def test_a_page_that_redirects_to_an_article_we_have_is_that_article(tmp_path: Path) -> None:
    old, new = "http://paper.example/news/leak", "http://paper.example/news/leak-shuts-line"
    with started(tmp_path) as desk:
        read_page(desk, lead(old, "Leak", PIPELINE), page(PIPELINE), old)
        done = read_page(desk, lead(new, "Leak shuts line", PIPELINE), page(PIPELINE), old, 2)
        assert not done.articles
        assert [v.n for v in done.versions] == [2]
        (shown,) = desk.ledger.known.window(content_id_of(desk, "paper"))
        assert shown.article == done.versions[0].article
        again = desk.poll("paper", (entry(new, "Leak shuts line", PIPELINE),), NOW + 3 * HOUR)
        assert not again.articles


def test_an_address_learnt_from_a_redirect_is_the_articles_when_the_words_agree(
    tmp_path: Path,
) -> None:
    short, long = "http://paper.example/s/1", "http://paper.example/news/leak"
    with started(tmp_path) as desk:
        read_page(desk, lead(short, "Leak", PIPELINE), page(PIPELINE), long)
        again = desk.poll("paper", (entry(long, "Leak", PIPELINE),), NOW + 2 * HOUR)
        assert not again.articles
        assert not again.versions


# ── gaps, and rules that come late ──────────────────────────────────────────────────────────


def test_a_window_that_moved_on_whole_is_a_gap(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        old = tuple(
            entry(f"http://wire.example/a{n}", f"Old {n}", f"old text {n}") for n in range(5)
        )
        new = tuple(
            entry(f"http://wire.example/b{n}", f"New {n}", f"new text {n}") for n in range(5)
        )
        desk.poll("wire", old, NOW + HOUR)
        changes = desk.poll("wire", new, NOW + 2 * HOUR)
        assert changes.gap is not None
        assert (changes.gap.since, changes.gap.until) == (NOW + HOUR, NOW + 2 * HOUR)
        before = desk.poll(
            "wire", (*new[1:], entry("http://wire.example/c", "C", "c")), NOW + 3 * HOUR
        )
        assert before.gap is None


def test_a_window_that_comes_back_is_no_gap(tmp_path: Path) -> None:
    def shown(*numbers: int) -> tuple[Shown, ...]:
        return tuple(
            entry(f"http://wire.example/{n}", f"Story {n}", f"text of {n}") for n in numbers
        )

    with started(tmp_path) as desk:
        stale, latest = shown(*range(5)), shown(*range(3, 8))
        fault = (entry("http://wire.example/fault", "Service temporarily unavailable", ""),)
        windows = [
            stale, latest, shown(6, 7, 8, 9, 10), stale, shown(7, 8, 9, 10, 11), fault,
            shown(8, 9, 10, 11, 12), shown(*range(20, 25)), shown(8, 30, 31, 32, 33),
        ]  # fmt: skip
        gaps = [
            desk.poll("wire", window, NOW + hour * HOUR).gap is not None
            for hour, window in enumerate(windows, 1)
        ]
        assert gaps == [False] * 7 + [True, True]


def test_after_a_gap_a_feed_is_polled_sooner_whatever_it_asks_for(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        for hour, name in enumerate("ab", 1):
            shown = tuple(
                entry(f"http://wire.example/{name}{n}", f"{name} {n}", f"text {name} {n}")
                for n in range(5)
            )
            changes = desk.poll("wire", shown, NOW + hour * HOUR, wait=3600)
            assert changes.request is not None
        assert changes.gap is not None
        assert changes.request.due < NOW + 2 * HOUR + timedelta(seconds=400)


def test_a_cut_body_lets_nothing_leave(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        one = entry("http://wire.example/1", "Leak", PIPELINE)
        two = entry("http://wire.example/2", "Market", MARKET)
        desk.poll("wire", (one, two), NOW + HOUR)
        cut = desk.poll("wire", (one,), NOW + 2 * HOUR, whole=False)
        assert not cut.sightings
        back = desk.poll("wire", (one, two), NOW + 3 * HOUR)
        assert not back.sightings


def test_a_new_rule_is_run_over_the_archive_without_letters(tmp_path: Path) -> None:
    with started(tmp_path, rules=()) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        desk.configure((GAS,), NOW + 2 * HOUR)
        archive = open_archive(desk.address)
        assert [m["rule"] for m in archive.export("matches")] == ["gas"]
        archive.close()
        assert desk.ledger.outbox.owed() == ()
        edited = replace(GAS, query="compressor")
        desk.configure((edited,), NOW + 3 * HOUR)
        assert desk.ledger.behind() == ()
        assert desk.ledger.outbox.owed() == ()


def test_an_unchanged_answer_costs_a_row_and_nothing_else(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        request = desk.claim(content_id_of(desk, "wire"), NOW + HOUR)
        outcome = Outcome(request, 304, request.url, unchanged=True, etag='"x"')
        changes = ingest.settle(outcome, desk.ledger, desk.standing, NOW + HOUR)
        assert changes is not None
        assert changes.window is None
        assert not changes.sightings


def test_an_index_that_was_off_meanwhile_asks_for_its_parts_again(tmp_path: Path) -> None:
    part = "http://wire.example/part.xml"
    with Desk(tmp_path) as desk:
        desk.poll("wire", (), NOW, parts=(part,), etag='"1"')
        everything = desk.feeds
        desk.feeds = tuple(feed for feed in everything if feed.name != "wire")
        desk.configure((), NOW + HOUR)
        assert all(r.feed != "wire" for r in desk.ledger.due(NOW + 9 * HOUR))
        desk.ledger.begin("again", NOW + 9 * HOUR)
        desk.feeds = everything
        desk.configure((), NOW + 9 * HOUR)
        index = desk.claimed("wire", NOW + 9 * HOUR)
        assert (index.url, index.etag) == ("http://wire.example/rss", "")
        outcome = Outcome(index, 200, index.url, parts=(part,))
        ingest.settle(outcome, desk.ledger, desk.standing, NOW + 9 * HOUR)
        assert part in {r.url for r in desk.ledger.due(NOW + 9 * HOUR)}


def test_a_part_that_its_index_drops_is_polled_no_more(tmp_path: Path) -> None:
    kept, dropped = "http://wire.example/new.xml", "http://wire.example/old.xml"
    with Desk(tmp_path) as desk:
        desk.poll("wire", (), NOW, parts=(kept, dropped))
        part = desk.claim(request_id("feed", dropped), NOW + HOUR)
        changes = desk.poll("wire", (), NOW + HOUR, parts=(kept,))
        assert changes.gap is None
        # It was on its way: what it brings is kept, and it is not asked again.
        shown = entry("http://wire.example/1", "Leak", PIPELINE)
        outcome = Outcome(part, 200, part.url, window=(shown,))
        assert ingest.settle(outcome, desk.ledger, desk.standing, NOW + HOUR) is not None
        far = NOW + 300 * HOUR
        assert {r.url for r in desk.ledger.due(far) if r.feed == "wire" and r.kind == "feed"} == {
            kept, "http://wire.example/rss"
        }  # fmt: skip
        desk.ledger.begin("again", far)
        desk.poll("wire", (), far, parts=(kept, dropped))
        assert dropped in {r.url for r in desk.ledger.due(far)}


def test_an_index_that_becomes_a_sitemap_has_missed_nothing(tmp_path: Path) -> None:
    parts = tuple(f"http://wire.example/{n}.xml" for n in range(3))
    with Desk(tmp_path) as desk:
        desk.poll("wire", (), NOW, parts=parts)
        shown = (
            entry("http://wire.example/1", "Leak", PIPELINE),
            entry("http://wire.example/2", "Market", MARKET),
        )
        changes = desk.poll("wire", shown, NOW + HOUR)
        assert changes.gap is None
        assert {r.url for r in changes.asked if not r.pending} == set(parts)
