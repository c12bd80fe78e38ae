"""Pushing updates to the bot's own HTTP server: one at a time, in order, each again until the server answers 2xx."""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp

from playground.state.signal import Signal
from playground.state.updates import Update, UpdateQueue

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 # the name of a header
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
TIMEOUT = aiohttp.ClientTimeout(total=60.0)


class WebhookSender:
    """The webhook of the bot; ``url`` is empty while there is none."""

    def __init__(self, updates: UpdateQueue, activity: Signal) -> None:
        self.updates = updates
        self.activity = activity
        self.url = ""
        self.last_error = ""
        self.last_error_date = 0
        self._secret = ""
        self._task: asyncio.Task[None] | None = None

    async def set(self, url: str, secret: str) -> None:
        """Starts pushing to ``url``; an empty one stops."""
        if (url, secret) == (self.url, self._secret):
            return
        await self.stop()
        self.url, self._secret = url, secret
        self.last_error, self.last_error_date = "", 0
        if url:
            self._task = asyncio.create_task(self._push(), name="webhook")

    async def stop(self) -> None:
        """Ends the pushing; what was not taken stays queued."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _push(self) -> None:
        pause = FIRST_PAUSE
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            while True:
                found = self.updates.pending(1)
                if not found:
                    await self.updates.changed.wait()
                elif await self._taken(session, found[0]):
                    self.updates.confirm(found[0].id + 1)
                    self.activity.wake()
                    pause = FIRST_PAUSE
                else:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, LONGEST_PAUSE)

    async def _taken(self, session: aiohttp.ClientSession, update: Update) -> bool:
        """Tells whether the bot's server answered 2xx."""
        headers = {SECRET_HEADER: self._secret} if self._secret else None
        try:
            async with session.post(self.url, json=update.as_api(), headers=headers) as response:
                await response.read()
                if 200 <= response.status < 300:
                    return True
                self._failed(f"Wrong response from the webhook: {response.status} {response.reason}")
        except (aiohttp.ClientError, TimeoutError) as error:
            self._failed(str(error) or type(error).__name__)
        return False

    def _failed(self, why: str) -> None:
        self.last_error = why
        self.last_error_date = int(self.updates.clock())
        self.activity.wake()
