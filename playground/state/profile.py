"""What people see of the bot before it says anything: its descriptions and its menus of commands."""

from __future__ import annotations

from typing import Any

from playground.state.records import Chat
from playground.state.world import World

Scope = tuple[Any, ...]
Command = dict[str, str]


class Profile:
    """Descriptions and menus by language; '' is the language of everybody else.

    A scope is the tuple of its type, and of a chat's and a person's id where the type has them.
    """

    def __init__(self) -> None:
        self.commands: dict[tuple[Scope, str], list[Command]] = {}
        self.texts: dict[tuple[str, str], str] = {}

    def text(self, kind: str) -> str:
        """The ``description`` or ``short_description`` that everybody sees; '' for none."""
        return self.texts.get((kind, ""), "")

    def menu(self, world: World, chat: Chat, user_id: int) -> list[Command]:
        """The commands that this person is offered in this chat: those of the narrowest scope that has any."""
        language = world.users[user_id].language_code
        for scope in self._scopes(world, chat, user_id):
            for code in (language, ""):
                if (commands := self.commands.get((scope, code))) is not None:
                    return commands
        return []

    @staticmethod
    def _scopes(world: World, chat: Chat, user_id: int) -> list[Scope]:
        """From the narrowest to the widest, as the Bot API documents it."""
        if chat.is_private:
            return [("chat", chat.id), ("all_private_chats",), ("default",)]
        admin = world.is_admin(chat, user_id)
        narrow: list[Scope] = [("chat_member", chat.id, user_id)]
        if admin:
            narrow.append(("chat_administrators", chat.id))
        narrow.append(("chat", chat.id))
        if admin:
            narrow.append(("all_chat_administrators",))
        return [*narrow, ("all_group_chats",), ("default",)]
