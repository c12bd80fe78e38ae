"""Telling Telegram what it shows of the bot by itself: command menus and the text of the empty chat."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.log import log_event
from bot.rules.roles import Role
from bot.views.command_menu import (
    DESCRIPTION,
    SHORT_DESCRIPTION,
    MenuEntry,
    group_menu,
    private_menu,
)


class CommandMenus:
    """The menus of all chats. What cannot be set is logged: the bot works without it."""

    def __init__(self, bot: ExtBot[None], entries: Sequence[MenuEntry]) -> None:
        self._bot = bot
        self.entries = tuple(entries)

    async def set_all(self, admin_ids: Iterable[int]) -> None:
        """Set everybody's menus and the descriptions."""
        everybody = [BotCommand(*entry) for entry in private_menu(self.entries, Role.LABELER)]
        groups = [BotCommand(*entry) for entry in group_menu(self.entries)]
        try:
            await self._bot.set_my_commands(everybody, scope=BotCommandScopeAllPrivateChats())
            await self._bot.set_my_commands(groups, scope=BotCommandScopeAllGroupChats())
            await self._bot.set_my_description(DESCRIPTION)
            await self._bot.set_my_short_description(SHORT_DESCRIPTION)
        except TelegramError as error:
            log_event("the menus were not set", level=logging.WARNING, reason=str(error))
        for admin in admin_ids:
            await self.set_admin(admin)

    async def set_admin(self, user_id: int) -> None:
        """Show an admin the admins' commands, too. Before they have written to the bot, this does nothing."""
        commands = [BotCommand(*entry) for entry in private_menu(self.entries, Role.ADMIN)]
        try:
            await self._bot.set_my_commands(commands, scope=BotCommandScopeChat(user_id))
        except TelegramError as error:
            log_event("an admin's menu was not set", level=logging.DEBUG, reason=str(error))

    async def drop_admin(self, user_id: int) -> None:
        """Take the admins' commands away from somebody who is none any more."""
        try:
            await self._bot.delete_my_commands(scope=BotCommandScopeChat(user_id))
        except TelegramError as error:
            log_event("an admin's menu was not taken away", level=logging.DEBUG, reason=str(error))
