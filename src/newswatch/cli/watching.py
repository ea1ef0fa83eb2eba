"""run, stop, once, demo: the work itself.

Rule: the store's lock is taken before anything is asked; a detached daemon has checked its
configuration and store before the shell gets its prompt back.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Any

import click

from newswatch import machine, monitoring
from newswatch.cli.output import complain, emit, note, progress, public, say, upgrade
from newswatch.cli.reading import JSON
from newswatch.cli.settings import MOMENT, Mistake, Options, is_same, utc_now
from newswatch.cli.soundness import looked_through, naming_a_copy
from newswatch.model import (
    Changeset,
    Outcome,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreMissing,
    StoreOutdated,
)
from newswatch.store import (
    ballast_of,
    holder_of,
    log_path,
    open_archive,
    open_keeper,
    open_ledger,
    turn_wanted,
    writer_of,
)
from newswatch.wording import counted, few

if TYPE_CHECKING:
    from newswatch import daemon
    from newswatch.cluster.workers import Say
    from newswatch.config import Configuration
    from newswatch.desk import InForce, Workers
    from newswatch.model import Letter, Sent

    CutOff = Callable[[], tuple[str, str] | None]

STOP_WAIT = 15.0
PATIENCE = 5.0  # seconds that the daemon waits for another program's lock before it looks at a stop
GIVES_WAY = 30.0  # seconds in which a backfill has kept what it has on its way
RUN_WAITS, ONCE_WAITS = 300.0, 30.0  # seconds that what is due waits for a lost cluster
DAEMON = "run"  # what the store's lock says a daemon does


def ready(options: Options) -> tuple[InForce, Callable[[Letter], Sent], Configuration]:
    """Everything a run needs, checked. Raises Mistake."""
    from newswatch import desk

    if known := machine.holes():
        raise Mistake("; ".join(known))
    configuration = options.configuration()
    send = options.sender(configuration)
    return desk.in_force(configuration), send, configuration


@click.command()
@click.option("--now", type=MOMENT, help="The time to act at; not before the store's last.")
@JSON
@click.pass_obj
def once(options: Options, now: datetime | None, as_json: bool) -> int:
    """Poll what is due, settle it, send what is due, stop."""
    from newswatch import desk

    address = options.store()
    _free_and_sound(address, watches=False)
    force, send, configuration = ready(options)
    ledger = open_ledger(address, work="once", upgrading=upgrade(quiet=options.quiet))
    try:
        workers, _ = chosen_workers(configuration, heard(options), ONCE_WAITS)
        try:
            with progress("polling", quiet=options.quiet or as_json) as tell:
                answers = 0

                def seen(outcome: Outcome, _changes: Changeset) -> None:
                    nonlocal answers
                    answers += 1
                    tell(f"{counted(answers, 'answer')}, now {outcome.request.feed}")

                with naming_a_copy(address):
                    tally = desk.once(force, ledger, workers, send, now or utc_now(), seen)
        except desk.TimeRunsBackwards as wrong:
            raise Mistake(str(wrong)) from wrong
        finally:
            workers.stop(5.0)
        past_waits = ledger.past_due() is not None
    finally:
        ledger.close()
    feeds = {feed.name for feed in configuration.feeds}
    failed = {name: why for name, why in tally.failed.items() if name in feeds}
    if as_json:
        emit(
            {
                "feeds": tally.polled, "pages": tally.pages, "articles": tally.new,
                "revisions": tally.changed, "matches": tally.matches, "sent": tally.sent,
                "refused": tally.refused, "resting": sorted(tally.resting),
                "failed": {public(name): why for name, why in tally.failed.items()},
            }
        )  # fmt: skip
    else:
        say(
            f"{counted(tally.polled, 'feed')} and {counted(tally.pages, 'page')}:"
            f" {counted(tally.new, 'new article')}, {tally.changed:,} changed,"
            f" {counted(tally.matches, 'match', 'matches')}; {counted(tally.sent, 'letter')} sent"
        )
        for name, why in sorted(tally.failed.items() if options.verbose else failed.items()):
            note(f"  {public(name)}: {why}")
        if tally.resting:
            note(f"  not asked, as their host wants rest: {few(sorted(tally.resting), 5)}")
        if tally.refused:
            refused = counted(tally.refused, "letter was", "letters were")
            note(f"  {refused} not taken: `newswatch status` has what the mail server said")
        if past_waits and not options.quiet:
            note(
                "  backfills wait: `once` asks for nothing of them, `newswatch backfill SOURCE` or a daemon goes on"
            )
    return 1 if failed or tally.refused else 0


@click.command()
@click.option("--detach", is_flag=True, help="Go to the background; log beside the store.")
@click.option(
    "--log-format",
    "form",
    type=click.Choice(["console", "json"]),
    help="How the log is written. [default: console on a terminal, else json]",
)
@click.option("--log-file", "file", hidden=True, type=click.Path(path_type=Path))
@click.pass_obj
def run(options: Options, detach: bool, form: daemon.LogFormat | None, file: Path | None) -> None:
    """Watch the feeds until SIGTERM; SIGHUP reads the configuration anew."""
    if detach:
        _detach(options, form)
        return
    with _starting() as reloads:
        from newswatch import daemon

        address = options.store()
        with contextlib.suppress(
            StoreFull
        ):  # it waits for room, and looks through the store at night
            _free_and_sound(address)
        force, send, configuration = ready(options)
        monitored = _listening(configuration)
        level = 10 if options.verbose else 40 if options.quiet else 20
        form = form or ("console" if sys.stderr.isatty() else "json")
        stream = daemon.LogFile(file, following=(1, 2)) if file else sys.stderr
        log = daemon.log_to(stream, level=level, form=form)
        daemon.hear_libraries(log)
        workers, cut_off = chosen_workers(
            configuration, lambda level, event, told: getattr(log, level)(event, **told), RUN_WAITS
        )
        watch = daemon.Daemon(
            force,
            lambda upgrading: open_ledger(
                address, work=DAEMON, upgrading=upgrading, patience=PATIENCE
            ),
            workers,
            send,
            clock=daemon.RealClock(),
            log=log,
            keeper=open_keeper(address),
            ballast=ballast_of(address),
            say=daemon.to_service_manager(options.environ),
            load=lambda: ready(options)[:2],
            cut_off=cut_off,
        )
        daemon.on_signals(watch)
    if reloads:
        watch.reload()
    with naming_a_copy(address):
        _watch(watch, monitored, address, configuration)


def _watch(
    watch: daemon.Daemon, monitored: socket | None, address: str, configuration: Configuration
) -> None:
    """Watch until it is ended, answering monitors meanwhile."""
    machine.collect_less()
    if monitored is None:
        watch.run()
        return
    assert configuration.metrics is not None
    names = configuration.metrics.names
    monitor = monitoring.Monitor(monitored, watch, address, utc_now, names)
    monitor.begin()
    try:
        watch.run()
    finally:
        monitor.end()


def chosen_workers(
    configuration: Configuration, say: Say, patience: float
) -> tuple[Workers, CutOff]:
    """Where crawls run, and what says that it is lost; what waits for a lost cluster for *patience* seconds is
    given back. Raises Mistake.
    """
    from newswatch import cluster, desk

    if configuration.cluster is None:
        return desk.local_workers(configuration.policy), lambda: None
    if not cluster.installed():
        raise Mistake(
            f"workers: {configuration.cluster.address} needs the extra dask: pip install 'newswatch[dask]'"
        )
    afar = desk.cluster_workers(configuration, say, patience)
    return afar, afar.cut_off


def heard(options: Options) -> Say:
    """Says what becomes of the cluster to who has started `once`."""

    def say_it(level: str, event: str, told: Mapping[str, object]) -> None:
        if options.verbose or (level != "info" and not options.quiet):
            said = (
                f"{one:,} {name}" if isinstance(one, int) else str(one)
                for name, one in told.items()
            )
            note(f"{event}: {', '.join(said)}" if told else event)

    return say_it


def _listening(configuration: Configuration) -> socket | None:
    """Where monitors are to be answered, None for nowhere. Raises Mistake."""
    if (said := configuration.metrics) is None:
        return None
    if not monitoring.installed():
        raise Mistake("metrics: needs the extra of that name: pip install 'newswatch[metrics]'")
    try:
        return monitoring.listening(said.host, said.port)
    except monitoring.MonitorError as wrong:
        raise Mistake(str(wrong)) from wrong


@contextlib.contextmanager
def _starting() -> Iterator[list[int]]:
    """While the configuration is read, before anything is held: SIGTERM and SIGINT end it at once, as a
    KeyboardInterrupt may get lost among imports; SIGHUP is remembered in the list, where by default it
    would end the process in a way that systemd takes for meant.
    """
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGHUP)}
    came: list[int] = []
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, lambda number, _frame: came.append(number))
    try:
        yield came
    except BaseException:
        for number, handler in before.items():
            signal.signal(number, handler)
        raise


def _before_backfills(address: str) -> None:
    """Polls go first: a `backfill` that is at work gives way, and goes on afterwards. Raises StoreError."""

    def at_work() -> bool:
        return (writer_of(address) or (0, ""))[1] == "backfill"

    if not at_work():
        return
    end = time.monotonic() + GIVES_WAY
    with turn_wanted(address):
        while at_work() and time.monotonic() < end:
            time.sleep(0.1)


def _free_and_sound(address: str, *, watches: bool = True) -> None:
    """The store is looked at before the configuration is read; one that an older newswatch kept is
    brought up to date by whoever asks. Raises StoreBusy, StoreDamaged.
    """
    _before_backfills(address)
    running = holder_of(address)
    if running is not None:
        raise StoreBusy(f"{address}: newswatch {running} is writing to it")
    with contextlib.suppress(StoreMissing, StoreOutdated), naming_a_copy(address):
        open_archive(address).close()
    looked_through(address, utc_now(), watches=watches)


def _detach(options: Options, form: str | None) -> None:
    """Start the daemon as a session of its own and wait until it holds the store, or has failed."""
    address = options.store()
    _free_and_sound(address)
    if (monitored := _listening(ready(options)[2])) is not None:
        monitored.close()  # it was free; the daemon takes it
    log = log_path(address)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.touch()
    except OSError as wrong:
        raise StoreError(f"{log}: the log cannot be written ({wrong.strerror})") from wrong
    arguments = [sys.executable, "-m", "newswatch", "--store", address]
    # A default may be absent; what is named must be there.
    arguments += ["--config", str(options.config)] if options.config_given else []
    arguments += ["--feeds", str(options.feeds)] if options.feeds_given else []
    arguments += ["-v"] * options.verbose + ["-q"] * options.quiet + ["run"]
    arguments += ["--log-file", str(log), *(["--log-format", form] if form else [])]
    with log.open("ab") as sink:
        child = subprocess.Popen(  # noqa: S603 - our own command line
            arguments, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
        )
    with progress("starting", quiet=options.quiet):
        while holder_of(address) != child.pid:
            if child.poll() is not None:
                complain(f"it ended at once: see {log}")
                raise click.exceptions.Exit(child.returncode or 1)
            time.sleep(0.05)
    say(f"running as process {child.pid}; log {log}; `newswatch stop` ends it")


@click.command()
@click.pass_obj
def stop(options: Options) -> int:
    """End the running daemon of this store; nothing is lost."""
    address = options.store()
    running, work = writer_of(address) or (0, "")
    if not running:
        note("no newswatch is running on this store")
        return 1
    if work not in {DAEMON, ""}:
        raise StoreBusy(
            f"{address}: process {running} is no daemon but `newswatch {work}`, which ends by itself"
        )
    os.kill(running, signal.SIGTERM)
    until = time.monotonic() + STOP_WAIT
    with progress(f"waiting for process {running} to end", quiet=options.quiet):
        while holder_of(address) == running:
            if time.monotonic() > until:
                complain(f"process {running} has not ended after {STOP_WAIT:.0f} s")
                return 1
            time.sleep(0.05)
    say(f"process {running} has ended")
    return 0


@click.command()
@click.option("--keep", metavar="DIR", help="Where the demo's store and letters go.")
@click.pass_obj
def demo(options: Options, keep: str | None) -> int:
    """The whole way on made-up wires, no internet, in a throw-away store."""
    from newswatch import demo as room

    try:
        return room.play(
            keep,
            tell=_tell,
            progress=lambda label: progress(label, quiet=options.quiet),
            program=_program(sys.argv[0]),
        )
    except BrokenPipeError:  # its reader has seen enough
        raise
    except OSError as wrong:
        raise Mistake(f"{keep or room.FOLDER}: the demo cannot be kept there ({wrong})") from wrong


def _program(called: str) -> str:
    """What calls this newswatch again from the same shell: its name alone when the shell finds it."""
    if Path(called).name == "__main__.py":
        return "python -m newswatch"
    found = shutil.which("newswatch")
    return "newswatch" if found and is_same(Path(found), Path(called)) else called


def _tell(line: str = "", **style: Any) -> None:
    say(line, **style)
