"""The control API: what the page and the tests do with the playground, over HTTP, on loopback only.

Reading is ``GET /playground/<name>?argument=value``, acting is ``POST /playground/<name>`` with a JSON object. The
answer is ``{"ok": true, "result": ..., "seq": n}``, where ``seq`` is the number of the last event so far; a wrong
order gives HTTP 400 and ``{"ok": false, "error": "..."}``. Messages are those of the Bot API.

Reading
    state                                  {bot, people, chats, seq}
    messages   chat_id [after]             the messages of a chat with a higher number than ``after``
    menu       chat_id                     the commands that are offered there, [{command, description}]
    callback   callback_id [wait]          a tap and its answer; waits up to ``wait`` seconds for one
    calls      [after] [method] [chat_id]  every call of the bot since number ``after``
    pending                                updates that wait, were confirmed, and calls under way
    polled     [waiting] [timeout]         waits until the bot's long poll is there (or, false, is not)
    settle     [quiet] [timeout]           waits until the bot has taken all updates and made no call for ``quiet``
                                           seconds (0.03)
    file       id                          the bytes of a file (no JSON)
    events     [after]                     server-sent events, see below (no JSON)

Acting
    send       user_id chat_id text [thread_id] [reply_to] [anonymous] [author]
                                                                         a message, with the new message as result;
                                                                         author: whose words are forwarded, or which
                                                                         bot they were written through
    upload     user_id chat_id name content                              a document; ``content`` in base64
    edit       chat_id message_id text                                   by its author
    press      user_id chat_id message_id data [raw]                     a tap -> {callback_id, ...}; raw: any data
    redeliver  callback_id                                               the same tap again in another update
    delete     chat_id message_id
    bot_role   by chat_id role          member, administrator, kicked (in a private chat: blocked) or left
    migrate    chat_id                  the group becomes a supergroup -> the new chat
    person     user_id name [username] [started]
    group      chat_id title members [kind] [topics] [bare_commands] [with_bot]
    fault      kind [method] [chat_id] [count] [skip] [seconds] [code] [description]      see state/faults.py
    clear_faults
    limits     on                    Telegram's limits on sends, see state/rate_limits.py
    clock      shift                 seconds added to the real time
    settings   [validate] [latency] [privacy_mode] [callback_seconds]

Events, each ``data: {"seq": n, "type": ..., ...}``
    message_new, message_edited   chat_id, message
    message_deleted               chat_id, message_id
    button_pressed                callback_id, user_id, chat_id, message_id, data, answered: false, answer: null
    callback_answered             the same, answered: true, answer: {text, show_alert, url}
    chat_action                   chat_id, action, thread_id
    chat_changed                  chat_id, chat
    menu_changed                  command menus or descriptions of the bot changed
    reset                         events were lost: read everything again
    bye                           the playground ends; the last event

Requests must name 127.0.0.1 or localhost as their host and may not come from another site's page.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from playground.emulator import Emulator
from playground.errors import OrderError
from playground.http.orders import ACTIONS, perform
from playground.http.requests import as_json, content_type

LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})
NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class LocalOnly:
    """Refuses requests that do not name this machine as host, or that come from another site's page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin", "")
        if re.sub(r":\d+$", "", host) in LOCAL and origin in ("", f"http://{host}"):
            await self.app(scope, receive, send)
        else:
            await refusal(403, "the control API is for this machine only")(scope, receive, send)


class ControlApi:
    """The endpoints for one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    async def order(self, request: Request) -> Response:
        """Performs one order."""
        name = request.path_params["name"]
        try:
            result = await perform(self.emulator, name, await read_arguments(request, name))
        except OrderError as error:
            return refusal(400, str(error))
        return answer(200, {"ok": True, "result": result, "seq": self.emulator.events.seq})

    async def events(self, request: Request) -> Response:
        """Sends events until the client goes away or the playground ends."""
        after = read_query(request).get("after")

        async def lines() -> AsyncIterator[bytes]:
            yield b": hello\n\n"
            async for event in self.emulator.events.stream(after if isinstance(after, int) else None):
                yield b": alive\n\n" if event is None else b"data: " + as_json(event) + b"\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream", headers=NO_STORE)

    async def file(self, request: Request) -> Response:
        """Sends the bytes of a file: a picture to look at, everything else to save under its own name."""
        file = self.emulator.world.files.get(request.query_params.get("id", ""))
        if file is None:
            return refusal(400, "no file with this id")
        if file.mime_type in PICTURES:
            return Response(file.content, media_type=file.mime_type, headers=NO_STORE)
        saved = {"content-disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
        return Response(file.content, media_type="application/octet-stream", headers=NO_STORE | saved)


def answer(status: int, content: dict[str, Any]) -> Response:
    """Makes an answer of JSON that nobody keeps."""
    return Response(as_json(content), status, NO_STORE, "application/json")


def refusal(status: int, why: str) -> Response:
    """Makes the answer to a wrong order."""
    return answer(status, {"ok": False, "error": why})


def read_query(request: Request) -> dict[str, Any]:
    """Reads the arguments of a query: numbers, ``true`` and ``false`` as such; ``callback_id`` stays text."""
    found: dict[str, Any] = dict(request.query_params)
    for name, value in found.items():
        if value in ("true", "false"):
            found[name] = value == "true"
        elif name != "callback_id" and re.fullmatch(r"-?\d+(\.\d+)?", value):
            found[name] = float(value) if "." in value else int(value)
    return found


async def read_arguments(request: Request, name: str) -> dict[str, Any]:
    """Reads the arguments of an order: the query of a GET, or the JSON object of a POST."""
    if request.method != "POST":
        if name in ACTIONS:
            raise OrderError(f"{name} wants POST")
        return read_query(request)
    if content_type(request) != "application/json":
        raise OrderError("an order is a JSON object, with Content-Type: application/json")
    try:
        arguments = json.loads(await request.body() or b"{}")
    except ValueError:
        raise OrderError("the order is no JSON") from None
    if not isinstance(arguments, dict):
        raise OrderError("an order is a JSON object")
    return arguments
