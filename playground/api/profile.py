"""The bot's menus of commands and its descriptions."""

from __future__ import annotations

import re
from typing import Any

from playground.api.params import Params, wrong_type
from playground.api.registry import method
from playground.errors import bad_request
from playground.state.profile import Command, Scope
from playground.state.telegram import Telegram
from playground.state.world import World

MOST_COMMANDS = 100
COMMAND_LENGTH = 32
COMMAND_DESCRIPTION_LENGTH = 256
LENGTHS = {"description": 512, "short_description": 120}
PLAIN_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
_command = re.compile(r"[a-z0-9_]+")
_language = re.compile(r"[a-z]{2}")


@method("setMyCommands", "commands scope language_code")
def set_my_commands(telegram: Telegram, params: Params) -> bool:
    """Sets the menu for a scope and a language; an empty list shows an empty menu."""
    if "commands" not in params:
        raise bad_request('can\'t find field "commands"')
    commands = read_commands(params.structure("commands"))
    telegram.profile.commands[_menu_key(telegram, params)] = commands
    return _changed(telegram)


@method("deleteMyCommands", "scope language_code")
def delete_my_commands(telegram: Telegram, params: Params) -> bool:
    """Lets wider scopes show through again."""
    telegram.profile.commands.pop(_menu_key(telegram, params), None)
    return _changed(telegram)


@method("setMyDescription", "description language_code")
def set_my_description(telegram: Telegram, params: Params) -> bool:
    """Sets what an empty chat shows."""
    return _set_text(telegram, params, "description")


@method("setMyShortDescription", "short_description language_code")
def set_my_short_description(telegram: Telegram, params: Params) -> bool:
    """Sets what the bot's profile page shows."""
    return _set_text(telegram, params, "short_description")


def _set_text(telegram: Telegram, params: Params, kind: str) -> bool:
    text = params.text(kind)
    if len(text) > LENGTHS[kind]:
        raise bad_request(f"BOT_{kind.upper()}_TOO_LONG")
    telegram.profile.texts[(kind, read_language(params))] = text
    return _changed(telegram)


def _changed(telegram: Telegram) -> bool:
    telegram.events.publish("menu_changed", dict)
    return True


def _menu_key(telegram: Telegram, params: Params) -> tuple[Scope, str]:
    return read_scope(params.structure("scope"), telegram.world), read_language(params)


def read_language(params: Params) -> str:
    """``language_code``: two lower-case letters or nothing."""
    code = params.text("language_code")
    if code and not _language.fullmatch(code):
        raise bad_request("language code must be a two-letter ISO 639-1 code")
    return code


def read_scope(raw: Any, world: World) -> Scope:
    """The scope of a menu; None stands for the default one."""
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
        if not isinstance(raw.get(name), str):
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
    if len(description) > COMMAND_DESCRIPTION_LENGTH:
        raise bad_request(f"command description length must not exceed {COMMAND_DESCRIPTION_LENGTH}")
    return {"command": command, "description": description}
