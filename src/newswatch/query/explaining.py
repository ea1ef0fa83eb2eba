"""A query in words: how it was understood, a line a part.

Rule: says what is asked, never how it is found.
"""

from __future__ import annotations

from collections.abc import Iterator

from newswatch.query.tree import (
    And,
    Author,
    Edited,
    Field,
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

_IN: dict[Field, str] = {
    "": "",
    "title": " in the headline",
    "lead": " in the lead",
    "body": " in the text",
}


def explain(query: Query) -> str:
    """*query* as an indented list of what a version must hold."""
    return "\n".join(_lines(query, 0))


def _lines(query: Query, depth: int) -> Iterator[str]:
    indent = "  " * depth
    match query:
        case And(parts):
            yield f"{indent}all of"
            for part in parts:
                yield from _lines(part, depth + 1)
        case Or(parts):
            yield f"{indent}one of"
            for part in parts:
                yield from _lines(part, depth + 1)
        case Not(part):
            yield f"{indent}without"
            yield from _lines(part, depth + 1)
        case Near(parts, within):
            yield f"{indent}near each other, either way round"
            for n, part in enumerate(parts):
                if n:
                    yield f"{indent}  at most {within[n - 1]} words away"
                yield from _lines(part, depth + 1)
        case _:
            yield indent + _leaf(query)


def _leaf(query: Query) -> str:
    match query:
        case Word(tokens, field):
            if len(tokens) == 1:
                return f"the word {tokens[0]} in any inflection{_IN[field]}"
            return f"the words {' '.join(tokens)} side by side, in any inflection{_IN[field]}"
        case Phrase(tokens, field):
            return f"“{' '.join(tokens)}” as written{_IN[field]}"
        case Prefix(tokens, field):
            before = f"{' '.join(tokens[:-1])}, then " if len(tokens) > 1 else ""
            return f"{before}a word that begins with {tokens[-1]}{_IN[field]}"
        case Name(tokens):
            return f"the name {' '.join(tokens)} in any usual spelling and script"
        case Regex(pattern, field):
            return f"what the pattern /{pattern}/ matches{_IN[field]}"
        case Where(what, value):
            return f"{what} is {value}"
        case Author(tokens):
            return f"the author's name holds {' '.join(tokens)}"
        case Edited("changed"):
            return "a version that changed what stood before it"
        case Edited():
            return "a version that the wire calls a correction"
        case Since(at):
            return f"from {at:%Y-%m-%d %H:%M} UTC on"
        case Until(at):
            return f"before {at:%Y-%m-%d %H:%M} UTC"
    raise AssertionError(query)
