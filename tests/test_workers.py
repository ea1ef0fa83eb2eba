"""Readers hang, die and raise; their neighbours finish, the next page is read, and stop is the end.

Rule: real child processes. A request's path names what its child does; only hangs are bounded by time.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pebble.pool.channel import WorkerChannel

from asking import POLICY, request
from newswatch.model import Failure, Outcome
from newswatch.workers import CHILD_ROOM, GRACE, LocalWorkers
from scripted_server import reply, serving, site

QUICK = replace(POLICY, per_host=64, children=1, child_seconds=30.0)
LONG = 60.0  # seconds; only what hangs takes them


# ── what children do ────────────────────────────────────────────────────────────────────────


def hang() -> None:
    while True:
        pass


def hang_in_c() -> None:
    re.match("(a+)+$", "a" * 60 + "b")  # holds the interpreter, as a hostile page does


def mark_and(then: Callable[[], None], path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    then()


def leave(code: int) -> None:
    os._exit(code)


def kill(number: int) -> None:
    os.kill(os.getpid(), number)


def hoard() -> None:
    held = []
    while True:
        held.append(bytes(64 * 1024**2))  # asked for, and never touched


def was_forked_warm() -> bool:
    return "newswatch.preload" in sys.modules


def limits() -> list[int]:
    return [resource.getrlimit(which)[0] for which in (resource.RLIMIT_AS, resource.RLIMIT_CORE)]


def die_with_the_lock() -> None:
    [channel] = [found for found in gc.get_objects() if isinstance(found, WorkerChannel)]
    channel.mutex.acquire()
    os._exit(1)


class TwoWordsError(Exception):
    """Cannot be made again from its pickle."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} {two}")


class BrokenPickleError(Exception):
    def __reduce__(self) -> Any:
        return leave, (7,)  # would end whoever unpickles it


class SpeechlessError(Exception):
    def __str__(self) -> str:
        raise ValueError("speechless")


class NotAnException(BaseException):
    pass


def throw(name: str) -> None:
    class LocalError(Exception):
        pass

    raise {
        "two words": TwoWordsError("a", "b"),
        "broken pickle": BrokenPickleError("x"),
        "speechless": SpeechlessError(),
        "local": LocalError("x"),
        "no exception": NotAnException("x"),
        "interrupt": KeyboardInterrupt(),
        "exit": SystemExit(3),
        "timeout": TimeoutError("x"),
        "surrogate": ValueError("\ud800"),
        "long": ValueError("x" * 10_000_000),
        "cancelled": asyncio.CancelledError(),
    }[name]


def dive() -> None:
    dive()


class BrokenValue:
    def __reduce__(self) -> Any:
        return float, ("no number",)


def give(name: str) -> Any:
    return {"lambda": lambda: 1, "lock": threading.Lock(), "broken": BrokenValue()}[name]


JOBS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "hang": (hang, ()),
    "hang in C": (hang_in_c, ()),
    "pid": (os.getpid, ()),
    "add": (sum, ((1, 2),)),
    "leave 0": (leave, (0,)),
    "leave 3": (leave, (3,)),
    "SIGKILL": (kill, (signal.SIGKILL,)),
    "SIGSEGV": (kill, (signal.SIGSEGV,)),
    "hoard": (hoard, ()),
    "limits": (limits, ()),
    "warm": (was_forked_warm, ()),
    "die with the lock": (die_with_the_lock, ()),
    "dive": (dive, ()),
    "throw": (throw, ()),
    "give": (give, ()),
    "mark and hang": (mark_and, (hang,)),
    "mark and hang in C": (mark_and, (hang_in_c,)),
}


async def do(request: Any, get: Any, in_child: Any, *, best: bool) -> Outcome:
    """The trip of these tests: a child does what the request's path names; its value is the url."""
    name, _, detail = request.url.rpartition("/")[2].partition(":")
    function, arguments = JOBS[name]
    value = await in_child(function, *arguments, *filter(None, (detail, request.etag)))
    failed = isinstance(value, Failure)
    return Outcome(request, failure=value) if failed else Outcome(request, url=f"{value}")


def submit(workers: LocalWorkers, name: str, **known: Any) -> Future[Outcome]:
    return workers.submit(request(f"http://127.0.0.1/{name}", **known))


def value(outcome: Future[Outcome]) -> str:
    found = outcome.result(LONG)
    assert found.failure is None, found.failure
    return found.url


def failure(outcome: Future[Outcome]) -> Failure:
    found = outcome.result(LONG).failure
    assert found is not None
    return found


@contextlib.contextmanager
def working(trip: Any = do, *, grace: float = GRACE, **policy: Any) -> Iterator[LocalWorkers]:
    workers = LocalWorkers(replace(QUICK, **policy), trip, grace=grace)
    try:
        yield workers
    finally:
        workers.stop(10)


