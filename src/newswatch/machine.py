"""What newswatch rests on beside its own code: versions of libraries, the time-zone data, the clock, the limits.

Rule: asked once, of the machine alone; each answer says what to do. A library with a hole that feeds or pages can
reach is refused at the start.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import statistics
import tempfile
import time
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from pyexpat import EXPAT_VERSION

# The oldest version without a hole that is known and can be reached, and what the hole is.
FLOORS = {
    "brotli": ((1, 2), "a body of 2 KB could fill the memory"),
    "lxml": ((6, 1), "a page of a kilobyte could fill the memory by its entities"),
}
EXPAT = (2, 4)  # which ends a feed whose entities grow
FILES = 512  # descriptors: 64 requests, their children, the store, the log and as much again
UNSYNCHRONISED = 0x0040  # STA_UNSYNC of adjtimex(2)
SYNCS, SLOW = (
    5,
    0.2,
)  # how often a disk is asked to sync, and seconds that are too many: each letter waits for one


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a machine: what it is *of*, whether it is *good*, what is *said*, and if not what to do."""

    of: str
    good: bool
    said: str


def holes() -> tuple[str, ...]:
    """What newswatch must not run with, in words: libraries with known holes."""
    return tuple(one.said for one in libraries() if not one.good)


def libraries() -> Iterator[Finding]:
    """The libraries that read what comes from outside."""
    for name, (floor, hole) in FLOORS.items():
        version = metadata.version(name)
        yield _library(name, version, floor, hole)
    expat = EXPAT_VERSION.removeprefix("expat_")
    yield _library(
        "expat", expat, EXPAT, "a feed of a kilobyte could fill the memory by its entities"
    )


def _library(name: str, version: str, floor: tuple[int, ...], hole: str) -> Finding:
    least = ".".join(map(str, floor))
    if numbers(version) >= floor:
        return Finding(name, True, version)
    what = "another Python" if name == "expat" else f"`pip install '{name}>={least}'`"
    return Finding(name, False, f"{name} {version}: {hole}; install {what} ({least} or newer)")


def numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: (3, 14) of "3.14.rc1"."""
    found: list[int] = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        found.append(int(digits))
        if digits != part:
            break
    return tuple(found)


def surroundings() -> Iterator[Finding]:
    """Time zones, clock and limits."""
    try:
        zoneinfo.ZoneInfo("Europe/Berlin")
        yield Finding("time zones", True, _zones())
    except zoneinfo.ZoneInfoNotFoundError:
        yield Finding(
            "time zones", False, "there are none: install tzdata, or `pip install tzdata`"
        )
    yield Finding("clock", True, _clock())
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    said = f"{most:,} open files allowed"
    good = most >= FILES or most == resource.RLIM_INFINITY
    yield Finding("files", good, said if good else f"{said}: allow {FILES}, by `ulimit -n {FILES}`")


def give_back() -> None:
    """Give the system back what this process has freed: the C library keeps pages between those that are in use, for each
    thread its own. Does nothing where another one serves.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


# Objects made and not freed between two of the collector's rounds through the new ones (by Python's own 700 it takes 5 to
# 7 % of the writer's time, and of a claim a fifth, as a feed's rhythm alone is eighty), and how many of those rounds lie
# between two through the older, twice.
ROUNDS = 10_000, 20, 20


def collect_less() -> None:
    """Let Python's collector go through what comes and goes: never again through what stands now, as thousands of feeds
    and rules do, nor at each few hundred objects. For a process that lives on, once it has read what it lives by.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*ROUNDS)


class _Heap(ctypes.Structure):
    """What mallinfo2(3) says of the C library's heap."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ["arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"]
    ]  # fmt: skip


def reusable() -> int:
    """Bytes that this process has freed and that the C library hands out again, whether the system still keeps pages
    for them or not; 0 where another library serves, or one before glibc 2.33.
    """
    with contextlib.suppress(AttributeError, OSError):
        asked = ctypes.CDLL(None).mallinfo2
        asked.restype = _Heap
        return int(asked().fordblks)
    return 0


def disk(folder: Path) -> Finding:
    """How fast the disk of *folder* writes what must last. Raises OSError."""
    took = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".newswatch-") as file:
        for _ in range(SYNCS):
            begun = time.perf_counter()
            file.write(os.urandom(65_536))
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - begun)
    middle = statistics.median(took)
    said = f"64 KB written for good in {1000 * middle:.1f} ms"
    slow = f"{said}: letters wait for this, move the store to a faster disk"
    return Finding("sync", middle < SLOW, said if middle < SLOW else slow)


def _zones() -> str:
    for folder in map(Path, zoneinfo.TZPATH):
        listed = folder / "tzdata.zi"
        if listed.is_file():
            with listed.open(encoding="utf-8") as lines:
                return lines.readline().removeprefix("# version").strip()
    return "there"


def _clock() -> str:
    """Whether something keeps the clock right, as the kernel has it."""
    state = ctypes.create_string_buffer(512)
    try:
        ctypes.CDLL(None, use_errno=True).adjtimex(state)
    except (OSError, AttributeError):
        return "not known who keeps it"
    status = int.from_bytes(bytes(state)[40:44], "little")
    if status & UNSYNCHRONISED:
        return "nobody keeps it right here (no chrony, ntpd or systemd-timesyncd; a host may)"
    return "kept right"
