"""What a trip of a backfill changes: the archives and pages that it leads to, and an article at its own time.

Rule: pure but for what `Known` answers. Nothing here is told to anybody, and nothing that we have is touched: what
polls bring, or may yet bring, is theirs. An article is stored once, when its page has said all it will say.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property

from newswatch import archives, discovery, frontier
from newswatch.address import canonical, request_id
from newswatch.ingest.draft import Draft, Reading
from newswatch.ingest.readings import of_page, reading_of, under_its_address
from newswatch.model import (
    EPOCH,
    PAST,
    Article,
    Backfill,
    Changeset,
    Feed,
    Outcome,
    Request,
    Shown,
    Walked,
)
from newswatch.store import Known

AT_ONCE = 5_000  # addresses of one archive that are asked for in one transaction, some 0.5 s; others when it is read again
ARCHIVES = 3_000  # sitemaps and feeds' pages of one backfill: five years of a day each, and an index without an end
GUESSED = frozenset(
    {"htmldate"}
)  # a time found anywhere in a page: alone it may be another article's


class Polling:
    """What polls bring, or may yet bring: what is no older than an alert may be, and than all that a feed shows. Nobody
    is told of what is older, or the feed shows it no more.
    """

    def __init__(self, feed: Feed, known: Known, now: datetime, alert_max_age: timedelta) -> None:
        self._feed = feed
        self._known = known
        self._since = now - alert_max_age

    def brings(self, published: datetime) -> bool:
        """Whether what was published then is left to polls."""
        return published >= self._since and published >= self._oldest

    @cached_property
    def _oldest(self) -> datetime:
        """When the oldest was published that the feed shows; few ask, and it is read for all of a window."""
        window = self._known.window(request_id("feed", self._feed.url))
        states = (self._known.article(entry.article) for entry in window if entry.article)
        dates = (state.current.published for state in states if state and state.current.published)
        return min(dates, default=EPOCH)


def archive_changes(
    outcome: Outcome,
    feed: Feed,
    draft: Draft,
    known: Known,
    polling: Polling,
    now: datetime,
    *,
    most: int = ARCHIVES,
    at_once: int = AT_ONCE,
) -> Changeset:
    """What follows from an archive that was walked; a backfill walks so many at *most*, and takes so many addresses
    *at_once*.
    """
    request, plan = outcome.request, outcome.request.backfill
    row = frontier.again(outcome, feed, now, 0)
    if outcome.failure is not None or outcome.unchanged or plan is None:
        # Nobody said that anything is at the usual places.
        guessed = request.url in discovery.usual_sitemaps(request.url)
        failed = _given_up(outcome, row) and not guessed
        same = int(outcome.unchanged)
        walked = Walked(archives=same, unchanged=same, failed=int(failed))
        return _settled(outcome, row, walked, now)
    counts: Counter[str] = Counter()
    room = most - known.archives(feed.name)
    for url in outcome.parts:
        asked = frontier.past_request("archive", url, feed, now)
        if known.stands(asked.id) is not None or asked.id in draft.asked:
            continue
        if room <= 0:
            counts["beyond"] += 1
            continue
        room -= 1
        draft.asked[asked.id] = asked
    more = False
    for shown in outcome.window:
        what = _take(shown, feed, draft, known, plan, polling, now)
        counts[what] += bool(what)
        if more := counts["asked"] + counts["stored"] >= at_once:
            break
    if more:  # it is read again for the rest, and must come whole
        row = replace(row, pending=True, look=PAST, due=now + timedelta(seconds=frontier.LEAST))
        row = replace(row, etag="", last_modified="", body_hash="")
        return draft.finish(
            lease=request.lease,
            request=row,
            walked=Walked(asked=counts["asked"], stored=counts["stored"]),
        )
    said = outcome.walked or Walked()
    row = replace(row, look=PAST)  # for the next backfill to walk it again
    return draft.finish(lease=request.lease, request=row, walked=_added(said, counts))


def _take(
    shown: Shown,
    feed: Feed,
    draft: Draft,
    known: Known,
    plan: Backfill,
    polling: Polling,
    now: datetime,
) -> str:
    """What becomes of an entry of an archive, by the name under which it is counted, '' for none."""
    entry = shown.article
    assert entry is not None
    if entry.published is not None and polling.brings(entry.published):
        return "polling"
    standing = known.stands(shown.hash)
    if standing is not None and standing[0]:
        return ""  # another archive of this backfill lists it, too, or a poll has found it
    if standing is not None and not _again(standing[1], plan):
        return "known"
    known_as = (
        draft.identity.of(shown, feed) if shown.guid else draft.alias(f"u:{canonical(shown.url)}")
    )
    if known_as is not None and draft.state(known_as) is not None:
        return "known"
    dated = entry.published is not None and entry.published_from == "feed"
    if feed.pages == "fetch" and entry.quality != "full":
        asked = frontier.past_request("page", shown.url, feed, now, shown)
        draft.asked[asked.id] = asked
        return "asked"
    if not entry.title:
        return "untitled"
    if not dated:
        return "undated"
    assert entry.published is not None
    _keep(shown, entry.published, feed, draft)
    return "stored"


def _again(read: datetime | None, plan: Backfill) -> bool:
    """Whether a page that an earlier backfill read, and found outside its own period, is in this one's."""
    return read is not None and plan.since <= read < plan.until


