"""A letter's foot: the period, how the sources and the letters did, whose rules sent it, how to stop.

Rule: figures are the store's (`Footer`); what is not known is not said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from newswatch.dates import Local
from newswatch.digest.pieces import cut
from newswatch.model import Digest, SourceTrouble
from newswatch.wording import counted, few

AT_ONCE = "now"
TROUBLES = 10
RULES = 8
ODD = 3


@dataclass(frozen=True, slots=True)
class Foot:
    """What stands below a letter: sentences, and a line for each source in trouble, *more* left out; one for each
    that is *odd* and loses nothing by it, *more_odd* left out.
    """

    said: tuple[str, ...]
    troubles: tuple[str, ...]
    more: int
    odd: tuple[str, ...] = ()
    more_odd: int = 0


def foot(digest: Digest, local: Local) -> Foot:
    """The foot of *digest* in the reader's words."""
    troubles = digest.footer.troubles
    odd: dict[str, list[str]] = {}
    for one in digest.footer.odd:
        odd.setdefault(cut(one.feed, 80), []).append(_said(one, local))
    lines = tuple(f"{feed}: {'; '.join(said)}" for feed, said in odd.items())
    return Foot(
        tuple(_sentences(digest, local)),
        tuple(_trouble(trouble, local) for trouble in troubles[:TROUBLES]),
        max(0, len(troubles) - TROUBLES),
        lines[:ODD],
        max(0, len(lines) - ODD),
    )


def period(since: datetime, until: datetime, local: Local) -> str:
    """A period, its first day and time to its last."""
    return f"{local.moment(since)} to {local.moment(until)}"


def _sentences(digest: Digest, local: Local) -> Iterator[str]:
    shown = digest.footer
    at_once = digest.name == AT_ONCE
    if not at_once and not digest.troubles and not digest.over and digest.since < digest.until:
        yield f"Covers {period(digest.since, digest.until, local)}."
    read = []
    if shown.feeds:
        answered = "" if shown.answered is None else f", {shown.answered:,} of them answered"
        if shown.polls:
            answered += f" {counted(shown.polls, 'poll')}"
        read.append(f"{counted(shown.feeds, 'source')} watched{answered}")
    if shown.articles:
        read.append(f"{counted(shown.articles, 'article')} read")
    if read:
        yield f"{'; '.join(read)}{' in the last day' if at_once else ''}."
    if shown.seen_within is not None:
        yield f"From publication to being seen: {_quantiles(shown.seen_within)}."
    if shown.sent_within is not None:
        yield f"From being seen to a letter at once: {_quantiles(shown.sent_within)}."
    if digest.head and shown.head:
        yield f"The archive's head is {shown.head}: `newswatch verify --against` holds it to that."
    named = (*(item.rule for item in digest.items), *(item.surge.rule for item in digest.surges))
    rules = [cut(rule, 80) for rule in dict.fromkeys(named)]
    if rules:
        yield f"Sent by your rule{'s' if len(rules) > 1 else ''} {few(rules, RULES)}."


def _quantiles(seconds: tuple[float, float]) -> str:
    half, most = map(_lasting, seconds)
    return f"half within {half}, 95% within {most}"


def _lasting(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"


def _trouble(trouble: SourceTrouble, local: Local) -> str:
    return f"{cut(trouble.feed, 80)}: {_said(trouble, local)}"


def _said(trouble: SourceTrouble, local: Local) -> str:
    reason = cut(trouble.reason, 200)
    if trouble.resting_until is not None:
        return f"resting until {local.moment(trouble.resting_until)}, {reason}"
    return f"{reason}, since {local.moment(trouble.since)}" if trouble.since else reason
