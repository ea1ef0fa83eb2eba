"""Which versions satisfy a query, where its words stand, and which words it cannot do without.

Rule: a version is judged by what is kept of it, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from newswatch.model import Span, Version
from newswatch.query.tree import (
    And,
    Author,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Since,
    Source,
    Until,
    Where,
    Word,
    prefixed,
    show,
)
from newswatch.text import Token, folded, lead, term_variants, token_terms, tokens

SPANS = 20  # places kept of one word in one version; a letter shows three or four


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one field, and the places of each term and of each folded word."""

    tokens: tuple[Token, ...]
    terms: tuple[str, ...]
    by_term: Mapping[str, tuple[int, ...]]
    by_word: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class View:
    """A version prepared for matching; its first *lead* words of the body are the lead."""

    version: Version
    title: Words
    body: Words
    lead: int


def view(version: Version) -> View:
    """*version* prepared once for any number of queries."""
    body = _words(version.text, version.lang)
    end = len(lead(version.text))
    inside = sum(1 for token in body.tokens if token.end <= end)
    return View(version, _words(version.title, version.lang), body, inside)


def _words(text: str, lang: str) -> Words:
    found = tokens(text)
    terms = token_terms(found, lang)
    return Words(found, terms, _places(terms), _places([token.text for token in found]))


def _places(named: Iterable[str]) -> dict[str, tuple[int, ...]]:
    places: dict[str, list[int]] = {}
    for place, name in enumerate(named):
        places.setdefault(name, []).append(place)
    return {name: tuple(found) for name, found in places.items()}


def match(query: Query, view: View) -> tuple[Span, ...] | None:
    """Where *view* satisfies *query*: the places of its words, title first, at most 20 a word;
    None when it does not. A query satisfied without any word (`source:tass`) gives ().
    """
    found = _found(query, view)
    if found is None:
        return None
    order = {"title": 0, "text": 1}
    return tuple(sorted(set(found), key=lambda s: (order[s.field], s.start, s.end, s.word)))


def _found(query: Query, view: View) -> list[Span] | None:
    version = view.version
    match query:
        case And(parts):
            spans: list[Span] = []
            for part in parts:
                if (found := _found(part, view)) is None:
                    return None
                spans.extend(found)
            return spans
        case Or(parts):
            each = [found for part in parts if (found := _found(part, view)) is not None]
            return [span for found in each for span in found] if each else None
        case Not(part):
            return [] if _found(part, view) is None else None
        case Since(at):
            return [] if version.time >= at else None
        case Until(at):
            return [] if version.time < at else None
        case Where(what, value):
            return [] if value in _came_from(version, what) else None
        case Author(wanted):
            names = folded(version.author)
            held = any(
                names[n : n + len(wanted)] == wanted for n in range(len(names) - len(wanted) + 1)
            )
            return [] if held else None
        case Word() | Phrase() | Prefix():
            return _places_of(query, view) or None


def _came_from(version: Version, what: Source) -> tuple[str, ...]:
    match what:
        case "source":
            values: tuple[str, ...] = (version.source,)
        case "newsroom":
            values = (version.newsroom,)
        case "lang":
            values = (version.lang, version.lang.partition("-")[0])
        case "tag":
            values = version.tags
    return tuple(value.casefold() for value in values)


def _places_of(leaf: Word | Phrase | Prefix, view: View) -> list[Span]:
    found: list[tuple[Literal["title", "text"], Words, int]] = []
    if leaf.field in ("", "title"):
        found += [("title", view.title, n) for n in _runs(leaf, view.title, len(view.title.terms))]
    if leaf.field != "title":
        end = view.lead if leaf.field == "lead" else len(view.body.terms)
        found += [("text", view.body, n) for n in _runs(leaf, view.body, end)]
    if not found:
        return []
    word = show(leaf).removeprefix(prefixed(leaf.field))
    last = len(leaf.tokens) - 1
    return [
        Span(field, words.tokens[n].start, words.tokens[n + last].end, word)
        for field, words, n in found
    ]


def _runs(leaf: Word | Phrase | Prefix, words: Words, end: int) -> list[int]:
    """The places where *leaf* begins and ends before place *end*, the first 20."""
    found: list[int] = []
    firsts = _firsts(leaf, words)
    if not firsts:
        return found
    tests = [_test(leaf, n) for n in range(1, len(leaf.tokens))]
    for place in firsts:
        if place + len(tests) >= end or len(found) == SPANS:
            break
        if all(holds(words, place + n) for n, holds in enumerate(tests, 1)):
            found.append(place)
    return found


def _firsts(leaf: Word | Phrase | Prefix, words: Words) -> Sequence[int]:
    """Where the first token of *leaf* stands, in order."""
    first = leaf.tokens[0]
    if isinstance(leaf, Word):
        lists = [words.by_term[term] for term in words.by_term.keys() & term_variants(first)]
    elif isinstance(leaf, Prefix) and len(leaf.tokens) == 1:
        lists = [places for name, places in words.by_word.items() if name.startswith(first)]
    else:
        return words.by_word.get(first, ())
    return lists[0] if len(lists) == 1 else sorted(place for places in lists for place in places)


def _test(leaf: Word | Phrase | Prefix, n: int) -> Callable[[Words, int], bool]:
    """Whether the leaf's token *n* stands at a place."""
    token = leaf.tokens[n]
    if isinstance(leaf, Word):
        variants = term_variants(token)
        return lambda words, place: words.terms[place] in variants
    if isinstance(leaf, Prefix) and n == len(leaf.tokens) - 1:
        return lambda words, place: words.tokens[place].text.startswith(token)
    return lambda words, place: words.tokens[place].text == token


def required(query: Query, frequencies: Mapping[str, int]) -> tuple[frozenset[str], ...]:
    """Sets of terms, of each of which every version that satisfies *query* holds at least one;
    the rarest set first by *frequencies* (versions a term stands in), where they say nothing the
    one of the longest words. Empty where no word is required.
    """

    def weight(terms: frozenset[str]) -> tuple[int, int, str]:
        common = sum(frequencies.get(term, 0) for term in terms)
        return common, -min(len(term) for term in terms), min(terms)

    def sets(query: Query) -> set[frozenset[str]]:
        match query:
            case And(parts):
                return set().union(*map(sets, parts))
            case Or(parts):
                each = [min(sets(part), key=weight, default=None) for part in parts]
                rarest = [terms for terms in each if terms is not None]
                return {frozenset().union(*rarest)} if len(rarest) == len(each) else set()
            case Word(words) | Phrase(words):
                return set(map(term_variants, words))
            case Prefix(words):
                return set(map(term_variants, words[:-1]))
        return set()

    return tuple(sorted(sets(query), key=weight))
