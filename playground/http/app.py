"""The web application: the Bot API, the control API and the page, by the first part of the path.

/bot<token>/<method>       the Bot API
/playground/...            control_api.py
everything else            the page, whose files lie in playground/web
"""

from __future__ import annotations

import asyncio
import re

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from playground.emulator import Emulator
from playground.errors import ApiError, BadGateway, Disconnected, Dropped
from playground.http.control_api import ControlApi, LocalOnly
from playground.http.requests import as_json, read_parameters, until_gone

BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
PAGE_HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_token = re.compile(r"\d+:[A-Za-z0-9_-]+")


def build_app(emulator: Emulator) -> Starlette:
    """Returns the application that answers requests for one emulator."""
    control = ControlApi(emulator)

    async def bot(request: Request) -> Response:
        return await answer_bot(emulator, request)

    orders = [
        Route("/events", control.events),
        Route("/file", control.file),
        Route("/{name}", control.order, methods=["GET", "POST"]),
    ]
    return Starlette(
        routes=[
            Route("/bot{token:path}", bot, methods=["GET", "POST"]),
            Mount("/playground", routes=orders, middleware=[Middleware(LocalOnly)]),
            Mount("/", Page(packages=[("playground", "web")], html=True)),
        ],
        middleware=[Middleware(CutConnections)],
    )


class Page(StaticFiles):
    """The page's files, never used unasked from a cache, under a strict Content-Security-Policy."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(PAGE_HEADERS)
        return response


async def answer_bot(emulator: Emulator, request: Request) -> Response:
    """Answers one call of the Bot API."""
    await asyncio.sleep(emulator.latency)
    status = 200
    try:
        method = method_of(request.path_params["token"], emulator.telegram.token)
        values, uploads = await read_parameters(request)
        call = emulator.call(method, values, uploads)
        polls = method.lower() == "getupdates"
        body = as_json({"ok": True, "result": await (until_gone(request, call) if polls else call)})
    except ApiError as error:
        status, body = error.code, as_json(error.body())
    except BadGateway:
        return Response(BAD_GATEWAY, 502, media_type="text/html")
    await asyncio.sleep(emulator.latency)
    return Response(body, status, media_type="application/json")


def method_of(path: str, token: str) -> str:
    """Returns the method that ``<token>/<method>`` names.

    Raises:
        ApiError: 401 for another bot's token, 404 for what is no token or no method.
    """
    given, slash, method = path.partition("/")
    if not _token.fullmatch(given) or not slash:
        raise ApiError(404, "Not Found")
    if given != token:
        raise ApiError(401, "Unauthorized")
    if not method or "/" in method:
        raise ApiError(404, "Not Found: method not found")
    return method


class CutConnections:
    """Resets the connection where the emulator drops a call; does nothing where the client has gone away."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Dropped:
            scope["state"]["transport"].abort()
            while (await receive())["type"] != "http.disconnect":
                pass
        except Disconnected:
            return
