"""Asking a server: what is sent, what is taken, what is refused, and what every misfortune is called.

Rule: a real server on loopback answers by script. Loopback is inside like any private network, so
each test that may reach it says so in its policy.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import ipaddress
import socket
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC
from email.utils import format_datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from asking import (
    AGENT,
    BODY,
    POLICY,
    Names,
    answer,
    ask,
    failure_of,
    fetching,
    page_of,
    request,
    system,
)
from newswatch.fetch import Fetcher, reach
from newswatch.fetch.headers import max_age, retry_after
from newswatch.fetch.reach import may_connect
from newswatch.model import Failure, Page, RequestKind
from scripted_server import Asked, Reset, chunks, reply, serving, site
from test_decode import CODEC, Encode

IN_A_HURRY = replace(POLICY, total_seconds=0.5)


# ── what is sent ────────────────────────────────────────────────────────────────────────────


def test_a_feed_is_asked_for_by_name_and_by_what_it_may_be() -> None:
    with serving(site({"/": reply(BODY)})) as server:
        answer(request(server.url()))
    [asked] = server.asked
    assert asked.headers["user-agent"].decode() == AGENT
    wanted = asked.headers["accept"].decode()
    assert all(
        kind in wanted for kind in ("application/rss+xml", "application/atom+xml", "text/xml")
    )
    assert "text/html" not in wanted
    assert asked.headers["accept-encoding"] == b"gzip, deflate, br, zstd"
    assert not {"if-none-match", "if-modified-since", "cookie", "referer"} & set(asked.headers)


def test_a_page_is_asked_for_as_html() -> None:
    with serving(site({"/": reply(BODY)})) as server:
        answer(request(server.url(), "page"))
    assert server.asked[0].headers["accept"].startswith(b"text/html")


def test_cookies_are_not_sent_back() -> None:
    cookie = "id=1; Path=/"
    pages = {
        "/a": reply(b"", 302, Location="/b", Set_Cookie=cookie),
        "/b": reply(BODY, Set_Cookie=cookie),
    }
    with serving(site(pages)) as server:
        # A name: cookies of bare addresses would not be kept anyway.
        url = f"http://wire.example:{server.ports['127.0.0.1']}/a"

        async def twice() -> None:
            async with fetching(resolver=Names(wire_example="127.0.0.1")) as fetcher:
                for _ in range(2):
                    await ask(fetcher, request(url))

        asyncio.run(twice())
    assert server.paths() == ["/a", "/b", "/a", "/b"]
    assert [asked for asked in server.asked if "cookie" in asked.headers] == []


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serving(site({"/": reply(BODY)})) as server,
        serving(lambda asked: reply(b"proxy")) as proxy,
    ):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        monkeypatch.delenv("no_proxy", raising=False)
        page = answer(request(server.url()))
    assert isinstance(page, Page)
    assert page.body == BODY
    assert proxy.asked == []


def test_a_login_is_for_its_own_host_and_never_in_a_failure() -> None:
    hosts = ("127.0.0.1", "127.0.0.2")
    with serving(
        lambda asked: reply(b"", 302, Location=server.url("/b", hosts[1])), *hosts
    ) as server:
        failure = answer(request(server.url("/a", user="anna:geheim@")))
    assert failure == Failure("redirect", "more than 5 redirects in a row")
    first, second = server.asked[:2]
    assert first.headers["authorization"] == b"Basic YW5uYTpnZWhlaW0="
    assert "authorization" not in second.headers


# ── asking only for what has changed ────────────────────────────────────────────────────────

TAGS = [
    '"a1"',
    'W/"a1"',
    "w/abc",
    "unquoted",
    '""',
    "W/",
    '"a,b; c=1\\"',
    '"a--gzip"',
    '"é—я"',
    "1" * 1000,
]
TIMES = [
    "Sun, 01 Mar 2026 10:00:00 GMT",
    "Sunday, 01-Mar-26 10:00:00 GMT",
    "2026-03-01T10:00:00Z",
    "0",
    "-1",
]


@pytest.mark.parametrize(("tag", "at"), [*zip(TAGS, TIMES * 2, strict=True)])
def test_validators_go_back_byte_for_byte(tag: str, at: str) -> None:
    with serving(site({"/": reply(BODY, ETag=tag, Last_Modified=at)})) as server:
        page = answer(request(server.url()))
        assert isinstance(page, Page)
        answer(request(server.url(), etag=page.etag, last_modified=page.last_modified))
    headers = server.asked[1].headers
    assert headers["if-none-match"] == tag.encode()
    assert headers["if-modified-since"] == at.encode()


@pytest.mark.parametrize("said", [b'"\xe9"', b'"a\tb"', b"1" * 1001, b""])
def test_a_validator_that_cannot_go_back_as_it_came_is_none(said: bytes) -> None:
    page = page_of(reply(BODY, ETag=said, Last_Modified=said))
    assert (page.etag, page.last_modified) == ("", "")


def test_not_modified_is_an_answer_and_may_bring_a_new_tag() -> None:
    page = page_of(reply(b"", 304, ETag='"b"'), etag='"a"')
    assert (page.status, page.body, page.etag, page.last_modified) == (304, b"", '"b"', "")


def test_not_modified_without_a_condition_is_a_failure() -> None:
    assert failure_of(reply(b"", 304)).status == 304


# ── bodies ──────────────────────────────────────────────────────────────────────────────────


@CODEC
def test_each_encoding_is_undone_as_it_comes(encoding: str, encode: Encode) -> None:
    whole = encode(BODY)
    assert page_of(reply(whole, Content_Encoding=encoding.title())).body == BODY
    byte_by_byte = chunks(*[bytes([byte]) for byte in whole], Content_Encoding=encoding)
    assert page_of(byte_by_byte).body == BODY


@CODEC
def test_the_cap_counts_decoded_bytes(encoding: str, encode: Encode) -> None:
    policy = replace(POLICY, feed_bytes=300_000, page_bytes=200_000)
    fits, exceeds = encode(bytes(300_000)), encode(bytes(300_001))
    assert len(exceeds) < 2000
    assert len(page_of(reply(fits, Content_Encoding=encoding), policy).body) == 300_000
    assert failure_of(reply(exceeds, Content_Encoding=encoding), policy).kind == "too-large"
    with serving(site({"/": reply(fits, Content_Encoding=encoding)})) as server:
        page = answer(request(server.url(), "page"), policy)
    assert page == Failure("too-large", "larger than the 200,000 bytes that are read")


def test_a_plain_body_is_capped_whatever_is_announced() -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 200 So\r\nContent-Length: 1000000000000\r\n\r\n"
        while True:
            yield bytes(65536)

    assert failure_of(endless(), replace(POLICY, feed_bytes=300_000)).kind == "too-large"


@pytest.mark.parametrize(
    ("encoding", "nothing"),
    [("gzip", gzip.compress(b"")), ("zstd", b"\x50\x2a\x4d\x18\x10\0\0\0" + bytes(16))],
    ids=["empty members", "skippable frames"],
)
def test_a_body_that_decodes_to_nothing_for_ever_is_too_large(
    encoding: str, nothing: bytes
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield f"HTTP/1.1 200 So\r\nContent-Encoding: {encoding}\r\n\r\n".encode()
        while True:
            yield nothing * 1000

    assert failure_of(endless(), replace(POLICY, feed_bytes=300_000)).kind == "too-large"


@CODEC
def test_a_cut_body_is_a_failure(encoding: str, encode: Encode) -> None:
    whole = encode(BODY)
    for kept in (1, len(whole) // 2, len(whole) - 1):
        failure = failure_of(reply(whole[:kept], Content_Encoding=encoding))
        assert failure.kind == "encoding"


@pytest.mark.parametrize(
    "encoding", ["gzip", "deflate", "br", "zstd", "rot13", "compress", "gzip;q=1"]
)
def test_a_wrong_or_unknown_encoding_is_a_failure(encoding: str) -> None:
    assert failure_of(reply(BODY, Content_Encoding=encoding)).kind == "encoding"


def test_a_doubled_encoding_is_a_failure() -> None:
    twice = gzip.compress(gzip.compress(BODY))
    doubled = Failure("encoding", "the body is encoded as 'gzip, gzip', which is not read")
    assert failure_of(reply(twice, Content_Encoding="gzip,GZip")) == doubled
    assert failure_of(reply(twice, Content_Encoding="gzip", content_encoding="gzip")) == doubled


def test_an_encoded_transfer_is_undone_like_an_encoded_body() -> None:
    squeezed = gzip.compress(BODY)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(squeezed), squeezed)
    for encoding, sent in (("gzip", squeezed), ("gzip, chunked", chunked)):
        head = f"HTTP/1.1 200 So\r\nTransfer-Encoding: {encoding}\r\n\r\n"
        assert page_of(head.encode() + sent).body == BODY
    assert (
        failure_of(b"HTTP/1.1 200 So\r\nTransfer-Encoding: rot13\r\n\r\n<rss/>").kind == "encoding"
    )


@pytest.mark.parametrize(
    "encoding", ["", "identity", "Identity", "identity, gzip", "none", "UTF-8"]
)
def test_identity_is_no_encoding(encoding: str) -> None:
    sent = gzip.compress(BODY) if "gzip" in encoding else BODY
    assert page_of(reply(sent, Content_Encoding=encoding)).body == BODY


# ── redirects ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [([301], True), ([308], True), ([301, 308, 301], True), ([302], False), ([303], False), ([307], False),
     ([301, 302], False), ([302, 301], False), ([], False)],
)  # fmt: skip
def test_only_permanent_redirects_move_a_feed(statuses: list[int], moved: bool) -> None:
    pages = {f"/{n}": reply(b"", s, Location=f"/{n + 1}") for n, s in enumerate(statuses)}
    end = f"/{len(statuses)}"
    with serving(site({**pages, end: reply(BODY)})) as server:
        page = answer(request(server.url("/0"), etag='"a"'))
    assert isinstance(page, Page)
    assert (page.body, page.url) == (BODY, server.url(end))
    assert page.moved == (server.url(end) if moved else "")
    assert {asked.headers["if-none-match"] for asked in server.asked} == {b'"a"'}
    assert {asked.headers["user-agent"].decode() for asked in server.asked} == {AGENT}


@pytest.mark.parametrize(
    ("location", "path"),
    [("b", "/x/b"), ("/b", "/b"), ("../b", "/b"), ("?n=1", "/x/a?n=1"), ("  /b ", "/b"), ("/b#part", "/b"),
     ("./", "/x/"), ("/b c", "/b%20c"), ("/новости", "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"),
     (b"/caf\xe9?\xff", "/caf%E9?%FF"), ("/a%2Fb%e9", "/a%2Fb%e9"), ("/a|b[c]", "/a|b[c]")],
)  # fmt: skip
def test_a_location_is_seen_from_where_it_stands(location: str | bytes, path: str) -> None:
    pages = {"/x/a": reply(b"", 302, Location=location)}
    with serving(lambda asked: pages.get(asked.path, reply(BODY))) as server:
        page = answer(request(server.url("/x/a")))
    assert isinstance(page, Page)
    assert server.paths() == ["/x/a", path]
    page.url.encode()


def test_five_redirects_are_followed_and_a_sixth_is_not() -> None:
    pages = {f"/{n}": reply(b"", 302, Location=f"/{n + 1}") for n in range(6)}
    with serving(site({**pages, "/6": reply(BODY)})) as server:
        assert isinstance(answer(request(server.url("/1"))), Page)
        failure = answer(request(server.url("/0")))
    assert failure == Failure("redirect", "more than 5 redirects in a row")
    assert len(server.asked) == 12


def test_a_loop_ends() -> None:
    pages = {"/a": reply(b"", 301, Location="/b"), "/b": reply(b"", 301, Location="/a")}
    with serving(site(pages)) as server:
        failure = answer(request(server.url("/a")))
    assert failure == Failure("redirect", "more than 5 redirects in a row")
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    "location",
    ["ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "data:text/xml,<rss/>", "http:///x",
     "gopher://127.0.0.1/", "http://[::1", "//"],
)  # fmt: skip
def test_a_redirect_out_of_the_web_is_refused(location: str) -> None:
    assert failure_of(reply(b"", 301, Location=location)).kind == "redirect"


def test_a_redirect_to_nowhere_is_a_status() -> None:
    assert failure_of(reply(b"", 302)) == Failure(
        "status", "HTTP 302: it redirects and does not say where to", 302
    )


def test_a_redirect_to_a_login_is_told_without_it() -> None:
    failure = failure_of(reply(b"", 302, Location="ftp://anna:geheim@example.org/"))
    assert failure == Failure(
        "redirect", "it redirects to 'ftp://example.org/', no http or https address"
    )


# ── statuses ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "status", [201, 204, 206, 300, 401, 403, 404, 410, 418, 429, 500, 503, 599]
)
@pytest.mark.parametrize("kind", ["feed", "page"])
def test_another_status_than_200_is_a_failure_that_says_it(status: int, kind: RequestKind) -> None:
    with serving(lambda asked: reply(b"" if status == 204 else BODY, status)) as server:
        failure = answer(request(server.url(), kind))
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.status) == ("status", status)
    assert failure.detail.startswith(f"HTTP {status}: ")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), (" 7 ", 7), ("0", 0), ("99999999999999999999", 7 * 86400), ("-1", None), ("1.5", None),
     ("soon", None), ("", None), ("١٢", None)],
)  # fmt: skip
def test_retry_after_in_seconds(status: int, said: str, seconds: int | None) -> None:
    failure = failure_of(reply(b"", status, Retry_After=said))
    assert (failure.status, failure.retry_after) == (status, seconds)


@pytest.mark.parametrize(
    ("now", "until", "seconds"),
    [("Sun, 01 Mar 2026 10:00:00 GMT", "Sun, 01 Mar 2026 10:05:00 GMT", 300),
     ("Sun, 01 Mar 2026 10:00:00 GMT", "Sun, 01 Mar 2026 12:05:00 +0200", 300),
     ("Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:09 GMT", 9),
     ("Sun, 01 Mar 2026 10:00:00 GMT", "Sun, 01 Mar 2026 09:00:00 GMT", 0),
     ("Sun, 01 Mar 2026 10:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", 0),
     ("Sun, 01 Mar 2026 10:00:00 GMT", "Wed, 01 Jan 2200 00:00:00 GMT", 7 * 86400),
     ("Sun, 01 Mar 2026 10:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", 7 * 86400),
     ("Sunday, 01-Mar-26 10:00:00 GMT", "Sun Mar  1 10:05:00 2026", 300),
     ("Sun Mar  1 10:00:00 2026", "Sunday, 01-Mar-26 10:05:00 GMT", 300),
     ("", "Sun, 01 Mar 2026 10:05:00 GMT", None), ("now", "Sun, 01 Mar 2026 10:05:00 GMT", None),
     ("Sun, 01 Mar 2026 10:00:00 GMT", "Sun, 99 Mar 2026 10:05:00 GMT", None)],
)  # fmt: skip
def test_retry_after_as_a_date_counts_from_the_servers_own(
    now: str, until: str, seconds: int | None
) -> None:
    failure = failure_of(reply(b"", 503, Date=now, Retry_After=until))
    assert (failure.status, failure.retry_after) == (503, seconds)


HEADERS = st.text('0123456789,:;= -+.GMTSunMarmaxagesp"éٱ', max_size=40) | st.datetimes().map(
    lambda at: format_datetime(at.replace(tzinfo=UTC), usegmt=True)
)


@given(HEADERS, HEADERS, HEADERS)
def test_any_headers_name_a_wait_of_a_week_at_most_or_none(a: str, b: str, c: str) -> None:
    headers = CIMultiDictProxy(CIMultiDict({"Retry-After": a, "Date": b, "Cache-Control": c}))
    for wait in (retry_after(headers), max_age(headers)):
        assert wait is None or 0 <= wait <= 7 * 86400


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("max-age=300", 300), ("public, MAX-AGE=300, must-revalidate", 300), ('max-age="60"', 60), ("max-age=0", 0),
     ("s-maxage=300", None), ("no-cache", None), ("max-age=99999999999", 7 * 86400), ("max-age=-1", None)],
)  # fmt: skip
def test_max_age(said: str, seconds: int | None) -> None:
    assert page_of(reply(BODY, Cache_Control=said)).max_age == seconds


def test_max_age_in_a_second_line() -> None:
    assert page_of(reply(BODY, Cache_Control="public", cache_control="max-age=9")).max_age == 9


def test_an_empty_body_is_an_answer() -> None:
    page = page_of(reply(b"", Content_Type="text/xml"))
    assert (page.status, page.body, page.content_type) == (200, b"", "text/xml")


def test_a_content_type_is_text_that_a_store_can_hold() -> None:
    page = page_of(reply(BODY, Content_Type=b"text/xml; charset=\xff"))
    assert page.content_type == "text/xml; charset=\ufffd"


# ── connections that fail ───────────────────────────────────────────────────────────────────


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    failure = answer(request(f"http://anna:geheim@127.0.0.1:{port}/"))
    assert isinstance(failure, Failure)
    assert failure.kind == "connect"
    assert "geheim" not in failure.detail


@pytest.mark.parametrize(
    "first", [b"", b"HTTP/1.1 200 So\r\n", b"HTTP/1.1 200 So\r\nContent-Length: 9\r\n\r\nx"]
)
def test_a_connection_that_is_reset(first: bytes) -> None:
    async def reset() -> AsyncIterator[bytes]:
        yield first
        raise Reset

    assert failure_of(reset(), kind="page").kind == "reset"


@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 200 So\r\nContent-Le", b"HTTP/1.1 200 So\r\nContent-Length: 100\r\n\r\n<rss>",
     b"HTTP/1.1 200 So\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>", b"HTTP/1.1 200 So\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
     b"<rss></rss>", b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"SSH-2.0-OpenSSH\r\n"],
)  # fmt: skip
def test_half_an_answer_or_none_is_a_failure(said: bytes) -> None:
    assert failure_of(said, kind="page").kind == "reset"


@pytest.mark.parametrize(
    "begun",
    [
        b"HTTP/1.1 200 So",
        b"HTTP/1.1 200 So\r\n",
        b"HTTP/1.1 200 So\r\nX: ",
        b"HTTP/1.1 200 So\r\n\r\n",
    ],
)
def test_a_drip_ends_when_its_time_is_over(begun: bytes) -> None:
    async def drip() -> AsyncIterator[bytes]:
        yield begun
        while True:
            await asyncio.sleep(0.02)
            yield b"x"

    assert failure_of(drip(), IN_A_HURRY) == Failure("timeout", "no whole answer within 0.5 s")


@pytest.mark.parametrize(
    "line", [b"X-%d: y\r\n", b"X-%d: " + b"y" * 60_000 + b"\r\n", b"X-%d: " + b"y" * 70_000 + b"\r\n", b" folded %d\r\n"],
)  # fmt: skip
def test_headers_that_never_end_are_cut_off(line: bytes) -> None:
    sent = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b"HTTP/1.1 200 So\r\nX: y\r\n"
        while True:
            sent += 1
            yield line % sent

    assert failure_of(flood()).kind == "reset"
    assert sent * len(line) < 64 * 1024 * 1024


def test_early_hints_that_never_end_run_out_of_time() -> None:
    async def hints() -> AsyncIterator[bytes]:
        while True:
            yield b"HTTP/1.1 103 Early Hints\r\n\r\n"
            await asyncio.sleep(0)

    assert failure_of(hints(), IN_A_HURRY).kind == "timeout"


def test_a_name_that_does_not_exist() -> None:
    failure = answer(request("http://anna:geheim@nowhere.example/"), POLICY, resolver=Names())
    assert isinstance(failure, Failure)
    assert failure.kind == "dns"
    assert "geheim" not in failure.detail


def test_a_host_that_does_not_take_the_call() -> None:
    """A full queue of connections: the kernel leaves the next one waiting."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, contextlib.ExitStack() as held:
        for _ in range(2):
            caller = held.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(deaf.getsockname())
        url = f"http://anna:geheim@127.0.0.1:{deaf.getsockname()[1]}/"
        failure = answer(request(url), replace(POLICY, connect_seconds=0.3))
    assert isinstance(failure, Failure)
    assert failure.kind == "timeout"
    assert "10 s" not in failure.detail
    assert "geheim" not in failure.detail


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://example.org/", "file:///etc/passwd", "http://", "http:///x", "http://127.0.0.1:99999/",
     "http://127.0.0.1:x/", "http://[::1", "http://a..b/",
     "http://" + "x" * 70 + ".example/", "//127.0.0.1/", "javascript:alert(1)", "http://\ud800/"],
)  # fmt: skip
def test_what_is_no_address_is_not_asked(url: str) -> None:
    failure = answer(request(url.replace("://", "://anna:geheim@")))
    assert isinstance(failure, Failure)
    assert failure.kind == "address"
    assert "geheim" not in failure.detail
    failure.detail.encode()


