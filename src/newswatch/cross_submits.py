"""Parts of a sitemap index that stand on other hosts than the index does: which of them are asked for.

Rule: an index speaks for its own newsroom's hosts. For another host it speaks only where that host says so: its
robots.txt names the index, or the part (sitemaps.org, "Sitemaps & Cross Submits"). Else whoever writes an index
would have a thousand addresses polled that are none of his. Asking (`get`) is a parameter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from newswatch import discovery, newsrooms
from newswatch.address import canonical, host, is_web, of_one_site
from newswatch.model import Failure, Page, Request

HOSTS_ASKED = 5  # whose robots.txt is looked at in one trip, all at once
Get = Callable[[Request], Awaitable[Page | Failure]]


def strange(parts: tuple[str, ...], near: tuple[str, ...]) -> tuple[str, ...]:
    """Those of an index's *parts* that stand on another newsroom's hosts than its own addresses, *near*."""
    ours = {host(url) for url in near if is_web(url)}
    known: dict[str, bool] = dict.fromkeys(ours, True)
    for part in parts:
        if (name := host(part)) not in known:
            known[name] = any(_of_one_newsroom(name, other) for other in ours)
    return tuple(part for part in parts if not known[host(part)])


def _of_one_newsroom(one: str, other: str) -> bool:
    if of_one_site(one, other) or newsrooms.of_one_newsroom(one, other):
        return True
    domain = _registrable(one)
    return bool(domain) and domain == _registrable(other)


def _registrable(name: str) -> str:
    """The domain that somebody registered, of which a host is; '' where no public suffix is known."""
    from tld import get_fld  # in a reader alone, and of few feeds: the list of suffixes weighs 7 MB

    return str(get_fld(f"https://{name}", fail_silently=True, search_private=True) or "")


async def vouched(
    request: Request, urls: tuple[str, ...], strangers: tuple[str, ...], get: Get
) -> tuple[frozenset[str], bool]:
    """Those *strangers* whose host's robots.txt names them or one of the index's *urls*; and whether all that were asked
    for one answered. Where one did not, what the index listed last stays.
    """
    hosts: dict[str, list[str]] = {}
    for part in strangers:
        hosts.setdefault(host(part), []).append(part)
    looked_at = list(hosts.values())[:HOSTS_ASKED]
    answers = await asyncio.gather(
        *(get(replace(request, kind="robots", url=discovery.robots_of(of[0]))) for of in looked_at)
    )
    index = {canonical(url) for url in urls}
    stood = {shown.url for shown in request.stood}
    found: set[str] = set()
    for of, answer in zip(looked_at, answers, strict=True):
        if isinstance(answer, Failure):
            found |= stood.intersection(of)
            continue
        named = {canonical(url) for url in answer.sitemaps}
        found |= {part for part in of if canonical(part) in named or named & index}
    return frozenset(found), not any(isinstance(answer, Failure) for answer in answers)
