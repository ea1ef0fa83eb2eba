"""What to try in place of a query that finds nothing, in the words that all who search hear.

Rule: asks the archive only for what stands in the query; whoever finds something pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from newswatch.text import safe_line

if TYPE_CHECKING:
    from newswatch.model import Feed
    from newswatch.query import Query
    from newswatch.store import Archive

SIGNS = {"||": "OR", "|": "OR", "!": "NOT"}  # of other query languages
ORIGINS: dict[str, Callable[[Feed], Iterable[str]]] = {
    "source": lambda feed: (feed.name,),
    "newsroom": lambda feed: (feed.newsroom,),
    "lang": lambda feed: (feed.lang,),
    "tag": lambda feed: feed.tags,
}


def nearest(archive: Archive, asked: Query, typed_as: str) -> tuple[str, ...]:
    """What to try in place of a query that found nothing, a line each: words of the archive near those it has not,
    sources near those that are none, and what signs of other languages are called here; *typed_as* is the query
    as it was typed.
    """
    from newswatch.query import Name, Phrase, Prefix, Where, Word
    from newswatch.wording import did_you_mean

    lines: dict[str, None] = {}
    typed: set[str] = set()
    for leaf in _wanted(asked):
        match leaf:
            case Where(what, value):
                names = {name for feed in archive.configured() for name in ORIGINS[what](feed)}
                known_here = value in {name.casefold() for name in names}
                if not known_here and not any(archive.search(leaf, limit=1)):
                    near = did_you_mean(value, names)
                    lines[f'no {what} is called "{safe_line(value)}"{near}'] = None
            case Word(tokens) | Phrase(tokens) | Name(tokens) | Prefix(tokens):
                typed.update(tokens if isinstance(leaf, Word) else ())
                for word in tokens:
                    known = archive.resembling(word)
                    begun = isinstance(leaf, Prefix) and any(w.startswith(word) for w in known)
                    if known and not begun:
                        near = did_you_mean(word, known)
                        lines[f'no article holds "{safe_line(word)}"{near}'] = None
    lines |= dict.fromkeys(
        f'"{sign}" says nothing here: write {word}'
        for sign, word in SIGNS.items()
        if sign in typed_as.split()
    )
    for word in ("or", "and", "not", "near"):
        if word in typed:
            lines[f'"{word}" was looked for as a word: {word.upper()} joins words'] = None
    return tuple(lines)


def _wanted(asked: Query) -> Iterator[Query]:
    """The leaves of a query that are not behind a NOT."""
    from newswatch.query import And, Near, Not, Or

    match asked:
        case And(parts) | Or(parts) | Near(parts, _):
            for part in parts:
                yield from _wanted(part)
        case Not():
            return
        case _:
            yield asked
