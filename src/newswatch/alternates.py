"""The feeds that a page names.

Rule: pure; any bytes name some or none.
"""

from __future__ import annotations

import re

from newswatch import references
from newswatch.address import is_web, join

HEAD = 200_000  # bytes of a page in which its feeds are looked for
MOST, LONGEST = 10, 300  # feeds named; characters of one's address

_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_LINK = re.compile(
    rb"<(link|base|a)\b((?:[^<>\"']|\"[^\"]{0,500}\"|'[^']{0,500}'){1,2000}+)>", re.IGNORECASE
)
# What feeds of readers' comments are called, in their titles and their addresses.
COMMENTS = re.compile(
    r"(?<![^\W_])(?:comments?|commentaires?|kommentare?n?|kommentarer|comentarios|comentários|commenti|reacties"
    r"|komentarze|yorumlar|комментари\w*|коментар\w*|评论|コメント)(?![^\W_])",
    re.IGNORECASE,
)
# What an address ends in that a page links to as a feed.
_FEEDLIKE = re.compile(
    r"(?:\.(?:rss|atom|rdf)|/(?:rss|atom|feeds?)/?|(?<![a-z])(?:rss|atom|feeds?)[\w-]*\.(?:xml|json|php|aspx?))$"
    r"|/(?:rss|feeds?)/[^?#]*\.xml$",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_FEED_TYPES = frozenset(
    {
        "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json",
        "application/xml", "text/xml", "application/json",
    }
)  # fmt: skip


def of(page: bytes, url: str) -> tuple[str, ...]:
    """The feeds that an HTML *page* at *url* names in its head (`<link rel="alternate">`), then those that it links
    to by addresses that look like a feed's, as its first `<base>` has them. Feeds of comments by their titles
    are left out where there are others.
    """
    found: dict[str, bool] = {}
    linked: list[str] = []
    base = ""
    for link in _LINK.finditer(_COMMENT.sub(b"", page[:HEAD])):
        said = link[2].decode("utf-8", "replace")
        values = {
            name.lower(): references.unescaped(a or b or c)
            for name, a, b, c in _ATTRIBUTE.findall(said)
        }
        if link[1].lower() == b"base":
            base = base or join(url, values.get("href", ""))
            continue
        # A space, as browsers ask for it: no register takes an address that has one.
        address = join(base or url, values.get("href", "")).replace(" ", "%20")
        if not (is_web(address) and address.isprintable() and len(address) <= LONGEST):
            continue
        if link[1].lower() == b"a":
            if _FEEDLIKE.search(address.partition("?")[0]) and not COMMENTS.search(address):
                linked.append(address)
        elif (
            "alternate" in values.get("rel", "").lower().split()
            and values.get("type", "").partition(";")[0].strip().lower() in _FEED_TYPES
        ):
            comments = COMMENTS.search(values.get("title", "")) is not None
            found[address] = found.get(address, True) and comments
    own = [address for address, comments in found.items() if not comments] or list(found)
    return tuple(dict.fromkeys((*own, *linked)))[:MOST]
