"""What an article costs with 10,000 and with 1,000,000 stories in the window, in one run:

    window.py [stories in thousands …]        10 and 1000 by default; some minutes and 3 GB

The window is filled with made-up stories of 200 words drawn from a chain of word pairs of the real
English ones, filed in bulk as newswatch files them: sampled sequences, at most 65 stories a sequence.
Then real articles come in through newswatch's own import. Made-up stories have no text, so what they
cost beyond the look-up is said as their number an article.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import data
import measure
import numpy as np
from numpy.typing import NDArray

from newswatch import dedup, desk
from newswatch.dedup.traits import SAMPLE, sequences, spread
from newswatch.store import POSTINGS, open_ledger
from newswatch.store.sqlite import open_beside, stamp

WORDS = 200
LEARNT = 1700  # articles whose word pairs make up the chain; the others come in
COMING = 400
BATCH = 100_000

Hashes = NDArray[np.uint64]


def english() -> list[str]:
    names = [n for n in data.documents() if data.corpus_of(n) == "tg-en" and not data.is_made(n)]
    return sorted(names, key=lambda n: (data.seen(n), n))


class Chain:
    """A chain of word pairs: each next word is one that followed the last somewhere."""

    def __init__(self, names: list[str]) -> None:
        ids = np.concatenate([data.traits_of(name).ids for name in names])
        self._hashes, words = np.unique(ids, return_inverse=True)
        self._next = words[1:].astype(np.int32)
        self._places = np.argsort(words[:-1], kind="stable").astype(np.int32)
        self._count = np.maximum(np.bincount(words[:-1], minlength=len(self._hashes)), 1)
        self._first = np.concatenate([[0], np.cumsum(self._count)[:-1]])

    def texts(self, count: int, chance: np.random.Generator) -> Hashes:
        """*count* texts of WORDS words, a row each."""
        found = np.empty((count, WORDS), np.uint64)
        word = self._next[chance.integers(0, len(self._next), count)]
        for place in range(WORDS):
            found[:, place] = self._hashes[word]
            at = self._first[word] + (chance.random(count) * self._count[word]).astype(np.int64)
            word = self._next[self._places[np.minimum(at, len(self._places) - 1)]]
        return found


def postings(chain: Chain, stories: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """(sequence, story) for *stories* texts, in the order of the table, no more than a sequence may have."""
    chance = np.random.default_rng(7)
    grams, owners = [], []
    for begin in range(0, stories, BATCH):
        texts = chain.texts(min(BATCH, stories - begin), chance)
        threes = spread(sequences(texts, 3)[2])
        row, column = np.nonzero(threes % SAMPLE == 0)
        grams.append(threes[row, column].astype(np.int64))
        owners.append((row + begin).astype(np.int32))
    gram, owner = np.concatenate(grams), np.concatenate(owners)
    order = np.lexsort((owner, gram))
    gram, owner = gram[order], owner[order]
    again = np.zeros(len(gram), bool)
    again[1:] = (gram[1:] == gram[:-1]) & (owner[1:] == owner[:-1])
    gram, owner = gram[~again], owner[~again]
    begins = np.flatnonzero(np.concatenate([[True], gram[1:] != gram[:-1]]))
    rank = np.arange(len(gram)) - np.repeat(begins, np.diff(np.append(begins, len(gram))))
    return gram[rank <= POSTINGS], owner[rank <= POSTINGS]


def filled(address: str, chain: Chain, stories: int, at: str) -> int:
    """A store with *stories* filed in it; returns how many postings."""
    open_ledger(address).close()
    connection = open_beside(Path(address.partition(":")[2]))
    gram, owner = postings(chain, stories)
    size = np.bincount(owner, minlength=stories)

    def rows() -> Iterator[tuple[int, str]]:
        for begin in range(0, len(gram), BATCH):
            part = slice(begin, begin + BATCH)
            yield from zip(
                gram[part].tolist(), map("{:020x}".format, owner[part].tolist()), strict=True
            )

    connection.execute("BEGIN")
    connection.executemany("INSERT INTO gram VALUES (?, ?)", rows())
    connection.executemany(
        "INSERT INTO story(id, first_seen, last_seen, grams, merged_into) VALUES (?, ?, ?, ?, '')",
        ((f"{n:020x}", at, at, int(size[n])) for n in range(stories)),
    )
    connection.execute("COMMIT")
    connection.close()
    return len(gram)


def main(sizes: list[int]) -> None:
    names = english()
    chain, coming = Chain(names[:LEARNT]), names[-COMING:]
    at = stamp(data.seen(coming[0]) - timedelta(hours=1))
    now = data.seen(coming[-1]) + timedelta(days=1)
    signatures = [dedup.signature(data.version(name)) for name in coming]
    base: list[float] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            address = f"sqlite:{folder}/w.db"
            filed = filled(address, chain, size * 1000, at)
            bytes_ = Path(folder, "w.db").stat().st_size
            ledger = open_ledger(address)
            window = data.seen(coming[0]) - timedelta(days=14), now
            begun = time.process_time()
            near = [ledger.known.candidates(s.grams, *window)[0] for s in signatures]
            looked = (time.process_time() - begun) / COMING * 1000
            intake = desk.Import(ledger, None, now, alert=False)
            begun = time.process_time()
            intake.keep(measure.arriving(name) for name in coming)
            whole = (time.process_time() - begun) / COMING * 1000
            ledger.close()
        base = base or [looked, whole]
        print(
            f"{size:>5},000 stories, {filed:,} postings, {bytes_ / 1e6:,.0f} MB: look-up {looked:.2f} ms"
            f" (×{looked / base[0]:.1f}), {sum(map(len, near)) / COMING:.1f} made-up candidates,"
            f" recognised, indexed and kept {whole:.1f} ms (×{whole / base[1]:.2f}) an article",
            flush=True,
        )


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10, 1000])
