"""What may stand in the configuration's files, and what must fit together.

Rule: pydantic checks shapes here and nowhere else; what is found wrong is collected from all files
before anything is refused. Every key has a default.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from newswatch.address import is_web
from newswatch.config.documents import Path_, line_of, plain, read
from newswatch.config.settings import (
    DIGESTS,
    MAIN,
    RULES,
    ConfigError,
    Configuration,
    MailSettings,
)
from newswatch.model import CrawlPolicy, DigestPlan, Feed, PagesMode, Person, Priority, Rule
from newswatch.query import QueryError
from newswatch.query import read as read_query

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def _seconds(value: object) -> object:
    """Seconds from a number or "15m", "3d"."""
    if isinstance(value, str):
        found = re.fullmatch(r"(\d{1,9})\s*([smhdw]?)", value.strip())
        if not found:
            raise ValueError('must be seconds, or like "15m", "12h", "3d"')
        return int(found[1]) * UNITS[found[2] or "s"]
    return value


def _time(value: object) -> object:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if not found:
        raise ValueError('must be a time of day like "07:30"')
    return f"{int(found[1]):02d}:{found[2]}"


def _zone(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be a time zone like Europe/Berlin")  # noqa: TRY004 - pydantic's way
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(
            f'there is no time zone "{value[:60]}": write one like Europe/Berlin'
        ) from error
    return value


def _web(value: object) -> object:
    if not isinstance(value, str) or not is_web(value):
        raise ValueError("must be an address that begins with http:// or https://")
    return value


def _mail_address(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"[^\s@<>,;:\"\\]+@[^\s@<>,;:\"\\]+", value):
        raise ValueError("must be a mail address like anna@example.org")
    return value


def _day(value: object) -> object:
    if not isinstance(value, str) or value.lower()[:3] not in DAYS:
        raise ValueError(f"must be one of {', '.join(DAYS)}")
    return DAYS.index(value.lower()[:3])


def _list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Seconds = Annotated[int, BeforeValidator(_seconds), Field(ge=0, le=366 * 86400)]
TimeOfDay = Annotated[str, BeforeValidator(_time)]
Zone = Annotated[str, BeforeValidator(_zone)]
Web = Annotated[str, BeforeValidator(_web), Field(max_length=2000)]
MailAddress = Annotated[str, BeforeValidator(_mail_address), Field(max_length=254)]
Weekday = Annotated[int, BeforeValidator(_day)]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f,]+$")]
Words = Annotated[list[Name], BeforeValidator(_list)]


class Section(BaseModel):
    """A mapping in which every key is known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class FeedSection(Section):
    """One of `feeds:`."""

    name: Name
    url: Web
    newsroom: str = Field("", max_length=100)
    lang: str = Field("", pattern=r"^([A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*)?$")
    tags: Words = []
    pages: PagesMode = "fetch"
    min_interval: Seconds | None = None
    max_interval: Seconds | None = None
    alert_backlog: bool = False
    enabled: bool = True


class FeedsFile(Section):
    """feeds.yaml."""

    feeds: list[FeedSection] = []


class CrawlSection(Section):
    """`crawl:` of newswatch.yaml."""

    allow_networks: Words = []
    spacing: float = Field(1.0, ge=0, le=3600)
    min_interval: Seconds = 60
    max_interval: Seconds = 86400
    extraction: Literal["default", "best"] = "default"
    user_agent: str = Field("", max_length=300)
    concurrency: int = Field(64, ge=1, le=2000)
    per_host: int = Field(2, ge=1, le=20)
    children: int = Field(2, ge=1, le=64)


class MailSection(Section):
    """`mail:` of newswatch.yaml."""

    server: str = Field("", max_length=500)
    sender: MailAddress = "newswatch@localhost"
    user: str = Field("", max_length=300)
    password_file: str = Field("", max_length=1000)


class MainFile(Section):
    """newswatch.yaml."""

    store: str = Field("sqlite:var/newswatch.db", pattern=r"^sqlite:.+", max_length=1000)
    contact: str = Field("", max_length=300)
    crawl: CrawlSection = CrawlSection()
    workers: str = Field("local", pattern=r"^local$")
    mail: MailSection = MailSection()
    alert_max_age: Seconds = 3 * 86400


class RuleSection(Section):
    """One of `rules:`."""

    name: Name
    query: str = Field(min_length=1, max_length=10_000)
    tell: Words = []
    priority: Priority = "normal"
    feeds: Words = []
    tags: Words = []


class RulesFile(Section):
    """rules.yaml."""

    rules: list[RuleSection] = []


class PersonSection(Section):
    """One of `people:`."""

    address: MailAddress
    zone: Zone = "UTC"
    quiet: list[Annotated[list[TimeOfDay], Field(min_length=2, max_length=2)]] = []


