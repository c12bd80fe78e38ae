"""The orders of the control API as functions; control_api.py tells what each takes and gives."""

from __future__ import annotations

import base64
import binascii
import contextlib
import inspect
from collections.abc import Callable
from typing import Any

from playground.emulator import Emulator
from playground.errors import OrderError
from playground.state.rate_limits import OVERALL, PER_CHAT, PER_GROUP, RateLimit, RateLimits
from playground.state.records import Callback

JsonObject = dict[str, Any]


# -- reading ----------------------------------------------------------------------------------------------


def state(emulator: Emulator) -> JsonObject:
    world, profile = emulator.world, emulator.telegram.profile
    return {
        "bot": {
            **world.bot.as_api(),
            "description": profile.texts.get("description", ""),
            "short_description": profile.texts.get("short_description", ""),
        },
        "people": [user.as_api() for user in world.users.values() if not user.is_bot],
        "chats": [world.chat_view(chat) for chat in world.chats.values()],
        "seq": emulator.events.seq,
        "now": emulator.telegram.now(),
        "settings": {
            "validate": emulator.validate,
            "latency": emulator.latency,
            "privacy_mode": emulator.telegram.privacy_mode,
            "callback_seconds": world.callback_seconds,
        },
    }


def messages(emulator: Emulator, chat: int, after: int = 0) -> list[JsonObject]:
    found = emulator.world.chat(chat)
    return [emulator.world.message_json(one) for one in found.messages.values() if one.id > after]


def menu(emulator: Emulator, chat: int, viewer: int) -> list[dict[str, str]]:
    emulator.world.user(viewer)
    return emulator.telegram.profile.menu(emulator.world.chat(chat))


def _tap(emulator: Emulator, callback_id: str) -> Callback:
    if (tap := emulator.world.callbacks.get(str(callback_id))) is None:
        raise OrderError(f"no tap {callback_id}")
    return tap


async def callback(emulator: Emulator, id: str, wait: float = 0.0) -> JsonObject:  # noqa: A002 # the name in the API
    tap = _tap(emulator, id)
    with contextlib.suppress(TimeoutError):
        await emulator.until(lambda: tap.answers or not wait, wait)
    return tap.as_control()


def calls(
    emulator: Emulator, after: int = 0, method: str | None = None, chat: int | None = None
) -> list[JsonObject]:
    wanted = method.lower() if method is not None else None
    return [
        call.as_control()
        for call in emulator.calls
        if call.seq > after
        and (wanted is None or call.method.lower() == wanted)
        and (chat is None or str(call.params.get("chat_id")) == str(chat))
    ]


def pending(emulator: Emulator) -> JsonObject:
    return {"waiting": len(emulator.updates), "confirmed": emulator.updates.confirmed, "busy": emulator.busy}


async def polled(emulator: Emulator, waiting: bool = True, timeout: float = 10.0) -> None:  # noqa: ASYNC109 # part of the API
    try:
        await emulator.until(lambda: (emulator.updates.poller is not None) == waiting, timeout)
    except TimeoutError:
        raise OrderError(f"{'no' if waiting else 'still a'} long poll after {timeout} s") from None


async def settle(emulator: Emulator, quiet: float = 0.03, timeout: float = 10.0) -> JsonObject:  # noqa: ASYNC109 # part of the API
    try:
        await emulator.settle(quiet, timeout)
    except TimeoutError:
        raise OrderError(f"not quiet after {timeout} s: {pending(emulator)}") from None
    return pending(emulator)


# -- acting -----------------------------------------------------------------------------------------------


def send(
    emulator: Emulator,
    user: int,
    chat: int,
    text: str,
    topic: int | None = None,
    reply_to: int | None = None,
    anonymous: bool = False,
) -> JsonObject:
    message = emulator.people.send(user, chat, text, thread_id=topic, reply_to=reply_to, anonymous=anonymous)
    return emulator.world.message_json(message)


def upload(emulator: Emulator, user: int, chat: int, name: str, content: str) -> JsonObject:
    try:
        data = base64.b64decode(content, validate=True)
    except binascii.Error:
        raise OrderError("content is not base64") from None
    return emulator.world.message_json(emulator.people.upload(user, chat, name, data))


def edit(emulator: Emulator, chat: int, message: int, text: str) -> JsonObject:
    return emulator.world.message_json(emulator.people.edit(chat, message, text))


def press(emulator: Emulator, user: int, chat: int, message: int, data: str, raw: bool = False) -> JsonObject:
    return emulator.people.press(user, chat, message, data, raw=raw).as_control()


