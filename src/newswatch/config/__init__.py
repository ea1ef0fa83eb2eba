"""What the configuration says: feeds.yaml and the files of config/, read once and checked whole.

Rule: refuses early, every mistake at once, each with file, line and path; never reads a clock or
the environment by itself. This file, `settings` and `files` are light; `documents` (YAML),
`schema` (checking) and `editing` are imported only when they are needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from newswatch.config.files import contents, decoded
from newswatch.config.secrets import Secrets, kept, mail_password, read_secrets
from newswatch.config.settings import (
    MAIN,
    ConfigError,
    Configuration,
    MailSettings,
    MetricsSettings,
    NoSuchEntry,
    Wrong,
    user_agent,
)
from newswatch.model import Cluster, CrawlPolicy, Feed, Rule

__all__ = [
    "MAIN", "ConfigError", "Configuration", "MailSettings", "MetricsSettings", "NoSuchEntry", "Secrets", "Wrong", "add_feed", "add_feeds",
    "add_rule", "cluster_of", "crawl_policy", "kept", "load", "mail_password", "read_secrets", "remove_rule", "store_address", "user_agent",
]  # fmt: skip

CROWD = 1000  # feeds


def load(folder: Path, feeds_file: Path) -> Configuration:
    """The configuration of *folder* and *feeds_file*. Raises ConfigError naming every mistake."""
    from newswatch.config.schema import check

    made = check(folder, feeds_file)
    if len(made.feeds) < CROWD:
        return made
    import gc
    import pickle

    # Once more, in memory of its own: words keep the pages of the trees they were read out of, 15 MB for 10,000 feeds.
    value = pickle.dumps(made)
    del made
    gc.collect()
    alone: Configuration = pickle.loads(value)  # noqa: S301 - our own, of just now
    return alone


def crawl_policy(folder: Path) -> CrawlPolicy:
    """How to behave, as the main file of *folder* says, whatever is wrong elsewhere. Raises ConfigError."""
    from newswatch.config import schema

    return schema.crawl_policy(folder)


def cluster_of(folder: Path) -> Cluster | None:
    """The cluster that the main file of *folder* names, None for none; looked at by eye first, as most name none.
    Raises ConfigError.
    """
    path = folder / MAIN
    try:
        lines = decoded(path, contents(path)).splitlines()
    except FileNotFoundError:
        return None
    if not any("://" in line and not line.lstrip().startswith("#") for line in lines):
        return None
    from newswatch.config import schema

    return schema.cluster_of(folder)


# ── the store's address alone ───────────────────────────────────────────────────────────────

# What a hand usually writes: each line a comment, or a key or a dash with at most one word, one
# quoted text or one list that ends in the same line. Whatever is not so is left to YAML.
_PLAIN = r"\w(?:[\w./@+~=?&%()*-]|:(?=[\w/])| (?=\w))*"
_VALUE = rf"""(?:{_PLAIN}|"[^"\\]*"|'[^']*'|\[[\w ,./:-]*\])"""
_END = r"(?: +#.*)? *"
_USUAL = re.compile(rf" *(?:#.*|(?:- +)?\w+:(?: +{_VALUE})?{_END}|- +{_VALUE}{_END})?")
_OTHER_END = re.compile("\r(?!\n)|[\x85\u2028\u2029]")  # ends a line, and a comment, for YAML
_STORE = re.compile(rf"""store: +(["']?)(?P<address>[^"'\[]+?)\1{_END}""")


def store_address(folder: Path) -> str | None:
    """Only the `store:` of newswatch.yaml, None where it says none: readers need no more.

    Read by eye where the file is written as files usually are, so that a search starts at once;
    else by YAML. Raises ConfigError when it cannot be read.
    """
    path = folder / MAIN
    try:
        text = decoded(path, contents(path))
    except FileNotFoundError:
        return None
    by_eye = _store_by_eye(text)
    if by_eye is not None:
        return by_eye or None
    from newswatch.config.documents import line_of, parsed

    document = parsed(path, text)
    address = document.value.get("store") if isinstance(document.value, dict) else None
    if address is not None and not (isinstance(address, str) and address.isprintable()):
        line = line_of(document, ("store",))
        raise ConfigError(f"{path}:{line}: store: must be like sqlite:var/newswatch.db")
    return address


