"""Hostile feeds and pages: each costs its own slot and no more, opens no file and asks no address.

Rule: real workers and a real server; what a file's opening or memory's growth would show is watched
from outside, by the kernel or in a process of its own, and the watch is shown to see.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from pathlib import Path

import brotli
import pytest

from asking import POLICY, request
from newswatch.model import CrawlPolicy, Failure, Outcome, RequestKind
from newswatch.workers import LocalWorkers
from scripted_server import Answer, Asked, Server, reply, serving

try:
    from compression import zstd
except ImportError:  # before Python 3.14
    from backports import zstd

pytestmark = pytest.mark.acceptance

HASTY = replace(POLICY, per_host=64, child_seconds=3.0, total_seconds=5.0)
LONG = 100.0  # seconds; only what hangs takes them
MEGABYTE = 1 << 20

STORY = (
    "The strait was closed on Sunday after two tankers collided in thick fog near the port. " * 5
)
PAGE = f"<html><title>Closed</title><body><article><p>{STORY}</p></article></body></html>".encode()
LINKS = b"<html><title>x</title><body><article><p>" + b"<a href='/x'>word</a>, " * 26_000
ATTRIBUTES = b" ".join(b"a%d='x'" % n for n in range(38_000))


def rss(*items: str, doctype: str = "") -> bytes:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f"<?xml version='1.0'?>{doctype}<rss version='2.0'><channel>{inside}</channel></rss>".encode()


FEED = rss(
    *(f"<guid>{n}</guid><title>Story {n}</title><description>Lead.</description>" for n in range(5))
)
ATTRIBUTED = FEED.replace(b"<item>", b"<item " + ATTRIBUTES + b">", 1)


@contextlib.contextmanager
def working(policy: CrawlPolicy = HASTY) -> Iterator[LocalWorkers]:
    workers = LocalWorkers(policy)
    try:
        yield workers
    finally:
        workers.stop(20)


def crawled(
    workers: LocalWorkers, server: Server, *asked: tuple[RequestKind, str]
) -> list[Outcome]:
    """The outcomes of all that is *asked* at once, in its order."""
    futures = [workers.submit(request(server.url(path), kind)) for kind, path in asked]
    return [future.result(LONG) for future in futures]


def is_unharmed(outcome: Outcome) -> bool:
    if outcome.request.kind == "feed":
        return outcome.failure is None and len(outcome.window) == 5
    return outcome.article is not None and outcome.article.title == "Closed"


def answering(bodies: dict[str, Answer]) -> Callable[[Asked], Answer]:
    return lambda asked: bodies[asked.path]


# ── time ────────────────────────────────────────────────────────────────────────────────────


def test_what_is_hostile_is_killed_at_its_limit_and_twenty_neighbours_come_back() -> None:
    assert len(LINKS) >= 590_000
    assert len(ATTRIBUTED) >= 400_000

    async def endless_headers() -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 200 So\r\n"
        while True:
            await asyncio.sleep(0.1)
            yield b"X: y\r\n"

    bodies: dict[str, Answer] = {
        "/links": reply(LINKS), "/attributes": reply(ATTRIBUTED), "/headers": endless_headers(),
        "/page": reply(PAGE), "/feed": reply(FEED),
    }  # fmt: skip
    with serving(answering(bodies)) as server, working() as workers:
        neighbours: list[tuple[RequestKind, str]] = [("page", "/page"), ("feed", "/feed")] * 10
        links, attributes, headers, *others = crawled(
            workers, server, ("page", "/links"), ("feed", "/attributes"), ("feed", "/headers"), *neighbours
        )  # fmt: skip
    assert links.failure == Failure("killed", "reading it took too much memory")
    assert attributes.failure == Failure("killed", "not read within 3 s")
    assert headers.failure == Failure("timeout", "no whole answer within 5 s")
    assert len(others) == 20
    assert all(is_unharmed(outcome) for outcome in others)


@pytest.mark.parametrize(("many", "lead"), [(20_000, "Lead."), (38_000, "word " * 60_000)])
def test_a_feed_that_names_many_hosts_holds_up_others_for_one_kill(many: int, lead: str) -> None:
    """Where each host was counted for itself, all their pages were read before anybody else's, large ones one by one."""
    attributes = b" ".join(ATTRIBUTES.split()[:many])
    deadly = FEED.replace(b"<item>", b"<item " + attributes + b">", 1)
    bodies: dict[str, Answer] = {
        "/deadly": reply(deadly), "/feed": reply(FEED.replace(b"Lead.", lead.encode(), 1))
    }  # fmt: skip
    hosts = [f"127.0.3.{n}" for n in range(1, 11)]
    with serving(answering(bodies), *hosts) as server, working() as workers:

        def asked(feed: str, path: str, host: str) -> Future[Outcome]:
            return workers.submit(replace(request(server.url(path, host)), feed=feed))

        assert is_unharmed(asked("wire", "/feed", hosts[0]).result(LONG))
        hostile = [asked("hostile", "/deadly", host) for host in hosts[1:]]
        wait(hostile, LONG, FIRST_COMPLETED)  # the others have come meanwhile, and queue
        assert is_unharmed(asked("wire", "/feed", hosts[0]).result(LONG))
        done = [one.result() for one in hostile if one.done()]
    assert {one.failure.kind for one in done if one.failure} == {"killed"}
    assert len(done) <= 5


