"""The live card of each labeler: the one message that shows an item with its buttons, and since when it shows it.

A card is drawn from the labels as they are when it is sent or changed. The one that was sent or tapped last is live;
the one before becomes its one line.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from telegram.error import Forbidden
from telegram.ext import ExtBot

from bot.botapi.outbox import keyboard
from bot.jobs.decks import deck_at, sample_deck
from bot.jobs.places import Place, resume_place
from bot.jobs.receipts import Receipts
from bot.log import log_event
from bot.rules.sitting import LONGEST_LOOK
from bot.services import Services
from bot.views import messages
from bot.views.card import card, focus_summary, summary
from bot.views.reminder import ON_CARD
from bot.views.screen import Screen
from storage.errors import StorageError
from storage.records import Card, Labeler

Blocked = Callable[[], Awaitable[None]]
"""What is done when a reminder finds that its reader has blocked the bot."""


class LiveCards:
    """The cards of everybody."""

    def __init__(self, services: Services, bot: ExtBot[None], receipts: Receipts) -> None:
        self._services = services
        self._bot = bot
        self._shown: dict[int, tuple[Place, float]] = {}
        self._receipts = receipts

    def shown_at(self, labeler: Labeler, place: Place) -> float | None:
        """Return since when a labeler's card shows a place, None when it shows another one now."""
        shown, moment = self._shown.get(labeler.labeler_id, (None, 0.0))
        return moment if shown == place else None

    async def change(self, labeler: Labeler, message_id: int | None, place: Place) -> None:
        """Queue the next state of a tapped card; one that is gone, or not named (None), is replaced by a fresh one."""
        user_id = labeler.user_id

        async def replace() -> None:
            self.send(user_id, place)

        if message_id is None:
            await replace()
            return
        try:
            screen = await self._screen(labeler, place)
            await self._make_live(labeler, Card(user_id, message_id))
        except StorageError as error:
            log_event("a card was not drawn", level=logging.ERROR, reason=str(error))
            return
        self._services.outbox.edit(user_id, message_id, screen, replace)

    def send(self, user_id: int, place: Place | None = None, blocked: Blocked | None = None) -> None:
        """Queue a fresh card that shows `place`; None: where the session goes on when the card is sent.

        With `blocked` it is a reminder: it comes without a sound, and `blocked` is done when its reader has blocked the
        bot. Somebody who was forgotten while the card waited gets none: only a command or a tap makes a labeler.
        """

        async def job() -> None:
            services = self._services
            try:
                labeler = await services.store.labelers.by_user(user_id)
                if labeler is None:
                    return
                shown = place or await resume_place(services, labeler, services.mode(labeler))
                screen = await self._screen(labeler, shown)
            except StorageError as error:
                log_event("a card was not drawn", level=logging.ERROR, reason=str(error))
                await self._bot.send_message(user_id, messages.NOT_SAVED_HERE)
                return
            if blocked is not None:
                # it may lie there for hours, which say nothing about how long somebody looks at an item
                self._shown.pop(labeler.labeler_id, None)
                screen = Screen(screen.text + ON_CARD, screen.rows)
            try:
                message = await self._bot.send_message(
                    user_id,
                    screen.text,
                    parse_mode="HTML",
                    reply_markup=keyboard(screen),
                    disable_notification=blocked is not None,
                )
            except Forbidden:
                if blocked is not None:
                    await blocked()
                raise
            try:
                await self._make_live(labeler, Card(user_id, message.message_id))
            except StorageError as error:
                log_event("the live card was not remembered", level=logging.WARNING, reason=str(error))

        self._services.outbox.post(user_id, job, is_card=True)

    async def _make_live(self, labeler: Labeler, fresh: Card) -> None:
        """Make a card the live one; the one before becomes its one line and loses its buttons."""
        old = await self._services.store.labelers.card(labeler.labeler_id)
        if old == fresh:
            return
        await self._services.store.labelers.set_card(labeler.labeler_id, fresh)
        if old is not None:
            receipt = await self._receipts.take(labeler, old)
            self._services.outbox.edit(old.chat_id, old.message_id, receipt)

    async def _screen(self, labeler: Labeler, place: Place) -> Screen:
        services, row = self._services, place.row
        deck = await deck_at(services, labeler, place.sample_id, place.mode)
        if deck is None:  # a set that was closed meanwhile
            deck, row = sample_deck(services), None
        labels = await services.store.answers.labels(deck.sample_id, place.mode, labeler.labeler_id)
        owner, by_row = services.owner(labeler, place.mode, deck.sample_id), labels.by_row
        if row is not None:
            self._shown[labeler.labeler_id] = (place, services.clock())
            if place.again is not None:
                return card(owner, deck.items[place.again], len(by_row), deck.size, None, place=row)
            word = "Focus" if deck.is_focus else "Item"
            return card(owner, deck.items[row], len(by_row), deck.size, by_row.get(row), word=word)
        self._shown.pop(labeler.labeler_id, None)  # the summary shows no item
        others = [(mode, n) for mode, n in await services.own_counts(labeler) if mode != place.mode]
        if deck.is_focus:
            return focus_summary(owner, deck.size, labels.last_row or 0, services.size, others)
        seconds, _ = await services.store.answers.time_spent(
            deck.sample_id, place.mode, labeler.labeler_id, LONGEST_LOOK
        )
        return summary(owner, list(by_row.values()), labels.last_row or 0, seconds, others)
