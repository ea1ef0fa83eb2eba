"""A month in an hour: `python bench/soak.py [--days 30] [--articles 2000]` (a day).

The real daemon under a driven clock watches forty made-up feeds of eight newsrooms, served by another process:
articles come around the clock, a fifth are copies of another newsroom's, a fifth are edited later; of the
answers some fail, are cut, come late or are garbage, and of the letters some are refused. Told at the end:
memory, descriptors, threads and children by thirds of the time, the log before each checkpoint, what the log
called an error, and whether all that was shown long enough is stored, each letter went once and the history
holds. Loopback only; what a day is worth in requests is printed as it goes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import queue
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

START = datetime(2026, 3, 2, tzinfo=UTC)
STEP = timedelta(minutes=5)
FEEDS, HOUSES, WINDOW = 40, 8, 25
SAMPLE = timedelta(hours=6)
PORT = 18391
WORDS = 20_000


# ── the wires ───────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=1)
def words() -> list[str]:
    chance = random.Random(5)
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    return sorted(
        {"".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(WORDS)}
    )


@lru_cache(maxsize=4000)
def sentences(text: int) -> tuple[str, ...]:
    """What article number *text* says first: a headline and twelve sentences, each with a figure."""
    chance = random.Random(text)
    return tuple(
        f"{' '.join(chance.choices(words(), k=9)).capitalize()} {chance.randint(3, 900)}"
        f" {' '.join(chance.choices(words(), k=6))}."
        for _ in range(13)
    )


@dataclass(frozen=True)
class Wires:
    """*daily* articles a day, one after the other; each a function of its number."""

    daily: int

    def shown_at(self, number: int) -> datetime:
        """When an article is first shown."""
        return START + timedelta(days=number / self.daily)

    def latest(self, feed: int, now: datetime) -> list[int]:
        """The numbers of a feed's window, the newest first."""
        last = int((now - START) / timedelta(days=1) * self.daily)
        first = last - (last - feed) % FEEDS
        return [n for n in range(first, first - WINDOW * FEEDS, -FEEDS) if n >= 0]

    def said(self, number: int, now: datetime) -> tuple[str, ...]:
        """The headline and sentences of an article as they are at *now*."""
        chance = random.Random(f"fate {number}")
        original = number - chance.randint(1, 60) if chance.random() < 0.2 else number
        found = list(sentences(max(0, original)))
        if chance.random() < 0.2 and now > self.shown_at(number) + timedelta(
            hours=chance.random() * 8
        ):
            place = chance.randrange(1, 6)
            found[place] = f"{found[place][:-1]} {chance.randint(3, 900)} {chance.choice(words())}."
        return tuple(found)


def house(feed: int) -> str:
    return f"127.0.1.{1 + feed % HOUSES}"


def address(number: int) -> str:
    return f"http://{house(number % FEEDS)}:{PORT}/{number % FEEDS}/story-{number}.html"


def _ends_with_its_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(0)  # also where it was killed: the next play wants the port


def serve(daily: int, clock: Any, mail: Any, ready: Any) -> None:
    """The wires' web server and the mail server, until the process is ended."""
    from aiohttp import web
    from aiosmtpd.controller import Controller

    threading.Thread(target=_ends_with_its_parent, daemon=True).start()
    wires = Wires(daily)

    def now() -> datetime:
        return START + timedelta(seconds=clock.value)

    @web.middleware
    async def misfortunes(request: web.Request, handler: Any) -> web.StreamResponse:
        """Each answer's fate is that of its path and hour."""
        fate = random.Random(f"{request.path} {now():%d %H}").random()
        answer = await handler(request)
        if request.path == "/robots.txt" or fate > 0.04:
            return answer
        if fate < 0.015:
            return web.Response(status=503, text="back soon")
        if fate < 0.025:
            return web.Response(body=bytes(answer.body or b"")[: 1 + int(fate * 40_000)])
        if fate < 0.03:
            return web.Response(body=random.Random(fate).randbytes(5000))
        if fate < 0.0302:
            await asyncio.sleep(20)
        return answer

    async def robots(_request: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nAllow: /\n")

    async def feed(request: web.Request) -> web.Response:
        at = now()
        items = []
        for n in wires.latest(int(request.match_info["feed"]), at):
            title, lead, *_ = wires.said(n, at)
            items.append(
                f"<item><title>{title}</title><link>{address(n)}</link><guid>{n}</guid>"
                f"<pubDate>{format_datetime(wires.shown_at(n))}</pubDate><description>{lead}</description></item>"
            )
        body = f"<rss version='2.0'><channel><title>Wire</title>{''.join(items)}</channel></rss>"
        return tagged(request, body, "application/rss+xml")

    async def page(request: web.Request) -> web.Response:
        title, *rest = wires.said(int(request.match_info["number"]), now())
        text = "".join(f"<p>{' '.join(rest[i : i + 3])}</p>" for i in range(0, len(rest), 3))
        body = (
            f"<!doctype html><html lang='en'><head><title>{title}</title></head><body><nav><a href='/'>Home"
            f"</a></nav><article><h1>{title}</h1>{text}</article><footer>Terms</footer></body></html>"
        )
        return tagged(request, body, "text/html")

    def tagged(request: web.Request, body: str, kind: str) -> web.Response:
        tag = f'"{hash(body):x}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(text=body, content_type=kind, headers={"ETag": tag})

    class Post:
        """The mail server's side of a letter."""

        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
            name = message_from_bytes(envelope.content)["Message-ID"]
            if random.Random(f"{name} {now():%d %H}").random() < 0.02:
                return "451 come back later"
            mail.put(name)
            return "250 taken"

    async def run() -> None:
        app = web.Application(middlewares=[misfortunes])
        app.router.add_get("/robots.txt", robots)
        app.router.add_get("/{feed:\\d+}/rss.xml", feed)
        app.router.add_get("/{feed:\\d+}/story-{number:\\d+}.html", page)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        for n in range(HOUSES):
            await web.TCPSite(runner, house(n), PORT).start()
        Controller(Post(), hostname="127.0.0.1", port=PORT + 1).start()
        ready.set()
        await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())


