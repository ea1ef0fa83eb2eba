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


def newswatch(folder: Path, address: str, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*AS_OTHERS, sys.executable, "-m", "newswatch", "--store", address, *command.split()],
        input='{"url": "http://wire.example/2", "title": "Oil"}\n', capture_output=True, text=True,
        timeout=60, check=False, cwd=folder,
    )  # fmt: skip


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
    (here := tmp_path / "here").mkdir()
    for command in (
        "search gas", "status", "status --check", "once", "run", "run --detach", "stop", "prune --texts 30d",
        "prune --texts 30d --yes", "verify", "import -", "backup", "restore --yes", "archive --before 2026-01", "export",
    ):  # fmt: skip
        done = newswatch(here, address, command)
        assert done.returncode == 4, (command, done.stderr)
        (said,) = done.stderr.splitlines()
        assert said.startswith(f"newswatch: {home}/test.db: ")
        assert said.endswith("see whose it and its folder are, and run newswatch as that user")
    done = newswatch(here, address, "doctor")
    assert (done.returncode, done.stderr) == (4, "")
    (said,) = (line for line in done.stdout.splitlines() if "store:" in line)
    assert said.startswith("WRONG")
    assert said.endswith("and run newswatch as that user")
    assert list(here.iterdir()) == []
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
        ("search gas", 0), ("status", 0), ("export", 0), ("prune --texts 30d", 0),
        ("import -", 4), ("once", 4), ("prune --texts 30d --yes", 4),
    ):  # fmt: skip
        done = newswatch(home, address, command)
        assert done.returncode == code, (command, done.stderr)
        assert "Traceback" not in done.stderr
        if code == 4:
            assert "run newswatch as that user" in done.stderr, command
    assert {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()} == before


def test_another_users_configuration_and_files_are_said_to_be_shut(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        address = desk.address
    for name in ("config/newswatch.yaml", "secret.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
        os.chown(tmp_path / name, NOBODY, NOBODY)
        (tmp_path / name).chmod(0o600)
    os.chown(tmp_path / "config", NOBODY, NOBODY)
    (tmp_path / "config").chmod(0o700)
    for command in (
        "import -",
        "feeds",
        "rules test x",
        "check",
        "once",
        "init",
        "feeds test http://127.0.0.1:9/",
    ):
        done = newswatch(tmp_path, address, command)
        assert done.returncode == 2, (command, done.stderr)
        assert "Permission denied" in done.stderr
        assert "Traceback" not in done.stderr
    assert "configuration: it cannot be read" in newswatch(tmp_path, address, "doctor").stdout
    shutil.rmtree(tmp_path / "config")
    done = newswatch(tmp_path, address, "import secret.jsonl")
    assert (done.returncode, done.stderr) == (
        2,
        "newswatch: secret.jsonl: cannot be read (Permission denied)\n",
    )
