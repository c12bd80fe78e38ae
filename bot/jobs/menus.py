"""What Telegram shows of the bot by itself: command menus and the text of the empty chat."""

from __future__ import annotations

import logging
from collections.abc import Iterable

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
from bot.views.messages import GROUP_HELP, PRIVATE_HELP

DESCRIPTION = (
    "Read a short description, tap Related or Not Related, and the next one comes.\n\n"
    "Every tap is saved at once; stop and go on whenever you like."
)
SHORT_DESCRIPTION = "Label short texts by tapping, and see how well a language model agrees."


def private_commands(role: Role) -> list[BotCommand]:
    """The command menu of a private chat."""
    return [BotCommand(name, what) for least, name, what in PRIVATE_HELP if role >= least]


async def set_menus(bot: ExtBot[None], admin_ids: Iterable[int]) -> None:
    """Tell Telegram the menus and descriptions. What fails is logged: the bot works without."""
    everybody = private_commands(Role.LABELER)
    groups = [BotCommand(name, what) for name, what in GROUP_HELP]
    try:
        await bot.set_my_commands(everybody, scope=BotCommandScopeAllPrivateChats())
        await bot.set_my_commands(groups, scope=BotCommandScopeAllGroupChats())
        await bot.set_my_description(DESCRIPTION)
        await bot.set_my_short_description(SHORT_DESCRIPTION)
    except TelegramError as error:
        log_event("the menus were not set", level=logging.WARNING, reason=str(error))
    for admin in admin_ids:
        await set_admin_menu(bot, admin)


async def set_admin_menu(bot: ExtBot[None], user_id: int) -> None:
    """Show an admin the admins' commands, too; fails harmlessly before they have written to the bot."""
    try:
        await bot.set_my_commands(private_commands(Role.ADMIN), scope=BotCommandScopeChat(user_id))
    except TelegramError as error:
        log_event("an admin's menu was not set", level=logging.DEBUG, reason=str(error))


async def drop_admin_menu(bot: ExtBot[None], user_id: int) -> None:
    """Take the admins' commands away from somebody who is none any more."""
    try:
        await bot.delete_my_commands(scope=BotCommandScopeChat(user_id))
    except TelegramError as error:
        log_event("an admin's menu was not taken away", level=logging.DEBUG, reason=str(error))
