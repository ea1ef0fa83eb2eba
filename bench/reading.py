"""What reading a changed feed costs, and telling that it has not changed, against a whole feedparser parse.

    python bench/reading.py [--shared DIR]

For each recorded feed of both sites the version in the middle, its two newest entries not read before. CPU
time of this process, the best of five; feedparser as it is (*whole*) and with the two passes off that a
feed whose HTML is only ever shown as text does not need (*bare*).
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO
from pathlib import Path

import feedparser

from newswatch import parse
from newswatch.model import Shown

SITES = ("site-reuters", "site-newspapers")
NEW = 2  # entries
WIDE = 90  # entries of a window that is wide


@dataclass(frozen=True)
class Cost:
    """Seconds."""

    entries: int
    whole: float
    bare: float
    around: float
    nothing: float
    equal: float


def bodies(shared: Path) -> Iterator[tuple[str, bytes, str]]:
    """Each recorded feed: whose it is, its bytes, their type."""
    for site in SITES:
        folder = shared / "data" / site
        for route in json.loads((folder / "manifest.json").read_text("utf-8"))["routes"]:
            if route["kind"] == "versions" and "/moved/" not in route["path"]:
                version = route["versions"][len(route["versions"]) // 2]
                file = folder / "files" / version["file"]
                yield route["host"], gzip.decompress(file.read_bytes()), route["ctype"]


def spent(deed: Callable[[], object]) -> float:
    found = []
    for _ in range(5):
        begun = time.process_time()
        deed()
        found.append(time.process_time() - begun)
    return min(found)


def cost(host: str, body: bytes, content_type: str) -> Cost | None:
    url = f"https://{host}/"
    try:
        window = parse.window(body, content_type, url, ())
    except parse.ParseError:
        return None
    read = [Shown(e.hash, e.guid, e.url, None, e.mark) for e in window.entries]
    off = {"sanitize_html": False, "resolve_relative_uris": False}
    return Cost(
        len(read),
        spent(lambda: feedparser.parse(BytesIO(body))),
        spent(lambda: feedparser.parse(BytesIO(body), **off)),
        spent(lambda: parse.window(body, content_type, url, read[NEW:])),
        spent(lambda: parse.window(body, content_type, url, read)),
        spent(lambda: blake2b(body, digest_size=16).hexdigest()),
    )


def row(name: str, found: list[Cost]) -> str:
    """A row of the table: milliseconds a feed, and shares of *whole*."""
    whole, bare, around, nothing, equal = (
        sum(getattr(one, key) for one in found) / len(found) * 1000
        for key in ("whole", "bare", "around", "nothing", "equal")
    )
    return (
        f"| {name} | {sum(one.entries for one in found) // len(found)} | {whole:.1f} | {bare:.1f} |"
        f" {around:.2f} | {around / whole:.3f} | {around / bare:.3f} | {nothing / whole:.3f} |"
        f" {equal / whole:.4f} |"
    )


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    asked = given.parse_args()
    print(
        "| feed | entries | whole ms | bare ms | two new ms | of whole | of bare | none new | equal |"
    )
    found = []
    for host, body, content_type in bodies(asked.shared):
        if (one := cost(host, body, content_type)) is not None:
            found.append(one)
            print(row(host, [one]), flush=True)
    print(row("all", found))
    print(row("wide windows", [one for one in found if one.entries >= WIDE]))
    print("| wanted | | | | | 0.08 | | | 0.005 |")


if __name__ == "__main__":
    main()
