"""What ten thousand feeds cost that have nothing new: a real daemon beside one server that answers 304.

    python bench/idle.py [--feeds 10000] [--seconds 120] [--interval 300] [--settle 20]

Each feed is a host of its own (an address of 127.0.0.0/8), polled each *interval* seconds, and has a window of thirty
entries and two days of polls behind it, kept through the store's own door before the daemon starts. Two are
new, so that the readers are up. The server lets connections stand, as servers do; none is asked twice before it is
over. CPU is that of the daemon and all its children, of /proc, over *seconds* that begin once what was due at the
start is polled; memory is what they hold at the end, pages they share counted once (PSS). Beside it, all along, what
aiohttp alone takes for such a GET: on a busy machine both take more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NEW = 2  # feeds that were never polled
ENTRIES = 30  # of a window
HOURS = 48  # of polls behind each feed
AN_HOUR = 12  # polls an hour and feed that the share of a core is told for
SEEDING = 0.004  # seconds a feed until the daemon has begun
TICK = os.sysconf("SC_CLK_TCK")

Count = Any  # multiprocessing's shared number
Tls = tuple[str, str] | None


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


# ── the server ──────────────────────────────────────────────────────────────────────────────

ITEM = "<item><title>News {0}</title><link>http://{1}/{0}</link><guid>{0}</guid></item>"
RSS = '<rss version="2.0"><channel><title>Made up</title>{}</channel></rss>'


class Answering(asyncio.Protocol):
    """Answers each question on a connection: 304 to one that sets a condition."""

    def __init__(self, answered: Count, *, once: bool = False) -> None:
        """*answered* counts the polls; *once* ends each connection with its answer."""
        self._answered = answered
        self._once = once
        self._came = b""

    def connection_made(self, transport: Any) -> None:
        """It answers through *transport*."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer what is asked whole."""
        self._came += data
        while (end := self._came.find(b"\r\n\r\n")) >= 0:
            head, self._came = self._came[:end].lower(), self._came[end + 4 :]
            said = self._answer(head)
            if self._once:
                said = said.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
            self._transport.write(said)
            if self._once:
                self._transport.close()

    def _answer(self, head: bytes) -> bytes:
        if b"\r\nif-none-match:" in head:
            self._answered.value += b"/feed.xml " in head
            return b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nCache-Control: max-age=60\r\n\r\n'
        if b"/robots.txt" in head:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        host = head.partition(b"\r\nhost:")[2].partition(b"\r\n")[0].strip().decode()
        body = RSS.format("".join(ITEM.format(n, host) for n in range(ENTRIES))).encode()
        said = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n'
        return said % len(body) + body


def serve(answered: Count, port: Count, tls: Tls = None, *, once: bool = False) -> None:
    """The server's process, until it is ended; *tls* are the files of its certificate and key."""
    context = None
    if tls is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*tls)

    async def forever() -> None:
        loop = asyncio.get_running_loop()
        # Each address of 127.0.0.0/8 is one of its own.
        made = await loop.create_server(
            lambda: Answering(answered, once=once), "0.0.0.0", 0, backlog=2000, ssl=context
        )
        port.value = made.sockets[0].getsockname()[1]
        await made.serve_forever()

    asyncio.run(forever())


# ── the store ───────────────────────────────────────────────────────────────────────────────


def host(n: int) -> str:
    """An address of this machine for the feed of that number alone."""
    return f"127.{1 + n // 62500}.{n // 250 % 250}.{1 + n % 250}"


def configured(folder: Path, urls: Iterable[str], interval: int, **crawl: object) -> None:
    """The files of a newswatch that watches made-up feeds."""
    least = {"min_interval": interval, "max_interval": interval}
    settings = {
        "store": f"sqlite:{folder}/newswatch.db",
        "crawl": {"allow_networks": ["127.0.0.0/8"], **least, **crawl},
        "backups": {"daily": 0, "weekly": 0, "monthly": 0},
    }
    (folder / "config").mkdir()
    (folder / "config" / "newswatch.yaml").write_text(json.dumps(settings))
    with (folder / "feeds.yaml").open("w") as file:
        file.write("feeds:\n")
        for n, url in enumerate(urls):
            file.write(f"  - name: feed-{n:05}\n    url: {url}\n    pages: link-only\n")


