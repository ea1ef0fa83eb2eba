"""The labelled texts that identity is learnt and measured on, as versions and pairs.

Rule: reads the recorded data beside the project and the labels kept here; deterministic.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from newswatch import text
from newswatch.dedup.features import features
from newswatch.dedup.traits import Traits, common, traits
from newswatch.model import Version

HERE = Path(__file__).parent
DATA = HERE.parents[1].parent / "shared" / "data" / "dedup"
CORPORA = ("tg-en", "tg-ru", "r21")
POSTINGS = 64  # as in the store: a sequence that more stories hold finds none
ALIKE = 0.3  # of the smaller one's sampled sequences: no new story
NEGATIVES = 6000
DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two documents, the label (2 same text, 1 same event or shared quotes, 0 another story), the
    weight it stands for, its stratum or operations, and where the label is from.
    """

    corpus: str
    a: str
    b: str
    label: int
    weight: float
    stratum: str
    origin: str


@cache
def documents() -> dict[str, dict[str, Any]]:
    """Every document by id, real ones first."""
    found = {}
    for name in ("docs.jsonl.gz", "synthetic_docs.jsonl.gz"):
        with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
            for doc in map(json.loads, lines):
                doc["title"] = text.collapse(text.clean(doc["title"]))
                doc["text"] = text.clean(doc["text"])
                found[doc["id"]] = doc
    return found


def is_made(name: str) -> bool:
    """Whether a document is a made-up variant of a real one."""
    return name.startswith("gen_")


def corpus_of(name: str) -> str:
    """tg-en, tg-ru or r21."""
    return "r21" if "r21-" in name else f"tg-{documents()[name]['lang']}"


def seen(name: str) -> datetime:
    """When a document was published; Reuters of 1987 leaves a few undated."""
    said = datetime.fromisoformat(documents()[name].get("published") or "1987-06-01T00:00:00+00:00")
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def traits_of(name: str) -> Traits:
    """A document as it is compared."""
    doc = documents()[name]
    return traits(doc["title"], doc["text"], doc["lang"])


def version(name: str) -> Version:
    """A document as the archive would hold it."""
    doc = documents()[name]
    return Version(
        name, name, 1, f"https://{name}.example/", doc["title"], doc["text"], doc["lang"],
        doc["source"], doc["source"], seen(name), quality="full",
    )  # fmt: skip


def _lines(path: Path) -> Iterator[Any]:
    for line in path.read_text("utf-8").splitlines():
        yield json.loads(line)


def given() -> list[Pair]:
    """The labelled pairs handed to us."""
    return [
        Pair(p["corpus"], p["a"], p["b"], p["label"], p["weight"], p["stratum"], "given")
        for p in _lines(DATA / "pairs.jsonl")
    ]


def own() -> list[Pair]:
    """The hard-zone pairs labelled for this project, two readings each."""
    return [
        Pair(p["corpus"], p["a"], p["b"], p["label"], 1.0, "own", "own")
        for p in _lines(HERE / "labels.jsonl")
    ]


def made() -> list[Pair]:
    """Pairs of a real text and its made-up variants, or of two variants."""
    return [
        Pair(corpus_of(p["a"]), p["a"], p["b"], 2, 1.0, p["operations"], "made")
        for p in _lines(DATA / "synthetic_pairs.jsonl")
    ]


@cache
def novel() -> tuple[Counter[int], dict[tuple[str, int], list[str]]]:
    """In how many new stories each sampled sequence stands, and in which; a reprint counts nothing."""
    frequency: Counter[int] = Counter()
    postings: dict[tuple[str, int], list[str]] = defaultdict(list)
    sizes: dict[str, int] = {}
    real = sorted((n for n in documents() if not is_made(n)), key=lambda n: (seen(n), n))
    for name in real:
        sampled, corpus = traits_of(name).sampled.tolist(), corpus_of(name)
        shared: Counter[str] = Counter()
        for key in sampled:
            holders = postings.get((corpus, key), ())
            if len(holders) <= POSTINGS:
                shared.update(holders)
        alike = (n / max(min(len(sampled), sizes[o]), 1) for o, n in shared.items() if n > 1)
        if max(alike, default=0.0) >= ALIKE:
            continue
        sizes[name] = len(sampled)
        frequency.update(sampled)
        for key in sampled:
            postings[corpus, key].append(name)
    return frequency, postings


def strangers() -> list[Pair]:
    """Made-up variants and real texts of other stories that share sampled sequences with them."""
    _, postings = novel()
    found = []
    for name, doc in documents().items():
        if not is_made(name):
            continue
        shared: Counter[str] = Counter()
        for key in traits_of(name).sampled.tolist():
            holders = postings.get((corpus_of(name), key), ())
            if len(holders) <= POSTINGS:
                shared.update(holders)
        base = traits_of(doc["base"]).runs.threes
        near = sorted(
            ((n, o) for o, n in shared.items() if n > 1 and o != doc["base"]), reverse=True
        )
        for _, other in near[:8]:
            threes = traits_of(other).runs.threes
            if common(base, threes) < 0.25 * max(min(len(base), len(threes)), 1):
                found.append(Pair(corpus_of(name), name, other, 0, 1.0, "stranger", "stranger"))
    random.Random(5).shuffle(found)
    return found[:NEGATIVES]


@cache
def measured(pair: Pair) -> dict[str, float]:
    """The features of a pair."""
    days = abs((seen(pair.a) - seen(pair.b)).total_seconds()) / DAY
    return features(traits_of(pair.a), traits_of(pair.b), novel()[0], days)


def groups(pairs: list[Pair]) -> list[str]:
    """For each pair the story group it belongs to: documents joined by any label above 0, and
    variants with what they were made from. No group may stand on both sides of a fold.
    """
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while above.setdefault(name, name) != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for name, doc in documents().items():
        if is_made(name):
            above[root(name)] = root(doc["base"])
    for pair in pairs:
        if pair.label:
            above[root(pair.a)] = root(pair.b)
    return [root(pair.a) for pair in pairs]
