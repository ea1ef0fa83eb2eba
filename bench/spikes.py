# ruff: noqa: SLF001 - the store is filled and counted beside its rooms
"""Rules that tell of how much they find, on recorded wires: false alarms a day, and what is planted found or not.

`python bench/spikes.py wire|sites|cost [--days 39] [--whole]`

`wire`: six weeks of one wire with its times (../shared/data/dedup, Reuters of March and April 1987, some 500 texts a
workday), with one headline within a day as one story, or with `--whole` kept as a watch keeps them; then each threshold
is rehearsed every twenty minutes. Hours in which nothing of the whole wire came for three are not watched. A planted
surge is five times what the hour brings, eight stories an hour at least, for two hours; a planted silence takes all stories of
a workday and the next night away.
`sites`: both recorded sites through the replay server and `once` each half hour, as they come: two days and a half, and two, are
shorter than a spike or a rhythm needs, which must say so and tell nothing.
`cost`: what a look takes, where a rule has 100,000 stories, and where 10,000 rules have no threshold.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from newswatch import desk, ingest, lookout, rules, surges
from newswatch.config import Configuration, MailSettings
from newswatch.ingest import Standing
from newswatch.model import (
    Article,
    CrawlPolicy,
    Feed,
    Imported,
    Rule,
    Threshold,
    Version,
    Watch,
)
from newswatch.store import Ledger, open_ledger
from newswatch.text import folded
from replayed import replay, shared

# A country, a company, a theme: what desks watch for.
OF_1987 = (
    "wheat", "oil", "japan", "dollar", "iran", "brazil", "gold", "tariff*", "strike", "bundesbank", "opec", "grain",
    "sugar", "coffee", "ibm", "chrysler", "takeover", "dividend", '"interest rate"', '"trade deficit"', "tanker", "yen",
    "texaco", "soviet", "mexico",
)  # fmt: skip
OF_TODAY = (
    "ukraine", "russia", "china", "iran", "israel", "gaza", "germany", "india", "japan", "trump", "putin", "fed", "oil",
    "gas", "inflation", "tariff*", "nato", "bank", "election", "google OR apple OR microsoft", "россия", "украина", "сша",
    "футбол", "earthquake",
)  # fmt: skip
KINDS = {
    "spike: 3x over 14d": Threshold("spike", 3600, 5, 3.0, 14),
    "volume: 20 in 1h": Threshold("volume", 3600, 20),
    "volume: 5 in 1h": Threshold("volume", 3600, 5),
    "silence: 12h": Threshold("silence", 12 * 3600),
    "silence: rhythm": Threshold("silence", 0, 10),
}
EVERY, HOUR, DAY = timedelta(minutes=20), timedelta(hours=1), timedelta(days=1)
UNHEARD = timedelta(hours=3)
BEGUN = datetime(1987, 3, 2, tzinfo=UTC)


# ── six weeks of one wire ───────────────────────────────────────────────────────────────────


def texts(until: datetime) -> list[Imported]:
    """The wire's texts, each seen as it was told."""
    found = []
    with gzip.open(shared("data/dedup/docs.jsonl.gz"), "rt", encoding="utf-8") as lines:
        for line in lines:
            said = json.loads(line)
            if said["source"] != "Reuters" or not said.get("published", "").startswith("1987"):
                continue
            at = datetime.fromisoformat(said["published"]).replace(tzinfo=UTC)
            if BEGUN <= at < until:
                url = f"http://wire.example/{said['id']}"
                text = Article(url, said["title"], said["text"], "en", published=at, published_from="feed")  # fmt: skip
                found.append(Imported(text, at, "wire"))
    return sorted(found, key=lambda item: item.seen)


