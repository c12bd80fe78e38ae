"""What is known about a request that failed: surely without effect, or perhaps with one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

from bot.botapi.http import AiohttpRequest, NotSent, proxy_for
from playground.http.server import listen

TOKEN_IN_PATH = "/bot123456:secret/getMe"


@contextlib.asynccontextmanager
async def server(answer: bytes | None, *, cut: bool = False) -> AsyncIterator[str]:
    """A server that gives the same answer to everything; None: it takes the call and says nothing."""
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer is None and not cut:
            await ended.wait()
        writer.write(answer or b"")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as found:
        yield f"http://127.0.0.1:{found.sockets[0].getsockname()[1]}"
        ended.set()


def response(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body)


async def failure(address: str, read_timeout: float = 5.0) -> TelegramError:
    """The error of one request."""
    request = AiohttpRequest(address, read_timeout=read_timeout)
    await request.initialize()
    try:
        with pytest.raises(TelegramError) as caught:
            await request.post(address + TOKEN_IN_PATH)
    finally:
        await request.shutdown()
    assert "secret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    return caught.value


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_a_server_in_between_that_passed_nothing_on_left_no_effect(status: int) -> None:
    async with server(response(status, b"<html>busy</html>")) as address:
        error = await failure(address)
    assert type(error) is NotSent
    assert error.message == f"the server could not pass it on (HTTP {status})"


async def test_telegrams_own_429_says_how_long_to_wait() -> None:
    body = b'{"ok":false,"error_code":429,"description":"Too Many","parameters":{"retry_after":7}}'
    async with server(response(429, body)) as address:
        error = await failure(address)
    assert isinstance(error, RetryAfter)


@pytest.mark.parametrize("status", [500, 504])
async def test_a_server_that_failed_may_have_done_it(status: int) -> None:
    async with server(response(status, b"<html>oops</html>")) as address:
        error = await failure(address)
    assert type(error) is NetworkError
    assert error.message == f"the server failed (HTTP {status})"


@pytest.mark.parametrize("body", [b"<html>welcome to the hotel</html>", b"[1]", b"\xff", b"[" * 100_000])
async def test_what_is_no_bot_api_server_is_told_without_its_body(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with server(response(200, body)) as address:
        error = await failure(address)
    assert error.message == "what answers there is no Bot API server"
    assert "hotel" not in caplog.text


async def test_a_connection_that_broke_and_an_answer_that_never_came_may_have_had_an_effect() -> None:
    async with server(None, cut=True) as address:
        assert type(await failure(address)) is NetworkError
    async with server(None) as address:
        assert isinstance(await failure(address, read_timeout=0.1), TimedOut)


async def test_without_a_connection_there_was_no_effect() -> None:
    sock = listen()
    port = sock.getsockname()[1]
    sock.close()
    assert type(await failure(f"http://127.0.0.1:{port}")) is NotSent
    with pytest.raises(NotSent):
        await AiohttpRequest("http://127.0.0.1").post("http://127.0.0.1/x")


def test_the_proxy_is_that_of_the_environment_and_never_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for key in (
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(key, raising=False)
    assert proxy_for("https://api.telegram.org") is None
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("http_proxy", "http://other.example:3128")
    assert proxy_for("https://api.telegram.org") == "http://proxy.example:3128"
    for local in ("http://127.0.0.1:8081", "http://localhost:8081", "http://[::1]:8081"):
        assert proxy_for(local) is None
    monkeypatch.setenv("no_proxy", "telegram.org")
    assert proxy_for("https://api.telegram.org") is None
