"""Old months in files of their own: `python bench/months.py [--articles 20000] [--words 350]`.

Made-up articles of half a year are taken in by the way of an import; of two such stores one has all but its last month moved.
Told: how long that took, what share of the store's file left, and searches inside one month that was moved, asked of both
stores by turns: the same hits in the same order, or it ends; p95 on moved months against one file. Then the start: what a
reader's connection costs more than it did, and `newswatch search` as a process on both.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import shutil
import sqlite3 as std
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from run import WORDS, batches, word
from worlds import TEXTS

from newswatch import desk
from newswatch.model import Article, Imported
from newswatch.query import read
from newswatch.store import Archive, open_archive, open_keeper, open_ledger
from newswatch.store.months import read_whole
from newswatch.store.sqlite import open_reader

BEGINS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
BEFORE = datetime(2026, 6, 1, tzinfo=UTC)
INSIDE = {"since": datetime(2026, 3, 3, tzinfo=UTC), "until": datetime(2026, 3, 28, tzinfo=UTC)}
ASKED = 60  # queries of each kind
STARTS = 15
TURNS = 6


def made_up(count: int, words: int) -> Iterator[tuple[str, str, str]]:
    """Title, text and language of articles of so many *words* each."""
    chance = random.Random(1)
    vocabulary = [word(n) for n in range(WORDS)]
    weights = list(accumulate(1 / (n + 3) for n in range(WORDS)))

    for _ in range(count):
        body = chance.choices(vocabulary, cum_weights=weights, k=words)
        text = "\n".join(" ".join(body[n : n + 50]).capitalize() + "." for n in range(0, words, 50))
        yield " ".join(chance.choices(vocabulary, cum_weights=weights, k=9)), text, "en"


def recorded(count: int) -> Iterator[tuple[str, str, str]]:
    """The same of recorded articles, of all there are so many."""
    with gzip.open(TEXTS, "rt") as lines:
        told = [json.loads(line) for line in lines]
    full = [one for one in told if one["text"] and one["title"]]
    for one in full[:: max(1, len(full) // count)][:count]:
        yield one["title"], one["text"], one["lang"]


def grow(path: Path, articles: Iterable[tuple[str, str, str]], count: int) -> None:
    """Take in so many *articles*, one after the other over half a year."""

    def one(number: int, said: tuple[str, str, str]) -> Imported:
        at = BEGINS + (ENDS - BEGINS) * number / count
        url = f"http://wire{number % 60}.example/{number}"
        article = Article(url, *said, published=at, published_from="feed", quality="full")
        return Imported(article, at, f"wire{number % 60}")

    ledger = open_ledger(f"sqlite:{path}")
    intake = desk.Import(ledger, None, ENDS, alert=False)
    for batch in batches(one(number, said) for number, said in enumerate(articles)):
        intake.keep(batch)
    intake.finish()
    while ledger.tidy():
        pass
    ledger.shorten()
    ledger.close()


def queries(archive: Archive) -> dict[str, list[str]]:
    """Queries of each kind, made of what texts of the month hold."""
    chance = random.Random(2)
    found = archive.search(read(f"since:{INSIDE['since']:%Y-%m-%d}"), limit=2000, **INSIDE)
    split = [re.findall(r"[a-z]{3,}", hit.version.text.lower()) for hit in found]
    texts = [words for words in split if len(words) > 30]
    kinds: dict[str, Callable[[list[str], int], str]] = {
        "a word": lambda t, n: t[n],
        "two words": lambda t, n: f"{t[n]} {t[-n]}",
        "a phrase": lambda t, n: f'"{t[n]} {t[n + 1]}"',
        "NEAR": lambda t, n: f"{t[n]} NEAR/4 {t[n + 2]}",
        "a beginning": lambda t, n: f"{t[n][:4]}*",
        "/…/ and a word": lambda t, n: f"{t[n]} /{t[n + 1][:3]}[a-z]+ {t[n + 2]}/",
    }
    return {
        kind: [make(text, chance.randrange(1, len(text) - 3)) for text in chance.sample(texts, ASKED)]
        for kind, make in kinds.items()
    }  # fmt: skip


def compared(one: str, moved: str) -> None:
    """Ask both the same by turns, and print a line a kind: by the clock, and by the processor's time, which other work
    on the machine disturbs less.
    """
    with closing(open_archive(one)) as whole, closing(open_archive(moved)) as parted:
        both = (whole, parted)
        for kind, lines in queries(whole).items():
            for how in ({}, {"sort": "relevance"}):
                clock: dict[Archive, list[float]] = {whole: [], parted: []}
                worked: dict[Archive, list[float]] = {whole: [], parted: []}
                hits = 0
                for turn in range(TURNS + 1):  # the first opens files and fills caches
                    for line in map(read, lines):
                        found = {}
                        for archive in both[:: 1 - turn % 2 * 2]:
                            began, busy = time.perf_counter(), time.thread_time()
                            found[archive] = list(archive.search(line, limit=20, **INSIDE, **how))
                            if turn:
                                clock[archive].append(time.perf_counter() - began)
                                worked[archive].append(time.thread_time() - busy)
                        if found[whole] != found[parted]:
                            sys.exit(f"{line}: not the same hits in the same order")
                        hits += len(found[whole])
                a, b = (p95(clock[archive]) for archive in both)
                c, d = (p95(worked[archive]) for archive in both)
                what = f"{kind}{', by relevance' if how else ''}"
                print(
                    f"{what:<32} p95 {1000 * a:7.2f} ms, moved {1000 * b:7.2f} ms: {b / a:.2f}x, {d / c:.2f}x of the"
                    f" processor ({hits / (TURNS + 1) / ASKED:.1f} hits)",
                    flush=True,
                )


def p95(times: list[float]) -> float:
    return sorted(times)[len(times) * 95 // 100]


def started(one: str, moved: str) -> None:
    """What the view costs where a reader opens, and a search as a process on both."""
    costs = []
    for _ in range(50):
        with closing(open_reader(Path(one.removeprefix("sqlite:")))) as connection:
            began = time.perf_counter()
            read_whole(connection, Path(one.removeprefix("sqlite:")))
            costs.append(time.perf_counter() - began)
    print(f"the view, where a reader opens: {1e6 * statistics.median(costs):.0f} µs")
    took: dict[str, list[float]] = {one: [], moved: []}
    for _ in range(STARTS):
        for store in (one, moved):
            command = [sys.executable, "-m", "newswatch", "--store", store, "search", word(9), "--until", "2026-03", "-q"]  # fmt: skip
            began = time.perf_counter()
            subprocess.run(command[:-1], check=True, capture_output=True)
            took[store].append(time.perf_counter() - began)
    a, b = (statistics.median(took[store]) for store in (one, moved))
    print(f"`newswatch search` as a process: {1000 * a:.0f} ms, moved {1000 * b:.0f} ms: {b / a:.2f}x")  # fmt: skip


def holds(path: Path) -> None:
    """What the file's pages hold, as far as Python's own SQLite can tell."""
    try:
        with closing(std.connect(path)) as connection:
            found = connection.execute(
                "SELECT ifnull(tbl_name, 'sqlite_master'), sum(pgsize) AS size FROM dbstat"
                " LEFT JOIN sqlite_master USING (name) GROUP BY 1 ORDER BY 2 DESC LIMIT 8"
            ).fetchall()
            of = connection.execute("SELECT sum(length(CAST(text AS BLOB))) FROM version").fetchone()[0]  # fmt: skip
    except std.Error as wrong:
        print(f"what the file holds is not told: {wrong}")
        return
    all_of_it = path.stat().st_size
    said = ", ".join(f"{name} {part / all_of_it:.0%}" for name, part in found)
    print(f"the file holds: {said}; the bytes of all texts are {of / all_of_it:.0%} of it")


def size(path: Path) -> int:
    return sum(f.stat().st_size for f in (path, Path(f"{path}-wal")) if f.exists())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--words", type=int, default=350)
    parser.add_argument("--recorded", action="store_true", help="recorded texts (../shared)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        one, moved = Path(made) / "one.db", Path(made) / "moved.db"
        began = time.monotonic()
        told = recorded(asked.articles) if asked.recorded else made_up(asked.articles, asked.words)
        grow(one, told, asked.articles)
        holds(one)
        print(f"{asked.articles:,} articles taken in, {time.monotonic() - began:.0f} s", flush=True)
        shutil.copy(one, moved)
        before = size(moved)
        keeper = open_keeper(f"sqlite:{moved}")
        began, worked = time.perf_counter(), time.process_time()
        found: Any = keeper.archive(BEFORE, lambda _month, _done, _of: None)
        took, spent = time.perf_counter() - began, time.process_time() - worked
        texts = sum(one.texts for one in found)
        with closing(open_ledger(f"sqlite:{moved}")) as ledger:
            ledger.shorten()
        after = size(moved)
        beside = sum(f.stat().st_size for f in Path(f"{moved}.months").iterdir())
        print(
            f"{texts:,} texts of {len(found)} months moved: {1000 * took / texts * 1000:.0f} ms a thousand,"
            f" {1000 * spent / texts * 1000:.0f} of the processor"
        )
        print(
            f"the file: {before / 1e6:.1f} MB, then {after / 1e6:.1f}: {1 - after / before:.0%} of it left, for"
            f" {texts / asked.articles:.0%} of its texts; the months' files {beside / 1e6:.1f} MB"
        )
        compared(f"sqlite:{one}", f"sqlite:{moved}")
        started(f"sqlite:{one}", f"sqlite:{moved}")


if __name__ == "__main__":
    main()
