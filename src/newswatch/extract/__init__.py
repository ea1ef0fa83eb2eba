"""A page's bytes, or an entry's HTML, as an article.

Rule: pure; any bytes give an Article or ExtractError. What a page says of itself is read in `head`, its text in
`body`, what is no running text in `kinds`; an entry in `entries`.
"""

from __future__ import annotations

from newswatch.extract.bounds import LONGEST, TITLE, ExtractError, Walled, bounded
from newswatch.extract.entries import entry_article, plain_text
from newswatch.extract.language import language
from newswatch.extract.page import further_page, joined, page_article
from newswatch.extract.wire import without_markup

__all__ = [
    "LONGEST", "TITLE", "ExtractError", "Walled", "bounded", "entry_article", "further_page", "joined", "language",
    "page_article", "plain_text", "warm", "without_markup",
]  # fmt: skip


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
