"""Who takes part: invitations, the list of labelers, revoking; and what everybody may ask about themselves."""

from __future__ import annotations

import asyncio
import functools
import logging
import re
import secrets

from telegram import Update
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.handlers.command import CommandContext, command
from bot.handlers.reports import reports_of
from bot.jobs.exports import forget_metrics
from bot.jobs.menus import drop_admin_menu
from bot.log import log_event
from bot.rules.callback_data import sign, verify
from bot.rules.roles import Role
from bot.services import Context
from bot.views import messages
from bot.views.card import Button, Screen, harmless
from storage.errors import StorageError
from storage.records import Labeler

DAY = 86_400
MOST_LISTED = 60
LISTED_IN_ONE = 10
PATTERN = re.compile(r"f[abn]")
FORGET = re.compile(r"f([abn])", re.ASCII)
ASK_FIRST = "This deletes your answers in all modes and your identity here. It cannot be undone. Delete?"
LAST_ADMIN = " You are the only admin: when the bot starts next, it prints a link for a new one."
ASK_AGAIN = "Really delete all your answers, for good?"


@command(private=Role.ADMIN, elsewhere="Invitations are made in our private chat.")
async def invite(asked: CommandContext) -> None:
    """`/invite [uses] [days]`: a link that lets people in."""
    numbers = [int(word) for word in asked.args if re.fullmatch(r"[1-9][0-9]{0,3}", word)]
    if len(numbers) != len(asked.args) or len(numbers) > 2:
        asked.reply("Write /invite, or how many people and for how many days: /invite 5 14")
        return
    uses, days = (numbers + [1, 7][len(numbers) :])[:2]
    services = asked.services
    token = secrets.token_urlsafe(16)
    now = services.clock()
    await services.store.labelers.invite(token, admin=False, uses=uses, now=now, expires_at=now + days * DAY)
    people = "1 person" if uses == 1 else f"{uses} people"
    asked.reply(
        f"For {people}, within {'1 day' if days == 1 else f'{days} days'}:\n"
        f"https://t.me/{services.username}?start={token}"
    )


@command(private=Role.ADMIN, elsewhere="The list is shown in our private chat only.")
async def labelers(asked: CommandContext) -> None:
    """`/labelers`: pseudonyms with progress, and who they are, fetched now and not kept."""
    services = asked.services
    people = await services.store.labelers.everybody()
    if not people:
        asked.reply("Nobody yet. /invite makes a link.")
        return
    counts = await services.store.answers.counts(services.frozen.sample_id)
    entries = []
    for person in people[-MOST_LISTED:]:
        done = ", ".join(
            f"{mode} {counts.get(mode, {}).get(person.labeler_id, 0)}" for mode in services.settings.modes
        )
        access = await services.role(person.user_id) if person.user_id is not None else Role.STRANGER
        standing = {Role.STRANGER: " (no access)", Role.LABELER: "", Role.ADMIN: " (admin)"}[access]
        entries.append((f"<b>{person.pseudonym}</b>{standing}", person, f"{done} of {services.size}"))

    async def look_up() -> None:
        """Names are asked for one by one, which takes a while: as a task, so that nobody's tap waits."""
        lines = [f"{who} {await _who(asked, person)}\n{done}" for who, person, done in entries]
        if len(people) > MOST_LISTED:
            lines.insert(0, f"{len(people) - MOST_LISTED} earlier ones, and then")
        for start in range(0, len(lines), LISTED_IN_ONE):
            asked.reply("\n".join(lines[start : start + LISTED_IN_ONE]))

    reports_of(asked.context).start(asked.chat_id, asked.thread_id, look_up, ChatAction.TYPING)


async def _who(asked: CommandContext, person: Labeler) -> str:
    if person.user_id is None:
        return ""
    try:
        chat = await asked.context.bot.get_chat(person.user_id)
    except TelegramError:
        return f"id {person.user_id}"
    name = messages.echo(harmless(chat.full_name or ""), 40)
    return f"{name} @{chat.username}" if chat.username else f"{name} (id {person.user_id})"


@command(private=Role.ADMIN, elsewhere="That is done in our private chat.")
async def revoke(asked: CommandContext) -> None:
    """`/revoke labeler-03`: end somebody's access; the answers stay."""
    services = asked.services
    wanted = asked.args[0].lower() if len(asked.args) == 1 else ""
    people = await services.store.labelers.everybody()
    person = next((p for p in people if p.pseudonym == wanted), None)
    if person is None:
        asked.reply("Name one labeler as /labelers shows them, such as /revoke labeler-03.")
        return
    if person.user_id in services.settings.admin_ids:
        asked.reply(f"{person.pseudonym} is an admin by ADMIN_IDS: take the id out there first.")
        return
    if person.user_id == asked.user_id:
        asked.reply("That is you. Another admin can do it.")
        return
    await services.store.labelers.revoke(person.labeler_id, services.clock())
    log_event("access was ended", labeler=person.pseudonym)
    if person.admin and person.user_id is not None:
        services.outbox.post(
            asked.chat_id, functools.partial(drop_admin_menu, asked.context.bot, person.user_id)
        )
    asked.reply(
        f"{person.pseudonym} has no access any more. The answers stay; a new invitation lets them back."
    )


