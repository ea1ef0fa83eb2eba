"""From a typed line to a query: items, brackets, operators, fields.

Rule: any string gives a query or a QueryError that names the place; nothing recurses past DEPTH.
"""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, date, datetime, timedelta
from itertools import dropwhile
from typing import Literal, NamedTuple

from newswatch.query.near import WIDEST, Unfit, near
from newswatch.query.tree import (
    QUOTES,
    VALUE,
    And,
    Author,
    Edited,
    Edition,
    Field,
    Name,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    QueryError,
    Regex,
    Since,
    Source,
    Until,
    Where,
    Word,
    all_of,
    any_of,
    show,
)
from newswatch.text import fold, folded, self_bounded

LONGEST = 10_000  # characters of a query
DEPTH = 50  # brackets within brackets; each may cost six frames to walk, of Python's thousand

HINT = 80  # characters of a mended query that is shown whole
_TRUTHS = {"true": "yes", "1": "yes", "on": "yes", "false": "no", "0": "no", "off": "no"}

TEXT_FIELDS: tuple[Field, ...] = ("title", "lead", "body")
SOURCES: tuple[Source, ...] = ("source", "newsroom", "lang", "tag")
EDITIONS: tuple[Edition, ...] = ("changed", "corrected")
FIELDS = (*TEXT_FIELDS, *SOURCES, "author", "name", *EDITIONS, "since", "until")


class _Item(NamedTuple):
    """What stands at *at*: a bracket, an operator, a word, a quotation or a regular expression;
    *field* stood before. In a quotation *star* is where a * ends a word as it ends a beginning.
    """

    kind: Literal["(", ")", "AND", "OR", "NOT", "NEAR", "word", "quote", "regex", "end"]
    at: int
    raw: str = ""
    field: str = ""
    star: int = -1


_SPACE = re.compile(r"\s*")
_FIELD = re.compile(r"([^\W\d_]+):(?!//)")
_REGEX = re.compile(r"/(?!\s)((?:[^/\\]|\\.)+)/", re.DOTALL)
_BARE = re.compile(r'[^\s()"“”„«»]+')


def read(text: str, *, alone: bool = True) -> Query:
    """The query in *text*, which may exclude only where it stands not *alone*. Raises QueryError."""
    if len(text) > LONGEST:
        raise QueryError(
            f"a query has at most {LONGEST:,} characters, this one {len(text):,}", LONGEST, text
        )
    if not text.isascii() and (length := len(fold(text))) > LONGEST:  # it is printed folded
        raise QueryError(
            f"a query has at most {LONGEST:,} characters, this one {length:,} as it is kept (ß as ss)",
            LONGEST, text,
        )  # fmt: skip
    reader = _Reader(text)
    query = reader.either("", 0)
    if reader.next.kind == ")":
        raise reader.error(
            "this bracket closes nothing", reader.next.at, reader.without(reader.next.at)
        )
    if query is None:
        raise reader.error("there is no word to look for", 0, 'sanctions OR "gas pipeline"')
    if alone and not _grounded(query, wanted=True):
        raise reader.error(
            "NOT alone finds nearly everything: say beside it what to look for",
            max(reader.negated, 0),
            "gas -sport",
        )
    if alone and reader.pattern >= 0 and not _anchored(query):
        raise reader.error(
            "a regular expression needs a word beside it: it alone would be tried on every text",
            reader.pattern,
            r"flight /AS-\d{4,6}/",
        )
    return query


def _grounded(query: Query, *, wanted: bool) -> bool:
    match query:
        case Not(part):
            return _grounded(part, wanted=not wanted)
        case And(parts) | Or(parts):
            each = (_grounded(part, wanted=wanted) for part in parts)
            return any(each) if isinstance(query, And) == wanted else all(each)
    return wanted


def _anchored(query: Query) -> bool:
    """Whether the index can say which versions may satisfy *query*, whatever its patterns do."""
    match query:
        case And(parts):
            return any(map(_anchored, parts))
        case Or(parts):
            return all(map(_anchored, parts))
        case Regex() | Since() | Until() | Edited() | Author() | Not():
            return False
    return True


