"""Our nouns as rows of the SQLite store, and back: one pair of functions a noun.

Rule: pure; nothing here asks the database. Articles shown in a feed travel as JSON in one column.
"""

from __future__ import annotations

import json
import struct
from datetime import UTC, datetime
from itertools import starmap
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from newswatch import model
from newswatch.model.basics import Relation
from newswatch.model.watched import JudgementKind
from newswatch.store.contract import Verdict
from newswatch.store.sqlite import Row, maybe_moment, moment, pack, stamp, zoned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from newswatch.model import (
        Article,
        ArticleState,
        Backfill,
        Copy,
        Counted,
        Evidence,
        Feed,
        Health,
        Hints,
        Judgement,
        Match,
        Notification,
        Request,
        Revision,
        Rhythm,
        Rule,
        Shown,
        Source,
        Span,
        Version,
    )

RELATIONS = get_args(Relation)
GRAVITY = get_args(JudgementKind)  # what may be judged of a feed, the gravest first
RESTING = "resting"  # the `failure` of a request that was not asked, as its host asked for rest


def feed_row(feed: Feed) -> dict[str, object]:
    """A feed as its row."""
    return {
        "name": feed.name,
        "url": feed.url,
        "newsroom": feed.newsroom,
        "lang": feed.lang,
        "tags": pack(list(feed.tags)),
        "pages": feed.pages,
        "format": feed.format,
        "min_interval": feed.min_interval,
        "max_interval": feed.max_interval,
        "alert_backlog": int(feed.alert_backlog),
        "enabled": int(feed.enabled),
        "looks": int(feed.looks),
        "terms": feed.terms,
        "user_agent": feed.user_agent,
        "headers": pack(dict(feed.headers)),
        "sitemap": feed.sitemap,
    }


def feed_of(row: Row) -> Feed:
    """The feed of a row."""
    return model.Feed(
        name=row["name"],
        url=row["url"],
        newsroom=row["newsroom"],
        lang=row["lang"],
        tags=tuple(json.loads(row["tags"])),
        pages=row["pages"],
        format=row["format"],
        min_interval=row["min_interval"],
        max_interval=row["max_interval"],
        alert_backlog=bool(row["alert_backlog"]),
        enabled=bool(row["enabled"]),
        looks=bool(row["looks"]),
        terms=row["terms"],
        user_agent=row["user_agent"],
        headers=tuple(json.loads(row["headers"]).items()),
        sitemap=row["sitemap"],
    )


def source_of(feed: Feed) -> Source:
    """What a request needs of its feed."""
    headers = tuple(sorted(feed.headers))  # as the register has them
    return model.Source(feed.url, feed.pages, feed.user_agent, headers, feed.sitemap)


def _article_json(article: Article) -> dict[str, object]:
    return {
        "url": article.url,
        "title": article.title,
        "text": article.text,
        "lang": article.lang,
        "author": article.author,
        "published": zoned(article.published),
        "published_from": article.published_from,
        "quality": article.quality,
        "text_from": article.text_from,
        "canonical": article.canonical,
        "relations": list(article.relations),
    }


def _article_of(value: dict[str, Any]) -> Article:
    return model.Article(
        **{
            **value,
            "published": maybe_moment(value["published"]),
            "relations": tuple(value["relations"]),
        }
    )


def shown_json(shown: Shown | None) -> str:
    """A feed's showing of an entry as JSON, '' for none."""
    if shown is None:
        return ""
    article = None if shown.article is None else _article_json(shown.article)
    return pack({"hash": shown.hash, "guid": shown.guid, "url": shown.url, "article": article})


def shown_of(text: str) -> Shown | None:
    """The showing of a JSON text."""
    if not text:
        return None
    value = json.loads(text)
    article = value["article"]
    return model.Shown(
        value["hash"], value["guid"], value["url"], _article_of(article) if article else None
    )


