"""The main job on real recorded wires: every entry stored, every version, no alert twice."""

from __future__ import annotations

import gzip
import html
import json
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from email import policy
from email.parser import BytesParser
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser
import pytest

from newswatch import crawl, desk
from newswatch.address import canonical
from newswatch.config import Configuration, MailSettings
from newswatch.exchange import read_changes
from newswatch.model import CrawlPolicy, DigestPlan, Feed, Person, Recorded, Rule
from newswatch.query import read
from newswatch.store import open_archive, open_keeper, open_ledger
from patient import LONG
from replay_log import entries_polled, items_shown, replayed_at
from replayed import Replay, replay

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]

POLICY = CrawlPolicy(
    user_agent="Mozilla/5.0 (compatible; newswatch test; +ops@example.org)",
    allow_networks=("127.0.0.0/8",),
    spacing=0.0,
    total_seconds=5.0,
)
ANNA = Person("anna", "anna@example.org", "Europe/Berlin")


def configuration(folder: Path, feeds: tuple[Feed, ...], rules: tuple[Rule, ...]) -> Configuration:
    return Configuration(
        store=f"sqlite:{folder / 'w.db'}",
        policy=POLICY,
        feeds=feeds,
        rules=rules,
        people=(ANNA,),
        digests=(DigestPlan("desk", ("anna",), ("07:30", "18:00")),),
        mail=MailSettings(server=f"file:{folder / 'letters'}", sender="newswatch@example.org"),
    )


def play(server: Replay, settings: Configuration, times: list[datetime]) -> None:
    """Run `once` at each of *times* in one process."""
    force = desk.in_force(settings)
    workers = desk.local_workers(settings.policy)
    ledger = open_ledger(settings.store)
    try:
        send = desk.sender(settings)
        for now in times:
            server.set(now)
            desk.once(force, ledger, workers, send, now)
    finally:
        ledger.close()
        workers.stop(5.0)


def exported(settings: Configuration, what: Any) -> list[dict[str, Any]]:
    archive = open_archive(settings.store)
    try:
        return list(archive.export(what))
    finally:
        archive.close()


# ── Reuters: 66 versions of a full-text feed ────────────────────────────────────────────────

MARKUP = re.compile(r'\[[A-Z]{2,}:[^\[\]]*?TEXT:"(.*?)"\s*\]|\[(?:USN|RIC):[\w.:]+\]', re.DOTALL)


def bare(text: str) -> str:
    """Text without any white space, as the recorded feed showed it: the test's own reading."""
    text = html.unescape(re.sub(r"<[^>]+>", "", text))
    text = MARKUP.sub(lambda found: found[1] or "", text)
    return tight(text)


