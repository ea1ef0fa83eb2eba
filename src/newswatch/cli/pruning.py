"""prune: what goes of an old archive, said first and done with --yes.

Rule: what the configuration's `retention` says, or what the options say in its place; nothing goes without --yes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from newswatch.cli.output import emit, note, progress, say
from newswatch.cli.reading import JSON
from newswatch.cli.settings import Mistake, Options, utc_now
from newswatch.model import Retention
from newswatch.store import open_keeper
from newswatch.wording import counted

if TYPE_CHECKING:
    from newswatch.store import Pruned


@click.command()
@click.option("--yes", is_flag=True, help="Do it; without this, say what would go.")
@click.option("--texts", metavar="AGE", help="Texts of articles as old as this: 90d, 2y.")
@click.option("--articles", metavar="AGE", help="Stories whose articles are all as old as this.")
@click.option("--size", metavar="SIZE", help="The oldest, until the store is as small as 20GB.")
@click.option(
    "--source", "sources", multiple=True, metavar="FEED", help="Only what this feed brought."
)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only what has this tag.")
@JSON
@click.pass_obj
def prune(
    options: Options,
    yes: bool,
    texts: str | None,
    articles: str | None,
    size: str | None,
    sources: tuple[str, ...],
    tags: tuple[str, ...],
    as_json: bool,
) -> None:
    """Remove what is old: texts first, then whole stories. The daemon does it each week, as `retention` says.

    What somebody was told of stays for `told` (five years), and so does a story that may still grow and what a
    feed still shows. A text that is gone leaves its headline, its address and its hash.
    """
    if texts or articles or size or sources or tags:
        written = options.configuration_if_any()
        plan = written.retention if written else Retention()
        plan = _asked(plan, texts, articles, size, sources, tags)
    else:
        plan = options.configuration().retention
    if not plan.removes():
        raise Mistake(
            "nothing says what may go: write `retention` in config/newswatch.yaml, or give --texts, --articles or --size"
        )
    keeper = open_keeper(options.store())
    with progress("pruning" if yes else "looking", quiet=options.quiet or as_json) as line:
        gone = keeper.prune(plan, utc_now(), lambda so_far: line(_said(so_far)), dry=not yes)
    if yes:
        _say_left(keeper.left())
    if as_json:
        figures = {"texts": gone.texts, "articles": gone.articles, "stories": gone.stories}
        emit({"pruned" if yes else "would_prune": figures | {"bytes": gone.bytes}})
    elif yes:
        say(f"gone: {_said(gone)}")
    else:
        say(f"would go: {_said(gone)}")
        note("say --yes to do it")


def _say_left(left: int) -> None:
    """How many texts that went are still in months' files, where somebody else had those in hand."""
    if left:
        note(
            f"{counted(left, 'text')} of months in files left the store: `archive` takes them out of the files, too"
        )


def _said(gone: Pruned) -> str:
    return (
        f"{counted(gone.texts, 'text')} ({gone.bytes / 1e6:,.1f} MB),"
        f" {counted(gone.articles, 'article')} of {counted(gone.stories, 'story', 'stories')}"
    )


def _asked(
    plan: Retention,
    texts: str | None,
    articles: str | None,
    size: str | None,
    sources: tuple[str, ...],
    tags: tuple[str, ...],
) -> Retention:
    """What the options say. Raises Mistake."""
    from newswatch.config.values import age
    from newswatch.config.values import size as bytes_of
    from newswatch.model import Ages

    read = {}
    for name, value, meaning in (
        ("texts", texts, age),
        ("articles", articles, age),
        ("size", size, bytes_of),
    ):
        try:
            read[name] = meaning(value) if value else 0
        except ValueError as wrong:
            raise Mistake(f"--{name} {value}: {wrong}") from wrong
    ages = Ages(read["texts"], read["articles"])
    if not (sources or tags):
        return replace(plan, ages=ages, sources=(), tags=(), size=read["size"])
    if size or ages == Ages():
        raise Mistake("--source and --tag go with --texts or --articles, and not with --size")
    return replace(
        plan,
        ages=Ages(),
        sources=tuple((source, ages) for source in sources),
        tags=tuple((tag, ages) for tag in tags),
        size=0,
    )
