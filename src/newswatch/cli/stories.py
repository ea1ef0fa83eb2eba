"""story, why: which articles are one story, on what evidence, and the operator's own verdict on it.

Rule: reading needs only a store; `merge` and `split` write beside a running daemon.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import click

from newswatch import newsrooms
from newswatch.cli.output import answer, emit, public, say, when
from newswatch.cli.reading import CHART, CHART_TO, JSON, version_object
from newswatch.cli.settings import Mistake, Options, is_file, utc_now
from newswatch.model import EPOCH, ArticleState, Evidence, Version
from newswatch.store import NotFound, StoryView, Verdict, open_archive, open_keeper
from newswatch.text import clean
from newswatch.wording import counted

SHOWN = 10  # shared passages on a screen
FILE_BYTES = 2_000_000
FILES = "no newsroom is known of files: guards on one newsroom's own series are not asked"


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[show] ID | merge A B | split ID")
@click.option("--why", "reason", default="", help="Why, for the story's history.")
@click.option("--dry-run", is_flag=True, help="Say what merge or split would do.")
@CHART
@CHART_TO
@JSON
@click.pass_obj
def story(
    options: Options,
    words: tuple[str, ...],
    reason: str,
    dry_run: bool,
    chart: bool,
    chart_to: Path | None,
    as_json: bool,
) -> int | None:
    """A story: its copies, newsrooms, versions and history; by its id or that of one of its
    articles. `merge A B` makes two one, `split ID` takes an article out; both are remembered.
    """
    deed, *ids = (
        words if words[0] in {"show", "merge", "split"} and len(words) > 1 else ("", *words)
    )
    if (chart or chart_to) and deed in {"", "show"} and len(ids) == 1:
        return _chart(options, ids[0], chart_to, as_json=as_json)
    if deed == "merge" and len(ids) == 2:
        _merge(options, (ids[0], ids[1]), reason, dry_run=dry_run, as_json=as_json)
    elif deed == "split" and len(ids) == 1:
        _split(options, ids[0], reason, dry_run=dry_run, as_json=as_json)
    elif deed in {"", "show"} and len(ids) == 1:
        _show(options, ids[0], as_json=as_json)
    else:
        raise Mistake("newswatch story ID, story merge A B, or story split ID")
    return None


def _chart(options: Options, wanted: str, to: Path | None, *, as_json: bool) -> int:
    """Draw which newsroom came when with it, from its first report to its last."""
    from newswatch.cli.charting import draw

    view = _story(options, wanted)
    came = [(newsrooms.named(s.newsroom, s.current.credit), s.first_seen) for s in view.articles]
    title = view.articles[0].current.title if view.articles else view.id
    last = max((at for _, at in came), default=None)
    return draw(title, ("report", "reports"), came, None, last, to=to, as_json=as_json)


def _merge(
    options: Options, ids: tuple[str, str], reason: str, *, dry_run: bool, as_json: bool
) -> None:
    one, other = (_story(options, wanted) for wanted in ids)
    if dry_run and one.id != other.id:
        kept, gone = one.id, other.id
        if (other.articles[0].first_seen, other.id) < (one.articles[0].first_seen, one.id):
            kept, gone = gone, kept
    else:
        kept, gone = open_keeper(options.store()).join(one.id, other.id, reason, utc_now())
    moved = other.articles if gone == other.id else one.articles
    answer(
        {"merged": gone, "into": kept, "articles": [s.id for s in moved], "dry_run": dry_run},
        f"{gone[:8]} ({counted(len(moved), 'article')}) {'would go' if dry_run else 'goes'} by the"
        f" name of {kept[:8]}; `newswatch story split {gone[:8]}` takes it apart again",
        as_json=as_json,
    )


def _split(options: Options, wanted: str, reason: str, *, dry_run: bool, as_json: bool) -> None:
    from newswatch import dedup

    archive = open_archive(options.store())
    try:
        state = archive.show(wanted).state
        inside = archive.story(state.story).articles
    finally:
        archive.close()
    founder = state.id == state.story
    moved = tuple(s.id for s in inside if (s.id != state.id) == founder)
    if not dry_run:
        filed = {s.id: dedup.signature(s.current) for s in inside}
        moved = open_keeper(options.store()).part(state.id, reason, utc_now(), filed)
    said = (
        f"{state.id[:8]} {'would be' if dry_run else 'is'} a story of its own"
        f" ({counted(1 if founder else len(moved), 'article')})"
    )
    if founder and moved:
        what = "the other" if len(moved) == 1 else f"the other {len(moved)}"
        said += f"; {what} {'would go' if dry_run else 'go'} by the name of {moved[0][:8]}"
    answer(
        {"split": state.id, "from": state.story, "articles": list(moved), "dry_run": dry_run},
        said if founder else f"{said}, out of {state.story[:8]}",
        as_json=as_json,
    )


def _story(options: Options, wanted: str) -> StoryView:
    archive = open_archive(options.store())
    try:
        return archive.story(wanted)
    finally:
        archive.close()


def _show(options: Options, wanted: str, *, as_json: bool) -> None:
    view = _story(options, wanted)
    reporting = [(s.newsroom, s.current.credit) for s in view.articles]
    reporters = sorted(newsrooms.independent(reporting))
    if as_json:
        emit(
            {
                "id": view.id,
                "articles": [
                    version_object(s.current)
                    | {"versions": s.versions, "first_seen": s.first_seen, "url": s.url}
                    for s in view.articles
                ],
                "newsrooms": reporters,
                "via": newsrooms.reprints(reporting),
                "related": [
                    {"newsroom": c.newsroom, "credit": c.credit, "title": c.title, "url": c.url}
                    for c in view.related
                ],
                "evidence": [_evidence_object(e) for e in view.evidence],
                "history": [_deed_object(v) for v in view.history],
            }
        )  # fmt: skip
        return
    say(view.articles[0].current.title if view.articles else view.id, bold=True)
    say(
        f"{counted(len(view.articles), 'article')} in {counted(len(reporters), 'newsroom')}:"
        f" {', '.join(reporters)}"
    )
    scores = {e.article: e for e in view.evidence if e.relation == "same"}
    for state in view.articles:
        evidence = scores.get(state.id)
        why_ = f" · same text {evidence.score:.2f} ({evidence.decided_by})" if evidence else ""
        edition = f" · {state.versions} versions" if state.versions > 1 else ""
        whose = newsrooms.named(state.newsroom, state.current.credit)
        say(f"  {when(state.first_seen)}  {whose}  {state.current.title}{edition}{why_}")
        say(f"      {state.id[:8]}  {public(state.url)}")
    for copy in view.related:
        whose = newsrooms.named(copy.newsroom, copy.credit)
        say(f"  related: {whose}  {copy.title}  {public(copy.url)}")
    moved = _states(options, {one for verdict in view.history for one in verdict.articles})
    for verdict in view.history:
        say(f"  {_deed(verdict)}")
        for one in verdict.articles:
            if one in moved:
                say(f"      {one[:8]}  {moved[one].current.title}  {public(moved[one].url)}")


def _deed(verdict: Verdict) -> str:
    """A line of a story's history: when what was joined or taken out, by whom, and why."""
    how = "joined" if verdict.kind == "merge" else "taken out"
    whose = "by hand" if verdict.by == "hand" else "by its text"
    because = f": {verdict.why}" if verdict.why else ""
    many = counted(len(verdict.articles), "article")
    return f"{when(verdict.at)}  {verdict.story[:8]} ({many}) {how} {whose}{because}"


