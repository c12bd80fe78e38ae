"""Labeling: the card and its buttons, the choice of the question, and what is typed without being a command."""

from __future__ import annotations

import functools
import logging

from telegram import Update

from bot.handlers.command import PLAIN_START, CommandContext, command, parse_command
from bot.handlers.context import Context
from bot.handlers.tap import TapContext, button
from bot.jobs.labeling_service import CardTap
from bot.jobs.notes import Reply, keep_note
from bot.log import log_event
from bot.rules.callback_data import CARD, REPEAT
from bot.rules.roles import Role
from bot.views import messages
from bot.views.card import mode_choice
from storage.errors import StorageError


@command("start", private=Role.STRANGER, elsewhere=messages.PRIVATE_ONLY)
async def start(request: CommandContext) -> None:
    """`/start`: the card; with an invitation, join first."""
    token = request.args[0] if request.args else PLAIN_START
    if token != PLAIN_START and request.role is not Role.ADMIN:  # an admin does not use up an invitation
        if not await _accept(request, token):
            return
    elif request.role is Role.STRANGER:
        refusal = messages.stranger if await request.services.has_admin() else messages.without_admin
        request.reply(refusal(request.user_id))
        return
    await _open_card(request)


async def _accept(request: CommandContext, token: str) -> bool:
    """Accept an invitation and say what comes of it; return whether its holder may label. Raises StorageError."""
    services = request.services
    makes_admin = await services.store.labelers.accept(request.user_id, token, services.clock())
    if makes_admin is None:
        was_in = request.role is not Role.STRANGER
        request.reply(messages.IN_ALREADY if was_in else messages.bad_invitation(request.user_id))
        return was_in
    log_event("an invitation was accepted", admin=makes_admin)
    if makes_admin:
        request.reply(messages.ADMIN_NOW)
        _set_admin_menu(request)
    return True


@command("label", private=Role.LABELER, help="go on labeling", group_help="label in our private chat")
async def label(request: CommandContext) -> None:
    """`/label [mode]`: a fresh card where the session goes on; with a mode named, in that one."""
    mode = request.named_mode()
    if mode is None:
        return
    if mode:
        await request.services.labeler(request.user_id)  # it makes the record, if there is none yet
        await request.services.store.labelers.choose_mode(request.user_id, mode)
    await _open_card(request)


async def _open_card(request: CommandContext) -> None:
    await request.parts.reports.end_changed_focus()
    labeler = await request.services.labeler(request.user_id)
    await request.parts.labeling.open_card(labeler)
    if not labeler.welcomed and await request.services.role(request.user_id) is Role.ADMIN:
        _set_admin_menu(request)  # at the start of the bot there may have been no chat to set it in


def _set_admin_menu(request: CommandContext) -> None:
    set_menu = functools.partial(request.parts.menus.set_admin, request.user_id)
    request.services.outbox.post(request.chat_id, set_menu)


@command("mode", private=Role.LABELER, help="choose the question", elsewhere=messages.PRIVATE_ONLY)
async def mode(request: CommandContext) -> None:
    """`/mode [mode]`: the questions to choose from; with one named, its card, as `/label` does."""
    if request.args:
        await label.run(request)
        return
    services = request.services
    labeler = await services.labeler(request.user_id)
    owner = services.owner(labeler, services.mode(labeler))
    request.show(mode_choice(owner, await services.own_counts(labeler), services.size))


@button(CARD, REPEAT, failed=messages.NOT_SAVED)
async def tapped(tap: TapContext) -> None:
    """Handle a tap on a card: the label is committed before the tap is answered."""
    tap.answer(await tap.parts.labeling.tap(CardTap(tap.query_id, tap.user_id, tap.message_id, tap.data)))


async def anything_else(update: Update, context: Context) -> None:
    """Answer what is written in a private chat and is no command of ours: a note on an item, or one line that helps."""
    try:
        request = await parse_command(update, context)
    except StorageError as error:
        log_event("a message was not answered", level=logging.ERROR, reason=str(error))
        return
    if request is None or not request.private:
        return
    if request.role is Role.STRANGER:
        request.reply(messages.stranger(request.user_id))
        return
    reply = _reply_to_us(request)
    if reply is None:
        typed = request.message.text or ""
        request.reply(messages.NO_COMMAND if typed.startswith("/") else messages.TAP_OR_LABEL)
        return
    try:
        request.reply(await keep_note(request.services, reply))
    except StorageError as error:
        log_event("a note was not kept", level=logging.ERROR, reason=str(error))
        request.reply(messages.NOT_SAVED_HERE)


def _reply_to_us(request: CommandContext) -> Reply | None:
    """Return a reply to a message of a bot; None for anything else, and for a reply that looks like a command."""
    message = request.message
    replied, text = message.reply_to_message, message.text or ""
    if replied is None or replied.from_user is None or not replied.from_user.is_bot or text.startswith("/"):
        return None
    markup = replied.reply_markup
    buttons = [button for row in (markup.inline_keyboard if markup else ()) for button in row]
    data = tuple(str(button.callback_data) for button in buttons if button.callback_data)
    return Reply(request.user_id, message.message_id, text, data)
