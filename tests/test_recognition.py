"""Recognition of what no newsroom should send, and that every process recognises alike."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from archive_of import HOUR, NOW, Desk, entry, report
from newswatch.cli import code_of
from newswatch.model import Feed
from newswatch.store import open_archive

FEEDS = tuple(
    Feed(name, f"http://{name}.example/rss", name.title(), pages="feed-only")
    for name in ("wire", "paper")
)
SENTENCE = "The northern canal stays shut until the ice has gone from the seven upper locks. "
MIXED = (
    "Канал закрыт until the ice 氷が has gone из верхних шлюзов και οι βάρκες περιμένουν في الميناء "
    * 4
)


def digits(n: int) -> str:
    chance = random.Random(n)
    return " ".join(str(chance.randrange(10_000)) for _ in range(200))


def megabyte(n: int) -> str:
    chance = random.Random(n)
    return " ".join(f"{chance.choice('bdgkmn')}{chance.randrange(10**6)}" for _ in range(130_000))


def homes(folder: Path, *pairs: tuple[str, str]) -> list[str]:
    """The story of each text, as newswatch took them in: (feed, text), an hour apart."""
    with Desk(folder, feeds=FEEDS) as desk:
        for n, (feed, text) in enumerate(pairs):
            shown = entry(f"http://{feed}.example/{n}", f"Headline {n * 7} of its own", text)
            desk.poll(feed, (shown,), NOW + n * HOUR)
        archive = open_archive(desk.address)
        try:
            kept = {v["url"]: v["text"] for v in archive.export("versions")}
            story = {a["url"]: a["story"] for a in archive.export("articles")}
        finally:
            archive.close()
    urls = [f"http://{feed}.example/{n}" for n, (feed, _) in enumerate(pairs)]
    assert [kept[url].split() for url in urls] == [text.split() for _, text in pairs]
    return [story[url] for url in urls]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (megabyte(1), megabyte(2)),
        (SENTENCE * 5000, report(1)),
        (digits(1), digits(2)),
        (MIXED, report(2)),
    ],
    ids=["a megabyte", "a sentence 5,000 times", "digits only", "mixed scripts"],
)
def test_a_copy_of_an_odd_text_joins_it_and_another_odd_text_does_not(
    tmp_path: Path, text: str, other: str
) -> None:
    one, copy, apart = homes(tmp_path, ("wire", text), ("paper", text), ("paper", other))
    assert one == copy != apart


@pytest.mark.parametrize("text", ["", "Yes", "Yes.", "!!!", "7"])
def test_what_says_nothing_is_kept_and_joins_nothing(tmp_path: Path, text: str) -> None:
    assert len(set(homes(tmp_path, ("wire", text), ("paper", text), ("wire", report(3))))) == 3


def test_a_sentence_five_thousand_times_is_no_copy_of_what_holds_it_once(tmp_path: Path) -> None:
    once = f"{report(4)} {SENTENCE} {report(5)}"
    one, other = homes(tmp_path, ("wire", SENTENCE * 5000), ("paper", once))
    assert one != other


CHILD = """
import json, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from archive_of import HOUR, NOW, PIPELINE, MARKET, Desk, entry, report
from newswatch.store import open_archive
with Desk(Path(sys.argv[1])) as desk:
    texts = [PIPELINE, MARKET, *map(report, range(20))]
    texts += [text.replace(".", ", it was said.", 1) for text in texts] + [t[: len(t) * 2 // 3] for t in texts]
    for n in range(0, len(texts), 6):
        shown = [entry(f"http://wire.example/{{n + k}}", f"Head {{n + k}}", t) for k, t in enumerate(texts[n : n + 6])]
        desk.poll("wire", tuple(shown), NOW + n * HOUR / 6)
    archive = open_archive(desk.address)
    found = [list(archive.export(what)) for what in ("articles", "versions", "stories", "changes")]
    links = desk.ledger._connection.execute("SELECT * FROM link ORDER BY article, other").fetchall()
    print(json.dumps([found, [list(map(str, row)) for row in links]], default=str))
"""


def test_every_process_builds_the_same_stories_ids_and_verdicts(tmp_path: Path) -> None:
    said = set()
    for seed in ("0", "1", "4711"):
        folder = tmp_path / seed
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", CHILD.format(tests=str(Path(__file__).parent)), str(folder)],
            capture_output=True, text=True, check=True, env=os.environ | {"PYTHONHASHSEED": seed},
        )  # fmt: skip
        said.add(done.stdout)
    assert len(said) == 1
    assert '"same"' in said.pop()  # stories were joined


@pytest.mark.parametrize(("days", "stories"), [(13, 1), (15, 2), (40, 2)])
@pytest.mark.parametrize("files", [1, 2])
@pytest.mark.parametrize("cut", [False, True])
def test_the_window_is_the_same_whether_copies_come_together_or_apart(
    tmp_path: Path, days: int, stories: int, files: int, *, cut: bool
) -> None:
    text = report(1)
    copy = "\n".join(text.split("\n")[: -1 if cut else None])
    seen = (NOW, NOW + days * 24 * HOUR)
    rows = [
        {"url": f"http://{name}.example/a", "title": f"Of {name}", "text": said, "source": name,
         "seen": at.isoformat()}
        for name, said, at in zip(("wire", "paper"), (text, copy), seen, strict=True)
    ]  # fmt: skip
    for n in range(files):
        (tmp_path / f"{n}.jsonl").write_text("\n".join(json.dumps(row) for row in rows[n::files]))
        store = f"sqlite:{tmp_path / 'a.db'}"
        assert code_of(["--store", store, "import", str(tmp_path / f"{n}.jsonl")]) == 0
    archive = open_archive(store)
    try:
        assert len(list(archive.export("stories"))) == stories
    finally:
        archive.close()
