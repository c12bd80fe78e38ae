"""Waiting until something has changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class Signal:
    """Wakes everybody who waits; ``last`` is when it did so last, in monotonic seconds."""

    def __init__(self) -> None:
        self.last = time.monotonic()
        self._waiting: set[asyncio.Future[None]] = set()

    def wake(self) -> None:
        """Lets everybody who waits look again."""
        self.last = time.monotonic()
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self) -> None:
        """Waits for the next ``wake``."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    async def until(self, done: Callable[[], object], seconds: float) -> None:
        """Waits until ``done()`` holds, which is asked again at every ``wake``.

        Raises:
            TimeoutError: after ``seconds``.
        """
        async with asyncio.timeout(seconds):
            while not done():
                await self.wait()
