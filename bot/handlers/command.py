"""The door of every command: who asks, where, and what happens when something goes wrong."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from telegram import Message, Update
from telegram.constants import ChatType

from bot.botapi.outbox import keyboard
from bot.log import log_event
from bot.rules.roles import Role
from bot.services import Context, Services
from bot.views import messages
from bot.views.card import Button, Screen
from storage.errors import StorageError

GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)


@dataclass(frozen=True, slots=True)
class CommandContext:
    """A command as it came in. user_id: None for an anonymous admin of a group. thread_id: the topic.

    role: what the person may do; in a group STRANGER says nothing about whether the group is served.
    """

    services: Services
    message: Message
    chat_id: int
    user_id: int | None
    thread_id: int | None
    private: bool
    role: Role
    args: tuple[str, ...]
    context: Context

    def reply(self, text: str) -> None:
        """Queue a line of HTML into the same chat and topic."""
        self.show(Screen(text))

    def show(self, screen: Screen) -> None:
        """Queue a screen into the same chat and topic."""
        bot, chat_id, thread_id = self.context.bot, self.chat_id, self.thread_id

        async def send() -> None:
            await bot.send_message(
                chat_id,
                screen.text,
                parse_mode="HTML",
                reply_markup=keyboard(screen),
                message_thread_id=thread_id,
            )

        self.services.outbox.post(chat_id, send)


Command = Callable[[CommandContext], Awaitable[None]]
Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]


async def parse_command(update: Update, context: Context) -> CommandContext | None:
    """Who asks what where; None for what is no message of a person (a channel's post, an edit)."""
    message = update.message
    if message is None or message.chat.type not in (ChatType.PRIVATE, *GROUPS):
        return None
    services = context.services
    anonymous = message.sender_chat is not None or message.from_user is None
    user_id = None if anonymous or message.from_user is None else message.from_user.id
    return CommandContext(
        services=services,
        message=message,
        chat_id=message.chat_id,
        user_id=user_id,
        thread_id=message.message_thread_id if message.is_topic_message else None,
        private=message.chat.type == ChatType.PRIVATE,
        role=Role.STRANGER if user_id is None else await services.role(user_id),
        args=tuple(context.args or ()),
        context=context,
    )


def command(
    *, private: Role | None, group: bool = False, elsewhere: str = ""
) -> Callable[[Command], Handler]:
    """Make a handler of a command.

    private: the least role in a private chat, None when it does not work there. group: whether it works in a
    served group. elsewhere: the line for the wrong place. Strangers get one line whatever they ask.
    """

    def wrap(run: Command) -> Handler:
        @functools.wraps(run)
        async def handle(update: Update, context: Context) -> None:
            asked = await parse_command(update, context)
            if asked is None:
                return
            try:
                if await authorize(asked, private=private, group=group, elsewhere=elsewhere):
                    await run(asked)
            except StorageError as error:
                log_event("a command could not be carried out", level=logging.ERROR, reason=str(error))
                asked.reply(messages.NOT_SAVED_HERE)

        return handle

    return wrap


async def authorize(asked: CommandContext, *, private: Role | None, group: bool, elsewhere: str) -> bool:
    """Whether a command goes ahead; when not, the one line that says why is on its way."""
    if asked.private:
        if asked.role is Role.STRANGER:
            asked.reply(messages.stranger(asked.user_id or 0))
        elif private is None:
            asked.reply(elsewhere or messages.GROUP_ONLY)
        elif asked.role < private:
            asked.reply(messages.ADMINS_ONLY)
        else:
            return True
        return False
    if asked.role is Role.ADMIN:
        await asked.services.store.chats.serve(asked.chat_id, asked.services.clock())
    if not await asked.services.store.chats.is_served(asked.chat_id):
        asked.reply(messages.NOT_SERVED)
    elif not group:
        asked.show(Screen(elsewhere or messages.PRIVATE_ONLY, private_link(asked.services)))
    else:
        return True
    return False


def private_link(services: Services) -> tuple[tuple[Button, ...], ...]:
    """One button into the private chat with the bot."""
    return ((Button("Open the private chat", url=f"https://t.me/{services.username}?start=label"),),)