def _deed_object(verdict: Verdict) -> dict[str, Any]:
    return {
        "at": verdict.at, "kind": verdict.kind, "story": verdict.story,
        "articles": list(verdict.articles), "why": verdict.why, "by": verdict.by,
    }  # fmt: skip


def _states(options: Options, ids: set[str]) -> dict[str, ArticleState]:
    """Articles by their ids, but for those that are kept no more."""
    found: dict[str, ArticleState] = {}
    archive = open_archive(options.store())
    try:
        for one in ids:
            with contextlib.suppress(NotFound):
                found[one] = archive.show(one).state
    finally:
        archive.close()
    return found


# ── why ─────────────────────────────────────────────────────────────────────────────────────


@click.command()
@click.argument("one")
@click.argument("other")
@click.option(
    "--lang", default="", metavar="LANG", help="The language of two files, as in en or ru."
)
@JSON
@click.pass_obj
def why(options: Options, one: str, other: str, lang: str, as_json: bool) -> None:
    """The evidence for or against "these two are the same story": two articles or stories by their
    ids or addresses, or two files (first line the headline).
    """
    from newswatch import dedup

    history: tuple[Verdict, ...] = ()
    caution = ""

    files = [Path(name) for name in (one, other) if is_file(name)]
    together: bool | None = None
    if len(files) == 2:
        first, second = (_of_file(path, n, lang) for n, path in enumerate(files))
        caution = FILES
        evidence, origin = dedup.judge(first, second, {}), "judged now, from files"
    elif files:
        raise Mistake(f"{files[0]} is a file and the other is not: name two files, or two ids")
    elif lang:
        raise Mistake("--lang is for two files: the archive knows its articles' languages")
    else:
        first, second, stored, together, history = _of_archive(options, one, other)
        evidence = stored or dedup.judge(first, second, {})
        origin = "on record" if stored else "judged now; the archive did not compare them"
    shared = dedup.passages(first.text, second.text)
    by_relation = (evidence.relation, evidence.decided_by) == ("related", "threshold")
    pulls = dedup.pulls(dict(evidence.features), "related" if by_relation else "same")
    if as_json:
        emit(
            _evidence_object(evidence)
            | {
                "origin": origin,
                "same_story": together,
                "history": [_deed_object(v) for v in history],
                "note": caution,
                "pulls": {name: round(value, 2) for name, value in pulls.items()},
                "passages": [first.text[p.start : p.end] for p in shared],
            }
        )
        return
    for letter, version in zip("AB", (first, second), strict=True):
        say(f"{letter}  {version.url if caution else version.newsroom}: {version.title}")
    standing = {True: "one story; ", False: "two stories; ", None: ""}[together]
    say(
        f"{standing}{evidence.relation}: {evidence.score:.2f} against {evidence.threshold:.2f},"
        f" decided by {evidence.decided_by} ({origin})",
        bold=True,
    )
    for verdict in history:
        say(f"  {_deed(verdict)}")
    if caution:
        say(f"  {caution}")
    if pulls:
        say("  share                        feature, and how much it spoke for (+) or against (-)")
    for name, value in sorted(evidence.features, key=lambda pair: -abs(pulls.get(pair[0], 0.0))):
        pull = f"{pulls[name]:+6.1f}" if name in pulls else ""
        say(f"  {value:5.2f}  {'█' * round(min(value, 1.0) * 20):20}  {pull}  {name}")
    words = sum(passage.words for passage in shared)
    say(
        f"{counted(len(shared), 'passage')} of six words and more in common,"
        f" {counted(words, 'word')} together" + (":" if shared else ""),
        bold=True,
    )
    for passage in shared[:SHOWN]:
        said = " ".join(first.text[passage.start : passage.end].split())
        say(f"  {passage.words:4} words  “{shortened(said)}”")
    if len(shared) > SHOWN:
        say(f"  and {len(shared) - SHOWN} more")


