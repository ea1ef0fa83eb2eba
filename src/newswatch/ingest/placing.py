"""Whose story is it? Exact text, then candidates and a verdict on each, else a story of its own.

Rule: two copies may sit in one outcome, so what is added here is asked before the store. Texts are compared
without their newsroom's boilerplate (`_seen`), and kept with it. A newcomer is judged against the texts that a story itself speaks with (`Known.texts`), never against its copies: a
story must not grow by chaining.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from newswatch import boilerplate, dedup
from newswatch.ingest.postings import Postings
from newswatch.model import Counted, Evidence, StoreError, Version
from newswatch.store import CANDIDATES, Known

STORY_WINDOW = timedelta(days=14)
EVIDENCE_KEPT = 5


class Placing:
    """The stories of a changeset in the making: the store's, and what the changeset adds."""

    def __init__(self, known: Known, judge: Callable[..., Evidence] = dedup.judge) -> None:
        """*judge* is asked whether two texts are one story. Where it, or what leads to it, raises, the
        article stands where it stood, else alone, and `flaws` says why: it is told of all the same.
        """
        self._known = known
        self._judge = judge
        self._placed: dict[str, str] = {}
        self._lines: dict[str, boilerplate.Lines] = {}
        self._learnt: dict[str, None] = {}
        self._newest: dict[tuple[str, str], Version] = {}
        self.postings = Postings()
        self.related: dict[str, tuple[str, ...]] = {}
        self.chained: dict[str, str] = {}
        self.merged: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.evidence: list[Evidence] = []
        self.flaws: list[str] = []

    def place_again(self, story: str, version: Version, *, alone: bool) -> str:
        """The story of an article whose fuller text has come: where it stands *alone* in a story that
        it founded on less, the one that this text tells, and its own goes by that name.
        """
        if not alone:
            self._post(story, version)
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
        try:
            home = self._place(version, own)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a story told twice is better than none
            self._note(version, error)
            home = own or version.article
        self._placed[version.article] = home
        self._learn(version, home)
        self.postings.see(home, version.first_seen)
        last = self._newest.get((home, version.newsroom))
        if last is None or last.first_seen <= version.first_seen:
            self._newest[home, version.newsroom] = version
        return home

    # ── what is compared ────────────────────────────────────────────────────────────────────

    def _counted(self, newsroom: str) -> boilerplate.Lines:
        if newsroom not in self._lines:
            known = self._known.boilerplate(newsroom)
            self._lines[newsroom] = {one.line: one for one in known}
        return self._lines[newsroom]

    def _seen(self, version: Version) -> Version:
        """A version as it is compared: without what its newsroom says again and again."""
        own = boilerplate.without(version.text, self._counted(version.newsroom))
        return version if own == version.text else replace(version, text=own)

    def _learn(self, version: Version, story: str) -> None:
        """Count the lines of a text that has come."""
        if version.text:
            before = self._counted(version.newsroom)
            self._lines[version.newsroom] = boilerplate.learnt(before, version.text, story)
            self._learnt[version.newsroom] = None

    def boilerplate(self) -> tuple[tuple[str, tuple[Counted, ...]], ...]:
        """What is counted now of the newsrooms whose texts have come."""
        return tuple((name, tuple(self._lines[name].values())) for name in self._learnt)

    # ── whose story ─────────────────────────────────────────────────────────────────────────

    def rewritten(self, story: str, version: Version) -> None:
        """A text has another version: where the story speaks with it, copies of what it says now find
        the story, as copies of what it said before do.
        """
        if any(version.article == text.article for text in self._texts(story)):
            self._post(story, version)

    def _post(self, story: str, version: Version) -> None:
        try:
            self.postings.post(story, version, dedup.signature(self._seen(version)))
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - its copies will be stories of their own
            self._note(version, error)

    def _note(self, version: Version, error: Exception) -> None:
        self.flaws.append(f"identity of {version.url}: {type(error).__name__}: {error}")

    def _place(self, version: Version, own: str) -> str:
        window = version.first_seen - STORY_WINDOW, version.first_seen + STORY_WINDOW
        seen = self._seen(version)
        signature = dedup.signature(seen)
        # What the operator took apart stays apart; an article that only arrives was never judged.
        apart = self._known.parted(version.article) if own else frozenset()
        twin = self._twin(seen, signature, window)
        if twin is not None and twin[0] != own and twin[0] not in apart:
            home, evidence = twin
            if version.article != home:
                self.evidence.append(evidence)
            return home
        if not version.text:
            return self._by_headline(version, own, signature, window)
        ranked, frequency = self._known.candidates(signature.grams, *window)
        shared = dict(ranked)
        for story, count in self.postings.candidates(signature, frequency, window).items():
            shared[story] = max(count, shared.get(story, 0))
        found = []
        for story in sorted(shared, key=lambda s: (-shared[s], s))[:CANDIDATES]:
            if story == own or story in self.merged or story in apart:
                continue
            judged = [self._judge(seen, self._seen(text), frequency) for text in self._texts(story)]
            if judged:
                found.append(max(judged, key=_nearness))
        best = max((e for e in found if e.relation == "same"), key=_nearness, default=None)
        found = [e for e in found if e.relation != "other"]
        if not own:
            chained = self._chained(version, found, signature, window)
            if chained is not None:
                best = chained
                found = [e for e in found if e.other != chained.other]
                self.evidence.append(chained)
        found.sort(key=lambda e: e.other)
        found.sort(key=_nearness, reverse=True)  # scores of two questions do not compare
        self.evidence.extend(found[:EVIDENCE_KEPT])
        home = own or version.article
        if best is not None:
            home = self._story_of(best.other)
        else:
            self._relate(version, [v for v in self._headed(signature, window) if not v.text])
        if best is None or version.article in self.chained:
            self.postings.post(home, version, signature)
        else:
            self.postings.repeat(home, signature)
        return home

    def _twin(
        self, version: Version, signature: dedup.Signature, window: tuple[datetime, datetime]
    ) -> tuple[str, Evidence] | None:
        """The story that one of the same words was filed under, and the evidence that it is one."""
        if not signature.exact:
            return None
        twin = self.postings.repeated(signature, window) or self._known.exact(
            signature.exact, *window
        )
        if twin is None:
            return None
        twin = self.merged.get(twin, twin)
        own = tuple(map(self._seen, self._texts(twin)))
        words = (text for text in own if dedup.signature(text).exact == signature.exact)
        evidence = dedup.exact(version, next(words, own[0] if own else version))
        return (twin, evidence) if evidence.relation == "same" else None

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
            headed = self._headed(signature, window)
            stories |= dict.fromkeys(self._story_of(old.article) for old in headed)
        for story in stories:
            ours = self._newest.get((story, version.newsroom))
            theirs = self._known.newest(story, version.newsroom)
            old = max((v for v in (ours, theirs) if v), key=lambda v: v.first_seen, default=None)
            known = relations.get(story)
            if old is None:
                continue
            why = dedup.next_of(version, old, known.relation if known else "other")
            if why:
                self.chained[version.article] = why
                base = known or self._judge(self._seen(version), self._seen(old), {})
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
        self._relate(version, self._headed(signature, window))
        home = own or version.article
        self.postings.post(home, version, signature)
        return home

    def _relate(self, version: Version, others: Iterable[Version]) -> None:
        """Note which of *others* tell of the same event by their headlines: the one came before its
        text, or has none.
        """
        judged = (self._judge(version, old, {}) for old in others if old.article != version.article)
        found = sorted(
            (e for e in judged if e.relation == "related"), key=lambda e: (-e.score, e.other)
        )
        self.evidence.extend(found[:EVIDENCE_KEPT])
        self.related[version.article] = tuple(self._story_of(e.other) for e in found)

    def _headed(
        self, signature: dedup.Signature, window: tuple[datetime, datetime]
    ) -> tuple[Version, ...]:
        """The first articles of stories with a like headline, as they stand."""
        stored = self._known.headlines(signature.headline, *window)
        found = {v.article: v for v in (*stored, *self.postings.headed(signature, window))}
        return tuple(found.values())

    def _story_of(self, article: str) -> str:
        if article in self._placed:
            return self._placed[article]
        state = self._known.article(article)
        return state.story if state else article

    def _texts(self, story: str) -> tuple[Version, ...]:
        """The texts that a story speaks with, each once."""
        texts = (*self.postings.texts(story), *self._known.texts(story))
        return tuple({text.id: text for text in texts}.values())


def _nearness(evidence: Evidence) -> tuple[int, float]:
    return ("other", "related", "same").index(evidence.relation), evidence.score