def kept(ledger: Ledger, in_force: tuple[Rule, ...], items: list[Imported]) -> None:
    """Keep them as they come, half an hour together."""
    feed = Feed("wire", "http://wire.example/rss", "Wire", "en")
    ledger.begin("bench", BEGUN)
    ledger.configure((feed,), [(r, rules.fingerprint(r)) for r in in_force], BEGUN)
    standing = Standing(ledger.feeds(), rules.index(in_force, {}))
    done, began = 0, time.monotonic()
    while done < len(items):
        end = items[done].seen + HOUR / 2
        batch = [item for item in items[done : done + 500] if item.seen < end]
        ingest.take_in(batch, ledger, standing, batch[-1].seen, alert=True)
        done += len(batch)
        if done // 4000 != (done - len(batch)) // 4000:
            print(f"  {done:,} texts kept in {time.monotonic() - began:.0f} s", flush=True)


def watch_of(items: list[Imported]) -> Watch:
    """When something came at least every three hours."""
    found: list[tuple[datetime, datetime]] = []
    for item in items:
        if found and item.seen - found[-1][1] <= UNHEARD:
            found[-1] = found[-1][0], item.seen
        else:
            found.append((item.seen, item.seen))
    return tuple(found)


def stories(ledger: Any, rule: str) -> list[datetime]:
    rows = ledger._connection.execute(
        "SELECT at FROM reported WHERE rule = ? AND at >= 0 ORDER BY at", (rule,)
    )
    return [datetime.fromtimestamp(row[0], UTC) for row in rows]


def by_headline(in_force: tuple[Rule, ...], items: list[Imported]) -> dict[str, list[datetime]]:
    """When each story was first told, by rule: what has one headline within a day is one story. That joins less than the
    store does, so that more is counted, and nothing in our favour.
    """
    index = rules.index(in_force, {})
    told: dict[str, list[datetime]] = {rule.name: [] for rule in in_force}
    last: dict[tuple[str, str], datetime] = {}
    for item in items:
        a = item.article
        version = Version(a.url, a.url, 1, a.url, a.title, a.text, "en", "wire", "Wire", item.seen)
        for rule, _ in index.matches(version):
            key = rule.name, " ".join(folded(a.title))
            if key not in last or item.seen - last[key] > DAY:
                told[rule.name].append(item.seen)
            last[key] = item.seen
    return told


def wire(days: int, *, whole: bool) -> None:
    until = BEGUN + days * DAY
    items = texts(until)
    watch = watch_of(items)
    heard = sum(((b - a) for a, b in watch), timedelta()) / (until - BEGUN)
    print(f"{len(items):,} texts of {days} days, {heard:.0%} of the time watched", flush=True)
    in_force = tuple(Rule(q, q, (), threshold=KINDS["spike: 3x over 14d"]) for q in OF_1987)
    if whole:
        with tempfile.TemporaryDirectory() as folder:
            ledger = open_ledger(f"sqlite:{folder}/w.db")
            kept(ledger, in_force, items)
            told = {rule.name: stories(ledger, rule.name) for rule in in_force}
            ledger.close()
    else:
        told = by_headline(in_force, items)
    for name, times in told.items():
        print(f"  {name}: {len(times):,} stories, {len(times) / days:.1f} a day")
    since = BEGUN + 14 * DAY
    judged = (until - since) / DAY
    print(
        f"judged from {since:%d %b} on, {judged:.0f} days, {len(told)} queries, every 20 minutes:"
    )
    for said, threshold in KINDS.items():
        weeks = threshold.kind == "silence" and not threshold.span
        by = {q: surges.rehearse(threshold, t, watch, since, until, UTC, EVERY) for q, t in told.items()}  # fmt: skip
        alarms = [len(found) for found, _, _ in by.values()]
        unsaid = sum(u for _, _, u in by.values()) / sum(n for _, n, _ in by.values())
        print(
            f"  {said}: {sum(alarms)} in all, {sum(alarms) / len(told) / judged:.3f} a day and rule, most of one"
            f" {max(alarms)}; could not say {unsaid:.0%}{' (four weeks are most of it)' if weeks else ''}",
            flush=True,
        )  # fmt: skip
        if threshold.kind == "spike":
            for q, (found, _, _) in by.items():
                for one in found:
                    before = one.against[0][1]
                    print(f"    {q}, {one.at:%a %d %b %H:%M}: {one.count} against {statistics.mean(before):.1f}, at most {max(before)}")  # fmt: skip
    planted(told, watch, since, until)


