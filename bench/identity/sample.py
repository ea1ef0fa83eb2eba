"""Draw hard-zone pairs to be labelled by hand: `python bench/identity/sample.py FILE`.

Pairs of one corpus that share 5 to 80 % of the smaller text's 5-grams and are in nobody's labels
yet; most where the verdict of the day is unsure. Deterministic. What is written holds the texts and
stays outside the project; only ids and labels come back, in labels.jsonl.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

from newswatch import dedup
from newswatch.dedup.model import probability, terms
from newswatch.model import Version, content_id
from newswatch.text import stems

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "dedup"
WANTED = {"tg-en": 220, "tg-ru": 220, "r21": 180}
BINS = ((0.05, 0.15), (0.15, 0.3), (0.3, 0.5), (0.5, 0.8))
UNSURE = (0.25, 0.75)  # scores of the verdict of the day between which two pairs in three are drawn
COMMON = 40  # a 5-gram in more texts than this finds no pair


def documents() -> dict[str, dict[str, str]]:
    with gzip.open(DATA / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        return {doc["id"]: doc for doc in map(json.loads, lines)}


def corpus_of(doc: dict[str, str]) -> str:
    return "r21" if doc["id"].startswith("r21") else f"tg-{doc['lang']}"


def version(doc: dict[str, str]) -> Version:
    from datetime import UTC, datetime

    at = datetime.fromisoformat(doc.get("published") or "1987-06-01T00:00:00+00:00")
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return Version(doc["id"], doc["id"], 1, "", doc["title"], doc["text"], doc["lang"],
                   doc["source"], doc["source"], at)  # fmt: skip


def pairs(docs: list[dict[str, str]]) -> dict[tuple[str, str], float]:
    """Pairs of *docs* with the containment of the smaller one's 5-grams, hard zone only."""
    grams, postings = {}, defaultdict(list)
    for doc in docs:
        words = stems(doc["text"], doc["lang"])
        grams[doc["id"]] = {content_id(*words[n : n + 5]) for n in range(len(words) - 4)}
        for gram in grams[doc["id"]]:
            postings[gram].append(doc["id"])
    shared: Counter[tuple[str, str]] = Counter()
    for ids in postings.values():
        if 1 < len(ids) <= COMMON:
            shared.update(combinations(sorted(ids), 2))
    found = {}
    for pair in shared:
        a, b = (grams[one] for one in pair)
        part = len(a & b) / max(min(len(a), len(b)), 1)
        if BINS[0][0] <= part < BINS[-1][1] and min(len(a), len(b)) >= 15:
            found[pair] = part
    return found


def main(target: str) -> None:
    docs = documents()
    labelled = set()
    for line in (DATA / "pairs.jsonl").read_text("utf-8").splitlines():
        pair = json.loads(line)
        labelled.add(tuple(sorted((pair["a"], pair["b"]))))
    chance = random.Random(20261124)
    drawn = []
    for corpus, wanted in WANTED.items():
        mine = [doc for doc in docs.values() if corpus_of(doc) == corpus]
        found = {pair: part for pair, part in pairs(mine).items() if pair not in labelled}
        cells = defaultdict(list)
        for pair, part in sorted(found.items()):
            zone = next(n for n, (low, high) in enumerate(BINS) if low <= part < high)
            evidence = dedup.judge(*(version(docs[one]) for one in pair), {})
            score = evidence.score
            if (evidence.relation, evidence.decided_by) == ("related", "threshold"):
                score = probability("same", terms(dict(evidence.features)))
            cells[zone, UNSURE[0] <= score < UNSURE[1]].append(pair)
        print(corpus, len(found), {cell: len(ids) for cell, ids in sorted(cells.items())})
        taken: list[tuple[str, str]] = []
        used: Counter[str] = Counter()
        for cell in sorted(cells):
            chance.shuffle(cells[cell])
        while len(taken) < wanted and any(cells.values()):
            for cell in sorted(cells):
                for _ in range(2 if cell[1] else 1):
                    while cells[cell]:
                        pair = cells[cell].pop()
                        # No text may stand for a whole stratum.
                        if max(used[one] for one in pair) < 3:
                            used.update(pair)
                            taken.append(pair)
                            break
        drawn += [(corpus, pair, found[pair]) for pair in taken[:wanted]]
    chance.shuffle(drawn)
    with Path(target).open("w", encoding="utf-8") as out:
        for number, (corpus, pair, part) in enumerate(drawn):
            shown = [
                {k: docs[one].get(k, "") for k in ("id", "source", "published", "title", "text")}
                for one in pair
            ]
            line = {
                "n": number,
                "corpus": corpus,
                "contained": round(part, 3),
                "a": shown[0],
                "b": shown[1],
            }
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