def redeliver(emulator: Emulator, callback: str) -> JsonObject:
    tap = _tap(emulator, callback)
    emulator.people.deliver_tap(tap)
    return tap.as_control()


def delete(emulator: Emulator, chat: int, message: int) -> None:
    emulator.people.delete(chat, message)


def block(emulator: Emulator, user: int) -> None:
    emulator.people.block(user)


def unblock(emulator: Emulator, user: int) -> None:
    emulator.people.unblock(user)


def bot_role(emulator: Emulator, by: int, chat: int, role: str) -> None:
    emulator.people.set_bot_role(by, chat, role)


def migrate(emulator: Emulator, chat: int) -> JsonObject:
    return emulator.world.chat_view(emulator.people.migrate(chat))


def person(
    emulator: Emulator,
    id: int,  # noqa: A002 # the name in the API
    name: str,
    username: str = "",
    started: bool = False,
) -> JsonObject:
    chat = emulator.people.add_person(id, name, username=username, started=started)
    return emulator.world.chat_view(chat)


def group(
    emulator: Emulator,
    id: int,  # noqa: A002 # the name in the API
    title: str,
    members: list[int],
    kind: str = "group",
    topics: dict[str, str] | None = None,
    bare_commands: bool = False,
    with_bot: bool = True,
) -> JsonObject:
    named = {int(topic): name for topic, name in (topics or {}).items()}
    chat = emulator.people.add_group(
        title, members, chat_id=id, kind=kind, topics=named, bare_commands=bare_commands, with_bot=with_bot
    )
    return emulator.world.chat_view(chat)


def fault(emulator: Emulator, kind: str, **fields: Any) -> JsonObject:
    rule = emulator.telegram.faults.add(kind, **fields)
    emulator.updates.changed.wake()
    return {"id": rule.id, "kind": rule.kind}


def clear_faults(emulator: Emulator) -> None:
    emulator.telegram.faults.clear()


def limits(
    emulator: Emulator,
    on: bool,
    per_chat: tuple[int, float] = (PER_CHAT.count, PER_CHAT.seconds),
    per_group: tuple[int, float] = (PER_GROUP.count, PER_GROUP.seconds),
    overall: tuple[int, float] = (OVERALL.count, OVERALL.seconds),
) -> None:
    limits = RateLimits(RateLimit(*per_chat), RateLimit(*per_group), RateLimit(*overall))
    emulator.limits = limits if on else None


def clock(emulator: Emulator, shift: float) -> JsonObject:
    emulator.telegram.shift = shift
    emulator.updates.changed.wake()
    return {"now": emulator.telegram.now()}


def settings(
    emulator: Emulator,
    validate: bool | None = None,
    latency: float | None = None,
    privacy_mode: bool | None = None,
    callback_seconds: float | None = None,
) -> JsonObject:
    for owner, name, value in (
        (emulator, "validate", validate),
        (emulator, "latency", latency),
        (emulator.telegram, "privacy_mode", privacy_mode),
        (emulator.world, "callback_seconds", callback_seconds),
    ):
        if value is not None:
            setattr(owner, name, value)
    return dict(state(emulator)["settings"])


Order = Callable[..., Any]
READINGS: dict[str, Order] = {
    function.__name__: function
    for function in (state, messages, menu, callback, calls, pending, polled, settle)
}
ACTIONS: dict[str, Order] = {
    function.__name__: function
    for function in (
        send, upload, edit, press, redeliver, delete, block, unblock, bot_role, migrate, person, group,
        fault, clear_faults, limits, clock, settings,
    )
}  # fmt: skip


async def perform(emulator: Emulator, name: str, arguments: dict[str, Any]) -> Any:
    """Performs one order.

    Args:
        emulator: whose Telegram it is for.
        name: one of the readings or actions.
        arguments: by the names that control_api.py lists.

    Returns:
        The order's result, ready for JSON.

    Raises:
        OrderError: when the order makes no sense.
    """
    order = ACTIONS.get(name) or READINGS.get(name)
    if order is None:
        raise OrderError(f"no order {name!r}; there are: {', '.join(sorted({**ACTIONS, **READINGS}))}")
    try:
        inspect.signature(order).bind(emulator, **arguments)
    except TypeError as error:
        raise OrderError(f"{name}: {error}") from None
    result = order(emulator, **arguments)
    return await result if inspect.isawaitable(result) else result
