"""One changeset in the making: which article a reading belongs to, and what it makes of it.

Rule: what it knows comes through `Known` and a `Draft` answers from what it adds before it asks
the store, as two copies may sit in one outcome. Whose story it is, is `placing`; who is told,
`telling`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newswatch import text, versions
from newswatch.address import canonical
from newswatch.ingest.identity import Identity
from newswatch.ingest.placing import Placing
from newswatch.ingest.standing import Standing
from newswatch.ingest.telling import Telling
from newswatch.model import (
    EARLIEST,
    EPOCH,
    FUTURE_ALLOWED,
    Article,
    ArticleState,
    Changeset,
    Feed,
    Quality,
    Request,
    Revision,
    Sighting,
    Version,
    content_id,
)
from newswatch.store import Known

PUT_RIGHT = frozenset({"number", "name", "date"})
RUNS = 2  # times that a figure was put right before, after which it only goes on
KILL_WORDS = 150  # of a kill under an address of its own, which may quote what it kills
FIRST_PAGE = timedelta(hours=6)  # a page read later than this is news, whoever owed nothing before
# A date guessed from a page may be false by months and must not silence a letter.
DATED_FOR_SURE = frozenset({"feed", "json-ld", "meta", "microdata"})
RANK: dict[Quality, int] = {
    "headline": 0, "lead": 1, "part": 2, "video": 2, "gallery": 2, "full": 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of an article on its way into the archive: whose it is and how it came. A *quiet*
    one owes no letter, whichever version it makes. An *imported* one tells of the past: it may add to
    what is known and never brings an old text back. *passed_on* says that its feed's word counts, as
    the one that brought the article shows it no more. A *view* is the page that stands at another address (AMP, print):
    it adds to what is known and rewrites nothing.
    """

    article: str
    content: Article
    feed: Feed
    keys: tuple[str, ...]
    addresses: tuple[str, ...]
    quiet: bool
    at: datetime
    new_here: bool = False
    imported: bool = False
    passed_on: bool = False
    view: bool = False


