"""An archive's bytes, a sitemap's or a feed's page, as what they hold of a backfill's period.

Rule: pure; any bytes give a value or a Failure. What is left out is counted by why. Runs in a child, where alone
what reads is loaded.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from newswatch import archives
from newswatch.address import host, request_id
from newswatch.model import Article, Backfill, Entry, Failure, Shown, Walked


@dataclass(frozen=True, slots=True)
class Archived:
    """What an archive holds of a backfill's period: entries, sitemaps and an older page to walk, and what is left out."""

    window: tuple[Shown, ...]
    parts: tuple[str, ...]
    walked: Walked


def read_archive(
    body: bytes, content_type: str, url: str, lang: str, plan: Backfill
) -> Archived | Failure:
    """What a sitemap or a feed's page holds of the period of *plan*; an entry's hash is its page's request, its
    article's `published_from` says how its time is known. Runs in a child.
    """
    from newswatch import extract, parse

    within = archives.span(url, archive=True)
    shown: dict[str, Shown] = {}
    left: Counter[str] = Counter()

    def take(
        article: Article,
        published: datetime | None,
        modified: datetime | None,
        guid: str = "",
        own: Backfill = plan,
    ) -> None:
        verdict, at, known = archives.placed(article.url, published, modified, own, within)
        if verdict == "in" or (verdict == "undated" and plan.undated):
            hash_ = request_id("page", article.url)
            dated = replace(article, published=at, published_from=known)
            shown.setdefault(hash_, Shown(hash_, guid, article.url, dated))
        else:
            left[verdict] += 1

    try:
        listed = parse.listing(body, content_type, url)
        if listed is not None:
            for one in listed.pages:
                entry = Entry("", "", one.url, one.title, lang=one.lang)
                article = (
                    extract.entry_article(entry, lang)
                    if one.title
                    else Article(one.url, "", lang=one.lang or lang)
                )
                take(article, one.published, one.modified)
            following = archives.parts(listed.parts, plan)
        else:
            window = parse.window(body, content_type, url, ())
            dates = [entry.published for entry in window.entries if entry.published]
            for entry in window.entries:
                # A feed's entries stand wherever it says, as for a poll.
                own = replace(plan, hosts=(*plan.hosts, host(entry.url)))
                take(extract.entry_article(entry, lang), entry.published, None, entry.guid, own)
            # Feeds show the newest first: behind a page that is older than the period stands nothing of it.
            on = bool(window.entries) and (not dates or max(dates) >= plan.since)
            wanted = on and window.older and archives.of_site(window.older, plan)
            following = (window.older,) if wanted else ()
    except parse.ParseError as error:
        return Failure("not-a-feed", str(error))
    return Archived(tuple(shown.values()), following, Walked(archives=1, **left))
