"""What is known of the other end of the line, and when it makes no sense to go on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

CONFLICTS_IN_A_ROW = 3
REFUSED = "Telegram refuses the token: check TELEGRAM_BOT_TOKEN, then start again."
ANOTHER_COPY = "Another copy of this bot is running with the same token: stop that one first."


class ConnectionMonitor:
    """Notes each word from the Bot API server, and each sign that it will not come back.

    Attributes:
        fatal: Done as soon as it makes no sense to go on; its result is the reason, one line.
    """

    def __init__(self, beat: Callable[[], None], silence_seconds: float) -> None:
        """Begin to watch.

        Args:
            beat: Called at every word from the server.
            silence_seconds: How long the server may say nothing.
        """
        self.fatal: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._last_word = time.monotonic()
        self._silence_seconds = silence_seconds
        self._beat = beat
        self._conflicts = 0

    def heard(self) -> None:
        """Note that the server has answered."""
        self._last_word = time.monotonic()
        self._conflicts = 0
        self._beat()

    def conflict(self) -> None:
        """Note that somebody else polls. Once or twice that may be our own predecessor, which just ended."""
        self._conflicts += 1
        if self._conflicts >= CONFLICTS_IN_A_ROW:
            self.end(ANOTHER_COPY)

    def end(self, reason: str) -> None:
        """Say that it makes no sense to go on. The first reason counts."""
        if not self.fatal.done():
            self.fatal.set_result(reason)

    async def watch_silence(self) -> None:
        """Wait until the server has been silent for too long, then end: a new start has fresh connections."""
        while not self.fatal.done():
            left = self._last_word + self._silence_seconds - time.monotonic()
            if left <= 0:
                minutes = self._silence_seconds / 60
                self.end(f"No word from the Bot API server for {minutes:g} minutes: giving up.")
            else:
                await asyncio.sleep(left)
