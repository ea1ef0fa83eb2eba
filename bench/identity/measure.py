"""`make bench-identity`: how well stories are recognised, by cross-validation over story groups.

    measure.py [pairs] [stream] [speed]

pairs    strict F1, the hard zone with bootstrap intervals, the made-up operations
stream   stories as newswatch builds them, through its own import: B-cubed, look-alikes, candidates
speed    articles a second on one core, alone and with the store
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from itertools import combinations

import data
import learn
import numpy as np

from newswatch import dedup, desk, text
from newswatch.dedup.traits import traits
from newswatch.ingest import placing
from newswatch.model import Article, Evidence, Imported, Version
from newswatch.store import open_archive, open_ledger

FOLDS = 5
DRAWS = 1000
GIVEN_HARD = ("S2", "S3", "S4", "S5", "S6", "S7")


def say(line: str) -> None:
    print(line, flush=True)


# ── pairs ───────────────────────────────────────────────────────────────────────────────────


def judged(pairs: list[data.Pair]) -> list[str]:
    """The relation of each pair by weights that saw nothing of its story group."""
    _, rows = learn.matrix(pairs)
    label = np.array([pair.label for pair in pairs])
    count = learn.counts(pairs)
    names = sorted(set(data.groups(pairs)))
    random.Random(3).shuffle(names)
    fold_of = {name: place % FOLDS for place, name in enumerate(names)}
    fold = np.array([fold_of[name] for name in data.groups(pairs)])
    sure = {2: np.zeros(len(pairs)), 1: np.zeros(len(pairs))}
    for number in range(FOLDS):
        train, test = fold != number, fold == number
        for least, found in sure.items():
            weights = learn.fitted(rows[train], (label[train] >= least).astype(float), count[train])
            total = rows[test] @ weights[:-1] + weights[-1]
            found[test] = 1 / (1 + np.exp(-np.clip(total, -30, 30)))
    return [
        dedup.verdict(
            sure[2][n], sure[1][n],
            min(data.traits_of(pair.a).words, data.traits_of(pair.b).words),
            dedup.veto(data.version(pair.a), data.version(pair.b), data.measured(pair)),
        )[0]
        for n, pair in enumerate(pairs)
    ]  # fmt: skip


def f1(pairs: Iterable[tuple[data.Pair, str]], *, strict: bool, weigh: bool = True) -> float:
    """F1 of "same" against label 2; label 1 is an error when *strict*, else left out."""
    hit = told = true = 0.0
    for pair, relation in pairs:
        if pair.label == 1 and not strict:
            continue
        weight = pair.weight if weigh else 1.0
        hit += weight * (relation == "same" and pair.label == 2)
        told += weight * (relation == "same")
        true += weight * (pair.label == 2)
    return 2 * hit / (told + true) if told + true else 1.0


def interval(pairs: list[tuple[data.Pair, str]], *, strict: bool) -> str:
    """F1 with its 95 % bootstrap interval."""
    chance = random.Random(1)
    drawn = sorted(f1(chance.choices(pairs, k=len(pairs)), strict=strict) for _ in range(DRAWS))
    low, high = drawn[int(DRAWS * 0.025)], drawn[int(DRAWS * 0.975)]
    return f"{f1(pairs, strict=strict):.3f} [{low:.3f}, {high:.3f}]"


def pairs() -> None:
    everything = learn.everything()
    found = list(zip(everything, judged(everything), strict=True))
    for corpus in data.CORPORA:
        mine = [(p, r) for p, r in found if p.corpus == corpus]
        all_given = [(p, r) for p, r in mine if p.origin == "given"]
        hard = [(p, r) for p, r in all_given if p.stratum in GIVEN_HARD]
        ours = [(p, r) for p, r in mine if p.origin == "own"]
        say(f"{corpus:6} strict, given pairs          {interval(all_given, strict=True)}")
        say(
            f"{corpus:6} hard zone, given, 1 ignored  {interval(hard, strict=False)} of {len(hard)}"
        )
        say(f"{corpus:6} hard zone, given, strict     {interval(hard, strict=True)}")
        say(
            f"{corpus:6} hard zone, ours, 1 ignored   {interval(ours, strict=False)} of {len(ours)}"
        )
        say(f"{corpus:6} hard zone, ours, strict      {interval(ours, strict=True)}")
        right = Counter((p.label, r) for p, r in ours)
        say(f"{corpus:6} ours, label and verdict      {dict(sorted(right.items()))}")
        operations = defaultdict(list)
        for p, r in mine:
            if p.origin == "made":
                operations[p.stratum if "+" not in p.stratum else "two variants"].append(
                    r == "same"
                )
        said = ", ".join(f"{n} {sum(v) / len(v):.3f}" for n, v in sorted(operations.items()))
        say(f"{corpus:6} recall by operation          {said}")
    strangers = [r for p, r in found if p.origin == "stranger"]
    say(f"       strangers merged              {strangers.count('same')} of {len(strangers)}")


# ── stories as they are built ───────────────────────────────────────────────────────────────


def imported(names: list[str], address: str) -> dict[str, str]:
    """The story of each document after newswatch took them in, in the order of their times."""
    ledger = open_ledger(address)
    now = max(map(data.seen, names)) + timedelta(days=1)
    intake = desk.Import(ledger, None, now, alert=False)
    for start in range(0, len(names), 200):
        intake.keep(arriving(name) for name in names[start : start + 200])
    ledger.close()
    archive = open_archive(address)
    story = {a["url"].split("//")[1].split(".")[0]: a["story"] for a in archive.export("articles")}
    archive.close()
    return {name: story[_label(name)] for name in names}


def _label(name: str) -> str:
    return re.sub("[^a-z0-9-]", "-", name.lower())


def arriving(name: str) -> Imported:
    """A document as an import brings it."""
    doc = data.documents()[name]
    article = Article(
        f"https://{_label(name)}.example/a/", doc["title"], doc["text"], doc["lang"],
        published=data.seen(name), published_from="feed", quality="full",
    )  # fmt: skip
    return Imported(article, data.seen(name), doc["source"] or "wire")


def b_cubed(gold: dict[str, str], found: dict[str, str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the clusters in *found* against *gold*, over gold's documents."""
    together, there = defaultdict(set), defaultdict(set)
    for name in gold:
        together[gold[name]].add(name)
        there[found[name]].add(name)
    both = [(len(together[gold[n]] & there[found[n]]), n) for n in gold]
    precision = sum(c / len(there[found[n]]) for c, n in both) / len(gold)
    recall = sum(c / len(together[gold[n]]) for c, n in both) / len(gold)
    return precision, recall, 2 * precision * recall / (precision + recall)


