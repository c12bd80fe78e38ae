"""Faults on request, rate limits, added latency, and a network that is gone."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from playground.errors import OrderError
from playground.state.rate_limits import RateLimit, RateLimits
from tests.playground.conftest import Bot
from tests.support.phone import Chat, Phone


@pytest.fixture
async def you(phone: Phone) -> Chat:
    return await phone.person("You", started=True)


async def test_a_429_carries_the_seconds_to_wait_and_strikes_as_often_as_asked(
    phone: Phone, bot: Bot, you: Chat
) -> None:
    await phone.fault("retry_after", seconds=3, method="sendMessage", count=2, skip=1)
    answers = [await bot("sendMessage", chat_id=you.id, text="x") for _ in range(4)]
    assert [answer["ok"] for answer in answers] == [True, False, False, True]
    assert answers[1] == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 3",
        "parameters": {"retry_after": 3},
    }
    assert len(you.from_bot) == 2


async def test_a_fault_may_be_for_one_chat_only(phone: Phone, bot: Bot, you: Chat) -> None:
    other = await phone.person("Other", 7, started=True)
    await phone.fault("error", code=500, description="Internal Server Error", chat_id=7, count=None)
    for _ in range(2):
        assert (await bot("sendMessage", chat_id=you.id, text="x"))["ok"]
        assert (await bot("sendMessage", chat_id=other.id, text="x"))["error_code"] == 500
    await phone.clear_faults()
    assert (await bot("sendMessage", chat_id=other.id, text="x"))["ok"]


async def test_a_bad_gateway_is_html(phone: Phone, you: Chat) -> None:
    await phone.fault("bad_gateway")
    async with aiohttp.ClientSession(phone.address) as session:
        async with session.post(f"/bot{phone.token}/getMe") as response:
            assert response.status == 502
            assert response.content_type == "text/html"
            assert "<h1>502 Bad Gateway</h1>" in await response.text()
        async with session.post(f"/bot{phone.token}/getMe") as response:
            assert response.status == 200


@pytest.mark.parametrize(("kind", "arrived"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_connection_is_cut_before_or_after_the_effect(
    phone: Phone, bot: Bot, you: Chat, kind: str, arrived: int
) -> None:
    await phone.fault(kind, method="sendMessage")
    with pytest.raises(aiohttp.ClientConnectionError):
        await bot("sendMessage", chat_id=you.id, text="x")
    assert len(you.from_bot) == arrived
    (call,) = await phone.refusals()
    assert (call.code, call.description) == (0, "connection cut")
    assert (await bot("sendMessage", chat_id=you.id, text="x"))["ok"]


@pytest.mark.parametrize(("kind", "arrived_early"), [("delay", 0), ("delay_after", 1)])
async def test_a_delay_comes_before_or_after_the_effect(
    phone: Phone, bot: Bot, you: Chat, kind: str, arrived_early: int
) -> None:
    await phone.fault(kind, seconds=0.2)
    call = asyncio.create_task(bot("sendMessage", chat_id=you.id, text="x"))
    done, _ = await asyncio.wait({call}, timeout=0.1)
    assert not done
    assert len(you.from_bot) == arrived_early
    assert (await call)["ok"]
    assert len(you.from_bot) == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [(401, "Unauthorized"), (404, "Not Found"), (409, "Conflict: terminated by other getUpdates request")],
)
async def test_a_long_poll_under_way_meets_the_fault_at_once(
    phone: Phone, bot: Bot, code: int, words: str
) -> None:
    poll = asyncio.create_task(bot("getUpdates", timeout=50))
    await phone.polled()
    await phone.fault("error", method="getUpdates", code=code, description=words)
    answer = await asyncio.wait_for(poll, 2)
    assert (answer["error_code"], answer["description"]) == (code, words)


async def test_faults_without_a_method_leave_polling_alone(phone: Phone, bot: Bot, you: Chat) -> None:
    await phone.fault("bad_gateway")
    assert (await bot("getUpdates"))["ok"]
    assert not (await phone.refusals())


async def test_a_dead_network_cuts_everything_for_a_while(phone: Phone, bot: Bot, you: Chat) -> None:
    poll = asyncio.create_task(bot("getUpdates", timeout=50))
    await phone.polled()
    await phone.fault("dead", seconds=0.2)
    with pytest.raises(aiohttp.ClientConnectionError):
        await asyncio.wait_for(poll, 2)
    with pytest.raises(aiohttp.ClientConnectionError):
        await bot("sendMessage", chat_id=you.id, text="x")
    await you.send("still there?")
    await asyncio.sleep(0.2)
    assert (await bot("sendMessage", chat_id=you.id, text="x"))["ok"]
    assert [message.text for message in you.messages] == ["still there?", "x"]


async def test_unknown_faults_are_refused(phone: Phone) -> None:
    with pytest.raises(OrderError, match="no fault 'earthquake'; there are: bad_gateway, dead"):
        await phone.fault("earthquake")
    with pytest.raises(OrderError, match="unexpected keyword argument 'secs'"):
        await phone.fault("delay", secs=3)


async def test_limits_are_off_until_asked_for_and_then_per_chat_and_per_group(
    phone: Phone, bot: Bot, you: Chat
) -> None:
    lab = await phone.group("Lab", [you])

    async def burst(chat: Chat, count: int) -> list[dict[str, Any]]:
        return [await bot("sendMessage", chat_id=chat.id, text=f"{number}") for number in range(count)]

    assert all(answer["ok"] for answer in await burst(you, 40))
    await phone.order("limits", on=True)
    private = await burst(you, 6)
    assert [answer["ok"] for answer in private] == [True] * 5 + [False]
    assert 1 <= private[-1]["parameters"]["retry_after"] <= 5
    group = await burst(lab, 21)
    assert [answer["ok"] for answer in group] == [True] * 20 + [False]
    assert 50 <= group[-1]["parameters"]["retry_after"] <= 60
    assert (await bot("getMe"))["ok"]
    await phone.order("limits", on=False)
    assert (await burst(lab, 1))[0]["ok"]


def test_windows_slide_and_refused_sends_do_not_count() -> None:
    now = 100.0
    limits = RateLimits(RateLimit(2, 10.0), RateLimit(1, 60.0), RateLimit(3, 1.0), clock=lambda: now)
    assert [limits.count(1, group=False) for _ in range(3)] == [0, 0, 10]
    assert limits.count(2, group=True) == 0
    assert limits.count(3, group=False) == 1
    now = 101.0
    assert limits.count(3, group=False) == 0
    assert limits.count(2, group=True) == 59
    now = 110.0
    assert limits.count(1, group=False) == 0


async def test_latency_is_added_each_way(phone: Phone, bot: Bot) -> None:
    await bot("getMe")
    await phone.order("settings", latency=0.05)
    before = time.perf_counter()
    await bot("getMe")
    assert 0.1 <= time.perf_counter() - before < 0.5
