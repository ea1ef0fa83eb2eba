"""Which of ten thousand rules does a version satisfy? Search turned round (percolation).

Rule: the index never decides; it only spares work. Each rule is filed under its rarest required
word, only the rules filed under a version's own words are evaluated, and the answer is that of
evaluating every rule. A rule without a required word (`source:tass`) is evaluated every time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from newswatch.model import Rule, Span, Version, content_id
from newswatch.query import (
    BEGINS,
    SOUNDS,
    Query,
    QueryError,
    View,
    Where,
    all_of,
    any_of,
    match,
    read,
    required,
    show,
    view,
)
from newswatch.text import filed_as


def conjoined(rule: Rule) -> Query:
    """The rule's query with its own feeds and tags beside it: from one of the feeds, if it names
    any, and with one of the tags. Raises QueryError naming the rule.
    """
    try:
        parts = [read(rule.query)]
    except QueryError as wrong:
        raise QueryError(
            f'rule "{rule.name}": {wrong.message}', wrong.position, wrong.text, wrong.nearest
        ) from wrong
    if rule.feeds:
        parts.append(any_of(Where("source", name.casefold()) for name in rule.feeds))
    if rule.tags:
        parts.append(any_of(Where("tag", name.casefold()) for name in rule.tags))
    return all_of(parts)


def fingerprint(rule: Rule) -> str:
    """An id that changes when the rule may find something else: its query as printed, feeds, tags.

    Whom it tells, and spelling that means the same, leave it. Raises QueryError naming the rule.
    """
    return content_id(rule.name, show(conjoined(rule)))


@dataclass(frozen=True, slots=True)
class Filing:
    """Where the rules stand for articles of one language. *needs* are the sets of terms of each of
    which a rule needs one: most candidates fail there, before any evaluation. *filed* names the rules
    under their rarest set, *always* those that need none. *begun* holds the beginnings that are needed,
    by their first letters, three at most, *sounds* the keys of names.
    """

    needs: tuple[tuple[frozenset[str], ...], ...]
    filed: Mapping[str, list[int]]
    always: tuple[int, ...]
    begun: Mapping[str, list[str]]
    sounds: frozenset[str]

    def held(self, shown: View) -> set[str]:
        """What *shown* holds of what rules may need."""
        held = {*shown.title.by_term, *shown.body.by_term}
        if not self.begun and not self.sounds:
            return held
        words = {*shown.title.by_word, *shown.body.by_word}
        for word in words if self.begun else ():
            for letters in {word[:2], word[:3]} & self.begun.keys():
                for beginning in self.begun[letters]:
                    if word.startswith(beginning):
                        held.add(BEGINS + beginning)
        if self.sounds:
            from newswatch.query.spelling import keys

            for word in words:
                if not self.sounds.isdisjoint(heard := keys(word)):
                    held.update(SOUNDS + key for key in heard)
        return held


@dataclass(frozen=True, slots=True)
class RuleIndex:
    """Rules to be matched; made by `index`. They are filed for a language when its first article
    comes, so that a word is one term and not one of each language there is.
    """

    rules: tuple[Rule, ...] = ()
    queries: tuple[Query, ...] = ()
    frequencies: Mapping[str, int] = field(default_factory=dict)
    _filings: dict[str, Filing] = field(default_factory=dict, repr=False, compare=False)

    def matches(self, version: Version) -> tuple[tuple[Rule, tuple[Span, ...]], ...]:
        """The rules that *version* satisfies, in their own order, each with its places."""
        if not self.rules:
            return ()
        shown = view(version)
        filing = self.filing(version.lang)
        held = filing.held(shown)
        candidates = set(filing.always)
        for term in held & filing.filed.keys():
            candidates.update(filing.filed[term])
        found: list[tuple[Rule, tuple[Span, ...]]] = []
        for place in sorted(candidates):
            if any(need.isdisjoint(held) for need in filing.needs[place]):
                continue
            if (spans := match(self.queries[place], shown)) is not None:
                found.append((self.rules[place], spans))
        return tuple(found)

    def filing(self, lang: str) -> Filing:
        """Where the rules stand for articles of this language."""
        lang = filed_as(lang)
        if lang not in self._filings:
            self._filings[lang] = self._file(lang)
        return self._filings[lang]

    def _file(self, lang: str) -> Filing:
        needs = tuple(required(query, self.frequencies, lang) for query in self.queries)
        filed: dict[str, list[int]] = {}
        for place, sets in enumerate(needs):
            for term in sets[0] if sets else ():
                filed.setdefault(term, []).append(place)
        needed = {term for sets in needs for terms in sets for term in terms}
        begun: dict[str, list[str]] = {}
        for term in needed:
            if term[0] == BEGINS:
                begun.setdefault(term[1:4], []).append(term[1:])
        always = tuple(place for place, sets in enumerate(needs) if not sets)
        sounds = frozenset(term[1:] for term in needed if term[0] == SOUNDS)
        return Filing(needs, filed, always, begun, sounds)


def index(rules: tuple[Rule, ...], frequencies: Mapping[str, int]) -> RuleIndex:
    """File *rules*; *frequencies* says in how many versions a term stands and may be empty: it
    makes the index faster, never different. Raises QueryError naming the first unreadable rule.
    """
    return RuleIndex(rules, tuple(conjoined(rule) for rule in rules), frequencies)
