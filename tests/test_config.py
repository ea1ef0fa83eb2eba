"""The configuration: every key has a default, every mistake is told at once, edits harm nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newswatch.config import (
    CROWD,
    ConfigError,
    MailSettings,
    add_feed,
    add_feeds,
    add_rule,
    load,
    mail_password,
    remove_rule,
    schema,
    store_address,
)
from newswatch.config.schema import Section
from newswatch.model import CrawlPolicy, DigestPlan, Feed, Grouping, Person, Rule
from newswatch.store import DEFAULT_STORE
from newswatch.text import safe_text

HOUSE = Path(__file__).parents[1]

MAIN = """\
store: sqlite:var/other.db        # relative to the working folder
contact: ops@example.org
crawl:
  allow_networks: [10.0.0.0/8]
  spacing: 0.5
  min_interval: 2m
  max_interval: 6h
  extraction: best
workers: local
alert_max_age: 2d
mail:
  server: smtp://localhost:25
  sender: newswatch@example.org
  user: newswatch
  password_file: secret
"""
FEEDS = """\
feeds:
  - name: tass-en
    url: https://tass.com/rss/v2.xml
    newsroom: TASS
    lang: en
    tags: [world]
    pages: link-only
    min_interval: 5m
  - name: plain
    url: https://plain.example/rss
"""
RULES = """\
rules:
  - name: sanctions
    query: sanctions OR санкции
    tell: [desk, anna]
    priority: urgent
    feeds: [tass-en]
    tags: [world]
"""
DIGESTS = """\
people:
  anna: {address: anna@example.org, zone: Europe/Berlin, quiet: [["22:00", "07:00"]]}
  boris:
    address: boris@example.org
digests:
  desk: {to: [anna, boris], at: ["18:00", "7:30"], days: [mon, Tuesday, wed], min_items: 2}
