"""The query language on SQLite: a query's tree becomes an FTS5 expression and a range of rows.

Rule: the expression never misses a version that satisfies the query; where it may find too much
(phrases, beginnings, names, NEAR, patterns, authors) each version found is judged by `query.match`
itself, so that search and rules cannot differ. Newest first, in pages: the cost does not grow with
the archive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, Literal

from newswatch import query as language
from newswatch import text
from newswatch.model import Version
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
from newswatch.store.index import meta_term
from newswatch.store.judging import Judge, exact
from newswatch.store.rows import version_of
from newswatch.store.sqlite import TIME_BITS, row_floor

if TYPE_CHECKING:
    from newswatch.query.names import Spelling

COLUMNS = {"": "{title body}", "title": "{title}", "lead": "{lead}", "body": "{body}"}
NOTHING = '{meta} : "nothing"'  # stands in no version: every such term has a value behind its field
CHAINED = 128  # ways a NEAR may be asked of the index; more, and only its words are
BEGINNINGS = 2000  # words a beginning may stand for; more, and each version is judged instead
UNSPELT = (
    50_000  # words that wait to be filed by their spellings; an import files its own at its end
)
COUNTED = 1000  # hits are counted up to here
COUNTING = 10_000  # versions looked at for it, of articles that have many
RANKED = 1000  # newest matches that "relevance" puts in order
FIRST_PAGE = 32
PAGE = 256
WEIGHTS = (5.0, 3.0, 1.0, 0.0)  # title, lead, body, where it came from
HIGHEST = (1 << 63) - 1

OneEach = Literal["version", "article", "story"]


def find(
    connection: Any,
    query: Query,
    *,
    limit: int,
    since: datetime | None,
    until: datetime | None,
    relevance: bool,
    one_each: OneEach,
    current: bool,
    looked: Callable[[datetime], None],
) -> Iterator[tuple[Version, str]]:
    """Versions that satisfy *query* with their story, newest or most relevant first; at most
    *limit*, one a version, article or story. *looked* is told the time of each version that is
    looked at.
    """
    lowest, highest = _rows(query, since, until)
    expression = _expression(connection, query)
    judge = Judge(query, indexed=expression is not None, surfaces=partial(surfaces, connection))
    seen: set[str] = set()
    found = (
        _by_relevance(connection, expression, lowest, highest)
        if relevance and expression
        else _newest(connection, expression, _editions(query), lowest, highest)
    )
    for place in found:
        row = connection.execute(f"{_ROW} WHERE version.row = ?", (place,)).fetchone()
        if current and row["current"] != row["id"]:
            continue
        version = version_of(row)
        looked(version.time)
        key = row["id"] if one_each == "version" else row[one_each]
        if key in seen:
            continue
        if since is not None and version.time < since:
            continue
        if until is not None and version.time >= until:
            continue
        if not judge.satisfied(version):
            continue
        seen.add(key)
        yield version, row["story"]
        if len(seen) == limit:
            return


def count(
    connection: Any,
    query: Query,
    *,
    since: datetime | None,
    until: datetime | None,
    one_each: OneEach,
    current: bool,
) -> tuple[int, bool] | None:
    """How many `find` would bring, at most COUNTED and one more, by the index alone; and whether that
    is exact, or only no fewer than there are. None where the index cannot say, or not soon.
    """
    parts = query.parts if isinstance(query, And) else (query,)
    times = [part.at for part in parts if isinstance(part, Since | Until)]
    times += [at for at in (since, until) if at is not None]
    expression = _expression(connection, query)
    if expression is None:
        told = all(isinstance(part, Since | Until | Edited) for part in parts)
        if not told:
            return None
    else:
        told = all(exact(part) or isinstance(part, Since | Until) for part in parts)
    lowest, highest = _rows(query, since, until)
    whole = not any(at.microsecond % 1000 for at in times)
    if whole and highest < HIGHEST:
        highest -= 1 << TIME_BITS  # a bound at a whole millisecond has nothing to be judged
    if expression is None:
        places = f"SELECT row FROM version WHERE row >= ? AND row < ?{_editions(query)}"  # noqa: S608 - our own words
        asked: tuple[object, ...] = (lowest, highest, COUNTING)
    else:
        places = (
            "SELECT rowid AS row FROM version_index WHERE version_index MATCH ?"
            " AND rowid >= ? AND rowid < ?"
        )
        asked = (expression, lowest, highest, COUNTING)
    places += " ORDER BY 1 DESC LIMIT ?"
    key = {"version": "version.row", "article": "version.article", "story": "article.story"}[
        one_each
    ]
    beside = (
        " JOIN article ON article.id = version.article" if current or one_each == "story" else ""
    )
    limit = " WHERE article.current = version.id" if current else ""
    found = connection.execute(
        f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM ({places}) AS place"  # noqa: S608 - our own words
        f" JOIN version ON version.row = place.row{beside}{limit} LIMIT ?)",
        (*asked, COUNTED + 1),
    ).fetchone()[0]
    if found <= COUNTED:
        looked = connection.execute(f"SELECT count(*) FROM ({places})", asked).fetchone()[0]  # noqa: S608 - our own words
        if looked == COUNTING:
            return None
    return found, told and whole


# ── which rows ──────────────────────────────────────────────────────────────────────────────


def _rows(query: Query, since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """The range of rows, the last one not included, outside which nothing can satisfy *query*."""
    parts = query.parts if isinstance(query, And) else (query,)
    lows = [row_floor(part.at) for part in parts if isinstance(part, Since)]
    highs = [row_floor(part.at) for part in parts if isinstance(part, Until)]
    if since is not None:
        lows.append(row_floor(since))
    if until is not None:
        highs.append(row_floor(until))
    # A bound inside a millisecond: its whole millisecond is looked at, and judged. A bound beyond
    # the last row there can be is that row.
    highs = [high + (1 << TIME_BITS) for high in highs]
    return min(max(lows, default=0), HIGHEST), min([*highs, HIGHEST])


_ROW = (
    "SELECT version.*, article.story AS story, article.current AS current"
    " FROM version JOIN article ON article.id = version.article"
)


def _editions(query: Query) -> str:
    """A condition on the table of versions that everything that satisfies *query* meets."""
    for part in query.parts if isinstance(query, And) else (query,):
        if part == Edited("corrected"):
            return " AND kind = 'correction'"
        if part == Edited("changed"):
            return " AND kind IN ('update', 'correction')"
    return ""


def _newest(
    connection: Any, expression: str | None, editions: str, lowest: int, highest: int
) -> Iterator[int]:
    """Rows newest first, page by page: nothing stays open between pages."""
    page = FIRST_PAGE
    while True:
        if expression is None:
            rows = [
                row["row"]
                for row in connection.execute(
                    f"SELECT row FROM version WHERE row >= ? AND row < ?{editions}"  # noqa: S608 - our own words
                    " ORDER BY row DESC LIMIT ?",
                    (lowest, highest, page),
                )
            ]
        else:
            rows = [
                row[0]
                for row in connection.execute(
                    "SELECT rowid FROM version_index WHERE version_index MATCH ?"
                    " AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
                    (expression, lowest, highest, page),
                )
            ]
        yield from rows
        if len(rows) < page:
            return
        highest, page = rows[-1], PAGE


def _by_relevance(connection: Any, expression: str, lowest: int, highest: int) -> Iterator[int]:
    """The newest thousand matches, the best first: ranking all of them would read the archive."""
    rows = [
        row[0]
        for row in connection.execute(
            "SELECT rowid FROM version_index WHERE version_index MATCH ?"
            " AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
            (expression, lowest, highest, RANKED),
        )
    ]
    if not rows:
        return
    ranked = connection.execute(
        "SELECT rowid FROM version_index WHERE version_index MATCH ? AND rowid >= ? AND rowid <= ?"  # noqa: S608 - our own weights
        f" ORDER BY bm25(version_index, {', '.join(map(str, WEIGHTS))}), rowid DESC",
        (expression, rows[-1], rows[0]),
    ).fetchall()
    for (row,) in ranked:
        yield row


# ── the tree as an expression ───────────────────────────────────────────────────────────────


def _expression(connection: Any, query: Query) -> str | None:
    """An FTS5 expression that everything that satisfies *query* satisfies; None for none such."""
    match query:
        case And(parts):
            wanted = [e for p in parts if (e := _expression(connection, p)) is not None]
            if not wanted:
                return None
            whole = " AND ".join(wanted)
            for part in parts:
                # What is certainly absent may be left out; what is only judged may not.
                if isinstance(part, Not) and exact(part.part):
                    inner = _expression(connection, part.part)
                    if inner is not None:
                        whole = f"({whole}) NOT {inner}"
            return f"({whole})"
        case Or(parts):
            each = [_expression(connection, part) for part in parts]
            if any(e is None for e in each):
                return None
            return f"({' OR '.join(e for e in each if e is not None)})"
        case Word(tokens, field) | Phrase(tokens, field):
            return _in_column(field, sorted(_runs(tokens)))
        case Prefix(tokens, field):
            return _beginning(connection, tokens, field)
        case Where(what, value):
            return f'{{meta}} : "{meta_term(what, value)}"'
        case Near(parts, within):
            return _near(connection, parts, within)
        case Name(tokens):
            return _name(connection, tokens)
        case Author() | Edited() | Regex() | Since() | Until() | Not():
            return None


def _in_column(field: str, runs: Iterable[str]) -> str:
    return f"({COLUMNS[field]} : ({' OR '.join(runs)}))"


def _runs(tokens: tuple[str, ...]) -> set[str]:
    """The ways the index may hold these words side by side, one for each language of an article."""
    if len(tokens) == 1:
        return {f'"{term}"' for term in text.term_variants(tokens[0])}
    return {_run(tokens, lang) for lang in text.LANGUAGES}


def _beginning(connection: Any, tokens: tuple[str, ...], field: str) -> str | None:
    """All words begun so, by the table of words; None when there are too many to name."""
    first = tokens[-1]
    rows = connection.execute(
        "SELECT DISTINCT term FROM word WHERE surface >= ? AND surface < ? LIMIT ?",
        (first, f"{first}\U0010ffff", BEGINNINGS + 1),
    ).fetchall()
    others = [_in_column(field, sorted(_runs((token,)))) for token in tokens[:-1]]
    if len(rows) <= BEGINNINGS:
        if not rows:
            return NOTHING
        others.append(_in_column(field, [f'"{row[0]}"' for row in rows]))
    return f"({' AND '.join(others)})" if others else None


def _near(connection: Any, parts: tuple[Query, ...], within: tuple[int, ...]) -> str | None:
    """All parts of a chain; where the index can say so, each near the one before it."""
    wanted = [e for part in parts if (e := _expression(connection, part)) is not None]
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
                for lang in text.LANGUAGES
                for in_a, in_b in [(_run(a.tokens, lang), _run(b.tokens, lang))]
            }
        else:
            if len(groups) <= CHAINED:
                wanted.append(f"({' OR '.join(sorted(groups))})")
    return f"({' AND '.join(wanted)})" if wanted else None


def _run(tokens: tuple[str, ...], lang: str) -> str:
    """These words side by side as the index holds them of an article in *lang*."""
    return f'"{" ".join(text.terms(" ".join(tokens), lang))}"'


def _name(connection: Any, tokens: tuple[str, ...]) -> str:
    """The ways a name is written in this archive: by the table of keys, a word as cheap as any."""
    from newswatch.query.names import ways

    rows = []
    for way in ways(tokens):
        each = [_spelled(connection, spelling) for spelling in way]
        if all(each):
            rows.append(" AND ".join(f"({' OR '.join(sorted(terms))})" for terms in each))
    if not rows:
        return NOTHING
    return f"({{title body}} : ({' OR '.join(f'({row})' for row in rows)}))"


def _spelled(connection: Any, spelling: Spelling) -> set[str]:
    """The terms of the archive's words that one word of a name may be."""
    terms = connection.execute
    return {
        f'"{term}"'
        for surface in surfaces(connection, spelling)
        for (term,) in terms("SELECT term FROM word WHERE surface = ?", (surface,))
    }


