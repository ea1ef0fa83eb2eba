"""The site: each page's address, and Datasette as what routes to it and lays it out.

Rule: each page is made in a thread of its own few, over a reading connection that is closed behind it. What Datasette
shows of itself cannot be reached; its tables are those of a copy that somebody named, opened as one that nobody
changes.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote, unquote

from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm
from datasette.utils.asgi import Response

from newswatch.digest.pieces import cut, language, plain_headline
from newswatch.kept import Kept
from newswatch.model import StoreError
from newswatch.store import Archive, NotFound, open_archive
from newswatch.text import safe_line
from newswatch.web import pages, shown
from newswatch.web.guard import App, guarded
from newswatch.web.pages import Asked, Page, Row, Wrong
from newswatch.web.patience import Patience
from newswatch.wording import counted, when

THREADS = 4  # that make pages
TABLES = "/copy"  # where Datasette's own pages of a copy stand
STATIC = "/-/static-plugins/newswatch.web"
ID = r"(?P<named>[0-9a-f]{4,64})"
NAME = r"(?P<named>[^/]{1,1000})"
PAGES: tuple[tuple[str, Callable[[Asked], Page]], ...] = (
    (r"/$", pages.stories),
    (rf"/story/{ID}$", pages.story),
    (rf"/article/{ID}$", pages.article),
    (r"/search$", pages.search),
    (r"/rules$", pages.rules),
    (rf"/rule/{NAME}$", pages.rule),
    (r"/feeds$", pages.feeds),
    (rf"/feed/{NAME}$", pages.feed),
)
SETTINGS = {
    "allow_download": False,
    "allow_csv_stream": False,
    "suggest_facets": False,
    "num_sql_threads": 2,
    "default_cache_ttl": 0,
}


class Site:
    """The pages of the store at *address*, with Datasette's own of a *copy* where one is named. *names* may stand in
    Host beside localhost and addresses. As Datasette knows one set of plugins a process, there is one site a process.
    """

    __name__ = "newswatch.web"  # whose templates and static files Datasette serves

    def __init__(self, address: str, names: tuple[str, ...] = (), copy: Path | None = None) -> None:
        self._address = address
        self._copy = copy
        self._ending = Event()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="page")
        self._feeds = Kept(lambda: self._looked_up(lambda archive: archive.feeds()))
        self._rules = Kept(lambda: self._looked_up(lambda archive: archive.rules()))
        pm.register(self, self.__name__)
        self.datasette = Datasette([], settings=SETTINGS)
        self.datasette.remove_database("_memory")
        if copy is not None:
            tables = Database(self.datasette, str(copy), is_mutable=False)
            self.datasette.add_database(tables, name=TABLES.strip("/"))
        self.app: App = guarded(self.datasette.app(), names, TABLES if copy else "")

    def end(self) -> None:
        """Make no more pages; a search under way is ended."""
        self._ending.set()
        self._threads.shutdown(cancel_futures=True)
        pm.unregister(self)

    # ── what Datasette asks of a plugin ─────────────────────────────────────────────────────

    def _routes(self) -> list[tuple[str, Callable[..., Any]]]:
        found = [(regex, self._view(page)) for regex, page in PAGES]
        datasettes = rf"|{TABLES[1:]}(?:[/.]|$)|-/static/|favicon\.ico$" if self._copy else ""
        nothing = rf"/(?!{re.escape(STATIC[1:])}/{datasettes}).*$"
        return [*found, (nothing, self._view(_nothing))]

    def _prepare(self, env: Any) -> None:
        env.filters |= {
            "when": when, "iso": _iso, "plain": safe_line, "cut": cut, "counted": counted,
            "link": shown.link, "language": language, "whose": shown.whose,
            "headline": plain_headline, "timed": shown.timed, "span": shown.span, "part": lambda name: quote(name, safe=""),
        }  # fmt: skip
        env.globals |= {
            "static": STATIC,
            "tables": TABLES if self._copy else "",
            "most": pages.PAGES,
        }

    register_routes = hookimpl(_routes)
    prepare_jinja2_environment = hookimpl(_prepare)

    # ── a page ──────────────────────────────────────────────────────────────────────────────

    def _view(self, page: Callable[[Asked], Page]) -> Callable[..., Any]:
        async def view(request: Any, datasette: Any) -> Any:
            query = {name: request.args[name] for name in request.args}
            named = unquote(request.url_vars.get("named", ""))
            loop = asyncio.get_running_loop()
            made = await loop.run_in_executor(self._threads, self._made, page, named, query)
            values = {"ask": "", **made.values}
            body = await datasette.render_template(
                f"newswatch/{made.template}.html", values, request
            )
            return Response.html(body, status=made.status)

        return view

    def _made(self, page: Callable[[Asked], Page], named: str, query: dict[str, str]) -> Page:
        try:
            with closing(open_archive(self._address)) as archive:
                patience = Patience(self._ending)
                made = page(
                    Asked(archive, self._feeds.get, self._rules.get, patience, named, query)
                )
                return replace(made, values={**made.values, "absent": archive.absent()})
        except Wrong as wrong:
            return _wrong(wrong.status, str(wrong))
        except NotFound as wrong:
            return _wrong(404, str(wrong))
        except StoreError as wrong:
            return _wrong(503, str(wrong))
        except Exception:
            logging.getLogger(__name__).exception("a mistake of ours, answered with 500")
            return _wrong(
                500, "a mistake of ours: what was printed where newswatch runs says which"
            )

    def _looked_up(self, look: Callable[[Archive], tuple[Row, ...]]) -> tuple[Row, ...]:
        with closing(open_archive(self._address)) as archive:
            return look(archive)


def _nothing(_asked: Asked) -> Page:
    raise Wrong(404, "there is no such page")


def _wrong(status: int, said: str) -> Page:
    titles = {400: "That cannot be asked", 404: "Not found", 503: "The store cannot be read"}
    title = titles.get(status, "Something went wrong")
    return Page("wrong", {"title": title, "said": said}, status)


def _iso(moment: datetime | str) -> str:
    """A time for a machine: UTC, to the second."""
    value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
