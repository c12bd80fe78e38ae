"""What is owed to somebody who was forgotten, outside the database: label files, metrics, the buttons of a card.

It takes seconds, and the process may be killed meanwhile. So the database stores what is owed in the transaction that
forgets, and it is struck out only after everything is done: the last file is rewritten, and Telegram has taken the
buttons off the card or says that it never will. What a killed process left is finished at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import glob
import logging
from pathlib import Path

from bot.jobs.exports import export_task, forget_metrics
from bot.jobs.study import StudySource
from bot.log import log_event
from bot.services import Services
from storage.errors import NoSuchSample, StorageError
from storage.files import delete_file
from storage.records import OwedDeletion


async def delete_files(services: Services, owed: OwedDeletion) -> None:
    """Delete or rewrite every file that holds answers of somebody who was forgotten.

    Raises:
        OSError: A file cannot be deleted or written.
        StorageError: The answers of the others cannot be read.
    """
    database, folder = services.settings.database_path, services.settings.output_dir
    for stem in owed.stems:
        await asyncio.to_thread(_delete_files, StudySource(database, stem), folder, owed)


async def finish_deletion(services: Services, owed: OwedDeletion) -> None:
    """Do what is owed, and strike it out when the last of it is done. Raises the same errors as `delete_files`."""
    await delete_files(services, owed)

    async def strike_out() -> None:
        try:
            await services.store.deletions.done(owed.owed_id)
            log_event("a deletion was finished")
        except StorageError as error:  # it stays owed, and the next start tries again
            log_event("a deletion was not struck out", level=logging.WARNING, reason=str(error))

    if owed.card is None:
        await strike_out()
        return
    services.outbox.set_buttons(owed.card.chat_id, owed.card.message_id, ())
    # a chat's jobs are done in order: this one comes when the buttons are gone, or can never be taken off
    services.outbox.post(owed.card.chat_id, strike_out)


async def finish_deletions(services: Services) -> None:
    """Finish whatever earlier processes left. What cannot be done now is logged and stays owed."""
    try:
        for owed in await services.store.deletions.owed():
            await finish_deletion(services, owed)
    except (OSError, StorageError) as error:
        log_event("a deletion is still owed", level=logging.ERROR, reason=str(error))


def _delete_files(source: StudySource, folder: Path, owed: OwedDeletion) -> None:
    try:
        export_task(source, owed.modes, folder)
    except NoSuchSample:  # a base file of another name was used before: nothing can write its files again
        labels = folder / "human_labels"
        for path in labels.rglob(f"{glob.escape(source.stem)}_human_labels_*"):
            delete_file(path, folder)
    forget_metrics(folder, source.stem, owed.pseudonym)
    with contextlib.suppress(OSError):  # there was none, or it holds something else
        (folder / "human_labels" / "by_labeler" / owed.pseudonym).rmdir()
