"""Large bodies are read on where there is room for all of each; small ones wait for nobody."""

from __future__ import annotations

import asyncio

from asking import POLICY, ask, fetching, request
from newswatch.fetch.holding import ROOM, SMALL, Holding
from scripted_server import Asked, reply, serving


def test_room_is_given_whole_and_in_the_order_of_coming() -> None:
    async def play() -> None:
        holding = Holding(10)
        got: list[str] = []

        async def hold(name: str, size: int, until: asyncio.Event) -> None:
            async with holding.place(size):
                got.append(name)
                await until.wait()

        first, rest = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for name, size, until in (
                ("a", 6, first),
                ("b", 4, rest),
                ("c", 5, rest),
                ("d", 1, rest),
            ):
                group.create_task(hold(name, size, until))
                await asyncio.sleep(0)
            assert got == ["a", "b"]  # "d" would fit, and comes after "c"
            first.set()
            for _ in range(20):
                await asyncio.sleep(0)
            rest.set()
        assert got == ["a", "b", "c", "d"]

    asyncio.run(play())


def test_who_gives_up_waiting_takes_no_room_along_and_the_largest_has_all() -> None:
    async def play() -> None:
        holding = Holding(10)
        async with holding.place(8):
            waiting = asyncio.create_task(holding.place(5).__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
            assert waiting.cancelled()
            async with holding.place(2):
                pass
        async with holding.place(1000):
            pass

    asyncio.run(play())


def test_bodies_that_have_no_room_together_are_read_one_after_the_other() -> None:
    async def play() -> None:
        size = ROOM // 2 + SMALL
        hosts = [f"127.0.4.{n}" for n in range(1, 4)]

        def answer(asked: Asked) -> bytes:
            return reply(b"x" * (1000 if asked.path == "/small" else size))

        with serving(answer, *hosts) as server:
            async with fetching(POLICY) as fetcher:
                async with fetcher.turn(server.url("/a", hosts[0])) as get:
                    first = await get(request(server.url("/a", hosts[0])))
                    second = asyncio.create_task(ask(fetcher, request(server.url("/b", hosts[1]))))
                    small = await ask(fetcher, request(server.url("/small", hosts[2])))
                    assert not second.done()
                found = [first, await second, small]
        assert [len(page.body) for page in found] == [size, size, 1000]

    asyncio.run(play())