def planted(
    told: dict[str, list[datetime]], watch: Watch, since: datetime, until: datetime
) -> None:
    """A surge and a silence for each query, on workdays that were watched; found, and how soon."""
    chance = random.Random(11)
    waits: list[float] = []
    asked = 0
    spike, crowd = KINDS["spike: 3x over 14d"], KINDS["volume: 5 in 1h"]
    of_crowd = 0
    for times in told.values():
        for _ in range(4):
            at = _workday(chance, watch, since, until, 2 * HOUR)
            before = [_count(times, at - n * DAY, at - n * DAY + HOUR) for n in range(1, 15) if (at - n * DAY).weekday() < 5]  # fmt: skip
            many = max(8, round(5 * statistics.mean(before))) * 2
            with_it = sorted([*times, *(at + 2 * HOUR * n / many for n in range(many))])
            asked += 1
            for threshold in (spike, crowd):
                # What told by itself before rests, as it would: that counts as not found.
                found, _, _ = surges.rehearse(threshold, with_it, watch, at - 12 * HOUR, at + 2 * HOUR, UTC, EVERY)  # fmt: skip
                hits = [one.at for one in found if at <= one.at]
                if hits and threshold is spike:
                    waits.append((hits[0] - at) / timedelta(minutes=1))
                of_crowd += bool(hits) and threshold is crowd
    half = statistics.median(waits) if waits else 0.0
    print(f"planted surges: {asked}; spike found {len(waits)}, half within {half:.0f} minutes; volume: 5 in 1h found {of_crowd}")  # fmt: skip
    silent: Counter[str] = Counter()
    asked = 0
    for times in told.values():
        at = _workday(chance, watch, since, until, 10 * HOUR)
        begins = at.replace(hour=8)
        gone = [t for t in times if not begins <= t < begins + DAY]
        asked += 1
        for said in ("silence: 12h", "silence: rhythm"):
            found, _, _ = surges.rehearse(KINDS[said], gone, watch, begins, begins + DAY, UTC, EVERY)  # fmt: skip
            silent[said] += any(one.since < begins + HOUR for one in found)
    often = [len(times) for times in told.values()]
    print(f"planted silences: {asked}, of queries with {min(often)} to {max(often)} stories: {dict(silent)}")  # fmt: skip


def _workday(
    chance: random.Random, watch: Watch, since: datetime, until: datetime, lasts: timedelta
) -> datetime:
    while True:
        at = (
            since
            + DAY * chance.randrange((until - since).days - 1)
            + HOUR * chance.randrange(9, 18)
        )
        if at.weekday() < 5 and surges.watched(watch, at, at + lasts):
            return at


def _count(times: list[datetime], since: datetime, until: datetime) -> int:
    return sum(since <= at < until for at in times)


# ── the recorded sites ──────────────────────────────────────────────────────────────────────


def sites(step: timedelta) -> None:
    for name in ("site-reuters", "site-newspapers"):
        with replay(name) as server, tempfile.TemporaryDirectory() as folder:
            begins, ends = (datetime.fromisoformat(server.manifest()[k]) for k in ("t0", "t1"))
            feeds = tuple(
                Feed(f"f{n}", feed["url"], feed["title"], (feed["language"] or "").lower(), pages="link-only")
                for n, feed in enumerate(server.ask("feeds"))
            )  # fmt: skip
            asked = tuple(
                Rule(f"{q} {said}", q, (), threshold=threshold)
                for q in OF_TODAY
                for said, threshold in KINDS.items()
            )
            settings = Configuration(
                store=f"sqlite:{folder}/w.db", feeds=feeds, rules=asked,
                policy=CrawlPolicy(
                    user_agent="Mozilla/5.0 (compatible; newswatch bench)", allow_networks=("127.0.0.0/8",), spacing=0.0,
                    total_seconds=5.0,
                ),
                mail=MailSettings(f"file:{folder}/letters", "newswatch@example.org"),
            )  # fmt: skip
            force, workers = desk.in_force(settings), desk.local_workers(settings.policy)
            ledger = open_ledger(settings.store)
            now = begins
            while now <= ends:
                server.set(now)
                desk.once(force, ledger, workers, desk.sender(settings), now)
                now += step
            workers.stop(5)
            _told(name, ledger, (ends - begins) / DAY, ends)
            ledger.close()


