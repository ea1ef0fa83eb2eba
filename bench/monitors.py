"""Monitors that ask without end: `python bench/monitors.py [--articles 20000]`.

Made-up articles of 200 words are taken in, in turns with and without four callers who ask for `/metrics` and
`/healthz` one after the other. Told: what an article costs beside them against alone, how many questions were
answered, and how long one look at the store takes.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

from run import NOW, batches, made_up

from newswatch import desk
from newswatch.daemon.service import Progress
from newswatch.monitoring import Counts, Monitor, listening
from newswatch.monitoring.state import Looking
from newswatch.store import open_ledger

CALLERS, TURN = 4, 5  # who ask at once; batches of 200 articles a turn


class Running:
    """A newswatch whose loops turn."""

    def __init__(self) -> None:
        self.counts = Counts()
        self.going_on = Progress(lambda _state: None, time.monotonic)


class Callers:
    """Who ask while they are let."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._go_on = threading.Event()
        self.answered = 0
        for path in ("/metrics", "/healthz") * (CALLERS // 2):
            threading.Thread(target=self._ask, args=(path,), daemon=True).start()

    def _ask(self, path: str) -> None:
        while True:
            self._go_on.wait()
            with urlopen(f"http://127.0.0.1:{self._port}{path}") as answer:
                answer.read()
            self.answered += 1

    def ask(self, *, on: bool) -> None:
        """Let them ask, or not."""
        self._go_on.set() if on else self._go_on.clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=20_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        store = f"sqlite:{Path(made) / 'm.db'}"
        ledger = open_ledger(store)
        intake = desk.Import(ledger, None, NOW, alert=False)
        monitor = Monitor(listening("127.0.0.1", 0), Running(), store, lambda: datetime.now(UTC))
        monitor.begin()
        callers = Callers(monitor.port)
        took = {True: 0.0, False: 0.0}
        for number, batch in enumerate(batches(made_up(asked.articles, random.Random(1)))):
            on = bool(number // TURN % 2)
            callers.ask(on=on)
            begun = time.monotonic()
            intake.keep(batch)
            took[on] += time.monotonic() - begun
        callers.ask(on=False)
        intake.finish()
        looking = Looking(store, lambda: datetime.now(UTC))
        looks = []
        for _ in range(5):
            begun = time.monotonic()
            looking.state()
            looks.append(time.monotonic() - begun)
        monitor.end()
        ledger.close()
    print(
        f"{asked.articles:,} articles: an article takes {took[True] / took[False]:.2f}x beside {CALLERS} callers"
        f" without pause, {callers.answered:,} questions answered; one look at the store takes"
        f" {1000 * sorted(looks)[2]:.0f} ms"
    )


if __name__ == "__main__":
    main()
