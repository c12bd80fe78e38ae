"""The labeling conversation: decode a tap, decide, commit, then queue what the phone shows."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass

from telegram.ext import ExtBot

from bot.botapi.outbox import keyboard
from bot.log import log_event
from bot.rules.callback_data import CardButton, decode
from bot.rules.roles import Role
from bot.rules.session import Action, apply, resume
from bot.services import Services
from bot.views import messages
from bot.views.card import MODE_ACTION, Screen, card, summary
from storage.errors import StorageError
from storage.records import Answer, Card, Labeler

LONGEST_LOOK = 120.0
TELL_ADMINS_EVERY = 3600.0


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap as it came in. message_id: None when Telegram did not say on which message."""

    query_id: str
    user_id: int
    chat_id: int
    message_id: int | None
    data: str


@dataclass(frozen=True, slots=True)
class Place:
    """What a card shows. row: None for the summary."""

    mode: str
    row: int | None


class Labeling:
    """Cards and answers of everybody."""

    def __init__(self, services: Services, bot: ExtBot[None]) -> None:
        self._services = services
        self._bot = bot
        self._shown: dict[int, tuple[str, int, float]] = {}

    async def open_card(self, labeler: Labeler, chat_id: int) -> None:
        """Queue a fresh card at the bottom of the chat, where the session goes on; the old one loses its buttons."""
        if not labeler.welcomed:
            labeler = await self._services.store.labelers.mark_welcomed(labeler.user_id or 0)
            self._say(chat_id, messages.welcome(self._services.size))
        self._queue_fresh(labeler, chat_id)

    def _queue_fresh(self, labeler: Labeler, chat_id: int, place: Place | None = None) -> None:
        """place: what the card shows; None: where the session goes on when the card is sent."""

        async def send() -> None:
            try:
                current = await self._services.labeler(labeler.user_id or 0)
                shown = place or await self._resumed(current)
                screen = await self._screen(current, shown.mode, shown.row)
            except StorageError as error:
                log_event("a card was not drawn", level=logging.ERROR, reason=str(error))
                await self._bot.send_message(chat_id, messages.NOT_SAVED_HERE)
                return
            message = await self._bot.send_message(
                chat_id, screen.text, parse_mode="HTML", reply_markup=keyboard(screen)
            )
            try:
                await self._make_live(current, Card(chat_id, message.message_id))
            except StorageError as error:
                log_event("the live card was not remembered", level=logging.WARNING, reason=str(error))

        self._services.outbox.post(chat_id, send)

    async def _resumed(self, labeler: Labeler) -> Place:
        services = self._services
        mode = services.mode(labeler)
        held = await services.store.answers.labels(services.frozen.sample_id, mode, labeler.labeler_id)
        return Place(mode, resume(held.by_row, services.size))

    async def _make_live(self, labeler: Labeler, fresh: Card) -> None:
        """One card has buttons: the one that was sent or tapped last."""
        old = await self._services.store.labelers.card(labeler.labeler_id)
        if old == fresh:
            return
        await self._services.store.labelers.set_card(labeler.labeler_id, fresh)
        if old is not None:
            self._services.outbox.strip(old.chat_id, old.message_id)

    async def tap(self, tap: Tap) -> None:
        """Handle a tap on a button of a private card; it is answered in any case."""
        services = self._services
        button = decode(tap.data, tap.user_id)
        try:
            if await services.role(tap.user_id) < Role.LABELER:
                services.outbox.answer(tap.query_id, messages.stranger(tap.user_id), alert=True)
                return
            if button is None or not self._fits(button):
                services.outbox.answer(tap.query_id, messages.STALE_BUTTON)
                return
            notice, labeler, row = await self._apply(tap, button)
        except StorageError as error:
            services.outbox.answer(tap.query_id, messages.NOT_SAVED, alert=True)
            log_event("an answer was not saved", level=logging.ERROR, reason=str(error))
            await self.tell_admins(f"Answers cannot be saved at the moment: {error}")
            return
        await self._show(tap, labeler, button.mode, row)
        services.outbox.answer(tap.query_id, notice)

    def _fits(self, button: CardButton) -> bool:
        known = button.action == MODE_ACTION or button.action in {action.value for action in Action}
        return (
            known
            and button.sample_id == self._services.frozen.sample_id
            and button.mode in self._services.settings.modes
            and button.row < self._services.size
        )

    async def _apply(self, tap: Tap, button: CardButton) -> tuple[str, Labeler, int | None]:
        """Decide and commit: the notice, the labeler, and the row to show."""
        services = self._services
        labeler = await services.labeler(tap.user_id)
        held = await services.store.answers.labels(services.frozen.sample_id, button.mode, labeler.labeler_id)
        if button.action == MODE_ACTION:
            labeler = await services.store.labelers.choose_mode(tap.user_id, button.mode)
            return button.mode, labeler, resume(held.by_row, services.size)
        if services.mode(labeler) != button.mode:
            labeler = await services.store.labelers.choose_mode(tap.user_id, button.mode)
        step = apply(Action(button.action), button.row, held.by_row, services.size)
        if step.label is not None:
            await services.store.answers.save(self._answer(tap, button, labeler, step.label))
        return step.notice, labeler, step.row

    def _answer(self, tap: Tap, button: CardButton, labeler: Labeler, label: str) -> Answer:
        shown = self._shown.get(labeler.labeler_id)
        at = shown[2] if shown is not None and shown[:2] == (button.mode, button.row) else None
        return Answer(
            sample_id=button.sample_id,
            mode=button.mode,
            labeler_id=labeler.labeler_id,
            row_id=button.row,
            label=label,
            tap_id=tap.query_id,
            shown_at=at,
            answered_at=self._services.clock(),
            guide_version=self._services.guides[button.mode].version,
        )

    async def _show(self, tap: Tap, labeler: Labeler, mode: str, row: int | None) -> None:
        """Queue the next state of the tapped card; a card that is gone is replaced by a fresh one."""
        if tap.message_id is None:
            self._queue_fresh(labeler, tap.chat_id, Place(mode, row))
            return
        try:
            screen = await self._screen(labeler, mode, row)
            await self._make_live(labeler, Card(tap.chat_id, tap.message_id))
        except StorageError as error:
            log_event("a card was not drawn", level=logging.ERROR, reason=str(error))
            return

        async def fresh() -> None:
            self._queue_fresh(labeler, tap.chat_id, Place(mode, row))

        self._services.outbox.edit(tap.chat_id, tap.message_id, screen, fresh)

    async def _screen(self, labeler: Labeler, mode: str, row: int | None) -> Screen:
        services = self._services
        sample_id = services.frozen.sample_id
        held = await services.store.answers.labels(sample_id, mode, labeler.labeler_id)
        reader = services.reader(labeler, mode)
        if row is not None:
            self._shown[labeler.labeler_id] = (mode, row, services.clock())
            return card(
                reader, services.sample.items[row], len(held.by_row), services.size, held.by_row.get(row)
            )
        seconds = await services.store.answers.seconds_spent(
            sample_id, mode, labeler.labeler_id, LONGEST_LOOK
        )
        others = [other for other in services.settings.modes if other != mode]
        return summary(reader, list(held.by_row.values()), held.last_row or 0, seconds, others)

    async def tell_admins(self, text: str) -> None:
        """Tell all admins that something needs them, once an hour at most."""
        now = self._services.clock()
        if now - self._services.told_admins_at < TELL_ADMINS_EVERY:
            return
        self._services.told_admins_at = now
        admins = set(self._services.settings.admin_ids)
        with contextlib.suppress(StorageError):  # what cannot be written can often not be read either
            people = await self._services.store.labelers.everybody()
            admins |= {p.user_id for p in people if p.admin and p.revoked_at is None and p.user_id}
        for admin in admins:
            self._say(admin, messages.echo(text, 500))

    def _say(self, chat_id: int, text: str) -> None:
        async def send() -> None:
            await self._bot.send_message(chat_id, text, parse_mode="HTML")

        self._services.outbox.post(chat_id, send)
