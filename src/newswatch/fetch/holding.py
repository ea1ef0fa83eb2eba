"""How many bytes of bodies are held at once: a large one is read on only where there is room for all of it.

Rule: room is taken whole, so that no two bodies wait for what the other holds; whoever came first has it first.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

SMALL = 256 * 1024  # bytes that any body may have without asking for room
ROOM = 16 * 1024 * 1024  # bytes of large bodies at once: as the longest feed that is read


class Holding:
    """Room for *room* bytes of large bodies; belongs to the event loop it is first used on."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._left = room
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    @contextlib.asynccontextmanager
    async def place(self, size: int) -> AsyncIterator[None]:
        """Room for *size* bytes, or for all there is where that is less, from when there is so much left."""
        size = min(size, self._room)
        async with self._turn:
            while self._left < size:
                self._freed.clear()
                await self._freed.wait()
            self._left -= size
        try:
            yield
        finally:
            self._left += size
            self._freed.set()
