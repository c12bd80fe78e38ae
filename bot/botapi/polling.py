"""Updates by long polling: Telegram is told only of what was handled.

What confirms what: asking for updates from number n on confirms all before n for ever, and gives n and what follows
once more if that was not confirmed. So the bot never asks beyond the first update that is not handled yet:

    nothing unhandled           it asks from the next number on, and waits at the server for what comes
    some unhandled              it waits for them, for a while, then asks from the first of them on, and gets an
                                answer at once: the newer ones of other people are taken in meanwhile, and those
                                that it has already are left where they are
    killed at any moment        everything unhandled comes again at the next start; storage knows a tap by its id

"Handled" is what `UpdateIntake.take` says: committed, and answered or queued to be.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.botapi.client import LabelBot
from bot.botapi.health import REFUSED, ConnectionMonitor
from bot.botapi.outbox import seconds_of
from bot.botapi.timings import PollingTimes
from bot.botapi.updates import ALLOWED_UPDATES, UpdateIntake
from bot.log import log_event

POLL_SECONDS = 25
FINISH_SECONDS = 20.0
CONFIRM_SECONDS = 3.0


@contextlib.asynccontextmanager
async def polling(
    bot: LabelBot, intake: UpdateIntake, monitor: ConnectionMonitor, times: PollingTimes
) -> AsyncIterator[None]:
    """Take updates in while the block runs; on the way out, finish and confirm what was taken in."""
    poller = Poller(bot, intake, monitor, times)
    task = asyncio.create_task(poller.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await poller.finish()


class Poller:
    """Asks for updates again and again, through everything except a refused token and another copy of the bot."""

    def __init__(
        self, bot: LabelBot, intake: UpdateIntake, monitor: ConnectionMonitor, times: PollingTimes
    ) -> None:
        self._bot = bot
        self._intake = intake
        self._monitor = monitor
        self._times = times
        self._taken: dict[int, asyncio.Task[bool]] = {}
        self._next = 0
        self._begun = False
        self._wait_seconds = times.first_wait

    async def run(self) -> None:
        """Poll until the monitor says that it makes no sense to go on."""
        pause = 0.0
        while not self._monitor.fatal.done():
            try:
                await self._round()
            except InvalidToken:
                self._monitor.end(REFUSED)
            except Conflict as error:
                log_event("another copy is polling", level=logging.WARNING, reason=str(error))
                self._monitor.conflict()
                await asyncio.sleep(self._times.first_pause)
            except RetryAfter as error:
                await asyncio.sleep(seconds_of(error))
            except TelegramError as error:
                pause = min(pause * 2 or self._times.first_pause, self._times.longest_pause)
                log_event(
                    "polling failed, trying again", level=logging.WARNING, reason=str(error), seconds=pause
                )
                await asyncio.sleep(pause)
            except Exception:
                logging.getLogger("labelbot").exception(
                    "polling failed over a mistake of our own, trying again"
                )
                await asyncio.sleep(self._times.longest_pause)
            else:
                pause = 0.0

    async def _round(self) -> None:
        """Wait for what is being handled, for a while, then ask for more."""
        if not self._begun:
            await self._bot.delete_webhook(drop_pending_updates=False)
        await self._wait(self._wait_seconds)
        offset, handled = self._handled()
        unhandled = self._taken.keys() - handled
        longer = min(2 * self._wait_seconds, self._times.longest_wait)
        self._wait_seconds = longer if unhandled else self._times.first_wait
        seconds = 0 if unhandled or not self._begun else POLL_SECONDS
        found = await self._bot.fetch(offset, seconds, ALLOWED_UPDATES)
        if not self._begun:
            self._begun = True
            log_event("polling", bot=self._bot.username)
        self._monitor.heard()
        for number in handled:
            del self._taken[number]
        for raw in found:
            number = raw["update_id"]
            if number not in self._taken:
                self._taken[number] = asyncio.create_task(self._intake.take(raw))
                self._next = number + 1

    def _handled(self) -> tuple[int, list[int]]:
        """Return the number to ask from, which is that of the first unhandled update, and the updates before it."""
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
        """Let handlers end, and confirm. What stays unconfirmed comes again at the next start."""
        await self._wait(FINISH_SECONDS)
        offset, handled = self._handled()
        if not handled or self._monitor.fatal.done():
            return
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                await self._bot.fetch(offset, 0, ALLOWED_UPDATES)
        except (TelegramError, TimeoutError) as error:
            log_event("not confirmed, comes again at the next start", updates=len(handled), reason=str(error))