# ── memory ──────────────────────────────────────────────────────────────────────────────────


def gzip_bomb() -> bytes:
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join([*(squeeze.compress(bytes(MEGABYTE)) for _ in range(1024)), squeeze.flush()])


def br_bomb() -> bytes:
    squeeze = brotli.Compressor(quality=5, lgwin=24)
    return b"".join([*(squeeze.process(bytes(MEGABYTE)) for _ in range(1024)), squeeze.finish()])


def zstd_bomb() -> bytes:
    squeeze = zstd.ZstdCompressor()
    return b"".join([*(squeeze.compress(bytes(MEGABYTE)) for _ in range(1024)), squeeze.flush()])


FETCH = """
import asyncio, json, re, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from asking import POLICY, ask, fetching, request

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024

async def main():
    async with fetching(POLICY) as fetcher:
        small = await ask(fetcher, request(sys.argv[2] + "small"))
        before = peak()
        answer = await ask(fetcher, request(sys.argv[2] + "bomb"))
        print(json.dumps({"small": len(small.body), "kind": answer.kind, "grown": peak() - before}))

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("encoding", "bomb", "small"),
    [("gzip", gzip_bomb, lambda body: zlib.compress(body, wbits=31)), ("br", br_bomb, brotli.compress),
     ("zstd", zstd_bomb, zstd.compress)],
)  # fmt: skip
def test_a_bomb_of_a_gigabyte_costs_fifty_megabytes_at_most(
    encoding: str, bomb: Callable[[], bytes], small: Callable[[bytes], bytes]
) -> None:
    bodies = {
        "/small": reply(small(FEED), Content_Encoding=encoding),
        "/bomb": reply(bomb(), Content_Encoding=encoding),
    }
    with serving(answering(bodies)) as server:
        said = subprocess.run(
            [sys.executable, "-c", FETCH, str(Path(__file__).parent), server.url()],
            capture_output=True, timeout=LONG, check=True,
        )  # fmt: skip
    found = json.loads(said.stdout)
    assert found["small"] == len(FEED)
    assert found["kind"] == "too-large"
    assert found["grown"] <= 50


GROW = """
import json, os, sys, threading, time
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from asking import POLICY, request
from newswatch.workers import LocalWorkers

def below(pid):
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            yield from (child, *below(child))

def held():
    found = 0
    for pid in (os.getpid(), *below(os.getpid())):
        try:
            said = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        found += int(said.partition("Pss:")[2].split()[0])
    return found / 1024

def main(asked):
    workers = LocalWorkers(replace(POLICY, child_seconds=2.0, total_seconds=10.0))
    def crawled(some):
        return [future.result() for future in [
            workers.submit(replace(request(url, kind), feed=url.rpartition("/")[0])) for kind, url in some]]
    for _ in range(5):
        crawled(asked[:2])
    before = most = held()
    ended = threading.Event()
    def watch():
        nonlocal most
        while not ended.wait(0.02):
            try:
                most = max(most, held())
            except OSError:
                pass  # a child ended between two looks
    watching = threading.Thread(target=watch)
    watching.start()
    hostile = crawled(asked[2:])
    ended.set()
    watching.join()
    sound = [o.failure is None for o in crawled(asked[:2])]
    print(json.dumps({"grown": most - before, "harmed": sum(o.failure is None for o in hostile), "sound": sound}))
    workers.stop(20)

if __name__ == "__main__":  # the children's server reads this file too
    main(json.load(sys.stdin))
