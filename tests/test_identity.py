"""Whose entry is it: by address, guid, and words alone; and what wires do to all three."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive_of import HOUR, MARKET, NOW, PIPELINE, content_id_of, entry
from newswatch.address import linkless
from newswatch.model import Article, Feed, Shown, content_id
from test_ingest import DAY, started

# ── whose entry is it? ──────────────────────────────────────────────────────────────────────


def test_rewritten_guids_create_no_article_and_no_alert(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        texts = {"Leak": PIPELINE, "Market": MARKET}
        old = tuple(
            entry(f"http://wire.example/{t}", t, x, guid=f"a-{t}") for t, x in texts.items()
        )
        new = tuple(
            entry(f"http://wire.example/{t}", t, x, guid=f"b-{t}") for t, x in texts.items()
        )
        desk.poll("wire", old, NOW + HOUR)
        changes = desk.poll("wire", new, NOW + 2 * HOUR)
        assert not changes.articles
        assert not changes.versions
        assert not changes.notifications
        assert changes.gap is None


def unlinked(guid: str, title: str, text: str) -> Shown:
    return entry(
        linkless("http://wire.example/rss", content_id(guid)),
        title,
        text,
        guid=guid,
        quality="lead",
    )


def test_rewritten_guids_of_entries_without_a_link_create_nothing_either(tmp_path: Path) -> None:
    texts = {"Leak": PIPELINE, "Market": MARKET, "Short": "A gas pipeline was shut."}
    with started(tmp_path) as desk:
        for hour, gone in ((1, "a"), (3, "b"), (4, "c")):
            window = tuple(unlinked(f"{gone}-{t}", t, x) for t, x in texts.items())
            changes = desk.poll("wire", window, NOW + hour * HOUR)
            assert len(changes.articles) == len(changes.versions) == (3 if hour == 1 else 0)
            assert bool(changes.notifications) == (hour == 1)
            assert changes.gap is None or hour == 1
            if hour == 1:  # a feed that was empty in between has forgotten nothing
                desk.poll("wire", (), NOW + 2 * HOUR)
        later = unlinked("c-Leak", "Leak", f"{PIPELINE}\nIt was mended.")
        (version,) = desk.poll("wire", (later, *window[1:]), NOW + 5 * HOUR).versions
        assert version.n == 2


def test_two_entries_without_a_link_that_say_the_same_stay_two(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        first, second = (unlinked(guid, "Leak", PIPELINE) for guid in "ab")
        assert len(desk.poll("wire", (first,), NOW + HOUR).articles) == 1
        assert len(desk.poll("wire", (first, second), NOW + 2 * HOUR).articles) == 1
        third = (unlinked("c", "Leak", PIPELINE), unlinked("d", "Leak", PIPELINE))
        assert len(desk.poll("wire", third, NOW + 3 * HOUR).articles) == 2


@pytest.mark.parametrize(("feed", "title", "days"), [("paper", "Leak", 0), ("wire", "Leaks", 0), ("wire", "Leak", 31)])  # fmt: skip
def test_another_feeds_title_or_months_text_is_no_rewritten_guid(
    tmp_path: Path, feed: str, title: str, days: int
) -> None:
    with started(tmp_path) as desk:
        desk.poll("wire", (unlinked("a", "Leak", PIPELINE),), NOW + HOUR)
        at = NOW + 2 * HOUR + days * DAY
        assert len(desk.poll(feed, (unlinked("b", title, PIPELINE),), at).articles) == 1


def test_a_changed_slug_under_a_kept_guid_is_the_same_article(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        desk.poll(
            "wire", (entry("http://wire.example/leak", "Leak", PIPELINE, guid="g1"),), NOW + HOUR
        )
        moved = entry("http://wire.example/leak-shuts", "Leak shuts", PIPELINE, guid="g1")
        changes = desk.poll("wire", (moved,), NOW + 2 * HOUR)
        assert not changes.articles
        assert [v.n for v in changes.versions] == [2]


def test_a_guid_used_again_for_another_story_joins_nothing(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        desk.poll(
            "wire", (entry("http://wire.example/leak", "Leak", PIPELINE, guid="top"),), NOW + HOUR
        )
        other = entry("http://wire.example/market", "Market", MARKET, guid="top")
        assert len(desk.poll("wire", (other,), NOW + 2 * HOUR).articles) == 1


def test_two_entries_of_one_document_with_one_guid_stay_two(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        pair = (
            entry("http://wire.example/leak", "Leak", PIPELINE, guid="same"),
            entry("http://wire.example/market", "Market", MARKET, guid="same"),
        )
        assert len(desk.poll("wire", pair, NOW + HOUR).articles) == 2


def test_what_the_feed_decided_of_an_entry_holds_for_its_page(tmp_path: Path) -> None:
    twin = PIPELINE.replace("48", "38")
    pair = (
        entry("http://paper.example/leak", "Leak", "A leak.", guid="same", quality="lead"),
        entry("http://paper.example/leak-2", "Leak grows", "A leak.", guid="same", quality="lead"),
    )
    with started(tmp_path) as desk:
        asked = desk.poll("paper", pair, NOW + HOUR).asked
        done = []
        for request, text in zip(asked, (PIPELINE, twin), strict=True):
            article = Article("", "", text, "en", quality="full")
            done.append(desk.page(desk.claim(request.id, NOW + HOUR), article, NOW + HOUR))
        kept = [a.id for changes in done if changes is not None for a in changes.articles]
        assert len(set(kept)) == 2
        window = desk.ledger.known.window(content_id_of(desk, "paper"))
        assert {e.article for e in window} == set(kept)


def test_a_slug_changed_while_its_page_is_on_the_way_leaves_no_window_without_article(
    tmp_path: Path,
) -> None:
    first = entry("http://paper.example/leak", "Leak", "A leak.", guid="g", quality="lead")
    moved = entry(
        "http://paper.example/leak-shuts", "Leak shuts", "A leak.", guid="g", quality="lead"
    )
    with started(tmp_path) as desk:
        asked = [*desk.poll("paper", (first,), NOW + HOUR).asked]
        asked += desk.poll("paper", (moved,), NOW + HOUR).asked
        kept = set()
        for request in asked:
            article = Article("", "", PIPELINE, "en", quality="full")
            done = desk.page(desk.claim(request.id, NOW + HOUR), article, NOW + HOUR)
            assert done is not None
            kept |= {a.id for a in done.articles}
        (shown,) = desk.ledger.known.window(content_id_of(desk, "paper"))
        assert shown.article in kept


RESULTS = (
    "{0} said on Tuesday that its profit of the third quarter rose to {1} million crowns from {2}"
    " million, more than analysts had expected, as demand for its pumps grew in the north."
)


def test_two_firms_results_under_one_guid_are_two_articles(tmp_path: Path) -> None:
    """A desk that files by one template reuses the guid of the slot it files into."""
    with started(tmp_path) as desk:
        for hour, firm, said in (
            (1, "Velm", RESULTS.format("Velm", 43, 39)),
            (2, "Oster", RESULTS.format("Oster", 81, 64)),
        ):
            shown = entry(f"http://wire.example/{firm}", f"{firm} third-quarter profit rises", said, guid="results")  # fmt: skip
            changes = desk.poll("wire", (shown,), NOW + hour * HOUR)
            assert len(changes.articles) == 1
            assert not changes.revisions


@pytest.mark.parametrize("pages", ["feed-only", "fetch"])
def test_a_changed_slug_whose_guid_is_its_address_is_the_same_article(
    tmp_path: Path, pages: str
) -> None:
    wire = Feed("wire", "http://wire.example/rss", "Wire", "en", pages=pages)  # type: ignore[arg-type]
    with started(tmp_path, feeds=(wire,)) as desk:
        quality = "full" if pages == "feed-only" else "lead"
        for hour, slug in ((1, "gas-leak"), (2, "velm-shuts-terminal")):
            url = f"http://wire.example/{slug}"
            shown = entry(url, "Leak shuts terminal", PIPELINE, guid=url, quality=quality)
            changes = desk.poll("wire", (shown,), NOW + hour * HOUR)
            for page in changes.asked:
                article = Article(url, "Leak shuts terminal", PIPELINE, "en", quality="full")
                done = desk.page(desk.claim(page.id, NOW + hour * HOUR), article, NOW + hour * HOUR)
                assert done is not None
                changes = done
            assert len(changes.articles) == (hour == 1)
            assert bool(changes.notifications) == (hour == 1)
            assert changes.gap is None
            assert not changes.revisions


@pytest.mark.parametrize(
    ("first", "then", "hours", "beside"),
    [
        ("roads-at-0900", "roads-at-1000", 1, False),  # the next of a series
        ("roads", "traffic", 24, False),  # of another day
        ("roads", "traffic", 1, True),  # both are there
    ],
)
def test_the_same_words_under_another_address_are_another_article(
    tmp_path: Path, first: str, then: str, hours: int, beside: bool
) -> None:
    said = "All roads of the city are open, and nothing is known of any works this morning."
    with started(tmp_path) as desk:
        one, two = (entry(f"http://wire.example/{slug}", "Roads", said) for slug in (first, then))
        desk.poll("wire", (one,), NOW + HOUR)
        changes = desk.poll("wire", (two, one) if beside else (two,), NOW + HOUR + hours * HOUR)
        assert len(changes.articles) == 1