"""


def folder_of(
    place: Path,
    main: str | bytes | None = "",
    feeds: str | bytes | None = None,
    rules: str | bytes | None = None,
    digests: str | bytes | None = None,
) -> Path:
    """A folder with these files; those that are None are absent."""
    place.mkdir(parents=True, exist_ok=True)
    names = ("newswatch.yaml", "feeds.yaml", "rules.yaml", "digests.yaml")
    for name, text in zip(names, (main, feeds, rules, digests), strict=True):
        if text is None:
            (place / name).unlink(missing_ok=True)
        else:
            (place / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return place


def loaded(place: Path):
    return load(place, place / "feeds.yaml")


def mistakes(place: Path) -> list[str]:
    """What is wrong with the configuration, one a line, file names without their folder."""
    with pytest.raises(ConfigError) as wrong:
        loaded(place)
    return str(wrong.value).replace(f"{place}/", "").splitlines()


# ── what may be left out ────────────────────────────────────────────────────────────────────


def test_a_folder_with_only_an_empty_main_file_is_valid(tmp_path: Path) -> None:
    found = loaded(folder_of(tmp_path))
    assert found.store == DEFAULT_STORE
    assert found.mail == MailSettings()
    assert found.policy == CrawlPolicy(user_agent=found.policy.user_agent)
    assert (found.cluster, found.alert_max_age) == (None, timedelta(days=3))
    assert found.feeds == found.rules == found.people == found.digests == ()


@pytest.mark.parametrize(
    "text", ["# nothing\n", "\n", "---\n", "{}", "\ufeff", "~", "crawl:\nmail:\n"]
)
def test_a_file_or_a_key_that_says_nothing_is_the_default(tmp_path: Path, text: str) -> None:
    empty = folder_of(tmp_path, "# nothing\n" if "crawl" not in text else text, text, text, text)
    if "crawl" in text:
        folder_of(tmp_path, text, "feeds:\n", "rules: # none yet\n", "people:\ndigests:\n")
    assert loaded(empty) == loaded(folder_of(tmp_path / "other"))


def test_everything_that_may_be_said_is_read(tmp_path: Path) -> None:
    found = loaded(folder_of(tmp_path, MAIN, FEEDS, RULES, DIGESTS))
    assert found.store == "sqlite:var/other.db"
    agent = f"Mozilla/5.0 (compatible; newswatch/{version('newswatch')}; +ops@example.org)"
    assert found.policy.user_agent == agent
    assert found.policy == CrawlPolicy(
        user_agent=found.policy.user_agent,
        allow_networks=("10.0.0.0/8",),
        spacing=0.5,
        extraction="best",
    )
    tass, plain = found.feeds
    assert tass == Feed(
        "tass-en",
        "https://tass.com/rss/v2.xml",
        "TASS",
        "en",
        ("world",),
        "link-only",
        "",
        300,
        21600,
    )
    assert (plain.pages, plain.min_interval, plain.max_interval) == ("fetch", 120, 21600)
    assert found.rules == (
        Rule("sanctions", "sanctions OR санкции", ("desk", "anna"), "urgent", ("tass-en",), ("world",)),
    )  # fmt: skip
    assert found.people == (
        Person("anna", "anna@example.org", "Europe/Berlin", (("22:00", "07:00"),)),
        Person("boris", "boris@example.org"),
    )
    assert found.digests == (
        DigestPlan("desk", ("anna", "boris"), ("07:30", "18:00"), (0, 1, 2), "", 2),
    )
    assert found.mail == MailSettings(
        "smtp://localhost:25", "newswatch@example.org", "newswatch", "secret"
    )
    assert found.alert_max_age == timedelta(days=2)


def test_many_feeds_more_change_nothing_of_what_is_read(tmp_path: Path) -> None:
    """Behind many feeds the value is made once more, in memory of its own."""
    more = "".join(f"  - {{name: w{n}, url: http://w{n}.example/rss}}\n" for n in range(CROWD))
    few = loaded(folder_of(tmp_path / "few", MAIN, FEEDS, RULES, DIGESTS))
    many = loaded(folder_of(tmp_path / "many", MAIN, f"{FEEDS.rstrip()}\n{more}", RULES, DIGESTS))
    assert many.feeds[: len(few.feeds)] == few.feeds
    last = many.feeds[-1]
    assert (last.name, last.url) == (f"w{CROWD - 1}", f"http://w{CROWD - 1}.example/rss")
    assert replace(many, feeds=(), files=()) == replace(few, feeds=(), files=())
    assert len(many.feeds) == len(few.feeds) + CROWD


def test_the_configuration_that_comes_with_newswatch_is_valid() -> None:
    found = load(HOUSE / "config", HOUSE / "feeds.yaml")
    assert len(found.feeds) > 50
    assert {"bloomberg-industries", "ansa", "ansa-en"} <= {feed.name for feed in found.feeds}
    assert found.rules
    formats = {feed.name: feed.format for feed in found.feeds}
    assert all(formats.values())
    assert (formats["reuters"], formats["kremlin"], formats["asahi"]) == ("sitemap", "atom", "rdf")


def test_a_format_that_is_none_is_told_with_the_nearest(tmp_path: Path) -> None:
    feeds = "feeds:\n- name: a\n  url: http://a.example/\n  format: {}\n"
    assert mistakes(folder_of(tmp_path, "", feeds.format("atmo"))) == [
        (
            'feeds.yaml:4: feeds[0].format: "atmo" is none of rss, atom, rdf, sitemap, json'
            ' (did you mean "atom"?)'
        )
    ]
    assert loaded(folder_of(tmp_path, "", feeds.format(""))).feeds[0].format == ""


@pytest.mark.parametrize(
    ("written", "read"),
    [("ru-ru", "ru-ru"), ("ru_RU", "ru-ru"), ("RU", "ru"), ("no", "no"), ("zh-Hant-TW", "zh-hant-tw"),
     ('""', ""), ("", "")],
)  # fmt: skip
def test_a_language_is_read_in_any_spelling(tmp_path: Path, written: str, read: str) -> None:
    feeds = f"feeds:\n- name: a\n  url: http://a.example/\n  lang: {written}\n"
    assert loaded(folder_of(tmp_path, "", feeds)).feeds[0].lang == read


def test_spacing_may_be_none_at_all(tmp_path: Path) -> None:
    assert loaded(folder_of(tmp_path, "crawl: {spacing: 0}")).policy.spacing == 0


def test_a_feeds_own_minimum_lifts_the_general_maximum(tmp_path: Path) -> None:
    feeds = "feeds: [{name: a, url: 'http://a.example/', min_interval: 2d}]"
    feed = loaded(folder_of(tmp_path, "", feeds)).feeds[0]
    assert feed.min_interval == feed.max_interval == 2 * 86400


def test_a_word_repeated_in_a_list_counts_once(tmp_path: Path) -> None:
    feeds = "feeds: [{name: a, url: 'http://a.example/', tags: [x, x]}]"
    rules = "rules: [{name: r, query: q, feeds: [a, a], tags: x}]"
    digests = DIGESTS.replace("[anna, boris]", "[anna, anna]").replace("[mon,", "[mon, monday,")
    found = loaded(folder_of(tmp_path, "", feeds, rules, digests))
    assert found.feeds[0].tags == found.rules[0].tags == ("x",)
    assert found.rules[0].feeds == ("a",)
    assert found.digests[0].to == ("anna",)
    assert found.digests[0].days == (0, 1, 2)


# ── who is told, and how ────────────────────────────────────────────────────────────────────


def test_mail_is_needed_only_when_a_rule_tells_somebody(tmp_path: Path) -> None:
    silent = RULES.replace("    tell: [desk, anna]\n", "")
    found = loaded(folder_of(tmp_path, "", FEEDS, silent, DIGESTS))
    assert found.mail.server == "file:var/outbox"
    assert mistakes(folder_of(tmp_path, "", FEEDS, RULES, DIGESTS)) == [
        (
            'newswatch.yaml:1: mail.server: is needed, as the rule "sanctions" tells somebody:'
            " smtp://HOST:PORT, smtps://HOST, or file:var/outbox"
        )
    ]
    without = MAIN.replace("  server: smtp://localhost:25\n", "")
    (said,) = mistakes(folder_of(tmp_path, without, FEEDS, RULES, DIGESTS))
    assert said.startswith("newswatch.yaml:11: mail.server: is needed")
    told = folder_of(tmp_path, "mail: {server: 'file:letters'}", FEEDS, RULES, DIGESTS)
    assert loaded(told).mail.server == "file:letters"


def test_a_name_of_a_person_and_a_digest_is_refused(tmp_path: Path) -> None:
    digests = DIGESTS.replace("desk:", "anna:")
    assert mistakes(folder_of(tmp_path, MAIN, FEEDS, None, digests)) == [
        "digests.yaml:6: digests.anna: is also a person's name: rename one of them"
    ]


def test_a_digest_may_not_be_called_now(tmp_path: Path) -> None:
    (said,) = mistakes(folder_of(tmp_path, "", None, None, DIGESTS.replace("desk:", "now:")))
    assert said == 'digests.yaml:6: digests.now: "now" means at once: give it another name'


@pytest.mark.parametrize(
    "network", ["10.0.0.0/8", "127.0.0.0/8", "fc00::/7", "fe80::/10", "2001:db8::/32", "::1/128", "64:ff9b::/96"]
)  # fmt: skip
def test_a_network_that_is_meant_may_be_allowed(tmp_path: Path, network: str) -> None:
    place = folder_of(
        tmp_path, f"crawl: {{allow_networks: ['{network}']}}\n", FEEDS, "rules: []\n", "{}\n"
    )
    assert loaded(place).policy.allow_networks == (network,)


def test_a_rule_that_tells_nobody_known_is_refused(tmp_path: Path) -> None:
    rules = RULES.replace("[desk, anna]", "[deks, zorro]")
    assert mistakes(folder_of(tmp_path, MAIN, FEEDS, rules, DIGESTS)) == [
        (
            'rules.yaml:4: rules[0].tell[0]: there is no person or digest "deks"'
            ' (did you mean "desk"?)'
        ),
        'rules.yaml:4: rules[0].tell[1]: there is no person or digest "zorro"',
    ]


# ── every mistake at once ───────────────────────────────────────────────────────────────────


def test_the_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    place = folder_of(
        tmp_path,
        "stroe: sqlite:a.db\ncrawl:\n  spacing: -1\n  extraction: bset\nmail: {server: ftp://x}\n",
        FEEDS.replace("    newsroom", "    newsrom").replace(
            "plain.example/rss", "plain.example/ rss"
        ),
        RULES.replace("query: sanctions", "query: (sanctions")
        + "  - name: later\n    query: ok\n    tels: [anna]\n    tell: [bori]\n",
        DIGESTS.replace("zone: Europe/Berlin", "zone: Europe/Berlim").replace("[mon,", "[mno,"),
    )
    said = mistakes(place)
    assert [line for line in said if not line.startswith("    ")] == [
        (
            'digests.yaml:2: people.anna.zone: there is no time zone "Europe/Berlim"'
            ' (did you mean "Europe/Berlin"?)'
        ),
        (
            "digests.yaml:6: digests.desk.days[0]: must be one of mon, tue, wed, thu, fri, sat, sun"
            ' (did you mean "mon"?)'
        ),
        'feeds.yaml:4: feeds[0].newsrom: unknown key "newsrom" (did you mean "newsroom"?)',
        "feeds.yaml:10: feeds[1].url: has a space in it: in an address that is %20",
        'newswatch.yaml:1: stroe: unknown key "stroe" (did you mean "store"?)',
        "newswatch.yaml:3: crawl.spacing: must be a number of seconds between 0 and 3,600",
        'newswatch.yaml:4: crawl.extraction: "bset" is none of default, best (did you mean "best"?)',
        (
            "newswatch.yaml:5: mail.server: must be smtp://HOST:PORT, smtps://HOST or file:FOLDER"
            ' (did you mean "smtp:"?)'
        ),
        "rules.yaml:3: rules[0].query: this bracket is never closed",
        'rules.yaml:10: rules[1].tels: unknown key "tels" (did you mean "tell"?)',
        (
            'rules.yaml:11: rules[1].tell[0]: there is no person or digest "bori"'
            ' (did you mean "boris"?)'
        ),
    ]


def test_a_wrong_query_is_shown_with_a_caret_under_the_place(tmp_path: Path) -> None:
    said = mistakes(folder_of(tmp_path, "", None, "rules: [{name: a, query: oil (gas}]"))
    assert said == [
        "rules.yaml:1: rules[0].query: this bracket is never closed",
        "      oil (gas",
        "          ^",
        "    try: oil (gas)",
    ]


def test_a_rules_not_alone_is_refused_as_search_refuses_it(tmp_path: Path) -> None:
    for alone in ("-sport", "NOT sport", "/AS-[0-9]+/"):
        place = folder_of(tmp_path, "", None, f"rules: [{{name: a, query: '{alone}'}}]")
        assert mistakes(place)[0].startswith("rules.yaml:1: rules[0].query: ")
    place = folder_of(tmp_path, "", None, "rules: [{name: a, query: 'news -sport'}]")
    assert loaded(place).rules[0].query == "news -sport"


def test_a_file_that_cannot_be_read_accuses_no_other(tmp_path: Path) -> None:
    assert mistakes(folder_of(tmp_path, MAIN, FEEDS, RULES, "people: [")) == [
        "digests.yaml:1: expected the node content, but found '<stream end>'"
    ]
    assert mistakes(folder_of(tmp_path, MAIN, "feeds: {", RULES, DIGESTS)) == [
        "feeds.yaml:1: expected the node content, but found '<stream end>'"
    ]
    only_shape = folder_of(
        tmp_path, MAIN, FEEDS.replace("en\n    tags", "en\n    wo"), None, DIGESTS
    )
    assert [line.partition(": ")[0] for line in mistakes(only_shape)] == ["feeds.yaml:6"]


def test_a_name_in_two_places_is_told_with_the_first(tmp_path: Path) -> None:
    feeds = FEEDS + "  - {name: plain, url: https://tass.com/rss/v2.xml}\n"
    rules = "rules:\n  - {name: a, query: x}\n  - {name: a, query: y}\n"
    assert mistakes(folder_of(tmp_path, "", feeds, rules)) == [
        'feeds.yaml:11: feeds[2].name: "plain" is taken in line 9',
        'feeds.yaml:11: feeds[2].url: "https://tass.com/rss/v2.xml" is taken in line 3',
        'rules.yaml:3: rules[1].name: "a" is taken in line 2',
    ]


@pytest.mark.parametrize(
    ("main", "feed", "said"),
    [
        ("crawl: {min_interval: 2h, max_interval: 1h}", "",
         "newswatch.yaml:1: crawl.max_interval: min_interval (7200 s) is above max_interval (3600 s)"),
        ("crawl: {min_interval: 2d}", "",
         "newswatch.yaml:1: crawl.min_interval: min_interval (172800 s) is above max_interval (86400 s)"),
        ("", "min_interval: 2h, max_interval: 1h",
         "feeds.yaml:1: feeds[0].max_interval: min_interval (7200 s) is above max_interval (3600 s)"),
        ("", "max_interval: 30",
         "feeds.yaml:1: feeds[0].max_interval: min_interval (60 s) is above max_interval (30 s)"),
    ],
)  # fmt: skip
def test_a_minimum_above_its_maximum_is_refused(
    tmp_path: Path, main: str, feed: str, said: str
) -> None:
    feeds = f"feeds: [{{name: a, url: 'http://a.example/', {feed}}}]" if feed else None
    assert mistakes(folder_of(tmp_path, main, feeds)) == [said]


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("main", "crawl: 5", "crawl: must be keys with values"),
        ("main", "- a", "must be keys with values"),
        ("main", "just words", "must be keys with values"),
        ("main", "store: 5", "store: must be a text: put it in quotes"),
        ("main", "store: postgres://x", "store: must be like sqlite:var/newswatch.db"),
        ("main", "store: sqlight:x", 'store: must be like sqlite:var/newswatch.db (did you mean "sqlite:"?)'),
        ("main", "crawl: {spacing: -1}", "crawl.spacing: must be a number of seconds between 0 and"),
        ("main", "mail: {server: 'smpt://x'}", 'mail.server: must be smtp://HOST:PORT, smtps://HOST or file:FOLDER (did you mean "smtp:"?)'),
        ("main", "mail: {server: 'smpt://u:geheim@x'}", 'mail.server: must be smtp://HOST:PORT, smtps://HOST or file:FOLDER (did you mean "smtp:"?)'),
        ("digests", "people: {a: {address: a@b, zone: Europe/Berln}}", 'people.a.zone: there is no time zone "Europe/Berln" (did you mean "Europe/Berlin"?)'),
        ("digests", "people: {a: {address: a@b}}\ndigests: {d: {to: a, days: [mondy]}}", 'digests.d.days[0]: must be one of mon, tue, wed, thu, fri, sat, sun (did you mean "mon"?)'),
        ("digests", "people: {a: {address: a@b}}\ndigests: {d: {to: a, min_items: many}}", "digests.d.min_items: must be a whole number between 0 and 10,000"),
        ("digests", "people: {%s: {address: a@b}}" % ("a" * 101), "people." + "a" * 101 + ": must have at most 100 characters, this has 101"),
        ("main", 'store: "sqlite:a\\0b"', "store: must be on one line and printable"),
        ("main", 'contact: "a\\nX-Header: b"', "contact: must be on one line and printable"),
        ("main", "crawl: {spacing: soon}", "crawl.spacing: must be a number"),
        ("main", "crawl: {spacing: .nan}", "crawl.spacing: must be a number of seconds between 0 and 3,600"),
        ("main", "crawl: {spacing: true}", "crawl.spacing: must be a number"),
        ("main", "crawl: {min_interval: 0}", "crawl.min_interval: must be between 1 s and 366 d"),
        ("main", "crawl: {min_interval: 1.5}", "crawl.min_interval: must be whole seconds"),
        ("main", "crawl: {min_interval: soon}", 'crawl.min_interval: must be whole seconds, or like "15m"'),
        ("main", "crawl: {min_interval: 99999999999999999999}", "crawl.min_interval: must be"),
        ("main", "crawl: {looks: -1}", "crawl.looks: must be a whole number between 0 and 3,600"),
        ("main", "crawl: {concurrency: 0}", "crawl.concurrency: must be a whole number between 1 and 2,000"),
        ("main", "crawl: {allow_networks: [300.0.0.0/8]}", "crawl.allow_networks[0]: must be a network like 10.0.0.0/8"),
        ("main", "crawl: {allow_networks: [0.0.0.0/0]}", "crawl.allow_networks[0]: would let any feed or page reach nearly every machine"),
        ("main", "crawl: {allow_networks: ['::/0']}", "crawl.allow_networks[0]: would let any feed or page reach nearly every machine"),
        ("main", "crawl: {allow_networks: ['::/8']}", "crawl.allow_networks[0]: would let any feed or page reach nearly every machine"),
        ("main", "crawl: {allow_networks: ['::/96']}", "crawl.allow_networks[0]: would let any feed or page reach nearly every machine"),
        ("main", "crawl: {allow_networks: ['::ffff:0:0/96']}", "crawl.allow_networks[0]: would let any feed or page reach nearly every machine"),
        ("main", "crawl: {allow_networks: ['2002::/16']}", "crawl.allow_networks[0]: would let any feed or page reach nearly every machine"),
        ("main", "crawl: {allow_networks: ['2001::/32']}", "crawl.allow_networks[0]: would let any feed or page reach nearly every machine"),
        ("main", "crawl: {allow_networks: [10.0.0.1/8]}", 'crawl.allow_networks[0]: must be a network like 10.0.0.0/8 or fd00::/8 (did you mean "10.0.0.0/8"?)'),
        ("main", "workers: http://host:1", 'workers.at: must be "local", or a Dask scheduler'),
        ("main", "workers: tls://host:1", "workers: tls:// is spoken with certificates: ca, cert and key"),
        ("main", "workers: {at: 'tls://host:1', ca: a.pem}", "workers: tls:// is spoken with certificates"),
        ("main", "workers: {at: 'dask://host:1', key: k.pem}", "workers: ca, cert and key must be with an address that begins with tls://"),
        ("main", "workers: {ca: a.pem, cert: c.pem}", "workers: ca, cert and key must be with an address that begins"),
        ("main", "workers: {at: 'dask://host:1', fallback: remote}", "workers.fallback: "),
        ("main", "mail: {server: 'smtp://u:p@host'}", "mail.server: holds no user and no password"),
        ("main", "mail: {server: 'smtp://host:x'}", "mail.server: has a port that is none"),
        ("main", "mail: {server: 'smtp://host:99999'}", "mail.server: has a port that is none: ports go from 1 to 65,535"),
        ("main", "mail: {server: 'smtps://host:0'}", "mail.server: has a port that is none"),
        ("main", "mail: {server: 'smtp://host/path'}", "mail.server: holds more than a host and a port"),
        ("main", "mail: {server: 'file:'}", "mail.server: must be smtp://"),
        ("main", "mail: {sender: nobody}", "mail.sender: must be a mail address"),
        ("main", "mail: {password: secret}", 'mail.password: unknown key "password"'),
        ("main", "alert_max_age: [3]", "alert_max_age: must be whole seconds"),
        ("feeds", "feeds: 3", "feeds: must be a list"),
        ("feeds", "feeds: [5]", "feeds[0]: must be keys with values"),
        ("feeds", "feeds: [{}]", "feeds[0].name: is missing"),
        ("feeds", "feeds: [{name: a}]", "feeds[0].url: is missing"),
        ("feeds", "feeds: [{name: a, url: ftp://a/}]", "feeds[0].url: must be an address"),
        ("feeds", "feeds: [{name: a, url: 'http://'}]", "feeds[0].url: must be an address"),
        ("feeds", "feeds: [{name: a, url: 'http://a:99999/'}]", "feeds[0].url: has a port that is none: ports go from 1 to 65,535"),
        ("feeds", "feeds: [{name: a, url: 'https://a:0/'}]", "feeds[0].url: has a port that is none"),
        ("feeds", "feeds: [{name: 12, url: 'http://a/'}]", "feeds[0].name: must be a text: put it in"),
        ("feeds", "feeds: [{name: ' a', url: 'http://a/'}]", "feeds[0].name: must be on one line"),
        ("feeds", "feeds: [{name: 'a,b', url: 'http://a/'}]", "feeds[0].name: must be on one line"),
        ("feeds", 'feeds: [{name: "a\\u202e", url: "http://a/"}]', "feeds[0].name: must be on one line"),
        ("feeds", "feeds: [{name: a, url: 'http://a/', lang: russian}]", "feeds[0].lang: must be a language's code"),
        ("feeds", "feeds: [{name: a, url: 'http://a/', enabled: no}]", "feeds[0].enabled: must be true"),
        ("feeds", "feeds: [{name: a, url: 'http://a/', pages: fecth}]", 'feeds[0].pages: "fecth" is none'),
        ("feeds", "feeds: [{name: a, url: 'http://a/', tags: {a: b}}]", "feeds[0].tags: must be a list"),
        ("rules", "rules: [{name: a}]", "rules[0].query: is missing"),
        ("rules", "rules: [{name: a, query: ''}]", "rules[0].query: must say what to look for"),
        ("rules", "rules: [{name: a, query: 2026}]", "rules[0].query: must be a text: put it in quotes"),
        ("rules", "rules: [{name: a, query: x, priority: high}]", 'rules[0].priority: "high" is none'),
        ("rules", "rules: [{name: a, query: x, feeds: [b]}]", 'rules[0].feeds[0]: there is no feed "b"'),
        ("rules", "rules: [{name: a, query: x, tags: b}]", "rules[0].tags: there is no feed's tag"),
        ("digests", "people: {a: }", "people.a: must be keys with values"),
        ("digests", "people: {a: {}}", "people.a: must have an address, or a channel_file that says where"),
        ("digests", "people: {a: {address: 'mül@x.org'}}", "people.a.address: must be a mail address"),
        ("digests", "people: {a: {address: 'анна@x.org'}}", "people.a.address: must be a mail address like anna@example.org: before its @"),
        ("digests", "people: {a: {address: 'a@x.org (news)'}}", "people.a.address: must be a mail address like anna@example.org: write it alone, without"),
        ("digests", "people: {a: {address: 'A <a@x.org>'}}", "people.a.address: must be a mail address like anna@example.org: write it alone, without"),
        ("digests", "people: {a: {address: 'a@b c'}}", "people.a.address: must be a mail address"),
        ("digests", 'people: {a: {address: "a@b\\r\\nX"}}', "people.a.address: must be a mail address"),
        ("digests", "people: {a: {address: a@b, zone: ../etc}}", "people.a.zone: there is no time zone"),
        ("digests", "people: {a: {address: a@b, zone: Europe}}", "people.a.zone: there is no time zone"),
        ("digests", f"people: {{a: {{address: a@b, zone: Europe{'/Be' * 300}}}}}", "people.a.zone: there is no time zone"),
        ("digests", 'people: {a: {address: a@b, zone: "\\u202ex\\ny"}}', 'people.a.zone: there is no time zone "x y"'),
        ("digests", "people: {a: {address: a@b, zone: 3}}", "people.a.zone: must be a time zone"),
        ("digests", "people: {a: {address: a@b, quiet: [[1]]}}", "people.a.quiet[0]: must be two times of day"),
        ("digests", "people: {a: {address: a@b, quiet: [[22:00, 25:00]]}}", "people.a.quiet[0][1]: must be"),
        ("digests", "people: {a: {address: a@b, quiet: [['08:00', '08:00']]}}", "people.a.quiet[0]: ends where it begins"),
        ("digests", "people: {a: {address: a@b, quiet: [['00:00', '24:00']]}}", "people.a.quiet[0]: ends where it begins"),
        ("digests", "people:\n  a:\n    address: a@b\n    quiet: [['06:00', '18:00'], ['17:00', '06:00']]", "people.a.quiet: leaves no minute"),
        ("digests", "people: {'a,b': {address: a@b}}", "people.a,b: must be on one line"),
        ("digests", "people: {a: {address: a@b}}\ndigests: {d: {}}", "digests.d.to: is missing"),
        ("digests", "digests: {d: {to: []}}", "digests.d.to: must be a list of people, and not empty"),
        ("digests", "digests: {d: {to: [x]}}", 'digests.d.to[0]: there is no person "x"'),
        ("digests", "people: {a: {address: a@b}}\ndigests: {d: {to: a, at: 12:30:00}}", "digests.d.at[0]: must be"),
        ("digests", "people: {a: {address: a@b}}\ndigests: {d: {to: a, at: [730]}}", "digests.d.at[0]: must be"),
        ("digests", "people: {a: {address: a@b}}\ndigests: {d: {to: a, at: []}}", "digests.d.at: must be a list of times of day, and not empty"),
        ("digests", "people: {a: {address: a@b}}\ndigests: {d: {to: a, days: [monkey]}}", "digests.d.days[0]: must"),
        ("digests", "people: {a: {address: a@b}}\ndigests: {d: {to: a, days: 1}}", "digests.d.days: must be a list"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_in_words(tmp_path: Path, file: str, text: str, said: str) -> None:
    found = mistakes(folder_of(tmp_path, **{"main": "", file: text}))
    name = {"main": "newswatch.yaml"}.get(file, f"{file}.yaml")
    line = text.count("\n") + 1
    assert found[0].startswith(f"{name}:{line}: {said}"), found
    assert all(line.startswith((name, "    ")) for line in found)


def test_quiet_until_the_end_of_a_day_is_until_midnight(tmp_path: Path) -> None:
    text = "people: {a: {address: a@b, quiet: [['20:00', '24:00'], ['00:00', '7:30']]}}"
    (anna,) = loaded(folder_of(tmp_path, main="", digests=text)).people
    assert anna.quiet == (("20:00", "00:00"), ("00:00", "07:30"))


# Every field of every file, and what a hand may write in its place.
WRONG = (
    5,
    -1,
    1e9,
    True,
    "",
    "  ",
    "wrogn",
    "a,b",
    "a\nb",
    "x" * 20_000,
    [],
    [5],
    [[]],
    ["x" * 200],
    {},
    {"a": 5},
)
PEOPLE = {"a": {"address": "a@b"}}
PLACES: dict[type[Section], tuple[str, Callable[[object], object]]] = {
    schema.MainFile: ("newswatch.yaml", lambda one: one),
    schema.CrawlSection: ("newswatch.yaml", lambda one: {"crawl": one}),
    schema.MetricsSection: ("newswatch.yaml", lambda one: {"metrics": {"listen": "127.0.0.1:9108"} | one}),
    schema.WorkersSection: ("newswatch.yaml", lambda one: {"workers": one}),
    schema.BackupsSection: ("newswatch.yaml", lambda one: {"backups": one}),
    schema.RetentionSection: ("newswatch.yaml", lambda one: {"retention": one}),
    schema.MailSection: ("newswatch.yaml", lambda one: {"mail": one}),
    schema.FeedsFile: ("feeds.yaml", lambda one: one),
    schema.FeedSection: ("feeds.yaml", lambda one: {"feeds": [{"name": "n", "url": "http://a/"} | one]}),
    schema.RulesFile: ("rules.yaml", lambda one: one),
    schema.RuleSection: ("rules.yaml", lambda one: {"rules": [{"name": "n", "query": "x"} | one]}),
    schema.DigestsFile: ("digests.yaml", lambda one: one),
    schema.PersonSection: ("digests.yaml", lambda one: {"people": {"a": PEOPLE["a"] | one}}),
    schema.DigestSection: ("digests.yaml", lambda one: {"people": PEOPLE, "digests": {"d": {"to": ["a"]} | one}}),
}  # fmt: skip
FIELDS = [(shape, key) for shape in PLACES for key in shape.model_fields]
PLAIN = re.compile(
    r"must (be|have|say|not be) |is needed|there is no |min_interval \(|\"[^\"]*\" is none of |unknown key "
    r"|is missing|repeat_interval \(|holds no user|\"now\" means|nothing to look for|a query has at most|is also"
)


def test_every_section_is_in_the_table() -> None:
    assert set(_written(Section)) == set(PLACES)


@pytest.mark.parametrize("shape", PLACES)
def test_every_key_stands_in_the_files_that_are_shipped(shape: type[Section]) -> None:
    house = Path(__file__).parents[1]
    name = PLACES[shape][0]
    said = (house / ("" if name == "feeds.yaml" else "config") / name).read_text()
    assert [key for key in shape.model_fields if not re.search(rf"\b{key}:", said)] == []


def _written(shape: type[Section]) -> Iterator[type[Section]]:
    """The sections that stand in a file: those that no other one is made of."""
    for below in shape.__subclasses__():
        yield from _written(below) if below.__subclasses__() else (below,)


@pytest.mark.parametrize(("shape", "key"), FIELDS, ids=[f"{s.__name__}.{k}" for s, k in FIELDS])
def test_a_wrong_value_of_any_field_is_told_in_plain_words_at_its_place(
    tmp_path: Path, shape: type[Section], key: str
) -> None:
    name, around = PLACES[shape]
    refused = 0
    for value in WRONG:
        folder_of(tmp_path)
        (tmp_path / name).write_text(json.dumps(around({key: value}), indent=1))
        try:
            loaded(tmp_path)
        except ConfigError as wrong:
            refused += 1
            for line in str(wrong).replace(f"{tmp_path}/", "").splitlines():
                if not line.startswith("    "):
                    assert re.match(r"[a-z]+\.yaml:[1-9][0-9]*: ", line), line
                    assert PLAIN.search(line), line
                assert not re.search(r"[Ii]nput|[Vv]alid |pydantic|[Ss]hould|None|_type", line), (
                    line
                )
    assert refused >= 6


# ── the files themselves ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("store: sqlite:a\ncontact: x\nstore: sqlite:b\n", '3: "store" stands in line 1 already'),
        ("crawl:\n  spacing: 1\n  spacing: 1\n", '3: "spacing" stands in line 2 already'),
        ("contact: x\nstore: !!python/object:os.system x\n", "2: tags"),
        ("contact: ! x\n", "1: tags"),
        ("a: &x 1\nb: *x\n", "1: anchors and aliases"),
        ("b: *x\n", "1: anchors and aliases"),
        ("<<: *x\n", "1: anchors and aliases"),
        ("? [a, b]\n: c\n", "1: a key must be one word"),
        ("a: b\n--- \nc: d\n", "2: a second document begins"),
        ("a: [" + "[" * 13 + "]" * 14, "1: nested deeper than 12"),
        ("[" * 100_000, "1: nested deeper than 12"),
        ("a:\n\tb: c\n", "2: "),
        ("a: 'b\n", "2: "),
        ("a: b\nc: \x07\n", "2: holds a character that cannot stand here"),
        ('a: b\nc: "\\ud800"\n', "2: holds half a character"),
        ('a: b\n"\\udfff": c\n', "2: holds half a character"),
        (b"a: b\nc: \xff\xfe\n", "2: not UTF-8"),
        ("a: b".encode("utf-16"), "1: not UTF-8"),
        (b"#" * 2_000_001, " larger than 2,000,000 bytes"),
    ],
)
def test_what_yaml_may_do_and_a_configuration_may_not(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    (found,) = mistakes(folder_of(tmp_path, text))
    assert found.startswith(f"newswatch.yaml:{said}"), found


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    files = [
        b"\xef\xbb\xbf" + t.replace("\n", "\r\n").encode() for t in (MAIN, FEEDS, RULES, DIGESTS)
    ]
    assert loaded(folder_of(tmp_path / "a", *files)) == loaded(
        folder_of(tmp_path / "b", MAIN, FEEDS, RULES, DIGESTS)
    )


def test_words_stay_words(tmp_path: Path) -> None:
    names = ("no", "12:30:00", "2026-03-03", "0x", "1_000", "yes", "on", "null-set", "1e", "=")
    feeds = "feeds:\n" + "".join(
        f"- name: {name}\n  url: http://{n}.example/\n" for n, name in enumerate(names)
    )
    assert tuple(feed.name for feed in loaded(folder_of(tmp_path, "", feeds)).feeds) == names


@pytest.mark.parametrize("name", ["newswatch.yaml", "feeds.yaml", "rules.yaml", "digests.yaml"])
def test_a_file_that_is_none_is_named(tmp_path: Path, name: str) -> None:
    place = folder_of(tmp_path, "", "", "", "")
    (place / name).unlink()
    if name == "newswatch.yaml":
        assert mistakes(place) == ["newswatch.yaml: is missing. An empty file will do."]
    else:
        assert loaded(place).feeds == ()
    (place / name).mkdir()
    assert mistakes(place) == [f"{name}: cannot be read (Is a directory)"]
    (place / name).rmdir()
    (place / name).symlink_to("nowhere.yaml")
    assert mistakes(place) == [f"{name}: cannot be read (it is a link to nothing)"]
    (place / name).unlink()
    (place / name).symlink_to(name)
    assert mistakes(place) == [f"{name}: cannot be read (Too many levels of symbolic links)"]


def test_of_more_mistakes_than_anybody_reads_the_first_are_told(tmp_path: Path) -> None:
    place = folder_of(tmp_path, "", "", "rules:\n" + "- nme: x\n" * 400)
    with pytest.raises(ConfigError) as error:
        loaded(place)
    said = str(error.value).splitlines()
    assert len(said) == 501
    assert said[-1] == f"and {len(error.value.mistakes) - 500:,} more"


def test_no_folder_or_a_file_in_its_place_says_what_to_make(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "none", tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigError, match="there is no such folder"):
            load(place, tmp_path / "feeds.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / ("x" * 300), tmp_path / "feeds.yaml")


# ── any text at all ─────────────────────────────────────────────────────────────────────────

SCRAPS = st.sampled_from(
    ["\n", " ", "  ", "\t", "- ", ": ", ":", "#", " #", "'", '"', "[", "]", "{", "}", ",", "&a ", "*a",
     "!!str ", "|", ">-", "? ", "---", "...", "%YAML 1.1", "~", "null", "true", "no", "0", "-1", "1e9",
     "\\", "\r", "\r\n", "\x85", "\u2028", "\ufeff", "\x00", "é", "санкции", "<<", "store", "name",
     "tell", "query", "rules:", "feeds:", "people:", "digests:", "at: ", "7:30", "anna", "sqlite:x"]
)  # fmt: skip


@st.composite
def bent(draw, text: str) -> str:
    """*text* with a few places cut out, doubled, moved or filled with scraps of YAML."""
    for _ in range(draw(st.integers(1, 2))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        put = draw(
            st.one_of(st.just(""), SCRAPS, st.just(text[start:end] * 2), st.text(max_size=3))
        )
        text = text[:start] + put + text[end:]
    return text


ARBITRARY = st.one_of(
    st.text(max_size=40),
    st.lists(SCRAPS, max_size=12).map("".join),
    st.binary(max_size=30),
)


def judged(place: Path) -> bool:
    """Whether *place* holds a configuration. Loading gives a value, or a ConfigError whose lines
    name their files; the store's address read alone is that of the whole.
    """
    try:
        whole = loaded(place).store
    except ConfigError as wrong:
        for line in str(wrong).splitlines():
            assert line.startswith((str(place), "    ")), line
            assert line == safe_text(line)  # joiners stay: words of some scripts need them
        alone = store_address_or_none(place)
        assert alone is None or alone.isprintable()
        return False
    assert (store_address(place) or DEFAULT_STORE) == whole
    return True


def encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


FILES = {
    "newswatch": "store: sqlite:a.db # x\nmail: {server: 'file:a'}\ncrawl:\n  spacing: 2\n",
    "feeds": "feeds:\n  - name: a\n    url: http://a.example/\n    tags: [b, c]\n",
    "rules": "rules:\n- name: x\n  query: gas -oil\n  tell: [anna]\n",
    "digests": 'people:\n  anna: {address: a@b, quiet: [["22:00", "7:00"]]}\n',
}


# 2,000 in all, a hundred of them at every change.
EXAMPLES = pytest.mark.parametrize(
    "examples", [25, pytest.param(250, marks=pytest.mark.acceptance)]
)


@EXAMPLES
@pytest.mark.parametrize("file", FILES)
def test_arbitrary_text_is_a_configuration_or_a_mistake(
    tmp_path: Path, file: str, examples: int
) -> None:
    sound: list[bool] = []
    place = folder_of(tmp_path)

    @settings(max_examples=examples, deadline=None)
    @given(ARBITRARY)
    @example("%YAML 1.0")
    def check(text: str | bytes) -> None:
        (place / f"{file}.yaml").write_bytes(encoded(text))
        sound.append(judged(place))

    check()
    assert examples <= len(sound)
    assert 0 < sum(sound) < len(sound)  # both happen


@EXAMPLES
@pytest.mark.parametrize("file", FILES)
def test_a_bent_configuration_is_a_configuration_or_a_mistake(
    tmp_path: Path, file: str, examples: int
) -> None:
    sound: list[bool] = []
    place = folder_of(tmp_path, *FILES.values())
    assert judged(place)

    @settings(max_examples=examples, deadline=None)
    @given(bent(FILES[file]))
    def check(text: str) -> None:
        (place / f"{file}.yaml").write_bytes(encoded(text))
        sound.append(judged(place))

    check()
    assert examples <= len(sound)
    assert 0 < sum(sound) < len(sound)  # both happen


# ── the store's address alone ───────────────────────────────────────────────────────────────

SPELT = st.builds(
    "{}store{}:{}{}{}{}".format,
    st.sampled_from(["", "", "", " ", "  ", "- ", "? "]),
    st.sampled_from(["", "", "", " "]),
    st.sampled_from([" ", " ", "  ", "\t", "", "\n  ", " >-\n  ", " |\n  ", " !!str "]),
    st.sampled_from(["sqlite:var/a.db", "'sqlite:var/a.db'", '"sqlite:var/a.db"', '"sqlite:a\\u0062"',
                     "'sqlite:it''s'", "sqlite:a b.db", "sqlite:a#b", "sqlite:a: b", "sqlite:a:b", "~",
                     "'sqlite: a'", '"sqlite:a # b"', "sqlite:C:/x", "null", "", "[sqlite:a]", "5",
                     "sqlite:ä.db", "'sqlite:a", "sqlite:[a]", "sqlite:"]),
    st.sampled_from(["", "", " ", " # a note", "#no note", "\t# tab", "  #", " \\"]),
    st.sampled_from(["", "", "\n  more", "\n- b", "\n  # note", "\n\n  more", "\n  k: v"]),
)  # fmt: skip
OTHERS = st.sampled_from(
    ["# store: sqlite:no.db", "contact: a", 'contact: "a', "contact: 'store: sqlite:no.db'", "mail:",
     "  user: b", "  server: file:x", '"store": sqlite:q.db', "'store': sqlite:q.db", "contact: >",
     "  store: sqlite:in.db", "crawl: {spacing: 1}", "crawl:\n  allow_networks: [10.0.0.0/8]", "---",
     "...", "", "\ufeff", 'contact: "\\', "contact: a\n  b", "contact: [", "  - 10.0.0.0/8", "workers:"]
)  # fmt: skip


def test_the_stores_address_read_by_eye_is_what_yaml_says(tmp_path: Path) -> None:
    agreed: set[str | None] = set()
    sound: list[bool] = []
    place = folder_of(tmp_path)

    @settings(max_examples=600, deadline=None)
    @example(["# store: sqlite:no.db", "store: sqlite:a.db"], "\r", False)
    @example(["# no\u2028store: sqlite:a.db"], "\n", False)
    @example(["store: sqlite:a.db"], "\n", True)
    @example(["? a\n  b", "? a\n  b"], "\n", False)
    @example(["contact: x", "store: 'sqlite:a.db' # note"], "\r\n", False)
    @given(
        st.lists(st.one_of(SPELT, OTHERS), max_size=3),
        st.sampled_from(["\n", "\n", "\r\n", "\r"]),
        st.booleans(),
    )
    def check(lines: list[str], newline: str, mark: bool) -> None:
        text = newline.join(lines).replace("\n", newline) + newline
        (place / "newswatch.yaml").write_bytes((("\ufeff" if mark else "") + text).encode())
        sound.append(judged(place))
        agreed.add(store_address_or_none(tmp_path))

    check()
    assert 10 < sum(sound) < len(sound) - 10  # both happen
    assert len(agreed) > 5  # the spellings are not all refused


def store_address_or_none(place: Path) -> str | None:
    try:
        return store_address(place)
    except ConfigError:
        return None


def test_a_usual_file_is_read_without_yaml(tmp_path: Path) -> None:
    """What a search would wait for: neither YAML nor pydantic is imported."""
    folder_of(tmp_path, MAIN)
    program = (
        "import sys; from pathlib import Path; from newswatch.config import store_address\n"
        "print(*(store_address(Path(f)) for f in sys.argv[1:]))\n"
        "print({name.partition('.')[0] for name in sys.modules} & {'ruamel', 'pydantic'} or 'light')"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), str(HOUSE / "config")],
        check=True, capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip
    assert said.splitlines() == ["sqlite:var/other.db sqlite:var/newswatch.db", "light"]


def test_no_main_file_says_no_store_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    assert store_address(tmp_path / "none") is None
    for text in (b"\xff", b"#" * 2_000_001, b"store: [a", b"'store': 5", b'store: "sqlite:\\0"'):
        with pytest.raises(ConfigError, match=re.escape(str(tmp_path))):
            store_address(folder_of(tmp_path, text))
    (tmp_path / "newswatch.yaml").unlink()
    (tmp_path / "newswatch.yaml").mkdir()
    with pytest.raises(ConfigError, match="Is a directory"):
        store_address(tmp_path)


# ── the mail server's password ──────────────────────────────────────────────────────────────


def test_the_password_is_the_credentials_then_the_files_then_the_environments(
    tmp_path: Path,
) -> None:
    secret, credentials = tmp_path / "secret", tmp_path / "credentials"
    secret.write_text("from the file\n")
    secret.chmod(0o600)
    credentials.mkdir()
    (credentials / "mail-password").write_text("from systemd\n")
    everything = {"CREDENTIALS_DIRECTORY": str(credentials), "NEWSWATCH_MAIL_PASSWORD": "from env"}
    filed = MailSettings(password_file=str(secret))
    assert mail_password(filed, everything) == "from systemd"
    del everything["CREDENTIALS_DIRECTORY"]
    assert mail_password(filed, everything) == "from the file"
    assert mail_password(MailSettings(), everything) == "from env"
    assert mail_password(MailSettings(), {}) == ""
    assert (
        mail_password(filed, {"CREDENTIALS_DIRECTORY": str(tmp_path / "none")}) == "from the file"
    )


@pytest.mark.parametrize(
    ("mode", "may"),
    [(0o644, "read"), (0o640, "read"), (0o604, "read"), (0o620, "change"), (0o602, "change")],
)
def test_a_password_that_others_may_read_or_change_is_refused(
    tmp_path: Path, mode: int, may: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(mode)
    with pytest.raises(ConfigError, match=f"others may {may} it: chmod 600"):
        mail_password(MailSettings(password_file=str(secret)), {})


def test_a_password_that_cannot_be_read_is_named_and_never_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        mail_password(MailSettings(password_file=str(tmp_path / "none")), {})
    folder = tmp_path / "folder"
    folder.mkdir(0o700)
    with pytest.raises(ConfigError, match="Is a directory"):
        mail_password(MailSettings(password_file=str(folder)), {})
    secret = tmp_path / "secret"
    secret.write_bytes(b"hunter2\xff")
    secret.chmod(0o600)
    with pytest.raises(ConfigError, match="not UTF-8") as wrong:
        mail_password(MailSettings(password_file=str(secret)), {})
    assert "hunter2" not in str(wrong.value)
    (folder / "mail-password").mkdir()
    with pytest.raises(ConfigError, match="Is a directory"):
        mail_password(MailSettings(), {"CREDENTIALS_DIRECTORY": str(folder)})


# ── rules and feeds added and removed ───────────────────────────────────────────────────────

NEW = Rule("gas", '"gas pipeline" OR газопровод -sport', ("anna", "desk"), "urgent")
HAND_WRITTEN = """\
# Alert rules.

