"""backfill: what a source published before it was watched, and how far that is.

Rule: what is asked for is written down first, in the store; then whoever crawls works it off: a running daemon behind
its polls, or this command where nobody writes to the store, which gives way to whoever polls. A dry run is `surveying`.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from newswatch import discovery
from newswatch.address import host, of_one_site
from newswatch.cli.completing import feed_names
from newswatch.cli.output import emit, note, progress, public, say, table, upgrade, when
from newswatch.cli.reading import JSON
from newswatch.cli.settings import END, MOMENT, Mistake, NotThere, Options, utc_now
from newswatch.cli.soundness import looked_through
from newswatch.cli.surveying import LEFT_OUT, NAMED, Plan, lasting, pace_of, survey
from newswatch.model import Backfill, Changeset, Feed, Outcome, StoreMissing, Walked
from newswatch.store import (
    open_archive,
    open_keeper,
    open_ledger,
    turn_is_wanted,
    writer_of,
)
from newswatch.wording import counted, did_you_mean, few

if TYPE_CHECKING:
    from newswatch.config import Configuration
    from newswatch.desk import InForce

FREE = 10.0  # seconds for which a store that others wanted is left alone: one that polls reads its configuration first
LOOKED = 2.0  # seconds between two looks at how much is left


@click.command()
@click.argument("sources", metavar="[SOURCE]...", nargs=-1, shell_complete=feed_names)
@click.option(
    "--from", "since", type=MOMENT, help="What was published from then on: 2024-03-01, 90d."
)
@click.option("--to", "until", type=END, help="Up to then, a day to its end. [default: now]")
@click.option(
    "--undated", is_flag=True, help="Also read pages whose archive does not say when they are from."
)
@click.option(
    "--dry-run", is_flag=True, help="Say what would be asked for and how long that takes."
)
@click.option("--later", is_flag=True, help="Write it down alone; the next daemon works it off.")
@click.option("--status", "only_status", is_flag=True, help="How far each is, as without SOURCE.")
@click.option("--stop", "stop_", is_flag=True, help="End it; what came stays.")
@JSON
@click.pass_obj
def backfill(
    options: Options,
    sources: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    undated: bool,
    dry_run: bool,
    later: bool,
    only_status: bool,
    stop_: bool,
    as_json: bool,
) -> int:
    """Read what SOURCE, a feed or a newsroom, published before: from sitemaps, archives and older feed pages.

    Articles stand at their own time in the archive and nobody is told of them. Without SOURCE, say how far each is
    (1 when there is none). It goes on where it was left, with the daemon or when it is called again.
    """
    asked = since or until or undated or dry_run or later
    if only_status or not sources:
        if stop_ or asked:
            raise click.UsageError("Missing argument 'SOURCE'.", click.get_current_context())
        return _status(options, sources, as_json=as_json)
    if stop_:
        if asked:
            raise click.UsageError("--stop goes with nothing else.")
        return _stop(options, sources, as_json=as_json)
    configuration = options.configuration()
    now = utc_now()
    feeds = _feeds(configuration, sources)
    if not dry_run:
        looked_through(options.store(), now)
    if since is None and until is None and (left := _left(options, feeds)) is not None:
        since, until, undated = left  # it goes on
    plans = _plans(options, feeds, *_period(since, until, now), undated=undated)
    if dry_run:
        return survey(options, configuration, feeds, plans, now, as_json=as_json)
    return _begin(options, configuration, plans, later=later, as_json=as_json)


# ── what is meant ───────────────────────────────────────────────────────────────────────────


def _feeds(configuration: Configuration, sources: Sequence[str]) -> tuple[Feed, ...]:
    """The feeds that are named, by themselves or by their newsroom. Raises Mistake."""
    chosen: dict[str, Feed] = {}
    for source in sources:
        found = [feed for feed in configuration.feeds if feed.name == source] or [
            feed
            for feed in configuration.feeds
            if feed.newsroom and feed.newsroom.casefold() == source.casefold()
        ]
        if not found:
            names = [feed.name for feed in configuration.feeds]
            rooms = [feed.newsroom for feed in configuration.feeds if feed.newsroom]
            raise Mistake(
                f'there is no feed or newsroom "{source}"{did_you_mean(source, [*names, *rooms])}'
            )
        if not any(feed.enabled for feed in found):
            raise Mistake(f"{source}: is not watched (enabled: false)")
        chosen |= {feed.name: feed for feed in found if feed.enabled}
    return tuple(chosen.values())


def _left(options: Options, feeds: Sequence[Feed]) -> tuple[datetime, datetime, bool] | None:
    """The period of what is under way of all of *feeds*, None where it is none or not one."""
    found: tuple[dict[str, Any], ...] = ()
    with suppress(StoreMissing):
        found = _found(options.store())
    names = {feed.name for feed in feeds}
    left = [one for one in found if one["feed"] in names and one["ended"] is None]
    periods = {(one["since"], one["until"], one["undated_too"]) for one in left}
    if len(periods) != 1:
        return None
    ((since, until, undated),) = periods
    return datetime.fromisoformat(since), datetime.fromisoformat(until), undated


def _period(
    since: datetime | None, until: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """From when until when. Raises Mistake."""
    if since is None:
        raise Mistake("say from when on: --from 2024-03-01, or --from 90d")
    if since >= now:
        raise Mistake(f"--from {when(since)} is in the future")
    if until is not None and until - timedelta(days=1) > now:
        raise Mistake(f"--to {when(until)} is in the future")
    until = now if until is None else min(until, now)
    if since >= until:
        raise Mistake(f"--from {when(since)} is not before --to {when(until)}")
    return since, until


def _plans(
    options: Options, feeds: Sequence[Feed], since: datetime, until: datetime, *, undated: bool
) -> tuple[Plan, ...]:
    """Each feed's backfill and the archives at which it begins: its own older pages, and what its site's robots.txt or
    its line in the register names. A site that feeds share is walked for the first of them.
    """
    plans: list[Plan] = []
    walked: list[str] = []
    for feed in feeds:
        hosts = _site(options, feed)
        begin = [] if feed.format == "sitemap" else [feed.url]
        new = [name for name in hosts if not any(of_one_site(name, one) for one in walked)]
        if feed.sitemap and host(feed.sitemap) not in walked:
            hosts = tuple(dict.fromkeys((*hosts, host(feed.sitemap))))
            begin.append(feed.sitemap)
        scheme = feed.url.partition("://")[0]
        near = host(feed.url)
        begin += [
            discovery.robots_of(feed.url if name == near else f"{scheme}://{name}/") for name in new
        ]
        if feed.format == "sitemap":
            begin.append(feed.url)
        walked += [*hosts, host(feed.sitemap)] if feed.sitemap else hosts
        plans.append((Backfill(feed.name, since, until, undated, hosts), tuple(begin)))
    return tuple(plans)


def _site(options: Options, feed: Feed) -> tuple[str, ...]:
    own: tuple[str, ...] = (host(feed.url),)
    polled = False
    with suppress(StoreMissing):
        archive = open_archive(options.store())
        try:
            own = archive.site(feed.name, feed.url)
            polled = any(row["name"] == feed.name and row["polls"] for row in archive.feeds())
        finally:
            archive.close()
    if not polled:
        note(f"{feed.name} was not polled yet: of its site only {own[0]} is known")
    return own


# ── doing it ────────────────────────────────────────────────────────────────────────────────


def _begin(
    options: Options,
    configuration: Configuration,
    plans: Sequence[Plan],
    *,
    later: bool,
    as_json: bool,
) -> int:
    """Write it down, and work it off where nobody else does."""
    from newswatch import desk

    address = options.store()
    names = [plan.feed for plan, _ in plans]
    writer = writer_of(address)
    if writer is not None:
        _watched(address, names)
        open_keeper(address).backfill(plans, utc_now())
        _pid, work = writer
        whose = "the running daemon works it off, behind its polls"
        if work not in {"run", "backfill", ""}:
            whose = (
                f"`newswatch {work}` is at work: the next daemon works it off, or call this again"
            )
        elif work == "backfill":
            whose = "the `newswatch backfill` that is at work takes it, too"
        return _written_down(names, whose, as_json=as_json)
    force = desk.in_force(configuration)
    tally = desk.PastTally()
    planned = False
    with _ending() as ended:
        while True:
            ledger = open_ledger(address, work="backfill", upgrading=upgrade(quiet=options.quiet))
            try:
                if not planned:
                    open_keeper(address).backfill(plans, utc_now())
                planned = True
                if later:
                    return _written_down(names, "the next daemon works it off", as_json=as_json)
                way = _work_off(
                    options, force, ledger, tally, ended, quiet=options.quiet or as_json
                )
            finally:
                ledger.close()
            if ended or not way:
                break
            note("polls go first: it goes on after them")
            if not _polled(address, ended):
                whose = "the running daemon works it off, behind its polls"
                return _written_down(names, whose, as_json=as_json)
            if ended:
                break
    return _came_by(address, names, tally, stopped=bool(ended), as_json=as_json)


def _work_off(
    options: Options,
    force: InForce,
    ledger: Any,
    tally: Any,
    ended: list[int],
    *,
    quiet: bool,
) -> bool:
    """Work it off until nothing is left; whether it ended as somebody wants to poll."""
    from newswatch import desk
    from newswatch.cli.watching import RUN_WAITS, chosen_workers, heard

    policy = force.configuration.policy
    pace = pace_of(policy.spacing, policy.backfill)
    workers, _ = chosen_workers(force.configuration, heard(options), RUN_WAITS)
    way = False
    try:
        with progress("backfilling", quiet=quiet) as tell:
            looked = 0.0

            def seen(_outcome: Outcome, _changes: Changeset) -> None:
                nonlocal looked
                if time.monotonic() - looked >= LOOKED:
                    looked = time.monotonic()
                    left = [one for one in _found(options.store()) if one["ended"] is None]
                    pages = sum(one["archives_left"] + one["pages_left"] for one in left)
                    seconds = max((one["longest"] for one in left), default=0) * pace
                    tell(
                        f"{counted(tally.archives, 'archive')} and {counted(tally.pages, 'page')} read,"
                        f" {counted(tally.stored, 'new article')}; {pages:,} to ask, about {lasting(seconds)}"
                    )

            def wanted() -> bool:
                nonlocal way
                way = way or turn_is_wanted(options.store())
                return bool(ended) or way

            desk.work_off(force, ledger, workers, utc_now, tally, seen, wanted)
    finally:
        workers.stop(5.0)
    return way


def _polled(address: str, ended: list[int]) -> bool:
    """Wait until the store has been free for a while; False where a daemon has it, which goes on with it."""
    free = time.monotonic()
    while not ended and time.monotonic() - free < FREE:
        time.sleep(0.2)
        writer = writer_of(address)
        if writer is not None and writer[1] == "run":
            return False
        if writer is not None or turn_is_wanted(address):
            free = time.monotonic()
    return True


@contextmanager
def _ending() -> Iterator[list[int]]:
    """While it lasts, SIGTERM and SIGINT are only noted: what is being kept is kept, the rest stays written down."""
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda n, _frame: came.append(n))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watched(address: str, names: Sequence[str]) -> None:
    """Raises Mistake for a feed that whoever writes to the store does not watch yet."""
    archive = open_archive(address)
    try:
        known = {feed.name for feed in archive.configured() if feed.enabled}
    finally:
        archive.close()
    for name in names:
        if name not in known:
            raise Mistake(
                f"{name}: the running newswatch does not watch it yet, let it read its configuration anew"
            )


def _written_down(names: Sequence[str], whose: str, *, as_json: bool) -> int:
    if as_json:
        emit({"planned": list(names), "works": whose})
    else:
        say(f"{few(names, NAMED)}: written down; {whose}")
        note("`newswatch backfill` says how far it is, --stop ends it")
    return 0


def _came_by(
    address: str, names: Sequence[str], tally: Any, *, stopped: bool, as_json: bool
) -> int:
    """Say what came of it. Exit code: 1 where nothing is there of that time, something failed or is left to ask."""
    found = [one for one in _found(address) if one["feed"] in names]
    there = sum(one["stored"] + one["known"] + one["unchanged"] for one in found)
    left = sum(one["archives_left"] + one["pages_left"] for one in found)
    if as_json:
        emit(
            {
                "archives": tally.archives, "pages": tally.pages, "articles": tally.stored,
                "matches": tally.matches, "left": left, "stopped": stopped,
                "failed": {public(url): why for url, why in tally.failed.items()},
                "backfills": [_spoken(one) for one in found],
            }
        )  # fmt: skip
    else:
        say(
            f"{counted(tally.archives, 'archive')} and {counted(tally.pages, 'page')}:"
            f" {counted(tally.stored, 'new article')}, {counted(tally.matches, 'match', 'matches')}; nobody is told"
        )
        for line in _left_out(found):
            note(f"  {line}")
        for url, why in list(tally.failed.items())[:NAMED]:
            note(f"  {public(url)}: {why}")
        if len(tally.failed) > NAMED:
            note(f"  and {len(tally.failed) - NAMED:,} more failed")
        if left:
            note(f"  {left:,} are still to be asked: call it again, or the next daemon goes on")
        elif not there:
            note("  nothing of that time was found")
    return 1 if stopped or left or tally.failed or not there else 0


def _left_out(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    known = sum(one["known"] for one in found)
    if known:
        yield f"{known:,} were there already"
    if unchanged := sum(one["unchanged"] for one in found):
        yield f"{counted(unchanged, 'archive')} unchanged since the last time"
    for key, why in LEFT_OUT.items():
        if number := sum(one[key] for one in found):
            yield f"{number:,} left out: {why}"


# ── how far ─────────────────────────────────────────────────────────────────────────────────


def _found(address: str) -> tuple[dict[str, Any], ...]:
    archive = open_archive(address)
    try:
        return archive.backfills()
    finally:
        archive.close()


def _status(options: Options, sources: Sequence[str], *, as_json: bool) -> int:
    found = _found(options.store())
    for name in sources:
        if name not in {one["feed"] for one in found}:
            raise NotThere(f"{name}: nothing of its past was asked for")
    found = tuple(one for one in found if not sources or one["feed"] in sources)
    configuration = options.configuration_if_any()
    policy = configuration.policy if configuration else None
    pace = pace_of(policy.spacing, policy.backfill) if policy else pace_of(1.0, 1200)
    said = [_spoken(one) | {"seconds": round(one["longest"] * pace)} for one in found]
    if as_json:
        for one in said:
            emit(one)
    elif said:
        table(
            [
                one
                | {
                    "period": f"{one['from'][:10]} … {one['to'][:10]}",
                    "read": f"{one['archives']:,} + {one['asked'] - one['pages_left']:,}",
                    "left": f"{one['archives_left']:,} + {one['pages_left']:,}",
                    "state": f"about {lasting(one['seconds'])}" if one["state"] == "under way" else one["state"],
                    "stored": f"{one['stored']:,}", "failed": f"{one['failed']:,}",
                }
                for one in said
            ],
            [
                ("feed", "feed"), ("period", "period"), ("read", "read"), ("left", "left"),
                ("stored", "new"), ("failed", "failed"), ("state", "still"),
            ],
        )  # fmt: skip
        note("read and left: archives + pages; polls come first, so it may take longer")
    else:
        note("nothing of anybody's past was asked for")
    return 0 if said else 1


def _spoken(one: dict[str, Any]) -> dict[str, Any]:
    """A backfill as an object."""
    counts = {name: one[name] for name in Walked.__dataclass_fields__}
    left = one["archives_left"] + one["pages_left"]
    state = "stopped" if one["stopped"] else "under way" if left else "done"
    return {
        "feed": one["feed"], "from": one["since"], "to": one["until"], "undated_too": one["undated_too"],
        "state": state, "begun": one["begun"], "ended": one["ended"], **counts,
        "archives_left": one["archives_left"], "pages_left": one["pages_left"],
    }  # fmt: skip


def _stop(options: Options, sources: Sequence[str], *, as_json: bool) -> int:
    address = options.store()
    names = {one["feed"] for one in _found(address)}
    configuration = options.configuration_if_any()
    chosen: list[str] = []
    for source in sources:
        of_room = (
            [f.name for f in configuration.feeds if f.newsroom.casefold() == source.casefold()]
            if configuration
            else []
        )
        own = [source] if source in names else [name for name in of_room if name in names]
        if not own:
            raise NotThere(f"{source}: nothing of its past was asked for")
        chosen += own
    ended = open_keeper(address).end_backfills(chosen, utc_now())
    if as_json:
        emit({"stopped": ended, "feeds": chosen})
    else:
        say(f"{few(chosen, NAMED)}: ended" if ended else "it had ended already")
    return 0 if ended else 1
