"""What only admins are told: the names of settings.

A text that names a setting does so in a sentence of its own. In a group, and in the private chat of a labeler, that
sentence is left out, and the text says who can help.
"""

from __future__ import annotations

import re

from bot.settings import SETTINGS

ASK_AN_ADMIN = "An admin of this bot can help."
SETTING = re.compile(rf"\b(?:{'|'.join(setting.key for setting in SETTINGS)})\b")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def in_plain_words(text: str) -> str:
    """Return a text for everybody: each sentence that names a setting is left out, and the end says whom to ask."""
    if not SETTING.search(text):
        return text
    kept = [sentence for sentence in _SENTENCE_END.split(text) if not SETTING.search(sentence)]
    return " ".join([*kept, ASK_AN_ADMIN])
