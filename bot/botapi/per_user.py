"""One person's updates one after the other, different people's side by side."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.log import log_event

LIMIT_SECONDS = 30.0
MOST_A_MINUTE = 1200
MOST_WAITING = 1


@dataclass(slots=True)
class _UserQueue:
    """One person's updates that are not handled yet."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class PerUserUpdateProcessor(BaseUpdateProcessor):
    """A lock per person. What takes longer than LIMIT_SECONDS is given up; what it committed stays.

    No person taps 1,200 times a minute. Of who does, what comes while MOST_WAITING of theirs are waiting already is
    left out, unanswered, so that other people's taps do not queue up behind it.
    """

    def __init__(self) -> None:
        super().__init__(256)
        self._lines: dict[int, _UserQueue] = {}
        self._counts: Counter[int] = Counter()
        self._minute = 0.0

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to clean up."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the person's turn, then handle."""
        key = _whose(update)
        line = self._lines.setdefault(key, _UserQueue())
        line.waiting += 1
        try:
            async with line.lock, asyncio.timeout(LIMIT_SECONDS):
                await coroutine
        except TimeoutError:
            log_event("gave up on an update", level=logging.ERROR, seconds=LIMIT_SECONDS)
        finally:
            _unused(coroutine)
            line.waiting -= 1
            if not line.waiting:
                self._lines.pop(key, None)

    def is_flooding(self, sender: int) -> bool:
        """Count one more update of a person; whether it should be left out."""
        now = time.monotonic()
        if now - self._minute > 60:
            self._minute = now
            self._counts.clear()
        self._counts[sender] += 1
        line = self._lines.get(sender)
        if self._counts[sender] <= MOST_A_MINUTE or line is None or line.waiting < MOST_WAITING:
            return False
        if self._counts[sender] % MOST_A_MINUTE == 1:
            log_event("somebody floods, some of it is left out", level=logging.WARNING)
        return True


def _unused(coroutine: Awaitable[Any]) -> None:
    """Close what was never awaited; harmless for what was."""
    if isinstance(coroutine, Coroutine):
        coroutine.close()


def _whose(update: object) -> int:
    if isinstance(update, Update):
        if update.effective_user is not None:
            return update.effective_user.id
        if update.effective_chat is not None:
            return update.effective_chat.id
    return 0
