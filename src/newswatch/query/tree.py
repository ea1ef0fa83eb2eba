"""The nodes of a query, how they are joined, how they are printed, and what is wrong with one.

Rule: plain frozen values. `read`, `all_of` and `any_of` build them, so that And and Or hold at
least two parts, none of their own kind, and Not holds no Not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Literal, TypeAlias

from newswatch.text import safe_line, self_bounded

Field: TypeAlias = Literal["", "title", "lead", "body"]
Source: TypeAlias = Literal["source", "newsroom", "lang", "tag"]
Edition: TypeAlias = Literal["changed", "corrected"]
Leaf: TypeAlias = "Word | Phrase | Prefix | Name"
Query: TypeAlias = "Leaf | Near | Regex | Where | Author | Edited | Since | Until | And | Or | Not"

QUOTES = {'"': '"', "“": "”“", "„": "“”", "«": "»", "”": "”"}  # what opens, and what then closes
VALUE = re.compile(r'[^\s()"]+')  # a name that needs no quotes


class QueryError(Exception):
    """A query cannot be read. Its text shows the query with a caret under the place."""

    def __init__(
        self, message: str = "this query cannot be read", position: int = 0, text: str = "",
        nearest: str = "",
    ) -> None:  # fmt: skip
        """*position* counts characters of *text*; *nearest* is the nearest right form, or ''."""
        super().__init__(message, position, text, nearest)
        self.message = message
        self.position = position
        self.text = text
        self.nearest = nearest

    def __str__(self) -> str:
        hint = f"\ntry: {safe_line(self.nearest)}" if self.nearest else ""
        if not self.text:
            return f"{safe_line(self.message)}{hint}"
        start = max(0, self.position - 40)
        shown = "".join(
            c if c.isprintable() else " " for c in self.text[start : self.position + 36]
        )
        under = sum(_width(c) for c in shown[: self.position - start])
        return f"{safe_line(self.message)}\n  {shown}\n  {' ' * under}^{hint}"


def _width(c: str) -> int:
    return 0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1


@dataclass(frozen=True, slots=True)
class Word:
    """Words side by side, each in any inflection."""

    tokens: tuple[str, ...]
    field: Field = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words side by side, as written."""

    tokens: tuple[str, ...]
    field: Field = ""


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words side by side, as written, the last of them only a beginning."""

    tokens: tuple[str, ...]
    field: Field = ""


@dataclass(frozen=True, slots=True)
class Name:
    """Words side by side, each in any usual spelling and script of that name."""

    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """A chain in one text: each part at most *within* words from some place of the part before it,
    in either order. A part is a word, phrase, beginning, name, or an Or of such.
    """

    parts: tuple[Query, ...]
    within: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression (RE2) on the text as it is kept; *pattern* as typed between slashes."""

    pattern: str
    field: Field = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """A version that changed what stood before it, or that the wire calls a correction."""

    how: Edition


@dataclass(frozen=True, slots=True)
class Where:
    """Where a version came from; *value* is casefolded."""

    what: Source
    value: str


@dataclass(frozen=True, slots=True)
class Author:
    """Words side by side in the author's name."""

    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """The version's time is *at* (aware, UTC) or later."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Until:
    """The version's time is before *at* (aware, UTC)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of them at least."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    part: Query


def all_of(parts: Iterable[Query]) -> Query:
    """And, flattened; a single part stands for itself. Raises ValueError for none."""
    return _joined(And, parts)


def any_of(parts: Iterable[Query]) -> Query:
    """Or, flattened; a single part stands for itself. Raises ValueError for none."""
    return _joined(Or, parts)


def _joined(kind: type[And | Or], parts: Iterable[Query]) -> Query:
    flat: list[Query] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    if not flat:
        raise ValueError("nothing to join")
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


# ── printing ────────────────────────────────────────────────────────────────────────────────


def show(query: Query) -> str:
    """*query* as text that reads back as the same query."""
    match query:
        case And(parts):
            return " ".join(f"({show(p)})" if isinstance(p, Or) else show(p) for p in parts)
        case Or(parts):
            return " OR ".join(show(part) for part in parts)
        case Not(Edited(how)):
            return f"{how}:no"
        case Not(part):
            return f"-({show(part)})" if isinstance(part, And | Or) else f"-{show(part)}"
        case Word(tokens, field):
            return prefixed(field) + _spelt(tokens)
        case Prefix(tokens, field):
            return f"{prefixed(field)}{_spelt(tokens)}*"
        case Phrase(tokens, field):
            return f'{prefixed(field)}"{" ".join(tokens)}"'
        case Author(tokens):
            return f'author:"{" ".join(tokens)}"' if len(tokens) > 1 else f"author:{tokens[0]}"
        case Name(tokens):
            return f'name:"{" ".join(tokens)}"' if len(tokens) > 1 else f"name:{tokens[0]}"
        case Near(parts, within):
            typed = [f"({show(p)})" if isinstance(p, Or) else show(p) for p in parts]
            steps = zip(within, typed[1:], strict=True)
            return typed[0] + "".join(f" NEAR/{n} {part}" for n, part in steps)
        case Regex(pattern, field):
            return f"{prefixed(field)}/{pattern}/"
        case Edited(how):
            return f"{how}:yes"
        case Where(what, value):
            if VALUE.fullmatch(value) and value[0] not in QUOTES:
                return f"{what}:{value}"
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'{what}:"{escaped}"'
        case Since(at):
            return f"since:{_day(at) or _stamp(at)}"
        case Until(at):
            return f"until:{_day(at, timedelta(days=1)) or _stamp(at)}"


def prefixed(field: Field) -> str:
    """A field as it stands before a word."""
    return f"{field}:" if field else ""


def _day(at: datetime, long: timedelta = timedelta()) -> str:
    """The day that *at* begins, or that began so *long* before; '' where it is no day's beginning."""
    day = at.astimezone(UTC) - long
    return f"{day:%Y-%m-%d}" if day.time() == time() and day.year >= 1000 else ""


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _spelt(tokens: tuple[str, ...]) -> str:
    """Tokens side by side as one typed word: covid-19, u.s, at&t, 3.5%."""
    spelt = tokens[0]
    for before, token in pairwise(tokens):
        if not (self_bounded(before) or self_bounded(token)):
            point = (before.isdecimal() and token.isdecimal()) or len(before) == len(token) == 1
            spelt += "." if point else "-"
        spelt += token
    return spelt


def period(query: Query) -> tuple[datetime | None, datetime | None]:
    """From when, and before when, a query's own words let it find anything; None for no bound."""
    parts = query.parts if isinstance(query, And) else (query,)
    since = max((part.at for part in parts if isinstance(part, Since)), default=None)
    until = min((part.at for part in parts if isinstance(part, Until)), default=None)
    return since, until
