"""What somebody can ask at any time: help, the guide, how far everybody is."""

from __future__ import annotations

from bot.handlers.command import CommandContext, command
from bot.jobs.places import unfinished_place
from bot.rules.roles import Role
from bot.rules.sitting import LONGEST_LOOK
from bot.views.card import group_progress, progress
from bot.views.command_menu import group_help, private_help
from bot.views.screen import Screen
from bot.views.text import together
from storage.records import pseudonym


@command(
    "progress",
    private=Role.LABELER,
    group=Role.STRANGER,
    help="how far you are",
    group_help="how far everybody is",
)
async def show_progress(request: CommandContext) -> None:
    """`/progress`: the reader's own in each mode; in a group everybody's, by pseudonym."""
    services = request.services
    if request.private:
        request.show(await _own_progress(request))
        return
    counts = await services.store.answers.counts(services.frozen.sample_id)
    everybody = [
        (mode, [(pseudonym(number), count) for number, count in sorted(counts.get(mode, {}).items())])
        for mode in services.settings.modes
    ]
    request.show(group_progress(everybody, services.size))


async def _own_progress(request: CommandContext) -> Screen:
    services = request.services
    labeler = await services.labeler(request.user_id)
    who, sample_id, answers = labeler.labeler_id, services.frozen.sample_id, services.store.answers
    own = await services.own_counts(labeler)
    midnight = services.midnight(await services.zone(who))
    today = await answers.since(sample_id, who, midnight)
    paces = [await answers.pace(sample_id, mode, who, LONGEST_LOOK) for mode, _ in own]
    following = await unfinished_place(services, labeler)
    owner = services.owner(labeler, following.mode if following else services.mode(labeler))
    return progress(owner, own, services.size, today, paces, over=following is None)


@command("guide", private=Role.LABELER, group=Role.STRANGER, help="what counts as related")
async def guide(request: CommandContext) -> None:
    """`/guide`: what counts as related, in the reader's mode; in a group in every mode."""
    services = request.services
    if request.private:
        labeler = await services.labeler(request.user_id)
        request.reply(services.guides[services.mode(labeler)].html())
        return
    request.reply(together([services.guides[mode].folded() for mode in services.settings.modes]))


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
