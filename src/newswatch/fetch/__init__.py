"""Ask a server: conditionally, politely, within bounds, and only at public addresses.

Rule: `get` never raises for anything the outside world does, and never holds more than one capped
body. The address that is checked is the one the socket connects to, so that neither a name, a
literal nor a redirect leads inside; bodies are decoded in small steps under a running count.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import aiohttp
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDict
from yarl import URL

from newswatch.address import beside, host, is_web, join, of_one_site, redact
from newswatch.decode import STEP, Undecodable, decoder
from newswatch.fetch.headers import encodings, location, max_age, retry_after, said, validator
from newswatch.fetch.holding import SMALL, Holding
from newswatch.fetch.misfortune import misfortune, of_status
from newswatch.fetch.reach import INSIDE_SAID, Inside, may_connect
from newswatch.fetch.robots import Robots, rules_of, sitemaps_of, spacing_of
from newswatch.model import CrawlPolicy, Failure, Led, Page, Request

ACCEPT = {
    "feed": "application/rss+xml, application/atom+xml, application/feed+json;q=0.9,"
    " application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
    "page": "text/html, application/xhtml+xml;q=0.9, */*;q=0.1",
}
ACCEPT["older"] = ACCEPT["candidate"] = ACCEPT["archive"] = ACCEPT["feed"]
ACCEPT["further"] = ACCEPT["page"]
ACCEPT["heartbeat"] = "*/*"
GIVEN = frozenset(
    {"feed", "heartbeat"}
)  # addresses that somebody gave: what robots.txt says is no matter
LATER = frozenset({"older", "further"})  # questions of their own, after another of the same trip
LEAST_SPACING = 0.5  # seconds; less only for networks the operator allows
ROBOTS_BYTES = 512 * 1024
ROBOTS_SECONDS = 24 * 3600.0
ROBOTS_DOWN_SECONDS = 600.0
SHUT_MOST = 86400  # seconds of rest that a host is granted
HOSTS_KEPT = 10_000
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})

# ── bodies ──────────────────────────────────────────────────────────────────────────────────


Large = Callable[[int], Awaitable[None]]


class TooLarge(Exception):
    """More bytes than the cap."""


async def read_body(
    response: aiohttp.ClientResponse,
    cap: int,
    *,
    cut: bool = False,
    large: Large | None = None,
    broken: list[Exception] | None = None,
) -> bytes:
    """The decoded body, or with *cut* its first *cap* bytes. Past SMALL bytes *large* is waited for, told the
    most there may be. Raises TooLarge past *cap* decoded bytes, and for an encoded body that is longer than
    that (it may decode to nothing, for ever); Undecodable. Where *broken* is given, what breaks the connection off is
    put there, and the body is what came until then.
    """
    decode = decoder(encodings(response.headers))
    pieces: list[bytes] = []
    size = encoded = 0
    try:
        async for chunk in response.content.iter_chunked(STEP):
            encoded += len(chunk)
            for piece in decode.feed(chunk):
                size += len(piece)
                pieces.append(piece)
                if size > cap:
                    break
            if size > SMALL and large is not None:
                announced = response.content_length if not encodings(response.headers) else None
                await large(min(cap, announced or cap))
                large = None
            if size > cap or encoded > cap + STEP:
                if cut:
                    return b"".join(pieces)[:cap]
                raise TooLarge
    except (aiohttp.ClientError, OSError) as error:
        if broken is None:
            raise
        broken.append(error)
    if not broken and not decode.done():
        raise Undecodable("the answer ends before its end")
    return b"".join(pieces)


@contextlib.contextmanager
def _off(clock: asyncio.Timeout, most: float | None = None) -> Iterator[None]:
    """A wait that takes nothing off the clock; where *most* are given, it is no longer than so many seconds."""
    now = asyncio.get_running_loop().time
    left = (clock.when() or 0.0) - now()
    clock.reschedule(None if most is None else now() + most)
    yield
    clock.reschedule(now() + left)


def _given(request: Request) -> bool:
    """Whether somebody gave this address; the parts of a sitemap index on another host nobody did."""
    ours = request.source.url
    return request.kind in GIVEN and (not ours or host(request.url) == host(ours))


# ── asking ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class Manners:
    """What is kept of one host: how many ask at once, and when the next may. One at a time stands
    at the *gate*, for its moment and then for a place among all hosts. Until *shut_until* the host
    has asked for none.
    """

    room: asyncio.Semaphore
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    shut_until: float = 0.0
    waiting: int = 0


Get = Callable[[Request], Awaitable[Page | Failure]]


class Fetcher:
    """Asks servers under *policy*; belongs to the event loop it is first used on. *resolver* turns
    names into addresses, which are checked like any other; *trust* says whose certificates count,
    the system's when None. One that keeps to *one_site* follows no redirect to another: its answer is that it is Led
    there, where somebody else keeps the manners.
    """

    def __init__(
        self,
        policy: CrawlPolicy,
        *,
        resolver: AbstractResolver | None = None,
        trust: ssl.SSLContext | None = None,
        one_site: bool = False,
    ) -> None:
        self._policy = policy
        self._one_site = one_site
        self._resolver = resolver
        self._trust = trust
        self._allowed = tuple(ipaddress.ip_network(n, strict=False) for n in policy.allow_networks)
        self._session: aiohttp.ClientSession | None = None
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._room = asyncio.Semaphore(policy.concurrency)
        self._holding = Holding()
        self._hosts: defaultdict[str, Manners] = defaultdict(
            lambda: Manners(asyncio.Semaphore(policy.per_host))
        )
        self._robots: OrderedDict[tuple[str, str], Robots] = OrderedDict()

    async def close(self) -> None:
        """Close every connection; TLS has a second to say goodbye."""
        if self._session is not None:
            await self._session.close()
            self._session = None
            for _ in range(100):
                if all(one.fileno() < 0 for one in self._sockets):
                    break
                await asyncio.sleep(0.01)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=0,
                ssl=self._trust or ssl.create_default_context(),  # one for all: it costs 30 ms
                socket_factory=self._socket,
                resolver=self._resolver,
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
            raise Inside(f"{target[0]} {INSIDE_SAID} (allow_networks allows it)")
        made = socket.socket(family=family, type=kind, proto=proto)
        self._sockets.add(made)
        return made

    # ── manners ─────────────────────────────────────────────────────────────────────────────

    @contextlib.asynccontextmanager
    async def turn(self, url: str, led: Led | None = None) -> AsyncIterator[Get]:
        """The right to ask, beginning with a place at *url*'s host, or at that of where it has been *led* from there;
        lasts until the answer has been read, so that no more bodies than places are held.
        """
        async with contextlib.AsyncExitStack() as place:
            await place.enter_async_context(self._place(led.url if led else url))
            yield partial(self._get, place, led)

    @contextlib.asynccontextmanager
    async def _place(self, url: str) -> AsyncIterator[None]:
        """A place to ask *url*'s host: first among those who wait for this host, then among all,
        so that a slow host keeps only its own waiting.
        """
        loop = asyncio.get_running_loop()
        name = host(url)
        manners = self._hosts[name]
        manners.waiting += 1
        try:
            async with manners.room:
                async with manners.gate:
                    while (wait := manners.free_at - loop.time()) > 0:  # noqa: ASYNC110 - others put it off
                        await asyncio.sleep(wait)
                    await self._room.acquire()
                    manners.free_at = loop.time() + self._spacing(name)
                try:
                    yield
                finally:
                    self._room.release()
        finally:
            manners.waiting -= 1
            if len(self._hosts) > HOSTS_KEPT:
                self._forget(loop.time())

    def _forget(self, now: float) -> None:
        """Let go of the hosts that nobody waits for and that may be asked again."""
        for name in [
            n
            for n, m in self._hosts.items()
            if not m.waiting and max(m.free_at, m.shut_until) <= now
        ]:
            del self._hosts[name]

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

    async def _get(
        self, place: contextlib.AsyncExitStack, led: Led | None, request: Request
    ) -> Page | Failure:
        """The server's answer to *request*, or what went wrong; what a trip asks for first goes on where it was *led*."""
        if not is_web(request.url):
            return Failure("address", f"{redact(request.url)[:200]!r} is no http or https address")
        if led is None or request.kind in LATER or request.kind == "robots":
            seconds = self._policy.total_seconds
            led = Led(url=request.url, asks=self._policy.redirects + 1, seconds=seconds)
        try:
            async with asyncio.timeout(led.seconds) as clock:
                if request.kind == "robots":
                    return await self._said_by_robots(request.url, self._agent(request))
                return await self._follow(request, led, place, clock)
        except TimeoutError as error:
            if isinstance(error, aiohttp.ConnectionTimeoutError):
                limit = f"no connection within {self._policy.connect_seconds:g} s"
            else:
                limit = f"no whole answer within {self._policy.total_seconds:g} s"
            return Failure("timeout", limit)
        except TooLarge:
            return Failure(
                "too-large", f"larger than the {self._cap(request):,} bytes that are read"
            )
        except Undecodable as error:
            return Failure("encoding", str(error))
        except (aiohttp.ClientError, OSError, ValueError, UnicodeError) as error:
            return misfortune(error)

    def _cap(self, request: Request) -> int:
        of_page = request.kind in {"page", "further"}
        return self._policy.page_bytes if of_page else self._policy.feed_bytes

    async def _follow(
        self, request: Request, led: Led, place: contextlib.AsyncExitStack, clock: asyncio.Timeout
    ) -> Page | Failure:
        url, permanent = led.url, led.permanent
        if request.kind in LATER:
            await self._move(url, place, clock)
        for left in reversed(range(led.asks)):
            if not _given(request) and self._policy.robots:
                robots = await self._robots_of(url, self._agent(request))
                if (refused := self._refusal(robots, url)) is not None:
                    return refused
                manners = self._hosts[host(url)]
                wanted = asyncio.get_running_loop().time() + robots.spacing
                manners.free_at = max(manners.free_at, wanted)
            shut = self._hosts[host(url)].shut_until - asyncio.get_running_loop().time()
            if shut > 0:
                return Failure("resting", "its host asked for rest", 429, ceil(shut))
            async with self._asked(url, self._headers(request, url)) as response:
                leads = location(response.headers)
                if response.status not in REDIRECTS or leads is None:
                    moved = url if permanent and url != request.url else ""
                    large = partial(self._wait_for_room, place, clock)
                    return await self._answer(request, response, url, moved, large)
                permanent = permanent and response.status in PERMANENT
                target, status = join(url, leads), response.status
            if not is_web(target):
                said = redact(target)[:200]
                return Failure("redirect", f"it redirects to {said!r}, no http or https address")
            if _downgraded(url, target):
                return Failure("redirect", "it redirects from https to http, which is not followed")
            elsewhere = not of_one_site(host(url), host(target))
            if elsewhere and left and self._one_site and request.kind not in LATER:
                seconds = (clock.when() or 0.0) - asyncio.get_running_loop().time()
                return Led(status=status, url=target, asks=left, permanent=permanent, seconds=seconds)  # fmt: skip
            if host(target) != host(url):
                await self._move(target, place, clock)
            url = target
        return Failure("redirect", f"more than {self._policy.redirects} redirects in a row")

    async def _move(
        self, url: str, place: contextlib.AsyncExitStack, clock: asyncio.Timeout
    ) -> None:
        """Give up the place at one host for one at *url*'s; waiting for it takes nothing off the
        clock, and holds up nobody.
        """
        with _off(clock):
            await place.aclose()
            await place.enter_async_context(self._place(url))

    async def _wait_for_room(
        self, place: contextlib.AsyncExitStack, clock: asyncio.Timeout, size: int
    ) -> None:
        """Wait for room for a large body, which is given up with the *place*; that takes nothing off the clock, and no
        longer than an answer may.
        """
        with _off(clock, self._policy.total_seconds):
            await place.enter_async_context(self._holding.place(size))

    def _asked(self, url: str, headers: Mapping[str, str]) -> Any:
        plain = url.isascii() and url.isprintable() and " " not in url
        return self._opened().get(
            URL(url.partition("#")[0], encoded=plain), headers=headers, allow_redirects=False
        )

    def _agent(self, request: Request) -> str:
        return request.source.user_agent or self._policy.user_agent

    def _headers(self, request: Request, url: str) -> CIMultiDict[str]:
        """What is sent to *url*; a feed's own headers go to no server but its own."""
        headers = CIMultiDict({"Accept": ACCEPT[request.kind]})
        if beside(url, request.source.url):
            headers.update(request.source.headers)
        headers["User-Agent"] = self._agent(request)
        headers["Accept-Encoding"] = "gzip, deflate, br, zstd"
        if request.etag:
            headers["If-None-Match"] = request.etag
        if request.last_modified:
            headers["If-Modified-Since"] = request.last_modified
        return headers

    async def _answer(
        self,
        request: Request,
        response: aiohttp.ClientResponse,
        url: str,
        moved: str,
        large: Large,
    ) -> Page | Failure:
        status, headers = response.status, response.headers
        if status not in {200, 304}:
            rest = retry_after(headers)
            if status == 429 and rest:
                shut = asyncio.get_running_loop().time() + min(rest, SHUT_MOST)
                self._hosts[host(url)].shut_until = shut
            return of_status(status, rest)
        if status == 304 and not (request.etag or request.last_modified):
            return Failure("status", "HTTP 304 to a question that set no condition", status)
        cap = self._cap(request)
        broken: list[Exception] | None = [] if request.kind == "feed" else None
        body = b""
        if status == 200:
            body = await read_body(response, cap, large=large, broken=broken)
        return Page(
            status=status,
            url=url,
            body=body,
            broken=misfortune(broken[0]) if broken else None,
            content_type=said(headers, "Content-Type"),
            etag=validator(headers.get("ETag")),
            last_modified=validator(headers.get("Last-Modified")),
            moved=moved,
            max_age=max_age(headers),
        )

    # ── robots.txt ──────────────────────────────────────────────────────────────────────────

    async def _said_by_robots(self, url: str, agent: str) -> Page | Failure:
        """What robots.txt says of *url*: that it is closed, else the sitemaps that it names."""
        robots = await self._robots_of(url, agent)
        refused = self._refusal(robots, url)
        return refused or Page(200, url, sitemaps=robots.sitemaps)

    def _refusal(self, robots: Robots, url: str) -> Failure | None:
        if robots.failure is not None:
            wait = ceil(robots.until - asyncio.get_running_loop().time())
            return replace(robots.failure, retry_after=wait)
        if self._policy.robots and robots.forbids(url):
            return Failure("robots", "robots.txt forbids it")
        return None

    async def _robots_of(self, url: str, agent: str) -> Robots:
        """The robots.txt that *url* is under for who asks as *agent*, asked for where it is not known."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        robots = self._robots.setdefault((origin, agent), Robots())
        self._robots.move_to_end((origin, agent))
        while len(self._robots) > HOSTS_KEPT:
            self._robots.popitem(last=False)
        loop = asyncio.get_running_loop()
        async with robots.asking:
            if robots.until <= loop.time():
                await self._learn(robots, f"{origin}/robots.txt", agent)
        return robots

    async def _learn(self, robots: Robots, url: str, agent: str) -> None:
        """Ask for an origin's robots.txt. A 4xx allows all for a day; for ten minutes, or as long as it asks for
        rest, silence and 5xx forbid all, and so does one that outlasts the time of the page that asks.
        """
        now = asyncio.get_running_loop().time()
        robots.until, robots.rules, robots.sitemaps = now + ROBOTS_DOWN_SECONDS, None, ()
        robots.spacing = 0.0
        robots.failure = Failure("timeout", "robots.txt: no answer")
        try:
            status, body, safe, rest = await self._robots_body(url, agent)
        except Undecodable as error:
            robots.failure = Failure("encoding", f"robots.txt: {error}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            failure = misfortune(error)
            robots.failure = replace(failure, detail=f"robots.txt: {failure.detail}")
        else:
            if status >= 500 or status == 429:
                robots.failure = Failure("robots", f"robots.txt: {of_status(status).detail}")
                robots.until = now + max(ROBOTS_DOWN_SECONDS, min(rest or 0, SHUT_MOST))
                if status == 429 and rest:
                    self._hosts[host(url)].shut_until = now + min(rest, SHUT_MOST)
                return
            # In a thread: the largest takes half a second.
            rules = await asyncio.to_thread(rules_of, body, agent) if status == 200 else None
            robots.until, robots.rules, robots.failure = now + ROBOTS_SECONDS, rules, None
            if rules is not None:
                robots.sitemaps = sitemaps_of(rules, url) if safe else ()
                robots.spacing = spacing_of(rules)

    async def _robots_body(self, url: str, agent: str) -> tuple[int, bytes, bool, int | None]:
        """The status and body of a robots.txt, redirects followed, whether nobody on the way could write it, and the
        seconds of rest that are asked for. From https to http they are followed, too: not to would be as if there were none, and all allowed (RFC 9309,
        2.3.1.3), so that what such a one forbids can only shut more. But it vouches for no sitemap.
        """
        headers = {"User-Agent": agent, "Accept-Encoding": "gzip"}
        safe = True
        for _ in range(self._policy.redirects + 1):
            async with self._asked(url, headers) as response:
                leads = location(response.headers)
                if response.status not in REDIRECTS or leads is None:
                    found = response.status == 200
                    body = await read_body(response, ROBOTS_BYTES, cut=True) if found else b""
                    return response.status, body, safe, retry_after(response.headers)
                target = join(url, leads)
                if not is_web(target):
                    return 404, b"", safe, None
                safe = safe and not _downgraded(url, target)
                url = target
        return 404, b"", safe, None


def _downgraded(url: str, target: str) -> bool:
    """Whether *target* is less safe than what leads there."""
    return url.lower().startswith("https:") and not target.lower().startswith("https:")
