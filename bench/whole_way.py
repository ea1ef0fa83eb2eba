"""The whole way for the recorded pages against bare trafilatura with metadata: `make bench`, `make bench-crawl`.

    python bench/whole_way.py [--rounds 3]

Feeds polled and their pages fetched, read, recognised and kept, each as it comes, as the daemon does it, with two readers,
with `extraction: default` and with `best`; beside it two processes that do nothing but extract the same pages. By
turns, the best of each.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

Extraction = Literal["default", "best"]
WANTED: dict[Extraction, str] = {
    "default": "1.15 at F1 .950, try for 1.5",
    "best": "0.85 at F1 .955, try for F1 .960",
}


def bare(body: bytes) -> int:
    import trafilatura

    found = trafilatura.bare_extraction(body, with_metadata=True)
    return len(getattr(found, "text", "") or "") if found else 0


def whole_way(feeds: Any, workers: Any, now: datetime) -> tuple[float, tuple[str, ...]]:
    """The whole way in an empty archive: how long it took, and the addresses of the pages."""
    from newswatch import desk, ingest
    from newswatch.config import Configuration
    from newswatch.store import open_ledger

    asked = []
    with tempfile.TemporaryDirectory() as folder:
        ledger = open_ledger(f"sqlite:{folder}/b.db")
        standing = desk.configure(ledger, desk.in_force(Configuration(feeds=feeds)), now)
        begun = time.perf_counter()
        while requests := ledger.due(now):
            for future in as_completed([workers.submit(request) for request in requests]):
                outcome = future.result()
                ingest.settle(outcome, ledger, standing, now)
                if outcome.request.kind == "page" and outcome.article is not None:
                    asked.append(outcome.request.url)
        spent = time.perf_counter() - begun
        ledger.close()
    return spent, tuple(asked)


def timed(pool: ProcessPoolExecutor, bodies: list[bytes]) -> float:
    begun = time.perf_counter()
    list(pool.map(bare, bodies, chunksize=2))
    return time.perf_counter() - begun


def pipeline(rounds: int = 3) -> None:
    from newswatch import desk
    from newswatch.model import CrawlPolicy, Feed
    from replayed import replay

    with ExitStack() as stack:
        server = stack.enter_context(replay("site-newspapers"))
        end = datetime.fromisoformat(server.manifest()["t1"])
        server.set(end)
        feeds = tuple(
            Feed(f"f{n}", offered["url"])
            for n, offered in enumerate(server.ask("feeds"))
            if ".feeds.replay" in offered["recorded"]
        )
        ways: dict[Extraction, Any] = {}
        for extraction in WANTED:
            policy = CrawlPolicy(
                user_agent="Mozilla/5.0 (compatible; newswatch bench)",
                allow_networks=("127.0.0.0/8",),
                spacing=0.0,
                children=2,
                extraction=extraction,
            )
            ways[extraction] = desk.local_workers(policy)
            stack.callback(ways[extraction].stop, 5)
        asked = {name: whole_way(feeds, workers, end)[1] for name, workers in ways.items()}
        files = {
            route["path"]: server.site / "files" / route["file"]
            for route in server.manifest()["routes"]
            if route["kind"] == "page"
        }
        bodies = {
            name: [gzip.decompress(files[path_of(url)].read_bytes()) for url in sorted(urls)]
            for name, urls in asked.items()
        }
        ours: dict[Extraction, list[float]] = {name: [] for name in ways}
        base: dict[Extraction, list[float]] = {name: [] for name in ways}
        pool = stack.enter_context(ProcessPoolExecutor(2))
        timed(pool, bodies["default"][:40])
        for _ in range(rounds):
            for name, workers in ways.items():
                base[name].append(timed(pool, bodies[name]))
                spent, again = whole_way(feeds, workers, end)
                assert len(again) == len(asked[name])
                ours[name].append(spent)
        for name in ways:
            least, alone = min(ours[name]), min(base[name])
            print(
                f"pipeline   extraction: {name}: {len(asked[name])} pages in {least:.1f} s (polled, fetched, extracted,"
                f" recognised, stored), bare extraction of the same in {alone:.1f} s: {alone / least:.2f}x its"
                f" speed, best of {rounds} each (wanted {WANTED[name]})",
                flush=True,
            )


def path_of(url: str) -> str:
    """An address's path and query, as the recorded site's manifest has them."""
    return "/" + url.split("://", 1)[1].partition("/")[2]


if __name__ == "__main__":
    given = argparse.ArgumentParser()
    given.add_argument("--rounds", type=int, default=3)
    pipeline(given.parse_args().rounds)
