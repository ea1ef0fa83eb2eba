"""What stands before every page: who may ask for it, by which method, and what a browser may do with the answer.

Rule: pure ASGI around any application. A name in Host that is not ours is refused, or a page in the reader's browser
could read the archive by rebinding its own name; other sites' pages may lead here, and load nothing. No cookie comes
in or goes out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from newswatch.address import is_ours, names_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_OURS = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
# Datasette's own pages have styles in them; their scripts that stand in the page are not run.
_DATASETTES = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    b"cache-control": b"no-store",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}


def guarded(app: App, names: Collection[str] = (), tables: str = "") -> App:
    """*app* for those who may ask; *names* may stand in Host beside localhost and addresses, *tables* is the path
    below which Datasette's own pages stand.
    """
    allowed = names_of(names)

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        policy = _DATASETTES if tables and path.startswith(tables) else _OURS

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _headers(message.get("headers", ()), policy)}
            await send(message)

        refused = _refusal(scope, allowed)
        if refused is not None:
            await _say(answer, *refused)
            return
        asked = [(k, v) for k, v in scope["headers"] if k not in (b"cookie", b"authorization")]
        await app({**scope, "headers": asked}, receive, answer)

    return asgi


def _refusal(scope: Scope, names: Collection[str]) -> tuple[int, str] | None:
    """Why nothing is answered: a status and words; None where something is."""
    if scope["method"] not in {"GET", "HEAD"}:
        return 405, "GET or HEAD"
    said = [v.decode("latin-1") for k, v in scope["headers"] if k == b"host"]
    if len(said) != 1 or not is_ours(said[0], names):
        return 421, "not a name of this server: write its address, or start it with --name"
    if not scope.get("raw_path", b"").isascii():
        return 400, "an address is written in ASCII"
    headers = dict(scope["headers"])
    from_elsewhere = headers.get(b"sec-fetch-site") in (b"cross-site", b"same-site")
    if from_elsewhere and headers.get(b"sec-fetch-mode") != b"navigate":
        return 403, "other sites' pages may lead here, and load nothing"
    return None


def _headers(said: Collection[tuple[bytes, bytes]], policy: str) -> list[tuple[bytes, bytes]]:
    ours = {**_ALWAYS, b"content-security-policy": policy.encode()}
    kept = [(k, v) for k, v in said if k.lower() not in {*ours, b"set-cookie", b"vary"}]
    return [*kept, *ours.items()]


async def _say(send: Send, status: int, words: str) -> None:
    body = f"{words}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *([(b"allow", b"GET, HEAD")] if status == 405 else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
