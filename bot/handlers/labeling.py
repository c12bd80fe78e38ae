"""Commands of the private chat, and those that mean the same to one person and to a group."""

from __future__ import annotations

import asyncio
import functools
import logging
from pathlib import Path

from telegram import InputFile, Update
from telegram.constants import ChatAction

from bot.handlers.command import GROUPS, CommandContext, command, parse_command
from bot.handlers.reports import reports_of
from bot.jobs.labeling_service import Labeling, Tap
from bot.jobs.menus import set_admin_menu
from bot.log import log_event
from bot.rules.roles import Role
from bot.services import Context
from bot.views import messages
from bot.views.card import group_progress, mode_choice, progress
from storage.errors import StorageError
from storage.records import pseudonym

PLAIN_START = "label"
"""What our own link into the private chat carries instead of an invitation."""


def labeling_of(context: Context) -> Labeling:
    """The labeling conversation that `bot.app` put together."""
    found = context.application.bot_data["labeling"]
    assert isinstance(found, Labeling)  # noqa: S101 - put there by bot.app, nobody else
    return found


async def start(update: Update, context: Context) -> None:
    """`/start`: the card; with an invitation, join first."""
    asked = await parse_command(update, context)
    if asked is None:
        return
    token = asked.args[0] if asked.args else ""
    if asked.role is Role.ADMIN or not asked.private or not token or token == PLAIN_START:
        await label(update, context)  # an admin who tries an invitation does not use it up
        return
    assert asked.user_id is not None  # noqa: S101 - a private chat has a person
    services = asked.services
    try:
        accepted = await services.store.labelers.accept(asked.user_id, token, services.clock())
    except StorageError as error:
        log_event("an invitation was not accepted", level=logging.ERROR, reason=str(error))
        asked.reply(messages.NOT_SAVED_HERE)
        return
    if accepted is not None:
        log_event("an invitation was accepted", admin=accepted.admin)
        if accepted.admin:
            asked.reply("You are an admin of this bot now. /help shows what you can do.")
            services.outbox.post(asked.chat_id, functools.partial(set_admin_menu, context.bot, asked.chat_id))
        await label(update, context)
    elif asked.role is Role.STRANGER:
        asked.reply(messages.bad_invitation(asked.user_id))
    else:
        asked.reply("This invitation is not valid (any more), but you are in already.")
        await label(update, context)


@command(private=Role.LABELER, elsewhere=messages.PRIVATE_ONLY)
async def label(asked: CommandContext) -> None:
    """`/label`: a fresh card where the session goes on."""
    labeler = await asked.services.labeler(asked.user_id or 0)
    await labeling_of(asked.context).open_card(labeler, asked.chat_id)
    if asked.role is Role.ADMIN and not labeler.welcomed:
        # at the start of the bot there may have been no chat to set it in
        menu = functools.partial(set_admin_menu, asked.context.bot, asked.chat_id)
        asked.services.outbox.post(asked.chat_id, menu)


@command(private=Role.LABELER, elsewhere=messages.PRIVATE_ONLY)
async def mode(asked: CommandContext) -> None:
    """`/mode`: the questions to choose from."""
    services = asked.services
    labeler = await services.labeler(asked.user_id or 0)
    reader = services.reader(labeler, services.mode(labeler))
    asked.show(mode_choice(reader, await _own_counts(asked, labeler.labeler_id), services.size))


@command(private=Role.LABELER, group=True)
async def show_progress(asked: CommandContext) -> None:
    """`/progress`: one's own per mode; in a group everybody's by pseudonym."""
    services = asked.services
    if asked.private:
        labeler = await services.labeler(asked.user_id or 0)
        asked.show(progress(await _own_counts(asked, labeler.labeler_id), services.size))
        return
    counts = await services.store.answers.counts(services.frozen.sample_id)
    everybody = [
        (mode, [(pseudonym(number), count) for number, count in sorted(counts.get(mode, {}).items())])
        for mode in services.settings.modes
    ]
    asked.show(group_progress(everybody, services.size))


async def _own_counts(asked: CommandContext, labeler_id: int) -> list[tuple[str, int]]:
    answers, sample_id = asked.services.store.answers, asked.services.frozen.sample_id
    modes = asked.services.settings.modes
    return [(mode, len((await answers.labels(sample_id, mode, labeler_id)).by_row)) for mode in modes]


