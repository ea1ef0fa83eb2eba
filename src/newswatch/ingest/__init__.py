"""First walk: outcomes become changesets, and the store keeps each whole or not at all.

Rule: one outcome is one transaction; those that bring nothing may share one. What it changes is decided in `outcomes`, article by article
in `draft`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from newswatch import frontier
from newswatch.ingest.draft import Draft
from newswatch.ingest.outcomes import LOST_WAIT, changeset
from newswatch.ingest.readings import reading_of
from newswatch.ingest.standing import Standing
from newswatch.model import Changeset, Failure, Feed, Imported, Match, Outcome, Shown, StoreError
from newswatch.store import Ledger

STEP = 500  # versions that rules are run over in one transaction

__all__ = ["LOST_WAIT", "Standing", "catch_up", "catch_up_after", "settle", "settle_all", "take_in"]


def settle(outcome: Outcome, ledger: Ledger, standing: Standing, now: datetime) -> Changeset | None:
    """Keep what follows from *outcome*; None when its lease was over and nothing was kept. A mistake of ours in
    settling it costs its feed or page this try, and nobody else anything: `Changeset.flaws` says so.
    """
    try:
        changes = changeset(outcome, ledger.known, standing, now)
    except (StoreError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - else the next start would settle it again, and end again
        changes = _crashed(outcome, error, ledger, standing, now)
    return changes if ledger.keep(changes) else None


def _crashed(
    outcome: Outcome, error: Exception, ledger: Ledger, standing: Standing, now: datetime
) -> Changeset:
    """What follows from an outcome that could not be settled: it failed, and a page has its feed's words."""
    words = f"{type(error).__name__}: {error}"[:200].encode("utf-8", "backslashreplace").decode()
    failed = Outcome(
        request=outcome.request,
        status=outcome.status,
        url=outcome.url,
        etag=outcome.etag,
        last_modified=outcome.last_modified,
        body_hash=outcome.body_hash,
        failure=Failure("crashed", f"it cannot be settled ({words})"),
    )
    try:
        changes = changeset(failed, ledger.known, standing, now)
    except (StoreError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - the feed's words alone are enough to crash
        request = outcome.request
        feed = standing.feeds.get(request.feed) or Feed(name=request.feed, url=request.url)
        row = frontier.again(failed, feed, now, 0)
        changes = Changeset(at=now, lease=request.lease, request=row, failure=failed.failure)
    return replace(changes, flaws=(*changes.flaws, f"{outcome.request.url}: {words}"))


def settle_all(
    outcomes: Iterable[Outcome], ledger: Ledger, standing: Standing, now: datetime
) -> tuple[Changeset | None, ...]:
    """Keep what follows from *outcomes* of feeds that bring nothing, in one transaction, or nothing of it; None
    for each whose lease was over.
    """
    found = [changeset(outcome, ledger.known, standing, now) for outcome in outcomes]
    kept = ledger.keep_all(found)
    return tuple(changes if is_kept else None for changes, is_kept in zip(found, kept, strict=True))


def catch_up(ledger: Ledger, standing: Standing, now: datetime) -> None:
    """Run rules that are new or changed over the rest of the archive, owing nobody."""
    row: int | None = ledger.left_at()
    while row is not None:
        row = catch_up_after(ledger, standing, row, now)
        ledger.reached(row)


def catch_up_after(
    ledger: Ledger,
    standing: Standing,
    row: int,
    now: datetime,
    *,
    enough: Callable[[], bool] = lambda: False,
    stopping: Callable[[], bool] = lambda: False,
) -> int | None:
    """Run rules that are new or changed over the next versions behind *row*, owing nobody; returns the
    row to go on from, None when the archive's end is reached. Done again, it adds nothing.

    No further version is begun after 500, or once *enough* says so; once *stopping* does, the one in
    hand is left to the next time.
    """
    behind = {rule.name for rule in ledger.behind()}
    if not behind:
        return None
    found: list[Match] = []
    reached, done = row, 0
    while done < STEP and (batch := ledger.versions_after(reached)):
        for place, version in batch:
            matched = tuple(standing.rules.found(version, behind, stopping))
            if stopping():
                break
            state = ledger.known.article(version.article) if matched else None
            story = state.story if state else version.article
            found += [
                Match(rule.name, version.id, version.article, story, now, spans)
                for rule, spans in matched
            ]
            reached, done = place, done + 1
            if enough():
                break
        else:
            continue
        break
    through = not done and not stopping()
    if done or through:
        ledger.keep_matches(found, behind if through else (), now)
    return None if through else reached


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
        article = draft.identity.of(shown, feed)
        reading = reading_of(article, shown, item.article, feed, quiet=not alert, at=item.seen)
        draft.read(replace(reading, imported=True))
    changes = draft.finish()
    ledger.keep(changes)
    return len(changes.versions)
