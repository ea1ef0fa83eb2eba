"""Whose entry is it: which article do an address, a guid, or words alone stand for?

Rule: an address decides; all else only hints, and joins where the words agree and the document does not
show the article besides. What comes of it is filed by the draft.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from newswatch import dedup, text
from newswatch.address import canonical, has_page, request_id
from newswatch.model import (
    Article,
    ArticleState,
    Feed,
    Request,
    Shown,
    Version,
    WindowEntry,
    content_id,
)

SAME_TEXT = timedelta(days=30)  # a text that comes again later may well be said anew
SAME_DAY = timedelta(hours=12)  # an issue of a series comes a day later
SAME_ENTRY = 0.4  # an entry that changed its address under a kept guid still shares its words
WORD = 4  # letters; shorter ones are mostly in every text


class Identity:
    """The articles that entries belong to. *alias* and *state* and *request* answer with what is known,
    the changeset in the making included.
    """

    def __init__(
        self,
        alias: Callable[[str], str | None],
        state: Callable[[str], ArticleState | None],
        request: Callable[[str], Request | None],
        now: datetime,
    ) -> None:
        self._alias = alias
        self._state = state
        self._request = request
        self._now = now

    def of(self, shown: Shown, feed: Feed, *, here: frozenset[str] = frozenset()) -> str:
        """The article of a shown entry: by address, then by what only hints at one (an address
        learnt from a page, a guid), else a new one's id.

        A hint joins only when the article it names is not itself in the document (*here*,
        canonical addresses) and the words agree. A guid that several entries of a document have
        is none: leave it out of *shown*.
        """
        address = canonical(shown.url)
        found = self._alias(f"u:{address}")
        if found is not None:
            return found
        for key in (f"l:{address}", guid_key(feed, shown.guid) if shown.guid else ""):
            found = self._alias(key) if key else None
            state = self._state(found) if found else None
            if (
                found is not None
                and state is not None
                and canonical(state.url) not in here
                and shown.article is not None
                and agree(state.current, shown.article)
                and not dedup.on_others(shown.article, state.current)
            ):
                return found
        return content_id(address)

    def twin(self, shown: Shown, feed: Feed, held: frozenset[str]) -> str | None:
        """The article whose title and text an entry without a link has under a guid of its own: wires
        rewrite the guids of all they show. None where there is none of late, or it is one of those
        that the document shows besides (*held*): two entries of one text are two.
        """
        key = text_key(feed, shown)
        found = self._alias(key) if key else None
        state = self._state(found) if found is not None and found not in held else None
        if state is None or self._now - state.current.first_seen > SAME_TEXT:
            return None
        current = replace(shown, article=_content(state.current))
        return state.id if text_key(feed, current) == key else None

    def left(self, old: Iterable[WindowEntry], here: frozenset[str]) -> dict[str, str]:
        """What a feed showed last and shows no more, by all it said: the address of each, '' where two
        said the same.
        """
        found: dict[str, str] = {}
        for entry in old:
            if canonical(entry.url) in here or not has_page(entry.url):
                continue
            page, state = self._request(request_id("page", entry.url)), self._state(entry.article)
            said = page.shown.article if page and page.shown else state and _content(state.current)
            if said and state and self._now - state.first_seen <= SAME_DAY:
                key = _said(said)
                found[key] = "" if key in found else entry.url
        return found

    def renamed(self, shown: Shown, left: dict[str, str]) -> str | None:
        """The article that a wire shows under another slug, guid and all: one of the words that a feed
        showed until now, says the same and *left* with this document, whence it is taken. Addresses
        that differ in figures alone are of a series.
        """
        if shown.article is None or not has_page(shown.url):
            return None
        key = _said(shown.article)
        before = left.get(key)
        if not before or dedup.slug_stem(before) == dedup.slug_stem(shown.url):
            return None
        del left[key]
        return self._alias(f"u:{canonical(before)}")


def guid_key(feed: Feed, guid: str) -> str:
    """The alias under which a newsroom's guid is filed: guids are unique inside one newsroom."""
    return f"g:{feed.newsroom or feed.name}\x1f{guid}"


def text_key(feed: Feed, shown: Shown) -> str:
    """The alias under which a feed's entry without a link is filed by all it says; '' for others."""
    content = shown.article
    if content is None or not content.text or has_page(shown.url):
        return ""
    return f"t:{feed.name}\x1f{_said(content)}"


def _said(content: Article) -> str:
    return content_id(*(text.collapse(text.clean(one)) for one in (content.title, content.text)))


def _content(version: Version) -> Article:
    return Article(version.url, version.title, version.text)


def agree(version: Version | Article, article: Article) -> bool:
    """Whether two texts can be one article's: enough of the shorter one's words are the other's."""
    mine, theirs = (_telling(one, version.lang) for one in (version, article))
    return bool(mine and theirs) and len(mine & theirs) >= SAME_ENTRY * min(len(mine), len(theirs))


def _telling(one: Version | Article, lang: str) -> set[str]:
    """The stems of a headline and a lead that say what it is about."""
    stems = set(text.stems(f"{one.title} {text.lead(one.text)}", lang))
    return {stem for stem in stems if len(stem) >= WORD} or stems