def test_a_line_break_in_an_address_adds_no_header() -> None:
    with serving(lambda asked: reply(BODY)) as server:
        answer(request(server.url("/a\r\nX-Evil: 1\r\n\r\nGET /b")))
    assert len(server.asked) == 1
    assert "x-evil" not in server.asked[0].headers


@pytest.mark.parametrize(
    ("path", "sent"),
    [("/\x00", "/%00"), ("/\x7f", "/%7F"), ("/a b", "/a%20b"), ("/я", "/%D1%8F"), ("/a\\b", "/a\\b"), ("/%zz", "/%zz"),
     ("/%e9%2F", "/%e9%2F"), ("/a?b=c&d=%20|", "/a?b=c&d=%20|"), ("/a#b", "/a")],
)  # fmt: skip
def test_an_address_is_asked_as_it_is_written(path: str, sent: str) -> None:
    with serving(lambda asked: reply(BODY)) as server:
        assert isinstance(answer(request(server.url(path))), Page)
    assert server.paths() == [sent]


PIECES = [b"\r\n", b"\r\n\r\n", b"\x00", b"\xff", b": ", b"HTTP/1.1 301 x\r\n", b"Transfer-Encoding: chunked\r\n", b"-1",
          b"99999999999999999999"]  # fmt: skip
