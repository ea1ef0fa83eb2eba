"""What goes of an old archive, what stays, and that nothing leads to what is gone."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive_of import HOUR, MARKET, NOW, PIPELINE, Desk, entry, report
from newswatch import deliver
from newswatch.cli import code_of
from newswatch.config import ConfigError
from newswatch.config import load as load_configuration
from newswatch.model import Ages, Retention, Rule
from newswatch.query import read
from newswatch.store import Pruned, open_archive, open_keeper, open_ledger
from newswatch.store.pruning import in_use
from newswatch.store.sqlite import sqlite3, stamp
from orphans import orphans

DAY = timedelta(days=1)
MONTH, YEAR = 30 * 86400, 365 * 86400
GAS = Rule("gas", "pipeline", ("desk",))
TEXTS = Retention(Ages(texts=MONTH))
ARTICLES = Retention(Ages(articles=MONTH))


def filled(folder: Path, *, told: bool = True) -> str:
    """A store of a story of two articles and two versions that was told of, a market report and forty others; the
    feeds show others by now.
    """
    with Desk(folder, in_force=(GAS,)) as desk:
        deliver.begin_slots(desk.ledger.outbox, desk.readers, NOW)
        desk.poll("wire", (entry("http://wire.example/1", "Leak halts gas", PIPELINE),), NOW)
        again = PIPELINE.replace("4:40", "4:50")
        desk.poll("wire", (entry("http://wire.example/1", "Leak halts gas", again),), NOW + HOUR)
        desk.poll(
            "paper", (entry("http://paper.example/1", "Gas is off", PIPELINE),), NOW + 2 * HOUR
        )
        desk.poll(
            "wire", (entry("http://wire.example/2", "Freight dearer", MARKET),), NOW + 3 * HOUR
        )
        others = tuple(
            entry(f"http://wire.example/o{n}", f"Report {n}", report(n)) for n in range(40)
        )
        desk.poll("wire", others, NOW + 4 * HOUR)
        for feed in ("wire", "paper"):
            last = entry(f"http://{feed}.example/last", f"Last of {feed}", report(99))
            desk.poll(feed, (last,), NOW + 5 * HOUR)
        if told:
            deliver.seal_due(desk.ledger.outbox, desk.readers, NOW + 12 * HOUR)
        while desk.ledger.tidy():
            pass
        return desk.address


def path_of(store: str) -> Path:
    return Path(store.removeprefix("sqlite:"))


def pruned(store: str, plan: Retention, after: timedelta, *, dry: bool = False) -> Pruned:
    """What goes, after which nothing leads nowhere."""
    gone = open_keeper(store).prune(plan, NOW + after, lambda _gone: None, dry=dry)
    assert orphans(path_of(store)) == []
    return gone


def found(store: str, query: str) -> list[str]:
    archive = open_archive(store)
    try:
        return [hit.version.title for hit in archive.search(read(query), limit=100)]
    finally:
        archive.close()


def kept(store: str, what: Any) -> list[dict[str, Any]]:
    archive = open_archive(store)
    try:
        return list(archive.export(what))
    finally:
        archive.close()


def test_texts_go_and_headlines_stay(tmp_path: Path) -> None:
    store = filled(tmp_path)
    everything = Retention(Ages(texts=MONTH), told=0)
    gone = pruned(store, everything, 31 * DAY)
    assert (gone.texts, gone.articles) == (44, 0)  # the last two are shown by their feeds
    assert gone.bytes > 44 * 300
    assert found(store, "compressor") == []
    assert set(found(store, "gas")) == {"Leak halts gas", "Gas is off"}
    assert found(store, "freight") == ["Freight dearer"]
    with_text = {v["title"] for v in kept(store, "versions") if v["text"]}
    assert with_text == {"Last of paper", "Last of wire"}
    assert {m["rule"] for m in kept(store, "matches")} == {"gas"}
    assert all(span["field"] == "title" for m in kept(store, "matches") for span in m["spans"])
    assert pruned(store, everything, 32 * DAY) == Pruned()


def test_what_somebody_was_told_of_stays_for_its_time(tmp_path: Path) -> None:
    store = filled(tmp_path)
    told = replace(TEXTS, told=YEAR)
    assert pruned(store, told, 100 * DAY).texts == 41
    assert len(found(store, "compressor")) == 2
    assert pruned(store, told, 364 * DAY).texts == 0
    assert pruned(store, told, 366 * DAY).texts == 3


def test_what_somebody_is_owed_stays(tmp_path: Path) -> None:
    store = filled(tmp_path, told=False)
    assert pruned(store, replace(ARTICLES, told=0), 4000 * DAY).articles == 41
    assert len(found(store, "compressor")) == 2


def test_a_story_goes_whole(tmp_path: Path) -> None:
    store = filled(tmp_path)
    all_of_it = replace(ARTICLES, told=0)
    gone = pruned(store, all_of_it, 31 * DAY)
    assert (gone.stories, gone.articles, gone.texts) == (42, 43, 44)
    assert sorted(a["title"] for a in kept(store, "articles")) == ["Last of paper", "Last of wire"]
    assert found(store, "gas OR freight OR report") == []
    assert kept(store, "matches") == []
    with sqlite3.connect(path_of(store)) as connection:
        connection.execute(
            "CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, version_index, 'instance')"
        )
        places = connection.execute("SELECT DISTINCT doc FROM temp.terms ORDER BY doc").fetchall()
        assert places == connection.execute("SELECT place FROM place ORDER BY place").fetchall()
        assert len(places) == 2
    connection.close()


def test_an_article_of_a_story_that_does_not_go_whole_loses_its_texts(tmp_path: Path) -> None:
    store = filled(tmp_path)
    plan = Retention(sources=(("paper", Ages(articles=MONTH)),), told=0)
    gone = pruned(store, plan, 31 * DAY)
    assert (gone.texts, gone.articles) == (1, 0)
    assert found(store, "compressor") == ["Leak halts gas"]


def test_an_entry_that_comes_back_is_stored_anew(tmp_path: Path) -> None:
    store = filled(tmp_path)
    pruned(store, replace(ARTICLES, told=0), 31 * DAY)
    with Desk(tmp_path, in_force=(GAS,)) as desk:
        later = NOW + 40 * DAY
        desk.poll("wire", (entry("http://wire.example/1", "Leak halts gas", PIPELINE),), later)
    assert found(store, "compressor") == ["Leak halts gas"]
    assert orphans(path_of(store)) == []


def test_a_text_that_is_gone_is_known_when_it_is_shown_again(tmp_path: Path) -> None:
    store = filled(tmp_path)
    pruned(store, replace(TEXTS, told=0), 31 * DAY)
    before = kept(store, "versions")
    with Desk(tmp_path, in_force=(GAS,)) as desk:
        again = PIPELINE.replace("4:40", "4:50")
        shown = entry("http://wire.example/1", "Leak halts gas", again)
        changes = desk.poll("wire", (shown,), NOW + 40 * DAY)
        assert changes.notifications == ()
    assert [v["id"] for v in kept(store, "versions")] == [v["id"] for v in before]
    assert orphans(path_of(store)) == []


def test_a_story_that_may_grow_stays(tmp_path: Path) -> None:
    store = filled(tmp_path)
    with Desk(tmp_path) as desk:
        late, desk.tampered = NOW + 60 * DAY, True
        desk.poll("paper", (entry("http://paper.example/new", "New", report(7)),), late)
        desk.ledger._connection.execute(
            "UPDATE story SET last_seen = ?", (f"{late:%Y-%m-%dT%H:%M:%S}.000000Z",)
        )
        desk.ledger._connection.commit()
    plan = replace(TEXTS, told=0)
    gone = open_keeper(store).prune(plan, NOW + 61 * DAY, lambda _gone: None, dry=False)
    assert gone == Pruned()


def test_a_dry_run_counts_what_goes_and_changes_nothing(tmp_path: Path) -> None:
    store = filled(tmp_path)
    plan = Retention(Ages(texts=MONTH, articles=2 * MONTH), told=0)
    before = path_of(store).read_bytes()
    for after in (31 * DAY, 61 * DAY):
        counted = pruned(store, plan, after, dry=True)
        assert path_of(store).read_bytes() == before
        assert counted == pruned(store, plan, after)
        before = path_of(store).read_bytes()


def test_ages_are_those_of_the_source_then_of_the_tag_then_of_all() -> None:
    plan = Retention(
        Ages(9, 10), (("tass", Ages(1, 2)),), (("sport", Ages(5, 0)), ("live", Ages(3, 4)))
    )
    assert plan.ages_of("tass", ["sport"]) == Ages(1, 2)
    assert plan.ages_of("wire", ["sport", "live"]) == Ages(3, 4)
    assert plan.ages_of("wire", ["sport"]) == Ages(5, 0)
    assert plan.ages_of("wire", []) == Ages(9, 10)
    assert not Retention().removes()
    assert Retention(size=1).removes()
    assert Retention(tags=(("sport", Ages(texts=1)),)).removes()


def test_the_oldest_goes_until_the_store_is_small_enough(tmp_path: Path) -> None:
    store = filled(tmp_path)
    with sqlite3.connect(path_of(store)) as connection:
        size = in_use(connection)
    connection.close()
    few = pruned(store, Retention(size=size - 6_000, told=0), 31 * DAY)
    assert 0 < few.texts < 44
    assert few.articles == 0
    assert found(store, "compressor") == []  # the oldest first
    all_there_is = pruned(store, Retention(size=1, told=0), 31 * DAY)
    assert (all_there_is.texts, all_there_is.articles) == (44 - few.texts, 43)


def test_the_history_tells_of_it_and_is_whole(tmp_path: Path) -> None:
    store = filled(tmp_path)
    head = open_keeper(store).head().partition(":")
    pruned(store, replace(TEXTS, told=0), 31 * DAY)
    told = [change for change in kept(store, "changes") if change["kind"] == "pruned"]
    assert len(told) == 43
    assert sum(len(change["data"]["versions"]) for change in told) == 44
    pruned(store, replace(ARTICLES, told=0), 32 * DAY)
    proof = open_keeper(store).verify((int(head[0]), head[2]), lambda _done, _of: None)
    assert proof.found == ()
    with sqlite3.connect(path_of(store)) as connection:
        connection.execute("UPDATE version SET title = 'other'")
    connection.close()
    found_out = open_keeper(store).verify(None, lambda _done, _of: None).found
    assert len(found_out) == 2  # those that are left are held against their hashes


def test_the_writer_prunes_in_its_quiet_moments_once_a_week_and_gives_space_back(
    tmp_path: Path,
) -> None:
    store = filled(tmp_path)
    with Desk(tmp_path) as desk:
        desk.ledger._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = desk.ledger._connection.execute("PRAGMA page_count").fetchone()[0]
        plan = replace(ARTICLES, told=0)
        desk.ledger.prune(plan, NOW + 31 * DAY)
        while desk.ledger.tidy():
            pass
        assert desk.ledger._connection.execute("PRAGMA freelist_count").fetchone()[0] == 0
        assert desk.ledger._connection.execute("PRAGMA page_count").fetchone()[0] < before
        desk.ledger.prune(plan, NOW + 33 * DAY)
        assert not desk.ledger.tidy()
        desk.ledger.prune(plan, NOW + 38 * DAY)
        assert desk.ledger.tidy()
        desk.ledger.prune(Retention(), NOW + 50 * DAY)
        assert not desk.ledger.tidy()
    assert orphans(path_of(store)) == []
    archive = open_archive(store)
    try:
        assert archive.status()["pruned"]["articles"] == 43
    finally:
        archive.close()


def test_what_was_pruned_by_a_clock_that_was_ahead_is_gone_through_again(tmp_path: Path) -> None:
    filled(tmp_path)
    with Desk(tmp_path) as desk:
        ask = desk.ledger._connection.execute
        for day in (400, 31):
            desk.ledger.prune(replace(ARTICLES, told=0), NOW + day * DAY)
            while desk.ledger.tidy():
                pass
            done = json.loads(ask("SELECT value FROM meta WHERE key = 'pruned'").fetchone()[0])
            assert done["at"] == stamp(NOW + day * DAY)


def test_the_command_says_what_would_go_and_does_it_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = filled(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "newswatch.yaml").touch()
    here = ["--config", str(tmp_path / "config"), "--store", store]
    assert code_of([*here, "prune"]) == 2
    assert "write `retention` in config/newswatch.yaml" in capsys.readouterr().err
    assert code_of([*here, "prune", "--texts", "20d"]) == 2
    assert "from 30 days on" in capsys.readouterr().err
    assert code_of([*here, "prune", "--tag", "sport"]) == 2
    capsys.readouterr()
    assert code_of([*here, "prune", "--texts", "90d", "--json"]) == 0
    would = json.loads(capsys.readouterr().out)["would_prune"]
    assert would["texts"] == 41  # what was told of is kept five years
    assert code_of([*here, "prune", "--texts", "90d", "--yes"]) == 0
    assert capsys.readouterr().out.startswith("gone: 41 texts (")
    (article,) = [a for a in kept(store, "articles") if a["title"] == "Freight dearer"]
    assert code_of([*here, "show", article["id"]]) == 0
    assert "its text was removed at" in capsys.readouterr().out
    assert code_of([*here, "status"]) == 0
    assert "41 texts, 0 articles" in capsys.readouterr().out


def test_the_configuration_says_what_goes(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    main = folder / "newswatch.yaml"
    main.write_text(
        "retention:\n  texts: 2y\n  size: 20GB\n  told: 0\n  sources: {wire: {texts: 90d}}\n"
        "  tags: {sport: {articles: 1y}}\n"
    )
    found = load_configuration(folder, tmp_path / "feeds.yaml").retention
    assert found == Retention(
        Ages(2 * YEAR, 0), (("wire", Ages(90 * 86400)),), (("sport", Ages(0, YEAR)),), 0, 20 * 10**9
    )
    for wrong, said in (
        ("texts: 3d", "from 30 days on"),
        ("size: 20", "a size like"),
        ("size: 1MB", "100MB at least"),
        ("told: never", "an age like"),
        ("sources: {wire: {text: 90d}}", "text"),
    ):
        main.write_text(f"retention:\n  {wrong}\n")
        with pytest.raises(ConfigError, match=said):
            load_configuration(folder, tmp_path / "feeds.yaml")


def test_the_room_of_texts_that_went_is_given_back(tmp_path: Path) -> None:
    """A text of 350 words shares its page with no other: shrunk in place, it would leave the page as it is."""
    with Desk(tmp_path) as desk:
        long = ("\n".join(report(1000 + 9 * n + i) for i in range(5)) for n in range(200))
        others = tuple(entry(f"http://wire.example/o{n}", f"Report {n}", text) for n, text in enumerate(long))  # fmt: skip
        desk.poll("wire", others, NOW)
        desk.poll("wire", (entry("http://wire.example/last", "Last", report(99)),), NOW + HOUR)
    assert pruned(desk.address, replace(TEXTS, told=0), 40 * DAY).texts == 200
    open_ledger(desk.address).close()
    path = path_of(desk.address)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute("VACUUM INTO ?", (str(tmp_path / "least.db"),))
    assert path.stat().st_size < 1.1 * (tmp_path / "least.db").stat().st_size
