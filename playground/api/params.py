"""The parameters of one call, read as the Bot API reads them: numbers may come as text, objects as JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.errors import ApiError, bad_request

STRUCTURED = frozenset(
    ["reply_markup", "commands", "scope", "allowed_updates", "link_preview_options", "reply_parameters"]
)
MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
    "action": "wrong parameter action in request",
    "callback_query_id": "query is too old and response timeout expired or query ID is invalid",
}
NOT_JSON = {"reply_markup": "reply keyboard markup", "scope": "BotCommandScope"}


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart request."""

    name: str
    content: bytes = field(repr=False)
    mime_type: str = ""


def missing(name: str) -> ApiError:
    """Makes the refusal of a call in which ``name`` is not there."""
    return bad_request(MISSING.get(name, f'can\'t find field "{name}"'))


def wrong_type(name: str, wanted: str) -> ApiError:
    """Makes the refusal of a value; ``wanted`` is Number, String, Boolean, Array or Object."""
    return bad_request(f'field "{name}" must be of type {wanted}')


class Params:
    """The parameters of a call: text or JSON values by name, and uploaded files."""

    __slots__ = ("uploads", "values")

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None) -> None:
        self.values = {
            name: decoded(name, value) if name in STRUCTURED else value
            for name, value in values.items()
            if value is not None
        }
        self.uploads = dict(uploads or {})

    def names(self) -> list[str]:
        """Returns all names, those of files included."""
        return [*self.values, *(name for name in self.uploads if name not in self.values)]

    def text(self, name: str) -> str:
        """Returns a text, '' when it is not there; raises the refusal of a number or truth value."""
        value = self.values.get(name, "")
        if not isinstance(value, str):
            raise wrong_type(name, "String")
        return value

    def integer(self, name: str) -> int | None:
        """Returns a whole number, also one written as text, or None when it is not there."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        return int(value)

    def flag(self, name: str) -> bool:
        """Tells whether a value is ``true``, ``yes`` or ``1``, in any case."""
        value = self.values.get(name, False)
        if isinstance(value, str):
            return value.lower() in ("true", "yes", "1")
        return bool(value)

    @property
    def chat_id(self) -> int | str | None:
        """Returns ``chat_id`` as it came, or None when it is missing."""
        return self.values.get("chat_id")

    def loggable(self) -> dict[str, Any]:
        """Returns the parameters for the log of calls: files by name and size only."""
        files = {name: f"<{file.name}, {len(file.content)} bytes>" for name, file in self.uploads.items()}
        return {**self.values, **files}


def decoded(name: str, value: Any) -> Any:
    """Returns the JSON of a structured parameter; an empty text counts as nothing."""
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError:
        raise bad_request(f"can't parse {NOT_JSON.get(name, name)} JSON object") from None
