"""The composition root: everything is put together here, and nothing connects before.

Services (settings, store, sample, outbox, clock)
├── LabelingService     cards and answers
├── ReportService       reports and label files, made in the Worker, the process beside the bot
├── BackgroundRunner    slow work, so that nobody's tap waits
└── CommandMenus        what Telegram shows of the declared commands
"""

from __future__ import annotations

import asyncio
import logging
from types import ModuleType
from typing import Any

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.botapi.client import LabelBot
from bot.handlers import (
    adjudication,
    export,
    focus,
    groups,
    info,
    labeling,
    members,
    privacy,
    remind,
    reports,
    review,
)
from bot.handlers.command import Command
from bot.handlers.context import BotData, Context
from bot.handlers.tap import TapHandler, TapRouter
from bot.jobs.background import BackgroundRunner
from bot.jobs.labeling_service import LabelingService
from bot.jobs.menus import CommandMenus
from bot.jobs.report_service import ReportService
from bot.jobs.worker import Worker
from bot.services import Services
from bot.views import messages
from bot.views.screen import Screen

App = Application[Any, Context, Any, Any, BotData, Any]

TOPICS: tuple[ModuleType, ...] = (
    labeling,
    info,
    remind,
    export,
    reports,
    review,
    adjudication,
    focus,
    members,
    groups,
    privacy,
)
"""The modules that declare commands and buttons, in the order in which menus list them."""


def declared(topic: ModuleType, kind: type[Any]) -> list[Any]:
    """Return what a module declares of one kind, in the order of its lines."""
    return [found for found in vars(topic).values() if isinstance(found, kind)]


COMMANDS: tuple[Command, ...] = tuple(found for topic in TOPICS for found in declared(topic, Command))
TAP_HANDLERS: tuple[TapHandler, ...] = tuple(
    found for topic in TOPICS for found in declared(topic, TapHandler)
)


def build(bot: LabelBot, services: Services, worker: Worker | None = None) -> App:
    """Put the application together.

    Args:
        bot: The line to Telegram.
        services: What handlers and jobs work with.
        worker: Where reports are made; a process of its own unless given.
    """
    parts = BotData(
        services=services,
        labeling=LabelingService(services, bot),
        reports=ReportService(services, worker or Worker()),
        background=BackgroundRunner(bot),
        menus=CommandMenus(bot, [found.menu_entry for found in COMMANDS]),
    )
    types: Any = ContextTypes(context=Context, bot_data=lambda: parts)  # type: ignore[call-overload] # made once, here
    app: App = ApplicationBuilder().bot(bot).context_types(types).job_queue(None).build()
    app.add_handler(CallbackQueryHandler(TapRouter(TAP_HANDLERS)))
    for found in COMMANDS:
        app.add_handler(CommandHandler(found.name, found, filters=filters.UpdateType.MESSAGE))
    app.add_handler(ChatMemberHandler(groups.membership, ChatMemberHandler.MY_CHAT_MEMBER))
    app.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, groups.moved))
    plain = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE & ~filters.StatusUpdate.ALL
    app.add_handler(MessageHandler(plain, labeling.anything_else))
    app.add_error_handler(_answer_mistake)
    return app


async def _answer_mistake(update: object, context: Context) -> None:
    """Log a mistake of our own in a handler with its traceback, and answer a tap or a private message all the same."""
    if isinstance(context.error, asyncio.CancelledError):
        return
    logging.getLogger("labelbot").error("a handler failed", exc_info=context.error)
    if not isinstance(update, Update):
        return
    outbox = context.bot_data.services.outbox
    if update.callback_query is not None:
        outbox.answer(update.callback_query.id, messages.WENT_WRONG)
    elif update.message is not None and update.message.chat.type == ChatType.PRIVATE:
        outbox.message(update.message.chat.id, Screen(messages.WENT_WRONG))
