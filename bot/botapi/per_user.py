"""One person's updates one after the other, different people's side by side.

Order: a person taps Related, then Back. Handled side by side, the second could be decided before the first was saved.
So each person has a queue; a lock is enough, because asyncio's locks are fair.

Floods: nobody taps 1,200 times a minute with a finger. Beyond that, an update is left out, unanswered, while another
one of the same person is being handled: so other people's taps never queue up behind a script. Somebody quick who waits
for each answer is never left out, however many updates they send.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from bot.botapi.timings import USUAL, UserLimits
from bot.log import log_event


@dataclass(slots=True)
class _UserQueue:
    """One person's updates that are not handled yet."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class PerUserUpdateProcessor:
    """A queue per person, kept only while something is in it."""

    def __init__(self, limits: UserLimits = USUAL.user) -> None:
        self._limits = limits
        self._queues: dict[int, _UserQueue] = {}
        self._counts: Counter[int] = Counter()
        self._told: set[int] = set()
        self._minute = 0.0

    async def process(self, sender: int, work: Coroutine[Any, Any, None]) -> None:
        """Wait for the person's turn, then do the work. What takes too long is given up; what it committed stays."""
        queue = self._queues.setdefault(sender, _UserQueue())
        queue.waiting += 1
        try:
            async with queue.lock, asyncio.timeout(self._limits.seconds):
                await work
        except TimeoutError:
            log_event("gave up on an update", level=logging.ERROR, seconds=self._limits.seconds)
        finally:
            work.close()  # harmless for what was awaited, and no warning for what never was
            queue.waiting -= 1
            if not queue.waiting:
                self._queues.pop(sender, None)

    def is_flooding(self, sender: int) -> bool:
        """Count one more update of a person, and say whether it should be left out."""
        now = time.monotonic()
        if now - self._minute > 60:
            self._minute = now
            self._counts.clear()
            self._told.clear()
        self._counts[sender] += 1
        if self._counts[sender] <= self._limits.a_minute or sender not in self._queues:
            return False
        if sender not in self._told:
            self._told.add(sender)
            log_event("somebody floods, some of it is left out", level=logging.WARNING)
        return True
