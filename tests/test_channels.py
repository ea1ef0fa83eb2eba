"""Letters to a chat or a webhook: the same outbox, the same promise, in what the channel takes."""

from __future__ import annotations

import json
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive_of import HOUR, MINUTE, NOW, PIPELINE, Desk, entry
from newswatch import channels, digest
from newswatch.channels import BREAK, Channel, ChannelError, shortened, ways
from newswatch.cli import code_of
from newswatch.deliver import GIVE_UP
from newswatch.model import DigestPlan, Letter, Person, Rule, Sent
from newswatch.store import open_archive, open_ledger
from test_deliver import delivered, letters, read, started, text_of

CHAT = Person("newsdesk", "channel:newsdesk", format="brief")
GAS = Rule("gas", "gas", ("newsdesk",))


class Hook:
    """A webhook on loopback; *answers* are codes, the next for each letter, 200 when there are no more; None keeps
    the line open until `let_go`.
    """

    def __init__(self) -> None:
        self.answers: list[int | None] = []
        self.leads = ""  # where an answer of 3xx says that it is
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.came: queue.Queue[str] = queue.Queue()
        self.let_go = threading.Event()
        hook = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                name = self.headers["X-Message-ID"]
                code = hook.answers.pop(0) if hook.answers else 200
                hook.got.append((name, said))
                hook.came.put(name)
                if code is None:
                    hook.let_go.wait(60)
                    return
                self.send_response(code)
                if hook.leads:
                    self.send_header("Location", hook.leads)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                hook.came.put(f"GET {self.path}")
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server.server_port}/hook-s3cret"

    def end(self) -> None:
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hook() -> Iterator[Hook]:
    found = Hook()
    yield found
    found.end()


def no_mail(letter: Letter) -> Sent:
    return Sent(letter.id, 0, "no mail server")


@contextmanager
def desk_with(folder: Path, *urls: str) -> Iterator[Desk]:
    """A desk that tells of gas through a channel."""
    with started(folder, GAS, people=(CHAT,), plans=()) as found:
        for url in urls:
            found.poll("wire", (entry(url, f"Gas {url[-1]} leak", PIPELINE),), NOW)
        yield found


def test_a_letter_reaches_its_channel_once(tmp_path: Path, hook: Hook) -> None:
    with desk_with(tmp_path, "http://wire.example/1") as found:
        send = ways(no_mail, {"newsdesk": hook.address})
        assert delivered(found, NOW, send) == (1, 0)
        assert delivered(found, NOW + MINUTE, send) == (0, 0)
        ((name, said),) = hook.got
        (letter,) = letters(found)
    assert letter["state"] == "sent"
    assert name == f"<{letter['id']}@example.org>"
    assert said["title"] == "gas: Gas 1 leak"
    first, second, *_ = said["message"].splitlines()
    assert first == "Gas 1 leak"
    assert second.startswith("Wire, ")
    assert said["message"].strip().endswith("http://wire.example/1")


def test_what_is_refused_is_tried_again_and_given_up_as_by_mail(tmp_path: Path, hook: Hook) -> None:
    with desk_with(tmp_path, "http://wire.example/1") as found:
        send = ways(no_mail, {"newsdesk": hook.address})
        hook.answers = [500, 503, 429]
        now = NOW
        for _ in range(3):
            assert delivered(found, now, send) == (0, 1)
            assert delivered(found, now, send) == (0, 0)
            now += 6 * HOUR
        assert delivered(found, now, send) == (1, 0)
        assert len({name for name, _ in hook.got}) == 1
        found.poll("wire", (entry("http://wire.example/2", "Gas for Oster"),), now)
        hook.answers = [500, 500]
        assert delivered(found, now, send) == (0, 1)
        assert delivered(found, now + GIVE_UP, send) == (0, 1)
        (dead,) = [one for one in letters(found) if one["state"] == "dead"]
    assert "500" in dead["detail"]


def test_no_part_of_the_address_stands_in_what_is_said(tmp_path: Path, hook: Hook) -> None:
    with desk_with(tmp_path, "http://wire.example/1") as found:
        hook.end()
        said = []
        for address in (hook.address, hook.address.replace("://", "://user:pa55word@")):
            send = ways(no_mail, {"newsdesk": address})
            (letter,) = found.ledger.outbox.unsent(NOW) or (_any_letter(),)
            said.append(send(letter))
            assert address not in repr(send)
    assert [one.code for one in said] == [450, 450]
    for one in said:
        assert not any(secret in one.detail for secret in ("s3cret", "pa55word", "user:"))


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_channel_that_has_moved_has_not_taken_the_letter(hook: Hook, code: int) -> None:
    """Most redirects are followed without the letter, and the 200 at their end is of no letter."""
    hook.leads = hook.address.replace("json", "http") + "/login"
    for address in (hook.address, f"{hook.address}?redirect=yes"):
        hook.answers = [code]
        sent = ways(no_mail, {"newsdesk": address})(_any_letter())
        assert sent.code == 450
        assert str(code) in sent.detail
    assert hook.came.qsize() == 2


