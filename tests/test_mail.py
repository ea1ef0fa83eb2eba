"""Letters leave whole, once, within their deadline, and never in the open."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from newswatch.mail import MailError, _Line, greet, is_this_machine, transport
from newswatch.model import Letter
from scripted_server import loop_in_a_thread

CONTENT = b"Subject: hello\r\nMessage-ID: <a@example.org>\r\n\r\n.one\r\nFrom two\r\n"
LETTER = Letter("0123abcd", "anna", "anna@example.org", "newswatch@example.org", CONTENT)
PASSWORD = "correct horse"


class Sink:
    """Takes letters, unless a step (RCPT, MAIL, DATA) has an answer of its own."""

    def __init__(self, **answers):
        self.answers = answers
        self.letters = []
        self.greeted = []
        self.encrypted = []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802 -- aiosmtpd's name
        session.host_name = hostname
        self.greeted.append(hostname)
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 -- aiosmtpd's name
        if "mail" in self.answers:
            return self.answers["mail"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 -- aiosmtpd's name
        if "rcpt" in self.answers:
            return self.answers["rcpt"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 -- aiosmtpd's name
        if "data" in self.answers:
            return self.answers["data"]
        self.letters.append(
            (envelope.mail_from, tuple(envelope.rcpt_tos), envelope.original_content)
        )
        self.encrypted.append(session.ssl is not None)
        return "250 queued as 7"


@contextmanager
def serving(sink, *, wrapped=None, **options):
    """An aiosmtpd server on loopback; gives its port."""
    with loop_in_a_thread() as loop:

        def protocol():
            return SMTP(sink, loop=loop, hostname="mail.example.org", **options)

        async def start():
            return await loop.create_server(protocol, "127.0.0.1", 0, ssl=wrapped)

        server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            loop.call_soon_threadsafe(server.close)


@contextmanager
def playing(play):
    """A bare server that gives its first connection to *play* and then closes it; gives its port."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def serve():
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(10)
                play(connection, over)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            thread.join(10)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """Two certificates, one for 127.0.0.1 and one for elsewhere, and a client that trusts both."""
    folder = tmp_path_factory.mktemp("certificates")
    client = ssl.create_default_context()
    contexts = {}
    for name, holder in (("right", "IP:127.0.0.1"), ("wrong", "DNS:mail.elsewhere.example")):
        key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={holder}",
             "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        contexts[name] = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        contexts[name].load_cert_chain(certificate, key)
        client.load_verify_locations(certificate)
    return contexts, client


# aiosmtpd warns, rightly, of a login without TLS; on loopback it is what we allow
IN_THE_OPEN = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def everywhere_remote(host):
    return False


# ── what becomes of a letter ────────────────────────────────────────────────────────────────


def test_a_letter_arrives_byte_for_byte():
    sink = Sink()
    with serving(sink) as port:
        send = transport(f"smtp://127.0.0.1:{port}")
        assert send(LETTER).code == 250
        said = send(LETTER)
    assert (said.letter, said.code, said.detail) == ("0123abcd", 250, "queued as 7")
    assert sink.letters == [("newswatch@example.org", ("anna@example.org",), CONTENT)] * 2
    assert sink.greeted == ["example.org"] * 2


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(
    ("answer", "code"),
    [("451 later please", 451), ("421 going down", 421), ("550 no such person", 550), ("554 spam", 554),
     ("552 too large", 552), ("530 log in first", 0), ("535 wrong password", 0)],
)  # fmt: skip
def test_a_refusal_is_an_answer(step, answer, code):
    if step == "mail" and answer[:3] in ("550", "554"):
        code = 0  # it is our sender that is refused: no reader is, nor the letter
    sink = Sink(**{step: answer})
    with serving(sink) as port:
        said = transport(f"smtp://127.0.0.1:{port}")(LETTER)
    assert said.code == code
    assert answer[4:] in said.detail
    assert sink.letters == []


def test_nobody_there_is_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    said = transport(f"smtp://127.0.0.1:{port}")(LETTER)
    assert said.code == 0
    assert said.detail


def test_a_greeting_that_refuses_says_nothing_of_the_letter():
    with playing(lambda connection, over: connection.sendall(b"554 not you\r\n")) as port:
        said = transport(f"smtp://127.0.0.1:{port}")(LETTER)
    assert said.code == 0
    assert "554 not you" in said.detail


def drip(connection, over):
    connection.sendall(b"220-")
    while not over.wait(0.05):
        try:
            connection.sendall(b"x")
        except OSError:
            return


def drip_lines(connection, over):
    while not over.wait(0.05):
        try:
            connection.sendall(b"220-more\r\n")
        except OSError:
            return


def silence(connection, over):
    over.wait(10)


def talk(connection, *answers):
    for answer in answers:
        connection.sendall(answer)
        connection.recv(4096)


@pytest.mark.parametrize("play", [drip, drip_lines, silence])
def test_a_server_that_dallies_is_left_at_the_deadline(play):
    with playing(play) as port:
        said = transport(f"smtp://127.0.0.1:{port}", deadline=0.4)(LETTER)
    assert said.code == 0
    assert "0.4 seconds" in said.detail


