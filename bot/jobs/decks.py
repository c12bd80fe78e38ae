"""Decks: the items that somebody is asked, one after another. The sample is one, and a focus set is another.

A set comes only to people who have finished the sample in its mode, and in the same order to all. Its cards say that
it is a set and nothing more: nobody can tell which model an item is for, or what that model says of it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.records import Item
from bot.jobs.finished import finished_labelers
from bot.log import log_event
from bot.rules.callback_data import CARD, CallbackData
from bot.services import Services
from bot.views.focus import focus_complete
from storage.errors import StorageError
from storage.records import Labeler

PEOPLE_WANTED = 2
"""How many people answer all of a set; where only one has finished the sample, that one is enough."""


@dataclass(frozen=True, slots=True)
class Deck:
    """The items that are asked one after another.

    Attributes:
        sample_id: The number that their cards and answers carry.
        items: The items, in order.
        is_focus: Whether they are a focus set.
    """

    sample_id: int
    items: Sequence[Item]
    is_focus: bool = False

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self.items)


def sample_deck(services: Services) -> Deck:
    """Return the sample."""
    return Deck(services.frozen.sample_id, services.sample.items)


async def focus_deck(services: Services, labeler: Labeler, mode: str) -> Deck | None:
    """Return the active focus set if it is for this mode and the labeler has finished the sample, else None.

    Raises:
        StorageError: The labels cannot be read.
    """
    sample_id = services.frozen.sample_id
    active = await services.store.focus_sets.active(sample_id)
    if active is None or active.drawn.mode != mode or mode not in services.settings.modes:
        return None
    labels = await services.store.answers.labels(sample_id, mode, labeler.labeler_id)
    if len(labels.by_row) < services.size:
        return None
    return Deck(active.items_id, active.drawn.sample.items, is_focus=True)


async def is_asked(services: Services, labeler: Labeler | None, data: CallbackData) -> bool:
    """Return whether the item on a button is asked now: of this labeler, or with None of anybody at all.

    Raises:
        StorageError: The labels cannot be read.
    """
    if data.mode not in services.settings.modes:
        return False
    if data.sample_id == services.frozen.sample_id:
        return max(data.row, data.place) < services.size
    active = await services.store.focus_sets.active(services.frozen.sample_id)
    if active is None or (active.items_id, active.drawn.mode) != (data.sample_id, data.mode):
        return False
    if data.kind is not CARD or data.row >= len(active.drawn.sample.items):
        return False
    return labeler is None or await focus_deck(services, labeler, data.mode) is not None


async def deck_at(services: Services, labeler: Labeler, sample_id: int, mode: str) -> Deck | None:
    """Return the deck with this number in an asked mode; None when it is not one that this labeler is asked.

    Raises:
        StorageError: The labels cannot be read.
    """
    if sample_id == services.frozen.sample_id:
        return sample_deck(services)
    focus = await focus_deck(services, labeler, mode)
    return focus if focus is not None and focus.sample_id == sample_id else None


async def close_if_complete(services: Services) -> bool:
    """Close the active focus set when enough people have answered all of it, and tell the admins.

    An error of the database is logged, not raised: the answer that led here is saved all the same, and the next card
    or `/focus` tries again.

    Returns:
        True when it was closed now.
    """
    try:
        active = await services.store.focus_sets.active(services.frozen.sample_id)
        if active is None:
            return False
        people = await people_wanted(services, active.drawn.mode)
        # a sample that has grown since is finished by nobody for a while: the set waits
        if not people or not await services.store.focus_sets.complete(active.focus_id, people):
            return False
    except StorageError as error:
        log_event("a focus set was not closed", level=logging.WARNING, reason=str(error))
        return False
    log_event("a focus set is complete", name=active.drawn.name)
    await services.tell_admins(focus_complete(active))
    return True


async def people_wanted(services: Services, mode: str) -> int:
    """Return how many people have to answer all of a set; 0 while nobody has finished the sample.

    Raises:
        StorageError: The answers cannot be read.
    """
    return min(len(await finished_labelers(services, mode)), PEOPLE_WANTED)
