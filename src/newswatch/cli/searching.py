"""search: what the archive holds, for people and for programs.

Rule: needs only a store; imports no configuration (but for a saved search), no network and nothing slow
to start. What is found is printed as it is found.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newswatch.cli.completing import origins, rule_names
from newswatch.cli.output import coloured, emit, marked, note, public, snippet, when
from newswatch.cli.reading import (
    CHART,
    CHART_TO,
    JSON,
    QUERY_WORDS,
    say_without_text,
    version_object,
)
from newswatch.cli.settings import END, MOMENT, Mistake, Options, read_query, utc_now
from newswatch.newsrooms import named
from newswatch.store import Archive, Hit, open_archive
from newswatch.text import safe_line, safe_text

if TYPE_CHECKING:
    from newswatch.query import Query

COLUMNS = (
    "id",
    "version",
    "n",
    "published",
    "first_seen",
    "newsroom",
    "source",
    "lang",
    "title",
    "url",
)
WATCHED = 200  # newest hits looked through for new ones
CHARTED = 100_000  # newest hits in a chart
CAPPED = 1000  # hits are counted so far
PAUSE = 2.0  # seconds between two looks

Printer = Callable[[Hit], None]


@click.command(context_settings=QUERY_WORDS)
@click.argument("query", nargs=-1, shell_complete=origins)
@click.option(
    "--saved", metavar="NAME", shell_complete=rule_names, help="A rule's query, by its name."
)
@click.option("--since", type=MOMENT, help="From this time on: 2026-08-20, or 3d.")
@click.option("--until", type=END, help="Before this time; a day or a month to its end.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="Lines at most."
)
@click.option(
    "--sort",
    type=click.Choice(["newest", "relevance"]),
    default="newest",
    show_default=True,
    help="What comes first.",
)
@click.option("--stories", is_flag=True, help="One line a story, not one an article.")
@click.option("--versions", is_flag=True, help="Every version that matches.")
@click.option("--current", is_flag=True, help="Only what stands now.")
@click.option("--changed", is_flag=True, help="Only what its wire rewrote.")
@click.option("--explain", is_flag=True, help="Say first how the query was understood.")
@click.option("--open", "opened", type=click.IntRange(1), metavar="N", help="Open the Nth hit.")
@click.option("--watch", is_flag=True, help="Go on, and print what comes.")
@CHART
@CHART_TO
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated, with a heading.")
@click.option("--format", "form", metavar="FORM", help="A line a hit: '{published} {title}'.")
@JSON
@click.pass_obj
def search(
    options: Options,
    /,
    query: tuple[str, ...],
    saved: str | None,
    changed: bool,
    explain: bool,
    opened: int | None,
    watch: bool,
    as_csv: bool,
    form: str | None,
    as_json: bool,
    chart: bool,
    chart_to: Path | None,
    **how: Any,
) -> int:
    """Find versions of articles: sanctions "gas pipeline" name:Zelensky title:oil -sport."""
    if how["stories"] and how["versions"]:
        raise Mistake("--stories and --versions exclude each other")
    if as_csv + bool(form) + as_json > 1:
        raise Mistake("--json, --csv and --format exclude each other")
    asked = _asked(options, query, saved, changed=changed)
    if explain:
        from newswatch.query.explaining import explain as in_words

        note(in_words(asked))
    one = _printer(asked, stories=how["stories"], as_csv=as_csv, form=form, as_json=as_json)
    archive = open_archive(options.store())
    try:
        if chart or chart_to:
            return _chart(
                archive, asked, " ".join((*query, saved or "")), how, chart_to, as_json=as_json
            )
        if opened is not None:
            return _open(archive, asked, opened, how)
        if watch:
            return _watch(archive, asked, one, how)
        found = _print(archive, asked, one, how)
        if not found:
            from newswatch.suggestions import nearest

            for line in ("nothing found", *nearest(archive, asked, " ".join(query))):
                note(line)
        elif not (as_csv or form or as_json or options.quiet):
            _say_how_many(archive, asked, found, how)
        return 0 if found else 1
    finally:
        say_without_text(archive.absent())
        archive.close()


def _asked(options: Options, words: tuple[str, ...], saved: str | None, *, changed: bool) -> Query:
    from newswatch.query import all_of

    parts = []
    if saved is not None:
        from newswatch.rules import conjoined

        by_name = {rule.name: rule for rule in options.configuration().rules}
        if saved not in by_name:
            known = ", ".join(sorted(by_name)) or "none"
            raise Mistake(f"no rule is called {saved} (known: {known})")
        parts.append(conjoined(by_name[saved]))
    if words:
        parts.append(read_query(" ".join(words), alone=not parts))
    if changed:
        parts.append(read_query("changed:yes"))
    if not parts:
        raise click.UsageError("Missing argument 'QUERY...'.", click.get_current_context())
    return all_of(parts)


def _hits(
    archive: Archive, asked: Query, how: dict[str, Any], looked: Callable[[datetime], None]
) -> Iterator[Hit]:
    return archive.search(
        asked,
        limit=how["limit"],
        since=how["since"],
        until=how["until"],
        sort=how["sort"],
        every_version=how["versions"],
        current=how["current"],
        stories=how["stories"],
        looked=looked,
    )


def _chart(
    archive: Archive,
    asked: Query,
    title: str,
    how: dict[str, Any],
    to: Path | None,
    *,
    as_json: bool,
) -> int:
    """Draw how much each newsroom brought when; all that is found, whatever --limit says."""
    from newswatch.cli.charting import draw

    unit = ("version", "versions") if how["versions"] else ("story", "stories") if how["stories"] else ("article", "articles")  # fmt: skip
    hits = _hits(archive, asked, how | {"limit": CHARTED}, lambda _at: None)
    came = ((named(hit.version.newsroom, hit.version.credit), hit.version.time) for hit in hits)
    since, until = _period(asked, how)
    return draw(title.strip(), unit, came, since, until, to=to, as_json=as_json)


def _period(asked: Query, how: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    """From when to when a query finds anything, by its own words and by the options; None where neither says, or
    its words name an end that is still to come.
    """
    from newswatch.query import period

    begins, ends = period(asked)
    since = max(filter(None, (how["since"], begins)), default=None)
    ended = ends if ends is not None and ends < utc_now() else None
    return since, min(filter(None, (how["until"], ended)), default=None)


def _print(archive: Archive, asked: Query, one: Printer, how: dict[str, Any]) -> int:
    """Print hits as they are found; how many. A query that reads texts says how far back it has."""
    found = 0
    oldest: datetime | None = None

    def looked(at: datetime) -> None:
        nonlocal oldest
        oldest = at if oldest is None else min(at, oldest)

    try:
        for hit in _hits(archive, asked, how, looked):
            one(hit)
            found += 1
    except KeyboardInterrupt:
        if oldest:
            note(f"stopped; looked back to {when(oldest)}")
        raise
    if oldest and _reads(asked) and how["sort"] == "newest":
        note(f"looked back to {when(oldest)}" + (", the limit" if found == how["limit"] else ""))
    return found


def _say_how_many(archive: Archive, asked: Query, found: int, how: dict[str, Any]) -> None:
    """How many hits there are, on standard error, when all rows stand; no text is read for it."""
    from newswatch.wording import counted

    what = ("version", "") if how["versions"] else ("story", "stories") if how["stories"] else ("article", "")  # fmt: skip
    shown = counted(found, *what)
    if found < how["limit"] and how["sort"] == "newest":
        note(shown)
        return
    if _reads(asked):
        return
    every = ("since", "until", "current", "stories")
    said = archive.count(
        asked, every_version=how["versions"], **{name: how[name] for name in every}
    )
    if said is None:
        return
    there, certain = said
    if there <= found:
        note(shown)
    elif there > CAPPED:
        note(f"{found:,} of {'' if certain else 'perhaps '}{CAPPED:,}+ {what[1] or what[0] + 's'}")
    else:
        note(f"{found:,} of {'' if certain else 'at most '}{counted(there, *what)}")


def _reads(asked: Query) -> bool:
    """Whether texts or authors were tried one by one."""
    from newswatch.query import And, Author, Not, Or, Regex, Since, Until

    match asked:
        case And(parts):
            alone = all(isinstance(part, Author | Since | Until | Not) for part in parts)
            return any(_reads(part) for part in parts if alone or not isinstance(part, Author))
        case Or(parts):
            return any(map(_reads, parts))
        case Not(part):
            return not isinstance(part, Author) and _reads(part)
    return isinstance(asked, Author | Regex)


def _watch(archive: Archive, asked: Query, one: Printer, how: dict[str, Any]) -> int:
    """Print what there is, then what comes, until Ctrl-C."""
    import time

    newest = how | {"limit": max(WATCHED, how["limit"]), "versions": True, "stories": False}
    seen: set[str] = set()
    shown = how["limit"]
    try:
        while True:
            hits = list(_hits(archive, asked, newest, lambda _at: None))
            for hit in reversed(hits[:shown]):
                if hit.version.id not in seen:
                    one(hit)
            seen.update(hit.version.id for hit in hits)
            shown = len(seen) + WATCHED  # from now on all that is new
            time.sleep(PAUSE)
    except KeyboardInterrupt:
        return 0


def _open(archive: Archive, asked: Query, nth: int, how: dict[str, Any]) -> int:
    from newswatch.address import is_web

    hits = list(_hits(archive, asked, how | {"limit": nth}, lambda _at: None))
    if len(hits) < nth:
        note(f"there are only {len(hits)} hits")
        return 1
    url = hits[nth - 1].version.url
    note(public(url))
    if not is_web(url):
        note("this article has no address on the web")
        return 1
    click.launch(url)
    return 0


# ── how a hit is printed ────────────────────────────────────────────────────────────────────


def _printer(
    asked: Query, *, stories: bool, as_csv: bool, form: str | None, as_json: bool
) -> Printer:
    if as_csv:
        return _comma_separated()
    if form:
        return _formatted(form)
    from newswatch import query as language

    def spans(hit: Hit) -> Any:
        return language.match(asked, language.view(hit.version)) or ()

    def as_object(hit: Hit) -> None:
        emit(hit_object(hit) | {"spans": [[s.field, s.start, s.end] for s in spans(hit)]})

    width = _width()

    def for_people(hit: Hit) -> None:
        version, found = hit.version, spans(hit)
        more = f" · {hit.newsrooms} newsrooms" if stories and hit.newsrooms > 1 else ""
        edition = f" v{version.n}" if version.n > 1 else ""
        click.echo(
            f"{when(version.time)}  {_dim(named(version.newsroom, version.credit))}{more}  "
            f"{_linked(marked(version.title or '(no title)', found, 'title'), public(version.url))}"
            f"  {_dim(version.article[:8] + edition)}"
        )
        if version.text:
            click.echo(f"    {snippet(version.text, found, max(40, width - 6))}")

    return as_object if as_json else for_people


def _width() -> int:
    """Columns to write in; of a pipe nobody knows, and asking takes loading what asks."""
    if not (sys.stdout.isatty() or os.environ.get("COLUMNS")):
        return 166
    import shutil

    return shutil.get_terminal_size((166, 24)).columns


def hit_object(hit: Hit) -> dict[str, Any]:
    """A hit as JSON gives it."""
    return version_object(hit.version) | {"story": hit.story, "newsrooms": hit.newsrooms}


def _plain(hit: Hit) -> dict[str, str]:
    """A hit's values as text for one line."""
    return {
        name: when(value) if isinstance(value, datetime) else safe_line(_joined(value))
        for name, value in hit_object(hit).items()
    }


