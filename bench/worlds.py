"""What servers show to a played newswatch (`played.World`): recorded texts, and made-up ones without an end.

Rule: what is shown is a function of feed, number and time, so that nothing is kept and each run is the same.
"""

from __future__ import annotations

import gzip
import json
import math
import random
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from played import headline, shown
from run import WORDS, word

from newswatch.address import host
from newswatch.model import Article, Shown

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEXTS = Path(__file__).parents[2] / "shared" / "data" / "dedup" / "docs.jsonl.gz"


class Recorded:
    """Real texts, each shown by its newsroom's feed from its own time on, those of 1987 drawn together into the same
    hours; a tenth is changed an hour later, by a figure in its text or a line more, and its entry's lead says so.
    """

    START = datetime(2020, 5, 2, tzinfo=UTC)
    WINDOW = 20

    def __init__(self, most: int, hours: float) -> None:
        """*most* articles are taken, a quarter of them of 1987, and shown within so many *hours* but the last two."""
        kinds: dict[str, list[dict[str, Any]]] = {"tg": [], "r21": []}
        with gzip.open(TEXTS, "rt") as lines:
            told = [json.loads(line) for line in lines]
        for one in told:
            if one["text"] and one["title"]:
                kinds[one["id"].partition("-")[0]].append(one)
        self.pages: dict[str, tuple[datetime, Article]] = {}
        self.feeds: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for kind, count in (("tg", most - most // 4), ("r21", most // 4)):
            found = sorted(kinds[kind], key=lambda one: str(one.get("published")))
            found = found[:: max(1, len(found) // max(1, count))][:count]
            for n, one in enumerate(found):
                at = self.START + HOUR * (hours - 2) * n / len(found)
                self._take(one, at, n)
        for shown_ in self.feeds.values():
            shown_.sort()

    def _take(self, one: dict[str, Any], at: datetime, n: int) -> None:
        url = one.get("url") or f"http://reuters.example/{one['id']}"
        name = host(url) if "url" in one else f"reuters-{n % 20}"
        if url in self.pages:
            return
        article = Article(
            url,
            one["title"],
            one["text"],
            one["lang"],
            published=at,
            published_from="feed",
            quality="full",
        )
        self.pages[url] = at, article
        self.feeds[name].append((at, url))

    def page(self, url: str, now: datetime) -> Article | None:
        """As `World`."""
        at, article = self.pages[url]
        chance = random.Random(url)
        if chance.random() > 0.1 or now < at + HOUR:
            return article
        digits = [n for n, c in enumerate(article.text) if c.isdigit()]
        if digits and chance.random() < 0.5:
            n = digits[0]
            return replace(
                article,
                text=f"{article.text[:n]}{(int(article.text[n]) + 1) % 10}{article.text[n + 1 :]}",
            )
        return replace(
            article,
            text=f"{article.text}\n{article.title}, it was said {chance.randint(2, 90)} times.",
        )

    def window(self, feed: str, known: frozenset[str], now: datetime) -> Sequence[Shown]:
        """As `World`."""
        all_ = self.feeds[feed]
        found = []
        for _, url in reversed(all_[: bisect_right(all_, (now, "~"))][-self.WINDOW :]):
            article = self.page(url, now)
            assert article is not None
            changed = article is not self.pages[url][1]
            entry = shown(url, str(changed), headline(article))
            if changed:
                entry = replace(
                    entry,
                    article=replace(headline(article), text=f"{headline(article).text} (updated)"),
                )
            found.append(replace(entry, article=None) if entry.hash in known else entry)
        return found


def common(world: Recorded) -> Callable[[int], str]:
    counted = Counter(
        w for _, a in world.pages.values() for w in set(a.text.lower().split()) if w.isalpha()
    )
    ranked = [w for w, n in counted.most_common() if len(w) > 3]
    return lambda rank: ranked[rank % len(ranked)]


@lru_cache(maxsize=1)
def vocabulary() -> tuple[list[str], list[float]]:
    return [word(n) for n in range(WORDS)], list(accumulate(1 / (n + 3) for n in range(WORDS)))


@lru_cache(maxsize=5000)
def text_of(seed: str, length: int) -> tuple[str, ...]:
    """A headline and sentences of a made-up text, each with a figure."""
    chance = random.Random(seed)
    words, weights = vocabulary()
    drawn = chance.choices(words, cum_weights=weights, k=length)
    lines = [" ".join(drawn[n : n + 18]).capitalize() for n in range(0, length, 18)]
    return tuple(f"{line} {chance.randint(2, 999)}." for line in lines)


class MadeUp:
    """Feeds f0, f1 …, each on a host of its own, which show an article each so often: number k of feed n comes at
    its own time, for ever. A part are copies of another feed's with a foot of their own, a part are changed later.
    """

    def __init__(
        self, rates: Sequence[float], *, window: int, length: int, copies: float, edits: float
    ) -> None:
        """*rates* are articles an hour of each feed; *length* is words of a text."""
        self.rates, self._window, self._length, self._copies, self._edits = (
            rates,
            window,
            length,
            copies,
            edits,
        )
        self._phases = [random.Random(f"phase {n}").random() for n in range(len(rates))]

    def at(self, n: int, k: int) -> datetime:
        """When article *k* of feed *n* comes."""
        return START + HOUR * ((k - self._phases[n]) / self.rates[n])

    def latest(self, n: int, now: datetime) -> int:
        """The number of a feed's newest article."""
        return math.floor((now - START) / HOUR * self.rates[n] + self._phases[n])

    def article(self, n: int, k: int, now: datetime) -> tuple[Article, bool]:
        """What an article says at *now*, and whether it was changed."""
        fate = random.Random(f"fate {n} {k}")
        copy, changes, after = (
            fate.random() < self._copies,
            fate.random() < self._edits,
            fate.random() * 3,
        )
        seed = f"{n} {k}"
        if copy:
            other = fate.randrange(len(self.rates))
            seed = f"{other} {self.latest(other, self.at(n, k))}"
        lines = list(text_of(seed, self._length))
        if copy:
            lines.append(f"Printed by house {n} as it came.")
        changed = changes and now > self.at(n, k) + HOUR * after
        if changed:
            lines[1] = f"{lines[1][:-1]} and {fate.randint(1000, 9999)} more."
        url = f"http://{self.host(n)}/{k}"
        text = "\n".join(" ".join(lines[i : i + 3]) for i in range(1, len(lines), 3))
        article = Article(
            url,
            lines[0],
            text,
            "en",
            published=self.at(n, k),
            published_from="feed",
            quality="full",
        )
        return article, changed

    @staticmethod
    def host(n: int) -> str:
        """A feed's own host."""
        return f"h{n}.example"

    def page(self, url: str, now: datetime) -> Article | None:
        """As `World`."""
        n, k = url.removeprefix("http://h").split(".example/")
        return self.article(int(n), int(k), now)[0]

    def window(self, feed: str, known: frozenset[str], now: datetime) -> Sequence[Shown]:
        """As `World`."""
        n, found = int(feed[1:]), []
        newest = self.latest(n, now)
        for k in range(newest, newest - self._window, -1):
            url = f"http://{self.host(n)}/{k}"
            if (plain := shown(url, "", None)).hash in known and now < self.at(n, k) + HOUR / 60:
                found.append(plain)
                continue
            changes = self._changed(n, k, now)
            entry = shown(url, changes, None)
            if entry.hash not in known:
                entry = replace(entry, article=headline(self.article(n, k, now)[0]))
            found.append(entry)
        return found

    def _changed(self, n: int, k: int, now: datetime) -> str:
        if not self._edits:
            return ""
        fate = random.Random(f"fate {n} {k}")
        fate.random()
        changes, after = fate.random() < self._edits, fate.random() * 3
        return "changed" if changes and now > self.at(n, k) + HOUR * after else ""
