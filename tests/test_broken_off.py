"""A feed whose connection breaks in the middle of its body: what is whole of it is kept, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive_of import NOW, Desk, content_id_of
from newswatch.model import Failure, Feed
from polled import judged, poll
from scripted_server import Asked, Reset, reply, serving
from test_manners import POLICY, fetching

ITEM = "<item><guid>{0}</guid><link>/{0}</link><title>Item {0}</title><description>Said of {0}.</description></item>"


def rss(*numbers: int, frame: str = "<title>Wire</title>", behind: str = "") -> bytes:
    items = "".join(ITEM.format(n) for n in numbers)
    return f"<rss version='2.0'><channel>{frame}{items}{behind}</channel></rss>".encode()


def json_feed(*numbers: int) -> bytes:
    items = [
        {"id": str(n), "url": f"/{n}", "title": f"Item {n}", "content_text": f"Said of {n}."}
        for n in numbers
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()


def sitemap(*numbers: int) -> bytes:
    told = "".join(
        f"<url><loc>/{n}</loc><n:news><n:title>Item {n}</n:title></n:news></url>" for n in numbers
    )
    return (
        f'<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">{told}</urlset>'.encode()
    )


def upto(body: bytes, last: bytes) -> bytes:
    """*body* as far as into the entry of which *last* is said."""
    return body[: body.index(last) + len(last)]


def declared(body: bytes, length: int, *, encoding: str = "") -> bytes:
    """An answer that says that it is longer than its body."""
    named = f"Content-Encoding: {encoding}\r\n" if encoding else ""
    head = f'HTTP/1.1 200 So\r\nContent-Length: {length}\r\nETag: "1"\r\n{named}Connection: close\r\n\r\n'
    return head.encode() + body


def chunked(body: bytes) -> AsyncIterator[bytes]:
    """An answer in chunks whose last is missing, and that ends in a reset."""

    async def parts() -> AsyncIterator[bytes]:
        yield b'HTTP/1.1 200 So\r\nTransfer-Encoding: chunked\r\nETag: "1"\r\n\r\n'
        yield b"%x\r\n%s\r\n" % (len(body), body)
        await asyncio.sleep(0.05)  # what was sent is lost where the reset overtakes it
        raise Reset

    return parts()


@contextlib.contextmanager
def watching(folder: Path, *answers: Any) -> Any:
    """A desk whose wire gives these answers in turn, the last one for ever."""
    given = list(answers)

    def script(asked: Asked) -> Any:
        if asked.path == "/robots.txt":
            return reply(status=404)
        said = given.pop(0) if len(given) > 1 else given[0]
        return said() if callable(said) else said

    with serving(script) as server:
        feed = Feed("wire", server.url("/rss"), "Wire", "en", pages="link-only")
        with Desk(folder, feeds=(feed,)) as desk:
            yield desk


WHOLE = rss(*range(8))
CUT = upto(WHOLE, b"Said of 5")


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (lambda: declared(CUT, len(WHOLE)), 5),
        (lambda: chunked(CUT), 5),
        (lambda: declared(gzip.compress(CUT)[:-8], 9_999, encoding="gzip"), 5),
        (lambda: declared(upto(json_feed(*range(8)), b"Said of 5"), 9_999), 5),
        (lambda: declared(upto(sitemap(*range(8)), b"Item 5"), 9_999), 5),
        (lambda: declared(WHOLE, 9_999), 8),  # the root is closed, and it still breaks off
        (lambda: declared(upto(rss(*range(8), frame="<x>A<br>b</x>"), b"Said of 3"), 9_999), 3),
    ],
)
def test_the_whole_entries_before_the_break_are_read(
    tmp_path: Path, said: Callable[[], Any], read: int
) -> None:
    with watching(tmp_path, said) as desk:
        outcome, changes = poll(desk, 1)
        assert outcome.failure is None
        assert [s.article.title for s in outcome.window if s.article] == [
            f"Item {n}" for n in range(read)
        ]
        assert (outcome.whole, outcome.etag, outcome.body_hash) == (False, "", "")
        assert len(changes.articles) == read
        broke = "the connection broke off in the middle of the answer"
        behind = f"{read} whole entries are read before that, and none behind it"
        assert judged(desk, "broken-off") == f"{broke}; {behind}"


@pytest.mark.parametrize(
    "said",
    [
        declared(upto(WHOLE, b"Said of 0"), len(WHOLE)),  # not one is whole
        declared(b"", 100),
        declared(b"<html><p>Not found</p>", 100),
        # Names declared anew may stand in any item, and so may what closes one.
        declared(b"<!DOCTYPE rss [<!ENTITY a 'b'>]>" + CUT, 9_999),
        declared(b"\x1f\x8b" + b"x" * 50, 9_999),
    ],
)
def test_where_no_entry_is_whole_or_none_can_be_read_alone_it_fails(
    tmp_path: Path, said: bytes
) -> None:
    with watching(tmp_path, said) as desk:
        outcome, changes = poll(desk, 1)
        broke = "the connection broke off in the middle of the answer"
        assert outcome.failure == Failure("reset", broke)
        assert changes.articles == ()


def test_what_stands_behind_the_break_has_not_left_and_comes_with_the_whole(
    tmp_path: Path,
) -> None:
    broken = declared(CUT, len(WHOLE))
    with watching(tmp_path, reply(WHOLE, ETag='"0"'), broken, reply(rss(*range(9)))) as desk:
        first, _ = poll(desk, 1)
        assert (len(first.window), first.etag) == (8, '"0"')
        second, changes = poll(desk, 2)
        assert len(second.window) == 5
        assert len(changes.window) == 8
        assert [s.what for s in changes.sightings] == []
        third, changes = poll(desk, 3)
        assert len(third.window) == 9
        assert len(changes.articles) == 1
        assert changes.request is not None
        kinds = [one.kind for one in changes.request.health.judgements]
        assert "broken-off" not in kinds


def test_a_page_that_breaks_off_is_no_page(tmp_path: Path) -> None:
    with serving(lambda asked: declared(b"<p>Half", 100)) as server:
        feed = Feed("wire", server.url("/rss"), "Wire", "en")
        with Desk(tmp_path, feeds=(feed,)) as desk:
            asked = replace(desk.claim(content_id_of(desk, "wire"), NOW), kind="page")

            async def get() -> Any:
                async with fetching(POLICY) as fetcher, fetcher.turn(asked.url) as ask:
                    return await ask(asked)

            found = asyncio.run(get())
    assert found == Failure("reset", "the connection broke off in the middle of the answer")
