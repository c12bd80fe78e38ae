"""What happens, told to those who listen: the page (server-sent events) and the tests (a function called at once).

Every event has a number ``seq``, one more than the one before; of those published while somebody listened, the last
thousand can be asked for again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

Event = dict[str, Any]
KEPT = 1000
BEHIND = 10_000
HEARTBEAT_SECONDS = 15.0


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
        """The number of those who are told."""
        return len(self._listeners)

    def _since(self, seq: int) -> list[Event]:
        """Returns the events after number ``seq``, or one of type ``reset`` when they are no longer all there."""
        if seq == self.seq:
            return []
        if seq > self.seq or not self._kept or self._kept[0]["seq"] > seq + 1:
            return [self._reset()]
        return [event for event in self._kept if event["seq"] > seq]

    async def stream(self, after: int | None) -> AsyncIterator[Event | None]:
        """Gives events as they come; before them, unless ``after`` is None, those after that number.

        None is a sign of life after a while without events; an event of type ``reset`` says that some are missing and
        the whole state is to be read again; ``bye`` is the last event.
        """
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
            for event in [] if after is None else self._since(after):
                yield event
            while True:
                if lost and queue.empty():
                    lost = False
                    yield self._reset()
                try:
                    event = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield None
                    continue
                yield event
                if event["type"] == "bye":
                    return
        finally:
            stop()

    def _reset(self) -> Event:
        return {"seq": self.seq, "type": "reset"}
