"""Which versions satisfy a query, where its words stand, and which words it cannot do without.

Rule: a version is judged by what is kept of it, and by nothing else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from newswatch.model import Span, Version
from newswatch.query import near
from newswatch.query.forms import form_terms
from newswatch.query.near import Run
from newswatch.query.tree import (
    And,
    Author,
    Edited,
    Edition,
    Field,
    Leaf,
    Name,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Regex,
    Since,
    Source,
    Until,
    Where,
    Word,
    prefixed,
    show,
)
from newswatch.text import folded, lead, placed, word_end, word_terms

if TYPE_CHECKING:
    from newswatch.query.names import Spelling

TEXTS: tuple[Literal["title", "text"], ...] = ("title", "text")
Place: TypeAlias = tuple[int, int, int, str]  # a span that sorts as spans do: which of TEXTS, …

SPANS = 20  # places kept of one word in one version; a letter shows three or four


@dataclass(frozen=True)
class Words:
    """The words of one field as an article in *lang* has them: folded, where each starts in *text*,
    and the term it is filed under.
    """

    text: str
    lang: str
    words: tuple[str, ...]
    starts: tuple[int, ...]
    terms: tuple[str, ...]

    @cached_property
    def by_term(self) -> dict[str, list[int]]:
        """The places of each term, in order."""
        return _places(self.terms)

    @cached_property
    def by_word(self) -> dict[str, list[int]]:
        """The places of each folded word, in order."""
        return _places(self.words)

    @cached_property
    def heard(self) -> Mapping[str, AbstractSet[str]]:
        """Words by the keys of their spellings, those of this text among others."""
        from newswatch.query.spelling import heard

        return heard(self.by_word.keys())

    @cached_property
    def in_order(self) -> list[str]:
        """The folded words, each once, by their letters."""
        return sorted(self.by_word)

    def end(self, place: int) -> int:
        """Where the word at *place* ends in the text."""
        start = self.starts[place]
        if self.text.isascii():
            return start + len(self.words[place])
        return word_end(self.text, start)

    def of_forms(self, terms: tuple[str, ...]) -> Sequence[int]:
        """The places of one word's forms, in order."""
        if len(terms) == 1:
            return self.by_term.get(terms[0], ())
        lists = [places for term in terms if (places := self.by_term.get(term))]
        if len(lists) < 2:
            return lists[0] if lists else ()
        return sorted(place for places in lists for place in places)


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
    inside = bisect_left(body.starts, end)  # a lead never ends within a word
    return View(version, _words(version.title, version.lang), body, inside)


def _words(text: str, lang: str) -> Words:
    words, starts = placed(text)
    return Words(text, lang, words, starts, word_terms(words, lang))


