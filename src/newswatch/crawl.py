"""One trip: ask, read, and say what came of it as one Outcome.

Rule: never meets the store, the configuration or a clock. Asking (`get`) and reading in a child
that can be killed (`in_child`) are parameters; every misfortune is a Failure inside the outcome. What reads
(`parse`, `extract`) is loaded where it reads: the process that asks never needs it, and it weighs 14 MB.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any

from newswatch import archives, cross_submits, discovery, turnover
from newswatch.address import has_page, host, is_front, is_list_of, is_web
from newswatch.model import (
    Article,
    Closed,
    Failure,
    FeedFormat,
    Hints,
    Outcome,
    Page,
    Request,
    Shown,
    Walked,
)
from newswatch.walk import read_archive

Get = Callable[[Request], Awaitable[Page | Failure]]
InChild = Callable[..., Awaitable[Any]]
MAPPED = 10_000  # of a sitemap's entries, which cost 0.3 ms each, that are read to close a gap
OLDER_PAGES = 10  # of a feed whose window moved on whole, that are asked for in one trip
FURTHER_PAGES = 5  # of an article, from the second on, that are asked for in one trip
PAGES_ASKED = 100  # whose robots.txt is looked at in one trip
IN_QUARANTINE = "not read again: it brings the same bytes whose readers had to be ended"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a feed's body holds: its entries in order, the addresses of an index's parts, those of them that are on
    *strange* hosts, its format, and where its *older* entries stand.
    """

    window: tuple[Shown, ...]
    whole: bool
    parts: tuple[str, ...]
    hints: Hints
    format: FeedFormat
    older: str
    more: bool = False
    strange: tuple[str, ...] = ()


def warm() -> None:
    """Load what reading loads at its first use; for a child at its start."""
    from newswatch import extract, parse  # noqa: F401 - both

    extract.warm()


def read_feed(
    body: bytes,
    content_type: str,
    url: str,
    known: frozenset[str],
    read: tuple[Shown, ...],
    lang: str,
    most: int | None = None,
    near: tuple[str, ...] = (),
    broken: bool = False,
) -> Reading | Failure:
    """A feed's body as a Reading, unseen entries as articles, the first *most* of a long one's, None for as many as
    a trip reads; those *read* before are of *known* hashes. *near* are the feed's own addresses besides *url*; *broken* says that
    the body breaks off. Runs in a child.
    """
    from newswatch import extract, parse

    try:
        window = parse.window(body, content_type, url, read, most or parse.AT_ONCE, broken=broken)
    except parse.ParseError as error:
        return Failure("not-a-feed", str(error), feeds=error.feeds)
    shown = tuple(
        Shown(
            entry.hash,
            entry.guid,
            entry.url,
            None if entry.hash in known else extract.entry_article(entry, lang),
            entry.mark,
        )
        for entry in window.entries
    )
    return Reading(
        shown, window.whole, window.parts, window.hints, window.format, window.older, window.more,
        cross_submits.strange(window.parts, (url, *near)),
    )  # fmt: skip


def read_page(body: bytes, content_type: str, url: str, lang: str, best: bool) -> Article | Failure:
    """A page's body as an article. Runs in a child."""
    from newswatch import extract

    try:
        return extract.page_article(body, content_type, url, lang, best)
    except extract.Walled as error:
        return Failure("wall", str(error))
    except extract.ExtractError as error:
        return Failure("unreadable", str(error))


def read_further(
    body: bytes, url: str, first: str, number: int, best: bool
) -> tuple[str, str] | Failure:
    """The text of an article's page *number* and where it goes on. Runs in a child."""
    from newswatch import extract

    try:
        return extract.further_page(body, url, first, number, best)
    except extract.ExtractError as error:
        return Failure("unreadable", str(error))