class _Reader:
    """One walk over a query's text; *next* is the item that stands next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.negated = self.pattern = -1  # where the first NOT, the first /…/ stands
        self._at = 0
        self.next = self._item()

    def error(self, message: str, at: int, nearest: str = "") -> QueryError:
        return QueryError(message, at, self.text, nearest)

    def without(self, at: int) -> str:
        """The query without the character at *at*: the form that a slip was nearest to."""
        return _shown(self.text[:at] + self.text[at + 1 :])

    def instead(self, item: _Item, right: str) -> str:
        """The query with *right* in the place of an item, which is the last that was read there."""
        end = item.at + len(item.raw)
        return _shown(self.text[: item.at] + right + self.text[end:])

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
        if text[at] == "/" and (pattern := self._pattern(at)):
            return pattern
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
            return _Item("NEAR", at, raw)
        return _Item("word", at, raw)

    def _pattern(self, at: int, field: str = "") -> _Item | None:
        """A regular expression that begins at the slash; None where the slash begins none."""
        found = _REGEX.match(self.text, at)
        if found is None:
            return None
        after = self.text[found.end() : found.end() + 1]
        if after.strip() not in ("", ")"):
            raise self.error(
                r"a slash within /…/ is written \/, a path stands in quotes", found.end() - 1,
                f'"{_BARE.match(self.text, at)[0]}"' if not field else "",  # type: ignore[index]
            )  # fmt: skip
        from newswatch.query.regex import Refused, check

        try:
            check(found[1])
        except Refused as wrong:
            raise self.error(f"/…/: {wrong.reason}", at + 1 + wrong.at) from None
        self._at = found.end()
        self.pattern = at if self.pattern < 0 else self.pattern
        return _Item("regex", at, found[1], field)

    def _quotation(self, at: int, field: str = "") -> _Item:
        """A quotation; in straight quotes a backslash keeps the next character."""
        closers = QUOTES[self.text[at]]
        raw: list[str] = []
        place, star = at + 1, -1
        while place < len(self.text):
            c = self.text[place]
            if c in closers:
                self._at = place + 1
                return _Item("quote", at, "".join(raw), field, star)
            if c == "*" and star < 0 and self._ends_a_word(place, closers):
                star = place
            if c == "\\" and closers == '"' and place + 1 < len(self.text):
                place += 1
                c = self.text[place]
            raw.append(c)
            place += 1
        closed = self.text.rstrip() + closers[0]
        said = any(c.isalnum() for c in self.text[at:])
        raise self.error("this quotation is never closed", at, _shown(closed) if said else "")

    def _ends_a_word(self, place: int, closers: str) -> bool:
        """Whether what stands at *place* in a quotation ends a word of two letters and more."""
        before, after = self.text[place - 2 : place], self.text[place + 1 : place + 2]
        letters = before.isalpha() and len(before) == 2 and not self_bounded(before[-1])
        return letters and (after.isspace() or after in closers)

    def _scoped(self, found: re.Match[str]) -> _Item:
        name, at = found[1].casefold(), found.start()
        if name not in FIELDS:
            from difflib import get_close_matches  # a search without a mistake starts without it

            close = get_close_matches(name, FIELDS, 1, 0.7)
            value = _BARE.match(self.text, found.end())
            nearest = f'"{found[0]} …" if you look for the words'
            if close:
                nearest = f"{close[0]}:{value[0] if value else ''}"
            raise self.error(f"there is no field {found[0]}", at, nearest)
        self._at = start = found.end()
        if self.text.startswith("(", start):
            self._at += 1
            return _Item("(", at, field=name)
        if start < len(self.text) and self.text[start] in QUOTES:
            return self._quotation(start, name)._replace(at=at)
        value = (_BARE if name in TEXT_FIELDS else VALUE).match(self.text, start)
        if not value:
            word = _BARE.match(
                self.text, self.text.find(self.text[start:].strip()[:1] or " ", start)
            )
            said = word[0] if word and self.text[start:].strip() else "word"
            raise self.error(f"{name}: needs a word right after it", at, f"{name}:{said}")
        if name in TEXT_FIELDS and (pattern := self._pattern(start, name)):
            return pattern._replace(at=at)
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
        """One operand, or a chain of NEAR, with its NOTs; None for punctuation, which is nothing
        to look for.
        """
        turned = False
        at = self.next.at
        while self.next.kind == "NOT":
            self.negated = at if self.negated < 0 else self.negated
            self._take()
            turned = not turned
        if self.next.kind == "NEAR":
            raise self.error("NEAR needs a word on both sides", self.next.at, "gas NEAR/8 transit")
        if self.next.kind in ("AND", "OR", ")", "end"):
            raise self.error("NOT needs something after it", at, "gas NOT sport")
        part = self._chain(scope, depth)
        if part is None or not turned:
            return part
        return part.part if isinstance(part, Not) else Not(part)

    def _chain(self, scope: str, depth: int) -> Query | None:
        """One operand, and what stands NEAR it."""
        first = self._operand(scope, depth)
        if self.next.kind != "NEAR":
            return first
        at, parts, within = self.next.at, [first], []
        while self.next.kind == "NEAR":
            sign = self._take()
            distance = re.fullmatch(r"NEAR/([0-9]{1,4})", sign.raw)
            if not distance or not 1 <= int(distance[1]) <= WIDEST:
                number = re.search("[0-9]+", sign.raw)
                fit = min(max(int(number[0][:9]), 1), WIDEST) if number else 8
                raise self.error(
                    f"NEAR takes a number of words, 1 to {WIDEST:,}", sign.at,
                    self.instead(sign, f"NEAR/{fit}"),
                )  # fmt: skip
            within.append(int(distance[1]))
            missing = self.next.kind in ("AND", "OR", "NOT", "NEAR", ")", "end")
            parts.append(None if missing else self._operand(scope, depth))
            if parts[-1] is None or first is None:
                raise self.error("NEAR needs a word on both sides", sign.at, "gas NEAR/8 transit")
        try:
            return near([part for part in parts if part is not None], within)
        except Unfit as wrong:
            raise self.error(str(wrong), at, wrong.nearest) from None

    def _operand(self, scope: str, depth: int) -> Query | None:
        item = self._take()
        return self._bracket(item, scope, depth) if item.kind == "(" else self._leaf(item, scope)

    def _bracket(self, item: _Item, scope: str, depth: int) -> Query:
        if depth == DEPTH:
            raise self.error(f"brackets stand at most {DEPTH} deep", item.at)
        inner = self.either(self._scope(item, scope), depth + 1)
        if self.next.kind != ")":
            raise self.error(
                "this bracket is never closed", item.at, _shown(self.text.rstrip() + ")")
            )
        if inner is None:
            raise self.error("there is nothing between these brackets", item.at)
        self._take()
        return inner

    def _scope(self, item: _Item, scope: str) -> str:
        if item.field and scope:
            raise self.error(f"{item.field}: cannot stand inside {scope}:( … )", item.at)
        if item.kind == "(" and item.field in ("since", "until", *EDITIONS):
            kind = "yes or no" if item.field in EDITIONS else "one time"
            raise self.error(f"{item.field}: takes {kind}, no brackets", item.at)
        return item.field or scope

    def _leaf(self, item: _Item, scope: str) -> Query | None:
        field = self._scope(item, scope)
        if field == "author":
            if tokens := folded(item.raw):
                return Author(tokens)
            raise self.error("author: needs a name", item.at, 'author:"jane doe"')
        if field == "name":
            if "*" in item.raw:
                raise self.error(
                    "name: takes a whole name, it finds its endings itself", item.at,
                    f"name:{item.raw.replace('*', '')}" if item.raw.strip("*") else "name:Zelensky",
                )  # fmt: skip
            if tokens := folded(item.raw):
                return Name(tokens)
            raise self.error("name: needs a name", item.at, "name:Zelensky")
        for edition in EDITIONS:
            if field == edition:
                return self._edited(item, edition)
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
        if item.kind == "regex":
            return Regex(item.raw, field)
        if item.kind == "quote":
            if item.star >= 0:
                raise self.error(
                    "between quotes a * is no beginning, all words are as they are written",
                    item.star, _begun(item.raw, field),
                )  # fmt: skip
            if tokens := folded(item.raw):
                return Phrase(tokens, field)
            raise self.error("there is no word between these quotes", item.at)
        # elsewhere a plus or an ampersand before a word asks for it; here every word is asked for
        raw = item.raw
        body = raw.rstrip("*")
        tokens = tuple(dropwhile("+&".__contains__, folded(body)))
        if "*" in body:
            begun, _, ended = body.lstrip("*").partition("*")
            right = f"{begun}*" if len(begun) > 1 and ended else begun or ended or "transit*"
            raise self.error("* stands at the end of a word only", item.at, right)
        if not tokens:
            if field or raw != body:
                raise self.error("there is no word here", item.at)
            return None
        if raw == body or self_bounded(tokens[-1]):
            return Word(tokens, field)
        if len(tokens[-1]) < 2:
            raise self.error("a beginning has at least two letters", item.at, "tra*")
        return Prefix(tokens, field)

    def _edited(self, item: _Item, how: Edition) -> Query:
        value = item.raw.strip().casefold()
        if value not in ("yes", "no"):
            raise self.error(
                f"{how}: takes yes or no", item.at, f"{how}:{_TRUTHS.get(value, 'yes')}"
            )
        if value == "yes":
            return Edited(how)
        self.negated = item.at if self.negated < 0 else self.negated
        return Not(Edited(how))

    def _time(self, item: _Item, field: str) -> Query:
        value = item.raw.strip().upper()
        try:
            if re.fullmatch(r"\d{4}-\d\d(-\d\d)?", value):
                day = date.fromisoformat(f"{value}-01"[:10])
                at = datetime(day.year, day.month, day.day, tzinfo=UTC)
                whole = timedelta(days=1) if len(value) == 10 else _month(day)
                return Since(at) if field == "since" else Until(at + whole)
            at = datetime.fromisoformat(value)
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError):
            if re.fullmatch(r"\d+[SMHDW]", value):
                raise self.error(
                    f"{field}: takes a day or a time; back from now is --{field} {item.raw.strip()},"
                    " beside the query", item.at,
                ) from None  # fmt: skip
            raise self.error(
                f"{field}: takes a day or a time", item.at, _dated(field, value)
            ) from None
        return Since(at) if field == "since" else Until(at)


def _month(first: date) -> timedelta:
    """How long the month of its *first* day is."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - first


