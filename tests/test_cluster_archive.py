"""The archive of a cluster is that of one machine, on made-up and on recorded wires, also where parts of it are killed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from newswatch import desk
from newswatch.cli import code_of
from newswatch.config import Configuration
from newswatch.crawl import crawl
from newswatch.demo.wires import DAY_ONE, Wires, open_wires
from newswatch.model import Feed
from newswatch.store import holder_of, open_archive, open_ledger
from orphans import orphans
from replayed import Replay, own_host, replay
from small_archive import Site
from test_backfill import MARCH, site
from test_daemon import articles, home, log, running, wires
from test_wires import configuration, exported

from engine import CALM, engine, there, until, working  # isort: skip

__all__ = ["home", "site", "wires"]  # fixtures

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]
WHAT = ("articles", "versions", "stories")


def play(
    settings: Configuration, workers: Any, times: list[datetime], set_to: Callable[[datetime], None]
) -> None:
    force = desk.in_force(settings)
    ledger = open_ledger(settings.store)
    try:
        for now in times:
            set_to(now)
            desk.once(force, ledger, workers, desk.sender(settings), now)
    finally:
        ledger.close()


@contextlib.contextmanager
def local(settings: Configuration) -> Iterator[Any]:
    workers = desk.local_workers(settings.policy)
    try:
        yield workers
    finally:
        workers.stop(5.0)


def archive(settings: Configuration) -> dict[str, list[dict[str, Any]]]:
    return {what: exported(settings, what) for what in WHAT}


@pytest.mark.parametrize(("name", "polls"), [("site-reuters", 6), ("site-newspapers", 2)])
def test_a_recorded_site_leaves_the_same_archive(tmp_path: Path, name: str, polls: int) -> None:
    with replay(name) as server, engine(tmp_path, 2) as made:
        offered = server.ask("feeds")[:5]
        feeds = tuple(Feed(f"wire-{number}", one["url"], max_interval=600) for number, one in enumerate(offered))  # fmt: skip
        times = moments(server, polls)
        found = []
        for where in ("here", "afar"):
            (tmp_path / where).mkdir()
            settings = configuration(tmp_path / where, feeds, ())
            if where == "here":
                with local(settings) as workers:
                    play(settings, workers, times, server.set)
            else:
                with working(made.cluster, crawl, **policy(settings)) as (workers, heard):
                    there(heard, 2)
                    play(settings, workers, times, server.set)
                    assert heard.count("lost") == 0
            found.append(archive(settings))
        assert len(found[0]["articles"]) > 20
        for what in WHAT:
            assert found[0][what] == found[1][what], what


def moments(server: Replay, polls: int) -> list[datetime]:
    """So many hours from the site's first on."""
    start = datetime.fromisoformat(server.manifest()["t0"])
    return [start + timedelta(hours=hour) for hour in range(polls)]


def policy(settings: Configuration) -> dict[str, Any]:
    return {name: getattr(settings.policy, name) for name in settings.policy.__slots__}


def test_what_is_killed_on_the_way_is_asked_again_and_the_archive_is_the_same(
    tmp_path: Path,
) -> None:
    at = [DAY_ONE]
    hours = [DAY_ONE + timedelta(hours=hour) for hour in (1, 4, 8)]
    with open_wires(lambda: at[0], own_host()) as shown, engine(tmp_path, 2) as made:
        found = []
        for where in ("here", "afar"):
            (tmp_path / where).mkdir()
            settings = configuration(tmp_path / where, tuple(shown.feeds), ())
            with contextlib.ExitStack() as stack:
                if where == "here":
                    workers = stack.enter_context(local(settings))
                    kills = iter(())
                else:
                    workers, heard = stack.enter_context(working(made.cluster, crawl, replace(CALM, lost=4.0), **policy(settings)))  # fmt: skip
                    there(heard, 2)
                    kills = iter(made.children[1::-1])  # a worker, then the scheduler
                for hour in hours:
                    at[0] = hour  # what is asked again finds what was there
                    victim = next(kills, None)
                    killer = threading.Thread(target=kill, args=(victim, workers))
                    if victim is not None:
                        killer.start()
                    play(settings, workers, [hour], stands_still)
                    if victim is not None:
                        killer.join()
                        if victim is made.children[0]:
                            made.scheduler()
                        made.worker(f"after-{hour:%H}")
                        until(partial(has_one, workers))
                    again = [hour + timedelta(minutes=minutes) for minutes in (2, 4, 6)]
                    play(settings, workers, again, stands_still)
            if where == "afar":
                assert heard.count("a worker is lost") >= 2
            assert orphans(tmp_path / where / "w.db") == []
            kept = archive(settings)
            found.append(
                {
                    "versions": sorted((v["article"], v["id"]) for v in kept["versions"]),
                    "stories": sorted((a["story"], a["id"]) for a in kept["articles"]),
                }
            )
        assert len(found[0]["versions"]) > 10
        assert found[0] == found[1]


def has_one(workers: Any) -> bool:
    return bool(workers.standing().workers)


def stands_still(_now: datetime) -> None:
    """What the wires show is set elsewhere."""


def kill(victim: subprocess.Popen[bytes], workers: Any) -> None:
    """End it while something is on its way."""
    until(lambda: workers.standing().out > 0)
    victim.kill()
    victim.wait()


def test_a_backfill_goes_by_the_cluster(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "engine"
    folder.mkdir()
    with engine(folder, 2) as made:
        with (tmp_path / "config" / "newswatch.yaml").open("a") as main:
            main.write(f"workers: dask://127.0.0.1:{made.port}\n")
        assert code_of(["-v", "backfill", "wire", *MARCH]) == 0
        said = capsys.readouterr()
        assert "12 new articles" in said.out
        assert "a worker is there: tcp://127.0.0.1:" in said.err
        assert re.search(r"the cluster is there: dask://[\d.:]+, \d workers", said.err)
    assert len(site.pages()) == len(set(site.pages())) == 12
    assert orphans(tmp_path / "var" / "newswatch.db") == []


def test_a_daemon_killed_in_mid_batch_loses_nothing(
    home: Path, wires: Wires, tmp_path: Path
) -> None:
    shown = len(wires.shown())
    folder = tmp_path / "engine"
    folder.mkdir()
    with engine(folder, 2) as made:
        with (home / "config" / "newswatch.yaml").open("a") as main:
            main.write(f"workers: dask://127.0.0.1:{made.port}\n")
        for _ in range(3):
            before = articles(home)
            with running(home) as child:
                end = time.monotonic() + 40
                while articles(home) in {0, before} and time.monotonic() < end and before < shown:
                    time.sleep(0.02)
                os.kill(child.pid, signal.SIGKILL)
        with running(home) as child:
            end = time.monotonic() + 150
            # All may have come before it was up.
            while (
                articles(home) < shown or holder_of(f"sqlite:{home / 'var' / 'w.db'}") != child.pid
            ):
                assert time.monotonic() < end, log(home)[-3000:]
                time.sleep(0.1)
            said = subprocess.run(
                [sys.executable, "-m", "newswatch", "status"], cwd=home, capture_output=True, text=True, check=False
            )  # fmt: skip
            assert "running as process" in said.stdout, said
            child.send_signal(signal.SIGTERM)
            assert child.wait(60) == 0
    assert articles(home) == shown
    assert orphans(home / "var" / "w.db") == []
    assert "a worker is there" in log(home)
    held = open_archive(f"sqlite:{home / 'var' / 'w.db'}")
    versions = [one["id"] for one in held.export("versions")]
    held.close()
    assert len(versions) == len(set(versions))