@pytest.fixture(scope="module")
def shared() -> Iterator[LocalWorkers]:
    with working() as workers:
        yield workers


def readers() -> set[int]:
    """The children that read: those of the fork server, which is a child of ours."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(stat.parent.name)] = int(parent)
    return {pid for pid, parent in parents.items() if parents.get(parent) == os.getpid()}


def become(condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true, which it has ample time for."""
    end = time.monotonic() + LONG / 2
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


# ── a reader that hangs or dies ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["hang", "hang in C"])
def test_a_hung_reader_is_killed_at_its_deadline_and_its_neighbours_finish(name: str) -> None:
    with working(children=2, child_seconds=1.5) as workers:
        hung = [submit(workers, name) for _ in range(2)]
        neighbours = [submit(workers, "add") for _ in range(20)]
        assert [value(neighbour) for neighbour in neighbours] == ["3"] * 20
        assert [failure(one) for one in hung] == [Failure("killed", "not read within 1.5 s")] * 2
        assert value(submit(workers, "add")) == "3"


@pytest.mark.parametrize(("feed", "host"), [("second", "127.0.0.1"), ("wire", "127.0.0.3")])
def test_a_host_and_a_feed_whose_bytes_end_readers_leave_others_a_reader(
    feed: str, host: str
) -> None:
    with working(children=2, child_seconds=1.5) as workers:
        assert failure(workers.submit(request("http://127.0.0.1/hang"))).kind == "killed"
        again = replace(request(f"http://{host}/hang"), feed=feed)
        hung = [workers.submit(again) for _ in range(2)]
        assert value(workers.submit(replace(request("http://127.0.0.2/add"), feed="other"))) == "3"
        assert not any(one.done() for one in hung)


def test_an_outcome_does_not_wait_for_the_one_before_it() -> None:
    with working(children=2) as workers:
        hung = submit(workers, "hang")
        assert value(submit(workers, "add")) == "3"
        assert not hung.done()


@pytest.mark.parametrize(
    ("name", "code"), [("leave 3", 3), ("SIGKILL", -signal.SIGKILL), ("SIGSEGV", -signal.SIGSEGV)]
)
def test_a_reader_that_dies_is_told_and_the_next_page_is_read(
    shared: LocalWorkers, name: str, code: int
) -> None:
    died, neighbour = submit(shared, name), submit(shared, "add")
    assert failure(died) == Failure("killed", f"its reader died ({code})")
    assert value(neighbour) == "3"


def test_a_reader_that_leaves_as_if_nothing_were_wrong_is_missed_at_its_deadline() -> None:
    with working(child_seconds=1.5) as workers:
        assert failure(submit(workers, "leave 0")).kind == "killed"
        assert value(submit(workers, "add")) == "3"


def test_a_reader_is_forked_warm(shared: LocalWorkers) -> None:
    assert value(submit(shared, "warm")) == "True"


def test_a_reader_has_so_much_memory_and_leaves_no_core(shared: LocalWorkers) -> None:
    most, core = json.loads(value(submit(shared, "limits")))
    assert CHILD_ROOM < most < CHILD_ROOM + 1024**3  # beyond what it has when it is warm
    assert core == 0
    assert failure(submit(shared, "hoard")) == Failure("killed", "reading it took too much memory")
    assert value(submit(shared, "add")) == "3"


# ── a reader that raises ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "said"),
    [("two words", "test_workers.TwoWordsError: a b"), ("broken pickle", "test_workers.BrokenPickleError: x"),
     ("speechless", "test_workers.SpeechlessError: <exception str() failed>"), ("local", "LocalError: x"),
     ("no exception", "test_workers.NotAnException: x"), ("interrupt", "KeyboardInterrupt"), ("exit", "SystemExit: 3"),
     ("timeout", "TimeoutError: x"), ("surrogate", "ValueError: \\ud800"), ("long", "ValueError: x"),
     ("cancelled", "CancelledError")],
)  # fmt: skip
def test_an_exception_of_any_class_is_told_and_ends_no_reader(
    shared: LocalWorkers, name: str, said: str
) -> None:
    before = value(submit(shared, "pid"))
    found = failure(submit(shared, f"throw:{name}"))
    assert found.kind == "unreadable"
    assert said in found.detail
    assert len(found.detail) <= 1200
    found.detail.encode()
    assert value(submit(shared, "pid")) == before


def test_a_dive_without_ground_is_told(shared: LocalWorkers) -> None:
    assert "RecursionError" in failure(submit(shared, "dive")).says


@pytest.mark.parametrize(
    ("name", "kind"), [("lambda", "unreadable"), ("lock", "unreadable"), ("broken", "unreadable")]
)
def test_a_value_that_cannot_travel_is_a_failure(
    shared: LocalWorkers, name: str, kind: str
) -> None:
    before = value(submit(shared, "pid"))
    assert failure(submit(shared, f"give:{name}")).kind == kind
    assert value(submit(shared, "pid")) == before


