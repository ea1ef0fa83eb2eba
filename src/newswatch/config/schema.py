"""What may stand in the configuration's files, and what must fit together.

Rule: pydantic checks shapes here and nowhere else. What must fit together is judged on what is
written, whatever else is wrong with it, so that every mistake of every file is told at once; a
file that cannot be read at all accuses no other. Every key has a default, and a key with nothing
behind it is that default.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from newswatch.address import is_web
from newswatch.config.documents import Document, Path_, line_of, read
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
from newswatch.text import safe_line, safe_text

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
NOW = "now"  # what a letter at once is called where a digest has its name


# ── words ───────────────────────────────────────────────────────────────────────────────────


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
        hint = nearest(value, available_timezones()) or ": write one like Europe/Berlin"
        raise ValueError(f'there is no time zone "{safe_line(value)[:60]}"{hint}') from error
    return value


def _web(value: str) -> str:
    if not is_web(value) or re.search(r"\s", value) or not value.isprintable():
        raise ValueError("must be an address that begins with http:// or https://")
    return value


def _mail_address(value: str) -> str:
    """An address that can stand in a letter's head and in what mail servers are told."""
    local, _, domain = value.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}", local) or not re.fullmatch(
        r"[A-Za-z0-9.-]{1,253}", domain
    ):
        raise ValueError("must be a mail address like anna@example.org")
    return value


def _day(value: object) -> object:
    word = value.casefold() if isinstance(value, str) else ""
    for number, day in enumerate(DAYS):
        if word in (day, day[:3]):
            return number
    short = [day[:3] for day in DAYS]
    raise ValueError(f"must be one of {', '.join(short)}{nearest(word, (*short, *DAYS))}")


def _name(value: str) -> str:
    if value != safe_line(value) or "," in value:
        raise ValueError("must be on one line, printable, without comma or space at its ends")
    return value


def _line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be on one line and printable")
    return value


def _network(value: str) -> str:
    ipaddress.ip_network(value)
    return value


def _query(value: str) -> str:
    try:
        read_query(value)
    except QueryError as error:
        raise ValueError(str(error).replace("\n", "\n    ")) from error
    return value