"""


def test_whatever_comes_at_once_the_whole_grows_by_three_hundred_megabytes_at_most(
    tmp_path: Path,
) -> None:
    """Sixty hosts of feeds without an end, long ones, and pages of cells, links and attributes. Seen: 183 to 245 MB, 180 to 560
    where two large ones are read at once with 240 MB each, and 830 where all bodies are held, too, and a reader may have
    two gigabytes.
    """

    async def without_end() -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 200 So\r\nContent-Type: text/xml\r\n\r\n"
        for _ in range(64):
            yield bytes(MEGABYTE)

    cells = b"".join(b"<tr><td>%d</td><td>a</td></tr>" % n for n in range(100_000))
    long = rss(
        *(f"<title>{n}</title><description>{'word ' * 60}</description>" for n in range(40_000))
    )
    bodies: dict[str, Answer] = {
        "/page": reply(PAGE), "/feed": reply(FEED), "/long": reply(long[: 16 * MEGABYTE]),
        "/links": reply(LINKS * 5), "/cells": reply(PAGE.replace(b"<p>", b"<table>" + cells)),
        "/attributes": reply(ATTRIBUTED),
    }  # fmt: skip
    kinds: list[tuple[RequestKind, str]] = [
        ("feed", "/end"), ("feed", "/long"), ("page", "/links"), ("page", "/cells"), ("feed", "/attributes"),
    ]  # fmt: skip
    hosts = [f"127.0.3.{n}" for n in range(1, 61)]
    (tmp_path / "grow.py").write_text(GROW)
    with serving(lambda a: bodies.get(a.path) or without_end(), *hosts) as server:
        asked = [("page", server.url("/page", hosts[0])), ("feed", server.url("/feed", hosts[0]))]
        for n, host in enumerate(hosts):
            kind, path = kinds[n % len(kinds)]
            asked.append((kind, server.url(path, host)))
        said = subprocess.run(
            [sys.executable, str(tmp_path / "grow.py"), str(Path(__file__).parent)],
            input=json.dumps(asked).encode(), capture_output=True, timeout=LONG, check=True,
        )  # fmt: skip
    found = json.loads(said.stdout)
    assert found["sound"] == [True, True]
    assert found["grown"] <= 300


def test_a_long_page_of_text_is_read_whole_by_a_reader_that_has_read_others() -> None:
    words = " ".join(f"word{n % 7919} of{n % 104_729}" for n in range(60))
    paragraphs = "".join(f"<p>{n} {words}.</p>" for n in range(4050))
    long = PAGE.replace(b"<p>", f"{paragraphs}<p>".encode())
    assert 2.7 * MEGABYTE < len(long) < 3 * MEGABYTE
    bodies: dict[str, Answer] = {"/page": reply(PAGE), "/feed": reply(FEED), "/long": reply(long)}
    policy = replace(HASTY, children=1, child_seconds=60.0, total_seconds=90.0)
    with serving(answering(bodies)) as server, working(policy) as workers:
        page, _, read = crawled(
            workers, server, ("page", "/page"), ("feed", "/feed"), ("page", "/long")
        )
    assert page.article is not None
    assert read.article is not None, read.failure
    assert len(read.article.text) > 190_000


# ── files and addresses ─────────────────────────────────────────────────────────────────────

READ = """
import json, sys
from newswatch import crawl

SEEN = []
WATCHED = {"open", "os.listdir", "os.scandir", "socket.connect", "socket.getaddrinfo", "urllib.Request", "subprocess.Popen"}
sys.addaudithook(lambda event, arguments: SEEN.append(repr(arguments[:2])) if event in WATCHED else None)

def all_of_them(bodies):
    for body in bodies:
        for content_type in ("", "text/xml", "text/html", "application/json", "text/plain"):
            crawl.read_feed(body, content_type, "https://wire.example/rss", frozenset(), (), "")
            crawl.read_page(body, content_type, "https://wire.example/a", "", False)

