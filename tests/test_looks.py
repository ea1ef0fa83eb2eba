"""Second looks: when a page that was read is asked again, what it costs its host, what it finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from archive_of import HOUR, MARKET, NOW, PIPELINE, Desk, entry
from newswatch import frontier, ingest
from newswatch.model import Article, Feed, Outcome, Request, Rule

RULES = (Rule("gas", '"gas pipeline"', ("anna",)),)


def started(folder: Path, **kind: object) -> Desk:
    """A desk whose feeds have had their first poll, so that what comes now owes letters."""
    desk = Desk(folder, in_force=RULES, **kind)  # type: ignore[arg-type]
    for feed in desk.feeds:
        desk.poll(
            feed.name, (entry(f"http://{feed.name}.example/0", "Weather", "It rained."),), NOW
        )
    return desk


# ── when ────────────────────────────────────────────────────────────────────────────────────


def looks_of(desk: Desk, asked: Request, article: Article, now: datetime) -> list[float]:
    """How many hours after *now* a page is looked at, that always says the same, until that ends."""
    found, at = [], now
    while True:
        changes = desk.page(desk.claim(asked.id, at), article, at)
        assert changes is not None
        assert changes.request is not None
        if not changes.request.pending:
            return found
        at = changes.request.due
        found.append((at - now) / HOUR)


def test_pages_are_looked_at_again_the_seldomer_the_older_and_oftener_where_somebody_was_told(
    tmp_path: Path,
) -> None:
    with started(tmp_path) as desk:
        told_of = entry("http://paper.example/1", "Leak", "A leak.", quality="lead")
        other = entry("http://paper.example/2", "Market", "Freight.", quality="lead")
        now = NOW + HOUR
        one, two = sorted(desk.poll("paper", (told_of, other), now).asked, key=lambda r: r.url)
        looks = {}
        for asked, said in ((one, PIPELINE), (two, MARKET)):
            article = Article(asked.url, "", said, "en", quality="full")
            looks[asked.url] = looks_of(desk, asked, article, now)
        for (_, found), ages in zip(
            sorted(looks.items()), (frontier.TOLD_LOOKS, frontier.LOOKS), strict=True
        ):
            wanted = [(before / 3600, age / 3600) for before, age in pairwise((0.0, *ages))]
            assert len(found) == len(ages)
            for at, (before, age) in zip(found, wanted, strict=True):
                assert age - 0.1 * (age - before) - 0.001 <= at <= age + 0.001


def test_an_old_entry_of_a_first_poll_is_not_looked_at_again(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        ages = {"old": 60, "yesterday's": 30, "new": 0.5}
        window = tuple(
            entry(f"http://paper.example/{n}", title, "Freight.", quality="lead",
                  published=NOW - age * HOUR)
            for n, (title, age) in enumerate(ages.items())
        )  # fmt: skip
        found = {}
        for asked in desk.poll("paper", window, NOW).asked:
            article = Article(asked.url, "", MARKET + asked.url, "en", quality="full")
            assert asked.shown is not None
            assert asked.shown.article is not None
            found[asked.shown.article.title] = looks_of(desk, asked, article, NOW)
        assert found["old"] == []
        assert len(found["yesterday's"]) == 1
        assert 16 <= found["yesterday's"][0] <= 18
        assert len(found["new"]) == len(frontier.LOOKS)
        assert found["new"][0] <= 0.5


def test_a_page_that_was_rewritten_or_whose_entry_changed_is_new_again(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        lead = entry("http://paper.example/2", "Market", "Freight.", quality="lead")
        (asked,) = desk.poll("paper", (lead,), NOW).asked
        first = Article(asked.url, "", MARKET, "en", quality="full")
        cosmetic = replace(first, text=MARKET.replace("Tuesday,", "Tuesday"))
        later = replace(first, text=MARKET + "\nA strike at the port of Aker began in the evening.")
        waits = []
        read = ((0, first), (10, first), (11, cosmetic), (20, later), (21, later))
        for hour, article in read:
            at = NOW + hour * HOUR
            changes = desk.page(desk.claim(asked.id, at), article, at)
            assert changes is not None
            assert changes.request is not None
            waits.append((changes.request.due - at) / HOUR)
        assert waits[1] > 3
        assert waits[2] > 2
        assert waits[3] <= 1
        anew = entry("http://paper.example/2", "Market", "Freight climbs.", quality="lead")
        desk.poll("paper", (anew,), NOW + 40 * HOUR)
        at = NOW + 40 * HOUR
        changes = desk.page(desk.claim(asked.id, at), later, at)
        assert changes is not None
        assert changes.request is not None
        assert changes.request.due - at <= HOUR


@pytest.mark.parametrize(
    "feed", [Feed("paper", "http://paper.example/rss", "Paper", "en", looks=False)]
)
def test_a_feed_whose_looks_are_off_has_none(tmp_path: Path, feed: Feed) -> None:
    lead = entry("http://paper.example/1", "Leak", "A leak.", quality="lead")
    with started(tmp_path) as desk:
        (asked,) = desk.poll("paper", (lead,), NOW + HOUR).asked
        article = Article(asked.url, "", PIPELINE, "en", quality="full")
        desk.page(desk.claim(asked.id, NOW + HOUR), article, NOW + HOUR)
        assert desk.ledger.due(NOW + 2 * HOUR)
        desk.ledger.begin("anew", NOW + 2 * HOUR)
        desk.feeds = (*(f for f in desk.feeds if f.name != "paper"), feed)
        desk.configure(RULES, NOW + 2 * HOUR)  # ends what waits
        assert all(r.kind == "feed" for r in desk.ledger.due(NOW + 3 * HOUR))
        read = desk.page(desk.claim(asked.id, NOW + 3 * HOUR), article, NOW + 3 * HOUR)
        assert read is not None
        assert read.request is not None
        assert not read.request.pending


def test_a_look_at_a_text_that_another_feed_overtook_is_no_return(tmp_path: Path) -> None:
    """The page says what it said; what another feed says since stands."""
    feeds = (
        Feed("paper", "http://paper.example/rss", "Paper", "en"),
        Feed("partner", "http://partner.example/rss", "Paper", "en", pages="feed-only"),
    )
    lead = entry("http://paper.example/1", "Leak", "A leak.", quality="lead")
    fuller = entry("http://paper.example/1", "Leak at Karvia", PIPELINE + "\nIt will reopen.")
    with started(tmp_path, feeds=feeds) as desk:
        (asked,) = desk.poll("paper", (lead,), NOW + HOUR).asked
        article = Article(asked.url, "", PIPELINE, "en", quality="full")
        desk.page(desk.claim(asked.id, NOW + HOUR), article, NOW + HOUR)
        assert len(desk.poll("partner", (fuller,), NOW + 2 * HOUR).versions) == 1
        request = desk.claim(asked.id, NOW + 3 * HOUR)
        assert request.look
        for outcome in (
            Outcome(request, 304, request.url, unchanged=True),
            Outcome(request, 200, request.url, article=article),
        ):
            request = desk.claim(asked.id, NOW + 3 * HOUR)
            changes = ingest.settle(
                replace(outcome, request=request), desk.ledger, desk.standing, NOW + 3 * HOUR
            )
            assert changes is not None
            assert (changes.versions, changes.current, changes.notifications) == ((), (), ())
