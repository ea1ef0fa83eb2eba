"""A real cluster on loopback, and what befalls it: nothing is lost, nothing comes twice, nothing hangs."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from cluster_trips import trip
from faulting import compiled
from newswatch.crawl import crawl
from newswatch.model import Cluster, Failure, Outcome, Request
from scripted_server import reply, serving, site

from engine import CALM, HASTY, IMPORTED, NOW, Engine, another_dask, ask, engine, there, until, working  # isort: skip  # fmt: skip

from newswatch.cluster.workers import ROOM  # isort: skip

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]
COMPOSE = Path(__file__).parents[1] / "deploy" / "dask" / "compose.yaml"
WITHOUT_TRAFILATURA = """
from importlib.machinery import PathFinder
def found(name, *more, was=PathFinder.find_spec):
    return None if name == "trafilatura" else was(name, *more)
PathFinder.find_spec = found
"""
HOSTS = [f"h{number}.example" for number in range(12)]


def results(asked: list[Future[Outcome]]) -> list[Outcome]:
    return [one.result(60) for one in asked]


def failed(outcome: Outcome) -> str:
    return outcome.failure.kind if outcome.failure else ""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Two workers, for what does them no harm."""
    with engine(tmp_path_factory.mktemp("engine"), 2) as made:
        yield made


