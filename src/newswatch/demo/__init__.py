"""The demo: made-up wires on loopback, two virtual days, the real way from feed to letter.

Rule: no internet and no configuration; the clock is driven, addresses and texts are fixed, so that
two runs give the same archive, ids and letters; where the wires' port is taken, that is said. `play` says what happens; `cli` prints it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from newswatch import daemon, desk
from newswatch.config import Configuration, MailSettings
from newswatch.demo.wires import DAY_ONE, HOST, PORTS, PostBox, Wires, open_wires, read_letter
from newswatch.model import CrawlPolicy, DigestPlan, Person, Rule
from newswatch.store import Archive, holder_of, open_archive, open_ledger
from newswatch.wording import counted

FOLDER = Path("var/demo")
STEP = timedelta(minutes=30)
DAYS = timedelta(days=2)

Say = Callable[..., None]
Progress = Callable[[str], AbstractContextManager[Callable[[str], None]]]

MADE = "made-by-the-demo.txt"  # what a folder holds that the demo may empty
RULES = (
    Rule("gas", '"gas pipeline" OR газопровод', ("anna",), "urgent"),
    Rule("sanctions", "sanctions OR санкции", ("anna", "desk")),
    Rule("shipping", "title:shipping OR title:freight OR title:ferry", ("desk",)),
)


def play(
    keep: str | None, *, tell: Say, progress: Progress, program: str = "newswatch", host: str = HOST
) -> int:
    """Play both days and say what happened; returns 0, 2 where *keep* holds something else, 5 where
    another demo is at work.

    The store is left in *keep* or var/demo; *program* is what a reader types to call newswatch;
    *host* is the loopback address of the wires, and so part of every id.
    """
    folder = Path(keep) if keep else FOLDER
    if keep and folder.exists() and not _may_be_emptied(folder):
        tell(f"{folder} holds something else: name an empty folder")
        return 2
    if holder_of(f"sqlite:{folder / 'demo.db'}") is not None:
        tell(f"another demo is being played into {folder}: wait, or name a folder with --keep")
        return 5
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MADE).write_text("The demo empties this folder when it is played into it again.\n")
    log_file = (folder / "demo.log").open("w", encoding="utf-8")
    clock = daemon.DrivenClock(DAY_ONE)
    with open_wires(clock.now, host) as wires, PostBox(folder / "letters") as post, log_file:
        if wires.port != PORTS[0]:
            tell(
                f"Port {PORTS[0]} is taken, perhaps by another demo, so the wires are at port"
                f" {wires.port}: ids are made from addresses and differ this time."
            )
            tell("")
        log = daemon.log_to(log_file)
        configuration = _configuration(folder, wires, post)
        force = desk.in_force(configuration)
        workers = desk.local_workers(configuration.policy)
        ledger = open_ledger(configuration.store, work="demo")
        try:
            with progress("two days of wires") as step:
                while clock.at < DAY_ONE + DAYS:
                    tally = desk.once(
                        force, ledger, workers, desk.sender(configuration), clock.now()
                    )
                    step(f"{clock.at:%A %H:%M}, {counted(post.taken, 'letter')}")
                    _log_step(log, clock.at, tally)
                    clock.at += STEP
        finally:
            ledger.close()
            workers.stop(5.0)
        _report(folder, configuration, wires, post, tell, program)
    return 0


def _may_be_emptied(folder: Path) -> bool:
    return folder.is_dir() and ((folder / MADE).exists() or not any(folder.iterdir()))


def _configuration(folder: Path, wires: Wires, post: PostBox) -> Configuration:
    """What a newcomer would write: four feeds, three rules, one reader with a digest twice a day.

    `alert_backlog` is on, as the two days begin with the feeds' first polls.
    """
    return Configuration(
        store=f"sqlite:{folder / 'demo.db'}",
        policy=CrawlPolicy(
            user_agent="Mozilla/5.0 (compatible; newswatch demo)",
            allow_networks=("127.0.0.0/8",),
            spacing=0.0,
        ),
        feeds=wires.feeds,
        rules=RULES,
        people=(Person("anna", "anna@example.org", "Europe/Berlin"),),
        digests=(DigestPlan("desk", ("anna",), ("07:30", "18:00")),),
        mail=MailSettings(server=post.address, sender="newswatch@example.org"),
    )


def _log_step(log: Any, at: datetime, tally: desk.Tally) -> None:
    log.info(
        "polled",
        virtual=f"{at:%Y-%m-%dT%H:%MZ}",
        feeds=tally.polled,
        pages=tally.pages,
        new=tally.new,
        changed=tally.changed,
        sent=tally.sent,
        failed=",".join(tally.failed) or "-",
    )


def _report(
    folder: Path,
    configuration: Configuration,
    wires: Wires,
    post: PostBox,
    tell: Say,
    program: str,
) -> None:
    archive = open_archive(configuration.store)
    try:
        figures = archive.status()
        feeds = archive.feeds()
        tell("What was polled", bold=True)
        for feed in feeds:
            tell(
                f"  {feed['name']:10} {counted(feed['polls'], 'poll'):>9}"
                f"  {counted(feed['articles'], 'article'):>11}"
            )
        tell(
            f"  {counted(figures['articles'], 'article')} in"
            f" {counted(figures['versions'], 'version')};"
            f" {counted(wires.refused, 'poll')} met a broken feed, and nothing was lost by it"
        )
        tell("")
        tell("Stories and their copies", bold=True)
        for story in archive.export("stories"):
            if len(story["articles"]) > 1:
                view = archive.story(story["id"])
                first = view.articles[0]
                tell(f"  {first.newsroom}: {first.current.title}")
                for state in view.articles[1:]:
                    tell(f"    = {state.newsroom}: {state.current.title}")
                for copy in view.related:
                    tell(f"    ~ {copy.newsroom}: {copy.title}")
        tell("")
        tell("Letters, each with the reason (times in UTC)", bold=True)
        reasons = _reasons(archive)
        for letter, taken in zip(
            reversed(archive.letters()), reversed(post.letters()), strict=True
        ):
            tell(f"  {taken.sent:%a %H:%M}  {taken.file}  {taken.subject}")
            if letter["digest"] == "now":
                for line in reasons.get(letter["id"], ()):
                    tell(f"                      {line}")
            else:
                digest_file = folder / "letters" / taken.file
        digests = [letter["id"] for letter in archive.letters() if letter["digest"] != "now"]
        _, content = archive.letter(digests[0])
    finally:
        archive.close()
    last = read_letter(content)
    tell("")
    tell("The last digest, as text", bold=True)
    for line in last.text.splitlines():
        tell(f"  {line}" if line else "")
    page = folder / "last-digest.html"
    page.write_text(last.html, encoding="utf-8")
    store = configuration.store
    tell("")
    tell("Where it lies", bold=True)
    tell(f"  the digest as HTML   {page}")
    tell(f"  the digest (.eml)    {digest_file}")
    tell(f"  every letter (.eml)  {folder / 'letters'}")
    tell(f"  the store            {store}")
    tell(f"  the log              {folder / 'demo.log'}")
    tell("")
    tell("Try on that store", bold=True)
    corrected = next((v for v in _corrections(store)), "")
    tell(f"  {program} --store {store} search санкции OR sanctions")
    tell(f"  {program} --store {store} show {corrected[:8]} --diff")
    tell(f"  {program} --store {store} story {corrected[:8]}")


def _reasons(archive: Archive) -> dict[str, list[str]]:
    """Why each letter went out: the rule, its words in that version, and what kind of news it is."""
    spans = {(m["rule"], m["version"]): m["spans"] for m in archive.export("matches")}
    versions = {v["id"]: v for v in archive.export("versions")}
    found: dict[str, list[str]] = {}
    for told in archive.notifications():
        version = versions[told["version"]]
        words = dict.fromkeys(s["word"] for s in spans.get((told["rule"], told["version"]), ()))
        kind = "correction" if told["occasion"] != "first" else f"version {version['n']}"
        line = f'rule "{told["rule"]}": {", ".join(words) or "as told before"} · {kind}'
        found.setdefault(told["letter"], []).append(line)
    return found


def _corrections(store: str) -> list[str]:
    """The articles that were corrected, by id."""
    archive = open_archive(store)
    try:
        return [v["article"] for v in archive.export("versions") if v["kind"] == "correction"]
    finally:
        archive.close()
