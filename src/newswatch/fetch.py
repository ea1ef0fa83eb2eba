"""Ask a server: conditionally, politely, within bounds, and only at public addresses.

Rule: `get` never raises for anything the outside world does, and never holds more than one capped
body. The address that is checked is the one the socket connects to, so that neither a name, a
literal nor a redirect leads inside; bodies are decoded in small steps under a running count.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
import ssl
import zlib
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import brotli
from protego import Protego
from yarl import URL

from newswatch.address import host, is_web, join, redact
from newswatch.model import CrawlPolicy, Failure, Page, Request

try:
    from compression import zstd
except ImportError:  # before Python 3.14
    from backports import zstd

ACCEPT = {
    "feed": "application/rss+xml, application/atom+xml, application/feed+json;q=0.9,"
    " application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
    "page": "text/html, application/xhtml+xml;q=0.9, */*;q=0.1",
}
STEP = 65536  # bytes decoded at a time: a 1.6 KB body of brotli once took 2 GB decoded whole
LEAST_SPACING = 0.5  # seconds; less only for networks the operator allows
ROBOTS_BYTES = 512 * 1024
ROBOTS_SECONDS = 24 * 3600.0
ROBOTS_DOWN_SECONDS = 600.0
HOSTS_KEPT = 10_000
LONGEST_WAIT = 7 * 86400
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
PRODUCT = "newswatch"

# What `is_global` calls global and is not (measured on Python 3.11).
INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "224.0.0.0/4", "ff00::/8", "64:ff9b::/96", "64:ff9b:1::/48", "fec0::/10", "::/96",
        "2002::/16", "2001::/32", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15",
    )
)  # fmt: skip

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Inside(OSError):
    """The address is not public and the policy does not allow it."""


def may_connect(address: str, allowed: tuple[Network, ...]) -> bool:
    """Whether a socket may connect to this literal address: public, or in an *allowed* network."""
    try:
        found: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if any(found in network for network in allowed if network.version == found.version):
        return True
    inside = any(found in network for network in INSIDE if network.version == found.version)
    return found.is_global and not inside


# ── bodies ──────────────────────────────────────────────────────────────────────────────────


class TooLarge(Exception):
    """More bytes than the cap."""


class Undecodable(Exception):
    """The body is not what its Content-Encoding says."""


class Decoder(Protocol):
    """Turns encoded chunks into pieces of at most STEP bytes, or so."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The pieces that *chunk* completes."""

    def done(self) -> bool:
        """Whether the stream had its end."""


class Plain:
    """No encoding."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The chunk itself."""
        yield chunk

    def done(self) -> bool:
        """A plain body ends where it ends."""
        return True


class Zlib:
    """gzip and deflate; the latter with or without its header, as servers send both."""

    def __init__(self, *, raw_too: bool) -> None:
        self._inflate = zlib.decompressobj(47)
        self._raw_too = raw_too
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The pieces of *chunk*; several members follow one another."""
        data = chunk
        while data:
            try:
                piece = self._inflate.decompress(data, STEP)
            except zlib.error as error:
                if not self._raw_too or self._begun:
                    raise Undecodable(str(error)) from error
                self._inflate = zlib.decompressobj(-15)
                self._raw_too = False
                continue
            self._begun = True
            if piece:
                yield piece
            data = self._inflate.unconsumed_tail
            if self._inflate.eof:
                data = self._inflate.unused_data
                if not data.strip(b"\0"):
                    return  # padding after the last member
                self._inflate = zlib.decompressobj(47)

    def done(self) -> bool:
        """Whether the last member had its end."""
        return self._inflate.eof or not self._begun


class Brotli:
    """br."""

    def __init__(self) -> None:
        self._decompressor = brotli.Decompressor()
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The pieces of *chunk*."""
        self._begun = True
        data = chunk
        try:
            while True:
                piece = self._decompressor.process(data, output_buffer_limit=STEP)
                if piece:
                    yield piece
                data = b""
                if self._decompressor.is_finished() or (
                    not piece and self._decompressor.can_accept_more_data()
                ):
                    return
        except brotli.error as error:
            raise Undecodable(str(error)) from error

    def done(self) -> bool:
        """Whether the stream had its end."""
        return bool(self._decompressor.is_finished()) or not self._begun