def _told(name: str, ledger: Any, days: float, now: datetime) -> None:
    rows = ledger._connection.execute("SELECT kind, rule, count(*) FROM surge GROUP BY kind, rule")
    by: Counter[str] = Counter()
    for _, rule, n in rows:
        by[next(said for said in KINDS if rule.endswith(said))] += n
    watch = ledger.surges.watch(now - 30 * DAY)
    watched = sum((b - a for a, b in watch), timedelta()) / DAY
    articles = ledger._connection.execute("SELECT count(*) FROM article").fetchone()[0]
    print(f"{name}: {days:.1f} days, {watched:.1f} watched, {articles:,} articles, {len(OF_TODAY)} queries")  # fmt: skip
    for said in KINDS:
        print(f"  {said}: {by[said]} in all, {by[said] / len(OF_TODAY) / days:.3f} a day and rule")
    for said in ("spike: 3x over 14d", "silence: rhythm"):
        rule = Rule(f"{OF_TODAY[0]} {said}", OF_TODAY[0], threshold=KINDS[said])
        print(f"  {rule.name}: {lookout.finding(ledger.surges, rule, UTC, now).why or 'nothing'}")


# ── what it costs ───────────────────────────────────────────────────────────────────────────


def cost() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger: Any = open_ledger(f"sqlite:{folder}/w.db")
        now = datetime(2026, 3, 17, 12, tzinfo=UTC)
        of = tuple(Rule(f"{said} {n}", "gas", (), threshold=t) for n in range(1) for said, t in KINDS.items())  # fmt: skip
        ledger.begin("bench", now)
        ledger.configure((Feed("wire", "http://wire.example/rss"),), [(r, rules.fingerprint(r)) for r in of], now)  # fmt: skip
        for rule in of:
            ledger._connection.execute(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)"
                " INSERT INTO reported SELECT ?, 'story' || i, ? - i * 24 FROM n",
                (rule.name, int(now.timestamp())),
            )
        ledger._connection.execute("INSERT INTO watch VALUES ('2026-01-01T00:00:00.000000Z', '2026-04-01T00:00:00.000000Z')")  # fmt: skip
        ledger._connection.commit()
        for said in KINDS:
            took = []
            for rule in (r for r in of if r.name.startswith(said)):
                start = time.perf_counter()
                lookout.finding(ledger.surges, rule, UTC, now)
                took.append(time.perf_counter() - start)
            print(f"a look at {said}, 100,000 stories a rule: {statistics.median(took) * 1000:.2f} ms")  # fmt: skip
        begun = time.perf_counter()
        for _ in lookout.look(ledger.surges, of, {}, UTC, now, lambda _rule: False):
            pass
        print(f"{len(of)} such rules, whole: {(time.perf_counter() - begun) * 1000:.0f} ms each five minutes")  # fmt: skip
        plain = tuple(Rule(f"r{n}", f"word{n}", ()) for n in range(10_000))
        begun = time.perf_counter()
        for _ in lookout.look(ledger.surges, plain, {}, UTC, now, lambda _rule: False):
            pass
        print(f"10,000 rules without a threshold: {(time.perf_counter() - begun) * 1000:.1f} ms; none is asked of the store")  # fmt: skip
        ledger.close()


def main(arguments: list[str] | None = None) -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("what", choices=["wire", "sites", "cost"])
    asked.add_argument("--days", type=int, default=39)
    asked.add_argument("--whole", action="store_true", help="keep the wire's texts in a store")
    asked.add_argument(
        "--step", type=int, default=30, help="minutes between two polls of the sites"
    )
    given = asked.parse_args(arguments)
    if given.what == "wire":
        wire(given.days, whole=given.whole)
    elif given.what == "sites":
        sites(timedelta(minutes=given.step))
    else:
        cost()


if __name__ == "__main__":
    main()
