"""How far one writer goes: `python bench/scale.py settle|feeds|day [options]`, on `played.py`, without sockets.

settle   real texts (../shared/data/dedup, skipped where missing) shown by their newsrooms' feeds over half a day, a tenth
         of them changed an hour later: articles a second of the writer's CPU, and its parts
feeds    100,000 feeds, each of its own rhythm, on hosts of their own: how late polls are claimed, what a claim costs,
         memory; --hours 6 for the whole of it
day      a million articles a day, as made-up texts at four times that rate, for so many minutes on a store of so
         many articles: what each stage takes, stories, matches, letters, disk
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from played import TAG, Figures, Played, claimed, headline, shown
from run import batches, made_up, word
from worlds import HOUR, START, TEXTS, MadeUp, Recorded, common

from newswatch import crawl, dedup, desk, frontier, ingest, machine, rhythm, rules, versions
from newswatch.address import request_id
from newswatch.config import Configuration, MailSettings
from newswatch.ingest.placing import Placing
from newswatch.ingest.telling import Telling
from newswatch.model import (
    Article,
    Changeset,
    DigestPlan,
    Feed,
    Outcome,
    Person,
    Request,
    Rule,
    Shown,
    content_id,
)
from newswatch.store import chain, index, open_ledger
from newswatch.store.frequencies import Frequencies
from newswatch.store.known import SqliteKnown
from newswatch.store.ledger import SqliteLedger
from newswatch.store.vocabulary import Vocabulary

READERS = 20
MILLION = 1_000_000


def say(line: str) -> None:
    print(line, flush=True)


def load() -> str:
    """The machine's state, to be told beside what was seen."""
    one, five, _ = os.getloadavg()
    return f"load {one:.1f}, {five:.1f} over five minutes, on {os.cpu_count()} cores"


