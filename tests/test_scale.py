"""The bench of scale (`bench/scale.py`): its pieces run, on a few feeds and minutes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture
def scale(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCH))
    spec = importlib.util.spec_from_file_location("scale", BENCH / "scale.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    before = set(sys.modules)
    spec.loader.exec_module(found)
    yield found
    for name in {"played", "worlds", "run"} - before:
        sys.modules.pop(name, None)


def test_many_feeds_are_played_without_sockets(
    scale: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    scale.main(["feeds", "--feeds", "60", "--hours", "0.5"])
    said = capsys.readouterr().out
    assert "0.50 virtual hours of 0.5" in said
    assert "claimed late: median" in said


def test_a_day_is_played_and_parted_by_stages(
    scale: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--feeds", "20", "--stored", "20", "--minutes", "2", "--times", "0.3", "--stages"]
    scale.main(["day", *words])
    said = capsys.readouterr().out
    assert "2.0 virtual minutes of 2" in said
    assert all(stage in said for stage in scale.STAGES if stage != "versions")


def test_real_texts_are_settled_where_they_are(
    scale: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    if not scale.TEXTS.exists():
        pytest.skip("../shared/data/dedup is not there")
    scale.main(["settle", "--articles", "8", "--hours", "3"])
    assert "8 real articles" in capsys.readouterr().out
