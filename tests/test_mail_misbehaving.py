"""A mail server that misbehaves, in each of the ways they do: what becomes of the letter in the outbox.

No letter is lost, none is given up for what the server did on the way, and what comes again comes with the
same bytes.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from archive_of import ANNA, BORIS, HOUR, MINUTE, NOW, Desk, entry
from newswatch import deliver
from newswatch.cli import code_of
from newswatch.mail import transport
from newswatch.model import Rule
from newswatch.store import open_archive
from test_mail import certificates, everywhere_remote  # noqa: F401 - a fixture

PATIENCE = 0.5  # seconds a letter may take here
Play = bytes | Callable[["Talk"], None]


@dataclass
class Talk:
    """One connection: its socket, whether the test is over, what the client has said."""

    connection: socket.socket
    over: threading.Event
    said: list[bytes]

    def say(self, words: bytes) -> bool:
        try:
            self.connection.sendall(words)
        except OSError:
            return False
        return True


@dataclass
class Server:
    """What it answers at each step, in place of what a good one does; and what it has seen."""

    script: dict[str, Play] = field(default_factory=dict)
    said: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    connections: int = 0

    def talk(self, talk: Talk) -> None:
        self.connections += 1
        if not self.step(talk, "banner", b"220 mail.example.org\r\n"):
            return
        lines = talk.connection.makefile("rb")
        for line in lines:
            self.said.append(line.strip())
            verb = line.split(b" ")[0].strip().decode("ascii", "replace").upper()
            if verb == "EHLO":
                good = b"250-mail.example.org\r\n250 SIZE 10000000\r\n"
            elif verb == "DATA":
                if not self.step(talk, "data", b"354 go on\r\n"):
                    return
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    body += lines.readline()
                self.bodies.append(body)
                if not self.step(talk, "body", b"250 queued\r\n"):
                    return
                if "body" not in self.script:
                    self.taken.append(body)
                continue
            else:
                good = b"221 bye\r\n" if verb == "QUIT" else b"250 ok\r\n"
            name = "rcpt boris" if b"boris@" in line and verb == "RCPT" else verb.lower()
            if not self.step(talk, name, good):
                return

    def step(self, talk: Talk, name: str, good: bytes) -> bool:
        """Answer as the script says, else well; whether the talk goes on."""
        answer = self.script.get(name, good)
        if isinstance(answer, bytes):
            return talk.say(answer)
        answer(talk)
        return False


@contextmanager
def serving(server: Server) -> Iterator[int]:
    """*server* on loopback, a connection after the other; gives its port."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(10)
                    with suppress(OSError):  # who spoke has gone
                        server.talk(Talk(connection, over, server.said))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            thread.join(10)


def silence(talk: Talk) -> None:
    """Nothing, until the client has gone."""
    while not talk.over.is_set() and talk.connection.recv(4096):
        pass


def drop(_talk: Talk) -> None:
    """The connection is closed."""


def drip(words: bytes) -> Callable[[Talk], None]:
    def dripping(talk: Talk) -> None:
        talk.say(b"220-")
        while not talk.over.wait(0.02) and talk.say(words):
            pass

    return dripping


def two_letters(folder: Path) -> Desk:
    """A letter at once to each of two readers waits, with words that no plain ASCII holds."""
    rule = Rule("газ", "gas OR газ", ("anna", "boris"))
    found = Desk(folder, in_force=(rule,), people=(ANNA, BORIS))
    found.poll("wire", (entry("http://wire.example/0", "Weather"),), NOW)
    found.poll("wire", (entry("http://wire.example/1", "Газ дорожает", "Цена на газ."),), NOW)
    return found


def fates(found: Desk) -> dict[str, dict[str, Any]]:
    archive = open_archive(found.address)
    try:
        return {letter["to"]: letter for letter in archive.letters()}
    finally:
        archive.close()


def delivered(found: Desk, server: Server, now: Any, **how: Any) -> dict[str, dict[str, Any]]:
    """What became of the letters that *server* was given at *now*."""
    with serving(server) as port:
        send = transport(f"smtp://127.0.0.1:{port}", deadline=PATIENCE, **how)
        deliver.deliver_once(found.ledger.outbox, found.readers, send, now)
    return fates(found)