def test_a_proxy_of_the_environment_sees_no_letter(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "")
    proxy = Hook()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.address.replace("json", "http"))
    try:
        assert ways(no_mail, {"newsdesk": hook.address})(_any_letter()).code == 250
    finally:
        proxy.end()
    assert (len(hook.got), proxy.came.qsize()) == (1, 0)


@pytest.mark.parametrize(
    "title",
    ["@everyone: gas", "Gas, @HERE", "gas@all", "(@channel) gas", "@anna gas", "<@U1234567> gas", "<!channel> gas",
     "[Reuters](http://evil.example/)", "![](http://evil.example/seen.png)", "[Reuters][1]", "[1]: http://evil.example/"],
)  # fmt: skip
def test_a_headline_calls_nobody_and_hides_no_address_in_a_chat(hook: Hook, title: str) -> None:
    """What a chat would take for a call to all in it, or for words that lead elsewhere than they say."""
    message = EmailMessage()
    message["Subject"], message["Message-ID"] = title, "<1@x>"
    message.set_content(f"{title}\n\nhttp://wire.example/@anna/1\n")
    letter = replace(_any_letter(), content=message.as_bytes())
    ways(no_mail, {"newsdesk": hook.address})(letter)
    ((_, said),) = hook.got
    for shown in (said["title"], said["message"]):
        first = shown.splitlines()[0]
        assert first.replace(BREAK, "") == title
        assert not re.search(r"@\w|<[@!]|\][(\[:]", first)
    assert said["message"].endswith("http://wire.example/@anna/1")


def _any_letter() -> Letter:
    content = b"Subject: Gas\r\nMessage-ID: <1@x>\r\n\r\nA leak.\r\n"
    return Letter("1", "newsdesk", "channel:newsdesk", "n@example.org", content)


def test_a_channel_that_never_answers_holds_up_neither_mail_nor_the_end(hook: Hook) -> None:
    hook.answers = [None]
    taken: list[str] = []

    def mail(letter: Letter) -> Sent:
        taken.append(letter.id)
        return Sent(letter.id, 250, "taken")

    send = ways(mail, {"newsdesk": hook.address}, deadline=1.0)
    chat = _any_letter()
    crowd = [
        chat,
        replace(chat, id="2"),
        Letter("3", "anna", "anna@example.org", "n@example.org", b""),
        replace(chat, id="4"),
    ]
    told = list(getattr(send, "each")(crowd))  # noqa: B009 - of any way out
    assert [(letter.id, sent.code) for letter, sent in told] == [
        ("1", 450), ("2", 450), ("3", 250), ("4", 450),
    ]  # fmt: skip
    assert taken == ["3"]
    assert len(hook.got) == 1


@pytest.mark.parametrize("shape", ["drip", "flood"])
def test_an_answer_without_end_costs_its_deadline_some_memory_and_no_thread(shape: str) -> None:
    """A drip keeps every time limit of one read; what waited for it kept the process from ending."""

    class Endless(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with suppress(OSError):
                self.send_response(500)
                self.end_headers()
                while not over.wait(0.1 if shape == "drip" else 0):
                    self.wfile.write(b"x" if shape == "drip" else bytes(1_000_000))

        def log_message(self, *_: object) -> None:
            pass

    over = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    child = (
        "import resource, threading\n"
        "from newswatch.channels import ways\n"
        "from newswatch.model import Letter\n"
        "content = b'Subject: Gas\\r\\nMessage-ID: <1@x>\\r\\n\\r\\nA leak.\\r\\n'\n"
        "letter = Letter('1', 'newsdesk', 'channel:newsdesk', 'n@example.org', content)\n"
        f"send = ways(None, {{'newsdesk': 'json://127.0.0.1:{server.server_port}/x'}}, deadline=3.0)\n"
        "print(send(letter).code, threading.active_count())\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", child], capture_output=True, text=True, check=True, timeout=120
        )
    finally:
        over.set()
        server.shutdown()
        server.server_close()
    code, threads, kilobytes = map(int, done.stdout.split())
    assert (code, threads) == (450, 1)
    assert kilobytes < 450_000