def tight(text: str) -> str:
    """Text without any white space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text))


def shown_by(server: Replay, host: str, path: str) -> dict[str, dict[tuple[str, str], None]]:
    """Every distinct (title, text) that each address of a recorded feed ever showed, in order."""
    route = next(r for r in server.manifest()["routes"] if r["host"] == host and r["path"] == path)
    base = server.ask("hosts")[host]
    found: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for version in route["versions"]:
        body = gzip.decompress((server.site / "files" / version["file"]).read_bytes())
        parsed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
        for entry in parsed.entries:
            content = entry.content[0].value if entry.get("content") else entry.get("summary", "")
            url = canonical(entry.link.replace(f"https://{host}", base))
            found[url][bare(entry.title), bare(content)] = None
    return found


def read_whole(server: Replay, host: str, path: str) -> dict[str, dict[tuple[str, str], None]]:
    """The same of a feed whose texts stand among a page's furniture, as each recorded version reads when nothing of it
    was read before: the store has it from polls that each read what was new to them.
    """
    route = next(r for r in server.manifest()["routes"] if r["host"] == host and r["path"] == path)
    base = server.ask("hosts")[host]
    found: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for version in route["versions"]:
        body = gzip.decompress((server.site / "files" / version["file"]).read_bytes())
        read = crawl.read_feed(body, route["ctype"], f"https://{host}{path}", frozenset(), (), "")
        assert isinstance(read, crawl.Reading)
        for shown in read.window:
            assert shown.article is not None
            url = canonical(shown.url.replace(f"https://{host}", base))
            title, text = tight(shown.article.title), tight(shown.article.text)
            # Once an entry came without a text, among 27 showings with one: what is known of it is kept.
            if text or title not in {known for known, _ in found[url]}:
                found[url][title, text] = None
    return found


@pytest.fixture(scope="module")
def reuters(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("reuters")
    with replay("site-reuters") as server:
        feeds = []
        for number, offered in enumerate(server.ask("feeds")):
            wire = "reuters" in offered["recorded"]
            feeds.append(
                Feed(
                    name=f"reuters-{number}" if wire else f"cna-{number}",
                    url=offered["url"],
                    newsroom="Reuters" if wire else "CNA",
                    pages="fetch",
                    max_interval=600,
                )
            )
        rules = (
            Rule("iran", "Iran OR Irán", ("anna",)),
            Rule("oil", "oil OR crude OR petróleo", ("desk",)),
            Rule("corrected", '"has been corrected" OR "has been refiled"', ("anna",)),
        )
        settings = configuration(folder, tuple(feeds), rules)
        route = next(r for r in server.manifest()["routes"] if r["kind"] == "versions")
        times = [datetime.fromisoformat(v["from"]) for v in route["versions"]]
        assert len(times) == 66
        play(server, settings, times)
        shown = shown_by(server, "www.reuters.com", "/arc/outboundfeeds/partner/?outputType=xml")
        host, path = "www.channelnewsasia.com", "/api/v1/rss-outbound-feed?_format=xml"
        read = [
            read_whole(server, host, f"{path}{of}")
            for of in ("", "&category=6311", "&category=6936")
        ]
        return settings, shown, read


def test_reuters_every_version_shown_is_stored_and_no_other(reuters: Any) -> None:
    settings, shown, _ = reuters
    assert len(shown) > 500
    must_be_stored(settings, shown)


def test_cna_every_version_of_its_three_feeds_is_stored_and_no_other(reuters: Any) -> None:
    settings, _, read = reuters
    shown: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for feed in read:
        assert len(feed) > 15
        for url, pairs in feed.items():
            shown[url] |= pairs
    assert len(shown) > 150
    must_be_stored(settings, shown)


def must_be_stored(settings: Configuration, shown: dict[str, dict[tuple[str, str], None]]) -> None:
    """Hold the versions of every address that was *shown* to the titles and texts that it was shown with."""
    articles = {a["id"]: a for a in exported(settings, "articles")}
    by_address = {
        canonical(address): a["id"] for a in articles.values() for address in a["addresses"]
    }
    missing = [url for url in shown if url not in by_address]
    assert not missing
    wanted: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for url, pairs in shown.items():
        wanted[by_address[url]] |= set(pairs)
    stored: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for version in exported(settings, "versions"):
        if version["article"] in wanted:
            stored[version["article"]].append((tight(version["title"]), tight(version["text"])))
    wrong = {
        article: (len(pairs), len(stored[article]))
        for article, pairs in wanted.items()
        if Counter(stored[article]) != Counter(pairs)
    }
    assert not wrong
    assert sum(map(len, wanted.values())) > len(wanted)


def test_reuters_corrections_are_marked(reuters: Any) -> None:
    settings, *_ = reuters
    note = re.compile(r"has been (corrected|refiled)")
    versions = exported(settings, "versions")
    noted = {
        v["article"]
        for v in versions
        if v["source"].startswith("reuters") and note.search(v["text"])
    }
    marked = {v["article"] for v in versions if v["kind"] == "correction"}
    assert len(noted) >= 28
    assert noted <= marked


def test_reuters_no_alert_twice_and_letters_parse(reuters: Any) -> None:
    settings, *_ = reuters
    letters = list(Path(settings.mail.server.removeprefix("file:")).glob("*.eml"))
    ids = []
    for file in letters:
        message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        assert "anna@example.org" in message["To"]
        ids.append(message["Message-ID"])
    assert len(ids) == len(set(ids)) > 5
    told = Counter(
        (c["data"]["recipient"], c["data"]["rule"], c["subject"], c["data"]["occasion"])
        for c in exported(settings, "changes")
        if c["kind"] == "notification"
    )
    assert told
    assert max(told.values()) == 1


def test_cna_text_is_without_page_furniture(reuters: Any) -> None:
    settings, *_ = reuters
    furniture = re.compile(
        r"Bookmark|WhatsApp|\(Updated:|Sign up for our newsletters|CNA Games|Advertisement"
        r"|return to FAST|Also worth reading|^Source: ",
        re.MULTILINE,
    )
    cna = [v for v in exported(settings, "versions") if v["source"].startswith("cna")]
    assert len(cna) > 100
    assert not [v["id"] for v in cna if furniture.search(v["text"])]


def test_reuters_a_copy_made_of_the_stream_says_the_same(reuters: Any, tmp_path: Path) -> None:
    settings, *_ = reuters
    must_be_copied(
        settings, tmp_path, ("Iran", "oil OR crude", 'title:"price"', "name:Trump", "corrected")
    )


def must_be_copied(settings: Configuration, folder: Path, queries: tuple[str, ...]) -> None:
    """Make a copy by the archive's stream, as it goes through a file, and hold it to the first one."""
    copy = replace(settings, store=f"sqlite:{folder / 'copy.db'}")
    told = [json.dumps(change).encode() for change in exported(settings, "changes")]
    ledger = open_ledger(copy.store)
    try:
        for begins in range(0, len(told), 500):
            changes = list(read_changes(told[begins : begins + 500]))
            assert ledger.replica.take([c for c in changes if isinstance(c, Recorded)]) == len(
                changes
            )
    finally:
        ledger.close()
    for what in ("articles", "stories", "matches"):
        assert exported(copy, what) == exported(settings, what)
    archives = open_archive(settings.store), open_archive(copy.store)
    try:
        for query in queries:
            first, second = (
                list(archive.search(read(query), limit=100_000)) for archive in archives
            )
            assert first
            assert first == second
    finally:
        for archive in archives:
            archive.close()
    for store in (settings.store, copy.store):
        assert open_keeper(store).verify(None, lambda _done, _of: None).found == ()


