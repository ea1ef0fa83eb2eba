"""Newsrooms: which are one house, and which wire a text credits, in the words of made-up articles."""

from __future__ import annotations

import json
import sqlite3
import tomllib
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_of import HOUR, NOW, PIPELINE, Desk, entry
from newswatch import extract
from newswatch.cli import code_of
from newswatch.model import Entry, Feed, Shown
from newswatch.newsrooms import (
    credit,
    house,
    independent,
    named,
    of_one_newsroom,
    printed_by,
    reprints,
)
from newswatch.query import read
from newswatch.store import open_archive, open_ledger

RIVER = "The river rose by two metres overnight, and the mayor had the lower market cleared."
FLUSS = "Der Fluss stieg über Nacht um zwei Meter, der untere Markt wurde geräumt."
REKA = "Река за ночь поднялась на два метра, нижний рынок закрыли."
RIO = "El río subió dos metros durante la noche y el mercado bajo fue desalojado."
FLEUVE = "Le fleuve est monté de deux mètres dans la nuit, le marché bas a été évacué."

CREDITED = [
    # datelines
    (f"LONDON, May 1 (Reuters) - {RIVER}", "Reuters"),
    (f"(Reuters) - {RIVER}", "Reuters"),
    (f"AKER/NEW OSTER, Aug 18 (Reuters) – {RIVER}", "Reuters"),
    (f"REUTERS: {RIVER}", "Reuters"),
    (f"A photograph of the river\nWASHINGTON (AP) — {RIVER}", "AP"),
    (f"OSTER, Neb. (AP) -- {RIVER}", "AP"),
    (f"Oster, United States | AFP | {RIVER}", "AFP"),
    (f"Berlin (dpa) - {FLUSS}", "dpa"),
    (f"Berlin (dpa/AFP) – {FLUSS}", "dpa"),
    (f"Berlin, 3. Mai (Reuters) - {FLUSS}", "Reuters"),
    (f"Madrid, 3 may (EFE).- {RIO}", "EFE"),
    (f"PARIS, 1er mai (Reuters) - {FLEUVE}", "Reuters"),
    (f"PARIS, AFP - {FLEUVE}", "AFP"),
    (f"МОСКВА, 1 мая. /ТАСС/. {REKA}", "TASS"),
    (f"ЛОНДОН, 4 мая. /Корр. ТАСС Илья Ветров/. {REKA}", "TASS"),
    (f"ТАСС, 3 мая. {REKA}", "TASS"),
    (f"МОСКВА, 1 мая — РИА Новости. {REKA}", "RIA Novosti"),
    (f"Москва. 1 мая. INTERFAX.RU - {REKA}", "Interfax"),
    ("新华社北京5月1日电 河水一夜之间上涨两米。", "Xinhua"),
    # last lines
    (f"{RIVER}\n— AP", "AP"),
    (f"{RIVER}\nAP", "AP"),
    (f"{RIVER}\nReuters", "Reuters"),
    (f"{RIVER}\n  • Reuters", "Reuters"),
    (f"{RIVER}\nSource: Reuters/fh(ec)", "Reuters"),
    (f"{RIVER}\n© 2026 AFP", "AFP"),
    (f"{RIVER}\nAnn Poe And John Doe, The Associated Press", "AP"),
    (f"{RIVER}\nThis report by The Canadian Press was first published May 2, 2020.", "The Canadian Press"),
    (f"{RIVER} — Reuters", "Reuters"),
    (f"{RIVER} (Yonhap)", "Yonhap"),
    (f"{RIVER}\nSource: Reuters\nNewsletter\nRead more", "Reuters"),
    (f"{FLUSS} (dpa)", "dpa"),
    (f"{FLUSS}\nQuelle: dpa", "dpa"),
    (f"{RIO}\nFuente: EFE", "EFE"),
    (f"{FLEUVE}\nSource : AFP", "AFP"),
    (f"{REKA}\nИсточник: ТАСС", "TASS"),
    (f"{REKA}\nИсточник — Интерфакс", "Interfax"),
    (f"{REKA} /ТАСС/", "TASS"),
    (f"{REKA}\nОб этом сообщает «Интерфакс».", "Interfax"),
    # what is invisible hides nobody
    (f"LONDON, May 1 (Reu\u200bters) - {RIVER}", "Reuters"),
]  # fmt: skip

