"""What must fit together in the configuration: names, intervals, who is told, and by what server.

Rule: judged on what is written, whatever else is wrong with it, so that every mistake of every file
is told at once; a file that cannot be read at all accuses no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from newswatch.address import mail_address, redact
from newswatch.config import thresholds
from newswatch.config.documents import Path_, line_of
from newswatch.config.mistakes import Mistakes
from newswatch.config.values import seconds
from newswatch.text import safe_line
from newswatch.wording import did_you_mean


def check_all(
    main_file: Path, feeds_file: Path, rules_file: Path, digests_file: Path, mistakes: Mistakes
) -> None:
    """Note in *mistakes*, which has the files' documents, everything that does not fit."""
    main, feeds = _Written(main_file, mistakes), _Written(feeds_file, mistakes)
    rules, digests = _Written(rules_file, mistakes), _Written(digests_file, mistakes)
    _check_intervals(main, feeds, mistakes)
    _check_feeds(feeds, mistakes)
    _check_rules(rules, feeds, digests, mistakes)
    _check_digests(digests, mistakes)
    _check_quiet(digests, mistakes)
    _check_repeats(rules, "rules", mistakes)
    _check_repeats(digests, "people", mistakes)
    _check_mail(main, rules, digests, mistakes)
    _check_operator(main, digests, mistakes)


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
    return default if value is None else seconds(value)


def _check_feeds(feeds: _Written, mistakes: Mistakes) -> None:
    for key in ("name", "url"):
        seen: dict[str, int] = {}
        for here, feed in feeds.entries("feeds"):
            value = feed.get(key)
            if not isinstance(value, str):
                continue
            if value in seen:
                said = f'"{safe_line(redact(value))[:100]}" is taken in line {seen[value]}'
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
        for key, said in thresholds.mistakes(rule):
            mistakes.at(rules.file, (*here, key), said)
        for key, known, what, where in (
            ("tell", readers, "person or digest", digests),
            ("feeds", feeds.names("feeds"), "feed", feeds),
            ("tags", sorted(tags), "feed's tag", feeds),
        ):
            for place, word in _words(rule, key):
                if where.readable and word not in known:
                    said = f'there is no {what} "{safe_line(word)[:60]}"{did_you_mean(word, known)}'
                    mistakes.at(rules.file, (*here, *place), said)


def _check_digests(digests: _Written, mistakes: Mistakes) -> None:
    people = digests.names("people")
    for here, digest in digests.entries("digests"):
        if here[1] in people:
            mistakes.at(digests.file, here, "is also a person's name: rename one of them")
        days = {word.casefold()[:3] for _, word in _words(digest, "days")}
        if digest.get("weekend") and days and not days & {"sat", "sun"}:
            said = "is never used, as days has neither sat nor sun: add them, or leave it out"
            mistakes.at(digests.file, (*here, "weekend"), said)
        for place, word in _words(digest, "to"):
            if word not in people:
                said = f'there is no person "{safe_line(word)[:60]}"{did_you_mean(word, people)}'
                mistakes.at(digests.file, (*here, *place), said)


def _check_quiet(digests: _Written, mistakes: Mistakes) -> None:
    """Quiet spans that leave no minute of the day between them: no letter at once would ever leave."""
    for here, person in digests.entries("people"):
        spans = person.get("quiet")
        spans = spans if isinstance(spans, list) else []
        if len(spans) > 1 and all(map(any, _minutes(spans))):
            said = "leaves no minute of the day for a letter: shorten one of the spans"
            mistakes.at(digests.file, (*here, "quiet"), said)


def _check_repeats(written: _Written, section: str, mistakes: Mistakes) -> None:
    """A story told again sooner than its group has another letter would wait for that, and be late."""
    for here, entry in written.entries(section):
        repeat, interval = (
            seconds(entry.get(key)) for key in ("repeat_interval", "group_interval")
        )
        if repeat and interval and repeat < interval:
            said = f"repeat_interval ({repeat} s) is below group_interval ({interval} s)"
            mistakes.at(written.file, (*here, "repeat_interval"), said)


def _minutes(spans: list[Any]) -> Iterator[list[bool]]:
    """For each minute of the day which of the *spans* that can be read hold it."""
    read = [
        tuple(map(_minute, span)) for span in spans if isinstance(span, list) and len(span) == 2
    ]
    for now in range(24 * 60):
        yield [
            a is not None and b is not None and (a <= now < b if a < b else now >= a or now < b)
            for a, b in read
        ]


def _minute(at: object) -> int | None:
    """The minute of the day that a time as written names, None where it is none."""
    found = re.fullmatch(r"(\d{1,2}):([0-5]\d)", at) if isinstance(at, str) else None
    return (int(found[1]) * 60 + int(found[2])) % (24 * 60) if found else None


def _check_operator(main: _Written, digests: _Written, mistakes: Mistakes) -> None:
    said, people = main.value.get("operator"), digests.names("people")
    if not isinstance(said, str) or not said or said in people or mail_address(said):
        return
    if digests.readable:
        hint = did_you_mean(said, people) or ": write a person's name or a mail address"
        known = f'there is no person "{safe_line(said)[:60]}"{hint}'
        mistakes.at(main.file, ("operator",), known)


def _check_mail(main: _Written, rules: _Written, digests: _Written, mistakes: Mistakes) -> None:
    mail = main.value.get("mail")
    server = mail.get("server") if isinstance(mail, dict) else None
    telling = [rule for _, rule in rules.entries("rules") if rule.get("tell")]
    people = [person for _, person in digests.entries("people")]
    by_channel = bool(people) and all(person.get("channel_file") for person in people)
    if main.readable and not server and telling and not by_channel:
        name = safe_line(str(telling[0].get("name")))[:60]
        said = (
            f'is needed, as the rule "{name}" tells somebody: smtp://HOST:PORT, smtps://HOST,'
            " or file:var/outbox"
        )
        mistakes.at(main.file, ("mail", "server"), said)