def _dated(field: str, value: str) -> str:
    """The nearest right form of a day: with its noughts, or of another order; else an example."""
    if found := re.match(r"(\d{4})[-./](\d\d?)[-./](\d\d?)$|(\d\d?)\.(\d\d?)\.(\d{4})$", value):
        year, month, day = found[1] or found[6], found[2] or found[5], found[3] or found[4]
        with contextlib.suppress(ValueError):
            nearest = date(int(year), int(month), int(day)).isoformat()
            return f"{field}:{nearest}" if nearest != value else f"{field}:2026-08-20"
    return f"{field}:2026-08-20 or {field}:2026-08-20T10:00Z"


def _shown(query: str) -> str:
    """A mended query as a hint; '' for one too long to be read as such."""
    mended = " ".join(query.split())
    return mended if len(mended) <= HINT else ""


def _begun(quoted: str, field: Field) -> str:
    """What says of *quoted* words that some are beginnings: side by side where only the last is, else
    near each other; '' for too many.
    """
    words = quoted.split()
    parts: list[Query] = []
    for word in words:
        if tokens := folded(word.rstrip("*")):
            kind = Prefix if word.endswith("*") and not self_bounded(tokens[-1]) else Phrase
            parts.append(kind(tokens, field))
    if isinstance(parts[-1], Prefix) and all(isinstance(part, Phrase) for part in parts[:-1]):
        return show(Prefix(folded(quoted), field))
    return " NEAR/1 ".join(map(show, parts)) if len(parts) < 6 else ""
