"""What a change of an archive's history means elsewhere: to which articles' documents, and to which rows of tables.

Rule: pure. docs/changes.schema.json is what comes in; the columns that go out are a contract as well (docs/streams.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from newswatch.address import redact

T = TypeVar("T")
Change = Mapping[str, Any]
LARGEST = 5_000_000  # bytes of one POST: engines and hooks take ten million and more
VERSION = (
    "url", "title", "text", "lang", "source", "newsroom", "author", "published", "published_from", "quality",
    "text_from", "credit", "first_seen", "tags", "relations",
)  # fmt: skip


class Standing(Protocol):
    """What an archive says of how it stands now."""

    def described(self, article: str) -> dict[str, Any] | None:
        """An article as `export` gives it, with the `rules` that it satisfies; None for one that is gone."""

    def matched_before(self, rule: str, change: int) -> Sequence[str]:
        """The articles of which the history before a *change* tells that they satisfied a *rule*."""


# ── documents ───────────────────────────────────────────────────────────────────────────────


def touched(changes: Iterable[Change], archive: Standing) -> dict[str, int]:
    """The articles whose documents *changes* alter, each with the last change (id) that does."""
    found: dict[str, int] = {}
    for change in changes:
        for article in _touched(change, archive):
            found.pop(article, None)  # the last touched stands last
            found[article] = change["id"]
    return found


def _touched(change: Change, archive: Standing) -> Sequence[str]:
    kind, subject, data = change["kind"], change["subject"], change["data"]
    if kind in {"article", "address", "current"}:
        return (subject,)
    if kind in {"version", "match"}:
        return (data["article"],) if "article" in data else ()
    if kind in {"merge", "split"}:
        return tuple(data.get("articles", ()))
    if kind == "pruned":
        return (subject,) if data["what"] in {"texts", "article"} else ()
    if kind == "rule" and data.get("anew"):  # what it found before is forgotten
        return archive.matched_before(subject, change["id"])
    return ()


def document(described: Mapping[str, Any], change: int) -> dict[str, Any]:
    """An article as a document, as it stands behind a *change* (id); no password is in its addresses."""
    return {
        **described,
        "url": redact(described["url"]),
        "addresses": [redact(url) for url in described["addresses"]],
        "change_id": change,
    }


def line(value: Mapping[str, Any]) -> bytes:
    """An object as one line of JSON, its end included."""
    try:
        return json.dumps(value, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # half a letter
        return json.dumps(value).encode() + b"\n"


def pieces(
    items: Iterable[T], bytes_of: Callable[[T], bytes], count: int, most: int = LARGEST
) -> Iterator[list[T]]:
    """*items* in their order, in pieces of at most so many, and of at most so many bytes; one that is larger stands alone."""
    piece: list[T] = []
    size = 0
    for item in items:
        body = bytes_of(item)
        if piece and (len(piece) == count or size + len(body) > most):
            yield piece
            piece, size = [], 0
        piece.append(item)
        size += len(body)
    if piece:
        yield piece


# ── rows ────────────────────────────────────────────────────────────────────────────────────


def rows(change: Change) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows that a change is, each with its table's name: `versions`, `matches` or `moves`."""
    own = {"change_id": change["id"], "changed_at": time_of(change["at"])}
    kind, subject, data, held = change["kind"], change["subject"], change["data"], change["held"]
    if kind == "version":
        yield "versions", own | _version(subject, data, held)
        yield "moves", _move(own, "version", data["article"], version=subject)
    elif kind == "match":
        yield "matches", own | _match(subject, data, held)
    elif kind == "article":
        yield (
            "moves",
            _move(own, "article", subject, data["story"], data.get("current") or None),
        )
    elif kind == "current":
        yield "moves", _move(own, "current", subject, version=data["version"])
    elif kind in {"merge", "split"}:
        into = data["into"] if kind == "merge" else subject
        for article in data.get("articles", ()):
            yield "moves", _move(own, kind, article, into)
    elif kind == "pruned" and data["what"] == "article":
        yield "moves", _move(own, "gone", subject)
    elif kind == "pruned" and data["what"] == "texts":
        for version in data.get("versions", ()):
            yield "moves", _move(own, "pruned", subject, version=version)
    elif kind == "rule" and data.get("anew"):
        yield "moves", _move(own, "anew", rule=subject)
    elif kind == "whole":
        yield "moves", _move(own, "whole")


def _move(
    own: Mapping[str, Any],
    kind: str,
    article: str | None = None,
    story: str | None = None,
    version: str | None = None,
    rule: str | None = None,
) -> dict[str, Any]:
    return {
        **own, "kind": kind, "article": article, "story": story, "version": version, "rule": rule,
    }  # fmt: skip


def _version(
    version: str, data: Mapping[str, Any], held: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A version with what changed in it; of one that is gone, that there was one."""
    kept = held["version"] if held else {}
    revision = (held["revision"] if held else None) or {}
    return {
        "version": version,
        "article": data["article"],
        "n": data["n"],
        "kind": data["kind"],
        **{name: kept.get(name) for name in VERSION},
        "url": redact(kept["url"]) if kept else None,
        "published": time_of(kept.get("published")),
        "first_seen": time_of(kept.get("first_seen")),
        "pruned": held is None or bool(held["pruned"]),
        "replaces": revision.get("old"),
        "note": revision.get("note"),
        "kept": revision.get("kept"),
        "changes": [dict(one) for one in revision.get("changes", ())],
    }


def _match(version: str, data: Mapping[str, Any], held: Mapping[str, Any] | None) -> dict[str, Any]:
    spans = held["spans"] if held else ()
    return {
        "rule": data["rule"],
        "version": version,
        "article": data.get("article"),
        "story": data["story"],
        "matched": time_of(data.get("at")),
        "spans": [
            dict(zip(("field", "start", "end", "word"), span, strict=True)) for span in spans
        ],
    }


def time_of(stamp: str | None) -> datetime | None:
    """A time as a history writes it; None for none."""
    return datetime.fromisoformat(stamp) if stamp else None
