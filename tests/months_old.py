"""A made-up archive with a past of five months, the same at each making, and all that readers can ask of it.

Rule: equal answers are equal archives: what is asked here goes through every reader of a text.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive_of import MARKET, PIPELINE, Desk, entry, report
from newswatch.cli import code_of
from newswatch.model import Ages, Retention, Rule
from newswatch.query import read
from newswatch.store import Moved, open_archive, open_keeper
from newswatch.store.keeper import SqliteKeeper
from newswatch.store.sqlite import Boundary, nothing, sqlite3

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONTHS = (3, 4, 5, 6, 7)
BEFORE = datetime(2026, 6, 1, tzinfo=UTC)
LATER = datetime(2026, 8, 1, tzinfo=UTC)
LATE = datetime(2026, 4, 15, 11, tzinfo=UTC)
PAPER = Retention(sources=(("paper", Ages(texts=30 * 86400)),), told=0)
RULES = (Rule("gas", "gas", ()), Rule("grain", '"freight index"', ()))  # what is owed would stay
NAMES = ("Zelensky", "Zelenskiy", "Selenskyj", "Зеленского")
ASKED = (
    "gas", "pipeline compressor", '"gas pipeline"', '"five compressors"', "gas NEAR/3 pipeline", "freig*", "name:Zelensky",
    "name:Sandel", r"leak /4:\d0/", r"gas /\b48 million\b/", "title:leak", "lead:terminal", "body:ministers", "source:paper",
    "lang:en gas", "changed:yes", "corrected:yes", "gas changed:yes", "gas -freight", "gas OR freight", '(gas OR grain) -"no such"',
    "gas since:2026-04-01", "gas since:2026-04-01 until:2026-05-01", "until:2026-05-01", "since:2026-05-20", "nowhere",
    "newsroom:Wire zelenskiy", "consent", '"its consent"', "marit NEAR/2 sandel -title:leak",
)  # fmt: skip
PERIODS: tuple[tuple[datetime | None, datetime | None], ...] = (
    (None, None),
    (datetime(2026, 4, 3, tzinfo=UTC), datetime(2026, 4, 20, 13, tzinfo=UTC)),
    (datetime(2026, 4, 15, tzinfo=UTC), datetime(2026, 6, 10, tzinfo=UTC)),
    (BEFORE, None),
)
HOW: tuple[dict[str, Any], ...] = (
    {}, {"sort": "relevance"}, {"limit": 3}, {"limit": 3, "sort": "relevance"}, {"every_version": True}, {"stories": True}, {"current": True},
)  # fmt: skip


def made(folder: Path, months: tuple[int, ...] = MONTHS) -> str:
    """The address of a store of articles of some *months*, some with versions of several of them, some copied."""
    folder.mkdir(exist_ok=True)
    with Desk(folder, in_force=RULES) as desk:
        for month in months:
            for day in (2, 11, 20, 27):
                at = datetime(2026, month, day, 9, tzinfo=UTC)
                minute = f"{month}:{day:02}"
                gas = PIPELINE.replace("4:40", minute).replace(
                    "48 million", f"{40 + month} million"
                )
                url = f"http://wire.example/gas-{day}"  # of every month another version
                fresh = tuple(
                    entry(f"http://wire.example/{month}-{day}-{n}", f"Item {n} by {NAMES[n]}", f"{NAMES[n]} said. {report(month * 900 + day * 9 + n)}")
                    for n in range(4)
                )  # fmt: skip
                desk.poll("wire", (entry(url, f"Leak halts gas, {minute}", gas), *fresh), at)
                copied = entry(f"http://paper.example/gas-{month}-{day}", "Gas is off", gas)
                bare = entry(f"http://paper.example/bare-{month}-{day}", "A headline and no more")
                desk.poll("paper", (copied, bare), at + HOUR)
                grain = MARKET.replace("2.6 percent", f"{month}.{day} percent")
                note = "" if month < 5 else "\n(Corrects the percentage in paragraph 1)"
                desk.poll("wire", (entry("http://wire.example/grain", "Freight dearer", grain + note), *fresh), at + 2 * HOUR)  # fmt: skip
        while desk.ledger.tidy():
            pass
        return desk.address


def gone_on(store: str) -> None:
    """What comes and goes after months were moved: an article of April, and the daemon's own pruning of all that one feed
    brought, which leaves the texts in the files.
    """
    with Desk(path_of(store).parent, in_force=RULES) as desk:
        late = entry("http://wire.example/late", "Found in a drawer", report(77), published=LATE)
        last = tuple(entry(f"http://{feed}.example/last", "Last", report(78)) for feed in ("wire", "paper"))  # fmt: skip
        desk.poll("wire", (late, last[0]), LATER)
        desk.poll("paper", last[1:], LATER)
        desk.ledger.prune(PAPER, LATER + 40 * DAY)
        while desk.ledger.tidy():
            pass


def moved(store: str, before: datetime = BEFORE, boundary: Boundary = nothing) -> tuple[Moved, ...]:
    """What `archive` moves; *boundary* hears of each step."""
    keeper = SqliteKeeper(path_of(store), boundary)
    return keeper.archive(before, lambda _month, _done, _of: None)


def two_moved(folder: Path) -> str:
    """A store of two months, both moved."""
    store = made(folder, (3, 4))
    moved(store)
    return store


def copied(store: str, folder: Path) -> str:
    """A copy of a *store* with the files beside it."""
    shutil.copytree(path_of(store).parent, folder, dirs_exist_ok=True)
    return f"sqlite:{folder / path_of(store).name}"


def path_of(store: str) -> Path:
    return Path(store.removeprefix("sqlite:"))


def folder_of(store: str) -> Path:
    return path_of(store).with_name("test.db.months")


def files(store: str) -> list[str]:
    """The names in the months' folder, each by its month."""
    folder = folder_of(store)
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def answers(store: str) -> dict[str, Any]:
    """All that readers are told: by what was asked."""
    archive = open_archive(store)
    found: dict[str, Any] = {}
    try:
        for line in ASKED:
            query = read(line)
            for since, until in PERIODS:
                bounds = {"since": since, "until": until}
                for how in HOW:
                    hits = archive.search(query, **{"limit": 500, **bounds, **how})
                    found[f"{line} {since} {until} {how}"] = list(hits)
                found[f"{line} {since} {until} count"] = (
                    archive.count(query, **bounds),
                    archive.count(query, **bounds, stories=True),
                    archive.count(query, **bounds, every_version=True),
                )
        for kind in ("articles", "versions", "stories", "matches", "changes"):
            found[kind] = list(archive.export(kind))
        for one in found["articles"]:
            found[f"show {one['id']}"] = archive.show(one["id"])
            found[f"described {one['id']}"] = archive.described(one["id"])
        for one in found["stories"]:
            found[f"story {one['id']}"] = archive.story(one["id"])
        found["absent"] = archive.absent()
    finally:
        archive.close()
    return found