def test_a_letter_whose_reader_has_no_channel_any_more_is_refused_for_good(hook: Hook) -> None:
    gone = replace(_any_letter(), address="channel:gone")
    sent = ways(no_mail, {"newsdesk": hook.address})(gone)
    assert (sent.code, sent.detail) == (550, "gone has no channel any more")


def test_the_operator_hears_of_a_channel_that_takes_nothing(tmp_path: Path, hook: Hook) -> None:
    with desk_with(tmp_path, "http://wire.example/1") as found:
        hook.answers = [500] * 9
        send = ways(no_mail, {"newsdesk": hook.address})
        now = NOW
        delivered(found, now, send)
        assert not [t for t in found.ledger.troubles.seen(now) if t.kind == "channel"]
        delivered(found, now + 20 * MINUTE, send)
        (trouble,) = [
            t for t in found.ledger.troubles.seen(now + 20 * MINUTE) if t.kind == "channel"
        ]
        assert (trouble.subject, trouble.since) == ("newsdesk", NOW)
        hook.answers = []
        assert delivered(found, now + 6 * HOUR, send) == (1, 0)
        assert not [t for t in found.ledger.troubles.seen(now + 6 * HOUR) if t.kind == "channel"]


# ── in what the channel takes ───────────────────────────────────────────────────────────────

PARAGRAPHS = st.lists(
    st.text(st.characters(categories=("L", "N", "P")), min_size=1), min_size=1, max_size=9
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PARAGRAPHS, st.integers(20, 80))
def test_shortened_fits_and_says_how_much_is_left_out(paragraphs: list[str], most: int) -> None:
    said = shortened("\n\n".join(paragraphs), most)
    assert len(said) <= most
    if len("\n\n".join(paragraphs)) <= most:
        assert said == "\n\n".join(paragraphs)
    elif "\n\n… and " in said:
        kept = said.split("\n\n")[:-1]
        assert kept == paragraphs[: len(kept)]
        assert said.endswith(f"… and {len(paragraphs) - len(kept)} more")
    else:
        assert said.endswith("…")


def test_a_long_digest_comes_in_whole_stories(tmp_path: Path) -> None:
    import apprise

    taken: list[tuple[str, str]] = []

    class Short(apprise.NotifyBase):
        service_name = "short"
        secure_protocol = "shortest"
        setup_url = ""
        body_maxlen = 400
        title_maxlen = 0

        def send(self, body: str, title: str = "", **_: Any) -> bool:
            taken.append((title, body))
            return True

        @staticmethod
        def parse_url(url: str) -> Any:
            return apprise.NotifyBase.parse_url(url, verify_host=False)

    apprise.plugins.N_MGR.add(Short, schemas="shortest")
    plan = DigestPlan("daily", ("newsdesk",), ("09:00",))
    with started(tmp_path, replace(GAS, tell=("daily",)), people=(CHAT,), plans=(plan,)) as found:
        shown = [entry(f"http://wire.example/{n}", f"Gas field {n}", f"About {'x' * n}.") for n in range(1, 9)]  # fmt: skip
        found.poll("wire", tuple(shown), NOW)
        assert delivered(
            found, NOW + HOUR, ways(no_mail, {"newsdesk": "shortest://x"}, hand_over=Channel.take)
        ) == (1, 0)
    ((title, body),) = taken
    assert title == ""
    assert len(body) <= 400
    *stories, more = body.split("\n\n")
    assert more == f"… and {8 - len(stories)} more"
    assert len(stories) > 1
    assert stories[0].splitlines()[0].startswith("daily, Tue 3 Mar: 8 stories")
    for story in stories:
        assert story.splitlines()[-1].startswith("http://wire.example/")


def test_a_brief_letter_goes_by_mail_too_and_is_one_line_a_line(tmp_path: Path) -> None:
    anna = Person("anna", "anna@example.org", format="brief")
    with started(tmp_path, replace(GAS, tell=("anna",)), people=(anna,), plans=()) as found:
        found.poll("wire", (entry("http://wire.example/1", "Gas " + "leak " * 30, PIPELINE),), NOW)
        taken: list[bytes] = []

        def send(letter: Letter) -> Sent:
            taken.append(letter.content)
            return Sent(letter.id, 250, "taken")

        delivered(found, NOW, send)
    message = read(taken[0])
    assert message.get_content_type() == "text/plain"
    assert text_of(message).startswith("Gas leak leak")
    assert len(message.get_content().splitlines()[0]) > 140