def request_row(request: Request) -> dict[str, object]:
    """A request as its row; its *last* window lives in a table of its own, its *source* in the register."""
    return {
        "id": request.id,
        "kind": request.kind,
        "url": request.url,
        "feed": request.feed,
        "due": stamp(request.due),
        "first_seen": stamp(request.first_seen),
        "lang": request.lang,
        "etag": request.etag,
        "last_modified": request.last_modified,
        "body_hash": request.body_hash,
        "shown": shown_json(request.shown),
        "backlog": int(request.backlog),
        "polls": request.polls,
        "successes": request.successes,
        "failures": request.failures,
        "interval": request.interval,
        "pending": int(request.pending),
        "format": request.format,
        "moved": request.moved,
        "rhythm": rhythm_json(request.rhythm),
        "hints": hints_json(request.hints),
        "life": request.life,
        "health": health_json(request.health),
        "look": request.look,
        "changed": stamp(request.changed),
        "kills": request.kills,
        "killed": stamp(request.killed),
    }


# What else is kept of a request, before it is asked.
NEVER_ASKED: dict[str, object] = {
    "tried": "", "succeeded": "", "failing_since": "", "failure": "", "status": 0,
}  # fmt: skip


def request_of(
    row: Row,
    last: str = "",
    lease: str = "",
    source: Source = model.UNREGISTERED,
    backfill: Backfill | None = None,
) -> Request:
    """The request of a row; one that is claimed under a new *lease* with what its trip needs to know."""
    return model.Request(
        id=row["id"],
        kind=row["kind"],
        url=row["url"],
        feed=row["feed"],
        due=moment(row["due"]),
        first_seen=moment(row["first_seen"]),
        lang=row["lang"],
        lease=lease,
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_hash=row["body_hash"],
        last=last,
        shown=shown_of(row["shown"]),
        backlog=bool(row["backlog"]),
        polls=row["polls"],
        successes=row["successes"],
        failures=row["failures"],
        interval=row["interval"],
        pending=bool(row["pending"]),
        format=row["format"],
        moved=row["moved"],
        rhythm=rhythm_of(row["rhythm"]),
        hints=hints_of(row["hints"]),
        life=row["life"],
        health=health_of(row["health"]),
        look=row["look"],
        changed=maybe_moment(row["changed"]),
        kills=row["kills"],
        killed=maybe_moment(row["killed"]),
        source=source,
        backfill=backfill,
    )


# Each poll reads and writes one, of some eighty pairs of numbers: five times as fast as `json` and the pairs made by hand.
# What one lacks is as before the first poll.
_RHYTHM = msgspec.json.Decoder(model.Rhythm)


def rhythm_json(rhythm: Rhythm) -> str:
    """A feed's rhythm as JSON, '' before its first good poll."""
    return "" if rhythm == model.UNHEARD else msgspec.json.encode(rhythm).decode()


def rhythm_of(text: str) -> Rhythm:
    """The rhythm of a JSON text."""
    return _RHYTHM.decode(text) if text else model.UNHEARD


def health_json(health: Health) -> str:
    """A feed's health as JSON, '' where nothing is known."""
    if health == model.UNJUDGED:
        return ""
    return pack(
        {
            "judgements": [
                [one.kind, one.evidence, stamp(one.since), stamp(one.seen)] for one in health.judgements
            ],
            "stirred": stamp(health.stirred), "changed": stamp(health.changed),
            "slowest": health.slowest, "undated": health.undated, "gone": health.gone,
            "since": stamp(health.since), "shown": stamp(health.shown),
        }
    )  # fmt: skip


def health_of(text: str) -> Health:
    """The health of a JSON text."""
    if not text:
        return model.UNJUDGED
    value = json.loads(text)
    judgements = tuple(
        model.Judgement(kind, said, moment(since), moment(seen))
        for kind, said, since, seen in value["judgements"]
    )
    # A store of before has no "shown".
    times = {
        name: maybe_moment(value.get(name, "")) for name in ("stirred", "changed", "since", "shown")
    }
    return model.Health(**{**value, **times, "judgements": judgements})


