"""What a letter to the operator says: what troubles newswatch, what did, and what does no more.

Rule: a line each, safe and bounded; what is more than a letter shows is counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from newswatch.dates import Local
from newswatch.digest.pieces import cut
from newswatch.model import Digest, Trouble

NOTICES = 50
WHOSE = {
    "feed": "feed {}", "quarantine": "feed {}", "overflow": "feed {}", "silent": "feed {}", "letter": "letters to {}", "channel": "the channel of {}",
    "mail": "the {}", "store": "store {}", "backup": "copies of {}", "disk": "the disk of {}", "full": "the disk of {}", "clock": "{}", "crash": "{}",
    "cluster": "the cluster at {}",
}  # fmt: skip


def notices(digest: Digest, local: Local) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """What troubles newswatch, and what does no more, a line each, the first 50."""
    lasting = [t for t in digest.troubles if t.until is None]
    happened = [t for t in digest.troubles if t.until is not None]
    for heading, found in (
        ("In trouble", lasting), ("Over already", happened), ("Well again", digest.over),
    ):  # fmt: skip
        lines = tuple(_notice(trouble, local) for trouble in found[:NOTICES])
        if len(found) > NOTICES:
            lines = (*lines, f"and {len(found) - NOTICES:,} more: see `newswatch status`")
        if lines:
            yield heading, len(found), lines


def _notice(trouble: Trouble, local: Local) -> str:
    whose = WHOSE.get(trouble.kind, "{}").format(cut(trouble.subject, 80))
    when = f"since {local.moment(trouble.since)}"
    if trouble.until is not None:
        when = local.moment(trouble.since)
        if trouble.until > trouble.since:
            when = f"{when} to {local.moment(trouble.until)}"
    return f"{whose[:1].upper()}{whose[1:]}, {when}: {cut(trouble.says, 300)}"
