"""First walk: outcomes become changesets, and the store keeps each whole or not at all.

Rule: `changeset` is pure: what it knows comes through `Known`, the time is an argument. Two
copies may sit in one outcome, so a `Draft` answers from what it adds before it asks the store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from newswatch import dedup, frontier, rules, text, versions
from newswatch.address import canonical, has_page, is_web, request_id
from newswatch.model import (
    EPOCH,
    FUTURE_ALLOWED,
    Article,
    ArticleState,
    Changeset,
    Evidence,
    Feed,
    Gap,
    Imported,
    Match,
    Notification,
    Outcome,
    Quality,
    Request,
    Revision,
    Rule,
    Shown,
    Sighting,
    Version,
    WindowEntry,
    content_id,
)
from newswatch.store import Known, Ledger, enough_shared

STORY_WINDOW = timedelta(days=14)
EVIDENCE_KEPT = 5
FIRST_PAGE = timedelta(hours=6)  # a page read later than this is news, whoever owed nothing before
LOST_WAIT = timedelta(minutes=1)  # a request whose worker went away is due again, but not at once
SAME_ENTRY = 0.4  # an entry that changed its address under a kept guid still shares its words
# A date guessed from a page may be false by months and must not silence a letter.
DATED_FOR_SURE = frozenset({"feed", "json-ld", "meta"})
RANK: dict[Quality, int] = {"headline": 0, "lead": 1, "full": 2}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force: feeds by name, the rules' index, and whom each name in `tell` means, as
    (recipient, digest or "now") pairs. Entries older than *alert_max_age* owe no letter.
    """

    feeds: Mapping[str, Feed]
    rules: rules.RuleIndex
    audience: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    alert_max_age: timedelta = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of an article on its way into the archive: whose it is and how it came. A *quiet*
    one owes no letter, whichever version it makes. An *imported* one tells of the past: it may add to what is known and never brings an old text back.
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


