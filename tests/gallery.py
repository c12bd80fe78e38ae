"""Pictures of every kind of message, for looking at: `python -m tests.gallery FOLDER`.

It starts the demo, labels one mode to its end, sends each command that the bot offers in a private chat and in the
group, and takes a picture of each answer at three widths, light and dark. It says what is cut; nothing is committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Page

from tests.support.browser import launched
from tests.support.page_pictures import WIDTHS, look, picture_of_message, what_is_cut
from tests.support.phone import Phone
from tests.support.phone_chat import Chat
from tests.support.phone_messages import Message

ADMIN, GROUP = 1001, -2001
NOTE, NOTED = "Could be both: the words are about rules, the examples about how a list <b>looks</b>.", 12
MORE = {  # commands that say more with words behind them
    "private": [
        "/label formatting",
        "/metrics deepseek",
        "/remind 8:30",
        "/review deepseek",
        "/focus deepseek",
    ],
    "group": ["/metrics deepseek", "/compare deepseek llama", "/subscribe deepseek", "/metrics nobody"],
}
ANSWERS = {
    "yes",
    "keep",
    "change",
    "related",
    "not",
    "skip",
    "back",
    "begin",
}  # what a button that decides begins with


@contextlib.asynccontextmanager
async def demo() -> AsyncIterator[str]:
    """The demo in a process of its own; its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--no-browser", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async for line in process.stdout:
            if found := re.search(rb"http://127\.0\.0\.1:\d+", line):
                yield found[0].decode()
                break
        else:
            raise SystemExit("The demo did not start.")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await process.communicate()


async def label_all(chat: Chat) -> None:
    """Answer cards until none is left, with a note on each of the first; every third is related."""
    for place in range(500):
        await chat.phone.settle(quiet=0.1)
        card = chat.card
        if place < NOTED:
            await chat.send(NOTE, reply_to=card.id)
        words = "Not Related" if place % 3 else "Related"
        if not card.has(words):
            return
        await asyncio.sleep(0.35)  # an answer that comes sooner after its card counts as a double tap
        await chat.press(card.button(words).data, card)


class Gallery:
    """The page in a browser beside the chats that it shows."""

    def __init__(self, page: Page, phone: Phone, address: str) -> None:
        self.page, self.phone, self.address = page, phone, address
        self.cut: list[str] = []

    async def command(self, chat: Chat, text: str) -> None:
        """Send a command, and take a picture of what comes, also of what its first button brings."""
        await chat.send(text)
        await self._show(chat, chat.sent_id, text)
        after = max(chat.phone.mirror[chat.id])
        for message in [one for one in chat.from_bot if one.id > chat.sent_id and one.buttons]:
            button = message.buttons[0][0]
            if button.data and button.words.split()[0].lower() not in ANSWERS:
                await chat.press(button.data, message)
                await self._show(chat, after, f"{text} {button.words}")

    async def note(self, chat: Chat) -> None:
        """Reply to the card, and to a message that is none, and take pictures of what answers."""
        for replied in (chat.card, chat.from_bot[0]):
            await chat.send(NOTE, reply_to=replied.id)
            await self._show(chat, chat.sent_id, "note")

    async def _show(self, chat: Chat, after: int, name: str) -> None:
        await self.phone.settle(quiet=1.5, seconds=60)
        for message in [one for one in chat.from_bot if one.id > after]:
            await self._take(chat, message, f"{'group' if chat.id < 0 else 'private'} {name} {message.id}")

    async def _take(self, chat: Chat, message: Message, name: str) -> None:
        await self.page.goto(f"{self.address}/#chat/{chat.id}")
        for width in WIDTHS:
            for dark in (False, True):
                await picture_of_message(self.page, message.id, width, dark, name)
            self.cut += [f"{name}, {width} px: {one}" for one in await what_is_cut(self.page, message.id)]


async def main(folder: str) -> None:
    """Take all pictures and say what was cut."""
    os.environ["LABELBOT_PICTURES"] = folder
    async with demo() as address, Phone.connect(address) as phone, launched() as browser:
        page = await browser.new_page(device_scale_factor=2)
        gallery = Gallery(page, phone, address)
        mine, group = phone.chat(ADMIN), phone.chat(GROUP, ADMIN)
        await gallery.command(mine, "/start")
        await gallery.note(mine)
        await label_all(mine)
        for chat, kind in ((mine, "private"), (group, "group")):
            offered = await phone.order("menu", chat_id=chat.id)
            for text in [f"/{one['command']}" for one in offered] + MORE[kind]:
                await gallery.command(chat, text)
        for width in WIDTHS:
            await look(page, width)
            for name, anchor in (("list", ""), ("private", f"#chat/{ADMIN}"), ("group", f"#chat/{GROUP}")):
                await page.goto(f"{address}/{anchor}")
                await page.screenshot(path=Path(folder) / f"{name}-{width}.png")
    print("\n".join(dict.fromkeys(gallery.cut)) or "Nothing is cut.")  # noqa: T201 - it says what it found


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tests.gallery FOLDER")
    asyncio.run(main(sys.argv[1]))
