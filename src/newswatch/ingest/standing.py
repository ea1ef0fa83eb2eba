"""What is in force while outcomes are settled.

Rule: a value; it changes only when the configuration does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from newswatch import rules
from newswatch.model import Feed


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force: feeds by name, the rules' index, and whom each name in `tell` means, as
    (recipient, digest or "now") pairs. Entries older than *alert_max_age* owe no letter.
    """

    feeds: Mapping[str, Feed]
    rules: rules.RuleIndex
    audience: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    alert_max_age: timedelta = timedelta(days=3)