# The feeds of which something is judged: their own requests, not the parts of an index.
JUDGED = (
    "SELECT feed.name, request.health FROM feed JOIN request ON request.feed = feed.name"
    " AND request.kind = 'feed' AND request.url = feed.url AND request.pending = 1"
    " WHERE instr(request.health, '\"judgements\":[[') AND feed.enabled = 1 ORDER BY feed.name"
)


def judged(found: Iterable[Row]) -> tuple[tuple[str, Judgement], ...]:
    """What the rows of `JUDGED` say: each feed with one judgement at a time."""
    return tuple(
        (str(row["name"]), one) for row in found for one in health_of(row["health"]).judgements
    )


def spoken_judgements(text: str) -> list[dict[str, str]]:
    """What is judged of a feed, for the command line's JSON."""
    if not text:
        return []
    return [
        {"kind": kind, "evidence": said, "since": since, "seen": seen}
        for kind, said, since, seen in json.loads(text)["judgements"]
    ]


def spoken_rhythm(text: str, life: float) -> dict[str, Any]:
    """A feed's window, in how many seconds it is to move on whole, and the last hours, the newest last:
    when the first begins, how many polls and how many new entries each had.
    """
    rhythm = rhythm_of(text)
    first = 3600 * (rhythm.hour - len(rhythm.lately) + 1)
    return {
        "window": rhythm.size,
        "window_lasts": round(life) or None,
        "lately": {
            "since": f"{datetime.fromtimestamp(first, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "polls": [polls for polls, _ in rhythm.lately],
            "entries": [entries for _, entries in rhythm.lately],
        }
        if rhythm.lately
        else None,
    }


def hints_json(hints: Hints) -> str:
    """What a channel asks for as JSON, '' for nothing."""
    if hints == model.UNASKED:
        return ""
    return pack(
        {"ttl": hints.ttl, "hours": sorted(hints.skip_hours), "days": sorted(hints.skip_days)}
    )


def hints_of(text: str) -> Hints:
    """The hints of a JSON text."""
    if not text:
        return model.UNASKED
    value = json.loads(text)
    return model.Hints(value["ttl"], frozenset(value["hours"]), frozenset(value["days"]))


def version_row(version: Version, row: int) -> dict[str, object]:
    """A version as its row; *row* is the rowid that follows its time."""
    return {
        "row": row,
        "id": version.id,
        "article": version.article,
        "n": version.n,
        "url": version.url,
        "title": version.title,
        "text": version.text,
        "lang": version.lang,
        "source": version.source,
        "newsroom": version.newsroom,
        "tags": pack(list(version.tags)),
        "author": version.author,
        "published": zoned(version.published),
        "published_from": version.published_from,
        "quality": version.quality,
        "text_from": version.text_from,
        "kind": version.kind,
        "credit": version.credit,
        "relations": pack(list(version.relations)),
        "first_seen": stamp(version.first_seen),
    }


def version_of(row: Row) -> Version:
    """The version of a row; one whose text is not where it was moved to (`store.months`) has none."""
    return model.Version(
        id=row["id"],
        article=row["article"],
        n=row["n"],
        url=row["url"],
        title=row["title"],
        text=row["text"] or "",
        lang=row["lang"],
        source=row["source"],
        newsroom=row["newsroom"],
        first_seen=moment(row["first_seen"]),
        tags=tuple(json.loads(row["tags"])),
        author=row["author"],
        published=maybe_moment(row["published"]),
        published_from=row["published_from"],
        quality=row["quality"],
        text_from=row["text_from"],
        kind=row["kind"],
        credit=row["credit"],
        relations=tuple(json.loads(row["relations"])),
    )


