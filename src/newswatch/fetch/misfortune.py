"""A driver's error, and a status, as a failure in plain words, fit to be kept and shown.

Rule: any error gives a Failure whose detail says by itself what went wrong, once and in our words;
neither a password nor half a character is in it.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from http import HTTPStatus

import aiohttp

from newswatch.address import redact
from newswatch.fetch.reach import INSIDE_SAID, Inside
from newswatch.model import Failure

# OpenSSL's numbers (x509_vfy.h) for what is wrong with a certificate.
CERTIFICATE = {
    9: "is not valid yet",
    10: "has expired",
    18: "is signed by itself alone",
    19: "is signed by nobody whom this machine trusts",
    20: "is signed by nobody whom this machine trusts",
    21: "is signed by nobody whom this machine trusts",
    23: "has been revoked",
    62: "is for another name",
    64: "is for another address",
}
# What the standard's own words for a status leave open.
STATUS = {
    301: "it redirects and does not say where to",
    302: "it redirects and does not say where to",
    303: "it redirects and does not say where to",
    307: "it redirects and does not say where to",
    308: "it redirects and does not say where to",
    401: "it wants a login",
    403: "it forbids us this address",
    404: "there is nothing at this address",
    407: "a proxy wants a login",
    410: "it is gone for good",
    429: "it is asked too often",
    451: "it may not be shown, for reasons of law",
    500: "a fault of the server's own",
    502: "the server behind it does not answer as it should",
    503: "the server cannot answer now",
    504: "the server behind it does not answer in time",
}
CLASS = {3: "it redirects", 4: "it refuses this question", 5: "a fault of the server's own"}
_ERRNO = re.compile(r"\[Errno (\d+)\]")
_PLACE = re.compile(r"([\d.]{7,15}|[\da-fA-F:.]{2,45}) " + INSIDE_SAID)


def speakable(error: Exception) -> str:
    """What an error says, fit to be kept and shown: short, no password, no surrogate."""
    words = redact(str(error)).encode("utf-8", "backslashreplace").decode()
    return words[:200] or type(error).__name__


def of_status(status: int, retry_after: int | None = None) -> Failure:
    """An answer whose *status* is none that can be used."""
    try:
        meant = STATUS.get(status) or HTTPStatus(status).phrase
    except ValueError:
        meant = CLASS.get(status // 100, "no status that HTTP knows")
    return Failure("status", f"HTTP {status}: {meant}", status, retry_after)


def misfortune(error: Exception) -> Failure:
    """What a driver's error means, in one of our words."""
    inner = getattr(error, "os_error", None)
    detail = speakable(inner or error)
    host = str(getattr(error, "host", "") or "the server")[:100]
    host = host.encode("utf-8", "backslashreplace").decode()
    if isinstance(inner, Inside) or isinstance(error, Inside) or INSIDE_SAID in detail:
        place = _PLACE.search(detail)
        return Failure("address", f"{place[0]} (allow_networks allows it)" if place else detail)
    match error:
        case aiohttp.ClientConnectorDNSError():
            return Failure("dns", _unnamed(inner, host))
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return Failure("tls", _untrusted(error, host))
        case TimeoutError():
            return Failure("timeout", "no answer in time")
        case aiohttp.ClientConnectorError():
            return Failure("connect", _unreached(inner, host, getattr(error, "port", None)))
        case aiohttp.InvalidURL() | ValueError():
            return Failure("address", f"no address of the web that can be asked: {detail}")
        case aiohttp.ClientPayloadError():
            return Failure("reset", "the connection broke off in the middle of the answer")
        case aiohttp.ServerDisconnectedError():
            return Failure("reset", "the server hung up without an answer")
        case aiohttp.ClientResponseError():
            return Failure("reset", _no_http(error))
        case aiohttp.ClientError():
            return Failure("reset", "the server broke the connection off")
        case _:
            return Failure("connect", _unreached(error, host, None))


def _unnamed(inner: object, host: str) -> str:
    if isinstance(inner, OSError) and inner.errno == socket.EAI_AGAIN:
        return f"no name server says where {host} is"
    return f"there is no host by the name of {host}"


def _untrusted(error: Exception, host: str) -> str:
    wrong = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    if isinstance(wrong, ssl.SSLCertVerificationError):
        what = CERTIFICATE.get(wrong.verify_code) or f"is refused: {wrong.verify_message}"
        return f"the certificate of {host} {what}"
    reason = getattr(wrong, "reason", None) or ""
    if reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}:
        return f"{host} speaks no TLS there: is it an http:// address?"
    said = str(reason).lower().replace("_", " ")
    return f"no safe connection to {host}{f': {said}' if said else ''}"


def _unreached(inner: object, host: str, port: int | None) -> str:
    number = inner.errno if isinstance(inner, OSError) else None
    found = _ERRNO.search(str(inner))  # of several addresses' errors the first stands for all
    if number is None and found is not None:
        number = int(found[1])
    if number == errno.ECONNREFUSED:
        return f"{host} refuses connections{f' at port {port}' if port else ''}"
    if number == errno.ETIMEDOUT or isinstance(inner, TimeoutError):
        return f"{host} does not take the call"
    if number in {errno.ENETUNREACH, errno.EHOSTUNREACH}:
        return f"there is no way to {host} from this machine"
    why = os.strerror(number).lower() if number else "the connection fails"
    return f"no connection to {host}: {why}"


def _no_http(error: aiohttp.ClientResponseError) -> str:
    if "Got more than" in error.message:
        return "the answer's headers are too long"
    return "what the server answers is no HTTP"
