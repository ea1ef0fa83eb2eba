"""Bytes that mean harm, for each reader of outside data: `python tests/fuzzing.py [EXAMPLES]` (10,000 each).

Rule: what is read is a value, or refused by the reader's own error; anything else that is raised is a mistake
of ours and is told with the number that makes the same bytes again. Bytes are bent out of sound ones, as
those that are none of it end at the first character.
"""

from __future__ import annotations

import contextlib
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from multidict import CIMultiDict, CIMultiDictProxy

from newswatch import alternates, crawl, exchange, extract, hints, moment, query
from newswatch.address import canonical, has_page, host, request_id
from newswatch.config import ConfigError, load
from newswatch.fetch import headers, robots
from newswatch.query import QueryError
from newswatch.text import safe_line

NOW = datetime(2026, 3, 2, tzinfo=UTC)
URL = "http://wire.example/a/b.html"
LARGEST = 200_000  # bytes of an example
LONGEST = 20.0  # seconds for one: some are read in the daemon's own loop, so this is a mistake too

TOKENS = (
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<!ENTITY a 'b'>", b"&a;", b"&#0;", b"&#xD800;",
    b"&#99999999999;", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"\x1b[2J", b"'",
    b'"', b"{", b"}", b"[", b"]", b"\\", b"\\ud800", b"\r", b"\n", b"\r\n\r\n", b"%", b"%00", b"%zz", b":", b"-",
    b"!!python/object:os.system", b"*a", b"&a", b"---\n", b"\t", b" " * 400, b"9" * 400, b"-1", b"1e999", b"NaN",
    b"0000-00-00", b"9999-99-99T99:99:99Z", b"<svg><math><script>", b"<title>", b"</html>", b"<table>" * 90,
    b"javascript:", b"file:///etc/passwd", b"http://[::1", b"//", b"..", b"\xc2\x85", "ﬀ\u0130İ".encode(),
)  # fmt: skip