def memory() -> float:
    """This process's resident memory in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


# ── what is in force ────────────────────────────────────────────────────────────────────────


def watched(folder: Path, feeds: Sequence[Feed], asked: Sequence[Rule]) -> Configuration:
    """A configuration: half of the rules tell a digest, a tenth at once, the others nobody."""
    people = tuple(Person(f"p{n}", f"p{n}@example.org", "UTC") for n in range(READERS))
    names = tuple(person.name for person in people)
    plans = tuple(DigestPlan(f"d{n}", names[n::4], ("07:00", "12:00", "18:00")) for n in range(4))
    tell = [
        (f"d{n % 4}",) if n % 2 else (names[n % READERS],) if n % 10 == 0 else ()
        for n in range(len(asked))
    ]
    return Configuration(
        store=f"sqlite:{folder}/scale.db",
        feeds=tuple(feeds),
        rules=tuple(replace(rule, tell=whom) for rule, whom in zip(asked, tell, strict=True)),
        people=people,
        digests=plans,
        mail=MailSettings(server=f"file:{folder}/outbox", sender="n@example.org"),
    )


def hundred(said: Callable[[int], str]) -> list[Rule]:
    """A hundred rules of six forms over words, *said* giving one by its rank."""
    chance = random.Random(4)
    made = []
    for n in range(100):
        a, b, c = (said(chance.randrange(60, 3000)) for _ in range(3))
        forms = (
            f"{a} OR {b}",
            f"{a} {b}",
            f'"{a} {b}"',
            f"title:{a}",
            f"{a} NEAR/8 {b}",
            f"({a} OR {b}) -{c}",
        )
        made.append(Rule(f"r{n}", forms[n % 6]))
    return made


@contextmanager
def begun(made: Configuration, world: Any, now: datetime) -> Iterator[Played]:
    """A played newswatch of a configuration."""
    force = desk.in_force(made)
    machine.collect_less()  # as `run` does
    ledger = open_ledger(made.store)
    try:
        ledger.begin("scale", now)
        desk.configure(ledger, force, now)
        yield Played(ledger, force, world, now)
    finally:
        ledger.close()


# ── by stage ────────────────────────────────────────────────────────────────────────────────

KNOWN = tuple(name for name in vars(SqliteKnown) if not name.startswith("_"))
# Where a stage begins: what it calls of another stage's is that one's.
STAGES: dict[str, tuple[tuple[Any, tuple[str, ...]], ...]] = {
    "dedup": (
        (Placing, ("place", "place_again", "rewritten")),
        (dedup, ("signature", "judge", "exact", "next_of", "says_next")),
    ),
    "versions": ((versions, ("compare", "slips", "own_word", "retraction_note")),),
    "rules": ((rules.RuleIndex, ("matches",)),),
    "who is told": ((Telling, ("judge", "correct", "update")),),
    "look-ups": ((SqliteKnown, KNOWN),),
    "index": ((index, ("file",)), (Vocabulary, ("add",)), (Frequencies, ("count", "added_to"))),
    "history": ((chain, ("record", "of_version", "of_bare_version", "of_revision", "of_words")),),
    "store": ((SqliteLedger, ("keep_all",)),),
}


@contextmanager
def parted() -> Iterator[Counter[str]]:
    """CPU seconds by stage, each without what it calls of another, while this lasts; what is timed so costs a little."""
    spent: Counter[str] = Counter()
    under: list[
        str
    ] = []  # the stage at hand behind those that called it; none outside of a settling
    last = [0.0]

    def turn() -> None:
        now = time.process_time()
        spent[under[-1]] += now - last[0]
        last[0] = now

    def timed(stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*args: Any, **named: Any) -> Any:
            if not under:
                return call(*args, **named)
            turn()
            under.append(stage)
            try:
                return call(*args, **named)
            finally:
                turn()
                under.pop()

        return made

    with ExitStack() as back:
        for stage, places in STAGES.items():
            for owner, names in places:
                for name in names:
                    call = getattr(owner, name)
                    back.callback(setattr, owner, name, call)
                    setattr(owner, name, timed(stage, call))
        settle = ingest.settle

        def settled(*args: Any) -> Any:
            last[0] = time.process_time()
            under.append("settling besides")
            try:
                return settle(*args)
            finally:
                turn()
                under.pop()

        back.callback(setattr, ingest, "settle", settle)
        ingest.settle = settled
        yield spent


def shares(spent: Counter[str], articles: int) -> None:
    whole = sum(spent.values())
    for stage, seconds in spent.most_common():
        say(
            f"  {stage:18} {seconds / whole:5.1%}   {seconds / max(1, articles) * 1000:.3f} ms an article"
        )


def steps(played: Played) -> None:
    """What the writer did, step by step."""
    seen = played.figures
    for step, seconds in seen.spent.most_common():
        say(
            f"  {step:26} {seen.done[step]:9,}  {seen.each(step):7.3f} ms each  {seconds / seen.busy:5.1%}"
        )


# ── real texts ──────────────────────────────────────────────────────────────────────────────


def settle(asked: argparse.Namespace) -> None:
    if not TEXTS.exists():
        say("settle: ../shared/data/dedup is not there, skipped")
        return
    world = Recorded(asked.articles, asked.hours)
    feeds = [
        Feed(
            name,
            f"http://{name}/rss",
            lang="",
            min_interval=3600,
            max_interval=3600,
            looks=asked.looks,
        )
        for name in world.feeds
    ]
    with tempfile.TemporaryDirectory() as folder:
        made = watched(Path(folder), feeds, hundred(common(world)))
        with begun(made, world, world.START) as played, ExitStack() as back:
            spent = back.enter_context(parted()) if asked.stages else Counter()
            played.until(world.START + asked.hours * HOUR)
            seen = played.figures
            count = seen.done["articles"]
            told = seen.spent["pages"] + seen.spent["polls that bring something"]
            size = Path(f"{folder}/scale.db").stat().st_size
            say(
                f"settle     {count:,} real articles of {len(feeds)} feeds, {seen.done['versions'] - count:,} further versions,"
                f" {seen.done['matches']:,} matches, {played.letters} letters: {count / told:.0f} a second of the writer's"
                f" CPU for their entries and pages ({told / count * 1000:.2f} ms), {count / seen.busy:.0f} for all it did"
                f" (wanted 200); {size / count:,.0f} bytes an article; {load()}"
            )
            steps(played)
            if spent:
                shares(spent, count)


# ── made-up texts ───────────────────────────────────────────────────────────────────────────


def of_feeds(count: int, world: MadeUp, most: int) -> list[Feed]:
    return [
        Feed(f"f{n}", f"http://{world.host(n)}/rss", lang="en", max_interval=most)
        for n in range(count)
    ]


# ── 100,000 feeds ───────────────────────────────────────────────────────────────────────────

LEAST, MOST, KINDS = 0.05, 20.0, 24  # articles a day, of feeds of so many kinds
LONGEST = 7200  # seconds between two polls
SAID = 120  # seconds between two words on how far a play is
ENTRIES = 10


def polled_before(kind: float, feed: Feed) -> Request:
    """The row of a feed of *kind* articles an hour that was polled for two days, once an hour."""
    dates = [START - HOUR * (49 + n / kind) for n in range(ENTRIES)]
    seen = rhythm.begun(dates, ENTRIES, START - 48 * HOUR)
    for hour in range(1, 49):
        at = START - (48 - hour) * HOUR
        seen = rhythm.polled(seen, int(hour * kind) - int((hour - 1) * kind), None, at)
    row = Request(
        "kind",
        "feed",
        feed.url,
        feed.name,
        START,
        START - 48 * HOUR,
        "en",
        polls=48,
        successes=3,
        rhythm=seen,
    )
    unchanged = Outcome(row, 304, etag=TAG, body_hash="0" * 32, unchanged=True)
    return replace(frontier.again(unchanged, feed, START, 0), format="rss")


def known(played: Played, rates: Sequence[float]) -> None:
    """Keep what a newswatch knows that has polled these feeds for two days; half of their hosts have a page that is
    to be looked at again within a day.
    """
    world = played.world
    kinds = {
        rate: polled_before(rate, next(iter(played.standing.feeds.values()))) for rate in set(rates)
    }

    def one(request: Request) -> Changeset:
        n = int(request.feed[1:])
        shape, chance = kinds[rates[n]], random.Random(n)
        window = world.window(
            request.feed,
            frozenset(shown(f"http://{world.host(n)}/{-k}", "", None).hash for k in range(ENTRIES)),
            START,
        )
        due = START + timedelta(seconds=shape.interval * chance.random())
        row = replace(
            shape,
            id=request.id,
            url=request.url,
            feed=request.feed,
            due=due,
            first_seen=shape.first_seen,
        )
        rest: dict[str, Any] = {}
        if n % 2:
            said, _ = world.article(n, 0, START)
            url, tag = said.url, content_id(said.title, said.text)
            page = Request(request_id("page", url), "page", url, request.feed, START + 24 * HOUR * chance.random(), START,
                           shown=shown(url, "", headline(said)), etag=tag, body_hash=tag, polls=1, successes=1, look=1)  # fmt: skip
            rest["asked"] = (page,)
        entries = tuple(entry_of(s) for s in window)
        return Changeset(at=START, lease=request.lease, request=row, window=entries, **rest)

    claimed(played.ledger, START, one)


def entry_of(one: Shown) -> Any:
    from newswatch.model import WindowEntry

    return WindowEntry(one.hash, one.guid, one.url, content_id("a", one.url), one.mark)


def late(played: Played) -> None:
    seen = played.figures
    waits = sorted(wait for wait, _ in seen.late)
    parts = sorted(wait / interval for wait, interval in seen.late)

    def p(found: list[float], of: float) -> float:
        return found[min(len(found) - 1, int(len(found) * of))]

    say(
        f"  claimed late: median {p(waits, 0.5):.1f} s, p99 {p(waits, 0.99):.1f} s, at most {waits[-1]:.1f} s; of their"
        f" intervals p99 {p(parts, 0.99):.2%}, at most {parts[-1]:.2%} (wanted p99 5%)"
    )
    full = [(n, spent) for n, spent in seen.claims if n >= 20]
    if full:
        say(
            f"  claims of twenty and more ({len(full):,}, {statistics.mean(n for n, _ in full):.0f} each):"
            f" {sum(s for _, s in full) / sum(n for n, _ in full) * 1e6:.0f} µs a request; of fewer"
            f" ({len(seen.claims) - len(full):,}) {sum(s for n, s in seen.claims if n < 20) / max(1, len(seen.claims) - len(full)) * 1e3:.2f} ms a claim"
        )


def going(played: Played, within: float) -> Iterator[bool]:
    """Whether *within* so many seconds there is time for more; what was played by then is said each two minutes."""
    begun_at = time.monotonic()
    start, said = played.now, begun_at
    while (now := time.monotonic()) - begun_at < within:
        if now - said > SAID:
            said = now
            minutes = (played.now - start) / timedelta(minutes=1)
            say(f"  {minutes:.1f} virtual minutes in {(now - begun_at) / 60:.0f}")
        yield True
    yield False


def feeds(asked: argparse.Namespace) -> None:
    steps_ = [LEAST * (MOST / LEAST) ** (n / (KINDS - 1)) / 24 for n in range(KINDS)]
    rates = [steps_[random.Random(f"kind {n}").randrange(KINDS)] for n in range(asked.feeds)]
    world = MadeUp(rates, window=ENTRIES, length=200, copies=0.1, edits=0.0)
    with tempfile.TemporaryDirectory() as folder:
        made = watched(Path(folder), of_feeds(asked.feeds, world, LONGEST), hundred(word))
        clock = time.process_time()
        with begun(made, world, START) as played:
            say(
                f"feeds      {asked.feeds:,} feeds put in force anew in {time.process_time() - clock:.1f} s of CPU, {memory():.0f} MB; {load()}"
            )
            clock = time.process_time()
            known(played, rates)
            say(f"  two days known of them, {time.process_time() - clock:.1f} s")
        ready = time.process_time()
        with begun(made, world, START) as played:
            say(
                f"  started on that store in {time.process_time() - ready:.2f} s of CPU; {memory():.0f} MB"
            )
            told = going(played, asked.within)
            played.until(START + asked.hours * HOUR, lambda: next(told))
            seen, hours = played.figures, (played.now - START) / HOUR
            say(
                f"  {hours:.2f} virtual hours of {asked.hours:g}: {len(seen.late):,} polls, {seen.done['articles']:,} new articles; the writer busy"
                f" {seen.busy / hours / 3600:.1%} of a core; memory {memory():.0f} MB (wanted 1,000); {load()}"
            )
            steps(played)
            late(played)


# ── a million articles a day ────────────────────────────────────────────────────────────────


WARM = timedelta(minutes=1)  # until each feed has had its turn


def day(asked: argparse.Namespace) -> None:
    rates = [asked.times * MILLION / 24 / asked.feeds] * asked.feeds
    world = MadeUp(rates, window=ENTRIES, length=asked.words, copies=0.2, edits=0.1)
    page = reading(world)
    with tempfile.TemporaryDirectory() as folder:
        made = watched(Path(folder), of_feeds(asked.feeds, world, 900), hundred(word))
        ledger = open_ledger(made.store)
        intake = desk.Import(ledger, None, START, alert=False)
        for batch in batches(made_up(asked.stored, random.Random(1))):
            intake.keep(batch)
        intake.finish()
        ledger.close()
        say(f"day        {asked.stored:,} articles stored before; {load()}")
        with begun(made, world, START) as played:
            known(played, rates)
        with begun(made, world, START) as played, ExitStack() as back:
            spent = back.enter_context(parted()) if asked.stages else Counter()
            played.until(START + WARM)
            played.figures, before = Figures(), played.letters
            spent.clear()
            size, told = stored(folder), going(played, asked.within)
            end = START + WARM + timedelta(minutes=asked.minutes)
            played.until(end, lambda: next(told))
            seen, hours = played.figures, (played.now - START - WARM) / HOUR
            count, grown = seen.done["articles"], stored(folder) - size
            say(
                f"  {hours * 60:.1f} virtual minutes of {asked.minutes}: {count:,} articles ({count / hours / 3600:.1f} a second,"
                f" {count / hours * 24 / MILLION:.2f} million a day), {seen.done['versions'] - count:,} further versions,"
                f" {seen.done['matches']:,} matches, {played.letters - before} letters; the writer busy {seen.busy / hours / 3600:.1%}"
                f" of a core; a page of these texts read in {page:.1f} ms: {page * count / hours / 3600 / 1000:.1%} of a core;"
                f" {grown / count:,.0f} bytes an article, {grown / count * MILLION / 1e9:.1f} GB a million; {memory():.0f} MB; {load()}"
            )
            steps(played)
            late(played)
            if spent:
                shares(spent, count)
        say(
            "  {:,} stories of all {:,} articles, those before included".format(
                *stories(made.store)
            )
        )


def reading(world: MadeUp) -> float:
    """Milliseconds of CPU that a reader takes for a page of such texts."""
    bodies = []
    for n in range(min(60, len(world.rates))):
        article, _ = world.article(n, 1, START)
        text = "".join(f"<p>{line}</p>" for line in article.text.split("\n"))
        body = f"<html lang='en'><head><title>{article.title}</title></head><body><nav><a href='/'>Home</a></nav><article><h1>{article.title}</h1>{text}</article><footer>Terms</footer></body></html>"
        bodies.append((body.encode(), article.url))
    crawl.warm()
    for _turn in range(2):  # the first loads what it needs
        begun_at = time.process_time()
        for body, url in bodies:
            assert isinstance(crawl.read_page(body, "text/html", url, "en", best=False), Article)
        spent = time.process_time() - begun_at
    return spent / len(bodies) * 1000


def stored(folder: str) -> int:
    return sum(Path(f"{folder}/scale.db{end}").stat().st_size for end in ("", "-wal"))


def stories(store: str) -> tuple[int, int]:
    from newswatch.store.sqlite import open_reader, path_of

    reader = open_reader(path_of(store))
    try:
        found = reader.execute("SELECT count(DISTINCT story), count(*) FROM article").fetchone()
        return found[0], found[1]
    finally:
        reader.close()


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    which = parser.add_subparsers(required=True)
    one = which.add_parser("settle")
    one.add_argument("--articles", type=int, default=10_000)
    one.add_argument(
        "--stages", action="store_true", help="what each stage takes, which costs a little"
    )
    one.add_argument("--hours", type=float, default=12, help="in which they are shown")
    one.add_argument("--looks", action="store_true", help="second looks, too")
    one.set_defaults(run=settle)
    one = which.add_parser("feeds")
    one.add_argument("--feeds", type=int, default=100_000)
    one.add_argument("--hours", type=float, default=0.5)
    one.add_argument(
        "--within",
        type=float,
        default=120,
        help="seconds of play, after which what was reached is told",
    )
    one.set_defaults(run=feeds)
    one = which.add_parser("day")
    one.add_argument("--times", type=float, default=4.0, help="the mean rate of a million a day")
    one.add_argument("--minutes", type=int, default=10)
    one.add_argument("--feeds", type=int, default=2_000)
    one.add_argument("--words", type=int, default=200)
    one.add_argument("--stored", type=int, default=5_000)
    one.add_argument(
        "--stages", action="store_true", help="what each stage takes, which costs a little"
    )
    one.add_argument(
        "--within",
        type=float,
        default=90,
        help="seconds of play, after which what was reached is told",
    )
    one.set_defaults(run=day)
    asked = parser.parse_args(words)
    asked.run(asked)


if __name__ == "__main__":
    main(sys.argv[1:])
