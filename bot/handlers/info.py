"""What somebody can ask at any time: help, the guide, how far everybody is."""

from __future__ import annotations

from bot.handlers.command import CommandContext, command
from bot.rules.roles import Role
from bot.rules.sitting import LONGEST_LOOK
from bot.services import Services
from bot.views.card import group_progress, progress
from bot.views.command_menu import group_help, private_help
from bot.views.text import together
from storage.records import Labeler, pseudonym


@command(
    "progress",
    private=Role.LABELER,
    group=Role.STRANGER,
    help="how far you are",
    group_help="how far everybody is",
)
async def show_progress(request: CommandContext) -> None:
    """`/progress`: one's own per mode; in a group everybody's by pseudonym."""
    services = request.services
    if request.private:
        labeler = await services.labeler(request.user_id)
        owner = services.owner(labeler, services.mode(labeler))
        own = await services.own_counts(labeler)
        sample_id, store = services.frozen.sample_id, services.store
        today = await store.answers.since(sample_id, labeler.labeler_id, services.midnight())
        paces = [(await _pace(services, labeler, mode, count)) for mode, count in own]
        request.show(progress(owner, own, services.size, today, paces))
        return
    counts = await services.store.answers.counts(services.frozen.sample_id)
    everybody = [
        (mode, [(pseudonym(number), count) for number, count in sorted(counts.get(mode, {}).items())])
        for mode in services.settings.modes
    ]
    request.show(group_progress(everybody, services.size))


async def _pace(services: Services, labeler: Labeler, mode: str, count: int) -> float | None:
    """Return the seconds that an item takes somebody; None when that is not known. Raises NotRead."""
    sample_id = services.frozen.sample_id
    spent = await services.store.answers.seconds_spent(sample_id, mode, labeler.labeler_id, LONGEST_LOOK)
    return spent / count if spent and count else None


@command("guide", private=Role.LABELER, group=Role.STRANGER, help="what counts as related")
async def guide(request: CommandContext) -> None:
    """`/guide`: what counts as related; in a group for every question."""
    services = request.services
    if request.private:
        labeler = await services.labeler(request.user_id)
        request.reply(services.guides[services.mode(labeler)].html())
        return
    request.reply(together([services.guides[mode].html() for mode in services.settings.modes]))


@command(
    "help",
    private=Role.LABELER,
    group=Role.STRANGER,
    help="what you can do here",
    group_help="what I can do here",
)
async def show_help(request: CommandContext) -> None:
    """`/help`: what this person can do here."""
    entries = request.parts.menus.entries
    request.reply(private_help(entries, request.role) if request.private else group_help(entries))