NOT_CREDITED = [
    "",
    RIVER,
    f"The mayor told Reuters that {RIVER}",
    f"{RIVER} She told Reuters.",
    f"{RIVER}\nThe water will fall by Sunday, the mayor told the AP",
    f"Reuters said on Monday that - so far - {RIVER}",
    f"Reuters - the agency - said: {RIVER}",
    f"ТАСС — крупнейшее агентство. {REKA}",
    f"Как сообщает Интерфакс, {REKA}",
    f"{REKA} Об этом сообщает Интерфакс со ссылкой на мэрию города.",
    f"{REKA} Мэр рассказал ТАСС.",
    f"Reuters\n{RIVER}\n{RIVER}\n{RIVER}\n{RIVER}",  # over a photograph
    f"{RIVER}\nREUTERS/Jane Doe",
    f"REUTERS/Jane Doe\n{RIVER}",
    f"{RIVER}\nPhoto: AFP",
    f"{RIVER}\nFollow AP on the web",
    f"{RIVER}\nSource: Reuters Institute",
    f"{RIVER}\nSource: CNA/Reuters",
    f"{RIVER}\nSource: Agencies",
    f"{RIVER}\nWith inputs from PTI",
    f"{RIVER}\nap",
    f"Some agencies (Reuters) - and others - say: {RIVER}",
    f"AP Moller Maersk. {RIVER}",
    # look-alike letters: the "е" is Cyrillic, the "TACC" Latin
    f"LONDON, May 1 (R\u0435uters) - {RIVER}",
    f"МОСКВА, 1 мая. /TACC/. {REKA}",
]


@pytest.mark.parametrize(("text", "wire"), CREDITED)
def test_a_copy_says_whose_it_is(text: str, wire: str) -> None:
    assert credit(text) == wire


@pytest.mark.parametrize("text", NOT_CREDITED)
def test_a_mention_or_a_photograph_is_no_credit(text: str) -> None:
    assert credit(text) == ""


@pytest.mark.parametrize(
    ("author", "wire"),
    [
        ("Reuters", "Reuters"), ("By Reuters", "Reuters"), ("REUTERS", "Reuters"),
        ("Reuters Staff", "Reuters"), ("Jane Doe, Associated Press", "AP"), ("Jane Doe (AP)", "AP"),
        ("Jane Doe | AFP", "AFP"), ("Agence France-Presse in Paris", "AFP"), ("von dpa", "dpa"),
        ("Agencia EFE", "EFE"), ("Интерфакс", "Interfax"), ("Jane Doe, Reuters, AFP", "Reuters"),
        ("", ""), ("Jane Doe", ""), ("Sam Poe and Reuters", ""), ("Our staff", ""), ("CNA", ""),
        ("Apa Mueller", ""), ("R\u0435uters", ""),
    ],
)  # fmt: skip
def test_an_author_may_be_a_wire(author: str, wire: str) -> None:
    assert credit(RIVER, author) == wire


@pytest.mark.parametrize(
    "hostile",
    ["a" * 1_000_000, "Reuters " * 130_000, "(" * 1_000_000, "(Reuters/" * 110_000,
     "Source: " * 130_000, "A, " * 340_000, "\n" * 1_000_000, "/ - " * 250_000],
    ids=lambda s: repr(s[:9]),
)  # fmt: skip
def test_a_megabyte_of_anything_credits_nobody(hostile: str) -> None:
    """Squared, this would run for hours: the timeout of the suite is the judge."""
    assert credit(hostile, hostile) == ""


@given(st.text(), st.text())
def test_any_text_has_a_credit_of_a_known_house_or_none(text: str, author: str) -> None:
    found = credit(text, author)
    assert found == "" or house(found) == found


# ── houses ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("newsroom", "whose"),
    [
        ("BBC Sport", "BBC"), ("BBC News - World", "BBC"), ("bbc-world", "BBC"), ("BBC", "BBC"),
        ("CNA", "Mediacorp"), ("RFI (Afrique)", "France Médias Monde"), ("ТАСС", "TASS"),
        ("wall street journal", "Dow Jones"), ("  The   Wall Street Journal ", "Dow Jones"),
        ("Interfax-Ukraine", "Interfax-Ukraine"), ("RT", "RT"), ("Sputnik", "RIA Novosti"),
        ("Oster Herald", "Oster Herald"), ("oster-herald", "oster-herald"), ("", ""),
        ("Bbcx", "Bbcx"), ("\u0412\u0412\u0421", "\u0412\u0412\u0421"),
    ],
)  # fmt: skip
def test_a_newsroom_has_a_house(newsroom: str, whose: str) -> None:
    assert house(newsroom) == whose


