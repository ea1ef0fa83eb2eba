"""Another user's store: refused with a word on whose it is, and left as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archive_of import Desk, entry
from test_cli import NOW

NOBODY = 65534
# Root as other users are: what belongs to somebody else is not its own.
AS_OTHERS = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search,-chown,-fowner")

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root, and setpriv to be less"
)


@pytest.mark.parametrize("shut", ["file", "folder"])
def test_another_users_store_is_refused_with_a_word_on_rights(tmp_path: Path, shut: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with Desk(home) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Gas", "Gas."),), NOW)
        address = desk.address
    for path in (home, *home.iterdir()):
        os.chown(path, NOBODY, NOBODY)
        if path.is_dir() == (shut == "folder"):
            path.chmod(0o700 if path.is_dir() else 0o600)
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    for command in (["search", "gas"], ["verify"], ["import", "-"]):
        done = subprocess.run(
            [*AS_OTHERS, sys.executable, "-m", "newswatch", "--store", address, *command],
            input='{"url": "http://wire.example/2", "title": "Oil"}\n', capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 4, (command, done.stderr)
        assert "run newswatch as that user" in done.stderr
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


def test_another_users_store_that_may_be_read_is_read_and_not_written_to(tmp_path: Path) -> None:
    """Mode 644 in a folder that is open to all: readers read; writers are refused."""
    home = tmp_path / "home"
    home.mkdir()
    with Desk(home) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Gas", "Gas."),), NOW)
        address = desk.address
    (home / "config").mkdir()
    (home / "config" / "newswatch.yaml").write_text(f"store: {address}\n")
    for path in (home, *home.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
        path.chmod(0o755 if path.is_dir() else 0o644)
    before = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()}
    for command, code in (
        (["search", "gas"], 0), (["status"], 0), (["export"], 0),
        (["import", "-"], 4), (["once"], 4), (["prune", "--texts", "30d", "--yes"], 4),
    ):  # fmt: skip
        done = subprocess.run(
            [*AS_OTHERS, sys.executable, "-m", "newswatch", "--store", address, *command],
            input='{"url": "http://wire.example/2", "title": "Oil"}\n', capture_output=True, text=True,
            timeout=60, check=False, cwd=home,
        )  # fmt: skip
        assert done.returncode == code, (command, done.stderr)
        assert "Traceback" not in done.stderr
        if code == 4:
            assert "run newswatch as that user" in done.stderr, command
    assert {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()} == before
