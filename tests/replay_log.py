"""What recorded feeds showed to whoever polled them, by the replay server's log: for tests and benches.

Rule: a reading of its own, by feedparser alone, beside ours.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

import feedparser

from newswatch.address import canonical
from replayed import Replay

BROKEN = frozenset(
    {"empty", "truncate", "htmlerror"}
)  # faults in whose answers entries are missing


def entries_polled(server: Replay) -> Iterator[str]:
    """The address of each entry that any answer to a poll showed whole, once a feed, as the archive has it."""
    manifest, log, hosts = server.manifest(), server.ask("log"), server.ask("hosts")
    for route in manifest["routes"]:
        if route["kind"] == "items":
            shown = [item["url"] for items in items_shown(route, log) for item in items]
        elif route["kind"] == "versions":
            shown = links_shown(server, route, log, manifest["faults"])
        else:
            continue
        for link in dict.fromkeys(shown):
            yield canonical(replayed_at(link.strip(), hosts))


def polls(route: Any, log: Any) -> list[float]:
    """When a recorded feed was answered with a body."""
    return [
        entry[0]
        for entry in log
        if entry[2] == route["host"] and entry[4] == 200 and entry[3].startswith(route["path"])
    ]


def items_shown(route: Any, log: Any) -> list[list[Any]]:
    """The dated items a made-up envelope showed at each poll: the newest up to then."""
    newest = sorted(route["items"], key=lambda i: (_epoch(i["at"]), i["url"]), reverse=True)
    return [
        [item for item in newest if _epoch(item["at"]) <= at][: route.get("limit", 100)]
        for at in polls(route, log)
    ]


def links_shown(server: Replay, route: Any, log: Any, faults: Any) -> list[str]:
    """The links of every recorded body that a poll was answered with whole."""
    seen = set()
    for at in polls(route, log):
        shown = [v for v in route["versions"] if _epoch(v["from"]) <= at] or route["versions"][:1]
        fault = any(
            f["host"] == route["host"]
            and f["kind"] in BROKEN
            and _epoch(f["from"]) <= at < _epoch(f["to"])
            for f in faults
        )
        if not fault:
            seen.add(shown[-1]["file"])
    links = []
    for name in sorted(seen):
        body = gzip.decompress((server.site / "files" / name).read_bytes())
        parsed = feedparser.parse(BytesIO(body), sanitize_html=False)
        links += [link for e in parsed.entries if (link := e.get("link") or e.get("id"))]
    return links


def replayed_at(link: str, hosts: dict[str, str]) -> str:
    """Where the replay serves a recorded address; itself where it does not."""
    found = re.match(r"https?://([^/]+)(/.*)?$", link)
    if found and found[1] in hosts:
        return hosts[found[1]] + (found[2] or "")
    return link


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
