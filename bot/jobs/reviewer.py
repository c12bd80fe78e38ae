"""Somebody who looks again at what they labeled, in `/review` or `/adjudicate`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.services import Services
from bot.views.second_look import not_open_yet
from storage.records import Labeler


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who looks again at what they labeled in a mode.

    Attributes:
        labeler: Who it is.
        mode: The question.
        labels: Their present labels, row_id -> label.
        left: How many items they have not labeled yet; looking again opens at 0.
    """

    labeler: Labeler
    mode: str
    labels: Mapping[int, str]
    left: int

    @property
    def waiting(self) -> str:
        """Return the line for somebody who has not labeled everything yet; it is empty when looking again is open."""
        return not_open_yet(self.mode, self.left) if self.left else ""


async def reviewer_of(services: Services, user_id: int, mode: str) -> Reviewer:
    """Return the reader with their present labels. Raises StorageError."""
    labeler = await services.labeler(user_id)
    labels = await services.store.answers.labels(services.frozen.sample_id, mode, labeler.labeler_id)
    return Reviewer(labeler, mode, labels.by_row, services.size - len(labels.by_row))