class DigestSection(Section):
    """One of `digests:`."""

    to: Words
    at: Annotated[list[TimeOfDay], BeforeValidator(_list), Field(min_length=1)] = ["07:30"]
    days: Annotated[list[Weekday], BeforeValidator(_list), Field(min_length=1)] = [
        0,
        1,
        2,
        3,
        4,
        5,
        6,
    ]
    zone: Zone | None = None
    min_items: int = Field(1, ge=1, le=10_000)


class DigestsFile(Section):
    """digests.yaml."""

    people: dict[Name, PersonSection] = {}
    digests: dict[Name, DigestSection] = {}


@dataclass
class Mistakes:
    """What was found wrong so far; files are added as they are read."""

    found: list[tuple[str, int, str]] = field(default_factory=list)
    documents: dict[Path, Any] = field(default_factory=dict)

    def at(self, file: Path, path: Path_, said: str) -> None:
        """One mistake, at *path* in *file*."""
        line = line_of(self.documents.get(file), path)
        where = ".".join(f"[{step}]" if isinstance(step, int) else step for step in path)
        where = where.replace(".[", "[")
        self.found.append(
            (str(file), line, f"{file}:{line}: {where + ': ' if where else ''}{said}")
        )

    def raise_if_any(self) -> None:
        """Raise ConfigError with every mistake, in the order of file and line."""
        if self.found:
            raise ConfigError("\n".join(said for _, _, said in sorted(set(self.found))))


def _read(file: Path, shape: type[Section], mistakes: Mistakes) -> Any:
    """The file as *shape*; its defaults when it is missing or wrong (the mistake is noted)."""
    if not file.exists():
        return shape()
    try:
        document = read(file)
    except ConfigError as error:
        found = re.match(rf"{re.escape(str(file))}:(\d+)", str(error))
        mistakes.found.append((str(file), int(found[1]) if found else 1, str(error)))
        return shape()
    mistakes.documents[file] = document
    try:
        return shape.model_validate(plain(document))
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_context=True):
            mistakes.at(file, wrong["loc"], _in_words(wrong, shape))
        return shape.model_construct(
            **{
                name: info.get_default(call_default_factory=True, validated_data={})
                for name, info in shape.model_fields.items()
            }
        )


def _in_words(wrong: Any, shape: type[Section]) -> str:
    kind, given = wrong["type"], wrong["input"]
    if kind == "extra_forbidden":
        key = str(wrong["loc"][-1])
        return f'unknown key "{key[:60]}"{_nearest(key, _keys(shape, wrong["loc"][:-1]))}'
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", wrong["msg"])
        return f'"{str(given)[:60]}" is none of {", ".join(known)}{_nearest(str(given), known)}'
    if kind == "value_error":
        return str(wrong["ctx"]["error"])
    said = str(wrong["msg"])
    return said[:1].lower() + said[1:]


