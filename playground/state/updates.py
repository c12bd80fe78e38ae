"""The queue of updates for one bot: confirmed by offset, delivered again until then, filtered by kind, aging.

An update is only forgotten when a later ``offset`` confirms it, when a webhook took it, or when it is too old
(24 hours; a tap 150 s, after which nobody could answer it any more).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KEPT_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Update:
    """One update: its number, its kind (the name of its field), its object and when it is forgotten."""

    id: int
    kind: str
    payload: dict[str, Any]
    expires: float

    def as_api(self) -> dict[str, Any]:
        """The object Update."""
        return {"update_id": self.id, self.kind: self.payload}


class UpdateQueue:
    """What waits for the bot; ``clock`` gives seconds since 1970."""

    def __init__(self, clock: Callable[[], float], *, first_id: int = 100_000_001) -> None:
        self.clock = clock
        self.next_id = first_id
        self.waiting: deque[Update] = deque()
        self.allowed: frozenset[str] | None = None
        self.confirmed = 0
        self._wakers: set[asyncio.Future[None]] = set()

    def __len__(self) -> int:
        return len(self.waiting)

    def wants(self, kind: str) -> bool:
        """Whether updates of this kind are kept at all (``allowed_updates``; None or empty: the default set)."""
        if not self.allowed:
            return kind not in NOT_BY_DEFAULT
        return kind in self.allowed

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Remembers ``allowed_updates``; None leaves what was said before."""
        if kinds is not None:
            self.allowed = frozenset(kinds)

    def add(self, kind: str, payload: dict[str, Any], *, seconds: float = KEPT_SECONDS) -> int | None:
        """Queues an update and wakes who waits; None when the bot does not want this kind."""
        if not self.wants(kind):
            return None
        update = Update(self.next_id, kind, payload, self.clock() + seconds)
        self.next_id += 1
        self.waiting.append(update)
        self.wake()
        return update.id

    def again(self, update_id: int, kind: str, payload: dict[str, Any]) -> None:
        """Queues an update under a number of one's choice (tests of redelivery)."""
        self.waiting.append(Update(update_id, kind, payload, self.clock() + KEPT_SECONDS))
        self.wake()

    def confirm(self, offset: int) -> int:
        """Forgets everything before ``offset``, or all but that many from the end for a negative one; how many."""
        before = len(self.waiting)
        if offset < 0:
            while len(self.waiting) > -offset:
                self.waiting.popleft()
        else:
            while self.waiting and self.waiting[0].id < offset:
                self.waiting.popleft()
        gone = before - len(self.waiting)
        self.confirmed += gone
        return gone

    def pending(self, limit: int = 100) -> list[Update]:
        """The oldest updates that are still alive; they stay queued."""
        now = self.clock()
        if any(update.expires <= now for update in self.waiting):
            self.waiting = deque(update for update in self.waiting if update.expires > now)
        return [update for _, update in zip(range(limit), self.waiting, strict=False)]

    def drop(self) -> None:
        """``drop_pending_updates``."""
        self.waiting.clear()

    def wake(self) -> None:
        """Lets everybody who waits look again."""
        for waker in self._wakers:
            if not waker.done():
                waker.set_result(None)
        self._wakers.clear()

    async def wait(self, seconds: float) -> None:
        """Until something happens, at most that long."""
        waker = asyncio.get_running_loop().create_future()
        self._wakers.add(waker)
        try:
            async with asyncio.timeout(seconds):
                await waker
        except TimeoutError:
            pass
        finally:
            self._wakers.discard(waker)
