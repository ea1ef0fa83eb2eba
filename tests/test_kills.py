"""A real daemon killed at random while news come in and letters go out: nothing lost, none twice unseen.

Five kills in each run before a mail server of ours; two hundred in `make faults`, before Postfix where there is one.
"""

from __future__ import annotations

import contextlib
import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.utils import format_datetime
from functools import cache
from pathlib import Path

import pytest

import post_office
from archive_of import report
from faulting import compiled
from newswatch.daemon import RealClock
from newswatch.demo.wires import PostBox
from newswatch.model import StoreError
from newswatch.store import open_archive
from newswatch.store.sqlite import open_reader
from orphans import orphans
from patient import LONG
from scripted_server import Asked, reply, serving
from test_daemon import log, running, until

SHOWN = 600  # in its window
READERS = ("anna", "boris")
told = cache(report)


class Wires:
    """Two wires that show so many *more* at each poll, until they are *halted*; *wire* gives whole texts, *paper* has pages.
    *shown* is how many entries each has shown.
    """

    def __init__(self, more: int) -> None:
        self._more = more
        self._began_at = RealClock().now()
        self.shown = Counter[str]()
        self.halted = False

    def __call__(self, asked: Asked) -> bytes:
        feed, _, slug = asked.path.strip("/").partition("/")
        if feed not in {"wire", "paper"}:
            return reply(status=404)
        if slug:
            text = f"<p>Of a leak. {told(10_000 + int(slug))}</p>"
            page = (
                f"<html lang='en'><head><title>{feed} {slug}</title></head><body><main><article>"
                f"<h1>{feed} {slug}</h1>{text}</article></main></body></html>"
            )
            return reply(page.encode(), Content_Type="text/html")
        host = asked.headers["host"].decode()
        return reply(self._rss(feed, host), Content_Type="application/rss+xml")

    def _rss(self, feed: str, host: str) -> bytes:
        self.shown[feed] += 0 if self.halted else self._more
        newest = self.shown[feed]
        items = "".join(
            f"<item><title>{feed} {n}</title><link>http://{host}/{feed}/{n}</link>"
            f"<guid>http://{host}/{feed}/{n}</guid>"
            f"<pubDate>{format_datetime(self._began_at)}</pubDate>{self._said(feed, n)}</item>"
            for n in range(newest - 1, max(-1, newest - SHOWN - 1), -1)
        )
        return (
            "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'"
            " xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
            f"<title>{feed}</title><link>http://{host}/</link>{items}</channel></rss>"
        ).encode()

    def _said(self, feed: str, number: int) -> str:
        if feed == "paper":
            return "<description>A lead.</description>"
        return f"<content:encoded><![CDATA[<p>Of a leak. {told(number)}</p>]]></content:encoded>"


def configured(home: Path, site: str, smtp: str) -> str:
    """The address of the store that a configuration in *home* names, which watches *site*."""
    (home / "config").mkdir()
    (home / "config" / "newswatch.yaml").write_text(
        "store: sqlite:var/w.db\n"
        "crawl: {allow_networks: [127.0.0.0/8], spacing: 0, min_interval: 1, max_interval: 1}\n"
        f"mail: {{server: '{smtp}', sender: newswatch@example.org}}\n"
    )
    (home / "config" / "rules.yaml").write_text(
        f"rules: [{{name: leak, query: leak, tell: [{', '.join(READERS)}]}}]\n"
    )
    people = {name: {"address": f"{name}@example.org", "hourly": 10_000} for name in READERS}
    (home / "config" / "digests.yaml").write_text(json.dumps({"people": people}))
    feeds = [
        {"name": "wire", "url": f"{site}wire", "pages": "feed-only", "alert_backlog": True},
        {"name": "paper", "url": f"{site}paper", "alert_backlog": True},
    ]
    (home / "feeds.yaml").write_text(json.dumps({"feeds": feeds}))
    return f"sqlite:{home / 'var' / 'w.db'}"


@contextlib.contextmanager
def mail_server(folder: Path, *, real: bool) -> Iterator[tuple[str, Callable[[], list[bytes]]]]:
    """A mail server's address, and what gives the letters it took."""
    if real and not post_office.missing():
        with post_office.opened() as office:

            def read() -> list[bytes]:
                office.settle(300)
                return [letter[letter.index(b"Subject:") :] for letter in office.read()]

            yield office.smtp, read
        return
    with PostBox(folder) as box:
        yield box.address, lambda: [file.read_bytes() for file in folder.glob("*.eml")]


def message_id(letter: bytes) -> str:
    return str(message_from_bytes(letter, policy=policy.default)["Message-ID"])


