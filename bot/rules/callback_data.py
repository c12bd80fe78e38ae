"""What the data of a button says, and how it is read back.

`<action><sample>.<mode>.<row>.<check>`: the action's letter, the sample, the question and the item of the
card. The check ties them to the reader, so that data which no card of theirs carried (cut, doubled, borrowed,
other digits) means nothing. It is no secret: who forges it can only label their own items, which they may.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

PATTERN = re.compile(r"([a-z])([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{1,24})\.(0|[1-9][0-9]{0,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class CardButton:
    """What a button of a private card says. action: one letter. row: the item shown, from 0."""

    action: str
    sample_id: int
    mode: str
    row: int


def sign(body: str, reader: int) -> str:
    """A button's data with its check for one reader (a Telegram id)."""
    return f"{body}.{_check(body, reader)}"


def verify(data: str, reader: int) -> str | None:
    """The data without its check, None when no card of this reader carried it."""
    body, _, check = data.rpartition(".")
    return body if check == _check(body, reader) else None


def encode(button: CardButton, reader: int) -> str:
    """The data of a card's button for one reader: at most 64 ASCII characters."""
    return sign(f"{button.action}{button.sample_id}.{button.mode}.{button.row}", reader)


def decode(data: str, reader: int) -> CardButton | None:
    """What the data says, None unless a card of this reader carries exactly this."""
    body = verify(data, reader)
    found = PATTERN.fullmatch(body) if body is not None else None
    if found is None:
        return None
    action, sample_id, mode, row = found.groups()
    return CardButton(action, int(sample_id), mode, int(row))


def _check(body: str, reader: int) -> str:
    text = f"{reader} {body}".encode("utf-8", "backslashreplace")
    digest = hashlib.blake2s(text, digest_size=5, person=b"labelbot").digest()
    return base64.b32encode(digest).decode().lower()