# ── a pool that dies ────────────────────────────────────────────────────────────────────────


def test_readers_killed_while_idle_cost_nothing() -> None:
    others = readers()
    with working(children=2) as workers:
        assert value(submit(workers, "add")) == "3"
        assert become(lambda: len(readers() - others) == 2)
        for reader in readers() - others:
            os.kill(reader, signal.SIGKILL)
        assert [value(submit(workers, "add")) for _ in range(4)] == ["3"] * 4


def test_an_interrupt_from_the_terminal_ends_no_reader(shared: LocalWorkers) -> None:
    before = value(submit(shared, "pid"))
    os.kill(int(before), signal.SIGINT)
    assert value(submit(shared, "pid")) == before


def test_a_reader_that_dies_with_the_lock_in_hand_costs_its_pool_and_nothing_hangs() -> None:
    others = readers()
    with working(child_seconds=1.0, grace=4.0) as workers:
        assert failure(submit(workers, "die with the lock")).kind == "killed"
        assert value(submit(workers, "add")) == "3", (
            "it hung with its pool, which was not its fault"
        )
        ours = readers() - others
        assert int(value(submit(workers, "pid"))) in ours
    assert become(lambda: not readers() & ours)


# ── trips ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "error", [KeyError("x"), TwoWordsError("a", "b"), SpeechlessError(), asyncio.CancelledError()]
)
def test_a_trip_that_raises_is_no_answer_and_its_future_does_not(error: BaseException) -> None:
    """A bug is met each time: it must run out of tries, as a worker that went away must not."""
    kind = "lost" if isinstance(error, asyncio.CancelledError) else "unreadable"

    async def raises(request: Any, get: Any, in_child: Any, *, best: bool) -> Outcome:
        raise error

    with working(raises) as workers:
        assert failure(submit(workers, "x")).kind == kind
        assert failure(submit(workers, "y")).kind == kind


def test_a_page_is_read_by_a_child_of_ours() -> None:
    text = (
        "The strait was closed on Sunday after two tankers collided in thick fog near the port. "
        * 5
    )
    body = (
        f"<html><title>Closed</title><body><article><p>{text}</p></article></body></html>".encode()
    )
    with serving(site({"/a": reply(body, ETag='"1"')})) as server:
        workers = LocalWorkers(QUICK)
        try:
            outcome = workers.submit(request(server.url("/a"), "page")).result(LONG)
        finally:
            workers.stop(10)
    assert outcome.article is not None
    assert (outcome.article.title, outcome.etag) == ("Closed", '"1"')


def test_names_that_take_long_to_find_do_not_wait_for_each_other() -> None:
    """As many threads as trips: six, the default on two cores, would be full of six dead names."""
    trips = 24
    together = threading.Barrier(trips)

    async def look_up(request: Any, get: Any, in_child: Any, *, best: bool) -> Outcome:
        await asyncio.get_running_loop().run_in_executor(None, together.wait, LONG)
        return Outcome(request, url="met")

    with working(look_up, concurrency=trips) as workers:
        assert [value(f) for f in [submit(workers, "x") for _ in range(trips)]] == ["met"] * trips


# ── the end ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["mark and hang", "mark and hang in C"])
def test_stop_loses_what_is_on_its_way_and_leaves_no_child(tmp_path: Path, name: str) -> None:
    workers = LocalWorkers(replace(QUICK, children=2), do)
    others = readers()
    marks = [tmp_path / "1", tmp_path / "2"]
    begun = [submit(workers, name, etag=str(mark)) for mark in marks]
    waiting = [submit(workers, "add") for _ in range(10)]
    assert become(lambda: all(map(Path.exists, marks)))
    ours = readers() - others
    assert len(ours) == 2
    workers.stop(20)
    done, late = wait([*begun, *waiting], timeout=0)
    assert not late
    assert {failure(one) for one in done} == {Failure("lost", "stopped on the way")}
    assert become(lambda: not readers() & ours)


def test_stop_ends_also_when_the_loop_itself_is_stuck() -> None:
    freed = threading.Event()

    begun = threading.Event()

    async def stuck(request: Any, get: Any, in_child: Any, *, best: bool) -> Outcome:
        begun.set()
        freed.wait(LONG)  # in the loop's own thread
        return Outcome(request)

    workers = LocalWorkers(QUICK, stuck)
    turned = threading.Event()
    workers.turned(turned.set)
    assert turned.wait(LONG)
    owed = [submit(workers, "x") for _ in range(3)]
    assert begun.wait(LONG)
    turned.clear()
    workers.turned(turned.set)
    workers.stop(0.2)
    assert not turned.is_set()
    workers.turned(turned.set)
    assert {failure(one) for one in owed} == {Failure("lost", "stopped on the way")}
    freed.set()
    workers._thread.join(LONG)
    assert not workers._thread.is_alive()


