"""What happens to an update as it came, by polling or by webhook: read it, hand it on in its sender's turn.

`UpdateIntake.take` ends when the update's handler has ended, and only then polling confirms it or the webhook answers
200. So a handler commits what it has to commit, and answers, before it ends. Only what loses nothing when it is killed
goes on in a task of its own (`bot.jobs.background`): a report that somebody may ask for again, a card, or a deletion
that the database says is owed. To hold updates for these, too, would make everybody wait for a slow report, because
Telegram gives no more than the first 100 updates that are not confirmed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from telegram import CallbackQuery, Chat, InaccessibleMessage, Update, User
from telegram.constants import ChatType

from bot.botapi.client import LabelBot
from bot.botapi.per_user import PerUserUpdateProcessor
from bot.botapi.timings import UserLimits
from bot.log import log_event

ALLOWED_UPDATES = (Update.MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER)

Handler = Callable[[Update], Coroutine[Any, Any, None]]


class UpdateIntake:
    """Takes updates in, and leaves out those of people who flood the bot."""

    def __init__(self, bot: LabelBot, handler: Handler, limits: UserLimits) -> None:
        self._bot = bot
        self._handler = handler
        self._processor = PerUserUpdateProcessor(limits)

    async def take(self, raw: object) -> bool:
        """Handle an update to its end. Return False for what is no update or cannot be read."""
        sender = sender_of(raw)
        if self._processor.is_flooding(sender):
            return True
        update = read_update(raw, self._bot)
        if update is None:
            return False
        await self._processor.process(sender, self._handler(update))
        return True


def sender_of(raw: object) -> int:
    """Look up whose queue an update belongs to, before the costly reading.

    Returns:
        The id of its sender, else that of its chat; 0 when it names neither.
    """
    for value in raw.values() if isinstance(raw, dict) else ():
        match value:
            case {"from": {"id": int(number)}} | {"chat": {"id": int(number)}}:
                return number
    return 0


def read_update(raw: object, bot: LabelBot) -> Update | None:
    """Read an update as it came.

    Returns:
        The update, or None for what is none or cannot be read. The log has the latter's number and the kind of error.
    """
    if not isinstance(raw, dict):
        return None
    try:
        return _read_tap(raw, bot) or Update.de_json(raw, bot)
    except Exception as error:  # noqa: BLE001 - whatever its reader stumbles over
        number: Any = raw.get("update_id")
        shown = number if isinstance(number, int) else "none"
        log_event("an update is not readable", level=logging.ERROR, update=shown, error=type(error).__name__)
        return None


def _read_tap(raw: Mapping[str, Any], bot: LabelBot) -> Update | None:
    """Read a tap in a private chat; anything else gives None.

    Of the card below the button only the place is read: nobody needs the rest, and reading it would cost as much
    as all else that a tap takes.
    """
    tap = raw.get("callback_query") or {}
    card = tap.get("message")
    if card is None or card["chat"]["type"] != ChatType.PRIVATE:
        return None
    person, chat = User.de_json(tap["from"], bot), Chat.de_json(card["chat"], bot)
    place = InaccessibleMessage(chat, card["message_id"])
    query = CallbackQuery(tap["id"], person, tap["chat_instance"], place, tap.get("data"))
    return Update(raw["update_id"], callback_query=query)
