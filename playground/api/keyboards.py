"""Checks the buttons under a message as Telegram does."""

from __future__ import annotations

import re
from typing import Any

from playground.api.params import wrong_type
from playground.errors import bad_request
from playground.text.entities import checked_link

DATA_BYTES = 64
MOST_BUTTONS = 100
MOST_IN_ROW = 8
STYLES = frozenset({"success", "danger", "primary"})
ACTIONS = frozenset({"callback_data", "url"})
KNOWN = ACTIONS | {"text", "style"}
_scheme = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


def read_keyboard(raw: Any) -> dict[str, Any] | None:
    """Returns the InlineKeyboardMarkup of a request, or None when it has no buttons; raises Telegram's refusals."""
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise bad_request("object expected as reply markup")
    if other := [name for name in raw if name != "inline_keyboard"]:
        raise bad_request(f'reply markup "{other[0]}" is not known to the playground')
    if not raw:
        return None
    rows = raw["inline_keyboard"]
    if not isinstance(rows, list):
        raise wrong_type("inline_keyboard", "Array")
    keyboard = [_row(row) for row in rows]
    keyboard = [row for row in keyboard if row]
    if sum(map(len, keyboard)) > MOST_BUTTONS or any(len(row) > MOST_IN_ROW for row in keyboard):
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    return {"inline_keyboard": keyboard} if keyboard else None


def _row(row: Any) -> list[dict[str, Any]]:
    if not isinstance(row, list):
        raise bad_request('field "inline_keyboard" must be an Array of Arrays')
    return [_button(button) for button in row]


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    if "text" not in button:
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    for name, value in button.items():
        if name not in KNOWN:
            raise bad_request(f'can\'t parse inline keyboard button: Field "{name}" is unknown')
        if not isinstance(value, str):
            raise bad_request(f'can\'t parse inline keyboard button: Field "{name}" must be of type String')
    actions = [name for name in ACTIONS if button.get(name)]
    if not actions:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(actions) > 1:
        raise bad_request("can't parse inline keyboard button: exactly one action is allowed")
    if "style" in button and button["style"] not in STYLES:
        raise bad_request("can't parse inline keyboard button: Unsupported button style specified")
    return _checked_action(button, actions[0])


def _checked_action(button: dict[str, Any], action: str) -> dict[str, Any]:
    if action == "callback_data" and len(button["callback_data"].encode("utf-8", "replace")) > DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if action == "url":
        url = button["url"]
        scheme = _scheme.match(url)
        if scheme and scheme[1].lower() not in ("http", "https", "tg", "ton"):
            raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
        if not (link := checked_link(url)):
            raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
        return {**button, "url": link}
    return button
