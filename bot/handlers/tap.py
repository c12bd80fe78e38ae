"""The door of every tap: what the button says, who tapped, and what answers them when something goes wrong.

Each kind of button (a row of `bot.rules.callback_data.KINDS`) has one handler, which may serve several kinds:

    @button(REVIEW, failed=messages.NOT_SAVED)
    async def tapped(tap: TapContext) -> None: ...

A tap is confirmed to Telegram only when its handler is done: what it commits is committed by then.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from telegram import CallbackQuery, Message, Update

from analysis.errors import AnalysisError
from analysis.records import ClassificationFile
from bot.errors import WorkStopped
from bot.handlers.command import GROUPS, ChatContext
from bot.handlers.context import BotData, Context
from bot.jobs.double_tap import comes_too_soon
from bot.log import log_event
from bot.rules.callback_data import CARD, REPEAT, CallbackData, Kind, decode
from bot.rules.model_choice import file_by_key
from bot.rules.roles import Role
from bot.services import Services
from bot.views import messages
from bot.views.screen import Rows, Screen
from bot.views.text import cut, harmless
from storage.errors import StorageError


@dataclass(frozen=True, slots=True)
class TapContext(ChatContext):
    """A tap as it came in, by somebody who may.

    Attributes:
        query_id: The callback query's own id.
        message_id: The message below which the button is; None when Telegram did not say.
        data: What the button says.
    """

    query_id: str
    message_id: int | None
    data: CallbackData

    def answer(self, text: str = "", *, alert: bool = False) -> None:
        """Answer the tap, with a notice or an alert if there is a text."""
        self.services.outbox.answer(self.query_id, text, alert=alert)

    def was_answered(self) -> bool:
        """Return whether anybody tapped the same button of the same message before, and remember this tap."""
        key = self._key(self.asked_for)
        before = key in self.parts.answered
        if not before:
            self.parts.answered[key] = self.query_id
        return before

    def forget_answered(self) -> None:
        """Let the button be tapped again, because what this tap asks for was not carried out."""
        key = self._key(self.asked_for)
        if self.parts.answered.get(key) == self.query_id:
            del self.parts.answered[key]

    def fail(self, error: Exception) -> None:
        """Answer as other requests that fail, and let the button be tapped again."""
        self.forget_answered()
        ChatContext.fail(self, error)

    @property
    def asked_for(self) -> str:
        """What the button asks for, without what it says of other buttons: `more` of `more, files gone`."""
        return self.data.action.partition(", ")[0]

    async def question_is_answered(self) -> bool:
        """Return whether this message's question was answered before, and say so then. Raises StorageError."""
        if not await self.services.store.taps.has_acted(self._question):
            return False
        self.answer(messages.ACTED_BEFORE)
        return True

    async def remember_answered(self) -> None:
        """Remember that this message's question is answered, once that is carried out. Raises StorageError."""
        labeler = await self.services.labeler(self.user_id)
        await self.services.store.taps.acted(self._question, labeler.labeler_id, self.services.clock())

    @property
    def _question(self) -> str:
        return f"message {self.chat_id} {self.message_id}"

    def gone(self) -> set[str]:
        """Return what was asked for already below this message, so that no button asks for it again.

        That is what this button asks for, what it says is gone, and what is remembered: an older button does not know
        what has happened since, and after a restart nothing is remembered.
        """
        said = self.data.action.partition(", ")[2].removesuffix(" gone")
        remembered = {action for action in self.data.kind.actions if self._key(action) in self.parts.answered}
        return remembered | {self.asked_for, said}

    def _key(self, asked_for: str) -> tuple[object, ...]:
        return (self.chat_id, self.message_id, self.data.kind.prefix, asked_for)

    def shows(self, row: int | None) -> None:
        """Remember that the message shows an item from now on, or none (None)."""
        self.parts.shown_items[self.chat_id, self.message_id] = row, self.services.clock()

    async def comes_too_soon(self, labeler_id: int) -> bool:
        """Return whether this answer comes too soon after its item was shown. Raises StorageError."""
        row, since = self.parts.shown_items.get((self.chat_id, self.message_id), (None, 0.0))
        shown_at = since if row == self.data.row else None
        return await comes_too_soon(self.services, self.query_id, labeler_id, shown_at)

    async def named_files(self) -> list[ClassificationFile]:
        """Return the models' files that the button names. If one of them is gone, say so and return none."""
        listed, keys = await self.parts.reports.files(), (self.data.file_key, self.data.other_key)
        found = [file_by_key(listed, self.data.mode, key) for key in keys if key]
        files = [file for file in found if file is not None]
        if len(files) < len(found):
            self.answer(messages.MODEL_GONE)
            return []
        return files

    def edit_buttons(self, rows: Rows) -> None:
        """Queue other buttons below the message, whose text stays."""
        if self.message_id is not None:
            self.services.outbox.set_buttons(self.chat_id, self.message_id, rows)

    def edit(self, screen: Screen) -> None:
        """Queue the message's next state."""
        if self.message_id is not None:
            self.services.outbox.edit(self.chat_id, self.message_id, screen)