def test_the_file_of_houses_is_sound() -> None:
    """No name in two houses, and each family says what it rests on and where that can be read."""
    path = files("newswatch.newsrooms") / "houses.toml"
    houses = tomllib.loads(path.read_text("utf-8"))["house"]
    seen: dict[str, str] = {}
    for entry_ in houses:
        assert set(entry_) <= {"name", "newsrooms", "credits", "domains", "fact", "source"}
        assert entry_["source"].startswith("http"), entry_["name"]
        for name in (entry_["name"], *entry_.get("newsrooms", ())):
            assert seen.setdefault(name.casefold(), entry_["name"]) == entry_["name"], name
        for name in entry_.get("credits", ()):
            assert credit(f"{RIVER}\n{name}") == entry_["name"]
            assert house(name) in (entry_["name"], name), f"{name} is also a newsroom of another"
        for domain in entry_.get("domains", ()):
            assert domain == domain.lower().strip(".")
            assert domain.count(".") >= 1
            assert seen.setdefault(domain, entry_["name"]) == entry_["name"], domain


def test_hosts_of_one_newsroom_are_told_by_the_domains_of_its_house() -> None:
    assert of_one_newsroom("www.bbc.co.uk", "m.bbc.com")
    assert of_one_newsroom("bbc.com", "bbc.com")
    assert not of_one_newsroom("www.bbc.com", "www.cnn.com")
    assert not of_one_newsroom("abbc.com", "bbc.com")
    assert not of_one_newsroom("bbc.com.example", "bbc.com")
    assert not of_one_newsroom("wire.example", "wire.example")  # of whom nothing is known
    assert not of_one_newsroom("", "")
    assert not of_one_newsroom("com", "co.uk")


def test_copies_of_one_house_or_one_wire_count_once() -> None:
    copies = [
        ("Reuters", ""), ("CNA", "Reuters"), ("The Straits Times", "Reuters"), ("BBC News", ""),
        ("BBC Sport", ""), ("CNA", ""), ("Reuters", "Reuters"), ("CNA", "Reuters"),
    ]  # fmt: skip
    assert independent(copies) == ("Reuters", "BBC News", "CNA")
    assert independent([]) == ()
    assert reprints(copies) == {"Reuters": ["CNA", "The Straits Times"]}


def test_a_copy_is_named_by_its_wire_and_where_it_was_printed() -> None:
    assert named("CNA", "Reuters") == "Reuters, via CNA"
    assert named("CNA", "") == "CNA"
    assert named("Reuters", "Reuters") == "Reuters"
    assert named("ТАСС", "TASS") == "ТАСС"
    assert printed_by("CNA", "Reuters") == "CNA"
    assert printed_by("CNA", "") == printed_by("Thomson Reuters", "Reuters") == ""


# ── on the way ──────────────────────────────────────────────────────────────────────────────


def lines(*said: str) -> str:
    return "".join(f"<p>{line}</p>" for line in said)


def test_the_foot_of_a_page_in_a_feed_names_the_wire_though_it_is_cut_off() -> None:
    buttons = ("Bookmark", "Share", "WhatsApp", "Telegram", "Facebook")
    html = lines(*buttons, RIVER, RIVER, "Source: Reuters/ab", "Newsletter")
    article = extract.entry_article(
        Entry("h", "g", "http://a.example/1", "River", html, True), "en"
    )
    assert (article.credit, article.text) == ("Reuters", f"{RIVER}\n{RIVER}")


def test_a_page_credits_by_its_author() -> None:
    page = f"""<html><head><title>River</title><meta name="author" content="Agence France-Presse">
    </head><body><article>{lines(RIVER, RIVER, RIVER, RIVER)}</article></body></html>"""
    article = extract.page_article(page.encode(), "text/html", "http://a.example/1", "en")
    assert article.credit == "AFP"


def shown(url: str, title: str, text: str, wire: str = "") -> Shown:
    """An entry whose reading found *wire* credited."""
    seen = entry(url, title, text)
    assert seen.article is not None
    return replace(seen, article=replace(seen.article, credit=wire))


