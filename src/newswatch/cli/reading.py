"""show: one article, for people and as JSON; what commands that print articles share.

Rule: needs only a store; imports no configuration, no network and nothing slow to start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from newswatch.cli.output import coloured, emit, marked, note, public, say, when
from newswatch.cli.settings import WRITTEN, Mistake, Options
from newswatch.model import Span, Version
from newswatch.newsrooms import named
from newswatch.store import ArticleView, NotFound, open_archive
from newswatch.text import lead
from newswatch.wording import counted

if TYPE_CHECKING:
    from newswatch.model import Match, Revision

CHART = click.option("--chart", is_flag=True, help="Draw it over time.")
CHART_TO = click.option(
    "--chart-to",
    type=WRITTEN,
    help="Draw it over time into a .png or .svg (extra plot).",
)
JSON = click.option("--json", "as_json", is_flag=True, help="One object a line.")


# `-sport` is the query's own NOT, not an option; so `-h` is a word as well.
QUERY_WORDS: dict[str, Any] = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


def version_object(version: Version) -> dict[str, Any]:
    """A version as JSON gives it."""
    return {
        "id": version.article,
        "version": version.id,
        "n": version.n,
        "url": public(version.url),
        "title": version.title,
        "lead": lead(version.text),
        "text": version.text,
        "lang": version.lang,
        "source": version.source,
        "newsroom": version.newsroom,
        "credit": version.credit,
        "tags": list(version.tags),
        "author": version.author,
        "published": version.published,
        "first_seen": version.first_seen,
        "quality": version.quality,
        "text_from": version.text_from,
        "kind": version.kind,
        "relations": list(version.relations),
    }


def say_without_text(absent: Iterable[str]) -> None:
    """Which texts that were asked for are not there, on standard error."""
    for one in absent:
        note(f"a text is not there: {one}")


def worded(wording: dict[str, Any]) -> str:
    """A rule's wording in a line: its query, the feeds and tags it is limited to, and its threshold."""
    if "query" not in wording:
        return "no longer in force"
    limits = [
        f"{what}: {', '.join(wording[what])}" for what in ("feeds", "tags") if what in wording
    ]
    of = [wording["threshold"]] if wording.get("threshold") else []
    return " · ".join([wording["query"], *limits, *of])


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--versions", is_flag=True, help="Every version in full.")
@click.option("--diff", is_flag=True, help="What changed; word by word between V1 and V2.")
@click.argument("editions", nargs=-1, type=click.IntRange(min=1), metavar="[V1 V2]")
@JSON
@click.pass_obj
def show(
    options: Options,
    id_: str,
    versions: bool,
    diff: bool,
    editions: tuple[int, ...],
    as_json: bool,
) -> None:
    """One article, by the beginning of its id or its address; V1 and V2 are versions of it."""
    if editions and (len(editions) != 2 or not diff):
        raise Mistake("to compare two versions: newswatch show ID --diff 1 3")
    archive = open_archive(options.store())
    try:
        view = archive.show(id_)
        absent = archive.absent()
    finally:
        archive.close()
    say_without_text(absent)
    pair = tuple(_edition(view, n) for n in editions)
    if as_json:
        wanted = pair or (view.versions if versions or diff else (view.state.current,))
        changes = {r.new: _revision_object(r) for r in view.revisions}
        last_seen = {v.id: at for v, at in zip(view.versions, view.last_seen, strict=True)}
        for version in wanted:
            emit(
                version_object(version)
                | {
                    "story": view.state.story,
                    "last_seen": last_seen[version.id],
                    "versions": view.state.versions,
                    "addresses": list(view.addresses),
                    "revision": changes.get(version.id),
                    "matches": [
                        {
                            "rule": m.rule,
                            "at": m.at,
                            "spans": [[s.field, s.start, s.end, s.word] for s in m.spans],
                        }
                        for m in view.matches
                        if m.version == version.id
                    ],
                    "inhibited": list(view.inhibited),
                    "text_removed": view.pruned.get(version.id),
                }
            )
        return
    if pair:
        from newswatch.cli.comparing import lines

        for version in pair:
            if gone := _gone(view, version):
                note(f"version {version.n}: {gone}")
        for version in pair:
            say(f"version {version.n} · {version.kind} · {when(version.first_seen)}", bold=True)
        for line in lines(pair[0], pair[1]):
            click.echo(line)
        return
    _article_page(view, all_versions=versions, diff=diff)


def _edition(view: ArticleView, n: int) -> Version:
    for version in view.versions:
        if version.n == n:
            return version
    raise NotFound(f"there is no version {n}: {counted(len(view.versions), 'version')} kept")


