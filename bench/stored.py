"""Of the entries that the recorded feeds of both sites showed to a poll, how many are stored: `make bench-crawl`.

    python bench/stored.py

Each site is polled by `once` as its recording goes on, with the faults that the replay plays: 66 times for the wires,
each hour of two days for the newspapers. What an answer showed is read off the server's log and the recorded bytes by feedparser
alone; pages are not asked for.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from newswatch import desk
from newswatch.address import canonical
from newswatch.config import Configuration
from newswatch.model import CrawlPolicy, Feed
from newswatch.store import open_archive, open_ledger
from replay_log import entries_polled
from replayed import replay

Times = Callable[[Any], list[datetime]]


def of_each_version(manifest: Any) -> list[datetime]:
    route = next(r for r in manifest["routes"] if r["kind"] == "versions")
    return [datetime.fromisoformat(version["from"]) for version in route["versions"]]


def of_each_hour(manifest: Any) -> list[datetime]:
    return [datetime.fromisoformat(manifest["t0"]) + timedelta(hours=n) for n in range(49)]


SITES: dict[str, Times] = {"site-reuters": of_each_version, "site-newspapers": of_each_hour}


def kept(site: str, times: Times) -> tuple[int, list[str]]:
    """How many entries were shown, and the addresses of those that are not in the archive."""
    policy = CrawlPolicy(
        user_agent="Mozilla/5.0 (compatible; newswatch bench)",
        allow_networks=("127.0.0.0/8",),
        spacing=0.0,
        total_seconds=5.0,
    )
    with replay(site) as server, tempfile.TemporaryDirectory() as folder:
        feeds = tuple(
            Feed(f"f{n}", offered["url"], pages="link-only", max_interval=600)
            for n, offered in enumerate(server.ask("feeds"))
        )
        settings = Configuration(store=f"sqlite:{folder}/s.db", policy=policy, feeds=feeds)
        force, ledger = desk.in_force(settings), open_ledger(settings.store)
        workers = desk.local_workers(policy)
        try:
            for now in times(server.manifest()):
                server.set(now)
                desk.once(force, ledger, workers, None, now)
        finally:
            ledger.close()
            workers.stop(5.0)
        shown = list(entries_polled(server))
        archive = open_archive(settings.store)
        stored = {canonical(url) for a in archive.export("articles") for url in a["addresses"]}
        archive.close()
    return len(shown), [url for url in shown if url not in stored]


def main() -> None:
    print("| entries shown by any polled version that are stored | of | share | wanted |")
    for site, times in SITES.items():
        count, missing = kept(site, times)
        print(
            f"| {site} | {count:,} | {1 - len(missing) / count:.2%} | 100 % | {' '.join(missing[:5])}".rstrip(),
            flush=True,
        )


if __name__ == "__main__":
    main()
