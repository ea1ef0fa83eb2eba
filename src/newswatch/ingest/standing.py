"""What is in force while outcomes are settled.

Rule: a value; it changes only when the configuration does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from newswatch import dedup, rules
from newswatch.model import Evidence, Feed


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force: feeds by name, the rules' index, and whom each name in `tell` means, as
    (recipient, digest or "now") pairs; after how many seconds a story that is still reported is told
    each of them again, where a rule does not say. Entries older than *alert_max_age* owe no letter.
    *judge* is asked whether two texts are one story.
    """

    feeds: Mapping[str, Feed]
    rules: rules.RuleIndex
    audience: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    alert_max_age: timedelta = timedelta(days=3)
    repeats: Mapping[str, int] = field(default_factory=dict)
    judge: Callable[..., Evidence] = dedup.judge