def stream() -> None:
    for corpus in data.CORPORA:
        names = [n for n in data.documents() if data.corpus_of(n) == corpus]
        names.sort(key=lambda n: (data.seen(n), data.is_made(n), n))
        gold = {n: data.documents()[n].get("base", n) for n in names}
        bases = {gold[n] for n in names if data.is_made(n)}
        scored = {n: gold[n] for n in names if gold[n] in bases}
        with tempfile.TemporaryDirectory() as folder:
            begun = time.process_time()
            found = imported(names, f"sqlite:{folder}/s.db")
            spent = time.process_time() - begun
        said = "P {:.3f} R {:.3f} F1 {:.3f}".format(*b_cubed(scored, found))
        sizes = Counter(found.values())
        say(
            f"{corpus:6} B-cubed of {len(scored)} made-up and their bases {said}; {len(names):,}"
            f" articles, {len(sizes):,} stories, largest {max(sizes.values())};"
            f" {len(names) / spent:,.0f} articles a second, store and index included"
        )
        if corpus == "r21":
            _tickers(names, found)


def _tickers(names: list[str], found: dict[str, str]) -> None:
    """Stories whose headlines name different tickers, shown to be read."""
    stories = defaultdict(list)
    for name in names:
        if not data.is_made(name):
            stories[found[name]].append(name)
    joined = wrong = 0
    for members in stories.values():
        for a, b in combinations(members[:12], 2):
            joined += 1
            tickers = [set(re.findall(r"<(\w+)", data.documents()[n]["title"])) for n in (a, b)]
            if all(tickers) and not tickers[0] & tickers[1]:
                wrong += 1
                say(f"   {data.documents()[a]['title']}  |  {data.documents()[b]['title']}")
    say(f"r21    {joined} links, {wrong} of them between different tickers")


# ── speed ───────────────────────────────────────────────────────────────────────────────────


class Empty:
    """A store that holds nothing: what it is asked is answered by what a stream adds itself."""

    def exact(self, *_asked: object) -> None:
        """No story has this text, or this name."""
        return

    newest = article = exact

    def texts(self, _story: str) -> tuple[()]:
        """No story says anything."""
        return ()

    def candidates(self, *_asked: object) -> tuple[tuple[()], dict[int, int]]:
        """No story shares anything."""
        return (), {}

    def headlines(self, *_asked: object) -> tuple[()]:
        """No headline is alike."""
        return ()

    def parted(self, _article: str) -> frozenset[str]:
        """Nothing was taken apart."""
        return frozenset()


def speed() -> None:
    """Recognition as a stream, each text read for the first time: without a store, then with one."""
    names = [n for n in data.documents() if data.corpus_of(n) == "tg-en" and not data.is_made(n)]
    names.sort(key=lambda n: (data.seen(n), n))
    versions = [data.version(n) for n in names]
    words = sum(len(v.text.split()) for v in versions) / len(versions)
    for version in versions[-300:]:
        dedup.signature(version)  # the language's commonest words have their stems
    text.placed.cache_clear()
    traits.cache_clear()
    judged = 0

    def counting(new: Version, old: Version, frequency: Mapping[int, int]) -> Evidence:
        nonlocal judged
        judged += 1
        return judge(new, old, frequency)

    judge, placing.dedup.judge = dedup.judge, counting
    recognised = placing.Placing(Empty())  # type: ignore[arg-type]
    begun = time.process_time()
    for version in versions:
        recognised.place(version)
    spent = time.process_time() - begun
    placing.dedup.judge = judge
    say(
        f"tg-en  {len(versions):,} articles of {words:.0f} words, {judged / len(versions):.2f} pairs each:"
        f" {len(versions) / spent:,.0f} a second recognised, no store"
    )
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        imported(names, f"sqlite:{folder}/s.db")
        spent = time.process_time() - begun
    say(f"tg-en  {len(names) / spent:,.0f} a second recognised, indexed and kept")


PARTS: dict[str, Callable[[], None]] = {"pairs": pairs, "stream": stream, "speed": speed}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
