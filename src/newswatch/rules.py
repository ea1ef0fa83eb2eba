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
class RuleIndex:
    """Rules filed under the terms one of which they need; made by `index`. *needs* are the sets
    of terms of each of which a rule needs one: most candidates fail there, before any evaluation.
    *begun* holds the beginnings that are needed, by their first two letters; *named* says whether
    any name is.
    """

    rules: tuple[Rule, ...] = ()
    queries: tuple[Query, ...] = ()
    needs: tuple[tuple[frozenset[str], ...], ...] = ()
    filed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    always: tuple[int, ...] = ()
    begun: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    named: bool = False

    def matches(self, version: Version) -> tuple[tuple[Rule, tuple[Span, ...]], ...]:
        """The rules that *version* satisfies, in their own order, each with its places."""
        if not self.rules:
            return ()
        shown = view(version)
        present = self._present(shown)
        candidates = set(self.always)
        for term in present & self.filed.keys():
            candidates.update(self.filed[term])
        found: list[tuple[Rule, tuple[Span, ...]]] = []
        for place in sorted(candidates):
            if any(need.isdisjoint(present) for need in self.needs[place]):
                continue
            if (spans := match(self.queries[place], shown)) is not None:
                found.append((self.rules[place], spans))
        return tuple(found)

    def _present(self, shown: View) -> set[str]:
        """What *shown* holds of what rules may need."""
        present = {*shown.title.by_term, *shown.body.by_term}
        for words in (shown.title.by_word, shown.body.by_word) if self.begun else ():
            for word in words:
                for beginning in self.begun.get(word[:2], ()):
                    if word.startswith(beginning):
                        present.add(BEGINS + beginning)
        if self.named:
            from newswatch.query.spelling import keys

            for words in (shown.title.by_word, shown.body.by_word):
                for word in words:
                    present.update(SOUNDS + key for key in keys(word))
        return present


def index(rules: tuple[Rule, ...], frequencies: Mapping[str, int]) -> RuleIndex:
    """File *rules*; *frequencies* says in how many versions a term stands and may be empty: it
    makes the index faster, never different. Raises QueryError naming the first unreadable rule.
    """
    queries = tuple(conjoined(rule) for rule in rules)
    needs = tuple(required(query, frequencies) for query in queries)
    every = {term for sets in needs for terms in sets for term in terms}
    begun: dict[str, list[str]] = {}
    for term in sorted(every):
        if term.startswith(BEGINS):
            begun.setdefault(term[1:3], []).append(term[1:])
    filed: dict[str, list[int]] = {}
    for place, sets in enumerate(needs):
        for term in sets[0] if sets else ():
            filed.setdefault(term, []).append(place)
    return RuleIndex(
        rules,
        queries,
        needs,
        {term: tuple(places) for term, places in filed.items()},
        tuple(place for place, sets in enumerate(needs) if not sets),
        {first: tuple(all_) for first, all_ in begun.items()},
        any(term.startswith(SOUNDS) for term in every),
    )
