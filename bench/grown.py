"""A store that has grown: `python bench/grown.py [--articles 1000000] [--feeds 10000] [--store PATH]`.

Made-up articles of 200 words are taken in by the way of an import, recognised, indexed and kept. Told: what
the processor spends on an article at ten thousand and at the end; then, on the whole store, the time from
the start of `newswatch run` with so many feeds to its first poll, its memory with its children once it has asked all of
them, and how late a feed that is polled each ten seconds is while the store is copied. Nothing stays unless `--store` names a file, which is
taken as it is where it is there.
"""

from __future__ import annotations

import argparse
import http.server
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path

from idle import host
from run import NOW, batches, made_up
from soak import below, memory

from newswatch import desk
from newswatch.store import open_ledger

SMALL, SPELL = 10_000, 4_000  # where a young store is measured, and on how many articles
INTERVAL = 10  # seconds between two polls
CROWD = 3600  # seconds between two polls of each of the others, which have a host each and no entry
PATIENCE = 1200  # seconds for the first poll of all
EMPTY = "<rss version='2.0'><channel><title>W</title></channel></rss>"
FEED = "<rss version='2.0'><channel><title>W</title><item><title>Gas</title><link>/a</link></item></channel></rss>"


def grow(store: str, count: int) -> None:
    """Take in so many articles, and say what an article cost at both ends."""
    ledger = open_ledger(store)
    intake = desk.Import(ledger, None, NOW, alert=False)
    costs = []
    begun = time.monotonic()
    for number, batch in enumerate(batches(made_up(count, random.Random(1))), 1):
        spent = time.process_time()
        intake.keep(batch)
        costs.append(time.process_time() - spent)
        if number % 125 == 0:
            each = sum(costs[-SPELL // 200 :]) / SPELL * 1000
            print(
                f"{number * 200:,} articles, {time.monotonic() - begun:.0f} s; {each:.2f} ms of the processor"
                f" each of the last {SPELL:,}", flush=True,
            )  # fmt: skip
    intake.finish()
    ledger.close()
    young = costs[SMALL // 200 : (SMALL + SPELL) // 200]
    old = costs[-SPELL // 200 :]
    young_ms, old_ms = (sum(some) / len(some) / 200 * 1000 for some in (young, old))
    print(
        f"an article costs {young_ms:.2f} ms of the processor at {SMALL:,}, {old_ms:.2f} at {count:,}:"
        f" {old_ms / young_ms:.2f}x (wanted 1.5)"
    )


class Polls(http.server.BaseHTTPRequestHandler):
    """Answers with the feed, and keeps when it was asked."""

    at: list[float] = []  # noqa: RUF012 - the server makes an instance a request
    any: list[float] = []  # noqa: RUF012 - likewise: when any feed was asked for
    crowd: set[str] = set()  # noqa: RUF012 - likewise: the hosts that were asked

    def do_GET(self) -> None:
        """One poll, or robots.txt."""
        said = {"/rss": FEED, "/crowd": EMPTY}.get(self.path, "")
        if said:
            self.any.append(time.monotonic())
        if self.path == "/rss":
            self.at.append(time.monotonic())
        elif said:
            self.crowd.add(self.headers["Host"])
        known = bool(said) and self.path == "/crowd" and "If-None-Match" in self.headers
        body = b"" if known else said.encode()
        self.send_response(304 if known else 200 if said else 404)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def watch(folder: Path, store: str, feeds: int) -> None:
    """Start the daemon on the store with so many *feeds*, copy that, end it."""
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Polls)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (folder / "newswatch.yaml").write_text(
        f"store: {store}\nmail: {{server: 'file:{folder}/outbox', sender: n@example.org}}\nbackups: {{daily: 0, weekly: 0, monthly: 0}}\n"
        f"crawl: {{allow_networks: [127.0.0.0/8], spacing: 0, min_interval: {INTERVAL}, max_interval: {INTERVAL}}}\n"
    )
    port = server.server_port
    with (folder / "feeds.yaml").open("w") as file:
        file.write(f"feeds:\n  - {{name: wire, url: 'http://127.0.0.1:{port}/rss', pages: link-only}}\n")  # fmt: skip
        for n in range(1, feeds):
            least = f"min_interval: {CROWD}, max_interval: {CROWD}"
            file.write(f"  - {{name: c{n}, url: 'http://{host(n)}:{port}/crowd', {least}}}\n")
    command = [
        sys.executable,
        "-m",
        "newswatch",
        "--config",
        str(folder),
        "--feeds",
        str(folder / "feeds.yaml"),
    ]
    with (folder / "log").open("w") as log:
        begun = time.monotonic()
        daemon = subprocess.Popen([*command, "run"], stderr=log)
        while not Polls.any and time.monotonic() - begun < 120:
            time.sleep(0.01)
        print(f"from start to first poll: {Polls.any[0] - begun:.2f} s (wanted 3)", flush=True)
        while len(Polls.crowd) < feeds - 1 and time.monotonic() - begun < PATIENCE:
            time.sleep(1)
        print(
            f"{len(Polls.crowd) + 1:,} feeds asked by {time.monotonic() - begun:.0f} s", flush=True
        )
        asked = len(Polls.at)
        time.sleep(6 * INTERVAL)
        tree = [daemon.pid, *below(daemon.pid)]
        print(
            f"memory of the daemon and its children: {sum(map(memory, tree)):.0f} MB, {memory(daemon.pid):.0f} of it the daemon's (wanted 500)"
        )
        quiet = max(b - a for a, b in pairwise(Polls.at[asked:]))
        began = time.monotonic()
        subprocess.run([*command, "backup"], check=True, stdout=subprocess.DEVNULL)
        took = time.monotonic() - began
        time.sleep(2 * INTERVAL)
        busy = max(b - a for a, b in pairwise(Polls.at) if b >= began)
        print(
            f"copied in {took:.1f} s; between two polls {quiet:.1f} s at most before, {busy:.1f} while it was copied (interval {INTERVAL} s)"
        )
        ended = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(60)
        print(f"ended in {time.monotonic() - ended:.1f} s, exit {code} (wanted 10 s, 0)")
    server.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--store", help="a file that stays")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        path = Path(asked.store or f"{made}/grown.db").absolute()
        if not path.exists():
            grow(f"sqlite:{path}", asked.articles)
        print(f"{path.stat().st_size / 1e6:,.0f} MB")
        watch(Path(made), f"sqlite:{path}", asked.feeds)


if __name__ == "__main__":
    main()
