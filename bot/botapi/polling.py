"""Updates by long polling: Telegram is told only of what was handled.

Asking from update n on confirms all before n, and gives n and what follows once more if it was not confirmed.
So after each batch the bot waits until all of it is handled. When one update takes long, it asks again from that
one on: the newer ones of other people are taken in meanwhile, and a killed process finds everything unhandled again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.app import App
from bot.botapi.client import POLL_SECONDS, REFUSED, ConnectionMonitor, LabelBot
from bot.botapi.outbox import seconds_of
from bot.botapi.updates import ALLOWED_UPDATES, take_in
from bot.log import log_event

QUICK_SECONDS = 0.03
SLOW_SECONDS = 0.1
"""How long the bot waits for what it has taken in before it asks for more: first, and when that goes on."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 15.0
FINISH_SECONDS = 20.0
CONFIRM_SECONDS = 3.0


@contextlib.asynccontextmanager
async def polling(app: App, bot: LabelBot, watch: ConnectionMonitor) -> AsyncIterator[None]:
    """Take updates in while the block runs; on the way out, finish and confirm what was taken in."""
    poller = Poller(app, bot, watch)
    task = asyncio.create_task(poller.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await poller.finish()


class Poller:
    """One poller. It goes on through everything except a refused token and another copy of the bot."""

    def __init__(self, app: App, bot: LabelBot, watch: ConnectionMonitor) -> None:
        self._app = app
        self._bot = bot
        self._watch = watch
        self._taken: dict[int, asyncio.Task[bool]] = {}
        self._next = 0
        self._begun = False
        self._patience = QUICK_SECONDS

    async def run(self) -> None:
        """Until the watch says that it makes no sense to go on."""
        pause = 0.0
        while not self._watch.fatal.done():
            try:
                await self._round()
            except InvalidToken:
                self._watch.end(REFUSED)
            except Conflict as error:
                log_event("another copy is polling", level=logging.WARNING, reason=str(error))
                self._watch.conflict()
                await asyncio.sleep(FIRST_PAUSE)
            except RetryAfter as error:
                await asyncio.sleep(seconds_of(error))
            except TelegramError as error:
                pause = min(pause * 2 or FIRST_PAUSE, LONGEST_PAUSE)
                log_event(
                    "polling failed, trying again", level=logging.WARNING, reason=str(error), seconds=pause
                )
                await asyncio.sleep(pause)
            except Exception:
                logging.getLogger("labelbot").exception(
                    "polling failed over a mistake of our own, trying again"
                )
                await asyncio.sleep(LONGEST_PAUSE)
            else:
                pause = 0.0

    async def _round(self) -> None:
        """Wait for what is being handled, for a while, then ask for more."""
        if not self._begun:
            await self._bot.delete_webhook(drop_pending_updates=False)
        await self._wait(self._patience)
        offset, handled = self._handled()
        unhandled = self._taken.keys() - handled
        self._patience = min(2 * self._patience, SLOW_SECONDS) if unhandled else QUICK_SECONDS
        seconds = 0 if unhandled or not self._begun else POLL_SECONDS
        found = await self._bot.fetch(offset, seconds, ALLOWED_UPDATES)
        if not self._begun:
            self._begun = True
            log_event("polling", bot=self._bot.username)
        self._watch.heard()
        for number in handled:
            del self._taken[number]
        for raw in found:
            number = raw["update_id"]
            if number not in self._taken:
                self._taken[number] = asyncio.create_task(take_in(self._app, self._bot, raw))
                self._next = number + 1

    def _handled(self) -> tuple[int, list[int]]:
        """The number to ask from, which confirms the updates that come second."""
        handled: list[int] = []
        for number, task in self._taken.items():
            if not task.done():
                return number, handled
            handled.append(number)
        return self._next, handled

    async def _wait(self, seconds: float) -> None:
        open_tasks = [task for task in self._taken.values() if not task.done()]
        if open_tasks:
            await asyncio.wait(open_tasks, timeout=seconds)

    async def finish(self) -> None:
        """Let handlers end, and confirm. What stays unconfirmed comes again at the next start, and changes nothing."""
        await self._wait(FINISH_SECONDS)
        offset, handled = self._handled()
        if not handled or self._watch.fatal.done():
            return
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                await self._bot.fetch(offset, 0, ALLOWED_UPDATES)
        except (TelegramError, TimeoutError) as error:
            log_event("not confirmed, comes again at the next start", updates=len(handled), reason=str(error))
