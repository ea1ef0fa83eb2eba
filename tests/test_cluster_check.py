"""`newswatch cluster check` and `status` on a cluster, and where there is none."""

from __future__ import annotations

import importlib.util
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from newswatch.cli import code_of
from newswatch.model import Cluster

from cluster_trips import trip  # isort: skip
from engine import POLICY, Engine, another_dask, engine, free_port, there, working  # isort: skip

from newswatch.cluster import checking  # isort: skip


FEEDS = "feeds: [{name: a, url: 'http://a.example/rss', min_interval: 1, max_interval: 10}]"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    return tmp_path


def one_article(home: Path) -> Path:
    made = home / "one.jsonl"
    made.write_text(json.dumps({"url": "http://a.example/1", "title": "Of a leak"}))
    return made


def configure(home: Path, workers: str) -> None:
    (home / "config" / "newswatch.yaml").write_text(f"workers: {workers}\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [(["127.0.0.1:8786"], "is no address like dask://HOST:8786"), (["tls://h:1"], "name its certificates under `workers:`"),
     (["dask://h:1", "--local", "2"], "not both"), ([], "no cluster is configured: name it under `workers:`")],
)  # fmt: skip
def test_what_it_is_asked_wrong_is_a_mistake(
    home: Path, capfd: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert code_of(["cluster", "check", *words]) == 2
    assert said in capfd.readouterr().err


def test_a_mistake_that_it_cannot_do_with_is_not_said_not_to_matter(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    configure(home, "tls://127.0.0.1:8786")
    assert code_of(["cluster", "check"]) == 2
    said = capfd.readouterr().err
    assert "tls:// is spoken with certificates" in said
    assert "do not matter" not in said


def test_without_the_extra_it_says_what_to_install(
    home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    configure(home, "dask://127.0.0.1:8786")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    for words in (["cluster", "check"], ["once"], ["run"]):
        assert code_of(words) == 2
        assert "pip install 'newswatch[dask]'" in capfd.readouterr().err


@pytest.mark.acceptance
def test_status_says_that_the_scheduler_cannot_be_reached(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert code_of(["import", str(one_article(home))]) == 0
    at = f"dask://127.0.0.1:{free_port()}"
    configure(home, at)
    assert code_of(["status"]) == 0
    assert f"cluster {at}: the scheduler cannot be reached" in capfd.readouterr().out
    assert code_of(["status", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)["cluster"]
    assert found["at"] == at
    assert "cannot be reached" in found["wrong"]
    configure(home, "local")
    code_of(["status", "--json"])
    assert json.loads(capfd.readouterr().out)["cluster"] is None


@pytest.mark.acceptance
def test_it_tries_processes_of_its_own(home: Path) -> None:
    (home / "feeds.yaml").write_text(FEEDS)
    configure(home, "local")
    # As a process of its own: that which starts others is started anew by each of them.
    done = subprocess.run(
        [sys.executable, "-m", "newswatch", "cluster", "check", "--local", "2"],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout
    assert said.count("; clock right; asks from ") == 2
    assert said.count("a hung reading ended in ") == 2
    assert "\n2 workers: " in said
    assert "your 1 feed: 0.10 to 1.00 polls a second" in said


@pytest.mark.acceptance
def test_it_tries_what_is_configured_and_status_shows_it(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    other = home / "other.py"
    other.write_text("import platform\nplatform.python_version = lambda: '3.9.1'\n")
    with engine(home) as made:
        made.worker("w0", "--no-nanny", "--preload", str(other))
        configure(home, made.cluster.address)
        (home / "feeds.yaml").write_text(FEEDS)
        assert code_of(["cluster", "check"]) == 0
        assert " has Python 3.9.1, and here is 3." in capfd.readouterr().err
        assert code_of(["cluster", "check", "--json"]) == 0
        found = json.loads(capfd.readouterr().out)
        assert [one.partition(" tcp:")[0] for one in found["differ"]] == ["the worker"]
        (who,) = found["workers"]
        assert found["ended"][who] is not None
        assert found["rate"] > 0
        assert (found["cost"]["feeds"], found["cost"]["most"]) == (1, 1.0)
        assert found["cost"]["through"] == 1 / found["rate"]
        assert code_of(["import", str(one_article(home))]) == 0
        capfd.readouterr()
        assert code_of(["status"]) == 0
        assert f"cluster {made.cluster.address}: 1 worker, 0 tasks" in capfd.readouterr().out
        made.worker("nanny", "--nanny")
        made.children[1].kill()
        end, said = time.monotonic() + 90, ""
        while "start it with --no-nanny" not in said:
            assert time.monotonic() < end, said
            code = code_of(["cluster", "check"])
            said = capfd.readouterr().err
        assert code == 3
        while "is refused: its process may have no children" not in said:
            assert time.monotonic() < end, said
            assert code_of(["status"]) == 0
            said = capfd.readouterr().out


@pytest.mark.acceptance
def test_a_scheduler_that_is_refused_is_named_by_both(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It reads what passes through it, and a worker that is as we are changes nothing in that."""
    assert code_of(["import", str(one_article(home))]) == 0
    made = Engine(home)
    try:
        made.scheduler(another_dask(home))
        made.worker("w0")
        at = made.cluster.address
        configure(home, at)
        why = f"{at}: its scheduler is unfit: it runs Dask 2026.1.0, and this is "
        end, said = time.monotonic() + 60, ""
        while why not in said:
            assert time.monotonic() < end, said
            assert code_of(["cluster", "check"]) == 3
            said = capfd.readouterr().err
        assert code_of(["status"]) == 0
        assert f"cluster {why}" in capfd.readouterr().out
        assert code_of(["status", "--json"]) == 0
        assert "it runs Dask 2026.1.0" in json.loads(capfd.readouterr().out)["cluster"]["wrong"]
    finally:
        made.end()


@pytest.mark.acceptance
def test_it_waits_for_each_that_is_there_and_names_who_says_nothing(home: Path) -> None:
    with engine(home, 2) as made:
        with working(made.cluster, trip) as (_, heard):
            there(heard, 2)
        made.children[1].send_signal(signal.SIGSTOP)
        found = checking.check(made.cluster, POLICY, 8.0)
        assert len(found.workers) == 1
        assert list(found.refused.values()) == ["it does not answer within 4 s"]


@pytest.mark.acceptance
def test_a_port_at_which_nobody_listens_is_said_without_waiting_for_workers() -> None:
    at = f"dask://127.0.0.1:{free_port()}"
    found = checking.check(Cluster(at), POLICY, patience=3600.0)
    assert found.trouble.startswith(f"{at}: the scheduler cannot be reached")
    assert not found.workers
