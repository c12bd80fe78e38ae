"""What people see of the bot before it says anything: its name, descriptions, menu button and command menus."""

from __future__ import annotations

import re
from typing import Any

from playground.api.params import wrong_type
from playground.errors import bad_request
from playground.state.records import Chat
from playground.state.telegram import World

MOST_COMMANDS = 100
COMMAND_LENGTH = 32
DESCRIPTION_LENGTH = 256
LENGTHS = {"name": 64, "description": 512, "short_description": 120}
PLAIN_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
Scope = tuple[Any, ...]
Command = dict[str, str]
_command = re.compile(r"[a-z0-9_]+")
_language = re.compile(r"[a-z]{2}")


class Profile:
    """Texts and menus by language; '' is the language of everybody else."""

    def __init__(self, name: str) -> None:
        self.commands: dict[tuple[Scope, str], list[Command]] = {}
        self.texts: dict[tuple[str, str], str] = {("name", ""): name}
        self.menu_button: dict[str, Any] = {"type": "default"}

    def name(self) -> str:
        return self.texts[("name", "")]

    def text(self, kind: str, language: str) -> str:
        """A name or description in a language, else everybody's."""
        return self.texts.get((kind, language)) or self.texts.get((kind, ""), "")

    def set_text(self, kind: str, language: str, text: str) -> None:
        """An empty text removes that of a language; everybody's name cannot be removed."""
        if len(text) > LENGTHS[kind]:
            raise bad_request(f"BOT_{kind.upper()}_TOO_LONG")
        if text or (kind, language) == ("name", ""):
            self.texts[(kind, language)] = text or self.name()
        else:
            self.texts.pop((kind, language), None)

    def menu(self, world: World, chat: Chat, user_id: int) -> list[Command]:
        """The commands that this person is offered in this chat: the narrowest scope that has any."""
        language = world.users[user_id].language_code[:2]
        for scope in self._scopes(world, chat, user_id):
            for code in (language, "") if language else ("",):
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


def read_language(code: str) -> str:
    """Two lower-case letters or nothing."""
    if code and not _language.fullmatch(code):
        raise bad_request("language code must be a two-letter ISO 639-1 code")
    return code


def read_scope(raw: Any, world: World) -> Scope:
    """The scope of a menu; None is the default one."""
    if raw is None:
        return ("default",)
    if not isinstance(raw, dict):
        raise wrong_type("scope", "Object")
    kind = raw.get("type")
    if kind in PLAIN_SCOPES:
        return (kind,)
    if kind not in ("chat", "chat_administrators", "chat_member"):
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    chat = world.writable_chat(raw.get("chat_id"))
    if chat.is_private and kind != "chat":
        raise bad_request(f"can't use scope {kind} in a private chat")
    if kind == "chat_member":
        return (kind, chat.id, raw.get("user_id"))
    return (kind, chat.id)


def read_commands(raw: Any) -> list[Command]:
    """The list of BotCommand, checked."""
    if not isinstance(raw, list):
        raise wrong_type("commands", "Array")
    if len(raw) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    return [_read_command(one) for one in raw]


def _read_command(raw: Any) -> Command:
    if not isinstance(raw, dict):
        raise bad_request("expected an Object as BotCommand")
    for name in ("command", "description"):
        if name not in raw:
            raise bad_request(f"can't parse BotCommand: Can't find field \"{name}\"")
        if not isinstance(raw[name], str):
            raise bad_request(f'can\'t parse BotCommand: Field "{name}" must be of type String')
    command, description = raw["command"].strip().removeprefix("/"), raw["description"].strip()
    if not command:
        raise bad_request("command must be non-empty")
    if len(command) > COMMAND_LENGTH:
        raise bad_request(f"command length must not exceed {COMMAND_LENGTH}")
    if not _command.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > DESCRIPTION_LENGTH:
        raise bad_request(f"command description length must not exceed {DESCRIPTION_LENGTH}")
    return {"command": command, "description": description}
