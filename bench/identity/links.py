"""The links of r21's stories, read by hand: do they join different tickers, firms or fixes?

    links.py draw SAMPLE FILE    draw 200 links nobody has read and write their texts to FILE
    links.py                     the share of wrong links in each sample, with its interval
    links.py now                 the same of those links that stories built today still hold

A link is two articles of one story, as newswatch builds it. What is drawn holds the texts and stays
outside the project; only ids and what each link joins come back, in links.jsonl: "" for one story,
else the kind of mistake.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import Counter, defaultdict
from itertools import combinations
from math import sqrt
from pathlib import Path

import data
import measure

READ = data.HERE / "links.jsonl"
WANTED = 200
LARGEST = 12  # members of a story that are paired
Z = 1.96  # 95 %


def lines() -> list[dict[str, str | int]]:
    """What was read."""
    return [json.loads(line) for line in READ.read_text("utf-8").splitlines()]


def links() -> list[tuple[str, str]]:
    """Each two articles of one story, real ones of r21 only."""
    names = [n for n in data.documents() if data.corpus_of(n) == "r21" and not data.is_made(n)]
    names.sort(key=lambda n: (data.seen(n), n))
    with tempfile.TemporaryDirectory() as folder:
        found = measure.imported(names, f"sqlite:{folder}/s.db")
    stories = defaultdict(list)
    for name in names:
        stories[found[name]].append(name)
    return [pair for own in stories.values() for pair in combinations(own[:LARGEST], 2)]


def draw(sample: int, target: str) -> None:
    known = {frozenset((str(line["a"]), str(line["b"]))) for line in lines()}
    unread = [pair for pair in links() if frozenset(pair) not in known]
    drawn = random.Random(sample).sample(sorted(unread), WANTED)
    with Path(target).open("w", encoding="utf-8") as out:
        out.writelines(json.dumps([data.documents()[one] for one in pair]) + "\n" for pair in drawn)
    print(f"{WANTED} of {len(unread)} links nobody has read: {target}")


def wilson(wrong: int, read: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    share, squared = wrong / read, Z * Z
    middle = (share + squared / (2 * read)) / (1 + squared / read)
    half = Z * sqrt(share * (1 - share) / read + squared / (4 * read * read)) / (1 + squared / read)
    return middle - half, middle + half


def shares(read: list[dict[str, str | int]]) -> None:
    for sample in sorted({int(line["sample"]) for line in read}):
        own = [line for line in read if line["sample"] == sample]
        kinds = Counter(str(line["joins"]) for line in own if line["joins"])
        wrong = kinds["fix"] + kinds["firm"]
        low, high = wilson(wrong, len(own))
        print(
            f"sample {sample}: {wrong} of {len(own)} join other fixes or firms"
            f" ({wrong / len(own):.3f} [{low:.3f}, {high:.3f}]); {dict(kinds)}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["draw"]:
        draw(int(sys.argv[2]), sys.argv[3])
    elif sys.argv[1:2] == ["now"]:
        joined = set(map(frozenset, links()))
        shares([one for one in lines() if frozenset((one["a"], one["b"])) in joined])
    else:
        shares(lines())
