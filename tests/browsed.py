"""A made-up archive, `newswatch web` on it as a process of its own, and a browser that asks nobody else.

Rule: a real server, a real Chromium; each address that the browser asks for and each complaint of its console is kept.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from archive_of import HOUR, MARKET, MINUTE, NOW, PIPELINE, Desk, content_id_of, entry, report
from newswatch import ingest
from newswatch.model import Failure, Feed, Outcome, Rule

if not os.environ.get("NEWSWATCH_REQUIRE_SHARED"):  # CI installs it: there its absence is a failure
    pytest.importorskip("datasette", reason="the extra web is not installed")

PATIENCE = 30.0
EVIL = "</title><script>alert(1)</script>"
HOSTILE = (
    EVIL,
    '"><img src=x onerror=alert(1)>',
    "\u202egnp.exe\u202c \u2066turned\u2069 \u200fround",
    "nothing \x00 in the middle",
    "endless " * 1250,
    "unbroken" * 1250,
    "{{ 7 * 7 }} {% raw %}",
    "z" + "\u0335\u0336" * 200,
)
FEEDS = (
    Feed("wire", "http://wire.example/rss", "Northgate Wire", "en", ("energy",), pages="feed-only"),
    Feed("paper", "http://paper.example/rss", "Daybreak Portal", "en", pages="feed-only"),
    Feed("portal", "http://portal.example/rss", "Harbour Press", "en", pages="feed-only"),
    Feed("evil", "http://evil.example/rss", "<b>Evil</b> & Sons", "en", pages="feed-only"),
    Feed("silent", "http://silent.example/rss", "Silent", "en"),
)
RULES = (
    Rule("gas", '"gas pipeline" OR terminal', ("anna",), "urgent"),
    Rule("freight", "freight -sport", ("desk",), feeds=("wire",)),
    Rule("nothing at all", "zeppelin", ()),
)
CORRECTED = PIPELINE.replace("48 million", "38 million").replace("a third", "a quarter")


def grown(folder: Path, *, hostile: bool = True) -> Desk:
    """A store with three newsrooms on one event, a text that was changed twice, a feed that fails and one that is evil."""
    desk = Desk(folder, feeds=FEEDS, in_force=RULES)
    first = tuple(
        entry(f"http://wire.example/old{n}", f"Old report {n}", report(n)) for n in range(30)
    )
    desk.poll("wire", first, NOW - 30 * HOUR)
    for name in ("paper", "portal", "evil"):
        desk.poll(name, (entry(f"http://{name}.example/first", f"About {name}", report(900 + len(name))),), NOW - 30 * HOUR)  # fmt: skip
    title = "Leak shuts Karvia terminal, halting gas pipeline to three countries"
    leak = "http://wire.example/leak"
    market = entry("http://wire.example/market", "Grain freight rises for a ninth day", MARKET)
    desk.poll("wire", (entry(leak, title, PIPELINE), market, *first), NOW)
    for n, (name, said) in enumerate((("paper", PIPELINE), ("portal", f"Karvia. {PIPELINE}")), 1):
        shown = entry(f"http://{name}.example/leak", f"Karvia terminal shut by a leak {n}", said)
        desk.poll(name, (shown,), NOW + 20 * n * MINUTE)
    for n, said in enumerate((CORRECTED, f"{CORRECTED}\nThe repair may last until Friday, the company said."), 1):  # fmt: skip
        desk.poll("wire", (entry(leak, f"{title}, for days", said), market, *first), NOW + n * HOUR)
    if hostile:
        shown = tuple(
            entry(f"http://evil.example/{n}", title, f"{title}\n{report(500 + n)}\nlast {title}")
            for n, title in enumerate(HOSTILE)
        )
        desk.poll("evil", (*shown, entry("javascript:alert(1)", "A script for an address", report(700))), NOW + 3 * HOUR)  # fmt: skip
    for hour in range(2):
        gone = desk.claim(content_id_of(desk, "silent"), NOW + hour * HOUR)
        failure = Failure("status", "HTTP 500 <i>broken</i>", 500)
        ingest.settle(Outcome(gone, 500, failure=failure), desk.ledger, desk.standing, NOW + hour * HOUR)  # fmt: skip
    return desk


@dataclass
class Served:
    """A running `newswatch web`."""

    child: subprocess.Popen[str]
    address: str

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 0

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit code and what it complained of."""
        self.child.send_signal(number)
        _, err = self.child.communicate(timeout=PATIENCE)
        return self.child.returncode, err

    def asked(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers


@contextlib.contextmanager
def serving(store: str, *arguments: str) -> Iterator[Served]:
    """`newswatch web` on a free port, until the block ends."""
    child = subprocess.Popen(
        [sys.executable, "-m", "newswatch", "--store", store, "web", "--port", "0", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        line = child.stdout.readline().strip()
        assert line.startswith("http://"), child.communicate(timeout=PATIENCE)
        yield Served(child, line)
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        for pipe in (child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()


# ── the browser ─────────────────────────────────────────────────────────────────────────────


def browser_there() -> str:
    """Where Chromium is; the test is skipped where there is none."""
    found = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if found is None:
        if os.environ.get("NEWSWATCH_REQUIRE_BROWSER"):
            pytest.fail("no Chromium is installed")
        pytest.skip("no Chromium is installed")
    return found


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """A browser of Playwright's; beside no loop of another's."""
    where = browser_there()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=where, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Seen:
    """What a page asked for and complained of."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, address: str) -> Any:
        return self.page.goto(address, wait_until="load", timeout=PATIENCE * 1000)


@contextlib.contextmanager
def reading(browser: Any, *, width: int = 1280, dark: bool = False, zone: str = "Europe/Berlin") -> Iterator[Seen]:  # fmt: skip
    """A reader with a screen so wide, who likes it *dark* or light; a dialog or an error is a complaint."""
    context = browser.new_context(
        viewport={"width": width, "height": 900 if width > 640 else 844},
        color_scheme="dark" if dark else "light",
        timezone_id=zone,
        has_touch=width <= 640,
    )
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    seen = Seen(page)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda said: seen.complaints.append(said.text) if said.type in ("error", "warning") else None)  # fmt: skip
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (seen.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))  # fmt: skip
    try:
        yield seen
    finally:
        context.close()
