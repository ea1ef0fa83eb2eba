"""Figures that matter, as ratios inside one run: `make bench`. Absolute times are this machine's.

pipeline   the whole way for the recorded pages against bare trafilatura with metadata, and with `extraction: best` (`whole_way.py`)
search     newest-first searches in an archive of 100,000 articles
start      `newswatch search` as a process against `python -c "import sqlite3, click"`
store      10,000 articles kept: per second, bytes each
rules      10,000 rules against an article, against ten rules
post       a large digest sealed; a thousand readers' letters sealed and sent (`post.py`)
alerts     a letter at once, from match to the server's yes, at ten articles a second (`alerts.py`)
boilerplate   copies that find their story among 10,000 with one foot
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

NOW = datetime(2026, 8, 20, tzinfo=UTC)
# Both are started as they are installed: their modules compiled once.
WITH_BYTECODE = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
WORDS = 30_000


def say(line: str) -> None:
    print(line, flush=True)


# ── boilerplate ─────────────────────────────────────────────────────────────────────────────


def boilerplate() -> None:
    """Ten thousand reports of their own above one foot, then a copy of every fiftieth."""
    from archive_of import report
    from newswatch import desk
    from newswatch.model import Article, Imported
    from newswatch.store import open_archive, open_ledger

    def imported(house: str, n: int, text: str) -> Imported:
        at = NOW + timedelta(seconds=n)
        url = f"http://{house}.example/{n}"
        return Imported(Article(url, f"Report {n}", text, "en", quality="full"), at, house)

    count, step = 10_000, 50
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:{folder}/p.db"
        ledger = open_ledger(address)
        intake = desk.Import(ledger, None, NOW, alert=False)
        begun = time.perf_counter()
        for batch in batches(imported("wire", n, report(n)) for n in range(count)):
            intake.keep(batch)
        spent = time.perf_counter() - begun
        for batch in batches(
            imported("paper", n, f"News.\n{report(n)}") for n in range(0, count, step)
        ):
            intake.keep(batch)
        ledger.close()
        archive = open_archive(address)
        stories = {a["url"]: a["story"] for a in archive.export("articles")}
        archive.close()
    found = sum(
        stories[f"http://paper.example/{n}"] == stories[f"http://wire.example/{n}"]
        for n in range(0, count, step)
    )
    apart = len({stories[f"http://wire.example/{n}"] for n in range(count)})
    say(
        f"boilerplate   {found} of {count // step} copies found their story among {count:,} under one"
        f" foot, which are {apart:,} stories; {count / spent:.0f} kept a second"
    )


# ── search and store ────────────────────────────────────────────────────────────────────────


def word(number: int) -> str:
    """A made-up word; low numbers come often, as in a language."""
    letters = "aeiou", "bcdfghklmnprstvz"
    out, n = "", number + 7
    while n:
        out += letters[1][n % 16] + letters[0][n // 16 % 5]
        n //= 80
    return out


def made_up(count: int, chance: random.Random) -> Any:
    from newswatch.model import Article, Imported

    vocabulary = [word(n) for n in range(WORDS)]
    weights = list(accumulate(1 / (n + 3) for n in range(WORDS)))
    for number in range(count):
        body = chance.choices(vocabulary, cum_weights=weights, k=200)
        body[0] = body[0].capitalize()
        text = "\n".join(" ".join(body[n : n + 50]) + "." for n in range(0, 200, 50))
        at = NOW - timedelta(minutes=count - number)
        article = Article(
            url=f"http://wire{number % 60}.example/{number}",
            title=" ".join(chance.choices(vocabulary, cum_weights=weights, k=9)),
            text=text,
            lang="en",
            published=at,
            published_from="feed",
            quality="full",
        )
        yield Imported(article, at, f"wire{number % 60}")


def archive(folder: str, count: int) -> tuple[str, float]:
    """An archive of made-up articles by way of an import, and how long keeping them took."""
    from newswatch import desk
    from newswatch.store import open_ledger

    address = f"sqlite:{folder}/a{count}.db"
    ledger = open_ledger(address)
    intake = desk.Import(ledger, None, NOW, alert=False)
    spent = 0.0
    for batch in batches(made_up(count, random.Random(1))):
        begun = time.perf_counter()
        intake.keep(batch)
        spent += time.perf_counter() - begun
    ledger.close()
    return address, spent


def batches(items: Any) -> Any:
    """Lists of 200."""
    items = iter(items)
    while batch := list(islice(items, 200)):
        yield batch


def filled(folder: str, count: int) -> str:
    """An archive of made-up articles kept as they are: recognition is no part of a search."""
    from newswatch.model import ArticleState, Changeset, Version
    from newswatch.store import open_ledger

    address = f"sqlite:{folder}/f{count}.db"
    ledger = open_ledger(address)
    number = 0
    for batch in batches(made_up(count, random.Random(1))):
        states = []
        for item in batch:
            name, said = f"{number:020x}", item.article
            number += 1
            version = Version(
                f"f{name[1:]}", name, 1, said.url, said.title, said.text, "en", item.source,
                item.source, item.seen, published=said.published, quality="full",
            )  # fmt: skip
            states.append(
                ArticleState(name, said.url, name, item.source, item.source, item.seen, version)
            )
        current = tuple(state.current for state in states)
        ledger.keep(Changeset(NOW, articles=tuple(states), versions=current))
    while ledger.tidy():  # as a writer does at the end of an import
        pass
    ledger.close()
    return address


def store() -> None:
    with tempfile.TemporaryDirectory() as folder:
        address, spent = archive(folder, 10_000)
        size = Path(address.removeprefix("sqlite:")).stat().st_size
        say(
            f"store      10,000 articles of 200 words: {10_000 / spent:,.0f} a second"
            f" (recognised, indexed, kept), {size / 10_000:,.0f} bytes each"
        )


def search() -> None:
    from newswatch import query
    from newswatch.store import open_archive

    with tempfile.TemporaryDirectory() as folder:
        address = filled(folder, 100_000)
        reader = open_archive(address)
        chance = random.Random(2)
        times: dict[str, list[float]] = {}
        for _ in range(400):
            often, rare = word(chance.randrange(60)), word(chance.randrange(60, 3000))
            asked = {
                "a common word": often, "a rare word": rare, "both": f"{often} {rare}",
                "either": f"{often} OR {rare}", "not": f"{often} -{rare}",
                "title": f"title:{often}", "source": f"source:wire{chance.randrange(60)} {often}",
                "a beginning": f"{rare[:4]}*",
            }  # fmt: skip
            for kind, text in asked.items():
                tree = query.read(text)
                begun = time.perf_counter()
                list(reader.search(tree, limit=20))
                times.setdefault(kind, []).append((time.perf_counter() - begun) * 1000)
        reader.close()
        for kind, found in times.items():
            found.sort()
            say(
                f"search     100,000 articles, newest 20, {kind}: median"
                f" {statistics.median(found):.2f} ms, p95 {found[int(len(found) * 0.95)]:.2f} ms"
            )
        every = sorted(t for kind, found in times.items() if kind != "a beginning" for t in found)
        say(f"search     all but beginnings: p95 {every[int(len(every) * 0.95)]:.2f} ms (wanted 5)")
        start(address)


def start_alone() -> None:
    with tempfile.TemporaryDirectory() as folder:
        start(filled(folder, 500))


def start(address: str) -> None:
    search_ = [sys.executable, "-m", "newswatch", "--store", address, "search", word(5)]
    installed = Path(sys.executable).with_name("newswatch")
    if installed.exists():
        search_[:3] = [str(installed)]
    base = [sys.executable, "-c", "import sqlite3, click"]
    ours, theirs = timed(search_), timed(base)
    say(
        f"start      newswatch search {ours * 1000:.0f} ms, python with sqlite3 and click"
        f" {theirs * 1000:.0f} ms: {ours / theirs:.2f}x (wanted 2.5)"
    )


def timed(command: list[str]) -> float:
    times = []
    for _ in range(15):
        begun = time.perf_counter()
        subprocess.run(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            env=WITH_BYTECODE,
        )
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


# ── rules ───────────────────────────────────────────────────────────────────────────────────


def rules() -> None:
    from newswatch import rules as room
    from newswatch.model import Rule, Version

    chance = random.Random(3)
    articles = [i.article for i in made_up(50, chance)]
    versions = [
        Version(str(n), str(n), 1, a.url, a.title, a.text, "en", "w", "w", NOW)
        for n, a in enumerate(articles)
    ]
    cost = {}
    for count in (10, 10_000):
        made = tuple(
            Rule(str(n), f"{word(chance.randrange(3000))} {word(chance.randrange(WORDS))}")
            for n in range(count)
        )
        index = room.index(made, {})
        begun = time.perf_counter()
        for version in versions:
            index.matches(version)
        cost[count] = (time.perf_counter() - begun) / len(versions) * 1000
    say(
        f"rules      10,000 rules {cost[10_000]:.2f} ms an article, ten rules {cost[10]:.2f} ms:"
        f" {cost[10_000] / cost[10]:.1f}x"
    )


def post() -> None:
    import post as letters

    letters.post()


def alerts() -> None:
    import alerts as at_once

    at_once.alerts()


def pipeline() -> None:
    import whole_way

    whole_way.pipeline()


BENCHES: dict[str, Callable[[], None]] = {
    "store": store,
    "rules": rules,
    "search": search,
    "start": start_alone,
    "pipeline": pipeline,
    "boilerplate": boilerplate,
    "post": post,
    "alerts": alerts,
}


if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHES:
        BENCHES[name]()
