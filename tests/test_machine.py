"""What newswatch does with the machine it runs on."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

# Blocks beyond what Python pools itself, of which every thousandth stays: the pages between are free and held.
HOLDS = """
from pathlib import Path
from newswatch.machine import give_back

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

blocks = [bytearray(2000) for _ in range(30_000)]
full = held()
kept = blocks[::1000]
del blocks
freed = held()
give_back()
print(full, freed, held(), len(kept))
"""


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library is not glibc"
)
def test_what_is_freed_is_given_back() -> None:
    came = subprocess.run(
        [sys.executable, "-c", HOLDS], check=True, capture_output=True, text=True
    ).stdout
    full, freed, back, kept = map(int, came.split())
    assert kept == 30
    assert full - freed < 30e6, "the C library gave it back by itself, and nothing is shown"
    assert full - back > 50e6


COLLECTS = """
import gc
from newswatch.machine import collect_less

class Ring:
    ended = 0

    def __init__(self):
        self.own = self

    def __del__(self):
        Ring.ended += 1

before = gc.get_freeze_count()
collect_less()
rings = [Ring() for _ in range(1000)]
kept = gc.get_count()[0]
del rings
for _ in range(20_000):
    Ring()
print(before, gc.get_freeze_count(), kept, Ring.ended)
"""


def test_the_collector_leaves_what_stands_and_still_ends_what_comes_and_goes() -> None:
    came = subprocess.run(
        [sys.executable, "-c", COLLECTS], check=True, capture_output=True, text=True
    ).stdout
    before, stands, kept, ended = map(int, came.split())
    assert before == 0
    assert stands > 1000
    assert kept >= 1000, "a thousand new objects began a round"
    assert 10_000 <= ended <= 21_000
