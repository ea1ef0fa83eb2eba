"""What a power cut leaves of files: of the writes that were not synced, some are gone and some are torn.

Rule: what `faults.c` noted says what may be undone. A sync keeps all that its file was written before; names
(rename, unlink, a new file) are kept, as a journalling file system keeps them in order.
"""

from __future__ import annotations

import os
import random
import struct
from dataclasses import dataclass
from pathlib import Path

NOTE = struct.Struct("=5q")  # device, inode, at, count, size: `struct undo` of faults.c
SYNCED, GONE = -1, -2
SECTOR = 512  # bytes that a disk writes whole


@dataclass(frozen=True)
class Write:
    """Bytes written over *before* from *at* on, in a file that was *size* bytes long."""

    at: int
    before: bytes
    size: int

    @property
    def end(self) -> int:
        """Where it ended."""
        return self.at + len(self.before)


def unsynced(undo: Path) -> dict[int, list[Write]]:
    """The writes of each file (by inode) that no sync followed, in order."""
    noted, found = undo.read_bytes(), dict[int, list[Write]]()
    place = 0
    while place < len(noted):
        _device, inode, at, count, size = NOTE.unpack_from(noted, place)
        place += NOTE.size + count
        if at in (SYNCED, GONE):
            found.pop(inode, None)
        else:
            found.setdefault(inode, []).append(Write(at, noted[place - count : place], size))
    return found


def torn(folder: Path, undo: Path, chance: random.Random) -> int:
    """Undo some of what was not synced below *folder*; returns how many writes. By chance all of it, its end, or any
    of it; the first that is undone may stand in part, as far as some sector.
    """
    writes = unsynced(undo)
    undone = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.name.endswith("-shm"):
            path.unlink()  # memory that readers share, never synced
        elif found := writes.get(path.stat().st_ino):
            lost = _lost(len(found), chance)
            _undo(path, found, lost, chance)
            undone += len(lost)
    return undone


def _lost(count: int, chance: random.Random) -> list[int]:
    how = chance.choice(["all", "its end", "any"])
    if how == "any":
        return [n for n in range(count) if chance.random() < 0.5]
    return list(range(0 if how == "all" else chance.randrange(count), count))


def _undo(path: Path, writes: list[Write], lost: list[int], chance: random.Random) -> None:
    if not lost:
        return
    cut = path.stat().st_size
    kept = [write.end for n, write in enumerate(writes) if n not in lost]
    descriptor = os.open(path, os.O_RDWR)
    try:
        for n in reversed(lost):
            write = writes[n]
            stands = 0
            if n == lost[0] and chance.random() < 0.5:
                stands = chance.randrange(0, len(write.before) + 1, SECTOR)
                kept.append(write.at + stands)
            os.pwrite(descriptor, write.before[stands:], write.at + stands)
        os.ftruncate(descriptor, min(cut, max([writes[0].size, *kept])))
    finally:
        os.close(descriptor)
