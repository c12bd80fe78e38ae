"""Small pieces of HTTP over ASGI: reading what a client sent in any of four ways, answering with JSON or bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from playground.api.params import Upload
from playground.errors import ApiError, Disconnected, bad_request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]
Result = TypeVar("Result")

MOST_BYTES = 52 * 1024 * 1024
JSON = b"application/json"


def header(scope: Scope, name: bytes) -> bytes:
    """A request header by its lower-case name; b'' when it is not there."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return b""


async def read_body(receive: Receive) -> bytes:
    """The whole body; raises ApiError 413 over 52 MB."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    if not message.get("more_body"):
        return bytes(message.get("body", b""))
    parts = [message.get("body", b"")]
    size = len(parts[0])
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            raise ApiError(413, "Request Entity Too Large")
    return b"".join(parts)


async def read_parameters(scope: Scope, receive: Receive) -> tuple[dict[str, Any], dict[str, Upload]]:
    """What a call says, from the query, a form, a multipart body or JSON; files apart."""
    body = await read_body(receive)
    query = scope["query_string"]
    values: dict[str, Any] = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {}
    if not body:
        return values, {}
    kind = header(scope, b"content-type").split(b";", 1)[0].strip().lower()
    if kind == JSON:
        values.update(_json_object(body))
    elif kind == b"application/x-www-form-urlencoded":
        values.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    elif kind == b"multipart/form-data":
        fields, uploads = await _multipart(scope, body)
        values.update(fields)
        return values, uploads
    else:
        raise bad_request(f"unsupported content type {kind.decode('latin-1') or 'of the request'}")
    return values, {}


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except ValueError:
        raise bad_request("can't parse request: JSON expected") from None
    if not isinstance(values, dict):
        raise bad_request("can't parse request: an Object expected")
    return values


async def _multipart(scope: Scope, body: bytes) -> tuple[dict[str, Any], dict[str, Upload]]:
    from starlette.datastructures import Headers, UploadFile
    from starlette.formparsers import MultiPartException, MultiPartParser

    async def stream() -> AsyncIterator[bytes]:
        yield body

    parser = MultiPartParser(Headers(scope=scope), stream(), max_part_size=MOST_BYTES)  # type: ignore[arg-type] # an iterator is a generator here
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise bad_request(f"can't parse multipart body: {error}") from None
    values: dict[str, Any] = {}
    uploads: dict[str, Upload] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            uploads[name] = Upload(value.filename or "", await value.read(), value.content_type or "")
        else:
            values[name] = value
    await form.close()
    return values, uploads


async def until_gone(receive: Receive, work: Coroutine[Any, Any, Result]) -> Result:
    """The result of ``work``, which is cancelled when the client goes away (then raises Disconnected)."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    tasks = asyncio.create_task(work), asyncio.create_task(gone())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0].done():
            return tasks[0].result()
        raise Disconnected
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def answer(
    send: Send, status: int, body: bytes, content_type: bytes = JSON, headers: tuple[Header, ...] = ()
) -> None:
    """One complete response."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", content_type),
                (b"content-length", str(len(body)).encode()),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


def as_json(value: Any) -> bytes:
    """Compact ASCII JSON."""
    return json.dumps(value, separators=(",", ":")).encode()