class Draft:
    """A changeset in the making: what the store knows plus what this changeset already adds."""

    def __init__(self, known: Known, standing: Standing, now: datetime) -> None:
        self._known = known
        self._standing = standing
        self._now = now
        self._aliases: dict[str, str] = {}
        self._stored: dict[str, str | None] = {}
        self._states: dict[str, ArticleState] = {}
        self._versions: dict[str, Version] = {}
        self.asked: dict[str, Request] = {}
        self.joined: list[tuple[str, str]] = []
        self.new_articles: list[str] = []
        self.addresses: dict[tuple[str, str], None] = {}
        self.revisions: list[Revision] = []
        self.current: dict[str, str] = {}
        self.sightings: list[Sighting] = []
        self.identity = Identity(self.alias, self.state, self.request, now)
        self._placing = Placing(known, standing.judge)
        self._telling = Telling(known, standing, now, self._version_of, self._placing.merged)

    # ── whose entry is it? ──────────────────────────────────────────────────────────────────

    def passed_on(self, article: str, author: str, feed: Feed, *, seen_here: bool) -> bool:
        """Whether a *feed* that says something new of an article speaks for it: the one that did, the
        *author*, shows it no more or is watched no more. Another newsroom's feed does only where it
        showed the article before (*seen_here*), so that its words are a change and not its own way.
        """
        state = self.state(article)
        if state is None or author == feed.name:
            return False
        if not seen_here and state.newsroom != (feed.newsroom or feed.name):
            return False
        watched = self._standing.feeds.get(author)
        return not (watched and watched.enabled and author in self._known.showing(article))

    def join(self, never: str, article: str, url: str) -> None:
        """What was to be the article *never*, shown at *url*, is *article* after all."""
        self._aliases[f"u:{canonical(url)}"] = article
        self.joined.append((never, article))

    def alias(self, key: str) -> str | None:
        """The article that a key stands for."""
        if found := self._aliases.get(key):
            return found
        if key not in self._stored:  # asked some four times
            self._stored[key] = self._known.aliases((key,)).get(key)
        return self._stored[key]

    def file(self, key: str, article: str) -> None:
        """Let *key* stand for *article* from now on, unless it stands for one already."""
        if self.alias(key) is None:
            self._aliases[key] = article

    def state(self, article: str) -> ArticleState | None:
        """The article as it stands, this draft included."""
        if article not in self._states:
            stored = self._known.article(article)
            if stored is None:
                return None
            self._states[article] = stored
        return self._states[article]

    def request(self, request: str) -> Request | None:
        """A request as it stands, this draft included."""
        return self.asked.get(request) or self._known.request(request)

    def _version_of(self, version: str) -> Version | None:
        return self._versions.get(version) or self._known.version(version)

    # ── one reading ─────────────────────────────────────────────────────────────────────────

    def read(self, reading: Reading) -> None:
        """Take a reading in: a new article, a new version, an old one come back, or nothing."""
        for key in reading.keys:
            self.file(key, reading.article)
        for url in reading.addresses:
            self.addresses[reading.article, url] = None
        state = self.state(reading.article)
        if state is None:
            self._arrive(reading)
            return
        reading = _taken_back(reading, state.current)
        version = self._version(reading, state)
        if version.id == state.current.id or not _may_author(reading, state.current):
            if reading.new_here:
                self._sight(reading, state.current, "appear")
            return
        standing = self._version_of(version.id)
        if standing is not None:
            if not reading.imported:
                self._return(reading, state, standing)
            return
        if reading.imported and reading.at < state.current.first_seen:
            self._look_back(reading, state, version)
            return
        revision = versions.compare(state.current, version)
        if revision.kind == "correction" and not revision.note and self._runs(revision):
            revision = replace(revision, kind="update")
        version = replace(version, kind=revision.kind)
        self.revisions.append(revision)
        self._versions[version.id] = version
        back = _new_retraction(version, state.current)
        fuller = RANK[version.quality] > RANK[state.current.quality]
        story = state.story
        if fuller or not version.text:
            story = self._place_again(state, version)
        elif version.kind != "cosmetic" and not back:
            self._placing.rewritten(story, version)
        self._stand(replace(state, versions=state.versions + 1, story=story), version)
        self._sight(reading, version, "change")
        still_first = fuller and state.quiet and reading.at < state.first_seen + FIRST_PAGE
        quiet = reading.quiet or still_first or version.kind == "cosmetic" or bool(back)
        related = self._placing.related.get(version.article, ())
        self._telling.judge(version, story, quiet=quiet, related=related)
        if back and not reading.quiet:
            self._telling.retract(version, story)
        elif version.kind == "correction" and not quiet and not _only_noted(version, state.current):
            put_right = versions.slips(state.current, version)
            self._telling.correct(version, story, revision.note, put_right)

    def _runs(self, revision: Revision) -> bool:
        """Whether all that a revision puts right was put right before, and before that: what moves at each look is
        a counter on the page, or a count that the wire goes on with.
        """
        moved = {c.old for c in revision.changes if c.what in PUT_RIGHT and c.old and c.new}
        for _ in range(RUNS):
            before = self._known.revision(revision.old)
            came = {c.new: c.old for c in before.changes if c.what in PUT_RIGHT} if before else {}
            if before is None or not moved <= came.keys():
                return False
            moved, revision = {came[value] for value in moved}, before
        return bool(moved)

    def _return(self, reading: Reading, state: ArticleState, standing: Version) -> None:
        """The wire shows a text that it had given up."""
        self._stand(state, standing)
        self._sight(reading, standing, "return")
        self._telling.go_back(state.current, standing, state.story)
        if standing.kind == "correction" and standing.n > 1 and not reading.quiet:
            note = versions.own_word(standing)
            put_right = versions.slips(state.current, standing)
            self._telling.correct(standing, state.story, note, put_right)

    def _look_back(self, reading: Reading, state: ArticleState, version: Version) -> None:
        """Keep a text older than what stands, which goes on standing."""
        self._versions[version.id] = version
        self._states[state.id] = replace(state, versions=state.versions + 1)
        self._sight(reading, version, "appear")
        self._telling.judge(version, state.story, quiet=True)

    def _version(self, reading: Reading, state: ArticleState | None) -> Version:
        content = reading.content
        title = text.collapse(text.clean(content.title))
        body = text.clean(content.text)
        before = state.current if state else None
        published, published_from = self._believable(reading)
        if published is None and before is not None:
            published, published_from = before.published, before.published_from
        return Version(
            id=content_id(reading.article, title, text.collapse(body)),
            article=reading.article,
            n=1 if state is None else state.versions + 1,
            url=content.url,
            title=title,
            text=body,
            lang=(content.lang or reading.feed.lang or (before.lang if before else "")).lower(),
            source=reading.feed.name,
            newsroom=reading.feed.newsroom or content.newsroom or reading.feed.name,
            first_seen=reading.at,
            tags=reading.feed.tags,
            author=text.safe_text(content.author or (before.author if before else "")),
            published=published,
            published_from=published_from,
            quality=content.quality if body else "headline",
            text_from=content.text_from if body else "",
            credit=content.credit or (before.credit if before else ""),
            relations=content.relations,
        )

    @staticmethod
    def _believable(reading: Reading) -> tuple[datetime | None, str]:
        """A time in the future is taken for now; one before 1990, in an import before 1970, is none at
        all: it would file the article under it and silence its letter.
        """
        said = reading.content.published
        if said is None or said < (EPOCH if reading.imported else EARLIEST):
            return None, ""
        if said > reading.at + FUTURE_ALLOWED:
            return reading.at, "clamped"
        return said, reading.content.published_from

    def _arrive(self, reading: Reading) -> None:
        version = self._version(reading, None)
        note = versions.own_word(version)
        back = versions.retraction_note(version.text, version.title) if note else ""
        if note:
            version = replace(version, kind="correction")
        story = self._placing.place(version)
        too_old = (
            version.published is not None
            and version.published_from in DATED_FOR_SURE
            and version.published < reading.at - self._standing.alert_max_age
        )
        quiet = reading.quiet or too_old
        self._versions[version.id] = version
        self._states[reading.article] = ArticleState(
            id=reading.article,
            url=version.url,
            story=story,
            source=version.source,
            newsroom=version.newsroom,
            first_seen=reading.at,
            current=version,
            versions=1,
            quiet=quiet,
        )
        self.new_articles.append(reading.article)
        self._sight(reading, version, "appear")
        related = self._placing.related.get(version.article, ())
        # A kill tells nobody of itself; in doubt a text is an article, and is told of.
        marked = versions.retraction_note("", version.title)
        killed = bool(back) and (bool(marked) or len(version.text.split()) <= KILL_WORDS)
        self._telling.judge(version, story, quiet=quiet or killed, related=related)
        if killed and not quiet:
            self._telling.retract(version, story)
        elif note and not back and not quiet:
            self._telling.correct(version, story, note)
        elif version.article in self._placing.chained and not quiet:
            self._telling.update(version, story)

    def _stand(self, state: ArticleState, version: Version) -> None:
        self._states[state.id] = replace(state, current=version)
        self.current[state.id] = version.id

    def _sight(self, reading: Reading, version: Version, what: str) -> None:
        self.sightings.append(
            Sighting(reading.article, version.id, reading.feed.name, reading.at, what)  # type: ignore[arg-type]
        )

    def _place_again(self, state: ArticleState, version: Version) -> str:
        here = {other.id for other in self._states.values() if other.story == state.story}
        alone = not here - {state.id} and state.id not in self.new_articles
        return self._placing.place_again(
            state.story, version, alone=alone and self._known.alone(state.story)
        )

    # ── its page later on ───────────────────────────────────────────────────────────────────

    def withdraw(self, article: str) -> None:
        """An article's page is gone for good: whoever was told of it is told so."""
        state = self.state(article)
        if state is not None:
            self._telling.withdraw(state.current, state.story)

    def reinstate(self, article: str) -> None:
        """An article's page answers: whoever was told that it is gone is told so."""
        state = self.state(article)
        if state is not None:
            self._telling.reinstate(state.current, state.story)

    def tells_of(self, article: str) -> bool:
        """Whether anybody was, or is to be, told of an article."""
        state = self.state(article)
        return state is not None and self._telling.tells_of(article, state.story)

    def told_of(self, article: str) -> bool:
        """Whether anybody was, or is to be, told of an article's story."""
        state = self.state(article)
        return state is not None and self._telling.told_of(state.story)

    def overtaken(self, reading: Reading) -> bool:
        """Whether a reading is a text that we have, in whose place another feed's now stands: a page that
        still says it has not gone back to it.
        """
        state = self.state(reading.article)
        if state is None or state.current.source == reading.feed.name:
            return False
        return self._version_of(self._version(reading, state).id) is not None

    # ── the result ──────────────────────────────────────────────────────────────────────────

    def finish(self, **rest: object) -> Changeset:
        """The changeset of everything read; *rest* are the frontier's fields of it."""
        return Changeset(
            at=self._now,
            asked=tuple(self.asked.values()),
            articles=tuple(self._states[article] for article in self.new_articles),
            aliases=tuple(self._aliases.items()),
            joined=tuple(self.joined),
            merged=tuple(
                (story, into, self._placing.reasons[story])
                for story, into in self._placing.merged.items()
            ),
            addresses=tuple(self.addresses),
            versions=tuple(self._versions.values()),
            revisions=tuple(self.revisions),
            current=tuple(self.current.items()),
            sightings=tuple(dict.fromkeys(self.sightings)),
            evidence=tuple(self._placing.evidence),
            grams=self._placing.postings.grams(),
            headlines=self._placing.postings.headlines(),
            exact=self._placing.postings.exact(),
            boilerplate=self._placing.boilerplate(),
            matches=tuple(self._telling.matches),
            notifications=tuple(self._telling.owed.values()),
            flaws=tuple(self._placing.flaws),
            **rest,  # type: ignore[arg-type]
        )


