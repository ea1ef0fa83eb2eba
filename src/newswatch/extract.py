"""A page's bytes, or an entry's HTML, as an article.

Rule: pure; any bytes give an Article or ExtractError. trafilatura finds a page's text and nothing
else: head, time, author and language are read here, which is a third cheaper and to the minute.
A feed's own text is converted paragraph by paragraph and loses none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import htmldate
import trafilatura
from lxml import etree
from lxml import html as lxml_html

from newswatch import moment, newsrooms, walls
from newswatch import text as words
from newswatch.address import host, is_web, join
from newswatch.markup import plain
from newswatch.model import EARLIEST, Article, Entry, Quality

LONGEST = 200_000  # characters of a text: 3 MB of words would hold the writer for half a minute
TITLE = 2_000  # characters
RELATIONS, TARGET = 200, 200  # targets of wire markup kept; characters of one
LANGUAGE_FROM, LANGUAGE_IN = 40, 1_000  # characters: a language is told from as many, in the first
HEAD_BYTES = 600_000
DOUBTFUL = 0.3  # of the characters in a page's <p>: below it, the default run is asked too
BRIEF = 500  # characters of a text below which it is asked too
MUCH_SHORTER = 0.3


class ExtractError(Exception):
    """There is no article in these bytes."""


class Walled(ExtractError):
    """What these bytes show stands in an article's place: a consent page, a challenge, a paywall's stub."""


def warm() -> None:
    """Pay for tables that load at first use, before a page waits for them."""
    page_article(
        b"<html><head><title>x</title></head><body><article><p>"
        + b"The quick brown fox jumps over the lazy dog near the river bank today. " * 5
        + b"</p></article></body></html>",
        "text/html",
        "http://localhost/2020/01/02/x",
        "",
    )


# ── pages ───────────────────────────────────────────────────────────────────────────────────


def page_article(
    body: bytes, content_type: str, url: str, lang: str, best: bool = False
) -> Article:
    """The article of a page. Raises ExtractError, of which Walled names what stands in its place."""
    del content_type  # trafilatura's own decoder is right where headers are wrong
    if not body.strip():
        raise ExtractError("an empty page")
    try:
        tree = trafilatura.load_html(body)
    except Exception as error:
        raise ExtractError(f"cannot be read ({type(error).__name__})") from error
    if tree is None:
        raise ExtractError("no HTML")
    head = Head(tree, url)
    said = bounded(words.clean(_main_text(tree, head, best=best)))
    published, published_from = head.published()
    if published is None:
        published, published_from = _guessed_date(tree, url)
    title = words.collapse(words.clean(head.title()))[:TITLE]
    first, _, rest = said.partition("\n")
    if rest and first == title:
        said = rest  # the headline stands above the text, it does not begin it
    if not said and not title:
        raise ExtractError("neither title nor text")
    if standing := walls.wall(title, said, free=head.free):
        raise Walled(walls.says(standing))
    quality: Quality = "full" if len(said.split()) >= 30 or len(said) > 150 else "lead"
    author = words.safe_text(head.author())
    return Article(
        url=url,
        title=title,
        text=said,
        lang=language(said, head.lang or lang),
        author=author,
        published=published,
        published_from=published_from,
        quality=quality if said else "headline",
        canonical=head.canonical(),
        credit=newsrooms.credit(said, author),
    )


def bounded(said: str) -> str:
    """*said* as it is, or cut after the last whole paragraph (else word) within 200,000 characters,
    with a line that shows the cut.
    """
    if len(said) <= LONGEST:
        return said
    cut = said.rfind("\n", 0, LONGEST)
    if cut < LONGEST // 2:
        cut = max(said.rfind(" ", 0, LONGEST), LONGEST // 2)
    return f"{said[:cut]}\n[…]"


def _main_text(tree: Any, head: Head, *, best: bool) -> str:
    """The page's main text: trafilatura's fast and precise run; JSON-LD's body where that is half as
    long again; else, where the run is brief or short beside the page's own paragraphs, the default
    run if it finds more than three times as much. Over 275 pages: fast and precise alone .928,
    default alone .950, so .956, at two thirds of the default run's cost.
    """
    said = _run(tree, fast=True, favor_precision=True)
    if len(head.body) > 1.5 * len(said) + 200:
        return "\n".join(_lines(head.body))
    if best or len(said) < max(BRIEF, DOUBTFUL * _in_paragraphs(tree)):
        wider = _run(tree)
        if len(said) < MUCH_SHORTER * len(wider):
            return wider
    return said


def _run(tree: Any, *, fast: bool = False, favor_precision: bool = False) -> str:
    """One run of trafilatura, which leaves *tree* as it is."""
    try:
        found = trafilatura.bare_extraction(
            tree,
            with_metadata=False,
            include_comments=False,
            fast=fast,
            favor_precision=favor_precision,
        )
    except Exception as error:
        raise ExtractError(f"trafilatura failed ({type(error).__name__})") from error
    return str(getattr(found, "text", "") or "")


def _in_paragraphs(tree: Any) -> int:
    return sum(len(" ".join("".join(p.itertext()).split())) for p in tree.iter("p"))


def _guessed_date(tree: Any, url: str) -> tuple[datetime | None, str]:
    try:
        found = htmldate.find_date(tree, original_date=True, url=url, extensive_search=True)
    except Exception:  # noqa: BLE001 - a date that cannot be found is no date
        return None, ""
    if not found:
        return None, ""
    return datetime.fromisoformat(found).replace(tzinfo=UTC), "htmldate"


class Head:
    """What a page says of itself: JSON-LD, meta, Open Graph, <time>."""

    def __init__(self, tree: Any, url: str) -> None:
        self._tree = tree
        self._url = url
        self._meta = self._read_meta()
        self._ld = tuple(self._articles())
        self.lang = str(tree.get("lang") or "").lower()
        self.free = not any(
            ld.get("isAccessibleForFree") in (False, "False", "false") for ld in self._ld
        )
        self.body = next((b for ld in self._ld if (b := _string(ld.get("articleBody")))), "")

    def _read_meta(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for element in self._tree.iter("meta"):
            name = element.get("property") or element.get("name") or element.get("itemprop")
            value = element.get("content")
            if name and value:
                found.setdefault(name.strip().lower(), value.strip())
        return found

    def _articles(self) -> Iterator[dict[str, Any]]:
        for element in self._tree.iter("script"):
            kind = str(element.get("type") or "")
            if "ld+json" in kind and element.text and len(element.text) < HEAD_BYTES:
                yield from _article_nodes(_json(element.text))

    def title(self) -> str:
        """og:title, JSON-LD headline, <h1>, <title>."""
        for value in (
            self._meta.get("og:title", ""),
            *(_string(ld.get("headline")) for ld in self._ld),
            *(words.collapse("".join(e.itertext())) for e in self._tree.iter("h1")),
            *(words.collapse(e.text or "") for e in self._tree.iter("title")),
        ):
            if value:
                return _plain(value)
        return ""

    def author(self) -> str:
        """JSON-LD's names, else meta author."""
        for ld in self._ld:
            names = list(dict.fromkeys(_names(ld.get("author"))))
            if names:
                return ", ".join(names[:8])
        said = self._meta.get("author", "") or self._meta.get("article:author", "")
        return "" if said.startswith("http") else _plain(said)[:200]

    def published(self) -> tuple[datetime | None, str]:
        """The publication time and where it was said, the most exact first."""
        for ld in self._ld:
            found = _time(_string(ld.get("datePublished")))
            if found:
                return found, "json-ld"
        for name in (
            "article:published_time", "datepublished", "og:article:published_time", "pubdate",
            "publishdate", "publish-date", "publication_date", "date", "dc.date.issued",
            "dc.date", "dcterms.created", "sailthru.date", "parsely-pub-date", "cxenseparse:recs:publishtime",
            "article.published", "og:pubdate", "published_time", "mediator_published_time",
        ):  # fmt: skip
            found = _time(self._meta.get(name, ""))
            if found:
                return found, "meta"
        for element in self._tree.iter("time"):
            found = _time(element.get("datetime") or "")
            if found:
                return found, "time"
        return None, ""

    def canonical(self) -> str:
        """rel=canonical on the same host and not a front page, else ''."""
        for element in self._tree.iter("link"):
            if "canonical" in str(element.get("rel") or "").lower().split():
                target = join(self._url, str(element.get("href") or ""))
                path = re.split("[?#]", target.partition("://")[2], maxsplit=1)[0].rstrip("/")
                if is_web(target) and host(target) == host(self._url) and "/" in path:
                    return target
        return ""