def test_each_request_has_its_outcome_and_each_host_one_worker(pair: Engine) -> None:
    with working(pair.cluster, trip) as (workers, heard):
        there(heard, 2)
        asked = [(name, ask(workers, f"p{number}", name, last="x" * number)) for number in range(20) for name in HOSTS]  # fmt: skip
        came = [(name, one.result(60)) for name, one in asked]
        assert {failed(outcome) for _, outcome in came} == {""}
        whose = {(name, outcome.url) for name, outcome in came}
        assert len(whose) == len(HOSTS)
        assert len({worker for _, worker in whose}) == 2
        assert [o.request.last for _, o in came[:40]] == ["x" * (n // 12) for n in range(40)]
        standing = workers.standing()
        assert (len(standing.workers), standing.out, standing.waiting, standing.trouble) == (
            2,
            0,
            0,
            "",
        )


def test_all_doors_to_a_site_are_one_workers(pair: Engine) -> None:
    with working(pair.cluster, trip) as (workers, heard):
        there(heard, 2)
        doors = [
            [ask(workers, "p", door + name) for door in ("", "www.", "amp.")] for name in HOSTS
        ]
        assert {len({outcome.url for outcome in results(asked)}) for asked in doors} == {1}


def test_servers_are_asked_by_the_same_manners_and_address_policy(pair: Engine) -> None:
    names = [f"127.0.0.{number}" for number in range(2, 8)]
    page = reply(
        b"<html><title>T</title><p>Of a leak at the station.</p></html>", Content_Type="text/html"
    )
    pages = {f"/{number}": page for number in range(8)} | {"/large": reply(b"x" * 4_000_000)}
    with serving(site(pages), *names) as server, working(pair.cluster, crawl, per_host=1) as (workers, heard):  # fmt: skip
        there(heard, 2)

        def page_of(path: str, host: str) -> Future[Outcome]:
            url = server.url(path, host)
            return workers.submit(Request(url, "page", url, "feed", NOW, NOW))

        asked = [page_of(f"/{number}", name) for number in range(8) for name in names]
        came = results(asked)
        assert all(outcome.article for outcome in came), came[0]
        assert set(server.most.values()) == {1}  # also of both workers together
        assert Counter(server.paths()).get("/robots.txt", 0) <= len(names)
        assert failed(page_of("/large", names[0]).result(60)) == "too-large"
    with working(pair.cluster, crawl, allow_networks=()) as (workers, heard):
        there(heard, 1)
        refused = workers.submit(Request("r", "page", "http://127.0.0.1:9/x", "feed", NOW, NOW))
        assert failed(refused.result(60)) == "address"


def test_a_page_that_hangs_its_reader_is_ended_on_the_worker(pair: Engine) -> None:
    with working(pair.cluster, trip, child_seconds=1.0) as (workers, _):
        spun = ask(workers, "spin", HOSTS[0])
        others = [ask(workers, f"child:{number}", HOSTS[number]) for number in range(1, 9)]
        assert {failed(one) for one in results(others)} == {""}
        outcome = spun.result(60)
        assert outcome.failure == Failure("killed", "not read within 1 s")


def test_a_slow_host_holds_up_nobody(pair: Engine) -> None:
    with working(pair.cluster, trip) as (workers, heard):
        there(heard, 2)
        slow = [ask(workers, "slow:30", "slow.example") for _ in range(2)]
        quick = [ask(workers, f"p{number}", name) for number in range(5) for name in HOSTS]
        assert {failed(one) for one in results(quick)} == {""}
        assert not any(one.done() for one in slow)


def test_no_more_is_on_its_way_than_the_workers_have_room_for(pair: Engine) -> None:
    with working(pair.cluster, trip, concurrency=2) as (workers, heard):
        there(heard, 2)
        for number in range(60):
            ask(workers, "hang", f"n{number}.example")
        until(lambda: workers.standing().out >= 2 * 2 * ROOM)
        for _ in range(3):  # whatever of it could still go has gone
            turned = threading.Event()
            workers.turned(turned.set)
            assert turned.wait(30)
        standing = workers.standing()
        assert (standing.out, standing.waiting) == (2 * 2 * ROOM, 60 - 2 * 2 * ROOM)


def test_an_outcome_of_100_mb_is_refused_on_the_worker(pair: Engine) -> None:
    with working(pair.cluster, trip) as (workers, _):
        large, small = ask(workers, "large:100"), ask(workers, "large:1", HOSTS[1])
        outcome = large.result(60)
        assert failed(outcome) == "too-large"
        assert outcome.article is None
        assert len((small.result(60).article or pytest.fail("nothing came")).text) == 1_000_000


def test_a_worker_that_began_anew_unseen_is_lost_and_met_again(pair: Engine) -> None:
    with working(pair.cluster, trip) as (workers, heard):
        there(heard, 2)
        failure = ask(workers, "anew").result(60).failure
        assert failure is not None
        assert (failure.kind, failure.detail[-13:]) == ("lost", "it began anew")
        there(heard, 3)
        assert {failed(o) for o in results([ask(workers, "p", name) for name in HOSTS])} == {""}


def test_workers_join_and_leave_while_it_runs(pair: Engine) -> None:
    with working(pair.cluster, trip) as (workers, heard):
        there(heard, 2)
        joined = pair.worker("w2")
        there(heard, 3)
        many = [f"n{number}.example" for number in range(30)]
        assert len({o.url for o in results([ask(workers, "p", name) for name in many])}) == 3
        joined.terminate()
        heard.until(lambda lines: any("is lost" in line and "it left" in line for line in lines))
        assert joined.wait(20) == 0
        came = results([ask(workers, "q", name) for name in many])
        assert ({failed(one) for one in came}, len({one.url for one in came})) == ({""}, 2)


# ── misfortunes ─────────────────────────────────────────────────────────────────────────────


def test_a_killed_worker_takes_only_its_own_along_and_each_comes_back_once(tmp_path: Path) -> None:
    given: list[str] = []
    with engine(tmp_path, 2) as made, working(made.cluster, trip) as (workers, heard):
        there(heard, 2)
        asked = [ask(workers, "slow:3", name) for name in HOSTS]
        for one in asked:
            one.add_done_callback(lambda done: given.append(done.result().request.id))
        whose = results([ask(workers, "p", name) for name in HOSTS])
        pids = {name: int(outcome.url) for name, outcome in zip(HOSTS, whose, strict=True)}
        victim = made.children[1]
        os.kill(victim.pid, signal.SIGKILL)
        came = results(asked)
        lost = {name for name, o in zip(HOSTS, came, strict=True) if failed(o) == "lost"}
        assert lost == {name for name, pid in pids.items() if pid == victim.pid}
        assert {failed(o) for o in came} == {"", "lost"}
        again = results([ask(workers, "p", name) for name in HOSTS])
        assert {o.url for o in again} == {str(made.children[2].pid)}
        assert sorted(given) == sorted(o.request.id for o in came)
        made.worker("w0")  # under its old name, as a service manager would start it
        there(heard, 3)


def test_a_stopped_worker_is_given_up_and_what_it_says_later_is_dropped(tmp_path: Path) -> None:
    with engine(tmp_path, 2) as made, working(made.cluster, trip, HASTY) as (workers, heard):
        there(heard, 2)
        victim = made.children[1]
        asked = [ask(workers, "slow:1", name) for name in HOSTS]
        whose = results([ask(workers, "p", name) for name in HOSTS])
        mine = [n for n, o in zip(HOSTS, whose, strict=True) if o.url == str(victim.pid)]
        asked += [ask(workers, "slow:3", name) for name in HOSTS]
        until(lambda: workers.standing().waiting == 0)
        victim.send_signal(signal.SIGSTOP)
        came = results(asked)
        assert "lost" in {failed(o) for o in came}
        assert heard.count("a worker is lost") == 1
        assert {failed(o) for o in results([ask(workers, "p", name) for name in mine])} == {""}
        victim.send_signal(signal.SIGCONT)
        there(heard, 3)  # it is met anew, with nothing of what it had
        assert {failed(o) for o in results([ask(workers, "q", name) for name in HOSTS])} == {""}
        assert workers.standing().out == 0


def test_what_a_worker_was_given_up_with_it_asks_no_more_beside_the_hosts_new_one(
    tmp_path: Path,
) -> None:
    leak = reply(b"<html><title>T</title><p>Of a leak.</p></html>", Content_Type="text/html")
    pages = site({f"/{n}": leak for n in range(14)})
    names = [f"127.0.0.{n}" for n in range(2, 8)]
    with (
        serving(pages, *names) as server, engine(tmp_path, 2) as made,
        working(made.cluster, crawl, HASTY, per_host=1, spacing=0.7) as (workers, heard),
    ):  # fmt: skip
        there(heard, 2)

        def page(name: str, path: str) -> Future[Outcome]:
            url = server.url(path, name)
            return workers.submit(Request(url, "page", url, "feed", NOW, NOW))

        first = {(name, f"/{n}"): page(name, f"/{n}") for n in range(1, 14) for name in names}
        until(lambda: workers.standing().waiting == 0)
        made.children[1].send_signal(signal.SIGSTOP)
        heard.until(lambda lines: any("a worker is lost" in line for line in lines))
        gone = {key for key, done in first.items() if done.done() and done.result().failure}
        assert len(gone) > len({name for name, _ in gone}) > 0, "the worker had begun all it had"
        before = len(server.asked)
        made.children[1].send_signal(signal.SIGCONT)
        there(heard, 3)
        assert {failed(o) for o in results([page(name, "/0") for name, _ in gone])} == {""}
        later = Counter(one.host for one in server.asked[before:] if (one.host, one.path) in gone)
        assert all(times <= 1 for times in later.values()), later  # what it had begun


def test_a_killed_scheduler_is_said_and_waited_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with engine(tmp_path, 1) as made, working(made.cluster, trip, replace(CALM, trouble=0.0)) as (workers, heard):  # fmt: skip
        there(heard, 1)
        held = [ask(workers, "hang", name) for name in HOSTS]
        ask(workers, "p").result(30)
        made.children[0].kill()
        assert {failed(o) for o in results(held)} == {"lost"}
        heard.until(lambda lines: "the cluster is lost" in lines[-1])
        assert workers.cut_off() is not None
        waits = ask(workers, "p")  # asked while there is nobody
        made.scheduler()
        made.worker("new")
        assert failed(waits.result(60)) == ""
        assert capfd.readouterr() == ("", "")  # Dask's own words and tracebacks stay out of our log
        assert workers.cut_off() is None


def test_a_stopped_scheduler_is_given_up_and_found_again(tmp_path: Path) -> None:
    with engine(tmp_path, 1) as made, working(made.cluster, trip, HASTY) as (workers, heard):
        there(heard, 1)
        ask(workers, "p").result(30)
        made.children[0].send_signal(signal.SIGSTOP)
        assert failed(ask(workers, "p").result(60)) == "lost"
        until(lambda: not workers.standing().workers)
        made.children[0].send_signal(signal.SIGCONT)
        there(heard, 2)
        assert failed(ask(workers, "p").result(60)) == ""


def test_this_machine_stands_in_where_it_may(tmp_path: Path) -> None:
    made = Engine(tmp_path)
    try:
        with working(replace(made.cluster, fallback=True), trip, replace(CALM, fallback=0.5)) as (
            workers,
            heard,
        ):
            came = results([ask(workers, "p", name) for name in HOSTS])
            assert {o.url for o in came} == {str(os.getpid())}
            assert heard.count("this machine crawls") == 1
            made.scheduler()
            worker = made.worker("w0")
            there(heard, 1)
            came = results([ask(workers, "p", name) for name in HOSTS])
            assert {o.url for o in came} == {str(worker.pid)}
    finally:
        made.end()


def test_who_is_unfit_is_refused_by_name_and_gets_nothing(tmp_path: Path) -> None:
    old = tmp_path / "old" / "newswatch-0.0.9.dist-info"
    old.mkdir(parents=True)
    (old / "METADATA").write_text("Metadata-Version: 2.1\nName: newswatch\nVersion: 0.0.9\n")
    other = tmp_path / "other" / "newswatch"
    other.mkdir(parents=True)
    (other / "__init__.py").touch()
    bare = tmp_path / "bare.py"
    bare.write_text(WITHOUT_TRAFILATURA)
    expected = {
        "bare": "something is not installed there (trafilatura)",
        "dask": f"it runs Dask 2026.1.0, and this is {importlib.metadata.version('distributed')}",
        "old": "it runs newswatch 0.0.9, and this is ",
        "other": "newswatch is not installed there, or another",
        "nanny": "its process may have no children to read with: start it with --no-nanny",
    }
    with engine(tmp_path) as made:
        made.worker("dask", env=another_dask(tmp_path))
        made.worker("old", env={"PYTHONPATH": f"{old.parent}:{IMPORTED}"})
        made.worker("other", env={"PYTHONPATH": f"{other.parent}:{IMPORTED}"})
        made.worker("nanny", "--nanny")
        made.worker("bare", "--no-nanny", "--preload", str(bare))
        if library := compiled(tmp_path, "clock"):
            ahead = tmp_path / "ahead"
            ahead.write_bytes((900).to_bytes(8, "little", signed=True))
            made.worker("clock", env={"LD_PRELOAD": str(library), "CLOCK": str(ahead)})
            expected["clock"] = "its clock is "
        with working(made.cluster, trip, replace(CALM, lost=4.0)) as (workers, heard):
            for why in expected.values():
                heard.until(lambda lines, why=why: any(line.startswith("error a worker is refused tcp://127.0.0.1:") and why in line for line in lines))  # fmt: skip
            assert heard.count("a worker is there") == 0
            failure = ask(workers, "p").result(60).failure
            assert failure is not None
            assert "has no worker that can be used (tcp://127.0.0.1:" in failure.detail
            sound = made.worker("sound")
            there(heard, 1)
            came = results([ask(workers, "p", name) for name in HOSTS])
            assert {o.url for o in came} == {str(sound.pid)}


# ── TLS ─────────────────────────────────────────────────────────────────────────────────────


def certificates(folder: Path, holder: str) -> tuple[str, str]:
    """A certificate of its own authority, and its key."""
    certificate, key = folder / f"{holder}.pem", folder / f"{holder}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", f"/CN={holder}", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return str(certificate), str(key)


def refused(cluster: Cluster) -> str:
    """What a request says for which no scheduler could be reached."""
    with working(cluster, trip, replace(HASTY, lost=1.0)) as (workers, _):
        failure = ask(workers, "p").result(60).failure
    assert failure is not None
    assert "the scheduler cannot be reached" in failure.detail
    return failure.detail


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_over_tls_who_holds_the_certificate_is_let_in_and_nobody_else(tmp_path: Path) -> None:
    ours, other = certificates(tmp_path, "ours"), certificates(tmp_path, "other")
    said = YAML(typ="safe").load(COMPOSE)["x-node"]["environment"]  # as it is deployed
    files = {"ca.pem": ours[0], "cert.pem": ours[0], "key.pem": ours[1]}
    tls = {
        name: files.get(str(value).removeprefix("/etc/newswatch-dask/"), str(value))
        for name, value in said.items()
        if "TLS" in name or "ENCRYPTION" in name
    }
    assert len(tls) == 6
    with engine(tmp_path, 1, tls) as made:
        address = f"tls://127.0.0.1:{made.port}"
        with working(Cluster(address, ours[0], *ours), trip) as (workers, heard):
            there(heard, 1)
            assert failed(ask(workers, "p").result(30)) == ""
        assert "certificate verify failed" in refused(Cluster(address, other[0], *other))
        assert "if it speaks TLS, write tls:// and its certificates" in refused(made.cluster)
    with engine(tmp_path, 1) as plain:
        within = Cluster(f"tls://127.0.0.1:{plain.port}", ours[0], *ours)
        assert "it speaks no TLS; start it with its certificates" in refused(within)
