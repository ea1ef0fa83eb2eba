"""Search on a made-up million: `python bench/search.py [--articles 1000000] [--store PATH]`.

Builds the tables a search reads, not the articles' history, by the same functions the ledger uses, with a
Zipf vocabulary and articles of 350 words of which every twentieth names somebody and every two hundredth is
a correction; beside it a naive FTS5 table (text in it, ranked by date) on the same articles. Nothing stays
unless `--store` names a file. Times are of each kind of query in the process, in milliseconds, each asked of
200 different words: p95 and median by the clock, and p95 of the processor's time, which other work on the
machine disturbs less. Some are also asked of the index as it was built, before the writer's quiet moments.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from newswatch import query as language
from newswatch import text
from newswatch.model import Version
from newswatch.query.spelling import keys
from newswatch.store import open_archive, open_ledger
from newswatch.store import rows as rows_of
from newswatch.store.index import merge_some, put
from newswatch.store.sqlite import row_floor, sqlite3

START = datetime(2022, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=2)
NAMES = [
    "Zelensky",
    "Zelenskiy",
    "Selenskyj",
    "Зеленского",
    "Putin",
    "Poutine",
    "Lukashenko",
    "Lukaschenko",
    "Medvedev",
    "Scholz",
    "Merkel",
]


def vocabulary(chance: random.Random) -> list[str]:
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    made: dict[str, None] = {}
    while len(made) < 120_000:
        word = "".join(chance.choices(syllables, k=chance.randint(1, 4)))
        made[word + chance.choice("nrstlk")] = None
    return list(made)


def articles(count: int, words: list[str], chance: random.Random) -> Iterator[Version]:
    weights = list(accumulate(1 / (rank + 8) for rank in range(len(words))))
    passages = [" ".join(chance.choices(words, cum_weights=weights, k=35)) for _ in range(20_000)]
    for n in range(count):
        chosen = chance.choices(passages, k=9)
        chosen.append(" ".join(chance.choices(words, cum_weights=weights, k=35)))
        if n % 20 == 0:
            chosen[3] += f" {chance.choice(NAMES)} AS-{n % 100000}"
        title = chosen[9][: chosen[9].index(" ", 60)]
        at = START + STEP * n
        yield Version(
            f"v{n}", f"a{n}", 1, f"https://example.org/{n}", title, ". ".join(chosen[:9]), "en",
            "wire", "Wire", at, (), "", at, kind="new" if n % 200 else "correction",
        )  # fmt: skip


@lru_cache(maxsize=50_000)
def filed(passage: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = text.folded(passage)
    return words, text.word_terms(words, "en")


def file(connection: Any, version: Version, row: int, fresh: set[tuple[str, str]]) -> None:
    """Put it into the index as the ledger does, but each passage is read once only."""
    parts = [filed(passage) for passage in version.text.split(". ")]
    title = filed(version.title)
    for words, terms in (*parts, title):
        fresh.update(zip(words, terms, strict=True))
    body = [term for _, terms in parts for term in terms]
    put(connection, version, row, body, title[1], len(text.folded(text.lead(version.text))))


def build(path: Path, count: int, words: list[str]) -> None:
    open_ledger(f"sqlite:{path}").close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    connection.execute("CREATE VIRTUAL TABLE naive USING fts5(title, body, at UNINDEXED)")
    known: set[tuple[str, str]] = set()
    batch: list[tuple[Version, int]] = []
    for n, version in enumerate(articles(count, words, random.Random(1))):
        batch.append((version, row_floor(version.time) + 1))
        if len(batch) == 5000 or n == count - 1:
            fresh: set[tuple[str, str]] = set()
            table = [rows_of.version_row(v, row) for v, row in batch]
            columns = ", ".join(table[0])
            marks = ", ".join("?" * len(table[0]))
            connection.executemany(
                f"INSERT INTO version({columns}) VALUES ({marks})",
                [tuple(r.values()) for r in table],
            )
            connection.executemany(
                "INSERT INTO article VALUES (?, ?, ?, 'wire', 'Wire', ?, ?, 1, 0)",
                [
                    (v.article, v.url, v.article, rows_of.stamp(v.first_seen), v.id)
                    for v, _ in batch
                ],
            )
            for v, row in batch:
                file(connection, v, row, fresh)
            connection.executemany(
                "INSERT INTO naive VALUES (?, ?, ?)",
                [(v.title, v.text, rows_of.stamp(v.first_seen)) for v, _ in batch],
            )
            new = fresh - known
            known |= new
            connection.executemany("INSERT OR IGNORE INTO word VALUES (?, ?)", sorted(new))
            connection.executemany(
                "INSERT OR IGNORE INTO spelling VALUES (?, ?)",
                sorted({(key, surface) for surface, _ in new for key in keys(surface)}),
            )
            connection.commit()
            batch = []
            if (n + 1) % 50_000 == 0 and sys.stderr.isatty():
                print(f"{n + 1:,}", end="\r", file=sys.stderr)
    connection.close()


def p95(ask: Callable[[str], object], words: list[str]) -> str:
    times, worked = [], []
    for word in words:
        start, busy = time.perf_counter(), time.thread_time()
        ask(word)
        times.append(time.perf_counter() - start)
        worked.append(time.thread_time() - busy)
    times.sort()
    worked.sort()
    last = len(words) * 95 // 100
    return "".join(f"{1000 * t:9.1f}" for t in (times[last], times[len(times) // 2], worked[last]))


def settle(path: Path) -> None:
    """Merge the index as a writer does in quiet moments."""
    connection = sqlite3.connect(path)
    start, steps = time.perf_counter(), 0
    while merge_some(connection):
        connection.commit()
        steps += 1
    connection.close()
    took = time.perf_counter() - start
    print(f"merged in {took:.0f} s, {1000 * took / max(1, steps):.0f} ms a step of {steps:,}\n")


def segments(connection: Any) -> int:
    """In how many segments the index lies: FTS5 shifts a segment's number above its pages' ones."""
    found = connection.execute(
        "SELECT count(DISTINCT id >> 37) FROM version_index_data WHERE id > 10"
    )
    return int(found.fetchone()[0])


def measure(path: Path, count: int, words: list[str], *, whole: bool) -> None:
    archive = open_archive(f"sqlite:{path}")
    naive = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    chance = random.Random(5)
    asked = [chance.choice(words[:2000]) for _ in range(200)]
    middle = START + STEP * (count // 2)

    def ask(form: str, **how: object) -> Callable[[str], object]:
        def one(word: str) -> object:
            query = language.read(form.format(word, chance.choice(words[:500])))
            return list(archive.search(query, limit=20, **how))  # type: ignore[arg-type]

        return one

    print(f"{count:,} articles, {segments(naive)} segments; ms: p95, median, p95 of processor time")
    kinds: list[tuple[str, Callable[[str], object]]] = [
        ("a word, newest first", ask("{0}")),
        ("two words", ask("{0} {1}")),
        (
            "a word, a month in the past",
            ask("{0}", since=middle, until=middle + timedelta(days=30)),
        ),
        ("a word, by relevance", ask("{0}", sort="relevance")),
        ("a beginning", ask("{0:.4}*")),
        ("a phrase", ask('"{0} {1}"')),
        ("NEAR/8", ask("{0} NEAR/8 {1}")),
        ("a word beside /…/", ask("{0} /{1} [a-k]/")),
        ("corrected:yes beside a word", ask("{0} corrected:yes")),
    ]
    for label, one in kinds if whole else kinds[:5]:
        print(f"{label:32}{p95(one, asked)}", flush=True)
    if not whole:
        return
    print(f"{'name:':32}{p95(ask('name:{0}'), [chance.choice(NAMES) for _ in range(200)])}")

    def naively(word: str) -> object:
        return naive.execute(
            "SELECT title, snippet(naive, 1, '', '', '…', 20) FROM naive WHERE naive MATCH ?"
            " ORDER BY at DESC LIMIT 20", (word,)
        ).fetchall()  # fmt: skip

    print(f"{'naive FTS5, newest by date':32}{p95(naively, asked[:40])}")
    # Beside the terms: an article's lengths for bm25, and which row stands at which place.
    size, lengths, given, spelt, keyed = naive.execute(
        "SELECT (SELECT sum(length(block)) FROM version_index_data),"
        " (SELECT sum(length(sz) + 9) FROM version_index_docsize), (SELECT 16 * count(*) FROM place),"
        " (SELECT count(*) FROM word), (SELECT count(*) FROM spelling)"
    ).fetchone()
    print(
        f"index {(size + lengths + given) / count:,.0f} bytes an article; {path.stat().st_size / 1e9:.2f} GB"
    )
    print(f"{spelt:,} words, {keyed:,} keys")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--store", type=Path)
    given = parser.parse_args()
    words = vocabulary(random.Random(3))
    with tempfile.TemporaryDirectory() as folder:
        path = given.store or Path(folder) / "million.db"
        if not path.exists():
            start = time.perf_counter()
            build(path, given.articles, words)
            print(f"built in {time.perf_counter() - start:.0f} s")
            measure(path, given.articles, words, whole=False)
            settle(path)
        measure(path, given.articles, words, whole=True)


if __name__ == "__main__":
    main()