class Draft:
    """A changeset in the making: what the store knows plus what this changeset already adds."""

    def __init__(self, known: Known, standing: Standing, now: datetime) -> None:
        self._known = known
        self._standing = standing
        self._now = now
        self._aliases: dict[str, str] = {}
        self._states: dict[str, ArticleState] = {}
        self._versions: dict[str, Version] = {}
        self._grams: dict[str, frozenset[int]] = {}
        self._holders: dict[int, list[str]] = {}
        self._exact: dict[str, str] = {}
        self._texts: dict[str, Version] = {}
        self._told: dict[tuple[str, str, str, str, str], Notification] = {}
        self.asked: dict[str, Request] = {}
        self.joined: list[tuple[str, str]] = []
        self.merged: dict[str, str] = {}
        self.new_articles: list[str] = []
        self.addresses: dict[tuple[str, str], None] = {}
        self.revisions: list[Revision] = []
        self.current: dict[str, str] = {}
        self.sightings: list[Sighting] = []
        self.evidence: list[Evidence] = []
        self.matches: list[Match] = []

    # ── whose entry is it? ──────────────────────────────────────────────────────────────────

    def identify(self, shown: Shown, feed: Feed, *, here: frozenset[str] = frozenset()) -> str:
        """The article of a shown entry: by address, then by what only hints at one (an address
        learnt from a page, a guid), else a new one's id.

        A hint joins only when the article it names is not itself in the document (*here*,
        canonical addresses) and the words agree. A guid that several entries of a document have
        is none: leave it out of *shown*.
        """
        address = canonical(shown.url)
        found = self._alias(f"u:{address}")
        if found is not None:
            return found
        for key in (f"l:{address}", guid_key(feed, shown.guid) if shown.guid else ""):
            found = self._alias(key) if key else None
            state = self.state(found) if found else None
            if (
                found is not None
                and state is not None
                and canonical(state.url) not in here
                and shown.article is not None
                and _agree(state.current, shown.article)
            ):
                return found
        return content_id(address)

    def join(self, never: str, article: str, url: str) -> None:
        """What was to be the article *never*, shown at *url*, is *article* after all."""
        self._aliases[f"u:{canonical(url)}"] = article
        self.joined.append((never, article))

    def _alias(self, key: str) -> str | None:
        return self._aliases.get(key) or self._known.aliases((key,)).get(key)

    def file(self, key: str, article: str) -> None:
        """Let *key* stand for *article* from now on, unless it stands for one already."""
        if self._alias(key) is None:
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
        version = self._version(reading, state)
        if version.id == state.current.id or not _may_author(reading, state.current):
            if reading.new_here:
                self._sight(reading, state.current, "appear")
            return
        standing = self._versions.get(version.id) or self._known.version(version.id)
        if standing is not None:
            if not reading.imported:
                self._stand(state, standing)
                self._sight(reading, standing, "return")
            return
        if reading.imported and reading.at < state.current.first_seen:
            self._look_back(reading, state, version)
            return
        revision = versions.compare(state.current, version)
        version = replace(version, kind=revision.kind)
        self.revisions.append(revision)
        self._versions[version.id] = version
        fuller = RANK[version.quality] > RANK[state.current.quality]
        story = self._place_again(state, version) if fuller else state.story
        self._stand(replace(state, versions=state.versions + 1, story=story), version)
        self._sight(reading, version, "change")
        still_first = fuller and state.quiet and reading.at < state.first_seen + FIRST_PAGE
        quiet = reading.quiet or still_first
        self._judge(version, story, quiet=quiet)
        if version.kind == "correction" and not quiet:
            self._correct(version, story, revision.note)

    def _look_back(self, reading: Reading, state: ArticleState, version: Version) -> None:
        """Keep a text older than what stands, which goes on standing."""
        self._versions[version.id] = version
        self._states[state.id] = replace(state, versions=state.versions + 1)
        self._sight(reading, version, "appear")
        self._judge(version, state.story, quiet=True)

    def _version(self, reading: Reading, state: ArticleState | None) -> Version:
        content = reading.content
        title = text.collapse(text.clean(content.title))
        body = text.clean(content.text)
        before = state.current if state else None
        published, published_from = self._believable(content, reading.at)
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
            newsroom=reading.feed.newsroom or reading.feed.name,
            first_seen=reading.at,
            tags=reading.feed.tags,
            author=text.safe_text(content.author or (before.author if before else "")),
            published=published,
            published_from=published_from,
            quality=content.quality if body else "headline",
        )

    @staticmethod
    def _believable(content: Article, at: datetime) -> tuple[datetime | None, str]:
        """A time in the future is taken for now, one before 1970 for none at all."""
        if content.published is None or content.published < EPOCH:
            return None, ""
        if content.published > at + FUTURE_ALLOWED:
            return at, "clamped"
        return content.published, content.published_from

    def _arrive(self, reading: Reading) -> None:
        version = self._version(reading, None)
        note = versions.correction_note(version.text, version.title)
        if note:
            version = replace(version, kind="correction")
        story = self._place(version)
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
        self._judge(version, story, quiet=quiet)
        if note and not quiet:
            self._correct(version, story, note)

    def _stand(self, state: ArticleState, version: Version) -> None:
        self._states[state.id] = replace(state, current=version)
        self.current[state.id] = version.id

    def _sight(self, reading: Reading, version: Version, what: str) -> None:
        self.sightings.append(
            Sighting(reading.article, version.id, reading.feed.name, reading.at, what)  # type: ignore[arg-type]
        )

    # ── whose story is it? ──────────────────────────────────────────────────────────────────

    def _place_again(self, state: ArticleState, version: Version) -> str:
        """The story of an article whose fuller text has come: where it stands alone in a story that
        it founded on less, the one that this text tells, and its own goes by that name.
        """
        here = {s.id for s in self._states.values() if s.story == state.story}
        if here - {state.id} or state.id in self.new_articles or not self._known.alone(state.story):
            self._post(state.story, version, dedup.signature(version))
            return state.story
        home = self._place(version, own=state.story)
        if home != state.story:
            self.merged[state.story] = home
        return home

    def _place(self, version: Version, own: str = "") -> str:
        """The story of an article: exact text, then candidates, else its *own*, a new one by
        default.
        """
        window = version.first_seen - STORY_WINDOW, version.first_seen + STORY_WINDOW
        signature = dedup.signature(version)
        if signature.exact:
            twin = self._exact.get(signature.exact) or self._known.exact(signature.exact, *window)
            twin = self.merged.get(twin, twin) if twin else None
            if twin is not None and twin != own:
                self._link(version, twin, dedup.exact(version, self._text(twin) or version))
                return twin
        ranked, frequency = self._known.candidates(signature.grams, *window)
        shared = dict(ranked)
        here = Counter(s for gram in signature.grams for s in self._holders.get(gram, ()))
        shared |= {
            story: count
            for story, count in here.items()
            if enough_shared(count, len(signature.grams), len(self._grams[story]))
        }
        best: Evidence | None = None
        home = ""
        found = []
        for story in sorted(shared, key=lambda s: (-shared[s], s)):
            other = self._text(story)
            if other is None or story == own or story in self.merged:
                continue
            evidence = dedup.judge(version, other, frequency)
            if evidence.relation != "other":
                found.append(evidence)
            if evidence.relation == "same" and (best is None or evidence.score > best.score):
                best, home = evidence, story
        found.sort(key=lambda e: (-e.score, e.other))
        self.evidence.extend(found[:EVIDENCE_KEPT])
        if best is None:
            home = own or version.article
            self._post(home, version, signature)
        elif signature.exact:
            self._exact.setdefault(signature.exact, home)
        return home

    def _text(self, story: str) -> Version | None:
        return self._texts.get(story) or self._known.text(story)

    def _link(self, version: Version, story: str, evidence: Evidence) -> None:
        if version.article != story:
            self.evidence.append(evidence)

    def _post(self, story: str, version: Version, signature: dedup.Signature) -> None:
        """File the story under its text, once a story: copies that posted too would fill up
        the postings of popular stories until nobody finds them.
        """
        if not version.text:
            return
        grams = frozenset(signature.grams)
        for gram in grams - self._grams.get(story, frozenset()):
            self._holders.setdefault(gram, []).append(story)
        self._grams[story] = grams
        self._texts.setdefault(story, version)
        if signature.exact:
            self._exact.setdefault(signature.exact, story)

    # ── who is told? ────────────────────────────────────────────────────────────────────────

    def _judge(self, version: Version, story: str, *, quiet: bool) -> None:
        for rule, spans in self._standing.rules.matches(version):
            self.matches.append(
                Match(rule.name, version.id, version.article, story, self._now, spans)
            )
            if not quiet:
                for recipient, digest in self._audience(rule):
                    self._owe(recipient, digest, rule, story, "first", version)

    def _audience(self, rule: Rule) -> tuple[tuple[str, str], ...]:
        pairs = {pair: None for name in rule.tell for pair in self._standing.audience.get(name, ())}
        return tuple(pairs)

    def _correct(self, version: Version, story: str, note: str) -> None:
        """Tell of a correction whoever was told of the story, but for those who were told of a text
        that has the same note.
        """
        told = self._told_of(story)
        heard = {(n.recipient, n.digest, n.rule) for n in told if self._note(n.version) == note}
        for n in told:
            if n.occasion == "first" and (n.recipient, n.digest, n.rule) not in heard:
                rule = Rule(n.rule, "", priority=n.priority)
                self._owe(n.recipient, n.digest, rule, story, f"correction:{version.id}", version)

    def _told_of(self, story: str) -> tuple[Notification, ...]:
        """Every notification of a story, this draft included."""
        names = (story, *(old for old, into in self.merged.items() if into == story))
        before = (n for name in names for n in self._known.told(name))
        return (*before, *(n for n in self._told.values() if n.story in names))

    def _note(self, version: str) -> str:
        """The wire's own word on a correction in a version's text, '' for none."""
        found = self._versions.get(version) or self._known.version(version)
        return versions.correction_note(found.text, found.title) if found else ""

    def _owe(
        self,
        recipient: str,
        digest: str,
        rule: Rule,
        story: str,
        occasion: str,
        version: Version,
    ) -> None:
        key = (recipient, digest, rule.name, story, occasion)
        before = ((n.recipient, n.digest, n.rule, story, n.occasion) for n in self._told_of(story))
        if key not in before:
            self._told[key] = Notification(
                recipient=recipient,
                digest=digest,
                rule=rule.name,
                story=story,
                occasion=occasion,
                version=version.id,
                article=version.article,
                at=self._now,
                priority=rule.priority,
            )

    # ── the result ──────────────────────────────────────────────────────────────────────────

    def finish(self, **rest: object) -> Changeset:
        """The changeset of everything read; *rest* are the frontier's fields of it."""
        return Changeset(
            at=self._now,
            asked=tuple(self.asked.values()),
            articles=tuple(self._states[article] for article in self.new_articles),
            aliases=tuple(self._aliases.items()),
            joined=tuple(self.joined),
            merged=tuple(self.merged.items()),
            addresses=tuple(self.addresses),
            versions=tuple(self._versions.values()),
            revisions=tuple(self.revisions),
            current=tuple(self.current.items()),
            sightings=tuple(dict.fromkeys(self.sightings)),
            evidence=tuple(self.evidence),
            grams=tuple(
                (gram, story) for story, grams in self._grams.items() for gram in sorted(grams)
            ),
            exact=tuple(self._exact.items()),
            matches=tuple(self.matches),
            notifications=tuple(self._told.values()),
            **rest,  # type: ignore[arg-type]
        )


