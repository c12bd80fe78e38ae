"""The labeling conversation: decide what a tap means, commit it, then queue what the phone shows.

Every tap is committed before it is answered. The card is drawn from the labels as they are after the commit; what
cannot be drawn or sent changes nothing that is saved.
"""

from __future__ import annotations

from dataclasses import dataclass

from telegram.ext import ExtBot

from analysis.records import LABELS
from bot.jobs.decks import Deck, deck_at, focus_deck, is_asked
from bot.jobs.double_tap import comes_too_soon
from bot.jobs.live_cards import Blocked, LiveCards
from bot.jobs.places import Place, end_of_sample, next_place, place_of, resume_place
from bot.jobs.receipts import Receipts
from bot.jobs.repeats import save_repeat
from bot.rules.callback_data import REPEAT, CallbackData
from bot.rules.session import Action, apply, apply_to_repeat, saved_notice
from bot.rules.sitting import Sitting, after_answer, is_due
from bot.services import Services
from bot.views import messages
from bot.views.screen import Screen
from storage.records import Answer, Card, Labeler, Labels, Outcome, Skip


@dataclass(frozen=True, slots=True)
class CardTap:
    """A tap on a button of a private card.

    Attributes:
        query_id: The callback query's own id, which tells a tap that is delivered again.
        user_id: The Telegram id of who tapped.
        message_id: The card's message in their private chat; None when Telegram did not say.
        data: What the button says.
    """

    query_id: str
    user_id: int
    message_id: int | None
    data: CallbackData


