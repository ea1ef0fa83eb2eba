"""rules: list them, try a query, hold them against each other and the archive, add and remove.

Rule: `add` and `remove` write config/rules.yaml with its comments kept; `test` keeps nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from newswatch.cli.completing import reader_names, rule_names
from newswatch.cli.groups import Group
from newswatch.cli.output import answer, emit, note, progress, say, table, when
from newswatch.cli.reading import CHART, JSON, QUERY_WORDS, worded
from newswatch.cli.settings import MOMENT, Mistake, Options, not_there, read_query, utc_now
from newswatch.model import Priority, Rule, Threshold, Watch
from newswatch.store import Archive, open_archive
from newswatch.wording import counted, few

if TYPE_CHECKING:
    from newswatch.cli.trial import Doubt, Trial

LONGEST = timedelta(days=120)  # that a threshold looks back, and more
GONE = 5  # names of rules that are no more in the file


SINCE = click.option(
    "--since", type=MOMENT, default="30d", show_default=True, help="With --chart: from then on."
)


@click.group(cls=Group, invoke_without_command=True)
@CHART
@SINCE
@JSON
@click.pass_context
def rules(ctx: click.Context, chart: bool, since: datetime, as_json: bool) -> int:
    """Alert rules: list, test, check, add, remove."""
    return (
        ctx.invoke(list_, chart=chart, since=since, as_json=as_json)
        if ctx.invoked_subcommand is None
        else 0
    )


@rules.command("list")
@CHART
@SINCE
@JSON
@click.pass_obj
def list_(options: Options, chart: bool, since: datetime, as_json: bool) -> int:
    """Every rule of config/rules.yaml, with what it found."""
    from newswatch.cli.standing import rules as standing

    if chart:
        from newswatch.cli.charting import found as what_they_found
        from newswatch.cli.charting import show

        archive = open_archive(options.store())
        try:
            shown = what_they_found(archive, since)
        finally:
            archive.close()
        return show(shown, as_json=as_json)
    found = standing(options)
    for rule in found if as_json else ():
        emit(rule)
    listed = [rule for rule in found if rule["standing"] != "gone"]
    if not as_json and listed:
        table(
            [
                rule | {"last_match": when(rule["last_match"])}
                for rule in listed
            ],
            [
                ("name", "rule"), ("query", "query"), ("tell", "tells"),
                *([("threshold", "of")] if any(rule["threshold"] for rule in listed) else []),
                ("matches", "matches"), ("stories", "stories"), ("told", "told"),
                ("last_match", "last match"), ("standing", "state"),
            ],
        )  # fmt: skip
    if not listed:
        note(f"no rules yet: write {_file(options)}, or `newswatch rules add NAME QUERY`")
    if not as_json and any(rule["standing"] != "in force" for rule in listed):
        note("what is new or changed is in force from the next run or SIGHUP on")
    gone = [rule["name"] for rule in found if rule["standing"] == "gone"]
    if gone and not as_json:
        note(
            f"no longer in {_file(options)}, in force until the next run or SIGHUP: {few(gone, GONE)}"
        )
    return 0 if listed or (found and as_json) else 1


@rules.command(context_settings=QUERY_WORDS)
@click.argument("query", nargs=-1, required=True, metavar="QUERY|NAME", shell_complete=rule_names)
@click.option(
    "--since",
    type=MOMENT,
    default="30d",
    show_default=True,
    help="From this time on: 2026-08-20, or 3d.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=10,
    show_default=True,
    help="Examples at most.",
)
@JSON
@click.pass_obj
def test(
    options: Options, query: tuple[str, ...], since: datetime, limit: int, as_json: bool
) -> int:
    """What a rule, or a query, would have sent: stories by day, what each part does, examples."""
    from newswatch.cli.trial import trial
    from newswatch.rules import conjoined

    words = " ".join(query)
    configuration = options.configuration_if_any()
    by_name = {rule.name: rule for rule in configuration.rules} if configuration else {}
    rule = by_name.get(words)
    asked = conjoined(rule) if rule else read_query(words)
    archive = open_archive(options.store())
    try:
        with progress("looking through the archive", quiet=options.quiet):
            found = trial(archive, asked, since, utc_now())
            watch = archive.surges.watch(since - LONGEST) if rule and rule.threshold else ()
            before = _before(archive, rule, since) if rule else None
    finally:
        archive.close()
    for hit in found.stories[:limit]:
        if as_json:
            emit({"story": hit.story, "article": hit.version.article, "title": hit.version.title,
                  "newsroom": hit.version.newsroom, "time": hit.version.time})  # fmt: skip
        else:
            say(f"{when(hit.version.time)}  {hit.version.newsroom}  {hit.version.title}")
    if rule is None and not found.stories:
        from newswatch.wording import did_you_mean

        if near := did_you_mean(words, by_name):
            note(f'"{words}" is no rule{near} and was read as a query')
    if rule and rule.threshold and configuration:
        _rehearse(rule.threshold, found, watch, since, ZoneInfo(configuration.zone))
    else:
        _sum_up(found, since)
    if before is not None:
        _differences(before, found)
    return 0 if found.stories else 1


def _sum_up(found: Trial, since: datetime) -> None:
    most = "" if found.complete else "at least "
    stories = counted(len(found.stories), "story", "stories")
    note(f"{most}{stories} since {when(since)} would have been told, once each")
    if not found.stories:
        return
    note(f"  from {counted(len(found.hits), 'version')}; {found.by_day}")
    if len(found.terms) > 1:
        for word, marked, alone in found.terms:
            note(f"  {marked:6,} hold {word}" + (f", {alone:,} nothing else" if alone else ""))
    note("  most from " + ", ".join(f"{source} ({n:,})" for source, n in found.sources))


def _rehearse(
    threshold: Threshold, found: Trial, watch: Watch, since: datetime, zone: ZoneInfo
) -> None:
    """What a rule with a threshold would have told, by the stories that are in the archive."""
    from newswatch import surges
    from newswatch.dates import Local

    local = Local(zone)
    told, looks, unknown = surges.rehearse(threshold, found.firsts, watch, since, utc_now(), zone)
    stories = counted(len(found.stories), "story", "stories")
    note(f"{threshold.spoken}: {counted(len(told), 'time')} since {when(since)}, of {stories}")
    for surge in told:
        said = surges.sentence(surge, local.time, local.moment)
        note(f"  {when(surge.at)}  {said[:1].lower()}{said[1:]}")
    if unknown:
        why = "those hours, or the ones before them, were not watched"
        note(f"  for {unknown / looks:.0%} of that time it cannot be said, as {why}")


def _before(archive: Archive, rule: Rule, since: datetime) -> Trial | None:
    """What the wording in force finds, where it differs from the one in the file."""
    from newswatch.cli.trial import trial
    from newswatch.rules import conjoined, fingerprint

    in_force = {r["name"]: r["query"] for r in archive.rules()}
    old = replace(rule, query=in_force.get(rule.name, rule.query))
    if fingerprint(old) == fingerprint(rule):
        return None
    return trial(archive, conjoined(old), since, utc_now())


def _differences(before: Trial, found: Trial) -> None:
    was = {hit.story: hit for hit in before.stories}
    now = {hit.story: hit for hit in found.stories}
    come = [hit for story, hit in now.items() if story not in was]
    gone = [hit for story, hit in was.items() if story not in now]
    note(f"against the wording in force: {len(come):,} more, {len(gone):,} fewer")
    for sign, hits in (("+", come), ("-", gone)):
        for hit in hits[:3]:
            note(f"  {sign} {when(hit.version.time)}  {hit.version.newsroom}  {hit.version.title}")


@rules.command("check")
@JSON
@click.pass_obj
def check_(options: Options, as_json: bool) -> int:
    """Whether every rule can be read, whom it tells, and which find nothing, nearly everything or
    what others find.
    """
    from newswatch.cli.trial import SAMPLE, Doubt, doubts
    from newswatch.model import EPOCH, StoreMissing
    from newswatch.query import Since
    from newswatch.rules import conjoined

    configuration = options.configuration()
    rules_ = configuration.rules
    wrong: list[Doubt] = []
    try:
        archive = open_archive(options.store())
    except StoreMissing:
        wrong += doubts(rules_, ())
    else:
        try:
            newest = archive.search(Since(EPOCH), limit=SAMPLE, every_version=True)
            wrong += doubts(rules_, (hit.version for hit in newest))
            wrong += (
                Doubt(rule.name, "never", "matches nothing in the archive")
                for rule in rules_
                if next(archive.search(conjoined(rule), limit=1), None) is None
            )
            wrong += _unjudged(archive, rules_, ZoneInfo(configuration.zone))
        finally:
            archive.close()
    for rule in rules_:
        said = [doubt for doubt in wrong if doubt.rule == rule.name]
        if as_json:
            emit({"name": rule.name, "query": rule.query, "tell": list(rule.tell),
                  "threshold": rule.threshold.spoken if rule.threshold else None,
                  "doubts": [{"kind": d.kind, "says": d.says} for d in said]})  # fmt: skip
        else:
            of = f", {rule.threshold.spoken}" if rule.threshold else ""
            say(f"{rule.name}: {rule.query} → {', '.join(rule.tell) or 'nobody'}{of}")
            for doubt in said:
                say(f"  {doubt.says}", fg="yellow")
    return 0


def _unjudged(archive: Archive, rules_: Iterable[Rule], zone: ZoneInfo) -> Iterator[Doubt]:
    """The rules whose threshold cannot be judged now, and why."""
    from newswatch import lookout
    from newswatch.cli.trial import Doubt
    from newswatch.rules import fingerprint

    for rule in rules_:
        if rule.threshold is None:
            continue
        if archive.surges.fingerprint(rule.name) != fingerprint(rule):
            yield Doubt(rule.name, "unknown", "is counted from the next run or SIGHUP on")
            continue
        found = lookout.finding(archive.surges, rule, zone, utc_now())
        if found.state == "unknown":
            yield Doubt(rule.name, "unknown", found.why)


@rules.command()
@click.argument("name", shell_complete=rule_names)
@click.option("--at", type=MOMENT, help="Only the wording in force at this time.")
@JSON
@click.pass_obj
def history(options: Options, name: str, at: datetime | None, as_json: bool) -> int:
    """The wordings a rule has had, and since when each was in force."""
    archive = open_archive(options.store())
    try:
        kept = archive.wordings(name)
    finally:
        archive.close()
    if not kept:
        note(f"no rule was ever called {name} here")
    elif at is not None:
        kept = tuple(change for change in kept if datetime.fromisoformat(change["at"]) <= at)[-1:]
        if not kept:
            note(f"{name} was not in force at {when(at)} yet")
    for change in kept:
        if as_json:
            emit(change)
        else:
            say(f"{when(change['at'])}  {worded(change)}")
    return 0 if kept else 1


@rules.command()
@click.argument("name")
@click.argument("query")
@click.option(
    "--tell",
    multiple=True,
    shell_complete=reader_names,
    help="A digest, or a person for a letter at once.",
)
@click.option(
    "--priority",
    type=click.Choice(["urgent", "normal", "low"]),
    default="normal",
    show_default=True,
    help="Its place in a letter; urgent ones come alone in a flood.",
)
@click.option("--dry-run", is_flag=True, help="Check, write nothing.")
@JSON
@click.pass_obj
def add(
    options: Options,
    name: str,
    query: str,
    tell: tuple[str, ...],
    priority: Priority,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add a rule to config/rules.yaml; a running daemon takes it up at SIGHUP."""
    from newswatch.config import ConfigError, add_rule

    read_query(query)
    configuration = options.configuration()
    known = [*(p.name for p in configuration.people), *(d.name for d in configuration.digests)]
    strangers = [who for who in tell if who not in known]
    if strangers:
        said = (not_there("person or digest", who, known).message for who in strangers)
        raise Mistake("\n".join(said))
    try:
        rule = Rule(name, query, tell, priority)
        beside = (options.config, options.feeds)
        add_rule(_file(options), rule, keep=not dry_run, beside=beside)
    except ConfigError as wrong:
        raise Mistake(str(wrong)) from wrong
    answer(
        {"name": name, "query": query, "tell": list(tell), "dry_run": dry_run},
        f"{name}: {query}{' (dry run)' if dry_run else ''}",
        as_json=as_json,
    )


@rules.command()
@click.argument("name", shell_complete=rule_names)
@JSON
@click.pass_obj
def remove(options: Options, name: str, as_json: bool) -> None:
    """Remove a rule from config/rules.yaml; its matches stay on record."""
    from newswatch.config import ConfigError, NoSuchEntry, remove_rule

    try:
        remove_rule(_file(options), name)
    except NoSuchEntry as wrong:
        raise not_there("rule", name, wrong.known) from wrong
    except ConfigError as wrong:
        raise Mistake(str(wrong)) from wrong
    answer({"name": name, "removed": True}, f"{name}: removed {when(utc_now())}", as_json=as_json)


def _file(options: Options) -> Path:
    return options.config / "rules.yaml"
