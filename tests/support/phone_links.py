"""How a test's phone reaches the playground: in the same process, or over HTTP in another one."""

from __future__ import annotations

import asyncio
import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

import aiohttp

from playground.emulator import Emulator
from playground.errors import OrderError
from playground.http.orders import perform

Event = dict[str, Any]


class Link(ABC):
    """Orders, files and events of one playground; ``following`` while events come in."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.following = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends the connection."""
        self.following = False

    @abstractmethod
    async def order(self, name: str, arguments: dict[str, Any]) -> tuple[Any, int]:
        """Returns the result of an order, and the number of the last event so far; raises OrderError."""

    @abstractmethod
    async def file(self, file_id: str) -> bytes:
        """Returns the bytes of a file."""

    @abstractmethod
    def follow(
        self, after: int, apply: Callable[[Event], None]
    ) -> contextlib.AbstractAsyncContextManager[None]:
        """Calls ``apply`` with every event after number ``after`` while the block runs."""


class LocalLink(Link):
    """Without HTTP; events are applied in the moment they happen."""

    def __init__(self, playground: Emulator, address: str) -> None:
        super().__init__(address)
        self.playground = playground

    async def order(self, name: str, arguments: dict[str, Any]) -> tuple[Any, int]:
        result = await perform(self.playground, name, arguments)
        return result, self.playground.events.seq

    async def file(self, file_id: str) -> bytes:
        return self.playground.world.files[file_id].content

    @contextlib.asynccontextmanager
    async def follow(self, after: int, apply: Callable[[Event], None]) -> AsyncIterator[None]:
        stop = self.playground.events.listen(apply)
        self.following = True
        try:
            yield
        finally:
            self.following = False
            stop()


class HttpLink(Link):
    """Over HTTP, with server-sent events."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(self.address)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the link is not open")
        return self._session

    async def order(self, name: str, arguments: dict[str, Any]) -> tuple[Any, int]:
        async with self.session.post(f"/playground/{name}", json=arguments) as response:
            answer = await response.json()
        if not answer["ok"]:
            raise OrderError(answer["error"])
        return answer["result"], answer["seq"]

    async def file(self, file_id: str) -> bytes:
        async with self.session.get("/playground/file", params={"id": file_id}) as response:
            response.raise_for_status()
            return await response.read()

    @contextlib.asynccontextmanager
    async def follow(self, after: int, apply: Callable[[Event], None]) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=None)
        async with self.session.get(
            "/playground/events", params={"after": after}, timeout=timeout
        ) as response:
            response.raise_for_status()
            reader = asyncio.create_task(self._read(response, apply), name="phone events")
            self.following = True
            try:
                yield
            finally:
                self.following = False
                reader.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reader

    async def _read(self, response: aiohttp.ClientResponse, apply: Callable[[Event], None]) -> None:
        buffered = b""
        async for chunk in response.content.iter_any():
            *blocks, buffered = (buffered + chunk).split(b"\n\n")
            for block in blocks:
                if block.startswith(b"data: "):
                    apply(json.loads(block.removeprefix(b"data: ")))
        self.following = False
