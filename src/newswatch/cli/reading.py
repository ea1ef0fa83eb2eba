"""search, show, story, why: what the archive holds, for people and as JSON.

Rule: needs only a store; imports no configuration, no network and nothing slow to start.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from newswatch.cli.output import coloured, emit, marked, note, say, snippet, when
from newswatch.cli.settings import MOMENT, Mistake, Options, read_query
from newswatch.model import Evidence, Revision, Version
from newswatch.store import ArticleView, Hit, NotFound, open_archive
from newswatch.text import lead

JSON = click.option("--json", "as_json", is_flag=True, help="One object a line.")


# `-sport` is the query's own NOT, not an option; so `-h` is a word as well.
QUERY_WORDS: dict[str, Any] = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


@click.command(context_settings=QUERY_WORDS)
@click.argument("query", nargs=-1, required=True)
@click.option("--since", type=MOMENT, help="From this time on: 2026-08-20, or 3d.")
@click.option("--until", type=MOMENT, help="Before this time.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True)
@click.option("--sort", type=click.Choice(["newest", "relevance"]), default="newest")
@click.option("--stories", is_flag=True, help="One line a story, not one an article.")
@click.option("--versions", is_flag=True, help="Every version that matches.")
@click.option("--current", is_flag=True, help="Only what stands now.")
@JSON
@click.pass_obj
def search(
    options: Options,
    query: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    limit: int,
    sort: Any,
    stories: bool,
    versions: bool,
    current: bool,
    as_json: bool,
) -> int:
    """Find versions of articles: sanctions "gas pipeline" title:oil source:tass -sport."""
    if stories and versions:
        raise Mistake("--stories and --versions exclude each other")
    from newswatch import query as language

    asked = read_query(" ".join(query))
    archive = open_archive(options.store())
    found = 0
    try:
        for hit in archive.search(
            asked,
            limit=limit,
            since=since,
            until=until,
            sort=sort,
            every_version=versions,
            current=current,
            stories=stories,
        ):
            found += 1
            spans = language.match(asked, language.view(hit.version)) or ()
            if as_json:
                emit(_hit_object(hit) | {"spans": [[s.field, s.start, s.end] for s in spans]})
                continue
            version = hit.version
            more = f" · {hit.newsrooms} newsrooms" if stories and hit.newsrooms > 1 else ""
            edition = f" v{version.n}" if version.n > 1 else ""
            click.echo(
                f"{when(version.time)}  {_dim(version.newsroom)}{more}  "
                f"{marked(version.title or '(no title)', spans, 'title')}"
                f"  {_dim(version.article[:8] + edition)}"
            )
            if version.text:
                click.echo(f"    {snippet(version.text, spans)}")
    finally:
        archive.close()
    if not found:
        note("nothing found")
        return 1
    return 0


def _dim(text: str) -> str:
    from newswatch.text import safe_text

    safe = safe_text(text)
    return click.style(safe, dim=True) if coloured() else safe


def _hit_object(hit: Hit) -> dict[str, Any]:
    return _version_object(hit.version) | {"story": hit.story, "newsrooms": hit.newsrooms}


def _version_object(version: Version) -> dict[str, Any]:
    return {
        "id": version.article,
        "version": version.id,
        "n": version.n,
        "url": version.url,
        "title": version.title,
        "lead": lead(version.text),
        "text": version.text,
        "lang": version.lang,
        "source": version.source,
        "newsroom": version.newsroom,
        "tags": list(version.tags),
        "author": version.author,
        "published": version.published,
        "first_seen": version.first_seen,
        "quality": version.quality,
        "kind": version.kind,
    }


@click.command()
@click.argument("id_")
@click.option("--versions", is_flag=True, help="Every version in full.")
@click.option("--diff", is_flag=True, help="What changed from version to version.")
@JSON
@click.pass_obj
def show(options: Options, id_: str, versions: bool, diff: bool, as_json: bool) -> None:
    """One article, by the beginning of its id or its address."""
    archive = open_archive(options.store())
    try:
        view = archive.show(id_)
    finally:
        archive.close()
    if as_json:
        wanted = view.versions if versions or diff else (view.state.current,)
        changes = {r.new: _revision_object(r) for r in view.revisions}
        for version in wanted:
            emit(
                _version_object(version)
                | {
                    "story": view.state.story,
                    "versions": view.state.versions,
                    "addresses": list(view.addresses),
                    "revision": changes.get(version.id),
                }
            )
        return
    _article_page(view, all_versions=versions, diff=diff)


def _article_page(view: ArticleView, *, all_versions: bool, diff: bool) -> None:
    current = view.state.current
    changes = {r.new: r for r in view.revisions}
    if not all_versions and not diff:
        say(current.title or "(no title)", bold=True)
        say(_byline(current))
        say(current.url)
        if current.text:
            say()
            say(current.text.replace("\n", "\n\n"))
        if len(view.versions) > 1:
            say()
            say(f"{len(view.versions)} versions; `newswatch show {current.article[:8]} --diff`")
    for version in view.versions if all_versions or diff else ():
        say(f"version {version.n} · {version.kind} · {when(version.first_seen)}", bold=True)
        revision = changes.get(version.id)
        if revision is not None and diff:
            _revision_lines(revision)
        else:
            say(version.title or "(no title)")
            if version.text:
                say(version.text)
        say()
    for copy in view.copies:
        say(f"also: {copy.newsroom} · {copy.title} · {copy.url}")


def _byline(version: Version) -> str:
    published = f"published {when(version.published)}" if version.published else "undated"
    parts = [version.newsroom, version.author, published, f"first seen {when(version.first_seen)}"]
    return " · ".join(part for part in [*parts, version.lang, version.quality] if part)


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
        if change.old:
            say(f"  - {change.what}: {change.old}", fg="red")
        if change.new:
            say(f"  + {change.what}: {change.new}", fg="green")
    say(f"  {revision.kept:.0%} of the earlier words stand")


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[show] ID")
@JSON
@click.pass_obj
def story(options: Options, words: tuple[str, ...], as_json: bool) -> None:
    """A story: its copies, newsrooms and versions; by its id or that of one of its articles."""
    wanted = words[1:] if words[0] == "show" and len(words) > 1 else words
    if len(wanted) != 1:
        raise Mistake("name one story: newswatch story ID")
    archive = open_archive(options.store())
    try:
        view = archive.story(wanted[0])
    finally:
        archive.close()
    if as_json:
        emit(
            {
                "id": view.id,
                "articles": [
                    _version_object(s.current)
                    | {"versions": s.versions, "first_seen": s.first_seen, "url": s.url}
                    for s in view.articles
                ],
                "newsrooms": sorted({s.newsroom for s in view.articles}),
                "related": [
                    {"newsroom": c.newsroom, "title": c.title, "url": c.url} for c in view.related
                ],
                "evidence": [_evidence_object(e) for e in view.evidence],
            }
        )
        return
    newsrooms = sorted({s.newsroom for s in view.articles})
    say(view.articles[0].current.title if view.articles else view.id, bold=True)
    say(f"{len(view.articles)} articles in {len(newsrooms)} newsrooms: {', '.join(newsrooms)}")
    scores = {e.article: e for e in view.evidence if e.relation == "same"}
    for state in view.articles:
        evidence = scores.get(state.id)
        why_ = f" · same text {evidence.score:.2f} ({evidence.decided_by})" if evidence else ""
        edition = f" · {state.versions} versions" if state.versions > 1 else ""
        say(f"  {when(state.first_seen)}  {state.newsroom}  {state.current.title}{edition}{why_}")
        say(f"      {state.id[:8]}  {state.url}")
    for copy in view.related:
        say(f"  related: {copy.newsroom}  {copy.title}  {copy.url}")


@click.command()
@click.argument("one")
@click.argument("other")
@JSON
@click.pass_obj
def why(options: Options, one: str, other: str, as_json: bool) -> None:
    """The evidence for or against "these two are the same story"."""
    archive = open_archive(options.store())
    try:
        first, second = archive.show(one), archive.show(other)
        stored = archive.evidence(one, other)
    finally:
        archive.close()
    if first.state.id == second.state.id:
        raise NotFound("these are versions of one article: see `newswatch show ID --diff`")
    if stored:
        evidence, origin = stored[0], "on record"
    else:
        from newswatch import dedup

        evidence = dedup.judge(first.state.current, second.state.current, {})
        origin = "judged now; the archive did not compare them"
    together = first.state.story == second.state.story
    if as_json:
        emit(_evidence_object(evidence) | {"origin": origin, "same_story": together})
        return
    say(f"A  {first.state.newsroom}: {first.state.current.title}")
    say(f"B  {second.state.newsroom}: {second.state.current.title}")
    say(
        f"{'one story' if together else 'two stories'}; "
        f"{evidence.relation}: {evidence.score:.2f} against {evidence.threshold:.2f},"
        f" decided by {evidence.decided_by} ({origin})",
        bold=True,
    )
    for name, value in evidence.features:
        say(f"  {value:6.2f}  {'█' * round(value * 20):20}  {name}")


def _evidence_object(evidence: Evidence) -> dict[str, Any]:
    return {
        "article": evidence.article,
        "other": evidence.other,
        "relation": evidence.relation,
        "score": evidence.score,
        "threshold": evidence.threshold,
        "decided_by": evidence.decided_by,
        "features": dict(evidence.features),
    }
