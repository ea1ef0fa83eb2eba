"""`init`: a configuration that checks out, written where there is none and never over anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newswatch.cli import code_of

FILES = ("config/newswatch.yaml", "config/rules.yaml", "config/digests.yaml", "feeds.yaml")
HOUSE = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("NEWSWATCH_CONFIG", "NEWSWATCH_STORE"):
        monkeypatch.delenv(name, raising=False)


def test_what_it_writes_is_what_is_shipped_and_checks_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert code_of(["init"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "".join(f"wrote {name}\n" for name in FILES)
    assert shown.err.startswith("next: put your address into config/digests.yaml")
    for name in FILES:
        assert Path(name).read_bytes() == (HOUSE / name).read_bytes()
    assert code_of(["check"]) == 0
    sound = capsys.readouterr().out
    assert sound.startswith("sound: 55 feeds, ")
    assert "(55 feeds to begin with)" in shown.err


def test_what_is_there_stays(capsys: pytest.CaptureFixture[str]) -> None:
    Path("config").mkdir()
    Path("config/rules.yaml").write_text("rules: []\n")
    Path("config/digests.yaml").symlink_to("/nowhere/digests.yaml")
    assert code_of(["init", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {
        "written": ["config/newswatch.yaml", "feeds.yaml"],
        "left": ["config/rules.yaml", "config/digests.yaml"],
    }
    assert Path("config/rules.yaml").read_text() == "rules: []\n"
    assert Path("config/digests.yaml").readlink() == Path("/nowhere/digests.yaml")
    assert code_of(["init"]) == 0
    assert capsys.readouterr().out.count("which was there") == 4


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(["--config", "etc", "--feeds", "etc/wires.yaml", "init", "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "would write etc/wires.yaml"
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    Path("config").touch()
    assert code_of(["init"]) == 2
    assert "config" in capsys.readouterr().err
