"""An entry, or the page behind it, as a reading of the article that it is.

Rule: pure but for what the draft answers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from newswatch.address import canonical, is_web
from newswatch.ingest.draft import Draft, Reading
from newswatch.ingest.identity import agree, guid_key, text_key
from newswatch.model import Article, Feed, Outcome, Shown


def reading_of(
    article: str, shown: Shown, content: Article, feed: Feed, *, quiet: bool, at: datetime
) -> Reading:
    """An entry as a reading of *article*."""
    keys = [f"u:{canonical(shown.url)}"]
    if shown.guid:
        keys.append(guid_key(feed, shown.guid))
    if key := text_key(feed, shown):
        keys.append(key)
    return Reading(
        article=article,
        content=replace(content, url=shown.url),
        feed=feed,
        keys=tuple(keys),
        addresses=(shown.url,),
        quiet=quiet,
        at=at,
    )


def of_page(reading: Reading, outcome: Outcome, page: Article) -> Reading:
    """The feed's headline and time over the page's text; the longer text of the two."""
    entry = reading.content
    longer = page if len(page.text) >= len(entry.text) or page.quality == "full" else entry
    content = replace(
        longer,
        url=entry.url,
        title=entry.title or page.title,
        lang=page.lang or entry.lang,
        author=page.author or entry.author,
        published=entry.published or page.published,
        published_from=entry.published_from if entry.published else page.published_from,
        relations=tuple(dict.fromkeys((*entry.relations, *page.relations))),
    )
    learnt = [
        url
        for url in (outcome.url, page.canonical)
        if url and _is_article(url) and agree(page, entry)
    ]
    return replace(
        reading,
        content=content,
        keys=(*reading.keys, *(f"l:{canonical(url)}" for url in learnt)),
        addresses=tuple(dict.fromkeys((*reading.addresses, *learnt))),
    )


def under_its_address(reading: Reading, outcome: Outcome, draft: Draft) -> Reading:
    """A page that redirects to an article we have, or names it as its rel=canonical (its AMP or print view), is
    that article under another address, if what feed and page say agrees: many pages redirect to one that asks
    for money, many posts name their live blog.
    """
    entry, page = outcome.request.shown, outcome.article
    assert entry is not None
    assert entry.article is not None
    assert page is not None
    for url, said in ((outcome.url or entry.url, entry.article), (page.canonical, page)):
        if not url or not _is_article(url):
            continue
        target = draft.state(draft.identity.of(Shown("", "", url, entry.article), reading.feed))
        if (
            target is not None
            and target.id != reading.article
            and agree(target.current, entry.article)
            and agree(target.current, said)
        ):
            draft.join(reading.article, target.id, entry.url)
            return replace(reading, article=target.id)
    return reading


def _is_article(url: str) -> bool:
    """Whether an address can be one article's: a front page is not."""
    return is_web(url) and url.partition("://")[2].partition("?")[0].rstrip("/").count("/") > 0
