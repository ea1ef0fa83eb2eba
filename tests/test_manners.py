"""Manners: how many ask a host at once, how soon again, and what its robots.txt lets be read.

Rule: the server counts who is there at once; spacing is read off a clock that only waiting moves.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego

from asking import BODY, POLICY, Names, answer, ask, fetching, request
from newswatch import fetch
from newswatch.fetch import Fetcher
from newswatch.fetch.robots import for_us
from newswatch.model import CrawlPolicy, Failure, Page, RequestKind, Source
from scripted_server import Answer, Asked, Server, reply, serving

# ── how many at once, how soon again ────────────────────────────────────────────────────────


class Clockwork(asyncio.SelectorEventLoop):
    """A loop whose time is moved by nothing but waiting, and then at once."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0.0
        self._look = self._selector.select
        self._selector.select = self._leap

    def time(self) -> float:
        return self.at

    def _leap(self, wait: float | None = None) -> Any:
        assert wait is not None, "everything waits, and nothing is to come"
        self.at += wait
        return self._look(0)


class Later(asyncio.SelectorEventLoop):
    """A loop whose clock can be put forward."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


def turns(policy: CrawlPolicy, *hosts: str, holds: float = 0.0) -> list[tuple[str, float]]:
    """Who has a turn when, if *hosts* are all asked for at once and each turn lasts so long."""
    begun: list[tuple[str, float]] = []

    async def one(fetcher: Fetcher, host: str) -> None:
        async with fetcher.turn(f"http://{host}/"):
            begun.append((host, round(asyncio.get_running_loop().time(), 3)))
            await asyncio.sleep(holds)

    async def all_of_them() -> None:
        async with fetching(policy) as fetcher:
            await asyncio.gather(*(one(fetcher, host) for host in hosts))

    with asyncio.Runner(loop_factory=Clockwork) as runner:
        runner.run(all_of_them())
    return begun


SPACED = replace(POLICY, spacing=1.0, allow_networks=())


def test_a_host_is_asked_again_only_after_the_spacing() -> None:
    begun = turns(SPACED, "a", "a", "b", "a", "b")
    assert sorted(begun) == [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1)]


def test_the_spacing_is_between_the_questions_themselves() -> None:
    """Also where a question waited for a place among all hosts when its moment came."""
    policy = replace(SPACED, concurrency=2)
    begun = turns(policy, "x", "y", "a", "a", holds=5.0)
    assert begun == [("x", 0), ("y", 0), ("a", 5), ("a", 6)]


def test_under_half_a_second_only_where_the_operator_allows_the_network() -> None:
    eager = replace(SPACED, spacing=0.0)
    assert turns(eager, "a", "a") == [("a", 0), ("a", 0.5)]
    assert turns(eager, "127.0.0.1", "127.0.0.1")[1][1] == 0.5
    near = replace(eager, allow_networks=("127.0.0.0/8",))
    begun = turns(near, "127.0.0.1", "127.0.0.1", "a", "a")
    assert sorted(begun) == [("127.0.0.1", 0), ("127.0.0.1", 0), ("a", 0), ("a", 0.5)]


def test_of_ten_thousand_hosts_those_are_forgotten_that_may_be_asked_again() -> None:
    many = [f"host-{n}" for n in range(fetch.HOSTS_KEPT + 100)]

    async def all_of_them() -> tuple[float, int]:
        async with fetching(SPACED) as fetcher:
            loop, at = asyncio.get_running_loop(), 0.0
            for host in many:
                await asyncio.sleep(0.001)
                async with fetcher.turn(f"http://{host}/"):
                    at = loop.time()
            async with fetcher.turn(f"http://{many[-1]}/"):
                return loop.time() - at, len(fetcher._hosts)

    with asyncio.Runner(loop_factory=Clockwork) as runner:
        spacing, kept = runner.run(all_of_them())
    assert round(spacing, 6) == 1.0
    assert kept < fetch.HOSTS_KEPT


async def hold(seconds: float = 0.01) -> AsyncIterator[bytes]:
    await asyncio.sleep(seconds)
    yield reply(BODY)


def together(policy: CrawlPolicy, *urls: str) -> list[Page | Failure]:
    """The answers to *urls*, asked at once."""

    async def all_of_them() -> list[Page | Failure]:
        async with fetching(policy) as fetcher:
            return await asyncio.gather(*(ask(fetcher, request(url)) for url in urls))

    return asyncio.run(all_of_them())


def test_a_host_is_never_asked_more_often_at_once_than_it_may_be() -> None:
    with serving(lambda asked: hold()) as server:
        pages = together(replace(POLICY, per_host=3), *[server.url()] * 20)
    assert all(isinstance(page, Page) for page in pages)
    assert server.most == {"127.0.0.1": 3}


def test_all_hosts_together_are_not_asked_more_often_than_we_may() -> None:
    hosts = [f"127.0.0.{n}" for n in range(1, 9)]
    with serving(lambda asked: hold(), *hosts) as server:
        pages = together(replace(POLICY, concurrency=3), *[server.url("/", h) for h in hosts * 3])
    assert all(isinstance(page, Page) for page in pages)
    assert server.most_of_all == 3


def test_a_redirect_takes_a_place_at_the_host_it_leads_to() -> None:
    hosts = [f"127.0.0.{n}" for n in range(2, 8)]
    target = "127.0.0.1"

    def script(asked: Asked) -> Answer:
        return hold() if asked.host == target else reply(b"", 302, Location=server.url("/", target))

    with serving(script, target, *hosts) as server:
        urls = [server.url("/", host) for host in hosts for _ in range(3)]
        pages = together(replace(POLICY, per_host=2, concurrency=64), *urls)
    assert all(isinstance(page, Page) for page in pages)
    assert server.most[target] == 2


def test_waiting_for_the_place_a_redirect_leads_to_takes_none_of_its_time() -> None:
    here, there = "127.0.0.1", "127.0.0.2"

    def script(asked: Asked) -> Answer:
        return (
            reply(BODY) if asked.host == there else reply(b"", 302, Location=server.url("/", there))
        )

    async def an_hour() -> Page | Failure:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Later)
        async with fetching(replace(POLICY, per_host=1)) as fetcher:
            async with fetcher.turn(server.url("/", there)):
                asking = asyncio.create_task(ask(fetcher, request(server.url("/", here))))
                while fetcher._hosts[there].waiting < 2:  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.001)
                loop.ahead += 3600
                await asyncio.sleep(0.001)
            return await asking

    with serving(script, here, there) as server, asyncio.Runner(loop_factory=Later) as runner:
        assert isinstance(runner.run(an_hour()), Page)


def test_redirects_between_two_full_hosts_do_not_wait_for_each_other() -> None:
    hosts = ("127.0.0.1", "127.0.0.2")

    def script(asked: Asked) -> Answer:
        if asked.path == "/end":
            return hold()
        return reply(b"", 302, Location=server.url("/end", hosts[asked.host == hosts[0]]))

    with serving(script, *hosts) as server:
        pages = together(replace(POLICY, per_host=1), *[server.url("/", h) for h in hosts] * 5)
    assert all(isinstance(page, Page) for page in pages)
    assert server.most == {hosts[0]: 1, hosts[1]: 1}


def test_a_slow_host_delays_only_itself() -> None:
    slow, quick = "127.0.0.2", "127.0.0.3"

    async def scenario(server: Server) -> None:
        async with fetching(replace(POLICY, concurrency=4)) as fetcher:
            asks = [ask(fetcher, request(server.url("/", slow))) for _ in range(30)]
            waiting = asyncio.gather(*asks, return_exceptions=True)
            pages = [await ask(fetcher, request(server.url("/", quick))) for _ in range(10)]
            assert all(isinstance(page, Page) for page in pages)
            while server.now[quick]:  # noqa: ASYNC110 - read before its server, in a thread, is done
                await asyncio.sleep(0.01)
            assert server.now == {slow: 2, quick: 0}
            waiting.cancel()
            await asyncio.wait([waiting])

    with serving(
        lambda asked: hold(600) if asked.host == slow else reply(BODY), slow, quick
    ) as server:
        asyncio.run(scenario(server))
    assert server.most == {slow: 2, quick: 1}


# ── robots.txt ──────────────────────────────────────────────────────────────────────────────

MANNERLY = replace(POLICY, robots=True)
DAY = 24 * 3600


def visits(
    script: Callable[[Asked], Answer],
    *paths: str,
    hosts: tuple[str, ...] = ("127.0.0.1",),
    policy: CrawlPolicy = MANNERLY,
    kind: RequestKind = "page",
    wait: float = 0.0,
) -> tuple[list[Page | Failure], Server]:
    """What *paths* bring, one after the other and *wait* seconds apart."""

    async def one_by_one() -> list[Page | Failure]:
        found = []
        async with fetching(policy) as fetcher:
            for path in paths:
                found.append(await ask(fetcher, request(server.url(path, hosts[0]), kind)))
                loop = asyncio.get_running_loop()
                assert isinstance(loop, Later)
                loop.ahead += wait
        return found

    with serving(script, *hosts) as server, asyncio.Runner(loop_factory=Later) as runner:
        return runner.run(one_by_one()), server


def ruled(robots: bytes) -> Callable[[Asked], Answer]:
    """A site that answers everything, with this as its whole answer for robots.txt."""
    return lambda asked: robots if asked.path == "/robots.txt" else reply(BODY)


def allowed(robots: str | bytes, path: str = "/a") -> bool:
    """Whether a robots.txt of these words lets *path* be read."""
    said = robots if isinstance(robots, bytes) else robots.encode()
    [found], server = visits(ruled(reply(said)), path)
    if isinstance(found, Page):
        assert server.paths() == ["/robots.txt", path]
        return True
    assert found == Failure("robots", "robots.txt forbids it")
    assert server.paths() == ["/robots.txt"]
    return False


@pytest.mark.parametrize(
    ("robots", "may"),
    [("", True), ("User-agent: *\nDisallow:\n", True), ("User-agent: *\nDisallow: /\n", False),
     ("User-agent: *\nDisallow: /b\n", True), ("User-agent: *\nDisallow: /\nAllow: /a\n", True),
     ("User-agent: newswatch\nDisallow: /\n\nUser-agent: *\nDisallow:\n", False),
     ("User-agent: newswatch\nAllow: /\n\nUser-agent: *\nDisallow: /\n", True),
     ("User-agent: NewsWatch\nDisallow: /\n", False), ("User-agent: othernewswatch\nDisallow: /\n", True),
     ("User-agent: newswatcher\nDisallow: /\n", True), ("User-agent: GPTBot\nUser-agent: newswatch\nDisallow: /a\n", False),
     ("User-agent: newswatch/0.1\nDisallow: /\n", False), ("User-agent: NEWSWATCH/2.0 (news)\nDisallow: /\n", False),
     ("User-agent: newswatch/0.1\nAllow: /\n\nUser-agent: *\nDisallow: /\n", True), ("User-agent: newswatch bot\nDisallow: /\n", False),
     ("User-agent: newswatch*\nDisallow: /\n", False), ("User-agent: newswatch # ours\nDisallow: /\n", False),
     ("User-agent: news\nDisallow: /\n", True), ("User-agent: n\nDisallow: /\n", True), ("User-agent: watch\nDisallow: /\n", True),
     ("User-agent: news\nAllow: /\n\nUser-agent: *\nDisallow: /\n", False), ("User-agent: news*watch\nDisallow: /\n", True),
     ("User-agent: newswatch-image\nDisallow: /\n", True), ("User-agent: newswatch2\nDisallow: /\n", True),
     ("User-agent: Mozilla/5.0 (compatible; newswatch/0.1)\nDisallow: /\n", True), ("User-agent: * all\nDisallow: /\n", False),
     ("User-agent: newswatch/1\nDisallow: /b\n\nUser-agent: NewsWatch\nDisallow: /a\n", False),
     ("User-agent: GPTBot\nDisallow: /\n", True), ("User-agent: GPTBot\nDisallow: /\nUser-agent: *\nDisallow: /b", True),
     ("\ufeffUser-agent: *\nDisallow: /\n", False), ("User-agent: *\r\nDisallow: /*a$\r\n", False),
     ("<!DOCTYPE html><title>Not found</title>", True), (b"\x00\xff\xfe\x80" * 99, True)],
)  # fmt: skip
def test_robots_txt_is_obeyed_in_the_group_that_is_ours(robots: str | bytes, may: bool) -> None:
    assert allowed(robots) is may


def test_robots_txt_is_for_pages_not_for_feeds() -> None:
    forbidding = ruled(reply(b"User-agent: *\nDisallow: /\n"))
    [feed], server = visits(forbidding, "/a", kind="feed")
    assert isinstance(feed, Page)
    assert server.paths() == ["/a"]


def test_a_part_that_an_index_names_on_another_host_is_under_its_robots_txt() -> None:
    near, far = "127.0.0.1", "127.0.0.2"
    with serving(ruled(reply(b"User-agent: *\nDisallow: /\n")), near, far) as server:
        source = Source(server.url("/index.xml", near))
        own, other = (
            answer(request(server.url("/part.xml", host), source=source), MANNERLY)
            for host in (near, far)
        )
    assert isinstance(own, Page)
    assert other == Failure("robots", "robots.txt forbids it")
    assert server.paths(far) == ["/robots.txt"]


def test_robots_txt_can_be_left_out_by_policy() -> None:
    [page], server = visits(ruled(reply(b"User-agent: *\nDisallow: /\n")), "/a", policy=POLICY)
    assert isinstance(page, Page)
    assert server.paths() == ["/a"]


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 451])
def test_without_a_robots_txt_all_is_allowed(status: int) -> None:
    [page], server = visits(ruled(reply(b"User-agent: *\nDisallow: /\n", status)), "/a")
    assert isinstance(page, Page)
    assert server.paths() == ["/robots.txt", "/a"]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_robots_txt_that_cannot_be_had_forbids_all_for_ten_minutes(status: int) -> None:
    found, server = visits(ruled(reply(b"", status)), "/a", "/b", "/c", wait=400)
    assert [getattr(failure, "kind", "") for failure in found] == ["robots"] * 3
    first, second, third = (
        failure.retry_after for failure in found if isinstance(failure, Failure)
    )
    assert 590 <= first <= 600
    assert 190 <= second <= 200
    assert 590 <= third <= 600
    assert server.paths() == ["/robots.txt", "/robots.txt"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_robots_txt_whose_server_asks_for_rest_is_given_it(status: int) -> None:
    busy = reply(b"", status, Retry_After="7200")
    found, server = visits(ruled(busy), "/a", "/b", "/c", wait=3500)
    waits = [f.retry_after for f in found if isinstance(f, Failure) and f.retry_after is not None]
    assert len(waits) == 3
    assert all(0 <= 7200 - 3500 * n - wait < 20 for n, wait in enumerate(waits))
    assert server.paths() == ["/robots.txt"]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("4", 4), ("60", 10), ("1e999", 0), ("-3", 0), ("nan", 0), ("soon", 0), ("", 0)],
)
def test_a_robots_txt_may_ask_for_seconds_between_pages(said: str, seconds: int) -> None:
    rules = f"User-agent: newswatch\nCrawl-delay: {said}\n\nUser-agent: *\nCrawl-delay: 9\n"

    async def story(server: Server) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Later)
        async with fetching(MANNERLY) as fetcher:
            await ask(fetcher, request(server.url("/a"), "page"))
            other = asyncio.create_task(ask(fetcher, request(server.url("/b"), "page")))
            if seconds:
                loop.ahead += seconds - 2
                await asyncio.sleep(0.05)
                assert "/b" not in server.paths()
                loop.ahead += 3
            assert isinstance(await other, Page)

    with (
        serving(ruled(reply(rules.encode()))) as server,
        asyncio.Runner(loop_factory=Later) as runner,
    ):
        runner.run(asyncio.wait_for(story(server), 20))


def test_robots_txt_is_asked_for_once_a_day_and_origin() -> None:
    script = ruled(reply(b"User-agent: *\nDisallow: /b\n"))
    found, server = visits(script, "/a", "/b", "/a", "/a", wait=DAY / 4)
    assert [isinstance(page, Page) for page in found] == [True, False, True, True]
    assert server.paths().count("/robots.txt") == 1
    _, server = visits(script, "/a", "/a", wait=DAY + 1)
    assert server.paths().count("/robots.txt") == 2


def test_pages_that_come_together_ask_for_robots_txt_once() -> None:
    async def slowly() -> AsyncIterator[bytes]:
        await asyncio.sleep(0.05)
        yield reply(b"User-agent: *\nDisallow: /b\n")

    with serving(lambda asked: slowly() if asked.path == "/robots.txt" else reply(BODY)) as server:

        async def all_of_them() -> list[Page | Failure]:
            async with fetching(replace(MANNERLY, per_host=8)) as fetcher:
                return await asyncio.gather(
                    *(ask(fetcher, request(server.url(path), "page")) for path in ("/a", "/b") * 4)
                )

        found = asyncio.run(all_of_them())
    assert [isinstance(page, Page) for page in found] == [True, False] * 4
    assert server.paths().count("/robots.txt") == 1


def test_another_port_is_another_origin() -> None:
    strict = ruled(reply(b"User-agent: *\nDisallow: /\n"))
    with serving(strict) as one, serving(ruled(reply(b"", 404))) as two:

        async def both() -> list[Page | Failure]:
            async with fetching(MANNERLY) as fetcher:
                return [
                    await ask(fetcher, request(s.url("/a", user="u:p@"), "page"))
                    for s in (one, two)
                ]

        found = asyncio.run(both())
    assert [isinstance(page, Page) for page in found] == [False, True]
    assert "authorization" not in one.asked[0].headers


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_a_robots_txt_may_be_redirected(host: str) -> None:
    def script(asked: Asked) -> Answer:
        if asked.path == "/robots.txt":
            return reply(b"", 301, Location=server.url("/r", host))
        return reply(b"User-agent: *\nDisallow: /a\n") if asked.path == "/r" else reply(BODY)

    with serving(script, "127.0.0.1", "127.0.0.2") as server:
        found = [answer(request(server.url(path), "page"), MANNERLY) for path in ("/a", "/b")]
    assert found[0] == Failure("robots", "robots.txt forbids it")
    assert isinstance(found[1], Page)


@pytest.mark.parametrize("location", ["/robots.txt", "ftp://example.org/", "http://[::1"])
def test_a_robots_txt_that_leads_nowhere_is_none(location: str) -> None:
    [page], server = visits(ruled(reply(b"", 301, Location=location)), "/a")
    assert isinstance(page, Page)
    assert len(server.asked) <= 7


def test_a_redirected_page_obeys_the_robots_txt_of_where_it_leads() -> None:
    here, there = "127.0.0.1", "127.0.0.2"

    def script(asked: Asked) -> Answer:
        if asked.path == "/robots.txt":
            return (
                reply(b"User-agent: *\nDisallow: /\n") if asked.host == there else reply(b"", 404)
            )
        return (
            reply(b"", 302, Location=server.url("/b", there)) if asked.host == here else reply(BODY)
        )

    with serving(script, here, there) as server:
        found = answer(request(server.url("/a", here), "page"), MANNERLY)
    assert found == Failure("robots", "robots.txt forbids it")
    assert server.paths(there) == ["/robots.txt"]


def test_a_page_on_a_host_that_fails_is_told_why() -> None:
    """Not that its robots.txt could not be had: an address inside is asked once, a name again."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for url, policy, kind in (
        ("http://10.0.0.1/a", MANNERLY, "address"),
        ("http://nowhere.example/a", MANNERLY, "dns"),
        (f"http://127.0.0.1:{port}/a", MANNERLY, "connect"),
    ):
        failure = answer(request(url, "page"), policy, resolver=Names())
        assert isinstance(failure, Failure)
        assert failure.kind == kind
        assert failure.detail.startswith("robots.txt: ")


