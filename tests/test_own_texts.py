"""A story speaks with what its wire says now, what it said at first and what took its place: a copy of
any of these joins it and raises no second alert.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_of import HOUR, MARKET, NOW, PIPELINE, Desk, entry, report
from newswatch import ingest
from newswatch.model import Article, Changeset, Feed, Imported, Rule, Shown
from newswatch.store import open_keeper

FEEDS = tuple(
    Feed(name, f"http://{name}.example/rss", name.capitalize(), "en", pages="feed-only")
    for name in ("wire", "paper", "gazette")
)
GAS = Rule("gas", '"gas pipeline"', ("anna",))
REWRITTEN = """The Karvia terminal reopened on Wednesday with three of its compressors, and tankers that had
waited in the roads began to discharge. The operator Velm called the halt of the gas pipeline the
longest in its history and blamed a valve that a supplier had certified in the autumn.
Marit Sandel, who runs the station, said her crews had found four more valves of the same make.
Insurers put the loss at some 70 million crowns; the regulator opened an inquiry into the supplier.
Households in the three countries had been asked to heat less and will get a discount in spring."""


def told(changes: Changeset) -> set[str]:
    return {n.occasion.partition(":")[0] for n in changes.notifications}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, feeds=FEEDS, in_force=(GAS,)) as desk:
        for feed in FEEDS:
            desk.poll(feed.name, (entry(f"{feed.url}/0", "Hail", "It hailed."),), NOW)
        yield desk


def story(desk: Desk, changes: Changeset) -> str:
    (article,) = changes.articles
    return desk.ledger.known.story(article.story)


def leak(text: str, title: str = "Leak shuts terminal") -> Shown:
    return entry("http://wire.example/leak", title, text)


@pytest.mark.parametrize("copied", [PIPELINE, REWRITTEN])
def test_a_copy_of_what_a_wire_says_now_or_said_at_first_joins(desk: Desk, copied: str) -> None:
    first = desk.poll("wire", (leak(PIPELINE),), NOW + HOUR)
    assert told(first) == {"first"}
    rewritten = desk.poll("wire", (leak(REWRITTEN, "Terminal reopens"),), NOW + 2 * HOUR)
    assert len(rewritten.versions) == 1
    copy = entry("http://paper.example/1", "Gas flows again", copied.replace("Velm", "Velm Gas"))
    joined = desk.poll("paper", (copy,), NOW + 3 * HOUR)
    assert story(desk, joined) == story(desk, first)
    assert not told(joined)


def test_a_copy_of_the_text_that_took_anothers_place_joins(desk: Desk) -> None:
    first = desk.poll("wire", (leak(PIPELINE, "Leak at Karvia shuts gas pipeline"),), NOW + HOUR)
    update = entry(
        "http://wire.example/2", "UPDATE 1-Leak at Karvia shuts gas pipeline for a day", REWRITTEN
    )
    assert told(desk.poll("wire", (update,), NOW + 2 * HOUR)) == {"update"}
    copy = entry("http://paper.example/1", "Gas flows again", REWRITTEN.replace("Velm", "Velm Gas"))
    joined = desk.poll("paper", (copy,), NOW + 3 * HOUR)
    assert story(desk, joined) == story(desk, first)
    assert not told(joined)


def test_a_copy_does_not_speak_for_its_story(desk: Desk) -> None:
    first = desk.poll("wire", (leak(PIPELINE),), NOW + HOUR)
    copy = entry("http://paper.example/1", "Leak", PIPELINE)
    assert story(desk, desk.poll("paper", (copy,), NOW + 2 * HOUR)) == story(desk, first)
    other = entry("http://paper.example/1", "Terminal reopens", REWRITTEN)
    desk.poll("paper", (other,), NOW + 3 * HOUR)  # it wrote its own text at its old address
    third = entry("http://gazette.example/1", "Gas flows again", REWRITTEN)
    assert story(desk, desk.poll("gazette", (third,), NOW + 4 * HOUR)) != story(desk, first)


def test_a_copy_of_a_story_that_the_operator_joined_finds_the_whole(desk: Desk) -> None:
    first = desk.poll("wire", (leak(PIPELINE),), NOW + HOUR)
    market = entry("http://wire.example/market", "Freight rises", MARKET)
    second = desk.poll("wire", (market,), NOW + 2 * HOUR)
    keeper = open_keeper(desk.address)
    keeper.join(story(desk, first), story(desk, second), "one fair", NOW + 2 * HOUR)
    copy = entry("http://paper.example/1", "Grain ships dearer", MARKET)
    assert story(desk, desk.poll("paper", (copy,), NOW + 3 * HOUR)) == story(desk, first)
    cut = entry("http://gazette.example/1", "Grain", MARKET.replace("Aker", "the port of Aker"))
    assert story(desk, desk.poll("gazette", (cut,), NOW + 4 * HOUR)) == story(desk, first)


def past(n: int, title: str, text: str, hour: int, source: str = "wire") -> Imported:
    url = f"http://{source}.example/past/{n}"
    return Imported(Article(url, title, text, "en", quality="full"), NOW + hour * HOUR, source)


def test_stories_do_not_depend_on_how_an_import_is_cut(tmp_path: Path) -> None:
    came = [
        past(1, "Leak at Karvia shuts gas pipeline", PIPELINE, 1),
        past(2, "UPDATE 1-Leak at Karvia shuts gas pipeline for a day", REWRITTEN, 2),
        past(3, "Gas flows", REWRITTEN.replace("Velm", "Velm Gas"), 3, "paper"),
        past(4, "Ferry late", report(4), 3),
        past(4, "Ferry later", report(5), 4),
        past(5, "Ferry", report(5).replace(".", ",", 1), 5, "paper"),
        past(6, "Freight rises", "", 6),
        past(7, "Freight rises at ports", MARKET, 7),
    ]
    stories = []
    for size in (1, 3, 8):
        folder = tmp_path / str(size)
        folder.mkdir()
        with Desk(folder, feeds=FEEDS, in_force=(GAS,)) as desk:
            for at in range(0, len(came), size):
                ingest.take_in(
                    came[at : at + size], desk.ledger, desk.standing, NOW + 9 * HOUR, alert=False
                )
            found = desk.ledger._connection.execute("SELECT id, story FROM article ORDER BY id")
            links = desk.ledger._connection.execute(
                "SELECT article, other, relation, decided_by FROM link ORDER BY article, other"
            )
            stories.append(([*map(tuple, found)], [*map(tuple, links)]))
    assert stories[0] == stories[1] == stories[2]
    assert len({name for _, name in stories[0][0]}) == 4