RSS = b"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Wire</title><link>http://wire.example/</link><ttl>15</ttl><skipHours><hour>3</hour></skipHours>
<item><title>Gas &amp; oil</title><link>/a</link><guid isPermaLink="false">1</guid><pubDate>Mon, 02 Mar 2026 08:00:00 +0100</pubDate>
<description><![CDATA[<p>Gas came, the ministry said.</p>]]></description><author>anna@wire.example (Anna)</author></item>
<item><title>More</title><link>/b</link><guid>http://wire.example/b</guid><content:encoded>&lt;p&gt;It is 12 percent.&lt;/p&gt;</content:encoded></item>
</channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Wire</title><link rel="next" href="?page=2"/>
<entry><title type="html">Gas &lt;b&gt;flows&lt;/b&gt;</title><id>tag:wire.example,2026:1</id><link href="/a"/><updated>2026-03-02T08:00:00Z</updated>
<author><name>Anna</name></author><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Gas.</p></div></content></entry></feed>"""
JSON = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "Wire", "next_url": "/2", "items": [{"id": 1, "url": "/a",
"title": "Gas", "content_html": "<p>Gas.</p>", "date_published": "2026-03-02T08:00:00Z", "authors": [{"name": "Anna"}]}, {"id": "2"}]}"""
SITEMAP = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>http://wire.example/a</loc><news:news><news:publication><news:name>W</news:name><news:language>en</news:language></news:publication>
<news:publication_date>2026-03-02T08:00:00Z</news:publication_date><news:title>Gas</news:title></news:news></url></urlset>"""
PAGE = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Gas flows | Wire</title><base href="/x/">
<link rel="canonical" href="/a"><link rel="next" href="/b/2"><link rel="alternate" type="application/rss+xml" href="/rss">
<meta property="og:title" content="Gas flows"><meta property="article:published_time" content="2026-03-02T08:00:00+01:00">
<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [{"@type": "NewsArticle", "headline": "Gas flows",
"datePublished": "2026-03-02", "author": [{"@type": "Person", "name": "Anna"}], "articleBody": "Gas flows again.", "liveBlogUpdate": []}]}</script>
</head><body><nav><a href="/">Home</a></nav><article itemscope itemtype="http://schema.org/Article"><h1 itemprop="headline">Gas flows</h1>
<time datetime="2026-03-02T08:00">2 March</time><p>Gas flows again from the north, the ministry said on Monday, after three weeks.</p>
<p>"It is 12 percent less," said Anna Berg. (Reuters)</p><table><tr><td>1</td></tr></table></article></body></html>"""
ROBOTS = b"User-agent: *\nCrawl-delay: 5\nDisallow: /a*b$\nAllow: /\nSitemap: http://wire.example/s.xml\n\nUser-agent: newswatch\nDisallow:\n"
OPML = b"""<opml version="2.0"><body><outline text="World"><outline type="rss" text="Wire" xmlUrl="http://wire.example/rss"
language="en" category="/a/b"/></outline></body></opml>"""
LINE = b"""{"url": "http://wire.example/a", "title": "Gas", "text": "Gas flows.", "published": "2026-03-02T08:00:00Z", "seen": null,
"source": "wire", "lang": "en", "author": "Anna"}\n{"url": "http://wire.example/b", "title": "Oil"}\n"""
MAIN = b"store: sqlite:var/newswatch.db\ncontact: ops@example.org\ncrawl:\n  allow_networks: [10.0.0.0/8]\n  spacing: 1.0\nmail:\n  server: file:var/outbox\n  sender: n@example.org\n"
RULES = b"rules:\n  - name: gas\n    query: 'gas NEAR/3 (oil OR \"crude oil\") -title:sport since:2026-01-01'\n    tell: [anna]\n"
PEOPLE = b"people:\n  anna: {address: anna@example.org, zone: Europe/Berlin, quiet: '22:00-07:00'}\ndigests:\n  desk: {to: [anna], at: ['07:30'], days: [mon]}\n"
FEEDS = b"feeds:\n  - name: wire\n    url: http://wire.example/rss\n    tags: [world, gas]\n    headers: {Accept-Language: en}\n"
QUERY = 'gas* NEAR/5 (oil OR "crude oil" OR name:Зеленский) -title:sport lang:en since:30d /pip(e|es)lines?/ changed:yes'.encode()
HEADERS = b'Retry-After: Mon, 02 Mar 2026 08:00:00 GMT\nDate: Mon, 02 Mar 2026 07:00:00 GMT\nCache-Control: max-age="60", private\nContent-Encoding: gzip, br\nLocation: //wire.example/\xc3\xa9\nETag: W/"a"'  # fmt: skip
DATE = "понедельник, 2 марта 2026 г., 08:00 МСК".encode()
ADDRESS = b"https://user:secret@WIRE.example:8443/a;jsessionid=1/%7Eb/../c?utm_source=x&id=3#newswatch-entry-0123456789abcdef0123"


@dataclass(frozen=True)
class Reader:
    """A reader of outside data: what it reads soundly, and how it is asked. Its own errors are *refusals*."""

    sound: tuple[bytes, ...]
    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = ()


def _text(body: bytes) -> str:
    return body.decode("utf-8", "surrogateescape")


def _headers(body: bytes) -> object:
    pairs = (line.partition(": ") for line in _text(body).splitlines())
    found = CIMultiDictProxy(CIMultiDict((name, value) for name, _, value in pairs))
    return (
        headers.retry_after(found), headers.max_age(found), headers.encodings(found), headers.location(found),
        headers.validator(found.get("ETag")), headers.said(found, "Location"),
    )  # fmt: skip


def _address(body: bytes) -> object:
    url = body.decode("utf-8", "replace")
    once = canonical(url)
    assert canonical(once) == once
    return host(url), has_page(url), request_id("page", url), safe_line(url)


def _configured(body: bytes, name: str) -> object:
    files = {
        "newswatch.yaml": MAIN,
        "rules.yaml": RULES,
        "digests.yaml": PEOPLE,
        "feeds.yaml": FEEDS,
    }
    with tempfile.TemporaryDirectory() as folder:
        for file, said in (files | {name: body}).items():
            (Path(folder) / file).write_bytes(said)
        return load(Path(folder), Path(folder) / "feeds.yaml")


