"""What a rule may write under `spike`, `volume` and `silence`, and what may not stand beside them.

Rule: a value is checked before pydantic sees it, and whoever wrote a wrong one reads what is expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from newswatch.config.values import UNITS, seconds
from newswatch.model import SurgeKind, Threshold

KINDS: tuple[SurgeKind, ...] = ("spike", "volume", "silence")
GROUPED = ("group_by", "group_wait", "group_interval", "repeat_interval")
# By measurement (docs/measurements.md): a spike's stories in its hour at least, and those that a silence's hours brought.
SPIKE_FLOOR, RHYTHM_FLOOR = 5, 10
FORTNIGHT, QUARTER, DAY = 14, 91, 86400


def _spike(value: object) -> tuple[float, int]:
    """How many times, and over how many days."""
    found = (
        re.fullmatch(r"(\d{1,4}(?:\.\d{1,2})?)\s*x\s+over\s+(\d{1,4})\s*([dw])", value.strip())
        if isinstance(value, str)
        else None
    )
    if found is None:
        raise ValueError(
            'must be like "3x over 14d": from how many times what the same hour of so many days before brought'
        )
    times, days = float(found[1]), int(found[2]) * UNITS[found[3]] // DAY
    if not 1.5 <= times <= 1000:
        raise ValueError(f"must be 1.5x to 1000x, this is {times:g}x")
    if not FORTNIGHT <= days <= QUARTER:
        raise ValueError(
            f"must be over {FORTNIGHT}d to {QUARTER}d, this is {days}d: two weeks have each weekday twice"
        )
    return times, days


def _volume(value: object) -> tuple[int, int]:
    """How many stories, in how many seconds."""
    found = (
        re.fullmatch(r"(\d{1,7})\s+in\s+(\d{1,5}\s*[mhdw])", value.strip())
        if isinstance(value, str)
        else None
    )
    if found is None:
        raise ValueError('must be like "20 in 1h": from how many stories in how long')
    within = seconds(found[2]) or 0
    if not int(found[1]):
        raise ValueError("must be 1 story at least")
    if not 300 <= within <= 28 * DAY:
        raise ValueError("must be stories in 5m to 28d")
    return int(found[1]), within


def _silence(value: object) -> int:
    """For how many seconds, 0 by the rhythm."""
    if value == "rhythm":
        return 0
    found = seconds(value)
    if found is None:
        raise ValueError(
            'must be like "12h", or "rhythm" for longer than it was ever quiet at these hours'
        )
    if not 3600 <= found <= 28 * DAY:
        raise ValueError('must be between 1h and 28d, or "rhythm"')
    return found


Spike = Annotated[tuple[float, int], BeforeValidator(_spike)]
Volume = Annotated[tuple[int, int], BeforeValidator(_volume)]
Silence = Annotated[int, BeforeValidator(_silence)]


def threshold(
    spike: tuple[float, int] | None,
    volume: tuple[int, int] | None,
    silence: int | None,
    floor: int | None,
    rest: int | None,
) -> Threshold | None:
    """The threshold that a rule's keys mean; None for a rule without one."""
    rests = {} if rest is None else {"rest": rest}
    if spike is not None:
        return Threshold("spike", 3600, floor or SPIKE_FLOOR, spike[0], spike[1], **rests)
    if volume is not None:
        return Threshold("volume", volume[1], volume[0], **rests)
    if silence is not None:
        return Threshold("silence", silence, 0 if silence else floor or RHYTHM_FLOOR)
    return None


def mistakes(rule: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What does not go together in a rule as it is written: the key, and what is wrong with it."""
    kinds = [kind for kind in KINDS if rule.get(kind) is not None]
    for kind in kinds[1:]:
        yield kind, f"must not be beside {kinds[0]}: write two rules, each with one of them"
    for key in GROUPED:
        if kinds and rule.get(key) is not None:
            yield key, f"must not be beside {kinds[0]}: such a rule tells of no story by itself"
    if rule.get("floor") is not None and kinds[:1] != ["spike"] and rule.get("silence") != "rhythm":
        said = "must be beside spike or silence: rhythm"
        yield "floor", f"{said}: volume has its number" if kinds[:1] == ["volume"] else said
    if rule.get("refractory") is not None and kinds[:1] not in (["spike"], ["volume"]):
        said = "must be beside spike or volume"
        yield "refractory", f"{said}: a silence is told once" if kinds else said
