"""An article that one feed of a newsroom passes on to another: the front page drops it, its section goes
on showing it; a feed is renamed, or leaves the configuration. Who shows it speaks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archive_of import HOUR, NOW, PIPELINE, Desk, entry
from newswatch.address import request_id
from newswatch.model import Article, Changeset, Feed, Rule, Shown

GAS = Rule("gas", '"gas pipeline"', ("anna",))
FRONT = Feed("front", "http://wire.example/front", "Wire", "en", pages="feed-only")
SECTION = Feed("section", "http://wire.example/section", "Wire", "en", pages="feed-only")
PAPER = Feed("paper", "http://paper.example/rss", "Paper", "en", pages="feed-only")
FEEDS = (FRONT, SECTION, PAPER)
URL = "http://wire.example/leak"
CORRECTED = PIPELINE + "\n(This story has been corrected to say 38 million, in paragraph 3)"
OTHER = entry("http://wire.example/other", "Weather", "It rained.")


def leak(text: str = PIPELINE, *, quality: str = "lead", title: str = "Leak") -> Shown:
    return entry(URL, title, text, quality=quality)


def kinds(changes: Changeset) -> set[str]:
    return {n.occasion.partition(":")[0] for n in changes.notifications}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, feeds=FEEDS, in_force=(GAS,)) as desk:
        for feed in FEEDS:
            desk.poll(feed.name, (entry(f"{feed.url}/0", "Hail", "It hailed."),), NOW)
        yield desk


def shown_by_front_then_section(desk: Desk, *also: str) -> None:
    assert kinds(desk.poll("front", (leak(),), NOW + HOUR)) == {"first"}
    for feed in ("section", *also):
        assert not desk.poll(feed, (leak(),), NOW + HOUR * 1.1).versions


def test_a_correction_shown_by_a_section_alone_is_told(desk: Desk) -> None:
    shown_by_front_then_section(desk)
    desk.poll("front", (OTHER,), NOW + 2 * HOUR)
    changes = desk.poll("section", (leak(CORRECTED),), NOW + 3 * HOUR)
    assert kinds(changes) == {"correction"}
    (version,) = changes.versions
    assert (version.kind, version.source) == ("correction", "section")


def test_a_section_that_shows_it_only_after_the_front_page_dropped_it_speaks_for_it(
    desk: Desk,
) -> None:
    assert kinds(desk.poll("front", (leak(),), NOW + HOUR)) == {"first"}
    desk.poll("front", (OTHER,), NOW + 2 * HOUR)
    assert kinds(desk.poll("section", (leak(CORRECTED),), NOW + 3 * HOUR)) == {"correction"}


def test_while_the_front_page_shows_it_no_other_wording_is_a_version(desk: Desk) -> None:
    shown_by_front_then_section(desk, "paper")
    for feed in ("section", "paper"):
        assert not desk.poll(feed, (leak("In its own words."),), NOW + 2 * HOUR).versions


def test_another_newsrooms_own_words_are_no_change_but_what_it_changes_is(desk: Desk) -> None:
    shown_by_front_then_section(desk)
    for n, feed in enumerate(("front", "section")):
        desk.poll(feed, (OTHER,), NOW + 2 * HOUR + n * HOUR / 10)
    own = leak(PIPELINE.replace("Leak", "Paper: leak"), title="Paper: Leak")
    assert not desk.poll("paper", (own,), NOW + 3 * HOUR).versions
    changes = desk.poll("paper", (leak(CORRECTED, title="Paper: Leak"),), NOW + 4 * HOUR)
    assert kinds(changes) == {"correction"}


def test_the_front_pages_old_words_come_back_and_bring_nothing_back(desk: Desk) -> None:
    shown_by_front_then_section(desk)
    desk.poll("front", (OTHER,), NOW + 2 * HOUR)
    desk.poll("section", (leak(CORRECTED),), NOW + 3 * HOUR)
    changes = desk.poll("front", (leak(), OTHER), NOW + 4 * HOUR)
    assert not changes.versions
    assert not changes.notifications
    assert not changes.current


@pytest.mark.parametrize("name", ["newname", "front"])
def test_a_feed_that_gets_another_name_or_address_goes_on_speaking(desk: Desk, name: str) -> None:
    assert kinds(desk.poll("front", (leak(),), NOW + HOUR)) == {"first"}
    url = FRONT.url if name == "newname" else f"{FRONT.url}-moved"
    desk.feeds = (Feed(name, url, "Wire", "en", pages="feed-only"), SECTION)
    desk.configure((GAS,), NOW + 2 * HOUR)
    assert kinds(desk.poll(name, (leak(CORRECTED),), NOW + 3 * HOUR)) == {"correction"}


def test_a_feed_that_is_watched_no_more_speaks_no_more(desk: Desk) -> None:
    shown_by_front_then_section(desk)
    desk.feeds = (SECTION, PAPER)
    desk.configure((GAS,), NOW + 2 * HOUR)
    assert kinds(desk.poll("section", (leak(CORRECTED),), NOW + 3 * HOUR)) == {"correction"}


def test_a_page_is_asked_again_for_the_feed_that_still_shows_it(tmp_path: Path) -> None:
    front, section = (
        Feed(name, f"http://wire.example/{name}", "Wire", "en") for name in ("front", "section")
    )
    with Desk(tmp_path, feeds=(front, section), in_force=(GAS,)) as desk:
        for feed in (front, section):
            desk.poll(feed.name, (entry(f"{feed.url}/0", "Hail", "It hailed."),), NOW)
        desk.poll("front", (leak("A lead."),), NOW + HOUR)
        page = request_id("page", URL)
        told = desk.page(
            desk.claim(page, NOW + HOUR), Article(URL, "Leak", PIPELINE, "en", quality="full"),
            NOW + HOUR,
        )  # fmt: skip
        assert told is not None
        assert kinds(told) == {"first"}
        desk.poll("section", (leak("A lead."),), NOW + 1.5 * HOUR)
        desk.poll("section", (leak("Its own lead."),), NOW + 1.6 * HOUR)
        row = desk.ledger.known.request(page)
        assert row is not None
        assert row.feed == "front"
        desk.poll("front", (OTHER,), NOW + 2 * HOUR)
        desk.poll("section", (leak("Another lead."),), NOW + 3 * HOUR)
        row = desk.ledger.known.request(page)
        assert row is not None
        assert (row.feed, row.pending, row.due) == ("section", True, NOW + 3 * HOUR)
        changed = desk.page(
            desk.claim(page, NOW + 3 * HOUR),
            Article(URL, "Leak", CORRECTED, "en", quality="full"),
            NOW + 3 * HOUR + timedelta(minutes=1),
        )
        assert changed is not None
        assert kinds(changed) == {"correction"}
