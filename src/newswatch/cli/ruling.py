"""rules: list them, try a query, add and remove.

Rule: `add` and `remove` write config/rules.yaml with its comments kept; `test` keeps nothing.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from newswatch.cli.output import answer, emit, note, say, table, when
from newswatch.cli.reading import JSON, QUERY_WORDS
from newswatch.cli.settings import MOMENT, Mistake, Options, not_there, read_query, utc_now
from newswatch.model import Priority, Rule
from newswatch.store import open_archive
from newswatch.wording import counted


@click.group(invoke_without_command=True)
@JSON
@click.pass_context
def rules(ctx: click.Context, as_json: bool) -> int:
    """Alert rules: list, test, check, add, remove."""
    return ctx.invoke(list_, as_json=as_json) if ctx.invoked_subcommand is None else 0


@rules.command("list")
@JSON
@click.pass_obj
def list_(options: Options, as_json: bool) -> int:
    """The rules in force in the store, with what they found."""
    archive = open_archive(options.store())
    try:
        found = archive.rules()
    finally:
        archive.close()
    if as_json:
        for rule in found:
            emit(rule)
    elif found:
        table(
            [rule | {"last_match": when(rule["last_match"])} for rule in found],
            [
                ("name", "rule"), ("query", "query"), ("tell", "tells"), ("matches", "matches"),
                ("stories", "stories"), ("told", "told"), ("last_match", "last match"),
            ],
        )  # fmt: skip
    else:
        note("no rules in force: write config/rules.yaml, or `newswatch rules add NAME QUERY`")
    return 0 if found else 1


@rules.command(context_settings=QUERY_WORDS)
@click.argument("query", nargs=-1, required=True, metavar="QUERY|NAME")
@click.option("--since", type=MOMENT, default="30d", show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@JSON
@click.pass_obj
def test(
    options: Options, query: tuple[str, ...], since: datetime, limit: int, as_json: bool
) -> int:
    """What a rule, or a query, would have sent: one line a story."""
    words = " ".join(query)
    configuration = options.configuration_if_any()
    by_name = {rule.name: rule for rule in configuration.rules} if configuration else {}
    if words in by_name:
        from newswatch.rules import conjoined

        asked = conjoined(by_name[words])
    else:
        asked = read_query(words)
    archive = open_archive(options.store())
    try:
        hits = list(archive.search(asked, since=since, limit=limit, stories=True))
    finally:
        archive.close()
    for hit in hits:
        if as_json:
            emit({"story": hit.story, "article": hit.version.article, "title": hit.version.title,
                  "newsroom": hit.version.newsroom, "time": hit.version.time})  # fmt: skip
        else:
            say(f"{when(hit.version.time)}  {hit.version.newsroom}  {hit.version.title}")
    most = "at least " if len(hits) == limit else ""
    stories = counted(len(hits), "story", "stories")
    note(f"{most}{stories} since {when(since)} would have been told, once each")
    return 0 if hits else 1


@rules.command("check")
@JSON
@click.pass_obj
def check_(options: Options, as_json: bool) -> None:
    """Whether every rule can be read, and whom it tells."""
    configuration = options.configuration()
    for rule in configuration.rules:
        if as_json:
            emit({"name": rule.name, "query": rule.query, "tell": list(rule.tell)})
        else:
            say(f"{rule.name}: {rule.query} → {', '.join(rule.tell) or 'nobody'}")


@rules.command()
@click.argument("name")
@click.argument("query")
@click.option("--tell", multiple=True, help="A digest, or a person for a letter at once.")
@click.option("--priority", type=click.Choice(["urgent", "normal", "low"]), default="normal")
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
    if not dry_run:
        try:
            add_rule(_file(options), Rule(name, query, tell, priority))
        except ConfigError as wrong:
            raise Mistake(str(wrong)) from wrong
    answer(
        {"name": name, "query": query, "tell": list(tell), "dry_run": dry_run},
        f"{name}: {query}{' (dry run)' if dry_run else ''}",
        as_json=as_json,
    )


@rules.command()
@click.argument("name")
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