WHOLE = reply(gzip.compress(BODY), Content_Encoding="gzip", ETag='"a"', Location="/b", Date="x")


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """A server's bytes of any kind, mostly a good answer with a few places damaged."""
    said = draw(st.just(WHOLE) | st.binary(max_size=60))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(said)))
        gone = draw(st.sampled_from([0, 1, 5, 1000]))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=3))
        said = said[:at] + piece + said[at + gone :]
    return said


def test_any_bytes_of_a_server_are_a_page_or_a_failure() -> None:
    said = [b""]

    async def begun() -> Fetcher:
        return Fetcher(POLICY, trust=system())

    with serving(lambda asked: said[0]) as server, asyncio.Runner() as runner:
        fetcher = runner.run(begun())

        @settings(max_examples=300, deadline=None)
        @given(answers())
        def check(drawn: bytes) -> None:
            said[0] = drawn
            found = runner.run(ask(fetcher, request(server.url())))
            assert isinstance(found, (Page, Failure))
            words = (found.detail,) if isinstance(found, Failure) else (found.url, found.etag)
            assert "".join(words).encode()

        check()
        runner.run(fetcher.close())


# ── TLS ─────────────────────────────────────────────────────────────────────────────────────


Tls = tuple[ssl.SSLContext, ssl.SSLContext]


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Tls]:
    """For one holder, a server's side of a certificate of its own making, and a client's that trusts it."""
    folder = tmp_path_factory.mktemp("certificates")

    @cache
    def make(holder: str) -> Tls:
        name = holder.replace(":", "-")
        key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-days", "2", "-subj", "/CN=wire", "-addext", f"subjectAltName={holder}",
             "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        return context, ssl.create_default_context(cafile=str(certificate))

    return make


