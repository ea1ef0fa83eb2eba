"""A body's Content-Encoding undone: gzip, deflate, br, zstd, in small steps.

Rule: pure; no step gives more than 128 KB, so that whoever counts can stop in time, and any bytes
decode or are Undecodable. Members follow one another as they come, wherever the chunks divide.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import brotli

try:
    from compression import zstd
except ImportError:  # before Python 3.14
    from backports import zstd

STEP = 65536  # bytes decoded at a time: a 1.6 KB body of brotli once took 2 GB decoded whole


class Undecodable(Exception):
    """The body is not what its Content-Encoding says."""


def _broken(name: str) -> str:
    return f"the body is sent as {name} and is none, or is broken"


class Decoder(Protocol):
    """Turns encoded chunks into pieces of STEP bytes at most; br's may be half as long again."""

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
    """gzip and deflate by their window bits, as `zlib.decompressobj` takes them."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._name = "gzip" if bits > 15 else "deflate"
        self._inflate = zlib.decompressobj(bits)
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The pieces of *chunk*; several members follow one another."""
        self._begun = True
        data, piece = chunk, b""
        try:
            while data or len(piece) == STEP:  # a full piece may leave more behind it
                piece = self._inflate.decompress(data, STEP)
                if piece:
                    yield piece
                data = self._inflate.unconsumed_tail
                if self._inflate.eof:
                    data = self._inflate.unused_data
                    if not data.strip(b"\0"):
                        return  # padding after the last member
                    self._inflate = zlib.decompressobj(self._bits)
        except zlib.error as error:
            raise Undecodable(_broken(self._name)) from error

    def done(self) -> bool:
        """Whether the last member had its end."""
        return self._inflate.eof or not self._begun


class Deflate:
    """deflate, with or without zlib's header: servers send both. Two bytes tell which."""

    def __init__(self) -> None:
        self._start = b""
        self._inflate: Zlib | None = None

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The pieces of *chunk*."""
        if self._inflate is None:
            self._start += chunk
            if len(self._start) < 2:
                return
            headed = self._start[0] & 15 == 8 and int.from_bytes(self._start[:2], "big") % 31 == 0
            self._inflate = Zlib(15 if headed else -15)
            chunk = self._start
        yield from self._inflate.feed(chunk)

    def done(self) -> bool:
        """Whether the stream had its end."""
        return self._inflate.done() if self._inflate else not self._start


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
            raise Undecodable(_broken("br")) from error

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
            if self._decompressor.eof:
                self._new()
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
            raise Undecodable(_broken("zstd")) from error

    def done(self) -> bool:
        """Whether the last frame had its end."""
        return self._decompressor.eof or not self._begun


def decoder(encoding: str) -> Decoder:
    """The decoder of a Content-Encoding. Raises Undecodable for an unknown or a doubled one."""
    makers: Mapping[str, Callable[[], Decoder]] = {
        "": Plain,
        "gzip": lambda: Zlib(31),
        "x-gzip": lambda: Zlib(31),
        "deflate": Deflate,
        "br": Brotli,
        "zstd": Zstd,
    }
    if encoding not in makers:
        raise Undecodable(f"the body is encoded as {encoding[:40]!r}, which is not read")
    return makers[encoding]()
