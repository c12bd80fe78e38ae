"""What a chat is like, and the sign that the bot is at work."""

from __future__ import annotations

from typing import Any

from playground.api.params import Params, missing
from playground.api.registry import method
from playground.state.telegram import Telegram

ACTIONS = frozenset({"typing", "upload_photo", "upload_document"})


@method("getChat", "chat_id")
def get_chat(telegram: Telegram, params: Params) -> dict[str, Any]:
    """Returns the object ChatFullInfo, with the fields that it always has."""
    chat = telegram.world.writable_chat(params.chat_id)
    gifts = "unlimited_gifts limited_gifts unique_gifts premium_subscription gifts_from_channels"
    return telegram.world.chat_json(chat) | {
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts.split(), False),
    }


@method("sendChatAction", "chat_id action message_thread_id")
def send_chat_action(telegram: Telegram, params: Params) -> bool:
    """Shows ``typing`` and the like above the chat for some seconds."""
    chat = telegram.world.writable_chat(params.chat_id)
    action = params.text("action")
    if action not in ACTIONS:
        raise missing("action")
    shown = {"chat_id": chat.id, "action": action, "thread_id": params.integer("message_thread_id")}
    telegram.events.publish("chat_action", lambda: shown)
    return True
