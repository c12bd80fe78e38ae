"""What both ways of receiving, polling and webhook, do with an update as it came."""

from __future__ import annotations

import logging
from typing import Any

from telegram import Update

from bot.app import App
from bot.client import PollingBot
from bot.logs import event
from bot.turns import Turns


async def take_in(app: App, bot: PollingBot, raw: object) -> bool:
    """Handle an update to its end, or leave it out when its sender floods; False for what is no update."""
    turns = app.update_processor
    assert isinstance(turns, Turns)  # noqa: S101 - build() was given one
    if turns.floods(sender_of(raw)):
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


def read_update(raw: object, bot: PollingBot) -> Update | None:
    """An update as it came, None for what is none; an unreadable one is logged by its number alone."""
    if not isinstance(raw, dict):
        return None
    try:
        return Update.de_json(raw, bot)
    except Exception as error:  # noqa: BLE001 - whatever its reader stumbles over
        number: Any = raw.get("update_id")
        shown = number if isinstance(number, int) else "none"
        event("an update is not readable", level=logging.ERROR, update=shown, error=type(error).__name__)
        return None