first, bodies = ([body.encode() for body in part] for part in json.load(sys.stdin))
all_of_them(first)  # loads what is loaded late
control = len(SEEN)
open("/dev/null").close()
assert len(SEEN) == control + 1, "the watch sees nothing"
SEEN.clear()
all_of_them(bodies)
print(json.dumps(SEEN))
"""


def naming(address: str) -> list[bytes]:
    """Bodies that are an address, or lead a careless reader to it."""
    external = f"<!DOCTYPE rss [<!ENTITY x SYSTEM '{address}'>]>"
    parameter = f"<!DOCTYPE rss [<!ENTITY % x SYSTEM '{address}'> %x;]>"
    included = (
        f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{address}' parse='text'/>"
    )
    html = (
        f"<html><head><base href='{address}'><link rel=stylesheet href='{address}'><title>x</title></head><body>"
        f"<script src='{address}'></script><img src='{address}'><iframe src='{address}'></iframe><p>{STORY}</p></body></html>"
    )
    sitemap = f"{external}<urlset><url><loc>&x;</loc><title>&x;</title></url></urlset>"
    feed_in_json = json.dumps({"version": "https://jsonfeed.org/version/1", "feed_url": address, "next_url": address,
                               "items": [{"id": address, "url": address, "content_html": html}]})  # fmt: skip
    return [
        address.encode(), f"{address}\n".encode(), f" {address}".encode(),
        rss("<title>&x;</title><description>&x;</description>", doctype=external),
        rss("<title>x</title>", doctype=parameter),
        rss("<title>x</title>", doctype=f"<!DOCTYPE rss SYSTEM '{address}'>"),
        rss("<title>x</title>", doctype=f"<?xml-stylesheet type='text/xsl' href='{address}'?>"),
        rss(f"<title>x</title><description>{included}</description><enclosure url='{address}'/>"),
        f"{external}<feed xmlns='http://www.w3.org/2005/Atom'><entry><content src='{address}'/><title>&x;</title></entry></feed>".encode(),
        sitemap.encode(), feed_in_json.encode(), html.encode(),
        f"{external}<html><body><p>&x;</p></body></html>".encode(),
    ]  # fmt: skip


def test_what_a_body_names_is_neither_opened_nor_asked() -> None:
    """Watched from inside Python, where feedparser opens what a string names."""
    addresses = "/etc/hostname /dev/zero file:///etc/passwd http://127.0.0.1:9/x http://wire.example/x //127.0.0.1/x"
    bodies = [body.decode() for address in addresses.split() for body in naming(address)]
    said = subprocess.run(
        [sys.executable, "-c", READ],
        input=json.dumps([[body.decode() for body in naming("/nowhere")], bodies]).encode(),
        capture_output=True, timeout=LONG, check=True,
    )  # fmt: skip
    assert json.loads(said.stdout) == []


class Watched:
    """A file, and how often the kernel saw anybody open it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._watch = self._libc.inotify_init1(os.O_NONBLOCK)
        assert self._libc.inotify_add_watch(self._watch, bytes(path), 0x20) > 0  # IN_OPEN

    def opened(self) -> int:
        try:
            return len(os.read(self._watch, 65536)) // 16
        except BlockingIOError:
            return 0

    def close(self) -> None:
        os.close(self._watch)


def test_no_child_opens_a_file_or_asks_an_address_that_a_body_names(tmp_path: Path) -> None:
    """Watched by the kernel and by the address itself, where C libraries open files unseen."""
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    watched = Watched(secret)
    bodies: dict[str, bytes] = {}
    with serving(lambda asked: reply(bodies.get(asked.path, b"asked"))) as server:
        addresses = [str(secret), f"file://{secret}", f"file:{secret}", server.url("/x")]
        bodies |= {f"/{n}": body for n, body in enumerate(b for a in addresses for b in naming(a))}
        with working() as workers:
            kinds: tuple[RequestKind, ...] = ("feed", "page")
            outcomes = crawled(
                workers, server, *[(kind, path) for path in bodies for kind in kinds]
            )
    assert watched.opened() == 0
    assert sorted(server.paths()) == sorted([*bodies, *bodies])
    assert "hunter2" not in repr(outcomes)
    # That much of each was read, and not refused at first sight.
    assert len([one for one in outcomes if one.failure is None]) >= 9 * len(addresses)
    secret.read_text()
    assert watched.opened() == 1, "the watch sees nothing"
    watched.close()


def test_a_body_that_is_the_path_of_an_endless_file_is_no_feed() -> None:
    with serving(lambda asked: reply(b"/dev/zero")) as server, working() as workers:
        [outcome] = crawled(workers, server, ("feed", "/"))
    assert outcome.failure is not None
    assert outcome.failure.kind == "not-a-feed"


# ── shapes ──────────────────────────────────────────────────────────────────────────────────