def surfaces(connection: Any, spelling: Spelling) -> set[str]:
    """The archive's words, folded, that one word of a name may be: those filed by their spellings, and
    those that wait for it, which are read first, as the writer may file them meanwhile.
    """
    from newswatch.query.spelling import keys

    found = set(spelling.words)
    for (surface,) in connection.execute("SELECT surface FROM unspelt LIMIT ?", (UNSPELT,)):
        if not spelling.sounds.isdisjoint(keys(surface)) and spelling.fits(surface):
            found.add(surface)
    for key in spelling.sounds:
        for (surface,) in connection.execute("SELECT surface FROM spelling WHERE key = ?", (key,)):
            if spelling.fits(surface):
                found.add(surface)
    return found


# ── what to try instead ─────────────────────────────────────────────────────────────────────


def resembling(connection: Any, word: str) -> tuple[str, ...]:
    """The archive's words of about the length and with the first letter of a folded *word* that none
    of its texts holds; () when one does.
    """
    held = connection.execute(
        "SELECT 1 FROM version_index WHERE version_index MATCH ? LIMIT 1",
        (_in_column("", sorted(_runs((word,)))),),
    ).fetchone()
    if held or len(word) < 3:
        return ()
    known = connection.execute(
        "SELECT DISTINCT surface FROM word WHERE surface >= ? AND surface < ?"
        " AND length(surface) BETWEEN ? AND ?",
        (word[0], f"{word[0]}\U0010ffff", len(word) - 2, len(word) + 2),
    )
    return tuple(row[0] for row in known)
