"""Notes on items: a reply to a card is kept as a note on the item that the card shows.

Telegram sends the card along with the reply, and its buttons say which item it shows. So nothing has to be remembered,
and it works the same after a restart. A card that has become its one line has no buttons, and so no item any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.records import LABELS
from bot.jobs.decks import is_asked
from bot.jobs.places import place_of
from bot.rules.callback_data import CARD, REPEAT, CallbackData, decode
from bot.services import Services
from bot.views import messages
from storage.records import LONGEST_NOTE, ItemNote


@dataclass(frozen=True, slots=True)
class Reply:
    """A message that replies to one of the bot's in a private chat.

    Attributes:
        user_id: The Telegram id of who wrote it.
        message_id: Its number in the chat, by which one that is delivered again is known.
        text: What was written; empty where it was no text.
        buttons: The callback data of the buttons of the message that it replies to.
    """

    user_id: int
    message_id: int
    text: str
    buttons: tuple[str, ...]


async def keep_note(services: Services, reply: Reply) -> str:
    """Keep a note, and return the line that answers it. Raises StorageError when it was not kept.

    A note adds to those before it. One that is too long is cut, and the line says so.
    """
    data = _item_of(reply.buttons, reply.user_id)
    labeler = await services.store.labelers.by_user(reply.user_id)
    if data is None or labeler is None or not await is_asked(services, labeler, data):
        return messages.NO_ITEM_THERE
    if not reply.text:
        return messages.NOTE_IS_TEXT
    text = reply.text[:LONGEST_NOTE]
    note = ItemNote(data.mode, labeler.labeler_id, data.row, text, services.clock())
    await services.store.item_notes.add(data.sample_id, note, reply.message_id)
    word = "item" if data.sample_id == services.frozen.sample_id else "Focus"
    number = (place_of(data).row or 0) + 1
    return messages.noted(f"{word} {number}", whole=text == reply.text)


def _item_of(buttons: Iterable[str], reader: int) -> CallbackData | None:
    """Return the data of a button that answers the item on a card, None on any other message."""
    read = (decode(text, reader) for text in buttons)
    return next((d for d in read if d and d.kind in (CARD, REPEAT) and d.action in LABELS), None)