LAUGHS = "".join(f"<!ENTITY l{n + 1} '{f'&l{n};' * 10}'>" for n in range(9))
QUADRATIC = f"<!DOCTYPE rss [<!ENTITY l9 '{'ha' * 25_000}'>]>"
HOSTILE: dict[str, bytes] = {
    "a billion laughs": rss("<title>&l9;</title>", doctype=f"<!DOCTYPE rss [<!ENTITY l0 'ha'>{LAUGHS}]>"),
    "a wide laugh": rss(f"<title>{'&l9;' * 50_000}</title>", doctype=QUADRATIC),
    "an endless entity": rss("<title>&a;</title>", doctype="<!DOCTYPE rss [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>"),
    "a sitemap of laughs": f"<!DOCTYPE u [<!ENTITY l0 'ha'>{LAUGHS}]><urlset><url><loc>http://x/</loc><title>&l9;</title></url></urlset>".encode(),
    "deep XML": rss("<a>" * 200_000),
    "deep HTML": b"<html><title>x</title><body>" + b"<div><b>" * 100_000 + STORY.encode(),
    "deep JSON": b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 500_000,
    "deep HTML in a feed": rss(f"<title>x</title><description><![CDATA[{'<div>' * 100_000}{STORY}]]></description>"),
    "spans": b"<html><title>x</title><body>" + b"<span>x</span>" * 100_000,
    "nested spans": b"<html><title>x</title><body>" + b"<span>" * 100_000 + STORY.encode(),
    "a long word": b"<html><title>x</title><body><p>" + b"x" * 2_000_000,
    "NULs": bytes(1_000_000),
    "NULs in a feed": FEED.replace(b"Story", b"St\0ory").replace(b"Lead", b"&#0;&#x1b;&#xd800;"),
    "NULs in a page": PAGE.replace(b"strait", b"st\0rait&#0;"),
    "lone surrogates": rb"""{"version": "https://jsonfeed.org/version/1", "items": [{"id": "\ud800", "url": "https://wire.example/\udfff",
        "title": "\ud83d and \u0000", "content_html": "<p>\udc00\ud800</p>", "authors": [{"name": "\ud800"}]}]}""",
    "a huge number": b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": ' + b"9" * 1_000_000 + b"}]}",
    "no feed at all": os.urandom(100_000),
    "UTF-16 that is none": b"\xff\xfe" + FEED,
    "100,000 attributes": PAGE.replace(b"<p>", b"<p " + b" ".join(b"a%d='x'" % n for n in range(100_000)) + b">"),
    "a million links": b"<html><title>x</title><body>" + b"<a href=/x>w</a>" * 1_000_000,
    "SVG": PAGE.replace(b"<p>", b"<svg><script>evil()</script><style><img src=x onerror=evil()></style></svg><p>"),
    "deep SVG": PAGE.replace(b"</p>", b"</p>" + b"<svg><g>" * 100_000),
    "MathML": PAGE.replace(b"<p>", b"<math><mtext><mglyph><style><!--</style><img title='--&gt;&lt;img onerror=evil()&gt;'></math><p>"),
    "a drawing": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>evil()</script><use href='file:///etc/passwd'/></svg>",
    "a PDF that is a feed": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n" + FEED,
    "a picture that is a page": b"GIF89a/*" + PAGE + b"*/",
    "a feed that is a page": FEED + PAGE,
    "a page that is a feed": b"<!--<rss>-->" + PAGE + FEED,
    "another encoding": FEED.replace(b"'1.0'", b"'1.0' encoding='utf-7'"),
}  # fmt: skip


def words(outcome: Outcome) -> Iterator[str]:
    articles = [outcome.article, *(shown.article for shown in outcome.window)]
    for article in filter(None, articles):
        yield from (article.title, article.text, article.author, article.url, article.lang)
    yield from (text for shown in outcome.window for text in (shown.guid, shown.url))
    if outcome.failure is not None:
        yield outcome.failure.detail


def test_every_hostile_shape_is_an_outcome_that_a_store_can_hold_and_harms_no_neighbour() -> None:
    bodies: dict[str, Answer] = {f"/{n}": reply(body) for n, body in enumerate(HOSTILE.values())}
    bodies |= {"/page": reply(PAGE), "/feed": reply(FEED)}
    asked: list[tuple[RequestKind, str]] = []
    for n in range(len(HOSTILE)):
        asked += [("feed", f"/{n}"), ("page", f"/{n}"), ("page", "/page"), ("feed", "/feed")]
    patient = replace(
        HASTY, total_seconds=60.0
    )  # large ones wait for room, which those before them have
    with serving(answering(bodies)) as server, working(patient) as workers:
        outcomes = crawled(workers, server, *asked)
    for outcome, (_, path) in zip(outcomes, asked, strict=True):
        if path in {"/page", "/feed"}:
            assert is_unharmed(outcome)
            continue
        failure = outcome.failure
        assert failure is None or failure.kind in {
            "not-a-feed",
            "unreadable",
            "killed",
            "too-large",
        }
        said = "".join(words(outcome))
        assert len(said.encode()) < 10 * MEGABYTE
        assert "\0" not in said
        assert "evil()" not in said
        assert "ha" * 1_000_000 not in said
