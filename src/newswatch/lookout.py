"""Every few minutes: whether what rules with a threshold find stands out, and who is owed that.

Rule: what is told, and that it was told, is one deed of the store; a letter is sealed of it as of everything owed. Rules
without a threshold are not looked at. A rule that is still to be run over the archive is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo

from newswatch import surges
from newswatch.model import Notification, Rule, StoreError, Surge, Window, content_id
from newswatch.store import Surges
from newswatch.surges import Finding

STEPS = 48  # of a letter's sparkline
HOUR, DAY = 3600, 86400  # seconds of a step: an hour, unless what is told lasts longer than a day

Audience = Mapping[str, tuple[tuple[str, str], ...]]


def look(
    kept: Surges,
    rules: Iterable[Rule],
    audience: Audience,
    zone: tzinfo,
    now: datetime,
    held: Callable[[str], bool],
    failed: Callable[[str, Exception], None] = lambda _what, _error: None,
) -> Iterator[Surge | None]:
    """Note that the machine watches at *now*, then judge each of *rules*, as the next is asked for; what stands out is
    kept with what its readers are owed. *held* names rules that tell nobody now; *failed* hears of one that could not
    be judged, and the others are.
    """
    kept.look(now)
    for rule in rules:
        if rule.threshold is None or held(rule.name):
            continue
        try:
            surge = _told(kept, rule, zone, now)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are judged
            failed(f"rule {rule.name}", error)
            continue
        if surge is not None:
            kept.keep(surge, _owed(rule, surge, audience))
        yield surge


def finding(kept: Surges, rule: Rule, zone: tzinfo, now: datetime) -> Finding:
    """What is to be said of a rule with a threshold at *now*."""
    threshold = rule.threshold
    assert threshold is not None
    last = kept.last_story(rule.name, now) if threshold.kind == "silence" else None
    found = kept.counts(rule.name, surges.windows(threshold, last, now, zone))
    watch = kept.watch(now - surges.reach(threshold))
    said = surges.judge(threshold, found, watch, last, kept.told(rule.name), now)
    if said.state == "surge" and threshold.kind == "silence":
        silent = kept.unwell(rule.feeds, rule.tags)
        if silent:
            return Finding(
                "unknown", f"nothing came, and feeds do not answer: {', '.join(silent[:3])}"
            )
    return said


def _told(kept: Surges, rule: Rule, zone: tzinfo, now: datetime) -> Surge | None:
    said = finding(kept, rule, zone, now)
    if said.state != "surge" or said.since is None or said.until is None or rule.threshold is None:
        return None
    silence = rule.threshold.kind == "silence"
    # Of a silence the story before it is told: *since* is when that came.
    until = said.since + timedelta(seconds=1) if silence else said.until
    step = HOUR if said.until - said.since <= timedelta(days=1) else DAY
    begins = said.until - timedelta(seconds=step * STEPS)
    bins = tuple(
        Window(begins + timedelta(seconds=step * n), begins + timedelta(seconds=step * (n + 1)))
        for n in range(STEPS)
    )
    fingerprint = kept.fingerprint(rule.name)
    return Surge(
        id=content_id("surge", rule.name, fingerprint, rule.threshold.kind, now.isoformat()),
        rule=rule.name,
        fingerprint=fingerprint,
        kind=rule.threshold.kind,
        at=now,
        since=said.since,
        until=said.until,
        count=said.count,
        against=said.against,
        days=said.days,
        stories=kept.stories(rule.name, said.since, until),
        figures=tuple(count for _, count in kept.counts(rule.name, bins)),
        step=step,
    )


def _owed(rule: Rule, surge: Surge, audience: Audience) -> tuple[Notification, ...]:
    """A surge goes by its own name where others go by their story's: it is a group, and a thread, of its own."""
    pairs = dict.fromkeys(pair for name in rule.tell for pair in audience.get(name, ()))
    return tuple(
        Notification(recipient, digest, rule.name, surge.id, f"surge:{surge.id}", "", "", surge.at, rule.priority)
        for recipient, digest in pairs
    )  # fmt: skip
