"""Command menus by scope, descriptions, and the sign that the bot is at work."""

from __future__ import annotations

from typing import Any

import pytest

from tests.playground.conftest import Bot
from tests.support.phone import Chat, Phone


def commands(*names: str) -> list[dict[str, str]]:
    return [{"command": name, "description": f"does {name}"} for name in names]


async def names(chat: Chat) -> list[str]:
    return [command["command"] for command in await chat.menu()]


async def test_the_narrowest_scope_that_has_a_menu_wins(phone: Phone, bot: Bot) -> None:
    you, colleague = (
        await phone.person("You", started=True),
        await phone.person("Colleague", 1002, started=True),
    )
    lab = await phone.group("Lab", [you, colleague])
    assert await names(you) == []
    scopes: list[tuple[dict[str, Any] | None, str]] = [
        (None, "everybody"),
        ({"type": "all_private_chats"}, "private"),
        ({"type": "all_group_chats"}, "groups"),
        ({"type": "chat", "chat_id": lab.id}, "lab"),
        ({"type": "chat", "chat_id": you.id}, "you"),
    ]
    seen = []
    for scope, name in scopes:
        parameters = {"commands": commands(name)} | ({"scope": scope} if scope else {})
        assert (await bot("setMyCommands", **parameters))["ok"]
        seen.append([(await names(chat))[0] for chat in (you, colleague, lab)])
    assert seen == [
        ["everybody", "everybody", "everybody"],
        ["private", "private", "everybody"],
        ["private", "private", "groups"],
        ["private", "private", "lab"],
        ["you", "private", "lab"],
    ]
    assert (await bot("deleteMyCommands", scope={"type": "chat", "chat_id": you.id}))["ok"]
    assert await names(you) == ["private"]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"commands": commands("Upper")}, "BOT_COMMAND_INVALID"),
        ({"commands": commands("with-hyphen")}, "BOT_COMMAND_INVALID"),
        ({"commands": commands("x" * 33)}, "BOT_COMMAND_INVALID"),
        ({"commands": commands("")}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "x", "description": " "}]}, "command description must be non-empty"),
        (
            {"commands": [{"command": "x", "description": "y" * 257}]},
            "command description length must not exceed 256",
        ),
        ({"commands": commands(*(f"c{number}" for number in range(101)))}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": "x"}, "can't parse commands JSON object"),
        ({"commands": {"command": "x"}}, 'field "commands" must be of type Array'),
        ({}, 'can\'t find field "commands"'),
        ({"commands": [], "scope": {"type": "chat", "chat_id": 5}}, "chat not found"),
        (
            {"commands": [], "scope": {"type": "all_chat_administrators"}},
            "scope all_chat_administrators is not known to the playground",
        ),
    ],
)
async def test_a_wrong_menu_is_refused(bot: Bot, parameters: dict[str, Any], words: str) -> None:
    assert (await bot("setMyCommands", **parameters))["description"] == f"Bad Request: {words}"


async def test_a_hundred_commands_of_32_letters_are_accepted(phone: Phone, bot: Bot) -> None:
    you = await phone.person("You", started=True)
    many = commands(*(f"c{number:03}".ljust(32, "_") for number in range(100)))
    assert (await bot("setMyCommands", commands=many))["ok"]
    assert await you.menu() == many


async def test_descriptions_have_a_greatest_length(phone: Phone, bot: Bot) -> None:
    for kind, method, most in (
        ("description", "setMyDescription", 512),
        ("short_description", "setMyShortDescription", 120),
    ):
        assert (await bot(method, **{kind: "x" * most}))["ok"]
        answer = await bot(method, **{kind: "y" * (most + 1)})
        assert answer["description"] == f"Bad Request: BOT_{kind.upper()}_TOO_LONG"
        assert (await phone.order("state"))["bot"][kind] == "x" * most


async def test_typing_is_seen(phone: Phone, bot: Bot) -> None:
    you = await phone.person("You", started=True)
    assert (await bot("sendChatAction", chat_id=you.id, action="typing"))["ok"]
    assert [(action["chat_id"], action["action"]) for action in phone.actions] == [(you.id, "typing")]
    answer = await bot("sendChatAction", chat_id=you.id, action="sleeping")
    assert answer["description"] == "Bad Request: wrong parameter action in request"