# ── the daemon ──────────────────────────────────────────────────────────────────────────────


class Counted:
    """Workers that say how many requests they have had, and have still."""

    def __init__(self, workers: Any) -> None:
        self._workers = workers
        self.asked = 0
        self.under_way = 0
        self._lock = threading.Lock()

    def submit(self, request: Any) -> Future[Any]:
        """As the workers do."""
        with self._lock:
            self.asked += 1
            self.under_way += 1
        future = self._workers.submit(request)
        future.add_done_callback(self._done)
        return future

    def turned(self, tell: Callable[[], None]) -> None:
        """As the workers do."""
        self._workers.turned(tell)

    def _done(self, _future: Any) -> None:
        with self._lock:
            self.under_way -= 1

    def stop(self, deadline: float) -> None:
        """As the workers do."""
        self._workers.stop(deadline)


def configuration(folder: Path, looks: int) -> Any:
    from newswatch.config import Configuration, MailSettings
    from newswatch.model import CrawlPolicy, DigestPlan, Feed, Person, Rule

    common = words()[:: WORDS // 400]
    return Configuration(
        store=f"sqlite:{folder / 'soak.db'}",
        policy=CrawlPolicy(
            user_agent="Mozilla/5.0 (compatible; newswatch soak)",
            allow_networks=("127.0.0.0/8",),
            spacing=0.0,
            children=2,
            looks=looks,
        ),
        feeds=tuple(
            Feed(f"f{n}", f"http://{house(n)}:{PORT}/{n}/rss.xml", newsroom=f"House {n % HOUSES}")
            for n in range(FEEDS)
        ),
        rules=tuple(
            Rule(f"r{n}", " OR ".join(common[n * 4 : n * 4 + 4]), ("anna",) if n < 2 else ("desk",))
            for n in range(40)
        ),
        people=(Person("anna", "anna@example.org", "Europe/Berlin"),),
        digests=(DigestPlan("desk", ("anna",), ("07:30", "18:00")),),
        mail=MailSettings(server=f"smtp://127.0.0.1:{PORT + 1}", sender="newswatch@example.org"),
    )


def memory(pid: int) -> float:
    """A process's own memory and its share of what it has with others, in MB."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def below(pid: int) -> list[int]:
    """All processes that a process has started, and those that they have."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *below(int(child))]
    return found


def sample(folder: Path, others: set[int]) -> dict[str, float]:
    own = os.getpid()
    children = [pid for pid in below(own) if pid not in others]
    wal = folder / "soak.db-wal"
    return {
        "memory of the daemon, MB": memory(own),
        "memory of its children, MB": sum(map(memory, children)),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "threads": threading.active_count(),
        "children": len(children),
        "WAL, MB": wal.stat().st_size / 1e6 if wal.exists() else 0.0,
    }


@dataclass
class Driven:
    """A daemon whose every step of time is worked off before the next."""

    inbox: queue.Queue[Any]
    letters: queue.Queue[Any]
    workers: Counted
    clock: Any
    shared: Any
    moved: queue.Queue[str]

    def to(self, at: datetime) -> None:
        """Let it be *at*, and wait until all that is due by then is done."""
        from newswatch.daemon import Tick

        self.shared.value = (at - START).total_seconds()
        self.clock.at = at
        before = -1
        while before != self.workers.asked:
            before = self.workers.asked
            with contextlib.suppress(queue.Empty):
                while True:
                    self.moved.get_nowait()
            for hand in ("ingest", "deliver"):
                self.inbox.put(Tick(hand))
            while self.moved.get(timeout=300) != "WATCHDOG=1":
                pass
            while self.workers.under_way or self.inbox.qsize() or self.letters.qsize():
                time.sleep(0.001)


@contextlib.contextmanager
def driven(made: Any, shared: Any, log: Any) -> Iterator[Driven]:
    from newswatch.daemon import Daemon, DrivenClock, log_to
    from newswatch.desk import in_force, local_workers, sender
    from newswatch.store import ballast_of, open_keeper, open_ledger

    clock = DrivenClock(START)
    workers = Counted(local_workers(made.policy))
    moved: queue.Queue[str] = queue.Queue()
    force, send = in_force(made), sender(made)

    def passed() -> float:
        return (clock.at - START).total_seconds()

    daemon = Daemon(
        force, lambda upgrading: open_ledger(made.store, upgrading=upgrading), workers, send,
        clock=clock, log=log_to(log), keeper=open_keeper(made.store), ballast=ballast_of(made.store),
        load=lambda: (force, send), say=moved.put, passed=passed,
    )  # fmt: skip
    thread = threading.Thread(target=daemon.run)
    thread.start()
    try:
        assert daemon.started.wait(60)
        inbox, waiting = daemon.inbox, daemon.post.waiting
        yield Driven(inbox, waiting, workers, clock, shared, moved)
    finally:
        daemon.stop()
        thread.join(60)


# ── what came of it ─────────────────────────────────────────────────────────────────────────


def missing(store: str, wires: Wires, until: datetime) -> list[int]:
    """The numbers of articles that were shown for twelve hours at least and are not stored."""
    from newswatch.store import open_archive

    archive = open_archive(store)
    try:
        stored = {one["url"] for one in archive.export("articles")}
    finally:
        archive.close()
    count = int((until - timedelta(hours=12) - START) / timedelta(days=1) * wires.daily)
    return [n for n in range(count) if address(n) not in stored]


def told(samples: list[dict[str, float]]) -> None:
    third = len(samples) // 3
    for name in samples[0]:
        parts = [samples[:third], samples[third : 2 * third], samples[2 * third :]]
        means = [statistics.mean(one[name] for one in part) for part in parts]
        most = max(one[name] for one in samples)
        ratio = means[2] / means[0] if means[0] else 1.0
        print(
            f"{name:28} {means[0]:8.1f} {means[1]:8.1f} {means[2]:8.1f}  most {most:.1f}  last/first {ratio:.3f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--articles", type=int, default=2000, help="a day")
    parser.add_argument("--looks", type=int, default=60, help="second looks an hour and newsroom")
    parser.add_argument("--keep", help="a folder for the store and the log")
    asked = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    shared, mail, ready = context.Value("d", 0.0), context.Queue(), context.Event()
    server = context.Process(target=serve, args=(asked.articles, shared, mail, ready), daemon=True)
    server.start()
    assert ready.wait(60), "the wires' server did not start"
    others = set(below(os.getpid()))
    letters: Counter[str] = Counter()
    samples: list[dict[str, float]] = []
    end = START + timedelta(days=asked.days)
    with contextlib.ExitStack() as stack:
        folder = Path(asked.keep or stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        made = configuration(folder, asked.looks)
        log = stack.enter_context((folder / "soak.log").open("w"))
        begun = time.monotonic()
        with driven(made, shared, log) as daemon:
            at = START
            while at < end:
                at += STEP
                daemon.to(at)
                while not mail.empty():
                    letters[mail.get()] += 1
                if (at - START) % SAMPLE == timedelta():
                    samples.append(sample(folder, others))
                if (at - START) % timedelta(days=1) == timedelta():
                    figures = " ".join(
                        f"{name} {value:.0f}," for name, value in samples[-1].items()
                    )
                    print(
                        f"day {(at - START).days}, {time.monotonic() - begun:.0f} s: {daemon.workers.asked:,} requests,"
                        f" {len(letters):,} letters, {figures}", flush=True,
                    )  # fmt: skip
        while not mail.empty():
            letters[mail.get()] += 1
        told(samples)
        lost = missing(made.store, Wires(asked.articles), end)
        print(f"shown for twelve hours and not stored: {len(lost)} {lost[:10]}")
        print(f"letters {len(letters):,}, more than once {sum(n > 1 for n in letters.values())}")
        print(f"file {(folder / 'soak.db').stat().st_size / 1e6:.0f} MB")
        said = Counter(
            line.split(" event=", 1)[1].split("' ", 1)[0][:60]
            for line in (folder / "soak.log").read_text().splitlines()
            if "level='error'" in line
        )
        print("errors in the log:", json.dumps(said, ensure_ascii=False))
    server.terminate()
    server.join()


if __name__ == "__main__":
    main()
