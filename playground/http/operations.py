"""The orders of the control interface as functions: what they take and what they give is told in control.py."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from collections.abc import Callable
from typing import Any

from playground.emulator import Playground
from playground.errors import Refused
from playground.state.rate_limits import OVERALL, PER_CHAT, PER_GROUP, Limits, Window
from playground.state.records import INSIDE, Chat

JsonObject = dict[str, Any]
ROLES = frozenset({"member", "administrator", "kicked", "left"})


# -- reading ----------------------------------------------------------------------------------------------


def state(pg: Playground) -> JsonObject:
    world = pg.world
    return {
        "bot": {
            **pg.bot.as_api(),
            "first_name": pg.profile.name(),
            "description": pg.profile.text("description", ""),
            "short_description": pg.profile.text("short_description", ""),
        },
        "people": [user.as_api() for user in world.users.values() if not user.is_bot],
        "chats": chats(pg),
        "seq": pg.events.seq,
        "now": pg.now(),
        "settings": {
            "validate": pg.validate,
            "latency": pg.latency,
            "privacy_mode": pg.privacy_mode,
            "callback_seconds": world.callback_seconds,
        },
    }


def _seen_by(chat: Chat, viewer: int | None) -> bool:
    return viewer is None or chat.roles.get(viewer) in INSIDE


def chats(pg: Playground, viewer: int | None = None) -> list[JsonObject]:
    return [pg.people.chat_view(chat) for chat in pg.world.chats.values() if _seen_by(chat, viewer)]


def messages(pg: Playground, chat: int, viewer: int | None = None, after: int = 0) -> list[JsonObject]:
    found = pg.world.chat(chat)
    if not _seen_by(found, viewer):
        raise Refused(f"user {viewer} is not in chat {chat}")
    return [
        {**pg.world.message_json(message), "out": viewer is not None and message.sender == viewer}
        for message in found.messages.values()
        if message.id > after
    ]


def menu(pg: Playground, chat: int, viewer: int) -> list[dict[str, str]]:
    pg.world.user(viewer)
    return pg.profile.menu(pg.world, pg.world.chat(chat), viewer)


async def callback(pg: Playground, id: str, wait: float = 0.0) -> JsonObject:  # noqa: A002 # the name in the interface
    tap = pg.world.callbacks.get(str(id))
    if tap is None:
        raise Refused(f"no tap {id}")
    if wait > 0:
        with contextlib.suppress(TimeoutError):
            await pg.wait_answer(tap.id, wait)
    return tap.as_control()


def calls(
    pg: Playground, after: int = 0, method: str | None = None, chat: int | None = None
) -> list[JsonObject]:
    wanted = method.lower() if method is not None else None
    return [
        call.as_control()
        for call in pg.calls
        if call.seq > after
        and (wanted is None or call.method.lower() == wanted)
        and (chat is None or str(call.chat_id) == str(chat))
    ]


def pending(pg: Playground) -> JsonObject:
    return {"waiting": len(pg.updates), "confirmed": pg.updates.confirmed, "busy": pg.busy}


async def polled(pg: Playground, waiting: bool = True, timeout: float = 10.0) -> None:  # noqa: ASYNC109 # part of the interface
    try:
        await pg.until(lambda: (pg.poller is not None) == waiting, timeout)
    except TimeoutError:
        raise Refused(f"{'no' if waiting else 'still a'} long poll after {timeout} s") from None


async def settle(pg: Playground, quiet: float = 0.03, timeout: float = 10.0) -> JsonObject:  # noqa: ASYNC109 # part of the interface
    try:
        await pg.settle(quiet, timeout)
    except TimeoutError:
        raise Refused(f"not quiet after {timeout} s: {pending(pg)}") from None
    return pending(pg)


# -- acting -----------------------------------------------------------------------------------------------


def send(
    pg: Playground,
    user: int,
    chat: int,
    text: str,
    topic: int | None = None,
    reply_to: int | None = None,
    anonymous: bool = False,
) -> JsonObject:
    message = pg.people.send(user, chat, text, thread_id=topic, reply_to=reply_to, anonymous=anonymous)
    return pg.world.message_json(message)


def upload(pg: Playground, user: int, chat: int, name: str, content: str, caption: str = "") -> JsonObject:
    try:
        data = base64.b64decode(content, validate=True)
    except binascii.Error:
        raise Refused("content is not base64") from None
    return pg.world.message_json(pg.people.upload(user, chat, name, data, caption))


def edit(pg: Playground, chat: int, message: int, text: str) -> JsonObject:
    return pg.world.message_json(pg.people.edit(chat, message, text))


def press(pg: Playground, user: int, chat: int, message: int, data: str, raw: bool = False) -> JsonObject:
    return pg.people.press(user, chat, message, data, raw=raw).as_control()


def redeliver(pg: Playground, callback: str) -> JsonObject:
    tap = pg.world.callbacks.get(str(callback))
    if tap is None:
        raise Refused(f"no tap {callback}")
    pg.updates.add("callback_query", pg.people.callback_json(tap), seconds=pg.world.callback_seconds)
    return tap.as_control()


def delete(pg: Playground, chat: int, message: int) -> None:
    pg.people.delete(chat, message)


def block(pg: Playground, user: int) -> None:
    pg.people.block(user)


def unblock(pg: Playground, user: int) -> None:
    pg.people.unblock(user)


def bot_role(pg: Playground, by: int, chat: int, role: str) -> None:
    if role not in ROLES:
        raise Refused(f"no role {role!r}; there are: {', '.join(sorted(ROLES))}")
    pg.people.set_bot_role(by, chat, role)


def member_role(pg: Playground, user: int, chat: int, role: str) -> None:
    if role not in ROLES:
        raise Refused(f"no role {role!r}; there are: {', '.join(sorted(ROLES))}")
    pg.people.set_role(user, chat, role)


def migrate(pg: Playground, chat: int) -> JsonObject:
    return pg.people.chat_view(pg.people.migrate(chat))


def person(
    pg: Playground,
    id: int,  # noqa: A002 # the name in the interface
    name: str,
    username: str = "",
    language_code: str = "en",
    started: bool = False,
) -> JsonObject:
    chat = pg.people.add_person(id, name, username=username, language_code=language_code, started=started)
    return pg.people.chat_view(chat)


def group(
    pg: Playground,
    id: int,  # noqa: A002 # the name in the interface
    title: str,
    members: list[int],
    kind: str = "group",
    topics: dict[str, str] | None = None,
    bare_commands: bool = False,
    with_bot: bool = True,
) -> JsonObject:
    named = {int(topic): name for topic, name in (topics or {}).items()}
    chat = pg.people.add_group(
        title, members, chat_id=id, kind=kind, topics=named, bare_commands=bare_commands, with_bot=with_bot
    )
    return pg.people.chat_view(chat)


def bare_commands(pg: Playground, chat: int, on: bool) -> None:
    found = pg.world.chat(chat)
    found.bare_commands = on
    pg.tell_chat(found)


def fault(pg: Playground, kind: str, **fields: Any) -> JsonObject:
    rule = pg.faults.add(kind, **fields)
    pg.updates.wake()
    return {"id": rule.id, "kind": rule.kind}


def clear_faults(pg: Playground) -> None:
    pg.faults.clear()


def limits(
    pg: Playground,
    on: bool,
    per_chat: tuple[int, float] = (PER_CHAT.count, PER_CHAT.seconds),
    per_group: tuple[int, float] = (PER_GROUP.count, PER_GROUP.seconds),
    overall: tuple[int, float] = (OVERALL.count, OVERALL.seconds),
) -> None:
    clock = asyncio.get_running_loop().time
    windows = {"per_chat": per_chat, "per_group": per_group, "overall": overall}
    pg.limits = Limits(clock, **{name: Window(*window) for name, window in windows.items()}) if on else None


def clock(pg: Playground, shift: float) -> JsonObject:
    pg.shift = shift
    pg.updates.wake()
    return {"now": pg.now()}


def settings(
    pg: Playground,
    validate: bool | None = None,
    latency: float | None = None,
    privacy_mode: bool | None = None,
    callback_seconds: float | None = None,
) -> JsonObject:
    pg.validate = pg.validate if validate is None else validate
    pg.latency = pg.latency if latency is None else latency
    pg.privacy_mode = pg.privacy_mode if privacy_mode is None else privacy_mode
    if callback_seconds is not None:
        pg.world.callback_seconds = callback_seconds
    return dict(state(pg)["settings"])


Operation = Callable[..., Any]
READINGS: dict[str, Operation] = {
    function.__name__: function
    for function in (state, chats, messages, menu, callback, calls, pending, polled, settle)
}
ACTIONS: dict[str, Operation] = {
    function.__name__: function
    for function in (
        send, upload, edit, press, redeliver, delete, block, unblock, bot_role, member_role, migrate, person, group,
        bare_commands, fault, clear_faults, limits, clock, settings,
    )
}  # fmt: skip
