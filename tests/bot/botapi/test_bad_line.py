"""The line to Telegram in trouble: refused, dead, stuck, slow, and back again."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from bot.botapi.timings import OutboxTimes, PollingTimes, Timings
from bot.errors import Stopped
from bot.run import serve
from tests.support.bench import ADMIN, Bench
from tests.support.phone import Chat
from tests.support.process import until


async def ended(bench: Bench, seconds: float, **more: str) -> str:
    """Start the bot, and wait for it to give up by itself; its last line."""
    with pytest.raises(Stopped) as caught:
        await asyncio.wait_for(serve(bench.settings(**more), asyncio.Event()), seconds)
    return str(caught.value)


async def gives_up(bench: Bench, trouble: Coroutine[Any, Any, None], seconds: float) -> str:
    """The last line of a bot that gets into trouble while it runs."""
    task = asyncio.create_task(serve(bench.settings(), asyncio.Event(), timings=bench.timings))
    await bench._polled()
    await asyncio.sleep(0.05)
    await trouble
    with pytest.raises(Stopped) as caught:
        await asyncio.wait_for(task, seconds)
    return str(caught.value)


async def labeled(bench: Bench, chat: Chat) -> dict[int, str]:
    """What somebody has labeled, from the database."""
    store = bench.inside.services.store
    rows = await store.database.read_now(
        "SELECT row_id, label FROM labels JOIN labelers USING (labeler_id) WHERE user_id = ?", [chat.user_id]
    )
    return {row["row_id"]: row["label"] for row in rows}


REFUSED = "Telegram refuses the token: check TELEGRAM_BOT_TOKEN, then start again."


async def test_a_wrong_token_ends_the_start(bench: Bench) -> None:
    assert await ended(bench, 5, TELEGRAM_BOT_TOKEN="1234567890:" + "x" * 35) == REFUSED


async def test_a_404_ends_the_start(bench: Bench) -> None:
    await bench.phone.fault("error", code=404, description="Not Found", method="getMe", count=None)
    assert await ended(bench, 5) == REFUSED


async def test_a_server_that_is_no_bot_api_server_ends_the_start(bench: Bench) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        told = await ended(bench, 5, TELEGRAM_API_URL=f"http://127.0.0.1:{port}")
    assert told == "TELEGRAM_API_URL: what answers there is no Bot API server."


async def test_a_server_that_refuses_the_first_question_ends_the_start(bench: Bench) -> None:
    refusal = {"code": 400, "description": "Bad Request: Logged out", "count": None}
    await bench.phone.fault("error", **refusal)
    assert await ended(bench, 5) == "The Bot API server refuses: Logged out."


@pytest.mark.parametrize("code", [401, 404])
async def test_a_token_refused_later_ends_the_bot(bench: Bench, code: int) -> None:
    trouble = bench.phone.fault("error", code=code, description="No", method="getUpdates", count=None)
    assert await gives_up(bench, trouble, 10) == REFUSED


async def test_of_two_bots_with_one_token_one_ends_and_says_why_and_the_other_goes_on(
    bench: Bench,
) -> None:
    times = Timings(polling=PollingTimes(first_pause=0.1))
    stop = asyncio.Event()
    other = str(bench.folder / "other.sqlite3")
    bots = [
        asyncio.create_task(serve(bench.settings(**more), stop, timings=times))
        for more in ({}, {"DATABASE_PATH": other})
    ]
    done, going = await asyncio.wait(bots, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    assert [str(task.exception()) for task in done] == [
        "Another copy of this bot is running with the same token: stop that one first."
    ]
    you = await bench.admin()
    await you.send("/start")
    await you.wait_text("Item 1 / 12")
    stop.set()
    await asyncio.wait_for(asyncio.gather(*going), 10)
    assert len(going) == 1


async def test_a_server_that_takes_calls_and_never_answers_is_noticed(
    bench: Bench,
) -> None:
    bench.timings = Timings(silence=0.6)
    trouble = bench.phone.fault("delay", seconds=600, method="getUpdates", count=None)
    told = await gives_up(bench, trouble, 10)
    assert told == "No word from the Bot API server for 0.01 minutes: giving up."


async def test_a_bot_with_a_stuck_server_still_ends_when_told_to(bench: Bench) -> None:
    async with bench.running():
        await bench.phone.fault("delay", seconds=600, count=None, method="getUpdates")
        await asyncio.sleep(0.1)
        began = time.monotonic()
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.1])
async def test_told_to_end_before_the_first_contact_it_ends_at_once_and_closes_everything(
    bench: Bench, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.phone.fault("delay", seconds=600, count=None, method="getMe")
    stop = asyncio.Event()
    task = asyncio.create_task(serve(bench.settings(), stop))
    await asyncio.sleep(seconds)
    stop.set()
    await asyncio.wait_for(task, 5)
    gc.collect()
    await asyncio.sleep(0)
    assert "Unclosed" not in caplog.text


async def test_polling_goes_on_after_errors_of_every_kind(
    bench: Bench,
) -> None:
    bench.timings = Timings(polling=PollingTimes(first_pause=0.02))
    async with bench.running():
        you = await bench.admin()
        for number, fault in enumerate(("bad_gateway", "drop_before", "drop_after", "retry_after", "error")):
            await bench.phone.fault(fault, method="getUpdates", seconds=1)
            await you.send(f"/nothing{number}")
            await you.reply(seconds=10)
    assert [len(await bench.phone.calls("sendMessage"))] == [5]


async def test_after_a_dead_network_every_tap_is_saved_once_and_the_card_is_right(
    bench: Bench,
) -> None:
    bench.timings = Timings(
        polling=PollingTimes(first_pause=0.1, longest_pause=0.3), outbox=OutboxTimes(longest_pause=0.3)
    )
    async with bench.running():
        you = await bench.admin()
        await you.send("/start")
        card = await you.wait_text("Item 1 / 12")
        sent = len(you.from_bot)
        await bench.phone.fault("dead", seconds=1.5)
        taps = [await you.press(card.button(word).data, card) for word in ("Related", "Not Related")]
        said = [(await you.answer(tap, seconds=10)).text for tap in taps]
        assert said == ["Saved: Related", "Changed to Not Related"]
        after = await you.wait_text("Item 2 / 12", seconds=10)
        assert after.id == card.id
        assert len(you.from_bot) == sent
        assert await labeled(bench, you) == {0: "not-related"}


async def test_a_card_that_waits_for_the_network_shows_the_newest_state_when_it_is_back(bench: Bench) -> None:
    async with bench.running():
        you = await bench.admin()
        await you.send("/start")
        card = await you.wait_text("Item 1 / 12")
        await bench.phone.fault("drop_before", method="editMessageText", count=2)
        for _ in range(3):
            await you.tap("Skip", on=card)
        await you.tap("Related", on=card)
        after = await you.wait_text("Labeled: 1 / 12")
        assert after.id == card.id
        await bench.rest()
        assert len([m for m in you.from_bot if m.buttons]) == 1


async def test_a_slow_update_of_one_person_does_not_keep_out_another_and_is_not_confirmed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.timings = Timings(polling=PollingTimes(longest_wait=0.05))
    go_on = asyncio.Event()

    async def slow(update: Any, context: Any) -> None:
        await go_on.wait()

    bench.slowed["guide"] = slow
    async with bench.running():
        you, other = await bench.admin(), await bench.phone.person("Other", 5)
        await you.send("/guide")
        await asyncio.sleep(0.2)
        for number in range(3):
            await other.ask(f"/start {number}")
        assert len(bench.phone.playground.updates) == 4
        go_on.set()
        await bench.rest()
        assert len(bench.phone.playground.updates) == 0
        assert len(other.from_bot) == 3


async def test_an_update_that_cannot_be_read_holds_up_nobody(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async with bench.running():
        you = await bench.admin()
        bench.phone.playground.updates.add(
            "message", {"message_id": "what is this", "text": "a private text"}
        )
        await you.ask("/help")
        await bench.rest()
    assert "an update is not readable" in caplog.text
    assert "private text" not in caplog.text


async def test_what_was_not_confirmed_comes_again_and_changes_nothing(bench: Bench) -> None:
    async with bench.running():
        you = await bench.admin()
        await you.send("/start")
        card = await you.wait_text("Item 1 / 12")
        first = await you.press(card.button("Related").data, card)
        await you.answer(first)
        second = await you.press(card.button("Not Related").data, card)
        await you.answer(second)
        await bench.phone.redeliver(first)
        await bench.rest()
        assert await labeled(bench, you) == {0: "not-related"}


async def test_ending_confirms_what_was_handled(bench: Bench) -> None:
    async with bench.running():
        you = await bench.admin()
        await you.ask("/help")
    assert len(bench.phone.playground.updates) == 0


async def test_ending_without_a_network_is_one_line(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with bench.running():
        you = await bench.admin()
        await you.ask("/help")
        await bench.phone.fault("dead", seconds=60)
    assert "Traceback" not in caplog.text
    assert "stopped" in caplog.text
    await bench.phone.clear_faults()
    async with bench.running():
        await you.ask("/help")


async def test_who_blocks_the_bot_and_comes_back_goes_on_where_they_were(bench: Bench) -> None:
    async with bench.running():
        you = await bench.admin()
        await you.send("/start")
        await you.wait_text("Item 1 / 12")
        await you.step("Related")
        await you.block()
        bench.inside.services.outbox.post(ADMIN, lambda: bench.inside.app.bot.send_message(ADMIN, "x"))
        await until(lambda: any(call.code == 403 for call in bench.phone.playground.calls))
        await you.unblock()
        await you.send("/start")
        card = await you.wait_for(lambda m: m.by_bot and m.id > you.sent_id)
        assert "Item 2 / 12" in card.text
        assert await labeled(bench, you) == {0: "related"}


async def test_a_deleted_card_comes_back_fresh_at_the_next_tap(bench: Bench) -> None:
    async with bench.running():
        you = await bench.admin()
        await you.send("/start")
        card = await you.wait_text("Item 1 / 12")
        await you.delete(card)
        tap = await you.press(card.button("Related").data, card)
        assert (await you.answer(tap)).text == "Saved: Related"
        fresh = await you.wait_text("Item 2 / 12")
        assert fresh.id != card.id
        await bench.rest()
        assert len([m for m in you.from_bot if m.buttons]) == 1
        after = await you.step("Not Related")
        assert after.id == fresh.id
        assert await labeled(bench, you) == {0: "related", 1: "not-related"}


async def test_a_group_that_moves_and_a_bot_thrown_out_and_let_in_again(bench: Bench) -> None:
    async with bench.running(REPORT_CRON="0 9 * * *"):
        you = await bench.admin()
        group = await bench.phone.group("Lab", [you], with_bot=False)
        await group.bot_role("member")
        await group.wait_text("Hello.")
        await group.ask("/subscribe@labelbot_demo_bot")
        moved = await group.migrate()
        assert "Here I can" in (await moved.ask("/help@labelbot_demo_bot")).text
        subscriptions = await bench.inside.services.store.chats.subscriptions()
        assert [subscription.chat_id for subscription in subscriptions] == [moved.id]
        await moved.bot_role("kicked")
        await bench.rest()
        assert await bench.inside.services.store.chats.subscriptions() == ()
        least = moved.last.id
        await moved.bot_role("member")
        await moved.wait_for(lambda m: m.id > least and m.text.startswith("Hello."))
        assert "Here I can" in (await moved.ask("/help@labelbot_demo_bot")).text
