"""An index and a webhook on loopback that misbehave by script.

Rule: what they hold follows the engines' own rules of external versions; the next misfortune of the list befalls the next
request, and none when there are no more.
"""

from __future__ import annotations

import json
import queue
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Misfortune = int | str | Callable[[str], tuple[int, str] | None]


class Loopback:
    """A server that keeps *bodies* with their headers; each misfortune is a status, a function from an article's id to the
    (status, reason) of its item, or a word: `drop` takes it and says nothing, `stop` reads half, `hang` says nothing
    until `let_go`, `drip` never comes to its end, `garbage` and `half` answer what is no answer.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.misfortunes: list[Misfortune] = []
        self.bodies: list[tuple[dict[str, str], bytes]] = []
        self.paths: list[str] = []
        self.came: queue.Queue[int] = queue.Queue()
        self.let_go = threading.Event()
        self.retry_after = ""
        self.says = ""
        loopback = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                loopback.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign] - who asked has gone
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.scheme = "https" if tls else "http"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def origin(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server.server_port}"

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        length = int(asked.headers["Content-Length"])
        fate = self.misfortunes.pop(0) if self.misfortunes else 200
        self.paths.append(asked.path)
        if fate == "stop":
            asked.rfile.read(length // 2)
            asked.close_connection = True
            return
        body = asked.rfile.read(length)
        self.bodies.append((dict(asked.headers), body))
        self.came.put(1)
        if fate == "hang":
            self.let_go.wait(60)
            return
        if fate == "drip":  # each byte well before a socket's own patience ends
            asked.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
            while not self.let_go.wait(0.05):
                asked.wfile.write(b"x")
            return
        if isinstance(fate, int) and fate != 200:
            self._say(asked, fate, (self.says or f"no: {fate}").encode())
            return
        said = self.taken(body, fate)
        if fate == "drop":
            asked.close_connection = True
        elif fate == "garbage":
            self._say(asked, 200, b'{"items": [{"index": 5}]}')
        elif fate == "half":
            asked.send_response(200)
            asked.send_header("Content-Length", str(len(said)))
            asked.end_headers()
            asked.wfile.write(said[: len(said) // 2])
            asked.close_connection = True
        else:
            self._say(asked, 200, said)

    def _say(self, asked: BaseHTTPRequestHandler, code: int, body: bytes) -> None:
        asked.send_response(code)
        asked.send_header("Content-Length", str(len(body)))
        if self.retry_after:
            asked.send_header("Retry-After", self.retry_after)
        if 300 <= code < 400:
            asked.send_header("Location", f"{self.origin}/elsewhere")
        asked.end_headers()
        asked.wfile.write(body)

    def taken(self, _body: bytes, _fate: Misfortune) -> bytes:
        """What is answered when a body is taken."""
        return b"{}"

    def end(self) -> None:
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()


class Hook(Loopback):
    """A webhook."""

    @property
    def ids(self) -> list[int]:
        return [json.loads(line)["id"] for _, body in self.bodies for line in body.splitlines()]


class Engine(Loopback):
    """An index with external versions."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        self.documents: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, int] = {}  # of deleted ones as well
        self.most = 1 << 60  # bytes of a body

    def taken(self, body: bytes, fate: Misfortune) -> bytes:
        lines = iter(body.splitlines())
        items = []
        for line in lines:
            ((action, how),) = json.loads(line).items()
            document = json.loads(next(lines)) if action == "index" else None
            id_, version = how["_id"], how["version"]
            assert how["version_type"] == "external"
            refused = fate(id_) if callable(fate) else None
            if refused:
                status, error = refused[0], {"type": "unwell_exception", "reason": refused[1]}
            elif version <= self.versions.get(id_, 0):
                status, error = 409, {"type": "version_conflict_engine_exception", "reason": "newer"}  # fmt: skip
            else:
                found = self.documents.pop(id_, None)
                self.versions[id_] = version
                if document is not None:
                    self.documents[id_] = document
                    status = 200 if found else 201
                else:
                    status = 200 if found else 404
                error = None
            items.append(
                {action: {"_id": id_, "status": status} | ({"error": error} if error else {})}
            )
        return json.dumps({"errors": False, "items": items}).encode()  # `errors` lies: items speak

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        if int(asked.headers["Content-Length"]) > self.most:
            self.misfortunes.insert(0, 413)
        super().answer(asked)
