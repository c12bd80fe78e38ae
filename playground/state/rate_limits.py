"""Telegram's send limits: about one message a second per chat with short bursts, twenty a minute per group, about
thirty a second over all chats. Edits count as sends."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most ``count`` sends in any ``seconds``."""

    count: int
    seconds: float


PER_CHAT = RateLimit(5, 5.0)
PER_GROUP = RateLimit(20, 60.0)
OVERALL = RateLimit(30, 1.0)
COUNTED = frozenset(["sendmessage", "sendphoto", "senddocument", "editmessagetext", "editmessagereplymarkup"])


class RateLimits:
    """Counts sends per chat; ``clock`` gives monotonic seconds."""

    def __init__(
        self,
        per_chat: RateLimit = PER_CHAT,
        per_group: RateLimit = PER_GROUP,
        overall: RateLimit = OVERALL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self.per_chat = per_chat
        self.per_group = per_group
        self.overall = overall
        self._sent: dict[int | str, deque[float]] = {}

    def count(self, chat_id: int, *, group: bool) -> int:
        """Counts one send into a chat.

        Returns:
            0, or the whole seconds to wait when the send is one too many; then it is not counted.
        """
        now = self.clock()
        limits: list[tuple[int | str, RateLimit]] = [
            ("all", self.overall),
            (chat_id, self.per_group if group else self.per_chat),
        ]
        wait = max(self._wait(key, limit, now) for key, limit in limits)
        if wait > 0:
            return max(1, math.ceil(wait))
        for key, _ in limits:
            self._sent[key].append(now)
        return 0

    def _wait(self, key: int | str, limit: RateLimit, now: float) -> float:
        times = self._sent.setdefault(key, deque())
        while times and times[0] <= now - limit.seconds:
            times.popleft()
        return times[0] + limit.seconds - now if len(times) >= limit.count else 0.0
