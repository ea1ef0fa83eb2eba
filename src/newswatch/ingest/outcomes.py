"""What one outcome changes: entries of a feed's window, or the page of one of them.

Rule: pure but for what `Known` answers; the time is an argument.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from newswatch import frontier, health, turnover, versions
from newswatch.address import canonical, has_page, request_id
from newswatch.ingest import between, past
from newswatch.ingest.draft import DATED_FOR_SURE, Draft
from newswatch.ingest.identity import text_key
from newswatch.ingest.readings import of_page, reading_of, under_its_address
from newswatch.ingest.standing import Standing
from newswatch.model import (
    PAST,
    ArticleState,
    Changeset,
    Feed,
    Gap,
    Outcome,
    Shown,
    Sighting,
    WindowEntry,
    content_id,
)
from newswatch.store import Known

WITHDRAWN = 410  # said on purpose; a 404 may be a server in disorder
EDITED = frozenset({"update", "correction"})
OLDER_PAGES, SITEMAP = (
    "its older pages",
    "its site's news sitemap",
)  # where a gap's entries come from
LOST_WAIT = timedelta(minutes=1)  # a request whose worker went away is due again, but not at once


def changeset(outcome: Outcome, known: Known, standing: Standing, now: datetime) -> Changeset:
    """Everything that follows from *outcome*; pure but for what *known* answers."""
    feed = standing.feeds.get(outcome.request.feed) or Feed(
        name=outcome.request.feed, url=outcome.request.url
    )
    if outcome.failure is not None and outcome.failure.kind == "lost":
        row = replace(outcome.request, due=now + LOST_WAIT, lease="")
        return Changeset(at=now, lease=outcome.request.lease, request=row, failure=outcome.failure)
    if outcome.request.kind == "feed" and (outcome.failure is not None or outcome.unchanged):
        return _nothing_new(outcome, feed, now)
    draft = Draft(known, standing, now)
    if outcome.request.look == PAST:
        polling = past.Polling(feed, known, now, standing.alert_max_age)
        if outcome.request.kind == "archive":
            return past.archive_changes(outcome, feed, draft, known, polling, now)
        if (taken := _taken_over(outcome, draft)) is None:
            return past.page_changes(outcome, feed, draft, polling, now)
        outcome = taken
    if outcome.request.kind == "page":
        return _page_changes(outcome, feed, draft, known, now)
    return _feed_changes(outcome, feed, draft, known, now)


def _nothing_new(outcome: Outcome, feed: Feed, now: datetime) -> Changeset:
    request, failure = outcome.request, outcome.failure
    row = frontier.again(outcome, feed, now, 0, hurried=health.hurried(request.health, now))
    if failure is None or failure.kind != "resting":
        found = health.judged(outcome, row.rhythm, health.Seen(), now)
        row = row if found == row.health else replace(row, health=found)
    return Changeset(at=now, lease=request.lease, request=row, failure=failure)


def _feed_changes(
    outcome: Outcome, feed: Feed, draft: Draft, known: Known, now: datetime
) -> Changeset:
    request = outcome.request
    last_good = known.succeeded(request.id)
    last = known.window(request.id)
    old = tuple(entry for entry in last if entry.article)
    by_hash = {entry.hash: entry for entry in old}
    before = {entry.article for entry in old}
    guid_before: dict[str, set[str]] = defaultdict(set)
    for entry in old:
        if entry.guid:
            guid_before[canonical(entry.url)].add(entry.guid)
    guids = Counter(shown.guid for shown in outcome.window)
    here = frozenset(canonical(shown.url) for shown in outcome.window)
    texts = Counter(key for shown in outcome.window if (key := text_key(feed, shown)))
    held = frozenset(a for url in here if texts and (a := draft.alias(f"u:{url}")) is not None)
    identity = draft.identity
    left: dict[str, str] | None = None
    backlog = request.backlog
    forbidden = outcome.closed.pages if outcome.closed else frozenset()
    window: dict[str, WindowEntry] = {}

    stirring: list[Shown] = []  # what is new or reads otherwise, and has not merely come back

    def take(came: Shown, window: dict[str, WindowEntry]) -> bool:
        """Take an entry in; whether the feed never showed its article before."""
        nonlocal left
        shown = came if guids[came.guid] <= 1 else replace(came, guid="")
        if shown.article is None:
            if (was := by_hash.get(shown.hash)) is not None:
                window[shown.hash] = replace(was, mark=_mark(came, was) or was.mark)
            return False
        article = identity.of(shown, feed, here=here)
        if draft.state(article) is None:
            if left is None:
                left = identity.left(old, here) if outcome.whole else {}
            again = identity.twin(shown, feed, held) if texts[text_key(feed, came)] == 1 else None
            article = again or identity.renamed(shown, left) or article
        back = article not in before and known.shown_by(article, feed.name)
        if not back:
            stirring.append(came)
        draft.file(f"u:{canonical(shown.url)}", article)
        entry = WindowEntry(shown.hash, shown.guid, shown.url, article)
        window[shown.hash] = replace(entry, mark=_mark(came, entry))
        seen_here = article in before
        if (
            feed.pages == "fetch"
            and shown.article.quality != "full"
            and has_page(shown.url)
            and shown.url not in forbidden
        ):
            page = draft.request(request_id("page", shown.url))
            asked = frontier.page_request(
                shown, feed, page, backlog=backlog, now=now,
                passed_on=page is not None
                and draft.passed_on(article, page.feed, feed, seen_here=seen_here),
            )  # fmt: skip
            if asked is not None:
                draft.asked[asked.id] = asked
            elif not seen_here and (state := draft.state(article)) is not None:
                draft.sightings.append(
                    Sighting(article, state.current.id, feed.name, now, "appear")
                )
        else:
            state = draft.state(article)
            quiet = backlog and (state is None or state.quiet)
            reading = reading_of(article, shown, shown.article, feed, quiet=quiet, at=now)
            passed_on = state is not None and draft.passed_on(
                article, state.current.source, feed, seen_here=seen_here
            )
            draft.read(replace(reading, new_here=not seen_here, passed_on=passed_on))
        return not (seen_here or back)

    first_seen = fresh = sum(take(came, window) for came in outcome.window)
    stirred = tuple(stirring)
    # An index, its parts and theirs: a server that names another index in each has no end.
    if outcome.parts and request.url != feed.url:
        above = _parts(known.window(request_id("feed", feed.url)))
        outcome = outcome if request.url in above else replace(outcome, parts=())
    listed, part_requests = frontier.parts(
        outcome, _parts(last), draft.request, lambda part: _parts(known.window(part)), now
    )
    draft.asked |= {part.id: part for part in part_requests}
    fresh += len(set(listed) - set(_parts(last)))
    after = {entry.article for entry in window.values()}
    gap = None
    pinned = turnover.pinned(
        tuple(dict.fromkeys(entry.article for entry in old)),
        tuple(dict.fromkeys(entry.article for entry in window.values())),
    )
    # Of a long one what was known is there in each instalment.
    seen_whole = outcome.whole or outcome.more
    # Where most of it was there before the last window, that one was a cache's old one or an error as an entry.
    anew = 2 * first_seen > len(window) - len(pinned)
    moved_on = bool(before) and len(window) > 1 and seen_whole and before & after == pinned and anew
    readdressed = _readdressed(outcome.window, before, draft) if moved_on else 0
    if moved_on and 2 * readdressed < len(window):
        since = request.health.shown or last_good or request.first_seen
        moved = tuple(entry for entry in old if entry.article not in pinned)
        places = frozenset(place for entry in moved for place in between.places(entry))
        missed = [
            came
            for came in between.older(outcome, places, since)
            if draft.alias(f"u:{canonical(came.url)}") is None
        ]
        recovered = sum(take(came, {}) for came in missed)
        closed = any(not places.isdisjoint(between.places(came)) for came in outcome.older)
        where = OLDER_PAGES if recovered or closed else ""
        if outcome.mapped and not closed:
            dates = [
                state.current.published
                for article in before - pinned
                if (state := draft.state(article)) is not None and state.current.published
            ]
            came_behind = tuple(s for s in outcome.window if window[s.hash].article not in pinned)
            found, closed = between.mapped(
                replace(outcome, window=came_behind), moved, dates, since, now
            )
            unknown = [came for came in found if draft.alias(f"u:{canonical(came.url)}") is None]
            if unknown or closed:
                recovered += sum(take(came, {}) for came in unknown)
                where = f"{where} and {SITEMAP}" if where else SITEMAP
        entries = sum(entry.article not in pinned for entry in window.values())
        gap = Gap(feed.name, request.id, since, now, entries, recovered, closed, where)
    shared = [came for came in outcome.window if canonical(came.url) in guid_before]
    seen = health.Seen(
        dates=tuple(came.article.published for came in stirred if came.article is not None),
        shared=len(shared),
        rewritten=sum(
            bool(came.guid) and came.guid not in guid_before[canonical(came.url)] for came in shared
        ),
        readdressed=readdressed,
        gap=gap,
        first=request.rhythm.until is None,
        before=last_good,
    )
    row = frontier.again(
        outcome,
        feed,
        now,
        fresh,
        missed=gap is not None,
        hurried=health.hurried(request.health, now),
    )
    row = replace(row, health=health.judged(outcome, row.rhythm, seen, now))
    if outcome.whole and (window or listed):
        for article in sorted(before - after):
            state = draft.state(article)
            if state is not None:
                draft.sightings.append(Sighting(article, state.current.id, feed.name, now, "leave"))
    else:
        # The body was cut, or empty for once: what it does not show has not left.
        for entry in old:
            window.setdefault(entry.hash, entry)
    return draft.finish(
        lease=request.lease,
        request=row,
        window=(*window.values(), *map(_part_entry, listed)),
        gap=gap,
    )


def _readdressed(window: Iterable[Shown], before: Iterable[str], draft: Draft) -> int:
    """How many entries have headline and date of an article that the window *before* had: links that hold
    a session are others at each poll.
    """
    states = filter(None, map(draft.state, before))
    said = {(state.current.title, state.current.published) for state in states}
    return sum(
        (came.article.title, came.article.published) in said for came in window if came.article
    )


def _mark(came: Shown, kept: WindowEntry) -> str:
    """The mark by which the entry that *came* may be taken from the window that *kept* it: none if that
    left out its guid.
    """
    return came.mark if (came.guid, came.url) == (kept.guid, kept.url) else ""


def _part_entry(url: str) -> WindowEntry:
    """A part of an index as its window keeps it: it stands for no article."""
    return WindowEntry(content_id("part", url), "", url, "")


def _parts(window: Iterable[WindowEntry]) -> tuple[str, ...]:
    return tuple(entry.url for entry in window if not entry.article)


def _page_changes(
    outcome: Outcome, feed: Feed, draft: Draft, known: Known, now: datetime
) -> Changeset:
    request, shown = outcome.request, outcome.request.shown
    row = frontier.again(outcome, feed, now, 0)
    if shown is None or shown.article is None:
        return Changeset(at=now, lease=request.lease, request=row, failure=outcome.failure)
    article = draft.identity.of(shown, feed)
    state = draft.state(article)
    # A first poll's mark is over once its article is there: what its page says later is news.
    quiet = request.backlog and state is None
    reading = reading_of(article, shown, shown.article, feed, quiet=quiet, at=now)
    if outcome.article is not None:
        reading = of_page(reading, outcome, outcome.article)
        if state is None:
            reading = under_its_address(reading, outcome, draft)
    elif state is not None and shown.article.title:
        # The page did not answer, yet the feed has a new headline: it goes over the text we have.
        full = known.fullest(article)
        back = versions.retraction_note(shown.article.text, shown.article.title)
        if full is not None and not back:
            content = replace(
                shown.article, text=full.text, quality=full.quality, author=full.author, lang=full.lang,
                text_from=full.text_from,
            )  # fmt: skip
            reading = replace(reading, content=content)
    if not request.look or not (outcome.unchanged or draft.overtaken(reading)):
        draft.read(reading)
    if outcome.failure is None and draft.tells_of(reading.article):
        draft.reinstate(reading.article)
    elif outcome.failure and outcome.failure.status == WITHDRAWN and request.successes:
        draft.withdraw(reading.article)
    if feed.enabled and feed.looks and feed.pages == "fetch":
        row = frontier.look_again(
            row,
            outcome.failure,
            now,
            published=_published(draft.state(reading.article)),
            told=draft.told_of(reading.article),
            rewritten=request.successes > 0 and any(r.kind in EDITED for r in draft.revisions),
        )
    return draft.finish(lease=request.lease, request=row, failure=outcome.failure)


def _taken_over(outcome: Outcome, draft: Draft) -> Outcome | None:
    """The outcome of a backfill's page as a poll's, where a feed showed its entry while it was on its way; None
    where none did.
    """
    request = outcome.request
    standing = draft.request(request.id)
    if standing is None or standing.look == PAST:
        return None
    mine = replace(
        request, look=0, backlog=standing.backlog, shown=standing.shown, feed=standing.feed
    )
    return replace(outcome, request=mine)


def _published(state: ArticleState | None) -> datetime | None:
    """When an article was published, where its feed or its page says so and nobody guesses."""
    if state is None or state.current.published_from not in DATED_FOR_SURE:
        return None
    return state.current.published
