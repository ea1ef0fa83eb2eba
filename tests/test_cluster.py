"""The cluster's parts without a cluster: whose a host is, what a worker brings, who is refused."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswatch.model import Article, Outcome, Request

if not os.environ.get("NEWSWATCH_REQUIRE_SHARED"):  # CI installs it: there its absence is a failure
    pytest.importorskip("distributed", reason="the extra dask is not installed")

from newswatch.cluster import checking, installed
from newswatch.cluster.connection import Unfit, _said, fitness
from newswatch.cluster.crew import (
    BATCH,
    BOOT,
    CREWS,
    FORGOTTEN,
    PROTOCOL,
    UNUSED,
    Answer,
    Batch,
    Crew,
    Identity,
    Session,
    exchange,
    sealed,
)
from newswatch.cluster.hosts import SETTLED, SHARE, Hosts, whose
from newswatch.cluster.workers import DaskWorkers
from newswatch.model import Cluster

from cluster_trips import trip  # isort: skip
from engine import HASTY, NOW, POLICY, ask, free_port  # isort: skip

ME = Identity(version("newswatch"), PROTOCOL, "boot", "3.11.7", version("distributed"), 0.0, "", 2)
NAMES = [f"host{number}.example" for number in range(3000)]


def test_the_extra_is_there() -> None:
    assert installed()


def test_nothing_imports_it_where_no_cluster_is_configured() -> None:
    asked = (
        "import sys, newswatch.daemon, newswatch.cli.watching, newswatch.cli.status, newswatch.cli.clustering\n"
        "import newswatch.cluster, newswatch.config.schema\n"
        "print(sorted({'distributed', 'dask', 'tornado'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_worker_that_joins_takes_its_own_share_and_moves_no_other() -> None:
    before = {name: whose(name, ["a", "b", "c"]) for name in NAMES}
    after = {name: whose(name, ["d", "c", "b", "a"]) for name in NAMES}
    assert all(after[name] in {before[name], "d"} for name in NAMES)
    assert 600 < Counter(after.values())["d"] < 900
    assert min(Counter(before.values()).values()) > 800


def test_a_host_stays_while_something_is_on_its_way_and_for_a_while_after() -> None:
    held = Hosts()
    name = next(name for name in NAMES if whose(name, ["a"]) != whose(name, ["a", "b"]))
    held.put(name, 1)
    assert held.take({"a": 9}, 0.0) == [("a", name, 1)]
    held.put(name, 2)
    assert held.take({"a": 9, "b": 9}, 1000.0) == [("a", name, 2)]
    held.back(name, 1000.0)
    held.back(name, 1000.0)
    held.put(name, 3)
    assert held.take({"a": 9, "b": 9}, 1000.0 + SETTLED - 1) == [("a", name, 3)]
    held.back(name, 1001.0)
    held.put(name, 4)
    assert held.take({"a": 9, "b": 9}, 1001.0 + SETTLED) == [("b", name, 4)]


def test_a_worker_that_is_gone_holds_nothing_and_a_full_one_keeps_its_own() -> None:
    held = Hosts()
    name = NAMES[0]
    held.put(name, 1)
    mine = held.take({"a": 1, "b": 1}, 0.0)[0][0]
    other = "b" if mine == "a" else "a"
    held.put(name, 2)
    assert held.take({mine: 0, other: 5}, 1.0) == []
    held.back(name, 2.0)
    assert held.take({other: 5}, 2.0) == [(other, name, 2)]


def test_one_that_closes_keeps_what_is_on_its_way_and_gets_nothing_new() -> None:
    held = Hosts()
    held.put(NAMES[0], 1)
    held.take({"here": 9}, 0.0)
    held.put(NAMES[0], 2)
    held.put(NAMES[1], 3)
    assert sorted(held.take({"here": 9, "a": 9}, 0.0, ("here",))) == [
        ("a", NAMES[1], 3),
        ("here", NAMES[0], 2),
    ]
    held.put(NAMES[2], 4)
    assert held.take({"here": 9}, 0.0, ("here",)) == []


def test_one_host_takes_up_a_share_of_a_worker_and_no_more() -> None:
    held = Hosts()
    for ticket in range(100):
        held.put("crowd.example", ticket)
    held.put("small.example", 100)
    gone = held.take({"a": 50}, 0.0)
    assert Counter(name for _, name, _ in gone) == {"crowd.example": SHARE, "small.example": 1}
    assert held.take({"a": 50}, 0.0) == []
    held.back("crowd.example", 0.0)
    assert [ticket for *_, ticket in held.take({"a": 50}, 0.0)] == [SHARE]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", "c"])), max_size=60))
def test_whoever_comes_and_goes_each_goes_out_once_and_a_host_is_with_one(moves: Any) -> None:
    held, out = Hosts(), dict[int, tuple[str, str]]()
    there, waiting, seen, now = {"a"}, set[int](), list[int](), 0.0
    for ticket, (number, worker) in enumerate(moves):
        now += SETTLED / 3
        held.put(f"h{number}", ticket)
        waiting.add(ticket)
        there ^= {worker}
        for gone in [one for one, (at, _) in out.items() if at not in there]:
            held.back(out.pop(gone)[1], now)
        for at, name, one in held.take(dict.fromkeys(there, 3), now):
            waiting.discard(one)
            seen.append(one)
            out[one] = (at, name)
        with_whom: dict[str, set[str]] = {}
        for at, name in out.values():
            with_whom.setdefault(name, set()).add(at)
        assert all(len(one) == 1 for one in with_whom.values())
    assert len(seen) == len(set(seen))
    assert sorted([*seen, *waiting]) == list(range(len(moves)))
    assert sorted(held.drain()) == sorted(waiting)


def test_old_hosts_are_forgotten() -> None:
    held = Hosts(kept=10)
    for number in range(100):
        held.put(f"h{number}", number)
        held.take({"a": 1}, number * SETTLED)
        held.back(f"h{number}", number * SETTLED)
    assert len(held._hosts) < 25


# ── what travels ────────────────────────────────────────────────────────────────────────────


def test_an_outcome_travels_without_its_request_and_not_past_its_size() -> None:
    request = Request("r", "feed", "http://a.example/", "f", NOW, NOW, last="x" * 100_000)
    made = sealed(Outcome(request, status=200, article=Article("u", "t")))
    assert len(made) < 2000
    assert pickle.loads(made).article == Article("u", "t")
    large = pickle.loads(sealed(Outcome(request, article=Article("u", "t", "x" * 5000)), 4000))
    assert large.article is None
    assert large.failure.kind == "too-large"


def test_what_is_ready_is_brought_in_tens_and_waits_for_nothing_slow() -> None:
    async def play() -> list[int]:
        now, sizes = asyncio.get_running_loop().time, []
        session = Session(now(), on_way=set(range(100)))
        for ticket in range(12):
            session.came(ticket, b"", now())
        sizes.append(len(await session.bring(now)))
        sizes.append(len(await session.bring(now)))  # two, after LINGER; 88 are still on their way
        patient = asyncio.create_task(session.bring(now))
        await asyncio.sleep(0)
        other = asyncio.create_task(session.bring(now))
        sizes.append(len(await patient))  # it makes room for the one that has come
        session.came(50, b"", now())
        sizes.append(len(await other))
        return sizes

    assert asyncio.run(play()) == [BATCH, 2, 0, 1]


def test_what_is_meant_for_an_earlier_process_is_not_begun() -> None:
    begun = Batch("another boot", "s", POLICY, ((1, Request("r", "page", "http://a.example/", "f", NOW, NOW)),))  # fmt: skip
    answer = pickle.loads(asyncio.run(exchange(pickle.dumps(begun))))
    assert answer == Answer(BOOT)
    assert not CREWS._by_policy


def test_what_nobody_comes_for_is_forgotten_and_a_crew_without_work_is_ended() -> None:
    async def play() -> list[bool]:
        crew = Crew(POLICY, trip)
        try:
            now = asyncio.get_running_loop().time()
            request = Request("r", "page", "http://127.0.0.9/p", "f", NOW, NOW)
            answer = await crew.exchange(Batch(BOOT, "s", POLICY, ((1, request),)))
            assert [ticket for ticket, _ in answer.ready] == [1]
            said = [crew.forget(now), bool(crew._sessions)]
            said += [crew.forget(now + FORGOTTEN + 60), bool(crew._sessions)]
            return [*said, crew.forget(now + UNUSED + 60)]
        finally:
            crew.stop()

    assert asyncio.run(play()) == [False, True, False, False, True]


def test_what_a_client_sent_that_has_given_up_is_not_begun_and_one_that_had_nothing_to_ask_goes_on() -> (
    None
):
    def batch(ticket: int, word: str) -> Batch:
        request = Request("r", "page", f"http://127.0.0.9/{word}", "f", NOW, NOW)
        return Batch(
            BOOT, "s", POLICY, ((ticket, request),), patient=0.01 if word == "hang" else 5.0
        )

    async def play() -> None:
        crew = Crew(POLICY, trip)
        try:
            assert len((await crew.exchange(batch(1, "p"))).ready) == 1
            crew._sessions["s"].heard -= 100.0  # as it had nothing to ask
            assert len((await crew.exchange(batch(2, "p"))).ready) == 1
            assert (await crew.exchange(batch(3, "hang"))).ready == ()
            crew._sessions["s"].heard -= 100.0
            with pytest.raises(TimeoutError, match="nothing was heard of its client for 100 s"):
                await crew.exchange(batch(4, "p"))
            assert crew._sessions["s"].on_way == {3}
        finally:
            crew.stop()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("address", "wrong", "advice"),
    [
        ("tls://h:1", OSError("[SSL: WRONG_VERSION_NUMBER] wrong version number"), "it speaks no TLS; start it"),
        ("tls://h:1", ValueError("IOStream is not idle; cannot convert to SSL"), "it speaks no TLS; start it"),
        ("dask://h:1", ConnectionResetError(104, "Connection reset by peer"), "if it speaks TLS, write tls://"),
    ],
)  # fmt: skip
def test_where_one_side_speaks_tls_alone_it_is_said_what_to_do(
    address: str, wrong: Exception, advice: str
) -> None:
    outer = OSError("Dask's own")
    outer.__cause__ = wrong
    assert advice in _said(Cluster(address, "", "", ""), outer)


# ── who is refused ──────────────────────────────────────────────────────────────────────────


def test_who_is_like_us_is_fit() -> None:
    now = time.time()
    fitness(replace(ME, clock=now + 20), now, now)


@pytest.mark.parametrize(
    ("other", "why"),
    [({"version": "0.0.1"}, "it runs newswatch 0.0.1"), ({"protocol": 0}, "it runs newswatch"),
     ({"distributed": "2026.1.0"}, f"it runs Dask 2026.1.0, and this is {ME.distributed}"),
     ({"clock": 900.0}, "s ahead"), ({"clock": -900.0}, "s behind"),
     ({"lacking": "trafilatura"}, "not installed there (trafilatura)"), ({"childless": True}, "--no-nanny")],
)  # fmt: skip
def test_who_differs_is_refused_in_plain_words(other: dict[str, Any], why: str) -> None:
    now = time.time()
    with pytest.raises(Unfit) as refused:
        fitness(replace(ME, **(other | {"clock": now + other.get("clock", 0.0)})), now, now)
    assert why in str(refused.value)


def test_a_scheduler_of_another_dask_is_refused_as_well() -> None:
    with pytest.raises(Unfit, match=r"it runs Dask 2026\.1\.0"):
        fitness(replace(ME, distributed="2026.1.0"), 0.0, 0.0, crawls=False)


def test_what_says_nothing_of_itself_is_refused() -> None:
    with pytest.raises(Unfit, match="it runs newswatch another"):
        fitness(None, 0.0, 0.0)


# ── without a scheduler ─────────────────────────────────────────────────────────────────────


def test_a_closed_port_is_said_and_what_waits_is_given_back() -> None:
    address = f"dask://127.0.0.1:{free_port()}"
    workers = DaskWorkers(
        POLICY, Cluster(address), patience=replace(HASTY, silent=0.5, lost=0.5, trouble=0.0)
    )
    try:
        failure = ask(workers, "x").result(30).failure
        assert failure is not None
        assert failure.kind == "lost"
        assert f"the cluster is lost: {address}: the scheduler cannot be reached" in failure.detail
        assert (workers.cut_off() or ("", ""))[0] == address
    finally:
        workers.stop(5.0)
    assert ask(workers, "y").result(0).failure is not None


@pytest.mark.parametrize(
    ("greeting", "why"),
    [(b"", "nothing there answers as one"), (b"SSH-2.0-OpenSSH_9.6\r\n", "what answers there is no scheduler")],
)  # fmt: skip
def test_who_listens_there_and_is_no_scheduler_is_one_that_cannot_be_reached(
    greeting: bytes, why: str
) -> None:
    held = []
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet() -> None:
            with contextlib.suppress(OSError):
                while True:
                    held.append(other.accept()[0])
                    held[-1].sendall(greeting)

        threading.Thread(target=greet, daemon=True).start()
        cluster = Cluster(f"dask://127.0.0.1:{other.getsockname()[1]}")
        workers = DaskWorkers(POLICY, cluster, patience=replace(HASTY, silent=0.5, lost=0.5))
        try:
            failure = ask(workers, "x").result(30).failure
            assert failure is not None
            assert (failure.kind, why in failure.detail) == ("lost", True)
        finally:
            workers.stop(5.0)
        assert why in checking.check(cluster, POLICY, patience=1.0).trouble
        other.shutdown(socket.SHUT_RDWR)
    for one in held:
        one.close()


def test_a_stop_gives_back_what_waits_and_is_quick() -> None:
    workers = DaskWorkers(POLICY, Cluster(f"dask://127.0.0.1:{free_port()}"))
    asked = [ask(workers, str(number)) for number in range(50)]
    turned: list[bool] = []
    workers.turned(lambda: turned.append(True))
    workers.stop(5.0)
    assert {str(one.result(0).failure and one.result(0).failure.kind) for one in asked} == {"lost"}  # type: ignore[union-attr]
    assert not workers._thread.is_alive()
    workers.stop(5.0)


def test_more_than_may_wait_is_given_back_at_once() -> None:
    workers = DaskWorkers(POLICY, Cluster(f"dask://127.0.0.1:{free_port()}"), most=3)
    try:
        asked = [ask(workers, str(number)) for number in range(5)]
        assert [one.done() for one in asked] == [False, False, False, True, True]
    finally:
        workers.stop(5.0)


def test_certificates_that_are_not_there_are_named(tmp_path: Any) -> None:
    cluster = Cluster("tls://127.0.0.1:1", "ca.pem", str(tmp_path / "no.pem"), "")
    workers = DaskWorkers(POLICY, cluster, patience=replace(HASTY, lost=0.2))
    try:
        failure = ask(workers, "x").result(30).failure
        assert failure is not None
        assert "its certificates cannot be used (ca.pem, " in failure.detail
    finally:
        workers.stop(5.0)
