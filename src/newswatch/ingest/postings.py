"""What a changeset in the making files stories under, so that copies find them: sampled word sequences,
pairs of a headline's words, whole texts.

Rule: every text that a story speaks with is posted, and no copy's: copies that posted too would fill
up the postings of popular stories until nobody finds them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from newswatch import dedup
from newswatch.model import Version
from newswatch.store import HEADLINE_SHARED, POSTINGS, enough_shared

Window = tuple[datetime, datetime]


class Postings:
    """What was posted in this changeset, by story."""

    def __init__(self) -> None:
        self._grams: dict[str, dict[int, None]] = {}
        self._holders: dict[int, list[str]] = {}
        self._exact: dict[str, str] = {}
        self._texts: dict[str, list[Version]] = {}
        self._headed: dict[str, dict[int, Version]] = {}
        self._seen: dict[str, tuple[datetime, datetime]] = {}

    def see(self, story: str, at: datetime) -> None:
        """Note that an article of *story* was first seen *at* a time."""
        first, last = self._seen.get(story, (at, at))
        self._seen[story] = min(first, at), max(last, at)

    def _within(self, story: str, window: Window) -> bool:
        """Whether *story* was seen in the *window*, as the store asks it of its own."""
        first, last = self._seen.get(story, window)
        return last >= window[0] and first <= window[1]

    def post(self, story: str, version: Version, signature: dedup.Signature) -> None:
        """File *story* under a text that it speaks with."""
        headed = self._headed.setdefault(story, {})
        for key in signature.headline:
            headed.setdefault(key, version)
        if not version.text:
            return
        grams = self._grams.setdefault(story, {})
        for gram in signature.grams:
            if gram not in grams:
                grams[gram] = None
                self._holders.setdefault(gram, []).append(story)
        self._texts.setdefault(story, []).append(version)
        self.repeat(story, signature)

    def repeat(self, story: str, signature: dedup.Signature) -> None:
        """File *story* under the whole text of a copy alone: the same words are found at once."""
        if signature.exact:
            self._exact.setdefault(signature.exact, story)

    def repeated(self, signature: dedup.Signature, window: Window) -> str | None:
        """The story, seen in the *window*, that was filed under the same whole text."""
        story = self._exact.get(signature.exact)
        return story if story is not None and self._within(story, window) else None

    def texts(self, story: str) -> tuple[Version, ...]:
        """The texts that *story* was filed under."""
        return tuple(self._texts.get(story, ()))

    def candidates(
        self, signature: dedup.Signature, frequency: Mapping[int, int], window: Window
    ) -> dict[str, int]:
        """Stories seen in the *window* that share enough word sequences with a text, and how many;
        *frequency* counts what the store holds of each.
        """
        shared = Counter(
            story
            for gram in signature.grams
            if len(holders := self._holders.get(gram, ())) + frequency.get(gram, 0) <= POSTINGS
            for story in holders
        )
        return {
            story: count
            for story, count in shared.items()
            if count > 1
            and enough_shared(count, len(signature.grams), len(self._grams[story]))
            and self._within(story, window)
        }

    def headed(self, signature: dedup.Signature, window: Window) -> Iterable[Version]:
        """The first article of each story seen in the *window* whose headlines share two pairs of words
        and more.
        """
        mine = frozenset(signature.headline)
        for story, keys in self._headed.items():
            if len(mine & keys.keys()) >= HEADLINE_SHARED and self._within(story, window):
                yield next(iter(keys.values()))

    def grams(self) -> tuple[tuple[int, str], ...]:
        """The sampled word sequences to file, each with its story."""
        return tuple((g, story) for story, grams in self._grams.items() for g in sorted(grams))

    def headlines(self) -> tuple[tuple[int, str], ...]:
        """The pairs of headlines' words to file, each with its story."""
        return tuple((k, story) for story, keys in self._headed.items() for k in sorted(keys))

    def exact(self) -> tuple[tuple[str, str], ...]:
        """The hashes of whole texts to file, each with its story."""
        return tuple(self._exact.items())
