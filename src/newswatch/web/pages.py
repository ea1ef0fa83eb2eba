"""What each page says: a question to the archive becomes a template's name and its values.

Rule: reads through the archive it is given and nothing else; no clock, no HTTP. What the reader asked wrongly is a
`Wrong`, in the words the command line has for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from newswatch import charts, standings
from newswatch.address import redact
from newswatch.digest.pieces import language, plain_headline
from newswatch.model import EPOCH, Rule
from newswatch.query import Query, QueryError, Since, Where, match, read, view
from newswatch.query.explaining import explain
from newswatch.rules import conjoined
from newswatch.store import Archive, Hit
from newswatch.suggestions import nearest
from newswatch.web import shown
from newswatch.web.patience import Patience

EACH = 20  # hits a page
PAGES = 25  # of one list: a reader who comes so far narrows it
CAPPED = 1000  # hits are counted so far
LATEST = 10  # articles of a feed
HOURS = 48  # of a feed's course

Row = dict[str, Any]


class Wrong(Exception):
    """What was asked for is not there or not possible: an HTTP status, and words."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


@dataclass(frozen=True, slots=True)
class Page:
    """A template and what stands in it."""

    template: str
    values: Mapping[str, Any]
    status: int = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is made of: the archive, what the address names and asks, *feeds* and *rules* as they were looked
    up of late, and how long a search may take.
    """

    archive: Archive
    feeds: Callable[[], tuple[Row, ...]]
    rules: Callable[[], tuple[Row, ...]]
    patience: Patience
    named: str = ""
    query: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str) -> int | None:
        """A number of the address's query from 1 on, None where it says none. Raises Wrong."""
        said = self.query.get(name, "")
        if not said:
            return None
        if not (said.isascii() and said.isdigit() and len(said) < 10 and int(said)):
            raise Wrong(400, f"{name}: a number from 1 on is wanted")
        return int(said)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list."""

    hit: Hit
    spans: tuple[Any, ...]
    headline: tuple[Any, ...]
    passage: tuple[Any, ...]
    whose: str
    lang: str
    edition: str
    also: str = ""
    bars: str = ""
    reports: int = 1


@dataclass(frozen=True, slots=True)
class List:
    """A page of a list: its lines, its number, whether there is a next one, and how far back a search came that was
    ended because it took long.
    """

    lines: tuple[Listed, ...]
    page: int
    more: bool
    ended: datetime | None = None


# ── stories ─────────────────────────────────────────────────────────────────────────────────


def stories(asked: Asked) -> Page:
    """What is reported now: each story by the newest version in it."""
    found = _listed(asked, Since(EPOCH), stories=True)
    return Page("stories", {"found": found, "here": "/", "ask": ""})


def story(asked: Asked) -> Page:
    """One story: its course, its articles, what it is related to, and how it became one."""
    seen = asked.archive.story(asked.named)
    reports = asked.archive.reports(seen.id)
    decided = {e.article: e for e in seen.evidence if e.relation == "same"}
    title = plain_headline(seen.articles[0].current) if seen.articles else seen.id[:8]
    values = {
        "seen": seen,
        "title": title,
        "newsrooms": shown.newsrooms(reports),
        "course": shown.reported([(shown.whose(s.current), s.first_seen) for s in seen.articles]),
        "articles": [(s, s.current, decided.get(s.id)) for s in seen.articles],
    }
    return Page("story", values)


# ── an article ──────────────────────────────────────────────────────────────────────────────


def article(asked: Asked) -> Page:
    """One article: its text with what rules found in it, its versions, two of them side by side."""
    seen = asked.archive.show(asked.named)
    versions = {version.n: version for version in seen.versions}
    last = max(versions)

    def edition(name: str, otherwise: int) -> Any:
        n = asked.number(name) or otherwise
        if n not in versions:
            raise Wrong(404, f"there is no version {n}: {len(versions)} kept")
        return versions[n]

    version = edition("n", seen.state.current.n)
    old, new = edition("old", max(1, last - 1)), edition("new", last)
    spans = [s for m in seen.matches if m.version == version.id for s in m.spans]
    revision = next((r for r in seen.revisions if r.new == new.id and r.old == old.id), None)
    found: dict[str, Row] = {}
    number = {v.id: v.n for v in seen.versions}
    for m in seen.matches:
        words = ", ".join(dict.fromkeys(span.word for span in m.spans))
        found.setdefault(m.rule, {"n": number[m.version], "words": words})
    rows, after = shown.differences(old, new) if old.n != new.n else ((), 0)
    values = {
        "seen": seen,
        "version": version,
        "title": plain_headline(version),
        "headline": shown.headline(version, spans),
        "text": shown.text(version, spans),
        "removed": seen.pruned.get(version.id),
        "versions": list(zip(seen.versions, seen.last_seen, strict=True)),
        "old": old,
        "new": new,
        "pruned": [seen.pruned.get(v.id) for v in (old, new)],
        "rows": rows,
        "after": after,
        "revision": revision,
        "found": found,
    }
    return Page("article", values)


# ── search ──────────────────────────────────────────────────────────────────────────────────


def search(asked: Asked) -> Page:
    """What a query finds; a wrong one with the place where it is wrong."""
    words = asked.query.get("q", "").strip()
    relevance = asked.query.get("sort") == "relevance"
    by_story = asked.query.get("by") == "stories"
    values: dict[str, Any] = {"ask": words, "relevance": relevance, "by_story": by_story}
    if not words:
        return Page("search", values)
    try:
        query = read(words)
    except QueryError as wrong:
        return Page("search", values | {"wrong": str(wrong), "ask": words[:2000]}, 400)
    found = _listed(asked, query, stories=by_story, relevance=relevance)
    said = asked.archive.count(query, stories=by_story) if found.lines and not found.ended else None
    own = {name: asked.query[name] for name in ("sort", "by") if asked.query.get(name)}
    values |= {
        "found": found,
        "count": said,
        "capped": CAPPED,
        "explained": explain(query),
        "instead": () if found.lines or found.ended else nearest(asked.archive, query, words),
        "here": f"/search?{urlencode({'q': words, **own})}",
    }
    return Page("search", values)


# ── rules ───────────────────────────────────────────────────────────────────────────────────


def rules(asked: Asked) -> Page:
    """The rules in force, and how much each found."""
    return Page("rules", {"rules": asked.rules()})


def rule(asked: Asked) -> Page:
    """One rule, and the stories that it finds: a rule finds what a search with its query finds."""
    row = _named(asked, asked.rules(), "rule")
    of = Rule(row["name"], row["query"], feeds=tuple(row["feeds"]), tags=tuple(row["tags"]))
    try:
        query = conjoined(of)
    except QueryError as wrong:
        raise Wrong(400, str(wrong)) from wrong
    values = {
        "rule": row,
        "explained": explain(query),
        "found": _listed(asked, query, stories=True),
        "here": "",
    }
    return Page("rule", values)


# ── feeds ───────────────────────────────────────────────────────────────────────────────────


def feeds(asked: Asked) -> Page:
    """Every feed, and how it does."""
    found = [_feed(feed) for feed in asked.feeds()]
    return Page(
        "feeds", {"feeds": sorted(found, key=lambda feed: (feed["well"], feed["state"] == "ok"))}
    )


def feed(asked: Asked) -> Page:
    """One feed: what is judged of it, its course, what it brought last."""
    row = _feed(_named(asked, asked.feeds(), "feed"))
    query = Where("source", row["name"].casefold())
    values = {
        "feed": row,
        "course": shown.bars(course) if (course := _course(row)) else None,
        "window": standings.window(row["window"], row["window_lasts"]) if row["window"] else "",
        "found": _listed(asked, query, each=LATEST, paged=False),
    }
    return Page("feed", values)


def _feed(row: Row) -> Row:
    feed = row | {"standing": "in force"}
    said = standings.state(feed)
    return feed | {
        "url": redact(row["url"]),
        "link": shown.link(row["url"]),
        "state": said,
        "well": said.startswith("ok"),
        "pages_now": standings.pages(row),
    }


def _course(row: Row) -> charts.Chart | None:
    """What a feed brought by the hour, None where it is not known."""
    lately = row["lately"]
    if not lately:
        return None
    hour = timedelta(hours=1)
    entries = lately["entries"][-HOURS:]
    since = datetime.fromisoformat(lately["since"]) + hour * (len(lately["entries"]) - len(entries))
    return charts.Chart(
        "New entries", ("entry", "entries"), since, hour, ((row["name"], tuple(entries)),)
    )


def _named(asked: Asked, rows: Sequence[Row], what: str) -> Row:
    found = next((row for row in rows if row["name"] == asked.named), None)
    if found is None:
        raise Wrong(404, f'there is no {what} "{asked.named[:100]}"')
    return found


# ── lists ───────────────────────────────────────────────────────────────────────────────────


def _listed(
    asked: Asked,
    query: Query,
    *,
    stories: bool = False,
    relevance: bool = False,
    each: int = EACH,
    paged: bool = True,
) -> List:
    """One page of what a query finds, newest first. Raises Wrong for a page beyond the last there can be."""
    page = (asked.number("page") or 1) if paged else 1
    if page > PAGES:
        raise Wrong(
            404, f"a list has {PAGES} pages at most: narrow it by a word, or by since: and until:"
        )
    wanted = page * each + 1
    hits: list[Hit] = []
    ended: datetime | None = None
    try:
        for hit in asked.archive.search(
            query,
            limit=wanted,
            sort="relevance" if relevance else "newest",
            stories=stories,
            looked=asked.patience.look,
        ):
            hits.append(hit)  # noqa: PERF402 - what was found stays where the search is ended
    except TimeoutError:
        ended = asked.patience.reached
    lines = tuple(
        _line(asked, query, hit, stories=stories) for hit in hits[(page - 1) * each :][:each]
    )
    return List(lines, page, len(hits) == wanted and page < PAGES and paged, ended)


def _line(asked: Asked, query: Query, hit: Hit, *, stories: bool) -> Listed:
    version = hit.version
    spans = match(query, view(version)) or ()
    reports = asked.archive.reports(hit.story) if stories else ()
    return Listed(
        hit,
        spans,
        shown.headline(version, spans),
        shown.passage(version, spans),
        shown.whose(version),
        language(version),
        shown.EDITIONS.get(version.kind, ""),
        shown.also(reports, version),
        shown.course(reports),
        max(1, len(reports)),
    )
