"""In how many versions the commonest terms stand, counted as they come: what rules are filed by.

Rule: a record of the commonest only, the newer weighing more. Asking the index would read a common
term's whole list; a table of all terms would be written to at three hundred places an article.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Set as AbstractSet

COUNTED = 500  # versions that are counted before the record is brought up to date
KEPT = 10_000  # terms; the commonest past them stand in one version of some three hundred
AGED = 50_000  # versions; past them all counts are halved, so that the record follows the news


class Frequencies:
    """What was counted since the record was brought up to date."""

    def __init__(self) -> None:
        self._new: Counter[str] = Counter()
        self._versions = 0

    def count(self, terms: AbstractSet[str]) -> None:
        """Count one version's terms."""
        self._new.update(terms)
        self._versions += 1

    @property
    def enough(self) -> bool:
        """Whether the record should be brought up to date."""
        return self._versions >= COUNTED

    def added_to(self, record: str) -> str:
        """The *record*, '' for none, with what was counted; counting begins anew."""
        counts = Counter(terms_of(record)) + self._new
        versions = self._versions + (json.loads(record)["versions"] if record else 0)
        halved = versions > AGED
        terms = {term: -(-n // 2) if halved else n for term, n in counts.most_common(KEPT)}
        self._new, self._versions = Counter(), 0
        made = {"versions": versions // 2 if halved else versions, "terms": terms}
        return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


def terms_of(record: str) -> dict[str, int]:
    """The counts in a record, '' for none."""
    return dict(json.loads(record)["terms"]) if record else {}
