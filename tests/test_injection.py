"""One field at a time says what would move a cursor, turn a line around, end it or begin a formula: nothing does.

Rule: asked of every command that shows what came from outside; letters are `test_digest.py`'s, logs `test_log.py`'s, pages
`test_web_shown.py`'s.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from archive_of import ANNA, DESK, HOUR, NOW, PIPELINE, Desk, entry
from newswatch import deliver
from newswatch.cli import code_of
from newswatch.model import Feed, Rule

EVIL = "\x1b[2Jx\u202eevil\x9b31m\u2028[/bold]\r\n\u2066\U000e0041"
FORMULAS = tuple(
    "=+-@\uff1d\uff0b\uff0d\uff20"
)  # a spreadsheet takes wide ones, too, where those are typed
FIELDS = ("title", "text", "author", "credit", "link", "feed", "newsroom", "rule")
COMMANDS = """\
search pipeline|search --json pipeline|search --csv pipeline|search --stories pipeline|show ID|show ID --diff|story ID|status
feeds|feeds show FEED|rules|outbox|outbox show LETTER|export|export --what versions|export --what matches|export --what changes
quarantine|verify|status --json|feeds --json|rules --json|outbox --json|show ID --json|story ID --json"""


def told(folder: Path, field: str, said: str) -> tuple[str, str]:
    """A store in which *field* has been *said* so, and the name of its feed."""
    says = {name: said if name == field else "" for name in FIELDS}
    feed = Feed(f"{says['feed']}wire", "http://wire.example/rss", f"{says['newsroom']}Wire", "en")
    rule = Rule(f"{says['rule']}gas", "pipeline", ("anna",))
    link = f"http://wire.example/1{says['link']}"
    with Desk(folder, feeds=(feed,), in_force=(rule,), people=(ANNA,), plans=(DESK,)) as desk:
        before = entry("http://wire.example/0", "Weather", "Rain.")
        desk.poll(feed.name, (before,), NOW - HOUR)
        for n, text in enumerate((PIPELINE, PIPELINE.replace("4:40", "5:50"))):
            shown = entry(link, f"{says['title']}Leak", f"{says['text']}{text}")
            assert shown.article is not None
            by = replace(
                shown.article, author=f"{says['author']}A. Bell", credit=f"{says['credit']}TASS"
            )
            desk.poll(feed.name, (replace(shown, article=by), before), NOW + n * HOUR)
        deliver.seal_due(desk.ledger.outbox, desk.readers, NOW + 3 * HOUR)
        return desk.address, feed.name


@pytest.mark.parametrize("field", FIELDS)
def test_it_moves_no_cursor_and_adds_no_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], field: str
) -> None:
    (tmp_path / "newswatch.yaml").touch()
    here = ["--config", str(tmp_path), "--store"]
    address, feed = told(tmp_path, field, EVIL)

    def run(*arguments: str) -> str:
        assert code_of([*here, address, *arguments]) in {0, 1}, arguments
        out, err = capsys.readouterr()
        assert f"{out}{err}".replace("\n", "").isprintable(), arguments
        return out

    found = [json.loads(line) for line in run("export").splitlines()]
    letters = [json.loads(line) for line in run("outbox", "--json").splitlines()]
    assert len(found) == 2
    ids = {"ID": found[-1]["id"], "FEED": feed, "LETTER": letters[0]["id"]}
    for command in COMMANDS.replace("\n", "|").split("|"):
        run(*(ids.get(word, word) for word in command.split()))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("begins", FORMULAS)
def test_it_begins_no_formula(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], field: str, begins: str
) -> None:
    address, _ = told(tmp_path, field, f"{begins}cmd|' /C calc'!A0;{begins}1 ")
    assert code_of(["--store", address, "search", "--csv", "pipeline"]) == 0
    out = capsys.readouterr().out
    assert "calc" in out or field in {"text", "rule", "credit", "author"}
    for parted_at in ",;":
        for cells in csv.reader(io.StringIO(out), delimiter=parted_at):
            assert not [cell for cell in cells if cell.strip(' "')[:1] in FORMULAS]
