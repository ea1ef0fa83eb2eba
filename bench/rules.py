"""Ten thousand rules on one article: the index against a tree, a pattern and an FTS5 query each.

`python bench/rules.py`: made-up rules over a Zipf vocabulary, of every form the language has, matched
on made-up articles of 620 words. All four ways are timed in one run, on the rules each can express;
the index and the trees must answer alike. Times are medians of the articles, in
milliseconds; of the index and of reading a text the quickest of seven, as one is taken from the other.
"""

from __future__ import annotations

import random
import re
import resource
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import accumulate

from newswatch import query as language
from newswatch import rules, text
from newswatch.model import Rule, Version

RULES, ARTICLES, WORDS, VOCABULARY, COMMON = 10_000, 40, 620, 60_000, 3_000
SEEN = datetime(2026, 1, 1, tzinfo=UTC)


def vocabulary(chance: random.Random) -> list[str]:
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    made: dict[str, None] = {}
    while len(made) < VOCABULARY:
        made[
            "".join(chance.choices(syllables, k=chance.randint(2, 4))) + chance.choice("nrstlk")
        ] = None
    return list(made)


def rule(chance: random.Random, words: list[str], weights: list[float], n: int) -> Rule:
    c, common = chance.choices(words, cum_weights=weights, k=2)
    a, b, rare, other = chance.choices(
        words[COMMON:], k=4
    )  # what rules watch for is seldom what every text says
    form = n % 20
    if form < 8:
        query = f"{rare} {common}"
    elif form < 11:
        query = f'"{a} {b}" OR {rare}'
    elif form < 13:
        query = f"({rare} OR {other}) -{c}"
    elif form < 15:
        query = f"title:{common} {rare}"
    elif form == 15:
        query = f"{common} NEAR/8 {b}"
    elif form == 16:
        query = f"{rare[:7]}* {common}"
    elif form == 17:
        query = f"name:{rare}"
    elif form == 18:
        query = f"{rare} /{common[:4]}[a-z]+/"
    else:
        query = f"{a} {c} source:wire"
    return Rule(f"r{n}", query)


def least(deed: Callable[[], object]) -> float:
    """The seconds of the quickest of seven, each text read anew: what else runs only adds to them."""
    seconds = []
    for _ in range(7):
        text.placed.cache_clear()
        start = time.perf_counter()
        deed()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> None:
    chance = random.Random(7)
    words = vocabulary(chance)
    weights = list(accumulate(1 / (rank + 8) for rank in range(len(words))))
    written = tuple(rule(chance, words, weights, n) for n in range(RULES))

    def article(n: int) -> Version:
        body = " ".join(chance.choices(words, cum_weights=weights, k=WORDS))
        title = " ".join(chance.choices(words, cum_weights=weights, k=10))
        return Version(f"v{n}", "a", 1, "", title, body, "en", "wire", "Wire", SEEN)

    articles = [article(n) for n in range(ARTICLES)]
    frequencies: dict[str, int] = {}
    for n in range(400):
        shown = article(-n)
        for term in {*text.terms(shown.title, "en"), *text.terms(shown.text, "en")}:
            frequencies[term] = frequencies.get(term, 0) + 1

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    index = rules.index(written, frequencies)
    index.filing("en")
    loaded = time.perf_counter() - start
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{RULES:,} rules loaded and filed for a language in {loaded:.2f} s, {memory:.0f} MB")
    for warm in articles:
        index.matches(warm)

    whole, tokenising, beyond, trees, found = [], [], [], [], 0
    for shown in articles:
        tokenising.append(least(lambda shown=shown: language.view(shown)))
        whole.append(least(lambda shown=shown: index.matches(shown)))
        beyond.append(whole[-1] - tokenising[-1])
        hits = index.matches(shown)
        seen = language.view(shown)
        start = time.perf_counter()
        every = [
            r
            for r, q in zip(index.rules, index.queries, strict=True)
            if language.match(q, seen) is not None
        ]
        trees.append(time.perf_counter() - start)
        found += len(hits)
        assert [r for r, _ in hits] == every
    milli = lambda times: statistics.median(times) * 1000  # noqa: E731
    print(
        f"tokens and stems {milli(tokenising):.2f} ms; the index beyond them {milli(beyond):.2f} ms"
        f" ({found / ARTICLES:.1f} matches an article)"
    )
    print(f"a tree each {milli(trees):.1f} ms")

    plain = [
        q
        for q in index.queries
        if isinstance(q, language.And) and all(isinstance(p, language.Word) for p in q.parts)
    ]
    share = len(plain) / RULES
    patterns = [
        [re.compile(rf"\b{p.tokens[0]}\w{{0,3}}\b", re.IGNORECASE) for p in q.parts]
        for q in plain[:1000]
    ]
    times = []
    for shown in articles[:3]:
        whole_text = f"{shown.title}\n{shown.text}"
        start = time.perf_counter()
        sum(all(p.search(whole_text) for p in every) for every in patterns)
        times.append((time.perf_counter() - start) * RULES / len(patterns))
    print(
        f"a regular expression each {milli(times):.0f} ms (from {len(patterns)} of the {share:.0%} that can be written so)"
    )

    times = []
    expressions = [" AND ".join(f'"{p.tokens[0]}"' for p in q.parts) for q in plain[:1000]]
    for shown in articles[:3]:
        memory_db = sqlite3.connect(":memory:")
        memory_db.execute("CREATE VIRTUAL TABLE v USING fts5(t, tokenize='porter')")
        memory_db.execute("INSERT INTO v VALUES (?)", (f"{shown.title} {shown.text}",))
        start = time.perf_counter()
        for expression in expressions:
            memory_db.execute("SELECT rowid FROM v WHERE v MATCH ?", (expression,)).fetchall()
        times.append((time.perf_counter() - start) * RULES / len(expressions))
    print(f"an FTS5 query each {milli(times):.0f} ms (likewise)")


if __name__ == "__main__":
    sys.exit(main())
