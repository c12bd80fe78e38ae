"""What a test's phone shows: messages with their buttons, answers to taps, and the bot's calls. All frozen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.support.phone_text import to_html


@dataclass(frozen=True, slots=True)
class Button:
    """One button: its words, and what it sends (``data``) or opens (``url``); ``style`` is its colour or ''."""

    text: str
    data: str = ""
    url: str = ""
    style: str = ""

    @property
    def words(self) -> str:
        """The text without a symbol and a space before it, as a person would say it."""
        return re.sub(r"^[^\w\s]+ ", "", self.text)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it was at one moment; ``text`` is also the caption of a photo or document."""

    id: int
    chat_id: int
    text: str
    entities: tuple[dict[str, Any], ...]
    buttons: tuple[tuple[Button, ...], ...]
    by_bot: bool
    raw: dict[str, Any] = field(repr=False, compare=False)

    @property
    def html(self) -> str:
        """The text with its formatting as HTML."""
        return to_html(self.text, self.entities)

    @property
    def rows(self) -> list[list[str]]:
        """What stands on the buttons, row by row, with their symbols."""
        return [[button.text for button in row] for row in self.buttons]

    @property
    def edited(self) -> bool:
        return "edit_date" in self.raw

    @property
    def topic(self) -> int | None:
        return self.raw.get("message_thread_id")

    @property
    def file_id(self) -> str | None:
        """The id of the photo or the document, None where there is neither."""
        if "photo" in self.raw:
            return str(self.raw["photo"][-1]["file_id"])
        return self.raw["document"]["file_id"] if "document" in self.raw else None

    @property
    def file_name(self) -> str | None:
        return self.raw["document"]["file_name"] if "document" in self.raw else None

    @property
    def is_photo(self) -> bool:
        return "photo" in self.raw

    def button(self, words: str) -> Button:
        """Returns the button with these words; LookupError names those that are there."""
        found = [button for row in self.buttons for button in row if _same(button, words)]
        if len(found) != 1:
            raise LookupError(
                f"{len(found)} buttons {words!r} under message {self.id}; there are {self.rows}"
            )
        return found[0]

    def has(self, words: str) -> bool:
        """Tells whether a button with these words is there."""
        return any(_same(button, words) for row in self.buttons for button in row)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot answered to a tap: a notice, or an alert that has to be closed; '' for nothing to see."""

    text: str
    alert: bool
    url: str
    callback_id: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot; ``code`` is 200, an error code, or 0 for a cut connection; ``time`` since 1970."""

    seq: int
    method: str
    chat_id: int | str | None
    time: float
    seconds: float
    code: int
    description: str
    params: dict[str, Any]
    ok: bool


def _same(shown: Button, said: str) -> bool:
    return said.casefold() in (shown.text.casefold(), shown.words.casefold())


def read_message(raw: dict[str, Any], bot_id: int) -> Message:
    """Returns a message of the Bot API as a Message."""
    rows = raw.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = tuple(
        tuple(
            Button(one["text"], one.get("callback_data", ""), one.get("url", ""), one.get("style", ""))
            for one in row
        )
        for row in rows
    )
    return Message(
        id=raw["message_id"],
        chat_id=raw["chat"]["id"],
        text=raw.get("text", raw.get("caption", "")),
        entities=tuple(raw.get("entities", raw.get("caption_entities", ()))),
        buttons=buttons,
        by_bot=raw["from"]["id"] == bot_id,
        raw=raw,
    )
