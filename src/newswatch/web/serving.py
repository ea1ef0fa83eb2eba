"""The site on a socket, until it is told to end.

Rule: what listens is given; a signal ends it, lets pages under way be finished and is no failure.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from newswatch.web.site import Site

AT_ONCE = 64  # connections
ASKED = (
    256 * 1024
)  # bytes of a question: so that a query which is far too long is told so by a page
GRACE = 5  # seconds for pages under way at the end
COUNTING = 10  # ms for each table of a copy to be counted


class WebError(Exception):
    """What keeps the pages from being served, in words."""


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens at *host*, a literal address. Raises WebError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(AT_ONCE)
    except OSError as error:
        made.close()
        raise WebError(
            f"{address(host, port)} cannot be listened on ({error.strerror}): --port 0 takes one that is free"
        ) from error
    return made


def address(host: str, port: int) -> str:
    """What a browser is given."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve(
    store: str,
    listening: socket.socket,
    names: tuple[str, ...],
    copy: Path | None,
    begun: Callable[[str], None],
) -> None:
    """Serve the pages of *store* on a socket that listens, until SIGTERM or SIGINT; *begun* is told where they are."""
    site = Site(store, names, copy)
    config = uvicorn.Config(
        site.app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=AT_ONCE,
        h11_max_incomplete_event_size=ASKED,
        timeout_graceful_shutdown=GRACE,
    )
    server = uvicorn.Server(config)

    def end(_number: int, _frame: object) -> None:
        server.should_exit = True

    # uvicorn gives a signal back to whoever had it before, once all has ended.
    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        asyncio.run(_served(site, server, listening, begun))
    finally:
        site.end()
        listening.close()
        for number, had in before.items():
            signal.signal(number, had)


async def _served(
    site: Site, server: uvicorn.Server, listening: socket.socket, begun: Callable[[str], None]
) -> None:
    for tables in site.datasette.databases.values():
        if not tables.is_mutable:  # else it would count each to its end before the first page
            await tables.table_counts(limit=COUNTING)
    begun(address(*listening.getsockname()[:2]))
    await server.serve(sockets=[listening])