def _taken_back(reading: Reading, current: Version) -> Reading:
    """A reading in which the wire takes its story back is heard though it says less than we have: a kill
    note is short, or stands in the headline alone.
    """
    content = reading.content
    less = RANK[content.quality] < RANK[current.quality]
    if not less or not versions.retraction_note(content.text, content.title):
        return reading
    text_now = content.text or current.text
    kept = content.text_from if content.text else current.text_from
    return replace(
        reading,
        content=replace(content, text=text_now, quality=current.quality, text_from=kept),
    )


def _only_noted(version: Version, before: Version) -> bool:
    """Whether a wire only says now, in so many words, that it put right what it had put right *before*
    without a word, or says it in other words: whoever was told of that need not hear it twice.
    """
    now, said = (versions.own_word(v) for v in (version, before))
    if not now or before.kind != "correction" or version.title != before.title:
        return False
    if said and text.numbers(now) != text.numbers(said):
        return False
    bare = (
        text.collapse(v.text.replace(note, "", 1)) for v, note in ((version, now), (before, said))
    )
    return len(set(bare)) == 1


def _new_retraction(version: Version, before: Version) -> str:
    """The word by which the wire takes a story back, where the text *before* did not say it."""
    back, said = (versions.retraction_note(v.text, v.title) for v in (version, before))
    return "" if back == said else back


def _may_author(reading: Reading, current: Version) -> bool:
    """Whether a reading may replace what stands: its own feed's always, unless it says less than
    we have; another feed's only when it says more, or both carry the whole text, or the article was
    passed on to it.
    """
    mine, standing = RANK[reading.content.quality], RANK[current.quality]
    if mine != standing or reading.view:
        return mine > standing
    mine_now = reading.feed.name == current.source or reading.passed_on
    return mine_now or reading.content.quality == "full"
