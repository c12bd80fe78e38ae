"""The stand-in as an ASGI application: the Bot API, the control interface and the page, by the first part of the path.

/bot<token>/<method>       the Bot API
/file/bot<token>/<path>    downloads
/playground/...            control.py
everything else            the page (files in playground/web)
"""

from __future__ import annotations

import asyncio
import re
from urllib.parse import quote

from playground.emulator import Playground
from playground.errors import ApiError, BadGateway, Disconnected, Dropped
from playground.http import control_api, page
from playground.http.requests import (
    Receive,
    Scope,
    Send,
    answer,
    as_json,
    read_parameters,
    until_gone,
)
from playground.state.faults import BAD_GATEWAY

_token = re.compile(r"\d+:[A-Za-z0-9_-]+")
NOT_FOUND = ApiError(404, "Not Found")
UNAUTHORIZED = ApiError(401, "Unauthorized")


class App:
    """Answers requests for one Playground."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self._prefix = f"/bot{playground.token}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            raise RuntimeError(f"cannot serve {scope['type']}")
        path = scope["path"]
        try:
            if path.startswith("/bot"):
                await self._bot(scope, receive, send)
            elif path.startswith("/file/bot"):
                await self._file(scope, receive, send)
            elif path.startswith("/playground/"):
                await control_api.serve(self.playground, scope, receive, send)
            else:
                await page.serve(scope, send)
        except Disconnected:
            return
        except Dropped:
            await _cut(scope, receive)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.playground.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _bot(self, scope: Scope, receive: Receive, send: Send) -> None:
        playground = self.playground
        path: str = scope["path"]
        if playground.latency:
            await asyncio.sleep(playground.latency)
        status = 200
        try:
            method = path.removeprefix(self._prefix)
            if not path.startswith(self._prefix) or "/" in method or not method:
                raise _wrong_path(path, playground.token)
            values, uploads = await read_parameters(scope, receive)
            call = playground.call(method, values, uploads)
            polls = method.lower() == "getupdates"
            body = as_json({"ok": True, "result": await (until_gone(receive, call) if polls else call)})
        except ApiError as error:
            status, body = error.code, as_json(error.body())
        except BadGateway:
            await answer(send, 502, BAD_GATEWAY, b"text/html")
            return
        if playground.latency:
            await asyncio.sleep(playground.latency)
        await answer(send, status, body)

    async def _file(self, scope: Scope, receive: Receive, send: Send) -> None:
        playground = self.playground
        if playground.faults.is_dead:
            raise Dropped
        token, _, path = scope["path"].removeprefix("/file/bot").partition("/")
        if token != playground.token:
            error = _wrong_path(f"/bot{token}/x", playground.token)
            await answer(send, error.code, as_json(error.body()))
            return
        file = next((file for file in playground.world.files.values() if file.path == path), None)
        if file is None:
            await answer(send, 404, as_json(NOT_FOUND.body()))
            return
        await answer(send, 200, file.content, b"application/octet-stream", (disposition(file.name),))


def disposition(name: str) -> tuple[bytes, bytes]:
    """The header that makes a browser save a file under its own name."""
    return b"content-disposition", f"attachment; filename*=UTF-8''{quote(name)}".encode()


def _wrong_path(path: str, token: str) -> ApiError:
    """401 for another bot's token, 404 for what is no token or no method."""
    given, slash, _ = path.removeprefix("/bot").partition("/")
    if not _token.fullmatch(given) or not slash:
        return NOT_FOUND
    return UNAUTHORIZED if given != token else ApiError(404, "Not Found: method not found")


async def _cut(scope: Scope, receive: Receive) -> None:
    """Resets the connection; without a connection (in-process clients) it fails like one."""
    transport = scope.get("state", {}).get("transport")
    if transport is None:
        raise ConnectionResetError("the stand-in dropped the connection")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
