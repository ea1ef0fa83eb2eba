"""What a rule would have done: its hits in the archive, counted; and rules held against each other.

Rule: keeps nothing and tells nobody; counts by the same matching that raises alerts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from newswatch.model import Rule, Threshold, Version
from newswatch.query import (
    And,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Since,
    Until,
    Word,
    match,
    show,
    view,
)
from newswatch.rules import conjoined, index
from newswatch.store import Archive, Hit

MOST = 10_000  # versions a trial reads
BEGUN = 3  # letters of a beginning by which rules that may find the same are looked for
SAMPLE = 500  # newest versions that rules are checked on
NEARLY_ALL = 0.5  # the share of a sample that no rule should match
WIDEST = 45  # bars in a line
BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Trial:
    """What a query finds since a time: versions newest first, and of each story its newest hit."""

    hits: tuple[Hit, ...]
    stories: tuple[Hit, ...]
    letters: tuple[int, ...]  # stories by the day of their first hit, oldest day first
    terms: tuple[tuple[str, int, int], ...]  # a part, versions it marks, versions only it marks
    sources: tuple[tuple[str, int], ...]
    firsts: tuple[datetime, ...] = ()  # when each story was first told, in order

    @property
    def complete(self) -> bool:
        """Whether all there is was read."""
        return len(self.hits) < MOST

    @property
    def by_day(self) -> str:
        """The letters by day as bars, by some days each where they are too many for a line."""
        days = -(-len(self.letters) // WIDEST) or 1
        bars = [sum(self.letters[n : n + days]) for n in range(0, len(self.letters), days)]
        most = max(bars, default=0)
        drawn = "".join(BARS[-(-n * 7 // most)] if most else BARS[0] for n in bars)
        return f"by {'day' if days == 1 else f'{days} days'} {drawn} (most {most})"


def trial(archive: Archive, asked: Query, since: datetime, now: datetime) -> Trial:
    """What *asked* finds from *since* to *now*."""
    hits = tuple(archive.search(asked, since=since, limit=MOST, every_version=True))
    newest: dict[str, Hit] = {}
    first: dict[str, datetime] = {}
    marked: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for hit in hits:
        newest.setdefault(hit.story, hit)
        first[hit.story] = hit.version.time
        words = {span.word for span in match(asked, view(hit.version)) or ()}
        marked.update(words)
        if len(words) == 1:
            alone.update(words)
    days = Counter(at.date() for at in first.values())
    span = range((now.date() - since.date()).days + 1)
    return Trial(
        hits,
        tuple(newest.values()),
        tuple(days[since.date() + timedelta(days=n)] for n in span),
        tuple((word, n, alone[word]) for word, n in marked.most_common()),
        tuple(Counter(hit.version.source for hit in hits).most_common(5)),
        tuple(sorted(first.values())),
    )


# ── rules against each other ────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Doubt:
    """What seems wrong with a rule: *kind* is never, nearly-all, duplicate or shadowed; or unknown, where its threshold
    cannot be judged yet.
    """

    rule: str
    kind: str
    says: str


def doubts(rules: tuple[Rule, ...], sample: Iterable[Version]) -> Iterator[Doubt]:
    """What seems wrong with *rules*, by themselves and on a *sample* of versions."""
    queries = [conjoined(rule) for rule in rules]
    yield from _beside_others(rules, queries)
    counted: Counter[str] = Counter()
    size = 0
    filed = index(rules, {})
    for version in sample:
        size += 1
        counted.update(rule.name for rule, _ in filed.matches(version))
    for rule in rules:
        if size and counted[rule.name] > size * NEARLY_ALL:
            share = f"{counted[rule.name] / size:.0%} of the newest {size:,} texts"
            yield Doubt(rule.name, "nearly-all", f"matches {share}")


def _beside_others(rules: tuple[Rule, ...], queries: list[Query]) -> Iterator[Doubt]:
    printed: dict[tuple[str, tuple[str, ...], Threshold | None], str] = {}
    holding: dict[Query | str, list[int]] = {}
    for n, (rule, query) in enumerate(zip(rules, queries, strict=True)):
        asked = show(query), tuple(sorted(rule.tell)), rule.threshold
        twin = printed.setdefault(asked, rule.name)
        if twin != rule.name:
            yield Doubt(rule.name, "duplicate", f"asks what {twin} asks, and tells the same")
        for leaf in set(_held(query)):
            holding.setdefault(leaf, []).append(n)
    for n, (rule, query) in enumerate(zip(rules, queries, strict=True)):
        others = {o for leaf in _held(query) for o in holding[leaf]} - {n}
        for other in sorted(others):
            wider = queries[other]
            told = set(rule.tell) <= set(rules[other].tell)
            alike = rule.threshold == rules[other].threshold  # else they tell of other things
            if not told or not alike or wider == query or not implies(query, wider):
                continue
            if set(rule.tell) == set(rules[other].tell) and implies(wider, query):
                if other < n:
                    says = f"asks what {rules[other].name} asks in other words, and tells the same"
                    yield Doubt(rule.name, "duplicate", says)
                    break
            else:
                says = f"finds nothing that {rules[other].name} does not find and tell"
                yield Doubt(rule.name, "shadowed", says)
                break


def implies(narrow: Query, wide: Query) -> bool:
    """Whether all that satisfies *narrow* plainly satisfies *wide*; False says nothing."""
    if narrow == wide:
        return True
    if isinstance(narrow, Word | Phrase) and isinstance(wide, Word) and len(wide.tokens) == 1:
        within = {"", narrow.field} | ({"body"} if narrow.field == "lead" else set())
        return wide.tokens[0] in narrow.tokens and wide.field in within
    if _narrows(narrow, wide):
        return True
    if isinstance(narrow, Or):
        return all(implies(part, wide) for part in narrow.parts)
    if isinstance(wide, And):
        return all(implies(narrow, part) for part in wide.parts)
    if isinstance(wide, Or) and any(implies(narrow, part) for part in wide.parts):
        return True
    if isinstance(narrow, And | Near):
        return any(implies(part, wide) for part in narrow.parts)
    return isinstance(narrow, Not) and isinstance(wide, Not) and implies(wide.part, narrow.part)


def _narrows(narrow: Query, wide: Query) -> bool:
    """Whether one beginning, distance or day is within another of its kind."""
    match narrow, wide:
        case Prefix(mine, field), Prefix(theirs, other):
            *before, begun = mine
            *behind, shorter = theirs
            return before == behind and begun.startswith(shorter) and other in ("", field)
        case Near(mine, within), Near(theirs, reach) if len(mine) == len(theirs):
            chains = ((theirs, reach), (theirs[::-1], reach[::-1]))
            return any(
                mine == parts and all(a <= b for a, b in zip(within, far, strict=True))
                for parts, far in chains
            )
        case Since(at), Since(earlier):
            return at >= earlier
        case Until(at), Until(later):
            return at <= later
    return False


def _held(query: Query) -> Iterator[Query | str]:
    """By what a rule that may find the same is looked for: the words asked for, and all else asked."""
    for leaf in _leaves(query):
        if isinstance(leaf, Word | Phrase):
            yield from leaf.tokens
        elif isinstance(leaf, Prefix):
            yield f"{leaf.tokens[-1][:BEGUN]}*"
        else:
            yield leaf


def _leaves(query: Query) -> Iterator[Query]:
    match query:
        case And(parts) | Or(parts) | Near(parts, _):
            for part in parts:
                yield from _leaves(part)
        case Not(part):
            yield from _leaves(part)
        case _:
            yield query
