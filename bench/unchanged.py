"""What a poll costs that is answered 304, against a bare GET and against another reader of feeds.

    python bench/unchanged.py [--feeds 500] [--rounds 3] [--reader PYTHON]

A poll is all of it: claimed, asked, settled, kept, in this process, as the daemon does it. Its CPU time is
measured by turns with that of `aiohttp` alone asking the same addresses with the same headers, both with one TLS
context and twenty at once, and with that of `reader` (https://reader.readthedocs.io), which keeps its feeds in SQLite,
too, updating the same feeds. Each is measured twice: with a server that ends each connection with its answer, as it
is for feeds that each have a host of their own, and with one that lets all connections stand. All feeds have
thirty entries, known before.

*--reader* is the Python of an environment with reader in it: `python -m venv r && r/bin/pip install reader==3.22`;
without it that comparison is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import queue
import ssl
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import idle

AT_ONCE = 20
TOGETHER = 100  # outcomes that wait are kept together by the daemon
OF_BARE, OF_READER = "2", "0.25"  # wanted at most
AGENT = "Mozilla/5.0 (compatible; newswatch)"
HEADERS = {
    "If-None-Match": '"1"',
    "If-Modified-Since": "Mon, 12 Jan 2026 10:00:00 GMT",
    "User-Agent": AGENT,
}
# Updated once to know the feeds; then, at each line that it is given, once more: milliseconds of CPU a feed.
READER = """
import sys, time
from reader import make_reader
urls = sys.argv[2:]
with make_reader(sys.argv[1]) as reader:
    for url in urls:
        reader.add_feed(url)
    reader.update_feeds()
    assert sum(f.last_exception is not None for f in reader.get_feeds()) == 0
    print("ready", flush=True)
    for _ in sys.stdin:
        begun = time.process_time()
        reader.update_feeds(scheduled=False)
        print(1000 * (time.process_time() - begun) / len(urls), flush=True)
"""


@contextlib.contextmanager
def served(tls: idle.Tls, *, once: bool) -> Iterator[tuple[int, Any]]:
    """A server's port, and the number of its 304s, until the block ends."""
    answered, port = multiprocessing.Value("q", 0), multiprocessing.Value("i", 0)
    server = multiprocessing.Process(
        target=idle.serve, args=(answered, port, tls), kwargs={"once": once}, daemon=True
    )
    server.start()
    while not port.value:
        time.sleep(0.05)
    try:
        yield port.value, answered
    finally:
        server.terminate()
        server.join()


@contextlib.contextmanager
def watching(folder: Path, urls: list[str]) -> Iterator[Callable[[], float]]:
    """Polls all feeds once at each call: milliseconds of CPU a poll."""
    from newswatch import config, desk, ingest
    from newswatch.model import Outcome
    from newswatch.store import open_ledger

    idle.configured(folder, urls, 300, spacing=0, per_host=AT_ONCE)
    idle.known(folder, lambda _n: None, 300, new=0)
    made = config.load(folder / "config", folder / "feeds.yaml")
    ledger = open_ledger(made.store)
    now = ledger.last()
    assert now is not None
    ledger.begin("unchanged", now)
    standing = desk.put_in_force(ledger, desk.in_force(made), now)
    workers = desk.local_workers(made.policy)
    inbox: queue.Queue[Outcome] = queue.Queue()

    def polled() -> float:
        nonlocal now
        now += timedelta(seconds=1000)
        left, begun = len(urls), time.process_time()
        for request in ledger.due(now, share=20):
            workers.submit(request).add_done_callback(lambda done: inbox.put(done.result()))
        while left:
            came = [inbox.get()]
            with contextlib.suppress(queue.Empty):
                while len(came) < TOGETHER:
                    came.append(inbox.get_nowait())
            assert all(outcome.unchanged for outcome in came), came
            assert None not in ingest.settle_all(came, ledger, standing, now)
            left -= len(came)
        return 1000 * (time.process_time() - begun) / len(urls)

    try:
        yield polled
    finally:
        workers.stop(5.0)
        ledger.close()