def _article_page(view: ArticleView, *, all_versions: bool, diff: bool) -> None:
    current = view.state.current
    changes = {r.new: r for r in view.revisions}
    if not all_versions and not diff:
        found = _found(view, current)
        title = marked(current.title or "(no title)", found, "title")
        click.echo(click.style(title, bold=True) if coloured() and not found else title)
        say(_byline(current, view.state.first_seen))
        say(public(current.url))
        if gone := _gone(view, current):
            say(gone)
        if current.text:
            say()
            for paragraph in _paragraphs(current.text, found):
                click.echo(f"{paragraph}\n")
        for line in _what_rules_found(view):
            say(line)
        if len(view.versions) > 1:
            say()
            say(f"{len(view.versions)} versions; `newswatch show {current.article[:8]} --diff`")
    shown = zip(view.versions, view.last_seen, strict=True) if all_versions or diff else ()
    for version, last in shown:
        seen = f"first seen {when(version.first_seen)} · last seen {when(last)}"
        say(f"version {version.n} · {version.kind} · {seen}", bold=True)
        revision = changes.get(version.id)
        if revision is not None and diff:
            _revision_lines(revision)
        else:
            found = _found(view, version)
            click.echo(marked(version.title or "(no title)", found, "title"))
            if gone := _gone(view, version):
                say(gone)
            if version.text:
                click.echo("\n".join(_paragraphs(version.text, found)))
        say()
    for copy in view.copies:
        say(f"also: {named(copy.newsroom, copy.credit)} · {copy.title} · {public(copy.url)}")


def _gone(view: ArticleView, version: Version) -> str:
    """That a version's text is gone, and since when; '' where it is not."""
    at = view.pruned.get(version.id)
    return f"its text was removed at {when(at)}, as `retention` says; its hash stays" if at else ""


def _found(view: ArticleView, version: Version) -> tuple[Span, ...]:
    """Where rules found their words in a version."""
    return tuple(span for m in view.matches if m.version == version.id for span in m.spans)


def _paragraphs(text: str, found: tuple[Span, ...]) -> Iterator[str]:
    """The paragraphs of a text, with what rules found in each set off."""
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        inside = [
            replace(s, start=max(s.start - start, 0), end=min(s.end, end) - start)
            for s in found
            if s.field == "text" and s.start < end and start < s.end
        ]
        yield marked(line, inside, "text")
        start = end + 1


def _what_rules_found(view: ArticleView) -> Iterator[str]:
    """A line a rule: its words, and the first version that has them."""
    number = {version.id: version.n for version in view.versions}
    first: dict[str, Match] = {}
    for m in view.matches:
        first.setdefault(m.rule, m)
    for rule, m in first.items():
        words = ", ".join(dict.fromkeys(span.word for span in m.spans))
        late = f", first in version {number[m.version]}" if number[m.version] > 1 else ""
        yield f"rule {rule}{late}{': ' if words else ''}{words}"
    for one in view.inhibited:
        yield f"  {one['recipient']} was told by {one['by']}, which inhibits {one['rule']}"


def _byline(version: Version, first_seen: datetime) -> str:
    """Whose a version is, and since when its article is known; how long it has stood itself, if later."""
    published = f"published {when(version.published)}" if version.published else "undated"
    whose = named(version.newsroom, version.credit)
    parts = [whose, version.author, published, f"first seen {when(first_seen)}"]
    if version.first_seen > first_seen:
        parts.append(f"so since {when(version.first_seen)}")
    whence = f" ({version.text_from})" if version.text_from else ""
    return " · ".join(part for part in [*parts, version.lang, version.quality + whence] if part)


def _revision_object(revision: Revision) -> dict[str, Any]:
    return {
        "old": revision.old,
        "kind": revision.kind,
        "note": revision.note,
        "kept": revision.kept,
        "changes": [{"what": c.what, "old": c.old, "new": c.new} for c in revision.changes],
    }


def _revision_lines(revision: Revision) -> None:
    if revision.note:
        say(f"  the wire says: {revision.note}")
    for change in revision.changes:
        if change.old and change.new and change.what in ("headline", "text", "quote"):
            from newswatch.cli.comparing import word_by_word

            say(f"  {change.what}:")
            for line in word_by_word(change.old, change.new):
                click.echo(line)
            continue
        if change.what == "moved":
            say(f"  moved: {change.old.partition(' ')[0]} → {change.new}")
            continue
        if change.old:
            say(f"  - {change.what}: {change.old}", fg="red")
        if change.new:
            say(f"  + {change.what}: {change.new}", fg="green")
    say(f"  {revision.kept:.0%} of the earlier words stand")
