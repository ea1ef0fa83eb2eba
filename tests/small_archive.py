"""A made-up newsroom with a past: a feed of today, and sitemaps of all it ever published.

Rule: small, bounded, the same at each run; what is asked of it is counted by the scripted server.
"""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from newswatch import ingest, rules
from newswatch.model import CrawlPolicy
from newswatch.store import Ledger
from newswatch.workers import LocalWorkers
from scripted_server import Asked, Server, reply

PAGE = (
    '<html lang="en"><head><title>{title}</title><meta property="article:published_time" content="{at}"></head>'
    "<body><article><h1>{title}</h1>{text}</article></body></html>"
)
DAY = timedelta(days=1)
RSS = "<rss version='2.0'><channel><title>Wire</title>{items}</channel></rss>"
ITEM = "<item><title>{title}</title><link>{url}</link><pubDate>{at:%a, %d %b %Y %H:%M:%S +0000}</pubDate></item>"


def story(n: int) -> str:
    """A made-up text of its own."""
    chance = random.Random(n)
    words = [
        "".join(chance.choice("bdfgklmnprst") + chance.choice("aeiou") for _ in range(3))
        for _ in range(90)
    ]
    return "".join(
        f"<p>{' '.join(words[i : i + 30]).capitalize()} about the gas pipeline number {n}.</p>"
        for i in (0, 30, 60)
    )


@dataclass
class Site:
    """What the newsroom has: *articles* by path, bodies of other paths, and what has *moved* to another path."""

    articles: dict[str, tuple[str, datetime, str]] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    etags: bool = False
    server: Server | None = None

    def url(self, path: str) -> str:
        assert self.server is not None
        return self.server.url(path)

    def publish(self, path: str, at: datetime, n: int, title: str = "") -> None:
        self.articles[path] = (title or f"Report number {n}", at, story(n))

    def sitemap(self, *entries: tuple[str, str]) -> bytes:
        """A sitemap of (path, what else is said of it)."""
        said = "".join(
            f"<url><loc>{self.url(p) if p.startswith('/') else p}</loc>{more}</url>"
            for p, more in entries
        )
        return f"<urlset xmlns:news='n'>{said}</urlset>".encode()

    def index(self, *parts: tuple[str, str]) -> bytes:
        said = "".join(
            f"<sitemap><loc>{self.url(p) if p.startswith('/') else p}</loc>{more}</sitemap>"
            for p, more in parts
        )
        return f"<sitemapindex>{said}</sitemapindex>".encode()

    def feed(self, *paths: str, channel: str = "") -> bytes:
        items = "".join(
            ITEM.format(title=self.articles[p][0], url=self.url(p), at=self.articles[p][1])
            for p in paths
        )
        return RSS.format(items=channel + items).encode()

    def __call__(self, asked: Asked) -> bytes:
        path = asked.path
        if path in self.moved:
            return reply(status=301, Location=self.moved[path])
        if path in self.bodies:
            body = self.bodies[path]
            tag = f'"{len(body)}"'
            if self.etags and asked.headers.get("if-none-match", b"").decode() == tag:
                return reply(status=304, ETag=tag)
            return reply(body, ETag=tag) if self.etags else reply(body)
        if path in self.articles:
            title, at, text = self.articles[path]
            if self.etags and asked.headers.get("if-none-match") == b'"page"':
                return reply(status=304, ETag='"page"')
            return reply(
                PAGE.format(title=title, at=at.isoformat(), text=text).encode(),
                Content_Type="text/html",
                **({"ETag": '"page"'} if self.etags else {}),
            )
        return reply(status=404)

    def pages(self) -> list[str]:
        """The articles' pages that were asked for, in order."""
        assert self.server is not None
        return [path for path in self.server.paths() if path in self.articles]


def grown(site: Site, count: int = 12) -> None:
    """Fill *site* with *count* articles a month in January to March 2024, one a day, under a sitemap a month, and
    with a feed of today.
    """
    n = 0
    parts = []
    for month in (1, 2, 3):
        entries = []
        for day in range(1, count + 1):
            n += 1
            at = datetime(2024, month, day, 10, 30, tzinfo=UTC)
            path = f"/2024/{month:02}/report-{n}"
            site.publish(path, at, n)
            entries.append((path, f"<lastmod>{at + DAY:%Y-%m-%dT%H:%M:%SZ}</lastmod>"))
        name = f"/sitemap-2024-{month:02}.xml.gz"
        site.bodies[name] = gzip.compress(site.sitemap(*entries), mtime=0)
        parts.append((name, ""))
    today = datetime.now(UTC).replace(microsecond=0)
    site.publish("/now/a-1", today - timedelta(hours=2), 901, "Today")
    site.bodies["/rss"] = site.feed("/now/a-1")
    site.bodies["/sitemap.xml"] = site.index(*parts)
    site.bodies["/robots.txt"] = (
        f"User-agent: *\nDisallow: /closed/\nSitemap: {site.url('/sitemap.xml')}\n".encode()
    )


def configure(folder: Path, site: Site, feed: str = "", crawl: str = "") -> None:
    """A configuration in *folder* that watches *site*, with a rule that all its articles satisfy."""
    (folder / "config").mkdir(exist_ok=True)
    (folder / "config" / "rules.yaml").write_text(
        "rules: [{name: gas, query: '\"gas pipeline\"', tell: [anna]}]"
    )
    (folder / "config" / "digests.yaml").write_text(
        "people: {anna: {address: anna@example.org, format: text}}"
    )
    (folder / "config" / "newswatch.yaml").write_text(
        "crawl: {allow_networks: [127.0.0.0/8], spacing: 0, min_interval: 1, max_interval: 60, backfill: 3600"
        f"{crawl}}}\nmail: {{server: 'file:{folder / 'letters'}'}}\n"
    )
    (folder / "feeds.yaml").write_text(
        f"feeds: [{{name: wire, newsroom: The Wire, url: '{site.url('/rss')}'{feed}}}]"
    )


def settled_archives(ledger: Ledger, site: Site) -> None:
    """Walk the archives of what backfills wait for, and leave their pages."""
    assert site.server is not None
    now = datetime.now(UTC)
    ledger.begin("archives", now)
    standing = ingest.Standing(ledger.feeds(), rules.index((), {}))
    workers = LocalWorkers(CrawlPolicy(allow_networks=("127.0.0.0/8",), spacing=0))
    try:
        while (found := ledger.past(now, 3600, alone=True)) and found[0].kind == "archive":
            for request in found:
                ingest.settle(workers.submit(request).result(), ledger, standing, now)
    finally:
        workers.stop(5.0)