class Zstd:
    """zstd; windows above 8 MB are refused, as RFC 9659 has it."""

    def __init__(self) -> None:
        self._new()
        self._begun = False

    def _new(self) -> None:
        self._decompressor = zstd.ZstdDecompressor(
            options={zstd.DecompressionParameter.window_log_max: 23}
        )

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The pieces of *chunk*; several frames follow one another."""
        self._begun = True
        data = chunk
        try:
            while True:
                piece = self._decompressor.decompress(data, STEP)
                if piece:
                    yield piece
                data = b""
                if self._decompressor.eof:
                    data = self._decompressor.unused_data
                    if not data:
                        return
                    self._new()
                elif not piece and self._decompressor.needs_input:
                    return
        except zstd.ZstdError as error:
            raise Undecodable(str(error)) from error

    def done(self) -> bool:
        """Whether the last frame had its end."""
        return self._decompressor.eof or not self._begun


def decoder(encoding: str) -> Decoder:
    """The decoder of a Content-Encoding. Raises Undecodable for an unknown or a doubled one."""
    makers: Mapping[str, Callable[[], Decoder]] = {
        "": Plain,
        "identity": Plain,
        "gzip": lambda: Zlib(raw_too=False),
        "x-gzip": lambda: Zlib(raw_too=False),
        "deflate": lambda: Zlib(raw_too=True),
        "br": Brotli,
        "zstd": Zstd,
    }
    name = encoding.strip().lower()
    if name not in makers:
        raise Undecodable(f"Content-Encoding {encoding[:40]!r}")
    return makers[name]()


async def read_body(response: aiohttp.ClientResponse, cap: int) -> bytes:
    """The decoded body. Raises TooLarge past *cap* decoded bytes, Undecodable."""
    decode = decoder(response.headers.get("Content-Encoding", ""))
    pieces: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(STEP):
        for piece in decode.feed(chunk):
            size += len(piece)
            if size > cap:
                raise TooLarge
            pieces.append(piece)
    if not decode.done():
        raise Undecodable("the body ends before its end")
    return b"".join(pieces)


# ── headers ─────────────────────────────────────────────────────────────────────────────────


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Retry-After in seconds; a date counts from the server's own Date. None when it says none."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:12]), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(value)
        since = parsedate_to_datetime(headers.get("Date", ""))
        return min(max(0, round((until - since).total_seconds())), LONGEST_WAIT)
    except (ValueError, TypeError, OverflowError):
        return None


def max_age(headers: Mapping[str, str]) -> int | None:
    """Cache-Control's max-age in seconds, None when it says none."""
    found = re.search(
        r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,12})", headers.get("Cache-Control", ""), re.IGNORECASE
    )
    return min(int(found[1]), LONGEST_WAIT) if found else None


def validator(value: str | None) -> str:
    """An ETag or Last-Modified as it came; '' where it could not be sent back byte for byte."""
    if not value or not value.isascii() or not value.isprintable() or len(value) > 1000:
        return ""
    return value


# ── asking ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class Manners:
    """What is kept of one host: how many ask at once, and when the next may."""

    room: asyncio.Semaphore
    free_at: float = 0.0
    waiting: int = 0