def _keys(shape: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys that may stand at *path* of *shape*."""
    here: Any = shape
    for step in path:
        fields = getattr(here, "model_fields", None)
        if fields is not None and step in fields:
            here = fields[step].annotation
        inner = [here, *getattr(here, "__args__", ())]
        here = next((t for t in inner if isinstance(t, type) and issubclass(t, BaseModel)), here)
    return list(getattr(here, "model_fields", {}))


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f' (did you mean "{near[0]}"?)' if near else ""


def check(folder: Path, feeds_file: Path) -> Configuration:
    """Read all files and fit them together. Raises ConfigError with every mistake."""
    if not folder.is_dir():
        raise ConfigError(
            f"{folder}: there is no such folder. Make it with a file {MAIN} (it may be empty),"
            " or name another with --config."
        )
    mistakes = Mistakes()
    main_file, rules_file, digests_file = folder / MAIN, folder / RULES, folder / DIGESTS
    if not main_file.exists():
        raise ConfigError(f"{main_file}: is missing. An empty file will do.")
    main: MainFile = _read(main_file, MainFile, mistakes)
    feeds: FeedsFile = _read(feeds_file, FeedsFile, mistakes)
    rules: RulesFile = _read(rules_file, RulesFile, mistakes)
    digests: DigestsFile = _read(digests_file, DigestsFile, mistakes)
    _check_networks(main, main_file, mistakes)
    _check_feeds(feeds, feeds_file, mistakes)
    _check_rules(rules, feeds, digests, rules_file, mistakes)
    _check_digests(digests, digests_file, mistakes)
    _check_mail(main, rules, main_file, mistakes)
    mistakes.raise_if_any()
    return _assembled(main, feeds, rules, digests)


def _check_networks(main: MainFile, file: Path, mistakes: Mistakes) -> None:
    for position, network in enumerate(main.crawl.allow_networks):
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            mistakes.at(file, ("crawl", "allow_networks", position), str(error))
    if main.crawl.min_interval > main.crawl.max_interval:
        mistakes.at(file, ("crawl", "max_interval"), "is below min_interval")


def _check_feeds(feeds: FeedsFile, file: Path, mistakes: Mistakes) -> None:
    for key in ("name", "url"):
        seen: dict[str, int] = {}
        for position, feed in enumerate(feeds.feeds):
            value = getattr(feed, key)
            if value in seen:
                first = line_of(mistakes.documents.get(file), ("feeds", seen[value], key))
                mistakes.at(file, ("feeds", position, key), f'"{value}" is taken in line {first}')
            seen.setdefault(value, position)


def _check_rules(
    rules: RulesFile, feeds: FeedsFile, digests: DigestsFile, file: Path, mistakes: Mistakes
) -> None:
    readers = [*digests.people, *digests.digests]
    names = [feed.name for feed in feeds.feeds]
    tags = sorted({tag for feed in feeds.feeds for tag in feed.tags})
    seen: set[str] = set()
    for position, rule in enumerate(rules.rules):
        here: Path_ = ("rules", position)
        if rule.name in seen:
            mistakes.at(file, (*here, "name"), f'"{rule.name}" is taken by an earlier rule')
        seen.add(rule.name)
        try:
            read_query(rule.query)
        except QueryError as error:
            said = str(error).replace("\n", "\n    ")
            mistakes.at(file, (*here, "query"), said)
        for key, known, what in (
            ("tell", readers, "person or digest"),
            ("feeds", names, "feed"),
            ("tags", tags, "feed's tag"),
        ):
            for number, name in enumerate(getattr(rule, key)):
                if name not in known:
                    hint = _nearest(name, known)
                    mistakes.at(file, (*here, key, number), f'there is no {what} "{name}"{hint}')


def _check_digests(digests: DigestsFile, file: Path, mistakes: Mistakes) -> None:
    for name, digest in digests.digests.items():
        if name in digests.people:
            mistakes.at(file, ("digests", name), "is also a person's name: rename one of them")
        if name == "now":
            mistakes.at(file, ("digests", name), '"now" means at once: give it another name')
        for position, person in enumerate(digest.to):
            if person not in digests.people:
                hint = _nearest(person, digests.people)
                mistakes.at(
                    file, ("digests", name, "to", position), f'there is no person "{person}"{hint}'
                )


def _check_mail(main: MainFile, rules: RulesFile, file: Path, mistakes: Mistakes) -> None:
    server = main.mail.server
    if server and not re.match(r"(smtp|smtps)://.+|file:.+", server):
        mistakes.at(file, ("mail", "server"), "must be smtp://HOST, smtps://HOST or file:FOLDER")
    if not server and any(rule.tell for rule in rules.rules):
        mistakes.at(
            file,
            ("mail", "server"),
            "is needed, as a rule tells somebody: smtp://HOST:PORT, smtps://HOST, or file:var/outbox",
        )


def _assembled(
    main: MainFile, feeds: FeedsFile, rules: RulesFile, digests: DigestsFile
) -> Configuration:
    crawl = main.crawl
    contact = main.contact or "no contact configured"
    agent = crawl.user_agent or f"Mozilla/5.0 (compatible; newswatch; +{contact})"
    return Configuration(
        store=main.store,
        contact=main.contact,
        policy=CrawlPolicy(
            user_agent=agent,
            allow_networks=tuple(crawl.allow_networks),
            spacing=crawl.spacing,
            per_host=crawl.per_host,
            concurrency=crawl.concurrency,
            children=crawl.children,
            extraction=crawl.extraction,
        ),
        feeds=tuple(_feed(feed, crawl) for feed in feeds.feeds),
        rules=tuple(
            Rule(r.name, r.query, tuple(r.tell), r.priority, tuple(r.feeds), tuple(r.tags))
            for r in rules.rules
        ),
        people=tuple(
            Person(name, p.address, p.zone, tuple((a, b) for a, b in p.quiet))
            for name, p in digests.people.items()
        ),
        digests=tuple(
            DigestPlan(
                name,
                tuple(dict.fromkeys(d.to)),
                tuple(sorted(set(d.at))),
                tuple(sorted(set(d.days))),
                d.zone or "",
                d.min_items,
            )
            for name, d in digests.digests.items()
        ),
        workers=main.workers,
        mail=MailSettings(
            main.mail.server or "file:var/outbox",
            main.mail.sender,
            main.mail.user,
            main.mail.password_file,
        ),
        alert_max_age=timedelta(seconds=main.alert_max_age),
    )


def _feed(feed: FeedSection, crawl: CrawlSection) -> Feed:
    least = crawl.min_interval if feed.min_interval is None else feed.min_interval
    most = crawl.max_interval if feed.max_interval is None else feed.max_interval
    return Feed(
        name=feed.name,
        url=feed.url,
        newsroom=feed.newsroom,
        lang=feed.lang.lower().replace("_", "-"),
        tags=tuple(feed.tags),
        pages=feed.pages,
        min_interval=least,
        max_interval=max(least, most),
        alert_backlog=feed.alert_backlog,
        enabled=feed.enabled,
    )
