"""What happens, told to whoever looks: the page (server-sent events) and the tests (a function called at once).

Every event has a number ``seq``, one more than the one before; the last thousand can be asked for again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

Event = dict[str, Any]
KEPT = 1000
BEHIND = 10_000


class EventHub:
    """Publishes events; costs next to nothing while nobody listens."""

    def __init__(self) -> None:
        self.seq = 0
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self._listeners: set[Callable[[Event], None]] = set()

    def publish(self, kind: str, make: Callable[[], Event]) -> None:
        """Numbers the event and hands it out; ``make`` builds its fields and runs only when somebody listens."""
        self.seq += 1
        if not self._listeners:
            self._kept.clear()
            return
        event = {"seq": self.seq, "type": kind, **make()}
        self._kept.append(event)
        for listener in tuple(self._listeners):
            listener(event)

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Calls ``listener`` with each event from now on; the result stops that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    @property
    def listeners(self) -> int:
        """How many are told."""
        return len(self._listeners)

    def since(self, seq: int) -> list[Event] | None:
        """The events after number ``seq``; None when they are no longer all there."""
        if seq == self.seq:
            return []
        if seq > self.seq or not self._kept or self._kept[0]["seq"] > seq + 1:
            return None
        return [event for event in self._kept if event["seq"] > seq]

    async def stream(
        self, after: int | None = None, *, heartbeat: float = 15.0
    ) -> AsyncIterator[Event | None]:
        """Events as they come, first those after number ``after``. None is a sign of life every ``heartbeat``
        seconds; an event of type ``reset`` says that some are missing and the whole state is to be read again,
        ``bye`` is the last one."""
        queue: asyncio.Queue[Event] = asyncio.Queue(BEHIND)
        lost = False

        def put(event: Event) -> None:
            nonlocal lost
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                lost = True

        stop = self.listen(put)
        try:
            missed = [] if after is None else self.since(after)
            for event in [self._reset()] if missed is None else missed:
                yield event
            while True:
                if lost and queue.empty():
                    lost = False
                    yield self._reset()
                try:
                    async with asyncio.timeout(heartbeat):
                        event = await queue.get()
                except TimeoutError:
                    yield None
                else:
                    yield event
                    if event["type"] == "bye":
                        return
        finally:
            stop()

    def _reset(self) -> Event:
        return {"seq": self.seq, "type": "reset"}
