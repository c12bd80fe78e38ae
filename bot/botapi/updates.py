"""What both ways of receiving, polling and webhook, do with an update as it came."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from telegram import CallbackQuery, Chat, InaccessibleMessage, Update, User
from telegram.constants import ChatType

from bot.app import App
from bot.botapi.client import LabelBot
from bot.botapi.per_user import PerUserUpdateProcessor
from bot.log import log_event

ALLOWED_UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER]


async def take_in(app: App, bot: LabelBot, raw: object) -> bool:
    """Handle an update to its end, or leave it out when its sender floods; False for what is no update."""
    turns = app.update_processor
    assert isinstance(turns, PerUserUpdateProcessor)  # noqa: S101 - build() was given one
    if turns.is_flooding(sender_of(raw)):
        return True
    update = read_update(raw, bot)
    if update is None:
        return False
    await turns.process_update(update, app.process_update(update))
    return True


def sender_of(raw: object) -> int:
    """The id of who sent an update, 0 when it does not say; looked up before the costly reading."""
    for value in raw.values() if isinstance(raw, dict) else ():
        sender = value.get("from") if isinstance(value, dict) else None
        number = sender.get("id") if isinstance(sender, dict) else None
        if isinstance(number, int):
            return number
    return 0


def _tap(raw: Mapping[str, Any], bot: LabelBot) -> Update | None:
    """A tap in a private chat, None for anything else.

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


def read_update(raw: object, bot: LabelBot) -> Update | None:
    """An update as it came, None for what is none; an unreadable one is logged by its number alone."""
    if not isinstance(raw, dict):
        return None
    try:
        return _tap(raw, bot) or Update.de_json(raw, bot)
    except Exception as error:  # noqa: BLE001 - whatever its reader stumbles over
        number: Any = raw.get("update_id")
        shown = number if isinstance(number, int) else "none"
        log_event("an update is not readable", level=logging.ERROR, update=shown, error=type(error).__name__)
        return None