@dataclass
class Robots:
    """A host's robots.txt: None in *rules* means all is allowed; *down* that it cannot be had."""

    until: float
    rules: Protego | None = None
    down: bool = False
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Fetcher:
    """Asks servers under *policy*; belongs to the event loop it is first used on."""

    def __init__(self, policy: CrawlPolicy) -> None:
        self._policy = policy
        self._allowed = tuple(ipaddress.ip_network(n, strict=False) for n in policy.allow_networks)
        self._session: aiohttp.ClientSession | None = None
        self._room = asyncio.Semaphore(policy.concurrency)
        self._hosts: defaultdict[str, Manners] = defaultdict(
            lambda: Manners(asyncio.Semaphore(policy.per_host))
        )
        self._robots: OrderedDict[str, Robots] = OrderedDict()

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None
            await asyncio.sleep(0)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=0,
                ssl=ssl.create_default_context(),  # one for all: building it costs 30 ms
                socket_factory=self._socket,
                ttl_dns_cache=300,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=self._policy.connect_seconds
                ),
                max_line_size=65536,
                max_field_size=65536,
            )
        return self._session

    def _socket(self, info: Any) -> socket.socket:
        """A socket for one resolved address, refused here if the address is inside."""
        family, kind, proto, _, target = info
        if not may_connect(str(target[0]), self._allowed):
            raise Inside(f"{target[0]} is not a public address (allow_networks allows it)")
        return socket.socket(family=family, type=kind, proto=proto)

    # ── manners ─────────────────────────────────────────────────────────────────────────────

    @contextlib.asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[None]:
        """A place to ask *url*'s host: first among those who wait for this host, then among all,
        so that a slow host keeps only its own waiting.
        """
        name = host(url)
        manners = self._hosts[name]
        manners.waiting += 1
        try:
            async with manners.room:
                await self._space(manners, name)
                async with self._room:
                    yield
        finally:
            manners.waiting -= 1
            if len(self._hosts) > HOSTS_KEPT and not manners.waiting:
                del self._hosts[name]

    async def _space(self, manners: Manners, name: str) -> None:
        loop = asyncio.get_running_loop()
        begin = max(loop.time(), manners.free_at)
        manners.free_at = begin + self._spacing(name)
        await asyncio.sleep(max(0.0, begin - loop.time()))

    def _spacing(self, name: str) -> float:
        """Seconds between two requests to a host; under half a second only where allowed."""
        spacing = self._policy.spacing
        if spacing >= LEAST_SPACING:
            return spacing
        try:
            literal = ipaddress.ip_address(name)
        except ValueError:
            return LEAST_SPACING
        near = any(literal in n for n in self._allowed if n.version == literal.version)
        return spacing if near else LEAST_SPACING

    # ── one request ─────────────────────────────────────────────────────────────────────────

    async def get(self, request: Request) -> Page | Failure:
        """The server's answer to *request*, or what went wrong. Call it inside `turn`."""
        if not is_web(request.url):
            return Failure("address", f"{redact(request.url)[:200]!r} is no http or https address")
        try:
            async with asyncio.timeout(self._policy.total_seconds):
                return await self._follow(request)
        except TimeoutError:
            return Failure("timeout", f"no whole answer within {self._policy.total_seconds:g} s")
        except TooLarge:
            return Failure("too-large", f"more than {self._cap(request):,} bytes")
        except Undecodable as error:
            return Failure("encoding", str(error))
        except (aiohttp.ClientError, OSError, ValueError, UnicodeError) as error:
            return misfortune(error)

    def _cap(self, request: Request) -> int:
        return self._policy.feed_bytes if request.kind == "feed" else self._policy.page_bytes

    async def _follow(self, request: Request) -> Page | Failure:
        url, permanent = request.url, True
        for _ in range(self._policy.redirects + 1):
            if request.kind == "page" and self._policy.robots:
                refused = await self._refused_by_robots(url)
                if refused is not None:
                    return refused
            async with self._asked(url, self._headers(request)) as response:
                if response.status not in REDIRECTS or "Location" not in response.headers:
                    moved = url if permanent and url != request.url else ""
                    return await self._answer(request, response, url, moved)
                permanent = permanent and response.status in PERMANENT
                target = join(url, response.headers["Location"])
            if not is_web(target):
                return Failure("redirect", f"to {redact(target)[:200]!r}")
            if url.lower().startswith("https:") and not target.lower().startswith("https:"):
                return Failure("redirect", "from https to http")
            url = target
        return Failure("redirect", f"more than {self._policy.redirects} redirects")

    def _asked(self, url: str, headers: Mapping[str, str]) -> Any:
        plain = url.isascii() and " " not in url
        return self._opened().get(
            URL(url.partition("#")[0], encoded=plain), headers=headers, allow_redirects=False
        )

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {
            "User-Agent": self._policy.user_agent,
            "Accept": ACCEPT[request.kind],
            "Accept-Encoding": "gzip, deflate, br, zstd",
        }
        if request.etag:
            headers["If-None-Match"] = request.etag
        if request.last_modified:
            headers["If-Modified-Since"] = request.last_modified
        return headers

    async def _answer(
        self, request: Request, response: aiohttp.ClientResponse, url: str, moved: str
    ) -> Page | Failure:
        status, headers = response.status, response.headers
        if status not in {200, 304}:
            return Failure("status", f"HTTP {status}", status, retry_after(headers))
        if status == 304 and not (request.etag or request.last_modified):
            return Failure("status", "304 to a question without condition", status)
        return Page(
            status=status,
            url=url,
            body=await read_body(response, self._cap(request)) if status == 200 else b"",
            content_type=headers.get("Content-Type", ""),
            etag=validator(headers.get("ETag")),
            last_modified=validator(headers.get("Last-Modified")),
            moved=moved,
            max_age=max_age(headers),
        )

    # ── robots.txt ──────────────────────────────────────────────────────────────────────────

    async def _refused_by_robots(self, url: str) -> Failure | None:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        robots = self._robots.setdefault(origin, Robots(until=0.0))
        self._robots.move_to_end(origin)
        while len(self._robots) > HOSTS_KEPT:
            self._robots.popitem(last=False)
        async with robots.asking:
            if robots.until <= asyncio.get_running_loop().time():
                await self._learn(robots, f"{origin}/robots.txt")
        if robots.down:
            return Failure(
                "robots", "robots.txt cannot be had", retry_after=int(ROBOTS_DOWN_SECONDS)
            )
        if robots.rules is not None and not robots.rules.can_fetch(url, PRODUCT):
            return Failure("robots", "robots.txt forbids it")
        return None

    async def _learn(self, robots: Robots, url: str) -> None:
        """Ask for a host's robots.txt: 4xx allows all, silence and 5xx forbid for ten minutes."""
        robots.rules, robots.down = None, False
        lasts = ROBOTS_SECONDS
        try:
            status, body = await self._robots_body(url)
            if status >= 500 or status == 429:
                robots.down, lasts = True, ROBOTS_DOWN_SECONDS
            elif status == 200:
                robots.rules = Protego.parse(body.decode("utf-8", "replace"))
        except TooLarge:
            robots.rules = None
        except (aiohttp.ClientError, OSError, ValueError, Undecodable):
            robots.down, lasts = True, ROBOTS_DOWN_SECONDS
        robots.until = asyncio.get_running_loop().time() + lasts

    async def _robots_body(self, url: str) -> tuple[int, bytes]:
        headers = {"User-Agent": self._policy.user_agent, "Accept-Encoding": "gzip"}
        for _ in range(self._policy.redirects + 1):
            async with self._asked(url, headers) as response:
                if response.status in REDIRECTS and "Location" in response.headers:
                    url = join(url, response.headers["Location"])
                    if not is_web(url):
                        return 404, b""
                    continue
                body = await read_body(response, ROBOTS_BYTES) if response.status == 200 else b""
                return response.status, body
        return 404, b""


def misfortune(error: Exception) -> Failure:
    """What a driver's error means, in one of our words."""
    inner = getattr(error, "os_error", None)
    said = redact(f"{inner or error}")[:200] or type(error).__name__
    if isinstance(inner, Inside) or isinstance(error, Inside):
        return Failure("address", said)
    if "not a public address" in said:
        return Failure("address", said)
    match error:
        case aiohttp.ClientConnectorDNSError():
            return Failure("dns", said)
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return Failure("tls", said)
        case aiohttp.ServerTimeoutError():
            return Failure("timeout", said)
        case aiohttp.ClientConnectorError():
            return Failure("connect", said)
        case (
            aiohttp.ClientPayloadError()
            | aiohttp.ServerDisconnectedError()
            | aiohttp.ClientOSError()
        ):
            return Failure("reset", said)
        case aiohttp.InvalidURL() | UnicodeError() | ValueError():
            return Failure("address", said)
        case aiohttp.ClientError():
            return Failure("reset", said)
        case _:
            return Failure("connect", said)
