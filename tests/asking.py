"""How tests ask: a request, the fetcher under a policy, what came, and names that lead where told."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from newswatch.fetch import Fetcher
from newswatch.model import CrawlPolicy, Failure, Page, Request, RequestKind
from scripted_server import Answer, serving

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AGENT = "Mozilla/5.0 (compatible; newswatch/1; +ops@example.org)"
POLICY = CrawlPolicy(
    user_agent=AGENT, allow_networks=("127.0.0.0/8",), spacing=0, connect_seconds=5, total_seconds=10,
    robots=False,
)  # fmt: skip
BODY = "<rss>Straße, санкции</rss>".encode() * 40


def request(url: str, kind: RequestKind = "feed", **known: Any) -> Request:
    return Request("1", kind, url, "wire", NOW, NOW, **known)


@cache
def system() -> ssl.SSLContext:
    """What the system trusts; loading it takes longer than most of these tests."""
    return ssl.create_default_context()


async def ask(fetcher: Fetcher, asked: Request) -> Page | Failure:
    async with fetcher.turn(asked.url) as get:
        return await get(asked)


@contextlib.asynccontextmanager
async def fetching(policy: CrawlPolicy = POLICY, **others: Any) -> AsyncIterator[Fetcher]:
    fetcher = Fetcher(policy, **{"trust": system(), **others})
    try:
        yield fetcher
    finally:
        await fetcher.close()


def answer(asked: Request, policy: CrawlPolicy = POLICY, **others: Any) -> Page | Failure:
    """What one request brings."""

    async def one() -> Page | Failure:
        async with fetching(policy, **others) as fetcher:
            return await ask(fetcher, asked)

    return asyncio.run(one())


def page_of(said: Answer, policy: CrawlPolicy = POLICY, **known: Any) -> Page:
    """The page that a server's answer is."""
    with serving(lambda asked: said) as server:
        page = answer(request(server.url(), **known), policy)
    assert isinstance(page, Page), page
    return page


def failure_of(said: Answer, policy: CrawlPolicy = POLICY, **known: Any) -> Failure:
    """The failure that a server's answer is; whatever it is, it does not tell the password."""
    with serving(lambda asked: said) as server:
        failure = answer(request(server.url(user="anna:geheim@"), **known), policy)
    assert isinstance(failure, Failure), failure
    assert "geheim" not in failure.detail
    return failure


class Names(AbstractResolver):
    """Resolves the names it is given, and nothing over any network."""

    def __init__(self, **addresses: str) -> None:
        self.addresses = {name.replace("_", "."): said.split() for name, said in addresses.items()}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host not in self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.addresses[host]
        ]

    async def close(self) -> None:
        pass
