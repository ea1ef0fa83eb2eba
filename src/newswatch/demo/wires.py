"""The demo's other side: its agencies' web server and a mail server that keeps what it takes.

Rule: both listen on loopback only; what the web server shows depends on the time it is given.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, parsedate_to_datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Any, Self

from aiohttp import web
from aiosmtpd.controller import Controller

from newswatch.model import Feed, content_id

DAY_ONE = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
WINDOW = 25  # entries a feed shows at once
# Fixed addresses make fixed ids; the next port is tried when one is taken, and the ids are others
# then, as an article's id is its address: whoever plays says so.
HOST = "127.0.0.1"
PORTS = range(18273, 18283)


@dataclass(frozen=True)
class Showing:
    """One text of one made-up article, and from when it is shown."""

    at: datetime
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Piece:
    """One made-up article: where it is, and what it said when."""

    feed: str
    slug: str
    showings: tuple[Showing, ...]

    def at(self, now: datetime) -> Showing | None:
        """What it says at *now*; None before its time."""
        said = [showing for showing in self.showings if showing.at <= now]
        return said[-1] if said else None


def _moment(text: str) -> datetime:
    day, _, clock = text.partition(" ")
    hour, _, minute = clock.partition(":")
    midnight = DAY_ONE.replace(hour=0) + timedelta(days=int(day) - 1)
    return midnight + timedelta(hours=int(hour), minutes=int(minute))


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.strip().splitlines() if line)


def read_pieces(data: dict[str, Any]) -> tuple[Piece, ...]:
    """The articles of wires.toml, each with all that it says over the two days."""
    pieces = []
    for value in data["article"]:
        showings = [Showing(_moment(value["at"]), value["title"], _paragraphs(value["text"]))]
        for change in value.get("change", ()):
            last = showings[-1]
            text = _paragraphs(change["text"]) if "text" in change else last.paragraphs
            showings.append(Showing(_moment(change["at"]), change.get("title", last.title), text))
        pieces.append(Piece(value["feed"], value["slug"], tuple(showings)))
    return tuple(pieces)


@dataclass
class Wires:
    """The agencies' web server: feeds as RSS, articles as pages, one feed broken for a while."""

    now: Callable[[], datetime]
    feeds: tuple[Feed, ...] = ()
    port: int = 0
    refused: int = 0
    _pieces: tuple[Piece, ...] = ()
    _whole_texts: frozenset[str] = frozenset()
    _broken: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    _origin: str = ""

    def load(self, origin: str) -> None:
        """Read the made-up wires; *origin* is the server's address."""
        data = tomllib.loads(files(__package__).joinpath("wires.toml").read_text("utf-8"))
        self._origin = origin
        self._pieces = read_pieces(data)
        self._whole_texts = frozenset(v["name"] for v in data["feed"] if v.get("whole_texts"))
        feeds = []
        for value in data["feed"]:
            if "broken" in value:
                start, end = value["broken"]
                self._broken[value["name"]] = (_moment(start), _moment(end))
            feeds.append(
                Feed(
                    name=value["name"],
                    url=f"{origin}/{value['name']}/rss.xml",
                    newsroom=value["newsroom"],
                    lang=value["lang"],
                    tags=tuple(value["tags"]),
                    pages=value["pages"],
                    min_interval=60,
                    max_interval=1500,
                    alert_backlog=True,
                )
            )
        self.feeds = tuple(feeds)

    def shown(self) -> tuple[str, ...]:
        """The addresses of every article shown by now."""
        now = self.now()
        return tuple(self._address(p) for p in self._pieces if p.at(now) is not None)

    def application(self) -> web.Application:
        """The server's routes."""
        app = web.Application()
        app.router.add_get("/robots.txt", self._robots)
        app.router.add_get("/{feed}/rss.xml", self._feed)
        app.router.add_get("/{feed}/{slug}.html", self._page)
        return app

    async def _robots(self, _request: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nAllow: /\n")

    async def _feed(self, request: web.Request) -> web.Response:
        name = request.match_info["feed"]
        now = self.now()
        if name in self._broken and self._broken[name][0] <= now < self._broken[name][1]:
            self.refused += 1
            return web.Response(status=503, text="back soon")
        feed = next((feed for feed in self.feeds if feed.name == name), None)
        if feed is None:
            return web.Response(status=404)
        shown = [
            (piece, showing)
            for piece in self._pieces
            if piece.feed == name and (showing := piece.at(now)) is not None
        ]
        shown.sort(key=lambda pair: pair[0].showings[0].at, reverse=True)
        body = self._rss(feed, shown[:WINDOW]).encode()
        tag = f'"{content_id(body.decode())}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(body=body, content_type="application/rss+xml", headers={"ETag": tag})

    def _rss(self, feed: Feed, shown: list[tuple[Piece, Showing]]) -> str:
        items = []
        for piece, showing in shown:
            first = piece.showings[0].at
            whole = "".join(f"<p>{escape(p)}</p>" for p in showing.paragraphs)
            text = (
                f"<content:encoded><![CDATA[{whole}]]></content:encoded>"
                if feed.name in self._whole_texts
                else f"<description>{escape(showing.paragraphs[0])}</description>"
            )
            items.append(
                f"<item><title>{escape(showing.title)}</title>"
                f"<link>{self._address(piece)}</link>"
                f"<guid isPermaLink='false'>{piece.feed}-{piece.slug}</guid>"
                f"<pubDate>{format_datetime(first)}</pubDate>{text}</item>"
            )
        return (
            "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'"
            " xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
            f"<title>{escape(feed.newsroom)}</title><link>{self._origin}/{feed.name}/</link>"
            f"<description>made up</description>{''.join(items)}</channel></rss>"
        )

    def _address(self, piece: Piece) -> str:
        return f"{self._origin}/{piece.feed}/{piece.slug}.html"

    async def _page(self, request: web.Request) -> web.Response:
        wanted = (request.match_info["feed"], request.match_info["slug"])
        piece = next((p for p in self._pieces if (p.feed, p.slug) == wanted), None)
        showing = piece.at(self.now()) if piece else None
        if piece is None or showing is None:
            return web.Response(status=404)
        newsroom = next(feed.newsroom for feed in self.feeds if feed.name == piece.feed)
        body = "".join(f"<p>{escape(p)}</p>" for p in showing.paragraphs)
        first = piece.showings[0].at.isoformat()
        return web.Response(
            text=(
                f"<!doctype html><html lang='en'><head><title>{escape(showing.title)} | "
                f"{escape(newsroom)}</title><meta property='article:published_time'"
                f" content='{first}'></head><body><nav><a href='/'>Home</a> <a href='/a'>World</a>"
                f"</nav><main><article><h1>{escape(showing.title)}</h1>{body}</article></main>"
                "<footer>Made up for a demo. <a href='/terms'>Terms</a></footer></body></html>"
            ),
            content_type="text/html",
        )


@contextlib.contextmanager
def open_wires(now: Callable[[], datetime], host: str = HOST) -> Iterator[Wires]:
    """The agencies' server, running on the loopback address *host* in a thread of its own until
    the block ends. Who needs the same ids each time beside others takes a *host* of its own.
    """
    wires = Wires(now)
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="wires", daemon=True)
    thread.start()

    def wait(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(20)

    async def start() -> tuple[web.AppRunner, int]:
        runner = web.AppRunner(wires.application(), access_log=None)
        await runner.setup()
        for port in PORTS:
            try:
                await web.TCPSite(runner, host, port).start()
            except OSError:
                continue
            return runner, port
        await runner.cleanup()
        raise OSError(f"no free port on {host} from {PORTS[0]} to {PORTS[-1]}")

    try:
        runner, port = wait(start())
        wires.port = port
        wires.load(f"http://{host}:{port}")
        try:
            yield wires
        finally:
            wait(runner.cleanup())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass(frozen=True)
class TakenLetter:
    """One letter as its reader has it, and the name of the file it lies in."""

    sent: datetime
    subject: str
    text: str
    html: str
    file: str = ""


class PostBox:
    """A mail server on loopback that writes each letter it takes to a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._controller: Any = None
        self.taken = 0

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True)
        # aiosmtpd tries the port it was given, so a free one is looked for first.
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
        self._controller = Controller(self, hostname=HOST, port=port, ready_timeout=20)
        self._controller.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._controller.stop()

    @property
    def address(self) -> str:
        """Where it listens, as the configuration says it."""
        return f"smtp://{HOST}:{self._controller.port}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one letter."""
        self.taken += 1
        (self._folder / f"{self.taken:03d}.eml").write_bytes(envelope.content)
        return "250 taken"

    def letters(self) -> tuple[TakenLetter, ...]:
        """The letters taken, the newest first."""
        files = sorted(self._folder.glob("*.eml"), reverse=True)
        return tuple(replace(read_letter(file.read_bytes()), file=file.name) for file in files)


def read_letter(content: bytes) -> TakenLetter:
    """A letter's bytes as its reader has them."""
    message: EmailMessage = BytesParser(policy=policy.default).parsebytes(content)

    def part(kind: str) -> str:
        body = message.get_body((kind,))
        return str(body.get_content()) if body is not None else ""

    return TakenLetter(
        sent=parsedate_to_datetime(str(message["Date"])),
        subject=" ".join(str(message["Subject"]).split()),
        text=part("plain"),
        html=part("html"),
    )
