"""The things that the playground keeps: people, chats, messages, taps and files.

Values are frozen; chats and messages change in place, because everybody looks at the same one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playground.text.entities import Entity

ANONYMOUS_ADMIN = 1087968824
INSIDE = frozenset({"creator", "administrator", "member"})
ADMINS = frozenset({"creator", "administrator"})


@dataclass(frozen=True, slots=True)
class User:
    """A person or a bot; empty strings where there is nothing."""

    id: int
    first_name: str
    is_bot: bool = False
    username: str = ""

    def as_api(self) -> dict[str, Any]:
        """Returns the object User."""
        shape: dict[str, Any] = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.username:
            shape["username"] = self.username
        return shape


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file; ``width`` and ``height`` in pixels are 0 for what is no picture."""

    file_id: str
    unique_id: str
    name: str
    content: bytes = field(repr=False)
    mime_type: str = "application/octet-stream"
    width: int = 0
    height: int = 0

    def as_photo(self) -> list[dict[str, Any]]:
        """Returns the list of PhotoSize (one size)."""
        size = {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": len(self.content)}
        return [{**size, "width": self.width, "height": self.height}]

    def as_document(self) -> dict[str, Any]:
        """Returns the object Document."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_name": self.name,
            "mime_type": self.mime_type,
            "file_size": len(self.content),
        }


@dataclass(slots=True)
class Message:
    """One message. ``sender`` is a user id; times are whole seconds since 1970; None where there is nothing.

    ``kind`` is ``text``, ``photo``, ``document`` or ``service``; ``text`` is the caption of the middle two;
    ``service`` holds the fields of a service message as the Bot API has them. ``author`` is whose words they are
    where somebody else sends them: a person's, which are forwarded, or a bot's, which were written through it.
    """

    id: int
    chat_id: int
    date: int
    sender: int
    kind: str = "text"
    text: str = ""
    entities: tuple[Entity, ...] = ()
    file: File | None = None
    markup: dict[str, Any] | None = None
    thread_id: int | None = None
    reply_to: int | None = None
    sender_chat: int | None = None
    edit_date: int | None = None
    service: dict[str, Any] | None = None
    author: int | None = None


@dataclass(slots=True)
class Chat:
    """One chat as the bot sees it. ``roles`` maps a user id to a ChatMember status, the bot's own included.

    ``bare_commands`` decides whether a bot in privacy mode gets ``/command`` without its name here;
    ``topics`` (id to name) makes a supergroup a forum; ``moved_to`` is the supergroup that took its place.
    """

    id: int
    type: str
    title: str = ""
    roles: dict[int, str] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)
    bare_commands: bool = False
    moved_to: int | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    last_id: int = 0

    @property
    def is_private(self) -> bool:
        return self.type == "private"

    @property
    def is_forum(self) -> bool:
        return bool(self.topics)

    def next_id(self) -> int:
        """Returns the number of the next message; numbers are never used twice in a chat."""
        self.last_id += 1
        return self.last_id


@dataclass(slots=True)
class Callback:
    """One tap on a button; ``answers`` are the answers the bot gave, in order."""

    id: str
    user_id: int
    chat_id: int
    message_id: int
    data: str
    date: float
    answers: list[dict[str, Any]] = field(default_factory=list)

    def as_control(self) -> dict[str, Any]:
        """Returns a tap as the control API shows it; ``answer`` is the bot's first answer or None."""
        return {
            "callback_id": self.id,
            "user_id": self.user_id,
            "chat_id": self.chat_id,
            "message_id": self.message_id,
            "data": self.data,
            "answered": bool(self.answers),
            "answer": self.answers[0] if self.answers else None,
        }
