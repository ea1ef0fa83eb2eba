"""How much of its articles a feed gives: whether an entry's content is the whole text, some, or a teaser.

Rule: pure; entries are as feedparser has them.
"""

from __future__ import annotations

import re
from typing import Any

from newswatch.markup import line, text

ENOUGH = 60  # words of content that stand for a whole article
NOTHING, SHORT, LONG_TEXT = "n", "s", "l"


def offers(version: str, said: str) -> bool:
    """Whether a feed offers content of its own: feedparser files a second description, often a photo's,
    as content too.
    """
    return version.startswith("atom") or any(
        name in said for name in (":encoded", "full-text", "<xhtml:body")
    )


def extent(raw: Any) -> str:
    """How much an entry's content holds: nothing, few words or a teaser, enough for an article."""
    content = content_of(raw)
    if not content:
        return NOTHING
    said = line(content, 10**6)
    return LONG_TEXT if len(said.split()) >= ENOUGH and not is_teaser(said) else SHORT


def are_whole(extents: list[str]) -> bool:
    """Whether the content that a feed offers is the articles' whole text: at least a third of what it
    gives is long. In such a feed a short entry is short news.
    """
    given = len(extents) - extents.count(NOTHING)
    return bool(given) and 3 * extents.count(LONG_TEXT) >= given


def content_of(raw: Any) -> str:
    """The longest text that an entry gives as its content."""
    return max((*(text(c.get("value")) for c in raw.get("content", ())), explicit(raw)), key=len)


def explicit(raw: Any) -> str:
    """What an entry gives as its full text by that name: nothing more stands on its page."""
    return max(text(raw.get("yandex_full-text")), text(raw.get("full-text")), key=len)


# How an excerpt ends. A long text may end so too: in thought, or with its page's own button.
TEASER = 150  # words that an excerpt has at most
_TEASER = re.compile(
    r"(?:(?:…|\.\.\.)\W{0,5}|(?:\b|(?-i:(?<=[^\W\d_])(?=[A-ZА-Я])))(?:read (?:more|on|the (?:full|whole) (?:story|article))|full story"
    r"|(?:continue|keep) reading|читать (?:далее|дальше|полностью)|читайте далее|подробнее"
    r"|читати далі|weiterlesen|mehr lesen|lire (?:la suite|plus)|leer más|seguir leyendo"
    r"|leggi (?:tutto|di più)|continua a leggere|leia mais|lees (?:meer|verder)"
    r"|czytaj (?:dalej|więcej)|devamını oku)\b[^.!?]{0,80}\W{0,5})$",
    re.IGNORECASE,
)
_POSTED = re.compile(r"\s*The post .{0,300} (?:appeared first|first appeared) on .{0,200}$")


def is_teaser(said: str) -> bool:
    """Whether a plain text is short and ends as excerpts do."""
    end = _POSTED.sub("", said[-800:])[-200:]
    return len(said.split(None, TEASER)) <= TEASER and _TEASER.search(end) is not None