@contextlib.contextmanager
def bare(urls: list[str]) -> Iterator[Callable[[], float]]:
    """Asks for all once at each call, by aiohttp alone: milliseconds of CPU a GET."""
    with asyncio.Runner() as runner:

        async def opened() -> aiohttp.ClientSession:
            trust = (
                ssl.create_default_context()
            )  # of its own: aiohttp made one before the certificate
            return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, ssl=trust))

        session = runner.run(opened())

        async def asked() -> None:
            room = asyncio.Semaphore(AT_ONCE)

            async def get(url: str) -> None:
                async with room, session.get(url, headers=HEADERS) as answer:
                    await answer.read()
                    assert answer.status == 304

            await asyncio.gather(*map(get, urls))

        def all_asked() -> float:
            begun = time.process_time()
            runner.run(asked())
            return 1000 * (time.process_time() - begun) / len(urls)

        try:
            yield all_asked
        finally:
            runner.run(session.close())


@contextlib.contextmanager
def reader(python: str, folder: Path, urls: list[str]) -> Iterator[Callable[[], float]]:
    """Updates all feeds once at each call, by reader: milliseconds of CPU a feed."""
    command = [python, "-c", READER, str(folder / "reader.db"), *urls]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        tell, heard = child.stdin, child.stdout
        if heard.readline() != "ready\n":
            raise SystemExit(f"{python}: reader did not come up")

        def updated() -> float:
            tell.write("again\n")
            tell.flush()
            return float(heard.readline())

        yield updated
        tell.close()


def works(python: str) -> bool:
    """Whether reader runs there: it needs sgmllib3k, too."""
    tried = "from reader import make_reader; make_reader(':memory:').add_feed('http://127.0.0.1/')"
    return not subprocess.run([python, "-c", tried], capture_output=True, check=False).returncode


def compared(
    name: str, ours: Callable[[], float], other: Callable[[], float], rounds: int, wanted: str = "–"
) -> None:
    """By turns, the first of each uncounted; a row of the table."""
    ours(), other()
    mine, theirs = zip(*[(ours(), other()) for _ in range(rounds)], strict=True)
    ratio = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
    print(f"| {name} | {min(mine):.2f} | {min(theirs):.2f} | {ratio:.2f} | {wanted} |", flush=True)


def certified(folder: Path) -> idle.Tls:
    """A certificate for 127.0.0.1 of our own making, which this process trusts from now on."""
    made = str(folder / "here.pem"), str(folder / "here.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=wire", "-addext", "subjectAltName=IP:127.0.0.1", "-out", made[0], "-keyout", made[1]],
        check=True, capture_output=True,
    )  # fmt: skip
    os.environ["SSL_CERT_FILE"] = made[0]
    return made


def main() -> None:
    given = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    given.add_argument("--feeds", type=int, default=500)
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument("--reader", default="")
    asked = given.parse_args()
    comparable = bool(asked.reader) and works(asked.reader)
    print("| a 304, CPU | newswatch ms | other ms | ratio, the median of rounds | wanted |")
    with tempfile.TemporaryDirectory() as made:
        tls = certified(Path(made))
        for scheme, once in (("https", True), ("https", False), ("http", True), ("http", False)):
            connections = "a connection each" if once else "connections that stand"
            folder = Path(made) / f"{scheme}-{once}"
            folder.mkdir()
            with served(tls if scheme == "https" else None, once=once) as (port, _answered):
                urls = [f"{scheme}://127.0.0.1:{port}/{n}/feed.xml" for n in range(asked.feeds)]
                with watching(folder, urls) as ours:
                    with bare(urls) as get:
                        name = f"{scheme}, {connections}, against a bare GET"
                        wanted = OF_BARE if scheme == "https" else "–"
                        compared(name, ours, get, asked.rounds, wanted)
                    if scheme == "http" and comparable:
                        with reader(asked.reader, folder, urls) as other:
                            compared(
                                f"{scheme}, {connections}, against reader",
                                ours,
                                other,
                                asked.rounds,
                                OF_READER,
                            )
    if not comparable:
        print(
            f"| http, against reader | – | – | left out: no Python that has it and runs it was named (--reader) | {OF_READER} |"
        )


if __name__ == "__main__":
    main()