def page_changes(
    outcome: Outcome, feed: Feed, draft: Draft, polling: Polling, now: datetime
) -> Changeset:
    """What follows from a page that an archive lists."""
    request, plan = outcome.request, outcome.request.backfill
    row = frontier.again(outcome, feed, now, 0)
    shown = request.shown
    if plan is None or shown is None or shown.article is None or (outcome.failure and row.pending):
        return _settled(outcome, row, Walked(), now)
    if draft.state(draft.identity.of(shown, feed)) is not None:
        return _settled(outcome, row, Walked(known=1), now)
    failed = _given_up(outcome, row)
    entry, page = shown.article, outcome.article
    time, known = _time(entry, page)
    titled = entry.title or (page.title if page else "")
    if time is None or not titled:
        row = replace(row, look=PAST, changed=None)
        walked = Walked(failed=1) if failed else Walked(undated=1)
        return _settled(outcome, row, walked, now)
    inside = plan.since <= time < plan.until
    if not inside or polling.brings(time):
        row = replace(row, look=PAST, changed=time)
        return _settled(outcome, row, Walked(polling=1) if inside else Walked(outside=1), now)
    shown = replace(
        shown, article=replace(entry, title=titled, published=time, published_from=known)
    )
    outcome = replace(outcome, request=replace(request, shown=shown))
    before = len(draft.new_articles)
    _keep(shown, time, feed, draft, outcome)
    row = replace(row, look=0)
    if outcome.failure is None and feed.enabled and feed.looks:
        row = frontier.look_again(row, None, now, published=None if known in GUESSED else time)
    stored = len(draft.new_articles) - before
    walked = Walked(stored=stored, known=1 - stored, failed=int(failed))
    return draft.finish(lease=request.lease, request=row, failure=outcome.failure, walked=walked)


def _time(entry: Article, page: Article | None) -> tuple[datetime | None, str]:
    """When an article was published, and how that is known: by its archive where that says so, then by its page, then
    by the day that its address names. What else an archive says of its time said only that it may be asked for.
    """
    if entry.published is not None and entry.published_from == "feed":
        return entry.published, "feed"
    day = entry.published if entry.published_from == "address" else None
    if page is not None and page.published is not None:
        guess, most = page.published_from in GUESSED, entry.published
        agrees = most is not None and (
            (entry.published_from == "month" and most <= page.published < most + archives.MONTH)
            or (entry.published_from == "modified" and page.published <= most)
        )
        if not guess or agrees:
            return page.published, page.published_from
    return (day, "address") if day is not None and page is not None else (None, "")


def _keep(
    shown: Shown, time: datetime, feed: Feed, draft: Draft, outcome: Outcome | None = None
) -> None:
    """Take an article in, as seen first when it was published; of one that we have, its address alone."""
    assert shown.article is not None
    article = draft.identity.of(shown, feed)
    reading = reading_of(article, shown, shown.article, feed, quiet=True, at=time)
    if outcome is not None and outcome.article is not None:
        # What the page says of its time was weighed.
        reading = of_page(reading, outcome, replace(outcome.article, published=None))
        reading = under_its_address(reading, outcome, draft)
    if draft.state(reading.article) is None:
        draft.read(replace(reading, imported=True))
    else:
        _file(reading, draft)


def _file(reading: Reading, draft: Draft) -> None:
    for key in reading.keys:
        draft.file(key, reading.article)
    for url in reading.addresses:
        draft.addresses[reading.article, url] = None


def _given_up(outcome: Outcome, row: Request) -> bool:
    return outcome.failure is not None and not row.pending


def _settled(outcome: Outcome, row: Request, walked: Walked, now: datetime) -> Changeset:
    """A trip's end that brings nothing into the archive."""
    if not row.pending:
        row = replace(row, look=PAST)
    lease = outcome.request.lease
    return Changeset(at=now, lease=lease, request=row, failure=outcome.failure, walked=walked)


def _added(said: Walked, counts: Counter[str]) -> Walked:
    return replace(said, **{name: getattr(said, name) + n for name, n in counts.items() if name})
