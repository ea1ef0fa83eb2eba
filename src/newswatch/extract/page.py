"""A page's bytes as an article.

Rule: pure; any bytes give an Article or an ExtractError. trafilatura finds a page's text and nothing else:
head, time, author and language are read here, which is a third cheaper and to the minute.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import htmldate

from newswatch import newsrooms, walls
from newswatch import text as words
from newswatch.address import host
from newswatch.extract import dateline, kinds, onward
from newswatch.extract.body import BRIEF, load, running_text
from newswatch.extract.bounds import TITLE, ExtractError, Walled, bounded
from newswatch.extract.exceptions import asks_for_best
from newswatch.extract.head import Head
from newswatch.extract.language import language
from newswatch.model import Article, Quality

FULL_WORDS, FULL = 30, 150  # words, else characters, of a text that is an article and no lead
LIVE = 0.5  # of the page's text: a live blog's entries in JSON-LD, where they are not the last few alone


def page_article(
    body: bytes, content_type: str, url: str, lang: str, best: bool = False
) -> Article:
    """The article of a page. Raises ExtractError, of which Walled names what stands in its place."""
    del content_type  # trafilatura's own decoder is right where headers are wrong
    tree = load(body)
    head = Head(tree, url)
    best = best or asks_for_best(host(url))
    said, quality = _text(tree, head, best=best)
    title = words.collapse(words.clean(head.title()))[:TITLE]
    published, published_from = head.published()
    if published is None and (shown := dateline.under_headline(tree, title)):
        published, published_from = shown, "dateline"
    if published is None:
        published, published_from = _guessed_date(tree, url)
    first, _, rest = said.partition("\n")
    if rest and first == title:
        said = rest  # the headline stands above the text, it does not begin it
    if not said and not title:
        raise ExtractError("neither title nor text")
    if standing := walls.wall(
        title, said, free=head.free, password=_has_password(tree), called=head.is_article
    ):
        raise Walled(walls.says(standing))
    open_part = walls.part(said, free=head.free, withheld=head.withheld)
    if open_part == "":
        raise Walled(walls.says("paywall"))
    if open_part is not None:
        said, quality = open_part, "part" if walls.length(open_part) > walls.SHORT else "lead"
    author = words.safe_text(", ".join(head.authors()))
    return Article(
        url=url,
        title=title,
        text=said,
        lang=language(said, head.lang or lang),
        author=author,
        published=published,
        published_from=published_from,
        quality=quality if said else "headline",
        text_from="page" if said else "",
        canonical=head.canonical(),
        amp=head.amp(),
        credit=newsrooms.credit(said, author),
        next=onward.next_page(tree, url),
    )


def _has_password(tree: Any) -> bool:
    """Whether a page has a field for a password."""
    return any(str(e.get("type") or "").lower() == "password" for e in tree.iter("input"))


def further_page(body: bytes, url: str, first: str, number: int, best: bool) -> tuple[str, str]:
    """The text of an article's page *number*, read at *url*, and where it goes on; *first* is its first page's
    address. Raises ExtractError.
    """
    tree = load(body)
    head = Head(tree, url)
    said, _ = _text(tree, head, best=best or asks_for_best(host(url)))
    if (
        not said
        or walls.wall("", said, free=head.free)
        or walls.part(said, free=head.free, withheld=head.withheld) is not None
    ):
        raise ExtractError("no text")
    return said, onward.next_page(tree, url, number, first)


def joined(article: Article, further: str) -> str:
    """An article's text and that of its next page as one; what the page repeats (headline, lead, byline) stands
    once.
    """
    known = {article.title, *article.text.split("\n")}
    more = (one for one in further.split("\n") if one not in known)
    return bounded("\n".join([article.text, *more]))


def _text(tree: Any, head: Head, *, best: bool) -> tuple[str, Quality]:
    """A page's text and how much of its article that is."""
    said = bounded(words.clean(running_text(tree, head.body, best=best)))
    if (live := kinds.live_blog(head.graph)) and len(live) >= LIVE * len(said):
        return bounded(words.clean(live)), "full"
    shown = kinds.gallery(tree, head.graph) if len(said) < BRIEF else ""
    if 2 * len(shown) > len(said):
        missing = (caption for caption in shown.split("\n") if caption not in said)
        return words.clean("\n".join([said, *missing])).strip(), "gallery"
    if len(said.split()) >= FULL_WORDS or len(said) > FULL:
        return said, "full"
    filmed = kinds.video(head.graph) or (head.description if head.is_video else "")
    if len(filmed := words.clean(filmed)) > len(said):
        return filmed, "video"
    return said, "lead"


def _guessed_date(tree: Any, url: str) -> tuple[datetime | None, str]:
    try:
        found = htmldate.find_date(tree, original_date=True, url=url, extensive_search=True)
        if found and found.endswith("-01-01"):  # which it makes of a year alone: a copyright's
            found = htmldate.find_date(tree, original_date=True, url=url, extensive_search=False)
    except Exception:  # noqa: BLE001 - a date that cannot be found is no date
        return None, ""
    if not found:
        return None, ""
    return datetime.fromisoformat(found).replace(tzinfo=UTC), "htmldate"