class LabelingService:
    """Cards and answers of everybody."""

    def __init__(self, services: Services, bot: ExtBot[None]) -> None:
        self._services = services
        self._receipts = Receipts(services)
        self._cards = LiveCards(services, bot, self._receipts)
        self._sittings: dict[tuple[int, str], Sitting] = {}

    async def open_card(self, labeler: Labeler) -> None:
        """Queue a fresh card at the bottom of the chat, where the session goes on. Raises StorageError."""
        if not labeler.welcomed:
            labeler = await self._services.store.labelers.mark_welcomed(labeler.user_id)
            text = messages.welcome(self._services.size, repeats=self._services.settings.repeats > 0)
            self._services.outbox.message(labeler.user_id, Screen(text))
        self._cards.send(labeler.user_id)

    def remind(self, labeler: Labeler, place: Place, blocked: Blocked) -> None:
        """Queue the card of a place as a reminder, without a sound; `blocked` is done for who blocked the bot."""
        self._cards.send(labeler.user_id, place, blocked)

    async def tap(self, tap: CardTap) -> str:
        """Decide and commit a tap, and queue the card's next state.

        Returns:
            The notice that answers the tap.

        Raises:
            StorageError: Nothing was saved.
        """
        services, data = self._services, tap.data
        if not await is_asked(services, None, data):
            closed = await services.store.focus_sets.is_one(data.sample_id)
            return messages.SET_IS_OVER if closed else messages.STALE_BUTTON
        labeler = await services.labeler(tap.user_id)
        deck = await deck_at(services, labeler, data.sample_id, data.mode)
        if deck is None:
            return messages.STALE_BUTTON
        if data.action in LABELS:
            shown_at = self._shown_at(tap, labeler)
            if await comes_too_soon(services, tap.query_id, labeler.labeler_id, shown_at):
                return messages.TOO_FAST
        another, taps = services.mode(labeler) != data.mode, services.store.taps
        saves = data.action in (*LABELS, Action.SKIP.value)
        # delivered again after another question was chosen: that stands, and so does its card
        late = another and await taps.has_acted(tap.query_id)
        if late and not saves:
            return messages.ACTED_BEFORE
        if not late:
            if another or data.action == "mode":
                labeler = await services.store.labelers.choose_mode(tap.user_id, data.mode)
            if another or not saves:
                await taps.acted(tap.query_id, labeler.labeler_id, services.clock())
        labels = await self._labels(labeler, deck, data.mode)
        place: Place | None
        if data.action == "mode":
            notice, place = data.mode, await resume_place(services, labeler, data.mode)
        elif data.kind is REPEAT:
            notice, place = await self._tap_on_repeat(tap, labeler, labels)
        else:
            notice, place = await self._tap_on_item(tap, labeler, deck, labels)
        if place is not None and not late:
            await self._cards.change(labeler, tap.message_id, place)
        return notice

    async def _tap_on_item(
        self, tap: CardTap, labeler: Labeler, deck: Deck, before: Labels
    ) -> tuple[str, Place | None]:
        """Commit a tap on an ordinary card. Raises StorageError.

        Returns:
            The notice, and what the card shows next; None where it stays as it is.
        """
        services, data = self._services, tap.data
        step = apply(Action(data.action), data.row, before.by_row, deck.size)
        if step.label is None:
            if data.action == Action.SKIP.value:
                await services.store.taps.skip(self._skip(tap, labeler))
            if data.action == Action.BACK.value and data.row == 0 and deck.is_focus:
                return "", await end_of_sample(services, labeler, data.mode)
            return step.notice, Place(deck.sample_id, data.mode, step.row)
        saved = await services.store.answers.save(self._answer(tap, labeler, step.label))
        if saved.outcome is Outcome.REUSED:
            return messages.STALE_BUTTON, None
        labels = await self._labels(labeler, deck, data.mode)
        notice = saved_notice(step.label)
        if saved.outcome is Outcome.NEW:
            new, left = data.row not in before.by_row, deck.size - len(labels.by_row)
            notice = await self._notice(tap, labeler, step.notice, left, new=new)
            if new and not left and not deck.is_focus and await focus_deck(services, labeler, data.mode):
                notice = messages.more_follow(deck.size)
        return notice, await next_place(services, labeler, deck, data.mode, step.row)

    async def _tap_on_repeat(
        self, tap: CardTap, labeler: Labeler, labels: Labels
    ) -> tuple[str, Place | None]:
        """Commit a tap on a card that shows an item again. Raises StorageError.

        Returns:
            The notice, and what the card shows next; None where it stays as it is.
        """
        services, data = self._services, tap.data
        step = apply_to_repeat(Action(data.action), data.place, labels.by_row, services.size)
        notice = step.notice
        if step.label is not None:
            kept = await save_repeat(services, self._answer(tap, labeler, step.label))
            if kept is None:
                return messages.STALE_BUTTON, None
            notice = saved_notice(kept)
        elif data.action == Action.SKIP.value:
            await services.store.taps.skip(self._skip(tap, labeler))
        return notice, Place(data.sample_id, data.mode, step.row)

    async def _notice(self, tap: CardTap, labeler: Labeler, notice: str, left: int, *, new: bool) -> str:
        """Return what answers a saved label: at some new ones of a sitting how it stands, else `notice`.

        When the item had a label before (not `new`), the answer may be kept apart from the blind ones; it says so then.
        """
        services, data, marks = self._services, tap.data, self._services.store.marks
        if not new:
            whose = (data.sample_id, data.mode, labeler.labeler_id)
            if await marks.corrections_are_marked(*whose, data.row):
                # such a correction leaves the same mark as an item whose model's label was shown: asked for first
                return messages.kept_apart(notice, shown=False) if notice.startswith("Changed") else notice
            shown = data.row in await marks.shown(*whose)
            return messages.kept_apart(notice, shown=True) if shown else notice
        key = (labeler.labeler_id, data.mode)
        sitting = after_answer(self._sittings.get(key), self._shown_at(tap, labeler), services.clock())
        self._sittings[key] = sitting
        if tap.message_id is not None:
            self._receipts.labeled(Card(tap.user_id, tap.message_id), sitting.last_at)
        if not left or not is_due(sitting, services.settings.session_items):
            return notice
        return messages.how_it_stands(sitting.answers, left, sitting.pace and sitting.pace * left)

    def _shown_at(self, tap: CardTap, labeler: Labeler) -> float | None:
        """Return when the tapped item was shown, None when another one is on the card now."""
        return self._cards.shown_at(labeler, place_of(tap.data))

    def _skip(self, tap: CardTap, labeler: Labeler) -> Skip:
        return Skip(
            sample_id=tap.data.sample_id,
            mode=tap.data.mode,
            labeler_id=labeler.labeler_id,
            row_id=tap.data.row,
            tap_id=tap.query_id,
            shown_at=self._shown_at(tap, labeler),
            skipped_at=self._services.clock(),
        )

    async def _labels(self, labeler: Labeler, deck: Deck, mode: str) -> Labels:
        """Return the labeler's present labels; those of people who label now are kept in memory."""
        return await self._services.store.answers.labels(deck.sample_id, mode, labeler.labeler_id)

    def _answer(self, tap: CardTap, labeler: Labeler, label: str) -> Answer:
        data = tap.data
        return Answer(
            sample_id=data.sample_id,
            mode=data.mode,
            labeler_id=labeler.labeler_id,
            row_id=data.row,
            label=label,
            tap_id=tap.query_id,
            shown_at=self._shown_at(tap, labeler),
            answered_at=self._services.clock(),
            guide_version=self._services.guides[data.mode].version,
        )