def guid_key(feed: Feed, guid: str) -> str:
    """The alias under which a newsroom's guid is filed: guids are unique inside one newsroom."""
    return f"g:{feed.newsroom or feed.name}\x1f{guid}"


def _agree(version: Version | Article, article: Article) -> bool:
    """Whether two texts can be one article's: enough of the shorter one's words are the other's."""
    mine = set(text.stems(f"{version.title} {text.lead(version.text)}", version.lang))
    theirs = set(text.stems(f"{article.title} {text.lead(article.text)}", version.lang))
    return bool(mine and theirs) and len(mine & theirs) >= SAME_ENTRY * min(len(mine), len(theirs))


def _may_author(reading: Reading, current: Version) -> bool:
    """Whether a reading may replace what stands: its own feed's always, unless it says less than
    we have; another feed's only when it says more, or both carry the whole text.
    """
    mine, standing = RANK[reading.content.quality], RANK[current.quality]
    if mine != standing:
        return mine > standing
    return reading.feed.name == current.source or reading.content.quality == "full"


# ── outcomes ────────────────────────────────────────────────────────────────────────────────


def changeset(outcome: Outcome, known: Known, standing: Standing, now: datetime) -> Changeset:
    """Everything that follows from *outcome*; pure but for what *known* answers."""
    feed = standing.feeds.get(outcome.request.feed) or Feed(
        name=outcome.request.feed, url=outcome.request.url
    )
    if outcome.failure is not None and outcome.failure.kind == "lost":
        row = replace(outcome.request, due=now + LOST_WAIT, lease="")
        return Changeset(at=now, lease=outcome.request.lease, request=row, failure=outcome.failure)
    draft = Draft(known, standing, now)
    if outcome.request.kind == "page":
        return _page_changes(outcome, feed, draft, known, now)
    return _feed_changes(outcome, feed, draft, known, now)


