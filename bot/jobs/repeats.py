"""Hidden repeats: which item comes to a labeler once more, and what is kept of the answer."""

from __future__ import annotations

import logging

from bot.log import log_event
from bot.rules.hidden_repeats import LEAST_AGE, chosen, due
from bot.services import Services
from storage.errors import StorageError
from storage.records import Answer, Labeler, Labels, Outcome


async def item_due_again(services: Services, labeler: Labeler, mode: str, labels: Labels) -> int | None:
    """Return the row that comes again before the next item, or None.

    When the database cannot be read, that is logged and nothing comes again: the answer before is saved all the same.

    Args:
        services: What jobs work with.
        labeler: Who labels.
        mode: The question.
        labels: The labeler's present labels in the mode.
    """
    sample_id = services.frozen.sample_id
    seed = f"{services.sample.seed} {sample_id} {mode} {labeler.labeler_id}"
    fewer_than = due(services.settings.repeats, len(labels.by_row), services.size, seed)
    if not fewer_than:
        return None
    old = services.clock() - LEAST_AGE
    try:
        rows = await services.store.repeats.candidates(sample_id, mode, labeler.labeler_id, old, fewer_than)
    except StorageError as error:
        log_event("no item comes again", level=logging.WARNING, reason=str(error))
        return None
    return chosen(rows, seed)


async def save_repeat(services: Services, answer: Answer) -> str | None:
    """Save the answer to an item that came again, apart from the labels.

    The first answer to a repeat stays: another one changes nothing.

    Returns:
        The label that is saved now; None when the item has no label to compare with.

    Raises:
        StorageError: Nothing was saved.
    """
    repeats = services.store.repeats
    if (await repeats.save(answer)).outcome is Outcome.REUSED:
        return await repeats.label(answer.sample_id, answer.mode, answer.labeler_id, answer.row_id)
    return answer.label
