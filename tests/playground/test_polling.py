"""Long polling: confirmation by offset, redelivery, filters, aging, and one poller at a time."""

from __future__ import annotations

import asyncio

import aiohttp

from tests.playground.conftest import Bot
from tests.support.phone import Chat, Phone


async def texts(bot: Bot, **parameters: object) -> list[str]:
    answer = await bot("getUpdates", **parameters)
    assert answer["ok"], answer
    return [update["message"]["text"] for update in answer["result"]]


async def write(phone: Phone, *lines: str) -> Chat:
    you = await phone.person("You")
    for line in lines:
        await you.send(line)
    return you


async def test_updates_come_again_until_a_later_offset_confirms_them(phone: Phone, bot: Bot) -> None:
    await write(phone, "one", "two", "three")
    first = (await bot("getUpdates"))["result"]
    assert [update["update_id"] - first[0]["update_id"] for update in first] == [0, 1, 2]
    assert await texts(bot) == ["one", "two", "three"]
    assert await texts(bot, offset=first[0]["update_id"]) == ["one", "two", "three"]
    assert await texts(bot, offset=first[1]["update_id"]) == ["two", "three"]
    assert await texts(bot, offset=0) == ["two", "three"]
    assert await texts(bot, offset=first[2]["update_id"] + 1) == []
    assert await phone.order("pending") == {"waiting": 0, "confirmed": 3, "busy": 0}


async def test_a_long_poll_ends_as_soon_as_there_is_an_update(phone: Phone, bot: Bot) -> None:
    you = await phone.person("You")
    poll = asyncio.create_task(texts(bot, timeout=50))
    await phone.polled()
    assert not poll.done()
    await you.send("hello")
    async with asyncio.timeout(2):
        assert await poll == ["hello"]


async def test_a_poll_without_updates_ends_after_its_timeout(phone: Phone, bot: Bot) -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    assert await texts(bot, timeout=1) == []
    assert 0.9 < loop.time() - before < 2


async def test_a_second_poller_ends_the_first_with_a_conflict(phone: Phone, bot: Bot) -> None:
    you = await phone.person("You")
    first = asyncio.create_task(bot("getUpdates", timeout=50))
    await phone.polled()
    second = asyncio.create_task(bot("getUpdates", timeout=50))
    answer = await first
    assert answer["error_code"] == 409
    assert answer["description"] == (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    await you.send("hello")
    assert (await second)["result"][0]["message"]["text"] == "hello"


async def test_a_poller_that_goes_away_leaves_no_trace(phone: Phone) -> None:
    await phone.person("You")
    async with aiohttp.ClientSession(phone.address) as session:
        poll = asyncio.create_task(session.get(f"/bot{phone.token}/getUpdates", params={"timeout": 50}))
        await phone.polled()
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)
    await phone.polled(waiting=False)


async def test_only_allowed_kinds_are_kept_and_the_choice_is_remembered(phone: Phone, bot: Bot) -> None:
    await bot("getUpdates", allowed_updates=["message"])
    you = await write(phone, "one")
    await you.block()
    await you.unblock()
    await you.edit(you.messages[0], "two")
    kinds = [set(update) - {"update_id"} for update in (await bot("getUpdates"))["result"]]
    assert kinds == [{"message"}]
    await bot("getUpdates", allowed_updates="[]")
    await you.block()
    kinds = [set(update) - {"update_id"} for update in (await bot("getUpdates"))["result"]]
    assert kinds == [{"message"}, {"my_chat_member"}]


async def test_allowed_updates_must_be_a_list(bot: Bot) -> None:
    answer = await bot("getUpdates", allowed_updates={"a": 1})
    assert answer["description"] == 'Bad Request: field "allowed_updates" must be of type Array'


async def test_messages_die_after_a_day_and_taps_after_150_seconds(phone: Phone, bot: Bot) -> None:
    you = await write(phone, "hello")
    keyboard = {"inline_keyboard": [[{"text": "Tap", "callback_data": "x"}]]}
    await bot("sendMessage", chat_id=you.id, text="card", reply_markup=keyboard)
    await you.press("x")
    await phone.shift_clock(149)
    assert len((await bot("getUpdates"))["result"]) == 2
    await phone.shift_clock(151)
    assert await texts(bot) == ["hello"]
    await phone.shift_clock(24 * 3600 + 1)
    assert await texts(bot) == []


async def test_a_redelivered_tap_has_the_same_id_in_a_new_update(phone: Phone, bot: Bot) -> None:
    you = await write(phone, "hello")
    keyboard = {"inline_keyboard": [[{"text": "Tap", "callback_data": "x"}]]}
    await bot("sendMessage", chat_id=you.id, text="card", reply_markup=keyboard)
    tap = await you.press("x")
    await phone.redeliver(tap)
    found = [update for update in (await bot("getUpdates"))["result"] if "callback_query" in update]
    assert [update["callback_query"]["id"] for update in found] == [tap, tap]
    assert found[0]["update_id"] < found[1]["update_id"]


async def test_settling_waits_until_the_bot_has_taken_everything(phone: Phone, bot: Bot) -> None:
    await write(phone, "hello")
    waiting = asyncio.create_task(phone.settle())
    updates = (await bot("getUpdates"))["result"]
    assert not waiting.done()
    await bot("getUpdates", offset=updates[-1]["update_id"] + 1)
    await asyncio.wait_for(waiting, 2)
