"""`/export`: write the label files now, and send them."""

from __future__ import annotations

from telegram.constants import ChatAction

from bot.handlers.command import CommandContext, command
from bot.jobs.exports import Written
from bot.jobs.finished import everybody_finished
from bot.rules.roles import Role
from bot.views import messages

CONSENSUS = "what most labelers say"


@command(
    "export",
    private=Role.LABELER,
    group=Role.STRANGER,
    help="save now and send your labels",
    group_help="save now and send the labels",
)
async def export(request: CommandContext) -> None:
    """`/export`: write the files, and send the reader's own labels, or in a group the consensus."""

    async def work() -> None:
        written = await request.parts.reports.export(request.services.settings.modes)
        send = _send_own if request.private else _send_consensus
        await send(request, written)

    # beside the updates: with many labelers it takes seconds, and nobody's tap should wait for it
    request.start(work, ChatAction.UPLOAD_DOCUMENT)


async def _send_own(request: CommandContext, written: Written) -> None:
    labeler = await request.services.labeler(request.user_id)
    mode = request.services.mode(labeler)
    own = {name: of[labeler.pseudonym] for name, of in written.own.items() if labeler.pseudonym in of}
    if not own:
        request.reply(messages.nothing_to_export(mode))
    files = {mode: own[mode]} if mode in own else own  # labels of another question rather than none
    for name, path in files.items():
        request.send_file(path, f"{name}: your labels")


async def _send_consensus(request: CommandContext, written: Written) -> None:
    """Send the consensus of each mode that everybody has finished; of the others only to an admin, in private."""
    waiting = [name for name in written.consensus if not await everybody_finished(request.services, name)]
    if request.role is Role.ADMIN:
        for name in waiting:
            request.services.outbox.document(request.user_id, written.consensus[name], f"{name}: {CONSENSUS}")
    if waiting:
        request.reply(messages.still_labeling(waiting))
    if not written.consensus:
        request.reply(messages.nothing_to_export(""))
    for name, path in written.consensus.items():
        if name not in waiting:
            request.send_file(path, f"{name}: {CONSENSUS}")
