"""The feeds that a site's page leads to: looked for, shown, and one of them chosen.

Rule: each address is asked once, by the same manners as any other, and no more of them than `MOST`; nothing
is chosen that nobody chose.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from newswatch import discovery
from newswatch.address import is_front
from newswatch.cli.asking import refused
from newswatch.cli.output import emit, note, progress, public, say, table
from newswatch.cli.settings import Mistake, NotThere, Options, utc_now
from newswatch.discovery import Candidate
from newswatch.model import Outcome, Request, RequestKind
from newswatch.wording import counted, few

if TYPE_CHECKING:
    from newswatch.workers import LocalWorkers

MOST = 30  # addresses asked for one page
SHUT = frozenset({401, 403, 404, 406, 451})  # what a front page says to a robot
NAMED = 5  # candidates named in an error


@dataclass(frozen=True)
class Found:
    """What the page at *url* leads to, the one that serves best and *why*; *useless* are addresses that the
    site names and that gave nothing, each with what was wrong.
    """

    url: str
    candidates: tuple[Candidate, ...]
    best: Candidate
    why: str
    useless: tuple[tuple[str, str], ...]


class _Search:
    """The addresses asked so far for one page, and what came of it."""

    def __init__(
        self, workers: LocalWorkers, page: Outcome, now: datetime, tell: Callable[[str], None]
    ) -> None:
        self._workers = workers
        self._tell = tell
        self._now = now
        self._asked = [page.url, page.request.url]
        self.candidates: list[Candidate] = []
        self.useless: list[tuple[str, str]] = []

    def ask(self, addresses: Iterable[str], kind: RequestKind = "candidate") -> list[Outcome]:
        """What those of *addresses* bring that were not asked yet, as far as any may be."""
        chosen = discovery.first(addresses, MOST - len(self._asked), self._asked)
        self._asked += chosen
        coming = [
            self._workers.submit(Request(url, kind, url, "test", self._now, self._now))
            for url in chosen
        ]
        came = []
        for outcome in coming:
            came.append(outcome.result())
            self._tell(f"{len(self._asked) - len(coming) + len(came):,} addresses asked")
        return came

    def take(self, outcome: Outcome, named: discovery.Named, *, said: bool) -> None:
        """Take what came of one address; where the site *said* that a feed is there, nothing is a word too."""
        parts = self._parts(outcome, named)
        found = discovery.of(outcome, named, self._now)
        if found is not None:
            self.candidates.append(found)
        elif said and not parts and outcome.failure is not None:
            self.useless.append((outcome.request.url, outcome.failure.says))
        elif said and not parts and outcome.format != "sitemap":
            self.useless.append((outcome.request.url, "it has no entry"))

    def _parts(self, outcome: Outcome, named: discovery.Named) -> bool:
        """Follow a sitemap index one step; whether it is one."""
        parts = discovery.news_first(outcome.parts)
        if not parts:
            return False
        came = self.ask(parts[: discovery.PARTS_ASKED])
        found = [one for part in came if (one := discovery.of(part, named, self._now))]
        index = discovery.index_of(outcome.request.url, parts, found, named)
        self.candidates += [index] if index else found
        return True


def shut(page: Outcome) -> bool:
    """Whether a site's front page answers a robot with a no: its feeds may be open to it."""
    return page.failure is not None and page.failure.status in SHUT and is_front(page.request.url)


