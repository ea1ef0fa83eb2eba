"""From a typed line to a query: items, brackets, operators, fields.

Rule: any string gives a query or a QueryError that names the place; nothing recurses past DEPTH.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import dropwhile
from typing import Literal, NamedTuple

from newswatch.query.tree import (
    QUOTES,
    VALUE,
    And,
    Author,
    Field,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    QueryError,
    Since,
    Source,
    Until,
    Where,
    Word,
    all_of,
    any_of,
)
from newswatch.text import folded, self_bounded

LONGEST = 10_000  # characters of a query
DEPTH = 50  # brackets within brackets; each may cost six frames to walk, of Python's thousand

TEXT_FIELDS: tuple[Field, ...] = ("title", "lead", "body")
SOURCES: tuple[Source, ...] = ("source", "newsroom", "lang", "tag")
NOT_YET = ("name", "changed", "corrected")
FIELDS = (*TEXT_FIELDS, *SOURCES, "author", "since", "until", *NOT_YET)


class _Item(NamedTuple):
    """What stands at *at*: a bracket, an operator, a word or a quotation; *field* stood before."""

    kind: Literal["(", ")", "AND", "OR", "NOT", "word", "quote", "end"]
    at: int
    raw: str = ""
    field: str = ""


_SPACE = re.compile(r"\s*")
_FIELD = re.compile(r"([^\W\d_]+):(?!//)")
_BARE = re.compile(r'[^\s()"“”„«»]+')


def read(text: str) -> Query:
    """The query in *text*. Raises QueryError."""
    if len(text) > LONGEST:
        raise QueryError(
            f"a query has at most {LONGEST:,} characters, this one {len(text):,}", LONGEST, text
        )
    reader = _Reader(text)
    query = reader.either("", 0)
    if reader.next.kind == ")":
        raise reader.error("this bracket closes nothing", reader.next.at)
    if query is None:
        raise reader.error("there is no word to look for", 0, 'sanctions OR "gas pipeline"')
    try:
        check(query)
    except QueryError as wrong:
        raise reader.error(wrong.message, max(reader.negated, 0), wrong.nearest) from None
    return query


def check(query: Query) -> None:
    """Refuse what search and rules both refuse: a query that something absent alone satisfies.

    Raises QueryError.
    """
    if not _grounded(query, wanted=True):
        raise QueryError(
            "NOT alone finds nearly everything: say beside it what to look for",
            nearest="gas -sport",
        )


def _grounded(query: Query, *, wanted: bool) -> bool:
    match query:
        case Not(part):
            return _grounded(part, wanted=not wanted)
        case And(parts) | Or(parts):
            each = (_grounded(part, wanted=wanted) for part in parts)
            return any(each) if isinstance(query, And) == wanted else all(each)
    return wanted


class _Reader:
    """One walk over a query's text; *next* is the item that stands next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.negated = -1  # where the first NOT stands
        self._at = 0
        self.next = self._item()

    def error(self, message: str, at: int, nearest: str = "") -> QueryError:
        return QueryError(message, at, self.text, nearest)

    # from characters to items

    def _item(self) -> _Item:
        text = self.text
        found = _SPACE.match(text, self._at)
        at = self._at = found.end() if found else self._at
        if at == len(text):
            return _Item("end", at)
        if text[at] in "()":
            self._at += 1
            return _Item("(" if text[at] == "(" else ")", at)
        if text[at] == "-":
            while text.startswith("-", self._at):
                self._at += 1
            alone = self._at == len(text) or text[self._at].isspace() or text[self._at] == ")"
            return _Item("word" if alone or self._at - at > 1 else "NOT", at)
        if text[at] in QUOTES:
            return self._quotation(at)
        if text[at] == "/" and "/" in text[at + 1 :]:
            raise self.error("/…/ is not yet understood", at)
        if found := _FIELD.match(text, at):
            known = found[1].casefold() in FIELDS
            if known or text[found.end() : found.end() + 1].strip():
                return self._scoped(found)
        bare = _BARE.match(text, at)
        self._at = bare.end() if bare else at + 1
        raw = bare[0] if bare else ""
        if raw in ("AND", "OR", "NOT"):
            return _Item(raw, at)  # type: ignore[arg-type]
        if raw == "NEAR" or raw.startswith("NEAR/"):
            raise self.error("NEAR is not yet understood", at)
        return _Item("word", at, raw)

    def _quotation(self, at: int, field: str = "") -> _Item:
        """A quotation; in straight quotes a backslash keeps the next character."""
        closers = QUOTES[self.text[at]]
        raw: list[str] = []
        place = at + 1
        while place < len(self.text):
            c = self.text[place]
            if c in closers:
                self._at = place + 1
                return _Item("quote", at, "".join(raw), field)
            if c == "\\" and closers == '"' and place + 1 < len(self.text):
                place += 1
                c = self.text[place]
            raw.append(c)
            place += 1
        raise self.error("this quotation is never closed", at)

    def _scoped(self, found: re.Match[str]) -> _Item:
        name, at = found[1].casefold(), found.start()
        if name not in FIELDS:
            from difflib import get_close_matches  # a search without a mistake starts without it

            close = get_close_matches(name, FIELDS, 1, 0.7)
            nearest = f"{close[0]}:" if close else f'"{found[0]} …" if you look for the words'
            raise self.error(f"there is no field {found[0]}", at, nearest)
        if name in NOT_YET:
            raise self.error(f"{name}: is not yet understood", at)
        self._at = start = found.end()
        if self.text.startswith("(", start):
            self._at += 1
            return _Item("(", at, field=name)
        if start < len(self.text) and self.text[start] in QUOTES:
            return self._quotation(start, name)._replace(at=at)
        value = (_BARE if name in TEXT_FIELDS else VALUE).match(self.text, start)
        if not value:
            raise self.error(f"{name}: needs a word right after it", at, f"{name}:word")
        if name in TEXT_FIELDS and value[0].startswith("/") and "/" in value[0][1:]:
            raise self.error("/…/ is not yet understood", start)
        if name in TEXT_FIELDS and value[0].startswith("-"):
            raise self.error("the minus stands before the field", start, f"-{name}:word")
        if name in TEXT_FIELDS and (inner := _FIELD.match(value[0])) and inner[1] in FIELDS:
            raise self.error(f"{inner[0]} cannot stand inside {name}:", start)
        self._at = value.end()
        return _Item("word", at, value[0], name)

    # from items to a tree

    def _take(self) -> _Item:
        item = self.next
        self.next = self._item()
        return item

    def either(self, scope: str, depth: int) -> Query | None:
        """What OR joins, up to a closing bracket or the end; None where there is no word."""
        parts = [self._both(scope, depth)]
        places = [self.next.at]
        while self.next.kind == "OR":
            places.append(self._take().at)
            parts.append(self._both(scope, depth))
        for n, part in enumerate(parts):
            if part is None and len(parts) > 1:
                raise self.error("OR needs something on both sides", places[n or 1], "oil OR gas")
        return any_of(part for part in parts if part is not None) if parts[0] is not None else None

    def _both(self, scope: str, depth: int) -> Query | None:
        parts: list[Query] = []
        while self.next.kind not in ("OR", ")", "end"):
            if self.next.kind == "AND":
                at = self._take().at
                if not parts or self.next.kind in ("AND", "OR", ")", "end"):
                    raise self.error("AND needs something on both sides", at, "oil AND gas")
            if (part := self._one(scope, depth)) is not None:
                parts.append(part)
        return all_of(parts) if parts else None

    def _one(self, scope: str, depth: int) -> Query | None:
        """One operand with its NOTs; None for punctuation, which is nothing to look for."""
        turned = False
        at = self.next.at
        while self.next.kind == "NOT":
            self.negated = at if self.negated < 0 else self.negated
            self._take()
            turned = not turned
        if self.next.kind in ("AND", "OR", ")", "end"):
            raise self.error("NOT needs something after it", at, "gas NOT sport")
        item = self._take()
        part = self._bracket(item, scope, depth) if item.kind == "(" else self._leaf(item, scope)
        if part is None or not turned:
            return part
        return part.part if isinstance(part, Not) else Not(part)

    def _bracket(self, item: _Item, scope: str, depth: int) -> Query:
        if depth == DEPTH:
            raise self.error(f"brackets stand at most {DEPTH} deep", item.at)
        inner = self.either(self._scope(item, scope), depth + 1)
        if self.next.kind != ")":
            raise self.error("this bracket is never closed", item.at)
        if inner is None:
            raise self.error("there is nothing between these brackets", item.at)
        self._take()
        return inner

    def _scope(self, item: _Item, scope: str) -> str:
        if item.field and scope:
            raise self.error(f"{item.field}: cannot stand inside {scope}:( … )", item.at)
        if item.kind == "(" and item.field in ("since", "until"):
            raise self.error(f"{item.field}: takes one time, no brackets", item.at)
        return item.field or scope

    def _leaf(self, item: _Item, scope: str) -> Query | None:
        field = self._scope(item, scope)
        if field == "author":
            if tokens := folded(item.raw):
                return Author(tokens)
            raise self.error("author: needs a name", item.at, 'author:"jane doe"')
        for source in SOURCES:
            if field == source:
                if value := item.raw.strip().casefold():
                    return Where(source, value)
                raise self.error(f"{field}: needs a name", item.at, f"{field}:name")
        if field in ("since", "until"):
            return self._time(item, field)
        for text_field in ("", *TEXT_FIELDS):
            if field == text_field:
                return self._text(item, text_field)
        raise AssertionError(field)

    def _text(self, item: _Item, field: Field) -> Query | None:
        if item.kind == "quote":
            if tokens := folded(item.raw):
                return Phrase(tokens, field)
            raise self.error("there is no word between these quotes", item.at)
        # elsewhere a plus or an ampersand before a word asks for it; here every word is asked for
        raw = item.raw
        body = raw.rstrip("*")
        tokens = tuple(dropwhile("+&".__contains__, folded(body)))
        if "*" in body:
            raise self.error("* stands at the end of a word only", item.at, "transit*")
        if not tokens:
            if field or raw != body:
                raise self.error("there is no word here", item.at)
            return None
        if raw == body or self_bounded(tokens[-1]):
            return Word(tokens, field)
        if len(tokens[-1]) < 2:
            raise self.error("a beginning has at least two letters", item.at, "tra*")
        return Prefix(tokens, field)

    def _time(self, item: _Item, field: str) -> Query:
        value = item.raw.strip().upper()
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                day = date.fromisoformat(value)
                at = datetime(day.year, day.month, day.day, tzinfo=UTC)
                return Since(at) if field == "since" else Until(at + timedelta(days=1))
            at = datetime.fromisoformat(value)
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.error(
                f"{field}: takes a day or a time", item.at,
                f"{field}:2026-08-20 or {field}:2026-08-20T10:00Z",
            ) from None  # fmt: skip
        return Since(at) if field == "since" else Until(at)