def _mail_server(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if value and not sound and not re.fullmatch(r"file:.+", value):
        raise ValueError("must be smtp://HOST:PORT, smtps://HOST or file:FOLDER")
    if sound and "@" in parts.netloc:
        raise ValueError("holds no user and no password: write user and password_file beside it")
    return value


def _local(value: str) -> str:
    if value != "local":
        raise ValueError('must be "local": other machines are not asked by this newswatch')
    return value


def _reserved(value: str) -> str:
    if value == NOW:
        raise ValueError(f'"{NOW}" means at once: give it another name')
    return value


def _list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Seconds = Annotated[int, BeforeValidator(_seconds), Field(ge=0, le=366 * 86400)]
Interval = Annotated[int, BeforeValidator(_seconds), Field(ge=1, le=366 * 86400)]
TimeOfDay = Annotated[str, BeforeValidator(_time)]
Zone = Annotated[str, BeforeValidator(_zone)]
Line = Annotated[str, AfterValidator(_line)]
Web = Annotated[str, AfterValidator(_web), Field(max_length=2000)]
MailAddress = Annotated[str, AfterValidator(_mail_address), Field(max_length=254)]
Weekday = Annotated[int, BeforeValidator(_day)]
Name = Annotated[str, AfterValidator(_name), Field(min_length=1, max_length=100)]
DigestName = Annotated[Name, AfterValidator(_reserved)]
Words = Annotated[list[Name], BeforeValidator(_list)]


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


class FeedSection(Section):
    """One of `feeds:`."""

    name: Name
    url: Web
    newsroom: Line = Field("", max_length=100)
    lang: str = Field("", pattern=r"^([A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*)?$")
    tags: Words = []
    pages: PagesMode = "fetch"
    min_interval: Interval | None = None
    max_interval: Interval | None = None
    alert_backlog: bool = False
    enabled: bool = True


class FeedsFile(Section):
    """feeds.yaml."""

    feeds: list[FeedSection] = []


class CrawlSection(Section):
    """`crawl:` of newswatch.yaml."""

    allow_networks: Annotated[
        list[Annotated[str, AfterValidator(_network)]], BeforeValidator(_list)
    ] = []
    spacing: float = Field(1.0, ge=0, le=3600)
    min_interval: Interval = 60
    max_interval: Interval = 86400
    extraction: Literal["default", "best"] = "default"
    user_agent: Line = Field("", max_length=300)
    concurrency: int = Field(64, ge=1, le=2000)
    per_host: int = Field(2, ge=1, le=20)
    children: int = Field(2, ge=1, le=64)


class MailSection(Section):
    """`mail:` of newswatch.yaml."""

    server: Annotated[Line, AfterValidator(_mail_server)] = Field("", max_length=500)
    sender: MailAddress = "newswatch@localhost"
    user: Line = Field("", max_length=300)
    password_file: Line = Field("", max_length=1000)


class MainFile(Section):
    """newswatch.yaml."""

    store: Line = Field("sqlite:var/newswatch.db", pattern=r"^sqlite:.+", max_length=1000)
    contact: Line = Field("", max_length=300)
    crawl: CrawlSection = CrawlSection()
    workers: Annotated[str, AfterValidator(_local)] = "local"
    mail: MailSection = MailSection()
    alert_max_age: Seconds = 3 * 86400


class RuleSection(Section):
    """One of `rules:`."""

    name: Name
    query: Annotated[str, AfterValidator(_query)] = Field(min_length=1, max_length=10_000)
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

    to: Annotated[Words, Field(min_length=1)]
    at: Annotated[list[TimeOfDay], BeforeValidator(_list), Field(min_length=1)] = ["07:30"]
    days: Annotated[list[Weekday], BeforeValidator(_list), Field(min_length=1)] = [*range(7)]
    zone: Zone | None = None
    min_items: int = Field(1, ge=1, le=10_000)


class DigestsFile(Section):
    """digests.yaml."""

    people: dict[Name, PersonSection] = {}
    digests: dict[DigestName, DigestSection] = {}


# ── mistakes ────────────────────────────────────────────────────────────────────────────────


@dataclass
class Mistakes:
    """What was found wrong so far; files are added as they are read."""

    found: list[tuple[str, int, str]] = field(default_factory=list)
    documents: dict[Path, Document] = field(default_factory=dict)

    def at(self, file: Path, path: Path_, said: str) -> None:
        """One mistake, at *path* in *file*."""
        path = tuple(step for step in path if step != "[key]")  # pydantic's word for a key itself
        line = line_of(self.documents.get(file), path)
        where = ".".join(f"[{step}]" if isinstance(step, int) else step for step in path)
        where = safe_line(where.replace(".[", "["))[:200]
        said = safe_text(said, newlines=True)
        self.found.append(
            (str(file), line, f"{file}:{line}: {where + ': ' if where else ''}{said}")
        )

    def raise_if_any(self) -> None:
        """Raise ConfigError with every mistake, in the order of file and line."""
        if self.found:
            raise ConfigError("\n".join(said for _, _, said in sorted(set(self.found))))


def refuse(shape: type[Section], value: Mapping[str, object]) -> None:
    """Raise ConfigError with everything that is wrong with one entry that is to be written."""
    try:
        shape.model_validate({k: v if isinstance(v, str) else list(v) for k, v in value.items()})  # type: ignore[call-overload]
    except ValidationError as error:
        mistakes = Mistakes()
        for wrong in error.errors(include_url=False):
            mistakes.at(Path(), wrong["loc"], _in_words(wrong, shape))
        said = [text.removeprefix(".:1: ") for _, _, text in mistakes.found]
        raise ConfigError("\n".join(said)) from error


def _in_words(wrong: Any, shape: type[Section]) -> str:
    kind, given = wrong["type"], wrong["input"]
    if kind == "extra_forbidden":
        key = str(wrong["loc"][-1])
        near = nearest(key, _keys(shape, wrong["loc"][:-1]))
        return f'unknown key "{safe_line(key)[:60]}"{near}'
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", wrong["msg"])
        word = safe_line(str(given))[:60]
        return f'"{word}" is none of {", ".join(known)}{nearest(word, known)}'
    if kind == "value_error":
        return str(wrong["ctx"]["error"])
    if kind == "string_type" and isinstance(given, (int, float)):
        return "must be a text: put it in quotes"
    if kind in _SHAPES:
        return f"must be {_SHAPES[kind]}"
    said = str(wrong["msg"])
    return said[:1].lower() + said[1:]


_SHAPES = {
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
}


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


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at the one of *known* that *word* is most like, '' where none is."""
    near = difflib.get_close_matches(word[:100], list(known), 1, 0.6)
    return f' (did you mean "{safe_line(near[0])}"?)' if near else ""


# ── reading ─────────────────────────────────────────────────────────────────────────────────


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
    mistakes = Mistakes()
    main_file, rules_file, digests_file = folder / MAIN, folder / RULES, folder / DIGESTS
    main = _read(main_file, MainFile, mistakes, needed=True)
    feeds = _read(feeds_file, FeedsFile, mistakes)
    rules = _read(rules_file, RulesFile, mistakes)
    digests = _read(digests_file, DigestsFile, mistakes)
    written = {
        file: _Written(file, mistakes) for file in (main_file, feeds_file, rules_file, digests_file)
    }
    _check_intervals(written[main_file], written[feeds_file], mistakes)
    _check_feeds(written[feeds_file], mistakes)
    _check_rules(written[rules_file], written[feeds_file], written[digests_file], mistakes)
    _check_digests(written[digests_file], mistakes)
    _check_mail(written[main_file], written[rules_file], mistakes)
    mistakes.raise_if_any()
    assert isinstance(main, MainFile)
    assert isinstance(feeds, FeedsFile)
    assert isinstance(rules, RulesFile)
    assert isinstance(digests, DigestsFile)
    return _assembled(main, feeds, rules, digests)


def _read(
    file: Path, shape: type[Section], mistakes: Mistakes, *, needed: bool = False
) -> Section | None:
    """The file as *shape*, all defaults where it is absent; None when it is wrong, noted as such."""
    try:
        document = read(file)
    except FileNotFoundError:
        if needed:
            mistakes.found.append((str(file), 1, f"{file}: is missing. An empty file will do."))
        mistakes.documents[file] = Document({}, {}, {}, "")
        return shape()
    except ConfigError as error:
        found = re.match(rf"{re.escape(str(file))}:(\d+)", str(error))
        mistakes.found.append((str(file), int(found[1]) if found else 1, str(error)))
        return None
    mistakes.documents[file] = document
    try:
        return shape.model_validate(document.value)
    except ValidationError as error:
        for wrong in error.errors(include_url=False):
            mistakes.at(file, wrong["loc"], _in_words(wrong, shape))
        return None


class _Written:
    """What a file says, right or wrong: entries and words of the shape one looks for."""

    def __init__(self, file: Path, mistakes: Mistakes) -> None:
        self.file = file
        document = mistakes.documents.get(file)
        self.readable = document is not None
        self._document = document
        self.value: Any = document.value if document and isinstance(document.value, dict) else {}

    def entries(self, section: str) -> Iterator[tuple[Path_, dict[str, Any]]]:
        """The entries of a list or mapping that are mappings themselves, with their paths."""
        found = self.value.get(section)
        pairs: Iterable[tuple[Any, Any]] = ()
        if isinstance(found, list):
            pairs = enumerate(found)
        elif isinstance(found, dict):
            pairs = found.items()
        for step, entry in pairs:
            if isinstance(entry, dict):
                yield (section, step), entry

    def names(self, section: str) -> list[str]:
        """What the entries of a section are called."""
        if isinstance(self.value.get(section), dict):
            return list(self.value[section])
        return [
            entry["name"]
            for _, entry in self.entries(section)
            if isinstance(entry.get("name"), str)
        ]

    def line(self, path: Path_) -> int:
        """The line, from 1, where *path* is written."""
        return line_of(self._document, path)


def _words(entry: Mapping[str, Any], key: str) -> Iterator[tuple[Path_, str]]:
    """The words of a list, or the one word that stands for it, with their paths."""
    found = entry.get(key)
    if isinstance(found, str):
        yield (key,), found
    elif isinstance(found, list):
        for number, word in enumerate(found):
            if isinstance(word, str):
                yield (key, number), word


# ── what must fit together ──────────────────────────────────────────────────────────────────


def _check_intervals(main: _Written, feeds: _Written, mistakes: Mistakes) -> None:
    crawl = main.value.get("crawl")
    crawl = crawl if isinstance(crawl, dict) else {}
    least = _interval(crawl, "min_interval", 60)
    most = _interval(crawl, "max_interval", 86400)
    if least is not None and most is not None and least > most:
        key = "max_interval" if "max_interval" in crawl else "min_interval"
        said = f"min_interval ({least} s) is above max_interval ({most} s)"
        mistakes.at(main.file, ("crawl", key), said)
    for here, feed in feeds.entries("feeds"):
        if feed.get("max_interval") is not None:
            most = _interval(feed, "max_interval", None)
            own = _interval(feed, "min_interval", least)
            if own is not None and most is not None and own > most:
                said = f"min_interval ({own} s) is above max_interval ({most} s)"
                mistakes.at(feeds.file, (*here, "max_interval"), said)


def _interval(entry: Mapping[str, Any], key: str, default: int | None) -> int | None:
    """Seconds as written, None where they cannot be read."""
    value = entry.get(key)
    if value is None:
        return default
    try:
        found = _seconds(value)
    except ValueError:
        return None
    return found if isinstance(found, int) else None


def _check_feeds(feeds: _Written, mistakes: Mistakes) -> None:
    for key in ("name", "url"):
        seen: dict[str, int] = {}
        for here, feed in feeds.entries("feeds"):
            value = feed.get(key)
            if not isinstance(value, str):
                continue
            if value in seen:
                said = f'"{safe_line(value)[:100]}" is taken in line {seen[value]}'
                mistakes.at(feeds.file, (*here, key), said)
            seen.setdefault(value, feeds.line((*here, key)))


def _check_rules(rules: _Written, feeds: _Written, digests: _Written, mistakes: Mistakes) -> None:
    readers = [*digests.names("people"), *digests.names("digests")]
    tags = {word for _, feed in feeds.entries("feeds") for _, word in _words(feed, "tags")}
    seen: dict[str, int] = {}
    for here, rule in rules.entries("rules"):
        name = rule.get("name")
        if isinstance(name, str):
            if name in seen:
                said = f'"{safe_line(name)[:100]}" is taken in line {seen[name]}'
                mistakes.at(rules.file, (*here, "name"), said)
            seen.setdefault(name, rules.line((*here, "name")))
        for key, known, what, where in (
            ("tell", readers, "person or digest", digests),
            ("feeds", feeds.names("feeds"), "feed", feeds),
            ("tags", sorted(tags), "feed's tag", feeds),
        ):
            for place, word in _words(rule, key):
                if where.readable and word not in known:
                    said = f'there is no {what} "{safe_line(word)[:60]}"{nearest(word, known)}'
                    mistakes.at(rules.file, (*here, *place), said)


def _check_digests(digests: _Written, mistakes: Mistakes) -> None:
    people = digests.names("people")
    for here, digest in digests.entries("digests"):
        if here[1] in people:
            mistakes.at(digests.file, here, "is also a person's name: rename one of them")
        for place, word in _words(digest, "to"):
            if word not in people:
                said = f'there is no person "{safe_line(word)[:60]}"{nearest(word, people)}'
                mistakes.at(digests.file, (*here, *place), said)


def _check_mail(main: _Written, rules: _Written, mistakes: Mistakes) -> None:
    mail = main.value.get("mail")
    server = mail.get("server") if isinstance(mail, dict) else None
    telling = [rule for _, rule in rules.entries("rules") if rule.get("tell")]
    if main.readable and not server and telling:
        name = safe_line(str(telling[0].get("name")))[:60]
        said = (
            f'is needed, as the rule "{name}" tells somebody: smtp://HOST:PORT, smtps://HOST,'
            " or file:var/outbox"
        )
        mistakes.at(main.file, ("mail", "server"), said)


# ── the value ───────────────────────────────────────────────────────────────────────────────


def _assembled(
    main: MainFile, feeds: FeedsFile, rules: RulesFile, digests: DigestsFile
) -> Configuration:
    crawl = main.crawl
    agent = crawl.user_agent or CrawlPolicy().user_agent
    if main.contact and not crawl.user_agent:
        agent = f"Mozilla/5.0 (compatible; newswatch; +{main.contact})"
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
            Rule(
                r.name,
                r.query,
                tuple(dict.fromkeys(r.tell)),
                r.priority,
                tuple(dict.fromkeys(r.feeds)),
                tuple(dict.fromkeys(r.tags)),
            )
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
            main.mail.server or MailSettings().server,
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
        tags=tuple(dict.fromkeys(feed.tags)),
        pages=feed.pages,
        min_interval=least,
        max_interval=max(least, most),  # a feed's own minimum lifts the general maximum
        alert_backlog=feed.alert_backlog,
        enabled=feed.enabled,
    )
