"""What happens in and to groups: being added or removed, moving, and subscriptions to reports."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from telegram import ChatMember, Update

from analysis.reading.classification_file import choose
from analysis.records import ClassificationFile
from bot.handlers.command import GROUPS, CommandContext, command
from bot.handlers.context import Context
from bot.log import log_event
from bot.rules.model_choice import split_mode
from bot.rules.roles import Role
from bot.views import messages
from bot.views.model_buttons import name_one_model
from bot.views.text import echo
from storage.errors import StorageError
from storage.records import Subscription

GONE = (ChatMember.LEFT, ChatMember.BANNED)


async def membership(update: Update, context: Context) -> None:
    """Serve a group to which an admin adds the bot; end the reports of one from which it is removed."""
    change = update.my_chat_member
    if change is None or change.chat.type not in GROUPS:
        return
    services = context.bot_data.services
    try:
        if change.new_chat_member.status in GONE:
            await services.store.chats.unsubscribe(change.chat.id)
            log_event("removed from a group")
        elif await services.role(change.from_user.id) is Role.ADMIN:
            await services.store.chats.serve(change.chat.id, services.clock())
            log_event("added to a group by an admin")
    except StorageError as error:
        log_event("a group was not remembered", level=logging.ERROR, reason=str(error))


async def moved(update: Update, context: Context) -> None:
    """Follow a group that became a supergroup: its number changes, everything else stays."""
    message = update.message
    if message is None:
        return
    old, new = message.chat.id, message.migrate_to_chat_id
    if message.migrate_from_chat_id is not None:
        old, new = message.migrate_from_chat_id, message.chat.id
    if new is not None:
        try:
            await context.bot_data.services.store.chats.moved(old, new)
            log_event("a group became a supergroup")
        except StorageError as error:
            log_event("a moved group was not followed", level=logging.ERROR, reason=str(error))


@command(
    "subscribe",
    group=Role.ADMIN,
    group_help="scheduled reports here (admins)",
    elsewhere="Reports are posted in groups: write /subscribe there.",
)
async def subscribe(request: CommandContext) -> None:
    """`/subscribe [model] [mode]`: scheduled reports in this chat and topic."""
    services = request.services
    if not services.settings.report_cron:
        request.reply("Scheduled reports are switched off: REPORT_CRON is empty.")
        return
    files = await request.parts.reports.files()
    wanted, mode = split_mode(request.args, services.settings.modes)
    fitting = choose(files, wanted)
    if problem := _not_one(files, fitting, wanted, mode):
        request.reply(problem)
        return
    names = {file.name for file in fitting}
    # the whole name: a file that comes later may fit the part of one that was typed
    whole = names.pop() if len(names) == 1 else wanted
    wish = Subscription(request.chat_id, request.thread_id, whole, mode, None)
    await services.store.chats.subscribe(wish)
    request.reply(messages.subscribed(f"{whole} {mode or ''}".strip()))


def _not_one(
    files: Sequence[ClassificationFile], fitting: Sequence[ClassificationFile], wanted: str, mode: str | None
) -> str:
    """Return why a subscription does not name one model; empty when it does, or when there is no model yet."""
    models, modes = {file.model for file in fitting}, {file.mode for file in fitting}
    if not files:
        return ""
    if len(models) != 1 or len(modes) < len(fitting):
        return name_one_model(wanted, fitting, files)
    if mode is not None and mode not in modes:
        return f"{echo(wanted) or 'That model'} has no file for {mode}."
    return ""


@command(
    "unsubscribe",
    group=Role.ADMIN,
    group_help="no more scheduled reports (admins)",
    elsewhere="Reports are posted in groups: write /unsubscribe there.",
)
async def unsubscribe(request: CommandContext) -> None:
    """`/unsubscribe`: no more scheduled reports in this chat."""
    if await request.services.store.chats.unsubscribe(request.chat_id):
        request.reply("No more scheduled reports here.")
    else:
        request.reply("There were no scheduled reports here. /subscribe starts them.")
