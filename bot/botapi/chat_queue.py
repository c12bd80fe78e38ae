"""What waits for one chat, in order; of several states of a card only the newest.

A chat that Telegram slows down for minutes while somebody goes on typing must not fill the memory. Of several edits of
one message, and of several fresh cards for the chat, only the newest is kept. Beyond MOST_WAITING the oldest message
goes; where no message waits, the oldest change of buttons, then the oldest edit. A fresh card is never dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.views.screen import Screen

Job = Callable[[], Awaitable[Any]]

MOST_WAITING = 100


@dataclass(slots=True, eq=False)
class Edit:
    """The newest state of one message.

    Attributes:
        message_id: The message.
        screen: What it shows; one without a text changes the buttons alone.
        if_gone: What sends a fresh card when the message was deleted meanwhile.
    """

    message_id: int
    screen: Screen
    if_gone: Job | None


@dataclass(slots=True, eq=False)
class Post:
    """A new message. is_card: whether it is a fresh card, of which only the newest is wanted."""

    job: Job
    is_card: bool


class ChatQueue:
    """A queue in which newer states take the place of older ones. dropped: how many of them went unsent."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._waiting: deque[Edit | Post] = deque()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, new: Edit | Post) -> None:
        """Add something at the end. An edit takes the place of an older edit of its message where that stands."""
        older = next((waiting for waiting in self._waiting if _outdates(new, waiting)), None)
        if older is not None and isinstance(new, Edit):
            self._waiting[self._waiting.index(older)] = new
            return
        if older is not None:
            self._waiting.remove(older)
        self._waiting.append(new)
        if len(self._waiting) > self._most:
            self._waiting.remove(min(self._waiting, key=_worth))
            self.dropped += 1

    def take(self) -> Edit | Post:
        """Take the first. Raises IndexError when nothing waits."""
        return self._waiting.popleft()

    def put_back(self, taken: Edit | Post) -> None:
        """Put what was taken at the front again. What has outdated it meanwhile goes instead: an edit to the front."""
        newer = next((waiting for waiting in self._waiting if _outdates(waiting, taken)), None)
        if newer is None:
            self._waiting.appendleft(taken)
        elif isinstance(newer, Edit):
            self._waiting.remove(newer)
            self._waiting.appendleft(newer)


def _outdates(new: Edit | Post, old: Edit | Post) -> bool:
    """Tell whether nobody needs the old one any more once the new one is there."""
    if isinstance(new, Edit):
        return isinstance(old, Edit) and old.message_id == new.message_id
    return new.is_card and isinstance(old, Post) and old.is_card


def _worth(waiting: Edit | Post) -> int:
    """Return a rank: what has the lowest is dropped first."""
    if isinstance(waiting, Post):
        return 3 if waiting.is_card else 0
    return 2 if waiting.screen.text else 1