def _feed_changes(
    outcome: Outcome, feed: Feed, draft: Draft, known: Known, now: datetime
) -> Changeset:
    request = outcome.request
    lease, failure = request.lease, outcome.failure
    if failure is not None or outcome.unchanged:
        return Changeset(
            at=now,
            lease=lease,
            request=frontier.again(outcome, feed, now, 0),
            failure=failure,
        )
    old = known.window(request.id)
    by_hash = {entry.hash: entry for entry in old}
    before = {entry.article for entry in old}
    guids = Counter(shown.guid for shown in outcome.window)
    here = frozenset(canonical(shown.url) for shown in outcome.window)
    backlog = request.backlog
    window: dict[str, WindowEntry] = {}
    fresh = 0
    for came in outcome.window:
        shown = came if guids[came.guid] == 1 else replace(came, guid="")
        if shown.article is None:
            if shown.hash in by_hash:
                window[shown.hash] = by_hash[shown.hash]
            continue
        article = draft.identify(shown, feed, here=here)
        draft.file(f"u:{canonical(shown.url)}", article)
        window[shown.hash] = WindowEntry(shown.hash, shown.guid, shown.url, article)
        seen_here = article in before
        fresh += not seen_here
        if feed.pages == "fetch" and shown.article.quality != "full" and has_page(shown.url):
            page = request_id("page", shown.url)
            asked = frontier.page_request(
                shown, feed, draft.request(page), backlog=backlog, now=now
            )
            if asked is not None:
                draft.asked[page] = asked
            elif not seen_here and (state := draft.state(article)) is not None:
                draft.sightings.append(
                    Sighting(article, state.current.id, feed.name, now, "appear")
                )
        else:
            reading = _reading(article, shown, shown.article, feed, quiet=backlog, at=now)
            draft.read(replace(reading, new_here=not seen_here))
    for url in outcome.parts:
        part = frontier.part_request(url, request, now)
        standing_part = draft.request(part.id)
        if standing_part is None:
            draft.asked[part.id] = part
        elif not standing_part.pending:  # its feed was off meanwhile
            draft.asked[part.id] = replace(standing_part, pending=True, due=now, failures=0)
    after = {entry.article for entry in window.values()}
    gap = None
    if before and len(window) > 1 and outcome.whole and not before & after:
        since = known.succeeded(request.id) or request.first_seen
        gap = Gap(feed.name, request.id, since, now, len(window))
    if outcome.whole:
        for article in sorted(before - after):
            state = draft.state(article)
            if state is not None:
                draft.sightings.append(Sighting(article, state.current.id, feed.name, now, "leave"))
    else:
        for entry in old:  # the body was cut: what it does not show has not left
            window.setdefault(entry.hash, entry)
    return draft.finish(
        lease=lease,
        request=frontier.again(outcome, feed, now, fresh, missed=gap is not None),
        window=tuple(window.values()),
        gap=gap,
    )


