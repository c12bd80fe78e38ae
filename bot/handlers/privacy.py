"""What everybody may ask about themselves: what is stored, and that it is deleted."""

from __future__ import annotations

from bot.handlers.command import CommandContext, command
from bot.handlers.context import BotData
from bot.handlers.tap import TapContext, button
from bot.jobs.deletions import delete_files, finish_deletion
from bot.log import log_event
from bot.rules.callback_data import FORGET, CallbackData, encode
from bot.rules.roles import Role
from bot.services import Services
from bot.views import messages
from bot.views.screen import Button, Rows, Screen
from storage.errors import StorageError
from storage.records import Labeler


@command(
    "privacy",
    private=Role.LABELER,
    own_data=True,
    help="what is stored about you",
    elsewhere="Ask me in our private chat: /privacy",
)
async def privacy(request: CommandContext) -> None:
    """`/privacy`: what is stored about the reader."""
    services = request.services
    labeler = await services.store.labelers.by_user(request.user_id)
    if labeler is None:
        request.reply(await _line_without_record(services, request.user_id))
        return
    answers = await services.store.answers.count_of(labeler.labeler_id)
    notes = await services.store.item_notes.count_of(labeler.labeler_id)
    repeats = services.settings.repeats > 0
    revoked = labeler.revoked_at is not None
    request.reply(messages.privacy(labeler.pseudonym, answers, notes, repeats=repeats, revoked=revoked))


async def _line_without_record(services: Services, user_id: int) -> str:
    """Return the line for somebody who is no labeler: a hash is stored, or nothing. Raises StorageError."""
    banned = await services.store.deletions.is_banned(user_id)
    return messages.HASH_STORED if banned else messages.NOTHING_STORED


@command(
    "forget",
    private=Role.LABELER,
    own_data=True,
    help="delete all about you",
    elsewhere="Ask me in our private chat: /forget",
)
async def forget(request: CommandContext) -> None:
    """`/forget`: deletes all about the reader, after asking twice."""
    services = request.services
    labeler = await services.store.labelers.by_user(request.user_id)
    if labeler is None:
        request.reply(await _line_without_record(services, request.user_id))
        return
    people = await services.store.labelers.everybody()
    others = [p for p in people if p.admin and p.revoked_at is None and p.labeler_id != labeler.labeler_id]
    last = labeler.admin and not others and not services.settings.admin_ids
    text = messages.FORGET_ASK_FIRST + (messages.FORGET_LAST_ADMIN if last else "")
    request.show(Screen(text, _yes_or_no(labeler, "first yes", "Yes, delete")))


def _yes_or_no(labeler: Labeler, action: str, text: str) -> Rows:
    asked = (CallbackData(FORGET, each, row=labeler.labeler_id) for each in (action, "no"))
    yes, no = (encode(each, labeler.user_id) for each in asked)
    return ((Button(text, yes, style="danger"), Button("No, keep", no)),)


@button(FORGET, failed="Not deleted. Please tap again.", least=Role.STRANGER)
async def tapped(tap: TapContext) -> None:
    """Handle an answer to the first or the second question whether to delete."""
    labeler = await tap.services.store.labelers.by_user(tap.user_id)
    if labeler is None:
        screen = Screen(await _line_without_record(tap.services, tap.user_id))
    elif labeler.labeler_id != tap.data.row:  # they were forgotten, and have come back since
        tap.answer(messages.ACTED_BEFORE)
        return
    elif await tap.question_is_answered():
        return
    elif tap.data.action == "no":
        await tap.remember_answered()
        screen = Screen("Nothing was deleted.")
    elif tap.data.action == "first yes":
        screen = Screen(messages.FORGET_ASK_AGAIN, _yes_or_no(labeler, "second yes", "Yes, for good"))
    else:
        screen = Screen(await _delete(tap.parts, labeler))
    tap.edit(screen)
    tap.answer()


async def _delete(parts: BotData, labeler: Labeler) -> str:
    """Delete a labeler everywhere and return what to tell them. Raises StorageError when nothing was deleted."""
    services, reports = parts.services, parts.reports
    whole = await services.store.labelers.forget(labeler.labeler_id)
    log_event("somebody was forgotten", labeler=labeler.pseudonym)
    reports.forget()
    owed = [one for one in await services.store.deletions.owed() if one.pseudonym == labeler.pseudonym]
    left = messages.NOTHING_STORED_ANY_MORE if labeler.revoked_at is None else messages.HASH_STORED
    told = [f"Deleted. {left}"]
    if not whole:
        told.append("Traces in the database's log go when the bot is next stopped.")

    async def finish() -> None:
        """Delete the files once more after the job that the worker is at: it may have read the answers before."""
        await reports.export(services.settings.modes)
        for one in owed:
            await finish_deletion(services, one)

    try:
        for one in owed:
            await delete_files(services, one)
    except (OSError, StorageError):
        told.append("The label files could not be rewritten yet: that is tried again at the next start.")
    parts.background.start(labeler.user_id, None, finish, "typing")
    if until := services.backups_gone_by():
        told.append(f"The last automatic backup that holds your answers is gone by {until}.")
    return " ".join(told)
