"""Small pieces around Starlette's requests: parameters sent in any of four ways, and work that a client may leave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from playground.api.params import Upload
from playground.errors import Disconnected, bad_request

Result = TypeVar("Result")

MOST_BYTES = 52 * 1024 * 1024
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def content_type(request: Request) -> str:
    """Returns the type of a request's body without parameters such as the charset; '' when it has none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_parameters(request: Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Reads what a call says, from the query, a form, a multipart body or JSON.

    Returns:
        The parameters, and the files by the names of their fields.
    """
    values: dict[str, Any] = dict(request.query_params)
    body, kind = await request.body(), content_type(request)
    if not body:
        return values, {}
    if kind == "application/json":
        return values | _json_object(body), {}
    if kind not in FORMS:
        raise bad_request(f"unsupported content type {kind or 'of the request'}")
    uploads: dict[str, Upload] = {}
    try:
        async with request.form(max_part_size=MOST_BYTES) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    content = await value.read()
                    uploads[name] = Upload(value.filename or "", content, value.content_type or "")
                else:
                    values[name] = value
    except (HTTPException, KeyError) as error:
        raise bad_request(f"can't parse multipart body: {error}") from None
    return values, uploads


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except ValueError:
        raise bad_request("can't parse request: JSON expected") from None
    if not isinstance(values, dict):
        raise bad_request("can't parse request: an Object expected")
    return values


async def until_gone(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """Returns the result of ``work``; cancels it and raises Disconnected when the client goes away before."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
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


def as_json(value: Any) -> bytes:
    """Writes compact ASCII JSON: texts may hold halves of surrogate pairs, which UTF-8 cannot."""
    return json.dumps(value, separators=(",", ":")).encode()
