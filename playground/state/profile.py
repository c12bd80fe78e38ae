"""What people see of the bot before it says anything: its descriptions and its menus of commands."""

from __future__ import annotations

from typing import Any

from playground.state.records import Chat

Scope = tuple[Any, ...]
Command = dict[str, str]


class Profile:
    """Descriptions and menus.

    A scope is the tuple of its type, and of a chat's id where the type has one.
    """

    def __init__(self) -> None:
        self.commands: dict[Scope, list[Command]] = {}
        self.texts: dict[str, str] = {}

    def menu(self, chat: Chat) -> list[Command]:
        """Returns the commands that are offered in this chat: those set for its narrowest scope, perhaps none."""
        kind = "all_private_chats" if chat.is_private else "all_group_chats"
        for scope in (("chat", chat.id), (kind,), ("default",)):
            if scope in self.commands:
                return self.commands[scope]
        return []