rules:
  # the first, with a long query that nobody may wrap: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
  - name: first     # why
    query: one OR    two
    tell: [ anna,desk ]
  # about the second
  -   query: >-
        three
        four
      name: "second"

  # about the third
  - {name: third, query: 'five'}

# the end
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_rule_is_added_and_every_other_byte_stays(
    tmp_path: Path, newline: str, mark: bytes
) -> None:
    file = tmp_path / "rules.yaml"
    before = mark + HAND_WRITTEN.replace("\n", newline).encode()
    file.write_bytes(before)
    add_rule(file, NEW)
    after = file.read_bytes()
    own = newline.join(
        ["  - name: gas", "    query: '\"gas pipeline\" OR газопровод -sport'",
         "    tell: [anna, desk]", "    priority: urgent", ""]
    ).encode()  # fmt: skip
    assert after.replace(own, b"", 1) == before
    assert after.index(own) > after.index(b"third")
    folder_of(tmp_path, MAIN, None, None, DIGESTS)
    (tmp_path / "rules.yaml").write_bytes(after)
    found = loaded(tmp_path).rules
    assert [rule.name for rule in found] == ["first", "second", "third", "gas"]
    assert found[-1] == NEW
    assert found[1].query == "three four"
    remove_rule(file, "gas")
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "comment"),
    [
        ("first", "  # the first"),
        ("second", "  # about the second"),
        ("third", "  # about the third"),
    ],
)
def test_a_removed_rule_takes_its_own_lines_and_no_comment_of_another(
    tmp_path: Path, name: str, comment: str
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(HAND_WRITTEN)
    remove_rule(file, name)
    left = file.read_text()
    kept = [line for line in HAND_WRITTEN.splitlines() if line in left.splitlines()]
    assert left.splitlines() == kept
    for said in re.findall(r"^ *#.*", HAND_WRITTEN, re.MULTILINE):
        assert (said in left) is not said.startswith(comment)
    folder_of(tmp_path, MAIN, None, left, DIGESTS)
    assert [rule.name for rule in loaded(tmp_path).rules] == [
        other for other in ("first", "second", "third") if other != name
    ]


def test_a_comment_goes_with_the_rule_that_it_stands_on(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    head, heading, last = "# Head.\nrules:\n", "# Energy, all of it.\n\n", "# Mine.\n"
    gas = "# Gas: asked for\n# by the desk.\n- name: gas\n  query: gas\n  # deeper: of gas\n"
    oil = "# Oil.\n- name: oil\n  query: oil\n"
    file.write_text(head + heading + gas + oil + last)
    remove_rule(file, "oil")
    assert file.read_text() == head + heading + gas + last
    remove_rule(file, "gas")
    assert file.read_text() == head + heading + last


@pytest.mark.parametrize(
    "text",
    ["", "# only words", "# only words\n", "rules:\n", "rules:", "rules: []\n", "rules: [] # none\n",
     "rules: null\n", "rules: ~ # none", "rules:\n  []\n", "---\n", "{}", "  rules:\n    - {name: x, query: y}",
     "rules: [{name: x, query: y}]", "rules: [\n  {name: x, query: y},\n]\n", "{rules: [{name: x, query: y}]}",
     "{rules: []}", "rules:\n- name: x\n  query: y", "rules:\n- query: |\n    y\n    # no comment\n  name: x\n\n\n",
     'rules:\n- name: x\n  query: "y\nz"\n', "rules:\n-\n  # odd\n  name: x\n  query: y\n# tail"],
)  # fmt: skip
def test_a_rule_is_added_to_a_list_in_any_writing(tmp_path: Path, text: str) -> None:
    place = folder_of(tmp_path, MAIN, None, text, DIGESTS)
    before = loaded(place).rules
    if text == "{}":
        with pytest.raises(ConfigError, match="only a person should change"):
            add_rule(place / "rules.yaml", NEW)
        assert (place / "rules.yaml").read_text() == text
        return
    add_rule(place / "rules.yaml", NEW)
    assert loaded(place).rules == (*before, NEW)
    for comment in re.findall(r"# .*", text):
        assert comment in (place / "rules.yaml").read_text()
    remove_rule(place / "rules.yaml", "gas")
    assert loaded(place).rules == before
    for rule in before:
        remove_rule(place / "rules.yaml", rule.name)
    assert loaded(place).rules == ()


ODD_TEXT = st.text(
    st.one_of(
        st.sampled_from("#:-'\"[]{},&*!|>%@`?~=\\ aй1\u00a0\n\t"),
        st.characters(exclude_categories=["Cs"]),
    ),
    min_size=1,
    max_size=12,
)


def test_whatever_is_added_is_read_back_or_refused(tmp_path: Path) -> None:
    accepted = 0

    @settings(max_examples=200, deadline=None)
    @example("x", "true", "null", True)
    @example("x", "gas pipeline", "anna", False)
    @given(ODD_TEXT, ODD_TEXT, ODD_TEXT, st.booleans())
    def check(name: str, query: str, tag: str, brackets: bool) -> None:
        nonlocal accepted
        feeds = "feeds: [{name: zz, url: 'http://zz.example/'}]" if brackets else "# none\n"
        place = folder_of(tmp_path, MAIN, feeds, None, DIGESTS)
        rule = Rule(name, query, ("anna",))
        feed = Feed(name, "http://a.example/?" + "".join(query.split()), name, "", (tag,))
        for add, file, value in ((add_rule, "rules.yaml", rule), (add_feed, "feeds.yaml", feed)):
            try:
                add(place / file, value)
            except ConfigError:
                assert (place / file).exists() == (file == "feeds.yaml")
            else:
                accepted += 1
        found = loaded(place)
        assert found.rules in ((), (rule,))
        assert [f for f in found.feeds if f.name != "zz"] in ([], [replace(feed, **AS_LOADED)])

    check()
    assert accepted > 10


AS_LOADED = {"min_interval": 120, "max_interval": 21600}


def test_what_would_not_be_read_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    for rule in (
        Rule("", "x"),
        Rule("a,b", "x"),
        Rule("a", "-x"),
        Rule("a", "(x"),
        Rule("a\nb", "x"),
    ):
        with pytest.raises(ConfigError):
            add_rule(file, rule)
    for feed in (
        Feed("a", "ftp://x"),
        Feed("a", "http://x/", lang="russian"),
        Feed("\ud800", "http://x/"),
    ):
        with pytest.raises(ConfigError):
            add_feed(tmp_path / "feeds.yaml", feed)
    assert list(tmp_path.iterdir()) == []


def test_a_name_or_an_address_that_is_there_is_not_added(tmp_path: Path) -> None:
    folder_of(tmp_path, "", FEEDS, RULES)
    with pytest.raises(ConfigError, match="already one with name sanctions"):
        add_rule(tmp_path / "rules.yaml", Rule("sanctions", "x"))
    with pytest.raises(ConfigError, match="already one with name plain"):
        add_feed(tmp_path / "feeds.yaml", Feed("plain", "http://new.example/"))
    with pytest.raises(ConfigError, match="already one with url https://tass"):
        add_feed(tmp_path / "feeds.yaml", Feed("tass", "https://tass.com/rss/v2.xml"))
    with pytest.raises(ConfigError, match="there is none called oil"):
        remove_rule(tmp_path / "rules.yaml", "oil")
    with pytest.raises(ConfigError, match="there is none called oil"):
        remove_rule(tmp_path / "none.yaml", "oil")
    assert (tmp_path / "rules.yaml").read_text() == RULES
    assert (tmp_path / "feeds.yaml").read_text() == FEEDS


ANNA_ALONE = "people: {anna: {address: anna@example.org}}"


def test_what_the_whole_configuration_would_refuse_is_not_written(tmp_path: Path) -> None:
    place = folder_of(tmp_path, "", None, None, ANNA_ALONE)
    file, beside = place / "rules.yaml", (place, place / "feeds.yaml")
    told = Rule("gas", "gas", ("anna",))
    for keep in (True, False):
        with pytest.raises(ConfigError) as wrong:
            add_rule(file, told, keep=keep, beside=beside)
        assert "nothing is written" in str(wrong.value)
        assert 'mail.server: is needed, as the rule "gas" tells somebody' in str(wrong.value)
    assert not file.exists()
    with pytest.raises(ConfigError, match='there is no person or digest "bob"'):
        add_rule(file, Rule("gas", "gas", ("bob",)), beside=beside)
    assert not file.exists()
    folder_of(tmp_path, "mail: {server: 'file:letters'}", None, None, ANNA_ALONE)
    add_rule(file, told, beside=beside)
    assert loaded(place).rules == (told,)


def test_what_was_wrong_before_keeps_nobody_from_adding_what_is_right(tmp_path: Path) -> None:
    """Else a feed could not be added before the rule that asks for it is put right, nor after."""
    rules = "# none\nrules: [{name: a, query: '(x'}, {name: b, query: y, feeds: [wire, wrie]}]"
    place = folder_of(tmp_path, "", None, rules)
    beside = (place, place / "feeds.yaml")
    add_feed(place / "feeds.yaml", Feed("wire", "http://wire.example/"), beside=beside)
    assert "wire.example" in (place / "feeds.yaml").read_text()
    (said, *_) = [said for said in mistakes(place) if "wrie" in said]
    assert said.endswith('there is no feed "wrie" (did you mean "wire"?)')


def test_a_query_of_two_lines_is_written_so_that_it_can_be_read(tmp_path: Path) -> None:
    query = '"gas pipeline"\nOR\tпутин \x85 \U000e0001 \\x'
    for brackets in (False, True):
        place = folder_of(tmp_path, "", None, "rules: [{name: a, query: b}]" if brackets else None)
        add_rule(place / "rules.yaml", Rule("two", query))
        written = (place / "rules.yaml").read_text()
        assert r'"\"gas pipeline\"\nOR\tпутин \x85 \U000e0001 \\x"' in written
        assert loaded(place).rules[-1].query == query


def test_two_who_add_at_once_both_add(tmp_path: Path) -> None:
    """Whoever reads, adds and writes while another does so would write over what that one added."""
    place = folder_of(tmp_path, "", None, "rules:\n")
    adding = (
        "import sys; from pathlib import Path; from newswatch.config import add_rule\n"
        "from newswatch.model import Rule\n"
        "for n in range(20): add_rule(Path(sys.argv[1]), Rule(f'{sys.argv[2]}{n}', 'x'))"
    )
    command = [sys.executable, "-c", adding, str(place / "rules.yaml")]
    both = [subprocess.Popen([*command, name]) for name in ("a", "b")]
    assert [child.wait(60) for child in both] == [0, 0]
    assert len(loaded(place).rules) == 40


@pytest.mark.parametrize(
    "text", ["rules: 5\n", "- a\n", "rules: [\n", "rules: {a: b}\n", "&a rules: []\n"]
)
def test_a_file_that_is_wrong_is_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=re.escape(f"{file}:")):
        add_rule(file, NEW)
    assert file.read_text() == text


def test_a_feed_is_added_with_all_it_says(tmp_path: Path) -> None:
    place = folder_of(tmp_path, "", FEEDS)
    feed = Feed(
        "no",
        "http://no.example/?a=1&b=[2]#x",
        "N, R & K",
        "nb-no",
        ("a b", "ø"),
        "feed-only",
        "rdf",
    )
    add_feed(place / "feeds.yaml", feed)
    assert loaded(place).feeds[-1] == feed
    assert (place / "feeds.yaml").read_text().startswith(FEEDS)


@pytest.mark.parametrize(
    "text", [None, FEEDS, "feeds: []\n", "feeds: [{name: x, url: 'http://x/'}]"]
)
def test_many_feeds_are_added_at_once_and_what_is_left_out_is_named(
    tmp_path: Path, text: str | None
) -> None:
    place = folder_of(tmp_path, "", text)
    before = loaded(place).feeds
    one, two = Feed("one", "http://one.example/"), Feed("two", "http://two.example/")
    reasons = add_feeds(
        place / "feeds.yaml",
        (one, Feed("bad", "ftp://x"), Feed("one", "http://else.example/"), two,
         Feed("again", "http://two.example/")),
    )  # fmt: skip
    assert [reason.replace(f"{place}/", "") for reason in reasons] == [
        "",
        "url: must be an address that begins with http:// or https://",
        "feeds.yaml: there is already one with name one",
        "",
        "feeds.yaml: there is already one with url http://two.example/",
    ]
    assert loaded(place).feeds == (*before, one, two)
    assert add_feeds(place / "feeds.yaml", ()) == ()


def test_a_link_stays_a_link_and_rights_stay(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "rules.yaml"
    real.parent.mkdir()
    real.write_text(RULES)
    real.chmod(0o640)
    (tmp_path / "rules.yaml").symlink_to(real)
    add_rule(tmp_path / "rules.yaml", NEW)
    assert (tmp_path / "rules.yaml").is_symlink()
    assert "gas" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in real.parent.iterdir()] == ["rules.yaml"]


def test_what_is_being_written_is_nobody_elses_and_goes_through_no_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, precious = tmp_path / "feeds.yaml", tmp_path / "precious"
    secret.write_text("feeds: []\n")
    secret.chmod(0o600)
    precious.write_text("somebody's")
    (tmp_path / f".feeds.yaml.{os.getpid()}.new").symlink_to(precious)
    rights = []
    synced = os.fsync

    def fsync(descriptor: int) -> None:
        rights.append(os.fstat(descriptor).st_mode & 0o777)
        synced(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    assert add_feeds(secret, (Feed("a", "http://u:pw@a.example/"),)) == ("",)
    assert rights[0] == 0o600
    assert (secret.is_symlink(), precious.read_text()) == (False, "somebody's")
    assert secret.stat().st_mode & 0o777 == 0o600


CHILD = """
import resource, signal, sys
from pathlib import Path
from newswatch.config import ConfigError, add_rule
from newswatch.model import Rule
killed, limit, file = sys.argv[1] == "killed", int(sys.argv[2]), Path(sys.argv[3])
import newswatch.config.editing, newswatch.config.schema
if killed:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    add_rule(file, Rule("late", "x" * 500))
except ConfigError as wrong:
    print(wrong)
"""


@pytest.mark.parametrize("how", ["killed", "refused"])
def test_a_file_is_never_half_written(tmp_path: Path, how: str) -> None:
    """The disk takes only so many bytes; the process dies of it, or is told."""
    file = tmp_path / "rules.yaml"
    file.write_text(RULES)
    for limit in (0, 10, len(RULES.encode()), len(RULES.encode()) + 300):
        child = subprocess.run(
            [sys.executable, "-c", CHILD, how, str(limit), str(file)],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        if how == "killed":
            assert child.returncode == -signal.SIGXFSZ
        else:
            assert "cannot be written (File too large)" in child.stdout
            assert list(tmp_path.iterdir()) == [file]
        assert file.read_text() == RULES
    add_rule(file, Rule("late", "x" * 500))
    assert "late" in file.read_text()


# ── letters at once ─────────────────────────────────────────────────────────────────────────


def test_groupings_are_read_beside_rules_and_people(tmp_path: Path) -> None:
    folder_of(tmp_path)
    (tmp_path / "rules.yaml").write_text(
        "rules:\n  - {name: n, query: x, group_by: rule, group_wait: 2m, repeat_interval: 0}\n"
    )
    (tmp_path / "digests.yaml").write_text(
        "people:\n  anna: {address: a@b, group_interval: 1h, repeat_interval: 1d}\n  boris: {address: c@d}\n"
    )
    found = loaded(tmp_path)
    assert found.rules[0].grouping == Grouping("rule", wait=120, repeat=0)
    assert [p.grouping for p in found.people] == [
        Grouping(interval=3600, repeat=86400), Grouping()
    ]  # fmt: skip


def test_a_repeat_below_the_interval_is_a_mistake_at_its_place(tmp_path: Path) -> None:
    folder_of(tmp_path)
    (tmp_path / "rules.yaml").write_text(
        "rules:\n  - name: n\n    query: x\n    group_interval: 1h\n    repeat_interval: 30m\n"
    )
    (tmp_path / "digests.yaml").write_text(
        "people:\n  anna:\n    address: a@b\n    repeat_interval: 5\n    group_interval: 10\n"
        "    group_by: stories\n    group_wait: soon\n"
    )
    with pytest.raises(ConfigError) as wrong:
        loaded(tmp_path)
    assert str(wrong.value).replace(f"{tmp_path}/", "").splitlines() == [
        "digests.yaml:4: people.anna.repeat_interval: repeat_interval (5 s) is below group_interval (10 s)",
        'digests.yaml:6: people.anna.group_by: "stories" is none of story, rule (did you mean "story"?)',
        'digests.yaml:7: people.anna.group_wait: must be whole seconds, or like "15m", "12h", "3d"',
        "rules.yaml:5: rules[0].repeat_interval: repeat_interval (1800 s) is below group_interval (3600 s)",
    ]


def test_readers_have_a_language_and_weekends_times_of_their_own(tmp_path: Path) -> None:
    folder_of(tmp_path)
    (tmp_path / "rules.yaml").write_text("rules: []\n")
    (tmp_path / "digests.yaml").write_text(
        "people:\n  anna: {address: a@b, lang: pt_BR}\n"
        "digests:\n  desk: {to: anna, weekend: 10:00}\n  calm: {to: anna, weekend: []}\n"
    )
    found = loaded(tmp_path)
    assert found.people[0].lang == "pt-br"
    assert [plan.weekend for plan in found.digests] == [("10:00",), ()]
    (tmp_path / "digests.yaml").write_text(
        "people:\n  anna:\n    address: a@b\n    lang: rux\n"
        "digests:\n  desk:\n    to: anna\n    days: [mon, Friday]\n    weekend: [10:00]\n"
    )
    with pytest.raises(ConfigError) as wrong:
        loaded(tmp_path)
    assert str(wrong.value).replace(f"{tmp_path}/", "").splitlines() == [
        'digests.yaml:4: people.anna.lang: there are no words for the days of "rux" (did you mean "ru"?)',
        "digests.yaml:9: digests.desk.weekend: is never used, as days has neither sat nor sun: add them, or leave it out",
    ]


def test_the_operator_is_a_person_or_an_address(tmp_path: Path) -> None:
    folder_of(tmp_path)
    main = tmp_path / "newswatch.yaml"
    (tmp_path / "rules.yaml").write_text("rules: []\n")
    (tmp_path / "digests.yaml").write_text("people: {anna: {address: a@b, zone: Asia/Tokyo}}\n")
    main.write_text("operator: anna\n")
    assert loaded(tmp_path).operator == Person("anna", "a@b", "Asia/Tokyo")
    main.write_text("operator: ops@example.org\n")
    assert loaded(tmp_path).operator == Person("operator", "ops@example.org")
    main.write_text("contact: x\noperator: ana\n")
    (tmp_path / "digests.yaml").write_text(
        "people: {anna: {address: a@b}}\ndigests:\n  operator: {to: anna}\n"
    )
    with pytest.raises(ConfigError) as wrong:
        loaded(tmp_path)
    assert str(wrong.value).replace(f"{tmp_path}/", "").splitlines() == [
        'digests.yaml:3: digests.operator: "operator" means letters to the operator: give it another name',
        'newswatch.yaml:2: operator: there is no person "ana" (did you mean "anna"?)',
    ]


def test_second_looks_are_on_unless_a_feed_or_the_whole_says_otherwise(tmp_path: Path) -> None:
    feeds = "feeds: [{name: a, url: http://a.example/rss}, {name: b, url: http://b.example/rss, looks: false}]"
    some = loaded(folder_of(tmp_path, "", feeds))
    assert ([feed.looks for feed in some.feeds], some.policy.looks) == ([True, False], 600)
    none = loaded(folder_of(tmp_path, "crawl: {looks: 0}", feeds))
    assert [feed.looks for feed in none.feeds] == [False, False]
    wrong = feeds.replace("looks: false", "looks: no")
    (said,) = mistakes(folder_of(tmp_path, "", wrong))
    assert "looks" in said
    assert "true or false" in said
