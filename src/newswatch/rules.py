"""Which of ten thousand rules does a version satisfy? Search turned round (percolation).

Rule: the index never decides; it only spares work. Each rule is filed under its rarest required
word, only the rules filed under a version's own words are evaluated, and the answer is that of
evaluating every rule. A rule without a required word (`source:tass`) is evaluated every time.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

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

WORDS_KEPT = 1 << 17  # different words whose marks are known; about 15 MB when full


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
    return _fingerprint(rule, conjoined(rule))


def _fingerprint(rule: Rule, asked: Query) -> str:
    return content_id(rule.name, show(asked))


class Marks:
    """What the words of texts are to rules that need a beginning or the key of a name: `*tran`,
    `~zelenski`. A word is looked at once; most are neither, which is known of it from then on.
    """

    def __init__(self, needed: Iterable[str]) -> None:
        """*needed* is all that rules need; terms are left out."""
        self._sounds = frozenset(term[1:] for term in needed if term[0] == SOUNDS)
        self._begun: dict[str, list[str]] = {}  # by their first letters, three at most
        for term in needed:
            if term[0] == BEGINS:
                self._begun.setdefault(term[1:4], []).append(term[1:])
        self._marked: dict[str, tuple[str, ...]] = {}
        self._plain: set[str] = set()

    def of(self, words: AbstractSet[str]) -> set[str]:
        """The marks of folded *words*."""
        found: set[str] = set()
        if not self._sounds and not self._begun:
            return found
        for word in words - self._plain:
            marks = self._marked.get(word)
            if marks is None:
                marks = tuple(self._look_at(word))
                if marks:
                    self._marked[word] = marks
                else:
                    self._plain.add(word)
            found.update(marks)
        if len(self._plain) + len(self._marked) > WORDS_KEPT:
            self._plain.clear()
            self._marked.clear()
        return found

    def _look_at(self, word: str) -> Iterator[str]:
        for letters in {word[:2], word[:3]} & self._begun.keys():
            for beginning in self._begun[letters]:
                if word.startswith(beginning):
                    yield BEGINS + beginning
        if self._sounds:
            from newswatch.query.spelling import keys

            for key in self._sounds & keys(word):
                yield SOUNDS + key


@dataclass(frozen=True, slots=True)
class Filing:
    """Where the rules stand for articles of one language. *needs* are the sets of terms of each of
    which a rule needs one: most candidates fail there, before any evaluation. *filed* names the rules
    under their rarest set, *always* those that need none.
    """

    needs: tuple[tuple[frozenset[str], ...], ...]
    filed: Mapping[str, list[int]]
    always: tuple[int, ...]
    marks: Marks

    def candidates(self, held: set[str]) -> list[int]:
        """The places of the rules that may match where so much is *held*, in order."""
        filed, needs = self.filed, self.needs
        places = set(self.always)
        for term in held:
            if term in filed:
                places.update(filed[term])
        found = []
        for place in sorted(places):
            for need in needs[place]:
                if need.isdisjoint(held):
                    break
            else:
                found.append(place)
        return found

    def held(self, shown: View) -> set[str]:
        """What *shown* holds of what rules may need."""
        words = {*shown.title.words, *shown.body.words}
        return {*shown.title.terms, *shown.body.terms} | self.marks.of(words)


@dataclass(frozen=True, slots=True)
class RuleIndex:
    """Rules to be matched; made by `index`. They are filed for a language when its first article
    comes, so that a word is one term and not one of each language there is.
    """

    rules: tuple[Rule, ...] = ()
    queries: tuple[Query, ...] = ()
    frequencies: Mapping[str, int] = field(default_factory=dict)
    _filings: dict[str, Filing] = field(default_factory=dict, repr=False, compare=False)

    def weighed(self, frequencies: Mapping[str, int]) -> RuleIndex:
        """The same rules, filed by other *frequencies*."""
        return replace(self, frequencies=frequencies, _filings={})

    def fingerprinted(self) -> tuple[tuple[Rule, str], ...]:
        """Each rule with its `fingerprint`."""
        pairs = zip(self.rules, self.queries, strict=True)
        return tuple((rule, _fingerprint(rule, asked)) for rule, asked in pairs)

    def matches(self, version: Version) -> tuple[tuple[Rule, tuple[Span, ...]], ...]:
        """The rules that *version* satisfies, in their own order, each with its places."""
        return tuple(self.found(version))

    def found(
        self,
        version: Version,
        among: AbstractSet[str] | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[Rule, tuple[Span, ...]]]:
        """The same one by one, of the rules named in *among* only, where it is given. It ends early
        once *stopping* says so, which is asked between the rules: one version may take them seconds.
        """
        if not self.rules:
            return
        filing = self.filing(version.lang, stopping)
        if filing is None:
            return
        shown = view(version)
        for place in filing.candidates(filing.held(shown)):
            rule = self.rules[place]
            if among is not None and rule.name not in among:
                continue
            if stopping():
                return
            spans = match(self.queries[place], shown)
            if spans is not None:
                yield rule, spans

    def filing(self, lang: str, stopping: Callable[[], bool] = lambda: False) -> Filing | None:
        """Where the rules stand for articles of this language; None when *stopping* said so first."""
        lang = filed_as(lang)
        if lang not in self._filings:
            with _uncollected():
                filing = self._file(lang, stopping)
            if filing is None:
                return None
            self._filings[lang] = filing
        return self._filings[lang]

    def _file(self, lang: str, stopping: Callable[[], bool]) -> Filing | None:
        needs = []
        for query in self.queries:
            if stopping():
                return None
            needs.append(required(query, self.frequencies, lang))
        filed: dict[str, list[int]] = {}
        for place, sets in enumerate(needs):
            for term in sets[0] if sets else ():
                filed.setdefault(term, []).append(place)
        needed = {term for sets in needs for terms in sets for term in terms}
        always = tuple(place for place, sets in enumerate(needs) if not sets)
        return Filing(tuple(needs), filed, always, Marks(needed))


def index(rules: tuple[Rule, ...], frequencies: Mapping[str, int]) -> RuleIndex:
    """File *rules*; *frequencies* says in how many versions a term stands and may be empty: it
    makes the index faster, never different. Raises QueryError naming the first unreadable rule.
    """
    with _uncollected():
        return RuleIndex(rules, tuple(conjoined(rule) for rule in rules), frequencies)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles meanwhile: ten thousand trees hold none, and looking takes as long
    as all the rest of filing them.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
