"""Whether a version that the index found satisfies the query: `query.match`, asked as seldom as can be.

Rule: what the index decides is not asked again; what the bare text decides costs no tokens; all else is
`query.match` itself, and every shortcut here says what it would say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from newswatch import query as language
from newswatch.model import Version
from newswatch.query import (
    And,
    Edited,
    Name,
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

if TYPE_CHECKING:
    from newswatch.query.names import Spelling


DEEPEST = (
    10  # brackets within brackets that the index is asked; FTS5's parser takes some 30, and stops
)


def exact(query: Query, room: int = DEEPEST) -> bool:
    """Whether the index finds exactly what satisfies *query*, with *room* for so many brackets more. It
    knows no NOT but one beside something that is found: `oil OR -sport` is judged.
    """
    match query:
        case And(parts):
            found = any(not isinstance(part, Not) for part in parts)
            return found and room > 0 and all(decided(part, room - 1) for part in parts)
        case Or(parts):
            return room > 0 and all(exact(part, room - 1) for part in parts)
    return isinstance(query, Word | Where | Edited)


def decided(part: Query, room: int = DEEPEST - 1) -> bool:
    """Whether the index decides of one part of an AND, where another is found by it."""
    return exact(part.part if isinstance(part, Not) else part, room)


class Judge:
    """Judges versions by one query. *surfaces* names the archive's words that one word of a name may
    be; *indexed* says that the versions were found through the index.
    """

    def __init__(
        self, query: Query, *, indexed: bool, surfaces: Callable[[Spelling], set[str]]
    ) -> None:
        self._query = query
        self._surfaces = surfaces
        self._names: dict[Name, re.Pattern[str] | None] = {}
        parts = query.parts if isinstance(query, And) else (query,)
        self._open = [part for part in parts if not (indexed and decided(part))]

    def satisfied(self, version: Version) -> bool:
        """Whether *version* satisfies the query."""
        decided = [self._decide(part, version) for part in self._open]
        if False in decided:
            return False
        if None not in decided:
            return True
        return language.match(self._query, language.view(version)) is not None

    def _decide(self, part: Query, version: Version) -> bool | None:
        """What the bare text decides of *part*; None for "the tokens must be asked"."""
        match part:
            case Not(inner):
                decided = self._decide(inner, version)
                return None if decided is None else not decided
            case Since(at):
                return version.time >= at
            case Until(at):
                return version.time < at
            case Edited(how):
                return language.edited(how, version)
            case Regex():
                return language.pattern_places(part, version, most=1) is not None
            case Phrase(tokens, field) | Prefix(tokens, field):
                if all(token.isascii() and token.isalnum() for token in tokens):
                    pattern = _plain(tokens, open_ended=isinstance(part, Prefix))
                    return _stands(pattern, version, field) or None
            case Name():
                pattern_of_name = self._name(part)
                if pattern_of_name is not None:
                    return _stands(pattern_of_name, version, "") or None
        return None

    def _name(self, name: Name) -> re.Pattern[str] | None:
        """The archive's words for a name of one word."""
        if name not in self._names:
            from newswatch.query.names import ways

            first = ways(name.tokens)[0]
            self._names[name] = _one_of(self._surfaces(first[0])) if len(first) == 1 else None
        return self._names[name]


def _stands(pattern: re.Pattern[str], version: Version, field: str) -> bool:
    """Whether *pattern* plainly stands there; False says nothing of a lead."""
    title = field in {"", "title"} and pattern.search(version.title.lower())
    return bool(title or (field in {"", "body"} and pattern.search(version.text.lower())))


@lru_cache(maxsize=256)
def _plain(tokens: tuple[str, ...], *, open_ended: bool) -> re.Pattern[str]:
    """These words side by side in plain letters; beside other scripts' letters and marks, tokens
    decide.
    """
    inside = r"(?<![\w\x80-\U0010ffff])" + r"[\s.,;:!?()\"'-]+".join(tokens)
    return re.compile(inside if open_ended else inside + r"(?![\w\x80-\U0010ffff])")


_EDGE = r"\s.,;:!?()\"'«»„“”’–—-"


def _one_of(words: Iterable[str]) -> re.Pattern[str]:
    """One of these words between white space or ordinary punctuation."""
    listed = "|".join(re.escape(word) for word in sorted(words))
    return re.compile(rf"(?<![^{_EDGE}])(?:{listed})(?![^{_EDGE}])")