def polled(folder: Path) -> Desk:
    """One story: Interfax reports it, two papers print the copy of Reuters, the BBC twice."""
    names = {"interfax": "Interfax", "cna": "CNA", "straits": "The Straits Times",
             "bbc-news": "BBC News", "bbc-sport": "BBC Sport"}  # fmt: skip
    desk = Desk(
        folder,
        feeds=tuple(Feed(n, f"http://{n}.example/", room) for n, room in names.items()),
    )
    for number, name in enumerate(names):
        wire = "Reuters" if name in ("cna", "straits") else ""
        desk.poll(
            name,
            (shown(f"http://{name}.example/1", f"Line shut {number}", PIPELINE, wire),),
            NOW + number * HOUR,
        )
    return desk


Said = pytest.CaptureFixture[str]


def asked(said: Said, desk: Desk, *words: str) -> str:
    assert code_of(("--store", desk.address, *words)) == 0
    return said.readouterr().out


def test_the_store_counts_houses_and_names_wires(tmp_path: Path) -> None:
    desk = polled(tmp_path)
    archive = open_archive(desk.address)
    try:
        (hit,) = archive.search(read('"gas pipeline"'), stories=True)
        copies = archive.show("http://interfax.example/1").copies
        (story,) = archive.export("stories")
        articles = {a["newsroom"]: a["credit"] for a in archive.export("articles")}
    finally:
        archive.close()
    assert hit.newsrooms == 3
    assert [(c.newsroom, c.credit) for c in copies] == [
        ("CNA", "Reuters"), ("The Straits Times", "Reuters"), ("BBC News", ""), ("BBC Sport", ""),
    ]  # fmt: skip
    assert story["newsrooms"] == ["BBC News", "Interfax", "Reuters"]
    assert story["via"] == {"Reuters": ["CNA", "The Straits Times"]}
    assert articles["CNA"] == "Reuters"
    assert articles["Interfax"] == ""


def test_the_command_line_shows_whose_a_copy_is(tmp_path: Path, capsys: Said) -> None:
    desk = polled(tmp_path)
    assert "also: Reuters, via CNA · Line shut 1" in asked(
        capsys, desk, "show", "http://interfax.example/1"
    )
    assert "Reuters, via CNA" in asked(capsys, desk, "show", "http://cna.example/1")
    said = asked(capsys, desk, "story", "http://cna.example/1")
    assert "5 articles in 3 newsrooms: BBC News, Interfax, Reuters" in said
    assert "Reuters, via The Straits Times  Line shut 2" in said
    value = json.loads(asked(capsys, desk, "story", "http://cna.example/1", "--json"))
    assert value["newsrooms"] == ["BBC News", "Interfax", "Reuters"]
    assert value["via"] == {"Reuters": ["CNA", "The Straits Times"]}
    assert "3 newsrooms" in asked(capsys, desk, "search", "pipeline", "--stories")
    found = [
        json.loads(line)
        for line in asked(capsys, desk, "search", "pipeline", "--json").splitlines()
    ]
    assert {v["newsroom"]: v["credit"] for v in found}["CNA"] == "Reuters"


def test_a_credit_stays_when_a_later_reading_lacks_it(tmp_path: Path) -> None:
    desk = polled(tmp_path)
    later = NOW + timedelta(hours=9)
    desk.poll(
        "cna", (shown("http://cna.example/1", "Line open", PIPELINE + "\nIt is open."),), later
    )
    archive = open_archive(desk.address)
    try:
        assert archive.show("http://cna.example/1").state.current.credit == "Reuters"
    finally:
        archive.close()


def test_what_was_stored_before_credits_were_read_is_asked_once(tmp_path: Path) -> None:
    """A store of before the column: its texts name the wire where they still hold it."""
    desk = Desk(tmp_path, feeds=(Feed("cna", "http://cna.example/", "CNA"),))
    desk.poll("cna", (entry("http://cna.example/1", "Shut", f"{PIPELINE}\nSource: AFP"),), NOW)
    desk.close()
    with sqlite3.connect(desk.address.removeprefix("sqlite:")) as old:
        old.execute("DROP INDEX version_credit")
        old.execute("ALTER TABLE version DROP COLUMN credit")
        old.execute("DELETE FROM _sqlite_migrations WHERE name = '0007_credits'")
    old.close()
    open_ledger(desk.address).close()
    archive = open_archive(desk.address)
    try:
        assert archive.show("http://cna.example/1").state.current.credit == "AFP"
    finally:
        archive.close()