def test_stop_twice_is_stop_once() -> None:
    workers = LocalWorkers(QUICK, do)
    assert value(submit(workers, "add")) == "3"
    threads = [threading.Thread(target=workers.stop, args=(10,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    workers.stop(10)
    assert not workers._thread.is_alive()


def test_stop_before_the_first_request_is_the_end_too() -> None:
    workers = LocalWorkers(QUICK, do)
    workers.stop(10)
    assert failure(submit(workers, "add")) == Failure("lost", "the workers have stopped")


def test_whatever_is_submitted_while_they_stop_is_answered() -> None:
    workers = LocalWorkers(QUICK, do)
    assert value(submit(workers, "add")) == "3"
    owed: list[Future[Outcome]] = []
    stopped = threading.Event()

    def go_on() -> None:
        while not stopped.is_set():
            owed.append(submit(workers, "hang"))
            time.sleep(0)

    threads = [threading.Thread(target=go_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert become(lambda: len(owed) > 10)
    workers.stop(20)
    stopped.set()
    for thread in threads:
        thread.join(LONG)
    assert {failure(one).kind for one in owed} == {"lost"}


KILLED = """
import sys, time
sys.path.insert(0, sys.argv[1])
from test_workers import QUICK, LocalWorkers, do, replace, submit
if __name__ == "__main__":
    workers = LocalWorkers(replace(QUICK, child_seconds=1.0), do)
    submit(workers, "mark and hang in C", etag=sys.argv[2])
    time.sleep(600)
"""


def test_what_a_killed_process_leaves_behind_ends_by_itself(tmp_path: Path) -> None:
    """Even in the middle of a page that would never be read to its end."""
    script, mark = tmp_path / "killed.py", tmp_path / "mark"
    script.write_text(KILLED)
    here = str(Path(__file__).parent)
    with subprocess.Popen([sys.executable, str(script), here, str(mark)]) as process:
        try:
            assert become(lambda: mark.exists() and bool(mark.read_text()))
        finally:
            process.kill()
    reader = Path(f"/proc/{mark.read_text()}/stat")
    assert become(lambda: not reader.exists())


TRACKED = """
import sys
sys.path.insert(0, sys.argv[1])
from test_workers import QUICK, LocalWorkers, do, replace, submit, value
if __name__ == "__main__":
    workers = LocalWorkers(replace(QUICK, child_seconds=1.0), do)
    print(value(submit(workers, "pid")), flush=True)
    sys.stdin.readline()
    # Read by another, or blamed, where the kill came as it was handed over.
    print(submit(workers, "pid").result(30), flush=True)
    workers.stop(20)
"""


@pytest.mark.parametrize("name", ["the process", "its reader"])
def test_whatever_is_killed_multiprocessing_says_nothing_of_it(tmp_path: Path, name: str) -> None:
    script = tmp_path / "tracked.py"
    script.write_text(TRACKED)
    with subprocess.Popen(
        [sys.executable, str(script), str(Path(__file__).parent)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        reader = int(process.stdout.readline())
        os.kill(reader if name == "its reader" else process.pid, signal.SIGKILL)
        # Until whoever might say something has ended.
        read, said = process.communicate("" if name == "the process" else "\n", timeout=LONG)
    assert said == ""
    assert bool(read) == (name != "the process")


def test_what_is_no_word_of_the_tracker_is_still_warned_of(shared: LocalWorkers) -> None:
    assert shared
    for said in ("resource_tracker of ours", "process died", "leaked"):
        with pytest.warns(UserWarning, match=said):
            warnings.warn(said, UserWarning, stacklevel=1)


class Late:
    """What a child unpickles before its locks, and only when it is told to end."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return wait_for_the_end, (self.mark,)


def wait_for_the_end(mark: str) -> int:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    Path(mark).write_text(str(os.getpid()))
    return int(signal.sigwait({signal.SIGTERM}))


STOPPED = """
import multiprocessing, sys
sys.path.insert(0, sys.argv[1])
from pebble import ProcessPool
from newswatch.workers import end_pool
from test_workers import Late, Path, become
if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    pool = ProcessPool(1, context=context, initializer=print, initargs=(Late(sys.argv[2]),))
    pool.schedule(print)
    assert become(lambda: Path(sys.argv[2]).exists())
    end_pool(pool)
"""


def test_a_child_that_is_only_starting_ends_in_silence(tmp_path: Path) -> None:
    script = tmp_path / "stopped.py"
    script.write_text(STOPPED)
    here = str(Path(__file__).parent)
    ended = subprocess.run(
        [sys.executable, str(script), here, str(tmp_path / "mark")],
        capture_output=True, text=True, timeout=LONG, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
