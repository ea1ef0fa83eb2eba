"""story, why: which articles are one story, on what evidence, and the operator's own verdict on it.

Rule: reading needs only a store; `merge` and `split` write beside a running daemon.
"""

from __future__ import annotations

from typing import Any

import click

from newswatch.cli.output import emit, say, when
from newswatch.cli.reading import JSON, version_object
from newswatch.cli.settings import Mistake, Options
from newswatch.model import Evidence
from newswatch.store import NotFound, open_archive


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
                    version_object(s.current)
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
