"""Slow work for a chat, done beside the updates: nobody's tap waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from telegram.error import TelegramError
from telegram.ext import ExtBot

ACTION_SECONDS = 4.5
"""Telegram shows an action for five seconds."""


class BackgroundRunner:
    """Runs slow work as tasks, one at a time per chat, and shows in the chat that something is under way."""

    def __init__(self, bot: ExtBot[None]) -> None:
        self._bot = bot
        self._order: dict[int, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(
        self,
        chat_id: int,
        thread_id: int | None,
        work: Callable[[], Awaitable[None]],
        action: str,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Do `work` behind what this chat has asked for before.

        Args:
            chat_id: The chat that asked.
            thread_id: Its topic, None outside of topics.
            work: What is to be done.
            action: What the chat shows meanwhile, one of telegram.constants.ChatAction.
            failed: Is told of an error, so that who asked gets an answer; without it the error goes into the log.
        """

        async def run() -> None:
            async with self._order.setdefault(chat_id, asyncio.Lock()):
                showing = asyncio.create_task(self._show_action(chat_id, thread_id, action))
                try:
                    await work()
                except Exception as error:
                    if failed is None:
                        logging.getLogger("labelbot").exception("slow work for a chat failed")
                    else:
                        failed(error)
                finally:
                    showing.cancel()

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _show_action(self, chat_id: int, thread_id: int | None, action: str) -> None:
        while True:
            try:
                await self._bot.send_chat_action(chat_id, action, message_thread_id=thread_id)
            except TelegramError:
                return  # it is only a courtesy
            await asyncio.sleep(ACTION_SECONDS)
