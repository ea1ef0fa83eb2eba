"""A sealed letter goes to a mail server, or into a folder; what became of it comes back as a value.

Rule: one letter, one recipient, one answer, within the deadline; many letters, one connection. The letter's bytes are never
touched. TLS is verified; plaintext goes to this machine only; no password stands in any message.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import os
import re
import ssl
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

from newswatch.address import mail_address
from newswatch.model import Letter, Sent, content_id

DEADLINE = 60.0  # seconds a letter may take, from the first name looked up to the server's answer
FAREWELL = 2.0  # seconds a server may take over QUIT once it has said what becomes of the letters
TOO_LARGE = 552  # to MAIL, of the letter's own size
LOGIN_LACKS = frozenset({530, 534, 535, 538})  # our configuration is wrong, not the letter

Send = Callable[[Letter], Sent]


def greet(send: Send, sender: str) -> Sent:
    """Whether a way out that `transport` made would take letters of *sender*, without sending one: code 250, or 0
    and why not.
    """
    ways = send if isinstance(send, (_Folder, _Server)) else None
    return ways.greet(sender) if ways else Sent("", 250, "")


class MailError(Exception):
    """The mail server's address cannot be used; the message says what one looks like."""


def transport(
    server: str,
    *,
    user: str = "",
    password: str = "",
    deadline: float = DEADLINE,
    tls: ssl.SSLContext | None = None,
    plaintext: Callable[[str], bool] | None = None,
) -> Send:
    """How letters leave by *server*: `smtps://HOST[:465]`, `smtp://HOST[:25]` (STARTTLS, or
    plaintext to this machine), or `file:FOLDER`. Raises MailError; nothing is asked before the
    first letter.

    Sent.code is 250 when the letter was taken; 4xx try again; 5xx refused for good; 0 no answer,
    also when the server could not be reached, trusted or logged in to: then nothing was said of
    the letter. By a server, its `each` sends several letters on one connection. *tls* trusts other authorities than the system's, *plaintext* says of a host
    whether it is this machine.
    """
    if server.startswith("file:"):
        folder = unquote(server.removeprefix("file:").removeprefix("//"))
        if not folder or "\0" in folder:
            raise MailError("file: needs a folder: file:var/outbox")
        return _Folder(Path(folder))
    try:
        parts = urlsplit(server)
        scheme, port = parts.scheme, parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except ValueError:  # a UnicodeError too: no label of a name is longer than 63 characters
        raise MailError(_WRONG) from None
    if "@" in parts.netloc:
        raise MailError("the mail server's address holds no user: write user and password_file")
    if scheme not in ("smtp", "smtps") or not host or parts.path.strip("/") or parts.query:
        raise MailError(_WRONG)
    if user and not password:
        raise MailError("a user needs a password: write password_file beside it")
    plain = scheme == "smtp" and (plaintext or is_this_machine)(host)
    return _Server(
        host=host,
        port=port or (465 if scheme == "smtps" else 25),
        encrypted=scheme == "smtps",
        plain=plain,
        user=user,
        password=password,
        deadline=deadline,
        tls=None if plain else tls or ssl.create_default_context(),
    )


_WRONG = "a mail server is smtp://HOST[:PORT], smtps://HOST[:PORT] or file:FOLDER"


