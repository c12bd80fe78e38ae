"""`/export`: write the label files now, and send them."""

from __future__ import annotations

from telegram.constants import ChatAction

from bot.handlers.command import CommandContext, command
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
        services = request.services
        written = await request.parts.reports.export(services.settings.modes)
        if request.private:
            labeler = await services.labeler(request.user_id)
            mode = services.mode(labeler)
            own = {name: of[labeler.pseudonym] for name, of in written.own.items() if labeler.pseudonym in of}
            files = {mode: own[mode]} if mode in own else own  # labels of another question rather than none
        else:
            mode, files = "", dict(written.consensus)
            waiting = [name for name in files if not await everybody_finished(services, name)]
            for name in waiting:
                path = files.pop(name)
                if request.role is Role.ADMIN:
                    services.outbox.document(request.user_id, path, f"{name}: {CONSENSUS}")
            if waiting:
                request.reply(messages.still_labeling(waiting))
                if not files:
                    return
        if not files:
            request.reply(messages.nothing_to_export(mode))
        for name, path in files.items():
            request.send_file(path, f"{name}: {'your labels' if request.private else CONSENSUS}")

    # beside the updates: with many labelers it takes seconds, and nobody's tap should wait for it
    request.start(work, ChatAction.UPLOAD_DOCUMENT)
