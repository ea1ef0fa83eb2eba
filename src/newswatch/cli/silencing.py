"""silence: let a rule tell nobody for a while.

Rule: works beside a running daemon; what the rule finds is kept, and what was told is still put right.
"""

from __future__ import annotations

from datetime import timedelta

import click

from newswatch.cli.completing import rule_names
from newswatch.cli.output import answer, emit, note, table, when
from newswatch.cli.reading import JSON
from newswatch.cli.settings import LASTING, Options, not_there, utc_now
from newswatch.store import open_archive, open_outbox


@click.command()
@click.argument("rule", required=False, shell_complete=rule_names)
@click.option("--for", "lasting", type=LASTING, help="How long: 30m, 8h, 3d. [default: 8h]")
@click.option("--why", default="", metavar="TEXT", help="The reason, for whoever asks later.")
@click.option("--end", is_flag=True, help="Let it speak again now.")
@JSON
@click.pass_obj
def silence(
    options: Options,
    rule: str | None,
    lasting: timedelta | None,
    why: str,
    end: bool,
    as_json: bool,
) -> int:
    """Let RULE tell nobody for a while; without RULE, say which are silent (1 when none is)."""
    if rule is None and (lasting or why or end):
        raise click.UsageError("Missing argument 'RULE'.", click.get_current_context())
    if end and (lasting or why):
        raise click.UsageError("--end goes with neither --for nor --why.")
    now = utc_now()
    archive = open_archive(options.store())
    try:
        known = [found["name"] for found in archive.rules()]
        silences = archive.silences(now)
    finally:
        archive.close()
    if rule is None:
        return _list(silences, as_json=as_json)
    if rule not in known:
        raise not_there("rule", rule, known)
    if end and rule not in {silent["rule"] for silent in silences}:
        note(f"{rule} is not silent")
        return 1
    until = now if end else now + (lasting or timedelta(hours=8))
    open_outbox(options.store()).silence(rule, until, why, now)
    answer(
        {"rule": rule, "since": now, "until": until, "why": why},
        f"{rule} speaks again" if end else f"{rule} is silent until {when(until)}",
        as_json=as_json,
    )
    return 0


def _list(silences: tuple[dict[str, str], ...], *, as_json: bool) -> int:
    if as_json:
        for silent in silences:
            emit(silent)
    elif silences:
        table(
            [s | {"since": when(s["since"]), "until": when(s["until"])} for s in silences],
            [("rule", "rule"), ("since", "silent since"), ("until", "until"), ("why", "why")],
        )
    else:
        note("no rule is silent")
    return 0 if silences else 1
