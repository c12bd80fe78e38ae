"""Who may see a file with everybody's label for each item: blindness rests on it until everybody has finished."""

from __future__ import annotations

from bot.rules.roles import Role
from bot.services import Services
from storage.records import Labeler

WAITED_FOR = 30 * 86_400.0
"""Seconds; somebody who has not answered for so long is not waited for."""


async def everybody_finished(services: Services, mode: str) -> bool:
    """Return whether nobody is left who labels in a mode: then everybody's labels can be read by everybody.

    Only people who have begun are waited for, and not those who have lost access or have not answered for 30 days.
    False when nobody began.

    Raises:
        StorageError: The answers cannot be read.
    """
    sample_id, store = services.frozen.sample_id, services.store
    counts = (await store.answers.counts(sample_id)).get(mode, {})
    last = await store.answers.last_answers(sample_id, mode)
    for person in await store.labelers.everybody():
        done = counts.get(person.labeler_id, 0)
        gone = services.clock() - last.get(person.labeler_id, 0.0) > WAITED_FOR
        if 0 < done < services.size and not gone and await services.role(person.user_id) is not Role.STRANGER:
            return False
    return bool(counts)


async def finished_labelers(services: Services, mode: str) -> list[Labeler]:
    """Return the people with access who have labeled the whole sample in a mode, in the order of their numbers.

    Raises:
        StorageError: The answers cannot be read.
    """
    counts = (await services.store.answers.counts(services.frozen.sample_id)).get(mode, {})
    return [
        person
        for person in await services.store.labelers.everybody()
        if counts.get(person.labeler_id, 0) >= services.size
        and await services.role(person.user_id) is not Role.STRANGER
    ]


async def may_see_everybodys_labels(services: Services, mode: str, user_id: int, chat_id: int) -> bool:
    """Return whether a file with a label for each item may go to a chat.

    An admin may have it in their private chat. A group may have it when `everybody_finished`; somebody else in private
    may, too, if they have finished themselves: people who have yet to begin, or stopped long ago, may still label.

    Raises:
        StorageError: The answers cannot be read.
    """
    if chat_id == user_id:
        if await services.role(user_id) is Role.ADMIN:
            return True
        if user_id not in [person.user_id for person in await finished_labelers(services, mode)]:
            return False
    return await everybody_finished(services, mode)
