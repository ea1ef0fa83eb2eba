"""The demo: the whole way, and the same archive, ids and letters each time."""

from __future__ import annotations

import contextlib
import io
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from newswatch import demo
from newswatch.demo.wires import PORTS, read_letter
from newswatch.store import open_archive, open_ledger
from replayed import own_host


@contextlib.contextmanager
def quiet(_label: str) -> Any:
    yield lambda _line: None


def play(folder: Path) -> str:
    out = io.StringIO()
    code = demo.play(
        str(folder),
        tell=lambda line="", **_style: print(line, file=out),
        progress=quiet,
        program=".venv/bin/newswatch",
        host=own_host(),
    )
    assert code == 0
    return out.getvalue()


def everything(folder: Path) -> dict[str, list[dict[str, Any]]]:
    archive = open_archive(f"sqlite:{folder / 'demo.db'}")
    try:
        return {
            what: list(archive.export(what))  # type: ignore[arg-type]
            for what in ("articles", "versions", "stories", "matches", "changes")
        }
    finally:
        archive.close()


def test_twice_gives_the_same_archive_ids_and_letters(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "d", tmp_path / "b" / "d"
    said = play(first)
    assert said.replace(str(first), "X") == play(second).replace(str(second), "X")
    assert everything(first) == everything(second)
    letters = [
        sorted(p.read_bytes() for p in (f / "letters").glob("*.eml")) for f in (first, second)
    ]
    assert letters[0] == letters[1]
    assert len(letters[0]) >= 10


def test_a_taken_port_is_said_as_ids_differ_then(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # behind an earlier demo
        other.bind((own_host(), PORTS[0]))
        other.listen()
        said = play(tmp_path / "d")
    assert said.startswith(f"Port {PORTS[0]} is taken")
    assert f"at port {PORTS[1]}: ids" in said.splitlines()[0]
    assert len(everything(tmp_path / "d")["articles"]) == 40
    assert "is taken" not in play(tmp_path / "d")


def test_it_shows_what_newswatch_is_for(tmp_path: Path) -> None:
    said = play(tmp_path / "d")
    made = everything(tmp_path / "d")
    assert len(made["articles"]) == 40
    biggest = max(made["stories"], key=lambda story: len(story["articles"]))
    assert len(biggest["articles"]) == 5
    assert len(biggest["newsrooms"]) == 3
    assert {v["kind"] for v in made["versions"]} >= {"new", "update", "correction"}
    assert "Corrected, gas" in said
    later = 'rule "sanctions": sanctions · version 2'
    assert later in said
    assert "polls met a broken feed" in said
    assert said.count(".venv/bin/newswatch --store") == 3
    for name in ("last-digest.html", "demo.log", "letters"):
        assert (tmp_path / "d" / name).exists()


def test_the_letter_in_the_readme_is_the_one_that_the_demo_sends(tmp_path: Path) -> None:
    play(tmp_path / "d")
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("## The letter a reader receives")[2].split("```")[1].split("\n\n")
    letters = [read_letter(p.read_bytes()) for p in (tmp_path / "d" / "letters").glob("*.eml")]
    (letter,) = [one for one in letters if f"Subject: {one.subject}" == shown[0].strip()]
    sent = letter.text.replace("\r\n", "\n").replace(own_host(), "127.0.0.1")
    for passage in shown[1:]:
        assert passage.strip("\n") in sent


def test_a_demo_does_not_take_another_ones_folder_away(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    play(folder)
    at_work = open_ledger(f"sqlite:{folder / 'demo.db'}", work="demo")
    said: list[str] = []
    assert demo.play(str(folder), tell=lambda line="", **_k: said.append(line), progress=quiet) == 5
    at_work.close()
    assert said == [
        f"another demo is being played into {folder}: wait, or name a folder with --keep"
    ]
    assert (folder / "demo.db").exists()


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    assert demo.play(str(tmp_path), tell=lambda *_a, **_k: None, progress=quiet) == 2
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_a_folder_with_a_store_that_it_did_not_make_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "demo.db"
    mine.write_bytes(b"precious")
    (tmp_path / "letters").mkdir()
    assert demo.play(str(tmp_path), tell=lambda *_a, **_k: None, progress=quiet) == 2
    assert demo.play(str(mine), tell=lambda *_a, **_k: None, progress=quiet) == 2
    assert mine.read_bytes() == b"precious"


def test_a_reader_that_has_seen_enough_is_no_fault_of_the_folder(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "newswatch", "demo", "--keep", str(tmp_path / "d")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    with child.stderr:
        assert child.stderr.read() == b""
    assert child.wait(60) == 0
