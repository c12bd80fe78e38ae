"""A lean HTTP front for the playground. uvicorn's takes about as long for a request as the bot; this one does not."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from playground.emulator import Emulator
from playground.errors import ApiError
from playground.http.requests import as_json, read_parameters

HEAD = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Front(asyncio.Protocol):
    """One connection: keep-alive, no pipelining, bodies with Content-Length or chunked."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As asyncio calls it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        """As asyncio calls it."""
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        """As asyncio calls it."""
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lines = head.split(b"\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
            body = _unchunked(rest)
            if body is None:
                return
        else:
            length = int(headers.get(b"content-length", b"0"))
            if len(rest) < length:
                return
            body = rest[:length]
        self._buffer = b""
        self._task = asyncio.create_task(self._answer(lines[0].split(b" ")[1].decode(), headers, body))

    async def _answer(self, target: str, headers: dict[bytes, bytes], body: bytes) -> None:
        emulator = self._emulator
        if emulator.latency:
            await asyncio.sleep(emulator.latency)
        status = 200
        parts = urlsplit(target)
        try:
            values, uploads = await _parameters(parts.query, headers, body)
            content = as_json(
                {"ok": True, "result": await emulator.call(parts.path.rsplit("/", 1)[1], values, uploads)}
            )
        except ApiError as error:
            status, content = error.code, as_json(error.body())
        if emulator.latency:
            await asyncio.sleep(emulator.latency)
        if self._transport is not None:
            self._transport.write(HEAD % (status, len(content)) + content)


async def _parameters(query: str, headers: dict[bytes, bytes], body: bytes) -> Any:
    kind = headers.get(b"content-type", b"").partition(b";")[0]
    if kind == b"application/json":
        return {**dict(parse_qsl(query)), **json.loads(body)}, {}
    if kind == b"application/x-www-form-urlencoded":
        return {**dict(parse_qsl(query)), **dict(parse_qsl(body.decode(), keep_blank_values=True))}, {}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    scope = {"type": "http", "query_string": query.encode(), "headers": list(headers.items())}
    return await read_parameters(Request(scope, receive))


def _unchunked(data: bytes) -> bytes | None:
    """The body of a chunked request, None while it is not whole."""
    parts = []
    while True:
        size, found, rest = data.partition(b"\r\n")
        if not found:
            return None
        length = int(size, 16)
        if len(rest) < length + 2:
            return None
        if not length:
            return b"".join(parts)
        parts.append(rest[:length])
        data = rest[length + 2 :]


@contextlib.asynccontextmanager
async def serving(emulator: Emulator) -> AsyncIterator[str]:
    """Serve on a free port of 127.0.0.1 while the block runs; gives the address."""
    server = await asyncio.get_running_loop().create_server(lambda: Front(emulator), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
