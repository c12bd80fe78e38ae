"""A playground for each test, and a bot's way to call it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from tests.support.phone import Phone

Bot = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    """A playground with nobody in it."""
    async with Phone.start() as started:
        yield started


@pytest.fixture
async def bot(phone: Phone) -> AsyncIterator[Bot]:
    """``await bot("sendMessage", chat_id=1, text="x")`` calls the Bot API with JSON and gives the whole answer."""
    async with aiohttp.ClientSession(phone.address) as session:

        async def call(method: str, **parameters: Any) -> dict[str, Any]:
            async with session.post(f"/bot{phone.token}/{method}", json=parameters) as response:
                answer: dict[str, Any] = await response.json()
                assert answer["ok"] == (response.status == 200)
                return answer

        yield call