def _places(named: Iterable[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, name in enumerate(named):
        places.setdefault(name, []).append(place)
    return places


def match(query: Query, view: View) -> tuple[Span, ...] | None:
    """Where *view* satisfies *query*: the places of its words, title first, at most 20 a word;
    None when it does not. A query satisfied without any word (`source:tass`) gives ().
    """
    found = _found(query, view)
    if found is None:
        return None
    return _spans(sorted(set(found)))


def _spans(places: Iterable[Place]) -> tuple[Span, ...]:
    return tuple([Span(TEXTS[text], start, end, word) for text, start, end, word in places])


def _found(query: Query, view: View, most: int = SPANS) -> list[Place] | None:
    version = view.version
    match query:
        case Word() | Phrase() | Prefix() | Name():
            return _places_of(query, view, most) or None
        case And(parts):
            places: list[Place] = []
            for part in parts:
                if (found := _found(part, view, most)) is None:
                    return None
                places += found
            return places
        case Or(parts):
            each = [found for part in parts if (found := _found(part, view, most)) is not None]
            return [place for found in each for place in found] if each else None
        case Not(part):
            return [] if _found(part, view, 1) is None else None
        case Near(parts, within):
            return _near_places(parts, within, view) or None
        case Where(what, value):
            return [] if value in _came_from(version, what) else None
        case Since(at):
            return [] if version.time >= at else None
        case Until(at):
            return [] if version.time < at else None
        case Author(wanted):
            names = folded(version.author)
            held = any(
                names[n : n + len(wanted)] == wanted for n in range(len(names) - len(wanted) + 1)
            )
            return [] if held else None
        case Edited(how):
            return [] if edited(how, version) else None
        case Regex():
            return _pattern_places(query, version, SPANS)


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


def edited(how: Edition, version: Version) -> bool:
    """Whether *version* changed what stood before it by more than its looks, or corrects it."""
    if how == "corrected":
        return version.kind == "correction"
    return version.n > 1 and version.kind in ("update", "correction")


def _texts(field: Field, view: View) -> Iterator[tuple[int, Words, int]]:
    """The texts a field stands for, and how many of their words belong to it."""
    if field in ("", "title"):
        yield 0, view.title, len(view.title.terms)
    if field != "title":
        yield 1, view.body, view.lead if field == "lead" else len(view.body.terms)


def _field(leaf: Leaf) -> Field:
    return "" if isinstance(leaf, Name) else leaf.field


def _places_of(leaf: Leaf, view: View, most: int) -> list[Place]:
    if isinstance(leaf, Word) and len(leaf.tokens) == 1:
        return _places_of_word(leaf, view, most)
    field = _field(leaf)
    found: list[Place] = []
    if field in ("", "title") and (runs := _runs(leaf, view.title, len(view.title.terms), most)):
        found = _places_in(0, view.title, runs, _shown(leaf))
    if field != "title":
        end = view.lead if field == "lead" else len(view.body.terms)
        if runs := _runs(leaf, view.body, end, most):
            found += _places_in(1, view.body, runs, _shown(leaf))
    return found


def _places_of_word(leaf: Word, view: View, most: int) -> list[Place]:
    """What most rules ask most often, without the steps that longer leaves need."""
    (terms,) = form_terms(leaf.tokens, view.body.lang)
    found: list[Place] = []
    if leaf.field in ("", "title") and (places := view.title.of_forms(terms)):
        runs = [(place, place) for place in places[:most]]
        found = _places_in(0, view.title, runs, _shown(leaf))
    if leaf.field != "title" and (places := view.body.of_forms(terms)):
        runs = [(place, place) for place in places[:most]]
        if leaf.field == "lead":
            runs = [(place, place) for place, _ in runs if place < view.lead]
        found += _places_in(1, view.body, runs, _shown(leaf))
    return found


def _places_in(text: int, words: Words, runs: Iterable[Run], shown: str) -> list[Place]:
    starts, end = words.starts, words.end
    return [(text, starts[first], end(last), shown) for first, last in runs]


def _shown(leaf: Leaf) -> str:
    """A leaf as a span names it: as typed, without its field."""
    return show(leaf).removeprefix(prefixed(_field(leaf)))


def _near_places(parts: tuple[Query, ...], within: tuple[int, ...], view: View) -> list[Place]:
    """The places of a chain's words, each leaf's first 20 in each text."""
    found: list[Place] = []
    for text, words in enumerate((view.title, view.body)):
        held: list[dict[Run, Leaf]] = []
        for part in parts:
            runs: dict[Run, Leaf] = {}
            for leaf in near.leaves(part):
                for which, _, end in _texts(_field(leaf), view):
                    if which == text:
                        runs.update(dict.fromkeys(_runs(leaf, words, end), leaf))
            if not runs:
                break
            held.append(runs)
        else:
            for runs, kept in zip(held, near.chained(held, within), strict=True):
                for run in kept[:SPANS]:
                    found.extend(_places_in(text, words, (run,), _shown(runs[run])))
    return found


def pattern_places(query: Regex, version: Version, *, most: int = SPANS) -> list[Span] | None:
    """Where the pattern matches, the first *most* places of each text; [] where it does so without
    any character, None for nowhere.
    """
    found = _pattern_places(query, version, most)
    return None if found is None else list(_spans(found))


def _pattern_places(query: Regex, version: Version, most: int) -> list[Place] | None:
    from newswatch.query.regex import spans

    texts: list[tuple[int, str]] = []
    if query.field in ("", "title"):
        texts.append((0, version.title))
    if query.field != "title":
        texts.append((1, lead(version.text) if query.field == "lead" else version.text))
    places = [(which, *s) for which, text in texts for s in spans(query.pattern, text, most)]
    shown = f"/{query.pattern}/"
    found = [(which, start, stop, shown) for which, start, stop in places if stop > start]
    return found if places else None


def _runs(leaf: Leaf, words: Words, end: int, most: int | None = None) -> list[Run]:
    """Where *leaf* begins and ends before place *end*, in order, the first *most*."""
    if isinstance(leaf, Name):
        return _runs_of_name(leaf, words, end, most)
    if not (firsts := _firsts(leaf, words)):
        return []
    if len(leaf.tokens) == 1:
        return [(place, place) for place in firsts[:most] if place < end]
    return _following(
        words, firsts, [_test(leaf, n) for n in range(1, len(leaf.tokens))], end, most
    )


Test: TypeAlias = Callable[[Words, int], bool]


def _following(
    words: Words, firsts: Sequence[int], tests: list[Test], end: int, most: int | None
) -> list[Run]:
    """Those of *firsts* after which each of the other words stands, up to the first *most*."""
    found: list[Run] = []
    for place in firsts:
        if place + len(tests) >= end or len(found) == most:
            break
        if all(holds(words, place + n) for n, holds in enumerate(tests, 1)):
            found.append((place, place + len(tests)))
    return found


def _runs_of_name(name: Name, words: Words, end: int, most: int | None) -> list[Run]:
    from newswatch.query.names import ways

    found: list[Run] = []
    for first, *others in ways(name.tokens):
        if fitting := _fitting_words(first, words):
            tests = [_fitting(spelling) for spelling in others]
            found += _following(words, _merged(words, fitting), tests, end, most)
    return sorted(found)[:most]


def _fitting_words(spelling: Spelling, words: Words) -> set[str]:
    """The words of a text that may be one word of a name."""
    heard = words.heard
    alike = {
        word for key in spelling.sounds for word in heard.get(key, ()) if word in words.by_word
    }
    found = set(filter(spelling.fits, alike))
    found.update(word for word in spelling.words if word in words.by_word)
    return found


def _fitting(spelling: Spelling) -> Test:
    return lambda words, place: spelling.fits(words.words[place])


def _begun(in_order: list[str], beginning: str) -> Iterator[str]:
    for n in range(bisect_left(in_order, beginning), len(in_order)):
        if not in_order[n].startswith(beginning):
            return
        yield in_order[n]


def _merged(words: Words, names: Iterable[str]) -> Sequence[int]:
    """The places of several folded words, in order."""
    lists = [words.by_word[name] for name in names]
    return lists[0] if len(lists) == 1 else sorted(place for places in lists for place in places)


def _firsts(leaf: Word | Phrase | Prefix, words: Words) -> Sequence[int]:
    """Where the first token of *leaf* stands, in order."""
    first = leaf.tokens[0]
    if isinstance(leaf, Word):
        return words.of_forms(form_terms(leaf.tokens, words.lang)[0])
    if isinstance(leaf, Prefix) and len(leaf.tokens) == 1:
        return _merged(words, _begun(words.in_order, first))
    return words.by_word.get(first, ())


def _test(leaf: Word | Phrase | Prefix, n: int) -> Test:
    """Whether the leaf's token *n* stands at a place."""
    token = leaf.tokens[n]
    if isinstance(leaf, Word):
        tokens = leaf.tokens
        return lambda words, place: words.terms[place] in form_terms(tokens, words.lang)[n]
    if isinstance(leaf, Prefix) and n == len(leaf.tokens) - 1:
        return lambda words, place: words.words[place].startswith(token)
    return lambda words, place: words.words[place] == token


# ── which words a query cannot do without ───────────────────────────────────────────────────

BEGINS = (
    "*"  # before a beginning, where others are terms; no term begins with it, nor with the next
)
SOUNDS = "~"  # before a name's key


def required(query: Query, frequencies: Mapping[str, int], lang: str) -> tuple[frozenset[str], ...]:
    """Sets of terms, of each of which every version in *lang* that satisfies *query* holds at least
    one; the rarest set first by *frequencies* (versions a term stands in), where they say nothing the
    one of the longest words. Empty where no word is required.

    `*tran` stands for any word that begins so, `~zelenski` for any that has this key of a name.
    """

    def weight(terms: frozenset[str]) -> tuple[int, bool, int, str]:
        first = min(terms)
        common = sum(frequencies.get(term, 0) for term in terms)
        return common, first[0] == BEGINS, -min(map(len, terms)), first

    def sets(query: Query) -> set[frozenset[str]]:
        match query:
            case And(parts):
                return set().union(*map(sets, parts))
            case Or(parts):
                each = [min(sets(part), key=weight, default=None) for part in parts]
                rarest = [terms for terms in each if terms is not None]
                return {frozenset().union(*rarest)} if len(rarest) == len(each) else set()
            case Near(parts):
                return set().union(*map(sets, parts))
            case Word(words):
                return set(map(frozenset, form_terms(words, lang)))
            case Phrase(words):
                return {frozenset((term,)) for term in word_terms(words, lang)}
            case Prefix(words):
                before = word_terms(words[:-1], lang)
                return {frozenset((term,)) for term in (*before, BEGINS + words[-1])}
            case Name(words):
                return {_of_name(words, lang)}
        return set()

    found = sets(query)
    return tuple(sorted(found, key=weight)) if len(found) > 1 else tuple(found)


def _of_name(words: tuple[str, ...], lang: str) -> frozenset[str]:
    """One term or key of each way a name is written: of its longest word."""
    from newswatch.query.names import ways

    found: set[str] = set()
    for way in ways(words):
        longest = max(way, key=lambda spelling: max(map(len, spelling.words)))
        found.update(SOUNDS + key for key in longest.sounds)
        found.update(word_terms(longest.words, lang))
    return frozenset(found)