@dataclass(frozen=True, slots=True)
class TapHandler:
    """What a tap on some kinds of buttons does.

    Attributes:
        kinds: The kinds.
        run: What a tap does.
        least: The least role for it.
        failed: The alert when the database refuses.
    """

    kinds: tuple[Kind, ...]
    run: Callable[[TapContext], Awaitable[None]]
    least: Role
    failed: str


def button(
    *kinds: Kind, failed: str, least: Role = Role.LABELER
) -> Callable[[Callable[[TapContext], Awaitable[None]]], TapHandler]:
    """Declare what a tap on these kinds of buttons does; see `TapHandler`."""
    return lambda run: TapHandler(kinds, run, least, failed)


class TapRouter:
    """Takes every tap to the handler of its button's kind; each is answered in any case."""

    def __init__(self, handlers: Iterable[TapHandler]) -> None:
        self._handlers = {kind.prefix: handler for handler in handlers for kind in handler.kinds}

    async def __call__(self, update: Update, context: Context) -> None:
        """Handle an update that is a tap."""
        query = update.callback_query
        if query is None:
            return
        services = context.bot_data.services
        data = decode(query.data or "", query.from_user.id)
        handler = None if data is None else self._handlers[data.kind.prefix]
        role = await services.role(query.from_user.id)
        refusal = await _refusal(services, query, data, handler, role)
        if refusal is not None or data is None or handler is None:
            text, alert = refusal or (messages.STALE_BUTTON, False)
            services.outbox.answer(query.id, text, alert=alert)
            return
        tap = _tap(context.bot_data, query, data, role)
        try:
            await handler.run(tap)
        except StorageError as error:
            tap.forget_answered()
            tap.answer(handler.failed, alert=True)
            log_event("a tap was not carried out", level=logging.ERROR, reason=str(error))
            await services.warn_admins(f"Answers cannot be saved at the moment: {error}")
        except (AnalysisError, WorkStopped) as error:
            tap.forget_answered()
            tap.answer(cut(harmless(tap.told(str(error))), 180), alert=True)


Refusal = tuple[str, bool]
"""What a refused tap is answered with, and whether as an alert."""


async def _refusal(
    services: Services,
    query: CallbackQuery,
    data: CallbackData | None,
    handler: TapHandler | None,
    role: Role,
) -> Refusal | None:
    """Return why a tap does not go ahead, None when it does. Raises StorageError."""
    message, user_id = query.message, query.from_user.id
    if message is not None and message.chat.type in GROUPS:
        if data is None or handler is None or data.kind.personal:
            return messages.PRIVATE_ONLY, False
        if not await services.store.chats.is_served(message.chat.id):
            return messages.NOT_SERVED, True
        for_admins = handler.least is Role.ADMIN and role is not Role.ADMIN
        return (messages.ADMINS_ONLY, True) if for_admins else None
    if message is not None and message.chat.id != user_id:
        return messages.STALE_BUTTON, False
    if role is Role.STRANGER and (handler is None or handler.least is not Role.STRANGER):
        return messages.stranger(user_id), True
    if data is None or handler is None or (message is None and data.kind not in (CARD, REPEAT)):
        return messages.STALE_BUTTON, False
    return (messages.ADMINS_ONLY, True) if role < handler.least else None


def _tap(parts: BotData, query: CallbackQuery, data: CallbackData, role: Role) -> TapContext:
    message = query.message
    in_topic = message if isinstance(message, Message) and message.is_topic_message else None
    return TapContext(
        parts=parts,
        chat_id=query.from_user.id if message is None else message.chat.id,
        user_id=query.from_user.id,
        private=message is None or message.chat.id == query.from_user.id,
        role=role,
        thread_id=in_topic.message_thread_id if in_topic else None,
        asking=None if message is None else message.message_id,
        query_id=query.id,
        message_id=None if message is None else message.message_id,
        data=data,
    )