@pytest.mark.parametrize(
    ("kills", "more", "real"),
    [
        pytest.param(5, 6, False, marks=[pytest.mark.acceptance, pytest.mark.timeout(300)]),
        pytest.param(200, 5, True, marks=[*LONG, pytest.mark.timeout(3600)]),
    ],
)
def test_a_daemon_killed_at_random_loses_nothing(
    tmp_path: Path, kills: int, more: int, real: bool
) -> None:
    chance = random.Random(kills)
    wires = Wires(more)
    with serving(wires) as server, mail_server(tmp_path / "box", real=real) as (smtp, letters):
        store = configured(tmp_path, server.url(), smtp)
        for _ in range(kills):
            begun = chance.choice(['"watching"', '"letter"', '"letter"'])
            with running(tmp_path) as child:
                until(lambda: begun in log(tmp_path), tmp_path)  # noqa: B023 - asked at once
                time.sleep(chance.expovariate(5))
                child.kill()
                assert child.wait(10) == -signal.SIGKILL, log(tmp_path)
        wires.halted = True
        owed = len(READERS) * wires.shown.total()
        with running(tmp_path) as child:
            # All may have been sent before it was up: a signal then is no word to a daemon.
            until(lambda: '"watching"' in log(tmp_path), tmp_path)
            until(lambda: sent(store) == owed, tmp_path, 60 + 5 * kills)
            child.send_signal(signal.SIGTERM)
            assert child.wait(20) == 0, log(tmp_path)
        assert orphans(Path(store.removeprefix("sqlite:"))) == []
        archive = open_archive(store)
        articles = Counter(article["title"] for article in archive.export("articles"))
        archive.close()
        assert set(articles) == {
            f"{f} {n}" for f in ("wire", "paper") for n in range(wires.shown[f])
        }
        assert set(articles.values()) == {1}
        with contextlib.closing(open_reader(Path(store.removeprefix("sqlite:")))) as connection:
            sealed = [row[0] for row in connection.execute("SELECT content FROM letter")]
        arrived = letters()
    by_id: dict[str, set[bytes]] = {}
    for letter in arrived:
        by_id.setdefault(message_id(letter), set()).add(letter)
    assert len(by_id) == owed > 5 * kills
    assert {message_id(content) for content in sealed} == set(by_id)
    assert all(len(bytes_) == 1 for bytes_ in by_id.values()), "the same letter, byte for byte"
    repeats = len(arrived) - len(by_id)
    print(f"{kills} kills, {len(by_id)} letters, {repeats} twice")  # noqa: T201 - for measurements.md
    assert repeats <= kills


@pytest.mark.parametrize("more", [pytest.param(3, marks=[*LONG, pytest.mark.timeout(600)])])
def test_a_daemon_whose_clock_is_set_under_it_polls_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    """The machine's own clock, and the real scheduler's: each step is seen within half a minute."""
    library = compiled(tmp_path, "clock")
    if library is None:
        pytest.skip("the clock is set by a library, which needs a C compiler and glibc")
    clock = tmp_path / "clock"
    clock.write_bytes(bytes(8))
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("CLOCK", str(clock))
    wires = Wires(more)
    hour, day = 3600, 86400
    with (
        serving(wires) as server,
        mail_server(tmp_path / "box", real=False) as (smtp, letters),
    ):
        store = configured(tmp_path, server.url(), smtp)
        with running(tmp_path) as child:
            until(lambda: sent(store), tmp_path)
            for ahead in (-hour, 0, -day, hour, day, 0):
                with clock.open("r+b") as file:  # in place: it is mapped
                    file.write(ahead.to_bytes(8, sys.byteorder, signed=True))
                polls = wires.shown.total()
                until(lambda polls=polls: wires.shown.total() >= polls + 12, tmp_path)
            wires.halted = True
            owed = len(READERS) * wires.shown.total()
            until(lambda: sent(store) == owed, tmp_path)
            child.send_signal(signal.SIGTERM)
            assert child.wait(20) == 0, log(tmp_path)
        arrived = [message_id(letter) for letter in letters()]
    assert "set back" in log(tmp_path) or "behind the store's last time" in log(tmp_path)
    assert len(arrived) == len(set(arrived)) == owed
    assert orphans(Path(store.removeprefix("sqlite:"))) == []


def sent(store: str) -> int:
    """How many letters were sent; 0 while nobody can say."""
    try:
        connection = open_reader(Path(store.removeprefix("sqlite:")))
    except StoreError:
        return 0
    with contextlib.closing(connection):
        ask = "SELECT count(*) FROM letter WHERE state = 'sent'"
        return int(connection.execute(ask).fetchone()[0])