def _time(said: str) -> datetime | None:
    found = moment.read(said)
    return found if found is not None and found >= EARLIEST else None


def _json(said: str) -> Any:
    said = said.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    for attempt in (said, re.sub(r"[\x00-\x1f]+", " ", said)):
        try:
            return json.loads(attempt)
        except (ValueError, RecursionError):
            continue
    return None


def _article_nodes(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 6:
        return
    if isinstance(value, list):
        for item in value[:200]:
            yield from _article_nodes(item, depth + 1)
    elif isinstance(value, dict):
        kinds = value.get("@type")
        names = kinds if isinstance(kinds, list) else [kinds]
        if any(isinstance(n, str) and re.search(r"Article|BlogPosting|Report", n) for n in names):
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(value.get(key), (list, dict)):
                yield from _article_nodes(value[key], depth + 1)


def _string(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return value.strip() if isinstance(value, str) else ""


def _names(value: Any, depth: int = 0) -> Iterator[str]:
    if depth > 3:
        return
    if isinstance(value, list):
        for item in value[:20]:
            yield from _names(item, depth + 1)
    elif isinstance(value, dict):
        yield from _names(value.get("name"), depth + 1)
    elif isinstance(value, str) and value.strip() and not value.startswith("http"):
        yield _plain(value)[:100]


def _plain(value: str) -> str:
    return words.collapse(words.clean(plain(value)))


# ── language ────────────────────────────────────────────────────────────────────────────────


@cache
def _classify() -> Any:
    import py3langid

    return py3langid.classify


def language(said: str, hint: str) -> str:
    """The language of a text; the *hint* where the text is too short, or says the same with more."""
    hint = hint.replace("_", "-").lower()
    if len(said) < LANGUAGE_FROM:
        return hint
    found = str(_classify()(said[:LANGUAGE_IN])[0])
    return hint if hint.partition("-")[0] == found else found


# ── entries ─────────────────────────────────────────────────────────────────────────────────

_BLOCKS = (
    "p div br li ul ol dl dt dd h1 h2 h3 h4 h5 h6 table tr td th blockquote pre section article"
    " header footer figure figcaption hr aside main address"
)
_SILENT = "script style noscript template iframe object svg form button select"
BLOCKS = frozenset(_BLOCKS.split())
SILENT = frozenset(_SILENT.split())
MARKUP = re.compile(
    r"\[(?P<kind>[A-Z]{2,6}):(?P<target>[^\[\]\"“”„«»]*?)TEXT ?:\s?"
    r"[\"“”„«'‘](?P<text>(?:(?!\[[A-Z]{2,6}:).)*?)[\"“”»'’]\s?\]",
    re.DOTALL,
)
# Without words of its own. What readers look for is none: [NYSE:ACME], [TYO:7203], [PHOTO:AP].
_EXCHANGES = (
    "AMEX AMS ASX ATH BIT BME BOM BSE CBOE CNSX CPH CSE CVE EBR ELI EPA ETR FRA GPW HEL HKEX HKG HKSE"
    " IDX IST JPX JSE KLSE KOSDAQ KRX LON LSE MCX MOEX NASDAQ NSE NYSE NZE NZX OSE OTC OTCQB OTCQX PSE"
    " SEHK SET SGX SHA SHE SIX SSE STO SWX SZSE TASE TLV TPE TSE TSX TSXV TWSE TYO VIE WSE XETRA"
)
POINTER = re.compile(
    rf" ?\[(?!(?:{_EXCHANGES.replace(' ', '|')}):)(?P<kind>[A-Z]{{2,6}}):"
    r"(?P<target>(?:(?<=USN:)|(?<=RIC:)|(?=[^\[\]]{0,59}\d))[\w.:=/^-]{1,60}) ?\]"
)
BLOG = re.compile(r"^The post .{0,300} (?:appeared first|first appeared) on .{0,200}$")
# What some feeds carry over from their pages: buttons, prompts, widgets, newsletters.
_SHARE = (
    "bookmark|share|whatsapp|telegram|facebook|twitter|x|email|e-mail|linkedin|copy link|print"
    "|save|reddit|messenger"
)
SHARE = frozenset(_SHARE.split("|"))
SHARES = 3  # buttons in a row that show where a page's head ends and its article begins
PROMPT = re.compile(
    r"^(?:Set .{1,40} as your preferred source.*|Add .{1,40} as a trusted source.*|FAST|Advertisement"
    r"|Read a summary of this article.*|Get bite-sized news.*|cards interface\. Give it a try\.?"
    r"|(?:Click|Tap) here to return to FAST|This audio is generated by.*|New: You can now listen.*"
    r"|Listen.{0,20}|\(?Updated: .{4,60})$"
)
LAST = re.compile(
    r"^(?:Source: .{2,60}|Newsletter|Sign up for our newsletters.*|Related Topics|Also worth reading"
    r"|Expand to read the full story)$"
)
WIDGET = (re.compile(r"^(?:CNA Games|Play our games)$"), re.compile(r"^Show Less$"))
RELATED = re.compile(r"^(?:Related|Also read|Read also|Recommended|More on this):?$", re.IGNORECASE)
SENTENCE = re.compile(r"[.!?…:;\"”’»)]$")


def own_text(lines: list[str]) -> tuple[list[str], str]:
    """The article's own *lines* of an entry; where a row of share buttons shows that the entry is a
    whole page, its head, its prompts, widgets, links to other articles and its foot are left out.
    Second, the first line of such a foot, '' for none.
    """
    lines = [line for line in lines if not BLOG.match(line)]
    begin = _after_shares(lines)
    if begin is None or sum(map(len, lines[:begin])) > sum(map(len, lines[begin:])):
        return lines, ""  # a row of buttons below the text cuts nothing off
    while begin < len(lines) and (PROMPT.match(lines[begin]) or lines[begin].lower() in SHARE):
        begin += 1
    kept: list[str] = []
    widget = related = False
    for line in lines[begin:]:
        if LAST.match(line):
            return kept, line
        if widget:
            widget = not WIDGET[1].match(line)
        elif WIDGET[0].match(line):
            widget = True
        elif RELATED.match(line):
            related = True
        elif related and len(line) < 200 and not SENTENCE.search(line):
            continue  # another article's headline
        elif not PROMPT.match(line):
            related = False
            kept.append(line)
    return kept, ""


def _after_shares(lines: list[str]) -> int | None:
    run = 0
    for place, line in enumerate(lines):
        if line.lower() in SHARE:
            run += 1
        elif run >= SHARES:
            return place
        else:
            run = 0
    return None


def entry_article(entry: Entry, lang: str) -> Article:
    """The article that a feed's entry is by itself."""
    said, targets, foot = plain_text(entry.html)
    title, of_title = without_markup(words.clean(entry.title))
    said = bounded(said)
    author = words.safe_text(entry.author)
    quality: Quality = "headline"
    if said:
        quality = "full" if entry.full else "lead"
    return Article(
        url=entry.url,
        title=words.collapse(title)[:TITLE],
        text=said,
        lang=language(f"{title}\n{said}", entry.lang or lang),
        author=author,
        published=entry.published,
        published_from="feed" if entry.published else "",
        quality=quality,
        relations=tuple(dict.fromkeys((*of_title, *targets)))[:RELATIONS],
        credit=newsrooms.credit(f"{said}\n{foot}", author),
        newsroom=words.safe_line(entry.newsroom),
    )


def plain_text(markup: str) -> tuple[str, tuple[str, ...], str]:
    """The paragraphs of an entry's HTML, one a line, the targets of wire markup in it, and the line
    at which a page's foot was cut off: it may name the wire.
    """
    if not markup.strip():
        return "", (), ""
    said, relations = without_markup(words.clean("\n".join(_lines(markup))))
    if relations:
        said = words.clean(said)  # a line may have held markup alone
    lines, foot = own_text(said.split("\n"))
    return "\n".join(lines), relations, foot


def without_markup(said: str) -> tuple[str, tuple[str, ...]]:
    """*said* with a wire's markup replaced by the words it marks, and the targets it named; what
    marks no words leaves none.
    """
    relations: dict[str, None] = {}

    def spoken(found: re.Match[str]) -> str:
        kind = found["kind"]
        target = found["target"].strip().removeprefix(f"{kind}:")
        relations[f"{kind}:{target}"[:TARGET]] = None
        return found.groupdict().get("text", "")

    return POINTER.sub(spoken, MARKUP.sub(spoken, said)), tuple(relations)


def _lines(markup: str) -> list[str]:
    if "<" not in markup and "&" not in markup:
        return [markup]
    try:
        parser = lxml_html.HTMLParser(huge_tree=True)  # else 256 levels deep all text is lost
        tree = lxml_html.fragment_fromstring(_encodable(markup), create_parent="div", parser=parser)
    except (etree.LxmlError, ValueError, AssertionError, TypeError):
        return [_plain(markup)]
    lines: list[list[str]] = [[]]
    silent = 0
    for event, element in etree.iterwalk(tree, ("start", "end", "comment", "pi")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            silent += tag in SILENT
            said = element.text
        else:
            silent -= tag in SILENT
            said = element.tail
        if tag in BLOCKS:
            lines.append([])
        if said and not silent:
            lines[-1].append(said)
    # A newline inside a block ends a paragraph in wires that send none of the tags that do.
    return ["".join(parts) for parts in lines]


def _encodable(markup: str) -> str:
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", "", markup)