def known(folder: Path, tell: Callable[[int], None], interval: int, new: int = NEW) -> None:
    """Keep what a newswatch knows of its feeds that has polled them for two days, but for *new* ones; the next
    poll of each is due somewhere within the next *interval* seconds.
    """
    from newswatch import config, desk, frontier, rhythm
    from newswatch.model import Article, Changeset, Feed, Outcome, Shown, WindowEntry, content_id
    from newswatch.store import open_ledger

    now = datetime.now(UTC) - timedelta(seconds=interval)
    made = config.load(folder / "config", folder / "feeds.yaml")
    force = desk.in_force(made)
    dates = [now - timedelta(hours=HOURS + 1 + n) for n in range(ENTRIES)]
    # As old as the rhythm that it has: nothing came since the first window.
    seen = rhythm.begun(dates, ENTRIES, now - timedelta(hours=HOURS))
    for hour in range(HOURS):
        for part in range(AN_HOUR):
            at = now - timedelta(hours=HOURS - hour) + timedelta(hours=part / AN_HOUR)
            seen = rhythm.polled(seen, int(not part and not hour % 6), None, at)
    ledger = open_ledger(made.store, work="import")
    try:
        ledger.begin("idle", now)
        desk.configure(ledger, force, now)
        standing = {feed.name: feed for feed in force.feeds}
        done = 0
        while len(standing) - done > new and (claimed := ledger.due(now, 500)):
            kept: list[Changeset] = []
            for request in claimed[: len(standing) - done - new]:
                feed: Feed = standing[request.feed]
                urls = [f"{request.url}/{n}" for n in range(ENTRIES)]
                shown = tuple(
                    Shown(content_id("h", u), u, u, Article(u, "News"), content_id("m", u))
                    for u in urls
                )
                outcome = Outcome(request, 200, request.url, etag='"1"', last_modified="Mon, 12 Jan 2026 10:00:00 GMT",
                                  body_hash="0" * 32, window=shown, format="rss")  # fmt: skip
                row = frontier.again(outcome, feed, now, 0)
                # Once all are kept and the daemon is up, or most would be due at once.
                ahead = SEEDING * len(standing) + interval * (1 + done / len(standing))
                spread = timedelta(seconds=ahead)
                row = replace(row, polls=HOURS * AN_HOUR, rhythm=seen, due=now + spread)
                window = tuple(
                    WindowEntry(s.hash, s.guid, s.url, content_id("a", s.url), s.mark)
                    for s in shown
                )
                kept.append(Changeset(at=now, lease=request.lease, request=row, window=window))
                done += 1
            assert all(ledger.keep_all(kept))
            tell(done)
        while ledger.tidy():
            pass
    finally:
        ledger.close()


# ── the daemon ──────────────────────────────────────────────────────────────────────────────


def tree(pid: int) -> list[int]:
    """A process and all that it started."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def spent(pids: list[int]) -> dict[int, float]:
    """Seconds of CPU that each process took, its ended children's among them."""
    taken = {}
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        taken[pid] = sum(map(int, fields[11:15])) / TICK
    return taken


def held(pids: list[int]) -> tuple[float, float]:
    """Megabytes of memory: pages shared counted once, and each process's own RSS added up."""
    found = {"Pss:": 0, "Rss:": 0}
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if (name := line.split()[0]) in found:
                found[name] += int(line.split()[1])
    return found["Pss:"] / 1024, found["Rss:"] / 1024


def watched(folder: Path) -> subprocess.Popen[bytes]:
    """A daemon, its log beside its store."""
    command = [sys.executable, "-m", "newswatch", "--config", str(folder / "config")]
    command += ["--feeds", str(folder / "feeds.yaml"), "run"]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)


def until(
    true: Callable[[], bool], seconds: float, daemon: subprocess.Popen[bytes], what: str
) -> None:
    end = time.monotonic() + seconds
    while not true():
        if daemon.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"the daemon {what}")
        time.sleep(0.2)


async def bare(url: str, count: int) -> float:
    """Milliseconds of CPU that aiohttp alone takes for a conditional GET, on a connection of its own each."""
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        begun = time.process_time()
        for _ in range(count):
            async with session.get(url, headers={"If-None-Match": '"1"'}) as answer:
                await answer.read()
        return 1000 * (time.process_time() - begun) / count