HERE, ELSEWHERE = "IP:127.0.0.1", "DNS:wire.example"


def test_a_trusted_certificate_opens_the_door(certified: Callable[[str], Tls]) -> None:
    tls, trust = certified(HERE)
    with serving(site({"/": reply(BODY)}), tls=tls) as server:
        page = answer(request(server.url()), trust=trust)
    assert isinstance(page, Page)
    assert page.body == BODY


@pytest.mark.parametrize("holder", [HERE, ELSEWHERE])
def test_a_certificate_of_nobody_we_trust_or_for_somebody_else_is_refused(
    certified: Callable[[str], Tls], holder: str
) -> None:
    tls, trust = certified(holder)
    others = {"trust": trust} if holder == ELSEWHERE else {}
    with serving(site({"/": reply(BODY)}), tls=tls) as server:
        failure = answer(request(server.url(user="anna:geheim@")), **others)
    assert isinstance(failure, Failure)
    assert failure.kind == "tls"
    assert "certificate" in failure.detail.lower()
    assert "geheim" not in failure.detail
    assert server.asked == []


def test_a_server_that_speaks_no_tls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def speak() -> None:
            listening.settimeout(10)
            with listening.accept()[0] as caller:
                caller.sendall(reply(BODY))
                caller.recv(65536)

        thread = threading.Thread(target=speak)
        thread.start()
        failure = answer(request(f"https://127.0.0.1:{listening.getsockname()[1]}/"))
        thread.join(10)
    assert isinstance(failure, Failure)
    assert failure.kind == "tls"


