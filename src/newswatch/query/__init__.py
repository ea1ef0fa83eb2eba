"""The one query language: read, print and match. Search and rules mean the same by it.

Rule: reading turns any string into a query or a QueryError, nothing else; `read(show(q)) == q`.
A query is a tree of the frozen nodes below; only `read`, `all_of` and `any_of` build them, so that
And and Or hold at least two parts, none of their own kind, and Not holds no Not:

    Word(tokens, field)     these words side by side, each in any inflection; one token or more
    Phrase(tokens, field)   these words side by side, as written (folded, not stemmed)
    Prefix(tokens, field)   as a phrase, the last token being only a beginning
    Name(tokens)            these words side by side, each in any usual spelling and script
    Near(parts, within)     each part at most so many words from the one before it, in one text
    Regex(pattern, field)   an RE2 pattern on the text as kept
    Where(what, value)      the version's source, newsroom, lang or one of its tags is *value*
    Author(tokens)          the author's name holds these words side by side
    Edited(how)             the version changed another, or the wire calls it a correction
    Since(at)  Until(at)    the version's time is not before *at*; is before *at*
    And(parts)  Or(parts)  Not(part)

A field is "title", "lead", "body" (the whole text, its lead included) or "" (title or text; one
word, phrase or beginning stands wholly in one of them). `lang` ru finds ru-ru too. The nesting of a
read query is bounded (DEPTH), so that walking it by recursion is safe.
"""

from newswatch.query.matching import (
    BEGINS,
    SOUNDS,
    View,
    Words,
    edited,
    match,
    pattern_places,
    required,
    view,
)
from newswatch.query.near import leaves
from newswatch.query.reading import DEPTH, LONGEST, read
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
    QueryError,
    Regex,
    Since,
    Source,
    Until,
    Where,
    Word,
    all_of,
    any_of,
    period,
    show,
)

__all__ = [
    "BEGINS",
    "DEPTH",
    "LONGEST",
    "SOUNDS",
    "And",
    "Author",
    "Edited",
    "Field",
    "Name",
    "Near",
    "Not",
    "Or",
    "Phrase",
    "Prefix",
    "Query",
    "QueryError",
    "Regex",
    "Since",
    "Source",
    "Until",
    "View",
    "Where",
    "Word",
    "Words",
    "all_of",
    "any_of",
    "edited",
    "leaves",
    "match",
    "pattern_places",
    "period",
    "read",
    "required",
    "show",
    "view",
]
