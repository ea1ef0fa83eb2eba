"""The archive's words: each with the terms it is filed under, and the keys by which spellings of a name
find each other.

Rule: a word's keys take as long as all else that is kept of an article, so that new words wait in
`unspelt` for a quiet moment of the writer, and a search reads them there meanwhile.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

from newswatch.query.spelling import keys

REMEMBERED = 50_000  # words that were added, so that the table is not asked for each again; some 10 MB when full
SPELT = 500  # words at a time


class Vocabulary:
    """The words in one SQLite store, as its writer adds to them inside its own transactions."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._known: set[tuple[str, str]] = set()

    def add(self, words: AbstractSet[tuple[str, str]]) -> None:
        """Add what is new among *words*, each with its term."""
        new = words - self._known
        self._connection.executemany(
            "INSERT OR IGNORE INTO unspelt SELECT ?1"
            " WHERE NOT EXISTS (SELECT 1 FROM word WHERE surface = ?1)",
            sorted({(surface,) for surface, _ in new}),
        )
        self._connection.executemany("INSERT OR IGNORE INTO word VALUES (?, ?)", sorted(new))
        if len(self._known) > REMEMBERED:
            self._known.clear()
        self._known |= new

    def rolled_back(self) -> None:
        """Forget what was added: it may not be in the table."""
        self._known.clear()

    def unspelt(self) -> list[str]:
        """Some of the words that wait to be filed by their spellings."""
        found = self._connection.execute("SELECT surface FROM unspelt LIMIT ?", (SPELT,))
        return [row[0] for row in found.fetchall()]

    def spell(self, words: list[str]) -> None:
        """File *words* by their spellings."""
        filed = [(key, word) for word in words for key in keys(word)]
        self._connection.executemany("INSERT OR IGNORE INTO spelling VALUES (?, ?)", filed)
        self._connection.executemany(
            "DELETE FROM unspelt WHERE surface = ?", [(word,) for word in words]
        )