WAYS: list[tuple[str, dict[str, Play], str, str]] = [
    ("a banner that refuses", {"banner": b"421 too busy\r\n"}, "waiting", "421 too busy"),
    ("greylisting at MAIL", {"mail": b"451 4.7.1 come back\r\n"}, "waiting", "come back"),
    ("greylisting at RCPT", {"rcpt": b"450 4.7.1 greylisted\r\n", "rcpt boris": b"450 4.7.1 greylisted\r\n"}, "waiting", "greylisted"),
    ("452 after the letter", {"body": b"452 disk full\r\n"}, "waiting", "disk full"),
    ("554 after the letter", {"body": b"554 spam\r\n"}, "dead", "spam"),
    ("a drop after the letter", {"body": drop}, "waiting", ""),
    ("silence after the letter", {"body": silence}, "waiting", "no answer within 0.5 seconds"),
    ("no banner", {"banner": silence}, "waiting", "no answer within 0.5 seconds"),
    ("a banner that drips", {"banner": drip(b"x")}, "waiting", "no answer within 0.5 seconds"),
    ("an answer of ever more lines", {"banner": drip(b"more\r\n220-")}, "waiting", "no answer within 0.5 seconds"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("script", "state", "says"), [w[1:] for w in WAYS], ids=[w[0] for w in WAYS]
)
def test_what_becomes_of_a_letter_that_the_server_treats_so(
    tmp_path: Path, script: dict[str, Play], state: str, says: str
) -> None:
    found = two_letters(tmp_path)
    bad, good = Server(script), Server()
    for letter in delivered(found, bad, NOW).values():
        assert (letter["state"], letter["attempts"]) == (state, 1)
        assert says in letter["detail"]
    assert bad.taken == []
    delivered(found, good, NOW + deliver.FIRST_WAIT / 2)
    assert good.connections == 0  # not before its time
    later = delivered(found, good, NOW + 2 * HOUR)
    again = state == "waiting"
    assert {letter["state"] for letter in later.values()} == {"sent" if again else state}
    assert len(good.taken) == (2 if again else 0)
    assert not again or set(bad.bodies) <= set(good.taken)  # what comes again is the same
    found.close()


def test_a_refused_reader_is_dead_and_the_other_one_has_his_letter(tmp_path: Path) -> None:
    found = two_letters(tmp_path)
    server = Server({"rcpt boris": b"550 5.1.1 no such person\r\n"})
    letters = delivered(found, server, NOW)
    assert {name: letter["state"] for name, letter in letters.items()} == {
        "anna": "sent", "boris": "dead"
    }  # fmt: skip
    assert (len(server.taken), server.connections) == (1, 1)
    found.close()


def test_many_letters_go_on_one_connection_and_a_refused_one_delays_nobody(tmp_path: Path) -> None:
    people = tuple(replace(ANNA, name=f"r{n}", address=f"r{n}@example.org") for n in range(120))
    people = (*people, BORIS)
    rule = Rule("gas", "gas", tuple(person.name for person in people))
    found = Desk(tmp_path, in_force=(rule,), people=people, plans=())
    found.poll("wire", (entry("http://wire.example/0", "Weather"),), NOW)
    found.poll("wire", (entry("http://wire.example/1", "Gas"),), NOW)
    server = Server({"rcpt boris": b"550 5.1.1 no such person\r\n"})
    states = [letter["state"] for letter in delivered(found, server, NOW).values()]
    assert (states.count("sent"), states.count("dead")) == (120, 1)
    assert (len(server.taken), server.connections) == (120, 1)
    found.close()


def test_a_server_with_no_extension_takes_any_alphabet(tmp_path: Path) -> None:
    found = two_letters(tmp_path)
    server = Server()
    assert {letter["state"] for letter in delivered(found, server, NOW).values()} == {"sent"}
    assert all(line.isascii() for line in server.said)
    assert not any(b"BODY=" in line or b"SMTPUTF8" in line for line in server.said)
    assert all(body.isascii() for body in server.bodies)
    found.close()


def test_a_refused_login_stops_the_letters_behind_it_and_none_is_given_up(tmp_path: Path) -> None:
    found = two_letters(tmp_path)
    refusing = Server({
        "ehlo": b"250-mail.example.org\r\n250 AUTH PLAIN\r\n", "auth": b"535 5.7.8 wrong\r\n"
    })  # fmt: skip
    letters = delivered(found, refusing, NOW, user="u", password="correct horse")
    assert {(one["state"], one["detail"]) for one in letters.values()} == {
        ("waiting", "535 5.7.8 wrong")
    }
    assert sum(line.startswith(b"AUTH") for line in refusing.said) == 1
    assert not any(line.startswith(b"MAIL") for line in refusing.said)
    trouble = found.ledger.troubles.seen(NOW + HOUR)
    assert [(t.kind, t.says) for t in trouble] == [("mail", "535 5.7.8 wrong")]
    letters = delivered(found, Server(), NOW + HOUR)
    assert {one["state"] for one in letters.values()} == {"sent"}
    found.close()


CANARY = "canary-7Q-in-a-mine"


@pytest.mark.parametrize("kept", ["credential", "file", "environment"])
def test_a_password_is_used_and_nowhere_told(
    kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "mail-password"
    monkeypatch.chdir(tmp_path)
    if kept == "environment":
        monkeypatch.setenv("NEWSWATCH_MAIL_PASSWORD", CANARY)
    else:
        secret.write_text(CANARY)
        secret.chmod(0o600)
    if kept == "credential":
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    found = two_letters(tmp_path)
    store = found.address
    found.close()
    echoing = Server({
        "ehlo": b"250-mail.example.org\r\n250 AUTH PLAIN LOGIN\r\n",
        "auth": f"535 5.7.8 {CANARY} is wrong\r\n".encode(),
    })  # fmt: skip
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "rules.yaml").write_text("rules: [{name: gas, query: gas, tell: anna}]")
    (tmp_path / "config" / "digests.yaml").write_text(
        "people: {anna: {address: anna@example.org}, boris: {address: boris@example.org}}"
    )
    file = "password_file: mail-password" if kept == "file" else ""
    with serving(echoing) as port:
        (tmp_path / "config" / "newswatch.yaml").write_text(
            f"store: {store}\nmail:\n  server: smtp://127.0.0.1:{port}\n  user: ops\n  {file}\n"
        )
        for command, code in (
            ("-v once", 1), ("mail test a@example.org", 3), ("status --json", 0), ("status", 0),
            ("outbox --json", 0), ("doctor --json", None), ("check --json", 0), ("export --what changes", 0),
        ):  # fmt: skip
            assert code in (None, code_of(command.split())), command
    assert any(line.startswith(b"AUTH") for line in echoing.said)  # it was read, and used
    said = capfd.readouterr()
    assert "is wrong" in said.out
    kept_bytes = b"".join(f.read_bytes() for f in tmp_path.glob("test.db*"))
    assert CANARY not in said.out + said.err
    assert CANARY.encode() not in kept_bytes
    assert CANARY not in repr(transport("smtp://localhost:9", user="u", password=CANARY))


def test_another_host_s_certificate_is_told_no_letter(
    tmp_path: Path,
    certificates: Any,  # noqa: F811 - the fixture
) -> None:
    contexts, client = certificates
    found = two_letters(tmp_path)

    def encrypt(talk: Talk) -> None:
        talk.say(b"220 go ahead\r\n")
        with contexts["wrong"].wrap_socket(talk.connection, server_side=True) as line:
            talk.said.append(line.recv(4096))

    server = Server({
        "ehlo": b"250-mail.example.org\r\n250 STARTTLS\r\n", "starttls": encrypt
    })  # fmt: skip
    letters = delivered(found, server, NOW, tls=client, plaintext=everywhere_remote)
    assert {one["state"] for one in letters.values()} == {"waiting"}
    assert all("certificate" in one["detail"] for one in letters.values())
    assert not any(line.startswith((b"MAIL", b"AUTH")) for line in server.said)
    found.close()


def test_a_server_that_has_had_enough_on_one_line_gets_the_rest_on_another(tmp_path: Path) -> None:
    found = two_letters(tmp_path)
    server = Server({"rset": b"421 enough\r\n"})
    assert {one["state"] for one in delivered(found, server, NOW).values()} == {"sent"}
    assert (len(server.taken), server.connections) == (2, 2)
    hanging_up = Server({"rset": drop})
    found.poll("wire", (entry("http://wire.example/2", "Gas again"),), NOW + MINUTE)
    assert {one["state"] for one in delivered(found, hanging_up, NOW + MINUTE).values()} == {"sent"}
    assert hanging_up.connections == 2
    found.close()