def shortened(said: str, width: int = 110) -> str:
    """*said*, or its beginning and end with what lies between left out."""
    return said if len(said) <= width else f"{said[: width * 2 // 3]} … {said[-width // 3 :]}"


def _of_archive(
    options: Options, one: str, other: str
) -> tuple[Version, Version, Evidence | None, bool, tuple[Verdict, ...]]:
    """The two texts, the evidence between them on record, whether they are one story, and when either
    was joined or taken out. A story stands for its own text, that of its first article.
    """
    archive = open_archive(options.store())
    try:
        sides = []
        for wanted in (one, other):
            try:
                sides.append(archive.show(wanted).state)
            except NotFound:
                sides.append(archive.story(wanted).articles[0])
        a, b = sides
        if a.id == b.id:
            raise NotFound("these are versions of one article: see `newswatch show ID --diff`")
        stored = archive.evidence(a.id, b.id)
        lived = [
            v for name in dict.fromkeys((a.story, b.story)) for v in archive.story(name).history
        ]
    finally:
        archive.close()
    both = {a.id, b.id, a.story, b.story}
    history = [v for v in dict.fromkeys(lived) if len(both & {v.story, v.other, *v.articles}) > 1]
    history.sort(key=lambda v: v.at)
    return a.current, b.current, stored[0] if stored else None, a.story == b.story, tuple(history)


def _of_file(path: Path, n: int, lang: str) -> Version:
    """A text file as a version: its first line the headline, UTF-8 with what is not as U+FFFD."""
    try:
        said = path.read_bytes()[:FILE_BYTES].decode("utf-8-sig", "replace")
    except OSError as wrong:
        raise Mistake(f"{path}: {wrong.strerror}") from wrong
    title, _, body = clean(said).partition("\n")
    name = f"{'ab'[n]}"
    return Version(
        id=name, article=name, n=1, url=str(path), title=title, text=body or title, lang=lang.lower(),
        source=path.name, newsroom=f"unknown {name}", first_seen=EPOCH, quality="full",
    )  # fmt: skip


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
