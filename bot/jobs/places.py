"""Places: what a card shows, and where a session goes on."""

from __future__ import annotations

from dataclasses import dataclass

from bot.jobs.decks import Deck, close_if_complete, focus_deck, sample_deck
from bot.jobs.repeats import item_due_again
from bot.rules.callback_data import REPEAT, CallbackData
from bot.rules.session import resume
from bot.services import Services
from storage.records import Labeler


@dataclass(frozen=True, slots=True)
class Place:
    """What a card shows.

    Attributes:
        sample_id: The number of the deck.
        mode: The question.
        row: The item; None for the summary.
        again: Another item that is shown once more in the place of `row`; None for `row` itself.
    """

    sample_id: int
    mode: str
    row: int | None
    again: int | None = None


def place_of(data: CallbackData) -> Place:
    """Return what the card with this button showed."""
    if data.kind is REPEAT:
        return Place(data.sample_id, data.mode, data.place, data.row)
    return Place(data.sample_id, data.mode, data.row)


async def resume_place(services: Services, labeler: Labeler, mode: str) -> Place:
    """Return where a session goes on in a mode. Raises StorageError."""
    deck = sample_deck(services)
    labels = await services.store.answers.labels(deck.sample_id, mode, labeler.labeler_id)
    return await next_place(services, labeler, deck, mode, resume(labels.by_row, deck.size))


async def unfinished_place(services: Services, labeler: Labeler) -> Place | None:
    """Return where a labeler goes on: in the chosen mode, else in the first that has an item left.

    Returns:
        A place with an item; None at the end of everything.

    Raises:
        StorageError: The labels cannot be read.
    """
    for mode in (services.mode(labeler), *services.settings.modes):
        place = await resume_place(services, labeler, mode)
        if place.row is not None:
            return place
    return None


async def next_place(services: Services, labeler: Labeler, deck: Deck, mode: str, row: int | None) -> Place:
    """Return where a session goes on: at `row`, or at what comes in its place.

    In place of an item another one of the sample may come again. After the last item of the sample comes a focus set,
    if there is one; a set that is complete is closed.

    Raises:
        StorageError: The labels cannot be read.
    """
    answers, sample = services.store.answers, sample_deck(services)
    if row is not None:
        labels = await answers.labels(deck.sample_id, mode, labeler.labeler_id)
        again = None if deck.is_focus else await item_due_again(services, labeler, mode, labels)
        return Place(deck.sample_id, mode, row, again)
    focus = await focus_deck(services, labeler, mode)
    if focus is None:
        return Place(sample.sample_id, mode, None)
    answered = (await answers.labels(focus.sample_id, mode, labeler.labeler_id)).by_row
    following = resume(answered, focus.size)
    if following is None and await close_if_complete(services):
        return Place(sample.sample_id, mode, None)
    return Place(focus.sample_id, mode, following)


async def end_of_sample(services: Services, labeler: Labeler, mode: str) -> Place:
    """Return the item of the sample that was answered last: `Back` leads there from the first item of a focus set.

    Raises:
        StorageError: The labels cannot be read.
    """
    sample_id = services.frozen.sample_id
    labels = await services.store.answers.labels(sample_id, mode, labeler.labeler_id)
    return Place(sample_id, mode, labels.last_row)
