"""Addresses: the canonical form of a web page's, what may be fetched and shown; what mail takes.

Rule: pure, never raises on any text; w3lib does the canonical form, the list of trackers is ours.
Strict cleaners drop real parameters (`?id=3`) and would merge different stories: nothing is
dropped here that is not a known tracker.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

from newswatch.model import content_id

DEFAULT_PORTS = {"http": 80, "https": 443}
_CAMPAIGNS = (
    "fbclid gclid dclid gbraid wbraid msclkid yclid igshid mc_cid mc_eid twclid ttclid li_fat_id"
    " cmpid ocid smid smtyp partner ftag ncid cid_source _ga _gl vero_id wt_mc wt.mc_id xtor"
    " guccounter guce_referrer guce_referrer_sig taid mbid sr_share soc_src soc_trk"
)
# What Java, PHP, ASP and ColdFusion call a visit: another one at each poll.
_SESSIONS = "jsessionid phpsessid sessionid cftoken"
TRACKERS = frozenset((*_CAMPAIGNS.split(), *_SESSIONS.split()))
TRACKER_PREFIXES = ("utm_", "at_", "pk_", "mtm_", "hsa_", "itm_", "ns_", "aspsessionid")
_SESSION_IN_PATH = re.compile(r";jsessionid=[^;/]*|/\((?:[A-Z]\([^()/]*\))+\)(?=/)", re.IGNORECASE)
OPAQUE = frozenset({"news.google.com"})  # their links lead to an article by a script alone
# Where a copy that an AMP cache or viewer keeps says whose page it is (amp.dev, "AMP Cache URL format"; Google's viewer,
# Bing's). `s` stands for https, and a canonical address knows no difference.
_CACHES = re.compile(
    r"(?:(?:[\w-]+\.)?(?:cdn\.ampproject\.org|bing-amp\.com)/[cv]"
    r"|(?:www\.)?(?:google\.(?:com?\.)?[a-z]{2,3}|bing\.com)/amp)"
    r"/(?:s/)?(?P<of>[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:/.*)?)",
    re.IGNORECASE,
)
VIEWS = 4  # copies of copies
_OF_CACHES = re.compile(r"(?:amp_\w*|usqp)(?:=|\Z)")  # what a viewer adds for itself
_BEFORE_QUERY = re.compile(r"\A[^?#]*")  # where browsers take a backslash for a slash
_MAILBOX = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]{1,253}")
_LINKLESS = re.compile(r"newswatch-entry-[0-9a-f]{20}")


def is_web(url: str) -> bool:
    """Whether *url* is http or https with a host."""
    scheme, name = _named(url)
    return scheme in DEFAULT_PORTS and bool(name)


def linkless(feed_url: str, entry: str) -> str:
    """The address of an entry that has no link of its own: its place, by *entry* id, in the feed."""
    return f"{feed_url.partition('#')[0]}#newswatch-entry-{entry}"


def is_front(url: str) -> bool:
    """Whether a web address is a site's front page, a language's included: /, /en, /index.html."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = re.fullmatch(r"(?:/[a-z]{2})?/?(?:index\.\w{3,5})?", parts.path, re.IGNORECASE)
    return plain is not None and not parts.query


_WORDS = re.compile(r"(?:/[^\W\d_]{2,20}){1,3}/?")


def is_list_of(url: str, page: str) -> bool:
    """Whether *url* is a list in which *page* stands: plain words alone, with which that begins (/world, /world/gas-leak-2).
    An article's own address has figures or several words in one step.
    """
    there, here = _split(url), _split(page)
    if there is None or here is None or there.query or not of_one_site(host(url), host(page)):
        return False
    above, last = there.path.rstrip("/") + "/", here.path.rstrip("/").rpartition("/")[2]
    own = re.search(r"[\d-]", last) is not None
    return own and _WORDS.fullmatch(there.path) is not None and here.path.startswith(above)


def has_page(url: str) -> bool:
    """Whether an article's page can be asked at *url*: not at the place of an entry in its feed, nor where
    links are opaque.
    """
    return is_web(url) and not _place_of(url) and host(url) not in OPAQUE


def _place_of(url: str) -> str:
    """The fragment that tells an entry without a link from its feed's others; '' for none."""
    fragment = url.strip().partition("#")[2]
    return fragment if _LINKLESS.fullmatch(fragment) else ""


def host(url: str) -> str:
    """The host of *url* in lower case, without port or the root's dot; '' for none."""
    return _named(url)[1].rstrip(".")


_DOORS = ("www.", "m.", "mobile.", "mobil.", "amp.", "print.", "touch.", "wap.")


def of_one_site(one: str, other: str) -> bool:
    """Whether two hosts are doors to one site: `amp.wire.example` and `www.wire.example`, but not
    `anna.blogs.example` and `blogs.example`.
    """
    return site(one) == site(other)