def proof(store: str) -> Any:
    """What `verify` says."""
    return open_keeper(store).verify(None, lambda _done, _of: None)


def exported(store: str) -> list[dict[str, Any]]:
    """Every version with its text."""
    archive = open_archive(store)
    try:
        return list(archive.export("versions"))
    finally:
        archive.close()


def texts(store: str) -> dict[str, str]:
    """Every text, by its version."""
    return {one["id"]: one["text"] for one in exported(store)}


def in_files(store: str) -> dict[str, str]:
    """The texts that lie in the months' files, by version."""
    found: dict[str, str] = {}
    for name in files(store):
        with closing(sqlite3.connect(folder_of(store) / name)) as file:
            found.update(file.execute("SELECT id, text FROM version").fetchall())
    return found


def search(store: str, words: str) -> list[str]:
    """The versions that are found."""
    with closing(open_archive(store)) as archive:
        return [hit.version.id for hit in archive.search(read(words), limit=500)]


def asked(store: str, sql: str) -> list[Any]:
    """What the file itself holds, by nobody's view of it."""
    with closing(sqlite3.connect(path_of(store))) as connection:
        return list(connection.execute(sql).fetchall())


def written(store: str, sql: str, *values: object) -> None:
    """Write to the file behind newswatch's back."""
    with closing(sqlite3.connect(path_of(store))) as connection:
        connection.execute(sql, values)
        connection.commit()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """A command's code, and what it said on both."""
    code = code_of(arguments)
    out, err = capsys.readouterr()
    return code, out, err
