"""The bot's menus of commands and its descriptions."""

from __future__ import annotations

import re
from typing import Any

from playground.api.params import Params
from playground.api.registry import method
from playground.errors import bad_request
from playground.state.profile import Command, Scope
from playground.state.telegram import Telegram
from playground.state.world import World

MOST_COMMANDS = 100
COMMAND_DESCRIPTION_LENGTH = 256
LENGTHS = {"description": 512, "short_description": 120}
PLAIN_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats"})
_command = re.compile(r"[a-z0-9_]{1,32}")


@method("setMyCommands", "commands scope")
def set_my_commands(telegram: Telegram, params: Params) -> bool:
    """Sets the menu for a scope; an empty list shows an empty menu."""
    commands = read_commands(params.values["commands"])
    telegram.profile.commands[read_scope(params.values.get("scope"), telegram.world)] = commands
    return _changed(telegram)


@method("deleteMyCommands", "scope language_code")
def delete_my_commands(telegram: Telegram, params: Params) -> bool:
    """Lets wider scopes show through again."""
    telegram.profile.commands.pop(read_scope(params.values.get("scope"), telegram.world), None)
    return _changed(telegram)


@method("setMyDescription", "description")
def set_my_description(telegram: Telegram, params: Params) -> bool:
    """Sets what an empty chat shows."""
    return _set_text(telegram, params, "description")


@method("setMyShortDescription", "short_description")
def set_my_short_description(telegram: Telegram, params: Params) -> bool:
    """Sets what the bot's profile page shows."""
    return _set_text(telegram, params, "short_description")


def _set_text(telegram: Telegram, params: Params, kind: str) -> bool:
    text = params.text(kind)
    if len(text) > LENGTHS[kind]:
        raise bad_request(f"BOT_{kind.upper()}_TOO_LONG")
    telegram.profile.texts[kind] = text
    return _changed(telegram)


def _changed(telegram: Telegram) -> bool:
    telegram.events.publish("menu_changed", dict)
    return True


def read_scope(raw: dict[str, Any] | None, world: World) -> Scope:
    """Returns the scope of a menu; None stands for the default one."""
    if raw is None:
        return ("default",)
    kind = raw.get("type")
    if kind in PLAIN_SCOPES:
        return (kind,)
    if kind != "chat":
        raise bad_request(f"scope {kind} is not known to the playground")
    return (kind, world.writable_chat(raw.get("chat_id")).id)


def read_commands(raw: list[dict[str, str]]) -> list[Command]:
    """Checks a list of BotCommand and returns it."""
    if len(raw) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    return [_read_command(one) for one in raw]


def _read_command(raw: dict[str, str]) -> Command:
    command, description = raw["command"].strip().removeprefix("/"), raw["description"].strip()
    if not _command.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > COMMAND_DESCRIPTION_LENGTH:
        raise bad_request(f"command description length must not exceed {COMMAND_DESCRIPTION_LENGTH}")
    return {"command": command, "description": description}
