"""What happens in and to groups: being added or removed, moving, and subscriptions to reports."""

from __future__ import annotations

import logging

from telegram import ChatMember, Update

from analysis.reading.classification_file import choose
from bot.handlers.command import GROUPS, CommandContext, command
from bot.handlers.reports import reports_of
from bot.log import log_event
from bot.rules.model_choice import split_mode
from bot.rules.roles import Role
from bot.services import Context
from bot.views import messages
from storage.errors import StorageError
from storage.records import Subscription

GONE = (ChatMember.LEFT, ChatMember.BANNED)


async def membership(update: Update, context: Context) -> None:
    """The bot was added to a group or removed from it: an admin's group is served; removed, reports end."""
    change = update.my_chat_member
    if change is None or change.chat.type not in GROUPS:
        return
    services = context.services
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
    """A group became a supergroup: its number changes, everything else stays."""
    message = update.message
    if message is None:
        return
    old, new = message.chat.id, message.migrate_to_chat_id
    if message.migrate_from_chat_id is not None:
        old, new = message.migrate_from_chat_id, message.chat.id
    if new is not None:
        try:
            await context.services.store.chats.moved(old, new)
            log_event("a group became a supergroup")
        except StorageError as error:
            log_event("a moved group was not followed", level=logging.ERROR, reason=str(error))


def _refused(asked: CommandContext) -> bool:
    """Only admins of the bot subscribe a group; an anonymous admin of the group cannot be told from others."""
    if asked.user_id is None:
        asked.reply("I cannot see who you are. Please write as yourself, not anonymously.")
    elif asked.role is not Role.ADMIN:
        asked.reply(messages.ADMINS_ONLY)
    else:
        return False
    return True


@command(private=None, group=True, elsewhere="Reports are posted in groups: write /subscribe there.")
async def subscribe(asked: CommandContext) -> None:
    """`/subscribe [model] [mode]`: scheduled reports in this chat and topic."""
    if _refused(asked):
        return
    services, reports = asked.services, reports_of(asked.context)
    if not services.settings.report_cron:
        asked.reply("Scheduled reports are switched off: REPORT_CRON is empty.")
        return
    files = await reports.files()
    wanted, mode = split_mode(asked.args, services.settings.modes)
    fitting = choose(files, wanted)
    models = {file.model for file in fitting}
    if files and (len(models) != 1 or len({file.mode for file in fitting}) < len(fitting)):
        there = messages.echo(", ".join(sorted({file.name for file in fitting or files})[:20]), 600)
        said = (
            f"“{messages.echo(wanted)}” {'fits several' if fitting else 'fits none'}." if wanted else "Which?"
        )
        asked.reply(f"{said} Write /subscribe and a part of one name. There are: {there}.")
        return
    if mode is not None and files and mode not in {file.mode for file in fitting}:
        asked.reply(f"{messages.echo(wanted) or 'That model'} has no file for {mode}.")
        return
    names = {file.name for file in fitting}
    # the whole name: a file that comes later may fit the part of one that was typed
    whole = names.pop() if len(names) == 1 else wanted
    await services.store.chats.subscribe(Subscription(asked.chat_id, asked.thread_id, whole, mode, None))
    text = f"{whole} {mode or ''}".strip()
    asked.reply(
        f"Reports on {messages.echo(text) or 'the model'} come here from now on: the first at the next scheduled"
        " time, later ones only when something changed. /unsubscribe ends them."
    )


@command(private=None, group=True, elsewhere="Reports are posted in groups: write /unsubscribe there.")
async def unsubscribe(asked: CommandContext) -> None:
    """`/unsubscribe`: no more scheduled reports in this chat."""
    if _refused(asked):
        return
    if await asked.services.store.chats.unsubscribe(asked.chat_id):
        asked.reply("No more scheduled reports here.")
    else:
        asked.reply("There were no scheduled reports here. /subscribe starts them.")
