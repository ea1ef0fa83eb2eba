"""A web server on loopback that answers by script, byte for byte, and counts who asks at once.

Rule: it sends exactly the bytes it is given, right or wrong, one answer a connection. Each address
of 127.0.0.0/8 is a host of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field

Answer = bytes | AsyncIterator[bytes]
Script = Callable[["Asked"], Answer]


class Reset(Exception):
    """Raised by an answer that ends in a reset connection."""


@dataclass(frozen=True)
class Asked:
    """One request as it came; header names in lower case."""

    host: str
    path: str
    headers: Mapping[str, bytes]


@dataclass
class Server:
    """A running server: what was asked, and how many at once at most."""

    ports: Mapping[str, int]
    scheme: str = "http"
    asked: list[Asked] = field(default_factory=list)
    now: Counter[str] = field(default_factory=Counter)
    most: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_of_all: int = 0

    def url(self, path: str = "/", host: str = "127.0.0.1", user: str = "") -> str:
        return f"{self.scheme}://{user}{host}:{self.ports[host]}{path}"

    def paths(self, host: str | None = None) -> list[str]:
        return [asked.path for asked in self.asked if host in {None, asked.host}]

    def begin(self, asked: Asked) -> None:
        self.asked.append(asked)
        self.now[asked.host] += 1
        self.most[asked.host] = max(self.most[asked.host], self.now[asked.host])
        self.most_of_all = max(self.most_of_all, self.now.total())


def reply(body: bytes = b"", status: int = 200, **headers: str | bytes) -> bytes:
    """A whole answer; `Content_Type="x"` is the header Content-Type. Text goes out as UTF-8."""
    lines = [f"HTTP/1.1 {status} So".encode(), b"Content-Length: %d" % len(body)]
    for name, value in headers.items():
        said = value if isinstance(value, bytes) else value.encode()
        lines.append(name.replace("_", "-").encode() + b": " + said)
    return b"\r\n".join([*lines, b"Connection: close", b"", body])


def chunks(*pieces: bytes, **headers: str) -> AsyncIterator[bytes]:
    """A whole answer in chunks, each of which is a write of its own."""

    async def parts() -> AsyncIterator[bytes]:
        named = "".join(f"{n.replace('_', '-')}: {v}\r\n" for n, v in headers.items())
        yield f"HTTP/1.1 200 So\r\nTransfer-Encoding: chunked\r\n{named}\r\n".encode()
        for piece in pieces:
            if piece:
                yield b"%x\r\n%s\r\n" % (len(piece), piece)
        yield b"0\r\n\r\n"

    return parts()


def site(pages: Mapping[str, bytes]) -> Script:
    """The script of a site whose *pages* are whole answers; 404 elsewhere."""
    return lambda asked: pages.get(asked.path.partition("?")[0], reply(status=404))


@contextlib.contextmanager
def serving(script: Script, *hosts: str, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server on *hosts* (127.0.0.1 when none is named) until the block ends."""
    with loop_in_a_thread() as loop:

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked = None
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                asked = _asked(head, writer.get_extra_info("sockname")[0])
                server.begin(asked)
                said = script(asked)
                if isinstance(said, bytes):
                    writer.write(said)
                else:
                    async for piece in said:
                        writer.write(piece)
                        await writer.drain()
                await writer.drain()
            except Reset:
                linger = struct.pack("ii", 1, 0)
                found = writer.get_extra_info("socket")
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            except (OSError, EOFError):
                pass  # who asked has gone
            finally:
                if asked is not None:
                    server.now[asked.host] -= 1
                writer.close()

        async def start() -> dict[str, asyncio.Server]:
            return {
                host: await asyncio.start_server(answer, host, 0, ssl=tls)
                for host in hosts or ("127.0.0.1",)
            }

        started = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        ports = {host: s.sockets[0].getsockname()[1] for host, s in started.items()}
        server = Server(ports, "https" if tls else "http")
        try:
            yield server
        finally:
            for one in started.values():
                loop.call_soon_threadsafe(one.close)


def _asked(head: bytes, host: str) -> Asked:
    first, *lines = head.split(b"\r\n")[:-2]
    named = (line.partition(b":") for line in lines)
    headers = {name.decode("latin-1").lower(): value.strip() for name, _, value in named}
    return Asked(host, first.split(b" ")[1].decode("latin-1"), headers)


@contextlib.contextmanager
def loop_in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs beside the test, its tasks ended with the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        asyncio.run_coroutine_threadsafe(_end_tasks(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end_tasks() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)
