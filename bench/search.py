"""Search on a made-up million: `python bench/search.py [--articles 1000000] [--store PATH]`.

Builds the tables a search reads, not the articles' history, by the same functions the ledger uses, with a
Zipf vocabulary and articles of 350 words of which every twentieth names somebody and every two hundredth is
a correction; beside it a naive FTS5 table (text in it, ranked by date) on the same articles. Nothing stays
unless `--store` names a file. Times are p95 and median of each kind of query in the process, in
milliseconds, each asked of 200 different words. `--loose` leaves the index in the segments it was built in,
as a writer that never has a quiet moment would.
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


def build(path: Path, count: int, words: list[str], *, loose: bool) -> None:
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
    while not loose and merge_some(connection):
        connection.commit()
    connection.close()


def p95(ask: Callable[[str], object], words: list[str]) -> str:
    times = []
    for word in words:
        start = time.perf_counter()
        ask(word)
        times.append(time.perf_counter() - start)
    times.sort()
    return f"{times[len(times) * 95 // 100] * 1000:8.1f} {times[len(times) // 2] * 1000:8.1f}"


def measure(path: Path, count: int, words: list[str]) -> None:
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

    print(f"{count:,} articles, {path.stat().st_size / 1e9:.2f} GB;   p95 and median in ms")
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
    ]
    for label, one in kinds:
        print(f"{label:32} {p95(one, asked)}")
    print(f"{'name:':32} {p95(ask('name:{0}'), [chance.choice(NAMES) for _ in range(200)])}")
    print(f"{'corrected:yes beside a word':32} {p95(ask('{0} corrected:yes'), asked)}")

    def naively(word: str) -> object:
        return naive.execute(
            "SELECT title, snippet(naive, 1, '', '', '…', 20) FROM naive WHERE naive MATCH ?"
            " ORDER BY at DESC LIMIT 20", (word,)
        ).fetchall()  # fmt: skip

    print(f"{'naive FTS5, newest by date':32} {p95(naively, asked[:40])}")
    size, segments = naive.execute(
        "SELECT sum(length(block)), count(DISTINCT id >> 37) FILTER (WHERE id > 10)"
        " FROM version_index_data"
    ).fetchone()
    # Beside the terms: an article's lengths for bm25, and which row stands at which place.
    size += naive.execute("SELECT sum(length(sz) + 9) FROM version_index_docsize").fetchone()[0]
    size += 16 * count
    vocabulary_rows = naive.execute(
        "SELECT (SELECT count(*) FROM word), (SELECT count(*) FROM spelling)"
    ).fetchone()
    print(
        f"index {size / count:,.0f} bytes an article in {segments} segments;"
        f" words, keys: {tuple(vocabulary_rows)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--loose", action="store_true")
    given = parser.parse_args()
    words = vocabulary(random.Random(3))
    with tempfile.TemporaryDirectory() as folder:
        path = given.store or Path(folder) / "million.db"
        if not path.exists():
            start = time.perf_counter()
            build(path, given.articles, words, loose=given.loose)
            print(f"built in {time.perf_counter() - start:.0f} s")
        measure(path, given.articles, words)


if __name__ == "__main__":
    main()
