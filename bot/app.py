"""The composition root: everything is put together here, and nothing connects before."""

from __future__ import annotations

import asyncio
import logging
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
from bot.handlers import adjudication, groups, labeling, members, reports, review
from bot.jobs.labeling_service import Labeling
from bot.jobs.report_service import Reports
from bot.services import Context, Services
from bot.views import messages

App = Application[Any, Context, Any, Any, Any, Any]

COMMANDS = {
    "start": labeling.start,
    "label": labeling.label,
    "mode": labeling.mode,
    "progress": labeling.show_progress,
    "guide": labeling.guide,
    "export": labeling.save_now,
    "help": labeling.show_help,
    "metrics": reports.metrics,
    "compare": reports.compare,
    "agreement": reports.agreement,
    "review": review.review,
    "adjudicate": adjudication.adjudicate,
    "invite": members.invite,
    "labelers": members.labelers,
    "revoke": members.revoke,
    "privacy": members.privacy,
    "forget": members.forget,
    "subscribe": groups.subscribe,
    "unsubscribe": groups.unsubscribe,
}


def build(bot: LabelBot) -> App:
    """The application with all its handlers, without services yet: `attach` brings them."""
    builder = ApplicationBuilder().bot(bot).context_types(ContextTypes(context=Context)).job_queue(None)
    app: App = builder.build()
    app.add_handler(CallbackQueryHandler(reports.tapped, pattern=reports.PATTERN))
    app.add_handler(CallbackQueryHandler(review.tapped, pattern=review.PATTERN))
    app.add_handler(CallbackQueryHandler(adjudication.tapped, pattern=adjudication.PATTERN))
    app.add_handler(CallbackQueryHandler(members.tapped, pattern=members.PATTERN))
    app.add_handler(CallbackQueryHandler(labeling.tapped))  # the last for taps, before what reads messages
    for name, handler in COMMANDS.items():
        app.add_handler(CommandHandler(name, handler, filters=filters.UpdateType.MESSAGE))
    app.add_handler(ChatMemberHandler(groups.membership, ChatMemberHandler.MY_CHAT_MEMBER))
    app.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, groups.moved))
    plain = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE & ~filters.StatusUpdate.ALL
    app.add_handler(MessageHandler(plain, labeling.anything_else))
    app.add_error_handler(_log_error)
    return app


def attach(app: App, services: Services) -> None:
    """Give the handlers what they work with."""
    app.bot_data["services"] = services
    app.bot_data["labeling"] = Labeling(services, app.bot)
    app.bot_data["reports"] = Reports(services, app.bot)


async def _log_error(update: object, context: Context) -> None:
    """A mistake of ours in a handler: into the log with its traceback, and the tap is answered all the same."""
    if isinstance(context.error, asyncio.CancelledError):
        return
    logging.getLogger("labelbot").error("a handler failed", exc_info=context.error)
    if not isinstance(update, Update):
        return
    if update.callback_query is not None:
        context.services.outbox.answer(update.callback_query.id, messages.WENT_WRONG)
    elif update.message is not None and update.message.chat.type == ChatType.PRIVATE:
        chat_id = update.message.chat.id
        context.services.outbox.post(chat_id, lambda: context.bot.send_message(chat_id, messages.WENT_WRONG))
