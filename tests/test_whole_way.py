"""Far too much, cut, doubled and in circles: each sent by a real server, read by real workers, settled in a real store.

Rule: what is polled is claimed by the store, and what came of it is read out of the store.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archive_of import HOUR, NOW, Desk
from asking import POLICY
from newswatch.model import Feed, Outcome
from newswatch.parse import AT_ONCE
from newswatch.workers import LocalWorkers
from patient import LONG
from polled import judged, poll, settled
from scripted_server import Answer, Asked, Server, reply, serving

Site = Callable[[Asked], Answer]


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalWorkers]:
    found = LocalWorkers(replace(POLICY, per_host=16, total_seconds=60))
    yield found
    found.stop(5.0)


@pytest.fixture(scope="module")
def mannerly() -> Iterator[LocalWorkers]:
    found = LocalWorkers(replace(POLICY, robots=True))
    yield found
    found.stop(5.0)


@dataclass
class Watch:
    """A desk whose one feed is at a server."""

    desk: Desk
    server: Server
    workers: LocalWorkers
    hour: int = 0

    def poll(self) -> Outcome:
        """One poll of the feed, an hour after the last."""
        self.hour += 1
        outcome, _ = poll(self.desk, self.hour, workers=self.workers)
        return outcome

    def all_due(self, now: datetime) -> list[Outcome]:
        """Whatever is due at *now*, and what follows from it, until nothing is."""
        found = []
        while due := self.desk.ledger.due(now, share=20):
            for coming in [self.workers.submit(asked) for asked in due]:
                found.append(coming.result(timeout=120))
                settled(self.desk, found[-1], now)
        return found

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self.desk.ledger._connection.execute(sql)]

    def kept(self) -> int:
        """How many articles the store has."""
        ((count,),) = self.ask("SELECT count(*) FROM article")
        assert isinstance(count, int)
        return count


@contextlib.contextmanager
def watching(
    folder: Path, workers: LocalWorkers, site: Site, path: str = "/rss", pages: str = "feed-only"
) -> Iterator[Watch]:
    with serving(site) as server:
        feed = Feed("wire", server.url(path), "Wire", "en", pages=pages)  # type: ignore[arg-type]
        with Desk(folder, feeds=(feed,)) as desk:
            yield Watch(desk, server, workers)


def item(n: int, guid: str = "", text: str = "") -> str:
    said = f"<description>{text}</description>" if text else ""
    return f"<item><guid>{guid or n}</guid><title>Item {n}</title><link>/{n}</link>{said}</item>"


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>W</title>{"".join(items)}</channel></rss>'.encode()


def numbers(outcome: Outcome) -> list[int]:
    """The numbers of the entries that a poll showed, in their order."""
    return [int(shown.url.rpartition("/")[2]) for shown in outcome.window]


# ── too much ────────────────────────────────────────────────────────────────────────────────


def too_many(of: int) -> dict[str, bytes]:
    news = "http://www.google.com/schemas/sitemap-news/0.9"
    told = "".join(
        f"<url><loc>/{n}</loc><n:news><n:title>Item {n}</n:title></n:news></url>" for n in range(of)
    )
    plain = "".join(f"<url><loc>/{n}</loc></url>" for n in range(of))
    return {
        "feed": rss(*(item(n) for n in range(of))),
        "news": f'<urlset xmlns:n="{news}">{told}</urlset>'.encode(),
        "plain": f"<urlset>{plain}</urlset>".encode(),
    }


@pytest.mark.acceptance
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("form", "of"), [("feed", 100_000), ("news", 50_000)])
def test_far_too_many_entries_are_stored_a_thousand_a_poll_and_the_next_are_soon_asked_for(
    tmp_path: Path, workers: LocalWorkers, form: str, of: int
) -> None:
    body = too_many(of)[form]
    with watching(tmp_path, workers, lambda asked: reply(body, ETag='"1"')) as watch:
        for times in (1, 2):
            outcome = watch.poll()
            assert outcome.failure is None
            assert (outcome.more, outcome.whole, outcome.etag) == (True, False, "")
            assert numbers(outcome) == list(range(times * AT_ONCE))
            assert watch.kept() == times * AT_ONCE
            now = NOW + watch.hour * HOUR
            ((due,),) = watch.ask("SELECT due FROM request")
            assert datetime.fromisoformat(str(due)) <= now + timedelta(minutes=1)


def test_a_sitemap_of_fifty_thousand_addresses_without_a_headline_has_no_entry_and_is_said_so(
    tmp_path: Path, workers: LocalWorkers
) -> None:
    body = too_many(50_000)["plain"]
    with watching(tmp_path, workers, lambda asked: reply(body)) as watch:
        outcome = watch.poll()
        assert (outcome.failure, outcome.window, outcome.format) == (None, (), "sitemap")
        assert (watch.kept(), len(watch.ask("SELECT * FROM request"))) == (0, 1)
        assert judged(watch.desk, "empty")


# ── cut ─────────────────────────────────────────────────────────────────────────────────────

TWENTY_KB = rss(*(item(n, text="Ministers agreed on it. " * 140) for n in range(6)))
NAMED = {"not-a-feed", "empty", "reset"}


MANY = [pytest.mark.acceptance, pytest.mark.timeout(1800)]


@pytest.mark.parametrize(
    ("broken", "step"),
    [
        pytest.param(False, 307, id="cut"),
        pytest.param(True, 307, id="broken off"),
        pytest.param(False, 23, marks=MANY, id="cut at every 23rd byte"),
        pytest.param(True, 67, marks=MANY, id="broken off at every 67th"),
        pytest.param(False, 1, marks=LONG, id="cut at every byte"),
        pytest.param(True, 7, marks=LONG, id="broken off at every seventh"),
    ],
)
def test_of_a_feed_cut_at_any_byte_the_entries_complete_so_far_are_stored(
    tmp_path: Path, workers: LocalWorkers, step: int, *, broken: bool
) -> None:
    """Cut where its server ended it, or by a connection that breaks before the length that was said: each a feed of its
    own, and all of one store.
    """
    assert len(TWENTY_KB) > 20_000
    cuts = (*range(0, len(TWENTY_KB) - 1, step), len(TWENTY_KB) - 1)

    def site(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return reply(status=404)
        body = TWENTY_KB[: int(asked.path.removeprefix("/cut/"))]
        said = len(TWENTY_KB) if broken else len(body)
        head = f"HTTP/1.1 200 So\r\nContent-Length: {said}\r\nConnection: close\r\n\r\n"
        return head.encode() + body

    with serving(site) as server:
        feeds = tuple(Feed(f"cut-{at}", server.url(f"/cut/{at}"), pages="feed-only") for at in cuts)
        with Desk(tmp_path, feeds=feeds) as desk:
            watch = Watch(desk, server, workers)
            came = {outcome.request.feed: outcome for outcome in watch.all_due(NOW)}
            assert len(came) == len(cuts)
            for at in cuts:
                complete = TWENTY_KB[:at].count(b"</item>")
                outcome = came[f"cut-{at}"]
                if outcome.failure is not None:
                    assert complete == 0, at
                    assert outcome.failure.kind in NAMED, at
                    assert outcome.failure.detail
                else:
                    assert numbers(outcome) == list(range(complete)), at
                    assert not outcome.whole, at
                stored = desk.ledger.known.window(outcome.request.id)
                assert [entry.guid for entry in stored] == [str(n) for n in range(complete)], at
                assert all(entry.article for entry in stored), at
            titles = [row[0] for row in watch.ask("SELECT title FROM version ORDER BY title")]
            assert titles == [f"Item {n}" for n in range(6)], "one version each, none of half"


# ── doubled ─────────────────────────────────────────────────────────────────────────────────


def feeding(asked: Asked, left: list[bytes]) -> bytes:
    return reply(status=404) if asked.path == "/robots.txt" else reply(left.pop(0))


@pytest.mark.parametrize(
    ("windows", "articles"),
    [
        pytest.param([rss(item(1), item(1))] * 2, 1, id="the same entry twice"),
        pytest.param([rss(item(1, "a"), item(1, "b"))] * 2, 1, id="one link under two ids"),
        pytest.param(
            [rss(item(1, "a")), rss(item(1, "b"), item(1, "a")), rss(item(1, "b"))],
            1,
            id="one link under another id later",
        ),
        pytest.param([rss(item(1, "a"), item(2, "a"))] * 2, 2, id="one id under two links"),
    ],
)
def test_what_stands_twice_in_a_feed_is_stored_once(
    tmp_path: Path, workers: LocalWorkers, windows: list[bytes], articles: int
) -> None:
    left = list(windows)
    with watching(tmp_path, workers, lambda asked: feeding(asked, left)) as watch:
        for _ in windows:
            assert watch.poll().failure is None
            assert watch.kept() == articles
        for table in ("version", "story"):
            ((count,),) = watch.ask(f"SELECT count(*) FROM {table}")
            assert count == articles, table


# ── in circles ──────────────────────────────────────────────────────────────────────────────


def index(*paths: str) -> bytes:
    parts = "".join(f"<sitemap><loc>{path}</loc></sitemap>" for path in paths)
    return f"<sitemapindex>{parts}</sitemapindex>".encode()


def nested(path: str) -> tuple[str, str]:
    place = int(path.strip("/").removesuffix(".xml"))
    return f"/{2 * place + 1}.xml", f"/{2 * place + 2}.xml"


@pytest.mark.parametrize(
    ("names", "known"),
    [
        pytest.param(lambda path: ("/0.xml",), {"/0.xml"}, id="itself"),
        pytest.param(
            lambda path: ("/0.xml", "/1.xml", path), {"/0.xml", "/1.xml"}, id="each other"
        ),
        pytest.param(nested, {f"/{n}.xml" for n in range(7)}, id="ever new ones"),
    ],
)
def test_indexes_that_lead_in_circles_are_followed_two_steps_and_each_is_asked_once_a_poll(
    tmp_path: Path, workers: LocalWorkers, names: Callable[[str], tuple[str, ...]], known: set[str]
) -> None:
    def site(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return reply(status=404)
        return reply(index(*names(asked.path)))

    with watching(tmp_path, workers, site, "/0.xml") as watch:
        polls = 0
        for hour in range(0, 24, 3):
            outcomes = watch.all_due(NOW + hour * HOUR)
            assert all(outcome.failure is None for outcome in outcomes)
            assert len({outcome.request.id for outcome in outcomes}) == len(outcomes)
            polls += bool(outcomes)
        assert polls > 2
        urls = {watch.server.url(path) for path in known}
        assert {str(row[0]) for row in watch.ask("SELECT url FROM request")} == urls
        asked = Counter(path for path in watch.server.paths() if path != "/robots.txt")
        assert asked.keys() == known
        assert max(asked.values()) <= polls


# ── robots.txt ──────────────────────────────────────────────────────────────────────────────

STORY = "What happened in the harbour on that day was told by those who had seen it. " * 12
RULES = b"User-agent: *\nDisallow: /closed\n"
MANY_MB = 10 * 1024 * 1024


@pytest.mark.parametrize(
    ("robots", "closed"),
    [
        pytest.param(RULES + b"# so it goes on\n" * (MANY_MB // 16) + b"Disallow: /", True, id="10 MB"),
        pytest.param(RULES + b"Disallow: /x\n" * (MANY_MB // 13) + b"Disallow: /", True, id="10 MB of rules"),
        pytest.param(RULES + b"#" * MANY_MB, True, id="10 MB in one line"),
        pytest.param(b"<!DOCTYPE html><html><head><title>Home</title></head><body><p>Disallow: all cookies</p>"
                     b"</body></html>", False, id="HTML"),
        pytest.param(b"<html><body>" + b"<p>Gone</p>\n" * (MANY_MB // 12), False, id="10 MB of HTML"),
    ],
)  # fmt: skip
def test_a_robots_txt_that_is_huge_or_a_page_closes_what_its_beginning_does(
    tmp_path: Path, mannerly: LocalWorkers, robots: bytes, *, closed: bool
) -> None:
    page = (
        f"<html><head><title>T</title></head><body><article><p>{STORY}</p></article></body></html>"
    )
    entries = "".join(
        f"<item><guid>{name}</guid><title>Told {name}</title><link>/{name}</link></item>"
        for name in ("closed/1", "open/1")
    )

    def site(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return reply(robots, Content_Type="text/html" if b"<html" in robots else "text/plain")
        if asked.path == "/rss":
            return reply(rss(entries))
        return reply(page.encode(), Content_Type="text/html")

    with watching(tmp_path, mannerly, site, pages="fetch") as watch:
        outcomes = watch.all_due(NOW)
        assert [o.failure for o in outcomes if o.request.kind == "feed"] == [None]
        asked = set(watch.server.paths()) - {"/rss", "/robots.txt"}
        assert asked == ({"/open/1"} if closed else {"/open/1", "/closed/1"})
        texts = dict(watch.ask("SELECT title, length(text) > 500 FROM version"))
        assert texts == {"Told open/1": True, "Told closed/1": not closed}
        assert watch.server.paths().count("/robots.txt") == 1
