"""Commands, names, descriptions and the menu button of the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.api.params import Params
from playground.api.profile import Command, read_commands, read_language, read_scope
from playground.api.registry import method
from playground.errors import bad_request

if TYPE_CHECKING:
    from playground.emulator import Playground

SCOPED = "scope language_code"


def _key(pg: Playground, params: Params) -> tuple[tuple[Any, ...], str]:
    scope = read_scope(params.structure("scope"), pg.world)
    return scope, read_language(params.text("language_code"))


def _menus_changed(pg: Playground) -> bool:
    pg.events.publish("menu_changed", dict)
    return True


@method("setMyCommands", f"commands {SCOPED}")
def set_my_commands(pg: Playground, params: Params) -> bool:
    """The menu for a scope and a language; an empty list shows an empty menu."""
    if "commands" not in params:
        raise bad_request('can\'t find field "commands"')
    commands = read_commands(params.structure("commands"))
    pg.profile.commands[_key(pg, params)] = commands
    return _menus_changed(pg)


@method("getMyCommands", SCOPED)
def get_my_commands(pg: Playground, params: Params) -> list[Command]:
    """The menu of exactly this scope and language."""
    return pg.profile.commands.get(_key(pg, params), [])


@method("deleteMyCommands", SCOPED)
def delete_my_commands(pg: Playground, params: Params) -> bool:
    """Wider scopes show through again."""
    pg.profile.commands.pop(_key(pg, params), None)
    return _menus_changed(pg)


def _set_text(pg: Playground, params: Params, kind: str) -> bool:
    pg.profile.set_text(kind, read_language(params.text("language_code")), params.text(kind))
    return _menus_changed(pg)


def _get_text(pg: Playground, params: Params, kind: str) -> dict[str, str]:
    return {kind: pg.profile.text(kind, read_language(params.text("language_code")))}


@method("setMyName", "name language_code")
def set_my_name(pg: Playground, params: Params) -> bool:
    """At most 64 characters."""
    return _set_text(pg, params, "name")


@method("getMyName", "language_code")
def get_my_name(pg: Playground, params: Params) -> dict[str, str]:
    """The object BotName."""
    return _get_text(pg, params, "name")


@method("setMyDescription", "description language_code")
def set_my_description(pg: Playground, params: Params) -> bool:
    """What an empty chat shows: at most 512 characters."""
    return _set_text(pg, params, "description")


@method("getMyDescription", "language_code")
def get_my_description(pg: Playground, params: Params) -> dict[str, str]:
    """The object BotDescription."""
    return _get_text(pg, params, "description")


@method("setMyShortDescription", "short_description language_code")
def set_my_short_description(pg: Playground, params: Params) -> bool:
    """What the profile page shows: at most 120 characters."""
    return _set_text(pg, params, "short_description")


@method("getMyShortDescription", "language_code")
def get_my_short_description(pg: Playground, params: Params) -> dict[str, str]:
    """The object BotShortDescription."""
    return _get_text(pg, params, "short_description")


@method("setChatMenuButton", "chat_id menu_button")
def set_chat_menu_button(pg: Playground, params: Params) -> bool:
    """``commands`` or ``default``, for one private chat or for all."""
    button = params.structure("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("commands", "default"):
        raise bad_request("can't parse menu button: Unsupported type specified")
    if params.chat_id is None:
        pg.profile.menu_button = button
    else:
        chat = pg.world.writable_chat(params.chat_id)
        if not chat.is_private:
            raise bad_request("the chat is not a private chat")
        chat.menu_button = button
    return True


@method("getChatMenuButton", "chat_id")
def get_chat_menu_button(pg: Playground, params: Params) -> dict[str, Any]:
    """The object MenuButton."""
    if params.chat_id is None:
        return pg.profile.menu_button
    return pg.world.writable_chat(params.chat_id).menu_button or pg.profile.menu_button
