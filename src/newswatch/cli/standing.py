"""What the files say, joined with what the store knows of it: feeds with their polls, rules with their
finds.

Rule: the files come first, the store was there at its last run. *standing* says how the two agree: "in
force", "new" (in the files alone), "changed" (worded otherwise than at the last run), "gone" (in the
store alone). Where there is no configuration, or it is another store's, the store alone is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from newswatch.cli.settings import Options
from newswatch.config import Configuration
from newswatch.model import Feed, Grouping, Rule, StoreMissing
from newswatch.store import NO_LOOKS, Archive, open_archive

Row = dict[str, Any]

# What is known of a feed that was never asked, and of a rule that was never in force.
UNPOLLED: Row = {
    "read_as": None, "polls": 0, "interval": 0, "last_poll": None, "last_good": None, "next_poll": None,
    "failing_since": None, "failure": None, "resting_until": None, "articles": 0, "gaps": 0,
    "last_gap": None, "recovered": 0, "moved": None, "looks": NO_LOOKS, "judgements": [],
    "window": 0, "window_lasts": None, "lately": None,
}  # fmt: skip
UNTRIED: Row = {"matches": 0, "stories": 0, "told": 0, "last_match": None, "last_surge": None}


def feeds(options: Options) -> tuple[Row, ...]:
    """Every feed by name, the files' before those that are gone. Raises Mistake, StoreError."""
    known, configuration = _both(options, lambda archive: archive.feeds())
    if configuration is None:
        return _in_force(known)
    written = sorted(map(_feed, configuration.feeds), key=lambda row: str(row["name"]))
    return _joined(written, known, UNPOLLED, moved=("url",), compared=())


def rules(options: Options) -> tuple[Row, ...]:
    """Every rule in the files' order, then those that are gone. Raises Mistake, StoreError."""
    known, configuration = _both(
        options, lambda archive: tuple(row | {"grouping": {}} for row in archive.rules())
    )
    if configuration is None:
        return _in_force(known)
    compared = ("query", "tell", "priority", "feeds", "tags", "threshold")
    return _joined(map(_rule, configuration.rules), known, UNTRIED, moved=(), compared=compared)


def _both(
    options: Options, asked: Callable[[Archive], tuple[Row, ...]]
) -> tuple[tuple[Row, ...], Configuration | None]:
    """What the store knows, () where there is none yet, and the configuration it belongs to, if any."""
    missing: StoreMissing | None = None
    known: tuple[Row, ...] = ()
    try:
        archive = open_archive(options.store())
    except StoreMissing as none:
        missing = none
    else:
        try:
            known = asked(archive)
        finally:
            archive.close()
    configuration = options.configuration_if_any()
    if configuration is not None and not options.config_given and options.store_given:
        own = options.store_given == configuration.store
        configuration = configuration if own else None
    if missing is not None and configuration is None:
        raise missing
    return known, configuration


def _in_force(known: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(row | {"standing": "in force"} for row in known)


def _joined(
    written: Iterable[Row],
    known: Iterable[Row],
    blank: Mapping[str, Any],
    *,
    moved: tuple[str, ...],
    compared: tuple[str, ...],
) -> tuple[Row, ...]:
    """*written* rows with what is *known* of each by its name, *blank* where it is new. What differs in
    *moved* is another thing than it was, and all but the articles it brought is unknown.
    """
    before = {row["name"]: row for row in known}
    found = []
    for row in written:
        was = before.pop(row["name"], None)
        if was is None:
            found.append({**row, **blank, "standing": "new"})
        elif any(was[key] != row[key] for key in moved):
            found.append({**row, **blank, "articles": was["articles"], "standing": "new"})
        else:
            changed = any(was[key] != row[key] for key in compared)
            found.append({**was, **row, "standing": "changed" if changed else "in force"})
    return (*found, *({**row, "standing": "gone"} for row in before.values()))


def _feed(feed: Feed) -> Row:
    return {
        "name": feed.name, "url": feed.url, "newsroom": feed.newsroom or feed.name, "lang": feed.lang,
        "tags": list(feed.tags), "pages": feed.pages, "format": feed.format or None,
        "enabled": feed.enabled, "terms": feed.terms or None, "user_agent": feed.user_agent or None,
        "headers": dict(feed.headers), "sitemap": feed.sitemap or None,
    }  # fmt: skip


def _rule(rule: Rule) -> Row:
    return {
        "name": rule.name, "query": rule.query, "tell": list(rule.tell), "priority": rule.priority,
        "feeds": list(rule.feeds), "tags": list(rule.tags), "grouping": _grouping(rule.grouping),
        "threshold": rule.threshold.spoken if rule.threshold else None,
    }  # fmt: skip


def _grouping(said: Grouping) -> Row:
    """What a rule's file says of how its letters at once go together, by the file's own names."""
    named = {
        "group_by": said.by or None, "group_wait": said.wait, "group_interval": said.interval,
        "repeat_interval": said.repeat,
    }  # fmt: skip
    return {name: value for name, value in named.items() if value is not None}