def test_from_https_nothing_leads_to_http(certified: Callable[[str], Tls]) -> None:
    tls, trust = certified(HERE)
    with serving(lambda asked: reply(BODY)) as plain:
        pages = {
            "/down": reply(b"", 301, Location=plain.url()),
            "/along": reply(b"", 301, Location="/end"),
            "/end": reply(BODY),
        }
        with serving(site(pages), tls=tls) as server:
            down = answer(request(server.url("/down")), trust=trust)
            along = answer(request(server.url("/along")), trust=trust)
    assert down == Failure("redirect", "it redirects from https to http, which is not followed")
    assert isinstance(along, Page)
    assert along.moved == server.url("/end")
    assert plain.asked == []


def test_a_robots_txt_led_to_http_may_forbid_and_vouches_for_nothing(
    certified: Callable[[str], Tls],
) -> None:
    """Not to follow it would be as if there were none; but whoever sits on the way may have written it."""
    tls, trust = certified(HERE)
    mannerly = replace(POLICY, robots=True)
    said = b"User-agent: *\nDisallow: /shut\nSitemap: https://stranger.example/news.xml\n"
    plain = {"/robots.txt": reply(said), "/shut": reply(BODY), "/open": reply(BODY)}
    with serving(site(plain)) as http:
        pages = plain | {"/robots.txt": reply(b"", 301, Location=http.url("/robots.txt"))}
        with serving(site(pages), tls=tls) as https:
            shut, opened, robots = (
                answer(request(https.url(path), kind), mannerly, trust=trust)
                for path, kind in (("/shut", "page"), ("/open", "page"), ("/", "robots"))
            )
            direct = answer(request(http.url("/"), "robots"), mannerly)
    assert shut == Failure("robots", "robots.txt forbids it")
    assert isinstance(opened, Page)
    assert isinstance(robots, Page)
    assert isinstance(direct, Page)
    assert (robots.sitemaps, direct.sitemaps) == ((), ("https://stranger.example/news.xml",))