def state_of(row: Row, current: Version) -> ArticleState:
    """The article of a row, with its current version."""
    return model.ArticleState(
        id=row["id"],
        url=row["url"],
        story=row["story"],
        source=row["source"],
        newsroom=row["newsroom"],
        first_seen=moment(row["first_seen"]),
        current=current,
        versions=row["versions"],
        quiet=bool(row["quiet"]),
    )


def revision_row(revision: Revision) -> dict[str, object]:
    """A revision as its row."""
    return {
        "new": revision.new,
        "old": revision.old,
        "kind": revision.kind,
        "changes": pack([[c.what, c.old, c.new] for c in revision.changes]),
        "note": revision.note,
        "kept": revision.kept,
    }


def revision_of(row: Row) -> Revision:
    """The revision of a row."""
    return model.Revision(
        old=row["old"],
        new=row["new"],
        kind=row["kind"],
        changes=tuple(model.Change(*change) for change in json.loads(row["changes"])),
        note=row["note"],
        kept=row["kept"],
    )


def spans_json(spans: tuple[Span, ...]) -> str:
    """Spans as JSON."""
    return pack([[s.field, s.start, s.end, s.word] for s in spans])


def spans_of(text: str) -> tuple[Span, ...]:
    """The spans of a JSON text."""
    return tuple(model.Span(*span) for span in json.loads(text))


def match_of(row: Row) -> Match:
    """The match of a row."""
    return model.Match(
        rule=row["rule"],
        version=row["version"],
        article=row["article"],
        story=row["story"],
        at=moment(row["at"]),
        spans=spans_of(row["spans"]),
    )


def evidence_of(row: Row) -> Evidence:
    """The evidence of a link's row."""
    return model.Evidence(
        article=row["article"],
        other=row["other"],
        relation=row["relation"],
        score=row["score"],
        threshold=row["threshold"],
        decided_by=row["decided_by"],
        features=tuple((name, value) for name, value in json.loads(row["features"])),
    )


def notification_of(row: Row) -> Notification:
    """The notification of a row."""
    return model.Notification(
        recipient=row["recipient"],
        digest=row["digest"],
        rule=row["rule"],
        story=row["story"],
        occasion=row["occasion"],
        version=row["version"],
        article=row["article"],
        at=moment(row["at"]),
        priority=row["priority"],
    )


def rule_of(row: Row) -> Rule:
    """The rule of a row."""
    return model.Rule(
        name=row["name"],
        query=row["query"],
        tell=tuple(json.loads(row["tell"])),
        priority=row["priority"],
        feeds=tuple(json.loads(row["feeds"])),
        tags=tuple(json.loads(row["tags"])),
    )


def copy_of(row: Row, relation: Relation) -> Copy:
    """An article as "also reported by" names it; *row* joins article and current version."""
    return model.Copy(
        newsroom=row["newsroom"],
        title=row["title"],
        url=row["url"],
        first_seen=moment(row["first_seen"]),
        relation=relation,
        credit=row["credit"],
    )


def verdict_of(row: Row) -> Verdict:
    """One line of a story's history from a row of `change`; older rows do not say why."""
    data = json.loads(row["data"])
    return Verdict(
        at=moment(row["at"]),
        kind=row["kind"],
        story=row["subject"],
        articles=tuple(data.get("articles", ())),
        why=data.get("why", ""),
        by=data.get("by", "text"),
        other=data.get("into") or data.get("from") or "",
    )


_COUNTED = struct.Struct("<QHQ")


def counted_row(lines: Iterable[Counted]) -> bytes:
    """The lines of a newsroom as they are kept."""
    return b"".join(_COUNTED.pack(one.line, one.times, one.story) for one in lines)


def counted_of(lines: bytes) -> tuple[Counted, ...]:
    """The lines of a newsroom as they were kept."""
    return tuple(starmap(model.Counted, _COUNTED.iter_unpack(lines)))
