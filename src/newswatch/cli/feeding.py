"""feeds: list them, look at one, try an address, add, import and export OPML.

Rule: `test` asks the server once and keeps nothing; `add` and `import` write feeds.yaml. What a page leads
to is looked for in `discovering`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from newswatch import standings
from newswatch.cli.asking import asked, asking, checked, refused
from newswatch.cli.completing import feed_names
from newswatch.cli.discovering import chosen, discover, rows, shut
from newswatch.cli.groups import Group
from newswatch.cli.output import (
    ADDRESSES,
    answer,
    cell,
    emit,
    looked,
    note,
    public,
    say,
    table,
    when,
)
from newswatch.cli.reading import CHART, JSON
from newswatch.cli.settings import WRITTEN, Mistake, Options, not_there
from newswatch.model import Feed, Outcome
from newswatch.wording import counted, few, sparkline

GONE = 5  # names of feeds that are no more in the file


@click.group(cls=Group, invoke_without_command=True)
@CHART
@JSON
@click.pass_context
def feeds(ctx: click.Context, chart: bool, as_json: bool) -> int:
    """Feeds: list, show, test, add, import, export."""
    return ctx.invoke(list_, chart=chart, as_json=as_json) if ctx.invoked_subcommand is None else 0


@feeds.command("list")
@CHART
@JSON
@click.pass_obj
def list_(options: Options, chart: bool, as_json: bool) -> int:
    """Every feed of feeds.yaml, with what the store knows of it."""
    from newswatch.cli.standing import feeds as standing

    found = standing(options)
    if chart:
        from newswatch.cli.charting import hours
        from newswatch.cli.charting import show as drawn

        return drawn(hours([feed for feed in found if feed["standing"] != "gone"]), as_json=as_json)
    for feed in found if as_json else ():
        emit(feed)
    listed = [feed for feed in found if feed["standing"] != "gone"]
    if not as_json and listed:
        table(
            [
                feed
                | {
                    "last_good": when(feed["last_good"]),
                    "state": standings.state(feed),
                    "pages": standings.pages(feed),
                }
                for feed in listed
            ],
            [
                ("name", "feed"), ("newsroom", "newsroom"), ("read_as", "format"), ("pages", "pages"),
                ("articles", "articles"), ("interval", "every s"), ("last_good", "last good poll"),
                ("state", "state"),
            ],
        )  # fmt: skip
    if not listed:
        note(f"no feeds yet: write {options.feeds}, then `newswatch once`")
    gone = [feed["name"] for feed in found if feed["standing"] == "gone"]
    if gone and not as_json:
        note(f"no longer in {options.feeds}: {few(gone, GONE)}")
    return 0 if listed or (found and as_json) else 1


@feeds.command("show")
@click.argument("name", shell_complete=feed_names)
@JSON
@click.pass_obj
def show(options: Options, name: str, as_json: bool) -> None:
    """One feed with all that is known of it."""
    from newswatch.cli.standing import feeds as standing

    found = {feed["name"]: feed for feed in standing(options)}
    if name not in found:
        raise not_there("feed", name, found)
    feed = found[name]
    if as_json:
        emit(feed)
        return
    say(feed["name"], bold=True)
    say(standings.state(feed))
    for key in (
        "url",
        "newsroom",
        "lang",
        "tags",
        "pages",
        "terms",
        "user_agent",
        "headers",
        "sitemap",
        "format",
        "read_as",
        "polls",
        "interval",
        "articles",
        "gaps",
        "recovered",
    ):
        said = standings.pages(feed) if key == "pages" else cell(feed[key])
        say(f"  {key:10} {public(said) if key in ADDRESSES else said}")
    for key in ("last_poll", "last_good", "next_poll"):
        say(f"  {key:10} {when(feed[key])}")
    if feed["window"]:
        say(f"  {'window':10} {standings.window(feed['window'], feed['window_lasts'])}")
    looked(f"  {'looks':10}", feed["looks"])
    if lately := feed["lately"]:
        say(f"  by the hour, from {when(lately['since'])} UTC:")
        for key in ("entries", "polls"):
            figures = lately[key]
            say(
                f"  {key:10} {sparkline(figures)} {sum(figures):,}, at most {max(figures):,} an hour"
            )
    for one in feed["judgements"]:
        say(f"  {one['kind']}: {one['evidence']} (since {when(one['since'])})")


def _tried(options: Options, url: str) -> Outcome:
    """What asking *url* once as a feed brings. Raises Mistake, and Refused with what was said."""
    checked(url)
    with asking(options) as workers:
        outcome = asked(options, workers, url)
    if outcome.failure is not None:
        raise refused(url, outcome.failure)
    return outcome


@feeds.command()
@click.argument("url")
@JSON
@click.pass_obj
def test(options: Options, url: str, as_json: bool) -> None:
    """What newswatch would make of the feed at URL; keeps nothing."""
    from newswatch.address import has_page

    outcome = _tried(options, url)
    articles = [shown.article for shown in outcome.window if shown.article is not None]
    full = sum(article.quality == "full" for article in articles)
    dated = sum(article.published is not None for article in articles)
    languages = sorted({article.lang for article in articles if article.lang})
    pages = "feed-only" if articles and full == len(articles) else "fetch"
    if articles and not any(has_page(article.url) for article in articles):
        pages = standings.CLOSED
    if as_json:
        emit(
            {
                "url": outcome.url, "moved": outcome.moved or None, "entries": len(articles),
                "full_text": full, "dated": dated, "languages": languages, "pages": pages,
                "format": outcome.format, "parts": list(outcome.parts),
                "parts_elsewhere": list(outcome.strange), "etag": bool(outcome.etag),
                "last_modified": bool(outcome.last_modified),
                "titles": [article.title for article in articles],
            }
        )  # fmt: skip
        return
    say(
        f"{public(outcome.url)}: {counted(len(articles), 'entry', 'entries')} ({outcome.format})",
        bold=True,
    )
    if outcome.moved:
        say(f"  it has moved for good to {public(outcome.moved)}: write that in feeds.yaml")
    if outcome.broken is not None:
        say(f"  {outcome.broken.says}: of its entries those are read that are whole before that")
    if outcome.parts:
        say(f"  a sitemap index of {counted(len(outcome.parts), 'part')}")
    if outcome.strange:
        parts = counted(len(outcome.strange), "part")
        say(f"  {parts} on hosts of others, whose robots.txt names neither: left out")
    say(f"  {full} with their whole text, {dated} dated; languages: {', '.join(languages) or '-'}")
    conditional = [
        n for n, v in (("ETag", outcome.etag), ("Last-Modified", outcome.last_modified)) if v
    ]
    say(
        f"  unchanged answers cost nothing: {' and '.join(conditional) or 'no, it sends no validators'}"
    )
    say(f"  suggested: pages: {pages}")
    for article in articles[:10]:
        say(f"    {when(article.published)}  {article.title}")
    if len(articles) > 10:
        say(f"    … and {len(articles) - 10} more")


@feeds.command()
@click.argument("url")
@click.option("--name", help="Its name; the host without this.")
@click.option("--pick", type=int, metavar="N", help="Of what a page leads to, the N-th.")
@click.option("--yes", is_flag=True, help="Of what a page leads to, the recommended one.")
@click.option("--dry-run", is_flag=True, help="Try it, write nothing.")
@JSON
@click.pass_obj
def add(
    options: Options, url: str, name: str | None, pick: int | None, yes: bool, dry_run: bool, as_json: bool
) -> None:  # fmt: skip
    """Try a feed and add it to feeds.yaml; of a page, show the feeds that it leads to and ask which."""
    from newswatch.address import host
    from newswatch.config import ConfigError, add_feed
    from newswatch.discovery import beside

    if yes and pick is not None:
        raise Mistake("--yes and --pick each say which: give one of them")
    # The feeds' file is made where it is not there yet.
    tried = replace(options, feeds_given=False)
    feed = Feed(name or host(checked(url)).replace(".", "-"), url)
    with asking(tried) as workers:
        outcome = asked(tried, workers, url)
        failure = outcome.failure
        if failure is not None and failure.kind != "not-a-feed" and not shut(outcome):
            raise refused(url, failure)
        found = None if failure is None else discover(options, workers, outcome)
    if found is None:
        if pick is not None:
            raise Mistake(f"--pick {pick}: {public(url)} is a feed itself")
        entries = len(outcome.window)
        feed = replace(feed, url=outcome.moved or url, format=outcome.format)
    else:
        picked = chosen(found, pick=pick, yes=yes, dry_run=dry_run, as_json=as_json)
        if picked is None:
            return
        entries = picked.entries
        sitemap = "" if picked.format == "sitemap" else beside(picked, found.candidates)
        feed = replace(feed, url=picked.url, format=picked.format, sitemap=sitemap)
    try:
        add_feed(options.feeds, feed, keep=not dry_run, beside=(options.config, options.feeds))
    except ConfigError as wrong:
        raise Mistake(str(wrong)) from wrong
    answer(
        {
            "name": feed.name,
            "url": feed.url,
            "format": feed.format,
            "entries": entries,
            "dry_run": dry_run,
        }
        | ({"candidates": rows(found)} if found else {}),
        f"{feed.name}: {public(feed.url)}, {counted(entries, 'entry', 'entries')}{' (dry run)' if dry_run else ''}",
        as_json=as_json,
    )


@feeds.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be added.")
@JSON
@click.pass_obj
def import_(options: Options, file: Path, dry_run: bool, as_json: bool) -> int:
    """Add the feeds of an OPML file to feeds.yaml; those already there stay as they are."""
    from newswatch.config import ConfigError, add_feeds
    from newswatch.exchange import LARGEST_OPML, ExchangeError, read_opml

    try:
        with file.open("rb") as stream:
            read = read_opml(stream.read(LARGEST_OPML + 1))
        found = read.feeds
        left_out = add_feeds(
            options.feeds, found, keep=not dry_run, beside=(options.config, options.feeds)
        )
    except ExchangeError as wrong:
        raise Mistake(f"{file}: {wrong}") from wrong
    except ConfigError as wrong:
        raise Mistake(str(wrong)) from wrong
    for feed, reason in zip(found, left_out, strict=True):
        if reason:
            note(f"{feed.name}: {reason}")
        else:
            answer(
                {"name": feed.name, "url": feed.url, "dry_run": dry_run},
                f"{feed.name}: {public(feed.url)}{' (dry run)' if dry_run else ''}",
                as_json=as_json,
            )
    for title, address in read.nowhere:
        note(f'{title or "an outline without a title"}: "{public(address)}" is no web address')
    return 1 if any(left_out) or read.nowhere or not found else 0


@feeds.command("export")
@click.argument("file", type=WRITTEN, required=False)
@click.pass_obj
def export_(options: Options, file: Path | None) -> None:
    """The feeds of feeds.yaml as OPML, to FILE or standard output."""
    from newswatch.exchange import write_opml

    standing = options.configuration().feeds
    shown = [replace(feed, url=public(feed.url), sitemap=public(feed.sitemap)) for feed in standing]
    for kept, feed in zip(standing, shown, strict=True):
        if kept != feed:
            note(f"{feed.name}: the user and password of its address are left out")
        if feed.headers or feed.user_agent:
            note(
                f"{feed.name}: its user agent and headers are left out: they are this newswatch's own"
            )
    text = write_opml(shown)
    if file is None or str(file) == "-":
        click.echo(text)
    else:
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as wrong:
            raise Mistake(f"{file}: cannot be written ({wrong.strerror})") from wrong
        note(f"{file}: written")