def test_a_channels_letter_names_its_reader_and_no_mailbox(tmp_path: Path, hook: Hook) -> None:
    with desk_with(tmp_path, "http://wire.example/1") as found:
        delivered(found, NOW, ways(no_mail, {"newsdesk": hook.address}))
        archive = open_archive(found.address)
        try:
            (letter,) = archive.letters()
            _, content = archive.letter(letter["id"])
        finally:
            archive.close()
    assert "To: newsdesk:;" in content.decode()
    assert hook.address not in content.decode()
    assert digest.message_id(letter["id"], "newswatch@example.org") in content.decode()


# ── from the command line ───────────────────────────────────────────────────────────────────


def configure(home: Path, address: str, mode: int = 0o600) -> Path:
    config = home / "config"
    config.mkdir(exist_ok=True)
    secret = home / "newsdesk"
    secret.write_text(address)
    secret.chmod(mode)
    (config / "newswatch.yaml").write_text("store: sqlite:w.db\nmail: {sender: n@example.org}\n")
    (config / "digests.yaml").write_text(f"people: {{newsdesk: {{channel_file: {secret}}}}}\n")
    (config / "rules.yaml").write_text("rules: [{name: gas, query: gas, tell: [newsdesk]}]\n")
    (home / "feeds.yaml").write_text("feeds: []\n")
    return secret


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_mail_test_by_a_readers_name_asks_the_channel(
    home: Path, hook: Hook, capfd: pytest.CaptureFixture[str]
) -> None:
    configure(home, hook.address)
    assert code_of(["mail", "test", "newsdesk"]) == 0
    assert "the channel of newsdesk took it" in capfd.readouterr().out
    assert "This letter is a test" in hook.got[0][1]["message"]
    hook.answers = [500]
    assert code_of(["mail", "test", "newsdesk"]) == 3
    said = capfd.readouterr().err
    assert "the channel of newsdesk did not take it" in said
    assert "s3cret" not in said
    assert code_of(["mail", "test", "newsdsk"]) == 2
    assert "did you mean" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("address", "mode", "said"),
    [("nothing://at all", 0o600, "the channel of newsdesk is no address that Apprise knows"),
     ("", 0o600, "the channel of newsdesk is no address that Apprise knows"),
     ("json://127.0.0.1/hook", 0o644, "others may read it: chmod 600")],
)  # fmt: skip
def test_a_channel_that_cannot_be_used_is_said_before_anything_is_sent(
    home: Path, capfd: pytest.CaptureFixture[str], address: str, mode: int, said: str
) -> None:
    configure(home, address, mode)
    for words in (["once"], ["mail", "test", "newsdesk"]):
        assert code_of(words) == 2
        assert said in capfd.readouterr().err
    assert code_of(["doctor"]) == 1
    assert said in capfd.readouterr().out


def test_a_missing_file_and_a_missing_extra_say_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], hook: Hook
) -> None:
    secret = configure(home, hook.address)
    assert code_of(["doctor"]) == 0
    assert "1 channel, of services that are known" in capfd.readouterr().out
    monkeypatch.setattr(channels, "find_spec", lambda _name: None)
    assert code_of(["once"]) == 2
    assert "pip install 'newswatch[notify]'" in capfd.readouterr().err
    monkeypatch.undo()
    monkeypatch.chdir(home)
    secret.unlink()
    assert code_of(["once"]) == 2
    assert "the channel of newsdesk cannot be read" in capfd.readouterr().err


def test_no_channel_asks_for_no_extra() -> None:
    assert ways(no_mail, {}) is no_mail
    with pytest.raises(ChannelError, match="no address"):
        ways(no_mail, {"newsdesk": "mailbox"})


def test_a_letter_told_but_not_marked_comes_again_under_its_own_name(
    home: Path, hook: Hook
) -> None:
    """Killed between the channel's answer and our mark: the next run tells again, with the same Message-ID."""
    configure(home, hook.address)
    with desk_with(home, "http://wire.example/1"):
        pass
    (home / "test.db").replace(home / "w.db")
    child = (
        "import os, signal\n"
        "from newswatch.store import outbox\n"
        "from newswatch.cli import main\n"
        "def killed(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
        "outbox.SqliteOutbox.sent = killed\n"
        "import sys; sys.argv = ['newswatch', 'once']\n"
        "main()\n"
    )
    found = subprocess.run([sys.executable, "-c", child], cwd=home, check=False, timeout=120)
    assert found.returncode == -signal.SIGKILL
    assert code_of(["once"]) == 0
    names = [name for name, _ in hook.got]
    assert len(names) == 2
    assert len(set(names)) == 1
    with closing(open_ledger("sqlite:w.db")) as ledger:
        assert not ledger.outbox.unsent(NOW + 1000 * HOUR)
