"""Who takes part: invitations, the list of labelers, revoking."""

from __future__ import annotations

import functools
import re
import secrets

from telegram.error import TelegramError

from bot.handlers.command import ChatContext, CommandContext, command
from bot.handlers.tap import TapContext, button
from bot.log import log_event
from bot.rules.callback_data import REVOKE
from bot.rules.roles import Role
from bot.views import messages
from bot.views.members import revoke_question
from bot.views.screen import Screen
from bot.views.text import counted, echo, harmless
from storage.records import Labeler, pseudonym

DAY = 86_400
MOST_LISTED = 60
LISTED_IN_ONE = 10
STANDING = {Role.STRANGER: " (no access)", Role.LABELER: "", Role.ADMIN: " (admin)"}


@command(
    "invite",
    private=Role.ADMIN,
    help="a link that lets people in",
    elsewhere="Invitations are made in our private chat.",
)
async def invite(request: CommandContext) -> None:
    """`/invite [uses] [days]`: a link that lets people in."""
    numbers = [int(word) for word in request.args if re.fullmatch(r"[1-9][0-9]{0,3}", word)]
    if len(numbers) != len(request.args) or len(numbers) > 2:
        request.reply(messages.HOW_TO_INVITE)
        return
    uses = numbers[0] if numbers else 1
    days = numbers[1] if len(numbers) > 1 else 7
    services = request.services
    token = secrets.token_urlsafe(16)
    now = services.clock()
    await services.store.labelers.invite(token, admin=False, uses=uses, now=now, expires_at=now + days * DAY)
    request.reply(
        f"For {counted(uses, 'person', 'people')}, within {counted(days, 'day')}:\n"
        f"https://t.me/{services.username}?start={token}"
    )


@command(
    "labelers",
    private=Role.ADMIN,
    help="who labels",
    elsewhere="The list is shown in our private chat only.",
)
async def labelers(request: CommandContext) -> None:
    """`/labelers`: pseudonyms with progress, and who they are, fetched now and not kept."""
    services = request.services
    people = await services.store.labelers.everybody()
    if not people:
        request.reply("Nobody yet. /invite makes a link.")
        return
    counts = await services.store.answers.counts(services.frozen.sample_id)
    entries = []
    for person in people[-MOST_LISTED:]:
        done = ", ".join(
            f"{mode} {counts.get(mode, {}).get(person.labeler_id, 0)}" for mode in services.settings.modes
        )
        standing = STANDING[await services.role(person.user_id)]
        entries.append((f"<b>{person.pseudonym}</b>{standing}", person, f"{done} of {services.size}"))

    async def look_up() -> None:
        lines = [f"{who} {await _name_of(request, person)}\n{done}" for who, person, done in entries]
        if len(people) > MOST_LISTED:
            lines.insert(0, f"{len(people) - MOST_LISTED} earlier ones, and then")
        for start in range(0, len(lines), LISTED_IN_ONE):
            request.reply("\n".join(lines[start : start + LISTED_IN_ONE]))

    # names are asked for one by one, which takes a while: nobody's tap waits for it
    request.start(look_up)


async def _name_of(request: CommandContext, person: Labeler) -> str:
    try:
        chat = await request.message.get_bot().get_chat(person.user_id)
    except TelegramError:
        return f"id {person.user_id}"
    name = echo(harmless(chat.full_name or ""), 40)
    return f"{name} @{chat.username}" if chat.username else f"{name} (id {person.user_id})"


@command(
    "revoke",
    private=Role.ADMIN,
    help="end somebody's access",
    elsewhere="That is done in our private chat.",
)
async def revoke(request: CommandContext) -> None:
    """`/revoke labeler-03`: end somebody's access, after asking; the answers stay."""
    wanted = request.args[0].lower() if len(request.args) == 1 else ""
    person = await _revocable(request, wanted)
    if isinstance(person, str):
        request.reply(person)
    else:
        request.show(revoke_question(request.user_id, person.labeler_id, person.pseudonym))


async def _revocable(asked: ChatContext, wanted: str) -> Labeler | str:
    """Return the labeler with a pseudonym, or the line that says why that access cannot be ended. Raises NotRead."""
    people = await asked.services.store.labelers.everybody()
    person = next((person for person in people if person.pseudonym == wanted), None)
    if person is None:
        return messages.no_such_labeler(wanted) if wanted else messages.NAME_A_LABELER
    if person.user_id in asked.services.settings.admin_ids:
        return f"{person.pseudonym} is an admin by the settings. Take the id out of ADMIN_IDS first."
    if person.user_id == asked.user_id:
        return "That is you. Another admin can do it."
    return person


@button(REVOKE, failed="Not done. Please tap again.", least=Role.ADMIN)
async def revoke_tapped(tap: TapContext) -> None:
    """Handle the answer to the question whether somebody's access should end."""
    services, wanted = tap.services, pseudonym(tap.data.row)
    if await tap.question_is_answered():
        return
    person = await _revocable(tap, wanted)
    if isinstance(person, str) or tap.data.action == "no":
        await tap.remember_answered()
        tap.edit(Screen(person if isinstance(person, str) else f"{wanted} keeps access."))
        tap.answer()
        return
    by = None if tap.user_id in services.settings.admin_ids else tap.user_id
    if await services.store.labelers.revoke(person.labeler_id, services.clock(), by=by) is None:
        tap.answer(messages.ADMINS_ONLY, alert=True)
        return
    await services.store.reminders.end(person.labeler_id)
    log_event("access was ended", labeler=person.pseudonym)
    if person.admin:
        drop_menu = functools.partial(tap.parts.menus.drop_admin, person.user_id)
        services.outbox.post(tap.chat_id, drop_menu)
    await tap.remember_answered()
    tap.edit(Screen(messages.revoked(person.pseudonym)))
    tap.answer()
