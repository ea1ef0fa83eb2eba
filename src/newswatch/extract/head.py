"""What a page says of itself: JSON-LD, meta, Open Graph, microdata, `<time>`.

Rule: pure; of several places that say a thing, the most exact is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from newswatch import moment, newsrooms
from newswatch import text as words
from newswatch.address import host, is_web, join, of_one_site, origin
from newswatch.extract import authors, clocks, paid, titles
from newswatch.extract.bounds import TITLE
from newswatch.extract.graph import Graph, line, string
from newswatch.extract.microdata import Microdata, is_of_the_page
from newswatch.model import EARLIEST

AUTHOR = 200  # characters of a name that a meta tag gives
# Names of meta tags by their letters alone: `publish-date`, `publish_date` and `PublishDate` are one.
_TIMES = (
    "articlepublishedtime", "datepublished", "ogarticlepublishedtime", "pubdate", "publishdate", "publicationdate",
    "date", "dcdateissued", "dcdate", "dctermscreated", "sailthrudate", "parselypubdate", "cxenseparserecspublishtime",
    "articlepublished", "ogpubdate", "publishedtime", "mediatorpublishedtime", "ogpublishedtime", "ogdatepublished",
    "articlepublisheddate", "published", "publisheddate", "publishedat", "originalpublicationdate", "articledateoriginal",
    "rnewsdatepublished", "btpubdate", "cxenseparsepublishtime", "cxenseparserecspublishedtime", "prismpublicationdate",
    "contentpublishdate", "citationpublicationdate", "citationdate", "dctermsissued", "dctermsdate", "dcdatecreated",
    "articlecreated", "datecreated", "pdate",
)  # fmt: skip
_AUTHORS = (
    "author", "sailthruauthor", "parselyauthor", "articleauthor", "dccreator", "dctermscreator", "byl", "ogarticleauthor",
    "mediatorauthor", "articleauthorname", "ogauthor", "btauthor", "cxenseparseauthor", "articlebyline", "byline",
    "citationauthor",
)  # fmt: skip
_TIERS = ("article:content_tier", "og:article:content_tier")
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
SEVERAL = 20  # values of one name that are kept
BYLINES, HEADING = 20, 1_000  # elements looked at, characters of one
_OF_ITSELF = frozenset({"canonical", "amphtml"})
_STYLED = " or ".join(
    f"contains(@class, '{name}')" for name in ("byline", "author", "autor", "Author")
)
_BYLINES = f"//body//*[({_STYLED}) and not(ancestor::aside or ancestor::footer or ancestor::nav)]"
_ZONED = re.compile(r"(?:[+-]\d\d:?\d\d|Z|GMT|UTC|[A-Z]{3,4})\s*$")
_CLOCKED = re.compile(r"\d[:.h]\d\d")


@dataclass(frozen=True, slots=True)
class Said:
    """A time and where it was said; whether with a clock, whether with a zone."""

    at: datetime
    place: str
    clocked: bool
    zoned: bool


class Head:
    """What the page of *tree*, read at *url*, says of itself."""

    def __init__(self, tree: Any, url: str) -> None:
        self._tree = tree
        self._url = url
        self._meta = self._read_meta()
        self.graph = Graph(tree, (url, self.canonical()))
        self.lang = str(tree.get("lang") or "").lower()
        self.free = not (any(map(paid.is_paid, self.graph.articles)) or self._is_locked())
        bodies = (string(node.get("articleBody")) for node in self.graph.articles)
        self.body = next((body for body in bodies if body), "")

    def _read_meta(self) -> dict[str, list[str]]:
        """What meta tags say by the letters of their names; what is marked of an item is `microdata`'s."""
        found: dict[str, list[str]] = {}
        for element in self._tree.iter("meta"):
            name = element.get("property") or element.get("name")
            if name is None and (name := element.get("itemprop")) and not is_of_the_page(element):
                continue
            value = str(element.get("content") or "").strip()
            if name and value and len(said := found.setdefault(_letters(name), [])) < SEVERAL:
                said.append(value)
        return found

    def _first(self, name: str) -> str:
        """What the first meta tag of a name says, '' for none."""
        return next(iter(self._meta.get(_letters(name), ())), "")

    def _is_locked(self) -> bool:
        """Whether its meta tags say that it is not for everybody, or the microdata of its article in one."""
        if any(self._first(name).lower() == "locked" for name in _TIERS):
            return True
        marked = (str(e.get("itemprop") or "") for e in self._tree.iter("meta"))
        labelled = any(name.lower() == "isaccessibleforfree" for name in marked)
        return labelled and any(map(paid.denies, self._microdata.values("isAccessibleForFree")))

    @property
    def withheld(self) -> bool:
        """Whether it names the place of what is paid for, and shows nothing there."""
        return not self.free and any(
            paid.withheld(node, self.graph, self._tree) for node in self.graph.articles
        )

    @cached_property
    def _microdata(self) -> Microdata:
        return Microdata(self._tree)

    @property
    def description(self) -> str:
        """What it is about, in a sentence or two."""
        return line(self._first("og:description") or self._first("description"))

    @property
    def is_video(self) -> bool:
        """Whether it calls itself a video."""
        return self._first("og:type").lower().startswith("video")

    @property
    def is_article(self) -> bool:
        """Whether it calls itself an article."""
        og_type = self._first("og:type").lower()
        return bool(self.graph.articles) or og_type.startswith("article")

    def title(self) -> str:
        """og:title without the newsroom's name behind it, JSON-LD headline, microdata, <h1>, <title>."""
        linked = [line(string(node.get("headline"))) for node in self.graph.articles]
        shown = [words.collapse("".join(e.itertext())) for e in self._tree.iter("h1")]
        known = [one for one in (*linked, *shown) if one]
        site = line(self._first("og:site_name"))
        said = (line(value)[:TITLE] for value in self._titles(linked, shown) if value)
        first = next(said, "")
        if titles.is_same(first, site):  # and no headline
            first = next((one for one in said if not titles.is_same(one, site)), first)
        return titles.headline(first, known, site)

    def _titles(self, linked: list[str], shown: list[str]) -> Iterator[str]:
        """Each place that gives a title, looked at only where those before it have none."""
        yield line(self._first("og:title"))
        yield from linked
        yield from self._microdata.values("headline")
        yield from shown
        yield self._first("twitter:title")
        for element in self._tree.xpath("//head/title"):
            yield words.collapse(element.text or "")

    def authors(self) -> tuple[str, ...]:
        """The names of JSON-LD, meta tags, microdata or rel=author, whichever names persons first; else an
        organisation's.
        """
        houses: tuple[str, ...] = ()
        accounts: tuple[str, ...] = ()
        for said in self._named():
            found = authors.names(name for name, _ in said)
            if not found:
                continue
            if all(organised for _, organised in said):
                houses = houses or found
            elif all(map(authors.is_slug, found)):
                accounts = accounts or found
            else:
                return found
        return accounts or authors.persons(self._bylines()) or houses

    def _bylines(self) -> Iterator[str]:
        """What the page sets where authors stand, by the names of its styles."""
        for element in self._tree.xpath(_BYLINES)[:BYLINES]:
            yield words.collapse("".join(element.itertext())[:HEADING])

    def _named(self) -> Iterator[list[tuple[str, bool]]]:
        """The authors by each place that names some, and whether each is an organisation's name: of its
        type, or the newsroom's own.
        """
        site = self._first("og:site_name").casefold()

        def told(several: Iterator[tuple[str, bool]]) -> list[tuple[str, bool]]:
            return [(name, house or name.casefold() == site) for name, house in several]

        for node in self.graph.articles:
            yield told(self.graph.people(node.get("author") or node.get("creator")))
        for name in _AUTHORS:
            values = (line(value)[:AUTHOR] for value in self._meta.get(name, ()))
            yield told((one, False) for one in values if one and not one.startswith("http"))
        yield told((name, False) for name in self._microdata.people())
        links = self._tree.xpath("//a[contains(concat(' ', @rel, ' '), ' author ')]")[:3]
        yield told((words.collapse("".join(e.itertext())), False) for e in links)

    def published(self) -> tuple[datetime | None, str]:
        """The publication time and where it was said, the most exact place first. A place that leaves out clock
        or zone gives way to one that says the same with it.
        """
        best: Said | None = None
        for said in self._times():
            if best is None:
                best = said
            elif not best.clocked and said.clocked and said.place != "time":
                best = said if said.at.date() == best.at.date() else best
            elif best.clocked and not best.zoned and said.zoned and _same_clock(best, said):
                best = said
            if best.clocked and best.zoned:
                break
        return (best.at, best.place) if best else (None, "")

    def _times(self) -> Iterator[Said]:
        for place, value in self._dates():
            found = moment.read(value)
            if found is not None and found >= EARLIEST:
                zoned = _ZONED.search(value) is not None
                yield Said(found, place, _CLOCKED.search(value) is not None, zoned)

    def _dates(self) -> Iterator[tuple[str, str]]:
        for node in self.graph.articles:
            yield "json-ld", string(node.get("datePublished"))
        for name in _TIMES:
            yield "meta", self._first(name)
        for value in self._microdata.values("datePublished"):
            yield "microdata", value
        if not self.graph.articles:
            for kind, name in (("VideoObject", "uploadDate"), ("WebPage", "datePublished")):
                for node in self.graph.of_kind(kind):
                    yield "json-ld", string(node.get(name))
        for element in clocks.own(self._tree):
            yield "time", element.get("datetime") or ""

    def canonical(self) -> str:
        """rel=canonical on a site of the same newsroom and not a front page, else ''."""
        return self._linked.get("canonical", "")

    def amp(self) -> str:
        """The page's AMP view (rel=amphtml), within the same bounds."""
        return self._linked.get("amphtml", "")

    @cached_property
    def _linked(self) -> dict[str, str]:
        """The first address of each relation that names the page itself."""
        found: dict[str, str] = {}
        base = ""
        here = host(origin(self._url))
        for element in self._tree.iter("link"):
            for relation in _OF_ITSELF.intersection(str(element.get("rel") or "").lower().split()):
                base = base or self._base()
                target = join(base, str(element.get("href") or ""))
                there = host(origin(target))
                path = re.split("[?#]", target.partition("://")[2], maxsplit=1)[0].rstrip("/")
                ours = of_one_site(there, here) or newsrooms.of_one_newsroom(there, here)
                if is_web(target) and ours and "/" in path:
                    found.setdefault(relation, target)
        return found

    def _base(self) -> str:
        bases = (str(e.get("href") or "") for e in self._tree.iter("base"))
        return join(self._url, next(filter(None, bases), ""))


def _letters(name: str) -> str:
    """The name of a meta tag by its letters; of one that is an address what stands behind its `#`."""
    return _NOT_LETTERS.sub("", name.rpartition("#")[2].lower())


def _same_clock(one: Said, other: Said) -> bool:
    """Whether two times show the same hands, whatever their zones."""
    apart = one.at.replace(tzinfo=None) - other.at.replace(tzinfo=None)
    return abs(apart.total_seconds()) < 60
