"""One POST to one address, and its answer as a value.

Rule: within the deadline, one try a connection; certificates are held against the machine's authorities (or those of
SSL_CERT_FILE), redirects are not followed and proxies of the environment not asked. The authorization stands in no
message, nor does the address behind its host.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from newswatch.text import safe_line

DEADLINE = 60.0  # seconds one POST may take, as a letter
CONNECTING = 10.0  # seconds to each of a host's addresses
LARGEST_ANSWER = 32_000_000  # bytes; 500 refused documents are told in less than one million
SHOWN = 300  # characters of what the other side says
NO_ANSWER, NOT_TRUSTED = 0, -1  # codes of ours


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a POST: the status, 0 for none and -1 for a certificate that is not trusted; the body, or why
    there is none; the seconds *after* which the other side wants to be asked again.
    """

    code: int
    body: bytes
    after: float = 0.0

    @property
    def is_taken(self) -> bool:
        """Whether the whole was acknowledged."""
        return 200 <= self.code < 300

    @property
    def may_pass(self) -> bool:
        """Whether the same POST may be taken later."""
        return self.code == NO_ANSWER or may_pass(self.code)

    @property
    def said(self) -> str:
        """The answer for people, on one line."""
        words = safe_line(self.body.decode("utf-8", "replace"))[:SHOWN]
        return f"{self.code} {words}".strip() if self.code > 0 else words


def may_pass(code: int) -> bool:
    """Whether what was answered so may be taken later: too much at once, or a trouble of the other side's own."""
    return code in {408, 425, 429} or code >= 500


@dataclass(frozen=True)
class Post:
    """Where to POST: an *origin* ("https://host:9200"), a *path* there, and the Authorization header's value."""

    origin: str
    path: str = field(repr=False)
    authorization: str = field(default="", repr=False)
    deadline: float = DEADLINE

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST *body*; its answer."""
        late = threading.Event()
        connection = self._connection()

        def end() -> None:
            late.set()
            if connection.sock is not None:
                try:
                    # The plain socket's: TLS's own would end under the hands of who reads.
                    socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
                except OSError:
                    return  # it has ended

        timer = threading.Timer(self.deadline, end)
        timer.daemon = True
        timer.start()
        try:
            connection.connect()
            if connection.sock is not None:
                connection.sock.settimeout(self.deadline)
            connection.request("POST", self.path, body, self._headers(headers))
            response = connection.getresponse()
            found = response.read(LARGEST_ANSWER + 1)
            if late.is_set():
                raise TimeoutError
            if len(found) > LARGEST_ANSWER:
                return Answer(NO_ANSWER, b"its answer is longer than an answer may be")
            return Answer(
                response.status,
                self._without_secrets(found),
                _seconds(response.getheader("Retry-After", "")),
            )
        except ssl.SSLCertVerificationError as error:
            said = f"its certificate is not trusted ({error.verify_message}): SSL_CERT_FILE=FILE names the authority of your own"
            return Answer(NOT_TRUSTED, said.encode())
        except (OSError, http.client.HTTPException) as error:
            said = (
                f"no answer within {self.deadline:g} s"
                if late.is_set() or isinstance(error, TimeoutError)
                else f"no answer ({_words(error)})"
            )
            return Answer(NO_ANSWER, said.encode())
        finally:
            timer.cancel()
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.origin)
        if parts.scheme == "http":
            return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=CONNECTING)
        return http.client.HTTPSConnection(
            parts.hostname or "",
            parts.port,
            timeout=CONNECTING,
            context=ssl.create_default_context(),
        )

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        own = {"User-Agent": "newswatch", **headers}
        return own | ({"Authorization": self.authorization} if self.authorization else {})

    def _without_secrets(self, body: bytes) -> bytes:
        for secret in (self.authorization, *self.authorization.split()[1:]):
            if secret:
                body = body.replace(secret.encode(), b"...")
        return body


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or safe_line(str(error))[:SHOWN] or type(error).__name__


def _seconds(said: str) -> float:
    return float(said) if re.fullmatch(r"[0-9]{1,6}", said) else 0.0


__all__ = ["NOT_TRUSTED", "Answer", "Post", "may_pass"]
