"""What happens in and to groups: being added or removed, moving, and subscriptions to reports."""

from __future__ import annotations

import datetime as dtm
import logging
from collections.abc import Sequence

from telegram import ChatMember, Update

from analysis.reading.classification_file import choose
from analysis.records import ClassificationFile
from bot.handlers.command import GROUPS, ChatContext, CommandContext, command
from bot.handlers.context import Context
from bot.handlers.tap import TapContext, button
from bot.log import log_event
from bot.rules.callback_data import SUBSCRIBE
from bot.rules.cron import next_run
from bot.rules.model_choice import split_mode
from bot.rules.roles import Role
from bot.views import messages
from bot.views.model_buttons import chosen, model_choice, name_one_model
from bot.views.screen import Screen
from bot.views.text import echo
from storage.errors import StorageError
from storage.records import Subscription

GONE = (ChatMember.LEFT, ChatMember.BANNED)
CLOCKS_DIFFER = 60.0
"""Seconds by which Telegram's clock and ours may differ."""


async def membership(update: Update, context: Context) -> None:
    """Serve a group when an admin adds the bot to it, and stop when the bot is removed.

    It also stops when somebody else adds the bot: it was removed before, and Telegram keeps that update for a day only.
    """
    change = update.my_chat_member
    if change is None or change.chat.type not in GROUPS:
        return
    services = context.bot_data.services
    try:
        if not _is_inside(change.new_chat_member):
            await services.store.chats.leave(change.chat.id)
            log_event("removed from a group")
        elif await services.role(change.from_user.id) is Role.ADMIN:
            new = not await services.store.chats.is_served(change.chat.id)
            await services.store.chats.serve(change.chat.id, services.clock())
            log_event("added to a group by an admin")
            if new:
                files = await context.bot_data.reports.files()
                model = files[0].name if files else "deepseek"
                hello = Screen(messages.hello(services.username, model))
                services.outbox.message(change.chat.id, hello, silent=True)
        elif not _is_inside(change.old_chat_member):
            await services.store.chats.leave(change.chat.id, since=change.date.timestamp() - CLOCKS_DIFFER)
            log_event("added to a group by somebody who is no admin")
    except StorageError as error:
        log_event("a group was not remembered", level=logging.ERROR, reason=str(error))


def _is_inside(member: ChatMember) -> bool:
    """Return whether somebody with this standing is in the group."""
    return member.status not in GONE and getattr(member, "is_member", True)


async def moved(update: Update, context: Context) -> None:
    """Follow a group that became a supergroup: its number changes, everything else stays."""
    message = update.message
    if message is None:
        return
    old, new = message.chat.id, message.migrate_to_chat_id
    if message.migrate_from_chat_id is not None:
        old, new = message.migrate_from_chat_id, message.chat.id
    if new is not None:
        services = context.bot_data.services
        try:
            await services.store.chats.moved(old, new, services.clock())
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
        request.reply(request.told(messages.REPORTS_ARE_OFF))
        return
    files = await request.parts.reports.files()
    wanted, mode = split_mode(request.args, services.settings.modes)
    fitting = choose(files, wanted)
    if not wanted and len(files) > 1:
        request.show(model_choice("", "", [f for f in files if mode in (None, f.mode)], SUBSCRIBE))
        return
    if problem := _not_one(files, fitting, wanted, mode):
        request.reply(problem)
        return
    names = {file.name for file in fitting}
    # the whole name: a file that comes later may fit the part of one that was typed
    await _subscribe(request, names.pop() if len(names) == 1 else wanted, mode)


async def _subscribe(asked: ChatContext, model: str, mode: str | None) -> None:
    """Remember a subscription, and say when the first report comes. Raises StorageError."""
    services = asked.services
    wish = Subscription(asked.chat_id, asked.thread_id, model, mode, None)
    await services.store.chats.subscribe(wish)
    now = dtm.datetime.fromtimestamp(services.clock(), dtm.UTC)
    first = next_run(services.settings.report_cron, now, services.settings.timezone)
    asked.reply(messages.subscribed(model, mode, f"{first:%a %-d %b %H:%M %Z}"))


@button(SUBSCRIBE, failed=messages.NOT_SAVED, least=Role.ADMIN)
async def model_chosen(tap: TapContext) -> None:
    """Handle the choice of a model for scheduled reports."""
    files = await tap.named_files()
    if not files or await tap.question_is_answered():
        return
    file = files[0]
    if not tap.was_answered():
        await _subscribe(tap, file.name, file.mode)
        await tap.remember_answered()
        tap.edit(chosen(file))
    tap.answer()


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