def discover(options: Options, workers: LocalWorkers, page: Outcome) -> Found:
    """What the page that *page* is the answer of leads to: what it names, the usual places, and the sitemaps
    of its robots.txt. Raises NotThere where that is nothing.
    """
    failure = page.failure
    named = failure.feeds if failure is not None else ()
    label = f"looking for feeds of {public(page.url)}"
    with progress(label, quiet=options.quiet) as tell:
        search = _Search(workers, page, utc_now(), tell)
        for outcome in search.ask(named):
            search.take(outcome, "page", said=True)
        for outcome in search.ask(discovery.usual_places(page.url)):
            search.take(outcome, "usual place", said=False)
        (robots,) = search.ask((discovery.robots_of(page.url),), "robots") or (None,)
        sitemaps = discovery.news_first(robots.parts if robots else ())
        for outcome in search.ask(sitemaps[: discovery.SITEMAPS_ASKED]):
            search.take(outcome, "robots.txt", said=True)
        if not any(one.format == "sitemap" for one in search.candidates):
            for outcome in search.ask(discovery.usual_sitemaps(page.url)):
                search.take(outcome, "usual place", said=False)
    candidates = discovery.distinct(search.candidates)
    if not candidates:
        for url, says in search.useless:
            note(f"{public(url)}: {says}")
        if failure is not None and shut(page):
            raise refused(page.url, failure)
        raise NotThere(
            f"{public(page.url)} is a page, and leads to no feed: it names none that gives entries, nor is"
            " one at the usual places or a news sitemap in its robots.txt. Give the feed's own address."
        )
    best, why = discovery.recommended(candidates, utc_now())
    return Found(page.url, candidates, best, why, tuple(search.useless))


def chosen(
    found: Found, *, pick: int | None, yes: bool, dry_run: bool, as_json: bool
) -> Candidate | None:
    """The candidate that was picked, by number or by a person; None where a dry run only shows them. Raises
    Mistake where nobody says which.
    """
    count = len(found.candidates)
    if pick is not None and not 1 <= pick <= count:
        raise Mistake(f"--pick {pick}: there are {count}, numbered from 1 on")
    if not as_json:
        show(found)
    elif pick is None and not yes:
        for row in rows(found):
            emit(row)
    if pick is not None:
        return found.candidates[pick - 1]
    if yes:
        return found.best
    if dry_run:
        return None
    best = found.candidates.index(found.best) + 1
    if not as_json and sys.stdin.isatty() and sys.stderr.isatty():
        number: int = click.prompt(
            "Which is to be added?", type=click.IntRange(1, count), default=best, err=True
        )
        return found.candidates[number - 1]
    listed = [f"{n} {public(one.url)}" for n, one in enumerate(found.candidates, 1)]
    raise Mistake(
        f"{public(found.url)} is a page that leads to {counted(count, 'feed')} ({few(listed, NAMED)});"
        f" nothing is added: say which with --pick N, --yes for {best}, or give its own address"
    )


def rows(found: Found) -> list[dict[str, Any]]:
    """Each candidate as an object."""
    return [
        {
            "n": number, "url": one.url, "kind": one.kind, "format": one.format, "named": one.named,
            "entries": one.entries, "newest": one.newest, "oldest": one.oldest,
            "full_text": round(one.full, 3), "leads": round(one.leads, 3), "dated": round(one.dated, 3),
            "parts": one.parts, "recommended": one == found.best,
            "why": found.why if one == found.best else None,
        }
        for number, one in enumerate(found.candidates, 1)
    ]  # fmt: skip


def show(found: Found) -> None:
    """The candidates as a table, the recommended one with the reason."""
    now = utc_now()
    shown = [
        {
            "n": number, "url": public(one.url), "kind": one.kind, "named": one.named,
            "entries": f"{one.entries:,}{'+' if one.parts > discovery.PARTS_ASKED else ''}",
            "newest": _lasting((now - one.newest).total_seconds()) if one.newest else None,
            "span": _lasting(one.span.total_seconds()) if one.newest else None,
            "full": f"{one.full:.0%}", "leads": f"{one.leads:.0%}", "dated": f"{one.dated:.0%}",
        }
        for number, one in enumerate(found.candidates, 1)
    ]  # fmt: skip
    table(
        shown,
        [
            ("n", "#"), ("url", "address"), ("kind", "kind"), ("named", "named by"), ("entries", "entries"),
            ("newest", "newest"), ("span", "window"), ("full", "text"), ("leads", "lead"), ("dated", "dated"),
        ],
    )  # fmt: skip
    for url, says in found.useless:
        note(f"{public(url)}: {says}")
    best = found.candidates.index(found.best) + 1
    say(f"recommended: {best}, {found.why}")


def _lasting(seconds: float) -> str:
    """A span in its largest unit of which there are two: "50 min", "36 h", "9 d"."""
    minutes = round(max(0.0, seconds) / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{round(minutes / 60)} h" if minutes < 48 * 60 else f"{round(minutes / 1440)} d"
