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
from playground.state.people import People
from playground.state.rate_limits import RateLimits
from playground.state.records import Callback, Chat, Message

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
    }


def messages(emulator: Emulator, chat_id: int, after: int = 0) -> list[JsonObject]:
    found = emulator.world.chat(chat_id)
    return [emulator.world.message_json(one) for one in found.messages.values() if one.id > after]


def menu(emulator: Emulator, chat_id: int) -> list[dict[str, str]]:
    return emulator.telegram.profile.menu(emulator.world.chat(chat_id))


def _tap(emulator: Emulator, callback_id: str) -> Callback:
    if (tap := emulator.world.callbacks.get(str(callback_id))) is None:
        raise OrderError(f"no tap {callback_id}")
    return tap


async def callback(emulator: Emulator, callback_id: str, wait: float = 0.0) -> Callback:
    tap = _tap(emulator, callback_id)
    with contextlib.suppress(TimeoutError):
        await emulator.until(lambda: tap.answers or not wait, wait)
    return tap


def calls(
    emulator: Emulator, after: int = 0, method: str | None = None, chat_id: int | None = None
) -> list[JsonObject]:
    wanted = method.lower() if method is not None else None
    return [
        call.as_control()
        for call in emulator.calls
        if call.seq > after
        and (wanted is None or call.method.lower() == wanted)
        and (chat_id is None or str(call.params.get("chat_id")) == str(chat_id))
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


def upload(emulator: Emulator, user_id: int, chat_id: int, name: str, content: str) -> Message:
    try:
        data = base64.b64decode(content, validate=True)
    except binascii.Error:
        raise OrderError("content is not base64") from None
    return emulator.people.upload(user_id, chat_id, name, data)


def redeliver(emulator: Emulator, callback_id: str) -> None:
    emulator.people.deliver_tap(_tap(emulator, callback_id))


def fault(emulator: Emulator, kind: str, **fields: Any) -> None:
    emulator.telegram.faults.add(kind, **fields)
    emulator.updates.changed.wake()


def clear_faults(emulator: Emulator) -> None:
    emulator.telegram.faults.clear()


def limits(emulator: Emulator, on: bool) -> None:
    emulator.limits = RateLimits() if on else None


def clock(emulator: Emulator, shift: float) -> None:
    emulator.telegram.shift = shift
    emulator.updates.changed.wake()


def settings(
    emulator: Emulator,
    validate: bool | None = None,
    latency: float | None = None,
    privacy_mode: bool | None = None,
    callback_seconds: float | None = None,
) -> None:
    for owner, name, value in (
        (emulator, "validate", validate),
        (emulator, "latency", latency),
        (emulator.telegram, "privacy_mode", privacy_mode),
        (emulator.world, "callback_seconds", callback_seconds),
    ):
        if value is not None:
            setattr(owner, name, value)


Order = Callable[..., Any]


def _by_name(*orders: Order) -> dict[str, Order]:
    return {order.__name__: order for order in orders}


READINGS: dict[str, Order] = _by_name(state, messages, menu, callback, calls, pending, polled, settle)
OF_PEOPLE: dict[str, Order] = {
    "send": People.send,
    "edit": People.edit,
    "press": People.press,
    "delete": People.delete,
    "bot_role": People.set_bot_role,
    "migrate": People.migrate,
    "person": People.add_person,
    "group": People.add_group,
}
ACTIONS = OF_PEOPLE | _by_name(upload, redeliver, fault, clear_faults, limits, clock, settings)


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
    subject = emulator.people if name in OF_PEOPLE else emulator
    try:
        inspect.signature(order).bind(subject, **arguments)
    except TypeError as error:
        raise OrderError(f"{name}: {error}") from None
    result = order(subject, **arguments)
    return _as_json(emulator, await result if inspect.isawaitable(result) else result)


def _as_json(emulator: Emulator, result: Any) -> Any:
    """Returns the result of an order as the control API shows it."""
    match result:
        case Message():
            return emulator.world.message_json(result)
        case Chat():
            return emulator.world.chat_view(result)
        case Callback():
            return result.as_control()
    return result
