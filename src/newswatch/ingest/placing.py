"""Whose story is it? Exact text, then candidates and a verdict on each, else a story of its own.

Rule: two copies may sit in one outcome, so what is added here is asked before the store.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from newswatch import dedup
from newswatch.model import Evidence, Version
from newswatch.store import CANDIDATES, HEADLINE_SHARED, POSTINGS, Known, enough_shared

STORY_WINDOW = timedelta(days=14)
EVIDENCE_KEPT = 5


class Placing:
    """The stories of a changeset in the making: the store's, and what the changeset adds."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._grams: dict[str, frozenset[int]] = {}
        self._holders: dict[int, list[str]] = {}
        self._exact: dict[str, str] = {}
        self._texts: dict[str, Version] = {}
        self._headed: dict[str, tuple[frozenset[int], Version]] = {}
        self.related: dict[str, tuple[str, ...]] = {}
        self.chained: dict[str, str] = {}
        self.merged: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.evidence: list[Evidence] = []

    def place_again(self, story: str, version: Version, *, alone: bool) -> str:
        """The story of an article whose fuller text has come: where it stands *alone* in a story that
        it founded on less, the one that this text tells, and its own goes by that name.
        """
        if not alone:
            self.post(story, version, dedup.signature(version))
            return story
        home = self.place(version, own=story)
        if home != story:
            self.merged[story] = home
            self.reasons[story] = "a fuller text came: " + ", ".join(
                f"{e.decided_by} with {e.other[:8]}, {e.score:.2f}"
                for e in self.evidence
                if e.relation == "same" and e.article == version.article
            )
        return home

    def place(self, version: Version, own: str = "") -> str:
        """The story of an article: exact text, then candidates, else its *own*, a new one by
        default.
        """
        window = version.first_seen - STORY_WINDOW, version.first_seen + STORY_WINDOW
        signature = dedup.signature(version)
        # What the operator took apart stays apart; an article that only arrives was never judged.
        apart = self._known.parted(version.article) if own else frozenset()
        if signature.exact:
            twin = self._exact.get(signature.exact) or self._known.exact(signature.exact, *window)
            twin = self.merged.get(twin, twin) if twin else None
            if twin is not None and twin != own and twin not in apart:
                evidence = dedup.exact(version, self._text(twin) or version)
                if evidence.relation == "same":
                    self._link(version, twin, evidence)
                    return twin
        if not version.text:
            return self._by_headline(version, own, signature, window)
        ranked, frequency = self._known.candidates(signature.grams, *window)
        shared = dict(ranked)
        here = Counter(
            story
            for gram in signature.grams
            if len(holders := self._holders.get(gram, ())) + frequency.get(gram, 0) <= POSTINGS
            for story in holders
        )
        shared |= {
            story: count
            for story, count in here.items()
            if count > 1 and enough_shared(count, len(signature.grams), len(self._grams[story]))
        }
        best: Evidence | None = None
        home = ""
        found = []
        for story in sorted(shared, key=lambda s: (-shared[s], s))[:CANDIDATES]:
            other = self._text(story)
            if other is None or story == own or story in self.merged or story in apart:
                continue
            evidence = dedup.judge(version, other, frequency)
            if evidence.relation != "other":
                found.append(evidence)
            if evidence.relation == "same" and (best is None or evidence.score > best.score):
                best, home = evidence, story
        if not own:
            chained = self._chained(version, found, signature, window)
            if chained is not None:
                best, home = chained, self._story_of(chained.other)
                found = [e for e in found if e.other != chained.other]
                self.evidence.append(chained)
        found.sort(key=lambda e: (-e.score, e.other))
        self.evidence.extend(found[:EVIDENCE_KEPT])
        if best is None:
            home = own or version.article
            self.post(home, version, signature)
        elif signature.exact:
            self._exact.setdefault(signature.exact, home)
        return home

    def _chained(
        self,
        version: Version,
        found: list[Evidence],
        signature: dedup.Signature,
        window: tuple[datetime, datetime],
    ) -> Evidence | None:
        """The evidence that an article takes the place of its newsroom's older one, and a note of it
        in `chained`; None when it does not. Texts may differ: then headlines find the older one.
        """
        relations = {self._story_of(e.other): e for e in found}
        stories = dict.fromkeys(story for story, e in relations.items() if e.relation == "same")
        if dedup.says_next(version.title):
            stories |= dict.fromkeys(relations)
            headed = self._known.headlines(signature.headline, *window)
            stories |= dict.fromkeys(self._story_of(old.article) for old in headed)
        for story in stories:
            old = self._known.newest(story, version.newsroom)
            known = relations.get(story)
            if old is None:
                continue
            why = dedup.next_of(version, old, known.relation if known else "other")
            if why:
                self.chained[version.article] = why
                base = known or dedup.judge(version, old, {})
                return replace(base, other=old.article, relation="same", decided_by=why)
        return None

    def _by_headline(
        self,
        version: Version,
        own: str,
        signature: dedup.Signature,
        window: tuple[datetime, datetime],
    ) -> str:
        """A headline's own story, and which others it may belong to: provisional until a text comes."""
        mine = frozenset(signature.headline)
        others = {v.article: v for v in self._known.headlines(signature.headline, *window)}
        others |= {
            v.article: v for keys, v in self._headed.values() if len(keys & mine) >= HEADLINE_SHARED
        }
        judged = (
            dedup.judge(version, old, {})
            for old in others.values()
            if old.article != version.article
        )
        found = sorted(
            (e for e in judged if e.relation == "related"), key=lambda e: (-e.score, e.other)
        )
        self.evidence.extend(found[:EVIDENCE_KEPT])
        self.related[version.article] = tuple(e.other for e in found)
        home = own or version.article
        self.post(home, version, signature)
        return home

    def _story_of(self, article: str) -> str:
        state = self._known.article(article)
        return state.story if state else article

    def _text(self, story: str) -> Version | None:
        return self._texts.get(story) or self._known.text(story)

    def _link(self, version: Version, story: str, evidence: Evidence) -> None:
        if version.article != story:
            self.evidence.append(evidence)

    def post(self, story: str, version: Version, signature: dedup.Signature) -> None:
        """File the story under its text, once a story: copies that posted too would fill up
        the postings of popular stories until nobody finds them.
        """
        self._headed.setdefault(story, (frozenset(signature.headline), version))
        if not version.text:
            return
        grams = frozenset(signature.grams)
        for gram in grams - self._grams.get(story, frozenset()):
            self._holders.setdefault(gram, []).append(story)
        self._grams[story] = grams
        self._texts.setdefault(story, version)
        if signature.exact:
            self._exact.setdefault(signature.exact, story)

    def grams(self) -> tuple[tuple[int, str], ...]:
        """The sampled word sequences to file, each with its story."""
        return tuple(
            (gram, story) for story, grams in self._grams.items() for gram in sorted(grams)
        )

    def headlines(self) -> tuple[tuple[int, str], ...]:
        """The pairs of headlines' words to file, each with its story."""
        return tuple((k, story) for story, (keys, _) in self._headed.items() for k in sorted(keys))

    def exact(self) -> tuple[tuple[str, str], ...]:
        """The hashes of whole texts to file, each with its story."""
        return tuple(self._exact.items())
