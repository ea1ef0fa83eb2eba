"""A driver's error as a failure in one of our words, fit to be kept and shown.

Rule: any error gives a Failure; neither a password nor half a character is in it.
"""

from __future__ import annotations

import ssl

import aiohttp

from newswatch.address import redact
from newswatch.fetch.reach import INSIDE_SAID, Inside
from newswatch.model import Failure


def speakable(error: Exception) -> str:
    """What an error says, fit to be kept and shown: short, no password, no surrogate."""
    words = redact(str(error)).encode("utf-8", "backslashreplace").decode()
    return words[:200] or type(error).__name__


def misfortune(error: Exception) -> Failure:
    """What a driver's error means, in one of our words."""
    inner = getattr(error, "os_error", None)
    detail = speakable(inner or error)
    if isinstance(inner, Inside) or isinstance(error, Inside) or INSIDE_SAID in detail:
        return Failure("address", detail)
    match error:
        case aiohttp.ClientConnectorDNSError():
            return Failure("dns", detail)
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return Failure("tls", detail)
        case TimeoutError():
            return Failure("timeout", detail)
        case aiohttp.ClientConnectorError():
            return Failure("connect", detail)
        case aiohttp.InvalidURL() | ValueError():
            return Failure("address", detail)
        case aiohttp.ClientError():
            return Failure("reset", detail)
        case _:
            return Failure("connect", detail)