def site(name: str) -> str:
    """The name of a host without the door that it is: what all doors to one site have in common."""
    for door in _DOORS:
        if name.startswith(door) and name.count(".") > 1:
            return name.removeprefix(door)
    return name


def origin(url: str) -> str:
    """The address of which *url* is an AMP cache's or viewer's copy; *url* itself where it is none. A viewer may show a
    cache's copy.
    """
    for _ in range(VIEWS):
        parts = _split(url)
        if parts is None or parts.scheme not in DEFAULT_PORTS:
            break
        found = _CACHES.fullmatch(f"{parts.hostname}{parts.path}")
        if found is None:
            break
        query = "&".join(pair for pair in parts.query.split("&") if not _OF_CACHES.match(pair))
        url = f"https://{found['of']}{query and '?'}{query}"
    return url


def join(base: str, url: str) -> str:
    """*url* as seen from *base*; *url* as it is where they cannot be joined."""
    try:
        return urljoin(base, url.strip())
    except ValueError:
        return url.strip()


def names_of(several: Iterable[str]) -> frozenset[str]:
    """The names that may stand in Host beside addresses: localhost, and *several*."""
    return frozenset({"localhost", *(name.lower() for name in several)})


def is_ours(said: str, names: Collection[str]) -> bool:
    """Whether what is *said* in Host names a server of ours: by an address, which is rebound to nothing, or one of *names*."""
    import ipaddress  # which only servers need, and takes a search's start a while

    named = said.strip().lower()
    name = named.rpartition(":")[0] if named.rpartition(":")[2].isdigit() else named
    try:
        return bool(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return name in names


def beside(url: str, other: str) -> bool:
    """Whether *url* is of the same server as *other*, and no less safe."""
    ours, theirs = _split(url), _split(other)
    if ours is None or theirs is None or not is_web(url) or host(url) != host(other):
        return False
    return _port(ours) == _port(theirs) and (ours.scheme == "https" or theirs.scheme != "https")


@lru_cache(
    maxsize=4096
)  # a feed's entries and what a page is known by are asked for five to eight times
def canonical(url: str) -> str:
    """The address two spellings of one page share, for identity only: it is never fetched.

    http and https are one (sites move from one to the other and keep their articles), the host is
    in lower case without default port, parameters are sorted, trackers, sessions and fragment are gone;
    only a fragment of `linkless` stays, which is all that tells such entries apart. A copy in an AMP cache is the
    page that it is a copy of.
    """
    url = origin(_BEFORE_QUERY.sub(lambda found: found[0].replace("\\", "/"), url, count=1))
    parts = _split(url)
    if parts is None or parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return url.strip()
    kept = [pair for pair in parts.query.split("&") if not _is_tracker(pair.partition("=")[0])]
    port = _port(parts)
    name = parts.hostname.rstrip(".")
    if port is not None:
        name = f"{name}:{port}"
    path = _SESSION_IN_PATH.sub("", parts.path) or "/"
    plain = urlunsplit(("https", name, path, "&".join(kept), _place_of(url)))
    try:
        return str(canonicalize_url(plain, keep_fragments=True))
    except ValueError:
        return plain


def _port(parts: SplitResult) -> int | None:
    """The port where it says something; a default port says nothing."""
    try:
        port = parts.port
    except ValueError:
        return None
    return None if port == DEFAULT_PORTS.get(parts.scheme) else port


def _is_tracker(name: str) -> bool:
    lower = name.lower()
    return lower in TRACKERS or lower.startswith(TRACKER_PREFIXES)


def redact(url: str) -> str:
    """*url* without user and password, for whoever may read it."""
    return re.sub(r"((?:^|:)//)[^/?#]*@", r"\1", url)


def request_id(kind: str, url: str) -> str:
    """The frontier's id for asking *url* as a feed or a page; a page's spellings share one."""
    return content_id(kind, canonical(url) if kind == "page" else url)


def mail_address(said: str) -> str:
    """*said* as it may stand in a letter's head and in what mail servers are told, its domain in
    ASCII; '' where it is no mail address.
    """
    local, _, domain = said.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    fits = _MAILBOX.fullmatch(local) and _DOMAIN.fullmatch(domain)
    return f"{local}@{domain}" if fits else ""


# A trip and an archive of 50,000 addresses ask the same of each some ten times, and a name is read anew each time.
@lru_cache(1000)
def _named(url: str) -> tuple[str, str]:
    """The scheme and the host's name of an address, '' where it has none."""
    parts = _split(url)
    return (parts.scheme, parts.hostname or "") if parts else ("", "")


@lru_cache(1000)
def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        _ = parts.hostname
    except ValueError:
        return None
    return parts
