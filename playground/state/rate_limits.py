"""Telegram's send limits as windows: about one message a second per chat with short bursts, twenty a minute per
group, about thirty a second over all chats. Edits count as sends."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``count`` sends in any ``seconds``."""

    count: int
    seconds: float


PER_CHAT = Window(5, 5.0)
PER_GROUP = Window(20, 60.0)
OVERALL = Window(30, 1.0)
COUNTED = frozenset(
    [
        "sendmessage",
        "sendphoto",
        "senddocument",
        "editmessagetext",
        "editmessagecaption",
        "editmessagemedia",
        "editmessagereplymarkup",
    ]
)


class Limits:
    """Counts sends per chat; ``clock`` is monotonic seconds."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        per_chat: Window = PER_CHAT,
        per_group: Window = PER_GROUP,
        overall: Window = OVERALL,
    ) -> None:
        self.clock = clock
        self.per_chat = per_chat
        self.per_group = per_group
        self.overall = overall
        self._sent: dict[int | str, deque[float]] = {}

    def take(self, chat_id: int, *, group: bool) -> int:
        """Counts one send into a chat; 0, or the whole seconds to wait when it is one too many (not counted)."""
        now = self.clock()
        rules: list[tuple[int | str, Window]] = [
            ("all", self.overall),
            (chat_id, self.per_group if group else self.per_chat),
        ]
        wait = max(self._wait(key, window, now) for key, window in rules)
        if wait > 0:
            return max(1, math.ceil(wait))
        for key, _ in rules:
            self._sent[key].append(now)
        return 0

    def _wait(self, key: int | str, window: Window, now: float) -> float:
        times = self._sent.setdefault(key, deque())
        while times and times[0] <= now - window.seconds:
            times.popleft()
        return times[0] + window.seconds - now if len(times) >= window.count else 0.0
