"""Updates by webhook: who may call, when a call is answered, and what happens when either side goes away."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import io
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.botapi.timings import Timings, WebhookTimes
from bot.botapi.webhook import LARGEST
from bot.errors import Stopped
from bot.run import serve
from playground.http.server import listen
from tests.support.bench import ADMIN, Bench
from tests.support.phone import Phone
from tests.support.process import WarmProcess, environment, free_port, until

SECRET = "the-right-secret_123"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = {"update_id": 77}


@dataclass
class Hook:
    """A bot that listens. send: a call to it as Telegram, or somebody else, would make it."""

    bench: Bench
    url: str
    task: asyncio.Task[None]

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self.url.split("/")[2].split(":")
        return host, int(port)

    async def send(
        self,
        body: bytes | io.BytesIO,
        secret: str | None = SECRET,
        path: str = "",
        method: str = "POST",
        *,
        packed: bool = False,
    ) -> int:
        headers = {} if secret is None else {HEADER: secret}
        if packed:
            headers["Content-Encoding"] = "gzip"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, path or self.url, data=body, headers=headers) as response,
        ):
            return response.status


@contextlib.asynccontextmanager
async def listening(bench: Bench, **more: str) -> AsyncIterator[Hook]:
    """The bot with a webhook, from the moment in which Telegram knows of it to a clean end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/hooks/labelbot"
    options = {"WEBHOOK_URL": url, "WEBHOOK_LISTEN": f"127.0.0.1:{port}", "WEBHOOK_SECRET": SECRET, **more}
    stop = asyncio.Event()
    task = asyncio.create_task(
        serve(bench.settings(**options), stop, timings=bench.timings, compose=bench.compose)
    )
    try:
        await until(lambda: bench.phone.playground.webhook.url or task.done(), 20)
        if task.done():
            await task
        yield Hook(bench, url, task)
    finally:
        stop.set()
        with contextlib.suppress(Stopped):
            await asyncio.wait_for(task, 20)


async def test_a_session_by_webhook_is_like_one_by_polling(bench: Bench) -> None:
    async with listening(bench):
        you = await bench.admin()
        await you.send("/start")
        card = await you.wait_text("Item 1 / 12")
        assert (await you.tap("Related")).text == "Saved: Related"
        assert (await you.wait_text("Item 2 / 12")).id == card.id
        assert not await bench.phone.calls("getUpdates")


async def test_without_a_secret_of_ones_own_a_random_one_is_used(bench: Bench) -> None:
    async with listening(bench, WEBHOOK_SECRET="") as hook:
        you = await bench.admin()
        await you.ask("/help")
        assert await hook.send(json.dumps(UPDATE).encode(), "") == 403
        (told,) = await bench.phone.calls("setWebhook")
        assert len(told.params["secret_token"]) >= 32
        assert told.params.get("drop_pending_updates") in (None, "false", False)


async def test_a_missing_or_wrong_secret_is_turned_away(bench: Bench) -> None:
    body = json.dumps({"update_id": 1, "message": start_message()}).encode()
    async with listening(bench) as hook:
        for secret in (None, "", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper(), "ß"):
            assert await hook.send(body, secret) == 403
        assert b" 403 " in await raw_call(hook, HEADER.encode() + b": \xff\xfe")
        await asyncio.sleep(0.05)
        assert not await bench.phone.calls("sendMessage")
        assert await hook.send(body) == 200


def start_message() -> dict[str, Any]:
    """`/help` by the admin, as Telegram would send it."""
    person = {"id": ADMIN, "is_bot": False, "first_name": "Ada"}
    chat = {"id": ADMIN, "type": "private", "first_name": "Ada"}
    entity = {"type": "bot_command", "offset": 0, "length": 5}
    return {"message_id": 1, "date": 1, "chat": chat, "from": person, "text": "/help", "entities": [entity]}


async def raw_call(hook: Hook, header: bytes, body: bytes = b"{}", length: int | None = None) -> bytes:
    """A call with any header bytes, and any length that it claims to have; the first line of the answer."""
    reader, writer = await asyncio.open_connection(*hook.address)
    lines = [
        b"POST /hooks/labelbot HTTP/1.1",
        b"Host: x",
        header,
        b"Content-Length: %d" % (len(body) if length is None else length),
        b"",
        body,
    ]
    writer.write(b"\r\n".join(lines))
    try:
        return await asyncio.wait_for(reader.readline(), 5)
    finally:
        writer.close()


