"""The queue of updates for the bot: confirmed by offset, delivered again until then, filtered by kind, aging.

An update is only forgotten when a later ``offset`` confirms it, when a webhook took it, when the bot asks to drop what
waits, or when it is too old (24 hours; a tap 150 s, after which nobody could answer it any more).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from playground.state.signal import Signal

KEPT_SECONDS = 24 * 3600.0
FIRST_ID = 100_000_001


@dataclass(frozen=True, slots=True)
class Update:
    """One update: its number, its kind (the name of its field), its object, and when it is forgotten."""

    id: int
    kind: str
    payload: dict[str, Any]
    expires: float

    def as_api(self) -> dict[str, Any]:
        """Returns the object Update."""
        return {"update_id": self.id, self.kind: self.payload}


class UpdateQueue:
    """What waits for the bot.

    Attributes:
        clock: gives seconds since 1970.
        confirmed: how many updates the bot has taken so far.
        poller: stands for the long poll that is under way; None while there is none.
        changed: wakes who waits for updates, or for something that ends a long poll.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.next_id = FIRST_ID
        self.waiting: deque[Update] = deque()
        self.allowed: frozenset[str] | None = None
        self.confirmed = 0
        self.poller: object | None = None
        self.changed = Signal()

    def __len__(self) -> int:
        return len(self.waiting)

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Remembers ``allowed_updates``; None leaves what was said before."""
        if kinds is not None:
            self.allowed = frozenset(kinds)

    def add(self, kind: str, payload: dict[str, Any], *, seconds: float = KEPT_SECONDS) -> None:
        """Queues an update and wakes who waits, unless the bot does not want updates of this kind."""
        if not self.allowed or kind in self.allowed:
            self.waiting.append(Update(self.next_id, kind, payload, self.clock() + seconds))
            self.next_id += 1
            self.changed.wake()

    def confirm(self, offset: int) -> None:
        """Forgets everything before ``offset``."""
        while self.waiting and self.waiting[0].id < offset:
            self.waiting.popleft()
            self.confirmed += 1

    def pending(self, limit: int) -> list[Update]:
        """Returns the oldest updates that are still alive, at most ``limit``; they stay queued."""
        now = self.clock()
        if any(update.expires <= now for update in self.waiting):
            self.waiting = deque(update for update in self.waiting if update.expires > now)
        return list(islice(self.waiting, limit))
