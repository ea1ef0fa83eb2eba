"""What the configuration says: feeds.yaml and the files of config/, read once and checked whole.

Rule: refuses early, every mistake at once, each with file, line and path; never reads a clock or
the environment by itself. This file and `settings` are light; `documents` (YAML) and `schema`
(checking) are imported only when a whole configuration is read.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path

from newswatch.config.settings import MAIN, ConfigError, Configuration, MailSettings
from newswatch.model import Feed, Rule

__all__ = [
    "ConfigError", "Configuration", "MailSettings", "add_feed", "add_rule", "load", "mail_password",
    "remove_rule", "store_address",
]  # fmt: skip

PASSWORD_VARIABLE = "NEWSWATCH_MAIL_PASSWORD"  # noqa: S105 - the variable's name
CREDENTIAL = "mail-password"


def load(folder: Path, feeds_file: Path) -> Configuration:
    """The configuration of *folder* and *feeds_file*. Raises ConfigError naming every mistake."""
    from newswatch.config.schema import check

    return check(folder, feeds_file)


def store_address(folder: Path) -> str | None:
    """Only the `store:` of newswatch.yaml, None where it says none: readers need no more.

    Read by eye, not by YAML, so that a search starts at once. Raises ConfigError when unreadable.
    """
    path = folder / MAIN
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error
    found = re.search(r"^store:[ \t]*([\"']?)(.+?)\1[ \t]*(?:[ \t]#.*)?$", text, re.MULTILINE)
    return found[2] if found else None


def mail_password(settings: MailSettings, environ: Mapping[str, str]) -> str:
    """The mail server's password: systemd's credential, else *password_file*, else the environment.

    '' where none is set. Raises ConfigError for a file that is missing or that others may read.
    """
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (Path(credentials) / CREDENTIAL).is_file():
        return (Path(credentials) / CREDENTIAL).read_text("utf-8").strip()
    if settings.password_file:
        path = Path(settings.password_file)
        try:
            mode = path.stat().st_mode
            if mode & (stat.S_IRGRP | stat.S_IROTH):
                raise ConfigError(f"{path}: others may read it: chmod 600 {path}")
            return path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: the mail password cannot be read ({error})") from error
    return environ.get(PASSWORD_VARIABLE, "")


def add_rule(path: Path, rule: Rule) -> None:
    """Add *rule* to the rules' file, its comments kept. Raises ConfigError when the name is taken."""
    from newswatch.config.documents import append

    value: dict[str, object] = {"name": rule.name, "query": rule.query}
    if rule.tell:
        value["tell"] = list(rule.tell)
    if rule.priority != "normal":
        value["priority"] = rule.priority
    append(path, "rules", value)


def remove_rule(path: Path, name: str) -> None:
    """Remove a rule from its file, comments kept. Raises ConfigError when there is none."""
    from newswatch.config.documents import remove

    remove(path, "rules", name)


def add_feed(path: Path, feed: Feed) -> None:
    """Add *feed* to the feeds' file, comments kept. Raises ConfigError when name or address is
    there already.
    """
    from newswatch.config.documents import append

    value: dict[str, object] = {"name": feed.name, "url": feed.url}
    if feed.newsroom:
        value["newsroom"] = feed.newsroom
    if feed.lang:
        value["lang"] = feed.lang
    if feed.tags:
        value["tags"] = list(feed.tags)
    if feed.pages != "fetch":
        value["pages"] = feed.pages
    append(path, "feeds", value, also_unique="url")
