"""Webhooks: one update after the other, with the secret, again until the bot's server takes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.playground.conftest import Bot
from tests.support.phone import Phone


class Receiver:
    """The bot's own server; ``statuses`` are given to the first requests, 200 to the rest."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.seen: list[tuple[int, str | None]] = []
        self.taken: asyncio.Queue[str] = asyncio.Queue()
        self.url = ""

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        update = await request.json()
        self.seen.append((update["update_id"], request.headers.get("X-Telegram-Bot-Api-Secret-Token")))
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.taken.put_nowait(update["message"]["text"])
        return web.Response(status=status)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    runner = web.ServerRunner(web.Server(made))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


async def next_text(receiver: Receiver) -> str:
    return await asyncio.wait_for(receiver.taken.get(), 5)


async def test_updates_are_pushed_in_order_with_the_secret(
    phone: Phone, bot: Bot, receiver: Receiver
) -> None:
    you = await phone.person("You")
    await you.send("one")
    assert (await bot("setWebhook", url=receiver.url, secret_token="s3cret_-"))["ok"]
    await you.send("two")
    assert [await next_text(receiver), await next_text(receiver)] == ["one", "two"]
    assert [secret for _, secret in receiver.seen] == ["s3cret_-", "s3cret_-"]
    info = (await bot("getWebhookInfo"))["result"]
    assert (info["url"], info["pending_update_count"]) == (receiver.url, 0)


async def test_an_update_is_pushed_again_until_it_is_taken(
    phone: Phone, bot: Bot, receiver: Receiver
) -> None:
    receiver.statuses = [500, 403]
    await bot("setWebhook", url=receiver.url)
    you = await phone.person("You")
    await you.send("one")
    await you.send("two")
    assert [await next_text(receiver), await next_text(receiver)] == ["one", "two"]
    first = receiver.seen[0][0]
    assert [number - first for number, _ in receiver.seen] == [0, 0, 0, 1]
    info = (await bot("getWebhookInfo"))["result"]
    assert info["last_error_message"] == "Wrong response from the webhook: 403 Forbidden"


async def test_polling_is_a_conflict_while_a_webhook_is_set(
    phone: Phone, bot: Bot, receiver: Receiver
) -> None:
    poll = asyncio.create_task(bot("getUpdates", timeout=50))
    await phone.polled()
    await bot("setWebhook", url=receiver.url)
    answer = await asyncio.wait_for(poll, 2)
    assert answer["description"] == "Conflict: terminated by setWebhook request"
    answer = await bot("getUpdates")
    assert answer["error_code"] == 409
    assert answer["description"] == (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
    assert (await bot("deleteWebhook"))["ok"]
    assert (await bot("getUpdates"))["ok"]
    assert (await bot("getWebhookInfo"))["result"]["url"] == ""


async def test_pending_updates_can_be_dropped(phone: Phone, bot: Bot) -> None:
    you = await phone.person("You")
    await you.send("one")
    assert (await bot("getWebhookInfo"))["result"]["pending_update_count"] == 1
    assert (await bot("deleteWebhook", drop_pending_updates=True))["ok"]
    assert (await bot("getUpdates"))["result"] == []


async def test_an_unreachable_webhook_keeps_its_updates(phone: Phone, bot: Bot, unused_tcp_port: int) -> None:
    await bot("setWebhook", url=f"http://127.0.0.1:{unused_tcp_port}/")
    you = await phone.person("You")
    await you.send("one")
    assert phone.playground is not None
    await phone.playground.until(lambda: phone.playground.webhook.last_error, 5)
    info = (await bot("getWebhookInfo"))["result"]
    assert "Cannot connect" in info["last_error_message"]
    await bot("deleteWebhook")
    assert len((await bot("getUpdates"))["result"]) == 1


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"url": "ftp://x"}, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"),
        (
            {"url": "https://x", "secret_token": "a b"},
            "Bad Request: secret token contains unallowed characters",
        ),
        ({}, 'Bad Request: can\'t find field "url"'),
    ],
)
async def test_a_wrong_webhook_is_refused(bot: Bot, parameters: dict[str, str], words: str) -> None:
    assert (await bot("setWebhook", **parameters))["description"] == words
