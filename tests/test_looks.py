"""Second looks: when a page that was read is asked again, what it costs its host, what it finds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from itertools import pairwise
from pathlib import Path

import pytest

from archive_of import HOUR, MARKET, MINUTE, NOW, PIPELINE, Desk, entry
from newswatch import frontier, ingest
from newswatch.address import host as host_of
from newswatch.address import request_id
from newswatch.cli import code_of
from newswatch.model import Article, Changeset, CrawlPolicy, Feed, Outcome, Request, Rule
from newswatch.store import open_archive
from newswatch.store.claims import CROWD, LOOKING, MANY, TURN
from newswatch.store.sqlite import stamp
from newswatch.workers import LocalWorkers
from scripted_server import Asked, Server, reply, serving

PAGE = '<html lang="en"><head><title>Leak</title></head><body><article><h1>Leak</h1>{}</article></body></html>'

RULES = (Rule("gas", '"gas pipeline"', ("anna",)),)


def started(folder: Path, **kind: object) -> Desk:
    """A desk whose feeds have had their first poll, so that what comes now owes letters."""
    desk = Desk(folder, in_force=RULES, **kind)  # type: ignore[arg-type]
    for feed in desk.feeds:
        desk.poll(
            feed.name, (entry(f"http://{feed.name}.example/0", "Weather", "It rained."),), NOW
        )
    return desk


# ── when ────────────────────────────────────────────────────────────────────────────────────


def looks_of(desk: Desk, asked: Request, article: Article, now: datetime) -> list[float]:
    """How many hours after *now* a page is looked at, that always says the same, until that ends."""
    found, at = [], now
    while True:
        changes = desk.page(desk.claim(asked.id, at), article, at)
        assert changes is not None
        assert changes.request is not None
        if not changes.request.pending:
            return found
        at = changes.request.due
        found.append((at - now) / HOUR)


def test_a_page_that_reads_otherwise_at_each_look_is_let_be_in_the_end() -> None:
    """A clock or a counter of the page's own: its schedule has an end all the same."""
    row = Request(
        "p", "page", "http://wire.example/1", "wire", NOW, NOW, successes=1, pending=False
    )
    looks = 0
    while (row := frontier.look_again(row, None, row.due, rewritten=True)).pending:
        looks += 1
        assert looks < 60
        row = replace(row, pending=False, successes=row.successes + 1)
    assert looks > frontier.ANEW


def test_pages_are_looked_at_again_the_seldomer_the_older_and_oftener_where_somebody_was_told(
    tmp_path: Path,
) -> None:
    with started(tmp_path) as desk:
        told_of = entry("http://paper.example/1", "Leak", "A leak.", quality="lead")
        other = entry("http://paper.example/2", "Market", "Freight.", quality="lead")
        now = NOW + HOUR
        one, two = sorted(desk.poll("paper", (told_of, other), now).asked, key=lambda r: r.url)
        looks = {}
        for asked, said in ((one, PIPELINE), (two, MARKET)):
            article = Article(asked.url, "", said, "en", quality="full")
            looks[asked.url] = looks_of(desk, asked, article, now)
        for (_, found), ages in zip(
            sorted(looks.items()), (frontier.TOLD_LOOKS, frontier.LOOKS), strict=True
        ):
            wanted = [(before / 3600, age / 3600) for before, age in pairwise((0.0, *ages))]
            assert len(found) == len(ages)
            for at, (before, age) in zip(found, wanted, strict=True):
                assert age - 0.1 * (age - before) - 0.001 <= at <= age + 0.001


