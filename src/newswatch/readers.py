"""Who reads, and whom a rule's `tell` means.

Rule: values, put together from the configuration alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from newswatch import grouping
from newswatch.model import DigestPlan, Grouping, Person

AT_ONCE = "now"


@dataclass(frozen=True, slots=True)
class Readers:
    """Who reads: people by name, the digests' plans, and the address letters come from; and how rules,
    by name, want their letters at once put together, where they say anything of it. The *operator* hears
    how newswatch itself does.
    """

    people: Mapping[str, Person]
    plans: tuple[DigestPlan, ...] = ()
    sender: str = "newswatch@localhost"
    groupings: Mapping[str, Grouping] = field(default_factory=dict)
    operator: Person | None = None

    def grouping(self, rule: str, person: Person) -> Grouping:
        """What holds for a rule's letters at once to a person."""
        return grouping.settled(self.groupings.get(rule, Grouping()), person.grouping)

    def repeats(self) -> dict[str, int]:
        """After how many seconds each person who wants it hears of a story again."""
        return {p.name: p.grouping.repeat for p in self.people.values() if p.grouping.repeat}


def audience(readers: Readers) -> dict[str, tuple[tuple[str, str], ...]]:
    """Whom each name in a rule's `tell` means, as (recipient, digest or "now") pairs."""
    pairs: dict[str, tuple[tuple[str, str], ...]]
    pairs = {name: ((name, AT_ONCE),) for name in readers.people}
    for plan in readers.plans:
        pairs[plan.name] = tuple((person, plan.name) for person in plan.to)
    return pairs
