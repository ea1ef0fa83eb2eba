"""Encoded bodies come out as they went in, wherever they are divided, or are Undecodable."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from itertools import pairwise

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswatch.decode import STEP, Undecodable, decoder

try:
    from compression import zstd
except ImportError:  # before Python 3.14
    from backports import zstd

BODY = "<rss>Straße, санкции</rss>".encode() * 40

Encode = Callable[[bytes], bytes]


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


CODECS: dict[str, tuple[str, Encode]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstd.compress),
}
CODEC = pytest.mark.parametrize(("encoding", "encode"), CODECS.values(), ids=CODECS)
MEMBERS = pytest.mark.parametrize(
    ("encoding", "encode"), [("gzip", gzip.compress), ("zstd", zstd.compress)]
)


def decoded(encoding: str, *chunks: bytes) -> bytes:
    decode = decoder(encoding)
    whole = b"".join(piece for chunk in chunks for piece in decode.feed(chunk))
    if not decode.done():
        raise Undecodable("the body ends before its end")
    return whole


def refuses(encoding: str, *chunks: bytes) -> bool:
    with pytest.raises(Undecodable) as found:
        decoded(encoding, *chunks)
    return bool(str(found.value))


@CODEC
def test_each_encoding_is_undone(encoding: str, encode: Encode) -> None:
    assert decoded(encoding, encode(BODY)) == BODY


@CODEC
def test_nothing_is_nothing_in_every_encoding(encoding: str, encode: Encode) -> None:
    assert decoded(encoding, encode(b"")) == b""
    assert decoded(encoding) == b""


@CODEC
def test_no_step_gives_more_than_it_may(encoding: str, encode: Encode) -> None:
    sizes = [len(piece) for piece in decoder(encoding).feed(encode(bytes(1_000_000)))]
    assert sum(sizes) == 1_000_000
    assert max(sizes) <= 2 * STEP


@MEMBERS
def test_members_follow_one_another(encoding: str, encode: Encode) -> None:
    one, two = encode(BODY), encode(b"the end")
    assert decoded(encoding, one + two) == BODY + b"the end"
    assert decoded(encoding, one, two) == BODY + b"the end"


def test_padding_behind_gzip_is_no_part_of_it() -> None:
    assert decoded("gzip", gzip.compress(BODY) + bytes(100)) == BODY
    assert decoded("gzip", gzip.compress(BODY), bytes(50), bytes(50)) == BODY


@CODEC
def test_what_stands_behind_the_end_is_refused(encoding: str, encode: Encode) -> None:
    if encoding == "zstd":
        assert refuses(encoding, encode(BODY) + b"x, and more")
    assert refuses(encoding, encode(BODY), b"x, and more")


@CODEC
def test_a_cut_body_is_refused(encoding: str, encode: Encode) -> None:
    whole = encode(BODY)
    assert all(refuses(encoding, whole[:kept]) for kept in range(1, len(whole)))


@CODEC
@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_a_body_in_another_encoding_than_it_says_is_refused(
    encoding: str, encode: Encode, name: str
) -> None:
    right = encoding.removeprefix("x-") == name
    assert decoded(name, encode(BODY)) == BODY if right else refuses(name, encode(BODY))


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_a_plain_body_is_in_no_encoding(name: str) -> None:
    assert refuses(name, BODY)
    assert refuses(name, b"x")


@pytest.mark.parametrize(
    "name", ["gzip, gzip", "gzip, br", "rot13", "compress", "gzip;q=1", "*", "\x01"]
)
def test_an_unknown_or_doubled_encoding_is_refused(name: str) -> None:
    assert refuses(name, gzip.compress(gzip.compress(BODY)))


def test_a_zstd_window_above_eight_megabytes_is_refused() -> None:
    """As RFC 9659 has it: it is memory that the other side asks us to hold."""
    wide = {zstd.CompressionParameter.window_log: 24}
    squeeze = zstd.ZstdCompressor(options=wide)
    assert refuses("zstd", squeeze.compress(bytes(100)) + squeeze.flush())


@CODEC
@pytest.mark.parametrize("size", [STEP - 1, STEP, STEP + 1, 2 * STEP, 2 * STEP + 1])
def test_a_body_of_about_a_step_has_its_end(encoding: str, encode: Encode, size: int) -> None:
    """Its last byte can be left behind a full piece when nothing more comes to be decoded."""
    assert decoded(encoding, encode(bytes(size))) == bytes(size)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*CODECS.values()]),
    st.binary(max_size=300) | st.integers(1, 200_000).map(bytes),
    st.lists(st.integers(0, 400), max_size=5),
)
def test_it_does_not_matter_where_a_body_is_divided(
    codec: tuple[str, Encode], data: bytes, cuts: list[int]
) -> None:
    encoding, encode = codec
    whole = encode(data)
    marks = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    chunks = [whole[a:b] for a, b in pairwise(marks) if a < b]
    assert b"".join(chunks) == whole
    assert decoded(encoding, *chunks) == data


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*CODECS.values()]),
    st.binary(max_size=100),
    st.integers(0, 100),
    st.lists(st.binary(min_size=1, max_size=20), max_size=3),
)
def test_any_bytes_decode_or_are_undecodable(
    codec: tuple[str, Encode], data: bytes, kept: int, rest: list[bytes]
) -> None:
    encoding, encode = codec
    try:
        found = decoded(encoding, encode(data)[:kept], *rest)
    except Undecodable as error:
        assert str(error)  # noqa: PT017 - it may just as well be none
        return
    assert found.startswith(data) or kept < len(encode(data))