def _page_changes(
    outcome: Outcome, feed: Feed, draft: Draft, known: Known, now: datetime
) -> Changeset:
    request, shown = outcome.request, outcome.request.shown
    row = frontier.again(outcome, feed, now, 0)
    if shown is None or shown.article is None:
        return Changeset(at=now, lease=request.lease, request=row, failure=outcome.failure)
    article = draft.identify(shown, feed)
    state = draft.state(article)
    # A first poll's mark is over once its article is there: what its page says later is news.
    quiet = request.backlog and state is None
    reading = _reading(article, shown, shown.article, feed, quiet=quiet, at=now)
    if outcome.article is not None:
        reading = _of_page(reading, outcome, outcome.article)
        if state is None:
            reading = _same_address(reading, outcome, draft)
    elif state is not None and shown.article.title:
        # The page did not answer, yet the feed has a new headline: it goes over the text we have.
        full = known.fullest(article)
        if full is not None:
            content = replace(
                shown.article, text=full.text, quality="full", author=full.author, lang=full.lang
            )
            reading = replace(reading, content=content)
    draft.read(reading)
    return draft.finish(lease=request.lease, request=row, failure=outcome.failure)


def _reading(
    article: str, shown: Shown, content: Article, feed: Feed, *, quiet: bool, at: datetime
) -> Reading:
    keys = [f"u:{canonical(shown.url)}"]
    if shown.guid:
        keys.append(guid_key(feed, shown.guid))
    return Reading(
        article=article,
        content=replace(content, url=shown.url),
        feed=feed,
        keys=tuple(keys),
        addresses=(shown.url,),
        quiet=quiet,
        at=at,
    )


