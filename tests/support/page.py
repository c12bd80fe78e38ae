"""For the tests of the page: a bot in this process, and the page with a chat open.

Pictures of it at the widths of phones, and what is cut there: tests/support/page_pictures.py, whose names it has, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from playground.api.params import Upload
from tests.support.browser import visit
from tests.support.page_pictures import WIDTHS, assert_nothing_cut, look, picture_of, what_is_cut
from tests.support.phone import Phone

__all__ = ["WIDTHS", "Bot", "assert_nothing_cut", "chat", "last", "look", "picture_of", "what_is_cut"]

ONE, TWO, GROUP = 1001, 1002, -2001
CARD = [
    [
        {"text": "Related", "callback_data": "1:yes", "style": "success"},
        {"text": "Not Related", "callback_data": "1:no", "style": "danger"},
    ],
    [{"text": "Back", "callback_data": "1:back"}, {"text": "Skip", "callback_data": "1:skip"}],
]


class Bot:
    """Calls the Bot API of a playground in this process, and sees the taps."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.taps: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        assert phone.playground is not None
        self.pg = phone.playground
        self.pg.events.listen(lambda event: event["type"] == "button_pressed" and self.taps.put_nowait(event))

    async def call(self, method: str, **parameters: Any) -> Any:
        return await self.pg.call(method, parameters)

    async def say(self, text: str, chat: int = ONE, **parameters: Any) -> int:
        message = await self.call("sendMessage", chat_id=chat, text=text, **parameters)
        return int(message["message_id"])

    async def card(self, text: str = "Item 1", chat: int = ONE) -> int:
        return await self.say(text, chat, reply_markup={"inline_keyboard": CARD})

    async def edit(self, message_id: int, text: str, chat: int = ONE, **parameters: Any) -> None:
        await self.call("editMessageText", chat_id=chat, message_id=message_id, text=text, **parameters)

    async def document(self, name: str, content: bytes, chat: int = ONE, **parameters: Any) -> None:
        upload = {"document": Upload(name, content, "application/octet-stream")}
        await self.pg.call("sendDocument", {"chat_id": chat, **parameters}, upload)

    async def photo(self, content: bytes, chat: int = ONE, **parameters: Any) -> int:
        upload = {"photo": Upload("picture.png", content, "image/png")}
        message: Any = await self.pg.call("sendPhoto", {"chat_id": chat, **parameters}, upload)
        return int(message["message_id"])

    async def tap(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.taps.get(), 5)

    async def answer(self, tap: dict[str, Any], **parameters: Any) -> None:
        await self.call("answerCallbackQuery", callback_query_id=tap["callback_id"], **parameters)


def grey_png(width: int, height: int) -> bytes:
    """Return a grey picture of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress((b"\0" + b"\x80" * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest_asyncio.fixture(name="bot", loop_scope="session")
async def bot_fixture() -> AsyncIterator[Bot]:
    """Give two labelers who have started the bot, and a group with both."""
    async with Phone.start(validate=False) as phone:
        people = [
            await phone.person(f"Labeler {i}", number, started=True) for i, number in ((1, ONE), (2, TWO))
        ]
        await phone.group("Lab group", people, chat_id=GROUP, bare_commands=True)
        yield Bot(phone)


@contextlib.asynccontextmanager
async def chat(browser: Browser, bot: Bot, number: int = ONE, **options: Any) -> AsyncIterator[Page]:
    """Give the page with one chat open."""
    async with visit(browser, bot.phone.address, **options) as page:
        await page.locator(f'a[href="#chat/{number}"]').click()
        await expect(page.get_by_role("log")).to_be_visible()
        yield page


def last(page: Page) -> Locator:
    return page.get_by_role("article").last