def test_a_robots_txt_inside_is_not_asked_for() -> None:
    here, inside = "127.0.0.1", "127.0.0.2"
    policy = replace(MANNERLY, allow_networks=(f"{here}/32",))

    def script(asked: Asked) -> Answer:
        return reply(b"", 301, Location=server.url("/robots.txt", inside))

    with serving(script, here, inside) as server:
        failure = answer(request(server.url("/a", here), "page"), policy)
    assert isinstance(failure, Failure)
    assert failure.kind == "address"
    assert server.paths(inside) == []


@pytest.mark.parametrize(
    "said",
    [b"HTTP/1.1 200 So\r\nContent-Length: 9\r\n\r\nUser", b"", reply(b"x", Content_Encoding="br")],
)
def test_a_broken_robots_txt_forbids_for_now(said: bytes) -> None:
    found, server = visits(ruled(said), "/a", "/b")
    assert [f.kind for f in found if isinstance(f, Failure)] in (["reset"] * 2, ["encoding"] * 2)
    assert all(isinstance(f, Failure) and f.retry_after and f.retry_after > 500 for f in found)
    assert set(server.paths()) == {"/robots.txt"}


def test_a_robots_txt_that_hangs_holds_up_one_page_and_no_other() -> None:
    async def silence() -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 200 So\r\n"
        await asyncio.sleep(60)

    policy = replace(MANNERLY, total_seconds=0.3)
    found, server = visits(
        lambda asked: silence() if asked.path == "/robots.txt" else reply(BODY), "/a", "/b", "/c",
        policy=policy,
    )  # fmt: skip
    assert found[0] == Failure("timeout", "no whole answer within 0.3 s")
    assert [(f.kind, f.detail) for f in found[1:] if isinstance(f, Failure)] == [
        ("timeout", "robots.txt: no answer")
    ] * 2
    assert server.paths() == ["/robots.txt"]


