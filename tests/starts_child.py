"""A newswatch whose pages are read by real children, at whose starts faults are played: under `faults.c`, as a
process of its own.

    starts_child.py FOLDER     as fault_child.py; a step is a start of the tracker, of the fork server or of a reader

Rule: workers, children, web server and mail server are real. A start that fails puts off what was to be read, so
that what is held to is what the archive says and whom it tells, whenever it came.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections import Counter
from contextlib import closing
from datetime import timedelta
from email import policy
from email.parser import BytesParser
from html import escape
from pathlib import Path
from typing import Any

from fault_child import GAVE_UP, armed, beside, control, forked, post_office
from newswatch import desk, mail
from newswatch.config import Configuration, MailSettings
from newswatch.model import CrawlPolicy, DigestPlan, Feed, Person, Rule, StoreError
from newswatch.store import open_ledger
from newswatch.store.sqlite import open_reader
from newswatch.workers import LocalWorkers
from orphans import orphans
from scripted_server import reply, serving, site
from small_wires import DAY, FREIGHT, LEAK

MOMENTS = tuple(DAY + timedelta(minutes=minutes) for minutes in (0, 5, 10, 40))
POLICY = CrawlPolicy(
    allow_networks=("127.0.0.0/8",), spacing=0.0, children=2, child_seconds=10.0, robots=False
)
PIECES = {
    "/leak": ("Leak halts Karvia gas pipeline", LEAK),
    "/freight": ("Grain freight index up 2.6 percent", FREIGHT),
}
RULES = (
    Rule("gas", '"gas pipeline" OR compressor', ("anna",), "urgent"),
    Rule("ports", "grain OR leak", ("desk",)),
)
# What the archive says and tells, and what it holds against feeds and pages; no times and no ids that follow them.
HELD_TO = {
    "versions": "SELECT url, n, title, text FROM version",
    "entries shown": "SELECT DISTINCT a.url, s.feed FROM sighting s JOIN article a ON a.id = s.article",
    "stories": "SELECT a.url, f.url FROM article a JOIN article f ON f.story = a.story",
    "matches": "SELECT rule, url FROM match JOIN version ON version.id = match.version",
    "owed": (
        "SELECT n.recipient, n.digest, rule, url, coalesce(state, 'waiting') FROM notification n"
        " JOIN article a ON a.id = n.article LEFT JOIN letter ON letter.id = letter"
    ),
    "requests": "SELECT kind, url, failures, failure, kills, killed FROM request",
    "troubles": "SELECT kind, subject FROM trouble",
}

BLAMED = "SELECT url, failure FROM request WHERE failures > 0 OR kills > 0 OR failure <> ''"


class GivenUp(StoreError):
    """A run met its fault and is to be begun anew."""


def pages(root: str) -> dict[str, bytes]:
    """The whole answers of a wire with a feed and what it leads to, read from *root*."""
    items, found = "", {}
    for path, (title, said) in PIECES.items():
        text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in said)
        items += (
            f"<item><title>{title}</title><link>{root}{path}</link><guid>{root}{path}</guid>"
            "<pubDate>Tue, 03 Mar 2026 06:00:00 GMT</pubDate></item>"
        )
        page = (
            f"<!doctype html><html lang='en'><head><title>{title}</title></head><body><main>"
            f"<article><h1>{title}</h1>{text}</article></main></body></html>"
        )
        found[path] = reply(page.encode(), Content_Type="text/html")
    feed = (
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>Wire</title><link>{root}/</link>"
        f"{items}</channel></rss>"
    )
    return found | {"/rss": reply(feed.encode(), Content_Type="application/rss+xml")}


def wire(tell: Any) -> None:
    """Serve the wire until we are ended."""
    answers: dict[str, bytes] = {}
    with serving(site(answers)) as server:
        root = server.url("")
        answers |= pages(root)
        tell(root)
        signal.pause()


def play(folder: Path, root: str, smtp: str, *, gives_up: bool) -> None:
    """A morning at the wire at *root*, from wherever the store stands: one run, one pool of readers. There is room
    for processes again after the moment in which a start failed; that run ends with it where it *gives up*.
    """
    configuration = Configuration(
        store=f"sqlite:{folder / 'f.db'}",
        policy=POLICY,
        feeds=(
            Feed("wire", f"{root}/rss", "Wire", "en", min_interval=60, max_interval=240, alert_backlog=True),
        ),
        rules=RULES,
        people=(Person("anna", "anna@example.org", "Europe/Berlin"),),
        digests=(DigestPlan("desk", ("anna",), ("07:30", "18:00")),),
        mail=MailSettings(smtp, "newswatch@example.org"),
    )  # fmt: skip
    force = desk.in_force(configuration)
    # A reader killed as it starts may take the pool along that it was started for: found out after that time.
    workers = LocalWorkers(POLICY, grace=5.0)
    try:
        with closing(open_ledger(configuration.store)) as ledger:
            for now in MOMENTS:
                last = ledger.last()
                if last is None or now >= last:
                    desk.once(force, ledger, workers, mail.transport(smtp), now)
                if blamed := rows(folder / "f.db", BLAMED):
                    raise AssertionError(f"blamed at {now}: {blamed}")
                if control().hit:
                    control().at = 0
                    if gives_up:
                        raise GivenUp(f"at {now}")
    finally:
        workers.stop(10)


def rows(path: Path, sql: str) -> list[str]:
    """What the store at *path* answers."""
    with closing(open_reader(path)) as connection:
        return sorted(str(tuple(row)) for row in connection.execute(sql))


def told_of(path: Path) -> dict[str, list[str]]:
    """What is held to, as the store at *path* has it."""
    return {name: rows(path, sql) for name, sql in HELD_TO.items()}


class Play:
    """Mornings in *folder*, each held to the one without a fault."""

    def __init__(self, folder: Path, root: str, smtp: str, letters: Path) -> None:
        self._folder, self._root, self._smtp, self._letters = folder, root, smtp, letters
        self._runs = 0
        place = self._place()
        code, words = self._run(place, gives_up=True)
        assert code == 0, words
        assert not (broken := orphans(place / "f.db")), broken
        self._wanted = told_of(place / "f.db")
        self._letters_wanted = self._letters_taken()
        assert len(self._wanted["versions"]) == len(PIECES)
        assert {"sent"} == {eval(row)[-1] for row in self._wanted["owed"]}  # what `told_of` wrote
        assert not self._wanted["troubles"]

    def _place(self) -> Path:
        for old in self._letters.glob("*.eml"):
            old.unlink()
        shutil.rmtree(self._folder / f"run-{self._runs}", ignore_errors=True)
        self._runs += 1
        place = self._folder / f"run-{self._runs}"
        place.mkdir()
        return place

    def _run(self, place: Path, *, gives_up: bool, kinds: int = 0) -> tuple[int, str]:
        def work() -> None:
            control().kinds = kinds
            play(place, self._root, self._smtp, gives_up=gives_up)

        return forked(work)

    def _letters_taken(self) -> Counter[str]:
        read = BytesParser(policy=policy.default)
        return Counter(
            str(read.parsebytes(file.read_bytes())["Subject"])
            for file in self._letters.glob("*.eml")
        )

    def meet(self, fault: dict[str, int]) -> dict[str, Any]:
        """How a morning with a *fault* ended, and what is then broken: [] for nothing. Without a step to fail at,
        the kinds of all its steps are told.
        """
        place = self._place()
        told = armed(fault)
        ended, words = self._run(place, gives_up=bool(fault["gives_up"]), kinds=fault["kinds"])
        told.kinds = 0
        answer = {"hit": told.hit, "ended": ended, "said": words}
        if not fault["at"]:
            return answer | {"steps": [told.kind[n] for n in range(told.step)], "broken": []}
        broken = [] if ended in {0, GAVE_UP, -signal.SIGKILL} else [f"ended by {ended}: {words}"]
        if ended != 0:
            told.hit = 0
            code, words = self._run(place, gives_up=False)
            broken += [] if code == 0 else [f"the next run ended by {code}: {words}"]
        return answer | {"broken": broken or self._compared(place)}

    def _compared(self, place: Path) -> list[str]:
        """What is broken in the store at *place* and in what the mail server took."""
        broken = orphans(place / "f.db")
        found = told_of(place / "f.db")
        for name in HELD_TO:
            wanted, there = Counter(self._wanted[name]), Counter(found[name])
            lacks, more = wanted - there, there - wanted
            broken += [f"{name}: lacks {row}" for row in lacks] + [
                f"{name}: has {row}" for row in more
            ]
        if (taken := self._letters_taken()) != self._letters_wanted:
            broken.append(f"letters: {taken}, wanted {self._letters_wanted}")
        return broken


def main(folder: Path) -> None:
    with beside(wire) as root, post_office(folder / "letters") as smtp:
        runs = Play(folder, root, smtp, folder / "letters")
        print("ready", flush=True)  # noqa: T201 - whoever started us waits for it
        for line in sys.stdin:
            print(json.dumps(runs.meet(json.loads(line))), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(Path(sys.argv[1]))