async def crawl(request: Request, get: Get, in_child: InChild, *, best: bool = False) -> Outcome:
    """Ask for *request* and read the answer. A failed request keeps its validators as they were;
    an answer with the body we know, or 304, is `unchanged` and costs no child; in quarantine it is the body that
    is not read again. The parts of a robots.txt are the sitemaps that it names.
    """
    if request.kind == "archive" and request.url == discovery.robots_of(request.url):
        return await _site_maps(request, get)
    page = await get(request)
    if request.kind == "heartbeat":
        return _heard(request, page)
    if isinstance(page, Failure):
        return _failed(request, page, page.status)
    if request.kind == "robots":
        return _answered(request, page, "", parts=page.sitemaps)
    body_hash = blake2b(page.body, digest_size=16).hexdigest()
    if page.status == 304 or (page.body and body_hash == request.body_hash):
        if request.quarantined:
            return _failed(request, Failure("quarantined", IN_QUARANTINE), page.status)
        return _answered(request, page, request.body_hash, unchanged=True)
    if not page.body.strip():
        failure = page.broken or Failure("empty", "an answer without a body", page.status)
        return _failed(request, failure, page.status)
    where = (page.body, page.content_type, page.url)
    if request.kind == "page":
        if leads_up := _leads_up(request.url, page.url):
            return _failed(request, Failure("wall", leads_up, page.status), page.status)
        article = await in_child(read_page, *where, request.lang, best)
        if isinstance(article, Failure):
            return _unread(request, page, body_hash, article)
        article = await _to_its_end(request, page, article, get, in_child, best=best)
        return _answered(request, page, body_hash, article=article)
    if request.kind == "archive":
        return await _archive(request, page, body_hash, in_child)
    near = (request.url, request.source.url)
    reading = await in_child(
        read_feed, *where, request.known, request.read, request.lang, None, near,
        page.broken is not None,
    )  # fmt: skip
    if page.broken is not None:
        if isinstance(reading, Failure) and reading.kind != "killed":
            return _failed(request, page.broken, page.status)
        if isinstance(reading, Reading):
            if not reading.window:
                return _failed(request, page.broken, page.status)
            reading = replace(reading, whole=False, more=False)
    if isinstance(reading, Failure):
        return replace(_unread(request, page, body_hash, reading), url=page.url)
    strange = frozenset(reading.strange)
    known = True
    if strange:
        urls = (page.url, *near)
        vouched, known = await cross_submits.vouched(request, urls, reading.strange, get)
        strange -= vouched
    older, mapped = await _Back(request, page, reading, get, in_child).go()
    closed = await _closed(request, reading.window, get) if request.source.url else None
    waits = [wait for wait in (page.max_age, reading.hints.ttl) if wait is not None]
    return _answered(
        request,
        page,
        # A body cut in the middle must be read again even if it comes cut the same way.
        body_hash if reading.whole and known else "",
        validators=reading.whole and known,
        wait=max(waits, default=None),
        whole=reading.whole,
        broken=page.broken,
        more=reading.more,
        window=reading.window,
        older=older,
        mapped=mapped,
        closed=closed,
        parts=tuple(part for part in reading.parts if part not in strange),
        strange=tuple(part for part in reading.strange if part in strange),
        format=reading.format,
        hints=reading.hints,
    )


async def _site_maps(request: Request, get: Get) -> Outcome:
    """The sitemaps that a site's robots.txt names, else the places where they stand most often."""
    got = await get(replace(request, kind="robots"))
    if isinstance(got, Failure):
        return _failed(request, got, got.status)
    named = got.sitemaps or discovery.usual_sitemaps(request.url)
    plan = request.backfill
    parts = archives.parts(((url, None) for url in named), plan) if plan else ()
    return _answered(request, got, "", parts=parts, walked=Walked(archives=1))


async def _archive(request: Request, page: Page, body_hash: str, in_child: InChild) -> Outcome:
    """What a sitemap or a feed's page holds of a backfill's period; nothing where none is under way any more."""
    if (plan := request.backfill) is None:
        return _answered(request, page, "")
    where = (page.body, page.content_type, page.url)
    found = await in_child(read_archive, *where, request.lang, plan)
    if isinstance(found, Failure):
        return _unread(request, page, body_hash, found)
    return _answered(
        request, page, body_hash, window=found.window, parts=found.parts, walked=found.walked
    )


