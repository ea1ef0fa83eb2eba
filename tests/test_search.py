"""Search, rules and a plain evaluation of the query agree, version by version."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive_of import HOUR, MARKET, NOW, PIPELINE, Desk, entry
from newswatch import query, rules
from newswatch.model import Feed, Rule
from newswatch.store import open_archive, open_ledger
from newswatch.store.sqlite import row_floor

TEXTS = (
    ("Gas pipelines shut", "The gas pipeline was shut. U.S. officials said so.", "en"),
    ("Санкции против порта", "Совет ответил санкциями. Газопровод закрыт, ёлки остались.", "ru"),
    (
        "AT&T and C++ at 3.5%",
        "It's said that COVID-19 cost AT&T 3.5% in 2026, @user wrote #tag.",
        "en",
    ),
    ("天然气管道关闭", "天然气管道周二关闭。日本語も。", "zh"),
    ("Pipeline gas", "Gas, in a pipeline, or a gas station beside the pipeline.", "en"),
    ("Le gaz coupé", "Les gazoducs étaient fermés à l'été. Café et crème.", "fr"),
    ("", "A text without any headline at all, about oil.", "en"),
    ("Only a headline about oil", "", "en"),
    (
        "Selenskyj trifft Merkel",
        "Kanzler und Wolodymyr Selenskyj sprachen über AS-1234 und gas.",
        "de",
    ),
    ("Зеленского ждут", "Владимира Зеленского и Меркель ждут, рейс AS-777777, газ и нефть.", "ru"),
    ("泽连斯基", "泽连斯基总统周二说天然气。", "zh"),
    ("Zelenka wins", "Zelenka, not Zelenskyy nor Zelenskiy; oil near gas near oil.", "en"),
    ("Sanctions: transit", "Transits were transitory; the transit of sanctioned gas ended.", "en"),
    ("Акции Газпрома", "Газпром три дня менял системы, ВВП рынков; Киев ждал.", "ru"),
    ("Система «Газпрома»", "В Киеве день, по рынкам: ВВП-рынок, а системою править.", "uk"),
    ("Une ville", "Газпромом и Киевом занят день, систем нет.", "fr"),
    ("العقوبات", "قال الوزير إن عقوبات جديدة", "ar"),
)
WORDS = (
    "gas", "pipeline", "pipelines", "sanctions", "санкции", "газопровод", "елки", "ёлки", "U.S.",
    "AT&T", "C++", "it's", "COVID-19", "3.5%", "@user", "#tag", "日本語", "管道", "oil", "transit",
    "cafe", "été", "station", "headline", "gazoduc", "user", "2026", "zelenka", "near", "resumed",
    "Газпром", "газпрому", "киева", "систему", "дня", "рынок", "ввп-рынка", "عقوبات",
)  # fmt: skip
NAMED = (
    "name:Zelensky",
    "name:Зеленский",
    "name:Merkel",
    'name:"Vladimir Zelensky"',
    "name:Zelenka",
)
PATTERNS = (
    r"/AS-\d{4,6}/",
    r"/[Gg]as\b/",
    r"title:/^\S+ gas/",
    r"lead:/gas/",
    r"body:/(?i)THE gas/",
    r"/\bоил|oil\b/",
)


def leaves() -> st.SearchStrategy[str]:
    words = st.sampled_from(WORDS)
    field = st.sampled_from(["", "", "", "title:", "lead:", "body:"])
    near = st.one_of(
        words,
        st.builds(lambda f, w: f"{f}{w}", field, words),
        st.builds(lambda a, b: f'"{a} {b}"', words, words),
        st.builds(lambda a, b: f"({a} OR {b})", words, words),
        st.builds(lambda a, b: f"({a} {b})", words, words),
        st.sampled_from([*NAMED, "trans*", '(gas OR "the transit" OR name:Merkel)']),
    )
    distance = st.sampled_from([1, 2, 3, 8, 1000])
    return st.one_of(
        st.builds(lambda a, n, b: f"{a} NEAR/{n} {b}", near, distance, near),
        st.builds(lambda a, n, b, m, c: f"{a} NEAR/{n} {b} NEAR/{m} {c}", near, distance, near, distance, near),
        st.builds(lambda w, p: f"({w} {p})", words, st.sampled_from(PATTERNS)),
        st.builds(lambda w, p: f"({w} -{p})", words, st.sampled_from(PATTERNS)),
        st.sampled_from([*NAMED, "changed:yes", "corrected:yes", "changed:no", "corrected:no"]),
        st.builds(lambda f, w: f"{f}{w}", field, words),
        st.builds(lambda f, a, b: f'{f}"{a} {b}"', field, words, words),
        st.builds(lambda f, w: f"{f}{w[:3]}*", field, st.sampled_from(["gas", "trans", "pipe", "санк"])),
        st.sampled_from(
            ["source:feed1", "newsroom:paper", "lang:ru", "tag:energy", 'author:"jane doe"',
             "since:2026-03-03T09:00Z", "until:2026-03-03T10:30Z"]
        ),
    )  # fmt: skip


def queries() -> st.SearchStrategy[str]:
    return st.recursive(
        leaves(),
        lambda inner: st.one_of(
            st.builds(lambda a, b: f"({a} {b})", inner, inner),
            st.builds(lambda a, b: f"({a} OR {b})", inner, inner),
            st.builds(lambda a, b: f"({a} -{b})", inner, inner),
            st.builds(lambda a, b, c: f"({a} ({b} OR -{c}))", inner, inner, inner),
            st.builds(lambda a, b, c: f"({a} -(-{b} -{c}))", inner, inner, inner),
        ),
        max_leaves=5,
    )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory):
    feeds = tuple(
        Feed(f"feed{n}", f"http://f{n}.example/rss", "Paper" if n % 2 else "Wire",
             tags=("energy",) if n % 3 else (), pages="feed-only")
        for n in range(3)
    )  # fmt: skip
    with Desk(tmp_path_factory.mktemp("search"), feeds=feeds) as made:
        for number, (title, text, lang) in enumerate(TEXTS):
            url = f"http://f.example/{number}"
            now = NOW + timedelta(minutes=17 * number)
            shown = entry(url, title, text, lang=lang)
            made.poll(f"feed{number % 3}", (shown,), now)
            if number % 2:
                note = "Corrects spelling in paragraph 2. " if number % 4 == 1 else ""
                later = entry(url, title, f"{text}\n{note}Later: the transit resumed.", lang=lang)
                made.poll(f"feed{number % 3}", (later,), now + HOUR)
        yield made


def agree(desk: Desk, text: str) -> None:
    try:
        asked = query.read(text)
    except query.QueryError:
        return
    archive = open_archive(desk.address)
    try:
        everything = [v for a in archive.export("articles") for v in archive.show(a["id"]).versions]
        hits = [hit.version for hit in archive.search(asked, limit=1000, every_version=True)]
    finally:
        archive.close()
    found = {version.id for version in hits}
    plain = {v.id for v in everything if query.match(asked, query.view(v)) is not None}
    index = rules.index((Rule("r", text),), {})
    percolated = {v.id for v in everything if index.matches(v)}
    assert found == plain == percolated, text
    times = [row_floor(version.time) for version in hits]
    assert times == sorted(times, reverse=True), text


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(queries())
def test_search_rules_and_evaluation_agree(desk: Desk, text: str) -> None:
    agree(desk, text)


@pytest.mark.acceptance
@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(queries())
def test_search_rules_and_evaluation_agree_a_thousand_times(desk: Desk, text: str) -> None:
    agree(desk, text)


@pytest.mark.parametrize(
    "typed",
    ["lead:gas NEAR/20 transit", "lead:нефть NEAR/20 body:resumed", "body:later NEAR/20 lead:oil", "title:gas NEAR/3 gas"],
)  # fmt: skip
def test_near_across_the_lead_s_end_agrees(desk: Desk, typed: str) -> None:
    agree(desk, typed)


@pytest.mark.parametrize(
    "word", ["U.S.", "AT&T", "C++", "it's", "COVID-19", "3.5%", "@user", "#tag", "日本語"]
)
def test_what_people_type_finds_itself(desk: Desk, word: str) -> None:
    archive = open_archive(desk.address)
    found = list(archive.search(query.read(word)))
    archive.close()
    assert found
    assert all(word.lower() in f"{h.version.title} {h.version.text}".lower() for h in found)


def test_newest_first_one_an_article_and_the_other_ways(desk: Desk) -> None:
    archive = open_archive(desk.address)
    asked = query.read("transit")
    hits = list(archive.search(asked))
    times = [h.version.time for h in hits]
    assert times == sorted(times, reverse=True)
    assert len({h.version.article for h in hits}) == len(hits)
    every = list(archive.search(asked, every_version=True))
    assert len(every) >= len(hits)
    assert len(list(archive.search(asked, limit=2))) == 2
    assert {h.version.id for h in archive.search(asked, sort="relevance", every_version=True)} == {
        h.version.id for h in every
    }
    later = list(archive.search(asked, since=NOW + HOUR))
    assert later
    assert all(h.version.time >= NOW + HOUR for h in later)
    archive.close()


def test_current_asks_only_what_stands_now(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        url = "http://wire.example/1"
        desk.poll("wire", (entry(url, "Leak", PIPELINE),), NOW)
        desk.poll("wire", (entry(url, "Leak", MARKET),), NOW + HOUR)
        archive = open_archive(desk.address)
        asked = query.read("compressors")
        assert len(list(archive.search(asked))) == 1
        assert list(archive.search(asked, current=True)) == []
        archive.close()


def test_stories_are_told_once_with_their_newsrooms(tmp_path: Path) -> None:
    feeds = tuple(
        Feed(n, f"http://{n}.example/rss", n, "en", pages="feed-only") for n in ("one", "two")
    )
    with Desk(tmp_path, feeds=feeds) as desk:
        for n in ("one", "two"):
            desk.poll(n, (entry(f"http://{n}.example/1", "Leak", PIPELINE),), NOW)
        archive = open_archive(desk.address)
        (hit,) = archive.search(query.read("karvia"), stories=True)
        assert hit.newsrooms == 2
        archive.close()


def test_a_store_from_before_names_learns_how_its_words_are_spelt(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Selenskyj", PIPELINE),), NOW)
        connection = desk.ledger._connection
        connection.execute("DROP TABLE spelling")
        connection.execute("DROP TABLE unspelt")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = '0005_names_and_editions'")
        connection.commit()
    open_ledger(desk.address).close()
    archive = open_archive(desk.address)
    assert len(list(archive.search(query.read("name:Zelensky")))) == 1
    archive.close()


def test_a_store_of_an_earlier_reading_of_names_learns_the_new_one(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Šostakovič", PIPELINE),), NOW)
        while desk.ledger.tidy():
            pass
        connection = desk.ledger._connection
        connection.execute("DELETE FROM spelling WHERE surface LIKE '%stakovi%'")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '%_names_read_%'")
        connection.commit()
    ledger = open_ledger(desk.address)
    while ledger.tidy():
        pass
    ledger.close()
    archive = open_archive(desk.address)
    assert len(list(archive.search(query.read("name:Schostakowitsch")))) == 1
    archive.close()


def test_a_query_of_ten_thousand_characters_is_answered(desk: Desk) -> None:
    archive = open_archive(desk.address)
    wide = query.read(" OR ".join(f"word{n}" for n in range(900)) + " OR gas")
    assert len(list(archive.search(wide))) >= 2
    deep = query.read("(" * 40 + "gas" + ")" * 40)
    assert list(archive.search(deep))
    archive.close()


@pytest.mark.parametrize(
    "typed",
    [
        "gas " + " ".join(f"-word{n}" for n in range(800)),
        "gas -(" + " OR ".join(f"word{n}" for n in range(800)) + ")",
        "gas " + "(oil OR (gas " * 24 + "transit" + "))" * 24,
        "gas -" + "(oil OR -(gas " * 24 + "transit" + "))" * 24,
        " ".join(f"(gas OR word{n})" for n in range(550)),
    ],
)
def test_no_query_overflows_the_index(desk: Desk, typed: str) -> None:
    agree(desk, typed)
    archive = open_archive(desk.address)
    archive.count(query.read(typed))
    archive.close()


def test_a_name_is_found_before_and_after_its_words_are_filed_by_spelling(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Zelenskiy speaks in Aker"),), NOW)
        for _ in range(2):
            archive = open_archive(desk.address)
            found = [hit.version.title for hit in archive.search(query.read("name:Selenskyj"))]
            archive.close()
            assert found == ["Zelenskiy speaks in Aker"]
            while desk.ledger.tidy():
                pass
        assert not desk.ledger.tidy()
