"""Who may see a file with everybody's label for each item: blindness rests on it until everybody has finished."""

from __future__ import annotations

from bot.rules.roles import Role
from bot.services import Services
from storage.records import Labeler

WAITED_FOR = 30 * 86_400.0
"""Seconds; who has not answered for so long is not waited for."""


async def everybody_finished(services: Services, mode: str) -> bool:
    """Return whether nobody is left who labels in a mode: then everybody's labels can be read by everybody.

    Who has no access any more, or has not answered for 30 days, is not waited for. False when nobody began.

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
    """Return who has access and has labeled the whole sample in a mode, in the order of their numbers.

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

    An admin may have it in their private chat, and a group when all who began the mode have finished it. Somebody else
    may then have it in private once they are among those: who has yet to begin, or stopped long ago, may still label.

    Raises:
        StorageError: The answers cannot be read.
    """
    private = chat_id == user_id
    if private and await services.role(user_id) is Role.ADMIN:
        return True
    readers = [person.user_id for person in await finished_labelers(services, mode)] if private else []
    return (not private or user_id in readers) and await everybody_finished(services, mode)