async def _closed(request: Request, window: tuple[Shown, ...], get: Get) -> Closed | None:
    """What robots.txt closes of a feed: itself, and of its new entries' pages those that would be asked for, at
    the host that most of them have. Where one is closed, the rest of the window is looked at, too. None where
    no robots.txt could be had.
    """

    async def closes(url: str) -> bool | None:
        got = await get(replace(request, kind="robots", url=url))
        if isinstance(got, Failure):
            return True if got.kind == "robots" and got.retry_after is None else None
        return False

    async def look(urls: Iterable[str]) -> None:
        for url in urls:
            if url in asked or host(url) != most or len(asked) == PAGES_ASKED:
                continue
            if (shut := await closes(url)) is None:
                return
            asked[url] = shut

    itself = await closes(request.url)
    fresh = [s.url for s in window if s.article and s.article.quality != "full" and has_page(s.url)]
    hosts = Counter(map(host, fresh)) if request.source.pages == "fetch" else Counter()
    most = max(hosts, key=lambda name: hosts[name], default="")
    asked: dict[str, bool] = {}
    if most:
        await look(fresh)
    if any(asked.values()):
        await look(shown.url for shown in window if has_page(shown.url))
    if itself is None and not asked:
        return None
    return Closed(itself, len(asked), frozenset(url for url, shut in asked.items() if shut))


@dataclass
class _Back:
    """The way back from a window of a feed of which nothing was known: at most `OLDER_PAGES` addresses are asked,
    each once.
    """

    request: Request
    page: Page
    reading: Reading
    get: Get
    in_child: InChild
    asked: set[str] = field(default_factory=set)

    async def go(self) -> tuple[tuple[Shown, ...], tuple[Shown, ...]]:
        """The entries of the feed's older pages, as far back as one that was known, and where none was reached
        those of its site's news sitemap. Nothing where the window holds a known one.
        """
        if not self._known or not self.reading.whole or self._reaches(self.reading.window):
            return (), ()
        older = await self._older()
        if self._reaches(older) or not self.request.source.url:
            return older, ()
        return older, await self._mapped()

    async def _older(self) -> tuple[Shown, ...]:
        """The entries of older pages, of the feed's own host only."""
        found: list[Shown] = []
        url = self.reading.older
        while (read := await self._read(url, self.page.url)) is not None:
            found += read.window
            if self._reaches(read.window):
                break
            url = read.older
        return tuple(found)

    async def _mapped(self) -> tuple[Shown, ...]:
        """The entries of the news sitemap that the register names, or of those of the feed's own host that its
        robots.txt does; an index is followed one step.
        """
        own = self.request.source.sitemap
        if self.reading.format == "sitemap" and not own:
            return ()
        named = (own,) if own else await self._named()
        found: list[Shown] = []
        for url in named:
            read = await self._read(url, own or self.page.url, MAPPED)
            if read is None:
                continue
            found += read.window
            for part in discovery.news_first(read.parts):
                inner = await self._read(part, own or self.page.url, MAPPED)
                found += inner.window if inner is not None else ()
                if self._spans(found):
                    break
            if self._spans(found):
                break
        return tuple(found)

    async def _named(self) -> tuple[str, ...]:
        """The sitemaps that the feed's robots.txt names, as far as any may be asked."""
        url = discovery.robots_of(self.page.url)
        got = await self.get(replace(self.request, kind="robots", url=url))
        named = () if isinstance(got, Failure) else discovery.news_first(got.sitemaps)
        return named[: discovery.SITEMAPS_ASKED]

    async def _read(self, url: str, near: str, most: int | None = None) -> Reading | None:
        """What the feed's page or sitemap at *url* holds, which must be of the host of *near*, its first *most*
        entries, None for as many as a trip reads; None for nothing.
        """
        seen = url in self.asked or url in (self.page.url, self.request.url)
        if seen or len(self.asked) == OLDER_PAGES or not _beside(url, near):
            return None
        self.asked.add(url)
        asked = replace(
            self.request, kind="older", url=url, etag="", last_modified="", body_hash=""
        )
        got = await self.get(asked)
        if isinstance(got, Failure):
            return None
        where = (got.body, got.content_type, got.url)
        request = self.request
        read = await self.in_child(read_feed, *where, request.known, (), request.lang, most)
        return read if isinstance(read, Reading) else None

    @cached_property
    def _known(self) -> frozenset[str]:
        """By what an entry is known: its hash, its guid, its address. What is pinned on top is none of them."""
        stood = self.request.stood
        known = {place: shown.hash for shown in stood for place in _places(shown)}
        pinned = turnover.pinned(
            tuple(shown.hash for shown in stood),
            tuple(
                next((known[place] for place in _places(shown) if place in known), shown.hash)
                for shown in self.reading.window
            ),
        )
        return frozenset(place for place, hash_ in known.items() if hash_ not in pinned)

    def _reaches(self, window: Iterable[Shown]) -> bool:
        """Whether a window goes back to what was known."""
        return any(not self._known.isdisjoint(_places(shown)) for shown in window)

    def _spans(self, found: list[Shown]) -> bool:
        """Whether what was *found* of sitemaps goes from this window back to the last."""
        here = {shown.url for shown in self.reading.window}
        return self._reaches(found) and any(shown.url in here for shown in found)


