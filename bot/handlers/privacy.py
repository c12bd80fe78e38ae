"""What everybody may ask about themselves: what is stored, and that it is deleted."""

from __future__ import annotations

import asyncio

from bot.handlers.command import CommandContext, Rows, command
from bot.handlers.context import BotData
from bot.handlers.tap import TapContext, button
from bot.jobs.exports import forget_metrics
from bot.log import log_event
from bot.rules.callback_data import FORGET, CallbackData, encode
from bot.rules.roles import Role
from bot.views import messages
from bot.views.screen import Button, Screen
from storage.errors import StorageError
from storage.records import Labeler


@command(
    "privacy",
    private=Role.LABELER,
    help="what is stored about you",
    elsewhere="Ask me in our private chat: /privacy",
)
async def privacy(request: CommandContext) -> None:
    """`/privacy`: what is stored about the reader."""
    store = request.services.store
    labeler = await store.labelers.by_user(request.user_id)
    if labeler is None:
        request.reply(messages.NOTHING_STORED)
        return
    request.reply(messages.privacy(labeler.pseudonym, await store.answers.count_of(labeler.labeler_id)))


@command(
    "forget",
    private=Role.LABELER,
    help="delete all about you",
    elsewhere="Ask me in our private chat: /forget",
)
async def forget(request: CommandContext) -> None:
    """`/forget`: deletes all about the reader, after asking twice."""
    services = request.services
    labeler = await services.store.labelers.by_user(request.user_id)
    if labeler is None:
        request.reply(messages.NOTHING_STORED)
        return
    people = await services.store.labelers.everybody()
    others = [p for p in people if p.admin and p.revoked_at is None and p.labeler_id != labeler.labeler_id]
    last = labeler.admin and not others and not services.settings.admin_ids
    text = messages.FORGET_ASK_FIRST + (messages.FORGET_LAST_ADMIN if last else "")
    request.show(Screen(text, _yes_or_no(request.user_id, "first yes", "Yes, delete")))


def _yes_or_no(user_id: int, action: str, text: str) -> Rows:
    yes, no = (encode(CallbackData(FORGET, each), user_id) for each in (action, "no"))
    return ((Button(text, yes, style="danger"), Button("No, keep", no)),)


@button(FORGET, failed="Not deleted. Please tap again.")
async def tapped(tap: TapContext) -> None:
    """Handle an answer to whether to delete."""
    labeler = await tap.services.store.labelers.by_user(tap.user_id)
    if labeler is None:
        screen = Screen(messages.NOTHING_STORED)
    elif tap.data.action == "no":
        screen = Screen("Nothing was deleted.")
    elif tap.data.action == "first yes":
        screen = Screen(messages.FORGET_ASK_AGAIN, _yes_or_no(tap.user_id, "second yes", "Yes, for good"))
    else:
        screen = Screen(await _delete(tap.parts, labeler))
    tap.edit(screen)
    tap.answer()


async def _delete(parts: BotData, labeler: Labeler) -> str:
    """Delete a labeler everywhere and return what to tell them. Raises StorageError when nothing was deleted."""
    services, reports = parts.services, parts.reports
    # questions that are not asked any more have files, too
    modes = sorted(
        {*services.settings.modes, *await services.store.answers.counts(services.frozen.sample_id)}
    )
    card = await services.store.labelers.card(labeler.labeler_id)
    whole = await services.store.labelers.forget(labeler.labeler_id)
    log_event("somebody was forgotten", labeler=labeler.pseudonym)
    reports.forget()
    if card is not None:
        services.outbox.strip(card.chat_id, card.message_id)
    told = ["Deleted. Nothing about you is stored any more."]
    if not whole:
        told.append("Traces in the database's log go when the bot is next stopped.")

    async def delete_metrics() -> None:
        folder, stem = services.settings.output_dir, services.sample.stem
        await asyncio.to_thread(forget_metrics, folder, stem, labeler.pseudonym)

    async def rewrite_again() -> None:
        """Rewrite the files behind what the worker is at, which may have read the answers before they were deleted."""
        await reports.export(modes)
        await delete_metrics()

    parts.background.start(labeler.user_id, None, rewrite_again, "typing")
    try:
        await delete_metrics()
        await reports.export_at_once(modes)
    except (OSError, StorageError):
        told.append("The label files could not be rewritten; an admin has to do that.")
    if until := services.backups_gone_by():
        told.append(f"The last automatic backup that holds your answers is gone by {until}.")
    return " ".join(told)