def test_a_server_that_drops_the_line_gave_no_answer():
    def dropping(connection, over):
        talk(connection, b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n")

    with playing(dropping) as port:
        said = transport(f"smtp://127.0.0.1:{port}")(LETTER)
    assert said.code == 0


def test_a_server_that_hangs_at_goodbye_has_taken_the_letter():
    def hanging(connection, over):
        talk(
            connection,
            b"220 hi\r\n",
            b"250 hi\r\n",
            b"250 ok\r\n",
            b"250 ok\r\n",
            b"354 go\r\n",
            b"250 taken\r\n",
        )
        connection.sendall(b"221")
        connection.shutdown(socket.SHUT_RDWR)

    with playing(hanging) as port:
        said = transport(f"smtp://127.0.0.1:{port}")(LETTER)
    assert (said.code, said.detail) == (250, "taken")


def test_garbage_is_no_answer():
    with playing(
        lambda connection, over: connection.sendall(b"\xff\x00 hello \x1b[31m\r\n" * 50)
    ) as port:
        said = transport(f"smtp://127.0.0.1:{port}", deadline=2)(LETTER)
    assert said.code == 0
    assert said.detail.isprintable()


@pytest.mark.parametrize(
    "address",
    ["", "anna", "a@b>\r\nRCPT TO:<c@d", "a b@c.org", "анна@example.org", "a@" + "b" * 300],
)
def test_an_address_that_is_none_is_dead_at_once(address):
    send = transport("smtp://127.0.0.1:1")
    assert send(Letter("i", "anna", address, "n@example.org", CONTENT)).code == 553
    assert send(Letter("i", "anna", "a@example.org", address, CONTENT)).code == 553


# ── TLS and secrets ─────────────────────────────────────────────────────────────────────────


def test_starttls_is_used_and_verified(certificates):
    contexts, client = certificates
    sink = Sink()
    with serving(sink, tls_context=contexts["right"], require_starttls=True) as port:
        said = transport(f"smtp://127.0.0.1:{port}", tls=client, plaintext=everywhere_remote)(
            LETTER
        )
    assert said.code == 250, said.detail
    assert sink.encrypted == [True]


def test_smtps_is_used_and_verified(certificates):
    contexts, client = certificates
    sink = Sink()
    with serving(sink, wrapped=contexts["right"]) as port:
        said = transport(f"smtps://127.0.0.1:{port}", tls=client)(LETTER)
    assert said.code == 250, said.detail
    assert len(sink.letters) == 1


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_another_host_s_certificate_is_refused(certificates, scheme):
    contexts, client = certificates
    sink = Sink()
    options = (
        {"wrapped": contexts["wrong"]} if scheme == "smtps" else {"tls_context": contexts["wrong"]}
    )
    with serving(sink, **options) as port:
        said = transport(f"{scheme}://127.0.0.1:{port}", tls=client, plaintext=everywhere_remote)(
            LETTER
        )
    assert said.code == 0
    assert "certificate" in said.detail
    assert sink.letters == []


@IN_THE_OPEN
def test_plaintext_goes_to_this_machine_only():
    sink = Sink()
    with serving(
        sink, auth_require_tls=False, authenticator=lambda *_: AuthResult(success=True)
    ) as port:
        send = transport(
            f"smtp://127.0.0.1:{port}", user="u", password=PASSWORD, plaintext=everywhere_remote
        )
        said = send(LETTER)
    assert said.code == 0
    assert "STARTTLS" in said.detail
    assert sink.letters == []
    assert is_this_machine("localhost")
    assert is_this_machine("127.8.8.8")
    assert is_this_machine("::1")
    for elsewhere in (
        "mail.example.org",
        "10.0.0.1",
        "localhost.example.org",
        "127.0.0.1.example.org",
        "0.0.0.0",
        "",
    ):
        assert not is_this_machine(elsewhere)


class Elsewhere:
    """A connection whose other end a name led to, on another machine; what is said on it is kept."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.said: list[str] = []

    def get_transport_info(self, key: str) -> tuple[str, int] | None:
        return (self.peer, 25) if key == "peername" else None

    async def starttls(self) -> None:
        self.said.append("STARTTLS")

    async def login(self, user: str, password: str) -> None:
        self.said.append("AUTH")


@pytest.mark.parametrize("peer", ["10.1.2.3", "192.0.2.7", "2001:db8::1"])
def test_a_name_for_this_machine_that_leads_elsewhere_gets_neither_password_nor_letter(peer):
    line = _Line(transport("smtp://localhost:25", user="u", password=PASSWORD))
    elsewhere = Elsewhere(peer)
    with pytest.raises(ConnectionRefusedError, match="is not this machine"):
        asyncio.run(line._enter(elsewhere))
    assert elsewhere.said == []
    here = Elsewhere("127.0.0.1")
    asyncio.run(line._enter(here))
    assert here.said == ["AUTH"]


@IN_THE_OPEN
def test_a_login_is_made_and_a_refused_one_spares_the_letter():
    def check(server, session, envelope, mechanism, auth):
        return AuthResult(success=auth.password == PASSWORD.encode(), handled=False)

    sink = Sink()
    with serving(sink, auth_require_tls=False, auth_required=True, authenticator=check) as port:
        address = f"smtp://127.0.0.1:{port}"
        assert transport(address, user="u", password=PASSWORD)(LETTER).code == 250
        said = transport(address, user="u", password="wrong one")(LETTER)
        assert said.code == 0
        assert said.detail.startswith("535")
        assert "wrong one" not in said.detail
        assert transport(address)(LETTER).code == 0
    assert len(sink.letters) == 1


def test_a_password_echoed_is_not_repeated():
    def echoing(connection, over):
        talk(connection, b"220 hi\r\n", b"250-hi\r\n250 AUTH PLAIN\r\n")
        connection.sendall(f"535 {PASSWORD} is wrong\r\n".encode())
        connection.recv(100)

    with playing(echoing) as port:
        said = transport(f"smtp://127.0.0.1:{port}", user="u", password=PASSWORD)(LETTER)
    assert said.code == 0
    assert said.detail == "535 … is wrong"
    assert PASSWORD not in repr(said)


@pytest.mark.parametrize(
    "server",
    ["", "localhost", "http://localhost", "smtp://", "smtp://host:port", "smtp://host:99999", "smtp:host", "smtp://h/x",
     "smtp://h?x", "smtp://[::1", f"smtp://{'a' * 70}.org", "file:", "file://"],
)  # fmt: skip
def test_an_address_that_is_no_mail_server_is_refused(server):
    with pytest.raises(MailError):
        transport(server)


def test_a_server_s_address_holds_no_password():
    with pytest.raises(MailError) as refused:
        transport(f"smtp://u:{PASSWORD}@host")
    assert "horse" not in str(refused.value)
    with pytest.raises(MailError):
        transport("smtp://host", user="u")


# ── the folder ──────────────────────────────────────────────────────────────────────────────


def test_a_folder_takes_letters_whole(tmp_path):
    send = transport(f"file:{tmp_path}/out/box")
    assert send(LETTER).code == 250
    said = send(LETTER)
    assert said.detail.endswith("0123abcd.eml")
    (only,) = (tmp_path / "out" / "box").iterdir()
    assert only.read_bytes() == CONTENT
    assert only.name == "0123abcd.eml"


def test_a_letter_s_id_leads_nowhere_else(tmp_path):
    send = transport(f"file:{tmp_path}/box")
    assert send(Letter("../../x", "a", "a@b", "c@d", CONTENT)).code == 250
    assert len(list((tmp_path / "box").iterdir())) == 1
    assert not (tmp_path / "x.eml").exists()


def test_a_folder_that_cannot_be_written_is_no_answer(tmp_path):
    (tmp_path / "box").write_text("a file")
    said = transport(f"file:{tmp_path}/box")(LETTER)
    assert said.code == 0
    assert said.detail
    (tmp_path / "full" / "0123abcd.eml").mkdir(parents=True)
    assert transport(f"file:{tmp_path}/full")(LETTER).code == 0
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["0123abcd.eml"]


# ── a greeting, without a letter ────────────────────────────────────────────────────────────


@IN_THE_OPEN
def test_a_greeting_says_whether_we_are_let_in_and_sends_nothing():
    def check(server, session, envelope, mechanism, auth):
        return AuthResult(success=auth.password == PASSWORD.encode(), handled=False)

    sink = Sink()
    with serving(sink, auth_require_tls=False, auth_required=True, authenticator=check) as port:
        server = f"smtp://127.0.0.1:{port}"
        good = greet(transport(server, user="desk", password=PASSWORD, deadline=5.0), "a@b.example")
        bad = greet(transport(server, user="desk", password="wrong", deadline=5.0), "a@b.example")
    assert good.code == 250
    assert (bad.code, "535" in bad.detail) == (0, True)
    assert sink.letters == []


def test_a_greeting_by_a_server_that_is_not_trusted_says_so(certificates):
    contexts, client = certificates
    with serving(Sink(), wrapped=contexts["wrong"]) as port:
        send = transport(f"smtps://127.0.0.1:{port}", tls=client)
        said = greet(send, "a@b.example")
    assert said.code == 0
    assert "certificate" in said.detail


def test_a_greeting_that_does_not_come_ends_at_the_deadline():
    with playing(silence) as port:
        said = greet(transport(f"smtp://127.0.0.1:{port}", deadline=0.3), "a@b.example")
    assert (said.code, said.detail) == (0, "no answer within 0.3 seconds")


def test_a_folder_says_whether_letters_can_be_put_there(tmp_path):
    assert greet(transport(f"file:{tmp_path}/out"), "a@b.example").code == 250
    (tmp_path / "file").touch()
    assert greet(transport(f"file:{tmp_path}/file/out"), "a@b.example").code == 0
    assert list((tmp_path / "out").iterdir()) == []