# ── only public addresses ───────────────────────────────────────────────────────────────────

SHUT = replace(POLICY, allow_networks=())
LOOPBACKS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0177.0.0.1", "017700000001",
    "localhost", "LOCALHOST", "0.0.0.0", "0", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::ffff:0:127.0.0.1]", "①②⑦.⓪.⓪.①", "127。0。0。1",
    "ⓛocalhost", "127.0.0.1.", "[fe80::1%25lo]", "[::1%25lo]", "0x7F.0x0.0x0.0x1", "127.0x1", "0177.1", "0x7f.0x1",
    "127.000.000.001", "０ｘ7f.1", "[::ffff:0:7f00:1]", "[fec0::1]", "[2001:0:7f00:1::]", "0000000177.0.0.1", "127.0.0.0x1", "0x7F000001",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACKS)
def test_no_spelling_of_this_machine_is_asked(host: str) -> None:
    with serving(lambda asked: reply(BODY)) as server:
        port = server.ports["127.0.0.1"]
        failure = answer(request(f"http://anna:geheim@{host}:{port}/"), SHUT)
    assert isinstance(failure, Failure)
    assert failure.kind == "address"
    assert "geheim" not in failure.detail
    assert server.asked == []


INSIDE = [
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "127.255.255.255", "0.1.2.3",
    "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.51.100.1", "203.0.113.1", "fc00::1", "fd00::1", "fe80::1", "::1", "::",
    "2001:db8::1", "100::1", "::ffff:10.0.0.1", "::ffff:100.100.100.200", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "::ffff:0:a00:1", "fe80::1%eth0",
    "", "x", "127.1", "1.2.3", "::g", "\ud800",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1",
    "93.184.215.14",
    "172.32.0.1",
    "100.128.0.1",
    "223.255.255.255",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
]


