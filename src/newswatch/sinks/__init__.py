"""Where an archive's changes go beside standard output: a search engine, a folder of Parquet, a webhook.

Rule: changes in, what was refused out. What a sink has taken may come again and changes nothing then; which change was
the last that all of it took, the caller notes afterwards. A sink asks the archive only what stands now.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from newswatch.sinks.bulk import Bulk
from newswatch.sinks.misfortune import TRIES, NotTaken, Patience, SinkError
from newswatch.sinks.position import Position
from newswatch.sinks.posting import Post
from newswatch.sinks.translating import Change, Standing
from newswatch.sinks.webhook import Webhook

FORMS = "opensearch+https://HOST:9200/INDEX, elasticsearch+https://…, parquet:FOLDER, https://HOOK or @FILE, which holds one of them"
ENGINES = ("opensearch", "elasticsearch")
INDEX = re.compile(r"[a-z0-9][a-z0-9._-]{0,199}")
HEADER = re.compile(r"[!-~]+( [!-~]+)*")


class Sink(Protocol):
    """One way out. *named* is what messages call it, without any secret; *anew* what to do where it holds another
    history, *forgets* whether it may be told another one all the same; *each* how many seconds lie between two looks for
    changes that came.
    """

    named: str
    anew: str
    forgets: bool
    each: float

    def behind(self, last: int) -> int:
        """Behind which change it wants to be given changes, where it took all up to *last*."""

    def is_full(self, changes: Sequence[Change]) -> bool:
        """Whether so many *changes* are to be taken now."""

    def take(self, changes: Sequence[Change], archive: Standing) -> Sequence[str]:
        """Take *changes*, in their order; of each document that was refused for good, in words which and why. What
        is returned was taken by the other side, or is on the disk. Raises SinkError.
        """


def sink_to(address: str, authorization: str, patience: Patience) -> Sink:
    """The way out that an *address* names. Nothing is asked, and nothing is made, yet. Raises SinkError, with no part
    of an address that cannot be read.
    """
    if address.startswith("parquet:"):
        if authorization:
            raise SinkError("a folder asks for no authorization")
        return _parquet(address.removeprefix("parquet:"))
    engine, _, rest = address.partition("+")
    parts = _split(rest if engine in ENGINES else address)
    origin = f"{parts.scheme}://{parts.netloc}"
    if authorization:
        _may_carry(parts, authorization)
    if engine not in ENGINES:
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        return Webhook(origin, Post(origin, path, authorization), patience)
    path, _, index = parts.path.rpartition("/")
    if not INDEX.fullmatch(index) or parts.query:
        raise SinkError(
            f"an index is needed behind {engine}+{origin}/, in small letters, figures and . _ -: {FORMS}"
        )
    where = Post(origin, f"{path}/{index}/_bulk", authorization)
    return Bulk(f"{engine}+{origin}{path}/{index}", where, patience)


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not address.isascii() or not address.isprintable() or " " in address:
        raise SinkError(f"--to names no way out: write {FORMS}")
    if "@" in parts.netloc:
        raise SinkError(
            "no user and password in --to: put the Authorization header's value into a file for --authorization-file"
        )
    return parts


def _may_carry(parts: SplitResult, authorization: str) -> None:
    """Raises SinkError for what no header can hold, and where anybody on the way could read it."""
    if not HEADER.fullmatch(authorization):
        raise SinkError(
            "the authorization must be one line of ASCII, such as: Basic dXNlcjpwYXNzd29yZA=="
        )
    if parts.scheme == "http" and not _is_here(parts.hostname or ""):
        raise SinkError("an authorization goes over https:// alone, or to this machine itself")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parquet(folder: str) -> Sink:
    if not folder or "\0" in folder:
        raise SinkError("a folder is needed behind parquet:")
    if find_spec("pyarrow") is None:
        raise SinkError("Parquet needs the extra parquet: pip install 'newswatch[parquet]'")
    from newswatch.sinks.parquet import Parquet

    return Parquet(Path(folder))


__all__ = ["FORMS", "TRIES", "NotTaken", "Patience", "Position", "Sink", "SinkError", "sink_to"]
