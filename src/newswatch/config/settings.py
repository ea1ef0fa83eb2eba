"""The configuration as a value, and the error that names every mistake in it.

Rule: plain frozen dataclasses; imports nothing slow, as everything else may import it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from newswatch.model import (
    BackupPlan,
    Cluster,
    CrawlPolicy,
    DigestPlan,
    Feed,
    Person,
    Retention,
    Rule,
)

MAIN = "newswatch.yaml"
RULES = "rules.yaml"
DIGESTS = "digests.yaml"


def user_agent(contact: str = "") -> str:
    """What servers are told of us: the version, and where somebody answers for it."""
    from importlib.metadata import version

    whose = f"+{contact}" if contact else "no contact configured"
    return f"Mozilla/5.0 (compatible; newswatch/{version('newswatch')}; {whose})"


@dataclass(frozen=True, slots=True, order=True)
class Wrong:
    """One mistake: in which *file*, '' for none; at which *line* of it, from 1, 0 where none can be named;
    under which *path* of keys; and in words.
    """

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.path, self.message) if part)


class ConfigError(Exception):
    """What is wrong with the configuration: every mistake on a line of its own, and one by one."""

    def __init__(self, said: str, mistakes: tuple[Wrong, ...] = ()) -> None:
        super().__init__(said)
        self.mistakes = mistakes or (Wrong("", 0, "", said),)


class NoSuchEntry(ConfigError):
    """No entry of a list is called so; *known* are the names that there are."""

    def __init__(self, said: str, known: tuple[str, ...]) -> None:
        super().__init__(said)
        self.known = known


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How letters leave. *server* is smtp://, smtps:// or file:; *password_file* holds the secret."""

    server: str = "file:var/outbox"
    sender: str = "newswatch@localhost"
    user: str = ""
    password_file: str = ""


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """Where monitors are answered: a literal address and a port; *names* may stand in Host beside localhost."""

    host: str
    port: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything a run needs, checked. *cluster* is where it crawls, None for this machine; *zone* is whose weekdays and hours
    are compared; *channels* are (reader, the file that holds where their channel leads); *files* are those that say
    something.
    """

    store: str = "sqlite:var/newswatch.db"
    contact: str = ""
    operator: Person | None = None
    policy: CrawlPolicy = field(default_factory=CrawlPolicy)
    feeds: tuple[Feed, ...] = ()
    rules: tuple[Rule, ...] = ()
    people: tuple[Person, ...] = ()
    channels: tuple[tuple[str, str], ...] = ()
    digests: tuple[DigestPlan, ...] = ()
    cluster: Cluster | None = None
    mail: MailSettings = field(default_factory=MailSettings)
    alert_max_age: timedelta = timedelta(days=3)
    backups: BackupPlan = field(default_factory=BackupPlan)
    retention: Retention = field(default_factory=Retention)
    metrics: MetricsSettings | None = None
    heartbeat: str = ""
    zone: str = "UTC"
    files: tuple[str, ...] = field(default=(), compare=False)
