"""The configuration's files as they may be, read, checked and put together as one value.

Rule: pydantic checks shapes here and nowhere else. Every key has a default, and a key with nothing
behind it is that default.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from newswatch.config.agreement import check_all
from newswatch.config.documents import Document, parsed, read
from newswatch.config.mistakes import Mistakes, in_words
from newswatch.config.settings import (
    DIGESTS,
    MAIN,
    RULES,
    ConfigError,
    Configuration,
    MailSettings,
    MetricsSettings,
    Wrong,
    user_agent,
)
from newswatch.config.thresholds import Silence, Spike, Volume, threshold
from newswatch.config.values import (
    Age,
    DateLanguage,
    DigestName,
    Headers,
    Language,
    Listen,
    MailAddress,
    MailServer,
    Name,
    Network,
    QueryText,
    Size,
    Span,
    Store,
    TimeOfDay,
    Told,
    UserAgent,
    Web,
    Weekday,
    Words,
    Workers,
    Zone,
    lasting,
    line,
    listed,
    number,
    whole,
)
from newswatch.model import (
    CHANNEL,
    OPERATOR,
    Ages,
    BackupPlan,
    Cluster,
    CrawlPolicy,
    DigestPlan,
    Feed,
    FeedFormat,
    GroupBy,
    Grouping,
    LetterFormat,
    PagesMode,
    Person,
    Priority,
    Retention,
    Rule,
)

# ── files ───────────────────────────────────────────────────────────────────────────────────


class Section(BaseModel):
    """A mapping in which every key is known."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_the_default(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {k: v for k, v in value.items() if v is not None or k not in cls.model_fields}


Interval = Annotated[int, lasting(1)]
Wait = Annotated[int, lasting(0)]


class FeedSection(Section):
    """One of `feeds:`."""

    name: Name
    url: Web
    newsroom: Annotated[str, line(100)] = ""
    lang: Language = ""
    tags: Words = []
    pages: PagesMode = "fetch"
    format: FeedFormat | None = None
    min_interval: Interval | None = None
    max_interval: Interval | None = None
    alert_backlog: bool = False
    enabled: bool = True
    looks: bool = True
    terms: Annotated[str, line(500)] = ""
    user_agent: UserAgent = ""
    headers: Headers = {}
    sitemap: Web | None = None


class FeedsFile(Section):
    """feeds.yaml."""

    feeds: list[FeedSection] = []


class CrawlSection(Section):
    """`crawl:` of newswatch.yaml."""

    allow_networks: Annotated[list[Network], listed("networks")] = []
    spacing: Annotated[float, number(0, 3600, "seconds")] = 1.0
    min_interval: Interval = 60
    max_interval: Interval = 86400
    extraction: Literal["default", "best"] = "default"
    looks: Annotated[int, whole(0, 3600)] = 600
    backfill: Annotated[int, whole(1, 3600)] = 1200
    user_agent: Annotated[str, line(300)] = ""
    concurrency: Annotated[int, whole(1, 2000)] = 64
    per_host: Annotated[int, whole(1, 20)] = 2
    children: Annotated[int, whole(1, 64)] = 2


class MailSection(Section):
    """`mail:` of newswatch.yaml."""

    server: MailServer = ""
    sender: MailAddress = "newswatch@localhost"
    user: Annotated[str, line(300)] = ""
    password_file: Annotated[str, line(1000)] = ""


NIGHTS = BackupPlan()


class BackupsSection(Section):
    """`backups:` of newswatch.yaml."""

    at: TimeOfDay = NIGHTS.at
    daily: Annotated[int, whole(0, 1000)] = NIGHTS.daily
    weekly: Annotated[int, whole(0, 1000)] = NIGHTS.weekly
    monthly: Annotated[int, whole(0, 1000)] = NIGHTS.monthly


class AgesSection(Section):
    """After how long texts and articles go."""

    texts: Age = 0
    articles: Age = 0


class RetentionSection(AgesSection):
    """`retention:` of newswatch.yaml."""

    told: Told = Retention().told
    size: Size = 0
    sources: dict[Name, AgesSection] = {}
    tags: dict[Name, AgesSection] = {}


class MetricsSection(Section):
    """`metrics:` of newswatch.yaml; an address alone stands for all of it."""

    listen: Listen
    beyond_loopback: bool = False
    names: Words = []

    @model_validator(mode="before")
    @classmethod
    def _an_address_alone(cls, value: object) -> object:
        return {"listen": value} if isinstance(value, (str, int, float)) else value

    @model_validator(mode="after")
    def _on_loopback(self) -> MetricsSection:
        if not (self.beyond_loopback or ip_address(self.listen[0]).is_loopback):
            raise ValueError(
                f"{self.listen[0]} is no loopback address: others could read how newswatch does."
                " Write 127.0.0.1, or {listen: ADDRESS:PORT, beyond_loopback: true}"
            )
        return self