def _of_page(reading: Reading, outcome: Outcome, page: Article) -> Reading:
    """The feed's headline and time over the page's text; the longer text of the two."""
    entry = reading.content
    longer = page if len(page.text) >= len(entry.text) or page.quality == "full" else entry
    content = replace(
        longer,
        url=entry.url,
        title=entry.title or page.title,
        lang=page.lang or entry.lang,
        author=page.author or entry.author,
        published=entry.published or page.published,
        published_from=entry.published_from if entry.published else page.published_from,
    )
    learnt = [
        url
        for url in (outcome.url, page.canonical)
        if url and _is_article(url) and _agree(page, entry)
    ]
    return replace(
        reading,
        content=content,
        keys=(*reading.keys, *(f"l:{canonical(url)}" for url in learnt)),
        addresses=tuple(dict.fromkeys((*reading.addresses, *learnt))),
    )


def _same_address(reading: Reading, outcome: Outcome, draft: Draft) -> Reading:
    """A page that redirects to an article we have is that article under another address, if what
    its feed says agrees: many pages redirect to one that asks for money.
    """
    entry = outcome.request.shown
    assert entry is not None
    assert entry.article is not None
    there = Shown("", "", outcome.url or entry.url, entry.article)
    target = draft.state(draft.identify(there, reading.feed))
    if target is None or not _agree(target.current, entry.article):
        return reading
    draft.join(reading.article, target.id, entry.url)
    return replace(reading, article=target.id)


def _is_article(url: str) -> bool:
    """Whether an address can be one article's: a front page is not."""
    return is_web(url) and url.partition("://")[2].partition("?")[0].rstrip("/").count("/") > 0


def settle(outcome: Outcome, ledger: Ledger, standing: Standing, now: datetime) -> Changeset | None:
    """Keep what follows from *outcome*; None when its lease was over and nothing was kept."""
    changes = changeset(outcome, ledger.known, standing, now)
    return changes if ledger.keep(changes) else None


def catch_up(ledger: Ledger, standing: Standing, now: datetime) -> int:
    """Run rules that are new or changed over the archive, owing nobody; returns their matches."""
    behind = {rule.name for rule in ledger.behind()}
    if not behind:
        return 0
    count, row = 0, -1
    while True:
        batch = ledger.versions_after(row)
        found = []
        for _, version in batch:
            state = ledger.known.article(version.article)
            story = state.story if state else version.article
            found += [
                Match(rule.name, version.id, version.article, story, now, spans)
                for rule, spans in standing.rules.matches(version)
                if rule.name in behind
            ]
        ledger.keep_matches(found, () if batch else behind, now)
        count += len(found)
        if not batch:
            return count
        row = batch[-1][0]


def take_in(
    batch: Iterable[Imported], ledger: Ledger, standing: Standing, now: datetime, *, alert: bool
) -> int:
    """Keep imported articles in one transaction; returns how many versions were new."""
    draft = Draft(ledger.known, standing, now)
    for item in batch:
        feed = standing.feeds.get(item.source) or Feed(
            item.source, "", item.newsroom or item.source, tags=item.tags
        )
        shown = Shown("", "", item.article.url, item.article)
        article = draft.identify(shown, feed)
        reading = _reading(article, shown, item.article, feed, quiet=not alert, at=item.seen)
        draft.read(replace(reading, imported=True))
    changes = draft.finish()
    ledger.keep(changes)
    return len(changes.versions)