def test_of_a_huge_robots_txt_the_beginning_counts() -> None:
    rules = b"User-agent: *\nDisallow: /a\n" + b"Disallow: /x\n" * 200_000 + b"Disallow: /b\n"
    assert len(rules) > 2_000_000
    assert not allowed(rules)
    assert allowed(rules, "/b")
    squeezed = reply(gzip.compress(rules), Content_Encoding="gzip")
    [found], _ = visits(ruled(squeezed), "/a")
    assert found == Failure("robots", "robots.txt forbids it")


@pytest.mark.timeout(15)
@pytest.mark.parametrize(
    "name", ["User-agent: bot{}", "User-agent bot{}", "user agent: bot{}*", "User-agent:n{}"]
)
def test_a_robots_txt_of_many_robots_and_many_rules_is_read_at_once(name: str) -> None:
    """Protego alone files 4,000 rules under each of 4,000 names, which takes half a minute."""
    names = "".join(f"{name.format(n)}\n" for n in range(4_000))
    assert not allowed("User-agent: *\n" + names + "Disallow: /a\n" * 4_000)


# Those that protego, too, takes for ours or for another's; where it differs is shown above.
NAMES = [
    "*",
    "newswatch",
    "NEWSWATCH",
    "newswatchers",
    "gptbot",
    "*watch",
    "**",
    "",
    "my newswatch",
    "newswatch*",
]
LINES = st.one_of(
    st.builds("{}{}{}".format, st.sampled_from(["User-agent: ", "user-agent:", "Useragent ", "User  agent : ", " USER-AGENT\t"]),
              st.sampled_from(NAMES), st.sampled_from(["", " ", " # note"])),
    st.sampled_from(["Disallow: /", "Disallow: /a", "Allow: /a", "Disallow:", "Crawl-delay: 1", "Sitemap: http://x/", "", "#", "x",
                     "Disallow /a", "Allow: /*a$"]),
    st.text(max_size=12),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=12))
