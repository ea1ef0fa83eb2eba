"""The little web server that monitors ask: GET and HEAD of a few paths, answered by a function.

Rule: threads of its own, so many at once, each for so long: who drips, crowds or stays is cut off. A name in Host that
is not ours is refused, or a page in the operator's browser could read this by rebinding its own name.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any

from newswatch.address import is_ours, names_of

AT_ONCE = 16  # connections; Prometheus and a health check need one each
SECONDS = 10.0  # that a connection may last
TEXT = "text/plain; charset=utf-8"


class MonitorError(Exception):
    """What keeps monitors from being answered, in words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: int
    body: bytes
    content_type: str = TEXT


class Handler(BaseHTTPRequestHandler):
    """One question and its answer; HTTP/1.0, so that none is kept alive."""

    server: Server
    timeout = SECONDS

    def parse_request(self) -> bool:
        """As the library does, then whether it is a question for us at all."""
        if not super().parse_request():
            return False
        if self.command not in {"GET", "HEAD"}:
            self._answer(Answer(405, b"GET or HEAD\n"), Allow="GET, HEAD")
            return False
        if not self._is_for_us():
            self._answer(Answer(421, b"not a name of this server\n"))
            return False
        return True

    def do_GET(self) -> None:
        """The answer to a GET."""
        try:
            answer = self.server.answer(self.path.partition("?")[0])
        except Exception:
            logging.getLogger(__name__).exception("a mistake of ours, answered with 500")
            answer = Answer(500, b"a mistake of ours: the log has it\n")
        self._answer(answer)

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def _is_for_us(self) -> bool:
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1:
            return not hosts and self.request_version == "HTTP/1.0"  # no browser's
        return is_ours(hosts[0], self.server.names)

    def _answer(self, answer: Answer, **headers: str) -> None:
        self.send_response(answer.status)
        said = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            **headers,
        }
        for name, value in said.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def send_error(
        self,
        code: int,
        message: str | None = None,  # noqa: ARG002 - the library's
        explain: str | None = None,  # noqa: ARG002 - the library's
    ) -> None:
        """What the library finds wrong, without a word of what was asked."""
        self.command = getattr(self, "command", None) or "GET"  # a line that is no question
        self._answer(Answer(code, f"{HTTPStatus(code).phrase}\n".encode()), Connection="close")

    def version_string(self) -> str:
        """Nothing of versions."""
        return "newswatch"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Nothing: a monitor asks four times a minute."""


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens at *host*, a literal address. Raises MonitorError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
        made.listen(AT_ONCE)
    except OSError as error:
        made.close()
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        raise MonitorError(f"metrics: {where} cannot be listened on ({error.strerror})") from error
    return made


class Server(ThreadingMixIn, TCPServer):
    """Answers on a *listening* socket by *answer*, which is given a path; *names* may stand in Host."""

    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        listening: socket.socket,
        answer: Callable[[str], Answer],
        names: Collection[str] = (),
        seconds: float = SECONDS,
    ) -> None:
        super().__init__(listening.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.answer = answer
        self.names = names_of(names)
        self._seconds = seconds
        self._open: dict[socket.socket, float] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.5,), name="metrics", daemon=True
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.socket.getsockname()[1])

    def begin(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def end(self) -> None:
        """Answer no more; what is under way is cut off."""
        if self._thread.is_alive():
            self.shutdown()
        self.server_close()
        self._cut_off(0.0)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - the library's
        """Whether there is room for one more."""
        with self._lock:
            if len(self._open) >= AT_ONCE:
                return False
            self._open[request] = time.monotonic()
            return True

    def service_actions(self) -> None:
        """Cut off who stays too long; asked twice a second."""
        self._cut_off(self._seconds)

    def _cut_off(self, seconds: float) -> None:
        with self._lock:
            since = time.monotonic() - seconds
            stayed = [request for request, begun in self._open.items() if begun <= since]
        for request in stayed:
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is no word in any log."""
