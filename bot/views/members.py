"""What admins are asked about the people who take part."""

from __future__ import annotations

from bot.rules.callback_data import REVOKE, CallbackData, encode
from bot.views.screen import Button, Screen


def revoke_question(user_id: int, labeler_id: int, pseudonym: str) -> Screen:
    """Return the question to an admin, a Telegram id, whether a labeler's access should end."""
    yes, no = (encode(CallbackData(REVOKE, action, row=labeler_id), user_id) for action in ("yes", "no"))
    text = f"End the access of {pseudonym}? The answers stay. Only a new invitation lets them back."
    return Screen(text, ((Button("Yes, end it", yes, style="danger"), Button("No, keep", no)),))