async def test_only_its_own_path_is_served_and_only_by_post(bench: Bench) -> None:
    async with listening(bench) as hook:
        body = json.dumps(UPDATE).encode()
        root = hook.url.removesuffix("/hooks/labelbot")
        for path in ("/", "/hooks", "/hooks/labelbot/", "/hooks/labelbotx", "/hooks/../x", "/HOOKS/labelbot"):
            assert await hook.send(body, path=root + path) == 404
        assert await hook.send(b"", method="GET") == 405
        assert await hook.send(body) == 200
        assert await hook.send(body, path=hook.url + "?a=b") == 200


GARBAGE = (
    b"", b"no json", b"{}", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b'{"update_id": ', b"[" * 100_000,
    b'{"update_id": 1, "message": 5}', b'{"update_id": 1, "message": {"text": "secret words"}}', b"9" * 6000,
    b'{"update_id": 1, "callback_query": {"from": {"id": "x"}}}',
)  # fmt: skip


async def test_garbage_is_refused_and_the_bot_goes_on(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    async with listening(bench) as hook:
        for body in GARBAGE:
            assert await hook.send(body) == 400, body[:60]
        assert await hook.send(io.BytesIO(b" " * 2_000_000)) == 413
        you = await bench.admin()
        await you.ask("/help")
    assert "Traceback" not in caplog.text
    assert "secret words" not in caplog.text


async def test_a_packed_body_without_the_secret_is_not_unpacked_and_holds_up_nobody(bench: Bench) -> None:
    bomb = packed_zeros()
    assert 500_000 < len(bomb) < LARGEST
    async with listening(bench) as hook:
        you = await bench.admin()
        await you.send("/start")
        await you.wait_text("Item 1 / 12")
        for secret, status in ((None, 403), ("wrong", 403), (SECRET, 400)):
            began = time.monotonic()
            assert await hook.send(bomb, secret, packed=True) == status
            assert time.monotonic() - began < 0.5
        assert (await you.tap("Related")).text == "Saved: Related"


def packed_zeros() -> bytes:
    """Half a gigabyte of zeros, as gzip: one packed piece after the other, as the format allows."""
    return gzip.compress(bytes(50_000_000)) * 11


async def test_two_thousand_malformed_requests_write_a_few_lines(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(bench) as hook:
        caplog.clear()
        for number in range(2000):
            head = (b"\x00\x01 GET", b"GET", b"POST / HTTP/9.9", b"GET / HTTP/1.1\r\nA B: c")[number % 4]
            reader, writer = await asyncio.open_connection(*hook.address)
            writer.write(head + b"\r\n\r\n")
            await asyncio.wait_for(reader.read(), 5)
            writer.close()
        you = await bench.admin()
        await you.ask("/help")
    assert "Traceback" not in caplog.text
    assert 1 <= caplog.text.count("malformed calls are turned away") <= 2
    assert len(caplog.text) < 3000


async def test_a_thousand_connections_that_send_no_request_go_and_calls_go_on(bench: Bench) -> None:
    bench.timings = Timings(webhook=WebhookTimes(head=1.5))
    async with listening(bench) as hook:
        half = [await asyncio.open_connection(*hook.address) for _ in range(1000)]
        for _, writer in half:
            writer.write(b"POST /hooks/labelbot HTTP/1.1\r\nHost: x\r\n")
        you = await bench.admin()
        await asyncio.wait_for(you.ask("/help"), 5)
        for reader, writer in half:
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()
        await you.ask("/help")


async def test_a_body_that_never_comes_is_given_up_and_a_long_one_is_refused_at_once(bench: Bench) -> None:
    bench.timings = Timings(webhook=WebhookTimes(body=0.3))
    async with listening(bench) as hook:
        secret = HEADER.encode() + b": " + SECRET.encode()
        assert b" 408 " in await raw_call(hook, secret, b"{", length=100)
        began = time.monotonic()
        assert b" 413 " in await raw_call(hook, secret, b"{", length=LARGEST + 1)
        assert b" 403 " in await raw_call(hook, b"X: y", b"{", length=1000)
        assert time.monotonic() - began < 0.3


async def test_a_call_is_answered_after_it_was_handled(bench: Bench) -> None:
    go_on = asyncio.Event()

    async def slow(update: Any, context: Any) -> None:
        await go_on.wait()

    bench.slowed["help"] = slow
    async with listening(bench) as hook:
        call = asyncio.create_task(
            hook.send(json.dumps({"update_id": 1, "message": start_message()}).encode())
        )
        await asyncio.sleep(0.2)
        assert not call.done()
        go_on.set()
        assert await call == 200


async def test_it_works_behind_a_proxy_that_passes_calls_on(bench: Bench) -> None:
    inner, outer = free_port(), free_port()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", inner)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(pipe(reader, to_writer), pipe(to_reader, writer))

    async with await asyncio.start_server(pass_on, "127.0.0.1", outer) as proxy:
        address = {"WEBHOOK_URL": f"http://127.0.0.1:{outer}/a/b%20c", "WEBHOOK_LISTEN": f"127.0.0.1:{inner}"}
        async with listening(bench, **address):
            you = await bench.admin()
            await you.send("/start")
            await you.wait_text("Item 1 / 12")
        await bench.phone.playground.webhook.stop()
        proxy.close()


async def test_an_address_that_is_taken_ends_the_start(bench: Bench) -> None:
    sock = listen()
    sock.listen()
    port = sock.getsockname()[1]
    try:
        options = {"WEBHOOK_URL": "https://example.org/x", "WEBHOOK_LISTEN": f"127.0.0.1:{port}"}
        with pytest.raises(Stopped) as caught:
            await asyncio.wait_for(serve(bench.settings(**options), asyncio.Event()), 10)
    finally:
        sock.close()
    assert str(caught.value) == f"WEBHOOK_LISTEN 127.0.0.1:{port} cannot be used: Address already in use."


async def test_a_webhook_that_somebody_else_changed_is_set_again(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.timings = Timings(webhook=WebhookTimes(look=0.05))
    async with listening(bench) as hook:
        await bench.phone.playground.webhook.set("http://127.0.0.1:9/elsewhere", "x")
        await until(lambda: bench.phone.playground.webhook.url == hook.url)
        you = await bench.admin()
        await you.ask("/help")
    assert "the webhook was changed by somebody else" in caplog.text


async def test_a_token_refused_later_ends_the_bot(bench: Bench) -> None:
    bench.timings = Timings(webhook=WebhookTimes(look=0.05))
    async with listening(bench) as hook:
        await bench.phone.fault(
            "error", code=401, description="Unauthorized", method="getWebhookInfo", count=None
        )
        with pytest.raises(Stopped, match="Telegram refuses the token"):
            await asyncio.wait_for(hook.task, 5)


async def test_the_webhook_is_set_when_the_network_comes_back(
    bench: Bench,
) -> None:
    bench.timings = Timings(webhook=WebhookTimes(first_pause=0.05))
    await bench.phone.fault("bad_gateway", method="setWebhook", count=2)
    async with listening(bench):
        you = await bench.admin()
        await you.ask("/help")


async def test_back_to_polling_the_webhook_is_taken_away_and_nothing_is_lost(bench: Bench) -> None:
    async with listening(bench):
        you = await bench.admin()
        await you.send("/start")
        card = await you.wait_text("Item 1 / 12")
    tap = await you.press(card.button("Related").data, card)
    async with bench.running():
        assert (await you.answer(tap)).text == "Saved: Related"
        assert bench.phone.playground.webhook.url == ""


async def test_taps_are_delivered_again_after_a_kill_and_count_once(tmp_path: Path) -> None:
    port = free_port()
    async with Phone.start(validate=False) as phone:
        hook = {"WEBHOOK_URL": f"http://127.0.0.1:{port}/hook", "WEBHOOK_LISTEN": f"127.0.0.1:{port}"}
        bot = WarmProcess(tmp_path, environment(phone, tmp_path, **hook))
        await bot.start()
        try:
            you = await phone.person("You", ADMIN)
            await you.send("/start")
            card = await you.wait_text("Item 1 / 300", seconds=20)
            taps = [await you.press(card.button(word).data, card) for word in ("Related", "Not Related") * 20]
            await you.answer(taps[9])
            os.kill(bot.pid, signal.SIGKILL)
            await bot.wait()
            assert len(phone.playground.updates) > 0
            await bot.start()
            assert (await you.answer(taps[-1], seconds=20)).text == "Changed to Not Related"
            assert await bot.stop() == 0
        finally:
            if bot.running:
                await bot.kill()
    import sqlite3

    with contextlib.closing(sqlite3.connect(tmp_path / "labels.sqlite3")) as connection:
        rows = connection.execute("SELECT tap_id FROM answers ORDER BY answer_id").fetchall()
    assert [tap_id for (tap_id,) in rows] == taps
    assert "Traceback" not in bot.said
