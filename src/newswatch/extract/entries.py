"""An entry's HTML as an article: paragraph by paragraph, of which it loses none.

Rule: pure; any markup gives an Article.
"""

from __future__ import annotations

from newswatch import newsrooms, walls
from newswatch import text as words
from newswatch.extract.bounds import TITLE, bounded
from newswatch.extract.furniture import own_text
from newswatch.extract.language import language
from newswatch.extract.markup import lines_of
from newswatch.extract.wire import RELATIONS, without_markup
from newswatch.model import Article, Entry, Quality


def entry_article(entry: Entry, lang: str) -> Article:
    """The article that a feed's entry is by itself."""
    said, targets, foot = plain_text(entry.html)
    title, of_title = without_markup(words.clean(entry.title))
    said = bounded(said)
    author = words.safe_text(entry.author)
    quality: Quality = "headline"
    if said:
        quality = "full" if entry.full else "lead"
    if (shown := walls.part(said)) is not None:
        long = quality == "full" and walls.length(shown) > walls.SHORT
        said, quality = shown, "part" if long else "lead" if shown else "headline"
    return Article(
        url=entry.url,
        title=words.collapse(title)[:TITLE],
        text=said,
        lang=language(f"{title}\n{said}", entry.lang or lang),
        author=author,
        published=entry.published,
        published_from="feed" if entry.published else "",
        quality=quality,
        text_from="feed" if said else "",
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
    said, relations = without_markup(words.clean("\n".join(lines_of(markup))))
    if relations:
        said = words.clean(said)  # a line may have held markup alone
    lines, foot = own_text(said.split("\n"))
    return "\n".join(lines), relations, foot
