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
