"""What was done on each live card: a line about it is all that stays of the card when another takes its place."""

from __future__ import annotations

import datetime as dtm
from dataclasses import dataclass

from bot.services import Services
from bot.views.messages import receipt
from bot.views.screen import Screen
from storage.records import Card, Labeler


@dataclass(frozen=True, slots=True)
class DoneOn:
    """How many items got their first answer on a card, and when the first and the last of them did."""

    items: int
    first_at: float
    last_at: float


class Receipts:
    """The work done on the cards of everybody since the bot started."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._done: dict[Card, DoneOn] = {}

    def labeled(self, card: Card, now: float) -> None:
        """Count one more item that got its first answer on a card."""
        done = self._done.get(card, DoneOn(0, now, now))
        self._done[card] = DoneOn(done.items + 1, done.first_at, now)

    async def take(self, labeler: Labeler, card: Card) -> Screen:
        """Return the line that a card becomes, with days in its labeler's time zone, and forget it. Raises NotRead."""
        zone = await self._services.zone(labeler.labeler_id)
        done = self._done.pop(card, DoneOn(0, 0.0, 0.0))
        days = [f"{dtm.datetime.fromtimestamp(at, zone):%a %-d %b}" for at in (done.first_at, done.last_at)]
        return Screen(receipt(days[0], days[1], done.items))
