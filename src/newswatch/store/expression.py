"""A query's tree as an FTS5 expression on the terms that the index holds.

Rule: an expression never misses a version that satisfies the query; where it may find too much,
`store.judging` has the last word. Only terms of our own making go into it, never what was typed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from newswatch import query as language
from newswatch import text
from newswatch.query import (
    And,
    Author,
    Edited,
    Name,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Regex,
    Since,
    Until,
    Where,
    Word,
)
from newswatch.query.forms import form_terms
from newswatch.store.index import edition_term, meta_term
from newswatch.store.judging import DEEPEST, exact

if TYPE_CHECKING:
    from newswatch.query.names import Spelling

COLUMNS = {"": "{body title}", "title": "{title}", "lead": "{lead}", "body": "{body}"}
NOTHING = '{meta} : "nothing"'  # stands in no version: every such term has a value behind its field
CHAINED = 128  # ways a NEAR may be asked of the index; more, and only its words are
BEGINNINGS = 2000  # words a beginning may stand for; more, and each version is judged instead
UNSPELT = (
    50_000  # words that wait to be filed by their spellings; an import files its own at its end
)


class Expressions:
    """Expressions for one archive: a word stands there for the terms of the languages it holds."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @cached_property
    def _languages(self) -> tuple[str, ...]:
        """The languages whose stems the archive's versions are filed under."""
        found = self._connection.execute("SELECT filed_as FROM language ORDER BY filed_as")
        return tuple(row[0] for row in found.fetchall())

    def of(self, query: Query, room: int = DEEPEST) -> str | None:
        """An expression that everything that satisfies *query* satisfies; None for none such, or where it
        would have more than *room* brackets within brackets: such a query is judged.
        """
        match query:
            case And(parts):
                return self._all(parts, room - 1) if room else None
            case Or(parts):
                each = [self.of(part, room - 1) for part in parts] if room else [None]
                if any(e is None for e in each):
                    return None
                return f"({' OR '.join(e for e in each if e is not None)})"
            case Word(_, field) | Phrase(_, field):
                return _in_column(field, self._runs(query))
            case Prefix(tokens, field):
                return self._beginning(tokens, field)
            case Where(what, value):
                return f'({{meta}} : "{meta_term(what, value)}")'
            case Edited(how):
                return f'({{meta}} : "{edition_term(how)}")'
            case Near(parts, within):
                return self._near(parts, within, room - 1) if room else None
            case Name(tokens):
                return self._name(tokens)
            case Author() | Regex() | Since() | Until() | Not():
                return None

    def _all(self, parts: tuple[Query, ...], room: int) -> str | None:
        wanted = [e for part in parts if (e := self.of(part, room)) is not None]
        if not wanted:
            return None
        whole = " AND ".join(wanted)
        # What is certainly absent may be left out; what is only judged may not.
        absent = [
            e
            for part in parts
            if isinstance(part, Not) and exact(part.part, room)
            if (e := self.of(part.part, room)) is not None
        ]
        return f"(({whole}) NOT ({' OR '.join(absent)}))" if absent else f"({whole})"

    def _runs(self, leaf: Word | Phrase) -> set[str]:
        """The ways the index may hold these words side by side, in each language of an article."""
        return {run for lang in self._languages for run in _runs(leaf, lang)}

    def _beginning(self, tokens: tuple[str, ...], field: str) -> str | None:
        """All words begun so, by the table of words; None when there are too many to name."""
        first = tokens[-1]
        rows = self._connection.execute(
            "SELECT DISTINCT term FROM word WHERE surface >= ? AND surface < ? LIMIT ?",
            (first, f"{first}\U0010ffff", BEGINNINGS + 1),
        ).fetchall()
        others = [_in_column(field, self._runs(Phrase((token,)))) for token in tokens[:-1]]
        if len(rows) <= BEGINNINGS:
            if not rows:
                return NOTHING
            others.append(_in_column(field, [f'"{row[0]}"' for row in rows]))
        return f"({' AND '.join(others)})" if others else None

    def _near(self, parts: tuple[Query, ...], within: tuple[int, ...], room: int) -> str | None:
        """All parts of a chain; where the index can say so, each near the one before it."""
        wanted = [e for part in parts if (e := self.of(part, room)) is not None]
        for (one, other), distance in zip(pairwise(parts), within, strict=True):
            firsts, seconds = language.leaves(one), language.leaves(other)
            if len(firsts) * len(seconds) > CHAINED:
                continue
            groups: set[str] = set()
            for a, b in product(firsts, seconds):
                if not isinstance(a, Word | Phrase) or not isinstance(b, Word | Phrase):
                    break
                # A lead's word may stand near one behind the lead: the column of both is the body.
                both = {a.field, b.field}
                column = a.field if len(both) == 1 else "title" if "title" in both else "body"
                groups |= {
                    f"{COLUMNS[column]} : NEAR({in_a} {in_b}, {distance - 1})"
                    for lang in self._languages
                    for in_a, in_b in product(_runs(a, lang), _runs(b, lang))
                }
            else:
                if 0 < len(groups) <= CHAINED:
                    wanted.append(f"({' OR '.join(sorted(groups))})")
        return f"({' AND '.join(wanted)})" if wanted else None

    def _name(self, tokens: tuple[str, ...]) -> str:
        """The ways a name is written in this archive: by the table of keys, a word as cheap as any."""
        from newswatch.query.names import ways

        rows = []
        for way in ways(tokens):
            each = [self._spelled(spelling) for spelling in way]
            if all(each):
                rows.append(" AND ".join(f"({' OR '.join(sorted(terms))})" for terms in each))
        if not rows:
            return NOTHING
        return f"({COLUMNS['']} : ({' OR '.join(f'({row})' for row in rows)}))"

    def _spelled(self, spelling: Spelling) -> set[str]:
        """The terms of the archive's words that one word of a name may be."""
        terms = self._connection.execute
        return {
            f'"{term}"'
            for surface in self.surfaces(spelling)
            for (term,) in terms("SELECT term FROM word WHERE surface = ?", (surface,))
        }

    def surfaces(self, spelling: Spelling) -> set[str]:
        """The archive's words, folded, that one word of a name may be: those filed by their spellings,
        and those that wait for it, which are read first, as the writer may file them meanwhile.
        """
        from newswatch.query.spelling import keys

        asked = self._connection.execute
        found = set(spelling.words)
        for (surface,) in asked("SELECT surface FROM unspelt LIMIT ?", (UNSPELT,)):
            if not spelling.sounds.isdisjoint(keys(surface)) and spelling.fits(surface):
                found.add(surface)
        for key in spelling.sounds:
            for (surface,) in asked("SELECT surface FROM spelling WHERE key = ?", (key,)):
                if spelling.fits(surface):
                    found.add(surface)
        return found


def _in_column(field: str, runs: Iterable[str]) -> str:
    listed = " OR ".join(sorted(runs))
    return f"({COLUMNS[field]} : ({listed}))" if listed else NOTHING


def _runs(leaf: Word | Phrase, lang: str) -> Iterable[str]:
    """These words side by side as the index may hold them of an article filed as *lang*: each in its
    forms, or as written.
    """
    if isinstance(leaf, Phrase):
        return (f'"{" ".join(text.word_terms(leaf.tokens, lang))}"',)
    return [f'"{" ".join(row)}"' for row in product(*form_terms(leaf.tokens, lang))]