# ── sixty newspapers and wires, with faults ─────────────────────────────────────────────────


@pytest.fixture(scope="module")
def newspapers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("newspapers")
    with replay("site-newspapers") as server:
        feeds = []
        for number, offered in enumerate(server.ask("feeds")):
            host = offered["recorded"].partition("/")[0]
            link_only = "reuters" in offered["recorded"]
            feeds.append(
                Feed(
                    name=f"f{number}-{host}",
                    url=offered["url"],
                    newsroom=host,
                    lang=(offered["language"] or "").lower(),
                    pages="link-only" if link_only else "fetch",
                    max_interval=1800,
                    looks=False,  # a thousand pages again, which none of these tests asks for
                )
            )
        rules = (
            Rule("russia", "Russia OR Россия", ("anna",)),
            Rule("trade", "tariff OR trade OR пошлины", ("desk",)),
        )
        settings = configuration(folder, tuple(feeds), rules)
        start = datetime.fromisoformat(server.manifest()["t0"])
        play(server, settings, [start + timedelta(hours=hour) for hour in range(49)])
        return (
            settings,
            server.ask("expected"),
            list(entries_polled(server)),
            server.ask("log"),
            server.manifest(),
            server.ask("hosts"),
        )


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return Counter(zip(*(words[i:] for i in range(4)), strict=False))


def f1(mine: str, gold: str) -> float:
    a, b = shingles(mine), shingles(gold)
    both = sum((a & b).values())
    if not a or not b:
        return float(mine.strip() == gold.strip())
    return 2 * both / (sum(a.values()) + sum(b.values()))


