"""The control interface: what the page and the tests do with the stand-in, over HTTP, on loopback only.

Reading is ``GET /playground/<name>?argument=value``, acting is ``POST /playground/<name>`` with a JSON object. The
answer is ``{"ok": true, "result": ..., "seq": n}``, where ``seq`` is the number of the last event so far; a wrong
order gives HTTP 400 and ``{"ok": false, "error": "..."}``. ``chat``, ``user``, ``message`` and ``topic`` are numbers.
Messages are those of the Bot API with one more field, ``out``: whether the viewer wrote it.

Reading
    state                                  {bot, people, chats, seq, now, settings}
    chats      [viewer]                    the chats that this person sees (all without a viewer)
    messages   chat [viewer] [after]       the messages of a chat with a higher number than ``after``
    menu       chat viewer                 the commands this person is offered there, [{command, description}]
    callback   id [wait]                   a tap and its answer; waits up to ``wait`` seconds for one
    calls      [after] [method] [chat]     every call of the bot since number ``after``
    pending                                updates that wait, were confirmed, and calls under way
    polled     [waiting] [timeout]         waits until the bot's long poll is there (or, false, is not)
    settle     [quiet] [timeout]           waits until the bot has taken all updates and made no call for ``quiet``
                                           seconds (0.03)
    file       id                          the bytes of a file (no JSON)
    events     [after]                     server-sent events, see below (no JSON)

Acting
    send       user chat text [topic] [reply_to] [anonymous]          a message, with the new message as result
    upload     user chat name content [caption]                       a document; ``content`` in base64
    edit       chat message text                                      by its author
    press      user chat message data [raw]                           a tap -> {callback_id, ...}; raw: any data
    redeliver  callback                                               the same tap again in another update
    delete     chat message
    block, unblock    user
    bot_role   by chat role          member, administrator, kicked or left
    member_role user chat role       the same for a person
    migrate    chat                  the group becomes a supergroup -> the new chat
    person     id name [username] [language_code] [started]
    group      id title members [kind] [topics] [bare_commands] [with_bot]
    bare_commands  chat on           whether ``/command`` without the bot's name reaches it there
    fault      kind [method] [chat_id] [count] [skip] [seconds] [code] [description]      see faults.py
    clear_faults
    limits     on [per_chat] [per_group] [overall]        windows as [count, seconds]
    clock      shift                 seconds added to the real time
    settings   [validate] [latency] [privacy_mode] [callback_seconds]

Events, each ``data: {"seq": n, "type": ..., ...}``
    message_new, message_edited   chat_id, message
    message_deleted               chat_id, message_id
    button_pressed                callback_id, user_id, chat_id, message_id, data
    callback_answered             the same with ``answer``: {text, show_alert, url}
    chat_action                   chat_id, action, thread_id
    chat_changed                  chat_id, chat
    menu_changed                  command menus or texts of the bot changed
    reset                         events were lost: read everything again

Requests must name 127.0.0.1 or localhost as their host and may not come from another site's page.
"""

from __future__ import annotations

import inspect
import json
import re
from typing import Any
from urllib.parse import parse_qsl

from playground.emulator import Playground
from playground.errors import Refused
from playground.http.operations import ACTIONS, READINGS
from playground.http.requests import (
    JSON,
    Receive,
    Scope,
    Send,
    answer,
    as_json,
    header,
    read_body,
    until_gone,
)

LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})
NO_STORE = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


async def operate(playground: Playground, name: str, arguments: dict[str, Any]) -> Any:
    """Performs one order and gives its result; raises Refused when it makes no sense."""
    operation = ACTIONS.get(name) or READINGS.get(name)
    if operation is None:
        raise Refused(f"no order {name!r}; there are: {', '.join(sorted({**ACTIONS, **READINGS}))}")
    try:
        inspect.signature(operation).bind(playground, **arguments)
    except TypeError as error:
        raise Refused(f"{name}: {error}") from None
    result = operation(playground, **arguments)
    return await result if inspect.isawaitable(result) else result


async def serve(playground: Playground, scope: Scope, receive: Receive, send: Send) -> None:
    """One request to the control interface."""
    name = scope["path"].removeprefix("/playground/")
    if not _is_local(scope):
        await _refuse(send, 403, "the control interface is for this machine only")
        return
    try:
        if name == "events":
            await _events(playground, _query(scope), receive, send)
        elif name == "file":
            await _file(playground, _query(scope), send)
        else:
            arguments = await _arguments(scope, name, receive)
            result = await operate(playground, name, arguments)
            body = as_json({"ok": True, "result": result, "seq": playground.events.seq})
            await answer(send, 200, body, JSON, NO_STORE)
    except Refused as error:
        await _refuse(send, 400, str(error))


async def _refuse(send: Send, status: int, why: str) -> None:
    await answer(send, status, as_json({"ok": False, "error": why}), JSON, NO_STORE)


def _is_local(scope: Scope) -> bool:
    """Whether the request names this machine as host and does not come from a foreign page."""
    host = header(scope, b"host").decode("latin-1")
    origin = header(scope, b"origin").decode("latin-1")
    return re.sub(r":\d+$", "", host) in LOCAL and origin in ("", f"http://{host}")


def _query(scope: Scope) -> dict[str, Any]:
    """Arguments of a query; numbers, ``true`` and ``false`` are read as such, ``id`` stays text."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        if value in ("true", "false"):
            found[name] = value == "true"
        elif name != "id" and re.fullmatch(r"-?\d+(\.\d+)?", value):
            found[name] = float(value) if "." in value else int(value)
        else:
            found[name] = value
    return found


async def _arguments(scope: Scope, name: str, receive: Receive) -> dict[str, Any]:
    if scope["method"] == "GET":
        if name in ACTIONS:
            raise Refused(f"{name} wants POST")
        return _query(scope)
    if header(scope, b"content-type").split(b";")[0].strip().lower() != JSON:
        raise Refused("an order is a JSON object, with Content-Type: application/json")
    body = await read_body(receive)
    try:
        arguments = json.loads(body or b"{}")
    except ValueError:
        raise Refused("the order is no JSON") from None
    if not isinstance(arguments, dict):
        raise Refused("an order is a JSON object")
    return arguments


async def _events(playground: Playground, query: dict[str, Any], receive: Receive, send: Send) -> None:
    """Server-sent events until the client goes away or the stand-in ends."""
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    after = query.get("after")

    async def tell() -> None:
        await send({"type": "http.response.body", "body": b": hello\n\n", "more_body": True})
        async for event in playground.events.stream(after if isinstance(after, int) else None):
            data = b": alive\n\n" if event is None else b"data: " + as_json(event) + b"\n\n"
            await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    await until_gone(receive, tell())


async def _file(playground: Playground, query: dict[str, Any], send: Send) -> None:
    """The bytes of a file: a picture to look at, everything else to save."""
    from playground.http.app import disposition

    file = playground.world.files.get(str(query.get("id", "")))
    if file is None:
        raise Refused("no file with this id")
    if file.width and file.mime_type in PICTURES:
        await answer(send, 200, file.content, file.mime_type.encode(), NO_STORE)
    else:
        await answer(
            send, 200, file.content, b"application/octet-stream", (*NO_STORE, disposition(file.name))
        )
