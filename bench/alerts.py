"""How soon a letter at once is taken: from the match kept to the mail server's 250, at ten articles a second.

`python bench/alerts.py`; a part of `make bench`. The daemon runs on the real clock, with its own threads; pages come
ten a second from scripted workers, and Postfix takes the letters where it is installed, else aiosmtpd.
"""

from __future__ import annotations

import io
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from queue import Queue

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

A_SECOND, ARTICLES, FEEDS = 10, 300, 6


def alerts() -> None:
    from post import server

    from archive_of import ANNA, entry, report
    from newswatch.config import Configuration, MailSettings
    from newswatch.daemon import Daemon, RealClock, log_to
    from newswatch.desk import in_force
    from newswatch.mail import transport
    from newswatch.model import Article, CrawlPolicy, Feed, Letter, Outcome, Request, Rule, Sent
    from newswatch.store import ballast_of, open_keeper, open_ledger

    pages: Queue[tuple[Request, Future[Outcome]]] = Queue()

    class Wires:
        def turned(self, tell: Callable[[], None]) -> None:
            tell()

        def submit(self, request: Request) -> Future[Outcome]:
            done: Future[Outcome] = Future()
            if request.kind == "page":
                pages.put((request, done))
            else:
                done.set_result(Outcome(request, 200, request.url, window=shown(request.feed)))
            return done

        def stop(self, deadline: float) -> None:
            pass

    def shown(feed: str) -> tuple[object, ...]:
        return tuple(
            entry(f"http://{feed}.example/{n}", f"{feed} item {n}", quality="lead")
            for n in range(ARTICLES // FEEDS)
        )

    taken = threading.Semaphore(0)

    with tempfile.TemporaryDirectory() as folder, server() as (name, address):
        made = Configuration(
            store=f"sqlite:{Path(folder) / 'd.db'}",
            policy=CrawlPolicy(),
            mail=MailSettings(address, "newswatch@example.org"),
            feeds=tuple(
                Feed(f"f{n}", f"http://f{n}.example/rss", f"F{n}", "en", alert_backlog=True)
                for n in range(FEEDS)
            ),
            rules=(Rule("gas", "pipeline", ("anna",)),),
            people=(replace(ANNA, hourly=10 * ARTICLES),),
        )
        post = transport(address)

        def send(letter: Letter) -> Sent:
            sent = post(letter)
            taken.release()
            return sent

        force = in_force(made)
        daemon = Daemon(
            force,
            lambda upgrading: open_ledger(made.store, upgrading=upgrading),
            Wires(),
            send,
            clock=RealClock(),
            log=log_to(io.StringIO()),
            keeper=open_keeper(made.store),
            ballast=ballast_of(made.store),
            load=lambda: (force, send),
        )
        thread = threading.Thread(target=daemon.run)
        begun = RealClock().now()
        thread.start()
        for n, due in zip(range(ARTICLES), count(time.monotonic(), 1 / A_SECOND), strict=False):
            request, done = pages.get(timeout=60)
            time.sleep(max(0.0, due - time.monotonic()))
            assert request.shown is not None
            assert request.shown.article is not None
            text = f"The pipeline. {report(n)}"
            read = Article(request.url, request.shown.article.title, text, "en", quality="full")
            done.set_result(Outcome(request, 200, request.url, article=read))
        for _ in range(ARTICLES):
            taken.acquire(timeout=60)
        daemon.stop()
        thread.join()
        ledger = open_ledger(made.store)
        ended = RealClock().now() + timedelta(seconds=1)
        within = ledger.outbox.footer(begun - timedelta(days=1), ended).sent_within
        ledger.close()
    assert within is not None
    print(
        f"alerts     {ARTICLES} articles, {A_SECOND} a second, a letter at once each, to {name}: from match to 250"
        f" half within {within[0]:.2f} s, 95% within {within[1]:.2f} s",
        flush=True,
    )


if __name__ == "__main__":
    alerts()