def test_an_old_entry_of_a_first_poll_is_not_looked_at_again(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        ages = {"old": 60, "yesterday's": 30, "new": 0.5}
        window = tuple(
            entry(f"http://paper.example/{n}", title, "Freight.", quality="lead",
                  published=NOW - age * HOUR)
            for n, (title, age) in enumerate(ages.items())
        )  # fmt: skip
        found = {}
        for asked in desk.poll("paper", window, NOW).asked:
            article = Article(asked.url, "", MARKET + asked.url, "en", quality="full")
            assert asked.shown is not None
            assert asked.shown.article is not None
            found[asked.shown.article.title] = looks_of(desk, asked, article, NOW)
        assert found["old"] == []
        assert len(found["yesterday's"]) == 1
        assert 16 <= found["yesterday's"][0] <= 18
        assert len(found["new"]) == len(frontier.LOOKS)
        assert found["new"][0] <= 0.5


def test_a_page_that_was_rewritten_or_whose_entry_changed_is_new_again(tmp_path: Path) -> None:
    with started(tmp_path) as desk:
        lead = entry("http://paper.example/2", "Market", "Freight.", quality="lead")
        (asked,) = desk.poll("paper", (lead,), NOW).asked
        first = Article(asked.url, "", MARKET, "en", quality="full")
        cosmetic = replace(first, text=MARKET.replace("Tuesday,", "Tuesday"))
        later = replace(first, text=MARKET + "\nA strike at the port of Aker began in the evening.")
        waits = []
        read = ((0, first), (10, first), (11, cosmetic), (20, later), (21, later))
        for hour, article in read:
            at = NOW + hour * HOUR
            changes = desk.page(desk.claim(asked.id, at), article, at)
            assert changes is not None
            assert changes.request is not None
            waits.append((changes.request.due - at) / HOUR)
        assert waits[1] > 3
        assert waits[2] > 2
        assert waits[3] <= 1
        anew = entry("http://paper.example/2", "Market", "Freight climbs.", quality="lead")
        desk.poll("paper", (anew,), NOW + 40 * HOUR)
        at = NOW + 40 * HOUR
        changes = desk.page(desk.claim(asked.id, at), later, at)
        assert changes is not None
        assert changes.request is not None
        assert changes.request.due - at <= HOUR


@pytest.mark.parametrize(
    "feed", [Feed("paper", "http://paper.example/rss", "Paper", "en", looks=False)]
)
def test_a_feed_whose_looks_are_off_has_none(tmp_path: Path, feed: Feed) -> None:
    lead = entry("http://paper.example/1", "Leak", "A leak.", quality="lead")
    with started(tmp_path) as desk:
        (asked,) = desk.poll("paper", (lead,), NOW + HOUR).asked
        article = Article(asked.url, "", PIPELINE, "en", quality="full")
        desk.page(desk.claim(asked.id, NOW + HOUR), article, NOW + HOUR)
        assert desk.ledger.due(NOW + 2 * HOUR)
        desk.ledger.begin("anew", NOW + 2 * HOUR)
        desk.feeds = (*(f for f in desk.feeds if f.name != "paper"), feed)
        desk.configure(RULES, NOW + 2 * HOUR)  # ends what waits
        assert all(r.kind == "feed" for r in desk.ledger.due(NOW + 3 * HOUR))
        read = desk.page(desk.claim(asked.id, NOW + 3 * HOUR), article, NOW + 3 * HOUR)
        assert read is not None
        assert read.request is not None
        assert not read.request.pending


def test_a_look_at_a_text_that_another_feed_overtook_is_no_return(tmp_path: Path) -> None:
    """The page says what it said; what another feed says since stands."""
    feeds = (
        Feed("paper", "http://paper.example/rss", "Paper", "en"),
        Feed("partner", "http://partner.example/rss", "Paper", "en", pages="feed-only"),
    )
    lead = entry("http://paper.example/1", "Leak", "A leak.", quality="lead")
    fuller = entry("http://paper.example/1", "Leak at Karvia", PIPELINE + "\nIt will reopen.")
    with started(tmp_path, feeds=feeds) as desk:
        (asked,) = desk.poll("paper", (lead,), NOW + HOUR).asked
        article = Article(asked.url, "", PIPELINE, "en", quality="full")
        desk.page(desk.claim(asked.id, NOW + HOUR), article, NOW + HOUR)
        assert len(desk.poll("partner", (fuller,), NOW + 2 * HOUR).versions) == 1
        request = desk.claim(asked.id, NOW + 3 * HOUR)
        assert request.look
        for outcome in (
            Outcome(request, 304, request.url, unchanged=True),
            Outcome(request, 200, request.url, article=article),
        ):
            request = desk.claim(asked.id, NOW + 3 * HOUR)
            changes = ingest.settle(
                replace(outcome, request=request), desk.ledger, desk.standing, NOW + 3 * HOUR
            )
            assert changes is not None
            assert (changes.versions, changes.current, changes.notifications) == ((), (), ())


# ── what it costs ───────────────────────────────────────────────────────────────────────────

LATER = NOW + 12 * HOUR
HOSTS = ("127.0.0.1", "127.0.0.2")


def site(asked: Asked) -> bytes:
    """Two hosts of pages that answer 304 to whoever knows them, and of feeds that name two each."""
    if asked.path.startswith("/rss"):
        links = "".join(
            f"<item><title>n{n}</title><link>http://{asked.headers['host'].decode()}/new{asked.path[4:]}-{n}</link></item>"
            for n in range(2)
        )
        body = f"<rss version='2.0'><channel><title>w</title>{links}</channel></rss>"
        return reply(body.encode(), Content_Type="application/rss+xml")
    if asked.headers.get("if-none-match") == b'"known"':
        return reply(status=304, ETag='"known"')
    if asked.path.startswith("/new"):
        return reply(PAGE.format(PIPELINE).encode(), Content_Type="text/html")
    return reply(status=404)


def crowd(desk: Desk, server: Server, count: int, due: datetime, host: str, look: int = 1) -> None:
    """As many pages of a host that were read, and are to be looked at again since *due*."""
    feed = desk.feeds[0].name
    rows = []
    for n in range(count):
        url = server.url(f"/old/{look}/{n}", host)
        shown = entry(url, f"old {n}", "Lead.", quality="lead")
        rows.append(
            Request(
                request_id("page", url), "page", url, feed, due + n * MINUTE / 1000, NOW, shown=shown,
                etag='"known"', successes=1, look=look,
            )
        )  # fmt: skip
    desk.ledger.keep(Changeset(NOW, asked=tuple(rows)))


def test_polls_and_new_pages_are_claimed_first_and_no_host_has_more_looks_than_its_budget(
    tmp_path: Path,
) -> None:
    with serving(site, *HOSTS) as server:
        feeds = tuple(
            Feed(f"f{n}", server.url(f"/rss{n}", HOSTS[n % 2]), lang="en") for n in range(10)
        )
        workers = LocalWorkers(
            CrawlPolicy(allow_networks=("127.0.0.0/8",), spacing=0, robots=False)
        )
        with Desk(tmp_path, feeds=feeds) as desk:
            for host in HOSTS:
                crowd(desk, server, 1000, LATER - HOUR, host)
            rounds: list[list[Request]] = []
            try:
                while claimed := desk.ledger.due(LATER, looks=60):
                    rounds.append(list(claimed))
                    for future in [workers.submit(request) for request in claimed]:
                        ingest.settle(future.result(), desk.ledger, desk.standing, LATER)
            finally:
                workers.stop(5.0)
            first = list(rounds[0])
            assert [r.kind for r in first] == ["feed"] * 10
            assert [(r.kind, r.look) for r in rounds[1]] == [("page", 0)] * 20
            looks = [r for claimed in rounds[2:] for r in claimed]
            assert all(r.look for r in looks)
            assert all(
                len({host_of(r.url) for r in claimed}) == len(claimed) for claimed in rounds[2:]
            )
            spent = Counter(host_of(r.url) for r in looks)
            assert spent == dict.fromkeys(HOSTS, 30), "half an hour's worth is saved up"
            kept = [a for a in server.asked if a.path.startswith("/old")]
            assert {a.headers["if-none-match"] for a in kept} == {b'"known"'}
            paths = server.paths(HOSTS[0])
            assert max(n for n, path in enumerate(paths) if not path.startswith("/old")) < min(
                n for n, path in enumerate(paths) if path.startswith("/old")
            )
            # In the next hour as many more as that hour gives, however often it is asked for.
            more = 0
            for minute in range(1, 61):
                while found := [
                    r for r in desk.ledger.due(LATER + minute * MINUTE, looks=60) if r.look
                ]:
                    more += sum(host_of(r.url) == HOSTS[0] for r in found)
                    desk.ledger.begin("anew", LATER + minute * MINUTE)
            assert more <= 60


def test_a_budget_spent_by_a_clock_that_was_ahead_holds_no_look_up(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk, serving(site, *HOSTS) as server:
        crowd(desk, server, 3, NOW, HOSTS[0], look=2)
        year = 365 * 24 * HOUR
        assert len(desk.ledger.due(NOW + year)) > 0
        spent = desk.ledger._connection.execute("SELECT spent_until FROM look_budget").fetchall()
        assert spent[0][0] > "2027"
        desk.ledger.begin("again", NOW)
        assert [r.look for r in desk.ledger.due(NOW + HOUR) if r.kind == "page"] == [2]


def test_looks_at_told_stories_come_first_then_the_newest_and_the_old_are_let_go(
    tmp_path: Path,
) -> None:
    with serving(site, *HOSTS) as server, Desk(tmp_path) as desk:
        crowd(desk, server, 3, LATER - 50 * HOUR, HOSTS[0])
        crowd(desk, server, 2, LATER - HOUR, HOSTS[1])
        crowd(desk, server, 1, LATER - 90 * HOUR, HOSTS[1], look=2)
        order = []
        while found := [r for r in desk.ledger.due(LATER) if r.look]:
            order += [(host_of(r.url), r.url.partition("/old/")[2]) for r in found]
            for request in found:
                row = replace(request, pending=False, look=0, lease="")
                desk.ledger.keep(Changeset(LATER, request.lease, row))
        assert order == [(HOSTS[1], "2/0"), (HOSTS[1], "1/1"), (HOSTS[1], "1/0")]
        left = desk.ledger._connection.execute(
            "SELECT count(*) FROM request WHERE pending = 1 AND look > 0"
        ).fetchone()[0]
        assert left == 0


def test_a_host_with_something_else_on_its_way_has_no_look(tmp_path: Path) -> None:
    with serving(site) as server:
        feeds = (Feed("wire", server.url("/rss"), lang="en"),)
        with Desk(tmp_path, feeds=feeds) as desk:
            crowd(desk, server, 5, LATER - HOUR, HOSTS[0])
            (poll,) = desk.ledger.due(LATER, share=20)
            assert poll.kind == "feed"
            assert desk.ledger.due(LATER, share=20) == ()
            row = replace(poll, due=LATER + HOUR, lease="")
            desk.ledger.keep(Changeset(LATER, poll.lease, row))
            (look,) = desk.ledger.due(LATER, share=20)
            assert look.look
            assert desk.ledger.due(LATER, share=20) == (), "one at a time"
            assert desk.ledger.due(LATER, looks=0) == ()


def steps(desk: Desk, now: datetime, found: int = 0) -> int:
    """How many steps the store takes for a claim that finds so many."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection = desk.ledger._connection
    connection.set_progress_handler(step, 1)
    assert len(desk.ledger.due(now, limit=max(1, found), share=20)) == found
    connection.set_progress_handler(None, 1)
    return taken


def test_a_claim_does_not_ask_each_host_whose_looks_are_not_due(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        for request in desk.ledger.due(NOW):
            row = replace(request, due=LATER + 10 * HOUR, lease="")
            desk.ledger.keep(Changeset(NOW, request.lease, row))
        before = steps(desk, LATER)
        pages = tuple(
            Request(
                request_id("page", url),
                "page",
                url,
                "paper",
                LATER + HOUR,
                NOW,
                successes=1,
                look=1,
            )
            for url in (f"http://host{n}.example/1" for n in range(500))
        )
        desk.ledger.keep(Changeset(NOW, asked=pages))
        assert steps(desk, LATER) < before + 100
        assert len([r for r in desk.ledger.due(LATER + 2 * HOUR, share=20) if r.look]) == LOOKING


def test_a_claim_costs_the_same_however_many_polls_a_standstill_left(tmp_path: Path) -> None:
    taken = []
    for count in (CROWD, 2 * CROWD):
        feeds = tuple(Feed(f"f{n}", f"http://h{n}.example/rss", lang="en") for n in range(count))
        with Desk(tmp_path / str(count), feeds=feeds) as desk:
            taken.append(steps(desk, LATER, 25))
    assert taken[1] < 1.2 * taken[0]


@pytest.mark.parametrize("each", [1, MANY])
def test_all_hosts_have_looks_however_many_are_due(tmp_path: Path, each: int) -> None:
    """Few due looks are found by their time, many by their hosts: the same are claimed."""
    with Desk(tmp_path) as desk:
        urls = [f"http://host{n % 4}.example/{n}" for n in range(4 * each)]
        pages = tuple(
            Request(request_id("page", url), "page", url, "paper", NOW + HOUR, NOW, successes=1, look=1)
            for url in urls
        )  # fmt: skip
        desk.ledger.keep(Changeset(NOW, asked=pages))
        found = [r for r in desk.ledger.due(LATER, share=20) if r.look]
        assert sorted(host_of(r.url) for r in found) == [f"host{n}.example" for n in range(4)]


def test_hosts_take_turns_where_the_newest_looks_are_of_those_that_have_spent_theirs(
    tmp_path: Path,
) -> None:
    """One host's looks are always newer than all others': each of these has its own in its turn, none twice before
    another, and no claim asks all of them.
    """
    count = TURN + 50
    with Desk(tmp_path) as desk:
        for poll in desk.ledger.due(NOW):
            row = replace(poll, due=LATER + 10 * HOUR, lease="")
            desk.ledger.keep(Changeset(NOW, poll.lease, row))
        loud = [f"http://loud.example/{n}" for n in range(MANY + LOOKING)]
        quiet = [f"http://host{n:04}.example/{n}" for n in range(count)]
        pages = tuple(
            Request(request_id("page", url), "page", url, "paper", due, NOW, successes=1, look=1)
            for urls, due in ((loud, LATER), (quiet, LATER - HOUR))
            for url in urls
        )
        desk.ledger.keep(Changeset(NOW, asked=pages))
        spent = "INSERT INTO look_budget VALUES ('loud.example', ?)"
        with desk.ledger._connection as connection:
            connection.execute(spent, (stamp(LATER + HOUR / 2),))
        seen: list[str] = []
        while len(seen) < count:
            found = desk.ledger.due(LATER, share=20)
            assert 0 < len(found) <= LOOKING
            for request in found:
                seen.append(host_of(request.url))
                row = replace(request, due=LATER + HOUR, lease="")
                desk.ledger.keep(Changeset(LATER, request.lease, row))
        assert seen == sorted(host_of(url) for url in quiet)


def test_a_claim_costs_the_same_however_many_hosts_have_spent_their_budget(tmp_path: Path) -> None:
    taken = []
    for count in (MANY + 2 * TURN, 2 * MANY + 4 * TURN):
        with Desk(tmp_path / str(count)) as desk:
            for poll in desk.ledger.due(NOW):
                row = replace(poll, due=LATER + 10 * HOUR, lease="")
                desk.ledger.keep(Changeset(NOW, poll.lease, row))
            hosts = [f"host{n:04}.example" for n in range(count)]
            pages = tuple(
                Request(request_id("page", url), "page", url, "paper", LATER - HOUR, NOW, successes=1, look=1)
                for url in (f"http://{host}/" for host in hosts)
            )  # fmt: skip
            desk.ledger.keep(Changeset(NOW, asked=pages))
            with desk.ledger._connection as connection:
                connection.executemany(
                    "INSERT INTO look_budget VALUES (?, ?)",
                    [(host, stamp(LATER + HOUR / 2)) for host in hosts],
                )
            taken.append(steps(desk, LATER))
    assert taken[1] < 1.05 * taken[0]


# ── what it finds ───────────────────────────────────────────────────────────────────────────


def test_a_page_rewritten_while_its_feed_says_nothing_is_a_version_and_its_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"text": PIPELINE, "tag": '"1"'}
    lead = "<item><title>weather</title><link>{}</link><description>On.</description></item>"
    entries = [lead.replace("weather", "sport")]

    def script(asked: Asked) -> bytes:
        if asked.path == "/rss":
            items = "".join(
                e.format(server.url("/leak" if "Leak" in e else "/sport")) for e in entries
            )
            body = f"<rss version='2.0'><channel><title>w</title>{items}</channel></rss>"
            return reply(body.encode(), Content_Type="application/rss+xml")
        if asked.path == "/leak":
            if asked.headers.get("if-none-match", b"").decode() == said["tag"]:
                return reply(status=304, ETag=said["tag"])
            paragraphs = "".join(f"<p>{p}</p>" for p in said["text"].split("\n"))
            return reply(
                PAGE.format(paragraphs).encode(), Content_Type="text/html", ETag=said["tag"]
            )
        return reply(status=404)

    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "rules.yaml").write_text(
        "rules: [{name: gas, query: '\"gas pipeline\"', tell: [anna]}]"
    )
    (tmp_path / "config" / "digests.yaml").write_text(
        "people: {anna: {address: anna@example.org, format: text}}"
    )
    (tmp_path / "config" / "newswatch.yaml").write_text(
        "crawl: {allow_networks: [127.0.0.0/8], spacing: 0, min_interval: 1, max_interval: 60}\n"
        f"mail: {{server: 'file:{tmp_path / 'letters'}'}}\n"
    )
    monkeypatch.chdir(tmp_path)

    def once(at: str) -> list[str]:
        before = set((tmp_path / "letters").glob("*.eml"))
        assert code_of(["once", "--now", f"2026-03-03T{at}Z"]) in (0, 1)
        came = set((tmp_path / "letters").glob("*.eml")) - before
        return [str(message_from_bytes(p.read_bytes(), policy=default)["Subject"]) for p in came]

    with serving(script) as server:
        (tmp_path / "feeds.yaml").write_text(
            f"feeds: [{{name: wire, url: '{server.url('/rss')}'}}]"
        )
        assert once("08:00") == []
        entries.append(lead.replace("weather", "Leak"))
        (first,) = once("09:00")
        assert "Leak" in first
        assert once("09:25") == []
        said |= {"text": PIPELINE.replace("48 million", "84 million"), "tag": '"2"'}
        (second,) = once("10:30")
        assert second.startswith("Correct")
        conditional = [a.headers.get("if-none-match") for a in server.asked if a.path == "/leak"]
        assert conditional == [None, b'"1"', b'"1"']
        (wire,) = (f for f in open_archive("sqlite:var/newswatch.db").feeds())
        assert (wire["looks"]["made"], wire["looks"]["found"]) == (2, 1)
        assert wire["looks"]["waiting"] == 1