@pytest.mark.parametrize("address", [*INSIDE, "192.88.99.1", "5f00::1", "3fff:0fff::1"])
def test_an_inside_address_may_not_be_connected_to(address: str) -> None:
    assert not may_connect(address, ())


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_connected_to(address: str) -> None:
    assert may_connect(address, ())


@given(st.sampled_from(reach.INSIDE), st.integers(0, 2**128 - 1))
def test_no_address_of_the_networks_that_pass_for_global_is_public(network: Any, n: int) -> None:
    address = network[n % network.num_addresses]
    assert not may_connect(str(address), ())
    if address.version == 4:
        assert not may_connect(f"::ffff:{address}", ())
    assert may_connect(str(address), (network,))


def test_allowing_a_network_allows_its_mapped_form_and_nothing_beside_it() -> None:
    allowed = (ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/64"))
    assert may_connect("10.1.255.255", allowed)
    assert may_connect("::ffff:10.1.0.1", allowed)
    assert may_connect("fd00::1", allowed)
    assert not may_connect("10.2.0.1", allowed)
    assert not may_connect("fd00:0:0:1::1", allowed)


def test_a_name_is_judged_by_where_it_leads() -> None:
    names = Names(wire_example="127.0.0.1", twice_example="127.0.0.1 10.0.0.1 ::1")
    with serving(lambda asked: reply(BODY)) as server:
        port = server.ports["127.0.0.1"]
        for name in ("wire", "twice"):
            failure = answer(request(f"http://{name}.example:{port}/"), SHUT, resolver=names)
            assert isinstance(failure, Failure)
            assert failure.kind == "address"
        assert server.asked == []
        page = answer(request(f"http://wire.example:{port}/"), POLICY, resolver=names)
    assert isinstance(page, Page)
    assert server.asked[0].headers["host"] == f"wire.example:{port}".encode()


def test_a_redirect_leads_only_where_an_address_may() -> None:
    here, there = "127.0.0.2", "127.0.0.3"
    policy = replace(POLICY, allow_networks=(f"{here}/32",))
    pages = {"/stay": "/end", "/go": ""}

    def script(asked: Asked) -> bytes:
        if asked.path in pages:
            return reply(b"", 301, Location=pages[asked.path] or server.url("/end", there))
        return reply(BODY)

    with serving(script, here, there) as server:
        stayed = answer(request(server.url("/stay", here)), policy)
        gone = answer(request(server.url("/go", here)), policy)
        allowed = answer(request(server.url("/go", here)), POLICY)
    assert isinstance(stayed, Page)
    assert isinstance(gone, Failure)
    assert gone.kind == "address"
    assert isinstance(allowed, Page)
    assert server.paths(there) == ["/end"]