@command(private=Role.LABELER, elsewhere="Ask me in our private chat: /privacy")
async def privacy(asked: CommandContext) -> None:
    """`/privacy`: what is stored about the reader."""
    services = asked.services
    labeler = await services.store.labelers.by_user(asked.user_id or 0)
    if labeler is None:
        asked.reply(messages.privacy(None, 0))
        return
    history = await services.store.answers.count_of(labeler.labeler_id)
    asked.reply(messages.privacy(labeler.pseudonym, history))


@command(private=Role.LABELER, elsewhere="Ask me in our private chat: /forget")
async def forget(asked: CommandContext) -> None:
    """`/forget`: deletes all about the reader, after asking twice."""
    services = asked.services
    labeler = await services.store.labelers.by_user(asked.user_id or 0)
    if labeler is None:
        asked.reply(messages.privacy(None, 0))
        return
    people = await services.store.labelers.everybody()
    others = [p for p in people if p.admin and p.revoked_at is None and p.labeler_id != labeler.labeler_id]
    last = labeler.admin and not others and not services.settings.admin_ids
    text = ASK_FIRST + LAST_ADMIN if last else ASK_FIRST
    asked.show(Screen(text, _answers(asked.user_id or 0, "fa", "Yes, delete")))


def _answers(user_id: int, yes: str, text: str) -> tuple[tuple[Button, ...], ...]:
    return ((Button(text, sign(yes, user_id), style="danger"), Button("No, keep", sign("fn", user_id))),)


async def tapped(update: Update, context: Context) -> None:
    """An answer to whether to delete."""
    query = update.callback_query
    if query is None:
        return
    services, user_id = context.services, query.from_user.id
    if await services.role(user_id) is Role.STRANGER:
        services.outbox.answer(query.id, messages.stranger(user_id), alert=True)
        return
    found = FORGET.fullmatch(verify(query.data or "", user_id) or "")
    message = query.message
    if found is None or message is None or message.chat.id != user_id:
        services.outbox.answer(query.id, messages.STALE_BUTTON)
        return
    labeler = await services.store.labelers.by_user(user_id)
    if labeler is None:
        screen = Screen(messages.privacy(None, 0))
    elif found[1] == "n":
        screen = Screen("Nothing was deleted.")
    elif found[1] == "a":
        screen = Screen(ASK_AGAIN, _answers(user_id, "fb", "Yes, for good"))
    else:
        try:
            screen = Screen(await _delete(context, labeler))
        except StorageError as error:
            log_event("somebody was not forgotten", level=logging.ERROR, reason=str(error))
            services.outbox.answer(query.id, "Not deleted. Please tap again.", alert=True)
            return
    services.outbox.edit(user_id, message.message_id, screen)
    services.outbox.answer(query.id)


async def _delete(context: Context, labeler: Labeler) -> str:
    """Delete a labeler everywhere; what to tell them. Raises NotSaved when nothing was deleted."""
    services = context.services
    # questions that are not asked any more have files, too
    modes = {*services.settings.modes, *await services.store.answers.counts(services.frozen.sample_id)}
    card = await services.store.labelers.card(labeler.labeler_id)
    whole = await services.store.labelers.forget(labeler.labeler_id)
    log_event("somebody was forgotten", labeler=labeler.pseudonym)
    reports_of(context).forget()
    if card is not None:
        services.outbox.strip(card.chat_id, card.message_id)
    gone = "Deleted. Nothing about you is stored any more."
    if not whole:
        gone += " Traces in the database's log go when the bot is next stopped."
    folder = services.settings.output_dir
    reports = reports_of(context)

    async def rewrite() -> None:
        """Once more behind what the worker is at: that may have read the answers before they were deleted."""
        await reports.export(sorted(modes))
        await asyncio.to_thread(forget_metrics, folder, services.sample.stem, labeler.pseudonym)

    reports.start(labeler.user_id or 0, None, rewrite, ChatAction.TYPING)
    try:
        await asyncio.to_thread(forget_metrics, folder, services.sample.stem, labeler.pseudonym)
        await reports.export_at_once(sorted(modes))
    except (OSError, StorageError):
        gone += " The label files could not be rewritten; an admin has to do that."
    if until := services.backups_gone_by():
        gone += f" The last automatic backup that holds your answers is gone by {until}."
    return gone