def seconds_between(begin: float, end: float) -> Iterator[float]:
    """The time, each ten seconds until *end*."""
    while (now := time.monotonic()) < end:
        yield now - begin
        time.sleep(min(10.0, end - now))


def main() -> None:
    given = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    given.add_argument("--feeds", type=int, default=10_000)
    given.add_argument("--seconds", type=float, default=120.0)
    given.add_argument("--interval", type=int, default=3600 // AN_HOUR)
    given.add_argument(
        "--settle", type=float, default=20.0, help="without a burst, before the window"
    )
    given.add_argument("--keep", type=Path, help="an empty folder for store and log, which stay")
    asked = given.parse_args()
    answered, port = multiprocessing.Value("q", 0), multiprocessing.Value("i", 0)
    server = multiprocessing.Process(target=serve, args=(answered, port), daemon=True)
    server.start()
    while not port.value:
        time.sleep(0.05)
    with tempfile.TemporaryDirectory() as made:
        folder = (asked.keep or Path(made)).absolute()
        urls = (f"http://{host(n)}:{port.value}/feed.xml" for n in range(asked.feeds))
        configured(folder, urls, asked.interval)
        known(folder, lambda n: say(f"{n:,} of {asked.feeds:,} feeds kept"), asked.interval)
        begun = time.monotonic()
        daemon = watched(folder)
        try:
            measure(asked, folder, daemon, answered, port, begun)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)
            server.terminate()


def measure(
    asked: argparse.Namespace,
    folder: Path,
    daemon: subprocess.Popen[bytes],
    answered: Count,
    port: Count,
    begun: float,
) -> None:
    ready = lambda: "watching" in (folder / "log").read_text()  # noqa: E731
    until(ready, 300, daemon, f"did not start: {folder}/log")
    started = time.monotonic() - begun
    usual = asked.feeds / asked.interval
    say(f"started in {started:.1f} s, {sum(spent([daemon.pid]).values()):.1f} s of them CPU")
    calm = 0.0
    before, at = answered.value, time.monotonic()
    while calm < asked.settle:  # what was due at the start is polled, and its burst over
        time.sleep(5.0)
        polls = (answered.value - before) / (time.monotonic() - at)
        before, at = answered.value, time.monotonic()
        calm = calm + 5.0 if 0.5 * usual < polls < 1.5 * usual else 0.0
        say(f"{polls:.0f} polls a second, {usual:.0f} usually")
    pids = tree(daemon.pid)
    first, polled, begin = spent(pids), answered.value, time.monotonic()
    url, taken = f"http://127.0.0.1:{port.value}/bare", []
    for passed in seconds_between(begin, begin + asked.seconds):
        taken.append(asyncio.run(bare(url, 100)))
        say(f"{passed:.0f} s: {answered.value - polled:,} polls; a bare GET {taken[-1]:.2f} ms")
    took = time.monotonic() - begin
    assert tree(daemon.pid) == pids, "a child ended meanwhile"
    each = {pid: last - first[pid] for pid, last in spent(pids).items()}
    polls, cpu = answered.value - polled, sum(each.values())
    (pss, rss), (own, _) = held(pids), held([daemon.pid])
    failed = sum("not read" in line for line in (folder / "log").read_text().splitlines())
    each_poll, get = 1000 * cpu / polls, statistics.median(taken)
    share = each_poll / 1000 * asked.feeds * AN_HOUR / 3600
    print(
        "| feeds | polls, failed | CPU s | ms a poll | bare GETs that is | of a core | PSS, of it the daemon's own, RSS MB | start s |"
    )
    print(
        f"| {asked.feeds:,} | {polls:,} in {took:.0f} s, {failed} | {cpu:.2f} | {each_poll:.2f} |"
        f" {each_poll / get:.1f} of {get:.2f} ms | {share:.1%} at {AN_HOUR} polls an hour each |"
        f" {pss:.0f}, {own:.0f}, {rss:.0f} | {started:.1f} |"
    )
    print(f"| wanted | | | | | 6.0% at {AN_HOUR} polls an hour each | 300 of PSS | |")


if __name__ == "__main__":
    main()