def _joined(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _comma_separated() -> Printer:
    import csv
    import io

    def line(cells: list[str]) -> None:
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow(cells)
        click.echo(out.getvalue())

    def one(hit: Hit) -> None:
        values = _plain(hit)
        # A spreadsheet takes a cell that begins so for a formula; some begin one behind each semicolon,
        # and some by the wide signs of Chinese and Japanese keyboards.
        line(
            [
                re.sub(
                    r"""(^|;)(?=["' ]*[=+\-@\uff1d\uff0b\uff0d\uff20])""", r"\1'", values[column]
                )
                for column in COLUMNS
            ]
        )

    line(list(COLUMNS))
    return one


def _formatted(form: str) -> Printer:
    """A line a hit by a form whose fields are a hit's own, nothing reached through them."""
    from string import Formatter

    known = set(_FIELDS)
    try:
        parsed = list(Formatter().parse(form))
    except ValueError as wrong:
        raise Mistake(f"--format: {wrong}") from wrong
    for _, field, spec, conversion in parsed:
        if field is not None and (field not in known or conversion or "{" in (spec or "")):
            raise Mistake(f"--format: there is no {{{field}}} (known: {', '.join(sorted(known))})")

    def one(hit: Hit) -> None:
        try:
            click.echo(form.format_map(_plain(hit)))
        except (ValueError, MemoryError, OverflowError) as wrong:
            raise Mistake(f"--format: {str(wrong) or 'so wide a field does not fit'}") from wrong

    return one


_FIELDS = [
    "id",
    "version",
    "n",
    "url",
    "title",
    "lead",
    "text",
    "lang",
    "source",
    "newsroom",
    "credit",
    "tags",
    "author",
    "published",
    "first_seen",
    "quality",
    "text_from",
    "kind",
    "story",
    "newsrooms",
]


def _dim(shown: str) -> str:
    safe = safe_text(shown)
    return click.style(safe, dim=True) if coloured() else safe


def _linked(shown: str, url: str) -> str:
    """*shown* as a link (OSC 8) on a terminal; an address with anything but plain letters is none."""
    if not coloured() or not url.startswith(("http://", "https://")):
        return shown
    if not (url.isascii() and url.isprintable()):
        return shown
    return f"\x1b]8;;{url}\x1b\\{shown}\x1b]8;;\x1b\\"