def _store_by_eye(text: str) -> str | None:
    """The value of `store:`, '' where there is no such key, None where the eye is not sure."""
    lines = text.replace("\r\n", "\n").split("\n")
    if _OTHER_END.search(text) or not all(_USUAL.fullmatch(line) for line in lines):
        return None
    written = [line for line in lines if line and not line.lstrip().startswith("#")]
    places = [n for n, line in enumerate(written) if line.lstrip(" -").startswith("store:")]
    if not places:
        return ""
    found = _STORE.fullmatch(written[places[0]])
    after = written[places[0] + 1 : places[0] + 2]
    # A line indented below would go on with the value.
    if len(places) > 1 or found is None or (after and after[0][0] in " -"):
        return None
    address = found["address"]
    return address if ":" in address and address.isprintable() else None


# ── additions ───────────────────────────────────────────────────────────────────────────────

Beside = tuple[Path, Path]  # the folder and the feeds' file with which what is added must agree


def add_rule(path: Path, rule: Rule, *, keep: bool = True, beside: Beside | None = None) -> None:
    """Add *rule* to the rules' file, every other byte kept; without *keep* only see whether it could
    be. Raises ConfigError when the name is taken, or when with it something would be wrong in the rule
    or in the configuration *beside* it; then nothing is written.
    """
    from newswatch.config.editing import append
    from newswatch.config.schema import RuleSection, refuse

    value: dict[str, str | tuple[str, ...]] = {"name": rule.name, "query": rule.query}
    if rule.tell:
        value["tell"] = rule.tell
    if rule.priority != "normal":
        value["priority"] = rule.priority
    if rule.feeds:
        value["feeds"] = rule.feeds
    if rule.tags:
        value["tags"] = rule.tags
    refuse(RuleSection, value)
    (reason,) = append(path, "rules", (value,), ("name",), keep=keep, agree=_agreeing(path, beside))
    if reason:
        raise ConfigError(reason)


def remove_rule(path: Path, name: str) -> None:
    """Remove a rule from its file, every other byte kept. Raises NoSuchEntry, ConfigError."""
    from newswatch.config.editing import remove

    remove(path, "rules", name)


def add_feed(path: Path, feed: Feed, *, keep: bool = True, beside: Beside | None = None) -> None:
    """Add *feed* to the feeds' file, every other byte kept; without *keep* only see whether it could
    be. Raises ConfigError when name or address is there already, or when with it something would be
    wrong in the feed or in the configuration *beside* it; then nothing is written.
    """
    (reason,) = add_feeds(path, (feed,), keep=keep, beside=beside)
    if reason:
        raise ConfigError(reason)


def add_feeds(
    path: Path, feeds: Iterable[Feed], *, keep: bool = True, beside: Beside | None = None
) -> tuple[str, ...]:
    """Add *feeds* to the feeds' file, every other byte kept; without *keep* nothing is written.
    Returns for each why it was left out, '' where it was added. Raises ConfigError when the file cannot
    be read or written, or when something would be wrong in the configuration *beside* it.
    """
    from newswatch.config.editing import append
    from newswatch.config.schema import FeedSection, refuse

    sound: list[dict[str, str | tuple[str, ...]]] = []
    reasons: list[str | None] = []
    for feed in feeds:
        value: dict[str, str | tuple[str, ...]] = {"name": feed.name, "url": feed.url}
        if feed.newsroom:
            value["newsroom"] = feed.newsroom
        if feed.lang:
            value["lang"] = feed.lang
        if feed.tags:
            value["tags"] = feed.tags
        if feed.pages != "fetch":
            value["pages"] = feed.pages
        for key in ("format", "terms", "user_agent", "sitemap"):
            if said := getattr(feed, key):
                value[key] = said
        try:
            refuse(FeedSection, value)
        except ConfigError as wrong:
            reasons.append(str(wrong))
        else:
            sound.append(value)
            reasons.append(None)
    agree = _agreeing(path, beside)
    written = iter(append(path, "feeds", sound, ("name", "url"), keep=keep, agree=agree))
    return tuple(next(written) if reason is None else reason for reason in reasons)


def _agreeing(path: Path, beside: Beside | None) -> Callable[[str], None]:
    """What shows the new text of *path* to the rest of the configuration."""
    from newswatch.config import schema

    def agree(text: str) -> None:
        if beside is not None:
            schema.agree(*beside, path, text)

    return agree
