"""A newswatch that dies where it is told to: played by test_faults as a process of its own.

    fault_child.py boundaries FOLDER SMTP HOST     each line of standard input is a number N: a child
        process plays the scenario and is killed (-9) at its N-th boundary, another finishes it
    fault_child.py play FOLDER SMTP HOST           the scenario once, with real workers

The boundaries are those of every store transaction and of every letter sent, named by the store.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from asking import system
from newswatch import crawl, desk, extract, mail
from newswatch.config import Configuration, MailSettings
from newswatch.demo.wires import DAY_ONE, open_wires
from newswatch.fetch import Fetcher
from newswatch.model import CrawlPolicy, DigestPlan, Letter, Outcome, Person, Request, Rule, Sent
from newswatch.store import open_ledger

HOURS = (1.0, 1.5, 3.0, 6.5, 10.5, 11.1, 13.0)
RULES = (
    Rule("gas", '"gas pipeline" OR газопровод', ("anna",), "urgent"),
    Rule("sanctions", "sanctions OR санкции", ("anna", "desk")),
    Rule("all", "the OR и OR в OR на", ("desk",)),
)
POLICY = CrawlPolicy(allow_networks=("127.0.0.0/8",), spacing=0.0, children=2)


class Inline:
    """Crawls without child processes: what is killed here is the writer."""

    def submit(self, request: Request) -> Future[Outcome]:
        done: Future[Outcome] = Future()
        done.set_result(asyncio.run(self._trip(request)))
        return done

    @staticmethod
    async def _trip(request: Request) -> Outcome:
        async def here(function: Callable[..., Any], *arguments: Any) -> Any:
            return function(*arguments)

        fetcher = Fetcher(POLICY, trust=system())
        try:
            async with fetcher.turn(request.url) as get:
                return await crawl.crawl(request, get, here)
        finally:
            await fetcher.close()

    def stop(self, deadline: float) -> None:
        """Nothing runs beside."""


def play(folder: Path, smtp: str, host: str, boundary: Callable[[str], None], workers: Any) -> None:
    """The scenario: seven moments of the first made-up day, from wherever the store stands."""
    clock: list[datetime] = [DAY_ONE]
    with open_wires(lambda: clock[0], host) as wires:
        configuration = Configuration(
            store=f"sqlite:{folder / 'f.db'}",
            policy=POLICY,
            feeds=wires.feeds,
            rules=RULES,
            people=(Person("anna", "anna@example.org", "Europe/Berlin"),),
            digests=(DigestPlan("desk", ("anna",), ("07:30", "18:00")),),
            mail=MailSettings(smtp, "newswatch@example.org"),
        )
        transport = mail.transport(smtp)

        def send(letter: Letter) -> Sent:
            boundary("before send")
            told = transport(letter)
            boundary("after send")
            return told

        force = desk.in_force(configuration)
        ledger = open_ledger(configuration.store, boundary)
        try:
            for hours in HOURS:
                now = DAY_ONE + timedelta(hours=hours)
                last = ledger.last()
                if last is None or now >= last:
                    clock[0] = now
                    desk.once(force, ledger, workers, send, now)
        finally:
            ledger.close()


def counted(limit: int) -> tuple[Callable[[str], None], list[str]]:
    """A boundary that kills this process at its *limit*-th call, and the names it has seen."""
    names: list[str] = []

    def boundary(name: str) -> None:
        names.append(name)
        if len(names) == limit:
            os.kill(os.getpid(), signal.SIGKILL)

    return boundary, names


def forked(folder: Path, smtp: str, host: str, limit: int) -> int:
    """Play in a child process; its wait status."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            boundary, names = counted(limit)
            play(folder, smtp, host, boundary, Inline())
            if not (folder / "boundaries").exists():
                (folder / "boundaries").write_text("\n".join(names))
            code = 0
        except BaseException:  # noqa: BLE001 - the process ends here, and says why
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


def main(mode: str, folder: Path, smtp: str, host: str) -> None:
    if mode == "play":
        workers = desk.local_workers(POLICY)
        try:
            play(folder, smtp, host, lambda _name: None, workers)
        finally:
            workers.stop(5.0)
        return
    extract.warm()
    system()  # what is loaded here is loaded in no child
    for line in sys.stdin:
        limit, _, name = line.strip().partition(" ")
        place = folder / name
        place.mkdir()
        killed = forked(place, smtp, host, int(limit))
        finished = forked(place, smtp, host, -1)
        print(  # noqa: T201 - the answer to the line that was read
            os.waitstatus_to_exitcode(killed), os.waitstatus_to_exitcode(finished), flush=True
        )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4])
