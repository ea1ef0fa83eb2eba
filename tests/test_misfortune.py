"""What people are told of a server in trouble: one plain sentence a kind, said once.

Rule: each misfortune is played by a real server on loopback; what is asserted is the whole sentence.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from asking import BODY, POLICY, Names, answer, failure_of, request
from newswatch.fetch.misfortune import misfortune, of_status
from newswatch.model import Failure, Page
from scripted_server import Answer, Reset, reply, serving


async def broken_off(first: bytes) -> AsyncIterator[bytes]:
    yield first
    raise Reset


ENCODED = "the body is sent as {} and is none, or is broken"
PLAYED: list[tuple[Callable[[], Answer], str]] = [
    (lambda: reply(b"", 401), "HTTP 401: it wants a login"),
    (lambda: reply(b"", 403), "HTTP 403: it forbids us this address"),
    (lambda: reply(b"", 404), "HTTP 404: there is nothing at this address"),
    (lambda: reply(b"", 410), "HTTP 410: it is gone for good"),
    (lambda: reply(b"", 429), "HTTP 429: it is asked too often"),
    (lambda: reply(b"", 503), "HTTP 503: the server cannot answer now"),
    (lambda: reply(b"", 507), "HTTP 507: Insufficient Storage"),
    (lambda: reply(b"", 520), "HTTP 520: a fault of the server's own"),
    (lambda: reply(b"", 302), "HTTP 302: it redirects and does not say where to"),
    (lambda: reply(b"", 302, Location="/"), "more than 5 redirects in a row"),
    (lambda: reply(b"", 302, Location="http://10.0.0.1/"),
     "10.0.0.1 is not a public address (allow_networks allows it)"),
    (lambda: b"SSH-2.0-OpenSSH\r\n\r\n", "what the server answers is no HTTP"),
    (lambda: b"HTTP/1.1 200 So\r\nX: " + b"y" * 99_000 + b"\r\n\r\n",
     "the answer's headers are too long"),
    (lambda: b"", "the server hung up without an answer"),
    (lambda: broken_off(b""), "the server broke the connection off"),
    (lambda: broken_off(b"HTTP/1.1 200 So\r\nContent-Length: 9\r\n\r\nx"),
     "the connection broke off in the middle of the answer"),
    (lambda: b"HTTP/1.1 200 So\r\nContent-Length: 9\r\n\r\nx",
     "the connection broke off in the middle of the answer"),
    (lambda: reply(b"x" * 300_000), "larger than the 200,000 bytes that are read"),
    *((lambda name=name: reply(BODY, Content_Encoding=name), ENCODED.format(name))
      for name in ("gzip", "deflate", "br", "zstd")),
    (lambda: reply(gzip.compress(BODY)[:-9], Content_Encoding="gzip"),
     "the answer ends before its end"),
    (lambda: reply(BODY, Content_Encoding="compress"),
     "the body is encoded as 'compress', which is not read"),
]  # fmt: skip


@pytest.mark.parametrize(("play", "said"), PLAYED, ids=[said for _, said in PLAYED])
def test_each_misfortune_of_a_server_is_said_once_and_plainly(
    play: Callable[[], Answer], said: str
) -> None:
    with serving(lambda asked: play()) as server:
        found = answer(request(server.url()), replace(POLICY, feed_bytes=200_000))
    failure = found.broken if isinstance(found, Page) else found
    assert failure is not None
    assert failure.says == said


def test_who_cannot_be_reached_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    refused = answer(request(f"http://127.0.0.1:{port}/"))
    several = answer(
        request(f"http://wire.example:{port}/"),
        resolver=Names(wire_example="127.0.0.1 127.0.0.2"),
    )
    nowhere = answer(request("http://nowhere.example/"), resolver=Names())
    assert [found.says for found in (refused, several, nowhere) if isinstance(found, Failure)] == [
        f"127.0.0.1 refuses connections at port {port}",
        f"wire.example refuses connections at port {port}",
        "there is no host by the name of nowhere.example",
    ]


def test_a_name_that_leads_inside_is_told_by_its_address() -> None:
    inside = answer(request("http://wire.example/"), resolver=Names(wire_example="10.0.0.1"))
    assert isinstance(inside, Failure)
    assert inside.says == "10.0.0.1 is not a public address (allow_networks allows it)"


def certificate(folder: Path, holder: str, days: int) -> tuple[Path, Path]:
    """A key and its own certificate, good for so many *days* from now; none when negative."""
    key, asked, made = folder / "key.pem", folder / "asked.pem", folder / "made.pem"
    extensions = folder / "extensions"
    extensions.write_text(f"subjectAltName={holder}\n")
    for words in (
        ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", "/CN=wire", "-keyout", key, "-out", asked],
        ["x509", "-req", "-in", asked, "-signkey", key, "-days", str(days), "-extfile", extensions,
         "-out", made],
    ):  # fmt: skip
        subprocess.run(["openssl", *words], check=True, capture_output=True)
    return key, made


@pytest.mark.parametrize(
    ("holder", "days", "trusted", "said"),
    [
        ("IP:127.0.0.1", 2, False, "is signed by itself alone"),
        ("IP:127.0.0.1", -1, True, "has expired"),
        ("IP:127.0.0.2", 2, True, "is for another address"),
        ("DNS:wire.example", 2, True, "is for another address"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(
    tmp_path: Path, holder: str, days: int, trusted: bool, said: str
) -> None:
    key, made = certificate(tmp_path, holder, days)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(made, key)
    trust = ssl.create_default_context(cafile=str(made) if trusted else None)
    with serving(lambda asked: reply(BODY), tls=tls) as server:
        failure = answer(request(server.url()), trust=trust)
    assert failure == Failure("tls", f"the certificate of 127.0.0.1 {said}")


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    key, made = certificate(tmp_path, "DNS:other.example", 2)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(made, key)
    with serving(lambda asked: reply(BODY), tls=tls) as server:
        url = f"https://wire.example:{server.ports['127.0.0.1']}/"
        trust = ssl.create_default_context(cafile=str(made))
        failure = answer(request(url), trust=trust, resolver=Names(wire_example="127.0.0.1"))
    assert failure == Failure("tls", "the certificate of wire.example is for another name")


def test_the_password_of_a_host_in_trouble_is_not_told() -> None:
    for said in (b"", b"SSH\r\n\r\n", reply(b"", 401), reply(b"x", Content_Encoding="gzip")):
        assert "anna" not in failure_of(said).says


@pytest.mark.parametrize(
    "error",
    [OSError(24, "Too many open files"), OSError("odd"), ValueError("odd"), RuntimeError("odd"), TimeoutError(),
     ssl.SSLError(1, "[SSL] odd"), UnicodeError("odd")],
)  # fmt: skip
def test_any_error_gives_a_failure_that_says_something(error: Exception) -> None:
    assert misfortune(error).says
    assert "Errno" not in misfortune(error).says
    assert "[SSL" not in misfortune(error).says


def test_any_status_gives_a_failure_that_says_something() -> None:
    for status in range(100, 1000):
        assert of_status(status).says.startswith(f"HTTP {status}: ")