class WorkersSection(Section):
    """`workers:` of newswatch.yaml; an address alone, or "local", stands for all of it."""

    at: Workers = "local"
    ca: Annotated[str, line(1000)] = ""
    cert: Annotated[str, line(1000)] = ""
    key: Annotated[str, line(1000)] = ""
    fallback: Literal["local"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _an_address_alone(cls, value: object) -> object:
        return {"at": value} if isinstance(value, (str, int, float)) else value

    @model_validator(mode="after")
    def _certified(self) -> WorkersSection:
        tls = self.at.startswith("tls://")
        if tls and not (self.ca and self.cert):
            raise ValueError(
                "tls:// is spoken with certificates: ca, cert and key must be files of the cluster's own authority"
            )
        if not tls and (self.ca or self.cert or self.key):
            raise ValueError("ca, cert and key must be with an address that begins with tls://")
        return self


class MainFile(Section):
    """newswatch.yaml."""

    store: Store = "sqlite:var/newswatch.db"
    contact: Annotated[str, line(300)] = ""
    operator: Annotated[str, line(254)] = ""
    zone: Zone = "UTC"
    crawl: CrawlSection = CrawlSection()
    workers: WorkersSection = WorkersSection()
    mail: MailSection = MailSection()
    alert_max_age: Annotated[int, lasting(0)] = 3 * 86400
    backups: BackupsSection = BackupsSection()
    retention: RetentionSection = RetentionSection()
    metrics: MetricsSection | None = None
    heartbeat: Web | None = None


class GroupedSection(Section):
    """How letters at once are put together: the same keys for a rule and for a person."""

    group_by: GroupBy | None = None
    group_wait: Wait | None = None
    group_interval: Wait | None = None
    repeat_interval: Wait | None = None


class RuleSection(GroupedSection):
    """One of `rules:`."""

    name: Name
    query: QueryText
    tell: Words = []
    priority: Priority = "normal"
    feeds: Words = []
    tags: Words = []
    spike: Spike | None = None
    volume: Volume | None = None
    silence: Silence | None = None
    floor: Annotated[int, whole(1, 1_000_000)] | None = None
    refractory: Wait | None = None


class RulesFile(Section):
    """rules.yaml."""

    rules: list[RuleSection] = []


class PersonSection(GroupedSection):
    """One of `people:`."""

    address: MailAddress = ""
    channel_file: Annotated[str, line(1000)] = ""
    zone: Zone = "UTC"
    lang: DateLanguage = ""
    quiet: Annotated[list[Span], listed("spans like [22:00, 07:00]")] = []
    format: LetterFormat = "html"
    hourly: Annotated[int, whole(1, 10_000)] = 30

    @model_validator(mode="after")
    def _reached_in_one_way(self) -> PersonSection:
        if bool(self.address) == bool(self.channel_file):
            raise ValueError(
                "must have an address, or a channel_file that says where a channel leads, and not both"
            )
        return self


class DigestSection(Section):
    """One of `digests:`."""

    to: Annotated[list[Name], listed("people", 1)]
    at: Annotated[list[TimeOfDay], listed("times of day", 1)] = ["07:30"]
    weekend: Annotated[list[TimeOfDay], listed("times of day")] | None = None
    days: Annotated[list[Weekday], listed("days", 1)] = [*range(7)]
    zone: Zone | None = None
    min_items: Annotated[int, whole(0, 10_000)] = 1
    head: bool = False


class DigestsFile(Section):
    """digests.yaml."""

    people: dict[Name, PersonSection] = {}
    digests: dict[DigestName, DigestSection] = {}


# ── reading ─────────────────────────────────────────────────────────────────────────────────


def refuse(shape: type[Section], value: Mapping[str, object]) -> None:
    """Raise ConfigError with everything that is wrong with one entry that is to be written."""
    try:
        shape.model_validate({k: v if isinstance(v, str) else list(v) for k, v in value.items()})  # type: ignore[call-overload]
    except ValidationError as error:
        mistakes = Mistakes()
        for wrong in error.errors(include_url=False):
            mistakes.at(Path(), wrong["loc"], in_words(wrong, shape))
        said = [str(replace(wrong, file="", line=0)) for wrong in mistakes.found]
        raise ConfigError("\n".join(said)) from error


def check(folder: Path, feeds_file: Path) -> Configuration:
    """Read all files and fit them together. Raises ConfigError with every mistake."""
    try:
        there = folder.is_dir()
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be read ({error.strerror})") from error
    if not there:
        raise ConfigError(
            f"{folder}: there is no such folder. Make it with a file {MAIN} (it may be empty),"
            " or name another with --config."
        )
    mistakes, (main, feeds, rules, digests) = _all(folder, feeds_file, {})
    mistakes.raise_if_any()
    assert isinstance(main, MainFile)
    assert isinstance(feeds, FeedsFile)
    assert isinstance(rules, RulesFile)
    assert isinstance(digests, DigestsFile)
    files = tuple(str(file) for file, said in mistakes.documents.items() if said.text.strip())
    return replace(_assembled(main, feeds, rules, digests), files=files)


def agree(folder: Path, feeds_file: Path, file: Path, text: str) -> None:
    """Raise ConfigError with every mistake that *text* in the place of *file* would make; what was wrong
    before accuses nobody.
    """
    then = _all(folder, feeds_file, {file: text})[0].words()
    before = _all(folder, feeds_file, {})[0].words() if then else {}
    made = [said for key, said in then.items() if key not in before]
    if made:
        said = "nothing is written, as with it the configuration would be wrong:"
        raise ConfigError("\n".join((said, *made)))


def crawl_policy(folder: Path) -> CrawlPolicy:
    """How to behave, as the main file alone says. Raises ConfigError with every mistake of its `crawl`
    and `contact`, which is all that is read.
    """
    return _policy(_main_alone(folder, ("crawl", "contact")))


def cluster_of(folder: Path) -> Cluster | None:
    """The cluster that the main file names under `workers`, which is all that is read. Raises ConfigError."""
    return _cluster(_main_alone(folder, ("workers",)).workers)


def _main_alone(folder: Path, keys: Collection[str]) -> MainFile:
    mistakes = Mistakes()
    file = folder / MAIN
    try:
        document = read(file)
    except FileNotFoundError:
        document = Document({}, {}, {}, "")
    mistakes.documents[file] = document
    said = document.value
    if isinstance(said, dict):
        said = {key: value for key, value in said.items() if key in keys}
    main = _of_shape(file, MainFile, said, mistakes)
    mistakes.raise_if_any()
    assert isinstance(main, MainFile)
    return main


def _all(
    folder: Path, feeds_file: Path, instead: Mapping[Path, str]
) -> tuple[Mistakes, tuple[Section | None, ...]]:
    """Every file as its shape, None for a wrong one, with all that is wrong; texts that are given
    *instead* stand for what is on the disk.
    """
    mistakes = Mistakes()
    main_file, rules_file, digests_file = folder / MAIN, folder / RULES, folder / DIGESTS
    files = (
        _read(main_file, MainFile, mistakes, instead, needed=True),
        _read(feeds_file, FeedsFile, mistakes, instead),
        _read(rules_file, RulesFile, mistakes, instead),
        _read(digests_file, DigestsFile, mistakes, instead),
    )
    check_all(main_file, feeds_file, rules_file, digests_file, mistakes)
    return mistakes, files


def _read(
    file: Path,
    shape: type[Section],
    mistakes: Mistakes,
    instead: Mapping[Path, str],
    *,
    needed: bool = False,
) -> Section | None:
    """The file as *shape*, all defaults where it is absent; None when it is wrong, noted as such."""
    try:
        document = parsed(file, instead[file]) if file in instead else read(file)
    except FileNotFoundError:
        if needed:
            mistakes.found.append(Wrong(str(file), 0, "", "is missing. An empty file will do."))
        mistakes.documents[file] = Document({}, {}, {}, "")
        return shape()
    except ConfigError as error:
        found = re.match(rf"{re.escape(str(file))}:(?:(\d+):)? ", str(error))
        said = str(error)[found.end() :] if found else str(error)
        line = int(found[1] or 0) if found else 0
        mistakes.found.append(Wrong(str(file), line, "", said))
        return None
    mistakes.documents[file] = document
    return _of_shape(file, shape, document.value, mistakes)


def _of_shape(
    file: Path, shape: type[Section], value: object, mistakes: Mistakes
) -> Section | None:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        for wrong in error.errors(include_url=False):
            mistakes.at(file, wrong["loc"], in_words(wrong, shape))
        return None


# ── the value ───────────────────────────────────────────────────────────────────────────────


def _assembled(
    main: MainFile, feeds: FeedsFile, rules: RulesFile, digests: DigestsFile
) -> Configuration:
    return Configuration(
        store=main.store,
        contact=main.contact,
        operator=_operator(main, digests),
        policy=_policy(main),
        feeds=tuple(_feed(feed, main.crawl) for feed in feeds.feeds),
        rules=tuple(
            Rule(
                r.name,
                r.query,
                tuple(dict.fromkeys(r.tell)),
                r.priority,
                tuple(dict.fromkeys(r.feeds)),
                tuple(dict.fromkeys(r.tags)),
                _grouping(r),
                threshold(r.spike, r.volume, r.silence, r.floor, r.refractory),
            )
            for r in rules.rules
        ),
        people=tuple(_person(name, p) for name, p in digests.people.items()),
        channels=tuple((n, p.channel_file) for n, p in digests.people.items() if p.channel_file),
        digests=tuple(
            DigestPlan(
                name,
                tuple(dict.fromkeys(d.to)),
                tuple(sorted(set(d.at))),
                tuple(sorted(set(d.days))),
                d.zone or "",
                d.min_items,
                None if d.weekend is None else tuple(sorted(set(d.weekend))),
                d.head,
            )
            for name, d in digests.digests.items()
        ),
        cluster=_cluster(main.workers),
        mail=MailSettings(
            main.mail.server or MailSettings().server,
            main.mail.sender,
            main.mail.user,
            main.mail.password_file,
        ),
        alert_max_age=timedelta(seconds=main.alert_max_age),
        backups=BackupPlan(**main.backups.model_dump()),
        retention=_retention(main.retention),
        metrics=_metrics(main.metrics),
        heartbeat=main.heartbeat or "",
        zone=main.zone,
    )


def _cluster(said: WorkersSection) -> Cluster | None:
    if said.at == "local":
        return None
    return Cluster(said.at, said.ca, said.cert, said.key, said.fallback is not None)


def _metrics(said: MetricsSection | None) -> MetricsSettings | None:
    return None if said is None else MetricsSettings(*said.listen, tuple(said.names))


def _retention(said: RetentionSection) -> Retention:
    return Retention(
        Ages(said.texts, said.articles),
        tuple((name, Ages(**own.model_dump())) for name, own in said.sources.items()),
        tuple((name, Ages(**own.model_dump())) for name, own in said.tags.items()),
        said.told,
        said.size,
    )


def _person(name: str, said: PersonSection) -> Person:
    return Person(
        name,
        said.address or f"{CHANNEL}{name}",
        said.zone,
        tuple((a, b) for a, b in said.quiet),
        "brief" if said.channel_file else said.format,
        said.hourly,
        _grouping(said),
        said.lang.lower().replace("_", "-"),
    )


def _operator(main: MainFile, digests: DigestsFile) -> Person | None:
    """Who hears how newswatch itself does: a person, or a bare address."""
    if not main.operator:
        return None
    person = digests.people.get(main.operator)
    return _person(main.operator, person) if person else Person(OPERATOR, main.operator)


def _grouping(said: GroupedSection) -> Grouping:
    return Grouping(said.group_by or "", said.group_wait, said.group_interval, said.repeat_interval)


def _policy(main: MainFile) -> CrawlPolicy:
    crawl = main.crawl
    return CrawlPolicy(
        user_agent=crawl.user_agent or user_agent(main.contact),
        allow_networks=tuple(crawl.allow_networks),
        spacing=crawl.spacing,
        per_host=crawl.per_host,
        concurrency=crawl.concurrency,
        children=crawl.children,
        extraction=crawl.extraction,
        looks=crawl.looks,
        backfill=crawl.backfill,
    )


def _feed(feed: FeedSection, crawl: CrawlSection) -> Feed:
    least = crawl.min_interval if feed.min_interval is None else feed.min_interval
    most = crawl.max_interval if feed.max_interval is None else feed.max_interval
    return Feed(
        name=feed.name,
        url=feed.url,
        newsroom=feed.newsroom,
        lang=feed.lang.lower().replace("_", "-"),
        tags=tuple(dict.fromkeys(feed.tags)),
        pages=feed.pages,
        format=feed.format or "",
        min_interval=least,
        max_interval=max(least, most),  # a feed's own minimum lifts the general maximum
        alert_backlog=feed.alert_backlog,
        enabled=feed.enabled,
        looks=feed.looks and crawl.looks > 0,
        terms=feed.terms,
        user_agent=feed.user_agent,
        headers=tuple(feed.headers.items()),
        sitemap=feed.sitemap or "",
    )