def test_making_other_robots_one_changes_nothing_for_us(lines: list[str]) -> None:
    robots = "\n".join(lines)
    for url in ("http://x/a", "http://x/b"):
        before, after = (
            Protego.parse(said).can_fetch(url, "newswatch") for said in (robots, for_us(robots))
        )
        assert before == after


def test_a_host_that_asks_for_rest_is_asked_for_no_other_page() -> None:
    def script(asked: Asked) -> bytes:
        return reply(b"", 429, Retry_After="120") if asked.path == "/busy" else reply(BODY)

    async def story(server: Server) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Later)
        async with fetching() as fetcher:
            busy = await ask(fetcher, request(server.url("/busy"), "page"))
            other = await ask(fetcher, request(server.url("/other"), "page"))
            assert isinstance(busy, Failure)
            assert isinstance(other, Failure)
            assert (busy.status, busy.retry_after) == (429, 120)
            assert (other.kind, other.status) == ("resting", 429)
            assert other.retry_after is not None
            assert 1 <= other.retry_after <= 120
            elsewhere = await ask(fetcher, request(server.url("/other", "127.0.0.2"), "page"))
            assert isinstance(elsewhere, Page)
            assert server.paths("127.0.0.1") == ["/busy"]
            loop.ahead += 121
            assert isinstance(await ask(fetcher, request(server.url("/other"), "page")), Page)

    with (
        serving(script, "127.0.0.1", "127.0.0.2") as server,
        asyncio.Runner(loop_factory=Later) as runner,
    ):
        runner.run(story(server))