def _feed(body: bytes) -> object:
    return (
        crawl.read_feed(body, "", URL, frozenset(), (), "en"),
        hints.of(body),
        alternates.of(body, URL),
    )


def _page(body: bytes) -> object:
    return crawl.read_page(body, "", URL, "en", False), crawl.read_further(body, URL, URL, 2, True)


def _robots(body: bytes) -> object:
    rules = robots.rules_of(body, "newswatch/1.0 (+http://wire.example)")
    return rules.can_fetch(URL, "newswatch"), robots.sitemaps_of(rules, URL)


READERS: Mapping[str, Reader] = {
    "feeds": Reader((RSS, ATOM, JSON, SITEMAP), _feed),
    "pages": Reader((PAGE,), _page),
    "robots.txt": Reader((ROBOTS,), _robots),
    "headers": Reader((HEADERS,), _headers),
    "times": Reader((DATE, b"2026-03-02T08:00:00+01:00", b"Mon, 2 Mar 2026 08:00 EST"), lambda b: moment.read(_text(b))),
    "addresses": Reader((ADDRESS,), _address),
    "OPML": Reader((OPML,), exchange.read_opml, (exchange.ExchangeError,)),
    "imports": Reader((LINE,), lambda b: list(exchange.read_articles(b.splitlines(True), NOW))),
    "newswatch.yaml": Reader((MAIN,), lambda b: _configured(b, "newswatch.yaml"), (ConfigError,)),
    "rules.yaml": Reader((RULES,), lambda b: _configured(b, "rules.yaml"), (ConfigError,)),
    "digests.yaml": Reader((PEOPLE,), lambda b: _configured(b, "digests.yaml"), (ConfigError,)),
    "feeds.yaml": Reader((FEEDS,), lambda b: _configured(b, "feeds.yaml"), (ConfigError,)),
    "queries": Reader((QUERY,), lambda b: query.read(_text(b)), (QueryError,)),
}  # fmt: skip


def bent(sound: tuple[bytes, ...], number: int) -> bytes:
    """The bytes of this number: sound ones with some pieces cut, doubled, moved, swapped for others', or strange."""
    chance = random.Random(number)
    body = chance.choice(sound)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8, 20))):
        at = chance.randrange(len(body) + 1)
        end = min(len(body), at + int(chance.expovariate(1 / 20)))
        piece = body[at:end]
        deed = chance.randrange(8)
        if deed == 0:
            body = body[:at] + body[end:]
        elif deed == 1:
            body = body[:end] + piece * chance.choice((1, 2, 300)) + body[end:]
        elif deed == 2:
            to = chance.randrange(len(body) + 1)
            body = body[:to] + piece + body[to:]
        elif deed == 3:
            body = body[:at] + chance.randbytes(chance.randint(1, 8)) + body[end:]
        elif deed == 4 and chance.random() < 0.3:
            body = body[:at]
        elif deed == 5:
            body = (
                body[:at]
                + bytes(b ^ (1 << chance.randrange(8)) for b in piece[:3])
                + body[at + 3 :]
            )
        else:
            body = body[:at] + chance.choice(TOKENS) + body[end if deed == 6 else at :]
    return body[:LARGEST]


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in what takes longer; call in the main thread."""

    def over(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"{seconds} s are over")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def played(reader: Reader, numbers: range) -> list[str]:
    """What went wrong at the examples of these numbers, each in the words of its traceback."""
    wrong = []
    for number in numbers:
        try:
            with within(LONGEST):
                reader.read(bent(reader.sound, number))
        except reader.refusals as error:
            if not str(error):
                wrong.append(f"{number}: refused without a word")
        except Exception:  # noqa: BLE001 - of any kind: that is what is looked for
            wrong.append(f"{number}: {traceback.format_exc()}")
    return wrong


def main() -> None:
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    extract.warm()
    failed = False
    for name, reader in READERS.items():
        begun = time.monotonic()
        wrong = played(reader, range(examples))
        print(
            f"{name:16} {examples:,} examples, {time.monotonic() - begun:.0f} s, {len(wrong)} wrong",
            flush=True,
        )
        for said in wrong[:3]:
            print(said)
        failed = failed or bool(wrong)
    sys.exit(failed)


if __name__ == "__main__":
    main()
