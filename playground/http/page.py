"""The page: the files of playground/web, never cached, under a strict Content-Security-Policy."""

from __future__ import annotations

import asyncio
from functools import cache
from importlib.resources import files

from playground.http.requests import Scope, Send, answer

TYPES = {
    "html": b"text/html; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "css": b"text/css; charset=utf-8",
    "svg": b"image/svg+xml",
    "png": b"image/png",
    "ico": b"image/x-icon",
    "webmanifest": b"application/manifest+json",
}
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    b"font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"cache-control", b"no-cache"),
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


@cache
def _folder() -> dict[str, bool]:
    """The names that may be asked for."""
    return {item.name: True for item in files("playground").joinpath("web").iterdir() if item.is_file()}


async def serve(scope: Scope, send: Send) -> None:
    """Answers with one file of the page; ``/`` is index.html."""
    name = scope["path"].removeprefix("/") or "index.html"
    kind = TYPES.get(name.rpartition(".")[2])
    if scope["method"] not in ("GET", "HEAD"):
        await answer(send, 405, b"Method not allowed", b"text/plain", HEADERS)
    elif kind is None or name not in _folder():
        await answer(send, 404, b"Not found", b"text/plain", HEADERS)
    else:
        content = await asyncio.to_thread(files("playground").joinpath("web", name).read_bytes)
        await answer(send, 200, content, kind, HEADERS)
