"""Letters at once, with Alertmanager's meanings: what goes together, when it is due, what inhibits it.

Rule: values in, values out. A group opens with what it first owes and is told whole when it is due:
`group_wait` after that, and never sooner than `group_interval` after its last letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from newswatch.model import GroupBy, Grouping, Notification

# Seconds of group_wait and group_interval where nobody says any. A story goes at once; for a rule
# they are Alertmanager's own defaults, as without a wait nothing would come together.
UNSAID: dict[str, tuple[int, int]] = {"story": (0, 0), "rule": (30, 300)}


@dataclass(frozen=True, slots=True)
class Group:
    """What one letter at once would tell: all that is *owed* to one reader *of* one story or rule.
    *terms* are (when it may go by its own wait, seconds that it keeps from the group's last letter),
    each once.
    """

    by: GroupBy
    of: str
    owed: tuple[Notification, ...]
    terms: tuple[tuple[datetime, int], ...]


def settled(rule: Grouping, person: Grouping) -> Grouping:
    """What holds for a rule's letters to a person: the rule's word, then the person's, then ours."""
    by: GroupBy = rule.by or person.by or "story"
    wait, interval = UNSAID[by]
    return Grouping(
        by,
        _said(rule.wait, person.wait, wait),
        _said(rule.interval, person.interval, interval),
        _said(rule.repeat, person.repeat, 0),
    )


def groups(owed: Iterable[Notification], how: Callable[[str], Grouping]) -> tuple[Group, ...]:
    """*owed* to one reader in groups, *how* by each rule's name; those with something urgent first, then
    in the order of what opened them.
    """
    found: dict[tuple[GroupBy, str], list[Notification]] = {}
    for n in sorted(owed, key=lambda n: n.priority != "urgent"):
        by: GroupBy = how(n.rule).by or "story"
        found.setdefault((by, n.story if by == "story" else n.rule), []).append(n)
    return tuple(
        Group(by, of, tuple(members), tuple(dict.fromkeys(_term(n, how(n.rule)) for n in members)))
        for (by, of), members in found.items()
    )


def due(group: Group, told: datetime | None) -> datetime:
    """When a group's letter is due, whose last one went at *told*: as soon as one of its members may go."""
    return min(
        at if told is None else max(at, told + timedelta(seconds=interval))
        for at, interval in group.terms
    )


def longest(group: Group) -> timedelta:
    """For how long the group's last letter matters to its next."""
    return timedelta(seconds=max(interval for _, interval in group.terms))


def inhibitor(
    owed: Notification, urgent: Iterable[tuple[Notification, str]]
) -> tuple[str, str] | None:
    """The rule that inhibits what is *owed*, and the letter that carries its word, '' while none does;
    None where nothing does. *urgent* is what urgent rules tell the same reader of the same story, each
    with its letter: an urgent rule inhibits a lower one's word on the same occasion.
    """
    if owed.priority == "urgent":
        return None
    told = [
        (n.rule, letter)
        for n, letter in urgent
        if n.priority == "urgent" and n.occasion == owed.occasion and n.rule != owed.rule
    ]
    return min(told, key=lambda found: (not found[1], found), default=None)


def _said(*values: int | None) -> int:
    return next(value for value in values if value is not None)


def _term(n: Notification, how: Grouping) -> tuple[datetime, int]:
    return n.at + timedelta(seconds=how.wait or 0), how.interval or 0