def is_this_machine(host: str) -> bool:
    """Whether *host* is a loopback address or the name localhost."""
    if host.casefold().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# ── a folder ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Folder:
    path: Path

    def greet(self, _sender: str) -> Sent:
        """Whether letters can be put there."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.path, prefix="."):
                pass
        except OSError as wrong:
            return Sent("", 0, f"{self.path}: {wrong.strerror or wrong}")
        return Sent("", 250, str(self.path))

    def __call__(self, letter: Letter) -> Sent:
        """Write the letter whole or not at all; twice the same letter is one file."""
        name = letter.id if re.fullmatch(r"[\w-]{1,80}", letter.id) else content_id(letter.id)
        target = self.path / f"{name}.eml"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.path, prefix=".", delete=False) as draft:
                try:
                    draft.write(letter.content)
                    draft.flush()
                    os.fsync(draft.fileno())
                    Path(draft.name).replace(target)
                except OSError:
                    Path(draft.name).unlink(missing_ok=True)
                    raise
            folder = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as wrong:
            return Sent(letter.id, 0, f"{target}: {wrong.strerror or wrong}")
        return Sent(letter.id, 250, str(target))


# ── a server ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Server:
    host: str
    port: int
    encrypted: bool
    plain: bool
    user: str
    password: str = field(repr=False)  # nor in a traceback's values
    deadline: float
    tls: ssl.SSLContext | None

    def __call__(self, letter: Letter) -> Sent:
        """Hand the letter over and wait for the answer, at most until the deadline."""
        ((_, sent),) = self.each((letter,))
        return sent

    def greet(self, sender: str) -> Sent:
        """What the server says of us, without a letter: trusted, encrypted, logged in."""
        loop = asyncio.new_event_loop()
        line = _Line(self)
        try:
            code, detail = loop.run_until_complete(line.greet(mail_address(sender) or sender))
            return Sent("", code, self._told(detail))
        finally:
            loop.run_until_complete(line.leave())
            loop.close()

    def each(self, letters: Iterable[Letter]) -> Iterator[tuple[Letter, Sent]]:
        """Hand letters over, one after the other, on one connection for as long as it holds; each has its own
        answer and deadline. A login that was refused is not tried again with the next letter.
        """
        # Not asyncio.run: it would wait for a name server that does not answer.
        loop = asyncio.new_event_loop()
        line = _Line(self)
        locked_out = ""
        try:
            for letter in letters:
                sender, recipient = mail_address(letter.sender), mail_address(letter.address)
                if not recipient:
                    yield letter, Sent(letter.id, 553, "the recipient's is no mail address")
                elif not sender:
                    yield letter, Sent(letter.id, 553, "the sender's is no mail address")
                elif locked_out:
                    yield letter, Sent(letter.id, 0, locked_out)
                else:
                    code, detail, refused = loop.run_until_complete(
                        line.send(sender, recipient, letter.content)
                    )
                    locked_out = self._told(detail) if refused else ""
                    yield letter, Sent(letter.id, code, self._told(detail))
        finally:
            loop.run_until_complete(line.leave())
            loop.close()

    def _told(self, detail: str) -> str:
        """*detail* on one line, printable, without the password in any form it may be echoed in."""
        if self.password:
            plain, both = self.password.encode(), f"\0{self.user}\0{self.password}".encode()
            secrets = (
                self.password,
                base64.b64encode(plain).decode(),
                base64.b64encode(both).decode(),
            )
            for secret in secrets:
                detail = detail.replace(secret, "…")
        line = "".join(c if c.isprintable() else " " for c in detail)
        return " ".join(line.split())[:300]


class _Line:
    """A connection to a server, opened for the first letter and anew when it broke."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._client: aiosmtplib.SMTP | None = None
        self._transport: asyncio.BaseTransport | None = None

    async def send(self, sender: str, recipient: str, content: bytes) -> tuple[int, str, bool]:
        """What the server says of one letter: code, words, and whether it was the login that it refused."""
        deadline = self._server.deadline
        try:
            async with asyncio.timeout(deadline):
                try:
                    client = await self._ready(sender.rpartition("@")[2])
                except aiosmtplib.SMTPResponseException as wrong:
                    await self._drop()
                    refused = isinstance(wrong, aiosmtplib.SMTPAuthenticationError)
                    return 0, f"{wrong.code} {wrong.message}", refused and wrong.code >= 500
                code, said = await _hand_over(client, sender, recipient, content)
        except TimeoutError:
            await self._drop()
            return 0, f"no answer within {deadline:g} seconds", False
        except (aiosmtplib.SMTPException, OSError) as wrong:
            await self._drop()
            return 0, _reason(wrong), False
        if code in (0, 421):
            await self._drop()
        return code, said, False

    async def greet(self, sender: str) -> tuple[int, str]:
        """What the server says when nothing is sent: 250 when it would take a letter, 0 for anything else."""
        try:
            async with asyncio.timeout(self._server.deadline):
                client = await self._ready(sender.rpartition("@")[2])
                answer = await client.noop()
        except TimeoutError:
            return 0, f"no answer within {self._server.deadline:g} seconds"
        except aiosmtplib.SMTPResponseException as wrong:
            return 0, f"{wrong.code} {wrong.message}"
        except (aiosmtplib.SMTPException, OSError) as wrong:
            return 0, _reason(wrong)
        return answer.code, answer.message

    async def _ready(self, local: str) -> aiosmtplib.SMTP:
        """A client at the beginning of a letter: the one there is, if its server still hears it, or a new one."""
        if self._client is not None:
            try:
                await self._client.rset()
            except (
                aiosmtplib.SMTPException,
                OSError,
            ):  # it may have had enough letters on one line
                await self._drop()
            else:
                return self._client
        server = self._server
        client = self._client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=local,
            timeout=server.deadline,
            use_tls=server.encrypted,
            start_tls=False,
            tls_context=server.tls,
        )
        await client.connect()
        self._transport = client.transport
        await self._enter(client)
        return client

    async def _enter(self, client: aiosmtplib.SMTP) -> None:
        """Encrypt, or make sure that it is this machine, and log in."""
        if self._server.plain:
            peer = str(client.get_transport_info("peername")[0])
            if not is_this_machine(peer):
                raise ConnectionRefusedError(f"{self._server.host} is not this machine, but {peer}")
        elif not self._server.encrypted:
            await client.starttls()
        if self._server.user:
            await client.login(self._server.user, self._server.password)

    async def leave(self) -> None:
        """Say goodbye; whatever comes of it, the letters' answers stand."""
        if self._client is not None:
            try:
                async with asyncio.timeout(FAREWELL):
                    await self._client.quit()
            except (TimeoutError, aiosmtplib.SMTPException, OSError):
                pass
        await self._drop()

    async def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        if isinstance(self._transport, asyncio.Transport):
            self._transport.abort()  # a handshake that failed leaves it open
        self._client = self._transport = None
        await asyncio.sleep(0)  # one turn of the loop, in which the connection is given back


async def _hand_over(
    client: aiosmtplib.SMTP, sender: str, recipient: str, content: bytes
) -> tuple[int, str]:
    """MAIL, RCPT and DATA; the server's last word, 0 where it refuses us and neither letter nor reader."""
    try:
        await client.mail(sender)
    except aiosmtplib.SMTPResponseException as said:
        # Our name or our sender is refused, and with it no reader nor letter.
        ours = said.code >= 500 and said.code != TOO_LARGE
        return (0 if ours else _known(said.code)), f"{said.code} {said.message}"
    try:
        await client.rcpt(recipient)
        answer = await client.data(content)
    except aiosmtplib.SMTPResponseException as said:
        return _known(said.code), f"{said.code} {said.message}"
    return answer.code, answer.message


def _known(code: int) -> int:
    """An answer on a letter, 0 where it is none."""
    return code if 400 <= code < 600 and code not in LOGIN_LACKS else 0


def _reason(wrong: Exception) -> str:
    cause: BaseException = wrong
    while cause.__cause__ is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {cause.verify_message}"
    return str(wrong) or type(wrong).__name__