@command(private=Role.LABELER, group=True)
async def guide(asked: CommandContext) -> None:
    """`/guide`: what counts as related; in a group for every question."""
    services = asked.services
    if asked.private:
        labeler = await services.labeler(asked.user_id or 0)
        asked.reply(services.guides[services.mode(labeler)].html())
        return
    for text in [services.guides[name].html() for name in services.settings.modes]:
        asked.reply(text)


@command(private=Role.LABELER, group=True)
async def save_now(asked: CommandContext) -> None:
    """`/export`: write the files, and send the reader's own labels, or in a group the consensus."""

    async def work() -> None:
        try:
            await _save_and_send(asked)
        except OSError as error:
            log_event("the export failed", level=logging.ERROR, reason=error.strerror or type(error).__name__)
            asked.reply(
                f"The files cannot be written: {messages.echo(error.strerror or 'unknown reason')}."
                " The labels themselves are safe. An admin should check OUTPUT_DIR."
            )
        except StorageError as error:
            log_event("the export failed", level=logging.ERROR, reason=str(error))
            asked.reply(messages.NOT_SAVED_HERE)

    # as a task of its own: with many labelers it takes seconds, and nobody's tap should wait for it
    reports_of(asked.context).start(asked.chat_id, asked.thread_id, work, ChatAction.UPLOAD_DOCUMENT)


async def _save_and_send(asked: CommandContext) -> None:
    services = asked.services
    written = await reports_of(asked.context).export(services.settings.modes)
    if asked.private:
        labeler = await services.labeler(asked.user_id or 0)
        current = services.mode(labeler)
        own = written.own.get(current, {}).get(labeler.pseudonym)
        files = {current: own} if own is not None else {}
        nothing = f"You have labeled nothing in {current} yet. /label starts."
    else:
        files = dict(written.consensus)
        nothing = "Nobody has labeled anything yet."
    if not files:
        asked.reply(nothing)
    for name, path in files.items():
        _send_document(asked, path, f"{name}: {'your labels' if asked.private else 'what most labelers say'}")


def _send_document(asked: CommandContext, path: Path, caption: str) -> None:
    bot, chat_id, thread_id = asked.context.bot, asked.chat_id, asked.thread_id

    async def send() -> None:
        content = await asyncio.to_thread(path.read_bytes)
        await bot.send_document(
            chat_id,
            InputFile(content, filename=path.name),
            caption=caption,
            message_thread_id=thread_id,
        )

    asked.services.outbox.post(chat_id, send)


async def show_help(update: Update, context: Context) -> None:
    """`/help`: what this person can do here."""
    asked = await parse_command(update, context)
    if asked is None:
        return
    if asked.private and asked.role is not Role.STRANGER:
        asked.reply(messages.private_help(asked.role))
        return
    await group_help(update, context)


@command(private=None, group=True)
async def group_help(asked: CommandContext) -> None:
    """`/help` in a group."""
    asked.reply(messages.group_help())


async def anything_else(update: Update, context: Context) -> None:
    """What is typed in a private chat and is no command of ours: one line that helps."""
    asked = await parse_command(update, context)
    if asked is None or not asked.private:
        return
    if asked.role is Role.STRANGER:
        asked.reply(messages.stranger(asked.user_id or 0))
    else:
        typed = asked.message.text or ""
        asked.reply(messages.NO_COMMAND if typed.startswith("/") else messages.TAP_OR_LABEL)


async def tapped(update: Update, context: Context) -> None:
    """A tap on a button of a private card."""
    query = update.callback_query
    if query is None:
        return
    message = query.message
    if message is not None and message.chat.type in GROUPS:
        context.services.outbox.answer(query.id, messages.PRIVATE_ONLY)
        return
    if message is not None and message.chat.id != query.from_user.id:
        context.services.outbox.answer(query.id, messages.STALE_BUTTON)
        return
    await labeling_of(context).tap(
        Tap(
            query_id=query.id,
            user_id=query.from_user.id,
            chat_id=query.from_user.id,
            message_id=None if message is None else message.message_id,
            data=query.data or "",
        )
    )
