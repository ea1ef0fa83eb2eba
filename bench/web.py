"""The archive in a browser on a store that has grown: `python bench/web.py [--articles 100000] [--store FILE]`.

Made-up articles of 200 words of 60 newsrooms are taken in by the way of an import and matched against ten rules: of ten
stories three are copied by one to five others, and every twentieth article is changed once. Then `newswatch web` is asked for each
kind of page, each time for another article, story, word or rule. Told of each: p95 and median from the question to the last byte,
with the connection, and p95 of the server's processor time, which other work on the machine disturbs less. Nothing stays unless `--store` names a file, which is taken as it is where it is there.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from run import NOW, WORDS, batches, made_up, word

from newswatch import desk, rules
from newswatch.model import EPOCH, Feed, Rule
from newswatch.query import Since
from newswatch.store import open_archive, open_ledger

ASKED = 200  # times that each kind of page is asked for
WANTED = 0.150  # seconds
LAST = 4_000  # newest stories that pages of one are asked of


def told(count: int, chance: random.Random) -> Iterator[Any]:
    """Articles, their copies and what became of them, in the order of their times."""
    left = count
    for one in made_up(count, random.Random(1)):
        yield one
        left -= 1
        if chance.random() < 0.3:
            for n in range(min(chance.randint(1, 5), left)):
                url = f"http://wire{chance.randrange(60)}.example/copy/{left}-{n}"
                at = one.seen + timedelta(minutes=7 * (n + 1))
                yield replace(one, article=replace(one.article, url=url, published=at), seen=at, source=url[7:].partition(".")[0])  # fmt: skip
                left -= 1
        if chance.random() < 0.05:
            words = one.article.text.split(" ")
            words[chance.randrange(len(words))] = str(chance.randrange(1000))
            yield replace(one, article=replace(one.article, text=" ".join(words)), seen=one.seen + timedelta(hours=2))  # fmt: skip
        if left <= 0:
            return


def grow(store: str, count: int) -> None:
    ledger = open_ledger(store)
    feeds = tuple(
        Feed(f"wire{n}", f"http://wire{n}.example/rss", f"Wire {n}", "en") for n in range(60)
    )
    found = tuple(Rule(f"rule{n}", word(2 + n * n * 4), ("nobody",)) for n in range(10))
    ledger.configure(feeds, [(rule, rules.fingerprint(rule)) for rule in found], NOW)
    intake = desk.Import(ledger, None, NOW, alert=False)
    begun = time.monotonic()
    for number, batch in enumerate(batches(told(count, random.Random(2))), 1):
        intake.keep(batch)
        if number % 50 == 0:
            print(f"{number * 200:,} articles, {time.monotonic() - begun:.0f} s", flush=True)
    intake.finish()
    ledger.close()


def questions(store: str, chance: random.Random) -> dict[str, Callable[[], str]]:
    with closing(open_archive(store)) as archive:
        hits = list(archive.search(Since(EPOCH), limit=LAST, stories=True))
        changed = [hit for hit in hits if hit.version.n > 1] or hits
        shared = [hit for hit in hits if hit.newsrooms > 1] or hits
    common, rare = [word(n) for n in range(40)], [word(n) for n in range(40, WORDS)]

    def asked(words: Callable[[], str], more: str = "") -> Callable[[], str]:
        return lambda: f"/search?q={quote(words())}{more}"

    return {
        "stories now": lambda: "/",
        "its tenth page": lambda: "/?page=10",
        "a story": lambda: f"/story/{chance.choice(hits).story}",
        "one of several newsrooms": lambda: f"/story/{chance.choice(shared).story}",
        "an article": lambda: f"/article/{chance.choice(hits).version.article}",
        "one with versions side by side": lambda: f"/article/{chance.choice(changed).version.article}",
        "search, a common word": asked(lambda: chance.choice(common)),
        "search, a rarer word": asked(lambda: chance.choice(rare)),
        "search, two words": asked(lambda: f"{chance.choice(common)} {chance.choice(rare)}"),
        "search, a phrase": asked(lambda: f'"{chance.choice(common)} {chance.choice(common)}"'),
        "search, a beginning": asked(lambda: f"{chance.choice(rare)[:4]}*"),
        "search, most relevant": asked(lambda: chance.choice(common), "&sort=relevance"),
        "search, by story": asked(lambda: chance.choice(common), "&by=stories"),
        "search, tenth page": asked(lambda: chance.choice(common), "&page=10"),
        "search, a wrong query": asked(lambda: f"({chance.choice(common)}"),
        "rules": lambda: "/rules",
        "a rule": lambda: f"/rule/rule{chance.randrange(10)}",
        "feeds": lambda: "/feeds",
        "a feed": lambda: f"/feed/wire{chance.randrange(60)}",
    }  # fmt: skip


def processor(process: int) -> float:
    """Seconds that all threads of a process have had a processor."""
    tasks = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def measure(store: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "newswatch", "--store", store, "-q", "web", "--port", "0"],
        stdout=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        port = int(child.stdout.readline().strip().rstrip("/").rpartition(":")[2])
        for kind, question in questions(store, random.Random(3)).items():
            took, spent = [], []
            for _ in range(ASKED):
                path = question()
                begun, before = time.perf_counter(), processor(child.pid)
                connection = http.client.HTTPConnection("127.0.0.1", port)
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
                connection.close()
                assert answer.status == (400 if "wrong" in kind else 200), (path, answer.status)
                took.append(time.perf_counter() - begun)
                spent.append(processor(child.pid) - before)
            p95, own = (statistics.quantiles(one, n=20)[-1] for one in (took, spent))
            print(
                f"{kind}: p95 {p95 * 1000:.0f} ms, median {statistics.median(took) * 1000:.0f}, at most"
                f" {max(took) * 1000:.0f} (wanted {WANTED * 1000:.0f}); of the processor p95 {own * 1000:.0f}",
                flush=True,
            )
    finally:
        child.terminate()
        child.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--store", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        file = asked.store or Path(made) / "web.db"
        if not file.exists():
            grow(f"sqlite:{file}", asked.articles)
        measure(f"sqlite:{file}")


if __name__ == "__main__":
    main()