async def _to_its_end(
    request: Request, page: Page, article: Article, get: Get, in_child: InChild, *, best: bool
) -> Article:
    """The article with the text of its further pages, each asked once, up to five. One that fails ends it: what
    there is, is a part.
    """
    url, number, asked = article.next, 1, {page.url}
    if url:  # few go on
        from newswatch import extract
    while url:
        number += 1
        if number > FURTHER_PAGES + 1 or url in asked or not _beside(url, page.url):
            return replace(article, next="", quality="part")
        asked.add(url)
        got = await get(
            replace(request, kind="further", url=url, etag="", last_modified="", body_hash="")
        )
        if isinstance(got, Failure):
            return replace(article, next="", quality="part")
        read = await in_child(read_further, got.body, got.url, page.url, number, best)
        if isinstance(read, Failure):
            return replace(article, next="", quality="part")
        said, url = read
        article = replace(article, text=extract.joined(article, said))
    return replace(article, next="")


def _leads_up(asked: str, came: str) -> str:
    """What is said where a page's address leads to what stands above it, '' where it does not."""
    if is_front(came) and not is_front(asked):
        return "it leads to the site's front page"
    return "it leads to the list in which it stood" if is_list_of(came, asked) else ""


def _places(shown: Shown) -> tuple[str, ...]:
    """By what an entry is found in another window."""
    return tuple(filter(None, (shown.hash, shown.guid, shown.url)))


def _beside(url: str, feed: str) -> bool:
    """Whether *url* is of the same host as *feed*, and no less safe."""
    safe = url.lower().startswith("https:") or not feed.lower().startswith("https:")
    return is_web(url) and safe and host(url) == host(feed)


def _failed(request: Request, failure: Failure, status: int) -> Outcome:
    return Outcome(
        request=request,
        status=status,
        url=request.url,
        etag=request.etag,
        last_modified=request.last_modified,
        body_hash=request.body_hash,
        failure=failure,
    )


def _heard(request: Request, said: Page | Failure) -> Outcome:
    """Whether a heartbeat was heard: any 2xx says so, with or without a body."""
    if isinstance(said, Failure) and not 200 <= said.status < 300:
        return _failed(request, said, said.status)
    return Outcome(request, said.status, request.url)


def _unread(request: Request, page: Page, body_hash: str, failure: Failure) -> Outcome:
    """The outcome of an answer that could not be read; where its child was ended, with what these bytes are known
    by.
    """
    outcome = _failed(request, failure, page.status)
    if failure.kind != "killed":
        return outcome
    return replace(outcome, etag=page.etag, last_modified=page.last_modified, body_hash=body_hash)


def _answered(
    request: Request, page: Page, body_hash: str, *, validators: bool = True, **rest: Any
) -> Outcome:
    not_modified = page.status == 304
    etag = page.etag or (request.etag if not_modified else "")
    last_modified = page.last_modified or (request.last_modified if not_modified else "")
    return Outcome(
        request=request,
        status=page.status,
        url=page.url,
        moved=page.moved,
        etag=etag if validators else "",
        last_modified=last_modified if validators else "",
        body_hash=body_hash,
        wait=rest.pop("wait", page.max_age),
        **rest,
    )
