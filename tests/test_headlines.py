"""Entries that are a headline alone: which stories they may belong to and whom they are told to; and
articles that take an older one's place, known by what their headlines say.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from archive_of import HOUR, NOW, PIPELINE, Desk, entry
from newswatch.model import Changeset, Feed, Rule
from test_ingest import started, told

# ── headlines alone ─────────────────────────────────────────────────────────────────────────

LINKS = (
    Feed("wire", "http://wire.example/rss", "Wire", "en", pages="feed-only"),
    Feed("links", "http://links.example/rss", "Links", "en", pages="link-only"),
)
HALTED = "Velm leak halts the gas pipeline at Karvia terminal"


def headline(desk: Desk, said: str, hour: float) -> Changeset:
    shown = entry(f"http://links.example/{said[:9]}{hour}", said, quality="headline")
    return desk.poll("links", (shown,), NOW + hour * HOUR)


def after_a_story(folder: Path) -> Desk:
    desk = started(folder, feeds=LINKS)
    desk.poll("links", (entry("http://links.example/0", "Weather", quality="headline"),), NOW)
    desk.poll("wire", (entry("http://wire.example/1", HALTED, PIPELINE),), NOW + HOUR)
    return desk


def test_a_headline_is_related_to_the_story_it_names_and_keeps_one_of_its_own(
    tmp_path: Path,
) -> None:
    with after_a_story(tmp_path) as desk:
        changes = headline(desk, "Gas pipeline at Karvia terminal halted after a leak, Velm", 2)
        (evidence,) = changes.evidence
        assert (evidence.relation, evidence.decided_by) == ("related", "headline only")
        (state,) = changes.articles
        assert state.story == state.id
        assert not headline(desk, "Grain harvest is late in the north", 3).evidence


def test_a_headline_says_nothing_new_for_six_hours_unless_it_does(tmp_path: Path) -> None:
    with after_a_story(tmp_path) as desk:
        same = headline(desk, "Gas pipeline at Karvia terminal halted after a leak, Velm", 2)
        assert [m.rule for m in same.matches] == ["gas"]
        assert not same.notifications
        more = headline(desk, "Velm leak halts gas pipeline at Karvia terminal for 14 days", 3)
        assert told(more) == {("anna", "now", "gas", "first")}  # a figure nobody was told
        named = headline(desk, "Gas pipeline at Karvia terminal halted by leak, Marta Olsen", 4)
        assert told(named) == {("anna", "now", "gas", "first")}
        late = headline(desk, "Gas pipeline at Karvia terminal halted by a leak at Velm", 12)
        assert told(late) == {("anna", "now", "gas", "first")}


def test_two_headlines_in_one_window_find_each_other(tmp_path: Path) -> None:
    with started(tmp_path, feeds=LINKS) as desk:
        desk.poll("links", (entry("http://links.example/0", "Weather", quality="headline"),), NOW)
        pair = tuple(
            entry(f"http://links.example/{n}", said, quality="headline")
            for n, said in enumerate([HALTED, "Karvia terminal: Velm gas pipeline leak"], 1)
        )
        changes = desk.poll("links", pair, NOW + HOUR)
        assert [e.relation for e in changes.evidence] == ["related"]
        assert [n.article for n in changes.notifications] == [changes.articles[0].id]


def test_a_headline_is_judged_again_when_its_text_comes(tmp_path: Path) -> None:
    with after_a_story(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/2", f"{HALTED}, again", quality="headline"),), NOW + 2 * HOUR)  # fmt: skip
        full = entry("http://wire.example/2", f"{HALTED}, again", f"{PIPELINE}\nMore will follow.")
        changes = desk.poll("wire", (full,), NOW + 3 * HOUR)
        assert len(changes.merged) == 1
        assert not changes.notifications


def test_a_text_behind_its_headline_is_no_second_alert_unless_it_is_more(tmp_path: Path) -> None:
    with started(tmp_path, feeds=LINKS) as desk:
        desk.poll("links", (entry("http://links.example/0", "Weather", quality="headline"),), NOW)
        assert told(headline(desk, HALTED, 1)) == {("anna", "now", "gas", "first")}
        text = entry("http://wire.example/1", "Leak at Velm halts gas pipeline, Karvia terminal", PIPELINE)  # fmt: skip
        behind = desk.poll("wire", (text,), NOW + 1.5 * HOUR)
        assert [m.rule for m in behind.matches] == ["gas", "ministers"]
        assert "gas" not in {n.rule for n in behind.notifications}
        (evidence,) = behind.evidence
        assert (evidence.article, evidence.decided_by) == (behind.articles[0].id, "headline only")
        assert told(headline(desk, "Tankers wait as Oster gas pipeline is cleaned", 2))
        more = entry("http://wire.example/2", "Tankers wait as Oster gas pipeline is cleaned by Sandel", TALKS.replace("gas", "gas pipeline"))  # fmt: skip
        assert "gas" in {n.rule for n in desk.poll("wire", (more,), NOW + 2.5 * HOUR).notifications}


def test_a_headline_that_changes_is_judged_again(tmp_path: Path) -> None:
    with after_a_story(tmp_path) as desk:
        url = "http://links.example/late"
        before = entry(url, "Karvia: what we know", quality="headline")
        assert not desk.poll("links", (before,), NOW + 1.5 * HOUR).matches
        after = entry(url, "Gas pipeline at Karvia terminal halted after Velm leak", quality="headline")  # fmt: skip
        changes = desk.poll("links", (after,), NOW + 2 * HOUR)
        assert [m.rule for m in changes.matches] == ["gas"]
        assert not changes.notifications


# ── chains ──────────────────────────────────────────────────────────────────────────────────

TALKS = """The three ministers agreed by telephone to draw on stored gas for ten days, a spokesman said.
Nobody will be cut off before the weekend, and the next talk is set for Thursday at noon in Aker."""


def test_an_update_under_another_address_joins_its_story_and_is_told_as_one(tmp_path: Path) -> None:
    with after_a_story(tmp_path) as desk:
        later = entry("http://wire.example/u1", f"UPDATE 1-{HALTED}, ministers talk", TALKS)
        changes = desk.poll("wire", (later,), NOW + 3 * HOUR)
        (state,) = changes.articles
        first = desk.ledger.known.aliases(["u:https://wire.example/1"])["u:https://wire.example/1"]
        assert state.story == first != state.id
        (evidence,) = [e for e in changes.evidence if e.relation == "same"]
        assert evidence.decided_by == "chain: UPDATE 1 of the same newsroom"
        assert ("anna", "now", "gas", "update") in told(changes)
        again = entry(
            "http://wire.example/u2",
            f"UPDATE 2-{HALTED}, ministers agree",
            f"{TALKS}\nThey agreed.",
        )
        more = desk.poll("wire", (again,), NOW + 4 * HOUR)
        assert more.articles[0].story == first
        assert ("anna", "now", "gas", "update") in told(more)


def test_the_same_slug_with_most_of_the_text_is_the_next_in_the_chain(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        for hour, name in (
            (1, "velm-leak-halts-gas-2026-03-03"),
            (3, "velm-leak-halts-gas-2-2026-03-03"),
        ):
            text = PIPELINE if hour == 1 else f"{PIPELINE}\n{TALKS}"
            shown = entry(f"http://wire.example/{name}", "Leak" if hour == 1 else "Talks", text)
            changes = desk.poll("wire", (shown,), NOW + hour * HOUR)
        assert [e.decided_by for e in changes.evidence] == ["chain: the same newsroom's slug again"]
        assert told(changes) >= {("anna", "now", "gas", "update")}


RESULTS = (
    "{0} said on Tuesday that its profit of the third quarter rose to {1} million crowns from {2}"
    " million, more than analysts had expected, as demand for its pumps grew in the north. The gas"
    " pipeline division made a loss. The chief executive of {0} will leave in the spring."
)


@pytest.mark.parametrize(
    ("title", "text", "joins"),
    [
        ("UPDATE 1-Oster third-quarter profit beats forecasts", RESULTS.format("Oster", 81, 64), False),
        ("UPDATE 1-Oster Third-Quarter Profit Beats Forecasts", RESULTS.format("Oster", 81, 64), False),
        ("UPDATE 1-Velm third-quarter profit beats forecasts, shares rise", TALKS, True),
        ("UPDATE 1-Velm Third-Quarter Profit Tops Forecasts", TALKS, True),
    ],
)  # fmt: skip
def test_an_update_joins_the_firm_that_it_names(
    tmp_path: Path, title: str, text: str, joins: bool
) -> None:
    first = "Velm third-quarter profit beats forecasts"
    with started(tmp_path, feeds=LINKS) as desk:
        shown = entry("http://wire.example/1", first, RESULTS.format("Velm", 43, 39))
        story = desk.poll("wire", (shown,), NOW + HOUR).articles[0].story
        update = desk.poll("wire", (entry("http://wire.example/2", title, text),), NOW + 2 * HOUR)
        assert (update.articles[0].story == story) is joins
        assert any(n.occasion.startswith("update") for n in update.notifications) is joins


@pytest.mark.parametrize(
    ("feed", "title", "hours"),
    [
        ("links", f"UPDATE 1-{HALTED}", 3),  # another newsroom's
        ("wire", "UPDATE 1-Grain harvest is late in the northern provinces", 3),
        ("wire", f"UPDATE 1-{HALTED}", 40),  # a day later it is a series
        ("wire", f"{HALTED}, ministers talk", 3),  # does not say so
    ],
)
def test_what_is_no_chain_stands_alone(tmp_path: Path, feed: str, title: str, hours: int) -> None:
    with after_a_story(tmp_path) as desk:
        later = entry(f"http://{feed}.example/u1", title, TALKS)
        changes = desk.poll(feed, (later,), NOW + hours * HOUR)
        assert changes.articles[0].story == changes.articles[0].id
        assert not [n for n in changes.notifications if n.occasion.startswith("update")]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("Velair cancels 120 flights over strike on Friday", "Osterair cancels 120 flights over strike on Friday"),
        ("Северобанк увеличил прибыль в первом квартале", "Южбанк увеличил прибыль в первом квартале"),
    ],
)  # fmt: skip
def test_a_headline_of_another_subject_is_an_alert_though_it_begins_with_it(
    tmp_path: Path, first: str, then: str
) -> None:
    rule = (Rule("all", "flights OR прибыль", ("anna",)),)
    with started(tmp_path, feeds=LINKS, rules=rule) as desk:
        desk.poll("links", (entry("http://links.example/0", "Weather", quality="headline"),), NOW)
        assert told(headline(desk, first, 1))
        assert told(headline(desk, then, 1.5))
        assert not told(headline(desk, f"{then} ", 2))