def test_newspapers_text_and_time_of_the_pages(newspapers: Any) -> None:
    settings, expected, *_ = newspapers
    by_address = {
        canonical(url): a for a in exported(settings, "articles") for url in a["addresses"]
    }
    scores, days, minutes = [], [], []
    for url, gold in expected.items():
        article = by_address.get(canonical(url))
        assert article is not None, url
        if gold.get("body"):
            scores.append(f1(article["text"], gold["body"]))
        if gold.get("date"):
            mine = article["published"]
            days.append(bool(mine) and _same_day(mine, gold["date"]))
            if len(gold["date"]) > len("2026-08-20") and "00:00:00" not in gold["date"]:
                minutes.append(bool(mine) and _same_minute(mine, gold["date"]))
    figures = (
        f"text F1 {sum(scores) / len(scores):.3f} over {len(scores)}, day right"
        f" {sum(days) / len(days):.3f} of {len(days)}, minute right"
        f" {sum(minutes) / max(1, len(minutes)):.3f} of {len(minutes)}"
    )
    assert len(scores) == 274, figures
    assert sum(scores) / len(scores) >= 0.950, figures
    assert sum(days) / len(days) >= 0.93, figures
    assert sum(minutes) / len(minutes) >= 0.95, figures


def _same_day(mine: str, gold: str) -> bool:
    """The same day in the gold's own zone, where it has one."""
    a, b = datetime.fromisoformat(mine), datetime.fromisoformat(gold)
    return (a.astimezone(b.tzinfo) if b.tzinfo else a).date() == b.date()


def _same_minute(mine: str, gold: str) -> bool:
    a, b = datetime.fromisoformat(mine), datetime.fromisoformat(gold)
    return abs((a - (b if b.tzinfo else b.replace(tzinfo=a.tzinfo))).total_seconds()) < 60


def test_newspapers_interfax_is_cyrillic(newspapers: Any) -> None:
    settings, *_ = newspapers
    interfax = [a for a in exported(settings, "articles") if "interfax" in a["source"]]
    assert len(interfax) > 20
    assert all(re.search("[а-яА-Я]", a["title"]) for a in interfax)
    assert not any("\ufffd" in a["title"] + a["text"] for a in interfax)


def test_newspapers_reuters_headlines_are_link_only(newspapers: Any) -> None:
    settings, _, _, log, manifest, hosts = newspapers
    path = "/arc/outboundfeeds/news-sitemap/?outputType=xml"
    route = next(r for r in manifest["routes"] if r["path"] == path)
    headlines = {
        canonical(replayed_at(item["url"], hosts)): item["url"]
        for items in items_shown(route, log)
        for item in items
    }
    stored = {canonical(url): a for a in exported(settings, "articles") for url in a["addresses"]}
    assert len(headlines) > 100
    assert all(
        url in stored and stored[url]["title"] and stored[url]["quality"] != "full"
        for url in headlines
    )
    asked = {f"https://{entry[2]}{entry[3]}" for entry in log}
    assert not asked & set(headlines.values())


def test_newspapers_no_alert_twice(newspapers: Any) -> None:
    settings, *_ = newspapers
    told = Counter(
        (c["data"]["recipient"], c["data"]["rule"], c["subject"], c["data"]["occasion"])
        for c in exported(settings, "changes")
        if c["kind"] == "notification"
    )
    assert told
    assert max(told.values()) == 1


@pytest.mark.parametrize(
    "queries", [pytest.param(("Russia", "Россия", "пошлины OR tariff", "name:Путин"), marks=LONG)]
)
def test_newspapers_a_copy_made_of_the_stream_says_the_same(
    newspapers: Any, tmp_path: Path, queries: tuple[str, ...]
) -> None:
    settings, *_ = newspapers
    must_be_copied(settings, tmp_path, queries)


def test_newspapers_every_entry_polled_is_stored(newspapers: Any) -> None:
    """What the server's log says was answered whole at each hour is what must be in the archive."""
    settings, _, entries, *_ = newspapers
    stored = {canonical(url) for a in exported(settings, "articles") for url in a["addresses"]}
    missing = [url for url in entries if url not in stored]
    assert len(entries) > 3000
    assert not missing
